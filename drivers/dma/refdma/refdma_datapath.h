/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DATAPATH_H
#define REFDMA_DATAPATH_H

/* Pieces of the data path that several files use. */

#include <rte_io.h>

#include "refdma_driver.h"
#include "refdma_trace.h"

/* Slots that may be filled now. */
static inline uint32_t
refdma_free_slots(const struct refdma_queue *q)
{
	return q->limit - q->tail;
}

/* Room for @p slots more slots, or a negative errno. */
static inline int
refdma_room(struct refdma_queue *q, uint32_t slots)
{
	if (likely(refdma_free_slots(q) >= slots))
		return 0;
	return refdma_full(q, slots);
}

static inline struct refdma_desc *
refdma_slot(struct refdma_queue *q, uint32_t slot)
{
	return &q->ring[slot & q->mask];
}

/* Operations filled in since the start; also the number of the next one. */
static inline uint32_t
refdma_enqueued(const struct refdma_queue *q)
{
	return q->tail - q->extra;
}

/* Account for one operation in @p slots slots. @return its index as the API wants it */
static inline int
refdma_enqueue_done(struct refdma_queue *q, uint32_t slots)
{
	uint32_t index = refdma_enqueued(q);

	q->tail += slots;
	if (slots != 1)
		q->extra += slots - 1;
	return index & UINT16_MAX;
}

static inline void
refdma_count(_Atomic uint64_t *counter, uint64_t n)
{
	/* One writer: no read-modify-write needed, readers only want whole values. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline void
refdma_submit_all(struct refdma_queue *q)
{
	uint32_t announced = atomic_load_explicit(&q->announced, memory_order_relaxed);
	uint32_t enqueued = refdma_enqueued(q);

	refdma_count(&q->submitted, enqueued - announced);
	atomic_store_explicit(&q->announced, enqueued, memory_order_relaxed);
	refdma_trace_doorbell(q->dev->dev_id, q->index, enqueued, q->tail);
	/* Descriptors and data must be there before the device hears of them (8.1). The I/O
	 * barrier is for a device on a bus, the release for one on another core; on x86 both only
	 * bind the compiler.
	 */
	rte_io_wmb();
	atomic_store_explicit(q->doorbell, q->tail, memory_order_release);
	/* Section 8.3: the device's own barrier makes this order hold between the cores. */
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(atomic_load_explicit(q->wake, memory_order_relaxed) != 0))
		refdma_wake(q);
}

#endif /* REFDMA_DATAPATH_H */
