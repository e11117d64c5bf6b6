/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The fast path: plain copies, which are COPY operations in one slot between two places of host
 * memory that are contiguous in this process. They are copied one after the other in a loop that
 * keeps all it needs in registers. Whatever else comes is left where it is, for the general path
 * of model_engine.c, which also knows all about errors.
 */

#include "model_internal.h"

/* Plain copies up to here take the fast path; longer ones pause at MEM_BURST boundaries. */
#define FAST_BYTES	MODEL_MEM_BURST

/* Slots that are worked on together; the data of as many behind them is being fetched. */
#define GROUP		16u

/* A region of host memory. */
struct window {
	uint64_t addr, length;
	uint64_t most;			/* offset up to which any plain copy fits */
	uint8_t *host;
};

/* False where the region lacks the right, or is shorter than the longest plain copy. */
static MODEL_INLINE bool
window_open(struct window *w, const struct refdma_model_region *region, uint32_t access)
{
	w->addr = region->addr;
	w->length = region->length;
	w->most = region->length - FAST_BYTES;
	w->host = region->host;
	return (region->access & access) != 0 && region->length >= FAST_BYTES;
}

/* A descriptor's addresses, each read once: the host may change them at any time. */
struct pair {
	uint64_t src, dst;
};

static MODEL_INLINE struct pair
slot_pair(const struct refdma_desc *slot)
{
	const _Atomic uint64_t *word = (const _Atomic uint64_t *)(const void *)slot;

	return (struct pair){
		.src = atomic_load_explicit(word + 1, memory_order_relaxed),
		.dst = atomic_load_explicit(word + 2, memory_order_relaxed),
	};
}

/* COPY in one slot, host to host, with no flag but FENCE, and of a length for this path. */
static MODEL_INLINE bool
plain_copy(const struct refdma_model *m, uint64_t head)
{
	uint32_t bytes = head >> 32;

	return (head & ~((uint64_t)REFDMA_F_FENCE << 16) & UINT32_MAX) == REFDMA_OP_COPY &&
	       bytes - 1 < FAST_BYTES && bytes <= m->conf.max_length;
}

/*
 * Start fetching what @p n slots will need: copies of little data are bound by cache misses, and a
 * miss costs as much as dozens of copies. Nothing has been checked here: fetching is a hint to
 * the processor, which changes nothing and cannot fault.
 */
static void
fetch(const struct refdma_desc *slot, uint32_t n, const struct window *from,
      const struct window *to)
{
	uintptr_t src = (uintptr_t)from->host - from->addr, dst = (uintptr_t)to->host - to->addr;

	for (const struct refdma_desc *end = slot + n; slot != end; slot++) {
		struct pair pair = slot_pair(slot);

		__builtin_prefetch((const void *)(pair.src + src), 0, 3);
		__builtin_prefetch((const void *)(pair.dst + dst), 1, 3);
	}
}

/* And the slots that will be looked at next: they are still in the cache of the host's core. */
static MODEL_INLINE void
fetch_slots(const struct refdma_desc *slot, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += MODEL_CACHE_LINE / REFDMA_SLOT_SIZE)
		__builtin_prefetch(slot + i, 0, 3);
}

/* How bytes are copied. */
enum shape {
	SHAPE_LINE,	/* a cache line */
	SHAPE_MEDIUM,	/* more than that, less than MODEL_MEDIUM_BYTES */
	SHAPE_ANY,
};

#define LOOP_NAME(name)	name
#define LOOP_TARGET
#define LOOP_VECTOR	16
#include "model_fast_loop.h"

#if defined(__x86_64__)
#undef LOOP_NAME
#undef LOOP_TARGET
#undef LOOP_VECTOR
#define LOOP_NAME(name)	name ## _avx2
#define LOOP_TARGET	__attribute__((target("avx2")))
#define LOOP_VECTOR	32
#include "model_fast_loop.h"

#undef LOOP_NAME
#undef LOOP_TARGET
#undef LOOP_VECTOR
#define LOOP_NAME(name)	name ## _avx512
#define LOOP_TARGET	__attribute__((target("avx512f")))
#define LOOP_VECTOR	64
#include "model_fast_loop.h"
#endif

/* With the widest registers that the processor has, up to @p vector_bytes; 0: no limit. */
model_copy_slots_t
fast_choose(unsigned int vector_bytes)
{
#if defined(__x86_64__)
	if (vector_bytes == 0)
		vector_bytes = 64;
	__builtin_cpu_init();
	/* VBMI2 came when these registers no longer slowed the processor down. */
	if (vector_bytes >= 64 && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512vbmi2"))
		return copy_slots_avx512;
	if (vector_bytes >= 32 && __builtin_cpu_supports("avx2"))
		return copy_slots_avx2;
#else
	(void)vector_bytes;
#endif
	return copy_slots;
}

/* Slots from @p slot to @p tail or to the end of the ring, at most @p most. */
static MODEL_INLINE uint32_t
stretch(const struct model_queue *q, uint32_t slot, uint32_t most)
{
	uint32_t to_end = q->mask + 1 - (slot & q->mask), left = q->tail - slot;

	if (most > left)
		most = left;
	return most < to_end ? most : to_end;
}

/* Plain copies, one after the other, until something else comes. True where there were any. */
bool
fast_run(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	 struct budget *budget)
{
	const struct refdma_desc *first, *slot;
	const uint32_t group = m->conf.fetched ? 2 * GROUP : GROUP, start = q->head;
	uint32_t fetched = start, bytes, n;
	struct window from, to;
	uint64_t head;

	if (q->ring == NULL || ch->tlb_used == 0 ||
	    !window_open(&from, &ch->tlb[ch->tlb_read], REFDMA_MODEL_READ) ||
	    !window_open(&to, &ch->tlb[ch->tlb_write], REFDMA_MODEL_WRITE))
		return false;
	do {
		if (!m->conf.fetched && fetched - q->head <= GROUP) {
			n = stretch(q, fetched, 2 * GROUP);
			fetch(&q->ring[fetched & q->mask], n, &from, &to);
			fetched += n;
			fetch_slots(&q->ring[fetched & q->mask], stretch(q, fetched, 2 * GROUP));
		}
		first = &q->ring[q->head & q->mask];
		head = slot_head(first);
		if (unlikely(!plain_copy(m, head)))
			break;
		bytes = head >> 32;
		/* Long copies are worth reporting before all of them are done. */
		n = bytes < MODEL_MEDIUM_BYTES ? group : bytes <= 8192 ? 4 : 1;
		n = stretch(q, q->head, n);
		slot = m->copy_slots(first, first + n, head, &from, &to);
		n = slot - first;
		if (n == 0)
			break;
		bytes *= n;
		q->head += n;
		q->ops += n;
		q->bytes += bytes;
		q->unpublished_bytes += bytes;
		budget_spend(budget, bytes, n);
		if (q->ops - q->published_ops >= MODEL_PUBLISH_OPS ||
		    q->unpublished_bytes >= MODEL_PUBLISH_BYTES)
			queue_publish(m, q);
	} while (q->head != q->tail && budget->ops > 0 && budget->bytes > 0);
	return q->head != start;
}
