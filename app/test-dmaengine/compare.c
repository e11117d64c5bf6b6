/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* compare: CPU, dma_skeleton, refdma and the DMA Engine in turn on the same buffers. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_string_fns.h>

#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define MAX_PATHS	(OPTIONS_MAX_DEVICES * 2 + 1)
#define CPU_PATH	0
/* Where the devices are the default ones. */
#define SKELETON_PATH	1
#define THREAD_PATH	2
#define INLINE_PATH	3
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
	unsigned int base;
	enum metric_id metric;
};

struct compare {
	struct session *session;
	struct path paths[MAX_PATHS];
	char labels[MAX_PATHS][DEVICE_NAME_SIZE + sizeof(" engine")];
	unsigned int nb_paths;
	struct ratio ratios[MAX_PATHS];
	unsigned int nb_ratios;
	bool has_skeleton;
	unsigned int first;	/* record; those before are of other cases */
	struct bench benches[MAX_PATHS];	/* of the case under way */
};

static unsigned int
add_path(struct compare *compare, const char *label, struct dmadev *device, enum api api)
{
	unsigned int p = compare->nb_paths++;

	strlcpy(compare->labels[p], label, sizeof(compare->labels[p]));
	compare->paths[p] = path_of(compare->labels[p], device, api, compare->session->run);
	return p;
}

static void
add_ratio(struct compare *compare, unsigned int path, unsigned int base, enum metric_id metric)
{
	compare->ratios[compare->nb_ratios++] = (struct ratio){ path, base, metric };
}

/* Which of the default devices are asked for. */
static bool
wants(const struct options *options, enum api api)
{
	return (options->api & (uint32_t)api) != 0;
}

/*
 * The client on this core, device and tasklet on the other: the doorbell of an inline device is
 * the tasklet's. So the dmadev that it compares with is the one that has the other core as well.
 */
static void
add_engine_path(struct compare *compare, struct dmadev *device)
{
	unsigned int p = add_path(compare, "engine", device, API_ENGINE);

	if (compare->has_skeleton)
		add_ratio(compare, p, THREAD_PATH, METRIC_RATIO_DMADEV);
	else
		add_ratio(compare, p, CPU_PATH, METRIC_RATIO_CPU);
}

static int
add_default_paths(struct compare *compare)
{
	const struct options *options = compare->session->options;
	struct device_set *set = &compare->session->devices;
	struct dmadev *device = NULL;

	for (unsigned int i = 0; i < RTE_DIM(defaults); i++) {
		unsigned int nb = set->nb_devices;
		bool dmadev = wants(options, API_DMADEV);
		int ret;

		/* The inline one serves the DMA Engine too. */
		if (!dmadev && i + 1 < RTE_DIM(defaults))
			continue;
		ret = devices_add(set, options, defaults[i].device);
		if (ret != 0)
			return ret;
		/* With several channels, the first stands for the device. */
		device = &set->devices[nb];
		if (dmadev)
			add_path(compare, defaults[i].label, device, API_DMADEV);
	}
	if (wants(options, API_DMADEV)) {
		add_ratio(compare, THREAD_PATH, SKELETON_PATH, METRIC_RATIO_SKELETON);
		add_ratio(compare, THREAD_PATH, CPU_PATH, METRIC_RATIO_CPU);
		add_ratio(compare, INLINE_PATH, CPU_PATH, METRIC_RATIO_CPU);
		compare->has_skeleton = true;
	}
	if (wants(options, API_ENGINE))
		add_engine_path(compare, device);
	return 0;
}

/* A device of --dev, through the APIs that are asked for. */
static void
add_named_device(struct compare *compare, struct dmadev *device)
{
	const struct options *options = compare->session->options;
	char label[DEVICE_NAME_SIZE + sizeof(" engine")];
	unsigned int p, base = CPU_PATH;

	if (wants(options, API_DMADEV)) {
		base = add_path(compare, device->name, device, API_DMADEV);
		add_ratio(compare, base, CPU_PATH, METRIC_RATIO_CPU);
	}
	if (!wants(options, API_ENGINE))
		return;
	snprintf(label, sizeof(label), "%s engine", device->name);
	p = add_path(compare, label, device, API_ENGINE);
	add_ratio(compare, p, base, base != CPU_PATH ? METRIC_RATIO_DMADEV : METRIC_RATIO_CPU);
}

static int
add_named_paths(struct compare *compare)
{
	struct device_set *set = &compare->session->devices;
	int ret = devices_open(set, compare->session->options, NULL);

	for (unsigned int i = 0; ret == 0 && i < set->nb_devices && i < OPTIONS_MAX_DEVICES; i++) {
		struct dmadev *device = &set->devices[i];

		if ((device->info.dev_capa & RTE_DMA_CAPA_OPS_COPY) == 0) {
			fprintf(stderr, "--dev: %s does not copy\n", device->name);
			return EXIT_NO_DEVICE;
		}
		add_named_device(compare, device);
	}
	return ret;
}

static int
add_paths(struct compare *compare)
{
	add_path(compare, "cpu", NULL, API_CPU);
	if (compare->session->options->devices.nb > 0)
		return add_named_paths(compare);
	return add_default_paths(compare);
}

static void
finish_case(struct compare *compare)
{
	struct bench *benches = compare->benches;

	for (unsigned int p = CPU_PATH + 1; p < compare->nb_paths; p++)
		benches[p].record.metrics[METRIC_RATIO_CPU] = bench_ratio(&benches[p],
									  &benches[CPU_PATH]);
	for (unsigned int p = SKELETON_PATH + 1; p < compare->nb_paths && compare->has_skeleton;
	     p++)
		benches[p].record.metrics[METRIC_RATIO_SKELETON] =
			bench_ratio(&benches[p], &benches[SKELETON_PATH]);
	for (unsigned int i = 0; i < compare->nb_ratios; i++) {
		const struct ratio *ratio = &compare->ratios[i];

		benches[ratio->path].record.metrics[ratio->metric] =
			bench_ratio(&benches[ratio->path], &benches[ratio->base]);
	}
	/* This sorts the samples: only after all ratios. */
	group_finish(benches, compare->nb_paths);
}

static int
run_case(struct compare *compare, uint32_t size, uint16_t burst)
{
	struct session *session = compare->session;
	struct work work;
	int ret;

	if (work_create(&work, &session->pools, session->options, size, burst) < 0)
		return EXIT_FAILED;
	ret = group_run(compare->benches, session, compare->paths, compare->nb_paths,
			&operation_copy, &work, burst, NULL);
	if (ret == 0)
		finish_case(compare);
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
	for (unsigned int row = compare->first; row + compare->nb_paths <= report->nb_records;
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
	char title[2 * DEVICE_NAME_SIZE + 2 * sizeof(" engine")];

	printf("\nratios, median (range)\n%6s %6s ", "size", "burst");
	for (unsigned int i = 0; i < compare->nb_ratios; i++) {
		const struct ratio *ratio = &compare->ratios[i];

		snprintf(title, sizeof(title), "%s/%s", compare->paths[ratio->path].label,
			 compare->paths[ratio->base].label);
		printf(" %-*s", CELL_WIDTH - 1, title);
	}
	putchar('\n');
	for (unsigned int row = compare->first; row + compare->nb_paths <= report->nb_records;
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
print_header(const struct compare *compare)
{
	const struct options *options = compare->session->options;
	char layout[160];

	printf("ring %" PRIu64 "; %s\n", options->ring,
	       table_layout(options, layout, sizeof(layout)));
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
	compare->first = session->report.nb_records;
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
	if (session->report.nb_records > compare->first) {
		print_metric(compare, METRIC_MOPS);
		print_metric(compare, METRIC_GBPS);
		if (options->latency)
			print_metric(compare, METRIC_LATENCY);
		print_ratios(compare);
		table_verdict(&session->report);
	}
	free(compare);
	return ret;
}
