/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Who runs the engines of the software device: a thread a channel, a DPDK service, or whoever rings
 * the doorbell.
 */

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include "refdma_engine.h"

#define LONGEST_SLEEP_NS	1000000000u
/* Between two offers of the CPU to others, while a thread polls without work: who is to give it
 * some may be waiting for this very CPU.
 */
#define YIELD_US	2u
/* engine=inline: runs a doorbell or poll may make, so that a repeating operation returns. */
#define INLINE_RUNS	64u

static long
futex(_Atomic uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

/*
 * engine=inline: run a channel now. A run may wake another channel (a port filled up) or this one
 * (a command from another thread): the outermost caller of a thread takes care of all of them.
 */
static __thread bool inside_run;

static void
run_inline(struct refdma_engine *engine, unsigned int channel)
{
	uint32_t pending;

	atomic_fetch_or(&engine->pending, RTE_BIT32(channel));
	if (inside_run)
		return;
	inside_run = true;
	for (unsigned int runs = 0; runs < INLINE_RUNS; runs++) {
		pending = atomic_exchange(&engine->pending, 0);
		if (pending == 0)
			break;
		for (unsigned int c = 0; c < engine->channels; c++)
			if (pending & RTE_BIT32(c) &&
			    refdma_model_run_on(engine->model, c, 1) == 0)
				atomic_fetch_or(&engine->pending, RTE_BIT32(c));
	}
	inside_run = false;
}

/* The model's callback, and the driver's. */
void
refdma_engine_wake(void *ctx, unsigned int channel)
{
	struct refdma_engine *engine = ctx;
	struct engine_shared *shared = &engine->shared[channel];

	if (engine->mode == REFDMA_ENGINE_INLINE) {
		run_inline(engine, channel);
	} else if (engine->mode == REFDMA_ENGINE_THREAD) {
		/* Count first, then look: a thread that goes to sleep does it the other way. */
		atomic_fetch_add(&shared->kick, 1);
		if (atomic_load(&shared->sleeping) != 0)
			futex(&shared->kick, FUTEX_WAKE, 1, NULL);
	}
}

/* Every thread of the host passes a full barrier (specification, section 8.3). */
static void
host_barrier(const struct refdma_engine *engine)
{
	if (engine->barrier)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
}

/* Nothing to do until @p until: announce it, look once more, sleep. */
static void
engine_sleep(struct engine_channel *channel)
{
	struct refdma_engine *engine = channel->engine;
	struct engine_shared *shared = &engine->shared[channel->index];
	/* Without membarrier a doorbell could be missed: then look again soon. */
	uint64_t longest = engine->barrier ? LONGEST_SLEEP_NS : 100000;
	uint32_t kick = atomic_load(&shared->kick);
	struct timespec timeout;
	uint64_t until, now;

	atomic_store(&shared->sleeping, 1);
	refdma_model_set_asleep(engine->model, channel->index, true);
	host_barrier(engine);
	until = refdma_model_run(engine->model, channel->index);
	now = refdma_host_now_ns(NULL);
	if (until > now && atomic_load(&engine->stop) == 0) {
		until = RTE_MIN(until - now, longest);
		timeout.tv_sec = until / NS_PER_S;
		timeout.tv_nsec = until % NS_PER_S;
		futex(&shared->kick, FUTEX_WAIT, kick, &timeout);
	}
	atomic_store(&shared->sleeping, 0);
	refdma_model_set_asleep(engine->model, channel->index, false);
}

static void *
engine_thread(void *arg)
{
	struct engine_channel *channel = arg;
	struct refdma_engine *engine = channel->engine;
	uint64_t spin = engine->spin_ns * rte_get_tsc_hz() / NS_PER_S;
	const uint64_t patience = YIELD_US * (rte_get_tsc_hz() / US_PER_S);
	uint64_t idle_since = rte_get_tsc_cycles(), yielded = idle_since, now;

	while (atomic_load_explicit(&engine->stop, memory_order_relaxed) == 0) {
		if (refdma_model_run(engine->model, channel->index) == 0) {
			idle_since = yielded = rte_get_tsc_cycles();
			continue;
		}
		now = rte_get_tsc_cycles();
		if (now - idle_since >= spin) {
			engine_sleep(channel);
			idle_since = yielded = rte_get_tsc_cycles();
		} else if (now - yielded > patience) {
			sched_yield();
			yielded = rte_get_tsc_cycles();
		} else {
			rte_pause();
		}
	}
	return NULL;
}

/*
 * Who calls this is up to the application. The count orders its calls between the making of the
 * engine and its end (acquire: what start_service() published; release: for stop_service()). It
 * is odd once it has begun.
 */
static int32_t
engine_service(void *arg)
{
	struct refdma_engine *engine = arg;
	bool did = false;

	if (atomic_load_explicit(&engine->service_calls, memory_order_acquire) == 0)
		return -EAGAIN;
	for (unsigned int c = 0; c < engine->channels; c++)
		did |= refdma_model_run(engine->model, c) == 0;
	atomic_fetch_add_explicit(&engine->service_calls, 2, memory_order_release);
	return did ? 0 : -EAGAIN;
}

/* Where a thread may run: with lcore=, channel c on that lcore + c. */
static void
pin_thread(struct engine_channel *channel)
{
	const struct refdma_engine *engine = channel->engine;
	int lcore = engine->lcore + (int)channel->index;
	rte_cpuset_t set;

	if (engine->lcore < 0)
		return;
	CPU_ZERO(&set);
	if (lcore < RTE_MAX_LCORE && rte_lcore_is_enabled(lcore))
		set = rte_lcore_cpuset(lcore);
	else
		CPU_SET(lcore, &set);
	if (pthread_setaffinity_np(channel->thread, sizeof(set), &set) != 0)
		REFDMA_LOG(WARNING, "%s: lcore=%d is not available, the engine is not pinned; "
			   "name a CPU that this process may use", engine->func->device->name,
			   lcore);
}

static int
start_threads(struct refdma_engine *engine)
{
	char name[16];
	int ret;

	for (unsigned int c = 0; c < engine->channels; c++) {
		struct engine_channel *channel = &engine->channel[c];

		snprintf(name, sizeof(name), "refdma-ch%u", c);
		ret = refdma_thread_start(&channel->thread, engine_thread, channel, name);
		if (ret != 0) {
			REFDMA_LOG(ERR, "%s: no thread for channel %u: %s; engine=service has none",
				   engine->func->device->name, c, strerror(-ret));
			return ret;
		}
		channel->has_thread = true;
		pin_thread(channel);
	}
	return 0;
}

static int
start_service(struct refdma_engine *engine)
{
	struct rte_service_spec spec = {
		.callback = engine_service,
		.callback_userdata = engine,
		.capabilities = RTE_SERVICE_CAP_MT_SAFE,
		.socket_id = engine->func->device->numa_node,
	};
	int ret;

	snprintf(spec.name, sizeof(spec.name), "%s", engine->func->device->name);
	ret = rte_service_component_register(&spec, &engine->service_id);
	if (ret != 0) {
		REFDMA_LOG(ERR, "%s: service not registered: %s; engine=thread needs none",
			   engine->func->device->name, strerror(-ret));
		return ret;
	}
	engine->has_service = true;
	atomic_store_explicit(&engine->service_calls, 1, memory_order_release);
	rte_service_component_runstate_set(engine->service_id, 1);
	return 0;
}

/* A device that came after EAL's start is on no service lcore yet: put it on the first one. */
void
refdma_engine_place(struct refdma_func *func)
{
	struct refdma_engine *engine = func->engine;
	uint32_t lcores[RTE_MAX_LCORE];
	int n;

	if (engine->mode != REFDMA_ENGINE_SERVICE)
		return;
	rte_service_runstate_set(engine->service_id, 1);
	n = rte_service_lcore_list(lcores, RTE_MAX_LCORE);
	for (int i = 0; i < n; i++)
		if (rte_service_map_lcore_get(engine->service_id, lcores[i]) == 1)
			return;
	if (n <= 0) {
		REFDMA_LOG(WARNING, "%s: engine=service, but there is no service lcore; start EAL "
			   "with -S LCORE, or run service %u from an lcore of the application",
			   func->device->name, engine->service_id);
		return;
	}
	rte_service_map_lcore_set(engine->service_id, lcores[0], 1);
	rte_service_lcore_start(lcores[0]);
}

/* The control path waits for the device: help a service that may be on no lcore. */
void
refdma_engine_assist(struct refdma_func *func)
{
	if (func->engine->mode == REFDMA_ENGINE_SERVICE)
		engine_service(func->engine);
	else if (func->engine->mode == REFDMA_ENGINE_THREAD)
		sched_yield();
}

static void
stop_service(struct refdma_engine *engine)
{
	uint64_t deadline = rte_get_timer_cycles() + rte_get_timer_hz();

	rte_service_component_runstate_set(engine->service_id, 0);
	rte_service_runstate_set(engine->service_id, 0);
	/* A service lcore may be inside the callback; it leaves within one bounded run. */
	while (rte_service_may_be_active(engine->service_id) == 1 &&
	       rte_get_timer_cycles() < deadline)
		rte_pause();
	atomic_load_explicit(&engine->service_calls, memory_order_acquire);
	rte_service_component_unregister(engine->service_id);
}

int
refdma_engine_run_start(struct refdma_engine *engine)
{
	switch (engine->mode) {
	case REFDMA_ENGINE_THREAD:
		return start_threads(engine);
	case REFDMA_ENGINE_SERVICE:
		return start_service(engine);
	default:
		/* It sleeps until a doorbell or a poll wakes it. */
		for (unsigned int c = 0; c < engine->channels; c++)
			refdma_model_set_asleep(engine->model, c, true);
		return 0;
	}
}

/* After this nobody runs the model. */
void
refdma_engine_run_stop(struct refdma_engine *engine)
{
	atomic_store(&engine->stop, 1);
	for (unsigned int c = 0; c < engine->channels; c++) {
		if (!engine->channel[c].has_thread)
			continue;
		refdma_engine_wake(engine, c);
		pthread_join(engine->channel[c].thread, NULL);
	}
	if (engine->has_service)
		stop_service(engine);
}
