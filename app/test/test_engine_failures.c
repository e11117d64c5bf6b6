/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * What the library needs of others fails: memory, the device's set-up, the service, the thread.
 * Each call says so with an error, leaves nothing behind, and succeeds the next time.
 */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"
#include "test_engine_fail.h"
#include "test_telemetry_client.h"

#define MOST_CALLS	1000

static struct dmaengine_compat_conf
conf_of_suite(void)
{
	return (struct dmaengine_compat_conf){
		.pool = ENG_POOL, .ring = 256, .backend = eng->backend, .run = eng->run,
	};
}

static int
add(void)
{
	const struct dmaengine_compat_conf conf = conf_of_suite();

	return dmaengine_compat_add(eng_dev, &conf);
}

static int
add_again(void)
{
	TEST_ASSERT_EQ(add(), 0);
	TEST_CALL(eng_request());
	return eng_usable();
}

/* --- memory --- */

/* One allocation after the other fails, until there is none left. */
static int
add_without(enum fail_what what)
{
	unsigned int nth, refused = 0;
	bool failed = true;
	int ret;

	for (nth = 1; failed && nth < MOST_CALLS; nth++) {
		fail_nth(what, nth);
		ret = add();
		failed = fail_end();
		/* What DPDK needs memory for in between may be less important to it. */
		TEST_ASSERT(ret == 0 || failed);
		refused += ret == -ENOMEM;
		if (ret == 0)
			TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), 0);
	}
	TEST_ASSERT(!failed);
	TEST_ASSERT(refused >= 2);
	return TEST_OK;
}

ENG_CASE(a_device_is_added_whole_or_not_at_all, ENG_ANY)
{
	TEST_CALL(eng_take_away());
	TEST_CALL(add_without(FAIL_DPDK_MEMORY));
	if (fail_supported(FAIL_HEAP))
		TEST_CALL(add_without(FAIL_HEAP));
	return add_again();
}

ENG_CASE(a_channel_is_requested_whole_or_not_at_all, ENG_ANY)
{
	struct device *client = dmaengine_compat_device(ENG_CLIENT);
	struct dma_chan *chan = NULL;
	unsigned int nth;
	bool failed = true;

	eng_release();
	for (nth = 1; failed && nth < MOST_CALLS; nth++) {
		fail_nth(FAIL_DPDK_MEMORY, nth);
		chan = dma_request_chan(client, "tx");
		failed = fail_end();
		TEST_ASSERT_EQ(PTR_ERR_OR_ZERO(chan), failed ? -ENOMEM : 0);
	}
	TEST_ASSERT(nth > 2 && !failed);
	eng_chan = chan;
	return eng_usable();
}

/* The other ways to a channel: no memory is no channel, and the next call has one. */
ENG_CASE(without_memory_nothing_is_found, ENG_ANY)
{
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	eng_release();
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	for (int16_t i = 0; i < eng_dev; i++)
		TEST_ASSERT(dmaengine_compat_remove(i) != 0);
	fail_nth(FAIL_DPDK_MEMORY, 1);
	chan = dma_request_channel(mask, NULL, NULL);
	TEST_ASSERT(fail_end());
	/* The second channel of the device took its place. */
	TEST_ASSERT(chan != NULL);
	TEST_ASSERT_EQ(chan->chan_id, 1);
	fail_nth(FAIL_DPDK_MEMORY, 1);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan_by_mask(&mask)), -ENODEV);
	TEST_ASSERT(fail_end());
	dmaengine_get();
	fail_nth(FAIL_DPDK_MEMORY, 1);
	TEST_ASSERT(dma_find_channel(DMA_MEMCPY) == NULL);
	TEST_ASSERT(fail_end());
	TEST_ASSERT(dma_find_channel(DMA_MEMCPY) != NULL);
	dmaengine_put();
	dma_release_channel(chan);
	TEST_CALL(eng_request());
	return eng_usable();
}

ENG_CASE(a_line_of_the_map_is_added_whole_or_not_at_all, ENG_ANY)
{
	struct dmaengine_compat_chan_spec spec = { "none", 0 };
	const struct dma_slave_map lines[] = {
		{ "failures", "first", &spec }, { "failures", "second", &spec },
	};
	struct device *client = dmaengine_compat_device("failures");
	bool failed = fail_supported(FAIL_HEAP);

	for (unsigned int nth = 1; failed; nth++) {
		fail_nth(FAIL_HEAP, nth);
		failed = dmaengine_compat_map_add(lines, RTE_DIM(lines)) == -ENOMEM;
		TEST_ASSERT_EQ(fail_end(), failed);
		/* The map is in order: who looks through all of it comes to an end. */
		TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(client, "first")), -EPROBE_DEFER);
		TEST_ASSERT(nth < MOST_CALLS);
	}
	return eng_usable();
}

ENG_CASE(small_things_without_memory_are_refused, ENG_ANY)
{
	struct device *dev = eng_chan->device->dev;
	struct sg_table table = { .nents = 7 };
	dma_addr_t addr = 0;

	/* Neither on the device's node nor elsewhere. */
	TEST_ASSERT(dma_alloc_coherent(dev, (size_t)1 << 40, &addr, GFP_KERNEL) == NULL);
	TEST_ASSERT_EQ(addr, DMA_MAPPING_ERROR);
	if (!fail_supported(FAIL_HEAP))
		return eng_usable();
	fail_nth(FAIL_HEAP, 1);
	TEST_ASSERT(dmaengine_compat_device("without memory") == NULL);
	TEST_ASSERT(fail_end());
	fail_nth(FAIL_HEAP, 1);
	TEST_ASSERT(dmaengine_get_unmap_data(dev, 2, GFP_KERNEL) == NULL);
	TEST_ASSERT(fail_end());
	fail_nth(FAIL_HEAP, 1);
	TEST_ASSERT_EQ(sg_alloc_table(&table, 4, GFP_KERNEL), -ENOMEM);
	TEST_ASSERT(fail_end());
	TEST_ASSERT(table.sgl == NULL && table.nents == 0);
	return eng_usable();
}

ENG_CASE(coherent_memory_comes_from_another_node_where_there_is_none, ENG_ANY)
{
	struct device *dev = eng_chan->device->dev;
	dma_addr_t addr;
	void *memory;

	fail_nth(FAIL_DPDK_MEMORY, 1);
	memory = dma_alloc_coherent(dev, 4096, &addr, GFP_KERNEL);
	TEST_ASSERT(fail_end());
	TEST_ASSERT(memory != NULL);
	TEST_ASSERT_EQ(addr, eng_addr(memory));
	dma_free_coherent(dev, 4096, memory, addr);
	return eng_usable();
}

ENG_CASE(telemetry_without_memory_is_refused, ENG_ANY)
{
	static struct tel_client client;
	unsigned int nth;
	bool failed = true;
	int ret;

	TEST_ASSERT_EQ(tel_open(&client), 0);
	for (nth = 1; failed && nth < MOST_CALLS; nth++) {
		fail_nth(FAIL_TELEMETRY_MEMORY, nth);
		ret = tel_ask(&client, "/dmaengine/info,%d", eng_dev);
		failed = fail_end();
		TEST_ASSERT_EQ(ret, 0);
		TEST_ASSERT_EQ(tel_refused(&client), failed);
	}
	TEST_ASSERT_EQ(nth, 5);	/* three lists, then none */
	tel_close(&client);
	return eng_usable();
}

/* --- the device and the service --- */

static int
add_refused(enum fail_what what, int error)
{
	int ret;

	TEST_CALL(eng_log_begin());
	fail_nth(what, 1);
	ret = add();
	TEST_ASSERT(fail_end());
	TEST_ASSERT_EQ(ret, error);
	eng_log_end();
	/* Nothing of it is left. */
	TEST_ASSERT_EQ(dmaengine_compat_run(eng_dev), -ENODEV);
	return TEST_OK;
}

static int
add_refused_with_a_word(enum fail_what what, int error)
{
	TEST_CALL(add_refused(what, error));
	TEST_ASSERT(strstr(eng_log_end(), "cannot be made a DMA Engine device") != NULL);
	TEST_ASSERT(strstr(eng_log_end(), strerror(-error)) != NULL);
	return TEST_OK;
}

ENG_CASE(a_device_that_refuses_is_not_added, ENG_ANY)
{
	TEST_CALL(eng_take_away());
	TEST_CALL(add_refused(FAIL_DMA_INFO, -EIO));
	TEST_CALL(add_refused_with_a_word(FAIL_DMA_CONFIGURE, -EIO));
	TEST_CALL(add_refused_with_a_word(FAIL_DMA_VCHAN_SETUP, -EIO));
	TEST_CALL(add_refused_with_a_word(FAIL_DMA_START, -EIO));
	if (eng->backend == DMAENGINE_COMPAT_BACKEND_REFDMA)
		TEST_CALL(add_refused_with_a_word(FAIL_REFDMA_INFO, -ENOTSUP));
	return add_again();
}

ENG_CASE(without_a_tasklet_a_device_is_not_added, ENG_ANY)
{
	TEST_CALL(eng_take_away());
	if (eng->run == DMAENGINE_COMPAT_RUN_SERVICE) {
		TEST_CALL(add_refused_with_a_word(FAIL_SERVICE_REGISTER, -ENOSPC));
		TEST_CALL(add_refused_with_a_word(FAIL_LCORE_START, -EINVAL));
	} else if (fail_supported(FAIL_THREAD)) {
		TEST_CALL(add_refused_with_a_word(FAIL_EVENTFD, -EMFILE));
		TEST_CALL(add_refused_with_a_word(FAIL_THREAD, -EAGAIN));
	}
	return add_again();
}

ENG_CASE(a_stopped_tasklet_that_cannot_start_says_so, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), 0);
	TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), 0);
	TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
	dma_async_issue_pending(eng_chan);
	if (eng->run == DMAENGINE_COMPAT_RUN_SLEEP && fail_supported(FAIL_THREAD)) {
		fail_nth(FAIL_THREAD, 1);
		TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), -EAGAIN);
		TEST_ASSERT(fail_end());
		fail_nth(FAIL_HEAP, 1);
		TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), -ENOMEM);
		TEST_ASSERT(fail_end());
	}
	TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), 0);
	TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), 0);
	ENG_WAIT(atomic_load(&calls) == 1);
	return eng_usable();
}

static const struct test_case failures[] = {
	ENG_TEST(a_device_is_added_whole_or_not_at_all),
	ENG_TEST(a_channel_is_requested_whole_or_not_at_all),
	ENG_TEST(without_memory_nothing_is_found),
	ENG_TEST(a_line_of_the_map_is_added_whole_or_not_at_all),
	ENG_TEST(small_things_without_memory_are_refused),
	ENG_TEST(coherent_memory_comes_from_another_node_where_there_is_none),
	ENG_TEST(telemetry_without_memory_is_refused),
	ENG_TEST(a_device_that_refuses_is_not_added),
	ENG_TEST(without_a_tasklet_a_device_is_not_added),
	ENG_TEST(a_stopped_tasklet_that_cannot_start_says_so),
};

static int
setup(void)
{
	static struct eng_env env;

	env = *eng_env_find("engine_refdma_inline");
	env.backend = DMAENGINE_COMPAT_BACKEND_REFDMA;
	return eng_suite_setup(&env);
}

static int
setup_sleep(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_sleep"));
}

static struct test_suite suites[] = {
	{ .name = "engine_failures", .setup = setup },
	{ .name = "engine_failures_sleep", .setup = setup_sleep },
};

RTE_INIT(engine_failures_register)
{
	for (unsigned int i = 0; i < RTE_DIM(suites); i++) {
		suites[i].eal_args = eng_eal_args();
		suites[i].teardown = eng_suite_teardown;
		suites[i].cases = failures;
		suites[i].nb_cases = RTE_DIM(failures);
		test_suite_register(&suites[i]);
	}
}
