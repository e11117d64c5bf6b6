/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A secondary process uses the data path of a device that the primary owns. DPDK shares memory
 * between processes only through files of a hugetlbfs, so without hugepages these cases skip.
 * The secondary process is this program with the suite driver_secondary_peer, which tells by its
 * exit status whether all went well there.
 */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_memzone.h>

#include "test_card.h"
#include "test_driver.h"

#define ENV_PREFIX	"REFDMA_TEST_PRIMARY"	/* the primary's --file-prefix */
#define ENV_ENGINE	"REFDMA_TEST_ENGINE"	/* its engine */
#define SHARED_ZONE	"driver_secondary"
#define SHARED_BYTES	(64 * 1024)
#define COPIES		1000u
#define WANTED_MIB	64

/* Is there a mounted hugetlbfs, and enough of free pages? */
static bool
hugepages_usable(void)
{
	unsigned long free_pages = 0, page_kib = 0;
	char line[512];
	bool mounted = false;
	FILE *f;

	f = fopen("/proc/mounts", "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		mounted |= strstr(line, " hugetlbfs ") != NULL;
	if (f != NULL)
		fclose(f);
	f = fopen("/proc/meminfo", "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		sscanf(line, "HugePages_Free: %lu", &free_pages);
		sscanf(line, "Hugepagesize: %lu", &page_kib);
	}
	if (f != NULL)
		fclose(f);
	return mounted && free_pages * page_kib >= WANTED_MIB * 1024 && geteuid() == 0;
}

static int
primary_setup(const char *engine)
{
	if (!rte_eal_has_hugepages()) {
		test_note("a secondary process needs %d MiB of free hugepages, a mounted "
			  "hugetlbfs and the right to use them (root)", WANTED_MIB);
		return TEST_SKIPPED;
	}
	return drv_suite_setup(engine);
}

/* The arguments of drv_eal_args(), with hugepages where they can be had. */
static const char *
primary_args(const char *engine, char *buf, size_t size)
{
	const char *usual = drv_eal_args(engine);
	const char *lcores = strstr(usual, "--lcores");
	const char *card = strcmp(engine, "pci") == 0 ? card_address() : NULL;

	if (!hugepages_usable() || lcores == NULL)
		return usual;
	/* EAL would choose physical addresses: it does not know yet what will be probed. */
	snprintf(buf, size, "-m %d --iova-mode=va %s%s %s", WANTED_MIB,
		 card != NULL ? "-a " : "", card != NULL ? card : "", lcores);
	return buf;
}

/* Run a case of the peer and wait for it. @return its exit status, or -1 */
static int
run_peer(const char *name)
{
	static char program[] = "/proc/self/exe", option[] = "--suite", one[] = "--case";
	static char suite[] = "driver_secondary_peer";
	char *argv[] = { program, option, suite, one, (char *)(uintptr_t)name, NULL };
	uint64_t deadline = test_now_ns() + UINT64_C(1000000) * DRV_WAIT_MS;
	posix_spawn_file_actions_t actions;
	char prefix[64];
	int status = -1, ret;
	pid_t pid;

	snprintf(prefix, sizeof(prefix), "refdma-test-%d", (int)getpid());
	setenv(ENV_PREFIX, prefix, 1);
	setenv(ENV_ENGINE, drv_engine, 1);
	posix_spawn_file_actions_init(&actions);
	/* Its TAP is not ours. */
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	ret = posix_spawn(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	unsetenv(ENV_PREFIX);
	if (ret != 0)
		return -1;
	while ((ret = waitpid(pid, &status, WNOHANG)) == 0)
		if (test_now_ns() > deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -1;
		}
	return ret == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
secondary_uses_the_data_path(void)
{
	const struct rte_memzone *zone;
	int peer;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = 128 }));
	TEST_CALL(drv_usable(0));
	zone = rte_memzone_reserve(SHARED_ZONE, SHARED_BYTES, SOCKET_ID_ANY, 0);
	TEST_ASSERT(zone != NULL);
	drv_pattern(zone->addr, SHARED_BYTES, 11);
	peer = run_peer("peer_does_its_part");
	rte_memzone_free(zone);
	TEST_ASSERT_EQ(peer, 0);
	TEST_CALL(drv_expect_stats(0, COPIES + 2, COPIES + 2, 1));
	/* The vchan is ours again, and its indices have gone on. */
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), COPIES + 2);
	return drv_wait(0, 1);
}

static int
secondary_is_refused(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(run_peer("peer_does_its_part"), 0);
	return drv_usable(0);
}

/* EAL takes it from the secondary first, while the primary still has it started. */
static int
secondary_removes_a_started_device(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(run_peer("peer_removes_the_device"), 0);
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(0)) < 0);
	drv_case_teardown();
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

/* What the primary has closed is not there; the rest is. */
static int
secondary_finds_what_is_left(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "channels=3" }));
	TEST_ASSERT_EQ(rte_dma_close(rte_dma_get_dev_id_by_name(drv_channel_name(1))), 0);
	TEST_ASSERT_EQ(run_peer("peer_finds_what_is_left"), 0);
	return drv_usable(0);
}

static const struct test_case shared_cases[] = {
	{ "secondary_uses_the_data_path", secondary_uses_the_data_path },
	{ "secondary_removes_a_started_device", secondary_removes_a_started_device },
	{ "secondary_finds_what_is_left", secondary_finds_what_is_left },
};

/* An inline engine runs inside the primary's calls. */
static const struct test_case inline_cases[] = {
	{ "secondary_is_refused", secondary_is_refused },
};

#define PRIMARY_SUITE(engine, list) \
	static char engine##_args[128]; \
	static int \
	primary_##engine##_setup(void) \
	{ \
		return primary_setup(#engine); \
	} \
	static struct test_suite primary_##engine = { \
		.name = "driver_secondary_" #engine, \
		.setup = primary_##engine##_setup, \
		.teardown = drv_suite_teardown, \
		.case_setup = drv_case_setup, \
		.case_teardown = drv_case_teardown, \
		.cases = list, \
		.nb_cases = RTE_DIM(list), \
	}; \
	RTE_INIT(primary_##engine##_register) \
	{ \
		primary_##engine.eal_args = \
			primary_args(#engine, engine##_args, sizeof(engine##_args)); \
		test_suite_register(&primary_##engine); \
	}

PRIMARY_SUITE(thread, shared_cases)
PRIMARY_SUITE(service, shared_cases)
PRIMARY_SUITE(inline, inline_cases)
PRIMARY_SUITE(pci, shared_cases)

/* The peer. */

static int
peer_setup(void)
{
	if (getenv(ENV_PREFIX) != NULL)
		return TEST_OK;
	test_note("this suite is run by driver_secondary_*");
	return TEST_SKIPPED;
}

static int
control_is_the_primarys(void)
{
	struct rte_pmd_refdma_port port;

	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), -EPERM);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(drv, 0), -EPERM);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), -EPERM);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(drv, 0), -EPERM);
	TEST_ASSERT_EQ(rte_dma_stop(drv), -EPERM);
	return TEST_OK;
}

static int
copy_in_shared_memory(void)
{
	const struct rte_memzone *zone = rte_memzone_lookup(SHARED_ZONE);
	uint8_t *from, *to;

	TEST_ASSERT(zone != NULL);
	from = zone->addr;
	to = from + SHARED_BYTES / 2;
	/* The primary has done one: indices go on from there. */
	for (unsigned int i = 0; i < COPIES; i++) {
		uint8_t *at = to + i * 16 % 16384;

		TEST_ASSERT_EQ(drv_copy(0, at, from + i, 16, RTE_DMA_OP_FLAG_SUBMIT), i + 1);
		TEST_CALL(drv_wait(0, 1));
		TEST_ASSERT(memcmp(at, from + i, 16) == 0);
	}
	TEST_ASSERT(drv_copy(0, to, NULL, 16, 0) >= 0);
	return drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR);
}

static void
peer_begins(void)
{
	const char *engine = getenv(ENV_ENGINE);

	if (engine != NULL)
		drv_engine = engine;
}

/* In all processes, as EAL's hotplug does it. */
static int
peer_removes_the_device(void)
{
	bool pci;

	peer_begins();
	pci = drv_engine_is("pci");
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(0)) >= 0);
	TEST_ASSERT_EQ(rte_eal_hotplug_remove(pci ? "pci" : "vdev", drv_channel_name(0)), 0);
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(0)) < 0);
	for (int16_t id = 0; id < 8; id++)
		TEST_ASSERT(!rte_dma_is_valid(id));
	return TEST_OK;
}

static int
peer_finds_what_is_left(void)
{
	peer_begins();
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(0)) >= 0);
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(1)) < 0);
	TEST_ASSERT(rte_dma_get_dev_id_by_name(drv_channel_name(2)) >= 0);
	return TEST_OK;
}

static int
peer_does_its_part(void)
{
	const char *engine = getenv(ENV_ENGINE);
	int id;

	peer_begins();
	id = rte_dma_get_dev_id_by_name(drv_channel_name(0));
	if (engine != NULL && strcmp(engine, "inline") == 0) {
		TEST_ASSERT(id < 0);
		return TEST_OK;
	}
	TEST_ASSERT(id >= 0);
	drv = id;
	TEST_ASSERT(rte_pmd_refdma_is_refdma(drv));
	TEST_CALL(control_is_the_primarys());
	return copy_in_shared_memory();
}

static const struct test_case peer_cases[] = {
	{ "peer_does_its_part", peer_does_its_part },
	{ "peer_removes_the_device", peer_removes_the_device },
	{ "peer_finds_what_is_left", peer_finds_what_is_left },
};

static struct test_suite peer = {
	.name = "driver_secondary_peer",
	.setup = peer_setup,
	.cases = peer_cases,
	.nb_cases = RTE_DIM(peer_cases),
};

RTE_INIT(peer_register)
{
	static char args[192];
	const char *prefix = getenv(ENV_PREFIX);

	if (prefix != NULL) {
		/* The last prefix wins over the frame's. */
		snprintf(args, sizeof(args), "--proc-type=secondary --file-prefix=%s%s%s", prefix,
			 card_address() != NULL ? " -a " : "",
			 card_address() != NULL ? card_address() : "");
		peer.eal_args = args;
	}
	test_suite_register(&peer);
}
