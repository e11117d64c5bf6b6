/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_ENGINE_H
#define REFDMA_DEVICE_ENGINE_H

/**
 * @file
 * Threads that run the channels of a model, one each.
 *
 * A channel that has had nothing to do for a while sleeps: it announces so (specification, section
 * 8.3), and drivers then ring CH_WAKE as well. The announcement has to reach every thread of every
 * client before the channel can rely on that. Until it surely has, the channel naps: it looks at
 * its doorbells every ENGINE_NAP_NS. Then it sleeps for good, where the kernel has a barrier that
 * reaches all processes (MEMBARRIER_CMD_GLOBAL); elsewhere it goes on napping.
 */

#include <stdbool.h>
#include <stdint.h>

#include "refdma_model.h"

/** Latest that a doorbell is seen whose driver has just missed the announcement. */
#define ENGINE_NAP_NS	1000000u

struct engine_conf {
	unsigned int channels;
	bool poll;		/* never sleep */
	uint32_t spin_us;	/* otherwise: poll this long before sleeping */
	int cpu;		/* channel c runs on CPU cpu + c; negative: anywhere */
};

struct engine;

/**
 * Make the engines of a model that does not exist yet; engine_wake() may be called from now on.
 *
 * @return NULL where there is no memory
 */
struct engine *engine_create(const struct engine_conf *conf);

/** Start the threads. @return 0 or a negative errno; then some may run */
int engine_start(struct engine *engine, struct refdma_model *model);

/** Stop the threads and wait for their ends. */
void engine_stop(struct engine *engine);

/** Free what engine_create() made; the threads have ended. */
void engine_destroy(struct engine *engine);

/** The channel has something to do. Any thread. */
void engine_wake(struct engine *engine, unsigned int channel);

/** How often channels went to sleep. */
uint64_t engine_sleeps(const struct engine *engine);

/** Nanoseconds on the clock that the model uses. */
uint64_t engine_now_ns(void);

#endif /* REFDMA_DEVICE_ENGINE_H */
