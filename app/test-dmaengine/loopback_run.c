/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Both sides of a loopback port at the same time: the measured loop. */

#include <errno.h>

#include "dpdk_compat.h"

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "loopback.h"
#include "stop.h"

#define VCHAN_TO	0
#define VCHAN_FROM	1
/* Polls of both sides between two looks at the clock. */
#define POLLS_A_CHECK	16

/* Attach metadata of this client's, where the transfer has some. */
static int
attach(struct dma_async_tx_descriptor *tx, const struct rte_pmd_refdma_slave *xfer,
       struct meta *meta)
{
	if (meta == NULL)
		return 0;
	return dmaengine_desc_attach_metadata(tx, meta->bytes, xfer->meta_length);
}

/* One transfer as a DMA Engine client does it. */
static int
start_on_channel(struct channel *channel, const struct rte_pmd_refdma_slave *xfer,
		 struct meta *meta)
{
	bool to_port = (xfer->flags & RTE_PMD_REFDMA_SLAVE_TO_PORT) != 0;
	struct dma_async_tx_descriptor *tx;
	int ret;

	tx = dmaengine_prep_slave_single(channel->chan, xfer->sge->addr, xfer->sge->length,
					 to_port ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (tx == NULL)
		return -ENOSPC;
	tx->callback = channel_count;
	tx->callback_param = channel;
	ret = attach(tx, xfer, meta);
	return ret < 0 ? ret : dma_submit_error(dmaengine_submit(tx));
}

static int
start_one(const struct side *side)
{
	const struct run *run = &side->run;
	const struct rte_pmd_refdma_slave *xfer = &side->xfers[run->next];
	struct meta *meta = side->meta != NULL ? &side->meta[run->next] : NULL;

	if (run->channel != NULL)
		return start_on_channel(run->channel, xfer, meta);
	return rte_pmd_refdma_slave(run->dev_id, run->vchan, xfer);
}

/* Enqueue up to count transfers and submit them. */
static void
side_enqueue(struct side *side, uint64_t count)
{
	struct run *run = &side->run;
	int ret = 0;

	for (; count > 0; count--) {
		ret = start_one(side);
		if (ret < 0)
			break;
		side->started++;
		if (++run->next == run->work->entries)
			run->next = 0;
	}
	if (ret < 0 && ret != -ENOSPC)
		run->error = ret;
	run_submit(run);
}

static uint64_t
side_poll(struct side *side)
{
	struct run *run = &side->run;
	bool has_error = false;
	uint64_t count;

	if (run->channel != NULL) {
		count = channel_poll(run->channel);
	} else {
		count = rte_dma_completed(run->dev_id, run->vchan, run->ring, NULL, &has_error);
		if (unlikely(has_error))
			count += run_take_failed(run);
	}
	side->completed += count;
	return count;
}

/* Whether a burst fits. */
static bool
side_has_room(const struct side *side)
{
	const struct run *run = &side->run;

	if (run->channel != NULL)
		return side->started - side->completed + run->burst <= run->channel->depth;
	return rte_dma_burst_capacity(run->dev_id, run->vchan) >= run->burst;
}

static bool
side_bad(const struct side *side)
{
	return side->run.error != 0 || side->run.errors > 0 || side->run.timed_out;
}

static void
side_step(struct side *side)
{
	if (side_has_room(side))
		side_enqueue(side, side->run.burst);
	side_poll(side);
}

/* Both sides must have started the same number before the last of them can complete. */
static void
finish_both(struct loopback *loopback, uint64_t timeout)
{
	struct side *to = &loopback->to, *from = &loopback->from;
	uint64_t last = rte_rdtsc();

	while (to->completed < to->started || from->completed < from->started ||
	       to->started != from->started) {
		if (to->started < from->started)
			side_enqueue(to, from->started - to->started);
		else if (from->started < to->started)
			side_enqueue(from, to->started - from->started);
		if (side_poll(to) + side_poll(from) > 0)
			last = rte_rdtsc();
		else if (rte_rdtsc() - last > timeout)
			from->run.timed_out = true;
		if (side_bad(to) || side_bad(from))
			break;
	}
}

/* The port's side of a channel's transfers: they are all alike. */
static void
configure(struct channel *channel, const struct rte_pmd_refdma_slave *xfer, int *error)
{
	struct dma_slave_config config = {
		.src_addr = xfer->port_addr,
		.dst_addr = xfer->port_addr,
		.src_addr_width = (enum dma_slave_buswidth)xfer->width,
		.dst_addr_width = (enum dma_slave_buswidth)xfer->width,
		.src_maxburst = xfer->burst,
		.dst_maxburst = xfer->burst,
	};
	int ret = dmaengine_slave_config(channel->chan, &config);

	if (ret < 0)
		*error = ret;
}

static void
side_start(struct side *side, const struct run *run, uint16_t vchan)
{
	side->run = *run;
	side->run.vchan = vchan;
	side->started = 0;
	side->completed = 0;
	if (run->channel != NULL) {
		/* A path's channels lie behind each other. */
		side->run.channel = &run->channel[vchan];
		configure(side->run.channel, &side->xfers[0], &side->run.error);
	}
}

static void
take_channel_errors(struct side *side)
{
	if (side->run.channel != NULL)
		channel_take_errors(&side->run);
}

/* What went wrong on a side went wrong in the run. */
static void
take_failures(struct run *run, const struct side *side)
{
	if (run->error == 0)
		run->error = side->run.error;
	if (run->errors == 0)
		run->status = side->run.status;
	run->errors += side->run.errors;
	run->timed_out |= side->run.timed_out;
}

void
loopback_run(struct run *run)
{
	struct loopback *loopback = run->context;
	struct side *to = &loopback->to, *from = &loopback->from;
	const uint64_t start = rte_rdtsc_precise(), deadline = start + run->duration;

	side_start(to, run, VCHAN_TO);
	side_start(from, run, VCHAN_FROM);
	do {
		for (unsigned int i = 0; i < POLLS_A_CHECK; i++) {
			/* Receivers first: the FIFO is much smaller than what is in flight. */
			side_step(from);
			side_step(to);
		}
	} while (rte_rdtsc() < deadline && !stop_requested() && !side_bad(to) && !side_bad(from));
	if (!side_bad(to) && !side_bad(from))
		finish_both(loopback, run->timeout);
	take_channel_errors(to);
	take_channel_errors(from);
	run->cycles = rte_rdtsc_precise() - start;
	run->operations = from->completed;
	run->started += from->started;
	run->next = from->run.next;
	take_failures(run, to);
	take_failures(run, from);
}
