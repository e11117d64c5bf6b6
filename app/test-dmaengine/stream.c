/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Cyclic transfers, both ways. */

#include <errno.h>

#include "stream.h"

#include <dmaengine_compat.h>

#include <rte_atomic.h>
#include <rte_cycles.h>

#define VCHAN		0
#define WIDTH		8	/* bytes: the source's integers */
#define MAX_BURST	UINT64_C(64)	/* words */

/* Rate first, from an empty port; the clock starts with the transfer. */
static int
set_port(const struct stream *stream, bool stop)
{
	const struct rte_pmd_refdma_port_conf conf = {
		.rate = stream->options->rate, .reset = !stop, .stop = stop,
	};

	return rte_pmd_refdma_port_set(stream->device->id, stream->port, &conf);
}

/*
 * Words of a burst: at most half a period, so that a period is not late by its own last burst, and
 * whole bursts in a period, so that the one under way never reaches into the next.
 */
static uint16_t
burst_words(uint64_t period)
{
	uint64_t words = period / WIDTH;
	uint64_t burst = RTE_MAX(RTE_MIN(words / 2, MAX_BURST), UINT64_C(1));

	while (words % burst != 0)
		burst--;
	return (uint16_t)burst;
}

static int
start_on_dmadev(const struct stream *stream, rte_iova_t iova, uint64_t port_addr)
{
	const struct rte_dma_sge sge = {
		.addr = iova,
		.length = (uint32_t)(stream->options->period * stream->options->periods),
	};
	const struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SLAVE_CYCLIC | RTE_PMD_REFDMA_SUBMIT,
		.width = WIDTH,
		.burst = burst_words(stream->options->period),
		.port_addr = port_addr,
		.sge = &sge,
		.nb_sge = 1,
		.period = (uint32_t)stream->options->period,
	};

	return rte_pmd_refdma_slave(stream->device->id, VCHAN, &xfer);
}

/* Abort, and take the status of the transfer off the ring. */
static const char *
end_on_dmadev(const struct stream *stream)
{
	const uint64_t deadline = rte_rdtsc() +
		stream->options->timeout_ms * (rte_get_tsc_hz() / 1000);
	enum rte_dma_status_code status;

	if (rte_pmd_refdma_abort(stream->device->id, VCHAN) < 0)
		return "the transfer could not be aborted";
	while (rte_dma_completed_status(stream->device->id, VCHAN, 1, NULL, &status) == 0)
		if (rte_rdtsc() > deadline)
			return "the aborted transfer was not reported";
	return status == RTE_DMA_STATUS_USER_ABORT ? NULL :
		"the aborted transfer was reported with another status";
}

/* Callback: some periods have gone by; how many, the channel counts. */
static void
periods_elapsed(void *param)
{
	struct dmaengine_compat_chan_stats stats;
	struct stream *stream = param;

	if (dmaengine_compat_chan_stats(stream->channel->chan, &stats) < 0)
		return;
	atomic_store_explicit(&stream->arrived_tsc[stats.periods % STREAM_TIMES], rte_rdtsc(),
			      memory_order_relaxed);
	/* Release: with the count come its time and the data. */
	atomic_store_explicit(&stream->arrived, stats.periods, memory_order_release);
}

static int
start_on_channel(struct stream *stream, rte_iova_t iova, uint64_t port_addr)
{
	struct dma_slave_config config = {
		.src_addr = port_addr,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_8_BYTES,
		.src_maxburst = burst_words(stream->options->period),
	};
	struct dma_chan *chan = stream->channel->chan;
	struct dma_async_tx_descriptor *tx;
	int ret = dmaengine_slave_config(chan, &config);

	if (ret < 0)
		return ret;
	tx = dmaengine_prep_dma_cyclic(chan, iova,
				       stream->options->period * stream->options->periods,
				       stream->options->period, DMA_DEV_TO_MEM,
				       DMA_PREP_INTERRUPT);
	if (tx == NULL)
		return -EINVAL;
	tx->callback = periods_elapsed;
	tx->callback_param = stream;
	stream->cookie = dmaengine_submit(tx);
	ret = dma_submit_error(stream->cookie);
	if (ret == 0)
		dma_async_issue_pending(chan);
	return ret;
}

int
stream_start(struct stream *stream, rte_iova_t iova, uint64_t port_addr)
{
	int ret = set_port(stream, false);

	if (ret < 0)
		return ret;
	if (stream->channel != NULL)
		return start_on_channel(stream, iova, port_addr);
	return start_on_dmadev(stream, iova, port_addr);
}

const char *
stream_end(struct stream *stream)
{
	set_port(stream, true);
	if (stream->channel == NULL)
		return end_on_dmadev(stream);
	/* Afterwards no callback runs, and the buffer is this program's. */
	return dmaengine_terminate_sync(stream->channel->chan) < 0 ?
		"the transfer could not be terminated" : NULL;
}

uint64_t
stream_arrived(struct stream *stream, uint64_t *when)
{
	uint64_t arrived;

	if (stream->channel == NULL) {
		*when = rte_rdtsc();
		return rte_pmd_refdma_periods(stream->device->id, VCHAN);
	}
	if (stream->channel->manual)
		dmaengine_compat_run(stream->channel->dev_id);
	arrived = atomic_load_explicit(&stream->arrived, memory_order_acquire);
	*when = atomic_load_explicit(&stream->arrived_tsc[arrived % STREAM_TIMES],
				     memory_order_relaxed);
	return arrived;
}

/* The device may be further than what it has reported: the residue says where it is writing. */
static bool
overwritten_on_dmadev(const struct stream *stream, uint64_t n)
{
	const uint64_t periods = stream->options->periods, period = stream->options->period;
	uint64_t reported = rte_pmd_refdma_periods(stream->device->id, VCHAN), place;
	uint16_t index;
	uint32_t left;

	if (rte_pmd_refdma_residue(stream->device->id, VCHAN, &index, &left) < 0)
		return true;
	place = (period * periods - left) / period;
	return reported + (place + periods - reported % periods) % periods - n >= periods;
}

/*
 * The data path is the tasklet's, and its count of periods may be a lap behind: what the port has
 * delivered since it was reset says where the device is, up to the burst under way.
 */
static bool
overwritten_on_channel(const struct stream *stream, uint64_t n)
{
	const uint64_t burst = burst_words(stream->options->period) * (uint64_t)WIDTH;
	struct rte_pmd_refdma_port port;

	if (rte_pmd_refdma_port_get(stream->device->id, stream->port, &port) < 0)
		return true;
	return (port.rx_bytes + burst) / stream->options->period >= n + stream->options->periods;
}

bool
stream_overwritten(const struct stream *stream, uint64_t n)
{
	/* What has been read of the buffer was read before this. */
	rte_io_rmb();
	return stream->channel == NULL ? overwritten_on_dmadev(stream, n) :
		overwritten_on_channel(stream, n);
}

bool
stream_ended(const struct stream *stream)
{
	bool has_error = false;

	if (stream->channel != NULL)
		return dmaengine_tx_status(stream->channel->chan, stream->cookie, NULL) !=
			DMA_IN_PROGRESS;
	return rte_dma_completed(stream->device->id, VCHAN, 1, NULL, &has_error) > 0 || has_error;
}
