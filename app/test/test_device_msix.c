/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: what holds an interrupt back, and what lets it go (section 10.1). */

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "test_device.h"

#define CONFIG		VFIO_USER_REGION_CONFIG
#define POWER		0x44	/* control and status register of power management */
#define POWER_D3	3
#define CONTROL		0x52	/* message control register of MSI-X */
#define MSIX_ENABLE	0x8000
#define MASK_ALL	0x4000
#define ENTRY_CONTROL	12	/* of an entry of the table */
#define MASKED		1
#define EVENTFDS	(VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_TRIGGER)
#define TRIGGER		(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER)
#define MASK		(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_MASK)
#define UNMASK		(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_UNMASK)
/* Vectors that the cases use have a descriptor each. */
#define VECTORS		2

static int fds[VECTORS] = { -1, -1 };

/* How often a vector was sent since the last look. */
static uint64_t
sent(unsigned int vector)
{
	uint64_t value = 0;

	if (read(fds[vector], &value, sizeof(value)) < 0)
		return 0;
	return value;
}

static uint64_t
pending(void)
{
	return dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8);
}

static bool
masked(unsigned int vector)
{
	return (dev_read(REFDMA_BAR_MSIX, vector * 16 + ENTRY_CONTROL, 4) & MASKED) != 0;
}

static int
set_masked(unsigned int vector, bool on)
{
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, vector * 16 + ENTRY_CONTROL, 4, on), 0);
	return TEST_OK;
}

static int
set_control(uint16_t value)
{
	TEST_ASSERT_EQ(dev_write(CONFIG, CONTROL, 2, value), 0);
	return TEST_OK;
}

static int
trigger(unsigned int vector)
{
	TEST_ASSERT_EQ(dev_irqs(TRIGGER, vector, 1, NULL, 0), 0);
	return TEST_OK;
}

static int
open_session(void)
{
	for (unsigned int i = 0; i < VECTORS; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		TEST_ASSERT(fds[i] >= 0);
	}
	TEST_CALL(DEV_START("--channels", "2"));
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, VECTORS, fds, VECTORS), 0);
	return TEST_OK;
}

static void
teardown(void)
{
	for (unsigned int i = 0; i < VECTORS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
	dev_teardown();
}

/* Something holds all vectors back, or only vector 1. */
static int
expect_held(bool all)
{
	for (unsigned int i = 0; i < 3; i++) {
		TEST_CALL(trigger(0));
		TEST_CALL(trigger(1));
	}
	TEST_ASSERT_EQ(sent(0), all ? 0 : 3);
	TEST_ASSERT_EQ(sent(1), 0);
	return TEST_OK;
}

/* Now nothing does: each vector that waited is sent once. */
static int
expect_released(bool all)
{
	TEST_ASSERT_EQ(sent(0), all ? 1 : 0);
	TEST_ASSERT_EQ(sent(1), 1);
	TEST_ASSERT_EQ(pending(), 0);
	TEST_CALL(trigger(0));
	TEST_CALL(trigger(1));
	TEST_ASSERT_EQ(sent(0), 1);
	TEST_ASSERT_EQ(sent(1), 1);
	return TEST_OK;
}

static int
mask_bit_of_the_table_holds_its_vector(void)
{
	TEST_CALL(open_session());
	TEST_CALL(set_masked(1, true));
	TEST_CALL(expect_held(false));
	TEST_ASSERT_EQ(pending(), 0x2);
	/* Writes that leave the mask as it is, and of one byte. */
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, 16, 8, 0xfee00000), 0);
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, 16 + ENTRY_CONTROL, 4, MASKED), 0);
	TEST_ASSERT_EQ(sent(1), 0);
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, 16 + ENTRY_CONTROL, 1, 0), 0);
	return expect_released(false);
}

static int
actions_of_the_client_mask_and_unmask(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_irqs(MASK, 1, 1, NULL, 0), 0);
	TEST_ASSERT(masked(1) && !masked(0));
	TEST_CALL(expect_held(false));
	TEST_ASSERT_EQ(pending(), 0x2);
	TEST_ASSERT_EQ(dev_irqs(UNMASK, 0, 2, NULL, 0), 0);
	TEST_ASSERT(!masked(1));
	return expect_released(false);
}

static int
booleans_choose_what_is_masked(void)
{
	struct {
		struct vfio_user_irq_set set;
		uint8_t wanted[2];
	} irqs = {
		.set = {
			.argsz = 22, .index = VFIO_USER_IRQ_MSIX, .count = 2,
			.flags = VFIO_USER_SET_DATA_BOOL | VFIO_USER_SET_MASK,
		},
		.wanted = { 0, 1 },
	};

	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, 22, NULL, 0), 0);
	TEST_CALL(expect_held(false));
	irqs.set.flags = VFIO_USER_SET_DATA_BOOL | VFIO_USER_SET_UNMASK;
	irqs.wanted[1] = 0;
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, 22, NULL, 0), 0);
	TEST_ASSERT_EQ(sent(1), 0);
	irqs.wanted[1] = 1;
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, 22, NULL, 0), 0);
	return expect_released(false);
}

static int
function_mask_holds_all(void)
{
	TEST_CALL(open_session());
	TEST_CALL(set_control(MSIX_ENABLE | MASK_ALL));
	TEST_CALL(expect_held(true));
	TEST_ASSERT_EQ(pending(), 0x3);
	TEST_ASSERT(!masked(0));
	TEST_CALL(set_control(MSIX_ENABLE));
	return expect_released(true);
}

static int
msix_that_is_not_enabled_holds_all(void)
{
	TEST_CALL(open_session());
	TEST_CALL(set_control(0));
	TEST_CALL(expect_held(true));
	TEST_ASSERT_EQ(pending(), 0x3);
	TEST_CALL(set_control(MSIX_ENABLE));
	return expect_released(true);
}

/* A message is a write to memory. */
static int
function_that_is_no_bus_master_holds_all(void)
{
	TEST_CALL(open_session());
	TEST_CALL(dev_bus_master(false));
	TEST_CALL(expect_held(true));
	TEST_ASSERT_EQ(pending(), 0x3);
	TEST_CALL(dev_bus_master(true));
	TEST_CALL(expect_released(true));
	TEST_ASSERT_EQ(dev_write(CONFIG, POWER, 2, POWER_D3), 0);
	TEST_CALL(expect_held(true));
	TEST_ASSERT_EQ(dev_write(CONFIG, POWER, 2, 0), 0);
	return expect_released(true);
}

static int
each_of_two_masks_holds(void)
{
	TEST_CALL(open_session());
	TEST_CALL(set_control(MSIX_ENABLE | MASK_ALL));
	TEST_CALL(set_masked(1, true));
	TEST_CALL(expect_held(true));
	TEST_CALL(set_masked(1, false));
	TEST_ASSERT_EQ(sent(1), 0);
	TEST_CALL(set_masked(1, true));
	TEST_CALL(set_control(MSIX_ENABLE));
	TEST_ASSERT_EQ(sent(0), 1);
	TEST_ASSERT_EQ(sent(1), 0);
	TEST_ASSERT_EQ(pending(), 0x2);
	TEST_CALL(set_masked(1, false));
	return expect_released(false);
}

/* As with the kernel's VFIO; QEMU, which keeps the guest's table itself, relies on it. */
static int
descriptors_enable_and_unmask(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_read(CONFIG, CONTROL, 2) & (MSIX_ENABLE | MASK_ALL), MSIX_ENABLE);
	TEST_ASSERT(!masked(0) && !masked(1) && masked(2));
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 1, 1, NULL, 0), 0);
	TEST_ASSERT(!masked(0) && masked(1));
	TEST_CALL(trigger(1));
	TEST_ASSERT_EQ(pending(), 0x2);
	TEST_ASSERT_EQ(dev_irqs(TRIGGER, 0, 0, NULL, 0), 0);	/* all of them away */
	TEST_ASSERT_EQ(dev_read(CONFIG, CONTROL, 2) & MSIX_ENABLE, 0);
	TEST_ASSERT(masked(0) && masked(1));
	/* What is pending stays so, for whom comes next. */
	TEST_CALL(trigger(0));
	TEST_ASSERT_EQ(pending(), 0x3);
	TEST_ASSERT_EQ(dev_irqs(EVENTFDS, 0, VECTORS, fds, VECTORS), 0);
	return expect_released(true);
}

/* The descriptors stay; a driver enables MSI-X and unmasks, as after power-on. */
static int
reset_masks_and_forgets(void)
{
	TEST_CALL(open_session());
	TEST_CALL(set_masked(1, true));
	TEST_CALL(trigger(1));
	TEST_ASSERT_EQ(dev_reset(), 0);
	TEST_ASSERT_EQ(dev_read(CONFIG, CONTROL, 2) & (MSIX_ENABLE | MASK_ALL), 0);
	TEST_CALL(dev_bus_master(true));
	TEST_ASSERT(masked(0) && masked(1));
	TEST_ASSERT_EQ(pending(), 0);
	TEST_CALL(trigger(0));
	TEST_CALL(set_control(MSIX_ENABLE));
	TEST_ASSERT_EQ(sent(0), 0);
	TEST_CALL(set_masked(0, false));
	TEST_ASSERT_EQ(sent(0), 1);
	return TEST_OK;
}

/* The interrupt of a queue, which an engine's thread raises. */
static int
completion_while_masked_is_told_later(void)
{
	struct dev_queue q;

	TEST_CALL(open_session());
	TEST_CALL(set_masked(1, true));
	TEST_CALL(dev_queue_open(&q, 0, 0));
	TEST_CALL(dev_set_reg(q.base + REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 1));
	TEST_CALL(dev_set_reg(q.base + REFDMA_Q_IRQ_ARM, 0));
	dev_push(&q, REFDMA_OP_COPY, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + 4096, 64,
		 REFDMA_F_IRQ);
	TEST_CALL(dev_ring(&q));
	TEST_WAIT(pending() == 0x2, DEV_DEADLINE_MS);
	TEST_ASSERT_EQ(dev_done(&q), 1);
	TEST_ASSERT_EQ(sent(1), 0);
	TEST_CALL(set_masked(1, false));
	TEST_ASSERT_EQ(sent(1), 1);
	TEST_ASSERT_EQ(pending(), 0);
	return dev_stop();
}

static const struct test_case cases[] = {
	{ "mask_bit_of_the_table_holds_its_vector", mask_bit_of_the_table_holds_its_vector },
	{ "actions_of_the_client_mask_and_unmask", actions_of_the_client_mask_and_unmask },
	{ "booleans_choose_what_is_masked", booleans_choose_what_is_masked },
	{ "function_mask_holds_all", function_mask_holds_all },
	{ "msix_that_is_not_enabled_holds_all", msix_that_is_not_enabled_holds_all },
	{ "function_that_is_no_bus_master_holds_all", function_that_is_no_bus_master_holds_all },
	{ "each_of_two_masks_holds", each_of_two_masks_holds },
	{ "descriptors_enable_and_unmask", descriptors_enable_and_unmask },
	{ "reset_masks_and_forgets", reset_masks_and_forgets },
	{ "completion_while_masked_is_told_later", completion_while_masked_is_told_later },
};

static struct test_suite suite = {
	.name = "device_msix",
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
