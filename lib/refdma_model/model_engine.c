/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A channel's engine: which queue is next, the fast path for plain copies, and the general path
 * for everything else. Specification, sections 4, 5.10, 7, 8 and 11.
 */

#include <string.h>

#include "model_internal.h"

/* Plain copies up to here take the fast path; longer ones pause at MEM_BURST boundaries. */
#define FAST_BYTES	MODEL_MEM_BURST

/* Plain copies that are looked at together, and how much of each is fetched ahead. */
#define LOOKAHEAD	16u
#define LOOKAHEAD_BYTES	256u

#define PRIORITY_RETRY_NS	10000u

struct budget {
	uint32_t bytes;
	uint32_t ops;
};

static void
spend(struct budget *budget, uint32_t bytes, uint32_t ops)
{
	budget->bytes -= bytes < budget->bytes ? bytes : budget->bytes;
	budget->ops -= ops < budget->ops ? ops : budget->ops;
}

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

/* A region that the loop below keeps in registers. Empty where it lacks the right, or is shorter
 * than the longest plain copy: then the general path has all the work.
 */
struct near {
	uint64_t addr, length;
	uintptr_t host;
};

static MODEL_INLINE struct near
near_region(const struct refdma_model_region *region, uint32_t access)
{
	bool fit = (region->access & access) != 0 && region->length >= FAST_BYTES;

	return (struct near){
		.addr = region->addr,
		.length = fit ? region->length : 0,
		.host = (uintptr_t)region->host,
	};
}

/* Are @p bytes at @p offset inside? The length is 0 or at least as large as any @p bytes here. */
static MODEL_INLINE bool
near_holds(const struct near *near, uint64_t offset, uint32_t bytes)
{
	return likely(near->length != 0 && offset <= near->length - bytes);
}

/* A descriptor's words, each read once: the host may change them at any time. */
struct plain {
	uint64_t head, src, dst;
};

static MODEL_INLINE struct plain
plain_read(const struct refdma_desc *slot)
{
	const _Atomic uint64_t *word = (const _Atomic uint64_t *)(const void *)slot;

	return (struct plain){
		.head = atomic_load_explicit(word, memory_order_relaxed),
		.src = atomic_load_explicit(word + 1, memory_order_relaxed),
		.dst = atomic_load_explicit(word + 2, memory_order_relaxed),
	};
}

/* COPY in one slot, host to host, with no flag but FENCE. */
static MODEL_INLINE bool
plain_copy(uint64_t head)
{
	return (head & ~((uint64_t)REFDMA_F_FENCE << 16) & UINT32_MAX) == REFDMA_OP_COPY;
}

/* A plain copy whose addresses have been found. */
struct resolved {
	uint8_t *dst;
	const uint8_t *src;
	uint32_t bytes;
};

static MODEL_INLINE void
fetch(const struct resolved *r)
{
	uint32_t bytes = r->bytes < LOOKAHEAD_BYTES ? r->bytes : LOOKAHEAD_BYTES;

	__builtin_prefetch(r->src, 0, 3);
	__builtin_prefetch(r->dst, 1, 3);
	for (uint32_t i = MODEL_CACHE_LINE; unlikely(i < bytes); i += MODEL_CACHE_LINE) {
		__builtin_prefetch(r->src + i, 0, 3);
		__builtin_prefetch(r->dst + i, 1, 3);
	}
}

/*
 * Find the addresses of as many plain copies at the head of the ring as there are, at most
 * @p most, and start fetching what they need: copies of little data are bound by cache misses, and
 * a miss costs as much as dozens of copies. @return how many
 */
static MODEL_INLINE unsigned int
resolve_plain(const struct model_channel *ch, const struct model_queue *q,
	      struct resolved *resolved, unsigned int most)
{
	const struct near from = near_region(&ch->tlb[ch->tlb_read], REFDMA_MODEL_READ);
	const struct near to = near_region(&ch->tlb[ch->tlb_write], REFDMA_MODEL_WRITE);
	const struct refdma_desc *ring = q->ring;
	uint32_t head = q->head, mask = q->mask;
	unsigned int n;

	for (n = 0; n < most; n++) {
		struct plain d = plain_read(&ring[(head + n) & mask]);
		uint64_t src = d.src - from.addr, dst = d.dst - to.addr;
		struct resolved *r = &resolved[n];

		r->bytes = d.head >> 32;
		r->src = (const uint8_t *)(from.host + src);
		r->dst = (uint8_t *)(to.host + dst);
		if (!plain_copy(d.head) || r->bytes - 1 >= FAST_BYTES ||
		    !near_holds(&from, src, r->bytes) || !near_holds(&to, dst, r->bytes))
			break;
		fetch(r);
	}
	return n;
}

/* Copy up to LOOKAHEAD operations at the head of the ring. @return how many; *bytes in them */
static MODEL_INLINE unsigned int
copy_some(const struct model_channel *ch, const struct model_queue *q, uint32_t *bytes)
{
	uint32_t most = q->tail - q->head < LOOKAHEAD ? q->tail - q->head : LOOKAHEAD;
	uint32_t room = MODEL_PUBLISH_BYTES - q->unpublished_bytes, moved = 0;
	struct resolved resolved[LOOKAHEAD];
	unsigned int n = resolve_plain(ch, q, resolved, most), i;

	/* Long copies are worth reporting before all of them are done. */
	for (i = 0; i < n && moved < room; i++) {
		model_copy(resolved[i].dst, resolved[i].src, resolved[i].bytes);
		moved += resolved[i].bytes;
	}
	*bytes = moved;
	return i;
}

/* The same loop with wider registers, where the processor has them. */
#if MODEL_HAVE_AVX2
MODEL_TARGET_AVX2
static unsigned int
copy_some_avx2(const struct model_channel *ch, const struct model_queue *q, uint32_t *bytes)
{
	return copy_some(ch, q, bytes);
}
#endif

static unsigned int
copy_some_plain(const struct model_channel *ch, const struct model_queue *q, uint32_t *bytes)
{
	return copy_some(ch, q, bytes);
}

/* Plain copies, one after the other, until something else comes. */
static bool
run_plain(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	  struct budget *budget)
{
	bool did = false;
	unsigned int n;
	uint32_t bytes;

	if (q->ring == NULL || ch->tlb_used == 0)
		return false;
	while (q->head != q->tail && budget->ops > 0 && budget->bytes > 0) {
#if MODEL_HAVE_AVX2
		n = likely(m->avx2) ? copy_some_avx2(ch, q, &bytes) :
				      copy_some_plain(ch, q, &bytes);
#else
		n = copy_some_plain(ch, q, &bytes);
#endif
		if (n == 0)
			break;
		q->head += n;
		q->ops += n;
		q->bytes += bytes;
		q->unpublished_bytes += bytes;
		spend(budget, bytes, n);
		did = true;
		if (q->ops - q->published_ops >= MODEL_PUBLISH_OPS ||
		    q->unpublished_bytes >= MODEL_PUBLISH_BYTES)
			queue_publish(m, q);
	}
	return did;
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
	return slot != NULL && plain_read(slot).head >> 16 & REFDMA_F_LOAD;
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
		spend(budget, bytes, 1);
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
			spend(budget, 0, 1);
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
			more = run_plain(m, ch, q, &budget);
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

uint64_t
refdma_model_run(struct refdma_model *m, unsigned int channel)
{
	struct model_channel *ch = &m->channels[channel];
	uint64_t result = REFDMA_MODEL_IDLE;
	uint32_t wakes;

	model_lock(ch);
	if (likely(atomic_load_explicit(&m->removed, memory_order_relaxed) == 0))
		result = run_locked(m, ch);
	wakes = ch->wakes & ~(UINT32_C(1) << channel);
	ch->wakes = 0;
	model_unlock(ch);
	for (unsigned int c = 0; wakes != 0 && c < m->conf.channels; c++)
		if (wakes & UINT32_C(1) << c && m->ops.wake != NULL)
			m->ops.wake(m->ctx, c);
	return result;
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
