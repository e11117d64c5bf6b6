/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The data path: fill slots, ring the doorbell, read the completion line. One thread a vchan.
 * Specification, sections 4 and 8.
 */

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_io.h>

#include "refdma_datapath.h"

#define KNOWN_FLAGS (RTE_DMA_OP_FLAG_FENCE | RTE_DMA_OP_FLAG_SUBMIT | RTE_DMA_OP_FLAG_LLC | \
		     REFDMA_OP_FLAG_AUTO_FREE)

/* An empty poll looks at more than the completion line only every so often. */
#define POLLS_PER_WAKE	32u
/* And at a register, which takes a microsecond and more, so many times a second at most. By time,
 * not by polls: who polls seldom is to learn in time, too, that the device has gone.
 */
#define CHECKS_PER_SECOND	100u

/* RTE_DMA_OP_FLAG_FENCE is bit 0, and so is REFDMA_F_FENCE; flags begin at bit 16 of the head. */
_Static_assert(RTE_DMA_OP_FLAG_FENCE == REFDMA_F_FENCE, "fence bits differ");
#define FENCE_BIT(flags) (((flags) & RTE_DMA_OP_FLAG_FENCE) << 16)

void
refdma_wake(struct refdma_queue *q)
{
	struct refdma_dev *dev = q->dev;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY) {
		if (dev->func->bus->wake != NULL)
			dev->func->bus->wake(dev->func, dev->channel);
		else
			dev->func->bus->write32(dev->func, REFDMA_CHANNEL_BASE + dev->channel *
						REFDMA_CHANNEL_STRIDE + REFDMA_CH_WAKE, 1);
	} else if (dev->regs != NULL) {
		rte_write32(1, RTE_PTR_ADD(dev->regs, refdma_ch_reg(dev, REFDMA_CH_WAKE)));
	} else if (dev->kick != NULL) {
		/* The register is the primary's; the engine's futex word is shared. */
		atomic_fetch_add(dev->kick, 1);
		syscall(SYS_futex, dev->kick, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

/* Silent mode: nobody calls completed(), so the ring is emptied here. */
void
refdma_reap_silently(struct refdma_queue *q)
{
	uint64_t progress = atomic_load_explicit((_Atomic uint64_t *)&q->cpl->progress,
						 memory_order_acquire);
	uint32_t done = (uint32_t)progress - q->reported;
	uint32_t errors;

	if (done > atomic_load_explicit(&q->announced, memory_order_relaxed) - q->reported) {
		refdma_queue_fail(q, RTE_DMA_STATUS_ERROR_UNKNOWN, "impossible progress");
		return;
	}
	q->reported += done;
	q->limit = (uint32_t)(progress >> REFDMA_PROGRESS_SLOTS_SHIFT) + q->mask + 1;
	errors = atomic_load_explicit((_Atomic uint32_t *)&q->cpl->errors, memory_order_relaxed);
	refdma_count(&q->completed, done);
	refdma_count(&q->errors, errors - q->errors_seen);
	q->errors_seen = errors;
}

static int
state_errno(const struct refdma_queue *q)
{
	switch (q->state) {
	case REFDMA_QUEUE_STARTED: return 0;
	case REFDMA_QUEUE_STOPPED: return -EBUSY;
	case REFDMA_QUEUE_FAILED: return -EIO;
	default: return -EINVAL;
	}
}

/* The device was in another process, which has gone. No system call: somebody else watches. */
static bool
connection_lost(const struct refdma_queue *q)
{
	return rte_eal_process_type() == RTE_PROC_PRIMARY &&
	       atomic_load_explicit(&q->dev->func->lost, memory_order_relaxed);
}

static void
fail_lost(struct refdma_queue *q)
{
	refdma_queue_fail(q, RTE_DMA_STATUS_DEV_LINK_ERROR, "the device's process has gone");
}

/* There was no room for @p slots slots: is there now, and if not, why? */
int
refdma_full(struct refdma_queue *q, uint32_t slots)
{
	int ret = state_errno(q);

	if (ret != 0)
		return ret;
	if (slots > q->mask + 1)
		return -EINVAL;
	if (q->silent) {
		refdma_reap_silently(q);
		if (q->state == REFDMA_QUEUE_STARTED && refdma_free_slots(q) >= slots)
			return 0;
		/* Nobody polls for completions, which would find this out. */
		if (connection_lost(q)) {
			fail_lost(q);
			return -EIO;
		}
	}
	return -ENOSPC;
}

void
refdma_ring_doorbell(struct refdma_queue *q)
{
	refdma_submit_all(q);
}

/*
 * Copies and fills, each in one slot, filled with three stores. Whatever is rare (no room, objects
 * to remember, flags that nobody knows) goes another way, by a tail call: then the common way
 * needs no stack.
 */
static __rte_always_inline int
fill_slot(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst)
{
	const uint32_t tail = q->tail;
	_Atomic uint64_t *word = (_Atomic uint64_t *)(void *)refdma_slot(q, tail);

	/* Whole words, as the device reads them; op, ext, flags and length are the first. */
	atomic_store_explicit(word, head, memory_order_relaxed);
	atomic_store_explicit(word + 1, src, memory_order_relaxed);
	atomic_store_explicit(word + 2, dst, memory_order_relaxed);
	/* As refdma_enqueue_done(), whose first look at the tail could not be this one. */
	q->tail = tail + 1;
	return (tail - q->extra) & UINT16_MAX;
}

static __rte_noinline int
submit_after(struct refdma_queue *q, int index)
{
	refdma_submit_all(q);
	return index;
}

static __rte_noinline int
enqueue_rare(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst, uint64_t flags)
{
	int ret;

	if (flags & ~KNOWN_FLAGS)
		return -EINVAL;
	ret = refdma_room(q, 1);
	if (ret != 0)
		return ret;
	if (q->objects != NULL)
		refdma_note_object(q, src, flags);
	ret = fill_slot(q, head | FENCE_BIT(flags), src, dst);
	return flags & RTE_DMA_OP_FLAG_SUBMIT ? submit_after(q, ret) : ret;
}

static __rte_always_inline int
enqueue(struct refdma_queue *q, uint64_t head, uint64_t src, rte_iova_t dst, uint32_t length,
	uint64_t flags)
{
	head |= (uint64_t)length << 32;
	if (unlikely(refdma_free_slots(q) == 0 || q->objects != NULL ||
		     flags & ~RTE_DMA_OP_FLAG_FENCE))
		return enqueue_rare(q, head, src, dst, flags);
	return fill_slot(q, head | flags << 16, src, dst);
}

static int
refdma_copy(void *dev_private, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t length,
	    uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	return enqueue(q, q->copy_head, src, dst, length, flags);
}

/*
 * The same where the device runs on the core that calls: it is about to touch this data, so that
 * fetching it overlaps with the filling of slots. Of longer copies a little more; for the rest, the
 * processor sees the pattern by itself. A wild address does no harm here.
 */
#define NEAR_LINE	64u
#define NEAR_SHORT	256u

static __rte_always_inline void
fetch(rte_iova_t addr, uint32_t offset)
{
	__builtin_prefetch((const void *)(uintptr_t)(addr + offset), 0, 3);
}

static int
refdma_copy_near(void *dev_private, uint16_t vchan, rte_iova_t src, rte_iova_t dst,
		 uint32_t length, uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	fetch(src, 0);
	fetch(dst, 0);
	if (length > NEAR_SHORT) {
		for (uint32_t i = NEAR_LINE; i < NEAR_SHORT; i += NEAR_LINE) {
			fetch(src, i);
			fetch(dst, i);
		}
	}
	return enqueue(q, q->copy_head, src, dst, length, flags);
}

static int
refdma_fill(void *dev_private, uint16_t vchan, uint64_t pattern, rte_iova_t dst, uint32_t length,
	    uint64_t flags)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	return enqueue(q, q->fill_head, pattern, dst, length, flags & ~REFDMA_OP_FLAG_AUTO_FREE);
}

/* Entries go two to a slot, sources and then destinations, across the end of the ring. */
static void
write_entries(struct refdma_queue *q, uint32_t slot, const struct rte_dma_sge *sge, uint16_t count,
	      uint32_t first)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = first + i;
		struct refdma_sge *pair = (struct refdma_sge *)refdma_slot(q, slot + at / 2);

		pair[at % 2].addr = sge[i].addr;
		pair[at % 2].length = sge[i].length;
		pair[at % 2].reserved = 0;
	}
}

static int
refdma_copy_sg(void *dev_private, uint16_t vchan, const struct rte_dma_sge *src,
	       const struct rte_dma_sge *dst, uint16_t nb_src, uint16_t nb_dst, uint64_t flags)
{
	struct refdma_dev *dev = dev_private;
	struct refdma_queue *q = dev->queues[vchan];
	uint32_t ext = (nb_src + nb_dst + 1u) / 2;
	struct refdma_desc *desc;
	int ret;

	if (unlikely(flags & ~KNOWN_FLAGS || nb_src == 0 || nb_dst == 0 ||
		     nb_src > dev->caps.max_sge || nb_dst > dev->caps.max_sge))
		return -EINVAL;
	ret = refdma_room(q, 1 + ext);
	if (unlikely(ret != 0))
		return ret;
	desc = refdma_slot(q, q->tail);
	desc->op = REFDMA_OP_COPY_SG;
	desc->ext = ext;
	desc->flags = q->sg_flags | (flags & RTE_DMA_OP_FLAG_FENCE);
	desc->length = 0;
	desc->src = 0;
	desc->dst = 0;
	desc->param = (uint64_t)nb_src << REFDMA_PARAM_NB_SRC_SHIFT |
		      (uint64_t)nb_dst << REFDMA_PARAM_NB_DST_SHIFT;
	write_entries(q, q->tail + 1, src, nb_src, 0);
	write_entries(q, q->tail + 1, dst, nb_dst, nb_src);
	if (unlikely(q->objects != NULL))
		refdma_note_object(q, src[0].addr, flags);
	ret = refdma_enqueue_done(q, 1 + ext);
	if (flags & RTE_DMA_OP_FLAG_SUBMIT)
		refdma_submit_all(q);
	return ret;
}

static int
refdma_submit(void *dev_private, uint16_t vchan)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];

	if (unlikely(q->state != REFDMA_QUEUE_STARTED))
		return state_errno(q);
	if (refdma_enqueued(q) != atomic_load_explicit(&q->announced, memory_order_relaxed))
		refdma_submit_all(q);
	return 0;
}

static uint16_t
refdma_burst_capacity(const void *dev_private, uint16_t vchan)
{
	struct refdma_queue *q = ((const struct refdma_dev *)dev_private)->queues[vchan];

	if (unlikely(q->silent && q->state == REFDMA_QUEUE_STARTED))
		refdma_reap_silently(q);
	return RTE_MIN(refdma_free_slots(q), (uint32_t)UINT16_MAX);
}

/* Nothing new although something is under way: now and then see that the device is there, and
 * let a device run that only runs when it is called.
 */
static void
idle_poll(struct refdma_queue *q)
{
	const char *lost;
	uint64_t now;

	if (q->reported == atomic_load_explicit(&q->announced, memory_order_relaxed))
		return;
	if (++q->idle_polls % POLLS_PER_WAKE != 0)
		return;
	if (atomic_load_explicit(q->wake, memory_order_relaxed) != 0)
		refdma_wake(q);
	if (connection_lost(q)) {
		fail_lost(q);
		return;
	}
	if (atomic_load_explicit(&q->dev->gone, memory_order_relaxed)) {
		refdma_queue_fail(q, RTE_DMA_STATUS_DEV_LINK_ERROR, "the device has gone");
		return;
	}
	now = rte_rdtsc();
	if (now - q->checked_tsc < rte_get_tsc_hz() / CHECKS_PER_SECOND)
		return;
	q->checked_tsc = now;
	lost = refdma_q_lost(q);
	if (lost != NULL)
		refdma_queue_fail(q, RTE_DMA_STATUS_DEV_LINK_ERROR, lost);
}

/* What the completion line says, checked. */
struct progress {
	uint32_t done;		/* operations that can be reported */
	uint32_t slots;		/* slots consumed */
	bool errors;		/* some of them may have failed */
};

static inline struct progress
read_progress(struct refdma_queue *q)
{
	/* Acquire: data, status entries and the error count are there (8.2). */
	uint64_t line = atomic_load_explicit((_Atomic uint64_t *)&q->cpl->progress,
					     memory_order_acquire);
	struct progress p = {
		.done = (uint32_t)line - q->reported,
		.slots = line >> REFDMA_PROGRESS_SLOTS_SHIFT,
	};

	p.errors = atomic_load_explicit((_Atomic uint32_t *)&q->cpl->errors,
					memory_order_relaxed) != q->errors_seen;
	if (unlikely(p.done > atomic_load_explicit(&q->announced, memory_order_relaxed) -
			      q->reported)) {
		refdma_queue_fail(q, RTE_DMA_STATUS_ERROR_UNKNOWN, "impossible progress");
		p.done = 0;
		p.errors = true;
	}
	return p;
}

/* Hand @p n operations to the application: their slots are free. Where not all that the line
 * counts are handed over, each is known to have taken at least one slot, and the last one frees
 * the rest.
 */
static inline void
report(struct refdma_queue *q, const struct progress *p, uint32_t n)
{
	if (unlikely(q->objects != NULL && q->free_pool != NULL))
		refdma_free_objects(q, n);
	q->reported += n;
	if (likely(n == p->done))
		q->limit = p->slots + q->mask + 1;
	else
		q->limit += n;
	refdma_count(&q->completed, n);
	refdma_trace_completed(q->dev->dev_id, q->index, n, q->reported);
}

/* The entry of operation @p op where it failed, else NULL. */
static struct refdma_status *
failed_entry(struct refdma_queue *q, uint32_t op)
{
	struct refdma_status *entry = &q->sts[op & q->mask];

	if (entry->op != op || !(entry->code & REFDMA_STS_VALID) ||
	    (entry->code & REFDMA_STS_CODE_MASK) == REFDMA_CODE_OK)
		return NULL;
	return entry;
}

static uint32_t
successes(struct refdma_queue *q, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && failed_entry(q, q->reported + i) == NULL)
		i++;
	return i;
}

/* Operations of a failed queue that completed_status() has not reported yet. */
static bool
dead_work(struct refdma_queue *q)
{
	return q->state == REFDMA_QUEUE_FAILED &&
	       q->reported != atomic_load_explicit(&q->announced, memory_order_relaxed);
}

static uint16_t
refdma_completed(void *dev_private, uint16_t vchan, const uint16_t nb_cpls, uint16_t *last_idx,
		 bool *has_error)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];
	struct progress p = read_progress(q);
	uint32_t n = p.done;

	if (unlikely(p.errors)) {
		n = successes(q, p.done);
		/* Stop before the failed one; what was asked for may end even earlier. */
		*has_error = (n < p.done && n <= nb_cpls) || dead_work(q);
	}
	if (n == 0) {
		idle_poll(q);
	} else {
		n = RTE_MIN(n, (uint32_t)nb_cpls);
		report(q, &p, n);
		q->idle_polls = 0;
	}
	*last_idx = q->reported - 1;
	return n;
}

/* After a failure everything that is outstanding ends with one status. */
static uint16_t
completed_dead(struct refdma_queue *q, uint16_t nb_cpls, uint16_t *last_idx,
	       enum rte_dma_status_code *status)
{
	uint32_t left = atomic_load_explicit(&q->announced, memory_order_relaxed) - q->reported;
	uint32_t n = RTE_MIN(left, (uint32_t)nb_cpls);

	for (uint32_t i = 0; i < n; i++)
		status[i] = q->fail_status;
	if (q->objects != NULL && q->free_pool != NULL)
		refdma_free_objects(q, n);
	q->reported += n;
	refdma_count(&q->completed, n);
	refdma_count(&q->errors, n);
	q->dead_cpl.progress = q->reported;
	*last_idx = q->reported - 1;
	return n;
}

static enum rte_dma_status_code
take_status(struct refdma_queue *q, uint32_t op)
{
	struct refdma_status *entry = failed_entry(q, op);

	if (entry == NULL)
		return RTE_DMA_STATUS_SUCCESSFUL;
	q->errors_seen++;
	refdma_count(&q->errors, 1);
	refdma_trace_error(q->dev->dev_id, q->index, op, entry->code & REFDMA_STS_CODE_MASK);
	return refdma_status_code(entry->code & REFDMA_STS_CODE_MASK);
}

static uint16_t
refdma_completed_status(void *dev_private, uint16_t vchan, const uint16_t nb_cpls,
			uint16_t *last_idx, enum rte_dma_status_code *status)
{
	struct refdma_queue *q = ((struct refdma_dev *)dev_private)->queues[vchan];
	struct progress p = read_progress(q);
	uint32_t n = RTE_MIN(p.done, (uint32_t)nb_cpls);

	if (unlikely(q->state == REFDMA_QUEUE_FAILED))
		return completed_dead(q, nb_cpls, last_idx, status);
	for (uint32_t i = 0; i < n; i++)
		status[i] = p.errors ? take_status(q, q->reported + i) : RTE_DMA_STATUS_SUCCESSFUL;
	if (n == 0) {
		idle_poll(q);
	} else {
		report(q, &p, n);
		q->idle_polls = 0;
	}
	*last_idx = q->reported - 1;
	return n;
}

/* Section 6 to the dmadev API. */
enum rte_dma_status_code
refdma_status_code(unsigned int code)
{
	static const uint16_t map[] = {
		[REFDMA_CODE_OK] = RTE_DMA_STATUS_SUCCESSFUL,
		[REFDMA_CODE_ABORTED] = RTE_DMA_STATUS_USER_ABORT,
		[REFDMA_CODE_NOT_ATTEMPTED] = RTE_DMA_STATUS_NOT_ATTEMPTED,
		[REFDMA_CODE_SRC_ADDRESS] = RTE_DMA_STATUS_INVALID_SRC_ADDR,
		[REFDMA_CODE_DST_ADDRESS] = RTE_DMA_STATUS_INVALID_DST_ADDR,
		[REFDMA_CODE_ADDRESS] = RTE_DMA_STATUS_INVALID_ADDR,
		[REFDMA_CODE_LENGTH_ZERO] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_LENGTH_LIMIT] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_LENGTH_MISMATCH] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_OPCODE] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_FLAGS] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_CHAIN] = RTE_DMA_STATUS_INVALID_OPCODE,
		[REFDMA_CODE_READ] = RTE_DMA_STATUS_BUS_READ_ERROR,
		[REFDMA_CODE_WRITE] = RTE_DMA_STATUS_BUS_WRITE_ERROR,
		[REFDMA_CODE_BUS] = RTE_DMA_STATUS_BUS_ERROR,
		[REFDMA_CODE_POISON] = RTE_DMA_STATUS_DATA_POISION,
		[REFDMA_CODE_DESC_READ] = RTE_DMA_STATUS_DESCRIPTOR_READ_ERROR,
		[REFDMA_CODE_LINK] = RTE_DMA_STATUS_DEV_LINK_ERROR,
		[REFDMA_CODE_PAGE_FAULT] = RTE_DMA_STATUS_PAGE_FAULT,
		[REFDMA_CODE_PORT] = RTE_DMA_STATUS_INVALID_ADDR,
		[REFDMA_CODE_ALIGNMENT] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_META] = RTE_DMA_STATUS_INVALID_LENGTH,
		[REFDMA_CODE_SG_COUNT] = RTE_DMA_STATUS_INVALID_LENGTH,
	};

	return code < RTE_DIM(map) ? map[code] : RTE_DMA_STATUS_ERROR_UNKNOWN;
}

void
refdma_datapath_set(struct rte_dma_fp_object *fp)
{
	fp->copy = refdma_copy;
	fp->copy_sg = refdma_copy_sg;
	fp->fill = refdma_fill;
	fp->submit = refdma_submit;
	fp->completed = refdma_completed;
	fp->completed_status = refdma_completed_status;
	fp->burst_capacity = refdma_burst_capacity;
	refdma_ops_set(fp);
}

/* For a device that runs inside the doorbell. */
void
refdma_datapath_near(struct rte_dma_fp_object *fp)
{
	fp->copy = refdma_copy_near;
}

/* A function that only our devices have: how to recognise one. */
rte_dma_burst_capacity_t
refdma_datapath_mark(void)
{
	return refdma_burst_capacity;
}
