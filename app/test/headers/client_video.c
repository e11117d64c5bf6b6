/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 5, a picture: lines with gaps between them, shown again and again until the next
 * one takes over at the end of a transfer.
 */

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

struct plane {
	struct dma_chan *chan;
	union {
		struct dma_interleaved_template xt;
		u8 room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
	};
};

int plane_open(struct plane *plane, struct device *dev);
int plane_show(struct plane *plane, dma_addr_t picture, size_t line_bytes, size_t stride,
	       size_t lines);

int
plane_open(struct plane *plane, struct device *dev)
{
	int ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(40));

	if (ret)
		return ret;
	plane->chan = dma_request_chan(dev, "video");
	if (IS_ERR(plane->chan)) {
		ret = PTR_ERR_OR_ZERO(plane->chan);
		return ret == -EPROBE_DEFER ? ret : -ENODEV;
	}
	if (!dma_has_cap(DMA_INTERLEAVE, plane->chan->device->cap_mask)) {
		dma_release_channel(plane->chan);
		return -ENODEV;
	}
	return 0;
}

int
plane_show(struct plane *plane, dma_addr_t picture, size_t line_bytes, size_t stride, size_t lines)
{
	struct dma_async_tx_descriptor *desc;

	plane->xt.dir = DMA_MEM_TO_DEV;
	plane->xt.src_start = picture;
	plane->xt.src_inc = true;
	plane->xt.src_sgl = true;
	plane->xt.dst_inc = false;
	plane->xt.dst_sgl = false;
	plane->xt.numf = lines;
	plane->xt.frame_size = 1;
	plane->xt.sgl[0].size = line_bytes;
	plane->xt.sgl[0].icg = stride - line_bytes;
	plane->xt.sgl[0].src_icg = 0;
	plane->xt.sgl[0].dst_icg = 0;
	if (dmaengine_get_src_icg(&plane->xt, &plane->xt.sgl[0]) != stride - line_bytes)
		return -EINVAL;

	desc = dmaengine_prep_interleaved_dma(plane->chan, &plane->xt,
					      DMA_CTRL_ACK | DMA_PREP_REPEAT | DMA_PREP_LOAD_EOT);
	if (!desc)
		return -ENOMEM;
	if (dma_submit_error(dmaengine_submit(desc)))
		return -EIO;
	dma_async_issue_pending(plane->chan);
	return 0;
}
