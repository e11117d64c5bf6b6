/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 4, an offloaded copy: a channel by mask and filter, mappings that end with the
 * transfer, a fill, polling by cookies, and a descriptor that is used again.
 */

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/gfp.h>

struct dma_chan *copy_request(const char *wanted);
dma_cookie_t copy_start(struct dma_chan *chan, void *dst, void *src, size_t len);
int copy_poll(struct dma_chan *chan, dma_cookie_t cookie);
int copy_repeat(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len, int rounds);
int copy_fill(dma_addr_t dst, size_t len);

static bool
copy_filter(struct dma_chan *chan, void *param)
{
	const char *wanted = param, *name = dma_chan_name(chan);

	if (chan->device->dev->parent && chan->chan_id > 7)
		return false;
	chan->private = param;
	return !wanted || *wanted == *name;
}

struct dma_chan *
copy_request(const char *wanted)
{
	dma_cap_mask_t mask;
	struct dma_chan *chan;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_channel(mask, copy_filter, (void *)(uintptr_t)wanted);
	if (chan)
		return chan;
	chan = dma_request_chan_by_mask(&mask);
	return IS_ERR(chan) ? NULL : chan;
}

dma_cookie_t
copy_start(struct dma_chan *chan, void *dst, void *src, size_t len)
{
	struct dma_device *device = chan->device;
	struct dma_async_tx_descriptor *tx = NULL;
	struct dmaengine_unmap_data *unmap;
	dma_cookie_t cookie = -ENOMEM;

	if (!is_dma_copy_aligned(device, offset_in_page(src), offset_in_page(dst), len))
		return -EINVAL;
	unmap = dmaengine_get_unmap_data(device->dev, 2, GFP_NOWAIT);
	if (!unmap)
		return -ENOMEM;
	unmap->len = len;
	unmap->to_cnt = 1;
	unmap->addr[0] = dma_map_page(device->dev, virt_to_page(src), offset_in_page(src), len,
				      DMA_TO_DEVICE);
	if (dma_mapping_error(device->dev, unmap->addr[0]))
		goto put;
	unmap->from_cnt = 1;
	unmap->addr[1] = dma_map_single(device->dev, dst, len, DMA_FROM_DEVICE);
	if (dma_mapping_error(device->dev, unmap->addr[1]))
		goto put;
	tx = device->device_prep_dma_memcpy(chan, unmap->addr[1], unmap->addr[0], len,
					    DMA_PREP_INTERRUPT);
	if (tx) {
		dma_set_unmap(tx, unmap);
		cookie = tx->tx_submit(tx);
		async_tx_ack(tx);
		dma_async_issue_pending(chan);
	}
put:
	dmaengine_unmap_put(unmap);
	return cookie;
}

int
copy_poll(struct dma_chan *chan, dma_cookie_t cookie)
{
	dma_cookie_t last, used;
	enum dma_status status = dma_async_is_tx_complete(chan, cookie, &last, &used);

	if (status == DMA_IN_PROGRESS)
		status = dma_async_is_complete(cookie, last, used);
	if (status != DMA_COMPLETE)
		status = dma_sync_wait(chan, cookie);
	return status == DMA_COMPLETE ? 0 : -EIO;
}

int
copy_repeat(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len, int rounds)
{
	struct dma_async_tx_descriptor *tx = dmaengine_prep_dma_memcpy(chan, dst, src, len, 0);
	int ret;

	if (!tx)
		return -EIO;
	ret = dmaengine_desc_set_reuse(tx);
	while (!ret && rounds-- > 0)
		ret = copy_poll(chan, dmaengine_submit(tx));
	if (dmaengine_desc_test_reuse(tx))
		ret = dmaengine_desc_free(tx);
	return ret;
}

int
copy_fill(dma_addr_t dst, size_t len)
{
	struct dma_async_tx_descriptor *tx;
	struct dma_chan *chan;
	int ret = -ENODEV;

	dmaengine_get();
	chan = dma_find_channel(DMA_MEMSET);
	tx = chan ? dmaengine_prep_dma_memset(chan, dst, 0x5a, len, DMA_CTRL_ACK) : NULL;
	if (tx && !dma_submit_error(dmaengine_submit(tx))) {
		dma_issue_pending_all();
		ret = dma_wait_for_async_tx(tx) == DMA_COMPLETE ? 0 : -EIO;
	}
	dmaengine_put();
	return ret;
}
