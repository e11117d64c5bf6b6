/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* slave: through a loopback port and back, for every size and burst. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "exit_status.h"
#include "group.h"
#include "loopback.h"
#include "ports.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define MAX_PATHS	2	/* dmadev and DMA Engine */

static int start_port(struct bench *bench);

static void
fill_meta(struct bench *bench)
{
	loopback_fill_meta(bench->run.context, bench->run.work);
}

static void
check_meta(struct bench *bench)
{
	loopback_check_meta(bench->run.context, &bench->run, &bench->mismatches);
}

static const struct channel_operation channel_slave = {
	.run = loopback_run,
};

static const struct operation operation_slave = {
	.name = "slave",
	.channel = &channel_slave,
	.prepare = start_port,
	.run = loopback_run,
	.before = fill_meta,
	.after = check_meta,
	.expect = expect_copy,
	.has_source = true,
};

/* The last one where it is asked for. */
static const enum value_id slave_values[] = {
	VALUE_PORT, VALUE_SIZE, VALUE_BURST, VALUE_METADATA
};
static const enum metric_id slave_metrics[] = {
	METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES, METRIC_RATIO_DMADEV
};

/* The ratio comes last: without both APIs there is none. */
static struct table
slave_table(const struct options *options)
{
	return (struct table){
		.values = slave_values,
		.nb_values = RTE_DIM(slave_values) - (options->metadata != 0 ? 0 : 1),
		.metrics = slave_metrics,
		.nb_metrics = RTE_DIM(slave_metrics) - (options->api == API_BOTH ? 0 : 1),
		.ranges = true, .apis = options->api != API_DMADEV,
	};
}

/* Each run begins with an empty port. Returns an exit status. */
static int
start_port(struct bench *bench)
{
	const struct rte_pmd_refdma_port_conf conf = { .reset = true };
	const struct loopback *loopback = bench->run.context;
	const struct dmadev *device = bench->path->device;
	int ret = rte_pmd_refdma_port_set(device->id, loopback->port, &conf);

	if (ret == 0)
		return 0;
	fprintf(stderr, "%s: port %u cannot be set up: %s\n", device->name, loopback->port,
		strerror(-ret));
	return EXIT_FAILED;
}

/* The paths that are asked for. Returns how many. */
static unsigned int
find_paths(const struct session *session, struct dmadev *device, struct path *paths)
{
	static const enum api apis[MAX_PATHS] = { API_DMADEV, API_ENGINE };
	unsigned int nb = 0;

	for (unsigned int i = 0; i < MAX_PATHS; i++) {
		if ((session->options->api & apis[i]) == 0)
			continue;
		paths[nb] = path_of(device->name, device, apis[i], session->run);
		paths[nb++].nb_channels = LOOPBACK_VCHANS;
	}
	return nb;
}

/* Measure the paths, with the lists of a case made. Returns an exit status. */
static int
run_paths(struct session *session, struct path *paths, unsigned int nb, struct loopback *loopback,
	  const struct work *work, uint16_t burst)
{
	const struct table table = slave_table(session->options);
	struct bench benches[MAX_PATHS];
	int ret;

	/* prepare() and the loop find the port by the context of the run. */
	ret = group_run(benches, session, paths, nb, &operation_slave, work, burst, loopback);
	if (ret != 0)
		return ret;
	if (nb == MAX_PATHS)
		benches[1].record.metrics[METRIC_RATIO_DMADEV] = bench_ratio(&benches[1],
									     &benches[0]);
	for (unsigned int p = 0; p < nb; p++) {
		record_set(&benches[p].record, VALUE_PORT, loopback->port);
		if (loopback->meta_length != 0)
			record_set(&benches[p].record, VALUE_METADATA, loopback->meta_length);
	}
	group_finish(benches, nb);
	for (unsigned int p = 0; p < nb; p++)
		table_row(&table, &benches[p].record);
	return 0;
}

static int
run_case(struct session *session, struct path *paths, unsigned int nb, struct loopback *loopback,
	 uint32_t size, uint16_t burst)
{
	int ret = EXIT_FAILED;
	struct work work;

	if (work_create(&work, &session->pools, session->options, size, burst) < 0)
		return EXIT_FAILED;
	if (loopback_create(loopback, &work) == 0)
		ret = run_paths(session, paths, nb, loopback, &work, burst);
	loopback_free(loopback);
	work_free(&work);
	return ret;
}

static int
check_metadata(const struct dmadev *device, const struct options *options)
{
	struct rte_pmd_refdma_info info;

	if (rte_pmd_refdma_info_get(device->id, &info) < 0 ||
	    options->metadata <= info.max_metadata)
		return 0;
	fprintf(stderr, "--metadata: %" PRIu64 " is not valid; %s carries up to %u bytes\n",
		options->metadata, device->name, info.max_metadata);
	return EXIT_USAGE;
}

static int
run_port(struct session *session, struct dmadev *device, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	const struct options *options = session->options;
	struct path paths[MAX_PATHS];
	unsigned int nb = find_paths(session, device, paths);
	struct loopback loopback = {
		.port = number, .addr = port->addr, .fifo_size = port->fifo_size,
		.meta_length = (uint32_t)options->metadata,
	};
	int ret = check_metadata(device, options);

	for (unsigned int i = 0; i < options->sizes.nb && ret == 0; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++) {
			if (stop_requested())
				break;
			ret = run_case(session, paths, nb, &loopback,
				       (uint32_t)options->sizes.values[i],
				       (uint16_t)options->bursts.values[j]);
		}
	return ret;
}

int
command_slave(struct session *session)
{
	const struct options *options = session->options;
	const struct table table = slave_table(options);
	int ret;

	if (pools_create(&session->pools, options) < 0)
		return EXIT_FAILED;
	session->cases = session->devices.nb_devices * options->sizes.nb * options->bursts.nb;
	progress_start(session->devices.nb_devices * options->sizes.nb * options->bursts.nb *
		       (unsigned int)options->repeat * (options->api == API_BOTH ? 2 : 1));
	if (!session->continued)
		table_start(&table);
	ret = ports_for_each(session, RTE_PMD_REFDMA_PORT_LOOPBACK, run_port);
	progress_clear();
	return ret;
}
