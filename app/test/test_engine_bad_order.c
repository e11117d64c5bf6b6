/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Calls in the wrong order, twice, or where they would wait for themselves: an error and a log
 * line, and the channel stays usable. Cases of the suites in test_engine_bad_input.c.
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "test_engine_bad_input.h"

/* --- order of calls --- */

ENG_CASE(adding_a_device_checks_its_arguments, ENG_ANY)
{
	struct dmaengine_compat_conf conf = { .pool = 3 };
	struct dmaengine_compat_tasklet_stats stats;
	dma_cap_mask_t mask;
	uint32_t service;

	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, NULL), -EEXIST);
	TEST_ASSERT_EQ(dmaengine_compat_add(-1, NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_add(INT16_MAX, NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), -EBUSY);
	TEST_ASSERT_EQ(dmaengine_compat_close(), -EBUSY);
	TEST_CALL(eng_usable());
	eng_release();
	TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), 0);
	/* Before it is added, and after it has been removed. */
	TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), -ENODEV);
	TEST_ASSERT_EQ(dmaengine_compat_run(eng_dev), -ENODEV);
	TEST_ASSERT_EQ(dmaengine_compat_run_all(), 0);
	TEST_ASSERT_EQ(dmaengine_compat_service_id(eng_dev, &service), -ENODEV);
	TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), -ENODEV);
	TEST_ASSERT_EQ(dmaengine_compat_tasklet_stats(eng_dev, &stats), -ENODEV);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan_by_mask(&mask)), -EPROBE_DEFER);
	TEST_ASSERT(dma_request_channel(mask, NULL, NULL) == NULL);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(dmaengine_compat_device(ENG_CLIENT), "tx")),
		       -EPROBE_DEFER);
	dma_issue_pending_all();
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), -EINVAL);
	conf = (struct dmaengine_compat_conf){ .pool = 32769 };
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), -EINVAL);
	conf = (struct dmaengine_compat_conf){ .channels = 65 };
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), -EINVAL);
	conf = (struct dmaengine_compat_conf){ .first_cookie = -1 };
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), -EINVAL);
	conf = (struct dmaengine_compat_conf){ .run = (enum dmaengine_compat_run)7 };
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), -EINVAL);
	conf = (struct dmaengine_compat_conf){ .pool = ENG_POOL, .backend = eng->backend };
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), 0);
	TEST_CALL(eng_request());
	return eng_usable();
}

ENG_CASE(a_released_channel_refuses_every_call, ENG_ANY)
{
	struct dma_slave_config config = eng_far();
	struct dmaengine_compat_chan_stats stats;
	struct dma_chan *chan = eng_chan;

	TEST_CALL(eng_usable());
	eng_release();
	TEST_ASSERT(eng_copy_on(chan, eng_dst, eng_src, 64, NULL) == NULL);
	TEST_ASSERT(dmaengine_prep_dma_cyclic(chan, eng_addr(eng_dst), 64, 64, DMA_DEV_TO_MEM,
					      0) == NULL);
	TEST_ASSERT_EQ(dmaengine_slave_config(chan, &config), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_tx_status(chan, 1, NULL), DMA_ERROR);
	TEST_ASSERT_EQ(dmaengine_pause(chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_resume(chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_async(chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(chan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_chan_stats(chan, &stats), -EINVAL);
	dma_async_issue_pending(chan);
	dmaengine_synchronize(chan);
	TEST_CALL(eng_log_begin());
	dma_release_channel(chan);
	TEST_ASSERT(bad_input_logged("not held"));
	TEST_CALL(eng_request());
	return eng_usable();
}

static void *
release_it(void *chan)
{
	dma_release_channel(chan);
	return NULL;
}

ENG_CASE(two_threads_release_it_once, ENG_ANY)
{
	TEST_CALL(eng_background());
	for (unsigned int round = 0; round < 100; round++) {
		struct dma_chan *chan = eng_chan;
		pthread_t threads[2];

		TEST_CALL(eng_log_begin());
		TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, NULL) > 0);
		dma_async_issue_pending(chan);
		for (unsigned int i = 0; i < 2; i++)
			TEST_ASSERT_EQ(pthread_create(&threads[i], NULL, release_it, chan), 0);
		for (unsigned int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		TEST_ASSERT(bad_input_logged("not held"));
		TEST_ASSERT_EQ(chan->client_count, 0);
		TEST_CALL(eng_request());
		TEST_ASSERT(eng_chan == chan);
	}
	return eng_usable();
}

ENG_CASE(an_error_pointer_is_not_released, ENG_ANY)
{
	TEST_CALL(eng_log_begin());
	dma_release_channel(ERR_PTR(-EPROBE_DEFER));
	TEST_ASSERT(bad_input_logged("dma_release_channel"));
	return eng_usable();
}

ENG_CASE(submitting_twice_is_refused, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, &calls);

	TEST_CALL(eng_hold());
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	TEST_CALL(eng_log_begin());
	TEST_ASSERT_EQ(dmaengine_submit(desc), -EINVAL);
	TEST_ASSERT(bad_input_logged("submit"));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_go());
	ENG_WAIT(atomic_load(&calls) == 1);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	/* Complete, and not reusable. */
	TEST_CALL(eng_log_begin());
	TEST_ASSERT_EQ(dmaengine_submit(desc), -EINVAL);
	TEST_ASSERT(bad_input_logged("submit"));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(atomic_load(&calls), 1);
	TEST_ASSERT_EQ(eng_stats().submitted, 2);
	return TEST_OK;
}

ENG_CASE(a_cookie_never_given_out_is_an_error, ENG_ANY)
{
	struct dma_tx_state state;

	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(eng_status(0), DMA_ERROR);
	TEST_ASSERT_EQ(eng_status(-EINVAL), DMA_ERROR);
	TEST_ASSERT_EQ(eng_status(1000), DMA_ERROR);
	TEST_ASSERT_EQ(eng_status(INT_MAX), DMA_ERROR);
	TEST_ASSERT_EQ(dmaengine_tx_status(eng_chan, 1000, &state), DMA_ERROR);
	TEST_ASSERT_EQ(state.residue, 0);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, -EINVAL), DMA_ERROR);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, 0), DMA_ERROR);
	TEST_ASSERT_EQ(dma_async_is_complete(-1, 1, 1), DMA_ERROR);
	return eng_usable();
}

/* --- from inside a callback --- */

struct inside {
	_Atomic uint32_t calls;
	int terminate;
	enum dma_status wait;
	int run;
	struct dma_chan *chan, *found, *asked;
	dma_cookie_t later;
};

static void
do_what_would_wait(void *param)
{
	struct inside *in = param;

	in->terminate = dmaengine_terminate_sync(in->chan);
	in->wait = dma_sync_wait(in->chan, in->later);
	in->run = dmaengine_compat_run(eng_dev);
	dmaengine_synchronize(in->chan);
	dma_release_channel(in->chan);
	dmaengine_put();
	in->found = dma_find_channel(DMA_MEMCPY);
	in->asked = dma_request_chan(dmaengine_compat_device(ENG_CLIENT), "tx");
	atomic_store(&in->calls, 1);
}

/* The one user of the public channels; a device of one channel has none to be found. */
static int
last_user_leaves(void)
{
	struct dma_chan *shared = dma_find_channel(DMA_MEMCPY);

	TEST_ASSERT_EQ(shared != NULL, eng_chan->device->chancnt > 1);
	dmaengine_put();
	TEST_ASSERT(dma_find_channel(DMA_MEMCPY) == NULL);
	if (shared != NULL)
		TEST_ASSERT_EQ(shared->client_count, 0);
	return 0;
}

ENG_CASE(waiting_in_a_callback_is_refused, ENG_ANY)
{
	struct inside in = { .chan = eng_chan };
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	uint64_t start = test_now_ns();
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_log_begin());
	dmaengine_get();
	desc->callback = do_what_would_wait;
	desc->callback_param = &in;
	TEST_CALL(eng_hold());
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	in.later = eng_submit_copy(eng_dst + 64, eng_src, 64, &calls);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_go());
	ENG_WAIT(atomic_load(&in.calls) == 1);
	/* Nothing was terminated, released or waited for. */
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT(test_now_ns() - start < ENG_WAIT_MS * UINT64_C(1000000));
	TEST_ASSERT_EQ(in.terminate, -EDEADLK);
	TEST_ASSERT_EQ(in.wait, DMA_ERROR);
	TEST_ASSERT_EQ(in.run, -EDEADLK);
	TEST_ASSERT(in.found == NULL);
	TEST_ASSERT_EQ(PTR_ERR(in.asked), -EDEADLK);
	TEST_CALL(eng_settle());
	TEST_ASSERT(bad_input_logged("dmaengine_terminate_sync"));
	TEST_ASSERT(strstr(eng_log_end(), "dmaengine_synchronize") != NULL);
	TEST_ASSERT(strstr(eng_log_end(), "dma_release_channel") != NULL);
	TEST_ASSERT(strstr(eng_log_end(), "dma_sync_wait") != NULL);
	TEST_ASSERT(strstr(eng_log_end(), "dmaengine_put") != NULL);
	TEST_ASSERT_EQ(eng_chan->client_count, 1);
	TEST_CALL(last_user_leaves());
	return eng_usable();
}

const struct test_case bad_order[] = {
	ENG_TEST(adding_a_device_checks_its_arguments),
	ENG_TEST(a_released_channel_refuses_every_call),
	ENG_TEST(two_threads_release_it_once),
	ENG_TEST(an_error_pointer_is_not_released),
	ENG_TEST(submitting_twice_is_refused),
	ENG_TEST(a_cookie_never_given_out_is_an_error),
	ENG_TEST(waiting_in_a_callback_is_refused),
};
const unsigned int nb_bad_order = RTE_DIM(bad_order);
