/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Channels come to clients and go back: requested by name, by capability or by a filter, shared
 * with others, released. Control path, under the registry's lock.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"

static unsigned int users;	/* dmaengine_get() */

/* Under the lock: make the channel the caller's. */
static int
hold(struct engine_chan *ch, const char *name, struct device *slave)
{
	int ret;

	if (ch->held)
		return -EBUSY;
	ret = engine_pool_create(ch);
	if (ret != 0)
		return ret;
	memset(&ch->config, 0, sizeof(ch->config));
	ch->config_flags = 0;
	atomic_store(&ch->paused, 0);
	atomic_store(&ch->dead, 0);
	atomic_store(&ch->abort_needed, 0);
	atomic_store(&ch->term_ack, atomic_load(&ch->term_req));
	atomic_store(&ch->stat_completed, 0);
	atomic_store(&ch->stat_errors, 0);
	atomic_store(&ch->stat_terminated, 0);
	atomic_store(&ch->stat_callbacks, 0);
	atomic_store(&ch->stat_periods, 0);
	atomic_store(&ch->stat_coalesced, 0);
	atomic_store(&ch->stat_bytes, 0);
	ch->chan.cookie = 0;
	ch->chan.completed_cookie = 0;
	ch->chan.client_count = 1;
	ch->chan.slave = slave;
	ch->chan.name = NULL;
	if (name != NULL) {
		snprintf(ch->request_name, sizeof(ch->request_name), "%s", name);
		ch->chan.name = ch->request_name;
	}
	ch->shared = false;
	ch->held = true;
	atomic_store(&ch->closing, 0);
	engine_trace_request(ENGINE_TRACED(ch), ch->dev->dev_id, ch->vchan,
			     name != NULL ? name : "");
	return 0;
}

/* Whoever holds the list lock may be waiting for the tasklet that runs the callback. */
static bool
in_callback(const char *call)
{
	if (engine_inside == NULL)
		return false;
	(void)__dmaengine_reject(call, "refused in a callback; call it elsewhere",
				 -EDEADLK);
	return true;
}

struct dma_chan *
dma_request_chan(struct device *dev, const char *name)
{
	struct engine_chan *ch;
	int ret = -EPROBE_DEFER;

	if (dev == NULL || name == NULL)
		return ERR_PTR(-EINVAL);
	if (in_callback(__func__))
		return ERR_PTR(-EDEADLK);
	engine_registry_lock();
	ch = engine_map_find(dev_name(dev), name);
	if (ch != NULL)
		ret = hold(ch, name, dev);
	engine_registry_unlock();
	return ret == 0 ? &ch->chan : ERR_PTR(ret);
}

static bool
has_all(const struct engine_dev *dev, const dma_cap_mask_t *mask)
{
	enum dma_transaction_type cap;

	/* Private is how a channel is given away, and every requested one is its client's alone. */
	for_each_dma_cap_mask(cap, *mask)
		if (cap != DMA_PRIVATE && !dma_has_cap(cap, dev->dma.cap_mask))
			return false;
	return true;
}

/* The first free channel that has all capabilities and that the filter wants (B49, B50), of any
 * controller or of the one with a device tree node.
 */
static struct engine_chan *
request_locked(const dma_cap_mask_t *mask, dma_filter_fn fn, void *param,
	       const struct device_node *np)
{
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = engine_dev_at(i);

		if (dev == NULL || !has_all(dev, mask) ||
		    (dev->conf.private_only && fn == NULL) ||
		    (np != NULL && dev->dma.dev->of_node != np))
			continue;
		for (uint16_t c = 0; c < dev->nb_channels; c++) {
			struct engine_chan *ch = dev->chans[c];

			if (ch->held || (fn != NULL && !fn(&ch->chan, param)))
				continue;
			if (hold(ch, NULL, NULL) == 0)
				return ch;
		}
	}
	return NULL;
}

struct dma_chan *
dma_request_chan_by_mask(const dma_cap_mask_t *mask)
{
	struct engine_chan *ch = NULL;
	bool any = false;

	if (mask == NULL)
		return ERR_PTR(-ENODEV);
	if (in_callback(__func__))
		return ERR_PTR(-EDEADLK);
	engine_registry_lock();
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		any |= engine_dev_at(i) != NULL;
	if (any)
		ch = request_locked(mask, NULL, NULL, NULL);
	engine_registry_unlock();
	if (ch != NULL)
		return &ch->chan;
	return ERR_PTR(any ? -ENODEV : -EPROBE_DEFER);
}

struct dma_chan *
__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn, void *fn_param,
		      struct device_node *np)
{
	struct engine_chan *ch;

	if (mask == NULL || in_callback(__func__))
		return NULL;
	engine_registry_lock();
	ch = request_locked(mask, fn, fn_param, np);
	engine_registry_unlock();
	return ch != NULL ? &ch->chan : NULL;
}

/* Reusable descriptors and such that were never submitted go with the pool; their mappings end. */
static void
unmap_all(struct engine_chan *ch)
{
	for (uint32_t i = 0; i < ch->pool_size; i++) {
		struct engine_desc *desc = engine_desc_at(ch, i);
		uint8_t state = atomic_load(&desc->state);

		if ((state == ENGINE_DESC_PREPARED || state == ENGINE_DESC_DONE) &&
		    desc->tx.unmap != NULL)
			dma_descriptor_unmap(&desc->tx);
	}
}

/* Until nothing is left: a callback may have submitted once more before it saw that the channel
 * closes.
 */
static int
drain(struct engine_chan *ch, const char *call)
{
	int ret;

	do {
		engine_terminate(&ch->chan);
		ret = engine_synchronize(ch, call);
	} while (ret == 0 && atomic_load(&ch->done) != atomic_load(&ch->next));
	return ret;
}

/* A function of its own, which devtools/sanitizers/tsan.supp names: EAL clears what it is given
 * back, and its lock, which orders that and the next use of the memory, is nothing that sanitizers
 * see.
 */
static __rte_noinline void
give_pool_back(struct engine_chan *ch)
{
	engine_pool_destroy(ch);
}

/* B37, B61: terminates, waits for the callback, gives the channel back. */
void
dma_release_channel(struct dma_chan *chan)
{
	struct engine_chan *ch;

	if (IS_ERR_OR_NULL(chan)) {
		(void)__dmaengine_reject(__func__, "no channel; see what its request returned",
					 -EINVAL);
		return;
	}
	ch = engine_chan_of(chan);
	if (in_callback(__func__))
		return;
	/* Nobody takes anything of it any more; and whoever comes second goes. */
	if (atomic_exchange(&ch->closing, 1) != 0) {
		(void)__dmaengine_reject(__func__, "the channel is not held; release it once",
					 -EINVAL);
		return;
	}
	if (drain(ch, __func__) != 0) {
		atomic_store(&ch->closing, 0);
		return;	/* still held: its memory may be in use */
	}
	engine_quiesce(ch);
	engine_registry_lock();
	ch->held = false;
	engine_trace_release(ENGINE_TRACED(ch));
	unmap_all(ch);
	give_pool_back(ch);
	chan->client_count = 0;
	chan->name = NULL;
	chan->slave = NULL;
	engine_registry_unlock();
}

/* Clients that share public channels say so; nothing has to be held for them here. */
void
dmaengine_get(void)
{
	engine_registry_lock();
	users++;
	engine_registry_unlock();
}

/* A channel that dma_find_channel() made available, or NULL. */
static struct dma_chan *
next_shared(void)
{
	struct dma_chan *found = NULL;

	engine_registry_lock();
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES && users == 0; i++) {
		struct engine_dev *dev = engine_dev_at(i);

		for (uint16_t c = 0; dev != NULL && c < dev->nb_channels; c++)
			if (dev->chans[c]->held && dev->chans[c]->shared)
				found = &dev->chans[c]->chan;
	}
	if (found != NULL)
		engine_chan_of(found)->shared = false;
	engine_registry_unlock();
	return found;
}

/* With the last user, the channels that are shared go back. */
void
dmaengine_put(void)
{
	struct dma_chan *chan;

	if (in_callback(__func__))
		return;	/* the caller is still a user: the last one has to be able to wait */
	engine_registry_lock();
	if (users > 0)
		users--;
	engine_registry_unlock();
	while ((chan = next_shared()) != NULL)
		dma_release_channel(chan);
}

/* A public channel that somebody holds and that can do @p tx_type: these are shared. */
struct dma_chan *
dma_find_channel(enum dma_transaction_type tx_type)
{
	struct dma_chan *found = NULL;

	if ((unsigned int)tx_type >= DMA_TX_TYPE_END || in_callback(__func__))
		return NULL;
	engine_registry_lock();
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES && found == NULL && users > 0; i++) {
		struct engine_dev *dev = engine_dev_at(i);

		if (dev == NULL || dev->conf.private_only ||
		    !dma_has_cap(tx_type, dev->dma.cap_mask))
			continue;
		for (uint16_t c = 0; c < dev->nb_channels && found == NULL; c++)
			if (dev->chans[c]->shared ||
			    (!dev->chans[c]->held && hold(dev->chans[c], NULL, NULL) == 0)) {
				dev->chans[c]->shared = true;
				found = &dev->chans[c]->chan;
			}
	}
	engine_registry_unlock();
	return found;
}

/* Channels that were requested by name are a peripheral's: another client's call does not start it.
 */
void
dma_issue_pending_all(void)
{
	engine_registry_lock();
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = engine_dev_at(i);

		for (uint16_t c = 0; dev != NULL && c < dev->nb_channels; c++)
			if (dev->chans[c]->held && dev->chans[c]->chan.name == NULL)
				engine_issue_pending(&dev->chans[c]->chan);
	}
	engine_registry_unlock();
}
