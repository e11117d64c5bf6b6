/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_MESSAGE_H
#define REFDMA_DEVICE_MESSAGE_H

/**
 * @file
 * What each message of the protocol does. Knows nothing of sockets: a message and its reply are
 * memory, which is also how the fuzzer feeds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "vfio_user.h"

/** Descriptors a message may bring: one for each vector. */
#define MESSAGE_MAX_FDS		REFDMA_MSIX_MAX_VECTORS

/** Longest payload: data of a transfer and what goes before it. */
#define MESSAGE_MAX_PAYLOAD	(VFIO_USER_DEFAULT_MAX_TRANSFER + 64u)

/** A message of the client. */
struct message {
	struct vfio_user_header header;
	const uint8_t *payload;
	size_t size;		/* of the payload */
	int fds[MESSAGE_MAX_FDS]; /* the caller's, but for those the handler sets to -1 */
	unsigned int nb_fds;
	bool lost_fds;		/* there were more than that */
};

/** What to answer. */
struct reply {
	int error;		/* 0, or an errno: then there is no payload */
	uint8_t *payload;	/* MESSAGE_MAX_PAYLOAD bytes */
	size_t size;		/* used of it */
	int fd;			/* to send along, stays the device's; -1: none */
	bool close;		/* end the connection after the reply */
};

/**
 * Execute a message. Whatever it holds, the device is in a defined state afterwards.
 *
 * @param reply payload is set; everything else is filled here
 */
void message_execute(struct device *device, struct message *message, struct reply *reply);

/** The name of a command, for logs. */
const char *message_name(unsigned int command);

/** message_version.c: the handshake. @return 0 or an errno */
int message_version(struct device *device, struct message *message, struct reply *reply);

/** message_irq.c @return 0 or an errno */
int message_irq_info(struct device *device, struct message *message, struct reply *reply);
int message_set_irqs(struct device *device, struct message *message, struct reply *reply);

/** message_region.c @return 0 or an errno */
int message_region_info(struct device *device, struct message *message, struct reply *reply);
int message_region_read(struct device *device, struct message *message, struct reply *reply);
int message_region_write(struct device *device, struct message *message, struct reply *reply);

#endif /* REFDMA_DEVICE_MESSAGE_H */
