/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Preparation of descriptors: the device_prep_*() operations of every channel. Any thread,
 * callbacks included. NULL where the transfer cannot be done, or the pool is empty.
 */

#include "engine.h"

/* A descriptor in its first state. */
static struct engine_desc *
desc_new(struct engine_chan *ch, enum engine_op op, size_t len, unsigned long flags)
{
	struct engine_desc *desc;

	if (unlikely(!ch->held || atomic_load_explicit(&ch->dead, memory_order_relaxed) != 0 ||
		     atomic_load_explicit(&ch->closing, memory_order_relaxed) != 0))
		return NULL;
	desc = engine_desc_get(ch);
	if (unlikely(desc == NULL))
		return NULL;
	desc->tx.cookie = -EBUSY;
	desc->tx.flags = (enum dma_ctrl_flags)flags;
	desc->tx.callback = NULL;
	desc->tx.callback_result = NULL;
	desc->tx.callback_param = NULL;
	desc->tx.unmap = NULL;
	desc->tx.desc_metadata_mode = DESC_METADATA_NONE;
	desc->op = op;
	desc->dir = DMA_MEM_TO_MEM;
	atomic_store_explicit(&desc->len, len, memory_order_relaxed);
	desc->flags = 0;
	atomic_store_explicit(&desc->fed_ops, 0, memory_order_relaxed);
	atomic_store_explicit(&desc->state, ENGINE_DESC_PREPARED, memory_order_relaxed);
	return desc;
}

/* It is the client's. */
static inline struct dma_async_tx_descriptor *
desc_done(const struct engine_chan *ch, struct engine_desc *desc)
{
	if (ENGINE_TRACE_FP)
		engine_trace_prep(ENGINE_TRACED(ch), desc->index, desc->op, desc->len);
	return &desc->tx;
}

static struct dma_async_tx_descriptor *
desc_ready(struct engine_chan *ch, struct engine_desc *desc)
{
	if (ch->dev->backend->prep_ok == NULL || ch->dev->backend->prep_ok(ch, desc))
		return desc_done(ch, desc);
	engine_desc_put(ch, desc);
	return NULL;
}

static struct dma_async_tx_descriptor *
prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
	    unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;

	if (unlikely(len == 0 || len > UINT32_MAX))
		return NULL;
	desc = desc_new(ch, ENGINE_OP_MEMCPY, len, flags);
	if (unlikely(desc == NULL))
		return NULL;
	desc->src = src;
	desc->dst = dst;
	return desc_done(ch, desc);
}

static struct dma_async_tx_descriptor *
prep_memset(struct dma_chan *chan, dma_addr_t dest, int value, size_t len, unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;

	if (len == 0 || len > UINT32_MAX)
		return NULL;
	desc = desc_new(ch, ENGINE_OP_MEMSET, len, flags);
	if (desc == NULL)
		return NULL;
	desc->src = (uint8_t)value * UINT64_C(0x0101010101010101);
	desc->dst = dest;
	return desc_done(ch, desc);
}

static struct dma_async_tx_descriptor *
prep_interrupt(struct dma_chan *chan, unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc = desc_new(ch, ENGINE_OP_NONE, 0, flags);

	return desc != NULL ? desc_done(ch, desc) : NULL;
}

/* Room for @p count segments: inline ones, then blocks out of the same pool. */
static bool
reserve_segs(struct engine_chan *ch, struct engine_desc *desc, uint32_t count)
{
	uint32_t room = ENGINE_INLINE_SEGS, *link = &desc->more;
	struct engine_seg_block *block;
	struct engine_desc *element;

	while (room < count) {
		element = engine_desc_get(ch);
		if (element == NULL)
			return false;
		*link = element->index;
		block = (struct engine_seg_block *)element;
		block->more = ENGINE_NO_DESC;
		link = &block->more;
		room += ENGINE_BLOCK_SEGS;
	}
	desc->nb_segs = count;
	return true;
}

static bool
is_width(uint32_t width)
{
	return width <= 128 && (width & (width - 1)) == 0;
}

/* The slave's set-up as it is now (B46); only what the direction uses is looked at (B47). */
static bool
take_config(struct engine_chan *ch, struct engine_desc *desc,
	    enum dma_transfer_direction direction)
{
	const struct dma_slave_config *config = &ch->config;
	bool to_dev = direction == DMA_MEM_TO_DEV;

	if (direction != DMA_MEM_TO_DEV && direction != DMA_DEV_TO_MEM)
		return false;
	desc->dir = direction;
	desc->slave_addr = to_dev ? config->dst_addr : config->src_addr;
	desc->width = to_dev ? config->dst_addr_width : config->src_addr_width;
	desc->burst = to_dev ? config->dst_maxburst : config->src_maxburst;
	desc->window = to_dev ? config->dst_port_window_size : config->src_port_window_size;
	desc->flags = ch->config_flags;
	if (!is_width(desc->width))
		return false;
	/* The other side's is a hint only, and may be garbage. */
	if (desc->width == DMA_SLAVE_BUSWIDTH_UNDEFINED)
		desc->width = to_dev ? config->src_addr_width : config->dst_addr_width;
	if (!is_width(desc->width))
		desc->width = DMA_SLAVE_BUSWIDTH_UNDEFINED;
	if (desc->burst > UINT16_MAX)
		desc->burst = UINT16_MAX;
	if (desc->window > UINT16_MAX)
		desc->window = UINT16_MAX;
	return true;
}

static struct engine_desc *
slave_new(struct engine_chan *ch, uint32_t segs, uint64_t len,
	  enum dma_transfer_direction direction, unsigned long flags)
{
	struct engine_desc *desc;

	if (segs == 0 || segs > UINT16_MAX || len == 0 || len > UINT32_MAX)
		return NULL;
	desc = desc_new(ch, ENGINE_OP_SLAVE, len, flags);
	if (desc == NULL)
		return NULL;
	desc->meta_length = 0;
	if (take_config(ch, desc, direction) && reserve_segs(ch, desc, segs))
		return desc;
	engine_desc_put(ch, desc);
	return NULL;
}

static struct dma_async_tx_descriptor *
prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
	      enum dma_transfer_direction direction, unsigned long flags, void *context)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;
	struct scatterlist *sg;
	uint64_t len = 0;
	unsigned int i;

	(void)context;
	if (sgl == NULL || sg_len == 0)
		return NULL;
	for_each_sg(sgl, sg, sg_len, i) {
		if (sg == NULL || sg_dma_len(sg) == 0)
			return NULL;
		len += sg_dma_len(sg);
	}
	desc = slave_new(ch, sg_len, len, direction, flags);
	if (desc == NULL)
		return NULL;
	for_each_sg(sgl, sg, sg_len, i)
		*engine_seg_at(ch, desc, i) = (struct engine_seg){
			.addr = sg_dma_address(sg),
			.len = sg_dma_len(sg),
		};
	return desc_ready(ch, desc);
}

static struct dma_async_tx_descriptor *
prep_dma_vec(struct dma_chan *chan, const struct dma_vec *vecs, size_t nents,
	     enum dma_transfer_direction direction, unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;
	uint64_t len = 0;

	if (vecs == NULL || nents == 0 || nents > UINT16_MAX)
		return NULL;
	for (size_t i = 0; i < nents; i++) {
		if (vecs[i].len == 0 || vecs[i].len > UINT32_MAX)
			return NULL;
		len += vecs[i].len;
	}
	desc = slave_new(ch, nents, len, direction, flags);
	if (desc == NULL)
		return NULL;
	for (size_t i = 0; i < nents; i++)
		*engine_seg_at(ch, desc, i) = (struct engine_seg){
			.addr = vecs[i].addr,
			.len = vecs[i].len,
		};
	return desc_ready(ch, desc);
}

/* A period of 0, or one longer than the buffer, is the buffer. The last period may be short. */
static struct dma_async_tx_descriptor *
prep_cyclic(struct dma_chan *chan, dma_addr_t buf_addr, size_t buf_len, size_t period_len,
	    enum dma_transfer_direction direction, unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;

	desc = slave_new(ch, 1, buf_len, direction, flags);
	if (desc == NULL)
		return NULL;
	desc->op = ENGINE_OP_CYCLIC;
	desc->flags |= ENGINE_F_REPEATS;
	desc->period = period_len == 0 || period_len > buf_len ? buf_len : period_len;
	desc->segs[0] = (struct engine_seg){ .addr = buf_addr, .len = buf_len };
	return desc_ready(ch, desc);
}

static bool
take_template(struct engine_chan *ch, struct engine_desc *desc,
	      struct dma_interleaved_template *xt)
{
	if (!reserve_segs(ch, desc, xt->frame_size))
		return false;
	for (size_t i = 0; i < xt->frame_size; i++)
		*engine_seg_at(ch, desc, i) = (struct engine_seg){
			.src_gap = dmaengine_get_src_icg(xt, &xt->sgl[i]),
			.dst_gap = dmaengine_get_dst_icg(xt, &xt->sgl[i]),
			.len = xt->sgl[i].size,
		};
	desc->dir = xt->dir;
	desc->src = xt->src_start;
	desc->dst = xt->dst_start;
	desc->src_inc = xt->src_inc;
	desc->dst_inc = xt->dst_inc;
	desc->frames = xt->numf;
	return true;
}

static struct dma_async_tx_descriptor *
prep_interleaved(struct dma_chan *chan, struct dma_interleaved_template *xt, unsigned long flags)
{
	struct engine_chan *ch = engine_chan_of(chan);
	struct engine_desc *desc;
	uint64_t len = 0;

	if (xt == NULL || xt->numf == 0 || xt->numf > UINT32_MAX || xt->frame_size == 0 ||
	    xt->frame_size > UINT16_MAX || (unsigned int)xt->dir > DMA_DEV_TO_DEV)
		return NULL;
	if (flags & DMA_PREP_REPEAT && !dma_has_cap(DMA_REPEAT, ch->dev->dma.cap_mask))
		return NULL;
	if (flags & DMA_PREP_LOAD_EOT && !dma_has_cap(DMA_LOAD_EOT, ch->dev->dma.cap_mask))
		return NULL;
	for (size_t i = 0; i < xt->frame_size; i++) {
		if (xt->sgl[i].size == 0 || xt->sgl[i].size > UINT32_MAX ||
		    dmaengine_get_src_icg(xt, &xt->sgl[i]) > UINT32_MAX ||
		    dmaengine_get_dst_icg(xt, &xt->sgl[i]) > UINT32_MAX)
			return NULL;
		len += xt->sgl[i].size;
	}
	if (len > UINT32_MAX || len * xt->numf > UINT32_MAX)
		return NULL;
	desc = desc_new(ch, ENGINE_OP_INTERLEAVED, len * xt->numf, flags);
	if (desc == NULL)
		return NULL;
	if (flags & DMA_PREP_REPEAT)
		desc->flags |= ENGINE_F_REPEATS;
	if (!take_template(ch, desc, xt)) {
		engine_desc_put(ch, desc);
		return NULL;
	}
	return desc_ready(ch, desc);
}

/* Operations that the device's capabilities call for. */
void
engine_prep_ops(struct engine_dev *dev)
{
	struct dma_device *dma = &dev->dma;

	if (dma_has_cap(DMA_MEMCPY, dma->cap_mask))
		dma->device_prep_dma_memcpy = prep_memcpy;
	if (dma_has_cap(DMA_MEMSET, dma->cap_mask))
		dma->device_prep_dma_memset = prep_memset;
	if (dma_has_cap(DMA_INTERRUPT, dma->cap_mask))
		dma->device_prep_dma_interrupt = prep_interrupt;
	if (dma_has_cap(DMA_SLAVE, dma->cap_mask)) {
		dma->device_prep_slave_sg = prep_slave_sg;
		dma->device_prep_peripheral_dma_vec = prep_dma_vec;
	}
	if (dma_has_cap(DMA_CYCLIC, dma->cap_mask))
		dma->device_prep_dma_cyclic = prep_cyclic;
	if (dma_has_cap(DMA_INTERLEAVE, dma->cap_mask))
		dma->device_prep_interleaved_dma = prep_interleaved;
}
