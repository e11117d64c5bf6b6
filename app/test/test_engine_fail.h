/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_FAIL_H
#define TEST_ENGINE_FAIL_H

/**
 * @file
 * Functions of others that the library calls fail on demand, once: so its error paths are reached.
 */

#include <stdbool.h>

/** What is to fail. */
enum fail_what {
	FAIL_NOTHING,
	FAIL_DPDK_MEMORY,	/**< rte_zmalloc_socket() and relatives: NULL. */
	FAIL_HEAP,		/**< malloc() and relatives: NULL. */
	FAIL_DMA_INFO,		/**< rte_dma_info_get(): -EIO. */
	FAIL_DMA_CONFIGURE,	/**< rte_dma_configure(): -EIO. */
	FAIL_DMA_VCHAN_SETUP,	/**< rte_dma_vchan_setup(): -EIO. */
	FAIL_DMA_START,		/**< rte_dma_start(): -EIO. */
	FAIL_REFDMA_INFO,	/**< rte_pmd_refdma_info_get(): -EIO. */
	FAIL_SERVICE_REGISTER,	/**< rte_service_component_register(): -ENOSPC. */
	FAIL_LCORE_START,	/**< rte_service_lcore_start(): -EINVAL. */
	FAIL_EVENTFD,		/**< eventfd(): EMFILE. */
	FAIL_THREAD,		/**< pthread_create(): EAGAIN. */
	FAIL_TELEMETRY_MEMORY,	/**< rte_tel_data_alloc(), of any thread: NULL. */
};

/** Whether it can be made to fail here: a sanitizer has the heap and the threads for itself. */
bool fail_supported(enum fail_what what);
/** The @p nth call from now on fails, if it is this thread's; 1 is the next one. */
void fail_nth(enum fail_what what, unsigned int nth);
/** Nothing is to fail any more. @return whether it has happened */
bool fail_end(void);
/** For the functions that fail: whether this call is the one. */
bool fail_now(enum fail_what what);

#endif /* TEST_ENGINE_FAIL_H */
