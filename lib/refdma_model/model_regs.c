/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Register access. Specification, section 3. Any thread; no lock: registers are atomics, commands
 * are handed to the engine.
 */

#include "model_internal.h"

#define ALL_ONES UINT64_MAX

/* Where an offset of BAR0 leads. */
struct target {
	enum { T_FUNC, T_CHANNEL, T_QUEUE, T_PORT, T_NONE } kind;
	struct model_channel *ch;
	struct model_queue *q;
	unsigned int port;
	uint32_t offset;		/* inside the block */
	_Atomic uint64_t *latch;
};

/* Section 3.3: offsets at which a queue has a register. */
static bool
queue_register(uint32_t offset)
{
	return offset <= REFDMA_Q_ERRORS ||
	       (offset >= REFDMA_Q_PERIODS && offset < REFDMA_Q_BYTES + 8) ||
	       (offset >= REFDMA_Q_INJ_CTRL && offset <= REFDMA_Q_INJ_FIRED);
}

static struct target
find_target(struct refdma_model *m, uint64_t offset)
{
	struct target t = { .kind = T_NONE };
	uint64_t index;

	if (offset < REFDMA_CHANNEL_BASE) {
		if (offset <= REFDMA_REG_FUNC_INJECT)
			t = (struct target){ .kind = T_FUNC, .offset = offset,
					     .latch = &m->latch };
		return t;
	}
	if (offset >= REFDMA_PORT_REG_BASE) {
		index = (offset - REFDMA_PORT_REG_BASE) / REFDMA_PORT_REG_STRIDE;
		t.offset = offset % REFDMA_PORT_REG_STRIDE;
		if (index >= m->conf.nb_ports || t.offset >= REFDMA_P_FRAMES + 8)
			return t;
		t.kind = T_PORT;
		t.port = index;
		t.latch = &m->ports[index].latch;
		return t;
	}
	index = (offset - REFDMA_CHANNEL_BASE) / REFDMA_CHANNEL_STRIDE;
	if (index >= m->conf.channels)
		return t;
	t.ch = &m->channels[index];
	t.offset = offset % REFDMA_CHANNEL_STRIDE;
	if (t.offset < REFDMA_QUEUE_BASE) {
		t.kind = t.offset <= REFDMA_CH_PRIORITY ? T_CHANNEL : T_NONE;
		t.latch = &t.ch->latch;
		return t;
	}
	index = (t.offset - REFDMA_QUEUE_BASE) / REFDMA_QUEUE_STRIDE;
	t.offset %= REFDMA_QUEUE_STRIDE;
	if (index >= m->conf.queues || !queue_register(t.offset))
		return t;
	t.q = &t.ch->queues[index];
	t.kind = T_QUEUE;
	t.latch = &t.q->latch;
	return t;
}

/* One vector a queue while there are enough. */
unsigned int
model_vectors(const struct refdma_model_conf *conf)
{
	unsigned int queues = conf->channels * conf->queues;

	return queues < REFDMA_MSIX_MAX_VECTORS ? queues : REFDMA_MSIX_MAX_VECTORS;
}

static uint64_t
func_read(struct refdma_model *m, uint32_t offset)
{
	const struct refdma_model_conf *conf = &m->conf;

	switch (offset) {
	case REFDMA_REG_MAGIC: return REFDMA_MAGIC;
	case REFDMA_REG_VERSION: return REFDMA_VERSION;
	case REFDMA_REG_TOPOLOGY:
		return conf->channels << REFDMA_TOPOLOGY_CHANNELS_SHIFT |
		       conf->queues << REFDMA_TOPOLOGY_QUEUES_SHIFT |
		       conf->nb_ports << REFDMA_TOPOLOGY_PORTS_SHIFT |
		       model_vectors(conf) << REFDMA_TOPOLOGY_VECTORS_SHIFT;
	case REFDMA_REG_RING_LIMITS:
		return conf->ring_log2_min << REFDMA_RING_LIMITS_MIN_SHIFT |
		       conf->ring_log2_max << REFDMA_RING_LIMITS_MAX_SHIFT;
	case REFDMA_REG_SG_LIMITS:
		return conf->max_sge << REFDMA_SG_LIMITS_SGE_SHIFT |
		       conf->max_sge << REFDMA_SG_LIMITS_CHUNK_SHIFT;
	case REFDMA_REG_MAX_LENGTH: return conf->max_length;
	case REFDMA_REG_ADDRESS_BITS: return conf->address_bits;
	case REFDMA_REG_META_LIMIT: return MODEL_META_MAX;
	case REFDMA_REG_OPS: return (1u << (REFDMA_OP_FROM_PORT + 1)) - 1;
	case REFDMA_REG_FEATURES:
		return REFDMA_FEATURE_WAKE | REFDMA_FEATURE_INJECT | REFDMA_FEATURE_PRIORITY |
		       REFDMA_FEATURE_LOOP |
		       (m->ops.interrupt != NULL ? REFDMA_FEATURE_MSIX : 0);
	case REFDMA_REG_MEM_BURST: return MODEL_MEM_BURST;
	case REFDMA_REG_CMD_TIMEOUT: return MODEL_CMD_TIMEOUT_MS;
	case REFDMA_REG_LOCAL_BASE: return MODEL_LOCAL_BASE;
	case REFDMA_REG_LOCAL_SIZE: return conf->local_bytes;
	case REFDMA_REG_PORT_BASE: return MODEL_PORT_BASE;
	case REFDMA_REG_PORT_STRIDE: return MODEL_PORT_STRIDE;
	case REFDMA_REG_SCRATCH: return atomic_load(&m->scratch);
	default: return 0;
	}
}

static bool
queue_has_work(struct model_queue *q)
{
	uint64_t progress = atomic_load_explicit(&q->progress, memory_order_acquire);
	uint32_t doorbell = atomic_load_explicit(q->doorbell, memory_order_relaxed);

	return queue_state(q) == REFDMA_STATE_RUNNING &&
	       doorbell != (uint32_t)(progress >> REFDMA_PROGRESS_SLOTS_SHIFT) &&
	       atomic_load_explicit(&q->blocked, memory_order_relaxed) == 0;
}

bool
channel_has_work(struct refdma_model *m, struct model_channel *ch)
{
	for (unsigned int q = 0; q < m->conf.queues; q++)
		if (queue_has_work(&ch->queues[q]))
			return true;
	return false;
}

static uint64_t
channel_read(struct refdma_model *m, struct model_channel *ch, uint32_t offset)
{
	switch (offset) {
	case REFDMA_CH_CTRL: return atomic_load(&ch->ctrl);
	case REFDMA_CH_STATUS: return channel_has_work(m, ch) ? REFDMA_CH_STATUS_ACTIVE : 0;
	case REFDMA_CH_PRIORITY: return atomic_load(&ch->priority);
	default: return 0;
	}
}

static uint64_t
queue_read(struct model_queue *q, uint32_t offset)
{
	uint32_t cmd;

	switch (offset) {
	case REFDMA_Q_STATUS:
		/* BUSY first: its absence says that the rest is up to date. */
		cmd = atomic_load_explicit(&q->cmd, memory_order_acquire);
		return atomic_load(&q->status) | (cmd != 0 ? REFDMA_Q_STATUS_BUSY : 0);
	case REFDMA_Q_RING_BASE: return atomic_load(&q->ring_base);
	case REFDMA_Q_CPL_BASE: return atomic_load(&q->cpl_base);
	case REFDMA_Q_STS_BASE: return atomic_load(&q->sts_base);
	case REFDMA_Q_RING_LOG2: return atomic_load(&q->ring_log2);
	case REFDMA_Q_CONFIG: return atomic_load(&q->config);
	case REFDMA_Q_IRQ_CONFIG: return atomic_load(&q->irq_config);
	case REFDMA_Q_RESIDUE: return atomic_load(&q->residue);
	case REFDMA_Q_PROGRESS: return atomic_load(&q->progress);
	case REFDMA_Q_ERRORS: return atomic_load(&q->errors_reg);
	case REFDMA_Q_PERIODS: return atomic_load(&q->periods_reg);
	case REFDMA_Q_BYTES: return atomic_load(&q->bytes_reg);
	case REFDMA_Q_INJ_CTRL: return atomic_load(&q->inj_ctrl);
	case REFDMA_Q_INJ_COUNT: return atomic_load(&q->inj_count);
	case REFDMA_Q_INJ_CODE: return atomic_load(&q->inj_code);
	case REFDMA_Q_INJ_FIRED: return atomic_load(&q->inj_fired);
	default: return 0;
	}
}

static uint64_t
target_read(struct refdma_model *m, const struct target *t, uint32_t offset)
{
	switch (t->kind) {
	case T_FUNC: return func_read(m, offset);
	case T_CHANNEL: return channel_read(m, t->ch, offset);
	case T_QUEUE: return queue_read(t->q, offset);
	case T_PORT: return port_reg_read(m, t->port, offset);
	default: return ALL_ONES;
	}
}

/* 64-bit registers of each block. */
static bool
is_wide(const struct target *t, uint32_t offset)
{
	switch (t->kind) {
	case T_FUNC:
		return offset == REFDMA_REG_LOCAL_BASE || offset == REFDMA_REG_LOCAL_SIZE ||
		       offset == REFDMA_REG_PORT_BASE;
	case T_QUEUE:
		return offset == REFDMA_Q_RING_BASE || offset == REFDMA_Q_CPL_BASE ||
		       offset == REFDMA_Q_STS_BASE || offset == REFDMA_Q_RESIDUE ||
		       offset == REFDMA_Q_PROGRESS || offset == REFDMA_Q_PERIODS ||
		       offset == REFDMA_Q_BYTES;
	case T_PORT:
		return offset == REFDMA_P_RATE ||
		       (offset >= REFDMA_P_OVERRUN && offset <= REFDMA_P_FRAMES &&
			offset % 8 == 0);
	default:
		return false;
	}
}

/* Section 1.1: the low half latches the high half of that register, once. */
static uint32_t
read32(struct refdma_model *m, const struct target *t, uint32_t offset)
{
	uint64_t value, latched;

	if (is_wide(t, offset)) {
		value = target_read(m, t, offset);
		atomic_store(t->latch, (uint64_t)(offset + 4) << 32 | value >> 32);
		return value;
	}
	if (offset >= 4 && is_wide(t, offset - 4)) {
		latched = atomic_load(t->latch);
		if (latched >> 32 == offset &&
		    atomic_compare_exchange_strong(t->latch, &latched, 0))
			return latched;
		return target_read(m, t, offset - 4) >> 32;
	}
	return target_read(m, t, offset);
}

static uint64_t
regs_read(struct refdma_model *m, uint64_t offset, unsigned int size)
{
	struct target t = find_target(m, offset & ~UINT64_C(3));

	if (t.kind == T_NONE)
		return ALL_ONES;
	if (size == 8) {
		if (is_wide(&t, t.offset))
			return target_read(m, &t, t.offset);
		return read32(m, &t, t.offset) |
		       regs_read(m, offset + 4, 4) << 32;
	}
	return (uint64_t)read32(m, &t, t.offset) >> 8 * (offset & 3);
}

uint64_t
refdma_model_read(struct refdma_model *m, unsigned int bar, uint64_t offset, unsigned int size)
{
	uint64_t limit = bar == REFDMA_BAR_REGS ? REFDMA_BAR_REGS_SIZE : m->doorbells_size;
	uint64_t mask = size >= 8 ? ALL_ONES : (UINT64_C(1) << 8 * size) - 1;
	uint64_t value = ALL_ONES;

	if ((size != 1 && size != 2 && size != 4 && size != 8) || offset % size != 0 ||
	    offset >= limit || size > limit - offset || atomic_load(&m->removed))
		return mask;
	if (bar == REFDMA_BAR_REGS) {
		value = regs_read(m, offset, size);
	} else if (bar == REFDMA_BAR_DOORBELL) {
		_Atomic uint32_t *word = (_Atomic uint32_t *)(m->doorbells + (offset & ~3u));

		value = atomic_load(word) >> 8 * (offset & 3);
		if (size == 8)
			value |= (uint64_t)atomic_load(word + 1) << 32;
	}
	return value & mask;
}

static void
wake_channel(struct refdma_model *m, const struct model_channel *ch)
{
	if (m->ops.wake != NULL)
		m->ops.wake(m->ctx, ch->index);
}

/* Put a 32-bit half, or all, into a 64-bit register. */
static void
write_wide(_Atomic uint64_t *reg, unsigned int size, bool high, uint64_t value)
{
	uint64_t old = atomic_load(reg);

	if (size == 8)
		atomic_store(reg, value);
	else if (high)
		atomic_store(reg, (uint32_t)old | value << 32);
	else
		atomic_store(reg, (old & ~(uint64_t)UINT32_MAX) | (uint32_t)value);
}

static void
queue_config_write(struct model_queue *q, uint32_t offset, unsigned int size, uint64_t value)
{
	bool high = offset % 8 == 4;

	if (queue_state(q) != REFDMA_STATE_DISABLED)
		return;
	switch (offset & ~7u) {
	case REFDMA_Q_RING_BASE: write_wide(&q->ring_base, size, high, value); break;
	case REFDMA_Q_CPL_BASE: write_wide(&q->cpl_base, size, high, value); break;
	case REFDMA_Q_STS_BASE: write_wide(&q->sts_base, size, high, value); break;
	}
}

static void
queue_write(struct refdma_model *m, const struct target *t, uint32_t offset, unsigned int size,
	    uint64_t value)
{
	struct model_queue *q = t->q;
	uint32_t v = value;

	switch (offset) {
	case REFDMA_Q_CTRL:
		v &= REFDMA_Q_CTRL_ENABLE | REFDMA_Q_CTRL_PAUSE | REFDMA_Q_CTRL_RESUME |
		     REFDMA_Q_CTRL_ABORT | REFDMA_Q_CTRL_RESET;
		if (v == 0)
			return;
		/* Release: the registers that the command needs were written before it. */
		atomic_fetch_or_explicit(&q->cmd, v, memory_order_release);
		atomic_store_explicit(&t->ch->cmds, 1, memory_order_release);
		wake_channel(m, t->ch);
		break;
	case REFDMA_Q_RING_LOG2:
		if (queue_state(q) == REFDMA_STATE_DISABLED)
			atomic_store(&q->ring_log2, v);
		break;
	case REFDMA_Q_CONFIG:
		if (queue_state(q) == REFDMA_STATE_DISABLED)
			atomic_store(&q->config, v & (REFDMA_Q_CONFIG_HALT_ON_ERROR |
				REFDMA_Q_CONFIG_PRIORITY_MASK << REFDMA_Q_CONFIG_PRIORITY_SHIFT));
		break;
	case REFDMA_Q_IRQ_CONFIG:
		atomic_store(&q->irq_config, v & (REFDMA_Q_IRQ_ENABLE | REFDMA_Q_IRQ_VECTOR_MASK));
		break;
	case REFDMA_Q_IRQ_ARM:
		atomic_store(&q->irq_arm, v);
		atomic_store(&q->irq_armed, 1);
		queue_irq_check(m, q);
		break;
	case REFDMA_Q_INJ_COUNT: atomic_store(&q->inj_count, v); break;
	case REFDMA_Q_INJ_CODE: atomic_store(&q->inj_code, v & REFDMA_STS_CODE_MASK); break;
	case REFDMA_Q_INJ_CTRL:
		atomic_store(&q->inj_ctrl, v & (REFDMA_INJ_FAIL | REFDMA_INJ_STALL |
			REFDMA_INJ_HALT | REFDMA_INJ_CORRUPT | REFDMA_INJ_DROP_DOORBELL));
		atomic_fetch_add(&q->inj_writes, 1);
		wake_channel(m, t->ch);
		break;
	default:
		queue_config_write(q, offset, size, value);
		break;
	}
}

static void
channel_write(struct refdma_model *m, struct model_channel *ch, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case REFDMA_CH_CTRL: atomic_store(&ch->ctrl, value & REFDMA_CH_CTRL_STRICT); break;
	case REFDMA_CH_WAKE: wake_channel(m, ch); break;
	case REFDMA_CH_PRIORITY:
		if (value < REFDMA_PRIORITIES)
			atomic_store(&ch->priority, value);
		break;
	}
}

static void
func_write(struct refdma_model *m, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case REFDMA_REG_SCRATCH: atomic_store(&m->scratch, value); break;
	case REFDMA_REG_FUNC_CTRL:
		if (value & REFDMA_FUNC_CTRL_RESET)
			refdma_model_reset(m);
		break;
	case REFDMA_REG_FUNC_INJECT:
		if (value & REFDMA_FUNC_INJECT_REMOVE) {
			atomic_store(&m->removed, 1);
			/* No memory is accessed from now on. */
			model_settle(m);
		}
		break;
	}
}

static void
port_write(struct refdma_model *m, const struct target *t, uint32_t offset, unsigned int size,
	   uint64_t value)
{
	uint64_t old;

	/* RATE is the one 64-bit register here that can be written, in halves too. */
	if ((offset & ~7u) == REFDMA_P_RATE && size == 4) {
		old = port_reg_read(m, t->port, REFDMA_P_RATE);
		value = offset % 8 == 4 ? (uint32_t)old | value << 32 :
					  (old & ~(uint64_t)UINT32_MAX) | (uint32_t)value;
		offset = REFDMA_P_RATE;
	}
	port_reg_write(m, t->port, offset, value);
}

static void
regs_write(struct refdma_model *m, uint64_t offset, unsigned int size, uint64_t value)
{
	struct target t = find_target(m, offset);

	if (size == 8 && !is_wide(&t, t.offset)) {
		regs_write(m, offset, 4, (uint32_t)value);
		regs_write(m, offset + 4, 4, value >> 32);
		return;
	}
	switch (t.kind) {
	case T_FUNC: func_write(m, t.offset, value); break;
	case T_CHANNEL: channel_write(m, t.ch, t.offset, value); break;
	case T_QUEUE: queue_write(m, &t, t.offset, size, value); break;
	case T_PORT: port_write(m, &t, t.offset, size, value); break;
	default: break;
	}
}

void
refdma_model_write(struct refdma_model *m, unsigned int bar, uint64_t offset, unsigned int size,
		   uint64_t value)
{
	uint64_t limit = bar == REFDMA_BAR_REGS ? REFDMA_BAR_REGS_SIZE : m->doorbells_size;

	if ((size != 4 && size != 8) || offset % size != 0 || offset >= limit ||
	    size > limit - offset || atomic_load(&m->removed))
		return;
	if (bar == REFDMA_BAR_REGS) {
		regs_write(m, offset, size, value);
	} else if (bar == REFDMA_BAR_DOORBELL) {
		_Atomic uint32_t *word = (_Atomic uint32_t *)(m->doorbells + offset);

		atomic_store_explicit(word, (uint32_t)value, memory_order_release);
		if (size == 8)
			atomic_store_explicit(word + 1, value >> 32, memory_order_release);
		wake_channel(m, &m->channels[offset / REFDMA_DOORBELL_PAGE_SIZE]);
	}
}
