/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Pause, resume, abort, residue, halting at errors. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

#define TO_PORT		RTE_PMD_REFDMA_SLAVE_TO_PORT
#define CYCLIC		RTE_PMD_REFDMA_SLAVE_CYCLIC
#define RESULT		RTE_PMD_REFDMA_RESULT
#define SUBMIT		RTE_PMD_REFDMA_SUBMIT

#define FIFO_BYTES	65536u
#define LONG_BYTES	(2 * FIFO_BYTES)

static int
slave(uint16_t vchan, uint32_t flags, void *buf, uint32_t length)
{
	struct rte_dma_sge sge = { drv_iova(buf), length };
	struct rte_pmd_refdma_slave xfer = {
		.flags = flags | SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge,
		.nb_sge = 1,
	};

	TEST_ASSERT(rte_pmd_refdma_slave(drv, vchan, &xfer) >= 0);
	return TEST_OK;
}

static int
expect_residue(uint16_t vchan, uint16_t idx, uint32_t left)
{
	uint16_t seen_idx = 0;
	uint32_t seen = 0;

	TEST_WAIT(rte_dma_completed(drv, vchan, 1, NULL, NULL) == 0 &&
		  rte_pmd_refdma_residue(drv, vchan, &seen_idx, &seen) == 0 &&
		  seen_idx == idx && seen == left, DRV_WAIT_MS);
	return TEST_OK;
}

/* vchan 0 sends twice what the port holds, and stands in the middle. */
static int
open_with_sender_half_way(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, TO_PORT | RESULT, drv_src, LONG_BYTES));
	return expect_residue(0, 0, FIFO_BYTES);
}

static int
pause_loses_and_doubles_nothing(void)
{
	struct rte_pmd_refdma_port port;
	uint32_t left;
	uint16_t idx;

	TEST_CALL(open_with_sender_half_way());
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	/* There is room again, but a paused queue does not use it. */
	TEST_CALL(slave(1, 0, drv_dst, FIFO_BYTES / 2));
	TEST_CALL(drv_wait(1, 1));
	TEST_CALL(drv_settle(1));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, FIFO_BYTES);
	for (unsigned int i = 0; i < 100; i++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_residue(drv, 0, &idx, &left), 0);
		TEST_ASSERT_EQ(idx, 0);
		TEST_ASSERT_EQ(left, FIFO_BYTES);
	}
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), 0);
	TEST_CALL(slave(1, 0, drv_dst + FIFO_BYTES / 2, LONG_BYTES - FIFO_BYTES / 2));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, LONG_BYTES) == 0);
	return TEST_OK;
}

/* Pause and resume again and again while data flows: every byte arrives once. */
static int
pauses_in_a_flow(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	for (unsigned int round = 0; round < 20; round++) {
		drv_wipe();
		TEST_CALL(slave(0, TO_PORT, drv_src, LONG_BYTES));
		TEST_CALL(slave(1, 0, drv_dst, LONG_BYTES));
		for (unsigned int i = 0; i < 10; i++) {
			TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, i % 2), 0);
			TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, i % 2), 0);
		}
		TEST_CALL(drv_wait(0, 1));
		TEST_CALL(drv_wait(1, 1));
		TEST_ASSERT(memcmp(drv_dst, drv_src, LONG_BYTES) == 0);
	}
	return TEST_OK;
}

static int
paused_queue_keeps_what_comes(void)
{
	enum rte_dma_vchan_status status;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	for (unsigned int i = 0; i < 64; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + 64 * i, drv_src + 64 * i, 64,
					RTE_DMA_OP_FLAG_SUBMIT), i);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), -ENOSPC);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 64, NULL, NULL), 0);
	TEST_ASSERT(drv_untouched(drv_dst, 64 * 64));
	TEST_ASSERT_EQ(rte_dma_vchan_status(drv, 0, &status), 0);
	TEST_ASSERT_EQ(status, RTE_DMA_VCHAN_ACTIVE);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), -EINVAL);
	TEST_CALL(drv_wait(0, 64));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 64 * 64) == 0);
	return TEST_OK;
}

static int
pause_is_for_one_vchan(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_CALL(drv_usable(1));
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), 0);
	return drv_usable(0);
}

static int
restart_ends_a_pause(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return drv_usable(0);
}

static int
abort_reports_every_operation(void)
{
	enum rte_dma_status_code status[10];
	struct rte_pmd_refdma_result result;
	struct rte_pmd_refdma_port port;

	TEST_CALL(open_with_sender_half_way());
	for (unsigned int i = 1; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 10, status));
	TEST_ASSERT_EQ(status[0], RTE_DMA_STATUS_USER_ABORT);
	for (unsigned int i = 1; i < 10; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, 0, &result), 0);
	TEST_ASSERT_EQ(result.bytes, FIFO_BYTES);
	TEST_ASSERT_EQ(result.status, RTE_DMA_STATUS_USER_ABORT);
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	TEST_CALL(drv_expect_stats(0, 10, 10, 10));
	/* What had gone to the port is there, and the queue runs again. */
	TEST_CALL(slave(1, 0, drv_dst, FIFO_BYTES));
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, FIFO_BYTES) == 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, FIFO_BYTES);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return drv_usable(0);
}

static int
abort_ends_a_pause(void)
{
	enum rte_dma_status_code status;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);	/* nothing to do */
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 1, &status));
	TEST_ASSERT_EQ(status, RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	return drv_usable(0);
}

static int
abort_leaves_what_was_not_submitted(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 64) == 0);
	return TEST_OK;
}

static int
residue_follows_the_operations(void)
{
	uint32_t left;
	uint16_t idx;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_ASSERT_EQ(rte_pmd_refdma_residue(drv, 0, NULL, &left), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_residue(drv, 0, &idx, NULL), -EINVAL);
	TEST_CALL(expect_residue(0, 0, 0));
	for (unsigned int i = 0; i < 3; i++)
		TEST_CALL(drv_usable(0));
	TEST_CALL(expect_residue(0, 3, 0));
	TEST_CALL(slave(0, 0, drv_dst, 1000));
	TEST_CALL(expect_residue(0, 3, 1000));
	TEST_CALL(slave(1, TO_PORT, drv_src, 640));
	TEST_CALL(drv_wait(1, 1));
	TEST_CALL(expect_residue(0, 3, 360));
	TEST_CALL(slave(1, TO_PORT, drv_src + 640, 360));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(expect_residue(0, 4, 0));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 1000) == 0);
	return TEST_OK;
}

static int
residue_of_a_repeating_transfer_is_of_its_lap(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, CYCLIC, drv_dst, 1024));
	TEST_CALL(expect_residue(0, 0, 1024));
	TEST_CALL(slave(1, TO_PORT, drv_src, 1024 + 256));
	TEST_CALL(expect_residue(0, 0, 1024 - 256));
	TEST_CALL(slave(1, TO_PORT, drv_src, 1024 - 256));
	return expect_residue(0, 0, 1024);
}

static int
expect_vchan_status(enum rte_dma_vchan_status status)
{
	enum rte_dma_vchan_status seen;

	TEST_WAIT(rte_dma_vchan_status(drv, 0, &seen) == 0 && seen == status, DRV_WAIT_MS);
	return TEST_OK;
}

static int
halt_on_error_stops_at_the_failure(void)
{
	enum rte_dma_status_code status[5];
	bool error;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_halt_on_error(drv, drv_queues(), true), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_halt_on_error(drv, 0, true), 0);
	/* Not before the next start. */
	drv_copy(0, drv_dst, NULL, 64, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	for (unsigned int i = 0; i < 5; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + 64 * i, i == 2 ? NULL : drv_src, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_HALTED_ERROR));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 5, NULL, &error), 2);
	TEST_ASSERT(error);
	TEST_CALL(drv_wait_status(0, 1, status));
	TEST_ASSERT_EQ(status[0], RTE_DMA_STATUS_INVALID_SRC_ADDR);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 5, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), -EIO);
	TEST_ASSERT(drv_untouched(drv_dst + 64 * 2, 64 * 3));
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 2, status));
	TEST_ASSERT_EQ(status[0], RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_ASSERT_EQ(status[1], RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_IDLE));
	TEST_ASSERT(drv_untouched(drv_dst + 64 * 2, 64 * 3));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_halt_on_error(drv, 0, false), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	drv_copy(0, drv_dst, NULL, 64, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	return drv_usable(0);
}

static int
restart_recovers_a_halted_queue(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_halt_on_error(drv, 0, true), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	drv_copy(0, drv_dst, NULL, 64, RTE_DMA_OP_FLAG_SUBMIT);
	TEST_CALL(expect_vchan_status(RTE_DMA_VCHAN_HALTED_ERROR));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return drv_usable(0);
}

static const struct test_case cases[] = {
	{ "pause_loses_and_doubles_nothing", pause_loses_and_doubles_nothing },
	{ "pauses_in_a_flow", pauses_in_a_flow },
	{ "paused_queue_keeps_what_comes", paused_queue_keeps_what_comes },
	{ "pause_is_for_one_vchan", pause_is_for_one_vchan },
	{ "restart_ends_a_pause", restart_ends_a_pause },
	{ "abort_reports_every_operation", abort_reports_every_operation },
	{ "abort_ends_a_pause", abort_ends_a_pause },
	{ "abort_leaves_what_was_not_submitted", abort_leaves_what_was_not_submitted },
	{ "residue_follows_the_operations", residue_follows_the_operations },
	{ "residue_of_a_repeating_transfer_is_of_its_lap",
	  residue_of_a_repeating_transfer_is_of_its_lap },
	{ "halt_on_error_stops_at_the_failure", halt_on_error_stops_at_the_failure },
	{ "restart_recovers_a_halted_queue", restart_recovers_a_halted_queue },
};

DRIVER_SUITES(control, cases)
DRIVER_SUITE_SOCKET(control, cases)
