/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_REGION_H
#define REFDMA_DEVICE_REGION_H

/**
 * @file
 * Access to the regions of the function by messages.
 */

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

/** Whether [offset, offset + count) is inside a region. */
bool region_holds(const struct device *device, unsigned int region, uint64_t offset,
		  uint64_t count);

/** Read what region_holds() allows. */
void region_read(struct device *device, unsigned int region, uint64_t offset, void *data,
		 uint32_t count);

/** Write where region_holds() allows. */
void region_write(struct device *device, unsigned int region, uint64_t offset, const void *data,
		  uint32_t count);

#endif /* REFDMA_DEVICE_REGION_H */
