/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* verify: what a device can do, what the next test does, and what it needs alone. */

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "ports.h"
#include "verify.h"

/* A cyclic transfer has two periods of a word at least. */
#define LEAST_CYCLIC	16

static const struct {
	const char *name;
	const struct operation *operation;
} kinds[] = {
	[VERIFY_MEMCPY] = { "memcpy", &operation_copy },
	[VERIFY_MEMSET] = { "memset", &operation_fill },
	[VERIFY_SG] = { "sg", &operation_sg },
	[VERIFY_INTERLEAVED] = { "interleaved", &operation_copy },
	[VERIFY_SLAVE] = { "slave", &operation_copy },
	[VERIFY_CYCLIC] = { "cyclic", &operation_copy },
};

const char *
verify_kind_name(enum verify_operation kind)
{
	return kinds[kind].name;
}

static void
find_port(struct verify_port *port, const struct dmadev *device,
	  enum rte_pmd_refdma_port_type type)
{
	struct rte_pmd_refdma_port info;
	int number = port_find(device, type, -1, &info);

	port->there = number >= 0;
	if (!port->there)
		return;
	port->number = (uint16_t)number;
	port->addr = info.addr;
	port->fifo_size = info.fifo_size;
}

void
verify_ports_find(struct verify_ports *ports, const struct dmadev *device)
{
	find_port(&ports->loopback, device, RTE_PMD_REFDMA_PORT_LOOPBACK);
	find_port(&ports->source, device, RTE_PMD_REFDMA_PORT_SOURCE);
}

int
verify_ports_configure(const struct verify_channel *channel)
{
	const struct verify_port *port = &channel->ports->loopback;
	struct dma_slave_config config = {
		.src_addr = port->addr,
		.dst_addr = port->addr,
		.src_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_1_BYTE,
		.src_maxburst = VERIFY_BURST,
		.dst_maxburst = VERIFY_BURST,
	};

	if (channel->engine == NULL || !port->there)
		return 0;
	return dmaengine_slave_config(channel->engine->chan, &config);
}

/* A slave transfer goes to the port whole before it comes back. */
static bool
slave_cannot(const struct options *options, const struct verify_port *port, char *why, size_t size)
{
	uint64_t most = options->transfer_size != 0 ? options->transfer_size :
		options->no_random ? options->buffer_size : 0;

	if (!port->there)
		snprintf(why, size, "it has no loopback port");
	else if (most > port->fifo_size)
		snprintf(why, size, "its loopback port holds %u bytes (--transfer-size)",
			 port->fifo_size);
	else
		return false;
	return true;
}

static bool
cyclic_cannot(const struct options *options, const struct verify_port *port, char *why,
	      size_t size)
{
	uint64_t most = options->transfer_size != 0 ? options->transfer_size :
		options->buffer_size;

	if (!port->there)
		snprintf(why, size, "it has no source port");
	else if (most < LEAST_CYCLIC)
		snprintf(why, size, "cyclic needs %u bytes (--buffer-size, --transfer-size)",
			 LEAST_CYCLIC);
	else
		return false;
	return true;
}

/* Those that a list of entries divides, at least. */
static uint64_t
sg_bytes(const struct options *options)
{
	return options->transfer_size != 0 ? options->transfer_size : options->buffer_size;
}

bool
verify_cannot(const struct options *options, const struct dmadev *device,
	      const struct verify_ports *ports, enum verify_operation kind, char *why, size_t size)
{
	const uint64_t entries = RTE_MAX(options->src_sges, options->dst_sges);
	const struct operation *operation = kinds[kind].operation;

	if ((device->info.dev_capa & RTE_DMA_CAPA_MEM_TO_MEM) == 0)
		snprintf(why, size, "the device does not copy from memory to memory");
	else if ((device->info.dev_capa & operation->capability) == 0)
		snprintf(why, size, "the device has no %s", operation->name);
	else if (kind == VERIFY_SG && options->api == API_ENGINE)
		snprintf(why, size, "the DMA Engine API has no sg from memory to memory");
	else if (kind == VERIFY_SG && sg_bytes(options) / RTE_MAX(options->align, UINT64_C(1)) <
		 entries)
		snprintf(why, size, "sg needs %" PRIu64 " times --align bytes (--buffer-size, "
			 "--transfer-size)", entries);
	else if (kind == VERIFY_SG && entries > device->info.max_sges)
		snprintf(why, size, "the device takes at most %u entries (--src-sge, --dst-sge)",
			 device->info.max_sges);
	else if (kind == VERIFY_SLAVE)
		return slave_cannot(options, &ports->loopback, why, size);
	else if (kind == VERIFY_CYCLIC)
		return cyclic_cannot(options, &ports->source, why, size);
	else
		return false;
	return true;
}

/* The port that a kind of test needs; NULL: none. */
static struct verify_port *
port_of(const struct verify_thread *thread, enum verify_operation kind)
{
	struct verify_ports *ports = thread->channel->ports;

	return kind == VERIFY_SLAVE ? &ports->loopback :
		kind == VERIFY_CYCLIC ? &ports->source : NULL;
}

/* One of those that the device can do, at random; another one where its port is taken. */
static enum verify_operation
choose_any(struct verify_thread *thread)
{
	const struct verify_channel *channel = thread->channel;
	const struct options *options = thread->verify->options;
	enum verify_operation able[VERIFY_MIX], kind;
	unsigned int nb = 0;
	char why[100];

	for (kind = VERIFY_MEMCPY; kind < VERIFY_MIX; kind++)
		if (!verify_cannot(options, channel->device, channel->ports, kind, why,
				   sizeof(why)))
			able[nb++] = kind;
	kind = able[rng_below(&thread->rng, nb)];
	thread->port = port_of(thread, kind);
	if (thread->port == NULL || pthread_mutex_trylock(&thread->port->lock) == 0)
		return kind;
	thread->port = NULL;
	return VERIFY_MEMCPY;
}

static enum verify_operation
choose_kind(struct verify_thread *thread)
{
	enum verify_operation kind = (enum verify_operation)thread->verify->options->operation;

	if (kind == VERIFY_MIX)
		return choose_any(thread);
	thread->port = port_of(thread, kind);
	if (thread->port != NULL)
		pthread_mutex_lock(&thread->port->lock);
	return kind;
}

void
verify_choose(struct verify_thread *thread)
{
	struct trial_limits limits = thread->limits;

	thread->kind = choose_kind(thread);
	thread->operation = kinds[thread->kind].operation;
	/* Ports first, then the channel, as everybody does. */
	if (thread->kind == VERIFY_CYCLIC)
		pthread_rwlock_wrlock(&thread->channel->use);
	else
		pthread_rwlock_rdlock(&thread->channel->use);
	/* A byte eight times is what both APIs can fill with. */
	thread->work.pattern = (rng_next(&thread->rng) & 0xff) * UINT64_C(0x0101010101010101);
	if (thread->kind == VERIFY_SLAVE)
		limits.most = thread->port->fifo_size;
	if (thread->kind == VERIFY_CYCLIC)
		verify_cyclic_choose(thread);
	else if (thread->kind == VERIFY_INTERLEAVED)
		trial_choose_frames(&thread->trial, &thread->work, &limits, &thread->rng);
	else
		trial_choose(&thread->trial, &thread->work, thread->operation, &limits,
			     &thread->rng);
	if (!thread->verify->options->no_verify)
		trial_mark(&thread->trial, &thread->work);
}

void
verify_release(struct verify_thread *thread)
{
	pthread_rwlock_unlock(&thread->channel->use);
	if (thread->port != NULL)
		pthread_mutex_unlock(&thread->port->lock);
	thread->port = NULL;
}
