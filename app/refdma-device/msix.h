/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_MSIX_H
#define REFDMA_DEVICE_MSIX_H

/**
 * @file
 * The MSI-X BAR: table and pending bits. The server's thread only; the caller has checked offset
 * and count.
 */

#include <stdint.h>

#include "device.h"

void msix_read(struct device *device, uint64_t offset, void *data, uint32_t count);

/** Pending bits are read-only. A mask bit that is cleared sends what is pending. */
void msix_write(struct device *device, uint64_t offset, const void *data, uint32_t count);

#endif /* REFDMA_DEVICE_MSIX_H */
