/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What a vchan says of itself while the data path is in use: statistics, status and dump. */

#include <inttypes.h>
#include <stdio.h>

#include <rte_eal.h>

#include "refdma_driver.h"

/* Silent mode: what has completed since the data path last looked. The counters say how far that
 * was; they are read before the line, which is never behind them unless it is garbage.
 */
static void
silent_counters(struct refdma_queue *q, uint64_t *completed, uint64_t *errors)
{
	uint64_t line = atomic_load_explicit((_Atomic uint64_t *)&q->live_cpl->progress,
					     memory_order_acquire);
	uint32_t failed = atomic_load_explicit((_Atomic uint32_t *)&q->live_cpl->errors,
					       memory_order_relaxed);
	uint32_t done = (uint32_t)line - (uint32_t)(*completed - q->completed_start);

	if ((int32_t)done < 0)
		return;
	*completed += done;
	*errors += failed - (uint32_t)(*errors - q->errors_start);
}

static void
queue_counters(struct refdma_queue *q, uint64_t *completed, uint64_t *errors)
{
	*errors = atomic_load(&q->errors);
	*completed = atomic_load(&q->completed);
	if (q->silent && q->state == REFDMA_QUEUE_STARTED)
		silent_counters(q, completed, errors);
}

/* While traffic runs: what is counted last is read first. An error is counted a little before the
 * completion that it belongs to, hence the limit.
 */
void
refdma_queue_stats(struct refdma_queue *q, struct rte_dma_stats *stats)
{
	uint64_t completed, errors, submitted;

	queue_counters(q, &completed, &errors);
	completed -= q->completed_base;
	errors -= q->errors_base;
	submitted = atomic_load(&q->submitted) - q->submitted_base;
	stats->submitted += RTE_MAX(submitted, completed);
	stats->completed += completed;
	stats->errors += RTE_MIN(errors, completed);
}

int
refdma_stats_get(const struct rte_dma_dev *dma_dev, uint16_t vchan, struct rte_dma_stats *stats,
		 uint32_t size)
{
	struct refdma_dev *dev = dma_dev->data->dev_private;

	RTE_SET_USED(size);
	if (vchan != RTE_DMA_ALL_VCHAN) {
		refdma_queue_stats(dev->queues[vchan], stats);
		return 0;
	}
	for (uint16_t i = 0; i < dma_dev->data->dev_conf.nb_vchans; i++)
		refdma_queue_stats(dev->queues[i], stats);
	return 0;
}

static void
queue_stats_reset(struct refdma_queue *q)
{
	/* The counters belong to the data path: remember where they stood. */
	q->submitted_base = atomic_load(&q->submitted);
	queue_counters(q, &q->completed_base, &q->errors_base);
}

int
refdma_stats_reset(struct rte_dma_dev *dma_dev, uint16_t vchan)
{
	struct refdma_dev *dev = dma_dev->data->dev_private;

	if (vchan != RTE_DMA_ALL_VCHAN) {
		queue_stats_reset(dev->queues[vchan]);
		return 0;
	}
	for (uint16_t i = 0; i < dma_dev->data->dev_conf.nb_vchans; i++)
		queue_stats_reset(dev->queues[i]);
	return 0;
}

int
refdma_vchan_status(const struct rte_dma_dev *dma_dev, uint16_t vchan,
		    enum rte_dma_vchan_status *status)
{
	struct refdma_dev *dev = dma_dev->data->dev_private;
	struct refdma_queue *q = dev->queues[vchan];
	uint32_t announced = atomic_load_explicit(&q->announced, memory_order_relaxed);
	uint64_t progress;
	uint32_t state;

	*status = RTE_DMA_VCHAN_IDLE;
	if (q->state == REFDMA_QUEUE_NONE || q->state == REFDMA_QUEUE_STOPPED)
		return 0;
	if (q->state == REFDMA_QUEUE_FAILED) {
		*status = RTE_DMA_VCHAN_HALTED_ERROR;
		return 0;
	}
	/* In this order: a halt is not seen without the progress before it (8.2). */
	state = atomic_load_explicit((_Atomic uint32_t *)&q->live_cpl->state,
				     memory_order_acquire) & REFDMA_Q_STATUS_STATE_MASK;
	progress = atomic_load_explicit((_Atomic uint64_t *)&q->live_cpl->progress,
					memory_order_acquire);
	if (state == REFDMA_STATE_HALTED)
		*status = RTE_DMA_VCHAN_HALTED_ERROR;
	else if ((uint32_t)progress != announced)
		*status = RTE_DMA_VCHAN_ACTIVE;
	if (*status == RTE_DMA_VCHAN_ACTIVE) {
		if (refdma_q_lost(q) != NULL)
			*status = RTE_DMA_VCHAN_HALTED_ERROR;
		else if (atomic_load_explicit(q->wake, memory_order_relaxed) != 0)
			refdma_wake(q);
	}
	return 0;
}

const char *
refdma_state_name(uint32_t status)
{
	static const char *const names[] = { "disabled", "running", "paused", "halted" };
	uint32_t state = status & REFDMA_Q_STATUS_STATE_MASK;

	return state < RTE_DIM(names) ? names[state] : "unknown";
}

static void
dump_queue(const struct refdma_queue *q, FILE *f)
{
	const struct refdma_dev *dev = q->dev;
	const struct refdma_bus_ops *bus = dev->func->bus;
	uint32_t status = bus->read32(dev->func, refdma_q_reg(q, REFDMA_Q_STATUS));
	uint64_t progress = bus->read64(dev->func, refdma_q_reg(q, REFDMA_Q_PROGRESS));
	uint64_t residue = bus->read64(dev->func, refdma_q_reg(q, REFDMA_Q_RESIDUE));

	fprintf(f, "  vchan %u: %u descriptors in %u slots, %zu bytes\n", q->index, q->nb_desc,
		q->mask + 1, q->zone->len + sizeof(*q));
	fprintf(f, "    driver: enqueued %u announced %u reported %u free slots %u\n",
		q->tail - q->extra, atomic_load(&((struct refdma_queue *)(uintptr_t)q)->announced),
		q->reported, q->limit - q->tail);
	fprintf(f, "    device: %s%s reason '%s' completed %u slots %u errors %u\n",
		refdma_state_name(status), status & REFDMA_Q_STATUS_BUSY ? " (busy)" : "",
		refdma_code_name(status >> REFDMA_Q_STATUS_REASON_SHIFT &
				 REFDMA_Q_STATUS_REASON_MASK),
		(uint32_t)progress, (uint32_t)(progress >> REFDMA_PROGRESS_SLOTS_SHIFT),
		bus->read32(dev->func, refdma_q_reg(q, REFDMA_Q_ERRORS)));
	fprintf(f, "    operation %u has %u bytes left; periods %" PRIu64 "\n",
		(uint32_t)(residue >> REFDMA_RESIDUE_OP_SHIFT), (uint32_t)residue,
		bus->read64(dev->func, refdma_q_reg(q, REFDMA_Q_PERIODS)));
}

static const char *
transport_name(const struct refdma_dev *dev)
{
	if (dev->is_pci)
		return "pci";
	return dev->sva ? "software device" : "device in another process, by a socket";
}

int
refdma_dump(const struct rte_dma_dev *dma_dev, FILE *f)
{
	struct refdma_dev *dev = dma_dev->data->dev_private;

	fprintf(f, "  refdma channel %u, controller %u.%u, %s\n", dev->channel,
		dev->caps.version >> 16, dev->caps.version & 0xffff,
		transport_name(dev));
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	if (!refdma_alive(dev)) {
		fprintf(f, "  the device has gone\n");
		return 0;
	}
	if (dev->func->engine != NULL)
		fprintf(f, "  engine=%s\n", refdma_engine_name(dev->func));
	for (uint16_t i = 0; i < dma_dev->data->dev_conf.nb_vchans; i++)
		if (dev->queues[i] != &dev->none)
			dump_queue(dev->queues[i], f);
	return 0;
}

