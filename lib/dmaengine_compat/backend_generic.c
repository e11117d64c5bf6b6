/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Any dmadev, through rte_dma_*() only. Whatever is not one device operation is made of copies:
 * the cursor says how far a descriptor has been fed, so nothing is stored per copy but its length.
 *
 * Slaves: where the vchans are memory-to-device or device-to-memory, the slave address is the
 * device's and a segment is one copy. On memory-to-memory vchans it is memory of the process, used
 * as a peripheral's registers are: each word goes to the same address, or, with a port window,
 * through the words of the window in turn.
 */

#include <errno.h>

#include <rte_memory.h>

#include "engine.h"

#define PERIOD_END	RTE_BIT32(31)	/* in op_len: the operation ends a period */
#define PERIODS_AHEAD	8u		/* software cyclic: periods given to the device at once */

static int
generic_probe(struct engine_dev *dev)
{
	struct dma_device *dma = &dev->dma;
	uint64_t capa = dev->info.dev_capa;

	if (!(capa & RTE_DMA_CAPA_OPS_COPY))
		return -ENOTSUP;
	if (dev->conf.direction == DMAENGINE_COMPAT_MEM_TO_MEM) {
		dma_cap_set(DMA_MEMCPY, dma->cap_mask);
		dma_cap_set(DMA_INTERLEAVE, dma->cap_mask);
		if (capa & RTE_DMA_CAPA_OPS_FILL)
			dma_cap_set(DMA_MEMSET, dma->cap_mask);
		dma->directions = BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM);
	} else {
		dma->directions = dev->conf.direction == DMAENGINE_COMPAT_MEM_TO_DEV ?
				  BIT(DMA_MEM_TO_DEV) : BIT(DMA_DEV_TO_MEM);
	}
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma_cap_set(DMA_CYCLIC, dma->cap_mask);
	dma_cap_set(DMA_INTERRUPT, dma->cap_mask);
	dma->src_addr_widths = dma->dst_addr_widths = BIT(1) | BIT(2) | BIT(4) | BIT(8) | BIT(16);
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_SEGMENT;
	dma->descriptor_reuse = true;
	dev->max_len = UINT32_C(1) << 30;
	return 0;
}

/* B66: a plain dmadev has no settings of its own, so no size of them is right. Without a pointer
 * the size is an unused field (B47).
 */
static int
generic_config(struct engine_chan *ch, const struct dma_slave_config *config)
{
	if (config->peripheral_config == NULL)
		return 0;
	ENGINE_LOG(ERR, "%s: peripheral_config: the generic backend has no settings of a "
		   "controller; leave it NULL", dma_chan_name(&ch->chan));
	return -EINVAL;
}

/* Can the process reach the slave address? */
static bool
generic_prep_ok(struct engine_chan *ch, struct engine_desc *desc)
{
	if (desc->op == ENGINE_OP_INTERLEAVED)
		return desc->dir == DMA_MEM_TO_MEM;
	if (!(ch->dev->dma.directions & BIT(desc->dir)) || desc->slave_addr == 0)
		return false;
	if (desc->width == 0)
		desc->width = 1;
	if (desc->len % desc->width != 0)
		return false;
	if (ch->dev->conf.direction != DMAENGINE_COMPAT_MEM_TO_MEM || ch->dev->sva)
		return true;
	return rte_mem_iova2virt(desc->slave_addr) != NULL;	/* VA mode: the same addresses */
}

/* One copy that could be fed: the next piece of the descriptor. */
struct piece {
	uint64_t src, dst;
	uint32_t len;
};

/* Words of a slave in memory: as many as the window has are contiguous. */
static uint32_t
window_piece(const struct engine_chan *ch, const struct engine_desc *desc, uint32_t len)
{
	uint32_t window = desc->width * (desc->window != 0 ? desc->window : 1);

	if (ch->dev->conf.direction != DMAENGINE_COMPAT_MEM_TO_MEM)
		return len;
	window -= desc->cursor.done % window;
	return RTE_MIN(len, window);
}

static struct piece
slave_piece(const struct engine_chan *ch, struct engine_desc *desc)
{
	const struct engine_cursor *at = &desc->cursor;
	const struct engine_seg *seg = engine_seg_at(ch, desc, at->seg);
	uint32_t window = desc->width * (desc->window != 0 ? desc->window : 1);
	uint64_t slave = desc->slave_addr, mem = seg->addr + at->offset;
	uint32_t len = window_piece(ch, desc, RTE_MIN(seg->len - at->offset, ch->dev->max_len));

	if (desc->op == ENGINE_OP_CYCLIC)
		len = RTE_MIN(len, desc->period - at->done % desc->period);
	if (ch->dev->conf.direction == DMAENGINE_COMPAT_MEM_TO_MEM)
		slave += at->done % window;
	return desc->dir == DMA_MEM_TO_DEV ? (struct piece){ mem, slave, len } :
					     (struct piece){ slave, mem, len };
}

static struct piece
next_piece(const struct engine_chan *ch, struct engine_desc *desc)
{
	const struct engine_cursor *at = &desc->cursor;

	if (desc->op == ENGINE_OP_SLAVE || desc->op == ENGINE_OP_CYCLIC)
		return slave_piece(ch, desc);
	if (desc->op == ENGINE_OP_INTERLEAVED) {
		const struct engine_seg *chunk = engine_seg_at(ch, desc, at->seg);

		return (struct piece){
			.src = desc->src + at->src + at->offset,
			.dst = desc->dst + at->dst + at->offset,
			.len = RTE_MIN(chunk->len - at->offset, ch->dev->max_len),
		};
	}
	return (struct piece){
		.src = desc->op == ENGINE_OP_MEMSET ? desc->src : desc->src + at->done,
		.dst = desc->dst + at->done,
		.len = RTE_MIN(desc->len - at->done, ch->dev->max_len),
	};
}

static void
end_chunk(struct engine_desc *desc, const struct engine_seg *chunk)
{
	struct engine_cursor *at = &desc->cursor;

	if (desc->src_inc)
		at->src += (uint64_t)chunk->len + chunk->src_gap;
	if (desc->dst_inc)
		at->dst += (uint64_t)chunk->len + chunk->dst_gap;
}

static void
advance(const struct engine_chan *ch, struct engine_desc *desc, uint32_t len)
{
	struct engine_cursor *at = &desc->cursor;
	const struct engine_seg *seg;

	at->done += len;
	if (desc->op == ENGINE_OP_MEMCPY || desc->op == ENGINE_OP_MEMSET)
		return;
	seg = engine_seg_at(ch, desc, at->seg);
	at->offset += len;
	if (at->offset < seg->len)
		return;
	if (desc->op == ENGINE_OP_INTERLEAVED)
		end_chunk(desc, seg);
	at->offset = 0;
	if (++at->seg == desc->nb_segs)
		at->seg = 0;
	if (engine_repeats(desc) && at->done == desc->len)
		at->done = 0;
}

static int
enqueue(struct engine_chan *ch, const struct engine_desc *desc, const struct piece *piece)
{
	uint64_t flags = desc->tx.flags & DMA_PREP_FENCE ? RTE_DMA_OP_FLAG_FENCE : 0;

	if (desc->op == ENGINE_OP_MEMSET)
		return rte_dma_fill(ch->dev->dev_id, ch->vchan, piece->src, piece->dst,
				    piece->len, flags);
	return rte_dma_copy(ch->dev->dev_id, ch->vchan, piece->src, piece->dst, piece->len,
			    flags);
}

/* Give the device one piece. */
int
engine_feed_piece(struct engine_chan *ch, struct engine_desc *desc, uint64_t src, uint64_t dst,
		  uint32_t len, uint32_t mark)
{
	const struct piece piece = { src, dst, len };
	int index = enqueue(ch, desc, &piece);

	if (unlikely(index < 0))
		return index == -ENOSPC ? -EAGAIN : index;
	engine_op_fed(ch, desc, index, len | mark);
	return 0;
}

/* Software cyclic: keep some periods ahead, for ever. */
static bool
enough_ahead(const struct engine_chan *ch, const struct engine_desc *desc)
{
	uint32_t ahead = PERIODS_AHEAD;

	if (ch->dev->conf.ring / 2 < ahead)
		ahead = ch->dev->conf.ring / 2;
	return engine_repeats(desc) && desc->cursor.frame >= ahead;
}

static int
generic_feed(struct engine_chan *ch, struct engine_desc *desc)
{
	struct piece piece;
	uint32_t mark;
	int ret;

	if (desc->op == ENGINE_OP_NONE)
		return 0;
	do {
		/* A repeating one that fails ends, when what the device has of it is back. */
		if (engine_repeats(desc) && desc->failed)
			return 0;
		if (enough_ahead(ch, desc))
			return -EAGAIN;
		piece = next_piece(ch, desc);
		mark = 0;
		if (engine_repeats(desc) &&
		    ((desc->cursor.done + piece.len) % desc->period == 0 ||
		     desc->cursor.done + piece.len == desc->len))
			mark = PERIOD_END;
		ret = engine_feed_piece(ch, desc, piece.src, piece.dst, piece.len, mark);
		if (ret != 0)
			return ret;
		desc->cursor.frame += mark != 0;	/* periods under way */
		advance(ch, desc, piece.len);
	} while (engine_repeats(desc) || desc->cursor.done < desc->len);
	return 0;
}

static void
generic_finish(struct engine_chan *ch, struct engine_desc *desc, uint32_t op)
{
	_Atomic uint32_t *len = engine_op_len(ch, desc, op);
	uint32_t marked = atomic_load_explicit(len, memory_order_relaxed);

	if (!(marked & PERIOD_END))
		return;
	atomic_store_explicit(len, marked & ~PERIOD_END, memory_order_relaxed);
	desc->cursor.frame--;
	if (!desc->failed)
		ch->periods_new++;
}

static uint64_t
generic_periods(struct engine_chan *ch)
{
	uint64_t periods = ch->periods_new;

	ch->periods_new = 0;
	return periods;
}

/* There is no way to stop a dmadev's vchan alone: what it has is waited for. */
static int
generic_abort(struct engine_chan *ch)
{
	(void)ch;
	return 0;
}

/* Bytes that the device has reported; for a repeating one, of its lap. */
static uint32_t
generic_residue(struct engine_chan *ch, const struct engine_desc *desc)
{
	struct engine_desc *d = (struct engine_desc *)(uintptr_t)desc;
	uint32_t done = atomic_load_explicit(&d->done_bytes, memory_order_relaxed);

	(void)ch;
	return done < desc->len ? desc->len - done : 0;
}

const struct engine_backend engine_backend_generic = {
	.name = "generic",
	.hold = true,
	.probe = generic_probe,
	.prep_ok = generic_prep_ok,
	.feed = generic_feed,
	.abort = generic_abort,
	.finish = generic_finish,
	.periods = generic_periods,
	.config = generic_config,
	.residue = generic_residue,
};
