/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What the cases of the contract suite have in common: small transfers, callbacks, patterns. */

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "test_engine_env.h"

static _Atomic bool gate_closed;

void
eng_count(void *param)
{
	atomic_fetch_add((_Atomic uint32_t *)param, 1);
}

void
eng_gate_close(void)
{
	atomic_store(&gate_closed, true);
}

void
eng_gate_open(void)
{
	atomic_store(&gate_closed, false);
}

void
eng_gate_wait(void *param)
{
	struct eng_gate *gate = param;

	atomic_fetch_add(&gate->entered, 1);
	while (atomic_load(&gate_closed))
		sched_yield();
	atomic_fetch_add(&gate->left, 1);
}

struct dma_async_tx_descriptor *
eng_copy_on(struct dma_chan *chan, void *dst, const void *src, size_t length,
	    _Atomic uint32_t *calls)
{
	struct dma_async_tx_descriptor *desc;

	desc = dmaengine_prep_dma_memcpy(chan, eng_addr(dst), eng_addr(src), length,
					 DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (desc != NULL && calls != NULL) {
		desc->callback = eng_count;
		desc->callback_param = calls;
	}
	return desc;
}

struct dma_async_tx_descriptor *
eng_copy(void *dst, const void *src, size_t length, _Atomic uint32_t *calls)
{
	return eng_copy_on(eng_chan, dst, src, length, calls);
}

dma_cookie_t
eng_submit_copy(void *dst, const void *src, size_t length, _Atomic uint32_t *calls)
{
	struct dma_async_tx_descriptor *desc = eng_copy(dst, src, length, calls);

	return desc != NULL ? dmaengine_submit(desc) : -ENOMEM;
}

int
eng_submit_some(uint32_t count, _Atomic uint32_t *calls)
{
	for (uint32_t i = 0; i < count; i++)
		TEST_ASSERT(eng_submit_copy(eng_dst + i * 64, eng_src + i * 64, 64, calls) > 0);
	return TEST_OK;
}

int
eng_usable_on(struct dma_chan *chan)
{
	uint8_t *src = eng_src + ENG_BYTES - 256, *dst = eng_dst + ENG_BYTES - 256;
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie;

	memset(dst, 0, 256);
	/* Descriptors go back to the pool after their callback: the last one may be on its way. */
	ENG_WAIT((desc = eng_copy_on(chan, dst, src, 256, &calls)) != NULL);
	cookie = dmaengine_submit(desc);
	TEST_ASSERT(cookie > 0);
	dma_async_issue_pending(chan);
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT_EQ(dmaengine_tx_status(chan, cookie, NULL), DMA_COMPLETE);
	TEST_ASSERT(memcmp(dst, src, 256) == 0);
	memset(dst, ENG_UNTOUCHED, 256);
	return TEST_OK;
}

int
eng_usable(void)
{
	return eng_usable_on(eng_chan);
}

enum dma_status
eng_status(dma_cookie_t cookie)
{
	return dmaengine_tx_status(eng_chan, cookie, NULL);
}

uint32_t
eng_residue(dma_cookie_t cookie)
{
	struct dma_tx_state state = { .residue = UINT32_MAX };

	dmaengine_tx_status(eng_chan, cookie, &state);
	return state.residue;
}

struct dmaengine_compat_chan_stats
eng_stats(void)
{
	struct dmaengine_compat_chan_stats stats = { 0 };

	dmaengine_compat_chan_stats(eng_chan, &stats);
	return stats;
}

int
eng_wait_complete(dma_cookie_t cookie)
{
	ENG_WAIT(eng_status(cookie) != DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_COMPLETE);
	/* Its callback may still run. */
	dmaengine_synchronize(eng_chan);
	return TEST_OK;
}

void
eng_pattern(uint8_t *buf, size_t length, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 12345;

	for (size_t i = 0; i < length; i++) {
		x = x * 1664525u + 1013904223u;
		buf[i] = x >> 24;
	}
}

bool
eng_all(const uint8_t *buf, size_t length, uint8_t value)
{
	for (size_t i = 0; i < length; i++)
		if (buf[i] != value)
			return false;
	return true;
}

bool
eng_untouched(const uint8_t *buf, size_t length)
{
	return eng_all(buf, length, ENG_UNTOUCHED);
}

static dma_cookie_t
bare_submit(struct dma_async_tx_descriptor *desc)
{
	(void)desc;
	return -EINVAL;
}

void
eng_bare_init(struct eng_bare *bare)
{
	memset(bare, 0, sizeof(*bare));
	bare->chan.device = &bare->device;
	bare->chan.dev = &bare->chan_dev;
	bare->chan_dev.chan = &bare->chan;
	bare->desc.chan = &bare->chan;
	bare->desc.tx_submit = bare_submit;
}
