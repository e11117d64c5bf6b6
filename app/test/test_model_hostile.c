/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A hostile host: anything in registers, doorbells, rings and descriptors. The device model may do
 * what it likes with the memory it was granted; it must come back in bounded time, and touch
 * nothing else. Numbers come from fixed seeds, so that a failure can be repeated.
 */

#include <errno.h>
#include <string.h>

#include "test_model_hostile.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define ITERATIONS 20000u
#define CHANNELS 2u
#define QUEUES 2u
/* A run is bounded work; this is far more time than any of it takes on a slow machine. */
#define RUN_LIMIT_NS UINT64_C(5000000000)

static struct model_host host;
static struct host_queue queues[CHANNELS][QUEUES];
static struct host_area *read_only, *sva, *small[NB_SMALL];

static void
teardown(void)
{
	host_close(&host);
}

/* A descriptor that passes the checks, or almost; returns its slots. */
static uint32_t
write_whole(struct host_queue *q, uint32_t slot)
{
	struct odd_whole w;

	odd_whole(&w);
	for (unsigned int i = 0; i <= w.desc.ext; i++, slot++)
		memcpy(host_ptr(&host, q->ring + (slot & ((1u << q->log2) - 1)) * REFDMA_SLOT_SIZE,
				REFDMA_SLOT_SIZE), (uint8_t *)&w + (size_t)i * REFDMA_SLOT_SIZE,
		       REFDMA_SLOT_SIZE);
	return 1u + w.desc.ext;
}

/* Some descriptors where the engine will read next, and the doorbell for them. */
static void
drive(struct host_queue *q)
{
	uint32_t slot = (uint32_t)(queue_read64(q, REFDMA_Q_PROGRESS) >> 32);

	/* A loop or a port that waits would keep the rest from its turn. */
	if (queue_left(q) != 0)
		queue_write32(q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT);
	for (uint64_t n = 1 + odd_below(4); n > 0; n--)
		slot += write_whole(q, slot);
	queue_doorbell_value(q, slot);
}

static void
write_ring(struct host_queue *q)
{
	uint8_t slot[REFDMA_SLOT_SIZE];
	struct refdma_desc desc;

	for (uint64_t n = 1 + odd_below(6); n > 0; n--) {
		uint64_t addr = q->ring + odd_below(UINT64_C(1) << q->log2) * REFDMA_SLOT_SIZE;

		if (odd_one_in(3)) {
			odd_extension(slot);
			memcpy(host_ptr(&host, addr, sizeof(slot)), slot, sizeof(slot));
		} else {
			odd_desc(&desc);
			memcpy(host_ptr(&host, addr, sizeof(desc)), &desc, sizeof(desc));
		}
	}
}

static void
ring_doorbell(struct host_queue *q)
{
	uint32_t consumed = (uint32_t)(queue_read64(q, REFDMA_Q_PROGRESS) >> 32);

	if (odd_one_in(200))
		queue_doorbell_value(q, (uint32_t)odd_number());
	else
		queue_doorbell_value(q, consumed + (uint32_t)odd_below(1 + (1u << q->log2)));
}

/* Bring a queue back, mostly with registers that are right. */
static void
restart(struct host_queue *q)
{
	queue_write32(q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_RESET);
	refdma_model_run(host.model, q->channel);
	queue_configure(q);
	if (odd_one_in(10))
		queue_write64(q, REFDMA_Q_RING_BASE + 8 * (unsigned int)odd_below(3),
			      odd_address() & ~UINT64_C(63));
	/* The ring or the status ring across the border of two areas. */
	if (odd_one_in(10))
		queue_write64(q, REFDMA_Q_RING_BASE + 16 * (unsigned int)odd_below(2),
			      SMALL + (1 + odd_below(NB_SMALL - 1)) * SMALL_BYTES - 128);
	if (odd_one_in(20))
		queue_write32(q, REFDMA_Q_RING_LOG2, (uint32_t)odd_number());
	queue_write32(q, REFDMA_Q_CONFIG, (uint32_t)(odd_one_in(8) ? test_random(&odd_seed) : 0));
	queue_write32(q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ENABLE);
	refdma_model_run(host.model, q->channel);
}

/* An offset in one of the blocks, or anywhere. */
static uint64_t
odd_offset(void)
{
	uint64_t channel = REFDMA_CHANNEL_BASE + odd_below(CHANNELS) * REFDMA_CHANNEL_STRIDE;

	switch (odd_below(5)) {
	case 0: return odd_below(0x60);
	case 1: return channel + odd_below(0x10);
	case 2:
		return REFDMA_PORT_REG_BASE + odd_below(4) * REFDMA_PORT_REG_STRIDE +
		       odd_below(0x58);
	case 3: return odd_number();
	default:
		return channel + REFDMA_QUEUE_BASE + odd_below(QUEUES) * REFDMA_QUEUE_STRIDE +
		       odd_below(0x70);
	}
}

/* Injected errors and interrupts need several registers to be right. */
static void
poke_errors(struct host_queue *q)
{
	queue_write32(q, REFDMA_Q_INJ_COUNT, (uint32_t)odd_below(4));
	queue_write32(q, REFDMA_Q_INJ_CODE, (uint32_t)odd_number());
	queue_write32(q, REFDMA_Q_INJ_CTRL, (uint32_t)odd_below(32));
	queue_write32(q, REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE | (uint32_t)odd_below(4));
	queue_write32(q, REFDMA_Q_IRQ_ARM, queue_done(q) + (uint32_t)odd_below(3));
}

static void
poke_register(void)
{
	static const unsigned int bars[] = { REFDMA_BAR_REGS, REFDMA_BAR_DOORBELL, 1, 4, 77 };
	unsigned int bar = odd_one_in(10) ? bars[odd_below(NB(bars))] : REFDMA_BAR_REGS;
	unsigned int size = odd_one_in(10) ? (unsigned int)odd_below(17) : odd_one_in(2) ? 4 : 8;
	uint64_t offset = odd_offset();

	if (!odd_one_in(20))
		offset &= ~UINT64_C(3);
	/* A function that has vanished would be a dull test. */
	if (bar == REFDMA_BAR_REGS && offset >= REFDMA_REG_SCRATCH && offset < 0x60 &&
	    !odd_one_in(50))
		offset = REFDMA_REG_SCRATCH;
	if (odd_one_in(3))
		refdma_model_read(host.model, bar, offset, size);
	else
		refdma_model_write(host.model, bar, offset, size, odd_number());
}

/* What the surroundings of the device may do. */
static void
poke_surroundings(void)
{
	switch (odd_below(9)) {
	case 0:
		refdma_model_reset(host.model);
		break;
	case 1:
		refdma_model_invalidate(host.model);
		break;
	case 2:
		refdma_model_set_asleep(host.model, (unsigned int)odd_below(CHANNELS),
					odd_one_in(2));
		break;
	case 3:
		host.areas[0].transient = odd_one_in(2);
		refdma_model_invalidate(host.model);
		break;
	case 4:
		sva->fault = odd_one_in(2) ? -EFAULT : -EIO;
		sva->fault_addr = SVA + odd_below(AREA_BYTES);
		break;
	case 5:
		sva->fault = 0;
		break;
	case 6:
		host_protect(&host, small[odd_below(NB_SMALL)],
			     (uint32_t)(odd_one_in(2) ? HOST_READ_WRITE : odd_below(4)));
		break;
	default:
		host.now_ns += odd_below(odd_one_in(10) ? UINT64_C(1) << 50 : 10000000);
		break;
	}
}

static int
run(unsigned int channel)
{
	uint64_t before = test_now_ns();

	refdma_model_run(host.model, channel);
	TEST_ASSERT(test_now_ns() - before < RUN_LIMIT_NS);
	return TEST_OK;
}

static int
attack(void)
{
	struct host_queue *q = &queues[odd_below(CHANNELS)][odd_below(QUEUES)];

	switch (odd_below(8)) {
	case 0: write_ring(q); break;
	case 1: drive(q); break;
	case 2: ring_doorbell(q); break;
	case 3: poke_register(); break;
	case 4:
		if (odd_one_in(20))
			poke_surroundings();
		else if (odd_one_in(4))
			poke_errors(q);
		break;
	case 5:
		if (odd_one_in(10))
			queue_write32(q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT);
		if (queue_state(q) == REFDMA_STATE_DISABLED || odd_one_in(60) ||
		    (queue_state(q) == REFDMA_STATE_HALTED && odd_one_in(4)))
			restart(q);
		break;
	default: return run((unsigned int)odd_below(CHANNELS));
	}
	return TEST_OK;
}

static int
open_all(uint64_t start)
{
	static const struct refdma_model_conf conf = { .channels = CHANNELS, .queues = QUEUES };

	odd_seed = start;
	TEST_CALL(host_open_sva(&host, &conf));
	read_only = host_map(&host, READ_ONLY, AREA_BYTES, REFDMA_MODEL_READ);
	sva = host_map_sva(&host, SVA, AREA_BYTES);
	TEST_ASSERT(read_only != NULL && sva != NULL);
	TEST_ASSERT(host_map(&host, WRITE_ONLY, AREA_BYTES, REFDMA_MODEL_WRITE) != NULL);
	for (unsigned int i = 0; i < NB_SMALL; i++) {
		small[i] = host_map(&host, SMALL + i * SMALL_BYTES, SMALL_BYTES, HOST_READ_WRITE);
		TEST_ASSERT(small[i] != NULL);
	}
	host_fill(&host, READ_ONLY, AREA_BYTES, start);
	for (unsigned int c = 0; c < CHANNELS; c++)
		for (unsigned int i = 0; i < QUEUES; i++)
			TEST_CALL(queue_open(&host, &queues[c][i], c, i, 5 + c + i));
	return TEST_OK;
}

/* After all of it, a reset brings back a device that works. */
static int
still_works(void)
{
	struct host_queue *q = &queues[0][0];

	refdma_model_reset(host.model);
	memset(host_ptr(&host, q->sts, 16), 0, 16);
	queue_configure(q);
	TEST_CALL(queue_command(q, REFDMA_Q_CTRL_ENABLE));
	TEST_ASSERT_EQ(queue_state(q), REFDMA_STATE_RUNNING);
	return queue_works(q);
}

static int
random_attack(uint64_t start)
{
	TEST_CALL(open_all(start));
	for (unsigned int i = 0; i < ITERATIONS; i++) {
		if (attack() != TEST_OK) {
			test_note("seed %" PRIu64 ", iteration %u", start, i);
			return TEST_FAILED;
		}
	}
	TEST_ASSERT(memcmp(read_only->memory, read_only->shadow, AREA_BYTES) == 0);
	return still_works();
}

static int
random_attacks(void)
{
	for (uint64_t start = 1; start <= 12; start++)
		TEST_CALL(random_attack(start));
	return TEST_OK;
}

/* Nothing but noise in the rings, behind doorbells that are right. */
static int
noise_in_the_rings(void)
{
	TEST_CALL(open_all(99));
	for (unsigned int i = 0; i < 3000; i++) {
		struct host_queue *q = &queues[i % CHANNELS][i / 2 % QUEUES];
		uint64_t *ring = host_ptr(&host, q->ring, (size_t)REFDMA_SLOT_SIZE << q->log2);

		for (unsigned int k = 0; k < 4u << q->log2; k++)
			ring[k] = test_random(&odd_seed);
		/* Half of the operations exist. */
		for (unsigned int k = 0; k < 1u << q->log2; k += 2)
			ring[k * 4] = (ring[k * 4] & ~UINT64_C(0xf000fcff)) | odd_below(8);
		if (queue_state(q) != REFDMA_STATE_RUNNING)
			restart(q);
		ring_doorbell(q);
		TEST_CALL(run(q->channel));
		if (odd_one_in(8))
			queue_write32(q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT);
	}
	TEST_ASSERT(memcmp(read_only->memory, read_only->shadow, AREA_BYTES) == 0);
	return still_works();
}

/* The device overwrites its own queue memory, again and again. */
static int
queue_memory_as_destination(void)
{
	TEST_CALL(open_all(7));
	for (unsigned int i = 0; i < 3000; i++) {
		struct host_queue *q = &queues[0][0];
		uint64_t targets[] = { q->ring, q->cpl, q->sts };

		queue_copy(q, targets[odd_below(3)] + odd_below(1000), READ_ONLY + odd_below(60000),
			   1 + (uint32_t)odd_below(2000), (uint16_t)odd_below(8));
		if (queue_state(q) != REFDMA_STATE_RUNNING)
			restart(q);
		ring_doorbell(q);
		TEST_CALL(run(0));
	}
	TEST_ASSERT(memcmp(read_only->memory, read_only->shadow, AREA_BYTES) == 0);
	return still_works();
}

struct changer {
	struct host_queue *q;
	atomic_bool stop;
};

/* Rewrite the ring while the engine reads it: whole words, as a host can. */
static void *
change_descriptors(void *arg)
{
	struct changer *changer = arg;
	struct host_queue *q = changer->q;
	size_t words = ((size_t)REFDMA_SLOT_SIZE << q->log2) / 8;
	_Atomic uint64_t *ring = host_ptr(&host, q->ring, words * 8);
	uint64_t random = 5;

	while (!atomic_load(&changer->stop)) {
		uint64_t value = test_random(&random);
		uint64_t word = value % words;

		switch (word % 4) {
		case 0:
			/* Operations, extensions, flags and lengths that often fit each other. */
			value = (value >> 8 & 7) | (value >> 11 & 3) << 8 |
				(value >> 13 & 0x3ff) << 16 | (value >> 24 & 0xfff) << 32;
			break;
		case 3: value = value >> 20 & 0x30003; break;
		default: value = READ_ONLY + AREA_BYTES / 4 + (value >> 32) % 0x18000; break;
		}
		atomic_store_explicit(&ring[word], value, memory_order_relaxed);
	}
	return NULL;
}

static int
descriptors_change_under_the_engine(void)
{
	struct changer changer = { .q = &queues[0][0] };
	pthread_t thread;
	uint64_t runs = 0, deadline = test_now_ns() + UINT64_C(300000000);

	TEST_CALL(open_all(3));
	TEST_ASSERT_EQ(pthread_create(&thread, NULL, change_descriptors, &changer), 0);
	/* For some time on the clock: on one core both threads get their turns. */
	for (; runs < 20000 && test_now_ns() < deadline; runs++) {
		if (queue_state(changer.q) != REFDMA_STATE_RUNNING)
			restart(changer.q);
		ring_doorbell(changer.q);
		if (run(0) != TEST_OK)
			break;
		if (odd_one_in(16))
			queue_write32(changer.q, REFDMA_Q_CTRL, REFDMA_Q_CTRL_ABORT);
	}
	atomic_store(&changer.stop, true);
	pthread_join(thread, NULL);
	TEST_ASSERT(runs > 10);
	TEST_ASSERT(memcmp(read_only->memory, read_only->shadow, AREA_BYTES) == 0);
	return still_works();
}

static const struct test_case cases[] = {
	{ "random_attacks", random_attacks },
	{ "noise_in_the_rings", noise_in_the_rings },
	{ "queue_memory_as_destination", queue_memory_as_destination },
	{ "descriptors_change_under_the_engine", descriptors_change_under_the_engine },
};

static struct test_suite model_hostile = {
	.name = "model_hostile",
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_hostile)
