/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_ENGINE_H
#define REFDMA_ENGINE_H

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

/* refdma_host.c: the host side of the in-process device. */
int refdma_host_translate(void *ctx, uint64_t addr, struct refdma_model_region *region);
int refdma_host_read(void *ctx, uint64_t addr, void *buf, size_t length);
int refdma_host_write(void *ctx, uint64_t addr, const void *buf, size_t length);
uint64_t refdma_host_now_ns(void *ctx);

#endif /* REFDMA_ENGINE_H */
