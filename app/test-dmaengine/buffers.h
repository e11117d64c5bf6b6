/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_BUFFERS_H
#define TEST_DMAENGINE_BUFFERS_H

/*
 * Memory that is moved: a source and a destination pool, each between guards, and the work that
 * is made of them for a case: addresses computed beforehand, so that the measured loop only reads
 * an array from front to back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk_compat.h"

#include <rte_memzone.h>

#include "options.h"

/* Memory that one side works on. The zone is: guard, bytes, guard. */
struct pool {
	const struct rte_memzone *zone;
	uint8_t *data;			/* behind the first guard */
	rte_iova_t iova;		/* of data */
	size_t lead;			/* bytes of the first guard */
};

struct pools {
	struct pool src;
	struct pool dst;
	size_t bytes;			/* usable in each */
	uint8_t *expected;		/* heap: what the destination zone must contain */
};

struct pair {
	uint64_t src;
	uint64_t dst;
};

/*
 * One lap of operations. Entry i works on the same buffers as entry i modulo the number of
 * buffers; the number of entries is a multiple of the burst, so that a burst never wraps.
 */
struct work {
	uint32_t size;			/* bytes an operation */
	uint32_t stride;		/* from buffer to buffer */
	uint32_t buffers;
	uint32_t entries;
	uint16_t nb_src;		/* scatter-gather entries an operation; 0: none */
	uint16_t nb_dst;
	uint64_t pattern;		/* of fill */
	/* Interleaved operations: chunks with gaps between them; no chunks otherwise. */
	uint32_t chunks;
	uint32_t chunk;			/* bytes */
	uint32_t src_gap;
	uint32_t dst_gap;
	struct pair *iova;		/* as devices see them */
	struct pair *va;		/* as the CPU sees them; may be the same array */
	struct rte_dma_sge *src_sge;	/* nb_src for each entry */
	struct rte_dma_sge *dst_sge;
	struct pools *pools;
};

/**
 * Whether EAL has memory on the NUMA nodes that the options name.
 * @return 0, or -1 after a message
 */
int pools_check_nodes(const struct options *options);

/* Bytes that each pool needs for every case of these options. */
size_t pool_bytes(const struct options *options);

/**
 * Allocate pools that are large enough for every case of these options.
 * @return 0, or -1 after a message
 */
int pools_create(struct pools *pools, const struct options *options);

/**
 * The same, of so many bytes, with a number that tells several pools apart.
 * @return 0, or -1 after a message
 */
int pools_create_bytes(struct pools *pools, const struct options *options, size_t bytes,
		       unsigned int number);

void pools_free(struct pools *pools);

/**
 * Lay out the pools for operations of a size.
 * @return 0, or -1 after a message: out of memory
 */
int work_create(struct work *work, struct pools *pools, const struct options *options,
		uint32_t size, uint32_t burst);

/* Add scatter-gather lists: source pieces in reverse order, destination pieces in order. */
int work_add_sges(struct work *work, uint16_t nb_src, uint16_t nb_dst);

void work_free(struct work *work);

/* Take all buffers out of the CPU's caches. */
void work_flush(const struct work *work);

/* Whether work_flush() does something on this machine. */
bool work_can_flush(void);

/* Bytes of a zone that this work can touch or that guard it. */
size_t work_span(const struct work *work, const struct pool *pool);

#endif /* TEST_DMAENGINE_BUFFERS_H */
