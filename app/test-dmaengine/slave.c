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

#include "bench.h"
#include "exit_status.h"
#include "ports.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define VCHAN_TO	0
#define VCHAN_FROM	1
#define NB_VCHANS	2
#define MAX_BURST_WORDS	65535
/* Polls of both sides between two looks at the clock. */
#define POLLS_A_CHECK	16

/* One direction. */
struct side {
	struct run run;		/* for its vchan and what goes wrong on it */
	struct rte_pmd_refdma_slave *xfers;	/* one for each entry */
	struct rte_dma_sge *sges;
	uint64_t started;
	uint64_t completed;
};

struct loopback {
	uint16_t port;
	uint64_t addr;		/* the port's device address */
	uint32_t fifo_size;
	struct side to;
	struct side from;
};

/* Enqueue up to count transfers and submit them. */
static void
side_enqueue(struct side *side, uint64_t count)
{
	struct run *run = &side->run;
	int ret = 0;

	for (; count > 0; count--) {
		ret = rte_pmd_refdma_slave(run->dev_id, run->vchan, &side->xfers[run->next]);
		if (ret < 0)
			break;
		side->started++;
		if (++run->next == run->work->entries)
			run->next = 0;
	}
	if (ret < 0 && ret != -ENOSPC)
		run->error = ret;
	ret = rte_dma_submit(run->dev_id, run->vchan);
	if (ret < 0)
		run->error = ret;
}

static uint16_t
side_poll(struct side *side)
{
	struct run *run = &side->run;
	bool has_error = false;
	uint16_t count = rte_dma_completed(run->dev_id, run->vchan, run->ring, NULL, &has_error);

	if (unlikely(has_error))
		count += run_take_failed(run);
	side->completed += count;
	return count;
}

static bool
side_bad(const struct side *side)
{
	return side->run.error != 0 || side->run.errors > 0 || side->run.timed_out;
}

static void
side_step(struct side *side)
{
	const struct run *run = &side->run;

	if (rte_dma_burst_capacity(run->dev_id, run->vchan) >= run->burst)
		side_enqueue(side, run->burst);
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

static void
side_start(struct side *side, const struct run *run, uint16_t vchan)
{
	side->run = *run;
	side->run.vchan = vchan;
	side->started = 0;
	side->completed = 0;
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
	run->cycles = rte_rdtsc_precise() - start;
	run->operations = from->completed;
	run->started += from->started;
	run->next = from->run.next;
	take_failures(run, to);
	take_failures(run, from);
}

static const struct operation operation_slave = {
	.name = "slave",
	.run = run_loopback,
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
	return 0;
}

static void
side_free(struct side *side)
{
	free(side->xfers);
	free(side->sges);
	side->xfers = NULL;
	side->sges = NULL;
}

static const enum value_id slave_values[] = { VALUE_PORT, VALUE_SIZE, VALUE_BURST };
static const enum metric_id slave_metrics[] = { METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES };

static const struct table slave_table = {
	.values = slave_values, .nb_values = RTE_DIM(slave_values),
	.metrics = slave_metrics, .nb_metrics = RTE_DIM(slave_metrics), .ranges = true,
};

/* Start device and port afresh. Returns an exit status. */
static int
start_afresh(struct device *device, const struct loopback *loopback,
	     const struct options *options)
{
	const struct rte_pmd_refdma_port_conf conf = { .reset = true };
	int ret;

	device_stop(device);
	ret = rte_pmd_refdma_port_set(device->id, loopback->port, &conf);
	if (ret < 0) {
		fprintf(stderr, "%s: port %u cannot be set up: %s\n", device->name,
			loopback->port, strerror(-ret));
		return EXIT_FAILED;
	}
	return device_start(device, NB_VCHANS, (uint16_t)options->ring);
}

static void
run_repeats(struct bench *bench)
{
	const struct options *options = bench->session->options;
	char size[16];

	for (uint64_t i = 0; i < options->repeat && !stop_requested(); i++) {
		progress_step("slave on %s: %s, burst %u, run %" PRIu64 " of %" PRIu64,
			      bench->path->label,
			      format_bytes(bench->run.work->size, size, sizeof(size)),
			      bench->run.burst, i + 1, options->repeat);
		bench_repeat(bench);
	}
}

static int
run_case(struct session *session, const struct path *path, struct loopback *loopback,
	 uint32_t size, uint16_t burst)
{
	int ret = EXIT_FAILED;
	struct bench bench;
	struct work work;

	if (work_create(&work, &session->pools, session->options, size, burst) < 0)
		return EXIT_FAILED;
	if (side_create(&loopback->to, &work, loopback, true) == 0 &&
	    side_create(&loopback->from, &work, loopback, false) == 0 &&
	    bench_start(&bench, session, path, &operation_slave, &work, burst) == 0) {
		bench.run.context = loopback;
		record_set(&bench.record, VALUE_PORT, loopback->port);
		run_repeats(&bench);
		bench_finish(&bench);
		table_row(&slave_table, &bench.record);
		ret = bench_failed(&bench) ?
			start_afresh(path->device, loopback, session->options) : 0;
	}
	side_free(&loopback->to);
	side_free(&loopback->from);
	work_free(&work);
	return ret;
}

static int
run_port(struct session *session, struct device *device, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	const struct options *options = session->options;
	const struct path path = { device->name, device };
	struct loopback loopback = {
		.port = number, .addr = port->addr, .fifo_size = port->fifo_size,
	};
	int ret = start_afresh(device, &loopback, options);

	for (unsigned int i = 0; i < options->sizes.nb && ret == 0; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++) {
			if (stop_requested())
				break;
			ret = run_case(session, &path, &loopback,
				       (uint32_t)options->sizes.values[i],
				       (uint16_t)options->bursts.values[j]);
		}
	return ret;
}

int
command_slave(struct session *session)
{
	const struct options *options = session->options;
	int ret;

	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	progress_start(session->devices.nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat);
	table_start(&slave_table);
	ret = ports_for_each(session, RTE_PMD_REFDMA_PORT_LOOPBACK, run_port);
	progress_clear();
	return ret;
}
