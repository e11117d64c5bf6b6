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
#define PLACES_A_LINE	(RTE_CACHE_LINE_MIN_SIZE / sizeof(struct engine_entry))
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

/*
 * Feeds plain copies, which the device takes as one operation whatever the backend, up to the end
 * of the lap, to @p issued, or to a place that has none. What a small copy costs is the number of
 * instructions here and in complete_plains(), so what is constant is read once.
 * @return 0, or why the device does not take the next one
 */
static int
feed_plains(struct engine_chan *ch, uint64_t issued)
{
	const uint64_t lap = engine_entry_lap(ch, ch->fed), first = ch->fed;
	const uint32_t at = ch->fed & ch->mask;
	const struct engine_entry *entry = &ch->ring[at];
	const int16_t dev_id = ch->dev->dev_id;
	const uint16_t vchan = ch->vchan;
	const uint64_t end = RTE_MIN(issued, first - at + ch->mask + 1);
	_Atomic uint64_t *op = &ch->plain_op[at];
	uint64_t seq = first, word, flags;
	int index = 0;

	for (; seq < end; seq++, entry++, op++) {
		word = atomic_load_explicit(&entry->word, memory_order_acquire);
		/* Another kind, or its submitter is about to fill it in. */
		if (unlikely((word ^ lap) >> ENGINE_ENTRY_LAP_SHIFT != 0 ||
			     !(word & ENGINE_ENTRY_PLAIN)))
			break;
		/* Not further: a place that is being written is its submitter's. */
		if (likely(seq + PREFETCH_AHEAD < issued))
			rte_prefetch0(&ch->ring[(seq + PREFETCH_AHEAD) & ch->mask]);
		flags = unlikely(word & ENGINE_ENTRY_FENCE) ? RTE_DMA_OP_FLAG_FENCE : 0;
		index = rte_dma_copy(dev_id, vchan, entry->src, entry->dst,
				     engine_entry_len(word), flags);
		if (unlikely(index < 0))
			break;
		/* For who asks for the residue. */
		atomic_store_explicit(op, (seq + 1) << 16 | (uint16_t)index, memory_order_relaxed);
		engine_trace_start(ENGINE_TRACED(ch), engine_cookie(seq), index);
	}
	ch->fed = seq;
	ch->ops_out += seq - first;
	return index < 0 ? index : 0;
}

/* Feeds the oldest place that is not fed, and those after it that are alike. @return whether any */
static bool
feed_some(struct engine_chan *ch, uint64_t issued)
{
	uint64_t first = ch->fed, word;
	int ret = feed_plains(ch, issued);

	if (ret == -ENOSPC || ret == -EAGAIN)
		return false;
	if (unlikely(ret != 0)) {
		refuse(ch, engine_unplain(ch, ch->fed), ret);
		ch->fed++;
		return true;
	}
	if (likely(ch->fed != first))
		return true;
	if (engine_entry_at(ch, ch->fed, &word) == NULL || word & ENGINE_ENTRY_PLAIN ||
	    feed_desc(ch, word) != 0)
		return false;
	ch->fed++;
	return true;
}

/* Hand issued descriptors to the device while there is room. */
static bool
feed(struct engine_chan *ch)
{
	uint32_t before = ch->ops_out;
	uint64_t start = ch->fed;

	if (ch->seen <= ch->fed)
		ch->seen = atomic_load_explicit(&ch->issued, memory_order_acquire);
	/* In this order: an issue that came after a terminate is not seen without it (B65). */
	if (atomic_load_explicit(&ch->term_req, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->term_ack, memory_order_relaxed))
		return false;
	while (ch->fed < ch->seen && feed_some(ch, ch->seen))
		;
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
	if (atomic_load_explicit(&ch->issued, memory_order_relaxed) >
	    atomic_load_explicit(&ch->done, memory_order_relaxed) ||
	    atomic_load_explicit(&ch->term_req, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->term_ack, memory_order_relaxed))
		engine_kick(ch);
}

/* What the next run begins with: on its way while the device or another channel works. */
static void
look_ahead(struct engine_chan *ch)
{
	uint64_t end;

	ch->seen = atomic_load_explicit(&ch->issued, memory_order_acquire);
	end = RTE_MIN(ch->seen, ch->fed + PREFETCH_AHEAD);
	for (uint64_t seq = ch->fed; seq < end; seq += PLACES_A_LINE)
		rte_prefetch0(&ch->ring[seq & ch->mask]);
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
	/* For look_ahead(). */
	rte_prefetch0(&ch->issued);
	did |= engine_run_periods(ch);
	did |= engine_collect(ch);
	engine_complete_empty(ch);
	engine_callbacks_end(ch);
	engine_recycle_flush(ch);
	if (did) {
		ch->idle_runs = 0;
		look_ahead(ch);
	} else if (atomic_load_explicit(&ch->issued, memory_order_relaxed) <=
			   atomic_load_explicit(&ch->done, memory_order_relaxed) &&
		   ++ch->idle_runs > IDLE_RUNS) {
		rest(ch);
	}
	return did;
}

/* One run; the caller is inside. */
bool
engine_tasklet_run_inside(struct engine_dev *dev)
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

	if (!engine_enter(dev->runner))
		return false;
	did = engine_tasklet_run_inside(dev);
	engine_leave(dev->runner);
	return did;
}
