/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Mapping of memory: a DMA address is an IOVA. Memory of EAL and registered external memory can be
 * mapped for any device, other memory of the process for devices with SVA. Nothing is moved and
 * nothing has to be flushed: the devices are coherent.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "engine.h"

/* Page handles are addresses; see <linux/dmaengine/page.h>. */
phys_addr_t
dmaengine_compat_virt_to_phys(const void *addr)
{
	rte_iova_t iova = rte_mem_virt2iova(addr);

	return iova == RTE_BAD_IOVA ? DMA_MAPPING_ERROR : iova;
}

/* Is all of it DPDK's, and contiguous for the device? */
static bool
contiguous(const char *addr, size_t size, rte_iova_t iova)
{
	size_t page = PAGE_SIZE, step;

	if (rte_mem_virt2memseg_list(addr) == NULL ||
	    rte_mem_virt2memseg_list(addr + size - 1) == NULL)
		return false;
	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return true;
	for (size_t done = page - (uintptr_t)addr % page; done < size; done += step) {
		step = page;
		if (rte_mem_virt2iova(addr + done) != iova + done)
			return false;
	}
	return true;
}

static bool
in_mask(const struct device *dev, dma_addr_t addr, size_t size)
{
	__u64 mask = dev->dma_mask != NULL ? *dev->dma_mask : 0;

	if (mask == 0)
		mask = UINT64_MAX;
	return addr <= mask && size - 1 <= mask - addr;
}

dma_addr_t
dma_map_single_attrs(struct device *dev, void *ptr, size_t size, enum dma_data_direction dir,
		     unsigned long attrs)
{
	const struct engine_dev *engine = engine_dev_of(dev);
	rte_iova_t iova;

	(void)attrs;
	if (dev == NULL || ptr == NULL || size == 0 || (unsigned int)dir >= DMA_NONE)
		return DMA_MAPPING_ERROR;
	if (engine != NULL && engine->sva) {
		iova = (uintptr_t)ptr;	/* it takes our addresses, whatever the IOVA mode */
	} else {
		iova = rte_mem_virt2iova(ptr);
		if (iova == RTE_BAD_IOVA || !contiguous(ptr, size, iova))
			return DMA_MAPPING_ERROR;
	}
	return in_mask(dev, iova, size) ? iova : DMA_MAPPING_ERROR;
}

void
dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
{
	(void)dev;
	(void)addr;
	(void)size;
	(void)dir;
	(void)attrs;
}

unsigned int
dma_map_sg_attrs(struct device *dev, struct scatterlist *sgl, int nents,
		 enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	if (sgl == NULL || nents <= 0)
		return 0;
	for_each_sg(sgl, sg, nents, i) {
		if (sg == NULL)
			return 0;
		sg->dma_address = dma_map_single_attrs(dev, sg_virt(sg), sg->length, dir, attrs);
		if (sg->dma_address == DMA_MAPPING_ERROR)
			return 0;
		sg->dma_length = sg->length;
	}
	return nents;
}

void
dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sgl, int nents,
		   enum dma_data_direction dir, unsigned long attrs)
{
	(void)dev;
	(void)sgl;
	(void)nents;
	(void)dir;
	(void)attrs;
}

/* A peripheral's address is already the device's. */
dma_addr_t
dma_map_resource(struct device *dev, phys_addr_t phys_addr, size_t size,
		 enum dma_data_direction dir, unsigned long attrs)
{
	(void)attrs;
	if (dev == NULL || size == 0 || (unsigned int)dir >= DMA_NONE)
		return DMA_MAPPING_ERROR;
	return in_mask(dev, phys_addr, size) ? phys_addr : DMA_MAPPING_ERROR;
}

void
dma_unmap_resource(struct device *dev, dma_addr_t addr, size_t size,
		   enum dma_data_direction dir, unsigned long attrs)
{
	(void)dev;
	(void)addr;
	(void)size;
	(void)dir;
	(void)attrs;
}

/* What the device wrote before it reported completion must not be read early, and the other way
 * round: the fences that a kernel's barriers are.
 */
void
dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			enum dma_data_direction dir)
{
	(void)dev;
	(void)addr;
	(void)size;
	(void)dir;
	atomic_thread_fence(memory_order_acquire);
}

void
dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir)
{
	(void)dev;
	(void)addr;
	(void)size;
	(void)dir;
	atomic_thread_fence(memory_order_release);
}

void
dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sgl, int nents,
		    enum dma_data_direction dir)
{
	(void)dev;
	(void)sgl;
	(void)nents;
	(void)dir;
	atomic_thread_fence(memory_order_acquire);
}

void
dma_sync_sg_for_device(struct device *dev, struct scatterlist *sgl, int nents,
		       enum dma_data_direction dir)
{
	(void)dev;
	(void)sgl;
	(void)nents;
	(void)dir;
	atomic_thread_fence(memory_order_release);
}

/* Zeroed, on the device's NUMA node, aligned to a page. */
void *
dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *dma_handle, gfp_t gfp)
{
	void *memory;

	(void)gfp;
	if (dma_handle == NULL)
		return NULL;
	*dma_handle = DMA_MAPPING_ERROR;
	if (size == 0)
		return NULL;
	memory = rte_zmalloc_socket("dma_coherent", size, PAGE_SIZE, engine_device_numa(dev));
	if (memory == NULL)
		memory = rte_zmalloc("dma_coherent", size, PAGE_SIZE);
	if (memory == NULL)
		return NULL;
	*dma_handle = dma_map_single_attrs(dev, memory, size, DMA_BIDIRECTIONAL, 0);
	if (*dma_handle == DMA_MAPPING_ERROR) {
		rte_free(memory);
		return NULL;
	}
	return memory;
}

void
dma_free_coherent(struct device *dev, size_t size, void *cpu_addr, dma_addr_t dma_handle)
{
	(void)dev;
	(void)size;
	(void)dma_handle;
	rte_free(cpu_addr);
}

/* Any mask that the process's memory fits under is fine; EAL does not know one of all 64 bits. */
static bool
memory_fits(__u64 mask)
{
	return mask >> 63 != 0 || rte_mem_check_dma_mask(64 - __builtin_clzll(mask)) == 0;
}

int
dma_set_mask(struct device *dev, __u64 mask)
{
	if (dev == NULL || mask == 0)
		return -EINVAL;
	if (!memory_fits(mask))
		return -EIO;
	if (dev->dma_mask != NULL)
		*dev->dma_mask = mask;
	return 0;
}

int
dma_set_coherent_mask(struct device *dev, __u64 mask)
{
	if (dev == NULL || mask == 0)
		return -EINVAL;
	if (!memory_fits(mask))
		return -EIO;
	dev->coherent_dma_mask = mask;
	return 0;
}

int
sg_alloc_table(struct sg_table *table, unsigned int nents, gfp_t gfp_mask)
{
	(void)gfp_mask;
	if (table == NULL)
		return -EINVAL;
	memset(table, 0, sizeof(*table));
	if (nents == 0)
		return -EINVAL;
	table->sgl = calloc(nents, sizeof(*table->sgl));
	if (table->sgl == NULL)
		return -ENOMEM;
	sg_init_table(table->sgl, nents);
	table->nents = table->orig_nents = nents;
	return 0;
}

void
sg_free_table(struct sg_table *table)
{
	if (table == NULL)
		return;
	free(table->sgl);
	memset(table, 0, sizeof(*table));
}

size_t
sg_copy_buffer(struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen, off_t skip,
	       bool to_buffer)
{
	struct scatterlist *sg;
	size_t done = 0;
	unsigned int i;

	for_each_sg(sgl, sg, nents, i) {
		size_t n;

		if (sg == NULL)
			break;	/* shorter than it was said to be */
		if (skip >= (off_t)sg->length) {
			skip -= sg->length;
			continue;
		}
		n = RTE_MIN(sg->length - (size_t)skip, buflen - done);
		if (buf == NULL)
			memset((char *)sg_virt(sg) + skip, 0, n);
		else if (to_buffer)
			memcpy((char *)buf + done, (char *)sg_virt(sg) + skip, n);
		else
			memcpy((char *)sg_virt(sg) + skip, (char *)buf + done, n);
		skip = 0;
		done += n;
		if (done == buflen)
			break;
	}
	return done;
}
