/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Races: plain threads, which EAL never saw, use a channel against each other and against the
 * tasklet on a service lcore. Each round frees what its callbacks use as soon as it may, so that a
 * sanitizer sees the callback or write that comes too late; the counters must add up at the end.
 *
 * REFDMA_RACE_ROUNDS sets the rounds of a suite, 100000 by default, under sanitizers too. They take
 * seconds where the tasklet runs the device. Where a thread of the device's has to get the client's
 * core in each of them, and where the lcore is slow, a suite makes a part of them.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include "test_engine_env.h"

#define DEFAULT_ROUNDS	100000

/* The part of the rounds that a suite with slow ones makes. */
static uint32_t slowdown = 1;

/* Rounds of a case that has @p parts of 20 of the suite's. */
static uint32_t
rounds(uint32_t parts)
{
	const char *text = getenv("REFDMA_RACE_ROUNDS");
	uint64_t all = text != NULL ? strtoul(text, NULL, 0) : DEFAULT_ROUNDS;

	return RTE_MAX(all * parts / 20 / slowdown, UINT64_C(20));
}

/* Everything that was submitted has ended in one way. */
static int
adds_up(struct dma_chan *chan)
{
	struct dmaengine_compat_chan_stats stats;

	TEST_ASSERT_EQ(dmaengine_terminate_sync(chan), 0);
	TEST_ASSERT_EQ(dmaengine_compat_chan_stats(chan, &stats), 0);
	TEST_ASSERT_EQ(stats.submitted, stats.completed + stats.terminated);
	TEST_ASSERT_EQ(stats.in_flight, 0);
	TEST_ASSERT_EQ(stats.errors, 0);
	TEST_ASSERT_EQ(stats.pool_free, ENG_POOL);
	return TEST_OK;
}

/* DPDK's own lock is not instrumented; with this one ThreadSanitizer sees whose memory it is. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;

static void *
take_memory(size_t bytes)
{
	void *memory;

	pthread_mutex_lock(&memory_lock);
	memory = rte_malloc("test_race", bytes, 0);
	pthread_mutex_unlock(&memory_lock);
	return memory;
}

static void
free_memory(void *memory)
{
	pthread_mutex_lock(&memory_lock);
	rte_free(memory);
	pthread_mutex_unlock(&memory_lock);
}

/* --- terminate_sync against callbacks that submit again --- */

#define STREAMS	4

struct stream {
	pthread_mutex_t lock;	/* the client's: a stopped stream submits nothing */
	struct dma_chan *chan;
	bool stopped;
	uint8_t *buffer;
	uint32_t calls, broken;
};

static void resubmit(void *param);

static void
submit_stream(struct stream *stream)
{
	struct dma_async_tx_descriptor *desc =
		eng_copy_on(stream->chan, stream->buffer, eng_src, 256, NULL);

	if (desc == NULL)
		return;
	desc->callback = resubmit;
	desc->callback_param = stream;
	if (dmaengine_submit(desc) <= 0)
		stream->broken++;
	dma_async_issue_pending(stream->chan);
}

static void
resubmit(void *param)
{
	struct stream *stream = param;

	pthread_mutex_lock(&stream->lock);
	stream->calls++;
	if (!stream->stopped)
		submit_stream(stream);
	pthread_mutex_unlock(&stream->lock);
}

static struct stream *
stream_start(struct dma_chan *chan)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	pthread_mutex_init(&stream->lock, NULL);
	stream->chan = chan;
	stream->buffer = take_memory(256);
	pthread_mutex_lock(&stream->lock);
	for (unsigned int i = 0; i < STREAMS && stream->buffer != NULL; i++)
		submit_stream(stream);
	pthread_mutex_unlock(&stream->lock);
	return stream;
}

static void
stream_stop(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->stopped = true;
	pthread_mutex_unlock(&stream->lock);
}

/* At once: whoever still comes finds freed memory. */
static int
stream_free(struct stream *stream)
{
	uint32_t broken = stream->broken;
	bool intact = true;

	if (stream->buffer != NULL) {
		memset(stream->buffer, 0x5a, 256);
		for (unsigned int i = 0; i < 20; i++)
			intact &= eng_all(stream->buffer, 256, 0x5a);
	}
	free_memory(stream->buffer);
	pthread_mutex_destroy(&stream->lock);
	memset(stream, 0xa5, sizeof(*stream));
	free(stream);
	TEST_ASSERT(intact);
	TEST_ASSERT_EQ(broken, 0);
	return TEST_OK;
}

static int
terminate_rounds(struct dma_chan *chan, uint32_t count)
{
	for (uint32_t round = 0; round < count; round++) {
		struct stream *stream = stream_start(chan);
		int ret;

		TEST_ASSERT(stream != NULL);
		for (uint32_t spin = round % 7; spin > 0; spin--)
			sched_yield();
		stream_stop(stream);
		ret = dmaengine_terminate_sync(chan);
		TEST_ASSERT_EQ(ret, 0);
		TEST_CALL(stream_free(stream));
	}
	return TEST_OK;
}

/* Many mappings that end with it keep a descriptor between its completion and its callback. */
static int
add_mappings(struct dma_async_tx_descriptor *desc)
{
	struct dmaengine_unmap_data *unmap;

	unmap = dmaengine_get_unmap_data(eng_chan->device->dev, 250, 0);
	TEST_ASSERT(unmap != NULL);
	for (unsigned int i = 0; i < 250; i++)
		unmap->addr[i] = eng_addr(eng_src);
	unmap->to_cnt = 250;
	unmap->len = 64;
	dma_set_unmap(desc, unmap);
	dmaengine_unmap_put(unmap);
	return TEST_OK;
}

/* What is complete is not terminated any more: its callback has returned, or is waited for. */
ENG_CASE(terminate_sync_right_after_completion, ENG_ANY)
{
	uint32_t count = rounds(2);

	for (uint32_t round = 0; round < count; round++) {
		_Atomic uint32_t *once = calloc(1, sizeof(*once));
		struct dma_async_tx_descriptor *desc;
		dma_cookie_t cookie;
		uint32_t seen_calls;

		TEST_ASSERT(once != NULL);
		desc = eng_copy(eng_dst, eng_src, 64, once);
		TEST_ASSERT(desc != NULL);
		if (round % 2 == 0)
			TEST_CALL(add_mappings(desc));
		cookie = dmaengine_submit(desc);
		TEST_ASSERT(cookie > 0);
		dma_async_issue_pending(eng_chan);
		/* Without giving way: as close to the completion as can be. */
		while (eng_status(cookie) == DMA_IN_PROGRESS)
			;
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		seen_calls = atomic_load(once);
		free(once);
		TEST_ASSERT_EQ(seen_calls, 1);
	}
	return adds_up(eng_chan);
}

struct runner {
	pthread_t thread;
	struct dma_chan *chan;
	uint32_t rounds, number;
	int result;
	_Atomic bool *stop;
	_Atomic uint64_t *submitted;
};

static void *
terminate_runner(void *arg)
{
	struct runner *me = arg;

	me->result = terminate_rounds(me->chan, me->rounds);
	return NULL;
}

ENG_CASE(terminate_sync_against_callbacks_that_submit, ENG_ANY)
{
	struct runner me = { .chan = eng_chan, .rounds = rounds(6) };

	TEST_ASSERT_EQ(pthread_create(&me.thread, NULL, terminate_runner, &me), 0);
	pthread_join(me.thread, NULL);
	TEST_CALL(me.result);
	return adds_up(eng_chan);
}

ENG_CASE(two_channels_beside_each_other, ENG_ANY)
{
	struct runner runners[2] = {
		{ .chan = eng_chan, .rounds = rounds(2) },
		{ .chan = eng_second(), .rounds = rounds(2) },
	};

	TEST_ASSERT(runners[1].chan != NULL);
	for (unsigned int i = 0; i < 2; i++)
		TEST_ASSERT_EQ(pthread_create(&runners[i].thread, NULL, terminate_runner,
					      &runners[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(runners[i].thread, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		TEST_CALL(runners[i].result);
		TEST_CALL(adds_up(runners[i].chan));
	}
	return TEST_OK;
}

/* --- submit, issue, terminate, pause and resume at once --- */

#define SUBMITTERS	3

static _Atomic uint32_t calls;
static uint8_t *seen;	/* by cookie */

static void *
submit_runner(void *arg)
{
	struct runner *me = arg;
	uint32_t done = 0, failed = 0;
	dma_cookie_t last = 0;

	while (done < me->rounds && failed == 0) {
		dma_cookie_t cookie = eng_submit_copy(eng_dst + me->number * 64, eng_src, 64,
						      &calls);

		if (cookie > 0) {
			failed += cookie <= last || seen[cookie]++ != 0;
			last = cookie;
			done++;
		} else {
			failed += cookie != -ENOMEM;
			sched_yield();
		}
		if (done % 4 == 0 || cookie < 0)
			dma_async_issue_pending(eng_chan);
	}
	atomic_fetch_add(me->submitted, done);
	me->result = failed == 0 ? TEST_OK : TEST_FAILED;
	return NULL;
}

static void *
terminate_only_runner(void *arg)
{
	struct runner *me = arg;

	while (!atomic_load(me->stop)) {
		if (dmaengine_terminate_sync(eng_chan) != 0)
			me->result = TEST_FAILED;
		sched_yield();
	}
	return NULL;
}

static void *
pause_runner(void *arg)
{
	struct runner *me = arg;
	int ret;

	while (!atomic_load(me->stop)) {
		ret = dmaengine_pause(eng_chan);
		if (ret != 0) {
			test_note("pause: %d", ret);
			me->result = TEST_FAILED;
		}
		sched_yield();
		/* A terminate may have ended the pause. */
		ret = dmaengine_resume(eng_chan);
		if (ret != 0 && ret != -EINVAL) {
			test_note("resume: %d", ret);
			me->result = TEST_FAILED;
		}
	}
	return NULL;
}

/* SUBMITTERS threads submit; beside them @p others run until those are through. */
static int
all_at_once(uint32_t each, void *(*const others[])(void *), unsigned int nb_others)
{
	struct runner submitters[SUBMITTERS], beside[4] = { 0 };
	_Atomic uint64_t submitted = 0;
	_Atomic bool stop = false;
	uint64_t unique = 0;

	atomic_store(&calls, 0);
	seen = calloc(SUBMITTERS * (size_t)each + 2, 1);
	TEST_ASSERT(seen != NULL);
	for (unsigned int i = 0; i < nb_others; i++) {
		beside[i].stop = &stop;
		TEST_ASSERT_EQ(pthread_create(&beside[i].thread, NULL, others[i], &beside[i]), 0);
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++) {
		submitters[i] = (struct runner){ .rounds = each, .number = i,
						 .submitted = &submitted };
		TEST_ASSERT_EQ(pthread_create(&submitters[i].thread, NULL, submit_runner,
					      &submitters[i]), 0);
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i].thread, NULL);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < nb_others; i++)
		pthread_join(beside[i].thread, NULL);
	for (size_t i = 1; i <= SUBMITTERS * (size_t)each; i++)
		unique += seen[i] == 1;
	free(seen);
	for (unsigned int i = 0; i < SUBMITTERS; i++)
		TEST_CALL(submitters[i].result);
	for (unsigned int i = 0; i < nb_others; i++)
		TEST_CALL(beside[i].result);
	TEST_ASSERT_EQ(unique, atomic_load(&submitted));
	TEST_CALL(adds_up(eng_chan));
	TEST_ASSERT_EQ(eng_stats().submitted, atomic_load(&submitted));
	TEST_ASSERT_EQ(eng_stats().completed, atomic_load(&calls));
	return eng_usable();
}

ENG_CASE(submitters_against_terminate, ENG_ANY)
{
	static void *(*const others[])(void *) = { terminate_only_runner };

	return all_at_once(rounds(4) / SUBMITTERS, others, RTE_DIM(others));
}

ENG_CASE(submitters_against_pause_and_resume, ENG_ANY)
{
	static void *(*const others[])(void *) = { pause_runner };

	return all_at_once(rounds(2) / SUBMITTERS, others, RTE_DIM(others));
}

ENG_CASE(submitters_against_pause_resume_and_terminate, ENG_ANY)
{
	static void *(*const others[])(void *) = { pause_runner, terminate_only_runner };

	return all_at_once(rounds(2) / SUBMITTERS, others, RTE_DIM(others));
}

/* --- release and request against callbacks that submit --- */

/* Nobody stops these: the release alone ends them. */
struct endless {
	struct dma_chan *chan;
	uint8_t *buffer;
	_Atomic uint32_t calls;
};

static void
never_stop(void *param)
{
	struct endless *endless = param;
	struct dma_async_tx_descriptor *desc =
		eng_copy_on(endless->chan, endless->buffer, eng_src, 256, NULL);

	atomic_fetch_add(&endless->calls, 1);
	if (desc == NULL)
		return;
	desc->callback = never_stop;
	desc->callback_param = endless;
	if (dmaengine_submit(desc) > 0)
		dma_async_issue_pending(endless->chan);
}

static int
release_round(struct device *client, const char *name, uint32_t round)
{
	struct dma_chan *chan = dma_request_chan(client, name);
	struct endless *endless = calloc(1, sizeof(*endless));
	bool intact;

	TEST_ASSERT_EQ(PTR_ERR_OR_ZERO(chan), 0);
	TEST_ASSERT(endless != NULL);
	endless->chan = chan;
	endless->buffer = take_memory(256);
	TEST_ASSERT(endless->buffer != NULL);
	for (unsigned int i = 0; i < STREAMS; i++) {
		struct dma_async_tx_descriptor *desc =
			eng_copy_on(chan, endless->buffer, eng_src, 256, NULL);

		TEST_ASSERT(desc != NULL);
		desc->callback = never_stop;
		desc->callback_param = endless;
		TEST_ASSERT(dmaengine_submit(desc) > 0);
	}
	dma_async_issue_pending(chan);
	for (uint32_t spin = round % 5; spin > 0; spin--)
		sched_yield();
	dma_release_channel(chan);
	TEST_ASSERT_EQ(chan->client_count, 0);
	memset(endless->buffer, 0x5a, 256);
	for (unsigned int i = 0; i < 20; i++)
		sched_yield();
	intact = eng_all(endless->buffer, 256, 0x5a);
	free_memory(endless->buffer);
	memset(endless, 0xa5, sizeof(*endless));
	free(endless);
	TEST_ASSERT(intact);
	return TEST_OK;
}

static void *
release_runner(void *arg)
{
	struct runner *me = arg;
	struct device *client = dmaengine_compat_device(ENG_CLIENT);

	for (uint32_t i = 0; i < me->rounds && me->result == TEST_OK; i++)
		me->result = release_round(client, me->number == 0 ? "tx" : "rx", i);
	return NULL;
}

ENG_CASE(release_and_request_against_callbacks_that_submit, ENG_ANY)
{
	struct runner runners[2] = {
		{ .number = 0, .rounds = rounds(1) }, { .number = 1, .rounds = rounds(1) },
	};

	eng_release();
	for (unsigned int i = 0; i < 2; i++)
		TEST_ASSERT_EQ(pthread_create(&runners[i].thread, NULL, release_runner,
					      &runners[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(runners[i].thread, NULL);
	TEST_CALL(runners[0].result);
	TEST_CALL(runners[1].result);
	TEST_CALL(eng_request());
	return eng_usable();
}

/* --- cyclic transfers, which never end by themselves --- */

struct ring {
	_Atomic uint32_t calls;
	uint8_t *buffer;
};

static void
one_more(void *param)
{
	struct ring *ring = param;

	atomic_fetch_add(&ring->calls, 1);
}

static int
cyclic_round(uint32_t round, uint32_t *periods)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	struct dma_async_tx_descriptor *desc;
	bool intact;

	TEST_ASSERT(ring != NULL);
	ring->buffer = take_memory(1024);
	TEST_ASSERT(ring->buffer != NULL);
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(ring->buffer), 1024, 256,
					 DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = one_more;
	desc->callback_param = ring;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	for (uint32_t spin = round % 9; spin > 0; spin--)
		sched_yield();
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	memset(ring->buffer, 0x5a, 1024);
	sched_yield();
	intact = eng_all(ring->buffer, 1024, 0x5a);
	*periods += atomic_load(&ring->calls);
	free_memory(ring->buffer);
	memset(ring, 0xa5, sizeof(*ring));
	free(ring);
	TEST_ASSERT(intact);
	return TEST_OK;
}

ENG_CASE(terminate_sync_against_cyclic_callbacks, ENG_ANY,
	 .args = "port=source/fifo:1k/rate:20M,port=sink")
{
	struct dma_slave_config config = eng_far();
	uint32_t count = rounds(2), periods = 0;

	/* Port 0 is a source here. Were it not paced, a device that runs inside of the doorbell
	 * would be busy with its data most of the time; so a period is one burst, each 13 us.
	 */
	config.src_maxburst = 256 / config.src_addr_width;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	for (uint32_t i = 0; i < count; i++)
		TEST_CALL(cyclic_round(i, &periods));
	test_note("%u periods in %u rounds", periods, count);
	TEST_ASSERT(periods != 0);
	return adds_up(eng_chan);
}

/* --- a tasklet that stops looking at the channel --- */

/* A while after its last work a channel is not looked at any more, until there is some again. The
 * while is some microseconds long; a pause comes before its end, right at it, or after it.
 */
ENG_CASE(pause_of_a_channel_that_comes_to_rest, ENG_ANY)
{
	uint64_t step = rte_get_timer_hz() / 5000000, start;
	uint32_t count = rounds(2);

	for (uint32_t round = 0; round < count; round++) {
		dma_cookie_t cookie = eng_submit_copy(eng_dst, eng_src, 64, NULL);

		dma_async_issue_pending(eng_chan);
		TEST_CALL(eng_wait_complete(cookie));
		start = rte_get_timer_cycles();
		while (rte_get_timer_cycles() - start < round % 100 * step)
			;
		start = test_now_ns();
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		/* One that waits for an answer that does not come would take five or ten. */
		TEST_ASSERT(test_now_ns() - start < 4 * UINT64_C(1000000000));
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	}
	return adds_up(eng_chan);
}

static const struct test_case races[] = {
	ENG_TEST(terminate_sync_against_callbacks_that_submit),
	ENG_TEST(terminate_sync_right_after_completion),
	ENG_TEST(two_channels_beside_each_other),
	ENG_TEST(submitters_against_terminate),
	ENG_TEST(submitters_against_pause_and_resume),
	ENG_TEST(submitters_against_pause_resume_and_terminate),
	ENG_TEST(release_and_request_against_callbacks_that_submit),
	ENG_TEST(terminate_sync_against_cyclic_callbacks),
	ENG_TEST(pause_of_a_channel_that_comes_to_rest),
};

/* --- suites: the tasklet runs the device, the device has a thread, the lcore is slow --- */

static int
inline_setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static int
thread_setup(void)
{
	slowdown = 10;
	return eng_suite_setup(eng_env_find("engine_refdma_thread"));
}

/* The backend for any dmadev, where the tasklet runs the device too. */
static const struct eng_env generic_inline = {
	.name = "engine_race_generic",
	.vdev = "dma_refdma0",
	.args = "engine=inline",
	.backend = DMAENGINE_COMPAT_BACKEND_GENERIC,
	.run = DMAENGINE_COMPAT_RUN_SERVICE,
	.can = ENG_FILL | ENG_ERRORS | ENG_SERVICE,
};

static int
generic_setup(void)
{
	return eng_suite_setup(&generic_inline);
}

static int
generic_thread_setup(void)
{
	slowdown = 10;
	return eng_suite_setup(eng_env_find("engine_generic_refdma"));
}

static uint32_t burner;

static int32_t
burn(void *arg)
{
	(void)arg;
	rte_delay_us_block(200);
	return 0;
}

static int
slow_setup(void)
{
	struct rte_service_spec spec = { .name = "test_burner", .callback = burn };
	uint32_t lcore;

	slowdown = 20;
	if (rte_service_lcore_list(&lcore, 1) != 1)
		return TEST_FAILED;
	TEST_ASSERT_EQ(rte_service_component_register(&spec, &burner), 0);
	rte_service_component_runstate_set(burner, 1);
	rte_service_runstate_set(burner, 1);
	TEST_ASSERT_EQ(rte_service_map_lcore_set(burner, lcore, 1), 0);
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static void
slow_teardown(void)
{
	rte_service_component_runstate_set(burner, 0);
	rte_service_runstate_set(burner, 0);
	while (rte_service_may_be_active(burner) == 1)
		rte_pause();
	rte_service_component_unregister(burner);
	eng_suite_teardown();
}

#define RACE_SUITE(which, suite_name, suite_teardown) \
	static struct test_suite which##_suite = { \
		.name = suite_name, \
		.setup = which##_setup, \
		.teardown = suite_teardown, \
		.cases = races, \
		.nb_cases = RTE_DIM(races), \
	}; \
	RTE_INIT(which##_register) \
	{ \
		which##_suite.eal_args = eng_eal_args(); \
		test_suite_register(&which##_suite); \
	}

RACE_SUITE(inline, "engine_race", eng_suite_teardown)
RACE_SUITE(thread, "engine_race_thread", eng_suite_teardown)
RACE_SUITE(generic, "engine_race_generic", eng_suite_teardown)
RACE_SUITE(generic_thread, "engine_race_generic_thread", eng_suite_teardown)
RACE_SUITE(slow, "engine_race_slow_lcore", slow_teardown)
