/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_PROGRESS_H
#define TEST_DMAENGINE_PROGRESS_H

/* A line on standard error that says what is going on; on a terminal only. Any thread. */

#include <rte_common.h>

/* Start counting steps; nothing is shown before the first one. */
void progress_start(unsigned int steps);

/* The next step begins. */
void progress_step(const char *format, ...) __rte_format_printf(1, 2);

/* Show this instead, of what has no steps. */
void progress_line(const char *format, ...) __rte_format_printf(1, 2);

/* Take the line away, before other output. */
void progress_clear(void);

#endif /* TEST_DMAENGINE_PROGRESS_H */
