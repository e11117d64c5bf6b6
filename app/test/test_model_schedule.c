/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Who is served when: queues of a channel, and channels of a function (sections 3.2 and 3.3). */

#include "test_model_host.h"

#define NB(cases) (sizeof(cases) / sizeof((cases)[0]))
#define BIG_ADDR UINT64_C(0x300000000)
#define PIECE 65536u
#define NB_OPS 24u

static struct model_host host;
static struct host_queue queues[4];

static void
teardown(void)
{
	host_close(&host);
}

/* The registers of a channel. */
static void
channel_write(unsigned int channel, unsigned int reg, uint32_t value)
{
	host_write32(&host, REFDMA_CHANNEL_BASE + (uint64_t)channel * REFDMA_CHANNEL_STRIDE + reg,
		     value);
}

static uint32_t
channel_read(unsigned int channel, unsigned int reg)
{
	return host_read32(&host, REFDMA_CHANNEL_BASE +
			   (uint64_t)channel * REFDMA_CHANNEL_STRIDE + reg);
}

static int
open_host(unsigned int channels, unsigned int nb_queues)
{
	struct refdma_model_conf conf = { .channels = channels, .queues = nb_queues };

	TEST_CALL(host_open(&host, &conf));
	TEST_ASSERT(host_map(&host, BIG_ADDR, 2 * PIECE, HOST_READ_WRITE) != NULL);
	return TEST_OK;
}

static int
open_with_priority(struct host_queue *q, unsigned int queue, uint32_t priority)
{
	TEST_CALL(queue_prepare(&host, q, 0, queue, 5));
	queue_write32(q, REFDMA_Q_CONFIG, priority << REFDMA_Q_CONFIG_PRIORITY_SHIFT);
	return queue_command(q, REFDMA_Q_CTRL_ENABLE);
}

/* Work that takes several runs of the engine. */
static void
announce_copies(struct host_queue *q)
{
	for (unsigned int i = 0; i < NB_OPS; i++)
		queue_copy(q, BIG_ADDR + PIECE, BIG_ADDR, PIECE, 0);
	queue_doorbell(q);
}

/* Announce operations that leave their queue's number in the loopback port, in order. */
static void
announce_marks(struct host_queue *q, unsigned int nb)
{
	uint8_t mark = (uint8_t)q->queue;
	struct refdma_desc desc = {
		.op = REFDMA_OP_TO_PORT,
		.length = 1,
		.src = host_alloc(&host, 1, 1),
		.dst = DEV_PORT(PORT_LOOP),
	};

	host_write(&host, desc.src, &mark, 1);
	for (unsigned int i = 0; i < nb; i++)
		queue_push(q, &desc, NULL);
	queue_doorbell(q);
}

/* Read the marks through another queue, which does nothing else. */
static const uint8_t *
read_marks(struct host_queue *reader, unsigned int nb)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT,
		.length = nb,
		.src = DEV_PORT(PORT_LOOP),
		.dst = host_alloc(&host, nb, 1),
	};

	queue_push(reader, &desc, NULL);
	if (queue_go(reader) != TEST_OK || queue_done(reader) != reader->pushed)
		return NULL;
	return host_ptr(&host, desc.dst, nb);
}

static int
round_robin_is_fair(void)
{
	TEST_CALL(open_host(1, 4));
	for (unsigned int i = 0; i < 4; i++) {
		/* Without STRICT the priorities mean nothing. */
		TEST_CALL(open_with_priority(&queues[i], i, i));
	}
	for (unsigned int i = 0; i < 4; i++)
		announce_copies(&queues[i]);
	for (unsigned int run = 0; run < 1000 && queue_done(&queues[0]) < NB_OPS; run++) {
		unsigned int fewest = NB_OPS, most = 0;

		host_steps(&host, 1);
		for (unsigned int i = 0; i < 4; i++) {
			unsigned int done = queue_done(&queues[i]);

			fewest = done < fewest ? done : fewest;
			most = done > most ? done : most;
		}
		/* Nobody is ahead by more than half of its work. */
		TEST_ASSERT(most - fewest <= NB_OPS / 2);
	}
	TEST_ASSERT_EQ(queue_done(&queues[0]), NB_OPS);
	return TEST_OK;
}

static int
short_operations_wait_for_one_turn_of_long_ones(void)
{
	unsigned int run;

	TEST_CALL(open_host(1, 2));
	TEST_CALL(open_with_priority(&queues[0], 0, 0));
	TEST_CALL(open_with_priority(&queues[1], 1, 0));
	announce_copies(&queues[0]);
	host_steps(&host, 1);
	queue_nop(&queues[1], 0);
	queue_doorbell(&queues[1]);
	for (run = 0; run < 100 && queue_done(&queues[1]) == 0; run++)
		host_steps(&host, 1);
	TEST_ASSERT(queue_done(&queues[0]) < NB_OPS);
	return TEST_OK;
}

static int
strict_priority_among_queues(void)
{
	static const uint32_t priorities[4] = { 3, 1, 2, 0 };
	static const uint8_t order[4] = { 3, 1, 2, 0 };
	struct host_queue reader;
	const uint8_t *marks;

	TEST_CALL(open_host(1, 5));
	channel_write(0, REFDMA_CH_CTRL, REFDMA_CH_CTRL_STRICT);
	for (unsigned int i = 0; i < 4; i++)
		TEST_CALL(open_with_priority(&queues[i], i, priorities[i]));
	TEST_CALL(open_with_priority(&reader, 4, 0));
	for (unsigned int i = 0; i < 4; i++)
		announce_marks(&queues[i], 20);
	TEST_CALL(host_run(&host));
	marks = read_marks(&reader, 80);
	TEST_ASSERT(marks != NULL);
	for (unsigned int i = 0; i < 80; i++)
		TEST_ASSERT_EQ(marks[i], order[i / 20]);
	return TEST_OK;
}

static int
strict_priority_takes_over_between_operations(void)
{
	unsigned int low_done;

	TEST_CALL(open_host(1, 2));
	channel_write(0, REFDMA_CH_CTRL, REFDMA_CH_CTRL_STRICT);
	TEST_CALL(open_with_priority(&queues[0], 0, 3));
	TEST_CALL(open_with_priority(&queues[1], 1, 0));
	announce_copies(&queues[0]);
	host_steps(&host, 1);
	low_done = queue_done(&queues[0]);
	TEST_ASSERT(low_done < NB_OPS);
	announce_copies(&queues[1]);
	for (unsigned int run = 0; run < 1000 && queue_done(&queues[1]) < NB_OPS; run++)
		host_steps(&host, 1);
	TEST_ASSERT_EQ(queue_done(&queues[1]), NB_OPS);
	/* The operation that was under way may have ended, and one run's worth after the rest. */
	TEST_ASSERT(queue_done(&queues[0]) - low_done <= 6);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&queues[0]), NB_OPS);
	return TEST_OK;
}

static int
waiting_queue_does_not_hold_lower_ones(void)
{
	struct refdma_desc desc = {
		.op = REFDMA_OP_FROM_PORT,
		.length = 20,
		.src = DEV_PORT(PORT_LOOP),
	};

	TEST_CALL(open_host(1, 2));
	channel_write(0, REFDMA_CH_CTRL, REFDMA_CH_CTRL_STRICT);
	TEST_CALL(open_with_priority(&queues[0], 0, 0));
	TEST_CALL(open_with_priority(&queues[1], 1, 3));
	desc.dst = host_alloc(&host, 20, 1);
	queue_push(&queues[0], &desc, NULL);
	TEST_CALL(queue_go(&queues[0]));
	TEST_ASSERT_EQ(queue_done(&queues[0]), 0);
	announce_marks(&queues[1], 20);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&queues[1]), 20);
	TEST_ASSERT_EQ(queue_done(&queues[0]), 1);
	return TEST_OK;
}

static int
active_while_there_is_work(void)
{
	TEST_CALL(open_host(1, 1));
	TEST_CALL(open_with_priority(&queues[0], 0, 0));
	TEST_ASSERT_EQ(channel_read(0, REFDMA_CH_STATUS), 0);
	announce_copies(&queues[0]);
	host_steps(&host, 1);
	TEST_ASSERT_EQ(channel_read(0, REFDMA_CH_STATUS), REFDMA_CH_STATUS_ACTIVE);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&queues[0]), NB_OPS);
	TEST_ASSERT_EQ(channel_read(0, REFDMA_CH_STATUS), 0);
	return TEST_OK;
}

static int
channels_are_independent(void)
{
	TEST_CALL(open_host(4, 1));
	for (unsigned int i = 0; i < 4; i++)
		TEST_CALL(queue_open(&host, &queues[i], i, 0, 5));
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int k = 0; k <= i; k++)
			queue_nop(&queues[i], 0);
		queue_doorbell(&queues[i]);
	}
	/* Only the third one's engine runs. */
	while (refdma_model_run(host.model, 2) == 0)
		;
	for (unsigned int i = 0; i < 4; i++)
		TEST_ASSERT_EQ(queue_done(&queues[i]), i == 2 ? 3 : 0);
	TEST_CALL(host_run(&host));
	for (unsigned int i = 0; i < 4; i++)
		TEST_ASSERT_EQ(queue_done(&queues[i]), i + 1);
	return TEST_OK;
}

static int
channel_of_higher_number_rests(void)
{
	uint64_t when = 0;
	unsigned int wakes;

	TEST_CALL(open_host(2, 1));
	TEST_CALL(queue_open(&host, &queues[0], 0, 0, 5));
	TEST_CALL(queue_open(&host, &queues[1], 1, 0, 5));
	channel_write(0, REFDMA_CH_PRIORITY, 2);
	channel_write(1, REFDMA_CH_PRIORITY, 1);
	announce_copies(&queues[1]);
	refdma_model_run(host.model, 1);
	TEST_ASSERT(queue_done(&queues[1]) < NB_OPS);
	announce_copies(&queues[0]);
	for (unsigned int i = 0; i < 20; i++)
		when = refdma_model_run(host.model, 0);
	TEST_ASSERT_EQ(queue_done(&queues[0]), 0);
	TEST_ASSERT_EQ(queue_left(&queues[0]), 0);
	wakes = atomic_load(&host.wakes[0]);
	while (refdma_model_run(host.model, 1) == 0)
		;
	TEST_ASSERT_EQ(queue_done(&queues[1]), NB_OPS);
	/* Where the engine was told to rest, it is told to go on. */
	TEST_ASSERT(when != REFDMA_MODEL_IDLE || atomic_load(&host.wakes[0]) > wakes);
	while (refdma_model_run(host.model, 0) == 0)
		;
	TEST_ASSERT_EQ(queue_done(&queues[0]), NB_OPS);
	return TEST_OK;
}

/* What stands in a queue that does not run is nothing that others should wait for. */
static int
paused_work_holds_nobody(void)
{
	TEST_CALL(open_host(2, 1));
	TEST_CALL(queue_open(&host, &queues[0], 0, 0, 5));
	TEST_CALL(queue_open(&host, &queues[1], 1, 0, 5));
	channel_write(0, REFDMA_CH_PRIORITY, 2);
	announce_copies(&queues[1]);
	TEST_CALL(queue_command(&queues[1], REFDMA_Q_CTRL_PAUSE));
	TEST_ASSERT(queue_done(&queues[1]) < NB_OPS);
	TEST_ASSERT_EQ(channel_read(1, REFDMA_CH_STATUS), 0);
	announce_copies(&queues[0]);
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&queues[0]), NB_OPS);
	return TEST_OK;
}

static int
channels_of_one_priority_share(void)
{
	TEST_CALL(open_host(2, 1));
	for (unsigned int i = 0; i < 2; i++) {
		TEST_CALL(queue_open(&host, &queues[i], i, 0, 5));
		channel_write(i, REFDMA_CH_PRIORITY, 2);
		announce_copies(&queues[i]);
	}
	host_steps(&host, 2);
	for (unsigned int i = 0; i < 2; i++)
		TEST_ASSERT(queue_done(&queues[i]) + (queue_left(&queues[i]) != 0) > 0);
	TEST_CALL(host_run(&host));
	for (unsigned int i = 0; i < 2; i++)
		TEST_ASSERT_EQ(queue_done(&queues[i]), NB_OPS);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "round_robin_is_fair", round_robin_is_fair },
	{ "short_operations_wait_for_one_turn_of_long_ones",
	  short_operations_wait_for_one_turn_of_long_ones },
	{ "strict_priority_among_queues", strict_priority_among_queues },
	{ "strict_priority_takes_over_between_operations",
	  strict_priority_takes_over_between_operations },
	{ "waiting_queue_does_not_hold_lower_ones", waiting_queue_does_not_hold_lower_ones },
	{ "active_while_there_is_work", active_while_there_is_work },
	{ "channels_are_independent", channels_are_independent },
	{ "channel_of_higher_number_rests", channel_of_higher_number_rests },
	{ "paused_work_holds_nobody", paused_work_holds_nobody },
	{ "channels_of_one_priority_share", channels_of_one_priority_share },
};

static struct test_suite model_schedule = {
	.name = "model_schedule",
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_schedule)
