/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_COMPAT_H
#define DMAENGINE_COMPAT_H

/**
 * @file
 * What a kernel does for DMA Engine clients elsewhere, and an application does here: make dmadevs
 * available as channels, say which device's channel has which name, run the tasklets, read
 * statistics. The client API itself is in <linux/dmaengine.h>.
 *
 * Unless a function says otherwise: since 0.1.0; called by any thread of the primary process after
 * rte_eal_init(), not from a callback; it may block on other callers of this file, but never on a
 * callback. Errors are negative errno values.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct dma_chan;
struct dma_slave_map;
struct rte_device;

/** How channels are driven. */
enum dmaengine_compat_backend {
	/** The one made for the device, else generic. */
	DMAENGINE_COMPAT_BACKEND_AUTO = 0,
	/** Any dmadev, through the public API only. */
	DMAENGINE_COMPAT_BACKEND_GENERIC,
	/** The RefDMA controller: ports, hardware cyclic, pause, residue, metadata. */
	DMAENGINE_COMPAT_BACKEND_REFDMA,
};

/** Who runs a device's tasklet. */
enum dmaengine_compat_run {
	/** A DPDK service, on the service lcores it is mapped to. */
	DMAENGINE_COMPAT_RUN_SERVICE = 0,
	/** The application, by dmaengine_compat_run(). */
	DMAENGINE_COMPAT_RUN_MANUAL,
	/**
	 * A thread of the library, which polls while there is work and sleeps without: it costs no
	 * CPU time then. An issue wakes it, and so does an interrupt of a device that has them.
	 * It runs on any CPU but the main lcore's.
	 */
	DMAENGINE_COMPAT_RUN_SLEEP,
};

/** The slave side of generic channels, for devices that have one. */
enum dmaengine_compat_direction {
	/** Memory to memory; slave addresses are memory of the process. */
	DMAENGINE_COMPAT_MEM_TO_MEM = 0,
	/** Memory to device. */
	DMAENGINE_COMPAT_MEM_TO_DEV,
	/** Device to memory. */
	DMAENGINE_COMPAT_DEV_TO_MEM,
};

/** How a dmadev becomes channels; all zero is the default of everything. */
struct dmaengine_compat_conf {
	enum dmaengine_compat_backend backend; /**< How its channels are driven. */
	enum dmaengine_compat_run run; /**< Who runs its tasklet. */
	/** Generic backend: direction of the vchans. */
	enum dmaengine_compat_direction direction;
	uint16_t channels;	/**< vchans to use, 1 to 64; 0: all, at most 64. */
	uint16_t ring;		/**< Device descriptors a vchan; 0: 1024, as the device allows. */
	/**
	 * Descriptors a channel, 4 to 32768; 0: 256. The thread that prepares most may keep a
	 * sixteenth of them, 16 at most, for itself.
	 */
	uint16_t pool;
	int32_t first_cookie;	/**< First cookie of each channel; 0: 1. For tests of the wrap. */
	bool private_only;	/**< DMA_PRIVATE: found by name or filter only. */
	bool no_order;		/**< Report DMA_COMPLETION_NO_ORDER and DMA_OUT_OF_ORDER. */
	/**
	 * The promise that one thread at a time submits and issues on each channel, callbacks
	 * included, as with an rte_ring for one producer. It makes a submission cheaper. Where it
	 * is broken, transfers get lost. Everything else may be called by any thread as before.
	 */
	bool single_submitter;
};

/** The `param` of a struct dma_slave_map entry: which channel a name means. */
struct dmaengine_compat_chan_spec {
	const char *dmadev;	/**< Name of the dmadev. */
	uint16_t vchan;		/**< Its vchan, from 0. */
};

/** Counters of one channel since it was requested. */
struct dmaengine_compat_chan_stats {
	uint64_t submitted;	/**< Descriptors. */
	uint64_t completed;	/**< Descriptors, failed ones included. */
	uint64_t errors;	/**< Descriptors that failed. */
	uint64_t terminated;	/**< Descriptors dropped by terminate. */
	uint64_t callbacks;	/**< Calls made. */
	uint64_t periods;	/**< Periods of cyclic and repeated transfers. */
	uint64_t coalesced;	/**< Periods that shared a callback with a later one. */
	uint64_t bytes;		/**< Of completed descriptors. */
	uint32_t in_flight;	/**< Issued and not completed. */
	uint32_t pool_free;	/**< Descriptors that prep can hand out. */
};

/** Counters of one device's tasklet. */
struct dmaengine_compat_tasklet_stats {
	uint64_t runs;		/**< Calls of the tasklet function. */
	uint64_t busy_runs;	/**< Those that did something. */
	uint64_t busy_cycles;	/**< TSC cycles in them. */
	uint64_t idle_cycles;	/**< All others since the device was added. */
	uint32_t active;	/**< Channels with work now. */
};

/**
 * Initialise the library and make every dmadev of the process that is not started available, each
 * with @p conf. Call again to add devices that came later.
 *
 * @param conf for every device; NULL: defaults
 * @return number of devices added; -ENOMEM; -EPERM in a secondary process. A device that cannot be
 *   added is logged and skipped.
 */
int dmaengine_compat_init(const struct dmaengine_compat_conf *conf);

/**
 * Remove all devices and forget all slave maps.
 * @return 0; -EBUSY where a channel is still held: then nothing is removed
 */
int dmaengine_compat_close(void);

/**
 * Make one dmadev available: configures, sets up and starts it.
 *
 * @param dev_id dmadev, not started
 * @param conf NULL: defaults
 * @return 0; -EINVAL (no such device, value out of range); -EBUSY (started by somebody else);
 *   -EEXIST (added before); -ENOTSUP (backend does not fit the device); -ENOSPC (64 devices are the
 *   most); -ENOMEM; or what the device says
 */
int dmaengine_compat_add(int16_t dev_id, const struct dmaengine_compat_conf *conf);

/**
 * Take a dmadev back: stops it and its tasklet.
 * @param dev_id dmadev
 * @return 0; -ENODEV (not added); -EBUSY (a channel is held)
 */
int dmaengine_compat_remove(int16_t dev_id);

/**
 * Add entries to the slave map, which dma_request_chan() searches.
 * @param map entries: device name, channel name, param = struct dmaengine_compat_chan_spec;
 *   copied, strings included
 * @param count entries
 * @return 0, -EINVAL (NULL name or param), -ENOMEM
 */
int dmaengine_compat_map_add(const struct dma_slave_map *map, unsigned int count);

/**
 * A struct device for a name, for instance that of a client driver: made at the first call.
 * It lives until dmaengine_compat_close().
 * @param name not empty; copied
 * @return the device, or NULL (empty name, no memory)
 */
struct device *dmaengine_compat_device(const char *name);

/**
 * The same for a bus device, by its name.
 * @param device bus device
 * @return the device, or NULL (NULL, no memory)
 */
struct device *dmaengine_compat_device_from_rte(struct rte_device *device);

/**
 * Run a device's tasklet once: hand work to the device, collect completions, run callbacks.
 * For RUN_MANUAL, or to help a service along. Several threads may call it: one at a time runs, the
 * others return at once. Not from a callback.
 * @param dev_id dmadev
 * @return 1 (did something), 0 (nothing to do, or running elsewhere), -ENODEV, -EDEADLK (callback)
 */
int dmaengine_compat_run(int16_t dev_id);

/** Run the tasklets of all devices once. @return 1, 0, -EDEADLK as above */
int dmaengine_compat_run_all(void);

/**
 * The DPDK service that is a device's tasklet, for rte_service_map_lcore_set() and alike. At its
 * start it is mapped to the service lcore with the fewest services on the device's NUMA node.
 * @param dev_id dmadev
 * @param[out] service_id the service; may be NULL
 * @return 0, -ENODEV, -ENOTSUP (not RUN_SERVICE)
 */
int dmaengine_compat_service_id(int16_t dev_id, uint32_t *service_id);

/**
 * Map a device's tasklet to a service lcore alone, and start that.
 * @param dev_id dmadev
 * @param lcore a service lcore, or one that may become one (then it is added)
 * @return 0, -ENODEV, -ENOTSUP (not RUN_SERVICE), -EINVAL (lcore in use by the application)
 */
int dmaengine_compat_service_map(int16_t dev_id, uint32_t lcore);

/**
 * Stop a device's tasklet service, or its thread: what is under way stays so.
 * @param dev_id dmadev
 * @return 0, -ENODEV, -ENOTSUP (RUN_MANUAL)
 */
int dmaengine_compat_service_stop(int16_t dev_id);

/**
 * Start it again.
 * @param dev_id dmadev
 * @return 0, -ENODEV, -ENOTSUP (RUN_MANUAL); -EAGAIN, -ENOMEM (no thread)
 */
int dmaengine_compat_service_start(int16_t dev_id);

/**
 * Counters of a channel that the caller holds; any thread, from callbacks too. While traffic runs
 * they are consistent: errors <= completed, coalesced <= periods, and submitted >= completed +
 * terminated + in_flight, the difference being what is submitted and not issued.
 * @param chan channel
 * @param[out] stats counters
 * @return 0, -EINVAL
 */
int dmaengine_compat_chan_stats(struct dma_chan *chan, struct dmaengine_compat_chan_stats *stats);

/**
 * Counters of a device's tasklet; any thread, from callbacks too.
 * @param dev_id dmadev
 * @param[out] stats counters
 * @return 0, -EINVAL, -ENODEV
 */
int dmaengine_compat_tasklet_stats(int16_t dev_id, struct dmaengine_compat_tasklet_stats *stats);

/**
 * The dmadev and vchan behind a channel.
 * @param chan channel
 * @param[out] dev_id dmadev
 * @param[out] vchan vchan
 * @return 0, -EINVAL
 */
int dmaengine_compat_chan_dmadev(const struct dma_chan *chan, int16_t *dev_id, uint16_t *vchan);

/**
 * Name of the backend that drives a channel.
 * @param chan channel
 * @return "generic", "refdma", or NULL where it is no channel of this library
 */
const char *dmaengine_compat_chan_backend(const struct dma_chan *chan);

#ifdef __cplusplus
}
#endif

#endif /* DMAENGINE_COMPAT_H */
