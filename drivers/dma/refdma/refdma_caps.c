/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The function registers: what the controller says of itself, and whether this driver can use it.
 * Specification, section 3.1.
 */

#include <errno.h>

#include <rte_memory.h>

#include "refdma_driver.h"

/* Longest lists: a descriptor has at most 255 extension slots, of two entries each (5.1). A list on
 * both sides takes all of them for entries, a list of chunks all but the header.
 */
#define MAX_EXT		UINT8_MAX
#define MAX_SGE		MAX_EXT
#define MAX_CHUNKS	((MAX_EXT - 1) * 2)

static uint32_t
field(uint32_t value, unsigned int shift, uint32_t mask)
{
	return value >> shift & mask;
}

/* Most slots that the API can say. */
#define MAX_SLOTS	32768u

/* Slots of a ring of so many bits. All that is more than the API can say is alike: a smallest ring
 * of that size is of no use.
 */
static uint32_t
ring_slots(uint32_t log2)
{
	return log2 < 16 ? 1u << log2 : 2 * MAX_SLOTS;
}

static int
identify(struct refdma_func *func)
{
	const struct refdma_bus_ops *bus = func->bus;
	uint32_t magic = bus->read32(func, REFDMA_REG_MAGIC), version;

	if (magic != REFDMA_MAGIC) {
		REFDMA_LOG(ERR, "%s: register 0 reads 0x%08x, not a RefDMA controller (0x%08x); is "
			   "it the right device, and out of reset?", func->device->name, magic,
			   REFDMA_MAGIC);
		return -ENODEV;
	}
	version = bus->read32(func, REFDMA_REG_VERSION);
	if (version >> 16 != REFDMA_VERSION >> 16) {
		REFDMA_LOG(ERR, "%s: controller revision %u.%u, this driver knows %u.x; use the "
			   "driver that came with the controller", func->device->name,
			   version >> 16, version & 0xffff, REFDMA_VERSION >> 16);
		return -ENOTSUP;
	}
	func->caps.version = version;
	return 0;
}

/* A register that cannot be all ones: that is what is read where nobody answers. */
static int
read_fields(struct refdma_func *func, uint32_t offset, uint32_t *value)
{
	*value = func->bus->read32(func, offset);
	if (*value != UINT32_MAX)
		return 0;
	REFDMA_LOG(ERR, "%s: the controller does not answer a read of register 0x%03x; see section "
		   "3.1 of the specification", func->device->name, offset);
	return -EIO;
}

static int
read_shape(struct refdma_func *func, struct refdma_caps *caps)
{
	uint32_t value;

	if (read_fields(func, REFDMA_REG_TOPOLOGY, &value) != 0)
		return -EIO;
	caps->channels = field(value, REFDMA_TOPOLOGY_CHANNELS_SHIFT, REFDMA_TOPOLOGY_MASK);
	caps->queues = field(value, REFDMA_TOPOLOGY_QUEUES_SHIFT, REFDMA_TOPOLOGY_MASK);
	caps->ports = field(value, REFDMA_TOPOLOGY_PORTS_SHIFT, REFDMA_TOPOLOGY_MASK);
	caps->vectors = field(value, REFDMA_TOPOLOGY_VECTORS_SHIFT, REFDMA_TOPOLOGY_MASK);
	if (read_fields(func, REFDMA_REG_RING_LIMITS, &value) != 0)
		return -EIO;
	caps->min_slots = ring_slots(field(value, REFDMA_RING_LIMITS_MIN_SHIFT,
					   REFDMA_RING_LIMITS_MASK));
	caps->max_slots = RTE_MIN(ring_slots(field(value, REFDMA_RING_LIMITS_MAX_SHIFT,
						   REFDMA_RING_LIMITS_MASK)), MAX_SLOTS);
	if (read_fields(func, REFDMA_REG_SG_LIMITS, &value) != 0)
		return -EIO;
	caps->max_sge = RTE_MIN(field(value, REFDMA_SG_LIMITS_SGE_SHIFT, REFDMA_SG_LIMITS_MASK),
				(uint32_t)MAX_SGE);
	caps->max_chunks = RTE_MIN(field(value, REFDMA_SG_LIMITS_CHUNK_SHIFT,
					 REFDMA_SG_LIMITS_MASK), (uint32_t)MAX_CHUNKS);
	/* The longest lists fit the smallest ring. */
	caps->max_sge = RTE_MIN(caps->max_sge, caps->max_slots - 1);
	caps->min_slots = RTE_MAX(caps->min_slots, rte_align32pow2(1u + caps->max_sge));
	caps->min_slots = RTE_MAX(caps->min_slots, REFDMA_MIN_DESC);
	return 0;
}

static void
read_abilities(struct refdma_func *func, struct refdma_caps *caps)
{
	const struct refdma_bus_ops *bus = func->bus;

	caps->max_length = bus->read32(func, REFDMA_REG_MAX_LENGTH);
	caps->max_meta = bus->read32(func, REFDMA_REG_META_LIMIT);
	caps->ops = bus->read32(func, REFDMA_REG_OPS);
	caps->features = bus->read32(func, REFDMA_REG_FEATURES);
	caps->mem_burst = bus->read32(func, REFDMA_REG_MEM_BURST);
	caps->cmd_timeout_ms = bus->read32(func, REFDMA_REG_CMD_TIMEOUT);
	caps->local_base = bus->read64(func, REFDMA_REG_LOCAL_BASE);
	caps->local_size = bus->read64(func, REFDMA_REG_LOCAL_SIZE);
	caps->port_base = bus->read64(func, REFDMA_REG_PORT_BASE);
	caps->port_stride = bus->read32(func, REFDMA_REG_PORT_STRIDE);
}

/* EAL remembers a narrow width, and gives out no memory beyond it from then on. */
static int
check_address_bits(struct refdma_func *func)
{
	uint32_t bits = func->bus->read32(func, REFDMA_REG_ADDRESS_BITS);

	if (bits >= 64 || (bits >= 32 && rte_mem_check_dma_mask(bits) == 0))
		return 0;
	REFDMA_LOG(ERR, "%s: it has %u address bits, and DPDK has memory beyond their reach; bind "
		   "the device to vfio-pci and start EAL with --iova-mode=va and a --base-virtaddr "
		   "within reach, or with --iova-mode=pa on a machine with less memory",
		   func->device->name, bits);
	return -ENOTSUP;
}

/* What TOPOLOGY says, for who may not call the bus. */
unsigned int
refdma_caps_channels(uint32_t topology)
{
	return RTE_MIN(field(topology, REFDMA_TOPOLOGY_CHANNELS_SHIFT, REFDMA_TOPOLOGY_MASK),
		       (uint32_t)REFDMA_MAX_CHANNELS);
}

int
refdma_caps_read(struct refdma_func *func)
{
	struct refdma_caps *caps = &func->caps;
	int ret;

	ret = identify(func);
	if (ret != 0)
		return ret;
	ret = read_shape(func, caps);
	if (ret != 0)
		return ret;
	read_abilities(func, caps);
	if (caps->channels == 0 || caps->channels > REFDMA_MAX_CHANNELS || caps->queues == 0 ||
	    caps->queues > REFDMA_MAX_QUEUES || caps->max_slots < caps->min_slots) {
		REFDMA_LOG(ERR, "%s: %u channels, %u queues, rings of %u to %u slots: not usable; "
			   "section 3.1 of the specification has the limits", func->device->name,
			   caps->channels, caps->queues, caps->min_slots, caps->max_slots);
		return -ENODEV;
	}
	return check_address_bits(func);
}
