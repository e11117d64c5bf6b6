/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What the in-process device sees of the host: DPDK's memory directly, any other address of the
 * process through the kernel, and time.
 */

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_fbarray.h>
#include <rte_memory.h>

#include "refdma_engine.h"

/*
 * DPDK's memory: as many used pages around the address as are contiguous. IOVA is VA (the driver
 * insists on it). What EAL frees is announced, and the engine forgets it; external memory goes
 * without a word, so it is looked up anew in each run.
 */
int
refdma_host_translate(void *ctx, uint64_t addr, struct refdma_model_region *region)
{
	struct rte_memseg_list *list = rte_mem_virt2memseg_list((void *)(uintptr_t)addr);
	struct rte_fbarray *pages;
	uint64_t page;
	int before, after;

	RTE_SET_USED(ctx);
	if (list == NULL || list->page_sz == 0)
		return -EFAULT;
	pages = &list->memseg_arr;
	page = (addr - list->addr_64) / list->page_sz;
	if (page >= pages->len || rte_fbarray_is_used(pages, page) != 1)
		return -EFAULT;
	before = rte_fbarray_find_rev_contig_used(pages, page);
	after = rte_fbarray_find_contig_used(pages, page);
	if (before < 1 || after < 1)
		return -EFAULT;
	region->addr = list->addr_64 + (page + 1 - before) * list->page_sz;
	region->length = (uint64_t)(before + after - 1) * list->page_sz;
	region->host = (void *)(uintptr_t)region->addr;
	region->access = REFDMA_MODEL_READ | REFDMA_MODEL_WRITE;
	region->transient = list->external != 0;
	return 0;
}

/* The kernel checks each address: a wild one is an error, not a crash. */
static int
through_kernel(uint64_t addr, void *buf, size_t length, bool write)
{
	struct iovec local = { .iov_base = buf, .iov_len = length };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)addr, .iov_len = length };
	ssize_t n;

	n = write ? process_vm_writev(getpid(), &local, 1, &remote, 1, 0) :
		    process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (n == (ssize_t)length)
		return 0;
	return n >= 0 ? -EFAULT : -errno;
}

int
refdma_host_read(void *ctx, uint64_t addr, void *buf, size_t length)
{
	RTE_SET_USED(ctx);
	return through_kernel(addr, buf, length, false);
}

int
refdma_host_write(void *ctx, uint64_t addr, const void *buf, size_t length)
{
	RTE_SET_USED(ctx);
	return through_kernel(addr, (void *)(uintptr_t)buf, length, true);
}

uint64_t
refdma_host_now_ns(void *ctx)
{
	RTE_SET_USED(ctx);
	return (unsigned __int128)rte_get_tsc_cycles() * 1000000000u / rte_get_tsc_hz();
}
