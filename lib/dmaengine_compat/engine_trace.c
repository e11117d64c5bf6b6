/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The library's trace points, under the names that EAL's option --trace takes. */

#include <rte_trace_point_register.h>

#include "engine_trace.h"

RTE_TRACE_POINT_REGISTER(engine_trace_callback,
	lib.dmaengine_compat.callback)

RTE_TRACE_POINT_REGISTER(engine_trace_callback_end,
	lib.dmaengine_compat.callback_end)

RTE_TRACE_POINT_REGISTER(engine_trace_complete,
	lib.dmaengine_compat.complete)

RTE_TRACE_POINT_REGISTER(engine_trace_device_fail,
	lib.dmaengine_compat.device_fail)

RTE_TRACE_POINT_REGISTER(engine_trace_error,
	lib.dmaengine_compat.error)

RTE_TRACE_POINT_REGISTER(engine_trace_issue,
	lib.dmaengine_compat.issue)

RTE_TRACE_POINT_REGISTER(engine_trace_pause,
	lib.dmaengine_compat.pause)

RTE_TRACE_POINT_REGISTER(engine_trace_prep,
	lib.dmaengine_compat.prep)

RTE_TRACE_POINT_REGISTER(engine_trace_release,
	lib.dmaengine_compat.release)

RTE_TRACE_POINT_REGISTER(engine_trace_request,
	lib.dmaengine_compat.request)

RTE_TRACE_POINT_REGISTER(engine_trace_resume,
	lib.dmaengine_compat.resume)

RTE_TRACE_POINT_REGISTER(engine_trace_start,
	lib.dmaengine_compat.start)

RTE_TRACE_POINT_REGISTER(engine_trace_submit,
	lib.dmaengine_compat.submit)

RTE_TRACE_POINT_REGISTER(engine_trace_terminate,
	lib.dmaengine_compat.terminate)

RTE_TRACE_POINT_REGISTER(engine_trace_terminated,
	lib.dmaengine_compat.terminated)
