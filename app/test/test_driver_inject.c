/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Injected errors: what the driver makes of a device that misbehaves, and the way out of it. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

#define CODE_BUS	14

static int
inject(enum rte_pmd_refdma_inject what, uint32_t count, uint8_t code)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, what, count, code), 0);
	return TEST_OK;
}

/* @p n copies of 64 bytes in one go. */
static int
send_copies(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		TEST_ASSERT(drv_copy(0, drv_dst + i * 64, drv_src + i * 64, 64, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	return TEST_OK;
}

static int
expect_vchan_status(enum rte_dma_vchan_status status)
{
	enum rte_dma_vchan_status seen;

	TEST_WAIT(rte_dma_vchan_status(drv, 0, &seen) == 0 && seen == status, DRV_WAIT_MS);
	return TEST_OK;
}

static int
restart(void)
{
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return drv_usable(0);
}

static int
wrong_injections_are_refused(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 1, RTE_PMD_REFDMA_INJECT_FAIL, 1, 3), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, 99, 1, 3), -EINVAL);
	return drv_usable(0);
}

static int
fail_hits_the_nth_operation(void)
{
	enum rte_dma_status_code status[10];

	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_FAIL, 4, CODE_BUS));
	TEST_CALL(send_copies(10));
	TEST_CALL(drv_wait_status(0, 10, status));
	for (unsigned int i = 0; i < 10; i++) {
		TEST_ASSERT_EQ(status[i], i == 3 ? RTE_DMA_STATUS_BUS_ERROR :
						   RTE_DMA_STATUS_SUCCESSFUL);
		TEST_ASSERT(i == 3 ? drv_untouched(drv_dst + 192, 64) :
				     memcmp(drv_dst + i * 64, drv_src + i * 64, 64) == 0);
	}
	return drv_expect_stats(0, 10, 10, 1);
}

static int
disarmed_error_does_not_happen(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_FAIL, 1, CODE_BUS));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_NONE, 0, 0));
	TEST_CALL(send_copies(5));
	return drv_wait(0, 5);
}

static int
stalled_queue_goes_on_when_disarmed(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_STALL, 3, 0));
	TEST_CALL(send_copies(6));
	TEST_CALL(drv_wait(0, 2));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 6, NULL, NULL), 0);
	TEST_ASSERT(drv_untouched(drv_dst + 128, 256));
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_ACTIVE));
	/* A command tells the engine that nobody looks at the memory any more. */
	TEST_CALL(drv_settle(0));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_NONE, 0, 0));
	TEST_CALL(drv_wait(0, 4));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 6 * 64) == 0);
	return TEST_OK;
}

static int
stalled_queue_can_be_stopped(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_STALL, 1, 0));
	TEST_CALL(send_copies(6));
	TEST_CALL(restart());
	TEST_ASSERT(drv_untouched(drv_dst, 6 * 64));
	return drv_expect_stats(0, 7, 7, 6);
}

static int
halted_queue_recovers_by_abort(void)
{
	enum rte_dma_status_code status[4];

	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_HALT, 3, CODE_BUS));
	TEST_CALL(send_copies(6));
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_HALTED_ERROR));
	TEST_CALL(drv_wait(0, 2));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 6, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 4, status));
	for (unsigned int i = 0; i < 4; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_IDLE));
	TEST_ASSERT(drv_untouched(drv_dst + 128, 256));
	return drv_usable(0);
}

static int
halted_queue_recovers_by_restart(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_HALT, 1, CODE_BUS));
	TEST_CALL(send_copies(3));
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_HALTED_ERROR));
	return restart();
}

/* All @p n outstanding operations end with @p status, and then the queue is dead. */
static int
expect_dead(uint32_t n, enum rte_dma_status_code status)
{
	enum rte_dma_status_code seen[64];
	bool error = false;

	TEST_WAIT((rte_dma_completed(drv, 0, 64, NULL, &error), error), DRV_WAIT_MS);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 64, NULL, &error), 0);
	TEST_ASSERT(error);
	TEST_CALL(drv_wait_status(0, n, seen));
	for (uint32_t i = 0; i < n; i++)
		TEST_ASSERT_EQ(seen[i], status);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 64, NULL, &error), 0);
	TEST_ASSERT(!error);
	TEST_ASSERT_EQ(rte_dma_completed_status(drv, 0, 64, NULL, seen), 0);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, 0, 0), -EIO);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), -EIO);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), -EIO);
	return expect_vchan_status(RTE_DMA_VCHAN_HALTED_ERROR);
}

static int
garbage_in_the_completion_line_fails_the_queue(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 3; round++) {
		TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_CORRUPT, 1, 0));
		TEST_CALL(send_copies(5));
		TEST_CALL(expect_dead(5, RTE_DMA_STATUS_ERROR_UNKNOWN));
		TEST_CALL(restart());
		TEST_CALL(drv_expect_stats(0, 6 * (round + 1), 6 * (round + 1), 5 * (round + 1)));
	}
	return TEST_OK;
}

static int
garbage_on_one_vchan_leaves_the_other_alone(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_CORRUPT, 1, 0));
	TEST_CALL(send_copies(5));
	TEST_CALL(expect_dead(5, RTE_DMA_STATUS_ERROR_UNKNOWN));
	return drv_usable(1);
}

static int
lost_doorbell_is_made_good_by_the_next(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_DROP_DOORBELL, 1, 0));
	TEST_CALL(send_copies(3));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 3, NULL, NULL), 0);
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_ACTIVE));
	TEST_ASSERT_EQ(drv_copy(0, drv_dst + 192, drv_src + 192, 64, RTE_DMA_OP_FLAG_SUBMIT), 3);
	TEST_CALL(drv_wait(0, 4));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 256) == 0);
	return TEST_OK;
}

static int
lost_doorbell_is_made_good_by_abort(void)
{
	enum rte_dma_status_code status[3];

	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_DROP_DOORBELL, 1, 0));
	TEST_CALL(send_copies(3));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 3, status));
	for (unsigned int i = 0; i < 3; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_NOT_ATTEMPTED);
	return drv_usable(0);
}

/* Control calls on a device that has gone. */
static int
expect_gone(void)
{
	struct rte_pmd_refdma_port_conf conf = { 0 };
	struct rte_pmd_refdma_port port;
	struct rte_dma_info info;
	uint32_t left;
	uint16_t idx;

	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &conf), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_residue(drv, 0, &idx, &left), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_FAIL, 1, 3), -EIO);
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(rte_dma_dump(drv, stderr), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), -EIO);
	return TEST_OK;
}

static int
removed_with_work_outstanding(void)
{
	TEST_CALL(drv_open(NULL));
	/* So that something is outstanding for certain. */
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_STALL, 1, 0));
	TEST_CALL(send_copies(20));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_REMOVE, 0, 0));
	TEST_CALL(expect_dead(20, RTE_DMA_STATUS_DEV_LINK_ERROR));
	TEST_CALL(drv_expect_stats(0, 20, 20, 20));
	TEST_CALL(expect_gone());
	TEST_ASSERT(drv_untouched(drv_dst, 20 * 64));
	TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static int
work_enqueued_after_the_removal_ends_too(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_REMOVE, 0, 0));
	TEST_CALL(send_copies(20));
	TEST_CALL(expect_dead(20, RTE_DMA_STATUS_DEV_LINK_ERROR));
	TEST_ASSERT(drv_untouched(drv_dst, 20 * 64));
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static int
removal_is_noticed_by_the_control_path(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(inject(RTE_PMD_REFDMA_INJECT_REMOVE, 0, 0));
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 1), -EIO);
	return expect_gone();
}

static const struct test_case cases[] = {
	{ "wrong_injections_are_refused", wrong_injections_are_refused },
	{ "fail_hits_the_nth_operation", fail_hits_the_nth_operation },
	{ "disarmed_error_does_not_happen", disarmed_error_does_not_happen },
	{ "stalled_queue_goes_on_when_disarmed", stalled_queue_goes_on_when_disarmed },
	{ "stalled_queue_can_be_stopped", stalled_queue_can_be_stopped },
	{ "halted_queue_recovers_by_abort", halted_queue_recovers_by_abort },
	{ "halted_queue_recovers_by_restart", halted_queue_recovers_by_restart },
	{ "garbage_in_the_completion_line_fails_the_queue",
	  garbage_in_the_completion_line_fails_the_queue },
	{ "garbage_on_one_vchan_leaves_the_other_alone",
	  garbage_on_one_vchan_leaves_the_other_alone },
	{ "lost_doorbell_is_made_good_by_the_next", lost_doorbell_is_made_good_by_the_next },
	{ "lost_doorbell_is_made_good_by_abort", lost_doorbell_is_made_good_by_abort },
	{ "removed_with_work_outstanding", removed_with_work_outstanding },
	{ "work_enqueued_after_the_removal_ends_too", work_enqueued_after_the_removal_ends_too },
	{ "removal_is_noticed_by_the_control_path", removal_is_noticed_by_the_control_path },
};

DRIVER_SUITES(inject, cases)
DRIVER_SUITE_SOCKET(inject, cases)
