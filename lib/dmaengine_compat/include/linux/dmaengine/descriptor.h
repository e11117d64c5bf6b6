/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Descriptors: one prepared transfer each, its callbacks, its flags and its end.
 * Client code includes <linux/dmaengine.h>.
 *
 * Life of a descriptor. A prepare call takes it from the channel's pool; the client fills in the
 * callback and submits it; after that it belongs to the channel, until its callback has returned.
 * A descriptor that was prepared for reuse stays the client's until dmaengine_desc_free(). Until
 * submission one thread at a time may work on it.
 */

#ifndef DMAENGINE_COMPAT_DESCRIPTOR_H
#define DMAENGINE_COMPAT_DESCRIPTOR_H

#include <linux/dmaengine/reject.h>
#include <linux/dmaengine/symbol.h>
#include <linux/dmaengine/values.h>
#include <linux/errno.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct dma_async_tx_descriptor;
struct dma_chan;

/** How a transfer ended. */
struct dmaengine_result {
	enum dmaengine_tx_result result; /**< Well or not. */
	__u32 residue;                   /**< Bytes that were not transferred. */
};

/** The state of a transfer, as dmaengine_tx_status() fills it in. */
struct dma_tx_state {
	dma_cookie_t last;     /**< The newest completed cookie of the channel. */
	dma_cookie_t used;     /**< The newest submitted one. */
	__u32 residue;         /**< Bytes of the asked-for transfer that are left. */
	__u32 in_flight_bytes; /**< Bytes on their way inside the controller, where it knows. */
};

/**
 * Called once for a completed descriptor, with callback_param; for a cyclic one with elapsed
 * periods.
 *
 * It runs on the tasklet, never inside a call of the client's, with no lock of the library held.
 * Its cookie is complete and the data visible. It may prepare, submit, issue, read states, pause,
 * resume and terminate without waiting. It must not wait for its own tasklet: calls that would are
 * refused. While it runs, other callbacks of the same tasklet wait.
 */
typedef void (*dma_async_tx_callback)(void *dma_async_param);

/** The same with a result, which is valid until the callback returns. Takes precedence if set. */
typedef void (*dma_async_tx_callback_result)(void *dma_async_param,
					     const struct dmaengine_result *result);

/** Mappings that end together when the last user lets go; see dmaengine_get_unmap_data(). */
struct dmaengine_unmap_data {
	__u16 map_cnt;      /**< Room in addr[]; after filling in, the client may lower it. */
	__u8 to_cnt;        /**< The first entries of addr[]: mapped DMA_TO_DEVICE. */
	__u8 from_cnt;      /**< The next ones: mapped DMA_FROM_DEVICE. */
	__u8 bidi_cnt;      /**< The last ones: mapped DMA_BIDIRECTIONAL. */
	struct device *dev; /**< The device that all were mapped for. */
	__u32 references;   /**< Users. Library-private. */
	__u32 pool;         /**< Where it came from. Library-private. */
	size_t len;         /**< Bytes of each mapping. */
	__extension__ dma_addr_t addr[]; /**< The mappings. */
};

/** What a channel with metadata does for its descriptors. Clients call dmaengine_desc_...(). */
struct dma_descriptor_metadata_ops {
	/** See dmaengine_desc_attach_metadata(). */
	int (*attach)(struct dma_async_tx_descriptor *desc, void *data, size_t len);
	/** See dmaengine_desc_get_metadata_ptr(). */
	void *(*get_ptr)(struct dma_async_tx_descriptor *desc, size_t *payload_len,
			 size_t *max_len);
	/** See dmaengine_desc_set_metadata_len(). */
	int (*set_len)(struct dma_async_tx_descriptor *desc, size_t payload_len);
};

/** A prepared transfer. The client writes the callback members before it submits. */
struct dma_async_tx_descriptor {
	dma_cookie_t cookie;       /**< From submission on; an errno where that failed. */
	enum dma_ctrl_flags flags; /**< As prepared; see async_tx_ack() and the reuse calls. */
	dma_addr_t phys;           /**< Address of the hardware's descriptor where it has one. */
	struct dma_chan *chan;     /**< The channel it was prepared on. */
	/** Submits it; see dmaengine_submit(). */
	dma_cookie_t (*tx_submit)(struct dma_async_tx_descriptor *tx);
	/** Frees a reusable one; see dmaengine_desc_free(). */
	int (*desc_free)(struct dma_async_tx_descriptor *tx);
	dma_async_tx_callback callback;               /**< Or NULL. */
	dma_async_tx_callback_result callback_result; /**< Or NULL; before callback if both. */
	void *callback_param;                         /**< For either. */
	struct dmaengine_unmap_data *unmap;           /**< See dma_set_unmap(). */
	enum dma_desc_metadata_mode desc_metadata_mode; /**< Mode in use; set by the first call. */
	struct dma_descriptor_metadata_ops *metadata_ops; /**< NULL without metadata. */
};

/**
 * Submits a prepared transfer. It runs after the next dma_async_issue_pending() on the channel.
 *
 * Any thread may call it, also several at once for one channel, and from a callback; it does not
 * block and calls no callback.
 *
 * @param desc
 *   From a prepare call, submitted for the first time or reusable and complete.
 * @return
 *   The cookie, or through dma_submit_error(): -EINVAL for NULL, for a descriptor submitted before
 *   that is not reusable, and after the channel was released; -ENODEV where the device has gone.
 * @since 0.1
 */
static inline dma_cookie_t
dmaengine_submit(struct dma_async_tx_descriptor *desc)
{
	if (desc == NULL)
		return __dmaengine_reject(__func__, "no descriptor; see what prep returned",
					  -EINVAL);
	return desc->tx_submit(desc);
}

/**
 * Says that the client keeps no reference to a descriptor, so that the channel may use it again
 * once it has completed.
 *
 * Before submission one thread at a time; also from a callback; it does not block.
 *
 * @param tx
 *   The descriptor, not NULL.
 * @since 0.1
 */
static inline void
async_tx_ack(struct dma_async_tx_descriptor *tx)
{
	tx->flags = (enum dma_ctrl_flags)(tx->flags | DMA_CTRL_ACK);
}

/**
 * Takes async_tx_ack() back. Threads as there.
 *
 * @param tx
 *   The descriptor, not NULL.
 * @since 0.1
 */
static inline void
async_tx_clear_ack(struct dma_async_tx_descriptor *tx)
{
	tx->flags = (enum dma_ctrl_flags)(tx->flags & ~DMA_CTRL_ACK);
}

/**
 * Whether a descriptor is acknowledged. Threads as for async_tx_ack().
 *
 * @param tx
 *   The descriptor, not NULL.
 * @return
 *   True where DMA_CTRL_ACK is set.
 * @since 0.1
 */
static inline bool
async_tx_test_ack(struct dma_async_tx_descriptor *tx)
{
	return (tx->flags & DMA_CTRL_ACK) != 0;
}

/**
 * Ends the life of a reusable descriptor. It must be idle: never submitted, complete, or
 * terminated and synchronized.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param desc
 *   The descriptor.
 * @return
 *   0; -EINVAL for NULL; -EPERM where it is not marked for reuse; -EBUSY where it is in flight.
 * @since 0.1
 */
static inline int
dmaengine_desc_free(struct dma_async_tx_descriptor *desc)
{
	if (desc == NULL)
		return __dmaengine_reject(__func__, "no descriptor; see what prep returned",
					  -EINVAL);
	if ((desc->flags & DMA_CTRL_REUSE) == 0 || desc->desc_free == NULL)
		return -EPERM;
	return desc->desc_free(desc);
}

/**
 * Lets a descriptor be submitted only once more: after that it goes back to the channel.
 *
 * Before submission one thread at a time; also from a callback; it does not block.
 *
 * @param tx
 *   The descriptor, not NULL.
 * @since 0.1
 */
static inline void
dmaengine_desc_clear_reuse(struct dma_async_tx_descriptor *tx)
{
	tx->flags = (enum dma_ctrl_flags)(tx->flags & ~DMA_CTRL_REUSE);
}

/**
 * Whether a descriptor is marked for reuse. Threads as for dmaengine_desc_clear_reuse().
 *
 * @param tx
 *   The descriptor, not NULL.
 * @return
 *   True where DMA_CTRL_REUSE is set.
 * @since 0.1
 */
static inline bool
dmaengine_desc_test_reuse(struct dma_async_tx_descriptor *tx)
{
	return (tx->flags & DMA_CTRL_REUSE) != 0;
}

/**
 * Makes a collection of mappings, with one user: the caller.
 *
 * Any thread may call it, also from a callback; it does not block. Collections come from a pool.
 *
 * @param dev
 *   The device that the client will map for.
 * @param nr
 *   Room for that many mappings, 1 to 256.
 * @param flags
 *   Accepted and without effect.
 * @return
 *   The collection, with all counts 0 but map_cnt, which is @p nr; NULL where @p dev is NULL,
 *   @p nr is out of range, or there is no memory. The client fills in addr[], len and the counts.
 * @since 0.1
 */
struct dmaengine_unmap_data *
dmaengine_get_unmap_data(struct device *dev, int nr, gfp_t flags)
	__dmaengine_symbol(dmaengine_get_unmap_data);

/**
 * One user less; the last one unmaps everything and frees the collection.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param unmap
 *   The collection; NULL is ignored.
 * @since 0.1
 */
void
dmaengine_unmap_put(struct dmaengine_unmap_data *unmap) __dmaengine_symbol(dmaengine_unmap_put);

/**
 * Hangs a collection on a descriptor, which becomes a user of it until it has completed or has
 * been terminated. The caller stays one too and still calls dmaengine_unmap_put().
 *
 * Before submission one thread at a time; also from a callback; it does not block.
 *
 * @param tx
 *   The descriptor. With NULL nothing happens but a log line.
 * @param unmap
 *   The collection. With NULL nothing happens but a log line.
 * @since 0.1
 */
void
dma_set_unmap(struct dma_async_tx_descriptor *tx, struct dmaengine_unmap_data *unmap)
	__dmaengine_symbol(dma_set_unmap);

/**
 * Takes the collection off a descriptor that will not be submitted.
 *
 * Before submission one thread at a time; also from a callback; it does not block.
 *
 * @param tx
 *   The descriptor, not NULL.
 * @since 0.1
 */
static inline void
dma_descriptor_unmap(struct dma_async_tx_descriptor *tx)
{
	struct dmaengine_unmap_data *unmap = tx->unmap;

	/* Off the descriptor first: the last put may hand the memory to another client. */
	tx->unmap = NULL;
	if (unmap != NULL)
		dmaengine_unmap_put(unmap);
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_DESCRIPTOR_H */
