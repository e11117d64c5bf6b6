/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Finding, holding and releasing channels, and asking what they can do.
 * Client code includes <linux/dmaengine.h>.
 *
 * A channel is held by one client. The search takes the library's list lock and may wait for
 * another thread that requests or releases; it allocates. So requests and releases belong to start
 * and end, and any thread may make them, but not a callback and not a filter function.
 */

#ifndef DMAENGINE_COMPAT_REQUEST_H
#define DMAENGINE_COMPAT_REQUEST_H

#include <linux/dmaengine/channel.h>
#include <linux/dmaengine/symbol.h>
#include <linux/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Requests the channel that the slave map has for a device and a name.
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @param dev
 *   The client's device; its name is looked up.
 * @param name
 *   The channel's name in that device, such as "rx".
 * @return
 *   The channel, or through ERR_PTR(): -EPROBE_DEFER where nothing matches yet, -EBUSY where it is
 *   held, -EINVAL where an argument is NULL, -EDEADLK in a callback, -ENOMEM. Never NULL.
 * @since 0.1
 */
struct dma_chan *
dma_request_chan(struct device *dev, const char *name) __dmaengine_symbol(dma_request_chan);

/**
 * Requests any free channel with some capabilities.
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @param mask
 *   The capabilities it must have; DMA_PRIVATE among them counts for nothing.
 * @return
 *   The channel, or through ERR_PTR(): -ENODEV where @p mask is NULL or no free channel has them,
 *   -EPROBE_DEFER where no controller has been added, -EDEADLK in a callback. Never NULL.
 * @since 0.1
 */
struct dma_chan *
dma_request_chan_by_mask(const dma_cap_mask_t *mask) __dmaengine_symbol(dma_request_chan_by_mask);

/**
 * Function behind dma_request_channel().
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @param mask
 *   The capabilities that the channel must have.
 * @param fn
 *   Chooses among the free channels with them; NULL takes the first.
 * @param fn_param
 *   For @p fn.
 * @param np
 *   Take only a channel of the controller whose device has this of_node, which the application
 *   may set; NULL: of any.
 * @return
 *   The channel; NULL where none is found, @p mask is NULL, or in a callback.
 * @since 0.1
 */
struct dma_chan *
__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn, void *fn_param,
		      struct device_node *np) __dmaengine_symbol(__dma_request_channel);

/**
 * Requests a channel by capabilities and filter: the mask itself, the filter function or NULL, and
 * its parameter. NULL where there is none. Threads as for __dma_request_channel().
 */
#define dma_request_channel(mask, x, y) __dma_request_channel(&(mask), x, y, NULL)

/**
 * Releases a channel: terminates what is left on it, waits for a running callback, and makes it
 * free to be requested again.
 *
 * Any thread; it blocks until the tasklet has let go. Not from a callback: refused there with a log
 * line, and the channel stays held. Releasing twice, or NULL, or an error pointer, does nothing but
 * a log line.
 *
 * @param chan
 *   A held channel.
 * @since 0.1
 */
void
dma_release_channel(struct dma_chan *chan) __dmaengine_symbol(dma_release_channel);

/**
 * dma_request_chan() for clients that do not ask why it failed. Deprecated for new code.
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @param dev
 *   The client's device.
 * @param name
 *   The channel's name in that device.
 * @return
 *   The channel; NULL where it cannot be had.
 * @since 0.1
 */
static inline struct dma_chan *
dma_request_slave_channel(struct device *dev, const char *name)
{
	struct dma_chan *chan = dma_request_chan(dev, name);

	return IS_ERR(chan) ? NULL : chan;
}

/**
 * Function behind dma_request_slave_channel_compat().
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @param mask
 *   The capabilities for the second attempt.
 * @param fn
 *   The filter for it; with NULL there is none.
 * @param fn_param
 *   For @p fn; with NULL there is no second attempt either.
 * @param dev
 *   The client's device, for the first attempt.
 * @param name
 *   The channel's name in that device.
 * @return
 *   The channel; NULL where neither attempt found one.
 * @since 0.1
 */
static inline struct dma_chan *
__dma_request_slave_channel_compat(const dma_cap_mask_t *mask, dma_filter_fn fn, void *fn_param,
				   struct device *dev, const char *name)
{
	struct dma_chan *chan = dma_request_slave_channel(dev, name);

	if (chan == NULL && fn != NULL && fn_param != NULL)
		chan = __dma_request_channel(mask, fn, fn_param, NULL);
	return chan;
}

/**
 * Requests a channel by device and name, and where that fails by mask, filter and parameter.
 * Threads as for __dma_request_slave_channel_compat().
 */
#define dma_request_slave_channel_compat(mask, x, y, dev, name) \
	__dma_request_slave_channel_compat(&(mask), x, y, dev, name)

/**
 * Tells what a slave channel can do.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param caps
 *   Filled in on success.
 * @return
 *   0; -EINVAL where an argument is NULL; -ENXIO where the channel has neither DMA_SLAVE nor
 *   DMA_CYCLIC, or tells no directions.
 * @since 0.1
 */
int
dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
	__dmaengine_symbol(dma_get_slave_caps);

/**
 * Joins the users of the public channels: those without DMA_PRIVATE, which clients share.
 *
 * Any thread, not from a callback; it may wait for the list lock.
 *
 * @since 0.1
 */
void
dmaengine_get(void) __dmaengine_symbol(dmaengine_get);

/**
 * Leaves the users of the public channels; the last one frees them for requests.
 *
 * Any thread, not from a callback; it may wait for the list lock and for running callbacks.
 *
 * @since 0.1
 */
void
dmaengine_put(void) __dmaengine_symbol(dmaengine_put);

/**
 * A public channel for an operation, near the caller. It is shared: it is neither requested nor
 * released, and what others submitted on it must not be terminated.
 *
 * Any thread that is a user by dmaengine_get(), not from a callback; it may wait for the list lock.
 * Ask once and keep the channel.
 *
 * @param tx_type
 *   The operation.
 * @return
 *   The channel; NULL where no public channel does it, without a user, or in a callback.
 * @since 0.1
 */
struct dma_chan *
dma_find_channel(enum dma_transaction_type tx_type) __dmaengine_symbol(dma_find_channel);

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_REQUEST_H */
