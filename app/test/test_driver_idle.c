/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* engine=thread: an idle device costs no CPU time, wakes up when it is needed, and runs where it
 * was told to.
 */

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_lcore.h>

#include "test_driver.h"

#define SECOND_NS	UINT64_C(1000000000)
#define WAKES		50

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

static void
sleep_ns(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* All threads of this process together use less than 1 % of a CPU while this one sleeps. */
static int
expect_quiet(void)
{
	uint64_t before, used;

	sleep_ns(SECOND_NS / 50);	/* beyond the time for which an engine polls */
	before = cpu_ns();
	sleep_ns(SECOND_NS);
	used = cpu_ns() - before;
	test_note("%" PRIu64 " microseconds of CPU time in a second", used / 1000);
	TEST_ASSERT(used < SECOND_NS / 100);
	return TEST_OK;
}

static int
idle_device_uses_no_cpu(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "channels=4", .nb_vchans = 2 }));
	TEST_CALL(drv_usable(0));
	TEST_CALL(expect_quiet());
	return drv_usable(1);
}

static int
blocked_device_uses_no_cpu(void)
{
	struct rte_dma_sge sge = { drv_iova(drv_dst), 64 };
	struct rte_pmd_refdma_slave xfer = {
		.flags = RTE_PMD_REFDMA_SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge,
		.nb_sge = 1,
	};

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 1), 0);
	TEST_ASSERT(drv_copy(1, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(expect_quiet());
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 1), 0);
	TEST_CALL(drv_wait(1, 1));
	xfer.flags |= RTE_PMD_REFDMA_SLAVE_TO_PORT;
	TEST_ASSERT(rte_pmd_refdma_slave(drv, 1, &xfer) >= 0);
	TEST_CALL(drv_wait(0, 1));
	return drv_wait(1, 1);
}

static int
compare_ns(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
doorbell_wakes_a_sleeping_device(void)
{
	uint64_t took[WAKES], start;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "spin=0" }));
	for (unsigned int i = 0; i < WAKES; i++) {
		sleep_ns(SECOND_NS / 500);
		start = test_now_ns();
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 1));
		took[i] = test_now_ns() - start;
	}
	qsort(took, WAKES, sizeof(took[0]), compare_ns);
	test_note("doorbell to completion after idle: median %.1f us, worst %.1f us",
		  took[WAKES / 2] / 1e3, took[WAKES - 1] / 1e3);
	return TEST_OK;
}

/* Doorbells at all distances from the moment when the engine falls asleep. */
static int
no_doorbell_is_lost_at_the_edge_of_sleep(void)
{
	uint64_t until;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "spin=20" }));
	for (unsigned int i = 0; i < 4000; i++) {
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 1));
		until = test_now_ns() + 15000 + i * 5;
		while (test_now_ns() < until)
			;
	}
	return TEST_OK;
}

/* CPUs of the thread called @p name. */
static int
thread_cpus(const char *name, cpu_set_t *set)
{
	struct dirent *entry;
	char path[300], comm[32];
	int found = 0;
	FILE *f;
	DIR *dir = opendir("/proc/self/task");

	TEST_ASSERT(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fgets(comm, sizeof(comm), f) != NULL) {
			comm[strcspn(comm, "\n")] = '\0';
			if (strcmp(comm, name) == 0 &&
			    sched_getaffinity(atoi(entry->d_name), sizeof(*set), set) == 0)
				found++;
		}
		fclose(f);
	}
	closedir(dir);
	TEST_ASSERT_EQ(found, 1);
	return TEST_OK;
}

static int
engine_keeps_off_the_main_lcore(void)
{
	rte_cpuset_t main_set = rte_lcore_cpuset(rte_get_main_lcore()), both;
	cpu_set_t set;

	TEST_CALL(drv_open(NULL));
	TEST_CALL(thread_cpus("refdma-ch0", &set));
	CPU_AND(&both, &main_set, &set);
	if (CPU_EQUAL(&main_set, &set)) {
		test_note("this process may use only one CPU");
		return TEST_SKIPPED;
	}
	TEST_ASSERT_EQ(CPU_COUNT(&both), 0);
	return drv_usable(0);
}

static int
engine_runs_where_it_is_pinned(void)
{
	unsigned int lcore = rte_get_main_lcore();
	rte_cpuset_t main_set = rte_lcore_cpuset(lcore);
	cpu_set_t set;
	char args[32];

	snprintf(args, sizeof(args), "lcore=%u", lcore);
	TEST_CALL(drv_open(&(struct drv_conf){ .args = args }));
	TEST_CALL(thread_cpus("refdma-ch0", &set));
	TEST_ASSERT(CPU_EQUAL(&set, &main_set));
	return drv_usable(0);
}

static const struct test_case cases[] = {
	{ "idle_device_uses_no_cpu", idle_device_uses_no_cpu },
	{ "blocked_device_uses_no_cpu", blocked_device_uses_no_cpu },
	{ "doorbell_wakes_a_sleeping_device", doorbell_wakes_a_sleeping_device },
	{ "no_doorbell_is_lost_at_the_edge_of_sleep", no_doorbell_is_lost_at_the_edge_of_sleep },
	{ "engine_keeps_off_the_main_lcore", engine_keeps_off_the_main_lcore },
	{ "engine_runs_where_it_is_pinned", engine_runs_where_it_is_pinned },
};

DRIVER_SUITE(idle, "driver_idle", "thread", cases)
