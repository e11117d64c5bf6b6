/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A dmadev becomes a device of the engine: set-up, backend, channels and tasklet; and its end. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_pmd_refdma.h>

#include "engine.h"

static uint16_t
direction_of(enum dmaengine_compat_direction direction)
{
	switch (direction) {
	case DMAENGINE_COMPAT_MEM_TO_DEV: return RTE_DMA_DIR_MEM_TO_DEV;
	case DMAENGINE_COMPAT_DEV_TO_MEM: return RTE_DMA_DIR_DEV_TO_MEM;
	default: return RTE_DMA_DIR_MEM_TO_MEM;
	}
}

/* Ring as the device allows: a power of two, so that indices can be masked. */
static uint16_t
ring_size(const struct engine_dev *dev)
{
	uint32_t ring = dev->conf.ring != 0 ? dev->conf.ring : ENGINE_DEFAULT_RING;

	ring = rte_align32pow2(RTE_MAX(ring, (uint32_t)dev->info.min_desc));
	while (ring > dev->info.max_desc)
		ring >>= 1;
	return RTE_MIN(ring, 32768u);
}

static int
start_dmadev(struct engine_dev *dev)
{
	const struct rte_dma_conf conf = { .nb_vchans = dev->nb_channels };
	struct rte_dma_vchan_conf vchan = {
		.direction = direction_of(dev->conf.direction),
		.nb_desc = dev->conf.ring,
	};
	int ret;

	if (dev->conf.direction == DMAENGINE_COMPAT_MEM_TO_DEV)
		vchan.dst_port.port_type = RTE_DMA_PORT_PCIE;
	if (dev->conf.direction == DMAENGINE_COMPAT_DEV_TO_MEM)
		vchan.src_port.port_type = RTE_DMA_PORT_PCIE;
	ret = rte_dma_configure(dev->dev_id, &conf);
	for (uint16_t i = 0; ret == 0 && i < dev->nb_channels; i++)
		ret = rte_dma_vchan_setup(dev->dev_id, i, &vchan);
	return ret == 0 ? rte_dma_start(dev->dev_id) : ret;
}

static int
choose_backend(struct engine_dev *dev)
{
	bool refdma = rte_pmd_refdma_is_refdma(dev->dev_id) &&
		      dev->conf.direction == DMAENGINE_COMPAT_MEM_TO_MEM;

	if (dev->conf.backend == DMAENGINE_COMPAT_BACKEND_REFDMA && !refdma)
		return -ENOTSUP;
	if (dev->conf.backend != DMAENGINE_COMPAT_BACKEND_GENERIC && refdma)
		dev->backend = &engine_backend_refdma;
	else
		dev->backend = &engine_backend_generic;
	return dev->backend->probe(dev);
}

static void
fill_dma_device(struct engine_dev *dev)
{
	struct dma_device *dma = &dev->dma;

	dma->dev = &dev->device;
	dma->engine = dev;
	dma->chancnt = dev->nb_channels;
	dma->min_burst = 1;
	if (dev->conf.private_only)
		dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	if (dev->conf.no_order)
		dma_cap_set(DMA_COMPLETION_NO_ORDER, dma->cap_mask);
	dma->device_config = engine_config;
	dma->device_pause = engine_pause;
	dma->device_resume = engine_resume;
	dma->device_terminate_all = engine_terminate;
	dma->device_tx_status = engine_tx_status;
	dma->device_issue_pending = engine_issue_pending;
	engine_prep_ops(dev);
}

static int
create_channels(struct engine_dev *dev)
{
	dev->chans = calloc(dev->nb_channels, sizeof(*dev->chans));
	if (dev->chans == NULL)
		return -ENOMEM;
	for (uint16_t i = 0; i < dev->nb_channels; i++) {
		struct engine_chan *ch;

		ch = rte_zmalloc_socket("dmaengine_chan", sizeof(*ch), RTE_CACHE_LINE_SIZE,
					dev->info.numa_node);
		if (ch == NULL)
			return -ENOMEM;
		dev->chans[i] = ch;
		ch->dev = dev;
		ch->vchan = i;
		ch->pool_size = dev->conf.pool;
		ch->closing = 1;	/* until it is requested */
		ch->chan.device = &dev->dma;
		ch->chan.chan_id = i;
		ch->chan.dev = &ch->chan_dev;
		ch->chan.engine = ch;
		ch->chan_dev.chan = &ch->chan;
		ch->chan_dev.dev_id = dev->dma.dev_id;
		snprintf(ch->chan_dev_name, sizeof(ch->chan_dev_name), "dma%dchan%u",
			 dev->dma.dev_id, i);
		ch->chan_dev.device.name = ch->chan_dev_name;
		ch->chan_dev.device.parent = &dev->device;
		ch->chan_dev.device.engine = dev;
	}
	dev->dma.channels = &dev->chans[0]->chan;
	return 0;
}

/* No client has a channel of it, and its dmadev has stopped. */
void
engine_dev_destroy(struct engine_dev *dev)
{
	engine_service_unregister(dev);
	for (uint16_t i = 0; dev->chans != NULL && i < dev->nb_channels; i++) {
		if (dev->chans[i] != NULL)
			engine_pool_destroy(dev->chans[i]);
		rte_free(dev->chans[i]);
	}
	free(dev->chans);
	free(dev);
}

static int
check_conf(struct engine_dev *dev)
{
	struct dmaengine_compat_conf *conf = &dev->conf;

	if (conf->pool == 0)
		conf->pool = ENGINE_DEFAULT_POOL;
	if (conf->pool < 4 || conf->pool > 32768 || conf->first_cookie < 0 ||
	    (unsigned int)conf->backend > DMAENGINE_COMPAT_BACKEND_REFDMA ||
	    (unsigned int)conf->run > DMAENGINE_COMPAT_RUN_SLEEP ||
	    (unsigned int)conf->direction > DMAENGINE_COMPAT_DEV_TO_MEM ||
	    conf->channels > ENGINE_MAX_CHANNELS || conf->channels > dev->info.max_vchans)
		return -EINVAL;
	conf->ring = ring_size(dev);
	dev->nb_channels = conf->channels != 0 ? conf->channels :
			   RTE_MIN(dev->info.max_vchans, ENGINE_MAX_CHANNELS);
	return 0;
}

/* For the position @p slot of the registry. @return 0 and the device, or an error */
int
engine_dev_create(int16_t dev_id, const struct dmaengine_compat_conf *conf, unsigned int slot,
		  struct engine_runner *runner, struct engine_dev **created)
{
	struct engine_dev *dev;
	void *memory = NULL;
	int ret;

	if (posix_memalign(&memory, RTE_CACHE_LINE_SIZE, sizeof(*dev)) != 0)
		return -ENOMEM;
	dev = memset(memory, 0, sizeof(*dev));
	dev->dev_id = dev_id;
	dev->wake_fd = -1;
	if (conf != NULL)
		dev->conf = *conf;
	dev->runner = runner;
	dev->dma.dev_id = slot;
	dev->start_cycles = rte_rdtsc();
	ret = rte_dma_info_get(dev_id, &dev->info);
	if (ret != 0) {
		free(dev);
		return ret;
	}
	snprintf(dev->name, sizeof(dev->name), "%s", dev->info.dev_name);
	dev->device.name = dev->name;
	dev->device.engine = dev;
	dev->sva = (dev->info.dev_capa & RTE_DMA_CAPA_SVA) != 0;
	ret = check_conf(dev);
	if (ret == 0)
		ret = choose_backend(dev);
	if (ret == 0)
		ret = create_channels(dev);
	if (ret == 0)
		ret = start_dmadev(dev);
	if (ret == 0) {
		fill_dma_device(dev);
		ret = engine_service_register(dev);
		if (ret != 0)
			rte_dma_stop(dev_id);
	}
	if (ret != 0) {
		ENGINE_LOG(ERR, "%s: cannot be made a DMA Engine device: %s; see what "
			   "dmaengine_compat_add() says of this error", dev->name, strerror(-ret));
		engine_dev_destroy(dev);
		return ret;
	}
	*created = dev;
	return 0;
}
