/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Races: terminate_sync against callbacks that submit again, completions, and cyclic transfers. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "test_engine_race.h"

/* --- terminate_sync against callbacks that submit again --- */

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
	stream->buffer = race_memory(256);
	pthread_mutex_lock(&stream->lock);
	for (unsigned int i = 0; i < RACE_STREAMS && stream->buffer != NULL; i++)
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
	race_memory_free(stream->buffer);
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
	uint32_t count = race_rounds(2);

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
	return race_adds_up(eng_chan);
}

static void *
terminate_runner(void *arg)
{
	struct race_runner *me = arg;

	me->result = terminate_rounds(me->chan, me->rounds);
	return NULL;
}

ENG_CASE(terminate_sync_against_callbacks_that_submit, ENG_ANY)
{
	struct race_runner me = { .chan = eng_chan, .rounds = race_rounds(6) };

	TEST_ASSERT_EQ(pthread_create(&me.thread, NULL, terminate_runner, &me), 0);
	pthread_join(me.thread, NULL);
	TEST_CALL(me.result);
	return race_adds_up(eng_chan);
}

ENG_CASE(two_channels_beside_each_other, ENG_ANY)
{
	struct race_runner runners[2] = {
		{ .chan = eng_chan, .rounds = race_rounds(2) },
		{ .chan = eng_second(), .rounds = race_rounds(2) },
	};

	TEST_ASSERT(runners[1].chan != NULL);
	for (unsigned int i = 0; i < 2; i++)
		TEST_ASSERT_EQ(pthread_create(&runners[i].thread, NULL, terminate_runner,
					      &runners[i]), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(runners[i].thread, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		TEST_CALL(runners[i].result);
		TEST_CALL(race_adds_up(runners[i].chan));
	}
	return TEST_OK;
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
	ring->buffer = race_memory(1024);
	TEST_ASSERT(ring->buffer != NULL);
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(ring->buffer), 1024, 256,
					 DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = one_more;
	desc->callback_param = ring;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	/* Before the first period, or whenever; a slow tasklet would never come to one. */
	if (round % 16 == 15)
		ENG_WAIT(atomic_load(&ring->calls) != 0);
	for (uint32_t spin = round % 9; spin > 0; spin--)
		sched_yield();
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	memset(ring->buffer, 0x5a, 1024);
	sched_yield();
	intact = eng_all(ring->buffer, 1024, 0x5a);
	*periods += atomic_load(&ring->calls);
	race_memory_free(ring->buffer);
	memset(ring, 0xa5, sizeof(*ring));
	free(ring);
	TEST_ASSERT(intact);
	return TEST_OK;
}

ENG_CASE(terminate_sync_against_cyclic_callbacks, ENG_ANY,
	 .args = "port=source/fifo:1k/rate:20M,port=sink")
{
	struct dma_slave_config config = eng_far();
	uint32_t count = race_rounds(2), periods = 0;

	/* Port 0 is a source here. Were it not paced, a device that runs inside of the doorbell
	 * would be busy with its data most of the time; so a period is one burst, each 13 us.
	 */
	config.src_maxburst = 256 / config.src_addr_width;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	for (uint32_t i = 0; i < count; i++)
		TEST_CALL(cyclic_round(i, &periods));
	test_note("%u periods in %u rounds", periods, count);
	TEST_ASSERT(periods != 0);
	return race_adds_up(eng_chan);
}

static const struct test_case cases[] = {
	ENG_TEST(terminate_sync_right_after_completion),
	ENG_TEST(terminate_sync_against_callbacks_that_submit),
	ENG_TEST(two_channels_beside_each_other),
	ENG_TEST(terminate_sync_against_cyclic_callbacks),
};

const struct race_list race_terminate = { cases, RTE_DIM(cases) };
