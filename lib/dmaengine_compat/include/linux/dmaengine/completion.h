/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * One thread waits, another says that it is done. Client code includes <linux/completion.h>.
 *
 * The waits sleep. A thread that runs the tasklet itself must not wait here for a callback, and a
 * callback that waits holds up every channel of its tasklet.
 */

#ifndef DMAENGINE_COMPAT_COMPLETION_H
#define DMAENGINE_COMPAT_COMPLETION_H

#include <linux/dmaengine/symbol.h>
#include <linux/jiffies.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How often it was said to be done, less how often it was waited for. The client owns it. Its last
 * wait has returned: then it may go, as one on the stack does, though the call that let the wait
 * pass may not have returned yet.
 */
struct completion {
	__u64 state; /**< Waits that can pass, and threads asleep. Library-private. */
};

/** A value for a completion that is not done. */
#define COMPLETION_INITIALIZER(work) { 0 }
/** Declares the completion @p work, not done. */
#define DECLARE_COMPLETION(work) struct completion work = COMPLETION_INITIALIZER(work)
/** The same for a completion on the stack. */
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

/**
 * Makes a completion: not done, and nobody waits. Any thread, before others know of it.
 *
 * @param x
 *   The completion.
 * @since 0.1
 */
void
init_completion(struct completion *x) __dmaengine_symbol(init_completion);

/**
 * Makes a completion not done, to be used again. Any thread, while nobody waits.
 *
 * @param x
 *   The completion.
 * @since 0.1
 */
void
reinit_completion(struct completion *x) __dmaengine_symbol(reinit_completion);

/**
 * Lets one wait pass, present or future. Any thread, also from a callback; it does not block.
 *
 * @param x
 *   The completion.
 * @since 0.1
 */
void
complete(struct completion *x) __dmaengine_symbol(complete);

/**
 * Lets all waits pass, until reinit_completion(). Any thread, also from a callback; it does not
 * block.
 *
 * @param x
 *   The completion.
 * @since 0.1
 */
void
complete_all(struct completion *x) __dmaengine_symbol(complete_all);

/**
 * Waits without limit. Any thread but a callback's; it sleeps.
 *
 * @param x
 *   The completion.
 * @since 0.1
 */
void
wait_for_completion(struct completion *x) __dmaengine_symbol(wait_for_completion);

/**
 * Waits for some time. Any thread but a callback's; it sleeps.
 *
 * @param x
 *   The completion.
 * @param timeout
 *   Jiffies, which are milliseconds; see msecs_to_jiffies().
 * @return
 *   0 where the time is over; otherwise the jiffies that were left, at least 1.
 * @since 0.1
 */
unsigned long
wait_for_completion_timeout(struct completion *x, unsigned long timeout)
	__dmaengine_symbol(wait_for_completion_timeout);

/**
 * Takes one pass if it is there. Any thread, also from a callback; it does not block.
 *
 * @param x
 *   The completion.
 * @return
 *   True where there was one.
 * @since 0.1
 */
bool
try_wait_for_completion(struct completion *x) __dmaengine_symbol(try_wait_for_completion);

/**
 * Whether a wait would pass at once. Any thread, also from a callback; it does not block.
 *
 * @param x
 *   The completion.
 * @return
 *   True where it would.
 * @since 0.1
 */
bool
completion_done(struct completion *x) __dmaengine_symbol(completion_done);

/**
 * wait_for_completion(). A signal does not end it. Any thread but a callback's; it sleeps.
 *
 * @param x
 *   The completion.
 * @return
 *   0.
 * @since 0.1
 */
static inline int
wait_for_completion_interruptible(struct completion *x)
{
	wait_for_completion(x);
	return 0;
}

/**
 * wait_for_completion_timeout(). A signal does not end it. Any thread but a callback's; it sleeps.
 *
 * @param x
 *   The completion.
 * @param timeout
 *   Jiffies, which are milliseconds.
 * @return
 *   0 where the time is over; otherwise the jiffies that were left, at least 1.
 * @since 0.1
 */
static inline long
wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return (long)wait_for_completion_timeout(x, timeout);
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_COMPLETION_H */
