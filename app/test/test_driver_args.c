/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Device arguments: what is taken, and what is refused with a message that helps; several channels
 * and several devices.
 */

#include <errno.h>
#include <string.h>

#include <rte_bus_vdev.h>

#include "test_driver.h"

#define KEYS "engine, lcore, channels, queues, ring, port, spin, silent, strict, socket and timeout"
#define PORT_HELP "loopback, sink or source"

/* Refused: the log names @p argument and says @p valid; nothing is left behind. */
static int
expect_refusal(const char *args, const char *argument, const char *valid)
{
	struct drv_holdings before;
	const char *log;
	int ret;

	drv_count_holdings(&before);
	TEST_CALL(drv_log_begin());
	ret = rte_vdev_init(DRV_NAME, args);
	log = drv_log_end();
	if (ret >= 0 || strstr(log, argument) == NULL || strstr(log, valid) == NULL) {
		test_note("'%s' gave %d and the log: %s", args, ret, log);
		if (ret >= 0)
			rte_vdev_uninit(DRV_NAME);
		return TEST_FAILED;
	}
	TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name(DRV_NAME), -EINVAL);
	return drv_expect_holdings(&before);
}

static int
bad_values_are_refused(void)
{
	static const struct {
		const char *args, *argument, *valid;
	} bad[] = {
		{ "engine=fast", "argument engine=fast", "thread, service or inline" },
		{ "engine=", "argument engine=", "a value" },
		{ "engine", "argument engine=", "a value" },
		{ "queues=2,engine=Thread", "argument engine=Thread", "thread, service" },
		{ "lcore=-1", "argument lcore=-1", "CPU number from 0 to" },
		{ "lcore=a", "argument lcore=a", "CPU number from 0 to" },
		{ "lcore=1000000", "argument lcore=1000000", "CPU number from 0 to" },
		{ "channels=0", "argument channels=0", "1 to 32" },
		{ "channels=33", "argument channels=33", "1 to 32" },
		{ "channels=4x", "argument channels=4x", "1 to 32" },
		{ "channels= 4", "argument channels= 4", "1 to 32" },
		{ "queues=0", "argument queues=0", "1 to 8" },
		{ "queues=9", "argument queues=9", "1 to 8" },
		{ "queues=+2", "argument queues=+2", "1 to 8" },
		{ "ring=32", "argument ring=32", "power of two from 64 to 32768" },
		{ "ring=1000", "argument ring=1000", "power of two from 64 to 32768" },
		{ "ring=65536", "argument ring=65536", "power of two from 64 to 32768" },
		{ "ring=64.0", "argument ring=64.0", "power of two from 64 to 32768" },
		{ "ring=99999999999999999999", "argument ring=9999", "power of two from" },
		{ "spin=1000001", "argument spin=1000001", "0 to 1000000 microseconds" },
		{ "spin=", "argument spin=", "a value" },
		{ "silent=2", "argument silent=2", "0 or 1" },
		{ "silent=yes", "argument silent=yes", "0 or 1" },
		{ "strict=-1", "argument strict=-1", "0 or 1" },
		{ "port=fifo", "argument port=fifo", PORT_HELP },
		{ "port=loopback/fifo:1000", "argument port=loopback/fifo:1000", PORT_HELP },
		{ "port=loopback/fifo:512", "argument port=loopback/fifo:512", PORT_HELP },
		{ "port=loopback/fifo:32M", "argument port=loopback/fifo:32M", PORT_HELP },
		{ "port=sink/rate:fast", "argument port=sink/rate:fast", PORT_HELP },
		{ "port=sink/rate", "argument port=sink/rate", PORT_HELP },
		{ "port=source/frame:-1", "argument port=source/frame:-1", PORT_HELP },
		{ "port=source/colour:1", "argument port=source/colour:1", PORT_HELP },
		{ "port=source/rate:1/rate:1", "argument port=source/rate:1/rate:1", "each once" },
		{ "port=sink,port=nothing", "argument port=nothing", PORT_HELP },
		{ "timeout=0", "argument timeout=0", "1 to 3600000 milliseconds" },
		{ "socket=", "argument socket=", "a value" },
		{ "socket=/s,channels=2", "channels does not go with socket=/s", "timeout" },
		{ "socket=/nowhere/s", "socket=/nowhere/s", "refdma-device --socket /nowhere/s" },
		{ "colour=red", "argument colour", KEYS },
		{ "engine=inline,Queues=2", "argument Queues", KEYS },
		{ "queues=2,colour", "argument colour", KEYS },
	};

	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		TEST_CALL(expect_refusal(bad[i].args, bad[i].argument, bad[i].valid));
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

/* Whoever writes one twice would not know which of them counts. */
static int
only_ports_are_repeated(void)
{
	static const char *const keys[] = {
		"engine=thread", "lcore=0", "channels=1", "queues=2", "ring=64", "spin=0",
		"silent=0", "strict=0", "socket=/s", "timeout=1",
	};
	char args[64], argument[64], place[64];

	for (unsigned int i = 0; i < RTE_DIM(keys); i++) {
		snprintf(args, sizeof(args), "%s,%s", keys[i], keys[i]);
		snprintf(argument, sizeof(argument), "argument %.*s is given more than once",
			 (int)strcspn(keys[i], "="), keys[i]);
		snprintf(place, sizeof(place), "here as %s;", keys[i]);
		TEST_CALL(expect_refusal(args, argument, place));
	}
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "port=sink,port=sink" }));
	return drv_usable(0);
}

/* 32 ports are also the most arguments that EAL's parser takes. */
static int
ports_go_up_to_32(void)
{
	char args[1024] = "port=loopback";
	size_t length = strlen(args);
	struct rte_pmd_refdma_info info;

	for (unsigned int i = 1; i < 32; i++)
		length += snprintf(args + length, sizeof(args) - length, ",port=sink");
	TEST_ASSERT_EQ(rte_vdev_init(DRV_NAME, args), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_info_get(rte_dma_get_dev_id_by_name(DRV_NAME), &info), 0);
	TEST_ASSERT_EQ(info.nb_ports, 32);
	TEST_ASSERT_EQ(rte_vdev_uninit(DRV_NAME), 0);
	snprintf(args + length, sizeof(args) - length, ",port=sink");
	return expect_refusal(args, "port=sink", "at most 32 key=value");
}

static int
good_values_are_taken(void)
{
	static const char *const good[] = {
		"", "queues=1", "queues=8,ring=64", "ring=32k", "ring=0x100", "spin=0",
		"spin=1000000", "silent=0", "strict=1", "port=loopback", "port=sink/rate:1M",
		"port=source/fifo:16M/rate:0/frame:64", "port=sink,port=sink,port=loopback",
		"lcore=0",
	};

	for (unsigned int i = 0; i < RTE_DIM(good); i++) {
		TEST_CALL(drv_open(&(struct drv_conf){ .args = good[i][0] != '\0' ? good[i] :
									    NULL }));
		TEST_CALL(drv_usable(0));
		TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	}
	return TEST_OK;
}

static int
no_arguments_at_all(void)
{
	int id;

	TEST_ASSERT_EQ(rte_vdev_init("dma_refdma0", NULL), 0);
	id = rte_dma_get_dev_id_by_name("dma_refdma0");
	TEST_ASSERT(rte_pmd_refdma_is_refdma(id));
	TEST_ASSERT_EQ(rte_vdev_uninit("dma_refdma0"), 0);
	return TEST_OK;
}

static int
each_channel_is_a_dmadev(void)
{
	static const char *const names[] = {
		DRV_NAME, DRV_NAME "_ch1", DRV_NAME "_ch2", DRV_NAME "_ch3",
	};
	int id[RTE_DIM(names)];

	TEST_ASSERT(drv_probe(DRV_NAME, "channels=4") >= 0);
	TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name(DRV_NAME "_ch4"), -EINVAL);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		id[i] = rte_dma_get_dev_id_by_name(names[i]);
		TEST_ASSERT(id[i] >= 0);
		TEST_CALL(drv_start(id[i], &(struct drv_conf){ .nb_vchans = 2 }));
	}
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		drv = id[i];
		TEST_CALL(drv_usable(0));
		TEST_CALL(drv_usable(1));
	}
	/* Stopping one leaves the others alone, and all share the ports and local memory. */
	TEST_ASSERT_EQ(rte_dma_stop(id[1]), 0);
	drv = id[2];
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_close(id[1]), 0);
	TEST_CALL(drv_usable(1));
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	for (unsigned int i = 0; i < RTE_DIM(names); i++)
		TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name(names[i]), -EINVAL);
	return TEST_OK;
}

static int
most_channels_and_queues(void)
{
	char name[64];

	TEST_ASSERT(drv_probe(DRV_NAME, "channels=32,queues=8,ring=64") >= 0);
	for (unsigned int i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), i == 0 ? "%s" : "%s_ch%u", DRV_NAME, i);
		drv = rte_dma_get_dev_id_by_name(name);
		TEST_ASSERT(drv >= 0);
		TEST_CALL(drv_start(drv, &(struct drv_conf){ .nb_vchans = 8 }));
		for (uint16_t vchan = 0; vchan < 8; vchan++)
			TEST_CALL(drv_usable(vchan));
	}
	return TEST_OK;
}

static int
no_room_for_more_dmadevs_is_said(void)
{
	TEST_ASSERT(drv_probe("dma_refdma_a", "channels=32") >= 0);
	TEST_ASSERT(drv_probe("dma_refdma_b", "channels=31") >= 0);
	TEST_CALL(expect_refusal("engine=inline,channels=2", DRV_NAME "_ch1", "no dmadev slot"));
	/* One would have fitted, and does now. */
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

static int
two_devices_at_once(void)
{
	int a, b;

	a = drv_probe("dma_refdma_a", "queues=1");
	b = drv_probe("dma_refdma_b", "queues=3");
	TEST_ASSERT(a >= 0 && b >= 0 && a != b);
	TEST_CALL(drv_start(a, &(struct drv_conf){ .direction = RTE_DMA_DIR_MEM_TO_DEV }));
	TEST_CALL(drv_start(b, &(struct drv_conf){ .direction = RTE_DMA_DIR_DEV_TO_MEM }));
	/* Each has local memory of its own. */
	TEST_ASSERT_EQ(rte_dma_copy(a, 0, drv_iova(drv_src), DRV_LOCAL, 64,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait_on(a, 0, 1));
	TEST_ASSERT_EQ(rte_dma_copy(b, 0, DRV_LOCAL, drv_iova(drv_dst), 64,
				    RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait_on(b, 0, 1));
	for (unsigned int i = 0; i < 64; i++)
		TEST_ASSERT_EQ(drv_dst[i], 0);
	TEST_ASSERT_EQ(drv_remove("dma_refdma_a"), 0);
	TEST_ASSERT_EQ(rte_dma_fill(b, 0, 1, drv_iova(drv_dst), 8, RTE_DMA_OP_FLAG_SUBMIT), 1);
	return drv_wait_on(b, 0, 1);
}

static int
a_name_is_taken_once(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(rte_vdev_init(DRV_NAME, "engine=inline") < 0);
	return drv_usable(0);
}

/* Names of memory zones are short: of two names that begin alike, the second is refused. */
static int
long_names(void)
{
	static const char *const names[] = {
		"dma_refdma_with_a_name_that_is_very_long_indeed_a",
		"dma_refdma_with_a_name_that_is_very_long_indeed_b",
	};
	const char *log;
	int ret;

	drv = drv_probe(names[0], NULL);
	TEST_ASSERT(drv >= 0);
	TEST_CALL(drv_start(drv, &(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(drv_usable(1));
	TEST_CALL(drv_log_begin());
	ret = rte_vdev_init(names[1], "engine=inline");
	log = drv_log_end();
	TEST_ASSERT(ret < 0);
	TEST_ASSERT(strstr(log, names[1]) != NULL && strstr(log, "first 26 characters") != NULL);
	return drv_usable(1);
}

static const struct test_case cases[] = {
	{ "bad_values_are_refused", bad_values_are_refused },
	{ "only_ports_are_repeated", only_ports_are_repeated },
	{ "ports_go_up_to_32", ports_go_up_to_32 },
	{ "good_values_are_taken", good_values_are_taken },
	{ "no_arguments_at_all", no_arguments_at_all },
	{ "each_channel_is_a_dmadev", each_channel_is_a_dmadev },
	{ "most_channels_and_queues", most_channels_and_queues },
	{ "no_room_for_more_dmadevs_is_said", no_room_for_more_dmadevs_is_said },
	{ "two_devices_at_once", two_devices_at_once },
	{ "a_name_is_taken_once", a_name_is_taken_once },
	{ "long_names", long_names },
};

DRIVER_SUITE(args, "driver_args", "inline", cases)
