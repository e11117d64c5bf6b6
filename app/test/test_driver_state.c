/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Life of a device: calls in the right order, in the wrong one, and twice. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

/* All data-path calls of a vchan that cannot work now. */
static int
data_path_says(uint16_t vchan, int error)
{
	struct rte_dma_sge src = { drv_iova(drv_src), 8 }, dst = { drv_iova(drv_dst), 8 };
	enum rte_dma_status_code status;

	TEST_ASSERT_EQ(drv_copy(vchan, drv_dst, drv_src, 8, 0), error);
	TEST_ASSERT_EQ(drv_copy(vchan, drv_dst, drv_src, 8, RTE_DMA_OP_FLAG_SUBMIT), error);
	TEST_ASSERT_EQ(rte_dma_fill(drv, vchan, 0, drv_iova(drv_dst), 8, 0), error);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, vchan, &src, &dst, 1, 1, 0), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, vchan, 0), error);
	TEST_ASSERT_EQ(rte_dma_submit(drv, vchan), error);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, vchan), 0);
	TEST_ASSERT_EQ(rte_dma_completed(drv, vchan, 8, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_dma_completed_status(drv, vchan, 1, NULL, &status), 0);
	return TEST_OK;
}

static int
control_path_says(uint16_t vchan, int error)
{
	uint32_t left;
	uint16_t idx;

	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, vchan), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, vchan), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, vchan), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_residue(drv, vchan, &idx, &left), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, vchan, RTE_PMD_REFDMA_INJECT_FAIL, 1, 3), error);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, vchan), error);
	return TEST_OK;
}

static int
vchan_not_set_up_is_invalid(void)
{
	struct rte_dma_stats stats;

	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_CALL(data_path_says(0, -EINVAL));
	TEST_CALL(control_path_says(0, -EINVAL));
	TEST_CALL(control_path_says(7, -EINVAL));
	TEST_CALL(control_path_says(UINT16_MAX, -EINVAL));
	TEST_ASSERT_EQ(drv_configure(drv, 2, false), 0);
	TEST_CALL(data_path_says(1, -EINVAL));
	TEST_ASSERT_EQ(rte_dma_stats_get(drv, 1, &stats), 0);
	TEST_ASSERT_EQ(stats.submitted, 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(drv, 0), -EINVAL);
	return TEST_OK;
}

static int
stopped_vchan_is_busy(void)
{
	enum rte_dma_vchan_status status;

	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	TEST_CALL(data_path_says(0, -EBUSY));
	TEST_CALL(control_path_says(0, -EBUSY));
	TEST_ASSERT_EQ(rte_dma_vchan_status(drv, 0, &status), 0);
	TEST_ASSERT_EQ(status, RTE_DMA_VCHAN_IDLE);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_CALL(data_path_says(0, -EBUSY));
	TEST_CALL(control_path_says(0, -EBUSY));
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_expect_stats(0, 1, 1, 0));
	return drv_usable(0);
}

static int
start_needs_every_vchan(void)
{
	const char *log;

	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), -EINVAL);
	TEST_ASSERT_EQ(drv_configure(drv, 2, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	TEST_CALL(drv_log_begin());
	TEST_ASSERT_EQ(rte_dma_start(drv), -EINVAL);
	log = drv_log_end();
	TEST_ASSERT(strstr(log, "vchan 1 of 2 is not set up") != NULL);
	TEST_CALL(data_path_says(0, -EBUSY));
	TEST_ASSERT_EQ(drv_vchan(drv, 2, RTE_DMA_DIR_MEM_TO_MEM, 64), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 1, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	return drv_usable(1);
}

static int
wrong_configurations_are_refused(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), -EBUSY);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 128), -EBUSY);
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(drv_configure(drv, 0, false), -EINVAL);
	TEST_ASSERT_EQ(drv_configure(drv, drv_queues() + 1, false), -EINVAL);
	TEST_ASSERT_EQ(drv_configure(drv, 1, true), -EINVAL);	/* silent was not advertised */
	/* The refused ones changed nothing. */
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_expect_stats(0, 1, 1, 0));
	return drv_usable(0);
}

static int
start_and_stop_twice(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	/* The second start did not disturb what was enqueued. */
	TEST_ASSERT_EQ(drv_copy(0, drv_dst + 64, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), 1);
	TEST_CALL(drv_wait(0, 2));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	return drv_expect_stats(0, 3, 3, 0);
}

static int
close_needs_a_stopped_device(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_close(drv), -EBUSY);
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	TEST_ASSERT(!rte_dma_is_valid(drv));
	TEST_ASSERT(!rte_pmd_refdma_is_refdma(drv));
	TEST_ASSERT_EQ(rte_dma_close(drv), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name(drv_channel_name(0)), -EINVAL);
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static int
reconfiguring_forgets_the_vchans(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2, .nb_desc = 256 }));
	TEST_CALL(drv_usable(1));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), 0);
	TEST_CALL(data_path_says(0, -EINVAL));
	TEST_CALL(data_path_says(1, -EINVAL));
	TEST_ASSERT_EQ(rte_dma_start(drv), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 128), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 128);
	TEST_CALL(data_path_says(1, -EINVAL));
	return drv_usable(0);
}

static int
setting_up_again_replaces_the_vchan(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_DEV, 512), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_DEV_TO_MEM, 1024), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 1024);
	/* Local memory reads as zero, so this shows the direction. */
	TEST_ASSERT_EQ(rte_dma_copy(drv, 0, DRV_LOCAL, drv_iova(drv_dst), 4,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT_EQ(*(uint32_t *)drv_dst, 0);
	return TEST_OK;
}

static int
stop_drops_what_was_not_submitted(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	TEST_CALL(drv_usable(0));
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	return drv_expect_stats(0, 1, 1, 0);
}

/* vchan 0 sends to the loopback port, vchan 1 receives from it. */
static int
open_both_directions(void)
{
	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(drv_configure(drv, 2, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_DEV, 64), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 1, RTE_DMA_DIR_DEV_TO_MEM, 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return TEST_OK;
}

static int
stop_with_work_in_flight(void)
{
	struct rte_pmd_refdma_port port;

	TEST_CALL(open_both_directions());
	/* Nothing is in the port: the receiver waits, and three more behind it. */
	for (unsigned int i = 0; i < 4; i++)
		TEST_ASSERT_EQ(rte_dma_copy(drv, 1, DRV_PORT(DRV_LOOPBACK),
					    drv_iova(drv_dst + i * 4096), 1024, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 1), 0);
	TEST_CALL(drv_settle(1));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 1, 4, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_CALL(drv_expect_stats(1, 4, 4, 4));
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	/* What the receiver waited for comes now, and must not go where it pointed. */
	TEST_ASSERT_EQ(rte_dma_copy(drv, 0, drv_iova(drv_src), DRV_PORT(DRV_LOOPBACK), 4096,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(drv_settle(1));
	TEST_ASSERT(drv_untouched(drv_dst, 5 * 4096));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.fifo_level, 4096);
	TEST_ASSERT_EQ(rte_dma_copy(drv, 1, DRV_PORT(DRV_LOOPBACK), drv_iova(drv_dst), 4096,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 4096) == 0);
	return TEST_OK;
}

/* The receiver is on another channel, so that the port can be fed while its device is stopped. */
static int
stopped_device_touches_no_memory(void)
{
	struct rte_pmd_refdma_port port;
	int receiver;

	drv = drv_probe(DRV_NAME, "channels=2");
	receiver = rte_dma_get_dev_id_by_name(drv_channel_name(1));
	TEST_ASSERT(drv >= 0 && receiver >= 0);
	TEST_CALL(drv_start(drv, &(struct drv_conf){ .direction = RTE_DMA_DIR_MEM_TO_DEV }));
	TEST_CALL(drv_start(receiver, &(struct drv_conf){ .direction = RTE_DMA_DIR_DEV_TO_MEM }));
	TEST_ASSERT_EQ(rte_dma_copy(receiver, 0, DRV_PORT(DRV_LOOPBACK), drv_iova(drv_dst), 1024,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_ASSERT_EQ(rte_dma_stop(receiver), 0);
	TEST_ASSERT_EQ(rte_dma_copy(drv, 0, drv_iova(drv_src), DRV_PORT(DRV_LOOPBACK), 4096,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.fifo_level, 4096);
	TEST_ASSERT(drv_untouched(drv_dst, 1024));
	return TEST_OK;
}

static int
stats_survive_a_restart_and_reset_exactly(void)
{
	enum rte_dma_status_code status[2];

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT(drv_copy(0, drv_dst, NULL, 64, 0) >= 0);
	TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait_status(0, 2, status));
	TEST_CALL(drv_usable(1));
	TEST_CALL(drv_expect_stats(0, 3, 3, 1));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_CALL(drv_expect_stats(0, 3, 3, 1));
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	TEST_CALL(drv_expect_stats(0, 4, 4, 1));
	TEST_CALL(drv_expect_stats(RTE_DMA_ALL_VCHAN, 5, 5, 1));
	TEST_ASSERT_EQ(rte_dma_stats_reset(drv, 0), 0);
	TEST_CALL(drv_expect_stats(0, 0, 0, 0));
	TEST_CALL(drv_expect_stats(1, 1, 1, 0));
	TEST_CALL(drv_usable(0));
	TEST_CALL(drv_expect_stats(RTE_DMA_ALL_VCHAN, 2, 2, 0));
	TEST_ASSERT_EQ(rte_dma_stats_reset(drv, RTE_DMA_ALL_VCHAN), 0);
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, 0, 0, 0);
}

static int
remove_while_started(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	for (unsigned int i = 0; i < 64; i++)
		TEST_ASSERT_EQ(drv_copy(i % 2, drv_dst, drv_src, 4096, RTE_DMA_OP_FLAG_SUBMIT),
			       i / 2);
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_ASSERT(!rte_dma_is_valid(drv));
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static const struct test_case cases[] = {
	{ "vchan_not_set_up_is_invalid", vchan_not_set_up_is_invalid },
	{ "stopped_vchan_is_busy", stopped_vchan_is_busy },
	{ "start_needs_every_vchan", start_needs_every_vchan },
	{ "wrong_configurations_are_refused", wrong_configurations_are_refused },
	{ "start_and_stop_twice", start_and_stop_twice },
	{ "close_needs_a_stopped_device", close_needs_a_stopped_device },
	{ "reconfiguring_forgets_the_vchans", reconfiguring_forgets_the_vchans },
	{ "setting_up_again_replaces_the_vchan", setting_up_again_replaces_the_vchan },
	{ "stop_drops_what_was_not_submitted", stop_drops_what_was_not_submitted },
	{ "stop_with_work_in_flight", stop_with_work_in_flight },
	{ "stopped_device_touches_no_memory", stopped_device_touches_no_memory },
	{ "stats_survive_a_restart_and_reset_exactly",
	  stats_survive_a_restart_and_reset_exactly },
	{ "remove_while_started", remove_while_started },
};

DRIVER_SUITES(state, cases)
DRIVER_SUITE_SOCKET(state, cases)
