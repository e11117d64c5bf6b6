/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A libFuzzer target for the device model. The input is a script: what the host writes to
 * registers, memory and doorbells, and when the engines run and time passes. Besides what the
 * sanitizers see, the target checks that memory without the right to write keeps its content, that
 * pages around the granted memory are not touched, and that registers hold what they can.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "refdma_hw.h"
#include "refdma_model.h"

#define CHANNELS 2u
#define QUEUES 2u
#define RING_LOG2 5u
#define ARENA UINT64_C(0x100000000)
#define ARENA_BYTES 0x18000u	/* more than the longest plain copy: both ways to check */
#define SECOND_AREA (ARENA + ARENA_BYTES)	/* a neighbour on the bus, not in this process */
#define SECOND_BYTES 4096u
#define READ_ONLY UINT64_C(0x200000000)
#define READ_ONLY_BYTES 4096u
#define SVA UINT64_C(0x7f0000000000)
#define SVA_BYTES 8192u
#define PAGE 4096u
#define READ_WRITE (REFDMA_MODEL_READ | REFDMA_MODEL_WRITE)
/* Where the queues' memory begins in the arena, and how far they are apart. */
#define QUEUE_MEMORY 0x8000u
#define QUEUE_STRIDE 0x1000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The script, read from its front; past its end all is zero. */
struct script {
	const uint8_t *data;
	size_t left;
};

struct surroundings {
	uint8_t *arena, *second, *read_only;
	uint8_t sva[SVA_BYTES];
	uint64_t now_ns;
	uint32_t vectors;
	uint32_t tail[CHANNELS][QUEUES];
};

static uint64_t
take(struct script *script, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes && script->left > 0; i++, script->left--)
		value |= (uint64_t)*script->data++ << i * 8;
	return value;
}

/* A finding: the sanitizers print where. */
static void
require(bool holds)
{
	if (!holds)
		__builtin_trap();
}

/* Memory with a page without access on each side. */
static uint8_t *
guarded(size_t bytes)
{
	uint8_t *all = mmap(NULL, bytes + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED || mprotect(all + PAGE, bytes, PROT_READ | PROT_WRITE) != 0)
		abort();
	return all + PAGE;
}

static int
translate(void *ctx, uint64_t addr, struct refdma_model_region *region)
{
	struct surroundings *around = ctx;
	const struct refdma_model_region areas[] = {
		{ ARENA, ARENA_BYTES, around->arena, READ_WRITE, false },
		{ SECOND_AREA, SECOND_BYTES, around->second, READ_WRITE, true },
		{ READ_ONLY, READ_ONLY_BYTES, around->read_only, REFDMA_MODEL_READ, false },
	};

	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		if (addr - areas[i].addr < areas[i].length) {
			*region = areas[i];
			return 0;
		}
	return -EFAULT;
}

static int
sva_read(void *ctx, uint64_t addr, void *buf, size_t length)
{
	struct surroundings *around = ctx;

	if (addr - SVA >= SVA_BYTES || length > SVA_BYTES - (addr - SVA))
		return -EFAULT;
	memcpy(buf, around->sva + (addr - SVA), length);
	return 0;
}

static int
sva_write(void *ctx, uint64_t addr, const void *buf, size_t length)
{
	struct surroundings *around = ctx;

	if (addr - SVA >= SVA_BYTES || length > SVA_BYTES - (addr - SVA))
		return -EIO;
	memcpy(around->sva + (addr - SVA), buf, length);
	return 0;
}

static uint64_t
now_ns(void *ctx)
{
	return ((struct surroundings *)ctx)->now_ns;
}

static void
interrupt(void *ctx, unsigned int vector)
{
	(void)ctx;
	require(vector <= REFDMA_Q_IRQ_VECTOR_MASK);
}

static void
wake(void *ctx, unsigned int channel)
{
	(void)ctx;
	require(channel < CHANNELS);
}

static uint64_t
queue_base(unsigned int channel, unsigned int queue)
{
	return REFDMA_CHANNEL_BASE + channel * REFDMA_CHANNEL_STRIDE + REFDMA_QUEUE_BASE +
	       queue * REFDMA_QUEUE_STRIDE;
}

static void
write_reg(struct refdma_model *model, uint64_t offset, unsigned int size, uint64_t value)
{
	refdma_model_write(model, REFDMA_BAR_REGS, offset, size, value);
}

/* Where queue memory stands in the arena. */
static uint32_t
ring_offset(unsigned int channel, unsigned int queue)
{
	return QUEUE_MEMORY + (channel * QUEUES + queue) * QUEUE_STRIDE;
}

/* Bring a queue up as a driver does, so that scripts get beyond that soon. */
static void
enable_queue(struct refdma_model *model, struct surroundings *around, unsigned int channel,
	     unsigned int queue, uint32_t config)
{
	uint64_t base = queue_base(channel, queue);
	uint64_t ring = ARENA + ring_offset(channel, queue);

	write_reg(model, base + REFDMA_Q_CTRL, 4, REFDMA_Q_CTRL_RESET);
	refdma_model_run(model, channel);
	write_reg(model, base + REFDMA_Q_RING_BASE, 8, ring);
	write_reg(model, base + REFDMA_Q_STS_BASE, 8, ring + 0x800);
	write_reg(model, base + REFDMA_Q_CPL_BASE, 8, ring + 0xc00);
	write_reg(model, base + REFDMA_Q_RING_LOG2, 4, RING_LOG2);
	write_reg(model, base + REFDMA_Q_CONFIG, 4, config);
	write_reg(model, base + REFDMA_Q_CTRL, 4, REFDMA_Q_CTRL_ENABLE);
	refdma_model_run(model, channel);
	around->tail[channel][queue] = 0;
}

/* Addresses that lead somewhere: what they select is in the top byte, the rest is an offset. */
static uint64_t
somewhere(uint64_t raw)
{
	uint64_t offset = raw & 0xffff;

	switch (raw >> 56) {
	case 0: return ARENA + offset % QUEUE_MEMORY;
	case 1: return ARENA + (raw & 0x1ffff);
	case 2: return SECOND_AREA + offset % SECOND_BYTES;
	case 3: return READ_ONLY + offset % READ_ONLY_BYTES;
	case 4: return SVA + offset % SVA_BYTES;
	case 5: return UINT64_C(0x40000000) + (raw & 0xfffff);
	case 6: return UINT64_C(0x80000000) + (raw & 0x3fff);
	default: return raw;
	}
}

static void
put_slot(struct surroundings *around, unsigned int channel, unsigned int queue, const void *slot)
{
	uint32_t index = around->tail[channel][queue]++ & ((1u << RING_LOG2) - 1);

	memcpy(around->arena + ring_offset(channel, queue) + index * REFDMA_SLOT_SIZE, slot,
	       REFDMA_SLOT_SIZE);
}

static void
put_desc(struct script *script, struct surroundings *around, unsigned int channel,
	 unsigned int queue)
{
	struct refdma_desc desc = {
		.op = (uint8_t)take(script, 1),
		.ext = (uint8_t)take(script, 1),
		.flags = (uint16_t)take(script, 2),
		.length = (uint32_t)take(script, 4),
		.src = take(script, 8),
		.dst = somewhere(take(script, 8)),
		.param = take(script, 8),
	};

	if (desc.op != REFDMA_OP_FILL)
		desc.src = somewhere(desc.src);
	put_slot(around, channel, queue, &desc);
}

/* Any extension slot; the first word is an address in most of them. */
static void
put_extension(struct script *script, struct surroundings *around, unsigned int channel,
	      unsigned int queue)
{
	bool entries = take(script, 1) & 1;
	uint64_t words[4] = {
		take(script, 8), take(script, 8), take(script, 8), take(script, 8)
	};

	if (entries) {
		words[0] = somewhere(words[0]);
		words[2] = somewhere(words[2]);
	}
	put_slot(around, channel, queue, words);
}

static uint64_t
pick_offset(struct script *script)
{
	uint64_t pick = take(script, 1), offset = take(script, 1);

	switch (pick & 3) {
	case 0: return offset;
	case 1: return REFDMA_CHANNEL_BASE + (pick >> 2 & 1) * REFDMA_CHANNEL_STRIDE + offset;
	case 2: return queue_base(pick >> 2 & 1, pick >> 3 & 1) + offset;
	default: return REFDMA_PORT_REG_BASE + (pick >> 2 & 3) * REFDMA_PORT_REG_STRIDE + offset;
	}
}

static void
ring_doorbell(struct refdma_model *model, unsigned int channel, unsigned int queue, uint32_t value)
{
	uint8_t *pages = refdma_model_doorbells(model, NULL);

	memcpy(pages + channel * REFDMA_DOORBELL_PAGE_SIZE + queue * REFDMA_DOORBELL_STRIDE, &value,
	       sizeof(value));
}

static void
check_registers(struct refdma_model *model)
{
	for (unsigned int c = 0; c < CHANNELS; c++)
		for (unsigned int q = 0; q < QUEUES; q++) {
			uint64_t status = refdma_model_read(model, REFDMA_BAR_REGS,
							    queue_base(c, q) + REFDMA_Q_STATUS, 4);

			if (status == UINT32_MAX)
				return;		/* removed */
			require((status & REFDMA_Q_STATUS_STATE_MASK) <= REFDMA_STATE_HALTED);
			require((status & ~UINT64_C(0xff030f)) == 0);
		}
}

/* One line of the script. */
static void
step(struct refdma_model *model, struct surroundings *around, struct script *script)
{
	uint8_t op = (uint8_t)take(script, 1);
	unsigned int channel = op >> 4 & 1, queue = op >> 5 & 1;
	uint32_t offset;

	switch (op & 0xf) {
	case 0:
		offset = (uint32_t)pick_offset(script);
		write_reg(model, offset, op & 0x80 ? 8 : 4, take(script, op & 0x80 ? 8 : 4));
		break;
	case 1:
		refdma_model_read(model, op & 0x80 ? REFDMA_BAR_DOORBELL : REFDMA_BAR_REGS,
				  pick_offset(script), 1u << (op >> 5 & 3));
		break;
	case 2:
		offset = (uint32_t)take(script, 2);
		for (uint32_t n = (uint32_t)take(script, 1); n > 0; n--, offset++)
			around->arena[offset % ARENA_BYTES] = (uint8_t)take(script, 1);
		break;
	case 3: put_desc(script, around, channel, queue); break;
	case 4: put_extension(script, around, channel, queue); break;
	case 5: ring_doorbell(model, channel, queue, around->tail[channel][queue]); break;
	case 6: ring_doorbell(model, channel, queue, (uint32_t)take(script, 4)); break;
	case 7: enable_queue(model, around, channel, queue, op >> 6); break;
	case 8: around->now_ns += take(script, op >> 5); break;
	case 9:
		write_reg(model, queue_base(channel, queue) + REFDMA_Q_CTRL, 4, take(script, 1));
		break;
	case 10: refdma_model_set_asleep(model, channel, op >> 7); break;
	case 11: refdma_model_invalidate(model); break;
	case 12: refdma_model_reset(model); break;
	default:
		for (unsigned int n = 1 + (op >> 6); n > 0; n--)
			refdma_model_run(model, channel);
		check_registers(model);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct refdma_model_conf conf = {
		.channels = CHANNELS, .queues = QUEUES, .local_bytes = 65536, .max_length = 1 << 20,
		/* All ways of copying take their turn; the same script always has the same. */
		.vector_bytes = 16u << size % 3, .fetched = size % 2,
	};
	static const struct refdma_model_ops ops = {
		translate, sva_read, sva_write, now_ns, interrupt, wake
	};
	static struct surroundings around;
	struct script script = { data, size };
	struct refdma_model *model = NULL;

	if (around.arena == NULL) {
		around.arena = guarded(ARENA_BYTES);
		around.second = guarded(SECOND_BYTES);
		around.read_only = guarded(READ_ONLY_BYTES);
	}
	/* Each script starts from the same place. */
	memset(around.arena, 0x5a, ARENA_BYTES);
	memset(around.second, 0x5b, SECOND_BYTES);
	memset(around.read_only, 0x5c, READ_ONLY_BYTES);
	memset(around.sva, 0x5d, sizeof(around.sva));
	memset(around.tail, 0, sizeof(around.tail));
	around.now_ns = 0;
	require(refdma_model_create(&conf, &ops, &around, &model) == 0);
	while (script.left > 0)
		step(model, &around, &script);
	for (unsigned int c = 0; c < CHANNELS; c++)
		refdma_model_run(model, c);
	check_registers(model);
	refdma_model_destroy(model);
	for (unsigned int i = 0; i < READ_ONLY_BYTES; i++)
		require(around.read_only[i] == 0x5c);
	return 0;
}
