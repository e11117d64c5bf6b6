/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Pictures that repeat until the next one is there, blocks of samples that wait in a queue, and
 * packets with something beside their data.
 */

#include "clients.h"

static void
camera_frame(void *param)
{
	struct camera *cam = param;

	cam->frames++;
}

/* Lines of @p width bytes, @p stride apart; the channel knows the source. */
int
camera_queue(struct camera *cam, dma_addr_t buf)
{
	struct dma_async_tx_descriptor *desc;

	cam->xt->dst_start = buf;
	desc = dmaengine_prep_interleaved_dma(cam->chan, cam->xt,
					      DMA_CTRL_ACK | DMA_PREP_INTERRUPT |
					      DMA_PREP_REPEAT | DMA_PREP_LOAD_EOT);
	if (!desc)
		return -ENOTSUPP;
	desc->callback = camera_frame;
	desc->callback_param = cam;
	if (dma_submit_error(dmaengine_submit(desc)))
		return -EIO;
	dma_async_issue_pending(cam->chan);
	return 0;
}

int
camera_open(struct camera *cam, const struct client_hw *hw, size_t width, size_t stride,
	    size_t height)
{
	struct dma_interleaved_template *xt = cam->xt;

	cam->chan = dma_request_chan(hw->dev, "rx");
	if (IS_ERR(cam->chan))
		return PTR_ERR(cam->chan);
	xt->dir = DMA_DEV_TO_MEM;
	xt->src_start = hw->rx_fifo;
	xt->src_inc = false;
	xt->dst_inc = true;
	xt->src_sgl = false;
	xt->dst_sgl = true;
	xt->frame_size = 1;
	xt->numf = height;
	xt->sgl[0].size = width;
	xt->sgl[0].icg = stride - width;
	return 0;
}

void
camera_close(struct camera *cam)
{
	dmaengine_terminate_sync(cam->chan);
	dma_release_channel(cam->chan);
}

struct sampler {
	struct completion done;
	_Atomic unsigned int blocks;
	unsigned int wanted;
	size_t missing;
};

static void
sampler_block_done(void *data, const struct dmaengine_result *result)
{
	struct sampler *s = data;

	if (result->result != DMA_TRANS_NOERROR)
		s->missing += 1000000;
	s->missing += result->residue;
	if (++s->blocks == s->wanted)
		complete(&s->done);
}

static int
sampler_submit(struct sampler *s, struct dma_chan *chan, dma_addr_t addr, size_t len)
{
	/* Two pieces that need not lie side by side. */
	struct dma_vec vecs[2] = { { addr, len / 2 }, { addr + len / 2, len - len / 2 } };
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_peripheral_dma_vec(chan, vecs, 2, DMA_DEV_TO_MEM,
						 DMA_PREP_INTERRUPT);
	if (!desc)
		return -ENOMEM;
	desc->callback_result = sampler_block_done;
	desc->callback_param = s;
	return dma_submit_error(dmaengine_submit(desc));
}

/* All blocks are queued before the first one starts. */
int
sampler_read(const struct client_hw *hw, void *blocks, size_t len, unsigned int count)
{
	struct dma_slave_config config = {
		.src_addr = hw->rx_fifo,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.src_port_window_size = hw->window,
	};
	struct sampler s = { .wanted = count };
	struct dma_chan *chan;
	dma_addr_t addr;
	unsigned int i;
	int ret = -EIO;

	init_completion(&s.done);
	chan = dma_request_chan(hw->dev, "rx");
	if (IS_ERR(chan))
		return PTR_ERR(chan);
	addr = dma_map_single(chan->device->dev, blocks, len * count, DMA_FROM_DEVICE);
	if (dma_mapping_error(chan->device->dev, addr) || dmaengine_slave_config(chan, &config))
		goto out;
	for (i = 0; i < count; i++)
		if (sampler_submit(&s, chan, addr + i * len, len))
			goto out;
	dma_async_issue_pending(chan);
	if (wait_for_completion_timeout(&s.done, msecs_to_jiffies(CLIENT_WAIT)))
		ret = s.missing == 0 ? 0 : -EIO;
out:
	dmaengine_terminate_sync(chan);
	dma_unmap_single(chan->device->dev, addr, len * count, DMA_FROM_DEVICE);
	dma_release_channel(chan);
	return ret;
}

struct crypto {
	struct dma_chan *tx, *rx;
	struct dma_async_tx_descriptor *rx_desc;
	struct completion done;
	void *tag;
	size_t tag_len, got;
	bool engine;
};

/* The answer's tag: in the client's own memory, or where the channel keeps it. */
static void
crypto_answer(void *param)
{
	struct crypto *c = param;
	size_t max;
	u8 *ptr;

	if (c->engine) {
		ptr = dmaengine_desc_get_metadata_ptr(c->rx_desc, &c->got, &max);
		if (!IS_ERR(ptr) && c->got <= max && c->got <= c->tag_len)
			memcpy(c->tag, ptr, c->got);
	} else {
		c->got = c->tag_len;
	}
	complete(&c->done);
}

static int
crypto_expect(struct crypto *c, dma_addr_t out, size_t len)
{
	size_t room, used;
	int ret = 0;

	c->rx_desc = dmaengine_prep_slave_single(c->rx, out, len, DMA_DEV_TO_MEM,
						 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!c->rx_desc)
		return -ENOMEM;
	if (c->engine)
		ret = PTR_ERR_OR_ZERO(dmaengine_desc_get_metadata_ptr(c->rx_desc, &used, &room));
	else
		ret = dmaengine_desc_attach_metadata(c->rx_desc, c->tag, c->tag_len);
	if (ret)
		return ret;
	c->rx_desc->callback = crypto_answer;
	c->rx_desc->callback_param = c;
	return dma_submit_error(dmaengine_submit(c->rx_desc));
}

static int
crypto_send(struct crypto *c, dma_addr_t in, size_t len, const void *tag, size_t tag_len)
{
	struct dma_async_tx_descriptor *desc;
	size_t room, used;
	void *ptr;
	int ret;

	desc = dmaengine_prep_slave_single(c->tx, in, len, DMA_MEM_TO_DEV,
					   DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!desc)
		return -ENOMEM;
	if (c->engine) {
		ptr = dmaengine_desc_get_metadata_ptr(desc, &used, &room);
		if (IS_ERR(ptr))
			return PTR_ERR(ptr);
		if (room < tag_len)
			return -ENOSPC;
		memcpy(ptr, tag, tag_len);
		ret = dmaengine_desc_set_metadata_len(desc, tag_len);
	} else {
		ret = dmaengine_desc_attach_metadata(desc, (void *)(uintptr_t)tag, tag_len);
	}
	if (ret)
		return ret;
	return dma_submit_error(dmaengine_submit(desc));
}

static int
crypto_open(struct crypto *c, const struct client_hw *hw)
{
	struct dma_slave_config config = {
		.src_addr = hw->rx_fifo,
		.dst_addr = hw->tx_fifo,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.src_maxburst = 1,
		.dst_maxburst = 1,
	};

	c->rx = dma_request_chan(hw->dev, "rx");
	if (IS_ERR(c->rx))
		return PTR_ERR(c->rx);
	c->tx = dma_request_chan(hw->dev, "tx");
	if (IS_ERR(c->tx)) {
		dma_release_channel(c->rx);
		return PTR_ERR(c->tx);
	}
	if (dmaengine_slave_config(c->rx, &config) || dmaengine_slave_config(c->tx, &config))
		return -EINVAL;
	return 0;
}

/* A packet goes out with its tag, and comes back with it. @return bytes of the tag, or an error */
int
crypto_packet(const struct client_hw *hw, struct crypto_packet *packet)
{
	enum dma_desc_metadata_mode mode = packet->engine ? DESC_METADATA_ENGINE :
					   DESC_METADATA_CLIENT;
	struct crypto c = { .tag = packet->tag_out, .tag_len = packet->tag_len,
			    .engine = packet->engine };
	dma_addr_t in, out;
	int ret;

	init_completion(&c.done);
	ret = crypto_open(&c, hw);
	if (ret)
		return ret;
	if (!dmaengine_is_metadata_mode_supported(c.rx, mode)) {
		ret = -ENOTSUPP;
		goto release;
	}
	in = dma_map_single(dmaengine_get_dma_device(c.tx), packet->in, packet->len,
			    DMA_TO_DEVICE);
	out = dma_map_single(dmaengine_get_dma_device(c.rx), packet->out, packet->len,
			     DMA_FROM_DEVICE);
	ret = crypto_expect(&c, out, packet->len);
	if (!ret)
		ret = crypto_send(&c, in, packet->len, packet->tag, packet->tag_len);
	dma_async_issue_pending(c.rx);
	dma_async_issue_pending(c.tx);
	if (!ret && !wait_for_completion_timeout(&c.done, msecs_to_jiffies(CLIENT_WAIT)))
		ret = -ETIMEDOUT;
	dmaengine_terminate_sync(c.tx);
	dmaengine_terminate_sync(c.rx);
	if (!ret)
		ret = (int)c.got;
release:
	dma_release_channel(c.rx);
	dma_release_channel(c.tx);
	return ret;
}
