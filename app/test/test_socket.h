/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_SOCKET_H
#define TEST_SOCKET_H

/**
 * @file
 * A refdma-device process for a software device with socket=: started by the suites that drive one
 * in another process.
 */

#include <stddef.h>
#include <sys/types.h>

struct socket_server {
	pid_t pid;		/* 0: none */
	char dir[64];
	char path[80];		/* of the socket */
};

/**
 * Start a server of the shape that arguments of a device in this process say, and wait until
 * clients can connect. It ends with its client.
 *
 * @param args as in "channels=2,ring=256,silent=1", or NULL
 * @param[out] rest socket= and those arguments that are the driver's
 */
int socket_server_start(struct socket_server *server, const char *args, char *rest, size_t room);
/** Start one of the usual shape that takes one client after the other. */
int socket_server_keep(struct socket_server *server);
/** Start it anew on the same path, after its end; options are refdma-device's, up to NULL. */
int socket_server_again(struct socket_server *server, const char *const options[]);
/** Wait for its end. @return its status as waitpid(2) gives it, or -1 where it does not end */
int socket_server_wait(struct socket_server *server);
/** End it and take its socket away. A process that does not end well ends the test program. */
void socket_server_end(struct socket_server *server);

#endif /* TEST_SOCKET_H */
