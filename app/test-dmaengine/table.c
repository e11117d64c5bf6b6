/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Tables for people. */

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_compat.h"

#include "progress.h"
#include "stop.h"
#include "table.h"

#define DEVICE_WIDTH	20
#define RANGE_WIDTH	19
#define API_WIDTH	14
#define PERCENTILE_WIDTH	9
#define OPERATION_WIDTH	18

const char *
format_bytes(uint64_t value, char *text, size_t size)
{
	static const char suffixes[] = "KMG";
	unsigned int power = 0;	/* of 1024 */

	while (power < 3 && value >= 1024 && value % 1024 == 0) {
		value /= 1024;
		power++;
	}
	if (power == 0)
		snprintf(text, size, "%" PRIu64, value);
	else
		snprintf(text, size, "%" PRIu64 "%c", value, suffixes[power - 1]);
	return text;
}

const char *
format_range(const struct summary *summary, int digits, char *text, size_t size)
{
	snprintf(text, size, "%.*f-%.*f", digits, summary->min, digits, summary->max);
	return text;
}

static const char * const percentile_names[] = {
	"p50 us", "p90 us", "p99 us", "p99.9 us", "max us"
};

static void
print_percentiles(const struct distribution *all)
{
	const double values[] = { all->p50, all->p90, all->p99, all->p99_9, all->max };

	for (unsigned int i = 0; i < RTE_DIM(values); i++)
		if (all->samples > 0)
			printf(" %*.2f", PERCENTILE_WIDTH, values[i]);
		else
			printf(" %*s", PERCENTILE_WIDTH, "-");
}

static void
print_percentile_names(const struct table *table)
{
	for (unsigned int i = 0; i < table->nb_distributions; i++)
		for (unsigned int j = 0; j < RTE_DIM(percentile_names); j++)
			printf(" %*s", PERCENTILE_WIDTH, percentile_names[j]);
}

void
table_start(const struct table *table)
{
	progress_clear();
	printf("%-*s", DEVICE_WIDTH, "device");
	if (table->apis)
		printf(" %-*s", API_WIDTH, "api");
	if (table->operations)
		printf(" %-*s", OPERATION_WIDTH, "operation");
	for (unsigned int i = 0; i < table->nb_values; i++)
		printf(" %*s", value_rules[table->values[i]].width,
		       value_rules[table->values[i]].heading);
	for (unsigned int i = 0; i < table->nb_metrics; i++) {
		printf(" %*s", metric_rules[table->metrics[i]].width,
		       metric_rules[table->metrics[i]].heading);
		if (table->ranges)
			printf(" %-*s", RANGE_WIDTH, "(range)");
	}
	for (unsigned int i = 0; i < table->nb_counts; i++)
		printf(" %*s", value_rules[table->counts[i]].width,
		       value_rules[table->counts[i]].heading);
	print_percentile_names(table);
	printf("  data\n");
	fflush(stdout);
}

static void
print_value(const struct record *record, enum value_id id)
{
	const struct value_rule *rule = &value_rules[id];
	char text[32];

	if (!record->has_value[id])
		snprintf(text, sizeof(text), "-");
	else if (rule->bytes)
		format_bytes(record->values[id], text, sizeof(text));
	else if (rule->hexadecimal)
		snprintf(text, sizeof(text), "%016" PRIx64, record->values[id]);
	else
		snprintf(text, sizeof(text), "%" PRIu64, record->values[id]);
	printf(" %*s", rule->width, text);
}

static void
print_metric(const struct record *record, enum metric_id id, bool ranges)
{
	const struct summary *summary = &record->metrics[id];
	const struct metric_rule *rule = &metric_rules[id];
	char range[48], text[64];

	if (summary->samples == 0) {
		printf(" %*s", rule->width, "-");
		if (ranges)
			printf(" %-*s", RANGE_WIDTH, "");
		return;
	}
	printf(" %*.*f", rule->width, rule->digits, summary->median);
	if (ranges) {
		text[0] = '\0';
		if (summary->samples > 1)
			snprintf(text, sizeof(text), "(%s)",
				 format_range(summary, rule->digits, range, sizeof(range)));
		printf(" %-*s", RANGE_WIDTH, text);
	}
}

static const char *
verdict_text(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASSED:
		return "ok";
	case VERDICT_FAILED:
		return "FAILED";
	case VERDICT_SKIPPED:
		return "skipped";
	default:
		return "unchecked";
	}
}

static void
print_api(const struct record *record)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%s%s", record->api != NULL ? record->api : "-",
		 record->run != NULL ? "/" : "", record->run != NULL ? record->run : "");
	printf(" %-*s", API_WIDTH, text);
}

void
table_row(const struct table *table, const struct record *record)
{
	double share;

	progress_clear();
	printf("%-*s", DEVICE_WIDTH, record->device);
	if (table->apis)
		print_api(record);
	if (table->operations)
		printf(" %-*s", OPERATION_WIDTH, record->operation);
	for (unsigned int i = 0; i < table->nb_values; i++)
		print_value(record, table->values[i]);
	for (unsigned int i = 0; i < table->nb_metrics; i++)
		print_metric(record, table->metrics[i], table->ranges);
	for (unsigned int i = 0; i < table->nb_counts; i++)
		print_value(record, table->counts[i]);
	for (unsigned int i = 0; i < table->nb_distributions; i++)
		print_percentiles(&record->distributions[table->distributions[i]]);
	printf("  %s%s%s", verdict_text(record->verdict), record->note[0] != '\0' ? ": " : "",
	       record->note);
	if (record_disturbed(record, &share))
		printf(" (disturbed: others had %.0f %% of the CPUs)", share * 100);
	putchar('\n');
	fflush(stdout);
}

const char *
table_layout(const struct options *options, char *text, size_t size)
{
	char footprint[16], stride[16];

	format_bytes(options->footprint, footprint, sizeof(footprint));
	snprintf(text, size, "%s of %s, %s, %s%s", footprint,
		 options->shared_footprint ? "source and destination buffers together" :
		 "buffers each for source and destination",
		 options->shuffle ? "taken in random order" : "taken in order",
		 options->packets ? "apart like a mempool's packets (size + 320 below 4K)" :
		 options->stride == 0 ? "side by side" : "stride ",
		 options->stride != 0 ?
		 format_bytes(options->stride, stride, sizeof(stride)) : "");
	return text;
}

void
table_verdict(const struct report *report)
{
	putchar('\n');
	for (unsigned int i = 0; i < report->nb_records; i++) {
		const struct record *record = &report->records[i];

		if (record->verdict == VERDICT_FAILED)
			printf("FAILED: %s, %" PRIu64 " bytes: %s\n", record->device,
			       record->values[VALUE_SIZE], record->note);
	}
	if (stop_requested())
		printf("Interrupted; not all cases have run.\n");
	if (report->options->no_verify)
		printf("Data was not checked.\n");
	else if (!report->failed)
		printf("All data was checked and is right.\n");
}
