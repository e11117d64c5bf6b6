/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Contract, cyclic transfers: B26 to B30. On the controller's ports the loopback port is the
 * source, so that the case decides byte for byte how far a transfer gets. A slave that is memory
 * is always ready: there the transfer runs as fast as it can.
 */

#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

#define PERIOD	256
#define LAP	(4 * PERIOD)

static _Atomic uint32_t calls;

static dma_cookie_t
start_cyclic(size_t length, size_t period, unsigned long flags)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	atomic_store(&calls, 0);
	if (eng_far_config() != TEST_OK)
		return -1;
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), length, period,
					 DMA_DEV_TO_MEM, flags);
	if (desc == NULL)
		return -1;
	desc->callback = eng_count;
	desc->callback_param = &calls;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	return cookie;
}

/* Periods that are delivered: after this, on ports, exactly @p n more, else at least. */
static int
deliver(uint32_t n)
{
	uint64_t before = eng_stats().periods;

	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_far_put(eng_src, n * PERIOD));
	ENG_WAIT(eng_stats().periods >= before + n);
	return TEST_OK;
}

ENG_CASE(B26_cyclic_repeats_until_terminated, ENG_ANY)
{
	dma_cookie_t cookie;

	TEST_CALL(eng_far_put(eng_src, eng_can(ENG_PORTS) ? 4 : LAP));
	cookie = start_cyclic(LAP, PERIOD, DMA_PREP_INTERRUPT);
	TEST_ASSERT(cookie > 0);
	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_far_put(eng_src + 4, LAP - 4));
	for (unsigned int lap = 0; lap < 5; lap++) {
		TEST_CALL(deliver(4));
		TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	}
	ENG_WAIT(atomic_load(&calls) != 0);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, LAP) == 0);
	TEST_ASSERT(eng_untouched(eng_dst + LAP, 4096));
	TEST_ASSERT(eng_status(cookie) != DMA_IN_PROGRESS);
	return eng_usable();
}

ENG_CASE(B27_callbacks_and_coalesced_periods_add_up, ENG_ANY)
{
	struct dmaengine_compat_chan_stats stats;
	uint32_t periods = 0;

	/* Two laps are there before it starts: periods may coalesce. Then one at a time. */
	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_far_put(eng_src, 2 * LAP));
	TEST_ASSERT(start_cyclic(LAP, PERIOD, DMA_PREP_INTERRUPT) > 0);
	ENG_WAIT(eng_stats().periods >= 8);
	for (periods = 8; periods < 20; periods++)
		TEST_CALL(deliver(1));
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	stats = eng_stats();
	TEST_ASSERT(atomic_load(&calls) >= 1);
	TEST_ASSERT(atomic_load(&calls) <= stats.periods);
	TEST_ASSERT_EQ(stats.callbacks, atomic_load(&calls));
	TEST_ASSERT_EQ(stats.callbacks + stats.coalesced, stats.periods);
	if (eng_can(ENG_PORTS))
		TEST_ASSERT_EQ(stats.periods, periods);
	return TEST_OK;
}

ENG_CASE(B27_a_late_tasklet_coalesces_and_counts, ENG_ANY)
{
	struct dmaengine_compat_chan_stats stats;
	struct eng_gate gate = { 0 };
	struct dma_async_tx_descriptor *desc;

	/* While the callback of the first period waits, more of them go by. */
	TEST_CALL(eng_background());
	TEST_CALL(eng_far_config());
	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_far_put(eng_src, 8 * PERIOD));
	eng_gate_close();
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), LAP, PERIOD, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_gate_wait;
	desc->callback_param = &gate;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&gate.entered) == 1);
	eng_gate_open();
	ENG_WAIT(eng_stats().periods >= 8);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	stats = eng_stats();
	TEST_ASSERT_EQ(stats.callbacks, atomic_load(&gate.left));
	TEST_ASSERT_EQ(stats.callbacks + stats.coalesced, stats.periods);
	if (eng_can(ENG_PORTS))
		TEST_ASSERT_EQ(stats.periods, 8);
	return TEST_OK;
}

/* On ports the residue is known to the burst, which is 32 bytes here. */
static int
residue_on_port(dma_cookie_t cookie)
{
	uint32_t done = 0;

	TEST_ASSERT_EQ(eng_residue(cookie), LAP);
	for (unsigned int i = 0; i < 24; i++) {
		TEST_CALL(eng_far_put(eng_src, 96));
		done = (done + 96) % LAP;
		ENG_WAIT(eng_residue(cookie) == LAP - done);
	}
	return TEST_OK;
}

static int
residue_free_running(dma_cookie_t cookie)
{
	bool fell = false, again = false;
	uint32_t before = 0, now;

	TEST_WAIT((eng_poll(), now = eng_residue(cookie), fell = fell || (now < before),
		   again = again || (before != 0 && now > before), before = now,
		   now == 0 || now > LAP || (fell && again)), ENG_WAIT_MS);
	TEST_ASSERT(now > 0 && now <= LAP);
	return TEST_OK;
}

ENG_CASE(B28_residue_falls_within_a_lap_and_starts_again, ENG_ANY)
{
	dma_cookie_t cookie = start_cyclic(LAP, PERIOD, DMA_PREP_INTERRUPT);

	TEST_ASSERT(cookie > 0);
	if (eng_can(ENG_PORTS))
		TEST_CALL(residue_on_port(cookie));
	else
		TEST_CALL(residue_free_running(cookie));
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT_EQ(eng_residue(cookie), 0);
	return TEST_OK;
}

ENG_CASE(B29_no_interrupt_flag_or_period_0_is_accepted, ENG_ANY)
{
	dma_cookie_t cookie;
	uint64_t periods;

	TEST_CALL(eng_far_put(eng_src, LAP));
	cookie = start_cyclic(LAP, 0, 0);
	TEST_ASSERT(cookie > 0);
	/* One period is the buffer. */
	ENG_WAIT(eng_stats().periods >= 1);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, LAP) == 0);
	if (eng_can(ENG_PORTS))
		TEST_ASSERT_EQ(eng_stats().periods, 1);
	memset(eng_dst, ENG_UNTOUCHED, LAP);
	TEST_CALL(eng_far_put(eng_src, LAP));
	periods = eng_stats().periods;
	TEST_ASSERT(start_cyclic(LAP, PERIOD, 0) > 0);
	ENG_WAIT(eng_stats().periods >= periods + 4);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, LAP) == 0);
	return TEST_OK;
}

ENG_CASE(B30_no_callback_after_terminate_sync, ENG_ANY)
{
	uint32_t seen;

	for (unsigned int round = 0; round < 20; round++) {
		if (eng_can(ENG_PORTS))
			TEST_CALL(eng_far_put(eng_src, 2 * LAP));
		TEST_ASSERT(start_cyclic(LAP, PERIOD, DMA_PREP_INTERRUPT) > 0);
		ENG_WAIT(atomic_load(&calls) != 0);
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		seen = atomic_load(&calls);
		memset(eng_dst, 0x5a, LAP);
		/* The source goes on, and the channel is used for something else. */
		TEST_CALL(eng_far_put(eng_src, LAP));
		TEST_CALL(eng_usable());
		TEST_ASSERT_EQ(atomic_load(&calls), seen);
		TEST_ASSERT(eng_all(eng_dst, LAP, 0x5a));
		if (eng_can(ENG_PORTS))
			TEST_CALL(eng_far_get(eng_dst, LAP));
	}
	return TEST_OK;
}

ENG_CASE(B26_cyclic_to_the_device, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	uint8_t *got = eng_dst;
	dma_cookie_t cookie;

	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_src), LAP, PERIOD, DMA_MEM_TO_DEV,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	atomic_store(&calls, 0);
	desc->callback_param = &calls;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(eng_stats().periods >= 12);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	/* Every lap moves the same, so it may be looked at when nothing moves any more. */
	TEST_CALL(eng_far_get(got, LAP));
	TEST_ASSERT(memcmp(got, eng_src, LAP) == 0);
	TEST_ASSERT(atomic_load(&calls) >= 1);
	return TEST_OK;
}

/* A device that runs by itself goes on while the tasklet is in a callback. */
static int
pass_unseen_periods(struct eng_gate *gate)
{
	uint64_t before = rte_pmd_refdma_periods(eng_dev, 0);
	struct dma_async_tx_descriptor *desc;

	TEST_CALL(eng_far_put(eng_src, 8 * PERIOD));
	eng_gate_close();
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), LAP, PERIOD, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_gate_wait;
	desc->callback_param = gate;
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&gate->entered) == 1);
	ENG_WAIT(rte_pmd_refdma_periods(eng_dev, 0) == before + 8);
	return TEST_OK;
}

ENG_CASE(B30_periods_of_a_terminated_transfer_are_not_the_next_ones, ENG_PORTS)
{
	bool by_itself = eng->args != NULL && strstr(eng->args, "inline") == NULL &&
			 strstr(eng->args, "service") == NULL && eng_can(ENG_PORTS);
	struct eng_gate gate = { 0 };
	uint64_t periods;

	TEST_CALL(eng_background());
	TEST_CALL(eng_far_config());
	/* Elsewhere no period goes by without the tasklet. */
	if (by_itself)
		TEST_CALL(pass_unseen_periods(&gate));
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	eng_gate_open();
	dmaengine_synchronize(eng_chan);
	periods = eng_stats().periods;
	if (!eng_can(ENG_PORTS))
		TEST_CALL(eng_hold());	/* its slave is always ready */
	TEST_ASSERT(start_cyclic(LAP, PERIOD, DMA_PREP_INTERRUPT) > 0);
	if (eng_can(ENG_PORTS))
		TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT_EQ(eng_stats().periods, periods);
	TEST_ASSERT_EQ(dmaengine_terminate_async(eng_chan), 0);
	TEST_CALL(eng_go());
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	return eng_usable();
}

static const struct test_case cyclic[] = {
	ENG_TEST(B26_cyclic_repeats_until_terminated),
	ENG_TEST(B26_cyclic_to_the_device),
	ENG_TEST(B27_callbacks_and_coalesced_periods_add_up),
	ENG_TEST(B27_a_late_tasklet_coalesces_and_counts),
	ENG_TEST(B28_residue_falls_within_a_lap_and_starts_again),
	ENG_TEST(B29_no_interrupt_flag_or_period_0_is_accepted),
	ENG_TEST(B30_no_callback_after_terminate_sync),
	ENG_TEST(B30_periods_of_a_terminated_transfer_are_not_the_next_ones),
};
ENG_TOPIC(cyclic)
