/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_DMA_FAULT_H
#define REFDMA_DEVICE_DMA_FAULT_H

/**
 * @file
 * A client can make a file shorter that it has shared. An access to what is missing raises SIGBUS:
 * then memory of this process takes its place, and the connection ends.
 */

#include <stdbool.h>

#include "dma_file.h"

/** Catch SIGBUS. @param files the list that holds every shared file. @return 0 or -errno */
int dma_fault_init(dma_file_list *files);

/** The socket that ends when memory is missing; -1: none. */
void dma_fault_watch(int fd);

/** Whether memory has been missing since the last call. */
bool dma_fault_happened(void);

#endif /* REFDMA_DEVICE_DMA_FAULT_H */
