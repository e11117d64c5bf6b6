/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Races: release and request against callbacks that submit. */

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "test_engine_race.h"

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
	endless->buffer = race_memory(256);
	TEST_ASSERT(endless->buffer != NULL);
	for (unsigned int i = 0; i < RACE_STREAMS; i++) {
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
	race_memory_free(endless->buffer);
	memset(endless, 0xa5, sizeof(*endless));
	free(endless);
	TEST_ASSERT(intact);
	return TEST_OK;
}

static void *
release_runner(void *arg)
{
	struct race_runner *me = arg;
	struct device *client = dmaengine_compat_device(ENG_CLIENT);

	for (uint32_t i = 0; i < me->rounds && me->result == TEST_OK; i++)
		me->result = release_round(client, me->number == 0 ? "tx" : "rx", i);
	return NULL;
}

ENG_CASE(release_and_request_against_callbacks_that_submit, ENG_ANY)
{
	struct race_runner runners[2] = {
		{ .number = 0, .rounds = race_rounds(1) },
		{ .number = 1, .rounds = race_rounds(1) },
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

static const struct test_case cases[] = {
	ENG_TEST(release_and_request_against_callbacks_that_submit),
};

const struct race_list race_release = { cases, RTE_DIM(cases) };
