/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_CONNECTION_H
#define REFDMA_DEVICE_CONNECTION_H

/**
 * @file
 * A client's socket: whole messages in, whole replies out, and an end at any byte when the process
 * is told to stop.
 */

#include "message.h"

struct connection {
	int fd;
	int stop_fd;		/* readable: stop */
	uint8_t *in, *out;	/* MESSAGE_MAX_PAYLOAD bytes each */
};

/** Values of connection_receive(). */
enum received {
	RECEIVED_MESSAGE,
	RECEIVED_NONSENSE,	/* a size that no message has; only the header was read */
	RECEIVED_END,		/* the client has gone, in between or in mid-message */
	RECEIVED_STOP,
};

/** @return 0 or -ENOMEM; the socket is the connection's from now on either way */
int connection_open(struct connection *connection, int fd, int stop_fd);

void connection_close(struct connection *connection);

/** Wait for a message. Its descriptors are the caller's. */
enum received connection_receive(struct connection *connection, struct message *message);

/** Close the descriptors that nobody kept. */
void connection_drop_fds(struct message *message);

/** Send a reply, unless the client wants none. @return false where the client has gone */
bool connection_reply(struct connection *connection, const struct message *message,
		      const struct reply *reply);

#endif /* REFDMA_DEVICE_CONNECTION_H */
