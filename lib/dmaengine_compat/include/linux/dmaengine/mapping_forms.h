/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * The short and combined forms of the mapping calls, and the limits of a device.
 * Client code includes <linux/dma-mapping.h>, whose thread rules hold here.
 */

#ifndef DMAENGINE_COMPAT_MAPPING_FORMS_H
#define DMAENGINE_COMPAT_MAPPING_FORMS_H

#include <linux/dma-mapping.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tells a failed mapping.
 *
 * @param dev
 *   The device that was mapped for; not used.
 * @param dma_addr
 *   What the mapping returned.
 * @return
 *   0 for an address; -ENOMEM for DMA_MAPPING_ERROR.
 * @since 0.1
 */
static inline int
dma_mapping_error(struct device *dev, dma_addr_t dma_addr)
{
	(void)dev;
	return dma_addr == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

/**
 * dma_map_single_attrs() without attributes.
 *
 * @param dev
 *   The device that will transfer.
 * @param ptr
 *   The buffer.
 * @param size
 *   Its bytes, at least 1.
 * @param dir
 *   What the device does with it.
 * @return
 *   The address for the device, or DMA_MAPPING_ERROR.
 * @since 0.1
 */
static inline dma_addr_t
dma_map_single(struct device *dev, void *ptr, size_t size, enum dma_data_direction dir)
{
	return dma_map_single_attrs(dev, ptr, size, dir, 0);
}

/**
 * Ends a mapping of dma_map_single().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param addr
 *   What the mapping returned.
 * @param size
 *   The bytes that were mapped.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_unmap_single(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)
{
	dma_unmap_single_attrs(dev, addr, size, dir, 0);
}

/**
 * dma_map_single_attrs() for memory given by page handle.
 *
 * @param dev
 *   The device that will transfer.
 * @param page
 *   A page handle.
 * @param offset
 *   Bytes from the start of the page.
 * @param size
 *   Bytes from there, at least 1; they may reach into the pages behind.
 * @param dir
 *   What the device does with them.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @return
 *   The address for the device, or DMA_MAPPING_ERROR, also for a NULL page.
 * @since 0.1
 */
static inline dma_addr_t
dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size,
		   enum dma_data_direction dir, unsigned long attrs)
{
	if (page == NULL)
		return DMA_MAPPING_ERROR;
	return dma_map_single_attrs(dev, (char *)page + offset, size, dir, attrs);
}

/**
 * Ends a mapping of dma_map_page_attrs().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param addr
 *   What the mapping returned.
 * @param size
 *   The bytes that were mapped.
 * @param dir
 *   The direction that was mapped.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @since 0.1
 */
static inline void
dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t size,
		     enum dma_data_direction dir, unsigned long attrs)
{
	dma_unmap_single_attrs(dev, addr, size, dir, attrs);
}

/**
 * dma_map_page_attrs() without attributes.
 *
 * @param dev
 *   The device that will transfer.
 * @param page
 *   A page handle.
 * @param offset
 *   Bytes from the start of the page.
 * @param size
 *   Bytes from there, at least 1.
 * @param dir
 *   What the device does with them.
 * @return
 *   The address for the device, or DMA_MAPPING_ERROR.
 * @since 0.1
 */
static inline dma_addr_t
dma_map_page(struct device *dev, struct page *page, size_t offset, size_t size,
	     enum dma_data_direction dir)
{
	return dma_map_page_attrs(dev, page, offset, size, dir, 0);
}

/**
 * Ends a mapping of dma_map_page().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param addr
 *   What the mapping returned.
 * @param size
 *   The bytes that were mapped.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_unmap_page(struct device *dev, dma_addr_t addr, size_t size, enum dma_data_direction dir)
{
	dma_unmap_page_attrs(dev, addr, size, dir, 0);
}

/**
 * dma_map_sg_attrs() without attributes.
 *
 * @param dev
 *   The device that will transfer.
 * @param sgl
 *   The list.
 * @param nents
 *   Its segments.
 * @param dir
 *   What the device does with the memory.
 * @return
 *   Entries to hand to the channel, at most @p nents; 0 on failure.
 * @since 0.1
 */
static inline unsigned int
dma_map_sg(struct device *dev, struct scatterlist *sgl, int nents, enum dma_data_direction dir)
{
	return dma_map_sg_attrs(dev, sgl, nents, dir, 0);
}

/**
 * Ends a mapping of dma_map_sg().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param sgl
 *   The list.
 * @param nents
 *   The segments that were given to the mapping, not what it returned.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_unmap_sg(struct device *dev, struct scatterlist *sgl, int nents, enum dma_data_direction dir)
{
	dma_unmap_sg_attrs(dev, sgl, nents, dir, 0);
}

/**
 * Maps a table; its nents becomes the entries for the channel.
 *
 * @param dev
 *   The device that will transfer.
 * @param sgt
 *   The table.
 * @param dir
 *   What the device does with the memory.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @return
 *   0; -EINVAL for a NULL table; -EIO where it could not be mapped.
 * @since 0.1
 */
static inline int
dma_map_sgtable(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir,
		unsigned long attrs)
{
	unsigned int mapped;

	if (sgt == NULL)
		return -EINVAL;
	mapped = dma_map_sg_attrs(dev, sgt->sgl, (int)sgt->orig_nents, dir, attrs);
	if (mapped == 0)
		return -EIO;
	sgt->nents = mapped;
	return 0;
}

/**
 * Ends a mapping of dma_map_sgtable().
 *
 * @param dev
 *   The device that it was mapped for.
 * @param sgt
 *   The table.
 * @param dir
 *   The direction that was mapped.
 * @param attrs
 *   DMA_ATTR_ bits, or 0.
 * @since 0.1
 */
static inline void
dma_unmap_sgtable(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir,
		  unsigned long attrs)
{
	dma_unmap_sg_attrs(dev, sgt->sgl, (int)sgt->orig_nents, dir, attrs);
}

/**
 * dma_sync_sg_for_cpu() for a table.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param sgt
 *   The table.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_sync_sgtable_for_cpu(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_sync_sg_for_cpu(dev, sgt->sgl, (int)sgt->orig_nents, dir);
}

/**
 * dma_sync_sg_for_device() for a table.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param sgt
 *   The table.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_sync_sgtable_for_device(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_sync_sg_for_device(dev, sgt->sgl, (int)sgt->orig_nents, dir);
}

/**
 * dma_sync_single_for_cpu() for part of a mapping.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param addr
 *   The start of the mapping.
 * @param offset
 *   Bytes from there to the part.
 * @param size
 *   Bytes of the part.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_sync_single_range_for_cpu(struct device *dev, dma_addr_t addr, unsigned long offset,
			      size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_cpu(dev, addr + offset, size, dir);
}

/**
 * dma_sync_single_for_device() for part of a mapping.
 *
 * @param dev
 *   The device that it is mapped for.
 * @param addr
 *   The start of the mapping.
 * @param offset
 *   Bytes from there to the part.
 * @param size
 *   Bytes of the part.
 * @param dir
 *   The direction that was mapped.
 * @since 0.1
 */
static inline void
dma_sync_single_range_for_device(struct device *dev, dma_addr_t addr, unsigned long offset,
				 size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_device(dev, addr + offset, size, dir);
}

/**
 * dma_set_mask() and dma_set_coherent_mask() in one.
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
dma_set_mask_and_coherent(struct device *dev, __u64 mask)
{
	int ret = dma_set_mask(dev, mask);

	return ret != 0 ? ret : dma_set_coherent_mask(dev, mask);
}

/**
 * The longest segment that a device takes in a scatterlist.
 *
 * @param dev
 *   The device, or NULL.
 * @return
 *   Bytes: what the client or the library set, otherwise 65536.
 * @since 0.1
 */
static inline unsigned int
dma_get_max_seg_size(struct device *dev)
{
	if (dev != NULL && dev->dma_parms != NULL && dev->dma_parms->max_segment_size != 0)
		return dev->dma_parms->max_segment_size;
	if (dev != NULL && dev->dma_max_seg_size != 0)
		return dev->dma_max_seg_size;
	return 65536;
}

/**
 * Says how long a segment a device takes. It is advice for clients that build scatterlists; the
 * library splits longer ones by itself.
 *
 * For probe time: not while another thread asks for it.
 *
 * @param dev
 *   The device.
 * @param size
 *   Bytes; 0 returns to the default.
 * @return
 *   0; -EINVAL for NULL.
 * @since 0.1
 */
static inline int
dma_set_max_seg_size(struct device *dev, unsigned int size)
{
	if (dev == NULL)
		return -EINVAL;
	if (dev->dma_parms != NULL)
		dev->dma_parms->max_segment_size = size;
	else
		dev->dma_max_seg_size = size;
	return 0;
}

/**
 * The alignment at which two buffers share no cache line.
 *
 * @return
 *   Bytes, a power of two.
 * @since 0.1
 */
static inline int
dma_get_cache_alignment(void)
{
#ifdef __powerpc64__
	return 128;
#else
	return 64;
#endif
}

/** Declares the member @p name that keeps a mapped address until it is unmapped. */
#define DEFINE_DMA_UNMAP_ADDR(name) dma_addr_t name
/** Declares the member @p name that keeps a mapped length until it is unmapped. */
#define DEFINE_DMA_UNMAP_LEN(name) __u32 name
/** The address kept in the member @p name of *@p ptr. */
#define dma_unmap_addr(ptr, name) ((ptr)->name)
/** Keeps an address in the member @p name of *@p ptr. */
#define dma_unmap_addr_set(ptr, name, val) ((ptr)->name = (val))
/** The length kept in the member @p name of *@p ptr, in bytes. */
#define dma_unmap_len(ptr, name) ((ptr)->name)
/** Keeps a length in the member @p name of *@p ptr, in bytes. */
#define dma_unmap_len_set(ptr, name, val) ((ptr)->name = (val))

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_MAPPING_FORMS_H */
