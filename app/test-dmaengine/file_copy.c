/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * copy --file: a file goes through the device in pieces, a burst of them at a time. The checksum
 * of what was read and of what the device delivered must agree.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>

#include "checksum.h"
#include "exit_status.h"
#include "mismatch.h"
#include "progress.h"
#include "run.h"
#include "session.h"
#include "stop.h"
#include "table.h"

/* What the destination holds before the device writes: old data must not pass for new. */
#define POISON	0xa5

struct file_copy {
	struct session *session;
	struct dmadev *device;
	struct run run;
	uint32_t piece;		/* bytes an operation */
	uint32_t pieces;	/* of a burst */
	int in;
	int out;		/* -1: none */
	uint64_t offset;	/* bytes done */
	uint64_t operations;
	uint64_t cycles;	/* from the first enqueue of a burst to its last completion */
	struct checksum src;
	struct checksum dst;
	struct mismatches mismatches;
	struct record record;
};

/* Read until the buffer is full or the file ends. Returns bytes, or -1. */
static ssize_t
read_full(int fd, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t ret = read(fd, bytes + done, size - done);

		if (ret < 0 && errno == EINTR && !stop_requested())
			continue;
		if (ret < 0)
			return -1;
		if (ret == 0)
			break;
		done += (size_t)ret;
	}
	return (ssize_t)done;
}

static int
write_full(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t ret = write(fd, bytes, size);

		if (ret < 0 && errno == EINTR && !stop_requested())
			continue;
		if (ret < 0)
			return -1;
		bytes += ret;
		size -= (size_t)ret;
	}
	return 0;
}

/* Send length bytes of the source pool to the destination pool. */
static int
copy_burst(struct file_copy *copy, size_t length)
{
	const struct pools *pools = &copy->session->pools;
	struct run *run = &copy->run;
	uint64_t start = rte_rdtsc(), operations = 0;
	char text[120];

	for (size_t at = 0; at < length && run->error == 0; at += copy->piece) {
		int ret = rte_dma_copy(run->dev_id, run->vchan, pools->src.iova + at,
				       pools->dst.iova + at,
				       (uint32_t)RTE_MIN(length - at, copy->piece), 0);

		if (ret < 0)
			run->error = ret;
		else
			operations++;
	}
	rte_dma_submit(run->dev_id, run->vchan);
	run_drain(run, operations);
	copy->cycles += rte_rdtsc() - start;
	copy->operations += operations;
	if (!run_failed(run, text, sizeof(text)))
		return 0;
	record_fail(&copy->record, "%s", text);
	return -1;
}

static int
check_burst(struct file_copy *copy, size_t length)
{
	const struct pools *pools = &copy->session->pools;

	if (!copy->session->options->no_verify) {
		checksum_add(&copy->src, pools->src.data, length);
		checksum_add(&copy->dst, pools->dst.data, length);
		mismatch_compare(&copy->mismatches, "file", copy->offset, pools->src.data,
				 pools->dst.data, length);
	}
	if (copy->out >= 0 && write_full(copy->out, pools->dst.data, length) < 0) {
		record_fail(&copy->record, "the output cannot be written: %s", strerror(errno));
		return -1;
	}
	copy->offset += length;
	return 0;
}

static void
copy_all(struct file_copy *copy)
{
	const struct pools *pools = &copy->session->pools;
	const size_t size = (size_t)copy->piece * copy->pieces;
	ssize_t length;
	char done[16];

	while (!stop_requested()) {
		length = read_full(copy->in, pools->src.data, size);
		if (length < 0)
			record_fail(&copy->record, "the file cannot be read: %s",
				    strerror(errno));
		if (length <= 0)
			return;
		memset(pools->dst.data, POISON, (size_t)length);
		if (copy_burst(copy, (size_t)length) < 0 ||
		    check_burst(copy, (size_t)length) < 0)
			return;
		progress_start(1);
		progress_step("%s: %s of the file", copy->device->name,
			      format_bytes(copy->offset >> 20 << 20, done, sizeof(done)));
	}
}

static void
sum_up(struct file_copy *copy)
{
	const double seconds = (double)copy->cycles / (double)rte_get_tsc_hz();
	struct record *record = &copy->record;
	double gbps = (double)copy->offset / seconds / 1e9;

	record_set(record, VALUE_OPERATIONS, copy->operations);
	record_set(record, VALUE_BYTES, copy->offset);
	record_set(record, VALUE_ERRORS, copy->run.errors);
	if (copy->offset > 0)
		record->metrics[METRIC_GBPS] = summarize(&gbps, 1);
	if (copy->session->options->no_verify)
		return;
	record_set(record, VALUE_SRC_CHECKSUM, checksum_end(&copy->src));
	record_set(record, VALUE_DST_CHECKSUM, checksum_end(&copy->dst));
	record_set(record, VALUE_MISMATCHES, copy->mismatches.count);
	if (record->values[VALUE_SRC_CHECKSUM] != record->values[VALUE_DST_CHECKSUM])
		record_fail(record, "checksums differ: %" PRIu64 " wrong bytes",
			    copy->mismatches.count);
	if (stop_requested())
		record_fail(record, "interrupted");
	if (record->verdict == VERDICT_UNCHECKED)
		record->verdict = VERDICT_PASSED;
}

static const enum value_id file_values[] = { VALUE_SIZE, VALUE_BURST, VALUE_BYTES };
static const enum metric_id file_metrics[] = { METRIC_GBPS };
static const enum value_id file_counts[] = { VALUE_SRC_CHECKSUM, VALUE_DST_CHECKSUM };

static const struct table file_table = {
	.values = file_values, .nb_values = RTE_DIM(file_values),
	.metrics = file_metrics, .nb_metrics = RTE_DIM(file_metrics),
	.counts = file_counts, .nb_counts = RTE_DIM(file_counts),
};

/* Run a prepared copy, with its files open. */
static int
run_device(struct file_copy *copy)
{
	const struct options *options = copy->session->options;
	/* The drain needs none of the work but its existence. */
	static const struct work nothing = { .size = 1 };
	struct record *record = &copy->record;
	int ret = device_start(copy->device, 1, (uint16_t)options->ring, DIRECTION_MEM2MEM);

	if (ret != 0)
		return ret;
	run_init(&copy->run, &nothing, copy->device->id, (uint16_t)copy->pieces, options);
	record_start(record, options, "file", copy->device->name);
	record_set(record, VALUE_SIZE, copy->piece);
	record_set(record, VALUE_BURST, copy->pieces);
	snprintf(copy->mismatches.what, sizeof(copy->mismatches.what), "%s copy --file",
		 copy->device->name);
	checksum_start(&copy->src);
	checksum_start(&copy->dst);
	copy_all(copy);
	sum_up(copy);
	device_stop(copy->device);
	return 0;
}

static int
complain(const char *option, const char *path)
{
	fprintf(stderr, "--%s: '%s' cannot be opened: %s\n", option, path, strerror(errno));
	return EXIT_USAGE;
}

/* Open what is read and, where it is wanted, what is written. Returns an exit status. */
static int
open_files(const struct options *options, int *in, int *out)
{
	struct stat stat;
	int ret;

	*out = -1;
	*in = open(options->file, O_RDONLY | O_CLOEXEC);
	if (*in < 0)
		return complain("file", options->file);
	if (fstat(*in, &stat) == 0 && S_ISDIR(stat.st_mode)) {
		errno = EISDIR;
		ret = complain("file", options->file);
		close(*in);
		return ret;
	}
	if (options->output == NULL)
		return 0;
	*out = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*out >= 0)
		return 0;
	ret = complain("output", options->output);
	close(*in);
	return ret;
}

/* One device: open the files, run, close them. */
static int
copy_file(struct session *session, struct dmadev *device)
{
	const struct options *options = session->options;
	struct file_copy copy = {
		.session = session, .device = device,
		.piece = (uint32_t)options->sizes.values[0],
	};
	uint64_t fit = session->pools.bytes / copy.piece;
	int ret = open_files(options, &copy.in, &copy.out);

	if (ret != 0)
		return ret;
	copy.pieces = (uint32_t)RTE_MIN(fit, options->bursts.values[0]);
	ret = run_device(&copy);
	close(copy.in);
	if (copy.out >= 0 && close(copy.out) < 0)
		record_fail(&copy.record, "the output cannot be written: %s", strerror(errno));
	if (ret != 0)
		return ret;
	report_add(&session->report, &copy.record);
	if (session->report.nb_records == 1)
		table_start(&file_table);
	table_row(&file_table, &copy.record);
	return 0;
}

int
command_file_copy(struct session *session)
{
	struct device_set *set = &session->devices;
	unsigned int able = 0;
	int ret = 0;

	if (session->options->output != NULL && set->nb_devices > 1) {
		fprintf(stderr, "--output is valid only with one device; choose it with --dev\n");
		return EXIT_USAGE;
	}
	if (pools_create(&session->pools, session->options) < 0)
		return EXIT_FAILED;
	for (unsigned int i = 0; i < set->nb_devices && ret == 0 && !stop_requested(); i++) {
		if ((set->devices[i].info.dev_capa & RTE_DMA_CAPA_OPS_COPY) == 0)
			continue;
		able++;
		ret = copy_file(session, &set->devices[i]);
	}
	progress_clear();
	if (able == 0 && ret == 0 && !stop_requested()) {
		fprintf(stderr, "no device can do 'copy'\n");
		ret = EXIT_NO_DEVICE;
	}
	return ret;
}
