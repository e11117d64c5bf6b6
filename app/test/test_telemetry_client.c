/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A client of the process's own telemetry socket. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "test_telemetry_client.h"

#define ANSWER_SECONDS	60

static int
receive(struct tel_client *client)
{
	ssize_t n = recv(client->fd, client->answer, sizeof(client->answer) - 1, 0);

	if (n <= 0)
		return n == 0 ? -EPIPE : -errno;
	client->answer[n] = '\0';
	return 0;
}

int
tel_open(struct tel_client *client)
{
	const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ret;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/dpdk_telemetry.v2",
		 rte_eal_get_runtime_dir());
	client->fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (client->fd < 0)
		return -errno;
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	ret = connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0 ?
	      receive(client) : -errno;
	if (ret != 0)
		tel_close(client);
	return ret;
}

void
tel_close(struct tel_client *client)
{
	close(client->fd);
	client->fd = -1;
}

int
tel_ask(struct tel_client *client, const char *format, ...)
{
	char command[128];
	va_list ap;
	int length;

	va_start(ap, format);
	length = vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (send(client->fd, command, length, MSG_NOSIGNAL) != length)
		return -errno;
	return receive(client);
}

bool
tel_refused(const struct tel_client *client)
{
	const char *value = strchr(client->answer, ':');

	return value != NULL && strspn(value + 1, " ") + 1 + 4 <= strlen(value) &&
	       strncmp(value + 1 + strspn(value + 1, " "), "null", 4) == 0;
}

bool
tel_has(const struct tel_client *client, const char *text)
{
	return strstr(client->answer, text) != NULL;
}

static const char *
value_of(const struct tel_client *client, const char *name)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(client->answer, key);
	if (at == NULL)
		return NULL;
	at += strlen(key);
	return at + strspn(at, " ");
}

int64_t
tel_number(const struct tel_client *client, const char *name)
{
	const char *value = value_of(client, name);
	char *end;
	int64_t number;

	if (value == NULL)
		return INT64_MIN;
	number = strtoll(value, &end, 10);
	return end != value ? number : INT64_MIN;
}

bool
tel_text_is(const struct tel_client *client, const char *name, const char *value)
{
	const char *at = value_of(client, name);
	size_t length = strlen(value);

	return at != NULL && at[0] == '"' && strncmp(at + 1, value, length) == 0 &&
	       at[1 + length] == '"';
}
