/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * How the inline functions report a wrong argument. Not for client code.
 */

#ifndef DMAENGINE_COMPAT_REJECT_H
#define DMAENGINE_COMPAT_REJECT_H

#include <linux/dmaengine/symbol.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Logs a refused call. Library-private.
 *
 * Any thread may call it, also from a callback; it does not block.
 *
 * @param call
 *   The name of the refused function.
 * @param reason
 *   What was wrong.
 * @param error
 *   The negative errno of the refusal.
 * @return
 *   @p error.
 * @since 0.1
 */
int
__dmaengine_reject(const char *call, const char *reason, int error)
	__dmaengine_symbol(__dmaengine_reject);

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_REJECT_H */
