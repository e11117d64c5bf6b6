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

#include <stdbool.h>
#include <stdint.h>

#include "buffers.h"
#include "mismatch.h"
#include "options.h"
#include "rng.h"

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
	/* Frames of interleaved: as many chunks as segments, all alike. */
	uint32_t src_gap;
	uint32_t dst_gap;
	struct segment src[OPTIONS_MAX_SGES];
	struct segment dst[OPTIONS_MAX_SGES];
	struct rte_dma_sge src_sge[OPTIONS_MAX_SGES];	/* the same as the device sees them */
	struct rte_dma_sge dst_sge[OPTIONS_MAX_SGES];
};

/* How lengths and places are chosen. */
struct trial_limits {
	uint32_t align;		/* of offsets and lengths: a power of 2, at most the size */
	uint32_t length;	/* 0: random */
	uint32_t most;		/* of random lengths; 0: the size */
	bool whole;		/* the whole buffer, or length, from its start */
};

/* Choose length and places in the trial's buffer. */
void trial_choose(struct trial *trial, const struct work *work, const struct operation *operation,
		  const struct trial_limits *limits, struct rng *rng);

/* The same for frames of a chunk each, with gaps of their own on both sides. */
void trial_choose_frames(struct trial *trial, const struct work *work,
			 const struct trial_limits *limits, struct rng *rng);

/* Mark both buffers with what each byte is and what shall happen to it. */
void trial_mark(const struct trial *trial, const struct work *work);

/* Check all six regions of both buffers. The images are scratch space of a stride each. */
void trial_check(const struct trial *trial, const struct work *work,
		 const struct operation *operation, uint8_t *src_image, uint8_t *dst_image,
		 struct mismatches *mismatches);

/* What both buffers are before the transfer; images of a stride each. */
void trial_images(const struct trial *trial, const struct work *work, uint8_t *src_image,
		  uint8_t *dst_image);

/* Check all six regions of both buffers against images. */
void trial_compare(const struct trial *trial, const struct work *work, const uint8_t *src_image,
		   const uint8_t *dst_image, struct mismatches *mismatches);

/* A trial's buffer in one of the pools. */
uint8_t *trial_buffer(const struct trial *trial, const struct work *work, const struct pool *pool);

/**
 * Run trials of an operation on a started device, and check them. Overwrites the pools.
 * @param run prepared by run_init(); errors and timeouts are noted in it
 * @return the number of operations that were checked
 */
uint64_t trials_run(struct run *run, const struct operation *operation,
		    struct mismatches *mismatches);

#endif /* TEST_DMAENGINE_TRIAL_H */
