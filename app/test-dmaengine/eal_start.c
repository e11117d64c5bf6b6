/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Starting EAL, with sensible options where the user gave none. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "buffers.h"
#include "eal_start.h"
#include "exit_status.h"

#define MAX_DEFAULT_ARGS	16
#define MIN_MEMORY_MB		1024
/* What EAL, rings and devices need beside the pools. */
#define EXTRA_MEMORY_MB		256

/* Cores that this process may use, as they were before EAL pinned the main thread. */
static cpu_set_t allowed_cores;

int
command_line_divide(int argc, char **argv, struct command_line *line)
{
	int at = 1;

	while (at < argc && strcmp(argv[at], "--") != 0)
		at++;
	/* Nothing before it is as good as no "--": the user has no wishes. */
	line->eal_argc = at < argc && at > 1 ? at : 0;
	line->eal_argv = argv;
	line->app_argc = at < argc ? argc - at : argc;
	line->app_argv = calloc((size_t)line->app_argc + 1, sizeof(*line->app_argv));
	if (line->app_argv == NULL)
		return -1;
	line->app_argv[0] = argv[0];
	memcpy(&line->app_argv[1], &argv[at < argc ? at + 1 : 1],
	       ((size_t)line->app_argc - 1) * sizeof(*argv));
	return 0;
}

/* The last core that this process may use. */
static int
last_core(void)
{
	int core = CPU_SETSIZE - 1;

	while (core > 0 && !CPU_ISSET(core, &allowed_cores))
		core--;
	return core;
}

static int
first_core(void)
{
	for (int core = 0; core < CPU_SETSIZE; core++)
		if (CPU_ISSET(core, &allowed_cores))
			return core;
	return 0;
}

/* Both pools, of the largest size that will be asked for; each worker has its own. */
static uint64_t
memory_mb(const struct plan *plan)
{
	uint64_t most = MIN_MEMORY_MB;

	for (unsigned int i = 0; i < plan->nb_cases; i++) {
		const struct options *options = &plan->cases[i];
		uint64_t pools = RTE_MAX(options->workers.nb, 1u) * 2;

		most = RTE_MAX(most, (pool_bytes(options) * pools >> 20) + EXTRA_MEMORY_MB);
	}
	return most;
}

static bool
wants_service(const struct plan *plan)
{
	for (unsigned int i = 0; i < plan->nb_cases; i++) {
		const struct options *options = &plan->cases[i];

		if (options_have_service(options) ||
		    ((options->api & API_ENGINE) != 0 && options->run != RUN_MANUAL &&
		     options->run != RUN_SLEEP))
			return true;
	}
	return false;
}

/* A list of the main thread's core and those of all workers; false where there are none. */
static bool
add_worker_cores(const struct plan *plan, int first, char *text, size_t size)
{
	size_t length = (size_t)snprintf(text, size, "%d", first);
	bool found = false;

	for (unsigned int i = 0; i < plan->nb_cases; i++)
		for (unsigned int j = 0; j < plan->cases[i].workers.nb; j++) {
			unsigned int lcore;

			if (sscanf(plan->cases[i].workers.values[j], "%u@", &lcore) != 1)
				continue;
			found = true;
			/* What is not there, the worker complains of. */
			if (length < size && lcore < CPU_SETSIZE &&
			    CPU_ISSET(lcore, &allowed_cores))
				length += (size_t)snprintf(text + length, size - length, ",%u",
							   lcore);
		}
	return found;
}

/*
 * The main thread's core, and one for tasklets. Not --lcores where -l will do: it makes EAL forget
 * the other cores, and devices could not pin their threads there. Cores beyond EAL's limit need a
 * smaller number.
 */
static int
core_args(const struct plan *plan, char **argv)
{
	static char cores[128], lcores[] = "-l";
	int first = first_core(), last = last_core(), argc = 0;
	bool service = wants_service(plan) && last != first;

	if (add_worker_cores(plan, first, cores, sizeof(cores))) {
		argv[argc++] = lcores;
	} else if ((service ? last : first) < RTE_MAX_LCORE) {
		argv[argc++] = lcores;
		snprintf(cores, sizeof(cores), service ? "%d,%d" : "%d", first, last);
	} else {
		snprintf(cores, sizeof(cores), service ? "--lcores=0@%d,1@%d" : "--lcores=0@%d",
			 first, last);
	}
	argv[argc++] = cores;
	return argc;
}

/* EAL keeps pointers to these words: they live as long as the process. */
static int
default_args(char *program, const struct plan *plan, char **argv)
{
	static char memory[32];
	static char no_huge[] = "--no-huge", no_pci[] = "--no-pci", m[] = "-m";
	/* No files shared with others: any number of runs at the same time, nothing left behind. */
	static char no_shconf[] = "--no-shconf";
	/* Telemetry of older releases warns about what is no fault. */
	static char log_level[] = "--log-level=*:warning";
	static char log_telemetry[] = "--log-level=lib.telemetry:error";
	int argc = 0;

	snprintf(memory, sizeof(memory), "%" PRIu64, memory_mb(plan));
	argv[argc++] = program;
	argc += core_args(plan, &argv[argc]);
	argv[argc++] = no_huge;
	argv[argc++] = m;
	argv[argc++] = memory;
	argv[argc++] = no_pci;
	argv[argc++] = no_shconf;
	/* Of two patterns that fit, the one given first counts. */
	argv[argc++] = log_telemetry;
	argv[argc++] = log_level;
	argv[argc] = NULL;
	return argc;
}

static void
complain(int argc, char **argv, int error)
{
	fprintf(stderr, "EAL did not start (%s) with:", rte_strerror(error));
	for (int i = 1; i < argc; i++)
		fprintf(stderr, " %s", argv[i]);
	fputc('\n', stderr);
}

/*
 * Memory without huge pages is there when it is touched, and where there is none the kernel ends
 * processes. Beside the pools there is what each destination must contain.
 */
static int
check_memory(const struct plan *plan)
{
	const uint64_t needed = memory_mb(plan) * 3 / 2;
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long available_kb = 0;
	char line[128];

	while (file != NULL && available_kb == 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %lu", &available_kb) != 1)
			available_kb = 0;
	if (file != NULL)
		fclose(file);
	if (available_kb == 0 || needed <= available_kb / 1024)
		return 0;
	fprintf(stderr, "%s: the buffers and EAL need %" PRIu64 " MiB of memory, and %lu MiB are "
		"available\n", plan->cases[0].command == COMMAND_VERIFY ?
		"--buffer-size, --threads" : "--footprint", needed, available_kb / 1024);
	return EXIT_USAGE;
}

int
eal_start(const struct command_line *line, const struct plan *plan)
{
	static char *own[MAX_DEFAULT_ARGS];
	char **given = NULL, **argv = own;
	int argc, error;

	if (sched_getaffinity(0, sizeof(allowed_cores), &allowed_cores) < 0)
		CPU_ZERO(&allowed_cores);
	if (line->eal_argc == 0 && plan->nb_eal_words > 0) {
		argc = plan->nb_eal_words;
		argv = plan->eal_words;
	} else if (line->eal_argc == 0) {
		error = check_memory(plan);
		if (error != 0)
			return error;
		argc = default_args(line->eal_argv[0], plan, own);
	} else {
		/* EAL stops reading at "--", and may reorder what is before it. */
		argc = line->eal_argc;
		given = calloc((size_t)argc + 1, sizeof(*given));
		argv = given;
		if (argv == NULL)
			return EXIT_FAILED;
		memcpy(argv, line->eal_argv, (size_t)argc * sizeof(*argv));
	}
	if (rte_eal_init(argc, argv) >= 0) {
		/* EAL keeps the words, which are the process's own, but not the array. */
		free(given);
		return 0;
	}
	error = rte_errno;
	/* EAL has moved the words that it was given, and put its own between them. */
	complain(argc, line->eal_argc > 0 ? line->eal_argv : argv, error);
	free(given);
	return error == EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

bool
eal_may_use_core(int core)
{
	if (core < RTE_MAX_LCORE && rte_lcore_is_enabled((unsigned int)core))
		return true;
	return core < CPU_SETSIZE && CPU_ISSET(core, &allowed_cores);
}

static bool
share_a_core(const rte_cpuset_t *a, const rte_cpuset_t *b)
{
	rte_cpuset_t both;

	CPU_AND(&both, a, b);
	return CPU_COUNT(&both) > 0;
}

int
eal_device_core(void)
{
	rte_cpuset_t main_cores = rte_lcore_cpuset(rte_get_main_lcore());
	int shared = -1;

	/* Cores that EAL does not use as lcores are known to it all the same. */
	for (int lcore = 0; lcore < RTE_MAX_LCORE; lcore++) {
		rte_cpuset_t cores = rte_lcore_cpuset((unsigned int)lcore);

		if (!share_a_core(&cores, &allowed_cores) || share_a_core(&cores, &main_cores))
			continue;
		if (rte_eal_lcore_role((unsigned int)lcore) != ROLE_SERVICE)
			return lcore;
		/* The tasklets' core, where there is no other. */
		if (shared < 0)
			shared = lcore;
	}
	return shared;
}

void
eal_client_cores(cpu_set_t *cores)
{
	*cores = allowed_cores;
	for (unsigned int lcore = 0; lcore < RTE_MAX_LCORE; lcore++) {
		rte_cpuset_t taken = rte_lcore_cpuset(lcore);

		if (rte_eal_lcore_role(lcore) == ROLE_OFF || lcore == rte_get_main_lcore())
			continue;
		for (int core = 0; core < CPU_SETSIZE; core++)
			if (CPU_ISSET(core, &taken))
				CPU_CLR(core, cores);
	}
	if (CPU_COUNT(cores) == 0)
		*cores = rte_lcore_cpuset(rte_get_main_lcore());
}
