/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Races: plain threads, which EAL never saw, use a channel against each other and against the
 * tasklet on a service lcore. Each round frees what its callbacks use as soon as it may, so that a
 * sanitizer sees the callback or write that comes too late; the counters must add up at the end.
 *
 * REFDMA_RACE_ROUNDS sets the rounds of a suite, 100000 by default, under sanitizers too. They take
 * seconds where the tasklet runs the device. Where a thread of the device's has to get the client's
 * core in each of them, and where the lcore is slow, a suite makes a part of them.
 */

#include <pthread.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include "test_engine_race.h"

#define DEFAULT_ROUNDS	100000
#define MAX_CASES	32

/* The part of the rounds that a suite with slow ones makes. */
static uint32_t slowdown = 1;

uint32_t
race_rounds(uint32_t parts)
{
	const char *text = getenv("REFDMA_RACE_ROUNDS");
	uint64_t all = text != NULL ? strtoul(text, NULL, 0) : DEFAULT_ROUNDS;

	return RTE_MAX(all * parts / 20 / slowdown, UINT64_C(20));
}

int
race_adds_up(struct dma_chan *chan)
{
	struct dmaengine_compat_chan_stats stats;

	TEST_ASSERT_EQ(dmaengine_terminate_sync(chan), 0);
	TEST_ASSERT_EQ(dmaengine_compat_chan_stats(chan, &stats), 0);
	TEST_ASSERT_EQ(stats.submitted, stats.completed + stats.terminated);
	TEST_ASSERT_EQ(stats.in_flight, 0);
	TEST_ASSERT_EQ(stats.errors, 0);
	TEST_ASSERT_EQ(stats.pool_free, ENG_POOL);
	return TEST_OK;
}

/* DPDK's own lock is not instrumented; with this one ThreadSanitizer sees whose memory it is. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;

void *
race_memory(size_t bytes)
{
	void *memory;

	pthread_mutex_lock(&memory_lock);
	memory = rte_malloc("test_race", bytes, 0);
	pthread_mutex_unlock(&memory_lock);
	return memory;
}

void
race_memory_free(void *memory)
{
	pthread_mutex_lock(&memory_lock);
	rte_free(memory);
	pthread_mutex_unlock(&memory_lock);
}

/* --- suites: the tasklet runs the device, the device has a thread, the lcore is slow --- */

static int
inline_setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static int
thread_setup(void)
{
	slowdown = 10;
	return eng_suite_setup(eng_env_find("engine_refdma_thread"));
}

/* The backend for any dmadev, where the tasklet runs the device too. */
static const struct eng_env generic_inline = {
	.name = "engine_race_generic",
	.vdev = "dma_refdma0",
	.args = "engine=inline",
	.backend = DMAENGINE_COMPAT_BACKEND_GENERIC,
	.run = DMAENGINE_COMPAT_RUN_SERVICE,
	.can = ENG_FILL | ENG_ERRORS | ENG_SERVICE,
};

static int
generic_setup(void)
{
	return eng_suite_setup(&generic_inline);
}

static int
generic_thread_setup(void)
{
	slowdown = 10;
	return eng_suite_setup(eng_env_find("engine_generic_refdma"));
}

static uint32_t burner;

static int32_t
burn(void *arg)
{
	(void)arg;
	rte_delay_us_block(200);
	return 0;
}

static int
slow_setup(void)
{
	struct rte_service_spec spec = { .name = "test_burner", .callback = burn };
	uint32_t lcore;

	slowdown = 20;
	if (rte_service_lcore_list(&lcore, 1) != 1)
		return TEST_FAILED;
	TEST_ASSERT_EQ(rte_service_component_register(&spec, &burner), 0);
	rte_service_component_runstate_set(burner, 1);
	rte_service_runstate_set(burner, 1);
	TEST_ASSERT_EQ(rte_service_map_lcore_set(burner, lcore, 1), 0);
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static void
slow_teardown(void)
{
	rte_service_component_runstate_set(burner, 0);
	rte_service_runstate_set(burner, 0);
	while (rte_service_may_be_active(burner) == 1)
		rte_pause();
	rte_service_component_unregister(burner);
	eng_suite_teardown();
}

static struct test_case races[MAX_CASES];

/* The same for all suites. */
static unsigned int
collect(void)
{
	const struct race_list *const lists[] = { &race_terminate, &race_submit, &race_release };
	unsigned int n = 0;

	for (unsigned int i = 0; i < RTE_DIM(lists); i++)
		for (unsigned int c = 0; c < lists[i]->nb_cases && n < MAX_CASES; c++)
			races[n++] = lists[i]->cases[c];
	return n;
}

#define RACE_SUITE(which, suite_name, suite_teardown) \
	static struct test_suite which##_suite = { \
		.name = suite_name, \
		.setup = which##_setup, \
		.teardown = suite_teardown, \
		.cases = races, \
	}; \
	RTE_INIT(which##_register) \
	{ \
		which##_suite.eal_args = eng_eal_args(); \
		which##_suite.nb_cases = collect(); \
		test_suite_register(&which##_suite); \
	}

RACE_SUITE(inline, "engine_race", eng_suite_teardown)
RACE_SUITE(thread, "engine_race_thread", eng_suite_teardown)
RACE_SUITE(generic, "engine_race_generic", eng_suite_teardown)
RACE_SUITE(generic_thread, "engine_race_generic_thread", eng_suite_teardown)
RACE_SUITE(slow, "engine_race_slow_lcore", slow_teardown)
