/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* copy, fill and sg: every device, size and burst in turn. */

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define MAX_PATHS	2	/* dmadev and DMA Engine */
#define MAX_COLUMNS	6

static const enum value_id memory_values[] = { VALUE_SIZE, VALUE_BURST };

/* What runs a command: its operation and its table. */
struct memory_command {
	const struct operation *operation;
	struct table table;
	enum metric_id metrics[MAX_COLUMNS];
};

static void
choose_columns(struct memory_command *command, const struct options *options)
{
	unsigned int nb = 0;

	command->metrics[nb++] = METRIC_MOPS;
	command->metrics[nb++] = METRIC_GBPS;
	command->metrics[nb++] = METRIC_CYCLES;
	if (options->latency)
		command->metrics[nb++] = METRIC_LATENCY;
	if (options->api == API_BOTH)
		command->metrics[nb++] = METRIC_RATIO_DMADEV;
	command->table = (struct table){
		.values = memory_values, .nb_values = RTE_DIM(memory_values),
		.metrics = command->metrics, .nb_metrics = nb,
		.ranges = true, .apis = options->api != API_DMADEV,
	};
}

static void
choose_command(struct memory_command *command, const struct options *options)
{
	static const struct operation * const operations[NB_COMMANDS] = {
		[COMMAND_COPY] = &operation_copy,
		[COMMAND_FILL] = &operation_fill,
		[COMMAND_SG] = &operation_sg,
	};

	command->operation = operations[options->command];
	choose_columns(command, options);
}

/* Why a device cannot do a command; false where it can. */
static bool
cannot(const struct dmadev *device, const struct operation *operation, enum api api,
       const struct options *options, char *why, size_t size)
{
	const struct rte_dma_info *info = &device->info;
	bool engine = api == API_ENGINE;

	if ((info->dev_capa & RTE_DMA_CAPA_MEM_TO_MEM) == 0)
		snprintf(why, size, "the device does not copy from memory to memory");
	else if ((info->dev_capa & (engine ? operation->channel->capability :
				    operation->capability)) == 0)
		snprintf(why, size, "the device has no %s", operation->name);
	else if (!engine && operation->has_lists &&
		 RTE_MAX(options->src_sges, options->dst_sges) > info->max_sges)
		snprintf(why, size, "the device takes at most %u entries (--src-sge, --dst-sge)",
			 info->max_sges);
	else
		return false;
	return true;
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

	if (work_create(&work, &session->pools, options, size, burst) < 0)
		return EXIT_FAILED;
	if (!command->operation->has_lists ||
	    work_add_sges(&work, (uint16_t)options->src_sges, (uint16_t)options->dst_sges) == 0)
		ret = group_run(benches, session, paths, nb_paths, command->operation, &work,
				burst, NULL);
	if (ret == 0) {
		if (nb_paths == MAX_PATHS)
			benches[1].record.metrics[METRIC_RATIO_DMADEV] =
				bench_ratio(&benches[1], &benches[0]);
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

/* The APIs that are asked for and that can do it. Returns how many. */
static unsigned int
find_paths(struct session *session, struct dmadev *device, const struct memory_command *command,
	   struct path *paths)
{
	static const enum api apis[MAX_PATHS] = { API_DMADEV, API_ENGINE };
	const struct options *options = session->options;
	unsigned int nb = 0;
	char why[100];

	for (unsigned int i = 0; i < MAX_PATHS; i++) {
		if (options->api != API_BOTH && options->api != apis[i])
			continue;
		if (cannot(device, command->operation, apis[i], options, why, sizeof(why)))
			skip_device(session, device, apis[i], command, why);
		else
			paths[nb++] = path_of(device->name, device, apis[i], session->run);
	}
	return nb;
}

int
command_memory(struct session *session)
{
	const struct options *options = session->options;
	struct device_set *set = &session->devices;
	struct path paths[MAX_PATHS];
	struct memory_command command;
	unsigned int nb_paths, able = 0;
	int ret = 0;

	if (options->file != NULL)
		return command_file_copy(session);
	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	choose_command(&command, options);
	progress_start(set->nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat * (options->api == API_BOTH ? 2 : 1));
	table_start(&command.table);
	for (unsigned int i = 0; i < set->nb_devices && ret == 0 && !stop_requested(); i++) {
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
