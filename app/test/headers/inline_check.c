/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * What the inline functions compute, without the library: the few functions that they call are
 * given here, and a controller without operations stands for one that supports nothing.
 */

#include <limits.h>
#include <stdio.h>

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

static unsigned int rejected, failures;
static struct scatterlist seen;

#define CHECK(what) \
	do { \
		if (!(what)) { \
			printf("# line %d: %s\n", __LINE__, #what); \
			failures++; \
		} \
	} while (0)

int
__dmaengine_reject(const char *call, const char *reason, int error)
{
	(void)call;
	(void)reason;
	rejected++;
	return error;
}

phys_addr_t
dmaengine_compat_virt_to_phys(const void *addr)
{
	return (uintptr_t)addr;
}

void
dmaengine_unmap_put(struct dmaengine_unmap_data *unmap)
{
	(void)unmap;
}

static struct dma_async_tx_descriptor *
keep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
	      enum dma_transfer_direction dir, unsigned long flags, void *context)
{
	(void)chan;
	(void)dir;
	(void)flags;
	CHECK(sg_len == 1 && context == NULL);
	seen = *sgl;
	return NULL;
}

static void
test_cookie_wrap(void)
{
	/* Away from the wrap: 6 to 10 are in flight. */
	CHECK(dma_async_is_complete(5, 5, 10) == DMA_COMPLETE);
	CHECK(dma_async_is_complete(6, 5, 10) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(10, 5, 10) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(11, 5, 10) == DMA_COMPLETE);
	CHECK(dma_async_is_complete(INT_MAX, 5, 10) == DMA_COMPLETE);

	/* Across it: INT_MAX, 1 and 2 are in flight. */
	CHECK(dma_async_is_complete(INT_MAX - 1, INT_MAX - 1, 2) == DMA_COMPLETE);
	CHECK(dma_async_is_complete(INT_MAX, INT_MAX - 1, 2) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(1, INT_MAX - 1, 2) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(2, INT_MAX - 1, 2) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(3, INT_MAX - 1, 2) == DMA_COMPLETE);

	/* Right on it: the newest completed one is the last before it. */
	CHECK(dma_async_is_complete(INT_MAX, INT_MAX, 1) == DMA_COMPLETE);
	CHECK(dma_async_is_complete(1, INT_MAX, 1) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(2, INT_MAX, 1) == DMA_COMPLETE);

	/* Nothing in flight, nothing submitted yet, and no cookie at all. */
	CHECK(dma_async_is_complete(7, 7, 7) == DMA_COMPLETE);
	CHECK(dma_async_is_complete(1, 0, 1) == DMA_IN_PROGRESS);
	CHECK(dma_async_is_complete(-EIO, 5, 10) == DMA_ERROR);
	CHECK(dma_submit_error(1) == 0 && dma_submit_error(-EIO) == -EIO);
}

static void
test_unsupported(void)
{
	struct dma_device device = { 0 };
	struct dma_chan_dev chan_dev = { .device = { .name = "dma0chan0" } };
	struct dma_chan chan = { .device = &device, .dev = &chan_dev };
	struct dma_interleaved_template xt = { 0 };
	struct dma_slave_config config;
	struct dma_async_tx_descriptor desc = { .chan = &chan };

	CHECK(dmaengine_prep_slave_sg(&chan, NULL, 0, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_slave_single(&chan, 0, 1, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_peripheral_dma_vec(&chan, NULL, 0, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_rio_sg(&chan, NULL, 0, DMA_MEM_TO_DEV, 0, NULL) == NULL);
	CHECK(dmaengine_prep_dma_cyclic(&chan, 0, 1, 1, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_interleaved_dma(&chan, &xt, 0) == NULL);
	CHECK(dmaengine_prep_dma_memcpy(&chan, 0, 0, 1, 0) == NULL);
	CHECK(dmaengine_prep_dma_memset(&chan, 0, 0, 1, 0) == NULL);
	CHECK(dmaengine_slave_config(&chan, &config) == -ENOSYS);
	CHECK(dmaengine_pause(&chan) == -ENOSYS && dmaengine_resume(&chan) == -ENOSYS);
	CHECK(dmaengine_terminate_async(&chan) == -EINVAL);
	CHECK(dmaengine_terminate_all(&chan) == -ENOSYS);
	CHECK(dmaengine_desc_set_reuse(&desc) == -EPERM && dmaengine_desc_free(&desc) == -EPERM);
	CHECK(!dmaengine_is_metadata_mode_supported(&chan, DESC_METADATA_CLIENT));
	CHECK(strcmp(dma_chan_name(&chan), "dma0chan0") == 0);
	CHECK(rejected == 0);
}

static void
test_null(void)
{
	rejected = 0;
	CHECK(dmaengine_prep_slave_sg(NULL, NULL, 0, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_slave_single(NULL, 0, 1, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_peripheral_dma_vec(NULL, NULL, 0, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_rio_sg(NULL, NULL, 0, DMA_MEM_TO_DEV, 0, NULL) == NULL);
	CHECK(dmaengine_prep_dma_cyclic(NULL, 0, 1, 1, DMA_MEM_TO_DEV, 0) == NULL);
	CHECK(dmaengine_prep_interleaved_dma(NULL, NULL, 0) == NULL);
	CHECK(dmaengine_prep_dma_memcpy(NULL, 0, 0, 1, 0) == NULL);
	CHECK(dmaengine_prep_dma_memset(NULL, 0, 0, 1, 0) == NULL);
	CHECK(dmaengine_submit(NULL) == -EINVAL);
	CHECK(dmaengine_slave_config(NULL, NULL) == -EINVAL);
	CHECK(dmaengine_pause(NULL) == -EINVAL && dmaengine_resume(NULL) == -EINVAL);
	CHECK(dmaengine_terminate_async(NULL) == -EINVAL);
	CHECK(dmaengine_terminate_all(NULL) == -EINVAL);
	CHECK(dmaengine_tx_status(NULL, 1, NULL) == DMA_ERROR);
	CHECK(dma_async_is_tx_complete(NULL, 1, NULL, NULL) == DMA_ERROR);
	CHECK(dmaengine_desc_set_reuse(NULL) == -EINVAL && dmaengine_desc_free(NULL) == -EINVAL);
	dma_async_issue_pending(NULL);
	CHECK(rejected == 19);
	CHECK(!dmaengine_is_metadata_mode_supported(NULL, DESC_METADATA_CLIENT));
	CHECK(dmaengine_get_dma_device(NULL) == NULL);
}

static void
test_slave_single(void)
{
	struct dma_device device = { .device_prep_slave_sg = keep_slave_sg };
	struct dma_chan chan = { .device = &device };

	(void)dmaengine_prep_slave_single(&chan, 0x123456789, 77, DMA_MEM_TO_DEV, 0);
	CHECK(sg_dma_address(&seen) == 0x123456789 && sg_dma_len(&seen) == 77 && sg_is_last(&seen));

	/* A length that the entry cannot hold is refused, not cut off. */
	memset(&seen, 0, sizeof(seen));
	(void)dmaengine_prep_slave_single(&chan, 1, (size_t)UINT_MAX + 2, DMA_MEM_TO_DEV, 0);
	CHECK(sg_dma_address(&seen) == 0);
}

static void
test_repeat(void)
{
	struct dma_device device = { 0 };
	enum dma_transaction_type cap;
	unsigned int sum = 0;

	CHECK(!dma_has_cap(DMA_REPEAT, device.cap_mask));
	dma_cap_set(DMA_REPEAT, device.cap_mask);
	dma_cap_set(DMA_MEMCPY, device.cap_mask);
	dma_cap_set(DMA_LOAD_EOT, device.cap_mask);
	for_each_dma_cap_mask(cap, device.cap_mask)
		sum = sum * 100 + cap;
	CHECK(sum == 1415);
	dma_cap_clear(DMA_REPEAT, device.cap_mask);
	CHECK(!dma_has_cap(DMA_REPEAT, device.cap_mask));
	dma_cap_zero(device.cap_mask);
	CHECK(!dma_has_cap(DMA_MEMCPY, device.cap_mask));
}

static void
test_limits(void)
{
	struct dma_device device = { .copy_align = DMAENGINE_ALIGN_4_BYTES };
	const enum dma_ctrl_flags q_only =
		(enum dma_ctrl_flags)(DMA_PREP_CONTINUE | DMA_PREP_PQ_DISABLE_P);

	CHECK(is_dma_copy_aligned(&device, 4, 8, 12) && !is_dma_copy_aligned(&device, 4, 8, 13));
	CHECK(is_dma_fill_aligned(&device, 1, 3, 5));
	dma_set_maxpq(&device, 8, 0);
	CHECK(dma_maxpq(&device, DMA_PREP_INTERRUPT) == 8);
	CHECK(dma_maxpq(&device, DMA_PREP_CONTINUE) == 5 && dma_maxpq(&device, q_only) == 7);
	dma_set_maxpq(&device, 8, 1);
	CHECK(dma_maxpq(&device, DMA_PREP_CONTINUE) == 8 && dma_dev_to_maxpq(&device) == 8);

	CHECK(dmaengine_get_icg(false, true, 3, 5) == 0);
	CHECK(dmaengine_get_icg(true, true, 3, 5) == 5);
	CHECK(dmaengine_get_icg(true, true, 3, 0) == 3);
	CHECK(dmaengine_get_icg(true, false, 3, 0) == 0);
	CHECK(dmaengine_get_icg(true, false, 3, 5) == 5);
	CHECK(is_slave_direction(DMA_DEV_TO_DEV) && !is_slave_direction(DMA_MEM_TO_MEM));
}

static void
test_scatterlist(void)
{
	static char memory[20000];
	struct scatterlist first[3], second[2], *sg;
	struct sg_dma_page_iter iter;
	unsigned int i, bytes = 0, granules = 0;

	sg_init_table(first, 3);
	sg_init_table(second, 2);
	sg_set_buf(&first[0], memory + 1, 10);
	sg_set_buf(&first[1], memory + 5000, 6000);
	sg_chain(first, 3, second);
	sg_set_page(&second[0], virt_to_page(memory + 12000), 30, offset_in_page(memory + 12000));
	sg_set_buf(&second[1], memory + 19000, 40);

	CHECK(sg_nents(first) == 4 && sg_nents(NULL) == 0);
	for_each_sg(first, sg, 4, i)
		bytes += sg->length;
	CHECK(bytes == 6080 && sg == NULL);
	CHECK(sg_virt(&first[0]) == memory + 1 && sg_virt(&second[0]) == memory + 12000);
	CHECK(sg_last(first, 4) == &second[1] && sg_is_last(&second[1]) && sg_is_chain(&first[2]));
	CHECK(sg_nents_for_len(first, 10) == 1 && sg_nents_for_len(first, 11) == 2);
	CHECK(sg_nents_for_len(first, 0) == 0 && sg_nents_for_len(first, 6080) == 4);
	CHECK(sg_nents_for_len(first, 6081) == -EINVAL && sg_nents_for_len(NULL, 1) == -EINVAL);
	CHECK(sg_next(&second[1]) == NULL);
	sg_mark_end(&first[1]);
	CHECK(sg_nents(first) == 2 && sg_virt(&first[1]) == memory + 5000);
	sg_unmark_end(&first[1]);
	CHECK(sg_nents(first) == 4);

	sg_init_one(first, memory, 1);
	sg_dma_address(first) = 4095;
	sg_dma_len(first) = 4098;
	for_each_sg_dma_page(first, &iter, 1, 0)
		CHECK(sg_page_iter_dma_address(&iter) == granules++ * 4096ULL);
	CHECK(granules == 3);
	for_each_sg_dma_page(first, &iter, 1, 2)
		CHECK(sg_page_iter_dma_address(&iter) == 8192);
}

static void
test_error_pointers(void)
{
	int something;

	CHECK(IS_ERR(ERR_PTR(-EBUSY)) && PTR_ERR(ERR_PTR(-EBUSY)) == -EBUSY);
	CHECK(IS_ERR(ERR_PTR(-MAX_ERRNO)) && !IS_ERR(ERR_PTR(-MAX_ERRNO - 1)));
	CHECK(!IS_ERR(NULL) && IS_ERR_OR_NULL(NULL) && !IS_ERR(&something));
	CHECK(PTR_ERR_OR_ZERO(&something) == 0 && PTR_ERR_OR_ZERO(ERR_PTR(-EIO)) == -EIO);
	CHECK(ERR_CAST(ERR_PTR(-EIO)) == ERR_PTR(-EIO));
	CHECK(dma_mapping_error(NULL, DMA_MAPPING_ERROR) == -ENOMEM);
	CHECK(dma_mapping_error(NULL, 0) == 0);
}

static void
test_device(void)
{
	struct device_dma_parameters parms = { .max_segment_size = 512 };
	struct device dev = { .name = "uart0" };

	CHECK(strcmp(dev_name(&dev), "uart0") == 0 && strcmp(dev_name(NULL), "(null)") == 0);
	CHECK(dma_get_max_seg_size(&dev) == 65536 && dma_get_max_seg_size(NULL) == 65536);
	CHECK(dma_set_max_seg_size(&dev, 4096) == 0 && dma_get_max_seg_size(&dev) == 4096);
	dev.dma_parms = &parms;
	CHECK(dma_get_max_seg_size(&dev) == 512);
	CHECK(dma_set_max_seg_size(&dev, 1024) == 0 && parms.max_segment_size == 1024);
	CHECK(dma_set_max_seg_size(NULL, 1024) == -EINVAL);
}

int
main(void)
{
	test_cookie_wrap();
	test_unsupported();
	test_null();
	test_slave_single();
	test_repeat();
	test_limits();
	test_scatterlist();
	test_error_pointers();
	test_device();
	return failures != 0;
}
