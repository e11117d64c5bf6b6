/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Histograms with logarithmic buckets. */

#include <math.h>
#include <stdlib.h>

#include "histogram.h"

/*
 * The highest bits of a value choose its bucket: the first one and the HISTOGRAM_BITS after it.
 * Where there are not so many, the value itself does.
 */
static unsigned int
bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * HISTOGRAM_STEPS)
		return (unsigned int)value;
	shift = 63 - HISTOGRAM_BITS - (unsigned int)__builtin_clzll(value);
	return shift * HISTOGRAM_STEPS + (unsigned int)(value >> shift);
}

/* The value in the middle of a bucket. */
static uint64_t
value_of(unsigned int bucket)
{
	unsigned int shift;
	uint64_t first;

	if (bucket < 2 * HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	first = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
	return first + ((UINT64_C(1) << shift) - 1) / 2;
}

struct histogram *
histogram_create(void)
{
	return calloc(1, sizeof(struct histogram));
}

void
histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->buckets[bucket_of(value)]++;
	if (histogram->samples == 0 || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->sum += (double)value;
	histogram->samples++;
}

uint64_t
histogram_quantile(const struct histogram *histogram, double quantile)
{
	uint64_t wanted = (uint64_t)ceil(quantile * (double)histogram->samples), seen = 0;
	unsigned int bucket = 0;
	uint64_t value;

	if (wanted == 0)
		return histogram->min;
	while (bucket < HISTOGRAM_BUCKETS - 1) {
		seen += histogram->buckets[bucket];
		if (seen >= wanted)
			break;
		bucket++;
	}
	/* The middle of the outer buckets may lie beyond all samples. */
	value = value_of(bucket);
	if (value < histogram->min)
		return histogram->min;
	return value > histogram->max ? histogram->max : value;
}

struct distribution
histogram_distribution(const struct histogram *histogram, double factor)
{
	struct distribution all = { .samples = histogram->samples };

	if (all.samples == 0)
		return all;
	all.min = (double)histogram->min * factor;
	all.mean = histogram->sum / (double)histogram->samples * factor;
	all.p50 = (double)histogram_quantile(histogram, 0.5) * factor;
	all.p90 = (double)histogram_quantile(histogram, 0.9) * factor;
	all.p99 = (double)histogram_quantile(histogram, 0.99) * factor;
	all.p99_9 = (double)histogram_quantile(histogram, 0.999) * factor;
	all.max = (double)histogram->max * factor;
	return all;
}
