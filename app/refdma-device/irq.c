/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Interrupts are written to the client's event descriptors. */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "irq.h"

void
irq_init(struct irq_table *table, unsigned int vectors)
{
	pthread_mutex_init(&table->lock, NULL);
	table->vectors = vectors;
	table->held = true;
	table->masked = UINT64_MAX;
	table->pending = 0;
	for (unsigned int i = 0; i < REFDMA_MSIX_MAX_VECTORS; i++)
		table->fd[i] = -1;
}

void
irq_fini(struct irq_table *table)
{
	irq_clear(table, true);
	pthread_mutex_destroy(&table->lock);
}

/*
 * The client shares the descriptor: it could fill the counter and make it blocking again, and an
 * engine would stand in write(). Emptying it lets the engine go.
 */
static void
drain(int fd)
{
	uint64_t counter;

	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || read(fd, &counter, sizeof(counter)) < 0)
		return;		/* nothing in it */
}

void
irq_clear(struct irq_table *table, bool gone)
{
	/* Only this thread changes the descriptors: it may read them without the lock. */
	for (unsigned int i = 0; gone && i < table->vectors; i++)
		if (table->fd[i] >= 0)
			drain(table->fd[i]);
	pthread_mutex_lock(&table->lock);
	for (unsigned int i = 0; i < table->vectors; i++) {
		if (table->fd[i] >= 0)
			close(table->fd[i]);
		table->fd[i] = -1;
	}
	table->masked = UINT64_MAX;
	pthread_mutex_unlock(&table->lock);
}

void
irq_reset(struct irq_table *table)
{
	pthread_mutex_lock(&table->lock);
	table->held = true;
	table->masked = UINT64_MAX;
	table->pending = 0;
	pthread_mutex_unlock(&table->lock);
}

/* A pipe or a file would not do: writing to it could stop an engine for good. */
static bool
is_eventfd(int fd)
{
	char path[32], target[32];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strcmp(target, "anon_inode:[eventfd]") == 0;
}

/* Send what is pending and no longer held back. With the lock held. */
static void
send_pending(struct irq_table *table, unsigned int vector)
{
	const uint64_t one = 1, bit = UINT64_C(1) << vector;

	if (table->held || (table->pending & ~table->masked & bit) == 0 || table->fd[vector] < 0)
		return;
	table->pending &= ~bit;
	atomic_fetch_add_explicit(&table->sent, 1, memory_order_relaxed);
	/* A counter that is full has told the client already. */
	if (write(table->fd[vector], &one, sizeof(one)) < 0)
		return;
}

/* With the lock held. */
static void
set_masked(struct irq_table *table, unsigned int vector, bool masked)
{
	const uint64_t bit = UINT64_C(1) << vector;

	table->masked = masked ? table->masked | bit : table->masked & ~bit;
	send_pending(table, vector);
}

int
irq_assign(struct irq_table *table, unsigned int vector, int fd)
{
	if (fd >= 0 && (!is_eventfd(fd) || fcntl(fd, F_SETFL, O_NONBLOCK) != 0))
		return -EINVAL;
	pthread_mutex_lock(&table->lock);
	if (table->fd[vector] >= 0)
		close(table->fd[vector]);
	table->fd[vector] = fd;
	set_masked(table, vector, fd < 0);
	pthread_mutex_unlock(&table->lock);
	return 0;
}

void
irq_mask(struct irq_table *table, unsigned int vector, bool masked)
{
	pthread_mutex_lock(&table->lock);
	set_masked(table, vector, masked);
	pthread_mutex_unlock(&table->lock);
}

void
irq_hold(struct irq_table *table, bool held)
{
	pthread_mutex_lock(&table->lock);
	table->held = held;
	for (unsigned int i = 0; i < table->vectors; i++)
		send_pending(table, i);
	pthread_mutex_unlock(&table->lock);
}

void
irq_trigger(struct irq_table *table, unsigned int vector)
{
	if (vector >= table->vectors)
		return;
	pthread_mutex_lock(&table->lock);
	table->pending |= UINT64_C(1) << vector;
	send_pending(table, vector);
	pthread_mutex_unlock(&table->lock);
}

uint64_t
irq_masked(struct irq_table *table)
{
	uint64_t masked;

	pthread_mutex_lock(&table->lock);
	masked = table->masked;
	pthread_mutex_unlock(&table->lock);
	return masked;
}

uint64_t
irq_pending(struct irq_table *table)
{
	uint64_t pending;

	pthread_mutex_lock(&table->lock);
	pending = table->pending;
	pthread_mutex_unlock(&table->lock);
	return pending;
}
