/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: configuration space as the PCI specifications have it, and the MSI-X BAR. */

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "test_device.h"

#define CONFIG		VFIO_USER_REGION_CONFIG
#define CAP_PM		0x01
#define CAP_EXPRESS	0x10
#define CAP_MSIX	0x11
#define COMMAND		0x04
#define BAR0		0x10

static uint64_t
config(unsigned int offset, unsigned int size)
{
	return dev_read(CONFIG, offset, size);
}

static int
set_config(unsigned int offset, unsigned int size, uint64_t value)
{
	TEST_ASSERT_EQ(dev_write(CONFIG, offset, size, value), 0);
	return TEST_OK;
}

/* Walk the list, as a kernel does. @return offset, or 0 */
static unsigned int
find_capability(unsigned int id)
{
	unsigned int offset = config(0x34, 1);

	for (unsigned int i = 0; offset >= 0x40 && offset % 4 == 0 && i < 48; i++) {
		if (config(offset, 1) == id)
			return offset;
		offset = config(offset + 1, 1);
	}
	return 0;
}

static int
header_says_what_the_function_is(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(config(0x00, 2), REFDMA_PCI_VENDOR_ID);
	TEST_ASSERT_EQ(config(0x02, 2), REFDMA_PCI_DEVICE_ID);
	TEST_ASSERT_EQ(config(0x08, 4), REFDMA_PCI_CLASS << 8 | 1);
	TEST_ASSERT_EQ(config(0x0e, 1), 0);		/* type 0, one function */
	TEST_ASSERT_EQ(config(0x2c, 2), REFDMA_PCI_VENDOR_ID);
	TEST_ASSERT_EQ(config(0x2e, 2), REFDMA_PCI_DEVICE_ID);
	TEST_ASSERT_EQ(config(0x06, 2), 0x0010);	/* a list of capabilities */
	TEST_ASSERT_EQ(config(0x3d, 1), 0);		/* no INTx */
	TEST_ASSERT_EQ(config(0x30, 4), 0);		/* no ROM */
	TEST_ASSERT_EQ(config(0x100, 4), 0);		/* no extended capability */
	return TEST_OK;
}

static int
identity_is_an_option(void)
{
	TEST_CALL(DEV_START("--id", "10ee:903f", "--subsystem", "abcd:0007", "--revision", "42"));
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(config(0x00, 4), 0x903f10ee);
	TEST_ASSERT_EQ(config(0x2c, 4), 0x0007abcd);
	TEST_ASSERT_EQ(config(0x08, 1), 42);
	return TEST_OK;
}

static int
bars_are_sized_by_writing_ones(void)
{
	static const uint64_t sizes[] = { 0x40000, 0x8000, 0x1000 };
	uint64_t low, high;

	TEST_CALL(DEV_START("--channels", "5"));
	TEST_CALL(dev_attach());
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		unsigned int bar = BAR0 + 8 * i;

		TEST_ASSERT_EQ(config(bar, 4), 0x4);	/* 64-bit memory */
		TEST_CALL(set_config(bar, 4, UINT32_MAX));
		TEST_CALL(set_config(bar + 4, 4, UINT32_MAX));
		low = config(bar, 4);
		high = config(bar + 4, 4);
		TEST_ASSERT_EQ(low & 0xf, 0x4);
		TEST_ASSERT_EQ(~(high << 32 | (low & ~UINT64_C(0xf))) + 1, sizes[i]);
		TEST_CALL(set_config(bar, 4, 0xfe000000));
		TEST_CALL(set_config(bar + 4, 4, 0x12));
		TEST_ASSERT_EQ(config(bar, 4), 0xfe000004);
		TEST_ASSERT_EQ(config(bar + 4, 4), 0x12);
	}
	return TEST_OK;
}

static int
read_only_registers_stay(void)
{
	uint8_t before[64], after[64];

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	for (unsigned int i = 0; i < sizeof(before); i++)
		before[i] = config(i, 1);
	for (unsigned int i = 0; i < sizeof(before); i++)
		TEST_CALL(set_config(i, 1, 0xff));
	for (unsigned int i = 0; i < sizeof(before); i++)
		after[i] = config(i, 1);
	/* Command, cache line, BARs and interrupt line are the host's. */
	TEST_ASSERT_EQ(config(COMMAND, 2), 0x0546);
	before[4] = after[4];
	before[5] = after[5];
	before[0x0c] = after[0x0c];
	before[0x3c] = after[0x3c];
	memcpy(before + BAR0, after + BAR0, 24);
	TEST_ASSERT(memcmp(before, after, sizeof(before)) == 0);
	TEST_CALL(set_config(0x200, 4, UINT32_MAX));
	TEST_ASSERT_EQ(config(0x200, 4), 0);
	return TEST_OK;
}

static int
capabilities_are_in_the_list(void)
{
	unsigned int express, msix, pm;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	express = find_capability(CAP_EXPRESS);
	msix = find_capability(CAP_MSIX);
	pm = find_capability(CAP_PM);
	TEST_ASSERT(express != 0 && msix != 0 && pm != 0);
	TEST_ASSERT_EQ(find_capability(0x05), 0);			/* no MSI */
	TEST_ASSERT_EQ(config(express + 2, 2) & 0xff, 0x02);		/* v2, endpoint */
	TEST_ASSERT((config(express + 4, 4) & 1 << 28) != 0);		/* FLR */
	TEST_ASSERT_EQ((config(msix + 2, 2) & 0x7ff) + 1,
		       dev_reg(REFDMA_REG_TOPOLOGY) >> REFDMA_TOPOLOGY_VECTORS_SHIFT);
	TEST_ASSERT_EQ(config(msix + 4, 4), REFDMA_MSIX_TABLE_OFFSET | REFDMA_BAR_MSIX);
	TEST_ASSERT_EQ(config(msix + 8, 4), REFDMA_MSIX_PBA_OFFSET | REFDMA_BAR_MSIX);
	TEST_ASSERT_EQ(config(pm + 2, 2) & 7, 3);
	return TEST_OK;
}

static int
function_level_reset_resets_the_function(void)
{
	struct dev_queue q;
	unsigned int express;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_CALL(dev_queue_open(&q, 0, 1));
	TEST_CALL(dev_set_reg(REFDMA_REG_SCRATCH, 77));
	TEST_CALL(set_config(BAR0, 4, 0xfe000000));
	express = find_capability(CAP_EXPRESS);
	/* Everything of the register but the bit that resets: nothing happens. */
	TEST_CALL(set_config(express + 8, 2, 0x2810));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 77);
	TEST_CALL(set_config(express + 8, 2, 0x2810 | 0x8000));
	TEST_ASSERT_EQ(config(COMMAND, 2), 0);
	TEST_ASSERT_EQ(config(BAR0, 4), 0x4);
	TEST_ASSERT_EQ(config(express + 8, 2), 0x2810);	/* the bit reads as zero */
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 0);
	TEST_ASSERT_EQ(dev_state(&q), REFDMA_STATE_DISABLED);
	/* The client's memory is still shared: the same driver starts over. */
	TEST_CALL(dev_bus_master(true));
	return dev_queue_open(&q, 0, 1);
}

/* Section 2.1: a function that does not decode its BARs is not there for who accesses them. */
static int
expect_no_bar(void)
{
	static const struct {
		unsigned int bar, offset;
	} places[] = {
		{ REFDMA_BAR_REGS, REFDMA_REG_MAGIC }, { REFDMA_BAR_REGS, REFDMA_REG_SCRATCH },
		{ REFDMA_BAR_DOORBELL, 0 }, { REFDMA_BAR_MSIX, 0 },
		{ REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET },
	};

	for (unsigned int i = 0; i < RTE_DIM(places); i++) {
		TEST_ASSERT_EQ(dev_read(places[i].bar, places[i].offset, 4), UINT32_MAX);
		TEST_ASSERT_EQ(dev_read(places[i].bar, places[i].offset, 1), 0xff);
		TEST_ASSERT_EQ(dev_write(places[i].bar, places[i].offset, 4, 0x1234), 0);
	}
	return TEST_OK;
}

static int
memory_space_enable_is_enforced(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_CALL(dev_set_reg(REFDMA_REG_SCRATCH, 5));
	TEST_CALL(dev_memory_space(false));
	TEST_CALL(expect_no_bar());
	TEST_ASSERT_EQ(config(0x00, 2), REFDMA_PCI_VENDOR_ID);
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 5);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_DOORBELL, 0, 4), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, 0, 4), 0);
	return dev_queue_usable(0, 0);
}

static int
reset_function_has_no_bars(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_reset(), 0);
	TEST_CALL(expect_no_bar());
	return TEST_OK;
}

static int
power_states_are_d0_and_d3(void)
{
	struct dev_queue q;
	unsigned int pm;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	pm = find_capability(CAP_PM);
	TEST_ASSERT_EQ(config(pm + 4, 2), 0x8);		/* D0, keeps its state */
	TEST_CALL(set_config(pm + 4, 2, 1));
	TEST_ASSERT_EQ(config(pm + 4, 2), 0x8);		/* there is no D1 */
	TEST_CALL(dev_set_reg(REFDMA_REG_SCRATCH, 5));
	TEST_CALL(dev_queue_open(&q, 0, 0));
	memset(dev.ram + DEV_DATA, 1, 1u << 20);
	dev_push(&q, REFDMA_OP_COPY, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + (1u << 20), 1u << 20,
		 REFDMA_F_LOOP);
	TEST_CALL(dev_ring(&q));
	TEST_WAIT(dev_read(REFDMA_BAR_REGS, q.base + REFDMA_Q_PERIODS, 8) > 0, DEV_DEADLINE_MS);
	TEST_CALL(set_config(pm + 4, 2, 3));
	TEST_ASSERT_EQ(config(pm + 4, 2), 0xb);
	/* In D3 there is configuration space, and nothing masters the bus. */
	memset(dev.ram + DEV_DATA + (1u << 20), 0, 1u << 20);
	TEST_CALL(expect_no_bar());
	for (unsigned int i = 0; i < 1u << 20; i++)
		TEST_ASSERT_EQ(dev.ram[DEV_DATA + (1u << 20) + i], 0);
	TEST_CALL(set_config(pm + 4, 2, 0));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 5);
	return dev_queue_usable(0, 1);
}

static int
msix_table_is_storage(void)
{
	unsigned int vectors;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	vectors = dev_reg(REFDMA_REG_TOPOLOGY) >> REFDMA_TOPOLOGY_VECTORS_SHIFT;
	for (unsigned int i = 0; i < vectors; i++) {
		/* Masked after reset. */
		TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, i * 16 + 12, 4), 1);
		TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, i * 16, 8, 0xfee00000 + i), 0);
		TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, i * 16 + 12, 4, 0), 0);
	}
	for (unsigned int i = 0; i < vectors; i++)
		TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, i * 16, 8), 0xfee00000 + i);
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8, UINT64_MAX), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8), 0);
	TEST_ASSERT_EQ(dev_reset(), 0);
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, 12, 4), 1);
	return TEST_OK;
}

/* A vector without a descriptor keeps its interrupt, and shows it. */
static int
interrupts_are_pending_until_somebody_takes_them(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	uint64_t count = 0;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_ASSERT_EQ(dev_irqs(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER, 1, 1, NULL, 0), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8), 0x2);
	TEST_ASSERT_EQ(dev_irqs(VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_TRIGGER, 1, 1, &fd, 1),
		       0);
	TEST_ASSERT_EQ(read(fd, &count, sizeof(count)), sizeof(count));
	TEST_ASSERT_EQ(count, 1);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8), 0);
	close(fd);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "header_says_what_the_function_is", header_says_what_the_function_is },
	{ "identity_is_an_option", identity_is_an_option },
	{ "bars_are_sized_by_writing_ones", bars_are_sized_by_writing_ones },
	{ "read_only_registers_stay", read_only_registers_stay },
	{ "capabilities_are_in_the_list", capabilities_are_in_the_list },
	{ "function_level_reset_resets_the_function", function_level_reset_resets_the_function },
	{ "memory_space_enable_is_enforced", memory_space_enable_is_enforced },
	{ "reset_function_has_no_bars", reset_function_has_no_bars },
	{ "power_states_are_d0_and_d3", power_states_are_d0_and_d3 },
	{ "msix_table_is_storage", msix_table_is_storage },
	{ "interrupts_are_pending_until_somebody_takes_them",
	  interrupts_are_pending_until_somebody_takes_them },
};

static struct test_suite suite = {
	.name = "device_config",
	.case_teardown = dev_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
