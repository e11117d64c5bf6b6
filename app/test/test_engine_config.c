/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, slave configuration and channels: B46 to B51 and B66. */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "dmaengine_compat_refdma.h"
#include "test_engine_env.h"

#define SINK	1

static struct rte_pmd_refdma_port
port_of(uint16_t number)
{
	struct rte_pmd_refdma_port port = { 0 };

	rte_pmd_refdma_port_get(eng_dev, number, &port);
	return port;
}

/* Two far ends: ports, or two places in memory. */
static dma_addr_t
other_end(const struct dma_slave_config *config)
{
	return eng_can(ENG_PORTS) ? port_of(SINK).addr : config->dst_addr + ENG_FAR_BYTES / 2;
}

ENG_CASE(B46_slave_config_affects_later_preps_only, ENG_ANY)
{
	struct dma_async_tx_descriptor *before, *after;
	struct dma_slave_config config = eng_far();
	uint8_t *there = eng_dst + 4096;
	dma_cookie_t cookie;

	config.dst_port_window_size /= 2;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	before = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_src), 256, DMA_MEM_TO_DEV, 0);
	config.dst_addr = other_end(&config);
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	after = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_src + 256), 512,
					    DMA_MEM_TO_DEV, 0);
	/* The structure is copied, and of no use any more. */
	memset(&config, 0x5a, sizeof(config));
	TEST_ASSERT(before != NULL && after != NULL);
	TEST_ASSERT(dmaengine_submit(before) > 0);
	cookie = dmaengine_submit(after);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	if (eng_can(ENG_PORTS)) {
		TEST_ASSERT_EQ(port_of(0).tx_bytes, 256);
		TEST_ASSERT_EQ(port_of(SINK).tx_bytes, 512);
		return eng_far_get(there, 256);
	}
	TEST_CALL(eng_far_get(there, ENG_FAR_BYTES));
	TEST_ASSERT(memcmp(there, eng_src, 256) == 0);
	TEST_ASSERT(memcmp(there + ENG_FAR_BYTES / 2, eng_src + 256, 512) == 0);
	return TEST_OK;
}

static int
moves_with_garbage(enum dma_transfer_direction dir)
{
	struct dma_slave_config good = eng_far(), config;
	struct dma_async_tx_descriptor *desc;
	uint8_t *got = eng_dst + 8192;

	memset(&config, 0xa5, sizeof(config));
	config.peripheral_config = NULL;
	if (dir == DMA_MEM_TO_DEV) {
		config.dst_addr = good.dst_addr;
		config.dst_addr_width = good.dst_addr_width;
		config.dst_maxburst = good.dst_maxburst;
		config.dst_port_window_size = good.dst_port_window_size;
	} else {
		TEST_CALL(eng_far_put(eng_src, 1024));
		config.src_addr = good.src_addr;
		config.src_addr_width = good.src_addr_width;
		config.src_maxburst = good.src_maxburst;
		config.src_port_window_size = good.src_port_window_size;
	}
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	desc = dmaengine_prep_slave_single(eng_chan,
					   eng_addr(dir == DMA_MEM_TO_DEV ? eng_src : got), 1024,
					   dir, 0);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(desc->cookie));
	if (dir == DMA_MEM_TO_DEV)
		TEST_CALL(eng_far_get(got, 1024));
	TEST_ASSERT(memcmp(got, eng_src, 1024) == 0);
	memset(got, ENG_UNTOUCHED, 1024);
	return TEST_OK;
}

ENG_CASE(B47_garbage_in_unused_fields_is_accepted, ENG_ANY)
{
	TEST_CALL(moves_with_garbage(DMA_MEM_TO_DEV));
	return moves_with_garbage(DMA_DEV_TO_MEM);
}

/* Bursts of eight words of four bytes: the port hands out 32 bytes at a time. */
static int
bursts_on_port(void)
{
	struct dma_async_tx_descriptor *desc;
	dma_cookie_t cookie;

	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_dst), 64, DMA_DEV_TO_MEM, 0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_far_put(eng_src, 28));
	eng_settle_device();
	TEST_ASSERT_EQ(eng_residue(cookie), 64);
	TEST_CALL(eng_far_put(eng_src + 28, 4));
	ENG_WAIT(eng_residue(cookie) == 32);
	TEST_CALL(eng_far_put(eng_src + 32, 32));
	TEST_CALL(eng_wait_complete(cookie));
	TEST_ASSERT(memcmp(eng_dst, eng_src, 64) == 0);
	return TEST_OK;
}

ENG_CASE(B48_maxburst_counts_words, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	struct dma_slave_config config;

	TEST_CALL(eng_far_config());
	if (eng_can(ENG_PORTS))
		return bursts_on_port();
	/* Memory has no bursts: words it has. A register takes one word again and again. */
	config = eng_far();
	config.dst_port_window_size = 1;
	config.dst_maxburst = 16;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_src), 64, DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(desc->cookie));
	TEST_CALL(eng_far_get(eng_dst, 64));
	TEST_ASSERT(memcmp(eng_dst, eng_src + 60, 4) == 0);
	TEST_ASSERT(eng_all(eng_dst + 4, 60, 0));
	return TEST_OK;
}

static bool
any_channel(struct dma_chan *chan, void *param)
{
	(void)chan;
	(void)param;
	return true;
}

ENG_CASE(B49_a_held_channel_cannot_be_requested, ENG_ANY)
{
	struct device *client = dmaengine_compat_device(ENG_CLIENT);
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(client, "tx")), -EBUSY);
	TEST_ASSERT(dma_request_slave_channel(client, "tx") == NULL);
	eng_second();
	TEST_ASSERT(dma_request_channel(mask, NULL, NULL) == NULL);
	TEST_ASSERT(dma_request_channel(mask, any_channel, &mask) == NULL);
	TEST_ASSERT(dma_request_slave_channel_compat(mask, any_channel, &mask, client, "tx") ==
		    NULL);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan_by_mask(&mask)), -ENODEV);
	TEST_ASSERT_EQ(eng_chan->client_count, 1);
	TEST_CALL(eng_usable());
	/* Free again, each way finds it. */
	eng_release();
	eng_chan = dma_request_channel(mask, any_channel, &mask);
	TEST_ASSERT(eng_chan != NULL);
	eng_release();
	eng_chan = dma_request_chan_by_mask(&mask);
	TEST_ASSERT(!IS_ERR(eng_chan));
	eng_release();
	eng_chan = dma_request_slave_channel_compat(mask, any_channel, &mask, client, "tx");
	TEST_ASSERT(eng_chan != NULL);
	return eng_usable();
}

struct filter_log {
	const struct dma_chan *busy;
	unsigned int seen, wrong;
};

static bool
refuse_all(struct dma_chan *chan, void *param)
{
	struct filter_log *log = param;

	log->seen++;
	log->wrong += chan == log->busy || chan->client_count != 0;
	return false;
}

ENG_CASE(B50_the_filter_never_sees_a_busy_channel, ENG_ANY)
{
	struct filter_log log = { .busy = eng_chan };
	unsigned int channels = eng_chan->device->chancnt;
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	TEST_ASSERT(dma_request_channel(mask, refuse_all, &log) == NULL);
	TEST_ASSERT_EQ(log.wrong, 0);
	TEST_ASSERT_EQ(log.seen, channels - 1);
	eng_release();
	log = (struct filter_log){ 0 };
	TEST_ASSERT(dma_request_channel(mask, refuse_all, &log) == NULL);
	TEST_ASSERT_EQ(log.wrong, 0);
	TEST_ASSERT_EQ(log.seen, channels);
	/* Nor one that cannot do what is asked for. */
	dma_cap_set(DMA_PQ, mask);
	log = (struct filter_log){ 0 };
	TEST_ASSERT(dma_request_channel(mask, refuse_all, &log) == NULL);
	TEST_ASSERT_EQ(log.seen, 0);
	return eng_request();
}

ENG_CASE(B51_caps_of_null_and_of_no_slave, ENG_ANY)
{
	struct dma_slave_caps caps;
	struct eng_bare bare;

	TEST_ASSERT_EQ(dma_get_slave_caps(NULL, &caps), -EINVAL);
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, NULL), -EINVAL);
	eng_bare_init(&bare);
	bare.device.directions = BIT(DMA_MEM_TO_DEV);
	TEST_ASSERT_EQ(dma_get_slave_caps(&bare.chan, &caps), -ENXIO);
	dma_cap_set(DMA_MEMCPY, bare.device.cap_mask);
	TEST_ASSERT_EQ(dma_get_slave_caps(&bare.chan, &caps), -ENXIO);
	dma_cap_set(DMA_CYCLIC, bare.device.cap_mask);
	TEST_ASSERT_EQ(dma_get_slave_caps(&bare.chan, &caps), 0);
	bare.device.directions = 0;
	TEST_ASSERT_EQ(dma_get_slave_caps(&bare.chan, &caps), -ENXIO);
	TEST_ASSERT_EQ(dma_get_slave_caps(eng_chan, &caps), 0);
	TEST_ASSERT_EQ(caps.directions, BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM));
	TEST_ASSERT(caps.src_addr_widths & BIT(DMA_SLAVE_BUSWIDTH_4_BYTES));
	TEST_ASSERT(caps.dst_addr_widths & BIT(DMA_SLAVE_BUSWIDTH_4_BYTES));
	TEST_ASSERT_EQ(caps.residue_granularity, eng_can(ENG_PORTS) ?
		       DMA_RESIDUE_GRANULARITY_BURST : DMA_RESIDUE_GRANULARITY_SEGMENT);
	TEST_ASSERT(caps.descriptor_reuse);
	return TEST_OK;
}

/* A frame is ended where the setting says so; each kind of hand-over means the same. */
static int
ends_a_frame(struct dma_slave_config *config, bool expected)
{
	uint64_t frames = port_of(SINK).frames;
	struct dma_async_tx_descriptor *desc;

	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, config), 0);
	desc = dmaengine_prep_slave_single(eng_chan, eng_addr(eng_src), 128, DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(desc->cookie));
	TEST_ASSERT_EQ(port_of(SINK).frames - frames, expected);
	return TEST_OK;
}

static int
wrong_sizes_are_refused(struct dma_slave_config config, void *settings)
{
	static const size_t sizes[] = { 0, 1, sizeof(struct dmaengine_refdma_peripheral) - 1,
					sizeof(struct dmaengine_refdma_slave_config) + 1,
					SIZE_MAX };

	config.peripheral_config = settings;
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		config.peripheral_size = sizes[i];
		TEST_CALL(eng_log_begin());
		TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), -EINVAL);
		TEST_ASSERT(strstr(eng_log_end(), "peripheral") != NULL);
	}
	return TEST_OK;
}

ENG_CASE(B66_controller_settings_by_either_way, ENG_PORTS)
{
	struct dmaengine_refdma_slave_config embedding = { .config = eng_far() };
	struct dma_slave_config plain = eng_far();

	TEST_CALL(wrong_sizes_are_refused(plain, &embedding));
	if (!eng_can(ENG_PORTS)) {
		/* No settings of a controller exist here, so no size is right. */
		plain.peripheral_config = &embedding.peripheral;
		plain.peripheral_size = sizeof(embedding.peripheral);
		TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &plain), -EINVAL);
		return eng_usable();
	}
	plain.dst_addr = embedding.config.dst_addr = port_of(SINK).addr;
	TEST_CALL(ends_a_frame(&plain, false));
	embedding.peripheral.flags = DMAENGINE_REFDMA_EOF;
	plain.peripheral_config = &embedding.peripheral;
	plain.peripheral_size = sizeof(embedding.peripheral);
	TEST_CALL(ends_a_frame(&plain, true));
	embedding.config.peripheral_config = &embedding;
	embedding.config.peripheral_size = sizeof(embedding);
	TEST_CALL(ends_a_frame(&embedding.config, true));
	embedding.peripheral.flags = 0;
	TEST_CALL(ends_a_frame(&embedding.config, false));
	return TEST_OK;
}

ENG_CASE(B66_the_port_is_set_at_once, ENG_PORTS)
{
	struct dmaengine_refdma_peripheral port = {
		.flags = DMAENGINE_REFDMA_SET_PORT, .frame = 4096, .rate = 1000000,
	};
	struct dma_slave_config config = eng_far();

	config.src_addr = eng_can(ENG_PORTS) ? port_of(2).addr : config.src_addr;
	config.peripheral_config = &port;
	config.peripheral_size = sizeof(port);
	if (!eng_can(ENG_PORTS)) {
		TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), -EINVAL);
		return eng_usable();
	}
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	TEST_ASSERT_EQ(port_of(2).frame, 4096);
	TEST_ASSERT_EQ(port_of(2).rate, 1000000);
	/* An address that is no port's has none to set. */
	config.src_addr = config.dst_addr = 64;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), -EINVAL);
	return TEST_OK;
}

static const struct test_case configs[] = {
	ENG_TEST(B46_slave_config_affects_later_preps_only),
	ENG_TEST(B47_garbage_in_unused_fields_is_accepted),
	ENG_TEST(B48_maxburst_counts_words),
	ENG_TEST(B49_a_held_channel_cannot_be_requested),
	ENG_TEST(B50_the_filter_never_sees_a_busy_channel),
	ENG_TEST(B51_caps_of_null_and_of_no_slave),
	ENG_TEST(B66_controller_settings_by_either_way),
	ENG_TEST(B66_the_port_is_set_at_once),
};
ENG_TOPIC(configs)
