/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The measured loops of a DMA Engine client. As a service: this lcore prepares, submits and issues
 * a burst while it fits, callbacks on the tasklet's lcore count completions, and with them their
 * buffers are free again. Run to completion: this lcore runs the tasklet, and each callback submits
 * the next operation.
 */

#include <errno.h>
#include <string.h>

#include "channel.h"

#include <dmaengine_compat.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include "stop.h"
#include "trial.h"

#define FLAGS		(DMA_PREP_INTERRUPT | DMA_CTRL_ACK)
/* Between operations whose latency is measured, for the channel to come to rest. */
#define REST_US		2
/* Between two looks at the count of completions, while there is no room for a burst. */
#define WAIT_PAUSES	16

typedef int (*start_t)(struct channel *channel, const struct work *work, uint32_t entry,
		       dma_async_tx_callback callback);

static __rte_always_inline int
submit(struct channel *channel, struct dma_async_tx_descriptor *tx, dma_async_tx_callback callback)
{
	if (unlikely(tx == NULL))
		return -ENOSPC;
	tx->callback = callback;
	tx->callback_param = channel;
	return dma_submit_error(dmaengine_submit(tx));
}

static __rte_always_inline int
start_copy(struct channel *channel, const struct work *work, uint32_t entry,
	   dma_async_tx_callback callback)
{
	const struct pair *pair = &work->iova[entry];

	return submit(channel, dmaengine_prep_dma_memcpy(channel->chan, pair->dst, pair->src,
							 work->size, FLAGS), callback);
}

static __rte_always_inline int
start_fill(struct channel *channel, const struct work *work, uint32_t entry,
	   dma_async_tx_callback callback)
{
	return submit(channel, dmaengine_prep_dma_memset(channel->chan, work->iova[entry].dst,
							 (int)(work->pattern & 0xff), work->size,
							 FLAGS), callback);
}

static __rte_always_inline void
advance(uint32_t *entry, uint32_t *done, uint32_t length, uint32_t total)
{
	*done += length;
	if (*done == total) {
		*done = 0;
		(*entry)++;
	}
}

/* A copy for each pair of pieces that overlap. Goes on where it ran out of descriptors. */
static __rte_always_inline struct dma_async_tx_descriptor *
next_piece(struct channel *channel, const struct rte_dma_sge *src, const struct rte_dma_sge *dst)
{
	const struct sg_place *at = &channel->place;
	uint32_t length = RTE_MIN(src[at->src].length - at->src_done,
				  dst[at->dst].length - at->dst_done);

	return dmaengine_prep_dma_memcpy(channel->chan, dst[at->dst].addr + at->dst_done,
					 src[at->src].addr + at->src_done, length, FLAGS);
}

static __rte_always_inline void
pass_piece(struct sg_place *at, const struct rte_dma_sge *src, const struct rte_dma_sge *dst)
{
	uint32_t length = RTE_MIN(src[at->src].length - at->src_done,
				  dst[at->dst].length - at->dst_done);
	uint32_t src_length = src[at->src].length, dst_length = dst[at->dst].length;

	advance(&at->src, &at->src_done, length, src_length);
	advance(&at->dst, &at->dst_done, length, dst_length);
}

/* All pieces of a list; the last one has the callback, or the callback with a result. */
static __rte_always_inline int
start_lists(struct channel *channel, const struct rte_dma_sge *src, const struct rte_dma_sge *dst,
	    uint16_t nb_dst, dma_async_tx_callback callback,
	    dma_async_tx_callback_result callback_result)
{
	struct sg_place *at = &channel->place;

	while (at->dst < nb_dst) {
		struct dma_async_tx_descriptor *tx = next_piece(channel, src, dst);
		int ret;

		if (unlikely(tx == NULL))
			return -ENOSPC;
		pass_piece(at, src, dst);
		if (at->dst == nb_dst)
			tx->callback_result = callback_result;
		ret = submit(channel, tx, at->dst == nb_dst ? callback : NULL);
		if (unlikely(ret < 0))
			return ret;
	}
	*at = (struct sg_place){ 0 };
	return 0;
}

static __rte_always_inline int
start_sg(struct channel *channel, const struct work *work, uint32_t entry,
	 dma_async_tx_callback callback)
{
	return start_lists(channel, &work->src_sge[(size_t)entry * work->nb_src],
			   &work->dst_sge[(size_t)entry * work->nb_dst], work->nb_dst, callback,
			   NULL);
}

/* A template with room for its chunk. */
union frame {
	struct dma_interleaved_template xt;
	uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
};

static __rte_always_inline int
start_interleaved(struct channel *channel, const struct work *work, uint32_t entry,
		  dma_async_tx_callback callback)
{
	union frame frame;

	frame.xt = (struct dma_interleaved_template){
		.src_start = work->iova[entry].src, .dst_start = work->iova[entry].dst,
		.dir = DMA_MEM_TO_MEM, .src_inc = true, .dst_inc = true,
		.src_sgl = true, .dst_sgl = true, .numf = work->chunks, .frame_size = 1,
	};
	frame.xt.sgl[0] = (struct data_chunk){
		.size = work->chunk, .src_icg = work->src_gap, .dst_icg = work->dst_gap,
	};
	return submit(channel, dmaengine_prep_interleaved_dma(channel->chan, &frame.xt, FLAGS),
		      callback);
}

/* Start up to a burst, and issue it. Returns how many. */
static __rte_always_inline uint32_t
start_burst(struct run *run, struct channel *channel, const struct work *work, uint32_t burst,
	    uint32_t *next, start_t start)
{
	uint32_t count;
	int ret = 0;

	for (count = 0; count < burst; count++) {
		ret = start(channel, work, *next, channel_count);
		if (unlikely(ret < 0))
			break;
		if (unlikely(++*next == work->entries))
			*next = 0;
	}
	if (unlikely(ret < 0 && ret != -ENOSPC))
		run->error = ret;
	dma_async_issue_pending(channel->chan);
	return count;
}

/* The tasklet has more than a burst to do. Each look at the count takes its line away from the core
 * that is to raise it, so a client that waits looks seldom.
 */
static __rte_always_inline void
wait_for_room(void)
{
	for (unsigned int i = 0; i < WAIT_PAUSES; i++)
		rte_pause();
}

static __rte_always_inline void
run_with_service(struct run *run, start_t start)
{
	/* A copy that no called function can reach. */
	const struct work work = *run->work;
	struct channel *channel = run->channel;
	const uint32_t checks = run_bursts_a_check(run), burst = run->burst;
	const uint32_t room = channel->depth - burst;
	const uint64_t begin = rte_rdtsc_precise(), deadline = begin + run->duration;
	uint64_t started = 0, completed = 0;
	uint32_t next = run->next;

	channel_prepare_glance(channel, room);
	do {
		for (uint32_t i = checks; i > 0 && likely(run->error == 0); i--) {
			/* The count is on a line of the tasklet's core: only when it matters. */
			if (started - completed > room)
				completed += channel_glance(channel);
			if (likely(started - completed <= room))
				started += start_burst(run, channel, &work, burst, &next, start);
			else
				wait_for_room();
		}
	} while (rte_rdtsc() < deadline && run->error == 0 && started < run->limit &&
		 !stop_requested());
	completed += channel_drain(run, started - completed);
	run->cycles = rte_rdtsc_precise() - begin;
	run->operations = completed;
	run->started += started;
	run->next = next;
}

/* Start the next operation of the lap, or remember that it is still to be started. */
static __rte_always_inline void
start_next(struct channel *channel, start_t start, dma_async_tx_callback callback)
{
	struct lap *lap = &channel->lap;
	int ret = start(channel, &lap->work, lap->next, callback);

	if (unlikely(ret < 0)) {
		lap->owed++;
		if (ret != -ENOSPC)
			lap->error = ret;
		return;
	}
	lap->started++;
	if (unlikely(++lap->next == lap->work.entries))
		lap->next = 0;
}

static __rte_always_inline void
start_owed(struct lap *lap, struct channel *channel, start_t start, dma_async_tx_callback callback)
{
	uint32_t owed = lap->owed;

	lap->owed = 0;
	while (owed > 0 && lap->owed == 0) {
		owed--;
		start_next(channel, start, callback);
	}
	lap->owed += owed;
}

static __rte_always_inline void
run_manual(struct run *run, start_t start, dma_async_tx_callback callback)
{
	struct channel *channel = run->channel;
	struct lap *lap = &channel->lap;
	const uint32_t checks = run_bursts_a_check(run);
	const uint64_t begin = rte_rdtsc_precise(), deadline = begin + run->duration;
	uint64_t completed = 0, issued = 0, now, moved = begin;

	*lap = (struct lap){ .work = *run->work, .next = run->next, .owed = channel->depth };
	do {
		now = rte_rdtsc();
		for (uint32_t i = checks; i > 0; i--) {
			uint64_t count;

			if (unlikely(lap->owed > 0))
				start_owed(lap, channel, start, callback);
			if (likely(lap->started != issued)) {
				issued = lap->started;
				dma_async_issue_pending(channel->chan);
			}
			count = channel_poll(channel);
			completed += count;
			if (likely(count > 0))
				moved = now;
		}
	} while (now < deadline && now - moved < run->timeout && lap->error == 0 &&
		 lap->started < run->limit && !stop_requested());
	lap->stopping = true;
	dma_async_issue_pending(channel->chan);
	completed += channel_drain(run, lap->started - completed);
	run->cycles = rte_rdtsc_precise() - begin;
	run->operations = completed;
	run->started += lap->started;
	run->next = lap->next;
	run->error = lap->error;
}

/* The callbacks of run to completion, one for each kind of operation. */
static __rte_always_inline void
go_on(struct channel *channel, start_t start, dma_async_tx_callback callback)
{
	channel_count(channel);
	if (likely(!channel->lap.stopping))
		start_next(channel, start, callback);
}

static void
copy_again(void *param)
{
	go_on(param, start_copy, copy_again);
}

static void
fill_again(void *param)
{
	go_on(param, start_fill, fill_again);
}

static void
sg_again(void *param)
{
	go_on(param, start_sg, sg_again);
}

static void
interleaved_again(void *param)
{
	go_on(param, start_interleaved, interleaved_again);
}

static void
run_channel_copy(struct run *run)
{
	if (run->channel->manual)
		run_manual(run, start_copy, copy_again);
	else
		run_with_service(run, start_copy);
}

static void
run_channel_fill(struct run *run)
{
	if (run->channel->manual)
		run_manual(run, start_fill, fill_again);
	else
		run_with_service(run, start_fill);
}

static void
run_channel_sg(struct run *run)
{
	if (run->channel->manual)
		run_manual(run, start_sg, sg_again);
	else
		run_with_service(run, start_sg);
}

static void
run_channel_interleaved(struct run *run)
{
	if (run->channel->manual)
		run_manual(run, start_interleaved, interleaved_again);
	else
		run_with_service(run, start_interleaved);
}

/* Callback of operations under verification. */
static void
tried(void *param, const struct dmaengine_result *result)
{
	struct channel *channel = param;

	if (result->result != DMA_TRANS_NOERROR &&
	    atomic_load_explicit(&channel->result, memory_order_relaxed) == DMA_TRANS_NOERROR)
		atomic_store_explicit(&channel->result, result->result, memory_order_relaxed);
	channel_count(channel);
}

static int
submit_trial(struct channel *channel, struct dma_async_tx_descriptor *tx)
{
	if (tx != NULL)
		tx->callback_result = tried;
	return submit(channel, tx, NULL);
}

static int
try_copy(struct channel *channel, const struct trial *trial)
{
	return submit_trial(channel, dmaengine_prep_dma_memcpy(channel->chan,
			trial->dst_sge[0].addr, trial->src_sge[0].addr,
			trial->dst_sge[0].length, FLAGS));
}

static int
try_fill(struct channel *channel, const struct trial *trial)
{
	return submit_trial(channel, dmaengine_prep_dma_memset(channel->chan,
			trial->dst_sge[0].addr, (int)(trial->pattern & 0xff),
			trial->dst_sge[0].length, FLAGS));
}

static int
try_sg(struct channel *channel, const struct trial *trial)
{
	return start_lists(channel, trial->src_sge, trial->dst_sge, trial->nb_dst, NULL, tried);
}

/* Callback of operations whose latency is measured. */
static void
take_time(void *param)
{
	struct channel *channel = param;

	atomic_store_explicit(&channel->stamp, rte_rdtsc(), memory_order_relaxed);
	channel_count(channel);
}

/* One operation on an idle channel. Returns the cycles from before prepare to the callback. */
static uint64_t
time_one(struct run *run, const struct channel_operation *operation)
{
	struct channel *channel = run->channel;
	uint64_t begin;
	int ret;

	rte_delay_us_block(REST_US);
	while (channel->manual && dmaengine_compat_run(channel->dev_id) > 0)
		;
	begin = rte_rdtsc_precise();
	ret = operation->start(channel, run->work, run->next, take_time);
	if (ret < 0) {
		run->error = ret;
		return 0;
	}
	dma_async_issue_pending(channel->chan);
	channel_drain(run, 1);
	return atomic_load_explicit(&channel->stamp, memory_order_relaxed) - begin;
}

void
channel_latency(struct run *run, const struct channel_operation *operation,
		struct histogram *histogram)
{
	const uint64_t deadline = rte_rdtsc() + run->duration;

	while (histogram->samples < run->limit && rte_rdtsc() < deadline && !stop_requested()) {
		uint64_t cycles = time_one(run, operation);

		if (run->error != 0 || run->errors > 0 || run->timed_out)
			break;
		/* Clocks of two cores may disagree by a little. */
		histogram_add(histogram, (uint64_t)RTE_MAX((int64_t)cycles, INT64_C(0)));
		run->started++;
		if (++run->next == run->work->entries)
			run->next = 0;
	}
	run->next = 0;
}

const struct channel_operation channel_copy = {
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_channel_copy,
	.start = start_copy,
	.try_one = try_copy,
};

const struct channel_operation channel_fill = {
	.capability = RTE_DMA_CAPA_OPS_FILL,
	.run = run_channel_fill,
	.start = start_fill,
	.try_one = try_fill,
};

/* The API has no scatter-gather from memory to memory. */
const struct channel_operation channel_sg = {
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_channel_sg,
	.start = start_sg,
	.try_one = try_sg,
};

const struct channel_operation channel_interleaved = {
	.capability = RTE_DMA_CAPA_OPS_COPY,
	.run = run_channel_interleaved,
	.start = start_interleaved,
};
