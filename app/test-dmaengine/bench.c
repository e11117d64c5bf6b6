/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Running one case. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_cycles.h>

#include <dmaengine_compat.h>

#include "bench.h"
#include "image.h"
#include "tasklet.h"
#include "stop.h"
#include "table.h"

#define MAX_WARM_UP_SECONDS	0.05

static void
describe_api(struct bench *bench, const struct options *options)
{
	const struct path *path = bench->path;

	bench->record.api = api_name(path->api);
	if (path->api != API_ENGINE)
		return;
	bench->record.run = run_mode_name(path->run);
	record_set(&bench->record, VALUE_DEPTH, channel_depth(options, path->run));
}

/* What an operation consists of. */
static void
describe_shape(struct record *record, const struct work *work, const struct operation *operation)
{
	if (operation->has_lists) {
		record_set(record, VALUE_SRC_SGES, work->nb_src);
		record_set(record, VALUE_DST_SGES, work->nb_dst);
	}
	if (work->chunks != 0) {
		record_set(record, VALUE_CHUNK, work->chunk);
		record_set(record, VALUE_SRC_GAP, work->src_gap);
		record_set(record, VALUE_DST_GAP, work->dst_gap);
	}
	if (operation->in_chunks)
		record_set(record, VALUE_COPIES, work->chunks);
}

static void
describe(struct bench *bench, const struct options *options)
{
	const struct work *work = bench->run.work;
	struct record *record = &bench->record;
	char size[16];

	record_start(record, options, bench->operation->name, bench->path->label);
	record_set(record, VALUE_SIZE, work->size);
	record_set(record, VALUE_BURST, bench->run.burst);
	if (bench->path->device != NULL)
		record_set(record, VALUE_RING, bench->run.ring);
	describe_api(bench, options);
	record_set(record, VALUE_FOOTPRINT, (uint64_t)work->buffers * work->stride);
	record_set(record, VALUE_STRIDE, work->stride);
	describe_shape(record, work, bench->operation);
	if (options->src_node >= 0)
		record_set(record, VALUE_SRC_NODE, (uint64_t)options->src_node);
	if (options->dst_node >= 0)
		record_set(record, VALUE_DST_NODE, (uint64_t)options->dst_node);
	if (bench->path->direction == DIRECTION_MEM2DEV)
		record->direction = "mem2dev";
	if (bench->path->direction == DIRECTION_DEV2MEM)
		record->direction = "dev2mem";
	if (options->cache_flush)
		record_set(record, VALUE_CACHE_FLUSH, 1);
	snprintf(bench->mismatches.what, sizeof(bench->mismatches.what), "%s%s %s %s",
		 bench->path->label, bench->path->api == API_ENGINE ? " (DMA Engine)" : "",
		 bench->operation->name,
		 format_bytes(work->size, size, sizeof(size)));
}

/* Room for so many samples. Both arrays stay valid where there is no memory. */
static int
grow(struct bench *bench, unsigned int room)
{
	double *mops = realloc(bench->mops, room * sizeof(*mops));
	double *tasklet;

	if (mops == NULL)
		return -1;
	bench->mops = mops;
	tasklet = realloc(bench->tasklet, room * sizeof(*tasklet));
	if (tasklet == NULL)
		return -1;
	bench->tasklet = tasklet;
	bench->room = room;
	return 0;
}

int
bench_start(struct bench *bench, struct session *session, struct path *path,
	    const struct operation *operation, const struct work *work, uint16_t burst)
{
	const struct options *options = session->options;

	memset(bench, 0, sizeof(*bench));
	bench->session = session;
	bench->path = path;
	bench->operation = operation;
	if (grow(bench, (unsigned int)options->repeat) < 0) {
		free(bench->mops);
		free(bench->tasklet);
		fprintf(stderr, "out of memory\n");
		return -1;
	}
	run_init(&bench->run, work, path->device != NULL ? path->device->id : -1, burst, options);
	if (operation->in_chunks && path->api == API_DMADEV)
		bench->run.parts = work->chunks;
	describe(bench, options);
	return 0;
}

int
bench_step(struct bench *bench, void (*step)(struct bench *bench))
{
	struct path *path = bench->path;
	int ret = 0;

	if (bench_failed(bench))
		return 0;
	if (bench->operation->prepare != NULL)
		ret = bench->operation->prepare(bench);
	if (ret == 0)
		ret = path_start(path, bench->session->options);
	if (ret != 0)
		return ret;
	bench->run.channel = path->channels != NULL ? path->channels->list : NULL;
	if (bench->run.channel != NULL)
		bench->run.channel->errors_seen = 0;
	step(bench);
	bench->run.channel = NULL;
	return path_stop(path);
}

/* Move what went wrong into the record. */
static void
note_failures(struct bench *bench)
{
	char text[120];

	if (run_failed(&bench->run, text, sizeof(text)))
		record_fail(&bench->record, "%s", text);
	if (bench->mismatches.count > 0)
		record_fail(&bench->record, "wrong data");
}

bool
bench_failed(const struct bench *bench)
{
	return bench->record.verdict == VERDICT_FAILED;
}

void
bench_try(struct bench *bench)
{
	uint64_t checked;

	if (bench->session->options->no_verify || bench->path->device == NULL ||
	    bench->operation->try_one == NULL)
		return;
	checked = trials_run(&bench->run, bench->operation, &bench->mismatches);
	record_set(&bench->record, VALUE_CHECKED, checked);
	note_failures(bench);
}

static uint64_t
tasklet_cycles(const struct run *run)
{
	struct dmaengine_compat_tasklet_stats stats;

	return dmaengine_compat_tasklet_stats(run->dev_id, &stats) == 0 ? stats.busy_cycles : 0;
}

void
bench_run(struct bench *bench, double seconds)
{
	struct run *run = &bench->run;
	uint64_t before;

	run->duration = (uint64_t)(seconds * (double)rte_get_tsc_hz());
	if (bench->path->device == NULL) {
		bench->operation->run_cpu(run);
	} else if (run->channel == NULL) {
		bench->operation->run(run);
	} else {
		before = tasklet_cycles(run);
		bench->operation->channel->run(run);
		run->tasklet_cycles = tasklet_cycles(run) - before;
	}
}

/* Add a sample and the totals of the run that has just ended. */
void
bench_sample(struct bench *bench)
{
	const struct run *run = &bench->run;
	struct record *record = &bench->record;

	if (run->operations == 0 || run->cycles == 0)
		return;
	bench->tasklet[bench->nb_samples] = (double)run->tasklet_cycles / (double)run->operations;
	bench->mops[bench->nb_samples++] = (double)run->operations /
		((double)run->cycles / (double)rte_get_tsc_hz()) / 1e6;
	record_set(record, VALUE_OPERATIONS, record->values[VALUE_OPERATIONS] + run->operations);
	record_set(record, VALUE_BYTES,
		   record->values[VALUE_BYTES] + run->operations * run->work->size);
}

/* One measured run. */
static void
measure(struct bench *bench)
{
	const struct options *options = bench->session->options;
	struct busy_clock before;

	if (options->cache_flush)
		work_flush(bench->run.work);
	before = busy_now();
	bench_run(bench, options->seconds);
	busy_add(&bench->record.busy, &before);
	bench_sample(bench);
}

void
bench_fill(struct bench *bench)
{
	struct run *run = &bench->run;

	run->next = 0;
	run->end = run->burst;
	run->started = 0;
	/* Without verification too: memory that nobody has written does not exist yet. */
	if (!bench->session->options->no_verify || bench->nb_samples == 0)
		image_fill(run->work);
	if (bench->operation->before != NULL)
		bench->operation->before(bench);
}

static bool
run_is_well(const struct run *run)
{
	return !run->timed_out && run->errors == 0 && run->error == 0;
}

void
bench_check(struct bench *bench)
{
	const struct options *options = bench->session->options;
	const struct run *run = &bench->run;

	if (bench->operation->after != NULL && !options->no_verify && run_is_well(run))
		bench->operation->after(bench);
	if (!options->no_verify && run_is_well(run))
		image_check(run->work, bench->operation, run->started, &bench->mismatches);
	note_failures(bench);
}

void
bench_repeat(struct bench *bench)
{
	const struct options *options = bench->session->options;

	if (bench_failed(bench))
		return;
	if (bench->nb_samples == bench->room && grow(bench, bench->room * 2) < 0) {
		record_fail(&bench->record, "no memory for more runs");
		return;
	}
	bench_fill(bench);
	if (options->operations == 0 && run_is_well(&bench->run))
		bench_run(bench, RTE_MIN(options->seconds / 10, MAX_WARM_UP_SECONDS));
	if (run_is_well(&bench->run))
		measure(bench);
	bench_check(bench);
}

/* What a histogram of cycles says, as distribution and in the terms of older results. */
static void
take_latency(struct record *record, const struct histogram *histogram)
{
	struct distribution *all = &record->distributions[DISTRIBUTION_LATENCY];

	*all = histogram_distribution(histogram, 1e6 / (double)rte_get_tsc_hz());
	if (all->samples == 0)
		return;
	record->metrics[METRIC_LATENCY] = (struct summary){
		all->p50, all->min, all->max, (unsigned int)RTE_MIN(all->samples, UINT32_MAX) };
	record->metrics[METRIC_LATENCY_P99] = (struct summary){ all->p99, all->p99, all->p99, 1 };
}

void
bench_latency(struct bench *bench)
{
	const struct options *options = bench->session->options;
	struct histogram *histogram;

	if (!options->latency || bench_failed(bench))
		return;
	histogram = histogram_create();
	if (histogram == NULL) {
		record_fail(&bench->record, "out of memory");
		return;
	}
	bench->run.duration = (uint64_t)(options->seconds * (double)rte_get_tsc_hz());
	if (bench->path->device == NULL)
		run_cpu_latency(&bench->run, bench->operation->cpu, histogram);
	else if (bench->run.channel != NULL)
		channel_latency(&bench->run, bench->operation->channel, histogram);
	else
		run_latency(&bench->run, bench->operation->enqueue, histogram);
	take_latency(&bench->record, histogram);
	free(histogram);
	note_failures(bench);
}

struct summary
bench_ratio(const struct bench *bench, const struct bench *base)
{
	unsigned int nb = RTE_MIN(bench->nb_samples, base->nb_samples);
	double *ratios = calloc(nb + 1, sizeof(*ratios));
	struct summary summary = { 0 };

	if (ratios == NULL)
		return summary;
	for (unsigned int i = 0; i < nb; i++)
		ratios[i] = bench->mops[i] / base->mops[i];
	summary = summarize(ratios, nb);
	free(ratios);
	return summary;
}

void
bench_speed(struct record *record, double *mops, unsigned int nb, uint64_t size)
{
	const double mega_cycles = (double)rte_get_tsc_hz() / 1e6;
	struct summary *speed = &record->metrics[METRIC_MOPS];
	const double gbytes = (double)size / 1e3;

	*speed = summarize(mops, nb);
	if (nb == 0)
		return;
	record->metrics[METRIC_GBPS] = (struct summary){
		speed->median * gbytes, speed->min * gbytes, speed->max * gbytes, nb };
	/* The slowest run needs the most cycles. */
	record->metrics[METRIC_CYCLES] = (struct summary){
		mega_cycles / speed->median, mega_cycles / speed->max,
		mega_cycles / speed->min, nb };
}

void
bench_finish(struct bench *bench)
{
	struct record *record = &bench->record;

	bench_speed(record, bench->mops, bench->nb_samples, bench->run.work->size);
	if (bench->path->api == API_ENGINE)
		record->metrics[METRIC_TASKLET] = summarize(bench->tasklet, bench->nb_samples);
	record_set(record, VALUE_ERRORS, bench->run.errors);
	if (!bench->session->options->no_verify) {
		record_set(record, VALUE_MISMATCHES, bench->mismatches.count);
		if (!bench_failed(bench) && bench->nb_samples > 0)
			record->verdict = VERDICT_PASSED;
	}
	if (bench_failed(bench) && bench->mismatches.count > 0)
		snprintf(record->note, sizeof(record->note), "%" PRIu64 " wrong bytes",
			 bench->mismatches.count);
	report_add(&bench->session->report, record);
	free(bench->mops);
	free(bench->tasklet);
	bench->mops = NULL;
	bench->tasklet = NULL;
}
