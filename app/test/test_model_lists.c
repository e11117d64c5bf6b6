/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* COPY_SG and INTERLEAVED of the device model (sections 5.6 and 5.7). */

#include <string.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define MAX_ENTRIES 128

static struct model_host host;
static struct host_queue q;
static uint64_t src, dst;

static int
setup(void)
{
	TEST_CALL(host_open(&host, NULL));
	TEST_CALL(queue_open(&host, &q, 0, 0, 7));
	src = host_alloc(&host, 65536, 64);
	dst = host_alloc(&host, 131072, 64);
	host_fill(&host, src, 65536, 21);
	return TEST_OK;
}

static void
teardown(void)
{
	host_close(&host);
}

/* A list of pieces with gaps between them; returns its sum. */
static uint32_t
make_list(struct refdma_sge *list, unsigned int nb, uint64_t addr, uint64_t *seed)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < nb; i++) {
		list[i].addr = addr + test_random(seed) % 20;
		list[i].length = 1 + (uint32_t)(test_random(seed) % 200);
		list[i].reserved = (uint32_t)test_random(seed);
		addr = list[i].addr + list[i].length + 1;
		sum += list[i].length;
	}
	return sum;
}

/* What the list copies, byte by byte, in the shadow. */
static void
expect_list(const struct refdma_sge *from, const struct refdma_sge *to, uint32_t sum)
{
	uint32_t from_done = 0, to_done = 0;

	for (uint32_t i = 0; i < sum; i++) {
		host_expect_copy(&host, to->addr + to_done, from->addr + from_done, 1);
		if (++from_done == from->length) {
			from_done = 0;
			from++;
		}
		if (++to_done == to->length) {
			to_done = 0;
			to++;
		}
	}
}

static struct refdma_desc
list_desc(unsigned int nb_src, unsigned int nb_dst, uint16_t flags)
{
	return (struct refdma_desc){
		.op = REFDMA_OP_COPY_SG,
		.ext = (uint8_t)((nb_src + nb_dst + 1) / 2),
		.flags = flags,
		.length = 0xabcdef,	/* not used */
		.src = HOST_NOWHERE,
		.dst = HOST_NOWHERE,
		.param = nb_src | (uint64_t)nb_dst << REFDMA_PARAM_NB_DST_SHIFT,
	};
}

/* Two lists of random pieces, with the last piece made to fit. */
static int
scatter_gather(unsigned int nb_src, unsigned int nb_dst, uint64_t seed)
{
	struct refdma_sge list[MAX_ENTRIES + 1];
	struct refdma_sge *to = list + nb_src;
	struct refdma_desc desc = list_desc(nb_src, nb_dst, 0);
	uint32_t sum, other;

	sum = make_list(list, nb_src, src, &seed);
	other = make_list(to, nb_dst, dst, &seed);
	if (sum < other) {
		list[nb_src - 1].length += other - sum;
		sum = other;
	} else {
		to[nb_dst - 1].length += sum - other;
	}
	/* The last slot is padded with anything. */
	list[nb_src + nb_dst] = (struct refdma_sge){ .addr = HOST_NOWHERE, .length = 7 };
	expect_list(list, to, sum);
	TEST_CALL(queue_expect(&q, &desc, list, REFDMA_CODE_OK, sum));
	return host_check(&host);
}

static int
lists_of_few_entries(void)
{
	for (unsigned int i = 1; i <= 6; i++)
		for (unsigned int k = 1; k <= 6; k++)
			TEST_CALL(scatter_gather(i, k, i * 10 + k));
	return TEST_OK;
}

static int
lists_of_many_entries(void)
{
	static const unsigned int counts[][2] = {
		{ 32, 32 }, { 31, 32 }, { 32, 1 }, { 1, 32 }, { 17, 29 }, { 8, 9 },
	};

	for (size_t i = 0; i < NB(counts); i++)
		TEST_CALL(scatter_gather(counts[i][0], counts[i][1], i));
	return TEST_OK;
}

static int
lists_of_an_instance_with_64_entries(void)
{
	static const struct refdma_model_conf conf = { .max_sge = 64 };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 7));
	src = host_alloc(&host, 65536, 64);
	dst = host_alloc(&host, 131072, 64);
	TEST_CALL(scatter_gather(64, 64, 5));
	return scatter_gather(63, 64, 6);
}

static int
lists_in_local_memory(void)
{
	struct refdma_sge list[4] = {
		{ .addr = src, .length = 100 }, { .addr = src + 1000, .length = 50 },
		{ .addr = DEV_LOCAL + 3, .length = 120 }, { .addr = DEV_LOCAL + 900, .length = 30 },
	};
	struct refdma_sge back[4] = {
		list[2], list[3],
		{ .addr = dst, .length = 10 }, { .addr = dst + 77, .length = 140 },
	};
	struct refdma_desc desc = list_desc(2, 2, REFDMA_F_DST_DEV);

	TEST_CALL(queue_expect(&q, &desc, list, REFDMA_CODE_OK, 150));
	TEST_CALL(host_check(&host));
	desc.flags = REFDMA_F_SRC_DEV;
	TEST_CALL(queue_expect(&q, &desc, back, REFDMA_CODE_OK, 150));
	expect_list(list, back + 2, 150);
	return host_check(&host);
}

static int
list_longer_than_a_run(void)
{
	struct refdma_sge list[2] = {
		{ .addr = UINT64_C(0x300000000), .length = 1 << 20 },
		{ .addr = UINT64_C(0x300000000) + (1 << 20), .length = 1 << 20 },
	};
	struct refdma_desc desc = list_desc(1, 1, 0);

	TEST_ASSERT(host_map(&host, list[0].addr, 2 << 20, HOST_READ_WRITE) != NULL);
	host_fill(&host, list[0].addr, 1 << 20, 4);
	host_expect_copy(&host, list[1].addr, list[0].addr, 1 << 20);
	TEST_CALL(queue_expect(&q, &desc, list, REFDMA_CODE_OK, 1 << 20));
	return host_check(&host);
}

/* The operation under test of the interleaved cases. */
struct interleaved {
	struct refdma_desc desc;
	struct refdma_frame frame;
	struct refdma_chunk chunks[34];
};

static void
make_interleaved(struct interleaved *op, uint32_t frames, unsigned int nb, uint16_t inc)
{
	memset(op, 0, sizeof(*op));
	op->desc = (struct refdma_desc){
		.op = REFDMA_OP_INTERLEAVED,
		.ext = (uint8_t)(1 + (nb + 1) / 2),
		.length = 0xabcdef,	/* not used */
		.src = src,
		.dst = dst,
		.param = nb,
	};
	op->frame = (struct refdma_frame){
		.frames = frames, .chunks = (uint16_t)nb, .flags = inc
	};
}

/* What section 5.7 says, in the shadow; returns the length. */
static uint32_t
expect_interleaved(const struct interleaved *op)
{
	uint64_t from = op->desc.src, to = op->desc.dst;
	uint32_t length = 0;

	for (uint32_t f = 0; f < op->frame.frames; f++)
		for (unsigned int c = 0; c < op->frame.chunks; c++) {
			const struct refdma_chunk *chunk = &op->chunks[c];

			host_expect_copy(&host, to, from, chunk->size);
			length += chunk->size;
			if (op->frame.flags & REFDMA_FRAME_SRC_INC)
				from += (uint64_t)chunk->size + chunk->src_gap;
			if (op->frame.flags & REFDMA_FRAME_DST_INC)
				to += (uint64_t)chunk->size + chunk->dst_gap;
		}
	return length;
}

static int
interleaved(const struct interleaved *op)
{
	uint32_t length = expect_interleaved(op);

	TEST_CALL(queue_expect(&q, &op->desc, &op->frame, REFDMA_CODE_OK, length));
	return host_check(&host);
}

static int
two_dimensions(void)
{
	struct interleaved op;

	for (uint32_t rows = 1; rows < 40; rows += 3) {
		make_interleaved(&op, rows, 1, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC);
		op.chunks[0] = (struct refdma_chunk){ 10 + rows, 100, 200 - rows, 0 };
		TEST_CALL(interleaved(&op));
	}
	return TEST_OK;
}

static int
gather_and_scatter_by_gaps(void)
{
	struct interleaved op;

	make_interleaved(&op, 50, 1, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC);
	op.chunks[0] = (struct refdma_chunk){ .size = 13, .src_gap = 51 };
	TEST_CALL(interleaved(&op));
	op.chunks[0] = (struct refdma_chunk){ .size = 13, .dst_gap = 51 };
	return interleaved(&op);
}

static int
addresses_stay_without_inc(void)
{
	struct interleaved op;

	for (uint16_t inc = 0; inc < 4; inc++) {
		make_interleaved(&op, 7, 2, inc);
		op.chunks[0] = (struct refdma_chunk){ 30, 5, 6, 0 };
		op.chunks[1] = (struct refdma_chunk){ 40, 7, 8, 0 };
		host_fill(&host, src, 4096, inc);
		TEST_CALL(interleaved(&op));
	}
	return TEST_OK;
}

static int
chunk_lists(void)
{
	uint64_t seed = 3;

	for (unsigned int nb = 1; nb <= 32; nb++) {
		struct interleaved op;

		make_interleaved(&op, 1 + nb % 4, nb,
				 REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC);
		for (unsigned int c = 0; c < nb; c++)
			op.chunks[c] = (struct refdma_chunk){
				.size = 1 + (uint32_t)(test_random(&seed) % 100),
				.src_gap = (uint32_t)(test_random(&seed) % 100),
				.dst_gap = (uint32_t)(test_random(&seed) % 100),
				.reserved = (uint32_t)test_random(&seed),
			};
		TEST_CALL(interleaved(&op));
	}
	return TEST_OK;
}

static int
interleaved_local_memory(void)
{
	struct interleaved op;

	make_interleaved(&op, 10, 1, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC);
	op.chunks[0] = (struct refdma_chunk){ .size = 20, .src_gap = 10, .dst_gap = 5 };
	op.desc.flags = REFDMA_F_DST_DEV;
	op.desc.dst = DEV_LOCAL + 11;
	TEST_CALL(queue_expect(&q, &op.desc, &op.frame, REFDMA_CODE_OK, 200));
	TEST_CALL(host_check(&host));
	op.chunks[0] = (struct refdma_chunk){ .size = 20, .src_gap = 5, .dst_gap = 10 };
	op.desc.flags = REFDMA_F_SRC_DEV;
	op.desc.src = DEV_LOCAL + 11;
	op.desc.dst = dst;
	TEST_CALL(queue_expect(&q, &op.desc, &op.frame, REFDMA_CODE_OK, 200));
	for (unsigned int i = 0; i < 10; i++)
		host_expect_copy(&host, dst + i * 30, src + i * 30, 20);
	return host_check(&host);
}

static int
interleaved_longer_than_a_run(void)
{
	struct interleaved op;

	make_interleaved(&op, 8192, 1, REFDMA_FRAME_SRC_INC | REFDMA_FRAME_DST_INC);
	op.desc.src = UINT64_C(0x300000000);
	op.desc.dst = op.desc.src + (1 << 20);
	op.chunks[0] = (struct refdma_chunk){ .size = 100, .src_gap = 28, .dst_gap = 27 };
	TEST_ASSERT(host_map(&host, op.desc.src, 2 << 20, HOST_READ_WRITE) != NULL);
	host_fill(&host, op.desc.src, 1 << 20, 4);
	return interleaved(&op);
}

/* Gaps lead an address around 2^64; the chunk there is not mapped, whatever the model adds up. */
static int
huge_gaps_do_not_wrap_into_memory(void)
{
	struct interleaved op;

	make_interleaved(&op, 3, 1, REFDMA_FRAME_DST_INC);
	op.chunks[0] = (struct refdma_chunk){ .size = 16, .dst_gap = UINT32_MAX };
	host_expect_copy(&host, dst, src, 16);
	TEST_CALL(queue_expect(&q, &op.desc, &op.frame, REFDMA_CODE_DST_ADDRESS, 16));
	return host_check(&host);
}

static const struct test_case cases[] = {
	{ "lists_of_few_entries", lists_of_few_entries },
	{ "lists_of_many_entries", lists_of_many_entries },
	{ "lists_of_an_instance_with_64_entries", lists_of_an_instance_with_64_entries },
	{ "lists_in_local_memory", lists_in_local_memory },
	{ "list_longer_than_a_run", list_longer_than_a_run },
	{ "two_dimensions", two_dimensions },
	{ "gather_and_scatter_by_gaps", gather_and_scatter_by_gaps },
	{ "addresses_stay_without_inc", addresses_stay_without_inc },
	{ "chunk_lists", chunk_lists },
	{ "interleaved_local_memory", interleaved_local_memory },
	{ "interleaved_longer_than_a_run", interleaved_longer_than_a_run },
	{ "huge_gaps_do_not_wrap_into_memory", huge_gaps_do_not_wrap_into_memory },
};

static struct test_suite model_lists = {
	.name = "model_lists",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_lists)
