/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_DIRECTION_H
#define TEST_DMAENGINE_DIRECTION_H

/*
 * Copies between memory and the local memory of a refdma device. The pool of the device's side is
 * an image of its memory: written there before a run, or read back after it, through a second
 * vchan, so that data is checked as it is for copies from memory to memory.
 */

#include "operations.h"

/* From memory to the device, and back. */
extern const struct operation operation_mem2dev;
extern const struct operation operation_dev2mem;

/* Bytes of a device's local memory; 0: none, or it is not known. */
uint64_t direction_room(const struct dmadev *device);

/** Let one side of the work be local memory. @return 0, or -1 after a message */
int direction_place(struct work *work, const struct dmadev *device, enum direction direction);

/* Of vchan number vchan; those above 0 go the other way. */
enum rte_dma_direction direction_of_vchan(enum direction direction, uint16_t vchan);

#endif /* TEST_DMAENGINE_DIRECTION_H */
