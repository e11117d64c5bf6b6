/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_RNG_H
#define TEST_DMAENGINE_RNG_H

/*
 * Random numbers of one thread (splitmix64), the same for the same seed: rte_rand() has no state of
 * its own for threads that EAL does not know.
 */

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
rng_next(struct rng *rng)
{
	uint64_t word = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

/* From 0 to below nb, which is not 0; near enough to even for numbers of 32 bits. */
static inline uint32_t
rng_below(struct rng *rng, uint32_t nb)
{
	return (uint32_t)((rng_next(rng) >> 32) * nb >> 32);
}

#endif /* TEST_DMAENGINE_RNG_H */
