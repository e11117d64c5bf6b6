/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Races: submit, issue, terminate, pause and resume at once. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "test_engine_race.h"

#define SUBMITTERS	3

static _Atomic uint32_t calls;
static uint8_t *seen;	/* by cookie */

static void *
submit_runner(void *arg)
{
	struct race_runner *me = arg;
	uint32_t done = 0, failed = 0;
	dma_cookie_t last = 0;

	while (done < me->rounds && failed == 0) {
		dma_cookie_t cookie = eng_submit_copy(eng_dst + me->number * 64, eng_src, 64,
						      &calls);

		if (cookie > 0) {
			failed += cookie <= last || seen[cookie]++ != 0;
			last = cookie;
			done++;
		} else {
			failed += cookie != -ENOMEM;
			sched_yield();
		}
		if (done % 4 == 0 || cookie < 0)
			dma_async_issue_pending(eng_chan);
	}
	atomic_fetch_add(me->submitted, done);
	me->result = failed == 0 ? TEST_OK : TEST_FAILED;
	return NULL;
}

static void *
terminate_only_runner(void *arg)
{
	struct race_runner *me = arg;

	while (!atomic_load(me->stop)) {
		if (dmaengine_terminate_sync(eng_chan) != 0)
			me->result = TEST_FAILED;
		sched_yield();
	}
	return NULL;
}

static void *
pause_runner(void *arg)
{
	struct race_runner *me = arg;
	int ret;

	while (!atomic_load(me->stop)) {
		ret = dmaengine_pause(eng_chan);
		if (ret != 0) {
			test_note("pause: %d", ret);
			me->result = TEST_FAILED;
		}
		sched_yield();
		/* A terminate may have ended the pause. */
		ret = dmaengine_resume(eng_chan);
		if (ret != 0 && ret != -EINVAL) {
			test_note("resume: %d", ret);
			me->result = TEST_FAILED;
		}
	}
	return NULL;
}

/* SUBMITTERS threads submit; beside them @p others run until those are through. */
static int
all_at_once(uint32_t each, void *(*const others[])(void *), unsigned int nb_others)
{
	struct race_runner submitters[SUBMITTERS], beside[4] = { 0 };
	_Atomic uint64_t submitted = 0;
	_Atomic bool stop = false;
	uint64_t unique = 0;

	atomic_store(&calls, 0);
	seen = calloc(SUBMITTERS * (size_t)each + 2, 1);
	TEST_ASSERT(seen != NULL);
	for (unsigned int i = 0; i < nb_others; i++) {
		beside[i].stop = &stop;
		TEST_ASSERT_EQ(pthread_create(&beside[i].thread, NULL, others[i], &beside[i]), 0);
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++) {
		submitters[i] = (struct race_runner){ .rounds = each, .number = i,
						 .submitted = &submitted };
		TEST_ASSERT_EQ(pthread_create(&submitters[i].thread, NULL, submit_runner,
					      &submitters[i]), 0);
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i].thread, NULL);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < nb_others; i++)
		pthread_join(beside[i].thread, NULL);
	for (size_t i = 1; i <= SUBMITTERS * (size_t)each; i++)
		unique += seen[i] == 1;
	free(seen);
	for (unsigned int i = 0; i < SUBMITTERS; i++)
		TEST_CALL(submitters[i].result);
	for (unsigned int i = 0; i < nb_others; i++)
		TEST_CALL(beside[i].result);
	TEST_ASSERT_EQ(unique, atomic_load(&submitted));
	TEST_CALL(race_adds_up(eng_chan));
	TEST_ASSERT_EQ(eng_stats().submitted, atomic_load(&submitted));
	TEST_ASSERT_EQ(eng_stats().completed, atomic_load(&calls));
	return eng_usable();
}

ENG_CASE(submitters_against_terminate, ENG_ANY)
{
	static void *(*const others[])(void *) = { terminate_only_runner };

	return all_at_once(race_rounds(4) / SUBMITTERS, others, RTE_DIM(others));
}

ENG_CASE(submitters_against_pause_and_resume, ENG_ANY)
{
	static void *(*const others[])(void *) = { pause_runner };

	return all_at_once(race_rounds(2) / SUBMITTERS, others, RTE_DIM(others));
}

ENG_CASE(submitters_against_pause_resume_and_terminate, ENG_ANY)
{
	static void *(*const others[])(void *) = { pause_runner, terminate_only_runner };

	return all_at_once(race_rounds(2) / SUBMITTERS, others, RTE_DIM(others));
}

/* --- a tasklet that stops looking at the channel --- */

/* A while after its last work a channel is not looked at any more, until there is some again. The
 * while is some microseconds long; a pause comes before its end, right at it, or after it.
 */
ENG_CASE(pause_of_a_channel_that_comes_to_rest, ENG_ANY)
{
	uint64_t step = rte_get_timer_hz() / 5000000, start;
	uint32_t count = race_rounds(2);

	for (uint32_t round = 0; round < count; round++) {
		dma_cookie_t cookie = eng_submit_copy(eng_dst, eng_src, 64, NULL);

		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_wait_complete(cookie));
		start = rte_get_timer_cycles();
		while (rte_get_timer_cycles() - start < round % 100 * step)
			;
		start = test_now_ns();
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		/* One that waits for an answer that does not come takes ten seconds. */
		TEST_ASSERT(test_now_ns() - start < 8 * UINT64_C(1000000000));
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	}
	return race_adds_up(eng_chan);
}

static const struct test_case cases[] = {
	ENG_TEST(submitters_against_terminate),
	ENG_TEST(submitters_against_pause_and_resume),
	ENG_TEST(submitters_against_pause_resume_and_terminate),
	ENG_TEST(pause_of_a_channel_that_comes_to_rest),
};

const struct race_list race_submit = { cases, RTE_DIM(cases) };
