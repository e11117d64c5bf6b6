/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 1, a serial port: two named channels, a FIFO on either side, transmission from a
 * ring and restarted in the callback, reception cut short with its residue.
 */

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/err.h>
#include <linux/types.h>

#define RX_BYTES 512
#define TX_BYTES 1024

struct uart {
	struct device *dev;
	phys_addr_t fifo;
	struct dma_chan *tx_chan, *rx_chan;
	dma_addr_t tx_addr, rx_addr;
	dma_cookie_t tx_cookie, rx_cookie;
	u8 *tx_buf, *rx_buf;
	size_t tx_pending, received;
	bool tx_running;
};

int uart_dma_open(struct uart *port);
int uart_dma_tx(struct uart *port);
int uart_dma_rx(struct uart *port);
size_t uart_dma_rx_idle(struct uart *port);
void uart_dma_close(struct uart *port);

static int
uart_request(struct uart *port)
{
	struct dma_slave_config rx = {
		.direction = DMA_DEV_TO_MEM,
		.src_addr = port->fifo,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE,
		.src_maxburst = 4,
	};
	struct dma_slave_config tx;
	int ret;

	/* Members that do not matter are left as they are on the stack, as many drivers do. */
	tx.direction = DMA_MEM_TO_DEV;
	tx.dst_addr = port->fifo;
	tx.dst_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE;
	tx.dst_maxburst = 8;

	port->rx_chan = dma_request_chan(port->dev, "rx");
	if (IS_ERR(port->rx_chan))
		return PTR_ERR(port->rx_chan);
	port->tx_chan = dma_request_slave_channel(port->dev, "tx");
	if (!port->tx_chan) {
		ret = -EPROBE_DEFER;
		goto release_rx;
	}
	ret = dmaengine_slave_config(port->rx_chan, &rx);
	if (!ret)
		ret = dmaengine_slave_config(port->tx_chan, &tx);
	if (!ret)
		return 0;

	dma_release_channel(port->tx_chan);
release_rx:
	dma_release_channel(port->rx_chan);
	return ret;
}

int
uart_dma_open(struct uart *port)
{
	int ret = uart_request(port);

	if (ret)
		return ret;
	port->rx_buf = dma_alloc_coherent(port->rx_chan->device->dev, RX_BYTES, &port->rx_addr,
					  GFP_KERNEL);
	if (!port->rx_buf)
		return -ENOMEM;
	port->tx_addr = dma_map_single(port->tx_chan->device->dev, port->tx_buf, TX_BYTES,
				       DMA_TO_DEVICE);
	if (dma_mapping_error(port->tx_chan->device->dev, port->tx_addr))
		return -ENOMEM;
	return 0;
}

static void
uart_tx_done(void *arg)
{
	struct uart *port = arg;

	dma_sync_single_for_cpu(port->tx_chan->device->dev, port->tx_addr, TX_BYTES, DMA_TO_DEVICE);
	port->tx_running = false;
	if (port->tx_pending)
		uart_dma_tx(port);
}

int
uart_dma_tx(struct uart *port)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_slave_single(port->tx_chan, port->tx_addr, port->tx_pending,
					   DMA_MEM_TO_DEV, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!desc)
		return -EBUSY;
	desc->callback = uart_tx_done;
	desc->callback_param = port;
	port->tx_cookie = dmaengine_submit(desc);
	if (dma_submit_error(port->tx_cookie))
		return dma_submit_error(port->tx_cookie);
	port->tx_pending = 0;
	port->tx_running = true;
	dma_sync_single_for_device(port->tx_chan->device->dev, port->tx_addr, TX_BYTES,
				   DMA_TO_DEVICE);
	dma_async_issue_pending(port->tx_chan);
	return 0;
}

static void
uart_rx_done(void *arg, const struct dmaengine_result *result)
{
	struct uart *port = arg;

	if (result->result == DMA_TRANS_NOERROR)
		port->received += RX_BYTES - result->residue;
	uart_dma_rx(port);
}

int
uart_dma_rx(struct uart *port)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_slave_single(port->rx_chan, port->rx_addr, RX_BYTES, DMA_DEV_TO_MEM,
					   DMA_PREP_INTERRUPT);
	if (!desc)
		return -EIO;
	desc->callback_result = uart_rx_done;
	desc->callback_param = port;
	port->rx_cookie = desc->tx_submit(desc);
	dma_async_issue_pending(port->rx_chan);
	return dma_submit_error(port->rx_cookie);
}

/* The line went quiet: take what has come in so far. */
size_t
uart_dma_rx_idle(struct uart *port)
{
	struct dma_tx_state state;
	enum dma_status status;
	size_t count = 0;

	dmaengine_pause(port->rx_chan);
	status = dmaengine_tx_status(port->rx_chan, port->rx_cookie, &state);
	if (status == DMA_IN_PROGRESS || status == DMA_PAUSED)
		count = RX_BYTES - state.residue;
	dmaengine_terminate_async(port->rx_chan);
	dmaengine_synchronize(port->rx_chan);
	return count;
}

void
uart_dma_close(struct uart *port)
{
	dmaengine_terminate_sync(port->rx_chan);
	dmaengine_terminate_all(port->tx_chan);
	dma_unmap_single(port->tx_chan->device->dev, port->tx_addr, TX_BYTES, DMA_TO_DEVICE);
	dma_free_coherent(port->rx_chan->device->dev, RX_BYTES, port->rx_buf, port->rx_addr);
	dma_release_channel(port->tx_chan);
	dma_release_channel(port->rx_chan);
}
