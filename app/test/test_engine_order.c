/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, order and submission: B11 to B16. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "test_engine_env.h"

#define SUBMITTERS	4
#define EACH		1000

ENG_CASE(B11_data_moves_in_submit_order, ENG_ANY)
{
	const uint32_t hops = 40, bytes = 1024;
	const uint8_t *from = eng_src;
	dma_cookie_t cookie = 0;

	/* Each copy reads what the one before has written. */
	for (uint32_t i = 0; i < hops; i++) {
		cookie = eng_submit_copy(eng_dst + i * bytes, from, bytes, NULL);
		from = eng_dst + i * bytes;
	}
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(memcmp(from, eng_src, bytes) == 0);
	return TEST_OK;
}

struct sequence {
	_Atomic uint32_t seen, wrong;
};

struct place {
	struct sequence *all;
	uint32_t number;
};

static void
in_sequence(void *param)
{
	struct place *place = param;

	if (atomic_fetch_add(&place->all->seen, 1) != place->number)
		atomic_fetch_add(&place->all->wrong, 1);
}

ENG_CASE(B11_callbacks_come_in_submit_order, ENG_ANY)
{
	struct sequence all = { 0 };
	struct place places[60];

	for (uint32_t i = 0; i < RTE_DIM(places); i++) {
		/* Long and short ones in turn: a short one must not overtake. */
		struct dma_async_tx_descriptor *desc =
			eng_copy(eng_dst, eng_src, i % 2 == 0 ? 16384 : 16, NULL);

		TEST_ASSERT(desc != NULL);
		places[i] = (struct place){ &all, i };
		desc->callback = in_sequence;
		desc->callback_param = &places[i];
		TEST_ASSERT(dmaengine_submit(desc) > 0);
	}
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&all.seen) == RTE_DIM(places));
	TEST_ASSERT_EQ(atomic_load(&all.wrong), 0);
	return TEST_OK;
}

ENG_CASE(B12_what_comes_after_an_issue_waits_for_the_next, ENG_ANY)
{
	_Atomic uint32_t calls = 0, later = 0;
	dma_cookie_t first, second;

	TEST_CALL(eng_hold());
	first = eng_submit_copy(eng_dst, eng_src, 4096, &calls);
	dma_async_issue_pending(eng_chan);
	second = eng_submit_copy(eng_dst + 4096, eng_src, 4096, &later);
	TEST_CALL(eng_go());
	TEST_CALL(eng_wait_complete(first));
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(eng_status(second), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_stats().in_flight, 0);
	TEST_ASSERT(eng_untouched(eng_dst + 4096, 4096));
	TEST_ASSERT_EQ(atomic_load(&later), 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(second));
	TEST_ASSERT(memcmp(eng_dst + 4096, eng_src, 4096) == 0);
	return TEST_OK;
}

ENG_CASE(B13_issue_is_harmless_on_an_empty_or_running_queue, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie = 0;

	for (unsigned int i = 0; i < 10; i++)
		dma_async_issue_pending(eng_chan);
	dma_issue_pending_all();
	TEST_CALL(eng_settle());
	for (unsigned int i = 0; i < 50; i++) {
		cookie = eng_submit_copy(eng_dst + i * 4096, eng_src + i * 4096, 4096, &calls);
		dma_async_issue_pending(eng_chan);
		dma_async_issue_pending(eng_chan);
	}
	TEST_CALL(eng_wait_complete(cookie));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(atomic_load(&calls), 50);
	TEST_ASSERT_EQ(eng_stats().completed, 50);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 50 * 4096) == 0);
	return TEST_OK;
}

struct submitter {
	pthread_t thread;
	_Atomic uint32_t *calls;
	dma_cookie_t cookies[EACH];
	bool failed;
};

static void *
submit_many(void *arg)
{
	struct submitter *me = arg;
	uint64_t deadline = test_now_ns() + ENG_WAIT_MS * UINT64_C(1000000);
	uint32_t done = 0;

	while (done < EACH && test_now_ns() < deadline) {
		dma_cookie_t cookie = eng_submit_copy(eng_dst, eng_src, 64, me->calls);

		if (cookie > 0)
			me->cookies[done++] = cookie;
		else if (cookie != -ENOMEM)
			break;
		if (cookie < 0 || done % 8 == 0)
			dma_async_issue_pending(eng_chan);
		if (cookie < 0)
			sched_yield();
	}
	dma_async_issue_pending(eng_chan);
	me->failed = done != EACH;
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	const dma_cookie_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

ENG_CASE(B14_threads_may_submit_at_once, ENG_ANY)
{
	static dma_cookie_t all[SUBMITTERS * EACH];
	static struct submitter submitters[SUBMITTERS];
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_background());
	for (unsigned int i = 0; i < SUBMITTERS; i++) {
		submitters[i].calls = &calls;
		TEST_ASSERT_EQ(pthread_create(&submitters[i].thread, NULL, submit_many,
					      &submitters[i]), 0);
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++) {
		pthread_join(submitters[i].thread, NULL);
		memcpy(all + i * EACH, submitters[i].cookies, sizeof(submitters[i].cookies));
	}
	for (unsigned int i = 0; i < SUBMITTERS; i++) {
		TEST_ASSERT(!submitters[i].failed);
		/* Each thread saw its own in order. */
		for (unsigned int c = 1; c < EACH; c++)
			TEST_ASSERT(submitters[i].cookies[c - 1] < submitters[i].cookies[c]);
	}
	ENG_WAIT(atomic_load(&calls) == RTE_DIM(all));
	qsort(all, RTE_DIM(all), sizeof(all[0]), by_value);
	for (unsigned int i = 0; i < RTE_DIM(all); i++)
		TEST_ASSERT_EQ(all[i], (int)i + 1);
	TEST_ASSERT_EQ(eng_stats().submitted, RTE_DIM(all));
	TEST_ASSERT_EQ(eng_stats().completed, RTE_DIM(all));
	return TEST_OK;
}

ENG_CASE(B15_prepared_but_not_submitted_never_runs, ENG_ANY, .keeps = true)
{
	_Atomic uint32_t calls = 0;

	TEST_ASSERT(eng_copy(eng_dst, eng_src, 4096, &calls) != NULL);
	TEST_CALL(eng_usable());
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_settle());
	TEST_ASSERT(eng_untouched(eng_dst, 4096));
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT_EQ(eng_stats().submitted, 1);
	/* It is not lost for ever: the channel gives it back with its pool. */
	eng_release();
	TEST_CALL(eng_request());
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return TEST_OK;
}

static int
all_preps_refuse(struct dma_chan *chan)
{
	union {
		struct dma_interleaved_template xt;
		uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
	} frame = { .xt = { .numf = 1, .frame_size = 1, .dir = DMA_MEM_TO_MEM } };
	dma_addr_t src = eng_addr(eng_src), dst = eng_addr(eng_dst);
	struct dma_vec vec = { src, 64 };
	struct scatterlist sg;

	frame.xt.sgl[0] = (struct data_chunk){ .size = 64 };
	sg_init_one(&sg, eng_src, 64);
	sg_dma_address(&sg) = src;
	sg_dma_len(&sg) = 64;
	TEST_ASSERT(dmaengine_prep_dma_memcpy(chan, dst, src, 64, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_dma_memset(chan, dst, 0, 64, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_sg(chan, &sg, 1, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_single(chan, src, 64, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_dma_cyclic(chan, src, 64, 32, DMA_DEV_TO_MEM, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_interleaved_dma(chan, &frame.xt, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_peripheral_dma_vec(chan, &vec, 1, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_rio_sg(chan, &sg, 1, DMA_MEM_TO_DEV, 0, NULL) == NULL);
	return TEST_OK;
}

ENG_CASE(B16_null_channel_and_unsupported_operations_give_null, ENG_ANY)
{
	struct eng_bare bare;

	TEST_CALL(eng_log_begin());
	TEST_CALL(all_preps_refuse(NULL));
	TEST_ASSERT(strstr(eng_log_end(), "dmaengine_prep_dma_memcpy") != NULL);
	eng_bare_init(&bare);
	TEST_CALL(all_preps_refuse(&bare.chan));
	/* What no backend does is absent, and said to be. */
	TEST_ASSERT(eng_chan->device->device_prep_dma_xor == NULL);
	TEST_ASSERT(eng_chan->device->device_prep_dma_pq == NULL);
	TEST_ASSERT(!dma_has_cap(DMA_XOR, eng_chan->device->cap_mask));
	TEST_ASSERT(!dma_has_cap(DMA_PQ, eng_chan->device->cap_mask));
	return eng_usable();
}

ENG_CASE(B16_memset_where_the_device_fills, ENG_FILL)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	desc = dmaengine_prep_dma_memset(eng_chan, eng_addr(eng_dst), 0x15a, 1000, 0);
	TEST_ASSERT_EQ(dma_has_cap(DMA_MEMSET, eng_chan->device->cap_mask), eng_can(ENG_FILL));
	if (!eng_can(ENG_FILL)) {
		TEST_ASSERT(desc == NULL);
		TEST_ASSERT(eng_chan->device->device_prep_dma_memset == NULL);
		return TEST_OK;
	}
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(eng_all(eng_dst, 1000, 0x5a));
	TEST_ASSERT(eng_untouched(eng_dst + 1000, 64));
	return TEST_OK;
}

ENG_CASE(B16_full_pool_gives_null_and_recovers, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	uint32_t n = 0;

	while ((desc = eng_copy(eng_dst, eng_src, 64, &calls)) != NULL && n < 2 * ENG_POOL) {
		TEST_ASSERT(dmaengine_submit(desc) > 0);
		n++;
	}
	TEST_ASSERT_EQ(n, ENG_POOL);
	TEST_ASSERT_EQ(eng_stats().pool_free, 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) == n);
	return eng_usable();
}

static const struct test_case order[] = {
	ENG_TEST(B11_data_moves_in_submit_order),
	ENG_TEST(B11_callbacks_come_in_submit_order),
	ENG_TEST(B12_what_comes_after_an_issue_waits_for_the_next),
	ENG_TEST(B13_issue_is_harmless_on_an_empty_or_running_queue),
	ENG_TEST(B14_threads_may_submit_at_once),
	ENG_TEST(B15_prepared_but_not_submitted_never_runs),
	ENG_TEST(B16_null_channel_and_unsupported_operations_give_null),
	ENG_TEST(B16_memset_where_the_device_fills),
	ENG_TEST(B16_full_pool_gives_null_and_recovers),
};
ENG_TOPIC(order)
