/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_COMPAT_REFDMA_H
#define DMAENGINE_COMPAT_REFDMA_H

/**
 * @file
 * Controller-specific settings of slave transfers on the refdma backend, handed over by
 * dmaengine_slave_config() in one of two ways:
 * - `peripheral_config` points to a struct dmaengine_refdma_peripheral and `peripheral_size` is its
 *   size;
 * - the struct dma_slave_config is the first member of a struct dmaengine_refdma_slave_config,
 *   `peripheral_config` points to that whole structure and `peripheral_size` is its size.
 * Any other size is refused with -EINVAL. Since 0.1.0.
 */

#include <linux/dmaengine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** MEM_TO_DEV: each descriptor ends a frame. Implied where metadata is attached. */
#define DMAENGINE_REFDMA_EOF		0x1u
/** DEV_TO_MEM: a descriptor completes at the end of a frame; its residue is what stayed free.
 * Implied where metadata is attached.
 */
#define DMAENGINE_REFDMA_STOP_EOF	0x2u
/** Apply rate and frame to the port now. */
#define DMAENGINE_REFDMA_SET_PORT	0x4u

/** Settings of the port that the slave address means. */
struct dmaengine_refdma_peripheral {
	uint32_t flags;		/**< DMAENGINE_REFDMA_* bits. */
	uint32_t frame;		/**< SET_PORT: bytes a frame of a source; 0: none. */
	uint64_t rate;		/**< SET_PORT: bytes a second; 0: unpaced. */
};

/** The same, behind the common settings. */
struct dmaengine_refdma_slave_config {
	struct dma_slave_config config;		/**< Must be first. */
	struct dmaengine_refdma_peripheral peripheral; /**< What goes beyond them. */
};

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_REFDMA_H */
