/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Telemetry: /refdma/queue, what the driver and the controller say of a vchan.
 *
 * It runs on telemetry's own thread, beside the data path and beside the control path. Whoever
 * frees a device or a queue holds the lock while it takes it out of sight, and of the data path's
 * words only atomics are read.
 */

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "refdma_driver.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, refdma_dev) devices = LIST_HEAD_INITIALIZER(devices);

void
refdma_telemetry_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
refdma_telemetry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* The primary's devices, from their creation to their close. */
void
refdma_telemetry_add(struct refdma_dev *dev)
{
	refdma_telemetry_lock();
	LIST_INSERT_HEAD(&devices, dev, next);
	refdma_telemetry_unlock();
}

void
refdma_telemetry_remove(struct refdma_dev *dev)
{
	refdma_telemetry_lock();
	LIST_REMOVE(dev, next);
	refdma_telemetry_unlock();
}

/* "DEV,VCHAN" and nothing else. */
static int
parse(const char *params, unsigned long *dev_id, unsigned long *vchan)
{
	char *end;

	if (params == NULL || !isdigit((unsigned char)*params))
		return -EINVAL;
	errno = 0;
	*dev_id = strtoul(params, &end, 10);
	if (*end != ',' || !isdigit((unsigned char)end[1]))
		return -EINVAL;
	*vchan = strtoul(end + 1, &end, 10);
	return *end == '\0' && errno == 0 ? 0 : -EINVAL;
}

static const char *
driver_state(const struct refdma_queue *q)
{
	switch ((enum refdma_queue_state)q->state) {
	case REFDMA_QUEUE_STARTED: return "started";
	case REFDMA_QUEUE_FAILED: return "failed";
	default: return "stopped";
	}
}

static void
add_driver(struct refdma_queue *q, struct rte_tel_data *d)
{
	struct rte_dma_stats stats = { 0 };

	refdma_queue_stats(q, &stats);
	rte_tel_data_add_dict_string(d, "device", q->dev->name);
	rte_tel_data_add_dict_int(d, "channel", q->dev->channel);
	rte_tel_data_add_dict_int(d, "vchan", q->index);
	rte_tel_data_add_dict_string(d, "state", driver_state(q));
	rte_tel_data_add_dict_int(d, "descriptors", q->nb_desc);
	rte_tel_data_add_dict_int(d, "slots", q->mask + 1);
	rte_tel_data_add_dict_int(d, "silent", q->silent);
	refdma_tel_dict_uint(d, "submitted", stats.submitted);
	refdma_tel_dict_uint(d, "completed", stats.completed);
	refdma_tel_dict_uint(d, "errors", stats.errors);
	refdma_tel_dict_uint(d, "outstanding", stats.submitted - stats.completed);
}

/* The queue's registers (specification, section 3.3). */
static void
add_device(struct refdma_queue *q, struct rte_tel_data *d)
{
	struct refdma_func *func = q->dev->func;
	const struct refdma_bus_ops *bus = func->bus;
	uint32_t status = bus->read32(func, refdma_q_reg(q, REFDMA_Q_STATUS));
	uint64_t progress = bus->read64(func, refdma_q_reg(q, REFDMA_Q_PROGRESS));
	uint64_t residue = bus->read64(func, refdma_q_reg(q, REFDMA_Q_RESIDUE));

	rte_tel_data_add_dict_string(d, "device_state", refdma_state_name(status));
	rte_tel_data_add_dict_int(d, "device_busy", (status & REFDMA_Q_STATUS_BUSY) != 0);
	rte_tel_data_add_dict_string(d, "device_reason",
				     refdma_code_name(status >> REFDMA_Q_STATUS_REASON_SHIFT &
						      REFDMA_Q_STATUS_REASON_MASK));
	refdma_tel_dict_uint(d, "device_completed", (uint32_t)progress);
	refdma_tel_dict_uint(d, "device_slots",
			     (uint32_t)(progress >> REFDMA_PROGRESS_SLOTS_SHIFT));
	refdma_tel_dict_uint(d, "device_errors",
			     bus->read32(func, refdma_q_reg(q, REFDMA_Q_ERRORS)));
	refdma_tel_dict_uint(d, "device_operation",
			     (uint32_t)(residue >> REFDMA_RESIDUE_OP_SHIFT));
	refdma_tel_dict_uint(d, "device_residue", (uint32_t)residue);
	refdma_tel_dict_uint(d, "device_periods",
			     bus->read64(func, refdma_q_reg(q, REFDMA_Q_PERIODS)));
}

static int
answer(unsigned long dev_id, unsigned long vchan, struct rte_tel_data *d)
{
	struct refdma_dev *dev;

	LIST_FOREACH(dev, &devices, next)
		if ((unsigned long)dev->dev_id == dev_id)
			break;
	if (dev == NULL || vchan >= dev->caps.queues || dev->queues[vchan] == &dev->none)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	add_driver(dev->queues[vchan], d);
	if (refdma_alive(dev))
		add_device(dev->queues[vchan], d);
	else
		rte_tel_data_add_dict_string(d, "device_state", "gone");
	return 0;
}

static int
handle_queue(const char *cmd, const char *params, struct rte_tel_data *d)
{
	unsigned long dev_id, vchan;
	int ret = parse(params, &dev_id, &vchan);

	RTE_SET_USED(cmd);
	if (ret != 0)
		return ret;
	refdma_telemetry_lock();
	ret = answer(dev_id, vchan, d);
	refdma_telemetry_unlock();
	return ret;
}

RTE_INIT(refdma_telemetry)
{
	rte_telemetry_register_cmd("/refdma/queue", handle_queue,
				   "A vchan, as the driver and the controller see it. "
				   "Parameters: int dev_id, int vchan");
}
