/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Bad input to the DMA Engine API: an error and a log line, and the channel stays usable. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "test_engine_bad_input.h"

#define MAX_CASES	48

bool
bad_input_logged(const char *text)
{
	const char *log = eng_log_end();

	if (strstr(log, text) != NULL)
		return true;
	test_note("the log has no '%s': %s", text, log);
	return false;
}

/* --- NULL everywhere --- */

ENG_CASE(null_channel_is_refused_by_every_call, ENG_ANY)
{
	struct dma_slave_config config = eng_far();
	struct dmaengine_compat_chan_stats stats;
	uint16_t vchan;
	int16_t dev;

	TEST_CALL(eng_log_begin());
	TEST_ASSERT_EQ(dmaengine_slave_config(NULL, &config), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_async(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_all(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_pause(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_resume(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_tx_status(NULL, 1, NULL), DMA_ERROR);
	TEST_ASSERT_EQ(dma_async_is_tx_complete(NULL, 1, NULL, NULL), DMA_ERROR);
	TEST_ASSERT_EQ(dma_sync_wait(NULL, 1), DMA_ERROR);
	dmaengine_synchronize(NULL);
	dma_async_issue_pending(NULL);
	dma_release_channel(NULL);
	TEST_ASSERT(bad_input_logged("dma_release_channel"));
	TEST_ASSERT(dmaengine_get_dma_device(NULL) == NULL);
	TEST_ASSERT(strcmp(dma_chan_name(NULL), "(null)") == 0);
	TEST_ASSERT_EQ(dmaengine_compat_chan_stats(NULL, &stats), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_chan_stats(eng_chan, NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_chan_dmadev(NULL, &dev, &vchan), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_chan_dmadev(eng_chan, NULL, &vchan), -EINVAL);
	TEST_ASSERT(dmaengine_compat_chan_backend(NULL) == NULL);
	return eng_usable();
}

ENG_CASE(null_descriptor_and_settings_are_refused, ENG_ANY)
{
	struct dmaengine_unmap_data *unmap;
	struct device *dev = eng_chan->device->dev;

	TEST_CALL(eng_log_begin());
	TEST_ASSERT_EQ(dmaengine_submit(NULL), -EINVAL);
	TEST_ASSERT(bad_input_logged("dmaengine_submit"));
	TEST_ASSERT_EQ(dmaengine_desc_free(NULL), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_set_reuse(NULL), -EINVAL);
	TEST_ASSERT_EQ(dma_wait_for_async_tx(NULL), DMA_COMPLETE);
	TEST_ASSERT(dmaengine_prep_slave_sg(eng_chan, NULL, 1, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, NULL, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_peripheral_dma_vec(eng_chan, NULL, 1, DMA_MEM_TO_DEV, 0) ==
		    NULL);
	dmaengine_unmap_put(NULL);
	TEST_ASSERT(dmaengine_get_unmap_data(NULL, 2, 0) == NULL);
	TEST_ASSERT(dmaengine_get_unmap_data(dev, 0, 0) == NULL);
	TEST_ASSERT(dmaengine_get_unmap_data(dev, 257, 0) == NULL);
	unmap = dmaengine_get_unmap_data(dev, 2, 0);
	TEST_ASSERT(unmap != NULL);
	TEST_CALL(eng_log_begin());
	dma_set_unmap(NULL, unmap);
	TEST_ASSERT(bad_input_logged("dma_set_unmap"));
	dmaengine_unmap_put(unmap);
	return eng_usable();
}

ENG_CASE(null_in_requests_is_refused, ENG_ANY)
{
	struct device *client = dmaengine_compat_device(ENG_CLIENT);
	struct dmaengine_compat_chan_spec spec = { NULL, 0 };
	const struct dma_slave_map bad[] = {
		{ NULL, "x", &spec }, { "x", NULL, &spec }, { "x", "x", NULL },
	};
	const struct dma_slave_map nameless = { "x", "x", &spec };

	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(NULL, "tx")), -EINVAL);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(client, NULL)), -EINVAL);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan(client, "none")), -EPROBE_DEFER);
	TEST_ASSERT_EQ(PTR_ERR(dma_request_chan_by_mask(NULL)), -ENODEV);
	TEST_ASSERT(__dma_request_channel(NULL, NULL, NULL, NULL) == NULL);
	TEST_ASSERT(dma_request_slave_channel(client, "none") == NULL);
	TEST_ASSERT(dmaengine_compat_device(NULL) == NULL);
	TEST_ASSERT(dmaengine_compat_device("") == NULL);
	TEST_ASSERT(dmaengine_compat_device_from_rte(NULL) == NULL);
	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		TEST_ASSERT_EQ(dmaengine_compat_map_add(&bad[i], 1), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_map_add(&nameless, 1), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_map_add(NULL, 1), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_map_add(NULL, 0), 0);
	TEST_ASSERT_EQ(dmaengine_compat_tasklet_stats(eng_dev, NULL), -EINVAL);
	TEST_ASSERT(dma_find_channel(DMA_TX_TYPE_END) == NULL);
	return eng_usable();
}

/* --- lengths, lists, addresses --- */

ENG_CASE(lengths_of_zero_are_refused, ENG_ANY)
{
	union {
		struct dma_interleaved_template xt;
		uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
	} frame = { .xt = { .numf = 1, .frame_size = 1, .dir = DMA_MEM_TO_MEM } };
	dma_addr_t src = eng_addr(eng_src), dst = eng_addr(eng_dst);
	struct dma_vec vecs[2] = { { src, 64 }, { src, 0 } };
	struct scatterlist sgl[2];

	frame.xt.sgl[0] = (struct data_chunk){ .size = 0 };
	TEST_CALL(eng_far_config());
	sg_init_table(sgl, 2);
	sg_dma_address(&sgl[0]) = src;
	sg_dma_address(&sgl[1]) = src;
	sg_dma_len(&sgl[0]) = 64;
	sg_dma_len(&sgl[1]) = 0;
	TEST_ASSERT(dmaengine_prep_dma_memcpy(eng_chan, dst, src, 0, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_dma_memset(eng_chan, dst, 0, 0, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_single(eng_chan, src, 0, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_sg(eng_chan, sgl, 0, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_sg(eng_chan, sgl, 2, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_peripheral_dma_vec(eng_chan, vecs, 0, DMA_MEM_TO_DEV, 0) ==
		    NULL);
	TEST_ASSERT(dmaengine_prep_peripheral_dma_vec(eng_chan, vecs, 2, DMA_MEM_TO_DEV, 0) ==
		    NULL);
	TEST_ASSERT(dmaengine_prep_dma_cyclic(eng_chan, dst, 0, 0, DMA_DEV_TO_MEM, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	frame.xt.sgl[0].size = 64;
	frame.xt.numf = 0;
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	frame.xt.numf = 1;
	frame.xt.frame_size = 0;
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return eng_usable();
}

ENG_CASE(gaps_over_the_limit_are_refused, ENG_ANY)
{
	union {
		struct dma_interleaved_template xt;
		uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
	} frame = { .xt = { .numf = 2, .frame_size = 1, .dir = DMA_MEM_TO_MEM, .src_inc = true,
			    .dst_inc = true, .src_sgl = true, .dst_sgl = true,
			    .src_start = eng_addr(eng_src), .dst_start = eng_addr(eng_dst) } };

	frame.xt.sgl[0] = (struct data_chunk){ .size = 64, .src_icg = 1ULL << 32 };
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	frame.xt.sgl[0].src_icg = 0;
	frame.xt.sgl[0].dst_icg = 1ULL << 32;
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	frame.xt.sgl[0].dst_icg = 0;
	frame.xt.sgl[0].icg = 1ULL << 32;
	TEST_ASSERT(dmaengine_prep_interleaved_dma(eng_chan, &frame.xt, 0) == NULL);
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return eng_usable();
}

ENG_CASE(lengths_over_the_limit_are_refused, ENG_ANY)
{
	dma_addr_t src = eng_addr(eng_src), dst = eng_addr(eng_dst);
	const size_t huge = (size_t)UINT32_MAX + 1;
	struct dma_vec vecs[2] = { { src, UINT32_MAX - 3 }, { src, 64 } };

	TEST_CALL(eng_far_config());
	TEST_ASSERT(dmaengine_prep_dma_memcpy(eng_chan, dst, src, huge, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_dma_memset(eng_chan, dst, 0, huge, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_slave_single(eng_chan, src, huge, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT(dmaengine_prep_peripheral_dma_vec(eng_chan, vecs, 2, DMA_MEM_TO_DEV, 0) ==
		    NULL);
	TEST_ASSERT(dmaengine_prep_dma_cyclic(eng_chan, dst, huge, 64, DMA_DEV_TO_MEM, 0) ==
		    NULL);
	/* No multiple of the word. */
	TEST_ASSERT(dmaengine_prep_slave_single(eng_chan, src, 63, DMA_MEM_TO_DEV, 0) == NULL);
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return eng_usable();
}

ENG_CASE(directions_a_slave_has_not_are_refused, ENG_ANY)
{
	dma_addr_t src = eng_addr(eng_src);
	const enum dma_transfer_direction none[] = {
		DMA_MEM_TO_MEM, DMA_DEV_TO_DEV, DMA_TRANS_NONE, (enum dma_transfer_direction)77,
	};

	TEST_CALL(eng_far_config());
	for (unsigned int i = 0; i < RTE_DIM(none); i++) {
		TEST_ASSERT(dmaengine_prep_slave_single(eng_chan, src, 64, none[i], 0) == NULL);
		TEST_ASSERT(dmaengine_prep_dma_cyclic(eng_chan, src, 64, 32, none[i], 0) ==
			    NULL);
	}
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return eng_usable();
}

/* Periods of a lap, the last one short or not, as the callbacks count them. */
static int
laps_have(size_t length, size_t period, uint32_t periods)
{
	struct dma_async_tx_descriptor *desc;
	uint64_t before = eng_stats().periods;

	TEST_CALL(eng_far_put(eng_src, 2 * length));
	desc = dmaengine_prep_dma_cyclic(eng_chan, eng_addr(eng_dst), length, period,
					 DMA_DEV_TO_MEM, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(eng_stats().periods >= before + 2 * periods);
	TEST_ASSERT_EQ(dmaengine_terminate_sync(eng_chan), 0);
	if (eng_can(ENG_PORTS))
		TEST_ASSERT_EQ(eng_stats().periods, before + 2 * periods);
	TEST_ASSERT(eng_untouched(eng_dst + length, 64));
	return TEST_OK;
}

ENG_CASE(odd_periods_end_with_a_short_one_or_are_the_buffer, ENG_ANY)
{
	TEST_CALL(eng_far_config());
	TEST_CALL(laps_have(1024, 384, 3));	/* 384, 384, 256 */
	TEST_CALL(laps_have(1024, 1020, 2));
	TEST_CALL(laps_have(1024, 1024, 1));
	TEST_CALL(laps_have(1024, 4096, 1));	/* longer than the buffer: the buffer */
	return eng_usable();
}

ENG_CASE(memory_that_nobody_knows_is_not_mapped, ENG_ANY)
{
	struct device *dev = eng_chan->device->dev, *client = dmaengine_compat_device(ENG_CLIENT);
	uint8_t *heap = malloc(4096);
	struct scatterlist sg;

	TEST_ASSERT(heap != NULL);
	TEST_ASSERT(dma_mapping_error(client, dma_map_single(client, heap, 64, DMA_TO_DEVICE)));
	TEST_ASSERT(dma_mapping_error(dev, dma_map_single(dev, NULL, 64, DMA_TO_DEVICE)));
	TEST_ASSERT(dma_mapping_error(dev, dma_map_single(dev, eng_src, 0, DMA_TO_DEVICE)));
	TEST_ASSERT(dma_mapping_error(dev, dma_map_single(dev, eng_src, 64, DMA_NONE)));
	TEST_ASSERT(dma_mapping_error(NULL, dma_map_single(NULL, eng_src, 64, DMA_TO_DEVICE)));
	TEST_ASSERT(!dma_mapping_error(dev, dma_map_single(dev, eng_src, 64, DMA_TO_DEVICE)));
	TEST_ASSERT_EQ(dma_map_resource(dev, 0x1000, 64, DMA_TO_DEVICE, 0), 0x1000);
	TEST_ASSERT_EQ(dma_map_resource(dev, 0x1000, 0, DMA_TO_DEVICE, 0), DMA_MAPPING_ERROR);
	TEST_ASSERT_EQ(dma_map_resource(dev, 0x1000, 64, DMA_NONE, 0), DMA_MAPPING_ERROR);
	TEST_ASSERT_EQ(dma_map_resource(NULL, 0x1000, 64, DMA_TO_DEVICE, 0), DMA_MAPPING_ERROR);
	TEST_ASSERT_EQ(dma_map_resource(dev, UINT64_MAX - 62, 64, DMA_TO_DEVICE, 0),
		       DMA_MAPPING_ERROR);	/* wraps */
	sg_init_one(&sg, heap, 64);
	TEST_ASSERT_EQ(dma_map_sg(client, &sg, 1, DMA_TO_DEVICE), 0);
	TEST_ASSERT_EQ(dma_map_sg(dev, NULL, 1, DMA_TO_DEVICE), 0);
	TEST_ASSERT_EQ(dma_map_sg(dev, &sg, 0, DMA_TO_DEVICE), 0);
	free(heap);
	return eng_usable();
}

ENG_CASE(a_wild_address_fails_its_transfer_only, ENG_ERRORS)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	dma_cookie_t cookie;

	if (!eng_can(ENG_ERRORS))
		return eng_usable();	/* such a device would take the process down */
	desc = dmaengine_prep_dma_memcpy(eng_chan, eng_addr(eng_dst), 0x1000, 64,
					 DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	desc->callback_param = &calls;
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT_EQ(eng_status(cookie), DMA_ERROR);
	TEST_ASSERT_EQ(eng_stats().errors, 1);
	return eng_usable();
}

ENG_CASE(long_lists_are_split_not_refused, ENG_ANY, .conf.pool = 128, .conf.ring = 64)
{
	/* More than the device takes at once, and more than its ring holds. */
	static struct scatterlist sgl[1000];
	struct dma_async_tx_descriptor *desc;
	uint8_t *got = eng_dst + 128 * 1024;
	dma_cookie_t cookie;

	TEST_CALL(eng_far_config());
	sg_init_table(sgl, RTE_DIM(sgl));
	for (unsigned int i = 0; i < RTE_DIM(sgl); i++)
		sg_set_buf(&sgl[i], eng_src + i * 64, 32);
	TEST_ASSERT(dma_map_sg(eng_chan->device->dev, sgl, RTE_DIM(sgl), DMA_TO_DEVICE) > 0);
	desc = dmaengine_prep_slave_sg(eng_chan, sgl, RTE_DIM(sgl), DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_CALL(eng_far_get(got, 32000));
	for (unsigned int i = 0; i < RTE_DIM(sgl); i++)
		TEST_ASSERT(memcmp(got + i * 32, eng_src + i * 64, 32) == 0);
	return eng_usable();
}

ENG_CASE(a_list_longer_than_the_pool_is_null_and_leaks_nothing, ENG_ANY, .conf.pool = 8)
{
	static struct scatterlist sgl[1000];

	TEST_CALL(eng_far_config());
	sg_init_table(sgl, RTE_DIM(sgl));
	for (unsigned int i = 0; i < RTE_DIM(sgl); i++)
		sg_set_buf(&sgl[i], eng_src + i * 64, 32);
	TEST_ASSERT(dma_map_sg(eng_chan->device->dev, sgl, RTE_DIM(sgl), DMA_TO_DEVICE) > 0);
	for (unsigned int i = 0; i < 20; i++)
		TEST_ASSERT(dmaengine_prep_slave_sg(eng_chan, sgl, RTE_DIM(sgl), DMA_MEM_TO_DEV,
						    0) == NULL);
	TEST_ASSERT_EQ(eng_stats().pool_free, 8);
	return eng_usable();
}

ENG_CASE(an_unsupported_width_is_not_used, ENG_ANY)
{
	struct dma_slave_config config = eng_far();

	config.src_addr_width = config.dst_addr_width = DMA_SLAVE_BUSWIDTH_3_BYTES;
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	TEST_ASSERT(dmaengine_prep_slave_single(eng_chan, eng_addr(eng_src), 96, DMA_MEM_TO_DEV,
						0) == NULL);
	TEST_ASSERT_EQ(eng_stats().pool_free, ENG_POOL);
	return eng_usable();
}

static const struct test_case bad_input[] = {
	ENG_TEST(null_channel_is_refused_by_every_call),
	ENG_TEST(null_descriptor_and_settings_are_refused),
	ENG_TEST(null_in_requests_is_refused),
	ENG_TEST(lengths_of_zero_are_refused),
	ENG_TEST(gaps_over_the_limit_are_refused),
	ENG_TEST(lengths_over_the_limit_are_refused),
	ENG_TEST(directions_a_slave_has_not_are_refused),
	ENG_TEST(odd_periods_end_with_a_short_one_or_are_the_buffer),
	ENG_TEST(memory_that_nobody_knows_is_not_mapped),
	ENG_TEST(a_wild_address_fails_its_transfer_only),
	ENG_TEST(long_lists_are_split_not_refused),
	ENG_TEST(a_list_longer_than_the_pool_is_null_and_leaks_nothing),
	ENG_TEST(an_unsupported_width_is_not_used),
};

static int
refdma_setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_thread"));
}

static int
skeleton_setup(void)
{
	return eng_suite_setup(eng_env_find("engine_generic_skeleton"));
}

static struct test_case all[MAX_CASES];

/* Bad input, and calls in a bad order. */
static unsigned int
collect(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RTE_DIM(bad_input) && n < MAX_CASES; i++)
		all[n++] = bad_input[i];
	for (unsigned int i = 0; i < nb_bad_order && n < MAX_CASES; i++)
		all[n++] = bad_order[i];
	return n;
}

static struct test_suite refdma_suite = {
	.name = "engine_bad_input",
	.setup = refdma_setup,
	.teardown = eng_suite_teardown,
	.cases = all,
};

static struct test_suite skeleton_suite = {
	.name = "engine_bad_input_generic",
	.setup = skeleton_setup,
	.teardown = eng_suite_teardown,
	.cases = all,
};

RTE_INIT(bad_input_register)
{
	refdma_suite.eal_args = skeleton_suite.eal_args = eng_eal_args();
	refdma_suite.nb_cases = skeleton_suite.nb_cases = collect();
	test_suite_register(&refdma_suite);
	test_suite_register(&skeleton_suite);
}
