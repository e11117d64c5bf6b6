/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The tasklet of a device: takes issued descriptors, feeds the device, collects completions, runs
 * callbacks. One thread at a time is inside, which makes it the dmadev's data-path thread. It
 * looks at channels with work only. No lock is held around a callback.
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "engine.h"

/* Completions collected from a channel in one go. */
#define BURST	64
/* Descriptors whose lines are fetched ahead of the one that is fed. */
#define PREFETCH_AHEAD	4

__thread struct engine_dev *engine_inside;

static enum dmaengine_tx_result
result_of(enum rte_dma_status_code status)
{
	switch (status) {
	case RTE_DMA_STATUS_SUCCESSFUL:
		return DMA_TRANS_NOERROR;
	case RTE_DMA_STATUS_INVALID_DST_ADDR:
	case RTE_DMA_STATUS_BUS_WRITE_ERROR:
		return DMA_TRANS_WRITE_FAILED;
	case RTE_DMA_STATUS_USER_ABORT:
	case RTE_DMA_STATUS_NOT_ATTEMPTED:
	case RTE_DMA_STATUS_DEV_LINK_ERROR:
		return DMA_TRANS_ABORTED;
	default:
		return DMA_TRANS_READ_FAILED;
	}
}

static struct engine_desc *
desc_of(struct engine_chan *ch, uint64_t seq)
{
	return atomic_load_explicit(&ch->ring[seq & ch->mask], memory_order_acquire);
}

/* Is this descriptor to vanish without a callback (B32)? */
static bool
terminated(struct engine_chan *ch, uint64_t seq)
{
	return unlikely(seq < atomic_load_explicit(&ch->term_seq, memory_order_relaxed));
}

static bool
has_callback(const struct engine_desc *desc)
{
	return desc->tx.callback != NULL || desc->tx.callback_result != NULL;
}

/* Before it is published as done: who finds nothing left to terminate still has to wait for the
 * callback (the release is in publish_done()).
 */
static inline void
announce_callback(struct engine_chan *ch, const struct engine_desc *desc)
{
	if (has_callback(desc))
		atomic_store_explicit(&ch->in_callback, 1, memory_order_relaxed);
}

static void
run_callback(struct engine_chan *ch, struct engine_desc *desc)
{
	struct dma_async_tx_descriptor *tx = &desc->tx;
	struct dmaengine_result result;

	if (!has_callback(desc))
		return;
	atomic_store_explicit(&ch->in_callback, 1, memory_order_relaxed);
	engine_count(&ch->stat_callbacks, 1);
	if (tx->callback_result != NULL) {
		result.result = (enum dmaengine_tx_result)desc->result;
		result.residue = desc->missing;
		tx->callback_result(tx->callback_param, &result);
	} else {
		tx->callback(tx->callback_param);
	}
	/* Release: who waits for the callback sees what it did. */
	atomic_store_explicit(&ch->in_callback, 0, memory_order_release);
}

/* The cookie is complete before the callback runs (B24). */
static void
publish_done(struct engine_chan *ch, struct engine_desc *desc, enum engine_result result)
{
	atomic_store_explicit(&ch->results[desc->seq & ch->mask], result, memory_order_relaxed);
	atomic_store_explicit((_Atomic dma_cookie_t *)&ch->chan.completed_cookie,
			      desc->tx.cookie, memory_order_relaxed);
	atomic_store_explicit(&ch->ring[desc->seq & ch->mask], NULL, memory_order_relaxed);
	atomic_store_explicit(&ch->done, desc->seq + 1, memory_order_release);
}

/* A reusable descriptor is its client's again: what is written here comes before that. */
static void
give_to_client(struct engine_desc *desc)
{
	atomic_store_explicit(&desc->state, ENGINE_DESC_DONE, memory_order_release);
}

static void
give_back(struct engine_chan *ch, struct engine_desc *desc, bool reuse)
{
	if (unlikely(reuse))
		give_to_client(desc);
	else
		engine_desc_recycle(ch, desc);
}

static bool deliver_periods(struct engine_chan *ch, struct engine_desc *desc);

static void
count_completed(struct engine_chan *ch, const struct engine_desc *desc)
{
	engine_count(&ch->stat_completed, 1);
	if (unlikely(desc->failed))
		engine_count(&ch->stat_errors, 1);
	else
		engine_count(&ch->stat_bytes, desc->len);
}

static void
complete_desc(struct engine_chan *ch, struct engine_desc *desc)
{
	/* Looked at before the client learns of the end, and may clear it. */
	bool reuse = desc->tx.flags & DMA_CTRL_REUSE;
	bool gone = terminated(ch, desc->seq);
	bool drop = gone || (engine_repeats(desc) && !desc->failed);

	if (unlikely(gone))
		engine_count(&ch->stat_terminated, 1);
	else
		count_completed(ch, desc);
	if (unlikely(desc->tx.desc_metadata_mode != DESC_METADATA_NONE) && !drop)
		engine_metadata_complete(desc);
	if (unlikely(engine_repeats(desc)) && !desc->failed)
		deliver_periods(ch, desc);
	if (!drop)
		announce_callback(ch, desc);
	publish_done(ch, desc, desc->failed ? ENGINE_RESULT_ERROR : ENGINE_RESULT_OK);
	if (unlikely(desc->tx.unmap != NULL))
		dma_descriptor_unmap(&desc->tx);
	if (unlikely(drop)) {
		give_back(ch, desc, reuse);
	} else if (unlikely(reuse)) {
		/* Its callback may submit it again, or free it: not to be touched afterwards. */
		give_to_client(desc);
		run_callback(ch, desc);
	} else {
		atomic_store_explicit(&desc->state, ENGINE_DESC_CALLBACK, memory_order_relaxed);
		run_callback(ch, desc);
		engine_desc_recycle(ch, desc);
	}
}

/* The device does not work any more: whatever is under way has failed (B62). */
static void
fail_channel(struct engine_chan *ch)
{
	if (atomic_exchange(&ch->dead, 1) == 0)
		ENGINE_LOG(ERR, "%s: the device has failed; what is issued ends as errors, "
			   "release the channel", dma_chan_name(&ch->chan));
}

/* An operation has failed: it alone, or because the device has gone? */
static void
look_at_device(struct engine_chan *ch)
{
	enum rte_dma_vchan_status status;

	if (rte_dma_vchan_status(ch->dev->dev_id, ch->vchan, &status) == 0 &&
	    status == RTE_DMA_VCHAN_HALTED_ERROR)
		fail_channel(ch);
}

/* The device has finished the oldest operation of the channel, with @p status. */
static void
complete_op(struct engine_chan *ch, enum rte_dma_status_code status)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed);
	struct engine_desc *desc = desc_of(ch, done);
	uint32_t ops, len;

	if (unlikely(desc == NULL || ch->ops_out == 0))
		return;
	ch->ops_out--;
	ops = atomic_load_explicit(&desc->done_ops, memory_order_relaxed);
	if (unlikely(status != RTE_DMA_STATUS_SUCCESSFUL) && !desc->failed) {
		look_at_device(ch);
		desc->failed = true;
		desc->result = result_of(status);
		desc->missing = desc->len -
			atomic_load_explicit(&desc->done_bytes, memory_order_relaxed);
	}
	if (ch->dev->backend->finish != NULL)
		ch->dev->backend->finish(ch, desc, ops);
	len = atomic_load_explicit(engine_op_len(ch, desc, ops), memory_order_relaxed);
	len += atomic_load_explicit(&desc->done_bytes, memory_order_relaxed);
	if (unlikely(engine_repeats(desc)) && len >= desc->len)
		len -= desc->len;
	atomic_store_explicit(&desc->done_bytes, len, memory_order_relaxed);
	atomic_store_explicit(&desc->done_ops, ops + 1, memory_order_relaxed);
	if (desc->fed &&
	    ops + 1 == atomic_load_explicit(&desc->fed_ops, memory_order_relaxed))
		complete_desc(ch, desc);
}

/*
 * The common end: a copy that was one operation and went well, with nothing attached to it. The
 * same as complete_op() does for it, without the questions whose answers are known.
 */
static inline bool
complete_copy(struct engine_chan *ch)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed);
	struct engine_desc *desc = desc_of(ch, done);

	if (unlikely(desc == NULL || !desc->simple || desc->tx.flags & DMA_CTRL_REUSE ||
		     desc->tx.unmap != NULL || terminated(ch, done)))
		return false;
	ch->ops_out--;
	engine_count(&ch->stat_completed, 1);
	engine_count(&ch->stat_bytes, desc->len);
	announce_callback(ch, desc);
	publish_done(ch, desc, ENGINE_RESULT_OK);
	atomic_store_explicit(&desc->state, ENGINE_DESC_CALLBACK, memory_order_relaxed);
	run_callback(ch, desc);
	engine_desc_recycle(ch, desc);
	return true;
}

/* Descriptors that need no device operation end as soon as they are the oldest. */
static void
complete_empty(struct engine_chan *ch)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed);
	struct engine_desc *desc;

	while (done < ch->fed) {
		desc = desc_of(ch, done);
		if (desc == NULL || !desc->fed ||
		    atomic_load_explicit(&desc->fed_ops, memory_order_relaxed) !=
		    atomic_load_explicit(&desc->done_ops, memory_order_relaxed))
			return;
		complete_desc(ch, desc);
		done++;
	}
}

/* The descriptor cannot be given to the device: it ends with what has been done so far. */
static void
refuse(struct engine_chan *ch, struct engine_desc *desc, int error)
{
	desc->failed = true;
	desc->result = DMA_TRANS_ABORTED;
	desc->missing = desc->len;
	if (error == -EIO || error == -ENODEV)
		fail_channel(ch);
	else
		ENGINE_LOG(ERR, "%s: the device refuses a descriptor: error %d",
			   dma_chan_name(&ch->chan), error);
}

/* The client has just written these lines on another core. */
static inline void
prefetch_desc(struct engine_chan *ch, uint64_t seq)
{
	const struct engine_desc *desc =
		atomic_load_explicit(&ch->ring[seq & ch->mask], memory_order_relaxed);

	if (desc != NULL) {
		rte_prefetch0(desc);
		rte_prefetch0((const uint8_t *)desc + RTE_CACHE_LINE_SIZE);
	}
}

/* What a run of a descriptor starts with. */
static void
rearm(struct engine_chan *ch, struct engine_desc *desc)
{
	ch->begun = ch->fed + 1;
	atomic_store_explicit(&desc->done_ops, 0, memory_order_relaxed);
	atomic_store_explicit(&desc->done_bytes, 0, memory_order_relaxed);
	desc->fed = false;
	desc->simple = false;
	desc->result = DMA_TRANS_NOERROR;
	desc->failed = false;
	desc->missing = 0;
	/* A plain copy that is one operation does without. */
	if (desc->op != ENGINE_OP_MEMCPY || desc->len > ch->dev->max_len)
		desc->cursor = (struct engine_cursor){ 0 };
}

/* Whatever the backend: a copy that the device takes as one operation. */
static inline int
feed_copy(struct engine_chan *ch, struct engine_desc *desc)
{
	uint64_t flags = desc->tx.flags & DMA_PREP_FENCE ? RTE_DMA_OP_FLAG_FENCE : 0;
	int index = rte_dma_copy(ch->dev->dev_id, ch->vchan, desc->src, desc->dst, desc->len,
				 flags);

	if (unlikely(index < 0))
		return index == -ENOSPC ? -EAGAIN : index;
	desc->simple = true;
	engine_op_fed(ch, desc, index, desc->len);
	return 0;
}

/* Hand issued descriptors to the device while there is room. */
static bool
feed(struct engine_chan *ch)
{
	uint64_t issued = atomic_load_explicit(&ch->issued, memory_order_acquire);
	const struct engine_backend *backend = ch->dev->backend;
	uint32_t before = ch->ops_out;
	uint64_t start = ch->fed;
	struct engine_desc *desc;
	int ret;

	/* In this order: an issue that came after a terminate is not seen without it (B65). */
	if (atomic_load_explicit(&ch->term_req, memory_order_relaxed) !=
	    atomic_load_explicit(&ch->term_ack, memory_order_relaxed))
		return false;
	while (ch->fed < issued) {
		desc = desc_of(ch, ch->fed);
		if (desc == NULL)
			break;	/* its submitter is about to fill it in */
		if (ch->fed + PREFETCH_AHEAD < issued)
			prefetch_desc(ch, ch->fed + PREFETCH_AHEAD);
		if (ch->begun <= ch->fed)
			rearm(ch, desc);
		if (likely(desc->op == ENGINE_OP_MEMCPY && desc->len <= ch->dev->max_len))
			ret = feed_copy(ch, desc);
		else
			ret = backend->feed(ch, desc);
		if (ret == -EAGAIN)
			break;
		if (unlikely(ret != 0))
			refuse(ch, desc, ret);
		desc->fed = true;
		ch->fed++;
	}
	if (ch->ops_out != before)
		rte_dma_submit(ch->dev->dev_id, ch->vchan);
	return ch->ops_out != before || ch->fed != start;
}

static bool
collect_errors(struct engine_chan *ch)
{
	enum rte_dma_status_code status;
	uint16_t last;

	if (rte_dma_completed_status(ch->dev->dev_id, ch->vchan, 1, &last, &status) != 1)
		return false;
	complete_op(ch, status);
	return true;
}

static bool
collect(struct engine_chan *ch)
{
	bool error = false, did = false;
	uint16_t n, last;

	n = rte_dma_completed(ch->dev->dev_id, ch->vchan, BURST, &last, &error);
	for (uint16_t i = 0; i < n; i++)
		if (!complete_copy(ch))
			complete_op(ch, RTE_DMA_STATUS_SUCCESSFUL);
	did = n != 0;
	if (unlikely(error))
		did |= collect_errors(ch);
	return did;
}

/* Repeating descriptors: one callback for the periods that have gone by (B27). */
static bool
deliver_periods(struct engine_chan *ch, struct engine_desc *desc)
{
	uint64_t periods = ch->dev->backend->periods(ch);

	/* What goes by after a terminate is nobody's. */
	if (periods == 0 || terminated(ch, desc->seq))
		return false;
	engine_count(&ch->stat_periods, periods);
	/* Of one that has failed there is one more callback, at its end, with the error. */
	engine_count(&ch->stat_coalesced, desc->failed ? periods : periods - 1);
	if (!desc->failed)
		run_callback(ch, desc);
	return true;
}

static bool
run_periods(struct engine_chan *ch)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed);
	struct engine_desc *desc;

	if (done >= atomic_load_explicit(&ch->issued, memory_order_relaxed))
		return false;
	desc = desc_of(ch, done);
	if (likely(desc == NULL || !engine_repeats(desc) ||
		   atomic_load_explicit(&desc->fed_ops, memory_order_relaxed) == 0))
		return false;
	return deliver_periods(ch, desc);
}

/* Everything before @p term vanishes: the device has let go of it. False: a submitter is half-way
 * with one of them, come again.
 */
static bool
drop_terminated(struct engine_chan *ch, uint64_t term)
{
	uint64_t seq = atomic_load_explicit(&ch->done, memory_order_relaxed);
	struct engine_desc *desc;
	bool reuse;

	for (; seq < term; seq++) {
		desc = desc_of(ch, seq);
		if (desc == NULL)
			return false;
		reuse = desc->tx.flags & DMA_CTRL_REUSE;
		publish_done(ch, desc, ENGINE_RESULT_ABORTED);
		engine_count(&ch->stat_terminated, 1);
		if (desc->tx.unmap != NULL)
			dma_descriptor_unmap(&desc->tx);
		give_back(ch, desc, reuse);
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
	ch->periods_new = 0;
	engine_recycle_flush(ch);
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
	did |= run_periods(ch);
	did |= collect(ch);
	complete_empty(ch);
	engine_recycle_flush(ch);
	if (atomic_load_explicit(&ch->issued, memory_order_relaxed) ==
	    atomic_load_explicit(&ch->done, memory_order_relaxed))
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
