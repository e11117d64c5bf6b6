/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_CHANNEL_H
#define TEST_DMAENGINE_CHANNEL_H

/*
 * The DMA Engine side: channels of a dmadev, requested as a client does, and the measured loops of
 * such a client. Callbacks run where the tasklet runs, on another lcore or inside
 * dmaengine_compat_run() on this one.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/dmaengine.h>

#include <rte_common.h>

#include "run.h"
#include "session.h"

/* Vchans of a refdma device at most. */
#define MAX_CHANNELS	8

struct trial;

/* How far a scatter-gather operation has been submitted: entries, and bytes of them. */
struct sg_place {
	uint32_t src;
	uint32_t dst;
	uint32_t src_done;
	uint32_t dst_done;
};

/* What callbacks go on with where the client runs the tasklet itself. */
struct lap {
	struct work work;
	uint32_t next;		/* entry */
	uint64_t started;
	uint32_t owed;		/* operations that could not be started */
	int error;
	bool stopping;
};

/* A channel that this program holds. */
struct channel {
	/* Constant while it is held. */
	struct dma_chan *chan;
	int16_t dev_id;
	bool manual;		/* this thread runs the tasklet */
	uint32_t depth;		/* operations in flight at most */

	/* The client's. */
	uint64_t taken;		/* completions that channel_poll() has returned */
	uint64_t errors_seen;
	struct sg_place place;	/* of the operation that is half submitted */
	struct lap lap;

	/* How often callbacks publish their count, less 1; see channel_glance(). */
	uint64_t publish_mask;

	/* Callbacks write, the client reads. */
	_Atomic uint64_t published __rte_cache_aligned;
	/* Callbacks write, the client reads when it wants to know exactly. */
	_Atomic uint64_t completed __rte_cache_aligned;
	_Atomic uint64_t stamp;	/* TSC of the latest callback that takes it */
	_Atomic uint32_t result; /* enum dmaengine_tx_result of the first failure */
};

/* The channels of a device; this memory is aligned. */
struct channels {
	struct dmadev *device;
	unsigned int nb;
	struct channel list[MAX_CHANNELS];
};

/* How an operation is done through a channel. */
struct channel_operation {
	uint64_t capability;	/* RTE_DMA_CAPA_OPS_* that it needs of the dmadev */
	void (*run)(struct run *run);
	/*
	 * Submit entry number entry of the work.
	 * @return 0; -ENOSPC: no descriptor left, call again with the same entry; other errors
	 */
	int (*start)(struct channel *channel, const struct work *work, uint32_t entry,
		     dma_async_tx_callback callback);
	int (*try_one)(struct channel *channel, const struct trial *trial);
};

extern const struct channel_operation channel_copy;
extern const struct channel_operation channel_fill;
extern const struct channel_operation channel_sg;
extern const struct channel_operation channel_interleaved;

/**
 * Make a stopped device available to DMA Engine clients, and request its channels.
 * @param run any but RUN_DEFAULT
 * @param pool descriptors a channel; 0: as many as the options need
 * @return the channels; NULL after a message, *status is an exit status then
 */
struct channels *channels_open(struct dmadev *device, unsigned int nb, enum run_mode run,
			       const struct options *options, uint16_t pool, int *status);

/** Release the channels and stop the device. @return 0, or an exit status after a message */
int channels_close(struct channels *channels);

/* Operations in flight, where --depth does not say. */
uint32_t channel_depth(const struct options *options, enum run_mode run);

/* Take completions; runs the tasklet where that is this thread's. @return how many */
uint64_t channel_poll(struct channel *channel);

/*
 * The same, where another lcore runs the tasklet and up to spare more may have completed. Each look
 * at the exact count takes its line away from the core that raises it with each callback, so
 * callbacks write every so-manieth count to a line of its own. Nothing is in flight at prepare.
 */
void channel_prepare_glance(struct channel *channel, uint32_t spare);
uint64_t channel_glance(struct channel *channel);

/* Callback: an operation of the channel, its parameter, has completed. */
void channel_count(void *param);

/* run_drain() and run_latency() of a channel. */
uint64_t channel_drain(struct run *run, uint64_t outstanding);
void channel_latency(struct run *run, const struct channel_operation *operation,
		     struct histogram *histogram);

/* Note failed descriptors in run. */
void channel_take_errors(struct run *run);

/* What a callback's result means. */
const char *channel_result_text(enum dmaengine_tx_result result);

#endif /* TEST_DMAENGINE_CHANNEL_H */
