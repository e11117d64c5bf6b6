/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A sound stream: a ring of periods that runs until it is stopped, a pointer made of the residue,
 * and pause where the channel says that it can.
 */

#include "clients.h"

static void
audio_elapsed(void *arg)
{
	struct audio *a = arg;

	a->elapsed++;
}

static void
audio_set_config(const struct client_hw *hw, bool playback, struct dma_slave_config *config)
{
	memset(config, 0, sizeof(*config));
	if (playback) {
		config->direction = DMA_MEM_TO_DEV;
		config->dst_addr = hw->tx_fifo;
		config->dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES;
		config->dst_maxburst = 4;
		config->dst_port_window_size = hw->window;
	} else {
		config->direction = DMA_DEV_TO_MEM;
		config->src_addr = hw->rx_fifo;
		config->src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES;
		config->src_maxburst = 4;
		config->src_port_window_size = hw->window;
	}
}

int
audio_open(struct audio *a, const struct client_hw *hw, bool playback, size_t size, size_t period)
{
	struct dma_slave_config config;
	struct dma_slave_caps caps;
	int ret;

	memset(a, 0, sizeof(*a));
	a->chan = dma_request_chan(hw->dev, playback ? "tx" : "rx");
	if (IS_ERR(a->chan))
		return PTR_ERR(a->chan);
	if (!dma_has_cap(DMA_CYCLIC, a->chan->device->cap_mask))
		return -ENODEV;
	ret = dma_get_slave_caps(a->chan, &caps);
	if (ret)
		return ret;
	a->can_pause = caps.cmd_pause && caps.cmd_resume;
	if (caps.residue_granularity == DMA_RESIDUE_GRANULARITY_DESCRIPTOR)
		return -EINVAL;	/* no pointer */
	audio_set_config(hw, playback, &config);
	ret = dmaengine_slave_config(a->chan, &config);
	if (ret)
		return ret;
	a->direction = playback ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM;
	a->size = size;
	a->period = period;
	a->area = dma_alloc_coherent(a->chan->device->dev, size, &a->addr, GFP_KERNEL);
	return a->area ? 0 : -ENOMEM;
}

static int
audio_prepare_and_submit(struct audio *a)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_dma_cyclic(a->chan, a->addr, a->size, a->period, a->direction,
					 DMA_CTRL_ACK | DMA_PREP_INTERRUPT);
	if (!desc)
		return -ENOMEM;
	desc->callback = audio_elapsed;
	desc->callback_param = a;
	a->cookie = dmaengine_submit(desc);
	return dma_submit_error(a->cookie);
}

int
audio_trigger(struct audio *a, enum audio_trigger what)
{
	int ret;

	switch (what) {
	case AUDIO_START:
		ret = audio_prepare_and_submit(a);
		if (ret)
			return ret;
		dma_async_issue_pending(a->chan);
		return 0;
	case AUDIO_PAUSE:
		if (a->can_pause)
			return dmaengine_pause(a->chan);
		return dmaengine_terminate_async(a->chan);
	case AUDIO_RESUME:
		return dmaengine_resume(a->chan);
	case AUDIO_STOP:
		return dmaengine_terminate_async(a->chan);
	default:
		return -EINVAL;
	}
}

size_t
audio_pointer(struct audio *a)
{
	struct dma_tx_state state;
	enum dma_status status;
	size_t pos = 0;

	status = dmaengine_tx_status(a->chan, a->cookie, &state);
	if (status == DMA_IN_PROGRESS || status == DMA_PAUSED)
		if (state.residue > 0 && state.residue <= a->size)
			pos = a->size - state.residue;
	return pos;
}

void
audio_close(struct audio *a)
{
	dmaengine_synchronize(a->chan);
	dma_free_coherent(a->chan->device->dev, a->size, a->area, a->addr);
	dma_release_channel(a->chan);
}
