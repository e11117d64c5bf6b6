/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Addresses that a device can use for memory of this process.
 *
 * Memory can be mapped where DPDK knows it: memory from EAL (dma_alloc_coherent(), rte_malloc(),
 * mempools, memzones) and registered external memory. Any other memory only where the device works
 * with virtual addresses (SVA); elsewhere the mapping fails with DMA_MAPPING_ERROR. A mapping never
 * copies: there are no bounce buffers, and the device sees the memory itself. Devices are coherent
 * with the CPU, so the synchronisation calls only order accesses; client code should make them all
 * the same, in the places where its direction changes.
 *
 * Which device: the one that performs the transfer, dmaengine_get_dma_device(chan) or
 * chan->device->dev. NULL is refused as each function says.
 *
 * Unless a function says otherwise, any thread may call it, also from a callback, and it does not
 * block. The owner of the memory decides which one thread maps or unmaps it at a time.
 */

#ifndef DMAENGINE_COMPAT_LINUX_DMA_MAPPING_H
#define DMAENGINE_COMPAT_LINUX_DMA_MAPPING_H

#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/dmaengine/symbol.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a mapping returns that failed. Ask with dma_mapping_error(). */
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)

/** The mask of a device that has @p n address bits, 1 to 64. */
#define DMA_BIT_MASK(n) (~0ULL >> (64 - (n)))

/*
 * Attributes of the calls that end in _attrs. None has an effect: they ask for what coherent memory
 * without bounce buffers gives anyway, and a mapping that fails writes no log line.
 */
#define DMA_ATTR_WEAK_ORDERING (1UL << 1)     /**< Accesses may be reordered. */
#define DMA_ATTR_WRITE_COMBINE (1UL << 2)     /**< Writes may be gathered. */
#define DMA_ATTR_NO_KERNEL_MAPPING (1UL << 4) /**< The CPU will not touch the memory. */
#define DMA_ATTR_SKIP_CPU_SYNC (1UL << 5)     /**< The client synchronises by itself. */
#define DMA_ATTR_FORCE_CONTIGUOUS (1UL << 6)  /**< One contiguous piece. */
#define DMA_ATTR_ALLOC_SINGLE_PAGES (1UL << 7) /**< Single pages will do. */
#define DMA_ATTR_NO_WARN (1UL << 8)           /**< No log line on failure. */
#define DMA_ATTR_PRIVILEGED (1UL << 9)        /**< For privileged accesses. */

/**
 * Maps a buffer for a device.
 *
 * @param dev
 *   The device that will transfer.
 * @param ptr
 *   The buffer.
 * @param size
 *   Its bytes, at least 1, one range for the device.
 * @param dir
 *   What the device does with it; not DMA_NONE.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @return
 *   The address for the device (of one with SVA: the pointer, in any IOVA mode), or
 *   DMA_MAPPING_ERROR: @p dev or @p ptr is NULL, the size is 0, the direction is none, the memory
 *   is unknown or not one range, or beyond the device's mask.
 * @since 0.1
 */
dma_addr_t
dma_map_single_attrs(struct device *dev, void *ptr, size_t size, enum dma_data_direction dir,
		     unsigned long attrs) __dmaengine_symbol(dma_map_single_attrs);

/**
 * Ends a mapping of dma_map_single_attrs(); what the device wrote is visible afterwards.
 *
 * @param dev
 *   The device that it was mapped for.
 * @param addr
 *   What the mapping returned. DMA_MAPPING_ERROR is ignored.
 * @param size
 *   The bytes that were mapped.
 * @param dir
 *   The direction that was mapped.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @since 0.1
 */
void
dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
	__dmaengine_symbol(dma_unmap_single_attrs);

/**
 * Maps every segment of a list and fills in sg_dma_address() and sg_dma_len().
 *
 * @param dev
 *   The device that will transfer.
 * @param sgl
 *   The list.
 * @param nents
 *   Its segments.
 * @param dir
 *   What the device does with the memory; not DMA_NONE.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @return
 *   Entries to hand to the channel. Here it is always @p nents, and portable code does not rely on
 *   that. 0 on failure (NULL, no segments, or a segment that dma_map_single_attrs() would refuse);
 *   then nothing is mapped.
 * @since 0.1
 */
unsigned int
dma_map_sg_attrs(struct device *dev, struct scatterlist *sgl, int nents,
		 enum dma_data_direction dir, unsigned long attrs)
	__dmaengine_symbol(dma_map_sg_attrs);

/**
 * Ends a mapping of dma_map_sg_attrs().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param sgl
 *   The list.
 * @param nents
 *   The segments that were given to the mapping, not what it returned.
 * @param dir
 *   The direction that was mapped.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @since 0.1
 */
void
dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sgl, int nents,
		   enum dma_data_direction dir, unsigned long attrs)
	__dmaengine_symbol(dma_unmap_sg_attrs);

/**
 * Makes an address in the device address space, such as a peripheral's FIFO, usable in a transfer.
 *
 * @param dev
 *   The device that will transfer.
 * @param phys_addr
 *   The device address. It is not memory of this process.
 * @param size
 *   Bytes from there, at least 1.
 * @param dir
 *   What the device does there; not DMA_NONE.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @return
 *   The address to use, or DMA_MAPPING_ERROR: @p dev is NULL, the size is 0, the direction is none,
 *   or the range is beyond the device's mask.
 * @since 0.1
 */
dma_addr_t
dma_map_resource(struct device *dev, phys_addr_t phys_addr, size_t size,
		 enum dma_data_direction dir, unsigned long attrs)
	__dmaengine_symbol(dma_map_resource);

/**
 * Ends a mapping of dma_map_resource().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param addr
 *   What the mapping returned. DMA_MAPPING_ERROR is ignored.
 * @param size
 *   The bytes that were mapped.
 * @param dir
 *   The direction that was mapped.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @since 0.1
 */
void
dma_unmap_resource(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir,
		   unsigned long attrs) __dmaengine_symbol(dma_unmap_resource);

/**
 * Hands mapped memory to the CPU: what the device wrote before is visible afterwards.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param addr
 *   An address in the mapping.
 * @param size
 *   Bytes from there, inside the mapping.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
void
dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			enum dma_data_direction dir) __dmaengine_symbol(dma_sync_single_for_cpu);

/**
 * Hands mapped memory to the device: it sees what the CPU wrote before.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param addr
 *   An address in the mapping.
 * @param size
 *   Bytes from there, inside the mapping.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
void
dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir)
	__dmaengine_symbol(dma_sync_single_for_device);

/**
 * dma_sync_single_for_cpu() for a mapped list.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param sgl
 *   The list.
 * @param nents
 *   The segments that were given to the mapping.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
void
dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sgl, int nents,
		    enum dma_data_direction dir) __dmaengine_symbol(dma_sync_sg_for_cpu);

/**
 * dma_sync_single_for_device() for a mapped list.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param sgl
 *   The list.
 * @param nents
 *   The segments that were given to the mapping.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
void
dma_sync_sg_for_device(struct device *dev, struct scatterlist *sgl, int nents,
		       enum dma_data_direction dir) __dmaengine_symbol(dma_sync_sg_for_device);

/**
 * Allocates memory that CPU and device use together, on the device's NUMA node where it has room.
 *
 * It takes EAL's heap lock, so it may wait for another thread's allocation: not for steady state,
 * and better not from a callback.
 *
 * @param dev
 *   The device that will transfer.
 * @param size
 *   Bytes, at least 1. The memory starts at a multiple of 4096 and is one range for the device.
 * @param dma_handle
 *   Where the address for the device goes; DMA_MAPPING_ERROR on failure.
 * @param gfp
 *   Accepted and without effect.
 * @return
 *   The memory, zero; NULL where an argument is NULL or 0, or where there is no such memory.
 * @since 0.1
 */
void *
dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *dma_handle, gfp_t gfp)
	__dmaengine_symbol(dma_alloc_coherent);

/**
 * Frees memory of dma_alloc_coherent(). Lock and callbacks: as there.
 *
 * @param dev
 *   The device that it was allocated for.
 * @param size
 *   The bytes that were asked for.
 * @param cpu_addr
 *   What the allocation returned; NULL is ignored. No transfer may use it any more.
 * @param dma_handle
 *   The address that came with it.
 * @since 0.1
 */
void
dma_free_coherent(struct device *dev, size_t size, void *cpu_addr, dma_addr_t dma_handle)
	__dmaengine_symbol(dma_free_coherent);

/**
 * Says which addresses a device can reach for mapped memory.
 *
 * For probe time: not while another thread maps for the same device.
 *
 * @param dev
 *   The device.
 * @param mask
 *   DMA_BIT_MASK() of its address bits.
 * @return
 *   0; -EINVAL for NULL; -EIO where DPDK's memory lies beyond the mask.
 * @since 0.1
 */
int
dma_set_mask(struct device *dev, __u64 mask) __dmaengine_symbol(dma_set_mask);

/**
 * dma_set_mask() for memory of dma_alloc_coherent().
 *
 * @param dev
 *   The device.
 * @param mask
 *   DMA_BIT_MASK() of its address bits.
 * @return
 *   0; -EINVAL for NULL; -EIO where DPDK's memory lies beyond the mask.
 * @since 0.1
 */
int
dma_set_coherent_mask(struct device *dev, __u64 mask) __dmaengine_symbol(dma_set_coherent_mask);

#ifdef __cplusplus
}
#endif

/* Shorter forms of the above, built from them. */
#include <linux/dmaengine/mapping_forms.h>
#include <linux/dmaengine/mapping_more.h>

#endif /* DMAENGINE_COMPAT_LINUX_DMA_MAPPING_H */
