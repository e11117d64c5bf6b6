/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * What the linker calls the functions that sources call as the kernel does. Not for client code.
 *
 * Names such as complete() and dma_free_coherent() are not ours alone: drivers of DPDK and others
 * have functions called so, and one program may link both. So each function of
 * these headers has a symbol with a prefix of the library's own. Compilers and debuggers know it by
 * its name in the source; the linker, backtraces without debug information and the version map by
 * the prefixed one.
 */

#ifndef DMAENGINE_COMPAT_SYMBOL_H
#define DMAENGINE_COMPAT_SYMBOL_H

/** Follows the parameters in a declaration: the function's symbol, with the library's prefix. */
#define __dmaengine_symbol(function) __asm__("dmaengine_compat_" #function)

#endif /* DMAENGINE_COMPAT_SYMBOL_H */
