/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A channel's engine: which queue is next, and the general path for everything that is not a plain
 * copy. Specification, sections 4, 5.10, 7, 8 and 11.
 */

#include <string.h>

#include "model_internal.h"

#define PRIORITY_RETRY_NS	10000u

static void
set_blocked(struct model_queue *q, bool blocked)
{
	if (atomic_load_explicit(&q->blocked, memory_order_relaxed) != blocked)
		atomic_store_explicit(&q->blocked, blocked, memory_order_relaxed);
}

/* Take note of a doorbell. Acquire: slots are read only behind it (section 8.1). */
static void
accept_doorbell(struct refdma_model *m, struct model_queue *q)
{
	uint32_t tail = atomic_load_explicit(q->doorbell, memory_order_acquire);

	if (tail == q->tail)
		return;
	if (unlikely(q->ignoring)) {
		if (tail == q->ignored)
			return;
		q->ignoring = false;
	}
	if (unlikely(queue_inject(q, REFDMA_INJ_DROP_DOORBELL))) {
		q->ignored = tail;
		q->ignoring = true;
		return;
	}
	if (unlikely(!queue_doorbell_fits(q, tail))) {
		queue_halt(m, q, REFDMA_CODE_DOORBELL, true);
		return;
	}
	q->tail = tail;
}

/* Section 11: errors armed for the operation about to start. False: it does not start. */
static bool
inject_at_start(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
		enum refdma_code *code)
{
	uint32_t armed = atomic_load_explicit(&q->inj_ctrl, memory_order_relaxed);
	uint32_t writes = atomic_load(&q->inj_writes);

	*code = REFDMA_CODE_OK;
	if (likely(!(armed & (REFDMA_INJ_FAIL | REFDMA_INJ_STALL | REFDMA_INJ_HALT))))
		return true;
	if (q->inj_seen != writes) {
		q->inj_seen = writes;
		q->inj_left = atomic_load(&q->inj_count);
		q->inj_stalled = false;
	}
	if (q->inj_left > 1) {
		q->inj_left--;
		return true;
	}
	if (armed & REFDMA_INJ_STALL) {
		if (!q->inj_stalled)
			atomic_fetch_add(&q->inj_fired, 1);
		q->inj_stalled = true;
		set_blocked(q, true);
		return false;
	}
	if (queue_inject(q, REFDMA_INJ_HALT)) {
		queue_halt(m, q, atomic_load(&q->inj_code), false);
		return false;
	}
	if (queue_inject(q, REFDMA_INJ_FAIL))
		*code = atomic_load(&q->inj_code);
	(void)ch;
	return true;
}

/* Metadata that came with a frame goes to the host before the operation ends (section 5.9). */
static enum refdma_code
deliver_meta(struct refdma_model *m, struct model_channel *ch, struct cursor *cur)
{
	if (cur->desc.op != REFDMA_OP_FROM_PORT || !(cur->desc.flags & REFDMA_F_META) ||
	    !cur->has_meta)
		return REFDMA_CODE_OK;
	if (cur->meta_length > cur->meta_slot.length)
		cur->meta_length = cur->meta_slot.length;
	return move_host_write(m, ch, cur->meta_slot.addr, cur->meta, cur->meta_length);
}

/* Section 5.10: is the operation behind a LOOP operation announced, and does it replace it? */
static bool
replaced(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	uint32_t next = q->head + q->cur.slots;
	const struct refdma_desc *slot;

	accept_doorbell(m, q);
	if (next == q->tail || queue_state(q) != REFDMA_STATE_RUNNING)
		return false;
	slot = queue_slot(m, ch, q, next);
	return slot != NULL && slot_head(slot) >> 16 & REFDMA_F_LOAD;
}

static void
end_of_lap(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	struct cursor *cur = &q->cur;
	enum refdma_code code = deliver_meta(m, ch, cur);

	if (code != REFDMA_CODE_OK) {
		queue_complete(m, ch, q, code);
		return;
	}
	if (!(cur->desc.flags & REFDMA_F_LOOP)) {
		queue_complete(m, ch, q, REFDMA_CODE_OK);
		return;
	}
	queue_period(q);
	if (replaced(m, ch, q)) {
		queue_complete(m, ch, q, REFDMA_CODE_OK);
		return;
	}
	if (cur->desc.op == REFDMA_OP_FROM_PORT)
		cur->has_meta = false;
	if (queue_state(q) == REFDMA_STATE_RUNNING)
		cursor_rewind(cur);
}

static void
store_residue(struct model_queue *q)
{
	atomic_store_explicit(&q->residue,
			      (uint64_t)q->ops << REFDMA_RESIDUE_OP_SHIFT |
			      (q->cur.length - q->cur.done), memory_order_relaxed);
}

static void
count_period(struct model_queue *q, uint32_t bytes)
{
	struct cursor *cur = &q->cur;

	if (cur->period == 0)
		return;
	cur->period_left -= bytes;
	if (cur->period_left == 0 && cur->done < cur->length) {
		queue_period(q);
		cur->period_left = cur->period;
	}
}

/* Carry on with the operation under way until it ends, a port makes it wait, or the budget is
 * used up. True where anything happened.
 */
static bool
run_cursor(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	   struct budget *budget)
{
	struct cursor *cur = &q->cur;
	uint64_t periods = q->periods;
	bool moved = false;
	enum refdma_code code;
	enum step step;
	uint32_t bytes;

	for (;;) {
		step = move_segment(m, ch, q, &bytes, &code);
		if (step == STEP_FAILED) {
			queue_complete(m, ch, q, code);
			return true;
		}
		if (step == STEP_BLOCKED) {
			set_blocked(q, true);
			return moved;
		}
		moved = true;
		cursor_advance(cur, bytes);
		q->bytes += bytes;
		q->unpublished_bytes += bytes;
		budget_spend(budget, bytes, 1);
		count_period(q, bytes);
		if (cur->done == cur->length ||
		    (cur->desc.flags & REFDMA_F_STOP_EOF && cur->eof)) {
			end_of_lap(m, ch, q);
			if (!cur->active || queue_state(q) != REFDMA_STATE_RUNNING)
				return true;
		}
		store_residue(q);
		/* A host that follows a repeating transfer learns of each period at once: later,
		 * the data would be overwritten already.
		 */
		if (q->periods != periods) {
			periods = q->periods;
			queue_publish(m, q);
		}
		/* A port's burst is never left half-way. */
		if (cur->burst_left == 0 &&
		    (budget->bytes == 0 || budget->ops == 0 ||
		     atomic_load_explicit(&q->cmd, memory_order_relaxed) != 0))
			return true;
	}
}

static bool
run_general(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	    struct budget *budget)
{
	enum refdma_code code;

	if (!q->cur.active) {
		if (!inject_at_start(m, ch, q, &code))
			return false;
		if (code != REFDMA_CODE_OK) {
			/* Only how the operation is reported, and its size, are looked at. */
			if (cursor_start(m, ch, q, &q->cur) == REFDMA_CODE_DESC_READ)
				queue_halt(m, q, REFDMA_CODE_DESC_READ, true);
			else
				queue_complete(m, ch, q, code);
			return true;
		}
		code = cursor_start(m, ch, q, &q->cur);
		if (code == REFDMA_CODE_DESC_READ) {
			queue_halt(m, q, code, true);
			return true;
		}
		if (code != REFDMA_CODE_OK || q->cur.desc.op == REFDMA_OP_NOP) {
			budget_spend(budget, 0, 1);
			queue_complete(m, ch, q, code);
			return true;
		}
		store_residue(q);
	}
	return run_cursor(m, ch, q, budget);
}

/* Run one queue for at most the budget of a run. True where anything happened. */
static bool
run_queue(struct refdma_model *m, struct model_channel *ch, struct model_queue *q)
{
	struct budget budget = { .bytes = MODEL_RUN_BYTES, .ops = MODEL_RUN_OPS };
	bool did = false, more;

	if (queue_state(q) != REFDMA_STATE_RUNNING)
		return false;
	accept_doorbell(m, q);
	if (q->head == q->tail || queue_state(q) != REFDMA_STATE_RUNNING)
		return false;
	set_blocked(q, false);
	do {
		more = false;
		if (!q->cur.active &&
		    atomic_load_explicit(&q->inj_ctrl, memory_order_relaxed) == 0)
			more = fast_run(m, ch, q, &budget);
		did |= more;
		if (q->head == q->tail)
			accept_doorbell(m, q);
		if (q->head == q->tail || budget.ops == 0 || budget.bytes == 0)
			break;
		if (queue_state(q) == REFDMA_STATE_RUNNING)
			more |= run_general(m, ch, q, &budget);
		did |= more;
		if (q->unpublished_bytes >= MODEL_PUBLISH_BYTES ||
		    q->ops - q->published_ops >= MODEL_PUBLISH_OPS)
			queue_publish(m, q);
	} while (more && q->head != q->tail && budget.ops > 0 && budget.bytes > 0 &&
		 queue_state(q) == REFDMA_STATE_RUNNING &&
		 atomic_load_explicit(&q->cmd, memory_order_relaxed) == 0);
	if (q->dirty || q->ops != q->published_ops || q->unpublished_bytes != 0)
		queue_publish(m, q);
	return did;
}

static unsigned int
queue_priority(struct model_queue *q)
{
	return atomic_load_explicit(&q->config, memory_order_relaxed) >>
		       REFDMA_Q_CONFIG_PRIORITY_SHIFT & REFDMA_Q_CONFIG_PRIORITY_MASK;
}

/* Strict priority: a level gets its turn when the levels above it had nothing to do. */
static bool
run_strict(struct refdma_model *m, struct model_channel *ch)
{
	bool did = false;

	for (unsigned int level = 0; level < REFDMA_PRIORITIES && !did; level++)
		for (unsigned int i = 0; i < m->conf.queues; i++) {
			struct model_queue *q = &ch->queues[(ch->next + i) % m->conf.queues];

			if (queue_priority(q) == level)
				did |= run_queue(m, ch, q);
		}
	return did;
}

static bool
run_round_robin(struct refdma_model *m, struct model_channel *ch)
{
	bool did = false;

	for (unsigned int i = 0; i < m->conf.queues; i++) {
		unsigned int index = ch->next + i;

		if (index >= m->conf.queues)
			index -= m->conf.queues;
		did |= run_queue(m, ch, &ch->queues[index]);
	}
	return did;
}

/* Channel priority (section 3.2): does a channel above this one have work? */
static bool
outranked(struct refdma_model *m, struct model_channel *ch)
{
	uint32_t own = atomic_load_explicit(&ch->priority, memory_order_relaxed);

	if (likely(own == 0))
		return false;
	for (unsigned int c = 0; c < m->conf.channels; c++)
		if (atomic_load_explicit(&m->channels[c].priority, memory_order_relaxed) < own &&
		    channel_has_work(m, &m->channels[c]))
			return true;
	return false;
}

/* Translations have changed: find the queues' memory again. */
static void
remap(struct refdma_model *m, struct model_channel *ch, uint32_t generation)
{
	ch->generation = generation;
	model_tlb_flush(ch, true);
	for (unsigned int i = 0; i < m->conf.queues; i++) {
		struct model_queue *q = &ch->queues[i];

		if (queue_state(q) != REFDMA_STATE_DISABLED &&
		    !(atomic_load(&q->status) & REFDMA_Q_STATUS_FATAL) &&
		    !queue_remap(m, ch, q))
			queue_halt(m, q, REFDMA_CODE_DESC_READ, true);
	}
}

static uint64_t
next_deadline(struct refdma_model *m, struct model_channel *ch)
{
	uint64_t deadline = REFDMA_MODEL_IDLE;

	for (unsigned int i = 0; i < m->conf.queues; i++)
		if (ch->queues[i].deadline < deadline)
			deadline = ch->queues[i].deadline;
	return deadline;
}

static uint64_t
run_locked(struct refdma_model *m, struct model_channel *ch)
{
	uint32_t generation = atomic_load(&m->generation);
	bool did;

	ch->now = 0;	/* asked for when a port needs it */
	if (unlikely(generation != ch->generation || ch->transient))
		remap(m, ch, generation);
	queue_commands(m, ch);
	if (unlikely(outranked(m, ch)))
		return m->ops.now_ns(m->ctx) + PRIORITY_RETRY_NS;
	for (unsigned int i = 0; i < m->conf.queues; i++)
		ch->queues[i].deadline = REFDMA_MODEL_IDLE;
	if (atomic_load_explicit(&ch->ctrl, memory_order_relaxed) & REFDMA_CH_CTRL_STRICT)
		did = run_strict(m, ch);
	else
		did = run_round_robin(m, ch);
	if (++ch->next >= m->conf.queues)
		ch->next = 0;
	return did ? 0 : next_deadline(m, ch);
}

/* Is there nothing that another run could do now? Where in doubt, there is something. */
static bool
is_quiet(struct refdma_model *m, struct model_channel *ch)
{
	if (atomic_load_explicit(&ch->cmds, memory_order_relaxed) != 0)
		return false;
	for (unsigned int i = 0; i < m->conf.queues; i++) {
		struct model_queue *q = &ch->queues[i];

		if (queue_state(q) == REFDMA_STATE_RUNNING &&
		    (q->head != q->tail ||
		     atomic_load_explicit(q->doorbell, memory_order_relaxed) != q->tail))
			return false;
	}
	return true;
}

/* One bounded run. *quiet: another one would find nothing to do. */
static inline uint64_t
run_once(struct refdma_model *m, unsigned int channel, bool *quiet)
{
	struct model_channel *ch = &m->channels[channel];
	uint64_t result = REFDMA_MODEL_IDLE;
	uint32_t wakes;

	model_lock(ch);
	if (likely(atomic_load_explicit(&m->removed, memory_order_relaxed) == 0))
		result = run_locked(m, ch);
	if (quiet != NULL)
		*quiet = is_quiet(m, ch);
	wakes = ch->wakes & ~(UINT32_C(1) << channel);
	ch->wakes = 0;
	model_unlock(ch);
	for (unsigned int c = 0; unlikely(wakes != 0) && c < m->conf.channels; c++)
		if (wakes & UINT32_C(1) << c && m->ops.wake != NULL)
			m->ops.wake(m->ctx, c);
	return result;
}

uint64_t
refdma_model_run(struct refdma_model *m, unsigned int channel)
{
	return run_once(m, channel, NULL);
}

uint64_t
refdma_model_run_on(struct refdma_model *m, unsigned int channel, unsigned int runs)
{
	uint64_t result = 0;
	bool quiet = false;

	for (; result == 0 && !quiet && runs > 0; runs--)
		result = run_once(m, channel, &quiet);
	return quiet && result == 0 ? REFDMA_MODEL_IDLE : result;
}

void
refdma_model_set_asleep(struct refdma_model *m, unsigned int channel, bool asleep)
{
	struct model_channel *ch = &m->channels[channel];

	model_lock(ch);
	ch->asleep = asleep;
	if (unlikely(ch->transient || atomic_load(&m->generation) != ch->generation))
		remap(m, ch, atomic_load(&m->generation));
	if (atomic_load_explicit(&m->removed, memory_order_relaxed) == 0)
		for (unsigned int i = 0; i < m->conf.queues; i++)
			queue_set_wake(&ch->queues[i], asleep);
	model_unlock(ch);
}
