/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Telemetry: /dmaengine/list, /info, /stats and /channel.
 *
 * The commands run on telemetry's own thread, under the registry's lock, so that no device is
 * removed and no channel is requested or released while they look at it. They read what the data
 * path counts anyway, and the data path knows nothing of them.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_service.h>

#include "dpdk_compat.h"
#include "engine.h"

/* One number below @p limit at *text, which moves on behind it. False: there is none. */
static bool
number(const char **text, unsigned long limit, unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*value = strtoul(*text, &end, 10);
	*text = end;
	return errno == 0 && *value < limit;
}

/* "DEV", or "DEV,CHANNEL" where @p channel is given: nothing else is accepted. */
static int
parse(const char *params, unsigned long *dev_id, unsigned long *channel)
{
	if (params == NULL || !number(&params, INT16_MAX, dev_id))
		return -EINVAL;
	if (channel != NULL &&
	    (*params++ != ',' || !number(&params, ENGINE_MAX_CHANNELS, channel)))
		return -EINVAL;
	return *params == '\0' ? 0 : -EINVAL;
}

static int
handle_list(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	(void)params;
	rte_tel_data_start_array(d, RTE_TEL_INT_VAL);
	engine_registry_lock();
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++)
		if (engine_dev_at(i) != NULL)
			rte_tel_data_add_array_int(d, engine_dev_at(i)->dev_id);
	engine_registry_unlock();
	return 0;
}

/* Answers about a device, under the lock. */
typedef int (*dev_answer)(struct engine_dev *dev, struct rte_tel_data *d);

static int
answer_dev(const char *params, struct rte_tel_data *d, dev_answer answer)
{
	struct engine_dev *dev;
	unsigned long dev_id;
	int ret = parse(params, &dev_id, NULL);

	if (ret != 0)
		return ret;
	engine_registry_lock();
	dev = engine_dev_find(dev_id);
	if (dev != NULL) {
		rte_tel_data_start_dict(d);
		ret = answer(dev, d);
	} else {
		ret = -EINVAL;
	}
	engine_registry_unlock();
	return ret;
}

/* A list of what is in the answer, or NULL. */
typedef struct rte_tel_data *(*list)(struct engine_dev *dev);

static struct rte_tel_data *
capabilities(struct engine_dev *dev)
{
	static const char *const names[DMA_TX_TYPE_END] = {
		[DMA_MEMCPY] = "memcpy",
		[DMA_XOR] = "xor",
		[DMA_PQ] = "pq",
		[DMA_XOR_VAL] = "xor_val",
		[DMA_PQ_VAL] = "pq_val",
		[DMA_MEMSET] = "memset",
		[DMA_MEMSET_SG] = "memset_sg",
		[DMA_INTERRUPT] = "interrupt",
		[DMA_PRIVATE] = "private",
		[DMA_ASYNC_TX] = "async_tx",
		[DMA_SLAVE] = "slave",
		[DMA_CYCLIC] = "cyclic",
		[DMA_INTERLEAVE] = "interleave",
		[DMA_COMPLETION_NO_ORDER] = "completion_no_order",
		[DMA_REPEAT] = "repeat",
		[DMA_LOAD_EOT] = "load_eot",
	};
	struct rte_tel_data *array = rte_tel_data_alloc();
	enum dma_transaction_type cap;

	if (array == NULL)
		return NULL;
	rte_tel_data_start_array(array, RTE_TEL_STRING_VAL);
	for_each_dma_cap_mask(cap, dev->dma.cap_mask)
		rte_tel_data_add_array_string(array, names[cap]);
	return array;
}

/* Where the tasklet may run: the lcores that its service is mapped to. */
static struct rte_tel_data *
lcores(struct engine_dev *dev)
{
	struct rte_tel_data *array = rte_tel_data_alloc();
	unsigned int lcore;

	if (array == NULL)
		return NULL;
	rte_tel_data_start_array(array, RTE_TEL_INT_VAL);
	for (lcore = 0; dev->has_service && lcore < RTE_MAX_LCORE; lcore++)
		if (rte_service_map_lcore_get(dev->service_id, lcore) == 1)
			rte_tel_data_add_array_int(array, lcore);
	return array;
}

static struct rte_tel_data *
held(struct engine_dev *dev)
{
	struct rte_tel_data *array = rte_tel_data_alloc();

	if (array == NULL)
		return NULL;
	rte_tel_data_start_array(array, RTE_TEL_INT_VAL);
	for (uint16_t i = 0; i < dev->nb_channels; i++)
		if (dev->chans[i]->held)
			rte_tel_data_add_array_int(array, i);
	return array;
}

static const char *
tasklet_name(const struct engine_dev *dev)
{
	if (dev->conf.run == DMAENGINE_COMPAT_RUN_SLEEP)
		return "thread";
	return dev->has_service ? "service" : "manual";
}

/* All or none: with an answer that is an error, telemetry would forget what is in it already. */
static int
add_lists(struct engine_dev *dev, struct rte_tel_data *d)
{
	static const char *const names[] = { "capabilities", "lcores", "held" };
	static const list lists[] = { capabilities, lcores, held };
	struct rte_tel_data *made[RTE_DIM(lists)];
	unsigned int n = 0;

	while (n < RTE_DIM(lists) && (made[n] = lists[n](dev)) != NULL)
		n++;
	if (n != RTE_DIM(lists)) {
		while (n > 0)
			rte_tel_data_free(made[--n]);
		return -ENOMEM;
	}
	for (n = 0; n < RTE_DIM(lists); n++)
		if (rte_tel_data_add_dict_container(d, names[n], made[n], 0) != 0)
			rte_tel_data_free(made[n]);
	return 0;
}

static int
info(struct engine_dev *dev, struct rte_tel_data *d)
{
	rte_tel_data_add_dict_int(d, "dev_id", dev->dev_id);
	rte_tel_data_add_dict_string(d, "name", dev->name);
	rte_tel_data_add_dict_int(d, "dma", dev->dma.dev_id);
	rte_tel_data_add_dict_string(d, "backend", dev->backend->name);
	rte_tel_data_add_dict_string(d, "tasklet", tasklet_name(dev));
	rte_tel_data_add_dict_int(d, "service_id", dev->has_service ? (int)dev->service_id : -1);
	rte_tel_data_add_dict_int(d, "numa_node", dev->info.numa_node);
	rte_tel_data_add_dict_int(d, "channels", dev->nb_channels);
	rte_tel_data_add_dict_int(d, "pool", dev->conf.pool);
	rte_tel_data_add_dict_int(d, "ring", dev->conf.ring);
	engine_tel_dict_uint(d, "max_length", dev->max_len);
	return add_lists(dev, d);
}

static int
handle_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return answer_dev(params, d, info);
}

static void
add_tasklet(const struct engine_dev *dev, struct rte_tel_data *d)
{
	struct dmaengine_compat_tasklet_stats stats;

	if (dmaengine_compat_tasklet_stats(dev->dev_id, &stats) != 0)
		return;
	engine_tel_dict_uint(d, "tasklet_runs", stats.runs);
	engine_tel_dict_uint(d, "tasklet_busy_runs", stats.busy_runs);
	engine_tel_dict_uint(d, "tasklet_busy_cycles", stats.busy_cycles);
	engine_tel_dict_uint(d, "tasklet_idle_cycles", stats.idle_cycles);
	engine_tel_dict_uint(d, "tasklet_active", stats.active);
}

static void
add_counters(const struct dmaengine_compat_chan_stats *stats, struct rte_tel_data *d)
{
	engine_tel_dict_uint(d, "submitted", stats->submitted);
	engine_tel_dict_uint(d, "completed", stats->completed);
	engine_tel_dict_uint(d, "errors", stats->errors);
	engine_tel_dict_uint(d, "terminated", stats->terminated);
	engine_tel_dict_uint(d, "in_flight", stats->in_flight);
	engine_tel_dict_uint(d, "callbacks", stats->callbacks);
	engine_tel_dict_uint(d, "periods", stats->periods);
	engine_tel_dict_uint(d, "coalesced", stats->coalesced);
	engine_tel_dict_uint(d, "bytes", stats->bytes);
}

/* The tasklet, and the sum of the channels that are held. */
static int
stats(struct engine_dev *dev, struct rte_tel_data *d)
{
	struct dmaengine_compat_chan_stats sum = { 0 }, one;
	unsigned int held = 0;

	for (uint16_t i = 0; i < dev->nb_channels; i++) {
		if (dmaengine_compat_chan_stats(&dev->chans[i]->chan, &one) != 0)
			continue;
		held++;
		sum.submitted += one.submitted;
		sum.completed += one.completed;
		sum.errors += one.errors;
		sum.terminated += one.terminated;
		sum.in_flight += one.in_flight;
		sum.callbacks += one.callbacks;
		sum.periods += one.periods;
		sum.coalesced += one.coalesced;
		sum.bytes += one.bytes;
	}
	rte_tel_data_add_dict_int(d, "held", held);
	add_counters(&sum, d);
	add_tasklet(dev, d);
	engine_tel_dict_uint(d, "tsc_hz", rte_get_tsc_hz());
	return 0;
}

static int
handle_stats(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return answer_dev(params, d, stats);
}

static const char *
state_of(struct engine_chan *ch, const struct dmaengine_compat_chan_stats *counters)
{
	if (!ch->held)
		return "free";
	if (atomic_load(&ch->dead) != 0)
		return "failed";
	if (atomic_load(&ch->paused) != 0)
		return "paused";
	return counters->in_flight != 0 ? "running" : "idle";
}

/* Newest cookies, and what is left of the oldest one that is not complete. */
static void
add_cookies(struct engine_chan *ch, struct rte_tel_data *d)
{
	int32_t first = RTE_MAX(ch->dev->conf.first_cookie, 1), oldest;
	struct dma_tx_state state = { 0 }, running = { 0 };

	engine_tx_status(&ch->chan, 0, &state);
	oldest = state.last == 0 ? first : state.last % INT_MAX + 1;
	if (state.last != state.used)
		engine_tx_status(&ch->chan, oldest, &running);
	rte_tel_data_add_dict_int(d, "cookie_submitted", state.used);
	rte_tel_data_add_dict_int(d, "cookie_completed", state.last);
	engine_tel_dict_uint(d, "residue", running.residue);
}

static int
channel(struct engine_chan *ch, struct rte_tel_data *d)
{
	struct dmaengine_compat_chan_stats counters = { 0 };

	if (ch->held)
		dmaengine_compat_chan_stats(&ch->chan, &counters);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", dma_chan_name(&ch->chan));
	rte_tel_data_add_dict_string(d, "device", ch->dev->name);
	rte_tel_data_add_dict_int(d, "vchan", ch->vchan);
	rte_tel_data_add_dict_string(d, "client", ch->chan.slave != NULL ?
				     dev_name(ch->chan.slave) : "");
	rte_tel_data_add_dict_string(d, "slave", ch->chan.name != NULL ? ch->chan.name : "");
	rte_tel_data_add_dict_string(d, "backend", ch->dev->backend->name);
	rte_tel_data_add_dict_string(d, "state", state_of(ch, &counters));
	if (ch->held) {
		add_cookies(ch, d);
		add_counters(&counters, d);
		engine_tel_dict_uint(d, "pool_free", counters.pool_free);
	}
	add_tasklet(ch->dev, d);
	return 0;
}

static int
handle_channel(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct engine_dev *dev;
	unsigned long dev_id, index;
	int ret = parse(params, &dev_id, &index);

	(void)cmd;
	if (ret != 0)
		return ret;
	engine_registry_lock();
	dev = engine_dev_find(dev_id);
	ret = dev != NULL && index < dev->nb_channels ? channel(dev->chans[index], d) : -EINVAL;
	engine_registry_unlock();
	return ret;
}

/* Called by the registry's constructor, which every program with the library has. */
void
engine_telemetry_register(void)
{
	rte_telemetry_register_cmd("/dmaengine/list", handle_list,
				   "Devices of the DMA Engine library, by dmadev id. "
				   "No parameters");
	rte_telemetry_register_cmd("/dmaengine/info", handle_info,
				   "What a device is like. Parameters: int dev_id");
	rte_telemetry_register_cmd("/dmaengine/stats", handle_stats,
				   "Counters of a device's tasklet, and the sum of its held "
				   "channels. Parameters: int dev_id");
	rte_telemetry_register_cmd("/dmaengine/channel", handle_channel,
				   "State and counters of a channel. Parameters: int dev_id, "
				   "int channel");
}
