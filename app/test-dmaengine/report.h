/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_REPORT_H
#define TEST_DMAENGINE_REPORT_H

/*
 * Results, independent of how they are shown: a record for each case, with parameters, counts and
 * measurements by identifiers. The tables that describe the identifiers say how each is named and
 * formatted, in the table on the terminal and in JSON.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "machine.h"
#include "options.h"

struct dmadev;

/* Whole numbers of a record: parameters of the case, and what was counted. */
enum value_id {
	VALUE_SIZE,
	VALUE_BURST,
	VALUE_DEPTH,
	VALUE_RING,
	VALUE_FOOTPRINT,
	VALUE_STRIDE,
	VALUE_SRC_SGES,
	VALUE_DST_SGES,
	VALUE_PORT,
	VALUE_RATE,
	VALUE_PERIOD,
	VALUE_BUFFER_PERIODS,
	VALUE_OPERATIONS,
	VALUE_BYTES,
	VALUE_ERRORS,
	VALUE_CHECKED,
	VALUE_MISMATCHES,
	VALUE_PERIODS,
	VALUE_OVERRUN,
	VALUE_GAPS,
	VALUE_MISSED,
	VALUE_SRC_CHECKSUM,
	VALUE_DST_CHECKSUM,
	VALUE_OPEN,
	VALUE_POOL,
	VALUE_MEMORY,
	NB_VALUES,
};

/* Measurements, each over several runs or events. */
enum metric_id {
	METRIC_MOPS,
	METRIC_GBPS,
	METRIC_CYCLES,
	METRIC_LATENCY,
	METRIC_LATENCY_P99,
	METRIC_TASKLET,
	METRIC_ADDED,
	METRIC_RATIO_DMADEV,
	METRIC_RATIO_ONE,
	METRIC_RATIO_CPU,
	METRIC_RATIO_SKELETON,
	METRIC_MBPS,
	METRIC_INTERVAL,
	METRIC_JITTER,
	NB_METRICS,
};

struct summary {
	double median;
	double min;
	double max;
	unsigned int samples;	/* 0: not measured */
};

enum verdict {
	VERDICT_UNCHECKED,	/* ran, data not looked at */
	VERDICT_PASSED,
	VERDICT_FAILED,		/* wrong data, failed operation, timeout */
	VERDICT_SKIPPED,	/* the device cannot do it; note says what */
};

struct record {
	const char *command;
	const char *operation;
	char device[64];
	const char *api;	/* "dmadev" or "engine"; NULL: neither */
	const char *run;	/* who runs the tasklet; NULL: there is none */
	uint64_t values[NB_VALUES];
	bool has_value[NB_VALUES];
	struct summary metrics[NB_METRICS];
	enum verdict verdict;
	char note[160];		/* why it failed or was skipped */
};

/* How an identifier is shown. */
struct value_rule {
	const char *json;
	const char *heading;	/* of a column; NULL: not in tables */
	int width;
	bool bytes;		/* 65536 is shown as 64K */
	bool hexadecimal;	/* and a string in JSON, where numbers have 53 bits */
};

struct metric_rule {
	const char *json;
	const char *heading;
	int width;
	int digits;		/* after the point */
};

extern const struct value_rule value_rules[NB_VALUES];
extern const struct metric_rule metric_rules[NB_METRICS];

/* All of one run of the program. */
struct report {
	const struct options *options;
	struct machine machine;
	FILE *json;		/* NULL: none asked for */
	struct record *records;	/* owned */
	unsigned int nb_records;
	unsigned int max_records;
	bool failed;		/* some record has VERDICT_FAILED, or a record was lost */
};

/* Prepare an empty record for a command. */
void record_start(struct record *record, const struct options *options, const char *operation,
		  const char *device);

void record_set(struct record *record, enum value_id id, uint64_t value);

/* Remember a failure; the first note stays. */
void record_fail(struct record *record, const char *format, ...) __rte_format_printf(2, 3);

/* Median and range; sorts the samples. */
struct summary summarize(double *samples, unsigned int nb);

/** @return 0, or -1 after a message: the JSON file cannot be written */
int report_start(struct report *report, const struct options *options);

/* Keep a copy of the record. */
void report_add(struct report *report, const struct record *record);

/** Write the JSON file, if one was asked for. @return 0, or -1 after a message */
int report_write_json(struct report *report, const struct dmadev *devices,
		      unsigned int nb_devices, bool interrupted);

void report_free(struct report *report);

#endif /* TEST_DMAENGINE_REPORT_H */
