/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The table of operations, and what each is expected to do. */

#include <string.h>

#include "dpdk_compat.h"

#include <rte_byteorder.h>

#include "operations.h"

void
fill_bytes(uint8_t *bytes, size_t length, uint64_t pattern)
{
	const uint64_t word = rte_cpu_to_le_64(pattern);
	size_t done;

	for (done = 0; done + sizeof(word) <= length; done += sizeof(word))
		memcpy(&bytes[done], &word, sizeof(word));
	memcpy(&bytes[done], &word, length - done);
}

/* Where the destination of an entry is in the image of its zone. */
static uint8_t *
image_of(const struct work *work, uint32_t entry, uint8_t *image)
{
	const struct pool *dst = &work->pools->dst;

	return image + dst->lead + (work->va[entry].dst - (uintptr_t)dst->data);
}

void
expect_copy(const struct work *work, uint32_t entry, uint8_t *image)
{
	memcpy(image_of(work, entry, image), (const void *)(uintptr_t)work->va[entry].src,
	       work->size);
}

static void
expect_fill(const struct work *work, uint32_t entry, uint8_t *image)
{
	fill_bytes(image_of(work, entry, image), work->size, work->pattern);
}

/* The destination list covers the buffer in order: the source list alone says what goes there. */
static void
expect_sg(const struct work *work, uint32_t entry, uint8_t *image)
{
	const struct rte_dma_sge *sge = &work->src_sge[(size_t)entry * work->nb_src];
	const struct pool *src = &work->pools->src;
	uint8_t *to = image_of(work, entry, image);

	for (uint16_t i = 0; i < work->nb_src; i++) {
		memcpy(to, src->data + (sge[i].addr - src->iova), sge[i].length);
		to += sge[i].length;
	}
}

static int
try_copy(int16_t dev_id, uint16_t vchan, struct trial *trial)
{
	return rte_dma_copy(dev_id, vchan, trial->src_sge[0].addr, trial->dst_sge[0].addr,
			    trial->dst_sge[0].length, 0);
}

static int
try_fill(int16_t dev_id, uint16_t vchan, struct trial *trial)
{
	return rte_dma_fill(dev_id, vchan, trial->pattern, trial->dst_sge[0].addr,
			    trial->dst_sge[0].length, 0);
}

static int
try_sg(int16_t dev_id, uint16_t vchan, struct trial *trial)
{
	return rte_dma_copy_sg(dev_id, vchan, trial->src_sge, trial->dst_sge, trial->nb_src,
			       trial->nb_dst, 0);
}

const struct operation operation_copy = {
	.name = "copy",
	.channel = &channel_copy,
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_copy,
	.enqueue = enqueue_copy,
	.run_cpu = run_cpu_copy,
	.cpu = cpu_copy,
	.expect = expect_copy,
	.try_one = try_copy,
	.has_source = true,
};

const struct operation operation_fill = {
	.name = "fill",
	.channel = &channel_fill,
	.capability = RTE_DMA_CAPA_OPS_FILL,
	.run = run_fill,
	.enqueue = enqueue_fill,
	.run_cpu = run_cpu_fill,
	.cpu = cpu_fill,
	.expect = expect_fill,
	.try_one = try_fill,
};

const struct operation operation_sg = {
	.name = "sg",
	.channel = &channel_sg,
	.capability = RTE_DMA_CAPA_OPS_COPY_SG,
	.run = run_sg,
	.enqueue = enqueue_sg,
	.run_cpu = run_cpu_sg,
	.cpu = cpu_sg,
	.expect = expect_sg,
	.try_one = try_sg,
	.has_lists = true,
	.has_source = true,
};

/* The chunks land with their own gaps between them; what is in the gaps stays. */
static void
expect_interleaved(const struct work *work, uint32_t entry, uint8_t *image)
{
	const uint8_t *from = (const uint8_t *)(uintptr_t)work->va[entry].src;
	uint8_t *to = image_of(work, entry, image);

	for (uint32_t i = 0; i < work->chunks; i++) {
		memcpy(to, from, work->chunk);
		from += work->chunk + work->src_gap;
		to += work->chunk + work->dst_gap;
	}
}

const struct operation operation_interleaved = {
	.name = "interleaved",
	.channel = &channel_interleaved,
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_interleaved,
	.enqueue = enqueue_interleaved,
	.run_cpu = run_cpu_interleaved,
	.cpu = cpu_interleaved,
	.expect = expect_interleaved,
	.has_source = true,
};

const struct operation operation_chunks = {
	.name = "interleaved",
	.channel = &channel_interleaved,
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_chunks,
	.enqueue = enqueue_chunks,
	.run_cpu = run_cpu_interleaved,
	.cpu = cpu_interleaved,
	.expect = expect_interleaved,
	.has_source = true,
	.in_chunks = true,
};
