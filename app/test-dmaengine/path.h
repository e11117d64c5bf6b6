/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_PATH_H
#define TEST_DMAENGINE_PATH_H

/* What moves the data of a case: this core, a dmadev, or a DMA Engine channel of a dmadev. */

#include "device.h"
#include "options.h"

struct channels;
struct operation;

struct path {
	const char *label;
	struct dmadev *device;		/* NULL: rte_memcpy() on this core */
	enum api api;			/* API_DMADEV or API_ENGINE */
	const struct operation *operation; /* instead of the command's; NULL: none */
	enum run_mode run;		/* API_ENGINE: not RUN_DEFAULT */
	uint16_t nb_channels;		/* vchans; the first ones are used */
	enum direction direction;	/* API_DMADEV: of the first vchan; 0: memory to memory */
	/* API_ENGINE: devices whose channels are held as well, and do nothing. */
	struct dmadev *idle;
	unsigned int nb_idle;

	/* Owned by path_start() and path_stop(); NULL while stopped. */
	struct channels *channels;
	struct channels *idle_channels[MAX_DEVICES];
};

/* The path of an API on a device, with a single channel. */
struct path path_of(const char *label, struct dmadev *device, enum api api, enum run_mode run);

/** @return 0, or an exit status after a message; then the path is stopped */
int path_start(struct path *path, const struct options *options);
/** @return 0, or an exit status after a message */
int path_stop(struct path *path);

#endif /* TEST_DMAENGINE_PATH_H */
