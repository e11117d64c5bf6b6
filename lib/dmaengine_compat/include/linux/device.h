/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * What a client's DMA code needs of a device: a name, a parent, and DMA limits.
 *
 * An application gets a struct device for an rte_device, or for a bare name, from
 * dmaengine_compat.h, or declares one itself with every member it does not name zero:
 * @code
 * static struct device uart0 = { .name = "uart0" };
 * @endcode
 * The application owns a structure that it declares and keeps it for as long as a channel is
 * requested, or memory is mapped, through it.
 */

#ifndef DMAENGINE_COMPAT_LINUX_DEVICE_H
#define DMAENGINE_COMPAT_LINUX_DEVICE_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device_node;   /**< A device tree node. Clients pass it through; it is never looked into. */
struct fwnode_handle; /**< A firmware node. Passed through in the same way. */

/** Limits that a client may hang on its device. The client owns the structure. */
struct device_dma_parameters {
	/** Longest segment of a scatterlist, in bytes; 0 where not limited here. */
	unsigned int max_segment_size;
	/** Kept for clients that set it; mappings here never move data, so it has no effect. */
	unsigned int min_align_mask;
	/** Kept for clients that set it; without effect, as above. */
	unsigned long segment_boundary_mask;
};

/** A device, seen from its DMA side. */
struct device {
	/** Unique among the devices of the process; the slave map finds channels by it. */
	const char *name;
	struct device *parent;        /**< The device this one hangs on, or NULL. */
	struct device_node *of_node;  /**< Device tree node, or NULL. */
	struct fwnode_handle *fwnode; /**< Firmware node, or NULL. */
	void *platform_data;          /**< For the client; never read here. */
	void *driver_data;            /**< For the client; never read here. */
	__u64 *dma_mask;              /**< Addresses the device can reach; NULL: all 64 bits. */
	__u64 coherent_dma_mask;      /**< The same for coherent memory; 0: all 64 bits. */
	struct device_dma_parameters *dma_parms; /**< Limits set by the client, or NULL. */

	/** Longest segment set by dma_set_max_seg_size() without dma_parms. Library-private. */
	unsigned int dma_max_seg_size;
	/** What the library knows of the device (bus device, NUMA node). Library-private. */
	void *engine;
};

/**
 * The name of a device.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param dev
 *   The device, or NULL.
 * @return
 *   Its name, which the device owns; "(null)" for NULL or for a device without a name.
 * @since 0.1
 */
static inline const char *
dev_name(const struct device *dev)
{
	return dev != NULL && dev->name != NULL ? dev->name : "(null)";
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_LINUX_DEVICE_H */
