/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Descriptors for the suites of the model's checks. */

#include <string.h>

#include "test_model_checks.h"

struct chk chk;

int
chk_setup(void)
{
	static const struct refdma_model_conf conf = { .max_length = CHK_MAX_LENGTH };

	TEST_CALL(host_open(&chk.host, &conf));
	TEST_CALL(queue_open(&chk.host, &chk.q, 0, 0, 9));
	chk.src = host_alloc(&chk.host, CHK_MAX_LENGTH + 64, 64);
	chk.dst = host_alloc(&chk.host, CHK_MAX_LENGTH + 64, 64);
	return TEST_OK;
}

void
chk_teardown(void)
{
	host_close(&chk.host);
}

/* Run it: this code, no byte moved. */
int
chk_refused(enum refdma_code code)
{
	TEST_CALL(queue_expect(&chk.q, &chk.op.desc, chk.op.ext, code, 0));
	return host_check(&chk.host);
}

int
chk_accepted(uint64_t bytes)
{
	return queue_expect(&chk.q, &chk.op.desc, chk.op.ext, REFDMA_CODE_OK, bytes);
}

struct refdma_sge *
chk_entry(unsigned int slot, unsigned int index)
{
	return &chk.op.ext[slot + index / 2].sge[index % 2];
}

void
chk_copy(uint32_t length)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc = (struct refdma_desc){
		.op = REFDMA_OP_COPY, .length = length, .src = chk.src, .dst = chk.dst
	};
}

void
chk_fill(uint32_t length)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc = (struct refdma_desc){
		.op = REFDMA_OP_FILL, .length = length, .dst = chk.dst
	};
}

/* Lists of entries of one length. */
void
chk_list(unsigned int nb_src, unsigned int nb_dst, uint32_t length)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc.op = REFDMA_OP_COPY_SG;
	chk.op.desc.ext = (uint8_t)((nb_src + nb_dst + 1) / 2);
	chk.op.desc.param = nb_src | (uint64_t)nb_dst << REFDMA_PARAM_NB_DST_SHIFT;
	for (unsigned int i = 0; i < nb_src + nb_dst; i++) {
		chk_entry(0, i)->addr = i < nb_src ? chk.src : chk.dst;
		chk_entry(0, i)->length = length;
	}
}

void
chk_interleaved(uint32_t frames, unsigned int chunks, uint32_t size)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc = (struct refdma_desc){
		.op = REFDMA_OP_INTERLEAVED, .ext = (uint8_t)(1 + (chunks + 1) / 2),
		.src = chk.src, .dst = chk.dst, .param = chunks,
	};
	chk.op.ext[0].frame.frames = frames;
	chk.op.ext[0].frame.chunks = (uint16_t)chunks;
	for (unsigned int i = 0; i < chunks; i++)
		chk.op.ext[1 + i / 2].chunk[i % 2].size = size;
}

/* TO_PORT with all that it can have: set-up, metadata, one entry. */
void
chk_to_port(uint32_t length)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc = (struct refdma_desc){
		.op = REFDMA_OP_TO_PORT, .ext = 3, .length = length, .dst = DEV_PORT(PORT_SINK),
		.flags = REFDMA_F_SETUP | REFDMA_F_META | REFDMA_F_SG | REFDMA_F_EOF, .param = 1,
	};
	chk.op.ext[0].setup = (struct refdma_setup){ .width = 4, .burst = 4 };
	chk.op.ext[1].meta = (struct refdma_meta){ .addr = chk.src, .length = 64 };
	chk.op.ext[2].sge[0] = (struct refdma_sge){ .addr = chk.src, .length = length };
}

void
chk_from_port(uint32_t length, uint16_t flags)
{
	memset(&chk.op, 0, sizeof(chk.op));
	chk.op.desc = (struct refdma_desc){
		.op = REFDMA_OP_FROM_PORT, .length = length, .flags = flags,
		.src = DEV_PORT(PORT_SOURCE), .dst = chk.dst,
		.ext = ((flags & REFDMA_F_SETUP) != 0) + ((flags & REFDMA_F_META) != 0),
	};
}
