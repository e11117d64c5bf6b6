/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The client's side of the hand-off: submit, issue, free. Any thread, callbacks included. */

#include <errno.h>

#include "engine.h"

/*
 * The number is taken first and decides the place, so cookies are unique and in order without a
 * lock. The tasklet stops at a place that is still empty; the release makes the descriptor's
 * content visible with the pointer.
 */
dma_cookie_t
engine_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct engine_desc *desc = engine_desc_of(tx);
	struct engine_chan *ch = engine_chan_of(tx->chan);
	uint8_t state = atomic_load_explicit(&desc->state, memory_order_relaxed);
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
	if (unlikely(state == ENGINE_DESC_DONE))
		atomic_store_explicit(&desc->fed_ops, 0, memory_order_relaxed);
	if (unlikely(tx->desc_metadata_mode != DESC_METADATA_NONE))
		engine_metadata_submit(desc);
	atomic_store_explicit(&desc->state, ENGINE_DESC_SUBMITTED, memory_order_relaxed);
	seq = atomic_fetch_add_explicit(&ch->next, 1, memory_order_relaxed);
	desc->seq = seq;
	tx->cookie = engine_cookie(seq);
	/* For clients that read it; tx_status has the exact value when several threads submit. */
	atomic_store_explicit((_Atomic dma_cookie_t *)&ch->chan.cookie, tx->cookie,
			      memory_order_relaxed);
	seq = tx->cookie;
	atomic_store_explicit(&ch->ring[desc->seq & ch->mask], desc, memory_order_release);
	/* The descriptor is the tasklet's now. */
	return (dma_cookie_t)seq;
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
	if (atomic_load_explicit(&ch->active, memory_order_relaxed) != 0)
		return;
	atomic_store_explicit(&ch->active, 1, memory_order_relaxed);
	atomic_fetch_or(&ch->dev->active, RTE_BIT64(ch->chan.chan_id));
}

/* Everything submitted so far may run. Others may issue meanwhile: the largest number wins. */
void
engine_issue_pending(struct dma_chan *chan)
{
	struct engine_chan *ch = engine_chan_of(chan);
	uint64_t next = atomic_load_explicit(&ch->next, memory_order_acquire);
	uint64_t issued = atomic_load_explicit(&ch->issued, memory_order_relaxed);

	if (!ch->held)
		return;
	while (issued < next &&
	       !atomic_compare_exchange_weak_explicit(&ch->issued, &issued, next,
						      memory_order_release,
						      memory_order_relaxed))
		;
	if (atomic_load_explicit(&ch->done, memory_order_relaxed) != next)
		engine_kick(ch);
}

/* Only reusable descriptors come here; see dmaengine_desc_free(). */
int
engine_desc_free(struct dma_async_tx_descriptor *tx)
{
	struct engine_desc *desc = engine_desc_of(tx);
	struct engine_chan *ch = engine_chan_of(tx->chan);
	uint8_t state = atomic_load_explicit(&desc->state, memory_order_acquire);

	if (state == ENGINE_DESC_SUBMITTED || state == ENGINE_DESC_CALLBACK)
		return -EBUSY;
	if (state == ENGINE_DESC_FREE)
		return -EINVAL;
	dma_descriptor_unmap(tx);
	engine_desc_put(ch, desc);
	return 0;
}
