/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Error numbers carried in pointers.
 *
 * No object lies in the last page of the address space, so a function that returns a pointer can
 * return one of the values -1 to -MAX_ERRNO in its place. Such a value is not NULL: a caller tests
 * with IS_ERR() before the first use.
 *
 * Every function here may be called by any thread and from a callback, and none blocks.
 */

#ifndef DMAENGINE_COMPAT_LINUX_ERR_H
#define DMAENGINE_COMPAT_LINUX_ERR_H

#include <linux/errno.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The largest error number that a pointer can carry. */
#define MAX_ERRNO 4095

/** Whether the unsigned long @p x is an error number carried in a pointer. */
#define IS_ERR_VALUE(x) ((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

/**
 * Puts an error number into a pointer.
 *
 * @param error
 *   A negative errno, -1 to -MAX_ERRNO.
 * @return
 *   The pointer that IS_ERR() recognises.
 * @since 0.1
 */
static inline void *
ERR_PTR(long error)
{
	return (void *)error;
}

/**
 * Takes the error number out of a pointer.
 *
 * @param ptr
 *   A pointer for which IS_ERR() is true.
 * @return
 *   The negative errno; of any other pointer, its value.
 * @since 0.1
 */
static inline long
PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

/**
 * Tells an error from a pointer to something. NULL is not an error here.
 *
 * @param ptr
 *   What a function returned.
 * @return
 *   True where @p ptr carries an error number.
 * @since 0.1
 */
static inline bool
IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE(ptr);
}

/**
 * As IS_ERR(), and true for NULL too.
 *
 * @param ptr
 *   What a function returned.
 * @return
 *   True where @p ptr cannot be used.
 * @since 0.1
 */
static inline bool
IS_ERR_OR_NULL(const void *ptr)
{
	return ptr == NULL || IS_ERR_VALUE(ptr);
}

/**
 * Hands an error on as a pointer of another type.
 *
 * @param ptr
 *   A pointer for which IS_ERR() is true.
 * @return
 *   The same value, which converts to any pointer type.
 * @since 0.1
 */
static inline void *
ERR_CAST(const void *ptr)
{
	return (void *)(uintptr_t)ptr;
}

/**
 * Turns a returned pointer into a return code.
 *
 * @param ptr
 *   What a function returned.
 * @return
 *   The negative errno that @p ptr carries, otherwise 0.
 * @since 0.1
 */
static inline int
PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? (int)PTR_ERR(ptr) : 0;
}

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_LINUX_ERR_H */
