/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Copies for those who have no peripheral: mappings that end with their descriptor, channels that
 * all share, a channel found by mask or by filter, fills, results, and a descriptor that is used
 * again and again.
 */

#include "clients.h"

static void
offload_done(void *arg)
{
	complete(arg);
}

/* As an offload of network or bridge drivers: the mappings belong to the descriptor. */
int
offload_unmap(struct dma_chan *chan, void *dst, void *src, size_t len)
{
	struct dma_device *device = chan->device;
	struct dma_async_tx_descriptor *txd;
	struct dmaengine_unmap_data *unmap;
	DECLARE_COMPLETION_ONSTACK(done);
	dma_cookie_t cookie;

	if (!is_dma_copy_aligned(device, offset_in_page(src), offset_in_page(dst), len))
		return -EINVAL;
	unmap = dmaengine_get_unmap_data(device->dev, 2, GFP_NOWAIT);
	if (!unmap)
		return -ENOMEM;
	unmap->len = len;
	unmap->addr[0] = dma_map_page(device->dev, virt_to_page(src), offset_in_page(src), len,
				      DMA_TO_DEVICE);
	if (dma_mapping_error(device->dev, unmap->addr[0]))
		goto err_unmap;
	unmap->to_cnt = 1;
	unmap->addr[1] = dma_map_page(device->dev, virt_to_page(dst), offset_in_page(dst), len,
				      DMA_FROM_DEVICE);
	if (dma_mapping_error(device->dev, unmap->addr[1]))
		goto err_unmap;
	unmap->from_cnt = 1;
	txd = device->device_prep_dma_memcpy(chan, unmap->addr[1], unmap->addr[0], len,
					     DMA_PREP_INTERRUPT);
	if (!txd)
		goto err_unmap;
	txd->callback = offload_done;
	txd->callback_param = &done;
	dma_set_unmap(txd, unmap);
	cookie = dmaengine_submit(txd);
	if (dma_submit_error(cookie))
		goto err_unmap;
	dmaengine_unmap_put(unmap);
	dma_async_issue_pending(chan);
	if (!wait_for_completion_timeout(&done, msecs_to_jiffies(CLIENT_WAIT)))
		return -ETIMEDOUT;
	return 0;

err_unmap:
	dmaengine_unmap_put(unmap);
	return -EIO;
}

/* As a RAID driver's copy: a shared channel, a fence before the last, and a wait for that one. */
int
offload_shared(void *dst, void *src, size_t len, unsigned int pieces)
{
	struct dma_async_tx_descriptor *tx = NULL;
	enum dma_status status = DMA_ERROR;
	struct dma_chan *chan;
	unsigned int i;

	dmaengine_get();
	chan = dma_find_channel(DMA_MEMCPY);
	if (!chan) {
		dmaengine_put();
		return -ENODEV;
	}
	for (i = 0; i < pieces; i++) {
		dma_addr_t to = dma_map_single(chan->device->dev, (u8 *)dst + i * len, len,
					       DMA_FROM_DEVICE);
		dma_addr_t from = dma_map_single(chan->device->dev, (u8 *)src + i * len, len,
						 DMA_TO_DEVICE);
		unsigned long flags = i + 1 == pieces ? DMA_PREP_FENCE : DMA_CTRL_ACK;

		tx = dmaengine_prep_dma_memcpy(chan, to, from, len, flags);
		if (!tx)
			break;
		if (dma_submit_error(tx->tx_submit(tx)))
			break;
		dma_issue_pending_all();
	}
	if (i == pieces) {
		status = dma_wait_for_async_tx(tx);
		if (!async_tx_test_ack(tx))
			async_tx_ack(tx);
	}
	dmaengine_put();
	return status == DMA_COMPLETE ? 0 : -EIO;
}

/* As a flash driver: any channel that copies; without one the CPU would. */
int
nand_copy(void *dst, void *src, size_t len)
{
	struct dma_async_tx_descriptor *tx;
	DECLARE_COMPLETION_ONSTACK(done);
	dma_addr_t dma_dst, dma_src;
	struct dma_device *dma_dev;
	struct dma_chan *chan;
	dma_cap_mask_t mask;
	int ret = -EIO;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_chan_by_mask(&mask);
	if (IS_ERR(chan))
		return PTR_ERR(chan);
	dma_dev = chan->device;
	dma_src = dma_map_single(dma_dev->dev, src, len, DMA_TO_DEVICE);
	dma_dst = dma_map_single(dma_dev->dev, dst, len, DMA_FROM_DEVICE);
	if (dma_mapping_error(dma_dev->dev, dma_src) || dma_mapping_error(dma_dev->dev, dma_dst))
		goto release;
	tx = dma_dev->device_prep_dma_memcpy(chan, dma_dst, dma_src, len,
					     DMA_CTRL_ACK | DMA_PREP_INTERRUPT);
	if (!tx)
		goto release;
	tx->callback = offload_done;
	tx->callback_param = &done;
	if (dma_submit_error(tx->tx_submit(tx)))
		goto release;
	dma_async_issue_pending(chan);
	wait_for_completion(&done);
	dma_unmap_single(dma_dev->dev, dma_src, len, DMA_TO_DEVICE);
	dma_unmap_single(dma_dev->dev, dma_dst, len, DMA_FROM_DEVICE);
	ret = 0;
release:
	dma_release_channel(chan);
	return ret;
}

static bool
endpoint_filter(struct dma_chan *chan, void *param)
{
	if (strcmp(dev_name(chan->device->dev), param))
		return false;
	chan->private = param;
	return true;
}

/* As an endpoint test: a channel of one controller, and a wait that issues by itself. */
int
endpoint_copy(char *controller, void *dst, void *src, size_t len)
{
	struct dma_async_tx_descriptor *tx;
	dma_addr_t dma_dst, dma_src;
	struct dma_chan *chan;
	enum dma_status status;
	dma_cap_mask_t mask;
	dma_cookie_t cookie;
	int ret = -EIO;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_channel(mask, endpoint_filter, controller);
	if (!chan)
		return -ENODEV;
	dma_dst = dma_map_single(chan->device->dev, dst, len, DMA_FROM_DEVICE);
	dma_src = dma_map_single(chan->device->dev, src, len, DMA_TO_DEVICE);
	tx = dmaengine_prep_dma_memcpy(chan, dma_dst, dma_src, len, DMA_CTRL_ACK);
	if (tx) {
		cookie = tx->tx_submit(tx);
		status = dma_sync_wait(chan, cookie);
		if (status == DMA_COMPLETE && chan->cookie == cookie &&
		    chan->private == controller)
			ret = 0;
		dmaengine_terminate_sync(chan);
	}
	dma_release_channel(chan);
	return ret;
}

/* Filling, and looking whether it is done instead of being called. */
int
fill_area(struct dma_chan *chan, void *dst, size_t len, int value)
{
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie, last, used;
	enum dma_status status;
	dma_addr_t addr;

	if (!dma_has_cap(DMA_MEMSET, chan->device->cap_mask) ||
	    !is_dma_fill_aligned(chan->device, (uintptr_t)dst, 0, len))
		return -EOPNOTSUPP;
	addr = dma_map_single(chan->device->dev, dst, len, DMA_FROM_DEVICE);
	tx = dmaengine_prep_dma_memset(chan, addr, value, len, 0);
	if (!tx)
		return -ENOMEM;
	cookie = dmaengine_submit(tx);
	dma_async_issue_pending(chan);
	do {
		status = dma_async_is_tx_complete(chan, cookie, &last, &used);
	} while (status == DMA_IN_PROGRESS);
	if (dma_async_is_complete(cookie, last, used) != status)
		return -EINVAL;
	dma_unmap_single(chan->device->dev, addr, len, DMA_FROM_DEVICE);
	return status == DMA_COMPLETE ? 0 : -EIO;
}

struct result_wait {
	struct completion done;
	struct dmaengine_result *result;
};

static void
result_done(void *param, const struct dmaengine_result *result)
{
	struct result_wait *wait = param;

	*wait->result = *result;
	complete(&wait->done);
}

/* The callback says how it went, and how much is missing. */
int
result_copy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
	    struct dmaengine_result *result)
{
	struct dma_async_tx_descriptor *tx;
	struct result_wait wait = { .result = result };

	init_completion(&wait.done);
	tx = dmaengine_prep_dma_memcpy(chan, dst, src, len, DMA_PREP_INTERRUPT);
	if (!tx)
		return -ENOMEM;
	tx->callback_result = result_done;
	tx->callback_param = &wait;
	if (dma_submit_error(dmaengine_submit(tx)))
		return -EIO;
	dma_async_issue_pending(chan);
	return wait_for_completion_timeout(&wait.done, msecs_to_jiffies(CLIENT_WAIT)) ?
		0 : -ETIMEDOUT;
}

/* One descriptor, prepared once. */
int
reuse_copy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len, unsigned int times)
{
	struct dma_async_tx_descriptor *tx;
	DECLARE_COMPLETION_ONSTACK(done);
	int ret = 0;

	tx = dmaengine_prep_dma_memcpy(chan, dst, src, len, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!tx)
		return -ENOMEM;
	ret = dmaengine_desc_set_reuse(tx);
	if (ret)
		return ret;
	tx->callback = offload_done;
	tx->callback_param = &done;
	while (times-- > 0 && !ret) {
		if (!dmaengine_desc_test_reuse(tx) || dma_submit_error(dmaengine_submit(tx)))
			return -EIO;
		dma_async_issue_pending(chan);
		if (!wait_for_completion_timeout(&done, msecs_to_jiffies(CLIENT_WAIT)))
			ret = -ETIMEDOUT;
		reinit_completion(&done);
	}
	return dmaengine_desc_free(tx) ? -EBUSY : ret;
}
