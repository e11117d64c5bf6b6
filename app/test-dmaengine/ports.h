/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_PORTS_H
#define TEST_DMAENGINE_PORTS_H

/* Peripheral ports of refdma devices. */

#include "dpdk_compat.h"

#include <rte_pmd_refdma.h>

#include "session.h"

/* What is done with a port. Returns an exit status. */
typedef int (*port_function_t)(struct session *session, struct dmadev *device, uint16_t number,
			       const struct rte_pmd_refdma_port *port);

/**
 * Call a function for the port of a kind (--port, or the first) on every refdma device.
 * @return an exit status; EXIT_NO_DEVICE after a message where no device has such a port
 */
int ports_for_each(struct session *session, enum rte_pmd_refdma_port_type type,
		   port_function_t function);

/* The number of a device's port of a kind (wanted, or -1: the first); -1: it has none. */
int port_find(const struct dmadev *device, enum rte_pmd_refdma_port_type type, int64_t wanted,
	      struct rte_pmd_refdma_port *port);

const char *port_type_name(enum rte_pmd_refdma_port_type type);

#endif /* TEST_DMAENGINE_PORTS_H */
