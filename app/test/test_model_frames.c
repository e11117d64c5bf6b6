/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Frames and their metadata on the device model's ports (sections 5.8, 5.9 and 9.2). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define MAX_FRAME_ENDS 256u

static struct model_host host;
static struct host_queue tx, rx;
static uint64_t src, dst, meta_out, meta_in;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	TEST_CALL(queue_open(&host, &tx, 0, 0, 9));
	TEST_CALL(queue_open(&host, &rx, 0, 1, 9));
	src = host_alloc(&host, 65536, 64);
	dst = host_alloc(&host, 65536, 64);
	meta_out = host_alloc(&host, 256, 64);
	meta_in = host_alloc(&host, 256, 64);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

/* Send a frame, or a part of one; with metadata where meta_bytes is not 0. */
static int
send(uint64_t addr, uint32_t length, uint16_t flags, uint32_t meta_bytes)
{
	struct refdma_meta meta = { .addr = meta_out, .length = meta_bytes };
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .flags = flags, .length = length,
		.src = addr, .dst = DEV_PORT(PORT_LOOP),
	};

	if (meta_bytes != 0) {
		desc.flags |= REFDMA_F_META;
		desc.ext = 1;
	}
	return queue_expect(&tx, &desc, &meta, REFDMA_CODE_OK, length);
}

/* Announce a read with room for metadata where room is not 0. */
static uint32_t
receive(unsigned int port, uint64_t addr, uint32_t length, uint16_t flags, uint32_t room)
{
	struct refdma_meta meta = { .addr = meta_in, .length = room };
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT, .flags = flags | REFDMA_F_STATUS, .length = length,
		.src = DEV_PORT(port), .dst = addr,
	};
	uint32_t op;

	if (room != 0) {
		desc.flags |= REFDMA_F_META;
		desc.ext = 1;
	}
	op = queue_push(&rx, &desc, &meta);
	queue_doorbell(&rx);
	return op;
}

/* An entry with EOF or without, and so much metadata. */
static int
received(uint32_t op, uint32_t bytes, bool eof, unsigned int meta_length)
{
	TEST_CALL(host_run(&host));
	TEST_ASSERT_ENTRY(&rx, op, REFDMA_CODE_OK, bytes);
	TEST_ASSERT_EQ((queue_entry(&rx, op)->code & REFDMA_STS_EOF) != 0, eof);
	TEST_ASSERT_EQ(queue_entry(&rx, op)->meta_length, meta_length);
	return TEST_OK;
}

static int
stop_eof_completes_short(void)
{
	TEST_CALL(send(src, 100, REFDMA_F_EOF, 0));
	TEST_CALL(send(src + 100, 1, REFDMA_F_EOF, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 4096, REFDMA_F_STOP_EOF, 0), 100, true, 0));
	host_expect_copy(&host, dst, src, 100);
	TEST_CALL(host_check(&host));
	TEST_CALL(received(receive(PORT_LOOP, dst, 4096, REFDMA_F_STOP_EOF, 0), 1, true, 0));
	host_expect_copy(&host, dst, src + 100, 1);
	return host_check(&host);
}

static int
stop_eof_with_exact_length(void)
{
	TEST_CALL(send(src, 100, REFDMA_F_EOF, 0));
	return received(receive(PORT_LOOP, dst, 100, REFDMA_F_STOP_EOF, 0), 100, true, 0);
}

static int
frame_longer_than_the_operation(void)
{
	TEST_CALL(send(src, 100, REFDMA_F_EOF, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 60, REFDMA_F_STOP_EOF, 0), 60, false, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst + 60, 60, REFDMA_F_STOP_EOF, 0), 40, true, 0));
	host_expect_copy(&host, dst, src, 100);
	return host_check(&host);
}

static int
frames_of_any_number_of_bursts(void)
{
	static const uint32_t lengths[] = { 63, 64, 65, 127, 128, 129, 4095, 4096, 4097 };

	for (size_t i = 0; i < NB(lengths); i++) {
		TEST_CALL(send(src, lengths[i], REFDMA_F_EOF, 0));
		TEST_ASSERT_EQ(port_read64(&host, PORT_LOOP, REFDMA_P_FRAMES), 1);
		TEST_CALL(received(receive(PORT_LOOP, dst, 65536, REFDMA_F_STOP_EOF, 0), lengths[i],
				   true, 0));
		port_write32(&host, PORT_LOOP, REFDMA_P_CTRL, REFDMA_P_CTRL_RESET);
	}
	return TEST_OK;
}

static int
frame_of_several_operations(void)
{
	TEST_CALL(send(src, 30, 0, 0));
	TEST_CALL(send(src + 30, 30, 0, 0));
	TEST_CALL(send(src + 60, 30, REFDMA_F_EOF, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 4096, REFDMA_F_STOP_EOF, 0), 90, true, 0));
	host_expect_copy(&host, dst, src, 90);
	return host_check(&host);
}

static int
short_frame_does_not_wait_for_a_burst(void)
{
	uint32_t op = receive(PORT_LOOP, dst, 4096, REFDMA_F_STOP_EOF, 0);

	TEST_CALL(host_run(&host));
	TEST_CALL(send(src, 3, 0, 0));
	TEST_ASSERT_EQ(queue_done(&rx), 0);
	TEST_CALL(send(src + 3, 2, REFDMA_F_EOF, 0));
	return received(op, 5, true, 0);
}

static int
frame_ends_are_passed_over_without_stop_eof(void)
{
	TEST_CALL(send(src, 100, REFDMA_F_EOF, 0));
	TEST_CALL(send(src + 100, 100, REFDMA_F_EOF, 0));
	TEST_CALL(send(src + 200, 100, REFDMA_F_EOF, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 150, 0, 0), 150, false, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst + 150, 150, 0, 0), 150, true, 0));
	host_expect_copy(&host, dst, src, 300);
	return host_check(&host);
}

static int
frames_are_counted(void)
{
	TEST_CALL(send(src, 100, 0, 0));
	TEST_ASSERT_EQ(port_read64(&host, PORT_LOOP, REFDMA_P_FRAMES), 0);
	TEST_CALL(send(src, 100, REFDMA_F_EOF, 0));
	TEST_CALL(send(src, 1, REFDMA_F_EOF, 0));
	TEST_ASSERT_EQ(port_read64(&host, PORT_LOOP, REFDMA_P_FRAMES), 2);
	queue_copy(&tx, DEV_PORT(PORT_SINK), src, 10, REFDMA_F_DST_DEV);
	TEST_CALL(queue_go(&tx));
	TEST_ASSERT_EQ(port_read64(&host, PORT_SINK, REFDMA_P_FRAMES), 1);
	return TEST_OK;
}

static int
metadata_travels_with_the_frame(void)
{
	for (uint32_t bytes = 1; bytes <= 64; bytes += 9) {
		host_fill(&host, meta_out, 64, bytes);
		TEST_CALL(send(src, 50, REFDMA_F_EOF, bytes));
		TEST_CALL(received(receive(PORT_LOOP, dst, 4096, REFDMA_F_STOP_EOF, 64), 50, true,
				   bytes));
		host_expect_copy(&host, dst, src, 50);
		host_expect_copy(&host, meta_in, meta_out, bytes);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
metadata_is_cut_to_the_room(void)
{
	for (uint32_t room = 1; room <= 64; room += 7) {
		host_fill(&host, meta_out, 64, room);
		TEST_CALL(send(src, 50, REFDMA_F_EOF, 40));
		TEST_CALL(received(receive(PORT_LOOP, dst, 50, REFDMA_F_STOP_EOF, room), 50, true,
				   room < 40 ? room : 40));
		host_expect_copy(&host, dst, src, 50);
		host_expect_copy(&host, meta_in, meta_out, room < 40 ? room : 40);
		TEST_CALL(host_check(&host));
	}
	return TEST_OK;
}

static int
frame_without_metadata(void)
{
	TEST_CALL(send(src, 50, REFDMA_F_EOF, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 50, REFDMA_F_STOP_EOF, 64), 50, true, 0));
	host_expect_copy(&host, dst, src, 50);
	return host_check(&host);
}

static int
metadata_without_a_reader_for_it(void)
{
	TEST_CALL(send(src, 50, REFDMA_F_EOF, 16));
	TEST_CALL(received(receive(PORT_LOOP, dst, 50, REFDMA_F_STOP_EOF, 0), 50, true, 0));
	host_expect_copy(&host, dst, src, 50);
	TEST_CALL(host_check(&host));
	/* It is gone with its frame. */
	TEST_CALL(send(src, 50, REFDMA_F_EOF, 0));
	return received(receive(PORT_LOOP, dst, 50, REFDMA_F_STOP_EOF, 64), 50, true, 0);
}

static int
last_of_several_frames_gives_the_metadata(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		host_fill(&host, meta_out, 64, i);
		TEST_CALL(send(src + i * 20, 20, REFDMA_F_EOF, 8 + i));
	}
	TEST_CALL(received(receive(PORT_LOOP, dst, 60, 0, 64), 60, true, 10));
	host_expect_copy(&host, dst, src, 60);
	host_expect_copy(&host, meta_in, meta_out, 10);
	return host_check(&host);
}

/* The frame of the metadata may have ended before the operation does. */
static int
metadata_of_a_frame_in_the_middle(void)
{
	host_fill(&host, meta_out, 64, 4);
	TEST_CALL(send(src, 20, REFDMA_F_EOF, 12));
	TEST_CALL(send(src + 20, 30, 0, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 50, 0, 64), 50, false, 12));
	host_expect_copy(&host, dst, src, 50);
	host_expect_copy(&host, meta_in, meta_out, 12);
	return host_check(&host);
}

static int
metadata_read_when_the_operation_starts(void)
{
	struct refdma_meta meta = { .addr = meta_out, .length = 32 };
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .flags = REFDMA_F_META | REFDMA_F_EOF, .ext = 1,
		.length = 65536, .src = src, .dst = DEV_PORT(PORT_LOOP),
	};
	uint8_t before[32];

	TEST_CALL(send(src, 64, 0, 0));
	memcpy(before, host_ptr(&host, meta_out, 32), 32);
	queue_push(&tx, &desc, &meta);
	TEST_CALL(queue_go(&tx));
	TEST_ASSERT_EQ(queue_done(&tx), 1);
	host_fill(&host, meta_out, 32, 99);
	/* Room for the rest comes with the first read. */
	TEST_CALL(received(receive(PORT_LOOP, dst, 64, 0, 0), 64, false, 0));
	TEST_CALL(received(receive(PORT_LOOP, dst, 65536, REFDMA_F_STOP_EOF, 64), 65536, true,
			   32));
	host_expect_copy(&host, dst, src, 65536);
	host_expect(&host, meta_in, before, 32);
	return host_check(&host);
}

static int
metadata_at_bad_addresses(void)
{
	struct refdma_meta meta = { .addr = HOST_NOWHERE, .length = 32 };
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT, .flags = REFDMA_F_META | REFDMA_F_EOF, .ext = 1,
		.length = 64, .src = src, .dst = DEV_PORT(PORT_LOOP),
	};
	uint32_t op;

	TEST_CALL(queue_expect(&tx, &desc, &meta, REFDMA_CODE_SRC_ADDRESS, 0));
	TEST_ASSERT_EQ(port_read32(&host, PORT_LOOP, REFDMA_P_FIFO_LEVEL), 0);
	TEST_CALL(send(src, 64, REFDMA_F_EOF, 16));
	desc.op = REFDMA_OP_FROM_PORT;
	desc.flags = REFDMA_F_META;
	desc.src = DEV_PORT(PORT_LOOP);
	desc.dst = dst;
	op = queue_push(&rx, &desc, &meta);
	TEST_CALL(queue_go(&rx));
	TEST_ASSERT_EQ(queue_code(&rx, op), REFDMA_CODE_DST_ADDRESS);
	return queue_works(&rx);
}

static int
loopback_holds_256_frame_ends(void)
{
	for (unsigned int i = 0; i < MAX_FRAME_ENDS; i++)
		TEST_CALL(send(src + i, 1, REFDMA_F_EOF, 0));
	queue_copy(&tx, DEV_PORT(PORT_LOOP), src + 256, 1, REFDMA_F_DST_DEV);
	TEST_CALL(queue_go(&tx));
	TEST_ASSERT_EQ(queue_done(&tx), MAX_FRAME_ENDS);
	TEST_CALL(received(receive(PORT_LOOP, dst, 10, REFDMA_F_STOP_EOF, 0), 1, true, 0));
	TEST_ASSERT_EQ(queue_done(&tx), MAX_FRAME_ENDS + 1);
	for (unsigned int i = 1; i <= MAX_FRAME_ENDS; i++)
		TEST_CALL(received(receive(PORT_LOOP, dst + i, 10, REFDMA_F_STOP_EOF, 0), 1, true,
				   0));
	host_expect_copy(&host, dst, src, 257);
	return host_check(&host);
}

static int
source_frames(void)
{
	uint64_t number = 0;
	uint32_t position = 0;

	port_write32(&host, PORT_SOURCE, REFDMA_P_FRAME, 100);
	for (unsigned int i = 0; i < 20; i++, number++) {
		uint64_t meta[2] = { number, 100 };

		TEST_CALL(received(receive(PORT_SOURCE, dst, 4096, REFDMA_F_STOP_EOF, 64), 100,
				   true, 16));
		host_expect(&host, meta_in, meta, sizeof(meta));
		for (uint32_t k = 0; k < 100; k++, position++) {
			uint8_t byte = (uint8_t)((uint64_t)position / 8 >> position % 8 * 8);

			host_expect(&host, dst + k, &byte, 1);
		}
		TEST_CALL(host_check(&host));
	}
	TEST_ASSERT_EQ(port_read64(&host, PORT_SOURCE, REFDMA_P_FRAMES), 20);
	return TEST_OK;
}

static int
source_without_frames(void)
{
	TEST_CALL(received(receive(PORT_SOURCE, dst, 1000, REFDMA_F_STOP_EOF, 64), 1000, false, 0));
	TEST_ASSERT_EQ(port_read64(&host, PORT_SOURCE, REFDMA_P_FRAMES), 0);
	host_accept(&host, dst, 1000);
	return host_check(&host);
}

static const struct test_case cases[] = {
	{ "stop_eof_completes_short", stop_eof_completes_short },
	{ "stop_eof_with_exact_length", stop_eof_with_exact_length },
	{ "frame_longer_than_the_operation", frame_longer_than_the_operation },
	{ "frames_of_any_number_of_bursts", frames_of_any_number_of_bursts },
	{ "frame_of_several_operations", frame_of_several_operations },
	{ "short_frame_does_not_wait_for_a_burst", short_frame_does_not_wait_for_a_burst },
	{ "frame_ends_are_passed_over_without_stop_eof",
	  frame_ends_are_passed_over_without_stop_eof },
	{ "frames_are_counted", frames_are_counted },
	{ "metadata_travels_with_the_frame", metadata_travels_with_the_frame },
	{ "metadata_is_cut_to_the_room", metadata_is_cut_to_the_room },
	{ "frame_without_metadata", frame_without_metadata },
	{ "metadata_without_a_reader_for_it", metadata_without_a_reader_for_it },
	{ "last_of_several_frames_gives_the_metadata", last_of_several_frames_gives_the_metadata },
	{ "metadata_of_a_frame_in_the_middle", metadata_of_a_frame_in_the_middle },
	{ "metadata_read_when_the_operation_starts", metadata_read_when_the_operation_starts },
	{ "metadata_at_bad_addresses", metadata_at_bad_addresses },
	{ "loopback_holds_256_frame_ends", loopback_holds_256_frame_ends },
	{ "source_frames", source_frames },
	{ "source_without_frames", source_without_frames },
};

static struct test_suite model_frames = {
	.name = "model_frames",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_frames)
