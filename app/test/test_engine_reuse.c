/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, reuse of descriptors: B52 to B54. */

#include <errno.h>
#include <string.h>

#include "test_engine_env.h"

static int
run_once(struct dma_async_tx_descriptor *desc, dma_cookie_t *cookie)
{
	*cookie = dmaengine_submit(desc);
	TEST_ASSERT(*cookie > 0);
	dma_async_issue_pending(eng_chan);
	return eng_wait_complete(*cookie);
}

/* Completed for good: its callback, if any, is over, and it is the client's. */
static int
idle_again(void)
{
	dmaengine_synchronize(eng_chan);
	return TEST_OK;
}

ENG_CASE(B52_a_reusable_descriptor_moves_the_data_again, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 4096, &calls);
	dma_cookie_t cookie, before = 0;
	struct eng_bare bare;

	eng_bare_init(&bare);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(&bare.desc), -EPERM);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(NULL), -EINVAL);
	TEST_ASSERT(eng_chan->device->descriptor_reuse);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
	TEST_ASSERT(dmaengine_desc_test_reuse(desc));
	for (uint32_t i = 0; i < 50; i++) {
		eng_pattern(eng_src, 4096, 100 + i);
		TEST_CALL(run_once(desc, &cookie));
		TEST_CALL(idle_again());
		TEST_ASSERT(cookie > before);
		TEST_ASSERT(memcmp(eng_dst, eng_src, 4096) == 0);
		TEST_ASSERT_EQ(atomic_load(&calls), i + 1);
		before = cookie;
		/* Others come in between. */
		TEST_CALL(eng_usable());
		before++;
	}
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), 0);
	return TEST_OK;
}

ENG_CASE(B52_slave_and_long_lists_can_be_reused, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	struct scatterlist sgl[40];
	dma_cookie_t cookie;

	TEST_CALL(eng_far_config());
	sg_init_table(sgl, RTE_DIM(sgl));
	for (unsigned int i = 0; i < RTE_DIM(sgl); i++)
		sg_set_buf(&sgl[i], eng_src + i * 128, 64);
	TEST_ASSERT(dma_map_sg(eng_chan->device->dev, sgl, RTE_DIM(sgl), DMA_TO_DEVICE) > 0);
	desc = dmaengine_prep_slave_sg(eng_chan, sgl, RTE_DIM(sgl), DMA_MEM_TO_DEV,
				       DMA_CTRL_REUSE);
	TEST_ASSERT(desc != NULL);
	for (unsigned int round = 0; round < 5; round++) {
		eng_pattern(eng_src, 40 * 128, 200 + round);
		TEST_CALL(run_once(desc, &cookie));
		TEST_CALL(eng_far_get(eng_dst, 40 * 64));
		for (unsigned int i = 0; i < RTE_DIM(sgl); i++)
			TEST_ASSERT(memcmp(eng_dst + i * 64, eng_src + i * 128, 64) == 0);
	}
	TEST_CALL(idle_again());
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), 0);
	return TEST_OK;
}

struct again {
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls, failed;
};

static void
submit_again(void *param)
{
	struct again *again = param;

	if (atomic_load(&again->calls) + 1 < 100) {
		if (dmaengine_submit(again->desc) <= 0)
			atomic_fetch_add(&again->failed, 1);
		dma_async_issue_pending(eng_chan);
	}
	atomic_fetch_add(&again->calls, 1);
}

ENG_CASE(B52_a_callback_may_submit_it_again, ENG_ANY)
{
	struct again again = { .desc = eng_copy(eng_dst, eng_src, 256, NULL) };

	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(again.desc), 0);
	again.desc->callback = submit_again;
	again.desc->callback_param = &again;
	TEST_ASSERT(dmaengine_submit(again.desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&again.calls) == 100 || atomic_load(&again.failed) != 0);
	TEST_ASSERT_EQ(atomic_load(&again.failed), 0);
	TEST_CALL(idle_again());
	TEST_ASSERT_EQ(eng_stats().completed, 100);
	TEST_ASSERT_EQ(dmaengine_desc_free(again.desc), 0);
	return TEST_OK;
}

ENG_CASE(B52_a_terminated_one_can_be_submitted_again, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie;

	desc = eng_copy(eng_dst, eng_src, 256, &calls);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
	TEST_CALL(eng_hold());
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_CALL(eng_go());
	dmaengine_synchronize(eng_chan);
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT(eng_untouched(eng_dst, 256));
	TEST_CALL(run_once(desc, &cookie));
	TEST_CALL(idle_again());
	TEST_ASSERT_EQ(atomic_load(&calls), 1);
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), 0);
	return TEST_OK;
}

ENG_CASE(B53_desc_free_without_reuse_is_eperm, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	dma_cookie_t cookie;

	TEST_ASSERT_EQ(dmaengine_desc_free(desc), -EPERM);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
	dmaengine_desc_clear_reuse(desc);
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), -EPERM);
	TEST_ASSERT_EQ(dmaengine_desc_free(NULL), -EINVAL);
	/* It is still good for a transfer. */
	cookie = dmaengine_submit(desc);
	TEST_ASSERT(cookie > 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(memcmp(eng_dst, eng_src, 64) == 0);
	return TEST_OK;
}

ENG_CASE(B53_desc_free_in_flight_is_ebusy, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	dma_cookie_t cookie;

	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
	TEST_CALL(eng_hold());
	cookie = dmaengine_submit(desc);
	TEST_ASSERT(cookie > 0);
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), -EBUSY);
	TEST_ASSERT(dmaengine_desc_test_reuse(desc));
	TEST_CALL(eng_go());
	ENG_WAIT(eng_status(cookie) == DMA_COMPLETE);
	TEST_ASSERT_EQ(dmaengine_desc_free(desc), 0);
	return TEST_OK;
}

/* Who sees the cookie complete has the descriptor: with nothing in between it sets it up anew,
 * submits it, and frees it. Callbacks are those of the submission, however late they run.
 */
ENG_CASE(B53_complete_is_the_clients_at_once, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t first = 0, second = 0;
	dma_cookie_t cookie;

	for (uint32_t i = 0; i < 2000; i++) {
		ENG_WAIT((desc = eng_copy(eng_dst, eng_src, 64, &first)) != NULL);
		TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
		cookie = dmaengine_submit(desc);
		TEST_ASSERT(cookie > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(eng_status(cookie) == DMA_COMPLETE);
		desc->callback_param = &second;
		cookie = dmaengine_submit(desc);
		TEST_ASSERT(cookie > 0);
		dma_async_issue_pending(eng_chan);
		ENG_WAIT(eng_status(cookie) == DMA_COMPLETE);
		TEST_ASSERT_EQ(dmaengine_desc_free(desc), 0);
	}
	ENG_WAIT(atomic_load(&first) == 2000 && atomic_load(&second) == 2000);
	return TEST_OK;
}

ENG_CASE(B54_clear_reuse_and_a_last_submit_free_it, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	/* More often than the pool is large: a leak would show before the final check. */
	for (uint32_t i = 0; i < 3 * ENG_POOL; i++) {
		desc = eng_copy(eng_dst, eng_src, 64, NULL);
		TEST_ASSERT(desc != NULL);
		TEST_ASSERT_EQ(dmaengine_desc_set_reuse(desc), 0);
		TEST_CALL(run_once(desc, &cookie));
		TEST_CALL(idle_again());
		TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL - 1);
		dmaengine_desc_clear_reuse(desc);
		TEST_CALL(run_once(desc, &cookie));
		ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	}
	return TEST_OK;
}

static const struct test_case reuses[] = {
	ENG_TEST(B52_a_reusable_descriptor_moves_the_data_again),
	ENG_TEST(B52_slave_and_long_lists_can_be_reused),
	ENG_TEST(B52_a_callback_may_submit_it_again),
	ENG_TEST(B52_a_terminated_one_can_be_submitted_again),
	ENG_TEST(B53_desc_free_without_reuse_is_eperm),
	ENG_TEST(B53_desc_free_in_flight_is_ebusy),
	ENG_TEST(B53_complete_is_the_clients_at_once),
	ENG_TEST(B54_clear_reuse_and_a_last_submit_free_it),
};
ENG_TOPIC(reuses)
