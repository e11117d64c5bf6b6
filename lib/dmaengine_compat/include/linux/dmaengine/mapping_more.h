/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Allocations of other kinds, and limits of a device that few clients ask for.
 * Client code includes <linux/dma-mapping.h>, whose thread rules hold here; those of
 * dma_alloc_coherent() for allocations.
 */

#ifndef DMAENGINE_COMPAT_MAPPING_MORE_H
#define DMAENGINE_COMPAT_MAPPING_MORE_H

#include <linux/dma-mapping.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * dma_alloc_coherent() with attributes.
 *
 * @param dev
 *   The device that will transfer.
 * @param size
 *   Bytes, at least 1.
 * @param dma_handle
 *   Where the address for the device goes.
 * @param gfp
 *   Accepted and without effect.
 * @param attrs
 *   DMA_ATTR_ bits, or 0; without effect.
 * @return
 *   As dma_alloc_coherent().
 * @since 0.1
 */
static inline void *
dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *dma_handle, gfp_t gfp,
		unsigned long attrs)
{
	(void)attrs;
	return dma_alloc_coherent(dev, size, dma_handle, gfp);
}

/**
 * Frees memory of dma_alloc_attrs().
 *
 * @param dev
 *   The device that it was allocated for.
 * @param size
 *   The bytes that were asked for.
 * @param cpu_addr
 *   What the allocation returned; NULL is ignored.
 * @param dma_handle
 *   The address that came with it.
 * @param attrs
 *   Those of the allocation.
 * @since 0.1
 */
static inline void
dma_free_attrs(struct device *dev, size_t size, void *cpu_addr, dma_addr_t dma_handle,
	       unsigned long attrs)
{
	(void)attrs;
	dma_free_coherent(dev, size, cpu_addr, dma_handle);
}

/**
 * dma_alloc_coherent() for memory that the CPU mostly writes. Here it is the same.
 *
 * @param dev
 *   The device that will transfer.
 * @param size
 *   Bytes, at least 1.
 * @param dma_addr
 *   Where the address for the device goes.
 * @param gfp
 *   Accepted and without effect.
 * @return
 *   As dma_alloc_coherent().
 * @since 0.1
 */
static inline void *
dma_alloc_wc(struct device *dev, size_t size, dma_addr_t *dma_addr, gfp_t gfp)
{
	return dma_alloc_attrs(dev, size, dma_addr, gfp, DMA_ATTR_WRITE_COMBINE);
}

/**
 * Frees memory of dma_alloc_wc().
 *
 * @param dev
 *   The device that it was allocated for.
 * @param size
 *   The bytes that were asked for.
 * @param cpu_addr
 *   What the allocation returned; NULL is ignored.
 * @param dma_addr
 *   The address that came with it.
 * @since 0.1
 */
static inline void
dma_free_wc(struct device *dev, size_t size, void *cpu_addr, dma_addr_t dma_addr)
{
	dma_free_attrs(dev, size, cpu_addr, dma_addr, DMA_ATTR_WRITE_COMBINE);
}

/**
 * dma_alloc_coherent() for memory that the client synchronises by itself. Here it is the same.
 *
 * @param dev
 *   The device that will transfer.
 * @param size
 *   Bytes, at least 1.
 * @param dma_handle
 *   Where the address for the device goes.
 * @param dir
 *   What the device does with the memory; not looked at.
 * @param gfp
 *   Accepted and without effect.
 * @return
 *   As dma_alloc_coherent().
 * @since 0.1
 */
static inline void *
dma_alloc_noncoherent(struct device *dev, size_t size, dma_addr_t *dma_handle,
		      enum dma_data_direction dir, gfp_t gfp)
{
	(void)dir;
	return dma_alloc_coherent(dev, size, dma_handle, gfp);
}

/**
 * Frees memory of dma_alloc_noncoherent().
 *
 * @param dev
 *   The device that it was allocated for.
 * @param size
 *   The bytes that were asked for.
 * @param vaddr
 *   What the allocation returned; NULL is ignored.
 * @param dma_handle
 *   The address that came with it.
 * @param dir
 *   That of the allocation.
 * @since 0.1
 */
static inline void
dma_free_noncoherent(struct device *dev, size_t size, void *vaddr, dma_addr_t dma_handle,
		     enum dma_data_direction dir)
{
	(void)dir;
	dma_free_coherent(dev, size, vaddr, dma_handle);
}

/**
 * dma_set_mask_and_coherent() for a device whose dma_mask points nowhere yet: it will point to
 * coherent_dma_mask.
 *
 * @param dev
 *   The device.
 * @param mask
 *   DMA_BIT_MASK() of its address bits.
 * @return
 *   0; -EINVAL for NULL; -EIO where DPDK's memory lies beyond the mask.
 * @since 0.1
 */
static inline int
dma_coerce_mask_and_coherent(struct device *dev, __u64 mask)
{
	int ret;

	if (dev == NULL)
		return -EINVAL;
	dev->dma_mask = &dev->coherent_dma_mask;
	ret = dma_set_mask(dev, mask);
	return ret != 0 ? ret : dma_set_coherent_mask(dev, mask);
}

/**
 * The mask of a device.
 *
 * @param dev
 *   The device, or NULL.
 * @return
 *   Its mask; that of 32 bits where none is set.
 * @since 0.1
 */
static inline __u64
dma_get_mask(struct device *dev)
{
	if (dev != NULL && dev->dma_mask != NULL && *dev->dma_mask != 0)
		return *dev->dma_mask;
	return DMA_BIT_MASK(32);
}

/**
 * The largest piece of memory that can be mapped at once.
 *
 * @param dev
 *   The device; not looked at.
 * @return
 *   Bytes: there is no limit but the type's.
 * @since 0.1
 */
static inline size_t
dma_max_mapping_size(struct device *dev)
{
	(void)dev;
	return SIZE_MAX;
}

/**
 * The size up to which mappings are cheap.
 *
 * @param dev
 *   The device; not looked at.
 * @return
 *   Bytes: all cost the same.
 * @since 0.1
 */
static inline size_t
dma_opt_mapping_size(struct device *dev)
{
	return dma_max_mapping_size(dev);
}

/**
 * Says which boundary no segment may cross. Kept in dma_parms, and without effect: mappings do not
 * join segments.
 *
 * @param dev
 *   The device.
 * @param mask
 *   The boundary less 1.
 * @return
 *   0; -EIO where @p dev is NULL or has no dma_parms.
 * @since 0.1
 */
static inline int
dma_set_seg_boundary(struct device *dev, unsigned long mask)
{
	if (dev == NULL || dev->dma_parms == NULL)
		return -EIO;
	dev->dma_parms->segment_boundary_mask = mask;
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_MAPPING_MORE_H */
