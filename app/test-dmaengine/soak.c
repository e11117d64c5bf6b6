/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* How long a soak lasts, and how far it is. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>

#include "soak.h"

struct soak
soak_begin(const struct options *options, unsigned int cases)
{
	struct soak soak = { .start = rte_rdtsc(), .end = UINT64_MAX };

	if (!soak_is_wanted(options))
		return soak;
	soak.seconds = options->soak / RTE_MAX(cases, 1u);
	soak.end = soak.start + (uint64_t)(soak.seconds * (double)rte_get_tsc_hz());
	return soak;
}

bool
soak_is_over(const struct soak *soak)
{
	return rte_rdtsc() >= soak->end;
}

double
soak_elapsed(const struct soak *soak)
{
	return (double)(rte_rdtsc() - soak->start) / (double)rte_get_tsc_hz();
}

static int
print_time(double seconds, char *text, size_t size)
{
	uint64_t whole = (uint64_t)seconds;

	return snprintf(text, size, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, whole / 3600,
			whole / 60 % 60, whole % 60);
}

const char *
soak_times(const struct soak *soak, char *text, size_t size)
{
	int length = print_time(soak_elapsed(soak), text, size);

	if (soak->end == UINT64_MAX || length < 0 || (size_t)length + 4 >= size)
		return text;
	memcpy(text + length, " of ", 5);
	print_time(soak->seconds, text + length + 4, size - (size_t)length - 4);
	return text;
}
