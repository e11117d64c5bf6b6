/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Life of the function: creation, resets, a client that leaves. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"

/* The model's surroundings. */
static int
translate(void *ctx, uint64_t address, struct refdma_model_region *region)
{
	struct device *device = ctx;

	if (!atomic_load_explicit(&device->bus_master, memory_order_acquire))
		return -EFAULT;
	return dma_translate(device->dma, address, region);
}

static uint64_t
now_ns(void *ctx)
{
	(void)ctx;
	return engine_now_ns();
}

static void
interrupt(void *ctx, unsigned int vector)
{
	struct device *device = ctx;

	irq_trigger(&device->irqs, vector);
}

static void
wake(void *ctx, unsigned int channel)
{
	struct device *device = ctx;

	engine_wake(device->engine, channel);
}

static size_t
power_of_two(size_t bytes)
{
	size_t power = REFDMA_DOORBELL_PAGE_SIZE;

	while (power < bytes)
		power *= 2;
	return power;
}

/* Doorbells are a file, so that clients map it. Sealed: nobody makes it shorter under our feet. */
static int
create_doorbells(struct device *device)
{
	size_t bar = device->region_size[REFDMA_BAR_DOORBELL];

	device->doorbell_fd = memfd_create("refdma-doorbells", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (device->doorbell_fd < 0)
		return -errno;
	if (ftruncate(device->doorbell_fd, bar) != 0 ||
	    fcntl(device->doorbell_fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return -errno;
	device->doorbells = mmap(NULL, bar, PROT_READ | PROT_WRITE, MAP_SHARED,
				 device->doorbell_fd, 0);
	if (device->doorbells == MAP_FAILED) {
		device->doorbells = NULL;
		return -errno;
	}
	return 0;
}

static int
create_model(struct device *device)
{
	static const struct refdma_model_ops ops = {
		.translate = translate,
		.now_ns = now_ns,
		.interrupt = interrupt,
		.wake = wake,
	};
	struct refdma_model_conf conf = device->conf.model;

	conf.doorbells = device->doorbells;
	return refdma_model_create(&conf, &ops, device, &device->model);
}

static void
create_config_space(struct device *device)
{
	uint32_t topology = refdma_model_read(device->model, REFDMA_BAR_REGS,
					      REFDMA_REG_TOPOLOGY, 4);

	device->config.identity = device->conf.identity;
	device->config.vectors = topology >> REFDMA_TOPOLOGY_VECTORS_SHIFT &
				 REFDMA_TOPOLOGY_MASK;
	for (unsigned int bar = 0; bar < CONFIG_BARS; bar++)
		device->config.bar_size[bar] = device->region_size[bar];
	config_space_reset(&device->config);
}

static int
create_parts(struct device *device)
{
	int ret;

	device->dma = dma_table_create();
	device->engine = engine_create(&device->conf.engine);
	if (device->dma == NULL || device->engine == NULL)
		return -ENOMEM;
	ret = create_doorbells(device);
	if (ret == 0)
		ret = create_model(device);
	if (ret != 0)
		return ret;
	create_config_space(device);
	irq_init(&device->irqs, device->config.vectors);
	return 0;
}

int
device_create(const struct device_conf *conf, struct device **created)
{
	struct device *device = calloc(1, sizeof(*device));
	int ret;

	if (device == NULL)
		return -ENOMEM;
	device->conf = *conf;
	device->conf.engine.channels = conf->model.channels;
	device->doorbell_fd = -1;
	device->client_max_fds = VFIO_USER_DEFAULT_MAX_FDS;
	device->doorbell_bytes = (size_t)conf->model.channels * REFDMA_DOORBELL_PAGE_SIZE;
	device->region_size[REFDMA_BAR_REGS] = REFDMA_BAR_REGS_SIZE;
	device->region_size[REFDMA_BAR_DOORBELL] = power_of_two(device->doorbell_bytes);
	device->region_size[REFDMA_BAR_MSIX] = REFDMA_BAR_MSIX_SIZE;
	device->region_size[VFIO_USER_REGION_CONFIG] = CONFIG_SPACE_SIZE;
	ret = create_parts(device);
	if (ret != 0) {
		device_destroy(device);
		return ret;
	}
	*created = device;
	return 0;
}

int
device_start(struct device *device)
{
	return engine_start(device->engine, device->model);
}

void
device_destroy(struct device *device)
{
	if (device == NULL)
		return;
	if (device->engine != NULL)
		engine_stop(device->engine);
	if (device->model != NULL)
		irq_fini(&device->irqs);
	refdma_model_destroy(device->model);
	engine_destroy(device->engine);
	dma_table_destroy(device->dma);
	if (device->doorbells != NULL)
		munmap(device->doorbells, device->region_size[REFDMA_BAR_DOORBELL]);
	if (device->doorbell_fd >= 0)
		close(device->doorbell_fd);
	free(device);
}

void
device_check_config(struct device *device)
{
	bool enabled = config_space_bus_master(&device->config);

	irq_hold(&device->irqs, !config_space_interrupts(&device->config));
	if (atomic_exchange(&device->bus_master, enabled) && !enabled)
		refdma_model_invalidate(device->model);
}

void
device_memory_gone(struct device *device)
{
	refdma_model_invalidate(device->model);
	dma_reap(device->dma);
}

static uint64_t
queue_base(unsigned int channel, unsigned int queue)
{
	return REFDMA_CHANNEL_BASE + channel * REFDMA_CHANNEL_STRIDE +
	       REFDMA_QUEUE_BASE + queue * REFDMA_QUEUE_STRIDE;
}

void
device_inject(struct device *device, unsigned int channel, unsigned int queue)
{
	uint64_t base = queue_base(channel, queue);

	for (unsigned int i = 0; i < device->conf.nb_injections; i++) {
		const struct device_injection *injection = &device->conf.injections[i];

		if (injection->channel != channel || injection->queue != queue)
			continue;
		refdma_model_write(device->model, REFDMA_BAR_REGS, base + REFDMA_Q_INJ_COUNT, 4,
				   injection->count);
		refdma_model_write(device->model, REFDMA_BAR_REGS, base + REFDMA_Q_INJ_CODE, 4,
				   injection->code);
		refdma_model_write(device->model, REFDMA_BAR_REGS, base + REFDMA_Q_INJ_CTRL, 4,
				   injection->kinds);
	}
}

void
device_collect(struct device *device, unsigned int channel, unsigned int queue)
{
	uint64_t base = queue_base(channel, queue);
	uint32_t status = refdma_model_read(device->model, REFDMA_BAR_REGS,
					    base + REFDMA_Q_STATUS, 4);

	/* Not there, or nothing done. */
	if (status == UINT32_MAX ||
	    (status & REFDMA_Q_STATUS_STATE_MASK) == REFDMA_STATE_DISABLED)
		return;
	device->stats.operations[channel] +=
		(uint32_t)refdma_model_read(device->model, REFDMA_BAR_REGS,
					    base + REFDMA_Q_PROGRESS, 8);
	device->stats.bytes[channel] += refdma_model_read(device->model, REFDMA_BAR_REGS,
							  base + REFDMA_Q_BYTES, 8);
}

static void
collect_all(struct device *device)
{
	for (unsigned int c = 0; c < device->conf.model.channels; c++)
		for (unsigned int q = 0; q < device->conf.model.queues; q++)
			device_collect(device, c, q);
}

void
device_reset(struct device *device)
{
	collect_all(device);
	device->stats.resets++;
	/* No DMA from here on, and none under way once the model has reset. */
	config_space_reset(&device->config);
	atomic_store(&device->bus_master, false);
	refdma_model_reset(device->model);
	irq_reset(&device->irqs);
	memset(device->msix_bar, 0, sizeof(device->msix_bar));
}

void
device_disconnect(struct device *device)
{
	/* Interrupts first: no engine then waits for somebody to read them. */
	irq_clear(&device->irqs, true);
	device_reset(device);
	dma_unmap_all(device->dma);
	device_memory_gone(device);
	device->negotiated = false;
	device->client_max_fds = VFIO_USER_DEFAULT_MAX_FDS;
}
