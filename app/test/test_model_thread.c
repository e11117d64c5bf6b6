/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The device model between threads: registers beside a running engine, two runners of one channel,
 * commands, memory that goes away, engines that sleep. Every wait has a deadline; the thread
 * sanitizer sees every access.
 */

#include <linux/membarrier.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define BATCH 16u
#define BYTES 512u
/* Wait for another thread, and let it run where there are fewer cores than threads. */
#define WAIT_FOR(cond) TEST_WAIT((sched_yield(), (cond)), 20000)
#define AREA UINT64_C(0x500000000)
#define AREA_BYTES 65536u

/* A thread that runs one channel's engine. */
struct engine {
	pthread_t thread;
	unsigned int channel;
	atomic_bool stop;
	sem_t wakeup;		/* engines that sleep */
	unsigned int sleeps;
};

static struct model_host host;
static struct engine engines[2];
static struct host_queue q;
static uint64_t src, dst;

static void *
run_engine(void *arg)
{
	struct engine *engine = arg;

	while (!atomic_load(&engine->stop))
		if (refdma_model_run(host.model, engine->channel) != 0)
			sched_yield();
	return NULL;
}

static int
start_engines(unsigned int first_channel, unsigned int second_channel, unsigned int nb)
{
	const unsigned int channels[2] = { first_channel, second_channel };

	for (unsigned int i = 0; i < nb; i++) {
		engines[i].channel = channels[i];
		atomic_store(&engines[i].stop, false);
		TEST_ASSERT_EQ(pthread_create(&engines[i].thread, NULL, run_engine, &engines[i]),
			       0);
	}
	return TEST_OK;
}

static void
stop_engines(unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		atomic_store(&engines[i].stop, true);
		pthread_join(engines[i].thread, NULL);
	}
}

static int
open_host(unsigned int channels)
{
	const struct refdma_model_conf conf = { .channels = channels };

	TEST_CALL(host_open(&host, &conf));
	TEST_CALL(queue_open(&host, &q, 0, 0, 6));
	src = host_alloc(&host, BATCH * BYTES, 64);
	dst = host_alloc(&host, BATCH * BYTES, 64);
	return TEST_OK;
}

static int
setup(void)
{
	return open_host(2);
}

static void
teardown(void)
{
	host_close(&host);
}

/* Rounds of copies: each waits for its completion and compares. */
static int
copy_rounds(unsigned int rounds)
{
	for (unsigned int round = 0; round < rounds; round++) {
		host_fill(&host, src, BATCH * BYTES, round);
		for (unsigned int i = 0; i < BATCH; i++)
			queue_copy(&q, dst + i * BYTES, src + i * BYTES, BYTES,
				   i == BATCH - 1 ? REFDMA_F_STATUS : 0);
		queue_doorbell(&q);
		WAIT_FOR(queue_done(&q) == q.pushed);
		TEST_ASSERT_ENTRY(&q, q.pushed - 1, REFDMA_CODE_OK, BYTES);
		TEST_ASSERT(memcmp(host_ptr(&host, dst, BATCH * BYTES),
				   host_ptr(&host, src, BATCH * BYTES), BATCH * BYTES) == 0);
	}
	TEST_ASSERT_EQ(queue_errors(&q), 0);
	return TEST_OK;
}

/* Reads all registers, and writes those that do not change what the copies do. */
static void *
poke_registers(void *arg)
{
	atomic_bool *stop = arg;
	uint64_t queue = REFDMA_CHANNEL_BASE + REFDMA_QUEUE_BASE;
	uint64_t seed = 1;

	while (!atomic_load(stop)) {
		for (uint64_t offset = 0; offset < 0x60; offset += 4)
			host_read32(&host, offset);
		for (uint64_t offset = 0; offset < 0x70; offset += 4)
			host_read32(&host, queue + offset);
		for (unsigned int p = 0; p < 3; p++)
			for (uint64_t offset = 0; offset < 0x58; offset += 8)
				host_read64(&host, REFDMA_PORT_REG_BASE +
					    p * REFDMA_PORT_REG_STRIDE + offset);
		host_write32(&host, REFDMA_REG_SCRATCH, (uint32_t)test_random(&seed));
		host_write32(&host, queue + REFDMA_Q_IRQ_CONFIG, REFDMA_Q_IRQ_ENABLE);
		host_write32(&host, queue + REFDMA_Q_IRQ_ARM, (uint32_t)test_random(&seed));
		host_write32(&host, queue + REFDMA_Q_INJ_COUNT, (uint32_t)test_random(&seed));
		host_write64(&host, queue + REFDMA_Q_RING_BASE, test_random(&seed));
		host_write32(&host, queue + REFDMA_Q_CTRL, REFDMA_Q_CTRL_RESUME);
		host_write32(&host, REFDMA_CHANNEL_BASE + REFDMA_CH_CTRL,
			     (uint32_t)test_random(&seed) & REFDMA_CH_CTRL_STRICT);
		port_write64(&host, PORT_SOURCE, REFDMA_P_RATE, test_random(&seed));
		refdma_model_read(host.model, REFDMA_BAR_DOORBELL, 0, 4);
	}
	return NULL;
}

static int
registers_beside_an_engine(void)
{
	atomic_bool stop = false;
	pthread_t thread;
	int result;

	TEST_CALL(start_engines(0, 0, 1));
	TEST_ASSERT_EQ(pthread_create(&thread, NULL, poke_registers, &stop), 0);
	result = copy_rounds(300);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	stop_engines(1);
	return result;
}

static int
two_runners_of_one_channel(void)
{
	int result;

	TEST_CALL(start_engines(0, 0, 2));
	result = copy_rounds(500);
	stop_engines(2);
	return result;
}

/* Copies that may fail: the memory comes and goes. */
static int
invalidate_rounds(void)
{
	for (unsigned int round = 0; round < 150; round++) {
		struct host_area *area = host_map(&host, AREA, AREA_BYTES, HOST_READ_WRITE);
		uint32_t first = q.pushed;

		TEST_ASSERT(area != NULL);
		for (unsigned int i = 0; i < BATCH; i++)
			queue_copy(&q, AREA + i * 4096, AREA + 32768 + i % 8 * 4096, 4096, 0);
		queue_doorbell(&q);
		for (unsigned int spins = round % 7 * 100; spins > 0; spins--)
			queue_done(&q);
		/* When this returns, the memory has gone: an access would end the process. */
		host_unmap(&host, area);
		WAIT_FOR(queue_done(&q) == q.pushed);
		for (uint32_t op = first; op < q.pushed; op++) {
			unsigned int code = queue_code(&q, op);

			TEST_ASSERT(code == NO_ENTRY || code == REFDMA_CODE_SRC_ADDRESS ||
				    code == REFDMA_CODE_DST_ADDRESS);
		}
	}
	TEST_ASSERT_EQ(queue_state(&q), REFDMA_STATE_RUNNING);
	return TEST_OK;
}

static int
memory_may_go_after_invalidate(void)
{
	int result;

	TEST_CALL(start_engines(0, 0, 1));
	result = invalidate_rounds();
	stop_engines(1);
	return result;
}

static int
loop_over_memory_that_goes(void)
{
	for (unsigned int round = 0; round < 50; round++) {
		struct host_area *area = host_map(&host, AREA, AREA_BYTES, HOST_READ_WRITE);

		TEST_ASSERT(area != NULL);
		queue_copy(&q, dst, AREA, BYTES, REFDMA_F_LOOP);
		queue_doorbell(&q);
		for (unsigned int spins = 0; spins < 100 + round * 20; spins++)
			queue_periods(&q);
		host_unmap(&host, area);
		WAIT_FOR(queue_done(&q) == q.pushed);
		TEST_ASSERT_EQ(queue_code(&q, q.pushed - 1), REFDMA_CODE_SRC_ADDRESS);
	}
	return TEST_OK;
}

static int
memory_may_go_under_a_loop(void)
{
	int result;

	TEST_CALL(start_engines(0, 0, 1));
	result = loop_over_memory_that_goes();
	stop_engines(1);
	return result;
}

static int
command_ends(uint32_t command)
{
	queue_write32(&q, REFDMA_Q_CTRL, command);
	WAIT_FOR((queue_read32(&q, REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) == 0);
	return TEST_OK;
}

/* After BUSY has cleared, the memory of the operations is the host's alone (section 7). */
static int
command_rounds(void)
{
	for (unsigned int round = 0; round < 200; round++) {
		uint32_t before = q.pushed;

		queue_copy(&q, dst, src, BATCH * BYTES, REFDMA_F_LOOP);
		queue_nop(&q, 0);
		queue_doorbell(&q);
		WAIT_FOR(queue_left(&q) != 0 || queue_done(&q) != before);
		TEST_CALL(command_ends(REFDMA_Q_CTRL_PAUSE));
		host_fill(&host, src, BATCH * BYTES, round);
		host_fill(&host, dst, BATCH * BYTES, round);
		TEST_CALL(command_ends(REFDMA_Q_CTRL_RESUME));
		TEST_CALL(command_ends(REFDMA_Q_CTRL_ABORT));
		TEST_ASSERT_EQ(queue_done(&q), q.pushed);
		host_fill(&host, dst, BATCH * BYTES, round + 1);
		if (round % 10 != 9)
			continue;
		queue_copy(&q, dst, src, BATCH * BYTES, REFDMA_F_LOOP);
		queue_doorbell(&q);
		TEST_CALL(command_ends(REFDMA_Q_CTRL_RESET));
		host_fill(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES, round);
		queue_configure(&q);
		TEST_CALL(command_ends(REFDMA_Q_CTRL_ENABLE));
	}
	return TEST_OK;
}

static int
commands_hand_memory_back(void)
{
	int result;

	TEST_CALL(start_engines(0, 0, 1));
	result = command_rounds();
	stop_engines(1);
	return result;
}

/* One channel writes the loopback port, the other one reads it, each with an engine. */
static int
stream_rounds(struct host_queue *rx)
{
	const uint32_t bytes = BATCH * BYTES;

	for (unsigned int round = 0; round < 200; round++) {
		host_fill(&host, src, bytes, round);
		queue_copy(rx, dst, DEV_PORT(PORT_LOOP), bytes, REFDMA_F_SRC_DEV);
		queue_doorbell(rx);
		queue_copy(&q, DEV_PORT(PORT_LOOP), src, bytes, REFDMA_F_DST_DEV);
		queue_doorbell(&q);
		WAIT_FOR(queue_done(rx) == rx->pushed && queue_done(&q) == q.pushed);
		TEST_ASSERT(memcmp(host_ptr(&host, dst, bytes), host_ptr(&host, src, bytes),
				   bytes) == 0);
	}
	return TEST_OK;
}

static int
two_engines_share_a_port(void)
{
	struct host_queue rx;
	int result;

	TEST_CALL(queue_open(&host, &rx, 1, 0, 6));
	TEST_CALL(start_engines(0, 1, 2));
	result = stream_rounds(&rx);
	stop_engines(2);
	return result;
}

/* A barrier that every thread of the process takes part in (section 8.3). */
static bool
system_barrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) == 0;
}

static void
wake_engine(struct engine *engine)
{
	sem_post(&engine->wakeup);
}

/* The sleep of section 8.3: announce, barrier, look once more, sleep. */
static void *
run_sleepy_engine(void *arg)
{
	struct engine *engine = arg;

	while (!atomic_load(&engine->stop)) {
		if (refdma_model_run(host.model, engine->channel) == 0)
			continue;
		refdma_model_set_asleep(host.model, engine->channel, true);
		system_barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
		if (refdma_model_run(host.model, engine->channel) != 0) {
			engine->sleeps++;
			sem_wait(&engine->wakeup);
		}
		refdma_model_set_asleep(host.model, engine->channel, false);
	}
	return NULL;
}

static int
sleepy_rounds(void)
{
	_Atomic uint32_t *wake = (_Atomic uint32_t *)host_ptr(&host, q.cpl + 64, 4);

	for (unsigned int round = 0; round < 3000; round++) {
		queue_nop(&q, 0);
		queue_doorbell(&q);
		/* The compiler keeps the order; the device's barrier does the rest. */
		atomic_signal_fence(memory_order_seq_cst);
		if (atomic_load_explicit(wake, memory_order_relaxed) != 0)
			wake_engine(&engines[0]);
		WAIT_FOR(queue_done(&q) == q.pushed);
		for (unsigned int spins = round % 5 * 500; spins > 0; spins--)
			queue_done(&q);
	}
	return TEST_OK;
}

static int
no_doorbell_is_lost_by_a_sleeping_engine(void)
{
	struct engine *engine = &engines[0];
	int result;

	if (!system_barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)) {
		test_note("this kernel has no expedited membarrier(2)");
		return TEST_SKIPPED;
	}
	TEST_CALL(queue_works(&q));
	*engine = (struct engine){ .channel = 0 };
	sem_init(&engine->wakeup, 0, 0);
	TEST_ASSERT_EQ(pthread_create(&engine->thread, NULL, run_sleepy_engine, engine), 0);
	result = sleepy_rounds();
	atomic_store(&engine->stop, true);
	wake_engine(engine);
	pthread_join(engine->thread, NULL);
	sem_destroy(&engine->wakeup);
	TEST_CALL(result);
	TEST_ASSERT(engine->sleeps > 0);
	return TEST_OK;
}

static int
reset_rounds(void)
{
	for (unsigned int round = 0; round < 40; round++) {
		queue_copy(&q, dst, src, BATCH * BYTES, REFDMA_F_LOOP);
		queue_doorbell(&q);
		if (round % 2 != 0)
			WAIT_FOR(queue_periods(&q) > 0);
		if (round % 3 == 0)
			host_write32(&host, REFDMA_REG_FUNC_CTRL, REFDMA_FUNC_CTRL_RESET);
		else
			refdma_model_reset(host.model);
		/* After it the device accesses no host memory (section 12). */
		host_fill(&host, HOST_ARENA_ADDR, HOST_ARENA_BYTES / 8, round);
		TEST_ASSERT_EQ(queue_read32(&q, REFDMA_Q_STATUS), REFDMA_STATE_DISABLED);
		queue_configure(&q);
		TEST_CALL(command_ends(REFDMA_Q_CTRL_ENABLE));
	}
	return TEST_OK;
}

static int
function_reset_beside_engines(void)
{
	int result;

	TEST_CALL(start_engines(0, 1, 2));
	result = reset_rounds();
	stop_engines(2);
	return result;
}

static const struct test_case cases[] = {
	{ "registers_beside_an_engine", registers_beside_an_engine },
	{ "two_runners_of_one_channel", two_runners_of_one_channel },
	{ "memory_may_go_after_invalidate", memory_may_go_after_invalidate },
	{ "memory_may_go_under_a_loop", memory_may_go_under_a_loop },
	{ "commands_hand_memory_back", commands_hand_memory_back },
	{ "two_engines_share_a_port", two_engines_share_a_port },
	{ "no_doorbell_is_lost_by_a_sleeping_engine", no_doorbell_is_lost_by_a_sleeping_engine },
	{ "function_reset_beside_engines", function_reset_beside_engines },
};

static struct test_suite model_thread = {
	.name = "model_thread",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_thread)
