/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Interrupts of the device model: events, arming, one message each (section 10). */

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))

static struct model_host host;
static struct host_queue q;

static int
setup(void)
{
	static const struct refdma_model_conf conf = { .queues = 8 };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 6));
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 1);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

static void
arm(uint32_t seen)
{
	queue_write32(&q, REFDMA_Q_IRQ_ARM, seen);
}

static unsigned int
messages(void)
{
	return atomic_load(&host.interrupts[1]);
}

static int
nops(unsigned int nb, uint16_t flags)
{
	while (nb-- > 0)
		queue_nop(&q, flags);
	return queue_go(&q);
}

static int
armed_event_sends_one_message(void)
{
	arm(0);
	TEST_ASSERT_EQ(messages(), 0);
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
nothing_is_sent_unarmed(void)
{
	TEST_CALL(nops(10, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 0);
	return TEST_OK;
}

static int
arming_late_fires_at_once(void)
{
	TEST_CALL(nops(3, REFDMA_F_IRQ));
	/* The host has seen two; the third one is news, and no engine has to run for it. */
	arm(2);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
nothing_new_fires_nothing(void)
{
	TEST_CALL(nops(3, REFDMA_F_IRQ));
	arm(3);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(messages(), 0);
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
arming_is_one_shot(void)
{
	arm(0);
	TEST_CALL(nops(5, REFDMA_F_IRQ));
	TEST_CALL(nops(5, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 1);
	arm(10);
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 2);
	return TEST_OK;
}

static int
only_flagged_operations_are_events(void)
{
	arm(0);
	TEST_CALL(nops(5, 0));
	TEST_ASSERT_EQ(messages(), 0);
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
sum_is_that_of_the_latest_event(void)
{
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_CALL(nops(4, 0));
	/* Five are complete, but the latest event was the first. */
	arm(1);
	TEST_ASSERT_EQ(messages(), 0);
	arm(0);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
numbers_are_compared_by_subtraction(void)
{
	TEST_CALL(nops(2, REFDMA_F_IRQ));
	arm(UINT32_MAX - 5);
	TEST_ASSERT_EQ(messages(), 1);
	arm(5);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
failed_operation_is_an_event(void)
{
	arm(0);
	queue_copy(&q, HOST_NOWHERE, HOST_NOWHERE, 10, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
aborted_operation_is_an_event(void)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT, .length = 8, .src = DEV_PORT(PORT_LOOP),
		.dst = host_alloc(&host, 8, 8),
	};

	arm(0);
	queue_push(&q, &desc, NULL);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(messages(), 0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
operation_that_was_not_attempted_is_an_event(void)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	arm(0);
	TEST_CALL(nops(1, 0));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
halt_is_an_event(void)
{
	queue_write32(&q, REFDMA_Q_INJ_COUNT, 3);
	queue_write32(&q, REFDMA_Q_INJ_CODE, REFDMA_CODE_POISON);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, REFDMA_INJ_HALT);
	arm(0);
	TEST_CALL(nops(4, 0));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

/* Nothing completes, so the sum stays; the host must learn of it all the same, once. */
static int
halt_with_nothing_completed_is_an_event(void)
{
	arm(0);
	queue_doorbell_value(&q, 1000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_ASSERT_EQ(messages(), 1);
	arm(0);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
halt_before_arming_fires_at_once(void)
{
	queue_doorbell_value(&q, 1000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(messages(), 0);
	arm(0);
	TEST_ASSERT_EQ(messages(), 1);
	arm(0);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

/* A failed operation that halts the queue: the host sees both at its one message. */
static int
failure_that_halts_sends_one_message(void)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	queue_configure(&q);
	queue_write32(&q, REFDMA_Q_CONFIG, REFDMA_Q_CONFIG_HALT_ON_ERROR);
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 1);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	arm(0);
	queue_copy(&q, HOST_NOWHERE, HOST_NOWHERE, 64, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(messages(), 1);
	arm(1);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
abort_takes_a_halt_back(void)
{
	queue_write32(&q, REFDMA_Q_INJ_COUNT, 1);
	queue_write32(&q, REFDMA_Q_INJ_CTRL, REFDMA_INJ_HALT);
	TEST_CALL(nops(1, 0));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	arm(1);
	TEST_ASSERT_EQ(messages(), 0);
	return TEST_OK;
}

static int
periods_are_events(void)
{
	uint64_t buffer = host_alloc(&host, 256, 64);

	queue_copy(&q, buffer + 128, buffer, 100, REFDMA_F_LOOP | REFDMA_F_IRQ);
	arm(0);
	queue_doorbell(&q);
	host_steps(&host, 3);
	TEST_ASSERT_EQ(messages(), 1);
	arm((uint32_t)queue_periods(&q) + 1000000);
	TEST_ASSERT_EQ(messages(), 1);
	arm((uint32_t)queue_periods(&q));
	host_steps(&host, 3);
	TEST_ASSERT_EQ(messages(), 2);
	return TEST_OK;
}

static int
operations_and_periods_add_up(void)
{
	uint64_t buffer = host_alloc(&host, 256, 64);

	TEST_CALL(nops(5, 0));
	queue_copy(&q, buffer + 128, buffer, 100, REFDMA_F_LOOP | REFDMA_F_IRQ);
	queue_nop(&q, REFDMA_F_LOAD);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 7);
	TEST_ASSERT_EQ(queue_periods(&q), 1);
	/* The loop's completion: six operations and one period. */
	arm(7);
	TEST_ASSERT_EQ(messages(), 0);
	arm(6);
	TEST_ASSERT_EQ(messages(), 1);
	return TEST_OK;
}

static int
disabled_interrupts_send_nothing(void)
{
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, 1);
	arm(0);
	TEST_CALL(nops(3, REFDMA_F_IRQ));
	arm(0);
	TEST_ASSERT_EQ(messages(), 0);
	return TEST_OK;
}

static int
each_queue_has_its_vector(void)
{
	struct host_queue other;

	TEST_CALL(queue_open(&host, &other, 0, 5, 5));
	queue_write32(&other, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 7);
	queue_write32(&other, REFDMA_Q_IRQ_ARM, 0);
	arm(0);
	queue_nop(&other, REFDMA_F_IRQ);
	TEST_CALL(queue_go(&other));
	TEST_ASSERT_EQ(messages(), 0);
	TEST_ASSERT_EQ(atomic_load(&host.interrupts[7]), 1);
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 1);
	TEST_ASSERT_EQ(atomic_load(&host.interrupts[7]), 1);
	return TEST_OK;
}

static int
reset_disarms(void)
{
	arm(0);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	queue_configure(&q);
	queue_write32(&q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | 1);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_CALL(nops(1, REFDMA_F_IRQ));
	TEST_ASSERT_EQ(messages(), 0);
	return TEST_OK;
}

/* A host that is woken finds what woke it. */
static int
message_comes_after_the_completion_line(void)
{
	host.watched = &q;
	for (unsigned int i = 0; i < 20; i++) {
		arm(i);
		TEST_CALL(nops(1, REFDMA_F_IRQ));
		TEST_ASSERT_EQ(messages(), i + 1);
		TEST_ASSERT_EQ(host.done_at_interrupt, i + 1);
	}
	return TEST_OK;
}

static int
vector_beyond_the_table_is_not_sent(void)
{
	uint32_t vectors = host_read32(&host, REFDMA_REG_TOPOLOGY) >>
			   REFDMA_TOPOLOGY_VECTORS_SHIFT & REFDMA_TOPOLOGY_MASK;
	static const uint32_t beyond[] = { 0, 100, 255, 1000, REFDMA_Q_IRQ_VECTOR_MASK };

	for (size_t i = 0; i < NB(beyond); i++) {
		uint32_t vector = beyond[i] < vectors ? vectors : beyond[i];

		queue_write32(&q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | vector);
		arm(queue_done(&q));
		TEST_CALL(nops(1, REFDMA_F_IRQ));
	}
	TEST_ASSERT_EQ(atomic_load(&host.stray_interrupts), 0);
	for (uint32_t v = 0; v < NB(host.interrupts); v++)
		TEST_ASSERT_EQ(atomic_load(&host.interrupts[v]), 0);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "armed_event_sends_one_message", armed_event_sends_one_message },
	{ "nothing_is_sent_unarmed", nothing_is_sent_unarmed },
	{ "arming_late_fires_at_once", arming_late_fires_at_once },
	{ "nothing_new_fires_nothing", nothing_new_fires_nothing },
	{ "arming_is_one_shot", arming_is_one_shot },
	{ "only_flagged_operations_are_events", only_flagged_operations_are_events },
	{ "sum_is_that_of_the_latest_event", sum_is_that_of_the_latest_event },
	{ "numbers_are_compared_by_subtraction", numbers_are_compared_by_subtraction },
	{ "failed_operation_is_an_event", failed_operation_is_an_event },
	{ "aborted_operation_is_an_event", aborted_operation_is_an_event },
	{ "operation_that_was_not_attempted_is_an_event",
	  operation_that_was_not_attempted_is_an_event },
	{ "halt_is_an_event", halt_is_an_event },
	{ "halt_with_nothing_completed_is_an_event", halt_with_nothing_completed_is_an_event },
	{ "halt_before_arming_fires_at_once", halt_before_arming_fires_at_once },
	{ "failure_that_halts_sends_one_message", failure_that_halts_sends_one_message },
	{ "abort_takes_a_halt_back", abort_takes_a_halt_back },
	{ "periods_are_events", periods_are_events },
	{ "operations_and_periods_add_up", operations_and_periods_add_up },
	{ "disabled_interrupts_send_nothing", disabled_interrupts_send_nothing },
	{ "each_queue_has_its_vector", each_queue_has_its_vector },
	{ "reset_disarms", reset_disarms },
	{ "message_comes_after_the_completion_line", message_comes_after_the_completion_line },
	{ "vector_beyond_the_table_is_not_sent", vector_beyond_the_table_is_not_sent },
};

static struct test_suite model_irq = {
	.name = "model_irq",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_irq)
