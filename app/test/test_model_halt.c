/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What stops a queue of the device model: doorbells, errors, lost memory (sections 4 and 7). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define OTHER_ADDR UINT64_C(0x200000000)
#define OTHER_BYTES 65536

static struct model_host host;
static struct host_queue q;

static int
setup(void)
{
	return host_open(&host, NULL);
}

static void
teardown(void)
{
	host_close(&host);
}

static int
doorbell_beyond(uint32_t value)
{
	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	for (unsigned int i = 0; i < 10; i++)
		queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	queue_doorbell_value(&q, 10 + value);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_DOORBELL);
	TEST_ASSERT(queue_fatal(&q));
	TEST_ASSERT_EQ(queue_line_state(&q), queue_read32(&q, REFDMA_Q_STATUS));
	TEST_ASSERT_EQ(queue_done(&q), 10);
	TEST_ASSERT_EQ(queue_slots(&q), 10);
	/* ABORT does not bring it back. */
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_done(&q), 10);
	return TEST_OK;
}

static int
doorbell_over_the_ring_halts(void)
{
	return doorbell_beyond(33);
}

static int
doorbell_backwards_halts(void)
{
	return doorbell_beyond(UINT32_MAX);
}

static int
errors_do_not_stop_the_queue(void)
{
	uint64_t buffer;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	buffer = host_alloc(&host, 512, 1);
	for (unsigned int i = 0; i < 20; i++)
		queue_copy(&q, buffer + 256, i % 2 != 0 ? HOST_NOWHERE : buffer, 64, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 20);
	TEST_ASSERT_EQ(queue_errors(&q), 10);
	for (unsigned int i = 0; i < 20; i++)
		TEST_ASSERT_EQ(queue_code(&q, i),
			       i % 2 != 0 ? REFDMA_CODE_SRC_ADDRESS : NO_ENTRY);
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	return TEST_OK;
}

static int
halt_on_error_stops_after_the_operation(void)
{
	uint64_t buffer;

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_write32(&q, REFDMA_Q_CONFIG, REFDMA_Q_CONFIG_HALT_ON_ERROR);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	buffer = host_alloc(&host, 512, 1);
	queue_nop(&q, 0);
	queue_copy(&q, buffer, HOST_NOWHERE, 64, 0);
	queue_nop(&q, 0);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_SRC_ADDRESS);
	TEST_ASSERT(!queue_fatal(&q));
	TEST_ASSERT_EQ(queue_line_state(&q), queue_read32(&q, REFDMA_Q_STATUS));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_RUNNING);
	TEST_ASSERT_EQ(queue_line_state(&q), REFDMA_STATE_RUNNING);
	TEST_ASSERT_EQ(queue_done(&q), 4);
	TEST_ASSERT_EQ(queue_errors(&q), 3);
	TEST_ASSERT_ENTRY(&q, 2, REFDMA_CODE_NOT_ATTEMPTED, 0);
	TEST_ASSERT_ENTRY(&q, 3, REFDMA_CODE_NOT_ATTEMPTED, 0);
	return queue_works(&q);
}

/* One of the queue's areas moves to an area of its own, which then goes away. */
static int
lose_area(unsigned int reg, uint64_t *base, uint32_t access)
{
	struct host_area *other = host_map(&host, OTHER_ADDR, OTHER_BYTES, HOST_READ_WRITE);

	TEST_ASSERT(other != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	*base = OTHER_ADDR;
	queue_write64(&q, reg, OTHER_ADDR);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_CALL(queue_works(&q));
	if (access != 0)
		host_protect(&host, other, access);
	else
		host_unmap(&host, other);
	return TEST_OK;
}

static int
halted_by_lost_memory(void)
{
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS),
		       REFDMA_STATE_HALTED | REFDMA_Q_STATUS_FATAL |
		       REFDMA_CODE_DESC_READ << REFDMA_Q_STATUS_REASON_SHIFT);
	return TEST_OK;
}

static int
lost_ring(uint32_t access)
{
	TEST_CALL(lose_area(REFDMA_Q_RING_BASE, &q.ring, access));
	queue_doorbell_value(&q, q.tail + 1);
	TEST_CALL(halted_by_lost_memory());
	TEST_ASSERT_EQ(queue_line_state(&q), queue_read32(&q, REFDMA_Q_STATUS));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return TEST_OK;
}

static int
lost_ring_halts(void)
{
	TEST_CALL(lost_ring(0));
	TEST_CALL(host_open(&host, NULL));
	return lost_ring(REFDMA_MODEL_WRITE);
}

static int
lost_completion_area_halts(void)
{
	TEST_CALL(lose_area(REFDMA_Q_CPL_BASE, &q.cpl, 0));
	queue_nop(&q, 0);
	queue_doorbell(&q);
	TEST_CALL(halted_by_lost_memory());
	return host_check(&host);
}

static int
read_only_completion_area_halts(void)
{
	TEST_CALL(lose_area(REFDMA_Q_CPL_BASE, &q.cpl, REFDMA_MODEL_READ));
	TEST_CALL(host_check(&host));
	queue_nop(&q, 0);
	queue_doorbell(&q);
	TEST_CALL(halted_by_lost_memory());
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return host_check_all(&host);
}

static int
lost_status_ring_halts(void)
{
	TEST_CALL(lose_area(REFDMA_Q_STS_BASE, &q.sts, 0));
	queue_nop(&q, REFDMA_F_STATUS);
	queue_doorbell(&q);
	TEST_CALL(halted_by_lost_memory());
	TEST_ASSERT_EQ(queue_line_state(&q), queue_read32(&q, REFDMA_Q_STATUS));
	return TEST_OK;
}

/* Half of the ring or of the status ring is in an area of its own, which goes away. */
static int
lose_half(unsigned int reg)
{
	struct host_area *half;

	TEST_CALL(host_open(&host, NULL));
	TEST_ASSERT(host_map(&host, OTHER_ADDR, 4096, HOST_READ_WRITE) != NULL);
	half = host_map(&host, OTHER_ADDR + 4096, 4096, HOST_READ_WRITE);
	TEST_ASSERT(half != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_write64(&q, reg, OTHER_ADDR + 4096 - 256);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	host_unmap(&host, half);
	/* NOPs with STATUS that run into the hole. */
	for (unsigned int i = 0; i < 20; i++) {
		const struct refdma_desc nop = { .flags = REFDMA_F_STATUS };
		uint64_t base = reg == REFDMA_Q_RING_BASE ? OTHER_ADDR + 4096 - 256 : q.ring;
		void *slot = host_ptr(&host, base + (uint64_t)i * 32, 32);

		if (slot != NULL)
			memcpy(slot, &nop, sizeof(nop));
	}
	queue_doorbell_value(&q, 20);
	return halted_by_lost_memory();
}

static int
lost_half_of_a_ring_halts(void)
{
	TEST_CALL(lose_half(REFDMA_Q_RING_BASE));
	return lose_half(REFDMA_Q_STS_BASE);
}

/* A transfer of three slots that waits for its port. */
static int
begin_long_descriptor(void)
{
	const struct {
		struct refdma_setup setup;
		struct refdma_meta meta;
	} ext = { { .width = 1 }, { .addr = HOST_ARENA_ADDR, .length = 64 } };
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT, .ext = 2, .flags = REFDMA_F_SETUP | REFDMA_F_META,
		.length = 64, .src = DEV_PORT(PORT_LOOP), .dst = host_alloc(&host, 64, 64),
	};

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	queue_nop(&q, 0);
	queue_push(&q, &desc, &ext);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_left(&q), 64);
	/* The host takes back a slot that the device is about to consume. */
	queue_doorbell_value(&q, q.tail - 2);
	TEST_CALL(host_run(&host));
	return TEST_OK;
}

/* Not a slot more than once was announced is executed; the doorbell is an error. */
static int
stopped_behind_the_long_descriptor(void)
{
	host_steps(&host, 10);
	TEST_ASSERT(queue_done(&q) <= 2);
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_DOORBELL);
	TEST_ASSERT(queue_fatal(&q));
	return TEST_OK;
}

static int
doorbell_into_the_operation_under_way_halts(void)
{
	struct host_queue other;

	TEST_CALL(begin_long_descriptor());
	TEST_CALL(queue_open(&host, &other, 0, 1, 5));
	queue_copy(&other, DEV_PORT(PORT_LOOP), HOST_ARENA_ADDR, 64, REFDMA_F_DST_DEV);
	TEST_CALL(queue_go(&other));
	return stopped_behind_the_long_descriptor();
}

static int
abort_with_a_doorbell_in_the_operation_under_way(void)
{
	uint64_t before = test_now_ns();

	TEST_CALL(begin_long_descriptor());
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
	/* As many operations as there are numbers would take much longer. */
	TEST_ASSERT(test_now_ns() - before < UINT64_C(1000000000));
	return stopped_behind_the_long_descriptor();
}

/* What halted the queue stays the reason, whatever comes after it. */
static int
reason_of_a_fatal_halt_stays(void)
{
	struct host_area *other = host_map(&host, OTHER_ADDR, OTHER_BYTES, HOST_READ_WRITE);
	uint32_t status;

	TEST_ASSERT(other != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_write64(&q, REFDMA_Q_RING_BASE, HOST_NOWHERE);
	queue_write64(&q, REFDMA_Q_STS_BASE, OTHER_ADDR);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	status = queue_read32(&q, REFDMA_Q_STATUS);
	TEST_ASSERT_EQ(queue_reason(&q), REFDMA_CODE_CONFIG);
	queue_doorbell_value(&q, 100);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), status);
	host_unmap(&host, other);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), status);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE | REFDMA_Q_CTRL_ABORT |
				REFDMA_Q_CTRL_PAUSE | REFDMA_Q_CTRL_RESUME));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), status);
	return TEST_OK;
}

static int
paused_queue_notices_lost_memory(void)
{
	TEST_CALL(lose_area(REFDMA_Q_RING_BASE, &q.ring, HOST_READ_WRITE));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_PAUSE));
	host_unmap(&host, &host.areas[1]);
	TEST_CALL(host_run(&host));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESUME));
	queue_doorbell_value(&q, q.tail + 1);
	return halted_by_lost_memory();
}

static const struct test_case cases[] = {
	{ "doorbell_over_the_ring_halts", doorbell_over_the_ring_halts },
	{ "doorbell_backwards_halts", doorbell_backwards_halts },
	{ "doorbell_into_the_operation_under_way_halts",
	  doorbell_into_the_operation_under_way_halts },
	{ "abort_with_a_doorbell_in_the_operation_under_way",
	  abort_with_a_doorbell_in_the_operation_under_way },
	{ "errors_do_not_stop_the_queue", errors_do_not_stop_the_queue },
	{ "halt_on_error_stops_after_the_operation", halt_on_error_stops_after_the_operation },
	{ "lost_ring_halts", lost_ring_halts },
	{ "lost_completion_area_halts", lost_completion_area_halts },
	{ "read_only_completion_area_halts", read_only_completion_area_halts },
	{ "lost_status_ring_halts", lost_status_ring_halts },
	{ "lost_half_of_a_ring_halts", lost_half_of_a_ring_halts },
	{ "reason_of_a_fatal_halt_stays", reason_of_a_fatal_halt_stays },
	{ "paused_queue_notices_lost_memory", paused_queue_notices_lost_memory },
};

static struct test_suite model_halt = {
	.name = "model_halt",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_halt)
