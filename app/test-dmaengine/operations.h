/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_OPERATIONS_H
#define TEST_DMAENGINE_OPERATIONS_H

/* What copy, fill and sg differ in: a table entry each. */

#include "buffers.h"
#include "channel.h"
#include "run.h"
#include "trial.h"

struct bench;

struct operation {
	const char *name;
	const struct channel_operation *channel;	/* the same through the DMA Engine API */
	/* Before its device is started; returns an exit status. NULL: nothing. */
	int (*prepare)(struct bench *bench);
	uint64_t capability;		/* RTE_DMA_CAPA_OPS_* that it needs */
	/* The measured loop, and one entry of it. */
	void (*run)(struct run *run);
	run_enqueue_t enqueue;
	/* The same on this core; NULL: it cannot do it. */
	void (*run_cpu)(struct run *run);
	void (*cpu)(const struct work *work, uint32_t entry);
	/* After the pools are filled, and before they are checked; NULL: nothing. */
	void (*before)(struct bench *bench);
	void (*after)(struct bench *bench);
	/* What entry of the work does to the image of the destination zone. */
	void (*expect)(const struct work *work, uint32_t entry, uint8_t *image);
	/* One operation under verification; NULL: the whole pool is all that is checked. */
	int (*try_one)(int16_t dev_id, uint16_t vchan, struct trial *trial);
	bool has_lists;			/* uses scatter-gather lists */
	bool has_source;		/* otherwise the pattern is the source */
	bool in_chunks;			/* an entry is as many operations as it has chunks */
};

extern const struct operation operation_copy;
extern const struct operation operation_fill;
extern const struct operation operation_sg;
extern const struct operation operation_interleaved;
/* Where the dmadev API has no such thing: only refdma's own has. */
extern const struct operation operation_chunks;

/* What a copy does to the image; also for others that bring source to destination. */
void expect_copy(const struct work *work, uint32_t entry, uint8_t *image);

/* A fill pattern, as the bytes that it stands for. */
void fill_bytes(uint8_t *bytes, size_t length, uint64_t pattern);

#endif /* TEST_DMAENGINE_OPERATIONS_H */
