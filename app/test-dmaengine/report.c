/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Collecting results, and writing them as JSON. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_string_fns.h>

#include "device.h"
#include "json.h"
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
};

static const char * const verdict_names[] = {
	[VERDICT_UNCHECKED] = "unchecked",
	[VERDICT_PASSED] = "passed",
	[VERDICT_FAILED] = "failed",
	[VERDICT_SKIPPED] = "skipped",
};

void
record_start(struct record *record, const struct options *options, const char *operation,
	     const char *device)
{
	memset(record, 0, sizeof(*record));
	record->command = command_name(options->command);
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

int
report_start(struct report *report, const struct options *options)
{
	memset(report, 0, sizeof(*report));
	report->options = options;
	if (options->json == NULL)
		return 0;
	report->json = fopen(options->json, "w");
	if (report->json != NULL)
		return 0;
	fprintf(stderr, "--json: '%s' cannot be written: %s\n", options->json, strerror(errno));
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

static void
write_machine(struct json *json, const struct machine *machine)
{
	json_object(json, "machine");
	json_string(json, "cpu", machine->cpu);
	json_unsigned(json, "cores", machine->cores);
	json_unsigned(json, "tsc_hz", machine->tsc_hz);
	json_string(json, "kernel", machine->kernel);
	json_string(json, "dpdk", machine->dpdk_version);
	json_string(json, "rte_memcpy", machine->memcpy_isa);
	json_string(json, "compiler", machine->compiler);
	json_string(json, "version", machine->version);
	json_string(json, "command_line", machine->command_line);
	json_string(json, "started", machine->started);
	json_object_end(json);
}

static void
write_options(struct json *json, const struct options *options)
{
	json_object(json, "options");
	json_string(json, "command", command_name(options->command));
	json_double(json, "seconds", options->seconds);
	json_unsigned(json, "repeat", options->repeat);
	json_bool(json, "verify", !options->no_verify);
	json_bool(json, "shuffle", options->shuffle);
	json_bool(json, "packet_stride", options->packets);
	json_bool(json, "shared_footprint", options->shared_footprint);
	json_string(json, "api", api_name((enum api)options->api));
	json_object_end(json);
}

static void
write_value(struct json *json, const struct record *record, enum value_id id)
{
	const struct value_rule *rule = &value_rules[id];
	char text[20];

	if (!rule->hexadecimal) {
		json_unsigned(json, rule->json, record->values[id]);
		return;
	}
	snprintf(text, sizeof(text), "%016" PRIx64, record->values[id]);
	json_string(json, rule->json, text);
}

static void
write_record(struct json *json, const struct record *record)
{
	json_object(json, NULL);
	json_string(json, "command", record->command);
	json_string(json, "operation", record->operation);
	json_string(json, "device", record->device);
	if (record->api != NULL)
		json_string(json, "api", record->api);
	if (record->run != NULL)
		json_string(json, "run", record->run);
	for (unsigned int i = 0; i < NB_VALUES; i++)
		if (record->has_value[i])
			write_value(json, record, (enum value_id)i);
	for (unsigned int i = 0; i < NB_METRICS; i++) {
		const struct summary *summary = &record->metrics[i];

		if (summary->samples == 0)
			continue;
		json_object(json, metric_rules[i].json);
		json_double(json, "median", summary->median);
		json_double(json, "min", summary->min);
		json_double(json, "max", summary->max);
		json_unsigned(json, "samples", summary->samples);
		json_object_end(json);
	}
	json_string(json, "verdict", verdict_names[record->verdict]);
	if (record->note[0] != '\0')
		json_string(json, "note", record->note);
	json_object_end(json);
}

int
report_write_json(struct report *report, const struct dmadev *devices, unsigned int nb_devices,
		  bool interrupted)
{
	struct json json;
	bool bad;

	if (report->json == NULL)
		return 0;
	json_start(&json, report->json);
	json_object(&json, NULL);
	write_machine(&json, &report->machine);
	write_options(&json, report->options);
	json_array(&json, "devices");
	for (unsigned int i = 0; i < nb_devices; i++)
		device_write_json(&json, &devices[i]);
	json_array_end(&json);
	json_array(&json, "results");
	for (unsigned int i = 0; i < report->nb_records; i++)
		write_record(&json, &report->records[i]);
	json_array_end(&json);
	json_bool(&json, "interrupted", interrupted);
	json_bool(&json, "passed", !report->failed);
	json_object_end(&json);
	bad = ferror(report->json) != 0;
	bad |= fclose(report->json) != 0;
	report->json = NULL;
	if (!bad)
		return 0;
	fprintf(stderr, "--json: writing '%s' failed: %s\n", report->options->json,
		strerror(errno));
	return -1;
}

void
report_free(struct report *report)
{
	if (report->json != NULL)
		fclose(report->json);
	free(report->records);
}
