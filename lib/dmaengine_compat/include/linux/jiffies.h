/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Times for the waits of <linux/completion.h>. Where another <linux/jiffies.h> follows in the
 * search path, that one is used in its place; its unit must be the millisecond too.
 */

/* Outside the guard, and with the pragma, for the reasons given in <linux/types.h>. */
#pragma GCC system_header
#if __has_include_next(<linux/jiffies.h>)
#include_next <linux/jiffies.h>
#else
#include <linux/dmaengine/jiffies.h>
#endif
