/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The software device in the DPDK process: an instance of the model behind the driver's bus. */

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_memory.h>
#include <rte_vect.h>

#include "refdma_engine.h"

const char *
refdma_engine_name(const struct refdma_func *func)
{
	static const char *const names[] = {
		[REFDMA_ENGINE_THREAD] = "thread",
		[REFDMA_ENGINE_SERVICE] = "service",
		[REFDMA_ENGINE_INLINE] = "inline",
	};

	return names[func->engine->mode];
}

/* Does the device run on the core that rings its doorbell? */
bool
refdma_engine_inline(const struct refdma_func *func)
{
	return func->engine != NULL && func->engine->mode == REFDMA_ENGINE_INLINE;
}

/* Register access is a function call. */
static uint32_t
bus_read32(struct refdma_func *func, uint32_t offset)
{
	return refdma_model_read(func->engine->model, REFDMA_BAR_REGS, offset, 4);
}

static uint64_t
bus_read64(struct refdma_func *func, uint32_t offset)
{
	return refdma_model_read(func->engine->model, REFDMA_BAR_REGS, offset, 8);
}

static void
bus_write32(struct refdma_func *func, uint32_t offset, uint32_t value)
{
	refdma_model_write(func->engine->model, REFDMA_BAR_REGS, offset, 4, value);
}

static void
bus_write64(struct refdma_func *func, uint32_t offset, uint64_t value)
{
	refdma_model_write(func->engine->model, REFDMA_BAR_REGS, offset, 8, value);
}

static int
bus_event_fd(struct refdma_func *func, unsigned int vector)
{
	struct refdma_engine *engine = func->engine;
	int fd;

	pthread_mutex_lock(&engine->fd_lock);
	fd = engine->event_fd[vector];
	if (fd < 0) {
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fd >= 0)
			engine->event_fd[vector] = fd;
		else
			fd = -errno;
	}
	pthread_mutex_unlock(&engine->fd_lock);
	return fd;
}

static void
bus_wake(struct refdma_func *func, unsigned int channel)
{
	refdma_engine_wake(func->engine, channel);
}

static const struct refdma_bus_ops engine_bus = {
	.read32 = bus_read32,
	.read64 = bus_read64,
	.write32 = bus_write32,
	.write64 = bus_write64,
	.wake = bus_wake,
	.event_fd = bus_event_fd,
};

static void
interrupt(void *ctx, unsigned int vector)
{
	struct refdma_engine *engine = ctx;
	const uint64_t one = 1;
	int fd = -1;

	pthread_mutex_lock(&engine->fd_lock);
	if (vector < RTE_DIM(engine->event_fd))
		fd = engine->event_fd[vector];
	/* A full counter is as good as one more: nothing to do about an error. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		REFDMA_LOG(DEBUG, "%s: vector %u: %s; an interrupt may be late",
			   engine->func->device->name, vector, strerror(errno));
	pthread_mutex_unlock(&engine->fd_lock);
}

/* EAL is about to unmap memory. */
static void
memory_event(enum rte_mem_event event, const void *addr, size_t length, void *arg)
{
	struct refdma_engine *engine = arg;

	RTE_SET_USED(addr);
	RTE_SET_USED(length);
	if (event == RTE_MEM_EVENT_FREE)
		refdma_model_invalidate(engine->model);
}

static int
reserve_shared(struct refdma_engine *engine, unsigned int channels)
{
	size_t doorbells = (size_t)channels * REFDMA_DOORBELL_PAGE_SIZE;
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), "rfdb_%s", engine->func->device->name);
	engine->zone = rte_memzone_reserve_aligned(name,
		doorbells + channels * sizeof(struct engine_shared),
		engine->func->device->numa_node, 0, REFDMA_DOORBELL_PAGE_SIZE);
	if (engine->zone == NULL) {
		REFDMA_LOG(ERR, "%s: no memory for doorbells; give EAL more (-m)",
			   engine->func->device->name);
		return -ENOMEM;
	}
	memset(engine->zone->addr, 0, engine->zone->len);
	engine->func->doorbells = engine->zone->addr;
	engine->shared = RTE_PTR_ADD(engine->zone->addr, doorbells);
	return 0;
}

static int
create_model(struct refdma_engine *engine, const struct refdma_engine_conf *conf)
{
	static const struct refdma_model_ops ops = {
		.translate = refdma_host_translate,
		.read = refdma_host_read,
		.write = refdma_host_write,
		.now_ns = refdma_host_now_ns,
		.interrupt = interrupt,
		.wake = refdma_engine_wake,
	};
	struct refdma_model_conf model = conf->model;
	int ret;

	model.doorbells = engine->func->doorbells;
	/* See refdma_copy_near(). */
	model.fetched = engine->mode == REFDMA_ENGINE_INLINE;
	/* 256 is EAL's default, and so no decision of the user's. */
	if (rte_vect_get_max_simd_bitwidth() < RTE_VECT_SIMD_256)
		model.vector_bytes = RTE_VECT_SIMD_128 / 8;
	ret = refdma_model_create(&model, &ops, engine, &engine->model);
	if (ret != 0)
		REFDMA_LOG(ERR, "%s: the device model refuses these arguments: %s; see the "
			   "driver's guide for what goes together",
			   engine->func->device->name, strerror(-ret));
	return ret;
}

int
refdma_engine_start(struct refdma_func *func, const struct refdma_engine_conf *conf)
{
	struct refdma_engine *engine = calloc(1, sizeof(*engine));
	int ret;

	if (engine == NULL)
		return -ENOMEM;
	func->engine = engine;
	func->bus = &engine_bus;
	engine->func = func;
	engine->mode = conf->mode;
	engine->lcore = conf->lcore;
	engine->spin_ns = (uint64_t)conf->spin_us * 1000;
	engine->channels = conf->model.channels;
	engine->barrier = syscall(SYS_membarrier,
				  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
	pthread_mutex_init(&engine->fd_lock, NULL);
	for (unsigned int i = 0; i < RTE_DIM(engine->event_fd); i++)
		engine->event_fd[i] = -1;
	for (unsigned int c = 0; c < engine->channels; c++)
		engine->channel[c] = (struct engine_channel){ .engine = engine, .index = c };
	ret = reserve_shared(engine, engine->channels);
	if (ret == 0)
		ret = create_model(engine, conf);
	if (ret == 0) {
		snprintf(engine->mem_event, sizeof(engine->mem_event), "refdma_%s",
			 func->device->name);
		/* Not supported with --legacy-mem and alike, where memory is never freed. */
		rte_mem_event_callback_register(engine->mem_event, memory_event, engine);
	}
	if (ret == 0)
		ret = refdma_engine_run_start(engine);
	if (ret != 0)
		refdma_engine_stop(func);
	return ret;
}

void
refdma_engine_stop(struct refdma_func *func)
{
	struct refdma_engine *engine = func->engine;

	if (engine == NULL)
		return;
	refdma_engine_run_stop(engine);
	if (engine->mem_event[0] != '\0')
		rte_mem_event_callback_unregister(engine->mem_event, engine);
	refdma_model_destroy(engine->model);
	for (unsigned int i = 0; i < RTE_DIM(engine->event_fd); i++)
		if (engine->event_fd[i] >= 0)
			close(engine->event_fd[i]);
	pthread_mutex_destroy(&engine->fd_lock);
	rte_memzone_free(engine->zone);
	func->engine = NULL;
	free(engine);
}

_Atomic uint32_t *
refdma_engine_kick(struct refdma_func *func, unsigned int channel)
{
	if (func->engine == NULL || func->engine->mode != REFDMA_ENGINE_THREAD)
		return NULL;
	return &func->engine->shared[channel].kick;
}
