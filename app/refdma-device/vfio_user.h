/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_VFIO_USER_H
#define REFDMA_DEVICE_VFIO_USER_H

/**
 * @file
 * The vfio-user protocol, version 0.0, as bytes on the socket: what this server understands.
 *
 * Written from the public protocol specification. Values are in the machine's own byte order;
 * descriptors travel as SCM_RIGHTS beside the message that speaks of them.
 */

#include <stdint.h>

#define VFIO_USER_MAJOR		0
#define VFIO_USER_MINOR		0

/** Messages; those that a server sends to its client are left out. */
enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DEVICE_RESET = 13,
	VFIO_USER_REGION_WRITE_MULTI = 15,
	VFIO_USER_COMMANDS		/* one more than the highest */
};

/** Before every message. */
struct vfio_user_header {
	uint16_t id;		/* the sender's; repeated in the reply */
	uint16_t command;
	uint32_t size;		/* of the whole message, this header included */
	uint32_t flags;
	uint32_t error;		/* an errno, in a reply with VFIO_USER_ERROR */
};

#define VFIO_USER_TYPE_MASK	0xfu
#define VFIO_USER_TYPE_COMMAND	0x0u
#define VFIO_USER_TYPE_REPLY	0x1u
#define VFIO_USER_NO_REPLY	0x10u
#define VFIO_USER_ERROR		0x20u

/** VERSION, request and reply; capabilities as NUL-terminated JSON follow. */
struct vfio_user_version {
	uint16_t major;
	uint16_t minor;
};

/* What a peer that says nothing else can do. */
#define VFIO_USER_DEFAULT_MAX_FDS	1
#define VFIO_USER_DEFAULT_MAX_TRANSFER	0x100000u
#define VFIO_USER_DEFAULT_MAX_MAPS	65535u
#define VFIO_USER_DEFAULT_PAGE_SIZES	0x1000u

/** DMA_MAP: the reply has no payload. */
struct vfio_user_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;	/* into the file that came along */
	uint64_t address;
	uint64_t size;
};

#define VFIO_USER_DMA_READ	0x1u
#define VFIO_USER_DMA_WRITE	0x2u

/** DMA_UNMAP, request and reply. */
struct vfio_user_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

#define VFIO_USER_UNMAP_ALL	0x2u	/* with address and size 0 */

/** DEVICE_GET_INFO, request and reply. */
struct vfio_user_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t regions;
	uint32_t irqs;
};

#define VFIO_USER_DEVICE_RESETS	0x1u	/* DEVICE_RESET is understood */
#define VFIO_USER_DEVICE_PCI	0x2u

/** Regions of a PCI device; BAR n is region n. */
enum vfio_user_region {
	VFIO_USER_REGION_BAR0 = 0,
	VFIO_USER_REGION_BAR5 = 5,
	VFIO_USER_REGION_ROM = 6,
	VFIO_USER_REGION_CONFIG = 7,
	VFIO_USER_REGION_VGA = 8,
	VFIO_USER_REGIONS
};

/** Kinds of interrupts of a PCI device. */
enum vfio_user_irq {
	VFIO_USER_IRQ_INTX = 0,
	VFIO_USER_IRQ_MSI = 1,
	VFIO_USER_IRQ_MSIX = 2,
	VFIO_USER_IRQ_ERROR = 3,
	VFIO_USER_IRQ_REQUEST = 4,
	VFIO_USER_IRQS
};

/** DEVICE_GET_REGION_INFO, request and reply. */
struct vfio_user_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;	/* from the start of this structure */
	uint64_t size;
	uint64_t offset;	/* for mmap of the descriptor that comes along */
};

#define VFIO_USER_REGION_FLAG_READ	0x1u
#define VFIO_USER_REGION_FLAG_WRITE	0x2u
#define VFIO_USER_REGION_FLAG_MMAP	0x4u
#define VFIO_USER_REGION_FLAG_CAPS	0x8u

/** Capability of a region: which parts of it can be mapped. */
struct vfio_user_sparse_mmap {
	uint16_t id;
	uint16_t version;
	uint32_t next;
	uint32_t areas;
	uint32_t reserved;
	struct {
		uint64_t offset;
		uint64_t size;
	} area[1];
};

#define VFIO_USER_CAP_SPARSE_MMAP	1
#define VFIO_USER_CAP_SPARSE_VERSION	1

/** DEVICE_GET_IRQ_INFO, request and reply. */
struct vfio_user_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

#define VFIO_USER_IRQ_EVENTFD	0x1u
#define VFIO_USER_IRQ_MASKABLE	0x2u	/* SET_IRQS can mask and unmask */

/** DEVICE_SET_IRQS: booleans, one byte each, may follow; the reply has no payload. */
struct vfio_user_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

#define VFIO_USER_SET_DATA_NONE		0x1u
#define VFIO_USER_SET_DATA_BOOL		0x2u
#define VFIO_USER_SET_DATA_EVENTFD	0x4u
#define VFIO_USER_SET_DATA_MASK		0x7u
#define VFIO_USER_SET_MASK		0x8u
#define VFIO_USER_SET_UNMASK		0x10u
#define VFIO_USER_SET_TRIGGER		0x20u
#define VFIO_USER_SET_ACTION_MASK	0x38u

/**
 * REGION_READ and REGION_WRITE, request and reply. Data follows in the request of a write and in
 * the reply of a read.
 */
struct vfio_user_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

_Static_assert(sizeof(struct vfio_user_header) == 16, "on the wire");
_Static_assert(sizeof(struct vfio_user_version) == 4, "on the wire");
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "on the wire");
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "on the wire");
_Static_assert(sizeof(struct vfio_user_device_info) == 16, "on the wire");
_Static_assert(sizeof(struct vfio_user_region_info) == 32, "on the wire");
_Static_assert(sizeof(struct vfio_user_sparse_mmap) == 32, "on the wire");
_Static_assert(sizeof(struct vfio_user_irq_info) == 16, "on the wire");
_Static_assert(sizeof(struct vfio_user_irq_set) == 20, "on the wire");
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "on the wire");

#endif /* REFDMA_DEVICE_VFIO_USER_H */
