/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Limits of memory-to-memory operations: alignment, and the sources that P and Q can take.
 * Client code includes <linux/dmaengine.h>.
 *
 * They only read what does not change while a channel is held: any thread may call them, also from
 * a callback, and none blocks. A device argument must not be NULL.
 */

#ifndef DMAENGINE_COMPAT_OFFLOAD_H
#define DMAENGINE_COMPAT_OFFLOAD_H

#include <linux/dmaengine/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether two offsets and a length fit an alignment. Any thread; also from a callback.
 *
 * @param align
 *   The alignment.
 * @param off1
 *   An offset or address.
 * @param off2
 *   Another one.
 * @param len
 *   A length in bytes.
 * @return
 *   True where all three are multiples of it.
 * @since 0.1
 */
static inline bool
dmaengine_check_align(enum dmaengine_alignment align, size_t off1, size_t off2, size_t len)
{
	size_t below = ((size_t)1 << align) - 1;

	return ((off1 | off2 | len) & below) == 0;
}

/**
 * Whether a copy fits the device's alignment. Any thread; also from a callback.
 *
 * @param dev
 *   The controller.
 * @param off1
 *   Offset or address of the source.
 * @param off2
 *   Offset or address of the destination.
 * @param len
 *   Bytes.
 * @return
 *   True where it fits.
 * @since 0.1
 */
static inline bool
is_dma_copy_aligned(struct dma_device *dev, size_t off1, size_t off2, size_t len)
{
	return dmaengine_check_align(dev->copy_align, off1, off2, len);
}

/**
 * Whether an XOR fits the device's alignment. Any thread; also from a callback.
 *
 * @param dev
 *   The controller.
 * @param off1
 *   Offset or address of a source.
 * @param off2
 *   Offset or address of the destination.
 * @param len
 *   Bytes.
 * @return
 *   True where it fits.
 * @since 0.1
 */
static inline bool
is_dma_xor_aligned(struct dma_device *dev, size_t off1, size_t off2, size_t len)
{
	return dmaengine_check_align(dev->xor_align, off1, off2, len);
}

/**
 * Whether a P and Q operation fits the device's alignment. Any thread; also from a callback.
 *
 * @param dev
 *   The controller.
 * @param off1
 *   Offset or address of a source.
 * @param off2
 *   Offset or address of a destination.
 * @param len
 *   Bytes.
 * @return
 *   True where it fits.
 * @since 0.1
 */
static inline bool
is_dma_pq_aligned(struct dma_device *dev, size_t off1, size_t off2, size_t len)
{
	return dmaengine_check_align(dev->pq_align, off1, off2, len);
}

/**
 * Whether a fill fits the device's alignment. Any thread; also from a callback.
 *
 * @param dev
 *   The controller.
 * @param off1
 *   Offset or address of the destination.
 * @param off2
 *   Another one, or 0.
 * @param len
 *   Bytes.
 * @return
 *   True where it fits.
 * @since 0.1
 */
static inline bool
is_dma_fill_aligned(struct dma_device *dev, size_t off1, size_t off2, size_t len)
{
	return dmaengine_check_align(dev->fill_align, off1, off2, len);
}

/** Bit of dma_device.max_pq: continuing an earlier P and Q takes no sources away. */
#define DMA_HAS_PQ_CONTINUE (1 << 15)

/**
 * Says how many sources a controller's P and Q operation takes. For those who provide a controller.
 *
 * @param dma
 *   The controller, before it is added.
 * @param maxpq
 *   Sources, below DMA_HAS_PQ_CONTINUE.
 * @param has_pq_continue
 *   Not 0 where continuing takes no sources away.
 * @since 0.1
 */
static inline void
dma_set_maxpq(struct dma_device *dma, int maxpq, int has_pq_continue)
{
	dma->max_pq = (unsigned short)(maxpq | (has_pq_continue != 0 ? DMA_HAS_PQ_CONTINUE : 0));
}

/**
 * Whether flags continue an earlier P and Q. Any thread; also from a callback.
 *
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   True where they do.
 * @since 0.1
 */
static inline bool
dmaf_continue(enum dma_ctrl_flags flags)
{
	return (flags & DMA_PREP_CONTINUE) != 0;
}

/**
 * Whether flags continue an earlier P and Q without P. Any thread; also from a callback.
 *
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   True where they do.
 * @since 0.1
 */
static inline bool
dmaf_p_disabled_continue(enum dma_ctrl_flags flags)
{
	return dmaf_continue(flags) && (flags & DMA_PREP_PQ_DISABLE_P) != 0;
}

/**
 * Whether continuing takes no sources away. Any thread; also from a callback.
 *
 * @param dma
 *   The controller.
 * @return
 *   True where it does not.
 * @since 0.1
 */
static inline bool
dma_dev_has_pq_continue(struct dma_device *dma)
{
	return (dma->max_pq & DMA_HAS_PQ_CONTINUE) != 0;
}

/**
 * The sources of a P and Q operation that continues nothing. Any thread; also from a callback.
 *
 * @param dma
 *   The controller.
 * @return
 *   Sources, 0 without the operation.
 * @since 0.1
 */
static inline unsigned short
dma_dev_to_maxpq(struct dma_device *dma)
{
	return (unsigned short)(dma->max_pq & ~DMA_HAS_PQ_CONTINUE);
}

/**
 * The sources that a client can give to a P and Q operation. Any thread; also from a callback.
 *
 * A controller that cannot continue by itself reads the earlier results as sources: Q once where
 * only Q is written, otherwise P once and Q twice.
 *
 * @param dma
 *   The controller.
 * @param flags
 *   The flags of the operation.
 * @return
 *   Sources; 0 or less where there is no room for any.
 * @since 0.1
 */
static inline int
dma_maxpq(struct dma_device *dma, enum dma_ctrl_flags flags)
{
	int sources = dma_dev_to_maxpq(dma);

	if (dma_dev_has_pq_continue(dma) || !dmaf_continue(flags))
		return sources;
	return dmaf_p_disabled_continue(flags) ? sources - 1 : sources - 3;
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_OFFLOAD_H */
