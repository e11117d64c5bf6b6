/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* list: devices and what they can do. */

#include <inttypes.h>
#include <stdio.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "exit_status.h"
#include "ports.h"
#include "session.h"
#include "table.h"

static void
list_ports(const struct dmadev *device, uint16_t nb_ports)
{
	struct rte_pmd_refdma_port port;
	char fifo[16];

	for (uint16_t i = 0; i < nb_ports; i++) {
		if (rte_pmd_refdma_port_get(device->id, i, &port) < 0)
			continue;
		printf("  port %u       %s at 0x%" PRIx64 ", FIFO %s, ", i,
		       port_type_name(port.type), port.addr,
		       format_bytes(port.fifo_size, fifo, sizeof(fifo)));
		if (port.rate != 0)
			printf("%" PRIu64 " bytes a second\n", port.rate);
		else
			printf("unpaced\n");
	}
}

static void
list_refdma(const struct dmadev *device)
{
	struct rte_pmd_refdma_info info;
	char length[16], local[16];

	if (rte_pmd_refdma_info_get(device->id, &info) < 0)
		return;
	printf("  refdma       revision %u.%u, %s, operations up to %s, %s local memory\n",
	       info.version >> 16, info.version & 0xffff, info.is_pci ? "PCI" : "in software",
	       format_bytes(info.max_length, length, sizeof(length)),
	       format_bytes(info.local_size, local, sizeof(local)));
	list_ports(device, info.nb_ports);
}

static void
list_device(const struct dmadev *device)
{
	const struct rte_dma_info *info = &device->info;
	const char *name;
	bool has;

	printf("%s\n", device->name);
	printf("  channels     %u, rings of %u to %u descriptors\n", info->max_vchans,
	       info->min_desc, info->max_desc);
	printf("  entries      %u each side of a scatter-gather copy\n", info->max_sges);
	if (info->numa_node >= 0)
		printf("  NUMA node    %d\n", info->numa_node);
	printf("  can do      ");
	for (unsigned int i = 0; (name = device_capability(device, i, &has)) != NULL; i++)
		if (has)
			printf(" %s", name);
	putchar('\n');
	if (device->refdma)
		list_refdma(device);
}

int
command_list(struct session *session)
{
	for (unsigned int i = 0; i < session->devices.nb_devices; i++)
		list_device(&session->devices.devices[i]);
	return EXIT_PASSED;
}
