/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A vchan's memory and indices: set-up, rewind at start, failure. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "refdma_driver.h"
#include "refdma_trace.h"

static uint32_t
head_of(enum refdma_op op, uint16_t flags)
{
	return op | (uint32_t)flags << 16;
}

/* Section 5.2: which side of the vchan's direction is in the device. */
static void
set_direction(struct refdma_queue *q, enum rte_dma_direction direction)
{
	uint16_t flags = 0;

	if (direction == RTE_DMA_DIR_DEV_TO_MEM || direction == RTE_DMA_DIR_DEV_TO_DEV)
		flags |= REFDMA_F_SRC_DEV;
	if (direction == RTE_DMA_DIR_MEM_TO_DEV || direction == RTE_DMA_DIR_DEV_TO_DEV)
		flags |= REFDMA_F_DST_DEV;
	q->sg_flags = flags;
	q->copy_head = head_of(REFDMA_OP_COPY, flags);
	q->fill_head = head_of(REFDMA_OP_FILL, flags & REFDMA_F_DST_DEV);
}

/* Ring, status ring and completion area in one zone: all naturally aligned. */
static int
reserve(struct refdma_dev *dev, struct refdma_queue *q, uint32_t slots, int socket)
{
	size_t ring = (size_t)slots * REFDMA_SLOT_SIZE;
	size_t sts = (size_t)slots * REFDMA_STATUS_ENTRY_SIZE;
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), "refdma_%d_%u", dev->dev_id, q->index);
	q->zone = rte_memzone_reserve_aligned(name, ring + sts + REFDMA_CPL_AREA_SIZE, socket,
					      RTE_MEMZONE_IOVA_CONTIG, rte_align32pow2(ring));
	if (q->zone == NULL) {
		REFDMA_LOG(ERR, "%s vchan %u: no memory for %u descriptors: %s; give EAL more "
			   "(-m), or the vchan fewer", dev->name, q->index, slots,
			   rte_strerror(rte_errno));
		return -ENOMEM;
	}
	memset(q->zone->addr, 0, q->zone->len);
	q->ring = q->zone->addr;
	q->sts = RTE_PTR_ADD(q->zone->addr, ring);
	q->live_cpl = RTE_PTR_ADD(q->zone->addr, ring + sts);
	q->ring_iova = q->zone->iova;
	q->sts_iova = q->zone->iova + ring;
	q->cpl_iova = q->zone->iova + ring + sts;
	q->wake = (const _Atomic uint32_t *)&((struct refdma_notify *)(q->live_cpl + 1))->wake;
	return 0;
}

int
refdma_queue_setup(struct refdma_dev *dev, uint16_t vchan, const struct rte_dma_vchan_conf *conf)
{
	uint32_t slots = rte_align32pow2(conf->nb_desc);
	int socket = dev->func->device->numa_node;
	struct refdma_queue *q;
	int ret;

	refdma_queue_release(dev, vchan);
	q = rte_zmalloc_socket("refdma_queue", sizeof(*q), RTE_CACHE_LINE_SIZE, socket);
	if (q == NULL)
		return -ENOMEM;
	q->dev = dev;
	q->index = vchan;
	q->nb_desc = conf->nb_desc;
	q->mask = slots - 1;
	q->event_fd = -1;
	q->silent = dev->silent;
	q->doorbell = (_Atomic uint32_t *)(dev->func->doorbells +
		      dev->channel * REFDMA_DOORBELL_PAGE_SIZE + vchan * REFDMA_DOORBELL_STRIDE);
	set_direction(q, conf->direction);
	ret = reserve(dev, q, slots, socket);
	if (ret == 0)
		ret = refdma_objects_setup(q, refdma_conf_auto_free_pool(conf), dev->enq_deq,
					   socket);
	if (ret != 0) {
		refdma_objects_release(q);
		rte_memzone_free(q->zone);
		rte_free(q);
		return ret;
	}
	q->state = REFDMA_QUEUE_STOPPED;
	refdma_queue_rewind(q);
	refdma_telemetry_lock();
	dev->queues[vchan] = q;
	refdma_telemetry_unlock();
	return 0;
}

void
refdma_queue_release(struct refdma_dev *dev, uint16_t vchan)
{
	struct refdma_queue *q = dev->queues[vchan];

	if (q == &dev->none)
		return;
	refdma_telemetry_lock();
	dev->queues[vchan] = &dev->none;
	refdma_telemetry_unlock();
	refdma_objects_release(q);
	rte_memzone_free(q->zone);
	rte_free(q);
}

/* Back to operation 0, as the device is after RESET. The ring is full until the start. */
void
refdma_queue_rewind(struct refdma_queue *q)
{
	size_t slots = (size_t)q->mask + 1;

	if (q->live_cpl != NULL) {
		memset(q->sts, 0, slots * REFDMA_STATUS_ENTRY_SIZE);
		memset(q->live_cpl, 0, REFDMA_CPL_AREA_SIZE);
		q->cpl = q->live_cpl;
	}
	if (q->objects != NULL)
		memset(q->objects, 0, slots * sizeof(*q->objects));
	q->tail = 0;
	q->limit = 0;
	q->extra = 0;
	q->reported = 0;
	q->errors_seen = 0;
	q->idle_polls = 0;
	q->period_polls = 0;
	q->periods_seen = 0;
	atomic_store(&q->announced, 0);
}

/* The device is not to be trusted any more: what is outstanding ends with @p status, and nothing
 * can be enqueued until the next start. Called on the data path and by the control path of the
 * same thread.
 */
void
refdma_queue_fail(struct refdma_queue *q, enum rte_dma_status_code status, const char *reason)
{
	uint32_t outstanding;

	if (q->state != REFDMA_QUEUE_STARTED)
		return;
	q->state = REFDMA_QUEUE_FAILED;
	q->fail_status = status;
	q->limit = q->tail;
	/* What was filled in but never announced is dropped. */
	outstanding = atomic_load_explicit(&q->announced, memory_order_relaxed);
	q->extra = q->tail - outstanding;
	outstanding -= q->reported;
	q->dead_cpl.progress = q->reported;
	q->dead_cpl.errors = q->errors_seen + 1;
	q->cpl = &q->dead_cpl;
	refdma_trace_queue_fail(q->dev->dev_id, q->index, status, outstanding, reason);
	REFDMA_LOG(ERR, "%s vchan %u: failed: %s; %u operations end as errors, "
		   "stop the device to recover", q->dev->name, q->index, reason,
		   outstanding);
}
