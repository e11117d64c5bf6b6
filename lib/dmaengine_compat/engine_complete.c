/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * What comes back from a device: completions become cookies that are done, and callbacks. All of it
 * runs inside the tasklet; no lock is held around a callback.
 */

#include <errno.h>

#include "engine.h"

/* Completions collected from a channel in one go. */
#define BURST	64

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

/* Is this descriptor to vanish without a callback (B32)? */
static bool
terminated(struct engine_chan *ch, uint64_t seq)
{
	return unlikely(seq < atomic_load_explicit(&ch->term_seq, memory_order_relaxed));
}

/* A callback and what it is told, apart from the descriptor: a reusable one is its client's before
 * the callback runs, and may be in flight again by then.
 */
struct call {
	dma_async_tx_callback callback;
	dma_async_tx_callback_result callback_result;
	void *param;
	struct dmaengine_result result;
};

static struct call
call_of(const struct engine_desc *desc)
{
	return (struct call){
		.callback = desc->tx.callback,
		.callback_result = desc->tx.callback_result,
		.param = desc->tx.callback_param,
		.result.result = (enum dmaengine_tx_result)desc->result,
		.result.residue = desc->missing,
	};
}

static bool
has_callback(const struct call *call)
{
	return call->callback != NULL || call->callback_result != NULL;
}

static void
run_callback(struct engine_chan *ch, const struct call *call, dma_cookie_t cookie)
{
	if (!has_callback(call))
		return;
	engine_callbacks_begin(ch);
	engine_count(&ch->stat_callbacks, 1);
	engine_trace_callback(ENGINE_TRACED(ch), cookie);
	if (call->callback_result != NULL)
		call->callback_result(call->param, &call->result);
	else
		call->callback(call->param);
	engine_trace_callback_end(ENGINE_TRACED(ch), cookie);
}

/* The cookie is complete before the callback runs (B24). */
static inline void
publish_end(struct engine_chan *ch, uint64_t seq, dma_cookie_t cookie, enum engine_result result)
{
	engine_trace_complete(ENGINE_TRACED(ch), cookie, result);
	atomic_store_explicit((_Atomic dma_cookie_t *)&ch->chan.completed_cookie, cookie,
			      memory_order_relaxed);
	atomic_store_explicit(&ch->done, seq + 1, memory_order_release);
}

/* The same with a result: one that is not noted is good. */
static void
publish_done(struct engine_chan *ch, uint64_t seq, dma_cookie_t cookie, enum engine_result result)
{
	if (result != ENGINE_RESULT_OK)
		atomic_store_explicit(&ch->results[seq & ch->mask], engine_result_make(seq, result),
				      memory_order_relaxed);
	publish_end(ch, seq, cookie, result);
}

/* A reusable descriptor is its client's again. Before its end is published: who sees that may
 * submit or free it at once.
 */
static void
give_to_client(struct engine_desc *desc)
{
	atomic_store_explicit(&desc->state, ENGINE_DESC_DONE, memory_order_release);
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
	enum engine_result result = desc->failed ? ENGINE_RESULT_ERROR : ENGINE_RESULT_OK;
	/* Looked at before the client learns of the end, and may clear it. */
	bool reuse = desc->tx.flags & DMA_CTRL_REUSE;
	dma_cookie_t cookie = desc->tx.cookie;
	uint64_t seq = desc->seq;
	bool gone = terminated(ch, seq);
	bool drop = gone || (engine_repeats(desc) && !desc->failed);
	struct call call = drop ? (struct call){ 0 } : call_of(desc);

	if (unlikely(gone))
		engine_count(&ch->stat_terminated, 1);
	else
		count_completed(ch, desc);
	if (unlikely(desc->tx.desc_metadata_mode != DESC_METADATA_NONE) && !drop)
		engine_metadata_complete(desc);
	if (unlikely(engine_repeats(desc)))
		deliver_periods(ch, desc);
	if (unlikely(desc->tx.unmap != NULL))
		dma_descriptor_unmap(&desc->tx);
	if (has_callback(&call))
		engine_callbacks_begin(ch);
	if (unlikely(reuse))
		give_to_client(desc);
	publish_done(ch, seq, cookie, result);
	run_callback(ch, &call, cookie);
	if (likely(!reuse))
		engine_desc_recycle(ch, desc);
}

/* An operation has failed: it alone, or because the device has gone? */
static void
look_at_device(struct engine_chan *ch)
{
	enum rte_dma_vchan_status status;

	if (rte_dma_vchan_status(ch->dev->dev_id, ch->vchan, &status) == 0 &&
	    status == RTE_DMA_VCHAN_HALTED_ERROR)
		engine_fail_channel(ch);
}

/* A plain copy that does not take the common way goes on as other descriptors do. */
struct engine_desc *
engine_unplain(struct engine_chan *ch, uint64_t seq)
{
	struct engine_entry *entry = &ch->ring[seq & ch->mask];
	uint64_t word = atomic_load_explicit(&entry->word, memory_order_relaxed);
	struct engine_desc *desc = engine_entry_desc(ch, word);
	uint64_t op = atomic_load_explicit(&ch->plain_op[seq & ch->mask], memory_order_relaxed);

	engine_rearm(desc);
	if (engine_plain_fed(op, seq)) {
		atomic_store_explicit(&desc->first_op, (uint16_t)op, memory_order_relaxed);
		atomic_store_explicit(engine_op_len(ch, desc, 0), desc->len, memory_order_relaxed);
		atomic_store_explicit(&desc->fed_ops, 1, memory_order_relaxed);
	}
	desc->fed = true;
	atomic_store_explicit(&entry->word, word & ~ENGINE_ENTRY_PLAIN, memory_order_release);
	return desc;
}

/* Its first operation that has failed. */
static void
note_failure(struct engine_chan *ch, struct engine_desc *desc, enum rte_dma_status_code status)
{
	look_at_device(ch);
	desc->failed = true;
	desc->result = result_of(status);
	desc->missing = desc->len - atomic_load_explicit(&desc->done_bytes, memory_order_relaxed);
	engine_trace_error(ENGINE_TRACED(ch), desc->tx.cookie, desc->result, desc->missing);
}

/* The device has finished the oldest operation of the channel, with @p status. */
static void
complete_op(struct engine_chan *ch, enum rte_dma_status_code status)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed), word;
	struct engine_desc *desc;
	uint32_t ops, len;

	if (unlikely(engine_entry_at(ch, done, &word) == NULL || ch->ops_out == 0))
		return;
	if (word & ENGINE_ENTRY_PLAIN)
		desc = engine_unplain(ch, done);
	else
		desc = engine_entry_desc(ch, word);
	ch->ops_out--;
	ops = atomic_load_explicit(&desc->done_ops, memory_order_relaxed);
	if (unlikely(status != RTE_DMA_STATUS_SUCCESSFUL) && !desc->failed)
		note_failure(ch, desc, status);
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

static inline void
call_plain(struct engine_chan *ch, uint32_t number, void *param, dma_cookie_t cookie)
{
	static const struct dmaengine_result good = { .result = DMA_TRANS_NOERROR };
	uintptr_t call = atomic_load_explicit(&ch->calls[number], memory_order_relaxed);

	engine_count(&ch->stat_callbacks, 1);
	engine_trace_callback(ENGINE_TRACED(ch), cookie);
	if (unlikely(number >= ENGINE_CALL_RESULT))
		((dma_async_tx_callback_result)call)(param, &good);
	else
		((dma_async_tx_callback)call)(param);
	engine_trace_callback_end(ENGINE_TRACED(ch), cookie);
}

/* How many of the places from @p seq on can be looked at in one loop: fed, of the same lap, and
 * with cookies that only count up.
 */
static uint32_t
places_alike(const struct engine_chan *ch, uint64_t seq, uint32_t cookie)
{
	uint64_t nb = RTE_MIN(ch->fed - seq, UINT64_C(1) + INT_MAX - cookie);

	return RTE_MIN(nb, ch->mask + UINT64_C(1) - (seq & ch->mask));
}

/*
 * The common end: plain copies that went well, @p most of them, up to the first that is something
 * else. The same as complete_op() does for each, without the questions whose answers are known, and
 * without a line of the descriptor: it is in the client's cache, and two more lines to fetch and to
 * give back would be most of what a small copy costs.
 * @return how many; 0: the first is something else
 */
static uint32_t
complete_plains(struct engine_chan *ch, uint32_t most)
{
	const uint64_t first = atomic_load_explicit(&ch->done, memory_order_relaxed);
	uint32_t cookie = engine_cookie_near(ch, first);
	const uint32_t nb = RTE_MIN(most, places_alike(ch, first, cookie));
	const struct engine_entry *entry = &ch->ring[first & ch->mask];
	const struct engine_entry *end = entry + nb;
	uint64_t seq = first, word;

	for (; entry != end; entry++, seq++, cookie++) {
		word = atomic_load_explicit(&entry->word, memory_order_relaxed);
		if (unlikely(!(word & ENGINE_ENTRY_PLAIN) || terminated(ch, seq)))
			break;
		engine_count(&ch->stat_completed, 1);
		engine_count(&ch->stat_bytes, engine_entry_len(word));
		publish_end(ch, seq, cookie, ENGINE_RESULT_OK);
		if (likely(engine_entry_call(word) != ENGINE_CALL_NONE))
			call_plain(ch, engine_entry_call(word), entry->callback_param, cookie);
		engine_recycle_index(ch, engine_entry_index(word));
	}
	ch->ops_out -= seq - first;
	return seq - first;
}

/* Descriptors that need no device operation end as soon as they are the oldest. */
void
engine_complete_empty(struct engine_chan *ch)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed), word;
	struct engine_desc *desc;

	while (done < ch->fed) {
		if (engine_entry_at(ch, done, &word) == NULL || word & ENGINE_ENTRY_PLAIN)
			return;
		desc = engine_entry_desc(ch, word);
		if (!desc->fed ||
		    atomic_load_explicit(&desc->fed_ops, memory_order_relaxed) !=
		    atomic_load_explicit(&desc->done_ops, memory_order_relaxed))
			return;
		complete_desc(ch, desc);
		done++;
	}
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

bool
engine_collect(struct engine_chan *ch)
{
	bool error = false, did;
	uint32_t some, left;
	uint16_t n, last;

	n = rte_dma_completed(ch->dev->dev_id, ch->vchan, BURST, &last, &error);
	did = n != 0;
	left = n;
	if (n != 0)
		engine_callbacks_begin(ch);
	while (left != 0) {
		some = complete_plains(ch, left);
		left -= some;
		if (some == 0) {
			complete_op(ch, RTE_DMA_STATUS_SUCCESSFUL);
			left--;
		}
	}
	if (unlikely(error))
		did |= collect_errors(ch);
	return did;
}

/* Repeating descriptors: one callback for the periods that have gone by (B27). */
static bool
deliver_periods(struct engine_chan *ch, struct engine_desc *desc)
{
	uint64_t periods = ch->dev->backend->periods(ch);
	struct call call;

	/* What goes by after a terminate is nobody's. */
	if (periods == 0 || terminated(ch, desc->seq))
		return false;
	engine_count(&ch->stat_periods, periods);
	/* Of one that has failed there is one more callback, at its end, with the error. */
	engine_count(&ch->stat_coalesced, desc->failed ? periods : periods - 1);
	if (!desc->failed) {
		call = call_of(desc);
		run_callback(ch, &call, desc->tx.cookie);
	}
	return true;
}

bool
engine_run_periods(struct engine_chan *ch)
{
	uint64_t done = atomic_load_explicit(&ch->done, memory_order_relaxed), word;
	struct engine_desc *desc;

	if (done >= atomic_load_explicit(&ch->issued, memory_order_relaxed))
		return false;
	if (likely(engine_entry_at(ch, done, &word) == NULL || word & ENGINE_ENTRY_PLAIN))
		return false;
	desc = engine_entry_desc(ch, word);
	if (!engine_repeats(desc) ||
	    atomic_load_explicit(&desc->fed_ops, memory_order_relaxed) == 0)
		return false;
	return deliver_periods(ch, desc);
}

/* A terminated descriptor vanishes without a callback (B32): the device has let go of it. */
void
engine_drop(struct engine_chan *ch, uint64_t word, uint64_t seq)
{
	struct engine_desc *desc;
	dma_cookie_t cookie;
	bool reuse;

	engine_count(&ch->stat_terminated, 1);
	if (word & ENGINE_ENTRY_PLAIN) {
		publish_done(ch, seq, engine_cookie(seq), ENGINE_RESULT_ABORTED);
		engine_recycle_index(ch, engine_entry_index(word));
		return;
	}
	desc = engine_entry_desc(ch, word);
	reuse = desc->tx.flags & DMA_CTRL_REUSE;
	cookie = desc->tx.cookie;
	if (desc->tx.unmap != NULL)
		dma_descriptor_unmap(&desc->tx);
	if (reuse)
		give_to_client(desc);
	publish_done(ch, seq, cookie, ENGINE_RESULT_ABORTED);
	if (!reuse)
		engine_desc_recycle(ch, desc);
}
