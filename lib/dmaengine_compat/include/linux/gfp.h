/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Allocation flags, as client drivers pass them to dma_alloc_coherent() and sg_alloc_table().
 *
 * They are accepted and have no effect: user-space memory knows no such zones, and no allocation
 * of this library sleeps for memory to become free. Where another <linux/gfp.h> follows in the
 * search path it is included first, and its values are kept.
 */

/* Outside the guard, and with the pragma, for the reasons given in <linux/types.h>. */
#pragma GCC system_header
#if __has_include_next(<linux/gfp.h>)
#include_next <linux/gfp.h>
#endif

#ifndef DMAENGINE_COMPAT_LINUX_GFP_H
#define DMAENGINE_COMPAT_LINUX_GFP_H

#include <linux/types.h>

#ifndef GFP_DMA
/** Memory for devices with few address bits. */
#define GFP_DMA 0x01u
#endif

#ifndef GFP_DMA32
/** Memory below 4 GiB. */
#define GFP_DMA32 0x04u
#endif

#ifndef GFP_ATOMIC
/** The caller must not sleep. */
#define GFP_ATOMIC 0x20u
#endif

#ifndef __GFP_ZERO
/** The memory is to be zero, as it always is from dma_alloc_coherent(). */
#define __GFP_ZERO 0x100u
#endif

#ifndef GFP_NOWAIT
/** The caller prefers failure to a wait. */
#define GFP_NOWAIT 0x800u
#endif

#ifndef GFP_KERNEL
/** The usual case: the caller may sleep. */
#define GFP_KERNEL 0xc00u
#endif

#ifndef __GFP_NOWARN
/** A failure is not worth a log line. */
#define __GFP_NOWARN 0x2000u
#endif

#endif /* DMAENGINE_COMPAT_LINUX_GFP_H */
