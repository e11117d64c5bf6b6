/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_ENGINE_H
#define REFDMA_ENGINE_H

#include <pthread.h>

#include "refdma_driver.h"
#include "refdma_model.h"

/** Who runs the software device. */
enum refdma_engine_mode {
	REFDMA_ENGINE_THREAD,	/* a thread a channel */
	REFDMA_ENGINE_SERVICE,	/* a DPDK service */
	REFDMA_ENGINE_INLINE,	/* whoever rings the doorbell */
};

struct refdma_engine_conf {
	enum refdma_engine_mode mode;
	int lcore;			/* thread: first lcore or CPU; -1: not pinned */
	uint32_t spin_us;		/* thread: polls this long before it sleeps */
	struct refdma_model_conf model;
};

/** A channel's words in shared memory, so that a secondary process can wake it. */
struct engine_shared {
	_Atomic uint32_t kick __rte_cache_aligned;	/* futex; anybody adds to it */
	_Atomic uint32_t sleeping;			/* the thread may be in the futex */
};

struct engine_channel {
	struct refdma_engine *engine;
	unsigned int index;
	pthread_t thread;
	bool has_thread;
};

/** The software device; memory of the primary process but for `shared`. */
struct refdma_engine {
	struct refdma_func *func;
	struct refdma_model *model;
	enum refdma_engine_mode mode;
	unsigned int channels;
	uint64_t spin_ns;
	int lcore;
	bool barrier;			/* membarrier works: threads may sleep without a limit */
	_Atomic uint32_t stop;
	_Atomic uint32_t pending;	/* inline: channels to run when the current run is over */
	_Atomic uint32_t service_calls;	/* see refdma_engine_run.c */
	uint32_t service_id;
	bool has_service;
	char mem_event[RTE_DEV_NAME_MAX_LEN];
	const struct rte_memzone *zone;	/* doorbells, then engine_shared */
	struct engine_shared *shared;
	struct engine_channel channel[REFDMA_MAX_CHANNELS];
	pthread_mutex_t fd_lock;
	int event_fd[REFDMA_MSIX_MAX_VECTORS];
};

/* refdma_engine_run.c: who runs it. */
int refdma_engine_run_start(struct refdma_engine *engine);
void refdma_engine_run_stop(struct refdma_engine *engine);
void refdma_engine_wake(void *ctx, unsigned int channel);

/* refdma_host.c: the host side of the in-process device. */
int refdma_host_translate(void *ctx, uint64_t addr, struct refdma_model_region *region);
int refdma_host_read(void *ctx, uint64_t addr, void *buf, size_t length);
int refdma_host_write(void *ctx, uint64_t addr, const void *buf, size_t length);
uint64_t refdma_host_now_ns(void *ctx);

#endif /* REFDMA_ENGINE_H */
