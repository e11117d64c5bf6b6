/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Completions: waiting for a callback, on a futex. */

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/completion.h>

#include "engine.h"

#define ALL	UINT32_MAX

static _Atomic uint32_t *
word(__u32 *value)
{
	return (_Atomic uint32_t *)value;
}

static void
wake(struct completion *x, int how_many)
{
	if (atomic_load(word(&x->waiters)) != 0)
		syscall(SYS_futex, &x->done, FUTEX_WAKE_PRIVATE, how_many, NULL, NULL, 0);
}

void
init_completion(struct completion *x)
{
	atomic_store(word(&x->done), 0);
	atomic_store(word(&x->waiters), 0);
}

void
reinit_completion(struct completion *x)
{
	atomic_store(word(&x->done), 0);
}

void
complete(struct completion *x)
{
	uint32_t old = atomic_load(word(&x->done));

	while (old != ALL && !atomic_compare_exchange_weak(word(&x->done), &old, old + 1))
		;
	wake(x, 1);
}

void
complete_all(struct completion *x)
{
	atomic_store(word(&x->done), ALL);
	wake(x, INT_MAX);
}

bool
try_wait_for_completion(struct completion *x)
{
	uint32_t old = atomic_load(word(&x->done));

	do {
		if (old == 0)
			return false;
		if (old == ALL)
			return true;
	} while (!atomic_compare_exchange_weak(word(&x->done), &old, old - 1));
	return true;
}

bool
completion_done(struct completion *x)
{
	return atomic_load(word(&x->done)) != 0;
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
		atomic_fetch_add(word(&x->waiters), 1);
		syscall(SYS_futex, &x->done, FUTEX_WAIT_PRIVATE, 0, &left, NULL, 0);
		atomic_fetch_sub(word(&x->waiters), 1);
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
