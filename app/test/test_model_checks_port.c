/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Validation of descriptors by the device model: what concerns ports (section 5.3, 6 to 8). */

#include "test_model_checks.h"

static int
stop_eof_does_not_go_with_loop(void)
{
	chk_from_port(64, REFDMA_F_LOOP | REFDMA_F_STOP_EOF);
	return chk_refused(REFDMA_CODE_FLAGS);
}

static int
no_such_port(void)
{
	static const uint64_t wrong[] = {
		DEV_PORT(0) - 1, DEV_PORT(3), DEV_PORT(31), DEV_PORT(32), DEV_LOCAL, 0, UINT64_MAX
	};

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		chk_from_port(64, 0);
		chk.op.desc.src = wrong[i];
		TEST_CALL(chk_refused(REFDMA_CODE_PORT));
		chk_to_port(64);
		chk.op.desc.dst = wrong[i];
		TEST_CALL(chk_refused(REFDMA_CODE_PORT));
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
	TEST_CALL(host_open(&chk.host, &conf));
	TEST_CALL(queue_open(&chk.host, &chk.q, 0, 0, 9));
	TEST_ASSERT_EQ(port_read32(&chk.host, 1, REFDMA_P_TYPE), REFDMA_PORT_NONE);
	chk_from_port(64, 0);
	chk.op.desc.src = DEV_PORT(1);
	TEST_CALL(chk_refused(REFDMA_CODE_PORT));
	chk_to_port(64);
	chk.op.desc.dst = DEV_PORT(1);
	return chk_refused(REFDMA_CODE_PORT);
}

static int
wrong_direction(void)
{
	chk_from_port(64, 0);
	chk.op.desc.src = DEV_PORT(PORT_SINK);
	TEST_CALL(chk_refused(REFDMA_CODE_PORT));
	chk_to_port(64);
	chk.op.desc.dst = DEV_PORT(PORT_SOURCE);
	TEST_CALL(chk_refused(REFDMA_CODE_PORT));
	chk_copy(64);
	chk.op.desc.flags = REFDMA_F_SRC_DEV;
	chk.op.desc.src = DEV_PORT(PORT_SINK);
	TEST_CALL(chk_refused(REFDMA_CODE_PORT));
	chk_copy(64);
	chk.op.desc.flags = REFDMA_F_DST_DEV;
	chk.op.desc.dst = DEV_PORT(PORT_SOURCE) + 8;
	return chk_refused(REFDMA_CODE_PORT);
}

static int
fill_of_a_port(void)
{
	chk_fill(64);
	chk.op.desc.flags = REFDMA_F_DST_DEV;
	chk.op.desc.dst = DEV_PORT(PORT_SINK);
	return chk_refused(REFDMA_CODE_PORT);
}

static int
not_a_multiple_of_the_word(void)
{
	chk_to_port(66);
	TEST_CALL(chk_refused(REFDMA_CODE_ALIGNMENT));
	chk_from_port(64, REFDMA_F_SETUP);
	chk.op.ext[0].setup.width = 128;
	TEST_CALL(chk_refused(REFDMA_CODE_ALIGNMENT));
	port_write32(&chk.host, PORT_SOURCE, REFDMA_P_WIDTH, 16);
	chk_from_port(24, 0);
	TEST_CALL(chk_refused(REFDMA_CODE_ALIGNMENT));
	chk_copy(24);
	chk.op.desc.flags = REFDMA_F_SRC_DEV;
	chk.op.desc.src = DEV_PORT(PORT_SOURCE);
	TEST_CALL(chk_refused(REFDMA_CODE_ALIGNMENT));
	chk_from_port(24, REFDMA_F_SETUP);
	chk.op.ext[0].setup.width = 8;
	return chk_accepted(24);
}

static int
words_that_are_no_words(void)
{
	static const uint16_t wrong[] = { 3, 5, 6, 7, 12, 96, 127, 129, 256, 1024, 0x8000, 65535 };

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		chk_from_port(wrong[i], REFDMA_F_SETUP);
		chk.op.ext[0].setup.width = wrong[i];
		TEST_CALL(chk_refused(REFDMA_CODE_ALIGNMENT));
	}
	return TEST_OK;
}

static int
period_is_a_multiple_of_the_word(void)
{
	chk_from_port(64, REFDMA_F_SETUP | REFDMA_F_LOOP);
	chk.op.ext[0].setup.width = 8;
	chk.op.ext[0].setup.period = 20;
	return chk_refused(REFDMA_CODE_ALIGNMENT);
}

static int
metadata_lengths(void)
{
	static const uint32_t wrong[] = { 0, 65, 100, 0x10000, 0x10001, UINT32_MAX };

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		chk_to_port(64);
		chk.op.ext[1].meta.length = wrong[i];
		TEST_CALL(chk_refused(REFDMA_CODE_META));
	}
	chk_from_port(64, REFDMA_F_META);
	chk.op.ext[0].meta = (struct refdma_meta){ .addr = chk.dst + 64, .length = 0 };
	TEST_CALL(chk_refused(REFDMA_CODE_META));
	chk_to_port(64);
	chk.op.desc.flags &= (uint16_t)~REFDMA_F_EOF;
	return chk_refused(REFDMA_CODE_META);
}

static const struct test_case cases[] = {
	{ "stop_eof_does_not_go_with_loop", stop_eof_does_not_go_with_loop },
	{ "no_such_port", no_such_port },
	{ "port_of_no_kind", port_of_no_kind },
	{ "wrong_direction", wrong_direction },
	{ "fill_of_a_port", fill_of_a_port },
	{ "not_a_multiple_of_the_word", not_a_multiple_of_the_word },
	{ "words_that_are_no_words", words_that_are_no_words },
	{ "period_is_a_multiple_of_the_word", period_is_a_multiple_of_the_word },
	{ "metadata_lengths", metadata_lengths },
};

static struct test_suite model_checks_port = {
	.name = "model_checks_port",
	.case_setup = chk_setup,
	.case_teardown = chk_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};
REGISTER_TEST_SUITE(model_checks_port)
