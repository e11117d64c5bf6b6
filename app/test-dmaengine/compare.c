/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * compare: CPU, dma_skeleton and refdma in turn on the same buffers. The runs are interleaved, so
 * that whatever else the machine does meets all of them alike, and ratios are taken between
 * neighbours in time. A device that is not being measured is stopped.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "bench.h"
#include "exit_status.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define MAX_PATHS	(OPTIONS_MAX_DEVICES + 1)
#define CPU_PATH	0
#define SKELETON_PATH	1	/* where the devices are the default ones */
#define CELL_WIDTH	22

/* The devices, unless --dev names others. */
static const struct {
	const char *label;
	const char *device;
} defaults[] = {
	{ "skeleton", "dma_skeleton" },
	{ "thread", "dma_refdma_thread,engine=thread" },
	{ "inline", "dma_refdma_inline,engine=inline" },
};

/* A ratio that is shown. */
struct ratio {
	unsigned int path;
	enum metric_id metric;
};

struct compare {
	struct session *session;
	struct path paths[MAX_PATHS];
	unsigned int nb_paths;
	struct ratio ratios[MAX_PATHS];
	unsigned int nb_ratios;
	bool has_skeleton;
	struct bench benches[MAX_PATHS];	/* of the case under way */
};

static int
add_default_paths(struct compare *compare)
{
	static const struct ratio ratios[] = {
		{ 2, METRIC_RATIO_SKELETON }, { 2, METRIC_RATIO_CPU }, { 3, METRIC_RATIO_CPU },
	};
	struct device_set *set = &compare->session->devices;

	for (unsigned int i = 0; i < RTE_DIM(defaults); i++) {
		unsigned int nb = set->nb_devices;
		int ret = devices_add(set, compare->session->options, defaults[i].device);

		if (ret != 0)
			return ret;
		/* With several channels, the first stands for the device. */
		compare->paths[compare->nb_paths++] = (struct path){
			defaults[i].label, &set->devices[nb] };
	}
	memcpy(compare->ratios, ratios, sizeof(ratios));
	compare->nb_ratios = RTE_DIM(ratios);
	compare->has_skeleton = true;
	return 0;
}

static int
add_named_paths(struct compare *compare)
{
	struct device_set *set = &compare->session->devices;
	int ret = devices_open(set, compare->session->options);

	for (unsigned int i = 0; ret == 0 && i < set->nb_devices && i < OPTIONS_MAX_DEVICES; i++) {
		struct device *device = &set->devices[i];

		if ((device->info.dev_capa & RTE_DMA_CAPA_OPS_COPY) == 0) {
			fprintf(stderr, "--dev: %s does not copy\n", device->name);
			return EXIT_NO_DEVICE;
		}
		compare->ratios[compare->nb_ratios++] = (struct ratio){
			compare->nb_paths, METRIC_RATIO_CPU };
		compare->paths[compare->nb_paths++] = (struct path){ device->name, device };
	}
	return ret;
}

static int
add_paths(struct compare *compare)
{
	compare->paths[CPU_PATH] = (struct path){ "cpu", NULL };
	compare->nb_paths = 1;
	if (compare->session->options->devices.nb > 0)
		return add_named_paths(compare);
	return add_default_paths(compare);
}

/* Let the device of a path run for what step does; the CPU needs no preparation. */
static int
with_device(struct bench *bench, void (*step)(struct bench *bench))
{
	struct device *device = bench->path->device;
	const struct options *options = bench->session->options;
	int ret = device != NULL ? device_start(device, 1, (uint16_t)options->ring) : 0;

	if (ret != 0)
		return ret;
	step(bench);
	if (device != NULL)
		device_stop(device);
	return 0;
}

static void
show_step(const struct bench *bench, uint64_t repeat)
{
	const struct options *options = bench->session->options;
	char size[16];

	progress_step("%s: %s, burst %u, run %" PRIu64 " of %" PRIu64, bench->path->label,
		      format_bytes(bench->run.work->size, size, sizeof(size)), bench->run.burst,
		      repeat + 1, options->repeat);
}

static int
run_interleaved(struct compare *compare)
{
	const struct options *options = compare->session->options;
	int ret = 0;

	for (unsigned int p = 0; p < compare->nb_paths && ret == 0; p++)
		ret = with_device(&compare->benches[p], bench_try);
	for (uint64_t i = 0; i < options->repeat && ret == 0; i++)
		for (unsigned int p = 0; p < compare->nb_paths && ret == 0; p++) {
			if (stop_requested())
				return 0;
			show_step(&compare->benches[p], i);
			ret = with_device(&compare->benches[p], bench_repeat);
		}
	for (unsigned int p = 0; options->latency && p < compare->nb_paths && ret == 0; p++)
		ret = with_device(&compare->benches[p], bench_latency);
	return ret;
}

/* Each run is divided by the run of the other path in the same round. */
static struct summary
ratio_of(const struct bench *bench, const struct bench *base)
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

static void
finish_case(struct compare *compare)
{
	struct bench *benches = compare->benches;

	for (unsigned int p = 0; p < compare->nb_paths; p++) {
		struct record *record = &benches[p].record;

		if (p != CPU_PATH)
			record->metrics[METRIC_RATIO_CPU] = ratio_of(&benches[p],
								     &benches[CPU_PATH]);
		if (p > SKELETON_PATH && compare->has_skeleton)
			record->metrics[METRIC_RATIO_SKELETON] =
				ratio_of(&benches[p], &benches[SKELETON_PATH]);
	}
	/* This sorts the samples: only after all ratios. */
	for (unsigned int p = 0; p < compare->nb_paths; p++)
		bench_finish(&benches[p]);
}

static int
run_case(struct compare *compare, uint32_t size, uint16_t burst)
{
	struct session *session = compare->session;
	unsigned int started = 0;
	struct work work;
	int ret = 0;

	if (work_create(&work, &session->pools, session->options, size, burst) < 0)
		return EXIT_FAILED;
	while (started < compare->nb_paths &&
	       bench_start(&compare->benches[started], session, &compare->paths[started],
			   &operation_copy, &work, burst) == 0)
		started++;
	if (started == compare->nb_paths) {
		ret = run_interleaved(compare);
		finish_case(compare);
	} else {
		ret = EXIT_FAILED;
		while (started > 0)
			bench_finish(&compare->benches[--started]);
	}
	work_free(&work);
	return ret;
}

/* Median with range, in three digits that matter. */
static void
print_cell(const struct summary *summary)
{
	int digits = summary->median >= 100 ? 0 : summary->median >= 10 ? 1 :
		summary->median >= 1 ? 2 : 3;
	char range[48], text[80];

	if (summary->samples == 0)
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%.*f (%s)", digits, summary->median,
			 format_range(summary, digits, range, sizeof(range)));
	printf(" %-*s", CELL_WIDTH - 1, text);
}

static void
print_row_start(const struct record *record)
{
	char size[16];

	printf("%6s %6" PRIu64 " ", format_bytes(record->values[VALUE_SIZE], size, sizeof(size)),
	       record->values[VALUE_BURST]);
}

/* One measurement of all paths, a row for each case. */
static void
print_metric(const struct compare *compare, enum metric_id metric)
{
	const struct report *report = &compare->session->report;

	printf("\n%s, median (range) of ", metric_rules[metric].heading);
	if (metric == METRIC_LATENCY)
		printf("single operations\n%6s %6s ", "size", "burst");
	else
		printf("%" PRIu64 " runs\n%6s %6s ", compare->session->options->repeat, "size",
		       "burst");
	for (unsigned int p = 0; p < compare->nb_paths; p++)
		printf(" %-*s", CELL_WIDTH - 1, compare->paths[p].label);
	putchar('\n');
	for (unsigned int row = 0; row + compare->nb_paths <= report->nb_records;
	     row += compare->nb_paths) {
		print_row_start(&report->records[row]);
		for (unsigned int p = 0; p < compare->nb_paths; p++)
			print_cell(&report->records[row + p].metrics[metric]);
		putchar('\n');
	}
}

static void
print_ratios(const struct compare *compare)
{
	const struct report *report = &compare->session->report;
	char title[CELL_WIDTH + DEVICE_NAME_SIZE];

	printf("\nratios, median (range)\n%6s %6s ", "size", "burst");
	for (unsigned int i = 0; i < compare->nb_ratios; i++) {
		const struct ratio *ratio = &compare->ratios[i];

		snprintf(title, sizeof(title), "%s/%s", compare->paths[ratio->path].label,
			 ratio->metric == METRIC_RATIO_CPU ? "cpu" : "skeleton");
		printf(" %-*s", CELL_WIDTH - 1, title);
	}
	putchar('\n');
	for (unsigned int row = 0; row + compare->nb_paths <= report->nb_records;
	     row += compare->nb_paths) {
		print_row_start(&report->records[row]);
		for (unsigned int i = 0; i < compare->nb_ratios; i++) {
			const struct ratio *ratio = &compare->ratios[i];

			print_cell(&report->records[row + ratio->path].metrics[ratio->metric]);
		}
		putchar('\n');
	}
}

static void
print_verdict(const struct compare *compare)
{
	const struct report *report = &compare->session->report;

	putchar('\n');
	for (unsigned int i = 0; i < report->nb_records; i++) {
		const struct record *record = &report->records[i];

		if (record->verdict == VERDICT_FAILED)
			printf("FAILED: %s, %" PRIu64 " bytes: %s\n", record->device,
			       record->values[VALUE_SIZE], record->note);
	}
	if (stop_requested())
		printf("Interrupted; not all cases have run.\n");
	if (compare->session->options->no_verify)
		printf("Data was not checked.\n");
	else if (!report->failed)
		printf("All data was checked and is right.\n");
}

static void
print_header(const struct compare *compare)
{
	const struct machine *machine = &compare->session->report.machine;
	const struct options *options = compare->session->options;
	char footprint[16];

	printf("%s, %u cores; %s; rte_memcpy for %s\n", machine->cpu, machine->cores,
	       machine->dpdk_version, machine->memcpy_isa);
	printf("ring %" PRIu64 ", pools of %s, buffers %s%s\n", options->ring,
	       format_bytes(options->footprint, footprint, sizeof(footprint)),
	       options->shuffle ? "in random order" : "in order",
	       options->stride > 0 ? ", apart by --stride" : " and side by side");
	fflush(stdout);
}

int
command_compare(struct session *session)
{
	const struct options *options = session->options;
	struct compare *compare = calloc(1, sizeof(*compare));
	int ret;

	if (compare == NULL)
		return EXIT_FAILED;
	compare->session = session;
	ret = add_paths(compare);
	if (ret == 0 && pools_create(&session->pools, options) < 0)
		ret = EXIT_FAILED;
	if (ret == 0)
		print_header(compare);
	progress_start(compare->nb_paths * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat);
	for (unsigned int i = 0; i < options->sizes.nb; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++)
			if (!stop_requested())
				ret = run_case(compare, (uint32_t)options->sizes.values[i],
					       (uint16_t)options->bursts.values[j]);
	progress_clear();
	if (session->report.nb_records > 0) {
		print_metric(compare, METRIC_MOPS);
		print_metric(compare, METRIC_GBPS);
		if (options->latency)
			print_metric(compare, METRIC_LATENCY);
		print_ratios(compare);
		print_verdict(compare);
	}
	free(compare);
	return ret;
}
