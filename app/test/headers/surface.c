/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Every function of the contract with the kernel's signature, and every macro used as clients use
 * it. It only has to compile, as C and as C++: what is missing, or has another type, does not.
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/scatterlist.h>

void functions_of_channels(void);
void functions_of_descriptors(void);
void functions_of_offload(void);
void functions_of_mapping(void);
void functions_of_lists(void);
void macros(struct dma_chan *chan, struct device *dev);

/* The function is there and has exactly this type. */
#define FUNCTION(result, name, ...) \
	do { \
		result (*signature)(__VA_ARGS__) = name; \
		(void)signature; \
	} while (0)

typedef struct dma_async_tx_descriptor desc_t;

void
functions_of_channels(void)
{
	FUNCTION(struct dma_chan *, dma_request_chan, struct device *, const char *);
	FUNCTION(struct dma_chan *, dma_request_chan_by_mask, const dma_cap_mask_t *);
	FUNCTION(struct dma_chan *, __dma_request_channel, const dma_cap_mask_t *, dma_filter_fn,
		 void *, struct device_node *);
	FUNCTION(struct dma_chan *, dma_request_slave_channel, struct device *, const char *);
	FUNCTION(struct dma_chan *, dma_find_channel, enum dma_transaction_type);
	FUNCTION(void, dma_release_channel, struct dma_chan *);
	FUNCTION(void, dmaengine_get, void);
	FUNCTION(void, dmaengine_put, void);
	FUNCTION(void, dma_issue_pending_all, void);
	FUNCTION(int, dma_get_slave_caps, struct dma_chan *, struct dma_slave_caps *);
	FUNCTION(int, dmaengine_slave_config, struct dma_chan *, struct dma_slave_config *);
	FUNCTION(void, dma_async_issue_pending, struct dma_chan *);
	FUNCTION(enum dma_status, dmaengine_tx_status, struct dma_chan *, dma_cookie_t,
		 struct dma_tx_state *);
	FUNCTION(enum dma_status, dma_async_is_tx_complete, struct dma_chan *, dma_cookie_t,
		 dma_cookie_t *, dma_cookie_t *);
	FUNCTION(enum dma_status, dma_async_is_complete, dma_cookie_t, dma_cookie_t, dma_cookie_t);
	FUNCTION(enum dma_status, dma_sync_wait, struct dma_chan *, dma_cookie_t);
	FUNCTION(enum dma_status, dma_wait_for_async_tx, desc_t *);
	FUNCTION(int, dmaengine_pause, struct dma_chan *);
	FUNCTION(int, dmaengine_resume, struct dma_chan *);
	FUNCTION(int, dmaengine_terminate_async, struct dma_chan *);
	FUNCTION(int, dmaengine_terminate_sync, struct dma_chan *);
	FUNCTION(int, dmaengine_terminate_all, struct dma_chan *);
	FUNCTION(void, dmaengine_synchronize, struct dma_chan *);
	FUNCTION(struct device *, dmaengine_get_dma_device, struct dma_chan *);
	FUNCTION(const char *, dma_chan_name, struct dma_chan *);
	FUNCTION(const char *, dev_name, const struct device *);
}

void
functions_of_descriptors(void)
{
	FUNCTION(desc_t *, dmaengine_prep_slave_sg, struct dma_chan *, struct scatterlist *,
		 unsigned int, enum dma_transfer_direction, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_slave_single, struct dma_chan *, dma_addr_t, size_t,
		 enum dma_transfer_direction, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_peripheral_dma_vec, struct dma_chan *,
		 const struct dma_vec *, size_t, enum dma_transfer_direction, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_rio_sg, struct dma_chan *, struct scatterlist *,
		 unsigned int, enum dma_transfer_direction, unsigned long, struct rio_dma_ext *);
	FUNCTION(desc_t *, dmaengine_prep_dma_cyclic, struct dma_chan *, dma_addr_t, size_t,
		 size_t, enum dma_transfer_direction, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_interleaved_dma, struct dma_chan *,
		 struct dma_interleaved_template *, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_dma_memcpy, struct dma_chan *, dma_addr_t, dma_addr_t,
		 size_t, unsigned long);
	FUNCTION(desc_t *, dmaengine_prep_dma_memset, struct dma_chan *, dma_addr_t, int, size_t,
		 unsigned long);
	FUNCTION(dma_cookie_t, dmaengine_submit, desc_t *);
	FUNCTION(int, dma_submit_error, dma_cookie_t);
	FUNCTION(void, async_tx_ack, desc_t *);
	FUNCTION(void, async_tx_clear_ack, desc_t *);
	FUNCTION(bool, async_tx_test_ack, desc_t *);
	FUNCTION(int, dmaengine_desc_free, desc_t *);
	FUNCTION(int, dmaengine_desc_set_reuse, desc_t *);
	FUNCTION(void, dmaengine_desc_clear_reuse, desc_t *);
	FUNCTION(bool, dmaengine_desc_test_reuse, desc_t *);
	FUNCTION(struct dmaengine_unmap_data *, dmaengine_get_unmap_data, struct device *, int,
		 gfp_t);
	FUNCTION(void, dmaengine_unmap_put, struct dmaengine_unmap_data *);
	FUNCTION(void, dma_set_unmap, desc_t *, struct dmaengine_unmap_data *);
	FUNCTION(void, dma_descriptor_unmap, desc_t *);
	FUNCTION(int, dmaengine_desc_attach_metadata, desc_t *, void *, size_t);
	FUNCTION(void *, dmaengine_desc_get_metadata_ptr, desc_t *, size_t *, size_t *);
	FUNCTION(int, dmaengine_desc_set_metadata_len, desc_t *, size_t);
	FUNCTION(bool, dmaengine_is_metadata_mode_supported, struct dma_chan *,
		 enum dma_desc_metadata_mode);
}

void
functions_of_offload(void)
{
	FUNCTION(bool, dmaengine_check_align, enum dmaengine_alignment, size_t, size_t, size_t);
	FUNCTION(bool, is_dma_copy_aligned, struct dma_device *, size_t, size_t, size_t);
	FUNCTION(bool, is_dma_xor_aligned, struct dma_device *, size_t, size_t, size_t);
	FUNCTION(bool, is_dma_pq_aligned, struct dma_device *, size_t, size_t, size_t);
	FUNCTION(bool, is_dma_fill_aligned, struct dma_device *, size_t, size_t, size_t);
	FUNCTION(void, dma_set_maxpq, struct dma_device *, int, int);
	FUNCTION(bool, dmaf_continue, enum dma_ctrl_flags);
	FUNCTION(bool, dmaf_p_disabled_continue, enum dma_ctrl_flags);
	FUNCTION(bool, dma_dev_has_pq_continue, struct dma_device *);
	FUNCTION(unsigned short, dma_dev_to_maxpq, struct dma_device *);
	FUNCTION(int, dma_maxpq, struct dma_device *, enum dma_ctrl_flags);
	FUNCTION(bool, is_slave_direction, enum dma_transfer_direction);
	FUNCTION(const char *, dmaengine_get_direction_text, enum dma_transfer_direction);
	FUNCTION(size_t, dmaengine_get_icg, bool, bool, size_t, size_t);
	FUNCTION(size_t, dmaengine_get_dst_icg, struct dma_interleaved_template *,
		 struct data_chunk *);
	FUNCTION(size_t, dmaengine_get_src_icg, struct dma_interleaved_template *,
		 struct data_chunk *);
}

void
functions_of_mapping(void)
{
	FUNCTION(dma_addr_t, dma_map_single, struct device *, void *, size_t,
		 enum dma_data_direction);
	FUNCTION(void, dma_unmap_single, struct device *, dma_addr_t, size_t,
		 enum dma_data_direction);
	FUNCTION(dma_addr_t, dma_map_page, struct device *, struct page *, size_t, size_t,
		 enum dma_data_direction);
	FUNCTION(void, dma_unmap_page, struct device *, dma_addr_t, size_t,
		 enum dma_data_direction);
	FUNCTION(dma_addr_t, dma_map_resource, struct device *, phys_addr_t, size_t,
		 enum dma_data_direction, unsigned long);
	FUNCTION(void, dma_unmap_resource, struct device *, dma_addr_t, size_t,
		 enum dma_data_direction, unsigned long);
	FUNCTION(int, dma_mapping_error, struct device *, dma_addr_t);
	FUNCTION(unsigned int, dma_map_sg, struct device *, struct scatterlist *, int,
		 enum dma_data_direction);
	FUNCTION(void, dma_unmap_sg, struct device *, struct scatterlist *, int,
		 enum dma_data_direction);
	FUNCTION(int, dma_map_sgtable, struct device *, struct sg_table *, enum dma_data_direction,
		 unsigned long);
	FUNCTION(void, dma_unmap_sgtable, struct device *, struct sg_table *,
		 enum dma_data_direction, unsigned long);
	FUNCTION(void, dma_sync_single_for_cpu, struct device *, dma_addr_t, size_t,
		 enum dma_data_direction);
	FUNCTION(void, dma_sync_single_for_device, struct device *, dma_addr_t, size_t,
		 enum dma_data_direction);
	FUNCTION(void, dma_sync_sg_for_cpu, struct device *, struct scatterlist *, int,
		 enum dma_data_direction);
	FUNCTION(void, dma_sync_sg_for_device, struct device *, struct scatterlist *, int,
		 enum dma_data_direction);
	FUNCTION(void *, dma_alloc_coherent, struct device *, size_t, dma_addr_t *, gfp_t);
	FUNCTION(void, dma_free_coherent, struct device *, size_t, void *, dma_addr_t);
	FUNCTION(void *, dma_alloc_wc, struct device *, size_t, dma_addr_t *, gfp_t);
	FUNCTION(void, dma_free_wc, struct device *, size_t, void *, dma_addr_t);
	FUNCTION(void *, dma_alloc_attrs, struct device *, size_t, dma_addr_t *, gfp_t,
		 unsigned long);
	FUNCTION(void, dma_free_attrs, struct device *, size_t, void *, dma_addr_t, unsigned long);
	FUNCTION(void *, dma_alloc_noncoherent, struct device *, size_t, dma_addr_t *,
		 enum dma_data_direction, gfp_t);
	FUNCTION(void, dma_free_noncoherent, struct device *, size_t, void *, dma_addr_t,
		 enum dma_data_direction);
	FUNCTION(int, dma_set_mask, struct device *, __u64);
	FUNCTION(int, dma_set_coherent_mask, struct device *, __u64);
	FUNCTION(int, dma_set_mask_and_coherent, struct device *, __u64);
	FUNCTION(int, dma_coerce_mask_and_coherent, struct device *, __u64);
	FUNCTION(__u64, dma_get_mask, struct device *);
	FUNCTION(size_t, dma_max_mapping_size, struct device *);
	FUNCTION(size_t, dma_opt_mapping_size, struct device *);
	FUNCTION(int, dma_set_seg_boundary, struct device *, unsigned long);
	FUNCTION(unsigned int, dma_get_max_seg_size, struct device *);
}

void
functions_of_lists(void)
{
	FUNCTION(void, sg_init_table, struct scatterlist *, unsigned int);
	FUNCTION(void, sg_init_one, struct scatterlist *, const void *, unsigned int);
	FUNCTION(void, sg_set_buf, struct scatterlist *, const void *, unsigned int);
	FUNCTION(void, sg_set_page, struct scatterlist *, struct page *, unsigned int,
		 unsigned int);
	FUNCTION(void *, sg_virt, const struct scatterlist *);
	FUNCTION(struct scatterlist *, sg_next, struct scatterlist *);
	FUNCTION(struct scatterlist *, sg_last, struct scatterlist *, unsigned int);
	FUNCTION(int, sg_nents, struct scatterlist *);
	FUNCTION(int, sg_nents_for_len, struct scatterlist *, __u64);
	FUNCTION(int, sg_alloc_table, struct sg_table *, unsigned int, gfp_t);
	FUNCTION(void, sg_free_table, struct sg_table *);
	FUNCTION(size_t, sg_copy_from_buffer, struct scatterlist *, unsigned int, const void *,
		 size_t);
	FUNCTION(size_t, sg_copy_to_buffer, struct scatterlist *, unsigned int, void *, size_t);
	FUNCTION(size_t, sg_zero_buffer, struct scatterlist *, unsigned int, size_t, off_t);
	FUNCTION(void *, ERR_PTR, long);
	FUNCTION(long, PTR_ERR, const void *);
	FUNCTION(bool, IS_ERR, const void *);
	FUNCTION(bool, IS_ERR_OR_NULL, const void *);
	FUNCTION(int, PTR_ERR_OR_ZERO, const void *);
}

static bool
filter(struct dma_chan *chan, void *param)
{
	return chan->device->dev->parent == param && !chan->client_count;
}

/* What the kernel has as macros: an argument may be more than a name. */
void
macros(struct dma_chan *chan, struct device *dev)
{
	struct {
		DEFINE_DMA_UNMAP_ADDR(addr);
		DEFINE_DMA_UNMAP_LEN(len);
	} kept;
	struct scatterlist list[2], *sg;
	dma_cap_mask_t masks[1];
	enum dma_transaction_type cap;
	unsigned int bytes = 0, u;
	dma_filter_fn fn = filter;
	int i;

	dma_cap_zero(masks[0]);
	dma_cap_set(DMA_SLAVE, *masks);
	dma_cap_clear(DMA_CYCLIC, masks[0]);
	if (dma_has_cap(DMA_MEMCPY, chan->device->cap_mask))
		chan = dma_request_channel(masks[0], fn, dev);
	else
		chan = dma_request_slave_channel_compat(*masks, fn, dev, dev, "rx");
	for_each_dma_cap_mask(cap, masks[0])
		bytes += cap;
	sg_init_table(list, 2);
	/* A count of either sign with an index of either: no warning in the client's code. */
	for_each_sg(list, sg, 2, i)
		sg_dma_len(sg) = bytes;
	for_each_sg(list, sg, (unsigned int)sg_nents(list), i)
		sg_dma_address(sg) = sg_dma_len(sg);
	for_each_sg(&list[0], sg, sg_nents(list), u)
		bytes += sg_dma_len(sg) + sg_is_last(sg);
	dma_unmap_addr_set(&kept, addr, DMA_BIT_MASK(32));
	dma_unmap_len_set(&kept, len, bytes);
	dma_unmap_single(dev, dma_unmap_addr(&kept, addr), dma_unmap_len(&kept, len),
			 DMA_TO_DEVICE);
	if (chan == NULL)
		return;
	chan->device->device_issue_pending(chan);
	(void)chan->device->device_tx_status(chan, chan->cookie, NULL);
	(void)chan->device->device_terminate_all(chan);
	(void)chan->device->filter.map;
	(void)(chan->name != NULL && chan->chan_id == 0 && chan->device->max_xor == 0);
}
