/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What a hostile host writes: numbers, addresses and descriptors, wrong or almost right. */

#include <string.h>

#include "test_model_hostile.h"

uint64_t odd_seed;

uint64_t
odd_below(uint64_t limit)
{
	return test_random(&odd_seed) % limit;
}

bool
odd_one_in(uint64_t n)
{
	return odd_below(n) == 0;
}

/* A number that means something more often than chance would have it. */
uint64_t
odd_number(void)
{
	switch (odd_below(6)) {
	case 0: return odd_below(4);
	case 1: return odd_below(256);
	case 2: return odd_below(70000);
	case 3: return UINT64_C(1) << odd_below(64);
	case 4: return UINT64_MAX - odd_below(300);
	default: return test_random(&odd_seed);
	}
}

uint64_t
odd_address(void)
{
	switch (odd_below(12)) {
	case 0: return READ_ONLY + odd_below(AREA_BYTES);
	case 1: return WRITE_ONLY + odd_below(AREA_BYTES);
	case 2: return SVA + odd_below(AREA_BYTES);
	case 3: return DEV_LOCAL + odd_below(1 << 20);
	case 4: return DEV_PORT(odd_below(5));
	case 5: return odd_number();
	case 6: return SMALL + odd_below(NB_SMALL * SMALL_BYTES);
	case 7: return (odd_one_in(2) ? DEV_LOCAL + (1 << 20) : SMALL) - odd_below(100);
	default: return HOST_ARENA_ADDR + odd_below(HOST_ARENA_BYTES);
	}
}

uint32_t
odd_length(void)
{
	if (odd_one_in(3))
		return (uint32_t)odd_number();
	return (uint32_t)(odd_one_in(3) ? odd_below(100000) : 1 + odd_below(600));
}

/* A base slot that has a chance to get through the checks. */
void
odd_desc(struct refdma_desc *desc)
{
	desc->op = (uint8_t)odd_below(odd_one_in(20) ? 256 : 8);
	desc->flags = (uint16_t)(test_random(&odd_seed) & test_random(&odd_seed) & 0xfff);
	if (odd_one_in(50))
		desc->flags = (uint16_t)test_random(&odd_seed);
	desc->length = odd_length();
	desc->src = odd_address();
	desc->dst = odd_address();
	desc->param = odd_below(4) | odd_below(4) << REFDMA_PARAM_NB_DST_SHIFT;
	if (odd_one_in(20))
		desc->param = odd_number();
	desc->ext = (uint8_t)odd_below(odd_one_in(20) ? 256 : 4);
	if (desc->op >= REFDMA_OP_TO_PORT) {
		desc->flags &= (uint16_t)~(REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV);
		desc->src = odd_one_in(2) ? DEV_PORT(odd_below(4)) : desc->src;
		desc->dst = odd_one_in(2) ? DEV_PORT(odd_below(4)) : desc->dst;
		desc->ext = (uint8_t)(((desc->flags & REFDMA_F_SETUP) != 0) +
				      ((desc->flags & REFDMA_F_META) != 0));
		if (desc->flags & REFDMA_F_SG)
			desc->ext += (uint8_t)(((desc->param & 0xff) + 1) / 2);
	} else if (desc->op == REFDMA_OP_COPY_SG && !odd_one_in(4)) {
		desc->ext = (uint8_t)(((desc->param & 3) + (desc->param >> 16 & 3) + 1) / 2);
	} else if (desc->op == REFDMA_OP_INTERLEAVED && !odd_one_in(4)) {
		desc->ext = (uint8_t)(1 + ((desc->param & 3) + 1) / 2);
	} else if (desc->op <= REFDMA_OP_FILL && !odd_one_in(4)) {
		desc->ext = 0;
	}
}

/* A slot that may be read as any kind of extension. */
void
odd_extension(uint8_t *slot)
{
	struct refdma_sge sge[2] = {
		{ .addr = odd_address(), .length = odd_length() },
		{ .addr = odd_address(), .length = odd_length() },
	};
	struct refdma_chunk chunk[2] = {
		{ odd_length(), (uint32_t)odd_number(), (uint32_t)odd_number(), 0 },
		{ odd_length(), (uint32_t)odd_number(), (uint32_t)odd_number(), 0 },
	};
	struct refdma_frame frame = {
		.frames = (uint32_t)odd_number(), .chunks = (uint16_t)odd_below(4),
		.flags = (uint16_t)odd_below(4),
	};
	struct refdma_setup setup = {
		.width = (uint16_t)(1 << odd_below(9)), .burst = (uint16_t)odd_number(),
		.period = (uint32_t)odd_number(),
	};

	switch (odd_below(5)) {
	case 0: memcpy(slot, sge, sizeof(sge)); break;
	case 1: memcpy(slot, chunk, sizeof(chunk)); break;
	case 2: memcpy(slot, &frame, sizeof(frame)); break;
	case 3: memcpy(slot, &setup, sizeof(setup)); break;
	default:
		for (unsigned int i = 0; i < REFDMA_SLOT_SIZE; i++)
			slot[i] = (uint8_t)test_random(&odd_seed);
		break;
	}
}

static uint64_t
plain_address(void)
{
	return odd_one_in(8) ? odd_address() : HOST_ARENA_ADDR + odd_below(HOST_ARENA_BYTES - 4096);
}

/* Lists with equal sums. */
static void
make_list(struct odd_whole *w)
{
	uint64_t nb = 1 + odd_below(3);
	uint32_t piece = 1 + (uint32_t)odd_below(odd_one_in(10) ? 100000 : 300);

	w->desc.op = REFDMA_OP_COPY_SG;
	w->desc.ext = (uint8_t)nb;
	w->desc.param = nb | nb << REFDMA_PARAM_NB_DST_SHIFT;
	for (uint64_t i = 0; i < 2 * nb; i++)
		w->ext[i / 2].sge[i % 2] = (struct refdma_sge){ plain_address(), piece, 0 };
}

static void
make_frames(struct odd_whole *w)
{
	uint64_t nb = 1 + odd_below(3);

	w->desc.op = REFDMA_OP_INTERLEAVED;
	w->desc.ext = (uint8_t)(1 + (nb + 1) / 2);
	w->desc.param = nb;
	w->ext[0].frame = (struct refdma_frame){
		.frames = (uint32_t)(odd_one_in(10) ? odd_number() : 1 + odd_below(20)),
		.chunks = (uint16_t)nb, .flags = (uint16_t)odd_below(4),
	};
	for (uint64_t i = 0; i < nb; i++)
		w->ext[1 + i / 2].chunk[i % 2] = (struct refdma_chunk){
			1 + (uint32_t)odd_below(100),
			(uint32_t)(odd_one_in(9) ? odd_number() : odd_below(50)),
			(uint32_t)(odd_one_in(9) ? odd_number() : odd_below(50)), 0
		};
}

/* A transfer with a port, with some of what it can have. */
static void
make_port(struct odd_whole *w)
{
	uint16_t flags = (uint16_t)(test_random(&odd_seed) & (REFDMA_F_SETUP | REFDMA_F_META |
							  REFDMA_F_SG));
	bool out = odd_one_in(2);

	w->desc.op = out ? REFDMA_OP_TO_PORT : REFDMA_OP_FROM_PORT;
	w->desc.length = 16 * (1 + (uint32_t)odd_below(odd_one_in(10) ? 10000 : 20));
	w->desc.src = out ? plain_address() : DEV_PORT(odd_below(3));
	w->desc.dst = out ? DEV_PORT(odd_below(3)) : plain_address();
	if (out && (flags & REFDMA_F_META || odd_one_in(2)))
		flags |= REFDMA_F_EOF;
	else if (!out && odd_one_in(2))
		flags |= REFDMA_F_STOP_EOF;
	if (flags & REFDMA_F_SETUP)
		w->ext[w->desc.ext++].setup = (struct refdma_setup){
			.width = (uint16_t)(1 << odd_below(5)),
			.burst = (uint16_t)(odd_one_in(4) ? odd_number() : odd_below(64)),
			.period = 16 * (uint32_t)odd_below(20),
		};
	if (flags & REFDMA_F_META)
		w->ext[w->desc.ext++].meta = (struct refdma_meta){
			.addr = plain_address(), .length = 1 + (uint32_t)odd_below(64)
		};
	if (flags & REFDMA_F_SG) {
		w->desc.param = 1 + odd_below(2);
		for (uint64_t i = 0; i < w->desc.param; i++)
			w->ext[w->desc.ext].sge[i] = (struct refdma_sge){
				plain_address(), w->desc.length / (uint32_t)w->desc.param, 0
			};
		w->desc.ext++;
	}
	w->desc.flags = flags;
}

void
odd_whole(struct odd_whole *w)
{
	*w = (struct odd_whole){
		.desc = { .length = odd_length(), .src = plain_address(), .dst = plain_address() },
	};
	switch (odd_below(6)) {
	case 0: make_list(w); break;
	case 1: make_frames(w); break;
	case 2: w->desc.op = REFDMA_OP_FILL; break;
	case 3: w->desc.op = REFDMA_OP_COPY; break;
	default: make_port(w); break;
	}
	if (odd_one_in(4))
		w->desc.flags |= (uint16_t)(1u << odd_below(12));
	if (odd_one_in(8))
		w->desc.flags |= REFDMA_F_LOAD;
}
