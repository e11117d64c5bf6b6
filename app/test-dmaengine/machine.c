/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Finding out what machine this is. */

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_memcpy.h>
#include <rte_string_fns.h>
#include <rte_version.h>

#include "commit.h"
#include "machine.h"

/* The flavours of rte_memcpy(), by the conditions that its header uses. */
#if defined(__AVX512F__) && defined(RTE_MEMCPY_AVX512)
#define MEMCPY_ISA "AVX512"
#elif defined(__AVX2__)
#define MEMCPY_ISA "AVX2"
#elif defined(__x86_64__)
#define MEMCPY_ISA "SSE"
#else
#define MEMCPY_ISA "default"
#endif

/* The processor's name: x86 says "model name", others "cpu", "cpu model" or nothing useful. */
static bool
is_model(const char *line)
{
	return strncmp(line, "model name", 10) == 0 || strncmp(line, "cpu model", 9) == 0 ||
		strncmp(line, "cpu\t", 4) == 0;
}

/* Flags that decide how memory is copied. */
static void
take_flags(struct machine *machine, char *words)
{
	static const char * const wanted[] = {
		"sse4_2", "avx", "avx2", "avx512f", "erms", "fsrm", "clflushopt", "clwb",
		"movdir64b", "asimd", "sve",
	};
	char *place = NULL;

	for (char *word = strtok_r(words, " \t", &place); word != NULL;
	     word = strtok_r(NULL, " \t", &place))
		for (unsigned int i = 0; i < RTE_DIM(wanted); i++)
			if (strcmp(word, wanted[i]) == 0 &&
			    machine->nb_cpu_flags < MACHINE_MAX_FLAGS)
				machine->cpu_flags[machine->nb_cpu_flags++] = wanted[i];
}

/* The first processor speaks for all. */
static void
read_cpu(struct machine *machine)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	bool has_model = false, has_flags = false;
	char line[8192];

	strlcpy(machine->cpu, "unknown", sizeof(machine->cpu));
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		colon += 1 + strspn(colon + 1, " \t");
		if (!has_model && is_model(line)) {
			strlcpy(machine->cpu, colon, sizeof(machine->cpu));
			has_model = true;
		} else if (!has_flags && (strncmp(line, "flags", 5) == 0 ||
					  strncmp(line, "Features", 8) == 0)) {
			take_flags(machine, colon);
			has_flags = true;
		}
	}
	fclose(file);
}

static void
join_words(char *text, size_t size, int argc, char **argv)
{
	text[0] = '\0';
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			strlcat(text, " ", size);
		strlcat(text, argv[i], size);
	}
}

void
machine_describe(struct machine *machine, int argc, char **argv)
{
	time_t now = time(NULL);
	struct utsname uts;
	struct tm utc;

	memset(machine, 0, sizeof(*machine));
	read_cpu(machine);
	if (uname(&uts) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%.30s %.60s %.30s",
			 uts.sysname, uts.release, uts.machine);
	join_words(machine->command_line, sizeof(machine->command_line), argc, argv);
	if (gmtime_r(&now, &utc) != NULL)
		strftime(machine->started, sizeof(machine->started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	machine->cores = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	machine->tsc_hz = rte_get_tsc_hz();
	machine->dpdk_version = rte_version();
	machine->version = REFDMA_VERSION;
	machine->memcpy_isa = MEMCPY_ISA;
	machine->compiler = __VERSION__;
	machine->numa_nodes = rte_socket_count();
	machine->iova_mode = rte_eal_iova_mode() == RTE_IOVA_PA ? "pa" : "va";
	machine->huge_pages = rte_eal_has_hugepages() != 0;
	machine->build_flags = REFDMA_BUILD_FLAGS;
	machine->commit = REFDMA_COMMIT;
}

void
machine_print(const struct machine *machine)
{
	printf("%s, %u cores, TSC %.2f GHz; %s; rte_memcpy for %s; %s pages\n", machine->cpu,
	       machine->cores, (double)machine->tsc_hz / 1e9, machine->dpdk_version,
	       machine->memcpy_isa, machine->huge_pages ? "huge" : "small");
	printf("dpdk-test-dmaengine %s, commit %s, compiler %s, %s\n", machine->version,
	       machine->commit, machine->compiler, machine->build_flags);
	fflush(stdout);
}
