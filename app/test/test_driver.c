/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What all suites of the driver share: devices, buffers, waiting, logs. */

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <rte_service.h>

#include "test_card.h"
#include "test_driver.h"
#include "test_socket.h"

#define MAX_DEVICES	8
#define SMALL_BYTES	128
#define HUGEPAGES	64

const char *drv_engine = "thread";
int16_t drv = -1;
uint8_t *drv_src, *drv_dst;

static uint8_t *small;		/* of drv_usable() */
static struct {
	char *name;
	struct socket_server server;	/* engine "socket" */
} probed[MAX_DEVICES];
static cpu_set_t own_cpus;	/* before EAL pinned the main thread */
static FILE *log_stream;
static char *log_text;
static size_t log_bytes;

bool
drv_engine_is(const char *name)
{
	return strcmp(drv_engine, name) == 0;
}

const char *
drv_channel_name(unsigned int channel)
{
	static char name[64];
	const char *base = drv_engine_is("pci") ? card_address() : DRV_NAME;

	if (channel == 0)
		return base;
	snprintf(name, sizeof(name), "%s_ch%u", base, channel);
	return name;
}

unsigned int
drv_queues(void)
{
	return drv_engine_is("pci") ? card_queues() : 2;
}

static int
probe_card(const char *name, const char *args)
{
	if (strcmp(name, DRV_NAME) != 0 || !card_has(args))
		return -ENOTSUP;
	return card_add();
}

/* A device in this process, or one in a process of its own. */
static int
probe_vdev(const char *name, const char *args, struct socket_server *server)
{
	char all[512];
	int ret;

	if (drv_engine_is("socket"))
		TEST_CALL(socket_server_start(server, args, all, sizeof(all)));
	else
		snprintf(all, sizeof(all), "engine=%s%s%s", drv_engine, args != NULL ? "," : "",
			 args != NULL ? args : "");
	ret = rte_vdev_init(name, all);
	if (ret < 0 && drv_engine_is("socket"))
		socket_server_end(server);
	return ret < 0 ? ret : rte_dma_get_dev_id_by_name(name);
}

int
drv_probe(const char *name, const char *args)
{
	unsigned int i = 0;
	int ret;

	while (i < RTE_DIM(probed) - 1 && probed[i].name != NULL)
		i++;
	if (drv_engine_is("pci"))
		ret = probe_card(name, args);
	else
		ret = probe_vdev(name, args, &probed[i].server);
	if (ret >= 0)
		probed[i].name = strdup(name);
	return ret;
}

int
drv_remove(const char *name)
{
	int ret = drv_engine_is("pci") ? card_remove() : rte_vdev_uninit(name);

	for (unsigned int i = 0; i < RTE_DIM(probed); i++)
		if (probed[i].name != NULL && strcmp(probed[i].name, name) == 0) {
			free(probed[i].name);	/* may be the caller's name */
			probed[i].name = NULL;
			if (drv_engine_is("socket"))
				socket_server_end(&probed[i].server);
			break;
		}
	return ret;
}

struct socket_server *
drv_server(const char *name)
{
	for (unsigned int i = 0; i < RTE_DIM(probed); i++)
		if (probed[i].name != NULL && strcmp(probed[i].name, name) == 0)
			return &probed[i].server;
	return NULL;
}

int
drv_configure(int16_t id, uint16_t nb_vchans, bool silent)
{
	struct rte_dma_conf conf = { .nb_vchans = nb_vchans };

#ifdef RTE_DMA_CFG_FLAG_SILENT
	conf.flags = silent ? RTE_DMA_CFG_FLAG_SILENT : 0;
#else
	conf.enable_silent = silent;
#endif
	return rte_dma_configure(id, &conf);
}

int
drv_vchan(int16_t id, uint16_t vchan, enum rte_dma_direction direction, uint16_t nb_desc)
{
	bool src_dev = direction == RTE_DMA_DIR_DEV_TO_MEM || direction == RTE_DMA_DIR_DEV_TO_DEV;
	bool dst_dev = direction == RTE_DMA_DIR_MEM_TO_DEV || direction == RTE_DMA_DIR_DEV_TO_DEV;
	struct rte_dma_vchan_conf conf = {
		.direction = direction,
		.nb_desc = nb_desc,
		.src_port.port_type = src_dev ? RTE_DMA_PORT_PCIE : RTE_DMA_PORT_NONE,
		.dst_port.port_type = dst_dev ? RTE_DMA_PORT_PCIE : RTE_DMA_PORT_NONE,
	};

	return rte_dma_vchan_setup(id, vchan, &conf);
}

int
drv_start(int16_t id, const struct drv_conf *conf)
{
	uint16_t nb_vchans = conf->nb_vchans != 0 ? conf->nb_vchans : 1;

	TEST_ASSERT_EQ(drv_configure(id, nb_vchans, conf->silent), 0);
	for (uint16_t i = 0; i < nb_vchans; i++)
		TEST_ASSERT_EQ(drv_vchan(id, i, conf->direction,
					 conf->nb_desc != 0 ? conf->nb_desc : 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(id), 0);
	return TEST_OK;
}

int
drv_open(const struct drv_conf *conf)
{
	static const struct drv_conf usual;
	int id;

	if (conf == NULL)
		conf = &usual;
	if (drv_engine_is("pci") && !card_has(conf->args)) {
		test_note("on PCI the device cannot be made with %s", conf->args);
		return TEST_SKIPPED;
	}
	id = drv_probe(DRV_NAME, conf->args);
	TEST_ASSERT(id >= 0);
	drv = id;
	return drv_start(drv, conf);
}

int
drv_wait_on(int16_t id, uint16_t vchan, uint32_t n)
{
	uint16_t want, last = 0;
	uint32_t got = 0;
	bool error = false;

	TEST_WAIT((want = RTE_MIN(n - got, (uint32_t)UINT16_MAX),
		   got += rte_dma_completed(id, vchan, want, &last, &error),
		   got == n || error), DRV_WAIT_MS);
	if (got != n)
		test_note("%u of %u operations, the last one %u", got, n, last);
	TEST_ASSERT(!error);
	return TEST_OK;
}

int
drv_wait(uint16_t vchan, uint32_t n)
{
	return drv_wait_on(drv, vchan, n);
}

int
drv_wait_status(uint16_t vchan, uint32_t n, enum rte_dma_status_code *status)
{
	uint32_t got = 0;

	TEST_WAIT((got += rte_dma_completed_status(drv, vchan, n - got, NULL, status + got),
		   got == n), DRV_WAIT_MS);
	return TEST_OK;
}

int
drv_expect_one(uint16_t vchan, enum rte_dma_status_code status)
{
	enum rte_dma_status_code seen;

	TEST_ASSERT_EQ(rte_dma_submit(drv, vchan), 0);
	TEST_CALL(drv_wait_status(vchan, 1, &seen));
	TEST_ASSERT_EQ(seen, status);
	return TEST_OK;
}

int
drv_usable(uint16_t vchan)
{
	uint8_t *from = small, *to = small + SMALL_BYTES / 2;

	drv_pattern(from, 64, 77);
	memset(to, 0, 64);
	TEST_ASSERT(drv_copy(vchan, to, from, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(vchan, 1));
	TEST_ASSERT(memcmp(to, from, 64) == 0);
	return TEST_OK;
}

int
drv_settle(uint16_t vchan)
{
	/* A command ends at the start of a run: between the two pauses lies a whole one. */
	for (unsigned int i = 0; i < 2; i++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, vchan), 0);
		TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, vchan), 0);
	}
	return TEST_OK;
}

int
drv_expect_stats(uint16_t vchan, uint64_t submitted, uint64_t completed, uint64_t errors)
{
	struct rte_dma_stats stats;

	TEST_ASSERT_EQ(rte_dma_stats_get(drv, vchan, &stats), 0);
	TEST_ASSERT_EQ(stats.submitted, submitted);
	TEST_ASSERT_EQ(stats.completed, completed);
	TEST_ASSERT_EQ(stats.errors, errors);
	return TEST_OK;
}

void
drv_pattern(uint8_t *buf, size_t length, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 12345;

	for (size_t i = 0; i < length; i++) {
		x = x * 1664525u + 1013904223u;
		buf[i] = x >> 24;
	}
}

void
drv_wipe(void)
{
	memset(drv_dst, DRV_UNTOUCHED, DRV_BYTES);
}

bool
drv_untouched(const uint8_t *buf, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (buf[i] != DRV_UNTOUCHED)
			return false;
	return true;
}

static unsigned int
count_entries(const char *path)
{
	unsigned int n = 0;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
count_memzone(const struct rte_memzone *zone, void *arg)
{
	RTE_SET_USED(zone);
	++*(unsigned int *)arg;
}

void
drv_count_holdings(struct drv_holdings *holdings)
{
	struct rte_malloc_socket_stats stats;

	memset(holdings, 0, sizeof(*holdings));
	rte_memzone_walk(count_memzone, &holdings->memzones);
	holdings->fds = count_entries("/proc/self/fd");
	holdings->threads = count_entries("/proc/self/task");
	for (int socket = 0; socket < RTE_MAX_NUMA_NODES; socket++)
		if (rte_malloc_get_socket_stats(socket, &stats) == 0)
			holdings->heap_bytes += stats.heap_allocsz_bytes;
}

int
drv_expect_holdings(const struct drv_holdings *before)
{
	struct drv_holdings now;

	/* A thread that has been joined may stay in /proc for a moment. */
	TEST_WAIT((drv_count_holdings(&now), now.threads == before->threads &&
		   now.fds == before->fds), DRV_WAIT_MS);
	TEST_ASSERT_EQ(now.memzones, before->memzones);
	TEST_ASSERT_EQ(now.heap_bytes, before->heap_bytes);
	return TEST_OK;
}

int
drv_log_begin(void)
{
	free(log_text);
	log_text = NULL;
	log_stream = open_memstream(&log_text, &log_bytes);
	TEST_ASSERT(log_stream != NULL);
	rte_openlog_stream(log_stream);
	return TEST_OK;
}

const char *
drv_log_end(void)
{
	if (log_stream != NULL) {
		rte_openlog_stream(NULL);
		fclose(log_stream);
		log_stream = NULL;
	}
	return log_text != NULL ? log_text : "";
}

/* The first two CPUs that this process may use. @return how many there are */
static unsigned int
find_cpus(int cpu[2])
{
	unsigned int n = 0;

	CPU_ZERO(&own_cpus);
	if (sched_getaffinity(0, sizeof(own_cpus), &own_cpus) != 0)
		return 0;
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &own_cpus))
			cpu[n++] = i;
	return n;
}

void
drv_spread(void)
{
	pthread_setaffinity_np(pthread_self(), sizeof(own_cpus), &own_cpus);
}

/* Free huge pages of 2 MiB that the suites need. */
static bool
has_hugepages(void)
{
	FILE *file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned int pages = 0;

	if (file != NULL) {
		if (fscanf(file, "%u", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	return pages >= HUGEPAGES;
}

static bool
wants_hugepages(const char *engine)
{
	return strcmp(engine, "socket/hugepages") == 0;
}

const char *
drv_eal_args(const char *engine)
{
	static char huge[96];
	static char one[64], two[64], lcore[32];
	int cpu[2] = { 0, 0 };
	unsigned int cpus = find_cpus(cpu);

	snprintf(one, sizeof(one), "--no-huge -m 256 --lcores 0@%d", cpu[0]);
	snprintf(two, sizeof(two), "--no-huge -m 256 --lcores 0@%d,1@%d -S 1", cpu[0], cpu[1]);
	snprintf(lcore, sizeof(lcore), "--lcores 0@%d", cpu[0]);
	if (strcmp(engine, "pci") == 0)
		return card_eal_args(lcore);
	if (wants_hugepages(engine) && has_hugepages()) {
		snprintf(huge, sizeof(huge), "--in-memory --iova-mode=va %s", lcore);
		return huge;
	}
	return strcmp(engine, "service") == 0 && cpus > 1 ? two : one;
}

int
drv_suite_setup(const char *engine)
{
	if (wants_hugepages(engine) && !rte_eal_has_hugepages()) {
		test_note("this machine has not %u free huge pages of 2 MiB; devtools/vm-test.sh "
			  "runs this suite in a virtual machine that has", HUGEPAGES);
		return TEST_SKIPPED;
	}
	drv_engine = wants_hugepages(engine) ? "socket" : engine;
	if (drv_engine_is("service") && rte_service_lcore_count() == 0) {
		test_note("engine=service needs a CPU for a service lcore, and this process may "
			  "use only one CPU");
		return TEST_SKIPPED;
	}
	if (drv_engine_is("pci"))
		TEST_CALL(card_setup());
	drv_src = rte_malloc("test_src", DRV_BYTES, 4096);
	drv_dst = rte_malloc("test_dst", DRV_BYTES, 4096);
	small = rte_malloc("test_small", SMALL_BYTES, 64);
	TEST_ASSERT(drv_src != NULL && drv_dst != NULL && small != NULL);
	return TEST_OK;
}

void
drv_suite_teardown(void)
{
	rte_free(drv_src);
	rte_free(drv_dst);
	rte_free(small);
	drv_src = NULL;
	drv_dst = NULL;
	free(log_text);
	log_text = NULL;
}

int
drv_case_setup(void)
{
	drv = -1;
	drv_pattern(drv_src, DRV_BYTES, 1);
	drv_wipe();
	return TEST_OK;
}

void
drv_case_teardown(void)
{
	drv_log_end();
	for (unsigned int i = 0; i < RTE_DIM(probed); i++)
		if (probed[i].name != NULL)
			drv_remove(probed[i].name);
	drv = -1;
}
