/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* From the error that is made to the channel that works again. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include <dmaengine_compat.h>

#include "attempt.h"
#include "image.h"
#include "operations.h"
#include "stop.h"

/* The controller's code of a bus error (specification, section 9). */
#define CODE_BUS	14
#define VCHAN		0
#define MAX_STATUS	32
/* A further operation after so long, and so many at most: no more than the ring holds. */
#define NEXT_MS		10
#define MAX_FURTHER	32

/* Runs on the tasklet. */
static void
take_result(void *param, const struct dmaengine_result *result)
{
	struct attempt *attempt = param;

	if (result->result == DMA_TRANS_NOERROR)
		atomic_fetch_add(&attempt->good, 1);
	else
		atomic_fetch_add(&attempt->bad, 1);
}

static struct channel *
channel_of(const struct attempt *attempt)
{
	return attempt->path->channels != NULL ? attempt->path->channels->list : NULL;
}

static int
start_on_channel(struct attempt *attempt, uint32_t entry)
{
	const struct pair *pair = &attempt->work->iova[entry];
	struct dma_async_tx_descriptor *tx;

	tx = dmaengine_prep_dma_memcpy(channel_of(attempt)->chan, pair->dst, pair->src,
				       attempt->work->size, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (tx == NULL)
		return -1;
	tx->callback_result = take_result;
	tx->callback_param = attempt;
	return dma_submit_error(dmaengine_submit(tx));
}

/* Start copies; returns whether all were accepted. */
static bool
start_copies(struct attempt *attempt, uint32_t nb)
{
	const int16_t dev_id = attempt->path->device->id;
	bool accepted = true;

	for (uint32_t i = 0; i < nb && accepted; i++)
		accepted = channel_of(attempt) != NULL ? start_on_channel(attempt, i) == 0 :
			enqueue_copy(attempt->work, dev_id, VCHAN, i) >= 0;
	if (channel_of(attempt) != NULL)
		dma_async_issue_pending(channel_of(attempt)->chan);
	else
		accepted &= rte_dma_submit(dev_id, VCHAN) == 0;
	return accepted;
}

static void
poll(struct attempt *attempt)
{
	enum rte_dma_status_code status[MAX_STATUS];
	const int16_t dev_id = attempt->path->device->id;
	uint16_t nb;

	if (channel_of(attempt) != NULL) {
		if (channel_of(attempt)->manual)
			dmaengine_compat_run(dev_id);
		else
			rte_pause();
		return;
	}
	nb = rte_dma_completed_status(dev_id, VCHAN, MAX_STATUS, NULL, status);
	for (uint16_t i = 0; i < nb; i++) {
		if (status[i] == RTE_DMA_STATUS_SUCCESSFUL)
			atomic_fetch_add(&attempt->good, 1);
		else
			atomic_fetch_add(&attempt->bad, 1);
	}
}

/* Poll until so many have ended; false after so many TSC cycles. */
static bool
wait_at_most(struct attempt *attempt, uint32_t good, uint32_t bad, uint64_t cycles)
{
	const uint64_t deadline = rte_rdtsc() + cycles;

	for (;;) {
		poll(attempt);
		if (atomic_load(&attempt->good) >= good && atomic_load(&attempt->bad) >= bad)
			return true;
		if (rte_rdtsc() > deadline || stop_requested())
			return false;
	}
}

static bool
wait_for(struct attempt *attempt, uint32_t good, uint32_t bad)
{
	return wait_at_most(attempt, good, bad, attempt->timeout);
}

static struct ending
ending_of(const struct attempt *attempt)
{
	struct ending ending = attempt->path->api == API_ENGINE ? attempt->injection->engine :
		attempt->injection->dmadev;

	ending.good += attempt->further;
	return ending;
}

static double
microseconds_since(uint64_t start)
{
	return (double)(rte_rdtsc() - start) * 1e6 / (double)rte_get_tsc_hz();
}

static void
set_metric(struct attempt *attempt, enum metric_id id, uint64_t start)
{
	double us = microseconds_since(start);

	attempt->record.metrics[id] = summarize(&us, 1);
}

/* Arm the error. A device is removed while it is certain that something is under way. */
static int
arm(const struct attempt *attempt)
{
	enum rte_pmd_refdma_inject what = attempt->injection->what;

	if (what == RTE_PMD_REFDMA_INJECT_REMOVE)
		what = RTE_PMD_REFDMA_INJECT_STALL;
	return rte_pmd_refdma_inject(attempt->path->device->id, VCHAN, what, ATTEMPT_NTH, CODE_BUS);
}

/* A halted queue says so; a stalled one does not. */
static bool
wait_for_halt(const struct attempt *attempt)
{
	const uint64_t deadline = rte_rdtsc() + attempt->timeout;
	enum rte_dma_vchan_status status;

	if (attempt->injection->what != RTE_PMD_REFDMA_INJECT_HALT)
		return true;
	do {
		if (rte_dma_vchan_status(attempt->path->device->id, VCHAN, &status) == 0 &&
		    status == RTE_DMA_VCHAN_HALTED_ERROR)
			return true;
	} while (rte_rdtsc() < deadline);
	return false;
}

/* Make the error and wait until it can be seen. */
static void
provoke(struct attempt *attempt)
{
	const struct injection *injection = attempt->injection;
	const struct ending ending = ending_of(attempt);
	uint64_t start;
	bool seen;
	int ret = arm(attempt);

	if (ret < 0) {
		record_fail(&attempt->record, "the error cannot be armed: %s", strerror(-ret));
		return;
	}
	start = rte_rdtsc();
	if (!start_copies(attempt, ATTEMPT_COPIES)) {
		record_fail(&attempt->record, "the copies were refused");
		return;
	}
	if (injection->what == RTE_PMD_REFDMA_INJECT_REMOVE) {
		seen = wait_for(attempt, ending.good, 0);
		start = rte_rdtsc();
		if (seen)
			rte_pmd_refdma_inject(attempt->path->device->id, VCHAN, injection->what, 1,
					      0);
	}
	if (injection->good_first == ATTEMPT_ALL)
		seen = wait_for(attempt, ending.good, ending.bad);
	else
		seen = wait_for(attempt, injection->good_first, 0) && wait_for_halt(attempt);
	if (seen)
		set_metric(attempt, METRIC_DETECT, start);
	else
		record_fail(&attempt->record, "before the way out %u copies ended well and %u "
			    "badly", atomic_load(&attempt->good), atomic_load(&attempt->bad));
}

static int
restart(struct attempt *attempt, bool revive)
{
	const struct options *options = attempt->session->options;
	int ret = path_stop(attempt->path);

	if (ret == 0 && revive)
		ret = device_revive(&attempt->session->devices, attempt->path->device);
	return ret == 0 ? path_start(attempt->path, options) : ret;
}

/*
 * Operations one by one until all have ended. The device may see the doorbell of the first together
 * with the one that it loses.
 */
static int
go_on(struct attempt *attempt)
{
	const uint64_t while_cycles = rte_get_tsc_hz() / 1000 * NEXT_MS;
	const uint64_t deadline = rte_rdtsc() + attempt->timeout;

	do {
		if (attempt->further < MAX_FURTHER && !start_copies(attempt, 1))
			return -EIO;
		attempt->further += attempt->further < MAX_FURTHER;
		if (wait_at_most(attempt, ATTEMPT_COPIES + attempt->further, 0, while_cycles))
			return 0;
	} while (rte_rdtsc() < deadline && !stop_requested());
	return -ETIMEDOUT;
}

/* Drop what is under way. An injected stall lasts until it is called off. */
static int
drop(struct attempt *attempt)
{
	const int16_t dev_id = attempt->path->device->id;
	struct channel *channel = channel_of(attempt);
	int ret = channel != NULL ? dmaengine_terminate_sync(channel->chan) :
		rte_pmd_refdma_abort(dev_id, VCHAN);

	return ret < 0 ? ret : rte_pmd_refdma_inject(dev_id, VCHAN, RTE_PMD_REFDMA_INJECT_NONE, 0,
						     0);
}

/* Take the way out. Returns 0, a negative errno, or an exit status after a message. */
static int
take_way_out(struct attempt *attempt)
{
	switch (attempt->injection->way_out) {
	case WAY_NEXT:
		return go_on(attempt);
	case WAY_ABORT:
		return drop(attempt);
	case WAY_RESTART:
		return restart(attempt, false);
	case WAY_REVIVE:
		return restart(attempt, true);
	default:
		return 0;
	}
}

/* Everything has ended as it should, and nothing else. */
static void
check_ending(struct attempt *attempt)
{
	const struct ending ending = ending_of(attempt);

	wait_for(attempt, ending.good, ending.bad);
	if (atomic_load(&attempt->good) != ending.good || atomic_load(&attempt->bad) != ending.bad)
		record_fail(&attempt->record, "%u copies ended well and %u badly; right are %u and "
			    "%u", atomic_load(&attempt->good), atomic_load(&attempt->bad),
			    ending.good, ending.bad);
	record_set(&attempt->record, VALUE_OPERATIONS, ATTEMPT_COPIES);
	record_set(&attempt->record, VALUE_ERRORS, atomic_load(&attempt->bad));
}

/* The channel copies as if nothing had been. */
static void
check_recovered(struct attempt *attempt, uint64_t start)
{
	atomic_store(&attempt->good, 0);
	atomic_store(&attempt->bad, 0);
	image_fill(attempt->work);
	if (!start_copies(attempt, ATTEMPT_COPIES) || !wait_for(attempt, ATTEMPT_COPIES, 0)) {
		record_fail(&attempt->record, "after the way out the channel does not copy");
		return;
	}
	set_metric(attempt, METRIC_RECOVER, start);
	image_check(attempt->work, &operation_copy, ATTEMPT_COPIES, &attempt->mismatches);
	record_set(&attempt->record, VALUE_CHECKED, ATTEMPT_COPIES);
	record_set(&attempt->record, VALUE_MISMATCHES, attempt->mismatches.count);
	if (attempt->mismatches.count > 0)
		record_fail(&attempt->record, "%" PRIu64 " wrong bytes afterwards",
			    attempt->mismatches.count);
	else if (attempt->record.verdict == VERDICT_UNCHECKED)
		attempt->record.verdict = VERDICT_PASSED;
}

int
attempt_run(struct attempt *attempt)
{
	uint64_t start;
	int ret;

	image_fill(attempt->work);
	provoke(attempt);
	start = rte_rdtsc();
	ret = take_way_out(attempt);
	if (ret != 0)
		record_fail(&attempt->record, "there is no way out: %s", ret < 0 ?
			    strerror(-ret) : "the device does not come back");
	/* Exit statuses are positive: then the path is stopped. */
	if (ret > 0)
		return ret;
	check_ending(attempt);
	check_recovered(attempt, start);
	return 0;
}
