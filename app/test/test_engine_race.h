/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_RACE_H
#define TEST_ENGINE_RACE_H

/**
 * @file
 * What the files of the race suites share.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "test_engine_env.h"

/** Copies of one client that submit themselves again. */
#define RACE_STREAMS	4

/** A thread of a case. */
struct race_runner {
	pthread_t thread;
	struct dma_chan *chan;
	uint32_t rounds, number;
	int result;
	_Atomic bool *stop;
	_Atomic uint64_t *submitted;
};

/** The cases of a file. */
struct race_list {
	const struct test_case *cases;
	unsigned int nb_cases;
};

extern const struct race_list race_terminate, race_submit, race_release;

/** Rounds of a case that has @p parts of 20 of the suite's. */
uint32_t race_rounds(uint32_t parts);
/** Everything that was submitted has ended in one way. */
int race_adds_up(struct dma_chan *chan);
/** Memory for a device; NULL: there is none. */
void *race_memory(size_t bytes);
void race_memory_free(void *memory);

#endif /* TEST_ENGINE_RACE_H */
