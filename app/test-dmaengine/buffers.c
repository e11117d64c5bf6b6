/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Pools, and work laid out in them. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_random.h>

#include "buffers.h"

#define GUARD_BYTES	4096
/*
 * The destination starts half a page further into its page than the source: with equal offsets,
 * every store of a copy would look to the processor as if later loads depended on it.
 */
#define DST_SKEW	2048

/* The NUMA nodes that --src-node and --dst-node may name. */
static int
complain_node(const char *side, int64_t node)
{
	fprintf(stderr, "--%s-node: %" PRId64 " is not valid; valid are", side, node);
	for (unsigned int i = 0; i < rte_socket_count(); i++)
		fprintf(stderr, " %d", rte_socket_id_by_idx(i));
	fputc('\n', stderr);
	return -1;
}

static bool
has_node(int64_t node)
{
	for (unsigned int i = 0; i < rte_socket_count(); i++)
		if (rte_socket_id_by_idx(i) == node)
			return true;
	return false;
}

int
pools_check_nodes(const struct options *options)
{
	if (options->src_node >= 0 && !has_node(options->src_node))
		return complain_node("src", options->src_node);
	if (options->dst_node >= 0 && !has_node(options->dst_node))
		return complain_node("dst", options->dst_node);
	return 0;
}

static int
pool_create(struct pool *pool, const char *side, unsigned int number, int64_t node, size_t bytes,
	    size_t lead)
{
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), "dmaengine_%s%u", side, number);
	pool->zone = rte_memzone_reserve_aligned(name, lead + bytes + GUARD_BYTES,
						 node >= 0 ? (int)node : (int)rte_socket_id(),
						 RTE_MEMZONE_IOVA_CONTIG, GUARD_BYTES);
	if (pool->zone == NULL) {
		fprintf(stderr, "no memory for a pool of %zu bytes (%s); give EAL more with -m, or "
			"choose a smaller --size or --footprint\n", bytes,
			rte_strerror(rte_errno));
		return -1;
	}
	pool->lead = lead;
	pool->data = (uint8_t *)pool->zone->addr + lead;
	pool->iova = pool->zone->iova + lead;
	return 0;
}

/* What a packet has beside its data: 64 bytes of the mempool's, an mbuf, and headroom. */
#define PACKET_EXTRA	320
#define PACKET_MAX	4096

/* Bytes from the first to the last of an operation, on the side that needs more. */
static uint64_t
span_of(const struct options *options, uint64_t size)
{
	if (options->command != COMMAND_INTERLEAVED)
		return size;
	return size + size / options->chunk * RTE_MAX(options->src_gap, options->dst_gap);
}

static uint32_t
stride_of(const struct options *options, uint64_t size)
{
	uint64_t stride = RTE_MAX(span_of(options, size), options->stride);

	if (options->packets && size < PACKET_MAX)
		stride = size + PACKET_EXTRA;
	return (uint32_t)RTE_ALIGN_CEIL(stride, (uint64_t)RTE_CACHE_LINE_SIZE);
}

static uint32_t
buffers_of(const struct options *options, uint64_t size)
{
	uint64_t each = options->shared_footprint ? 2 * size : stride_of(options, size);

	return (uint32_t)RTE_MIN(RTE_MAX(options->footprint / each, UINT64_C(1)),
				 (uint64_t)UINT32_MAX / 2);
}

size_t
pool_bytes(const struct options *options)
{
	uint64_t bytes = options->period * options->periods;

	if (!options->shared_footprint)
		bytes = RTE_MAX(bytes, options->footprint);
	for (unsigned int i = 0; i < options->sizes.nb; i++) {
		uint64_t size = options->sizes.values[i];

		bytes = RTE_MAX(bytes, (uint64_t)buffers_of(options, size) *
				stride_of(options, size));
	}
	return RTE_ALIGN_CEIL((size_t)bytes, (size_t)GUARD_BYTES);
}

int
pools_create(struct pools *pools, const struct options *options)
{
	return pools_create_bytes(pools, options, pool_bytes(options), 0);
}

int
pools_create_bytes(struct pools *pools, const struct options *options, size_t bytes,
		   unsigned int number)
{
	memset(pools, 0, sizeof(*pools));
	pools->bytes = bytes;
	if (pool_create(&pools->src, "src", number, options->src_node, pools->bytes,
			GUARD_BYTES) < 0 ||
	    pool_create(&pools->dst, "dst", number, options->dst_node, pools->bytes,
			GUARD_BYTES + DST_SKEW) < 0) {
		pools_free(pools);
		return -1;
	}
	pools->expected = malloc(pools->dst.zone->len);
	if (pools->expected != NULL)
		return 0;
	fprintf(stderr, "out of memory\n");
	pools_free(pools);
	return -1;
}

void
pools_free(struct pools *pools)
{
	rte_memzone_free(pools->src.zone);
	rte_memzone_free(pools->dst.zone);
	free(pools->expected);
	memset(pools, 0, sizeof(*pools));
}

/* The numbers below nb, in order or shuffled; the same shuffle in every run of the program. */
static uint32_t *
create_order(uint32_t nb, bool shuffle, uint64_t seed)
{
	uint32_t *order = malloc(nb * sizeof(*order));

	if (order == NULL)
		return NULL;
	for (uint32_t i = 0; i < nb; i++)
		order[i] = i;
	rte_srand(seed);
	for (uint32_t i = nb - 1; shuffle && i > 0; i--) {
		uint32_t other = (uint32_t)rte_rand_max((uint64_t)i + 1);
		uint32_t swap = order[i];

		order[i] = order[other];
		order[other] = swap;
	}
	return order;
}

static void
set_pairs(struct work *work, const uint32_t *src_order, const uint32_t *dst_order)
{
	const struct pool *src = &work->pools->src, *dst = &work->pools->dst;

	for (uint32_t i = 0, buffer = 0; i < work->entries; i++) {
		uint64_t from = (uint64_t)src_order[buffer] * work->stride;
		uint64_t to = (uint64_t)dst_order[buffer] * work->stride;

		work->iova[i] = (struct pair){ src->iova + from, dst->iova + to };
		work->va[i] = (struct pair){ (uintptr_t)src->data + from,
					     (uintptr_t)dst->data + to };
		if (++buffer == work->buffers)
			buffer = 0;
	}
}

/* Devices and CPU see the same addresses where IOVA is VA; then they share an array. */
static int
create_pairs(struct work *work, bool shuffle)
{
	const struct pool *src = &work->pools->src, *dst = &work->pools->dst;
	bool same = src->iova == (uintptr_t)src->data && dst->iova == (uintptr_t)dst->data;
	uint32_t *src_order = create_order(work->buffers, shuffle, 1);
	uint32_t *dst_order = create_order(work->buffers, shuffle, 2);
	int ret = -1;

	work->iova = malloc(work->entries * sizeof(*work->iova));
	work->va = same ? work->iova : malloc(work->entries * sizeof(*work->va));
	if (src_order != NULL && dst_order != NULL && work->iova != NULL && work->va != NULL) {
		set_pairs(work, src_order, dst_order);
		ret = 0;
	}
	free(src_order);
	free(dst_order);
	return ret;
}

int
work_create(struct work *work, struct pools *pools, const struct options *options, uint32_t size,
	    uint32_t burst)
{
	memset(work, 0, sizeof(*work));
	work->pools = pools;
	work->size = size;
	work->stride = stride_of(options, size);
	work->pattern = options->fill_pattern;
	work->buffers = buffers_of(options, size);
	work->entries = RTE_MAX(work->buffers - work->buffers % burst, burst);
	if (options->command == COMMAND_INTERLEAVED) {
		work->chunks = (uint32_t)(size / options->chunk);
		work->chunk = (uint32_t)options->chunk;
		work->src_gap = (uint32_t)options->src_gap;
		work->dst_gap = (uint32_t)options->dst_gap;
	}
	if (create_pairs(work, options->shuffle) == 0)
		return 0;
	fprintf(stderr, "out of memory\n");
	work_free(work);
	return -1;
}

/* Cut a buffer at iova into nb pieces; the last one takes what is left. */
static void
cut(struct rte_dma_sge *sge, uint16_t nb, rte_iova_t iova, uint32_t size, bool reverse)
{
	uint32_t piece = size / nb, done = 0;

	for (uint16_t i = 0; i < nb; i++) {
		uint32_t length = i + 1 == nb ? size - done : piece;
		struct rte_dma_sge *at = &sge[reverse ? nb - 1 - i : i];

		at->addr = iova + done;
		at->length = length;
		done += length;
	}
}

int
work_add_sges(struct work *work, uint16_t nb_src, uint16_t nb_dst)
{
	work->nb_src = nb_src;
	work->nb_dst = nb_dst;
	work->src_sge = calloc((size_t)work->entries * nb_src, sizeof(*work->src_sge));
	work->dst_sge = calloc((size_t)work->entries * nb_dst, sizeof(*work->dst_sge));
	if (work->src_sge == NULL || work->dst_sge == NULL) {
		fprintf(stderr, "out of memory\n");
		return -1;
	}
	for (size_t i = 0; i < work->entries; i++) {
		cut(&work->src_sge[i * nb_src], nb_src, work->iova[i].src, work->size, true);
		cut(&work->dst_sge[i * nb_dst], nb_dst, work->iova[i].dst, work->size, false);
	}
	return 0;
}

void
work_free(struct work *work)
{
	if (work->va != work->iova)
		free(work->va);
	free(work->iova);
	free(work->src_sge);
	free(work->dst_sge);
	memset(work, 0, sizeof(*work));
}

size_t
work_span(const struct work *work, const struct pool *pool)
{
	return pool->lead + (size_t)work->buffers * work->stride + GUARD_BYTES;
}

bool
work_can_flush(void)
{
#ifdef __x86_64__
	return true;
#else
	return false;
#endif
}

static void
flush(const uint8_t *at, size_t bytes)
{
#ifdef __x86_64__
	for (size_t i = 0; i < bytes; i += RTE_CACHE_LINE_SIZE)
		__builtin_ia32_clflush(at + i);
#else
	RTE_SET_USED(at);
	RTE_SET_USED(bytes);
#endif
}

void
work_flush(const struct work *work)
{
	size_t bytes = (size_t)work->buffers * work->stride;

	flush(work->pools->src.data, bytes);
	flush(work->pools->dst.data, bytes);
	/* The measured loop must not begin while lines are still on their way. */
	rte_mb();
}
