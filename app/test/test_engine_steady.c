/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Steady state: 100000 descriptors from a plain thread through the tasklet and back, without an
 * allocation in the process, without a mutex, and without a system call of the client's thread or
 * the tasklet's. Spinlocks that are inlined cannot be counted; there are none in the library.
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <rte_pause.h>

#include "test_engine_count.h"
#include "test_engine_env.h"

#define DESCRIPTORS	100000u
#define DEPTH		32u

enum kind {
	COPY,
	FILL,
	SLAVE,
};

struct client {
	enum kind kind;
	struct count_totals totals;
	_Atomic uint32_t done;
	int watched, result;
};

static void
watch_tasklet(void *param)
{
	atomic_store((_Atomic int *)param, count_watch_this_thread());
}

/* The tasklet's thread can be reached by a callback only; once for the life of the lcore. */
static int
watch_the_tasklet(void)
{
	static _Atomic int result = 1;
	struct dma_async_tx_descriptor *desc;

	if (atomic_load(&result) != 1)
		return atomic_load(&result);
	desc = eng_copy(eng_dst, eng_src, 64, NULL);
	TEST_ASSERT(desc != NULL);
	desc->callback = watch_tasklet;
	desc->callback_param = &result;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&result) != 1);
	return atomic_load(&result);
}

static struct dma_async_tx_descriptor *
prepare(enum kind kind, uint32_t n)
{
	uint8_t *dst = eng_dst + n % DEPTH * 256;
	uint8_t *src = eng_src + n % DEPTH * 256;

	if (kind == FILL)
		return dmaengine_prep_dma_memset(eng_chan, eng_addr(dst), n, 256, 0);
	if (kind == SLAVE)
		return dmaengine_prep_slave_single(eng_chan, eng_addr(src), 256, DMA_MEM_TO_DEV,
						   0);
	return dmaengine_prep_dma_memcpy(eng_chan, eng_addr(dst), eng_addr(src), 256, 0);
}

static int
run_descriptors(struct client *client, uint32_t count)
{
	uint32_t submitted = 0;
	dma_cookie_t cookie = 0;

	atomic_store(&client->done, 0);
	while (submitted < count) {
		struct dma_async_tx_descriptor *desc;

		if (submitted - atomic_load(&client->done) >= DEPTH) {
			rte_pause();
			continue;
		}
		desc = prepare(client->kind, submitted);
		if (desc == NULL)
			return TEST_FAILED;
		desc->callback = eng_count;
		desc->callback_param = &client->done;
		cookie = dmaengine_submit(desc);
		submitted++;
		if (submitted % 8 == 0)
			dma_async_issue_pending(eng_chan);
	}
	dma_async_issue_pending(eng_chan);
	while (atomic_load(&client->done) != count)
		rte_pause();
	return dmaengine_tx_status(eng_chan, cookie, NULL) == DMA_COMPLETE ? TEST_OK :
									      TEST_FAILED;
}

static void *
client_thread(void *arg)
{
	struct client *client = arg;

	client->watched = count_watch_this_thread();
	/* What is made once, is made now. */
	client->result = run_descriptors(client, 1000);
	count_begin();
	if (client->result == TEST_OK)
		client->result = run_descriptors(client, DESCRIPTORS);
	client->totals = count_end();
	return NULL;
}

static int
nothing_happens(enum kind kind)
{
	struct client client = { .kind = kind };
	pthread_t thread;
	int watched;

	if (count_supported() != 0) {
		test_note("a sanitizer has the functions that would be counted");
		return TEST_SKIPPED;
	}
	watched = watch_the_tasklet();
	TEST_ASSERT_EQ(pthread_create(&thread, NULL, client_thread, &client), 0);
	pthread_join(thread, NULL);
	TEST_ASSERT_EQ(client.result, TEST_OK);
	TEST_ASSERT_EQ(client.totals.heap, 0);
	TEST_ASSERT_EQ(client.totals.dpdk, 0);
	/* The device is in the tasklet here, and its ports have a lock of their own. */
	if (kind != SLAVE)
		TEST_ASSERT_EQ(client.totals.mutexes, 0);
	TEST_ASSERT(eng_stats().completed >= DESCRIPTORS + 1000);
	if (watched != 0 || client.watched != 0) {
		test_note("system calls cannot be watched here: %s, %s", strerror(-watched),
			  strerror(-client.watched));
		return TEST_OK;
	}
	if (client.totals.calls != 0)
		test_note("the latest system call was number %d", client.totals.last_call);
	TEST_ASSERT_EQ(client.totals.calls, 0);
	return TEST_OK;
}

ENG_CASE(copies_need_no_memory_lock_or_system_call, ENG_ANY)
{
	return nothing_happens(COPY);
}

ENG_CASE(fills_need_no_memory_lock_or_system_call, ENG_FILL)
{
	return nothing_happens(FILL);
}

ENG_CASE(slave_transfers_need_no_memory_or_system_call, ENG_PORTS)
{
	struct dma_slave_config config = eng_far();

	/* To the sink, which takes everything. */
	config.dst_addr += 0x1000;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	return nothing_happens(SLAVE);
}

/* That the counters count: each of these must be seen. */
static void *
disturb(void *arg)
{
	struct client *client = arg;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	dma_addr_t addr;
	void *p;

	client->watched = count_watch_this_thread();
	count_begin();
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	p = dma_alloc_coherent(eng_chan->device->dev, 64, &addr, 0);
	dma_free_coherent(eng_chan->device->dev, 64, p, addr);
	dmaengine_unmap_put(dmaengine_get_unmap_data(eng_chan->device->dev, 1, 0));
	client->result = dmaengine_terminate_sync(NULL);	/* logs: write() */
	client->totals = count_end();
	return NULL;
}

ENG_CASE(the_counters_count, ENG_ANY)
{
	struct client client = { 0 };
	pthread_t thread;

	if (count_supported() != 0) {
		test_note("a sanitizer has the functions that would be counted");
		return TEST_SKIPPED;
	}
	TEST_ASSERT_EQ(pthread_create(&thread, NULL, disturb, &client), 0);
	pthread_join(thread, NULL);
	TEST_ASSERT_EQ(client.result, -EINVAL);
	TEST_ASSERT(client.totals.heap != 0);
	TEST_ASSERT(client.totals.dpdk != 0);
	TEST_ASSERT(client.totals.mutexes != 0);
	TEST_ASSERT(client.totals.calls != 0 || client.watched != 0);
	return TEST_OK;
}

static const struct test_case steady[] = {
	ENG_TEST(the_counters_count),
	ENG_TEST(copies_need_no_memory_lock_or_system_call),
	ENG_TEST(fills_need_no_memory_lock_or_system_call),
	ENG_TEST(slave_transfers_need_no_memory_or_system_call),
};

static int
steady_setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static struct test_suite steady_suite = {
	.name = "engine_steady_state",
	.setup = steady_setup,
	.teardown = eng_suite_teardown,
	.cases = steady,
	.nb_cases = RTE_DIM(steady),
};

RTE_INIT(steady_register)
{
	steady_suite.eal_args = eng_eal_args();
	test_suite_register(&steady_suite);
}
