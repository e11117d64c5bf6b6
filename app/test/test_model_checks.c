/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Validation of descriptors by the device model: each check, and their order (section 5.3). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define MAX_LENGTH 100000u
#define FLAGS_OF_ALL (REFDMA_F_FENCE | REFDMA_F_IRQ | REFDMA_F_STATUS | REFDMA_F_LOAD)

/* A descriptor and all extension slots that it can have, as they stand in the ring. */
struct big_desc {
	struct refdma_desc desc;
	union {
		struct refdma_setup setup;
		struct refdma_meta meta;
		struct refdma_frame frame;
		struct refdma_sge sge[2];
		struct refdma_chunk chunk[2];
	} ext[255];
};

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;
static struct big_desc op;

static int
setup(void)
{
	static const struct refdma_model_conf conf = { .max_length = MAX_LENGTH };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 9));
	src = host_alloc(&host, MAX_LENGTH + 64, 64);
	dst = host_alloc(&host, MAX_LENGTH + 64, 64);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

/* Run it: this code, no byte moved. */
static int
refused(enum refdma_code code)
{
	TEST_CALL(queue_expect(&q, &op.desc, op.ext, code, 0));
	return host_check(&host);
}

static int
accepted(uint64_t bytes)
{
	return queue_expect(&q, &op.desc, op.ext, REFDMA_CODE_OK, bytes);
}

static struct refdma_sge *
entry(unsigned int slot, unsigned int index)
{
	return &op.ext[slot + index / 2].sge[index % 2];
}

static void
make_copy(uint32_t length)
{
	memset(&op, 0, sizeof(op));
	op.desc = (struct refdma_desc){
		.op = REFDMA_OP_COPY, .length = length, .src = src, .dst = dst
	};
}

static void
make_fill(uint32_t length)
{
	memset(&op, 0, sizeof(op));
	op.desc = (struct refdma_desc){ .op = REFDMA_OP_FILL, .length = length, .dst = dst };
}

/* Lists of entries of one length. */
static void
make_list(unsigned int nb_src, unsigned int nb_dst, uint32_t length)
{
	memset(&op, 0, sizeof(op));
	op.desc.op = REFDMA_OP_COPY_SG;
	op.desc.ext = (uint8_t)((nb_src + nb_dst + 1) / 2);
	op.desc.param = nb_src | (uint64_t)nb_dst << REFDMA_PARAM_NB_DST_SHIFT;
	for (unsigned int i = 0; i < nb_src + nb_dst; i++) {
		entry(0, i)->addr = i < nb_src ? src : dst;
		entry(0, i)->length = length;
	}
}

static void
make_interleaved(uint32_t frames, unsigned int chunks, uint32_t size)
{
	memset(&op, 0, sizeof(op));
	op.desc = (struct refdma_desc){
		.op = REFDMA_OP_INTERLEAVED, .ext = (uint8_t)(1 + (chunks + 1) / 2),
		.src = src, .dst = dst, .param = chunks,
	};
	op.ext[0].frame.frames = frames;
	op.ext[0].frame.chunks = (uint16_t)chunks;
	for (unsigned int i = 0; i < chunks; i++)
		op.ext[1 + i / 2].chunk[i % 2].size = size;
}

/* TO_PORT with all that it can have: set-up, metadata, one entry. */
static void
make_to_port(uint32_t length)
{
	memset(&op, 0, sizeof(op));
	op.desc = (struct refdma_desc){
		.op = REFDMA_OP_TO_PORT, .ext = 3, .length = length, .dst = DEV_PORT(PORT_SINK),
		.flags = REFDMA_F_SETUP | REFDMA_F_META | REFDMA_F_SG | REFDMA_F_EOF, .param = 1,
	};
	op.ext[0].setup = (struct refdma_setup){ .width = 4, .burst = 4 };
	op.ext[1].meta = (struct refdma_meta){ .addr = src, .length = 64 };
	op.ext[2].sge[0] = (struct refdma_sge){ .addr = src, .length = length };
}

static void
make_from_port(uint32_t length, uint16_t flags)
{
	memset(&op, 0, sizeof(op));
	op.desc = (struct refdma_desc){
		.op = REFDMA_OP_FROM_PORT, .length = length, .flags = flags,
		.src = DEV_PORT(PORT_SOURCE), .dst = dst,
		.ext = ((flags & REFDMA_F_SETUP) != 0) + ((flags & REFDMA_F_META) != 0),
	};
}

static int
unknown_operations(void)
{
	for (unsigned int code = REFDMA_OP_FROM_PORT + 1; code < 256; code++) {
		make_copy(64);
		op.desc.op = (uint8_t)code;
		op.desc.ext = code % 5 == 0 ? 3 : 0;
		TEST_CALL(refused(REFDMA_CODE_OPCODE));
	}
	return queue_works(&q);
}

static int
reserved_flags(void)
{
	for (unsigned int flag = 0x1000; flag <= 0x8000; flag <<= 1) {
		make_copy(64);
		op.desc.flags = (uint16_t)flag;
		TEST_CALL(refused(REFDMA_CODE_FLAGS));
		memset(&op, 0, sizeof(op));
		op.desc.flags = (uint16_t)flag;
		TEST_CALL(refused(REFDMA_CODE_FLAGS));
	}
	return TEST_OK;
}

/* Make the plainest legal descriptor of an operation. */
static void
make_plain(unsigned int code)
{
	switch (code) {
	case REFDMA_OP_COPY: make_copy(64); break;
	case REFDMA_OP_FILL: make_fill(64); break;
	case REFDMA_OP_COPY_SG: make_list(1, 1, 64); break;
	case REFDMA_OP_INTERLEAVED: make_interleaved(1, 1, 64); break;
	case REFDMA_OP_FROM_PORT: make_from_port(64, 0); break;
	case REFDMA_OP_TO_PORT:
		make_from_port(64, 0);
		op.desc.op = REFDMA_OP_TO_PORT;
		op.desc.src = src;
		op.desc.dst = DEV_PORT(PORT_SINK);
		break;
	default: memset(&op, 0, sizeof(op)); break;
	}
}

static int
each_flag_for_each_operation(void)
{
	static const uint16_t legal[] = {
		[REFDMA_OP_NOP] = FLAGS_OF_ALL,
		[REFDMA_OP_COPY] = FLAGS_OF_ALL | REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV |
				   REFDMA_F_LOOP,
		[REFDMA_OP_FILL] = FLAGS_OF_ALL | REFDMA_F_DST_DEV,
		[REFDMA_OP_COPY_SG] = FLAGS_OF_ALL | REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV |
				      REFDMA_F_LOOP,
		[REFDMA_OP_INTERLEAVED] = FLAGS_OF_ALL | REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV |
					  REFDMA_F_LOOP,
		[REFDMA_OP_TO_PORT] = FLAGS_OF_ALL | REFDMA_F_META | REFDMA_F_LOOP |
				      REFDMA_F_SETUP | REFDMA_F_SG | REFDMA_F_EOF,
		[REFDMA_OP_FROM_PORT] = FLAGS_OF_ALL | REFDMA_F_META | REFDMA_F_LOOP |
					REFDMA_F_SETUP | REFDMA_F_SG | REFDMA_F_STOP_EOF,
	};

	for (unsigned int code = 0; code < NB(legal); code++)
		for (unsigned int flag = 1; flag < 0x1000; flag <<= 1) {
			uint32_t number = q.pushed;
			bool refusal;

			make_plain(code);
			op.desc.flags = (uint16_t)(flag | REFDMA_F_STATUS);
			queue_push(&q, &op.desc, op.ext);
			queue_doorbell(&q);
			host_steps(&host, 3);
			if (queue_done(&q) == number)
				TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ABORT));
			refusal = queue_code(&q, number) == REFDMA_CODE_FLAGS;
			if (refusal != ((legal[code] & flag) == 0))
				test_note("operation %u, flag 0x%x", code, flag);
			TEST_ASSERT_EQ(refusal, (legal[code] & flag) == 0);
		}
	return TEST_OK;
}

static int
stop_eof_does_not_go_with_loop(void)
{
	make_from_port(64, REFDMA_F_LOOP | REFDMA_F_STOP_EOF);
	return refused(REFDMA_CODE_FLAGS);
}

static int
wrong_number_of_extension_slots(void)
{
	for (unsigned int code = 0; code <= REFDMA_OP_FROM_PORT; code++)
		for (int delta = -1; delta <= 40; delta += delta < 2 ? 1 : 19) {
			make_plain(code);
			if (delta == 0 || op.desc.ext + delta < 0)
				continue;
			op.desc.ext = (uint8_t)(op.desc.ext + delta);
			TEST_CALL(refused(REFDMA_CODE_CHAIN));
		}
	/* More entries than ext can ever name. */
	make_list(1, 1, 64);
	op.desc.param = UINT64_MAX;
	TEST_CALL(refused(REFDMA_CODE_CHAIN));
	/* An odd number of entries takes a slot for the last one. */
	make_list(2, 1, 64);
	op.desc.ext = 1;
	return refused(REFDMA_CODE_CHAIN);
}

static int
each_extension_is_counted(void)
{
	make_to_port(64);
	TEST_CALL(accepted(64));
	for (unsigned int ext = 0; ext < 6; ext++) {
		if (ext == 3)
			continue;
		make_to_port(64);
		op.desc.ext = (uint8_t)ext;
		TEST_CALL(refused(REFDMA_CODE_CHAIN));
	}
	return TEST_OK;
}

/* The doorbell cuts the descriptor: what was announced is skipped, what comes then is a base. */
static int
chain_past_the_doorbell(void)
{
	for (uint32_t announced = 1; announced <= 3; announced++) {
		uint32_t number;

		make_list(3, 3, 64);
		op.desc.flags = REFDMA_F_STATUS;
		number = queue_push(&q, &op.desc, op.ext);
		q.tail -= 4 - announced;
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_done(&q), number + 1);
		TEST_ASSERT_EQ(queue_slots(&q), q.tail);
		TEST_ASSERT_ENTRY(&q, number, REFDMA_CODE_CHAIN, 0);
		TEST_CALL(queue_works(&q));
	}
	return host_check(&host);
}

static int
number_of_entries(void)
{
	make_list(0, 0, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_list(0, 2, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_list(2, 0, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_list(33, 1, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_list(1, 33, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_list(200, 200, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_interleaved(1, 0, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_interleaved(1, 33, 64);
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_to_port(64);
	op.desc.param = 0;
	op.desc.ext = 2;
	TEST_CALL(refused(REFDMA_CODE_SG_COUNT));
	make_to_port(64);
	op.desc.param = 33;
	op.desc.ext = 2 + 17;
	return refused(REFDMA_CODE_SG_COUNT);
}

static int
length_zero(void)
{
	make_copy(0);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_fill(0);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_from_port(0, 0);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_to_port(0);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_interleaved(0, 1, 64);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_interleaved(1, 1, 0);
	return refused(REFDMA_CODE_LENGTH_ZERO);
}

static int
one_empty_entry(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		make_list(3, 3, 64);
		entry(0, i)->length = 0;
		TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	}
	for (unsigned int i = 0; i < 5; i++) {
		make_interleaved(2, 5, 64);
		op.ext[1 + i / 2].chunk[i % 2].size = 0;
		TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	}
	make_to_port(64);
	op.desc.param = 2;
	op.ext[2].sge[1] = (struct refdma_sge){ .addr = src };
	return refused(REFDMA_CODE_LENGTH_ZERO);
}

static int
length_limit(void)
{
	make_copy(MAX_LENGTH);
	TEST_CALL(accepted(MAX_LENGTH));
	host_accept(&host, dst, MAX_LENGTH);
	make_copy(MAX_LENGTH + 1);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_copy(UINT32_MAX);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_fill(MAX_LENGTH + 1);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_from_port(MAX_LENGTH + 1, 0);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_list(2, 2, MAX_LENGTH / 2 + 1);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_interleaved(2, 2, MAX_LENGTH / 4 + 1);
	return refused(REFDMA_CODE_LENGTH_LIMIT);
}

/* Sums that are 0 or small modulo 2^32 are not small. */
static int
length_limit_by_sums_that_overflow(void)
{
	make_list(2, 2, UINT32_C(1) << 31);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_list(2, 2, (UINT32_C(1) << 31) + 8);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_list(32, 32, UINT32_C(1) << 27);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_interleaved(UINT32_C(1) << 31, 2, 1);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_interleaved(UINT32_MAX, 32, UINT32_MAX);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_interleaved(UINT32_C(1) << 30, 4, 1);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	/* 2^64, and a little more. */
	make_interleaved(UINT32_C(1) << 31, 4, UINT32_C(1) << 31);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_LIMIT));
	make_interleaved((UINT32_C(1) << 31) + 1, 4, UINT32_C(1) << 31);
	return refused(REFDMA_CODE_LENGTH_LIMIT);
}

static int
length_mismatch(void)
{
	make_list(2, 2, 64);
	entry(0, 1)->length = 63;
	TEST_CALL(refused(REFDMA_CODE_LENGTH_MISMATCH));
	make_list(2, 3, 64);
	TEST_CALL(refused(REFDMA_CODE_LENGTH_MISMATCH));
	make_to_port(64);
	op.ext[2].sge[0].length = 60;
	TEST_CALL(refused(REFDMA_CODE_LENGTH_MISMATCH));
	make_to_port(64);
	op.ext[2].sge[0].length = 68;
	return refused(REFDMA_CODE_LENGTH_MISMATCH);
}

static int
no_such_port(void)
{
	static const uint64_t wrong[] = {
		DEV_PORT(0) - 1, DEV_PORT(3), DEV_PORT(31), DEV_PORT(32), DEV_LOCAL, 0, UINT64_MAX
	};

	for (size_t i = 0; i < NB(wrong); i++) {
		make_from_port(64, 0);
		op.desc.src = wrong[i];
		TEST_CALL(refused(REFDMA_CODE_PORT));
		make_to_port(64);
		op.desc.dst = wrong[i];
		TEST_CALL(refused(REFDMA_CODE_PORT));
	}
	return TEST_OK;
}

/* A configuration may leave a hole among the ports, where the model lets it. */
static int
port_of_no_kind(void)
{
	static const struct refdma_model_port_conf ports[] = {
		{ .type = REFDMA_PORT_SINK }, { .type = REFDMA_PORT_NONE },
	};
	static const struct refdma_model_conf conf = { .nb_ports = 2, .ports = ports };

	if (host_try_create(&conf) != 0) {
		test_note("ports of type NONE cannot be configured");
		return TEST_SKIPPED;
	}
	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 9));
	TEST_ASSERT_EQ(port_read32(&host, 1, REFDMA_P_TYPE), REFDMA_PORT_NONE);
	make_from_port(64, 0);
	op.desc.src = DEV_PORT(1);
	TEST_CALL(refused(REFDMA_CODE_PORT));
	make_to_port(64);
	op.desc.dst = DEV_PORT(1);
	return refused(REFDMA_CODE_PORT);
}

static int
wrong_direction(void)
{
	make_from_port(64, 0);
	op.desc.src = DEV_PORT(PORT_SINK);
	TEST_CALL(refused(REFDMA_CODE_PORT));
	make_to_port(64);
	op.desc.dst = DEV_PORT(PORT_SOURCE);
	TEST_CALL(refused(REFDMA_CODE_PORT));
	make_copy(64);
	op.desc.flags = REFDMA_F_SRC_DEV;
	op.desc.src = DEV_PORT(PORT_SINK);
	TEST_CALL(refused(REFDMA_CODE_PORT));
	make_copy(64);
	op.desc.flags = REFDMA_F_DST_DEV;
	op.desc.dst = DEV_PORT(PORT_SOURCE) + 8;
	return refused(REFDMA_CODE_PORT);
}

static int
fill_of_a_port(void)
{
	make_fill(64);
	op.desc.flags = REFDMA_F_DST_DEV;
	op.desc.dst = DEV_PORT(PORT_SINK);
	return refused(REFDMA_CODE_PORT);
}

static int
not_a_multiple_of_the_word(void)
{
	make_to_port(66);
	TEST_CALL(refused(REFDMA_CODE_ALIGNMENT));
	make_from_port(64, REFDMA_F_SETUP);
	op.ext[0].setup.width = 128;
	TEST_CALL(refused(REFDMA_CODE_ALIGNMENT));
	port_write32(&host, PORT_SOURCE, REFDMA_P_WIDTH, 16);
	make_from_port(24, 0);
	TEST_CALL(refused(REFDMA_CODE_ALIGNMENT));
	make_copy(24);
	op.desc.flags = REFDMA_F_SRC_DEV;
	op.desc.src = DEV_PORT(PORT_SOURCE);
	TEST_CALL(refused(REFDMA_CODE_ALIGNMENT));
	make_from_port(24, REFDMA_F_SETUP);
	op.ext[0].setup.width = 8;
	return accepted(24);
}

static int
words_that_are_no_words(void)
{
	static const uint16_t wrong[] = { 3, 5, 6, 7, 12, 96, 127, 129, 256, 1024, 0x8000, 65535 };

	for (size_t i = 0; i < NB(wrong); i++) {
		make_from_port(wrong[i], REFDMA_F_SETUP);
		op.ext[0].setup.width = wrong[i];
		TEST_CALL(refused(REFDMA_CODE_ALIGNMENT));
	}
	return TEST_OK;
}

static int
period_is_a_multiple_of_the_word(void)
{
	make_from_port(64, REFDMA_F_SETUP | REFDMA_F_LOOP);
	op.ext[0].setup.width = 8;
	op.ext[0].setup.period = 20;
	return refused(REFDMA_CODE_ALIGNMENT);
}

static int
metadata_lengths(void)
{
	static const uint32_t wrong[] = { 0, 65, 100, 0x10000, 0x10001, UINT32_MAX };

	for (size_t i = 0; i < NB(wrong); i++) {
		make_to_port(64);
		op.ext[1].meta.length = wrong[i];
		TEST_CALL(refused(REFDMA_CODE_META));
	}
	make_from_port(64, REFDMA_F_META);
	op.ext[0].meta = (struct refdma_meta){ .addr = dst + 64, .length = 0 };
	TEST_CALL(refused(REFDMA_CODE_META));
	make_to_port(64);
	op.desc.flags &= (uint16_t)~REFDMA_F_EOF;
	return refused(REFDMA_CODE_META);
}

/* Every set of faults of one descriptor: the code is that of the first check in the list. */
static int
checks_have_an_order(void)
{
	static const enum refdma_code codes[] = {
		REFDMA_CODE_OPCODE, REFDMA_CODE_FLAGS, REFDMA_CODE_CHAIN, REFDMA_CODE_SG_COUNT,
		REFDMA_CODE_LENGTH_ZERO, REFDMA_CODE_PORT, REFDMA_CODE_ALIGNMENT, REFDMA_CODE_META,
	};

	for (unsigned int faults = 1; faults < 1u << NB(codes); faults++) {
		make_to_port(64);
		if (faults & 1)
			op.desc.op = 99;
		if (faults & 2)
			op.desc.flags |= REFDMA_F_STOP_EOF;
		if (faults & 8) {
			op.desc.param = 0;
			op.desc.ext = 2;
		}
		if (faults & 4)
			op.desc.ext++;
		if (faults & 16)
			op.desc.length = 0;
		if (faults & 32)
			op.desc.dst = DEV_PORT(PORT_SOURCE);
		if (faults & 64)
			op.ext[0].setup.width = 3;
		if (faults & 128)
			op.ext[1].meta.length = 65;
		if (refused(codes[__builtin_ctz(faults)]) != TEST_OK) {
			test_note("faults 0x%x", faults);
			return TEST_FAILED;
		}
	}
	return TEST_OK;
}

static int
lengths_have_an_order(void)
{
	/* An empty entry, a sum over the limit, and sums that differ. */
	make_list(3, 2, MAX_LENGTH);
	entry(0, 1)->length = 0;
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_list(3, 2, MAX_LENGTH);
	return refused(REFDMA_CODE_LENGTH_LIMIT);
}

static int
checks_come_before_addresses(void)
{
	make_copy(0);
	op.desc.src = HOST_NOWHERE;
	TEST_CALL(refused(REFDMA_CODE_LENGTH_ZERO));
	make_list(1, 2, 64);
	entry(0, 0)->addr = UINT64_MAX - 3;
	return refused(REFDMA_CODE_LENGTH_MISMATCH);
}

static const struct test_case cases[] = {
	{ "unknown_operations", unknown_operations },
	{ "reserved_flags", reserved_flags },
	{ "each_flag_for_each_operation", each_flag_for_each_operation },
	{ "stop_eof_does_not_go_with_loop", stop_eof_does_not_go_with_loop },
	{ "wrong_number_of_extension_slots", wrong_number_of_extension_slots },
	{ "each_extension_is_counted", each_extension_is_counted },
	{ "chain_past_the_doorbell", chain_past_the_doorbell },
	{ "number_of_entries", number_of_entries },
	{ "length_zero", length_zero },
	{ "one_empty_entry", one_empty_entry },
	{ "length_limit", length_limit },
	{ "length_limit_by_sums_that_overflow", length_limit_by_sums_that_overflow },
	{ "length_mismatch", length_mismatch },
	{ "no_such_port", no_such_port },
	{ "port_of_no_kind", port_of_no_kind },
	{ "wrong_direction", wrong_direction },
	{ "fill_of_a_port", fill_of_a_port },
	{ "not_a_multiple_of_the_word", not_a_multiple_of_the_word },
	{ "words_that_are_no_words", words_that_are_no_words },
	{ "period_is_a_multiple_of_the_word", period_is_a_multiple_of_the_word },
	{ "metadata_lengths", metadata_lengths },
	{ "checks_have_an_order", checks_have_an_order },
	{ "lengths_have_an_order", lengths_have_an_order },
	{ "checks_come_before_addresses", checks_come_before_addresses },
};

static struct test_suite model_checks = {
	.name = "model_checks",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_checks)
