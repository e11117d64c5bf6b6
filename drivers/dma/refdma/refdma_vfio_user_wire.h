/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_VFIO_USER_WIRE_H
#define REFDMA_VFIO_USER_WIRE_H

/*
 * The messages of the vfio-user protocol, version 0.0, that the driver sends. Written from the
 * public specification; values are in the machine's own byte order.
 */

#include <stdint.h>

#define VFU_MAJOR 0
#define VFU_MINOR 0

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_GET_INFO = 4,
	VFU_DEVICE_GET_REGION_INFO = 5,
	VFU_DEVICE_GET_IRQ_INFO = 7,
	VFU_DEVICE_SET_IRQS = 8,
	VFU_REGION_READ = 9,
	VFU_REGION_WRITE = 10,
	VFU_DEVICE_RESET = 13,
};

/* Before every message and every answer. */
struct vfu_header {
	uint16_t id; /* the same in the answer */
	uint16_t command;
	uint32_t size; /* with this header */
	uint32_t flags;
	uint32_t error; /* an errno, with VFU_ERROR */
};

#define VFU_TYPE_MASK	 0xfu
#define VFU_TYPE_COMMAND 0x0u
#define VFU_TYPE_REPLY	 0x1u
#define VFU_NO_REPLY	 0x10u
#define VFU_ERROR	 0x20u

/* Text with capabilities follows, with its NUL. */
struct vfu_version {
	uint16_t major, minor;
};

/* A descriptor comes along. */
struct vfu_dma_map {
	uint32_t argsz, flags;
	uint64_t offset, address, size;
};

#define VFU_DMA_READ  0x1u
#define VFU_DMA_WRITE 0x2u

struct vfu_dma_unmap {
	uint32_t argsz, flags;
	uint64_t address, size;
};

struct vfu_device_info {
	uint32_t argsz, flags, regions, irqs;
};

struct vfu_region_info {
	uint32_t argsz, flags, index;
	uint32_t cap_offset; /* from the start of this structure */
	uint64_t size;
	uint64_t offset; /* in the file of the descriptor that comes with the answer */
};

#define VFU_REGION_MMAP 0x4u
#define VFU_REGION_CAPS 0x8u

/* Capability: the areas that can be mapped follow. */
struct vfu_sparse_mmap {
	uint16_t id, version;
	uint32_t next; /* from the start of the region's structure; 0: the last one */
	uint32_t areas, reserved;
};

#define VFU_CAP_SPARSE_MMAP 1

struct vfu_area {
	uint64_t offset, size;
};

struct vfu_irq_info {
	uint32_t argsz, flags, index, count;
};

#define VFU_IRQ_EVENTFD 0x1u

/* With DATA_EVENTFD, a descriptor for each vector comes along. */
struct vfu_irq_set {
	uint32_t argsz, flags, index, start, count;
};

#define VFU_SET_DATA_EVENTFD 0x4u
#define VFU_SET_TRIGGER	     0x20u

/* Data follows in the question of a write, and in the answer of a read. */
struct vfu_access {
	uint64_t offset;
	uint32_t region, count;
};

_Static_assert(sizeof(struct vfu_header) == 16, "on the wire");
_Static_assert(sizeof(struct vfu_version) == 4, "on the wire");
_Static_assert(sizeof(struct vfu_dma_map) == 32, "on the wire");
_Static_assert(sizeof(struct vfu_dma_unmap) == 24, "on the wire");
_Static_assert(sizeof(struct vfu_region_info) == 32, "on the wire");
_Static_assert(sizeof(struct vfu_sparse_mmap) == 16, "on the wire");
_Static_assert(sizeof(struct vfu_irq_set) == 20, "on the wire");
_Static_assert(sizeof(struct vfu_access) == 16, "on the wire");

#endif /* REFDMA_VFIO_USER_WIRE_H */
