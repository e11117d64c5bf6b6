/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/**
 * @file
 * The DMA Engine client interface, for DPDK applications.
 *
 * A transfer in five steps:
 * @code
 * chan = dma_request_chan(dev, "tx");                     // once; IS_ERR()
 * dmaengine_slave_config(chan, &config);                  // for a peripheral
 * desc = dmaengine_prep_slave_single(chan, addr, len, DMA_MEM_TO_DEV, DMA_PREP_INTERRUPT);
 * desc->callback = done;
 * cookie = dmaengine_submit(desc);                        // queued; dma_submit_error()
 * dma_async_issue_pending(chan);                          // started; later: done()
 * @endcode
 *
 * Names, types, values and meanings are those that kernel drivers know, so that the DMA part of
 * such a driver compiles unchanged. What an application adds around it (initialising the library,
 * adding devices, filling the slave map, running the tasklet) is in dmaengine_compat.h.
 *
 * Where to look, by subject:
 * - linux/dmaengine/values.h: enumerations and cookies;
 * - linux/dmaengine/cap_mask.h: sets of capabilities;
 * - linux/dmaengine/descriptor.h: descriptors, callbacks, submission, reuse, unmap data;
 * - linux/dmaengine/channel.h: channels, controllers, slave settings and capabilities;
 * - linux/dmaengine/request.h: requesting and releasing channels;
 * - linux/dmaengine/prepare.h: the prepare calls;
 * - linux/dmaengine/control.h: issue, state, waiting, pause, terminate, synchronize;
 * - linux/dmaengine/metadata.h: metadata beside the data;
 * - linux/dmaengine/offload.h: alignment and limits of memory-to-memory operations.
 *
 * Threads: prepare, submit, issue and state may be called by any thread of the process, on an lcore
 * or not, several at once, and from callbacks. Calls that wait (release, synchronize,
 * terminate_sync, dma_sync_wait) are refused in a callback, since they would wait for themselves.
 */

#ifndef DMAENGINE_COMPAT_LINUX_DMAENGINE_H
#define DMAENGINE_COMPAT_LINUX_DMAENGINE_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

#include <linux/dmaengine/cap_mask.h>
#include <linux/dmaengine/channel.h>
#include <linux/dmaengine/control.h>
#include <linux/dmaengine/descriptor.h>
#include <linux/dmaengine/metadata.h>
#include <linux/dmaengine/offload.h>
#include <linux/dmaengine/prepare.h>
#include <linux/dmaengine/request.h>
#include <linux/dmaengine/values.h>

#endif /* DMAENGINE_COMPAT_LINUX_DMAENGINE_H */
