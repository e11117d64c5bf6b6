/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Captures from a paced source port into a ring of periods, as an audio or ADC driver does, and
 * looks for missing samples. usage: cyclic_capture [EAL ARGUMENTS] [-- PERIODS]
 */

#include <inttypes.h>
#include <unistd.h>

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#include <dmaengine_compat.h>
#include <dmaengine_compat_refdma.h>

#include <rte_pmd_refdma.h>

#include "../common/start.h"

#define RATE		1000000	/* bytes a second */
#define PERIOD		16384	/* bytes */
#define SAMPLES		(PERIOD / 8)
#define PERIODS		8	/* in the ring */
#define SOURCE_PORT	2	/* of a device with the default ports */

struct capture {
	struct dma_chan *chan;
	int16_t dev_id;
	uint64_t *ring;
	dma_addr_t ring_dma;
	struct completion elapsed;
	uint64_t seen, expected, lost;
};

/* Runs on the tasklet, once for each period, or once for several that elapsed together. */
static void
period_elapsed(void *param)
{
	struct capture *capture = param;

	complete(&capture->elapsed);
}

/* The port's address, and its rate: a setting that only this kind of controller has. */
static int
configure(struct capture *capture)
{
	struct dmaengine_refdma_peripheral pace = { DMAENGINE_REFDMA_SET_PORT, .rate = RATE };
	struct dma_slave_config config = {
		.src_addr_width = DMA_SLAVE_BUSWIDTH_8_BYTES,
		.src_maxburst = 16,
		.peripheral_config = &pace,
		.peripheral_size = sizeof(pace),
	};
	struct rte_pmd_refdma_port port;
	uint16_t vchan;
	int ret;

	dmaengine_compat_chan_dmadev(capture->chan, &capture->dev_id, &vchan);
	ret = rte_pmd_refdma_port_get(capture->dev_id, SOURCE_PORT, &port);
	config.src_addr = port.addr;
	return ret != 0 ? ret : dmaengine_slave_config(capture->chan, &config);
}

static int
begin(struct capture *capture)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	desc = dmaengine_prep_dma_cyclic(capture->chan, capture->ring_dma, PERIODS * PERIOD,
					 PERIOD, DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	if (desc == NULL)
		return -EINVAL;
	desc->callback = period_elapsed;
	desc->callback_param = capture;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(capture->chan);
	return cookie;
}

/* The port delivers 0, 1, 2, ... in 64 bits each: a jump is what was lost. */
static void
check_period(struct capture *capture)
{
	const uint64_t *samples = &capture->ring[capture->seen++ % PERIODS * SAMPLES];

	for (int i = 0; i < SAMPLES; i++) {
		capture->lost += (samples[i] - capture->expected) * 8;
		capture->expected = samples[i] + 1;
	}
}

/* Looks at the periods that have elapsed since the last call. */
static void
catch_up(struct capture *capture)
{
	struct dmaengine_compat_chan_stats stats;

	dmaengine_compat_chan_stats(capture->chan, &stats);
	/* Too late: some have been overwritten. */
	if (stats.periods - capture->seen >= PERIODS)
		capture->seen = stats.periods - PERIODS + 1;
	while (capture->seen < stats.periods)
		check_period(capture);
}

int
main(int argc, char **argv)
{
	bool counted = argc > 2 && strcmp(argv[argc - 2], "--") == 0;
	uint64_t wanted = counted ? strtoull(argv[argc - 1], NULL, 0) : 32;
	struct capture capture = { 0 };
	struct rte_pmd_refdma_port port;
	dma_cap_mask_t mask;

	start(argc, argv);
	dma_cap_zero(mask);
	dma_cap_set(DMA_CYCLIC, mask);
	capture.chan = dma_request_chan_by_mask(&mask);
	check("no channel", PTR_ERR_OR_ZERO(capture.chan));
	check("no source port", configure(&capture));
	capture.ring = dma_alloc_coherent(capture.chan->device->dev, PERIODS * PERIOD,
					  &capture.ring_dma, GFP_KERNEL);
	if (capture.ring == NULL)
		check("no memory for the ring", -ENOMEM);
	check("the capture does not begin", begin(&capture));
	while (capture.seen < wanted) {
		check("no period elapses", wait_for(&capture.elapsed));
		catch_up(&capture);
		rte_pmd_refdma_port_get(capture.dev_id, SOURCE_PORT, &port);
		if (isatty(STDOUT_FILENO))
			printf("period %" PRIu64 ", port level %5" PRIu32 ", overrun %" PRIu64
			       " bytes \r", capture.seen, port.fifo_level, port.overrun);
		fflush(stdout);
	}
	check("terminate", dmaengine_terminate_sync(capture.chan)); /* the ring stays as it is */
	rte_pmd_refdma_port_get(capture.dev_id, SOURCE_PORT, &port);
	printf("%" PRIu64 " periods of %d bytes captured\n", capture.seen, PERIOD);
	printf("%" PRIu64 " bytes lost, port overrun %" PRIu64 " bytes\n", capture.lost,
	       port.overrun);
	dma_release_channel(capture.chan);
	dma_free_coherent(capture.chan->device->dev, PERIODS * PERIOD, capture.ring,
			  capture.ring_dma);
	return stop();
}
