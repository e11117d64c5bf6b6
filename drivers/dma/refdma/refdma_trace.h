/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_TRACE_H
#define REFDMA_TRACE_H

/*
 * Trace points of the driver. Those on the data path are there only where the build asks for them:
 * with DPDK's own option enable_trace_fp, or with ours of the same name where DPDK is a
 * distribution's. All others are on the control path, and where something has failed.
 */

#include <rte_trace_point.h>

#ifdef REFDMA_TRACE_FP
#define REFDMA_TRACE_POINT_FP RTE_TRACE_POINT
#else
#define REFDMA_TRACE_POINT_FP RTE_TRACE_POINT_FP
#endif

/* The payload is a list, as in DPDK. */
/* clang-format off */

/* The device is told of operations up to @p announced, in slots up to @p tail. */
REFDMA_TRACE_POINT_FP(
	refdma_trace_doorbell,
	RTE_TRACE_POINT_ARGS(int16_t dev_id, uint16_t vchan, uint32_t announced, uint32_t tail),
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_u32(announced);
	rte_trace_point_emit_u32(tail);
)

/* @p count operations are handed to the application, which makes @p reported in all. */
REFDMA_TRACE_POINT_FP(
	refdma_trace_completed,
	RTE_TRACE_POINT_ARGS(int16_t dev_id, uint16_t vchan, uint32_t count, uint32_t reported),
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_u32(count);
	rte_trace_point_emit_u32(reported);
)

/* Operation @p operation has failed; @p code is the controller's (specification, section 6). */
RTE_TRACE_POINT(
	refdma_trace_error,
	RTE_TRACE_POINT_ARGS(int16_t dev_id, uint16_t vchan, uint32_t operation, uint32_t code),
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_u32(operation);
	rte_trace_point_emit_u32(code);
)

/* The queue is given up with @p status (enum rte_dma_status_code). */
RTE_TRACE_POINT(
	refdma_trace_queue_fail,
	RTE_TRACE_POINT_ARGS(int16_t dev_id, uint16_t vchan, int status, uint32_t outstanding,
			     const char *reason),
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_int(status);
	rte_trace_point_emit_u32(outstanding);
	rte_trace_point_emit_string(reason);
)

/* A command was written, and has ended with @p result: 0 or a negative errno. */
RTE_TRACE_POINT(
	refdma_trace_command,
	RTE_TRACE_POINT_ARGS(int16_t dev_id, uint16_t vchan, const char *command, uint32_t status,
			     int result),
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_string(command);
	rte_trace_point_emit_u32(status);
	rte_trace_point_emit_int(result);
)

/* clang-format on */

#endif /* REFDMA_TRACE_H */
