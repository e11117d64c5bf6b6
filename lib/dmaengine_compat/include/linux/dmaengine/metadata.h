/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Data that travels beside a transfer, such as the side-band of a packet.
 * Client code includes <linux/dmaengine.h>.
 *
 * A descriptor has metadata in one mode. DESC_METADATA_CLIENT: the client attaches memory of its
 * own, to read from (to a peripheral) or to be filled before the callback (from one), and keeps it
 * until then. DESC_METADATA_ENGINE: the client asks where the channel keeps it; to a peripheral it
 * writes there and sets the length before it submits, from one it reads there in the callback.
 */

#ifndef DMAENGINE_COMPAT_METADATA_H
#define DMAENGINE_COMPAT_METADATA_H

#include <linux/dmaengine/descriptor.h>
#include <linux/dmaengine/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Gives a descriptor memory for its metadata: DESC_METADATA_CLIENT.
 *
 * Before submission, by one thread at a time, also from a callback; it does not block.
 *
 * @param desc
 *   The descriptor.
 * @param data
 *   The memory; it need not be mapped.
 * @param len
 *   Its bytes, 1 to what the channel carries.
 * @return
 *   0; -EINVAL where @p desc is NULL, the descriptor is in the other mode, or @p data or @p len
 *   is no good; -ENOTSUPP where the channel does not support the mode.
 * @since 0.1
 */
int
dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *desc, void *data, size_t len)
	__dmaengine_symbol(dmaengine_desc_attach_metadata);

/**
 * Asks where the channel keeps a descriptor's metadata: DESC_METADATA_ENGINE.
 *
 * Before submission, by one thread at a time, or in the descriptor's own callback; it does not
 * block. The memory is the channel's: in use up to submission, or until the callback returns.
 *
 * @param desc
 *   The descriptor.
 * @param payload_len
 *   Where the bytes of metadata that are there go.
 * @param max_len
 *   Where the bytes of room go.
 * @return
 *   The memory, or through ERR_PTR(): -EINVAL where @p desc is NULL or in the other mode,
 *   -ENOTSUPP where the channel does not support the mode.
 * @since 0.1
 */
void *
dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *desc, size_t *payload_len,
				size_t *max_len)
	__dmaengine_symbol(dmaengine_desc_get_metadata_ptr);

/**
 * Says how much metadata the client has written: DESC_METADATA_ENGINE.
 *
 * Before submission, by one thread at a time, also from a callback; it does not block.
 *
 * @param desc
 *   The descriptor.
 * @param payload_len
 *   Bytes, 0 to the room.
 * @return
 *   0; -EINVAL where @p desc is NULL or in the other mode, or there is less room; -ENOTSUPP where
 *   the channel does not support the mode.
 * @since 0.1
 */
int
dmaengine_desc_set_metadata_len(struct dma_async_tx_descriptor *desc, size_t payload_len)
	__dmaengine_symbol(dmaengine_desc_set_metadata_len);

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_METADATA_H */
