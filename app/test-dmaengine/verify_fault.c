/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Faults that verify makes on purpose. */

#include <stdio.h>
#include <stdlib.h>

#include "verify_fault.h"

#include <dmaengine_compat.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include <rte_pmd_refdma.h>

/* Tests are counted from 1. */
#define FAULTY_TEST	2
/* More than a client may have in one struct dmaengine_unmap_data. */
#define TOO_MANY	257
/* The controller's code of a bus error (specification, section 9). */
#define CODE_BUS	14

bool
fault_impossible(const struct session *session, const struct dmadev *device, char *why,
		 size_t size)
{
	const struct options *options = session->options;
	enum verify_fault fault = (enum verify_fault)options->fault;
	bool removes = fault == FAULT_SUBMIT && options->api == API_DMADEV;

	if ((fault == FAULT_ERROR || fault == FAULT_TIMEOUT || fault == FAULT_BUSY || removes) &&
	    !device->refdma)
		snprintf(why, size, "only refdma devices can make this --fault");
	else if (removes && !device_is_own(&session->devices, device))
		snprintf(why, size, "--fault submit removes the device, and it was not made here");
	else
		return false;
	return true;
}

enum verify_fault
fault_of_test(const struct verify_thread *thread, uint64_t test)
{
	const struct verify *verify = thread->verify;

	return thread == &verify->threads[0] && test == FAULTY_TEST ?
		(enum verify_fault)verify->options->fault : FAULT_NONE;
}

static void
inject(const struct verify_thread *thread, enum rte_pmd_refdma_inject what)
{
	const struct verify_channel *channel = thread->channel;

	rte_pmd_refdma_inject(channel->device->id, channel->vchan, what, 1, CODE_BUS);
}

void
fault_arm(struct verify_thread *thread)
{
	if (thread->fault == FAULT_ERROR)
		inject(thread, RTE_PMD_REFDMA_INJECT_FAIL);
	else if (thread->fault == FAULT_TIMEOUT)
		inject(thread, RTE_PMD_REFDMA_INJECT_STALL);
}

void
fault_disarm(struct verify_thread *thread)
{
	if (thread->fault == FAULT_ERROR || thread->fault == FAULT_TIMEOUT)
		inject(thread, RTE_PMD_REFDMA_INJECT_NONE);
}

int
fault_mappings(const struct verify_thread *thread)
{
	return thread->fault == FAULT_UNMAP ? TOO_MANY : 2;
}

dma_addr_t
fault_map(const struct verify_thread *thread, enum verify_fault here, void *buffer,
	  enum dma_data_direction direction)
{
	struct device *dev = dmaengine_get_dma_device(thread->channel->engine->chan);
	const size_t size = thread->work.size;
	struct device limited = *dev;
	__u64 mask;

	if (thread->fault != here)
		return dma_map_single(dev, buffer, size, direction);
	/* Every buffer has a last byte, and this device ends before it. */
	mask = dma_map_single(dev, buffer, size, direction) + size - 2;
	limited.dma_mask = &mask;
	return dma_map_single(&limited, buffer, size, direction);
}

void
fault_hold(const struct verify_thread *thread, struct fault_held *held, dma_addr_t dst,
	   dma_addr_t src)
{
	struct dma_chan *chan = thread->channel->engine->chan;

	*held = (struct fault_held){ .tx = NULL };
	if (thread->fault != FAULT_PREP)
		return;
	held->tx = calloc(UINT16_MAX, sizeof(struct dma_async_tx_descriptor *));
	while (held->tx != NULL && held->nb < UINT16_MAX) {
		held->tx[held->nb] = dmaengine_prep_dma_memcpy(chan, dst, src, 1, DMA_CTRL_ACK);
		if (held->tx[held->nb] == NULL)
			break;
		held->nb++;
	}
}

void
fault_let_go(const struct verify_thread *thread, struct fault_held *held)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	const struct channel *channel = thread->channel->engine;
	dma_cookie_t cookie = 0;
	unsigned int polls = 0;

	for (unsigned int i = 0; i < held->nb; i++)
		cookie = dmaengine_submit(held->tx[i]);
	if (held->nb > 0)
		dma_async_issue_pending(channel->chan);
	while (held->nb > 0 && rte_rdtsc() < deadline &&
	       dma_async_is_tx_complete(channel->chan, cookie, NULL, NULL) == DMA_IN_PROGRESS) {
		if (channel->manual)
			dmaengine_compat_run(channel->dev_id);
		verify_relax(&polls);
	}
	free(held->tx);
	held->tx = NULL;
}

/* They are the thread's own operation over and over. */
void
fault_fill_ring(struct verify_thread *thread)
{
	struct verify_channel *channel = thread->channel;

	if (thread->fault != FAULT_PREP)
		return;
	while (thread->operation->try_one(channel->device->id, channel->vchan,
					  &thread->trial) >= 0)
		channel->owners[channel->enqueued++ % VERIFY_OWNERS] = thread;
}

/* Submit, and take everything that completes, until nothing is under way. */
static void
drain(struct verify_thread *thread)
{
	const uint64_t deadline = rte_rdtsc() + thread->verify->timeout;
	struct verify_channel *channel = thread->channel;

	rte_dma_submit(channel->device->id, channel->vchan);
	while (channel->completed != channel->enqueued && rte_rdtsc() < deadline)
		verify_take_completions(channel);
}

void
fault_empty_ring(struct verify_thread *thread)
{
	if (thread->fault == FAULT_PREP)
		drain(thread);
}

/* It goes with the operation under way, and the driver sees that: then no submit is possible. */
void
fault_remove(struct verify_thread *thread)
{
	if (thread->fault != FAULT_SUBMIT)
		return;
	inject(thread, RTE_PMD_REFDMA_INJECT_STALL);
	rte_dma_submit(thread->channel->device->id, thread->channel->vchan);
	inject(thread, RTE_PMD_REFDMA_INJECT_REMOVE);
	drain(thread);
}
