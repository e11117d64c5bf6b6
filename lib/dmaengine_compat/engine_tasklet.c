/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The tasklet of a device: takes issued descriptors, feeds the device, and has what comes back
 * completed. One thread at a time is inside, which makes it the dmadev's data-path thread. It looks
 * at channels with work only.
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "engine.h"

/* Operations under way that are swallowed in one go. */
#define BURST	64
/* Places of the ring that are fetched ahead of the one that is fed. */
#define PREFETCH_AHEAD	16
/* Runs without work after which a channel leaves the mask. A client that submits in bursts would
 * otherwise have to put it back with each of them, which costs both cores some hundred cycles.
 */
#define IDLE_RUNS	64

__thread struct engine_dev *engine_inside;

/* The device does not work any more: whatever is under way has failed (B62). */
void
engine_fail_channel(struct engine_chan *ch)
{
	if (atomic_exchange(&ch->dead, 1) != 0)
		return;
	engine_trace_device_fail(ENGINE_TRACED(ch));
	ENGINE_LOG(ERR, "%s: the device has failed; what is issued ends as errors, release the "
		   "channel", dma_chan_name(&ch->chan));
}

/* The descriptor cannot be given to the device: it ends with what has been done so far. */
static void
refuse(struct engine_chan *ch, struct engine_desc *desc, int error)
{
	desc->failed = true;
	desc->result = DMA_TRANS_ABORTED;
	desc->missing = desc->len;
	engine_trace_error(ENGINE_TRACED(ch), desc->tx.cookie, desc->result, desc->missing);
	if (error == -EIO || error == -ENODEV)
		engine_fail_channel(ch);
	else
		ENGINE_LOG(ERR, "%s: the device refuses a descriptor: %s; it ends as an error, "
			   "check its addresses and length", dma_chan_name(&ch->chan),
			   strerror(-error));
}

/* What a run of a descriptor starts with. */
void
engine_rearm(struct engine_desc *desc)
{
	atomic_store_explicit(&desc->done_ops, 0, memory_order_relaxed);
	atomic_store_explicit(&desc->done_bytes, 0, memory_order_relaxed);
	desc->fed = false;
	desc->result = DMA_TRANS_NOERROR;
	desc->failed = false;
	desc->missing = 0;
	desc->cursor = (struct engine_cursor){ 0 };
}

/* A copy that the device takes as one operation, whatever the backend. */
static inline int
feed_plain(struct engine_chan *ch, const struct engine_entry *entry, uint64_t word)
{
	uint64_t flags = word & ENGINE_ENTRY_FENCE ? RTE_DMA_OP_FLAG_FENCE : 0;
	int index = rte_dma_copy(ch->dev->dev_id, ch->vchan, entry->src, entry->dst,
				 engine_entry_len(word), flags);

	if (unlikely(index < 0))
		return index == -ENOSPC ? -EAGAIN : index;
	/* For who asks for the residue. */
	atomic_store_explicit(&ch->plain_op[ch->fed & ch->mask],
			      (ch->fed + 1) << 16 | (uint16_t)index, memory_order_relaxed);
	engine_trace_start(ENGINE_TRACED(ch), engine_cookie(ch->fed), index);
	ch->ops_out++;
	return 0;
}

static int
feed_desc(struct engine_chan *ch, uint64_t word)
{
	struct engine_desc *desc = engine_entry_desc(ch, word);
	int ret;

	if (ch->begun <= ch->fed) {
		ch->begun = ch->fed + 1;
		engine_rearm(desc);
	}
	ret = ch->dev->backend->feed(ch, desc);
	if (ret == -EAGAIN)
		return ret;
	if (unlikely(ret != 0))
		refuse(ch, desc, ret);
	desc->fed = true;
	return 0;
}

/* Feeds the oldest place that is not fed. */
static inline int
feed_place(struct engine_chan *ch, const struct engine_entry *entry, uint64_t word)
{
	int ret;

	if (unlikely(!(word & ENGINE_ENTRY_PLAIN)))
		return feed_desc(ch, word);
	ret = feed_plain(ch, entry, word);
	if (likely(ret == 0) || ret == -EAGAIN)
		return ret;
	refuse(ch, engine_unplain(ch, ch->fed), ret);
	return 0;
}

/* Hand issued descriptors to the device while there is room. */
static bool
feed(struct engine_chan *ch)
{
	uint64_t issued = atomic_load_explicit(&ch->issued, memory_order_acquire);
	uint32_t before = ch->ops_out;
	uint64_t start = ch->fed, word;
	const struct engine_entry *entry;

	/* In this order: an issue that came after a terminate is not seen without it (B65). */
	if (atomic_load_explicit(&ch->term_req, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->term_ack, memory_order_relaxed))
		return false;
	while (ch->fed < issued) {
		entry = engine_entry_at(ch, ch->fed, &word);
		if (entry == NULL)
			break;	/* its submitter is about to fill it in */
		/* Not further: a place that is being written is its submitter's. */
		if (ch->fed + PREFETCH_AHEAD < issued)
			rte_prefetch0(&ch->ring[(ch->fed + PREFETCH_AHEAD) & ch->mask]);
		if (feed_place(ch, entry, word) == -EAGAIN)
			break;
		ch->fed++;
	}
	if (ch->ops_out != before)
		rte_dma_submit(ch->dev->dev_id, ch->vchan);
	return ch->ops_out != before || ch->fed != start;
}

/* Everything before @p term vanishes: the device has let go of it. False: a submitter is half-way
 * with one of them, come again.
 */
static bool
drop_terminated(struct engine_chan *ch, uint64_t term)
{
	uint64_t seq = atomic_load_explicit(&ch->done, memory_order_relaxed), word;

	for (; seq < term; seq++) {
		if (engine_entry_at(ch, seq, &word) == NULL)
			return false;
		engine_drop(ch, word, seq);
		if (ch->fed <= seq)
			ch->fed = seq + 1;
	}
	return true;
}

/* The device's operations under way belong to terminated descriptors: swallow them. */
static void
swallow(struct engine_chan *ch)
{
	enum rte_dma_status_code status[BURST];
	uint16_t n, last;

	do {
		n = rte_dma_completed_status(ch->dev->dev_id, ch->vchan, BURST, &last, status);
		ch->ops_out -= RTE_MIN(n, ch->ops_out);
	} while (n != 0);
}

/* True while a terminate is under way: then nothing else happens on the channel. */
static bool
run_terminate(struct engine_chan *ch)
{
	uint32_t req = atomic_load_explicit(&ch->term_req, memory_order_acquire);
	uint64_t term;

	/* While the device drains, callers that wait see the tasklet's ticks. */
	if (likely(req == atomic_load_explicit(&ch->term_ack, memory_order_relaxed)))
		return false;
	term = atomic_load_explicit(&ch->term_seq, memory_order_acquire);
	if (!ch->draining &&
	    (ch->ops_out != 0 || atomic_load(&ch->abort_needed) != 0)) {
		/* A client is about to pause or resume: come again, it may need this very lcore. */
		if (!engine_control_try(ch))
			return true;
		atomic_store(&ch->abort_needed, 0);
		ch->dev->backend->abort(ch);
		/* That ends a pause of the device's queue too. */
		if (!ch->dev->backend->hold)
			atomic_store(&ch->paused, 0);
		engine_control_end(ch);
		ch->draining = true;
	}
	swallow(ch);
	if (ch->ops_out != 0 && atomic_load(&ch->dead) == 0)
		return true;
	ch->ops_out = 0;
	if (!drop_terminated(ch, term))
		return true;
	ch->draining = false;
	/* Those that went by until the abort are nobody's: the next transfer has none yet. */
	ch->dev->backend->periods(ch);
	engine_recycle_flush(ch);
	engine_trace_terminated(ENGINE_TRACED(ch));
	atomic_store_explicit(&ch->term_ack, req, memory_order_release);
	return false;
}

/* Nothing left to do: take the channel out of the mask, unless a client was faster. */
static void
rest(struct engine_chan *ch)
{
	/* The bit goes before the flag: a client that finds the flag cleared sets both, and its bit
	 * must not be the one that is cleared here. Then the fence of engine_kick().
	 */
	atomic_fetch_and(&ch->dev->active, ~RTE_BIT64(ch->chan.chan_id));
	atomic_store_explicit(&ch->active, 0, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ch->issued, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->done, memory_order_relaxed) ||
	    atomic_load_explicit(&ch->term_req, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->term_ack, memory_order_relaxed))
		engine_kick(ch);
}

static bool
run_channel(struct engine_chan *ch)
{
	bool did;

	if (run_terminate(ch))
		return false;
	if (unlikely(atomic_load_explicit(&ch->paused, memory_order_acquire) != 0 &&
		     ch->dev->backend->hold)) {
		/* Held back by us: neither feed nor report (generic pause). */
		atomic_store_explicit(&ch->pause_ack, 1, memory_order_release);
		return false;
	}
	did = feed(ch);
	did |= engine_run_periods(ch);
	did |= engine_collect(ch);
	engine_complete_empty(ch);
	engine_callbacks_end(ch);
	engine_recycle_flush(ch);
	if (did)
		ch->idle_runs = 0;
	else if (atomic_load_explicit(&ch->issued, memory_order_relaxed) ==
		 atomic_load_explicit(&ch->done, memory_order_relaxed) &&
		 ++ch->idle_runs > IDLE_RUNS)
		rest(ch);
	return did;
}

/* One run; the caller owns dev->running. */
static bool
run_locked(struct engine_dev *dev)
{
	uint64_t mask = atomic_load_explicit(&dev->active, memory_order_acquire);
	struct engine_dev *outer = engine_inside;
	uint64_t start, left = mask;
	bool did = false;

	atomic_store_explicit(&dev->ticks,
			      atomic_load_explicit(&dev->ticks, memory_order_relaxed) + 1,
			      memory_order_release);
	if (mask == 0)
		return false;
	engine_inside = dev;
	start = rte_rdtsc();
	while (left != 0) {
		did |= run_channel(dev->chans[__builtin_ctzll(left)]);
		left &= left - 1;
	}
	if (did) {
		engine_count(&dev->stat_busy_runs, 1);
		engine_count(&dev->stat_busy_cycles, rte_rdtsc() - start);
	}
	engine_inside = outer;
	return did;
}

bool
engine_tasklet_run(struct engine_dev *dev)
{
	bool did;

	if (atomic_flag_test_and_set_explicit(&dev->running, memory_order_acquire))
		return false;
	did = run_locked(dev);
	atomic_flag_clear_explicit(&dev->running, memory_order_release);
	return did;
}
