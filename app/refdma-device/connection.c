/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Framing. Nothing here waits for a client without also waiting for the signal to stop. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "connection.h"
#include "log.h"

/* Room for a descriptor too many, so that it is seen. */
#define CONTROL_FDS	(MESSAGE_MAX_FDS + 1)

int
connection_open(struct connection *connection, int fd, int stop_fd)
{
	connection->fd = fd;
	connection->stop_fd = stop_fd;
	connection->in = malloc(MESSAGE_MAX_PAYLOAD);
	connection->out = malloc(MESSAGE_MAX_PAYLOAD);
	return connection->in != NULL && connection->out != NULL ? 0 : -ENOMEM;
}

void
connection_close(struct connection *connection)
{
	close(connection->fd);
	free(connection->in);
	free(connection->out);
}

/* Wait until the socket is ready. @return false where the process is to stop */
static bool
wait_ready(const struct connection *connection, short events)
{
	struct pollfd fds[2] = {
		{ .fd = connection->fd, .events = events },
		{ .fd = connection->stop_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return fds[1].revents == 0;
}

/* Descriptors may come with any byte of a message. */
static void
take_fds(struct msghdr *header, struct message *message)
{
	if ((header->msg_flags & MSG_CTRUNC) != 0)
		message->lost_fds = true;
	for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
	     control = CMSG_NXTHDR(header, control)) {
		size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
			if (message->nb_fds < MESSAGE_MAX_FDS) {
				message->fds[message->nb_fds++] = fd;
				continue;
			}
			close(fd);
			message->lost_fds = true;
		}
	}
}

/* Read exactly @p length bytes, and the descriptors that come with them. */
static enum received
receive_bytes(struct connection *connection, void *data, size_t length, struct message *message)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CONTROL_FDS)];
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		struct iovec part = {
			.iov_base = (char *)data + done,
			.iov_len = length - done,
		};
		struct msghdr header = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		n = recvmsg(connection->fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n > 0) {
			take_fds(&header, message);
			done += n;
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait_ready(connection, POLLIN))
				return RECEIVED_STOP;
		} else {
			return RECEIVED_END;
		}
	}
	return RECEIVED_MESSAGE;
}

enum received
connection_receive(struct connection *connection, struct message *message)
{
	enum received received;

	message->nb_fds = 0;
	message->lost_fds = false;
	message->size = 0;
	message->payload = connection->in;
	received = receive_bytes(connection, &message->header, sizeof(message->header), message);
	if (received != RECEIVED_MESSAGE)
		return received;
	if (message->header.size < sizeof(message->header) ||
	    message->header.size - sizeof(message->header) > MESSAGE_MAX_PAYLOAD)
		return RECEIVED_NONSENSE;
	message->size = message->header.size - sizeof(message->header);
	return receive_bytes(connection, connection->in, message->size, message);
}

void
connection_drop_fds(struct message *message)
{
	for (unsigned int i = 0; i < message->nb_fds; i++)
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	message->nb_fds = 0;
}

static void
attach_fd(struct msghdr *header, char *control, size_t room, int fd)
{
	struct cmsghdr *entry;

	memset(control, 0, room);
	header->msg_control = control;
	header->msg_controllen = room;
	entry = CMSG_FIRSTHDR(header);
	entry->cmsg_level = SOL_SOCKET;
	entry->cmsg_type = SCM_RIGHTS;
	entry->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(entry), &fd, sizeof(fd));
}

/* Send all of two parts; the descriptor goes with the first byte. */
static bool
send_parts(const struct connection *connection, struct iovec parts[2], int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	unsigned int i = 0;
	ssize_t n;

	while (i < 2) {
		struct msghdr header = { .msg_iov = &parts[i], .msg_iovlen = 2 - i };

		if (fd >= 0)
			attach_fd(&header, control, sizeof(control), fd);
		n = sendmsg(connection->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				return false;
			if (!wait_ready(connection, POLLOUT))
				return false;
			continue;
		}
		fd = -1;
		for (; i < 2 && (size_t)n >= parts[i].iov_len; i++)
			n -= parts[i].iov_len;
		if (i < 2) {
			parts[i].iov_base = (char *)parts[i].iov_base + n;
			parts[i].iov_len -= n;
		}
	}
	return true;
}

bool
connection_reply(struct connection *connection, const struct message *message,
		 const struct reply *reply)
{
	struct vfio_user_header header = {
		.id = message->header.id,
		.command = message->header.command,
		.size = sizeof(header) + reply->size,
		.flags = VFIO_USER_TYPE_REPLY | (reply->error != 0 ? VFIO_USER_ERROR : 0),
		.error = reply->error,
	};
	struct iovec parts[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = reply->payload, .iov_len = reply->size },
	};

	if ((message->header.flags & VFIO_USER_NO_REPLY) != 0)
		return true;
	return send_parts(connection, parts, reply->fd);
}
