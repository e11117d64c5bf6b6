/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_MODEL_H
#define REFDMA_MODEL_H

/**
 * @file
 * The RefDMA controller in software.
 *
 * An instance is one PCI function: registers, doorbells, channels, queues and ports of
 * doc/guides/refdma_spec.rst. The model has no thread, no clock and no memory map of its own: the
 * caller runs each channel's engine, says what time it is, and translates addresses. Whatever
 * stands in registers, doorbells, rings and descriptors is untrusted: no value makes the model
 * crash, hang, or touch memory that the translate callback did not grant.
 *
 * Threads: registers may be read and written by any thread at any time. refdma_model_run() of one
 * channel is serialised by the model itself (a second caller waits until the first one returns);
 * different channels run concurrently. Creation and destruction must be alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "refdma_hw.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Device may read this memory. */
#define REFDMA_MODEL_READ	0x1u
/** Device may write this memory. */
#define REFDMA_MODEL_WRITE	0x2u

/** Value of refdma_model_run(): the channel has nothing to do and no time to wait for. */
#define REFDMA_MODEL_IDLE	UINT64_MAX

/** A contiguous piece of host memory, as the translate callback grants it. */
struct refdma_model_region {
	uint64_t addr;		/**< First bus address. */
	uint64_t length;	/**< Bytes. */
	void *host;		/**< Where the first byte is in this process. */
	uint32_t access;	/**< REFDMA_MODEL_READ and/or REFDMA_MODEL_WRITE. */
	bool transient;		/**< Forget it at the end of the current run. */
};

/** What the instance needs from its surroundings; copied by refdma_model_create(). */
struct refdma_model_ops {
	/**
	 * Find the region that holds @p addr and fill *region. Mandatory.
	 * Called by engines; must not call back into the model.
	 * Returns 0, or -EFAULT where nothing is mapped.
	 */
	int (*translate)(void *ctx, uint64_t addr, struct refdma_model_region *region);
	/**
	 * Read memory that translate does not know (SVA). Optional: without it such addresses are
	 * errors. Called by engines; must not call back into the model.
	 * Returns 0, -EFAULT (bad address) or another negative errno (bus error).
	 */
	int (*read)(void *ctx, uint64_t addr, void *buf, size_t length);
	/** Write memory that translate does not know (SVA); see read. */
	int (*write)(void *ctx, uint64_t addr, const void *buf, size_t length);
	/** Time in nanoseconds, monotonic. Mandatory. */
	uint64_t (*now_ns)(void *ctx);
	/** Interrupt @p vector. Optional. Called by engines and by register writes. */
	void (*interrupt)(void *ctx, unsigned int vector);
	/**
	 * The channel has work that only its engine can do: a command was written, WAKE was
	 * written, or another channel filled a port it waits for. Optional. Called by any thread
	 * that accesses registers or runs an engine; must not block on an engine.
	 */
	void (*wake)(void *ctx, unsigned int channel);
};

/** One peripheral port of the instance. */
struct refdma_model_port_conf {
	enum refdma_port_type type; /**< LOOPBACK, SINK or SOURCE. */
	uint32_t fifo_bytes;	/**< Power of two, 64 to 16 MiB; 0: 65536. */
	uint64_t rate;		/**< Bytes a second at reset; 0: unpaced. */
	uint32_t frame;		/**< Source: bytes a frame at reset; 0: none. */
};

/** Shape of an instance. Zero means the default in brackets. */
struct refdma_model_conf {
	unsigned int channels;		/**< 1 to 32 [1]. */
	unsigned int queues;		/**< A channel, 1 to 8 [2]. */
	unsigned int ring_log2_min;	/**< Smallest ring, 2 and more [5]. */
	unsigned int ring_log2_max;	/**< Largest ring, up to 15 [15]. */
	unsigned int max_sge;		/**< Entries each side, 1 to 64 [32]. */
	uint32_t max_length;		/**< Bytes an operation [1 GiB]. */
	unsigned int address_bits;	/**< 32 to 64 [64]. */
	uint64_t local_bytes;		/**< Local memory [1 MiB]. */
	unsigned int nb_ports;		/**< Up to 32; 0 with ports NULL: loopback, sink, source. */
	const struct refdma_model_port_conf *ports; /**< nb_ports of them; copied. */
	/**
	 * Doorbell memory (BAR2), page-aligned, channels * 4 KiB, zeroed; NULL: the model's own.
	 * With memory of the caller, refdma_model_destroy() leaves it alone.
	 */
	void *doorbells;
	/**
	 * The host fetches the data of its operations into the caches of the core that runs the
	 * engine, so the engine need not.
	 */
	bool fetched;
	/** Short copies use registers of at most so many bytes [the widest there are]. */
	unsigned int vector_bytes;
};

/** An instance. */
struct refdma_model;

/**
 * Create an instance in its reset state.
 *
 * @param conf shape, or NULL for all defaults
 * @param ops surroundings
 * @param ctx handed to every callback
 * @param[out] model the instance
 * @return 0, -EINVAL (a value out of range, no ops, a mandatory callback missing), -ENOMEM
 */
int refdma_model_create(const struct refdma_model_conf *conf, const struct refdma_model_ops *ops,
			void *ctx, struct refdma_model **model);

/**
 * Free an instance. No other call may be under way.
 *
 * @param model the instance; NULL is ignored
 */
void refdma_model_destroy(struct refdma_model *model);

/**
 * Read a register.
 *
 * @param model the instance
 * @param bar REFDMA_BAR_REGS or REFDMA_BAR_DOORBELL
 * @param offset naturally aligned to @p size
 * @param size 4 or 8 bytes (1 and 2 read as part of the 32-bit register)
 * @return the value; all-ones for what does not exist and after surprise removal
 */
uint64_t refdma_model_read(struct refdma_model *model, unsigned int bar, uint64_t offset,
			   unsigned int size);

/**
 * Write a register. What does not exist or is read-only is ignored. A doorbell written in this way
 * wakes the channel.
 *
 * @param model the instance
 * @param bar REFDMA_BAR_REGS or REFDMA_BAR_DOORBELL
 * @param offset naturally aligned to @p size
 * @param size 4 or 8 bytes; others are ignored
 * @param value the value
 */
void refdma_model_write(struct refdma_model *model, unsigned int bar, uint64_t offset,
			unsigned int size, uint64_t value);

/**
 * Where doorbells are, so that the host can write them as memory: REFDMA_DOORBELL_PAGE_SIZE bytes
 * a channel.
 *
 * @param model the instance
 * @param[out] size bytes of all pages; may be NULL
 * @return the first page
 */
void *refdma_model_doorbells(struct refdma_model *model, size_t *size);

/**
 * Run one channel's engine for a bounded time (about 256 KiB of data a queue).
 *
 * @param model the instance
 * @param channel below the configured number of channels
 * @return 0: it did something, call again; REFDMA_MODEL_IDLE: nothing to do until a doorbell, a
 *   command or a wake; otherwise the time in nanoseconds (on the now_ns clock) at which a paced
 *   port will have something to do
 */
uint64_t refdma_model_run(struct refdma_model *model, unsigned int channel);

/**
 * The same, again and again, until there is nothing to do, at most @p runs times.
 *
 * @param model the instance
 * @param channel below the configured number of channels
 * @param runs how often
 * @return as refdma_model_run(); 0 only where all runs did something
 */
uint64_t refdma_model_run_on(struct refdma_model *model, unsigned int channel, unsigned int runs);

/**
 * Announce that the channel's engine is going to sleep (@p asleep true) or is awake again: sets
 * the wake word in the notify line of each enabled queue (section 8.3). After announcing sleep,
 * the caller issues a barrier that the host's threads cannot miss, and runs the engine once more
 * before it sleeps.
 *
 * @param model the instance
 * @param channel below the configured number of channels
 * @param asleep true before sleeping, false after waking
 */
void refdma_model_set_asleep(struct refdma_model *model, unsigned int channel, bool asleep);

/**
 * Memory has been unmapped, or its rights have changed: forget translations. When the call
 * returns, no engine uses an old one. Must not be called from a callback of the model.
 *
 * @param model the instance
 */
void refdma_model_invalidate(struct refdma_model *model);

/**
 * Function-level reset (section 12). Engines forget their work; registers have reset values. Waits
 * for runs under way; must not be called from a callback of the model.
 *
 * @param model the instance
 */
void refdma_model_reset(struct refdma_model *model);

#ifdef __cplusplus
}
#endif

#endif /* REFDMA_MODEL_H */
