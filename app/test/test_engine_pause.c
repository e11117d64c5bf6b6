/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, pause and resume: B38 to B41 and B64. */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_env.h"

#define STREAM	0x8000

ENG_CASE(B38_paused_is_said_and_nothing_moves, ENG_ANY)
{
	static _Atomic uint32_t calls;
	struct dma_tx_state state;
	dma_cookie_t cookie;

	atomic_store(&calls, 0);
	TEST_CALL(eng_background());
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	cookie = eng_submit_copy(eng_dst, eng_src, 4096, &calls);
	TEST_ASSERT(cookie > 0);
	dma_async_issue_pending(eng_chan);
	for (unsigned int i = 0; i < 3; i++) {
		TEST_CALL(eng_settle());
		TEST_ASSERT_EQ(dmaengine_tx_status(eng_chan, cookie, &state), DMA_PAUSED);
		TEST_ASSERT_EQ(state.residue, 4096);
	}
	TEST_ASSERT(eng_untouched(eng_dst, 4096));
	TEST_ASSERT_EQ(atomic_load(&calls), 0);
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	TEST_CALL(eng_wait_complete(cookie));
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 4096) == 0);
	return TEST_OK;
}

static int
still(dma_cookie_t cookie, uint32_t residue)
{
	for (unsigned int i = 0; i < 3; i++) {
		TEST_CALL(eng_settle());
		TEST_ASSERT_EQ(eng_status(cookie), DMA_PAUSED);
		TEST_ASSERT_EQ(eng_residue(cookie), residue);
	}
	return TEST_OK;
}

/* Half-way through a transfer: the port delivers while the channel stands. */
static int
paused_in_the_middle(void)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_dst), 1024, DMA_DEV_TO_MEM, 0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_far_put(eng_src, 256));
	ENG_WAIT(eng_residue(cookie) == 768);
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	TEST_CALL(eng_far_put(eng_src + 256, 256));
	TEST_CALL(still(cookie, 768));
	TEST_ASSERT(eng_untouched(eng_dst + 256, 768));
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	ENG_WAIT(eng_residue(cookie) == 512);
	TEST_CALL(eng_far_put(eng_src + 512, 512));
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(memcmp(eng_dst, eng_src, 1024) == 0);
	return TEST_OK;
}

/* A cyclic one never ends by itself, so it is always in the middle. */
static int
paused_while_running(void)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;
	uint64_t periods;

	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), 1024, 256, DMA_DEV_TO_MEM,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	for (unsigned int round = 0; round < 10; round++) {
		periods = eng_stats().periods;
		ENG_WAIT(eng_stats().periods > periods);
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		periods = eng_stats().periods;
		TEST_CALL(still(cookie, eng_residue(cookie)));
		TEST_ASSERT_EQ(eng_stats().periods, periods);
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
		TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	}
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	return TEST_OK;
}

ENG_CASE(B38_residue_stays_while_paused, ENG_ANY)
{
	TEST_CALL(eng_background());
	return eng_can(ENG_PORTS) ? paused_in_the_middle() : paused_while_running();
}

/* The source port's pattern shows each byte that is lost or comes twice. */
static int
source_is_seamless(void)
{
	struct dma_slave_config config = eng_far();
	struct dma_async_tx_descriptor *desc;
	struct rte_pmd_refdma_port port;
	uint64_t *seen = (uint64_t *)eng_dst;
	dma_cookie_t cookie;

	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(eng_dev, 2, &port), 0);
	TEST_ASSERT_EQ(port.type, RTE_PMD_REFDMA_PORT_SOURCE);
	config.src_addr = port.addr;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_dst), ENG_BYTES, DMA_DEV_TO_MEM,
					   0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	while (eng_status(cookie) != DMA_COMPLETE) {
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		eng_poll();
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
		eng_poll();
	}
	for (uint64_t i = 0; i < ENG_BYTES / 8; i++)
		if (seen[i] != i)
			TEST_ASSERT_EQ(seen[i], i);
	return TEST_OK;
}

static int
memory_is_seamless(void)
{
	struct dma_slave_config config = eng_far();
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	/* Small windows make many pieces. */
	config.src_port_window_size = 64;
	TEST_CALL(eng_far_put(eng_src, 256));
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_dst), STREAM, DMA_DEV_TO_MEM,
					   0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	while (eng_status(cookie) != DMA_COMPLETE) {
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		eng_poll();
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
		eng_poll();
	}
	for (uint32_t i = 0; i < STREAM; i += 256)
		TEST_ASSERT(memcmp(eng_dst + i, eng_src, 256) == 0);
	TEST_ASSERT(eng_untouched(eng_dst + STREAM, 256));
	return TEST_OK;
}

ENG_CASE(B39_no_byte_is_lost_or_doubled, ENG_ANY)
{
	TEST_CALL(eng_background());
	return eng_can(ENG_PORTS) ? source_is_seamless() : memory_is_seamless();
}

ENG_CASE(B39_no_descriptor_is_lost_or_doubled, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_background());
	for (unsigned int round = 1; round <= 50; round++) {
		TEST_CALL(eng_submit_some(30, &calls));
		dma_async_issue_pending(eng_chan);
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		eng_poll();
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
		ENG_WAIT(atomic_load(&calls) == 30 * round);
	}
	TEST_ASSERT(memcmp(eng_dst, eng_src, 30 * 64) == 0);
	TEST_ASSERT_EQ(eng_stats().completed, 30 * 50);
	return TEST_OK;
}

ENG_CASE(B40_unsupported_is_enosys_and_the_caps_agree, ENG_ANY)
{
	struct dma_slave_caps caps;
	struct eng_bare bare;

	eng_bare_init(&bare);
	TEST_ASSERT_EQ(dmaengine_pause(&bare.chan), -ENOSYS);
	TEST_ASSERT_EQ(dmaengine_resume(&bare.chan), -ENOSYS);
	dma_cap_set(DMA_SLAVE, bare.device.cap_mask);
	bare.device.directions = BIT(DMA_MEM_TO_DEV);
	TEST_ASSERT_EQ(dma_get_slave_caps(&bare.chan, &caps), 0);
	TEST_ASSERT(!caps.cmd_pause && !caps.cmd_resume && !caps.cmd_terminate);
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	TEST_ASSERT(caps.cmd_pause && caps.cmd_resume);
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	return eng_usable();
}

ENG_CASE(B41_terminate_while_paused_works_without_callback, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_background());
	for (unsigned int round = 0; round < 20; round++) {
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		TEST_CALL(eng_submit_some(10, &calls));
		dma_async_issue_pending(eng_chan);
		if (round % 2 == 0)
			TEST_CALL(eng_settle());
		TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
		TEST_ASSERT_EQ(atomic_load(&calls), 0);
		TEST_ASSERT(eng_untouched(eng_dst, 640));
		/* Terminate ends the pause too. */
		TEST_CALL(eng_usable());
		TEST_ASSERT_EQ(atomic_load(&calls), 0);
	}
	return TEST_OK;
}

ENG_CASE(B64_resume_needs_a_pause_and_pause_may_repeat, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_background());
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), -EINVAL);
	TEST_CALL(eng_usable());
	TEST_CALL(eng_submit_some(10, &calls));
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), -EINVAL);
	ENG_WAIT(atomic_load(&calls) == 10);
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	TEST_CALL(eng_submit_some(10, &calls));
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(atomic_load(&calls), 10);
	/* One resume ends both. */
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	ENG_WAIT(atomic_load(&calls) == 20);
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), -EINVAL);
	return eng_usable();
}

static const struct test_case pauses[] = {
	ENG_TEST(B38_paused_is_said_and_nothing_moves),
	ENG_TEST(B38_residue_stays_while_paused),
	ENG_TEST(B39_no_byte_is_lost_or_doubled),
	ENG_TEST(B39_no_descriptor_is_lost_or_doubled),
	ENG_TEST(B40_unsupported_is_enosys_and_the_caps_agree),
	ENG_TEST(B41_terminate_while_paused_works_without_callback),
	ENG_TEST(B64_resume_needs_a_pause_and_pause_may_repeat),
};
ENG_TOPIC(pauses)
