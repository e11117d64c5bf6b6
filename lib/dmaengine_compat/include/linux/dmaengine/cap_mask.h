/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Sets of capabilities: what a client asks a channel for, and what a controller offers.
 * Client code includes <linux/dmaengine.h>.
 *
 * The macros take the mask itself, not its address. A mask on the stack belongs to its owner; that
 * of a struct dma_device does not change after the device has been added, so any thread may read
 * it, also from a callback. Nothing here blocks.
 */

#ifndef DMAENGINE_COMPAT_CAP_MASK_H
#define DMAENGINE_COMPAT_CAP_MASK_H

#include <linux/bits.h>
#include <linux/dmaengine/values.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A set of enum dma_transaction_type. */
typedef struct {
	DECLARE_BITMAP(bits, DMA_TX_TYPE_END); /**< Bit n stands for value n. */
} dma_cap_mask_t;

/* The word of the bitmap that a capability is in, and its bit there. */
#define __DMAENGINE_CAP_WORD(tx) ((unsigned int)(tx) / (__SIZEOF_LONG__ * 8))
#define __DMAENGINE_CAP_BIT(tx) (1UL << ((unsigned int)(tx) % (__SIZEOF_LONG__ * 8)))

/** Function behind dma_cap_set(). */
static inline void
__dma_cap_set(enum dma_transaction_type tx_type, dma_cap_mask_t *mask)
{
	mask->bits[__DMAENGINE_CAP_WORD(tx_type)] |= __DMAENGINE_CAP_BIT(tx_type);
}

/** Function behind dma_cap_clear(). */
static inline void
__dma_cap_clear(enum dma_transaction_type tx_type, dma_cap_mask_t *mask)
{
	mask->bits[__DMAENGINE_CAP_WORD(tx_type)] &= ~__DMAENGINE_CAP_BIT(tx_type);
}

/** Function behind dma_cap_zero(). */
static inline void
__dma_cap_zero(dma_cap_mask_t *mask)
{
	size_t word;

	for (word = 0; word < sizeof(mask->bits) / sizeof(mask->bits[0]); word++)
		mask->bits[word] = 0;
}

/** Function behind dma_has_cap(). */
static inline int
__dma_has_cap(enum dma_transaction_type tx_type, const dma_cap_mask_t *mask)
{
	return (mask->bits[__DMAENGINE_CAP_WORD(tx_type)] &
		__DMAENGINE_CAP_BIT(tx_type)) != 0;
}

/* The first capability in the set at or after one, DMA_TX_TYPE_END where there is none. */
static inline int
__dmaengine_cap_next(const dma_cap_mask_t *mask, int tx_type)
{
	while (tx_type < (int)DMA_TX_TYPE_END &&
	       !__dma_has_cap((enum dma_transaction_type)tx_type, mask))
		tx_type++;
	return tx_type;
}

/** Adds the capability @p tx to the set @p mask. */
#define dma_cap_set(tx, mask) __dma_cap_set((tx), &(mask))
/** Takes the capability @p tx out of the set @p mask. */
#define dma_cap_clear(tx, mask) __dma_cap_clear((tx), &(mask))
/** Empties the set @p mask. */
#define dma_cap_zero(mask) __dma_cap_zero(&(mask))
/** Whether the capability @p tx is in the set @p mask: 1 or 0. */
#define dma_has_cap(tx, mask) __dma_has_cap((tx), &(mask))

/** Walks the capabilities in the set @p mask, in @p cap, from the smallest value up. */
#define for_each_dma_cap_mask(cap, mask) \
	for ((cap) = (__typeof__(cap))__dmaengine_cap_next(&(mask), 0); \
	     (int)(cap) < (int)DMA_TX_TYPE_END; \
	     (cap) = (__typeof__(cap))__dmaengine_cap_next(&(mask), (int)(cap) + 1))

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_CAP_MASK_H */
