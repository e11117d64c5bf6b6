/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A device process that does not keep to the protocol: whatever it answers to whichever message,
 * the driver says what is wrong within its time limit, nothing leaks, and a good device works
 * afterwards.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_malloc.h>

#include "test_driver.h"
#include "test_socket.h"
#include "test_socket_proxy.h"

/* Where the server says nothing any more, each try takes this long: not every message is tried. */
#define SHORT_TIMEOUT	"1000"
#define SHORT_STEP	5

static struct socket_server server;
static char proxy_path[96];
static uint8_t *memory;
static struct drv_holdings baseline;

static int use_device(const char *path, const char *timeout);

static int
setup(void)
{
	TEST_CALL(socket_server_keep(&server));
	snprintf(proxy_path, sizeof(proxy_path), "%s/proxy", server.dir);
	memory = rte_malloc("test", 8192, 4096);
	TEST_ASSERT(memory != NULL);
	/* What the first use makes for good. */
	TEST_ASSERT_EQ(use_device(server.path, "20000"), 0);
	drv_count_holdings(&baseline);
	return TEST_OK;
}

static void
teardown(void)
{
	rte_free(memory);
	socket_server_end(&server);
}

/* All that an application does. @return 0 where it has worked */
static int
use_device(const char *path, const char *timeout)
{
	enum rte_dma_status_code status = RTE_DMA_STATUS_SUCCESSFUL;
	uint64_t deadline = test_now_ns() + (uint64_t)DRV_WAIT_MS * 1000000;
	char args[256];
	uint16_t n = 0;
	int id, ret;

	snprintf(args, sizeof(args), "socket=%s,timeout=%s", path, timeout);
	ret = rte_vdev_init(DRV_NAME, args);
	if (ret != 0)
		return ret;
	id = rte_dma_get_dev_id_by_name(DRV_NAME);
	memset(memory, 1, 4096);
	memset(memory + 4096, 2, 4096);
	ret = drv_configure(id, 1, false);
	if (ret == 0)
		ret = drv_vchan(id, 0, RTE_DMA_DIR_MEM_TO_MEM, 64);
	if (ret == 0)
		ret = rte_dma_start(id);
	/* A device without interrupts is as good. */
	if (ret == 0)
		rte_pmd_refdma_event_fd(id, 0);
	if (ret == 0)
		ret = rte_dma_copy(id, 0, drv_iova(memory), drv_iova(memory + 4096), 4096,
				   RTE_DMA_OP_FLAG_SUBMIT) >= 0 ? 0 : -EIO;
	while (ret == 0 && n == 0 && test_now_ns() < deadline)
		n = rte_dma_completed_status(id, 0, 1, NULL, &status);
	if (ret == 0 && (n == 0 || status != RTE_DMA_STATUS_SUCCESSFUL))
		ret = -EIO;
	rte_dma_stop(id);
	rte_dma_close(id);
	rte_vdev_uninit(DRV_NAME);
	return ret == 0 && memcmp(memory, memory + 4096, 4096) != 0 ? -EIO : ret;
}

static bool
says_nothing(enum proxy_mode mode)
{
	return mode == PROXY_SILENT || mode == PROXY_CUT;
}

/* One spoilt answer. @return whether there was such a message */
static int
try_message(enum proxy_mode mode, uint32_t nth, bool *reached)
{
	uint32_t messages;
	const char *log;
	int ret;

	TEST_CALL(proxy_start(proxy_path, server.path, mode, nth));
	TEST_CALL(drv_log_begin());
	ret = use_device(proxy_path, says_nothing(mode) ? SHORT_TIMEOUT : "20000");
	log = drv_log_end();
	messages = proxy_end();
	*reached = messages > nth;
	/* What is wrong is said, where it was bad enough to fail. */
	if ((ret != 0 && strstr(log, DRV_NAME) == NULL) || (!*reached && ret != 0)) {
		test_note("mode %u, message %u of %u: %d, log: %s", mode, nth, messages, ret, log);
		return TEST_FAILED;
	}
	return drv_expect_holdings(&baseline);
}

static int
every_message(enum proxy_mode mode)
{
	bool reached = true;
	uint32_t nth;

	for (nth = 0; reached; nth += says_nothing(mode) && nth >= 3 ? SHORT_STEP : 1)
		TEST_CALL(try_message(mode, nth, &reached));
	/* Handshake, regions, memory, registers of the probe and the start, stop. */
	TEST_ASSERT(nth > 20);
	TEST_ASSERT_EQ(use_device(server.path, "20000"), 0);
	return TEST_OK;
}

#define MODE(name, mode) \
	static int \
	name(void) \
	{ \
		return every_message(mode); \
	}

MODE(no_answer, PROXY_SILENT)
MODE(connection_ends, PROXY_CLOSE)
MODE(answer_is_cut, PROXY_CUT)
MODE(answer_is_cut_by_the_end, PROXY_CUT_AND_CLOSE)
MODE(answer_is_garbage, PROXY_GARBAGE)
MODE(answer_to_another_question, PROXY_WRONG_ID)
MODE(answer_to_another_command, PROXY_WRONG_COMMAND)
MODE(answer_is_a_command, PROXY_NO_REPLY)
MODE(size_is_less_than_a_header, PROXY_SIZE_SMALL)
MODE(size_is_huge, PROXY_SIZE_HUGE)
MODE(payload_is_too_short, PROXY_SIZE_LESS)
MODE(payload_is_too_long, PROXY_SIZE_MORE)
MODE(refusal, PROXY_REFUSAL)
MODE(refusal_without_a_number, PROXY_REFUSAL_OF_NOTHING)
MODE(refusal_with_a_payload, PROXY_LONG_REFUSAL)
MODE(payload_of_zeroes, PROXY_ZEROES)
MODE(payload_of_ones, PROXY_ONES)
MODE(answer_comes_twice, PROXY_TWICE)
MODE(descriptors_that_nobody_asked_for, PROXY_FDS)

static int
nobody_listens(void)
{
	const char *log;
	int ret;

	TEST_CALL(drv_log_begin());
	ret = use_device("/nowhere/socket", "20000");
	log = drv_log_end();
	TEST_ASSERT_EQ(ret, -ENOENT);
	TEST_ASSERT(strstr(log, "start the device first") != NULL);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "nobody_listens", nobody_listens },
	{ "no_answer", no_answer },
	{ "connection_ends", connection_ends },
	{ "answer_is_cut", answer_is_cut },
	{ "answer_is_cut_by_the_end", answer_is_cut_by_the_end },
	{ "answer_is_garbage", answer_is_garbage },
	{ "answer_to_another_question", answer_to_another_question },
	{ "answer_to_another_command", answer_to_another_command },
	{ "answer_is_a_command", answer_is_a_command },
	{ "size_is_less_than_a_header", size_is_less_than_a_header },
	{ "size_is_huge", size_is_huge },
	{ "payload_is_too_short", payload_is_too_short },
	{ "payload_is_too_long", payload_is_too_long },
	{ "refusal", refusal },
	{ "refusal_without_a_number", refusal_without_a_number },
	{ "refusal_with_a_payload", refusal_with_a_payload },
	{ "payload_of_zeroes", payload_of_zeroes },
	{ "payload_of_ones", payload_of_ones },
	{ "answer_comes_twice", answer_comes_twice },
	{ "descriptors_that_nobody_asked_for", descriptors_that_nobody_asked_for },
};

static struct test_suite suite = {
	.name = "socket_hostile",
	.setup = setup,
	.teardown = teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

RTE_INIT(socket_hostile_register)
{
	suite.eal_args = drv_eal_args("thread");
	test_suite_register(&suite);
}
