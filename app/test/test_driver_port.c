/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Ports' settings and counters, arguments that the private API refuses, interleaved transfers. */

#include <errno.h>
#include <string.h>

#include "test_driver.h"

#define TO_PORT		RTE_PMD_REFDMA_SLAVE_TO_PORT
#define END_FRAME	RTE_PMD_REFDMA_SLAVE_EOF
#define STOP_AT_FRAME	RTE_PMD_REFDMA_SLAVE_STOP_EOF
#define SUBMIT		RTE_PMD_REFDMA_SUBMIT

static struct rte_dma_sge one;

/* A transfer that is valid; cases make it invalid. */
static struct rte_pmd_refdma_slave
valid_slave(uint32_t flags)
{
	one = (struct rte_dma_sge){ drv_iova(drv_src), 64 };
	return (struct rte_pmd_refdma_slave){
		.flags = flags, .port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &one, .nb_sge = 1,
	};
}

#define REFUSED(member, value) \
	do { \
		struct rte_pmd_refdma_slave bad_ = valid_slave(TO_PORT | END_FRAME); \
		bad_.member = value; \
		TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &bad_), -EINVAL); \
	} while (0)

static int
invalid_slave_transfers_are_refused(void)
{
	struct rte_dma_sge huge[2] = { { 4096, 1u << 30 }, { 4096, 1 } };
	struct rte_dma_sge empty[2] = { { 4096, 8 }, { 4096, 0 } };
	struct rte_pmd_refdma_slave xfer;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, NULL), -EINVAL);
	REFUSED(sge, NULL);
	REFUSED(nb_sge, 0);
	REFUSED(nb_sge, 33);
	REFUSED(width, 3);
	REFUSED(width, 256);
	REFUSED(flags, TO_PORT | STOP_AT_FRAME);
	REFUSED(flags, END_FRAME);
	REFUSED(flags, STOP_AT_FRAME | RTE_PMD_REFDMA_SLAVE_CYCLIC);
	REFUSED(flags, TO_PORT | RTE_BIT32(8));
	REFUSED(flags, TO_PORT | RTE_BIT32(31));
	REFUSED(meta_length, 65);
	xfer = valid_slave(TO_PORT);
	xfer.meta = drv_iova(drv_src);
	xfer.meta_length = 8;	/* without a frame's end */
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), -EINVAL);
	xfer = valid_slave(TO_PORT);
	xfer.nb_sge = 2;
	xfer.sge = huge;
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), -EINVAL);
	xfer.sge = empty;
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 2, &xfer), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return drv_usable(0);
}

static int
slave(uint32_t flags, uint64_t port_addr)
{
	struct rte_pmd_refdma_slave xfer = valid_slave(flags);

	xfer.port_addr = port_addr;
	TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
	return drv_expect_one(0, RTE_DMA_STATUS_INVALID_ADDR);
}

static int
wrong_ports_are_statuses(void)
{
	TEST_CALL(drv_open(NULL));
	TEST_CALL(slave(TO_PORT, DRV_PORT(3)));
	TEST_CALL(slave(TO_PORT, DRV_PORT(32)));
	TEST_CALL(slave(TO_PORT, DRV_LOCAL));
	TEST_CALL(slave(TO_PORT, 0));
	TEST_CALL(slave(TO_PORT, DRV_PORT(DRV_SOURCE)));
	TEST_CALL(slave(0, DRV_PORT(DRV_SINK)));
	return drv_usable(0);
}

static int
nop_completes(void)
{
	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 200; i++) {
		TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, 0, i % 3 == 0 ? SUBMIT : 0), i);
		TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
		TEST_CALL(drv_wait(0, 1));
	}
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, 0, TO_PORT), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, 0, RTE_BIT32(8)), -EINVAL);
	return drv_expect_stats(0, 200, 200, 0);
}

static int
port_settings_are_read_back(void)
{
	struct rte_pmd_refdma_port_conf conf = {
		.rate = UINT64_C(5000000000), .frame = 1024, .width = 32, .burst = 65535,
	};
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(&(struct drv_conf){ .args = "port=loopback/fifo:4k,port=sink/rate:1M,"
						       "port=source/frame:512" }));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT_EQ(port.type, RTE_PMD_REFDMA_PORT_LOOPBACK);
	TEST_ASSERT_EQ(port.addr, DRV_PORT(0));
	TEST_ASSERT_EQ(port.fifo_size, 4096);
	TEST_ASSERT_EQ(port.width, 1);
	TEST_ASSERT_EQ(port.burst, 64);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 1, &port), 0);
	TEST_ASSERT_EQ(port.type, RTE_PMD_REFDMA_PORT_SINK);
	TEST_ASSERT_EQ(port.rate, 1 << 20);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 2, &port), 0);
	TEST_ASSERT_EQ(port.type, RTE_PMD_REFDMA_PORT_SOURCE);
	TEST_ASSERT_EQ(port.addr, DRV_PORT(2));
	TEST_ASSERT_EQ(port.frame, 512);
	TEST_ASSERT_EQ(port.rate, 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 2, &conf), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 2, &port), 0);
	TEST_ASSERT_EQ(port.rate, 5000000000);
	TEST_ASSERT_EQ(port.frame, 1024);
	TEST_ASSERT_EQ(port.width, 32);
	TEST_ASSERT_EQ(port.burst, 65535);
	TEST_ASSERT(!port.running);
	return TEST_OK;
}

static int
wrong_port_settings_are_refused(void)
{
	struct rte_pmd_refdma_port_conf conf = { .width = 3 };
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 3, &port), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, NULL), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &conf), -EINVAL);
	conf.width = 256;
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &conf), -EINVAL);
	conf.width = 0;
	conf.burst = 65536;
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &conf), -EINVAL);
	conf.burst = 0;
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 3, &conf), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, NULL), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT_EQ(port.width, 1);
	TEST_ASSERT_EQ(port.burst, 64);
	return TEST_OK;
}

static int
port_reset_empties_and_clears(void)
{
	struct rte_pmd_refdma_port_conf conf = { .reset = true };
	struct rte_pmd_refdma_slave xfer;
	struct rte_pmd_refdma_port port;

	TEST_CALL(drv_open(NULL));
	xfer = valid_slave(TO_PORT | END_FRAME | SUBMIT);
	TEST_ASSERT(rte_pmd_refdma_slave(drv, 0, &xfer) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, 64);
	TEST_ASSERT_EQ(port.fifo_level, 64);
	TEST_ASSERT_EQ(port.frames, 1);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(drv, 0, &conf), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(drv, 0, &port), 0);
	TEST_ASSERT_EQ(port.tx_bytes, 0);
	TEST_ASSERT_EQ(port.fifo_level, 0);
	TEST_ASSERT_EQ(port.frames, 0);
	return TEST_OK;
}

static int
interleaved(const struct rte_pmd_refdma_interleaved *xfer)
{
	TEST_ASSERT(rte_pmd_refdma_interleaved(drv, 0, xfer) >= 0);
	return drv_expect_one(0, RTE_DMA_STATUS_SUCCESSFUL);
}

/* A tile out of a picture of 100 bytes a line, line by line, into a picture of 40. */
static int
interleaved_moves_a_tile(void)
{
	struct rte_pmd_refdma_chunk line = { .size = 30, .src_gap = 70, .dst_gap = 10 };
	struct rte_pmd_refdma_interleaved xfer = {
		.frames = 50, .src_inc = true, .dst_inc = true, .nb_chunks = 1, .chunks = &line,
	};

	TEST_CALL(drv_open(NULL));
	xfer.src = drv_iova(drv_src + 5);
	xfer.dst = drv_iova(drv_dst + 3);
	TEST_CALL(interleaved(&xfer));
	TEST_ASSERT(drv_untouched(drv_dst, 3));
	for (unsigned int i = 0; i < 50; i++) {
		TEST_ASSERT(memcmp(drv_dst + 3 + 40 * i, drv_src + 5 + 100 * i, 30) == 0);
		TEST_ASSERT(drv_untouched(drv_dst + 33 + 40 * i, 10));
	}
	TEST_ASSERT(drv_untouched(drv_dst + 3 + 40 * 50, 100));
	return TEST_OK;
}

static int
interleaved_with_many_chunks(void)
{
	struct rte_pmd_refdma_interleaved xfer = {
		.frames = 3, .src_inc = true, .dst_inc = true, .nb_chunks = 32,
	};
	struct rte_pmd_refdma_chunk chunks[32];
	const uint8_t *src = drv_src;
	const uint8_t *dst = drv_dst;

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < 32; i++)
		chunks[i] = (struct rte_pmd_refdma_chunk){ 1 + 3 * i, i % 5, (i + 2) % 7 };
	xfer.chunks = chunks;
	for (unsigned int round = 0; round < 10; round++) {	/* 18 slots: around the ring */
		drv_wipe();
		src = drv_src;
		dst = drv_dst;
		xfer.src = drv_iova(src);
		xfer.dst = drv_iova(dst);
		TEST_CALL(interleaved(&xfer));
		for (unsigned int i = 0; i < 3 * 32; i++) {
			const struct rte_pmd_refdma_chunk *c = &chunks[i % 32];

			TEST_ASSERT(memcmp(dst, src, c->size) == 0);
			TEST_ASSERT(drv_untouched(dst + c->size, c->dst_gap));
			src += c->size + c->src_gap;
			dst += c->size + c->dst_gap;
		}
	}
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return TEST_OK;
}

static int
interleaved_from_one_place_and_to_local_memory(void)
{
	struct rte_pmd_refdma_chunk line = { .size = 16, .src_gap = 99, .dst_gap = 4 };
	struct rte_pmd_refdma_interleaved xfer = {
		.frames = 10, .src_inc = false, .dst_inc = true, .dst_dev = true, .dst = DRV_LOCAL,
		.nb_chunks = 1, .chunks = &line,
	};

	TEST_CALL(drv_open(NULL));
	xfer.src = drv_iova(drv_src);
	TEST_CALL(interleaved(&xfer));
	xfer = (struct rte_pmd_refdma_interleaved){
		.frames = 200, .src = DRV_LOCAL, .src_dev = true, .src_inc = true, .dst_inc = true,
		.dst = drv_iova(drv_dst), .nb_chunks = 1, .chunks = &line,
	};
	line = (struct rte_pmd_refdma_chunk){ .size = 1 };
	TEST_CALL(interleaved(&xfer));
	for (unsigned int i = 0; i < 200; i++)
		TEST_ASSERT_EQ(drv_dst[i], i % 20 < 16 ? drv_src[i % 20] : 0);
	return TEST_OK;
}

static int
invalid_interleaved_transfers_are_refused(void)
{
	struct rte_pmd_refdma_chunk chunks[33] = { { .size = 8 }, { .size = 0 } };
	struct rte_pmd_refdma_interleaved xfer = { .frames = 1, .nb_chunks = 1, .chunks = chunks };

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, NULL), -EINVAL);
	xfer.nb_chunks = 0;
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.nb_chunks = 33;
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.nb_chunks = 2;	/* the second one is empty */
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.nb_chunks = 1;
	xfer.frames = 0;
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.frames = 1;
	xfer.flags = RTE_BIT32(8);
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.flags = TO_PORT;
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	xfer.flags = 0;
	xfer.chunks = NULL;
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &xfer), -EINVAL);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	/* Too long only in all: the device says so. */
	xfer.chunks = chunks;
	xfer.frames = UINT32_MAX;
	TEST_ASSERT(rte_pmd_refdma_interleaved(drv, 0, &xfer) >= 0);
	return drv_expect_one(0, RTE_DMA_STATUS_INVALID_LENGTH);
}

static const struct test_case cases[] = {
	{ "invalid_slave_transfers_are_refused", invalid_slave_transfers_are_refused },
	{ "wrong_ports_are_statuses", wrong_ports_are_statuses },
	{ "nop_completes", nop_completes },
	{ "port_settings_are_read_back", port_settings_are_read_back },
	{ "wrong_port_settings_are_refused", wrong_port_settings_are_refused },
	{ "port_reset_empties_and_clears", port_reset_empties_and_clears },
	{ "interleaved_moves_a_tile", interleaved_moves_a_tile },
	{ "interleaved_with_many_chunks", interleaved_with_many_chunks },
	{ "interleaved_from_one_place_and_to_local_memory",
	  interleaved_from_one_place_and_to_local_memory },
	{ "invalid_interleaved_transfers_are_refused", invalid_interleaved_transfers_are_refused },
};

DRIVER_SUITES(port, cases)
DRIVER_SUITE_SOCKET(port, cases)
