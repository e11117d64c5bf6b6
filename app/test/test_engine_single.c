/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Channels with one submitter: the promise that makes a submission cheaper changes nothing else.
 * Order, cookies and their wrap, threads and callbacks that take turns, and terminates of another
 * thread at any time.
 */

#include <pthread.h>
#include <string.h>

#include "test_engine_env.h"

#define COPIES		3000u
#define TURNS		400u
#define TERMINATES	2000u

static dma_cookie_t
after(dma_cookie_t cookie)
{
	return cookie == INT_MAX ? DMA_MIN_COOKIE : cookie + 1;
}

/* Callbacks say in which order they come, and look at the channel. */
struct order {
	_Atomic uint32_t calls;
	uint32_t wrong;
};

struct copy {
	struct order *order;
	uint32_t number;
	dma_cookie_t cookie;
};

static void
in_order(void *param)
{
	const struct copy *copy = param;
	struct order *order = copy->order;
	uint32_t calls = atomic_load_explicit(&order->calls, memory_order_relaxed);

	order->wrong += copy->number != calls || copy->cookie != eng_chan->completed_cookie;
	atomic_store_explicit(&order->calls, calls + 1, memory_order_release);
}

static int
submit_numbered(struct copy *copy, dma_cookie_t *cookie)
{
	uint32_t at = copy->number % (ENG_BYTES / 64) * 64;
	struct dma_async_tx_descriptor *desc;

	ENG_WAIT((desc = eng_copy(eng_dst + at, eng_src + at, 64, NULL)) != NULL);
	desc->callback = in_order;
	desc->callback_param = copy;
	copy->cookie = after(*cookie);
	*cookie = dmaengine_submit(desc);
	TEST_ASSERT_EQ(*cookie, copy->cookie);
	/* Bursts of many lengths. */
	if (copy->number % 7 == 0 || copy->number % 11 == 0)
		dma_async_issue_pending(eng_chan);
	return TEST_OK;
}

ENG_CASE(single_submitter_keeps_the_order, ENG_ANY, .conf.single_submitter = true,
	 .conf.first_cookie = INT_MAX - 1000)
{
	static struct copy copies[COPIES];
	struct order order = { 0 };
	dma_cookie_t cookie = INT_MAX - 1001;

	for (uint32_t i = 0; i < COPIES; i++) {
		copies[i] = (struct copy){ .order = &order, .number = i };
		TEST_CALL(submit_numbered(&copies[i], &cookie));
	}
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load_explicit(&order.calls, memory_order_acquire) == COPIES);
	TEST_ASSERT_EQ(order.wrong, 0);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT_EQ(eng_stats().submitted, COPIES);
	TEST_ASSERT_EQ(eng_stats().completed, COPIES);
	TEST_ASSERT(memcmp(eng_dst, eng_src, COPIES * 64) == 0);
	return TEST_OK;
}

/* Threads that take turns: the promise is kept. */
struct turns {
	pthread_mutex_t lock;
	_Atomic uint32_t calls;
	_Atomic uint32_t refused;
};

static void *
take_turns(void *param)
{
	struct turns *turns = param;

	for (uint32_t i = 0; i < TURNS; i++) {
		dma_cookie_t cookie = -1;

		while (cookie < 0) {
			struct dma_async_tx_descriptor *desc =
				eng_copy(eng_dst, eng_src, 64, &turns->calls);

			if (desc == NULL) {
				eng_poll();
				continue;
			}
			pthread_mutex_lock(&turns->lock);
			cookie = dmaengine_submit(desc);
			dma_async_issue_pending(eng_chan);
			pthread_mutex_unlock(&turns->lock);
			if (cookie < 0)
				atomic_fetch_add(&turns->refused, 1);
		}
	}
	return NULL;
}

ENG_CASE(submitters_may_take_turns, ENG_ANY, .conf.single_submitter = true)
{
	struct turns turns = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t other;

	TEST_ASSERT_EQ(pthread_create(&other, NULL, take_turns, &turns), 0);
	take_turns(&turns);
	pthread_join(other, NULL);
	ENG_WAIT(atomic_load(&turns.calls) == 2 * TURNS);
	TEST_ASSERT_EQ(atomic_load(&turns.refused), 0);
	TEST_ASSERT_EQ(eng_stats().submitted, 2 * TURNS);
	return TEST_OK;
}

/* A callback is the submitter, while the client only waits. */
static void
again(void *param)
{
	_Atomic uint32_t *left = param;
	struct dma_async_tx_descriptor *desc;

	if (atomic_fetch_sub(left, 1) == 1)
		return;
	desc = eng_copy(eng_dst, eng_src, 64, NULL);
	if (desc == NULL)
		return;
	desc->callback = again;
	desc->callback_param = param;
	dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
}

ENG_CASE(callbacks_may_be_the_submitter, ENG_ANY, .conf.single_submitter = true)
{
	_Atomic uint32_t left = COPIES;
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);

	TEST_ASSERT(desc != NULL);
	desc->callback = again;
	desc->callback_param = &left;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&left) == 0);
	TEST_ASSERT_EQ(eng_stats().submitted, COPIES);
	return TEST_OK;
}

/* What was not issued goes with a terminate, and is not in the way of what is issued after it. */
static int
terminate_unissued(void)
{
	_Atomic uint32_t gone = 0, calls = 0;
	dma_cookie_t first, cookie;

	for (uint32_t round = 1; round <= 100; round++) {
		first = eng_submit_copy(eng_dst, eng_src, 64, &gone);
		TEST_ASSERT(first > 0);
		TEST_CALL(eng_submit_some(round % 20, &gone));
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		TEST_ASSERT_EQ(eng_status(first), DMA_ERROR);
		TEST_ASSERT_EQ(eng_stats().in_flight, 0);
		cookie = eng_submit_copy(eng_dst, eng_src, 64, &calls);
		TEST_ASSERT(cookie > 0);
		TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&calls) == round);
	}
	TEST_ASSERT_EQ(atomic_load(&gone), 0);
	return TEST_OK;
}

ENG_CASE(unissued_ones_go_with_one_submitter, ENG_ANY, .conf.single_submitter = true)
{
	return terminate_unissued();
}

ENG_CASE(unissued_ones_go_with_any_submitter, ENG_ANY)
{
	return terminate_unissued();
}

/* Another thread terminates whenever it likes: each copy ends, one way or the other. */
static void *
terminate_often(void *param)
{
	_Atomic uint32_t *failed = param;

	for (uint32_t i = 0; i < TERMINATES; i++)
		if (dmaengine_terminate_async(eng_chan) != 0)
			atomic_fetch_add(failed, 1);
	return NULL;
}

static int
submit_while_terminated(pthread_t other)
{
	_Atomic uint32_t calls = 0;
	struct dmaengine_compat_chan_stats stats;

	for (uint32_t i = 0; i < COPIES; i++) {
		struct dma_async_tx_descriptor *desc;

		ENG_WAIT((desc = eng_copy(eng_dst, eng_src, 64, &calls)) != NULL);
		TEST_ASSERT(dmaengine_submit(desc) > 0);
		if (i % 5 == 0)
			dma_async_issue_pending(eng_chan);
	}
	dma_async_issue_pending(eng_chan);
	pthread_join(other, NULL);
	ENG_WAIT(eng_stats().in_flight == 0);
	dmaengine_synchronize(eng_chan);
	stats = eng_stats();
	TEST_ASSERT_EQ(stats.submitted, COPIES);
	TEST_ASSERT_EQ(stats.completed + stats.terminated, COPIES);
	TEST_ASSERT_EQ(stats.callbacks, stats.completed);
	TEST_ASSERT_EQ(atomic_load(&calls), stats.completed);
	return TEST_OK;
}

static int
terminate_race(void)
{
	_Atomic uint32_t failed = 0;
	pthread_t other;

	TEST_ASSERT_EQ(pthread_create(&other, NULL, terminate_often, &failed), 0);
	TEST_CALL(submit_while_terminated(other));
	TEST_ASSERT_EQ(atomic_load(&failed), 0);
	return eng_usable();
}

ENG_CASE(another_thread_terminates_one_submitter, ENG_ANY, .conf.single_submitter = true)
{
	return terminate_race();
}

ENG_CASE(another_thread_terminates_any_submitter, ENG_ANY)
{
	return terminate_race();
}

static const struct test_case single[] = {
	ENG_TEST(single_submitter_keeps_the_order),
	ENG_TEST(submitters_may_take_turns),
	ENG_TEST(callbacks_may_be_the_submitter),
	ENG_TEST(unissued_ones_go_with_one_submitter),
	ENG_TEST(unissued_ones_go_with_any_submitter),
	ENG_TEST(another_thread_terminates_one_submitter),
	ENG_TEST(another_thread_terminates_any_submitter),
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

static int
setup_generic(void)
{
	return eng_suite_setup(eng_env_find("engine_generic_skeleton"));
}

static struct test_suite suites[] = {
	{ .name = "engine_single", .setup = setup_service },
	{ .name = "engine_single_manual", .setup = setup_manual },
	{ .name = "engine_single_generic", .setup = setup_generic },
};

RTE_INIT(single_register)
{
	for (unsigned int i = 0; i < RTE_DIM(suites); i++) {
		suites[i].teardown = eng_suite_teardown;
		suites[i].cases = single;
		suites[i].nb_cases = RTE_DIM(single);
		suites[i].eal_args = eng_eal_args();
		test_suite_register(&suites[i]);
	}
}
