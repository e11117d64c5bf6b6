/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Finding peripheral ports. */

#include <inttypes.h>
#include <stdio.h>

#include "exit_status.h"
#include "ports.h"
#include "stop.h"

const char *
port_type_name(enum rte_pmd_refdma_port_type type)
{
	switch (type) {
	case RTE_PMD_REFDMA_PORT_LOOPBACK:
		return "loopback";
	case RTE_PMD_REFDMA_PORT_SINK:
		return "sink";
	case RTE_PMD_REFDMA_PORT_SOURCE:
		return "source";
	default:
		return "none";
	}
}

int
port_find(const struct dmadev *device, enum rte_pmd_refdma_port_type type, int64_t wanted,
	  struct rte_pmd_refdma_port *port)
{
	struct rte_pmd_refdma_info info;

	if (!device->refdma || rte_pmd_refdma_info_get(device->id, &info) < 0)
		return -1;
	for (uint16_t i = 0; i < info.nb_ports; i++) {
		if (wanted >= 0 && wanted != i)
			continue;
		if (rte_pmd_refdma_port_get(device->id, i, port) == 0 && port->type == type)
			return i;
	}
	return -1;
}

static int
complain(enum rte_pmd_refdma_port_type type, int64_t wanted)
{
	if (wanted >= 0)
		fprintf(stderr, "--port: no refdma device has a %s port of number %" PRId64
			"; 'list' shows ports\n", port_type_name(type), wanted);
	else
		fprintf(stderr, "no refdma device has a %s port; 'list' shows ports\n",
			port_type_name(type));
	return EXIT_NO_DEVICE;
}

int
ports_for_each(struct session *session, enum rte_pmd_refdma_port_type type,
	       port_function_t function)
{
	const int64_t wanted = session->options->port;
	struct device_set *set = &session->devices;
	struct rte_pmd_refdma_port port;
	unsigned int found = 0;
	int ret = 0;

	for (unsigned int i = 0; i < set->nb_devices && ret == 0 && !stop_requested(); i++) {
		int number = port_find(&set->devices[i], type, wanted, &port);

		if (number < 0)
			continue;
		found++;
		ret = function(session, &set->devices[i], (uint16_t)number, &port);
		device_stop(&set->devices[i]);
	}
	return found > 0 || stop_requested() ? ret : complain(type, wanted);
}
