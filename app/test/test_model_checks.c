/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Validation of descriptors by the device model: operations, flags, slots, lengths, and the order
 * of the checks (section 5.3).
 */

#include <string.h>

#include "test_model_checks.h"

#define FLAGS_OF_ALL (REFDMA_F_FENCE | REFDMA_F_IRQ | REFDMA_F_STATUS | REFDMA_F_LOAD)

static int
unknown_operations(void)
{
	for (unsigned int code = REFDMA_OP_FROM_PORT + 1; code < 256; code++) {
		chk_copy(64);
		chk.op.desc.op = (uint8_t)code;
		chk.op.desc.ext = code % 5 == 0 ? 3 : 0;
		TEST_CALL(chk_refused(REFDMA_CODE_OPCODE));
	}
	return queue_works(&chk.q);
}

static int
reserved_flags(void)
{
	for (unsigned int flag = 0x1000; flag <= 0x8000; flag <<= 1) {
		chk_copy(64);
		chk.op.desc.flags = (uint16_t)flag;
		TEST_CALL(chk_refused(REFDMA_CODE_FLAGS));
		memset(&chk.op, 0, sizeof(chk.op));
		chk.op.desc.flags = (uint16_t)flag;
		TEST_CALL(chk_refused(REFDMA_CODE_FLAGS));
	}
	return TEST_OK;
}

/* Make the plainest legal descriptor of an operation. */
static void
make_plain(unsigned int code)
{
	switch (code) {
	case REFDMA_OP_COPY: chk_copy(64); break;
	case REFDMA_OP_FILL: chk_fill(64); break;
	case REFDMA_OP_COPY_SG: chk_list(1, 1, 64); break;
	case REFDMA_OP_INTERLEAVED: chk_interleaved(1, 1, 64); break;
	case REFDMA_OP_FROM_PORT: chk_from_port(64, 0); break;
	case REFDMA_OP_TO_PORT:
		chk_from_port(64, 0);
		chk.op.desc.op = REFDMA_OP_TO_PORT;
		chk.op.desc.src = chk.src;
		chk.op.desc.dst = DEV_PORT(PORT_SINK);
		break;
	default: memset(&chk.op, 0, sizeof(chk.op)); break;
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

	for (unsigned int code = 0; code < RTE_DIM(legal); code++)
		for (unsigned int flag = 1; flag < 0x1000; flag <<= 1) {
			uint32_t number = chk.q.pushed;
			bool refusal;

			make_plain(code);
			chk.op.desc.flags = (uint16_t)(flag | REFDMA_F_STATUS);
			queue_push(&chk.q, &chk.op.desc, chk.op.ext);
			queue_doorbell(&chk.q);
			host_steps(&chk.host, 3);
			if (queue_done(&chk.q) == number)
				TEST_CALL(queue_command(&chk.q, REFDMA_Q_CTRL_ABORT));
			refusal = queue_code(&chk.q, number) == REFDMA_CODE_FLAGS;
			if (refusal != ((legal[code] & flag) == 0))
				test_note("operation %u, flag 0x%x", code, flag);
			TEST_ASSERT_EQ(refusal, (legal[code] & flag) == 0);
		}
	return TEST_OK;
}

static int
wrong_number_of_extension_slots(void)
{
	for (unsigned int code = 0; code <= REFDMA_OP_FROM_PORT; code++)
		for (int delta = -1; delta <= 40; delta += delta < 2 ? 1 : 19) {
			make_plain(code);
			if (delta == 0 || chk.op.desc.ext + delta < 0)
				continue;
			chk.op.desc.ext = (uint8_t)(chk.op.desc.ext + delta);
			TEST_CALL(chk_refused(REFDMA_CODE_CHAIN));
		}
	/* More entries than ext can ever name. */
	chk_list(1, 1, 64);
	chk.op.desc.param = UINT64_MAX;
	TEST_CALL(chk_refused(REFDMA_CODE_CHAIN));
	/* An odd number of entries takes a slot for the last one. */
	chk_list(2, 1, 64);
	chk.op.desc.ext = 1;
	return chk_refused(REFDMA_CODE_CHAIN);
}

static int
each_extension_is_counted(void)
{
	chk_to_port(64);
	TEST_CALL(chk_accepted(64));
	for (unsigned int ext = 0; ext < 6; ext++) {
		if (ext == 3)
			continue;
		chk_to_port(64);
		chk.op.desc.ext = (uint8_t)ext;
		TEST_CALL(chk_refused(REFDMA_CODE_CHAIN));
	}
	return TEST_OK;
}

/* The doorbell cuts the descriptor: what was announced is skipped, what comes then is a base. */
static int
chain_past_the_doorbell(void)
{
	for (uint32_t announced = 1; announced <= 3; announced++) {
		uint32_t number;

		chk_list(3, 3, 64);
		chk.op.desc.flags = REFDMA_F_STATUS;
		number = queue_push(&chk.q, &chk.op.desc, chk.op.ext);
		chk.q.tail -= 4 - announced;
		TEST_CALL(queue_go(&chk.q));
		TEST_ASSERT_EQ(queue_done(&chk.q), number + 1);
		TEST_ASSERT_EQ(queue_slots(&chk.q), chk.q.tail);
		TEST_ASSERT_ENTRY(&chk.q, number, REFDMA_CODE_CHAIN, 0);
		TEST_CALL(queue_works(&chk.q));
	}
	return host_check(&chk.host);
}

static int
number_of_entries(void)
{
	chk_list(0, 0, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_list(0, 2, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_list(2, 0, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_list(33, 1, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_list(1, 33, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_list(200, 200, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_interleaved(1, 0, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_interleaved(1, 33, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_to_port(64);
	chk.op.desc.param = 0;
	chk.op.desc.ext = 2;
	TEST_CALL(chk_refused(REFDMA_CODE_SG_COUNT));
	chk_to_port(64);
	chk.op.desc.param = 33;
	chk.op.desc.ext = 2 + 17;
	return chk_refused(REFDMA_CODE_SG_COUNT);
}

static int
length_zero(void)
{
	chk_copy(0);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_fill(0);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_from_port(0, 0);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_to_port(0);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_interleaved(0, 1, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_interleaved(1, 1, 0);
	return chk_refused(REFDMA_CODE_LENGTH_ZERO);
}

static int
one_empty_entry(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		chk_list(3, 3, 64);
		chk_entry(0, i)->length = 0;
		TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	}
	for (unsigned int i = 0; i < 5; i++) {
		chk_interleaved(2, 5, 64);
		chk.op.ext[1 + i / 2].chunk[i % 2].size = 0;
		TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	}
	chk_to_port(64);
	chk.op.desc.param = 2;
	chk.op.ext[2].sge[1] = (struct refdma_sge){ .addr = chk.src };
	return chk_refused(REFDMA_CODE_LENGTH_ZERO);
}

static int
length_limit(void)
{
	chk_copy(CHK_MAX_LENGTH);
	TEST_CALL(chk_accepted(CHK_MAX_LENGTH));
	host_accept(&chk.host, chk.dst, CHK_MAX_LENGTH);
	chk_copy(CHK_MAX_LENGTH + 1);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_copy(UINT32_MAX);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_fill(CHK_MAX_LENGTH + 1);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_from_port(CHK_MAX_LENGTH + 1, 0);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_list(2, 2, CHK_MAX_LENGTH / 2 + 1);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_interleaved(2, 2, CHK_MAX_LENGTH / 4 + 1);
	return chk_refused(REFDMA_CODE_LENGTH_LIMIT);
}

/* Sums that are 0 or small modulo 2^32 are not small. */
static int
length_limit_by_sums_that_overflow(void)
{
	chk_list(2, 2, UINT32_C(1) << 31);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_list(2, 2, (UINT32_C(1) << 31) + 8);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_list(32, 32, UINT32_C(1) << 27);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_interleaved(UINT32_C(1) << 31, 2, 1);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_interleaved(UINT32_MAX, 32, UINT32_MAX);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_interleaved(UINT32_C(1) << 30, 4, 1);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	/* 2^64, and a little more. */
	chk_interleaved(UINT32_C(1) << 31, 4, UINT32_C(1) << 31);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_LIMIT));
	chk_interleaved((UINT32_C(1) << 31) + 1, 4, UINT32_C(1) << 31);
	return chk_refused(REFDMA_CODE_LENGTH_LIMIT);
}

static int
length_mismatch(void)
{
	chk_list(2, 2, 64);
	chk_entry(0, 1)->length = 63;
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_MISMATCH));
	chk_list(2, 3, 64);
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_MISMATCH));
	chk_to_port(64);
	chk.op.ext[2].sge[0].length = 60;
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_MISMATCH));
	chk_to_port(64);
	chk.op.ext[2].sge[0].length = 68;
	return chk_refused(REFDMA_CODE_LENGTH_MISMATCH);
}

/* Every set of faults of one descriptor: the code is that of the first check in the list. */
static int
checks_have_an_order(void)
{
	static const enum refdma_code codes[] = {
		REFDMA_CODE_OPCODE, REFDMA_CODE_FLAGS, REFDMA_CODE_CHAIN, REFDMA_CODE_SG_COUNT,
		REFDMA_CODE_LENGTH_ZERO, REFDMA_CODE_PORT, REFDMA_CODE_ALIGNMENT, REFDMA_CODE_META,
	};

	for (unsigned int faults = 1; faults < 1u << RTE_DIM(codes); faults++) {
		chk_to_port(64);
		if (faults & 1)
			chk.op.desc.op = 99;
		if (faults & 2)
			chk.op.desc.flags |= REFDMA_F_STOP_EOF;
		if (faults & 8) {
			chk.op.desc.param = 0;
			chk.op.desc.ext = 2;
		}
		if (faults & 4)
			chk.op.desc.ext++;
		if (faults & 16)
			chk.op.desc.length = 0;
		if (faults & 32)
			chk.op.desc.dst = DEV_PORT(PORT_SOURCE);
		if (faults & 64)
			chk.op.ext[0].setup.width = 3;
		if (faults & 128)
			chk.op.ext[1].meta.length = 65;
		if (chk_refused(codes[__builtin_ctz(faults)]) != TEST_OK) {
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
	chk_list(3, 2, CHK_MAX_LENGTH);
	chk_entry(0, 1)->length = 0;
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_list(3, 2, CHK_MAX_LENGTH);
	return chk_refused(REFDMA_CODE_LENGTH_LIMIT);
}

static int
checks_come_before_addresses(void)
{
	chk_copy(0);
	chk.op.desc.src = HOST_NOWHERE;
	TEST_CALL(chk_refused(REFDMA_CODE_LENGTH_ZERO));
	chk_list(1, 2, 64);
	chk_entry(0, 0)->addr = UINT64_MAX - 3;
	return chk_refused(REFDMA_CODE_LENGTH_MISMATCH);
}

static const struct test_case cases[] = {
	{ "unknown_operations", unknown_operations },
	{ "reserved_flags", reserved_flags },
	{ "each_flag_for_each_operation", each_flag_for_each_operation },
	{ "wrong_number_of_extension_slots", wrong_number_of_extension_slots },
	{ "each_extension_is_counted", each_extension_is_counted },
	{ "chain_past_the_doorbell", chain_past_the_doorbell },
	{ "number_of_entries", number_of_entries },
	{ "length_zero", length_zero },
	{ "one_empty_entry", one_empty_entry },
	{ "length_limit", length_limit },
	{ "length_limit_by_sums_that_overflow", length_limit_by_sums_that_overflow },
	{ "length_mismatch", length_mismatch },
	{ "checks_have_an_order", checks_have_an_order },
	{ "lengths_have_an_order", lengths_have_an_order },
	{ "checks_come_before_addresses", checks_come_before_addresses },
};

static struct test_suite model_checks = {
	.name = "model_checks",
	.case_setup = chk_setup,
	.case_teardown = chk_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};
REGISTER_TEST_SUITE(model_checks)
