/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 2, a serial bus: both directions at once from scatterlists, the wait on a
 * completion, and limits that are asked for.
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/scatterlist.h>

struct spi {
	struct device *dev;
	struct dma_chan *tx, *rx;
	struct sg_table tx_sg, rx_sg;
	struct completion done;
};

int spi_can_dma(struct spi *spi, unsigned int width);
int spi_map(struct spi *spi, struct sg_table *table, const void *buf, size_t len,
	    enum dma_data_direction dir);
int spi_transfer(struct spi *spi);

int
spi_can_dma(struct spi *spi, unsigned int width)
{
	struct dma_slave_caps caps;
	int ret = dma_get_slave_caps(spi->tx, &caps);

	if (ret)
		return ret;
	if (!(caps.directions & BIT(DMA_MEM_TO_DEV)) || !(caps.dst_addr_widths & BIT(width)))
		return -EINVAL;
	return caps.max_burst;
}

int
spi_map(struct spi *spi, struct sg_table *table, const void *buf, size_t len,
	enum dma_data_direction dir)
{
	unsigned int limit = dma_get_max_seg_size(spi->dev), i;
	const u8 *pos = buf;
	struct scatterlist *sg;
	int ret;

	ret = sg_alloc_table(table, (len + limit - 1) / limit, GFP_KERNEL);
	if (ret)
		return ret;
	for_each_sg(table->sgl, sg, table->nents, i) {
		size_t piece = len < limit ? len : limit;

		if (i & 1)
			sg_set_page(sg, virt_to_page(pos), piece, offset_in_page(pos));
		else
			sg_set_buf(sg, pos, piece);
		pos += piece;
		len -= piece;
	}
	table->nents = dma_map_sg(spi->dev, table->sgl, table->orig_nents, dir);
	if (!table->nents) {
		sg_free_table(table);
		return -ENOMEM;
	}
	return sg_nents_for_len(table->sgl, 1);
}

static void
spi_done(void *arg)
{
	complete(arg);
}

int
spi_transfer(struct spi *spi)
{
	struct dma_async_tx_descriptor *rx, *tx;
	struct scatterlist *sg;
	size_t total = 0;
	int i, ret = 0;

	reinit_completion(&spi->done);
	rx = dmaengine_prep_slave_sg(spi->rx, spi->rx_sg.sgl, spi->rx_sg.nents, DMA_DEV_TO_MEM,
				     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	tx = dmaengine_prep_slave_sg(spi->tx, spi->tx_sg.sgl, spi->tx_sg.nents, DMA_MEM_TO_DEV,
				     DMA_CTRL_ACK);
	if (!rx || !tx) {
		ret = -ENOMEM;
		goto stop;
	}
	rx->callback = spi_done;
	rx->callback_param = &spi->done;
	if (dma_submit_error(dmaengine_submit(rx)) || dma_submit_error(dmaengine_submit(tx))) {
		ret = -EIO;
		goto stop;
	}
	dma_async_issue_pending(spi->rx);
	dma_async_issue_pending(spi->tx);

	for_each_sg(spi->rx_sg.sgl, sg, spi->rx_sg.nents, i)
		total += sg_dma_len(sg);
	if (!wait_for_completion_timeout(&spi->done, msecs_to_jiffies(100 + total / 1000)))
		ret = -ETIMEDOUT;
stop:
	if (ret) {
		dmaengine_terminate_sync(spi->tx);
		dmaengine_terminate_sync(spi->rx);
	}
	dma_unmap_sg(spi->dev, spi->rx_sg.sgl, spi->rx_sg.orig_nents, DMA_FROM_DEVICE);
	dma_unmap_sg(spi->dev, spi->tx_sg.sgl, spi->tx_sg.orig_nents, DMA_TO_DEVICE);
	sg_free_table(&spi->rx_sg);
	sg_free_table(&spi->tx_sg);
	return ret;
}
