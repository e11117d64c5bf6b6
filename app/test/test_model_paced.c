/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Paced ports of the device model: rate, overrun, underrun, clock (section 9.2). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define SOURCE 0
#define SINK 1
#define FIFO 4096u
#define RATE 1000000u		/* bytes a second: one a microsecond */
#define US UINT64_C(1000)
#define SECOND UINT64_C(1000000000)

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
setup(void)
{
	static const struct refdma_model_port_conf ports[] = {
		[SOURCE] = { .type = REFDMA_PORT_SOURCE, .fifo_bytes = FIFO, .rate = RATE },
		[SINK] = { .type = REFDMA_PORT_SINK, .fifo_bytes = FIFO, .rate = RATE },
	};
	static const struct refdma_model_conf conf = { .nb_ports = 2, .ports = ports };

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

static void
receive(uint64_t addr, uint32_t length)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT, .flags = REFDMA_F_STATUS, .length = length,
		.src = DEV_PORT(SOURCE), .dst = addr,
	};

	queue_push(&q, &desc, NULL);
	queue_doorbell(&q);
}

static void
send(uint64_t addr, uint32_t length)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .flags = REFDMA_F_STATUS, .length = length,
		.src = addr, .dst = DEV_PORT(SINK),
	};

	queue_push(&q, &desc, NULL);
	queue_doorbell(&q);
}

/* Integer number i of what was received. */
static uint64_t
integer(unsigned int i)
{
	uint64_t value;

	memcpy(&value, host_ptr(&host, dst + (uint64_t)i * 8, 8), 8);
	return value;
}

static bool
running(unsigned int port)
{
	return (port_read32(&host, port, REFDMA_P_STATUS) & REFDMA_P_STATUS_RUNNING) != 0;
}

static int
source_keeps_its_rate(void)
{
	receive(dst, 8000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_left(&q), 8000);
	for (unsigned int us = 0; us < 7900; us += 100) {
		uint32_t due = us;
		uint32_t done = 8000 - queue_left(&q);

		/* By bursts of 64, each in time. */
		TEST_ASSERT(done <= due);
		TEST_ASSERT(done + 64 + 8 > due);
		TEST_CALL(host_advance(&host, 100 * US));
	}
	TEST_CALL(host_advance(&host, 100 * US));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, 8000);
	for (unsigned int i = 0; i < 1000; i++)
		TEST_ASSERT_EQ(integer(i), i);
	TEST_ASSERT_EQ(port_read64(&host, SOURCE, REFDMA_P_OVERRUN), 0);
	return TEST_OK;
}

static int
waiting_engine_names_the_time(void)
{
	uint64_t start = host.now_ns;

	receive(dst, 64);
	TEST_CALL(host_run(&host));
	TEST_ASSERT(host.next_ns > start);
	TEST_ASSERT(host.next_ns <= start + 64 * US);
	/* At that time there is something to do: it comes to an end within a few of them. */
	for (unsigned int i = 0; i < 20 && queue_done(&q) == 0; i++) {
		TEST_ASSERT(host.next_ns != REFDMA_MODEL_IDLE);
		host.now_ns = host.next_ns;
		TEST_CALL(host_run(&host));
	}
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT(host.now_ns <= start + 65 * US);
	return TEST_OK;
}

static int
clock_starts_with_the_first_operation(void)
{
	TEST_CALL(host_advance(&host, SECOND));
	TEST_ASSERT(!running(SOURCE));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 0);
	TEST_ASSERT_EQ(port_read64(&host, SOURCE, REFDMA_P_OVERRUN), 0);
	receive(dst, 64);
	TEST_CALL(host_run(&host));
	TEST_ASSERT(running(SOURCE));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_CALL(host_advance(&host, 64 * US));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return TEST_OK;
}

static int
start_and_stop_commands(void)
{
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_ASSERT(running(SOURCE));
	TEST_CALL(host_advance(&host, 800 * US));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 800);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_STOP);
	TEST_ASSERT(!running(SOURCE));
	TEST_CALL(host_advance(&host, SECOND));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 800);
	TEST_ASSERT_EQ(port_read64(&host, SOURCE, REFDMA_P_OVERRUN), 0);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_CALL(host_advance(&host, 80 * US));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 880);
	return TEST_OK;
}

static int
start_wakes_a_waiting_operation(void)
{
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_STOP);
	receive(dst, 64);
	TEST_CALL(host_advance(&host, SECOND));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	TEST_ASSERT_EQ(host.next_ns, REFDMA_MODEL_IDLE);
	atomic_store(&host.wakes[0], 0);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_ASSERT(atomic_load(&host.wakes[0]) >= 1);
	TEST_CALL(host_advance(&host, 64 * US));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return TEST_OK;
}

static int
reset_stops_the_clock(void)
{
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_CALL(host_advance(&host, 10000 * US));
	TEST_ASSERT(port_read64(&host, SOURCE, REFDMA_P_OVERRUN) > 0);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_RESET);
	TEST_ASSERT(!running(SOURCE));
	TEST_ASSERT_EQ(port_read64(&host, SOURCE, REFDMA_P_OVERRUN), 0);
	TEST_CALL(host_advance(&host, 10000 * US));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 0);
	receive(dst, 80);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 80 * US));
	TEST_ASSERT_EQ(integer(0), 0);
	TEST_ASSERT_EQ(integer(9), 9);
	return TEST_OK;
}

/* One gap in the integers, as long as OVERRUN says. */
static int
check_gap(unsigned int nb, uint64_t lost)
{
	unsigned int gaps = 0;

	for (unsigned int i = 1; i < nb; i++) {
		uint64_t step = integer(i) - integer(i - 1);

		if (step == 1)
			continue;
		TEST_ASSERT_EQ((step - 1) * 8, lost);
		gaps++;
	}
	TEST_ASSERT_EQ(gaps, 1);
	return TEST_OK;
}

static int
overrun_is_counted_and_seen(void)
{
	uint64_t lost;

	receive(dst, 128);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 128 * US));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	/* Nobody reads for a while. */
	TEST_CALL(host_advance(&host, 20000 * US));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), FIFO);
	lost = port_read64(&host, SOURCE, REFDMA_P_OVERRUN);
	TEST_ASSERT_EQ(lost, 20000 - FIFO);
	receive(dst + 128, FIFO + 800);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 800 * US));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	TEST_ASSERT_EQ(port_read64(&host, SOURCE, REFDMA_P_OVERRUN), lost);
	for (unsigned int i = 0; i < 16; i++)
		TEST_ASSERT_EQ(integer(i), i);
	return check_gap((128 + FIFO + 800) / 8, lost);
}

/* A reader that stands between two integers does not tear them. */
static int
overrun_loses_whole_integers(void)
{
	uint64_t lost;

	receive(dst, 3);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 20001 * US));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	lost = port_read64(&host, SOURCE, REFDMA_P_OVERRUN);
	TEST_ASSERT(lost > 0);
	TEST_ASSERT_EQ(lost % 8, 0);
	receive(dst + 3, FIFO + 800 - 3);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 2000 * US));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	return check_gap((FIFO + 800) / 8, lost);
}

static int
overrun_is_exact_at_any_rate(void)
{
	static const uint64_t rates[] = { 1, 7, 12345, 999999937, UINT64_C(12500000000) };

	for (size_t i = 0; i < NB(rates); i++) {
		uint64_t made;

		port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_RESET);
		port_write64(&host, SOURCE, REFDMA_P_RATE, rates[i]);
		port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
		for (unsigned int step = 0; step < 100; step++)
			TEST_CALL(host_advance(&host, SECOND / 100 + step));
		/* 1 s and 4950 ns. */
		made = (uint64_t)((double)rates[i] * 1.00000495);
		made -= port_read64(&host, SOURCE, REFDMA_P_OVERRUN);
		made -= port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL);
		TEST_ASSERT(made < 16 || made > UINT64_MAX - 16);
	}
	return TEST_OK;
}

static int
sink_takes_at_its_rate(void)
{
	send(src, 2000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT_EQ(port_read32(&host, SINK, REFDMA_P_FIFO_LEVEL), 2000);
	TEST_CALL(host_advance(&host, 500 * US));
	TEST_ASSERT_EQ(port_read32(&host, SINK, REFDMA_P_FIFO_LEVEL), 1500);
	TEST_CALL(host_advance(&host, 1500 * US));
	TEST_ASSERT_EQ(port_read32(&host, SINK, REFDMA_P_FIFO_LEVEL), 0);
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_UNDERRUN), 0);
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_TX_BYTES), 2000);
	return TEST_OK;
}

static int
sink_holds_a_fast_writer(void)
{
	send(src, 20000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_left(&q), 20000 - FIFO);
	TEST_CALL(host_advance(&host, 5000 * US));
	TEST_ASSERT(queue_left(&q) <= 20000 - FIFO - 5000 + 64);
	TEST_ASSERT(queue_left(&q) >= 20000 - FIFO - 5000);
	TEST_CALL(host_advance(&host, 11000 * US));
	TEST_ASSERT_ENTRY(&q, 0, REFDMA_CODE_OK, 20000);
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_UNDERRUN), 0);
	return TEST_OK;
}

static int
underrun_is_counted(void)
{
	uint64_t missed;

	send(src, 1000);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 1300 * US));
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_UNDERRUN), 300);
	send(src, 1000);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 1000 * US));
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_UNDERRUN), 300);
	port_write32(&host, SINK, REFDMA_P_CTRL, REFDMA_P_CTRL_STOP);
	missed = port_read64(&host, SINK, REFDMA_P_UNDERRUN);
	TEST_CALL(host_advance(&host, SECOND));
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_UNDERRUN), missed);
	return TEST_OK;
}

static int
paced_sink_keeps_a_checksum(void)
{
	const uint8_t *byte = host_ptr(&host, src, 10000);
	uint64_t sum = 0;

	for (unsigned int i = 0; i < 10000; i++)
		sum += (uint64_t)(i + 1) * byte[i];
	send(src, 10000);
	TEST_CALL(host_run(&host));
	TEST_CALL(host_advance(&host, 10000 * US));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	TEST_ASSERT_EQ(port_read64(&host, SINK, REFDMA_P_CHECKSUM), sum);
	return TEST_OK;
}

static int
rate_leaves_the_fifo_alone(void)
{
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_CALL(host_advance(&host, 800 * US));
	port_write64(&host, SOURCE, REFDMA_P_RATE, 10 * RATE);
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 800);
	TEST_CALL(host_advance(&host, 80 * US));
	TEST_ASSERT_EQ(port_read32(&host, SOURCE, REFDMA_P_FIFO_LEVEL), 1600);
	/* Without a rate the source always has data; what stood in the FIFO comes first. */
	port_write64(&host, SOURCE, REFDMA_P_RATE, 0);
	receive(dst, 8000);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	for (unsigned int i = 0; i < 1000; i++)
		TEST_ASSERT_EQ(integer(i), i);
	return TEST_OK;
}

static int
huge_jumps_of_time(void)
{
	port_write64(&host, SOURCE, REFDMA_P_RATE, UINT64_MAX);
	port_write64(&host, SINK, REFDMA_P_RATE, UINT64_MAX);
	port_write32(&host, SOURCE, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	port_write32(&host, SINK, REFDMA_P_CTRL, REFDMA_P_CTRL_START);
	TEST_CALL(host_advance(&host, UINT64_C(1) << 62));
	receive(dst, 64);
	send(src, 64);
	TEST_CALL(host_advance(&host, SECOND));
	/* Whatever the counters make of it, the transfers end and memory is as it was. */
	TEST_ASSERT_EQ(queue_done(&q), 2);
	host_accept(&host, dst, 64);
	return host_check(&host);
}

static const struct test_case cases[] = {
	{ "source_keeps_its_rate", source_keeps_its_rate },
	{ "waiting_engine_names_the_time", waiting_engine_names_the_time },
	{ "clock_starts_with_the_first_operation", clock_starts_with_the_first_operation },
	{ "start_and_stop_commands", start_and_stop_commands },
	{ "start_wakes_a_waiting_operation", start_wakes_a_waiting_operation },
	{ "reset_stops_the_clock", reset_stops_the_clock },
	{ "overrun_is_counted_and_seen", overrun_is_counted_and_seen },
	{ "overrun_loses_whole_integers", overrun_loses_whole_integers },
	{ "overrun_is_exact_at_any_rate", overrun_is_exact_at_any_rate },
	{ "sink_takes_at_its_rate", sink_takes_at_its_rate },
	{ "sink_holds_a_fast_writer", sink_holds_a_fast_writer },
	{ "underrun_is_counted", underrun_is_counted },
	{ "paced_sink_keeps_a_checksum", paced_sink_keeps_a_checksum },
	{ "rate_leaves_the_fifo_alone", rate_leaves_the_fifo_alone },
	{ "huge_jumps_of_time", huge_jumps_of_time },
};

static struct test_suite model_paced = {
	.name = "model_paced",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_paced)
