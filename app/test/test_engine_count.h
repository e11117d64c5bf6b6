/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_COUNT_H
#define TEST_ENGINE_COUNT_H

/**
 * @file
 * Counts what must not happen in steady state: allocations and mutexes of the whole process, and
 * system calls of the threads that ask for it.
 */

#include <stdint.h>

/** What was counted between count_begin() and count_end(). */
struct count_totals {
	uint64_t heap;		/**< malloc(), calloc(), realloc(). */
	uint64_t dpdk;		/**< rte_malloc() and relatives. */
	uint64_t mutexes;	/**< pthread_mutex_lock(), pthread_spin_lock(). */
	uint64_t calls;		/**< System calls of watched threads. */
	int last_call;		/**< Number of the latest of them. */
};

/** 0, or -ENOTSUP where a sanitizer has taken the functions over. */
int count_supported(void);
void count_begin(void);
struct count_totals count_end(void);
/**
 * From now on the calling thread's system calls are counted: each waits for a thread of this
 * process that lets it go on. It stays so for the life of the thread.
 * @return 0, or an error where the system does not allow it
 */
int count_watch_this_thread(void);

#endif /* TEST_ENGINE_COUNT_H */
