/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_DMA_H
#define REFDMA_DEVICE_DMA_H

/**
 * @file
 * What the device may access: the IOMMU of the function. A grant is a range of bus addresses with
 * rights and, where the client shared it, memory of this process.
 *
 * Threads: grants change in the server's thread only; any thread translates.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dma_file.h"
#include "refdma_model.h"

struct dma_table;

struct dma_table *dma_table_create(void);
void dma_table_destroy(struct dma_table *table);

/**
 * Grant a range.
 *
 * @param access REFDMA_MODEL_READ and/or REFDMA_MODEL_WRITE
 * @param fd file to map, stays the caller's; negative: known, but not accessible
 * @param offset of the range in the file
 * @return 0, -EINVAL (empty, wraps around, not aligned to pages, not a regular file, beyond its
 *   end), -EEXIST (overlaps a grant), -ENOSPC (too many), -EACCES (the file does not allow it),
 *   or what mmap(2) said
 */
int dma_map(struct dma_table *table, uint64_t address, uint64_t size, uint32_t access, int fd,
	    uint64_t offset);

/**
 * Take back whatever is granted of a range; what sticks out of it stays granted. The memory stays
 * in place until dma_reap(), so that engines which have found it can be stopped in between.
 *
 * @return whether anything was granted; then the caller makes engines forget translations and
 *   calls dma_reap()
 */
bool dma_unmap(struct dma_table *table, uint64_t address, uint64_t size);

/** Take back everything; see dma_unmap(). */
bool dma_unmap_all(struct dma_table *table);

/** Give up the memory of files that no grant needs any more. */
void dma_reap(struct dma_table *table);

/** Find the grant that holds @p address. @return 0 or -EFAULT */
int dma_translate(struct dma_table *table, uint64_t address, struct refdma_model_region *region);

/** The files behind the grants, for dma_fault_init(). */
dma_file_list *dma_files(struct dma_table *table);

/** Grants at present. */
unsigned int dma_count(const struct dma_table *table);

#endif /* REFDMA_DEVICE_DMA_H */
