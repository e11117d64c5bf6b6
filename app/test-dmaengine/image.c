/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Filling and checking whole pools. */

#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "image.h"
#include "operations.h"

#define SRC_SEED	UINT64_C(0x5265664441)
#define DST_SEED	UINT64_C(0xd0e5c0de00)

/* A word that looks random and can be computed for any place by itself (splitmix64). */
static inline uint64_t
word_at(uint64_t seed, size_t place)
{
	uint64_t word = (seed + place) * UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

/* Zones are aligned, and spans are whole words: strides, leads and guards all are. */
static void
fill_words(void *at, uint64_t seed, size_t bytes)
{
	uint64_t *words = at;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = word_at(seed, i);
}

void
image_fill_destination(const struct work *work)
{
	fill_words(work->pools->dst.zone->addr, DST_SEED, work_span(work, &work->pools->dst));
}

void
image_fill(const struct work *work)
{
	fill_words(work->pools->src.zone->addr, SRC_SEED, work_span(work, &work->pools->src));
	image_fill_destination(work);
}

static void
check_source(const struct work *work, struct mismatches *mismatches)
{
	const struct pool *src = &work->pools->src;
	const uint64_t *words = src->zone->addr;

	for (size_t i = 0; i < work_span(work, src) / sizeof(*words); i++) {
		uint64_t expected = word_at(SRC_SEED, i);

		if (unlikely(words[i] != expected))
			mismatch_compare(mismatches, "source pool", i * sizeof(*words),
					 (const uint8_t *)&expected, (const uint8_t *)&words[i],
					 sizeof(expected));
	}
}

void
image_check(const struct work *work, const struct operation *operation, uint64_t started,
	    struct mismatches *mismatches)
{
	const struct pool *dst = &work->pools->dst;
	uint8_t *expected = work->pools->expected;
	size_t span = work_span(work, dst);

	/* A wrong source would also be expected at the destination: check it first. */
	check_source(work, mismatches);
	fill_words(expected, DST_SEED, span);
	for (uint32_t i = 0; i < RTE_MIN(started, (uint64_t)work->entries); i++)
		operation->expect(work, i, expected);
	mismatch_compare(mismatches, "destination pool", 0, expected, dst->zone->addr, span);
}
