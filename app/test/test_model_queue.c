/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Queues of the device model: enabling, rings, doorbells, completion area (sections 4 and 7). */

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

/* ENABLE of the registers as they stand fails, and says so everywhere. */
static int
enable_fails(bool line_writable)
{
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS),
		       REFDMA_STATE_HALTED | REFDMA_Q_STATUS_FATAL |
		       REFDMA_CODE_CONFIG << REFDMA_Q_STATUS_REASON_SHIFT);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PROGRESS), 0);
	if (!line_writable)
		TEST_CALL(host_check_all(&host));
	/* Only RESET helps. */
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	queue_configure(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	return queue_works(&q);
}

static int
enable_clears_completion_area(void)
{
	struct refdma_completion expected = { .state = REFDMA_STATE_RUNNING };
	static const uint8_t zeroes[sizeof(struct refdma_notify)];

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	host_fill(&host, q.cpl, REFDMA_CPL_AREA_SIZE, 5);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	host_expect(&host, q.cpl, &expected, sizeof(expected));
	host_expect(&host, q.cpl + sizeof(expected), zeroes, sizeof(zeroes));
	return host_check_all(&host);
}

static int
enable_refuses_ring_size(void)
{
	static const uint32_t sizes[] = { 0, 4, 16, 31, 32, 64, 0x80000005, UINT32_MAX };

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	for (size_t i = 0; i < NB(sizes); i++) {
		queue_configure(&q);
		queue_write32(&q, REFDMA_Q_RING_LOG2, sizes[i]);
		TEST_CALL(enable_fails(true));
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
	}
	return TEST_OK;
}

static int
enable_refuses_alignment(void)
{
	static const unsigned int bases[] = {
		REFDMA_Q_RING_BASE, REFDMA_Q_CPL_BASE, REFDMA_Q_STS_BASE
	};

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	for (size_t i = 0; i < NB(bases); i++)
		for (unsigned int shift = 1; shift < 64; shift += 31) {
			queue_configure(&q);
			queue_write64(&q, bases[i], queue_read64(&q, bases[i]) + shift);
			TEST_CALL(enable_fails(true));
			TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
		}
	return TEST_OK;
}

/* Each of the three areas in turn stands at this address. */
static int
refuse_everywhere(uint64_t addr, bool ring, bool cpl, bool sts)
{
	const struct { unsigned int reg; bool refused; } bases[] = {
		{ REFDMA_Q_RING_BASE, ring },
		{ REFDMA_Q_CPL_BASE, cpl },
		{ REFDMA_Q_STS_BASE, sts },
	};

	for (size_t i = 0; i < NB(bases); i++) {
		if (!bases[i].refused)
			continue;
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
		queue_configure(&q);
		queue_write64(&q, bases[i].reg, addr);
		TEST_CALL(enable_fails(true));
	}
	return TEST_OK;
}

static int
enable_refuses_unmapped_areas(void)
{
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	TEST_CALL(refuse_everywhere(HOST_NOWHERE, true, true, true));
	return refuse_everywhere(UINT64_MAX - 63, true, true, true);
}

static int
enable_refuses_missing_rights(void)
{
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	TEST_ASSERT(host_map(&host, OTHER_ADDR, OTHER_BYTES, REFDMA_MODEL_READ) != NULL);
	TEST_ASSERT(host_map(&host, OTHER_ADDR * 2, OTHER_BYTES, REFDMA_MODEL_WRITE) != NULL);
	TEST_CALL(refuse_everywhere(OTHER_ADDR, false, true, true));
	return refuse_everywhere(OTHER_ADDR * 2, true, false, false);
}

static int
enable_refuses_areas_that_end_early(void)
{
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	TEST_ASSERT(host_map(&host, OTHER_ADDR, OTHER_BYTES, HOST_READ_WRITE) != NULL);
	return refuse_everywhere(OTHER_ADDR + OTHER_BYTES - 64, true, true, true);
}

static int
enable_refuses_addresses_beyond_address_bits(void)
{
	static const struct refdma_model_conf conf = { .address_bits = 36 };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	TEST_ASSERT(host_map(&host, UINT64_C(1) << 36, OTHER_BYTES, HOST_READ_WRITE) != NULL);
	return refuse_everywhere(UINT64_C(1) << 36, true, true, true);
}

static int
every_ring_size_works(void)
{
	TEST_ASSERT(host_map(&host, OTHER_ADDR, 2 << 20, HOST_READ_WRITE) != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	for (unsigned int log2 = 5; log2 <= 15; log2++) {
		uint32_t slots = UINT32_C(1) << log2;

		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
		q.log2 = log2;
		q.ring = OTHER_ADDR;
		q.sts = OTHER_ADDR + ((uint64_t)REFDMA_SLOT_SIZE << 15);
		queue_configure(&q);
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
		TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
		/* All slots at once, and then once more around. */
		for (uint32_t lap = 1; lap <= 2; lap++) {
			for (uint32_t i = 0; i < slots; i++)
				queue_nop(&q, REFDMA_F_STATUS);
			TEST_CALL(queue_go(&q));
			TEST_ASSERT_EQ(queue_done(&q), lap * slots);
			TEST_ASSERT_EQ(queue_code(&q, lap * slots - 1), REFDMA_CODE_OK);
		}
	}
	return TEST_OK;
}

static int
areas_may_span_two_regions(void)
{
	/* Neighbours on the bus, but not in this process. */
	TEST_ASSERT(host_map(&host, OTHER_ADDR, 4096, HOST_READ_WRITE) != NULL);
	TEST_ASSERT(host_map(&host, OTHER_ADDR + 4096, 4096, HOST_READ_WRITE) != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 6));
	for (unsigned int i = 0; i < 2; i++) {
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_RESET));
		queue_configure(&q);
		queue_write64(&q, i == 0 ? REFDMA_Q_RING_BASE : REFDMA_Q_STS_BASE,
			      OTHER_ADDR + 4096 - 128);
		TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
		TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	}
	return TEST_OK;
}

/* Behind the ring's last slot there is nothing: whoever looks ahead must wrap. */
static int
ring_at_the_end_of_memory(void)
{
	TEST_ASSERT(host_map(&host, OTHER_ADDR, 32 * REFDMA_SLOT_SIZE, REFDMA_MODEL_READ) != NULL);
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	q.ring = OTHER_ADDR;
	queue_configure(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	for (unsigned int lap = 0; lap < 10; lap++) {
		for (unsigned int i = 0; i < 29; i++)
			queue_copy(&q, HOST_ARENA_ADDR + 400000, HOST_ARENA_ADDR + 300000, 100, 0);
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_done(&q), (lap + 1) * 29);
	}
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	host_expect_copy(&host, HOST_ARENA_ADDR + 400000, HOST_ARENA_ADDR + 300000, 100);
	return host_check(&host);
}

/* Descriptors of one to five slots for many laps, so that each wraps everywhere. */
static int
descriptors_wrap_around_the_ring(void)
{
	struct refdma_sge list[8];
	uint64_t src, dst;
	uint64_t seed = 11;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	src = host_alloc(&host, 4096, 1);
	dst = host_alloc(&host, 4096, 1);
	for (uint32_t i = 0; i < 2000; i++) {
		unsigned int nb = (unsigned int)(test_random(&seed) % 5);
		struct refdma_desc desc = {
			.op = nb == 0 ? REFDMA_OP_NOP : REFDMA_OP_COPY_SG,
			.ext = (uint8_t)nb,
			.param = nb | (uint64_t)nb << REFDMA_PARAM_NB_DST_SHIFT,
		};

		host_fill(&host, src, 256, i);
		for (unsigned int k = 0; k < nb; k++) {
			uint32_t bytes = 1 + (uint32_t)(test_random(&seed) % 30);

			list[k] = (struct refdma_sge){ .addr = src + k * 32, .length = bytes };
			list[nb + k] = (struct refdma_sge){ .addr = dst + k * 40, .length = bytes };
			host_expect_copy(&host, dst + k * 40, src + k * 32, bytes);
		}
		queue_push(&q, &desc, list);
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_done(&q), i + 1);
		TEST_ASSERT_EQ(queue_slots(&q), q.tail);
	}
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return host_check(&host);
}

/*
 * Slot numbers pass 2^32: refused descriptors of 256 slots stand at every 256th slot, are executed
 * by doorbells alone, and take the device there in 2^24 operations.
 */
static int
slot_numbers_wrap_at_32_bits(void)
{
	static const struct refdma_desc wide = { .op = 99, .ext = 255 };
	const uint32_t slots = UINT32_C(1) << 15;

	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	TEST_ASSERT(host_map(&host, OTHER_ADDR, 2 << 20, HOST_READ_WRITE) != NULL);
	q.log2 = 15;
	q.ring = OTHER_ADDR;
	q.sts = OTHER_ADDR + (uint64_t)slots * REFDMA_SLOT_SIZE;
	queue_configure(&q);
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	for (uint32_t i = 0; i < slots; i += 256)
		host_write(&host, q.ring + (uint64_t)i * REFDMA_SLOT_SIZE, &wide, sizeof(wide));
	do {
		q.tail += slots;
		q.pushed += slots / 256;
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_slots(&q), q.tail);
	} while (q.tail != 0);
	TEST_ASSERT_EQ(queue_done(&q), UINT32_C(1) << 24);
	return queue_works(&q);
}

static int
work_waits_for_the_doorbell(void)
{
	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	for (unsigned int i = 0; i < 5; i++)
		queue_nop(&q, 0);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 0);
	queue_doorbell_value(&q, 3);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 3);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_done(&q), 5);
	return TEST_OK;
}

static int
doorbell_before_enable_counts(void)
{
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_nop(&q, 0);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_CALL(queue_command(&q, REFDMA_Q_CTRL_ENABLE));
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 2);
	return TEST_OK;
}

static int
disabled_queue_ignores_doorbells(void)
{
	TEST_CALL(queue_prepare(&host, &q, 0, 0, 5));
	queue_doorbell_value(&q, 30);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	queue_doorbell_value(&q, UINT32_MAX);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
	return host_check_all(&host);
}

static int
full_ring_is_legal(void)
{
	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	for (unsigned int lap = 1; lap <= 10; lap++) {
		for (unsigned int i = 0; i < 32; i++)
			queue_nop(&q, 0);
		TEST_CALL(queue_go(&q));
		TEST_ASSERT_EQ(queue_done(&q), lap * 32);
	}
	return TEST_OK;
}

static int
registers_mirror_the_line(void)
{
	uint64_t buffer;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	buffer = host_alloc(&host, 512, 1);
	queue_copy(&q, buffer + 256, buffer, 200, 0);
	queue_copy(&q, buffer + 256, HOST_NOWHERE, 200, 0);
	queue_copy(&q, buffer + 256, buffer, 100, 0);
	queue_nop(&q, 0);
	TEST_CALL(queue_go(&q));
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PROGRESS), UINT64_C(0x400000004));
	TEST_ASSERT_EQ(queue_done(&q), 4);
	TEST_ASSERT_EQ(queue_slots(&q), 4);
	TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_ERRORS), 1);
	TEST_ASSERT_EQ(queue_errors(&q), 1);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_PERIODS), 0);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_BYTES), 300);
	TEST_ASSERT_EQ(queue_read64(&q, REFDMA_Q_RESIDUE), UINT64_C(4) << 32);
	TEST_ASSERT_EQ(queue_line_state(&q), REFDMA_STATE_RUNNING);
	return TEST_OK;
}

static int
status_written_only_where_asked(void)
{
	static const struct refdma_status none;

	TEST_CALL(queue_open(&host, &q, 0, 0, 5));
	for (unsigned int i = 0; i < 100; i++) {
		const struct refdma_status *entry = queue_entry(&q, i);
		bool asked = i % 3 == 0;

		queue_nop(&q, asked ? REFDMA_F_STATUS : 0);
		TEST_CALL(queue_go(&q));
		if (!asked) {
			TEST_ASSERT(memcmp(entry, &none, sizeof(none)) == 0);
			continue;
		}
		TEST_ASSERT_EQ(entry->op, i);
		TEST_ASSERT_EQ(entry->code, REFDMA_STS_VALID);
		TEST_ASSERT_EQ(entry->meta_length, 0);
		TEST_ASSERT_EQ(entry->bytes, 0);
		host_write(&host, q.sts + i % 32 * sizeof(none), &none, sizeof(none));
	}
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "enable_clears_completion_area", enable_clears_completion_area },
	{ "enable_refuses_ring_size", enable_refuses_ring_size },
	{ "enable_refuses_alignment", enable_refuses_alignment },
	{ "enable_refuses_unmapped_areas", enable_refuses_unmapped_areas },
	{ "enable_refuses_missing_rights", enable_refuses_missing_rights },
	{ "enable_refuses_areas_that_end_early", enable_refuses_areas_that_end_early },
	{ "enable_refuses_addresses_beyond_address_bits",
	  enable_refuses_addresses_beyond_address_bits },
	{ "every_ring_size_works", every_ring_size_works },
	{ "areas_may_span_two_regions", areas_may_span_two_regions },
	{ "ring_at_the_end_of_memory", ring_at_the_end_of_memory },
	{ "descriptors_wrap_around_the_ring", descriptors_wrap_around_the_ring },
	{ "slot_numbers_wrap_at_32_bits", slot_numbers_wrap_at_32_bits },
	{ "work_waits_for_the_doorbell", work_waits_for_the_doorbell },
	{ "doorbell_before_enable_counts", doorbell_before_enable_counts },
	{ "disabled_queue_ignores_doorbells", disabled_queue_ignores_doorbells },
	{ "full_ring_is_legal", full_ring_is_legal },
	{ "registers_mirror_the_line", registers_mirror_the_line },
	{ "status_written_only_where_asked", status_written_only_where_asked },
};

static struct test_suite model_queue = {
	.name = "model_queue",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_queue)
