/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Times for the waits of <linux/completion.h>: a jiffy is a millisecond here.
 * Client code includes <linux/jiffies.h>. Any thread, also from a callback; nothing blocks.
 */

#ifndef DMAENGINE_COMPAT_JIFFIES_H
#define DMAENGINE_COMPAT_JIFFIES_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Milliseconds as a wait takes them.
 *
 * @param m
 *   Milliseconds.
 * @return
 *   Jiffies.
 * @since 0.1
 */
static inline unsigned long
msecs_to_jiffies(const unsigned int m)
{
	return m;
}

/**
 * Microseconds as a wait takes them, rounded up.
 *
 * @param u
 *   Microseconds.
 * @return
 *   Jiffies.
 * @since 0.1
 */
static inline unsigned long
usecs_to_jiffies(const unsigned int u)
{
	return (u + 999UL) / 1000UL;
}

/**
 * What a wait has left over, in milliseconds.
 *
 * @param j
 *   Jiffies.
 * @return
 *   Milliseconds.
 * @since 0.1
 */
static inline unsigned int
jiffies_to_msecs(const unsigned long j)
{
	return (unsigned int)j;
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_JIFFIES_H */
