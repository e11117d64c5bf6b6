/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Slave transfers between memory and ports, their metadata and results. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

#define TO_PORT		RTE_PMD_REFDMA_SLAVE_TO_PORT
#define END_FRAME	RTE_PMD_REFDMA_SLAVE_EOF
#define STOP_AT_FRAME	RTE_PMD_REFDMA_SLAVE_STOP_EOF
#define RESULT		RTE_PMD_REFDMA_RESULT
#define SUBMIT		RTE_PMD_REFDMA_SUBMIT
#define FIFO_BYTES	65536
#define IN_BYTES	80

/* vchan 0 sends, vchan 1 receives. */
static int
open_pair(const char *args)
{
	return drv_open(&(struct drv_conf){ .args = args, .nb_vchans = 2 });
}

static struct rte_dma_sge
entry(const void *p, uint32_t length)
{
	return (struct rte_dma_sge){ .addr = drv_iova(p), .length = length };
}

static int
transfer(uint16_t vchan, const struct rte_pmd_refdma_slave *xfer)
{
	TEST_ASSERT(rte_pmd_refdma_slave(drv, vchan, xfer) >= 0);
	return TEST_OK;
}

/* Send @p length bytes through the loopback port, with a frame's end and metadata if wanted. */
static int
send_bytes(const void *from, uint32_t length, uint32_t flags, const void *meta,
	   uint32_t meta_length)
{
	struct rte_dma_sge sge = entry(from, length);

	TEST_CALL(transfer(0, &(struct rte_pmd_refdma_slave){
		.flags = TO_PORT | SUBMIT | flags, .port_addr = DRV_PORT(DRV_LOOPBACK),
		.sge = &sge, .nb_sge = 1, .meta = drv_iova(meta), .meta_length = meta_length }));
	return drv_wait(0, 1);
}

/* Receive up to @p length bytes and the result. */
static int
receive(void *to, uint32_t length, uint32_t flags, void *meta, uint32_t room,
	struct rte_pmd_refdma_result *result)
{
	struct rte_dma_sge sge = entry(to, length);
	struct rte_pmd_refdma_slave xfer = {
		.flags = SUBMIT | RESULT | flags, .port_addr = DRV_PORT(DRV_LOOPBACK),
		.sge = &sge, .nb_sge = 1, .meta = drv_iova(meta), .meta_length = room,
	};
	int idx = rte_pmd_refdma_slave(drv, 1, &xfer);

	TEST_ASSERT(idx >= 0);
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 1, idx, result), 0);
	TEST_ASSERT_EQ(result->status, RTE_DMA_STATUS_SUCCESSFUL);
	return TEST_OK;
}

static int
lists_through_loopback(void)
{
	struct rte_dma_sge out[5] = {
		entry(drv_src, 1), entry(drv_src + 10, 999), entry(drv_src + 2000, 1000),
		entry(drv_src + 4000, 7), entry(drv_src + 5000, 993),
	};
	struct rte_dma_sge in[3] = {
		entry(drv_dst, 1500), entry(drv_dst + 4096, 1), entry(drv_dst + 8192, 1499),
	};
	struct rte_pmd_refdma_slave to = {
		.flags = TO_PORT | SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = out,
		.nb_sge = 5,
	};
	struct rte_pmd_refdma_slave from = {
		.flags = SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK) + 64, .sge = in, .nb_sge = 3,
	};
	uint8_t sent[3000];

	memcpy(sent, drv_src, 1);
	memcpy(sent + 1, drv_src + 10, 999);
	memcpy(sent + 1000, drv_src + 2000, 1000);
	memcpy(sent + 2000, drv_src + 4000, 7);
	memcpy(sent + 2007, drv_src + 5000, 993);
	TEST_CALL(open_pair(NULL));
	for (unsigned int round = 0; round < 30; round++) {
		memset(drv_dst, DRV_UNTOUCHED, 16384);
		TEST_CALL(transfer(0, &to));
		TEST_CALL(transfer(1, &from));
		TEST_CALL(drv_wait(0, 1));
		TEST_CALL(drv_wait(1, 1));
		TEST_ASSERT(memcmp(drv_dst, sent, 1500) == 0);
		TEST_ASSERT_EQ(drv_dst[4096], sent[1500]);
		TEST_ASSERT(memcmp(drv_dst + 8192, sent + 1501, 1499) == 0);
		TEST_ASSERT(drv_untouched(drv_dst + 1500, 4096 - 1500));
		TEST_ASSERT(drv_untouched(drv_dst + 8192 + 1499, 1000));
	}
	return TEST_OK;
}

static int
sender_waits_for_room_and_receiver_for_data(void)
{
	struct rte_dma_sge out = entry(drv_src, 2 * FIFO_BYTES), in = entry(drv_dst, DRV_BYTES);
	struct rte_pmd_refdma_port port;

	TEST_CALL(open_pair(NULL));
	in.length = 2 * FIFO_BYTES;
	TEST_CALL(transfer(0, &(struct rte_pmd_refdma_slave){
		.flags = TO_PORT | SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK),
		.sge = &out, .nb_sge = 1 }));
	/* The FIFO fills up, and there the sender stands. */
	TEST_WAIT(rte_dma_completed(drv, 0, 1, NULL, NULL) == 0 &&
		  rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port) == 0 &&
		  port.tx_bytes == FIFO_BYTES, DRV_WAIT_MS);
	TEST_CALL(drv_settle(0));
	TEST_ASSERT_EQ(rte_dma_completed(drv, 0, 1, NULL, NULL), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, DRV_LOOPBACK, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, FIFO_BYTES);
	TEST_ASSERT_EQ(port.fifo_level, FIFO_BYTES);
	TEST_CALL(transfer(1, &(struct rte_pmd_refdma_slave){
		.flags = SUBMIT, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &in, .nb_sge = 1 }));
	TEST_CALL(drv_wait(0, 1));
	TEST_CALL(drv_wait(1, 1));
	TEST_ASSERT(memcmp(drv_dst, drv_src, 2 * FIFO_BYTES) == 0);
	TEST_ASSERT(drv_untouched(drv_dst + 2 * FIFO_BYTES, 64));
	return TEST_OK;
}

static int
words_and_bursts(void)
{
	static const struct {
		uint16_t width, burst;
		uint32_t length;
		enum rte_dma_status_code status;
	} tries[] = {
		{ 1, 1, 33, RTE_DMA_STATUS_SUCCESSFUL },
		{ 4, 16, 1000, RTE_DMA_STATUS_SUCCESSFUL },
		{ 128, 7, 128 * 9, RTE_DMA_STATUS_SUCCESSFUL },
		{ 8, 65535, 4096, RTE_DMA_STATUS_SUCCESSFUL },
		{ 4, 16, 1001, RTE_DMA_STATUS_INVALID_LENGTH },
		{ 128, 1, 64, RTE_DMA_STATUS_INVALID_LENGTH },
	};
	struct rte_pmd_refdma_result result;

	TEST_CALL(open_pair(NULL));
	for (unsigned int i = 0; i < RTE_DIM(tries); i++) {
		struct rte_dma_sge out = entry(drv_src + i, tries[i].length);
		struct rte_pmd_refdma_slave xfer = {
			.flags = TO_PORT, .port_addr = DRV_PORT(DRV_LOOPBACK), .window = 4,
			.width = tries[i].width, .burst = tries[i].burst, .sge = &out, .nb_sge = 1,
		};

		TEST_CALL(transfer(0, &xfer));
		TEST_CALL(drv_expect_one(0, tries[i].status));
		if (tries[i].status != RTE_DMA_STATUS_SUCCESSFUL)
			continue;
		TEST_CALL(receive(drv_dst, tries[i].length, 0, NULL, 0, &result));
		TEST_ASSERT(memcmp(drv_dst, drv_src + i, tries[i].length) == 0);
	}
	return TEST_OK;
}

static int
port_defaults_apply(void)
{
	struct rte_pmd_refdma_port_conf conf = { .width = 16, .burst = 4 };
	struct rte_dma_sge odd = entry(drv_src, 24), even = entry(drv_src, 32);
	struct rte_pmd_refdma_slave xfer = {
		.flags = TO_PORT, .port_addr = DRV_PORT(DRV_SINK), .sge = &odd, .nb_sge = 1,
	};

	TEST_CALL(open_pair(NULL));
	TEST_CALL(transfer(0, &xfer));
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_SUCCESSFUL));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, DRV_SINK, &conf), 0);
	TEST_CALL(transfer(0, &xfer));
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH));
	xfer.sge = &even;
	TEST_CALL(transfer(0, &xfer));
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_SUCCESSFUL));
	/* The transfer's own width goes first. */
	xfer.sge = &odd;
	xfer.width = 8;
	TEST_CALL(transfer(0, &xfer));
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_SUCCESSFUL));
	return TEST_OK;
}

static int
frames_end_where_they_were_ended(void)
{
	struct rte_pmd_refdma_result result;

	TEST_CALL(open_pair(NULL));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, NULL, 0));
	TEST_CALL(send_bytes(drv_src + 100, 200, END_FRAME, NULL, 0));
	TEST_CALL(send_bytes(drv_src + 300, 50, 0, NULL, 0));
	TEST_CALL(send_bytes(drv_src + 350, 50, END_FRAME, NULL, 0));
	TEST_CALL(receive(drv_dst, 1000, STOP_AT_FRAME, NULL, 0, &result));
	TEST_ASSERT_EQ(result.bytes, 100);
	TEST_ASSERT(result.eof);
	/* Room for a part of the frame only: no end yet. */
	TEST_CALL(receive(drv_dst + 100, 150, STOP_AT_FRAME, NULL, 0, &result));
	TEST_ASSERT_EQ(result.bytes, 150);
	TEST_ASSERT(!result.eof);
	TEST_CALL(receive(drv_dst + 250, 1000, STOP_AT_FRAME, NULL, 0, &result));
	TEST_ASSERT_EQ(result.bytes, 50);
	TEST_ASSERT(result.eof);
	TEST_CALL(receive(drv_dst + 300, 1000, STOP_AT_FRAME, NULL, 0, &result));
	TEST_ASSERT_EQ(result.bytes, 100);
	TEST_ASSERT(memcmp(drv_dst, drv_src, 400) == 0);
	TEST_ASSERT(drv_untouched(drv_dst + 400, 1000));
	return TEST_OK;
}

static int
frame_ends_are_passed_over(void)
{
	struct rte_pmd_refdma_result result;

	TEST_CALL(open_pair(NULL));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, NULL, 0));
	TEST_CALL(send_bytes(drv_src + 100, 200, END_FRAME, NULL, 0));
	TEST_CALL(receive(drv_dst, 300, 0, NULL, 0, &result));
	TEST_ASSERT_EQ(result.bytes, 300);
	TEST_ASSERT(memcmp(drv_dst, drv_src, 300) == 0);
	return TEST_OK;
}

static int
metadata_travels_with_its_frame(void)
{
	struct rte_pmd_refdma_result result;
	/* The device reaches them. */
	uint8_t *out = drv_src + DRV_BYTES - 64, *in = drv_dst + DRV_BYTES - IN_BYTES;

	drv_pattern(out, 64, 9);
	TEST_CALL(open_pair(NULL));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, out, 64));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, NULL, 0));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, out + 3, 10));
	TEST_CALL(send_bytes(drv_src, 100, END_FRAME, out, 64));
	memset(in, DRV_UNTOUCHED, IN_BYTES);
	TEST_CALL(receive(drv_dst, 1000, STOP_AT_FRAME, in, 64, &result));
	TEST_ASSERT_EQ(result.meta_length, 64);
	TEST_ASSERT(memcmp(in, out, 64) == 0 && drv_untouched(in + 64, 16));
	memset(in, DRV_UNTOUCHED, IN_BYTES);
	TEST_CALL(receive(drv_dst, 1000, STOP_AT_FRAME, in, 64, &result));
	TEST_ASSERT_EQ(result.meta_length, 0);
	TEST_ASSERT(drv_untouched(in, IN_BYTES));
	TEST_CALL(receive(drv_dst, 1000, STOP_AT_FRAME, in, 64, &result));
	TEST_ASSERT_EQ(result.meta_length, 10);
	TEST_ASSERT(memcmp(in, out + 3, 10) == 0 && drv_untouched(in + 10, 70));
	/* More than there is room for is cut. */
	memset(in, DRV_UNTOUCHED, IN_BYTES);
	TEST_CALL(receive(drv_dst, 1000, STOP_AT_FRAME, in, 20, &result));
	TEST_ASSERT_EQ(result.meta_length, 20);
	TEST_ASSERT(memcmp(in, out, 20) == 0 && drv_untouched(in + 20, 60));
	return TEST_OK;
}

static int
source_frames_have_numbers(void)
{
	struct rte_dma_sge in = entry(drv_dst, 4096);
	struct rte_pmd_refdma_result result;
	uint64_t *meta = (uint64_t *)drv_src;	/* the device reaches it */
	struct rte_pmd_refdma_slave xfer = {
		.flags = SUBMIT | RESULT | STOP_AT_FRAME, .port_addr = DRV_PORT(0), .sge = &in,
		.nb_sge = 1, .meta = drv_iova(meta), .meta_length = 16,
	};

	TEST_CALL(open_pair("port=source/frame:256"));
	for (uint64_t i = 0; i < 10; i++) {
		int idx = rte_pmd_refdma_slave(drv, 0, &xfer);

		TEST_ASSERT(idx >= 0);
		TEST_CALL(drv_wait(0, 1));
		TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, idx, &result), 0);
		TEST_ASSERT_EQ(result.bytes, 256);
		TEST_ASSERT(result.eof);
		TEST_ASSERT_EQ(result.meta_length, 16);
		TEST_ASSERT_EQ(meta[0], i);
		TEST_ASSERT_EQ(meta[1], 256);
		TEST_ASSERT_EQ(((uint64_t *)drv_dst)[31], i * 32 + 31);
	}
	return TEST_OK;
}

static int
results_are_there_where_asked_for(void)
{
	struct rte_pmd_refdma_result result;
	int with, without;

	TEST_CALL(open_pair(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, 0, &result), -EINVAL);
	with = rte_pmd_refdma_nop(drv, 0, RESULT);
	without = rte_pmd_refdma_nop(drv, 0, SUBMIT);
	TEST_ASSERT(with >= 0 && without >= 0);
	TEST_CALL(drv_wait(0, 2));
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, with, NULL), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, with, &result), 0);
	TEST_ASSERT_EQ(result.status, RTE_DMA_STATUS_SUCCESSFUL);
	TEST_ASSERT_EQ(result.code, 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, without, &result), -ENOENT);
	TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, without + 1, &result), -EINVAL);
	/* Until the ring comes around. */
	for (unsigned int i = 0; i < 64; i++) {
		TEST_ASSERT(rte_pmd_refdma_nop(drv, 0, SUBMIT) >= 0);
		TEST_CALL(drv_wait(0, 1));
		TEST_ASSERT_EQ(rte_pmd_refdma_result(drv, 0, with, &result),
			       i < 62 ? 0 : -EINVAL);
	}
	return TEST_OK;
}

static int
slots_are_counted(void)
{
	struct rte_dma_sge sge[32];
	struct rte_pmd_refdma_slave xfer = {
		.flags = TO_PORT | END_FRAME, .port_addr = DRV_PORT(DRV_SINK), .sge = sge,
	};
	uint16_t before, slots;

	for (unsigned int i = 0; i < 32; i++)
		sge[i] = entry(drv_src + i, 8);
	TEST_CALL(open_pair(NULL));
	for (uint16_t n = 1; n <= 32; n++) {
		xfer.nb_sge = n;
		xfer.meta = n % 2 != 0 ? drv_iova(drv_src) : 0;
		xfer.meta_length = n % 2 != 0 ? 8 : 0;
		slots = 2 + n % 2 + (n > 1 ? (n + 1) / 2 : 0);
		before = rte_dma_burst_capacity(drv, 0);
		TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), before - slots);
		TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_SUCCESSFUL));
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	}
	for (unsigned int i = 0; i < 3; i++)
		TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), -ENOSPC);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	return drv_wait(0, 3);
}

static const struct test_case cases[] = {
	{ "lists_through_loopback", lists_through_loopback },
	{ "sender_waits_for_room_and_receiver_for_data",
	  sender_waits_for_room_and_receiver_for_data },
	{ "words_and_bursts", words_and_bursts },
	{ "port_defaults_apply", port_defaults_apply },
	{ "frames_end_where_they_were_ended", frames_end_where_they_were_ended },
	{ "frame_ends_are_passed_over", frame_ends_are_passed_over },
	{ "metadata_travels_with_its_frame", metadata_travels_with_its_frame },
	{ "source_frames_have_numbers", source_frames_have_numbers },
	{ "results_are_there_where_asked_for", results_are_there_where_asked_for },
	{ "slots_are_counted", slots_are_counted },
};

DRIVER_SUITES(slave, cases)
DRIVER_SUITE_SOCKET(slave, cases)
