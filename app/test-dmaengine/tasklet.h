/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_TASKLET_H
#define TEST_DMAENGINE_TASKLET_H

/* Who runs the tasklets of DMA Engine devices. */

#include "options.h"

/**
 * Decide who runs tasklets, and find or make a service lcore for them. Before devices are created:
 * those with engine=service want a service lcore as well.
 * @param[out] run any but RUN_DEFAULT
 * @return 0, or an exit status after a message
 */
int tasklet_prepare(const struct options *options, enum run_mode *run);

/**
 * Let the service lcore that was made here sleep: whatever is measured next may need its core. The
 * devices are stopped; the next start of a service wakes it.
 */
void tasklet_rest(void);

/* "service", "manual" or "sleep". */
const char *run_mode_name(enum run_mode run);

#endif /* TEST_DMAENGINE_TASKLET_H */
