/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, residue and lifetime: B59 to B63. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

#define SEGMENTS	4
#define SEGMENT		256
#define TOTAL		(SEGMENTS * SEGMENT)

/* A list of segments with gaps between them, from the far side. */
static dma_cookie_t
receive_list(void)
{
	struct dma_async_tx_descriptor *desc;
	struct scatterlist sgl[SEGMENTS];
	dma_cookie_t cookie;

	sg_init_table(sgl, SEGMENTS);
	for (unsigned int i = 0; i < SEGMENTS; i++)
		sg_set_buf(&sgl[i], eng_dst + i * 2 * SEGMENT, SEGMENT);
	if (eng_far_config() != TEST_OK ||
	    dma_map_sg(eng_chan->device->dev, sgl, SEGMENTS, DMA_FROM_DEVICE) != SEGMENTS)
		return -1;
	desc = dmaengine_prep_slave_sg(eng_chan, sgl, SEGMENTS, DMA_DEV_TO_MEM, 0);
	cookie = desc != NULL ? dmaengine_submit(desc) : -1;
	dma_async_issue_pending(eng_chan);
	return cookie;
}

/* Granularity BURST: 32 bytes at a time here. */
static int
by_bursts(dma_cookie_t cookie)
{
	TEST_ASSERT_EQ(eng_residue(cookie), TOTAL);
	for (uint32_t done = 64; done < TOTAL; done += 64) {
		TEST_CALL(eng_far_put(eng_src + done - 64, 64));
		ENG_WAIT(eng_residue(cookie) == TOTAL - done);
	}
	return eng_far_put(eng_src + TOTAL - 64, 64);
}

static int
falls_to_zero(dma_cookie_t cookie)
{
	uint32_t before = TOTAL, now = TOTAL;

	TEST_WAIT((eng_poll(), before = now, now = eng_residue(cookie),
		   now > before || now % SEGMENT != 0 || now == 0), ENG_WAIT_MS);
	TEST_ASSERT_EQ(now, 0);
	return TEST_OK;
}

/* Granularity SEGMENT: the device stands before one after the other. */
static int
by_segments(void)
{
	for (uint32_t n = 1; n <= SEGMENTS; n++) {
		dma_cookie_t cookie;

		TEST_CALL(eng_stall(n));
		cookie = receive_list();
		TEST_ASSERT(cookie > 0);
		ENG_WAIT(eng_residue(cookie) == TOTAL - (n - 1) * SEGMENT);
		eng_settle_device();
		TEST_CALL(eng_settle());
		TEST_ASSERT_EQ(eng_residue(cookie), TOTAL - (n - 1) * SEGMENT);
		TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
		TEST_CALL(eng_unstall());
		TEST_CALL(falls_to_zero(cookie));
		TEST_CALL(eng_wait_complete(cookie));
	}
	return TEST_OK;
}

ENG_CASE(B59_residue_is_as_fine_as_the_caps_say, ENG_ANY)
{
	struct dma_slave_caps caps;
	dma_cookie_t cookie;

	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	TEST_ASSERT_EQ(caps.residue_granularity, eng_can(ENG_PORTS) ?
		       DMA_RESIDUE_GRANULARITY_BURST : DMA_RESIDUE_GRANULARITY_SEGMENT);
	TEST_CALL(eng_far_put(eng_src, eng_can(ENG_PORTS) ? 4 : TOTAL));
	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_far_get(eng_dst, 4));
	if (!eng_can(ENG_PORTS) && eng_can(ENG_ERRORS))
		TEST_CALL(by_segments());
	TEST_CALL(eng_hold());
	cookie = receive_list();
	TEST_ASSERT(cookie > 0);
	TEST_ASSERT_EQ(eng_residue(cookie), TOTAL);
	TEST_CALL(eng_go());
	if (eng_can(ENG_PORTS))
		TEST_CALL(by_bursts(cookie));
	else
		TEST_CALL(falls_to_zero(cookie));
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT_EQ(eng_residue(cookie), 0);
	for (unsigned int i = 0; i < SEGMENTS; i++)
		TEST_ASSERT(memcmp(eng_dst + i * 2 * SEGMENT, eng_src + i * SEGMENT,
				   SEGMENT) == 0);
	return TEST_OK;
}

ENG_CASE(B60_residue_is_that_of_the_cookie_asked_for, ENG_ANY)
{
	dma_cookie_t first, second, third;

	if (eng_can(ENG_ERRORS))
		TEST_CALL(eng_stall(2));
	else
		TEST_CALL(eng_hold());
	first = eng_submit_copy(eng_dst, eng_src, 1000, NULL);
	second = eng_submit_copy(eng_dst, eng_src, 2000, NULL);
	third = eng_submit_copy(eng_dst, eng_src, 3000, NULL);
	TEST_ASSERT_EQ(eng_residue(third), 3000);
	dma_async_issue_pending(eng_chan);
	if (eng_can(ENG_ERRORS))
		TEST_CALL(eng_wait_complete(first));
	TEST_ASSERT_EQ(eng_residue(first), eng_can(ENG_ERRORS) ? 0 : 1000);
	TEST_ASSERT_EQ(eng_residue(second), 2000);
	TEST_ASSERT_EQ(eng_residue(third), 3000);
	if (eng_can(ENG_ERRORS))
		TEST_CALL(eng_unstall());
	else
		TEST_CALL(eng_go());
	TEST_CALL(eng_wait_complete(third));
	TEST_ASSERT_EQ(eng_residue(first), 0);
	TEST_ASSERT_EQ(eng_residue(third), 0);
	return TEST_OK;
}

struct releaser {
	pthread_t thread;
	struct dma_chan *chan;
	_Atomic uint32_t begun, done;
};

/* The callback of a channel that is being released: the channel must be whole to the end. */
struct last_call {
	struct eng_gate gate;
	struct dma_chan *chan;
	struct releaser *releaser;
	_Atomic uint32_t left, whole;
};

static void *
release_thread(void *arg)
{
	struct releaser *me = arg;

	atomic_store(&me->begun, 1);
	dma_release_channel(me->chan);
	atomic_store(&me->done, 1);
	return NULL;
}

static void
use_to_the_end(void *param)
{
	struct last_call *call = param;
	struct dmaengine_compat_chan_stats stats;

	eng_gate_wait(&call->gate);
	if (atomic_load(&call->releaser->done) == 0 &&
	    dmaengine_tx_status(call->chan, 1, NULL) == DMA_COMPLETE &&
	    dmaengine_compat_chan_stats(call->chan, &stats) == 0)
		atomic_store(&call->whole, 1);
	atomic_store(&call->left, 1);
}

static int
released_during_callback(struct dma_chan *released)
{
	struct releaser releaser = { .chan = released };
	struct last_call call = { .chan = eng_chan, .releaser = &releaser };
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	uint64_t deadline;

	TEST_ASSERT(desc != NULL);
	desc->callback = use_to_the_end;
	desc->callback_param = &call;
	eng_gate_close();
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&call.gate.entered) == 1);
	TEST_ASSERT_EQ(pthread_create(&releaser.thread, NULL, release_thread, &releaser), 0);
	while (atomic_load(&releaser.begun) == 0)
		sched_yield();
	deadline = test_now_ns() + 200 * 1000000;
	/* Not for so long that the release gives up: on a busy machine, yielding takes its time. */
	for (unsigned int i = 0; i < 1000 && atomic_load(&releaser.done) == 0 &&
	     test_now_ns() < deadline; i++)
		sched_yield();
	eng_gate_open();
	pthread_join(releaser.thread, NULL);
	TEST_ASSERT_EQ(atomic_load(&call.left), 1);
	TEST_ASSERT(atomic_load(&call.whole) == 1 || released != eng_chan);
	return TEST_OK;
}

ENG_CASE(B61_release_waits_for_the_running_callback, ENG_ANY)
{
	TEST_CALL(eng_background());
	for (unsigned int round = 0; round < 10; round++) {
		TEST_CALL(released_during_callback(eng_chan));
		TEST_CALL(eng_request());
		TEST_CALL(eng_usable());
	}
	return TEST_OK;
}

ENG_CASE(B61_release_beside_the_callback_of_another_channel, ENG_ANY)
{
	struct device *client = dmaengine_compat_device(ENG_CLIENT);
	struct dma_chan *other = dma_request_chan(client, "rx");

	TEST_CALL(eng_background());
	if (eng_chan->device->chancnt == 1) {
		/* There is no other one. */
		TEST_ASSERT_EQ(PTR_ERR(other), -EPROBE_DEFER);
		return TEST_OK;
	}
	TEST_ASSERT(!IS_ERR(other));
	for (unsigned int round = 0; round < 10; round++) {
		TEST_ASSERT(dmaengine_submit(eng_copy_on(other, eng_dst + 64, eng_src, 64, NULL)) >
			    0);
		dma_async_issue_pending(other);
		TEST_CALL(released_during_callback(other));
		TEST_CALL(eng_usable());
		other = dma_request_chan(client, "rx");
		TEST_ASSERT(!IS_ERR(other));
		TEST_CALL(eng_usable_on(other));
	}
	dma_release_channel(other);
	return TEST_OK;
}

struct ending {
	_Atomic uint32_t calls, failed;
};

static void
count_ending(void *param, const struct dmaengine_result *result)
{
	struct ending *ending = param;

	if (result->result != DMA_TRANS_NOERROR)
		atomic_fetch_add(&ending->failed, 1);
	atomic_fetch_add(&ending->calls, 1);
}

static int
submit_with_ending(struct dma_async_tx_descriptor *desc, struct ending *ending)
{
	TEST_ASSERT(desc != NULL);
	desc->callback_result = count_ending;
	desc->callback_param = ending;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	return TEST_OK;
}

/* Each call comes back, and none says that all is well. */
static int
every_call_fails(dma_cookie_t old)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);
	struct dma_slave_config config = eng_far();
	struct dma_slave_caps caps;

	TEST_ASSERT(desc == NULL || dma_submit_error(dmaengine_submit(desc)) != 0);
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(eng_status(old), DMA_ERROR);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, old), DMA_ERROR);
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), -ENODEV);
	TEST_ASSERT(dmaengine_pause(eng_chan) < 0);
	TEST_ASSERT(dmaengine_resume(eng_chan) < 0);
	TEST_ASSERT(dmaengine_terminate_async(eng_chan) < 0);
	TEST_ASSERT(dmaengine_terminate_sync(eng_chan) < 0);
	dmaengine_synchronize(eng_chan);
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	TEST_ASSERT_EQ(eng_stats().in_flight, 0);
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return TEST_OK;
}

static int
cannot_be_removed(void)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_REMOVE, 1, 0),
		       -ENODEV);
	return eng_usable();
}

static int
remove_device(void)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_REMOVE, 1, 0), 0);
	return TEST_OK;
}

ENG_CASE(B62_in_flight_ends_as_errors_when_the_device_dies, ENG_ERRORS, .dies = true)
{
	struct ending ending = { 0 };

	if (!eng_can(ENG_ERRORS))
		return cannot_be_removed();
	TEST_CALL(eng_background());
	TEST_CALL(eng_stall(4));
	for (unsigned int i = 0; i < 20; i++)
		TEST_CALL(submit_with_ending(eng_copy(eng_dst, eng_src, 64, NULL), &ending));
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&ending.calls) == 3);
	TEST_CALL(eng_log_begin());
	TEST_CALL(remove_device());
	ENG_WAIT(atomic_load(&ending.calls) == 20);
	TEST_ASSERT_EQ(atomic_load(&ending.failed), 17);
	TEST_ASSERT_EQ(eng_stats().errors, 17);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	TEST_CALL(every_call_fails(20));
	TEST_ASSERT(strstr(eng_log_end(), "failed") != NULL);
	/* Release and a new request come back too. */
	eng_release();
	TEST_CALL(eng_request());
	return TEST_OK;
}

ENG_CASE(B62_a_dead_idle_device_is_noticed, ENG_ERRORS, .dies = true)
{
	struct ending ending = { 0 };

	if (!eng_can(ENG_ERRORS))
		return cannot_be_removed();
	TEST_CALL(eng_background());
	TEST_CALL(eng_usable());
	TEST_CALL(remove_device());
	TEST_CALL(submit_with_ending(eng_copy(eng_dst, eng_src, 64, NULL), &ending));
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&ending.calls) == 1);
	TEST_ASSERT_EQ(atomic_load(&ending.failed), 1);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	return every_call_fails(2);
}

ENG_CASE(B62_a_cyclic_transfer_ends_too, ENG_ERRORS, .dies = true)
{
	struct dma_async_tx_descriptor *desc;
	struct ending ending = { 0 }, behind = { 0 };

	if (!eng_can(ENG_ERRORS))
		return cannot_be_removed();
	TEST_CALL(eng_background());
	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), 1024, 256, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT);
	TEST_CALL(submit_with_ending(desc, &ending));
	TEST_CALL(submit_with_ending(eng_copy(eng_dst + 4096, eng_src, 64, NULL), &behind));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_settle());
	TEST_CALL(remove_device());
	ENG_WAIT(atomic_load(&ending.failed) == 1);
	ENG_WAIT(atomic_load(&behind.failed) == 1);
	TEST_ASSERT_EQ(atomic_load(&behind.calls), 1);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	return every_call_fails(1);
}

/* Nobody has noticed yet: the terminate itself meets a device that does not answer any more. */
ENG_CASE(B62_terminate_of_a_device_that_has_gone_does_not_wait_for_it, ENG_ERRORS, .dies = true)
{
	struct ending ending = { 0 };
	uint64_t start;
	int ret;

	if (!eng_can(ENG_ERRORS))
		return cannot_be_removed();
	TEST_CALL(eng_background());
	TEST_CALL(eng_stall(1));
	for (unsigned int i = 0; i < 20; i++)
		TEST_CALL(submit_with_ending(eng_copy(eng_dst, eng_src, 64, NULL), &ending));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(remove_device());
	start = test_now_ns();
	ret = dmaengine_terminate_sync(eng_chan);
	TEST_ASSERT(ret == 0 || ret == -ENODEV);
	/* One that waits for the device gives up after ten. */
	TEST_ASSERT(test_now_ns() - start < 8 * UINT64_C(1000000000));
	TEST_ASSERT_EQ(atomic_load(&ending.calls), atomic_load(&ending.failed));
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	TEST_ASSERT_EQ(eng_stats().in_flight, 0);
	return TEST_OK;
}

ENG_CASE(B63_without_tasklet_terminate_sync_times_out, ENG_SERVICE)
{
	_Atomic uint32_t calls = 0;
	uint64_t start;

	TEST_CALL(eng_hold());
	TEST_CALL(eng_submit_some(5, &calls));
	dma_async_issue_pending(eng_chan);
	if (!eng_can(ENG_SERVICE)) {
		/* Whoever waits runs the tasklet himself; there is no service to stop. */
		TEST_ASSERT_EQ(dmaengine_compat_service_stop(eng_dev), -ENOTSUP);
		TEST_ASSERT_EQ(dmaengine_compat_service_start(eng_dev), -ENOTSUP);
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		TEST_ASSERT_EQ(atomic_load(&calls), 0);
		return TEST_OK;
	}
	TEST_CALL(eng_log_begin());
	start = test_now_ns();
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), -ETIMEDOUT);
	TEST_ASSERT(test_now_ns() - start < ENG_WAIT_MS * UINT64_C(1000000));
	TEST_ASSERT(strstr(eng_log_end(), "dmaengine_terminate_sync") != NULL);
	/* A release does not hang either, and does not free what may still be in use. */
	TEST_CALL(eng_log_begin());
	dma_release_channel(eng_chan);
	TEST_ASSERT(strstr(eng_log_end(), "dma_release_channel") != NULL);
	TEST_ASSERT_EQ(eng_chan->client_count, 1);
	TEST_CALL(eng_go());
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	return eng_usable();
}

static const struct test_case lifetimes[] = {
	ENG_TEST(B59_residue_is_as_fine_as_the_caps_say),
	ENG_TEST(B60_residue_is_that_of_the_cookie_asked_for),
	ENG_TEST(B61_release_waits_for_the_running_callback),
	ENG_TEST(B61_release_beside_the_callback_of_another_channel),
	ENG_TEST(B62_in_flight_ends_as_errors_when_the_device_dies),
	ENG_TEST(B62_a_dead_idle_device_is_noticed),
	ENG_TEST(B62_a_cyclic_transfer_ends_too),
	ENG_TEST(B62_terminate_of_a_device_that_has_gone_does_not_wait_for_it),
	ENG_TEST(B63_without_tasklet_terminate_sync_times_out),
};
ENG_TOPIC(lifetimes)
