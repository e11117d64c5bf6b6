/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Control of a queue: commands and states, publication of progress, status entries, interrupts.
 * Specification, sections 4, 7, 8 and 10. All functions run under the channel's lock.
 */

#include <string.h>

#include "model_internal.h"

/* The host may read these words while the engine writes them: always whole, never torn. */
static void
host_store32(uint32_t *word, uint32_t value)
{
	atomic_store_explicit((_Atomic uint32_t *)word, value, memory_order_relaxed);
}

static void
host_store64(uint64_t *word, uint64_t value, memory_order order)
{
	atomic_store_explicit((_Atomic uint64_t *)word, value, order);
}

static void
set_state(struct model_queue *q, enum refdma_state state, enum refdma_code reason, bool fatal)
{
	uint32_t status = state | (uint32_t)reason << REFDMA_Q_STATUS_REASON_SHIFT;

	if (fatal)
		status |= REFDMA_Q_STATUS_FATAL;
	atomic_store_explicit(&q->status, status, memory_order_relaxed);
	q->dirty = true;
}

/* Section 10: one message when the latest event is beyond what the host has seen. The host arms
 * and then looks at the event; the engine records the event and then looks whether it is armed.
 * With sequentially consistent accesses at least one of them sees the other's, and the exchange
 * lets exactly one send.
 */
void
queue_irq_check(struct refdma_model *m, struct model_queue *q)
{
	uint32_t config = atomic_load_explicit(&q->irq_config, memory_order_relaxed);
	uint32_t vector = config & REFDMA_Q_IRQ_VECTOR_MASK;

	if (!(config & REFDMA_Q_IRQ_ENABLE) || vector >= model_vectors(&m->conf) ||
	    atomic_load(&q->irq_armed) == 0)
		return;
	if ((int32_t)(atomic_load(&q->irq_event) - atomic_load(&q->irq_arm)) <= 0 &&
	    atomic_load(&q->irq_halt) == 0)
		return;
	if (atomic_exchange(&q->irq_armed, 0) == 0)
		return;
	/* A halt was visible before irq_halt was set: who gets this message will see it. */
	atomic_store(&q->irq_halt, 0);
	if (m->ops.interrupt != NULL)
		m->ops.interrupt(m->ctx, vector);
}

static void
note_event(struct model_queue *q)
{
	q->irq_sum = q->ops + (uint32_t)q->periods;
	q->irq_pending = true;
	q->dirty = true;
}

/* Section 11: an armed error takes effect, once. */
bool
queue_inject(struct model_queue *q, uint32_t bit)
{
	if (!(atomic_load_explicit(&q->inj_ctrl, memory_order_relaxed) & bit))
		return false;
	if (!(atomic_fetch_and(&q->inj_ctrl, ~bit) & bit))
		return false;
	atomic_fetch_add(&q->inj_fired, 1);
	return true;
}

void
queue_publish(struct refdma_model *m, struct model_queue *q)
{
	uint64_t progress = q->ops | (uint64_t)q->head << REFDMA_PROGRESS_SLOTS_SHIFT;

	atomic_store_explicit(&q->progress, progress, memory_order_relaxed);
	atomic_store_explicit(&q->errors_reg, q->errors, memory_order_relaxed);
	atomic_store_explicit(&q->periods_reg, q->periods, memory_order_relaxed);
	atomic_store_explicit(&q->bytes_reg, q->bytes, memory_order_relaxed);
	if (!q->cur.active)
		atomic_store_explicit(&q->residue, (uint64_t)q->ops << REFDMA_RESIDUE_OP_SHIFT,
				      memory_order_relaxed);
	q->dirty = false;
	q->published_ops = q->ops;
	q->unpublished_bytes = 0;
	if (q->cpl != NULL) {
		if (unlikely(queue_inject(q, REFDMA_INJ_CORRUPT)))
			progress = ~progress;
		host_store32(&q->cpl->errors, q->errors);
		atomic_store_explicit((_Atomic uint32_t *)&q->cpl->state,
				      atomic_load_explicit(&q->status, memory_order_relaxed),
				      memory_order_release);
		/* Release: the data of the periods comes first; of the operations, with status
		 * entries and the words above, likewise (8.2).
		 */
		host_store64(&q->cpl->periods, q->periods, memory_order_release);
		host_store64(&q->cpl->progress, progress, memory_order_release);
	}
	if (q->irq_pending) {
		q->irq_pending = false;
		atomic_store(&q->irq_event, q->irq_sum);
		queue_irq_check(m, q);
	}
}

/* Entry of operation @p op in the status ring, or NULL where it cannot be reached. */
static struct refdma_status *
status_entry(struct refdma_model *m, struct model_channel *ch, struct model_queue *q, uint32_t op)
{
	uint64_t base = atomic_load_explicit(&q->sts_base, memory_order_relaxed);
	enum refdma_code code;
	uint64_t span;
	void *entry;

	if (q->sts != NULL)
		return &q->sts[op & q->mask];
	entry = model_translate(m, ch, base + (uint64_t)(op & q->mask) * REFDMA_STATUS_ENTRY_SIZE,
				REFDMA_MODEL_WRITE, &span, &code);
	return entry != NULL && span >= REFDMA_STATUS_ENTRY_SIZE ? entry : NULL;
}

const struct refdma_desc *
queue_slot(struct refdma_model *m, struct model_channel *ch, struct model_queue *q, uint32_t slot)
{
	uint64_t base = atomic_load_explicit(&q->ring_base, memory_order_relaxed);
	enum refdma_code code;
	uint64_t span;
	void *found;

	if (likely(q->ring != NULL))
		return &q->ring[slot & q->mask];
	found = model_translate(m, ch, base + (uint64_t)(slot & q->mask) * REFDMA_SLOT_SIZE,
				REFDMA_MODEL_READ, &span, &code);
	return found != NULL && span >= REFDMA_SLOT_SIZE ? found : NULL;
}

static bool
write_status(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	     uint16_t code, uint16_t meta_length, uint64_t bytes)
{
	struct refdma_status *entry = status_entry(m, ch, q, q->ops);

	if (entry == NULL)
		return false;
	entry->op = q->ops;
	entry->meta_length = meta_length;
	entry->bytes = bytes;
	entry->code = code | REFDMA_STS_VALID;
	return true;
}

static uint16_t
received_meta(const struct cursor *cur)
{
	if (cur->desc.op != REFDMA_OP_FROM_PORT || !(cur->desc.flags & REFDMA_F_META) ||
	    !cur->has_meta)
		return 0;
	return cur->meta_length;
}

/* End the operation in q->cur, which need not have started, with @p code. */
void
queue_complete(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	       enum refdma_code code)
{
	struct cursor *cur = &q->cur;
	bool reachable = true;

	if (code != REFDMA_CODE_OK || cur->desc.flags & REFDMA_F_STATUS)
		reachable = write_status(m, ch, q,
					 code | (cur->eof ? REFDMA_STS_EOF : 0),
					 received_meta(cur), cur->done);
	cur->active = false;
	q->head += cur->slots;
	q->ops++;
	q->errors += code != REFDMA_CODE_OK;
	q->dirty = true;
	if (code != REFDMA_CODE_OK || cur->desc.flags & REFDMA_F_IRQ)
		note_event(q);
	if (!reachable)
		queue_halt(m, q, REFDMA_CODE_DESC_READ, true);
	else if (code > REFDMA_CODE_NOT_ATTEMPTED &&
		 atomic_load_explicit(&q->config, memory_order_relaxed) &
		 REFDMA_Q_CONFIG_HALT_ON_ERROR)
		queue_halt(m, q, code, false);
}

/* Section 5.10: a period of a LOOP operation is over. */
void
queue_period(struct model_queue *q)
{
	q->periods++;
	q->dirty = true;
	if (q->cur.desc.flags & REFDMA_F_IRQ)
		note_event(q);
}

void
queue_halt(struct refdma_model *m, struct model_queue *q, enum refdma_code code, bool fatal)
{
	/* Progress first: who sees the halt finds everything that came before it. One message
	 * tells of both, when both can be seen.
	 */
	q->irq_pending = false;
	queue_publish(m, q);
	set_state(q, REFDMA_STATE_HALTED, code, fatal);
	queue_publish(m, q);
	atomic_store(&q->irq_event, q->ops + (uint32_t)q->periods);
	atomic_store(&q->irq_halt, 1);
	queue_irq_check(m, q);
}

/* Reset values (section 3.3); also the state after creation. */
void
queue_reset(struct model_queue *q)
{
	atomic_store(&q->status, REFDMA_STATE_DISABLED);
	atomic_store(&q->ring_base, 0);
	atomic_store(&q->cpl_base, 0);
	atomic_store(&q->sts_base, 0);
	atomic_store(&q->ring_log2, 0);
	atomic_store(&q->config, 0);
	atomic_store(&q->irq_config, 0);
	atomic_store(&q->irq_arm, 0);
	atomic_store(&q->irq_armed, 0);
	atomic_store(&q->irq_event, 0);
	atomic_store(&q->irq_halt, 0);
	atomic_store(&q->inj_ctrl, 0);
	atomic_store(&q->inj_count, 0);
	atomic_store(&q->inj_code, 0);
	atomic_store(&q->inj_fired, 0);
	atomic_store(&q->residue, 0);
	atomic_store(&q->progress, 0);
	atomic_store(&q->periods_reg, 0);
	atomic_store(&q->bytes_reg, 0);
	atomic_store(&q->errors_reg, 0);
	atomic_store(&q->blocked, 0);
	atomic_store(q->doorbell, 0);
	q->ring = NULL;
	q->cpl = NULL;
	q->sts = NULL;
	q->mask = 0;
	q->head = q->tail = q->ops = q->errors = 0;
	q->published_ops = q->unpublished_bytes = 0;
	q->periods = q->bytes = 0;
	q->dirty = q->irq_pending = q->ignoring = q->transient = false;
	q->inj_left = 0;
	q->cur.active = false;
}

/* Where an area of queue memory is. *found is NULL where it is not contiguous in this process;
 * false where some of it cannot be reached.
 */
static bool
map_area(struct refdma_model *m, struct model_channel *ch, struct model_queue *q, uint64_t base,
	 uint64_t bytes, uint32_t access, void **found)
{
	enum refdma_code code;
	uint64_t span, more;
	bool transient;

	*found = model_translate(m, ch, base, access, &span, &code);
	if (*found == NULL)
		return false;
	transient = model_tlb_transient(ch, base);
	q->transient |= transient;
	while (span < bytes) {
		*found = NULL;
		if (model_translate(m, ch, base + span, access, &more, &code) == NULL)
			return false;
		span += more;
	}
	return true;
}

/* Find the queue's memory, at ENABLE and when translations have changed. */
bool
queue_remap(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	uint64_t slots = (uint64_t)q->mask + 1;
	void *ring, *cpl, *sts;

	q->ring = NULL;
	q->cpl = NULL;
	q->sts = NULL;
	q->transient = false;
	if (!map_area(m, ch, q, atomic_load(&q->cpl_base), REFDMA_CPL_AREA_SIZE,
		      REFDMA_MODEL_WRITE, &cpl) || cpl == NULL)
		return false;
	q->cpl = cpl;
	if (!map_area(m, ch, q, atomic_load(&q->ring_base), slots * REFDMA_SLOT_SIZE,
		      REFDMA_MODEL_READ, &ring) ||
	    !map_area(m, ch, q, atomic_load(&q->sts_base), slots * REFDMA_STATUS_ENTRY_SIZE,
		      REFDMA_MODEL_WRITE, &sts))
		return false;
	q->ring = ring;
	q->sts = sts;
	return true;
}

static struct refdma_notify *
notify_line(struct model_queue *q)
{
	return (struct refdma_notify *)(q->cpl + 1);
}

void
queue_set_wake(struct model_queue *q, bool wake)
{
	if (q->cpl != NULL)
		host_store32(&notify_line(q)->wake, wake);
}

static void
enable(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	uint32_t log2 = atomic_load(&q->ring_log2);
	uint64_t addresses = atomic_load(&q->ring_base) | atomic_load(&q->cpl_base) |
			     atomic_load(&q->sts_base);

	if (queue_state(q) != REFDMA_STATE_DISABLED)
		return;
	q->head = q->tail = q->ops = q->errors = 0;
	q->periods = q->bytes = 0;
	q->ignoring = false;
	q->cur.active = false;
	q->mask = 0;
	if (log2 < m->conf.ring_log2_min || log2 > m->conf.ring_log2_max ||
	    addresses % REFDMA_RING_ALIGN != 0 || addresses > m->address_limit) {
		queue_halt(m, q, REFDMA_CODE_CONFIG, true);
		return;
	}
	q->mask = (UINT32_C(1) << log2) - 1;
	if (!queue_remap(m, ch, q)) {
		q->cpl = NULL;
		queue_halt(m, q, REFDMA_CODE_CONFIG, true);
		return;
	}
	for (unsigned int i = 0; i < REFDMA_CPL_AREA_SIZE / sizeof(uint64_t); i++)
		host_store64((uint64_t *)q->cpl + i, 0, memory_order_relaxed);
	queue_set_wake(q, ch->asleep);
	set_state(q, REFDMA_STATE_RUNNING, REFDMA_CODE_OK, false);
	queue_publish(m, q);
}

/* Section 4.1: a doorbell announces at most the whole ring, and never less than the one before. */
bool
queue_doorbell_fits(const struct model_queue *q, uint32_t tail)
{
	return tail - q->tail <= q->head + q->mask + 1 - q->tail;
}

/* Section 7, ABORT: everything announced is accounted for, so operation numbers stay in step. */
static void
abort_queue(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	uint32_t status = atomic_load_explicit(&q->status, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(q->doorbell, memory_order_acquire);
	const struct refdma_desc *slot;
	struct refdma_desc desc;

	if (queue_state(q) == REFDMA_STATE_DISABLED || status & REFDMA_Q_STATUS_FATAL)
		return;
	if (!queue_doorbell_fits(q, tail)) {
		queue_halt(m, q, REFDMA_CODE_DOORBELL, true);
		return;
	}
	q->tail = tail;
	q->ignoring = false;
	atomic_store(&q->irq_halt, 0);
	set_state(q, REFDMA_STATE_RUNNING, REFDMA_CODE_OK, false);
	if (q->cur.active)
		queue_complete(m, ch, q, REFDMA_CODE_ABORTED);
	while (q->head != tail && queue_state(q) == REFDMA_STATE_RUNNING) {
		slot = queue_slot(m, ch, q, q->head);
		if (slot == NULL) {
			queue_halt(m, q, REFDMA_CODE_DESC_READ, true);
			return;
		}
		memset(&q->cur, 0, offsetof(struct cursor, entries));
		slot_copy(&desc, slot);
		q->cur.slots = 1u + desc.ext;
		if (q->cur.slots > tail - q->head)
			q->cur.slots = tail - q->head;
		queue_complete(m, ch, q, REFDMA_CODE_NOT_ATTEMPTED);
	}
	queue_publish(m, q);
}

static void
pause_queue(struct refdma_model *m, struct model_queue *q)
{
	if (queue_state(q) != REFDMA_STATE_RUNNING)
		return;
	set_state(q, REFDMA_STATE_PAUSED, REFDMA_CODE_OK, false);
	queue_publish(m, q);
}

static void
resume_queue(struct refdma_model *m, struct model_queue *q)
{
	if (queue_state(q) != REFDMA_STATE_PAUSED)
		return;
	set_state(q, REFDMA_STATE_RUNNING, REFDMA_CODE_OK, false);
	queue_publish(m, q);
}

static void
execute(struct refdma_model *m, struct model_channel *ch, struct model_queue *q, uint32_t cmd)
{
	if (cmd & REFDMA_Q_CTRL_RESET)
		queue_reset(q);
	if (cmd & REFDMA_Q_CTRL_ENABLE)
		enable(m, ch, q);
	if (cmd & REFDMA_Q_CTRL_ABORT)
		abort_queue(m, ch, q);
	if (cmd & REFDMA_Q_CTRL_PAUSE)
		pause_queue(m, q);
	if (cmd & REFDMA_Q_CTRL_RESUME)
		resume_queue(m, q);
}

/* Execute what was written to Q_CTRL since the last run. */
void
queue_commands(struct refdma_model *m, struct model_channel *ch)
{
	struct model_queue *q;
	uint32_t cmd;

	if (likely(atomic_load_explicit(&ch->cmds, memory_order_relaxed) == 0))
		return;
	atomic_exchange_explicit(&ch->cmds, 0, memory_order_acquire);
	for (unsigned int i = 0; i < m->conf.queues; i++) {
		q = &ch->queues[i];
		cmd = atomic_load_explicit(&q->cmd, memory_order_acquire);
		if (cmd == 0)
			continue;
		execute(m, ch, q, cmd);
		/* Release: who sees BUSY cleared sees all that the command did, and the engine's
		 * last access to the queue's memory lies before it.
		 */
		atomic_fetch_and_explicit(&q->cmd, ~cmd, memory_order_release);
	}
}
