/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A guest's memory is one file, and behind an IOMMU it arrives in thousands of pieces: the whole
 * file is mapped with the first one. Where that is not possible, only the piece is.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "dma_file.h"

#if defined(__SANITIZE_THREAD__)
/* Of ThreadSanitizer's runtime, which no header declares. */
void AnnotateBenignRaceSized(const char *file, int line, volatile void *memory, size_t size,
			     const char *why);
#endif

/*
 * The client's memory is the client's to order: it may have one channel write where another did, by
 * doorbells that follow completions. ThreadSanitizer sees only the two engines. What is the
 * process's own is still looked at.
 */
static void
leave_order_to_client(void *memory, size_t length)
{
#if defined(__SANITIZE_THREAD__)
	AnnotateBenignRaceSized(__FILE__, __LINE__, memory, length, "the client's memory");
#else
	(void)memory;
	(void)length;
#endif
}

/* A huge page file is mapped in its own pages. */
static uint64_t
page_size(int fd)
{
	struct statfs fs;
	uint64_t size;

	if (fstatfs(fd, &fs) != 0)
		return 0x1000;
	size = fs.f_bsize;
	return size >= 0x1000 && (size & (size - 1)) == 0 ? size : 0x1000;
}

static bool
holds(const struct dma_file *file, const struct stat *st, uint64_t offset, uint64_t size,
      int protection)
{
	return file->device == st->st_dev && file->inode == st->st_ino &&
	       (file->protection & protection) == protection && offset >= file->offset &&
	       offset - file->offset <= file->length &&
	       size <= file->length - (offset - file->offset);
}

static int
try_map(struct dma_file *file, int fd, uint64_t offset, uint64_t length, int protection)
{
	void *memory = mmap(NULL, length, protection, MAP_SHARED | MAP_NORESERVE, fd, offset);

	if (memory == MAP_FAILED)
		return -errno;
	madvise(memory, length, MADV_DONTFORK);
	leave_order_to_client(memory, length);
	file->memory = memory;
	file->offset = offset;
	file->length = length;
	file->protection = protection;
	return 0;
}

/* The most that works: all of it, and writable, so that the next grant finds it. */
static int
map_most(struct dma_file *file, int fd, uint64_t file_size, uint64_t offset, uint64_t size,
	 int needed)
{
	uint64_t page = page_size(fd), first = offset & ~(page - 1);
	uint64_t length = (offset + size - first + page - 1) & ~(page - 1);
	int ret;

	ret = try_map(file, fd, 0, file_size, PROT_READ | PROT_WRITE);
	if (ret != 0)
		ret = try_map(file, fd, 0, file_size, needed);
	if (ret != 0)
		ret = try_map(file, fd, first, length, needed);
	return ret;
}

int
dma_file_get(dma_file_list *files, int fd, uint64_t offset, uint64_t size, int writable,
	     struct dma_file **found)
{
	int needed = PROT_READ | (writable ? PROT_WRITE : 0);
	struct dma_file *file;
	struct stat st;
	int ret;

	if (fstat(fd, &st) != 0)
		return -errno;
	/* A pipe or a device might do anything when it is mapped. */
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || offset > (uint64_t)st.st_size ||
	    size > (uint64_t)st.st_size - offset)
		return -EINVAL;
	for (file = atomic_load(files); file != NULL; file = atomic_load(&file->next))
		if (holds(file, &st, offset, size, needed))
			break;
	if (file == NULL) {
		file = calloc(1, sizeof(*file));
		if (file == NULL)
			return -ENOMEM;
		file->device = st.st_dev;
		file->inode = st.st_ino;
		ret = map_most(file, fd, st.st_size, offset, size, needed);
		if (ret != 0) {
			free(file);
			return ret;
		}
		atomic_store(&file->next, atomic_load(files));
		atomic_store(files, file);
	}
	file->references++;
	*found = file;
	return 0;
}

struct dma_file *
dma_file_retire(dma_file_list *files)
{
	dma_file_list *link = files;
	struct dma_file *file, *retired = NULL;

	while ((file = atomic_load(link)) != NULL) {
		if (file->references != 0) {
			link = &file->next;
			continue;
		}
		/* Who is at this one still finds the way to the next. */
		atomic_store(link, atomic_load(&file->next));
		file->retired = retired;
		retired = file;
	}
	return retired;
}

void
dma_file_free(struct dma_file *files)
{
	struct dma_file *next;

	for (; files != NULL; files = next) {
		next = files->retired;
		munmap(files->memory, files->length);
		free(files);
	}
}
