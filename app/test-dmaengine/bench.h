/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_BENCH_H
#define TEST_DMAENGINE_BENCH_H

/* One case: an operation of a size and burst on one path, verified, measured several times. */

#include "operations.h"
#include "session.h"

/* What moves the data: a device, or this core. */
struct path {
	const char *label;
	struct device *device;	/* NULL: rte_memcpy() on this core */
};

struct bench {
	struct session *session;
	const struct path *path;
	const struct operation *operation;
	struct run run;
	struct record record;
	struct mismatches mismatches;
	double *mops;		/* a sample for each repeat so far */
	unsigned int nb_samples;
};

/**
 * Prepare a case; the work stays the caller's.
 * @return 0, or -1 after a message: out of memory
 */
int bench_start(struct bench *bench, struct session *session, const struct path *path,
		const struct operation *operation, const struct work *work, uint16_t burst);

/* Verify single operations (unless --no-verify). The device must be started. */
void bench_try(struct bench *bench);

/* Measure once, check all data (unless --no-verify). The device must be started. */
void bench_repeat(struct bench *bench);

/* Measure single operations, where --latency asks for it. The device must be started. */
void bench_latency(struct bench *bench);

/* Whether something has failed: the device has to be restarted before it is used again. */
bool bench_failed(const struct bench *bench);

/* Sum up, and add the record to the report. */
void bench_finish(struct bench *bench);

/* Fill in what all samples say about an operation of a size. */
void bench_speed(struct record *record, double *mops, unsigned int nb, uint64_t size);

#endif /* TEST_DMAENGINE_BENCH_H */
