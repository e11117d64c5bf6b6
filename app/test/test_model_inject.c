/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Error injection and resets of the device model (sections 11 and 12). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
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

static void
inject(uint32_t what, uint32_t count, uint32_t code)
{
	queue_write32(&q, REFDMA_Q_INJ_COUNT, count);
	queue_write32(&q, REFDMA_Q_INJ_CODE, code);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, what);
}

static uint32_t
fired(void)
{
	return queue_read32(&q, REFDMA_Q_INJ_FIRED);
}

/* Copies of 100 bytes to places of their own. */
static void
push_copies(unsigned int nb)
{
	while (nb-- > 0) {
		uint64_t offset = q.pushed * 100;

		queue_copy(&q, dst + offset, src + offset, 100, 0);
	}
	queue_doorbell(&q);
}

static void
expect_copy(uint32_t op)
{
	host_expect_copy(&host, dst + op * 100, src + op * 100, 100);
}

static int
fail_hits_the_nth_operation(void)
{
	push_copies(4);
	TEST_CALL(host_run(&host));
	inject(REFDMA_INJ_FAIL, 3, REFDMA_CODE_POISON);
	push_copies(6);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 10);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_ENTRY(&q, 6, REFDMA_CODE_POISON, 0);
	TEST_ASSERT_EQ(fired(), 1);
	for (uint32_t op = 0; op < 10; op++)
		if (op != 6)
			expect_copy(op);
	return host_check(&host);
}

static int
fail_happens_once(void)
{
	inject(REFDMA_INJ_FAIL, 1, REFDMA_CODE_LINK);
	push_copies(10);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_LINK, 0);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_INJ_CTRL) & REFDMA_INJ_FAIL, 0);
	inject(REFDMA_INJ_FAIL, 1, REFDMA_CODE_BUS);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_ENTRY(&q, 10, REFDMA_CODE_BUS, 0);
	TEST_ASSERT_EQ(fired(), 2);
	return TEST_OK;
}

static int
fail_with_every_code(void)
{
	for (uint32_t code = REFDMA_CODE_ABORTED; code <= REFDMA_CODE_INTERNAL; code++) {
		inject(REFDMA_INJ_FAIL, 1, code);
		push_copies(1);
		TEST_CALL(host_run(&host));
		TEST_ASSERT_ENTRY(&q, code - 1, code, 0);
	}
	TEST_ASSERT_EQ(fired(), REFDMA_CODE_INTERNAL);
	return host_check(&host);
}

static int
fail_skips_the_whole_descriptor(void)
{
	struct refdma_sge list[6] = { { .addr = src, .length = 10 } };
	struct refdma_desc desc = { .op = REFDMA_OP_COPY_SG, .ext = 3, .param = 0x30003 };

	inject(REFDMA_INJ_FAIL, 1, REFDMA_CODE_READ);
	TEST_CALL(queue_expect(&q, &desc, list, REFDMA_CODE_READ, 0));
	return queue_works(&q);
}

static int
fail_halts_where_errors_halt(void)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	queue_configure(&q);
	queue_write32(&q, REFDMA_Q_CONFIG, REFDMA_Q_CONFIG_HALT_ON_ERROR);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	inject(REFDMA_INJ_FAIL, 2, REFDMA_CODE_WRITE);
	push_copies(3);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_WRITE);
	return TEST_OK;
}

static int
stall_stands_until_disarmed(void)
{
	inject(REFDMA_INJ_STALL, 2, 0);
	push_copies(5);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), UINT64_C(1) << 32);
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	TEST_ASSERT_EQ(fired(), 1);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_INJ_CTRL), REFDMA_INJ_STALL);
	TEST_CALL(host_advance(&host, UINT64_C(10000000000)));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	expect_copy(0);
	TEST_CALL(host_check(&host));
	atomic_store(&host.wakes[0], 0);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, 0);
	TEST_ASSERT(atomic_load(&host.wakes[0]) >= 1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 5);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	TEST_ASSERT_EQ(fired(), 1);
	return TEST_OK;
}

static int
abort_works_in_a_stall(void)
{
	inject(REFDMA_INJ_STALL, 1, 0);
	push_copies(3);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_done(&q), 3);
	for (uint32_t op = 0; op < 3; op++)
		TEST_ASSERT_ENTRY(&q, op, REFDMA_CODE_NOT_ATTEMPTED, 0);
	TEST_CALL(host_check(&host));
	queue_write32(&q, REFDMA_Q_INJ_CTRL, 0);
	return queue_works(&q);
}

static int
pause_and_reset_work_in_a_stall(void)
{
	inject(REFDMA_INJ_STALL, 1, 0);
	push_copies(3);
	TEST_CALL(host_run(&host));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_PAUSED);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	TEST_ASSERT_EQ(fired(), 0);
	return TEST_OK;
}

static int
stall_holds_one_queue_only(void)
{
	struct host_queue other;

	TEST_CALL(queue_open(&host, &other, 0, 1, 5));
	inject(REFDMA_INJ_STALL, 1, 0);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_CALL(queue_works(&other));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	return TEST_OK;
}

static int
halt_stands_before_the_operation(void)
{
	inject(REFDMA_INJ_HALT, 3, REFDMA_CODE_INTERNAL);
	push_copies(4);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_HALTED |
		       REFDMA_CODE_INTERNAL << REFDMA_Q_STATUS_REASON_SHIFT);
	TEST_ASSERT_EQ(queue_line_state(&q), queue_read32(&q, REFDMA_Q_STATUS));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	TEST_ASSERT_EQ(fired(), 1);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_done(&q), 4);
	TEST_ASSERT_ENTRY(&q, 2, REFDMA_CODE_NOT_ATTEMPTED, 0);
	expect_copy(0);
	expect_copy(1);
	TEST_CALL(host_check(&host));
	return queue_works(&q);
}

static int
injected_codes_stay_in_their_field(void)
{
	inject(REFDMA_INJ_HALT, 1, UINT32_MAX);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS) & ~UINT32_C(0xff000f), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	inject(REFDMA_INJ_FAIL, 1, UINT32_MAX);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_entry(&q, 1)->code & ~(REFDMA_STS_VALID | REFDMA_STS_CODE_MASK), 0);
	return TEST_OK;
}

static int
corrupt_inverts_progress_once(void)
{
	inject(REFDMA_INJ_CORRUPT, 0, 0);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), (uint32_t)~1u);
	TEST_ASSERT_EQ(queue_slots(&q), (uint32_t)~1u);
	TEST_ASSERT_EQ(fired(), 1);
	/* It is not repaired by itself. */
	TEST_CALL(host_advance(&host, UINT64_C(1000000000)));
	TEST_ASSERT_EQ(queue_done(&q), (uint32_t)~1u);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_slots(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return TEST_OK;
}

static int
dropped_doorbell_has_no_effect(void)
{
	inject(REFDMA_INJ_DROP_DOORBELL, 0, 0);
	push_copies(2);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_ASSERT_EQ(fired(), 1);
	TEST_CALL(host_advance(&host, UINT64_C(1000000000)));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(host_check(&host));
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 3);
	return TEST_OK;
}

static int
arming_disarms_the_others(void)
{
	inject(REFDMA_INJ_FAIL | REFDMA_INJ_DROP_DOORBELL, 1, REFDMA_CODE_BUS);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, REFDMA_INJ_CORRUPT);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), (uint32_t)~1u);
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	TEST_ASSERT_EQ(fired(), 1);
	inject(REFDMA_INJ_FAIL, 1, REFDMA_CODE_BUS);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, 0);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return TEST_OK;
}

static int
several_errors_at_once(void)
{
	inject(REFDMA_INJ_FAIL | REFDMA_INJ_DROP_DOORBELL, 2, REFDMA_CODE_BUS);
	push_copies(1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	push_copies(3);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 4);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_ENTRY(&q, 1, REFDMA_CODE_BUS, 0);
	TEST_ASSERT_EQ(fired(), 2);
	return TEST_OK;
}

static int
all_ones_everywhere(void)
{
	for (uint64_t offset = 0; offset < REFDMA_BAR_REGS_SIZE; offset += 4)
		TEST_ASSERT_EQ(host_read32(&host, offset), UINT32_MAX);
	TEST_ASSERT_EQ(host_read64(&host, REFDMA_REG_LOCAL_BASE), UINT64_MAX);
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL, 0, 4), UINT32_MAX);
	return TEST_OK;
}

static int
removed_function_is_gone(void)
{
	unsigned int translations;

	push_copies(3);
	queue_copy(&q, dst, src, 65536, REFDMA_F_LOOP);
	queue_doorbell(&q);
	host_steps(&host, 2);
	host_accept(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES);
	host_write32(&host, REFDMA_REG_FUNC_INJECT, REFDMA_FUNC_INJECT_REMOVE);
	TEST_CALL(all_ones_everywhere());
	translations = atomic_load(&host.translations);
	push_copies(5);
	queue_write32(&q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT);
	refdma_model_write(host.model, REFDMA_BAR_DOORBELL, 0, 4, 50);
	host_write32(&host, REFDMA_REG_FUNC_CTRL, REFDMA_FUNC_CTRL_RESET);
	TEST_CALL(host_run(&host));
	refdma_model_set_asleep(host.model, 0, true);
	refdma_model_set_asleep(host.model, 0, false);
	refdma_model_invalidate(host.model);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(host.next_ns, REFDMA_MODEL_IDLE);
	TEST_CALL(all_ones_everywhere());
	TEST_ASSERT_EQ(atomic_load(&host.translations), translations);
	return host_check_all(&host);
}

/* What a reset of the function leaves behind. */
static int
function_is_as_new(void)
{
	struct refdma_desc desc = { .op = REFDMA_OP_COPY, .flags = REFDMA_F_SRC_DEV,
				    .length = 4096, .src = DEV_LOCAL, .dst = dst };
	static const uint8_t zeroes[4096];

	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_MAGIC), REFDMA_MAGIC);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_SCRATCH), 0);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_CTRL), 0);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_PRIORITY), 0);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RING_BASE), 0);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PROGRESS), 0);
	TEST_ASSERT_EQ(refdma_model_read(host.model, REFDMA_BAR_DOORBELL, 0, 4), 0);
	TEST_ASSERT_EQ(port_read32(&host, PORT_LOOP, REFDMA_P_FIFO_LEVEL), 0);
	TEST_ASSERT_EQ(port_read64(&host, PORT_LOOP, REFDMA_P_TX_BYTES), 0);
	TEST_ASSERT_EQ(port_read32(&host, PORT_SINK, REFDMA_P_WIDTH), 1);
	TEST_ASSERT_EQ(port_read32(&host, PORT_SOURCE, REFDMA_P_FRAME), 0);
	queue_configure(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_CALL(queue_expect(&q, &desc, NULL, REFDMA_CODE_OK, 4096));
	host_expect(&host, dst, zeroes, 4096);
	return host_check(&host);
}

static int
use_everything(void)
{
	host_write32(&host, REFDMA_REG_SCRATCH, 55);
	host_write32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_CTRL, REFDMA_CH_CTRL_STRICT);
	host_write32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_PRIORITY, 2);
	port_write32(&host, PORT_SINK, REFDMA_P_WIDTH, 4);
	port_write32(&host, PORT_SOURCE, REFDMA_P_FRAME, 4);
	queue_copy(&q, DEV_PORT(PORT_LOOP), src, 100, REFDMA_F_DST_DEV);
	queue_copy(&q, DEV_LOCAL, src, 4096, REFDMA_F_DST_DEV);
	queue_copy(&q, dst, src, 65536, REFDMA_F_LOOP);
	queue_doorbell(&q);
	host_steps(&host, 3);
	TEST_ASSERT_EQ(queue_done(&q), 2);
	host_accept(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES);
	return TEST_OK;
}

static int
function_reset_by_register(void)
{
	TEST_CALL(use_everything());
	host_write32(&host, REFDMA_REG_FUNC_CTRL, REFDMA_FUNC_CTRL_RESET);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_check_all(&host));
	return function_is_as_new();
}

static int
function_reset_by_the_bus(void)
{
	TEST_CALL(use_everything());
	refdma_model_reset(host.model);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_check_all(&host));
	return function_is_as_new();
}

static int
reset_forgets_commands(void)
{
	TEST_CALL(use_everything());
	queue_write32(&q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT | REFDMA_Q_CTRL_PAUSE);
	refdma_model_reset(host.model);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_check_all(&host));
	return function_is_as_new();
}

static int
reset_brings_a_removed_function_back(void)
{
	TEST_CALL(use_everything());
	host_write32(&host, REFDMA_REG_FUNC_INJECT, REFDMA_FUNC_INJECT_REMOVE);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_MAGIC), UINT32_MAX);
	refdma_model_reset(host.model);
	return function_is_as_new();
}

static const struct test_case cases[] = {
	{ "fail_hits_the_nth_operation", fail_hits_the_nth_operation },
	{ "fail_happens_once", fail_happens_once },
	{ "fail_with_every_code", fail_with_every_code },
	{ "fail_skips_the_whole_descriptor", fail_skips_the_whole_descriptor },
	{ "fail_halts_where_errors_halt", fail_halts_where_errors_halt },
	{ "stall_stands_until_disarmed", stall_stands_until_disarmed },
	{ "abort_works_in_a_stall", abort_works_in_a_stall },
	{ "pause_and_reset_work_in_a_stall", pause_and_reset_work_in_a_stall },
	{ "stall_holds_one_queue_only", stall_holds_one_queue_only },
	{ "halt_stands_before_the_operation", halt_stands_before_the_operation },
	{ "injected_codes_stay_in_their_field", injected_codes_stay_in_their_field },
	{ "corrupt_inverts_progress_once", corrupt_inverts_progress_once },
	{ "dropped_doorbell_has_no_effect", dropped_doorbell_has_no_effect },
	{ "arming_disarms_the_others", arming_disarms_the_others },
	{ "several_errors_at_once", several_errors_at_once },
	{ "removed_function_is_gone", removed_function_is_gone },
	{ "function_reset_by_register", function_reset_by_register },
	{ "function_reset_by_the_bus", function_reset_by_the_bus },
	{ "reset_forgets_commands", reset_forgets_commands },
	{ "reset_brings_a_removed_function_back", reset_brings_a_removed_function_back },
};

static struct test_suite model_inject = {
	.name = "model_inject",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_inject)
