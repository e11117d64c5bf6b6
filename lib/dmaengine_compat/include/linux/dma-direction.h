/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * The direction of a mapping.
 *
 * Mapping calls take these values; prepare calls take enum dma_transfer_direction of
 * <linux/dmaengine.h>, whose numbers differ.
 */

#ifndef DMAENGINE_COMPAT_LINUX_DMA_DIRECTION_H
#define DMAENGINE_COMPAT_LINUX_DMA_DIRECTION_H

/** Which way data moves through mapped memory. */
enum dma_data_direction {
	DMA_BIDIRECTIONAL = 0, /**< The device reads and writes the memory. */
	DMA_TO_DEVICE = 1,     /**< The device only reads the memory. */
	DMA_FROM_DEVICE = 2,   /**< The device only writes the memory. */
	DMA_NONE = 3,          /**< No transfer; refused by the mapping calls. */
};

#endif /* DMAENGINE_COMPAT_LINUX_DMA_DIRECTION_H */
