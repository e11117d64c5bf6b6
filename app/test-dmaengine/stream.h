/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_STREAM_H
#define TEST_DMAENGINE_STREAM_H

/*
 * A cyclic transfer from a paced source port: started, followed and ended through the driver's API,
 * or as a DMA Engine client does.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "mismatch.h"
#include "ports.h"
#include "soak.h"

#define STREAM_TIMES	64

struct stream {
	const struct options *options;
	struct dmadev *device;
	struct channel *channel; /* DMA Engine channel; NULL: the dmadev API */
	double seconds;		/* that it is followed */
	const struct soak *soak; /* whose time that is; NULL: none */
	uint16_t port;
	const uint8_t *buffer;
	uint8_t *snapshot;	/* of a period */
	uint64_t next_word;	/* what the source should say next */
	bool synchronised;	/* next_word is known */
	uint64_t seen;		/* periods taken */
	/* DMA Engine: the callback writes, the client reads. */
	_Atomic uint64_t arrived;	/* periods, as of the latest callback */
	_Atomic uint64_t arrived_tsc[STREAM_TIMES];	/* by that number */
	dma_cookie_t cookie;
	uint64_t gaps;		/* bytes missing from the pattern */
	uint64_t missed;	/* periods overwritten before they were read */
	uint64_t last_tsc;	/* arrival of the latest period */
	bool has_last;
	struct histogram *intervals;	/* nanoseconds a period */
	struct histogram *jitters;	/* nanoseconds from the nominal time */
	struct mismatches mismatches;
};

/* Start port and transfer. @return 0 or a negative errno */
int stream_start(struct stream *stream, rte_iova_t iova, uint64_t port_addr);

/* Stop the port, and end the transfer. @return NULL, or what went wrong */
const char *stream_end(struct stream *stream);

/* Periods that have arrived so far; *when is the TSC of the latest. */
uint64_t stream_arrived(struct stream *stream, uint64_t *when);

/* Whether the device may have begun to overwrite period n of all, which has just been read. */
bool stream_overwritten(const struct stream *stream, uint64_t n);

/* Whether the transfer, which has no end, has ended. */
bool stream_ended(const struct stream *stream);

#endif /* TEST_DMAENGINE_STREAM_H */
