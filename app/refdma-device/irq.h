/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_IRQ_H
#define REFDMA_DEVICE_IRQ_H

/**
 * @file
 * MSI-X vectors: the client's event descriptors, and the pending bits of vectors that have none.
 *
 * Threads: descriptors change in the server's thread only; any thread triggers.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "refdma_hw.h"

struct irq_table {
	pthread_mutex_t lock;
	unsigned int vectors;
	int fd[REFDMA_MSIX_MAX_VECTORS];	/* negative: none */
	uint64_t pending;			/* bit n: vector n, with nobody to tell */
	_Atomic uint64_t sent;			/* for the statistics */
};

void irq_init(struct irq_table *table, unsigned int vectors);

/**
 * Close all descriptors and forget pending bits.
 *
 * @param gone nobody reads the descriptors any more
 */
void irq_clear(struct irq_table *table, bool gone);

/** Forget pending bits. */
void irq_forget(struct irq_table *table);

void irq_fini(struct irq_table *table);

/**
 * Set or, with @p fd negative, remove the descriptor of a vector. A pending interrupt is sent.
 *
 * @param fd an eventfd, which the table owns from now on where the call succeeds
 * @return 0, or -EINVAL (not an eventfd)
 */
int irq_assign(struct irq_table *table, unsigned int vector, int fd);

/** Send the interrupt, or make it pending. What is beyond the vectors is ignored. */
void irq_trigger(struct irq_table *table, unsigned int vector);

/** The pending bits. */
uint64_t irq_pending(struct irq_table *table);

#endif /* REFDMA_DEVICE_IRQ_H */
