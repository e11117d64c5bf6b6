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

#include "busy.h"
#include "device.h"
#include "histogram.h"
#include "machine.h"
#include "options.h"

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
	VALUE_CHUNK,
	VALUE_SRC_GAP,
	VALUE_DST_GAP,
	VALUE_METADATA,
	VALUE_SRC_NODE,
	VALUE_DST_NODE,
	VALUE_CACHE_FLUSH,
	VALUE_COPIES,
	VALUE_CHANNEL,
	VALUE_THREAD,
	VALUE_WORKERS,
	VALUE_WORKER,
	VALUE_LCORE,
	VALUE_TESTS,
	VALUE_FAILURES,
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
	METRIC_IOPS,
	METRIC_KBPS,
	METRIC_DETECT,
	METRIC_RECOVER,
	NB_METRICS,
};

/* Measurements of single events, of which there are many. */
enum distribution_id {
	DISTRIBUTION_LATENCY,
	DISTRIBUTION_INTERVAL,
	DISTRIBUTION_JITTER,
	NB_DISTRIBUTIONS,
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
	const char *case_name;	/* section of the file of cases; NULL: none */
	const char *operation;
	char device[64];
	const char *api;	/* "dmadev", "engine" or "cpu"; NULL: none of them */
	const char *run;	/* who runs the tasklet; NULL: there is none */
	const char *direction;	/* NULL: from memory to memory, as nearly all do */
	uint64_t values[NB_VALUES];
	bool has_value[NB_VALUES];
	struct summary metrics[NB_METRICS];
	struct distribution distributions[NB_DISTRIBUTIONS];	/* microseconds */
	struct busy busy;	/* while it was measured */
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
extern const char * const distribution_names[NB_DISTRIBUTIONS];

/* All of one run of the program. */
struct report {
	const struct options *options;
	struct machine machine;
	FILE *json;		/* NULL: none asked for */
	FILE *csv;
	/* All devices that there were; those of the session come and go. */
	struct dmadev devices[MAX_DEVICES];
	unsigned int nb_devices;
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

/** Open the files that are asked for. @return 0, or -1 after a message */
int report_start(struct report *report, const struct options *options);

/* Keep a copy of the record. */
void report_add(struct report *report, const struct record *record);

/* Remember devices, each name once. */
void report_add_devices(struct report *report, const struct dmadev *devices, unsigned int nb);

/* Whether others had too much of the CPUs; the share where that is known, else 0. */
bool record_disturbed(const struct record *record, double *share);

/* Say so on standard error, if results were disturbed. */
void report_warn(const struct report *report);

/** Write the files that are asked for. @return 0, or -1 after a message */
int report_write(struct report *report, bool interrupted);

/* All of it as JSON and as CSV, to files that are open. */
void report_put_json(const struct report *report, FILE *file, bool interrupted);
void report_put_csv(const struct report *report, FILE *file);

const char *verdict_name(enum verdict verdict);

void report_free(struct report *report);

#endif /* TEST_DMAENGINE_REPORT_H */
