/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * cyclic: a paced source port fills a buffer of periods round and round, as a sound card does. The
 * source counts in 64-bit integers, so each period shows whether something is missing.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "exit_status.h"
#include "path.h"
#include "progress.h"
#include "stop.h"
#include "stream.h"
#include "table.h"
#include "tasklet.h"

#define MAX_PATHS	2	/* dmadev and DMA Engine */
/* How often the line of a soak changes. */
#define STATUS_MS	500
/* A source that lost data goes on with a higher number; more than this is not a loss. */
#define MAX_GAP_WORDS	(UINT64_C(1) << 40)

/* The words of a period count on from the one before; a jump ahead is a gap. */
static void
check_words(struct stream *stream, uint64_t place)
{
	for (uint64_t offset = 0; offset < stream->options->period; offset += sizeof(uint64_t)) {
		uint64_t little, seen, expected = rte_cpu_to_le_64(stream->next_word);

		memcpy(&little, stream->snapshot + offset, sizeof(little));
		seen = rte_le_to_cpu_64(little);
		if (stream->synchronised && little != expected) {
			if (seen > stream->next_word && seen - stream->next_word < MAX_GAP_WORDS)
				stream->gaps += (seen - stream->next_word) * sizeof(seen);
			else
				mismatch_compare(&stream->mismatches, "buffer", place + offset,
						 (const uint8_t *)&expected,
						 (const uint8_t *)&little, sizeof(little));
		}
		stream->next_word = seen + 1;
		stream->synchronised = true;
	}
}

/*
 * Read period n of all: copy it out, and look at the copy only if the device did not come round
 * meanwhile. Where it did, nothing can be said about the data.
 */
static void
take_period(struct stream *stream, uint64_t n)
{
	uint64_t place = n % stream->options->periods * stream->options->period;

	if (!stream->options->no_verify)
		memcpy(stream->snapshot, stream->buffer + place, stream->options->period);
	if (stream_overwritten(stream, n)) {
		stream->synchronised = false;
		stream->missed++;
	} else if (!stream->options->no_verify) {
		check_words(stream, place);
	}
}

static void
add_sample(struct stream *stream, uint64_t now, uint64_t periods)
{
	const double ns = 1e9 / (double)rte_get_tsc_hz();
	const double nominal = (double)stream->options->period * 1e9 /
		(double)stream->options->rate;

	if (stream->has_last) {
		double elapsed = (double)(now - stream->last_tsc) * ns;

		histogram_add(stream->intervals, (uint64_t)(elapsed / (double)periods));
		histogram_add(stream->jitters,
			      (uint64_t)fabs(elapsed - nominal * (double)periods));
	}
	stream->last_tsc = now;
	stream->has_last = true;
}

/* Take what has arrived. Returns whether there was something. */
static bool
take_periods(struct stream *stream)
{
	uint64_t when, arrived = stream_arrived(stream, &when);

	if (arrived == stream->seen)
		return false;
	add_sample(stream, when, arrived - stream->seen);
	while (stream->seen < arrived)
		take_period(stream, stream->seen++);
	return true;
}

static void
show_soak(const struct stream *stream)
{
	char times[48];

	progress_line("cyclic on %s: %s, %" PRIu64 " periods, %" PRIu64 " missed, %" PRIu64
		      " bytes lost, %" PRIu64 " wrong bytes", stream->device->name,
		      soak_times(stream->soak, times, sizeof(times)), stream->seen, stream->missed,
		      stream->gaps, stream->mismatches.count);
}

/* Follow the stream for the time of a case. Returns NULL, or what went wrong. */
static const char *
follow(struct stream *stream)
{
	const uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc();
	const uint64_t duration = (uint64_t)(stream->seconds * (double)hz);
	const double period_seconds = (double)stream->options->period /
		(double)stream->options->rate;
	const uint64_t timeout = stream->options->timeout_ms * (hz / 1000) +
		(uint64_t)(period_seconds * 2 * (double)hz);
	uint64_t last = start, shown = start;

	while (rte_rdtsc() - start < duration && !stop_requested()) {
		if (stream->soak != NULL && rte_rdtsc() - shown > hz / 1000 * STATUS_MS) {
			show_soak(stream);
			shown = rte_rdtsc();
		}
		if (take_periods(stream)) {
			last = rte_rdtsc();
			continue;
		}
		/* A cyclic transfer never completes, unless it fails. */
		if (stream_ended(stream))
			return "the cyclic transfer ended by itself";
		if (rte_rdtsc() - last > timeout)
			return "no period within the timeout";
	}
	return NULL;
}

/* What a histogram of nanoseconds says, in microseconds. */
static void
take_times(struct record *record, const struct histogram *histogram, enum metric_id metric,
	   enum distribution_id distribution)
{
	struct distribution all = histogram_distribution(histogram, 1e-3);

	record->distributions[distribution] = all;
	if (all.samples > 0)
		record->metrics[metric] = (struct summary){
			all.p50, all.min, all.max,
			(unsigned int)RTE_MIN(all.samples, (uint64_t)UINT32_MAX) };
}

static void
sum_up(struct stream *stream, struct record *record, uint64_t overrun, double seconds)
{
	double mbps = (double)(stream->seen * stream->options->period) / seconds / 1e6;

	take_times(record, stream->intervals, METRIC_INTERVAL, DISTRIBUTION_INTERVAL);
	take_times(record, stream->jitters, METRIC_JITTER, DISTRIBUTION_JITTER);
	record->metrics[METRIC_MBPS] = summarize(&mbps, 1);
	record_set(record, VALUE_PERIODS, stream->seen);
	record_set(record, VALUE_BYTES, stream->seen * stream->options->period);
	record_set(record, VALUE_OVERRUN, overrun);
	record_set(record, VALUE_MISSED, stream->missed);
	if (stream->options->no_verify)
		return;
	record_set(record, VALUE_GAPS, stream->gaps);
	record_set(record, VALUE_MISMATCHES, stream->mismatches.count);
	if (stream->mismatches.count > 0)
		record_fail(record, "%" PRIu64 " wrong bytes", stream->mismatches.count);
	else if (stream->gaps > overrun)
		record_fail(record, "the pattern has gaps that the port did not count");
	if (record->verdict == VERDICT_UNCHECKED && stream->seen > stream->missed)
		record->verdict = VERDICT_PASSED;
}

/* Run the stream from set-up to end; failures are noted in the record. */
static void
run_stream(struct stream *stream, const struct rte_pmd_refdma_port *port,
	   const struct pools *pools, struct record *record)
{
	struct rte_pmd_refdma_port after = { .overrun = 0 };
	const char *wrong;
	uint64_t start;
	double seconds;
	struct busy_clock before = busy_now();
	int ret;

	start = rte_rdtsc();
	ret = stream_start(stream, pools->dst.iova, port->addr);
	if (ret < 0) {
		record_fail(record, "the transfer was refused: %s", strerror(-ret));
		return;
	}
	wrong = follow(stream);
	busy_add(&record->busy, &before);
	seconds = (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();
	if (wrong != NULL)
		record_fail(record, "%s", wrong);
	/* Before the clock stops: what is lost later is nobody's. */
	if (rte_pmd_refdma_port_get(stream->device->id, stream->port, &after) < 0)
		record_fail(record, "the port cannot be read");
	wrong = stream_end(stream);
	if (wrong != NULL)
		record_fail(record, "%s", wrong);
	sum_up(stream, record, after.overrun, seconds);
}

static const enum value_id cyclic_values[] = {
	VALUE_PORT, VALUE_RATE, VALUE_PERIOD, VALUE_BUFFER_PERIODS
};
static const enum metric_id cyclic_metrics[] = { METRIC_MBPS, METRIC_INTERVAL, METRIC_JITTER };
static const enum value_id cyclic_counts[] = {
	VALUE_PERIODS, VALUE_OVERRUN, VALUE_GAPS, VALUE_MISSED
};
static const enum distribution_id cyclic_distributions[] = { DISTRIBUTION_JITTER };

static struct table
cyclic_table(const struct options *options)
{
	return (struct table){
		.values = cyclic_values, .nb_values = RTE_DIM(cyclic_values),
		.metrics = cyclic_metrics, .nb_metrics = RTE_DIM(cyclic_metrics),
		.ranges = true, .apis = options->api != API_DMADEV,
		.counts = cyclic_counts, .nb_counts = RTE_DIM(cyclic_counts),
		.distributions = cyclic_distributions,
		.nb_distributions = RTE_DIM(cyclic_distributions),
	};
}

static void
describe(struct record *record, const struct stream *stream, const struct path *path)
{
	record_start(record, stream->options, "cyclic", stream->device->name);
	record->api = api_name(path->api);
	if (path->api == API_ENGINE)
		record->run = run_mode_name(path->run);
	record_set(record, VALUE_PORT, stream->port);
	record_set(record, VALUE_RATE, stream->options->rate);
	record_set(record, VALUE_PERIOD, stream->options->period);
	record_set(record, VALUE_BUFFER_PERIODS, stream->options->periods);
}

/* Stream on a path that is started, and report. */
static void
stream_on(struct session *session, const struct path *path, struct stream *stream,
	  const struct rte_pmd_refdma_port *port)
{
	const struct soak soak = soak_begin(session->options, session->cases);
	const struct table table = cyclic_table(session->options);
	struct record record;

	if (soak_is_wanted(session->options)) {
		stream->soak = &soak;
		stream->seconds = soak.seconds;
	}
	progress_step("cyclic on %s%s: %g seconds", path->label,
		      path->api == API_ENGINE ? " (DMA Engine)" : "", stream->seconds);
	snprintf(stream->mismatches.what, sizeof(stream->mismatches.what), "%s cyclic",
		 path->label);
	memset(session->pools.dst.data, 0xff, session->pools.bytes);
	stream->channel = path->channels != NULL ? path->channels->list : NULL;
	describe(&record, stream, path);
	run_stream(stream, port, &session->pools, &record);
	report_add(&session->report, &record);
	table_row(&table, &record);
}

static int
run_path(struct session *session, struct path *path, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	/* The port is reset first: it counts from 0. */
	struct stream stream = {
		.options = session->options, .seconds = session->options->seconds,
		.device = path->device, .port = number,
		.buffer = session->pools.dst.data, .synchronised = true,
	};
	int ret;

	stream.intervals = histogram_create();
	stream.jitters = histogram_create();
	stream.snapshot = malloc(session->options->period);
	if (stream.intervals != NULL && stream.jitters != NULL && stream.snapshot != NULL) {
		ret = path_start(path, session->options);
		if (ret == 0) {
			stream_on(session, path, &stream, port);
			ret = path_stop(path);
		}
	} else {
		fprintf(stderr, "out of memory\n");
		ret = EXIT_FAILED;
	}
	free(stream.intervals);
	free(stream.jitters);
	free(stream.snapshot);
	return ret;
}

static int
run_port(struct session *session, struct dmadev *device, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	static const enum api apis[MAX_PATHS] = { API_DMADEV, API_ENGINE };
	const struct options *options = session->options;
	struct path path;
	int ret = 0;

	for (unsigned int i = 0; i < MAX_PATHS && ret == 0 && !stop_requested(); i++) {
		if ((options->api & apis[i]) == 0)
			continue;
		path = path_of(device->name, device, apis[i], session->run);
		ret = run_path(session, &path, number, port);
	}
	return ret;
}

int
command_cyclic(struct session *session)
{
	const struct table table = cyclic_table(session->options);
	int ret;

	if (pools_create(&session->pools, session->options) < 0)
		return EXIT_FAILED;
	session->cases = session->devices.nb_devices * (session->options->api == API_BOTH ? 2 : 1);
	progress_start(session->cases);
	if (!session->continued)
		table_start(&table);
	ret = ports_for_each(session, RTE_PMD_REFDMA_PORT_SOURCE, run_port);
	progress_clear();
	return ret;
}
