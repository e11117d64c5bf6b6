/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Which messages there are, what every one of them must look like, and the small ones. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "log.h"
#include "message.h"

static int
dma_map_message(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_dma_map map;
	uint32_t access = 0;
	int ret;

	(void)reply;
	memcpy(&map, message->payload, sizeof(map));
	if (map.argsz < sizeof(map) ||
	    (map.flags & ~(VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE)) != 0)
		return EINVAL;
	if ((map.flags & VFIO_USER_DMA_READ) != 0)
		access |= REFDMA_MODEL_READ;
	if ((map.flags & VFIO_USER_DMA_WRITE) != 0)
		access |= REFDMA_MODEL_WRITE;
	ret = dma_map(device->dma, map.address, map.size, access,
		      message->nb_fds == 1 ? message->fds[0] : -1, map.offset);
	log_protocol("  map 0x%" PRIx64 "+0x%" PRIx64 " %s%s %s", map.address, map.size,
		     access & REFDMA_MODEL_READ ? "r" : "-",
		     access & REFDMA_MODEL_WRITE ? "w" : "-",
		     message->nb_fds == 1 ? "shared" : "not shared");
	device->stats.maps += ret == 0;
	if (dma_count(device->dma) > device->stats.most_grants)
		device->stats.most_grants = dma_count(device->dma);
	return -ret;
}

static int
dma_unmap_message(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_dma_unmap unmap;
	bool all;

	memcpy(&unmap, message->payload, sizeof(unmap));
	log_protocol("  unmap 0x%" PRIx64 "+0x%" PRIx64 "%s", unmap.address, unmap.size,
		     unmap.flags & VFIO_USER_UNMAP_ALL ? " all" : "");
	all = unmap.flags == VFIO_USER_UNMAP_ALL;
	if (unmap.argsz < sizeof(unmap) || (all && (unmap.address | unmap.size) != 0))
		return EINVAL;
	/* There is no log of dirty pages to hand out. */
	if (unmap.flags != 0 && !all)
		return ENOTSUP;
	/* What was never granted is not an error: clients unmap whole address spaces. */
	if (all ? dma_unmap_all(device->dma) :
		  dma_unmap(device->dma, unmap.address, unmap.size)) {
		device->stats.unmaps++;
		device_memory_gone(device);
	}
	memcpy(reply->payload, &unmap, sizeof(unmap));
	reply->size = sizeof(unmap);
	return 0;
}

static int
device_info_message(struct device *device, struct message *message, struct reply *reply)
{
	struct vfio_user_device_info info;

	(void)device;
	memcpy(&info, message->payload, sizeof(info));
	if (info.argsz < sizeof(info))
		return EINVAL;
	info = (struct vfio_user_device_info){
		.argsz = sizeof(info),
		.flags = VFIO_USER_DEVICE_RESETS | VFIO_USER_DEVICE_PCI,
		.regions = VFIO_USER_REGIONS,
		.irqs = VFIO_USER_IRQS,
	};
	memcpy(reply->payload, &info, sizeof(info));
	reply->size = sizeof(info);
	return 0;
}

static int
reset_message(struct device *device, struct message *message, struct reply *reply)
{
	(void)message;
	(void)reply;
	device_reset(device);
	return 0;
}

/* Shape of each message: what is not here is not supported. */
static const struct {
	const char *name;
	size_t least, most;		/* bytes of payload */
	unsigned int most_fds;
	int (*execute)(struct device *device, struct message *message, struct reply *reply);
} commands[VFIO_USER_COMMANDS] = {
	[VFIO_USER_VERSION] = {
		"VERSION", sizeof(struct vfio_user_version), 4096, 0, message_version
	},
	[VFIO_USER_DMA_MAP] = {
		"DMA_MAP", sizeof(struct vfio_user_dma_map), sizeof(struct vfio_user_dma_map), 1,
		dma_map_message
	},
	[VFIO_USER_DMA_UNMAP] = {
		"DMA_UNMAP", sizeof(struct vfio_user_dma_unmap),
		sizeof(struct vfio_user_dma_unmap), 0, dma_unmap_message
	},
	[VFIO_USER_DEVICE_GET_INFO] = {
		"DEVICE_GET_INFO", sizeof(struct vfio_user_device_info),
		sizeof(struct vfio_user_device_info), 0, device_info_message
	},
	[VFIO_USER_DEVICE_GET_REGION_INFO] = {
		/* A client may send its whole buffer. */
		"DEVICE_GET_REGION_INFO", sizeof(struct vfio_user_region_info), 4096, 0,
		message_region_info
	},
	[VFIO_USER_DEVICE_GET_REGION_IO_FDS] = { .name = "DEVICE_GET_REGION_IO_FDS" },
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = {
		"DEVICE_GET_IRQ_INFO", sizeof(struct vfio_user_irq_info),
		sizeof(struct vfio_user_irq_info), 0, message_irq_info
	},
	[VFIO_USER_DEVICE_SET_IRQS] = {
		"DEVICE_SET_IRQS", sizeof(struct vfio_user_irq_set), 4096, MESSAGE_MAX_FDS,
		message_set_irqs
	},
	[VFIO_USER_REGION_READ] = {
		"REGION_READ", sizeof(struct vfio_user_region_access),
		sizeof(struct vfio_user_region_access), 0, message_region_read
	},
	[VFIO_USER_REGION_WRITE] = {
		"REGION_WRITE", sizeof(struct vfio_user_region_access), MESSAGE_MAX_PAYLOAD, 0,
		message_region_write
	},
	[VFIO_USER_DEVICE_RESET] = { "DEVICE_RESET", 0, 0, 0, reset_message },
	[VFIO_USER_REGION_WRITE_MULTI] = { .name = "REGION_WRITE_MULTI" },
};

const char *
message_name(unsigned int command)
{
	if (command >= VFIO_USER_COMMANDS || commands[command].name == NULL)
		return "unknown message";
	return commands[command].name;
}

/* What holds for every message. @return 0 or an errno */
static int
check(const struct device *device, const struct message *message)
{
	unsigned int command = message->header.command;

	if (command >= VFIO_USER_COMMANDS || commands[command].execute == NULL)
		return ENOTSUP;
	/* The handshake comes first, and once. */
	if ((command == VFIO_USER_VERSION) == device->negotiated)
		return EPROTO;
	if (message->size < commands[command].least || message->size > commands[command].most)
		return EINVAL;
	if (message->lost_fds || message->nb_fds > commands[command].most_fds)
		return EINVAL;
	return 0;
}

void
message_execute(struct device *device, struct message *message, struct reply *reply)
{
	unsigned int command = message->header.command;

	reply->size = 0;
	reply->fd = -1;
	reply->close = false;
	reply->error = check(device, message);
	if (reply->error == 0)
		reply->error = commands[command].execute(device, message, reply);
	if (command < VFIO_USER_COMMANDS)
		device->stats.messages[command]++;
	if (reply->error != 0) {
		device->stats.refused++;
		reply->size = 0;
		reply->fd = -1;
	}
}
