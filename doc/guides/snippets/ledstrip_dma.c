/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

struct ledstrip {
	struct device *dev;
	phys_addr_t fifo;		/* of the strip's transmitter */
	struct dma_chan *chan;
	struct completion shown;
	dma_addr_t pixels;
	size_t length;
};

static int
ledstrip_dma_init(struct ledstrip *strip)
{
	struct dma_slave_config config = {
		.dst_addr = strip->fifo,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_maxburst = 8,
	};
	int ret;

	init_completion(&strip->shown);
	strip->chan = dma_request_chan(strip->dev, "tx");
	if (IS_ERR(strip->chan))
		return PTR_ERR(strip->chan);
	ret = dmaengine_slave_config(strip->chan, &config);
	if (ret != 0)
		dma_release_channel(strip->chan);
	return ret;
}

static void
ledstrip_shown(void *param)
{
	struct ledstrip *strip = param;

	complete(&strip->shown);
}

static int
ledstrip_transfer(struct ledstrip *strip)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	desc = dmaengine_prep_slave_single(strip->chan, strip->pixels, strip->length,
					   DMA_MEM_TO_DEV, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (desc == NULL)
		return -ENOMEM;
	desc->callback = ledstrip_shown;
	desc->callback_param = strip;
	reinit_completion(&strip->shown);
	cookie = dmaengine_submit(desc);
	if (dma_submit_error(cookie))
		return cookie;
	dma_async_issue_pending(strip->chan);
	if (wait_for_completion_timeout(&strip->shown, msecs_to_jiffies(1000)) != 0)
		return 0;
	dmaengine_terminate_sync(strip->chan);
	return -ETIMEDOUT;
}

static int
ledstrip_show(struct ledstrip *strip, void *pixels, size_t length)
{
	struct device *dma_dev = dmaengine_get_dma_device(strip->chan);
	int ret;

	strip->pixels = dma_map_single(dma_dev, pixels, length, DMA_TO_DEVICE);
	if (dma_mapping_error(dma_dev, strip->pixels))
		return -ENOMEM;
	strip->length = length;
	ret = ledstrip_transfer(strip);
	dma_unmap_single(dma_dev, strip->pixels, length, DMA_TO_DEVICE);
	return ret;
}

static void
ledstrip_dma_exit(struct ledstrip *strip)
{
	dmaengine_terminate_sync(strip->chan);
	dma_release_channel(strip->chan);
}
