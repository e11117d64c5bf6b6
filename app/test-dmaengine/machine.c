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

#include <rte_cycles.h>
#include <rte_memcpy.h>
#include <rte_string_fns.h>
#include <rte_version.h>

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
static void
read_cpu_model(char *model, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[512];

	strlcpy(model, "unknown", size);
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL || (strncmp(line, "model name", 10) != 0 &&
				      strncmp(line, "cpu model", 9) != 0 &&
				      strncmp(line, "cpu\t", 4) != 0))
			continue;
		line[strcspn(line, "\n")] = '\0';
		strlcpy(model, colon + 1 + strspn(colon + 1, " \t"), size);
		break;
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
	read_cpu_model(machine->cpu, sizeof(machine->cpu));
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
}
