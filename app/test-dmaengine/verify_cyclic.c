/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * verify: cyclic transfers from a source port, which are ended at any place. The source counts in
 * 64-bit integers from 0, so each word of the ring tells in which lap it was written.
 */

#include <errno.h>
#include <string.h>

#include "verify.h"

#include <dmaengine_compat.h>
#include <linux/dma-mapping.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include <rte_pmd_refdma.h>

#define WORD		8u	/* bytes */
#define LEAST_PERIODS	2u
#define MAX_PERIODS	8u
#define MAX_LAPS	3u

void
verify_cyclic_choose(struct verify_thread *thread)
{
	const struct trial_limits *limits = &thread->limits;
	struct trial *trial = &thread->trial;
	const uint32_t size = thread->work.size;
	uint32_t words = size / WORD, spare;

	if (limits->length != 0)
		words = limits->length / WORD;
	else if (!limits->whole)
		words = LEAST_PERIODS + rng_below(&thread->rng, words - LEAST_PERIODS + 1);
	thread->periods = LEAST_PERIODS + rng_below(&thread->rng, RTE_MIN(words, MAX_PERIODS) -
						    LEAST_PERIODS + 1);
	words = words / thread->periods * thread->periods;
	thread->laps_periods = 1 + rng_below(&thread->rng, MAX_LAPS * thread->periods);
	spare = limits->whole ? 0 : size / WORD - words;
	trial->nb_src = 0;
	trial->nb_dst = 1;
	trial->src[0] = (struct segment){ 0, 0 };
	trial->dst[0] = (struct segment){ rng_below(&thread->rng, spare + 1) * WORD,
					  words * WORD };
}

static int
start_port(const struct verify_thread *thread)
{
	const struct rte_pmd_refdma_port_conf conf = { .reset = true };

	return rte_pmd_refdma_port_set(thread->channel->device->id, thread->port->number, &conf);
}

static uint64_t
dst_address(const struct verify_thread *thread, uint64_t base)
{
	return base + (uint64_t)thread->trial.buffer * thread->work.stride +
		thread->trial.dst[0].offset;
}

/* Until so many periods are there. */
static bool
wait_on_dmadev(struct verify_thread *thread, uint64_t before)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	const struct verify_channel *channel = thread->channel;
	unsigned int polls = 0;
	uint64_t seen = 0;

	while (seen < thread->laps_periods && rte_rdtsc() < deadline) {
		seen = rte_pmd_refdma_periods(channel->device->id, channel->vchan) - before;
		verify_relax(&polls);
	}
	return seen >= thread->laps_periods;
}

/* End it, and take its status. */
static enum verify_failure
end_on_dmadev(struct verify_thread *thread)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	const struct verify_channel *channel = thread->channel;
	uint16_t nb = 0;

	thread->error = rte_pmd_refdma_abort(channel->device->id, channel->vchan);
	while (thread->error == 0 && nb == 0 && rte_rdtsc() < deadline)
		nb = rte_dma_completed_status(channel->device->id, channel->vchan, 1, NULL,
					      &thread->status);
	if (nb == 0) {
		thread->lost = true;
		return VERIFY_TIMEOUT;
	}
	return thread->status == RTE_DMA_STATUS_USER_ABORT ? VERIFY_PASSED : VERIFY_ERROR;
}

/* Nobody else uses the channel. */
static enum verify_failure
run_on_dmadev(struct verify_thread *thread)
{
	const struct verify_channel *channel = thread->channel;
	const struct trial *trial = &thread->trial;
	const struct rte_dma_sge sge = {
		.addr = dst_address(thread, thread->work.pools->dst.iova),
		.length = trial->dst[0].length,
	};
	const struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SLAVE_CYCLIC | RTE_PMD_REFDMA_SUBMIT,
		.width = WORD, .burst = 1, .port_addr = thread->port->addr,
		.sge = &sge, .nb_sge = 1, .period = sge.length / thread->periods,
	};
	uint64_t before = rte_pmd_refdma_periods(channel->device->id, channel->vchan);
	enum verify_failure failure;
	bool seen;
	int ret;

	ret = rte_pmd_refdma_slave(channel->device->id, channel->vchan, &xfer);
	if (ret < 0) {
		thread->error = ret;
		return VERIFY_NO_PREP;
	}
	seen = wait_on_dmadev(thread, before);
	failure = end_on_dmadev(thread);
	return failure == VERIFY_PASSED && !seen ? VERIFY_TIMEOUT : failure;
}

/* Runs on the tasklet. */
static void
period_elapsed(void *param)
{
	struct verify_thread *thread = param;

	atomic_fetch_add_explicit(&thread->elapsed, 1, memory_order_relaxed);
}

static int
configure(const struct verify_thread *thread)
{
	struct dma_slave_config config = {
		.src_addr = thread->port->addr,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_8_BYTES,
		.src_maxburst = 1,
	};

	return dmaengine_slave_config(thread->channel->engine->chan, &config);
}

/* Callbacks may stand for several periods each, and a client that polls gets none. */
static bool
wait_on_engine(struct verify_thread *thread, uint64_t before)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	const struct channel *channel = thread->channel->engine;
	struct dmaengine_compat_chan_stats stats;
	unsigned int polls = 0;
	bool called = false;

	do {
		if (channel->manual)
			dmaengine_compat_run(channel->dev_id);
		called = thread->verify->options->polled ||
			atomic_load_explicit(&thread->elapsed, memory_order_relaxed) > 0;
		if (dmaengine_compat_chan_stats(channel->chan, &stats) == 0 && called &&
		    stats.periods - before >= thread->laps_periods)
			return true;
		verify_relax(&polls);
	} while (rte_rdtsc() < deadline);
	return false;
}

static enum verify_failure
start_on_engine(struct verify_thread *thread, dma_addr_t dst)
{
	struct dma_chan *chan = thread->channel->engine->chan;
	const size_t length = thread->trial.dst[0].length;
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie;

	tx = dmaengine_prep_dma_cyclic(chan, dst, length, length / thread->periods,
				       DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	if (tx == NULL)
		return VERIFY_NO_PREP;
	if (!thread->verify->options->polled) {
		tx->callback = period_elapsed;
		tx->callback_param = thread;
	}
	atomic_store_explicit(&thread->elapsed, 0, memory_order_relaxed);
	cookie = dmaengine_submit(tx);
	thread->error = dma_submit_error(cookie);
	if (thread->error != 0)
		return VERIFY_NO_SUBMIT;
	dma_async_issue_pending(chan);
	return VERIFY_PASSED;
}

/* Nobody else uses the channel, which is ended. */
static enum verify_failure
run_on_engine(struct verify_thread *thread)
{
	struct dma_chan *chan = thread->channel->engine->chan;
	struct device *dev = dmaengine_get_dma_device(chan);
	struct dmaengine_compat_chan_stats before = { 0 };
	const struct trial *trial = &thread->trial;
	const uint32_t length = trial->dst[0].length;
	enum verify_failure failure;
	dma_addr_t dst;

	dst = dma_map_single(dev, trial_buffer(trial, &thread->work, &thread->work.pools->dst) +
			     trial->dst[0].offset, length, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, dst) != 0)
		return VERIFY_NO_DST_MAP;
	dmaengine_compat_chan_stats(chan, &before);
	failure = start_on_engine(thread, dst);
	if (failure == VERIFY_PASSED && !wait_on_engine(thread, before.periods))
		failure = VERIFY_TIMEOUT;
	/* Afterwards nothing writes to the buffer, and no callback runs. */
	if (dmaengine_terminate_sync(chan) < 0)
		thread->lost = true;
	dma_unmap_single(dev, dst, length, DMA_FROM_DEVICE);
	return failure;
}

enum verify_failure
verify_cyclic(struct verify_thread *thread)
{
	enum verify_failure failure;

	thread->error = start_port(thread);
	if (thread->error == 0 && thread->channel->engine != NULL)
		thread->error = configure(thread);
	if (thread->error != 0)
		return VERIFY_NO_PREP;
	if (thread->channel->engine == NULL)
		return run_on_dmadev(thread);
	failure = run_on_engine(thread);
	/* What other tests of the channel count on. */
	verify_ports_configure(thread->channel);
	return failure;
}

/*
 * Words of the ring, from its start: those of the last lap, then those of the lap before it; where
 * there is none, nothing has been written. One that is neither stays in the image as it should be.
 */
static void
expect_words(const struct verify_thread *thread, const uint8_t *seen, uint8_t *image)
{
	const struct segment *area = &thread->trial.dst[0];
	const uint32_t words = area->length / WORD;
	uint64_t word, last, lap;
	bool before = false;

	memcpy(&word, &seen[area->offset], sizeof(word));
	lap = rte_le_to_cpu_64(word) / words;
	/* A period has gone by, so the first word is there. */
	for (uint32_t i = 0; i < words; i++) {
		uint8_t *at = &image[area->offset + (uint64_t)i * WORD];

		memcpy(&word, &seen[area->offset + (uint64_t)i * WORD], sizeof(word));
		last = rte_cpu_to_le_64(lap * words + i);
		before |= word != last;
		if (before && lap == 0)
			continue;
		word = before ? rte_cpu_to_le_64((lap - 1) * words + i) : last;
		memcpy(at, &word, sizeof(word));
	}
}

/* Whether at least the periods that were counted have arrived. */
static bool
has_enough(const struct verify_thread *thread, const uint8_t *image)
{
	const struct segment *area = &thread->trial.dst[0];
	const uint64_t words = area->length / WORD;
	uint64_t most = 0, word;

	for (uint64_t i = 0; i < words; i++) {
		memcpy(&word, &image[area->offset + i * WORD], sizeof(word));
		word = rte_le_to_cpu_64(word);
		/* Not what was there before. */
		if (word % words == i && word / words <= UINT32_MAX)
			most = RTE_MAX(most, word + 1);
	}
	return most >= thread->laps_periods * words / thread->periods;
}

void
verify_cyclic_check(struct verify_thread *thread)
{
	const struct work *work = &thread->work;
	uint8_t *src_image = thread->images, *dst_image = thread->images + work->stride;
	const uint8_t *seen = trial_buffer(&thread->trial, work, &work->pools->dst);

	trial_images(&thread->trial, work, src_image, dst_image);
	expect_words(thread, seen, dst_image);
	trial_compare(&thread->trial, work, src_image, dst_image, &thread->mismatches);
	if (!has_enough(thread, dst_image))
		mismatch_add(&thread->mismatches, "destination, a period that was counted is "
			     "missing", thread->trial.dst[0].offset, 0, 0);
}
