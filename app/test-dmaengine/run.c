/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The measured loops. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include <rte_pmd_refdma.h>

#include "channel.h"
#include "device.h"
#include "run.h"
#include "stop.h"

/* The clock is read about every so many bytes, and at least every so many bursts. */
#define BYTES_A_CHECK	(256 << 10)
#define BURSTS_A_CHECK	64

/* How far a loop is in its work; registers, where the compiler can. */
struct cursor {
	uint32_t next;
	uint32_t end;
};

uint32_t
run_bursts_a_check(const struct run *run)
{
	uint64_t bursts = BYTES_A_CHECK / ((uint64_t)run->work->size * run->burst);

	return (uint32_t)RTE_MIN(RTE_MAX(bursts, UINT64_C(1)), (uint64_t)BURSTS_A_CHECK);
}

void
run_init(struct run *run, const struct work *work, int16_t dev_id, uint16_t burst,
	 const struct options *options)
{
	memset(run, 0, sizeof(*run));
	run->work = work;
	run->dev_id = dev_id;
	run->burst = burst;
	run->ring = (uint16_t)options->ring;
	run->timeout = options->timeout_ms * (rte_get_tsc_hz() / 1000);
	run->limit = options->operations != 0 ? options->operations : UINT64_MAX;
	run->end = burst;
	run->parts = 1;
}

/* The next burst begins where this one ended, or at the front: the lap is whole bursts. */
static __rte_always_inline void
next_burst(struct cursor *cursor, const struct work *work, uint32_t burst)
{
	if (unlikely(cursor->next == work->entries))
		cursor->next = 0;
	cursor->end = cursor->next + burst;
}

/*
 * Enqueue what is left of the current burst, and submit. A full ring ends it early: operations
 * may take more room than one descriptor. Returns how many were enqueued.
 */
static __rte_always_inline uint32_t
enqueue_burst(struct run *run, const struct work *work, int16_t dev_id, uint16_t vchan,
	      uint16_t burst, struct cursor *cursor, run_enqueue_t enqueue)
{
	uint32_t first = cursor->next, count;
	int ret = 0;

	while (cursor->next != cursor->end) {
		ret = enqueue(work, dev_id, vchan, cursor->next);
		if (unlikely(ret < 0))
			break;
		cursor->next++;
	}
	if (unlikely(ret < 0 && ret != -ENOSPC))
		run->error = ret;
	count = cursor->next - first;
	if (likely(cursor->next == cursor->end))
		next_burst(cursor, work, burst);
	ret = rte_dma_submit(dev_id, vchan);
	if (unlikely(ret < 0))
		run->error = ret;
	return count;
}

uint16_t
run_take_failed(struct run *run)
{
	enum rte_dma_status_code status[64];
	uint16_t count;

	count = rte_dma_completed_status(run->dev_id, run->vchan, RTE_DIM(status), NULL, status);
	for (uint16_t i = 0; i < count; i++) {
		if (status[i] == RTE_DMA_STATUS_SUCCESSFUL)
			continue;
		if (run->errors++ == 0)
			run->status = status[i];
	}
	return count;
}

/* Give the device up, and see whether it says why. */
static void
note_timeout(struct run *run)
{
	enum rte_dma_vchan_status status;

	run->timed_out = true;
	run->halted = rte_dma_vchan_status(run->dev_id, run->vchan, &status) == 0 &&
		status == RTE_DMA_VCHAN_HALTED_ERROR;
}

void
run_submit(struct run *run)
{
	int ret;

	if (run->channel != NULL) {
		dma_async_issue_pending(run->channel->chan);
		return;
	}
	ret = rte_dma_submit(run->dev_id, run->vchan);
	if (ret < 0 && run->error == 0)
		run->error = ret;
}

uint64_t
run_drain(struct run *run, uint64_t outstanding)
{
	uint64_t last = rte_rdtsc(), done = 0;

	if (run->channel != NULL)
		return channel_drain(run, outstanding);
	while (done < outstanding) {
		bool has_error = false;
		uint16_t count = rte_dma_completed(run->dev_id, run->vchan, run->ring, NULL,
						   &has_error);

		if (unlikely(has_error))
			count += run_take_failed(run);
		done += count;
		if (count > 0) {
			last = rte_rdtsc();
		} else if (rte_rdtsc() - last > run->timeout) {
			note_timeout(run);
			break;
		}
	}
	return done;
}

/* The loop of all devices; enqueue is known when it is compiled. */
static __rte_always_inline void
run_device(struct run *run, run_enqueue_t enqueue)
{
	/* Copies that no called function can reach: they stay in registers. */
	const struct work work = *run->work;
	struct cursor cursor = { run->next, run->end };
	const uint32_t checks = run_bursts_a_check(run);
	const int16_t dev_id = run->dev_id;
	const uint16_t vchan = run->vchan, burst = run->burst, ring = run->ring;
	const uint64_t start = rte_rdtsc_precise(), deadline = start + run->duration;
	const uint64_t limit = run->limit;
	uint64_t started = 0, completed = 0;
	bool has_error = false;

	do {
		for (uint32_t i = checks; i > 0; i--) {
			if (likely(rte_dma_burst_capacity(dev_id, vchan) >= burst))
				started += enqueue_burst(run, &work, dev_id, vchan, burst,
							 &cursor, enqueue);
			completed += rte_dma_completed(dev_id, vchan, ring, NULL, &has_error);
			if (unlikely(has_error || run->error != 0))
				goto drain;
		}
	} while (rte_rdtsc() < deadline && started < limit && !stop_requested());
drain:
	completed += run_drain(run, started - completed);
	run->cycles = rte_rdtsc_precise() - start;
	run->operations = completed;
	run->started += started;
	run->next = cursor.next;
	run->end = cursor.end;
}

static __rte_always_inline int
inline_copy(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	const struct pair *pair = &work->iova[entry];

	return rte_dma_copy(dev_id, vchan, pair->src, pair->dst, work->size, 0);
}

static __rte_always_inline int
inline_fill(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return rte_dma_fill(dev_id, vchan, work->pattern, work->iova[entry].dst, work->size, 0);
}

static __rte_always_inline int
inline_sg(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return rte_dma_copy_sg(dev_id, vchan, &work->src_sge[(size_t)entry * work->nb_src],
			       &work->dst_sge[(size_t)entry * work->nb_dst], work->nb_src,
			       work->nb_dst, 0);
}

static __rte_always_inline int
inline_interleaved(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	const struct rte_pmd_refdma_chunk chunk = {
		.size = work->chunk, .src_gap = work->src_gap, .dst_gap = work->dst_gap,
	};
	const struct rte_pmd_refdma_interleaved xfer = {
		.frames = work->chunks, .src = work->iova[entry].src,
		.dst = work->iova[entry].dst, .src_inc = true, .dst_inc = true,
		.nb_chunks = 1, .chunks = &chunk,
	};

	return rte_pmd_refdma_interleaved(dev_id, vchan, &xfer);
}

void
run_copy(struct run *run)
{
	run_device(run, inline_copy);
}

void
run_fill(struct run *run)
{
	run_device(run, inline_fill);
}

void
run_sg(struct run *run)
{
	run_device(run, inline_sg);
}

void
run_interleaved(struct run *run)
{
	run_device(run, inline_interleaved);
}

/* Chunk number n of all entries; each is a copy. */
static __rte_always_inline int
inline_chunk(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t n)
{
	const struct pair *pair = &work->iova[n / work->chunks];
	const uint64_t chunk = n % work->chunks;

	return rte_dma_copy(dev_id, vchan, pair->src + chunk * (work->chunk + work->src_gap),
			    pair->dst + chunk * (work->chunk + work->dst_gap), work->chunk, 0);
}

/* Entries of a burst whose chunks fit into the ring; they divide the burst, and so the lap. */
static uint16_t
burst_of_chunks(const struct run *run)
{
	uint32_t entries = run->burst;

	while (entries > 1 && (run->burst % entries != 0 ||
			       (uint64_t)entries * run->work->chunks >= run->ring))
		entries--;
	return (uint16_t)entries;
}

void
run_chunks(struct run *run)
{
	const uint32_t chunks = run->work->chunks, burst = burst_of_chunks(run) * chunks;
	struct work work = *run->work;
	struct run all = *run;

	/* A lap of chunks. Each burst is whole entries: nothing is left half done. */
	work.entries *= chunks;
	all.work = &work;
	all.burst = (uint16_t)burst;
	all.limit = run->limit > UINT64_MAX / chunks ? UINT64_MAX : run->limit * chunks;
	all.next = run->next * chunks;
	all.end = all.next + burst;
	all.started = 0;
	run_device(&all, inline_chunk);
	all.work = run->work;
	all.burst = run->burst;
	all.limit = run->limit;
	all.operations /= chunks;
	all.next /= chunks;
	all.end = all.next + run->burst;
	all.started = run->started + all.started / chunks;
	*run = all;
}

int
enqueue_chunks(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	int ret = 0;

	for (uint32_t i = 0; i < work->chunks && ret >= 0; i++)
		ret = inline_chunk(work, dev_id, vchan, entry * work->chunks + i);
	return ret;
}

int
enqueue_copy(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return inline_copy(work, dev_id, vchan, entry);
}

int
enqueue_fill(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return inline_fill(work, dev_id, vchan, entry);
}

int
enqueue_sg(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return inline_sg(work, dev_id, vchan, entry);
}

int
enqueue_interleaved(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry)
{
	return inline_interleaved(work, dev_id, vchan, entry);
}

void
run_latency(struct run *run, run_enqueue_t enqueue, struct histogram *histogram)
{
	const uint64_t deadline = rte_rdtsc() + run->duration;

	while (histogram->samples < run->limit && rte_rdtsc() < deadline && !stop_requested()) {
		uint64_t start = rte_rdtsc_precise();
		int ret = enqueue(run->work, run->dev_id, run->vchan, run->next);

		if (ret >= 0)
			ret = rte_dma_submit(run->dev_id, run->vchan);
		if (ret < 0) {
			run->error = ret;
			break;
		}
		run_drain(run, run->parts);
		if (run->timed_out || run->errors > 0)
			break;
		histogram_add(histogram, rte_rdtsc_precise() - start);
		run->started++;
		if (++run->next == run->work->entries)
			run->next = 0;
	}
	/* Later runs go on with whole bursts from the front. */
	run->next = 0;
	run->end = run->burst;
}

static const char *
first_failure(const struct run *run)
{
	if (run->channel == NULL)
		return dma_status_text(run->status);
	return channel_result_text((enum dmaengine_tx_result)run->channel->result);
}

bool
run_failed(const struct run *run, char *text, size_t size)
{
	if (run->error != 0)
		snprintf(text, size, "an operation was refused: %s", strerror(-run->error));
	else if (run->errors > 0)
		snprintf(text, size, "%" PRIu64 " operations failed, the first with: %s",
			 run->errors, first_failure(run));
	else if (run->timed_out)
		snprintf(text, size, "no completion within the timeout%s",
			 run->halted ? ": the channel has halted at an error" : "");
	else
		return false;
	return true;
}
