/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_RUN_H
#define TEST_DMAENGINE_RUN_H

/*
 * The measured loops. Every device gets the same one: while a burst fits, enqueue and submit it;
 * poll for completions; look at the clock now and then.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buffers.h"
#include "histogram.h"

/* Enqueue entry number entry of the work; returns as rte_dma_copy() does. */
typedef int (*run_enqueue_t)(const struct work *work, int16_t dev_id, uint16_t vchan,
			     uint32_t entry);

struct channel;

struct run {
	/* Set by the caller. */
	const struct work *work;
	int16_t dev_id;
	uint16_t vchan;
	uint16_t burst;
	uint16_t ring;
	uint64_t duration;	/* TSC cycles */
	uint64_t limit;		/* operations, about: it is looked at when the clock is */
	uint64_t timeout;	/* TSC cycles without a completion before the device is given up */
	uint32_t parts;		/* descriptors an entry takes, where run_init() does not know: 1 */
	struct channel *channel; /* DMA Engine channel; NULL: the dmadev API */
	void *context;		/* of a loop that needs more than this; NULL: none */

	/* Where the work goes on; kept from run to run. */
	uint32_t next;		/* entry to enqueue */
	uint32_t end;		/* of the current burst */
	uint64_t started;	/* operations since run_init() */

	/* What the last run did. */
	uint64_t operations;	/* completed */
	uint64_t cycles;	/* until the last completion */
	uint64_t tasklet_cycles; /* DMA Engine: those of its runs that did something */

	/* What went wrong since run_init(). */
	uint64_t errors;	/* failed operations */
	enum rte_dma_status_code status;	/* of the first of them */
	int error;		/* of an enqueue or submit that was refused; 0: none */
	bool timed_out;
	bool halted;		/* timed out, because the device has stopped at an error */
};

/* Prepare a run on a device; dev_id is not used by run_cpu_copy(). */
void run_init(struct run *run, const struct work *work, int16_t dev_id, uint16_t burst,
	      const struct options *options);

/* Loops for run->duration, then until everything has completed. */
void run_copy(struct run *run);
void run_fill(struct run *run);
void run_sg(struct run *run);
void run_interleaved(struct run *run);
/* The same for dmadevs that have no interleaved operations: a copy for each chunk. */
void run_chunks(struct run *run);

/* The same on this core, as the measure to compare with (run_cpu.c). */
void run_cpu_copy(struct run *run);
void run_cpu_fill(struct run *run);
void run_cpu_sg(struct run *run);
void run_cpu_interleaved(struct run *run);

/* Single operations on this core, as run_latency(). */
void cpu_copy(const struct work *work, uint32_t entry);
void cpu_fill(const struct work *work, uint32_t entry);
void cpu_sg(const struct work *work, uint32_t entry);
void cpu_interleaved(const struct work *work, uint32_t entry);
void run_cpu_latency(struct run *run, void (*one)(const struct work *work, uint32_t entry),
		     struct histogram *histogram);

/* Enqueue one entry, for loops that are not about throughput. */
int enqueue_copy(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry);
int enqueue_fill(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry);
int enqueue_sg(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry);
int enqueue_interleaved(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry);
int enqueue_chunks(const struct work *work, int16_t dev_id, uint16_t vchan, uint32_t entry);

/*
 * Time single operations on an idle device, each from before its enqueue until it is seen
 * completed, for run->duration or run->limit of them; TSC cycles.
 */
void run_latency(struct run *run, run_enqueue_t enqueue, struct histogram *histogram);

/* Bursts between two looks at the clock. */
uint32_t run_bursts_a_check(const struct run *run);

/* Let the device work on what was enqueued. */
void run_submit(struct run *run);

/*
 * Wait for outstanding operations on a vchan or channel; notes errors and timeout in run. Returns
 * how many have completed.
 */
uint64_t run_drain(struct run *run, uint64_t outstanding);

/* Take failed operations that rte_dma_completed() stopped at. Returns how many it took in all. */
uint16_t run_take_failed(struct run *run);

/* Whether something went wrong; text says what. */
bool run_failed(const struct run *run, char *text, size_t size);

#endif /* TEST_DMAENGINE_RUN_H */
