/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, terminate and synchronize: B31 to B37 and B65. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "test_engine_env.h"

/* Large copies, so that some are under way when terminate comes. */
static int
start_large(uint8_t *dst, uint32_t count, size_t bytes, _Atomic uint32_t *calls)
{
	for (uint32_t i = 0; i < count; i++)
		TEST_ASSERT(eng_submit_copy(dst, eng_src, bytes, calls) > 0);
	dma_async_issue_pending(eng_chan);
	return TEST_OK;
}

ENG_CASE(B31_nothing_is_written_after_terminate_sync, ENG_ANY)
{
	const size_t bytes = ENG_BYTES / 2;
	_Atomic uint32_t calls = 0;
	uint32_t seen;

	for (uint32_t round = 0; round < 40; round++) {
		TEST_CALL(start_large(eng_dst, 8 + round % 16, bytes, &calls));
		/* At another moment in each round. */
		for (uint32_t spin = 0; spin < round * 10; spin++)
			eng_poll();
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		seen = atomic_load(&calls);
		memset(eng_dst, 0x5a, bytes);
		TEST_CALL(eng_usable());
		TEST_ASSERT(eng_all(eng_dst, bytes, 0x5a));
		TEST_ASSERT_EQ(atomic_load(&calls), seen);
	}
	return TEST_OK;
}

ENG_CASE(B31_buffers_may_be_freed_at_once, ENG_ANY)
{
	const size_t bytes = 65536;

	for (uint32_t round = 0; round < 40; round++) {
		uint8_t *dst = rte_malloc("test_freed", bytes, 64), *again;
		_Atomic uint32_t *calls = calloc(1, sizeof(*calls));
		bool intact;

		TEST_ASSERT(dst != NULL && calls != NULL);
		TEST_CALL(start_large(dst, 16, bytes, calls));
		for (uint32_t spin = 0; spin < round; spin++)
			eng_poll();
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		/* A callback that still came would touch freed memory: a sanitizer sees it. */
		free(calls);
		rte_free(dst);
		again = rte_malloc("test_freed", bytes, 64);
		TEST_ASSERT(again != NULL);
		memset(again, 0x3c, bytes);
		TEST_CALL(eng_usable());
		intact = eng_all(again, bytes, 0x3c);
		rte_free(again);
		TEST_ASSERT(intact);
	}
	return TEST_OK;
}

ENG_CASE(B32_incomplete_descriptors_get_no_callback, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie;

	/* The first one is complete, five are issued, two only submitted. */
	TEST_CALL(eng_usable());
	TEST_CALL(eng_hold());
	TEST_CALL(eng_submit_some(5, &calls));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_submit_some(2, &calls));
	cookie = eng_chan->cookie;
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_CALL(eng_go());
	dmaengine_synchronize(eng_chan);
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT(eng_status(cookie) != DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_stats().terminated, 7);
	TEST_ASSERT_EQ(eng_stats().in_flight, 0);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT(eng_untouched(eng_dst, 7 * 64));
	return TEST_OK;
}

ENG_CASE(B32_what_the_device_has_is_dropped_too, ENG_ERRORS)
{
	_Atomic uint32_t calls = 0, synced = 0;

	/* Without a way to stop the device it finishes what it has; nobody is told either. */
	TEST_CALL(eng_background());
	if (eng_can(ENG_ERRORS))
		TEST_CALL(eng_stall(3));
	TEST_CALL(eng_hold());
	TEST_CALL(eng_submit_some(20, &calls));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_go());
	if (eng_can(ENG_ERRORS))
		ENG_WAIT(atomic_load(&calls) == 2);
	synced = atomic_load(&calls);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	if (!eng_can(ENG_PORTS) && eng_can(ENG_ERRORS))
		TEST_CALL(eng_unstall());
	dmaengine_synchronize(eng_chan);
	if (eng_can(ENG_ERRORS)) {
		TEST_ASSERT_EQ(atomic_load(&calls), synced);
		TEST_ASSERT_EQ(eng_stats().terminated, 18);
		TEST_CALL(eng_unstall());
	}
	synced = atomic_load(&calls);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(atomic_load(&calls), synced);
	return TEST_OK;
}

struct synchronizer {
	pthread_t thread;
	struct eng_gate *gate;
	_Atomic uint32_t begun, done;
	uint32_t left;		/* callbacks that had returned by then */
};

static void *
synchronize_thread(void *arg)
{
	struct synchronizer *me = arg;

	atomic_store(&me->begun, 1);
	dmaengine_synchronize(eng_chan);
	me->left = atomic_load(&me->gate->left);
	atomic_store(&me->done, 1);
	return NULL;
}

/* A callback that waits at the gate runs when this returns. */
static int
enter_gate(struct eng_gate *gate)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);

	TEST_ASSERT(desc != NULL);
	desc->callback = eng_gate_wait;
	desc->callback_param = gate;
	eng_gate_close();
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&gate->entered) != 0);
	return TEST_OK;
}

/* Callbacks wait below for less than what synchronize takes for a dead tasklet. */
static int
waits_for_callback(struct synchronizer *waiter, struct eng_gate *gate)
{
	uint64_t end;

	waiter->gate = gate;
	TEST_ASSERT_EQ(pthread_create(&waiter->thread, NULL, synchronize_thread, waiter), 0);
	while (atomic_load(&waiter->begun) == 0)
		sched_yield();
	end = rte_get_timer_cycles() + rte_get_timer_hz();	/* a busy machine yields for long */
	for (unsigned int i = 0; i < 1000 && atomic_load(&waiter->done) == 0; i++) {
		if (rte_get_timer_cycles() > end)
			break;
		sched_yield();
	}
	eng_gate_open();
	pthread_join(waiter->thread, NULL);
	/* It came back, and not before the callback had. */
	TEST_ASSERT_EQ(waiter->left, 1);
	return TEST_OK;
}

ENG_CASE(B33_terminate_async_does_not_wait_synchronize_does, ENG_ANY)
{
	struct synchronizer waiter = { 0 };
	_Atomic uint32_t calls = 0;
	struct eng_gate gate = { 0 };

	TEST_CALL(eng_background());
	TEST_CALL(enter_gate(&gate));
	TEST_CALL(eng_submit_some(5, &calls));
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_ASSERT_EQ(atomic_load(&gate.left), 0);
	TEST_CALL(waits_for_callback(&waiter, &gate));
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	return eng_usable();
}

ENG_CASE(B33_synchronize_waits_with_nothing_left_to_terminate, ENG_ANY)
{
	struct synchronizer waiter = { 0 };
	struct eng_gate gate = { 0 };

	TEST_CALL(eng_background());
	TEST_CALL(enter_gate(&gate));
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_CALL(waits_for_callback(&waiter, &gate));
	return eng_usable();
}

ENG_CASE(B34_the_channel_is_usable_afterwards, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	for (unsigned int round = 0; round < 100; round++) {
		TEST_CALL(eng_submit_some(round % 40, &calls));
		if (round % 3 != 0)
			dma_async_issue_pending(eng_chan);
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		TEST_CALL(eng_usable());
	}
	return TEST_OK;
}

ENG_CASE(B35_on_an_idle_channel_and_twice_it_is_0, ENG_ANY)
{
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_terminate_all(eng_chan), 0);
	dmaengine_synchronize(eng_chan);
	dmaengine_synchronize(eng_chan);
	TEST_CALL(eng_usable());
	TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, NULL) > 0);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	dmaengine_synchronize(eng_chan);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(eng_stats().terminated, 1);
	return eng_usable();
}

ENG_CASE(B36_terminate_where_unsupported_is_refused, ENG_ANY)
{
	struct dma_slave_caps caps;
	struct eng_bare bare;

	eng_bare_init(&bare);
	TEST_ASSERT_EQ(dmaengine_terminate_async(&bare.chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(&bare.chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_all(&bare.chan), -ENOSYS);
	dmaengine_synchronize(&bare.chan);
	/* Every real channel can, and says so. */
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	TEST_ASSERT(caps.cmd_terminate);
	TEST_ASSERT_EQ(dmaengine_terminate_all(eng_chan), 0);
	return TEST_OK;
}

ENG_CASE(B37_release_synchronizes, ENG_ANY)
{
	for (unsigned int round = 0; round < 30; round++) {
		_Atomic uint32_t *calls = calloc(1, sizeof(*calls));
		uint32_t seen;

		TEST_ASSERT(calls != NULL);
		TEST_CALL(start_large(eng_dst, 16, 65536, calls));
		for (uint32_t spin = 0; spin < round; spin++)
			eng_poll();
		eng_release();
		seen = atomic_load(calls);
		free(calls);
		memset(eng_dst, 0x5a, 65536);
		TEST_ASSERT(seen <= 16);
		/* It can be requested again, and starts afresh. */
		TEST_CALL(eng_request());
		TEST_ASSERT_EQ(eng_stats().submitted, 0);
		TEST_CALL(eng_usable());
		TEST_ASSERT_EQ(eng_chan->cookie, 1);
		TEST_ASSERT(eng_all(eng_dst, 65536, 0x5a));
	}
	return TEST_OK;
}

ENG_CASE(B65_what_is_issued_before_synchronize_goes_on, ENG_ANY)
{
	_Atomic uint32_t old = 0, young = 0;
	dma_cookie_t cookie = 0;

	for (unsigned int round = 1; round <= 30; round++) {
		TEST_CALL(eng_hold());
		TEST_CALL(eng_submit_some(10, &old));
		dma_async_issue_pending(eng_chan);
		TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
		for (uint32_t i = 0; i < 10; i++)
			cookie = eng_submit_copy(eng_dst + 8192 + i * 64, eng_src + i * 64, 64,
						 &young);
		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_go());
		dmaengine_synchronize(eng_chan);
		TEST_CALL(eng_wait_complete(cookie));
		ENG_WAIT(atomic_load(&young) == 10 * round);
		TEST_ASSERT_EQ(atomic_load(&old), 0);
		TEST_ASSERT(eng_untouched(eng_dst, 640));
		TEST_ASSERT(memcmp(eng_dst + 8192, eng_src, 640) == 0);
		memset(eng_dst + 8192, ENG_UNTOUCHED, 640);
	}
	return TEST_OK;
}

static const struct test_case terminate[] = {
	ENG_TEST(B31_nothing_is_written_after_terminate_sync),
	ENG_TEST(B31_buffers_may_be_freed_at_once),
	ENG_TEST(B32_incomplete_descriptors_get_no_callback),
	ENG_TEST(B32_what_the_device_has_is_dropped_too),
	ENG_TEST(B33_terminate_async_does_not_wait_synchronize_does),
	ENG_TEST(B33_synchronize_waits_with_nothing_left_to_terminate),
	ENG_TEST(B34_the_channel_is_usable_afterwards),
	ENG_TEST(B35_on_an_idle_channel_and_twice_it_is_0),
	ENG_TEST(B36_terminate_where_unsupported_is_refused),
	ENG_TEST(B37_release_synchronizes),
	ENG_TEST(B65_what_is_issued_before_synchronize_goes_on),
};
ENG_TOPIC(terminate)
