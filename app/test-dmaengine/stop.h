/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_STOP_H
#define TEST_DMAENGINE_STOP_H

#include <signal.h>
#include <stdbool.h>

/* Set by SIGINT and SIGTERM, never cleared; every loop that lasts looks at it. Owned by main.c. */
extern volatile sig_atomic_t stop_signal;

static inline bool
stop_requested(void)
{
	return stop_signal != 0;
}

#endif /* TEST_DMAENGINE_STOP_H */
