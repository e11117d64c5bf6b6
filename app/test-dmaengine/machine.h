/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_MACHINE_H
#define TEST_DMAENGINE_MACHINE_H

/* What every result must say about where it was measured. */

#include <stdbool.h>
#include <stdint.h>

/* Version of the project; the build defines it. */
#ifndef REFDMA_VERSION
#define REFDMA_VERSION "unknown"
#endif

/* What the build sets. */
#ifndef REFDMA_BUILD_FLAGS
#define REFDMA_BUILD_FLAGS "unknown"
#endif

#define MACHINE_MAX_FLAGS	16

struct machine {
	char cpu[128];			/* model */
	const char *cpu_flags[MACHINE_MAX_FLAGS]; /* those that matter for copies */
	unsigned int nb_cpu_flags;
	unsigned int numa_nodes;	/* with memory of EAL */
	const char *iova_mode;
	bool huge_pages;
	const char *build_flags;
	const char *commit;
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

/* The header of results for people: two lines on standard output. */
void machine_print(const struct machine *machine);

#endif /* TEST_DMAENGINE_MACHINE_H */
