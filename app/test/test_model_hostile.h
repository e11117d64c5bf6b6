/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_MODEL_HOSTILE_H
#define TEST_MODEL_HOSTILE_H

/**
 * @file
 * Input for the hostile suites, the same for the same seed: random, but with a chance to get
 * through the checks of the device model.
 */

#include "test_model_host.h"

/* Memory besides the arena. */
#define READ_ONLY UINT64_C(0x500000000)
#define WRITE_ONLY UINT64_C(0x500010000)
#define SVA UINT64_C(0x7f0000000000)
#define AREA_BYTES 65536u
/* Small areas behind the arena: neighbours on the bus, more of them than a cache may hold. */
#define NB_SMALL 8u
#define SMALL_BYTES 4096u
#define SMALL (HOST_ARENA_ADDR + HOST_ARENA_BYTES)

/** Of all that follows. */
extern uint64_t odd_seed;

/** A number from 0 to @p limit - 1. */
uint64_t odd_below(uint64_t limit);
/** True once in @p n times. */
bool odd_one_in(uint64_t n);
/** A number that means something more often than chance would have it. */
uint64_t odd_number(void);
uint64_t odd_address(void);
uint32_t odd_length(void);

/** A base slot that has a chance to get through the checks. */
void odd_desc(struct refdma_desc *desc);
/** A slot that may be read as any kind of extension. */
void odd_extension(uint8_t *slot);

/** A descriptor and its extension as they stand in consecutive slots. */
struct odd_whole {
	struct refdma_desc desc;
	union {
		struct refdma_setup setup;
		struct refdma_meta meta;
		struct refdma_frame frame;
		struct refdma_sge sge[2];
		struct refdma_chunk chunk[2];
	} ext[8];
};

/** A descriptor that passes the checks, or almost. */
void odd_whole(struct odd_whole *w);

#endif /* TEST_MODEL_HOSTILE_H */
