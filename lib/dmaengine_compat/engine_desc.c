/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A channel's pool of descriptors. What the tasklet recycles goes through a ring of indices, which
 * it alone fills: a batch is published with one store. What clients give back unused, and blocks of
 * segments, goes to a stack. Everybody takes from both; callbacks take first what their own tasklet
 * has not published yet. One client thread takes several out of the ring at once and keeps them: an
 * exchange for each costs it as much as all the rest of prepare and submit.
 *
 * The stack's head has a tag against reuse between load and exchange. Pool memory stays until the
 * channel is released, so a stale index is only ever read. The links are apart from the elements:
 * an element may hold segments, and a stale reader must not see those.
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

/* May this thread keep descriptors? One does, and only once the channel has worked: a thread that
 * prepares a few and leaves the channel to another should not be the one.
 */
static bool
may_keep(struct engine_chan *ch, uint64_t at)
{
	uintptr_t self = (uintptr_t)&engine_inside;
	uintptr_t owner = atomic_load_explicit(&ch->kept_owner, memory_order_relaxed);

	if (owner != 0 || at < ch->pool_size || ch->kept_max == 0)
		return owner == self;
	return atomic_compare_exchange_strong_explicit(&ch->kept_owner, &owner, self,
						       memory_order_relaxed,
						       memory_order_relaxed);
}

/* What this thread keeps; in the order of the ring. */
static struct engine_desc *
take_kept(struct engine_chan *ch)
{
	uint32_t kept = atomic_load_explicit(&ch->kept, memory_order_relaxed);

	if (kept == 0 || atomic_load_explicit(&ch->kept_owner, memory_order_relaxed) !=
	    (uintptr_t)&engine_inside)
		return NULL;
	atomic_store_explicit(&ch->kept, kept - 1, memory_order_relaxed);
	return engine_desc_at(ch, atomic_load_explicit(&ch->kept_index[kept - 1],
						       memory_order_relaxed));
}

static uint32_t
free_index(struct engine_chan *ch, uint64_t at)
{
	return atomic_load_explicit(&ch->free_ring[at & ch->mask], memory_order_relaxed);
}

/* The oldest index in the ring, and more to keep. A slot is written again only after its index was
 * taken, and that makes the exchange of everybody else fail: the counters never repeat.
 */
static struct engine_desc *
take_recycled(struct engine_chan *ch)
{
	uint64_t at = atomic_load_explicit(&ch->free_next, memory_order_relaxed), seen;
	uint32_t index, n, most = may_keep(ch, at) ? ch->kept_max : 1;

	do {
		/* The tail is in a line of the tasklet's: looked at once a batch. */
		seen = atomic_load_explicit(&ch->free_seen, memory_order_acquire);
		if (at >= seen) {
			seen = atomic_load_explicit(&ch->free_tail, memory_order_acquire);
			if (at >= seen)
				return NULL;
			/* Release: who relies on it may use what was published by then. */
			atomic_store_explicit(&ch->free_seen, seen, memory_order_release);
		}
		n = RTE_MIN(most, seen - at);
		index = free_index(ch, at);
		/* The oldest comes last here, and is taken first. */
		for (uint32_t i = 1; i < n; i++)
			atomic_store_explicit(&ch->kept_index[n - 1 - i], free_index(ch, at + i),
					      memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(&ch->free_next, &at, at + n,
							memory_order_relaxed,
							memory_order_relaxed));
	if (n > 1)
		atomic_store_explicit(&ch->kept, n - 1, memory_order_relaxed);
	return engine_desc_at(ch, index);
}

/* In a callback: no atomics, no other core. */
static struct engine_desc *
take_local(struct engine_chan *ch)
{
	if (ch->free_local == atomic_load_explicit(&ch->free_tail, memory_order_relaxed))
		return NULL;
	ch->free_local--;
	return engine_desc_at(ch, free_index(ch, ch->free_local));
}

/* @return a descriptor in no defined state but its constants, or NULL: the pool is empty */
struct engine_desc *
engine_desc_get(struct engine_chan *ch)
{
	struct engine_desc *desc = NULL;

	if (engine_inside == ch->dev)
		desc = take_local(ch);
	if (desc == NULL)
		desc = take_kept(ch);
	if (desc == NULL)
		desc = take_recycled(ch);
	return likely(desc != NULL) ? desc : pop(ch);
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

/* The tasklet gives one back that it has looked at; see engine_recycle_index(). */
void
engine_desc_recycle(struct engine_chan *ch, struct engine_desc *desc)
{
	if (unlikely(desc->more != ENGINE_NO_DESC))
		put_blocks(ch, desc);
	engine_recycle_index(ch, desc->index);
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

static void *
on_socket(struct engine_chan *ch, const char *type, size_t count, size_t size)
{
	return rte_zmalloc_socket(type, count * size, RTE_CACHE_LINE_SIZE,
				  ch->dev->info.numa_node);
}

/* All descriptors are free, all counters where the first cookie is. */
static void
pool_reset(struct engine_chan *ch)
{
	uint64_t first = ch->dev->conf.first_cookie > 0 ? ch->dev->conf.first_cookie - 1 : 0;

	for (uint32_t i = 0; i < ch->pool_size; i++) {
		struct engine_desc *desc = engine_desc_at(ch, i);

		desc->index = i;
		engine_desc_init(ch, desc);
		atomic_store(&ch->free_ring[i], i);
	}
	/* Places of the lap before the first. */
	for (uint32_t i = 0; i <= ch->mask; i++)
		atomic_store(&ch->ring[(first + i) & ch->mask].word,
			     engine_entry_lap(ch, first + i - ch->mask - 1));
	for (uint32_t i = 0; i < ENGINE_CALLS; i++)
		atomic_store(&ch->calls[i], 0);
	atomic_store(&ch->free_head, ENGINE_NO_DESC);
	atomic_store(&ch->free_next, 0);
	atomic_store(&ch->free_seen, 0);
	atomic_store(&ch->free_tail, ch->pool_size);
	atomic_store(&ch->kept_owner, 0);
	atomic_store(&ch->kept, 0);
	ch->kept_max = RTE_MIN(ch->pool_size / ENGINE_KEEP_PART, (uint32_t)ENGINE_KEEP_MAX);
	ch->free_local = ch->pool_size;
	ch->first = first;
	atomic_store(&ch->cookie_base, first - first % INT_MAX);
	atomic_store(&ch->next, first);
	atomic_store(&ch->issued, first);
	atomic_store(&ch->term_seq, first);
	atomic_store(&ch->done, first);
	ch->fed = first;
	ch->seen = first;
	ch->begun = first;
	ch->ops_out = 0;
	ch->idle_runs = 0;
	ch->draining = false;
}

int
engine_pool_create(struct engine_chan *ch)
{
	uint32_t ring = rte_align32pow2(ch->pool_size);

	ch->mask = ring - 1;
	ch->lap_shift = rte_log2_u32(ring);
	ch->max_len = ch->dev->max_len;
	ch->single = ch->dev->conf.single_submitter;
	ch->pool = on_socket(ch, "dmaengine_pool", ch->pool_size, ENGINE_DESC_SIZE);
	ch->ring = on_socket(ch, "dmaengine_ring", ring, sizeof(*ch->ring));
	ch->free_ring = on_socket(ch, "dmaengine_free", ring, sizeof(*ch->free_ring));
	ch->links = on_socket(ch, "dmaengine_links", ch->pool_size, sizeof(*ch->links));
	ch->results = on_socket(ch, "dmaengine_res", ring, sizeof(*ch->results));
	ch->plain_op = on_socket(ch, "dmaengine_plain", ring, sizeof(*ch->plain_op));
	ch->op_len = on_socket(ch, "dmaengine_ops", rte_align32pow2(ch->dev->conf.ring),
			       sizeof(*ch->op_len));
	if (ch->pool == NULL || ch->ring == NULL || ch->free_ring == NULL || ch->links == NULL ||
	    ch->results == NULL || ch->plain_op == NULL || ch->op_len == NULL) {
		engine_pool_destroy(ch);
		return -ENOMEM;
	}
	pool_reset(ch);
	return 0;
}

void
engine_pool_destroy(struct engine_chan *ch)
{
	rte_free(ch->pool);
	rte_free(ch->ring);
	rte_free(ch->free_ring);
	rte_free(ch->links);
	rte_free(ch->results);
	rte_free(ch->plain_op);
	rte_free(ch->op_len);
	ch->pool = NULL;
	ch->ring = NULL;
	ch->free_ring = NULL;
	ch->links = NULL;
	ch->results = NULL;
	ch->plain_op = NULL;
	ch->op_len = NULL;
}

/* A snapshot: others may take and give meanwhile, so the walk is bounded. */
uint32_t
engine_pool_free(struct engine_chan *ch)
{
	uint64_t next = atomic_load(&ch->free_next), tail = atomic_load(&ch->free_tail);
	uint32_t index = (uint32_t)atomic_load(&ch->free_head);
	uint32_t count = atomic_load(&ch->kept) + (tail > next ? tail - next : 0);

	while (index != ENGINE_NO_DESC && index < ch->pool_size && count < ch->pool_size) {
		count++;
		index = atomic_load_explicit(&ch->links[index], memory_order_relaxed);
	}
	return RTE_MIN(count, ch->pool_size);
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
