/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The arguments of the software device: `--vdev=dma_refdma0,...`. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>
#include <rte_lcore.h>

#include "refdma_vdev.h"

#define DEFAULT_SPIN_US	200
#define DEFAULT_TIMEOUT_MS	5000

static int
bad_value(const struct refdma_vdev_args *args, const char *key, const char *value,
	  const char *valid)
{
	REFDMA_LOG(ERR, "%s: argument %s=%s: valid is %s", args->name, key, value, valid);
	return -EINVAL;
}

static bool
parse_number(const char *value, uint64_t min, uint64_t max, uint64_t *number)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	*number = strtoull(value, &end, 0);
	if (errno == 0 && (*end == 'k' || *end == 'K') && *number <= UINT64_MAX >> 10) {
		*number <<= 10;
		end++;
	} else if (errno == 0 && (*end == 'm' || *end == 'M') && *number <= UINT64_MAX >> 20) {
		*number <<= 20;
		end++;
	}
	return errno == 0 && *end == '\0' && *number >= min && *number <= max;
}

static int
parse_engine(const char *key, const char *value, struct refdma_vdev_args *args)
{
	if (strcmp(value, "thread") == 0)
		args->engine.mode = REFDMA_ENGINE_THREAD;
	else if (strcmp(value, "service") == 0)
		args->engine.mode = REFDMA_ENGINE_SERVICE;
	else if (strcmp(value, "inline") == 0)
		args->engine.mode = REFDMA_ENGINE_INLINE;
	else
		return bad_value(args, key, value, "thread, service or inline");
	return 0;
}

static int
parse_lcore(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, 0, RTE_MAX_LCORE - 1, &n))
		return bad_value(args, key, value, "an lcore or CPU number from 0 to "
				 RTE_STR(RTE_MAX_LCORE) " - 1");
	args->engine.lcore = n;
	return 0;
}

static int
parse_channels(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, 1, REFDMA_MAX_CHANNELS, &n))
		return bad_value(args, key, value, "1 to " RTE_STR(REFDMA_MAX_CHANNELS));
	args->engine.model.channels = n;
	return 0;
}

static int
parse_queues(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, 1, REFDMA_MAX_QUEUES, &n))
		return bad_value(args, key, value, "1 to " RTE_STR(REFDMA_MAX_QUEUES));
	args->engine.model.queues = n;
	return 0;
}

static int
parse_ring(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, REFDMA_MIN_DESC, 32768, &n) || !rte_is_power_of_2(n))
		return bad_value(args, key, value, "a power of two from " RTE_STR(REFDMA_MIN_DESC)
				 " to 32768");
	args->engine.model.ring_log2_max = rte_log2_u32(n);
	return 0;
}

static int
parse_spin(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, 0, 1000000, &n))
		return bad_value(args, key, value, "0 to 1000000 microseconds");
	args->engine.spin_us = n;
	return 0;
}

static int
parse_silent(const char *key, const char *value, struct refdma_vdev_args *args)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return bad_value(args, key, value, "0 or 1");
	args->silent = value[0] == '1';
	return 0;
}

static int
parse_strict(const char *key, const char *value, struct refdma_vdev_args *args)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return bad_value(args, key, value, "0 or 1");
	args->strict = value[0] == '1';
	return 0;
}

static int
parse_socket(const char *key, const char *value, struct refdma_vdev_args *args)
{
	RTE_SET_USED(key);
	args->path = strdup(value);
	return args->path != NULL ? 0 : -ENOMEM;
}

static int
parse_timeout(const char *key, const char *value, struct refdma_vdev_args *args)
{
	uint64_t n;

	if (!parse_number(value, 1, 3600000, &n))
		return bad_value(args, key, value, "1 to 3600000 milliseconds");
	args->timeout_ms = n;
	return 0;
}

static bool
parse_port_type(const char *word, enum refdma_port_type *type)
{
	if (strcmp(word, "loopback") == 0)
		*type = REFDMA_PORT_LOOPBACK;
	else if (strcmp(word, "sink") == 0)
		*type = REFDMA_PORT_SINK;
	else if (strcmp(word, "source") == 0)
		*type = REFDMA_PORT_SOURCE;
	else
		return false;
	return true;
}

enum port_option { PORT_FIFO, PORT_RATE, PORT_FRAME, NB_PORT_OPTIONS };

/* Which option the word before the colon is; NB_PORT_OPTIONS: none. */
static enum port_option
port_option(const char *word, size_t length)
{
	static const char *const names[] = {
		[PORT_FIFO] = "fifo", [PORT_RATE] = "rate", [PORT_FRAME] = "frame",
	};
	unsigned int i;

	for (i = 0; i < NB_PORT_OPTIONS; i++)
		if (length == strlen(names[i]) && memcmp(word, names[i], length) == 0)
			break;
	return i;
}

/* *given has a bit for each option that the port has already. */
static bool
parse_port_option(const char *word, struct refdma_model_port_conf *port, uint32_t *given)
{
	const char *value = strchr(word, ':');
	enum port_option option;
	uint64_t n;

	if (value == NULL)
		return false;
	option = port_option(word, value++ - word);
	if ((*given & RTE_BIT32(option)) != 0)
		return false;
	*given |= RTE_BIT32(option);
	switch (option) {
	case PORT_FIFO:
		if (!parse_number(value, 1024, 16 << 20, &n) || !rte_is_power_of_2(n))
			return false;
		port->fifo_bytes = n;
		return true;
	case PORT_RATE:
		return parse_number(value, 0, UINT64_MAX, &port->rate);
	case PORT_FRAME:
		if (!parse_number(value, 0, UINT32_MAX, &n))
			return false;
		port->frame = n;
		return true;
	default:
		return false;
	}
}

/* port=TYPE[/fifo:BYTES][/rate:BYTES_PER_SECOND][/frame:BYTES], once for each port */
static int
parse_port(const char *key, const char *value, struct refdma_vdev_args *args)
{
	struct refdma_model_port_conf port = { 0 };
	char copy[128], *state, *word;
	uint32_t given = 0;
	bool ok = strlen(value) < sizeof(copy) && args->nb_ports < REFDMA_MAX_PORTS;

	if (ok) {
		snprintf(copy, sizeof(copy), "%s", value);
		word = strtok_r(copy, "/", &state);
		ok = word != NULL && parse_port_type(word, &port.type);
		while (ok && (word = strtok_r(NULL, "/", &state)) != NULL)
			ok = parse_port_option(word, &port, &given);
	}
	if (!ok)
		return bad_value(args, key, value, "loopback, sink or source, then options such as "
				 "/fifo:65536 (a power of two from 1K to 16M), /rate:1000000 "
				 "(bytes a second) and /frame:1024 (bytes), each once; at most 32 "
				 "ports");
	args->ports[args->nb_ports++] = port;
	return 0;
}

static const struct {
	const char *key;
	int (*parse)(const char *key, const char *value, struct refdma_vdev_args *args);
	bool in_process;		/* belongs to a device in this process only */
	bool repeats;			/* each one counts */
} known_args[] = {
	{ "engine", parse_engine, true, false },
	{ "lcore", parse_lcore, true, false },
	{ "channels", parse_channels, true, false },
	{ "queues", parse_queues, true, false },
	{ "ring", parse_ring, true, false },
	{ "port", parse_port, true, true },
	{ "spin", parse_spin, true, false },
	{ "silent", parse_silent, false, false },
	{ "strict", parse_strict, false, false },
	{ "socket", parse_socket, false, false },
	{ "timeout", parse_timeout, false, false },
};

#define VALID_KEYS "engine, lcore, channels, queues, ring, port, spin, silent, strict, socket " \
		   "and timeout"

static int
handle_arg(const char *key, const char *value, void *opaque)
{
	struct refdma_vdev_args *args = opaque;
	unsigned int i;

	for (i = 0; i < RTE_DIM(known_args); i++)
		if (strcmp(key, known_args[i].key) == 0)
			break;
	if (i == RTE_DIM(known_args)) {
		REFDMA_LOG(ERR, "%s: argument %s is unknown; valid are " VALID_KEYS, args->name,
			   key);
		return -EINVAL;
	}
	if (value == NULL || *value == '\0')
		return bad_value(args, key, "", "a value");
	if ((args->given & RTE_BIT32(i)) != 0 && !known_args[i].repeats) {
		REFDMA_LOG(ERR, "%s: argument %s is given more than once, here as %s=%s; only port "
			   "may be", args->name, key, key, value);
		return -EINVAL;
	}
	args->given |= RTE_BIT32(i);
	if (known_args[i].in_process)
		args->in_process = known_args[i].key;
	return known_args[i].parse(key, value, args);
}

int
refdma_vdev_parse(const char *name, const char *params, struct refdma_vdev_args *args)
{
	struct rte_kvargs *list;
	int ret;

	memset(args, 0, sizeof(*args));
	args->name = name;
	args->engine.lcore = -1;
	args->engine.spin_us = DEFAULT_SPIN_US;
	args->timeout_ms = DEFAULT_TIMEOUT_MS;
	args->engine.model.channels = 1;
	args->engine.model.queues = 2;
	if (params == NULL || *params == '\0')
		return 0;
	list = rte_kvargs_parse(params, NULL);
	if (list == NULL) {
		REFDMA_LOG(ERR, "%s: '%s' is not a list of at most " RTE_STR(RTE_KVARGS_MAX)
			   " key=value; valid keys are " VALID_KEYS, args->name, params);
		return -EINVAL;
	}
	ret = refdma_kvargs_process(list, NULL, handle_arg, args);
	rte_kvargs_free(list);
	if (args->nb_ports != 0) {
		args->engine.model.ports = args->ports;
		args->engine.model.nb_ports = args->nb_ports;
	}
	if (ret >= 0 && args->path != NULL && args->in_process != NULL) {
		REFDMA_LOG(ERR, "%s: argument %s does not go with socket=%s: it is for the process "
			   "that has the device (refdma-device --help); silent, strict and timeout "
			   "do", args->name, args->in_process, args->path);
		ret = -EINVAL;
	}
	return ret < 0 ? -EINVAL : 0;
}
