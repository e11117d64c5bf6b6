/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_IRQ_H
#define REFDMA_DEVICE_IRQ_H

/**
 * @file
 * MSI-X vectors: the client's event descriptors, and what holds an interrupt back (specification,
 * section 10.1): it is pending until nothing does. A vector that has no descriptor has nobody to
 * tell, which holds its interrupt back as well.
 *
 * Threads: descriptors and masks change in the server's thread only; any thread triggers.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "refdma_hw.h"

struct irq_table {
	pthread_mutex_t lock;
	unsigned int vectors;
	int fd[REFDMA_MSIX_MAX_VECTORS];	/* negative: none */
	bool held;				/* all of them, by configuration space */
	uint64_t masked;			/* bit n: vector n, by the table */
	uint64_t pending;			/* bit n: vector n */
	_Atomic uint64_t sent;			/* for the statistics */
};

/** No descriptors, all vectors masked and held. */
void irq_init(struct irq_table *table, unsigned int vectors);

/**
 * Close all descriptors; their vectors are masked.
 *
 * @param gone nobody reads the descriptors any more
 */
void irq_clear(struct irq_table *table, bool gone);

/** Function-level reset: descriptors stay, all vectors are masked and held, none is pending. */
void irq_reset(struct irq_table *table);

void irq_fini(struct irq_table *table);

/**
 * Set or, with @p fd negative, remove the descriptor of a vector, and unmask or mask it with that.
 *
 * @param fd an eventfd, which the table owns from now on where the call succeeds
 * @return 0, or -EINVAL (not an eventfd)
 */
int irq_assign(struct irq_table *table, unsigned int vector, int fd);

/** Mask a vector, or unmask it: then an interrupt that is pending is sent. */
void irq_mask(struct irq_table *table, unsigned int vector, bool masked);

/** Hold all vectors back, or no longer: then what is pending and not masked is sent. */
void irq_hold(struct irq_table *table, bool held);

/** Send the interrupt, or make it pending. What is beyond the vectors is ignored. */
void irq_trigger(struct irq_table *table, unsigned int vector);

/** The mask bits and the pending bits, one a vector. */
uint64_t irq_masked(struct irq_table *table);
uint64_t irq_pending(struct irq_table *table);

#endif /* REFDMA_DEVICE_IRQ_H */
