/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* LOOP and LOAD of the device model: periods, laps, replacement, pause (section 5.10). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define PACED 3
#define RATE 1000000u		/* bytes a second: one a microsecond */
#define US UINT64_C(1000)
#define LAP 1024u

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
setup(void)
{
	static const struct refdma_model_port_conf ports[] = {
		[PORT_LOOP] = { .type = REFDMA_PORT_LOOPBACK },
		[PORT_SINK] = { .type = REFDMA_PORT_SINK },
		[PORT_SOURCE] = { .type = REFDMA_PORT_SOURCE },
		[PACED] = { .type = REFDMA_PORT_SOURCE, .rate = RATE },
	};
	static const struct refdma_model_conf conf = { .nb_ports = 4, .ports = ports };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 6));
	src = host_alloc(&host, 65536, 64);
	dst = host_alloc(&host, 65536, 64);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

/* A LOOP transfer with the port. */
static void
push_loop(unsigned int port, bool out, uint32_t length, uint32_t period, uint16_t flags)
{
	struct refdma_setup own = { .period = period };
	struct refdma_desc desc = {
		.op = out ? REFDMA_OP_TO_PORT : REFDMA_OP_FROM_PORT, .ext = 1,
		.flags = flags | REFDMA_F_LOOP | REFDMA_F_SETUP | REFDMA_F_STATUS,
		.length = length,
		.src = out ? src : DEV_PORT(port),
		.dst = out ? DEV_PORT(port) : dst,
	};

	queue_push(&q, &desc, &own);
	queue_doorbell(&q);
}

/* Periods that so many bytes make. */
static uint64_t
periods_of(uint64_t bytes, uint32_t lap, uint32_t period)
{
	uint64_t a_lap = period == 0 ? 1 : (lap + period - 1) / period;
	uint64_t rest = bytes % lap;

	return bytes / lap * a_lap + (period == 0 ? 0 : rest / period);
}

static int
check_counts(uint32_t lap, uint32_t period)
{
	uint64_t bytes = queue_read64(&q, REFDMA_Q_BYTES);
	uint32_t left = queue_left(&q);

	TEST_ASSERT(left > 0 && left <= lap);
	TEST_ASSERT_EQ(lap - left, bytes % lap);
	TEST_ASSERT_EQ(queue_periods(&q), periods_of(bytes, lap, period));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PERIODS), queue_periods(&q));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	return TEST_OK;
}

static int
periods_of_a_paced_source(void)
{
	push_loop(PACED, false, LAP, 256, 0);
	for (unsigned int us = 0; us < 20000; us += 100) {
		TEST_CALL(host_advance(&host, 100 * US));
		TEST_CALL(check_counts(LAP, 256));
		TEST_ASSERT_EQ(queue_periods(&q), (us + 100) / 256);
	}
	return TEST_OK;
}

static int
last_period_of_a_lap_may_be_short(void)
{
	static const uint32_t shapes[][2] = {
		{ 1000, 300 }, { 1000, 999 }, { 1000, 1000 }, { 1000, 2000 }, { 1000, 0 },
		{ 1, 1 }, { 7, 2 }, { 65536, 1000 },
	};

	for (size_t i = 0; i < NB(shapes); i++) {
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
		queue_configure(&q);
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
		push_loop(PORT_SINK, true, shapes[i][0], shapes[i][1], 0);
		for (unsigned int run = 0; run < 30; run++) {
			host_steps(&host, 1);
			TEST_CALL(check_counts(shapes[i][0], shapes[i][1] > shapes[i][0] ? 0 :
					       shapes[i][1]));
		}
		TEST_ASSERT(queue_read64(&q, REFDMA_Q_BYTES) > 0);
	}
	return TEST_OK;
}

static int
memory_loops_count_laps(void)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_COPY, .flags = REFDMA_F_LOOP, .length = 5000,
		.src = src, .dst = dst,
	};

	queue_push(&q, &desc, NULL);
	queue_doorbell(&q);
	for (unsigned int run = 0; run < 20; run++) {
		host_steps(&host, 1);
		TEST_CALL(check_counts(5000, 0));
	}
	TEST_ASSERT(queue_periods(&q) >= 20);
	host_expect_copy(&host, dst, src, 5000);
	return host_check(&host);
}

/* Each lap reads the source anew. */
static int
laps_see_new_data(void)
{
	queue_copy(&q, dst, src, 3000, REFDMA_F_LOOP);
	queue_doorbell(&q);
	for (unsigned int i = 0; i < 5; i++) {
		uint64_t before = queue_periods(&q);

		host_fill(&host, src, 3000, i);
		while (queue_periods(&q) < before + 2)
			host_steps(&host, 1);
		host_expect_copy(&host, dst, src, 3000);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
loops_of_lists_and_frames(void)
{
	struct {
		struct refdma_frame frame;
		struct refdma_chunk chunks[2];
	} ext = {
		.frame = { 10, 1, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC, { 0 } },
		.chunks = { { .size = 50, .src_gap = 14, .dst_gap = 3 } },
	};
	struct refdma_desc frames = {
		.op = REFDMA_OP_INTERLEAVED, .ext = 2, .flags = REFDMA_F_LOOP,
		.src = src, .dst = dst, .param = 1,
	};
	struct refdma_sge list[4] = {
		{ .addr = src, .length = 70 }, { .addr = src + 100, .length = 30 },
		{ .addr = dst + 5000, .length = 20 }, { .addr = dst + 6000, .length = 80 },
	};
	struct refdma_desc lists = {
		.op = REFDMA_OP_COPY_SG, .ext = 2, .param = 0x20002,
		.flags = REFDMA_F_LOOP | REFDMA_F_LOAD,
	};

	queue_push(&q, &frames, &ext);
	queue_doorbell(&q);
	host_steps(&host, 5);
	TEST_ASSERT_EQ(queue_periods(&q), queue_read64(&q, REFDMA_Q_BYTES) / 500);
	TEST_ASSERT(queue_periods(&q) > 0);
	queue_push(&q, &lists, list);
	queue_doorbell(&q);
	host_steps(&host, 5);
	TEST_ASSERT_EQ(queue_done(&q), 1);
	for (unsigned int i = 0; i < 10; i++)
		host_expect_copy(&host, dst + i * 53, src + i * 64, 50);
	host_expect_copy(&host, dst + 5000, src, 20);
	host_expect_copy(&host, dst + 6000, src + 20, 50);
	host_expect_copy(&host, dst + 6050, src + 100, 30);
	return host_check(&host);
}

static int
load_replaces_at_the_end_of_the_lap(void)
{
	push_loop(PACED, false, LAP, 256, 0);
	TEST_CALL(host_advance(&host, (2 * LAP + 300) * US));
	queue_nop(&q, REFDMA_F_LOAD | REFDMA_F_STATUS);
	TEST_CALL(queue_go(&q));
	TEST_CALL(host_advance(&host, 700 * US));
	TEST_CALL(check_counts(LAP, 256));
	TEST_CALL(host_advance(&host, 24 * US));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	TEST_ASSERT_EQ(queue_periods(&q), 12);
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, LAP);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_OK, 0);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), 3 * LAP);
	return TEST_OK;
}

static int
load_that_was_there_before_makes_one_lap(void)
{
	queue_copy(&q, dst, src, 3000, REFDMA_F_LOOP | REFDMA_F_STATUS);
	queue_nop(&q, REFDMA_F_LOAD);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_periods(&q), 1);
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, 3000);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), 3000);
	return TEST_OK;
}

static int
loops_replace_loops(void)
{
	for (unsigned int i = 0; i < 10; i++)
		queue_copy(&q, dst + i * 100, src + i * 100, 100,
			   REFDMA_F_LOOP | REFDMA_F_LOAD);
	queue_doorbell(&q);
	host_steps(&host, 20);
	TEST_ASSERT_EQ(queue_done(&q), 9);
	TEST_ASSERT_EQ(queue_left_op(&q), 9);
	queue_nop(&q, REFDMA_F_LOAD);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 11);
	host_expect_copy(&host, dst, src, 1000);
	return host_check(&host);
}

static int
successor_without_load_waits(void)
{
	queue_copy(&q, dst, src, 100, REFDMA_F_LOOP);
	queue_nop(&q, 0);
	/* LOAD counts only right behind the loop. */
	queue_nop(&q, REFDMA_F_LOAD);
	queue_doorbell(&q);
	host_steps(&host, 100);
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_ASSERT_EQ(queue_left_op(&q), 0);
	TEST_ASSERT(queue_periods(&q) > 100);
	return TEST_OK;
}

static int
load_must_be_announced(void)
{
	queue_copy(&q, dst, src, 100, REFDMA_F_LOOP);
	queue_doorbell(&q);
	queue_nop(&q, REFDMA_F_LOAD);
	host_steps(&host, 20);
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	return TEST_OK;
}

static int
load_behind_anything_else_has_no_effect(void)
{
	queue_copy(&q, dst, src, 100, REFDMA_F_LOAD);
	queue_nop(&q, REFDMA_F_LOAD);
	queue_copy(&q, dst + 100, src + 100, 100, REFDMA_F_LOAD);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 3);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	host_expect_copy(&host, dst, src, 200);
	return host_check(&host);
}

static int
abort_ends_a_loop(void)
{
	push_loop(PACED, false, LAP, 256, 0);
	queue_nop(&q, 0);
	queue_doorbell(&q);
	TEST_CALL(host_advance(&host, (2 * LAP + 320) * US));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_ABORTED, 320);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_NOT_ATTEMPTED, 0);
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_periods(&q), 9);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), UINT64_C(2) << 32);
	return queue_works(&q);
}

static int
abort_ends_an_endless_memory_loop(void)
{
	queue_copy(&q, dst, src, 1, REFDMA_F_LOOP);
	queue_doorbell(&q);
	host_steps(&host, 10);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_code(&q, 0), REFDMA_CODE_ABORTED);
	TEST_CALL(host_run(&host));
	return queue_works(&q);
}

/* What the source counted stands in the buffer without a gap, whatever happened in between. */
static int
check_buffer(uint64_t bytes)
{
	uint64_t words = bytes / 8;

	for (uint64_t i = words > LAP / 8 ? words - LAP / 8 : 0; i < words; i++) {
		uint64_t value;

		memcpy(&value, host_ptr(&host, dst + i % (LAP / 8) * 8, 8), 8);
		TEST_ASSERT_EQ(value, i);
	}
	return TEST_OK;
}

static int
pause_in_mid_lap_loses_nothing(void)
{
	push_loop(PACED, false, LAP, 256, 0);
	for (unsigned int i = 0; i < 40; i++) {
		uint64_t residue, bytes;

		TEST_CALL(host_advance(&host, (337 + i) * US));
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
		residue = queue_read64(&q, REFDMA_Q_RESIDUE);
		bytes = queue_read64(&q, REFDMA_Q_BYTES);
		TEST_ASSERT_EQ(bytes % LAP, LAP - (uint32_t)residue);
		host_accept(&host, dst, LAP);
		TEST_CALL(host_advance(&host, 777 * US));
		TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), residue);
		TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), bytes);
		TEST_CALL(host_check(&host));
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
		TEST_CALL(host_run(&host));
		TEST_CALL(check_buffer(queue_read64(&q, REFDMA_Q_BYTES)));
		TEST_CALL(check_counts(LAP, 256));
	}
	TEST_ASSERT_EQ(port_read64(&host, PACED, REFDMA_P_OVERRUN), 0);
	return TEST_OK;
}

static int
pause_of_an_endless_loop(void)
{
	uint64_t periods, residue;

	queue_copy(&q, dst, src, 3001, REFDMA_F_LOOP);
	queue_doorbell(&q);
	host_steps(&host, 3);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_PAUSED);
	residue = queue_read64(&q, REFDMA_Q_RESIDUE);
	periods = queue_periods(&q);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), residue);
	TEST_ASSERT_EQ(queue_periods(&q), periods);
	TEST_ASSERT((uint32_t)residue > 0 && (uint32_t)residue <= 3001);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	host_steps(&host, 3);
	TEST_ASSERT(queue_periods(&q) > periods);
	return check_counts(3001, 0);
}

static int
residue_is_never_zero(void)
{
	push_loop(PACED, false, LAP, 0, 0);
	for (unsigned int us = 0; us < 5000; us += 8) {
		TEST_CALL(host_advance(&host, 8 * US));
		TEST_ASSERT(queue_left(&q) > 0 && queue_left(&q) <= LAP);
		TEST_ASSERT_EQ(queue_left_op(&q), 0);
	}
	return TEST_OK;
}

static int
sink_gets_every_byte_of_every_lap(void)
{
	const uint8_t *byte = host_ptr(&host, src, 1000);
	uint64_t bytes, sum = 0;

	push_loop(PORT_SINK, true, 1000, 100, 0);
	host_steps(&host, 50);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	bytes = queue_read64(&q, REFDMA_Q_BYTES);
	TEST_ASSERT(bytes > 10000);
	for (uint64_t i = 0; i < bytes; i++)
		sum += (i + 1) * byte[i % 1000];
	TEST_ASSERT_EQ(port_read64(&host, PORT_SINK, REFDMA_P_TX_BYTES), bytes);
	TEST_ASSERT_EQ(port_read64(&host, PORT_SINK, REFDMA_P_CHECKSUM), sum);
	return TEST_OK;
}

static int
each_lap_ends_a_frame(void)
{
	push_loop(PORT_SINK, true, 1000, 0, REFDMA_F_EOF);
	host_steps(&host, 20);
	TEST_ASSERT(queue_periods(&q) > 1);
	TEST_ASSERT_EQ(port_read64(&host, PORT_SINK, REFDMA_P_FRAMES), queue_periods(&q));
	return TEST_OK;
}

static int
error_ends_a_loop(void)
{
	struct host_area *area = host_map(&host, UINT64_C(0x500000000), 4096, HOST_READ_WRITE);

	TEST_ASSERT(area != NULL);
	queue_copy(&q, dst, area->addr, 1000, REFDMA_F_LOOP);
	queue_nop(&q, 0);
	queue_doorbell(&q);
	host_steps(&host, 3);
	TEST_ASSERT_EQ(queue_done(&q), 0);
	host_unmap(&host, area);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_EQ(queue_code(&q, 0), REFDMA_CODE_SRC_ADDRESS);
	return TEST_OK;
}

static int
reset_ends_a_loop(void)
{
	queue_copy(&q, dst, src, 1000, REFDMA_F_LOOP);
	queue_doorbell(&q);
	host_steps(&host, 3);
	host_accept(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	host_fill(&host, src, 1000, 8);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PERIODS), 0);
	return host_check_all(&host);
}

static int
loop_shares_the_channel(void)
{
	struct host_queue other;

	TEST_CALL(queue_open(&host, &other, 0, 1, 5));
	queue_copy(&q, dst, src, 10000, REFDMA_F_LOOP);
	queue_doorbell(&q);
	for (unsigned int i = 0; i < 20; i++)
		queue_copy(&other, dst + 20000, src + 20000, 1000, 0);
	queue_doorbell(&other);
	host_steps(&host, 50);
	TEST_ASSERT_EQ(queue_done(&other), 20);
	TEST_ASSERT(queue_periods(&q) > 0);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "periods_of_a_paced_source", periods_of_a_paced_source },
	{ "last_period_of_a_lap_may_be_short", last_period_of_a_lap_may_be_short },
	{ "memory_loops_count_laps", memory_loops_count_laps },
	{ "laps_see_new_data", laps_see_new_data },
	{ "loops_of_lists_and_frames", loops_of_lists_and_frames },
	{ "load_replaces_at_the_end_of_the_lap", load_replaces_at_the_end_of_the_lap },
	{ "load_that_was_there_before_makes_one_lap", load_that_was_there_before_makes_one_lap },
	{ "loops_replace_loops", loops_replace_loops },
	{ "successor_without_load_waits", successor_without_load_waits },
	{ "load_must_be_announced", load_must_be_announced },
	{ "load_behind_anything_else_has_no_effect", load_behind_anything_else_has_no_effect },
	{ "abort_ends_a_loop", abort_ends_a_loop },
	{ "abort_ends_an_endless_memory_loop", abort_ends_an_endless_memory_loop },
	{ "pause_in_mid_lap_loses_nothing", pause_in_mid_lap_loses_nothing },
	{ "pause_of_an_endless_loop", pause_of_an_endless_loop },
	{ "residue_is_never_zero", residue_is_never_zero },
	{ "sink_gets_every_byte_of_every_lap", sink_gets_every_byte_of_every_lap },
	{ "each_lap_ends_a_frame", each_lap_ends_a_frame },
	{ "error_ends_a_loop", error_ends_a_loop },
	{ "reset_ends_a_loop", reset_ends_a_loop },
	{ "loop_shares_the_channel", loop_shares_the_channel },
};

static struct test_suite model_loop = {
	.name = "model_loop",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_loop)
