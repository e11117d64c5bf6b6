/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_HW_H
#define REFDMA_HW_H

/**
 * @file
 * The RefDMA controller, revision 1.0, in C: registers, memory layouts and codes.
 *
 * This header follows doc/guides/refdma_spec.rst section by section and adds nothing to it; a
 * test compares the two. It is the only file that the driver and the device model share.
 * All multi-byte values are little-endian.
 */

#include <stdint.h>

/* Section 2.1: PCI identification. */
#define REFDMA_PCI_VENDOR_ID		0x1af4
#define REFDMA_PCI_DEVICE_ID		0x10f0
#define REFDMA_PCI_CLASS		0x080100

/* Section 2.2: base address registers. */
#define REFDMA_BAR_REGS			0
#define REFDMA_BAR_DOORBELL		2
#define REFDMA_BAR_MSIX			4
#define REFDMA_BAR_REGS_SIZE		0x40000
#define REFDMA_BAR_MSIX_SIZE		0x1000
#define REFDMA_MSIX_TABLE_OFFSET	0x000
#define REFDMA_MSIX_PBA_OFFSET		0x800
#define REFDMA_MSIX_MAX_VECTORS		64

/* Section 3.1: function registers (BAR0). */
#define REFDMA_REG_MAGIC		0x000
#define REFDMA_REG_VERSION		0x004
#define REFDMA_REG_TOPOLOGY		0x008
#define REFDMA_REG_RING_LIMITS		0x00c
#define REFDMA_REG_SG_LIMITS		0x010
#define REFDMA_REG_MAX_LENGTH		0x014
#define REFDMA_REG_ADDRESS_BITS		0x018
#define REFDMA_REG_META_LIMIT		0x01c
#define REFDMA_REG_OPS			0x020
#define REFDMA_REG_FEATURES		0x024
#define REFDMA_REG_MEM_BURST		0x028
#define REFDMA_REG_CMD_TIMEOUT		0x02c
#define REFDMA_REG_LOCAL_BASE		0x030
#define REFDMA_REG_LOCAL_SIZE		0x038
#define REFDMA_REG_PORT_BASE		0x040
#define REFDMA_REG_PORT_STRIDE		0x048
#define REFDMA_REG_SCRATCH		0x04c
#define REFDMA_REG_FUNC_CTRL		0x050
#define REFDMA_REG_FUNC_INJECT		0x054

#define REFDMA_MAGIC			0x4d444652
#define REFDMA_VERSION			0x00010000

/* TOPOLOGY fields. */
#define REFDMA_TOPOLOGY_CHANNELS_SHIFT	0
#define REFDMA_TOPOLOGY_QUEUES_SHIFT	8
#define REFDMA_TOPOLOGY_PORTS_SHIFT	16
#define REFDMA_TOPOLOGY_VECTORS_SHIFT	24
#define REFDMA_TOPOLOGY_MASK		0xff

/* RING_LIMITS fields: base-2 logarithms of slots. */
#define REFDMA_RING_LIMITS_MIN_SHIFT	0
#define REFDMA_RING_LIMITS_MAX_SHIFT	8
#define REFDMA_RING_LIMITS_MASK		0xff

/* SG_LIMITS fields: entries. */
#define REFDMA_SG_LIMITS_SGE_SHIFT	0
#define REFDMA_SG_LIMITS_CHUNK_SHIFT	16
#define REFDMA_SG_LIMITS_MASK		0xffff

/* FEATURES bits. */
#define REFDMA_FEATURE_WAKE		(UINT32_C(1) << 0)
#define REFDMA_FEATURE_INJECT		(UINT32_C(1) << 1)
#define REFDMA_FEATURE_PRIORITY		(UINT32_C(1) << 2)
#define REFDMA_FEATURE_LOOP		(UINT32_C(1) << 3)
#define REFDMA_FEATURE_MSIX		(UINT32_C(1) << 4)

/* FUNC_CTRL and FUNC_INJECT bits. */
#define REFDMA_FUNC_CTRL_RESET		(UINT32_C(1) << 0)
#define REFDMA_FUNC_INJECT_REMOVE	(UINT32_C(1) << 0)

/* Architectural limits. */
#define REFDMA_MAX_CHANNELS		32
#define REFDMA_MAX_QUEUES		8
#define REFDMA_MAX_PORTS		32
#define REFDMA_PRIORITIES		4

/* Section 3.2: channel registers (BAR0). */
#define REFDMA_CHANNEL_BASE		0x10000
#define REFDMA_CHANNEL_STRIDE		0x1000
#define REFDMA_CH_CTRL			0x000
#define REFDMA_CH_STATUS		0x004
#define REFDMA_CH_WAKE			0x008
#define REFDMA_CH_PRIORITY		0x00c

#define REFDMA_CH_CTRL_STRICT		(UINT32_C(1) << 0)
#define REFDMA_CH_STATUS_ACTIVE		(UINT32_C(1) << 0)

/* Section 3.3: queue registers (BAR0, inside the channel's block). */
#define REFDMA_QUEUE_BASE		0x800
#define REFDMA_QUEUE_STRIDE		0x100
#define REFDMA_Q_CTRL			0x00
#define REFDMA_Q_STATUS			0x04
#define REFDMA_Q_RING_BASE		0x08
#define REFDMA_Q_CPL_BASE		0x10
#define REFDMA_Q_STS_BASE		0x18
#define REFDMA_Q_RING_LOG2		0x20
#define REFDMA_Q_CONFIG			0x24
#define REFDMA_Q_IRQ_CONFIG		0x28
#define REFDMA_Q_IRQ_ARM		0x2c
#define REFDMA_Q_RESIDUE		0x30
#define REFDMA_Q_PROGRESS		0x38
#define REFDMA_Q_ERRORS			0x40
#define REFDMA_Q_PERIODS		0x48
#define REFDMA_Q_BYTES			0x50
#define REFDMA_Q_INJ_CTRL		0x60
#define REFDMA_Q_INJ_COUNT		0x64
#define REFDMA_Q_INJ_CODE		0x68
#define REFDMA_Q_INJ_FIRED		0x6c

/* Q_CTRL commands. */
#define REFDMA_Q_CTRL_ENABLE		(UINT32_C(1) << 0)
#define REFDMA_Q_CTRL_PAUSE		(UINT32_C(1) << 1)
#define REFDMA_Q_CTRL_RESUME		(UINT32_C(1) << 2)
#define REFDMA_Q_CTRL_ABORT		(UINT32_C(1) << 3)
#define REFDMA_Q_CTRL_RESET		(UINT32_C(1) << 4)

/* Q_STATUS fields. */
#define REFDMA_Q_STATUS_STATE_MASK	0xf
#define REFDMA_Q_STATUS_BUSY		(UINT32_C(1) << 8)
#define REFDMA_Q_STATUS_FATAL		(UINT32_C(1) << 9)
#define REFDMA_Q_STATUS_REASON_SHIFT	16
#define REFDMA_Q_STATUS_REASON_MASK	0xff

/* Q_CONFIG fields. */
#define REFDMA_Q_CONFIG_HALT_ON_ERROR	(UINT32_C(1) << 0)
#define REFDMA_Q_CONFIG_PRIORITY_SHIFT	4
#define REFDMA_Q_CONFIG_PRIORITY_MASK	0x3

/* Q_IRQ_CONFIG fields. */
#define REFDMA_Q_IRQ_VECTOR_MASK	0xffff
#define REFDMA_Q_IRQ_ENABLE		(UINT32_C(1) << 31)

/* Q_RESIDUE and Q_PROGRESS halves. */
#define REFDMA_RESIDUE_OP_SHIFT		32
#define REFDMA_PROGRESS_SLOTS_SHIFT	32

/* Q_INJ_CTRL bits. */
#define REFDMA_INJ_FAIL			(UINT32_C(1) << 0)
#define REFDMA_INJ_STALL		(UINT32_C(1) << 1)
#define REFDMA_INJ_HALT			(UINT32_C(1) << 2)
#define REFDMA_INJ_CORRUPT		(UINT32_C(1) << 3)
#define REFDMA_INJ_DROP_DOORBELL	(UINT32_C(1) << 4)

/* Section 3.4: port registers (BAR0). */
#define REFDMA_PORT_REG_BASE		0x30000
#define REFDMA_PORT_REG_STRIDE		0x100
#define REFDMA_P_TYPE			0x00
#define REFDMA_P_CTRL			0x04
#define REFDMA_P_STATUS			0x08
#define REFDMA_P_WIDTH			0x0c
#define REFDMA_P_BURST			0x10
#define REFDMA_P_FRAME			0x14
#define REFDMA_P_RATE			0x18
#define REFDMA_P_FIFO_SIZE		0x20
#define REFDMA_P_FIFO_LEVEL		0x24
#define REFDMA_P_OVERRUN		0x28
#define REFDMA_P_UNDERRUN		0x30
#define REFDMA_P_TX_BYTES		0x38
#define REFDMA_P_RX_BYTES		0x40
#define REFDMA_P_CHECKSUM		0x48
#define REFDMA_P_FRAMES			0x50

/* P_CTRL commands and P_STATUS bits. */
#define REFDMA_P_CTRL_RESET		(UINT32_C(1) << 0)
#define REFDMA_P_CTRL_START		(UINT32_C(1) << 1)
#define REFDMA_P_CTRL_STOP		(UINT32_C(1) << 2)
#define REFDMA_P_STATUS_RUNNING		(UINT32_C(1) << 0)

/** P_TYPE values (section 9.2). */
enum refdma_port_type {
	REFDMA_PORT_NONE = 0,
	REFDMA_PORT_LOOPBACK = 1,
	REFDMA_PORT_SINK = 2,
	REFDMA_PORT_SOURCE = 3,
};

/* Section 3.5: doorbells (BAR2). */
#define REFDMA_DOORBELL_PAGE_SIZE	0x1000
#define REFDMA_DOORBELL_STRIDE		0x40

/* Section 4: queue memory. */
#define REFDMA_SLOT_SIZE		32
#define REFDMA_RING_ALIGN		64
#define REFDMA_CPL_AREA_SIZE		128
#define REFDMA_STATUS_ENTRY_SIZE	16

/** Completion line (section 4.2): written by the device only, read by the host only. */
struct refdma_completion {
	uint64_t progress;	/* operations completed [31:0], slots consumed [63:32] */
	uint32_t errors;	/* operations that did not succeed */
	uint32_t state;		/* copy of Q_STATUS without BUSY */
	uint64_t periods;	/* periods completed by LOOP operations */
	uint64_t reserved[5];
};

/** Notify line (section 4.2): written by the device only, rarely; read after each doorbell. */
struct refdma_notify {
	uint32_t wake;		/* non-zero: write CH_WAKE after ringing the doorbell */
	uint32_t reserved[15];
};

/** Status ring entry (section 4.3). */
struct refdma_status {
	uint32_t op;		/* number of the operation that the entry speaks of */
	uint16_t code;		/* REFDMA_STS_VALID, REFDMA_STS_EOF and enum refdma_code */
	uint16_t meta_length;	/* bytes of metadata received */
	uint64_t bytes;		/* bytes transferred */
};

#define REFDMA_STS_VALID		0x8000
#define REFDMA_STS_EOF			0x4000
#define REFDMA_STS_CODE_MASK		0x00ff

/* Section 5.1: base slot of a descriptor. */
struct refdma_desc {
	uint8_t op;		/* enum refdma_op */
	uint8_t ext;		/* extension slots that follow this one */
	uint16_t flags;		/* REFDMA_F_* */
	uint32_t length;	/* bytes */
	uint64_t src;		/* source address; FILL: pattern */
	uint64_t dst;		/* destination address */
	uint64_t param;		/* counts, by operation */
};

/** Operations (section 5.1). */
enum refdma_op {
	REFDMA_OP_NOP = 0,
	REFDMA_OP_COPY = 1,
	REFDMA_OP_FILL = 2,
	REFDMA_OP_COPY_SG = 3,
	REFDMA_OP_INTERLEAVED = 4,
	REFDMA_OP_TO_PORT = 5,
	REFDMA_OP_FROM_PORT = 6,
};

/* Section 5.2: descriptor flags. */
#define REFDMA_F_FENCE			0x0001
#define REFDMA_F_IRQ			0x0002
#define REFDMA_F_STATUS			0x0004
#define REFDMA_F_META			0x0008
#define REFDMA_F_SRC_DEV		0x0010
#define REFDMA_F_DST_DEV		0x0020
#define REFDMA_F_LOOP			0x0040
#define REFDMA_F_LOAD			0x0080
#define REFDMA_F_SETUP			0x0100
#define REFDMA_F_SG			0x0200
#define REFDMA_F_EOF			0x0400
#define REFDMA_F_STOP_EOF		0x0800
#define REFDMA_F_RESERVED		0xf000

/* Section 5.1: fields of param. */
#define REFDMA_PARAM_NB_SRC_SHIFT	0
#define REFDMA_PARAM_NB_DST_SHIFT	16
#define REFDMA_PARAM_COUNT_MASK		0xffff

/** Port set-up extension slot (section 5.8). */
struct refdma_setup {
	uint16_t width;		/* bytes a word: 1, 2, 4 ... 128 */
	uint16_t burst;		/* words a burst */
	uint16_t window;	/* words of the port window, for information */
	uint16_t reserved0;
	uint32_t period;	/* bytes a period with LOOP; 0: the whole operation */
	uint32_t reserved1;
	uint64_t reserved2[2];
};

/** Metadata extension slot (section 5.9). */
struct refdma_meta {
	uint64_t addr;		/* host address of the metadata buffer */
	uint32_t length;	/* TO_PORT: bytes to send; FROM_PORT: bytes of room */
	uint32_t reserved0;
	uint64_t reserved1[2];
};

/** Scatter-gather entry, two to an extension slot (section 5.6). */
struct refdma_sge {
	uint64_t addr;
	uint32_t length;
	uint32_t reserved;
};

/** Interleaved header extension slot (section 5.7). */
struct refdma_frame {
	uint32_t frames;	/* number of frames */
	uint16_t chunks;	/* chunks a frame */
	uint16_t flags;		/* REFDMA_FRAME_* */
	uint64_t reserved[3];
};

#define REFDMA_FRAME_SRC_INC		0x0001
#define REFDMA_FRAME_DST_INC		0x0002

/** Interleaved chunk, two to an extension slot (section 5.7). */
struct refdma_chunk {
	uint32_t size;		/* bytes */
	uint32_t src_gap;	/* bytes skipped at the source after the chunk */
	uint32_t dst_gap;	/* bytes skipped at the destination after the chunk */
	uint32_t reserved;
};

/** Status codes (section 6). */
enum refdma_code {
	REFDMA_CODE_OK = 0,
	REFDMA_CODE_ABORTED = 1,
	REFDMA_CODE_NOT_ATTEMPTED = 2,
	REFDMA_CODE_SRC_ADDRESS = 3,
	REFDMA_CODE_DST_ADDRESS = 4,
	REFDMA_CODE_ADDRESS = 5,
	REFDMA_CODE_LENGTH_ZERO = 6,
	REFDMA_CODE_LENGTH_LIMIT = 7,
	REFDMA_CODE_LENGTH_MISMATCH = 8,
	REFDMA_CODE_OPCODE = 9,
	REFDMA_CODE_FLAGS = 10,
	REFDMA_CODE_CHAIN = 11,
	REFDMA_CODE_READ = 12,
	REFDMA_CODE_WRITE = 13,
	REFDMA_CODE_BUS = 14,
	REFDMA_CODE_POISON = 15,
	REFDMA_CODE_DESC_READ = 16,
	REFDMA_CODE_LINK = 17,
	REFDMA_CODE_PAGE_FAULT = 18,
	REFDMA_CODE_PORT = 19,
	REFDMA_CODE_ALIGNMENT = 20,
	REFDMA_CODE_META = 21,
	REFDMA_CODE_SG_COUNT = 22,
	REFDMA_CODE_CONFIG = 23,
	REFDMA_CODE_DOORBELL = 24,
	REFDMA_CODE_INTERNAL = 25,
};

/** Queue states (section 7). */
enum refdma_state {
	REFDMA_STATE_DISABLED = 0,
	REFDMA_STATE_RUNNING = 1,
	REFDMA_STATE_PAUSED = 2,
	REFDMA_STATE_HALTED = 3,
};

_Static_assert(sizeof(struct refdma_desc) == REFDMA_SLOT_SIZE, "section 5.1");
_Static_assert(sizeof(struct refdma_setup) == REFDMA_SLOT_SIZE, "section 5.8");
_Static_assert(sizeof(struct refdma_meta) == REFDMA_SLOT_SIZE, "section 5.9");
_Static_assert(sizeof(struct refdma_frame) == REFDMA_SLOT_SIZE, "section 5.7");
_Static_assert(sizeof(struct refdma_sge) * 2 == REFDMA_SLOT_SIZE, "section 5.6");
_Static_assert(sizeof(struct refdma_chunk) * 2 == REFDMA_SLOT_SIZE, "section 5.7");
_Static_assert(sizeof(struct refdma_status) == REFDMA_STATUS_ENTRY_SIZE, "section 4.3");
_Static_assert(sizeof(struct refdma_completion) + sizeof(struct refdma_notify) ==
	       REFDMA_CPL_AREA_SIZE, "section 4.2");

#endif /* REFDMA_HW_H */
