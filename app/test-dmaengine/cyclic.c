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

#include <rte_atomic.h>
#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "exit_status.h"
#include "mismatch.h"
#include "ports.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#define VCHAN		0
#define WIDTH		8	/* bytes: the source's integers */
#define MAX_BURST	UINT64_C(64)	/* words */
#define MAX_SAMPLES	(1u << 20)
/* A source that lost data goes on with a higher number; more than this is not a loss. */
#define MAX_GAP_WORDS	(UINT64_C(1) << 40)

struct stream {
	const struct options *options;
	struct device *device;
	uint16_t port;
	const uint8_t *buffer;
	uint8_t *snapshot;	/* of a period */
	uint64_t next_word;	/* what the source should say next */
	bool synchronised;	/* next_word is known */
	uint64_t seen;		/* periods taken */
	uint64_t gaps;		/* bytes missing from the pattern */
	uint64_t missed;	/* periods overwritten before they were read */
	uint64_t last_tsc;	/* arrival of the latest period */
	bool has_last;
	double *intervals;	/* microseconds a period */
	double *jitters;	/* microseconds from the nominal time */
	unsigned int nb_samples;
	struct mismatches mismatches;
};

/*
 * Whether the device may have begun to overwrite period n of all. It may be further than the
 * periods that it has reported so far; the residue says where in the buffer it is writing.
 */
static bool
overwritten(const struct stream *stream, uint64_t n)
{
	const uint64_t periods = stream->options->periods, period = stream->options->period;
	uint64_t reported, place;
	uint16_t index;
	uint32_t left;

	/* What has been read of the buffer was read before this. */
	rte_io_rmb();
	reported = rte_pmd_refdma_periods(stream->device->id, VCHAN);
	if (rte_pmd_refdma_residue(stream->device->id, VCHAN, &index, &left) < 0)
		return true;
	place = (period * periods - left) / period;
	return reported + (place + periods - reported % periods) % periods - n >= periods;
}

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
	if (overwritten(stream, n)) {
		stream->synchronised = false;
		stream->missed++;
	} else if (!stream->options->no_verify) {
		check_words(stream, place);
	}
}

static void
add_sample(struct stream *stream, uint64_t now, uint64_t periods)
{
	const double us = 1e6 / (double)rte_get_tsc_hz();
	const double nominal = (double)stream->options->period * 1e6 /
		(double)stream->options->rate;

	if (stream->has_last && stream->nb_samples < MAX_SAMPLES) {
		double elapsed = (double)(now - stream->last_tsc) * us;

		stream->intervals[stream->nb_samples] = elapsed / (double)periods;
		stream->jitters[stream->nb_samples] = fabs(elapsed - nominal * (double)periods);
		stream->nb_samples++;
	}
	stream->last_tsc = now;
	stream->has_last = true;
}

/* Take what has arrived. Returns whether there was something. */
static bool
take_periods(struct stream *stream)
{
	uint64_t arrived = rte_pmd_refdma_periods(stream->device->id, VCHAN);

	if (arrived == stream->seen)
		return false;
	add_sample(stream, rte_rdtsc(), arrived - stream->seen);
	while (stream->seen < arrived)
		take_period(stream, stream->seen++);
	return true;
}

/* Follow the stream for the time of a case. Returns NULL, or what went wrong. */
static const char *
follow(struct stream *stream)
{
	const uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc();
	const uint64_t duration = (uint64_t)(stream->options->seconds * (double)hz);
	const double period_seconds = (double)stream->options->period /
		(double)stream->options->rate;
	const uint64_t timeout = stream->options->timeout_ms * (hz / 1000) +
		(uint64_t)(period_seconds * 2 * (double)hz);
	uint64_t last = start;

	while (rte_rdtsc() - start < duration && !stop_requested()) {
		bool has_error = false;

		if (take_periods(stream)) {
			last = rte_rdtsc();
			continue;
		}
		/* A cyclic transfer never completes, unless it fails. */
		if (rte_dma_completed(stream->device->id, VCHAN, 1, NULL, &has_error) > 0 ||
		    has_error)
			return "the cyclic transfer ended by itself";
		if (rte_rdtsc() - last > timeout)
			return "no period within the timeout";
	}
	return NULL;
}

/* Rate first, from an empty port; the clock starts with the transfer. */
static int
set_port(const struct stream *stream, bool stop)
{
	const struct rte_pmd_refdma_port_conf conf = {
		.rate = stream->options->rate, .reset = !stop, .stop = stop,
	};

	return rte_pmd_refdma_port_set(stream->device->id, stream->port, &conf);
}

/*
 * Words of a burst: at most half a period, so that a period is not late by its own last burst, and
 * whole bursts in a period, so that the one under way never reaches into the next.
 */
static uint16_t
burst_words(uint64_t period)
{
	uint64_t words = period / WIDTH;
	uint64_t burst = RTE_MAX(RTE_MIN(words / 2, MAX_BURST), UINT64_C(1));

	while (words % burst != 0)
		burst--;
	return (uint16_t)burst;
}

static int
start_transfer(const struct stream *stream, rte_iova_t iova, uint64_t port_addr)
{
	const struct rte_dma_sge sge = {
		.addr = iova,
		.length = (uint32_t)(stream->options->period * stream->options->periods),
	};
	const struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SLAVE_CYCLIC | RTE_PMD_REFDMA_SUBMIT,
		.width = WIDTH,
		.burst = burst_words(stream->options->period),
		.port_addr = port_addr,
		.sge = &sge,
		.nb_sge = 1,
		.period = (uint32_t)stream->options->period,
	};

	return rte_pmd_refdma_slave(stream->device->id, VCHAN, &xfer);
}

/* Abort, and take the status of the transfer off the ring. */
static const char *
end_transfer(const struct stream *stream)
{
	const uint64_t deadline = rte_rdtsc() +
		stream->options->timeout_ms * (rte_get_tsc_hz() / 1000);
	enum rte_dma_status_code status;

	if (rte_pmd_refdma_abort(stream->device->id, VCHAN) < 0)
		return "the transfer could not be aborted";
	while (rte_dma_completed_status(stream->device->id, VCHAN, 1, NULL, &status) == 0)
		if (rte_rdtsc() > deadline)
			return "the aborted transfer was not reported";
	return status == RTE_DMA_STATUS_USER_ABORT ? NULL :
		"the aborted transfer was reported with another status";
}

static void
sum_up(struct stream *stream, struct record *record, uint64_t overrun, double seconds)
{
	double mbps = (double)(stream->seen * stream->options->period) / seconds / 1e6;

	record->metrics[METRIC_INTERVAL] = summarize(stream->intervals, stream->nb_samples);
	record->metrics[METRIC_JITTER] = summarize(stream->jitters, stream->nb_samples);
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
	int ret = set_port(stream, false);

	start = rte_rdtsc();
	if (ret == 0)
		ret = start_transfer(stream, pools->dst.iova, port->addr);
	if (ret < 0) {
		record_fail(record, "the transfer was refused: %s", strerror(-ret));
		return;
	}
	wrong = follow(stream);
	seconds = (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();
	if (wrong != NULL)
		record_fail(record, "%s", wrong);
	/* Before the clock stops: what is lost later is nobody's. */
	if (rte_pmd_refdma_port_get(stream->device->id, stream->port, &after) < 0)
		record_fail(record, "the port cannot be read");
	set_port(stream, true);
	wrong = end_transfer(stream);
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

static const struct table cyclic_table = {
	.values = cyclic_values, .nb_values = RTE_DIM(cyclic_values),
	.metrics = cyclic_metrics, .nb_metrics = RTE_DIM(cyclic_metrics),
	.ranges = true,
	.counts = cyclic_counts, .nb_counts = RTE_DIM(cyclic_counts),
};

static void
describe(struct record *record, const struct stream *stream)
{
	record_start(record, stream->options, "cyclic", stream->device->name);
	record_set(record, VALUE_PORT, stream->port);
	record_set(record, VALUE_RATE, stream->options->rate);
	record_set(record, VALUE_PERIOD, stream->options->period);
	record_set(record, VALUE_BUFFER_PERIODS, stream->options->periods);
}

static int
run_port(struct session *session, struct device *device, uint16_t number,
	 const struct rte_pmd_refdma_port *port)
{
	struct stream stream = {
		.options = session->options, .device = device, .port = number,
		.buffer = session->pools.dst.data,
		/* The port is reset first: it counts from 0. */
		.synchronised = true,
	};
	struct record record;
	int ret = device_start(device, 1, (uint16_t)session->options->ring);

	if (ret != 0)
		return ret;
	stream.intervals = calloc(MAX_SAMPLES, sizeof(*stream.intervals));
	stream.jitters = calloc(MAX_SAMPLES, sizeof(*stream.jitters));
	stream.snapshot = malloc(session->options->period);
	if (stream.intervals != NULL && stream.jitters != NULL && stream.snapshot != NULL) {
		progress_step("cyclic on %s: %g seconds", device->name, session->options->seconds);
		snprintf(stream.mismatches.what, sizeof(stream.mismatches.what), "%s cyclic",
			 device->name);
		memset(session->pools.dst.data, 0xff, session->pools.bytes);
		describe(&record, &stream);
		run_stream(&stream, port, &session->pools, &record);
		report_add(&session->report, &record);
		table_row(&cyclic_table, &record);
	} else {
		fprintf(stderr, "out of memory\n");
		ret = EXIT_FAILED;
	}
	free(stream.intervals);
	free(stream.jitters);
	free(stream.snapshot);
	return ret;
}

int
command_cyclic(struct session *session)
{
	int ret;

	if (pools_create(&session->pools, session->options) < 0)
		return EXIT_FAILED;
	progress_start(session->devices.nb_devices);
	table_start(&cyclic_table);
	ret = ports_for_each(session, RTE_PMD_REFDMA_PORT_SOURCE, run_port);
	progress_clear();
	return ret;
}
