/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_MACHINE_H
#define TEST_DMAENGINE_MACHINE_H

/* What every result must say about where it was measured. */

#include <stdint.h>

/* Version of the project; the build defines it. */
#ifndef REFDMA_VERSION
#define REFDMA_VERSION "unknown"
#endif

struct machine {
	char cpu[128];			/* model */
	char kernel[128];		/* system, release and architecture */
	char command_line[1024];
	char started[32];		/* UTC, ISO 8601 */
	unsigned int cores;		/* on line */
	uint64_t tsc_hz;
	const char *dpdk_version;
	const char *version;		/* of this program */
	const char *memcpy_isa;		/* what rte_memcpy() was compiled for */
	const char *compiler;
};

/* Fill in everything; EAL must have been started. */
void machine_describe(struct machine *machine, int argc, char **argv);

#endif /* TEST_DMAENGINE_MACHINE_H */
