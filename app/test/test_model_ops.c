/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* NOP, COPY and FILL of the device model, in host and local memory (sections 5.4 and 5.5). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define BIG_ADDR UINT64_C(0x300000000)
#define BIG_BYTES (3u << 20)
#define BIG_DST (BIG_ADDR + BIG_BYTES / 2)
#define LOCAL_BYTES (1u << 20)

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	TEST_CALL(queue_open(&host, &q, 0, 0, 6));
	src = host_alloc(&host, 65536 + 256, 64);
	dst = host_alloc(&host, 65536 + 256, 64);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

/* Copy, every second time with a status entry, and compare all memory. */
static int
copy(uint64_t to, uint64_t from, uint32_t length)
{
	uint16_t flags = q.pushed % 2 != 0 ? REFDMA_F_STATUS : 0;
	uint32_t op = queue_copy(&q, to, from, length, flags);

	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), op + 1);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	if (flags != 0)
		TEST_ASSERT_ENTRY(&q, op, REFDMA_CODE_OK, length);
	host_expect_copy(&host, to, from, length);
	return host_check(&host);
}

/* Copy where one side or both are device memory. */
static int
device_copy(uint64_t to, uint64_t from, uint32_t length, uint16_t flags)
{
	uint32_t op = queue_copy(&q, to, from, length, flags | REFDMA_F_STATUS);

	TEST_CALL(queue_go(&q));
	TEST_ASSERT_ENTRY(&q, op, REFDMA_CODE_OK, length);
	return TEST_OK;
}

static int
nop_does_nothing(void)
{
	struct refdma_desc desc = { .op = REFDMA_OP_NOP };

	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, 0));
	desc.flags = REFDMA_F_FENCE | REFDMA_F_IRQ | REFDMA_F_LOAD;
	desc.length = 100;
	desc.src = HOST_NOWHERE;
	desc.dst = HOST_NOWHERE;
	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, 0));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), 0);
	return host_check(&host);
}

static int
copy_of_every_small_length(void)
{
	uint64_t bytes = 0;

	for (uint32_t length = 1; length <= 300; length++) {
		host_fill(&host, src, 300, length);
		TEST_CALL(copy(dst + 64, src, length));
		bytes += length;
	}
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), bytes);
	return TEST_OK;
}

static int
copy_of_every_alignment(void)
{
	static const uint32_t lengths[] = { 1, 7, 8, 15, 31, 33, 64, 65, 100, 128, 129 };

	for (unsigned int i = 0; i < 16 * 16; i++)
		for (size_t k = i % 2; k < NB(lengths); k += 2) {
			host_fill(&host, src, 256, i * 16 + k);
			TEST_CALL(copy(dst + 64 + i % 16, src + i / 16, lengths[k]));
		}
	return TEST_OK;
}

static int
copy_around_pages_and_bursts(void)
{
	static const uint32_t lengths[] = {
		511, 513, 1000, 2047, 4095, 4096, 4097, 8191, 12289, 32767, 65535, 65536
	};

	for (size_t i = 0; i < NB(lengths); i++) {
		host_fill(&host, src, 65536 + 64, i);
		TEST_CALL(copy(dst, src, lengths[i]));
		TEST_CALL(copy(dst + 3, src + 5, lengths[i]));
	}
	return TEST_OK;
}

/* Long copies may go another way than short ones; lengths and both ends vary together. */
static int
long_copies_of_every_alignment(void)
{
	for (uint32_t i = 0; i < 64; i++) {
		host_fill(&host, src, 40000, i);
		TEST_CALL(copy(dst + i, src + i * 37 % 64, 32700 + i * 5));
		TEST_CALL(copy(dst + i, src + i * 11 % 64, 38000 + i));
	}
	return TEST_OK;
}

static int
copy_longer_than_a_burst(void)
{
	static const uint32_t lengths[] = { 65537, 131071, 262145, 1 << 20, (1 << 20) + 9 };

	TEST_ASSERT(host_map(&host, BIG_ADDR, BIG_BYTES, HOST_READ_WRITE) != NULL);
	for (size_t i = 0; i < NB(lengths); i++) {
		host_fill(&host, BIG_ADDR, (1 << 20) + 64, i);
		TEST_CALL(copy(BIG_DST + i, BIG_ADDR + 2 * i, lengths[i]));
	}
	return TEST_OK;
}

static int
copies_of_random_shape(void)
{
	uint64_t seed = 77;

	for (unsigned int i = 0; i < 300; i++) {
		uint64_t random = test_random(&seed);
		uint32_t length = 1 + (uint32_t)(random >> 32) % (UINT32_C(1) << random % 17);

		host_fill(&host, src, length + 64, random);
		TEST_CALL(copy(dst + (random >> 8) % 64, src + (random >> 16) % 64, length));
	}
	return TEST_OK;
}

static int
many_copies_behind_one_doorbell(void)
{
	for (unsigned int lap = 0; lap < 20; lap++) {
		host_fill(&host, src, 64 * 80, lap);
		for (unsigned int i = 0; i < 64; i++) {
			queue_copy(&q, dst + i * 100, src + i * 80, 10 + i + lap / 2, 0);
			host_expect_copy(&host, dst + i * 100, src + i * 80, 10 + i + lap / 2);
		}
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_done(&q), (lap + 1) * 64);
		TEST_CALL(host_check(&host));
	}
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return TEST_OK;
}

/* Each copy reads what the one before it wrote. */
static int
operations_run_in_order(void)
{
	host_fill(&host, src, 64, 3);
	for (unsigned int i = 0; i < 60; i++) {
		uint64_t from = i == 0 ? src : dst + i * 64;

		queue_copy(&q, dst + (i + 1) * 64, from, 64, i % 2 != 0 ? REFDMA_F_FENCE : 0);
		host_expect_copy(&host, dst + (i + 1) * 64, src, 64);
	}
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 60);
	return host_check(&host);
}

static int
copy_crosses_regions(void)
{
	/* Neighbours on the bus; in this process they are apart. */
	TEST_ASSERT(host_map(&host, BIG_ADDR, 1000, HOST_READ_WRITE) != NULL);
	TEST_ASSERT(host_map(&host, BIG_ADDR + 1000, 3, HOST_READ_WRITE) != NULL);
	TEST_ASSERT(host_map(&host, BIG_ADDR + 1003, 5000, HOST_READ_WRITE) != NULL);
	host_fill(&host, src, 4096, 9);
	for (uint32_t start = 900; start < 1010; start += 7)
		for (uint32_t length = 1; length < 300; length += 37) {
			uint32_t op = queue_copy(&q, BIG_ADDR + start, src + start, length,
						 REFDMA_F_STATUS);

			TEST_CALL(queue_go(&q));
			TEST_ASSERT_ENTRY(&q, op, REFDMA_CODE_OK, length);
			for (uint32_t i = 0; i < length; i++)
				host_expect_copy(&host, BIG_ADDR + start + i, src + start + i, 1);
			TEST_CALL(host_check(&host));
		}
	/* And back again from all three. */
	queue_copy(&q, dst, BIG_ADDR + 990, 200, 0);
	TEST_CALL(queue_go(&q));
	for (uint32_t i = 0; i < 200; i++)
		host_expect_copy(&host, dst + i, BIG_ADDR + 990 + i, 1);
	return host_check(&host);
}

static int
overlap_changes_only_the_destination(void)
{
	host_fill(&host, src, 4096, 4);
	queue_copy(&q, src + 100, src, 1000, REFDMA_F_STATUS);
	queue_copy(&q, src + 1500, src + 2000, 1000, REFDMA_F_STATUS);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, 1000);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_OK, 1000);
	host_accept(&host, src + 100, 1000);
	host_accept(&host, src + 1500, 1000);
	return host_check(&host);
}

static int
local_memory_keeps_data(void)
{
	static const uint32_t lengths[] = { 1, 3, 64, 1000, 4097, 65536 };

	for (size_t i = 0; i < NB(lengths); i++) {
		host_fill(&host, src, lengths[i], i);
		TEST_CALL(device_copy(DEV_LOCAL + i * 7, src, lengths[i], REFDMA_F_DST_DEV));
		TEST_CALL(host_check(&host));
		TEST_CALL(device_copy(dst + i, DEV_LOCAL + i * 7, lengths[i], REFDMA_F_SRC_DEV));
		host_expect_copy(&host, dst + i, src, lengths[i]);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
device_to_device(void)
{
	uint64_t far = DEV_LOCAL + LOCAL_BYTES - 5000;

	host_fill(&host, src, 5000, 8);
	TEST_CALL(device_copy(DEV_LOCAL + 1, src, 5000, REFDMA_F_DST_DEV));
	TEST_CALL(device_copy(far, DEV_LOCAL + 1, 5000, REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV));
	TEST_CALL(device_copy(dst, far, 5000, REFDMA_F_SRC_DEV));
	host_expect_copy(&host, dst, src, 5000);
	return host_check(&host);
}

static int
local_memory_starts_as_zero(void)
{
	static const uint8_t zeroes[65536];

	TEST_CALL(device_copy(dst, DEV_LOCAL + LOCAL_BYTES - 65536, 65536, REFDMA_F_SRC_DEV));
	host_expect(&host, dst, zeroes, 65536);
	return host_check(&host);
}

static int
all_of_local_memory(void)
{
	TEST_ASSERT(host_map(&host, BIG_ADDR, BIG_BYTES, HOST_READ_WRITE) != NULL);
	host_fill(&host, BIG_ADDR, LOCAL_BYTES, 6);
	TEST_CALL(device_copy(DEV_LOCAL, BIG_ADDR, LOCAL_BYTES, REFDMA_F_DST_DEV));
	TEST_CALL(device_copy(BIG_DST, DEV_LOCAL, LOCAL_BYTES, REFDMA_F_SRC_DEV));
	host_expect_copy(&host, BIG_DST, BIG_ADDR, LOCAL_BYTES);
	return host_check(&host);
}

/* A host address and a device address that are the same number are different places. */
static int
address_spaces_are_apart(void)
{
	TEST_ASSERT(host_map(&host, DEV_LOCAL, 65536, HOST_READ_WRITE) != NULL);
	host_fill(&host, DEV_LOCAL, 65536, 3);
	host_fill(&host, src, 256, 4);
	TEST_CALL(device_copy(DEV_LOCAL, src, 256, REFDMA_F_DST_DEV));
	TEST_CALL(host_check(&host));
	TEST_CALL(copy(dst, DEV_LOCAL, 256));
	return copy(DEV_LOCAL + 100, src, 256);
}

static int
fill(uint64_t to, uint64_t pattern, uint32_t length, uint16_t flags)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_FILL,
		.flags = flags,
		.length = length,
		.src = pattern,
		.dst = to,
	};

	return queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, length);
}

static void
expect_pattern(uint64_t to, uint64_t pattern, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)(pattern >> i % 8 * 8);

		host_expect(&host, to + i, &byte, 1);
	}
}

static int
fill_of_every_small_length(void)
{
	for (uint32_t length = 1; length <= 64; length++)
		for (unsigned int offset = 0; offset < 8; offset += 1 + length % 3) {
			uint64_t pattern = UINT64_C(0xf1e2d3c4b5a69788) * (length + offset);

			TEST_CALL(fill(dst + 64 + offset, pattern, length, 0));
			expect_pattern(dst + 64 + offset, pattern, length);
			TEST_CALL(host_check(&host));
		}
	return TEST_OK;
}

static int
fill_of_long_areas(void)
{
	static const uint32_t lengths[] = { 65, 127, 129, 1023, 4096, 4099, 8191, 8193, 65535 };

	for (size_t i = 0; i < NB(lengths); i++) {
		TEST_CALL(fill(dst + i, UINT64_C(0x0123456789abcdef) << i, lengths[i], 0));
		expect_pattern(dst + i, UINT64_C(0x0123456789abcdef) << i, lengths[i]);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
fill_of_equal_bytes(void)
{
	static const uint64_t patterns[] = { 0, UINT64_MAX, UINT64_C(0x5a5a5a5a5a5a5a5a), 0x5a };

	for (size_t i = 0; i < NB(patterns); i++) {
		TEST_CALL(fill(dst + i, patterns[i], 1000 + i, 0));
		expect_pattern(dst + i, patterns[i], 1000 + i);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

/* The phase of the pattern survives bursts and runs of the engine. */
static int
fill_longer_than_a_burst(void)
{
	const uint32_t length = (1 << 20) + 3;

	TEST_ASSERT(host_map(&host, BIG_ADDR, BIG_BYTES, HOST_READ_WRITE) != NULL);
	TEST_CALL(fill(BIG_ADDR + 5, UINT64_C(0x8070605040302010), length, 0));
	expect_pattern(BIG_ADDR + 5, UINT64_C(0x8070605040302010), length);
	return host_check(&host);
}

/* The phase survives the border of two regions at an odd place. */
static int
fill_crosses_regions(void)
{
	TEST_ASSERT(host_map(&host, BIG_ADDR, 1003, HOST_READ_WRITE) != NULL);
	TEST_ASSERT(host_map(&host, BIG_ADDR + 1003, 1001, HOST_READ_WRITE) != NULL);
	TEST_CALL(fill(BIG_ADDR + 990, UINT64_C(0x8877665544332211), 100, 0));
	expect_pattern(BIG_ADDR + 990, UINT64_C(0x8877665544332211), 100);
	return host_check(&host);
}

static int
fill_of_local_memory(void)
{
	TEST_CALL(fill(DEV_LOCAL + 77, UINT64_C(0x1122334455667788), 1001, REFDMA_F_DST_DEV));
	TEST_CALL(host_check(&host));
	TEST_CALL(device_copy(dst, DEV_LOCAL + 77, 1001, REFDMA_F_SRC_DEV));
	expect_pattern(dst, UINT64_C(0x1122334455667788), 1001);
	return host_check(&host);
}

static int
residue_counts_down(void)
{
	uint32_t last = 1 << 20;
	unsigned int changes = 0;

	TEST_ASSERT(host_map(&host, BIG_ADDR, BIG_BYTES, HOST_READ_WRITE) != NULL);
	queue_copy(&q, BIG_DST, BIG_ADDR, last, 0);
	queue_doorbell(&q);
	while (queue_done(&q) == 0) {
		uint64_t residue = queue_read64(&q, REFDMA_Q_RESIDUE);

		TEST_ASSERT_EQ(residue >> REFDMA_RESIDUE_OP_SHIFT, 0);
		TEST_ASSERT((uint32_t)residue <= last);
		changes += (uint32_t)residue != last;
		last = (uint32_t)residue == 0 ? last : (uint32_t)residue;
		host_steps(&host, 1);
	}
	TEST_ASSERT(changes >= 1);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), UINT64_C(1) << 32);
	return TEST_OK;
}

static int
transient_regions_are_forgotten(void)
{
	struct host_area *area = host_map(&host, BIG_ADDR, 65536, HOST_READ_WRITE);
	uint8_t *first = area->memory;

	area->transient = true;
	host_fill(&host, BIG_ADDR, 65536, 5);
	TEST_CALL(copy(dst, BIG_ADDR, 1000));
	/* Other memory stands at the address now; nobody has to tell the model. */
	area->memory = area->memory + 4096;
	area->length -= 4096;
	memmove(area->shadow, area->shadow + 4096, area->length);
	TEST_CALL(copy(dst, BIG_ADDR, 1000));
	TEST_CALL(copy(BIG_ADDR + 5, src, 1000));
	area->memory = first;
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "nop_does_nothing", nop_does_nothing },
	{ "copy_of_every_small_length", copy_of_every_small_length },
	{ "copy_of_every_alignment", copy_of_every_alignment },
	{ "copy_around_pages_and_bursts", copy_around_pages_and_bursts },
	{ "long_copies_of_every_alignment", long_copies_of_every_alignment },
	{ "copy_longer_than_a_burst", copy_longer_than_a_burst },
	{ "copies_of_random_shape", copies_of_random_shape },
	{ "many_copies_behind_one_doorbell", many_copies_behind_one_doorbell },
	{ "operations_run_in_order", operations_run_in_order },
	{ "copy_crosses_regions", copy_crosses_regions },
	{ "overlap_changes_only_the_destination", overlap_changes_only_the_destination },
	{ "local_memory_keeps_data", local_memory_keeps_data },
	{ "device_to_device", device_to_device },
	{ "local_memory_starts_as_zero", local_memory_starts_as_zero },
	{ "all_of_local_memory", all_of_local_memory },
	{ "address_spaces_are_apart", address_spaces_are_apart },
	{ "fill_of_every_small_length", fill_of_every_small_length },
	{ "fill_of_long_areas", fill_of_long_areas },
	{ "fill_of_equal_bytes", fill_of_equal_bytes },
	{ "fill_longer_than_a_burst", fill_longer_than_a_burst },
	{ "fill_crosses_regions", fill_crosses_regions },
	{ "fill_of_local_memory", fill_of_local_memory },
	{ "residue_counts_down", residue_counts_down },
	{ "transient_regions_are_forgotten", transient_regions_are_forgotten },
};

static struct test_suite model_ops = {
	.name = "model_ops",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_ops)
