/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The queues of the model suites' host: registers, ring, doorbell, completion area. */

#include <stdatomic.h>
#include <string.h>

#include "test_model_host.h"

static uint64_t
queue_offset(const struct host_queue *q, unsigned int reg)
{
	return REFDMA_CHANNEL_BASE + (uint64_t)q->channel * REFDMA_CHANNEL_STRIDE +
	       REFDMA_QUEUE_BASE + (uint64_t)q->queue * REFDMA_QUEUE_STRIDE + reg;
}

uint32_t
queue_read32(struct host_queue *q, unsigned int reg)
{
	return host_read32(q->host, queue_offset(q, reg));
}

uint64_t
queue_read64(struct host_queue *q, unsigned int reg)
{
	return host_read64(q->host, queue_offset(q, reg));
}

void
queue_write32(struct host_queue *q, unsigned int reg, uint32_t value)
{
	host_write32(q->host, queue_offset(q, reg), value);
}

void
queue_write64(struct host_queue *q, unsigned int reg, uint64_t value)
{
	host_write64(q->host, queue_offset(q, reg), value);
}

void
queue_configure(struct host_queue *q)
{
	queue_write64(q, REFDMA_Q_RING_BASE, q->ring);
	queue_write64(q, REFDMA_Q_CPL_BASE, q->cpl);
	queue_write64(q, REFDMA_Q_STS_BASE, q->sts);
	queue_write32(q, REFDMA_Q_RING_LOG2, q->log2);
	q->tail = 0;
	q->pushed = 0;
}

int
queue_prepare(struct model_host *host, struct host_queue *q, unsigned int channel,
	      unsigned int queue, unsigned int log2)
{
	size_t sts_bytes = (size_t)REFDMA_STATUS_ENTRY_SIZE << log2;
	static const uint8_t zeroes[REFDMA_STATUS_ENTRY_SIZE << 15];

	*q = (struct host_queue){
		.host = host,
		.channel = channel,
		.queue = queue,
		.log2 = log2,
		.ring = host_alloc(host, (size_t)REFDMA_SLOT_SIZE << log2, 64),
		.cpl = host_alloc(host, REFDMA_CPL_AREA_SIZE, 64),
		.sts = host_alloc(host, sts_bytes, 64),
	};
	TEST_ASSERT(host->arena_next <= HOST_ARENA_ADDR + HOST_ARENA_BYTES);
	TEST_ASSERT(host->nb_queues < HOST_MAX_QUEUES);
	host->queues[host->nb_queues++] = q;
	host_write(host, q->sts, zeroes, sts_bytes);
	queue_configure(q);
	return TEST_OK;
}

int
queue_open(struct model_host *host, struct host_queue *q, unsigned int channel,
	   unsigned int queue, unsigned int log2)
{
	TEST_CALL(queue_prepare(host, q, channel, queue, log2));
	TEST_CALL(queue_command(q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_read32(q, REFDMA_Q_STATUS), REFDMA_STATE_RUNNING);
	return TEST_OK;
}

int
queue_command(struct host_queue *q, uint32_t commands)
{
	queue_write32(q, REFDMA_Q_CTRL, commands);
	for (unsigned int i = 0; i < 1000; i++) {
		if ((queue_read32(q, REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) == 0)
			return TEST_OK;
		host_steps(q->host, 1);
	}
	test_fail(__FILE__, __LINE__, "command 0x%x does not end", commands);
	return TEST_FAILED;
}

static void
write_slot(struct host_queue *q, const void *slot)
{
	uint32_t index = q->tail++ & ((UINT32_C(1) << q->log2) - 1);

	host_write(q->host, q->ring + (uint64_t)index * REFDMA_SLOT_SIZE, slot, REFDMA_SLOT_SIZE);
}

uint32_t
queue_push(struct host_queue *q, const struct refdma_desc *desc, const void *ext)
{
	const uint8_t *slot = ext;

	write_slot(q, desc);
	for (unsigned int i = 0; slot != NULL && i < desc->ext; i++)
		write_slot(q, slot + (size_t)i * REFDMA_SLOT_SIZE);
	return q->pushed++;
}

uint32_t
queue_copy(struct host_queue *q, uint64_t dst, uint64_t src, uint32_t length, uint16_t flags)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_COPY,
		.flags = flags,
		.length = length,
		.src = src,
		.dst = dst,
	};

	return queue_push(q, &desc, NULL);
}

uint32_t
queue_nop(struct host_queue *q, uint16_t flags)
{
	struct refdma_desc desc = { .op = REFDMA_OP_NOP, .flags = flags };

	return queue_push(q, &desc, NULL);
}

void
queue_doorbell_value(struct host_queue *q, uint32_t value)
{
	uint8_t *page = refdma_model_doorbells(q->host->model, NULL);
	_Atomic uint32_t *doorbell = (_Atomic uint32_t *)(void *)(page +
		(size_t)q->channel * REFDMA_DOORBELL_PAGE_SIZE + q->queue * REFDMA_DOORBELL_STRIDE);

	/* The device reads slots only after it has seen the doorbell (section 8.1). */
	atomic_store_explicit(doorbell, value, memory_order_release);
}

void
queue_doorbell(struct host_queue *q)
{
	queue_doorbell_value(q, q->tail);
}

int
queue_go(struct host_queue *q)
{
	queue_doorbell(q);
	return host_run(q->host);
}

static struct refdma_completion *
queue_line(struct host_queue *q)
{
	return host_ptr(q->host, q->cpl, sizeof(struct refdma_completion));
}

/* The acquire that the other fields and the data stand behind (section 8.2). */
static uint64_t
queue_progress(struct host_queue *q)
{
	return atomic_load_explicit((_Atomic uint64_t *)&queue_line(q)->progress,
				    memory_order_acquire);
}

uint32_t
queue_done(struct host_queue *q)
{
	return (uint32_t)queue_progress(q);
}

uint32_t
queue_slots(struct host_queue *q)
{
	return (uint32_t)(queue_progress(q) >> REFDMA_PROGRESS_SLOTS_SHIFT);
}

uint32_t
queue_errors(struct host_queue *q)
{
	return atomic_load_explicit((_Atomic uint32_t *)&queue_line(q)->errors,
				    memory_order_relaxed);
}

uint32_t
queue_line_state(struct host_queue *q)
{
	return atomic_load_explicit((_Atomic uint32_t *)&queue_line(q)->state,
				    memory_order_relaxed);
}

uint64_t
queue_periods(struct host_queue *q)
{
	return atomic_load_explicit((_Atomic uint64_t *)&queue_line(q)->periods,
				    memory_order_relaxed);
}

uint32_t
queue_state(struct host_queue *q)
{
	return queue_read32(q, REFDMA_Q_STATUS) & REFDMA_Q_STATUS_STATE_MASK;
}

uint32_t
queue_reason(struct host_queue *q)
{
	return queue_read32(q, REFDMA_Q_STATUS) >> REFDMA_Q_STATUS_REASON_SHIFT &
	       REFDMA_Q_STATUS_REASON_MASK;
}

bool
queue_fatal(struct host_queue *q)
{
	return (queue_read32(q, REFDMA_Q_STATUS) & REFDMA_Q_STATUS_FATAL) != 0;
}

uint32_t
queue_left(struct host_queue *q)
{
	return (uint32_t)queue_read64(q, REFDMA_Q_RESIDUE);
}

uint32_t
queue_left_op(struct host_queue *q)
{
	return (uint32_t)(queue_read64(q, REFDMA_Q_RESIDUE) >> REFDMA_RESIDUE_OP_SHIFT);
}

const struct refdma_status *
queue_entry(struct host_queue *q, uint32_t op)
{
	uint64_t index = op & ((UINT32_C(1) << q->log2) - 1);

	return host_ptr(q->host, q->sts + index * REFDMA_STATUS_ENTRY_SIZE,
			REFDMA_STATUS_ENTRY_SIZE);
}

unsigned int
queue_code(struct host_queue *q, uint32_t op)
{
	const struct refdma_status *entry = queue_entry(q, op);

	if ((entry->code & REFDMA_STS_VALID) == 0 || entry->op != op)
		return NO_ENTRY;
	return entry->code & REFDMA_STS_CODE_MASK;
}

int
queue_expect(struct host_queue *q, const struct refdma_desc *desc, const void *ext,
	     unsigned int code, uint64_t bytes)
{
	struct refdma_desc asked = *desc;
	uint32_t errors = queue_errors(q);
	uint32_t op;

	/* A failed operation has an entry without being asked. */
	if (code == REFDMA_CODE_OK)
		asked.flags |= REFDMA_F_STATUS;
	op = queue_push(q, &asked, ext);
	TEST_CALL(queue_go(q));
	TEST_ASSERT_EQ(queue_done(q), op + 1);
	TEST_ASSERT_EQ(queue_slots(q), q->tail);
	TEST_ASSERT_EQ(queue_code(q, op), code);
	TEST_ASSERT_EQ(queue_entry(q, op)->bytes, bytes);
	TEST_ASSERT_EQ(queue_errors(q) - errors, code != REFDMA_CODE_OK);
	return TEST_OK;
}

int
queue_works(struct host_queue *q)
{
	const struct refdma_desc nop = { .op = REFDMA_OP_NOP };

	return queue_expect(q, &nop, NULL, REFDMA_CODE_OK, 0);
}
