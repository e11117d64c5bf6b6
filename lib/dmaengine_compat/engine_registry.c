/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Devices and channels of the process: adding dmadevs, finding and holding channels, releasing
 * them. Control path, under one mutex.
 */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_pmd_refdma.h>

#include "engine.h"

RTE_LOG_REGISTER(dmaengine_logtype, lib.dmaengine_compat, NOTICE);

/* Here, because every program with the library has this file, linked statically too. */
RTE_INIT(dmaengine_telemetry)
{
	engine_telemetry_register();
}

/* A line of the slave map, with strings of its own. */
struct map_entry {
	char *devname, *slave, *dmadev;
	uint16_t vchan;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct engine_dev *) devices[ENGINE_MAX_DEVICES]; /* by position; NULL: free */
/* Threads between the look at a position and their way out of its device's tasklet: a service lcore
 * may be late, and what rte_service_may_be_active() says is no proof that it is not.
 */
static struct visitors {
	_Atomic uint32_t count;
} __rte_cache_aligned visitors[ENGINE_MAX_DEVICES];
static struct map_entry *map;
static unsigned int map_count;
static unsigned int users;	/* dmaengine_get() */

void
engine_registry_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
engine_registry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int
__dmaengine_reject(const char *call, const char *reason, int error)
{
	ENGINE_LOG(ERR, "%s: %s", call, reason);
	return error;
}

struct engine_dev *
engine_dev_at(unsigned int slot)
{
	return atomic_load_explicit(&devices[slot], memory_order_acquire);
}

/* A run of the tasklet of whatever device is there. Whoever removes it first takes it off its
 * position and then waits for the visitors: one of the two sees the other.
 */
bool
engine_slot_run(unsigned int slot)
{
	struct engine_dev *dev;
	bool did;

	atomic_fetch_add(&visitors[slot].count, 1);
	dev = atomic_load(&devices[slot]);
	did = dev != NULL && engine_tasklet_run(dev);
	atomic_fetch_sub_explicit(&visitors[slot].count, 1, memory_order_release);
	return did;
}

/* Without the lock: for control calls of applications. Removing a device that somebody uses at the
 * same time is the application's mistake.
 */
struct engine_dev *
engine_dev_find(int16_t dev_id)
{
	struct engine_dev *dev;

	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		dev = atomic_load_explicit(&devices[i], memory_order_acquire);
		if (dev != NULL && dev->dev_id == dev_id)
			return dev;
	}
	return NULL;
}

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

static void
destroy_dev(struct engine_dev *dev)
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

static int
add_locked(int16_t dev_id, const struct dmaengine_compat_conf *conf, unsigned int slot)
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
	atomic_flag_clear(&dev->running);
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
		destroy_dev(dev);
		return ret;
	}
	devices[slot] = dev;
	return 0;
}

int
dmaengine_compat_add(int16_t dev_id, const struct dmaengine_compat_conf *conf)
{
	unsigned int slot = 0;
	int ret;

	if (!rte_dma_is_valid(dev_id))
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	pthread_mutex_lock(&lock);
	while (slot < ENGINE_MAX_DEVICES && devices[slot] != NULL)
		slot++;
	if (engine_dev_find(dev_id) != NULL)
		ret = -EEXIST;
	else if (slot == ENGINE_MAX_DEVICES)
		ret = -ENOSPC;
	else
		ret = add_locked(dev_id, conf, slot);
	pthread_mutex_unlock(&lock);
	return ret;
}

int
dmaengine_compat_init(const struct dmaengine_compat_conf *conf)
{
	int16_t dev_id;
	int added = 0;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	RTE_DMA_FOREACH_DEV(dev_id)
		added += dmaengine_compat_add(dev_id, conf) == 0;
	return added;
}

static bool
any_held(const struct engine_dev *dev)
{
	for (uint16_t i = 0; i < dev->nb_channels; i++)
		if (dev->chans[i]->held)
			return true;
	return false;
}

static void
remove_locked(unsigned int slot)
{
	struct engine_dev *dev = devices[slot];

	devices[slot] = NULL;
	/* First nobody runs the tasklet any more, then the device stops. */
	engine_service_unregister(dev);
	/* Acquire: what the last run did. */
	while (atomic_load(&visitors[slot].count) != 0)
		sched_yield();
	rte_dma_stop(dev->dev_id);
	destroy_dev(dev);
}

int
dmaengine_compat_remove(int16_t dev_id)
{
	int ret = -ENODEV;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		if (devices[i] == NULL || devices[i]->dev_id != dev_id)
			continue;
		ret = any_held(devices[i]) ? -EBUSY : 0;
		if (ret == 0)
			remove_locked(i);
		break;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static void
map_clear(struct map_entry *entries, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		free(entries[i].devname);
		free(entries[i].slave);
		free(entries[i].dmadev);
	}
}

/* False: there is no memory, and nothing to clear. */
static bool
map_set(struct map_entry *entry, const struct dma_slave_map *line)
{
	const struct dmaengine_compat_chan_spec *spec = line->param;

	*entry = (struct map_entry){
		.devname = strdup(line->devname),
		.slave = strdup(line->slave),
		.dmadev = strdup(spec->dmadev),
		.vchan = spec->vchan,
	};
	if (entry->devname != NULL && entry->slave != NULL && entry->dmadev != NULL)
		return true;
	map_clear(entry, 1);
	return false;
}

int
dmaengine_compat_close(void)
{
	int ret = 0;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		if (devices[i] != NULL && any_held(devices[i]))
			ret = -EBUSY;
	for (unsigned int i = 0; ret == 0 && i < ENGINE_MAX_DEVICES; i++)
		if (devices[i] != NULL)
			remove_locked(i);
	if (ret == 0) {
		map_clear(map, map_count);
		free(map);
		map = NULL;
		map_count = 0;
		engine_devices_forget();
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

int
dmaengine_compat_map_add(const struct dma_slave_map *add, unsigned int count)
{
	struct map_entry *grown;
	unsigned int done = 0;
	int ret = 0;

	if (add == NULL && count != 0)
		return -EINVAL;
	for (unsigned int i = 0; i < count; i++) {
		const struct dmaengine_compat_chan_spec *spec = add[i].param;

		if (add[i].devname == NULL || add[i].slave == NULL || spec == NULL ||
		    spec->dmadev == NULL)
			return -EINVAL;
	}
	pthread_mutex_lock(&lock);
	grown = realloc(map, (map_count + count) * sizeof(*map));
	if (grown == NULL && map_count + count != 0) {
		pthread_mutex_unlock(&lock);
		return -ENOMEM;
	}
	map = grown;
	while (done < count && map_set(&map[map_count + done], &add[done]))
		done++;
	if (done == count) {
		map_count += count;
	} else {
		ret = -ENOMEM;
		map_clear(&map[map_count], done);
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

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

static struct engine_chan *
chan_by_spec(const char *dmadev, uint16_t vchan)
{
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = devices[i];

		if (dev != NULL && strcmp(dev->name, dmadev) == 0)
			return vchan < dev->nb_channels ? dev->chans[vchan] : NULL;
	}
	return NULL;
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
	struct engine_chan *ch = NULL;
	int ret = -EPROBE_DEFER;

	if (dev == NULL || name == NULL)
		return ERR_PTR(-EINVAL);
	if (in_callback(__func__))
		return ERR_PTR(-EDEADLK);
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < map_count && ch == NULL; i++)
		if (strcmp(map[i].devname, dev_name(dev)) == 0 &&
		    strcmp(map[i].slave, name) == 0)
			ch = chan_by_spec(map[i].dmadev, map[i].vchan);
	if (ch != NULL)
		ret = hold(ch, name, dev);
	pthread_mutex_unlock(&lock);
	return ret == 0 ? &ch->chan : ERR_PTR(ret);
}

static bool
has_all(const struct engine_dev *dev, const dma_cap_mask_t *mask)
{
	enum dma_transaction_type cap;

	for_each_dma_cap_mask(cap, *mask)
		if (!dma_has_cap(cap, dev->dma.cap_mask))
			return false;
	return true;
}

/* The first free channel that has all capabilities and that the filter wants (B49, B50). */
static struct engine_chan *
request_locked(const dma_cap_mask_t *mask, dma_filter_fn fn, void *param)
{
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = devices[i];

		if (dev == NULL || !has_all(dev, mask) ||
		    (dev->conf.private_only && fn == NULL))
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
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		any |= devices[i] != NULL;
	if (any)
		ch = request_locked(mask, NULL, NULL);
	pthread_mutex_unlock(&lock);
	if (ch != NULL)
		return &ch->chan;
	return ERR_PTR(any ? -ENODEV : -EPROBE_DEFER);
}

struct dma_chan *
__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn, void *fn_param,
		      struct device_node *np)
{
	struct engine_chan *ch;

	(void)np;
	if (mask == NULL || in_callback(__func__))
		return NULL;
	pthread_mutex_lock(&lock);
	ch = request_locked(mask, fn, fn_param);
	pthread_mutex_unlock(&lock);
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
	pthread_mutex_lock(&lock);
	ch->held = false;
	engine_trace_release(ENGINE_TRACED(ch));
	unmap_all(ch);
	give_pool_back(ch);
	chan->client_count = 0;
	chan->name = NULL;
	chan->slave = NULL;
	pthread_mutex_unlock(&lock);
}

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

/* Clients that share public channels say so; nothing has to be held for them here. */
void
dmaengine_get(void)
{
	pthread_mutex_lock(&lock);
	users++;
	pthread_mutex_unlock(&lock);
}

/* A channel that dma_find_channel() made available, or NULL. */
static struct dma_chan *
next_shared(void)
{
	struct dma_chan *found = NULL;

	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES && users == 0; i++) {
		struct engine_dev *dev = devices[i];

		for (uint16_t c = 0; dev != NULL && c < dev->nb_channels; c++)
			if (dev->chans[c]->held && dev->chans[c]->shared)
				found = &dev->chans[c]->chan;
	}
	if (found != NULL)
		engine_chan_of(found)->shared = false;
	pthread_mutex_unlock(&lock);
	return found;
}

/* With the last user, the channels that are shared go back. */
void
dmaengine_put(void)
{
	struct dma_chan *chan;

	if (in_callback(__func__))
		return;	/* the caller is still a user: the last one has to be able to wait */
	pthread_mutex_lock(&lock);
	if (users > 0)
		users--;
	pthread_mutex_unlock(&lock);
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
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES && found == NULL && users > 0; i++) {
		struct engine_dev *dev = devices[i];

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
	pthread_mutex_unlock(&lock);
	return found;
}

void
dma_issue_pending_all(void)
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = devices[i];

		for (uint16_t c = 0; dev != NULL && c < dev->nb_channels; c++)
			if (dev->chans[c]->held)
				engine_issue_pending(&dev->chans[c]->chan);
	}
	pthread_mutex_unlock(&lock);
}

int
dmaengine_compat_run(int16_t dev_id)
{
	struct engine_dev *dev;

	if (engine_inside != NULL)
		return -EDEADLK;
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		dev = atomic_load_explicit(&devices[i], memory_order_acquire);
		if (dev != NULL && dev->dev_id == dev_id)
			return engine_slot_run(i);
	}
	return -ENODEV;
}

int
dmaengine_compat_run_all(void)
{
	bool did = false;

	if (engine_inside != NULL)
		return -EDEADLK;
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		if (atomic_load_explicit(&devices[i], memory_order_relaxed) != NULL)
			did |= engine_slot_run(i);
	return did;
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
