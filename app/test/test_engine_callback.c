/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, callbacks: B17 to B25. What a callback sees it writes down; the case judges it. */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

#define CHAIN	1000
/* Status codes of the controller (specification, section 6). */
#define CODE_READ	12
#define CODE_WRITE	13
#define CODE_LINK	17

struct arrival {
	const uint8_t *dst, *src;
	size_t length;
	_Atomic uint32_t calls, intact;
};

static void
look_at_data(void *param)
{
	struct arrival *arrival = param;

	if (memcmp(arrival->dst, arrival->src, arrival->length) == 0)
		atomic_fetch_add(&arrival->intact, 1);
	atomic_fetch_add(&arrival->calls, 1);
}

ENG_CASE(B17_one_callback_per_descriptor_after_its_data, ENG_ANY)
{
	struct arrival arrivals[48] = { 0 };
	uint32_t n = RTE_DIM(arrivals);

	for (uint32_t i = 0; i < n; i++) {
		struct arrival *a = &arrivals[i];
		struct dma_async_tx_descriptor *desc;

		*a = (struct arrival){ eng_dst + i * 4096, eng_src + i * 4096, 64 + i * 84, 0, 0 };
		desc = eng_copy(eng_dst + i * 4096, a->src, a->length, NULL);
		TEST_ASSERT(desc != NULL);
		desc->callback = look_at_data;
		desc->callback_param = a;
		TEST_ASSERT(dmaengine_submit(desc) > 0);
		if (i % 5 == 4)
			dma_async_issue_pending(eng_chan);
	}
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&arrivals[n - 1].calls) != 0);
	TEST_CALL(eng_settle());
	for (uint32_t i = 0; i < n; i++) {
		TEST_ASSERT_EQ(atomic_load(&arrivals[i].calls), 1);
		TEST_ASSERT_EQ(atomic_load(&arrivals[i].intact), 1);
	}
	TEST_ASSERT_EQ(eng_stats().callbacks, n);
	return TEST_OK;
}

struct outcome {
	_Atomic uint32_t calls, plain;
	struct dmaengine_result result;
};

static void
keep_result(void *param, const struct dmaengine_result *result)
{
	struct outcome *outcome = param;

	outcome->result = *result;
	atomic_fetch_add(&outcome->calls, 1);
}

static void
plain_call(void *param)
{
	struct outcome *outcome = param;

	atomic_fetch_add(&outcome->plain, 1);
}

static struct dma_async_tx_descriptor *
copy_with_result(size_t length, struct outcome *outcome)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, length, NULL);

	if (desc != NULL) {
		desc->callback_result = keep_result;
		desc->callback_param = outcome;
	}
	return desc;
}

ENG_CASE(B18_with_both_set_only_callback_result_is_called, ENG_ANY)
{
	struct outcome outcome = { 0 };
	struct dma_async_tx_descriptor *desc = copy_with_result(64, &outcome);

	TEST_ASSERT(desc != NULL);
	desc->callback = plain_call;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&outcome.calls) == 1);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(atomic_load(&outcome.plain), 0);
	TEST_ASSERT_EQ(atomic_load(&outcome.calls), 1);
	return TEST_OK;
}

ENG_CASE(B19_success_is_noerror_and_residue_0, ENG_ANY)
{
	struct outcome outcome = { .result = { DMA_TRANS_ABORTED, 77 } };
	struct dma_async_tx_descriptor *desc = copy_with_result(5000, &outcome);

	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&outcome.calls) == 1);
	TEST_ASSERT_EQ(outcome.result.result, DMA_TRANS_NOERROR);
	TEST_ASSERT_EQ(outcome.result.residue, 0);
	return TEST_OK;
}

/* The next operation fails: what its callback, its status and the one behind it say. */
static int
fails_as(uint8_t code, enum dmaengine_tx_result expected)
{
	struct outcome outcome = { .result = { DMA_TRANS_NOERROR, 0 } }, behind = { 0 };
	dma_cookie_t cookie, next;

	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_FAIL, 1, code), 0);
	cookie = dmaengine_submit(copy_with_result(4096, &outcome));
	next = dmaengine_submit(copy_with_result(64, &behind));
	TEST_ASSERT(cookie > 0 && next > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&behind.calls) == 1);
	TEST_ASSERT_EQ(atomic_load(&outcome.calls), 1);
	TEST_ASSERT_EQ(outcome.result.result, expected);
	TEST_ASSERT_EQ(outcome.result.residue, 4096);
	TEST_ASSERT_EQ(behind.result.result, DMA_TRANS_NOERROR);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_ERROR);
	TEST_ASSERT_EQ(eng_status(next), DMA_COMPLETE);
	return TEST_OK;
}

ENG_CASE(B19_failure_is_a_code, ENG_ERRORS)
{
	if (!eng_can(ENG_ERRORS)) {
		/* Such a device reports no errors, and nobody can make it. */
		TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_FAIL, 1,
						     CODE_READ), -ENODEV);
		TEST_ASSERT_EQ(eng_stats().errors, 0);
		return eng_usable();
	}
	TEST_CALL(fails_as(CODE_READ, DMA_TRANS_READ_FAILED));
	TEST_CALL(fails_as(CODE_WRITE, DMA_TRANS_WRITE_FAILED));
	TEST_CALL(fails_as(CODE_LINK, DMA_TRANS_ABORTED));
	TEST_ASSERT_EQ(eng_stats().errors, 3);
	return eng_usable();
}

ENG_CASE(B19_a_failing_cyclic_transfer_ends_with_a_code, ENG_ERRORS)
{
	struct outcome outcome = { .result = { DMA_TRANS_NOERROR, 0 } };
	struct dma_async_tx_descriptor *desc;

	if (!eng_can(ENG_ERRORS))
		return eng_usable();
	TEST_CALL(eng_far_config());
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_FAIL,
					     eng_can(ENG_PORTS) ? 1 : 10, CODE_READ), 0);
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), 1024, 256, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback_result = keep_result;
	desc->callback_param = &outcome;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(eng_status(1) == DMA_ERROR);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	TEST_ASSERT_EQ(outcome.result.result, DMA_TRANS_READ_FAILED);
	TEST_ASSERT(atomic_load(&outcome.calls) >= 1);
	TEST_ASSERT_EQ(eng_stats().errors, 1);
	return eng_usable();
}

struct chain {
	_Atomic uint32_t calls, failed;
	uint32_t depth, deepest;
};

static void
go_on(void *param)
{
	struct chain *chain = param;
	struct dma_async_tx_descriptor *desc;
	uint32_t n = atomic_load(&chain->calls) + 1;

	chain->depth++;
	chain->deepest = RTE_MAX(chain->deepest, chain->depth);
	if (n < CHAIN) {
		desc = eng_copy(eng_dst + n % 512 * 64, eng_src + n % 512 * 64, 64, NULL);
		if (desc != NULL) {
			desc->callback = go_on;
			desc->callback_param = chain;
		}
		if (desc == NULL || dmaengine_submit(desc) < 0)
			atomic_fetch_add(&chain->failed, 1);
		dma_async_issue_pending(eng_chan);
	}
	chain->depth--;
	atomic_store(&chain->calls, n);
}

ENG_CASE(B20_a_chain_of_1000_from_callbacks, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	struct chain chain = { 0 };

	desc->callback = go_on;
	desc->callback_param = &chain;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&chain.calls) == CHAIN || atomic_load(&chain.failed) != 0);
	TEST_ASSERT_EQ(atomic_load(&chain.failed), 0);
	TEST_ASSERT_EQ(chain.deepest, 1);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 512 * 64) == 0);
	return TEST_OK;
}

static void
terminate_own(void *param)
{
	if (dmaengine_terminate_async(eng_chan) == 0)
		atomic_fetch_add((_Atomic uint32_t *)param, 1);
}

ENG_CASE(B21_a_callback_may_terminate_its_channel, ENG_ANY)
{
	_Atomic uint32_t terminated = 0, calls = 0;
	struct dma_async_tx_descriptor *desc;

	for (unsigned int round = 0; round < 20; round++) {
		desc = eng_copy(eng_dst, eng_src, 64, NULL);
		desc->callback = terminate_own;
		desc->callback_param = &terminated;
		TEST_ASSERT(dmaengine_submit(desc) > 0);
		TEST_CALL(eng_submit_some(10, &calls));
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&terminated) == round + 1);
		dmaengine_synchronize(eng_chan);
		TEST_ASSERT_EQ(atomic_load(&calls), 0);
	}
	return eng_usable();
}

static __thread bool in_call;

struct caller {
	_Atomic uint32_t calls, inside;
};

static void
who_calls(void *param)
{
	struct caller *caller = param;

	if (in_call)
		atomic_fetch_add(&caller->inside, 1);
	atomic_fetch_add(&caller->calls, 1);
}

ENG_CASE(B22_never_inside_submit_or_issue, ENG_ANY)
{
	struct caller caller = { 0 };

	for (uint32_t i = 0; i < 500; i++) {
		struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 16, NULL);

		if (desc == NULL) {
			eng_poll();
			continue;
		}
		desc->callback = who_calls;
		desc->callback_param = &caller;
		in_call = true;
		TEST_ASSERT(dmaengine_submit(desc) > 0);
		dma_async_issue_pending(eng_chan);
		eng_status(1);
		in_call = false;
	}
	ENG_WAIT(atomic_load(&caller.calls) == eng_stats().submitted);
	TEST_ASSERT(atomic_load(&caller.calls) != 0);
	TEST_ASSERT_EQ(atomic_load(&caller.inside), 0);
	return TEST_OK;
}

struct locking {
	pthread_mutex_t lock;
	_Atomic uint32_t entered, left;
};

static void
take_lock(void *param)
{
	struct locking *locking = param;

	atomic_fetch_add(&locking->entered, 1);
	pthread_mutex_lock(&locking->lock);
	pthread_mutex_unlock(&locking->lock);
	atomic_fetch_add(&locking->left, 1);
}

/* Everything that a client may do while it holds the lock that its callback waits for. */
static int
work_under_lock(struct dma_async_tx_descriptor *second)
{
	struct dma_slave_caps caps;
	dma_cap_mask_t mask;

	TEST_ASSERT(dmaengine_submit(second) > 0);
	dma_async_issue_pending(eng_chan);
	dma_issue_pending_all();
	TEST_ASSERT_EQ(eng_status(second->cookie), DMA_IN_PROGRESS);
	TEST_ASSERT(eng_submit_copy(eng_dst + 64, eng_src, 64, NULL) > 0);
	TEST_ASSERT_EQ(eng_far_config(), 0);
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	dma_cap_zero(mask);
	dma_cap_set(DMA_XOR, mask);
	TEST_ASSERT(dma_request_channel(mask, NULL, NULL) == NULL);
	TEST_ASSERT_EQ(eng_stats().callbacks, 1);
	return TEST_OK;
}

ENG_CASE(B23_no_library_lock_is_held_around_a_callback, ENG_ANY)
{
	struct dma_async_tx_descriptor *first, *second;
	struct locking locking = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int result;

	TEST_CALL(eng_background());
	first = eng_copy(eng_dst, eng_src, 64, NULL);
	second = eng_copy(eng_dst, eng_src, 64, NULL);
	TEST_ASSERT(first != NULL && second != NULL);
	first->callback = second->callback = take_lock;
	first->callback_param = second->callback_param = &locking;
	pthread_mutex_lock(&locking.lock);
	if (dmaengine_submit(first) > 0)
		dma_async_issue_pending(eng_chan);
	while (atomic_load(&locking.entered) == 0)
		eng_poll();
	result = work_under_lock(second);
	if (result == TEST_OK && atomic_load(&locking.left) != 0)
		result = TEST_FAILED;
	pthread_mutex_unlock(&locking.lock);
	TEST_CALL(result);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&locking.left) == 2);
	return TEST_OK;
}

struct own_cookie {
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls, complete, alive;
	dma_cookie_t cookie;
};

static void
ask_own_status(void *param)
{
	struct own_cookie *own = param;

	/* The descriptor is alive until its callback returns. */
	if (own->desc->callback_param == own && own->desc->chan == eng_chan)
		atomic_fetch_add(&own->alive, 1);
	if (dmaengine_tx_status(eng_chan, own->desc->cookie, NULL) == DMA_COMPLETE)
		atomic_fetch_add(&own->complete, 1);
	atomic_fetch_add(&own->calls, 1);
}

ENG_CASE(B24_in_the_callback_its_cookie_is_complete, ENG_ANY)
{
	struct own_cookie own = { 0 };

	for (uint32_t i = 1; i <= 100; i++) {
		own.desc = eng_copy(eng_dst, eng_src, 64, NULL);
		own.desc->callback = ask_own_status;
		own.desc->callback_param = &own;
		TEST_ASSERT(dmaengine_submit(own.desc) > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(atomic_load(&own.calls) == i);
		TEST_ASSERT_EQ(atomic_load(&own.complete), i);
		TEST_ASSERT_EQ(atomic_load(&own.alive), i);
	}
	return TEST_OK;
}

ENG_CASE(B25_without_callback_and_interrupt_polling_sees_it, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	for (uint32_t i = 0; i < 20; i++) {
		desc = dmaengine_prep_dma_memcpy(eng_chan, eng_addr(eng_dst + i * 64),
						 eng_addr(eng_src + i * 64), 64, 0);
		TEST_ASSERT(desc != NULL);
		TEST_ASSERT(desc->callback == NULL && desc->callback_result == NULL);
		cookie = dmaengine_submit(desc);
		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_wait_complete(cookie));
		TEST_ASSERT(memcmp(eng_dst + i * 64, eng_src + i * 64, 64) == 0);
	}
	TEST_ASSERT_EQ(eng_stats().callbacks, 0);
	return TEST_OK;
}

static const struct test_case callbacks[] = {
	ENG_TEST(B17_one_callback_per_descriptor_after_its_data),
	ENG_TEST(B18_with_both_set_only_callback_result_is_called),
	ENG_TEST(B19_success_is_noerror_and_residue_0),
	ENG_TEST(B19_failure_is_a_code),
	ENG_TEST(B19_a_failing_cyclic_transfer_ends_with_a_code),
	ENG_TEST(B20_a_chain_of_1000_from_callbacks),
	ENG_TEST(B21_a_callback_may_terminate_its_channel),
	ENG_TEST(B22_never_inside_submit_or_issue),
	ENG_TEST(B23_no_library_lock_is_held_around_a_callback),
	ENG_TEST(B24_in_the_callback_its_cookie_is_complete),
	ENG_TEST(B25_without_callback_and_interrupt_polling_sees_it),
};
ENG_TOPIC(callbacks)
