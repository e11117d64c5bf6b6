/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What is asked about channels and devices: what they can do, and what they have done. */

#include <errno.h>

#include <rte_cycles.h>

#include "engine.h"

int
dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	struct dma_device *dma;

	if (chan == NULL || caps == NULL)
		return -EINVAL;
	dma = chan->device;
	if (!(dma_has_cap(DMA_SLAVE, dma->cap_mask) || dma_has_cap(DMA_CYCLIC, dma->cap_mask)) ||
	    dma->directions == 0)
		return -ENXIO;
	*caps = (struct dma_slave_caps){
		.src_addr_widths = dma->src_addr_widths,
		.dst_addr_widths = dma->dst_addr_widths,
		.directions = dma->directions,
		.min_burst = dma->min_burst,
		.max_burst = dma->max_burst,
		.max_sg_burst = dma->max_sg_burst,
		.cmd_pause = dma->device_pause != NULL,
		.cmd_resume = dma->device_resume != NULL,
		.cmd_terminate = dma->device_terminate_all != NULL,
		.residue_granularity = dma->residue_granularity,
		.descriptor_reuse = dma->descriptor_reuse,
	};
	if (dma->device_caps != NULL)
		dma->device_caps(chan, caps);
	return 0;
}

int
dmaengine_compat_chan_stats(struct dma_chan *chan, struct dmaengine_compat_chan_stats *stats)
{
	struct engine_chan *ch;
	uint64_t ended, issued;

	if (chan == NULL || stats == NULL)
		return -EINVAL;
	ch = engine_chan_of(chan);
	if (!ch->held)
		return -EINVAL;
	/* While traffic runs, what is counted last is read first: so no answer has more errors than
	 * completions, more shared periods than periods, or more completions than submissions.
	 * Where the other cores' counts may be seen in another order, the limits do the same.
	 */
	*stats = (struct dmaengine_compat_chan_stats){
		.coalesced = atomic_load(&ch->stat_coalesced),
		.errors = atomic_load(&ch->stat_errors),
	};
	stats->bytes = atomic_load(&ch->stat_bytes);
	stats->callbacks = atomic_load(&ch->stat_callbacks);
	stats->periods = RTE_MAX(atomic_load(&ch->stat_periods), stats->coalesced);
	stats->completed = RTE_MAX(atomic_load(&ch->stat_completed), stats->errors);
	stats->terminated = atomic_load(&ch->stat_terminated);
	ended = stats->completed + stats->terminated;
	issued = RTE_MAX(atomic_load(&ch->issued) - ch->first, ended);
	stats->submitted = RTE_MAX(atomic_load(&ch->next) - ch->first, issued);
	stats->in_flight = issued - ended;
	stats->pool_free = engine_pool_free(ch);
	return 0;
}

int
dmaengine_compat_tasklet_stats(int16_t dev_id, struct dmaengine_compat_tasklet_stats *stats)
{
	struct engine_dev *dev;
	uint64_t lived;

	if (stats == NULL)
		return -EINVAL;
	dev = engine_dev_find(dev_id);
	if (dev == NULL)
		return -ENODEV;
	/* In this order: not more busy runs than runs, and no busy cycle after the present. */
	*stats = (struct dmaengine_compat_tasklet_stats){
		.busy_runs = atomic_load(&dev->stat_busy_runs),
		.busy_cycles = atomic_load(&dev->stat_busy_cycles),
		.active = __builtin_popcountll(atomic_load(&dev->active)),
	};
	stats->runs = RTE_MAX(atomic_load(&dev->ticks), stats->busy_runs);
	lived = rte_rdtsc() - dev->start_cycles;
	stats->idle_cycles = lived > stats->busy_cycles ? lived - stats->busy_cycles : 0;
	return 0;
}

int
dmaengine_compat_chan_dmadev(const struct dma_chan *chan, int16_t *dev_id, uint16_t *vchan)
{
	const struct engine_chan *ch = chan != NULL ? chan->engine : NULL;

	if (ch == NULL || dev_id == NULL || vchan == NULL)
		return -EINVAL;
	*dev_id = ch->dev->dev_id;
	*vchan = ch->vchan;
	return 0;
}

const char *
dmaengine_compat_chan_backend(const struct dma_chan *chan)
{
	const struct engine_chan *ch = chan != NULL ? chan->engine : NULL;

	return ch != NULL ? ch->dev->backend->name : NULL;
}
