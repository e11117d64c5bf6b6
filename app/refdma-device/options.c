/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The command line. */

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "options.h"

#define MAX_CPU	(CPU_SETSIZE - REFDMA_MAX_CHANNELS)

enum option_id {
	OPT_SOCKET = 's',
	OPT_VERBOSE = 'v',
	OPT_HELP = 'h',
	OPT_VERSION = 'V',
	OPT_CHANNELS = 256,
	OPT_QUEUES,
	OPT_RING,
	OPT_PORT,
	OPT_ID,
	OPT_SUBSYSTEM,
	OPT_REVISION,
	OPT_POLL,
	OPT_SPIN,
	OPT_CPU,
	OPT_INJECT,
	OPT_KEEP,
	OPT_STATS,
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "channels", required_argument, NULL, OPT_CHANNELS },
	{ "queues", required_argument, NULL, OPT_QUEUES },
	{ "ring", required_argument, NULL, OPT_RING },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "id", required_argument, NULL, OPT_ID },
	{ "subsystem", required_argument, NULL, OPT_SUBSYSTEM },
	{ "revision", required_argument, NULL, OPT_REVISION },
	{ "poll", no_argument, NULL, OPT_POLL },
	{ "spin", required_argument, NULL, OPT_SPIN },
	{ "cpu", required_argument, NULL, OPT_CPU },
	{ "inject", required_argument, NULL, OPT_INJECT },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int
bad_value(const char *option, const char *value, const char *valid)
{
	log_error("--%s %s: valid is %s", option, value, valid);
	return -EINVAL;
}

/* A number into an unsigned int. */
static int
set_number(const char *option, const char *text, uint64_t min, uint64_t max, unsigned int *number)
{
	char valid[64];
	uint64_t n;

	if (!option_number(text, min, max, &n)) {
		snprintf(valid, sizeof(valid), "%llu to %llu", (unsigned long long)min,
			 (unsigned long long)max);
		return bad_value(option, text, valid);
	}
	*number = n;
	return 0;
}

static int
set_ring(struct options *options, const char *text)
{
	uint64_t slots;

	if (!option_number(text, 32, 32768, &slots) || (slots & (slots - 1)) != 0)
		return bad_value("ring", text, "a power of two from 32 to 32768");
	options->device.model.ring_log2_max = __builtin_ctzll(slots);
	return 0;
}

static int
add_port(struct options *options, const char *text)
{
	unsigned int *count = &options->device.model.nb_ports;

	if (*count == REFDMA_MAX_PORTS || !option_port(text, &options->ports[*count]))
		return bad_value("port", text, "loopback, sink or source, then settings such as "
				 "/fifo:64K (bytes, a power of two from 1K to 16M), /rate:1000000 "
				 "(bytes a second) and /frame:1024 (bytes), each once; at most 32 "
				 "ports");
	options->device.model.ports = options->ports;
	(*count)++;
	return 0;
}

static int
add_injection(struct options *options, const char *text)
{
	unsigned int *count = &options->device.nb_injections;

	if (*count == DEVICE_MAX_INJECTIONS ||
	    !option_injection(text, &options->device.injections[*count]))
		return bad_value("inject", text, "KIND[:COUNT[:CODE]][@CHANNEL.QUEUE] with fail, "
				 "stall, halt, corrupt or drop-doorbell, as in fail:100:14@0.1; at "
				 "most 16 of them");
	(*count)++;
	return 0;
}

static int
set_cpu(struct options *options, const char *text)
{
	unsigned int cpu;
	int ret = set_number("cpu", text, 0, MAX_CPU, &cpu);

	if (ret == 0)
		options->device.engine.cpu = cpu;
	return ret;
}

/* Identity of the function. */
static int
set_identity(struct config_identity *identity, int id, const char *text)
{
	unsigned int revision;
	int ret;

	if (id == OPT_REVISION) {
		ret = set_number("revision", text, 0, UINT8_MAX, &revision);
		if (ret == 0)
			identity->revision = revision;
		return ret;
	}
	if (id == OPT_ID ? option_ids(text, &identity->vendor, &identity->device) :
			   option_ids(text, &identity->subsystem_vendor,
				      &identity->subsystem_device))
		return 0;
	return bad_value(id == OPT_ID ? "id" : "subsystem", text,
			 "VENDOR:DEVICE in hexadecimal, as in 10ee:903f");
}

/* Options without a value. */
static void
set_flag(struct options *options, int id)
{
	switch (id) {
	case OPT_POLL:
		options->device.engine.poll = true;
		break;
	case OPT_KEEP:
		options->keep = true;
		break;
	case OPT_STATS:
		options->stats = true;
		break;
	case OPT_VERBOSE:
		options->verbose = true;
		break;
	case OPT_HELP:
		options->help = true;
		break;
	default:
		options->version = true;
	}
}

static int
set_option(struct options *options, int id, const char *text)
{
	struct device_conf *device = &options->device;

	switch (id) {
	case OPT_SOCKET:
		options->socket = text;
		return 0;
	case OPT_CHANNELS:
		return set_number("channels", text, 1, REFDMA_MAX_CHANNELS,
				  &device->model.channels);
	case OPT_QUEUES:
		return set_number("queues", text, 1, REFDMA_MAX_QUEUES, &device->model.queues);
	case OPT_RING:
		return set_ring(options, text);
	case OPT_PORT:
		return add_port(options, text);
	case OPT_ID:
	case OPT_SUBSYSTEM:
	case OPT_REVISION:
		return set_identity(&device->identity, id, text);
	case OPT_SPIN:
		return set_number("spin", text, 0, MAX_SPIN_US, &device->engine.spin_us);
	case OPT_CPU:
		return set_cpu(options, text);
	case OPT_INJECT:
		return add_injection(options, text);
	case '?':
		return -EINVAL;		/* getopt has complained */
	default:
		set_flag(options, id);
		return 0;
	}
}

/* What holds between options. */
static int
check(const struct options *options)
{
	if (options->help || options->version)
		return 0;
	if (options->socket == NULL) {
		log_error("where to listen is missing: --socket PATH");
		return -EINVAL;
	}
	for (unsigned int i = 0; i < options->device.nb_injections; i++) {
		const struct device_injection *injection = &options->device.injections[i];

		if (injection->channel >= options->device.model.channels ||
		    injection->queue >= options->device.model.queues) {
			log_error("--inject: there is no queue %u.%u", injection->channel,
				  injection->queue);
			return -EINVAL;
		}
	}
	return 0;
}

int
options_parse(struct options *options, int argc, char **argv)
{
	int id, ret = 0;

	*options = (struct options){
		.device.identity = {
			.vendor = REFDMA_PCI_VENDOR_ID,
			.device = REFDMA_PCI_DEVICE_ID,
			.subsystem_vendor = REFDMA_PCI_VENDOR_ID,
			.subsystem_device = REFDMA_PCI_DEVICE_ID,
			.revision = 1,
		},
		.device.model = { .channels = 1, .queues = 2 },
		.device.engine = { .spin_us = DEFAULT_SPIN_US, .cpu = -1 },
	};
	while (ret == 0 && (id = getopt_long(argc, argv, "s:vhV", long_options, NULL)) != -1)
		ret = set_option(options, id, optarg);
	if (ret == 0 && optind < argc) {
		log_error("'%s' is not an option", argv[optind]);
		ret = -EINVAL;
	}
	return ret == 0 ? check(options) : ret;
}
