/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The life of a thread of verify: choose, mark, transfer, check, and tell. */

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include <rte_pmd_refdma.h>

#include "progress.h"
#include "stop.h"
#include "verify_fault.h"

/* Failures of a thread that are told; the others are counted. */
#define MAX_TOLD	100
#define POLLS_A_YIELD	64
#define DAMAGE		0xff

void
verify_relax(unsigned int *polls)
{
	/* There may be more threads than cores, and one of them the device's. */
	if (++*polls % POLLS_A_YIELD == 0)
		sched_yield();
	else
		rte_pause();
}

const char *
verify_failure_text(const struct verify_thread *thread, enum verify_failure failure, char *text,
		    size_t size)
{
	static const char * const texts[] = {
		[VERIFY_PASSED] = "passed",
		[VERIFY_NO_UNMAP] = "unmap error: no place to note the mappings in",
		[VERIFY_NO_SRC_MAP] = "map error: the source cannot be mapped",
		[VERIFY_NO_DST_MAP] = "map error: the destination cannot be mapped",
		[VERIFY_NO_PREP] = "prep error: no descriptor, or one that the device refuses",
		[VERIFY_NO_SUBMIT] = "submit error: the operation cannot be submitted",
		[VERIFY_TIMEOUT] = "timeout: no completion within --timeout",
		[VERIFY_BUSY] = "completion busy: neither complete nor failed, but paused or still "
			"under way",
	};

	if (failure == VERIFY_WRONG_DATA)
		snprintf(text, size, "data error: %" PRIu64 " wrong bytes",
			 thread->mismatches.count);
	else if (failure == VERIFY_ERROR)
		snprintf(text, size, "completion error: %s", thread->channel->engine != NULL ?
			 channel_result_text(thread->result) : dma_status_text(thread->status));
	else
		snprintf(text, size, "%s%s%s", texts[failure], thread->error != 0 ? ": " : "",
			 thread->error != 0 ? strerror(-thread->error) : "");
	return text;
}

/* First byte of the areas, and first byte behind them. */
static void
find_extent(const struct segment *segments, uint16_t nb, uint32_t stride, uint32_t *first,
	    uint32_t *behind)
{
	*first = nb > 0 ? UINT32_MAX : stride;
	*behind = nb > 0 ? 0 : stride;
	for (uint16_t i = 0; i < nb; i++) {
		*first = RTE_MIN(*first, segments[i].offset);
		*behind = RTE_MAX(*behind, segments[i].offset + segments[i].length);
	}
}

/* Damage a byte of a region, if the region has one. */
static void
damage(struct verify_thread *thread)
{
	const enum corrupt_region where = (enum corrupt_region)thread->verify->options->corrupt;
	const bool source = where <= CORRUPT_SRC_AFTER;
	const struct trial *trial = &thread->trial;
	const struct segment *segments = source ? trial->src : trial->dst;
	const struct pools *pools = thread->work.pools;
	uint8_t *buffer = trial_buffer(trial, &thread->work, source ? &pools->src : &pools->dst);
	uint32_t from, to, first, behind;

	find_extent(segments, source ? trial->nb_src : trial->nb_dst,
		    thread->work.stride, &first, &behind);
	if (where == CORRUPT_SRC_BEFORE || where == CORRUPT_DST_BEFORE) {
		from = 0;
		to = first;
	} else if (where == CORRUPT_SRC_AFTER || where == CORRUPT_DST_AFTER) {
		from = behind;
		to = thread->work.stride;
	} else {
		from = segments[0].offset;
		to = from + segments[0].length;
	}
	if (from < to)
		buffer[from + rng_below(&thread->rng, to - from)] ^= DAMAGE;
}

/* Check the data of a transfer that went well. */
static enum verify_failure
check(struct verify_thread *thread)
{
	const struct options *options = thread->verify->options;

	if (options->corrupt != CORRUPT_NOTHING)
		damage(thread);
	if (options->no_verify)
		return VERIFY_PASSED;
	thread->mismatches.count = 0;
	if (thread->kind == VERIFY_CYCLIC) {
		verify_cyclic_check(thread);
		return thread->mismatches.count > 0 ? VERIFY_WRONG_DATA : VERIFY_PASSED;
	}
	trial_check(&thread->trial, &thread->work, thread->operation, thread->images,
		    thread->images + thread->work.stride, &thread->mismatches);
	return thread->mismatches.count > 0 ? VERIFY_WRONG_DATA : VERIFY_PASSED;
}

static uint32_t
length_of(const struct trial *trial)
{
	uint32_t length = 0;

	for (uint16_t i = 0; i < trial->nb_dst; i++)
		length += trial->dst[i].length;
	return length;
}

/* Of a cyclic transfer, those that were waited for. */
static uint64_t
transferred_bytes(const struct verify_thread *thread)
{
	uint64_t length = length_of(&thread->trial);

	return thread->kind == VERIFY_CYCLIC ?
		length * thread->laps_periods / thread->periods : length;
}

/* What is under test, for messages: with numbers from 1, as tests are counted. */
static void
tell(struct verify_thread *thread, FILE *file, uint64_t test, const char *how)
{
	const struct trial *trial = &thread->trial;

	progress_clear();
	fprintf(file, "%s: test %" PRIu64 ", %s, source offset %u, destination offset %u, length "
		"%u: %s\n", thread->mismatches.what, test, verify_kind_name(thread->kind),
		trial->src[0].offset, trial->dst[0].offset, length_of(trial), how);
}

static void
take_failure(struct verify_thread *thread, uint64_t test, enum verify_failure failure)
{
	uint64_t nb = atomic_load_explicit(&thread->failures, memory_order_relaxed) + 1;
	char text[128];

	atomic_store_explicit(&thread->failures, nb, memory_order_relaxed);
	verify_failure_text(thread, failure, text, sizeof(text));
	if (nb == 1)
		snprintf(thread->note, sizeof(thread->note), "test %" PRIu64 ": %s", test, text);
	if (nb <= MAX_TOLD)
		tell(thread, stderr, test, text);
	if (nb == MAX_TOLD)
		fprintf(stderr, "%s: further failures are only counted\n",
			thread->mismatches.what);
}

/* What a transfer that failed has left there must not come out in the next one. */
static void
empty_port(const struct verify_thread *thread)
{
	const struct rte_pmd_refdma_port_conf conf = { .reset = true };

	rte_pmd_refdma_port_set(thread->channel->device->id, thread->port->number, &conf);
}

static enum verify_failure
transfer(struct verify_thread *thread)
{
	if (thread->kind == VERIFY_CYCLIC)
		return verify_cyclic(thread);
	return thread->channel->engine != NULL ? verify_on_engine(thread) :
		verify_on_dmadev(thread);
}

static void
run_test(struct verify_thread *thread)
{
	uint64_t test = atomic_load_explicit(&thread->tests, memory_order_relaxed) + 1;
	enum verify_failure failure;
	uint64_t start;

	verify_choose(thread);
	thread->error = 0;
	thread->fault = fault_of_test(thread, test);
	fault_arm(thread);
	start = rte_rdtsc();
	failure = transfer(thread);
	thread->cycles += rte_rdtsc() - start;
	fault_disarm(thread);
	if (failure == VERIFY_PASSED) {
		thread->bytes += transferred_bytes(thread);
		failure = check(thread);
	} else if (thread->kind == VERIFY_SLAVE) {
		empty_port(thread);
	}
	verify_release(thread);
	atomic_store_explicit(&thread->tests, test, memory_order_relaxed);
	if (failure != VERIFY_PASSED)
		take_failure(thread, test, failure);
	else if (thread->verify->options->verbose)
		tell(thread, stdout, test, "passed");
}

static bool
is_finished(const struct verify_thread *thread)
{
	const uint64_t iterations = thread->verify->options->iterations;

	return thread->lost || stop_requested() || rte_rdtsc() > thread->verify->deadline ||
		(iterations != 0 &&
		 atomic_load_explicit(&thread->tests, memory_order_relaxed) >= iterations);
}

void *
verify_thread_main(void *param)
{
	struct verify_thread *thread = param;
	struct verify *verify = thread->verify;

	while (!is_finished(thread))
		run_test(thread);
	pthread_mutex_lock(&verify->lock);
	verify->running--;
	pthread_cond_signal(&verify->ended);
	pthread_mutex_unlock(&verify->lock);
	return NULL;
}
