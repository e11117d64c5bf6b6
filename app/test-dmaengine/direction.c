/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Copies to and from the memory of a device. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include <rte_pmd_refdma.h>

#include "bench.h"
#include "direction.h"

#define VCHAN_BACK	1
/* Of what is moved outside the measured runs; every device takes as much at once. */
#define PIECE		(64 << 10)

/* Where the memory of a device is, and how much of it. */
struct local {
	uint64_t base;
	uint64_t size;
};

static bool
find_local(const struct dmadev *device, const struct options *options, struct local *local)
{
	struct rte_pmd_refdma_info info;

	if (options->device_address >= 0) {
		*local = (struct local){ (uint64_t)options->device_address, options->footprint };
		return true;
	}
	if (!device->refdma || rte_pmd_refdma_info_get(device->id, &info) < 0)
		return false;
	*local = (struct local){ info.local_base, info.local_size };
	return info.local_size > 0;
}

uint64_t
direction_room(const struct dmadev *device, const struct options *options)
{
	struct local local;

	return find_local(device, options, &local) ? local.size : 0;
}

bool
direction_impossible(const struct dmadev *device, const struct options *options, char *why,
		     size_t size)
{
	const uint64_t both = RTE_DMA_CAPA_MEM_TO_DEV | RTE_DMA_CAPA_DEV_TO_MEM;
	const bool to = options->direction == DIRECTION_MEM2DEV;
	const uint64_t capa = device->info.dev_capa;
	struct local local;

	if ((capa & (to ? RTE_DMA_CAPA_MEM_TO_DEV : RTE_DMA_CAPA_DEV_TO_MEM)) == 0)
		snprintf(why, size, "the device does not copy from %s", to ?
			 "memory to a device" : "a device to memory");
	else if (!find_local(device, options, &local))
		snprintf(why, size, "where is its memory? --device-address says it");
	else if (!options->no_verify &&
		 ((capa & both) != both || device->info.max_vchans <= VCHAN_BACK))
		snprintf(why, size, "it has no way back to check the data; --no-verify");
	else
		return false;
	return true;
}

enum rte_dma_direction
direction_of_vchan(enum direction direction, uint16_t vchan)
{
	if (direction != DIRECTION_MEM2DEV && direction != DIRECTION_DEV2MEM)
		return RTE_DMA_DIR_MEM_TO_MEM;
	return (direction == DIRECTION_MEM2DEV) == (vchan != VCHAN_BACK) ?
		RTE_DMA_DIR_MEM_TO_DEV : RTE_DMA_DIR_DEV_TO_MEM;
}

int
direction_place(struct work *work, const struct dmadev *device, const struct options *options)
{
	const struct pools *pools = work->pools;
	struct local local;

	if (!find_local(device, options, &local))
		return -1;
	/* The CPU still sees pools, where the device sees its own memory. */
	if (work->va == work->iova) {
		work->va = malloc(work->entries * sizeof(*work->va));
		if (work->va == NULL) {
			fprintf(stderr, "out of memory\n");
			work->va = work->iova;
			return -1;
		}
		memcpy(work->va, work->iova, work->entries * sizeof(*work->va));
	}
	for (uint32_t i = 0; i < work->entries; i++) {
		if (options->direction == DIRECTION_MEM2DEV)
			work->iova[i].dst = local.base +
				(work->va[i].dst - (uintptr_t)pools->dst.data);
		else
			work->iova[i].src = local.base +
				(work->va[i].src - (uintptr_t)pools->src.data);
	}
	return 0;
}

/* Move the pool of the device's side: to the device, or back. */
static void
move_pool(struct bench *bench, const struct pool *pool, uint16_t vchan, bool to_device)
{
	const struct work *work = bench->run.work;
	const uint64_t bytes = (uint64_t)work->buffers * work->stride;
	struct run run = bench->run;
	struct local local;

	/* A device may have one direction only: then nothing is checked. */
	if (bench->path->nb_channels <= VCHAN_BACK ||
	    !find_local(bench->path->device, bench->session->options, &local))
		return;
	run.vchan = vchan;
	for (uint64_t at = 0; at < bytes && run.error == 0 && !run.timed_out; at += PIECE) {
		const uint64_t device = local.base + at, memory = pool->iova + at;
		const uint32_t length = (uint32_t)RTE_MIN(bytes - at, (uint64_t)PIECE);
		int ret = rte_dma_copy(run.dev_id, vchan, to_device ? memory : device,
				       to_device ? device : memory, length,
				       RTE_DMA_OP_FLAG_SUBMIT);

		if (ret < 0)
			run.error = ret;
		else
			run_drain(&run, 1);
	}
	bench->run.error = run.error;
	bench->run.errors = run.errors;
	bench->run.status = run.status;
	bench->run.timed_out = run.timed_out;
}

static void
write_destination(struct bench *bench)
{
	move_pool(bench, &bench->run.work->pools->dst, 0, true);
}

static void
read_destination(struct bench *bench)
{
	move_pool(bench, &bench->run.work->pools->dst, VCHAN_BACK, false);
}

static void
write_source(struct bench *bench)
{
	move_pool(bench, &bench->run.work->pools->src, VCHAN_BACK, true);
}

const struct operation operation_mem2dev = {
	.name = "copy",
	.channel = &channel_copy,
	.capability = RTE_DMA_CAPA_MEM_TO_DEV,
	.run = run_copy,
	.enqueue = enqueue_copy,
	.before = write_destination,
	.after = read_destination,
	.expect = expect_copy,
	.has_source = true,
};

const struct operation operation_dev2mem = {
	.name = "copy",
	.channel = &channel_copy,
	.capability = RTE_DMA_CAPA_DEV_TO_MEM,
	.run = run_copy,
	.enqueue = enqueue_copy,
	.before = write_source,
	.expect = expect_copy,
	.has_source = true,
};
