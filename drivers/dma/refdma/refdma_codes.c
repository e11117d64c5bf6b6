/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Status codes (specification, section 6): what the dmadev API calls them, and what people do. */

#include "refdma_driver.h"

enum rte_dma_status_code
refdma_status_code(unsigned int code)
{
	static const uint16_t map[] = {
		[REFDMA_CODE_OK] = RTE_DMA_STATUS_SUCCESSFUL,
		[REFDMA_CODE_ABORTED] = RTE_DMA_STATUS_USER_ABORT,
		[REFDMA_CODE_NOT_ATTEMPTED] = RTE_DMA_STATUS_NOT_ATTEMPTED,
		[REFDMA_CODE_SRC_ADDRESS] = RTE_DMA_STATUS_INVALID_SRC_ADDR,
		[REFDMA_CODE_DST_ADDRESS] = RTE_DMA_STATUS_INVALID_DST_ADDR,
		[REFDMA_CODE_ADDRESS] = RTE_DMA_STATUS_INVALID_ADDR,
		[REFDMA_CODE_LENGTH_ZERO] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_LENGTH_LIMIT] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_LENGTH_MISMATCH] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_OPCODE] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_FLAGS] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_CHAIN] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_READ] = RTE_DMA_STATUS_BUS_READ_ERROR,
		[REFDMA_CODE_WRITE] = RTE_DMA_STATUS_BUS_WRITE_ERROR,
		[REFDMA_CODE_BUS] = RTE_DMA_STATUS_BUS_ERROR,
		[REFDMA_CODE_POISON] = RTE_DMA_STATUS_DATA_POISION,
		[REFDMA_CODE_DESC_READ] = RTE_DMA_STATUS_DESCRIPTOR_READ_ERROR,
		[REFDMA_CODE_LINK] = RTE_DMA_STATUS_DEV_LINK_ERROR,
		[REFDMA_CODE_PAGE_FAULT] = RTE_DMA_STATUS_PAGE_FAULT,
		[REFDMA_CODE_PORT] = RTE_DMA_STATUS_INVALID_ADDR,
		[REFDMA_CODE_ALIGNMENT] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_META] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_SG_COUNT] = RTE_DMA_STATUS_INVALID_LENGTH,
	};

	return code < RTE_DIM(map) ? map[code] : RTE_DMA_STATUS_ERROR_UNKNOWN;
}

const char *
refdma_code_name(unsigned int code)
{
	static const char *const names[] = {
		[REFDMA_CODE_OK] = "ok",
		[REFDMA_CODE_ABORTED] = "aborted",
		[REFDMA_CODE_NOT_ATTEMPTED] = "not attempted",
		[REFDMA_CODE_SRC_ADDRESS] = "source not mapped",
		[REFDMA_CODE_DST_ADDRESS] = "destination not mapped",
		[REFDMA_CODE_ADDRESS] = "address out of range",
		[REFDMA_CODE_LENGTH_ZERO] = "length 0",
		[REFDMA_CODE_LENGTH_LIMIT] = "too long",
		[REFDMA_CODE_LENGTH_MISMATCH] = "lengths differ",
		[REFDMA_CODE_OPCODE] = "unknown operation",
		[REFDMA_CODE_FLAGS] = "bad flags",
		[REFDMA_CODE_CHAIN] = "bad slot chain",
		[REFDMA_CODE_READ] = "read error",
		[REFDMA_CODE_WRITE] = "write error",
		[REFDMA_CODE_BUS] = "bus error",
		[REFDMA_CODE_POISON] = "poisoned data",
		[REFDMA_CODE_DESC_READ] = "queue memory not accessible",
		[REFDMA_CODE_LINK] = "link error",
		[REFDMA_CODE_PAGE_FAULT] = "access right missing",
		[REFDMA_CODE_PORT] = "no such port or direction",
		[REFDMA_CODE_ALIGNMENT] = "not a multiple of the word",
		[REFDMA_CODE_META] = "bad metadata",
		[REFDMA_CODE_SG_COUNT] = "bad number of entries",
		[REFDMA_CODE_CONFIG] = "bad queue registers",
		[REFDMA_CODE_DOORBELL] = "doorbell out of range",
		[REFDMA_CODE_INTERNAL] = "internal error",
	};

	return code < RTE_DIM(names) ? names[code] : "unknown code";
}
