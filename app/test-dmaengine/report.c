/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Collecting results: what there is, how it is called, and the files it goes to. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_string_fns.h>

#include "report.h"

const struct value_rule value_rules[NB_VALUES] = {
	[VALUE_SIZE] = { "size_bytes", "size", 6, true, false },
	[VALUE_BURST] = { "burst", "burst", 6, false, false },
	[VALUE_DEPTH] = { "depth", "depth", 6, false, false },
	[VALUE_RING] = { "ring", "ring", 6, false, false },
	[VALUE_FOOTPRINT] = { "footprint_bytes", "pool", 6, true, false },
	[VALUE_STRIDE] = { "stride_bytes", "stride", 7, true, false },
	[VALUE_SRC_SGES] = { "src_sges", "src", 4, false, false },
	[VALUE_DST_SGES] = { "dst_sges", "dst", 4, false, false },
	[VALUE_PORT] = { "port", "port", 5, false, false },
	[VALUE_RATE] = { "rate_bytes_per_second", "rate B/s", 11, false, false },
	[VALUE_PERIOD] = { "period_bytes", "period", 7, true, false },
	[VALUE_BUFFER_PERIODS] = { "buffer_periods", "ring", 5, false, false },
	[VALUE_CHUNK] = { "chunk_bytes", "chunk", 6, true, false },
	[VALUE_SRC_GAP] = { "src_gap_bytes", "src gap", 7, true, false },
	[VALUE_DST_GAP] = { "dst_gap_bytes", "dst gap", 7, true, false },
	[VALUE_METADATA] = { "metadata_bytes", "metadata", 8, true, false },
	[VALUE_SRC_NODE] = { "src_node", "src node", 8, false, false },
	[VALUE_DST_NODE] = { "dst_node", "dst node", 8, false, false },
	[VALUE_CACHE_FLUSH] = { "cache_flush", "flushed", 7, false, false },
	[VALUE_COPIES] = { "copies_per_operation", "copies", 6, false, false },
	[VALUE_CHANNEL] = { "channel", "channel", 7, false, false },
	[VALUE_THREAD] = { "thread", "thread", 6, false, false },
	[VALUE_WORKERS] = { "workers", "workers", 7, false, false },
	[VALUE_WORKER] = { "worker", "worker", 6, false, false },
	[VALUE_LCORE] = { "lcore", "lcore", 5, false, false },
	[VALUE_TESTS] = { "tests", "tests", 9, false, false },
	[VALUE_FAILURES] = { "failures", "failures", 8, false, false },
	[VALUE_OPERATIONS] = { "operations", "operations", 11, false, false },
	[VALUE_BYTES] = { "bytes", "bytes", 13, false, false },
	[VALUE_ERRORS] = { "failed_operations", "errors", 7, false, false },
	[VALUE_CHECKED] = { "verified_operations", "checked", 8, false, false },
	[VALUE_MISMATCHES] = { "mismatched_bytes", "wrong bytes", 12, false, false },
	[VALUE_PERIODS] = { "periods", "periods", 8, false, false },
	[VALUE_OVERRUN] = { "overrun_bytes", "overrun", 8, false, false },
	[VALUE_GAPS] = { "gap_bytes", "gaps", 6, false, false },
	[VALUE_MISSED] = { "missed_periods", "missed", 7, false, false },
	[VALUE_SRC_CHECKSUM] = { "source_checksum", "source checksum", 17, false, true },
	[VALUE_OPEN] = { "open_channels", "open", 5, false, false },
	[VALUE_POOL] = { "pool_descriptors", "descriptors", 11, false, false },
	[VALUE_MEMORY] = { "channel_bytes", "bytes of a channel", 18, false, false },
	[VALUE_DST_CHECKSUM] = { "destination_checksum", "copy's checksum", 17, false, true },
};

const struct metric_rule metric_rules[NB_METRICS] = {
	[METRIC_MOPS] = { "mops", "Mops/s", 9, 3 },
	[METRIC_GBPS] = { "gigabytes_per_second", "GB/s", 8, 3 },
	[METRIC_CYCLES] = { "tsc_cycles_per_operation", "cycles/op", 10, 1 },
	[METRIC_LATENCY] = { "latency_us", "latency us", 11, 2 },
	[METRIC_LATENCY_P99] = { "latency_p99_us", "p99 us", 9, 2 },
	[METRIC_TASKLET] = { "tasklet_tsc_cycles_per_operation", "tasklet", 9, 1 },
	[METRIC_ADDED] = { "added_tsc_cycles_per_operation", "added", 9, 1 },
	[METRIC_RATIO_DMADEV] = { "ratio_to_dmadev", "x dmadev", 9, 2 },
	[METRIC_RATIO_ONE] = { "ratio_to_one_open", "x 1 open", 9, 2 },
	[METRIC_RATIO_CPU] = { "ratio_to_cpu", "x CPU", 7, 2 },
	[METRIC_RATIO_SKELETON] = { "ratio_to_skeleton", "x skeleton", 11, 2 },
	[METRIC_MBPS] = { "megabytes_per_second", "MB/s", 9, 3 },
	[METRIC_INTERVAL] = { "period_interval_us", "interval us", 12, 1 },
	[METRIC_JITTER] = { "period_jitter_us", "jitter us", 10, 1 },
	[METRIC_IOPS] = { "iops", "iops", 10, 0 },
	[METRIC_KBPS] = { "kilobytes_per_second", "KB/s", 10, 0 },
	[METRIC_DETECT] = { "detect_us", "detect us", 10, 1 },
	[METRIC_RECOVER] = { "recover_us", "recover us", 10, 1 },
};

const char * const distribution_names[NB_DISTRIBUTIONS] = {
	[DISTRIBUTION_LATENCY] = "latency",
	[DISTRIBUTION_INTERVAL] = "period_interval",
	[DISTRIBUTION_JITTER] = "period_jitter",
};

static const char * const verdict_names[] = {
	[VERDICT_UNCHECKED] = "unchecked",
	[VERDICT_PASSED] = "passed",
	[VERDICT_FAILED] = "failed",
	[VERDICT_SKIPPED] = "skipped",
};

const char *
verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

void
record_start(struct record *record, const struct options *options, const char *operation,
	     const char *device)
{
	memset(record, 0, sizeof(*record));
	record->command = command_name(options->command);
	record->case_name = options->case_name;
	record->operation = operation;
	strlcpy(record->device, device, sizeof(record->device));
}

void
record_set(struct record *record, enum value_id id, uint64_t value)
{
	record->values[id] = value;
	record->has_value[id] = true;
}

void
record_fail(struct record *record, const char *format, ...)
{
	va_list ap;

	if (record->verdict == VERDICT_FAILED)
		return;
	record->verdict = VERDICT_FAILED;
	va_start(ap, format);
	vsnprintf(record->note, sizeof(record->note), format, ap);
	va_end(ap);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct summary
summarize(double *samples, unsigned int nb)
{
	struct summary summary = { 0 };

	if (nb == 0)
		return summary;
	qsort(samples, nb, sizeof(*samples), compare_doubles);
	summary.median = (samples[(nb - 1) / 2] + samples[nb / 2]) / 2;
	summary.min = samples[0];
	summary.max = samples[nb - 1];
	summary.samples = nb;
	return summary;
}

/*
 * Open a file for results. "-" is standard output: what is printed for people goes to standard
 * error from then on.
 */
static int
open_file(FILE **file, const char *option, const char *path)
{
	int fd;

	if (path == NULL)
		return 0;
	if (strcmp(path, "-") != 0) {
		*file = fopen(path, "w");
	} else {
		fflush(stdout);
		fd = dup(STDOUT_FILENO);
		*file = fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 ? fdopen(fd, "w") : NULL;
	}
	if (*file != NULL)
		return 0;
	fprintf(stderr, "--%s: '%s' cannot be written: %s\n", option, path, strerror(errno));
	return -1;
}

int
report_start(struct report *report, const struct options *options)
{
	memset(report, 0, sizeof(*report));
	report->options = options;
	if (open_file(&report->json, "json", options->json) < 0)
		return -1;
	if (open_file(&report->csv, "csv", options->csv) == 0)
		return 0;
	report_free(report);
	return -1;
}

void
report_add(struct report *report, const struct record *record)
{
	if (record->verdict == VERDICT_FAILED)
		report->failed = true;
	if (report->nb_records == report->max_records) {
		unsigned int max = RTE_MAX(16u, report->max_records * 2);
		struct record *records = realloc(report->records, max * sizeof(*records));

		if (records == NULL) {
			report->failed = true;
			return;
		}
		report->records = records;
		report->max_records = max;
	}
	report->records[report->nb_records++] = *record;
}

void
report_add_devices(struct report *report, const struct dmadev *devices, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		unsigned int at = 0;

		while (at < report->nb_devices &&
		       strcmp(report->devices[at].name, devices[i].name) != 0)
			at++;
		if (at == report->nb_devices && at < MAX_DEVICES)
			report->devices[report->nb_devices++] = devices[i];
	}
}

bool
record_disturbed(const struct record *record, double *share)
{
	*share = 0;
	return busy_share(&record->busy, share) && *share > BUSY_DISTURBED;
}

void
report_warn(const struct report *report)
{
	unsigned int nb = 0;
	double share, most = 0;

	for (unsigned int i = 0; i < report->nb_records; i++)
		if (record_disturbed(&report->records[i], &share)) {
			nb++;
			most = RTE_MAX(most, share);
		}
	if (nb > 0)
		fprintf(stderr, "warning: during %u of %u cases others took more than %.0f %% of "
			"the CPU time, up to %.0f %%; measure again when the machine is idle\n", nb,
			report->nb_records, BUSY_DISTURBED * 100, most * 100);
}

/* Close a file of results. */
static int
close_file(FILE **file, const char *option, const char *path)
{
	bool bad = ferror(*file) != 0;

	bad |= fclose(*file) != 0;
	*file = NULL;
	if (!bad)
		return 0;
	fprintf(stderr, "--%s: writing '%s' failed: %s\n", option, path, strerror(errno));
	return -1;
}

int
report_write(struct report *report, bool interrupted)
{
	int ret = 0;

	if (report->json != NULL) {
		report_put_json(report, report->json, interrupted);
		ret |= close_file(&report->json, "json", report->options->json);
	}
	if (report->csv != NULL) {
		report_put_csv(report, report->csv);
		ret |= close_file(&report->csv, "csv", report->options->csv);
	}
	return ret;
}

void
report_free(struct report *report)
{
	if (report->json != NULL)
		fclose(report->json);
	if (report->csv != NULL)
		fclose(report->csv);
	free(report->records);
}
