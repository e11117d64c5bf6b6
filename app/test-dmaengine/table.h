/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_TABLE_H
#define TEST_DMAENGINE_TABLE_H

/* Records as a table on standard output, a row as soon as it is there. */

#include "report.h"

/* Columns of a table; device comes first and verdict last by themselves. */
struct table {
	const enum value_id *values;
	unsigned int nb_values;
	const enum metric_id *metrics;	/* medians */
	unsigned int nb_metrics;
	bool ranges;			/* after each metric, its range */
	bool apis;			/* after the device, API and who runs the tasklet */
	bool operations;		/* after that, the operation */
	const enum value_id *counts;	/* after the metrics */
	unsigned int nb_counts;
	const enum distribution_id *distributions;	/* after the counts: their percentiles */
	unsigned int nb_distributions;
};

void table_start(const struct table *table);
void table_row(const struct table *table, const struct record *record);

/* After everything: what has failed, and whether data was checked. */
void table_verdict(const struct report *report);

/* How buffers are laid out and taken, for a header line; returns text. */
const char *table_layout(const struct options *options, char *text, size_t size);

/* Text as used in cells; both return text. */
const char *format_bytes(uint64_t value, char *text, size_t size);
const char *format_range(const struct summary *summary, int digits, char *text, size_t size);

#endif /* TEST_DMAENGINE_TABLE_H */
