/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Every value and type of the contract, checked by the compiler. */

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#define IS(name, value) _Static_assert((name) == (value), #name)

_Static_assert(_Generic((dma_cookie_t)0, int32_t: 1, default: 0), "dma_cookie_t");
_Static_assert(sizeof(dma_addr_t) == 8 && (dma_addr_t)-1 > 0, "dma_addr_t");
IS(DMA_MIN_COOKIE, 1);

IS(DMA_COMPLETE, 0);
IS(DMA_IN_PROGRESS, 1);
IS(DMA_PAUSED, 2);
IS(DMA_ERROR, 3);
IS(DMA_OUT_OF_ORDER, 4);

IS(DMA_MEMCPY, 0);
IS(DMA_XOR, 1);
IS(DMA_PQ, 2);
IS(DMA_XOR_VAL, 3);
IS(DMA_PQ_VAL, 4);
IS(DMA_MEMSET, 5);
IS(DMA_MEMSET_SG, 6);
IS(DMA_INTERRUPT, 7);
IS(DMA_PRIVATE, 8);
IS(DMA_ASYNC_TX, 9);
IS(DMA_SLAVE, 10);
IS(DMA_CYCLIC, 11);
IS(DMA_INTERLEAVE, 12);
IS(DMA_COMPLETION_NO_ORDER, 13);
IS(DMA_REPEAT, 14);
IS(DMA_LOAD_EOT, 15);
IS(DMA_TX_TYPE_END, 16);

IS(DMA_MEM_TO_MEM, 0);
IS(DMA_MEM_TO_DEV, 1);
IS(DMA_DEV_TO_MEM, 2);
IS(DMA_DEV_TO_DEV, 3);
IS(DMA_TRANS_NONE, 4);

IS(DMA_BIDIRECTIONAL, 0);
IS(DMA_TO_DEVICE, 1);
IS(DMA_FROM_DEVICE, 2);
IS(DMA_NONE, 3);

IS(DMA_PREP_INTERRUPT, 0x1);
IS(DMA_CTRL_ACK, 0x2);
IS(DMA_PREP_PQ_DISABLE_P, 0x4);
IS(DMA_PREP_PQ_DISABLE_Q, 0x8);
IS(DMA_PREP_CONTINUE, 0x10);
IS(DMA_PREP_FENCE, 0x20);
IS(DMA_CTRL_REUSE, 0x40);
IS(DMA_PREP_CMD, 0x80);
IS(DMA_PREP_REPEAT, 0x100);
IS(DMA_PREP_LOAD_EOT, 0x200);

IS(DMA_SLAVE_BUSWIDTH_UNDEFINED, 0);
IS(DMA_SLAVE_BUSWIDTH_1_BYTE, 1);
IS(DMA_SLAVE_BUSWIDTH_2_BYTES, 2);
IS(DMA_SLAVE_BUSWIDTH_3_BYTES, 3);
IS(DMA_SLAVE_BUSWIDTH_4_BYTES, 4);
IS(DMA_SLAVE_BUSWIDTH_8_BYTES, 8);
IS(DMA_SLAVE_BUSWIDTH_16_BYTES, 16);
IS(DMA_SLAVE_BUSWIDTH_32_BYTES, 32);
IS(DMA_SLAVE_BUSWIDTH_64_BYTES, 64);
IS(DMA_SLAVE_BUSWIDTH_128_BYTES, 128);

IS(DMA_RESIDUE_GRANULARITY_DESCRIPTOR, 0);
IS(DMA_RESIDUE_GRANULARITY_SEGMENT, 1);
IS(DMA_RESIDUE_GRANULARITY_BURST, 2);

IS(DESC_METADATA_NONE, 0);
IS(DESC_METADATA_CLIENT, 1);
IS(DESC_METADATA_ENGINE, 2);

IS(DMA_TRANS_NOERROR, 0);
IS(DMA_TRANS_READ_FAILED, 1);
IS(DMA_TRANS_WRITE_FAILED, 2);
IS(DMA_TRANS_ABORTED, 3);

IS(1 << DMAENGINE_ALIGN_1_BYTE, 1);
IS(1 << DMAENGINE_ALIGN_2_BYTES, 2);
IS(1 << DMAENGINE_ALIGN_4_BYTES, 4);
IS(1 << DMAENGINE_ALIGN_8_BYTES, 8);
IS(1 << DMAENGINE_ALIGN_16_BYTES, 16);
IS(1 << DMAENGINE_ALIGN_32_BYTES, 32);
IS(1 << DMAENGINE_ALIGN_64_BYTES, 64);
IS(1 << DMAENGINE_ALIGN_128_BYTES, 128);
IS(1 << DMAENGINE_ALIGN_256_BYTES, 256);

IS(EPROBE_DEFER, 517);
IS(ENOTSUPP, 524);
IS(MAX_ERRNO, 4095);
IS(DMA_MAPPING_ERROR, UINT64_MAX);
IS(DMA_BIT_MASK(64), UINT64_MAX);
IS(DMA_BIT_MASK(32), 0xffffffffULL);
IS(DMA_BIT_MASK(1), 1);
IS(PAGE_SIZE, 4096);
IS(1UL << PAGE_SHIFT, PAGE_SIZE);
IS(PAGE_MASK, ~4095UL);
IS(BITS_TO_LONGS(DMA_TX_TYPE_END), 1);
IS(GENMASK(7, 4), 0xf0);
IS(GENMASK_ULL(63, 0), UINT64_MAX);

/* The members that the contract names, by type where clients depend on it. */
#define HAS(type, member) _Static_assert(sizeof(((struct type *)0)->member) > 0, #member)
#define HAS_U32(type, member) \
	_Static_assert(_Generic(((struct type *)0)->member, uint32_t: 1, default: 0), #member)
#define HAS_SIZE(type, member) \
	_Static_assert(_Generic(((struct type *)0)->member, size_t: 1, default: 0), #member)
#define HAS_BOOL(type, member) \
	_Static_assert(_Generic(((struct type *)0)->member, bool: 1, default: 0), #member)
#define HAS_ADDR(type, member) \
	_Static_assert(_Generic(((struct type *)0)->member, dma_addr_t: 1, default: 0), #member)

HAS(dma_slave_config, direction);
HAS_ADDR(dma_slave_config, src_addr);
HAS_ADDR(dma_slave_config, dst_addr);
HAS(dma_slave_config, src_addr_width);
HAS(dma_slave_config, dst_addr_width);
HAS_U32(dma_slave_config, src_maxburst);
HAS_U32(dma_slave_config, dst_maxburst);
HAS_U32(dma_slave_config, src_port_window_size);
HAS_U32(dma_slave_config, dst_port_window_size);
HAS_BOOL(dma_slave_config, device_fc);
HAS(dma_slave_config, peripheral_config);
HAS_SIZE(dma_slave_config, peripheral_size);

HAS_U32(dma_slave_caps, src_addr_widths);
HAS_U32(dma_slave_caps, dst_addr_widths);
HAS_U32(dma_slave_caps, directions);
HAS_U32(dma_slave_caps, min_burst);
HAS_U32(dma_slave_caps, max_burst);
HAS_U32(dma_slave_caps, max_sg_burst);
HAS_BOOL(dma_slave_caps, cmd_pause);
HAS_BOOL(dma_slave_caps, cmd_resume);
HAS_BOOL(dma_slave_caps, cmd_terminate);
HAS(dma_slave_caps, residue_granularity);
HAS_BOOL(dma_slave_caps, descriptor_reuse);

HAS(dma_async_tx_descriptor, cookie);
HAS(dma_async_tx_descriptor, flags);
HAS_ADDR(dma_async_tx_descriptor, phys);
HAS(dma_async_tx_descriptor, chan);
HAS(dma_async_tx_descriptor, tx_submit);
HAS(dma_async_tx_descriptor, desc_free);
HAS(dma_async_tx_descriptor, callback);
HAS(dma_async_tx_descriptor, callback_result);
HAS(dma_async_tx_descriptor, callback_param);
HAS(dma_async_tx_descriptor, unmap);
HAS(dma_async_tx_descriptor, desc_metadata_mode);
HAS(dma_async_tx_descriptor, metadata_ops);

HAS(dma_tx_state, last);
HAS(dma_tx_state, used);
HAS_U32(dma_tx_state, residue);
HAS_U32(dma_tx_state, in_flight_bytes);
HAS(dmaengine_result, result);
HAS_U32(dmaengine_result, residue);

HAS_SIZE(data_chunk, size);
HAS_SIZE(data_chunk, icg);
HAS_SIZE(data_chunk, dst_icg);
HAS_SIZE(data_chunk, src_icg);
HAS_ADDR(dma_interleaved_template, src_start);
HAS_ADDR(dma_interleaved_template, dst_start);
HAS(dma_interleaved_template, dir);
HAS_BOOL(dma_interleaved_template, src_inc);
HAS_BOOL(dma_interleaved_template, dst_inc);
HAS_BOOL(dma_interleaved_template, src_sgl);
HAS_BOOL(dma_interleaved_template, dst_sgl);
HAS_SIZE(dma_interleaved_template, numf);
HAS_SIZE(dma_interleaved_template, frame_size);
HAS_SIZE(dma_interleaved_template, sgl[0].size);
HAS_ADDR(dma_vec, addr);
HAS_SIZE(dma_vec, len);

HAS(dma_slave_map, devname);
HAS(dma_slave_map, slave);
HAS(dma_slave_map, param);
HAS_SIZE(dmaengine_unmap_data, len);
HAS_ADDR(dmaengine_unmap_data, addr[0]);

HAS(dma_chan, device->dev);
HAS(dma_chan, device->device_prep_dma_memcpy);
HAS(dma_chan, private);
HAS(dma_chan, cookie);
HAS(dma_chan, name);
HAS(dma_chan, chan_id);
HAS(dma_device, cap_mask);
HAS(dma_device, copy_align);
HAS(dma_device, max_xor);
HAS(dma_device, filter.map);
HAS(device, name);
HAS(device, parent);
HAS(device, of_node);
