/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_HISTOGRAM_H
#define TEST_DMAENGINE_HISTOGRAM_H

/*
 * Counts of values of any size, in buckets whose width grows with the value: each power of two is
 * divided into 128, so that a percentile is right to 1/256 of its value. Smallest and largest are
 * exact. Recording is a few instructions and never allocates.
 */

#include <stdint.h>

#define HISTOGRAM_BITS		7
#define HISTOGRAM_STEPS		(1u << HISTOGRAM_BITS)
/* Values below two powers' worth of steps have a bucket each. */
#define HISTOGRAM_BUCKETS	((64 - HISTOGRAM_BITS + 1) * HISTOGRAM_STEPS)

struct histogram {
	uint64_t samples;
	uint64_t min;		/* of all samples; 0 where there are none */
	uint64_t max;
	double sum;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* What results say about a histogram, in another unit. */
struct distribution {
	uint64_t samples;
	double min;
	double mean;
	double p50;
	double p90;
	double p99;
	double p99_9;
	double max;
};

/* An empty one; NULL where there is no memory. free() it. */
struct histogram *histogram_create(void);

void histogram_add(struct histogram *histogram, uint64_t value);

/* The smallest value that at least so much of all samples (0 to 1) does not exceed; 0 of none. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);

/* All of it, times a factor. */
struct distribution histogram_distribution(const struct histogram *histogram, double factor);

#endif /* TEST_DMAENGINE_HISTOGRAM_H */
