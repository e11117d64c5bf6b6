/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_LOOPBACK_H
#define TEST_DMAENGINE_LOOPBACK_H

/*
 * Memory to a loopback port on vchan 0, and from the port to memory on vchan 1. What goes in comes
 * out in order, so entry i of the one side is entry i of the other.
 */

#include <rte_pmd_refdma.h>

#include "bench.h"

#define LOOPBACK_VCHANS	2

/* What a port can carry beside a transfer at most. */
struct meta {
	uint8_t bytes[OPTIONS_MAX_METADATA];
};

/* One direction. */
struct side {
	struct run run;		/* for its vchan or channel, and what goes wrong on it */
	struct rte_pmd_refdma_slave *xfers;	/* one for each entry */
	struct rte_dma_sge *sges;
	struct meta *meta;	/* one for each entry; NULL: none */
	uint64_t started;
	uint64_t completed;
};

struct loopback {
	uint16_t port;
	uint64_t addr;		/* the port's device address */
	uint32_t fifo_size;
	uint32_t meta_length;	/* bytes beside each transfer; 0: none */
	struct side to;
	struct side from;
};

/**
 * Make the lists of both sides.
 * @param loopback with port, address, FIFO size and length of metadata set
 * @return 0, or -1 after a message; loopback_free() in any case
 */
int loopback_create(struct loopback *loopback, const struct work *work);
void loopback_free(struct loopback *loopback);

/* The measured loop; the context of the run is the loopback. */
void loopback_run(struct run *run);

/* Before a run: what goes out is there, and of what comes in nothing. */
void loopback_fill_meta(struct loopback *loopback, const struct work *work);

/* After it: what came in is what went out beside the same entry. */
void loopback_check_meta(const struct loopback *loopback, const struct run *run,
			 struct mismatches *mismatches);

#endif /* TEST_DMAENGINE_LOOPBACK_H */
