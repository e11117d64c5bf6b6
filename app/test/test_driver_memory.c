/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Memory that DPDK does not know (SVA), external memory, and addresses where there is none. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "test_card.h"
#include "test_driver.h"

#define BIG_BYTES	(3u << 20)
#define EXT_PAGES	16

static size_t
page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static uint8_t *
map_pages(size_t pages)
{
	void *p = mmap(NULL, pages * page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

static int
copy_and_compare(void *dst, const void *src, uint32_t length)
{
	TEST_ASSERT(drv_copy(0, dst, src, length, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(dst, src, length) == 0);
	return TEST_OK;
}

static int
heap_memory(void)
{
	uint8_t *from = malloc(BIG_BYTES), *to = malloc(BIG_BYTES);
	int result = TEST_FAILED;

	if (from != NULL && to != NULL)
		result = drv_open(NULL);
	if (result == TEST_OK) {
		drv_pattern(from, BIG_BYTES, 5);
		result = copy_and_compare(to, from, BIG_BYTES);
	}
	if (result == TEST_OK)
		result = copy_and_compare(to + 1, from + 77, 100001);
	/* Between memory that DPDK knows and memory that it does not. */
	if (result == TEST_OK)
		result = copy_and_compare(drv_dst, from + 3, 200000);
	if (result == TEST_OK)
		result = copy_and_compare(to + 5, drv_src, 200000);
	free(from);
	free(to);
	return result;
}

static int
stack_memory(void)
{
	uint8_t from[3000], to[3000];

	drv_pattern(from, sizeof(from), 6);
	TEST_CALL(drv_open(NULL));
	TEST_CALL(copy_and_compare(to, from, sizeof(from)));
	TEST_ASSERT(rte_dma_fill(drv, 0, 0, drv_iova(to), sizeof(to), RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	for (unsigned int i = 0; i < sizeof(to); i++)
		TEST_ASSERT_EQ(to[i], 0);
	return TEST_OK;
}

static int
lists_of_mixed_memory(void)
{
	uint8_t from[300] = { 0 }, to[200] = { 0 };
	struct rte_dma_sge src[2] = { { drv_iova(from), 300 }, { drv_iova(drv_src), 200 } };
	struct rte_dma_sge dst[3] = {
		{ drv_iova(drv_dst), 100 }, { drv_iova(to), 200 }, { drv_iova(drv_dst + 300), 200 },
	};

	drv_pattern(from, sizeof(from), 7);
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, 2, 3, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(drv_dst, from, 100) == 0);
	TEST_ASSERT(memcmp(to, from + 100, 200) == 0);
	TEST_ASSERT(memcmp(drv_dst + 300, drv_src, 200) == 0);
	return TEST_OK;
}

static int
wild_pointers_are_errors(void)
{
	static const struct {
		uint64_t addr;
		bool wraps;
	} wild[] = {
		{ 0, false }, { 8, false }, { 0x1000, false },
		{ UINT64_C(0x0000700000000001), false },
		{ UINT64_C(0x0000800000000000), false },	/* not canonical */
		{ UINT64_C(0xffff888000000000), false },	/* the kernel's */
		{ UINT64_MAX - 4096, false },
		{ UINT64_MAX - 10, true },
		{ UINT64_MAX, true },
	};

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < RTE_DIM(wild); i++) {
		rte_dma_copy(drv, 0, wild[i].addr, drv_iova(drv_dst), 64, 0);
		TEST_CALL(drv_expect_one(0, wild[i].wraps ? RTE_DMA_STATUS_INVALID_ADDR :
							    RTE_DMA_STATUS_INVALID_SRC_ADDR));
		rte_dma_copy(drv, 0, drv_iova(drv_src), wild[i].addr, 64, 0);
		TEST_CALL(drv_expect_one(0, wild[i].wraps ? RTE_DMA_STATUS_INVALID_ADDR :
							    RTE_DMA_STATUS_INVALID_DST_ADDR));
		rte_dma_fill(drv, 0, 0, wild[i].addr, 64, 0);
		TEST_CALL(drv_expect_one(0, wild[i].wraps ? RTE_DMA_STATUS_INVALID_ADDR :
							    RTE_DMA_STATUS_INVALID_DST_ADDR));
	}
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	return drv_usable(0);
}

static int
copy_that_runs_out_of_memory_is_an_error(void)
{
	size_t page = page_size();
	uint8_t *map = map_pages(2);
	int result = TEST_FAILED;

	TEST_ASSERT(map != NULL);
	memset(map, DRV_UNTOUCHED, 2 * page);
	mprotect(map + page, page, PROT_NONE);
	if (drv_open(NULL) == TEST_OK) {
		drv_copy(0, drv_dst, map + page - 100, 200, 0);
		result = drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR);
	}
	if (result == TEST_OK) {
		drv_copy(0, map + page - 100, drv_src, 200, 0);
		result = drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR);
	}
	if (result == TEST_OK)
		result = copy_and_compare(map + page - 100, drv_src, 100);
	munmap(map, 2 * page);
	return result;
}

/* Memory without the right that the copy needs is not mapped, as far as the device can tell. */
static int
memory_without_rights_is_an_error(void)
{
	size_t page = page_size();
	uint8_t *map = map_pages(1);
	int result = TEST_FAILED;

	TEST_ASSERT(map != NULL);
	memset(map, DRV_UNTOUCHED, page);
	mprotect(map, page, PROT_READ);
	if (drv_open(NULL) == TEST_OK) {
		drv_copy(0, map, drv_src, 64, 0);
		result = drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR);
	}
	if (result == TEST_OK && !drv_untouched(map, page))
		result = TEST_FAILED;
	if (result == TEST_OK)
		result = copy_and_compare(drv_dst, map, 64);
	mprotect(map, page, PROT_NONE);
	if (result == TEST_OK) {
		drv_copy(0, drv_dst, map, 64, 0);
		result = drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR);
	}
	munmap(map, page);
	return result;
}

/* Copies in both directions between external memory and DPDK's own. */
static int
use_external(uint8_t *map, size_t length)
{
	drv_pattern(map, length, 8);
	TEST_CALL(copy_and_compare(drv_dst, map, length));
	TEST_CALL(copy_and_compare(map + 5, drv_src, length - 5));
	TEST_CALL(copy_and_compare(map + length / 2, map, length / 2));
	return TEST_OK;
}

static int
external_memory_comes_and_goes(void)
{
	size_t page = page_size(), length = EXT_PAGES * page;
	uint8_t *map;

	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 10; round++) {
		map = map_pages(EXT_PAGES);
		TEST_ASSERT(map != NULL);
		TEST_ASSERT_EQ(rte_extmem_register(map, length, NULL, 0, page), 0);
		TEST_CALL(use_external(map, length));
		TEST_ASSERT_EQ(rte_extmem_unregister(map, length), 0);
		TEST_ASSERT_EQ(munmap(map, length), 0);
		drv_copy(0, drv_dst, map, 64, 0);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
		drv_copy(0, map + 100, drv_src, 64, 0);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
		TEST_CALL(drv_usable(0));
	}
	return TEST_OK;
}

/* One bad address among good ones. */
static int
rest_goes_on_after_a_wild_pointer(void)
{
	enum rte_dma_status_code status[32];

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < RTE_DIM(status); i++)
		TEST_ASSERT(rte_dma_copy(drv, 0, i == 13 ? 0x1000 : drv_iova(drv_src + i * 1024),
					 drv_iova(drv_dst + i * 1024), 1024, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(drv_wait_status(0, RTE_DIM(status), status));
	for (unsigned int i = 0; i < RTE_DIM(status); i++) {
		TEST_ASSERT_EQ(status[i], i == 13 ? RTE_DMA_STATUS_INVALID_SRC_ADDR :
						    RTE_DMA_STATUS_SUCCESSFUL);
		if (i == 13)
			TEST_ASSERT(drv_untouched(drv_dst + i * 1024, 1024));
		else
			TEST_ASSERT(memcmp(drv_dst + i * 1024, drv_src + i * 1024, 1024) == 0);
	}
	return drv_usable(0);
}

static struct rte_device *
card(void)
{
	struct rte_dev_iterator iterator;
	struct rte_device *device;

	RTE_DEV_FOREACH(device, "bus=pci", &iterator)
		if (rte_dma_is_valid(drv) && strcmp(rte_dev_name(device), card_address()) == 0)
			return device;
	return NULL;
}

/* The application's own memory, mapped for the device and unmapped again while it is started. */
static int
mapped_memory_comes_and_goes(void)
{
	size_t page = page_size(), length = EXT_PAGES * page;
	uint8_t *map;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(card() != NULL);
	for (unsigned int round = 0; round < 10; round++) {
		map = map_pages(EXT_PAGES);
		TEST_ASSERT(map != NULL);
		TEST_ASSERT_EQ(rte_extmem_register(map, length, NULL, 0, page), 0);
		TEST_ASSERT_EQ(rte_dev_dma_map(card(), map, drv_iova(map), length), 0);
		TEST_CALL(use_external(map, length));
		TEST_ASSERT_EQ(rte_dev_dma_unmap(card(), map, drv_iova(map), length), 0);
		drv_copy(0, drv_dst, map, 64, 0);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
		drv_copy(0, map + 100, drv_src, 64, 0);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
		TEST_ASSERT_EQ(rte_extmem_unregister(map, length), 0);
		TEST_ASSERT_EQ(munmap(map, length), 0);
		TEST_CALL(drv_usable(0));
	}
	return TEST_OK;
}

/* Memory that EAL takes from the system and gives back while the device is started. */
static int
memory_of_eal_comes_and_goes(void)
{
	const size_t length = 16u << 20, step = 2u << 20;
	uint8_t *memory;
	uintptr_t middle;

	TEST_CALL(drv_open(NULL));
	for (unsigned int round = 0; round < 10; round++) {
		memory = rte_malloc("test", length, 4096);
		TEST_ASSERT(memory != NULL);
		/* A piece of each page of it. */
		for (size_t at = 0; at < length; at += step)
			TEST_CALL(use_external(memory + at, DRV_BYTES));
		middle = (uintptr_t)memory + length / 2;	/* a number, no pointer */
		rte_free(memory);
		/* The middle of it is no other's, and not the device's any more. */
		drv_copy(0, drv_dst, (const void *)middle, 64, 0);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
		TEST_CALL(drv_usable(0));
	}
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "heap_memory", heap_memory },
	{ "stack_memory", stack_memory },
	{ "lists_of_mixed_memory", lists_of_mixed_memory },
	{ "wild_pointers_are_errors", wild_pointers_are_errors },
	{ "rest_goes_on_after_a_wild_pointer", rest_goes_on_after_a_wild_pointer },
	{ "copy_that_runs_out_of_memory_is_an_error", copy_that_runs_out_of_memory_is_an_error },
	{ "memory_without_rights_is_an_error", memory_without_rights_is_an_error },
	{ "external_memory_comes_and_goes", external_memory_comes_and_goes },
};

DRIVER_SUITE(memory_thread, "driver_memory_thread", "thread", cases)
DRIVER_SUITE(memory_service, "driver_memory_service", "service", cases)
DRIVER_SUITE(memory_inline, "driver_memory_inline", "inline", cases)

/* Behind an IOMMU there is only memory that was mapped for the device. */
static const struct test_case pci_cases[] = {
	{ "wild_pointers_are_errors", wild_pointers_are_errors },
	{ "rest_goes_on_after_a_wild_pointer", rest_goes_on_after_a_wild_pointer },
	{ "mapped_memory_comes_and_goes", mapped_memory_comes_and_goes },
};

DRIVER_SUITE(memory_pci, "driver_memory_pci", "pci", pci_cases)

/* In another process: what was shared with it. */
static const struct test_case hugepages_cases[] = {
	{ "wild_pointers_are_errors", wild_pointers_are_errors },
	{ "rest_goes_on_after_a_wild_pointer", rest_goes_on_after_a_wild_pointer },
	{ "memory_of_eal_comes_and_goes", memory_of_eal_comes_and_goes },
};

DRIVER_SUITE_HUGEPAGES(memory, hugepages_cases)
