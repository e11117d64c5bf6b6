/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Scatter-gather copies: data, slots they take, and limits; then a random mix of everything. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "test_driver.h"

#define MAX_SGES 32

static uint32_t random_state;

static uint32_t
random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

/* Cut @p length bytes into @p n pieces and lay them out with holes. @return where the last ends */
static size_t
cut(struct rte_dma_sge *sge, uint16_t n, const uint8_t *base, uint32_t length)
{
	size_t at = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t left = length - (n - 1 - i);

		sge[i].length = i + 1 == n ? length : 1 + random_below(left - left / 2);
		sge[i].addr = drv_iova(base + at);
		at += sge[i].length + random_below(5);
		length -= sge[i].length;
	}
	return at;
}

/* What a scatter-gather copy does, done by hand. */
static void
reference(uint8_t *image, const uint8_t *image_of, const struct rte_dma_sge *src,
	  const struct rte_dma_sge *dst, uint16_t nb_dst)
{
	uint32_t at = 0;

	for (uint16_t d = 0; d < nb_dst; d++)
		for (uint32_t i = 0; i < dst[d].length; i++) {
			image[dst[d].addr - drv_iova(image_of) + i] =
				((const uint8_t *)(uintptr_t)src->addr)[at++];
			if (at == src->length) {
				src++;
				at = 0;
			}
		}
}

static int
sg_one(uint16_t nb_src, uint16_t nb_dst, uint32_t length)
{
	static uint8_t image[16384];
	struct rte_dma_sge src[MAX_SGES], dst[MAX_SGES];
	uint16_t slots = 1 + (nb_src + nb_dst + 1) / 2;
	uint16_t capacity = rte_dma_burst_capacity(drv, 0);

	cut(src, nb_src, drv_src + random_below(64), length);
	cut(dst, nb_dst, drv_dst + 16, length);
	memset(drv_dst, DRV_UNTOUCHED, sizeof(image));
	memset(image, DRV_UNTOUCHED, sizeof(image));
	reference(image, drv_dst, src, dst, nb_dst);
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, nb_src, nb_dst, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), capacity - slots);
	rte_dma_submit(drv, 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), capacity);
	TEST_ASSERT(memcmp(drv_dst, image, sizeof(image)) == 0);
	return TEST_OK;
}

static int
every_number_of_entries(void)
{
	random_state = 1;
	TEST_CALL(drv_open(NULL));
	for (uint16_t nb_src = 1; nb_src <= MAX_SGES; nb_src++)
		for (uint16_t nb_dst = 1; nb_dst <= MAX_SGES; nb_dst += 1 + nb_dst / 4)
			TEST_CALL(sg_one(nb_src, nb_dst, 64 + random_below(4000)));
	return TEST_OK;
}

static int
entries_wrap_around_the_ring_end(void)
{
	random_state = 2;
	TEST_CALL(drv_open(NULL));
	/* 33 + 33 slots and a step of 1: each position in the ring is the first one once. */
	for (unsigned int i = 0; i < 140; i++) {
		TEST_CALL(sg_one(MAX_SGES, MAX_SGES, 3000));
		TEST_CALL(sg_one(MAX_SGES, MAX_SGES - 1, 3000));
		if (i % 2 == 0)
			TEST_CALL(drv_usable(0));
	}
	return TEST_OK;
}

static int
wrong_numbers_of_entries_are_refused(void)
{
	struct rte_dma_sge src[MAX_SGES + 1], dst[MAX_SGES + 1];

	random_state = 3;
	cut(src, MAX_SGES + 1, drv_src, 1000);
	cut(dst, MAX_SGES + 1, drv_dst, 1000);
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, 0, 1, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, 1, 0, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, MAX_SGES + 1, 1, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, 1, MAX_SGES + 1, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, UINT16_MAX, UINT16_MAX, 0), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	TEST_ASSERT(drv_untouched(drv_dst, 4096));
	return drv_usable(0);
}

static int
bad_lengths_are_errors_and_move_nothing(void)
{
	struct rte_dma_sge src[2] = { { drv_iova(drv_src), 100 }, { drv_iova(drv_src), 50 } };
	struct rte_dma_sge dst[2] = { { drv_iova(drv_dst), 100 }, { drv_iova(drv_dst), 49 } };

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, 2, 2, 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	dst[1].length = 0;
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, 1, 2, 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	src[0].length = src[1].length = dst[0].length = dst[1].length = 1u << 30;
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, 2, 2, 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	TEST_ASSERT(drv_untouched(drv_dst, 4096));
	TEST_CALL(drv_expect_stats(0, 3, 3, 3));
	return drv_usable(0);
}

static int
sg_through_local_memory(void)
{
	struct rte_dma_sge host[3] = {
		{ drv_iova(drv_src), 100 }, { drv_iova(drv_src + 500), 1 },
		{ drv_iova(drv_src + 900), 299 },
	};
	struct rte_dma_sge local[2] = { { DRV_LOCAL + 1000, 150 }, { DRV_LOCAL, 250 } };
	struct rte_dma_sge back = { drv_iova(drv_dst), 400 };
	struct rte_dma_sge port = { DRV_PORT(DRV_LOOPBACK), 400 };

	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(drv_configure(drv, 2, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_DEV, 64), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 1, RTE_DMA_DIR_DEV_TO_MEM, 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, host, local, 3, 2, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(rte_dma_copy_sg(drv, 1, local, &back, 2, 1, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 100) == 0);
	TEST_ASSERT_EQ(drv_dst[100], drv_src[500]);
	TEST_ASSERT(memcmp(drv_dst + 101, drv_src + 900, 299) == 0);
	/* Entries are in memory, never in a port. */
	TEST_ASSERT(rte_dma_copy_sg(drv, 0, host, &port, 3, 1, 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	return TEST_OK;
}

static int
list_that_does_not_fit_leaves_room_for_copies(void)
{
	struct rte_dma_sge src[MAX_SGES], dst[MAX_SGES];

	random_state = 4;
	cut(src, MAX_SGES, drv_src, 2000);
	cut(dst, MAX_SGES, drv_dst + 8192, 2000);
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, MAX_SGES, MAX_SGES, 0), 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 31);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, MAX_SGES, MAX_SGES, 0), -ENOSPC);
	for (unsigned int i = 0; i < 31; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + i * 16, drv_src, 16, 0), 1 + i);
	TEST_ASSERT_EQ(rte_dma_copy_sg(drv, 0, src, dst, 1, 1, 0), -ENOSPC);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 16, 0), -ENOSPC);
	rte_dma_submit(drv, 0);
	TEST_CALL(drv_wait(0, 32));
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return drv_expect_stats(0, 32, 32, 0);
}

/* Collected one by one, operations free no slot that is not theirs, and in the end all. */
static int
slots_come_back_one_by_one(void)
{
	static const uint16_t entries[] = { 1, 8, 0, 3, 0, 0, 16, 2 };	/* 0: a plain copy */
	struct rte_dma_sge src[MAX_SGES], dst[MAX_SGES];
	enum rte_dma_vchan_status status;
	uint32_t used = 0;

	random_state = 5;
	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < RTE_DIM(entries); i++) {
		if (entries[i] == 0) {
			TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 16, 0) >= 0);
			used++;
			continue;
		}
		cut(src, entries[i], drv_src, 500);
		cut(dst, entries[i], drv_dst, 500);
		TEST_ASSERT(rte_dma_copy_sg(drv, 0, src, dst, entries[i], entries[i], 0) >= 0);
		used += 1 + entries[i];
	}
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64 - used);
	rte_dma_submit(drv, 0);
	TEST_WAIT(rte_dma_vchan_status(drv, 0, &status) == 0 && status == RTE_DMA_VCHAN_IDLE,
		  DRV_WAIT_MS);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64 - used);
	for (unsigned int i = 0; i < RTE_DIM(entries); i++) {
		uint16_t before = rte_dma_burst_capacity(drv, 0), now;

		TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 1);
		now = rte_dma_burst_capacity(drv, 0);
		used -= 1 + entries[i];
		TEST_ASSERT(now > before);
		TEST_ASSERT(now <= 64 - used);
	}
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return TEST_OK;
}

/* One random operation to drv_dst and, by hand, to @p image. @return what the driver says */
static int
random_operation(uint8_t *image)
{
	struct rte_dma_sge src[MAX_SGES], dst[MAX_SGES];
	uint32_t length = 1 + random_below(random_below(8) == 0 ? 9000 : 300);
	uint32_t to = random_below(40000), from = random_below(40000);
	uint16_t nb_src, nb_dst;
	int ret;

	switch (random_below(4)) {
	case 0:
		ret = rte_dma_fill(drv, 0, 0x11 * length, drv_iova(drv_dst + to), length, 0);
		for (uint32_t i = 0; ret >= 0 && i < length; i++)
			image[to + i] = (uint64_t)(0x11 * length) >> 8 * (i % 8);
		return ret;
	case 1:
		length += 40;
		nb_src = 1 + random_below(MAX_SGES);
		nb_dst = 1 + random_below(MAX_SGES);
		cut(src, nb_src, drv_src + from, length);
		cut(dst, nb_dst, drv_dst + to, length);
		ret = rte_dma_copy_sg(drv, 0, src, dst, nb_src, nb_dst, 0);
		if (ret >= 0)
			reference(image, drv_dst, src, dst, nb_dst);
		return ret;
	default:
		ret = drv_copy(0, drv_dst + to, drv_src + from, length, 0);
		if (ret >= 0)
			memcpy(image + to, drv_src + from, length);
		return ret;
	}
}

/* Collect a few at a time while others are enqueued; every byte is compared in the end. */
static int
run_mix(uint8_t *image, uint32_t total)
{
	uint32_t enqueued = 0, done = 0;
	bool error = false;
	uint16_t last;

	while (done < total) {
		for (uint32_t i = random_below(20); i > 0 && enqueued < total; i--) {
			int ret = random_operation(image);

			if (ret == -ENOSPC)
				break;
			TEST_ASSERT_EQ(ret, (uint16_t)enqueued);
			enqueued++;
		}
		if (random_below(3) != 0 || rte_dma_burst_capacity(drv, 0) < 40)
			TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
		done += rte_dma_completed(drv, 0, 1 + random_below(6), &last, &error);
		TEST_ASSERT(!error);
		TEST_ASSERT_EQ(last, (uint16_t)(done - 1));
		if (enqueued == total) {
			rte_dma_submit(drv, 0);
			TEST_CALL(drv_wait(0, total - done));
			done = total;
		}
	}
	return TEST_OK;
}

static int
random_mix_of_operations(void)
{
	uint8_t *image = malloc(DRV_BYTES);
	int result;

	TEST_ASSERT(image != NULL);
	memset(image, DRV_UNTOUCHED, DRV_BYTES);
	random_state = 6;
	result = drv_open(NULL);
	if (result == TEST_OK)
		result = run_mix(image, 6000);
	if (result == TEST_OK && memcmp(image, drv_dst, DRV_BYTES) != 0) {
		test_note("the bytes differ");
		result = TEST_FAILED;
	}
	if (result == TEST_OK && rte_dma_burst_capacity(drv, 0) != 64)
		result = TEST_FAILED;
	free(image);
	return result;
}

static const struct test_case cases[] = {
	{ "every_number_of_entries", every_number_of_entries },
	{ "entries_wrap_around_the_ring_end", entries_wrap_around_the_ring_end },
	{ "wrong_numbers_of_entries_are_refused", wrong_numbers_of_entries_are_refused },
	{ "bad_lengths_are_errors_and_move_nothing", bad_lengths_are_errors_and_move_nothing },
	{ "sg_through_local_memory", sg_through_local_memory },
	{ "list_that_does_not_fit_leaves_room_for_copies",
	  list_that_does_not_fit_leaves_room_for_copies },
	{ "slots_come_back_one_by_one", slots_come_back_one_by_one },
	{ "random_mix_of_operations", random_mix_of_operations },
};

DRIVER_SUITES(sg, cases)
DRIVER_SUITE_SOCKET(sg, cases)
