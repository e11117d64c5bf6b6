/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The ring as rte_dmadev.h describes it: indices, submission, capacity, completion. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

static int
nothing_happens_before_submit(void)
{
	enum rte_dma_vchan_status status;

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 5; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + i * 64, drv_src, 64, 0), i);
	TEST_CALL(drv_settle(0));
	TEST_ASSERT(drv_untouched(drv_dst, 512));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 5, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_dma_vchan_status(drv, 0, &status), 0);
	TEST_ASSERT_EQ(status, RTE_DMA_VCHAN_IDLE);
	TEST_CALL(drv_expect_stats(0, 0, 0, 0));
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(drv_wait(0, 5));
	TEST_ASSERT(memcmp(drv_dst + 4 * 64, drv_src, 64) == 0);
	return drv_expect_stats(0, 5, 5, 0);
}

static int
submit_flag_submits_all_before(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), 0);
	TEST_ASSERT_EQ(rte_dma_fill(drv, 0, 0, drv_iova(drv_dst + 64), 64, 0), 1);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst + 128, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), 2);
	TEST_CALL(drv_wait(0, 3));
	TEST_ASSERT_EQ(rte_dma_fill(drv, 0, 0, drv_iova(drv_dst), 64, RTE_DMA_OP_FLAG_SUBMIT), 3);
	TEST_CALL(drv_wait(0, 1));
	return drv_expect_stats(0, 4, 4, 0);
}

static int
submit_of_nothing_does_nothing(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 3; i++)
		TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_CALL(drv_expect_stats(0, 0, 0, 0));
	return drv_usable(0);
}

static int
indices_start_at_0_after_each_start(void)
{
	uint16_t last;

	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 4; round++) {
		for (unsigned int i = 0; i < 10 + round; i++)
			TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), i);
		rte_dma_submit(drv, 0);
		TEST_WAIT(rte_dma_completed(drv, 0, 1, &last, NULL) == 1, DRV_WAIT_MS);
		TEST_ASSERT_EQ(last, 0);
		TEST_CALL(drv_wait(0, 9 + round));
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	}
	return TEST_OK;
}

/* Bursts of @p burst until @p total operations are done; indices count modulo 65536. */
static int
run_bursts(uint32_t total, uint32_t burst)
{
	uint32_t enqueued = 0, done = 0;
	bool error = false;
	uint16_t last, n;

	while (done < total) {
		for (uint32_t i = 0; i < burst && enqueued < total; i++, enqueued++)
			TEST_ASSERT_EQ(drv_copy(0, drv_dst + enqueued % 4096 * 32,
						drv_src + enqueued % 8192, 32, 0),
				       (uint16_t)enqueued);
		TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
		while (done < enqueued) {
			TEST_WAIT((n = rte_dma_completed(drv, 0, 64, &last, &error)) != 0 || error,
				  DRV_WAIT_MS);
			done += n;
			TEST_ASSERT(!error);
			TEST_ASSERT_EQ(last, (uint16_t)(done - 1));
		}
	}
	return TEST_OK;
}

static int
indices_wrap_at_65536(void)
{
	uint32_t total = 3 * 65536 + 100;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = 256 }));
	TEST_CALL(run_bursts(total, 50));
	for (uint32_t i = total - 4096; i < total; i++)
		TEST_ASSERT(memcmp(drv_dst + i % 4096 * 32, drv_src + i % 8192, 32) == 0);
	return drv_expect_stats(0, total, total, 0);
}

static int
every_ring_size_wraps(void)
{
	for (uint32_t size = 64; size <= 32768; size *= 2) {
		TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = size }));
		TEST_CALL(run_bursts(2 * size + size / 2 + 3, size));
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), size);
		TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	}
	return TEST_OK;
}

static int
full_ring_refuses_and_recovers(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 5; round++) {
		for (unsigned int i = 0; i < 64; i++)
			TEST_ASSERT(drv_copy(0, drv_dst + i * 64, drv_src + i, 64, 0) >= 0);
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), -ENOSPC);
		TEST_ASSERT_EQ(rte_dma_fill(drv, 0, 0, drv_iova(drv_dst), 64, 0), -ENOSPC);
		/* What was refused left nothing behind. */
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), -ENOSPC);
		TEST_CALL(drv_settle(0));
		TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 64, NULL, NULL), 0);
		TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
		TEST_WAIT(rte_dma_completed(drv, 0, 1, NULL, NULL) == 1, DRV_WAIT_MS);
		/* One has been handed over: at least one more fits. */
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 64));
		for (unsigned int i = 1; i < 64; i++)
			TEST_ASSERT(memcmp(drv_dst + i * 64, drv_src + i, 64) == 0);
	}
	return drv_expect_stats(0, 5 * 65, 5 * 65, 0);
}

static int
capacity_counts_copies(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = 128 }));
	for (unsigned int round = 0; round < 7; round++) {
		for (unsigned int i = 0; i < 100; i++) {
			TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 128 - i);
			TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 8, 0) >= 0);
		}
		rte_dma_submit(drv, 0);
		TEST_CALL(drv_wait(0, 100));
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 128);
	}
	return TEST_OK;
}

static int
completed_hands_over_what_is_asked_for(void)
{
	enum rte_dma_vchan_status status;
	uint16_t last, n;

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 20; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), i);
	rte_dma_submit(drv, 0);
	/* IDLE: all is done although nothing has been collected. */
	TEST_WAIT(rte_dma_vchan_status(drv, 0, &status) == 0 && status == RTE_DMA_VCHAN_IDLE,
		  DRV_WAIT_MS);
	n = rte_dma_completed(drv, 0, 7, &last, NULL);
	TEST_ASSERT_EQ(n, 7);
	TEST_ASSERT_EQ(last, 6);
	n = rte_dma_completed(drv, 0, 1, &last, NULL);
	TEST_ASSERT_EQ(n, 1);
	TEST_ASSERT_EQ(last, 7);
	n = rte_dma_completed(drv, 0, 100, &last, NULL);
	TEST_ASSERT_EQ(n, 12);
	TEST_ASSERT_EQ(last, 19);
	/* With nothing new the index stays. */
	n = rte_dma_completed(drv, 0, 100, &last, NULL);
	TEST_ASSERT_EQ(n, 0);
	TEST_ASSERT_EQ(last, 19);
	return TEST_OK;
}

static int
completed_status_of_successes(void)
{
	enum rte_dma_status_code status[32];
	enum rte_dma_vchan_status vchan;
	uint16_t last, n;

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 20; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), i);
	rte_dma_submit(drv, 0);
	TEST_WAIT(rte_dma_vchan_status(drv, 0, &vchan) == 0 && vchan == RTE_DMA_VCHAN_IDLE,
		  DRV_WAIT_MS);
	memset(status, 0xff, sizeof(status));
	n = rte_dma_completed_status(drv, 0, 15, &last, status);
	TEST_ASSERT_EQ(n, 15);
	TEST_ASSERT_EQ(last, 14);
	n = rte_dma_completed_status(drv, 0, 32, &last, status + 15);
	TEST_ASSERT_EQ(n, 5);
	TEST_ASSERT_EQ(last, 19);
	for (unsigned int i = 0; i < 20; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_SUCCESSFUL);
	return TEST_OK;
}

static int
vchans_have_indices_of_their_own(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	for (unsigned int i = 0; i < 30; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + i * 64, drv_src + i * 64, 64, 0), i);
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(1, drv_dst + 8192 + i * 64, drv_src + i, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 34);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 1), 54);
	rte_dma_submit(drv, 1);
	TEST_CALL(drv_wait(1, 10));
	TEST_ASSERT(drv_untouched(drv_dst, 8192));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 64, NULL, NULL), 0);
	rte_dma_submit(drv, 0);
	TEST_CALL(drv_wait(0, 30));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 30 * 64) == 0);
	TEST_CALL(drv_expect_stats(0, 30, 30, 0));
	TEST_CALL(drv_expect_stats(1, 10, 10, 0));
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, 40, 40, 0);
}

static const struct test_case cases[] = {
	{ "nothing_happens_before_submit", nothing_happens_before_submit },
	{ "submit_flag_submits_all_before", submit_flag_submits_all_before },
	{ "submit_of_nothing_does_nothing", submit_of_nothing_does_nothing },
	{ "indices_start_at_0_after_each_start", indices_start_at_0_after_each_start },
	{ "indices_wrap_at_65536", indices_wrap_at_65536 },
	{ "every_ring_size_wraps", every_ring_size_wraps },
	{ "full_ring_refuses_and_recovers", full_ring_refuses_and_recovers },
	{ "capacity_counts_copies", capacity_counts_copies },
	{ "completed_hands_over_what_is_asked_for", completed_hands_over_what_is_asked_for },
	{ "completed_status_of_successes", completed_status_of_successes },
	{ "vchans_have_indices_of_their_own", vchans_have_indices_of_their_own },
};

DRIVER_SUITES(ring, cases)
DRIVER_SUITE_SOCKET(ring, cases)
