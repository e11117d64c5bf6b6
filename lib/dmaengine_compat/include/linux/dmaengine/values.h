/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * The values of the client interface: cookies, states, operations, directions, flags and widths.
 * Client code includes <linux/dmaengine.h>.
 */

#ifndef DMAENGINE_COMPAT_VALUES_H
#define DMAENGINE_COMPAT_VALUES_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Names one submitted transfer of a channel: DMA_MIN_COOKIE to INT_MAX, growing with every
 * submission and starting again at DMA_MIN_COOKIE after INT_MAX. A negative value is an errno.
 */
typedef int32_t dma_cookie_t;

/** The smallest cookie. */
#define DMA_MIN_COOKIE 1

/** What has become of a transfer. */
enum dma_status {
	DMA_COMPLETE = 0,     /**< It has been carried out. */
	DMA_IN_PROGRESS = 1,  /**< It waits or runs. */
	DMA_PAUSED = 2,       /**< It waits or runs, and its channel is paused. */
	DMA_ERROR = 3,        /**< It failed, or there is no such transfer. */
	DMA_OUT_OF_ORDER = 4, /**< Its channel completes in any order: no cookie tells. */
};

/** Operations and properties of a channel; each is a bit of dma_cap_mask_t. */
enum dma_transaction_type {
	DMA_MEMCPY = 0,       /**< Copy from memory to memory. */
	DMA_XOR = 1,          /**< XOR of several sources. */
	DMA_PQ = 2,           /**< P and Q of several sources, as for RAID 6. */
	DMA_XOR_VAL = 3,      /**< Check that an XOR is zero. */
	DMA_PQ_VAL = 4,       /**< Check P and Q. */
	DMA_MEMSET = 5,       /**< Fill memory with a byte. */
	DMA_MEMSET_SG = 6,    /**< Fill a scatterlist's memory with a byte. */
	DMA_INTERRUPT = 7,    /**< Move nothing, only complete. */
	DMA_PRIVATE = 8,      /**< The channel is never shared out as a public one. */
	DMA_ASYNC_TX = 9,     /**< The channel serves chains of offloaded RAID operations. */
	DMA_SLAVE = 10,       /**< Transfers with a peripheral. */
	DMA_CYCLIC = 11,      /**< Transfers that start over at the end of their buffer. */
	DMA_INTERLEAVE = 12,  /**< Frames of chunks with gaps between them. */
	DMA_COMPLETION_NO_ORDER = 13, /**< Transfers may complete in any order. */
	DMA_REPEAT = 14,      /**< DMA_PREP_REPEAT is understood. */
	DMA_LOAD_EOT = 15,    /**< DMA_PREP_LOAD_EOT is understood. */
	DMA_TX_TYPE_END = 16, /**< The number of values before it; not a capability. */
};

/** The way of a transfer, as prepare calls take it; mapping calls take enum dma_data_direction. */
enum dma_transfer_direction {
	DMA_MEM_TO_MEM = 0, /**< Memory to memory. */
	DMA_MEM_TO_DEV = 1, /**< Memory to peripheral. */
	DMA_DEV_TO_MEM = 2, /**< Peripheral to memory. */
	DMA_DEV_TO_DEV = 3, /**< Peripheral to peripheral. */
	DMA_TRANS_NONE = 4, /**< None; refused. */
};

/** Flags of a descriptor: the last argument of most prepare calls. */
enum dma_ctrl_flags {
	DMA_PREP_INTERRUPT = 0x1,    /**< Tell when it completes, cyclic: with each period. */
	DMA_CTRL_ACK = 0x2,          /**< The client keeps no reference to the descriptor. */
	DMA_PREP_PQ_DISABLE_P = 0x4, /**< Do not write P. */
	DMA_PREP_PQ_DISABLE_Q = 0x8, /**< Do not write Q. */
	DMA_PREP_CONTINUE = 0x10,    /**< The results of an earlier P and Q take part. */
	DMA_PREP_FENCE = 0x20,       /**< Later transfers wait for this one. */
	DMA_CTRL_REUSE = 0x40,       /**< It may be submitted again, until freed. */
	DMA_PREP_CMD = 0x80,         /**< The data is a command for the peripheral. */
	DMA_PREP_REPEAT = 0x100,     /**< Start over until something else is to run. */
	DMA_PREP_LOAD_EOT = 0x200,   /**< Take over from a repeating one where that one ends. */
};

/** The width of a peripheral's register or FIFO; the value is the number of bytes. */
enum dma_slave_buswidth {
	DMA_SLAVE_BUSWIDTH_UNDEFINED = 0, /**< Not said. */
	DMA_SLAVE_BUSWIDTH_1_BYTE = 1,    /**< 8 bits. */
	DMA_SLAVE_BUSWIDTH_2_BYTES = 2,   /**< 16 bits. */
	DMA_SLAVE_BUSWIDTH_3_BYTES = 3,   /**< 24 bits. */
	DMA_SLAVE_BUSWIDTH_4_BYTES = 4,   /**< 32 bits. */
	DMA_SLAVE_BUSWIDTH_8_BYTES = 8,   /**< 64 bits. */
	DMA_SLAVE_BUSWIDTH_16_BYTES = 16, /**< 128 bits. */
	DMA_SLAVE_BUSWIDTH_32_BYTES = 32, /**< 256 bits. */
	DMA_SLAVE_BUSWIDTH_64_BYTES = 64, /**< 512 bits. */
	DMA_SLAVE_BUSWIDTH_128_BYTES = 128, /**< 1024 bits. */
};

/** How fine the residue of dmaengine_tx_status() is. */
enum dma_residue_granularity {
	DMA_RESIDUE_GRANULARITY_DESCRIPTOR = 0, /**< The whole length until it is 0. */
	DMA_RESIDUE_GRANULARITY_SEGMENT = 1,    /**< Falls with each segment or period. */
	DMA_RESIDUE_GRANULARITY_BURST = 2,      /**< Falls with each burst. */
};

/** Who provides the memory for a descriptor's metadata. Also used as bits. */
enum dma_desc_metadata_mode {
	DESC_METADATA_NONE = 0,   /**< No metadata. */
	DESC_METADATA_CLIENT = 1, /**< The client: dmaengine_desc_attach_metadata(). */
	DESC_METADATA_ENGINE = 2, /**< The channel: dmaengine_desc_get_metadata_ptr(). */
};

/** How a transfer ended, as the callback with a result is told. */
enum dmaengine_tx_result {
	DMA_TRANS_NOERROR = 0,      /**< Well. */
	DMA_TRANS_READ_FAILED = 1,  /**< The source could not be read. */
	DMA_TRANS_WRITE_FAILED = 2, /**< The destination could not be written. */
	DMA_TRANS_ABORTED = 3,      /**< It was given up. */
};

/** An alignment of addresses and lengths, as the power of two. */
enum dmaengine_alignment {
	DMAENGINE_ALIGN_1_BYTE = 0,    /**< Any. */
	DMAENGINE_ALIGN_2_BYTES = 1,   /**< 2 bytes. */
	DMAENGINE_ALIGN_4_BYTES = 2,   /**< 4 bytes. */
	DMAENGINE_ALIGN_8_BYTES = 3,   /**< 8 bytes. */
	DMAENGINE_ALIGN_16_BYTES = 4,  /**< 16 bytes. */
	DMAENGINE_ALIGN_32_BYTES = 5,  /**< 32 bytes. */
	DMAENGINE_ALIGN_64_BYTES = 6,  /**< 64 bytes. */
	DMAENGINE_ALIGN_128_BYTES = 7, /**< 128 bytes. */
	DMAENGINE_ALIGN_256_BYTES = 8, /**< 256 bytes. */
};

/** Bit numbers of enum sum_check_flags. */
enum sum_check_bits {
	SUM_CHECK_P = 0, /**< P, or the XOR. */
	SUM_CHECK_Q = 1, /**< Q. */
};

/** What a check of sums found; a set bit is a sum that did not fit. */
enum sum_check_flags {
	SUM_CHECK_P_RESULT = 1 << SUM_CHECK_P, /**< P, or the XOR, is wrong. */
	SUM_CHECK_Q_RESULT = 1 << SUM_CHECK_Q, /**< Q is wrong. */
};

/**
 * Tells an error from a cookie.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param cookie
 *   What dmaengine_submit() returned.
 * @return
 *   0 for a cookie, otherwise the negative errno.
 * @since 0.1
 */
static inline int
dma_submit_error(dma_cookie_t cookie)
{
	return cookie < 0 ? cookie : 0;
}

/**
 * Whether a direction has a peripheral at one end at least.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param direction
 *   The direction.
 * @return
 *   True for all but DMA_MEM_TO_MEM, DMA_TRANS_NONE and unknown values.
 * @since 0.1
 */
static inline bool
is_slave_direction(enum dma_transfer_direction direction)
{
	return direction == DMA_MEM_TO_DEV || direction == DMA_DEV_TO_MEM ||
	       direction == DMA_DEV_TO_DEV;
}

/**
 * A direction as text, for log lines.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param dir
 *   The direction.
 * @return
 *   A constant string, such as "MEM_TO_DEV"; "invalid" for any other value.
 * @since 0.1
 */
static inline const char *
dmaengine_get_direction_text(enum dma_transfer_direction dir)
{
	switch (dir) {
	case DMA_MEM_TO_MEM:
		return "MEM_TO_MEM";
	case DMA_MEM_TO_DEV:
		return "MEM_TO_DEV";
	case DMA_DEV_TO_MEM:
		return "DEV_TO_MEM";
	case DMA_DEV_TO_DEV:
		return "DEV_TO_DEV";
	case DMA_TRANS_NONE:
	default:
		return "invalid";
	}
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_VALUES_H */
