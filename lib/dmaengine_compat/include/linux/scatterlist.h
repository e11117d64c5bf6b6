/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Scatterlists: arrays of memory segments, mapped by dma_map_sg() and handed to a channel by
 * dmaengine_prep_slave_sg().
 *
 * An entry has two sides. The memory side (page handle, offset, length) is the client's; the
 * device side (sg_dma_address(), sg_dma_len()) is filled by the mapping, or by the client itself
 * for addresses that need none. A mapping may need fewer entries than it was given, so the device
 * side is read for as many entries as the mapping returned, and the memory side for all of them.
 *
 * The list belongs to the client, who keeps it from changing while another thread walks it and,
 * once mapped, until it is unmapped. With that, any thread may call any function here, also from a
 * callback; none blocks, and a list argument must not be NULL unless the text allows it.
 *
 * For `struct page` see the file linux/dmaengine/page.h.
 */

#ifndef DMAENGINE_COMPAT_LINUX_SCATTERLIST_H
#define DMAENGINE_COMPAT_LINUX_SCATTERLIST_H

#include <string.h>
#include <sys/types.h>

#include <linux/dmaengine/page.h>
#include <linux/errno.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bit of page_link: this is not a segment but points to the rest of the list. */
#define SG_CHAIN 0x01UL
/** Bit of page_link: this is the last segment. */
#define SG_END 0x02UL
/** Both marks; what is left of page_link is a page handle or the address of the next array. */
#define SG_PAGE_LINK_MASK (SG_CHAIN | SG_END)

/** One segment of memory. */
struct scatterlist {
	unsigned long page_link;  /**< Page handle, and the marks in its two lowest bits. */
	unsigned int offset;      /**< Bytes from the page's start to the segment. */
	unsigned int length;      /**< Bytes in the segment, on the memory side. */
	dma_addr_t dma_address;   /**< Device side; use sg_dma_address(). */
	unsigned int dma_length;  /**< Device side; use sg_dma_len(). */
};

/** A scatterlist together with its counts, as sg_alloc_table() makes it. */
struct sg_table {
	struct scatterlist *sgl; /**< The first segment. */
	unsigned int nents;      /**< Segments after mapping. */
	unsigned int orig_nents; /**< Segments in memory, as allocated. */
};

/** The device address of a segment; may be assigned to. */
#define sg_dma_address(sg) ((sg)->dma_address)
/** The bytes of a segment on the device side; may be assigned to. */
#define sg_dma_len(sg) ((sg)->dma_length)

/**
 * Whether an entry is a link to another array instead of a segment.
 *
 * @param sg
 *   The entry.
 * @return
 *   True for a link.
 * @since 0.1
 */
static inline bool
sg_is_chain(const struct scatterlist *sg)
{
	return (sg->page_link & SG_CHAIN) != 0;
}

/**
 * Whether a segment is the last of its list.
 *
 * @param sg
 *   The segment.
 * @return
 *   True for the last one.
 * @since 0.1
 */
static inline bool
sg_is_last(const struct scatterlist *sg)
{
	return (sg->page_link & SG_END) != 0;
}

/**
 * The array that a link points to.
 *
 * @param sg
 *   An entry for which sg_is_chain() is true.
 * @return
 *   The first segment of the next array.
 * @since 0.1
 */
static inline struct scatterlist *
sg_chain_ptr(const struct scatterlist *sg)
{
	return (struct scatterlist *)(sg->page_link & ~SG_PAGE_LINK_MASK);
}

/**
 * The next segment, across links.
 *
 * @param sg
 *   A segment.
 * @return
 *   The one after it, or NULL after the last.
 * @since 0.1
 */
static inline struct scatterlist *
sg_next(struct scatterlist *sg)
{
	if (sg_is_last(sg))
		return NULL;
	sg++;
	return sg_is_chain(sg) ? sg_chain_ptr(sg) : sg;
}

/**
 * Walks the first @p nr segments of a list: @p sg is the segment, @p i counts from 0.
 * The list must have that many. Clients count in int and in unsigned int, whichever @p nr is: the
 * casts spare them a warning.
 */
#define for_each_sg(sglist, sg, nr, i) \
	for ((i) = 0, (sg) = (sglist); (long)(i) < (long)(nr); (i)++, (sg) = sg_next(sg))

/** Walks the memory side of a table. */
#define for_each_sgtable_sg(sgt, sg, i) for_each_sg((sgt)->sgl, sg, (sgt)->orig_nents, i)
/** Walks the device side of a mapped table. */
#define for_each_sgtable_dma_sg(sgt, sg, i) for_each_sg((sgt)->sgl, sg, (sgt)->nents, i)

/**
 * Marks a segment as the last of its list.
 *
 * @param sg
 *   The segment; if it was a link it is one no longer.
 * @since 0.1
 */
static inline void
sg_mark_end(struct scatterlist *sg)
{
	sg->page_link = (sg->page_link & ~SG_CHAIN) | SG_END;
}

/**
 * Takes the mark of the last segment away, so that the list goes on behind it.
 *
 * @param sg
 *   The segment.
 * @since 0.1
 */
static inline void
sg_unmark_end(struct scatterlist *sg)
{
	sg->page_link &= ~SG_END;
}

/**
 * Clears an array of segments and marks its last one.
 *
 * @param sgl
 *   The array.
 * @param nents
 *   Its segments, at least 1; with 0 nothing is done.
 * @since 0.1
 */
static inline void
sg_init_table(struct scatterlist *sgl, unsigned int nents)
{
	if (nents == 0)
		return;
	memset(sgl, 0, nents * sizeof(*sgl));
	sg_mark_end(&sgl[nents - 1]);
}

/**
 * Makes an entry refer to a page; offset and length stay as they are.
 *
 * @param sg
 *   The segment; its place in the list does not change.
 * @param page
 *   A page handle.
 * @since 0.1
 */
static inline void
sg_assign_page(struct scatterlist *sg, struct page *page)
{
	sg->page_link = (sg->page_link & SG_PAGE_LINK_MASK) | (unsigned long)page;
}

/**
 * Makes an entry refer to memory by page.
 *
 * @param sg
 *   The segment; its place in the list does not change.
 * @param page
 *   A page handle.
 * @param len
 *   Bytes of the segment. It may reach beyond the page: the bytes after it are the next page's.
 * @param offset
 *   Bytes from the start of the page to the segment.
 * @since 0.1
 */
static inline void
sg_set_page(struct scatterlist *sg, struct page *page, unsigned int len, unsigned int offset)
{
	sg_assign_page(sg, page);
	sg->offset = offset;
	sg->length = len;
}

/**
 * Makes an entry refer to memory by address.
 *
 * @param sg
 *   The segment; its place in the list does not change.
 * @param buf
 *   The memory, at any alignment.
 * @param buflen
 *   Bytes of the segment.
 * @since 0.1
 */
static inline void
sg_set_buf(struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	sg_set_page(sg, __dmaengine_virt_to_page(buf), buflen,
		    (unsigned int)((uintptr_t)buf & (DMAENGINE_COMPAT_PAGE_BYTES - 1)));
}

/**
 * Makes a list of one segment.
 *
 * @param sg
 *   The entry to become the list.
 * @param buf
 *   The memory, at any alignment.
 * @param buflen
 *   Bytes of the segment.
 * @since 0.1
 */
static inline void
sg_init_one(struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, buf, buflen);
}

/**
 * The page that a segment was set to.
 *
 * @param sg
 *   The segment.
 * @return
 *   The page handle, NULL where none was set.
 * @since 0.1
 */
static inline struct page *
sg_page(const struct scatterlist *sg)
{
	return (struct page *)(sg->page_link & ~SG_PAGE_LINK_MASK);
}

/**
 * The address of a segment's memory.
 *
 * @param sg
 *   The segment, with a page set.
 * @return
 *   The address of its first byte.
 * @since 0.1
 */
static inline void *
sg_virt(const struct scatterlist *sg)
{
	return (char *)sg_page(sg) + sg->offset;
}

/**
 * The bus address of a segment's memory. For transfers use dma_map_sg() and sg_dma_address().
 *
 * @param sg
 *   The segment, with a page set.
 * @return
 *   The bus address of its first byte, or all ones where the memory is unknown.
 * @since 0.1
 */
static inline phys_addr_t
sg_phys(const struct scatterlist *sg)
{
	return dmaengine_compat_virt_to_phys(sg_virt(sg));
}

/**
 * Continues a list in another array.
 *
 * @param prv
 *   The first array. Its last entry becomes the link, so it holds one segment less.
 * @param prv_nents
 *   Entries of that array, the link included; at least 1.
 * @param sgl
 *   The array to go on with.
 * @since 0.1
 */
static inline void
sg_chain(struct scatterlist *prv, unsigned int prv_nents, struct scatterlist *sgl)
{
	struct scatterlist *link = &prv[prv_nents - 1];

	link->offset = 0;
	link->length = 0;
	link->page_link = (unsigned long)sgl | SG_CHAIN;
}

/**
 * The last segment of a list.
 *
 * @param sgl
 *   The list.
 * @param nents
 *   Its segments, at least 1.
 * @return
 *   The segment with index @p nents - 1, across links.
 * @since 0.1
 */
static inline struct scatterlist *
sg_last(struct scatterlist *sgl, unsigned int nents)
{
	while (nents > 1) {
		sgl = sg_next(sgl);
		nents--;
	}
	return sgl;
}

/**
 * Counts the segments of a list up to its end mark.
 *
 * @param sg
 *   The list, or NULL.
 * @return
 *   The number of segments; 0 for NULL.
 * @since 0.1
 */
static inline int
sg_nents(struct scatterlist *sg)
{
	int nents = 0;

	for (; sg != NULL; sg = sg_next(sg))
		nents++;
	return nents;
}

/**
 * Counts the segments that hold the first bytes of a list.
 *
 * @param sg
 *   The list, or NULL.
 * @param len
 *   The bytes wanted, on the memory side.
 * @return
 *   The number of segments; 0 for @p len 0, -EINVAL where the list is shorter than @p len.
 * @since 0.1
 */
static inline int
sg_nents_for_len(struct scatterlist *sg, __u64 len)
{
	int nents = 0;

	for (; len > 0; sg = sg_next(sg)) {
		if (sg == NULL)
			return -EINVAL;
		len -= sg->length < len ? sg->length : len;
		nents++;
	}
	return nents;
}

#ifdef __cplusplus
}
#endif

/* Tables, copying and walks by page: the rest of the subject. */
#include <linux/dmaengine/sg_table.h>

#endif /* DMAENGINE_COMPAT_LINUX_SCATTERLIST_H */
