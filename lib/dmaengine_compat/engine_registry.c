/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The devices of the process: where they are, adding and removing them, and runs of their tasklets
 * by others than services. Control path, under one mutex.
 */

#include <errno.h>
#include <sched.h>

#include <rte_eal.h>

#include "engine.h"

RTE_LOG_REGISTER(dmaengine_logtype, lib.dmaengine_compat, NOTICE);

/* Here, because every program with the library has this file, linked statically too. */
RTE_INIT(dmaengine_telemetry)
{
	engine_telemetry_register();
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct engine_dev *) devices[ENGINE_MAX_DEVICES]; /* by position; NULL: free */
static struct engine_runner runners[ENGINE_MAX_DEVICES];

void
engine_registry_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
engine_registry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int
__dmaengine_reject(const char *call, const char *reason, int error)
{
	ENGINE_LOG(ERR, "%s: %s", call, reason);
	return error;
}

struct engine_dev *
engine_dev_at(unsigned int slot)
{
	return atomic_load_explicit(&devices[slot], memory_order_acquire);
}

/* A run of the tasklet of whatever device is there. Whoever removes it first takes it off its
 * position and then comes inside: nobody is any more, and who comes later finds nothing.
 */
bool
engine_slot_run(unsigned int slot)
{
	struct engine_dev *dev;
	bool did;

	if (!engine_enter(&runners[slot]))
		return false;
	dev = atomic_load_explicit(&devices[slot], memory_order_acquire);
	did = dev != NULL && engine_tasklet_run_inside(dev);
	engine_leave(&runners[slot]);
	return did;
}

/* Without the lock: for control calls of applications. Removing a device that somebody uses at the
 * same time is the application's mistake.
 */
struct engine_dev *
engine_dev_find(int16_t dev_id)
{
	struct engine_dev *dev;

	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		dev = atomic_load_explicit(&devices[i], memory_order_acquire);
		if (dev != NULL && dev->dev_id == dev_id)
			return dev;
	}
	return NULL;
}

int
dmaengine_compat_add(int16_t dev_id, const struct dmaengine_compat_conf *conf)
{
	struct engine_dev *dev;
	unsigned int slot = 0;
	int ret;

	if (!rte_dma_is_valid(dev_id))
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	pthread_mutex_lock(&lock);
	while (slot < ENGINE_MAX_DEVICES && devices[slot] != NULL)
		slot++;
	if (engine_dev_find(dev_id) != NULL)
		ret = -EEXIST;
	else if (slot == ENGINE_MAX_DEVICES)
		ret = -ENOSPC;
	else
		ret = engine_dev_create(dev_id, conf, slot, &runners[slot], &dev);
	if (ret == 0)
		devices[slot] = dev;
	pthread_mutex_unlock(&lock);
	return ret;
}

int
dmaengine_compat_init(const struct dmaengine_compat_conf *conf)
{
	int16_t dev_id;
	int added = 0;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	RTE_DMA_FOREACH_DEV(dev_id)
		added += dmaengine_compat_add(dev_id, conf) == 0;
	return added;
}

static bool
any_held(const struct engine_dev *dev)
{
	for (uint16_t i = 0; i < dev->nb_channels; i++)
		if (dev->chans[i]->held)
			return true;
	return false;
}

static void
remove_locked(unsigned int slot)
{
	struct engine_dev *dev = devices[slot];

	devices[slot] = NULL;
	/* First nobody runs the tasklet any more, then the device stops. */
	engine_service_unregister(dev);
	while (!engine_enter(dev->runner))
		sched_yield();
	engine_leave(dev->runner);
	rte_dma_stop(dev->dev_id);
	engine_dev_destroy(dev);
}

int
dmaengine_compat_remove(int16_t dev_id)
{
	int ret = -ENODEV;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		if (devices[i] == NULL || devices[i]->dev_id != dev_id)
			continue;
		ret = any_held(devices[i]) ? -EBUSY : 0;
		if (ret == 0)
			remove_locked(i);
		break;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

int
dmaengine_compat_close(void)
{
	int ret = 0;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		if (devices[i] != NULL && any_held(devices[i]))
			ret = -EBUSY;
	for (unsigned int i = 0; ret == 0 && i < ENGINE_MAX_DEVICES; i++)
		if (devices[i] != NULL)
			remove_locked(i);
	if (ret == 0) {
		engine_map_forget();
		engine_devices_forget();
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

int
dmaengine_compat_run(int16_t dev_id)
{
	struct engine_dev *dev;

	if (engine_inside != NULL)
		return -EDEADLK;
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		dev = atomic_load_explicit(&devices[i], memory_order_acquire);
		if (dev != NULL && dev->dev_id == dev_id)
			return engine_slot_run(i);
	}
	return -ENODEV;
}

int
dmaengine_compat_run_all(void)
{
	bool did = false;

	if (engine_inside != NULL)
		return -EDEADLK;
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		if (atomic_load_explicit(&devices[i], memory_order_relaxed) != NULL)
			did |= engine_slot_run(i);
	return did;
}
