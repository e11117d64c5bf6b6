/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_SERVER_H
#define REFDMA_DEVICE_SERVER_H

/**
 * @file
 * The UNIX socket, and one client after the other on it.
 */

#include "device.h"

struct server {
	const char *path;
	int listen_fd;
	int stop_fd;		/* readable: stop */
	bool keep;		/* wait for the next client when one has gone */
};

/**
 * Listen on server->path. A socket that a dead server left there is replaced.
 *
 * @return 0, -EADDRINUSE (a server listens there), -EEXIST (something else is there),
 *   -ENAMETOOLONG, or what the system said
 */
int server_listen(struct server *server);

/** Serve until told to stop, or until the client has gone. @return 0 or a negative errno */
int server_run(struct server *server, struct device *device);

/** Remove the socket. */
void server_close(struct server *server);

#endif /* REFDMA_DEVICE_SERVER_H */
