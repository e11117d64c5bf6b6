/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_SOAK_H
#define TEST_DMAENGINE_SOAK_H

/* The time of --soak. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct soak {
	uint64_t start;		/* TSC */
	uint64_t end;		/* TSC; UINT64_MAX: without --soak */
	double seconds;
};

static inline bool
soak_is_wanted(const struct options *options)
{
	return options->soak > 0;
}

/* From now on; so many cases share the time. */
struct soak soak_begin(const struct options *options, unsigned int cases);

bool soak_is_over(const struct soak *soak);

/* Seconds since it began. */
double soak_elapsed(const struct soak *soak);

/* "00:01:30 of 08:00:00", or what has gone by where it has no end; returns text. */
const char *soak_times(const struct soak *soak, char *text, size_t size);

#endif /* TEST_DMAENGINE_SOAK_H */
