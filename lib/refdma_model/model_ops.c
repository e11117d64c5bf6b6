/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Descriptors: validation in the order of section 5.3, and the cursor that walks through an
 * operation segment by segment.
 */

#include <string.h>

#include "model_internal.h"

#define F_ANY	(REFDMA_F_FENCE | REFDMA_F_IRQ | REFDMA_F_STATUS | REFDMA_F_LOAD)
#define F_DEV	(REFDMA_F_SRC_DEV | REFDMA_F_DST_DEV)
#define F_PORT	(REFDMA_F_META | REFDMA_F_SETUP | REFDMA_F_SG | REFDMA_F_LOOP)

/* Section 5.2: which flags go with which operation. */
static const uint16_t allowed_flags[] = {
	[REFDMA_OP_NOP] = F_ANY,
	[REFDMA_OP_COPY] = F_ANY | F_DEV | REFDMA_F_LOOP,
	[REFDMA_OP_FILL] = F_ANY | REFDMA_F_DST_DEV,
	[REFDMA_OP_COPY_SG] = F_ANY | F_DEV | REFDMA_F_LOOP,
	[REFDMA_OP_INTERLEAVED] = F_ANY | F_DEV | REFDMA_F_LOOP,
	[REFDMA_OP_TO_PORT] = F_ANY | F_PORT | REFDMA_F_EOF,
	[REFDMA_OP_FROM_PORT] = F_ANY | F_PORT | REFDMA_F_STOP_EOF,
};

#define NB_OPS (sizeof(allowed_flags) / sizeof(allowed_flags[0]))

static uint32_t
param_count(const struct refdma_desc *desc, unsigned int shift)
{
	return desc->param >> shift & REFDMA_PARAM_COUNT_MASK;
}

/* Entries of 16 bytes that the descriptor says it has. */
static uint32_t
entry_count(const struct refdma_desc *desc)
{
	uint32_t count = param_count(desc, REFDMA_PARAM_NB_SRC_SHIFT);

	switch (desc->op) {
	case REFDMA_OP_COPY_SG:
		return count + param_count(desc, REFDMA_PARAM_NB_DST_SHIFT);
	case REFDMA_OP_INTERLEAVED:
		return count;
	case REFDMA_OP_TO_PORT:
	case REFDMA_OP_FROM_PORT:
		return desc->flags & REFDMA_F_SG ? count : 0;
	default:
		return 0;
	}
}

static enum refdma_code
check_flags(const struct refdma_desc *desc)
{
	if (desc->op >= NB_OPS)
		return REFDMA_CODE_OPCODE;
	if (desc->flags & ~allowed_flags[desc->op])
		return REFDMA_CODE_FLAGS;
	if (desc->flags & REFDMA_F_LOOP && desc->flags & REFDMA_F_STOP_EOF)
		return REFDMA_CODE_FLAGS;
	return REFDMA_CODE_OK;
}

static enum refdma_code
check_chain(const struct model_queue *q, const struct refdma_desc *desc)
{
	uint32_t slots = (entry_count(desc) + 1) / 2;

	slots += (desc->flags & REFDMA_F_SETUP) != 0;
	slots += (desc->flags & REFDMA_F_META) != 0;
	slots += desc->op == REFDMA_OP_INTERLEAVED;
	if (desc->ext != slots || 1 + slots > q->tail - q->head)
		return REFDMA_CODE_CHAIN;
	return REFDMA_CODE_OK;
}

static bool
count_ok(const struct refdma_model *m, uint32_t count)
{
	return count >= 1 && count <= m->conf.max_sge;
}

static enum refdma_code
check_counts(const struct refdma_model *m, const struct refdma_desc *desc)
{
	uint32_t src = param_count(desc, REFDMA_PARAM_NB_SRC_SHIFT);
	uint32_t dst = param_count(desc, REFDMA_PARAM_NB_DST_SHIFT);
	bool ok = true;

	if (desc->op == REFDMA_OP_COPY_SG)
		ok = count_ok(m, src) && count_ok(m, dst);
	else if (desc->op == REFDMA_OP_INTERLEAVED || desc->flags & REFDMA_F_SG)
		ok = count_ok(m, src);
	return ok ? REFDMA_CODE_OK : REFDMA_CODE_SG_COUNT;
}

/* Copy the extension slots, so that the host cannot change what was validated. */
static bool
read_extension(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	       struct cursor *cur, struct refdma_setup *setup)
{
	uint32_t slot = q->head + 1, entries = entry_count(&cur->desc);
	const struct refdma_desc *ext;

	memset(setup, 0, sizeof(*setup));
	for (uint32_t left = cur->desc.ext, entry = 0, part = 0; left > 0; left--, slot++) {
		ext = queue_slot(m, ch, q, slot);
		if (ext == NULL)
			return false;
		if (part < 1 && cur->desc.flags & REFDMA_F_SETUP) {
			slot_copy(setup, ext);
			part = 1;
		} else if (part < 2 && cur->desc.flags & REFDMA_F_META) {
			slot_copy(&cur->meta_slot, ext);
			part = 2;
		} else if (part < 3 && cur->desc.op == REFDMA_OP_INTERLEAVED) {
			slot_copy(&cur->frame, ext);
			part = 3;
		} else if (entry < entries) {
			slot_copy(&cur->entries[entry], ext);
			entry += 2;
		}
	}
	return true;
}

static enum refdma_code
sum_entries(const struct cursor *cur, uint32_t first, uint32_t count, uint64_t *sum)
{
	*sum = 0;
	for (uint32_t i = first; i < first + count; i++) {
		if (cur->entries[i].length == 0)
			return REFDMA_CODE_LENGTH_ZERO;
		*sum += cur->entries[i].length;
	}
	return REFDMA_CODE_OK;
}

static enum refdma_code
sum_chunks(const struct cursor *cur, uint64_t *sum)
{
	const struct refdma_chunk *chunk = (const struct refdma_chunk *)cur->entries;
	uint32_t count = param_count(&cur->desc, REFDMA_PARAM_NB_SRC_SHIFT);

	*sum = 0;
	if (cur->frame.chunks != count)
		return REFDMA_CODE_SG_COUNT;
	if (cur->frame.frames == 0)
		return REFDMA_CODE_LENGTH_ZERO;
	for (uint32_t i = 0; i < count; i++) {
		if (chunk[i].size == 0)
			return REFDMA_CODE_LENGTH_ZERO;
		*sum += chunk[i].size;
	}
	/* At most 64 * 2^32 * 2^32: the product may not fit, the limit settles it. */
	if (*sum > UINT32_MAX)
		*sum = UINT32_MAX;
	*sum *= cur->frame.frames;
	return REFDMA_CODE_OK;
}

static enum refdma_code
check_length(const struct refdma_model *m, struct cursor *cur)
{
	const struct refdma_desc *desc = &cur->desc;
	uint64_t length = desc->length, other = length;
	enum refdma_code code = REFDMA_CODE_OK;

	if (desc->op == REFDMA_OP_NOP)
		return REFDMA_CODE_OK;
	if (desc->op == REFDMA_OP_COPY_SG) {
		code = sum_entries(cur, cur->src.first, cur->src.count, &length);
		if (code == REFDMA_CODE_OK)
			code = sum_entries(cur, cur->dst.first, cur->dst.count, &other);
	} else if (desc->op == REFDMA_OP_INTERLEAVED) {
		code = sum_chunks(cur, &length);
		other = length;
	} else if (desc->flags & REFDMA_F_SG) {
		code = sum_entries(cur, 0, param_count(desc, REFDMA_PARAM_NB_SRC_SHIFT), &other);
	}
	if (code != REFDMA_CODE_OK)
		return code;
	if (length == 0)
		return REFDMA_CODE_LENGTH_ZERO;
	if (length > m->conf.max_length || other > m->conf.max_length)
		return REFDMA_CODE_LENGTH_LIMIT;
	if (length != other)
		return REFDMA_CODE_LENGTH_MISMATCH;
	cur->length = length;
	return REFDMA_CODE_OK;
}

/* Section 9: what a device address means. */
static enum refdma_code
side_device(struct refdma_model *m, struct side *side, uint64_t addr, bool write)
{
	bool in_area;

	side->port = port_at(m, addr, &in_area);
	side->kind = in_area ? SIDE_PORT : SIDE_LOCAL;
	if (!in_area)
		return REFDMA_CODE_OK;
	if (side->port == NULL ||
	    side->port->type == (write ? REFDMA_PORT_SOURCE : REFDMA_PORT_SINK))
		return REFDMA_CODE_PORT;
	return REFDMA_CODE_OK;
}

static enum refdma_code
check_sides(struct refdma_model *m, struct cursor *cur)
{
	const struct refdma_desc *desc = &cur->desc;
	enum refdma_code code = REFDMA_CODE_OK;

	if (desc->op == REFDMA_OP_TO_PORT || desc->op == REFDMA_OP_FROM_PORT) {
		struct side *side = desc->op == REFDMA_OP_TO_PORT ? &cur->dst : &cur->src;

		code = side_device(m, side, side->addr, side == &cur->dst);
		return side->kind == SIDE_PORT ? code : REFDMA_CODE_PORT;
	}
	if (desc->op == REFDMA_OP_COPY_SG) {
		/* Each entry is looked up on its own, and only in local memory. */
		cur->src.kind = desc->flags & REFDMA_F_SRC_DEV ? SIDE_LOCAL : SIDE_HOST;
		cur->dst.kind = desc->flags & REFDMA_F_DST_DEV ? SIDE_LOCAL : SIDE_HOST;
		return REFDMA_CODE_OK;
	}
	if (desc->flags & REFDMA_F_SRC_DEV)
		code = side_device(m, &cur->src, desc->src, false);
	if (code == REFDMA_CODE_OK && desc->flags & REFDMA_F_DST_DEV)
		code = side_device(m, &cur->dst, desc->dst, true);
	if (code == REFDMA_CODE_OK && desc->op == REFDMA_OP_FILL && cur->dst.kind == SIDE_PORT)
		code = REFDMA_CODE_PORT;
	return code;
}

/* Word, burst and period, where a side is a port. */
static enum refdma_code
check_port_setup(struct cursor *cur, const struct refdma_setup *setup)
{
	struct model_port *port = cur->src.kind == SIDE_PORT ? cur->src.port :
				  cur->dst.kind == SIDE_PORT ? cur->dst.port : NULL;
	uint32_t width, burst;

	if (port == NULL)
		return REFDMA_CODE_OK;
	pthread_mutex_lock(&port->lock);
	width = setup->width != 0 ? setup->width : port->width;
	burst = setup->burst != 0 ? setup->burst : port->burst;
	pthread_mutex_unlock(&port->lock);
	if (width == 0 || width > 128 || (width & (width - 1)) != 0 || burst == 0 ||
	    width > port->fifo_size / 2)
		return REFDMA_CODE_ALIGNMENT;
	if (cur->length % width != 0 || setup->period % width != 0)
		return REFDMA_CODE_ALIGNMENT;
	cur->burst = width * burst;
	/* A burst over half a FIFO could wait for ever, when another side waits likewise. */
	if (cur->burst > port->fifo_size / 2)
		cur->burst = port->fifo_size / 2 / width * width;
	if (cur->desc.op == REFDMA_OP_COPY)
		cur->desc.flags |= cur->dst.kind == SIDE_PORT ? REFDMA_F_EOF : 0;
	if (cur->desc.flags & REFDMA_F_LOOP)
		cur->period = setup->period;
	return REFDMA_CODE_OK;
}

static enum refdma_code
check_meta(struct refdma_model *m, struct model_channel *ch, struct cursor *cur)
{
	if (!(cur->desc.flags & REFDMA_F_META))
		return REFDMA_CODE_OK;
	if (cur->meta_slot.length == 0)
		return REFDMA_CODE_META;
	if (cur->desc.op == REFDMA_OP_FROM_PORT)
		return REFDMA_CODE_OK;
	if (cur->meta_slot.length > MODEL_META_MAX || !(cur->desc.flags & REFDMA_F_EOF))
		return REFDMA_CODE_META;
	cur->meta_length = cur->meta_slot.length;
	cur->has_meta = true;
	return move_host_read(m, ch, cur->meta_slot.addr, cur->meta, cur->meta_length);
}

static void
place_sides(struct cursor *cur)
{
	const struct refdma_desc *desc = &cur->desc;
	uint32_t count = param_count(desc, REFDMA_PARAM_NB_SRC_SHIFT);

	cur->src = (struct side){ .kind = SIDE_HOST, .addr = desc->src };
	cur->dst = (struct side){ .kind = SIDE_HOST, .addr = desc->dst };
	if (desc->op == REFDMA_OP_COPY_SG) {
		cur->src.count = count;
		cur->dst.first = count;
		cur->dst.count = param_count(desc, REFDMA_PARAM_NB_DST_SHIFT);
	} else if (desc->flags & REFDMA_F_SG) {
		struct side *side = desc->op == REFDMA_OP_TO_PORT ? &cur->src : &cur->dst;

		side->count = count;
	}
}

/*
 * In parts: a longer constant size becomes a string instruction, and its start-up took 40 % of the
 * time of a short fill. Metadata and entries are read only where they were written.
 */
static void
cursor_clear(struct cursor *cur)
{
	memset(cur, 0, offsetof(struct cursor, src));
	cur->src = (struct side){ 0 };
	cur->dst = (struct side){ 0 };
	memset(&cur->frame, 0, offsetof(struct cursor, meta) - offsetof(struct cursor, frame));
}

/*
 * Take the descriptor at q->head into @p cur and check it. Whatever the result, cur->slots says how
 * many slots it occupies and cur->desc.flags how its end is reported.
 */
enum refdma_code
cursor_start(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	     struct cursor *cur)
{
	const struct refdma_desc *slot = queue_slot(m, ch, q, q->head);
	struct refdma_setup setup;
	enum refdma_code code;

	cursor_clear(cur);
	if (slot == NULL)
		return REFDMA_CODE_DESC_READ;
	slot_copy(&cur->desc, slot);
	cur->slots = 1u + cur->desc.ext;
	if (cur->slots > q->tail - q->head)
		cur->slots = q->tail - q->head;
	code = check_flags(&cur->desc);
	if (code == REFDMA_CODE_OK)
		code = check_chain(q, &cur->desc);
	if (code == REFDMA_CODE_OK)
		code = check_counts(m, &cur->desc);
	if (code == REFDMA_CODE_OK && !read_extension(m, ch, q, cur, &setup))
		code = REFDMA_CODE_DESC_READ;
	if (code != REFDMA_CODE_OK)
		return code;
	place_sides(cur);
	code = check_length(m, cur);
	if (code == REFDMA_CODE_OK)
		code = check_sides(m, cur);
	if (code == REFDMA_CODE_OK)
		code = check_port_setup(cur, &setup);
	if (code == REFDMA_CODE_OK)
		code = check_meta(m, ch, cur);
	if (code == REFDMA_CODE_OK)
		cursor_rewind(cur);
	return code;
}

/* To the first byte of a lap. */
void
cursor_rewind(struct cursor *cur)
{
	cur->active = true;
	cur->done = 0;
	cur->burst_left = 0;
	cur->period_left = cur->period;
	cur->chunk = 0;
	cur->chunk_done = 0;
	cur->src.position = cur->src.addr;
	cur->dst.position = cur->dst.addr;
	cur->src.entry = cur->dst.entry = 0;
	cur->src.offset = cur->dst.offset = 0;
}

static uint32_t
side_segment(const struct cursor *cur, const struct side *side, uint32_t bytes, uint64_t *addr)
{
	const struct refdma_sge *entry;

	if (side->count == 0) {
		*addr = side->addr + cur->done;
		return bytes;
	}
	entry = &cur->entries[side->first + side->entry];
	*addr = entry->addr + side->offset;
	return bytes < entry->length - side->offset ? bytes : entry->length - side->offset;
}

/* The next contiguous piece: its addresses, and its length as the result. */
uint32_t
cursor_segment(const struct cursor *cur, uint64_t *src, uint64_t *dst)
{
	uint32_t bytes = cur->length - cur->done;
	const struct refdma_chunk *chunk;

	if (cur->desc.op == REFDMA_OP_INTERLEAVED) {
		chunk = (const struct refdma_chunk *)&cur->entries[cur->chunk];
		*src = cur->src.position + cur->chunk_done;
		*dst = cur->dst.position + cur->chunk_done;
		return chunk->size - cur->chunk_done;
	}
	bytes = side_segment(cur, &cur->src, bytes, src);
	return side_segment(cur, &cur->dst, bytes, dst);
}

static void
side_advance(const struct cursor *cur, struct side *side, uint32_t bytes)
{
	if (side->count == 0)
		return;
	side->offset += bytes;
	if (side->offset == cur->entries[side->first + side->entry].length) {
		side->entry++;
		side->offset = 0;
	}
}

/* @p bytes of the segment have moved. */
void
cursor_advance(struct cursor *cur, uint32_t bytes)
{
	const struct refdma_chunk *chunk;

	cur->done += bytes;
	if (cur->desc.op != REFDMA_OP_INTERLEAVED) {
		side_advance(cur, &cur->src, bytes);
		side_advance(cur, &cur->dst, bytes);
		return;
	}
	chunk = (const struct refdma_chunk *)&cur->entries[cur->chunk];
	cur->chunk_done += bytes;
	if (cur->chunk_done < chunk->size)
		return;
	cur->chunk_done = 0;
	if (cur->frame.flags & REFDMA_FRAME_SRC_INC)
		cur->src.position += (uint64_t)chunk->size + chunk->src_gap;
	if (cur->frame.flags & REFDMA_FRAME_DST_INC)
		cur->dst.position += (uint64_t)chunk->size + chunk->dst_gap;
	if (++cur->chunk == cur->frame.chunks)
		cur->chunk = 0;
}
