/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A controller that does not carry out its commands: what the driver has lent to it stays lent
 * until it answers, or until the whole function is reset. It is a refdma-device whose STATUS
 * register reads as BUSY.
 */

#include <errno.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_memzone.h>

#include "refdma_hw.h"
#include "test_driver.h"
#include "test_socket.h"
#include "test_socket_proxy.h"

#define QUEUE(reg)	(REFDMA_CHANNEL_BASE + REFDMA_QUEUE_BASE + (reg))
#define BUSY		(REFDMA_Q_STATUS_BUSY | REFDMA_STATE_RUNNING)
/* So long the driver waits for a command; one that works needs far less, on a busy machine too. */
#define COMMAND_MS	1000
#define COPIES		4

static struct socket_server server;
static char proxy_path[96];

static int
setup(void)
{
	TEST_CALL(drv_suite_setup("thread"));
	TEST_CALL(socket_server_keep(&server));
	snprintf(proxy_path, sizeof(proxy_path), "%s/proxy", server.dir);
	return TEST_OK;
}

static void
teardown(void)
{
	socket_server_end(&server);
	drv_suite_teardown();
}

static int
case_setup(void)
{
	TEST_CALL(drv_case_setup());
	proxy_registers_clear();
	return proxy_start(proxy_path, server.path, PROXY_SILENT, PROXY_NEVER);
}

static void
case_teardown(void)
{
	rte_vdev_uninit(DRV_NAME);
	proxy_end();
	drv_case_teardown();
}

static int
probe(void)
{
	char args[128];

	proxy_register(REFDMA_REG_CMD_TIMEOUT, COMMAND_MS);
	snprintf(args, sizeof(args), "socket=%s", proxy_path);
	TEST_ASSERT_EQ(rte_vdev_init(DRV_NAME, args), 0);
	drv = rte_dma_get_dev_id_by_name(DRV_NAME);
	TEST_ASSERT(drv >= 0);
	return TEST_OK;
}

static int
open_device(void)
{
	TEST_CALL(probe());
	TEST_CALL(drv_start(drv, &(struct drv_conf){ .nb_desc = 64 }));
	return drv_usable(0);
}

/* From now on no command of vchan 0 ends. */
static void
get_stuck(void)
{
	proxy_register(QUEUE(REFDMA_Q_STATUS), BUSY);
}

/* Ring, status ring and completion area. */
static const struct rte_memzone *
ring(void)
{
	char name[RTE_MEMZONE_NAMESIZE];

	snprintf(name, sizeof(name), "refdma_%d_0", drv);
	return rte_memzone_lookup(name);
}

/* Not stopped, and the log says what to do. */
static int
stop_fails(void)
{
	const char *log;
	int ret;

	TEST_CALL(drv_log_begin());
	ret = rte_dma_stop(drv);
	log = drv_log_end();
	TEST_ASSERT_EQ(ret, -ETIMEDOUT);
	TEST_ASSERT(strstr(log, "RESET not done after 1000 ms") != NULL);
	TEST_ASSERT(strstr(log, "keep all buffers, then call rte_dma_stop() again") != NULL);
	return TEST_OK;
}

/* Whatever would free the ring or use it again is refused with @p error. */
static int
nothing_frees(const struct rte_memzone *zone, int error)
{
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), error);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 128), error);
	TEST_ASSERT_EQ(rte_dma_close(drv), error);
	TEST_ASSERT(ring() == zone);
	return TEST_OK;
}

static int
stop_without_an_answer_keeps_the_memory(void)
{
	const struct rte_memzone *zone;

	TEST_CALL(open_device());
	zone = ring();
	TEST_ASSERT(zone != NULL);
	get_stuck();
	TEST_CALL(stop_fails());
	TEST_CALL(nothing_frees(zone, -EBUSY));
	TEST_CALL(stop_fails());
	TEST_CALL(nothing_frees(zone, -EBUSY));
	proxy_registers_clear();
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	TEST_ASSERT(ring() == NULL);
	return TEST_OK;
}

/* Their buffers are the device's until it has answered. */
static int
work_ends_only_with_the_answer(void)
{
	enum rte_dma_status_code status[COPIES];

	TEST_CALL(open_device());
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_STALL, 1, 0), 0);
	for (unsigned int i = 0; i < COPIES; i++)
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	get_stuck();
	TEST_CALL(stop_fails());
	for (unsigned int i = 0; i < 1000; i++)
		TEST_ASSERT_EQ(rte_dma_completed_status(drv, 0, COPIES, NULL, status), 0);
	/* The RESET has worked meanwhile. */
	proxy_registers_clear();
	TEST_CALL(drv_wait_status(0, COPIES, status));
	for (unsigned int i = 0; i < COPIES; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_DEV_LINK_ERROR);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	return TEST_OK;
}

/* The device has been told of the ring, and may begin to use it whenever it wakes up. */
static int
start_without_an_answer_keeps_the_memory(void)
{
	const struct rte_memzone *zone;

	TEST_CALL(probe());
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	zone = ring();
	proxy_watch(QUEUE(REFDMA_Q_CTRL), REFDMA_Q_CTRL_ENABLE);
	proxy_register_then(QUEUE(REFDMA_Q_STATUS), BUSY);
	TEST_ASSERT_EQ(rte_dma_start(drv), -ETIMEDOUT);
	TEST_ASSERT(proxy_saw());
	TEST_CALL(nothing_frees(zone, -ETIMEDOUT));
	TEST_ASSERT_EQ(rte_dma_start(drv), -ETIMEDOUT);
	proxy_registers_clear();
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	return TEST_OK;
}

/* A device that was not told of the ring has nothing that it could write to. */
static int
start_that_does_not_begin_keeps_nothing(void)
{
	TEST_CALL(probe());
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	get_stuck();
	TEST_ASSERT_EQ(rte_dma_start(drv), -ETIMEDOUT);
	TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	TEST_ASSERT(ring() == NULL);
	return TEST_OK;
}

static int
removal_resets_the_function(void)
{
	struct drv_holdings before, after;
	const char *log;
	int ret;

	drv_count_holdings(&before);
	TEST_CALL(open_device());
	get_stuck();
	TEST_CALL(stop_fails());
	proxy_watch(REFDMA_REG_FUNC_CTRL, REFDMA_FUNC_CTRL_RESET);
	TEST_CALL(drv_log_begin());
	ret = rte_vdev_uninit(DRV_NAME);
	log = drv_log_end();
	TEST_ASSERT_EQ(ret, 0);
	TEST_ASSERT(proxy_saw());
	TEST_ASSERT(strstr(log, "the whole function is reset") != NULL);
	TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name(DRV_NAME), -EINVAL);
	/* Threads and descriptors are the proxy's, too. */
	drv_count_holdings(&after);
	TEST_ASSERT_EQ(after.memzones, before.memzones);
	TEST_ASSERT_EQ(after.heap_bytes, before.heap_bytes);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "stop_without_an_answer_keeps_the_memory", stop_without_an_answer_keeps_the_memory },
	{ "work_ends_only_with_the_answer", work_ends_only_with_the_answer },
	{ "start_without_an_answer_keeps_the_memory", start_without_an_answer_keeps_the_memory },
	{ "start_that_does_not_begin_keeps_nothing", start_that_does_not_begin_keeps_nothing },
	{ "removal_resets_the_function", removal_resets_the_function },
};

static struct test_suite suite = {
	.name = "socket_stuck",
	.setup = setup,
	.teardown = teardown,
	.case_setup = case_setup,
	.case_teardown = case_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

RTE_INIT(socket_stuck_register)
{
	suite.eal_args = drv_eal_args("thread");
	test_suite_register(&suite);
}
