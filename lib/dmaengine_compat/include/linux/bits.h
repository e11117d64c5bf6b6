/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Single bits and runs of bits, as clients write the address widths and directions of a channel.
 *
 * Newer systems have a <linux/bits.h> of their own without these names; it is included first.
 */

/* Outside the guard, and with the pragma, for the reasons given in <linux/types.h>. */
#pragma GCC system_header
#if __has_include_next(<linux/bits.h>)
#include_next <linux/bits.h>
#endif

#ifndef DMAENGINE_COMPAT_LINUX_BITS_H
#define DMAENGINE_COMPAT_LINUX_BITS_H

#ifndef BITS_PER_LONG
/** Bits in a long. */
#define BITS_PER_LONG (__SIZEOF_LONG__ * 8)
#endif

#ifndef BIT
/** A long with bit @p nr set, 0 to BITS_PER_LONG - 1. */
#define BIT(nr) (1UL << (nr))
#endif

#ifndef BIT_ULL
/** A 64-bit value with bit @p nr set, 0 to 63. */
#define BIT_ULL(nr) (1ULL << (nr))
#endif

#ifndef GENMASK
/** A long with the bits from @p low to @p high set, both included. */
#define GENMASK(high, low) ((~0UL >> (BITS_PER_LONG - 1 - (high))) & (~0UL << (low)))
#endif

#ifndef GENMASK_ULL
/** A 64-bit value with the bits from @p low to @p high set, both included. */
#define GENMASK_ULL(high, low) ((~0ULL >> (63 - (high))) & (~0ULL << (low)))
#endif

#endif /* DMAENGINE_COMPAT_LINUX_BITS_H */
