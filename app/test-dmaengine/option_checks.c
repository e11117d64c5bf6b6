/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What options say about each other. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "options.h"

bool
options_given(const uint32_t *seen, const char *name)
{
	for (unsigned int i = 0; i < nb_option_rules; i++)
		if (strcmp(option_rules[i].name, name) == 0)
			return seen[i] != 0;
	return false;
}

/* What belongs to the DMA Engine API. */
static int
check_engine(const struct options *options, const uint32_t *seen)
{
	const uint64_t bytes = (options->fill_pattern & 0xff) * UINT64_C(0x0101010101010101);
	/* sg: a descriptor for each pair of pieces that overlap. */
	uint64_t pieces = options->command == COMMAND_SG ?
		options->src_sges + options->dst_sges - 1 : 1;

	if ((options->api & API_ENGINE) == 0) {
		if (!options_given(seen, "run") && !options_given(seen, "depth") &&
		    !options_given(seen, "polled"))
			return 0;
		fprintf(stderr, "--%s is valid only together with --api engine or --api both\n",
			options_given(seen, "polled") ? "polled" :
			options_given(seen, "run") ? "run" : "depth");
		return -1;
	}
	if (options->command == COMMAND_ENGINE_COST && options->bursts.nb > 1) {
		fprintf(stderr, "--burst: engine-cost takes one number\n");
		return -1;
	}
	if (options->command == COMMAND_FILL && options->fill_pattern != bytes) {
		fprintf(stderr, "--pattern: 0x%016" PRIx64 " is not valid with --api engine or "
			"both, which fill with a byte; valid is one byte eight times, such as "
			"0x%016" PRIx64 "\n", options->fill_pattern, bytes);
		return -1;
	}
	if (options->depth * pieces > OPTIONS_MAX_DEPTH) {
		fprintf(stderr, "--depth: %" PRIu64 " is not valid with %" PRIu64 " descriptors an "
			"operation; valid is up to %" PRIu64 "\n", options->depth, pieces,
			OPTIONS_MAX_DEPTH / pieces);
		return -1;
	}
	/* Where the client runs the tasklet, callbacks submit one by one. */
	for (unsigned int i = 0; options->run != RUN_MANUAL && options->depth != 0 &&
	     options->command != COMMAND_ENGINE_COST && i < options->bursts.nb; i++)
		if (options->bursts.values[i] > options->depth) {
			fprintf(stderr, "--burst: %" PRIu64 " is not valid; valid is up to "
				"--depth, which is %" PRIu64 "\n", options->bursts.values[i],
				options->depth);
			return -1;
		}
	return 0;
}

/* What one option says about another. */
static int
check_together(const struct options *options)
{
	for (unsigned int i = 0; i < options->bursts.nb; i++)
		if (options->bursts.values[i] >= options->ring) {
			fprintf(stderr, "--burst: %" PRIu64 " is not valid; valid is less than "
				"--ring, which is %" PRIu64 "\n", options->bursts.values[i],
				options->ring);
			return -1;
		}
	for (unsigned int i = 0; options->command == COMMAND_SG && i < options->sizes.nb; i++)
		if (options->sizes.values[i] < RTE_MAX(options->src_sges, options->dst_sges)) {
			fprintf(stderr, "--size: %" PRIu64 " is not valid for sg; valid is one "
				"byte for each of the entries (--src-sge, --dst-sge) and more\n",
				options->sizes.values[i]);
			return -1;
		}
	if (options->period % 8 != 0) {
		fprintf(stderr, "--period: %" PRIu64 " is not valid; valid is a multiple of 8, "
			"the source counts in 64-bit integers\n", options->period);
		return -1;
	}
	if (options->period * options->periods > OPTIONS_MAX_SIZE) {
		fprintf(stderr, "--period times --periods is %" PRIu64 " bytes; valid is up to %"
			PRIu64 "\n", options->period * options->periods, OPTIONS_MAX_SIZE);
		return -1;
	}
	if (options->device_address >= 0 && options->direction == DIRECTION_MEM2MEM) {
		fprintf(stderr, "--device-address is valid only together with --direction\n");
		return -1;
	}
	if (options->output != NULL && options->devices.nb > 1) {
		fprintf(stderr, "--output is valid only with one device (--dev)\n");
		return -1;
	}
	if (options->output != NULL && options->file == NULL) {
		fprintf(stderr, "--output is valid only together with --file\n");
		return -1;
	}
	return 0;
}

/* What is there for one API only, or not for all of them. */
static int
check_apis(const struct options *options)
{
	char names[32];

	api_names(options->api, names, sizeof(names));
	if (options->command == COMMAND_VERIFY && options->api != API_DMADEV &&
	    options->api != API_ENGINE) {
		fprintf(stderr, "--api: '%s' is not valid for verify; valid is dmadev or engine\n",
			names);
		return -1;
	}
	if ((options->api & API_CPU) != 0 && options->command != COMMAND_COPY &&
	    options->command != COMMAND_FILL && options->command != COMMAND_SG &&
	    options->command != COMMAND_INTERLEAVED && options->command != COMMAND_COMPARE) {
		fprintf(stderr, "--api: '%s' is not valid for %s, which needs a device; valid are "
			"dmadev and engine\n", names, command_name(options->command));
		return -1;
	}
	if (options->api == API_DMADEV)
		return 0;
	if (options->file != NULL || options->workers.nb > 0 ||
	    options->direction != DIRECTION_MEM2MEM) {
		fprintf(stderr, "--%s is valid only with --api dmadev\n", options->file != NULL ?
			"file" : options->workers.nb > 0 ? "worker" : "direction");
		return -1;
	}
	return 0;
}

/* What belongs to verify. */
static int
check_verify(const struct options *options)
{
	if ((options->align & (options->align - 1)) != 0) {
		fprintf(stderr, "--align: %" PRIu64 " is not valid; valid is a power of 2\n",
			options->align);
		return -1;
	}
	if (options->transfer_size > options->buffer_size) {
		fprintf(stderr, "--transfer-size: %" PRIu64 " is not valid; valid is up to "
			"--buffer-size, which is %" PRIu64 "\n", options->transfer_size,
			options->buffer_size);
		return -1;
	}
	if (options->align > options->buffer_size) {
		fprintf(stderr, "--align: %" PRIu64 " is not valid; valid is up to --buffer-size, "
			"which is %" PRIu64 "\n", options->align, options->buffer_size);
		return -1;
	}
	if (options->transfer_size != 0 && options->align != 0 &&
	    options->transfer_size % options->align != 0) {
		fprintf(stderr, "--transfer-size: %" PRIu64 " is not valid; valid is a multiple of "
			"--align, which is %" PRIu64 "\n", options->transfer_size,
			options->align);
		return -1;
	}
	if (options->api == API_ENGINE && options->operation == VERIFY_SG) {
		fprintf(stderr, "--operation: sg is not valid with --api engine, which cannot do "
			"it from memory to memory; valid are memcpy, memset, interleaved, slave, "
			"cyclic and mix\n");
		return -1;
	}
	if (options->fault != FAULT_NONE && options->operation != VERIFY_MEMCPY &&
	    options->operation != VERIFY_MEMSET) {
		fprintf(stderr, "--fault is valid only with --operation memcpy or memset\n");
		return -1;
	}
	if (options->api == API_DMADEV &&
	    (options->fault == FAULT_UNMAP || options->fault == FAULT_MAP_SRC ||
	     options->fault == FAULT_MAP_DST || options->fault == FAULT_BUSY)) {
		fprintf(stderr, "--fault: %s is not valid with --api dmadev, which has no such "
			"step; valid are prep, submit, error and timeout\n",
			options->fault == FAULT_UNMAP ? "unmap" :
			options->fault == FAULT_BUSY ? "busy" :
			options->fault == FAULT_MAP_SRC ? "map-src" : "map-dst");
		return -1;
	}
	if (options->no_verify && options->corrupt != CORRUPT_NOTHING) {
		fprintf(stderr, "--corrupt is not valid together with --no-verify\n");
		return -1;
	}
	return 0;
}

/* What says otherwise how long something lasts, or cannot last. */
static int
check_soak(const struct options *options, const uint32_t *seen)
{
	const char *other = options->file != NULL ? "file" : options->workers.nb > 0 ? "worker" :
		options_given(seen, "repeat") ? "repeat" :
		options->command == COMMAND_CYCLIC && options_given(seen, "time") ? "time" : NULL;

	if (options->soak <= 0 || other == NULL)
		return 0;
	fprintf(stderr, "--soak is not valid together with --%s\n", other);
	return -1;
}

static int
check_interleaved(const struct options *options)
{
	for (unsigned int i = 0; i < options->sizes.nb; i++)
		if (options->sizes.values[i] % options->chunk != 0) {
			fprintf(stderr, "--size: %" PRIu64 " is not valid for interleaved; valid "
				"is a multiple of --chunk, which is %" PRIu64 "\n",
				options->sizes.values[i], options->chunk);
			return -1;
		}
	return 0;
}

/* What goes together with workers. */
static int
check_workers(const struct options *options)
{
	if (options->workers.nb == 0)
		return 0;
	if (options->devices.nb > 0 || options->latency || options->file != NULL ||
	    options->direction != DIRECTION_MEM2MEM) {
		fprintf(stderr, "--%s is not valid together with --worker\n",
			options->devices.nb > 0 ? "dev" : options->latency ? "latency" :
			options->file != NULL ? "file" : "direction");
		return -1;
	}
	return 0;
}

int
options_check(const struct options *options, const uint32_t *seen)
{
	if (check_apis(options) < 0 || check_engine(options, seen) < 0)
		return -1;
	if (check_workers(options) < 0 || check_soak(options, seen) < 0)
		return -1;
	if (options->command == COMMAND_VERIFY && check_verify(options) < 0)
		return -1;
	if (options->command == COMMAND_INTERLEAVED && check_interleaved(options) < 0)
		return -1;
	return check_together(options);
}
