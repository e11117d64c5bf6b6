/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: whole transfers, interrupts, sleep, resets in the middle of it all. */

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "test_device.h"

#define EVENTFDS	(VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_TRIGGER)
#define NONE		(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER)
#define SRC		(DEV_RAM + DEV_DATA)
#define DST		(DEV_RAM + DEV_DATA + (1u << 20))
#define BYTES		(64u << 10)
/* Device control register of the PCI Express capability, and the bit that resets. */
#define DEVICE_CONTROL	0x68
#define INITIATE_FLR	0x8000

static struct dev_queue q;

static int
open_session(void)
{
	TEST_CALL(dev_attach());
	TEST_CALL(dev_queue_open(&q, 0, 0));
	for (unsigned int i = 0; i < BYTES; i++)
		dev.ram[DEV_DATA + i] = i * 13 + (i >> 8);
	memset(dev.ram + DEV_DATA + (1u << 20), 0, BYTES);
	return TEST_OK;
}

static int
expect_copied(void)
{
	TEST_ASSERT(memcmp(dev.ram + DEV_DATA, dev.ram + DEV_DATA + (1u << 20), BYTES) == 0);
	return TEST_OK;
}

static int
copy_works(const char *first, const char *second)
{
	unsigned int code;

	TEST_CALL(DEV_START(first, second));
	TEST_CALL(open_session());
	for (unsigned int i = 0; i < 600; i++) {
		uint32_t at = i % 64 * 1024;

		TEST_CALL(dev_copy(&q, SRC + at, DST + at, 1024, &code));
		TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	}
	TEST_CALL(expect_copied());
	return dev_stop();
}

static int
copies_of_a_device_that_sleeps(void)
{
	return copy_works("--spin", "0");
}

static int
copies_of_a_device_that_polls(void)
{
	return copy_works("--poll", NULL);
}

static int
doorbell_by_message_works_as_well(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(open_session());
	dev_push(&q, REFDMA_OP_COPY, SRC, DST, BYTES, 0);
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_DOORBELL, 0, 4, q.tail), 0);
	TEST_CALL(dev_wait(&q, 1));
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_DOORBELL, 0, 4), 1);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_REGS, q.base + REFDMA_Q_BYTES, 8), BYTES);
	return expect_copied();
}

static int
channels_and_queues_are_as_asked(void)
{
	struct dev_queue queues[3][4];
	unsigned int code;

	TEST_CALL(DEV_START("--channels", "3", "--queues", "4", "--port", "source/rate:1000",
			    "--port", "loopback/fifo:4K"));
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_TOPOLOGY) & 0xffffff, 3 | 4 << 8 | 2 << 16);
	TEST_ASSERT_EQ(dev_reg(REFDMA_PORT_REG_BASE + REFDMA_P_TYPE), REFDMA_PORT_SOURCE);
	TEST_ASSERT_EQ(dev_reg(REFDMA_PORT_REG_BASE + REFDMA_P_RATE), 1000);
	TEST_ASSERT_EQ(dev_reg(REFDMA_PORT_REG_BASE + REFDMA_PORT_REG_STRIDE +
			       REFDMA_P_FIFO_SIZE), 4096);
	for (unsigned int c = 0; c < 3; c++)
		for (unsigned int i = 0; i < 4; i++)
			TEST_CALL(dev_queue_open(&queues[c][i], c, i));
	for (unsigned int c = 0; c < 3; c++)
		for (unsigned int i = 0; i < 4; i++) {
			/* One place for all: this client, not the server, has them one by one. */
			TEST_CALL(dev_copy(&queues[c][i], SRC, DST, 64, &code));
			TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
		}
	return TEST_OK;
}

/* An interrupt with each operation, to vector 1. */
static int
arm(uint32_t seen)
{
	TEST_CALL(dev_set_reg(q.base + REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 1));
	return dev_set_reg(q.base + REFDMA_Q_IRQ_ARM, seen);
}

static uint64_t
count(int fd)
{
	uint64_t value = 0;

	if (read(fd, &value, sizeof(value)) < 0)
		return 0;
	return value;
}

static int
interrupts_are_signalled(void)
{
	int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };
	uint64_t seen;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, 2, fds, 2), 0);
	/* The configuration of an interrupt is written while the queue is disabled. */
	TEST_CALL(dev_queue_open(&q, 0, 0));
	for (uint32_t i = 0; i < 20; i++) {
		TEST_CALL(arm(i));
		dev_push(&q, REFDMA_OP_COPY, SRC, DST, 64, REFDMA_F_IRQ);
		TEST_CALL(dev_ring(&q));
		TEST_WAIT((seen = count(fds[1])) != 0, DEV_DEADLINE_MS);
		TEST_ASSERT_EQ(seen, 1);
		TEST_ASSERT_EQ(dev_done(&q), i + 1);
	}
	TEST_ASSERT_EQ(count(fds[0]), 0);
	close(fds[0]);
	close(fds[1]);
	return dev_stop();
}

static int
vectors_are_set_and_taken_away_one_by_one(void)
{
	int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) }, before;

	TEST_CALL(DEV_START("--channels", "2"));
	TEST_CALL(dev_attach());
	before = dev_server_fds();
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 1, 2, fds, 2), 0);
	TEST_ASSERT_EQ(dev_server_fds(), before + 2);
	TEST_ASSERT_EQ(dev_irqs(NONE, 1, 2, NULL, 0), 0);	/* the client triggers them */
	TEST_ASSERT_EQ(count(fds[0]), 1);
	TEST_ASSERT_EQ(count(fds[1]), 1);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 1, 1, NULL, 0), 0);	/* no descriptor: take away */
	TEST_ASSERT_EQ(dev_server_fds(), before + 1);
	TEST_ASSERT_EQ(dev_irqs(NONE, 1, 2, NULL, 0), 0);
	TEST_ASSERT_EQ(count(fds[0]), 0);
	TEST_ASSERT_EQ(count(fds[1]), 1);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 2, 1, fds, 1), 0);	/* another in its place */
	TEST_ASSERT_EQ(dev_server_fds(), before + 1);
	TEST_ASSERT_EQ(dev_irqs(NONE, 2, 1, NULL, 0), 0);
	TEST_ASSERT_EQ(count(fds[0]), 1);
	TEST_ASSERT_EQ(dev_irqs(NONE, 0, 0, NULL, 0), 0);	/* all of them */
	TEST_ASSERT_EQ(dev_server_fds(), before);
	close(fds[0]);
	close(fds[1]);
	return TEST_OK;
}

static int
wrong_interrupts_are_refused(void)
{
	static const uint32_t flags[] = {
		0, VFIO_USER_SET_DATA_NONE, VFIO_USER_SET_TRIGGER,
		VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_MASK | VFIO_USER_SET_UNMASK,
		VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_MASK,
		VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_UNMASK,
		EVENTFDS | VFIO_USER_SET_DATA_BOOL, EVENTFDS | VFIO_USER_SET_MASK, NONE | 0x40,
		NONE | 0x80000000,
	};
	int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) }, ends[2], before;
	uint32_t vectors;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(pipe(ends), 0);
	before = dev_server_fds();
	vectors = dev_reg(REFDMA_REG_TOPOLOGY) >> REFDMA_TOPOLOGY_VECTORS_SHIFT;
	for (unsigned int i = 0; i < RTE_DIM(flags); i++)
		TEST_ASSERT_EQ(dev_irqs(flags[i], 0, 1, NULL, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, 1, fds, 2), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, vectors, 1, fds, 1), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, vectors - 1, 2, fds, 2), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, UINT32_MAX, 2, fds, 2), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, UINT32_MAX, NULL, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_irqs(NONE, 0, 1, fds, 1), -EINVAL);
	/* What is no eventfd could stop an engine for ever. */
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, 1, &ends[1], 1), -EINVAL);
	TEST_ASSERT_EQ(dev_server_fds(), before);
	close(fds[0]);
	close(fds[1]);
	close(ends[0]);
	close(ends[1]);
	return TEST_OK;
}

static int
booleans_choose_what_is_triggered(void)
{
	struct {
		struct vfio_user_irq_set set;
		uint8_t wanted[2];
	} irqs = {
		.set = {
			.argsz = 22, .index = VFIO_USER_IRQ_MSIX, .count = 2,
			.flags = VFIO_USER_SET_DATA_BOOL | VFIO_USER_SET_TRIGGER,
		},
		.wanted = { 0, 1 },
	};

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, 22, NULL, 0), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8), 0x2);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, 21, NULL, 0), -EINVAL);
	return TEST_OK;
}

/* A transfer that goes on until something stops it. */
static int
keep_busy(void)
{
	TEST_CALL(open_session());
	dev_push(&q, REFDMA_OP_COPY, SRC, DST, 1u << 20, REFDMA_F_LOOP);
	TEST_CALL(dev_ring(&q));
	TEST_WAIT(dev_read(REFDMA_BAR_REGS, q.base + REFDMA_Q_PERIODS, 8) > 2, DEV_DEADLINE_MS);
	return TEST_OK;
}

/* Nothing moves any more, and a driver can start over. */
static int
expect_reset(void)
{
	memset(dev.ram + DEV_DATA + (1u << 20), 0, BYTES);
	TEST_ASSERT_EQ(dev_read(VFIO_USER_REGION_CONFIG, 4, 2), 0);
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_state(&q), REFDMA_STATE_DISABLED);
	for (unsigned int i = 0; i < 100; i++)
		TEST_ASSERT_EQ(dev_reg(REFDMA_REG_MAGIC), REFDMA_MAGIC);
	for (unsigned int i = 0; i < BYTES; i++)
		TEST_ASSERT_EQ(dev.ram[DEV_DATA + (1u << 20) + i], 0);
	return TEST_OK;
}

static int
reset_message_while_busy(void)
{
	unsigned int code;

	TEST_CALL(DEV_START());
	TEST_CALL(keep_busy());
	TEST_ASSERT_EQ(dev_reset(), 0);
	TEST_CALL(expect_reset());
	TEST_CALL(dev_bus_master(true));
	TEST_CALL(dev_queue_open(&q, 0, 0));
	TEST_CALL(dev_copy(&q, SRC, DST, BYTES, &code));
	TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	TEST_CALL(expect_copied());
	return dev_stop();
}

static int
function_level_reset_while_busy(void)
{
	unsigned int code;

	TEST_CALL(DEV_START());
	TEST_CALL(keep_busy());
	TEST_ASSERT_EQ(dev_write(VFIO_USER_REGION_CONFIG, DEVICE_CONTROL, 2, INITIATE_FLR), 0);
	TEST_CALL(expect_reset());
	TEST_CALL(dev_bus_master(true));
	TEST_CALL(dev_queue_open(&q, 0, 0));
	TEST_CALL(dev_copy(&q, SRC, DST, BYTES, &code));
	TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	TEST_CALL(expect_copied());
	return dev_stop();
}

/* Section 11: the whole function vanishes; only a reset by the bus brings it back. */
static int
removed_function_comes_back_with_a_reset(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(keep_busy());
	TEST_CALL(dev_set_reg(REFDMA_REG_FUNC_INJECT, REFDMA_FUNC_INJECT_REMOVE));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_MAGIC), UINT32_MAX);
	TEST_ASSERT_EQ(dev_reset(), 0);
	TEST_CALL(expect_reset());
	return dev_stop();
}

static int
errors_are_injected_from_the_start(void)
{
	struct dev_queue other;
	unsigned int code;

	TEST_CALL(DEV_START("--inject", "fail:3:14", "--inject", "halt@0.1"));
	TEST_CALL(open_session());
	/* Each time that the queue is enabled. */
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 5; i++) {
			TEST_CALL(dev_copy(&q, SRC, DST, 64, &code));
			TEST_ASSERT_EQ(code, i == 2 ? REFDMA_CODE_BUS : REFDMA_CODE_OK);
		}
		TEST_CALL(dev_set_reg(q.base + REFDMA_Q_CTRL, REFDMA_Q_CTRL_RESET));
		TEST_WAIT((dev_reg(q.base + REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) == 0,
			  DEV_DEADLINE_MS);
		TEST_CALL(dev_queue_open(&q, 0, 0));
	}
	TEST_CALL(dev_queue_open(&other, 0, 1));
	dev_push(&other, REFDMA_OP_COPY, SRC, DST, 64, 0);
	TEST_CALL(dev_ring(&other));
	TEST_WAIT(dev_state(&other) == REFDMA_STATE_HALTED, DEV_DEADLINE_MS);
	TEST_ASSERT_EQ(dev_done(&other), 0);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "copies_of_a_device_that_sleeps", copies_of_a_device_that_sleeps },
	{ "copies_of_a_device_that_polls", copies_of_a_device_that_polls },
	{ "doorbell_by_message_works_as_well", doorbell_by_message_works_as_well },
	{ "channels_and_queues_are_as_asked", channels_and_queues_are_as_asked },
	{ "interrupts_are_signalled", interrupts_are_signalled },
	{ "vectors_are_set_and_taken_away_one_by_one", vectors_are_set_and_taken_away_one_by_one },
	{ "wrong_interrupts_are_refused", wrong_interrupts_are_refused },
	{ "booleans_choose_what_is_triggered", booleans_choose_what_is_triggered },
	{ "reset_message_while_busy", reset_message_while_busy },
	{ "function_level_reset_while_busy", function_level_reset_while_busy },
	{ "removed_function_comes_back_with_a_reset", removed_function_comes_back_with_a_reset },
	{ "errors_are_injected_from_the_start", errors_are_injected_from_the_start },
};

static struct test_suite suite = {
	.name = "device_transfer",
	.case_teardown = dev_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
