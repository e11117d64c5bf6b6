/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Operations that carry an object: memory-to-device copies whose source buffer goes back to its
 * pool at completion, and rte_dma_op enqueue and dequeue. Both need a table by operation.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_malloc.h>
#include <rte_mempool.h>

#include "refdma_datapath.h"

/* Objects of the pool by address: a copy only knows the address of its data. */
struct refdma_pool_map {
	uint32_t count, room;
	uint32_t object_size;
	struct {
		rte_iova_t iova;
		void *object;
	} entry[];
};

void
refdma_objects_release(struct refdma_queue *q)
{
	rte_free(q->objects);
	rte_free(q->pool_map);
	q->objects = NULL;
	q->pool_map = NULL;
	q->free_pool = NULL;
}

#if REFDMA_HAS_AUTO_FREE || REFDMA_HAS_ENQ_DEQ
static void
map_add(struct rte_mempool *pool, void *opaque, void *object, unsigned int index)
{
	struct refdma_pool_map *map = opaque;

	RTE_SET_USED(pool);
	RTE_SET_USED(index);
	if (map->count == map->room)
		return;
	map->entry[map->count].iova = rte_mempool_virt2iova(object);
	map->entry[map->count++].object = object;
}

static int
map_compare(const void *a, const void *b)
{
	rte_iova_t x = *(const rte_iova_t *)a, y = *(const rte_iova_t *)b;

	return x < y ? -1 : x > y;
}

static struct refdma_pool_map *
map_create(struct rte_mempool *pool, int socket)
{
	struct refdma_pool_map *map;

	map = rte_zmalloc_socket("refdma_pool", sizeof(*map) + pool->size * sizeof(map->entry[0]),
				 RTE_CACHE_LINE_SIZE, socket);
	if (map == NULL)
		return NULL;
	map->room = pool->size;
	map->object_size = pool->elt_size;
	rte_mempool_obj_iter(pool, map_add, map);
	qsort(map->entry, map->count, sizeof(map->entry[0]), map_compare);
	return map;
}

/* The object that holds @p addr, or NULL. */
static void *
map_find(const struct refdma_pool_map *map, rte_iova_t addr)
{
	uint32_t low = 0, high = map->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (map->entry[middle].iova <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || addr - map->entry[low - 1].iova >= map->object_size)
		return NULL;
	return map->entry[low - 1].object;
}

int
refdma_objects_setup(struct refdma_queue *q, struct rte_mempool *pool, bool enq_deq, int socket)
{
	if (pool == NULL && !enq_deq)
		return 0;
	if (pool != NULL && enq_deq) {
		REFDMA_LOG(ERR, "%s vchan %u: with enqueue/dequeue, operations come back and "
			   "their buffers are the application's: no auto-free pool; leave it out, "
			   "or configure without enqueue/dequeue", q->dev->name, q->index);
		return -EINVAL;
	}
	q->objects = rte_zmalloc_socket("refdma_objects",
					(q->mask + 1) * sizeof(*q->objects),
					RTE_CACHE_LINE_SIZE, socket);
	if (q->objects == NULL)
		return -ENOMEM;
	if (pool == NULL)
		return 0;
	q->pool_map = map_create(pool, socket);
	if (q->pool_map == NULL)
		return -ENOMEM;
	q->free_pool = pool;
	return 0;
}

/* In place of an object: the slot of a scatter-gather copy, whose entries still stand in the ring
 * when it completes. Objects are aligned, so that bit 0 tells them apart.
 */
static void *
list_at(uint32_t slot)
{
	return (void *)((uintptr_t)slot << 1 | 1);
}

static bool
is_list(const void *object)
{
	return ((uintptr_t)object & 1) != 0;
}

/* The operation that is about to be filled in: its source buffer is to be freed, or none. */
void
refdma_note_object(struct refdma_queue *q, rte_iova_t src, uint64_t flags)
{
	void *object = NULL;

	if (flags & REFDMA_OP_FLAG_AUTO_FREE && q->pool_map != NULL)
		object = map_find(q->pool_map, src);
	q->objects[refdma_enqueued(q) & q->mask] = object;
}

/* The same of a scatter-gather copy: all of its source buffers. */
void
refdma_note_list(struct refdma_queue *q, uint64_t flags)
{
	bool noted = flags & REFDMA_OP_FLAG_AUTO_FREE && q->pool_map != NULL;

	q->objects[refdma_enqueued(q) & q->mask] = noted ? list_at(q->tail & q->mask) : NULL;
}

static void
free_list(struct refdma_queue *q, uint32_t slot)
{
	uint32_t count = refdma_slot(q, slot)->param >> REFDMA_PARAM_NB_SRC_SHIFT &
			 REFDMA_PARAM_COUNT_MASK;

	for (uint32_t i = 0; i < count; i++) {
		struct refdma_sge *pair = (struct refdma_sge *)refdma_slot(q, slot + 1 + i / 2);
		void *object = map_find(q->pool_map, pair[i % 2].addr);

		if (object != NULL)
			rte_mempool_put(q->free_pool, object);
	}
}

static void
free_object(struct refdma_queue *q, void **object)
{
	if (is_list(*object))
		free_list(q, (uintptr_t)*object >> 1);
	else if (*object != NULL)
		rte_mempool_put(q->free_pool, *object);
	*object = NULL;
}

/* The first @p n unreported operations are done: their objects go back to the pool. */
void
refdma_free_objects(struct refdma_queue *q, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free_object(q, &q->objects[(q->reported + i) & q->mask]);
}

/* Nothing will complete any more, and the application has given its buffers away: those go back
 * to the pool as well.
 */
void
refdma_drop_objects(struct refdma_queue *q)
{
	if (q->free_pool == NULL)
		return;
	for (uint32_t i = 0; i <= q->mask; i++)
		free_object(q, &q->objects[i]);
}
#else
int
refdma_objects_setup(struct refdma_queue *q, struct rte_mempool *pool, bool enq_deq, int socket)
{
	RTE_SET_USED(q);
	RTE_SET_USED(pool);
	RTE_SET_USED(enq_deq);
	RTE_SET_USED(socket);
	return 0;
}

void
refdma_note_object(struct refdma_queue *q, rte_iova_t src, uint64_t flags)
{
	RTE_SET_USED(q);
	RTE_SET_USED(src);
	RTE_SET_USED(flags);
}

void
refdma_note_list(struct refdma_queue *q, uint64_t flags)
{
	RTE_SET_USED(q);
	RTE_SET_USED(flags);
}

void
refdma_free_objects(struct refdma_queue *q, uint32_t n)
{
	RTE_SET_USED(q);
	RTE_SET_USED(n);
}

void
refdma_drop_objects(struct refdma_queue *q)
{
	RTE_SET_USED(q);
}
#endif

#if REFDMA_HAS_ENQ_DEQ
static int
enqueue_one(struct rte_dma_fp_object *fp, void *dev_private, uint16_t vchan,
	    struct rte_dma_op *op)
{
	uint64_t flags = op->flags & ~RTE_DMA_OP_FLAG_SUBMIT;

	if (op->nb_src == 1 && op->nb_dst == 1 &&
	    op->src_dst_seg[0].length == op->src_dst_seg[1].length)
		return fp->copy(dev_private, vchan, op->src_dst_seg[0].addr,
				op->src_dst_seg[1].addr, op->src_dst_seg[0].length, flags);
	return fp->copy_sg(dev_private, vchan, op->src_dst_seg, op->src_dst_seg + op->nb_src,
			   op->nb_src, op->nb_dst, flags);
}

static uint16_t
refdma_enqueue(void *dev_private, uint16_t vchan, struct rte_dma_op **ops, uint16_t nb_ops)
{
	struct refdma_dev *dev = dev_private;
	struct rte_dma_fp_object *fp = &rte_dma_fp_objs[dev->dev_id];
	struct refdma_queue *q = dev->queues[vchan];
	uint16_t i;
	int index;

	if (unlikely(q->objects == NULL))
		return 0;
	for (i = 0; i < nb_ops; i++) {
		index = enqueue_one(fp, dev_private, vchan, ops[i]);
		if (index < 0)
			break;
		q->objects[(refdma_enqueued(q) - 1) & q->mask] = ops[i];
	}
	if (i != 0)
		refdma_submit_all(q);
	return i;
}

static uint16_t
refdma_dequeue(void *dev_private, uint16_t vchan, struct rte_dma_op **ops, uint16_t nb_ops)
{
	struct refdma_dev *dev = dev_private;
	struct refdma_queue *q = dev->queues[vchan];
	enum rte_dma_status_code status[64];
	uint16_t done = 0, last, n;
	uint32_t first;

	if (unlikely(q->objects == NULL))
		return 0;
	do {
		first = q->reported;
		n = rte_dma_fp_objs[dev->dev_id].completed_status(dev_private, vchan,
			RTE_MIN(nb_ops - done, (int)RTE_DIM(status)), &last, status);
		for (uint16_t i = 0; i < n; i++) {
			ops[done + i] = q->objects[(first + i) & q->mask];
			ops[done + i]->status = status[i];
		}
		done += n;
	} while (n == RTE_DIM(status) && done < nb_ops);
	return done;
}
#endif

void
refdma_ops_set(struct rte_dma_fp_object *fp)
{
#if REFDMA_HAS_ENQ_DEQ
	fp->enqueue = refdma_enqueue;
	fp->dequeue = refdma_dequeue;
#else
	RTE_SET_USED(fp);
#endif
}
