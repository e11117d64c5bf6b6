/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Mappings that end together with the last transfer that uses them. */

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine.h"

#define UNMAP_MAX	256	/* mappings in one; kernel clients use up to 256 */

static _Atomic uint32_t *
references(struct dmaengine_unmap_data *unmap)
{
	return (_Atomic uint32_t *)&unmap->references;
}

struct dmaengine_unmap_data *
dmaengine_get_unmap_data(struct device *dev, int nr, gfp_t flags)
{
	struct dmaengine_unmap_data *unmap;

	(void)flags;
	if (dev == NULL || nr < 1 || nr > UNMAP_MAX)
		return NULL;
	unmap = calloc(1, sizeof(*unmap) + (size_t)nr * sizeof(unmap->addr[0]));
	if (unmap == NULL)
		return NULL;
	unmap->dev = dev;
	unmap->map_cnt = nr;
	atomic_store(references(unmap), 1);
	return unmap;
}

static unsigned int
end_some(struct dmaengine_unmap_data *unmap, unsigned int from, unsigned int count,
	 enum dma_data_direction dir)
{
	for (unsigned int i = 0; i < count; i++)
		if (unmap->addr[from + i] != 0)
			dma_unmap_page(unmap->dev, unmap->addr[from + i], unmap->len, dir);
	return from + count;
}

void
dmaengine_unmap_put(struct dmaengine_unmap_data *unmap)
{
	unsigned int at;

	if (unmap == NULL || atomic_fetch_sub(references(unmap), 1) != 1)
		return;
	at = end_some(unmap, 0, unmap->to_cnt, DMA_TO_DEVICE);
	at = end_some(unmap, at, unmap->from_cnt, DMA_FROM_DEVICE);
	end_some(unmap, at, unmap->bidi_cnt, DMA_BIDIRECTIONAL);
	free(unmap);
}

/* The descriptor becomes one more user; completion lets go for it. */
void
dma_set_unmap(struct dma_async_tx_descriptor *tx, struct dmaengine_unmap_data *unmap)
{
	if (tx == NULL || unmap == NULL) {
		(void)__dmaengine_reject(__func__, "no descriptor or mappings; neither may be NULL",
					 -EINVAL);
		return;
	}
	atomic_fetch_add(references(unmap), 1);
	tx->unmap = unmap;
}
