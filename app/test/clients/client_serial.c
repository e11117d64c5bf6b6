/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A serial port: the send buffer is a ring, so what is in it may be two segments; the receiver is
 * started anew in its callback, and what has come when the line falls silent is taken out of a
 * paused transfer.
 */

#include "clients.h"

static int serial_rx_dma(struct serial *s);
static int serial_tx_dma(struct serial *s);

static void
serial_tx_complete(void *param)
{
	struct serial *s = param;

	dma_sync_single_for_cpu(s->tx->device->dev, s->tx_dma, SERIAL_RING, DMA_TO_DEVICE);
	s->tail = (s->tail + s->tx_bytes) % SERIAL_RING;
	s->tx_bytes = 0;
	if (s->head == s->tail || serial_tx_dma(s))
		complete(&s->sent);
}

static int
serial_tx_dma(struct serial *s)
{
	struct dma_async_tx_descriptor *desc;
	struct scatterlist sgl[2];
	unsigned int nents = 1;

	sg_init_table(sgl, 2);
	s->tx_bytes = (s->head - s->tail + SERIAL_RING) % SERIAL_RING;
	sg_dma_address(&sgl[0]) = s->tx_dma + s->tail;
	sg_dma_len(&sgl[0]) = s->tx_bytes;
	if (s->tail + s->tx_bytes > SERIAL_RING) {
		sg_dma_len(&sgl[0]) = SERIAL_RING - s->tail;
		sg_dma_address(&sgl[1]) = s->tx_dma;
		sg_dma_len(&sgl[1]) = s->head;
		nents = 2;
	}
	desc = dmaengine_prep_slave_sg(s->tx, sgl, nents, DMA_MEM_TO_DEV,
				       DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!desc)
		return -EBUSY;
	desc->callback = serial_tx_complete;
	desc->callback_param = s;
	s->tx_cookie = dmaengine_submit(desc);
	dma_sync_single_for_device(s->tx->device->dev, s->tx_dma, SERIAL_RING, DMA_TO_DEVICE);
	dma_async_issue_pending(s->tx);
	return dma_submit_error(s->tx_cookie);
}

int
serial_write(struct serial *s, const u8 *data, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		s->ring[s->head] = data[i];
		s->head = (s->head + 1) % SERIAL_RING;
	}
	reinit_completion(&s->sent);
	if (s->tx_bytes == 0 && serial_tx_dma(s))
		return -EBUSY;
	return wait_for_completion_timeout(&s->sent, msecs_to_jiffies(CLIENT_WAIT)) ?
		0 : -ETIMEDOUT;
}

static void
serial_push(struct serial *s, unsigned int count)
{
	struct device *dev = s->rx->device->dev;

	dma_sync_single_for_cpu(dev, s->rx_dma, SERIAL_RX, DMA_FROM_DEVICE);
	if (s->line_bytes + count <= s->line_size)
		memcpy(s->line + s->line_bytes, s->rx_buf, count);
	s->line_bytes += count;
	dma_sync_single_for_device(dev, s->rx_dma, SERIAL_RX, DMA_FROM_DEVICE);
}

static void
serial_rx_complete(void *param)
{
	struct serial *s = param;
	struct dma_tx_state state;

	dmaengine_tx_status(s->rx, s->rx_cookie, &state);
	serial_push(s, SERIAL_RX - state.residue);
	if (s->line_bytes < s->line_size)
		serial_rx_dma(s);
	else
		complete(&s->line_full);
}

static int
serial_rx_dma(struct serial *s)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_slave_single(s->rx, s->rx_dma, SERIAL_RX, DMA_DEV_TO_MEM,
					   DMA_PREP_INTERRUPT);
	if (!desc)
		return -EBUSY;
	desc->callback = serial_rx_complete;
	desc->callback_param = s;
	s->rx_cookie = dmaengine_submit(desc);
	dma_async_issue_pending(s->rx);
	return 0;
}

/* The line is silent: what has come so far is all. */
int
serial_rx_timeout(struct serial *s)
{
	struct dma_tx_state state;
	enum dma_status status;

	if (dmaengine_pause(s->rx))
		return -EIO;
	status = dmaengine_tx_status(s->rx, s->rx_cookie, &state);
	if (status == DMA_IN_PROGRESS || status == DMA_PAUSED)
		serial_push(s, SERIAL_RX - state.residue);
	return dmaengine_terminate_sync(s->rx);
}

static int
serial_request(struct serial *s, const struct client_hw *hw)
{
	struct dma_slave_config rxconf = {
		.src_addr = hw->rx_fifo,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE,
		.src_maxburst = 1,
		.src_port_window_size = hw->window * 4,
	}, txconf = {
		.dst_addr = hw->tx_fifo,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE,
		.dst_maxburst = 16,
		.dst_port_window_size = hw->window * 4,
	};

	s->rx = dma_request_slave_channel(hw->dev, "rx");
	if (!s->rx)
		return -ENODEV;
	s->tx = dma_request_slave_channel(hw->dev, "tx");
	if (!s->tx) {
		dma_release_channel(s->rx);
		return -ENODEV;
	}
	dmaengine_slave_config(s->rx, &rxconf);
	dmaengine_slave_config(s->tx, &txconf);
	return 0;
}

int
serial_start(struct serial *s, const struct client_hw *hw, u8 *line, unsigned int size)
{
	struct device *dev;

	memset(s, 0, sizeof(*s));
	if (serial_request(s, hw))
		return -ENODEV;
	s->line = line;
	s->line_size = size;
	init_completion(&s->sent);
	init_completion(&s->line_full);
	dev = s->rx->device->dev;
	s->rx_buf = dma_alloc_coherent(dev, SERIAL_RX, &s->rx_dma, GFP_KERNEL);
	s->ring = dma_alloc_coherent(dev, SERIAL_RING, &s->tx_dma, GFP_KERNEL);
	if (!s->rx_buf || !s->ring)
		return -ENOMEM;
	s->head = s->tail = SERIAL_RING - 100;	/* it wraps soon */
	return serial_rx_dma(s);
}

void
serial_stop(struct serial *s)
{
	struct device *dev = s->rx->device->dev;

	dmaengine_terminate_all(s->rx);
	dmaengine_synchronize(s->rx);
	dma_free_coherent(dev, SERIAL_RX, s->rx_buf, s->rx_dma);
	dmaengine_terminate_all(s->tx);
	dmaengine_synchronize(s->tx);
	dma_free_coherent(dev, SERIAL_RING, s->ring, s->tx_dma);
	dma_release_channel(s->rx);
	dma_release_channel(s->tx);
	s->rx = s->tx = NULL;
}
