/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Enqueue of what the dmadev API does not have: slave, interleaved and empty operations.
 * Specification, sections 5.7 to 5.10.
 */

#include <errno.h>
#include <string.h>

#include "refdma_datapath.h"

#define COMMON_FLAGS	(RTE_PMD_REFDMA_REPEAT | RTE_PMD_REFDMA_RESULT | RTE_PMD_REFDMA_IRQ | \
			 RTE_PMD_REFDMA_LOAD | RTE_PMD_REFDMA_SUBMIT)
#define SLAVE_FLAGS	(COMMON_FLAGS | RTE_PMD_REFDMA_SLAVE_TO_PORT | RTE_PMD_REFDMA_SLAVE_EOF | \
			 RTE_PMD_REFDMA_SLAVE_STOP_EOF)

static struct refdma_queue *
queue_get(int16_t dev_id, uint16_t vchan, struct refdma_dev **dev, int *error)
{
	*dev = refdma_dev_get(dev_id);
	*error = -ENODEV;
	if (*dev == NULL)
		return NULL;
	*error = -EINVAL;
	if (vchan >= (*dev)->caps.queues || (*dev)->queues[vchan] == &(*dev)->none)
		return NULL;
	return (*dev)->queues[vchan];
}

static uint16_t
common_flags(uint32_t flags)
{
	uint16_t hw = 0;

	if (flags & RTE_PMD_REFDMA_SLAVE_CYCLIC)
		hw |= REFDMA_F_LOOP;
	if (flags & RTE_PMD_REFDMA_RESULT)
		hw |= REFDMA_F_STATUS;
	if (flags & RTE_PMD_REFDMA_IRQ)
		hw |= REFDMA_F_IRQ;
	if (flags & RTE_PMD_REFDMA_LOAD)
		hw |= REFDMA_F_LOAD;
	return hw;
}

static int
finish(struct refdma_queue *q, uint32_t slots, uint32_t flags)
{
	int ret;

	if (q->objects != NULL)
		q->objects[refdma_enqueued(q) & q->mask] = NULL;
	ret = refdma_enqueue_done(q, slots);
	if (flags & RTE_PMD_REFDMA_SUBMIT)
		refdma_submit_all(q);
	return ret;
}

static bool
slave_valid(const struct refdma_dev *dev, const struct rte_pmd_refdma_slave *xfer,
	    uint64_t *length)
{
	bool to_port = xfer->flags & RTE_PMD_REFDMA_SLAVE_TO_PORT;

	if (xfer->flags & ~SLAVE_FLAGS)
		return false;
	if (xfer->sge == NULL || xfer->nb_sge == 0 || xfer->nb_sge > dev->caps.max_sge ||
	    xfer->width > 128 || (xfer->width & (xfer->width - 1)) != 0)
		return false;
	if (xfer->flags & RTE_PMD_REFDMA_SLAVE_EOF && !to_port)
		return false;
	if (xfer->flags & RTE_PMD_REFDMA_SLAVE_STOP_EOF &&
	    (to_port || xfer->flags & RTE_PMD_REFDMA_SLAVE_CYCLIC))
		return false;
	if (xfer->meta_length != 0 && to_port &&
	    (xfer->meta_length > dev->caps.max_meta || !(xfer->flags & RTE_PMD_REFDMA_SLAVE_EOF)))
		return false;
	*length = 0;
	for (uint16_t i = 0; i < xfer->nb_sge; i++) {
		if (xfer->sge[i].length == 0)
			return false;
		*length += xfer->sge[i].length;
	}
	return *length <= dev->caps.max_length;
}

static uint32_t
slave_flags(const struct rte_pmd_refdma_slave *xfer)
{
	uint16_t hw = common_flags(xfer->flags) | REFDMA_F_SETUP;

	if (xfer->flags & RTE_PMD_REFDMA_SLAVE_EOF)
		hw |= REFDMA_F_EOF;
	if (xfer->flags & RTE_PMD_REFDMA_SLAVE_STOP_EOF)
		hw |= REFDMA_F_STOP_EOF;
	if (xfer->meta_length != 0)
		hw |= REFDMA_F_META;
	if (xfer->nb_sge > 1)
		hw |= REFDMA_F_SG;
	return hw;
}

static void
slave_extension(struct refdma_queue *q, uint32_t slot, const struct rte_pmd_refdma_slave *xfer)
{
	struct refdma_setup *setup = (struct refdma_setup *)refdma_slot(q, slot++);

	*setup = (struct refdma_setup){
		.width = xfer->width,
		.burst = xfer->burst,
		.window = xfer->window,
		.period = xfer->period,
	};
	if (xfer->meta_length != 0) {
		struct refdma_meta *meta = (struct refdma_meta *)refdma_slot(q, slot++);

		*meta = (struct refdma_meta){
			.addr = xfer->meta,
			.length = xfer->meta_length,
		};
	}
	for (uint16_t i = 0; xfer->nb_sge > 1 && i < xfer->nb_sge; i++) {
		struct refdma_sge *pair = (struct refdma_sge *)refdma_slot(q, slot + i / 2);

		pair[i % 2] = (struct refdma_sge){
			.addr = xfer->sge[i].addr,
			.length = xfer->sge[i].length,
		};
	}
}

int
rte_pmd_refdma_slave(int16_t dev_id, uint16_t vchan, const struct rte_pmd_refdma_slave *xfer)
{
	bool to_port;
	struct refdma_desc *desc;
	struct refdma_queue *q;
	struct refdma_dev *dev;
	uint64_t length;
	uint32_t ext;
	int ret;

	q = queue_get(dev_id, vchan, &dev, &ret);
	if (q == NULL)
		return ret;
	if (xfer == NULL || !slave_valid(dev, xfer, &length))
		return -EINVAL;
	to_port = xfer->flags & RTE_PMD_REFDMA_SLAVE_TO_PORT;
	if (!refdma_has_op(&dev->caps, to_port ? REFDMA_OP_TO_PORT : REFDMA_OP_FROM_PORT))
		return -ENOTSUP;
	ext = 1 + (xfer->meta_length != 0) + (xfer->nb_sge > 1 ? (xfer->nb_sge + 1) / 2 : 0);
	ret = refdma_room(q, 1 + ext);
	if (ret != 0)
		return ret;
	desc = refdma_slot(q, q->tail);
	*desc = (struct refdma_desc){
		.op = to_port ? REFDMA_OP_TO_PORT : REFDMA_OP_FROM_PORT,
		.ext = ext,
		.flags = slave_flags(xfer),
		.length = length,
		.src = to_port ? xfer->sge[0].addr : xfer->port_addr,
		.dst = to_port ? xfer->port_addr : xfer->sge[0].addr,
		.param = xfer->nb_sge > 1 ? xfer->nb_sge : 0,
	};
	slave_extension(q, q->tail + 1, xfer);
	return finish(q, 1 + ext, xfer->flags);
}

static void
interleaved_extension(struct refdma_queue *q, uint32_t slot,
		      const struct rte_pmd_refdma_interleaved *xfer)
{
	struct refdma_frame *frame = (struct refdma_frame *)refdma_slot(q, slot++);

	*frame = (struct refdma_frame){
		.frames = xfer->frames,
		.chunks = xfer->nb_chunks,
		.flags = (xfer->src_inc ? REFDMA_FRAME_SRC_INC : 0) |
			 (xfer->dst_inc ? REFDMA_FRAME_DST_INC : 0),
	};
	for (uint16_t i = 0; i < xfer->nb_chunks; i++) {
		struct refdma_chunk *pair = (struct refdma_chunk *)refdma_slot(q, slot + i / 2);

		pair[i % 2] = (struct refdma_chunk){
			.size = xfer->chunks[i].size,
			.src_gap = xfer->chunks[i].src_gap,
			.dst_gap = xfer->chunks[i].dst_gap,
		};
	}
}

int
rte_pmd_refdma_interleaved(int16_t dev_id, uint16_t vchan,
			   const struct rte_pmd_refdma_interleaved *xfer)
{
	struct refdma_desc *desc;
	struct refdma_queue *q;
	struct refdma_dev *dev;
	uint32_t ext;
	int ret;

	q = queue_get(dev_id, vchan, &dev, &ret);
	if (q == NULL)
		return ret;
	if (xfer == NULL || xfer->flags & ~COMMON_FLAGS || xfer->chunks == NULL ||
	    xfer->frames == 0 || xfer->nb_chunks == 0 ||
	    xfer->nb_chunks > dev->caps.max_chunks)
		return -EINVAL;
	for (uint16_t i = 0; i < xfer->nb_chunks; i++)
		if (xfer->chunks[i].size == 0)
			return -EINVAL;
	if (!refdma_has_op(&dev->caps, REFDMA_OP_INTERLEAVED))
		return -ENOTSUP;
	ext = 1 + (xfer->nb_chunks + 1) / 2;
	ret = refdma_room(q, 1 + ext);
	if (ret != 0)
		return ret;
	desc = refdma_slot(q, q->tail);
	*desc = (struct refdma_desc){
		.op = REFDMA_OP_INTERLEAVED,
		.ext = ext,
		.flags = common_flags(xfer->flags) |
			 (xfer->src_dev ? REFDMA_F_SRC_DEV : 0) |
			 (xfer->dst_dev ? REFDMA_F_DST_DEV : 0),
		.src = xfer->src,
		.dst = xfer->dst,
		.param = xfer->nb_chunks,
	};
	interleaved_extension(q, q->tail + 1, xfer);
	return finish(q, 1 + ext, xfer->flags);
}

int
rte_pmd_refdma_nop(int16_t dev_id, uint16_t vchan, uint32_t flags)
{
	struct refdma_queue *q;
	struct refdma_dev *dev;
	int ret;

	q = queue_get(dev_id, vchan, &dev, &ret);
	if (q == NULL)
		return ret;
	if (flags & ~(RTE_PMD_REFDMA_IRQ | RTE_PMD_REFDMA_RESULT | RTE_PMD_REFDMA_LOAD |
		      RTE_PMD_REFDMA_SUBMIT))
		return -EINVAL;
	if (!refdma_has_op(&dev->caps, REFDMA_OP_NOP))
		return -ENOTSUP;
	ret = refdma_room(q, 1);
	if (ret != 0)
		return ret;
	*refdma_slot(q, q->tail) = (struct refdma_desc){
		.op = REFDMA_OP_NOP,
		.flags = common_flags(flags),
	};
	return finish(q, 1, flags);
}

int
rte_pmd_refdma_result(int16_t dev_id, uint16_t vchan, uint16_t ring_idx,
		      struct rte_pmd_refdma_result *result)
{
	const struct refdma_status *entry;
	struct refdma_queue *q;
	struct refdma_dev *dev;
	uint16_t age;
	int ret;

	q = queue_get(dev_id, vchan, &dev, &ret);
	if (q == NULL)
		return ret;
	age = (uint16_t)(q->reported - 1) - ring_idx;
	if (result == NULL || age > q->mask)
		return -EINVAL;
	entry = &q->sts[(q->reported - 1 - age) & q->mask];
	if (!(entry->code & REFDMA_STS_VALID) || entry->op != q->reported - 1 - age)
		return -ENOENT;
	result->code = entry->code & REFDMA_STS_CODE_MASK;
	result->status = refdma_status_code(result->code);
	result->eof = entry->code & REFDMA_STS_EOF;
	result->meta_length = entry->meta_length;
	result->bytes = entry->bytes;
	return 0;
}

uint64_t
rte_pmd_refdma_periods(int16_t dev_id, uint16_t vchan)
{
	struct refdma_queue *q;
	struct refdma_dev *dev;
	int ret;

	q = queue_get(dev_id, vchan, &dev, &ret);
	if (q == NULL)
		return 0;
	if (atomic_load_explicit(q->wake, memory_order_relaxed) != 0 &&
	    q->state == REFDMA_QUEUE_STARTED && ++q->period_polls % 32 == 0)
		refdma_wake(q);
	q->periods_seen = atomic_load_explicit((_Atomic uint64_t *)&q->live_cpl->periods,
					       memory_order_acquire);
	return q->periods_seen;
}
