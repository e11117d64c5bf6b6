/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Life of an instance: creation, resets, destruction, translations that became invalid. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "model_internal.h"

#define SPINS_BEFORE_YIELD 1000

/*
 * Tickets: a busy engine takes its lock again at once, and would starve whoever waits for a reset.
 * Held for one bounded run at most; almost always there is a single runner.
 */
void
model_lock(struct model_channel *ch)
{
	uint32_t ticket = atomic_fetch_add_explicit(&ch->ticket, 1, memory_order_relaxed);
	unsigned int spins = 0;

	while (atomic_load_explicit(&ch->serving, memory_order_acquire) != ticket)
		if (++spins % SPINS_BEFORE_YIELD == 0)
			sched_yield();
}

void
model_unlock(struct model_channel *ch)
{
	/* Only the holder writes it. */
	atomic_store_explicit(&ch->serving,
			      atomic_load_explicit(&ch->serving, memory_order_relaxed) + 1,
			      memory_order_release);
}

static int
conf_complete(struct refdma_model_conf *conf)
{
	static const struct refdma_model_port_conf ports[] = {
		{ .type = REFDMA_PORT_LOOPBACK },
		{ .type = REFDMA_PORT_SINK },
		{ .type = REFDMA_PORT_SOURCE },
	};

	if (conf->channels == 0)
		conf->channels = 1;
	if (conf->queues == 0)
		conf->queues = 2;
	if (conf->ring_log2_min == 0)
		conf->ring_log2_min = 5;
	if (conf->ring_log2_max == 0)
		conf->ring_log2_max = 15;
	if (conf->max_sge == 0)
		conf->max_sge = 32;
	if (conf->max_length == 0)
		conf->max_length = UINT32_C(1) << 30;
	if (conf->address_bits == 0)
		conf->address_bits = 64;
	if (conf->local_bytes == 0)
		conf->local_bytes = UINT64_C(1) << 20;
	if (conf->ports == NULL && conf->nb_ports != 0)
		return -EINVAL;
	if (conf->ports == NULL) {
		conf->ports = ports;
		conf->nb_ports = sizeof(ports) / sizeof(ports[0]);
	}
	if (conf->channels > REFDMA_MAX_CHANNELS || conf->queues > REFDMA_MAX_QUEUES ||
	    conf->nb_ports > REFDMA_MAX_PORTS || conf->max_sge > MODEL_MAX_SGE ||
	    conf->ring_log2_max > 15 || conf->ring_log2_min > conf->ring_log2_max ||
	    conf->ring_log2_min < 2 || conf->address_bits < 32 || conf->address_bits > 64 ||
	    conf->local_bytes > MODEL_PORT_BASE - MODEL_LOCAL_BASE ||
	    (uintptr_t)conf->doorbells % REFDMA_DOORBELL_PAGE_SIZE != 0)
		return -EINVAL;
	return 0;
}

static void *
zalloc_aligned(size_t align, size_t bytes)
{
	void *p = aligned_alloc(align, (bytes + align - 1) / align * align);

	if (p != NULL)
		memset(p, 0, bytes);
	return p;
}

static int
channels_create(struct refdma_model *m)
{
	m->channels = zalloc_aligned(MODEL_CACHE_LINE,
				     m->conf.channels * sizeof(*m->channels));
	if (m->channels == NULL)
		return -ENOMEM;
	for (unsigned int c = 0; c < m->conf.channels; c++) {
		struct model_channel *ch = &m->channels[c];

		ch->index = c;
		ch->queues = zalloc_aligned(MODEL_CACHE_LINE,
					    m->conf.queues * sizeof(*ch->queues));
		if (ch->queues == NULL)
			return -ENOMEM;
		for (unsigned int q = 0; q < m->conf.queues; q++) {
			ch->queues[q].index = q;
			ch->queues[q].doorbell = (_Atomic uint32_t *)
				(m->doorbells + c * REFDMA_DOORBELL_PAGE_SIZE +
				 q * REFDMA_DOORBELL_STRIDE);
			queue_reset(&ch->queues[q]);
		}
	}
	return 0;
}

static int
parts_create(struct refdma_model *m)
{
	int ret;

	m->doorbells_size = (size_t)m->conf.channels * REFDMA_DOORBELL_PAGE_SIZE;
	m->doorbells = m->conf.doorbells;
	if (m->doorbells == NULL) {
		m->doorbells = zalloc_aligned(REFDMA_DOORBELL_PAGE_SIZE, m->doorbells_size);
		m->own_doorbells = true;
	}
	m->local = calloc(1, m->conf.local_bytes);
	if (m->doorbells == NULL || m->local == NULL)
		return -ENOMEM;
	for (unsigned int p = 0; p < m->conf.nb_ports; p++) {
		ret = port_init(&m->ports[p], &m->conf.ports[p]);
		if (ret != 0)
			return ret;
	}
	return channels_create(m);
}

int
refdma_model_create(const struct refdma_model_conf *conf, const struct refdma_model_ops *ops,
		    void *ctx, struct refdma_model **model)
{
	struct refdma_model *m;
	int ret;

	if (ops == NULL || ops->translate == NULL || ops->now_ns == NULL || model == NULL)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return -ENOMEM;
	if (conf != NULL)
		m->conf = *conf;
	m->ops = *ops;
	m->ctx = ctx;
	m->copy_slots = fast_choose(conf != NULL ? conf->vector_bytes : 0);
	ret = conf_complete(&m->conf);
	if (ret != 0) {
		free(m);
		return ret;
	}
	m->address_limit = UINT64_MAX >> (64 - m->conf.address_bits);
	ret = parts_create(m);
	if (ret != 0) {
		refdma_model_destroy(m);
		return ret;
	}
	m->conf.ports = NULL;	/* the caller's array may go */
	*model = m;
	return 0;
}

void
refdma_model_destroy(struct refdma_model *m)
{
	if (m == NULL)
		return;
	for (unsigned int p = 0; p < m->conf.nb_ports; p++)
		port_fini(&m->ports[p]);
	if (m->channels != NULL)
		for (unsigned int c = 0; c < m->conf.channels; c++)
			free(m->channels[c].queues);
	free(m->channels);
	free(m->local);
	if (m->own_doorbells)
		free(m->doorbells);
	free(m);
}

void *
refdma_model_doorbells(struct refdma_model *m, size_t *size)
{
	if (size != NULL)
		*size = m->doorbells_size;
	return m->doorbells;
}

void
refdma_model_reset(struct refdma_model *m)
{
	/* All engines stand still while the function resets (section 12). */
	for (unsigned int c = 0; c < m->conf.channels; c++)
		model_lock(&m->channels[c]);
	for (unsigned int p = 0; p < m->conf.nb_ports; p++)
		port_reset(&m->ports[p], true);
	memset(m->local, 0, m->conf.local_bytes);
	for (unsigned int c = 0; c < m->conf.channels; c++) {
		struct model_channel *ch = &m->channels[c];

		for (unsigned int q = 0; q < m->conf.queues; q++) {
			atomic_store(&ch->queues[q].cmd, 0);
			queue_reset(&ch->queues[q]);
		}
		atomic_store(&ch->ctrl, 0);
		atomic_store(&ch->priority, 0);
		atomic_store(&ch->cmds, 0);
		ch->next = 0;
		model_tlb_flush(ch, true);
	}
	atomic_store(&m->scratch, 0);
	atomic_store(&m->removed, 0);
	for (unsigned int c = m->conf.channels; c-- > 0;)
		model_unlock(&m->channels[c]);
}

/* A run that began before has ended once its lock was ours; a later one sees what the caller has
 * changed.
 */
void
model_settle(struct refdma_model *m)
{
	for (unsigned int c = 0; c < m->conf.channels; c++) {
		model_lock(&m->channels[c]);
		model_unlock(&m->channels[c]);
	}
}

void
refdma_model_invalidate(struct refdma_model *m)
{
	atomic_fetch_add(&m->generation, 1);
	model_settle(m);
}
