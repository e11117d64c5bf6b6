/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* See test_engine_fail.h. The program's own definitions come before those of the libraries, for
 * the libraries too; where nothing is to fail they go on to the library's. Those of the allocators
 * are in test_engine_count.c.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "test_engine_fail.h"

static _Atomic int armed;	/* enum fail_what */
static _Atomic unsigned int left;
static __thread bool here;

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER 1
#else
#define SANITIZER 0
#endif

bool
fail_supported(enum fail_what what)
{
	return !SANITIZER || (what != FAIL_HEAP && what != FAIL_THREAD && what != FAIL_EVENTFD);
}

void
fail_nth(enum fail_what what, unsigned int nth)
{
	here = true;
	atomic_store(&left, nth);
	atomic_store(&armed, (int)what);
}

bool
fail_end(void)
{
	atomic_store(&armed, FAIL_NOTHING);
	here = false;
	return atomic_load(&left) == 0;
}

bool
fail_now(enum fail_what what)
{
	if (atomic_load_explicit(&armed, memory_order_relaxed) != (int)what ||
	    (!here && what != FAIL_TELEMETRY_MEMORY) || atomic_load(&left) == 0)
		return false;
	return atomic_fetch_sub(&left, 1) == 1;
}

/* Declared here: the headers' attributes do not fit what is called through a pointer. */
#define FAILING(type, failure, what, name, parameters, arguments) \
	typedef type name##_function parameters; \
	name##_function name; \
	type name parameters \
	{ \
		static name##_function *_Atomic next; \
		if (next == NULL) \
			next = (name##_function *)dlsym(RTLD_NEXT, #name); \
		return fail_now(what) ? (failure) : next arguments; \
	}

FAILING(int, -EIO, FAIL_DMA_INFO, rte_dma_info_get, (int16_t dev, void *info), (dev, info))
FAILING(int, -EIO, FAIL_DMA_CONFIGURE, rte_dma_configure, (int16_t dev, const void *conf),
	(dev, conf))
FAILING(int, -EIO, FAIL_DMA_VCHAN_SETUP, rte_dma_vchan_setup,
	(int16_t dev, uint16_t vchan, const void *conf), (dev, vchan, conf))
FAILING(int, -EIO, FAIL_DMA_START, rte_dma_start, (int16_t dev), (dev))
FAILING(int, -EIO, FAIL_REFDMA_INFO, rte_pmd_refdma_info_get, (int16_t dev, void *info),
	(dev, info))
FAILING(int, -ENOSPC, FAIL_SERVICE_REGISTER, rte_service_component_register,
	(const void *spec, uint32_t *id), (spec, id))
FAILING(int, -EINVAL, FAIL_LCORE_START, rte_service_lcore_start, (uint32_t lcore), (lcore))
FAILING(void *, NULL, FAIL_TELEMETRY_MEMORY, rte_tel_data_alloc, (void), ())

#if !SANITIZER
FAILING(int, (errno = EMFILE, -1), FAIL_EVENTFD, eventfd, (unsigned int value, int flags),
	(value, flags))
FAILING(int, EAGAIN, FAIL_THREAD, pthread_create,
	(void *thread, const void *attr, void *(*start)(void *), void *arg),
	(thread, attr, start, arg))
FAILING(int, ENOMEM, FAIL_HEAP, posix_memalign, (void **memory, size_t align, size_t size),
	(memory, align, size))
#endif
