/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Client of the vfio-user protocol: a message and its answer, each within bounds. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "refdma_driver.h"
#include "refdma_vfio_user.h"
#include "refdma_vfio_user_wire.h"

/* Descriptors that an answer may bring; what is not asked for is closed. */
#define MAX_FDS 8u

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void
refdma_vfu_lose(struct refdma_vfu *vfu, const char *reason)
{
	if (atomic_exchange(&vfu->lost, true))
		return;
	/* The server notices, and whoever waits in this process. */
	shutdown(vfu->fd, SHUT_RDWR);
	if (reason != NULL)
		REFDMA_LOG(ERR,
			   "%s: the connection to the device process is lost: %s; close the "
			   "device",
			   vfu->name, reason);
}

/* @return 0, or -EIO: not ready in time */
static int
wait_ready(struct refdma_vfu *vfu, short events, uint64_t deadline)
{
	struct pollfd fd = { .fd = vfu->fd, .events = events };
	uint64_t now;
	int ret;

	do {
		now = now_ms();
		ret = now < deadline ? poll(&fd, 1, (int)(deadline - now)) : 0;
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return 0;
	refdma_vfu_lose(vfu, ret == 0 ? "no answer in time" : strerror(errno));
	return -EIO;
}

static void
attach_fd(struct msghdr *header, void *control, size_t room, int fd)
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

/* The parts that remain after @p done bytes have gone. */
static void
skip(struct msghdr *header, size_t done)
{
	while (header->msg_iovlen > 0 && done >= header->msg_iov->iov_len) {
		done -= header->msg_iov->iov_len;
		header->msg_iov++;
		header->msg_iovlen--;
	}
	if (header->msg_iovlen > 0) {
		header->msg_iov->iov_base = RTE_PTR_ADD(header->msg_iov->iov_base, done);
		header->msg_iov->iov_len -= done;
	}
}

static int
send_all(struct refdma_vfu *vfu, struct iovec *parts, unsigned int count, int fd, uint64_t deadline)
{
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = count };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	ssize_t n;

	if (fd >= 0)
		attach_fd(&header, control, sizeof(control), fd);
	while (header.msg_iovlen > 0) {
		n = sendmsg(vfu->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			/* The descriptor went with the first byte. */
			header.msg_control = NULL;
			header.msg_controllen = 0;
			skip(&header, n);
		} else if (errno == EAGAIN) {
			if (wait_ready(vfu, POLLOUT, deadline) != 0)
				return -EIO;
		} else if (errno != EINTR) {
			refdma_vfu_lose(vfu, strerror(errno));
			return -EIO;
		}
	}
	return 0;
}

/* Keep the first descriptor of the answer, close the others. */
static void
take_fds(struct msghdr *header, int *keep)
{
	struct cmsghdr *entry;

	for (entry = CMSG_FIRSTHDR(header); entry != NULL; entry = CMSG_NXTHDR(header, entry)) {
		size_t count = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(entry) + i * sizeof(fd), sizeof(fd));
			if (*keep < 0)
				*keep = fd;
			else
				close(fd);
		}
	}
}

static int
receive_all(struct refdma_vfu *vfu, void *data, size_t size, int *fd, uint64_t deadline)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(MAX_FDS * sizeof(int))];
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		struct iovec part = { RTE_PTR_ADD(data, done), size - done };
		struct msghdr header = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		n = recvmsg(vfu->fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n > 0) {
			take_fds(&header, fd);
			done += n;
		} else if (n == 0) {
			refdma_vfu_lose(vfu, "the process has closed it");
			return -EIO;
		} else if (errno == EAGAIN) {
			if (wait_ready(vfu, POLLIN, deadline) != 0)
				return -EIO;
		} else if (errno != EINTR) {
			refdma_vfu_lose(vfu, strerror(errno));
			return -EIO;
		}
	}
	return 0;
}

/* @return 0, the server's errno (negative), or -EIO for an answer that makes no sense */
static int
check_answer(struct refdma_vfu *vfu, const struct vfu_header *sent, const struct vfu_header *got,
	     const struct refdma_vfu_call *call)
{
	size_t payload = got->size - sizeof(*got);

	if (got->id != sent->id || got->command != sent->command ||
	    (got->flags & VFU_TYPE_MASK) != VFU_TYPE_REPLY || got->size < sizeof(*got) ||
	    payload > VFU_MAX_PAYLOAD) {
		refdma_vfu_lose(vfu, "the answer is to no question");
		return -EIO;
	}
	if (got->flags & VFU_ERROR) {
		if (payload == 0)
			return got->error != 0 && got->error < 4096 ? -(int)got->error : -EIO;
	} else if (payload >= call->answer_min && payload <= call->answer_max) {
		return 0;
	}
	refdma_vfu_lose(vfu, "the answer has a wrong size");
	return -EIO;
}

static int
receive_answer(struct refdma_vfu *vfu, const struct vfu_header *sent, struct refdma_vfu_call *call,
	       uint64_t deadline)
{
	struct vfu_header got;
	int ret;

	ret = receive_all(vfu, &got, sizeof(got), &call->answer_fd, deadline);
	if (ret == 0)
		ret = check_answer(vfu, sent, &got, call);
	if (ret == 0) {
		call->answer_size = got.size - sizeof(got);
		ret = receive_all(vfu, call->answer, call->answer_size, &call->answer_fd, deadline);
	}
	return ret;
}

int
refdma_vfu_exchange(struct refdma_vfu *vfu, struct refdma_vfu_call *call, bool posted)
{
	struct vfu_header header = {
		.command = call->command,
		.size = sizeof(header) + call->head_size + call->data_size,
		.flags = VFU_TYPE_COMMAND | (posted ? VFU_NO_REPLY : 0),
	};
	struct iovec parts[3] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)call->head, call->head_size },
		{ (void *)(uintptr_t)call->data, call->data_size },
	};
	uint64_t deadline = now_ms() + vfu->timeout_ms;
	int ret = -EIO;

	call->answer_fd = -1;
	call->answer_size = 0;
	pthread_mutex_lock(&vfu->lock);
	if (!refdma_vfu_is_lost(vfu)) {
		header.id = vfu->next_id++;
		ret = send_all(vfu, parts, RTE_DIM(parts), call->fd, deadline);
		if (ret == 0 && !posted)
			ret = receive_answer(vfu, &header, call, deadline);
	}
	pthread_mutex_unlock(&vfu->lock);
	if (ret != 0 && call->answer_fd >= 0) {
		close(call->answer_fd);
		call->answer_fd = -1;
	}
	return ret;
}

/* A server whose queue of clients is full makes a blocking connect() wait: do not block. */
static int
connect_within(struct refdma_vfu *vfu, const struct sockaddr_un *address)
{
	uint64_t deadline = now_ms() + vfu->timeout_ms;

	while (connect(vfu->fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		if (errno != EINTR && (errno != EAGAIN || now_ms() >= deadline))
			return -errno;
		if (errno == EAGAIN)
			poll(NULL, 0, 1);
	}
	return 0;
}

int
refdma_vfu_open(struct refdma_vfu *vfu, const char *name, const char *path, unsigned int timeout_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ret;

	vfu->name = name;
	vfu->timeout_ms = timeout_ms;
	atomic_store(&vfu->lost, false);
	if (strlen(path) >= sizeof(address.sun_path)) {
		REFDMA_LOG(ERR, "%s: socket=%s: the path of a socket has at most %zu characters; "
			   "use a shorter one", name, path, sizeof(address.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	vfu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vfu->fd < 0)
		return -errno;
	pthread_mutex_init(&vfu->lock, NULL);
	ret = connect_within(vfu, &address);
	if (ret != 0)
		REFDMA_LOG(ERR,
			   "%s: socket=%s: %s; start the device first, for instance "
			   "refdma-device --socket %s",
			   name, path, strerror(-ret), path);
	else
		ret = refdma_vfu_handshake(vfu);
	if (ret != 0)
		refdma_vfu_close(vfu);
	return ret;
}

void
refdma_vfu_close(struct refdma_vfu *vfu)
{
	close(vfu->fd);
	vfu->fd = -1;
	pthread_mutex_destroy(&vfu->lock);
}
