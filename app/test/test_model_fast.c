/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Plain copies in bursts: the device model takes them in a loop of its own, which must do exactly
 * what the general path does (sections 5.3, 5.4 and 8.2).
 */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define RING_LOG2 6
#define BURST 32u
/* Three widths of registers, and the two ways of fetching. */
#define VARIANTS 6u
#define STRIDE 4096u
#define AREA_BYTES (BURST * STRIDE)

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
open_host(const struct refdma_model_conf *conf)
{
	TEST_CALL(host_open(&host, conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, RING_LOG2));
	src = host_alloc(&host, AREA_BYTES, 64);
	dst = host_alloc(&host, AREA_BYTES, 64);
	host_fill(&host, src, AREA_BYTES, 1);
	/* The first copy goes the general way, and finds the translations. */
	queue_copy(&q, dst, src, 1, 0);
	TEST_CALL(queue_go(&q));
	host_expect_copy(&host, dst, src, 1);
	return TEST_OK;
}

static int
setup(void)
{
	return open_host(NULL);
}

/* Open it anew with registers of one width, with data fetched by the engine or not. */
static int
open_variant(unsigned int variant)
{
	const struct refdma_model_conf conf = {
		.vector_bytes = 16u << variant / 2,
		.fetched = variant % 2,
	};

	host_close(&host);
	return open_host(&conf);
}

static void
teardown(void)
{
	host_close(&host);
}

static void
push(unsigned int i, uint32_t length, uint16_t flags)
{
	uint64_t to = dst + i * STRIDE + i % 3, from = src + i * STRIDE + i % 5;

	queue_copy(&q, to, from, length, flags);
	host_expect_copy(&host, to, from, length);
}

static int
go(uint32_t done, uint32_t errors)
{
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), done);
	TEST_ASSERT_EQ(queue_slots(&q), q.tail);
	TEST_ASSERT_EQ(queue_errors(&q), errors);
	return host_check(&host);
}

static int
bursts_of_lengths(void)
{
	uint64_t before = queue_read64(&q, REFDMA_Q_BYTES);

	for (uint32_t length = 1; length <= 2200; length += length < 300 ? 1 : 37) {
		host_fill(&host, src, AREA_BYTES, length);
		for (unsigned int i = 0; i < 8; i++)
			push(i, length, 0);
		TEST_CALL(go(q.pushed, 0));
		before += 8 * length;
		TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), before);
	}
	return TEST_OK;
}

static int
bursts_of_every_length(void)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		TEST_CALL(open_variant(variant));
		TEST_CALL(bursts_of_lengths());
	}
	return TEST_OK;
}

/* Lengths, flags and operations that change from slot to slot. */
static int
mixed_bursts(void)
{
	static const uint32_t lengths[] = { 64, 64, 64, 128, 64, 4000, 1, 64, 257, 2048, 64, 65 };
	uint64_t state = 3;

	for (unsigned int round = 0; round < 100; round++) {
		host_fill(&host, src, AREA_BYTES, round);
		for (unsigned int i = 0; i < BURST; i++) {
			uint64_t random = test_random(&state);
			uint32_t length = lengths[random % NB(lengths)];
			uint16_t flags = random >> 8 & 1 ? REFDMA_F_FENCE : 0;

			if ((random >> 16) % 8 == 0)
				flags |= REFDMA_F_STATUS;
			if ((random >> 24) % 16 == 0)
				queue_nop(&q, 0);
			push(i, length, flags);
		}
		TEST_CALL(go(q.pushed, 0));
	}
	return TEST_OK;
}

static int
bursts_of_mixed_operations(void)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		TEST_CALL(open_variant(variant));
		TEST_CALL(mixed_bursts());
	}
	return TEST_OK;
}

/* A failed one in the middle is found, and those around it are done. */
static int
a_bad_one_in_a_burst(void)
{
	uint32_t bad;

	for (unsigned int at = 0; at < BURST; at++) {
		host_fill(&host, src, AREA_BYTES, at + 10);
		bad = q.pushed + at;
		for (unsigned int i = 0; i < BURST; i++) {
			if (i != at)
				push(i, 64, 0);
			else if (at % 3 == 0)
				queue_copy(&q, dst, HOST_NOWHERE, 64, 0);
			else if (at % 3 == 1)
				queue_copy(&q, HOST_NOWHERE, src, 64, 0);
			else
				queue_copy(&q, dst, src, 0, 0);
		}
		TEST_CALL(go(q.pushed, at + 1));
		TEST_ASSERT_EQ(queue_code(&q, bad), at % 3 == 0 ? REFDMA_CODE_SRC_ADDRESS :
			       at % 3 == 1 ? REFDMA_CODE_DST_ADDRESS : REFDMA_CODE_LENGTH_ZERO);
	}
	return TEST_OK;
}

/* The last bytes of a region can be used, and nothing beyond them. */
static int
the_end_of_a_region(void)
{
	static const uint32_t lengths[] = { 1, 63, 64, 65, 128, 256, 1000, 2048, 8192 };
	struct host_area *area = host_map(&host, UINT64_C(0x500000000), 1 << 18, HOST_READ_WRITE);
	uint64_t end = area->addr + area->length, half = area->addr + area->length / 2;

	host_fill(&host, area->addr, area->length, 5);
	/* Both sides there: the loop looks at this region alone. */
	queue_copy(&q, area->addr, half, 64, 0);
	host_expect_copy(&host, area->addr, half, 64);
	TEST_CALL(go(q.pushed, 0));
	for (size_t k = 0; k < NB(lengths); k++) {
		uint32_t n = lengths[k], errors = queue_errors(&q);

		queue_copy(&q, area->addr, half, 64, 0);
		queue_copy(&q, area->addr, end - n, n, 0);
		queue_copy(&q, end - n, half, n, 0);
		TEST_CALL(queue_go(&q));
		host_expect_copy(&host, area->addr, half, 64);
		host_expect_copy(&host, area->addr, end - n, n);
		host_expect_copy(&host, end - n, half, n);
		TEST_ASSERT_EQ(queue_errors(&q), errors);
		TEST_CALL(host_check(&host));
		/* One byte too many, in and out. What fits may be written. */
		queue_copy(&q, area->addr, end - n + 1, n, 0);
		queue_copy(&q, end - n + 1, half, n, 0);
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_errors(&q), errors + 2);
		TEST_ASSERT_EQ(queue_code(&q, q.pushed - 2), REFDMA_CODE_SRC_ADDRESS);
		TEST_ASSERT_EQ(queue_code(&q, q.pushed - 1), REFDMA_CODE_DST_ADDRESS);
		host_accept(&host, area->addr, n);
		host_accept(&host, end - n, n);
	}
	return host_check(&host);
}

/* MAX_LENGTH holds for copies that the loop would be glad to take. */
static int
a_small_length_limit(void)
{
	const struct refdma_model_conf conf = { .max_length = 1024 };

	host_close(&host);
	TEST_CALL(open_host(&conf));
	for (unsigned int i = 0; i < 8; i++)
		push(i, 1024, 0);
	TEST_CALL(go(9, 0));
	for (unsigned int i = 0; i < 8; i++)
		queue_copy(&q, dst + i * STRIDE, src, 1025, 0);
	TEST_CALL(go(17, 8));
	TEST_ASSERT_EQ(queue_code(&q, 9), REFDMA_CODE_LENGTH_LIMIT);
	TEST_ASSERT_EQ(queue_code(&q, 16), REFDMA_CODE_LENGTH_LIMIT);
	return TEST_OK;
}

/* Areas that overlap: any content, but only inside the destination. */
static int
overlap_stays_inside(void)
{
	static const uint32_t lengths[] = { 64, 65, 200, 300, 1000, 2000, 3000 };

	for (size_t k = 0; k < NB(lengths); k++)
		for (uint32_t shift = 0; shift < 80; shift += 13) {
			queue_copy(&q, src + 100 + shift, src + 100, lengths[k], 0);
			queue_copy(&q, src + 100, src + 100 + shift, lengths[k], 0);
			TEST_CALL(queue_go(&q));
			host_accept(&host, src + 100, lengths[k] + shift);
			TEST_CALL(host_check(&host));
		}
	return TEST_OK;
}

/* run_on: at most so many runs, and idle at once when all is done. */
static int
run_on_ends_when_all_is_done(void)
{
	for (unsigned int i = 0; i < BURST; i++)
		push(i, 64, 0);
	queue_doorbell(&q);
	TEST_ASSERT_EQ(refdma_model_run_on(host.model, 0, 8), REFDMA_MODEL_IDLE);
	TEST_ASSERT_EQ(queue_done(&q), 1 + BURST);
	TEST_CALL(host_check(&host));
	return TEST_OK;
}

static int
run_on_is_bounded(void)
{
	struct host_area *area = host_map(&host, UINT64_C(0x500000000), 4 << 20, HOST_READ_WRITE);
	uint64_t half = area->addr + area->length / 2;

	for (unsigned int i = 0; i < BURST; i++)
		queue_copy(&q, area->addr, half, 65536, 0);
	queue_doorbell(&q);
	TEST_ASSERT_EQ(refdma_model_run_on(host.model, 0, 1), 0);
	TEST_ASSERT(queue_done(&q) < 1 + BURST);
	TEST_ASSERT_EQ(refdma_model_run_on(host.model, 0, 64), REFDMA_MODEL_IDLE);
	TEST_ASSERT_EQ(queue_done(&q), 1 + BURST);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "bursts_of_every_length", bursts_of_every_length },
	{ "bursts_of_mixed_operations", bursts_of_mixed_operations },
	{ "a_bad_one_in_a_burst", a_bad_one_in_a_burst },
	{ "the_end_of_a_region", the_end_of_a_region },
	{ "a_small_length_limit", a_small_length_limit },
	{ "overlap_stays_inside", overlap_stays_inside },
	{ "run_on_ends_when_all_is_done", run_on_ends_when_all_is_done },
	{ "run_on_is_bounded", run_on_is_bounded },
};

static struct test_suite model_fast = {
	.name = "model_fast",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_fast)
