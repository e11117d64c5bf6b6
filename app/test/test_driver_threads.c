/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Several threads, each with a vchan of its own, while others look at counters and control the
 * queues. What they must not do to each other is for ThreadSanitizer to see.
 */

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "test_driver.h"

#define WORKERS		4
#define AREA		(DRV_BYTES / WORKERS)
#define OPERATIONS	4000u
#define PIECE		96

struct worker {
	pthread_t thread;
	uint16_t vchan;
	int16_t dev;
	int result;
	uint32_t failures;	/* operations that ended as errors */
};

static struct worker workers[WORKERS];
static _Atomic unsigned int running;
static _Atomic bool stop_watching;

/* One burst of copies into the worker's own area. */
static int
burst(const struct worker *w, uint32_t *sent, uint32_t total)
{
	uint8_t *area = drv_dst + w->vchan * AREA;

	while (*sent < total) {
		uint32_t at = *sent % (AREA / PIECE) * PIECE;
		int ret = rte_dma_copy(w->dev, w->vchan, drv_iova(drv_src + *sent % 1000),
				       drv_iova(area + at), PIECE, 0);

		if (ret == -ENOSPC)
			break;
		if (ret < 0)
			return ret;
		if ((uint16_t)ret != (uint16_t)*sent)
			return -ERANGE;
		++*sent;
	}
	return rte_dma_submit(w->dev, w->vchan);
}

static bool
area_is_right(const struct worker *w)
{
	const uint8_t *area = drv_dst + w->vchan * AREA;

	for (uint32_t i = OPERATIONS - AREA / PIECE; i < OPERATIONS; i++)
		if (memcmp(area + i % (AREA / PIECE) * PIECE, drv_src + i % 1000, PIECE) != 0)
			return false;
	return true;
}

static int
copy_all(const struct worker *w)
{
	uint64_t deadline = test_now_ns() + UINT64_C(1000000) * DRV_WAIT_MS;
	uint32_t sent = 0, done = 0;
	bool error = false;
	int ret = 0;

	while (ret == 0 && done < OPERATIONS && !error && test_now_ns() < deadline) {
		ret = burst(w, &sent, OPERATIONS);
		done += rte_dma_completed(w->dev, w->vchan, 64, NULL, &error);
	}
	if (ret == 0 && !error && done == OPERATIONS && area_is_right(w))
		return TEST_OK;
	test_note("vchan %u: %u sent, %u done, %d, %s", w->vchan, sent, done, ret,
		  error ? "an error" : "no error");
	return TEST_FAILED;
}

static void *
copying_worker(void *arg)
{
	struct worker *w = arg;

	drv_spread();
	w->result = copy_all(w);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static int
start_workers(void *(*run)(void *))
{
	atomic_store(&running, WORKERS);
	for (uint16_t i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .vchan = i, .dev = drv, .result = TEST_FAILED };
		TEST_ASSERT_EQ(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
	}
	return TEST_OK;
}

static int
join_workers(void)
{
	int result = TEST_OK;

	for (uint16_t i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].result != TEST_OK)
			result = workers[i].result;
	}
	return result;
}

static int
open_four(void)
{
	return drv_open(&(struct drv_conf){
		.args = "queues=4", .nb_vchans = WORKERS, .nb_desc = 128 });
}

static int
each_thread_its_vchan(void)
{
	TEST_CALL(open_four());
	TEST_CALL(start_workers(copying_worker));
	TEST_CALL(join_workers());
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, WORKERS * OPERATIONS, WORKERS * OPERATIONS, 0);
}

static int
counters_are_read_meanwhile(void)
{
	struct rte_dma_stats stats, last = { 0 };
	uint64_t reads = 0;

	TEST_CALL(open_four());
	TEST_CALL(start_workers(copying_worker));
	while (atomic_load(&running) != 0) {
		rte_dma_stats_get(drv, RTE_DMA_ALL_VCHAN, &stats);
		if (stats.completed < last.completed || stats.submitted < last.submitted ||
		    stats.errors != 0)
			break;
		last = stats;
		reads++;
	}
	TEST_CALL(join_workers());
	test_note("%" PRIu64 " readings", reads);
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, WORKERS * OPERATIONS, WORKERS * OPERATIONS, 0);
}

static int
queues_are_controlled_meanwhile(void)
{
	struct rte_pmd_refdma_port port;
	uint32_t left, rounds = 0;
	int ret = 0;
	uint16_t idx;

	TEST_CALL(open_four());
	TEST_CALL(start_workers(copying_worker));
	while (ret == 0 && atomic_load(&running) != 0) {
		uint16_t vchan = rounds++ % WORKERS;

		ret |= rte_pmd_refdma_pause(drv, vchan);
		ret |= rte_pmd_refdma_residue(drv, vchan, &idx, &left);
		ret |= rte_pmd_refdma_resume(drv, vchan);
		ret |= rte_pmd_refdma_port_get(drv, rounds % 3, &port);
	}
	TEST_CALL(join_workers());
	TEST_ASSERT_EQ(ret, 0);
	test_note("%u pauses", rounds);
	return drv_expect_stats(RTE_DMA_ALL_VCHAN, WORKERS * OPERATIONS, WORKERS * OPERATIONS, 0);
}

static int
channels_do_not_disturb_each_other(void)
{
	int16_t id[WORKERS];

	for (uint16_t i = 0; i < WORKERS; i++) {
		if (i == 0)
			TEST_ASSERT(drv_probe(DRV_NAME, "channels=4,queues=4") >= 0);
		id[i] = rte_dma_get_dev_id_by_name(drv_channel_name(i));
		TEST_CALL(drv_start(id[i], &(struct drv_conf){ .nb_vchans = WORKERS }));
	}
	atomic_store(&running, WORKERS);
	for (uint16_t i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .vchan = i, .dev = id[i], .result = TEST_FAILED };
		TEST_ASSERT_EQ(pthread_create(&workers[i].thread, NULL, copying_worker,
					      &workers[i]), 0);
	}
	return join_workers();
}

/* Copies until the queue fails, and then collects the rest. */
static void *
doomed_worker(void *arg)
{
	uint64_t deadline = test_now_ns() + UINT64_C(1000000) * DRV_WAIT_MS;
	enum rte_dma_status_code status[64];
	struct worker *w = arg;
	uint32_t sent = 0, ended = 0;

	drv_spread();
	while (burst(w, &sent, UINT32_MAX) == 0 && test_now_ns() < deadline)
		ended += rte_dma_completed(w->dev, w->vchan, 64, NULL, NULL);
	while (ended < sent && test_now_ns() < deadline) {
		uint16_t n = rte_dma_completed_status(w->dev, w->vchan, 64, NULL, status);

		if (n == 0)
			break;
		for (uint16_t i = 0; i < n; i++)
			w->failures += status[i] == RTE_DMA_STATUS_DEV_LINK_ERROR;
		ended += n;
	}
	/* What was filled in but not submitted when the queue failed is dropped. */
	w->result = test_now_ns() < deadline ? TEST_OK : TEST_FAILED;
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static int
removal_ends_the_work_of_all_threads(void)
{
	enum rte_dma_vchan_status status;
	struct rte_dma_stats stats;

	TEST_CALL(open_four());
	TEST_CALL(start_workers(doomed_worker));
	TEST_WAIT(rte_dma_stats_get(drv, RTE_DMA_ALL_VCHAN, &stats) == 0 &&
		  stats.completed > 1000, DRV_WAIT_MS);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_REMOVE, 0, 0), 0);
	while (atomic_load(&running) != 0)
		for (uint16_t i = 0; i < WORKERS; i++)
			rte_dma_vchan_status(drv, i, &status);
	TEST_CALL(join_workers());
	for (uint16_t i = 0; i < WORKERS; i++) {
		TEST_ASSERT_EQ(rte_dma_stats_get(drv, i, &stats), 0);
		TEST_ASSERT_EQ(stats.completed, stats.submitted);
		TEST_ASSERT_EQ(stats.errors, workers[i].failures);
	}
	return TEST_OK;
}

/* Sends to the loopback port or receives from it, by the vchan's number. */
static void *
loopback_worker(void *arg)
{
	struct worker *w = arg;
	bool sends = w->vchan % 2 == 0;
	struct rte_dma_sge sge = { drv_iova(sends ? drv_src : drv_dst), 16384 };
	struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SUBMIT | (sends ? RTE_PMD_REFDMA_SLAVE_TO_PORT : 0),
		.port_addr = DRV_PORT(w->vchan / 2), .sge = &sge, .nb_sge = 1,
	};

	drv_spread();
	w->result = TEST_OK;
	sge.addr += w->vchan / 2 * 65536;
	for (unsigned int i = 0; i < 100 && w->result == TEST_OK; i++)
		w->result = rte_pmd_refdma_slave(drv, w->vchan, &xfer) >= 0 ?
			    drv_wait(w->vchan, 1) : TEST_FAILED;
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static int
threads_talk_through_ports(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){
		.args = "queues=4,port=loopback/fifo:4096,port=loopback", .nb_vchans = WORKERS }));
	TEST_CALL(start_workers(loopback_worker));
	TEST_CALL(join_workers());
	TEST_ASSERT(memcmp(drv_dst, drv_src, 16384) == 0);
	TEST_ASSERT(memcmp(drv_dst + 65536, drv_src + 65536, 16384) == 0);
	return TEST_OK;
}

static void *
silent_watcher(void *arg)
{
	struct rte_dma_stats stats = { 0 };
	uint64_t last = 0;
	struct worker *w = arg;

	w->result = TEST_OK;
	while (!atomic_load(&stop_watching)) {
		rte_dma_stats_get(drv, 0, &stats);
		if (stats.completed < last)
			w->result = TEST_FAILED;
		last = stats.completed;
	}
	return NULL;
}

static int
silent_counters_are_read_meanwhile(void)
{
	struct worker watcher = { .result = TEST_FAILED };
	bool ok = true;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "silent=1", .silent = true }));
	atomic_store(&stop_watching, false);
	TEST_ASSERT_EQ(pthread_create(&watcher.thread, NULL, silent_watcher, &watcher), 0);
	for (uint32_t sent = 0; ok && sent < 20000;) {
		int ret = drv_copy(0, drv_dst, sent % 100 == 0 ? NULL : drv_src, 64,
				   RTE_DMA_OP_FLAG_SUBMIT);

		sent += ret >= 0;
		ok = ret >= 0 || ret == -ENOSPC;
	}
	for (uint64_t deadline = test_now_ns() + UINT64_C(1000000) * DRV_WAIT_MS;
	     rte_dma_burst_capacity(drv, 0) != 64 && test_now_ns() < deadline;)
		;
	atomic_store(&stop_watching, true);
	pthread_join(watcher.thread, NULL);
	TEST_ASSERT(ok);
	TEST_ASSERT_EQ(watcher.result, TEST_OK);
	return drv_expect_stats(0, 20000, 20000, 200);
}

/* Signals that a thread blocks, as /proc has them. @return whether there is such a thread */
static bool
blocked_signals(const char *name, uint64_t *blocked)
{
	char path[320], line[128], seen[64] = "";
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;
	FILE *f;

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		f = fopen(path, "r");
		while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
			sscanf(line, "Name: %63s", seen);
			found |= sscanf(line, "SigBlk: %" SCNx64, blocked) == 1 &&
				 strcmp(seen, name) == 0;
			if (found)
				break;
		}
		if (f != NULL)
			fclose(f);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* Where a program blocks a signal in its threads to wait for it, ours must not take it. */
static int
signals_are_for_the_application(void)
{
	const uint64_t wanted = RTE_BIT64(SIGINT - 1) | RTE_BIT64(SIGTERM - 1) |
				RTE_BIT64(SIGUSR1 - 1);
	uint64_t blocked = 0;

	TEST_CALL(drv_open(NULL));
	if (drv_engine_is("thread"))
		TEST_ASSERT(blocked_signals("refdma-ch0", &blocked));
	else if (drv_engine_is("socket"))
		TEST_ASSERT(blocked_signals("refdma-socket", &blocked));
	else
		return TEST_OK;
	TEST_ASSERT_EQ(blocked & wanted, wanted);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "each_thread_its_vchan", each_thread_its_vchan },
	{ "counters_are_read_meanwhile", counters_are_read_meanwhile },
	{ "queues_are_controlled_meanwhile", queues_are_controlled_meanwhile },
	{ "channels_do_not_disturb_each_other", channels_do_not_disturb_each_other },
	{ "removal_ends_the_work_of_all_threads", removal_ends_the_work_of_all_threads },
	{ "threads_talk_through_ports", threads_talk_through_ports },
	{ "silent_counters_are_read_meanwhile", silent_counters_are_read_meanwhile },
	{ "signals_are_for_the_application", signals_are_for_the_application },
};

DRIVER_SUITES(threads, cases)
DRIVER_SUITE_SOCKET(threads, cases)
