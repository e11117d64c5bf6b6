/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The data path towards the device: fill slots, ring the doorbell. One thread a vchan.
 * Specification, sections 4, 5 and 8.1.
 */

#include <errno.h>

#include "refdma_datapath.h"

#define KNOWN_FLAGS (RTE_DMA_OP_FLAG_FENCE | RTE_DMA_OP_FLAG_SUBMIT | RTE_DMA_OP_FLAG_LLC | \
		     REFDMA_OP_FLAG_AUTO_FREE)

/* RTE_DMA_OP_FLAG_FENCE is bit 0, and so is REFDMA_F_FENCE; flags begin at bit 16 of the head. */
_Static_assert(RTE_DMA_OP_FLAG_FENCE == REFDMA_F_FENCE, "fence bits differ");
#define FENCE_BIT(flags) (((flags) & RTE_DMA_OP_FLAG_FENCE) << 16)


static int
state_errno(const struct refdma_queue *q)
{
	switch ((enum refdma_queue_state)q->state) {
	case REFDMA_QUEUE_STARTED: return 0;
	case REFDMA_QUEUE_STOPPED: return -EBUSY;
	case REFDMA_QUEUE_FAILED: return -EIO;
	default: return -EINVAL;
	}
}

/* There was no room for @p slots slots: is there now, and if not, why? */
int
refdma_full(struct refdma_queue *q, uint32_t slots)
{
	int ret = state_errno(q);

	if (ret != 0)
		return ret;
	if (slots > q->mask + 1)
		return -EINVAL;
	if (q->silent) {
		refdma_reap_silently(q);
		if (q->state == REFDMA_QUEUE_STARTED && refdma_free_slots(q) >= slots)
			return 0;
		/* Nobody polls for completions, which would find this out. */
		if (refdma_fail_lost(q))
			return -EIO;
	}
	return -ENOSPC;
}

/*
 * Copies and fills, each in one slot, filled with three stores. Whatever is rare (no room, objects
 * to remember, flags that nobody knows) goes another way, by a tail call: then the common way
 * needs no stack.
 */
static __rte_always_inline int
fill_slot(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst)
{
	const uint32_t tail = q->tail;
	_Atomic uint64_t *word = (_Atomic uint64_t *)(void *)refdma_slot(q, tail);

	/* Whole words, as the device reads them; op, ext, flags and length are the first. */
	atomic_store_explicit(word, head, memory_order_relaxed);
	atomic_store_explicit(word + 1, src, memory_order_relaxed);
	atomic_store_explicit(word + 2, dst, memory_order_relaxed);
	/* As refdma_enqueue_done(), whose first look at the tail could not be this one. */
	q->tail = tail + 1;
	return (tail - q->extra) & UINT16_MAX;
}

static __rte_noinline int
submit_after(struct refdma_queue *q, int index)
{
	refdma_submit_all(q);
	return index;
}

static __rte_noinline int
enqueue_rare(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst, uint64_t flags)
{
	int ret;

	if (flags & ~KNOWN_FLAGS)
		return -EINVAL;
	ret = refdma_room(q, 1);
	if (ret != 0)
		return ret;
	if (q->objects != NULL)
		refdma_note_object(q, src, flags);
	ret = fill_slot(q, head | FENCE_BIT(flags), src, dst);
	return flags & RTE_DMA_OP_FLAG_SUBMIT ? submit_after(q, ret) : ret;
}

static __rte_always_inline int
enqueue(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst, uint32_t length,
	uint64_t flags)
{
	head |= (uint64_t)length << 32;
	if (unlikely(refdma_free_slots(q) == 0 || q->objects != NULL ||
		     flags & ~RTE_DMA_OP_FLAG_FENCE))
		return enqueue_rare(q, head, src, dst, flags);
	return fill_slot(q, head | flags << 16, src, dst);
}

static int
refdma_copy(void *dev_private, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t length,
	    uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	return enqueue(q, q->copy_head, src, dst, length, flags);
}

/*
 * The same where the device runs on the core that calls: it is about to touch this data, so that
 * fetching it overlaps with the filling of slots. Of longer copies a little more; for the rest, the
 * processor sees the pattern by itself. A wild address does no harm here.
 */
#define NEAR_LINE	64u
#define NEAR_SHORT	256u

static __rte_always_inline void
fetch(rte_iova_t addr, uint32_t offset)
{
	__builtin_prefetch((const void *)(uintptr_t)(addr + offset), 0, 3);
}

static int
refdma_copy_near(void *dev_private, uint16_t vchan, rte_iova_t src, rte_iova_t dst,
		 uint32_t length, uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	fetch(src, 0);
	fetch(dst, 0);
	if (length > NEAR_SHORT) {
		for (uint32_t i = NEAR_LINE; i < NEAR_SHORT; i += NEAR_LINE) {
			fetch(src, i);
			fetch(dst, i);
		}
	}
	return enqueue(q, q->copy_head, src, dst, length, flags);
}

static int
refdma_fill(void *dev_private, uint16_t vchan, uint64_t pattern, rte_iova_t dst, uint32_t length,
	    uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	return enqueue(q, q->fill_head, pattern, dst, length, flags & ~REFDMA_OP_FLAG_AUTO_FREE);
}

/* Entries go two to a slot, sources and then destinations, across the end of the ring. */
static void
write_entries(struct refdma_queue *q, uint32_t slot, const struct rte_dma_sge *sge, uint16_t count,
	      uint32_t first)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = first + i;
		struct refdma_sge *pair = (struct refdma_sge *)refdma_slot(q, slot + at / 2);

		pair[at % 2].addr = sge[i].addr;
		pair[at % 2].length = sge[i].length;
		pair[at % 2].reserved = 0;
	}
}

static int
refdma_copy_sg(void *dev_private, uint16_t vchan, const struct rte_dma_sge *src,
	       const struct rte_dma_sge *dst, uint16_t nb_src, uint16_t nb_dst, uint64_t flags)
{
	struct refdma_dev *dev = dev_private;
	struct refdma_queue *q = dev->queues[vchan];
	uint32_t ext = (nb_src + nb_dst + 1u) / 2;
	struct refdma_desc *desc;
	int ret;

	if (unlikely(flags & ~KNOWN_FLAGS || nb_src == 0 || nb_dst == 0 ||
		     nb_src > dev->caps.max_sge || nb_dst > dev->caps.max_sge))
		return -EINVAL;
	ret = refdma_room(q, 1 + ext);
	if (unlikely(ret != 0))
		return ret;
	desc = refdma_slot(q, q->tail);
	desc->op = REFDMA_OP_COPY_SG;
	desc->ext = ext;
	desc->flags = q->sg_flags | (flags & RTE_DMA_OP_FLAG_FENCE);
	desc->length = 0;
	desc->src = 0;
	desc->dst = 0;
	desc->param = (uint64_t)nb_src << REFDMA_PARAM_NB_SRC_SHIFT |
		      (uint64_t)nb_dst << REFDMA_PARAM_NB_DST_SHIFT;
	write_entries(q, q->tail + 1, src, nb_src, 0);
	write_entries(q, q->tail + 1, dst, nb_dst, nb_src);
	if (unlikely(q->objects != NULL))
		refdma_note_list(q, flags);
	ret = refdma_enqueue_done(q, 1 + ext);
	if (flags & RTE_DMA_OP_FLAG_SUBMIT)
		refdma_submit_all(q);
	return ret;
}

static int
refdma_submit(void *dev_private, uint16_t vchan)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	if (unlikely(q->state != REFDMA_QUEUE_STARTED))
		return state_errno(q);
	if (refdma_enqueued(q) != atomic_load_explicit(&q->announced, memory_order_relaxed))
		refdma_submit_all(q);
	return 0;
}

static uint16_t
refdma_burst_capacity(const void *dev_private, uint16_t vchan)
{
	struct refdma_queue *q = ((const struct refdma_dev *)dev_private)->queues[vchan];

	if (unlikely(q->silent && q->state == REFDMA_QUEUE_STARTED))
		refdma_reap_silently(q);
	return RTE_MIN(refdma_free_slots(q), (uint32_t)UINT16_MAX);
}

void
refdma_enqueue_set(struct rte_dma_fp_object *fp)
{
	fp->copy = refdma_copy;
	fp->copy_sg = refdma_copy_sg;
	fp->fill = refdma_fill;
	fp->submit = refdma_submit;
	fp->burst_capacity = refdma_burst_capacity;
}

/* For a device that runs inside the doorbell. */
void
refdma_enqueue_near(struct rte_dma_fp_object *fp)
{
	fp->copy = refdma_copy_near;
}

/* A function that only our devices have: how to recognise one. */
rte_dma_burst_capacity_t
refdma_enqueue_mark(void)
{
	return refdma_burst_capacity;
}
