/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Devices that come and go under traffic, without leaving anything behind. */

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "test_driver.h"

#define CYCLES		100
#define CYCLES_PCI	20	/* in an emulated machine, where each takes long */

static _Atomic bool stop_traffic;
static _Atomic uint32_t traffic_done;

/* Everything that makes a device hold something. */
static int
one_life(bool finish)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2, .nb_desc = 1024 }));
	TEST_ASSERT(rte_pmd_refdma_event_fd(drv, 0) >= 0);
	TEST_ASSERT(rte_pmd_refdma_event_fd(drv, 1) >= 0);
	for (unsigned int i = 0; i < 200; i++)
		TEST_ASSERT(drv_copy(i % 2, drv_dst, drv_src, 1000, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	if (finish) {
		TEST_CALL(drv_wait(0, 100));
		TEST_CALL(drv_wait(1, 100));
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	}
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	return TEST_OK;
}

static int
cycles_leak_nothing(void)
{
	struct drv_holdings before;

	TEST_CALL(one_life(true));
	TEST_CALL(one_life(false));
	drv_count_holdings(&before);
	for (unsigned int i = 0; i < (drv_engine_is("pci") ? CYCLES_PCI : CYCLES); i++)
		TEST_CALL(one_life(i % 2 == 0));
	return drv_expect_holdings(&before);
}

static void *
traffic(void *arg)
{
	uint16_t vchan = *(uint16_t *)arg;
	uint32_t done = 0;

	drv_spread();
	while (!atomic_load(&stop_traffic)) {
		for (unsigned int i = 0; i < 16; i++)
			if (drv_copy(vchan, drv_dst, drv_src, 4096, 0) < 0)
				break;
		rte_dma_submit(drv, vchan);
		done = rte_dma_completed(drv, vchan, 8, NULL, NULL);
		atomic_fetch_add(&traffic_done, done);
	}
	return NULL;
}

/* The thread that used the vchan has stopped, but what it submitted is still on its way. */
static int
removed_with_another_threads_work_in_flight(void)
{
	uint16_t vchan = 0;
	pthread_t thread;

	for (unsigned int i = 0; i < 20; i++) {
		TEST_CALL(drv_open(NULL));
		atomic_store(&stop_traffic, false);
		atomic_store(&traffic_done, 0);
		TEST_ASSERT_EQ(pthread_create(&thread, NULL, traffic, &vchan), 0);
		TEST_WAIT(atomic_load(&traffic_done) > 100, DRV_WAIT_MS);
		atomic_store(&stop_traffic, true);
		pthread_join(thread, NULL);
		TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	}
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static int
removed_while_paused_and_while_repeating(void)
{
	struct rte_dma_sge sge = { 0, 4096 };
	struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SLAVE_CYCLIC | RTE_PMD_REFDMA_SUBMIT,
		.port_addr = DRV_PORT(DRV_SOURCE), .sge = &sge, .nb_sge = 1,
	};

	sge.addr = drv_iova(drv_dst);
	for (unsigned int i = 0; i < 5; i++) {
		TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
		TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
		TEST_WAIT(rte_pmd_refdma_periods(drv, 0) > 0, DRV_WAIT_MS);
		TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 1), 0);
		TEST_ASSERT(drv_copy(1, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	}
	return TEST_OK;
}

static int
surprise_removal_leaks_nothing(void)
{
	struct drv_holdings before;

	TEST_CALL(one_life(true));
	drv_count_holdings(&before);
	for (unsigned int i = 0; i < 10; i++) {
		TEST_CALL(drv_open(NULL));
		TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_REMOVE, 0, 0),
			       0);
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	}
	return drv_expect_holdings(&before);
}

static const struct test_case cases[] = {
	{ "cycles_leak_nothing", cycles_leak_nothing },
	{ "removed_with_another_threads_work_in_flight",
	  removed_with_another_threads_work_in_flight },
	{ "removed_while_paused_and_while_repeating", removed_while_paused_and_while_repeating },
	{ "surprise_removal_leaks_nothing", surprise_removal_leaks_nothing },
};

DRIVER_SUITES(hotplug, cases)
DRIVER_SUITE_SOCKET(hotplug, cases)
