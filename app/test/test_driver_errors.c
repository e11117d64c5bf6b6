/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Operations that fail: how completed() and completed_status() report them, and that nothing else
 * suffers.
 */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

#define MAX_BYTES (UINT32_C(1) << 30)

static int
wait_idle(void)
{
	enum rte_dma_vchan_status status;

	TEST_WAIT(rte_dma_vchan_status(drv, 0, &status) == 0 && status == RTE_DMA_VCHAN_IDLE,
		  DRV_WAIT_MS);
	return TEST_OK;
}

/* Copies that succeed, but those whose number is in @p bad (by bit) have no source. */
static int
enqueue(unsigned int n, uint64_t bad)
{
	for (unsigned int i = 0; i < n; i++)
		TEST_ASSERT(drv_copy(0, drv_dst + i * 64, bad >> i & 1 ? NULL : drv_src + i, 64,
				     0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	return wait_idle();
}

static int
bad_arguments_are_statuses(void)
{
	const struct {
		const void *src;
		void *dst;
		uint32_t length;
		enum rte_dma_status_code status;
	} bad[] = {
		{ NULL, drv_dst, 64, RTE_DMA_STATUS_INVALID_SRC_ADDR },
		{ drv_src, NULL, 64, RTE_DMA_STATUS_INVALID_DST_ADDR },
		{ drv_src, drv_dst, 0, RTE_DMA_STATUS_INVALID_LENGTH },
		{ drv_src, drv_dst, MAX_BYTES + 1, RTE_DMA_STATUS_INVALID_LENGTH },
		{ drv_src, drv_dst, UINT32_MAX, RTE_DMA_STATUS_INVALID_LENGTH },
		{ NULL, NULL, 0, RTE_DMA_STATUS_INVALID_LENGTH },
	};

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		TEST_ASSERT(drv_copy(0, bad[i].dst, bad[i].src, bad[i].length, 0) >= 0);
		TEST_CALL(drv_expect_one(0, bad[i].status));
		TEST_CALL(drv_usable(0));
	}
	TEST_ASSERT(drv_untouched(drv_dst, DRV_BYTES));
	return drv_expect_stats(0, 12, 12, 6);
}

static int
bad_fills_are_statuses(void)
{
	TEST_CALL(drv_open(NULL));
	rte_dma_fill(drv, 0, 1, 0, 64, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	rte_dma_fill(drv, 0, 1, drv_iova(drv_dst), 0, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	rte_dma_fill(drv, 0, 1, drv_iova(drv_dst), MAX_BYTES + 1, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	TEST_ASSERT(drv_untouched(drv_dst, DRV_BYTES));
	return drv_usable(0);
}

static int
unknown_flags_are_refused(void)
{
	const uint64_t known = RTE_DMA_OP_FLAG_FENCE | RTE_DMA_OP_FLAG_SUBMIT |
			       RTE_DMA_OP_FLAG_LLC;
	struct rte_dma_sge src = { drv_iova(drv_src), 64 }, dst = { drv_iova(drv_dst), 64 };

	TEST_CALL(drv_open(NULL));
	for (unsigned int bit = 4; bit < 64; bit++) {
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_BIT64(bit)), -EINVAL);
		TEST_ASSERT_EQ(rte_dma_fill(drv, 0, 1, drv_iova(drv_dst), 64, RTE_BIT64(bit)),
			       -EINVAL);
		TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, &src, &dst, 1, 1, RTE_BIT64(bit)), -EINVAL);
	}
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	TEST_CALL(drv_settle(0));
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, known), 0);
	return drv_wait(0, 1);
}

static int
completed_stops_before_a_failure(void)
{
	enum rte_dma_status_code status;
	uint16_t last, n;
	bool error;

	TEST_CALL(drv_open(NULL));
	TEST_CALL(enqueue(6, RTE_BIT64(2)));
	n = rte_dma_completed(drv, 0, 6, &last, &error);
	TEST_ASSERT_EQ(n, 2);
	TEST_ASSERT_EQ(last, 1);
	TEST_ASSERT(error);
	for (unsigned int i = 0; i < 5; i++) {
		n = rte_dma_completed(drv, 0, 6, &last, &error);
		TEST_ASSERT_EQ(n, 0);
		TEST_ASSERT_EQ(last, 1);
		TEST_ASSERT(error);
	}
	n = rte_dma_completed_status(drv, 0, 1, &last, &status);
	TEST_ASSERT_EQ(n, 1);
	TEST_ASSERT_EQ(last, 2);
	TEST_ASSERT_EQ(status, RTE_DMA_STATUS_INVALID_SRC_ADDR);
	n = rte_dma_completed(drv, 0, 6, &last, &error);
	TEST_ASSERT_EQ(n, 3);
	TEST_ASSERT_EQ(last, 5);
	TEST_ASSERT(!error);
	for (unsigned int i = 0; i < 6; i++)
		if (i != 2)
			TEST_ASSERT(memcmp(drv_dst + i * 64, drv_src + i, 64) == 0);
	TEST_ASSERT(drv_untouched(drv_dst + 2 * 64, 64));
	return drv_expect_stats(0, 6, 6, 1);
}

static int
failure_beyond_what_is_asked_for_is_not_reported_yet(void)
{
	uint16_t last, n;
	bool error;

	TEST_CALL(drv_open(NULL));
	TEST_CALL(enqueue(6, RTE_BIT64(4)));
	n = rte_dma_completed(drv, 0, 2, &last, &error);
	TEST_ASSERT_EQ(n, 2);
	TEST_ASSERT_EQ(last, 1);
	TEST_ASSERT(!error);
	n = rte_dma_completed(drv, 0, 4, &last, &error);
	TEST_ASSERT_EQ(n, 2);
	TEST_ASSERT_EQ(last, 3);
	TEST_ASSERT(error);
	return TEST_OK;
}

static int
completed_status_goes_across_failures(void)
{
	const uint64_t bad = RTE_BIT64(0) | RTE_BIT64(3) | RTE_BIT64(4) | RTE_BIT64(9);
	enum rte_dma_status_code status[10];
	uint16_t last, n;
	bool error;

	TEST_CALL(drv_open(NULL));
	TEST_CALL(enqueue(10, bad));
	n = rte_dma_completed(drv, 0, 10, &last, &error);
	TEST_ASSERT_EQ(n, 0);
	TEST_ASSERT_EQ(last, UINT16_MAX);
	TEST_ASSERT(error);
	n = rte_dma_completed_status(drv, 0, 4, &last, status);
	TEST_ASSERT_EQ(n, 4);
	TEST_ASSERT_EQ(last, 3);
	n = rte_dma_completed_status(drv, 0, 10, &last, status + 4);
	TEST_ASSERT_EQ(n, 6);
	TEST_ASSERT_EQ(last, 9);
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(status[i], bad >> i & 1 ? RTE_DMA_STATUS_INVALID_SRC_ADDR :
							 RTE_DMA_STATUS_SUCCESSFUL);
	TEST_CALL(drv_expect_stats(0, 10, 10, 4));
	return drv_usable(0);
}

static int
ring_full_of_failures(void)
{
	enum rte_dma_status_code status[64];

	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 5; round++) {
		TEST_CALL(enqueue(64, UINT64_MAX));
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), -ENOSPC);
		TEST_CALL(drv_wait_status(0, 64, status));
		for (unsigned int i = 0; i < 64; i++)
			TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_INVALID_SRC_ADDR);
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
		/* Entries of an earlier lap are not taken for new failures. */
		TEST_CALL(enqueue(64, 0));
		TEST_CALL(drv_wait(0, 64));
	}
	return drv_expect_stats(0, 640, 640, 320);
}

/* Every code of the specification's section 6 and what it is in the dmadev API. */
static int
every_code_has_its_status(void)
{
	static const enum rte_dma_status_code expected[] = {
		[1] = RTE_DMA_STATUS_USER_ABORT,
		[2] = RTE_DMA_STATUS_NOT_ATTEMPTED,
		[3] = RTE_DMA_STATUS_INVALID_SRC_ADDR,
		[4] = RTE_DMA_STATUS_INVALID_DST_ADDR,
		[5] = RTE_DMA_STATUS_INVALID_ADDR,
		[6] = RTE_DMA_STATUS_INVALID_LENGTH,
		[7] = RTE_DMA_STATUS_INVALID_LENGTH,
		[8] = RTE_DMA_STATUS_INVALID_LENGTH,
		[9] = RTE_DMA_STATUS_INVALID_OPCODE,
		[10] = RTE_DMA_STATUS_INVALID_OPCODE,
		[11] = RTE_DMA_STATUS_INVALID_OPCODE,
		[12] = RTE_DMA_STATUS_BUS_READ_ERROR,
		[13] = RTE_DMA_STATUS_BUS_WRITE_ERROR,
		[14] = RTE_DMA_STATUS_BUS_ERROR,
		[15] = RTE_DMA_STATUS_DATA_POISION,
		[16] = RTE_DMA_STATUS_DESCRIPTOR_READ_ERROR,
		[17] = RTE_DMA_STATUS_DEV_LINK_ERROR,
		[18] = RTE_DMA_STATUS_PAGE_FAULT,
		[19] = RTE_DMA_STATUS_INVALID_ADDR,
		[20] = RTE_DMA_STATUS_INVALID_LENGTH,
		[21] = RTE_DMA_STATUS_INVALID_LENGTH,
		[22] = RTE_DMA_STATUS_INVALID_LENGTH,
		[23] = RTE_DMA_STATUS_ERROR_UNKNOWN,
		[24] = RTE_DMA_STATUS_ERROR_UNKNOWN,
		[25] = RTE_DMA_STATUS_ERROR_UNKNOWN,
		[26] = RTE_DMA_STATUS_ERROR_UNKNOWN,
		[27] = RTE_DMA_STATUS_ERROR_UNKNOWN,
	};
	struct rte_pmd_refdma_result result;
	uint16_t last;
	bool error;
	int idx;

	TEST_CALL(drv_open(NULL));
	for (unsigned int code = 1; code < RTE_DIM(expected); code++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_FAIL, 1, code),
			       0);
		idx = drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT);
		TEST_ASSERT(idx >= 0);
		TEST_CALL(wait_idle());
		TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, &last, &error), 0);
		TEST_ASSERT(error);
		TEST_CALL(drv_expect_one(0, expected[code]));
		TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, idx, &result), 0);
		TEST_ASSERT_EQ(result.code, code);
		TEST_ASSERT_EQ(result.status, expected[code]);
		TEST_ASSERT_EQ(result.bytes, 0);
		TEST_ASSERT(drv_untouched(drv_dst, 64));
		TEST_CALL(drv_usable(0));
	}
	return TEST_OK;
}

static int
failed_lists_free_their_slots(void)
{
	struct rte_dma_sge src[8], dst[8];
	enum rte_dma_status_code status[3];

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 8; i++) {
		src[i] = (struct rte_dma_sge){ drv_iova(drv_src), 8 };
		dst[i] = (struct rte_dma_sge){ drv_iova(drv_dst), 8 };
	}
	src[5].addr = 0;
	for (unsigned int round = 0; round < 20; round++) {
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 8, 0) >= 0);
		TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, 8, 8, 0) >= 0);
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 8, 0) >= 0);
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64 - 11);
		rte_dma_submit(drv, 0);
		TEST_CALL(drv_wait_status(0, 3, status));
		TEST_ASSERT_EQ(status[0], RTE_DMA_STATUS_SUCCESSFUL);
		TEST_ASSERT_EQ(status[1], RTE_DMA_STATUS_INVALID_SRC_ADDR);
		TEST_ASSERT_EQ(status[2], RTE_DMA_STATUS_SUCCESSFUL);
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	}
	return TEST_OK;
}

static int
failures_on_one_vchan_leave_the_other_alone(void)
{
	enum rte_dma_status_code status[32];

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	for (unsigned int i = 0; i < 32; i++) {
		TEST_ASSERT(drv_copy(0, NULL, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_ASSERT(drv_copy(1, drv_dst + i * 64, drv_src + i * 64, 64,
				     RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	}
	TEST_CALL(drv_wait(1, 32));
	TEST_CALL(drv_wait_status(0, 32, status));
	for (unsigned int i = 0; i < 32; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_INVALID_DST_ADDR);
	TEST_ASSERT(memcmp(drv_dst, drv_src, 32 * 64) == 0);
	TEST_CALL(drv_expect_stats(0, 32, 32, 32));
	TEST_CALL(drv_expect_stats(1, 32, 32, 0));
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, 64, 64, 32);
}

static const struct test_case cases[] = {
	{ "bad_arguments_are_statuses", bad_arguments_are_statuses },
	{ "bad_fills_are_statuses", bad_fills_are_statuses },
	{ "unknown_flags_are_refused", unknown_flags_are_refused },
	{ "completed_stops_before_a_failure", completed_stops_before_a_failure },
	{ "failure_beyond_what_is_asked_for_is_not_reported_yet",
	  failure_beyond_what_is_asked_for_is_not_reported_yet },
	{ "completed_status_goes_across_failures", completed_status_goes_across_failures },
	{ "ring_full_of_failures", ring_full_of_failures },
	{ "every_code_has_its_status", every_code_has_its_status },
	{ "failed_lists_free_their_slots", failed_lists_free_their_slots },
	{ "failures_on_one_vchan_leave_the_other_alone",
	  failures_on_one_vchan_leave_the_other_alone },
};

DRIVER_SUITES(errors, cases)
DRIVER_SUITE_SOCKET(errors, cases)
