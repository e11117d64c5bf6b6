/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Two buses. SPI: both directions at once, from lists that an earlier layer has mapped; a transfer
 * that does not end is timed out and both channels are terminated. I2C: one message in one
 * direction, and the CPU does the work where there is no channel.
 */

#include "clients.h"

static void
bus_complete(void *param)
{
	complete(param);
}

int
spi_probe(struct spi *spi, const struct client_hw *hw)
{
	int ret;

	spi->hw = hw;
	init_completion(&spi->done);
	spi->tx = dma_request_chan(hw->dev, "tx");
	if (IS_ERR(spi->tx)) {
		ret = PTR_ERR(spi->tx);
		spi->tx = NULL;
		return ret;
	}
	spi->rx = dma_request_chan(hw->dev, "rx");
	if (IS_ERR(spi->rx)) {
		ret = PTR_ERR(spi->rx);
		spi->rx = NULL;
		dma_release_channel(spi->tx);
		spi->tx = NULL;
		return ret;
	}
	return 0;
}

static int
spi_map(struct dma_chan *chan, struct sg_table *sgt, void *buf, size_t len,
	enum dma_data_direction dir)
{
	const size_t max = PAGE_SIZE;
	int nents = (offset_in_page(buf) + len + max - 1) / max, i;
	struct scatterlist *sg;

	if (sg_alloc_table(sgt, nents, GFP_KERNEL))
		return -ENOMEM;
	for_each_sg(sgt->sgl, sg, nents, i) {
		size_t n = max - offset_in_page(buf);

		if (n > len)
			n = len;
		sg_set_page(sg, virt_to_page(buf), n, offset_in_page(buf));
		buf = (u8 *)buf + n;
		len -= n;
	}
	if (dma_map_sgtable(chan->device->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC)) {
		sg_free_table(sgt);
		return -EIO;
	}
	return 0;
}

static void
spi_unmap(struct dma_chan *chan, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(chan->device->dev, sgt, dir, 0);
	sg_free_table(sgt);
}

static int
spi_setup(struct spi *spi)
{
	/* On the stack, and not all of it set: as it is often seen. */
	struct dma_slave_config config;

	memset(&config, 0, sizeof(config));
	config.direction = DMA_DEV_TO_MEM;
	config.src_addr = spi->hw->rx_fifo;
	config.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES;
	config.src_maxburst = 4;
	config.src_port_window_size = spi->hw->window;
	if (dmaengine_slave_config(spi->rx, &config))
		return -EINVAL;
	config.direction = DMA_MEM_TO_DEV;
	config.dst_addr = spi->hw->tx_fifo;
	config.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES;
	config.dst_maxburst = 4;
	config.dst_port_window_size = spi->hw->window;
	return dmaengine_slave_config(spi->tx, &config);
}

static int
spi_dma(struct spi *spi, struct sg_table *tx, struct sg_table *rx, unsigned int timeout_ms)
{
	struct dma_async_tx_descriptor *rxdesc, *txdesc;
	dma_cookie_t cookie;

	reinit_completion(&spi->done);
	rxdesc = dmaengine_prep_slave_sg(spi->rx, rx->sgl, rx->nents, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!rxdesc)
		return -EINVAL;
	rxdesc->callback = bus_complete;
	rxdesc->callback_param = &spi->done;
	cookie = dmaengine_submit(rxdesc);
	if (dma_submit_error(cookie))
		return -EIO;
	dma_async_issue_pending(spi->rx);
	if (tx) {
		txdesc = dmaengine_prep_slave_sg(spi->tx, tx->sgl, tx->nents, DMA_MEM_TO_DEV,
						 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
		if (!txdesc) {
			dmaengine_terminate_sync(spi->rx);
			return -EINVAL;
		}
		dmaengine_submit(txdesc);
		dma_async_issue_pending(spi->tx);
	}
	if (!wait_for_completion_timeout(&spi->done, msecs_to_jiffies(timeout_ms))) {
		dmaengine_terminate_sync(spi->tx);
		dmaengine_terminate_sync(spi->rx);
		return -ETIMEDOUT;
	}
	return dmaengine_tx_status(spi->rx, cookie, NULL) == DMA_COMPLETE ? 0 : -EIO;
}

int
spi_transfer(struct spi *spi, void *tx, void *rx, size_t len, unsigned int timeout_ms)
{
	struct sg_table tx_sgt, rx_sgt;
	int ret = spi_setup(spi);

	if (ret)
		return ret;
	if (spi_map(spi->rx, &rx_sgt, rx, len, DMA_FROM_DEVICE))
		return -ENOMEM;
	if (tx && spi_map(spi->tx, &tx_sgt, tx, len, DMA_TO_DEVICE)) {
		spi_unmap(spi->rx, &rx_sgt, DMA_FROM_DEVICE);
		return -ENOMEM;
	}
	ret = spi_dma(spi, tx ? &tx_sgt : NULL, &rx_sgt, timeout_ms);
	if (tx)
		spi_unmap(spi->tx, &tx_sgt, DMA_TO_DEVICE);
	spi_unmap(spi->rx, &rx_sgt, DMA_FROM_DEVICE);
	return ret;
}

void
spi_remove(struct spi *spi)
{
	if (spi->tx)
		dma_release_channel(spi->tx);
	if (spi->rx)
		dma_release_channel(spi->rx);
}

static struct dma_chan *
i2c_chan(const struct client_hw *hw, const char *name, enum dma_transfer_direction dir)
{
	struct dma_chan *chan = dma_request_chan(hw->dev, name);
	struct dma_slave_config cfg = {};

	if (IS_ERR(chan))
		return chan;
	cfg.direction = dir;
	cfg.src_addr = hw->rx_fifo;
	cfg.dst_addr = hw->tx_fifo;
	cfg.src_addr_width = cfg.dst_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE;
	cfg.src_maxburst = cfg.dst_maxburst = 1;
	cfg.src_port_window_size = cfg.dst_port_window_size = hw->window * 4;
	if (dmaengine_slave_config(chan, &cfg) < 0) {
		dma_release_channel(chan);
		return ERR_PTR(-EINVAL);
	}
	return chan;
}

/* A channel that is not there is no failure; one that is not there yet is. */
int
i2c_request(struct i2c *i2c, const struct client_hw *hw, const char *tx, const char *rx)
{
	memset(i2c, 0, sizeof(*i2c));
	init_completion(&i2c->done);
	i2c->tx = i2c_chan(hw, tx, DMA_MEM_TO_DEV);
	i2c->rx = i2c_chan(hw, rx, DMA_DEV_TO_MEM);
	if (PTR_ERR_OR_ZERO(i2c->tx) == -EBUSY || PTR_ERR_OR_ZERO(i2c->rx) == -EBUSY)
		return -EBUSY;
	return 0;
}

int
i2c_message(struct i2c *i2c, u8 *buf, size_t len, bool read)
{
	struct dma_chan *chan = read ? i2c->rx : i2c->tx;
	enum dma_data_direction dir = read ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	struct dma_async_tx_descriptor *desc;
	int ret = -EIO;
	dma_addr_t addr;

	if (IS_ERR_OR_NULL(chan)) {
		i2c->by_cpu++;
		return 0;
	}
	addr = dma_map_single(chan->device->dev, buf, len, dir);
	if (dma_mapping_error(chan->device->dev, addr)) {
		i2c->by_cpu++;
		return 0;
	}
	desc = dmaengine_prep_slave_single(chan, addr, len, read ? DMA_DEV_TO_MEM : DMA_MEM_TO_DEV,
					   DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (desc) {
		reinit_completion(&i2c->done);
		desc->callback = bus_complete;
		desc->callback_param = &i2c->done;
		if (!dma_submit_error(dmaengine_submit(desc))) {
			dma_async_issue_pending(chan);
			ret = 0;
		}
	}
	if (!ret && !wait_for_completion_timeout(&i2c->done, msecs_to_jiffies(CLIENT_WAIT))) {
		dmaengine_terminate_sync(chan);
		ret = -ETIMEDOUT;
	}
	dma_unmap_single(chan->device->dev, addr, len, dir);
	return ret;
}

void
i2c_remove(struct i2c *i2c)
{
	if (!IS_ERR_OR_NULL(i2c->tx))
		dma_release_channel(i2c->tx);
	if (!IS_ERR_OR_NULL(i2c->rx))
		dma_release_channel(i2c->rx);
}
