/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Queue states and commands of the device model (section 7). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
/* Room for copies that last longer than one run of the engine. */
#define BIG_ADDR UINT64_C(0x300000000)
#define BIG_BYTES (4u << 20)
#define BIG_COPY (BIG_BYTES / 2 - 4096)
#define BIG_DST (BIG_ADDR + BIG_BYTES / 2)
/* More than a FIFO holds, and what it holds. */
#define PORT_BYTES 100000u
#define FIFO_BYTES 65536u

static struct model_host host;
static struct host_queue q;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	return queue_open(&host, &q, 0, 0, 5);
}

static void
teardown(void)
{
	host_close(&host);
}

/* An operation that stands in the middle because the port's FIFO is full. */
static int
stand_in_the_middle(void)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT,
		.length = PORT_BYTES,
		.src = host_alloc(&host, PORT_BYTES, 64),
		.dst = DEV_PORT(PORT_LOOP),
	};

	queue_push(&q, &desc, NULL);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_left(&q), PORT_BYTES - FIFO_BYTES);
	return TEST_OK;
}

/* A copy of which some has been done and some has not. */
static int
begin_big_copy(uint16_t flags)
{
	TEST_ASSERT(host_map(&host, BIG_ADDR, BIG_BYTES, HOST_READ_WRITE) != NULL);
	host_fill(&host, BIG_ADDR, BIG_BYTES, 3);
	queue_copy(&q, BIG_DST, BIG_ADDR, BIG_COPY, flags);
	queue_doorbell(&q);
	host_steps(&host, 1);
	TEST_ASSERT(queue_left(&q) > 0);
	TEST_ASSERT(queue_left(&q) < BIG_COPY);
	return TEST_OK;
}

static int
expect_state(enum refdma_state state)
{
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), state);
	TEST_ASSERT_EQ(queue_line_state(&q), state);
	return TEST_OK;
}

/* Bring the queue into a state; HALTED is the one that ABORT ends. */
static int
reach(enum refdma_state state)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	if (state == REFDMA_STATE_DISABLED)
		return TEST_OK;
	queue_configure(&q);
	queue_write32(&q, REFDMA_Q_CONFIG, REFDMA_Q_CONFIG_HALT_ON_ERROR);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	if (state == REFDMA_STATE_PAUSED)
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	if (state == REFDMA_STATE_HALTED) {
		queue_copy(&q, HOST_NOWHERE, HOST_NOWHERE, 1, 0);
		TEST_CALL(queue_go(&q));
	}
	TEST_ASSERT_EQ(queue_state(&q), state);
	return TEST_OK;
}

static int
each_command_in_each_state(void)
{
	static const enum refdma_state next[4][5] = {
		/* after ENABLE, PAUSE, RESUME, ABORT, RESET */
		[REFDMA_STATE_DISABLED] = { REFDMA_STATE_RUNNING, 0, 0, 0, 0 },
		[REFDMA_STATE_RUNNING] = { REFDMA_STATE_RUNNING, REFDMA_STATE_PAUSED,
					   REFDMA_STATE_RUNNING, REFDMA_STATE_RUNNING, 0 },
		[REFDMA_STATE_PAUSED] = { REFDMA_STATE_PAUSED, REFDMA_STATE_PAUSED,
					  REFDMA_STATE_RUNNING, REFDMA_STATE_RUNNING, 0 },
		[REFDMA_STATE_HALTED] = { REFDMA_STATE_HALTED, REFDMA_STATE_HALTED,
					  REFDMA_STATE_HALTED, REFDMA_STATE_RUNNING, 0 },
	};

	for (unsigned int state = 0; state < 4; state++)
		for (unsigned int bit = 0; bit < 5; bit++) {
			TEST_CALL(reach(state));
			queue_configure(&q);
			TEST_CALL(queue_command(&q, UINT32_C(1) << bit));
			if (queue_state(&q) != next[state][bit])
				test_note("state %u, command bit %u", state, bit);
			TEST_ASSERT_EQ(queue_state(&q), next[state][bit]);
		}
	return TEST_OK;
}

static int
command_without_effect_keeps_work(void)
{
	TEST_CALL(stand_in_the_middle());
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	TEST_ASSERT_EQ(queue_left(&q), PORT_BYTES - FIFO_BYTES);
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE | REFDMA_Q_CTRL_PAUSE));
	TEST_ASSERT_EQ(queue_left(&q), PORT_BYTES - FIFO_BYTES);
	return expect_state(REFDMA_STATE_PAUSED);
}

static int
unknown_commands_have_no_effect(void)
{
	TEST_CALL(queue_command(&q, 0));
	TEST_CALL(expect_state(REFDMA_STATE_RUNNING));
	TEST_CALL(queue_command(&q, ~UINT32_C(0x1f)));
	TEST_CALL(expect_state(REFDMA_STATE_RUNNING));
	return queue_works(&q);
}

static int
several_commands_have_an_order(void)
{
	const struct { unsigned int from; uint32_t commands; unsigned int to; } table[] = {
		{ REFDMA_STATE_DISABLED, REFDMA_Q_CTRL_PAUSE | REFDMA_Q_CTRL_ENABLE,
		  REFDMA_STATE_PAUSED },
		{ REFDMA_STATE_DISABLED, REFDMA_Q_CTRL_ABORT | REFDMA_Q_CTRL_ENABLE,
		  REFDMA_STATE_RUNNING },
		{ REFDMA_STATE_RUNNING, REFDMA_Q_CTRL_RESUME | REFDMA_Q_CTRL_PAUSE,
		  REFDMA_STATE_RUNNING },
		{ REFDMA_STATE_PAUSED, REFDMA_Q_CTRL_RESUME | REFDMA_Q_CTRL_PAUSE,
		  REFDMA_STATE_RUNNING },
		{ REFDMA_STATE_HALTED, REFDMA_Q_CTRL_ABORT | REFDMA_Q_CTRL_PAUSE,
		  REFDMA_STATE_PAUSED },
		{ REFDMA_STATE_PAUSED, REFDMA_Q_CTRL_ABORT | REFDMA_Q_CTRL_PAUSE,
		  REFDMA_STATE_PAUSED },
		{ REFDMA_STATE_RUNNING, REFDMA_Q_CTRL_RESET | REFDMA_Q_CTRL_PAUSE,
		  REFDMA_STATE_DISABLED },
		{ REFDMA_STATE_HALTED, REFDMA_Q_CTRL_RESET | REFDMA_Q_CTRL_ABORT,
		  REFDMA_STATE_DISABLED },
	};

	for (size_t i = 0; i < NB(table); i++) {
		TEST_CALL(reach(table[i].from));
		queue_configure(&q);
		TEST_CALL(queue_command(&q, table[i].commands));
		if (queue_state(&q) != table[i].to)
			test_note("line %zu of the table", i);
		TEST_ASSERT_EQ(queue_state(&q), table[i].to);
	}
	return TEST_OK;
}

static int
reset_goes_before_enable(void)
{
	/* RESET has taken the ring away by the time of ENABLE. */
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET | REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_CONFIG);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RING_BASE), 0);
	return TEST_OK;
}

static int
command_wakes_the_engine(void)
{
	unsigned int before = atomic_load(&host.wakes[0]);

	queue_write32(&q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_PAUSE);
	/* The engine has not run: either it is asked to, or there is nothing left to do. */
	if ((queue_read32(&q, REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) != 0)
		TEST_ASSERT(atomic_load(&host.wakes[0]) > before);
	TEST_CALL(host_run(&host));
	return expect_state(REFDMA_STATE_PAUSED);
}

static int
pause_holds_announced_work(void)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_CALL(expect_state(REFDMA_STATE_PAUSED));
	queue_nop(&q, 0);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	return expect_state(REFDMA_STATE_RUNNING);
}

static int
pause_in_mid_copy(void)
{
	uint32_t left;

	TEST_CALL(begin_big_copy(REFDMA_F_STATUS));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_CALL(expect_state(REFDMA_STATE_PAUSED));
	left = queue_left(&q);
	TEST_ASSERT(left > 0 && left < BIG_COPY);
	TEST_ASSERT_EQ(queue_left_op(&q), 0);
	host_expect_copy(&host, BIG_DST, BIG_ADDR, BIG_COPY - left);
	TEST_CALL(host_check(&host));
	host_steps(&host, 10);
	TEST_ASSERT_EQ(queue_left(&q), left);
	TEST_CALL(host_check(&host));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	TEST_CALL(host_run(&host));
	host_expect_copy(&host, BIG_DST, BIG_ADDR, BIG_COPY);
	TEST_CALL(host_check(&host));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, BIG_COPY);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), BIG_COPY);
	return TEST_OK;
}

static int
pause_comes_within_a_burst(void)
{
	uint32_t burst = host_read32(&host, REFDMA_REG_MEM_BURST);
	uint32_t before, after;

	TEST_CALL(begin_big_copy(0));
	before = queue_left(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	after = queue_left(&q);
	TEST_ASSERT(before - after <= burst);
	return TEST_OK;
}

static int
abort_in_mid_copy(void)
{
	uint64_t bytes;

	TEST_CALL(begin_big_copy(REFDMA_F_STATUS));
	queue_nop(&q, 0);
	queue_copy(&q, BIG_ADDR, BIG_DST, 4096, 0);
	queue_doorbell(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_CALL(expect_state(REFDMA_STATE_RUNNING));
	TEST_ASSERT_EQ(queue_code(&q, 0), REFDMA_CODE_ABORTED);
	bytes = queue_entry(&q, 0)->bytes;
	TEST_ASSERT(bytes > 0 && bytes < BIG_COPY);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_NOT_ATTEMPTED, 0);
	TEST_ASSERT_ENTRY(&q, 2, REFDMA_CODE_NOT_ATTEMPTED, 0);
	TEST_ASSERT_EQ(queue_done(&q), 3);
	TEST_ASSERT_EQ(queue_slots(&q), 3);
	TEST_ASSERT_EQ(queue_errors(&q), 3);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), UINT64_C(3) << 32);
	TEST_CALL(host_run(&host));
	host_expect_copy(&host, BIG_DST, BIG_ADDR, bytes);
	TEST_CALL(host_check(&host));
	return queue_works(&q);
}

static int
abort_of_a_waiting_operation(void)
{
	TEST_CALL(stand_in_the_middle());
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_ABORTED, FIFO_BYTES);
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT_EQ(port_read32(&host, PORT_LOOP, REFDMA_P_FIFO_LEVEL), FIFO_BYTES);
	return queue_works(&q);
}

static int
abort_before_anything_started(void)
{
	for (unsigned int i = 0; i < 5; i++)
		queue_nop(&q, 0);
	queue_doorbell(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_done(&q), 5);
	TEST_ASSERT_EQ(queue_errors(&q), 5);
	for (unsigned int i = 0; i < 5; i++)
		TEST_ASSERT_ENTRY(&q, i, REFDMA_CODE_NOT_ATTEMPTED, 0);
	return queue_works(&q);
}

static int
abort_while_paused(void)
{
	TEST_CALL(stand_in_the_middle());
	queue_nop(&q, 0);
	queue_doorbell(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_CALL(expect_state(REFDMA_STATE_RUNNING));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_ABORTED, FIFO_BYTES);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_NOT_ATTEMPTED, 0);
	return queue_works(&q);
}

static int
abort_of_nothing(void)
{
	TEST_CALL(queue_works(&q));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_CALL(expect_state(REFDMA_STATE_RUNNING));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return TEST_OK;
}

static int
abort_spares_what_was_not_announced(void)
{
	queue_nop(&q, 0);
	queue_doorbell(&q);
	queue_nop(&q, REFDMA_F_STATUS);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_OK, 0);
	return TEST_OK;
}

static int
abort_counts_operations_by_their_slots(void)
{
	struct refdma_desc list = { .op = REFDMA_OP_COPY_SG, .ext = 4 };
	static const struct refdma_sge entries[8];

	TEST_CALL(stand_in_the_middle());
	queue_push(&q, &list, entries);
	queue_nop(&q, 0);
	queue_push(&q, &list, entries);
	/* The last one has only two of its four extension slots behind it. */
	queue_doorbell_value(&q, q.tail - 2);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_done(&q), 4);
	TEST_ASSERT_EQ(queue_slots(&q), q.tail - 2);
	for (unsigned int i = 1; i < 4; i++)
		TEST_ASSERT_ENTRY(&q, i, REFDMA_CODE_NOT_ATTEMPTED, 0);
	q.tail -= 2;
	return queue_works(&q);
}

static int
reset_in_mid_copy_leaves_no_trace(void)
{
	static const unsigned int wide[] = {
		REFDMA_Q_RING_BASE, REFDMA_Q_CPL_BASE, REFDMA_Q_STS_BASE, REFDMA_Q_RESIDUE,
		REFDMA_Q_PROGRESS, REFDMA_Q_PERIODS, REFDMA_Q_BYTES,
	};
	static const unsigned int narrow[] = {
		REFDMA_Q_RING_LOG2, REFDMA_Q_CONFIG, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_ERRORS,
		REFDMA_Q_INJ_CTRL, REFDMA_Q_INJ_COUNT, REFDMA_Q_INJ_CODE, REFDMA_Q_INJ_FIRED,
	};

	queue_copy(&q, HOST_NOWHERE, HOST_NOWHERE, 1, 0);
	TEST_CALL(begin_big_copy(REFDMA_F_STATUS));
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE);
	queue_write32(&q, REFDMA_Q_INJ_COUNT, 3);
	queue_write32(&q, REFDMA_Q_INJ_CODE, 4);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, REFDMA_INJ_FAIL);
	host_accept(&host, BIG_ADDR, BIG_BYTES);
	host_accept(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	TEST_CALL(host_run(&host));
	TEST_CALL(host_check_all(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	for (size_t i = 0; i < NB(wide); i++)
		TEST_ASSERT_EQ(queue_read64(&q, wide[i]), 0);
	for (size_t i = 0; i < NB(narrow); i++)
		TEST_ASSERT_EQ(queue_read32(&q, narrow[i]), 0);
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL, 0, 4), 0);
	return TEST_OK;
}

static int
enable_after_reset_starts_from_zero(void)
{
	for (unsigned int i = 0; i < 7; i++)
		queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	queue_configure(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_ASSERT_EQ(queue_slots(&q), 0);
	TEST_CALL(queue_works(&q));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return TEST_OK;
}

static int
reset_leaves_other_queues_alone(void)
{
	struct host_queue other;

	TEST_CALL(queue_open(&host, &other, 0, 1, 5));
	TEST_CALL(queue_works(&other));
	queue_nop(&other, 0);
	queue_doorbell(&other);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_state(&other), REFDMA_STATE_RUNNING);
	TEST_ASSERT_EQ(queue_done(&other), 2);
	return queue_works(&other);
}

static int
wake_word_follows_sleep(void)
{
	const struct refdma_notify *notify = host_ptr(&host, q.cpl + 64, sizeof(*notify));
	unsigned int before = atomic_load(&host.wakes[0]);

	TEST_ASSERT_EQ(notify->wake, 0);
	refdma_model_set_asleep(host.model, 0, true);
	TEST_ASSERT(notify->wake != 0);
	TEST_ASSERT_EQ(atomic_load(&host.wakes[0]), before);
	host_write32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_WAKE, 1);
	TEST_ASSERT(atomic_load(&host.wakes[0]) > before);
	refdma_model_set_asleep(host.model, 0, false);
	TEST_ASSERT_EQ(notify->wake, 0);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "each_command_in_each_state", each_command_in_each_state },
	{ "command_without_effect_keeps_work", command_without_effect_keeps_work },
	{ "unknown_commands_have_no_effect", unknown_commands_have_no_effect },
	{ "several_commands_have_an_order", several_commands_have_an_order },
	{ "reset_goes_before_enable", reset_goes_before_enable },
	{ "command_wakes_the_engine", command_wakes_the_engine },
	{ "pause_holds_announced_work", pause_holds_announced_work },
	{ "pause_in_mid_copy", pause_in_mid_copy },
	{ "pause_comes_within_a_burst", pause_comes_within_a_burst },
	{ "abort_in_mid_copy", abort_in_mid_copy },
	{ "abort_of_a_waiting_operation", abort_of_a_waiting_operation },
	{ "abort_before_anything_started", abort_before_anything_started },
	{ "abort_while_paused", abort_while_paused },
	{ "abort_of_nothing", abort_of_nothing },
	{ "abort_spares_what_was_not_announced", abort_spares_what_was_not_announced },
	{ "abort_counts_operations_by_their_slots", abort_counts_operations_by_their_slots },
	{ "reset_in_mid_copy_leaves_no_trace", reset_in_mid_copy_leaves_no_trace },
	{ "enable_after_reset_starts_from_zero", enable_after_reset_starts_from_zero },
	{ "reset_leaves_other_queues_alone", reset_leaves_other_queues_alone },
	{ "wake_word_follows_sleep", wake_word_follows_sleep },
};

static struct test_suite model_command = {
	.name = "model_command",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_command)
