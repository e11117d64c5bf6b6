/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_DMA_FILE_H
#define REFDMA_DEVICE_DMA_FILE_H

/**
 * @file
 * Files that a client shares, each mapped once however many grants are in it. The server's thread
 * only.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A mapping of a file. */
struct dma_file {
	dev_t device;
	ino_t inode;
	uint64_t offset;	/* of the first byte in the file */
	uint64_t length;
	void *memory;
	int protection;		/* PROT_* */
	unsigned int references;
	struct dma_file *next;
};

/**
 * Map a part of a file, or find it mapped already.
 *
 * @param files list of all
 * @param fd stays the caller's
 * @param writable whether it will be written
 * @param[out] file with one more reference
 * @return 0, -EINVAL (not a regular file, or shorter than that), -EACCES, or what mmap(2) said
 */
int dma_file_get(struct dma_file **files, int fd, uint64_t offset, uint64_t size, int writable,
		 struct dma_file **file);

/** Unmap files without references. */
void dma_file_reap(struct dma_file **files);

#endif /* REFDMA_DEVICE_DMA_FILE_H */
