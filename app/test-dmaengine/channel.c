/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Opening and closing channels, and what all loops need of them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"

#include <dmaengine_compat.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include "exit_status.h"

#define SERVICE_DEPTH	192	/* what the library's default pool holds beside the slack */
#define MANUAL_DEPTH	32
#define MIN_POOL	256
/* Descriptors whose callbacks have run, and which the tasklet is about to recycle. */
#define POOL_SLACK	64
/* Completions that a glance does not see, at most, plus one. */
#define MAX_PUBLISH_STEP	32
/* Operations under verification at the same time, see trial.c. */
#define MIN_DEPTH	32

uint32_t
channel_depth(const struct options *options, enum run_mode run)
{
	uint64_t depth = SERVICE_DEPTH;

	if (options->depth != 0)
		return (uint32_t)options->depth;
	if (run == RUN_MANUAL)
		return MANUAL_DEPTH;
	for (unsigned int i = 0; i < options->bursts.nb; i++)
		depth = RTE_MAX(depth, options->bursts.values[i]);
	return (uint32_t)RTE_MIN(depth, (uint64_t)OPTIONS_MAX_DEPTH);
}

static uint16_t
pool_size(const struct options *options, enum run_mode run)
{
	uint64_t depth = RTE_MAX(channel_depth(options, run), (uint32_t)MIN_DEPTH);
	uint64_t pieces = options->command == COMMAND_SG ?
		options->src_sges + options->dst_sges - 1 : 1;

	return (uint16_t)RTE_MIN(RTE_MAX(depth * pieces + POOL_SLACK, (uint64_t)MIN_POOL),
				 (uint64_t)OPTIONS_MAX_DEPTH + 2 * POOL_SLACK);
}

/* The channel that is asked for. */
struct wanted {
	int16_t dev_id;
	uint16_t vchan;
};

static bool
is_wanted(struct dma_chan *chan, void *param)
{
	const struct wanted *wanted = param;
	uint16_t vchan;
	int16_t dev_id;

	return dmaengine_compat_chan_dmadev(chan, &dev_id, &vchan) == 0 &&
		dev_id == wanted->dev_id && vchan == wanted->vchan;
}

static int
request(struct channels *channels, uint16_t vchan)
{
	struct wanted wanted = { channels->device->id, vchan };
	struct channel *channel = &channels->list[vchan];
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_INTERRUPT, mask);
	channel->chan = dma_request_channel(mask, is_wanted, &wanted);
	if (channel->chan != NULL)
		return 0;
	fprintf(stderr, "%s: DMA Engine channel %u cannot be had\n", channels->device->name,
		vchan);
	return EXIT_FAILED;
}

static int
complain(const struct dmadev *device, int error)
{
	fprintf(stderr, "%s: cannot be a DMA Engine device: %s\n", device->name,
		strerror(-error));
	return EXIT_FAILED;
}

static enum dmaengine_compat_run
run_of(enum run_mode run)
{
	return run == RUN_MANUAL ? DMAENGINE_COMPAT_RUN_MANUAL :
		run == RUN_SLEEP ? DMAENGINE_COMPAT_RUN_SLEEP : DMAENGINE_COMPAT_RUN_SERVICE;
}

/* Who measures has a thread for each channel. */
static bool
is_single(const struct options *options)
{
	return options->command != COMMAND_VERIFY && options->command != COMMAND_INJECT &&
	       !options->any_submitter;
}

static int
add_device(struct dmadev *device, unsigned int nb, enum run_mode run,
	   const struct options *options, uint16_t pool)
{
	const struct dmaengine_compat_conf conf = {
		.run = run_of(run),
		.channels = (uint16_t)nb,
		.ring = (uint16_t)options->ring,
		.pool = pool != 0 ? pool : pool_size(options, run),
		.private_only = true,
		.single_submitter = is_single(options),
	};
	int ret = device_check_ring(device, (uint16_t)options->ring);

	if (ret == 0 && nb > device->info.max_vchans) {
		fprintf(stderr, "%s: %u channels are needed, it has %u\n", device->name, nb,
			device->info.max_vchans);
		ret = EXIT_NO_DEVICE;
	}
	if (ret != 0)
		return ret;
	ret = dmaengine_compat_add(device->id, &conf);
	return ret < 0 ? complain(device, ret) : 0;
}

struct channels *
channels_open(struct dmadev *device, unsigned int nb, enum run_mode run,
	      const struct options *options, uint16_t pool, int *status)
{
	struct channels *channels = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*channels));

	*status = EXIT_FAILED;
	if (channels == NULL) {
		fprintf(stderr, "out of memory\n");
		return NULL;
	}
	memset(channels, 0, sizeof(*channels));
	channels->device = device;
	*status = add_device(device, nb, run, options, pool);
	if (*status != 0) {
		free(channels);
		return NULL;
	}
	for (uint16_t i = 0; i < nb && *status == 0; i++) {
		channels->list[i].dev_id = device->id;
		channels->list[i].manual = run == RUN_MANUAL;
		channels->list[i].depth = channel_depth(options, run);
		channels->list[i].publish_mask = UINT64_MAX;
		*status = request(channels, i);
		channels->nb += *status == 0;
	}
	if (*status == 0)
		return channels;
	channels_close(channels);
	return NULL;
}

int
channels_close(struct channels *channels)
{
	int ret;

	for (unsigned int i = 0; i < channels->nb; i++)
		dma_release_channel(channels->list[i].chan);
	ret = dmaengine_compat_remove(channels->device->id);
	if (ret == 0) {
		free(channels);
		return 0;
	}
	/* A tasklet that does not answer may still call back: the memory stays. */
	fprintf(stderr, "%s: its DMA Engine channels cannot be let go: %s\n",
		channels->device->name, strerror(-ret));
	return EXIT_FAILED;
}

void
channel_count(void *param)
{
	struct channel *channel = param;
	uint64_t completed = atomic_load_explicit(&channel->completed, memory_order_relaxed);

	/* One writer. Release: who sees the count sees the data, and what callbacks noted. */
	atomic_store_explicit(&channel->completed, ++completed, memory_order_release);
	if ((completed & channel->publish_mask) == 0)
		atomic_store_explicit(&channel->published, completed, memory_order_release);
}

static uint64_t
take_count(struct channel *channel, uint64_t completed)
{
	uint64_t count = completed - channel->taken;

	channel->taken = completed;
	return count;
}

uint64_t
channel_poll(struct channel *channel)
{
	if (channel->manual)
		dmaengine_compat_run(channel->dev_id);
	return take_count(channel, atomic_load_explicit(&channel->completed, memory_order_acquire));
}

void
channel_prepare_glance(struct channel *channel, uint32_t spare)
{
	uint32_t step = rte_align32prevpow2(RTE_MIN(spare / 4 + 1, (uint32_t)MAX_PUBLISH_STEP));

	channel->publish_mask = step - 1;
	/* What the run before has taken, which may be more than it published. */
	atomic_store_explicit(&channel->published, channel->taken, memory_order_relaxed);
}

uint64_t
channel_glance(struct channel *channel)
{
	return take_count(channel, atomic_load_explicit(&channel->published, memory_order_acquire));
}

void
channel_take_errors(struct run *run)
{
	struct dmaengine_compat_chan_stats stats;
	struct channel *channel = run->channel;

	if (dmaengine_compat_chan_stats(channel->chan, &stats) < 0)
		return;
	run->errors += stats.errors - channel->errors_seen;
	channel->errors_seen = stats.errors;
}

uint64_t
channel_drain(struct run *run, uint64_t outstanding)
{
	uint64_t last = rte_rdtsc(), done = 0;

	while (done < outstanding) {
		uint64_t count = channel_poll(run->channel);

		done += count;
		if (count > 0) {
			last = rte_rdtsc();
		} else if (rte_rdtsc() - last > run->timeout) {
			run->timed_out = true;
			break;
		} else if (!run->channel->manual) {
			rte_pause();
		}
	}
	channel_take_errors(run);
	return done;
}

const char *
channel_result_text(enum dmaengine_tx_result result)
{
	switch (result) {
	case DMA_TRANS_READ_FAILED:
		return "the source cannot be read";
	case DMA_TRANS_WRITE_FAILED:
		return "the destination cannot be written";
	case DMA_TRANS_ABORTED:
		return "aborted";
	default:
		return "no result";
	}
}
