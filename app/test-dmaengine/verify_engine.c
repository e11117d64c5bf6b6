/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* verify as a client of the DMA Engine API: map, prepare, submit, issue, wait, unmap. */

#include <string.h>

#include "verify_fault.h"

#include <dmaengine_compat.h>
#include <linux/dma-mapping.h>

#include <rte_cycles.h>

#define FLAGS	(DMA_PREP_INTERRUPT | DMA_CTRL_ACK)

/* Runs on the tasklet. */
static void
transferred(void *param, const struct dmaengine_result *result)
{
	struct verify_thread *thread = param;

	thread->result = result->result;
	/* Release: with it come the result and the data. */
	atomic_store_explicit(&thread->done, true, memory_order_release);
}

/* Map both buffers whole, as the stray write that is looked for may be anywhere. */
static enum verify_failure
map(struct verify_thread *thread, struct dmaengine_unmap_data *unmap)
{
	const struct work *work = &thread->work;
	struct device *dev = dmaengine_get_dma_device(thread->channel->engine->chan);

	unmap->len = work->size;
	unmap->addr[0] = fault_map(thread, FAULT_MAP_SRC,
				   trial_buffer(&thread->trial, work, &work->pools->src),
				   DMA_TO_DEVICE);
	if (dma_mapping_error(dev, unmap->addr[0]) != 0)
		return VERIFY_NO_SRC_MAP;
	unmap->to_cnt = 1;
	unmap->addr[1] = fault_map(thread, FAULT_MAP_DST,
				   trial_buffer(&thread->trial, work, &work->pools->dst),
				   DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, unmap->addr[1]) != 0)
		return VERIFY_NO_DST_MAP;
	unmap->bidi_cnt = 1;
	return VERIFY_PASSED;
}

/* A template with room for its chunk. */
union frame {
	struct dma_interleaved_template xt;
	uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
};

static struct dma_async_tx_descriptor *
prepare_frames(const struct verify_thread *thread, dma_addr_t dst, dma_addr_t src)
{
	const struct trial *trial = &thread->trial;
	union frame frame;

	frame.xt = (struct dma_interleaved_template){
		.src_start = src, .dst_start = dst, .dir = DMA_MEM_TO_MEM,
		.src_inc = true, .dst_inc = true, .src_sgl = true, .dst_sgl = true,
		.numf = trial->nb_src, .frame_size = 1,
	};
	frame.xt.sgl[0] = (struct data_chunk){
		.size = trial->src[0].length, .src_icg = trial->src_gap,
		.dst_icg = trial->dst_gap,
	};
	return dmaengine_prep_interleaved_dma(thread->channel->engine->chan, &frame.xt, FLAGS);
}

/* To the port, which is submitted, and back from there. */
static struct dma_async_tx_descriptor *
prepare_slave(struct verify_thread *thread, dma_addr_t dst, dma_addr_t src)
{
	struct dma_chan *chan = thread->channel->engine->chan;
	const size_t length = thread->trial.dst[0].length;
	struct dma_async_tx_descriptor *to, *from;

	to = dmaengine_prep_slave_single(chan, src, length, DMA_MEM_TO_DEV, DMA_CTRL_ACK);
	if (to == NULL)
		return NULL;
	thread->first = dmaengine_submit(to);
	from = dmaengine_prep_slave_single(chan, dst, length, DMA_DEV_TO_MEM, FLAGS);
	return dma_submit_error(thread->first) == 0 ? from : NULL;
}

static struct dma_async_tx_descriptor *
prepare(struct verify_thread *thread, const struct dmaengine_unmap_data *unmap)
{
	const struct trial *trial = &thread->trial;
	struct dma_chan *chan = thread->channel->engine->chan;
	dma_addr_t src = unmap->addr[0] + trial->src[0].offset;
	dma_addr_t dst = unmap->addr[1] + trial->dst[0].offset;

	switch (thread->kind) {
	case VERIFY_MEMSET:
		return dmaengine_prep_dma_memset(chan, dst, (int)(trial->pattern & 0xff),
						 trial->dst[0].length, FLAGS);
	case VERIFY_INTERLEAVED:
		return prepare_frames(thread, dst, src);
	case VERIFY_SLAVE:
		return prepare_slave(thread, dst, src);
	default:
		return dmaengine_prep_dma_memcpy(chan, dst, src, trial->dst[0].length, FLAGS);
	}
}

/* Whether it has ended, as far as the client is told. */
static bool
has_ended(struct verify_thread *thread, dma_cookie_t cookie)
{
	if (!thread->verify->options->polled && thread->fault != FAULT_BUSY)
		return atomic_load_explicit(&thread->done, memory_order_acquire);
	return dma_async_is_tx_complete(thread->channel->engine->chan, cookie, NULL, NULL) !=
		DMA_IN_PROGRESS;
}

/* Call it off: afterwards its memory is this thread's again, unless the engine does not answer. */
static enum verify_failure
give_up(struct verify_thread *thread, enum verify_failure failure)
{
	if (dmaengine_terminate_sync(thread->channel->engine->chan) < 0)
		thread->lost = true;
	return failure;
}

/* Of a slave transfer, the way to the port. */
static bool
has_failed_before(const struct verify_thread *thread)
{
	return thread->kind == VERIFY_SLAVE &&
		dma_async_is_tx_complete(thread->channel->engine->chan, thread->first, NULL,
					 NULL) == DMA_ERROR;
}

static enum verify_failure
wait_for(struct verify_thread *thread, dma_cookie_t cookie)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	const struct channel *channel = thread->channel->engine;
	unsigned int polls = 0;

	while (!has_ended(thread, cookie)) {
		if (rte_rdtsc() > deadline)
			return give_up(thread, VERIFY_TIMEOUT);
		if (channel->manual)
			dmaengine_compat_run(channel->dev_id);
		verify_relax(&polls);
	}
	switch (dma_async_is_tx_complete(channel->chan, cookie, NULL, NULL)) {
	case DMA_COMPLETE:
	case DMA_OUT_OF_ORDER:
		return has_failed_before(thread) ? VERIFY_ERROR : VERIFY_PASSED;
	case DMA_ERROR:
		return VERIFY_ERROR;
	default:
		return give_up(thread, VERIFY_BUSY);
	}
}

static enum verify_failure
transfer(struct verify_thread *thread, struct dmaengine_unmap_data *unmap)
{
	struct dma_async_tx_descriptor *tx;
	enum verify_failure failure;
	struct fault_held held;
	dma_cookie_t cookie;
	int ret = 0;

	fault_hold(thread, &held, unmap->addr[1], unmap->addr[0]);
	tx = prepare(thread, unmap);
	fault_let_go(thread, &held);
	if (tx == NULL)
		return VERIFY_NO_PREP;
	dma_set_unmap(tx, unmap);
	if (!thread->verify->options->polled) {
		tx->callback_result = transferred;
		tx->callback_param = thread;
	}
	if (thread->fault == FAULT_BUSY)
		ret = dmaengine_pause(thread->channel->engine->chan);
	cookie = dmaengine_submit(tx);
	/* It is under way: nobody may submit it again. */
	if (thread->fault == FAULT_SUBMIT && dma_submit_error(cookie) == 0)
		ret = dmaengine_submit(tx);
	thread->error = dma_submit_error(cookie) != 0 ? cookie : ret;
	if (dma_submit_error(cookie) != 0)
		return VERIFY_NO_SUBMIT;
	dma_async_issue_pending(thread->channel->engine->chan);
	failure = wait_for(thread, cookie);
	return failure == VERIFY_PASSED && ret < 0 ? VERIFY_NO_SUBMIT : failure;
}

enum verify_failure
verify_on_engine(struct verify_thread *thread)
{
	struct device *dev = dmaengine_get_dma_device(thread->channel->engine->chan);
	struct dmaengine_unmap_data *unmap = dmaengine_get_unmap_data(dev, fault_mappings(thread),
								      GFP_KERNEL);
	enum verify_failure failure;

	if (unmap == NULL)
		return VERIFY_NO_UNMAP;
	thread->result = DMA_TRANS_NOERROR;
	atomic_store_explicit(&thread->done, false, memory_order_relaxed);
	failure = map(thread, unmap);
	if (failure == VERIFY_PASSED)
		failure = transfer(thread, unmap);
	dmaengine_unmap_put(unmap);
	return failure;
}
