/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A channel's pool of descriptors. Everybody takes and gives; the tasklet gives in batches, and
 * its callbacks take from what it has not given back yet.
 *
 * The free list is a stack of indices with a tag against reuse between load and exchange. Pool
 * memory stays until the channel is released, so a stale index is only ever read. The links are
 * apart from the elements: an element may hold segments, and a stale reader must not see those.
 */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "engine.h"

static uint64_t
head_make(uint64_t old, uint32_t index)
{
	return ((old >> 32) + 1) << 32 | index;
}

/* Put the list first..last (linked) in front. */
static void
push_list(struct engine_chan *ch, uint32_t first, uint32_t last)
{
	uint64_t head = atomic_load_explicit(&ch->free_head, memory_order_relaxed);

	do {
		atomic_store_explicit(&ch->links[last], (uint32_t)head, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(&ch->free_head, &head,
							head_make(head, first),
							memory_order_release,
							memory_order_relaxed));
}

static struct engine_desc *
pop(struct engine_chan *ch)
{
	uint64_t head = atomic_load_explicit(&ch->free_head, memory_order_acquire);
	uint32_t next;

	do {
		if ((uint32_t)head == ENGINE_NO_DESC)
			return NULL;
		next = atomic_load_explicit(&ch->links[(uint32_t)head], memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(&ch->free_head, &head,
							head_make(head, next),
							memory_order_acquire,
							memory_order_acquire));
	return engine_desc_at(ch, (uint32_t)head);
}

/* The tasklet's own list: no atomics, no other core. */
static struct engine_desc *
pop_local(struct engine_chan *ch)
{
	uint32_t index = ch->local_free;

	if (index == ENGINE_NO_DESC)
		return NULL;
	ch->local_free = atomic_load_explicit(&ch->links[index], memory_order_relaxed);
	return engine_desc_at(ch, index);
}

/* @return a descriptor in no defined state but its constants, or NULL: the pool is empty */
struct engine_desc *
engine_desc_get(struct engine_chan *ch)
{
	struct engine_desc *desc = NULL;

	if (engine_inside == ch->dev)
		desc = pop_local(ch);
	return desc != NULL ? desc : pop(ch);
}

/* Segment blocks go back with the descriptor. */
static void
put_blocks(struct engine_chan *ch, struct engine_desc *desc)
{
	uint32_t index = desc->more;

	while (index != ENGINE_NO_DESC) {
		struct engine_desc *element = engine_desc_at(ch, index);
		struct engine_seg_block *block = (struct engine_seg_block *)element;
		uint32_t more = block->more;

		element->index = index;
		engine_desc_init(ch, element);
		push_list(ch, index, index);
		index = more;
	}
	desc->more = ENGINE_NO_DESC;
}

/* A client gives back what it never submitted, or a reusable one. */
void
engine_desc_put(struct engine_chan *ch, struct engine_desc *desc)
{
	put_blocks(ch, desc);
	atomic_store_explicit(&desc->state, ENGINE_DESC_FREE, memory_order_relaxed);
	push_list(ch, desc->index, desc->index);
}

/* The tasklet gives one back; others see it after engine_recycle_flush(). */
void
engine_desc_recycle(struct engine_chan *ch, struct engine_desc *desc)
{
	if (unlikely(desc->more != ENGINE_NO_DESC))
		put_blocks(ch, desc);
	atomic_store_explicit(&desc->state, ENGINE_DESC_FREE, memory_order_relaxed);
	if (ch->local_free == ENGINE_NO_DESC)
		ch->local_last = desc->index;
	atomic_store_explicit(&ch->links[desc->index], ch->local_free, memory_order_relaxed);
	ch->local_free = desc->index;
}

void
engine_recycle_flush(struct engine_chan *ch)
{
	if (ch->local_free == ENGINE_NO_DESC)
		return;
	push_list(ch, ch->local_free, ch->local_last);
	ch->local_free = ENGINE_NO_DESC;
}

/* What stays the same over all lives of a descriptor. */
void
engine_desc_init(struct engine_chan *ch, struct engine_desc *desc)
{
	uint32_t index = desc->index;

	memset(desc, 0, ENGINE_DESC_SIZE);
	desc->index = index;
	desc->more = ENGINE_NO_DESC;
	desc->tx.chan = &ch->chan;
	desc->tx.tx_submit = engine_tx_submit;
	desc->tx.desc_free = engine_desc_free;
}

int
engine_pool_create(struct engine_chan *ch)
{
	uint32_t ring = rte_align32pow2(ch->pool_size);
	int socket = ch->dev->info.numa_node;
	uint64_t first = ch->dev->conf.first_cookie > 0 ? ch->dev->conf.first_cookie - 1 : 0;

	ch->mask = ring - 1;
	ch->pool = rte_malloc_socket("dmaengine_pool", (size_t)ch->pool_size * ENGINE_DESC_SIZE,
				     RTE_CACHE_LINE_SIZE, socket);
	ch->links = rte_zmalloc_socket("dmaengine_links", ch->pool_size * sizeof(*ch->links),
				       RTE_CACHE_LINE_SIZE, socket);
	ch->ring = rte_zmalloc_socket("dmaengine_ring", ring * sizeof(*ch->ring),
				      RTE_CACHE_LINE_SIZE, socket);
	ch->results = rte_zmalloc_socket("dmaengine_res", ring, RTE_CACHE_LINE_SIZE, socket);
	ch->op_len = rte_zmalloc_socket("dmaengine_ops",
					rte_align32pow2(ch->dev->conf.ring) *
					sizeof(*ch->op_len), RTE_CACHE_LINE_SIZE, socket);
	if (ch->pool == NULL || ch->links == NULL || ch->ring == NULL ||
	    ch->results == NULL || ch->op_len == NULL) {
		engine_pool_destroy(ch);
		return -ENOMEM;
	}
	atomic_store(&ch->free_head, ENGINE_NO_DESC);
	ch->local_free = ENGINE_NO_DESC;
	for (uint32_t i = ch->pool_size; i-- > 0;) {
		struct engine_desc *desc = engine_desc_at(ch, i);

		desc->index = i;
		engine_desc_init(ch, desc);
		push_list(ch, i, i);
	}
	ch->first = first;
	atomic_store(&ch->next, first);
	atomic_store(&ch->issued, first);
	atomic_store(&ch->term_seq, first);
	atomic_store(&ch->done, first);
	ch->fed = first;
	ch->begun = first;
	ch->ops_out = 0;
	ch->draining = false;
	return 0;
}

void
engine_pool_destroy(struct engine_chan *ch)
{
	rte_free(ch->pool);
	rte_free(ch->links);
	rte_free(ch->ring);
	rte_free(ch->results);
	rte_free(ch->op_len);
	ch->pool = NULL;
	ch->links = NULL;
	ch->ring = NULL;
	ch->results = NULL;
	ch->op_len = NULL;
}

/* A snapshot: others may take and give meanwhile, so the walk is bounded. */
uint32_t
engine_pool_free(struct engine_chan *ch)
{
	uint32_t index = (uint32_t)atomic_load(&ch->free_head), count = 0;

	while (index != ENGINE_NO_DESC && index < ch->pool_size && count < ch->pool_size) {
		count++;
		index = atomic_load_explicit(&ch->links[index], memory_order_relaxed);
	}
	return count;
}

/* Segment @p index of a descriptor; it exists. */
struct engine_seg *
engine_seg_at(const struct engine_chan *ch, struct engine_desc *desc, uint32_t index)
{
	struct engine_seg_block *block;
	uint32_t more = desc->more;

	if (index < ENGINE_INLINE_SEGS)
		return &desc->segs[index];
	index -= ENGINE_INLINE_SEGS;
	for (;;) {
		block = (struct engine_seg_block *)engine_desc_at(ch, more);
		if (index < ENGINE_BLOCK_SEGS)
			return &block->segs[index];
		index -= ENGINE_BLOCK_SEGS;
		more = block->more;
	}
}
