/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * verify through the dmadev API. Whoever polls takes the completions of all threads of the channel,
 * and tells each of them.
 */

#include <errno.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>

#include <rte_pmd_refdma.h>

#include "verify_fault.h"

#define MAX_STATUS	32

void
verify_take_completions(struct verify_channel *channel)
{
	enum rte_dma_status_code status[MAX_STATUS];
	uint16_t nb = rte_dma_completed_status(channel->device->id, channel->vchan, MAX_STATUS,
					       NULL, status);

	for (uint16_t i = 0; i < nb; i++) {
		struct verify_thread *owner =
			channel->owners[channel->completed++ % VERIFY_OWNERS];

		if (owner->status == RTE_DMA_STATUS_SUCCESSFUL)
			owner->status = status[i];
		/* Release: with it come the status and the data. */
		if (owner->pending > 0 && --owner->pending == 0)
			atomic_store_explicit(&owner->done, true, memory_order_release);
	}
}

/* Operations of a test: dmadevs have no interleaved ones, so there each chunk is a copy. */
static unsigned int
count_parts(const struct verify_thread *thread)
{
	if (thread->kind == VERIFY_SLAVE)
		return 2;
	if (thread->kind == VERIFY_INTERLEAVED && !thread->channel->device->refdma)
		return thread->trial.nb_dst;
	return 1;
}

static int
enqueue_frames(const struct verify_thread *thread)
{
	const struct trial *trial = &thread->trial;
	const struct rte_pmd_refdma_chunk chunk = {
		.size = trial->src[0].length, .src_gap = trial->src_gap,
		.dst_gap = trial->dst_gap,
	};
	const struct rte_pmd_refdma_interleaved xfer = {
		.frames = trial->nb_src, .src = trial->src_sge[0].addr,
		.dst = trial->dst_sge[0].addr, .src_inc = true, .dst_inc = true,
		.nb_chunks = 1, .chunks = &chunk,
	};

	return rte_pmd_refdma_interleaved(thread->channel->device->id, thread->channel->vchan,
					  &xfer);
}

/* To the port, or back from there. */
static int
enqueue_slave(const struct verify_thread *thread, bool to)
{
	const struct trial *trial = &thread->trial;
	const struct rte_pmd_refdma_slave xfer = {
		.flags = to ? RTE_PMD_REFDMA_SLAVE_TO_PORT : 0, .width = 1, .burst = VERIFY_BURST,
		.port_addr = thread->port->addr,
		.sge = to ? trial->src_sge : trial->dst_sge, .nb_sge = 1,
	};

	return rte_pmd_refdma_slave(thread->channel->device->id, thread->channel->vchan, &xfer);
}

static int
enqueue_part(struct verify_thread *thread, unsigned int part)
{
	const struct verify_channel *channel = thread->channel;
	struct trial *trial = &thread->trial;

	if (thread->kind == VERIFY_SLAVE)
		return enqueue_slave(thread, part == 0);
	if (thread->kind != VERIFY_INTERLEAVED)
		return thread->operation->try_one(channel->device->id, channel->vchan, trial);
	if (channel->device->refdma)
		return enqueue_frames(thread);
	return rte_dma_copy(channel->device->id, channel->vchan, trial->src_sge[part].addr,
			    trial->dst_sge[part].addr, trial->dst_sge[part].length, 0);
}

/* Enqueue all parts from *part on, and submit; the lock is held. */
static enum verify_failure
start_locked(struct verify_thread *thread, unsigned int *part, int *ret)
{
	struct verify_channel *channel = thread->channel;
	enum verify_failure failure = VERIFY_PASSED;

	fault_fill_ring(thread);
	for (; *part < count_parts(thread); (*part)++) {
		*ret = enqueue_part(thread, *part);
		if (*ret < 0) {
			failure = VERIFY_NO_PREP;
			break;
		}
		channel->owners[channel->enqueued++ % VERIFY_OWNERS] = thread;
	}
	/* What fills the ring is to be done; but see fault_fill_ring(). */
	if (failure == VERIFY_NO_PREP && *part == 0)
		return failure;
	fault_remove(thread);
	if (rte_dma_submit(channel->device->id, channel->vchan) < 0) {
		*ret = -EIO;
		return VERIFY_NO_SUBMIT;
	}
	return failure;
}

enum verify_failure
verify_on_dmadev(struct verify_thread *thread)
{
	struct verify_channel *channel = thread->channel;
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	enum verify_failure failure;
	unsigned int polls = 0, part = 0;
	int ret = 0;

	atomic_store_explicit(&thread->done, false, memory_order_relaxed);
	thread->pending = count_parts(thread);
	thread->status = RTE_DMA_STATUS_SUCCESSFUL;
	/* The ring may be full of what other threads have under way. */
	do {
		pthread_mutex_lock(&channel->lock);
		verify_take_completions(channel);
		failure = start_locked(thread, &part, &ret);
		pthread_mutex_unlock(&channel->lock);
	} while (failure == VERIFY_NO_PREP && ret == -ENOSPC && rte_rdtsc() < deadline);
	if (failure == VERIFY_NO_PREP) {
		pthread_mutex_lock(&channel->lock);
		fault_empty_ring(thread);
		pthread_mutex_unlock(&channel->lock);
	}
	if (failure != VERIFY_PASSED) {
		thread->error = ret;
		thread->lost = failure == VERIFY_NO_SUBMIT || part > 0;
		return failure;
	}
	while (!atomic_load_explicit(&thread->done, memory_order_acquire)) {
		if (rte_rdtsc() > deadline) {
			/* It may still come; the API has no way to call it off. */
			thread->lost = true;
			return VERIFY_TIMEOUT;
		}
		pthread_mutex_lock(&channel->lock);
		verify_take_completions(channel);
		pthread_mutex_unlock(&channel->lock);
		verify_relax(&polls);
	}
	return thread->status == RTE_DMA_STATUS_SUCCESSFUL ? VERIFY_PASSED : VERIFY_ERROR;
}
