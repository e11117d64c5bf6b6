/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A client in C++: the inline functions and macros compile and convert there too. */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

int cxx_copy(dma_addr_t dst, dma_addr_t src, size_t len);

int
cxx_copy(dma_addr_t dst, dma_addr_t src, size_t len)
{
	DECLARE_COMPLETION_ONSTACK(done);
	dma_cap_mask_t mask;
	dma_transaction_type cap;
	unsigned int caps = 0;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	dma_chan *chan = dma_request_channel(mask, nullptr, nullptr);
	if (chan == nullptr)
		return -ENODEV;
	for_each_dma_cap_mask(cap, chan->device->cap_mask)
		caps++;
	chan->private_data = &caps;

	auto *desc = dmaengine_prep_dma_memcpy(chan, dst, src, len, DMA_PREP_INTERRUPT);
	if (desc != nullptr) {
		desc->callback = [](void *arg) { complete(static_cast<completion *>(arg)); };
		desc->callback_param = &done;
		async_tx_ack(desc);
		dmaengine_submit(desc);
		dma_async_issue_pending(chan);
		wait_for_completion(&done);
	}
	dma_release_channel(chan);
	return desc != nullptr ? 0 : -ENOMEM;
}
