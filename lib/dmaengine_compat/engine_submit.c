/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The client's side of the hand-off: submit, issue, free. Any thread, callbacks included; with
 * single_submitter one at a time submits and issues.
 */

#include <errno.h>

#include "engine.h"

/* Places ahead of the one being written that are fetched for writing: the tasklet's core has them
 * from the lap before, and a fetch takes as long as several submissions.
 */
#define PREFETCH_PLACES	16

/* Does all that the tasklet needs of it fit into a place of the ring? */
static inline bool
is_plain(const struct engine_chan *ch, struct engine_desc *desc)
{
	return desc->op == ENGINE_OP_MEMCPY &&
	       atomic_load_explicit(&desc->len, memory_order_relaxed) <= ch->max_len &&
	       !(desc->tx.flags & DMA_CTRL_REUSE) && desc->tx.unmap == NULL &&
	       desc->tx.desc_metadata_mode == DESC_METADATA_NONE;
}

/* The number of a callback on this channel; ENGINE_CALLS: there are too many different ones. */
static inline uint32_t
call_number(struct engine_chan *ch, const struct dma_async_tx_descriptor *tx)
{
	uint32_t number = 1, end = ENGINE_CALL_RESULT;
	uintptr_t wanted = (uintptr_t)tx->callback, found;

	if (unlikely(tx->callback_result != NULL)) {
		number = ENGINE_CALL_RESULT;
		end = ENGINE_CALLS;
		wanted = (uintptr_t)tx->callback_result;
	}
	if (wanted == 0)
		return ENGINE_CALL_NONE;
	for (; number < end; number++) {
		found = atomic_load_explicit(&ch->calls[number], memory_order_relaxed);
		if (likely(found == wanted))
			return number;
		if (found == 0 &&
		    (atomic_compare_exchange_strong_explicit(&ch->calls[number], &found, wanted,
							     memory_order_relaxed,
							     memory_order_relaxed) ||
		     found == wanted))
			return number;
	}
	return ENGINE_CALLS;
}

/* @return the flags of the place's word */
static inline uint64_t
write_plain(struct engine_chan *ch, struct engine_entry *entry, struct engine_desc *desc)
{
	const struct dma_async_tx_descriptor *tx = &desc->tx;
	uint64_t call = call_number(ch, tx), flags = ENGINE_ENTRY_PLAIN;

	if (unlikely(call == ENGINE_CALLS))
		return 0;
	entry->src = desc->src;
	entry->dst = desc->dst;
	entry->callback_param = tx->callback_param;
	if (tx->flags & DMA_PREP_FENCE)
		flags |= ENGINE_ENTRY_FENCE;
	return flags | call << ENGINE_ENTRY_CALL_SHIFT |
	       (uint32_t)atomic_load_explicit(&desc->len, memory_order_relaxed);
}

/*
 * Acquire and release: the place was free for one of the submitters up to here, who took a
 * descriptor that was recycled after the tasklet's last look at it. A locked instruction waits for
 * all stores before it, and of those some go to lines that the other core has; it is most of what
 * a submission costs. So nobody pays for it who says that there is one submitter.
 */
static inline uint64_t
take_number(struct engine_chan *ch)
{
	uint64_t seq;

	if (!ch->single)
		return atomic_fetch_add_explicit(&ch->next, 1, memory_order_acq_rel);
	seq = atomic_load_explicit(&ch->next, memory_order_acquire);
	atomic_store_explicit(&ch->next, seq + 1, memory_order_release);
	return seq;
}

/*
 * The number is taken first and decides the place, so cookies are unique and in order without a
 * lock. The tasklet stops at a place whose word is of an older lap; the release makes the place's
 * and the descriptor's content visible with it.
 */
static inline void
hand_over(struct engine_chan *ch, struct engine_desc *desc, uint64_t seq)
{
	struct engine_entry *entry = &ch->ring[seq & ch->mask];
	uint64_t word = engine_entry_lap(ch, seq) |
			(uint64_t)desc->index << ENGINE_ENTRY_INDEX_SHIFT;

	if (likely(is_plain(ch, desc)))
		word |= write_plain(ch, entry, desc);
	atomic_store_explicit(&entry->word, word, memory_order_release);
	engine_prefetch_write(&ch->ring[(seq + PREFETCH_PLACES) & ch->mask]);
}

dma_cookie_t
engine_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct engine_desc *desc = engine_desc_of(tx);
	struct engine_chan *ch = engine_chan_of(tx->chan);
	uint8_t state = atomic_load_explicit(&desc->state, memory_order_relaxed);
	dma_cookie_t cookie;
	uint64_t seq;

	if (unlikely(state != ENGINE_DESC_PREPARED && state != ENGINE_DESC_DONE)) {
		ENGINE_LOG(ERR, "%s: submit of a descriptor that is not prepared (submitted "
			   "twice, or freed)", dma_chan_name(&ch->chan));
		return -EINVAL;
	}
	if (unlikely(atomic_load_explicit(&ch->dead, memory_order_relaxed) != 0))
		return -ENODEV;
	if (unlikely(atomic_load_explicit(&ch->closing, memory_order_relaxed) != 0))
		return -EINVAL;
	if (unlikely(state == ENGINE_DESC_DONE)) {
		/* Acquire: what the tasklet wrote in the run before comes before what follows. */
		(void)atomic_load_explicit(&desc->state, memory_order_acquire);
		atomic_store_explicit(&desc->fed_ops, 0, memory_order_relaxed);
	}
	if (unlikely(tx->desc_metadata_mode != DESC_METADATA_NONE))
		engine_metadata_submit(desc);
	atomic_store_explicit(&desc->state, ENGINE_DESC_SUBMITTED, memory_order_relaxed);
	seq = take_number(ch);
	cookie = engine_cookie_near(ch, seq);
	desc->seq = seq;
	tx->cookie = cookie;
	/* For clients that read it; tx_status has the exact value when several threads submit. */
	atomic_store_explicit((_Atomic dma_cookie_t *)&ch->chan.cookie, cookie,
			      memory_order_relaxed);
	engine_trace_submit(ENGINE_TRACED(ch), desc->index, cookie);
	hand_over(ch, desc, seq);
	/* The descriptor is the tasklet's now. */
	return cookie;
}

/* Have the tasklet look at the channel. */
void
engine_kick(struct engine_chan *ch)
{
	/* A full barrier before: either the tasklet, which clears `active` and then looks at what
	 * was issued, sees the new work, or this sees that it has to set the bit. The tasklet
	 * itself, in a callback, looks afterwards in any case.
	 */
	if (engine_inside != ch->dev)
		atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ch->active, memory_order_relaxed) == 0) {
		atomic_store_explicit(&ch->active, 1, memory_order_relaxed);
		atomic_fetch_or(&ch->dev->active, RTE_BIT64(ch->chan.chan_id));
	}
	/* After the barrier, or the bit: see engine_sleep.c. */
	if (unlikely(atomic_load(&ch->dev->asleep) != 0))
		engine_wake(ch->dev);
}

/* Others may issue meanwhile: the largest number wins. @return false: @p next is issued already */
static inline bool
raise_issued(struct engine_chan *ch, uint64_t next)
{
	uint64_t issued = atomic_load_explicit(&ch->issued, memory_order_relaxed);

	if (ch->single && issued < next) {
		atomic_store_explicit(&ch->issued, next, memory_order_release);
		return true;
	}
	while (issued < next)
		if (atomic_compare_exchange_weak_explicit(&ch->issued, &issued, next,
							  memory_order_release,
							  memory_order_relaxed))
			return true;
	return false;
}

/* Everything submitted so far may run. */
void
engine_issue_pending(struct dma_chan *chan)
{
	struct engine_chan *ch = engine_chan_of(chan);
	uint64_t next = atomic_load_explicit(&ch->next, memory_order_acquire);

	/* Nothing new: whoever issued it has woken the tasklet. */
	if (!ch->held || !raise_issued(ch, next))
		return;
	engine_trace_issue(ENGINE_TRACED(ch), engine_cookie(next - 1));
	engine_kick(ch);
}

/* Only reusable descriptors come here; see dmaengine_desc_free(). */
int
engine_desc_free(struct dma_async_tx_descriptor *tx)
{
	struct engine_desc *desc = engine_desc_of(tx);
	struct engine_chan *ch = engine_chan_of(tx->chan);
	uint8_t state = atomic_load_explicit(&desc->state, memory_order_acquire);

	if (state == ENGINE_DESC_SUBMITTED)
		return -EBUSY;
	if (state == ENGINE_DESC_FREE)
		return -EINVAL;
	dma_descriptor_unmap(tx);
	engine_desc_put(ch, desc);
	return 0;
}
