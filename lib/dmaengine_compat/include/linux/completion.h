/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * One thread waits, another says that it is done. A convenience: no header here needs it, but few
 * drivers do DMA without it. Where another <linux/completion.h> follows in the search path, that
 * one is used in its place.
 */

/* Outside the guard, and with the pragma, for the reasons given in <linux/types.h>. */
#pragma GCC system_header
#if __has_include_next(<linux/completion.h>)
#include_next <linux/completion.h>
#else
#include <linux/dmaengine/completion.h>
#endif
