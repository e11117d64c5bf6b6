/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Metadata of descriptors, both modes. The device reads and writes a buffer inside the descriptor;
 * a client's own buffer is copied to and from, so it need not be mapped.
 */

#include <errno.h>
#include <string.h>

#include "engine.h"

/* May the descriptor be used in this mode? 0 or an error; sets the mode. */
static int
enter_mode(struct dma_async_tx_descriptor *tx, enum dma_desc_metadata_mode mode)
{
	if (tx == NULL)
		return __dmaengine_reject("metadata", "no descriptor; see what prep returned",
					  -EINVAL);
	if (tx->desc_metadata_mode != DESC_METADATA_NONE && tx->desc_metadata_mode != mode)
		return -EINVAL;
	if (!dmaengine_is_metadata_mode_supported(tx->chan, mode))
		return -ENOTSUPP;
	if (engine_desc_of(tx)->op != ENGINE_OP_SLAVE)
		return -ENOTSUPP;
	tx->desc_metadata_mode = mode;
	return 0;
}

int
dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *tx, void *data, size_t len)
{
	struct engine_desc *desc;
	int ret;

	if (tx != NULL && (data == NULL || len == 0 || len > ENGINE_META_MAX))
		return -EINVAL;
	ret = enter_mode(tx, DESC_METADATA_CLIENT);
	if (ret != 0)
		return ret;
	desc = engine_desc_of(tx);
	desc->meta_client = data;
	desc->meta_length = len;
	desc->meta_room = len;
	return 0;
}

void *
dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *tx, size_t *payload_len,
				size_t *max_len)
{
	struct engine_desc *desc;
	int ret = enter_mode(tx, DESC_METADATA_ENGINE);

	if (ret != 0)
		return ERR_PTR(ret);
	desc = engine_desc_of(tx);
	if (payload_len != NULL)
		*payload_len = desc->meta_length;
	if (max_len != NULL)
		*max_len = ENGINE_META_MAX;
	return desc->meta;
}

int
dmaengine_desc_set_metadata_len(struct dma_async_tx_descriptor *tx, size_t payload_len)
{
	int ret;

	if (tx != NULL && payload_len > ENGINE_META_MAX)
		return -EINVAL;
	ret = enter_mode(tx, DESC_METADATA_ENGINE);
	if (ret == 0)
		engine_desc_of(tx)->meta_length = payload_len;
	return ret;
}

/* Submission: what the client has attached goes along. */
void
engine_metadata_submit(struct engine_desc *desc)
{
	if (desc->tx.desc_metadata_mode != DESC_METADATA_CLIENT)
		return;
	desc->meta_length = desc->meta_room;
	if (desc->dir == DMA_MEM_TO_DEV)
		memcpy(desc->meta, desc->meta_client, desc->meta_length);
}

/* Completion, before the callback: what came in is the client's (B44). */
void
engine_metadata_complete(struct engine_desc *desc)
{
	uint16_t length = RTE_MIN(desc->meta_length, desc->meta_room);

	if (desc->tx.desc_metadata_mode == DESC_METADATA_CLIENT && desc->dir == DMA_DEV_TO_MEM &&
	    !desc->failed)
		memcpy(desc->meta_client, desc->meta, length);
}
