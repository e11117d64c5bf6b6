/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 6, packets: side-band data with each transfer, in the client's memory when sending
 * and in the channel's when receiving; fragments given as a plain array.
 */

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

struct frame_info {
	u32 length;
	u32 checksum;
};

struct packet {
	struct dma_chan *chan;
	struct dma_async_tx_descriptor *desc;
	DEFINE_DMA_UNMAP_ADDR(addr);
	DEFINE_DMA_UNMAP_LEN(len);
	struct frame_info info;
};

int packet_send(struct dma_chan *chan, struct packet *packet, struct dma_vec *vecs, size_t count);
int packet_receive(struct dma_chan *chan, struct packet *packet, void *buf, size_t len);

int
packet_send(struct dma_chan *chan, struct packet *packet, struct dma_vec *vecs, size_t count)
{
	struct dma_async_tx_descriptor *desc;
	size_t room;
	void *where;
	int ret;

	desc = dmaengine_prep_peripheral_dma_vec(chan, vecs, count, DMA_MEM_TO_DEV, DMA_CTRL_ACK);
	if (!desc)
		return -ENOMEM;
	if (dmaengine_is_metadata_mode_supported(chan, DESC_METADATA_CLIENT)) {
		ret = dmaengine_desc_attach_metadata(desc, &packet->info, sizeof(packet->info));
	} else {
		where = dmaengine_desc_get_metadata_ptr(desc, NULL, &room);
		if (IS_ERR(where))
			return PTR_ERR(where);
		if (room < sizeof(packet->info))
			return -EINVAL;
		*(struct frame_info *)where = packet->info;
		ret = dmaengine_desc_set_metadata_len(desc, sizeof(packet->info));
	}
	if (ret == -ENOTSUPP)
		ret = 0;
	if (!ret)
		ret = dma_submit_error(dmaengine_submit(desc));
	dma_async_issue_pending(chan);
	return ret;
}

static void
packet_received(void *arg, const struct dmaengine_result *result)
{
	struct packet *packet = arg;
	size_t payload, room;
	struct frame_info *info;

	dma_unmap_single(dmaengine_get_dma_device(packet->chan), dma_unmap_addr(packet, addr),
			 dma_unmap_len(packet, len), DMA_FROM_DEVICE);
	info = dmaengine_desc_get_metadata_ptr(packet->desc, &payload, &room);
	if (result->result != DMA_TRANS_NOERROR || IS_ERR_OR_NULL(info) || payload < sizeof(*info))
		packet->info.length = 0;
	else
		packet->info = *info;
}

int
packet_receive(struct dma_chan *chan, struct packet *packet, void *buf, size_t len)
{
	struct device *dev = dmaengine_get_dma_device(chan);
	dma_addr_t addr = dma_map_single(dev, buf, len, DMA_FROM_DEVICE);

	if (dma_mapping_error(dev, addr))
		return -ENOMEM;
	packet->chan = chan;
	dma_unmap_addr_set(packet, addr, addr);
	dma_unmap_len_set(packet, len, len);
	packet->desc = dmaengine_prep_slave_single(chan, addr, len, DMA_DEV_TO_MEM,
						   DMA_PREP_INTERRUPT);
	if (!packet->desc) {
		dma_unmap_single(dev, addr, len, DMA_FROM_DEVICE);
		return -ENOMEM;
	}
	packet->desc->callback_result = packet_received;
	packet->desc->callback_param = packet;
	dmaengine_submit(packet->desc);
	dma_async_issue_pending(chan);
	return 0;
}
