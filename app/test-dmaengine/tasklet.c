/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The service lcore of tasklets. */

#include <stdio.h>

#include "dpdk_compat.h"

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_service.h>

#include "exit_status.h"
#include "tasklet.h"

/* Numbers of services; DPDK keeps the limit to itself. */
#define MAX_SERVICES	64

/* The service lcore that this program made; RTE_MAX_LCORE: none. */
static unsigned int own_lcore = RTE_MAX_LCORE;

const char *
run_mode_name(enum run_mode run)
{
	return run == RUN_MANUAL ? "manual" : run == RUN_SLEEP ? "sleep" : "service";
}

/* The last worker: threads of devices are put on the first. */
static void
make_service_lcore(void)
{
	unsigned int lcore, last = RTE_MAX_LCORE;

	RTE_LCORE_FOREACH_WORKER(lcore)
		last = lcore;
	if (last < RTE_MAX_LCORE && rte_service_lcore_add(last) == 0)
		own_lcore = last;
}

int
tasklet_prepare(const struct options *options, enum run_mode *run)
{
	if (options_have_service(options) && rte_service_lcore_count() == 0)
		make_service_lcore();
	/* A thread of the library needs no lcore. */
	*run = options->run == RUN_SLEEP ? RUN_SLEEP : RUN_MANUAL;
	if ((options->api & API_ENGINE) == 0 || options->run == RUN_MANUAL ||
	    options->run == RUN_SLEEP)
		return 0;
	if (rte_service_lcore_count() == 0)
		make_service_lcore();
	if (rte_service_lcore_count() > 0) {
		*run = RUN_SERVICE;
	} else if (options->run == RUN_SERVICE) {
		fprintf(stderr, "--run service needs a second lcore; give EAL two (-l A,B), or "
			"choose --run manual or --run sleep\n");
		return EXIT_USAGE;
	}
	return 0;
}

void
tasklet_rest(void)
{
	if (own_lcore == RTE_MAX_LCORE)
		return;
	/* An lcore with services of its own does not stop. Devices map theirs again at start. */
	for (uint32_t id = 0; id < MAX_SERVICES; id++)
		if (rte_service_map_lcore_get(id, own_lcore) == 1)
			rte_service_map_lcore_set(id, own_lcore, 0);
	rte_service_lcore_stop(own_lcore);
	rte_eal_wait_lcore(own_lcore);
}
