/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_VERIFY_FAULT_H
#define TEST_DMAENGINE_VERIFY_FAULT_H

/*
 * verify --fault: the second test of the first thread goes wrong at a chosen step, for real: the
 * library or the device refuses or fails what is asked for there. What follows works again, unless
 * the device is gone.
 */

#include "verify.h"

#include <linux/dma-mapping.h>

/* Why a device cannot have a fault; false where it can. */
bool fault_impossible(const struct session *session, const struct dmadev *device, char *why,
		      size_t size);

/* The fault of this test of a thread. */
enum verify_fault fault_of_test(const struct verify_thread *thread, uint64_t test);

/* Before and after a transfer: what the device is to do wrong. */
void fault_arm(struct verify_thread *thread);
void fault_disarm(struct verify_thread *thread);

/* How many mappings a client asks for: too many, where there are to be none. */
int fault_mappings(const struct verify_thread *thread);

/* Map as dma_map_single(); for a device that does not reach so far, where it is to fail. */
dma_addr_t fault_map(const struct verify_thread *thread, enum verify_fault here, void *buffer,
		     enum dma_data_direction direction);

/* Descriptors that nobody else can have meanwhile: copies like that of the thread. */
struct fault_held {
	struct dma_async_tx_descriptor **tx;	/* NULL: none are held */
	unsigned int nb;
};

/* Take all that the channel has, where prepare is to fail. */
void fault_hold(const struct verify_thread *thread, struct fault_held *held, dma_addr_t dst,
		dma_addr_t src);

/* Give them back: they are submitted, and run. */
void fault_let_go(const struct verify_thread *thread, struct fault_held *held);

/* dmadev, with the lock held: a ring without room, and its end. */
void fault_fill_ring(struct verify_thread *thread);
void fault_empty_ring(struct verify_thread *thread);

/* dmadev, with the lock held: a device that goes after the enqueue. */
void fault_remove(struct verify_thread *thread);

#endif /* TEST_DMAENGINE_VERIFY_FAULT_H */
