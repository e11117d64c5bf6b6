/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The dmadev object of a channel: creation, and the control path of the dmadev API. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>

#include "refdma_driver.h"

RTE_LOG_REGISTER(refdma_logtype, pmd.dma.refdma, NOTICE);

/* Probe and remove run one at a time: no lock. */
static LIST_HEAD(, refdma_func) functions = LIST_HEAD_INITIALIZER(functions);

struct refdma_func *
refdma_func_create(struct rte_device *device)
{
	struct refdma_func *func = calloc(1, sizeof(*func));

	if (func == NULL)
		return NULL;
	func->device = device;
	LIST_INSERT_HEAD(&functions, func, next);
	return func;
}

struct refdma_func *
refdma_func_find(const struct rte_device *device)
{
	struct refdma_func *func;

	LIST_FOREACH(func, &functions, next)
		if (func->device == device)
			break;
	return func;
}

void
refdma_func_free(struct refdma_func *func)
{
	LIST_REMOVE(func, next);
	free(func);
}

static struct refdma_dev *
dev_of(const struct rte_dma_dev *dma_dev)
{
	return dma_dev->data->dev_private;
}

static int
info_get(const struct rte_dma_dev *dma_dev, struct rte_dma_info *info, uint32_t size)
{
	const struct refdma_dev *dev = dev_of(dma_dev);

	RTE_SET_USED(size);
	info->dev_capa = RTE_DMA_CAPA_MEM_TO_MEM | RTE_DMA_CAPA_MEM_TO_DEV |
			 RTE_DMA_CAPA_DEV_TO_MEM | RTE_DMA_CAPA_DEV_TO_DEV |
			 RTE_DMA_CAPA_HANDLES_ERRORS | REFDMA_CAPA_AUTO_FREE | REFDMA_CAPA_ENQ_DEQ;
	if (refdma_has_op(&dev->caps, REFDMA_OP_COPY))
		info->dev_capa |= RTE_DMA_CAPA_OPS_COPY;
	if (refdma_has_op(&dev->caps, REFDMA_OP_COPY_SG))
		info->dev_capa |= RTE_DMA_CAPA_OPS_COPY_SG;
	if (refdma_has_op(&dev->caps, REFDMA_OP_FILL))
		info->dev_capa |= RTE_DMA_CAPA_OPS_FILL;
	if (dev->sva)
		info->dev_capa |= RTE_DMA_CAPA_SVA;
	if (dev->silent_capa)
		info->dev_capa |= RTE_DMA_CAPA_SILENT;
	if (dev->caps.features & REFDMA_FEATURE_PRIORITY) {
		info->dev_capa |= REFDMA_CAPA_PRIORITY;
#if REFDMA_HAS_PRIORITY
		info->nb_priorities = REFDMA_PRIORITIES;
#endif
	}
	info->max_vchans = dev->caps.queues;
	info->max_desc = dev->caps.max_slots;
	info->min_desc = dev->caps.min_slots;
	info->max_sges = dev->caps.max_sge;
	return 0;
}

/* Abort what is under way, so that no memory is touched any more, and reset. Until the device has
 * answered, the queue and its memory stay as they are: it may still write there.
 * @return 0 or -ETIMEDOUT
 */
static int
queue_stop(struct refdma_queue *q)
{
	bool asks = !q->dev->gone && !q->dev->func->silenced;
	uint32_t left;

	if (q->state == REFDMA_QUEUE_NONE || q->state == REFDMA_QUEUE_STOPPED)
		return 0;
	q->limit = q->tail;
	if (asks && refdma_q_command(q, REFDMA_Q_CTRL_RESET) == -ETIMEDOUT) {
		REFDMA_LOG(ERR, "%s vchan %u: not stopped, the device may still access memory; "
			   "keep all buffers, then call rte_dma_stop() again or remove the device",
			   q->dev->name, q->index);
		return -ETIMEDOUT;
	}
	/* The completion line still says what was done by then (section 7, RESET). */
	if (q->silent && q->state == REFDMA_QUEUE_STARTED)
		refdma_reap_silently(q);
	q->state = REFDMA_QUEUE_STOPPED;
	/* What nobody will see complete any more has failed. */
	left = atomic_load(&q->announced) - q->reported;
	atomic_fetch_add(&q->completed, left);
	atomic_fetch_add(&q->errors, left);
	refdma_drop_objects(q);
	refdma_queue_rewind(q);
	return 0;
}

/* Stops what can be stopped. */
static int
stop_all(struct refdma_dev *dev)
{
	int ret = 0;

	for (uint16_t i = 0; i < dev->caps.queues; i++)
		if (queue_stop(dev->queues[i]) != 0)
			ret = -ETIMEDOUT;
	return ret;
}

static int
configure(struct rte_dma_dev *dma_dev, const struct rte_dma_conf *conf, uint32_t size)
{
	struct refdma_dev *dev = dev_of(dma_dev);
	int ret;

	RTE_SET_USED(size);
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	if (refdma_conf_silent(conf) && refdma_conf_enq_deq(conf)) {
		REFDMA_LOG(ERR, "%s: silent mode and enqueue/dequeue exclude each other; configure "
			   "one of them", dev->name);
		return -EINVAL;
	}
	ret = stop_all(dev);
	if (ret != 0)
		return ret;
	/* What was set up for another configuration does not count any more. */
	for (uint16_t i = 0; i < dev->caps.queues; i++)
		refdma_queue_release(dev, i);
	dev->silent = refdma_conf_silent(conf);
	dev->enq_deq = refdma_conf_enq_deq(conf);
	dev->priority = refdma_conf_priority(conf);
	return 0;
}

static int
vchan_setup(struct rte_dma_dev *dma_dev, uint16_t vchan, const struct rte_dma_vchan_conf *conf,
	    uint32_t size)
{
	struct refdma_dev *dev = dev_of(dma_dev);
	int ret;

	RTE_SET_USED(size);
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	ret = queue_stop(dev->queues[vchan]);
	return ret != 0 ? ret : refdma_queue_setup(dev, vchan, conf);
}

static int
queue_start(struct refdma_queue *q)
{
	/* An earlier start may have failed half-way. */
	int ret = queue_stop(q);

	if (ret != 0)
		return ret;
	refdma_queue_rewind(q);
	ret = refdma_q_program(q);
	if (ret != 0)
		return ret;
	q->completed_start = atomic_load(&q->completed);
	q->errors_start = atomic_load(&q->errors);
	q->state = REFDMA_QUEUE_STARTED;
	q->limit = q->mask + 1;
	return 0;
}

static int
dev_stop(struct rte_dma_dev *dma_dev)
{
	struct refdma_dev *dev = dev_of(dma_dev);

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	refdma_look_again(dev);
	return stop_all(dev);
}

static int
dev_start(struct rte_dma_dev *dma_dev)
{
	struct refdma_dev *dev = dev_of(dma_dev);
	const struct refdma_bus_ops *bus = dev->func->bus;
	int ret = 0;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -EPERM;
	refdma_look_again(dev);
	if (!refdma_alive(dev))
		return -EIO;
	for (uint16_t i = 0; i < dma_dev->data->dev_conf.nb_vchans; i++)
		if (dev->queues[i] == &dev->none) {
			REFDMA_LOG(ERR, "%s: vchan %u of %u is not set up; call "
				   "rte_dma_vchan_setup() for each before rte_dma_start()",
				   dev->name, i, dma_dev->data->dev_conf.nb_vchans);
			return -EINVAL;
		}
	if (dev->func->engine != NULL)
		refdma_engine_place(dev->func);
	bus->write32(dev->func, refdma_ch_reg(dev, REFDMA_CH_PRIORITY), dev->priority);
	bus->write32(dev->func, refdma_ch_reg(dev, REFDMA_CH_CTRL),
		     dev->func->strict ? REFDMA_CH_CTRL_STRICT : 0);
	for (uint16_t i = 0; ret == 0 && i < dma_dev->data->dev_conf.nb_vchans; i++)
		ret = queue_start(dev->queues[i]);
	if (ret != 0)
		dev_stop(dma_dev);
	return ret;
}

static int
dev_close(struct rte_dma_dev *dma_dev)
{
	struct refdma_dev *dev = dev_of(dma_dev);
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	ret = stop_all(dev);
	if (ret != 0)
		return ret;
	refdma_telemetry_remove(dev);
	for (uint16_t i = 0; i < dev->caps.queues; i++)
		refdma_queue_release(dev, i);
	return 0;
}

static const struct rte_dma_dev_ops refdma_ops = {
	.dev_info_get = info_get,
	.dev_configure = configure,
	.dev_start = dev_start,
	.dev_stop = dev_stop,
	.dev_close = dev_close,
	.vchan_setup = vchan_setup,
	.stats_get = refdma_stats_get,
	.stats_reset = refdma_stats_reset,
	.vchan_status = refdma_vchan_status,
	.dev_dump = refdma_dump,
};

/* Channel 0 has the device's name, the others a suffix. */
void
refdma_channel_name(char *name, size_t size, const char *base, unsigned int channel)
{
	if (channel == 0)
		snprintf(name, size, "%s", base);
	else
		snprintf(name, size, "%s_ch%u", base, channel);
}

/* The stand-in for vchans that are not set up: full for ever, nothing ever completes. */
static void
init_none(struct refdma_dev *dev)
{
	struct refdma_queue *none = &dev->none;

	none->dev = dev;
	none->cpl = &none->dead_cpl;
	none->wake = &dev->no_wake;
	none->event_fd = -1;
	for (unsigned int i = 0; i < REFDMA_MAX_QUEUES; i++)
		dev->queues[i] = none;
}

void
refdma_publish(struct rte_dma_dev *dma_dev, struct rte_device *device)
{
	dma_dev->device = device;
	dma_dev->dev_ops = &refdma_ops;
	dma_dev->fp_obj->dev_private = dma_dev->data->dev_private;
	refdma_enqueue_set(dma_dev->fp_obj);
	refdma_completion_set(dma_dev->fp_obj);
	refdma_ops_set(dma_dev->fp_obj);
	dma_dev->state = RTE_DMA_DEV_READY;
}

int
refdma_dev_create(struct refdma_func *func, const char *base, unsigned int channel,
		  _Atomic uint32_t *kick)
{
	char name[RTE_DEV_NAME_MAX_LEN];
	struct rte_dma_dev *dma_dev;
	struct refdma_dev *dev;

	refdma_channel_name(name, sizeof(name), base, channel);
	dma_dev = rte_dma_pmd_allocate(name, func->device->numa_node, sizeof(*dev));
	if (dma_dev == NULL) {
		REFDMA_LOG(ERR, "%s: no dmadev slot or memory; call rte_dma_dev_max() before EAL "
			   "starts, or give EAL more memory (-m)", name);
		return -ENOMEM;
	}
	dev = dev_of(dma_dev);
	dev->data = dma_dev->data;
	dev->func = func;
	dev->kick = kick;
	dev->caps = func->caps;
	dev->channel = channel;
	dev->dev_id = dma_dev->data->dev_id;
	dev->regs = func->regs;
	dev->is_pci = func->regs != NULL;
	dev->sva = func->engine != NULL;
	dev->silent_capa = func->silent;
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	init_none(dev);
	refdma_publish(dma_dev, func->device);
	if (refdma_engine_inline(func))
		refdma_enqueue_near(dma_dev->fp_obj);
	refdma_telemetry_add(dev);
	return 0;
}

static int
stop_and_release(const struct refdma_dev *dev, const char *name)
{
	int ret = dev != NULL && dev->data->dev_started ? rte_dma_stop(dev->dev_id) : 0;

	return ret != 0 ? ret : rte_dma_pmd_release(name);
}

int
refdma_dev_destroy(const char *base, unsigned int channel)
{
	char name[RTE_DEV_NAME_MAX_LEN];
	const struct refdma_dev *dev;
	int dev_id, ret;

	refdma_channel_name(name, sizeof(name), base, channel);
	dev_id = rte_dma_get_dev_id_by_name(name);
	if (dev_id < 0)
		return 0;	/* the application has closed it */
	dev = refdma_dev_get(dev_id);
	ret = stop_and_release(dev, name);
	if (ret == -ETIMEDOUT && dev != NULL) {
		REFDMA_LOG(WARNING, "%s: the device does not answer; it goes, so the whole "
			   "function is reset", name);
		refdma_func_reset(dev->func);
		dev->func->silenced = true;
		ret = stop_and_release(dev, name);
	}
	return ret;
}

/* The device behind a dmadev identifier, or NULL where it is not ours. */
struct refdma_dev *
refdma_dev_get(int16_t dev_id)
{
	if (!rte_dma_is_valid(dev_id) ||
	    rte_dma_fp_objs[dev_id].burst_capacity != refdma_enqueue_mark())
		return NULL;
	return rte_dma_fp_objs[dev_id].dev_private;
}
