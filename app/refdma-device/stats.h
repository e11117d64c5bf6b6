/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_STATS_H
#define REFDMA_DEVICE_STATS_H

#include "device.h"

/** Print what has happened, on standard output. */
void stats_print(const struct device *device);

#endif /* REFDMA_DEVICE_STATS_H */
