/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Event file descriptors: readable once for each arming, never without. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "test_driver.h"

#define IRQ		RTE_PMD_REFDMA_IRQ
#define SUBMIT		RTE_PMD_REFDMA_SUBMIT
#define CYCLIC		RTE_PMD_REFDMA_SLAVE_CYCLIC
#define TO_PORT		RTE_PMD_REFDMA_SLAVE_TO_PORT

static bool
readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1 && p.revents == POLLIN;
}

/* Exactly one event comes. */
static int
expect_event(int fd)
{
	uint64_t count = 0;

	TEST_ASSERT(readable(fd, DRV_WAIT_MS));
	TEST_ASSERT_EQ(read(fd, &count, sizeof(count)), 8);
	TEST_ASSERT_EQ(count, 1);
	TEST_ASSERT(!readable(fd, 0));
	return TEST_OK;
}

/* All that the device could do by now is done, and it sent nothing. */
static int
expect_no_event(uint16_t vchan, int fd)
{
	TEST_CALL(drv_settle(vchan));
	TEST_ASSERT(!readable(fd, 0));
	return TEST_OK;
}

static int
nop(uint16_t vchan, uint32_t flags)
{
	TEST_ASSERT(rte_pmd_refdma_nop(drv, vchan, flags | SUBMIT) >= 0);
	return TEST_OK;
}

static int
descriptor_is_one_for_each_vchan(void)
{
	int fd[2];

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), -ENOTSUP);
	for (uint16_t i = 0; i < 2; i++) {
		fd[i] = rte_pmd_refdma_event_fd(drv, i);
		TEST_ASSERT(fd[i] >= 0);
		TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(drv, i), fd[i]);
	}
	TEST_ASSERT(fd[0] != fd[1]);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(drv, 2), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_CALL(nop(0, IRQ));
	TEST_CALL(expect_event(fd[0]));
	TEST_ASSERT(!readable(fd[1], 0));
	return drv_wait(0, 1);
}

static int
armed_vchan_fires_once(void)
{
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	for (unsigned int i = 0; i < 50; i++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		TEST_ASSERT(!readable(fd, 0));
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 4096, 0) >= 0);
		TEST_CALL(nop(0, IRQ));
		TEST_CALL(expect_event(fd));
		/* It has fired, so more events do not come before it is armed again. */
		TEST_CALL(nop(0, IRQ));
		TEST_CALL(drv_wait(0, 3));
		TEST_CALL(expect_no_event(0, fd));
	}
	return TEST_OK;
}

static int
nothing_comes_unarmed_or_unflagged(void)
{
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	TEST_CALL(nop(0, IRQ));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(expect_no_event(0, fd));
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_CALL(nop(0, 0));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(drv_usable(0));
	TEST_CALL(expect_no_event(0, fd));
	TEST_CALL(nop(0, IRQ));
	return expect_event(fd);
}

static int
armed_late_fires_at_once(void)
{
	enum rte_dma_vchan_status status;
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	for (unsigned int i = 0; i < 20; i++) {
		TEST_CALL(nop(0, IRQ));
		TEST_WAIT(rte_dma_vchan_status(drv, 0, &status) == 0 &&
			  status == RTE_DMA_VCHAN_IDLE, DRV_WAIT_MS);
		TEST_CALL(expect_no_event(0, fd));
		/* Done, but not yet collected: that is what arming asks about. */
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		TEST_CALL(expect_event(fd));
		TEST_CALL(drv_wait(0, 1));
		/* Collected: only a new one counts. */
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		TEST_CALL(expect_no_event(0, fd));
		TEST_CALL(nop(0, IRQ));
		TEST_CALL(expect_event(fd));
		TEST_CALL(drv_wait(0, 1));
	}
	return TEST_OK;
}

static int
failures_fire_without_a_flag(void)
{
	enum rte_dma_status_code status;
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	drv_copy(0, drv_dst, NULL, 64, RTE_DMA_OP_FLAG_SUBMIT);
	TEST_CALL(expect_event(fd));
	TEST_CALL(drv_wait_status(0, 1, &status));
	TEST_ASSERT_EQ(status, RTE_DMA_STATUS_INVALID_SRC_ADDR);
	/* An abort ends operations, which is an event too. */
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_ASSERT(!readable(fd, 0));
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), 0);
	return expect_event(fd);
}

/* Feed the repeating receiver on vchan 0. */
static int
feed(uint32_t length)
{
	struct rte_dma_sge sge = { drv_iova(drv_src), length };
	struct rte_pmd_refdma_slave xfer = {
		.flags = TO_PORT | SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge,
		.nb_sge = 1,
	};

	TEST_ASSERT(rte_pmd_refdma_slave(drv, 1, &xfer) >= 0);
	return drv_wait(1, 1);
}

static int
start_repeating(uint32_t flags)
{
	struct rte_dma_sge sge = { drv_iova(drv_dst), 4096 };
	struct rte_pmd_refdma_slave xfer = {
		.flags = CYCLIC | SUBMIT | flags, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge,
		.nb_sge = 1, .period = 1024,
	};

	TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
	return TEST_OK;
}

static int
periods_fire(void)
{
	int fd;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	TEST_CALL(start_repeating(IRQ));
	for (uint64_t i = 1; i < 20; i++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		TEST_CALL(feed(1000));
		TEST_CALL(expect_no_event(0, fd));
		TEST_CALL(feed(24));
		TEST_CALL(expect_event(fd));
		TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == i, DRV_WAIT_MS);
	}
	return TEST_OK;
}

/* An application that sleeps until something completes learns of a vchan that never will. */
static int
halt_fires_with_nothing_completed(void)
{
	enum rte_dma_vchan_status status;
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_HALT, 1, 9), 0);
	TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(expect_event(fd));
	TEST_ASSERT_EQ(rte_dma_vchan_status(drv, 0, &status), 0);
	TEST_ASSERT_EQ(status, RTE_DMA_VCHAN_HALTED_ERROR);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_ASSERT(!readable(fd, 0));
	return TEST_OK;
}

static int
descriptor_lives_through_a_restart(void)
{
	int fd;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	for (unsigned int i = 0; i < 3; i++) {
		/* Periods seen before the restart must not count after it. */
		TEST_CALL(start_repeating(0));
		TEST_CALL(feed(10240));
		TEST_WAIT(rte_pmd_refdma_periods(drv, 0) == 10, DRV_WAIT_MS);
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), -EBUSY);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
		TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(drv, 0), fd);
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		TEST_CALL(nop(0, IRQ));
		TEST_CALL(expect_event(fd));
		TEST_CALL(drv_wait(0, 1));
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	}
	return TEST_OK;
}

/* As an application sleeps: arm, look once more, and only then wait. No event may be lost. */
static int
arm_look_sleep_loses_nothing(void)
{
	uint32_t done = 0, sent = 0;
	uint64_t count;
	int fd;

	TEST_CALL(drv_open(NULL));
	fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(fd >= 0);
	while (done < 3000) {
		while (sent < 3000 && sent - done < 3) {
			TEST_CALL(nop(0, IRQ));
			sent++;
		}
		TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
		if (rte_dma_completed(drv, 0, 1, NULL, NULL) == 1) {
			done++;
			continue;
		}
		TEST_ASSERT(readable(fd, DRV_WAIT_MS));
		TEST_ASSERT_EQ(read(fd, &count, sizeof(count)), 8);
		done += rte_dma_completed(drv, 0, 64, NULL, NULL);
	}
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "descriptor_is_one_for_each_vchan", descriptor_is_one_for_each_vchan },
	{ "armed_vchan_fires_once", armed_vchan_fires_once },
	{ "nothing_comes_unarmed_or_unflagged", nothing_comes_unarmed_or_unflagged },
	{ "armed_late_fires_at_once", armed_late_fires_at_once },
	{ "failures_fire_without_a_flag", failures_fire_without_a_flag },
	{ "periods_fire", periods_fire },
	{ "halt_fires_with_nothing_completed", halt_fires_with_nothing_completed },
	{ "descriptor_lives_through_a_restart", descriptor_lives_through_a_restart },
	{ "arm_look_sleep_loses_nothing", arm_look_sleep_loses_nothing },
};

DRIVER_SUITES(event, cases)
DRIVER_SUITE_SOCKET(event, cases)
