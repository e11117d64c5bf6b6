/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Silent mode: nobody calls completed(), and the ring keeps going. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

static int
silent_open(void)
{
	return drv_open(&(struct drv_conf){ .args = "silent=1", .silent = true });
}

/* Wait until all @p slots of the ring are free again: everything is done. */
static int
wait_free(uint16_t slots)
{
	TEST_WAIT(rte_dma_burst_capacity(drv, 0) == slots, DRV_WAIT_MS);
	return TEST_OK;
}

static int
advertised_only_where_asked_for(void)
{
	struct rte_dma_info info;

	TEST_CALL(silent_open());
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT(info.dev_capa & RTE_DMA_CAPA_SILENT);
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "silent=0" }));
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT(!(info.dev_capa & RTE_DMA_CAPA_SILENT));
	return TEST_OK;
}

static int
capability_does_not_make_it_silent(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "silent=1" }));
	return drv_usable(0);
}

static int
ring_keeps_going_without_completed(void)
{
	uint32_t refused = 0;
	int ret;

	TEST_CALL(silent_open());
	for (uint32_t i = 0; i < 20000; i++) {
		TEST_WAIT((ret = drv_copy(0, drv_dst + i % 2048 * 64, drv_src + i % 4096, 64,
					  i % 8 == 7 ? RTE_DMA_OP_FLAG_SUBMIT : 0)) != -ENOSPC ||
			  ++refused == 0, DRV_WAIT_MS);
		TEST_ASSERT_EQ(ret, (uint16_t)i);
	}
	TEST_CALL(wait_free(64));
	for (uint32_t i = 20000 - 2048; i < 20000; i++)
		TEST_ASSERT(memcmp(drv_dst + i % 2048 * 64, drv_src + i % 4096, 64) == 0);
	return drv_expect_stats(0, 20000, 20000, 0);
}

static int
lists_keep_going_too(void)
{
	struct rte_dma_sge src[8], dst[8];
	int ret;

	TEST_CALL(silent_open());
	for (unsigned int i = 0; i < 8; i++) {
		src[i] = (struct rte_dma_sge){ drv_iova(drv_src + 100 * i), 10 };
		dst[i] = (struct rte_dma_sge){ drv_iova(drv_dst + 10 * i), 10 };
	}
	for (unsigned int i = 0; i < 1000; i++) {
		TEST_WAIT((ret = rte_dma_copy_sg(drv, 0, src, dst, 8, 8,
						 RTE_DMA_OP_FLAG_SUBMIT)) != -ENOSPC, DRV_WAIT_MS);
		TEST_ASSERT_EQ(ret, i);
	}
	TEST_CALL(wait_free(64));
	for (unsigned int i = 0; i < 8; i++)
		TEST_ASSERT(memcmp(drv_dst + 10 * i, drv_src + 100 * i, 10) == 0);
	return drv_expect_stats(0, 1000, 1000, 0);
}

static int
failures_are_counted_across_restarts(void)
{
	TEST_CALL(silent_open());
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, i % 5 == 0 ? NULL : drv_src, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(wait_free(64));
	TEST_CALL(drv_expect_stats(0, 10, 10, 2));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_CALL(drv_expect_stats(0, 10, 10, 2));
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, NULL, 64, RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(wait_free(64));
	return drv_expect_stats(0, 11, 11, 3);
}

static int
stop_does_not_count_successes_as_failures(void)
{
	enum rte_dma_vchan_status status;

	TEST_CALL(silent_open());
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + i * 64, drv_src + i * 64, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_WAIT(rte_dma_vchan_status(drv, 0, &status) == 0 && status == RTE_DMA_VCHAN_IDLE,
		  DRV_WAIT_MS);
	TEST_ASSERT(memcmp(drv_dst, drv_src, 640) == 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	return drv_expect_stats(0, 10, 10, 0);
}

static int
stats_follow_without_data_path_calls(void)
{
	struct rte_dma_stats stats;

	TEST_CALL(silent_open());
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst, i == 3 ? NULL : drv_src, 64, 0), i);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_WAIT(rte_dma_stats_get(drv, 0, &stats) == 0 && stats.completed == 10, DRV_WAIT_MS);
	return drv_expect_stats(0, 10, 10, 1);
}

static int
garbage_from_the_device_fails_the_queue(void)
{
	int ret;

	TEST_CALL(silent_open());
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_CORRUPT, 1, 0), 0);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_WAIT((ret = drv_copy(0, drv_dst, drv_src, 64, 0)) == -EIO, DRV_WAIT_MS);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), 0);
	return wait_free(64);
}

static const struct test_case cases[] = {
	{ "advertised_only_where_asked_for", advertised_only_where_asked_for },
	{ "capability_does_not_make_it_silent", capability_does_not_make_it_silent },
	{ "ring_keeps_going_without_completed", ring_keeps_going_without_completed },
	{ "lists_keep_going_too", lists_keep_going_too },
	{ "failures_are_counted_across_restarts", failures_are_counted_across_restarts },
	{ "stop_does_not_count_successes_as_failures",
	  stop_does_not_count_successes_as_failures },
	{ "stats_follow_without_data_path_calls", stats_follow_without_data_path_calls },
	{ "garbage_from_the_device_fails_the_queue", garbage_from_the_device_fails_the_queue },
};

DRIVER_SUITES(silent, cases)
DRIVER_SUITE_SOCKET(silent, cases)
