/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: what it says of its regions and interrupts, and what can be read of them. */

#include <string.h>
#include <unistd.h>

#include "test_device.h"

static int
device_is_pci_and_resets(void)
{
	uint32_t info[4] = { 16, 0xffff, 0xffff, 0xffff };

	TEST_CALL(dev_open());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_INFO, info, sizeof(info), info, sizeof(info)),
		       sizeof(info));
	TEST_ASSERT_EQ(info[0], 16);
	TEST_ASSERT_EQ(info[1], 0x3);
	TEST_ASSERT_EQ(info[2], 9);
	TEST_ASSERT_EQ(info[3], 5);
	return TEST_OK;
}

/* The doorbells' region, for a client with so much room; the descriptor is closed. */
static int
ask_doorbells(uint32_t room, struct vfio_user_region_info *info, int *size, int *fd)
{
	struct {
		struct vfio_user_region_info info;
		struct vfio_user_sparse_mmap sparse;
	} region = { .info = { .argsz = room, .index = REFDMA_BAR_DOORBELL } };

	TEST_CALL(dev_send(VFIO_USER_DEVICE_GET_REGION_INFO, 0, &region, sizeof(region.info), NULL,
			   0));
	*size = dev_receive(&region, sizeof(region), fd);
	*info = region.info;
	if (*fd >= 0)
		close(*fd);
	return TEST_OK;
}

static int
regions_are_described(void)
{
	static const uint64_t sizes[VFIO_USER_REGIONS] = {
		[0] = 0x40000, [2] = 0x4000, [4] = 0x1000, [7] = 0x1000,
	};
	struct vfio_user_region_info info;
	int size, fd;

	TEST_CALL(DEV_START("--channels", "3"));
	TEST_CALL(dev_attach());
	/* Three pages, in a BAR of a power of two. */
	TEST_ASSERT_EQ(dev.doorbell_bytes, 0x3000);
	for (unsigned int i = 0; i < VFIO_USER_REGIONS; i++) {
		info = (struct vfio_user_region_info){ .argsz = sizeof(info), .index = i };
		TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info),
					&info, sizeof(info)), sizeof(info));
		TEST_ASSERT_EQ(info.index, i);
		TEST_ASSERT_EQ(info.size, sizes[i]);
		TEST_ASSERT_EQ(info.flags, sizes[i] != 0 ? 3 : 0);
	}
	/* Too little room for the capability: how much it takes, and nothing half-way. */
	TEST_CALL(ask_doorbells(32, &info, &size, &fd));
	TEST_ASSERT_EQ(size, 32);
	TEST_ASSERT_EQ(info.argsz, 64);
	TEST_ASSERT_EQ(info.flags, 3);
	TEST_ASSERT_EQ(info.cap_offset, 0);
	TEST_ASSERT_EQ(fd, -1);
	TEST_CALL(ask_doorbells(64, &info, &size, &fd));
	TEST_ASSERT_EQ(size, 64);
	TEST_ASSERT_EQ(info.flags, 0xf);
	TEST_ASSERT_EQ(info.cap_offset, 32);
	TEST_ASSERT(fd >= 0);
	info = (struct vfio_user_region_info){ .argsz = 32, .index = VFIO_USER_REGIONS };
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof(info), NULL, 0),
		       -EINVAL);
	return TEST_OK;
}

static int
client_without_descriptors_gets_none(void)
{
	struct vfio_user_region_info info;
	int size, fd;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_version("{\"capabilities\":{\"max_msg_fds\":0}}") > 0);
	TEST_CALL(ask_doorbells(64, &info, &size, &fd));
	TEST_ASSERT_EQ(size, 32);
	TEST_ASSERT_EQ(info.flags, 3);
	TEST_ASSERT_EQ(fd, -1);
	return TEST_OK;
}

static int
interrupts_are_described(void)
{
	struct vfio_user_irq_info info;

	TEST_CALL(DEV_START("--channels", "2", "--queues", "3"));
	TEST_CALL(dev_attach());
	for (unsigned int i = 0; i < VFIO_USER_IRQS; i++) {
		info = (struct vfio_user_irq_info){ .argsz = sizeof(info), .index = i };
		TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), &info,
					sizeof(info)), sizeof(info));
		TEST_ASSERT_EQ(info.count, i == VFIO_USER_IRQ_MSIX ?
			       dev_reg(REFDMA_REG_TOPOLOGY) >> REFDMA_TOPOLOGY_VECTORS_SHIFT : 0);
		TEST_ASSERT_EQ(info.flags, i == VFIO_USER_IRQ_MSIX ? 0x3 : 0);
	}
	info = (struct vfio_user_irq_info){ .argsz = sizeof(info), .index = VFIO_USER_IRQS };
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), NULL, 0),
		       -EINVAL);
	return TEST_OK;
}

/* A request for so many bytes of a region. */
static int
try_access(unsigned int command, unsigned int region, uint64_t offset, uint32_t count)
{
	static uint8_t buffer[sizeof(struct vfio_user_region_access) + (1 << 20) + 16];
	struct vfio_user_region_access access = {
		.offset = offset, .region = region, .count = count,
	};
	size_t data = command == VFIO_USER_REGION_WRITE && count <= 1 << 20 ? count : 0;

	memset(buffer, 0, sizeof(buffer));
	memcpy(buffer, &access, sizeof(access));
	return dev_call(command, buffer, sizeof(access) + data, buffer, sizeof(buffer));
}

static int
access_outside_of_regions_is_refused(void)
{
	static const struct {
		unsigned int region;
		uint64_t offset;
		uint32_t count;
	} wrong[] = {
		{ 0, 0x40000, 4 }, { 0, 0x3fffd, 4 }, { 0, UINT64_MAX - 3, 4 },
		{ 0, UINT64_MAX, 1 }, { 0, 0, 0x40001 }, { 0, 4, UINT32_MAX }, { 1, 0, 4 },
		{ 2, 0x1000, 4 }, { 3, 0, 1 }, { 4, 0xffd, 4 }, { 5, 0, 4 }, { 6, 0, 4 },
		{ 7, 0xffd, 4 }, { 7, 0, 0x1001 }, { 8, 0, 1 }, { 9, 0, 4 },
		{ UINT32_MAX, 0, 4 },
	};

	TEST_CALL(dev_open());
	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		TEST_ASSERT_EQ(try_access(VFIO_USER_REGION_READ, wrong[i].region, wrong[i].offset,
					  wrong[i].count), -EINVAL);
		TEST_ASSERT_EQ(try_access(VFIO_USER_REGION_WRITE, wrong[i].region, wrong[i].offset,
					  wrong[i].count), -EINVAL);
	}
	return dev_expect_alive();
}

static int
regions_are_read_whole(void)
{
	static uint8_t reply[sizeof(struct vfio_user_region_access) + 0x40000];
	struct vfio_user_region_access access = { .count = 0x40000 };
	uint32_t value;

	TEST_CALL(dev_open());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_REGION_READ, &access, sizeof(access), reply,
				sizeof(reply)), sizeof(reply));
	memcpy(&value, reply + sizeof(access), 4);
	TEST_ASSERT_EQ(value, REFDMA_MAGIC);
	/* Pieces that are not aligned are read in pieces that are. */
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_REGS, 1, 4),
		       (uint32_t)(REFDMA_VERSION & 0xff) << 24 | REFDMA_MAGIC >> 8);
	TEST_ASSERT_EQ(try_access(VFIO_USER_REGION_READ, 0, 0, 0),
		       sizeof(struct vfio_user_region_access));
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "device_is_pci_and_resets", device_is_pci_and_resets },
	{ "regions_are_described", regions_are_described },
	{ "client_without_descriptors_gets_none", client_without_descriptors_gets_none },
	{ "interrupts_are_described", interrupts_are_described },
	{ "access_outside_of_regions_is_refused", access_outside_of_regions_is_refused },
	{ "regions_are_read_whole", regions_are_read_whole },
};

static struct test_suite suite = {
	.name = "device_describe",
	.case_teardown = dev_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
