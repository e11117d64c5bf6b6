/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, interleaved transfers: B55 to B58. */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

#define CHUNKS	4
#define CHUNK	64
#define LAP	(CHUNKS * CHUNK)

/* A template with room for its chunks. */
struct frame {
	union {
		struct dma_interleaved_template xt;
		uint8_t room[sizeof(struct dma_interleaved_template) +
			     8 * sizeof(struct data_chunk)];
	};
};

static void
frame_init(struct frame *frame, size_t numf, size_t chunks)
{
	memset(frame, 0, sizeof(*frame));
	frame->xt.dir = DMA_MEM_TO_MEM;
	frame->xt.src_start = eng_addr(eng_src);
	frame->xt.dst_start = eng_addr(eng_dst);
	frame->xt.src_inc = frame->xt.dst_inc = true;
	frame->xt.src_sgl = frame->xt.dst_sgl = true;
	frame->xt.numf = numf;
	frame->xt.frame_size = chunks;
}

/* The contract's rule of gaps, in words of its own. */
static size_t
gap(bool inc, bool sgl, size_t both, size_t own)
{
	if (!inc)
		return 0;
	if (own != 0)
		return own;
	return sgl ? both : 0;
}

/* What the memory must look like afterwards. */
static void
expect(const struct frame *frame, uint8_t *memory)
{
	const struct dma_interleaved_template *xt = &frame->xt;
	size_t src = 0, dst = 0;

	for (size_t f = 0; f < xt->numf; f++)
		for (size_t c = 0; c < xt->frame_size; c++) {
			const struct data_chunk *chunk = &xt->sgl[c];

			memcpy(memory + dst, eng_src + src, chunk->size);
			if (xt->src_inc)
				src += chunk->size;
			src += gap(xt->src_inc, xt->src_sgl, chunk->icg, chunk->src_icg);
			if (xt->dst_inc)
				dst += chunk->size;
			dst += gap(xt->dst_inc, xt->dst_sgl, chunk->icg, chunk->dst_icg);
		}
}

static int
moves_as_expected(struct frame *frame)
{
	static uint8_t memory[16384];
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;

	memset(memory, ENG_UNTOUCHED, sizeof(memory));
	memset(eng_dst, ENG_UNTOUCHED, sizeof(memory));
	expect(frame, memory);
	desc = dmaengine_prep_interleaved_dma(eng_chan, &frame->xt, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	desc->callback_param = &calls;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT(memcmp(eng_dst, memory, sizeof(memory)) == 0);
	return TEST_OK;
}

ENG_CASE(B55_chunks_land_exactly_and_gaps_stay_untouched, ENG_ANY)
{
	struct frame frame;

	frame_init(&frame, 5, 3);
	frame.xt.sgl[0] = (struct data_chunk){ .size = 64, .icg = 32 };
	frame.xt.sgl[1] = (struct data_chunk){ .size = 100, .icg = 28 };
	frame.xt.sgl[2] = (struct data_chunk){ .size = 1, .icg = 7 };
	TEST_CALL(moves_as_expected(&frame));
	/* One chunk, and one frame. */
	frame_init(&frame, 1, 1);
	frame.xt.sgl[0] = (struct data_chunk){ .size = 333, .icg = 5 };
	TEST_CALL(moves_as_expected(&frame));
	/* A picture: rows of 40 out of rows of 64. */
	frame_init(&frame, 50, 1);
	frame.xt.sgl[0] = (struct data_chunk){ .size = 40, .icg = 24 };
	return moves_as_expected(&frame);
}

ENG_CASE(B56_each_side_has_its_gaps, ENG_ANY)
{
	static const struct data_chunk gaps[] = {
		{ 32, 0, 0, 0 }, { 32, 16, 0, 0 }, { 32, 16, 48, 0 }, { 32, 16, 0, 80 },
		{ 32, 16, 48, 80 }, { 32, 0, 48, 0 }, { 32, 0, 0, 80 },
	};
	struct frame frame;

	for (unsigned int bits = 0; bits < 16; bits++)
		for (unsigned int g = 0; g < RTE_DIM(gaps); g++) {
			int result;

			frame_init(&frame, 3, 2);
			frame.xt.src_inc = bits & 1;
			frame.xt.dst_inc = bits & 2;
			frame.xt.src_sgl = bits & 4;
			frame.xt.dst_sgl = bits & 8;
			frame.xt.sgl[0] = gaps[g];
			frame.xt.sgl[1] = (struct data_chunk){ .size = 24, .icg = 8 };
			result = moves_as_expected(&frame);
			if (result != TEST_OK)
				test_note("inc and sgl bits %u, gaps %u", bits, g);
			TEST_CALL(result);
		}
	return TEST_OK;
}

ENG_CASE(B56_the_helpers_know_the_rule, ENG_ANY)
{
	struct data_chunk chunk = { .size = 8, .icg = 5, .dst_icg = 6, .src_icg = 7 };
	struct frame frame;

	frame_init(&frame, 1, 1);
	TEST_ASSERT_EQ(dmaengine_get_dst_icg(&frame.xt, &chunk), 6);
	TEST_ASSERT_EQ(dmaengine_get_src_icg(&frame.xt, &chunk), 7);
	chunk.dst_icg = chunk.src_icg = 0;
	TEST_ASSERT_EQ(dmaengine_get_dst_icg(&frame.xt, &chunk), 5);
	TEST_ASSERT_EQ(dmaengine_get_src_icg(&frame.xt, &chunk), 5);
	frame.xt.dst_sgl = frame.xt.src_sgl = false;
	TEST_ASSERT_EQ(dmaengine_get_dst_icg(&frame.xt, &chunk), 0);
	TEST_ASSERT_EQ(dmaengine_get_src_icg(&frame.xt, &chunk), 0);
	chunk.dst_icg = chunk.src_icg = 9;
	frame.xt.dst_inc = frame.xt.src_inc = false;
	TEST_ASSERT_EQ(dmaengine_get_dst_icg(&frame.xt, &chunk), 0);
	TEST_ASSERT_EQ(dmaengine_get_src_icg(&frame.xt, &chunk), 0);
	return TEST_OK;
}

static int
repeat_refused(unsigned long flags)
{
	struct frame frame;

	frame_init(&frame, 1, 1);
	frame.xt.sgl[0].size = 64;
	TEST_ASSERT(!dma_has_cap(DMA_REPEAT, eng_chan->device->cap_mask));
	TEST_ASSERT(!dma_has_cap(DMA_LOAD_EOT, eng_chan->device->cap_mask));
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, flags) == NULL);
	return eng_usable();
}

ENG_CASE(B57_repeat_repeats_or_is_refused, ENG_REPEAT)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	struct frame frame;
	struct eng_bare bare;

	frame_init(&frame, 4, 1);
	frame.xt.sgl[0] = (struct data_chunk){ .size = 64, .icg = 64 };
	eng_bare_init(&bare);
	TEST_ASSERT(dmaengine_prep_interleaved_dma(&bare.chan, &frame.xt, DMA_PREP_REPEAT) ==
		    NULL);
	if (!eng_can(ENG_REPEAT))
		return repeat_refused(DMA_PREP_REPEAT);
	desc = dmaengine_prep_interleaved_dma(eng_chan, &frame.xt,
					      DMA_PREP_REPEAT | DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	desc->callback_param = &calls;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) >= 3);
	TEST_ASSERT_EQ(eng_status(1), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	for (unsigned int i = 0; i < 4; i++) {
		TEST_ASSERT(memcmp(eng_dst + i * 128, eng_src + i * 128, 64) == 0);
		TEST_ASSERT(eng_untouched(eng_dst + i * 128 + 64, 64));
	}
	return eng_usable();
}

/* From the loopback port to memory, so that the case decides how far a lap is. */
static struct dma_async_tx_descriptor *
from_port(uint8_t *dst, unsigned long flags, _Atomic uint32_t *calls)
{
	static const struct rte_pmd_refdma_port_conf port = { .width = 4, .burst = 8 };
	struct dma_async_tx_descriptor *desc;
	struct frame frame;

	frame_init(&frame, CHUNKS, 1);
	frame.xt.dir = DMA_DEV_TO_MEM;
	frame.xt.src_start = eng_far().src_addr;
	frame.xt.dst_start = eng_addr(dst);
	frame.xt.src_inc = false;
	frame.xt.sgl[0] = (struct data_chunk){ .size = CHUNK, .dst_icg = CHUNK };
	rte_pmd_refdma_port_set(eng_dev, 0, &port);
	desc = dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, flags | DMA_PREP_INTERRUPT);
	if (desc != NULL) {
		desc->callback = eng_count;
		desc->callback_param = calls;
	}
	return desc;
}

static int
submit_issue(struct dma_async_tx_descriptor *desc, dma_cookie_t *cookie)
{
	TEST_ASSERT(desc != NULL);
	*cookie = dmaengine_submit(desc);
	TEST_ASSERT(*cookie > 0);
	dma_async_issue_pending(eng_chan);
	return TEST_OK;
}

static int
landed(const uint8_t *dst, const uint8_t *src)
{
	for (unsigned int i = 0; i < CHUNKS; i++) {
		TEST_ASSERT(memcmp(dst + i * 2 * CHUNK, src + i * CHUNK, CHUNK) == 0);
		TEST_ASSERT(eng_untouched(dst + i * 2 * CHUNK + CHUNK, CHUNK));
	}
	return TEST_OK;
}

ENG_CASE(B58_load_eot_replaces_at_the_end_of_a_lap, ENG_REPEAT)
{
	_Atomic uint32_t calls = 0, after = 0;
	dma_cookie_t cookie, next;
	uint8_t *there = eng_dst + 8192;

	if (!eng_can(ENG_REPEAT))
		return repeat_refused(DMA_PREP_LOAD_EOT);
	TEST_CALL(submit_issue(from_port(eng_dst, DMA_PREP_REPEAT, &calls), &cookie));
	/* A lap and a half. */
	TEST_CALL(eng_far_put(eng_src, LAP + LAP / 2));
	ENG_WAIT(eng_residue(cookie) == LAP / 2);
	TEST_CALL(submit_issue(from_port(there, DMA_PREP_LOAD_EOT, &after), &next));
	TEST_CALL(eng_settle());
	eng_settle_device();
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_status(next), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_residue(cookie), LAP / 2);
	/* The lap is completed first, then the successor has its turn. */
	TEST_CALL(eng_far_put(eng_src + LAP + LAP / 2, LAP / 2));
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT_EQ(eng_status(next), DMA_IN_PROGRESS);
	TEST_CALL(landed(eng_dst, eng_src + LAP));
	TEST_ASSERT(eng_untouched(there, 2 * LAP));
	TEST_CALL(eng_far_put(eng_src + 2 * LAP, LAP));
	TEST_CALL(eng_wait_complete(next));
	TEST_CALL(landed(there, eng_src + 2 * LAP));
	TEST_CALL(landed(eng_dst, eng_src + LAP));
	ENG_WAIT(atomic_load(&after) == 1);
	return eng_usable();
}

ENG_CASE(B58_without_load_eot_the_successor_never_runs, ENG_REPEAT)
{
	_Atomic uint32_t calls = 0, after = 0;
	dma_cookie_t cookie, next;

	if (!eng_can(ENG_REPEAT))
		return repeat_refused(DMA_PREP_REPEAT | DMA_PREP_LOAD_EOT);
	TEST_CALL(submit_issue(from_port(eng_dst, DMA_PREP_REPEAT, &calls), &cookie));
	TEST_CALL(submit_issue(from_port(eng_dst + 8192, 0, &after), &next));
	for (unsigned int lap = 1; lap <= 6; lap++) {
		TEST_CALL(eng_far_put(eng_src, LAP));
		ENG_WAIT(eng_stats().periods == lap);
	}
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_status(next), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(atomic_load(&after), 0);
	TEST_ASSERT(eng_untouched(eng_dst + 8192, 2 * LAP));
	return eng_usable();
}

static const struct test_case interleaved[] = {
	ENG_TEST(B55_chunks_land_exactly_and_gaps_stay_untouched),
	ENG_TEST(B56_each_side_has_its_gaps),
	ENG_TEST(B56_the_helpers_know_the_rule),
	ENG_TEST(B57_repeat_repeats_or_is_refused),
	ENG_TEST(B58_load_eot_replaces_at_the_end_of_a_lap),
	ENG_TEST(B58_without_load_eot_the_successor_never_runs),
};
ENG_TOPIC(interleaved)
