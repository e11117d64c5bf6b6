/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * What stands for `struct page` in user space.
 *
 * There are no page frames to describe here, so a `struct page *` is a handle: the address of the
 * page-aligned virtual address it stands for, never to be dereferenced. Pages are granules of
 * 4096 bytes whatever size the machine's own pages have, and the handle of the next page is that
 * of the next 4096 bytes of the same buffer. Converting in either direction costs nothing, is valid
 * for any address, and may be done by any thread and in a callback.
 *
 * The names are macros, and given only where nobody has defined them before.
 */

#ifndef DMAENGINE_COMPAT_PAGE_H
#define DMAENGINE_COMPAT_PAGE_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct page; /* never defined: a handle only */

/** Bytes in a granule, for the library's own arithmetic, whatever PAGE_SIZE says. */
#define DMAENGINE_COMPAT_PAGE_BYTES 4096UL

/* The same values as in <sys/user.h>, which defines them without asking. */
#ifndef PAGE_SHIFT
/** The power of two that is PAGE_SIZE. */
#define PAGE_SHIFT 12
#endif
#ifndef PAGE_SIZE
/** Bytes in a granule, for clients. */
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#endif
#ifndef PAGE_MASK
/** The bits of an address that name its granule. */
#define PAGE_MASK (~(PAGE_SIZE - 1))
#endif

/**
 * The address that a device uses for an address of this process.
 *
 * Any thread may call it, also from a callback; it does not block. It only translates: for a
 * transfer use the mapping functions of <linux/dma-mapping.h>.
 *
 * @param addr
 *   An address in memory that DPDK knows: from EAL, or registered external memory.
 * @return
 *   The bus address, or all ones where the memory is unknown.
 * @since 0.1
 */
phys_addr_t
dmaengine_compat_virt_to_phys(const void *addr);

/* The handle of the granule that holds an address. */
static inline struct page *
__dmaengine_virt_to_page(const void *addr)
{
	return (struct page *)((uintptr_t)addr & ~(uintptr_t)(DMAENGINE_COMPAT_PAGE_BYTES - 1));
}

#ifndef offset_in_page
/** The bytes from the start of its granule to the address @p addr. */
#define offset_in_page(addr) ((unsigned long)(addr) & (DMAENGINE_COMPAT_PAGE_BYTES - 1))
#endif

#ifndef virt_to_page
/** The handle of the granule that holds the address @p addr. */
#define virt_to_page(addr) __dmaengine_virt_to_page((const void *)(addr))
#endif

#ifndef page_address
/** The address of the first byte of the granule @p page. */
#define page_address(page) ((void *)(page))
#endif

#ifndef page_to_phys
/** The bus address of the granule @p page; see dmaengine_compat_virt_to_phys(). */
#define page_to_phys(page) dmaengine_compat_virt_to_phys(page)
#endif

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_PAGE_H */
