/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Messages about regions: what they are, and access to them. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "log.h"
#include "message.h"
#include "region.h"

/* The doorbells can be mapped, by a client that can take a descriptor. */
static size_t
add_doorbells(const struct device *device, struct vfio_user_region_info *info,
	      uint32_t room, struct vfio_user_sparse_mmap *sparse)
{
	if (device->client_max_fds == 0)
		return 0;
	info->argsz = sizeof(*info) + sizeof(*sparse);
	/* Too little room: say how much is needed, and nothing that would need it. */
	if (room < info->argsz)
		return 0;
	info->flags |= VFIO_USER_REGION_FLAG_MMAP | VFIO_USER_REGION_FLAG_CAPS;
	info->cap_offset = sizeof(*info);
	*sparse = (struct vfio_user_sparse_mmap){
		.id = VFIO_USER_CAP_SPARSE_MMAP,
		.version = VFIO_USER_CAP_SPARSE_VERSION,
		.areas = 1,
		.area[0] = { .offset = 0, .size = device->doorbell_bytes },
	};
	return sizeof(*sparse);
}

int
message_region_info(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_sparse_mmap sparse;
	struct vfio_user_region_info info;
	size_t extra = 0;
	uint32_t room;

	memcpy(&info, message->payload, sizeof(info));
	room = info.argsz;
	if (room < sizeof(info) || info.index >= VFIO_USER_REGIONS)
		return EINVAL;
	info = (struct vfio_user_region_info){
		.argsz = sizeof(info),
		.index = info.index,
		.size = device->region_size[info.index],
	};
	if (info.size != 0)
		info.flags = VFIO_USER_REGION_FLAG_READ | VFIO_USER_REGION_FLAG_WRITE;
	if (info.index == REFDMA_BAR_DOORBELL)
		extra = add_doorbells(device, &info, room, &sparse);
	memcpy(reply->payload, &info, sizeof(info));
	reply->size = sizeof(info) + extra;
	if (extra != 0) {
		memcpy(reply->payload + sizeof(info), &sparse, sizeof(sparse));
		reply->fd = device->doorbell_fd;
	}
	log_protocol("  region %u: 0x%" PRIx64 " bytes, flags 0x%x", info.index, info.size,
		     info.flags);
	return 0;
}

/* The head of a read or a write. @return 0 or an errno */
static int
get_access(const struct device *device, const struct message *message,
	   struct vfio_user_region_access *access)
{
	memcpy(access, message->payload, sizeof(*access));
	if (access->count > VFIO_USER_DEFAULT_MAX_TRANSFER ||
	    !region_holds(device, access->region, access->offset, access->count))
		return EINVAL;
	return 0;
}

/* Up to eight bytes, as the number that they are in a register. */
static uint64_t
number(const uint8_t *data, uint32_t count)
{
	uint64_t value = 0;

	memcpy(&value, data, count < sizeof(value) ? count : sizeof(value));
	return value;
}

int
message_region_read(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_region_access access;
	uint8_t *data = reply->payload + sizeof(access);
	int ret = get_access(device, message, &access);

	if (ret != 0)
		return ret;
	region_read(device, access.region, access.offset, data, access.count);
	memcpy(reply->payload, &access, sizeof(access));
	reply->size = sizeof(access) + access.count;
	log_protocol("  region %u 0x%" PRIx64 "+%u is 0x%" PRIx64, access.region, access.offset,
		     access.count, number(data, access.count));
	return 0;
}

int
message_region_write(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_region_access access;
	const uint8_t *data = message->payload + sizeof(access);
	int ret = get_access(device, message, &access);

	if (ret != 0)
		return ret;
	if (message->size != sizeof(access) + access.count)
		return EINVAL;
	log_protocol("  region %u 0x%" PRIx64 "+%u := 0x%" PRIx64, access.region, access.offset,
		     access.count, number(data, access.count));
	region_write(device, access.region, access.offset, data, access.count);
	memcpy(reply->payload, &access, sizeof(access));
	reply->size = sizeof(access);
	return 0;
}
