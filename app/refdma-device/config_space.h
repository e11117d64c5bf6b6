/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_CONFIG_SPACE_H
#define REFDMA_DEVICE_CONFIG_SPACE_H

/**
 * @file
 * Configuration space of the function: a type 0 header with power management, MSI-X and PCI
 * Express capabilities. The server's thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_SPACE_SIZE	4096u
#define CONFIG_BARS		6u

/** What the function says it is. */
struct config_identity {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem_device;
	uint8_t revision;
};

struct config_space {
	struct config_identity identity;
	unsigned int vectors;
	uint64_t bar_size[CONFIG_BARS];		/* of the 64-bit BARs 0, 2 and 4 */
	uint8_t value[CONFIG_SPACE_SIZE];
	uint8_t writable[CONFIG_SPACE_SIZE];	/* bits that the host can write */
};

/** Bring every register to its reset value; identity, vectors and bar_size are set already. */
void config_space_reset(struct config_space *config);

/** Copy @p count bytes from @p offset, which the caller has checked. */
void config_space_read(const struct config_space *config, unsigned int offset, void *data,
		       unsigned int count);

/**
 * Write @p count bytes at @p offset, which the caller has checked.
 *
 * @return whether the host asked for a function-level reset
 */
bool config_space_write(struct config_space *config, unsigned int offset, const void *data,
			unsigned int count);

/** May the function master the bus: enabled, and not in a low-power state? */
bool config_space_bus_master(const struct config_space *config);

/** Does the function answer accesses to its BARs: memory space enabled, no low-power state? */
bool config_space_memory(const struct config_space *config);

/** May the function send interrupts: MSI-X enabled, not masked as a whole, and a bus master? */
bool config_space_interrupts(const struct config_space *config);

/** Set or clear MSI-X Enable, on behalf of a client that leaves that to the function. */
void config_space_enable_msix(struct config_space *config, bool on);

#endif /* REFDMA_DEVICE_CONFIG_SPACE_H */
