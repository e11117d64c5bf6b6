/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* struct completion: what drivers wait with for their callbacks. No device takes part. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <linux/completion.h>

#include "test.h"

#define PATIENCE_MS	60000
#define WAITERS		4
#define LIVES		20000

static int
each_complete_lets_one_wait_pass(void)
{
	DECLARE_COMPLETION_ONSTACK(work);

	TEST_ASSERT(!completion_done(&work));
	TEST_ASSERT(!try_wait_for_completion(&work));
	complete(&work);
	complete(&work);
	TEST_ASSERT(completion_done(&work));
	wait_for_completion(&work);
	TEST_ASSERT(try_wait_for_completion(&work));
	TEST_ASSERT(!try_wait_for_completion(&work));
	TEST_ASSERT(!completion_done(&work));
	return TEST_OK;
}

static int
complete_all_lets_every_wait_pass_until_reinit(void)
{
	struct completion work;

	init_completion(&work);
	complete_all(&work);
	for (unsigned int i = 0; i < 10; i++)
		wait_for_completion(&work);
	/* No more can be let pass than all. */
	complete(&work);
	TEST_ASSERT(try_wait_for_completion(&work));
	TEST_ASSERT_EQ(wait_for_completion_interruptible(&work), 0);
	reinit_completion(&work);
	TEST_ASSERT(!completion_done(&work));
	TEST_ASSERT(!try_wait_for_completion(&work));
	complete(&work);
	TEST_ASSERT(try_wait_for_completion(&work));
	TEST_ASSERT(!try_wait_for_completion(&work));
	return TEST_OK;
}

static int
a_wait_ends_when_its_time_is_over(void)
{
	DECLARE_COMPLETION(work);
	uint64_t start = test_now_ns(), gone;

	TEST_ASSERT_EQ(wait_for_completion_timeout(&work, 0), 0);
	TEST_ASSERT_EQ(wait_for_completion_timeout(&work, msecs_to_jiffies(30)), 0);
	gone = test_now_ns() - start;
	TEST_ASSERT(gone > 29 * UINT64_C(1000000));
	TEST_ASSERT(gone < PATIENCE_MS * UINT64_C(1000000));
	/* A wait that gave up leaves nothing behind. */
	complete(&work);
	TEST_ASSERT(wait_for_completion_timeout(&work, 1000) >= 1);
	complete(&work);
	/* Even without any time. */
	TEST_ASSERT_EQ(wait_for_completion_interruptible_timeout(&work, 0), 1);
	return TEST_OK;
}

struct waiter {
	pthread_t thread;
	struct completion *work;
	unsigned long left;
};

static void *
wait_in_thread(void *arg)
{
	struct waiter *me = arg;

	me->left = wait_for_completion_timeout(me->work, PATIENCE_MS);
	return NULL;
}

static int
start_waiters(struct waiter *waiters, struct completion *work)
{
	for (unsigned int i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter){ .work = work };
		TEST_ASSERT_EQ(pthread_create(&waiters[i].thread, NULL, wait_in_thread,
					      &waiters[i]), 0);
	}
	return TEST_OK;
}

static int
join_waiters(struct waiter *waiters)
{
	for (unsigned int i = 0; i < WAITERS; i++)
		pthread_join(waiters[i].thread, NULL);
	for (unsigned int i = 0; i < WAITERS; i++)
		TEST_ASSERT(waiters[i].left >= 1);
	return TEST_OK;
}

static int
threads_that_sleep_are_woken(void)
{
	struct waiter waiters[WAITERS];
	DECLARE_COMPLETION(work);

	TEST_CALL(start_waiters(waiters, &work));
	for (unsigned int i = 0; i < WAITERS; i++) {
		/* So that some of them find it done, and others sleep. */
		for (unsigned int spin = 0; spin < i * 50; spin++)
			sched_yield();
		complete(&work);
	}
	TEST_CALL(join_waiters(waiters));
	TEST_ASSERT(!completion_done(&work));
	TEST_CALL(start_waiters(waiters, &work));
	complete_all(&work);
	return join_waiters(waiters);
}

static _Atomic(struct completion *) posted;

static void *
complete_what_is_posted(void *arg)
{
	struct completion *work;

	(void)arg;
	for (unsigned int i = 0; i < LIVES; i++) {
		while ((work = atomic_exchange(&posted, NULL)) == NULL)
			sched_yield();
		if (i % 2 == 0)
			complete(work);
		else
			complete_all(work);
	}
	return NULL;
}

/* As one on the stack, whose function returns. A sanitizer sees who still looks at it then. */
static int
a_completion_may_go_as_soon_as_its_wait_has_returned(void)
{
	pthread_t thread;

	TEST_ASSERT_EQ(pthread_create(&thread, NULL, complete_what_is_posted, NULL), 0);
	for (unsigned int i = 0; i < LIVES; i++) {
		struct completion *work = malloc(sizeof(*work));

		TEST_ASSERT(work != NULL);
		init_completion(work);
		atomic_store(&posted, work);
		TEST_ASSERT(wait_for_completion_timeout(work, PATIENCE_MS) >= 1);
		free(work);
	}
	pthread_join(thread, NULL);
	return TEST_OK;
}

static const struct test_case completions[] = {
	{ "each_complete_lets_one_wait_pass", each_complete_lets_one_wait_pass },
	{ "complete_all_lets_every_wait_pass_until_reinit",
	  complete_all_lets_every_wait_pass_until_reinit },
	{ "a_wait_ends_when_its_time_is_over", a_wait_ends_when_its_time_is_over },
	{ "threads_that_sleep_are_woken", threads_that_sleep_are_woken },
	{ "a_completion_may_go_as_soon_as_its_wait_has_returned",
	  a_completion_may_go_as_soon_as_its_wait_has_returned },
};

static struct test_suite completion_suite = {
	.name = "engine_completion",
	.cases = completions,
	.nb_cases = RTE_DIM(completions),
};
REGISTER_TEST_SUITE(completion_suite)
