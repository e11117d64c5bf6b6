/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_COMPAT_ENGINE_TRACE_H
#define DMAENGINE_COMPAT_ENGINE_TRACE_H

/*
 * Trace points of the library. Those in a descriptor's life are there only where the build asks for
 * them: with DPDK's own option enable_trace_fp, or with ours of the same name where DPDK is a
 * distribution's. All others are on the control path, and where something has failed.
 *
 * @p dma and @p chan are the numbers in a channel's name, dma%uchan%u.
 */

#include <rte_trace_point.h>

#ifdef REFDMA_TRACE_FP
#define ENGINE_TRACE_POINT_FP RTE_TRACE_POINT
#else
#define ENGINE_TRACE_POINT_FP RTE_TRACE_POINT_FP
#endif

/* For arguments that the compiler would evaluate for nothing, such as atomics. */
#if defined(REFDMA_TRACE_FP) || defined(RTE_ENABLE_TRACE_FP)
#define ENGINE_TRACE_FP 1
#else
#define ENGINE_TRACE_FP 0
#endif

/* The payload is a list, as in DPDK. */
/* clang-format off */

/* A client has prepared the descriptor in place @p desc of the pool; @p op is enum engine_op. */
ENGINE_TRACE_POINT_FP(
	engine_trace_prep,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, uint32_t desc, uint8_t op, uint32_t len),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_u32(desc);
	rte_trace_point_emit_u8(op);
	rte_trace_point_emit_u32(len);
)

/* It is submitted, and has a cookie from now on. */
ENGINE_TRACE_POINT_FP(
	engine_trace_submit,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, uint32_t desc, int32_t cookie),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_u32(desc);
	rte_trace_point_emit_i32(cookie);
)

/* Everything up to @p cookie may run. */
ENGINE_TRACE_POINT_FP(
	engine_trace_issue,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
)

/* The tasklet has given the dmadev its first operation, which has the index @p operation there. */
ENGINE_TRACE_POINT_FP(
	engine_trace_start,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie, uint16_t operation),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
	rte_trace_point_emit_u16(operation);
)

/* It has ended; @p result is enum engine_result. */
ENGINE_TRACE_POINT_FP(
	engine_trace_complete,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie, uint8_t result),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
	rte_trace_point_emit_u8(result);
)

/* Its callback is about to run, at its end or at that of a period; and has returned. */
ENGINE_TRACE_POINT_FP(
	engine_trace_callback,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
)

ENGINE_TRACE_POINT_FP(
	engine_trace_callback_end,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
)

/* A channel is requested by a client, under the name it used, if any. */
RTE_TRACE_POINT(
	engine_trace_request,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int16_t dev_id, uint16_t vchan,
			     const char *name),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i16(dev_id);
	rte_trace_point_emit_u16(vchan);
	rte_trace_point_emit_string(name);
)

RTE_TRACE_POINT(
	engine_trace_release,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
)

RTE_TRACE_POINT(
	engine_trace_pause,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int result),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_int(result);
)

RTE_TRACE_POINT(
	engine_trace_resume,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int result),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_int(result);
)

/* Everything up to @p cookie is to go; 0: nothing was submitted yet. */
RTE_TRACE_POINT(
	engine_trace_terminate,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
)

/* All of it has gone. */
RTE_TRACE_POINT(
	engine_trace_terminated,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
)

/* A descriptor fails with @p result (enum dmaengine_tx_result), @p residue bytes before its end. */
RTE_TRACE_POINT(
	engine_trace_error,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan, int32_t cookie, uint8_t result,
			     uint32_t residue),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
	rte_trace_point_emit_i32(cookie);
	rte_trace_point_emit_u8(result);
	rte_trace_point_emit_u32(residue);
)

/* The device of the channel does not work any more. */
RTE_TRACE_POINT(
	engine_trace_device_fail,
	RTE_TRACE_POINT_ARGS(uint16_t dma, uint16_t chan),
	rte_trace_point_emit_u16(dma);
	rte_trace_point_emit_u16(chan);
)

/* clang-format on */

#endif /* DMAENGINE_COMPAT_ENGINE_TRACE_H */
