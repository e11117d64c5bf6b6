/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The RefDMA controller, through rte_pmd_refdma.h: ports, hardware cyclic and repeated interleaved
 * transfers, pause, abort, residue at burst boundaries, metadata.
 */

#include <errno.h>
#include <string.h>

#include <rte_memory.h>
#include <rte_pmd_refdma.h>

#include "dmaengine_compat_refdma.h"
#include "engine.h"

#define MAX_SGE		64
#define MAX_CHUNKS	64

static int
refdma_probe(struct engine_dev *dev)
{
	struct dma_device *dma = &dev->dma;
	struct rte_pmd_refdma_info info;

	if (rte_pmd_refdma_info_get(dev->dev_id, &info) != 0)
		return -ENOTSUP;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_MEMSET, dma->cap_mask);
	dma_cap_set(DMA_INTERRUPT, dma->cap_mask);
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma_cap_set(DMA_CYCLIC, dma->cap_mask);
	dma_cap_set(DMA_INTERLEAVE, dma->cap_mask);
	dma_cap_set(DMA_REPEAT, dma->cap_mask);
	dma_cap_set(DMA_LOAD_EOT, dma->cap_mask);
	dma->directions = BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM);
	dma->src_addr_widths = dma->dst_addr_widths = BIT(1) | BIT(2) | BIT(4) | BIT(8) | BIT(16);
	dma->max_burst = UINT16_MAX;
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	dma->descriptor_reuse = true;
	if (info.max_metadata >= ENGINE_META_MAX)
		dma->desc_metadata_modes = (enum dma_desc_metadata_mode)
			(DESC_METADATA_CLIENT | DESC_METADATA_ENGINE);
	dev->max_len = info.max_length;
	dev->max_sge = RTE_MIN(info.max_sge, MAX_SGE);
	dev->max_chunks = RTE_MIN(info.max_chunks, MAX_CHUNKS);
	return 0;
}

static bool
refdma_prep_ok(struct engine_chan *ch, struct engine_desc *desc)
{
	if (desc->op == ENGINE_OP_INTERLEAVED)
		return desc->nb_segs <= ch->dev->max_chunks && desc->len <= ch->dev->max_len;
	if (desc->width != 0 && desc->len % desc->width != 0)
		return false;
	if (desc->op == ENGINE_OP_CYCLIC)
		return desc->len <= ch->dev->max_len &&
		       (desc->width == 0 || desc->period % desc->width == 0);
	return true;
}

static uint32_t
common_flags(const struct engine_desc *desc)
{
	uint32_t flags = 0;

	if (engine_repeats(desc))
		flags |= RTE_PMD_REFDMA_REPEAT;
	if (desc->tx.flags & DMA_PREP_LOAD_EOT)
		flags |= RTE_PMD_REFDMA_LOAD;
	if (desc->tx.flags & DMA_PREP_INTERRUPT || engine_repeats(desc))
		flags |= RTE_PMD_REFDMA_IRQ;
	return flags;
}

static bool
has_meta(const struct engine_desc *desc)
{
	return desc->tx.desc_metadata_mode != DESC_METADATA_NONE;
}

/* Segments from the cursor on, as many as one operation takes. @return bytes */
static uint32_t
gather(struct engine_chan *ch, struct engine_desc *desc, struct rte_dma_sge *sge,
       uint16_t *count)
{
	struct engine_cursor *at = &desc->cursor;
	uint64_t room = ch->dev->max_len, total = 0;
	uint32_t seg = at->seg, offset = at->offset;

	*count = 0;
	while (seg < desc->nb_segs && *count < ch->dev->max_sge && room > 0) {
		const struct engine_seg *from = engine_seg_at(ch, desc, seg);
		uint32_t len = RTE_MIN(from->len - offset, room);

		sge[*count].addr = from->addr + offset;
		sge[(*count)++].length = len;
		total += len;
		room -= len;
		offset += len;
		if (offset == from->len) {
			seg++;
			offset = 0;
		}
	}
	return total;
}

static void
pass(struct engine_chan *ch, struct engine_desc *desc, uint32_t bytes)
{
	struct engine_cursor *at = &desc->cursor;

	at->done += bytes;
	while (bytes > 0) {
		const struct engine_seg *seg = engine_seg_at(ch, desc, at->seg);
		uint32_t len = RTE_MIN(seg->len - at->offset, bytes);

		bytes -= len;
		at->offset += len;
		if (at->offset == seg->len) {
			at->seg++;
			at->offset = 0;
		}
	}
}

/* Metadata goes or comes along. A frame's is taken even where nobody has asked for it yet: in
 * engine mode a client may ask as late as in its callback (B45).
 */
static bool
moves_meta(const struct engine_chan *ch, const struct engine_desc *desc)
{
	if (desc->dir == DMA_MEM_TO_DEV)
		return has_meta(desc) && desc->meta_length != 0;
	return has_meta(desc) || (desc->flags & DMAENGINE_REFDMA_STOP_EOF &&
				  !engine_repeats(desc) && ch->dev->dma.desc_metadata_modes != 0);
}

/* Frame marks and metadata belong to the descriptor: they go with its last operation. */
static void
last_flags(const struct engine_chan *ch, const struct engine_desc *desc,
	   struct rte_pmd_refdma_slave *xfer)
{
	bool to_dev = desc->dir == DMA_MEM_TO_DEV;

	if (to_dev && (desc->flags & DMAENGINE_REFDMA_EOF || has_meta(desc)))
		xfer->flags |= RTE_PMD_REFDMA_SLAVE_EOF;
	if (!to_dev && !engine_repeats(desc) &&
	    (desc->flags & DMAENGINE_REFDMA_STOP_EOF || has_meta(desc)))
		xfer->flags |= RTE_PMD_REFDMA_SLAVE_STOP_EOF | RTE_PMD_REFDMA_RESULT;
	if (!moves_meta(ch, desc))
		return;
	/* Not rte_malloc_virt2iova(): the descriptor is one of many in an allocation. */
	xfer->meta = rte_mem_virt2iova(desc->meta);
	xfer->meta_length = to_dev ? desc->meta_length : ENGINE_META_MAX;
	xfer->flags |= RTE_PMD_REFDMA_RESULT;
}

static int
feed_slave(struct engine_chan *ch, struct engine_desc *desc)
{
	struct rte_dma_sge sge[MAX_SGE];
	struct rte_pmd_refdma_slave xfer = {
		.width = desc->width,
		.burst = desc->burst,
		.window = desc->window,
		.port_addr = desc->slave_addr,
		.period = desc->period,
		.sge = sge,
	};
	uint32_t bytes;
	int index;

	do {
		bytes = gather(ch, desc, sge, &xfer.nb_sge);
		xfer.flags = common_flags(desc);
		if (desc->dir == DMA_MEM_TO_DEV)
			xfer.flags |= RTE_PMD_REFDMA_SLAVE_TO_PORT;
		if (desc->cursor.done + bytes == desc->len)
			last_flags(ch, desc, &xfer);
		if (desc->op != ENGINE_OP_CYCLIC)
			xfer.period = 0;
		index = rte_pmd_refdma_slave(ch->dev->dev_id, ch->vchan, &xfer);
		if (index < 0)
			return index == -ENOSPC ? -EAGAIN : index;
		engine_op_fed(ch, desc, index, bytes);
		pass(ch, desc, bytes);
	} while (desc->cursor.done < desc->len);
	return 0;
}

static int
feed_interleaved(struct engine_chan *ch, struct engine_desc *desc)
{
	struct rte_pmd_refdma_chunk chunks[MAX_CHUNKS];
	const struct rte_pmd_refdma_interleaved xfer = {
		.flags = common_flags(desc),
		.frames = desc->frames,
		.src = desc->src,
		.dst = desc->dst,
		.src_dev = desc->dir == DMA_DEV_TO_MEM || desc->dir == DMA_DEV_TO_DEV,
		.dst_dev = desc->dir == DMA_MEM_TO_DEV || desc->dir == DMA_DEV_TO_DEV,
		.src_inc = desc->src_inc,
		.dst_inc = desc->dst_inc,
		.nb_chunks = desc->nb_segs,
		.chunks = chunks,
	};
	int index;

	for (uint16_t i = 0; i < desc->nb_segs; i++) {
		const struct engine_seg *seg = engine_seg_at(ch, desc, i);

		chunks[i] = (struct rte_pmd_refdma_chunk){ seg->len, seg->src_gap, seg->dst_gap };
	}
	index = rte_pmd_refdma_interleaved(ch->dev->dev_id, ch->vchan, &xfer);
	if (index < 0)
		return index == -ENOSPC ? -EAGAIN : index;
	engine_op_fed(ch, desc, index, desc->len);
	return 0;
}

/* Copies and fills, in pieces where they are longer than the device takes. */
static int
feed_plain(struct engine_chan *ch, struct engine_desc *desc)
{
	struct engine_cursor *at = &desc->cursor;
	uint32_t len;
	int ret;

	do {
		len = RTE_MIN(desc->len - at->done, ch->dev->max_len);
		ret = engine_feed_piece(ch, desc, desc->op == ENGINE_OP_MEMSET ?
					desc->src : desc->src + at->done,
					desc->dst + at->done, len, 0);
		if (ret != 0)
			return ret;
		at->done += len;
	} while (at->done < desc->len);
	return 0;
}

static int
refdma_feed(struct engine_chan *ch, struct engine_desc *desc)
{
	switch (desc->op) {
	case ENGINE_OP_MEMCPY:
	case ENGINE_OP_MEMSET:
		return feed_plain(ch, desc);
	case ENGINE_OP_SLAVE:
	case ENGINE_OP_CYCLIC:
		return feed_slave(ch, desc);
	case ENGINE_OP_INTERLEAVED:
		return feed_interleaved(ch, desc);
	default:
		return 0;
	}
}

/* What only the device knows: how long a frame was, and its metadata. */
static void
refdma_finish(struct engine_chan *ch, struct engine_desc *desc, uint32_t op)
{
	struct rte_pmd_refdma_result result;
	uint16_t index = atomic_load_explicit(&desc->first_op, memory_order_relaxed) + op;

	if (desc->op != ENGINE_OP_SLAVE || desc->dir != DMA_DEV_TO_MEM ||
	    !(desc->flags & DMAENGINE_REFDMA_STOP_EOF || has_meta(desc)))
		return;
	if (rte_pmd_refdma_result(ch->dev->dev_id, ch->vchan, index, &result) != 0)
		return;
	if (!desc->failed)
		desc->missing = *engine_op_len(ch, desc, op) - (uint32_t)result.bytes;
	desc->meta_length = result.meta_length;
}

static uint64_t
refdma_periods(struct engine_chan *ch)
{
	uint64_t now = rte_pmd_refdma_periods(ch->dev->dev_id, ch->vchan);
	uint64_t periods = now - ch->periods_seen;

	ch->periods_seen = now;
	return periods;
}

static int
refdma_abort(struct engine_chan *ch)
{
	return rte_pmd_refdma_abort(ch->dev->dev_id, ch->vchan);
}

static int
refdma_pause(struct engine_chan *ch)
{
	return rte_pmd_refdma_pause(ch->dev->dev_id, ch->vchan);
}

static int
refdma_resume(struct engine_chan *ch)
{
	return rte_pmd_refdma_resume(ch->dev->dev_id, ch->vchan);
}

static int
refdma_event_fd(struct engine_chan *ch)
{
	return rte_pmd_refdma_event_fd(ch->dev->dev_id, ch->vchan);
}

static int
refdma_event_arm(struct engine_chan *ch)
{
	return rte_pmd_refdma_event_arm(ch->dev->dev_id, ch->vchan);
}

/* B66: the settings of this controller. */
static const struct dmaengine_refdma_peripheral *
peripheral_of(const struct dma_slave_config *config)
{
	if (config->peripheral_size == sizeof(struct dmaengine_refdma_peripheral))
		return config->peripheral_config;
	if (config->peripheral_size == sizeof(struct dmaengine_refdma_slave_config))
		return &((const struct dmaengine_refdma_slave_config *)
			 config->peripheral_config)->peripheral;
	return NULL;
}

static int
set_port(struct engine_chan *ch, const struct dma_slave_config *config,
	 const struct dmaengine_refdma_peripheral *peripheral)
{
	const struct rte_pmd_refdma_port_conf conf = {
		.rate = peripheral->rate,
		.frame = peripheral->frame,
	};
	uint64_t addr = config->src_addr != 0 ? config->src_addr : config->dst_addr;
	struct rte_pmd_refdma_info info;

	if (rte_pmd_refdma_info_get(ch->dev->dev_id, &info) != 0 || addr < info.port_base ||
	    (addr - info.port_base) / info.port_stride >= info.nb_ports)
		return -EINVAL;
	return rte_pmd_refdma_port_set(ch->dev->dev_id,
				       (addr - info.port_base) / info.port_stride, &conf);
}

static int
refdma_config(struct engine_chan *ch, const struct dma_slave_config *config)
{
	const struct dmaengine_refdma_peripheral *peripheral;
	int ret;

	/* Without a pointer the size is one of the unused fields (B47). */
	if (config->peripheral_config == NULL) {
		ch->config_flags = 0;
		return 0;
	}
	peripheral = peripheral_of(config);
	if (peripheral == NULL) {
		ENGINE_LOG(ERR, "%s: peripheral_size is %zu; %zu (struct "
			   "dmaengine_refdma_peripheral) or %zu (struct "
			   "dmaengine_refdma_slave_config) is expected",
			   dma_chan_name(&ch->chan), config->peripheral_size,
			   sizeof(struct dmaengine_refdma_peripheral),
			   sizeof(struct dmaengine_refdma_slave_config));
		return -EINVAL;
	}
	if (peripheral->flags & DMAENGINE_REFDMA_SET_PORT) {
		ret = set_port(ch, config, peripheral);
		if (ret != 0)
			return ret;
	}
	ch->config_flags = peripheral->flags &
			   (DMAENGINE_REFDMA_EOF | DMAENGINE_REFDMA_STOP_EOF);
	return 0;
}

/* The device's consistent pair, against the operations that the descriptor was fed as. */
static uint32_t
refdma_residue(struct engine_chan *ch, const struct engine_desc *desc)
{
	struct engine_desc *d = (struct engine_desc *)(uintptr_t)desc;
	uint16_t first = atomic_load_explicit(&d->first_op, memory_order_relaxed);
	uint16_t fed = atomic_load_explicit(&d->fed_ops, memory_order_relaxed);
	uint32_t left, before = 0, length;
	uint16_t index, at;

	if (rte_pmd_refdma_residue(ch->dev->dev_id, ch->vchan, &index, &left) != 0)
		return desc->len - atomic_load_explicit(&d->done_bytes, memory_order_relaxed);
	at = index - first;
	if (at > INT16_MAX)
		return desc->len;	/* the device is at something before it */
	if (at >= fed)
		return 0;
	for (uint16_t i = 0; i < at; i++)
		before += *engine_op_len(ch, d, i);
	length = *engine_op_len(ch, d, at);
	/* 0 left says that this operation has not begun. */
	return desc->len - before - (left == 0 ? 0 : length - left);
}

static uint32_t
refdma_residue_plain(struct engine_chan *ch, uint16_t op, uint32_t len)
{
	uint16_t index, at;
	uint32_t left;

	if (rte_pmd_refdma_residue(ch->dev->dev_id, ch->vchan, &index, &left) != 0)
		return len;
	at = index - op;
	if (at == 0)
		return left == 0 ? len : left;
	return at > INT16_MAX ? len : 0;
}

const struct engine_backend engine_backend_refdma = {
	.name = "refdma",
	.probe = refdma_probe,
	.prep_ok = refdma_prep_ok,
	.feed = refdma_feed,
	.abort = refdma_abort,
	.finish = refdma_finish,
	.periods = refdma_periods,
	.pause = refdma_pause,
	.resume = refdma_resume,
	.config = refdma_config,
	.event_fd = refdma_event_fd,
	.event_arm = refdma_event_arm,
	.residue = refdma_residue,
	.residue_plain = refdma_residue_plain,
};
