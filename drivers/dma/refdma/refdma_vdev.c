/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The software device on the virtual bus: probe and remove. */

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bus_vdev_driver.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "refdma_socket.h"
#include "refdma_vdev.h"

/* What a secondary process needs to know. */
struct vdev_shared {
	uint32_t channels;
	uint32_t inline_engine;
	uint32_t socket;
};

static const struct rte_memzone *
shared_zone(const char *name, bool create)
{
	char zone[RTE_MEMZONE_NAMESIZE];

	snprintf(zone, sizeof(zone), "rfsh_%s", name);
	if (create)
		return rte_memzone_reserve(zone, sizeof(struct vdev_shared), SOCKET_ID_ANY, 0);
	return rte_memzone_lookup(zone);
}

static void
func_destroy(struct refdma_func *func, const char *name)
{
	const struct rte_memzone *zone = shared_zone(name, false);

	while (func->probed > 0)
		refdma_dev_destroy(name, --func->probed);
	refdma_engine_stop(func);
	refdma_socket_stop(func);
	rte_memzone_free(zone);
	refdma_func_free(func);
}

/* The device itself, and what its registers say. */
static int
start_device(struct refdma_func *func, const struct refdma_vdev_args *args)
{
	int ret;

	func->silent = args->silent;
	func->strict = args->strict;
	if (args->path != NULL)
		ret = refdma_socket_start(func, args->path, args->timeout_ms);
	else
		ret = refdma_engine_start(func, &args->engine);
	if (ret == 0)
		ret = refdma_caps_read(func);
	if (ret == 0 && func->sock != NULL)
		ret = refdma_socket_check(func);
	return ret;
}

static int
probe_with(struct rte_vdev_device *vdev, const char *name, const struct refdma_vdev_args *args)
{
	const struct rte_memzone *zone;
	struct refdma_func *func;
	struct vdev_shared *shared;
	int ret;

	zone = shared_zone(name, true);
	if (zone == NULL) {
		REFDMA_LOG(ERR, "%s: no shared memory zone: %s; the first 26 characters of its "
			   "name must be its own", name, rte_strerror(rte_errno));
		return -rte_errno;
	}
	func = refdma_func_create(&vdev->device);
	if (func == NULL) {
		rte_memzone_free(zone);
		return -ENOMEM;
	}
	ret = start_device(func, args);
	for (unsigned int c = 0; ret == 0 && c < func->caps.channels; c++) {
		ret = refdma_dev_create(func, name, c, refdma_engine_kick(func, c));
		func->probed += ret == 0;
	}
	if (ret != 0) {
		func_destroy(func, name);
		return ret;
	}
	shared = zone->addr;
	shared->channels = func->caps.channels;
	shared->inline_engine = args->path == NULL && args->engine.mode == REFDMA_ENGINE_INLINE;
	shared->socket = args->path != NULL;
	return 0;
}

static int
probe_primary(struct rte_vdev_device *vdev, const char *name)
{
	struct refdma_vdev_args args;
	int ret;

	ret = refdma_vdev_parse(name, rte_vdev_device_args(vdev), &args);
	if (ret == 0)
		ret = probe_with(vdev, name, &args);
	free(args.path);
	return ret;
}

static int
probe_secondary(struct rte_vdev_device *vdev, const char *name)
{
	const struct rte_memzone *zone = shared_zone(name, false);
	const struct vdev_shared *shared;

	if (zone == NULL) {
		REFDMA_LOG(ERR, "%s: not probed by the primary process; give both the same "
			   "--vdev", name);
		return -ENODEV;
	}
	shared = zone->addr;
	if (shared->inline_engine) {
		REFDMA_LOG(ERR, "%s: engine=inline runs in the primary process only; use "
			   "engine=thread or engine=service there", name);
		return -ENOTSUP;
	}
	if (shared->socket) {
		REFDMA_LOG(ERR, "%s: a device with socket= belongs to the primary process only; "
			   "leave its --vdev out here", name);
		return -ENOTSUP;
	}
	/* The engine's barrier before it sleeps must reach this process too. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	return refdma_attach(name, shared->channels, &vdev->device);
}

static int
refdma_vdev_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);

	if (name == NULL)
		return -EINVAL;
	return rte_eal_process_type() == RTE_PROC_PRIMARY ? probe_primary(vdev, name) :
							    probe_secondary(vdev, name);
}

static int
refdma_vdev_remove(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct refdma_func *func;

	if (name == NULL)
		return -EINVAL;
	refdma_detach(&vdev->device);
	func = refdma_func_find(&vdev->device);
	if (func != NULL)
		func_destroy(func, name);
	return 0;
}

/* Memory of the application's own. A device in this process reaches all of it anyway. */
static int
refdma_vdev_dma_map(struct rte_vdev_device *vdev, void *addr, uint64_t iova, size_t length)
{
	struct refdma_func *func = refdma_func_find(&vdev->device);

	if (func == NULL)
		return -ENODEV;
	return func->sock != NULL ? refdma_socket_map_external(func, addr, iova, length) : 0;
}

static int
refdma_vdev_dma_unmap(struct rte_vdev_device *vdev, void *addr, uint64_t iova, size_t length)
{
	struct refdma_func *func = refdma_func_find(&vdev->device);

	RTE_SET_USED(addr);
	if (func == NULL)
		return -ENODEV;
	return func->sock != NULL ? refdma_socket_unmap_external(func, iova, length) : 0;
}

static struct rte_vdev_driver refdma_vdev_driver = {
	.probe = refdma_vdev_probe,
	.remove = refdma_vdev_remove,
	.dma_map = refdma_vdev_dma_map,
	.dma_unmap = refdma_vdev_dma_unmap,
	.drv_flags = RTE_VDEV_DRV_NEED_IOVA_AS_VA,
};

RTE_PMD_REGISTER_VDEV(dma_refdma, refdma_vdev_driver);
RTE_PMD_REGISTER_PARAM_STRING(dma_refdma,
	"engine=thread|service|inline "
	"lcore=<uint> "
	"channels=<1-32> "
	"queues=<1-8> "
	"ring=<64-32768> "
	"port=loopback|sink|source[/fifo:<bytes>][/rate:<bytes_per_s>][/frame:<bytes>] "
	"spin=<microseconds> "
	"silent=0|1 "
	"strict=0|1 "
	"socket=<path> "
	"timeout=<milliseconds>");
