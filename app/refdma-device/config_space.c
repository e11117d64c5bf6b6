/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Offsets and bits are those of the PCI Local Bus, Power Management and PCI Express
 * specifications. A register is its value and the bits of it that the host can write; the few
 * that do more are looked at after each write.
 */

#include <string.h>

#include "config_space.h"
#include "refdma_hw.h"

/* Header. */
#define VENDOR_ID		0x00
#define DEVICE_ID		0x02
#define COMMAND			0x04
#define COMMAND_MEMORY		0x0002
#define COMMAND_MASTER		0x0004
#define COMMAND_PARITY		0x0040
#define COMMAND_SERR		0x0100
#define COMMAND_NO_INTX		0x0400
#define STATUS			0x06
#define STATUS_CAPABILITIES	0x0010
#define REVISION		0x08
#define CLASS_CODE		0x09
#define CACHE_LINE_SIZE		0x0c
#define BAR(n)			(0x10 + 4 * (n))
#define BAR_64BIT		0x4
#define SUBSYSTEM_VENDOR	0x2c
#define SUBSYSTEM_DEVICE	0x2e
#define CAPABILITIES		0x34
#define INTERRUPT_LINE		0x3c

/* Power management: D0 and D3hot, and no reset on the way back. */
#define PM			0x40
#define PM_ID			0x01
#define PM_CAPABILITIES		(PM + 2)
#define PM_VERSION_1_2		0x0003
#define PM_STATUS		(PM + 4)
#define PM_STATE_MASK		0x0003
#define PM_STATE_D0		0x0000
#define PM_STATE_D3		0x0003
#define PM_NO_SOFT_RESET	0x0008

/* MSI-X. */
#define MSIX			0x50
#define MSIX_ID			0x11
#define MSIX_CONTROL		(MSIX + 2)
#define MSIX_CONTROL_MASK_ALL	0x4000
#define MSIX_CONTROL_ENABLE	0x8000
#define MSIX_TABLE		(MSIX + 4)
#define MSIX_PBA		(MSIX + 8)

/* PCI Express, version 2 of the structure. */
#define EXPRESS			0x60
#define EXPRESS_ID		0x10
#define EXPRESS_FLAGS		(EXPRESS + 0x02)
#define EXPRESS_ENDPOINT_V2	0x0002
#define EXPRESS_DEVICE_CAP	(EXPRESS + 0x04)
#define EXPRESS_PAYLOAD_256	0x00000001
#define EXPRESS_EXTENDED_TAG	0x00000020
#define EXPRESS_ROLE_ERRORS	0x00008000
#define EXPRESS_FLR		0x10000000
#define EXPRESS_DEVICE_CONTROL	(EXPRESS + 0x08)
#define EXPRESS_CONTROL_RESET	0x2810	/* relaxed order, no snoop, reads of 512 bytes */
#define EXPRESS_CONTROL_BITS	0x7fff
#define EXPRESS_INITIATE_FLR	0x8000
#define EXPRESS_LINK_CAP	(EXPRESS + 0x0c)
#define EXPRESS_LINK_STATUS	(EXPRESS + 0x12)
#define EXPRESS_LINK_8GT_X8	0x0083
#define EXPRESS_LINK_CONTROL	(EXPRESS + 0x10)
#define EXPRESS_LINK_BITS	0x00c8	/* read boundary, common clock, extended synch */
#define EXPRESS_DEVICE_CONTROL2	(EXPRESS + 0x28)
#define EXPRESS_CONTROL2_BITS	0x001f
#define EXPRESS_DEVICE_CAP2	(EXPRESS + 0x24)
#define EXPRESS_TIMEOUT_OFF	0x00000010
#define EXPRESS_LINK_CAP2	(EXPRESS + 0x2c)
#define EXPRESS_SPEEDS_TO_8GT	0x0000000e
#define EXPRESS_LINK_CONTROL2	(EXPRESS + 0x30)
#define EXPRESS_TARGET_8GT	0x0003

static uint16_t
get16(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

static void
put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = value;
	bytes[1] = value >> 8;
}

static void
put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, value);
	put16(bytes + 2, value >> 16);
}

static void
fill_header(struct config_space *config)
{
	const struct config_identity *identity = &config->identity;
	uint8_t *value = config->value, *writable = config->writable;

	put16(value + VENDOR_ID, identity->vendor);
	put16(value + DEVICE_ID, identity->device);
	put16(writable + COMMAND, COMMAND_MEMORY | COMMAND_MASTER | COMMAND_PARITY |
	      COMMAND_SERR | COMMAND_NO_INTX);
	put16(value + STATUS, STATUS_CAPABILITIES);
	value[REVISION] = identity->revision;
	value[CLASS_CODE] = REFDMA_PCI_CLASS & 0xff;
	put16(value + CLASS_CODE + 1, REFDMA_PCI_CLASS >> 8);
	writable[CACHE_LINE_SIZE] = 0xff;
	for (unsigned int bar = 0; bar < CONFIG_BARS; bar += 2) {
		uint64_t mask = ~(config->bar_size[bar] - 1);

		value[BAR(bar)] = BAR_64BIT;
		put32(writable + BAR(bar), mask);
		put32(writable + BAR(bar + 1), mask >> 32);
	}
	put16(value + SUBSYSTEM_VENDOR, identity->subsystem_vendor);
	put16(value + SUBSYSTEM_DEVICE, identity->subsystem_device);
	value[CAPABILITIES] = PM;
	writable[INTERRUPT_LINE] = 0xff;
}

static void
fill_power_management(struct config_space *config)
{
	config->value[PM] = PM_ID;
	config->value[PM + 1] = MSIX;
	put16(config->value + PM_CAPABILITIES, PM_VERSION_1_2);
	put16(config->value + PM_STATUS, PM_NO_SOFT_RESET);
	put16(config->writable + PM_STATUS, PM_STATE_MASK);
}

static void
fill_msix(struct config_space *config)
{
	config->value[MSIX] = MSIX_ID;
	config->value[MSIX + 1] = EXPRESS;
	put16(config->value + MSIX_CONTROL, config->vectors - 1);
	put16(config->writable + MSIX_CONTROL, MSIX_CONTROL_MASK_ALL | MSIX_CONTROL_ENABLE);
	put32(config->value + MSIX_TABLE, REFDMA_MSIX_TABLE_OFFSET | REFDMA_BAR_MSIX);
	put32(config->value + MSIX_PBA, REFDMA_MSIX_PBA_OFFSET | REFDMA_BAR_MSIX);
}

static void
fill_express(struct config_space *config)
{
	uint8_t *value = config->value, *writable = config->writable;

	value[EXPRESS] = EXPRESS_ID;
	value[EXPRESS + 1] = 0;
	put16(value + EXPRESS_FLAGS, EXPRESS_ENDPOINT_V2);
	put32(value + EXPRESS_DEVICE_CAP, EXPRESS_PAYLOAD_256 | EXPRESS_EXTENDED_TAG |
	      EXPRESS_ROLE_ERRORS | EXPRESS_FLR);
	put16(value + EXPRESS_DEVICE_CONTROL, EXPRESS_CONTROL_RESET);
	put16(writable + EXPRESS_DEVICE_CONTROL, EXPRESS_CONTROL_BITS);
	put32(value + EXPRESS_LINK_CAP, EXPRESS_LINK_8GT_X8);
	put16(writable + EXPRESS_LINK_CONTROL, EXPRESS_LINK_BITS);
	put16(value + EXPRESS_LINK_STATUS, EXPRESS_LINK_8GT_X8);
	put32(value + EXPRESS_DEVICE_CAP2, EXPRESS_TIMEOUT_OFF);
	put16(writable + EXPRESS_DEVICE_CONTROL2, EXPRESS_CONTROL2_BITS);
	put32(value + EXPRESS_LINK_CAP2, EXPRESS_SPEEDS_TO_8GT);
	put16(value + EXPRESS_LINK_CONTROL2, EXPRESS_TARGET_8GT);
}

void
config_space_reset(struct config_space *config)
{
	memset(config->value, 0, sizeof(config->value));
	memset(config->writable, 0, sizeof(config->writable));
	fill_header(config);
	fill_power_management(config);
	fill_msix(config);
	fill_express(config);
}

void
config_space_read(const struct config_space *config, unsigned int offset, void *data,
		  unsigned int count)
{
	memcpy(data, config->value + offset, count);
}

bool
config_space_write(struct config_space *config, unsigned int offset, const void *data,
		   unsigned int count)
{
	uint16_t power = get16(config->value + PM_STATUS) & PM_STATE_MASK, wanted;
	const uint8_t *bytes = data;
	bool reset = false;

	for (unsigned int i = 0; i < count; i++) {
		uint8_t mask = config->writable[offset + i], *value = &config->value[offset + i];

		*value = (*value & ~mask) | (bytes[i] & mask);
		reset |= offset + i == EXPRESS_DEVICE_CONTROL + 1 &&
			 (bytes[i] & EXPRESS_INITIATE_FLR >> 8) != 0;
	}
	/* A state that the function does not have is not entered. */
	wanted = get16(config->value + PM_STATUS) & PM_STATE_MASK;
	if (wanted != PM_STATE_D0 && wanted != PM_STATE_D3)
		put16(config->value + PM_STATUS, PM_NO_SOFT_RESET | power);
	return reset;
}

void
config_space_enable_msix(struct config_space *config, bool on)
{
	uint16_t control = get16(config->value + MSIX_CONTROL) & ~MSIX_CONTROL_ENABLE;

	put16(config->value + MSIX_CONTROL, control | (on ? MSIX_CONTROL_ENABLE : 0));
}

/* Is the bit of the command register set, and the function awake? */
static bool
may(const struct config_space *config, uint16_t command)
{
	return (get16(config->value + COMMAND) & command) != 0 &&
	       (get16(config->value + PM_STATUS) & PM_STATE_MASK) == PM_STATE_D0;
}

bool
config_space_bus_master(const struct config_space *config)
{
	return may(config, COMMAND_MASTER);
}

bool
config_space_memory(const struct config_space *config)
{
	return may(config, COMMAND_MEMORY);
}

bool
config_space_interrupts(const struct config_space *config)
{
	uint16_t control = get16(config->value + MSIX_CONTROL);

	/* A message is a memory write. */
	return (control & MSIX_CONTROL_ENABLE) != 0 && (control & MSIX_CONTROL_MASK_ALL) == 0 &&
	       config_space_bus_master(config);
}
