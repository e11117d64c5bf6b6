/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The data path from the device: read the completion line, and now and then see whether the device
 * is still there. One thread a vchan. Specification, sections 4 and 8.
 */

#include <rte_cycles.h>

#include "refdma_datapath.h"

/* An empty poll looks at more than the completion line only every so often. */
#define POLLS_PER_WAKE	32u
/* And at a register, which takes a microsecond and more, so many times a second at most. By time,
 * not by polls: who polls seldom is to learn in time, too, that the device has gone.
 */
#define CHECKS_PER_SECOND	100u

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
	if (refdma_fail_lost(q))
		return;
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

void
refdma_completion_set(struct rte_dma_fp_object *fp)
{
	fp->completed = refdma_completed;
	fp->completed_status = refdma_completed_status;
}
