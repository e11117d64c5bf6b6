/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, cookies and status: B1 to B10. */

#include <errno.h>
#include <string.h>

#include "test_engine_env.h"

/* Submit copies of 64 bytes; each cookie is a successor of the one before, over the wrap too. */
static int
submit_in_order(uint32_t count, dma_cookie_t *last, bool *wrapped)
{
	for (uint32_t i = 0; i < count; i++) {
		dma_cookie_t cookie;

		/* Descriptors of the round before go back to the pool after its last callback. */
		ENG_WAIT((cookie = eng_submit_copy(eng_dst + i * 64, eng_src + i * 64, 64,
						   NULL)) != -ENOMEM);
		TEST_ASSERT(cookie > 0);
		if (cookie <= *last) {
			TEST_ASSERT(!*wrapped);
			TEST_ASSERT(*last > INT_MAX - 1000 && cookie < 1000);
			*wrapped = true;
		}
		*last = cookie;
	}
	return TEST_OK;
}

ENG_CASE(B1_cookies_are_positive_and_increase, ENG_ANY)
{
	bool wrapped = false;
	dma_cookie_t last = 0;

	for (unsigned int round = 0; round < 20; round++) {
		TEST_CALL(submit_in_order(50, &last, &wrapped));
		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_wait_complete(last));
	}
	TEST_ASSERT(!wrapped);
	return TEST_OK;
}

ENG_CASE(B2_after_INT_MAX_comes_a_positive_cookie, ENG_ANY, .conf.first_cookie = INT_MAX - 70)
{
	bool wrapped = false;
	dma_cookie_t last = 0;

	for (unsigned int round = 0; round < 8; round++) {
		TEST_CALL(submit_in_order(20, &last, &wrapped));
		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_wait_complete(last));
		TEST_ASSERT(memcmp(eng_dst, eng_src, 20 * 64) == 0);
		memset(eng_dst, ENG_UNTOUCHED, 20 * 64);
	}
	TEST_ASSERT(wrapped);
	TEST_ASSERT_EQ(last, 160 - 71);
	return TEST_OK;
}

ENG_CASE(B3_is_complete_is_right_at_the_wrap, ENG_ANY)
{
	static const struct {
		dma_cookie_t cookie, last, used;
		enum dma_status status;
	} table[] = {
		{ 5, 5, 10, DMA_COMPLETE }, { 4, 5, 10, DMA_COMPLETE },
		{ 6, 5, 10, DMA_IN_PROGRESS }, { 10, 5, 10, DMA_IN_PROGRESS },
		{ 5, 5, 5, DMA_COMPLETE },
		{ INT_MAX - 1, INT_MAX - 1, 3, DMA_COMPLETE },
		{ INT_MAX - 9, INT_MAX - 1, 3, DMA_COMPLETE },
		{ INT_MAX, INT_MAX - 1, 3, DMA_IN_PROGRESS },
		{ 1, INT_MAX - 1, 3, DMA_IN_PROGRESS }, { 3, INT_MAX - 1, 3, DMA_IN_PROGRESS },
		{ 4, INT_MAX - 1, 3, DMA_COMPLETE },
		{ INT_MAX, 2, 4, DMA_COMPLETE }, { 2, 2, 4, DMA_COMPLETE },
		{ 3, 2, 4, DMA_IN_PROGRESS },
		{ INT_MAX, INT_MAX, 1, DMA_COMPLETE }, { 1, INT_MAX, 1, DMA_IN_PROGRESS },
	};

	for (unsigned int i = 0; i < RTE_DIM(table); i++)
		if (dma_async_is_complete(table[i].cookie, table[i].last, table[i].used) !=
		    table[i].status) {
			test_note("cookie %d, last %d, used %d", table[i].cookie, table[i].last,
				  table[i].used);
			return TEST_FAILED;
		}
	return TEST_OK;
}

/* What the channel says of a cookie, by its own answer and by the helper. */
static int
both_say(dma_cookie_t cookie, enum dma_status status)
{
	dma_cookie_t last = 0, used = 0;

	TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, cookie, &last, &used), status);
	TEST_ASSERT_EQ(dma_async_is_complete(cookie, last, used), status);
	return TEST_OK;
}

ENG_CASE(B3_status_is_right_at_the_wrap, ENG_ANY, .conf.first_cookie = INT_MAX - 2)
{
	dma_cookie_t cookies[10];

	for (unsigned int i = 0; i < 2; i++)
		cookies[i] = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookies[1]));
	TEST_CALL(eng_hold());
	for (unsigned int i = 2; i < 10; i++)
		cookies[i] = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(cookies[2], INT_MAX);
	TEST_ASSERT(cookies[3] >= 1 && cookies[3] < cookies[9]);
	for (unsigned int i = 0; i < 10; i++)
		TEST_CALL(both_say(cookies[i], i < 2 ? DMA_COMPLETE : DMA_IN_PROGRESS));
	TEST_CALL(eng_go());
	TEST_CALL(eng_wait_complete(cookies[9]));
	for (unsigned int i = 0; i < 10; i++)
		TEST_CALL(both_say(cookies[i], DMA_COMPLETE));
	return TEST_OK;
}

ENG_CASE(B4_submitted_but_not_issued_does_nothing, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie;

	/* The channel has been active: nothing is left that could carry it along. */
	TEST_CALL(eng_usable());
	cookie = eng_submit_copy(eng_dst, eng_src, 4096, &calls);
	TEST_ASSERT(cookie > 0);
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_stats().in_flight, 0);
	TEST_ASSERT(eng_untouched(eng_dst, 4096));
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(memcmp(eng_dst, eng_src, 4096) == 0);
	return TEST_OK;
}

ENG_CASE(B5_a_completed_cookie_completes_all_earlier_ones, ENG_ANY)
{
	dma_cookie_t cookies[40];

	for (unsigned int i = 0; i < RTE_DIM(cookies); i++)
		cookies[i] = eng_submit_copy(eng_dst + i * 64, eng_src + i * 64, 64, NULL);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(eng_status(cookies[30]) == DMA_COMPLETE);
	for (unsigned int i = 0; i <= 30; i++) {
		TEST_ASSERT_EQ(eng_status(cookies[i]), DMA_COMPLETE);
		TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, cookies[i], NULL, NULL),
			       DMA_COMPLETE);
	}
	return eng_wait_complete(cookies[39]);
}

ENG_CASE(B6_last_is_not_after_used, ENG_ANY)
{
	dma_cookie_t first, newest, last, used;

	first = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(first));
	TEST_CALL(eng_hold());
	newest = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, newest, &last, &used), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(last, first);
	TEST_ASSERT_EQ(used, newest);
	TEST_ASSERT_EQ(eng_chan->cookie, newest);
	/* Either may be left out. */
	TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, newest, NULL, &used), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, newest, &last, NULL), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dma_async_is_tx_complete(eng_chan, newest, NULL, NULL), DMA_IN_PROGRESS);
	TEST_CALL(eng_go());
	for (unsigned int i = 0; i < 200; i++) {
		newest = eng_submit_copy(eng_dst, eng_src, 64, NULL);
		dma_async_issue_pending(eng_chan);
		while (newest == -ENOMEM) {
			eng_poll();
			newest = eng_submit_copy(eng_dst, eng_src, 64, NULL);
		}
		dma_async_is_tx_complete(eng_chan, newest, &last, &used);
		TEST_ASSERT(last <= used);
		TEST_ASSERT_EQ(used, newest);
	}
	dma_async_issue_pending(eng_chan);
	return eng_wait_complete(newest);
}

ENG_CASE(B7_tx_status_takes_a_null_state, ENG_ANY)
{
	dma_cookie_t cookie = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	struct dma_tx_state state;

	TEST_ASSERT_EQ(dmaengine_tx_status(eng_chan, cookie, NULL), DMA_IN_PROGRESS);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(dmaengine_tx_status(eng_chan, cookie, NULL) == DMA_COMPLETE);
	memset(&state, 0xff, sizeof(state));
	TEST_ASSERT_EQ(dmaengine_tx_status(eng_chan, cookie, &state), DMA_COMPLETE);
	TEST_ASSERT_EQ(state.last, cookie);
	TEST_ASSERT_EQ(state.used, cookie);
	TEST_ASSERT_EQ(state.residue, 0);
	return TEST_OK;
}

ENG_CASE(B8_submit_error_tells_cookies_from_errors, ENG_ANY)
{
	TEST_ASSERT_EQ(dma_submit_error(1), 0);
	TEST_ASSERT_EQ(dma_submit_error(INT_MAX), 0);
	TEST_ASSERT_EQ(dma_submit_error(-EINVAL), -EINVAL);
	TEST_ASSERT_EQ(dma_submit_error(-EIO), -EIO);
	TEST_ASSERT_EQ(dma_submit_error(INT_MIN), INT_MIN);
	return TEST_OK;
}

ENG_CASE(B9_sync_wait_issues_by_itself, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	TEST_CALL(eng_background());
	cookie = eng_submit_copy(eng_dst, eng_src, 4096, NULL);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, cookie), DMA_COMPLETE);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 4096) == 0);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, cookie), DMA_COMPLETE);
	desc = eng_copy(eng_dst + 4096, eng_src, 64, NULL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	TEST_ASSERT_EQ(dma_wait_for_async_tx(desc), DMA_COMPLETE);
	TEST_ASSERT(memcmp(eng_dst + 4096, eng_src, 64) == 0);
	TEST_ASSERT_EQ(dma_wait_for_async_tx(NULL), DMA_COMPLETE);
	return TEST_OK;
}

ENG_CASE(B9_sync_wait_gives_up_after_five_seconds, ENG_ERRORS)
{
	uint64_t start = test_now_ns();
	dma_cookie_t cookie;

	TEST_CALL(eng_stall(1));
	cookie = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	TEST_CALL(eng_log_begin());
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, cookie), DMA_ERROR);
	TEST_ASSERT(test_now_ns() - start > UINT64_C(4500000000));
	TEST_ASSERT(strstr(eng_log_end(), "dma_sync_wait") != NULL);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_CALL(eng_unstall());
	return eng_wait_complete(cookie);
}

ENG_CASE(B10_out_of_order_is_said, ENG_ANY, .conf.no_order = true)
{
	dma_cookie_t first = eng_submit_copy(eng_dst, eng_src, 64, NULL);
	_Atomic uint32_t calls = 0;
	dma_cookie_t second;

	TEST_ASSERT(dma_has_cap(DMA_COMPLETION_NO_ORDER, eng_chan->device->cap_mask));
	second = eng_submit_copy(eng_dst + 64, eng_src, 64, &calls);
	TEST_ASSERT_EQ(eng_status(first), DMA_OUT_OF_ORDER);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT_EQ(eng_status(first), DMA_OUT_OF_ORDER);
	TEST_ASSERT_EQ(eng_status(second), DMA_OUT_OF_ORDER);
	return TEST_OK;
}

ENG_CASE(B10_in_order_without_the_capability, ENG_ANY)
{
	TEST_ASSERT(!dma_has_cap(DMA_COMPLETION_NO_ORDER, eng_chan->device->cap_mask));
	return TEST_OK;
}

static const struct test_case cookies[] = {
	ENG_TEST(B1_cookies_are_positive_and_increase),
	ENG_TEST(B2_after_INT_MAX_comes_a_positive_cookie),
	ENG_TEST(B3_is_complete_is_right_at_the_wrap),
	ENG_TEST(B3_status_is_right_at_the_wrap),
	ENG_TEST(B4_submitted_but_not_issued_does_nothing),
	ENG_TEST(B5_a_completed_cookie_completes_all_earlier_ones),
	ENG_TEST(B6_last_is_not_after_used),
	ENG_TEST(B7_tx_status_takes_a_null_state),
	ENG_TEST(B8_submit_error_tells_cookies_from_errors),
	ENG_TEST(B9_sync_wait_issues_by_itself),
	ENG_TEST(B10_out_of_order_is_said),
	ENG_TEST(B10_in_order_without_the_capability),
};
ENG_TOPIC(cookies)

static const struct test_case waits[] = {
	ENG_TEST(B9_sync_wait_gives_up_after_five_seconds),
};
ENG_TOPIC_ONLY(waits, "engine_refdma_thread")
