/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_DPDK_COMPAT_H
#define TEST_DMAENGINE_DPDK_COMPAT_H

/*
 * What differs between DPDK 22.11 and 25.11 for this application; nothing else looks at versions.
 * Include it before any other DPDK header.
 */

/* Up to DPDK 23.07 the whole of rte_dmadev.h was experimental. */
#ifndef ALLOW_EXPERIMENTAL_API
#define ALLOW_EXPERIMENTAL_API
#endif

#include <rte_dmadev.h>

/*
 * Capabilities that came later: 23.07, 24.11 and 25.11. An older DPDK never sets their bits, and
 * they are only shown.
 */
#ifndef RTE_DMA_CAPA_M2D_AUTO_FREE
#define RTE_DMA_CAPA_M2D_AUTO_FREE	RTE_BIT64(7)
#endif
#ifndef RTE_DMA_CAPA_PRI_POLICY_SP
#define RTE_DMA_CAPA_PRI_POLICY_SP	RTE_BIT64(8)
#endif
#ifndef RTE_DMA_CAPA_OPS_ENQ_DEQ
#define RTE_DMA_CAPA_OPS_ENQ_DEQ	RTE_BIT64(35)
#endif

#endif /* TEST_DMAENGINE_DPDK_COMPAT_H */
