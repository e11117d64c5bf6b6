/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * The short type names of client drivers, on top of the system's <linux/types.h>.
 *
 * This file stands in front of the system's header of the same name and always includes that one
 * first. An application that brings u8 to u64 and s8 to s64 of its own defines
 * DMAENGINE_COMPAT_NO_SHORT_TYPES to keep them out; nothing else here depends on them.
 */

/*
 * The next header is taken outside the include guard: with two copies of this directory in the
 * search path (the build folder's and an installed one) the second must pass on to the system's.
 * The pragma is for #include_next, which -Wpedantic reports anywhere else.
 */
#pragma GCC system_header
#include_next <linux/types.h>

#ifndef DMAENGINE_COMPAT_LINUX_TYPES_H
#define DMAENGINE_COMPAT_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef DMAENGINE_COMPAT_NO_SHORT_TYPES
typedef __u8 u8;   /**< 8 bits, unsigned. */
typedef __u16 u16; /**< 16 bits, unsigned. */
typedef __u32 u32; /**< 32 bits, unsigned. */
typedef __u64 u64; /**< 64 bits, unsigned; unsigned long long here, so that "%llx" fits. */

typedef __s8 s8;   /**< 8 bits, signed. */
typedef __s16 s16; /**< 16 bits, signed. */
typedef __s32 s32; /**< 32 bits, signed. */
typedef __s64 s64; /**< 64 bits, signed; long long here. */
#endif

/*
 * uint64_t and not u64: phys_addr_t is also a typedef of DPDK's, and two typedefs of one name must
 * agree. It also lets PRIx64 print an address.
 */
/** An address as a DMA device uses it: in DPDK's words, an IOVA. */
typedef uint64_t dma_addr_t;
/** An address on the bus: that of a peripheral's register or FIFO in the device address space. */
typedef uint64_t phys_addr_t;
/** A bus address or the length of a range of them, in bytes. */
typedef phys_addr_t resource_size_t;

/** Allocation flags, see <linux/gfp.h>. */
typedef unsigned int gfp_t;

#ifndef BITS_PER_BYTE
/** Bits in a byte. */
#define BITS_PER_BYTE 8
#endif

#ifndef BITS_TO_LONGS
/** The number of longs that hold @p nr bits. */
#define BITS_TO_LONGS(nr) \
	(((nr) + sizeof(long) * BITS_PER_BYTE - 1) / (sizeof(long) * BITS_PER_BYTE))
#endif

#ifndef DECLARE_BITMAP
/** Declares an array of longs, @p name, with room for @p bits bits. */
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#endif

#endif /* DMAENGINE_COMPAT_LINUX_TYPES_H */
