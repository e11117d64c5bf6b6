/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Verification of single operations. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "operations.h"
#include "stop.h"
#include "trial.h"

/* What a byte of a buffer is. */
#define BYTE_SRC	0x80	/* belongs to a source buffer */
#define BYTE_COPY	0x40	/* will be copied */
#define BYTE_OVERWRITE	0x20	/* will be overwritten */
#define BYTE_INDEX_MASK	0x1f	/* offset in its buffer */

#define MAX_FRAMES	32
#define ROUNDS		4
#define MAX_TRIALS	32
#define MAX_IN_FLIGHT	(2 << 20)	/* bytes; at least one trial */

static void
mark(uint8_t *buffer, uint32_t from, uint32_t length, uint8_t kind)
{
	for (uint32_t i = from; i < from + length; i++)
		buffer[i] = kind | (i & BYTE_INDEX_MASK);
}

/*
 * Cut total bytes into nb segments with gaps between them, somewhere in a buffer of size bytes; all
 * in units of the alignment.
 */
static void
scatter(struct segment *segments, uint16_t nb, uint32_t total, uint32_t size, uint32_t align,
	struct rng *rng)
{
	uint32_t left = total / align, spare = size / align - left, offset = 0;

	for (uint16_t i = 0; i < nb; i++) {
		uint32_t later = nb - 1u - i;
		uint32_t gap = rng_below(rng, spare + 1);
		uint32_t length = later == 0 ? left : 1 + rng_below(rng, left - later);

		segments[i].offset = (offset + gap) * align;
		segments[i].length = length * align;
		offset += gap + length;
		spare -= gap;
		left -= length;
	}
}

/* The order in a list need not be the order in memory. */
static void
turn_round(struct segment *segments, uint16_t nb)
{
	for (uint16_t i = 0; i < nb / 2; i++) {
		struct segment other = segments[i];

		segments[i] = segments[nb - 1 - i];
		segments[nb - 1 - i] = other;
	}
}

static void
to_device(struct rte_dma_sge *sge, const struct segment *segments, uint16_t nb, rte_iova_t iova)
{
	for (uint16_t i = 0; i < nb; i++) {
		sge[i].addr = iova + segments[i].offset;
		sge[i].length = segments[i].length;
	}
}

/* At least a unit of the alignment for each segment. */
static uint32_t
choose_length(const struct work *work, const struct trial_limits *limits, uint32_t least,
	      struct rng *rng)
{
	uint32_t most = work->size / limits->align;

	if (limits->most != 0)
		most = RTE_MIN(most, limits->most / limits->align);
	if (limits->length != 0)
		return RTE_MAX(limits->length, least * limits->align);
	if (limits->whole)
		return most * limits->align;
	return (least + rng_below(rng, most - least + 1)) * limits->align;
}

void
trial_choose(struct trial *trial, const struct work *work, const struct operation *operation,
	     const struct trial_limits *limits, struct rng *rng)
{
	uint64_t at = (uint64_t)trial->buffer * work->stride;
	uint32_t size = work->size, total;

	trial->nb_src = operation->has_lists ? work->nb_src : 1;
	trial->nb_dst = operation->has_lists ? work->nb_dst : 1;
	trial->pattern = work->pattern;
	total = choose_length(work, limits, RTE_MAX(trial->nb_src, trial->nb_dst), rng);
	if (limits->whole)
		size = total;
	scatter(trial->src, trial->nb_src, total, size, limits->align, rng);
	scatter(trial->dst, trial->nb_dst, total, size, limits->align, rng);
	if (rng_below(rng, 2) != 0)
		turn_round(trial->src, trial->nb_src);
	if (rng_below(rng, 2) != 0)
		turn_round(trial->dst, trial->nb_dst);
	to_device(trial->src_sge, trial->src, trial->nb_src, work->pools->src.iova + at);
	to_device(trial->dst_sge, trial->dst, trial->nb_dst, work->pools->dst.iova + at);
}

/* Places of chunks that lie behind each other with gaps, from offset on. */
static void
place_frames(struct segment *segments, uint16_t nb, uint32_t offset, uint32_t chunk, uint32_t gap)
{
	for (uint16_t i = 0; i < nb; i++)
		segments[i] = (struct segment){ offset + i * (chunk + gap), chunk };
}

/* Gap and first offset of frames of so many bytes in all; in units of the alignment. */
static uint32_t
choose_gap(const struct work *work, const struct trial_limits *limits, uint16_t nb, uint32_t total,
	   struct rng *rng, uint32_t *offset)
{
	uint32_t spare = (work->size - total) / limits->align, gap = 0;

	if (limits->whole)
		spare = 0;
	if (nb > 1)
		gap = rng_below(rng, spare / (nb - 1u) + 1);
	*offset = rng_below(rng, spare - gap * (nb - 1u) + 1) * limits->align;
	return gap * limits->align;
}

void
trial_choose_frames(struct trial *trial, const struct work *work,
		    const struct trial_limits *limits, struct rng *rng)
{
	uint64_t at = (uint64_t)trial->buffer * work->stride;
	uint32_t units = choose_length(work, limits, 1, rng) / limits->align, offset;
	uint16_t nb = (uint16_t)(1 + rng_below(rng, RTE_MIN(units, (uint32_t)MAX_FRAMES)));
	uint32_t chunk;

	/* All of a given length. */
	while ((limits->whole || limits->length != 0) && units % nb != 0)
		nb--;
	chunk = units / nb * limits->align;
	trial->nb_src = nb;
	trial->nb_dst = nb;
	trial->src_gap = choose_gap(work, limits, nb, nb * chunk, rng, &offset);
	place_frames(trial->src, nb, offset, chunk, trial->src_gap);
	trial->dst_gap = choose_gap(work, limits, nb, nb * chunk, rng, &offset);
	place_frames(trial->dst, nb, offset, chunk, trial->dst_gap);
	to_device(trial->src_sge, trial->src, nb, work->pools->src.iova + at);
	to_device(trial->dst_sge, trial->dst, nb, work->pools->dst.iova + at);
}

uint8_t *
trial_buffer(const struct trial *trial, const struct work *work, const struct pool *pool)
{
	return pool->data + (size_t)trial->buffer * work->stride;
}

/* The content of the source buffer, before and after. */
static void
mark_source(const struct trial *trial, const struct work *work, uint8_t *buffer)
{
	mark(buffer, 0, work->stride, BYTE_SRC);
	for (uint16_t i = 0; i < trial->nb_src; i++)
		mark(buffer, trial->src[i].offset, trial->src[i].length, BYTE_SRC | BYTE_COPY);
}

static void
mark_destination(const struct trial *trial, const struct work *work, uint8_t *buffer)
{
	mark(buffer, 0, work->stride, 0);
	for (uint16_t i = 0; i < trial->nb_dst; i++)
		mark(buffer, trial->dst[i].offset, trial->dst[i].length, BYTE_OVERWRITE);
}

void
trial_mark(const struct trial *trial, const struct work *work)
{
	mark_source(trial, work, trial_buffer(trial, work, &work->pools->src));
	mark_destination(trial, work, trial_buffer(trial, work, &work->pools->dst));
}

/* Do to buffer what the device should: source segments to destination segments, byte by byte. */
static void
apply_copy(const struct trial *trial, const uint8_t *src, uint8_t *buffer)
{
	uint16_t from = 0;
	uint32_t taken = 0;

	for (uint16_t to = 0; to < trial->nb_dst; to++)
		for (uint32_t i = 0; i < trial->dst[to].length; i++) {
			if (taken == trial->src[from].length) {
				from++;
				taken = 0;
			}
			buffer[trial->dst[to].offset + i] =
				src[trial->src[from].offset + taken++];
		}
}

/* Where in the buffer an offset is: the areas of a list need not lie in order. */
static const char *
region(bool source, const struct segment *segments, uint16_t nb, uint32_t offset)
{
	bool before = true, after = true;

	for (uint16_t i = 0; i < nb; i++) {
		if (offset >= segments[i].offset &&
		    offset - segments[i].offset < segments[i].length)
			return source ? "source, inside the area" :
				"destination, inside the area";
		before &= offset < segments[i].offset;
		after &= offset > segments[i].offset;
	}
	if (before)
		return source ? "source, before the area" : "destination, before the area";
	if (after)
		return source ? "source, after the area" : "destination, after the area";
	return source ? "source, between the areas" : "destination, between the areas";
}

static void
check_buffer(struct mismatches *mismatches, bool source, const struct segment *segments,
	     uint16_t nb, const uint8_t *expected, const uint8_t *seen, uint32_t length)
{
	if (memcmp(expected, seen, length) == 0)
		return;
	for (uint32_t i = 0; i < length; i++)
		if (expected[i] != seen[i])
			mismatch_add(mismatches, region(source, segments, nb, i), i, expected[i],
				     seen[i]);
}

void
trial_images(const struct trial *trial, const struct work *work, uint8_t *src_image,
	     uint8_t *dst_image)
{
	mark_source(trial, work, src_image);
	mark_destination(trial, work, dst_image);
}

void
trial_compare(const struct trial *trial, const struct work *work, const uint8_t *src_image,
	      const uint8_t *dst_image, struct mismatches *mismatches)
{
	check_buffer(mismatches, true, trial->src, trial->nb_src, src_image,
		     trial_buffer(trial, work, &work->pools->src), work->stride);
	check_buffer(mismatches, false, trial->dst, trial->nb_dst, dst_image,
		     trial_buffer(trial, work, &work->pools->dst), work->stride);
}

void
trial_check(const struct trial *trial, const struct work *work, const struct operation *operation,
	    uint8_t *src_image, uint8_t *dst_image, struct mismatches *mismatches)
{
	trial_images(trial, work, src_image, dst_image);
	if (operation->has_source)
		apply_copy(trial, src_image, dst_image);
	else
		fill_bytes(dst_image + trial->dst[0].offset, trial->dst[0].length,
			   trial->pattern);
	trial_compare(trial, work, src_image, dst_image, mismatches);
}

static int
start_trial(const struct run *run, const struct operation *operation, struct trial *trial)
{
	if (run->channel != NULL)
		return operation->channel->try_one(run->channel, trial);
	return operation->try_one(run->dev_id, run->vchan, trial);
}

/* Enqueue all trials, making room where the ring is full, and wait for them. */
static void
trials_execute(struct run *run, const struct operation *operation, struct trial *trials,
	       unsigned int nb)
{
	uint64_t outstanding = 0;

	for (unsigned int i = 0; i < nb && !run->timed_out; i++) {
		int ret = start_trial(run, operation, &trials[i]);

		if (ret == -ENOSPC && outstanding > 0) {
			run_submit(run);
			outstanding -= run_drain(run, outstanding);
			ret = start_trial(run, operation, &trials[i]);
		}
		if (ret < 0) {
			run->error = ret;
			break;
		}
		outstanding++;
	}
	run_submit(run);
	run_drain(run, outstanding);
}

static unsigned int
count_trials(const struct work *work)
{
	unsigned int nb = MAX_IN_FLIGHT / work->stride;

	return RTE_MAX(RTE_MIN(RTE_MIN(nb, (unsigned int)MAX_TRIALS), work->buffers), 1u);
}

static uint64_t
trials_round(struct run *run, const struct operation *operation, struct trial *trials,
	     unsigned int nb, struct rng *rng, uint8_t *images, struct mismatches *mismatches)
{
	const struct work *work = run->work;

	for (unsigned int i = 0; i < nb; i++) {
		/* The whole buffer first, then anything. */
		const struct trial_limits limits = {
			.align = 1, .whole = i == 0 && rng->state == work->size,
		};

		trials[i].buffer = i;
		trial_choose(&trials[i], work, operation, &limits, rng);
		trial_mark(&trials[i], work);
	}
	trials_execute(run, operation, trials, nb);
	if (run->timed_out || run->error != 0 || run->errors > 0)
		return 0;
	for (unsigned int i = 0; i < nb; i++)
		trial_check(&trials[i], work, operation, images, images + work->stride,
			    mismatches);
	return nb;
}

uint64_t
trials_run(struct run *run, const struct operation *operation, struct mismatches *mismatches)
{
	unsigned int nb = count_trials(run->work);
	struct trial *trials = calloc(nb, sizeof(*trials));
	uint8_t *images = malloc((size_t)run->work->stride * 2);
	/* The same trials in every run of the program. */
	struct rng rng = { run->work->size };
	uint64_t checked = 0;

	if (trials == NULL || images == NULL)
		run->error = -ENOMEM;
	for (unsigned int round = 0; round < ROUNDS && run->error == 0 && run->errors == 0 &&
	     !run->timed_out && !stop_requested(); round++)
		checked += trials_round(run, operation, trials, nb, &rng, images,
					mismatches);
	free(images);
	free(trials);
	return checked;
}
