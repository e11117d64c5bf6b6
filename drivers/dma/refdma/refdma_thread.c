/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Threads of the driver's own. */

#include <signal.h>

#include <rte_lcore.h>

#include "refdma_driver.h"

/* Any CPU but the main lcore's, where the application polls. */
static void
avoid_main(pthread_t thread)
{
	rte_cpuset_t set, main_set = rte_lcore_cpuset(rte_get_main_lcore());

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (!CPU_ISSET(cpu, &main_set))
			CPU_SET(cpu, &set);
	/* With one CPU this fails: it stays with its creator. */
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

/*
 * Start a thread. Signals are for the application's own threads: one that it blocks in all of them,
 * to wait for it, must not end the process here.
 *
 * @return 0 or a negative errno
 */
int
refdma_thread_start(pthread_t *thread, void *(*run)(void *), void *arg, const char *name)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret != 0)
		return -ret;
	pthread_setname_np(*thread, name);
	avoid_main(*thread);
	return 0;
}
