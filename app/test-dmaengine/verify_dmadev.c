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

		owner->status = status[i];
		/* Release: with it come the status and the data. */
		atomic_store_explicit(&owner->done, true, memory_order_release);
	}
}

/* Enqueue and submit; the lock is held. */
static enum verify_failure
start_locked(struct verify_thread *thread, int *ret)
{
	struct verify_channel *channel = thread->channel;

	fault_fill_ring(thread);
	*ret = thread->operation->try_one(channel->device->id, channel->vchan, &thread->trial);
	if (*ret < 0)
		return VERIFY_NO_PREP;
	channel->owners[channel->enqueued++ % VERIFY_OWNERS] = thread;
	fault_remove(thread);
	*ret = rte_dma_submit(channel->device->id, channel->vchan);
	return *ret < 0 ? VERIFY_NO_SUBMIT : VERIFY_PASSED;
}

enum verify_failure
verify_on_dmadev(struct verify_thread *thread)
{
	struct verify_channel *channel = thread->channel;
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	enum verify_failure failure;
	unsigned int polls = 0;
	int ret;

	atomic_store_explicit(&thread->done, false, memory_order_relaxed);
	/* The ring may be full of what other threads have under way. */
	do {
		pthread_mutex_lock(&channel->lock);
		verify_take_completions(channel);
		failure = start_locked(thread, &ret);
		pthread_mutex_unlock(&channel->lock);
	} while (failure == VERIFY_NO_PREP && ret == -ENOSPC && rte_rdtsc() < deadline);
	if (failure == VERIFY_NO_PREP) {
		pthread_mutex_lock(&channel->lock);
		fault_empty_ring(thread);
		pthread_mutex_unlock(&channel->lock);
	}
	if (failure != VERIFY_PASSED) {
		thread->error = ret;
		thread->lost = failure == VERIFY_NO_SUBMIT;
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
