/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* struct device for what is none: names, and bus devices of DPDK. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_memory.h>

#include "engine.h"

/* Devices made here; under the registry's lock. */
struct named_device {
	struct device device;
	struct named_device *next;
	int numa;
	char name[];
};

static struct named_device *named;

static struct device *
make(const char *name, int numa)
{
	struct named_device *item;

	if (name == NULL || *name == '\0')
		return NULL;
	engine_registry_lock();
	for (item = named; item != NULL; item = item->next)
		if (strcmp(item->name, name) == 0)
			break;
	if (item == NULL) {
		item = calloc(1, sizeof(*item) + strlen(name) + 1);
		if (item != NULL) {
			strcpy(item->name, name);
			item->device.name = item->name;
			item->numa = numa;
			item->next = named;
			named = item;
		}
	}
	engine_registry_unlock();
	return item != NULL ? &item->device : NULL;
}

struct device *
dmaengine_compat_device(const char *name)
{
	return make(name, SOCKET_ID_ANY);
}

struct device *
dmaengine_compat_device_from_rte(struct rte_device *device)
{
	return device != NULL ? make(rte_dev_name(device), SOCKET_ID_ANY) : NULL;
}

/* The registry closes, and holds its lock. */
void
engine_devices_forget(void)
{
	struct named_device *item;

	while ((item = named) != NULL) {
		named = item->next;
		free(item);
	}
}

/* The dmadev behind a device, where it is one of a channel or a controller. */
const struct engine_dev *
engine_dev_of(const struct device *device)
{
	for (; device != NULL; device = device->parent)
		if (device->engine != NULL)
			return device->engine;
	return NULL;
}

int
engine_device_numa(const struct device *device)
{
	const struct engine_dev *dev = engine_dev_of(device);
	const struct named_device *item;
	int numa = SOCKET_ID_ANY;

	if (dev != NULL)
		return dev->info.numa_node;
	engine_registry_lock();
	for (item = named; item != NULL; item = item->next)
		if (&item->device == device)
			numa = item->numa;
	engine_registry_unlock();
	return numa;
}
