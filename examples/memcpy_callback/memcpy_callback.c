/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* One copy, one callback: the smallest program with the DMA Engine interface.
 * usage: memcpy_callback [EAL ARGUMENTS]
 */

#include <inttypes.h>

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#include "../common/start.h"

#define LENGTH	4096

/* Runs on the tasklet, when the data is there. */
static void
copied(void *param)
{
	printf("callback: the copy is complete\n");
	complete(param);
}

int
main(int argc, char **argv)
{
	struct dma_async_tx_descriptor *desc;
	DECLARE_COMPLETION_ONSTACK(done);
	dma_addr_t src_dma, dst_dma;
	struct dma_chan *chan;
	dma_cookie_t cookie;
	dma_cap_mask_t mask;
	char *src, *dst;

	start(argc, argv);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_chan_by_mask(&mask);
	check("no channel", PTR_ERR_OR_ZERO(chan));

	src = dma_alloc_coherent(chan->device->dev, LENGTH, &src_dma, GFP_KERNEL);
	dst = dma_alloc_coherent(chan->device->dev, LENGTH, &dst_dma, GFP_KERNEL);
	if (src == NULL || dst == NULL)
		check("no memory for the buffers", -ENOMEM);
	for (int i = 0; i < LENGTH; i++)
		src[i] = (char)(i * 7);

	desc = dmaengine_prep_dma_memcpy(chan, dst_dma, src_dma, LENGTH, DMA_PREP_INTERRUPT);
	if (desc == NULL)
		check("the copy cannot be prepared", -ENOMEM);
	desc->callback = copied;
	desc->callback_param = &done;
	cookie = dmaengine_submit(desc);
	check("submit", cookie);
	printf("%s: %d bytes submitted, cookie %" PRId32 "\n", dma_chan_name(chan), LENGTH, cookie);
	dma_async_issue_pending(chan);

	check("no callback", wait_for(&done));
	if (dmaengine_tx_status(chan, cookie, NULL) != DMA_COMPLETE)
		check("the copy failed", -EIO);
	if (memcmp(src, dst, LENGTH) != 0)
		check("the destination is wrong", -EIO);
	printf("destination equals source\n");

	dma_release_channel(chan);
	dma_free_coherent(chan->device->dev, LENGTH, dst, dst_dma);
	dma_free_coherent(chan->device->dev, LENGTH, src, src_dma);
	return stop();
}
