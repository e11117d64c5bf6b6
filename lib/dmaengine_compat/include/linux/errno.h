/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * Three error numbers that client drivers compare with and that user space has no names for.
 *
 * This file stands in front of the system's header of the same name, which <errno.h> includes too.
 */

/* Outside the guard, and with the pragma, for the reasons given in <linux/types.h>. */
#pragma GCC system_header
#include_next <linux/errno.h>

#ifndef DMAENGINE_COMPAT_LINUX_ERRNO_H
#define DMAENGINE_COMPAT_LINUX_ERRNO_H

#ifndef ERESTARTSYS
/** A wait was interrupted. Never returned here: clients only compare with it. */
#define ERESTARTSYS 512
#endif

#ifndef EPROBE_DEFER
/** What was asked for is not there yet and may come: ask again later. */
#define EPROBE_DEFER 517
#endif

#ifndef ENOTSUPP
/** The operation is not supported. Not the same number as ENOTSUP. */
#define ENOTSUPP 524
#endif

#endif /* DMAENGINE_COMPAT_LINUX_ERRNO_H */
