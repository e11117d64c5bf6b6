/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The DMA part of a serial driver, on a loopback port: sends a scatterlist, receives into a buffer
 * again and again, and takes a partly filled one when the line is idle.
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#include <rte_malloc.h>
#include <rte_pmd_refdma.h>

#include "../common/start.h"

#define RX_SIZE	32

/* The driver, as it would be in a kernel. */
struct uart {
	struct dma_chan *tx, *rx;
	struct scatterlist tx_sg[2], rx_sg;
	struct completion sent;
	dma_cookie_t rx_cookie;
	char tx_buf[96], rx_buf[RX_SIZE], text[96];
	size_t received;	/* bytes of text */
};

static dma_cookie_t
uart_start(struct uart *uart, struct dma_chan *chan, struct scatterlist *sg, int nents,
	   enum dma_transfer_direction direction, dma_async_tx_callback done)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	desc = dmaengine_prep_slave_sg(chan, sg, nents, direction, DMA_PREP_INTERRUPT);
	if (desc == NULL)
		return -EBUSY;
	desc->callback = done;
	desc->callback_param = uart;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(chan);
	return cookie;
}

static void
uart_receive(struct uart *uart, size_t length)
{
	printf("received %zu bytes\n", length);
	memcpy(&uart->text[uart->received], uart->rx_buf, length);
	uart->received += length;
}

static void
uart_rx_full(void *param)
{
	struct uart *uart = param;

	uart_receive(uart, RX_SIZE);
	uart->rx_cookie = uart_start(uart, uart->rx, &uart->rx_sg, 1, DMA_DEV_TO_MEM, uart_rx_full);
}

/* The line is idle: what the buffer has is all there is. */
static void
uart_rx_timeout(struct uart *uart)
{
	struct dma_tx_state state;

	dmaengine_pause(uart->rx);
	if (dmaengine_tx_status(uart->rx, uart->rx_cookie, &state) == DMA_PAUSED)
		uart_receive(uart, RX_SIZE - state.residue);
	dmaengine_terminate_sync(uart->rx);
}

static void
uart_tx_done(void *param)
{
	struct uart *uart = param;

	printf("sent 2 segments\n");
	dma_unmap_sg(uart->tx->device->dev, uart->tx_sg, 2, DMA_TO_DEVICE);
	complete(&uart->sent);
}

static int
uart_open(struct uart *uart, struct device *dev, phys_addr_t fifo)
{
	struct dma_slave_config config = {
		.src_addr = fifo, .src_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE, .src_maxburst = 1,
		.dst_addr = fifo, .dst_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE, .dst_maxburst = 1,
	};

	uart->rx = dma_request_chan(dev, "rx");
	uart->tx = dma_request_chan(dev, "tx");
	if (IS_ERR(uart->rx) || IS_ERR(uart->tx))
		return IS_ERR(uart->rx) ? PTR_ERR(uart->rx) : PTR_ERR(uart->tx);
	init_completion(&uart->sent);
	sg_init_one(&uart->rx_sg, uart->rx_buf, RX_SIZE);
	if (dmaengine_slave_config(uart->tx, &config) != 0 ||
	    dmaengine_slave_config(uart->rx, &config) != 0 ||
	    dma_map_sg(uart->rx->device->dev, &uart->rx_sg, 1, DMA_FROM_DEVICE) == 0)
		return -EINVAL;
	uart->rx_cookie = uart_start(uart, uart->rx, &uart->rx_sg, 1, DMA_DEV_TO_MEM, uart_rx_full);
	return uart->rx_cookie;
}

static int
uart_write(struct uart *uart, const char *data, unsigned int length)
{
	int nents;

	memcpy(uart->tx_buf, data, length);
	sg_init_table(uart->tx_sg, 2);
	sg_set_buf(&uart->tx_sg[0], uart->tx_buf, length / 3);
	sg_set_buf(&uart->tx_sg[1], uart->tx_buf + length / 3, length - length / 3);
	nents = dma_map_sg(uart->tx->device->dev, uart->tx_sg, 2, DMA_TO_DEVICE);
	return uart_start(uart, uart->tx, uart->tx_sg, nents, DMA_MEM_TO_DEV, uart_tx_done);
}

/* The application says which channels are the UART's, and where its FIFO is. */
int
main(int argc, char **argv)
{
	struct dmaengine_compat_chan_spec rx = { "dma_refdma0", 0 }, tx = { "dma_refdma0", 1 };
	const struct dma_slave_map map[] = { { "uart0", "rx", &rx }, { "uart0", "tx", &tx } };
	static const char text[] = "Two pieces of memory go out, buffers of 32 bytes come in.";
	struct rte_pmd_refdma_port port;
	struct uart *uart;

	start(argc, argv);
	check("slave map", dmaengine_compat_map_add(map, 2));
	check("no port", rte_pmd_refdma_port_get(0, 0, &port)); /* by default 0 is the loopback */
	uart = rte_zmalloc("uart", sizeof(*uart), 0);
	check("no memory", uart == NULL ? -ENOMEM : 0);
	check("open", uart_open(uart, dmaengine_compat_device("uart0"), port.addr));
	check("write", uart_write(uart, text, sizeof(text)));
	check("not sent", wait_for(&uart->sent));
	for (int ms = 0; port.rx_bytes < sizeof(text) && ms < EXAMPLE_TIMEOUT_MS; ms++) {
		wait_a_millisecond();
		rte_pmd_refdma_port_get(0, 0, &port);
	}
	uart_rx_timeout(uart);
	check("the text differs", strcmp(uart->text, text) != 0 ? -EIO : 0);
	printf("text: %s\n", uart->text);
	dma_release_channel(uart->tx);
	dma_release_channel(uart->rx);
	return stop(); /* the memory goes with EAL */
}
