/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The tasklet that sleeps: it costs nothing without work, and misses no work. The suite
 * engine_refdma_sleep has the contract.
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "test_engine_env.h"

#define SECOND_NS	UINT64_C(1000000000)
#define ROUNDS		400
#define THREADS		4

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

static void
pass_time(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* All threads of the process, the device's among them, while this one sleeps. Nobody polls: that
 * would take a whole CPU. How much less it takes to wake up now and then depends on the machine and
 * the build (0.1 to 5 %), is printed, and does not decide.
 */
static int
expect_quiet(void)
{
	uint64_t before, used;

	pass_time(SECOND_NS / 20);	/* beyond the time for which somebody polls */
	before = cpu_ns();
	pass_time(SECOND_NS);
	used = cpu_ns() - before;
	test_note("%" PRIu64 " microseconds of CPU time in a second", used / 1000);
	TEST_ASSERT(used < SECOND_NS / 5);
	return TEST_OK;
}

static int
idle_body(void)
{
	TEST_CALL(eng_usable());
	TEST_CALL(expect_quiet());
	return eng_usable();
}

static int
waiting_for_data_body(void)
{
	_Atomic uint32_t calls = 0;
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;
	uint8_t data[4096];

	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_dst), sizeof(data),
					   DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	desc->callback_param = &calls;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	/* The device waits for the port, which may take for ever. */
	TEST_CALL(expect_quiet());
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_CALL(eng_far_put(eng_src, sizeof(data)));
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_COMPLETE);
	TEST_ASSERT(memcmp(eng_dst, eng_src, sizeof(data)) == 0);
	return TEST_OK;
}

/* Around the moment at which it goes to sleep, and long after. */
static int
wakes_body(void)
{
	_Atomic uint32_t calls = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&calls) == i + 1);
		pass_time(i % 50 == 0 ? SECOND_NS / 100 : i % 100 * 1000);
	}
	return TEST_OK;
}

struct worker {
	pthread_t thread;
	_Atomic uint32_t calls;
	int result;
};

static int
work(struct worker *me)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &me->calls) > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&me->calls) == i + 1);
		if (i % 4 == 0)
			pass_time(60000);
	}
	return TEST_OK;
}

static void *
run_worker(void *arg)
{
	struct worker *me = arg;

	me->result = work(me);
	return NULL;
}

static int
threads_body(void)
{
	static struct worker workers[THREADS];
	int result = TEST_OK;

	memset(workers, 0, sizeof(workers));
	for (unsigned int i = 0; i < THREADS; i++)
		TEST_ASSERT_EQ(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]),
			       0);
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].result != TEST_OK)
			result = TEST_FAILED;
	}
	return result;
}

/* Beside clients, the tasklet is stopped and started; what they issued meanwhile is done. */
static int
stopped_body(void)
{
	_Atomic uint32_t calls = 0;

	for (uint32_t i = 0; i < 50; i++) {
		TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), 0);
		TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
		dma_async_issue_pending(eng_chan);
		TEST_ASSERT_EQ(atomic_load(&calls), i);
		TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), 0);
		ENG_WAIT(atomic_load(&calls) == i + 1);
	}
	TEST_ASSERT_EQ(dmaengine_compat_service_id(eng_dev, NULL), -ENOTSUP);
	TEST_ASSERT_EQ(dmaengine_compat_service_map(eng_dev, 1), -ENOTSUP);
	return TEST_OK;
}

#define CASE(name) \
	static int \
	name(void) \
	{ \
		static const struct eng_opts opts; \
		return eng_case(name##_body, &opts); \
	}

CASE(idle)
CASE(waiting_for_data)
CASE(wakes)
CASE(threads)
CASE(stopped)

static const struct test_case cases[] = {
	{ "idle_tasklet_uses_no_cpu", idle },
	{ "waiting_for_data_uses_little_cpu", waiting_for_data },
	{ "every_issue_wakes_it", wakes },
	{ "threads_may_wake_it_at_once", threads },
	{ "it_can_be_stopped_and_started", stopped },
};

static int
setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_sleep"));
}

static int
setup_socket(void)
{
	static struct eng_env env;

	env = *eng_env_find("engine_refdma_socket");
	env.run = DMAENGINE_COMPAT_RUN_SLEEP;
	return eng_suite_setup(&env);
}

static struct test_suite suites[] = {
	{ .name = "engine_sleep", .setup = setup },
	{ .name = "engine_sleep_socket", .setup = setup_socket },
};

/* A service lcore polls even without a service: these have none. */
static const char *
without_services(const char *args)
{
	static char copy[160];
	char *end;

	snprintf(copy, sizeof(copy), "%s", args);
	end = strstr(copy, " -S ");
	if (end != NULL)
		*end = '\0';
	return copy;
}

RTE_INIT(engine_sleep_register)
{
	for (unsigned int i = 0; i < RTE_DIM(suites); i++) {
		suites[i].eal_args = without_services(eng_eal_args());
		suites[i].teardown = eng_suite_teardown;
		suites[i].cases = cases;
		suites[i].nb_cases = RTE_DIM(cases);
		test_suite_register(&suites[i]);
	}
}
