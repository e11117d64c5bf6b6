/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The hostile server. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"
#include "test_socket_proxy.h"

#define MAX_FDS		8
#define MAX_BYTES	8192u
#define HEADER_BYTES	16u
#define MAX_REGISTERS	8
#define REGION_READ	9
#define REGION_WRITE	10
#define REPLY		0x1u
#define NO_REPLY	0x10u
#define ERROR		0x20u

struct packet {
	union {
		struct {
			uint16_t id, command;
			uint32_t size, flags, error;
		};
		uint8_t bytes[MAX_BYTES];
	};
	int fd[MAX_FDS];
	unsigned int nb_fds;
};

static struct {
	pthread_t thread;
	int listener, server;
	enum proxy_mode mode;
	uint32_t nth, messages;
	char path[108];
	/* Changed between messages: by the thread that waits for the answers. */
	struct {
		uint32_t offset, value;
		bool then;	/* from the write that is watched for on */
	} reg[MAX_REGISTERS];
	_Atomic unsigned int nb_reg;
	uint32_t watch_offset, watch_value;
	_Atomic bool watching, saw;
} proxy;

/* Of a read, in the question and in the answer, where the data follows. */
struct access {
	uint64_t offset;
	uint32_t region, count;
};

static void
add_register(uint32_t offset, uint32_t value, bool then)
{
	unsigned int n = proxy.nb_reg;

	if (n == MAX_REGISTERS)
		return;
	proxy.reg[n].offset = offset;
	proxy.reg[n].value = value;
	proxy.reg[n].then = then;
	proxy.nb_reg = n + 1;
}

void
proxy_register(uint32_t offset, uint32_t value)
{
	add_register(offset, value, false);
}

void
proxy_register_then(uint32_t offset, uint32_t value)
{
	add_register(offset, value, true);
}

void
proxy_watch(uint32_t offset, uint32_t value)
{
	proxy.saw = false;
	proxy.watch_offset = offset;
	proxy.watch_value = value;
	proxy.watching = true;
}

bool
proxy_saw(void)
{
	return proxy.saw;
}

void
proxy_registers_clear(void)
{
	proxy.nb_reg = 0;
	proxy.watching = false;
	proxy.saw = false;
}

static void
look_at_write(const struct packet *p)
{
	struct access access;
	uint32_t value;

	if (!proxy.watching || p->command != REGION_WRITE ||
	    p->size != HEADER_BYTES + sizeof(access) + sizeof(value))
		return;
	memcpy(&access, p->bytes + HEADER_BYTES, sizeof(access));
	memcpy(&value, p->bytes + HEADER_BYTES + sizeof(access), sizeof(value));
	if (access.region == 0 && access.offset == proxy.watch_offset &&
	    value == proxy.watch_value)
		proxy.saw = true;
}

/* The answer to a read of a register that is to read as something else. */
static void
change_register(struct packet *p)
{
	const size_t data = HEADER_BYTES + sizeof(struct access);
	struct access access;

	if (p->command != REGION_READ || p->size != data + sizeof(uint32_t))
		return;
	memcpy(&access, p->bytes + HEADER_BYTES, sizeof(access));
	for (unsigned int i = 0; i < proxy.nb_reg; i++)
		if (access.region == 0 && access.offset == proxy.reg[i].offset &&
		    (proxy.saw || !proxy.reg[i].then))
			memcpy(p->bytes + data, &proxy.reg[i].value, sizeof(uint32_t));
}

/* @return bytes, 0 at the end */
static size_t
receive(int fd, struct packet *p, size_t at, size_t bytes)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(MAX_FDS * sizeof(int))];
	struct iovec part = { p->bytes + at, bytes };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *entry;
	ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_WAITALL);

	if (n <= 0)
		return 0;
	entry = CMSG_FIRSTHDR(&header);
	if (entry != NULL && entry->cmsg_type == SCM_RIGHTS) {
		p->nb_fds = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(p->fd, CMSG_DATA(entry), p->nb_fds * sizeof(int));
	}
	return n;
}

static bool
receive_packet(int fd, struct packet *p)
{
	p->nb_fds = 0;
	if (receive(fd, p, 0, HEADER_BYTES) != HEADER_BYTES || p->size < HEADER_BYTES ||
	    p->size > MAX_BYTES)
		return false;
	return p->size == HEADER_BYTES ||
	       receive(fd, p, HEADER_BYTES, p->size - HEADER_BYTES) == p->size - HEADER_BYTES;
}

static void
send_bytes(int fd, const struct packet *p, size_t bytes)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(MAX_FDS * sizeof(int))] = { 0 };
	struct iovec part = { (void *)(uintptr_t)p->bytes, bytes };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *entry;

	if (p->nb_fds != 0) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(p->nb_fds * sizeof(int));
		entry = CMSG_FIRSTHDR(&header);
		entry->cmsg_level = SOL_SOCKET;
		entry->cmsg_type = SCM_RIGHTS;
		entry->cmsg_len = CMSG_LEN(p->nb_fds * sizeof(int));
		memcpy(CMSG_DATA(entry), p->fd, p->nb_fds * sizeof(int));
	}
	/* A client that has gone is noticed by the next receive. */
	if (sendmsg(fd, &header, MSG_NOSIGNAL) < 0)
		return;
}

static void
close_fds(struct packet *p)
{
	for (unsigned int i = 0; i < p->nb_fds; i++)
		close(p->fd[i]);
	p->nb_fds = 0;
}

/* Read what comes and say nothing, until the client has had enough. */
static void
ignore(int client)
{
	char byte[256];

	while (read(client, byte, sizeof(byte)) > 0)
		continue;
}

/* @return whether the connection goes on */
static bool
spoil(int client, struct packet *p)
{
	size_t size = p->size, payload = size - HEADER_BYTES;

	switch (proxy.mode) {
	case PROXY_SILENT:
		ignore(client);
		return false;
	case PROXY_CUT:
		send_bytes(client, p, size / 2);
		ignore(client);
		return false;
	case PROXY_CUT_AND_CLOSE:
		send_bytes(client, p, size / 2);
		return false;
	case PROXY_GARBAGE:
		for (size_t i = 0; i < size; i++)
			p->bytes[i] = i * 37 + 11;
		break;
	case PROXY_WRONG_ID:
		p->id++;
		break;
	case PROXY_WRONG_COMMAND:
		p->command++;
		break;
	case PROXY_NO_REPLY:
		p->flags &= ~REPLY;
		break;
	case PROXY_SIZE_SMALL:
		p->size = HEADER_BYTES - 1;
		break;
	case PROXY_SIZE_HUGE:
		p->size = UINT32_MAX;
		break;
	case PROXY_SIZE_LESS:
		size = p->size = HEADER_BYTES + payload / 2;
		break;
	case PROXY_SIZE_MORE:
		size = p->size = HEADER_BYTES + payload + 4096 - HEADER_BYTES;
		break;
	case PROXY_REFUSAL:
	case PROXY_REFUSAL_OF_NOTHING:
		p->error = proxy.mode == PROXY_REFUSAL ? EPERM : 0;
		size = p->size = HEADER_BYTES;
		p->flags |= ERROR;
		break;
	case PROXY_LONG_REFUSAL:
		p->error = EPERM;
		size = p->size = HEADER_BYTES + 64;
		p->flags |= ERROR;
		break;
	case PROXY_ZEROES:
		memset(p->bytes + HEADER_BYTES, 0, payload);
		break;
	case PROXY_ONES:
		memset(p->bytes + HEADER_BYTES, 0xff, payload);
		break;
	case PROXY_TWICE:
		send_bytes(client, p, size);
		break;
	case PROXY_FDS:
		while (p->nb_fds < MAX_FDS)
			p->fd[p->nb_fds++] = dup(client);
		break;
	default:
		return false;
	}
	send_bytes(client, p, size);
	return true;
}

static void
pass_on(int client, struct packet *p)
{
	while (receive_packet(client, p)) {
		bool answered = (p->flags & NO_REPLY) == 0, go_on = true;

		look_at_write(p);
		send_bytes(proxy.server, p, p->size);
		close_fds(p);
		if (!answered)
			continue;
		if (!receive_packet(proxy.server, p))
			return;
		change_register(p);
		if (proxy.messages++ == proxy.nth)
			go_on = spoil(client, p);
		else
			send_bytes(client, p, p->size);
		close_fds(p);
		if (!go_on)
			return;
	}
}

static void *
run(void *arg)
{
	struct packet *p = calloc(1, sizeof(*p));
	int client = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);

	(void)arg;
	if (client >= 0 && p != NULL)
		pass_on(client, p);
	if (client >= 0)
		close(client);
	close(proxy.server);
	free(p);
	return NULL;
}

int
proxy_start(const char *path, const char *server, enum proxy_mode mode, uint32_t nth)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	proxy.mode = mode;
	proxy.nth = nth;
	proxy.messages = 0;
	snprintf(proxy.path, sizeof(proxy.path), "%s", path);
	proxy.server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	proxy.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server);
	TEST_ASSERT_EQ(connect(proxy.server, (struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	TEST_ASSERT_EQ(bind(proxy.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	TEST_ASSERT_EQ(listen(proxy.listener, 1), 0);
	TEST_ASSERT_EQ(pthread_create(&proxy.thread, NULL, run, NULL), 0);
	return TEST_OK;
}

uint32_t
proxy_end(void)
{
	/* A thread that still waits for a client is let go. */
	shutdown(proxy.listener, SHUT_RDWR);
	pthread_join(proxy.thread, NULL);
	close(proxy.listener);
	unlink(proxy.path);
	return proxy.messages;
}
