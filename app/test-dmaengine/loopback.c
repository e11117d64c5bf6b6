/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The transfers of both sides of a loopback port, and what goes beside them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "loopback.h"

#define MAX_BURST_WORDS	65535

/*
 * Words as wide as the size allows, up to 8 bytes; bursts of a quarter of the FIFO, so that both
 * sides always find something to do.
 */
static void
describe_xfer(struct rte_pmd_refdma_slave *xfer, const struct loopback *loopback, uint32_t size)
{
	uint16_t width = size % 8 == 0 ? 8 : 1;
	uint32_t words = RTE_MIN(size, RTE_MAX(loopback->fifo_size / 4, (uint32_t)width)) / width;

	xfer->width = width;
	xfer->burst = (uint16_t)RTE_MIN(words, (uint32_t)MAX_BURST_WORDS);
	xfer->port_addr = loopback->addr;
	xfer->nb_sge = 1;
}

/* Metadata ends a frame; a transfer from the port is one frame. */
static int
add_meta(struct side *side, const struct work *work, uint32_t length, bool to)
{
	side->meta = rte_malloc(NULL, work->entries * sizeof(*side->meta),
				sizeof(*side->meta));
	if (side->meta == NULL) {
		fprintf(stderr, "no memory for metadata; give EAL more with -m, or choose a "
			"smaller --footprint\n");
		return -1;
	}
	for (uint32_t i = 0; i < work->entries; i++) {
		side->xfers[i].meta = rte_mem_virt2iova(&side->meta[i]);
		side->xfers[i].meta_length = length;
		side->xfers[i].flags |= to ? RTE_PMD_REFDMA_SLAVE_EOF :
			RTE_PMD_REFDMA_SLAVE_STOP_EOF;
	}
	return 0;
}

static int
side_create(struct side *side, const struct work *work, const struct loopback *loopback, bool to)
{
	side->xfers = calloc(work->entries, sizeof(*side->xfers));
	side->sges = calloc(work->entries, sizeof(*side->sges));
	if (side->xfers == NULL || side->sges == NULL) {
		fprintf(stderr, "out of memory\n");
		return -1;
	}
	for (uint32_t i = 0; i < work->entries; i++) {
		side->sges[i].addr = to ? work->iova[i].src : work->iova[i].dst;
		side->sges[i].length = work->size;
		describe_xfer(&side->xfers[i], loopback, work->size);
		side->xfers[i].flags = to ? RTE_PMD_REFDMA_SLAVE_TO_PORT : 0;
		side->xfers[i].sge = &side->sges[i];
	}
	return loopback->meta_length != 0 ? add_meta(side, work, loopback->meta_length, to) : 0;
}

static void
side_free(struct side *side)
{
	free(side->xfers);
	free(side->sges);
	rte_free(side->meta);
	side->meta = NULL;
	side->xfers = NULL;
	side->sges = NULL;
}

int
loopback_create(struct loopback *loopback, const struct work *work)
{
	if (side_create(&loopback->to, work, loopback, true) < 0)
		return -1;
	return side_create(&loopback->from, work, loopback, false);
}

void
loopback_free(struct loopback *loopback)
{
	side_free(&loopback->to);
	side_free(&loopback->from);
}

/* What goes beside entry number entry; something else in every one. */
static void
make_meta(struct meta *meta, uint32_t entry)
{
	for (uint32_t i = 0; i < sizeof(meta->bytes); i++)
		meta->bytes[i] = (uint8_t)(entry * 31 + (entry >> 8) + i);
}

void
loopback_fill_meta(struct loopback *loopback, const struct work *work)
{
	for (uint32_t i = 0; loopback->meta_length != 0 && i < work->entries; i++) {
		make_meta(&loopback->to.meta[i], i);
		memset(&loopback->from.meta[i], 0, sizeof(loopback->from.meta[i]));
	}
}

void
loopback_check_meta(const struct loopback *loopback, const struct run *run,
		    struct mismatches *mismatches)
{
	uint64_t nb = RTE_MIN(run->started, (uint64_t)run->work->entries);
	struct meta meta;

	for (uint32_t i = 0; loopback->meta_length != 0 && i < nb; i++) {
		make_meta(&meta, i);
		mismatch_compare(mismatches, "metadata", i * sizeof(meta), meta.bytes,
				 loopback->from.meta[i].bytes, loopback->meta_length);
	}
}
