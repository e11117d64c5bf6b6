/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Addresses and data of the messages are storage, which nobody looks at: interrupts go to event
 * descriptors. Mask and pending bits are those of the vectors, and written out for each access.
 */

#include <string.h>

#include "msix.h"

#define ENTRY_BYTES	16
#define ENTRY_CONTROL	12
#define ENTRY_MASKED	0x1

static uint8_t *
control_of(struct device *device, unsigned int vector)
{
	return &device->msix_bar[REFDMA_MSIX_TABLE_OFFSET + vector * ENTRY_BYTES + ENTRY_CONTROL];
}

static void
write_out(struct device *device)
{
	uint64_t masked = irq_masked(&device->irqs), pending = irq_pending(&device->irqs);

	for (unsigned int i = 0; i < device->irqs.vectors; i++) {
		uint8_t *control = control_of(device, i);

		*control = (*control & ~ENTRY_MASKED) | (masked >> i & 1 ? ENTRY_MASKED : 0);
	}
	memcpy(device->msix_bar + REFDMA_MSIX_PBA_OFFSET, &pending, sizeof(pending));
}

void
msix_read(struct device *device, uint64_t offset, void *data, uint32_t count)
{
	write_out(device);
	memcpy(data, device->msix_bar + offset, count);
}

void
msix_write(struct device *device, uint64_t offset, const void *data, uint32_t count)
{
	if (offset >= REFDMA_MSIX_PBA_OFFSET)
		return;
	if (count > REFDMA_MSIX_PBA_OFFSET - offset)
		count = REFDMA_MSIX_PBA_OFFSET - offset;
	write_out(device);
	memcpy(device->msix_bar + offset, data, count);
	for (unsigned int i = 0; i < device->irqs.vectors; i++)
		irq_mask(&device->irqs, i, (*control_of(device, i) & ENTRY_MASKED) != 0);
}
