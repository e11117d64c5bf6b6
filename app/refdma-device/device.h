/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_DEVICE_H
#define REFDMA_DEVICE_DEVICE_H

/**
 * @file
 * The PCI function: the model, its engines, configuration space, interrupts, and what it may
 * access. Everything here is called by the server's thread.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_space.h"
#include "dma.h"
#include "engine.h"
#include "irq.h"
#include "refdma_model.h"
#include "vfio_user.h"

/** An error that is armed each time that a queue is enabled (specification, section 11). */
struct device_injection {
	unsigned int channel, queue;
	uint32_t kinds;		/* REFDMA_INJ_* */
	uint32_t count;
	uint32_t code;
};

#define DEVICE_MAX_INJECTIONS	16

struct device_conf {
	struct config_identity identity;
	struct refdma_model_conf model;
	struct engine_conf engine;
	struct device_injection injections[DEVICE_MAX_INJECTIONS];
	unsigned int nb_injections;
};

/** What a connection has done, for the statistics. */
struct device_stats {
	uint64_t messages[VFIO_USER_COMMANDS];
	uint64_t refused;		/* messages that were answered with an error */
	uint64_t connections;
	uint64_t resets;
	uint64_t maps, unmaps;
	unsigned int most_grants;
	uint64_t operations[REFDMA_MAX_CHANNELS];	/* before the last reset of each queue */
	uint64_t bytes[REFDMA_MAX_CHANNELS];
};

struct device {
	struct device_conf conf;
	struct refdma_model *model;
	struct engine *engine;
	struct dma_table *dma;
	struct irq_table irqs;
	struct config_space config;
	uint8_t msix_bar[REFDMA_BAR_MSIX_SIZE];	/* but for its mask and pending bits: irqs */
	uint64_t region_size[VFIO_USER_REGIONS];
	int doorbell_fd;
	void *doorbells;
	size_t doorbell_bytes;		/* of the channels' pages; the BAR may be larger */
	_Atomic bool bus_master;	/* engines look at it */
	/* The connection: cleared when it ends. */
	bool negotiated;
	uint32_t client_max_fds;
	struct device_stats stats;
};

/**
 * Make a function in its reset state; no engine runs yet.
 *
 * @return 0, -EINVAL (the model refuses the shape), -ENOMEM or another negative errno
 */
int device_create(const struct device_conf *conf, struct device **device);

/** Start the engines. @return 0 or a negative errno */
int device_start(struct device *device);

/** Stop the engines and free everything. NULL is ignored. */
void device_destroy(struct device *device);

/** Function-level reset. */
void device_reset(struct device *device);

/** The client has gone: forget its memory and its interrupts, and reset. */
void device_disconnect(struct device *device);

/** Configuration space has changed: may the function still master the bus, and interrupt? */
void device_check_config(struct device *device);

/** Engines forget what they know of memory, which has been unmapped. */
void device_memory_gone(struct device *device);

/** Add a queue's counters to the statistics; they are about to be reset. */
void device_collect(struct device *device, unsigned int channel, unsigned int queue);

/** Arm the errors that were asked for at start; the queue is about to be enabled. */
void device_inject(struct device *device, unsigned int channel, unsigned int queue);

#endif /* REFDMA_DEVICE_DEVICE_H */
