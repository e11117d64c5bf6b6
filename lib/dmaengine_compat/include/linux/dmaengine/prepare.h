/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Preparing transfers. Client code includes <linux/dmaengine.h>.
 *
 * Every prepare call takes a descriptor from the channel's pool and never waits for one. Any thread
 * may call them, several at once for one channel, and from a callback; none blocks. They return the
 * descriptor, or NULL where
 * - the channel is NULL, or is not held any more, or its device has gone;
 * - the channel does not support the operation or the direction;
 * - a length is 0, or over the channel's limits;
 * - the slave configuration lacks what the transfer needs;
 * - the pool is exhausted: try again when a transfer has completed.
 *
 * The flags are bits of enum dma_ctrl_flags. Device addresses come from <linux/dma-mapping.h>, and
 * the memory stays mapped until the transfer has completed or has been terminated and synchronized.
 */

#ifndef DMAENGINE_COMPAT_PREPARE_H
#define DMAENGINE_COMPAT_PREPARE_H

#include <limits.h>

#include <linux/dmaengine/channel.h>
#include <linux/scatterlist.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One chunk of a frame and the gap behind it. */
struct data_chunk {
	size_t size;    /**< Bytes to move. */
	size_t icg;     /**< Bytes to skip behind the chunk; see dmaengine_get_src_icg(). */
	size_t dst_icg; /**< The same for the destination only; 0: icg holds. */
	size_t src_icg; /**< The same for the source only; 0: icg holds. */
};

/**
 * An interleaved transfer: numf frames, each of frame_size chunks. The client owns it and may free
 * it when the prepare call has returned.
 */
struct dma_interleaved_template {
	dma_addr_t src_start; /**< The first byte of the source. */
	dma_addr_t dst_start; /**< The first byte of the destination. */
	enum dma_transfer_direction dir; /**< What the two ends are. */
	bool src_inc;      /**< The source address moves; otherwise each chunk reads src_start. */
	bool dst_inc;      /**< The destination address moves; otherwise it stays at dst_start. */
	bool src_sgl;      /**< icg holds for the source (where it moves). */
	bool dst_sgl;      /**< icg holds for the destination (where it moves). */
	size_t numf;       /**< Frames, at least 1. */
	size_t frame_size; /**< Chunks in a frame, at least 1. */
	__extension__ struct data_chunk sgl[]; /**< The chunks of a frame. */
};

/** A piece of memory in device addresses. */
struct dma_vec {
	dma_addr_t addr; /**< Its first byte. */
	size_t len;      /**< Its bytes. */
};

struct rio_dma_ext; /**< Address of a RapidIO transfer; passed through to the controller. */

/* Whether a prepare call can go on to an operation of the controller. */
static inline bool
__dmaengine_usable(const struct dma_chan *chan, const char *call)
{
	if (chan != NULL)
		return true;
	(void)__dmaengine_reject(call, "no channel; see what its request returned", -EINVAL);
	return false;
}

/**
 * Prepares a transfer between memory segments and a peripheral.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, configured for the direction.
 * @param sgl
 *   The mapped segments; not needed any more when the call has returned.
 * @param sg_len
 *   Entries, as the mapping returned; at least 1. More than the hardware takes are split.
 * @param dir
 *   DMA_MEM_TO_DEV or DMA_DEV_TO_MEM.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
			enum dma_transfer_direction dir, unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) || chan->device->device_prep_slave_sg == NULL)
		return NULL;
	return chan->device->device_prep_slave_sg(chan, sgl, sg_len, dir, flags, NULL);
}

/**
 * Prepares a transfer between one piece of memory and a peripheral.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, configured for the direction.
 * @param buf
 *   The device address of the memory.
 * @param len
 *   Bytes, 1 to UINT_MAX.
 * @param dir
 *   DMA_MEM_TO_DEV or DMA_DEV_TO_MEM.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_slave_single(struct dma_chan *chan, dma_addr_t buf, size_t len,
			    enum dma_transfer_direction dir, unsigned long flags)
{
	struct scatterlist sg;

	if (!__dmaengine_usable(chan, __func__) || chan->device->device_prep_slave_sg == NULL)
		return NULL;
	/* An entry's length is narrower than len: a longer piece must not lose its high bits. */
	if (len > UINT_MAX)
		return NULL;
	sg_init_table(&sg, 1);
	sg_dma_address(&sg) = buf;
	sg_dma_len(&sg) = (unsigned int)len;
	sg.length = (unsigned int)len;
	return chan->device->device_prep_slave_sg(chan, &sg, 1, dir, flags, NULL);
}

/**
 * Prepares a transfer between pieces of memory, given as a plain array, and a peripheral.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, configured for the direction.
 * @param vecs
 *   The pieces; not needed any more when the call has returned.
 * @param nents
 *   Their number, at least 1.
 * @param dir
 *   DMA_MEM_TO_DEV or DMA_DEV_TO_MEM.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_peripheral_dma_vec(struct dma_chan *chan, const struct dma_vec *vecs, size_t nents,
				  enum dma_transfer_direction dir, unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) ||
	    chan->device->device_prep_peripheral_dma_vec == NULL)
		return NULL;
	return chan->device->device_prep_peripheral_dma_vec(chan, vecs, nents, dir, flags);
}

/**
 * dmaengine_prep_slave_sg() with a RapidIO address for the controller. None here knows such
 * addresses, and what is given is not looked at.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param sgl
 *   The mapped segments.
 * @param sg_len
 *   Entries, as the mapping returned; at least 1.
 * @param dir
 *   DMA_MEM_TO_DEV or DMA_DEV_TO_MEM.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @param rio_ext
 *   The address, or NULL; not looked at.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_rio_sg(struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
		      enum dma_transfer_direction dir, unsigned long flags,
		      struct rio_dma_ext *rio_ext)
{
	if (!__dmaengine_usable(chan, __func__) || chan->device->device_prep_slave_sg == NULL)
		return NULL;
	return chan->device->device_prep_slave_sg(chan, sgl, sg_len, dir, flags, rio_ext);
}

/**
 * Prepares a transfer that goes round a buffer until it is terminated.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, configured for the direction.
 * @param buf_addr
 *   The device address of the buffer.
 * @param buf_len
 *   Its bytes, at least 1.
 * @param period_len
 *   Bytes after which the callback is called, at most @p buf_len; 0: the whole buffer.
 * @param dir
 *   DMA_MEM_TO_DEV or DMA_DEV_TO_MEM.
 * @param flags
 *   Bits of enum dma_ctrl_flags; without DMA_PREP_INTERRUPT there need be no callbacks.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_cyclic(struct dma_chan *chan, dma_addr_t buf_addr, size_t buf_len,
			  size_t period_len, enum dma_transfer_direction dir, unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) ||
	    chan->device->device_prep_dma_cyclic == NULL)
		return NULL;
	return chan->device->device_prep_dma_cyclic(chan, buf_addr, buf_len, period_len, dir,
						    flags);
}

/**
 * Prepares an interleaved transfer.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param xt
 *   The frames; not needed any more when the call has returned. A chunk's size and its gaps are
 *   below 4 GiB each, and so is the whole transfer.
 * @param flags
 *   Bits of enum dma_ctrl_flags. DMA_PREP_REPEAT only where the channel has DMA_REPEAT.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_interleaved_dma(struct dma_chan *chan, struct dma_interleaved_template *xt,
			       unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) || xt == NULL ||
	    chan->device->device_prep_interleaved_dma == NULL)
		return NULL;
	if ((flags & DMA_PREP_REPEAT) != 0 && !dma_has_cap(DMA_REPEAT, chan->device->cap_mask))
		return NULL;
	return chan->device->device_prep_interleaved_dma(chan, xt, flags);
}

/**
 * Prepares a copy from memory to memory.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param dest
 *   The device address of the destination.
 * @param src
 *   The device address of the source; the two ranges must not overlap.
 * @param len
 *   Bytes, at least 1.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_memcpy(struct dma_chan *chan, dma_addr_t dest, dma_addr_t src, size_t len,
			  unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) ||
	    chan->device->device_prep_dma_memcpy == NULL)
		return NULL;
	return chan->device->device_prep_dma_memcpy(chan, dest, src, len, flags);
}

/**
 * Prepares filling memory with a byte.
 *
 * Any thread, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param dest
 *   The device address of the memory.
 * @param value
 *   The byte: the lowest 8 bits count.
 * @param len
 *   Bytes, at least 1.
 * @param flags
 *   Bits of enum dma_ctrl_flags.
 * @return
 *   The descriptor, or NULL as listed at the top of this file.
 * @since 0.1
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_memset(struct dma_chan *chan, dma_addr_t dest, int value, size_t len,
			  unsigned long flags)
{
	if (!__dmaengine_usable(chan, __func__) ||
	    chan->device->device_prep_dma_memset == NULL)
		return NULL;
	return chan->device->device_prep_dma_memset(chan, dest, value, len, flags);
}

/**
 * The gap behind a chunk on one side: that side's own where it is not 0, otherwise the common one
 * where it holds for the side, and none where the address does not move.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param inc
 *   The address of that side moves.
 * @param sgl
 *   The common gap holds for that side.
 * @param icg
 *   The common gap, in bytes.
 * @param dir_icg
 *   The gap of that side, in bytes; 0: none of its own.
 * @return
 *   Bytes to skip.
 * @since 0.1
 */
static inline size_t
dmaengine_get_icg(bool inc, bool sgl, size_t icg, size_t dir_icg)
{
	if (!inc)
		return 0;
	if (dir_icg != 0)
		return dir_icg;
	return sgl ? icg : 0;
}

/**
 * dmaengine_get_icg() for the destination of a chunk.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param xt
 *   The transfer, not NULL.
 * @param chunk
 *   One of its chunks, not NULL.
 * @return
 *   Bytes to skip.
 * @since 0.1
 */
static inline size_t
dmaengine_get_dst_icg(struct dma_interleaved_template *xt, struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->dst_inc, xt->dst_sgl, chunk->icg, chunk->dst_icg);
}

/**
 * dmaengine_get_icg() for the source of a chunk.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param xt
 *   The transfer, not NULL.
 * @param chunk
 *   One of its chunks, not NULL.
 * @return
 *   Bytes to skip.
 * @since 0.1
 */
static inline size_t
dmaengine_get_src_icg(struct dma_interleaved_template *xt, struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->src_inc, xt->src_sgl, chunk->icg, chunk->src_icg);
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_PREPARE_H */
