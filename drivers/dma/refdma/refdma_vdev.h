/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_VDEV_H
#define REFDMA_VDEV_H

#include "refdma_engine.h"

/** What an argument string said. */
struct refdma_vdev_args {
	struct refdma_engine_conf engine;
	struct refdma_model_port_conf ports[REFDMA_MAX_PORTS];
	unsigned int nb_ports;
	uint32_t given;			/* bit per argument of the table in refdma_vdev_args.c */
	const char *in_process;		/* an argument of the device in this process, or NULL */
	char *path;			/* of the socket of one in another process, or NULL */
	unsigned int timeout_ms;
	bool silent, strict;
	const char *name;		/* of the device, for messages */
};

/**
 * Parse @p params of device @p name into @p args; what is wrong with them goes to the log.
 * args->path is the caller's to free, also after an error.
 */
int refdma_vdev_parse(const char *name, const char *params, struct refdma_vdev_args *args);

#endif /* REFDMA_VDEV_H */
