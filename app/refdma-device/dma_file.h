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

/** A mapping of a file. The list is read by dma_fault.c in a signal handler, in any thread. */
struct dma_file {
	dev_t device;
	ino_t inode;
	uint64_t offset;	/* of the first byte in the file */
	uint64_t length;
	void *memory;
	int protection;		/* PROT_* */
	unsigned int references;
	_Atomic(struct dma_file *) next;
	struct dma_file *retired;	/* the next one off the list */
};

typedef _Atomic(struct dma_file *) dma_file_list;

/**
 * Map a part of a file, or find it mapped already.
 *
 * @param files list of all
 * @param fd stays the caller's
 * @param writable whether it will be written
 * @param[out] file with one more reference
 * @return 0, -EINVAL (not a regular file, or shorter than that), -EACCES, or what mmap(2) said
 */
int dma_file_get(dma_file_list *files, int fd, uint64_t offset, uint64_t size, int writable,
		 struct dma_file **file);

/** Take files without references off the list. @return them, for dma_file_free() */
struct dma_file *dma_file_retire(dma_file_list *files);

/** Unmap files that no thread uses any more. */
void dma_file_free(struct dma_file *files);

#endif /* REFDMA_DEVICE_DMA_FILE_H */
