/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The bus side of the device: translation of host addresses through a small cache, and moving
 * one contiguous segment from wherever it is to wherever it goes.
 */

#include <errno.h>
#include <string.h>

#include "model_internal.h"

void
model_tlb_flush(struct model_channel *ch, bool all)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; !all && i < ch->tlb_used; i++)
		if (!ch->tlb[i].transient)
			ch->tlb[kept++] = ch->tlb[i];
	ch->tlb_used = kept;
	ch->tlb_read = ch->tlb_write = 0;
	ch->transient = false;
}

static const struct refdma_model_region *
tlb_find(const struct model_channel *ch, uint64_t addr)
{
	for (unsigned int i = 0; i < ch->tlb_used; i++)
		if (addr - ch->tlb[i].addr < ch->tlb[i].length)
			return &ch->tlb[i];
	return NULL;
}

bool
model_tlb_transient(const struct model_channel *ch, uint64_t addr)
{
	const struct refdma_model_region *region = tlb_find(ch, addr);

	return region == NULL || region->transient;
}

static const struct refdma_model_region *
tlb_fill(struct refdma_model *m, struct model_channel *ch, uint64_t addr)
{
	struct refdma_model_region region = { 0 };
	unsigned int i;

	if (m->ops.translate(m->ctx, addr, &region) != 0)
		return NULL;
	if (addr - region.addr >= region.length || region.host == NULL ||
	    region.addr > m->address_limit)
		return NULL;
	/* What lies beyond ADDRESS_BITS is out of reach, whatever the host grants. */
	if (region.length - 1 > m->address_limit - region.addr)
		region.length = m->address_limit - region.addr + 1;
	if (addr - region.addr >= region.length)
		return NULL;
	if (ch->tlb_used < MODEL_TLB_ENTRIES)
		i = ch->tlb_used++;
	else
		i = ch->tlb_victim++ % MODEL_TLB_ENTRIES;
	ch->tlb[i] = region;
	ch->transient |= region.transient;
	return &ch->tlb[i];
}

/*
 * Host address to pointer. NULL and *code where it cannot be used; *code is SRC_ADDRESS or
 * DST_ADDRESS where nothing is mapped (SVA may still know it), PAGE_FAULT where the right is
 * missing. *span is the number of bytes that follow contiguously.
 */
void *
model_translate(struct refdma_model *m, struct model_channel *ch, uint64_t addr, uint32_t access,
		uint64_t *span, enum refdma_code *code)
{
	const struct refdma_model_region *region = tlb_find(ch, addr);

	if (region == NULL)
		region = tlb_fill(m, ch, addr);
	if (region == NULL) {
		*code = access == REFDMA_MODEL_READ ? REFDMA_CODE_SRC_ADDRESS :
						      REFDMA_CODE_DST_ADDRESS;
		return NULL;
	}
	if (access == REFDMA_MODEL_READ)
		ch->tlb_read = region - ch->tlb;
	else
		ch->tlb_write = region - ch->tlb;
	if ((region->access & access) != access) {
		*code = REFDMA_CODE_PAGE_FAULT;
		return NULL;
	}
	*span = region->length - (addr - region->addr);
	return (uint8_t *)region->host + (addr - region->addr);
}

/* One side of a step, resolved: memory in reach (ptr), SVA memory (neither), or a port. */
struct place {
	uint8_t *ptr;
	struct model_port *port;
	uint64_t addr;
};

static enum refdma_code
resolve_local(struct refdma_model *m, uint64_t addr, uint32_t *bytes, struct place *place,
	      enum refdma_code missing)
{
	uint64_t offset = addr - MODEL_LOCAL_BASE;

	if (addr < MODEL_LOCAL_BASE || offset >= m->conf.local_bytes)
		return missing;
	if (*bytes > m->conf.local_bytes - offset)
		*bytes = m->conf.local_bytes - offset;
	place->ptr = m->local + offset;
	return REFDMA_CODE_OK;
}

/* Find @p addr and cut *bytes to what is contiguous there. */
static enum refdma_code
resolve(struct refdma_model *m, struct model_channel *ch, const struct side *side, uint64_t addr,
	uint32_t access, uint32_t *bytes, struct place *place)
{
	enum refdma_code code = REFDMA_CODE_OK;
	uint64_t span;

	place->ptr = NULL;
	place->port = NULL;
	place->addr = addr;
	if (side->kind == SIDE_PORT) {
		place->port = side->port;
		return REFDMA_CODE_OK;
	}
	if (side->kind == SIDE_LOCAL)
		return resolve_local(m, addr, bytes, place, access == REFDMA_MODEL_READ ?
				     REFDMA_CODE_SRC_ADDRESS : REFDMA_CODE_DST_ADDRESS);
	if (addr > m->address_limit || *bytes - 1 > m->address_limit - addr)
		return REFDMA_CODE_ADDRESS;
	place->ptr = model_translate(m, ch, addr, access, &span, &code);
	if (place->ptr != NULL) {
		if (*bytes > span)
			*bytes = span;
		return REFDMA_CODE_OK;
	}
	if (code != REFDMA_CODE_PAGE_FAULT &&
	    (access == REFDMA_MODEL_READ ? m->ops.read != NULL : m->ops.write != NULL))
		return REFDMA_CODE_OK;
	return code;
}

static enum refdma_code
sva_read(struct refdma_model *m, uint64_t addr, void *buf, uint32_t bytes)
{
	int ret = m->ops.read(m->ctx, addr, buf, bytes);

	if (ret == 0)
		return REFDMA_CODE_OK;
	return ret == -EFAULT ? REFDMA_CODE_SRC_ADDRESS : REFDMA_CODE_READ;
}

static enum refdma_code
sva_write(struct refdma_model *m, uint64_t addr, const void *buf, uint32_t bytes)
{
	int ret = m->ops.write(m->ctx, addr, buf, bytes);

	if (ret == 0)
		return REFDMA_CODE_OK;
	return ret == -EFAULT ? REFDMA_CODE_DST_ADDRESS : REFDMA_CODE_WRITE;
}

static bool
ends_transfer(const struct cursor *cur, uint32_t bytes)
{
	return cur->desc.flags & REFDMA_F_EOF && cur->done + bytes == cur->length;
}

/* Bytes in the bounce buffer go where they belong. *bytes becomes what was taken. */
static enum refdma_code
from_bounce(struct refdma_model *m, struct model_channel *ch, struct cursor *cur,
	    const struct place *dst, uint32_t *bytes)
{
	if (dst->port != NULL) {
		*bytes = port_push(dst->port, ch->bounce, *bytes, ch->now, cur,
				   ends_transfer(cur, *bytes), &ch->wakes);
		return REFDMA_CODE_OK;
	}
	if (dst->ptr == NULL)
		return sva_write(m, dst->addr, ch->bounce, *bytes);
	memcpy(dst->ptr, ch->bounce, *bytes);
	return REFDMA_CODE_OK;
}

static enum refdma_code
fill_place(struct refdma_model *m, struct model_channel *ch, const struct cursor *cur,
	   const struct place *dst, uint32_t *bytes)
{
	unsigned int phase = cur->done % 8;
	uint64_t pattern = cur->desc.src;

	if (phase != 0)
		pattern = pattern >> (8 * phase) | pattern << (64 - 8 * phase);
	if (dst->ptr != NULL) {
		model_fill(dst->ptr, pattern, *bytes);
		return REFDMA_CODE_OK;
	}
	if (*bytes > MODEL_BOUNCE_BYTES)
		*bytes = MODEL_BOUNCE_BYTES;
	model_fill(ch->bounce, pattern, *bytes);
	return sva_write(m, dst->addr, ch->bounce, *bytes);
}

static enum refdma_code
copy_place(struct refdma_model *m, struct model_channel *ch, struct cursor *cur,
	   const struct place *src, const struct place *dst, uint32_t *bytes)
{
	enum refdma_code code = REFDMA_CODE_OK;

	if (src->ptr != NULL && dst->ptr != NULL) {
		/* Where they overlap, the content is undefined, but nothing worse. */
		memmove(dst->ptr, src->ptr, *bytes);
		return REFDMA_CODE_OK;
	}
	if (src->port != NULL && dst->ptr != NULL) {
		*bytes = port_pull(src->port, dst->ptr, *bytes, ch->now, cur, &ch->wakes);
		return REFDMA_CODE_OK;
	}
	if (src->ptr != NULL && dst->port != NULL) {
		*bytes = port_push(dst->port, src->ptr, *bytes, ch->now, cur,
				   ends_transfer(cur, *bytes), &ch->wakes);
		return REFDMA_CODE_OK;
	}
	if (src->port == NULL && src->ptr == NULL && dst->ptr != NULL)
		return sva_read(m, src->addr, dst->ptr, *bytes);
	if (src->ptr != NULL)
		return sva_write(m, dst->addr, src->ptr, *bytes);
	/* Neither end is plain memory: through the bounce buffer. */
	if (*bytes > MODEL_BOUNCE_BYTES)
		*bytes = MODEL_BOUNCE_BYTES;
	if (src->port != NULL)
		*bytes = port_pull(src->port, ch->bounce, *bytes, ch->now, cur, &ch->wakes);
	else
		code = sva_read(m, src->addr, ch->bounce, *bytes);
	if (code != REFDMA_CODE_OK || *bytes == 0)
		return code;
	return from_bounce(m, ch, cur, dst, bytes);
}

/* Begin a burst: how many bytes the port is ready for now. 0: not ready. */
static uint32_t
burst_begin(struct model_channel *ch, struct model_queue *q, struct cursor *cur)
{
	uint32_t want = cur->length - cur->done;
	bool last = want <= cur->burst;
	uint64_t deadline = REFDMA_MODEL_IDLE;

	if (want > cur->burst)
		want = cur->burst;
	if (cur->src.kind == SIDE_PORT)
		want = port_readable(cur->src.port, want, ch->now, ch->index, &deadline);
	if (want != 0 && cur->dst.kind == SIDE_PORT)
		want = port_writable(cur->dst.port, want,
				     last && cur->desc.flags & REFDMA_F_EOF, ch->now,
				     ch->index, &deadline);
	if (want == 0 && deadline < q->deadline)
		q->deadline = deadline;
	return want;
}

/*
 * Move the next piece of the operation in q->cur, at most to the next burst boundary. *bytes is
 * what moved; it may be 0 together with STEP_BLOCKED.
 */
enum step
move_segment(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	     uint32_t *bytes, enum refdma_code *code)
{
	struct cursor *cur = &q->cur;
	bool paced = cur->src.kind == SIDE_PORT || cur->dst.kind == SIDE_PORT;
	uint64_t src_addr, dst_addr;
	struct place src, dst;
	uint32_t n = cursor_segment(cur, &src_addr, &dst_addr);

	*bytes = 0;
	*code = REFDMA_CODE_OK;
	if (paced && ch->now == 0)
		ch->now = m->ops.now_ns(m->ctx);
	if (paced && cur->burst_left == 0) {
		cur->burst_left = burst_begin(ch, q, cur);
		if (cur->burst_left == 0)
			return STEP_BLOCKED;
	}
	if (n > MODEL_MEM_BURST)
		n = MODEL_MEM_BURST;
	if (paced && n > cur->burst_left)
		n = cur->burst_left;
	if (cur->period != 0 && n > cur->period_left)
		n = cur->period_left;
	if (cur->desc.op != REFDMA_OP_FILL)
		*code = resolve(m, ch, &cur->src, src_addr, REFDMA_MODEL_READ, &n, &src);
	if (*code == REFDMA_CODE_OK)
		*code = resolve(m, ch, &cur->dst, dst_addr, REFDMA_MODEL_WRITE, &n, &dst);
	if (*code != REFDMA_CODE_OK)
		return STEP_FAILED;
	if (cur->desc.op == REFDMA_OP_FILL)
		*code = fill_place(m, ch, cur, &dst, &n);
	else
		*code = copy_place(m, ch, cur, &src, &dst, &n);
	if (*code != REFDMA_CODE_OK)
		return STEP_FAILED;
	*bytes = n;
	if (paced)
		cur->burst_left = n == 0 ? 0 : cur->burst_left - n;
	return n == 0 ? STEP_BLOCKED : STEP_MOVED;
}

/* Small pieces that are not transfers: metadata. */
enum refdma_code
move_host_read(struct refdma_model *m, struct model_channel *ch, uint64_t addr, void *buf,
	       uint32_t bytes)
{
	const struct side host = { .kind = SIDE_HOST };
	enum refdma_code code;
	struct place place;
	uint32_t n;

	for (uint32_t done = 0; done < bytes; done += n) {
		n = bytes - done;
		code = resolve(m, ch, &host, addr + done, REFDMA_MODEL_READ, &n, &place);
		if (code != REFDMA_CODE_OK)
			return code;
		if (place.ptr != NULL)
			memcpy((uint8_t *)buf + done, place.ptr, n);
		else
			code = sva_read(m, addr + done, (uint8_t *)buf + done, n);
		if (code != REFDMA_CODE_OK)
			return code;
	}
	return REFDMA_CODE_OK;
}

enum refdma_code
move_host_write(struct refdma_model *m, struct model_channel *ch, uint64_t addr, const void *buf,
		uint32_t bytes)
{
	const struct side host = { .kind = SIDE_HOST };
	enum refdma_code code;
	struct place place;
	uint32_t n;

	for (uint32_t done = 0; done < bytes; done += n) {
		n = bytes - done;
		code = resolve(m, ch, &host, addr + done, REFDMA_MODEL_WRITE, &n, &place);
		if (code != REFDMA_CODE_OK)
			return code;
		if (place.ptr != NULL)
			memcpy(place.ptr, (const uint8_t *)buf + done, n);
		else
			code = sva_write(m, addr + done, (const uint8_t *)buf + done, n);
		if (code != REFDMA_CODE_OK)
			return code;
	}
	return REFDMA_CODE_OK;
}
