/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The shape of an instance of the device model: what it may be, and what the registers say then
 * (sections 3.1 and 13).
 */

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "test_model_host.h"

#define NB(list) (sizeof(list) / sizeof((list)[0]))

static struct model_host host;

static int
setup(void)
{
	return host_open(&host, NULL);
}

static void
teardown(void)
{
	host_close(&host);
}

static unsigned int
topology(unsigned int shift)
{
	return host_read32(&host, REFDMA_REG_TOPOLOGY) >> shift & REFDMA_TOPOLOGY_MASK;
}

static int
default_shape(void)
{
	uint32_t rings = host_read32(&host, REFDMA_REG_RING_LIMITS);
	uint32_t entries = host_read32(&host, REFDMA_REG_SG_LIMITS);

	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_CHANNELS_SHIFT), 1);
	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_QUEUES_SHIFT), 2);
	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_PORTS_SHIFT), 3);
	TEST_ASSERT(topology(REFDMA_TOPOLOGY_VECTORS_SHIFT) >= 1);
	TEST_ASSERT(topology(REFDMA_TOPOLOGY_VECTORS_SHIFT) <= REFDMA_MSIX_MAX_VECTORS);
	TEST_ASSERT_EQ(rings >> REFDMA_RING_LIMITS_MIN_SHIFT & REFDMA_RING_LIMITS_MASK, 5);
	TEST_ASSERT_EQ(rings >> REFDMA_RING_LIMITS_MAX_SHIFT & REFDMA_RING_LIMITS_MASK, 15);
	TEST_ASSERT_EQ(entries >> REFDMA_SG_LIMITS_SGE_SHIFT & REFDMA_SG_LIMITS_MASK, 32);
	TEST_ASSERT_EQ(entries >> REFDMA_SG_LIMITS_CHUNK_SHIFT & REFDMA_SG_LIMITS_MASK, 32);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_MAX_LENGTH), UINT32_C(1) << 30);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_ADDRESS_BITS), 64);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_META_LIMIT), 64);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_OPS), 0x7f);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_FEATURES) & 0x1f, 0x1f);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_MEM_BURST), 65536);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_CMD_TIMEOUT), 10000);
	TEST_ASSERT_EQ(host_read64(&host, REFDMA_REG_LOCAL_BASE), DEV_LOCAL);
	TEST_ASSERT_EQ(host_read64(&host, REFDMA_REG_LOCAL_SIZE), 1 << 20);
	TEST_ASSERT_EQ(host_read64(&host, REFDMA_REG_PORT_BASE), DEV_PORT(0));
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_PORT_STRIDE), 0x1000);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_TYPE), REFDMA_PORT_LOOPBACK);
	TEST_ASSERT_EQ(port_read32(&host, 1, REFDMA_P_TYPE), REFDMA_PORT_SINK);
	TEST_ASSERT_EQ(port_read32(&host, 2, REFDMA_P_TYPE), REFDMA_PORT_SOURCE);
	return TEST_OK;
}

static int
chosen_shape(void)
{
	static const struct refdma_model_port_conf ports[] = {
		{ .type = REFDMA_PORT_SOURCE, .fifo_bytes = 128, .rate = 1234567, .frame = 300 },
		{ .type = REFDMA_PORT_SINK },
	};
	static const struct refdma_model_conf conf = {
		.channels = 32, .queues = 8, .ring_log2_min = 6, .ring_log2_max = 10,
		.max_sge = 64, .max_length = 100000, .address_bits = 40, .local_bytes = 65536,
		.nb_ports = 2, .ports = ports,
	};

	TEST_CALL(host_open(&host, &conf));
	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_CHANNELS_SHIFT), 32);
	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_QUEUES_SHIFT), 8);
	TEST_ASSERT_EQ(topology(REFDMA_TOPOLOGY_PORTS_SHIFT), 2);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_RING_LIMITS), 0x0a06);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_SG_LIMITS) & REFDMA_SG_LIMITS_MASK, 64);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_MAX_LENGTH), 100000);
	TEST_ASSERT_EQ(host_read32(&host, REFDMA_REG_ADDRESS_BITS), 40);
	TEST_ASSERT_EQ(host_read64(&host, REFDMA_REG_LOCAL_SIZE), 65536);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_TYPE), REFDMA_PORT_SOURCE);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FIFO_SIZE), 128);
	TEST_ASSERT_EQ(port_read32(&host, 0, REFDMA_P_FRAME), 300);
	TEST_ASSERT_EQ(port_read64(&host, 0, REFDMA_P_RATE), 1234567);
	TEST_ASSERT_EQ(port_read32(&host, 1, REFDMA_P_TYPE), REFDMA_PORT_SINK);
	TEST_ASSERT_EQ(port_read32(&host, 1, REFDMA_P_FIFO_SIZE), 65536);
	return TEST_OK;
}

static int
doorbell_memory_of_the_caller(void)
{
	static alignas(4096) uint32_t pages[2][REFDMA_DOORBELL_PAGE_SIZE / 4];
	struct refdma_model_conf conf = { .channels = 2, .doorbells = pages };
	struct host_queue q;
	size_t size = 0;

	memset(pages, 0, sizeof(pages));
	TEST_CALL(host_open(&host, &conf));
	TEST_ASSERT(refdma_model_doorbells(host.model, &size) == (void *)pages);
	TEST_ASSERT_EQ(size, 2 * REFDMA_DOORBELL_PAGE_SIZE);
	TEST_CALL(queue_open(&host, &q, 1, 1, 5));
	queue_nop(&q, 0);
	pages[1][REFDMA_DOORBELL_STRIDE / 4] = 1;
	TEST_CALL(host_run(&host));
	TEST_ASSERT_EQ(queue_done(&q), 1);
	return TEST_OK;
}

static int
more_ports_than_there_can_be(void)
{
	static struct refdma_model_port_conf many[1000];
	const struct refdma_model_conf conf = { .nb_ports = NB(many), .ports = many };

	for (size_t i = 0; i < NB(many); i++)
		many[i].type = REFDMA_PORT_SINK;
	TEST_ASSERT_EQ(host_try_create(&conf), -EINVAL);
	return TEST_OK;
}

static int
missing_callbacks_refused(void)
{
	static const struct refdma_model_ops none = { 0 };
	struct refdma_model *model = NULL;

	TEST_ASSERT_EQ(refdma_model_create(NULL, &none, NULL, &model), -EINVAL);
	TEST_ASSERT_EQ(host_try_create(NULL), 0);
	return TEST_OK;
}

static int
bad_shapes_refused(void)
{
	static const struct refdma_model_port_conf odd_fifo[] = {
		{ .type = REFDMA_PORT_SINK, .fifo_bytes = 100 },
		{ .type = REFDMA_PORT_SINK, .fifo_bytes = 32 },
		{ .type = REFDMA_PORT_SINK, .fifo_bytes = 32 << 20 },
		{ .type = (enum refdma_port_type)77 },
	};
	static alignas(4096) uint8_t doorbells[2 * REFDMA_DOORBELL_PAGE_SIZE];
	const struct refdma_model_conf bad[] = {
		{ .channels = 33 }, { .queues = 9 }, { .ring_log2_max = 16 },
		{ .ring_log2_min = 8, .ring_log2_max = 7 }, { .max_sge = 65 },
		{ .address_bits = 31 }, { .address_bits = 65 }, { .nb_ports = 33 },
		{ .nb_ports = 1, .ports = &odd_fifo[0] }, { .nb_ports = 1, .ports = &odd_fifo[1] },
		{ .nb_ports = 1, .ports = &odd_fifo[2] }, { .nb_ports = 1, .ports = &odd_fifo[3] },
		{ .doorbells = doorbells + 64 },
	};

	for (size_t i = 0; i < NB(bad); i++) {
		int ret = host_try_create(&bad[i]);

		if (ret != -EINVAL)
			test_note("shape %zu of the list", i);
		TEST_ASSERT_EQ(ret, -EINVAL);
	}
	refdma_model_destroy(NULL);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "default_shape", default_shape },
	{ "chosen_shape", chosen_shape },
	{ "bad_shapes_refused", bad_shapes_refused },
	{ "more_ports_than_there_can_be", more_ports_than_there_can_be },
	{ "missing_callbacks_refused", missing_callbacks_refused },
	{ "doorbell_memory_of_the_caller", doorbell_memory_of_the_caller },
};

static struct test_suite model_shape = {
	.name = "model_shape",
	.case_setup = setup,
	.case_teardown = teardown,
	.cases = cases,
	.nb_cases = NB(cases),
};
REGISTER_TEST_SUITE(model_shape)
