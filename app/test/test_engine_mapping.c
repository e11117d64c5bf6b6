/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Mapping, coherent memory, masks, and lists of segments: what drivers do before they prepare. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test_engine_env.h"

/* --- mapping --- */

ENG_CASE(a_buffer_goes_through_map_sync_and_unmap, ENG_ANY)
{
	struct device *dev = dmaengine_get_dma_device(eng_chan);
	dma_addr_t src, dst;
	dma_cookie_t cookie;
	struct dma_async_tx_descriptor *desc;

	src = dma_map_single(dev, eng_src, 4096, DMA_TO_DEVICE);
	dst = dma_map_single(dev, eng_dst, 4096, DMA_FROM_DEVICE);
	TEST_ASSERT(!dma_mapping_error(dev, src) && !dma_mapping_error(dev, dst));
	dma_sync_single_for_device(dev, src, 4096, DMA_TO_DEVICE);
	dma_sync_single_range_for_device(dev, dst, 0, 4096, DMA_FROM_DEVICE);
	desc = dmaengine_prep_dma_memcpy(eng_chan, dst, src, 4096, 0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	TEST_ASSERT_EQ(dma_sync_wait(eng_chan, cookie), DMA_COMPLETE);
	dma_sync_single_for_cpu(dev, dst, 4096, DMA_FROM_DEVICE);
	dma_sync_single_range_for_cpu(dev, dst, 64, 64, DMA_FROM_DEVICE);
	dma_unmap_single(dev, src, 4096, DMA_TO_DEVICE);
	dma_unmap_single(dev, dst, 4096, DMA_FROM_DEVICE);
	/* Unmapping takes nothing away. */
	TEST_ASSERT(memcmp(eng_dst, eng_src, 4096) == 0);
	return TEST_OK;
}

ENG_CASE(a_peripheral_is_mapped_as_it_is, ENG_ANY)
{
	struct device *dev = dmaengine_get_dma_device(eng_chan);
	dma_addr_t addr = dma_map_resource(dev, 0xfe000000, 256, DMA_TO_DEVICE, 0);

	TEST_ASSERT_EQ(addr, 0xfe000000);
	dma_unmap_resource(dev, addr, 256, DMA_TO_DEVICE, 0);
	return TEST_OK;
}

ENG_CASE(a_mask_keeps_out_what_the_device_cannot_reach, ENG_ANY)
{
	__u64 mask = DMA_BIT_MASK(64);
	struct device dev = { .name = "narrow", .dma_mask = &mask };
	dma_addr_t addr = eng_addr(eng_src);

	TEST_ASSERT_EQ(dma_map_single(&dev, eng_src, 64, DMA_TO_DEVICE), addr);
	/* The last byte counts too. */
	mask = addr + 63;
	TEST_ASSERT_EQ(dma_map_single(&dev, eng_src, 64, DMA_TO_DEVICE), addr);
	TEST_ASSERT_EQ(dma_map_single(&dev, eng_src, 65, DMA_TO_DEVICE), DMA_MAPPING_ERROR);
	mask = DMA_BIT_MASK(24);
	TEST_ASSERT_EQ(dma_map_single(&dev, eng_src, 64, DMA_TO_DEVICE), DMA_MAPPING_ERROR);
	TEST_ASSERT(dma_alloc_coherent(&dev, 64, &addr, GFP_KERNEL) == NULL);
	TEST_ASSERT_EQ(addr, DMA_MAPPING_ERROR);
	/* This process has no memory below 16 MiB. */
	TEST_ASSERT_EQ(dma_set_mask(&dev, DMA_BIT_MASK(24)), -EIO);
	TEST_ASSERT_EQ(dma_set_coherent_mask(&dev, DMA_BIT_MASK(24)), -EIO);
	TEST_ASSERT_EQ(dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(64)), 0);
	TEST_ASSERT_EQ(mask, DMA_BIT_MASK(64));
	TEST_ASSERT_EQ(dev.coherent_dma_mask, DMA_BIT_MASK(64));
	TEST_ASSERT_EQ(dma_set_mask(NULL, mask), -EINVAL);
	TEST_ASSERT_EQ(dma_set_mask(&dev, 0), -EINVAL);
	TEST_ASSERT_EQ(dma_set_coherent_mask(NULL, mask), -EINVAL);
	TEST_ASSERT_EQ(dma_set_coherent_mask(&dev, 0), -EINVAL);
	dev.dma_mask = NULL;
	TEST_ASSERT_EQ(dma_set_mask(&dev, DMA_BIT_MASK(64)), 0);
	TEST_ASSERT_EQ(dma_map_single(&dev, eng_src, 64, DMA_TO_DEVICE), eng_addr(eng_src));
	return TEST_OK;
}

ENG_CASE(coherent_memory_is_zeroed_aligned_and_for_the_device, ENG_ANY)
{
	struct device *devices[] = {
		dmaengine_get_dma_device(eng_chan), dmaengine_compat_device("a client"),
	};
	dma_addr_t addr;
	uint8_t *memory;

	for (unsigned int i = 0; i < RTE_DIM(devices); i++) {
		memory = dma_alloc_coherent(devices[i], 100, &addr, GFP_KERNEL);
		TEST_ASSERT(memory != NULL);
		TEST_ASSERT_EQ((uintptr_t)memory % 4096, 0);
		TEST_ASSERT_EQ(addr, eng_addr(memory));
		TEST_ASSERT(eng_all(memory, 100, 0));
		memset(memory, 0xff, 100);
		dma_free_coherent(devices[i], 100, memory, addr);
	}
	TEST_ASSERT(dma_alloc_coherent(devices[0], 64, NULL, GFP_KERNEL) == NULL);
	TEST_ASSERT(dma_alloc_coherent(devices[0], 0, &addr, GFP_KERNEL) == NULL);
	TEST_ASSERT_EQ(addr, DMA_MAPPING_ERROR);
	dma_free_coherent(devices[0], 64, NULL, 0);
	return TEST_OK;
}

ENG_CASE(the_largest_segment_is_what_the_driver_said, ENG_ANY)
{
	struct device_dma_parameters parms = { 0 };
	struct device dev = { .name = "segments" };

	TEST_ASSERT_EQ(dma_get_max_seg_size(NULL), 65536);
	TEST_ASSERT_EQ(dma_get_max_seg_size(&dev), 65536);
	TEST_ASSERT_EQ(dma_set_max_seg_size(&dev, 4096), 0);
	TEST_ASSERT_EQ(dma_get_max_seg_size(&dev), 4096);
	dev.dma_parms = &parms;
	TEST_ASSERT_EQ(dma_set_max_seg_size(&dev, 512), 0);
	TEST_ASSERT_EQ(parms.max_segment_size, 512);
	TEST_ASSERT_EQ(dma_get_max_seg_size(&dev), 512);
	TEST_ASSERT_EQ(dma_set_max_seg_size(NULL, 512), -EINVAL);
	TEST_ASSERT(dma_get_cache_alignment() >= 64);
	return TEST_OK;
}

/* --- lists --- */

#define PIECE	100

/* Three pieces with gaps, in a table. */
static int
make_table(struct sg_table *table)
{
	struct scatterlist *sg;
	unsigned int i;

	TEST_ASSERT_EQ(sg_alloc_table(table, 3, GFP_KERNEL), 0);
	for_each_sg(table->sgl, sg, table->nents, i)
		sg_set_buf(sg, eng_dst + i * 2 * PIECE, PIECE);
	return TEST_OK;
}

ENG_CASE(a_table_is_mapped_synced_and_freed, ENG_ANY)
{
	struct device *dev = dmaengine_get_dma_device(eng_chan);
	struct device nobody = { .name = "nobody" };
	struct sg_table table;
	uint8_t *heap;

	TEST_ASSERT_EQ(sg_alloc_table(NULL, 3, GFP_KERNEL), -EINVAL);
	TEST_ASSERT_EQ(sg_alloc_table(&table, 0, GFP_KERNEL), -EINVAL);
	TEST_CALL(make_table(&table));
	TEST_ASSERT_EQ(dma_map_sgtable(dev, &table, DMA_FROM_DEVICE, 0), 0);
	TEST_ASSERT_EQ(sg_dma_address(&table.sgl[2]), eng_addr(eng_dst + 4 * PIECE));
	TEST_ASSERT_EQ(sg_dma_len(&table.sgl[2]), PIECE);
	dma_sync_sgtable_for_device(dev, &table, DMA_FROM_DEVICE);
	dma_sync_sgtable_for_cpu(dev, &table, DMA_FROM_DEVICE);
	dma_unmap_sgtable(dev, &table, DMA_FROM_DEVICE, 0);
	TEST_ASSERT_EQ(dma_map_sgtable(dev, NULL, DMA_FROM_DEVICE, 0), -EINVAL);
	/* One piece that cannot be mapped is enough. */
	heap = malloc(PIECE);
	TEST_ASSERT(heap != NULL);
	sg_set_buf(&table.sgl[1], heap, PIECE);
	TEST_ASSERT_EQ(dma_map_sgtable(&nobody, &table, DMA_FROM_DEVICE, 0), -EIO);
	free(heap);
	/* A list that is shorter than it is said to be. */
	TEST_ASSERT_EQ(dma_map_sg(dev, table.sgl, 4, DMA_FROM_DEVICE), 0);
	sg_free_table(&table);
	TEST_ASSERT(table.sgl == NULL);
	sg_free_table(NULL);
	return TEST_OK;
}

ENG_CASE(bytes_are_copied_into_and_out_of_a_list, ENG_ANY)
{
	uint8_t back[3 * PIECE];
	struct sg_table table;

	TEST_CALL(make_table(&table));
	TEST_ASSERT_EQ(sg_copy_from_buffer(table.sgl, 3, eng_src, 3 * PIECE), 3 * PIECE);
	for (unsigned int i = 0; i < 3; i++) {
		TEST_ASSERT(memcmp(eng_dst + i * 2 * PIECE, eng_src + i * PIECE, PIECE) == 0);
		TEST_ASSERT(eng_untouched(eng_dst + (i * 2 + 1) * PIECE, PIECE));
	}
	TEST_ASSERT_EQ(sg_copy_to_buffer(table.sgl, 3, back, sizeof(back)), sizeof(back));
	TEST_ASSERT(memcmp(back, eng_src, sizeof(back)) == 0);
	/* From the middle of the second piece on, and no more than there is. */
	TEST_ASSERT_EQ(sg_pcopy_to_buffer(table.sgl, 3, back, sizeof(back), 150), 150);
	TEST_ASSERT(memcmp(back, eng_src + 150, 150) == 0);
	TEST_ASSERT_EQ(sg_pcopy_from_buffer(table.sgl, 3, eng_src + 500, 20, 90), 20);
	TEST_ASSERT(memcmp(eng_dst + 90, eng_src + 500, 10) == 0);
	TEST_ASSERT(memcmp(eng_dst + 2 * PIECE, eng_src + 510, 10) == 0);
	TEST_ASSERT_EQ(sg_pcopy_to_buffer(table.sgl, 3, back, 10, 300), 0);
	TEST_ASSERT_EQ(sg_copy_to_buffer(table.sgl, 7, back, sizeof(back)), sizeof(back));
	TEST_ASSERT_EQ(sg_pcopy_to_buffer(table.sgl, 7, back, sizeof(back), 250), 50);
	sg_free_table(&table);
	return TEST_OK;
}

ENG_CASE(lists_are_chained_counted_and_walked, ENG_ANY)
{
	struct scatterlist first[3], second[2], *sg;
	struct sg_dma_page_iter iter;
	unsigned int pages = 0, n = 0;

	sg_init_table(first, 0);
	sg_init_table(first, 3);
	sg_init_table(second, 2);
	sg_set_buf(&first[0], eng_src, 64);
	sg_set_buf(&first[1], eng_src + 64, 64);
	sg_set_buf(&second[0], eng_src + 128, 64);
	sg_set_page(&second[1], virt_to_page(eng_src), 8192, offset_in_page(eng_src));
	sg_chain(first, 3, second);
	TEST_ASSERT(sg_is_chain(&first[2]) && sg_is_last(&second[1]));
	TEST_ASSERT_EQ(sg_nents(first), 4);
	TEST_ASSERT(sg_next(&first[1]) == &second[0]);
	TEST_ASSERT(sg_next(&second[1]) == NULL);
	TEST_ASSERT(sg_last(first, 4) == &second[1]);
	TEST_ASSERT(sg_virt(&second[1]) == eng_src);
	TEST_ASSERT_EQ(sg_nents_for_len(first, 0), 0);
	TEST_ASSERT_EQ(sg_nents_for_len(first, 65), 2);
	TEST_ASSERT_EQ(sg_nents_for_len(first, 192 + 8192), 4);
	TEST_ASSERT_EQ(sg_nents_for_len(first, 192 + 8193), -EINVAL);
	TEST_ASSERT_EQ(dma_map_sg(eng_chan->device->dev, first, 4, DMA_TO_DEVICE), 4);
	for_each_sg(first, sg, 4, n)
		TEST_ASSERT(sg_dma_address(sg) >= eng_addr(eng_src));
	/* Each small segment touches one page, the last one two. */
	for_each_sg_dma_page(first, &iter, 4, 0)
		pages += sg_page_iter_dma_address(&iter) % 4096 == 0;
	TEST_ASSERT_EQ(pages, 5);
	dma_unmap_sg(eng_chan->device->dev, first, 4, DMA_TO_DEVICE);
	return TEST_OK;
}

/* --- what a driver of an offload engine asks --- */

ENG_CASE(sources_of_pq_depend_on_what_is_continued, ENG_ANY)
{
	struct dma_device dma = { 0 };

	dma_set_maxpq(&dma, 8, 0);
	TEST_ASSERT_EQ(dma_dev_to_maxpq(&dma), 8);
	TEST_ASSERT(!dma_dev_has_pq_continue(&dma));
	TEST_ASSERT_EQ(dma_maxpq(&dma, (enum dma_ctrl_flags)0), 8);
	TEST_ASSERT_EQ(dma_maxpq(&dma, DMA_PREP_CONTINUE), 5);
	TEST_ASSERT_EQ(dma_maxpq(&dma, DMA_PREP_CONTINUE | DMA_PREP_PQ_DISABLE_P), 7);
	dma_set_maxpq(&dma, 8, 1);
	TEST_ASSERT(dma_dev_has_pq_continue(&dma));
	TEST_ASSERT_EQ(dma_maxpq(&dma, DMA_PREP_CONTINUE), 8);
	return TEST_OK;
}

/* --- the preparations that no other suite has --- */

ENG_CASE(an_interrupt_is_a_callback_in_its_turn, ENG_ANY)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t copies = 0, interrupts = 0;

	TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &copies) > 0);
	desc = eng_chan->device->device_prep_dma_interrupt(eng_chan, DMA_PREP_INTERRUPT);
	TEST_ASSERT(desc != NULL);
	desc->callback = eng_count;
	desc->callback_param = &interrupts;
	TEST_CALL(eng_wait_complete((dmaengine_submit(desc),
				     dma_async_issue_pending(eng_chan), desc->cookie)));
	TEST_ASSERT_EQ(atomic_load(&copies), 1);
	TEST_ASSERT_EQ(atomic_load(&interrupts), 1);
	return TEST_OK;
}

ENG_CASE(vectors_go_to_the_peripheral_and_come_back, ENG_ANY)
{
	const struct dma_vec out[2] = {
		{ eng_addr(eng_src), 64 }, { eng_addr(eng_src + 128), 32 },
	};
	struct dma_async_tx_descriptor *desc;
	uint8_t got[96];

	TEST_CALL(eng_far_config());
	desc = dmaengine_prep_peripheral_dma_vec(eng_chan, out, 2, DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	TEST_CALL(eng_wait_complete((dmaengine_submit(desc),
				     dma_async_issue_pending(eng_chan), desc->cookie)));
	TEST_CALL(eng_far_get(got, sizeof(got)));
	TEST_ASSERT(memcmp(got, eng_src, 64) == 0);
	TEST_ASSERT(memcmp(got + 64, eng_src + 128, 32) == 0);
	return TEST_OK;
}

static const struct test_case mapping[] = {
	ENG_TEST(a_buffer_goes_through_map_sync_and_unmap),
	ENG_TEST(a_peripheral_is_mapped_as_it_is),
	ENG_TEST(a_mask_keeps_out_what_the_device_cannot_reach),
	ENG_TEST(coherent_memory_is_zeroed_aligned_and_for_the_device),
	ENG_TEST(the_largest_segment_is_what_the_driver_said),
	ENG_TEST(a_table_is_mapped_synced_and_freed),
	ENG_TEST(bytes_are_copied_into_and_out_of_a_list),
	ENG_TEST(lists_are_chained_counted_and_walked),
	ENG_TEST(sources_of_pq_depend_on_what_is_continued),
	ENG_TEST(an_interrupt_is_a_callback_in_its_turn),
	ENG_TEST(vectors_go_to_the_peripheral_and_come_back),
};

static int
setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static struct test_suite mapping_suite = {
	.name = "engine_mapping",
	.setup = setup,
	.teardown = eng_suite_teardown,
	.cases = mapping,
	.nb_cases = RTE_DIM(mapping),
};

RTE_INIT(engine_mapping_register)
{
	mapping_suite.eal_args = eng_eal_args();
	test_suite_register(&mapping_suite);
}
