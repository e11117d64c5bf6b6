/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_COMPAT_ENGINE_DESC_H
#define DMAENGINE_COMPAT_ENGINE_DESC_H

/* A descriptor, its segments, and the place that hands it to the tasklet. Who owns them when is
 * said in engine.h.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/dmaengine.h>

#include <rte_common.h>

#define ENGINE_META_MAX	64
#define ENGINE_NO_DESC	UINT32_MAX

enum engine_op {
	ENGINE_OP_NONE = 0,	/* interrupt: nothing but its callback */
	ENGINE_OP_MEMCPY,
	ENGINE_OP_MEMSET,
	ENGINE_OP_SLAVE,
	ENGINE_OP_CYCLIC,
	ENGINE_OP_INTERLEAVED,
};

enum engine_desc_state {
	ENGINE_DESC_FREE = 0,
	ENGINE_DESC_PREPARED,	/* the client's */
	ENGINE_DESC_SUBMITTED,	/* the tasklet's; and stays so in the pool, until the next prep */
	ENGINE_DESC_DONE,	/* reusable and completed: the client's again */
};

/* One segment of a slave transfer, or one chunk of an interleaved one. */
struct engine_seg {
	union {
		uint64_t addr;
		struct {
			uint32_t src_gap;
			uint32_t dst_gap;
		};
	};
	uint32_t len;
	uint32_t reserved;
};

#define ENGINE_INLINE_SEGS	4
#define ENGINE_DESC_SIZE	384

/* Where a descriptor's transfer goes on; the backend feeds from here. */
struct engine_cursor {
	uint32_t seg;		/* segment or chunk */
	uint32_t offset;	/* bytes done in it */
	uint32_t frame;		/* interleaved */
	uint32_t done;		/* bytes fed, of this lap */
	uint64_t src, dst;	/* interleaved: addresses of the chunk */
};

/* Bits of engine_desc.flags; the lower ones are the backend's. */
#define ENGINE_F_REPEATS	0x80	/* until terminated or replaced */

struct engine_desc {
	struct dma_async_tx_descriptor tx;	/* first: the client's view */

	/* What to do: written by prep, constant from submit on. Begins in the same cache line as
	 * tx ends, so that a client's copy touches two lines.
	 */
	uint8_t op;			/* enum engine_op */
	uint8_t dir;			/* enum dma_transfer_direction */
	_Atomic uint8_t state;		/* enum engine_desc_state */
	uint8_t flags;			/* ENGINE_F_*, and the backend's bits */
	_Atomic uint32_t len;		/* bytes, of a lap */
	uint64_t src;			/* MEMSET: the pattern */
	uint64_t dst;

	/* Where it is. Prep resets fed_ops; what follows is the tasklet's, which begins with
	 * engine_desc_rearm(): the client's core never has these lines.
	 */
	uint64_t seq;
	_Atomic uint32_t first_op;	/* device's index of its first operation, 16 bits */
	_Atomic uint32_t fed_ops;	/* operations given to the device */
	_Atomic uint32_t done_ops;	/* of these, completed */
	_Atomic uint32_t done_bytes;
	bool fed;			/* all of it */
	uint8_t result;			/* enum dmaengine_tx_result */
	uint8_t failed;
	uint32_t missing;		/* residue at completion */

	/* Slave set-up as of prep (B46). */
	uint64_t slave_addr;
	uint32_t width;			/* bytes a word at the slave */
	uint32_t burst;			/* words */
	uint32_t window;		/* words */
	uint32_t period;		/* cyclic: bytes */
	uint32_t frames;		/* interleaved */
	uint16_t nb_segs;
	uint16_t meta_length;		/* metadata in meta[] */
	uint16_t meta_room;		/* of the client's buffer */
	bool src_inc, dst_inc;
	uint32_t index;			/* in the pool, constant */
	uint32_t more;			/* segments: index of the next block; ENGINE_NO_DESC */
	struct engine_cursor cursor;
	void *meta_client;		/* CLIENT mode: the client's buffer */
	uint8_t meta[ENGINE_META_MAX];	/* what the device reads and writes */
	struct engine_seg segs[];
};

/* A pool element that carries on a descriptor's segments. */
struct engine_seg_block {
	struct engine_seg segs[(ENGINE_DESC_SIZE - 16) / sizeof(struct engine_seg)];
	uint32_t more;
	uint32_t reserved[3];
};

#define ENGINE_BLOCK_SEGS	RTE_DIM(((struct engine_seg_block *)0)->segs)

_Static_assert(offsetof(struct engine_desc, done_ops) == 2 * RTE_CACHE_LINE_MIN_SIZE,
	       "a copy touches two lines of the client's");
_Static_assert(offsetof(struct engine_desc, segs) +
	       ENGINE_INLINE_SEGS * sizeof(struct engine_seg) <= ENGINE_DESC_SIZE,
	       "ENGINE_DESC_SIZE");
_Static_assert(sizeof(struct engine_seg_block) <= ENGINE_DESC_SIZE, "one size for both");

/* A place of the hand-off. The submitter writes it, the word last (release); the tasklet only
 * reads, but for PLAIN, which it takes away from a copy that fails.
 * Whose sequence number it is stays true until the descriptor is recycled, since there are at least
 * as many places as descriptors. Half a cache line: it takes no longer than a whole one, and half
 * the memory.
 */
struct engine_entry {
	_Atomic uint64_t word;		/* ENGINE_ENTRY_* */
	uint64_t src;			/* this and the rest: PLAIN only */
	uint64_t dst;
	void *callback_param;
};

_Static_assert(2 * sizeof(struct engine_entry) <= RTE_CACHE_LINE_MIN_SIZE, "two in a line");

/* The word: bytes of a plain copy, index of the descriptor, flags, number of the callback, lap of
 * the ring.
 */
#define ENGINE_ENTRY_INDEX_SHIFT	32
#define ENGINE_ENTRY_INDEX_MASK		0x7fffu
/* A copy that is one device operation and has nothing attached: done without its descriptor. */
#define ENGINE_ENTRY_PLAIN		RTE_BIT64(47)
#define ENGINE_ENTRY_FENCE		RTE_BIT64(48)
#define ENGINE_ENTRY_CALL_SHIFT		49
#define ENGINE_ENTRY_LAP_SHIFT		53

/* Numbers of callbacks. From ENGINE_CALL_RESULT on they are of type callback_result. */
#define ENGINE_CALL_NONE	0
#define ENGINE_CALL_RESULT	8
#define ENGINE_CALLS		16

#endif /* DMAENGINE_COMPAT_ENGINE_DESC_H */
