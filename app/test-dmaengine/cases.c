/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* copy, fill, sg and interleaved: every device, size and burst in turn. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "direction.h"
#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define MAX_PATHS	3	/* dmadev, DMA Engine and CPU */
#define MAX_VALUES	8
#define MAX_COLUMNS	6

/* What runs a command: its operation and its table. */
struct memory_command {
	const struct operation *operation;
	struct table table;
	enum value_id values[MAX_VALUES];
	enum metric_id metrics[MAX_COLUMNS];
};

/* The option that is swept, if records have its value. */
static bool
swept_value(const struct options *options, enum value_id *id)
{
	static const struct {
		const char *option;
		enum value_id id;
	} values[] = {
		{ "ring", VALUE_RING }, { "depth", VALUE_DEPTH }, { "footprint", VALUE_FOOTPRINT },
		{ "stride", VALUE_STRIDE },
	};

	for (unsigned int i = 0; options->swept != NULL && i < RTE_DIM(values); i++)
		if (strcmp(options->swept->name, values[i].option) == 0) {
			*id = values[i].id;
			return true;
		}
	return false;
}

static void
choose_values(struct memory_command *command, const struct options *options)
{
	unsigned int nb = 0;

	command->values[nb++] = VALUE_SIZE;
	command->values[nb++] = VALUE_BURST;
	if (command->operation->has_lists) {
		command->values[nb++] = VALUE_SRC_SGES;
		command->values[nb++] = VALUE_DST_SGES;
	} else if (options->command == COMMAND_INTERLEAVED) {
		command->values[nb++] = VALUE_CHUNK;
		command->values[nb++] = VALUE_SRC_GAP;
		command->values[nb++] = VALUE_DST_GAP;
	}
	if (swept_value(options, &command->values[nb]))
		nb++;
	command->table.values = command->values;
	command->table.nb_values = nb;
}

static void
choose_columns(struct memory_command *command, const struct options *options)
{
	static const enum distribution_id latency = DISTRIBUTION_LATENCY;
	unsigned int nb = 0;

	command->metrics[nb++] = METRIC_MOPS;
	command->metrics[nb++] = METRIC_GBPS;
	command->metrics[nb++] = METRIC_CYCLES;
	if ((options->api & API_BOTH) == API_BOTH)
		command->metrics[nb++] = METRIC_RATIO_DMADEV;
	if ((options->api & API_CPU) != 0 && options->api != API_CPU)
		command->metrics[nb++] = METRIC_RATIO_CPU;
	command->table = (struct table){
		.metrics = command->metrics, .nb_metrics = nb,
		.ranges = true, .apis = options->api != API_DMADEV,
		.distributions = &latency, .nb_distributions = options->latency ? 1 : 0,
	};
	choose_values(command, options);
}

static void
choose_command(struct memory_command *command, const struct options *options)
{
	static const struct operation * const operations[NB_COMMANDS] = {
		[COMMAND_COPY] = &operation_copy,
		[COMMAND_FILL] = &operation_fill,
		[COMMAND_SG] = &operation_sg,
		[COMMAND_INTERLEAVED] = &operation_interleaved,
	};

	command->operation = operations[options->command];
	if (options->command == COMMAND_COPY && options->direction == DIRECTION_MEM2DEV)
		command->operation = &operation_mem2dev;
	if (options->command == COMMAND_COPY && options->direction == DIRECTION_DEV2MEM)
		command->operation = &operation_dev2mem;
	choose_columns(command, options);
}

/* Whether interleaved operations are copies on a device, through dmadev; *most: how many in one. */
static bool
in_chunks(const struct dmadev *device, const struct options *options, uint64_t *most)
{
	*most = 0;
	for (unsigned int i = 0; i < options->sizes.nb; i++)
		*most = RTE_MAX(*most, options->sizes.values[i] / options->chunk);
	return options->command == COMMAND_INTERLEAVED && !device->refdma;
}

/* Why a device cannot do a command; false where it can. */
static bool
cannot(const struct dmadev *device, const struct operation *operation, enum api api,
       const struct options *options, char *why, size_t size)
{
	const struct rte_dma_info *info = &device->info;
	bool engine = api == API_ENGINE;
	uint64_t most;

	if (api == API_CPU)
		return false;
	if (options->direction != DIRECTION_MEM2MEM)
		return direction_impossible(device, options, why, size);
	if ((info->dev_capa & RTE_DMA_CAPA_MEM_TO_MEM) == 0)
		snprintf(why, size, "the device does not copy from memory to memory");
	else if ((info->dev_capa & (engine ? operation->channel->capability :
				    operation->capability)) == 0)
		snprintf(why, size, "the device has no %s", operation->name);
	else if (!engine && operation->has_lists &&
		 RTE_MAX(options->src_sges, options->dst_sges) > info->max_sges)
		snprintf(why, size, "the device takes at most %u entries (--src-sge, --dst-sge)",
			 info->max_sges);
	else if (!engine && in_chunks(device, options, &most) && most >= options->ring)
		snprintf(why, size, "it takes a copy for each of %" PRIu64 " chunks, which do not "
			 "fit its ring (--ring, --chunk, --size)", most);
	else
		return false;
	return true;
}

/* Each of the others against those that it is compared with. */
static void
add_ratios(struct bench *benches, unsigned int nb)
{
	for (unsigned int p = 0; p < nb; p++)
		for (unsigned int base = 0; base < nb; base++) {
			struct summary *metrics = benches[p].record.metrics;
			const enum api api = benches[base].path->api;

			if (p == base)
				continue;
			if (api == API_CPU)
				metrics[METRIC_RATIO_CPU] = bench_ratio(&benches[p],
									&benches[base]);
			if (api == API_DMADEV && benches[p].path->api == API_ENGINE)
				metrics[METRIC_RATIO_DMADEV] = bench_ratio(&benches[p],
									   &benches[base]);
		}
}

/* The buffers of a case; those of one side may be in the device, as many as fit there. */
static int
create_work(struct session *session, const struct path *path, struct work *work, uint32_t size,
	    uint16_t burst)
{
	struct options options = *session->options;
	uint64_t room;

	if (path->direction == 0)
		return work_create(work, &session->pools, &options, size, burst);
	room = direction_room(path->device, &options);
	if (RTE_ALIGN_CEIL((uint64_t)size, (uint64_t)RTE_CACHE_LINE_SIZE) > room) {
		fprintf(stderr, "--size: %u is not valid with --direction; valid is up to the "
			"memory of %s, %" PRIu64 " bytes\n", size, path->device->name, room);
		return -1;
	}
	options.footprint = RTE_MIN(options.footprint, room);
	options.stride = RTE_MIN(options.stride, room);
	if (work_create(work, &session->pools, &options, size, burst) < 0)
		return -1;
	if (direction_place(work, path->device, &options) == 0)
		return 0;
	work_free(work);
	return -1;
}

/* One size and burst on the paths of a device. Returns an exit status. */
static int
run_case(struct session *session, struct path *paths, unsigned int nb_paths,
	 const struct memory_command *command, uint32_t size, uint16_t burst)
{
	const struct options *options = session->options;
	struct bench benches[MAX_PATHS];
	struct work work;
	int ret = EXIT_FAILED;

	if (create_work(session, paths, &work, size, burst) < 0)
		return EXIT_FAILED;
	if (!command->operation->has_lists ||
	    work_add_sges(&work, (uint16_t)options->src_sges, (uint16_t)options->dst_sges) == 0)
		ret = group_run(benches, session, paths, nb_paths, command->operation, &work,
				burst, NULL);
	if (ret == 0) {
		add_ratios(benches, nb_paths);
		group_finish(benches, nb_paths);
		for (unsigned int p = 0; p < nb_paths; p++)
			table_row(&command->table, &benches[p].record);
	}
	work_free(&work);
	return ret;
}

static int
run_device_cases(struct session *session, struct path *paths, unsigned int nb_paths,
		 const struct memory_command *command)
{
	const struct options *options = session->options;
	int ret = 0;

	for (unsigned int i = 0; i < options->sizes.nb && ret == 0; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++) {
			if (stop_requested())
				break;
			ret = run_case(session, paths, nb_paths, command,
				       (uint32_t)options->sizes.values[i],
				       (uint16_t)options->bursts.values[j]);
		}
	return ret;
}

/* Tell that a device is passed over. */
static void
skip_device(struct session *session, const struct dmadev *device, enum api api,
	    const struct memory_command *command, const char *why)
{
	struct record record;

	record_start(&record, session->options, command->operation->name, device->name);
	record.api = api_name(api);
	record.verdict = VERDICT_SKIPPED;
	snprintf(record.note, sizeof(record.note), "%s", why);
	report_add(&session->report, &record);
	table_row(&command->table, &record);
}

static const enum api apis[MAX_PATHS] = { API_DMADEV, API_ENGINE, API_CPU };

static unsigned int
count_apis(const struct options *options)
{
	unsigned int nb = 0;

	for (unsigned int i = 0; i < MAX_PATHS; i++)
		nb += (options->api & apis[i]) != 0;
	return nb;
}

/* The APIs that are asked for and that can do it; no device: the CPU. Returns how many. */
static unsigned int
find_paths(struct session *session, struct dmadev *device, const struct memory_command *command,
	   struct path *paths)
{
	const struct options *options = session->options;
	const uint64_t both = RTE_DMA_CAPA_MEM_TO_DEV | RTE_DMA_CAPA_DEV_TO_MEM;
	unsigned int nb = 0;
	uint64_t most;
	char why[160];

	for (unsigned int i = 0; i < MAX_PATHS; i++) {
		if ((options->api & apis[i]) == 0)
			continue;
		if (apis[i] == API_CPU)
			paths[nb++] = path_of("cpu", NULL, API_CPU, session->run);
		else if (cannot(device, command->operation, apis[i], options, why, sizeof(why)))
			skip_device(session, device, apis[i], command, why);
		else
			paths[nb++] = path_of(device->name, device, apis[i], session->run);
		if (nb > 0 && paths[nb - 1].api == API_DMADEV && paths[nb - 1].operation == NULL &&
		    in_chunks(device, options, &most)) {
			paths[nb - 1].operation = &operation_chunks;
			printf("%s has no interleaved operation of dmadev: each chunk is a copy\n",
			       device->name);
		}
	}
	/* There is one API only with a direction; its second channel goes the other way. */
	if (options->direction != DIRECTION_MEM2MEM && nb > 0) {
		paths[0].direction = (enum direction)options->direction;
		paths[0].nb_channels = RTE_MIN(device->info.max_vchans, 2);
		if ((device->info.dev_capa & both) != both)
			paths[0].nb_channels = 1;
	}
	return nb;
}

static int
check_flush(const struct options *options)
{
	if (!options->cache_flush || work_can_flush())
		return 0;
	fprintf(stderr, "--cache-flush: this program cannot flush caches on this processor\n");
	return EXIT_USAGE;
}

int
command_memory(struct session *session)
{
	const struct options *options = session->options;
	struct device_set *set = &session->devices;
	unsigned int nb_devices = options->api == API_CPU ? 1 : set->nb_devices;
	struct path paths[MAX_PATHS];
	struct memory_command command;
	unsigned int nb_paths, able = 0;
	int ret = check_flush(options);

	if (ret != 0)
		return ret;
	if (options->file != NULL)
		return command_file_copy(session);
	if (options->workers.nb > 0)
		return command_workers(session);
	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	choose_command(&command, options);
	session->cases = nb_devices * options->sizes.nb * options->bursts.nb;
	progress_start(nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat * count_apis(options));
	if (!session->continued)
		table_start(&command.table);
	for (unsigned int i = 0; i < nb_devices && ret == 0 && !stop_requested(); i++) {
		nb_paths = find_paths(session, &set->devices[i], &command, paths);
		able += nb_paths;
		if (nb_paths > 0)
			ret = run_device_cases(session, paths, nb_paths, &command);
	}
	progress_clear();
	if (able == 0 && ret == 0 && !stop_requested()) {
		fprintf(stderr, "no device can do '%s'\n", command.operation->name);
		ret = EXIT_NO_DEVICE;
	}
	return ret;
}
