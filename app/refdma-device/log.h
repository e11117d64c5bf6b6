/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DEVICE_LOG_H
#define REFDMA_DEVICE_LOG_H

#include <stdbool.h>

/** --verbose: log the protocol. Written before threads start. */
extern bool log_verbose;

/** A line on standard error. Any thread. */
__attribute__((format(printf, 1, 2)))
void log_error(const char *format, ...);

/** A line on standard error with --verbose only. Any thread. */
__attribute__((format(printf, 1, 2)))
void log_protocol(const char *format, ...);

#endif /* REFDMA_DEVICE_LOG_H */
