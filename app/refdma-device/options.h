/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_OPTIONS_H
#define REFDMA_DEVICE_OPTIONS_H

#include "device.h"

/** What the process returns; scripts rely on it. */
enum exit_status {
	EXIT_ENDED = 0,		/* told to stop, or the client has gone */
	EXIT_FAILED = 1,	/* the socket, memory, threads */
	EXIT_USAGE = 2,		/* the command line */
};

#define DEFAULT_SPIN_US	200
#define MAX_SPIN_US	1000000

struct options {
	const char *socket;
	struct device_conf device;
	struct refdma_model_port_conf ports[REFDMA_MAX_PORTS];
	bool keep, stats, verbose;
	/* Nothing to do but print. */
	bool help, version;
};

/**
 * Read the command line. Complains on standard error.
 *
 * @return 0, or -EINVAL
 */
int options_parse(struct options *options, int argc, char **argv);

/** Values of options. @return whether the text is one */
bool option_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);
bool option_ids(const char *text, uint16_t *vendor, uint16_t *device);
bool option_port(const char *text, struct refdma_model_port_conf *port);
bool option_injection(const char *text, struct device_injection *injection);

/** The whole help, on standard output. */
void usage_full(void);

#endif /* REFDMA_DEVICE_OPTIONS_H */
