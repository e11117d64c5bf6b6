/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Frames with metadata beside them, as network and crypto drivers have it, through a loopback port:
 * first in memory of the client (DESC_METADATA_CLIENT), then of the channel (DESC_METADATA_ENGINE).
 * usage: packet_metadata [EAL ARGUMENTS]
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#include <dmaengine_compat_refdma.h>

#include <rte_pmd_refdma.h>

#include "../common/start.h"

#define ROOM	2048	/* bytes for a frame */

struct packet {
	struct dma_chan *chan;
	struct dma_async_tx_descriptor *desc;
	char *data;
	dma_addr_t dma;
	size_t length;
	uint32_t info[2];	/* metadata: flow and checksum */
	struct completion done;
};

static uint32_t
checksum(const struct packet *packet)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < packet->length; i++)
		sum = sum * 31 + (uint8_t)packet->data[i];
	return sum;
}

/* A channel to the loopback port. A received frame ends its descriptor: a setting that only this
 * kind of controller has, here around the common ones.
 */
static void
packet_open(struct packet *packet)
{
	struct dmaengine_refdma_slave_config config = {
		.config.peripheral_config = &config,
		.config.peripheral_size = sizeof(config),
		.peripheral.flags = DMAENGINE_REFDMA_STOP_EOF,
	};
	struct rte_pmd_refdma_port port;
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);
	packet->chan = dma_request_chan_by_mask(&mask);
	check("no channel", PTR_ERR_OR_ZERO(packet->chan));
	check("no port", rte_pmd_refdma_port_get(0, 0, &port)); /* by default 0 is the loopback */
	config.config.src_addr = config.config.dst_addr = port.addr;
	check("settings", dmaengine_slave_config(packet->chan, &config.config));
	packet->data = dma_alloc_coherent(packet->chan->device->dev, ROOM, &packet->dma,
					  GFP_KERNEL);
	check("no memory", packet->data == NULL ? -ENOMEM : 0);
}

/* Runs on the tasklet. What a received frame left of the room is the residue. */
static void
packet_done(void *param, const struct dmaengine_result *result)
{
	struct packet *packet = param;
	size_t length, room;
	void *info;

	packet->length -= result->residue;
	if (packet->desc->desc_metadata_mode != DESC_METADATA_CLIENT) {
		/* The channel's memory: to be read before this returns. */
		info = dmaengine_desc_get_metadata_ptr(packet->desc, &length, &room);
		if (!IS_ERR(info) && length == sizeof(packet->info))
			memcpy(packet->info, info, length);
	}
	complete(&packet->done);
}

static void
packet_start(struct packet *packet, enum dma_transfer_direction direction,
	     enum dma_desc_metadata_mode mode)
{
	size_t length, room;
	void *info;

	packet->desc = dmaengine_prep_slave_single(packet->chan, packet->dma, packet->length,
						   direction, DMA_PREP_INTERRUPT);
	check("the frame cannot be prepared", packet->desc == NULL ? -EBUSY : 0);
	packet->desc->callback_result = packet_done;
	packet->desc->callback_param = packet;
	init_completion(&packet->done);
	if (mode == DESC_METADATA_CLIENT) {
		check("attach", dmaengine_desc_attach_metadata(packet->desc, packet->info,
							       sizeof(packet->info)));
	} else if (direction == DMA_MEM_TO_DEV) {
		info = dmaengine_desc_get_metadata_ptr(packet->desc, &length, &room);
		check("metadata", PTR_ERR_OR_ZERO(info));
		memcpy(info, packet->info, sizeof(packet->info));
		dmaengine_desc_set_metadata_len(packet->desc, sizeof(packet->info));
	}
	check("submit", dmaengine_submit(packet->desc));
	dma_async_issue_pending(packet->chan);
}

static void
exchange(struct packet *tx, struct packet *rx, enum dma_desc_metadata_mode mode, const char *name)
{
	tx->length = snprintf(tx->data, ROOM, "This frame has metadata in memory of %s.", name);
	tx->info[0] = mode;
	tx->info[1] = checksum(tx);
	rx->length = ROOM;
	memset(rx->info, 0, sizeof(rx->info));
	packet_start(rx, DMA_DEV_TO_MEM, mode);
	packet_start(tx, DMA_MEM_TO_DEV, mode);
	check("not sent", wait_for(&tx->done));
	check("not received", wait_for(&rx->done));
	printf("\"%.*s\" flow %u, checksum %08x\n", (int)rx->length, rx->data, rx->info[0],
	       rx->info[1]);
	if (rx->info[0] != tx->info[0] || rx->info[1] != checksum(rx))
		check("the metadata is wrong", -EIO);
}

int
main(int argc, char **argv)
{
	struct packet tx = { 0 }, rx = { 0 };

	start(argc, argv);
	packet_open(&tx);
	packet_open(&rx);
	exchange(&tx, &rx, DESC_METADATA_CLIENT, "the client");
	exchange(&tx, &rx, DESC_METADATA_ENGINE, "the channel");
	dma_release_channel(tx.chan);
	dma_release_channel(rx.chan);
	return stop(); /* the buffers go with EAL */
}
