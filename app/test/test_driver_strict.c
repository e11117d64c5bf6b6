/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The order in which a device serves its vchans: strict=1 and round-robin. */

#include <string.h>

#include "test_driver.h"

#define FILLS		20u
#define LOGS		20u
/* So long that a few of them are a turn. */
#define TURN_BYTES	(DRV_BYTES / 2)
#define LOG_STEP	64u

static int
port_job(uint16_t vchan, uint32_t flags)
{
	struct rte_dma_sge sge = { drv_iova(drv_src), 64 };
	const struct rte_pmd_refdma_slave xfer = {
		.flags = flags, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge, .nb_sge = 1,
	};

	return rte_pmd_refdma_slave(drv, vchan, &xfer) >= 0 ? TEST_OK : TEST_FAILED;
}

/*
 * Both vchans have work, and both can go on at the same moment: vchan 0 waits for a port that the
 * first job of vchan 1 feeds. Then vchan 0 fills an area with 1, 2, 3 ... and each job of vchan 1
 * keeps what it finds there.
 */
static int
race(const char *args, uint8_t *log)
{
	uint8_t *area = drv_dst, *logs = drv_dst + TURN_BYTES;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = args, .nb_vchans = 2 }));
	memset(drv_dst, 0, DRV_BYTES);
	TEST_CALL(port_job(0, 0));
	for (uint64_t i = 1; i <= FILLS; i++)
		TEST_ASSERT(rte_dma_fill(drv, 0, i * UINT64_C(0x0101010101010101), drv_iova(area),
					 TURN_BYTES, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(port_job(1, RTE_PMD_REFDMA_SLAVE_TO_PORT));
	/* Each copy leaves the first bytes of the one before it. */
	for (unsigned int i = 0; i < LOGS; i++)
		TEST_ASSERT(drv_copy(1, logs + i * LOG_STEP, area,
				     TURN_BYTES - LOGS * LOG_STEP, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 1), 0);
	TEST_CALL(drv_wait(0, 1 + FILLS));
	TEST_CALL(drv_wait(1, 1 + LOGS));
	for (unsigned int i = 0; i < LOGS; i++)
		log[i] = logs[i * LOG_STEP];
	return TEST_OK;
}

/* What vchan 1 had begun may end; then vchan 0 does all it has to do. */
static int
strict_serves_lower_vchans_first(void)
{
	uint8_t log[LOGS];
	unsigned int i = 0;

	TEST_CALL(race("strict=1", log));
	while (i < LOGS && log[i] == 0)
		i++;
	TEST_ASSERT(i < LOGS);
	for (; i < LOGS; i++)
		TEST_ASSERT_EQ(log[i], FILLS);
	return TEST_OK;
}

static int
round_robin_gives_turns(void)
{
	uint8_t log[LOGS];
	bool between = false;

	TEST_CALL(race("strict=0", log));
	for (unsigned int i = 0; i < LOGS; i++)
		between |= log[i] != 0 && log[i] != FILLS;
	TEST_ASSERT(between);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "strict_serves_lower_vchans_first", strict_serves_lower_vchans_first },
	{ "round_robin_gives_turns", round_robin_gives_turns },
};

DRIVER_SUITES(strict, cases)
DRIVER_SUITE_SOCKET(strict, cases)
