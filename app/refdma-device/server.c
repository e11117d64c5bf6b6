/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Clients: one at a time; the next one waits in the socket's queue. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "connection.h"
#include "dma_fault.h"
#include "log.h"
#include "server.h"

#define BACKLOG	8

static int
make_address(const char *path, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

/* A socket that nobody listens on is a dead server's: take it away. @return 0 or -errno */
static int
clear_way(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, ret = -EADDRINUSE;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
	    errno == ECONNREFUSED)
		ret = unlink(address->sun_path) == 0 ? 0 : -errno;
	close(fd);
	return ret;
}

int
server_listen(struct server *server)
{
	struct sockaddr_un address;
	int ret;

	server->listen_fd = -1;
	ret = make_address(server->path, &address);
	if (ret == 0)
		ret = clear_way(&address);
	if (ret != 0)
		return ret;
	server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listen_fd < 0)
		return -errno;
	if (bind(server->listen_fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(server->listen_fd, BACKLOG) != 0) {
		ret = -errno;
		close(server->listen_fd);
		server->listen_fd = -1;
	}
	return ret;
}

void
server_close(struct server *server)
{
	if (server->listen_fd < 0)
		return;
	close(server->listen_fd);
	unlink(server->path);
}

/* Execute one message. @return whether to go on */
static bool
serve_message(struct connection *connection, struct device *device, struct message *message)
{
	struct reply reply = { .payload = connection->out };
	bool sent;

	if ((message->header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_COMMAND) {
		/* An answer to what nobody asked: there is no reply to a reply. */
		log_protocol("%s: not a command (flags 0x%x), ignored",
			     message_name(message->header.command), message->header.flags);
		return true;
	}
	log_protocol("%s (%u bytes, %u descriptors)", message_name(message->header.command),
		     message->header.size, message->nb_fds);
	message_execute(device, message, &reply);
	/* Before the reply: a client may count on the device having let go. */
	connection_drop_fds(message);
	if (reply.error != 0)
		log_protocol("  refused: %s", strerror(reply.error));
	sent = connection_reply(connection, message, &reply);
	return sent && !reply.close;
}

/* A size that no message has: where the next one starts is unknown. */
static void
refuse_nonsense(struct connection *connection, struct device *device,
		const struct message *message)
{
	struct reply reply = { .error = EMSGSIZE, .fd = -1, .payload = connection->out };

	log_protocol("%s with a size of %u bytes: the connection ends",
		     message_name(message->header.command), message->header.size);
	device->stats.refused++;
	connection_reply(connection, message, &reply);
}

/* @return false where the process is to stop */
static bool
serve_client(struct connection *connection, struct device *device)
{
	struct message message;
	enum received received;
	bool more = true;

	while (more) {
		received = connection_receive(connection, &message);
		if (received == RECEIVED_MESSAGE)
			more = serve_message(connection, device, &message);
		else if (received == RECEIVED_NONSENSE)
			refuse_nonsense(connection, device, &message);
		connection_drop_fds(&message);
		if (received == RECEIVED_STOP)
			return false;
		more = more && received == RECEIVED_MESSAGE;
	}
	return true;
}

/* @return the client's socket, or a negative errno; -ECANCELED: the process is to stop */
static int
wait_for_client(const struct server *server)
{
	struct pollfd fds[2] = {
		{ .fd = server->listen_fd, .events = POLLIN },
		{ .fd = server->stop_fd, .events = POLLIN },
	};
	int fd;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents != 0)
			return -ECANCELED;
		fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return -errno;
	}
}

int
server_run(struct server *server, struct device *device)
{
	struct connection connection;
	bool go_on;
	int fd, ret;

	ret = dma_fault_init(dma_files(device->dma));
	if (ret != 0)
		return ret;
	do {
		fd = wait_for_client(server);
		if (fd < 0)
			return fd == -ECANCELED ? 0 : fd;
		device->stats.connections++;
		log_protocol("client %llu has connected",
			     (unsigned long long)device->stats.connections);
		ret = connection_open(&connection, fd, server->stop_fd);
		dma_fault_watch(fd);
		go_on = ret == 0 && serve_client(&connection, device);
		dma_fault_watch(-1);
		device_disconnect(device);
		connection_close(&connection);
		if (dma_fault_happened())
			log_error("the client has made a file shorter that it shares: "
				  "its connection was ended");
		log_protocol("the client has gone");
	} while (go_on && server->keep);
	return ret;
}
