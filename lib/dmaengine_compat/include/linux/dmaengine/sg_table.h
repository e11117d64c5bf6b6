/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Scatterlists as wholes: tables, copies to and from a flat buffer, and a walk by granules.
 * Client code includes <linux/scatterlist.h>.
 */

#ifndef DMAENGINE_COMPAT_SG_TABLE_H
#define DMAENGINE_COMPAT_SG_TABLE_H

#include <linux/dmaengine/symbol.h>
#include <linux/scatterlist.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Allocates a list of segments, cleared and with the last one marked.
 *
 * Any thread may call it, also from a callback; it allocates, so it is not for steady state.
 *
 * @param table
 *   Filled in; on failure it is all zero.
 * @param nents
 *   Segments wanted, at least 1.
 * @param gfp_mask
 *   Accepted and without effect.
 * @return
 *   0; -EINVAL for NULL or no segments; -ENOMEM where there is no memory.
 * @since 0.1
 */
int
sg_alloc_table(struct sg_table *table, unsigned int nents, gfp_t gfp_mask)
	__dmaengine_symbol(sg_alloc_table);

/**
 * Frees the list of a table, not the memory that its segments refer to.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param table
 *   From sg_alloc_table(), unmapped. NULL, or a table already freed, is ignored.
 * @since 0.1
 */
void
sg_free_table(struct sg_table *table) __dmaengine_symbol(sg_free_table);

/**
 * Copies between a list's memory and a flat buffer. The CPU copies; no channel takes part.
 *
 * Any thread may call it, also from a callback; it takes the time of the copy.
 *
 * @param sgl
 *   The list, or NULL for an empty one.
 * @param nents
 *   Segments to use; the walk ends earlier at the list's end mark.
 * @param buf
 *   The flat buffer; only read where @p to_buffer is false. NULL: the list's memory is cleared.
 * @param buflen
 *   Bytes to copy at most.
 * @param skip
 *   Bytes of the list to leave out at its start, at least 0.
 * @param to_buffer
 *   True from list to buffer, false the other way.
 * @return
 *   Bytes copied; fewer than @p buflen where the list ends first, 0 where @p skip passes its end.
 * @since 0.1
 */
size_t
sg_copy_buffer(struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen, off_t skip,
	       bool to_buffer) __dmaengine_symbol(sg_copy_buffer);

/**
 * Fills a list's memory from a flat buffer; see sg_copy_buffer().
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Segments to use.
 * @param buf
 *   The data.
 * @param buflen
 *   Bytes of data.
 * @return
 *   Bytes copied.
 * @since 0.1
 */
static inline size_t
sg_copy_from_buffer(struct scatterlist *sgl, unsigned int nents, const void *buf, size_t buflen)
{
	return sg_copy_buffer(sgl, nents, (void *)(uintptr_t)buf, buflen, 0, false);
}

/**
 * Reads a list's memory into a flat buffer; see sg_copy_buffer().
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Segments to use.
 * @param buf
 *   Where the data goes.
 * @param buflen
 *   Bytes of room.
 * @return
 *   Bytes copied.
 * @since 0.1
 */
static inline size_t
sg_copy_to_buffer(struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen)
{
	return sg_copy_buffer(sgl, nents, buf, buflen, 0, true);
}

/**
 * Fills part of a list's memory from a flat buffer; see sg_copy_buffer().
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Segments to use.
 * @param buf
 *   The data.
 * @param buflen
 *   Bytes of data.
 * @param skip
 *   Bytes of the list to leave out at its start.
 * @return
 *   Bytes copied.
 * @since 0.1
 */
static inline size_t
sg_pcopy_from_buffer(struct scatterlist *sgl, unsigned int nents, const void *buf, size_t buflen,
		     off_t skip)
{
	return sg_copy_buffer(sgl, nents, (void *)(uintptr_t)buf, buflen, skip, false);
}

/**
 * Reads part of a list's memory into a flat buffer; see sg_copy_buffer().
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Segments to use.
 * @param buf
 *   Where the data goes.
 * @param buflen
 *   Bytes of room.
 * @param skip
 *   Bytes of the list to leave out at its start.
 * @return
 *   Bytes copied.
 * @since 0.1
 */
static inline size_t
sg_pcopy_to_buffer(struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen,
		   off_t skip)
{
	return sg_copy_buffer(sgl, nents, buf, buflen, skip, true);
}

/**
 * Clears part of a list's memory; see sg_copy_buffer().
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Segments to use.
 * @param buflen
 *   Bytes to clear.
 * @param skip
 *   Bytes of the list to leave out at its start.
 * @return
 *   Bytes cleared.
 * @since 0.1
 */
static inline size_t
sg_zero_buffer(struct scatterlist *sgl, unsigned int nents, size_t buflen, off_t skip)
{
	return sg_copy_buffer(sgl, nents, NULL, buflen, skip, false);
}

/** Where a walk over the granules of a mapped list stands. */
struct sg_dma_page_iter {
	struct scatterlist *sg; /**< The segment; NULL after the last. */
	unsigned int nents;     /**< Segments left, this one included. */
	unsigned long granule;  /**< Granules from the start of the segment's first one. */
};

/* The granules that a segment touches on the device side. */
static inline unsigned long
__dmaengine_sg_granules(const struct scatterlist *sg)
{
	unsigned long head = (unsigned long)(sg->dma_address & (DMAENGINE_COMPAT_PAGE_BYTES - 1));

	return (head + sg->dma_length + DMAENGINE_COMPAT_PAGE_BYTES - 1) /
	       DMAENGINE_COMPAT_PAGE_BYTES;
}

/* Leaves the segments behind in which there is no granule left, empty ones among them. */
static inline bool
__dmaengine_sg_iter_settle(struct sg_dma_page_iter *iter)
{
	while (iter->sg != NULL && iter->nents > 0) {
		unsigned long granules = __dmaengine_sg_granules(iter->sg);

		if (iter->granule < granules)
			return true;
		iter->granule -= granules;
		iter->sg = sg_next(iter->sg);
		iter->nents--;
	}
	return false;
}

/* Starts a walk, some granules into the list. */
static inline bool
__dmaengine_sg_iter_start(struct sg_dma_page_iter *iter, struct scatterlist *sgl,
			       unsigned int nents, unsigned long granule)
{
	iter->sg = sgl;
	iter->nents = nents;
	iter->granule = granule;
	return __dmaengine_sg_iter_settle(iter);
}

/* Goes one granule on. */
static inline bool
__dmaengine_sg_iter_next(struct sg_dma_page_iter *iter)
{
	iter->granule++;
	return __dmaengine_sg_iter_settle(iter);
}

/**
 * The device address of the granule at which a walk stands.
 *
 * @param dma_iter
 *   The walk, inside for_each_sg_dma_page().
 * @return
 *   The address of the granule's start, at or before the segment's first byte.
 * @since 0.1
 */
static inline dma_addr_t
sg_page_iter_dma_address(const struct sg_dma_page_iter *dma_iter)
{
	dma_addr_t head = dma_iter->sg->dma_address & (DMAENGINE_COMPAT_PAGE_BYTES - 1);

	return dma_iter->sg->dma_address - head + dma_iter->granule * DMAENGINE_COMPAT_PAGE_BYTES;
}

/**
 * Walks the granules of a mapped list: @p dma_iter points to a struct sg_dma_page_iter,
 * @p dma_nents is what the mapping returned, @p pgoffset the granules to leave out first.
 */
#define for_each_sg_dma_page(sglist, dma_iter, dma_nents, pgoffset) \
	for (bool sg_more_ = \
		     __dmaengine_sg_iter_start(dma_iter, sglist, dma_nents, pgoffset); \
	     sg_more_; sg_more_ = __dmaengine_sg_iter_next(dma_iter))

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_SG_TABLE_H */
