/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * copy, fill and sg on several lcores at the same time, each with a channel and buffers of its own.
 * All begin together, and end when their time is up.
 */

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "bench.h"
#include "exit_status.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

struct workers;

struct worker {
	struct workers *all;
	unsigned int lcore;
	struct dmadev *device;
	uint16_t vchan;
	struct path path;
	struct pools pools;
	struct work work;
	struct bench bench;
	bool has_bench;
};

struct workers {
	struct session *session;
	const struct operation *operation;
	unsigned int nb;
	struct worker list[OPTIONS_MAX_DEVICES];
	double seconds;			/* of the run under way */
	_Atomic unsigned int ready;	/* workers that wait for the others */
	_Atomic unsigned int ended;	/* workers whose run is over */
};

static const enum value_id worker_values[] = {
	VALUE_WORKER, VALUE_LCORE, VALUE_CHANNEL, VALUE_SIZE, VALUE_BURST
};
static const enum metric_id worker_metrics[] = { METRIC_MOPS, METRIC_GBPS, METRIC_CYCLES };

static const struct table worker_table = {
	.values = worker_values, .nb_values = RTE_DIM(worker_values),
	.metrics = worker_metrics, .nb_metrics = RTE_DIM(worker_metrics), .ranges = true,
};

static int
complain(const char *spec, const char *why)
{
	fprintf(stderr, "--worker: '%s' is not valid: %s; valid is LCORE@DEV or LCORE@DEV/CHANNEL "
		"with lcores", spec, why);
	for (unsigned int lcore = 0; lcore < RTE_MAX_LCORE; lcore++)
		if (rte_eal_lcore_role(lcore) == ROLE_RTE)
			fprintf(stderr, " %u", lcore);
	fprintf(stderr, " (EAL's -l chooses them)\n");
	return EXIT_USAGE;
}

/* A channel behind the last slash, if there is nothing but a number. */
static unsigned long
split_channel(char *name)
{
	char *slash = strrchr(name, '/'), *end;
	unsigned long channel;

	if (slash == NULL || slash[1] < '0' || slash[1] > '9')
		return 0;
	channel = strtoul(slash + 1, &end, 10);
	if (*end != '\0')
		return 0;
	*slash = '\0';
	return channel;
}

static struct dmadev *
find_device(struct device_set *set, const char *name)
{
	size_t length = strcspn(name, ",");

	for (unsigned int i = 0; i < set->nb_devices; i++)
		if (strlen(set->devices[i].name) == length &&
		    strncmp(set->devices[i].name, name, length) == 0)
			return &set->devices[i];
	return NULL;
}

/* Find the device, or create it. Returns an exit status. */
static int
take_device(struct workers *all, struct worker *worker, const char *name)
{
	struct device_set *set = &all->session->devices;
	int ret;

	worker->device = find_device(set, name);
	if (worker->device != NULL)
		return 0;
	ret = devices_add(set, all->session->options, name);
	if (ret != 0)
		return ret;
	/* A device of several channels has its first dmadev under another name. */
	worker->device = find_device(set, name);
	if (worker->device == NULL)
		worker->device = &set->devices[set->nb_devices - 1];
	return 0;
}

static int
check_worker(const struct workers *all, const struct worker *worker, const char *spec)
{
	const struct operation *operation = all->operation;

	if (rte_eal_lcore_role(worker->lcore) != ROLE_RTE)
		return complain(spec, "EAL has no such lcore");
	if (worker->vchan >= worker->device->info.max_vchans)
		return complain(spec, "the device has no such channel");
	if ((worker->device->info.dev_capa & operation->capability) == 0)
		return complain(spec, "the device cannot do the operation");
	for (unsigned int i = 0; i < all->nb; i++) {
		if (all->list[i].lcore == worker->lcore)
			return complain(spec, "another worker has the lcore");
		if (all->list[i].device == worker->device && all->list[i].vchan == worker->vchan)
			return complain(spec, "another worker has the channel");
	}
	return 0;
}

static int
add_worker(struct workers *all, const char *spec)
{
	struct worker *worker = &all->list[all->nb];
	char name[256], *end;
	unsigned long lcore = strtoul(spec, &end, 10), channel;
	int ret;

	if (end == spec || *end != '@' || lcore >= RTE_MAX_LCORE ||
	    strlen(end + 1) >= sizeof(name) || end[1] == '\0')
		return complain(spec, "it has another form");
	strcpy(name, end + 1);
	channel = split_channel(name);
	if (channel > UINT16_MAX)
		return complain(spec, "the device has no such channel");
	ret = take_device(all, worker, name);
	if (ret != 0)
		return ret;
	worker->all = all;
	worker->lcore = (unsigned int)lcore;
	worker->vchan = (uint16_t)channel;
	ret = check_worker(all, worker, spec);
	if (ret != 0)
		return ret;
	worker->path = path_of(worker->device->name, worker->device, API_DMADEV, RUN_MANUAL);
	all->nb++;
	return 0;
}

/* Buffers where the worker's lcore is, unless the user says otherwise. */
static int
create_pools(struct worker *worker, const struct options *options)
{
	struct options own = *options;
	int node = (int)rte_lcore_to_socket_id(worker->lcore);

	own.src_node = own.src_node >= 0 ? own.src_node : node;
	own.dst_node = own.dst_node >= 0 ? own.dst_node : node;
	return pools_create_bytes(&worker->pools, &own, pool_bytes(options), worker->lcore + 1);
}

static int
create_workers(struct workers *all)
{
	const struct options *options = all->session->options;
	int ret = 0;

	for (unsigned int i = 0; i < options->workers.nb && ret == 0; i++)
		ret = add_worker(all, options->workers.values[i]);
	for (unsigned int i = 0; i < all->nb && ret == 0; i++)
		if (create_pools(&all->list[i], options) < 0)
			ret = EXIT_FAILED;
	return ret;
}

/* Each device once, with as many channels as its workers need. Returns an exit status. */
static int
start_devices(struct workers *all)
{
	struct device_set *set = &all->session->devices;
	int ret = 0;

	for (unsigned int d = 0; d < set->nb_devices && ret == 0; d++) {
		unsigned int nb = 0;

		for (unsigned int i = 0; i < all->nb; i++)
			if (all->list[i].device == &set->devices[d])
				nb = RTE_MAX(nb, all->list[i].vchan + 1u);
		if (nb > 0)
			ret = device_start(&set->devices[d], (uint16_t)nb,
					   (uint16_t)all->session->options->ring,
					   DIRECTION_MEM2MEM);
	}
	return ret;
}

static void
stop_devices(struct workers *all)
{
	struct device_set *set = &all->session->devices;

	for (unsigned int d = 0; d < set->nb_devices; d++)
		device_stop(&set->devices[d]);
}

/* On the worker's lcore: wait for the others, and run. */
static int
work_now(void *param)
{
	struct worker *worker = param;
	struct workers *all = worker->all;

	atomic_fetch_add(&all->ready, 1);
	while (atomic_load_explicit(&all->ready, memory_order_acquire) < all->nb)
		rte_pause();
	bench_run(&worker->bench, all->seconds);
	/* With it the main lcore sees what the run did. */
	atomic_fetch_add(&all->ended, 1);
	return 0;
}

/* All of them for so many seconds; the main lcore may be a worker as well. */
static void
run_all(struct workers *all, double seconds)
{
	struct worker *own = NULL;

	all->seconds = seconds;
	atomic_store(&all->ended, 0);
	atomic_store(&all->ready, 0);
	for (unsigned int i = 0; i < all->nb; i++) {
		if (all->list[i].lcore == rte_get_main_lcore())
			own = &all->list[i];
		else
			rte_eal_remote_launch(work_now, &all->list[i], all->list[i].lcore);
	}
	if (own != NULL)
		work_now(own);
	for (unsigned int i = 0; i < all->nb; i++)
		if (&all->list[i] != own)
			rte_eal_wait_lcore(all->list[i].lcore);
	/* EAL says so as well, but not in a way that a sanitizer understands. */
	while (atomic_load(&all->ended) < all->nb)
		rte_pause();
}

static bool
any_failed(const struct workers *all)
{
	for (unsigned int i = 0; i < all->nb; i++)
		if (bench_failed(&all->list[i].bench))
			return true;
	return false;
}

static void
repeat(struct workers *all, struct busy *busy)
{
	const struct options *options = all->session->options;
	struct busy_clock before;

	for (unsigned int i = 0; i < all->nb; i++) {
		bench_fill(&all->list[i].bench);
		if (options->cache_flush)
			work_flush(&all->list[i].work);
	}
	before = busy_now();
	run_all(all, options->seconds);
	busy_add(busy, &before);
	for (unsigned int i = 0; i < all->nb; i++) {
		bench_sample(&all->list[i].bench);
		bench_check(&all->list[i].bench);
	}
}

static int
start_benches(struct workers *all, uint32_t size, uint16_t burst)
{
	const struct options *options = all->session->options;

	for (unsigned int i = 0; i < all->nb; i++) {
		struct worker *worker = &all->list[i];
		struct record *record = &worker->bench.record;

		if (work_create(&worker->work, &worker->pools, options, size, burst) < 0)
			return EXIT_FAILED;
		if (all->operation->has_lists &&
		    work_add_sges(&worker->work, (uint16_t)options->src_sges,
				  (uint16_t)options->dst_sges) < 0)
			return EXIT_FAILED;
		if (bench_start(&worker->bench, all->session, &worker->path, all->operation,
				&worker->work, burst) < 0)
			return EXIT_FAILED;
		worker->has_bench = true;
		worker->bench.run.vchan = worker->vchan;
		record_set(record, VALUE_WORKERS, all->nb);
		record_set(record, VALUE_WORKER, i);
		record_set(record, VALUE_LCORE, worker->lcore);
		record_set(record, VALUE_CHANNEL, worker->vchan);
	}
	return 0;
}

/* A record of what all did together: run by run, the sum. */
static void
sum_up(struct workers *all, struct record *total)
{
	const struct bench *first = &all->list[0].bench;
	double *mops = calloc(first->nb_samples + 1, sizeof(*mops));
	unsigned int nb = first->nb_samples;

	*total = first->record;
	total->has_value[VALUE_WORKER] = false;
	total->has_value[VALUE_LCORE] = false;
	total->has_value[VALUE_CHANNEL] = false;
	total->values[VALUE_OPERATIONS] = 0;
	total->values[VALUE_BYTES] = 0;
	snprintf(total->device, sizeof(total->device), "all workers");
	for (unsigned int i = 0; i < all->nb; i++) {
		const struct bench *bench = &all->list[i].bench;

		nb = RTE_MIN(nb, bench->nb_samples);
		for (unsigned int j = 0; mops != NULL && j < nb; j++)
			mops[j] += bench->mops[j];
		total->values[VALUE_OPERATIONS] += bench->record.values[VALUE_OPERATIONS];
		total->values[VALUE_BYTES] += bench->record.values[VALUE_BYTES];
		if (bench_failed(bench))
			record_fail(total, "a worker failed");
	}
	if (mops != NULL)
		bench_speed(total, mops, nb, first->run.work->size);
	if (!all->session->options->no_verify && total->verdict != VERDICT_FAILED && nb > 0)
		total->verdict = VERDICT_PASSED;
	free(mops);
}

static void
finish(struct workers *all, const struct busy *busy)
{
	struct record total;

	sum_up(all, &total);
	total.busy = *busy;
	for (unsigned int i = 0; i < all->nb; i++) {
		bench_finish(&all->list[i].bench);
		all->list[i].has_bench = false;
		table_row(&worker_table, &all->list[i].bench.record);
	}
	report_add(&all->session->report, &total);
	table_row(&worker_table, &total);
}

static void
free_case(struct workers *all)
{
	for (unsigned int i = 0; i < all->nb; i++) {
		if (all->list[i].has_bench)
			bench_finish(&all->list[i].bench);
		all->list[i].has_bench = false;
		work_free(&all->list[i].work);
	}
}

/* Returns an exit status. */
static int
run_case(struct workers *all, uint32_t size, uint16_t burst)
{
	const struct options *options = all->session->options;
	struct busy busy = { 0 };
	char text[16];
	int ret = start_benches(all, size, burst);

	if (ret == 0)
		ret = start_devices(all);
	for (uint64_t i = 0; ret == 0 && i < options->repeat; i++) {
		if (stop_requested() || any_failed(all))
			break;
		progress_step("%s on %u lcores: %s, burst %u, run %" PRIu64 " of %" PRIu64,
			      all->operation->name, all->nb,
			      format_bytes(size, text, sizeof(text)), burst, i + 1,
			      options->repeat);
		repeat(all, &busy);
	}
	stop_devices(all);
	if (ret == 0)
		finish(all, &busy);
	free_case(all);
	return ret;
}

int
command_workers(struct session *session)
{
	static const struct operation * const operations[NB_COMMANDS] = {
		[COMMAND_COPY] = &operation_copy,
		[COMMAND_FILL] = &operation_fill,
		[COMMAND_SG] = &operation_sg,
	};
	const struct options *options = session->options;
	struct workers *all = calloc(1, sizeof(*all));
	int ret;

	if (all == NULL)
		return EXIT_FAILED;
	all->session = session;
	all->operation = operations[options->command];
	ret = create_workers(all);
	progress_start(options->sizes.nb * options->bursts.nb * (unsigned int)options->repeat);
	if (ret == 0 && !session->continued)
		table_start(&worker_table);
	for (unsigned int i = 0; i < options->sizes.nb; i++)
		for (unsigned int j = 0; j < options->bursts.nb && ret == 0; j++)
			if (!stop_requested())
				ret = run_case(all, (uint32_t)options->sizes.values[i],
					       (uint16_t)options->bursts.values[j]);
	progress_clear();
	for (unsigned int i = 0; i < all->nb; i++)
		pools_free(&all->list[i].pools);
	free(all);
	return ret;
}
