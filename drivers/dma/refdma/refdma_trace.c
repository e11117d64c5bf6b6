/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The driver's trace points, under the names that EAL's option --trace takes. */

#include <rte_trace_point_register.h>

#include "refdma_trace.h"

RTE_TRACE_POINT_REGISTER(refdma_trace_command,
	pmd.dma.refdma.command)

RTE_TRACE_POINT_REGISTER(refdma_trace_completed,
	pmd.dma.refdma.completed)

RTE_TRACE_POINT_REGISTER(refdma_trace_doorbell,
	pmd.dma.refdma.doorbell)

RTE_TRACE_POINT_REGISTER(refdma_trace_error,
	pmd.dma.refdma.error)

RTE_TRACE_POINT_REGISTER(refdma_trace_queue_fail,
	pmd.dma.refdma.queue_fail)
