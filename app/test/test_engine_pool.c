/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A channel's pool of descriptors, and the numbers that the hand-off has instead of pointers. One
 * thread may keep a few descriptors for itself, callbacks are told by a number of four bits, and
 * laps of the ring by one of eleven.
 */

#include <pthread.h>
#include <string.h>

#include "test_engine_env.h"

#define POOL		256u
/* What one thread may keep of it: doc of struct dmaengine_compat_conf. */
#define KEPT		(POOL / 16)

/* Prepare as many copies as there are; submit them all, so that they come back. */
static uint32_t
exhaust(_Atomic uint32_t *calls)
{
	struct dma_async_tx_descriptor *desc;
	uint32_t count = 0;

	while ((desc = eng_copy(eng_dst, eng_src, 64, calls)) != NULL) {
		if (dmaengine_submit(desc) <= 0)
			return 0;
		count++;
	}
	dma_async_issue_pending(eng_chan);
	return count;
}

/* Some laps of the pool, so that this thread keeps descriptors. */
static int
work_some_laps(void)
{
	_Atomic uint32_t calls = 0;

	for (uint32_t i = 1; i <= 5 * POOL / 2 + 3; i++) {
		TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&calls) == i);
	}
	/* What is kept is counted. */
	ENG_WAIT(eng_stats().pool_free == POOL);
	return TEST_OK;
}

static int
exhaust_and_wait(uint32_t *count)
{
	_Atomic uint32_t calls = 0;

	*count = exhaust(&calls);
	ENG_WAIT(atomic_load(&calls) == *count);
	ENG_WAIT(eng_stats().pool_free == POOL);
	return TEST_OK;
}

struct other {
	uint32_t count;
	int result;
};

static void *
other_thread(void *param)
{
	struct other *other = param;

	other->result = exhaust_and_wait(&other->count);
	return NULL;
}

static int
in_another_thread(uint32_t *count)
{
	struct other other = { 0 };
	pthread_t thread;

	TEST_ASSERT_EQ(pthread_create(&thread, NULL, other_thread, &other), 0);
	pthread_join(thread, NULL);
	*count = other.count;
	return other.result;
}

ENG_CASE(a_thread_has_the_whole_pool, ENG_ANY, .conf.pool = POOL)
{
	uint32_t count;

	TEST_CALL(work_some_laps());
	for (unsigned int lap = 0; lap < 3; lap++) {
		TEST_CALL(exhaust_and_wait(&count));
		TEST_ASSERT_EQ(count, POOL);
	}
	return TEST_OK;
}

/* Whoever kept some and does nothing: the others have the rest, and it has all again. */
ENG_CASE(the_others_have_nearly_all, ENG_ANY, .conf.pool = POOL)
{
	uint32_t count;

	TEST_CALL(work_some_laps());
	TEST_CALL(in_another_thread(&count));
	TEST_ASSERT(count <= POOL && count > POOL - KEPT);
	TEST_CALL(exhaust_and_wait(&count));
	TEST_ASSERT_EQ(count, POOL);
	return TEST_OK;
}

/* A thread that only prepared a few before another took over keeps nothing. */
ENG_CASE(who_only_probes_keeps_nothing, ENG_ANY, .conf.pool = POOL)
{
	_Atomic uint32_t calls = 0;
	uint32_t count;

	TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_CALL(in_another_thread(&count));
	TEST_ASSERT_EQ(count, POOL);
	return TEST_OK;
}

/* What was kept belongs to the request, not to the thread. */
ENG_CASE(a_new_request_has_the_whole_pool, ENG_ANY, .conf.pool = POOL)
{
	uint32_t count;

	TEST_CALL(work_some_laps());
	eng_release();
	TEST_CALL(eng_request());
	TEST_ASSERT_EQ(eng_stats().pool_free, POOL);
	TEST_CALL(in_another_thread(&count));
	TEST_ASSERT_EQ(count, POOL);
	return TEST_OK;
}

#define CALLBACK(n) \
	static void \
	callback_##n(void *param) \
	{ \
		atomic_fetch_add((_Atomic uint32_t *)param, 1u << (n)); \
	} \
	static void \
	result_##n(void *param, const struct dmaengine_result *result) \
	{ \
		if (result->result == DMA_TRANS_NOERROR && result->residue == 0) \
			atomic_fetch_add((_Atomic uint32_t *)param, 0x10000u << (n)); \
	}

CALLBACK(0)
CALLBACK(1)
CALLBACK(2)
CALLBACK(3)
CALLBACK(4)
CALLBACK(5)
CALLBACK(6)
CALLBACK(7)
CALLBACK(8)
CALLBACK(9)
CALLBACK(10)
CALLBACK(11)

/* More callbacks than a channel has numbers: each copy calls its own, once. */
ENG_CASE(any_number_of_callbacks, ENG_ANY)
{
	static const dma_async_tx_callback callbacks[] = {
		callback_0, callback_1, callback_2, callback_3, callback_4, callback_5,
		callback_6, callback_7, callback_8, callback_9, callback_10, callback_11,
	};
	static const dma_async_tx_callback_result results[] = {
		result_0, result_1, result_2, result_3, result_4, result_5,
		result_6, result_7, result_8, result_9, result_10, result_11,
	};
	_Atomic uint32_t seen[RTE_DIM(callbacks) * 2] = { 0 };
	struct dma_async_tx_descriptor *desc;

	for (unsigned int i = 0; i < RTE_DIM(seen); i++) {
		unsigned int n = i / 2;

		desc = eng_copy(eng_dst + i * 64, eng_src + i * 64, 64, NULL);
		TEST_ASSERT(desc != NULL);
		if (i % 2 == 0)
			desc->callback = callbacks[n];
		else
			desc->callback_result = results[n];
		desc->callback_param = &seen[i];
		TEST_ASSERT(dmaengine_submit(desc) > 0);
	}
	dma_async_issue_pending(eng_chan);
	for (unsigned int i = 0; i < RTE_DIM(seen); i++) {
		ENG_WAIT(atomic_load(&seen[i]) != 0);
		TEST_ASSERT_EQ(atomic_load(&seen[i]), (i % 2 == 0 ? 1u : 0x10000u) << i / 2);
	}
	TEST_ASSERT(memcmp(eng_dst, eng_src, RTE_DIM(seen) * 64) == 0);
	return TEST_OK;
}

/* The number of a lap comes again after 2048 laps of the smallest ring. */
ENG_CASE(laps_of_the_ring, ENG_ANY, .conf.pool = 4)
{
	_Atomic uint32_t calls = 0;

	for (uint32_t lap = 0; lap < 2048 + 100; lap++) {
		uint8_t *dst = eng_dst + lap % 64 * 256, *src = eng_src + lap % 61 * 256;

		for (uint32_t i = 0; i < 4; i++)
			TEST_ASSERT(eng_submit_copy(dst + i * 64, src + i * 64, 64, &calls) > 0);
		TEST_ASSERT(eng_copy(dst, src, 64, NULL) == NULL);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&calls) == (lap + 1) * 4);
		TEST_ASSERT(memcmp(dst, src, 256) == 0);
		ENG_WAIT(eng_stats().pool_free == 4);
	}
	return TEST_OK;
}

static const struct test_case pool[] = {
	ENG_TEST(a_thread_has_the_whole_pool),
	ENG_TEST(the_others_have_nearly_all),
	ENG_TEST(who_only_probes_keeps_nothing),
	ENG_TEST(a_new_request_has_the_whole_pool),
	ENG_TEST(any_number_of_callbacks),
	ENG_TEST(laps_of_the_ring),
};

static int
setup_service(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_service"));
}

static int
setup_manual(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_manual"));
}

static struct test_suite suites[] = {
	{ .name = "engine_pool", .setup = setup_service },
	{ .name = "engine_pool_manual", .setup = setup_manual },
};

RTE_INIT(pool_register)
{
	for (unsigned int i = 0; i < RTE_DIM(suites); i++) {
		suites[i].teardown = eng_suite_teardown;
		suites[i].cases = pool;
		suites[i].nb_cases = RTE_DIM(pool);
		suites[i].eal_args = eng_eal_args();
		test_suite_register(&suites[i]);
	}
}
