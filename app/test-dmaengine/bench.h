/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_BENCH_H
#define TEST_DMAENGINE_BENCH_H

/* One case: an operation of a size and burst on one path, verified, measured several times. */

#include "operations.h"
#include "path.h"
#include "session.h"

struct bench {
	struct session *session;
	struct path *path;
	const struct operation *operation;
	struct run run;
	struct record record;
	struct mismatches mismatches;
	double *mops;		/* a sample for each repeat so far */
	double *tasklet;	/* cycles an operation; where there is one */
	unsigned int nb_samples;
	unsigned int room;	/* for samples */
};

/**
 * Prepare a case; the work stays the caller's.
 * @return 0, or -1 after a message: out of memory
 */
int bench_start(struct bench *bench, struct session *session, struct path *path,
		const struct operation *operation, const struct work *work, uint16_t burst);

/**
 * Let the path run for what step does.
 * @return 0, or an exit status after a message
 */
int bench_step(struct bench *bench, void (*step)(struct bench *bench));

/*
 * The steps: verify single operations (unless --no-verify); measure once, check all data (unless
 * --no-verify); measure single operations, where --latency asks for it.
 */
void bench_try(struct bench *bench);
void bench_repeat(struct bench *bench);
void bench_latency(struct bench *bench);

/*
 * What bench_repeat() consists of, for those who start and stop the path themselves: fill the
 * pools, run for so many seconds (on any lcore), take what the run did as a sample, check the
 * pools.
 */
void bench_fill(struct bench *bench);
void bench_run(struct bench *bench, double seconds);
void bench_sample(struct bench *bench);
void bench_check(struct bench *bench);

/* Whether something has failed. */
bool bench_failed(const struct bench *bench);

/* Speed against that of another bench, run by run. Before either is finished. */
struct summary bench_ratio(const struct bench *bench, const struct bench *base);

/* Sum up, and add the record to the report. */
void bench_finish(struct bench *bench);

/* Fill in what all samples say about an operation of a size. */
void bench_speed(struct record *record, double *mops, unsigned int nb, uint64_t size);

#endif /* TEST_DMAENGINE_BENCH_H */
