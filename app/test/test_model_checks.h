/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_MODEL_CHECKS_H
#define TEST_MODEL_CHECKS_H

/**
 * @file
 * An instance, a queue, and one descriptor at a time that the instance is to refuse or accept.
 */

#include "test_model_host.h"

#define CHK_MAX_LENGTH 100000u

/** A descriptor and all extension slots that it can have, as they stand in the ring. */
struct chk_desc {
	struct refdma_desc desc;
	union {
		struct refdma_setup setup;
		struct refdma_meta meta;
		struct refdma_frame frame;
		struct refdma_sge sge[2];
		struct refdma_chunk chunk[2];
	} ext[255];
};

extern struct chk {
	struct model_host host;
	struct host_queue q;
	uint64_t src, dst;	/* memory for the longest operation */
	struct chk_desc op;	/* what chk_refused() and chk_accepted() run */
} chk;

int chk_setup(void);
void chk_teardown(void);

/** Run it: this code, no byte moved. */
int chk_refused(enum refdma_code code);
int chk_accepted(uint64_t bytes);

/** Make a descriptor that is right, for the case to spoil. */
void chk_copy(uint32_t length);
void chk_fill(uint32_t length);
/** Lists of entries of one length. */
void chk_list(unsigned int nb_src, unsigned int nb_dst, uint32_t length);
void chk_interleaved(uint32_t frames, unsigned int chunks, uint32_t size);
/** TO_PORT with all that it can have: set-up, metadata, one entry. */
void chk_to_port(uint32_t length);
void chk_from_port(uint32_t length, uint16_t flags);
/** An entry of a list that begins in extension slot @p slot. */
struct refdma_sge *chk_entry(unsigned int slot, unsigned int index);

#endif /* TEST_MODEL_CHECKS_H */
