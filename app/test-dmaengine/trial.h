/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_TRIAL_H
#define TEST_DMAENGINE_TRIAL_H

/*
 * Verification of single operations of random length and place, many in flight, in the manner of
 * the kernel's DMA tester: each byte says what it is (source or destination), what shall happen
 * to it (copied, overwritten), and its index; what is before, inside and after the area is checked
 * in both buffers.
 */

#include <stdint.h>

#include "buffers.h"
#include "mismatch.h"
#include "options.h"

struct operation;
struct run;

struct segment {
	uint32_t offset;	/* in its buffer */
	uint32_t length;
};

/* One operation under verification. */
struct trial {
	uint32_t buffer;	/* which one of the pools */
	uint16_t nb_src;
	uint16_t nb_dst;
	uint64_t pattern;	/* of fill */
	struct segment src[OPTIONS_MAX_SGES];
	struct segment dst[OPTIONS_MAX_SGES];
	struct rte_dma_sge src_sge[OPTIONS_MAX_SGES];	/* the same as the device sees them */
	struct rte_dma_sge dst_sge[OPTIONS_MAX_SGES];
};

/**
 * Run trials of an operation on a started device, and check them. Overwrites the pools.
 * @param run prepared by run_init(); errors and timeouts are noted in it
 * @return the number of operations that were checked
 */
uint64_t trials_run(struct run *run, const struct operation *operation,
		    struct mismatches *mismatches);

#endif /* TEST_DMAENGINE_TRIAL_H */
