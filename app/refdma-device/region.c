/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Registers go to the model, in naturally aligned pieces; the rest is memory of this process. */

#include <string.h>

#include "msix.h"
#include "region.h"

#define LONGEST_ACCESS	8u

bool
region_holds(const struct device *device, unsigned int region, uint64_t offset, uint64_t count)
{
	uint64_t size = region < VFIO_USER_REGIONS ? device->region_size[region] : 0;

	return size != 0 && offset <= size && count <= size - offset;
}

/* The largest naturally aligned access at @p offset of at most @p count bytes. */
static unsigned int
access_size(uint64_t offset, uint32_t count)
{
	unsigned int size = LONGEST_ACCESS;

	while (size > count || offset % size != 0)
		size /= 2;
	return size;
}

/* A command that resets a queue's counters, or starts a queue with errors armed. */
static void
before_command(struct device *device, uint64_t offset, uint32_t commands)
{
	uint64_t in_channel, channel, queue;

	if (offset < REFDMA_CHANNEL_BASE || offset >= REFDMA_PORT_REG_BASE)
		return;
	channel = (offset - REFDMA_CHANNEL_BASE) / REFDMA_CHANNEL_STRIDE;
	in_channel = (offset - REFDMA_CHANNEL_BASE) % REFDMA_CHANNEL_STRIDE;
	if (channel >= device->conf.model.channels || in_channel < REFDMA_QUEUE_BASE ||
	    (in_channel - REFDMA_QUEUE_BASE) % REFDMA_QUEUE_STRIDE != REFDMA_Q_CTRL)
		return;
	queue = (in_channel - REFDMA_QUEUE_BASE) / REFDMA_QUEUE_STRIDE;
	if (queue >= device->conf.model.queues)
		return;
	if ((commands & (REFDMA_Q_CTRL_RESET | REFDMA_Q_CTRL_ENABLE)) != 0)
		device_collect(device, channel, queue);
	if ((commands & REFDMA_Q_CTRL_ENABLE) != 0)
		device_inject(device, channel, queue);
}

static void
model_read(struct device *device, unsigned int bar, uint64_t offset, uint8_t *data,
	   uint32_t count)
{
	while (count > 0) {
		unsigned int size = access_size(offset, count);
		uint64_t value = refdma_model_read(device->model, bar, offset, size);

		memcpy(data, &value, size);
		data += size;
		offset += size;
		count -= size;
	}
}

static void
model_write(struct device *device, unsigned int bar, uint64_t offset, const uint8_t *data,
	    uint32_t count)
{
	while (count > 0) {
		unsigned int size = access_size(offset, count);
		uint64_t value = 0;

		memcpy(&value, data, size);
		if (bar == REFDMA_BAR_REGS)
			before_command(device, offset, value);
		refdma_model_write(device->model, bar, offset, size, value);
		data += size;
		offset += size;
		count -= size;
	}
}

static bool
is_bar(unsigned int region)
{
	return region <= VFIO_USER_REGION_BAR5;
}

void
region_read(struct device *device, unsigned int region, uint64_t offset, void *data,
	    uint32_t count)
{
	if (is_bar(region) && !config_space_memory(&device->config)) {
		memset(data, 0xff, count);
		return;
	}
	switch (region) {
	case VFIO_USER_REGION_CONFIG:
		config_space_read(&device->config, offset, data, count);
		break;
	case REFDMA_BAR_MSIX:
		msix_read(device, offset, data, count);
		break;
	default:
		model_read(device, region, offset, data, count);
	}
}

void
region_write(struct device *device, unsigned int region, uint64_t offset, const void *data,
	     uint32_t count)
{
	if (is_bar(region) && !config_space_memory(&device->config))
		return;
	switch (region) {
	case VFIO_USER_REGION_CONFIG:
		if (config_space_write(&device->config, offset, data, count))
			device_reset(device);
		device_check_config(device);
		break;
	case REFDMA_BAR_MSIX:
		msix_write(device, offset, data, count);
		break;
	default:
		model_write(device, region, offset, data, count);
	}
}
