/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A program that embeds the device model: one channel, one queue, one copy. The bus is an array,
 * and time stands still. It plays both parts, the machine around the device and the driver.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "refdma_model.h"

/* Where things are on the bus that this program makes up. */
#define BUS_BASE	UINT64_C(0x100000)
#define RING		(BUS_BASE + 0x0000)
#define COMPLETION	(BUS_BASE + 0x1000)
#define STATUS		(BUS_BASE + 0x2000)
#define SOURCE		(BUS_BASE + 0x3000)
#define DESTINATION	(BUS_BASE + 0x4000)

#define RING_LOG2	5
#define BYTES		100

/* example: surroundings */
static _Alignas(4096) uint8_t memory[0x5000];

static int
translate(void *ctx, uint64_t addr, struct refdma_model_region *region)
{
	(void)ctx;
	if (addr - BUS_BASE >= sizeof(memory))
		return -EFAULT;
	*region = (struct refdma_model_region){
		.addr = BUS_BASE,
		.length = sizeof(memory),
		.host = memory,
		.access = REFDMA_MODEL_READ | REFDMA_MODEL_WRITE,
	};
	return 0;
}

static uint64_t
now_ns(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct refdma_model_ops ops = {
	.translate = translate,
	.now_ns = now_ns,
};
/* example: driver */
static void *
host(uint64_t addr)
{
	return memory + (addr - BUS_BASE);
}

static uint64_t
queue_reg(uint32_t reg)
{
	return REFDMA_CHANNEL_BASE + REFDMA_QUEUE_BASE + reg;
}

static void
write_reg(struct refdma_model *model, uint32_t reg, unsigned int size, uint64_t value)
{
	refdma_model_write(model, REFDMA_BAR_REGS, queue_reg(reg), size, value);
}

static int
enable_queue(struct refdma_model *model)
{
	uint32_t status;

	write_reg(model, REFDMA_Q_RING_BASE, 8, RING);
	write_reg(model, REFDMA_Q_CPL_BASE, 8, COMPLETION);
	write_reg(model, REFDMA_Q_STS_BASE, 8, STATUS);
	write_reg(model, REFDMA_Q_RING_LOG2, 4, RING_LOG2);
	write_reg(model, REFDMA_Q_CTRL, 4, REFDMA_Q_CTRL_ENABLE);
	/* The engine executes commands: without a run, the queue would stay BUSY. */
	refdma_model_run(model, 0);
	status = refdma_model_read(model, REFDMA_BAR_REGS, queue_reg(REFDMA_Q_STATUS), 4);
	return status == REFDMA_STATE_RUNNING ? 0 : -EIO;
}

static void
submit_copy(struct refdma_model *model)
{
	struct refdma_desc *ring = host(RING);
	_Atomic uint32_t *doorbell = refdma_model_doorbells(model, NULL);

	ring[0] = (struct refdma_desc){
		.op = REFDMA_OP_COPY,
		.length = BYTES,
		.src = SOURCE,
		.dst = DESTINATION,
	};
	/* Release: the descriptor is there before the device hears of it. */
	atomic_store_explicit(doorbell, 1, memory_order_release);
}
/* example: engine */
static int
run_until_done(struct refdma_model *model)
{
	_Atomic uint64_t *progress = host(COMPLETION);

	/* A program with threads would have one that calls this as long as it lives. */
	while (refdma_model_run(model, 0) == 0)
		;
	return (uint32_t)atomic_load_explicit(progress, memory_order_acquire) == 1 ? 0 : -EIO;
}
/* example: end */

int
main(void)
{
	const struct refdma_model_conf conf = { .channels = 1, .queues = 1 };
	struct refdma_model *model;
	int ret;

	ret = refdma_model_create(&conf, &ops, NULL, &model);
	if (ret != 0) {
		fprintf(stderr, "no model: %s\n", strerror(-ret));
		return 1;
	}
	memset(host(SOURCE), 0x5a, BYTES);
	ret = enable_queue(model);
	if (ret == 0) {
		submit_copy(model);
		ret = run_until_done(model);
	}
	if (ret == 0 && memcmp(host(SOURCE), host(DESTINATION), BYTES) != 0)
		ret = -EIO;
	refdma_model_destroy(model);
	printf("%s\n", ret == 0 ? "100 bytes copied" : "failed");
	return ret == 0 ? 0 : 1;
}
