/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* copy, fill and sg: every device, size and burst in turn. */

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "bench.h"
#include "exit_status.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

static const enum value_id memory_values[] = { VALUE_SIZE, VALUE_BURST };
static const enum metric_id memory_metrics[] = { METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES };
static const enum metric_id latency_metrics[] = {
	METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES, METRIC_LATENCY
};

static const struct table memory_table = {
	.values = memory_values, .nb_values = RTE_DIM(memory_values),
	.metrics = memory_metrics, .nb_metrics = RTE_DIM(memory_metrics), .ranges = true,
};

static const struct table latency_table = {
	.values = memory_values, .nb_values = RTE_DIM(memory_values),
	.metrics = latency_metrics, .nb_metrics = RTE_DIM(latency_metrics), .ranges = true,
};

/* What runs a command: its operation and its table. */
struct memory_command {
	const struct operation *operation;
	const struct table *table;
};

static struct memory_command
command_of(const struct options *options)
{
	static const struct operation * const operations[NB_COMMANDS] = {
		[COMMAND_COPY] = &operation_copy,
		[COMMAND_FILL] = &operation_fill,
		[COMMAND_SG] = &operation_sg,
	};

	return (struct memory_command){
		.operation = operations[options->command],
		.table = options->latency ? &latency_table : &memory_table,
	};
}

/* Why a device cannot do a command; false where it can. */
static bool
cannot(const struct device *device, const struct operation *operation,
       const struct options *options, char *why, size_t size)
{
	const struct rte_dma_info *info = &device->info;

	if ((info->dev_capa & RTE_DMA_CAPA_MEM_TO_MEM) == 0)
		snprintf(why, size, "the device does not copy from memory to memory");
	else if ((info->dev_capa & operation->capability) == 0)
		snprintf(why, size, "the device has no %s", operation->name);
	else if (operation->has_lists &&
		 RTE_MAX(options->src_sges, options->dst_sges) > info->max_sges)
		snprintf(why, size, "the device takes at most %u entries (--src-sge, --dst-sge)",
			 info->max_sges);
	else
		return false;
	return true;
}

static void
run_repeats(struct bench *bench)
{
	const struct options *options = bench->session->options;
	char size[16];

	bench_try(bench);
	for (uint64_t i = 0; i < options->repeat && !stop_requested(); i++) {
		progress_step("%s on %s: %s, burst %u, run %" PRIu64 " of %" PRIu64,
			      bench->operation->name, bench->path->label,
			      format_bytes(bench->run.work->size, size, sizeof(size)),
			      bench->run.burst, i + 1, options->repeat);
		bench_repeat(bench);
	}
	bench_latency(bench);
}

/* One size and burst. Returns an exit status. */
static int
run_case(struct session *session, const struct path *path, const struct memory_command *command,
	 uint32_t size, uint16_t burst)
{
	const struct options *options = session->options;
	struct bench bench;
	struct work work;
	int ret = EXIT_FAILED;

	if (work_create(&work, &session->pools, options, size, burst) < 0)
		return EXIT_FAILED;
	if ((!command->operation->has_lists ||
	     work_add_sges(&work, (uint16_t)options->src_sges,
			   (uint16_t)options->dst_sges) == 0) &&
	    bench_start(&bench, session, path, command->operation, &work, burst) == 0) {
		run_repeats(&bench);
		bench_finish(&bench);
		table_row(command->table, &bench.record);
		ret = 0;
		/* Nobody knows what a device does that has failed: it starts afresh. */
		if (bench_failed(&bench)) {
			device_stop(path->device);
			ret = device_start(path->device, 1, (uint16_t)options->ring);
		}
	}
	work_free(&work);
	return ret;
}

static int
run_device_cases(struct session *session, struct device *device,
		 const struct memory_command *command)
{
	const struct options *options = session->options;
	const struct path path = { device->name, device };
	int ret = device_start(device, 1, (uint16_t)options->ring);

	for (unsigned int i = 0; i < options->sizes.nb && ret == 0; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++) {
			if (stop_requested())
				break;
			ret = run_case(session, &path, command, (uint32_t)options->sizes.values[i],
				       (uint16_t)options->bursts.values[j]);
		}
	device_stop(device);
	return ret;
}

/* Tell that a device is passed over. */
static void
skip_device(struct session *session, const struct device *device,
	    const struct memory_command *command, const char *why)
{
	struct record record;

	record_start(&record, session->options, command->operation->name, device->name);
	record.verdict = VERDICT_SKIPPED;
	snprintf(record.note, sizeof(record.note), "%s", why);
	report_add(&session->report, &record);
	table_row(command->table, &record);
}

int
command_memory(struct session *session)
{
	const struct memory_command command = command_of(session->options);
	const struct options *options = session->options;
	struct device_set *set = &session->devices;
	unsigned int able = 0;
	char why[100];
	int ret = 0;

	if (options->file != NULL)
		return command_file_copy(session);
	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	progress_start(set->nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat);
	table_start(command.table);
	for (unsigned int i = 0; i < set->nb_devices && ret == 0 && !stop_requested(); i++) {
		if (cannot(&set->devices[i], command.operation, options, why, sizeof(why))) {
			skip_device(session, &set->devices[i], &command, why);
			continue;
		}
		able++;
		ret = run_device_cases(session, &set->devices[i], &command);
	}
	progress_clear();
	if (able == 0 && ret == 0 && !stop_requested()) {
		fprintf(stderr, "no device can do '%s'\n", command.operation->name);
		ret = EXIT_NO_DEVICE;
	}
	return ret;
}
