/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The table of grants: sorted by bus address, without overlap. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dma.h"
#include "vfio_user.h"

#define PAGE_MASK	0xfffu

struct grant {
	uint64_t address, last;		/* first and last byte: a grant may end at 2^64 */
	uint64_t file_offset;
	struct dma_file *file;		/* NULL: not accessible */
	uint32_t access;
};

/* The server's thread writes, with the lock held for writing; engines read with the lock. */
struct dma_table {
	pthread_rwlock_t lock;
	struct grant *grants;
	unsigned int count, room;
	dma_file_list files;
	struct dma_file *retired;	/* off the list, to be freed */
};

struct dma_table *
dma_table_create(void)
{
	struct dma_table *table = calloc(1, sizeof(*table));

	if (table != NULL)
		pthread_rwlock_init(&table->lock, NULL);
	return table;
}

void
dma_table_destroy(struct dma_table *table)
{
	if (table == NULL)
		return;
	dma_unmap_all(table);
	dma_reap(table);
	pthread_rwlock_destroy(&table->lock);
	free(table->grants);
	free(table);
}

/* Index of the first grant that ends at or behind @p address. */
static unsigned int
lower_bound(const struct dma_table *table, uint64_t address)
{
	unsigned int low = 0, high = table->count;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (table->grants[middle].last < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
make_room(struct dma_table *table)
{
	unsigned int room = table->room == 0 ? 64 : 2 * table->room;
	struct grant *grants;

	if (table->count < table->room)
		return 0;
	if (table->count >= VFIO_USER_DEFAULT_MAX_MAPS)
		return -ENOSPC;
	pthread_rwlock_wrlock(&table->lock);
	grants = realloc(table->grants, room * sizeof(*grants));
	if (grants != NULL) {
		table->grants = grants;
		table->room = room;
	}
	pthread_rwlock_unlock(&table->lock);
	return grants != NULL ? 0 : -ENOMEM;
}

static void
insert(struct dma_table *table, unsigned int index, const struct grant *grant)
{
	pthread_rwlock_wrlock(&table->lock);
	memmove(&table->grants[index + 1], &table->grants[index],
		(table->count - index) * sizeof(*grant));
	table->grants[index] = *grant;
	table->count++;
	pthread_rwlock_unlock(&table->lock);
}

int
dma_map(struct dma_table *table, uint64_t address, uint64_t size, uint32_t access, int fd,
	uint64_t offset)
{
	struct grant grant = {
		.address = address,
		.last = address + size - 1,
		.file_offset = offset,
		.access = access,
	};
	unsigned int index;
	int ret;

	if (size == 0 || grant.last < address)
		return -EINVAL;
	/* Rings are aligned by their bus address: memory has to be aligned likewise. */
	if (fd >= 0 && ((address | size | offset) & PAGE_MASK) != 0)
		return -EINVAL;
	index = lower_bound(table, address);
	if (index < table->count && table->grants[index].address <= grant.last)
		return -EEXIST;
	ret = make_room(table);
	if (ret == 0 && fd >= 0)
		ret = dma_file_get(&table->files, fd, offset, size,
				   (access & REFDMA_MODEL_WRITE) != 0, &grant.file);
	if (ret == 0)
		insert(table, index, &grant);
	return ret;
}

/* Cut [first, last] out of the grant at @p index. @return grants that are left of it, 0 to 2 */
static unsigned int
cut(struct dma_table *table, unsigned int index, uint64_t first, uint64_t last)
{
	struct grant *grant = &table->grants[index], tail = *grant;
	bool tail_left = last < grant->last;
	bool head_left = grant->address < first;

	tail.address = last + 1;
	tail.file_offset += tail.address - grant->address;
	if (head_left && tail_left) {
		grant->last = first - 1;
		if (grant->file != NULL)
			grant->file->references++;
		memmove(&grant[2], &grant[1], (table->count - index - 1) * sizeof(*grant));
		grant[1] = tail;
		table->count++;
		return 2;
	}
	if (head_left) {
		grant->last = first - 1;
		return 1;
	}
	if (tail_left) {
		*grant = tail;
		return 1;
	}
	if (grant->file != NULL)
		grant->file->references--;
	memmove(grant, grant + 1, (table->count - index - 1) * sizeof(*grant));
	table->count--;
	return 0;
}

static bool
take_back(struct dma_table *table, uint64_t address, uint64_t last)
{
	unsigned int index = lower_bound(table, address);
	bool any = false;

	if (index == table->count || table->grants[index].address > last)
		return false;
	/* A grant may become two; without room for that, all of it goes. */
	if (make_room(table) != 0)
		address = table->grants[index].address;
	pthread_rwlock_wrlock(&table->lock);
	while (index < table->count && table->grants[index].address <= last) {
		index += cut(table, index, address, last);
		any = true;
	}
	pthread_rwlock_unlock(&table->lock);
	table->retired = dma_file_retire(&table->files);
	return any;
}

bool
dma_unmap(struct dma_table *table, uint64_t address, uint64_t size)
{
	uint64_t last = address + size - 1;

	if (size == 0)
		return false;
	/* A range that goes past the end of the address space means up to the end. */
	return take_back(table, address, last < address ? UINT64_MAX : last);
}

bool
dma_unmap_all(struct dma_table *table)
{
	return take_back(table, 0, UINT64_MAX);
}

void
dma_reap(struct dma_table *table)
{
	dma_file_free(table->retired);
	table->retired = NULL;
}

dma_file_list *
dma_files(struct dma_table *table)
{
	return &table->files;
}

int
dma_translate(struct dma_table *table, uint64_t address, struct refdma_model_region *region)
{
	const struct grant *grant;
	unsigned int index;
	int ret = -EFAULT;

	pthread_rwlock_rdlock(&table->lock);
	index = lower_bound(table, address);
	if (index < table->count) {
		grant = &table->grants[index];
		if (grant->address <= address && grant->file != NULL) {
			*region = (struct refdma_model_region){
				.addr = grant->address,
				.length = grant->last - grant->address + 1,
				.host = (uint8_t *)grant->file->memory +
					(grant->file_offset - grant->file->offset),
				.access = grant->access,
			};
			ret = 0;
		}
	}
	pthread_rwlock_unlock(&table->lock);
	return ret;
}

unsigned int
dma_count(const struct dma_table *table)
{
	return table->count;
}
