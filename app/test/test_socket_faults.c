/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A device in another process that dies, is restarted or is reset, with work in flight. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_memory.h>

#include "test_driver.h"
#include "test_socket.h"

/* In flight when the process dies, and more than it can have done by then. */
#define COPIES		60
#define COPY_BYTES	0x20000u
/*
 * How long the driver may take to notice. Without its watch on the connection it would take as
 * long as an answer to a register access may, which is seconds. The figure that is promised is
 * 100 ms, and what it took is printed.
 */
#define NOTICE_MS	1000

static int
end_server(int sig, int expected)
{
	struct socket_server *server = drv_server(DRV_NAME);
	int status;

	TEST_ASSERT_EQ(kill(server->pid, sig), 0);
	status = socket_server_wait(server);
	TEST_ASSERT_EQ(status, expected);
	return TEST_OK;
}

/* The queue never runs dry. */
static int
load(uint16_t vchan)
{
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, vchan, RTE_PMD_REFDMA_INJECT_STALL, COPIES / 2,
					     0), 0);
	for (unsigned int i = 0; i < COPIES; i++)
		TEST_ASSERT(drv_copy(vchan, drv_dst, drv_src, COPY_BYTES, 0) >= 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, vchan), 0);
	return TEST_OK;
}

/* Every operation ends, the later ones with an error, and none is lost. */
static int
all_end(uint16_t vchan, uint64_t since)
{
	enum rte_dma_status_code status[COPIES];
	unsigned int got = 0, good = 0;
	uint64_t took;

	TEST_WAIT((got += rte_dma_completed_status(drv, vchan, COPIES - got, NULL, status + got),
		   got == COPIES), NOTICE_MS);
	took = test_now_ns() - since;
	while (good < COPIES && status[good] == RTE_DMA_STATUS_SUCCESSFUL)
		good++;
	TEST_ASSERT(good < COPIES / 2);
	for (unsigned int i = good; i < COPIES; i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_DEV_LINK_ERROR);
	test_note("vchan %u: %u succeeded, the last error came after %u us", vchan, good,
		  (unsigned int)(took / 1000));
	return TEST_OK;
}

/* Registers read all-ones, nothing can be done, and everything returns. */
static int
is_gone(void)
{
	struct rte_pmd_refdma_port port;

	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, 0), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), -EIO);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), -EIO);
	TEST_ASSERT_EQ(rte_dma_dump(drv, stderr), 0);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), -EIO);
	TEST_ASSERT_EQ(rte_dma_close(drv), 0);
	return TEST_OK;
}

static int
dies_under_load(int sig, int expected)
{
	uint64_t since;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2 }));
	TEST_CALL(load(0));
	TEST_CALL(load(1));
	since = test_now_ns();
	TEST_CALL(end_server(sig, expected));
	TEST_CALL(all_end(0, since));
	TEST_CALL(all_end(1, since));
	return is_gone();
}

static int
killed_under_load(void)
{
	return dies_under_load(SIGKILL, SIGKILL);
}

static int
terminated_under_load(void)
{
	return dies_under_load(SIGTERM, 0);
}

static int
work_enqueued_after_the_death_ends_too(void)
{
	enum rte_dma_status_code status[8];

	TEST_CALL(drv_open(NULL));
	TEST_CALL(drv_usable(0));
	TEST_CALL(end_server(SIGKILL, SIGKILL));
	for (unsigned int i = 0; i < RTE_DIM(status); i++)
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait_status(0, RTE_DIM(status), status));
	for (unsigned int i = 0; i < RTE_DIM(status); i++)
		TEST_ASSERT_EQ(status[i], RTE_DMA_STATUS_DEV_LINK_ERROR);
	TEST_ASSERT(drv_untouched(drv_dst, 64));
	return is_gone();
}

static int
silent_mode_says_so_when_the_ring_is_full(void)
{
	int ret;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "silent=1", .silent = true }));
	TEST_CALL(end_server(SIGKILL, SIGKILL));
	TEST_WAIT((ret = drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT),
		   ret < 0 && ret != -ENOSPC), NOTICE_MS);
	TEST_ASSERT_EQ(ret, -EIO);
	return TEST_OK;
}

static int
whoever_sleeps_is_woken(void)
{
	struct pollfd event = { .events = POLLIN };

	TEST_CALL(drv_open(NULL));
	event.fd = rte_pmd_refdma_event_fd(drv, 0);
	TEST_ASSERT(event.fd >= 0);
	TEST_CALL(load(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(drv, 0), 0);
	TEST_ASSERT_EQ(poll(&event, 1, 0), 0);
	TEST_CALL(end_server(SIGKILL, SIGKILL));
	TEST_ASSERT_EQ(poll(&event, 1, DRV_WAIT_MS), 1);
	return all_end(0, test_now_ns());
}

static int
restarted_device_works(void)
{
	struct socket_server *server;
	struct drv_holdings before;
	char args[128];

	TEST_CALL(drv_open(NULL));
	server = drv_server(DRV_NAME);
	snprintf(args, sizeof(args), "socket=%s", server->path);
	drv_count_holdings(&before);
	for (unsigned int i = 0; i < 5; i++) {
		TEST_CALL(load(0));
		TEST_CALL(end_server(SIGKILL, SIGKILL));
		if (i % 2 == 0)
			TEST_CALL(all_end(0, test_now_ns()));
		if (i % 3 == 0)
			TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(rte_vdev_uninit(DRV_NAME), 0);
		TEST_CALL(socket_server_again(server, NULL));
		TEST_ASSERT_EQ(rte_vdev_init(DRV_NAME, args), 0);
		drv = rte_dma_get_dev_id_by_name(DRV_NAME);
		TEST_CALL(drv_start(drv, &(struct drv_conf){ .nb_vchans = 1 }));
		TEST_CALL(drv_usable(0));
	}
	return drv_expect_holdings(&before);
}

static int
every_channel_ends(void)
{
	static const char *const names[] = { DRV_NAME, DRV_NAME "_ch1", DRV_NAME "_ch2",
					     DRV_NAME "_ch3" };
	const struct drv_conf conf = { .nb_vchans = 2 };
	uint64_t since;

	TEST_ASSERT(drv_probe(DRV_NAME, "channels=4") >= 0);
	for (unsigned int c = 0; c < RTE_DIM(names); c++) {
		drv = rte_dma_get_dev_id_by_name(names[c]);
		TEST_CALL(drv_start(drv, &conf));
		TEST_CALL(drv_usable(1));
		TEST_CALL(load(0));
	}
	since = test_now_ns();
	TEST_CALL(end_server(SIGKILL, SIGKILL));
	for (unsigned int c = 0; c < RTE_DIM(names); c++) {
		drv = rte_dma_get_dev_id_by_name(names[c]);
		TEST_CALL(all_end(0, since));
		TEST_CALL(is_gone());
	}
	return TEST_OK;
}

static int
reset_while_busy(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 20; i++) {
		for (unsigned int n = 0; n < COPIES; n++)
			TEST_ASSERT(drv_copy(0, drv_dst, drv_src, COPY_BYTES, 0) >= 0);
		TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		/* Nothing is written any more. */
		drv_wipe();
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
		TEST_CALL(drv_usable(0));
		TEST_ASSERT(drv_untouched(drv_dst, DRV_BYTES));
	}
	return TEST_OK;
}

static int
removed_while_busy(void)
{
	struct socket_server *server;

	TEST_CALL(drv_open(NULL));
	server = drv_server(DRV_NAME);
	TEST_CALL(load(0));
	TEST_ASSERT_EQ(rte_vdev_uninit(DRV_NAME), 0);
	/* The process has no client any more. */
	TEST_ASSERT_EQ(socket_server_wait(server), 0);
	return TEST_OK;
}

static int
memory_that_is_not_shared_is_an_error(void)
{
	uint8_t here[64] = { 0 };

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(drv_copy(0, drv_dst, here, sizeof(here), 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	TEST_ASSERT(drv_copy(0, here, drv_src, sizeof(here), 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	return drv_usable(0);
}

/* The dmadev's device, for rte_dev_dma_map(). */
static struct rte_device *
device(void)
{
	struct rte_dev_iterator iterator;
	struct rte_device *dev;

	RTE_DEV_FOREACH(dev, "bus=vdev", &iterator)
		if (strcmp(rte_dev_name(dev), DRV_NAME) == 0)
			return dev;
	return NULL;
}

static int
use_mapped(uint8_t *area, size_t length)
{
	rte_iova_t iova = drv_iova(area);

	TEST_ASSERT_EQ(rte_dev_dma_map(device(), area, iova, length), 0);
	drv_pattern(area, 4096, 5);
	TEST_ASSERT(drv_copy(0, area + length - 4096, area, 4096, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT(memcmp(area, area + length - 4096, 4096) == 0);
	TEST_ASSERT_EQ(rte_dev_dma_unmap(device(), area, iova, length), 0);
	TEST_ASSERT(drv_copy(0, drv_dst, area, 64, 0) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_SRC_ADDR));
	return TEST_OK;
}

/* What the application brings is granted as the second half of a file, and taken back. */
static int
memory_of_the_application_can_be_mapped(void)
{
	const size_t length = 0x10000;
	int fd = memfd_create("test", MFD_CLOEXEC);
	uint8_t *area, *whole;
	int result;

	TEST_ASSERT(fd >= 0 && ftruncate(fd, 2 * length) == 0);
	whole = mmap(NULL, 2 * length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TEST_ASSERT(whole != MAP_FAILED);
	area = whole + length;
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_extmem_register(area, length, NULL, length / 4096, 4096), 0);
	result = use_mapped(area, length);
	TEST_ASSERT_EQ(rte_extmem_unregister(area, length), 0);
	munmap(whole, 2 * length);
	close(fd);
	TEST_CALL(result);
	return drv_usable(0);
}

static int
memory_without_a_file_cannot_be_mapped(void)
{
	const size_t length = 0x10000;
	uint8_t *area = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	const char *log;
	int ret;

	TEST_ASSERT(area != MAP_FAILED);
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_extmem_register(area, length, NULL, length / 4096, 4096), 0);
	TEST_CALL(drv_log_begin());
	ret = rte_dev_dma_map(device(), area, drv_iova(area), length);
	log = drv_log_end();
	TEST_ASSERT_EQ(rte_extmem_unregister(area, length), 0);
	munmap(area, length);
	TEST_ASSERT(ret != 0);
	TEST_ASSERT(strstr(log, "memfd_create() makes one") != NULL);
	return drv_usable(0);
}

static const struct test_case cases[] = {
	{ "killed_under_load", killed_under_load },
	{ "terminated_under_load", terminated_under_load },
	{ "work_enqueued_after_the_death_ends_too", work_enqueued_after_the_death_ends_too },
	{ "silent_mode_says_so_when_the_ring_is_full", silent_mode_says_so_when_the_ring_is_full },
	{ "whoever_sleeps_is_woken", whoever_sleeps_is_woken },
	{ "restarted_device_works", restarted_device_works },
	{ "every_channel_ends", every_channel_ends },
	{ "reset_while_busy", reset_while_busy },
	{ "removed_while_busy", removed_while_busy },
	{ "memory_that_is_not_shared_is_an_error", memory_that_is_not_shared_is_an_error },
	{ "memory_of_the_application_can_be_mapped", memory_of_the_application_can_be_mapped },
	{ "memory_without_a_file_cannot_be_mapped", memory_without_a_file_cannot_be_mapped },
};

DRIVER_SUITE(socket_faults, "socket_faults", "socket", cases)
