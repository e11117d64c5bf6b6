/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Copies and fills in all directions: the bytes that move, and only those. */

#include <errno.h>
#include <string.h>

#include <rte_malloc.h>

#include "test_driver.h"

#define LARGE_BYTES	(8u << 20)

/* One copy; everything else in drv_dst is untouched. */
static int
copy_one(size_t to, size_t from, uint32_t length)
{
	memset(drv_dst, DRV_UNTOUCHED, 8192);
	TEST_ASSERT(drv_copy(0, drv_dst + to, drv_src + from, length,
			     RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(drv_dst + to, drv_src + from, length) == 0);
	TEST_ASSERT(drv_untouched(drv_dst, to));
	TEST_ASSERT(drv_untouched(drv_dst + to + length, 8192 - to - length));
	return TEST_OK;
}

static int
copy_of_every_small_length(void)
{
	TEST_CALL(drv_open(NULL));
	for (uint32_t length = 1; length <= 260; length++)
		TEST_CALL(copy_one(1024, 512, length));
	return TEST_OK;
}

static int
copy_of_every_alignment(void)
{
	TEST_CALL(drv_open(NULL));
	for (size_t to = 0; to < 9; to++)
		for (size_t from = 0; from < 9; from++)
			TEST_CALL(copy_one(64 + to, 128 + from, 1000 + to + from));
	return TEST_OK;
}

static int
copy_of_8_mib(void)
{
	uint8_t *from = rte_malloc(NULL, LARGE_BYTES, 64);
	uint8_t *to = rte_malloc(NULL, LARGE_BYTES + 1, 64);
	int result = TEST_FAILED;

	TEST_ASSERT(from != NULL && to != NULL);
	drv_pattern(from, LARGE_BYTES, 3);
	to[LARGE_BYTES] = DRV_UNTOUCHED;
	if (drv_open(NULL) == TEST_OK &&
	    drv_copy(0, to, from, LARGE_BYTES, RTE_DMA_OP_FLAG_SUBMIT) == 0)
		result = drv_wait(0, 1);
	if (result == TEST_OK &&
	    (memcmp(from, to, LARGE_BYTES) != 0 || to[LARGE_BYTES] != DRV_UNTOUCHED)) {
		test_note("the bytes differ");
		result = TEST_FAILED;
	}
	rte_free(from);
	rte_free(to);
	return result;
}

static int
fill_of_every_length_and_alignment(void)
{
	const uint64_t pattern = UINT64_C(0x8877665544332211);

	TEST_CALL(drv_open(NULL));
	for (uint32_t length = 1; length <= 100; length++) {
		uint8_t *to = drv_dst + 64 + length % 9;

		memset(drv_dst, DRV_UNTOUCHED, 512);
		TEST_ASSERT(rte_dma_fill(drv, 0, pattern, drv_iova(to), length,
					 RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 1));
		for (uint32_t i = 0; i < length; i++)
			TEST_ASSERT_EQ(to[i], (uint8_t)(pattern >> 8 * (i % 8)));
		TEST_ASSERT(drv_untouched(drv_dst, to - drv_dst));
		TEST_ASSERT(drv_untouched(to + length, 256));
	}
	return TEST_OK;
}

static int
fence_orders_what_depends(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 50; round++) {
		uint8_t *step = drv_dst + 65536;

		drv_wipe();
		TEST_ASSERT(drv_copy(0, step, drv_src + round, 4000, 0) >= 0);
		TEST_ASSERT(drv_copy(0, step + 8192, step, 4000, RTE_DMA_OP_FLAG_FENCE) >= 0);
		TEST_ASSERT(rte_dma_fill(drv, 0, 0, drv_iova(step), 4000,
					 RTE_DMA_OP_FLAG_FENCE | RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 3));
		TEST_ASSERT(memcmp(step + 8192, drv_src + round, 4000) == 0);
		TEST_ASSERT(step[0] == 0 && step[3999] == 0);
	}
	return TEST_OK;
}

/* vchan 0: memory to device, 1: within the device, 2: device to memory, 3: within memory. */
static int
open_four_directions(void)
{
	static const enum rte_dma_direction directions[] = {
		RTE_DMA_DIR_MEM_TO_DEV, RTE_DMA_DIR_DEV_TO_DEV, RTE_DMA_DIR_DEV_TO_MEM,
		RTE_DMA_DIR_MEM_TO_MEM,
	};

	drv = drv_probe(DRV_NAME, "queues=4");
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(drv_configure(drv, 4, false), 0);
	for (uint16_t i = 0; i < 4; i++)
		TEST_ASSERT_EQ(drv_vchan(drv, i, directions[i], 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return TEST_OK;
}

static int
move(uint16_t vchan, uint64_t dst, uint64_t src, uint32_t length)
{
	TEST_ASSERT(rte_dma_copy(drv, vchan, src, dst, length, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	return drv_wait(vchan, 1);
}

static int
copies_through_local_memory(void)
{
	const uint64_t far = DRV_LOCAL + DRV_LOCAL_BYTES - 5000;

	TEST_CALL(open_four_directions());
	TEST_CALL(move(0, DRV_LOCAL + 17, drv_iova(drv_src), 5000));
	TEST_CALL(move(1, far, DRV_LOCAL + 17, 5000));
	TEST_CALL(move(2, drv_iova(drv_dst + 3), far, 5000));
	TEST_CALL(move(3, drv_iova(drv_dst + 8000), drv_iova(drv_dst + 3), 5000));
	TEST_ASSERT(memcmp(drv_dst + 3, drv_src, 5000) == 0);
	TEST_ASSERT(memcmp(drv_dst + 8000, drv_src, 5000) == 0);
	TEST_ASSERT(drv_untouched(drv_dst, 3) && drv_untouched(drv_dst + 5003, 2000));
	return TEST_OK;
}

static int
fills_local_memory(void)
{
	const uint64_t pattern = UINT64_C(0x0102030405060708);

	TEST_CALL(open_four_directions());
	TEST_ASSERT(rte_dma_fill(drv, 0, pattern, DRV_LOCAL + 8, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(move(2, drv_iova(drv_dst), DRV_LOCAL, 80));
	for (unsigned int i = 0; i < 8; i++)
		TEST_ASSERT_EQ(drv_dst[i], 0);	/* as after a reset of the function */
	for (unsigned int i = 0; i < 64; i++)
		TEST_ASSERT_EQ(drv_dst[8 + i], (uint8_t)(pattern >> 8 * (i % 8)));
	TEST_ASSERT_EQ(drv_dst[72], 0);
	return TEST_OK;
}

static int
copies_through_a_loopback_port(void)
{
	struct rte_pmd_refdma_port port;

	TEST_CALL(open_four_directions());
	TEST_CALL(move(0, DRV_PORT(DRV_LOOPBACK), drv_iova(drv_src), 3000));
	TEST_CALL(move(2, drv_iova(drv_dst), DRV_PORT(DRV_LOOPBACK) + 0xff0, 3000));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 3000) == 0);
	/* From local memory and back, through the port. */
	TEST_CALL(move(0, DRV_LOCAL, drv_iova(drv_src + 100), 3000));
	TEST_CALL(move(1, DRV_PORT(DRV_LOOPBACK), DRV_LOCAL, 3000));
	TEST_CALL(move(1, DRV_LOCAL + 4096, DRV_PORT(DRV_LOOPBACK), 3000));
	TEST_CALL(move(2, drv_iova(drv_dst + 4096), DRV_LOCAL + 4096, 3000));
	TEST_ASSERT(memcmp(drv_dst + 4096, drv_src + 100, 3000) == 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, 6000);
	TEST_ASSERT_EQ(port.rx_bytes, 6000);
	TEST_ASSERT_EQ(port.fifo_level, 0);
	return TEST_OK;
}

static int
copies_to_a_sink_and_from_a_source(void)
{
	struct rte_pmd_refdma_port port;
	uint64_t sum = 0;

	TEST_CALL(open_four_directions());
	TEST_CALL(move(0, DRV_PORT(DRV_SINK), drv_iova(drv_src), 1000));
	TEST_CALL(move(0, DRV_PORT(DRV_SINK), drv_iova(drv_src + 1000), 333));
	for (unsigned int i = 0; i < 1333; i++)
		sum += (uint64_t)(i + 1) * drv_src[i];
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_SINK, &port), 0);
	TEST_ASSERT_EQ(port.checksum, sum);
	TEST_ASSERT_EQ(port.tx_bytes, 1333);
	TEST_ASSERT_EQ(port.frames, 2);
	TEST_CALL(move(2, drv_iova(drv_dst), DRV_PORT(DRV_SOURCE), 4096));
	for (uint64_t i = 0; i < 512; i++)
		TEST_ASSERT_EQ(((uint64_t *)drv_dst)[i], i);
	return TEST_OK;
}

static int
device_addresses_out_of_range_are_errors(void)
{
	TEST_CALL(open_four_directions());
	rte_dma_copy(drv, 0, drv_iova(drv_src), DRV_LOCAL - 8, 16, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	rte_dma_copy(drv, 0, drv_iova(drv_src), DRV_LOCAL + DRV_LOCAL_BYTES - 8, 16, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	rte_dma_copy(drv, 2, DRV_LOCAL + DRV_LOCAL_BYTES, drv_iova(drv_dst), 16, 0);
	TEST_CALL(drv_expect_one(2, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	rte_dma_copy(drv, 2, DRV_PORT(3), drv_iova(drv_dst), 16, 0);
	TEST_CALL(drv_expect_one(2, RTE_DMA_STATUS_INVALID_ADDR));
	rte_dma_copy(drv, 2, DRV_PORT(DRV_SINK), drv_iova(drv_dst), 16, 0);
	TEST_CALL(drv_expect_one(2, RTE_DMA_STATUS_INVALID_ADDR));
	rte_dma_copy(drv, 0, drv_iova(drv_src), DRV_PORT(DRV_SOURCE), 16, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_ADDR));
	rte_dma_fill(drv, 0, 0, DRV_PORT(DRV_SINK), 16, 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_ADDR));
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	/* A host address is nothing to the device's own address space. */
	rte_dma_copy(drv, 2, drv_iova(drv_src), drv_iova(drv_dst), 16, 0);
	TEST_CALL(drv_expect_one(2, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "copy_of_every_small_length", copy_of_every_small_length },
	{ "copy_of_every_alignment", copy_of_every_alignment },
	{ "copy_of_8_mib", copy_of_8_mib },
	{ "fill_of_every_length_and_alignment", fill_of_every_length_and_alignment },
	{ "fence_orders_what_depends", fence_orders_what_depends },
	{ "copies_through_local_memory", copies_through_local_memory },
	{ "fills_local_memory", fills_local_memory },
	{ "copies_through_a_loopback_port", copies_through_a_loopback_port },
	{ "copies_to_a_sink_and_from_a_source", copies_to_a_sink_and_from_a_source },
	{ "device_addresses_out_of_range_are_errors", device_addresses_out_of_range_are_errors },
};

DRIVER_SUITES(copy, cases)
DRIVER_SUITE_SOCKET(copy, cases)
