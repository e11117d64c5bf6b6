/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Ports of the device model without a clock: order, bursts, back-pressure (5.8 and 9.2). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define FIFO 1024u

static struct model_host host;
static struct host_queue tx, rx;
static uint64_t src, dst;

static int
open_host(unsigned int channels)
{
	static const struct refdma_model_port_conf ports[] = {
		{ .type = REFDMA_PORT_LOOPBACK, .fifo_bytes = FIFO },
		{ .type = REFDMA_PORT_SINK },
		{ .type = REFDMA_PORT_SOURCE },
		{ .type = REFDMA_PORT_LOOPBACK },
	};
	const struct refdma_model_conf conf = {
		.channels = channels, .nb_ports = NB(ports), .ports = ports
	};

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &tx, 0, 0, 6));
	TEST_CALL(queue_open(&host, &rx, channels - 1, 1, 6));
	src = host_alloc(&host, 100000, 64);
	dst = host_alloc(&host, 100000, 64);
	return TEST_OK;
}

static int
setup(void)
{
	return open_host(1);
}

static void
teardown(void)
{
	host_close(&host);
}

/* Push a transfer with a set-up of its own where burst or width is not 0. */
static uint32_t
push_port(struct host_queue *q, bool out, unsigned int port, uint64_t addr, uint32_t length,
	  uint16_t width, uint16_t burst)
{
	struct refdma_setup own = { .width = width, .burst = burst };
	struct refdma_desc desc = {
		.op = out ? REFDMA_OP_TO_PORT : REFDMA_OP_FROM_PORT,
		.flags = REFDMA_F_STATUS,
		.length = length,
		.src = out ? addr : DEV_PORT(port),
		.dst = out ? DEV_PORT(port) : addr,
	};

	if (width != 0 || burst != 0) {
		desc.flags |= REFDMA_F_SETUP;
		desc.ext = 1;
	}
	return queue_push(q, &desc, &own);
}

static int
to_port(unsigned int port, uint64_t addr, uint32_t length)
{
	push_port(&tx, true, port, addr, length, 0, 0);
	return queue_go(&tx);
}

static int
from_port(unsigned int port, uint64_t addr, uint32_t length)
{
	push_port(&rx, false, port, addr, length, 0, 0);
	return queue_go(&rx);
}

static int
loopback_keeps_order(void)
{
	static const uint32_t out[] = { 1, 7, 64, 100, 333, 500 };
	static const uint32_t in[] = { 3, 500, 64, 1, 437 };
	uint32_t sent = 0, received = 0;

	for (size_t i = 0; i < NB(out); i++) {
		TEST_CALL(to_port(3, src + sent, out[i]));
		sent += out[i];
		TEST_ASSERT_ENTRY(&tx, (uint32_t)i, REFDMA_CODE_OK, out[i]);
	}
	TEST_ASSERT_EQ(port_read32(&host, 3, REFDMA_P_FIFO_LEVEL), sent);
	for (size_t i = 0; i < NB(in); i++) {
		TEST_CALL(from_port(3, dst + received, in[i]));
		host_expect_copy(&host, dst + received, src + received, in[i]);
		received += in[i];
		TEST_ASSERT_ENTRY(&rx, (uint32_t)i, REFDMA_CODE_OK, in[i]);
		TEST_CALL(host_check(&host));
	}
	TEST_ASSERT_EQ(sent, received);
	TEST_ASSERT_EQ(port_read32(&host, 3, REFDMA_P_FIFO_LEVEL), 0);
	TEST_ASSERT_EQ(port_read64(&host, 3, REFDMA_P_TX_BYTES), sent);
	TEST_ASSERT_EQ(port_read64(&host, 3, REFDMA_P_RX_BYTES), received);
	return TEST_OK;
}

static int
full_fifo_holds_the_writer(void)
{
	TEST_CALL(to_port(0, src, 5000));
	TEST_ASSERT_EQ(queue_done(&tx), 0);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), FIFO);
	TEST_ASSERT_EQ(queue_left(&tx), 5000 - FIFO);
	TEST_CALL(from_port(0, dst, 5000));
	TEST_ASSERT_ENTRY(&tx, 0, REFDMA_CODE_OK, 5000);
	TEST_ASSERT_ENTRY(&rx, 0, REFDMA_CODE_OK, 5000);
	host_expect_copy(&host, dst, src, 5000);
	return host_check(&host);
}

static int
empty_fifo_holds_the_reader(void)
{
	TEST_CALL(from_port(0, dst, 64));
	TEST_ASSERT_EQ(queue_done(&rx), 0);
	TEST_ASSERT_EQ(queue_left(&rx), 64);
	TEST_ASSERT_EQ(host.next_ns, REFDMA_MODEL_IDLE);
	TEST_CALL(to_port(0, src, 64));
	TEST_ASSERT_ENTRY(&rx, 0, REFDMA_CODE_OK, 64);
	host_expect_copy(&host, dst, src, 64);
	return host_check(&host);
}

static int
reader_waits_for_a_whole_burst(void)
{
	push_port(&rx, false, 0, dst, 1024, 4, 16);
	TEST_CALL(queue_go(&rx));
	TEST_CALL(to_port(0, src, 100));
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 36);
	TEST_ASSERT_EQ(queue_left(&rx), 1024 - 64);
	TEST_CALL(to_port(0, src + 100, 27));
	TEST_ASSERT_EQ(queue_left(&rx), 1024 - 64);
	TEST_CALL(to_port(0, src + 127, 1));
	TEST_ASSERT_EQ(queue_left(&rx), 1024 - 128);
	host_expect_copy(&host, dst, src, 128);
	return host_check(&host);
}

static int
writer_waits_for_room_for_a_burst(void)
{
	TEST_CALL(to_port(0, src, 1000));
	TEST_ASSERT_EQ(queue_done(&tx), 1);
	push_port(&tx, true, 0, src, 320, 1, 32);
	TEST_CALL(queue_go(&tx));
	/* 24 bytes of room are no burst of 32. */
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 1000);
	TEST_ASSERT_EQ(queue_left(&tx), 320);
	TEST_CALL(from_port(0, dst, 8));
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 1000 - 8 + 32);
	TEST_ASSERT_EQ(queue_left(&tx), 320 - 32);
	return TEST_OK;
}

static int
last_burst_is_what_is_left(void)
{
	push_port(&rx, false, 0, dst, 70, 1, 64);
	TEST_CALL(queue_go(&rx));
	TEST_CALL(to_port(0, src, 64));
	TEST_ASSERT_EQ(queue_left(&rx), 6);
	TEST_CALL(to_port(0, src + 64, 5));
	TEST_ASSERT_EQ(queue_left(&rx), 6);
	TEST_CALL(to_port(0, src + 69, 1));
	TEST_ASSERT_ENTRY(&rx, 0, REFDMA_CODE_OK, 70);
	return TEST_OK;
}

static int
port_defaults_come_from_registers(void)
{
	port_write32(&host, 0, REFDMA_P_WIDTH, 8);
	port_write32(&host, 0, REFDMA_P_BURST, 3);
	TEST_CALL(from_port(0, dst, 240));
	push_port(&tx, true, 0, src, 46, 2, 1);
	TEST_CALL(queue_go(&tx));
	TEST_ASSERT_EQ(queue_left(&rx), 240 - 24);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 22);
	return TEST_OK;
}

static int
burst_longer_than_the_fifo_still_moves(void)
{
	push_port(&tx, true, 0, src, 4096, 1, 4096);
	push_port(&rx, false, 0, dst, 4096, 1, 4096);
	queue_doorbell(&tx);
	TEST_CALL(queue_go(&rx));
	TEST_ASSERT_ENTRY(&rx, 0, REFDMA_CODE_OK, 4096);
	host_expect_copy(&host, dst, src, 4096);
	return host_check(&host);
}

/* The sum of section 9.2 over bytes that the host knows. */
static uint64_t
checksum(uint64_t addr, uint32_t length, uint64_t position)
{
	const uint8_t *byte = host_ptr(&host, addr, length);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < length; i++)
		sum += (position + i + 1) * byte[i];
	return sum;
}

static int
sink_keeps_a_checksum(void)
{
	static const uint32_t lengths[] = { 1, 100, 4096, 77777, 13 };
	uint64_t sum = 0, position = 0;

	for (size_t i = 0; i < NB(lengths); i++) {
		TEST_CALL(to_port(1, src + i, lengths[i]));
		sum += checksum(src + i, lengths[i], position);
		position += lengths[i];
		TEST_ASSERT_EQ(port_read64(&host, 1, REFDMA_P_CHECKSUM), sum);
		TEST_ASSERT_EQ(port_read64(&host, 1, REFDMA_P_TX_BYTES), position);
	}
	TEST_ASSERT_EQ(queue_done(&tx), NB(lengths));
	TEST_ASSERT_EQ(port_read32(&host, 1, REFDMA_P_FIFO_LEVEL), 0);
	return host_check(&host);
}

/* Byte i of the pattern of section 9.2. */
static void
expect_pattern(uint64_t addr, uint64_t position, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)((position + i) / 8 >> (position + i) % 8 * 8);

		host_expect(&host, addr + i, &byte, 1);
	}
}

static int
source_counts(void)
{
	static const uint32_t lengths[] = { 8, 1, 3, 100, 65536, 4, 7777 };
	uint64_t position = 0;

	for (size_t i = 0; i < NB(lengths); i++) {
		TEST_CALL(from_port(2, dst + i, lengths[i]));
		expect_pattern(dst + i, position, lengths[i]);
		position += lengths[i];
		TEST_CALL(host_check(&host));
	}
	TEST_ASSERT_EQ(port_read64(&host, 2, REFDMA_P_RX_BYTES), position);
	TEST_ASSERT_EQ(port_read64(&host, 2, REFDMA_P_OVERRUN), 0);
	return TEST_OK;
}

static int
reset_starts_a_port_afresh(void)
{
	TEST_CALL(from_port(2, dst, 100));
	TEST_CALL(to_port(1, src, 100));
	TEST_CALL(to_port(0, src, 100));
	for (unsigned int p = 0; p < 3; p++) {
		port_write32(&host, p, REFDMA_P_CTRL, REFDMA_P_CTRL_RESET);
		TEST_ASSERT_EQ(port_read64(&host, p, REFDMA_P_TX_BYTES), 0);
		TEST_ASSERT_EQ(port_read64(&host, p, REFDMA_P_RX_BYTES), 0);
		TEST_ASSERT_EQ(port_read64(&host, p, REFDMA_P_CHECKSUM), 0);
		TEST_ASSERT_EQ(port_read32(&host, p, REFDMA_P_FIFO_LEVEL), 0);
	}
	TEST_CALL(from_port(2, dst, 100));
	expect_pattern(dst, 0, 100);
	TEST_CALL(host_check(&host));
	TEST_CALL(to_port(1, src, 50));
	TEST_ASSERT_EQ(port_read64(&host, 1, REFDMA_P_CHECKSUM), checksum(src, 50, 0));
	return TEST_OK;
}

static int
reset_lets_a_waiting_writer_go_on(void)
{
	TEST_CALL(to_port(0, src, FIFO + 100));
	TEST_ASSERT_EQ(queue_done(&tx), 0);
	port_write32(&host, 0, REFDMA_P_CTRL, REFDMA_P_CTRL_RESET);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&tx), 1);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_LEVEL), 100);
	return TEST_OK;
}

/* Two writers on one port: no byte is lost, and bursts stay whole. */
static int
two_queues_on_one_port(void)
{
	uint8_t ones[960], twos[960];
	const uint8_t *seen;
	unsigned int sum = 0;

	memset(ones, 1, sizeof(ones));
	memset(twos, 2, sizeof(twos));
	host_write(&host, src, ones, sizeof(ones));
	host_write(&host, src + 1000, twos, sizeof(twos));
	push_port(&tx, true, 3, src, 960, 1, 32);
	push_port(&rx, true, 3, src + 1000, 960, 1, 32);
	queue_doorbell(&tx);
	TEST_CALL(queue_go(&rx));
	TEST_ASSERT_EQ(queue_done(&tx), 1);
	TEST_CALL(from_port(3, dst, 1920));
	seen = host_ptr(&host, dst, 1920);
	for (unsigned int i = 0; i < 1920; i++) {
		TEST_ASSERT_EQ(seen[i], seen[i / 32 * 32]);
		sum += seen[i];
	}
	TEST_ASSERT_EQ(sum, 960 * 3);
	return TEST_OK;
}

static int
other_channel_is_woken(void)
{
	TEST_CALL(open_host(2));
	TEST_CALL(from_port(0, dst, 64));
	atomic_store(&host.wakes[1], 0);
	push_port(&tx, true, 0, src, 64, 0, 0);
	queue_doorbell(&tx);
	/* Only the writer's engine runs; the reader's has gone to sleep. */
	while (refdma_model_run(host.model, 0) == 0)
		;
	TEST_ASSERT_EQ(queue_done(&tx), 1);
	TEST_ASSERT(atomic_load(&host.wakes[1]) >= 1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&rx), 1);
	/* And the other way round: room for a writer that waits. */
	TEST_CALL(to_port(0, src, FIFO + 64));
	atomic_store(&host.wakes[0], 0);
	push_port(&rx, false, 0, dst, 128, 0, 0);
	queue_doorbell(&rx);
	while (refdma_model_run(host.model, 1) == 0)
		;
	TEST_ASSERT(atomic_load(&host.wakes[0]) >= 1);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&tx), 2);
	return TEST_OK;
}

static int
pause_stands_between_bursts(void)
{
	push_port(&tx, true, 0, src, 1920, 4, 24);
	TEST_CALL(queue_go(&tx));
	TEST_CALL(queue_command(&tx, REFDMA_Q_CTRL_PAUSE));
	TEST_ASSERT_EQ((1920 - queue_left(&tx)) % 96, 0);
	TEST_CALL(from_port(0, dst, 960));
	TEST_ASSERT_EQ(queue_left(&tx), 1920 - 960);
	TEST_CALL(queue_command(&tx, REFDMA_Q_CTRL_RESUME));
	TEST_CALL(from_port(0, dst + 960, 960));
	TEST_ASSERT_ENTRY(&tx, 0, REFDMA_CODE_OK, 1920);
	host_expect_copy(&host, dst, src, 1920);
	return host_check(&host);
}

/*
 * Bursts of 31 single bytes from a list: wherever the engine's run ends, a pause does not find a
 * burst half done.
 */
static int
pause_does_not_split_a_burst(void)
{
	struct {
		struct refdma_setup setup;
		struct refdma_sge list[32];
	} ext = { .setup = { .width = 1, .burst = 31 } };
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .ext = 17, .flags = REFDMA_F_SETUP | REFDMA_F_SG,
		.length = 31, .dst = DEV_PORT(1), .param = 31,
	};

	TEST_CALL(queue_prepare(&host, &rx, 0, 0, 9));
	for (unsigned int i = 0; i < 31; i++)
		ext.list[i] = (struct refdma_sge){ .addr = src + 2 * i, .length = 1 };
	for (unsigned int nops = 0; nops < 31; nops++) {
		TEST_CALL(queue_command(&rx, REFDMA_Q_CTRL_RESET));
		queue_configure(&rx);
		TEST_CALL(queue_command(&rx, REFDMA_Q_CTRL_ENABLE));
		for (unsigned int i = 0; i < nops; i++)
			queue_nop(&rx, 0);
		for (unsigned int i = 0; i < 20; i++)
			queue_push(&rx, &desc, &ext);
		queue_doorbell(&rx);
		host_steps(&host, 1);
		TEST_CALL(queue_command(&rx, REFDMA_Q_CTRL_PAUSE));
		TEST_ASSERT_EQ(queue_left(&rx) % 31, 0);
		TEST_ASSERT_EQ(queue_read64(&rx, REFDMA_Q_BYTES) % 31, 0);
	}
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "loopback_keeps_order", loopback_keeps_order },
	{ "full_fifo_holds_the_writer", full_fifo_holds_the_writer },
	{ "empty_fifo_holds_the_reader", empty_fifo_holds_the_reader },
	{ "reader_waits_for_a_whole_burst", reader_waits_for_a_whole_burst },
	{ "writer_waits_for_room_for_a_burst", writer_waits_for_room_for_a_burst },
	{ "last_burst_is_what_is_left", last_burst_is_what_is_left },
	{ "port_defaults_come_from_registers", port_defaults_come_from_registers },
	{ "burst_longer_than_the_fifo_still_moves", burst_longer_than_the_fifo_still_moves },
	{ "sink_keeps_a_checksum", sink_keeps_a_checksum },
	{ "source_counts", source_counts },
	{ "reset_starts_a_port_afresh", reset_starts_a_port_afresh },
	{ "reset_lets_a_waiting_writer_go_on", reset_lets_a_waiting_writer_go_on },
	{ "two_queues_on_one_port", two_queues_on_one_port },
	{ "other_channel_is_woken", other_channel_is_woken },
	{ "pause_stands_between_bursts", pause_stands_between_bursts },
	{ "pause_does_not_split_a_burst", pause_does_not_split_a_burst },
};

static struct test_suite model_ports = {
	.name = "model_ports",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_ports)
