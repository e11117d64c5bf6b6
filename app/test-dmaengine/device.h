/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_DEVICE_H
#define TEST_DMAENGINE_DEVICE_H

/* The dmadevs of this run: found or created by name, started for a case, and let go at the end. */

#include <stdbool.h>
#include <stdint.h>

#include "dpdk_compat.h"

#include "options.h"

#define DEVICE_NAME_SIZE	64
#define MAX_DEVICES		64

struct json;

struct dmadev {
	int16_t id;
	char name[DEVICE_NAME_SIZE];
	struct rte_dma_info info;
	bool refdma;
	bool started;
};

/* Owned by main(); devices keep their places. */
struct device_set {
	struct dmadev devices[MAX_DEVICES];
	unsigned int nb_devices;
	/* Virtual devices that this process created and will remove. */
	struct {
		char name[DEVICE_NAME_SIZE];
		char args[256];
	} created[OPTIONS_MAX_DEVICES];
	unsigned int nb_created;
};

/**
 * Find or create the devices that the options name, or all there are.
 * @param default_device created where there is no device at all and none was asked for
 * @return 0, or an exit status after a message
 */
int devices_open(struct device_set *set, const struct options *options,
		 const char *default_device);

/**
 * Find or create one device and add it to the set, as --dev does.
 * @param spec NAME or NAME,ARGUMENTS
 * @return 0, or an exit status after a message
 */
int devices_add(struct device_set *set, const struct options *options, const char *spec);

/* Whether this process created a device: only then it may break it and create it again. */
bool device_is_own(const struct device_set *set, const struct dmadev *device);

/**
 * Remove a device that this process created, and create it again.
 * @return 0, or an exit status after a message
 */
int device_revive(struct device_set *set, struct dmadev *device);

/* Stop all devices and remove those that were created. */
void devices_close(struct device_set *set);

/**
 * Configure a device from scratch and start it.
 * @param direction of vchan 0, and the other way for the others; 0: memory to memory
 * @return 0, or an exit status after a message
 */
int device_start(struct dmadev *device, uint16_t nb_vchans, uint16_t ring,
		 enum direction direction);

/* Stop a device, and let the service lcore of tasklets sleep. */
void device_stop(struct dmadev *device);

/**
 * Check a ring size against what a device takes.
 * @return 0, or an exit status after a message
 */
int device_check_ring(const struct dmadev *device, uint16_t ring);

/* The n-th capability's name and whether the device has it; NULL after the last one. */
const char *device_capability(const struct dmadev *device, unsigned int n, bool *has);

void device_write_json(struct json *json, const struct dmadev *device);

/* What a status code of an operation means. */
const char *dma_status_text(enum rte_dma_status_code status);

#endif /* TEST_DMAENGINE_DEVICE_H */
