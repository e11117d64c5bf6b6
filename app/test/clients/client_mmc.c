/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A card host: one channel for both directions, long lists, mapped while the request before is
 * still running, and the bytes that were moved when a request is given up.
 */

#include "clients.h"

static void
mmc_complete(void *param)
{
	struct mmc *mmc = param;

	complete(&mmc->done);
}

int
mmc_probe(struct mmc *mmc, const struct client_hw *hw)
{
	struct dma_slave_caps caps;

	init_completion(&mmc->done);
	mmc->hw = hw;
	mmc->chan = dma_request_chan(hw->dev, "tx");
	if (IS_ERR(mmc->chan))
		return PTR_ERR(mmc->chan);
	if (dma_get_slave_caps(mmc->chan, &caps) || !caps.cmd_terminate ||
	    !(caps.directions & (BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM)))) {
		dma_release_channel(mmc->chan);
		return -ENODEV;
	}
	return 0;
}

static enum dma_data_direction
mmc_dir(const struct mmc_data *data)
{
	return data->read ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

int
mmc_pre(struct mmc *mmc, struct mmc_data *data, u8 *buf, size_t len, size_t segment)
{
	unsigned int nents = (len + segment - 1) / segment;
	struct scatterlist *sg;
	unsigned int i;

	if (sg_alloc_table(&data->table, nents, GFP_KERNEL))
		return -ENOMEM;
	for_each_sg(data->table.sgl, sg, nents, i) {
		size_t n = len - i * segment < segment ? len - i * segment : segment;

		sg_set_buf(sg, buf + i * segment, n);
	}
	data->bytes = len;
	data->moved = 0;
	data->mapped = dma_map_sg(dmaengine_get_dma_device(mmc->chan), data->table.sgl, nents,
				  mmc_dir(data));
	if (data->mapped == 0) {
		sg_free_table(&data->table);
		return -EINVAL;
	}
	return 0;
}

void
mmc_post(struct mmc *mmc, struct mmc_data *data)
{
	dma_unmap_sg(dmaengine_get_dma_device(mmc->chan), data->table.sgl,
		     data->table.orig_nents, mmc_dir(data));
	sg_free_table(&data->table);
}

int
mmc_run(struct mmc *mmc, struct mmc_data *data, unsigned int timeout_ms)
{
	struct dma_slave_config cfg = {
		.src_addr = mmc->hw->rx_fifo,
		.dst_addr = mmc->hw->tx_fifo,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.src_maxburst = 8,
		.dst_maxburst = 8,
		.src_port_window_size = mmc->hw->window,
		.dst_port_window_size = mmc->hw->window,
	};
	struct dma_async_tx_descriptor *desc;
	struct dma_tx_state state;
	dma_cookie_t cookie;

	reinit_completion(&mmc->done);
	if (dmaengine_slave_config(mmc->chan, &cfg))
		return -EINVAL;
	desc = dmaengine_prep_slave_sg(mmc->chan, data->table.sgl, data->mapped,
				       data->read ? DMA_DEV_TO_MEM : DMA_MEM_TO_DEV,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!desc)
		return -EBUSY;
	desc->callback = mmc_complete;
	desc->callback_param = mmc;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(mmc->chan);
	if (wait_for_completion_timeout(&mmc->done, msecs_to_jiffies(timeout_ms))) {
		data->moved = data->bytes;
		return 0;
	}
	if (dmaengine_tx_status(mmc->chan, cookie, &state) == DMA_IN_PROGRESS)
		data->moved = data->bytes - state.residue;
	dmaengine_terminate_sync(mmc->chan);
	return -ETIMEDOUT;
}

void
mmc_remove(struct mmc *mmc)
{
	dmaengine_terminate_sync(mmc->chan);
	dma_release_channel(mmc->chan);
}
