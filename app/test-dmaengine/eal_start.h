/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_EAL_START_H
#define TEST_DMAENGINE_EAL_START_H

#include <sched.h>
#include <stdbool.h>

#include "plan.h"

/* The command line, divided; the arrays end with NULL and start with the program's name. */
struct command_line {
	int eal_argc;		/* 0: the user gave no EAL options */
	char **eal_argv;
	int app_argc;
	char **app_argv;
};

/**
 * Divide argv at its first "--"; without one, all of it belongs to the application.
 * @return 0, -1 out of memory
 */
int command_line_divide(int argc, char **argv, struct command_line *line);

/**
 * Start EAL with the user's options, or with options that need neither privileges nor huge pages
 * and leave room for the pools that the plan asks for. A file of cases may have EAL
 * options as well; those of the command line win.
 * @return 0, or an exit status after a message
 */
int eal_start(const struct command_line *line, const struct plan *plan);

/**
 * The lcore for a device's thread: the first on a core that this process might use before EAL
 * pinned it and that is not the main thread's. It need not be enabled in EAL.
 * @return its number, -1 where there is only one core
 */
int eal_device_core(void);

/* Whether a number is an lcore of EAL, or a CPU that this process might use before EAL did. */
bool eal_may_use_core(int core);

/*
 * Cores for threads that EAL does not know: those that this process may use, but for those of
 * workers and services; the main thread's where there is no other.
 */
void eal_client_cores(cpu_set_t *cores);

#endif /* TEST_DMAENGINE_EAL_START_H */
