/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Channels and controllers as clients see them, the settings of a slave channel, and its limits.
 * Client code includes <linux/dmaengine.h>.
 *
 * The library makes and owns every struct dma_device and struct dma_chan, from the moment a dmadev
 * is added until the library is closed: a pointer to a released channel stays readable, and calls
 * on it are refused.
 */

#ifndef DMAENGINE_COMPAT_CHANNEL_H
#define DMAENGINE_COMPAT_CHANNEL_H

#include <linux/device.h>
#include <linux/dmaengine/cap_mask.h>
#include <linux/dmaengine/descriptor.h>
#include <linux/dmaengine/values.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_device;
struct dma_interleaved_template;
struct dma_vec;
struct scatterlist;

/** The device that stands for a channel, with its name. */
struct dma_chan_dev {
	struct dma_chan *chan; /**< The channel. */
	struct device device;  /**< Named after controller and channel, as "dma0chan1". */
	int dev_id;            /**< The controller's number. */
	bool chan_dma_dev;     /**< Memory is mapped for this device, not the controller. */
};

/** A channel: one queue of one controller, held by one client at a time. */
struct dma_chan {
	struct dma_device *device;     /**< The controller; never NULL. */
	struct device *slave;          /**< The device it was requested for, or NULL. */
	dma_cookie_t cookie;           /**< The newest submitted cookie. */
	int chan_id;                   /**< Its number in the controller. */
	struct dma_chan_dev *dev;      /**< Its own device; never NULL. */
	char *name;                    /**< The name it was requested by, or NULL. */
	int client_count;              /**< 1 while held, otherwise 0. */
#ifdef __cplusplus
	void *private_data; /**< For the client; in C its name is `private`. */
#else
	void *private; /**< For the client; in C++ its name is `private_data`. */
#endif
	void *engine; /**< The channel's inside. Library-private. */
	/** Keeps what the tasklet writes out of the lines that clients read. Library-private. */
	__u8 apart[64];
	dma_cookie_t completed_cookie; /**< The newest completed one; lags behind the status. */
};

/**
 * Whether a channel is the one that a client wants.
 *
 * It runs on the requesting thread, only for channels that are free and have the capabilities
 * asked for, with the library's list of channels locked: it must not request or release.
 */
typedef bool (*dma_filter_fn)(struct dma_chan *chan, void *filter_param);

/** One line of a slave map: which channel a device gets for a name. */
struct dma_slave_map {
	const char *devname; /**< dev_name() of the client's device. */
	const char *slave;   /**< The channel's name in that device, such as "rx". */
	void *param;         /**< Given to the filter as its parameter. */
};

/** A controller's slave map. */
struct dma_filter {
	dma_filter_fn fn;                /**< Finds the channel for a line of the map. */
	int mapcnt;                      /**< Lines of the map. */
	const struct dma_slave_map *map; /**< The map, or NULL. */
};

/**
 * The peripheral's side of the transfers that are prepared afterwards. Only what such a transfer
 * uses is looked at, so members for the other direction need no value.
 */
struct dma_slave_config {
	/** Deprecated: the direction is an argument of the prepare call. Not read. */
	enum dma_transfer_direction direction;
	phys_addr_t src_addr; /**< Read here, DMA_DEV_TO_MEM and DMA_DEV_TO_DEV. */
	phys_addr_t dst_addr; /**< Write here, DMA_MEM_TO_DEV and DMA_DEV_TO_DEV. */
	enum dma_slave_buswidth src_addr_width; /**< Width of the source's register. */
	enum dma_slave_buswidth dst_addr_width; /**< Width of the destination's register. */
	__u32 src_maxburst; /**< Words of src_addr_width in a burst; 0: the controller's choice. */
	__u32 dst_maxburst; /**< Words of dst_addr_width in a burst; 0: the controller's choice. */
	/** Words of src_addr_width in a window that is read round and round; 0 or 1: a register. */
	__u32 src_port_window_size;
	/** Words of dst_addr_width in a window that is written round and round. */
	__u32 dst_port_window_size;
	bool device_fc;          /**< The peripheral, not the controller, ends the transfer. */
	void *peripheral_config; /**< Settings of one kind of controller, or NULL. */
	size_t peripheral_size;  /**< Bytes there; any but the expected size is refused. */
};

/** What a slave channel can do, as dma_get_slave_caps() tells. */
struct dma_slave_caps {
	__u32 src_addr_widths; /**< Bit per width in bytes; widths above 31 have no bit. */
	__u32 dst_addr_widths; /**< The same for the destination. */
	__u32 directions;      /**< Bit per enum dma_transfer_direction. */
	__u32 min_burst;       /**< Smallest burst, in words. */
	__u32 max_burst;       /**< Largest burst, in words; 0: no limit. */
	__u32 max_sg_burst;    /**< Most segments of a scatterlist; 0: no limit. */
	bool cmd_pause;        /**< dmaengine_pause() works. */
	bool cmd_resume;       /**< dmaengine_resume() works. */
	bool cmd_terminate;    /**< The terminate calls work. */
	enum dma_residue_granularity residue_granularity; /**< Of dma_tx_state.residue. */
	bool descriptor_reuse; /**< DMA_CTRL_REUSE works. */
};

/**
 * A controller. Clients read the members; the operations are there for clients that call
 * chan->device->device_prep_...() themselves. An operation is NULL where it is not supported. They
 * have the arguments, results and thread rules of the dmaengine_...() function of that name.
 */
struct dma_device {
	struct device *dev;      /**< The device to map memory for. */
	int dev_id;              /**< Its number among the controllers. */
	dma_cap_mask_t cap_mask; /**< What its channels can do. */
	struct dma_filter filter; /**< Its slave map. */

	unsigned int chancnt;      /**< Its channels. */
	struct dma_chan *channels; /**< The first of them, by chan_id. Library-private. */

	enum dma_desc_metadata_mode desc_metadata_modes; /**< Bits: the supported modes. */
	unsigned short max_xor; /**< Most sources of an XOR; 0 without. */
	unsigned short max_pq;  /**< Most sources of P and Q, with DMA_HAS_PQ_CONTINUE. */
	enum dmaengine_alignment copy_align; /**< For DMA_MEMCPY. */
	enum dmaengine_alignment xor_align;  /**< For DMA_XOR. */
	enum dmaengine_alignment pq_align;   /**< For DMA_PQ. */
	enum dmaengine_alignment fill_align; /**< For DMA_MEMSET. */

	__u32 src_addr_widths; /**< As in struct dma_slave_caps, and so the seven below. */
	__u32 dst_addr_widths; /**< Bit per width in bytes. */
	__u32 directions;      /**< Bit per enum dma_transfer_direction. */
	__u32 min_burst;       /**< Smallest burst, in words. */
	__u32 max_burst;       /**< Largest burst, in words. */
	__u32 max_sg_burst;    /**< Most segments of a scatterlist. */
	bool descriptor_reuse; /**< DMA_CTRL_REUSE works. */
	enum dma_residue_granularity residue_granularity; /**< Of dma_tx_state.residue. */

	/** See dmaengine_prep_dma_memcpy(). */
	struct dma_async_tx_descriptor *(*device_prep_dma_memcpy)(
		struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
		unsigned long flags);
	/** The XOR of @p src_cnt sources, each @p len bytes, to @p dst. */
	struct dma_async_tx_descriptor *(*device_prep_dma_xor)(
		struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src, unsigned int src_cnt,
		size_t len, unsigned long flags);
	/** Checks that the XOR of the sources is zero; tells in *@p result when complete. */
	struct dma_async_tx_descriptor *(*device_prep_dma_xor_val)(
		struct dma_chan *chan, dma_addr_t *src, unsigned int src_cnt, size_t len,
		enum sum_check_flags *result, unsigned long flags);
	/** P to dst[0] and Q to dst[1]; @p scf has the coefficient of each source. */
	struct dma_async_tx_descriptor *(*device_prep_dma_pq)(
		struct dma_chan *chan, dma_addr_t *dst, dma_addr_t *src, unsigned int src_cnt,
		const unsigned char *scf, size_t len, unsigned long flags);
	/** Checks P in pq[0] and Q in pq[1]; tells in *@p pqres when complete. */
	struct dma_async_tx_descriptor *(*device_prep_dma_pq_val)(
		struct dma_chan *chan, dma_addr_t *pq, dma_addr_t *src, unsigned int src_cnt,
		const unsigned char *scf, size_t len, enum sum_check_flags *pqres,
		unsigned long flags);
	/** See dmaengine_prep_dma_memset(). */
	struct dma_async_tx_descriptor *(*device_prep_dma_memset)(
		struct dma_chan *chan, dma_addr_t dest, int value, size_t len,
		unsigned long flags);
	/** dmaengine_prep_dma_memset() for the @p nents entries of a mapped list. */
	struct dma_async_tx_descriptor *(*device_prep_dma_memset_sg)(
		struct dma_chan *chan, struct scatterlist *sg, unsigned int nents, int value,
		unsigned long flags);
	/** Moves nothing: completes after what was submitted before it. */
	struct dma_async_tx_descriptor *(*device_prep_dma_interrupt)(
		struct dma_chan *chan, unsigned long flags);
	/** See dmaengine_prep_peripheral_dma_vec(). */
	struct dma_async_tx_descriptor *(*device_prep_peripheral_dma_vec)(
		struct dma_chan *chan, const struct dma_vec *vecs, size_t nents,
		enum dma_transfer_direction direction, unsigned long flags);
	/** See dmaengine_prep_slave_sg(); @p context as in dmaengine_prep_rio_sg(), or NULL. */
	struct dma_async_tx_descriptor *(*device_prep_slave_sg)(
		struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
		enum dma_transfer_direction direction, unsigned long flags, void *context);
	/** See dmaengine_prep_dma_cyclic(). */
	struct dma_async_tx_descriptor *(*device_prep_dma_cyclic)(
		struct dma_chan *chan, dma_addr_t buf_addr, size_t buf_len, size_t period_len,
		enum dma_transfer_direction direction, unsigned long flags);
	/** See dmaengine_prep_interleaved_dma(). */
	struct dma_async_tx_descriptor *(*device_prep_interleaved_dma)(
		struct dma_chan *chan, struct dma_interleaved_template *xt, unsigned long flags);

	/** Corrects what is special about one channel in the capabilities of its controller. */
	void (*device_caps)(struct dma_chan *chan, struct dma_slave_caps *caps);
	/** See dmaengine_slave_config(). */
	int (*device_config)(struct dma_chan *chan, struct dma_slave_config *config);
	/** See dmaengine_pause(). */
	int (*device_pause)(struct dma_chan *chan);
	/** See dmaengine_resume(). */
	int (*device_resume)(struct dma_chan *chan);
	/** See dmaengine_terminate_async(). */
	int (*device_terminate_all)(struct dma_chan *chan);
	/** See dmaengine_synchronize(). */
	void (*device_synchronize)(struct dma_chan *chan);
	/** See dmaengine_tx_status(). */
	enum dma_status (*device_tx_status)(struct dma_chan *chan, dma_cookie_t cookie,
					    struct dma_tx_state *txstate);
	/** See dma_async_issue_pending(). */
	void (*device_issue_pending)(struct dma_chan *chan);

	void *engine; /**< The controller's inside. Library-private. */
};

/**
 * The name of a channel.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, or NULL.
 * @return
 *   Its name, which the library owns; "(null)" for NULL.
 * @since 0.1
 */
static inline const char *
dma_chan_name(struct dma_chan *chan)
{
	return dev_name(chan != NULL ? &chan->dev->device : NULL);
}

/**
 * The device to map memory for, if a channel is to use it.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, or NULL.
 * @return
 *   The device; NULL for NULL.
 * @since 0.1
 */
static inline struct device *
dmaengine_get_dma_device(struct dma_chan *chan)
{
	if (chan == NULL)
		return NULL;
	return chan->dev->chan_dma_dev ? &chan->dev->device : chan->device->dev;
}

/**
 * Whether a channel supports a metadata mode.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel, or NULL.
 * @param mode
 *   The mode.
 * @return
 *   True where it is supported; false for NULL and for DESC_METADATA_NONE.
 * @since 0.1
 */
static inline bool
dmaengine_is_metadata_mode_supported(struct dma_chan *chan, enum dma_desc_metadata_mode mode)
{
	return chan != NULL && (chan->device->desc_metadata_modes & mode) != 0;
}

/**
 * Marks a descriptor so that it can be submitted again after it has completed.
 *
 * Before submission one thread at a time; also from a callback; it does not block.
 *
 * @param tx
 *   The descriptor.
 * @return
 *   0; -EINVAL for NULL; -EPERM where the channel cannot do that.
 * @since 0.1
 */
static inline int
dmaengine_desc_set_reuse(struct dma_async_tx_descriptor *tx)
{
	if (tx == NULL)
		return __dmaengine_reject(__func__, "no descriptor; see what prep returned",
					  -EINVAL);
	if (!tx->chan->device->descriptor_reuse)
		return -EPERM;
	tx->flags = (enum dma_ctrl_flags)(tx->flags | DMA_CTRL_REUSE);
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_CHANNEL_H */
