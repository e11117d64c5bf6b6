/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DPDK_COMPAT_H
#define TEST_DPDK_COMPAT_H

/* What differs between the DPDK versions that the tests run with (22.11 to 25.11). */

#include <rte_version.h>

/* dma_skeleton fills memory since 24.03. */
#define TEST_SKELETON_FILLS	(RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0))

#endif
