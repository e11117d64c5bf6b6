/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Addresses of the device model: unmapped, forbidden, wrapping, and behind callbacks. */

#include <errno.h>
#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define AREA_ADDR UINT64_C(0x500000000)
#define AREA_BYTES 65536u
#define SVA_ADDR UINT64_C(0x7f0000000000)
#define SVA_BYTES 200000u
#define LOCAL_BYTES (1u << 20)

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
open_queue(void)
{
	TEST_CALL(queue_open(&host, &q, 0, 0, 6));
	src = host_alloc(&host, 131072, 64);
	dst = host_alloc(&host, 131072, 64);
	return TEST_OK;
}

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	return open_queue();
}

static void
teardown(void)
{
	host_close(&host);
}

static struct refdma_desc
copy_desc(uint64_t to, uint64_t from, uint32_t length)
{
	return (struct refdma_desc){
		.op = REFDMA_OP_COPY, .length = length, .src = from, .dst = to
	};
}

static int
copy_fails(uint64_t to, uint64_t from, uint32_t length, enum refdma_code code)
{
	struct refdma_desc desc = copy_desc(to, from, length);

	/* Twice: what the first one left in a cache of translations helps the second one not. */
	for (unsigned int i = 0; i < 2; i++) {
		TEST_CALL(queue_expect(&q, &desc, NULL, code, 0));
		TEST_CALL(host_check(&host));
	}
	return queue_works(&q);
}

/* It fails after at most so many bytes, and what was done is exactly what it says. */
static int
copy_fails_after(uint64_t to, uint64_t from, uint32_t length, uint32_t possible,
		 enum refdma_code code)
{
	uint32_t op = queue_copy(&q, to, from, length, 0);
	uint64_t bytes;

	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_code(&q, op), code);
	bytes = queue_entry(&q, op)->bytes;
	TEST_ASSERT(bytes <= possible);
	if (bytes != 0)
		host_expect_copy(&host, to, from, bytes);
	TEST_CALL(host_check(&host));
	return queue_works(&q);
}

static int
unmapped_source(void)
{
	TEST_CALL(copy_fails(dst, HOST_NOWHERE, 100, REFDMA_CODE_SRC_ADDRESS));
	TEST_CALL(copy_fails(dst, 0, 100, REFDMA_CODE_SRC_ADDRESS));
	return copy_fails(dst, HOST_ARENA_ADDR - 1, 1, REFDMA_CODE_SRC_ADDRESS);
}

static int
unmapped_destination(void)
{
	struct refdma_desc fill = { .op = REFDMA_OP_FILL, .length = 9, .dst = HOST_NOWHERE };

	TEST_CALL(copy_fails(HOST_NOWHERE, src, 100, REFDMA_CODE_DST_ADDRESS));
	TEST_CALL(copy_fails(0, src, 100, REFDMA_CODE_DST_ADDRESS));
	TEST_CALL(copy_fails(HOST_ARENA_ADDR + HOST_ARENA_BYTES, src, 1,
			     REFDMA_CODE_DST_ADDRESS));
	return queue_expect(&q, &fill, NULL, REFDMA_CODE_DST_ADDRESS, 0);
}

static int
rights(void)
{
	struct host_area *area = host_map(&host, AREA_ADDR, AREA_BYTES, REFDMA_MODEL_READ);
	struct refdma_desc fill = { .op = REFDMA_OP_FILL, .length = 64, .dst = AREA_ADDR };

	TEST_ASSERT(area != NULL);
	TEST_CALL(copy_fails(AREA_ADDR, src, 100, REFDMA_CODE_PAGE_FAULT));
	TEST_CALL(queue_expect(&q, &fill, NULL, REFDMA_CODE_PAGE_FAULT, 0));
	queue_copy(&q, dst, AREA_ADDR, 100, REFDMA_F_STATUS);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_ENTRY(&q, q.pushed - 1, REFDMA_CODE_OK, 100);
	host_expect_copy(&host, dst, AREA_ADDR, 100);
	host_protect(&host, area, REFDMA_MODEL_WRITE);
	TEST_CALL(copy_fails(dst, AREA_ADDR, 100, REFDMA_CODE_PAGE_FAULT));
	host_protect(&host, area, 0);
	TEST_CALL(copy_fails(dst, AREA_ADDR, 100, REFDMA_CODE_PAGE_FAULT));
	return copy_fails(AREA_ADDR, src, 100, REFDMA_CODE_PAGE_FAULT);
}

static int
rights_end_in_the_middle(void)
{
	TEST_ASSERT(host_map(&host, AREA_ADDR, 4096, HOST_READ_WRITE) != NULL);
	TEST_ASSERT(host_map(&host, AREA_ADDR + 4096, 4096, REFDMA_MODEL_READ) != NULL);
	TEST_CALL(copy_fails_after(AREA_ADDR + 4000, src, 500, 96, REFDMA_CODE_PAGE_FAULT));
	/* Reading is allowed in both; the shadow takes the two pieces one by one. */
	queue_copy(&q, dst, AREA_ADDR + 4000, 500, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	host_expect_copy(&host, dst, AREA_ADDR + 4000, 96);
	host_expect_copy(&host, dst + 96, AREA_ADDR + 4096, 404);
	return host_check(&host);
}

static int
memory_ends_in_the_middle(void)
{
	static const uint32_t starts[] = { 0, 1, 4096, 65000, 65535 };

	TEST_ASSERT(host_map(&host, AREA_ADDR, AREA_BYTES, HOST_READ_WRITE) != NULL);
	host_fill(&host, AREA_ADDR, AREA_BYTES, 7);
	for (size_t i = 0; i < NB(starts); i++) {
		uint32_t possible = AREA_BYTES - starts[i];

		TEST_CALL(copy_fails_after(dst, AREA_ADDR + starts[i], possible + 1, possible,
					   REFDMA_CODE_SRC_ADDRESS));
		TEST_CALL(copy_fails_after(AREA_ADDR + starts[i], src, possible + 100, possible,
					   REFDMA_CODE_DST_ADDRESS));
	}
	return TEST_OK;
}

static int
whole_area_to_its_last_byte(void)
{
	TEST_ASSERT(host_map(&host, AREA_ADDR, 777, HOST_READ_WRITE) != NULL);
	host_fill(&host, AREA_ADDR, 777, 2);
	queue_copy(&q, dst, AREA_ADDR, 777, 0);
	queue_copy(&q, AREA_ADDR, src, 777, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	host_expect_copy(&host, dst, AREA_ADDR, 777);
	host_expect_copy(&host, AREA_ADDR, src, 777);
	return host_check(&host);
}

static int
ranges_that_wrap(void)
{
	TEST_CALL(copy_fails(dst, UINT64_MAX - 9, 100, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails(UINT64_MAX - 9, src, 100, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails(UINT64_MAX, src, 2, REFDMA_CODE_ADDRESS));
	/* The last byte of all is an address like any other. */
	return copy_fails(UINT64_MAX, src, 1, REFDMA_CODE_DST_ADDRESS);
}

static int
addresses_beyond_address_bits(void)
{
	static const struct refdma_model_conf conf = { .address_bits = 36 };
	const uint64_t end = UINT64_C(1) << 36;
	uint32_t op;

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(open_queue());
	/* Large areas, too: a model may have a short way for them. */
	TEST_ASSERT(host_map(&host, end - SVA_BYTES, 2 * SVA_BYTES, HOST_READ_WRITE) != NULL);
	TEST_CALL(copy_fails(dst, end, 64, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails(end + 64, src, 64, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails(dst, HOST_ARENA_ADDR | UINT64_C(1) << 63, 64, REFDMA_CODE_ADDRESS));
	op = queue_copy(&q, end - 64, src, 64, REFDMA_F_STATUS);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_ENTRY(&q, op, REFDMA_CODE_OK, 64);
	host_expect_copy(&host, end - 64, src, 64);
	TEST_CALL(host_check(&host));
	TEST_CALL(copy_fails_after(end - 32, src, 64, 32, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails_after(dst, end - 32, 64, 32, REFDMA_CODE_ADDRESS));
	/* Right behind successes in the same area. */
	queue_copy(&q, end - 64, end - 128, 64, 0);
	TEST_CALL(queue_go(&q));
	host_expect_copy(&host, end - 64, end - 128, 64);
	TEST_CALL(copy_fails_after(end - 63, src, 64, 63, REFDMA_CODE_ADDRESS));
	TEST_CALL(copy_fails(end, end - 64, 64, REFDMA_CODE_ADDRESS));
	return copy_fails(end - 64, end, 64, REFDMA_CODE_ADDRESS);
}

/* A copy with one side in device memory, where that side ends or never was. */
static int
device_copy_fails(uint64_t addr, uint32_t length)
{
	struct refdma_desc desc = copy_desc(addr, src, length);
	uint32_t op;

	desc.flags = REFDMA_F_DST_DEV;
	op = queue_push(&q, &desc, NULL);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_code(&q, op), REFDMA_CODE_DST_ADDRESS);
	TEST_CALL(host_check(&host));
	desc = copy_desc(dst, addr, length);
	desc.flags = REFDMA_F_SRC_DEV;
	op = queue_push(&q, &desc, NULL);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_code(&q, op), REFDMA_CODE_SRC_ADDRESS);
	host_accept(&host, dst, queue_entry(&q, op)->bytes);
	TEST_CALL(host_check(&host));
	return queue_works(&q);
}

static int
device_addresses_outside_local_memory(void)
{
	TEST_CALL(device_copy_fails(0, 64));
	TEST_CALL(device_copy_fails(DEV_LOCAL - 1, 64));
	TEST_CALL(device_copy_fails(DEV_LOCAL + LOCAL_BYTES, 64));
	TEST_CALL(device_copy_fails(DEV_LOCAL + LOCAL_BYTES - 63, 64));
	TEST_CALL(device_copy_fails(HOST_ARENA_ADDR, 64));
	return device_copy_fails(DEV_LOCAL + LOCAL_BYTES - 4, 100000);
}

static int
port_address_in_a_list(void)
{
	struct refdma_sge list[2] = {
		{ .addr = src, .length = 64 }, { .addr = DEV_PORT(PORT_SINK), .length = 64 },
	};
	struct refdma_desc desc = {
		.op = REFDMA_OP_COPY_SG, .ext = 1, .flags = REFDMA_F_DST_DEV, .param = 0x10001,
	};
	uint32_t op = queue_push(&q, &desc, list);

	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_EQ(queue_entry(&q, op)->bytes, 0);
	TEST_ASSERT_EQ(port_read64(&host, PORT_SINK, REFDMA_P_TX_BYTES), 0);
	return queue_works(&q);
}

static int
bad_entry_in_a_list(void)
{
	for (unsigned int bad = 0; bad < 6; bad++) {
		struct refdma_sge list[6];
		struct refdma_desc desc = {
			.op = REFDMA_OP_COPY_SG, .ext = 3, .param = 0x30003,
		};

		for (unsigned int i = 0; i < 6; i++)
			list[i] = (struct refdma_sge){
				.addr = i < 3 ? src + i * 200 : dst + (i - 3) * 200, .length = 100
			};
		list[bad].addr = HOST_NOWHERE;
		for (unsigned int i = 0; i < bad % 3; i++)
			host_expect_copy(&host, list[3 + i].addr, list[i].addr, 100);
		TEST_CALL(queue_expect(&q, &desc, list, bad < 3 ? REFDMA_CODE_SRC_ADDRESS :
				       REFDMA_CODE_DST_ADDRESS, bad % 3 * 100));
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
frames_that_leave_memory(void)
{
	struct {
		struct refdma_frame frame;
		struct refdma_chunk chunks[2];
	} ext = {
		.frame = { .frames = 10, .chunks = 1, .flags = REFDMA_FRAME_DST_INC },
		.chunks = { { .size = 100, .dst_gap = 100 } },
	};
	struct refdma_desc desc = {
		.op = REFDMA_OP_INTERLEAVED, .ext = 2, .src = src, .dst = AREA_ADDR, .param = 1,
	};

	TEST_ASSERT(host_map(&host, AREA_ADDR, 1000, HOST_READ_WRITE) != NULL);
	for (unsigned int i = 0; i < 5; i++)
		host_expect_copy(&host, AREA_ADDR + i * 200, src, 100);
	TEST_CALL(queue_expect(&q, &desc, &ext, REFDMA_CODE_DST_ADDRESS, 500));
	return host_check(&host);
}

static int
open_sva(struct host_area **area)
{
	TEST_CALL(host_open_sva(&host, NULL));
	TEST_CALL(open_queue());
	*area = host_map_sva(&host, SVA_ADDR, SVA_BYTES);
	TEST_ASSERT(*area != NULL);
	host_fill(&host, SVA_ADDR, SVA_BYTES, 12);
	return TEST_OK;
}

static int
sva_copy(uint64_t to, uint64_t from, uint32_t length)
{
	struct refdma_desc desc = copy_desc(to, from, length);

	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, length));
	host_expect_copy(&host, to, from, length);
	return host_check(&host);
}

static int
sva_copies(void)
{
	static const uint32_t lengths[] = { 1, 100, 4096, 5001, 65537, 90001 };
	struct host_area *area;

	TEST_CALL(open_sva(&area));
	for (size_t i = 0; i < NB(lengths); i++) {
		host_fill(&host, src, lengths[i], i);
		TEST_CALL(sva_copy(SVA_ADDR + i, src, lengths[i]));
		TEST_CALL(sva_copy(dst, SVA_ADDR + i, lengths[i]));
		TEST_CALL(sva_copy(SVA_ADDR + 100000, SVA_ADDR + i, lengths[i]));
	}
	return TEST_OK;
}

static int
sva_fill(void)
{
	struct refdma_desc fill = {
		.op = REFDMA_OP_FILL, .length = 9999, .src = UINT64_C(0x8070605040302010),
		.dst = SVA_ADDR + 3,
	};
	struct host_area *area;

	TEST_CALL(open_sva(&area));
	TEST_CALL(queue_expect(&q, &fill, NULL, REFDMA_CODE_OK, 9999));
	for (uint32_t i = 0; i < 9999; i++) {
		uint8_t byte = (uint8_t)(fill.src >> i % 8 * 8);

		host_expect(&host, fill.dst + i, &byte, 1);
	}
	return host_check(&host);
}

static int
sva_to_local_memory(void)
{
	struct refdma_desc desc;
	struct host_area *area;

	TEST_CALL(open_sva(&area));
	desc = copy_desc(DEV_LOCAL, SVA_ADDR + 5, 10000);
	desc.flags = REFDMA_F_DST_DEV;
	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, 10000));
	desc = copy_desc(SVA_ADDR + 20001, DEV_LOCAL, 10000);
	desc.flags = REFDMA_F_SRC_DEV;
	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, 10000));
	host_expect_copy(&host, SVA_ADDR + 20001, SVA_ADDR + 5, 10000);
	return host_check(&host);
}

static int
sva_errors(void)
{
	static const struct { int error; enum refdma_code read, write; } errors[] = {
		{ -EFAULT, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS },
		{ -EIO, REFDMA_CODE_READ, REFDMA_CODE_WRITE },
		{ -EPERM, REFDMA_CODE_READ, REFDMA_CODE_WRITE },
	};
	struct host_area *area;

	TEST_CALL(open_sva(&area));
	for (size_t i = 0; i < NB(errors); i++) {
		area->fault = errors[i].error;
		area->fault_addr = SVA_ADDR;
		TEST_CALL(copy_fails(dst, SVA_ADDR, 1000, errors[i].read));
		TEST_CALL(copy_fails(SVA_ADDR, src, 1000, errors[i].write));
		area->fault_addr = SVA_ADDR + 50000;
		TEST_CALL(copy_fails_after(dst, SVA_ADDR, 60000, 50000, errors[i].read));
		TEST_CALL(copy_fails_after(SVA_ADDR, src, 60000, 50000, errors[i].write));
	}
	return TEST_OK;
}

static int
sva_that_ends_in_the_middle(void)
{
	struct host_area *area;
	uint64_t near_end = SVA_ADDR + SVA_BYTES - 10000;

	TEST_CALL(open_sva(&area));
	TEST_CALL(copy_fails_after(dst, near_end, 20000, 10000, REFDMA_CODE_SRC_ADDRESS));
	return copy_fails_after(near_end, src, 20000, 10000, REFDMA_CODE_DST_ADDRESS);
}

static int
addresses_unknown_to_all_callbacks(void)
{
	struct host_area *area;

	TEST_CALL(open_sva(&area));
	TEST_CALL(copy_fails(dst, HOST_NOWHERE, 100, REFDMA_CODE_SRC_ADDRESS));
	return copy_fails(HOST_NOWHERE, src, 100, REFDMA_CODE_DST_ADDRESS);
}

static int
invalidated_memory_is_not_touched(void)
{
	struct host_area *area = host_map(&host, AREA_ADDR, AREA_BYTES, HOST_READ_WRITE);

	TEST_ASSERT(area != NULL);
	queue_copy(&q, AREA_ADDR, src, 1000, 0);
	queue_copy(&q, dst, AREA_ADDR, 1000, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	host_accept(&host, dst, 1000);
	host_unmap(&host, area);
	TEST_CALL(copy_fails(AREA_ADDR, src, 1000, REFDMA_CODE_DST_ADDRESS));
	return copy_fails(dst, AREA_ADDR, 1000, REFDMA_CODE_SRC_ADDRESS);
}

static const struct test_case cases[] = {
	{ "unmapped_source", unmapped_source },
	{ "unmapped_destination", unmapped_destination },
	{ "rights", rights },
	{ "rights_end_in_the_middle", rights_end_in_the_middle },
	{ "memory_ends_in_the_middle", memory_ends_in_the_middle },
	{ "whole_area_to_its_last_byte", whole_area_to_its_last_byte },
	{ "ranges_that_wrap", ranges_that_wrap },
	{ "addresses_beyond_address_bits", addresses_beyond_address_bits },
	{ "device_addresses_outside_local_memory", device_addresses_outside_local_memory },
	{ "port_address_in_a_list", port_address_in_a_list },
	{ "bad_entry_in_a_list", bad_entry_in_a_list },
	{ "frames_that_leave_memory", frames_that_leave_memory },
	{ "sva_copies", sva_copies },
	{ "sva_fill", sva_fill },
	{ "sva_to_local_memory", sva_to_local_memory },
	{ "sva_errors", sva_errors },
	{ "sva_that_ends_in_the_middle", sva_that_ends_in_the_middle },
	{ "addresses_unknown_to_all_callbacks", addresses_unknown_to_all_callbacks },
	{ "invalidated_memory_is_not_touched", invalidated_memory_is_not_touched },
};

static struct test_suite model_address = {
	.name = "model_address",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_address)
