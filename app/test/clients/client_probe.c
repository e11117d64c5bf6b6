/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What drivers make of the answers to their requests: defer, go on without DMA, try elsewhere. */

#include "clients.h"

/* Both or none; the error of the one that failed is the probe's. */
int
probe_both(const struct client_hw *hw, const char *tx, const char *rx, struct dma_chan **chans)
{
	int ret;

	chans[0] = dma_request_chan(hw->dev, tx);
	if (IS_ERR(chans[0]))
		return PTR_ERR(chans[0]);
	chans[1] = dma_request_chan(hw->dev, rx);
	if (IS_ERR(chans[1])) {
		ret = PTR_ERR(chans[1]);
		dma_release_channel(chans[0]);
		chans[0] = chans[1] = NULL;
		return ret;
	}
	return 0;
}

/* By name first, then by whatever fits. */
static bool
probe_filter(struct dma_chan *chan, void *param)
{
	const char *wanted = param;

	return !strcmp(dev_name(chan->device->dev), wanted) && chan->chan_id == 0;
}

struct dma_chan *
probe_legacy(const struct client_hw *hw, char *controller)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);
	dma_cap_set(DMA_CYCLIC, mask);
	return dma_request_slave_channel_compat(mask, probe_filter, controller, hw->dev,
						"nothing");
}

/* Can the channel do what the peripheral needs? */
int
probe_caps(struct dma_chan *chan, u32 width, enum dma_transfer_direction direction)
{
	struct dma_slave_caps caps = {};
	int ret = dma_get_slave_caps(chan, &caps);
	u32 widths;

	if (ret)
		return ret;
	widths = direction == DMA_MEM_TO_DEV ? caps.dst_addr_widths : caps.src_addr_widths;
	if (!is_slave_direction(direction) || !(caps.directions & BIT(direction)) ||
	    !(widths & BIT(width)))
		return -EOPNOTSUPP;
	if (caps.max_sg_burst && caps.max_sg_burst < 16)
		return -EOPNOTSUPP;
	return 0;
}
