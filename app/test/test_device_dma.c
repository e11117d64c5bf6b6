/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: the device accesses what DMA_MAP granted, as it granted it, and nothing else. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test_device.h"

#define READ		VFIO_USER_DMA_READ
#define WRITE		VFIO_USER_DMA_WRITE
#define PAGE		UINT64_C(0x1000)
/* A second memory, at addresses of its own. */
#define EXTRA		UINT64_C(0x700000000)
#define EXTRA_BYTES	(UINT64_C(1) << 20)
#define BYTES		256

static struct dev_queue q;
static int extra_fd = -1;
static uint8_t *extra;

static int
open_session(void)
{
	TEST_CALL(DEV_START("--keep"));
	TEST_CALL(dev_attach());
	TEST_CALL(dev_queue_open(&q, 0, 0));
	extra_fd = memfd_create("client-extra", MFD_CLOEXEC);
	TEST_ASSERT(extra_fd >= 0);
	TEST_ASSERT_EQ(ftruncate(extra_fd, EXTRA_BYTES), 0);
	extra = mmap(NULL, EXTRA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, extra_fd, 0);
	TEST_ASSERT(extra != MAP_FAILED);
	memset(extra, 0x5a, EXTRA_BYTES);
	memset(dev.ram + DEV_DATA, 0xa5, BYTES);
	return TEST_OK;
}

static void
close_session(void)
{
	dev_teardown();
	if (extra != NULL && extra != MAP_FAILED)
		munmap(extra, EXTRA_BYTES);
	if (extra_fd >= 0)
		close(extra_fd);
	extra = NULL;
	extra_fd = -1;
}

/* Copy from there, and to there: the codes that come of it. */
static int
expect_codes(uint64_t address, unsigned int as_source, unsigned int as_destination)
{
	unsigned int code;

	TEST_CALL(dev_copy(&q, address, DEV_RAM + DEV_DATA + PAGE, BYTES, &code));
	TEST_ASSERT_EQ(code, as_source);
	TEST_CALL(dev_copy(&q, DEV_RAM + DEV_DATA, address, BYTES, &code));
	TEST_ASSERT_EQ(code, as_destination);
	return TEST_OK;
}

/* The queue has lost its ring: it halts when the device next looks at it. */
static int
expect_halted(void)
{
	TEST_CALL(dev_set_reg(REFDMA_CHANNEL_BASE + REFDMA_CH_WAKE, 1));
	TEST_WAIT(dev_state(&q) == REFDMA_STATE_HALTED, DEV_DEADLINE_MS);
	TEST_ASSERT_EQ(dev_reg(q.base + REFDMA_Q_STATUS) >> REFDMA_Q_STATUS_REASON_SHIFT &
		       REFDMA_Q_STATUS_REASON_MASK, REFDMA_CODE_DESC_READ);
	return TEST_OK;
}

static int
rights_are_enforced(void)
{
	TEST_CALL(open_session());
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	TEST_ASSERT_EQ(dev_map(EXTRA, EXTRA_BYTES, READ, extra_fd, 0), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_PAGE_FAULT));
	TEST_ASSERT_EQ(extra[0], 0x5a);
	TEST_ASSERT_EQ(dev.ram[DEV_DATA + PAGE], 0x5a);
	TEST_ASSERT_EQ(dev_unmap(EXTRA, EXTRA_BYTES), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	TEST_ASSERT_EQ(dev_map(EXTRA, EXTRA_BYTES, WRITE, extra_fd, 0), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_PAGE_FAULT, REFDMA_CODE_OK));
	TEST_ASSERT_EQ(extra[0], 0xa5);
	TEST_ASSERT_EQ(dev_unmap(EXTRA, EXTRA_BYTES), 0);
	TEST_ASSERT_EQ(dev_map(EXTRA, EXTRA_BYTES, 0, extra_fd, 0), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_PAGE_FAULT, REFDMA_CODE_PAGE_FAULT));
	return TEST_OK;
}

static int
offset_of_the_file_counts(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, extra_fd, 3 * PAGE), 0);
	extra[3 * PAGE] = 0x33;
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_ASSERT_EQ(dev.ram[DEV_DATA + PAGE], 0x33);
	TEST_ASSERT_EQ(extra[3 * PAGE], 0xa5);
	TEST_ASSERT_EQ(extra[0], 0x5a);
	/* The page behind it was not granted. */
	return expect_codes(EXTRA + PAGE, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS);
}

static int
wrong_grants_are_refused(void)
{
	static const struct {
		uint64_t address, size, offset;
		int error;
	} wrong[] = {
		{ EXTRA, 0, 0, EINVAL },
		{ EXTRA + 1, PAGE, 0, EINVAL },
		{ EXTRA, PAGE - 1, 0, EINVAL },
		{ EXTRA, PAGE, 64, EINVAL },
		{ EXTRA, EXTRA_BYTES + PAGE, 0, EINVAL },
		{ EXTRA, PAGE, EXTRA_BYTES, EINVAL },
		{ EXTRA, PAGE, UINT64_MAX - PAGE + 1, EINVAL },
		{ UINT64_MAX - PAGE + 1, 2 * PAGE, 0, EINVAL },
		{ DEV_RAM, PAGE, 0, EEXIST },
		{ DEV_RAM - PAGE, 2 * PAGE, 0, EEXIST },
		{ DEV_RAM + DEV_RAM_BYTES - PAGE, 2 * PAGE, 0, EEXIST },
		{ DEV_RAM - PAGE, EXTRA_BYTES, 0, EEXIST },
	};

	TEST_CALL(open_session());
	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		test_note("%u", i);
		TEST_ASSERT_EQ(dev_map(wrong[i].address, wrong[i].size, READ, extra_fd,
				       wrong[i].offset), -wrong[i].error);
	}
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, 0x4, extra_fd, 0), -EINVAL);
	/* Next to others, and up to the last byte of the address space, is right. */
	TEST_ASSERT_EQ(dev_map(DEV_RAM - PAGE, PAGE, READ, extra_fd, 0), 0);
	TEST_ASSERT_EQ(dev_map(DEV_RAM + DEV_RAM_BYTES, PAGE, READ, extra_fd, 0), 0);
	TEST_ASSERT_EQ(dev_map(UINT64_MAX - PAGE + 1, PAGE, READ | WRITE, extra_fd, 0), 0);
	TEST_CALL(expect_codes(UINT64_MAX - PAGE + 1, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_ASSERT_EQ(dev_unmap(UINT64_MAX - PAGE + 1, PAGE), 0);
	return expect_codes(UINT64_MAX - PAGE + 1, REFDMA_CODE_SRC_ADDRESS,
			    REFDMA_CODE_DST_ADDRESS);
}

static int
only_files_are_mapped(void)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC), ends[2], read_only;
	char path[64];

	TEST_CALL(open_session());
	TEST_ASSERT(zero >= 0);
	TEST_ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ, zero, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ, ends[0], 0), -EINVAL);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ, dev.fd, 0), -EINVAL);
	/* A file that the client may only read is not written. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", extra_fd);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	TEST_ASSERT(read_only >= 0);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, read_only, 0), -EACCES);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ, read_only, 0), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_PAGE_FAULT));
	/* The same file for writing, beside it. */
	TEST_ASSERT_EQ(dev_map(EXTRA + PAGE, PAGE, READ | WRITE, extra_fd, 0), 0);
	TEST_CALL(expect_codes(EXTRA + PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK));
	close(read_only);
	close(zero);
	close(ends[0]);
	close(ends[1]);
	return TEST_OK;
}

static int
memory_that_is_not_shared_is_known_and_not_accessed(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, -1, 0), 0);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, extra_fd, 0), -EEXIST);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	TEST_ASSERT_EQ(dev_unmap(EXTRA, PAGE), 0);
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, extra_fd, 0), 0);
	return expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_OK);
}

static int
unmapping_nothing_succeeds(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_unmap(EXTRA, PAGE), 0);
	TEST_ASSERT_EQ(dev_unmap(0, 0), 0);
	TEST_ASSERT_EQ(dev_unmap(0, DEV_RAM), 0);
	TEST_ASSERT_EQ(dev_unmap(UINT64_C(0xfeefffff), UINT64_C(1)), 0);
	TEST_ASSERT_EQ(dev_unmap(DEV_RAM + DEV_RAM_BYTES, UINT64_C(0xfffffffe00000000)), 0);
	/* What was granted elsewhere still is. */
	return expect_codes(DEV_RAM + DEV_DATA + 2 * PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK);
}

static int
unmapping_a_range_takes_everything_in_it(void)
{
	TEST_CALL(open_session());
	for (unsigned int i = 0; i < 8; i += 2)
		TEST_ASSERT_EQ(dev_map(EXTRA + i * PAGE, PAGE, READ | WRITE, extra_fd,
				       i * PAGE), 0);
	TEST_ASSERT_EQ(dev_unmap(EXTRA + PAGE, 5 * PAGE), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_CALL(expect_codes(EXTRA + 2 * PAGE, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	TEST_CALL(expect_codes(EXTRA + 4 * PAGE, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	TEST_CALL(expect_codes(EXTRA + 6 * PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK));
	/* A size that goes on to the end of the address space, as machines send it. */
	TEST_ASSERT_EQ(dev_unmap(EXTRA, UINT64_C(0xffffffff01100000)), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	return expect_codes(EXTRA + 6 * PAGE, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS);
}

static int
unmapping_a_part_leaves_the_rest(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_map(EXTRA, 8 * PAGE, READ | WRITE, extra_fd, 0), 0);
	TEST_ASSERT_EQ(dev_unmap(EXTRA + 3 * PAGE, 2 * PAGE), 0);
	TEST_CALL(expect_codes(EXTRA + 2 * PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_CALL(expect_codes(EXTRA + 3 * PAGE, REFDMA_CODE_SRC_ADDRESS, REFDMA_CODE_DST_ADDRESS));
	extra[5 * PAGE] = 0x55;
	TEST_CALL(expect_codes(EXTRA + 5 * PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_ASSERT_EQ(dev.ram[DEV_DATA + PAGE], 0x55);
	TEST_ASSERT_EQ(dev_unmap(EXTRA, 3 * PAGE), 0);
	TEST_ASSERT_EQ(dev_unmap(EXTRA + 5 * PAGE, 3 * PAGE), 0);
	/* All of the file's memory has been given up. */
	TEST_ASSERT_EQ(dev_server_maps("client-extra"), 0);
	return TEST_OK;
}

static int
unmap_all_takes_everything(void)
{
	struct vfio_user_dma_unmap all = {
		.argsz = sizeof(all), .flags = VFIO_USER_UNMAP_ALL,
	}, wrong = all, reply;

	TEST_CALL(open_session());
	wrong.size = PAGE;
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DMA_UNMAP, &wrong, sizeof(wrong), &reply, sizeof(reply)),
		       -EINVAL);
	wrong.size = 0;
	wrong.flags = 1;	/* pages that were written: nobody counts them */
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DMA_UNMAP, &wrong, sizeof(wrong), &reply, sizeof(reply)),
		       -ENOTSUP);
	TEST_ASSERT_EQ(dev_server_maps("client-ram"), 1);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DMA_UNMAP, &all, sizeof(all), &reply, sizeof(reply)),
		       sizeof(reply));
	TEST_ASSERT_EQ(dev_server_maps("client-ram"), 0);
	return expect_halted();
}

static int
a_file_is_mapped_once_and_closed(void)
{
	int before;

	TEST_CALL(open_session());
	before = dev_server_fds();
	for (unsigned int i = 0; i < EXTRA_BYTES / PAGE; i++)
		TEST_ASSERT_EQ(dev_map(EXTRA + 2 * i * PAGE, PAGE, READ | WRITE, extra_fd,
				       i * PAGE), 0);
	TEST_ASSERT_EQ(dev_server_fds(), before);
	TEST_ASSERT_EQ(dev_server_maps("client-extra"), 1);
	TEST_CALL(expect_codes(EXTRA + 20 * PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK));
	TEST_ASSERT_EQ(extra[10 * PAGE], 0xa5);
	TEST_ASSERT_EQ(dev_unmap(EXTRA, EXTRA_BYTES * 2), 0);
	TEST_ASSERT_EQ(dev_server_maps("client-extra"), 0);
	return TEST_OK;
}

/* A file that has grown since it was mapped. */
static int
a_file_may_grow(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_map(EXTRA, PAGE, READ | WRITE, extra_fd, 0), 0);
	TEST_ASSERT_EQ(ftruncate(extra_fd, 2 * EXTRA_BYTES), 0);
	TEST_ASSERT_EQ(dev_map(EXTRA + PAGE, PAGE, READ | WRITE, extra_fd, EXTRA_BYTES), 0);
	TEST_CALL(expect_codes(EXTRA, REFDMA_CODE_OK, REFDMA_CODE_OK));
	return expect_codes(EXTRA + PAGE, REFDMA_CODE_OK, REFDMA_CODE_OK);
}

/* A client that takes away memory it shares does not take the server along. */
static int
a_file_made_shorter_ends_the_connection(void)
{
	TEST_CALL(open_session());
	TEST_ASSERT_EQ(dev_map(EXTRA, EXTRA_BYTES, READ | WRITE, extra_fd, 0), 0);
	TEST_ASSERT_EQ(ftruncate(extra_fd, 0), 0);
	dev_push(&q, REFDMA_OP_COPY, DEV_RAM + DEV_DATA, EXTRA + PAGE, 0x10000, 0);
	/* The connection may have ended before the device can be woken. */
	if (dev_doorbell(&q))
		dev_write(REFDMA_BAR_REGS, REFDMA_CHANNEL_BASE + REFDMA_CH_WAKE, 4, 1);
	TEST_ASSERT_EQ(dev_receive(NULL, 0, NULL), DEV_CLOSED);
	dev_detach();
	TEST_CALL(dev_usable());
	TEST_CALL(dev_stop());
	TEST_ASSERT(strstr(dev.log, "shorter") != NULL);
	return TEST_OK;
}

/* Section 2.1 of the specification: no bus master, no access. */
static int
bus_master_enable_is_enforced(void)
{
	struct dev_queue other;
	unsigned int code;

	TEST_CALL(open_session());
	TEST_CALL(dev_bus_master(false));
	/* The queue has lost its ring; what is enabled now cannot even find one. */
	TEST_CALL(expect_halted());
	TEST_CALL(dev_queue_enable(&other, 0, 1));
	TEST_ASSERT_EQ(dev_state(&other), REFDMA_STATE_HALTED);
	TEST_ASSERT_EQ(dev_reg(other.base + REFDMA_Q_STATUS) >> REFDMA_Q_STATUS_REASON_SHIFT &
		       REFDMA_Q_STATUS_REASON_MASK, REFDMA_CODE_CONFIG);
	TEST_CALL(dev_bus_master(true));
	TEST_CALL(dev_set_reg(other.base + REFDMA_Q_CTRL, REFDMA_Q_CTRL_RESET));
	TEST_WAIT((dev_reg(other.base + REFDMA_Q_STATUS) & REFDMA_Q_STATUS_BUSY) == 0,
		  DEV_DEADLINE_MS);
	TEST_CALL(dev_queue_open(&other, 0, 1));
	TEST_CALL(dev_copy(&other, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + PAGE, 64, &code));
	TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	return TEST_OK;
}

/* Start work that takes a while, from and to the extra memory: a loop of copies. */
static int
keep_busy(void)
{
	uint32_t seen;

	TEST_ASSERT_EQ(dev_map(EXTRA, EXTRA_BYTES, READ | WRITE, extra_fd, 0), 0);
	dev_push(&q, REFDMA_OP_COPY, EXTRA, EXTRA + EXTRA_BYTES / 2, EXTRA_BYTES / 2,
		 REFDMA_F_LOOP);
	TEST_CALL(dev_ring(&q));
	seen = dev_reg(q.base + REFDMA_Q_PERIODS);
	TEST_WAIT(dev_reg(q.base + REFDMA_Q_PERIODS) != seen, DEV_DEADLINE_MS);
	return TEST_OK;
}

static int
unmapping_while_busy_fails_the_operation(void)
{
	unsigned int code;

	TEST_CALL(open_session());
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t operation = dev_done(&q);

		TEST_CALL(keep_busy());
		TEST_ASSERT_EQ(dev_unmap(EXTRA, EXTRA_BYTES), 0);
		TEST_ASSERT_EQ(dev_server_maps("client-extra"), 0);
		TEST_CALL(dev_wait(&q, operation + 1));
		code = dev_code(&q, operation);
		TEST_ASSERT(code == REFDMA_CODE_SRC_ADDRESS || code == REFDMA_CODE_DST_ADDRESS);
		/* The rest of the queue goes on. */
		TEST_CALL(dev_copy(&q, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + PAGE, 64, &code));
		TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	}
	return TEST_OK;
}

static int
unmapping_the_ring_while_busy_halts_the_queue(void)
{
	TEST_CALL(open_session());
	TEST_CALL(keep_busy());
	TEST_ASSERT_EQ(dev_unmap(DEV_RAM, DEV_RAM_BYTES), 0);
	return expect_halted();
}

static int
bus_master_off_while_busy_stops_the_device(void)
{
	uint64_t bytes;

	TEST_CALL(open_session());
	TEST_CALL(keep_busy());
	TEST_CALL(dev_bus_master(false));
	memset(extra + EXTRA_BYTES / 2, 0, EXTRA_BYTES / 2);
	TEST_WAIT(dev_state(&q) == REFDMA_STATE_HALTED, DEV_DEADLINE_MS);
	bytes = dev_read(REFDMA_BAR_REGS, q.base + REFDMA_Q_BYTES, 8);
	/* Not a byte was written since the reply to the write of the command register. */
	for (unsigned int i = 0; i < EXTRA_BYTES / 2; i += 64)
		TEST_ASSERT_EQ(extra[EXTRA_BYTES / 2 + i], 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_REGS, q.base + REFDMA_Q_BYTES, 8), bytes);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "rights_are_enforced", rights_are_enforced },
	{ "offset_of_the_file_counts", offset_of_the_file_counts },
	{ "wrong_grants_are_refused", wrong_grants_are_refused },
	{ "only_files_are_mapped", only_files_are_mapped },
	{ "memory_that_is_not_shared_is_known_and_not_accessed",
	  memory_that_is_not_shared_is_known_and_not_accessed },
	{ "unmapping_nothing_succeeds", unmapping_nothing_succeeds },
	{ "unmapping_a_range_takes_everything_in_it", unmapping_a_range_takes_everything_in_it },
	{ "unmapping_a_part_leaves_the_rest", unmapping_a_part_leaves_the_rest },
	{ "unmap_all_takes_everything", unmap_all_takes_everything },
	{ "a_file_is_mapped_once_and_closed", a_file_is_mapped_once_and_closed },
	{ "a_file_may_grow", a_file_may_grow },
	{ "a_file_made_shorter_ends_the_connection", a_file_made_shorter_ends_the_connection },
	{ "bus_master_enable_is_enforced", bus_master_enable_is_enforced },
	{ "unmapping_while_busy_fails_the_operation", unmapping_while_busy_fails_the_operation },
	{ "unmapping_the_ring_while_busy_halts_the_queue",
	  unmapping_the_ring_while_busy_halts_the_queue },
	{ "bus_master_off_while_busy_stops_the_device",
	  bus_master_off_while_busy_stops_the_device },
};

static struct test_suite suite = {
	.name = "device_dma",
	.case_teardown = close_session,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
