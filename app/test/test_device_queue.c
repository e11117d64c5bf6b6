/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The client's messages one by one, and queues driven through them. */

#include <stdatomic.h>
#include <string.h>

#include "test_device.h"

/* Command register, and bits of it. */
#define COMMAND		4
#define MEMORY_SPACE	0x2
#define BUS_MASTER	0x4
/* A queue's memory: ring, completion area, status ring. */
#define QUEUE_BYTES	0x8000u
#define CPL_OFFSET	0x4000u
#define STS_OFFSET	0x5000u

int
dev_version(const char *capabilities)
{
	uint8_t request[512], reply[512];
	size_t length = capabilities != NULL ? strlen(capabilities) + 1 : 0;

	memset(request, 0, sizeof(struct vfio_user_version));
	if (length != 0)
		memcpy(request + sizeof(struct vfio_user_version), capabilities, length);
	return dev_call(VFIO_USER_VERSION, request, sizeof(struct vfio_user_version) + length,
			reply, sizeof(reply));
}

int
dev_map(uint64_t address, uint64_t size, uint32_t flags, int fd, uint64_t offset)
{
	struct vfio_user_dma_map map = {
		.argsz = sizeof(map), .flags = flags, .offset = offset, .address = address,
		.size = size,
	};

	return dev_call_fds(VFIO_USER_DMA_MAP, &map, sizeof(map), &fd, fd >= 0);
}

int
dev_unmap(uint64_t address, uint64_t size)
{
	struct vfio_user_dma_unmap unmap = {
		.argsz = sizeof(unmap), .address = address, .size = size,
	}, reply;
	int ret = dev_call(VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), &reply, sizeof(reply));

	if (ret < 0)
		return ret;
	/* The reply repeats the request. */
	return ret == sizeof(reply) && memcmp(&reply, &unmap, sizeof(unmap)) == 0 ? 0 :
										     DEV_CLOSED;
}

int
dev_reset(void)
{
	return dev_call(VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0);
}

int
dev_irqs(uint32_t flags, uint32_t start, uint32_t count, const int *fds, unsigned int nb_fds)
{
	struct vfio_user_irq_set set = {
		.argsz = sizeof(set), .flags = flags, .index = VFIO_USER_IRQ_MSIX,
		.start = start, .count = count,
	};

	return dev_call_fds(VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), fds, nb_fds);
}

uint64_t
dev_read(unsigned int region, uint64_t offset, unsigned int size)
{
	struct vfio_user_region_access access = {
		.offset = offset, .region = region, .count = size,
	};
	uint8_t reply[sizeof(access) + sizeof(uint64_t)];
	uint64_t value = 0;

	if (dev_call(VFIO_USER_REGION_READ, &access, sizeof(access), reply, sizeof(reply)) !=
	    (int)(sizeof(access) + size))
		return UINT64_MAX;
	memcpy(&value, reply + sizeof(access), size);
	return value;
}

int
dev_write(unsigned int region, uint64_t offset, unsigned int size, uint64_t value)
{
	struct vfio_user_region_access access = {
		.offset = offset, .region = region, .count = size,
	};
	uint8_t request[sizeof(access) + sizeof(value)];
	int ret;

	memcpy(request, &access, sizeof(access));
	memcpy(request + sizeof(access), &value, size);
	ret = dev_call(VFIO_USER_REGION_WRITE, request, sizeof(access) + size, &access,
		       sizeof(access));
	return ret == sizeof(access) ? 0 : ret;
}

uint32_t
dev_reg(uint32_t offset)
{
	return dev_read(REFDMA_BAR_REGS, offset, 4);
}

int
dev_expect_alive(void)
{
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_MAGIC), REFDMA_MAGIC);
	return TEST_OK;
}

int
dev_set_reg(uint32_t offset, uint32_t value)
{
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_REGS, offset, 4, value), 0);
	return TEST_OK;
}

int
dev_bus_master(bool on)
{
	TEST_ASSERT_EQ(dev_write(VFIO_USER_REGION_CONFIG, COMMAND, 2,
				 MEMORY_SPACE | (on ? BUS_MASTER : 0)), 0);
	return TEST_OK;
}

int
dev_memory_space(bool on)
{
	uint64_t command = dev_read(VFIO_USER_REGION_CONFIG, COMMAND, 2);

	command = (command & ~(uint64_t)MEMORY_SPACE) | (on ? MEMORY_SPACE : 0);
	TEST_ASSERT_EQ(dev_write(VFIO_USER_REGION_CONFIG, COMMAND, 2, command), 0);
	return TEST_OK;
}

static int
set_reg64(uint32_t offset, uint64_t value)
{
	TEST_ASSERT_EQ(dev_write(REFDMA_BAR_REGS, offset, 8, value), 0);
	return TEST_OK;
}

int
dev_queue_enable(struct dev_queue *q, unsigned int channel, unsigned int queue)
{
	q->channel = channel;
	q->queue = queue;
	q->base = REFDMA_CHANNEL_BASE + channel * REFDMA_CHANNEL_STRIDE + REFDMA_QUEUE_BASE +
		  queue * REFDMA_QUEUE_STRIDE;
	q->ring = (channel * REFDMA_MAX_QUEUES + queue) * QUEUE_BYTES;
	q->cpl = q->ring + CPL_OFFSET;
	q->sts = q->ring + STS_OFFSET;
	q->tail = 0;
	memset(dev.ram + q->ring, 0, QUEUE_BYTES);
	TEST_CALL(set_reg64(q->base + REFDMA_Q_RING_BASE, DEV_RAM + q->ring));
	TEST_CALL(set_reg64(q->base + REFDMA_Q_CPL_BASE, DEV_RAM + q->cpl));
	TEST_CALL(set_reg64(q->base + REFDMA_Q_STS_BASE, DEV_RAM + q->sts));
	TEST_CALL(dev_set_reg(q->base + REFDMA_Q_RING_LOG2, DEV_RING_LOG2));
	TEST_CALL(dev_set_reg(q->base + REFDMA_Q_CTRL, REFDMA_Q_CTRL_ENABLE));
	TEST_WAIT((dev_reg(q->base + REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) == 0,
		  DEV_DEADLINE_MS);
	return TEST_OK;
}

unsigned int
dev_state(const struct dev_queue *q)
{
	return dev_reg(q->base + REFDMA_Q_STATUS) & REFDMA_Q_STATUS_STATE_MASK;
}

int
dev_queue_open(struct dev_queue *q, unsigned int channel, unsigned int queue)
{
	TEST_CALL(dev_queue_enable(q, channel, queue));
	TEST_ASSERT_EQ(dev_state(q), REFDMA_STATE_RUNNING);
	return TEST_OK;
}

void
dev_push(struct dev_queue *q, unsigned int op, uint64_t src, uint64_t dst, uint32_t length,
	 uint16_t flags)
{
	struct refdma_desc desc = {
		.op = op, .flags = flags, .length = length, .src = src, .dst = dst,
	};
	uint32_t index = q->tail++ & ((1u << DEV_RING_LOG2) - 1);

	memcpy(dev.ram + q->ring + index * sizeof(desc), &desc, sizeof(desc));
}

bool
dev_doorbell(struct dev_queue *q)
{
	size_t at = q->channel * REFDMA_DOORBELL_PAGE_SIZE + q->queue * REFDMA_DOORBELL_STRIDE;
	_Atomic uint32_t *doorbell = (_Atomic uint32_t *)(dev.doorbells + at);
	_Atomic uint32_t *wake = (_Atomic uint32_t *)(dev.ram + q->cpl +
						      sizeof(struct refdma_completion));

	atomic_store(doorbell, q->tail);
	return atomic_load(wake) != 0;
}

int
dev_ring(struct dev_queue *q)
{
	if (dev_doorbell(q))
		TEST_CALL(dev_set_reg(REFDMA_CHANNEL_BASE + q->channel * REFDMA_CHANNEL_STRIDE +
				      REFDMA_CH_WAKE, 1));
	return TEST_OK;
}

uint32_t
dev_done(const struct dev_queue *q)
{
	return atomic_load((_Atomic uint64_t *)(dev.ram + q->cpl));
}

int
dev_wait(const struct dev_queue *q, uint32_t operations)
{
	TEST_WAIT(dev_done(q) == operations, DEV_DEADLINE_MS);
	return TEST_OK;
}

unsigned int
dev_code(const struct dev_queue *q, uint32_t operation)
{
	struct refdma_status status;
	uint32_t index = operation & ((1u << DEV_RING_LOG2) - 1);

	memcpy(&status, dev.ram + q->sts + index * sizeof(status), sizeof(status));
	if ((status.code & REFDMA_STS_VALID) == 0 || status.op != operation)
		return REFDMA_CODE_OK;
	return status.code & REFDMA_STS_CODE_MASK;
}

int
dev_copy(struct dev_queue *q, uint64_t src, uint64_t dst, uint32_t length, unsigned int *code)
{
	uint32_t operation = dev_done(q);

	dev_push(q, REFDMA_OP_COPY, src, dst, length, 0);
	TEST_CALL(dev_ring(q));
	TEST_CALL(dev_wait(q, operation + 1));
	*code = dev_code(q, operation);
	return TEST_OK;
}

int
dev_queue_usable(unsigned int channel, unsigned int queue)
{
	struct dev_queue q;
	unsigned int code;

	TEST_CALL(dev_queue_open(&q, channel, queue));
	for (unsigned int i = 0; i < 4096; i++)
		dev.ram[DEV_DATA + i] = i * 7 + 1;
	memset(dev.ram + DEV_DATA + 4096, 0, 4096);
	TEST_CALL(dev_copy(&q, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + 4096, 4096, &code));
	TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	TEST_ASSERT(memcmp(dev.ram + DEV_DATA, dev.ram + DEV_DATA + 4096, 4096) == 0);
	return TEST_OK;
}

int
dev_usable(void)
{
	TEST_CALL(dev_attach());
	return dev_queue_usable(0, 0);
}
