/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* verify: channels and their threads, from start to summary. */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>

#include "eal_start.h"
#include "exit_status.h"
#include "progress.h"
#include "soak.h"
#include "stop.h"
#include "table.h"
#include "tasklet.h"
#include "verify_fault.h"

/* How often the line on the terminal changes. */
#define STATUS_MS	500

static const enum value_id verify_values[] = { VALUE_CHANNEL, VALUE_THREAD, VALUE_SIZE };
static const enum metric_id verify_metrics[] = { METRIC_IOPS, METRIC_KBPS };
static const enum value_id verify_counts[] = { VALUE_TESTS, VALUE_FAILURES };

static const struct table verify_table = {
	.values = verify_values, .nb_values = RTE_DIM(verify_values),
	.metrics = verify_metrics, .nb_metrics = RTE_DIM(verify_metrics),
	.apis = true,
	.counts = verify_counts, .nb_counts = RTE_DIM(verify_counts),
};

/* Why a device cannot do what is asked; false where it can. */
static bool
cannot(const struct verify *verify, unsigned int number, char *why, size_t size)
{
	const struct options *options = verify->options;
	const struct dmadev *device = &verify->session->devices.devices[number];
	enum verify_operation kind = (enum verify_operation)options->operation;

	/* Of a mix, each device does what it can; copies at least. */
	return verify_cannot(options, device, &verify->ports[number],
			     kind == VERIFY_MIX ? VERIFY_MEMCPY : kind, why, size) ||
		fault_impossible(verify->session, device, why, size);
}

/* Channels of a device that are used: all, or those of --channel. */
static bool
wants_channel(const struct options *options, unsigned int vchan)
{
	for (unsigned int i = 0; i < options->channels.nb; i++)
		if (options->channels.values[i] == vchan)
			return true;
	return options->channels.nb == 0;
}

/* Channels from the first to the last that is used; 0 after a message. */
static unsigned int
count_channels(const struct options *options, const struct dmadev *device)
{
	unsigned int most = RTE_MIN(device->info.max_vchans, VERIFY_CHANNELS), last = 0;

	if (options->channels.nb == 0)
		return most;
	for (unsigned int i = 0; i < options->channels.nb; i++) {
		if (options->channels.values[i] >= most) {
			fprintf(stderr, "--channel: %" PRIu64 " is not valid; %s has 0 to %u\n",
				options->channels.values[i], device->name, most - 1);
			return 0;
		}
		last = RTE_MAX(last, (unsigned int)options->channels.values[i]);
	}
	return last + 1;
}

static bool
has_room(const struct verify *verify)
{
	return verify->options->max_channels == 0 ||
		verify->nb_channels < verify->options->max_channels;
}

/* A cyclic test waits until the others are out of the channel, and not for ever. */
static void
init_use(pthread_rwlock_t *use)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(use, &attributes);
	pthread_rwlockattr_destroy(&attributes);
}

/* Length of the name of the controller whose channel the device is: "NAME" or "NAME_chN". */
static size_t
controller_length(const char *name)
{
	size_t length = strlen(name), digits = length;

	while (digits > 0 && isdigit((unsigned char)name[digits - 1]))
		digits--;
	return digits < length && digits >= 3 && memcmp(&name[digits - 3], "_ch", 3) == 0 ?
		digits - 3 : length;
}

/* The ports are the controller's, and devices that are its channels share them, and their locks. */
static struct verify_ports *
ports_of(struct verify *verify, unsigned int number)
{
	const struct dmadev *devices = verify->session->devices.devices;
	const char *name = devices[number].name;
	size_t length = controller_length(name);
	unsigned int first = 0;

	while (first < number && (controller_length(devices[first].name) != length ||
				  memcmp(devices[first].name, name, length) != 0))
		first++;
	return &verify->ports[first];
}

/* Returns an exit status. */
static int
add_channels(struct verify *verify, unsigned int number, unsigned int nb)
{
	struct dmadev *device = &verify->session->devices.devices[number];
	struct channels *engine = verify->opened[number];

	for (unsigned int i = 0; i < nb && has_room(verify); i++) {
		struct verify_channel *channel = &verify->channels[verify->nb_channels];

		if (!wants_channel(verify->options, i))
			continue;
		channel->device = device;
		channel->vchan = (uint16_t)i;
		channel->engine = engine != NULL ? &engine->list[i] : NULL;
		channel->ports = ports_of(verify, number);
		pthread_mutex_init(&channel->lock, NULL);
		init_use(&channel->use);
		verify->nb_channels++;
		if (verify_ports_configure(channel) < 0) {
			fprintf(stderr, "%s: channel %u refuses the settings of its loopback "
				"port\n", device->name, i);
			return EXIT_FAILED;
		}
	}
	return 0;
}

static void
skip_device(struct verify *verify, const struct dmadev *device, const char *why)
{
	struct record record;

	record_start(&record, verify->options, "verify", device->name);
	record.api = api_name((enum api)verify->options->api);
	record.verdict = VERDICT_SKIPPED;
	snprintf(record.note, sizeof(record.note), "%s", why);
	report_add(&verify->session->report, &record);
	table_row(&verify_table, &record);
}

/* Start a device and take its channels. Returns an exit status. */
static int
open_device(struct verify *verify, unsigned int number)
{
	struct session *session = verify->session;
	struct dmadev *device = &session->devices.devices[number];
	unsigned int nb;
	char why[100];
	int ret = 0;

	if (!has_room(verify))
		return 0;
	verify_ports_find(&verify->ports[number], device);
	if (cannot(verify, number, why, sizeof(why))) {
		skip_device(verify, device, why);
		return 0;
	}
	nb = count_channels(verify->options, device);
	if (nb == 0)
		return EXIT_USAGE;
	if (verify->options->api == API_ENGINE) {
		verify->opened[number] = channels_open(device, nb, session->run, verify->options,
						       0, &ret);
		if (verify->opened[number] == NULL)
			return ret;
	} else {
		ret = device_start(device, (uint16_t)nb, (uint16_t)verify->options->ring,
				   DIRECTION_MEM2MEM);
	}
	if (ret == 0)
		ret = add_channels(verify, number, nb);
	return ret;
}

/* Returns an exit status. */
static int
open_devices(struct verify *verify)
{
	struct device_set *set = &verify->session->devices;
	int ret = 0;

	verify->channels = calloc((size_t)set->nb_devices * VERIFY_CHANNELS,
				  sizeof(*verify->channels));
	if (verify->channels == NULL)
		return EXIT_FAILED;
	for (unsigned int i = 0; i < set->nb_devices && ret == 0; i++)
		ret = open_device(verify, i);
	if (ret == 0 && verify->nb_channels == 0) {
		fprintf(stderr, "no device can do what --operation asks for\n");
		ret = EXIT_NO_DEVICE;
	}
	return ret;
}

/* Returns ret, or the first exit status that is not 0. */
static int
close_devices(struct verify *verify, int ret)
{
	struct device_set *set = &verify->session->devices;

	for (unsigned int i = 0; i < set->nb_devices; i++) {
		int status = verify->opened[i] != NULL ? channels_close(verify->opened[i]) : 0;

		ret = ret == 0 ? status : ret;
		device_stop(&set->devices[i]);
	}
	tasklet_rest();
	for (unsigned int i = 0; i < verify->nb_channels; i++) {
		pthread_mutex_destroy(&verify->channels[i].lock);
		pthread_rwlock_destroy(&verify->channels[i].use);
	}
	free(verify->channels);
	return ret;
}

/* The alignment that a channel wants, if the user does not say. */
static uint32_t
alignment(const struct verify *verify, const struct verify_channel *channel)
{
	const struct dma_device *device;

	if (verify->options->align != 0)
		return (uint32_t)verify->options->align;
	if (channel->engine == NULL)
		return 1;
	device = channel->engine->chan->device;
	return 1u << RTE_MAX((int)device->copy_align, (int)device->fill_align);
}

/* A thread has a buffer of its own in both pools. */
static int
prepare_thread(struct verify *verify, unsigned int number)
{
	const struct options *options = verify->options;
	struct verify_thread *thread = &verify->threads[number];

	thread->verify = verify;
	thread->channel = &verify->channels[number / options->threads];
	thread->number = number % (unsigned int)options->threads;
	thread->work = verify->work;
	thread->trial.buffer = number;
	thread->rng.state = options->seed + number;
	thread->limits = (struct trial_limits){
		.align = alignment(verify, thread->channel),
		.length = (uint32_t)options->transfer_size,
		.whole = options->no_random,
	};
	snprintf(thread->mismatches.what, sizeof(thread->mismatches.what),
		 "%s channel %u thread %u", thread->channel->device->name, thread->channel->vchan,
		 thread->number);
	thread->images = malloc((size_t)verify->work.stride * 2);
	return thread->images != NULL ? 0 : -1;
}

/* Memory of all threads. Returns an exit status. */
static int
prepare(struct verify *verify)
{
	struct session *session = verify->session;
	struct options options = *verify->options;
	unsigned int nb = verify->nb_channels * (unsigned int)options.threads;
	size_t stride = RTE_ALIGN_CEIL((size_t)options.buffer_size, (size_t)RTE_CACHE_LINE_SIZE);

	options.stride = 0;
	options.footprint = stride * nb;
	if (pools_create_bytes(&session->pools, &options, options.footprint, 0) < 0)
		return EXIT_FAILED;
	if (work_create(&verify->work, &session->pools, &options, (uint32_t)options.buffer_size,
			1) < 0 ||
	    work_add_sges(&verify->work, (uint16_t)options.src_sges,
			  (uint16_t)options.dst_sges) < 0)
		return EXIT_FAILED;
	verify->nb_threads = nb;
	verify->threads = calloc(nb, sizeof(*verify->threads));
	for (unsigned int i = 0; verify->threads != NULL && i < nb; i++)
		if (prepare_thread(verify, i) < 0)
			break;
	if (verify->threads != NULL && verify->threads[nb - 1].images != NULL)
		return 0;
	fprintf(stderr, "out of memory\n");
	return EXIT_FAILED;
}

static void
clean_up(struct verify *verify)
{
	for (unsigned int i = 0; verify->threads != NULL && i < verify->nb_threads; i++)
		free(verify->threads[i].images);
	free(verify->threads);
	work_free(&verify->work);
}

/* Returns an exit status; threads that did start run. */
static int
start_threads(struct verify *verify)
{
	pthread_attr_t attributes;
	cpu_set_t cores;
	int ret = 0;

	eal_client_cores(&cores);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(cores), &cores);
	/* All of them, before the first may end. */
	verify->running = verify->nb_threads;
	for (unsigned int i = 0; i < verify->nb_threads; i++) {
		struct verify_thread *thread = &verify->threads[i];

		thread->started = ret == 0 && pthread_create(&thread->id, &attributes,
							     verify_thread_main, thread) == 0;
		if (thread->started)
			continue;
		ret = EXIT_FAILED;
		pthread_mutex_lock(&verify->lock);
		verify->running--;
		pthread_mutex_unlock(&verify->lock);
	}
	pthread_attr_destroy(&attributes);
	if (ret != 0)
		fprintf(stderr, "--threads: the system gives no more threads\n");
	return ret;
}

static void
show_status(const struct verify *verify, const struct soak *soak)
{
	uint64_t tests = 0, failures = 0;
	char times[48];

	for (unsigned int i = 0; i < verify->nb_threads; i++) {
		tests += atomic_load_explicit(&verify->threads[i].tests, memory_order_relaxed);
		failures += atomic_load_explicit(&verify->threads[i].failures,
						 memory_order_relaxed);
	}
	progress_line("%s, %u threads: %" PRIu64 " tests, %" PRIu64 " failures, %.0f tests/s",
		      soak_times(soak, times, sizeof(times)), verify->nb_threads, tests, failures,
		      (double)tests / soak_elapsed(soak));
}

/* Wait for all threads to end. */
static void
watch(struct verify *verify, const struct soak *soak)
{
	struct timespec until;

	pthread_mutex_lock(&verify->lock);
	while (verify->running > 0) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += STATUS_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&verify->ended, &verify->lock, &until);
		pthread_mutex_unlock(&verify->lock);
		show_status(verify, soak);
		pthread_mutex_lock(&verify->lock);
	}
	pthread_mutex_unlock(&verify->lock);
	for (unsigned int i = 0; i < verify->nb_threads; i++)
		if (verify->threads[i].started)
			pthread_join(verify->threads[i].id, NULL);
	progress_clear();
}

static void
summarize_thread(const struct verify_thread *thread, const struct busy *busy)
{
	struct session *session = thread->verify->session;
	double seconds = (double)thread->cycles / (double)rte_get_tsc_hz(), rate;
	struct record record;

	record_start(&record, session->options, "verify", thread->channel->device->name);
	record.api = api_name((enum api)session->options->api);
	if (thread->channel->engine != NULL)
		record.run = run_mode_name(session->run);
	record_set(&record, VALUE_CHANNEL, thread->channel->vchan);
	record_set(&record, VALUE_THREAD, thread->number);
	record_set(&record, VALUE_SIZE, session->options->buffer_size);
	record_set(&record, VALUE_TESTS, thread->tests);
	record_set(&record, VALUE_FAILURES, thread->failures);
	record_set(&record, VALUE_BYTES, thread->bytes);
	record.busy = *busy;
	if (thread->tests > 0) {
		rate = (double)thread->tests / seconds;
		record.metrics[METRIC_IOPS] = summarize(&rate, 1);
		rate = (double)thread->bytes / seconds / 1e3;
		record.metrics[METRIC_KBPS] = summarize(&rate, 1);
	}
	if (thread->failures > 0)
		record_fail(&record, "%s", thread->note);
	else if (!session->options->no_verify && thread->tests > 0)
		record.verdict = VERDICT_PASSED;
	report_add(&session->report, &record);
	table_row(&verify_table, &record);
}

static void
print_total(const struct verify *verify)
{
	uint64_t tests = 0, failures = 0;

	for (unsigned int i = 0; i < verify->nb_threads; i++) {
		tests += verify->threads[i].tests;
		failures += verify->threads[i].failures;
	}
	printf("%u threads, %" PRIu64 " tests, %" PRIu64 " failures%s\n", verify->nb_threads,
	       tests, failures, verify->options->no_verify ? "; data was not checked" : "");
}

/* Run the threads, with everything else ready. Returns an exit status. */
static int
run_threads(struct verify *verify)
{
	const struct soak soak = soak_begin(verify->options, 1);
	const struct busy_clock before = busy_now();
	struct busy busy = { 0 };
	int ret;

	verify->timeout = verify->options->timeout_ms * (rte_get_tsc_hz() / 1000);
	verify->deadline = soak.end;
	ret = start_threads(verify);
	watch(verify, &soak);
	busy_add(&busy, &before);
	for (unsigned int i = 0; i < verify->nb_threads; i++)
		summarize_thread(&verify->threads[i], &busy);
	print_total(verify);
	return ret;
}

int
command_verify(struct session *session)
{
	struct verify *verify = calloc(1, sizeof(*verify));
	pthread_condattr_t attributes;
	int ret;

	if (verify == NULL)
		return EXIT_FAILED;
	verify->session = session;
	verify->options = session->options;
	session->endless = verify->options->iterations == 0 && verify->options->soak <= 0;
	pthread_mutex_init(&verify->lock, NULL);
	for (unsigned int i = 0; i < MAX_DEVICES; i++) {
		pthread_mutex_init(&verify->ports[i].loopback.lock, NULL);
		pthread_mutex_init(&verify->ports[i].source.lock, NULL);
	}
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&verify->ended, &attributes);
	pthread_condattr_destroy(&attributes);
	if (!session->continued)
		table_start(&verify_table);
	ret = open_devices(verify);
	if (ret == 0)
		ret = prepare(verify);
	if (ret == 0)
		ret = run_threads(verify);
	/* Only now nothing can write to the memory. */
	ret = close_devices(verify, ret);
	clean_up(verify);
	pthread_cond_destroy(&verify->ended);
	pthread_mutex_destroy(&verify->lock);
	free(verify);
	return ret;
}
