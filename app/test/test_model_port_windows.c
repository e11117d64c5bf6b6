/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Ports of the device model through their windows: copies, interleaved and listed transfers, and
 * addresses that are wrong (5.4, 5.7, 5.8 and 9).
 */

#include "test_model_host.h"

static struct model_host host;
static struct host_queue tx, rx;
static uint64_t src, dst;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	TEST_CALL(queue_open(&host, &tx, 0, 0, 6));
	TEST_CALL(queue_open(&host, &rx, 0, 1, 6));
	src = host_alloc(&host, 10000, 64);
	dst = host_alloc(&host, 10000, 64);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

static int
memory_side_may_be_a_list(void)
{
	struct refdma_sge list[4] = {
		{ .addr = src, .length = 100 }, { .addr = src + 500, .length = 1 },
		{ .addr = src + 600, .length = 99 }, { .addr = HOST_NOWHERE },
	};
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .ext = 2, .flags = REFDMA_F_SG, .length = 200,
		.src = HOST_NOWHERE, .dst = DEV_PORT(0), .param = 3,
	};

	TEST_CALL(queue_expect(&tx, &desc, list, REFDMA_CODE_OK, 200));
	for (unsigned int i = 0; i < 3; i++)
		list[i].addr += dst - src;
	desc.op = REFDMA_OP_FROM_PORT;
	desc.src = DEV_PORT(0);
	desc.dst = HOST_NOWHERE;
	TEST_CALL(queue_expect(&rx, &desc, list, REFDMA_CODE_OK, 200));
	host_expect_copy(&host, dst, src, 100);
	host_expect_copy(&host, dst + 500, src + 500, 1);
	host_expect_copy(&host, dst + 600, src + 600, 99);
	return host_check(&host);
}

static int
copy_to_and_from_a_window(void)
{
	uint32_t op;

	op = queue_copy(&tx, DEV_PORT(0) + 0x123, src, 300, REFDMA_F_DST_DEV | REFDMA_F_STATUS);
	TEST_CALL(queue_go(&tx));
	TEST_ASSERT_ENTRY(&tx, op, REFDMA_CODE_OK, 300);
	TEST_ASSERT_EQ(port_read64(&host, 0, REFDMA_P_TX_BYTES), 300);
	/* A copy to a port ends a frame. */
	TEST_ASSERT_EQ(port_read64(&host, 0, REFDMA_P_FRAMES), 1);
	op = queue_copy(&rx, dst, DEV_PORT(0) + 0xfff, 300, REFDMA_F_SRC_DEV | REFDMA_F_STATUS);
	TEST_CALL(queue_go(&rx));
	TEST_ASSERT_ENTRY(&rx, op, REFDMA_CODE_OK, 300);
	host_expect_copy(&host, dst, src, 300);
	return host_check(&host);
}

static int
copy_between_local_memory_and_a_window(void)
{
	const uint16_t both = REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV | REFDMA_F_STATUS;

	queue_copy(&tx, DEV_LOCAL + 5, src, 700, REFDMA_F_DST_DEV | REFDMA_F_STATUS);
	queue_copy(&tx, DEV_PORT(0), DEV_LOCAL + 5, 700, both);
	queue_copy(&tx, DEV_LOCAL + 5000, DEV_PORT(0), 700, both);
	queue_copy(&tx, dst, DEV_LOCAL + 5000, 700, REFDMA_F_SRC_DEV | REFDMA_F_STATUS);
	TEST_CALL(queue_go(&tx));
	for (uint32_t op = 0; op < 4; op++)
		TEST_ASSERT_ENTRY(&tx, op, REFDMA_CODE_OK, 700);
	host_expect_copy(&host, dst, src, 700);
	return host_check(&host);
}

static int
interleaved_to_and_from_a_port(void)
{
	struct {
		struct refdma_frame frame;
		struct refdma_chunk chunks[2];
	} ext = {
		.frame = { 4, 2, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC, { 0 } },
		.chunks = { { 10, 20, 30, 0 }, { 50, 60, 70, 0 } },
	};
	struct refdma_desc desc = {
		.op = REFDMA_OP_INTERLEAVED, .ext = 2, .flags = REFDMA_F_DST_DEV,
		.src = src, .dst = DEV_PORT(0), .param = 2,
	};
	uint64_t from = src, to = dst;

	TEST_CALL(queue_expect(&tx, &desc, &ext, REFDMA_CODE_OK, 240));
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 240);
	desc.flags = REFDMA_F_SRC_DEV;
	desc.src = DEV_PORT(0);
	desc.dst = dst;
	TEST_CALL(queue_expect(&tx, &desc, &ext, REFDMA_CODE_OK, 240));
	for (unsigned int i = 0; i < 8; i++) {
		const struct refdma_chunk *chunk = &ext.chunks[i % 2];

		host_expect_copy(&host, to, from, chunk->size);
		from += chunk->size + chunk->src_gap;
		to += chunk->size + chunk->dst_gap;
	}
	return host_check(&host);
}

static int
memory_errors_of_port_transfers(void)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .length = 64, .src = HOST_NOWHERE, .dst = DEV_PORT(1),
	};

	TEST_CALL(queue_expect(&tx, &desc, NULL, REFDMA_CODE_SRC_ADDRESS, 0));
	desc.op = REFDMA_OP_FROM_PORT;
	desc.src = DEV_PORT(2);
	desc.dst = HOST_NOWHERE;
	TEST_CALL(queue_expect(&tx, &desc, NULL, REFDMA_CODE_DST_ADDRESS, 0));
	TEST_CALL(host_check(&host));
	return queue_works(&tx);
}

static const struct test_case cases[] = {
	{ "memory_side_may_be_a_list", memory_side_may_be_a_list },
	{ "copy_to_and_from_a_window", copy_to_and_from_a_window },
	{ "copy_between_local_memory_and_a_window", copy_between_local_memory_and_a_window },
	{ "interleaved_to_and_from_a_port", interleaved_to_and_from_a_port },
	{ "memory_errors_of_port_transfers", memory_errors_of_port_transfers },
};

static struct test_suite model_port_windows = {
	.name = "model_port_windows",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};
REGISTER_TEST_SUITE(model_port_windows)
