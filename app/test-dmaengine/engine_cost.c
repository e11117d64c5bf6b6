/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * engine-cost: what the DMA Engine API costs on top of dmadev. Each part is a few paths that take
 * turns; times are only shown, data that is wrong fails.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "channel.h"
#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "stop.h"
#include "table.h"
#include "tasklet.h"

#define MAX_PATHS	3
#define SMALL_FOOTPRINT	(64 << 10)
#define LATENCY_SIZE	64
#define MANY_SIZE	64
#define POOL		256
#define MANUAL_DEPTH	32

#define SERVICE_DEVICE	"dma_refdma_service,engine=service"
#define INLINE_DEVICE	"dma_refdma_inline,engine=inline"
#define MANY_DEVICES	"dma_refdma_many,engine=inline,channels=32,queues=8"

struct cost {
	struct session *session;
	const struct options *options;	/* of the command line */
	struct options part;		/* of the part under way */
	struct dmadev *service;		/* NULL: there is no second lcore */
	struct dmadev *in_line;
	struct path paths[MAX_PATHS];
	unsigned int nb_paths;
	struct bench benches[MAX_PATHS];
};

/* A part of the command. */
struct part {
	const char *name;		/* operation of its records */
	const char *title;
	const struct table *table;	/* NULL: none */
	bool needs_service;
	int (*run)(struct cost *cost, const struct part *part);
};

static void
add_path(struct cost *cost, struct dmadev *device, enum api api, enum run_mode run)
{
	cost->paths[cost->nb_paths++] = path_of(device->name, device, api, run);
}

/* The dmadev first: the others are compared with it. */
static void
add_all_paths(struct cost *cost)
{
	if (cost->service == NULL) {
		add_path(cost, cost->in_line, API_DMADEV, RUN_MANUAL);
		add_path(cost, cost->in_line, API_ENGINE, RUN_MANUAL);
		return;
	}
	add_path(cost, cost->service, API_DMADEV, RUN_SERVICE);
	add_path(cost, cost->service, API_ENGINE, RUN_SERVICE);
	add_path(cost, cost->in_line, API_ENGINE, RUN_SERVICE);
}

/* Small pools that stay in the cache, in order. */
static void
keep_in_cache(struct options *part)
{
	part->footprint = SMALL_FOOTPRINT;
	part->shared_footprint = false;
	part->shuffle = false;
	part->packets = false;
	part->stride = 0;
}

static void
set_burst(struct options *part, uint64_t burst)
{
	part->bursts = (struct value_list){ 1, { burst } };
}

/* Cycles that an operation needs more, run by run. */
static struct summary
added_cycles(const struct bench *bench, const struct bench *base)
{
	unsigned int nb = RTE_MIN(bench->nb_samples, base->nb_samples);
	const double mega_cycles = (double)rte_get_tsc_hz() / 1e6;
	double *added = calloc(nb + 1, sizeof(*added));
	struct summary summary = { 0 };

	if (added == NULL)
		return summary;
	for (unsigned int i = 0; i < nb; i++)
		added[i] = mega_cycles / bench->mops[i] - mega_cycles / base->mops[i];
	summary = summarize(added, nb);
	free(added);
	return summary;
}

/* Add the records of a case, under the name of the part. */
static void
finish_case(struct cost *cost, const struct part *part)
{
	for (unsigned int p = 0; p < cost->nb_paths; p++)
		cost->benches[p].record.operation = part->name;
	group_finish(cost->benches, cost->nb_paths);
	for (unsigned int p = 0; p < cost->nb_paths; p++)
		table_row(part->table, &cost->benches[p].record);
}

/* One size on all paths; each is compared with the first. */
static int
run_size(struct cost *cost, const struct part *part, uint32_t size, enum metric_id ratio)
{
	struct bench *benches = cost->benches;
	uint16_t burst = (uint16_t)cost->part.bursts.values[0];
	struct work work;
	int ret;

	if (work_create(&work, &cost->session->pools, &cost->part, size, burst) < 0)
		return EXIT_FAILED;
	ret = group_run(benches, cost->session, cost->paths, cost->nb_paths, &operation_copy,
			&work, burst, NULL);
	for (unsigned int p = 1; ret == 0 && p < cost->nb_paths; p++) {
		benches[p].record.metrics[ratio] = bench_ratio(&benches[p], &benches[0]);
		if (ratio == METRIC_RATIO_DMADEV)
			benches[p].record.metrics[METRIC_ADDED] = added_cycles(&benches[p],
									       &benches[0]);
	}
	for (unsigned int p = 0; ret == 0 && ratio == METRIC_RATIO_ONE && p < cost->nb_paths; p++)
		record_set(&benches[p].record, VALUE_OPEN, cost->paths[p].nb_channels +
			   cost->paths[p].nb_idle * (uint64_t)MAX_CHANNELS);
	if (ret == 0)
		finish_case(cost, part);
	work_free(&work);
	return ret;
}

static int
run_throughput(struct cost *cost, const struct part *part)
{
	const struct value_list *sizes = &cost->options->sizes;
	int ret = 0;

	add_all_paths(cost);
	for (unsigned int i = 0; i < sizes->nb && ret == 0 && !stop_requested(); i++)
		ret = run_size(cost, part, (uint32_t)sizes->values[i], METRIC_RATIO_DMADEV);
	return ret;
}

static int
run_to_completion(struct cost *cost, const struct part *part)
{
	static const uint32_t sizes[] = { 64, 4096 };
	int ret = 0;

	cost->part.depth = cost->options->depth != 0 ? cost->options->depth : MANUAL_DEPTH;
	keep_in_cache(&cost->part);
	/* The dmadev has as much under way. */
	set_burst(&cost->part, RTE_MIN(cost->part.depth, cost->part.ring / 2));
	add_path(cost, cost->in_line, API_DMADEV, RUN_MANUAL);
	add_path(cost, cost->in_line, API_ENGINE, RUN_MANUAL);
	for (unsigned int i = 0; i < RTE_DIM(sizes) && ret == 0 && !stop_requested(); i++)
		ret = run_size(cost, part, sizes[i], METRIC_RATIO_DMADEV);
	return ret;
}

/* Single operations on a path: no throughput. */
static int
time_path(struct cost *cost, const struct part *part, struct path *path, const struct work *work)
{
	struct bench *bench = &cost->benches[0];
	int ret;

	if (bench_start(bench, cost->session, path, &operation_copy, work, 1) < 0)
		return EXIT_FAILED;
	bench->record.operation = part->name;
	ret = bench_step(bench, bench_try);
	if (ret == 0)
		ret = bench_step(bench, bench_latency);
	if (!bench_failed(bench) && !cost->part.no_verify)
		bench->record.verdict = VERDICT_PASSED;
	bench_finish(bench);
	table_row(part->table, &bench->record);
	return ret;
}

static int
run_latency_part(struct cost *cost, const struct part *part)
{
	struct work work;
	int ret = 0;

	cost->part.latency = true;
	keep_in_cache(&cost->part);
	set_burst(&cost->part, 1);
	add_all_paths(cost);
	if (work_create(&work, &cost->session->pools, &cost->part, LATENCY_SIZE, 1) < 0)
		return EXIT_FAILED;
	for (unsigned int p = 0; p < cost->nb_paths && ret == 0 && !stop_requested(); p++)
		ret = time_path(cost, part, &cost->paths[p], &work);
	work_free(&work);
	return ret;
}

/* One channel that works, alone and among all others that are open. */
static int
run_many_channels(struct cost *cost, const struct part *part)
{
	struct device_set *set = &cost->session->devices;
	struct dmadev *first = &set->devices[set->nb_devices];
	unsigned int before = set->nb_devices;
	int ret = devices_add(set, cost->options, MANY_DEVICES);

	if (ret != 0)
		return ret;
	keep_in_cache(&cost->part);
	add_path(cost, first, API_ENGINE, RUN_SERVICE);
	add_path(cost, first, API_ENGINE, RUN_SERVICE);
	cost->paths[1].nb_channels = MAX_CHANNELS;
	cost->paths[1].idle = first + 1;
	cost->paths[1].nb_idle = set->nb_devices - before - 1;
	return run_size(cost, part, MANY_SIZE, METRIC_RATIO_ONE);
}

static uint64_t
allocated_bytes(void)
{
	struct rte_malloc_socket_stats stats;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < rte_socket_count(); i++)
		if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	return bytes;
}

/* What a channel has between its request and its release. */
static int
run_memory(struct cost *cost, const struct part *part)
{
	struct channels *channels;
	struct record record;
	uint64_t bytes;
	int ret;

	channels = channels_open(cost->in_line, 1, RUN_MANUAL, &cost->part, POOL, &ret);
	if (channels == NULL)
		return ret;
	bytes = allocated_bytes();
	dma_release_channel(channels->list[0].chan);
	bytes -= allocated_bytes();
	channels->nb = 0;
	ret = channels_close(channels);
	record_start(&record, &cost->part, part->name, cost->in_line->name);
	record.api = "engine";
	record.run = run_mode_name(RUN_MANUAL);
	record_set(&record, VALUE_POOL, POOL);
	record_set(&record, VALUE_RING, cost->part.ring);
	record_set(&record, VALUE_MEMORY, bytes);
	report_add(&cost->session->report, &record);
	table_row(part->table, &record);
	return ret;
}

static const enum value_id case_values[] = { VALUE_SIZE, VALUE_BURST, VALUE_DEPTH };
static const enum value_id open_values[] = { VALUE_SIZE, VALUE_OPEN };
static const enum value_id memory_values[] = { VALUE_POOL, VALUE_RING, VALUE_MEMORY };
static const enum metric_id throughput_metrics[] = {
	METRIC_MOPS, METRIC_CYCLES, METRIC_TASKLET, METRIC_RATIO_DMADEV
};
static const enum metric_id completion_metrics[] = {
	METRIC_MOPS, METRIC_CYCLES, METRIC_ADDED, METRIC_RATIO_DMADEV
};
static const enum metric_id latency_metrics[] = { METRIC_LATENCY, METRIC_LATENCY_P99 };
static const enum metric_id open_metrics[] = { METRIC_MOPS, METRIC_CYCLES, METRIC_RATIO_ONE };

static const struct table throughput_table = {
	.values = case_values, .nb_values = RTE_DIM(case_values),
	.metrics = throughput_metrics, .nb_metrics = RTE_DIM(throughput_metrics),
	.ranges = true, .apis = true,
};
static const struct table completion_table = {
	.values = case_values, .nb_values = RTE_DIM(case_values),
	.metrics = completion_metrics, .nb_metrics = RTE_DIM(completion_metrics),
	.ranges = true, .apis = true,
};
static const struct table latency_table = {
	.values = case_values, .nb_values = RTE_DIM(case_values),
	.metrics = latency_metrics, .nb_metrics = RTE_DIM(latency_metrics),
	.ranges = true, .apis = true,
};
static const struct table open_table = {
	.values = open_values, .nb_values = RTE_DIM(open_values),
	.metrics = open_metrics, .nb_metrics = RTE_DIM(open_metrics),
	.ranges = true, .apis = true,
};
static const struct table memory_table = {
	.values = memory_values, .nb_values = RTE_DIM(memory_values), .apis = true,
};

static const struct part parts[] = {
	{ "throughput", "the client on one lcore, device and tasklet on the other",
	  &throughput_table, false, run_throughput },
	{ "run-to-completion", "all on one lcore, buffers in the cache; added: cycles more than "
	  "dmadev's", &completion_table, false, run_to_completion },
	{ "latency", "one operation on an idle channel, from before prepare until the callback "
	  "runs (dmadev: until it is seen)", &latency_table, false, run_latency_part },
	{ "open-channels", "one channel works, others are open; buffers in the cache",
	  &open_table, true, run_many_channels },
	{ "channel-memory", "memory of a channel, from request to release", &memory_table, false,
	  run_memory },
};

static void
skip_part(struct cost *cost, const struct part *part)
{
	struct record record;

	record_start(&record, cost->options, part->name, "-");
	record.verdict = VERDICT_SKIPPED;
	snprintf(record.note, sizeof(record.note), "it needs a second lcore");
	report_add(&cost->session->report, &record);
	table_row(part->table, &record);
}

/* The part has options and paths of its own. */
static int
run_part(struct cost *cost, const struct part *part)
{
	int ret = 0;

	progress_clear();
	printf("\n%s: %s\n", part->name, part->title);
	table_start(part->table);
	cost->part = *cost->options;
	cost->part.depth = 0;
	cost->nb_paths = 0;
	cost->session->options = &cost->part;
	if (part->needs_service && cost->service == NULL)
		skip_part(cost, part);
	else
		ret = part->run(cost, part);
	cost->session->options = cost->options;
	return ret;
}

static int
create_devices(struct cost *cost)
{
	struct device_set *set = &cost->session->devices;
	int ret = devices_add(set, cost->options, INLINE_DEVICE);

	if (ret != 0)
		return ret;
	cost->in_line = &set->devices[0];
	if (cost->session->run != RUN_SERVICE)
		return 0;
	ret = devices_add(set, cost->options, SERVICE_DEVICE);
	if (ret == 0)
		cost->service = &set->devices[1];
	return ret;
}

static void
print_header(const struct cost *cost)
{
	char layout[160];

	printf("ring %" PRIu64 "; %s\n", cost->options->ring,
	       table_layout(cost->options, layout, sizeof(layout)));
	if (cost->session->run != RUN_SERVICE)
		printf("One lcore only: the client runs the tasklet, too.\n");
}

int
command_engine_cost(struct session *session)
{
	struct cost *cost = calloc(1, sizeof(*cost));
	int ret;

	if (cost == NULL)
		return EXIT_FAILED;
	cost->session = session;
	cost->options = session->options;
	ret = create_devices(cost);
	if (ret == 0 && pools_create(&session->pools, session->options) < 0)
		ret = EXIT_FAILED;
	if (ret == 0)
		print_header(cost);
	progress_start((cost->options->sizes.nb * MAX_PATHS + 6) *
		       (unsigned int)cost->options->repeat);
	for (unsigned int i = 0; i < RTE_DIM(parts) && ret == 0 && !stop_requested(); i++)
		ret = run_part(cost, &parts[i]);
	progress_clear();
	table_verdict(&session->report);
	free(cost);
	return ret;
}
