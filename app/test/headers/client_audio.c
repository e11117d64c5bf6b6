/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Client shape 3, a sound stream: one cyclic transfer, periods told by callbacks, the position
 * taken from the residue, pause and resume where the channel can.
 */

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

struct stream {
	struct dma_chan *chan;
	dma_addr_t buf;
	size_t buf_bytes, period_bytes;
	dma_cookie_t cookie;
	unsigned int periods;
	bool can_pause;
};

int stream_open(struct stream *stream, struct dma_chan *chan, phys_addr_t fifo);
int stream_start(struct stream *stream);
int stream_pause(struct stream *stream, bool pause);
size_t stream_position(struct stream *stream);
int stream_stop(struct stream *stream);

int
stream_open(struct stream *stream, struct dma_chan *chan, phys_addr_t fifo)
{
	struct dma_slave_config config = {
		.dst_addr = fifo,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_maxburst = 16,
		.device_fc = false,
	};
	struct dma_slave_caps caps = { 0 };
	int ret;

	ret = dma_get_slave_caps(chan, &caps);
	if (ret < 0)
		return ret;
	stream->chan = chan;
	stream->can_pause = caps.cmd_pause && caps.cmd_resume;
	if (caps.residue_granularity == DMA_RESIDUE_GRANULARITY_DESCRIPTOR)
		return -EINVAL;
	if (!dma_has_cap(DMA_CYCLIC, chan->device->cap_mask))
		return -ENODEV;
	return dmaengine_slave_config(chan, &config);
}

static void
stream_period(void *arg)
{
	struct stream *stream = arg;

	stream->periods++;
}

int
stream_start(struct stream *stream)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_dma_cyclic(stream->chan, stream->buf, stream->buf_bytes,
					 stream->period_bytes, DMA_MEM_TO_DEV,
					 DMA_CTRL_ACK | DMA_PREP_INTERRUPT);
	if (!desc)
		return -ENOMEM;
	desc->callback = stream_period;
	desc->callback_param = stream;
	stream->cookie = dmaengine_submit(desc);
	dma_async_issue_pending(stream->chan);
	return dma_submit_error(stream->cookie);
}

int
stream_pause(struct stream *stream, bool pause)
{
	if (!stream->can_pause)
		return -ENOSYS;
	return pause ? dmaengine_pause(stream->chan) : dmaengine_resume(stream->chan);
}

size_t
stream_position(struct stream *stream)
{
	struct dma_tx_state state;

	switch (dmaengine_tx_status(stream->chan, stream->cookie, &state)) {
	case DMA_IN_PROGRESS:
	case DMA_PAUSED:
		return state.residue ? stream->buf_bytes - state.residue : 0;
	case DMA_COMPLETE:
	case DMA_ERROR:
	case DMA_OUT_OF_ORDER:
	default:
		return 0;
	}
}

int
stream_stop(struct stream *stream)
{
	return dmaengine_terminate_sync(stream->chan);
}
