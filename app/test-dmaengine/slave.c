/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * slave: memory to a loopback port on vchan 0, and from the port to memory on vchan 1. What goes
 * in comes out in order, so entry i of the one side is entry i of the other.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "exit_status.h"
#include "group.h"
#include "ports.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define VCHAN_TO	0
#define VCHAN_FROM	1
#define NB_VCHANS	2
#define MAX_PATHS	2	/* dmadev and DMA Engine */
#define MAX_BURST_WORDS	65535
/* Polls of both sides between two looks at the clock. */
#define POLLS_A_CHECK	16

/* What a port can carry beside a transfer at most. */
struct meta {
	uint8_t bytes[OPTIONS_MAX_METADATA];
};

/* One direction. */
struct side {
	struct run run;		/* for its vchan or channel, and what goes wrong on it */
	struct rte_pmd_refdma_slave *xfers;	/* one for each entry */
	struct rte_dma_sge *sges;
	struct meta *meta;	/* one for each entry; NULL: none */
	uint64_t started;
	uint64_t completed;
};

struct loopback {
	uint16_t port;
	uint64_t addr;		/* the port's device address */
	uint32_t fifo_size;
	uint32_t meta_length;	/* bytes beside each transfer; 0: none */
	struct side to;
	struct side from;
};

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

static void
run_loopback(struct run *run)
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

/* What goes beside entry number entry; something else in every one. */
static void
make_meta(struct meta *meta, uint32_t entry)
{
	for (uint32_t i = 0; i < sizeof(meta->bytes); i++)
		meta->bytes[i] = (uint8_t)(entry * 31 + (entry >> 8) + i);
}

/* Before a run: what goes out is there, and of what comes in nothing. */
static void
fill_meta(struct bench *bench)
{
	struct loopback *loopback = bench->run.context;

	for (uint32_t i = 0; loopback->meta_length != 0 && i < bench->run.work->entries; i++) {
		make_meta(&loopback->to.meta[i], i);
		memset(&loopback->from.meta[i], 0, sizeof(loopback->from.meta[i]));
	}
}

/* After it: what came in is what went out beside the same entry. */
static void
check_meta(struct bench *bench)
{
	struct loopback *loopback = bench->run.context;
	uint64_t nb = RTE_MIN(bench->run.started, (uint64_t)bench->run.work->entries);
	struct meta meta;

	for (uint32_t i = 0; loopback->meta_length != 0 && i < nb; i++) {
		make_meta(&meta, i);
		mismatch_compare(&bench->mismatches, "metadata", i * sizeof(meta), meta.bytes,
				 loopback->from.meta[i].bytes, loopback->meta_length);
	}
}

static int start_port(struct bench *bench);

static const struct channel_operation channel_slave = {
	.run = run_loopback,
};

static const struct operation operation_slave = {
	.name = "slave",
	.channel = &channel_slave,
	.prepare = start_port,
	.run = run_loopback,
	.before = fill_meta,
	.after = check_meta,
	.expect = expect_copy,
	.has_source = true,
};

/*
 * Words as wide as the size allows, up to 8 bytes; bursts of a quarter of the FIFO, so that both
 * sides always find something to do.
 */
static void
describe_xfer(struct rte_pmd_refdma_slave *xfer, const struct loopback *loopback, uint32_t size)
{
	uint16_t width = size % 8 == 0 ? 8 : 1;
	uint32_t words = RTE_MIN(size, RTE_MAX(loopback->fifo_size / 4, (uint32_t)width)) / width;

	xfer->width = width;
	xfer->burst = (uint16_t)RTE_MIN(words, (uint32_t)MAX_BURST_WORDS);
	xfer->port_addr = loopback->addr;
	xfer->nb_sge = 1;
}

/* Metadata ends a frame; a transfer from the port is one frame. */
static int
add_meta(struct side *side, const struct work *work, uint32_t length, bool to)
{
	side->meta = rte_malloc(NULL, work->entries * sizeof(*side->meta),
				sizeof(*side->meta));
	if (side->meta == NULL) {
		fprintf(stderr, "no memory for metadata; give EAL more with -m, or choose a "
			"smaller --footprint\n");
		return -1;
	}
	for (uint32_t i = 0; i < work->entries; i++) {
		side->xfers[i].meta = rte_mem_virt2iova(&side->meta[i]);
		side->xfers[i].meta_length = length;
		side->xfers[i].flags |= to ? RTE_PMD_REFDMA_SLAVE_EOF :
			RTE_PMD_REFDMA_SLAVE_STOP_EOF;
	}
	return 0;
}

static int
side_create(struct side *side, const struct work *work, const struct loopback *loopback, bool to)
{
	side->xfers = calloc(work->entries, sizeof(*side->xfers));
	side->sges = calloc(work->entries, sizeof(*side->sges));
	if (side->xfers == NULL || side->sges == NULL) {
		fprintf(stderr, "out of memory\n");
		return -1;
	}
	for (uint32_t i = 0; i < work->entries; i++) {
		side->sges[i].addr = to ? work->iova[i].src : work->iova[i].dst;
		side->sges[i].length = work->size;
		describe_xfer(&side->xfers[i], loopback, work->size);
		side->xfers[i].flags = to ? RTE_PMD_REFDMA_SLAVE_TO_PORT : 0;
		side->xfers[i].sge = &side->sges[i];
	}
	return loopback->meta_length != 0 ? add_meta(side, work, loopback->meta_length, to) : 0;
}

static void
side_free(struct side *side)
{
	free(side->xfers);
	free(side->sges);
	rte_free(side->meta);
	side->meta = NULL;
	side->xfers = NULL;
	side->sges = NULL;
}

/* The last one where it is asked for. */
static const enum value_id slave_values[] = {
	VALUE_PORT, VALUE_SIZE, VALUE_BURST, VALUE_METADATA
};
static const enum metric_id slave_metrics[] = {
	METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES, METRIC_RATIO_DMADEV
};

/* The ratio comes last: without both APIs there is none. */
static struct table
slave_table(const struct options *options)
{
	return (struct table){
		.values = slave_values,
		.nb_values = RTE_DIM(slave_values) - (options->metadata != 0 ? 0 : 1),
		.metrics = slave_metrics,
		.nb_metrics = RTE_DIM(slave_metrics) - (options->api == API_BOTH ? 0 : 1),
		.ranges = true, .apis = options->api != API_DMADEV,
	};
}

/* Each run begins with an empty port. Returns an exit status. */
static int
start_port(struct bench *bench)
{
	const struct rte_pmd_refdma_port_conf conf = { .reset = true };
	const struct loopback *loopback = bench->run.context;
	const struct dmadev *device = bench->path->device;
	int ret = rte_pmd_refdma_port_set(device->id, loopback->port, &conf);

	if (ret == 0)
		return 0;
	fprintf(stderr, "%s: port %u cannot be set up: %s\n", device->name, loopback->port,
		strerror(-ret));
	return EXIT_FAILED;
}

/* The paths that are asked for. Returns how many. */
static unsigned int
find_paths(const struct session *session, struct dmadev *device, struct path *paths)
{
	static const enum api apis[MAX_PATHS] = { API_DMADEV, API_ENGINE };
	unsigned int nb = 0;

	for (unsigned int i = 0; i < MAX_PATHS; i++) {
		if ((session->options->api & apis[i]) == 0)
			continue;
		paths[nb] = path_of(device->name, device, apis[i], session->run);
		paths[nb++].nb_channels = NB_VCHANS;
	}
	return nb;
}

/* Measure the paths, with the lists of a case made. Returns an exit status. */
static int
run_paths(struct session *session, struct path *paths, unsigned int nb, struct loopback *loopback,
	  const struct work *work, uint16_t burst)
{
	const struct table table = slave_table(session->options);
	struct bench benches[MAX_PATHS];
	int ret;

	/* prepare() and the loop find the port by the context of the run. */
	ret = group_run(benches, session, paths, nb, &operation_slave, work, burst, loopback);
	if (ret != 0)
		return ret;
	if (nb == MAX_PATHS)
		benches[1].record.metrics[METRIC_RATIO_DMADEV] = bench_ratio(&benches[1],
									     &benches[0]);
	for (unsigned int p = 0; p < nb; p++) {
		record_set(&benches[p].record, VALUE_PORT, loopback->port);
		if (loopback->meta_length != 0)
			record_set(&benches[p].record, VALUE_METADATA, loopback->meta_length);
	}
	group_finish(benches, nb);
	for (unsigned int p = 0; p < nb; p++)
		table_row(&table, &benches[p].record);
	return 0;
}

static int
run_case(struct session *session, struct path *paths, unsigned int nb, struct loopback *loopback,
	 uint32_t size, uint16_t burst)
{
	int ret = EXIT_FAILED;
	struct work work;

	if (work_create(&work, &session->pools, session->options, size, burst) < 0)
		return EXIT_FAILED;
	if (side_create(&loopback->to, &work, loopback, true) == 0 &&
	    side_create(&loopback->from, &work, loopback, false) == 0)
		ret = run_paths(session, paths, nb, loopback, &work, burst);
	side_free(&loopback->to);
	side_free(&loopback->from);
	work_free(&work);
	return ret;
}

static int
check_metadata(const struct dmadev *device, const struct options *options)
{
	struct rte_pmd_refdma_info info;

	if (rte_pmd_refdma_info_get(device->id, &info) < 0 ||
	    options->metadata <= info.max_metadata)
		return 0;
	fprintf(stderr, "--metadata: %" PRIu64 " is not valid; %s carries up to %u bytes\n",
		options->metadata, device->name, info.max_metadata);
	return EXIT_USAGE;
}

static int
run_port(struct session *session, struct dmadev *device, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	const struct options *options = session->options;
	struct path paths[MAX_PATHS];
	unsigned int nb = find_paths(session, device, paths);
	struct loopback loopback = {
		.port = number, .addr = port->addr, .fifo_size = port->fifo_size,
		.meta_length = (uint32_t)options->metadata,
	};
	int ret = check_metadata(device, options);

	for (unsigned int i = 0; i < options->sizes.nb && ret == 0; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++) {
			if (stop_requested())
				break;
			ret = run_case(session, paths, nb, &loopback,
				       (uint32_t)options->sizes.values[i],
				       (uint16_t)options->bursts.values[j]);
		}
	return ret;
}

int
command_slave(struct session *session)
{
	const struct options *options = session->options;
	const struct table table = slave_table(options);
	int ret;

	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	progress_start(session->devices.nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat * (options->api == API_BOTH ? 2 : 1));
	if (!session->continued)
		table_start(&table);
	ret = ports_for_each(session, RTE_PMD_REFDMA_PORT_LOOPBACK, run_port);
	progress_clear();
	return ret;
}
