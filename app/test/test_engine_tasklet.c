/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The tasklet and the device under a case: they run, stand still, go on, have come to rest. */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <rte_dmadev.h>
#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

static pthread_t runner;
static bool runner_started;
static _Atomic bool runner_stops, held;
static _Atomic uint64_t runner_laps;

void
eng_poll(void)
{
	if (eng->run == DMAENGINE_COMPAT_RUN_MANUAL && !runner_started && !atomic_load(&held))
		dmaengine_compat_run(eng_dev);
	else
		sched_yield();
}

static void *
run_beside(void *arg)
{
	(void)arg;
	while (!atomic_load(&runner_stops)) {
		if (!atomic_load(&held))
			dmaengine_compat_run(eng_dev);
		atomic_fetch_add(&runner_laps, 1);
		sched_yield();
	}
	return NULL;
}

int
eng_background(void)
{
	if (eng->run != DMAENGINE_COMPAT_RUN_MANUAL || runner_started)
		return TEST_OK;
	atomic_store(&runner_stops, false);
	TEST_ASSERT_EQ(pthread_create(&runner, NULL, run_beside, NULL), 0);
	runner_started = true;
	return TEST_OK;
}

void
eng_background_end(void)
{
	if (!runner_started)
		return;
	atomic_store(&runner_stops, true);
	pthread_join(runner, NULL);
	runner_started = false;
}

int
eng_hold(void)
{
	uint64_t laps;

	if (eng_can(ENG_SERVICE)) {
		TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), 0);
		return TEST_OK;
	}
	atomic_store(&held, true);
	laps = atomic_load(&runner_laps);
	ENG_WAIT(!runner_started || atomic_load(&runner_laps) > laps + 1);
	return TEST_OK;
}

int
eng_go(void)
{
	if (eng_can(ENG_SERVICE))
		TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), 0);
	atomic_store(&held, false);
	return TEST_OK;
}

static uint64_t
tasklet_runs(void)
{
	struct dmaengine_compat_tasklet_stats stats = { 0 };

	dmaengine_compat_tasklet_stats(eng_dev, &stats);
	return stats.runs;
}

/* A command ends at the start of a run of the device: between two pauses lies a whole one. */
void
eng_settle_device(void)
{
	for (unsigned int i = 0; i < 2; i++)
		if (rte_pmd_refdma_pause(eng_dev, 0) == 0)
			rte_pmd_refdma_resume(eng_dev, 0);
}

/* A tasklet that sleeps makes no runs: they are made for it. */
static bool
runs_are_beyond(uint64_t runs)
{
	if (eng->run == DMAENGINE_COMPAT_RUN_SLEEP)
		dmaengine_compat_run(eng_dev);
	return tasklet_runs() > runs;
}

int
eng_settle(void)
{
	enum rte_dma_vchan_status status = RTE_DMA_VCHAN_IDLE;
	uint64_t start = tasklet_runs();

	ENG_WAIT(runs_are_beyond(start + 3));
	/* A queue that its client has paused stays so. */
	if (eng_can(ENG_ERRORS) && !eng_can(ENG_PORTS))
		eng_settle_device();
	else if (!eng_can(ENG_ERRORS))
		ENG_WAIT((rte_dma_vchan_status(eng_dev, 0, &status),
			  status == RTE_DMA_VCHAN_IDLE));
	start = tasklet_runs();
	ENG_WAIT(runs_are_beyond(start + 3));
	return TEST_OK;
}

int
eng_stall(uint32_t nth)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_STALL, nth, 0), 0);
	return TEST_OK;
}

int
eng_unstall(void)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_NONE, 0, 0), 0);
	return TEST_OK;
}
