/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Controllers of another shape than the model: the driver believes the registers of section 3.1,
 * and says what it cannot use. Behind them is a refdma-device whose registers read as something
 * else.
 */

#include <errno.h>
#include <string.h>

#include <rte_bus_vdev.h>

#include "refdma_hw.h"
#include "test_driver.h"
#include "test_socket.h"
#include "test_socket_proxy.h"

static struct socket_server server;
static char proxy_path[96];

static int
setup(void)
{
	TEST_CALL(socket_server_keep(&server));
	snprintf(proxy_path, sizeof(proxy_path), "%s/proxy", server.dir);
	return TEST_OK;
}

static void
teardown(void)
{
	socket_server_end(&server);
}

static int
case_setup(void)
{
	proxy_registers_clear();
	return proxy_start(proxy_path, server.path, PROXY_SILENT, PROXY_NEVER);
}

static void
case_teardown(void)
{
	rte_vdev_uninit(DRV_NAME);
	proxy_end();
}

static int
probe(void)
{
	char args[128];

	snprintf(args, sizeof(args), "socket=%s", proxy_path);
	return rte_vdev_init(DRV_NAME, args);
}

/* Probe, and expect success. */
static int
open_device(struct rte_dma_info *info)
{
	TEST_ASSERT_EQ(probe(), 0);
	drv = rte_dma_get_dev_id_by_name(DRV_NAME);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(rte_dma_info_get(drv, info), 0);
	return TEST_OK;
}

/* Probe, and expect a refusal that says @p why. */
static int
refused(int error, const char *why)
{
	const char *log;
	int ret;

	TEST_CALL(drv_log_begin());
	ret = probe();
	log = drv_log_end();
	if (strstr(log, why) == NULL)
		test_note("log: %s", log);
	TEST_ASSERT(strstr(log, why) != NULL);
	TEST_ASSERT_EQ(ret, error);
	return TEST_OK;
}

static int
operations_that_are_missing_are_no_capabilities(void)
{
	const uint64_t ops = RTE_DMA_CAPA_OPS_COPY | RTE_DMA_CAPA_OPS_COPY_SG |
			     RTE_DMA_CAPA_OPS_FILL;
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_OPS, RTE_BIT32(REFDMA_OP_COPY));
	TEST_CALL(open_device(&info));
	TEST_ASSERT_EQ(info.dev_capa & ops, RTE_DMA_CAPA_OPS_COPY);
	return TEST_OK;
}

static int
private_operations_that_are_missing_are_refused(void)
{
	const struct rte_pmd_refdma_chunk chunk = { .size = 8 };
	const struct rte_pmd_refdma_interleaved frames = {
		.frames = 1, .nb_chunks = 1, .chunks = &chunk,
	};
	const struct rte_dma_sge sge = { .addr = DRV_LOCAL, .length = 8 };
	struct rte_pmd_refdma_slave xfer = {
		.port_addr = DRV_PORT(DRV_LOOPBACK), .sge = &sge, .nb_sge = 1,
		.flags = RTE_PMD_REFDMA_SLAVE_TO_PORT,
	};
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_OPS, RTE_BIT32(REFDMA_OP_COPY) | RTE_BIT32(REFDMA_OP_TO_PORT));
	TEST_CALL(open_device(&info));
	TEST_CALL(drv_start(drv, &(struct drv_conf){ .nb_desc = 64 }));
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(drv, 0, 0), -ENOTSUP);
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(drv, 0, &frames), -ENOTSUP);
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), 0);
	xfer.flags = 0;
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(drv, 0, &xfer), -ENOTSUP);
	return TEST_OK;
}

static int
smallest_ring_is_the_controllers(void)
{
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_RING_LIMITS, 10 << REFDMA_RING_LIMITS_MAX_SHIFT | 8);
	TEST_CALL(open_device(&info));
	TEST_ASSERT_EQ(info.min_desc, 256);
	TEST_ASSERT_EQ(info.max_desc, 1024);
	TEST_ASSERT_EQ(drv_configure(drv, 1, false), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 128), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 256), 0);
	return TEST_OK;
}

/* An operation takes a slot for two entries, so that one with 64 on both sides takes 65. */
static int
smallest_ring_holds_the_longest_list(void)
{
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_SG_LIMITS, 64);
	TEST_CALL(open_device(&info));
	TEST_ASSERT_EQ(info.max_sges, 64);
	TEST_ASSERT_EQ(info.min_desc, 128);
	return TEST_OK;
}

/* A descriptor counts its extension slots in 8 bits. */
static int
lists_are_as_long_as_a_descriptor_can_say(void)
{
	struct rte_pmd_refdma_info more;
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_SG_LIMITS, 60000u << REFDMA_SG_LIMITS_CHUNK_SHIFT | 60000);
	TEST_CALL(open_device(&info));
	TEST_ASSERT_EQ(info.max_sges, 255);
	TEST_ASSERT_EQ(info.min_desc, 256);
	TEST_ASSERT_EQ(rte_pmd_refdma_info_get(drv, &more), 0);
	TEST_ASSERT_EQ(more.max_chunks, 508);
	return TEST_OK;
}

static int
lists_fit_the_largest_ring(void)
{
	struct rte_dma_info info;

	proxy_register(REFDMA_REG_RING_LIMITS, 6 << REFDMA_RING_LIMITS_MAX_SHIFT | 5);
	proxy_register(REFDMA_REG_SG_LIMITS, 200);
	TEST_CALL(open_device(&info));
	TEST_ASSERT_EQ(info.max_desc, 64);
	TEST_ASSERT_EQ(info.min_desc, 64);
	TEST_ASSERT_EQ(info.max_sges, 63);
	return TEST_OK;
}

static int
rings_that_cannot_be_are_refused(void)
{
	/* The smallest is larger than the largest. */
	proxy_register(REFDMA_REG_RING_LIMITS, 8 << REFDMA_RING_LIMITS_MAX_SHIFT | 9);
	TEST_CALL(refused(-ENODEV, "not usable"));
	return TEST_OK;
}

static int
memory_beyond_reach_is_refused(void)
{
	/* No memory of a 64-bit process is below 1 << 32 unless it asks for it. */
	proxy_register(REFDMA_REG_ADDRESS_BITS, 32);
	return refused(-ENOTSUP, "has 32 address bits");
}

static int
address_bits_that_cannot_be_are_refused(void)
{
	proxy_register(REFDMA_REG_ADDRESS_BITS, 0);
	return refused(-ENOTSUP, "has 0 address bits");
}

static int
memory_within_reach_is_used(void)
{
	struct rte_dma_info info;

	/* Addresses of a process have 47 bits here, or fewer. */
	proxy_register(REFDMA_REG_ADDRESS_BITS, 48);
	return open_device(&info);
}

static const struct test_case cases[] = {
	{ "operations_that_are_missing_are_no_capabilities",
	  operations_that_are_missing_are_no_capabilities },
	{ "private_operations_that_are_missing_are_refused",
	  private_operations_that_are_missing_are_refused },
	{ "smallest_ring_is_the_controllers", smallest_ring_is_the_controllers },
	{ "smallest_ring_holds_the_longest_list", smallest_ring_holds_the_longest_list },
	{ "lists_are_as_long_as_a_descriptor_can_say", lists_are_as_long_as_a_descriptor_can_say },
	{ "lists_fit_the_largest_ring", lists_fit_the_largest_ring },
	{ "rings_that_cannot_be_are_refused", rings_that_cannot_be_are_refused },
	{ "memory_beyond_reach_is_refused", memory_beyond_reach_is_refused },
	{ "address_bits_that_cannot_be_are_refused", address_bits_that_cannot_be_are_refused },
	{ "memory_within_reach_is_used", memory_within_reach_is_used },
};

static struct test_suite suite = {
	.name = "socket_registers",
	.setup = setup,
	.teardown = teardown,
	.case_setup = case_setup,
	.case_teardown = case_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

RTE_INIT(socket_registers_register)
{
	suite.eal_args = drv_eal_args("thread");
	test_suite_register(&suite);
}
