/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_DIRECTION_H
#define TEST_DMAENGINE_DIRECTION_H

/*
 * Copies between memory and the memory of a device. The pool of the device's side is an image of
 * that: written there before a run, or read back after it, through a second vchan, so that data is
 * checked as it is for copies from memory to memory. Of refdma it is known where that memory is; of
 * other devices the user says it.
 */

#include "operations.h"

/* From memory to the device, and back. */
extern const struct operation operation_mem2dev;
extern const struct operation operation_dev2mem;

/* Why a device cannot copy in the direction of the options; false where it can. */
bool direction_impossible(const struct dmadev *device, const struct options *options, char *why,
			  size_t size);

/* Bytes of a device's memory; 0: none, or it is not known. */
uint64_t direction_room(const struct dmadev *device, const struct options *options);

/** Let one side of the work be the device's memory. @return 0, or -1 after a message */
int direction_place(struct work *work, const struct dmadev *device,
		    const struct options *options);

/* Of vchan number vchan; those above 0 go the other way. */
enum rte_dma_direction direction_of_vchan(enum direction direction, uint16_t vchan);

#endif /* TEST_DMAENGINE_DIRECTION_H */
