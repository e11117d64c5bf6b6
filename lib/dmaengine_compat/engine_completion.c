/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Completions: waiting for a callback, on a futex.
 *
 * The lower half of a completion's word is how many waits can pass, the upper half how many threads
 * sleep. Who completes changes the one and learns the other in one go, and then does not look at
 * the completion any more: the waiting thread may have left the function whose variable it was.
 * Waking needs nothing but its address.
 */

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/completion.h>

#include <rte_byteorder.h>

#include "engine.h"

#define ANY		UINT64_C(0xffffffff)	/* this many waits can pass: all */
#define DONE(state)	((state) & ANY)
#define SLEEPER		(UINT64_C(1) << 32)

static _Atomic uint64_t *
word(struct completion *x)
{
	return (_Atomic uint64_t *)&x->state;
}

/* The half that waits for not being 0 any more. */
static uint32_t *
done_half(struct completion *x)
{
	return (uint32_t *)&x->state + (RTE_BYTE_ORDER == RTE_BIG_ENDIAN);
}

void
init_completion(struct completion *x)
{
	atomic_store(word(x), 0);
}

void
reinit_completion(struct completion *x)
{
	atomic_fetch_and(word(x), ~ANY);
}

void
complete(struct completion *x)
{
	uint64_t old = atomic_load(word(x));

	do {
		if (DONE(old) == ANY)
			return;
	} while (!atomic_compare_exchange_weak(word(x), &old, old + 1));
	if (old >= SLEEPER)
		syscall(SYS_futex, done_half(x), FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void
complete_all(struct completion *x)
{
	if (atomic_fetch_or(word(x), ANY) >= SLEEPER)
		syscall(SYS_futex, done_half(x), FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool
try_wait_for_completion(struct completion *x)
{
	uint64_t old = atomic_load(word(x));

	do {
		if (DONE(old) == 0)
			return false;
		if (DONE(old) == ANY)
			return true;
	} while (!atomic_compare_exchange_weak(word(x), &old, old - 1));
	return true;
}

bool
completion_done(struct completion *x)
{
	return DONE(atomic_load(word(x))) != 0;
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A jiffy is a millisecond. */
unsigned long
wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	uint64_t start = now_ms(), gone = 0;
	struct timespec left;

	while (!try_wait_for_completion(x)) {
		gone = now_ms() - start;
		if (gone >= timeout)
			return 0;
		left.tv_sec = (timeout - gone) / 1000;
		left.tv_nsec = (timeout - gone) % 1000 * 1000000;
		/* Announce first, then let the kernel compare with 0. */
		atomic_fetch_add(word(x), SLEEPER);
		syscall(SYS_futex, done_half(x), FUTEX_WAIT_PRIVATE, 0, &left, NULL, 0);
		atomic_fetch_sub(word(x), SLEEPER);
	}
	gone = now_ms() - start;
	return gone < timeout ? timeout - gone : 1;
}

void
wait_for_completion(struct completion *x)
{
	while (wait_for_completion_timeout(x, 3600000) == 0)
		;
}
