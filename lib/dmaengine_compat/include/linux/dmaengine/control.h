/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Running a channel: settings, issue, state, waiting, pause, terminate and synchronize.
 * Client code includes <linux/dmaengine.h>.
 */

#ifndef DMAENGINE_COMPAT_CONTROL_H
#define DMAENGINE_COMPAT_CONTROL_H

#include <limits.h>

#include <linux/dmaengine/channel.h>
#include <linux/dmaengine/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Sets the peripheral's side for the transfers that are prepared afterwards.
 *
 * One thread at a time for a channel, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param config
 *   The settings, copied. A member that no transfer uses may have any value.
 * @return
 *   0; -ENOSYS where the channel has no such settings; -EINVAL where an argument is NULL, the
 *   channel is not held, or peripheral_size is not what the controller expects; -ENODEV where the
 *   device has gone. Addresses and widths are looked at by the prepare calls, which know the
 *   direction.
 * @since 0.1
 */
static inline int
dmaengine_slave_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	if (chan == NULL || config == NULL)
		return __dmaengine_reject(__func__, "no channel or settings; neither may be NULL",
					  -EINVAL);
	if (chan->device->device_config == NULL)
		return -ENOSYS;
	return chan->device->device_config(chan, config);
}

/**
 * Starts everything that has been submitted on a channel. What is submitted later waits for the
 * next call. Without anything submitted, or on a running channel, it is harmless.
 *
 * Any thread may call it, also from a callback; it does not block and calls no callback.
 *
 * @param chan
 *   The channel. With NULL nothing happens but a log line.
 * @since 0.1
 */
static inline void
dma_async_issue_pending(struct dma_chan *chan)
{
	if (chan == NULL)
		(void)__dmaengine_reject(__func__, "no channel; see what its request returned",
					 -EINVAL);
	else
		chan->device->device_issue_pending(chan);
}

/**
 * dma_async_issue_pending() on every channel that is shared (see dma_find_channel()) or was
 * requested by capabilities, whoever holds it. Those requested by name belong to a peripheral, and
 * their clients issue by themselves.
 *
 * Any thread may call it, also from a callback, but not a filter function; it may wait for the list
 * lock.
 *
 * @since 0.1
 */
void
dma_issue_pending_all(void) __dmaengine_symbol(dma_issue_pending_all);

/**
 * What has become of a transfer.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param cookie
 *   The transfer. All up to a completed one are complete.
 * @param state
 *   Filled in with cookies and residue in bytes; may be NULL.
 * @return
 *   The state; DMA_ERROR also for NULL, for a value that is no cookie, and after the device has
 *   gone; DMA_OUT_OF_ORDER where the channel completes in any order.
 * @since 0.1
 */
static inline enum dma_status
dmaengine_tx_status(struct dma_chan *chan, dma_cookie_t cookie, struct dma_tx_state *state)
{
	if (chan == NULL) {
		(void)__dmaengine_reject(__func__, "no channel; see what its request returned",
					 -EINVAL);
		return DMA_ERROR;
	}
	return chan->device->device_tx_status(chan, cookie, state);
}

/**
 * dmaengine_tx_status() for the cookies only.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @param cookie
 *   The transfer.
 * @param last
 *   Where the newest completed cookie goes, or NULL.
 * @param used
 *   Where the newest submitted cookie goes, or NULL.
 * @return
 *   The state, as dmaengine_tx_status().
 * @since 0.1
 */
static inline enum dma_status
dma_async_is_tx_complete(struct dma_chan *chan, dma_cookie_t cookie, dma_cookie_t *last,
			 dma_cookie_t *used)
{
	struct dma_tx_state state = { 0, 0, 0, 0 };
	enum dma_status status = dmaengine_tx_status(chan, cookie, &state);

	if (last != NULL)
		*last = state.last;
	if (used != NULL)
		*used = state.used;
	return status;
}

/* Submissions from one cookie to a later one; after INT_MAX comes DMA_MIN_COOKIE, 1. */
static inline int
__dmaengine_cookie_distance(dma_cookie_t from, dma_cookie_t to)
{
	return to >= from ? to - from : INT_MAX - from + to;
}

/**
 * Whether a transfer is complete, from cookies that were read before.
 *
 * It holds on both sides of the wrap: a transfer is in progress where it lies behind
 * @p last_complete and not behind @p last_used, and complete everywhere else.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param cookie
 *   The transfer.
 * @param last_complete
 *   The newest completed cookie.
 * @param last_used
 *   The newest submitted cookie.
 * @return
 *   DMA_COMPLETE or DMA_IN_PROGRESS; DMA_ERROR for a negative @p cookie.
 * @since 0.1
 */
static inline enum dma_status
dma_async_is_complete(dma_cookie_t cookie, dma_cookie_t last_complete, dma_cookie_t last_used)
{
	int ahead;

	if (cookie < 0)
		return DMA_ERROR;
	ahead = __dmaengine_cookie_distance(last_complete, cookie);
	if (ahead > 0 && ahead <= __dmaengine_cookie_distance(last_complete, last_used))
		return DMA_IN_PROGRESS;
	return DMA_COMPLETE;
}

/**
 * Issues, and waits for a transfer.
 *
 * Any thread but no callback of the same dmadev: there it would wait for its own tasklet, and is
 * refused. It waits about 5 seconds at most, sleeping between its looks; of a device with
 * DMAENGINE_COMPAT_RUN_MANUAL it runs the tasklet meanwhile.
 *
 * @param chan
 *   The channel.
 * @param cookie
 *   The transfer.
 * @return
 *   DMA_COMPLETE; DMA_OUT_OF_ORDER as dmaengine_tx_status() says it; DMA_ERROR where it failed
 *   or did not complete in that time (a paused channel, too, until it is resumed), where
 *   @p chan is NULL, the cookie is none of a transfer, or in a callback.
 * @since 0.1
 */
enum dma_status
dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie) __dmaengine_symbol(dma_sync_wait);

/**
 * dma_sync_wait() for a descriptor that was submitted. The descriptor must stay alive meanwhile,
 * so it must not be acknowledged.
 *
 * Any thread but no callback, as there.
 *
 * @param tx
 *   The descriptor; NULL counts as complete.
 * @return
 *   As dma_sync_wait(); DMA_ERROR at once for one that was not submitted.
 * @since 0.1
 */
enum dma_status
dma_wait_for_async_tx(struct dma_async_tx_descriptor *tx) __dmaengine_symbol(dma_wait_for_async_tx);

/**
 * Pauses a channel at the next point where no byte gets lost or doubled.
 *
 * Any thread may call it, also from a callback; the wait for that point is bounded.
 *
 * @param chan
 *   The channel.
 * @return
 *   0, also where it is paused already; -ENOSYS where it cannot pause; -EINVAL for NULL;
 *   -ETIMEDOUT where the device does not react; -ENODEV where it has gone.
 * @since 0.1
 */
static inline int
dmaengine_pause(struct dma_chan *chan)
{
	if (chan == NULL)
		return __dmaengine_reject(__func__, "no channel; see what its request returned",
					  -EINVAL);
	if (chan->device->device_pause == NULL)
		return -ENOSYS;
	return chan->device->device_pause(chan);
}

/**
 * Lets a paused channel go on.
 *
 * Any thread may call it, also from a callback; its wait for the device is bounded.
 *
 * @param chan
 *   The channel.
 * @return
 *   0; -ENOSYS where it cannot resume; -EINVAL for NULL, or where it is not paused; -ETIMEDOUT
 *   where the device does not react; -ENODEV where it has gone.
 * @since 0.1
 */
static inline int
dmaengine_resume(struct dma_chan *chan)
{
	if (chan == NULL)
		return __dmaengine_reject(__func__, "no channel; see what its request returned",
					  -EINVAL);
	if (chan->device->device_resume == NULL)
		return -ENOSYS;
	return chan->device->device_resume(chan);
}

/**
 * Gives up everything that was submitted on a channel, without waiting. Callbacks of incomplete
 * transfers are not called, but one may be running, and the device may still write: memory and
 * callback data must stay until dmaengine_synchronize() has returned.
 *
 * Any thread may call it, also from a callback of the same channel; it does not block.
 *
 * @param chan
 *   The channel.
 * @return
 *   0, also on an idle channel; -EINVAL for NULL or where it cannot terminate; -ENODEV where the
 *   device has gone.
 * @since 0.1
 */
static inline int
dmaengine_terminate_async(struct dma_chan *chan)
{
	if (chan == NULL)
		return __dmaengine_reject(__func__, "no channel; see what its request returned",
					  -EINVAL);
	if (chan->device->device_terminate_all == NULL)
		return -EINVAL;
	return chan->device->device_terminate_all(chan);
}

/**
 * The older form of dmaengine_terminate_async(), with another error. Deprecated for new code.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param chan
 *   The channel.
 * @return
 *   0; -ENOSYS where it cannot terminate; -EINVAL for NULL; -ENODEV where the device has gone.
 * @since 0.1
 */
static inline int
dmaengine_terminate_all(struct dma_chan *chan)
{
	if (chan == NULL)
		return __dmaengine_reject(__func__, "no channel; see what its request returned",
					  -EINVAL);
	if (chan->device->device_terminate_all == NULL)
		return -ENOSYS;
	return chan->device->device_terminate_all(chan);
}

/**
 * Waits until what was terminated has ended: no callback of it runs, and the device writes no more.
 * What was issued since then goes on.
 *
 * Any thread; it blocks, for a bounded time. Not from a callback: refused there with a log line. A
 * tasklet that makes no progress is a log line too; dmaengine_terminate_sync() returns both as
 * errors.
 *
 * @param chan
 *   The channel. With NULL nothing happens but a log line.
 * @since 0.1
 */
void
dmaengine_synchronize(struct dma_chan *chan) __dmaengine_symbol(dmaengine_synchronize);

/**
 * Gives up everything that was submitted on a channel and waits until it has ended. On return no
 * callback of it runs or will run, the device writes no more, and buffers may be freed. The channel
 * can be used again.
 *
 * Any thread; it blocks, for a bounded time. Not from a callback.
 *
 * @param chan
 *   The channel.
 * @return
 *   0, also on an idle channel; -EINVAL for NULL or where it cannot terminate; -EDEADLK in a
 *   callback, and nothing is terminated; -ETIMEDOUT where tasklet or device make no progress;
 *   -ENODEV where the device has gone, and everything has been completed as errors.
 * @since 0.1
 */
int
dmaengine_terminate_sync(struct dma_chan *chan) __dmaengine_symbol(dmaengine_terminate_sync);

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_CONTROL_H */
