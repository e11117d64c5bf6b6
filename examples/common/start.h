/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef EXAMPLES_COMMON_START_H
#define EXAMPLES_COMMON_START_H

/* What the examples have in common and what they are not about: starting DPDK with a software DMA
 * device so that each runs with no arguments, giving up on an error, and waiting.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/completion.h>

#include <dmaengine_compat.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_service.h>

#define EXAMPLE_MAX_ARGS	64
#define EXAMPLE_TIMEOUT_MS	5000

/* Ends the program where @p ret is a negative errno. */
static inline void
check(const char *what, long ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror((int)-ret));
	exit(EXIT_FAILURE);
}

/* Lets time pass; where no service lcore runs the tasklet, this thread does. */
static inline void
wait_a_millisecond(void)
{
	if (rte_service_lcore_count() == 0)
		dmaengine_compat_run_all();
	usleep(1000);
}

/* Waits for a callback that says complete(). @return 0 or -ETIMEDOUT */
static inline int
wait_for(struct completion *done)
{
	for (int ms = 0; ms < EXAMPLE_TIMEOUT_MS; ms++) {
		if (try_wait_for_completion(done))
			return 0;
		wait_a_millisecond();
	}
	return -ETIMEDOUT;
}

/* Starts EAL and makes the DMA device's channels available. EAL's arguments are some that work
 * anywhere, then those of the command line up to "--". Where EAL has a second lcore, that becomes
 * the service lcore of the tasklet; else this thread runs the tasklet while it waits.
 */
static inline void
start(int argc, char **argv)
{
	const char *args[EXAMPLE_MAX_ARGS] = { argv[0], "--no-huge", "-m256", "--no-pci",
		"--no-shconf", "--no-telemetry", "--log-level=*:warning",
		"--vdev=dma_refdma0,engine=inline" };
	struct dmaengine_compat_conf conf = { 0 };
	int n = 8;

	for (int i = 1; i < argc && n < EXAMPLE_MAX_ARGS - 1; i++)
		args[n++] = argv[i];
	if (rte_eal_init(n, (char **)(uintptr_t)args) < 0)
		check("EAL does not start", -rte_errno);
	if (rte_service_lcore_count() == 0)
		rte_service_lcore_add(rte_get_next_lcore(-1, 1, 0));
	if (rte_service_lcore_count() == 0)
		conf.run = DMAENGINE_COMPAT_RUN_MANUAL;
	if (dmaengine_compat_init(&conf) < 1)
		check("no DMA device", -ENODEV);
}

/* Gives everything back; all channels have been released. */
static inline int
stop(void)
{
	check("a channel is still held", dmaengine_compat_close());
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}

#endif /* EXAMPLES_COMMON_START_H */
