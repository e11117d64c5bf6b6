/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Finding, creating, starting and stopping dmadevs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_bus_vdev.h>
#include <rte_common.h>
#include <rte_eal.h>
#include <rte_string_fns.h>

#include <rte_pmd_refdma.h>

#include "device.h"
#include "direction.h"
#include "eal_start.h"
#include "exit_status.h"
#include "json.h"
#include "tasklet.h"

static const struct {
	uint64_t bit;
	const char *name;
} capabilities[] = {
	{ RTE_DMA_CAPA_MEM_TO_MEM, "mem2mem" },
	{ RTE_DMA_CAPA_MEM_TO_DEV, "mem2dev" },
	{ RTE_DMA_CAPA_DEV_TO_MEM, "dev2mem" },
	{ RTE_DMA_CAPA_DEV_TO_DEV, "dev2dev" },
	{ RTE_DMA_CAPA_SVA, "sva" },
	{ RTE_DMA_CAPA_SILENT, "silent" },
	{ RTE_DMA_CAPA_HANDLES_ERRORS, "handles_errors" },
	{ RTE_DMA_CAPA_M2D_AUTO_FREE, "m2d_auto_free" },
	{ RTE_DMA_CAPA_PRI_POLICY_SP, "strict_priority" },
	{ RTE_DMA_CAPA_OPS_COPY, "copy" },
	{ RTE_DMA_CAPA_OPS_COPY_SG, "copy_sg" },
	{ RTE_DMA_CAPA_OPS_FILL, "fill" },
	{ RTE_DMA_CAPA_OPS_ENQ_DEQ, "enq_deq" },
};

const char *
device_capability(const struct dmadev *device, unsigned int n, bool *has)
{
	if (n >= RTE_DIM(capabilities))
		return NULL;
	*has = (device->info.dev_capa & capabilities[n].bit) != 0;
	return capabilities[n].name;
}

const char *
dma_status_text(enum rte_dma_status_code status)
{
	static const char * const texts[] = {
		[RTE_DMA_STATUS_SUCCESSFUL] = "successful",
		[RTE_DMA_STATUS_USER_ABORT] = "aborted by the user",
		[RTE_DMA_STATUS_NOT_ATTEMPTED] = "not attempted",
		[RTE_DMA_STATUS_INVALID_SRC_ADDR] = "invalid source address",
		[RTE_DMA_STATUS_INVALID_DST_ADDR] = "invalid destination address",
		[RTE_DMA_STATUS_INVALID_ADDR] = "invalid address",
		[RTE_DMA_STATUS_INVALID_LENGTH] = "invalid length",
		[RTE_DMA_STATUS_INVALID_OPCODE] = "invalid operation code",
		[RTE_DMA_STATUS_BUS_READ_ERROR] = "bus read error",
		[RTE_DMA_STATUS_BUS_WRITE_ERROR] = "bus write error",
		[RTE_DMA_STATUS_BUS_ERROR] = "bus error",
		[RTE_DMA_STATUS_DATA_POISION] = "poisoned data",
		[RTE_DMA_STATUS_DESCRIPTOR_READ_ERROR] = "descriptor read error",
		[RTE_DMA_STATUS_DEV_LINK_ERROR] = "device link error",
		[RTE_DMA_STATUS_PAGE_FAULT] = "page fault",
	};

	if ((unsigned int)status < RTE_DIM(texts) && texts[status] != NULL)
		return texts[status];
	return "unknown error";
}

/* Take a dmadev into the set, once. */
static int
adopt(struct device_set *set, int16_t id)
{
	struct dmadev *device = &set->devices[set->nb_devices];
	struct rte_dma_info info;

	for (unsigned int i = 0; i < set->nb_devices; i++)
		if (set->devices[i].id == id)
			return 0;
	if (set->nb_devices == MAX_DEVICES || rte_dma_info_get(id, &info) < 0)
		return EXIT_NO_DEVICE;
	memset(device, 0, sizeof(*device));
	device->id = id;
	device->info = info;
	device->refdma = rte_pmd_refdma_is_refdma(id);
	strlcpy(device->name, info.dev_name, sizeof(device->name));
	set->nb_devices++;
	return 0;
}

/*
 * Arguments for a virtual device: the user's, and the core of its thread where it has one and the
 * user did not say. Several channels have a thread each, for which the driver finds cores.
 */
static void
complete_arguments(const struct options *options, const char *name, const char *given, char *args,
		   size_t size)
{
	int64_t core = options->lcore >= 0 ? options->lcore : eal_device_core();
	bool has_thread = strncmp(name, "dma_skeleton", 12) == 0 ||
		(strncmp(name, "dma_refdma", 10) == 0 &&
		 strstr(given, "engine=inline") == NULL &&
		 strstr(given, "engine=service") == NULL &&
		 strstr(given, "socket=") == NULL);

	if (options->lcore < 0 && strstr(given, "channels=") != NULL)
		core = -1;
	if (has_thread && core >= 0 && strstr(given, "lcore=") == NULL)
		snprintf(args, size, "%s%slcore=%" PRId64, given, given[0] != '\0' ? "," : "",
			 core);
	else
		strlcpy(args, given, size);
}

static int
complain_creation(const char *name, const char *args, int error)
{
	/* EAL says -1 where no driver takes the name. */
	fprintf(stderr, "%s: no such device, and it cannot be created with arguments '%s': %s%s\n",
		name, args, error == -1 ? "no driver for it is loaded, or it refused" :
		strerror(-error), rte_eal_iova_mode() == RTE_IOVA_PA ?
		" (virtual devices need EAL's --iova-mode=va)" : "");
	return EXIT_NO_DEVICE;
}

/* Create a virtual device and adopt all dmadevs that came with it. */
static int
create(struct device_set *set, const struct options *options, const char *name, const char *given)
{
	bool known[MAX_DEVICES] = { false };
	char args[256];
	int16_t id;
	int ret;

	if (set->nb_created == OPTIONS_MAX_DEVICES)
		return EXIT_NO_DEVICE;
	RTE_DMA_FOREACH_DEV(id)
		if (id < MAX_DEVICES)
			known[id] = true;
	complete_arguments(options, name, given, args, sizeof(args));
	ret = rte_vdev_init(name, args);
	if (ret < 0)
		return complain_creation(name, args, ret);
	strlcpy(set->created[set->nb_created].name, name, DEVICE_NAME_SIZE);
	strlcpy(set->created[set->nb_created++].args, args, sizeof(args));
	RTE_DMA_FOREACH_DEV(id) {
		if (id < MAX_DEVICES && known[id])
			continue;
		ret = adopt(set, id);
		if (ret != 0)
			return ret;
	}
	return 0;
}

static int
complain_missing(const char *name)
{
	const char *between = "; there are ";
	struct rte_dma_info info;
	int16_t id;

	fprintf(stderr, "--dev: there is no dmadev '%s'", name);
	RTE_DMA_FOREACH_DEV(id) {
		if (rte_dma_info_get(id, &info) < 0)
			continue;
		fprintf(stderr, "%s%s", between, info.dev_name);
		between = ", ";
	}
	fprintf(stderr, "; a name such as dma_refdma0 or dma_skeleton creates one\n");
	return EXIT_NO_DEVICE;
}

int
devices_add(struct device_set *set, const struct options *options, const char *spec)
{
	size_t length = strcspn(spec, ",");
	const char *given = spec[length] == ',' ? &spec[length + 1] : "";
	char name[DEVICE_NAME_SIZE];
	int id;

	if (length == 0 || length >= sizeof(name)) {
		fprintf(stderr, "--dev: '%s' has no name of 1 to %zu characters\n", spec,
			sizeof(name) - 1);
		return EXIT_USAGE;
	}
	strlcpy(name, spec, length + 1);
	id = rte_dma_get_dev_id_by_name(name);
	if (id >= 0 && given[0] != '\0') {
		fprintf(stderr, "--dev: %s exists already; its arguments cannot be changed\n",
			name);
		return EXIT_USAGE;
	}
	if (id >= 0)
		return adopt(set, (int16_t)id);
	/* Virtual dmadevs are called so; other names are addresses on a bus. */
	if (strncmp(name, "dma_", 4) != 0)
		return complain_missing(name);
	return create(set, options, name, given);
}

int
devices_open(struct device_set *set, const struct options *options, const char *default_device)
{
	int16_t id;
	int ret;

	for (unsigned int i = 0; i < options->devices.nb; i++) {
		ret = devices_add(set, options, options->devices.values[i]);
		if (ret != 0)
			return ret;
	}
	if (options->devices.nb > 0)
		return 0;
	RTE_DMA_FOREACH_DEV(id) {
		ret = adopt(set, id);
		if (ret != 0)
			return ret;
	}
	return set->nb_devices > 0 ? 0 : devices_add(set, options, default_device);
}

/* The number of what created a device; -1: somebody else did. */
static int
find_created(const struct device_set *set, const struct dmadev *device)
{
	for (unsigned int i = 0; i < set->nb_created; i++)
		if (strcmp(set->created[i].name, device->name) == 0)
			return (int)i;
	return -1;
}

bool
device_is_own(const struct device_set *set, const struct dmadev *device)
{
	return find_created(set, device) >= 0;
}

int
device_revive(struct device_set *set, struct dmadev *device)
{
	int i = find_created(set, device), id = -ENODEV, ret = -ENODEV;

	if (i >= 0)
		ret = rte_vdev_uninit(device->name);
	if (ret == 0)
		ret = rte_vdev_init(device->name, set->created[i].args);
	if (ret == 0)
		id = rte_dma_get_dev_id_by_name(device->name);
	if (id >= 0 && rte_dma_info_get((int16_t)id, &device->info) == 0) {
		device->id = (int16_t)id;
		device->started = false;
		return 0;
	}
	fprintf(stderr, "%s: cannot be created again: %s\n", device->name, strerror(-ret));
	return EXIT_NO_DEVICE;
}

void
devices_close(struct device_set *set)
{
	for (unsigned int i = 0; i < set->nb_devices; i++)
		device_stop(&set->devices[i]);
	for (unsigned int i = 0; i < set->nb_created; i++)
		rte_vdev_uninit(set->created[i].name);
	set->nb_devices = 0;
	set->nb_created = 0;
}

/* A side in the device is a port; what is there, its address alone says. */
static void
set_port(struct rte_dma_port_param *port, bool device)
{
	port->port_type = device ? RTE_DMA_PORT_PCIE : RTE_DMA_PORT_NONE;
}

/* Vchans are set up for memory to memory: ports are addressed through the driver's own API. */
static int
setup_vchans(const struct dmadev *device, uint16_t nb_vchans, uint16_t ring,
	     enum direction direction)
{
	const struct rte_dma_conf conf = { .nb_vchans = nb_vchans };
	struct rte_dma_vchan_conf vchan_conf = { .nb_desc = ring };
	int ret = rte_dma_configure(device->id, &conf);

	for (uint16_t vchan = 0; ret == 0 && vchan < nb_vchans; vchan++) {
		vchan_conf.direction = direction_of_vchan(direction, vchan);
		set_port(&vchan_conf.src_port, vchan_conf.direction == RTE_DMA_DIR_DEV_TO_MEM);
		set_port(&vchan_conf.dst_port, vchan_conf.direction == RTE_DMA_DIR_MEM_TO_DEV);
		ret = rte_dma_vchan_setup(device->id, vchan, &vchan_conf);
	}
	return ret;
}

int
device_check_ring(const struct dmadev *device, uint16_t ring)
{
	const struct rte_dma_info *info = &device->info;

	if (ring >= info->min_desc && ring <= info->max_desc)
		return 0;
	fprintf(stderr, "--ring: %u is not valid for %s; valid is %u to %u\n", ring,
		device->name, info->min_desc, info->max_desc);
	return EXIT_USAGE;
}

int
device_start(struct dmadev *device, uint16_t nb_vchans, uint16_t ring, enum direction direction)
{
	const struct rte_dma_info *info = &device->info;
	int ret = device_check_ring(device, ring);

	if (ret != 0)
		return ret;
	if (nb_vchans > info->max_vchans) {
		fprintf(stderr, "%s: %u channels are needed, it has %u\n", device->name,
			nb_vchans, info->max_vchans);
		return EXIT_NO_DEVICE;
	}
	ret = setup_vchans(device, nb_vchans, ring, direction);
	if (ret < 0) {
		fprintf(stderr, "%s: refuses a ring of %u on %u of its channels: %s\n",
			device->name, ring, nb_vchans, strerror(-ret));
		return EXIT_FAILED;
	}
	ret = rte_dma_start(device->id);
	if (ret < 0) {
		fprintf(stderr, "%s: does not start: %s\n", device->name, strerror(-ret));
		return EXIT_FAILED;
	}
	device->started = true;
	return 0;
}

void
device_stop(struct dmadev *device)
{
	if (!device->started)
		return;
	device->started = false;
	if (rte_dma_stop(device->id) < 0)
		fprintf(stderr, "%s: does not stop\n", device->name);
	tasklet_rest();
}

void
device_write_json(struct json *json, const struct dmadev *device)
{
	const struct rte_dma_info *info = &device->info;
	const char *name;
	bool has;

	json_object(json, NULL);
	json_string(json, "name", device->name);
	json_signed(json, "numa_node", info->numa_node);
	json_unsigned(json, "max_vchans", info->max_vchans);
	json_unsigned(json, "min_desc", info->min_desc);
	json_unsigned(json, "max_desc", info->max_desc);
	json_unsigned(json, "max_sges", info->max_sges);
	json_array(json, "capabilities");
	for (unsigned int i = 0; (name = device_capability(device, i, &has)) != NULL; i++)
		if (has)
			json_string(json, NULL, name);
	json_array_end(json);
	json_object_end(json);
}
