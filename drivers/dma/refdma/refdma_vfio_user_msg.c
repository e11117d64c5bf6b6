/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The messages of the vfio-user client. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "refdma_driver.h"
#include "refdma_vfio_user.h"
#include "refdma_vfio_user_wire.h"

/* For answers that bring no descriptor. */
static int
exchange(struct refdma_vfu *vfu, struct refdma_vfu_call *call, bool posted)
{
	int ret = refdma_vfu_exchange(vfu, call, posted);

	if (call->answer_fd >= 0)
		close(call->answer_fd);
	return ret;
}

/* A question whose answer is itself, filled in. */
static int
query(struct refdma_vfu *vfu, uint16_t number, void *info, size_t size)
{
	struct refdma_vfu_call call = {
		.command = number,
		.head = info,
		.head_size = size,
		.fd = -1,
		.answer = info,
		.answer_min = size,
		.answer_max = size,
	};

	return exchange(vfu, &call, false);
}

/* Messages whose answer is nothing, or the question. */
static int
command(struct refdma_vfu *vfu, uint16_t number, const void *payload, size_t size, int fd)
{
	uint8_t answer[64];
	struct refdma_vfu_call call = {
		.command = number,
		.head = payload,
		.head_size = size,
		.fd = fd,
		.answer = answer,
		.answer_max = sizeof(answer),
	};

	return exchange(vfu, &call, false);
}

/* The server may be able to do more than we ask for, so what it answers does not matter. */
int
refdma_vfu_handshake(struct refdma_vfu *vfu)
{
	static const char capabilities[] = "{\"capabilities\":{\"max_msg_fds\":8}}";
	const struct vfu_version version = { .major = VFU_MAJOR, .minor = VFU_MINOR };
	struct {
		struct vfu_version version;
		char text[VFU_MAX_PAYLOAD - sizeof(struct vfu_version)];
	} answer;
	struct refdma_vfu_call call = {
		.command = VFU_VERSION,
		.head = &version,
		.head_size = sizeof(version),
		.data = capabilities,
		.data_size = sizeof(capabilities),
		.fd = -1,
		.answer = &answer,
		.answer_min = sizeof(version),
		.answer_max = sizeof(answer),
	};
	int ret = exchange(vfu, &call, false);

	if (ret == 0 && (answer.version.major != VFU_MAJOR || answer.version.minor > VFU_MINOR)) {
		REFDMA_LOG(ERR, "%s: the device process speaks vfio-user %u.%u, this driver %u.%u; "
			   "use a device process of that version", vfu->name, answer.version.major,
			   answer.version.minor, VFU_MAJOR, VFU_MINOR);
		return -EPROTONOSUPPORT;
	}
	if (ret != 0)
		REFDMA_LOG(ERR, "%s: no vfio-user handshake with the device process: %s; is it "
			   "refdma-device that listens there?", vfu->name, strerror(-ret));
	return ret;
}

int
refdma_vfu_device_info(struct refdma_vfu *vfu, uint32_t *regions, uint32_t *irqs)
{
	struct vfu_device_info info = { .argsz = sizeof(info) };
	int ret = query(vfu, VFU_DEVICE_GET_INFO, &info, sizeof(info));

	if (ret != 0)
		return ret;
	*regions = info.regions;
	*irqs = info.irqs;
	return 0;
}

/* The first area of the sparse-mmap capability that begins the region. */
static void
find_area(const uint8_t *answer, size_t size, struct refdma_vfu_region *region)
{
	struct vfu_region_info info;
	struct vfu_sparse_mmap sparse;
	struct vfu_area area;
	size_t at;

	memcpy(&info, answer, sizeof(info));
	if (!(info.flags & VFU_REGION_CAPS)) {
		region->map_size = info.size;
		return;
	}
	/* Offsets that only grow: the walk ends. */
	for (at = info.cap_offset; at >= sizeof(info) && at + sizeof(sparse) <= size;) {
		memcpy(&sparse, answer + at, sizeof(sparse));
		if (sparse.id == VFU_CAP_SPARSE_MMAP && sparse.areas > 0 &&
		    at + sizeof(sparse) + sizeof(area) <= size) {
			memcpy(&area, answer + at + sizeof(sparse), sizeof(area));
			region->map_offset = area.offset;
			region->map_size = area.size;
			return;
		}
		if (sparse.next <= at)
			return;
		at = sparse.next;
	}
}

int
refdma_vfu_region_info(struct refdma_vfu *vfu, uint32_t index, struct refdma_vfu_region *region)
{
	struct vfu_region_info info = { .argsz = VFU_MAX_PAYLOAD, .index = index };
	_Alignas(8) uint8_t answer[VFU_MAX_PAYLOAD];
	struct refdma_vfu_call call = {
		.command = VFU_DEVICE_GET_REGION_INFO,
		.head = &info,
		.head_size = sizeof(info),
		.fd = -1,
		.answer = answer,
		.answer_min = sizeof(info),
		.answer_max = sizeof(answer),
	};
	int ret = refdma_vfu_exchange(vfu, &call, false);

	memset(region, 0, sizeof(*region));
	region->fd = -1;
	if (ret != 0)
		return ret;
	memcpy(&info, answer, sizeof(info));
	region->size = info.size;
	region->fd = call.answer_fd;
	if (info.flags & VFU_REGION_MMAP && region->fd >= 0) {
		find_area(answer, call.answer_size, region);
		region->file_offset = info.offset + region->map_offset;
	}
	return 0;
}

int
refdma_vfu_irq_count(struct refdma_vfu *vfu, uint32_t index, uint32_t *count)
{
	struct vfu_irq_info info = { .argsz = sizeof(info), .index = index };
	int ret = query(vfu, VFU_DEVICE_GET_IRQ_INFO, &info, sizeof(info));

	if (ret != 0)
		return ret;
	*count = info.flags & VFU_IRQ_EVENTFD ? info.count : 0;
	return 0;
}

int
refdma_vfu_irq_set(struct refdma_vfu *vfu, uint32_t index, uint32_t vector, int event_fd)
{
	const struct vfu_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFU_SET_DATA_EVENTFD | VFU_SET_TRIGGER,
		.index = index,
		.start = vector,
		.count = 1,
	};

	return command(vfu, VFU_DEVICE_SET_IRQS, &set, sizeof(set), event_fd);
}

int
refdma_vfu_dma_map(struct refdma_vfu *vfu, uint64_t addr, uint64_t length, int fd, uint64_t offset)
{
	const struct vfu_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFU_DMA_READ | VFU_DMA_WRITE,
		.offset = offset,
		.address = addr,
		.size = length,
	};

	return command(vfu, VFU_DMA_MAP, &map, sizeof(map), fd);
}

int
refdma_vfu_dma_unmap(struct refdma_vfu *vfu, uint64_t addr, uint64_t length)
{
	const struct vfu_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.address = addr,
		.size = length,
	};

	return command(vfu, VFU_DMA_UNMAP, &unmap, sizeof(unmap), -1);
}

int
refdma_vfu_reset(struct refdma_vfu *vfu)
{
	return command(vfu, VFU_DEVICE_RESET, NULL, 0, -1);
}

int
refdma_vfu_read(struct refdma_vfu *vfu, uint32_t region, uint64_t offset, void *data,
		uint32_t bytes)
{
	const struct vfu_access access = { .offset = offset, .region = region, .count = bytes };
	struct {
		struct vfu_access access;
		uint8_t data[8];
	} answer;
	struct refdma_vfu_call call = {
		.command = VFU_REGION_READ,
		.head = &access,
		.head_size = sizeof(access),
		.fd = -1,
		.answer = &answer,
		.answer_min = sizeof(access) + bytes,
		.answer_max = sizeof(access) + bytes,
	};
	int ret = exchange(vfu, &call, false);

	if (ret == 0)
		memcpy(data, answer.data, bytes);
	return ret;
}

int
refdma_vfu_write(struct refdma_vfu *vfu, uint32_t region, uint64_t offset, const void *data,
		 uint32_t bytes, bool posted)
{
	const struct vfu_access access = { .offset = offset, .region = region, .count = bytes };
	uint8_t answer[64];
	struct refdma_vfu_call call = {
		.command = VFU_REGION_WRITE,
		.head = &access,
		.head_size = sizeof(access),
		.data = data,
		.data_size = bytes,
		.fd = -1,
		.answer = answer,
		.answer_max = sizeof(answer),
	};

	return exchange(vfu, &call, posted);
}
