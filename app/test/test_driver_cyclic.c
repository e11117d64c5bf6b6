/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Transfers that repeat, and paced ports: periods, gaps, replacement. */

#include <string.h>

#include "test_driver.h"

#define CYCLIC		RTE_PMD_REFDMA_SLAVE_CYCLIC
#define TO_PORT		RTE_PMD_REFDMA_SLAVE_TO_PORT
#define SUBMIT		RTE_PMD_REFDMA_SUBMIT
#define LOAD		RTE_PMD_REFDMA_LOAD

#define PERIOD_BYTES	4096u
#define PERIODS		(DRV_BYTES / PERIOD_BYTES)
#define RATE		(512u << 10)	/* a lap lasts 500 ms: time enough to read */
#define CYCLE_BYTES	(PERIODS * PERIOD_BYTES)

static int
slave(uint16_t vchan, uint32_t flags, unsigned int port, void *buf, uint32_t length,
      uint32_t period)
{
	struct rte_dma_sge sge = { drv_iova(buf), length };
	struct rte_pmd_refdma_slave xfer = {
		.flags = flags | SUBMIT, .port_addr = DRV_PORT(port), .sge = &sge, .nb_sge = 1,
		.period = period, .width = 8,
	};

	TEST_ASSERT(rte_pmd_refdma_slave(drv, vchan, &xfer) >= 0);
	return TEST_OK;
}

/* End the repeating transfer on a vchan. */
static int
end_by_abort(uint16_t vchan)
{
	enum rte_dma_status_code status;

	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, vchan), 0);
	TEST_CALL(drv_wait_status(vchan, 1, &status));
	TEST_ASSERT_EQ(status, RTE_DMA_STATUS_USER_ABORT);
	return TEST_OK;
}

/* Exactly as many periods as data: what a loopback port is fed decides. */
static int
periods_count_what_has_come(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, CYCLIC, DRV_LOOPBACK, drv_dst, 4 * 1024, 1024));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_periods(drv, 0), 0);
	for (uint64_t i = 0; i < 20; i++) {
		TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src + 1024 * i, 1024, 0));
		TEST_CALL(drv_wait(1, 1));
		TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == i + 1, DRV_WAIT_MS);
		TEST_ASSERT(memcmp(drv_dst + i % 4 * 1024, drv_src + 1024 * i, 1024) == 0);
	}
	TEST_ASSERT(drv_untouched(drv_dst + 4096, 4096));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_CALL(end_by_abort(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_periods(drv, 0), 20);
	return drv_usable(0);
}

static int
last_period_of_a_lap_may_be_shorter(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, CYCLIC, DRV_LOOPBACK, drv_dst, 2500 / 8 * 8, 1000));
	TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src, 2 * (2500 / 8 * 8), 0));
	TEST_CALL(drv_wait(1, 1));
	TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 6, DRV_WAIT_MS);
	TEST_ASSERT(memcmp(drv_dst, drv_src + 2500 / 8 * 8, 2500 / 8 * 8) == 0);
	return end_by_abort(0);
}

static int
periods_start_at_0_after_each_start(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	for (unsigned int round = 0; round < 3; round++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_periods(drv, 0), 0);
		TEST_CALL(slave(0, CYCLIC, DRV_LOOPBACK, drv_dst, 1024, 256));
		TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src, 1024 * (1 + round), 0));
		TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 4 * (1 + round), DRV_WAIT_MS);
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	}
	return TEST_OK;
}

enum reading {
	READING_GOOD,
	READING_LAPPED,	/* somebody was too slow: data is newer, or lost and counted */
	READING_WRONG,
};

/*
 * Read periods of a paced source as they come, and check that the counting pattern has no gap.
 * Whoever reads too slowly is lapped, and what is lost is counted: neither is a fault.
 */
static enum reading
read_periods(uint64_t count)
{
	const volatile uint64_t *words = (const volatile uint64_t *)(void *)drv_dst;
	const uint64_t per_period = PERIOD_BYTES / 8;
	uint64_t deadline = test_now_ns() + UINT64_C(1000000) * DRV_WAIT_MS;
	struct rte_pmd_refdma_port port;

	for (uint64_t next = 0; next < count; next++) {
		uint64_t wrong = 0;

		while (rte_pmd_refdma_periods(drv, 0) <= next)
			if (test_now_ns() > deadline)
				return READING_WRONG;
		for (uint64_t i = 0; i < per_period; i++)
			wrong += words[next % PERIODS * per_period + i] != next * per_period + i;
		/* The port's lock is also what orders this reading before the next lap. */
		if (rte_pmd_refdma_port_get(drv, 0, &port) != 0)
			return READING_WRONG;
		if (rte_pmd_refdma_periods(drv, 0) >= next + PERIODS || port.overrun != 0)
			return READING_LAPPED;
		if (wrong != 0) {
			test_note("period %" PRIu64 ": %" PRIu64 " words are wrong", next, wrong);
			return READING_WRONG;
		}
	}
	return READING_GOOD;
}

static int
paced_source_has_no_gap(void)
{
	struct rte_pmd_refdma_port_conf again = { .rate = RATE, .reset = true };
	enum reading reading = READING_LAPPED;
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "port=source/fifo:4M/rate:512k" }));
	for (unsigned int attempt = 0; attempt < 10 && reading == READING_LAPPED; attempt++) {
		TEST_CALL(slave(0, CYCLIC, 0, drv_dst, CYCLE_BYTES, PERIOD_BYTES));
		reading = read_periods(2 * PERIODS + 5);
		TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
		TEST_ASSERT(port.running);
		TEST_CALL(end_by_abort(0));
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &again), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	}
	if (reading == READING_LAPPED) {
		test_note("this machine was too busy to read 512 KiB/s ten times in a row");
		return TEST_SKIPPED;
	}
	TEST_ASSERT_EQ(reading, READING_GOOD);
	return TEST_OK;
}

/* Nobody reads: what does not fit is counted, and missing from the pattern exactly. */
static int
overrun_is_counted(void)
{
	const struct rte_pmd_refdma_port_conf start = { .rate = 100 << 20, .start = true };
	const struct rte_pmd_refdma_port_conf stop = { .rate = 0, .stop = true };
	const uint64_t *words = (const uint64_t *)(void *)drv_dst;
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "port=source/fifo:4k/rate:100M" }));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT(!port.running);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &start), 0);
	TEST_WAIT(rte_pmd_refdma_port_get(drv, 0, &port) == 0 && port.overrun > 10000,
		  DRV_WAIT_MS);
	TEST_ASSERT(port.running);
	TEST_ASSERT_EQ(port.fifo_level, 4096);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &stop), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT(!port.running);
	TEST_CALL(slave(0, 0, 0, drv_dst, 4096, 0));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(slave(0, 0, 0, drv_dst + 4096, 64, 0));
	TEST_CALL(drv_wait(0, 1));
	for (uint64_t i = 0; i < 512; i++)
		TEST_ASSERT_EQ(words[i], i);
	TEST_ASSERT_EQ(words[512], 512 + port.overrun / 8);
	TEST_ASSERT_EQ(words[519], 519 + port.overrun / 8);
	return TEST_OK;
}

static int
underrun_is_counted(void)
{
	struct rte_pmd_refdma_port port;
	uint64_t before;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "port=sink/rate:10M" }));
	TEST_CALL(slave(0, TO_PORT, 0, drv_src, 8192, 0));
	TEST_CALL(drv_wait(0, 1));
	TEST_WAIT(rte_pmd_refdma_port_get(drv, 0, &port) == 0 && port.fifo_level == 0,
		  DRV_WAIT_MS);
	before = port.underrun;
	TEST_WAIT(rte_pmd_refdma_port_get(drv, 0, &port) == 0 && port.underrun > before,
		  DRV_WAIT_MS);
	TEST_ASSERT_EQ(port.tx_bytes, 8192);
	TEST_ASSERT_EQ(port.overrun, 0);
	return TEST_OK;
}

static int
repeating_sender_sends_its_buffer_again(void)
{
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, TO_PORT | CYCLIC, DRV_LOOPBACK, drv_src, 1000, 0));
	for (unsigned int round = 0; round < 2; round++) {
		TEST_CALL(slave(1, 0, DRV_LOOPBACK, drv_dst, 80000, 0));
		TEST_CALL(drv_wait(1, 1));
		for (unsigned int lap = 0; lap < 80; lap++)
			TEST_ASSERT(memcmp(drv_dst + 1000 * lap, drv_src, 1000) == 0);
	}
	TEST_ASSERT(rte_pmd_refdma_periods(drv, 0) >= 160);
	TEST_CALL(end_by_abort(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.rx_bytes, 160000);
	return TEST_OK;
}

static int
load_replaces_at_the_end_of_a_lap(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, CYCLIC, DRV_LOOPBACK, drv_dst, 2048, 1024));
	TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src, 3072, 0));
	TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 3, DRV_WAIT_MS);
	/* In the middle of a lap: the new one waits for its end. */
	TEST_CALL(slave(0, CYCLIC | LOAD, DRV_LOOPBACK, drv_dst + 8192, 2048, 1024));
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src + 3072, 1024, 0));
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src + 2048, 2048) == 0);
	TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src + 4096, 2048, 0));
	TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 6, DRV_WAIT_MS);
	TEST_ASSERT(memcmp(drv_dst, drv_src + 2048, 2048) == 0);
	TEST_ASSERT(memcmp(drv_dst + 8192, drv_src + 4096, 2048) == 0);
	TEST_CALL(drv_wait(1, 3));
	return end_by_abort(0);
}

static int
what_is_behind_a_repeating_transfer_waits(void)
{
	enum rte_dma_status_code status[2];

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(slave(0, CYCLIC, DRV_LOOPBACK, drv_dst, 1024, 0));
	TEST_ASSERT(drv_copy(0, drv_dst + 4096, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(slave(1, TO_PORT, DRV_LOOPBACK, drv_src, 4096, 0));
	TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 4, DRV_WAIT_MS);
	TEST_CALL(drv_settle(0));
	TEST_ASSERT(drv_untouched(drv_dst + 4096, 64));
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, 2, status));
	TEST_ASSERT_EQ(status[0], RTE_DMA_STATUS_USER_ABORT);
	TEST_ASSERT_EQ(status[1], RTE_DMA_STATUS_NOT_ATTEMPTED);
	TEST_ASSERT(drv_untouched(drv_dst + 4096, 64));
	return TEST_OK;
}

static int
nop_with_load_ends_a_repeating_transfer(void)
{
	struct rte_pmd_refdma_chunk chunk = { .size = 4096 };
	struct rte_pmd_refdma_interleaved xfer = {
		.flags = RTE_PMD_REFDMA_REPEAT | SUBMIT, .frames = 1, .nb_chunks = 1,
		.chunks = &chunk,
	};

	TEST_CALL(drv_open(NULL));
	xfer.src = drv_iova(drv_src);
	xfer.dst = drv_iova(drv_dst);
	TEST_ASSERT(rte_pmd_refdma_interleaved(drv, 0, &xfer) >= 0);
	TEST_WAIT(rte_pmd_refdma_periods(drv, 0) > 10, DRV_WAIT_MS);
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_ASSERT(rte_pmd_refdma_nop(drv, 0, LOAD | SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 2));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 4096) == 0);
	return drv_usable(0);
}

static const struct test_case cases[] = {
	{ "periods_count_what_has_come", periods_count_what_has_come },
	{ "last_period_of_a_lap_may_be_shorter", last_period_of_a_lap_may_be_shorter },
	{ "periods_start_at_0_after_each_start", periods_start_at_0_after_each_start },
	{ "paced_source_has_no_gap", paced_source_has_no_gap },
	{ "overrun_is_counted", overrun_is_counted },
	{ "underrun_is_counted", underrun_is_counted },
	{ "repeating_sender_sends_its_buffer_again", repeating_sender_sends_its_buffer_again },
	{ "load_replaces_at_the_end_of_a_lap", load_replaces_at_the_end_of_a_lap },
	{ "what_is_behind_a_repeating_transfer_waits",
	  what_is_behind_a_repeating_transfer_waits },
	{ "nop_with_load_ends_a_repeating_transfer", nop_with_load_ends_a_repeating_transfer },
};

DRIVER_SUITES(cyclic, cases)
DRIVER_SUITE_SOCKET(cyclic, cases)
