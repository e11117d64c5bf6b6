/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_DPDK_COMPAT_H
#define DMAENGINE_DPDK_COMPAT_H

/* What differs between the DPDK versions that this library builds with (22.11 to 25.11). */

#include <rte_telemetry.h>
#include <rte_version.h>

/* Telemetry's unsigned integers got another name with 23.03. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define ENGINE_TEL_UINT			RTE_TEL_UINT_VAL
#define engine_tel_dict_uint		rte_tel_data_add_dict_uint
#define engine_tel_array_uint		rte_tel_data_add_array_uint
#else
#define ENGINE_TEL_UINT			RTE_TEL_U64_VAL
#define engine_tel_dict_uint		rte_tel_data_add_dict_u64
#define engine_tel_array_uint		rte_tel_data_add_array_u64
#endif

#endif /* DMAENGINE_DPDK_COMPAT_H */
