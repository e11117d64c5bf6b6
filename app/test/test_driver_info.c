/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What the driver says about a device: capabilities, limits, ring sizes, memory, dump. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include "test_driver.h"

#define QUEUE_LIMIT_BYTES (256 * 1024)

static int
capabilities(void)
{
	const uint64_t expected = RTE_DMA_CAPA_MEM_TO_MEM | RTE_DMA_CAPA_MEM_TO_DEV |
				  RTE_DMA_CAPA_DEV_TO_MEM | RTE_DMA_CAPA_DEV_TO_DEV |
				  RTE_DMA_CAPA_HANDLES_ERRORS |
				  RTE_DMA_CAPA_OPS_COPY | RTE_DMA_CAPA_OPS_COPY_SG |
				  RTE_DMA_CAPA_OPS_FILL;
	struct rte_dma_info info;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(info.dev_capa & expected, expected);
	/* Others reach only the memory that is shared with them. */
	TEST_ASSERT_EQ((info.dev_capa & RTE_DMA_CAPA_SVA) != 0,
		       !drv_engine_is("pci") && !drv_engine_is("socket"));
	TEST_ASSERT_EQ(info.dev_capa & RTE_DMA_CAPA_SILENT, 0);
	TEST_ASSERT_EQ(info.max_vchans, drv_queues());
	TEST_ASSERT_EQ(info.min_desc, 64);
	TEST_ASSERT_EQ(info.max_desc, 32768);
	TEST_ASSERT_EQ(info.max_sges, 32);
	TEST_ASSERT_EQ(info.nb_vchans, 1);
	TEST_ASSERT(strcmp(info.dev_name, drv_channel_name(0)) == 0);
	return TEST_OK;
}

static int
limits_follow_arguments(void)
{
	struct rte_dma_info info;

	TEST_CALL(drv_open(&(struct drv_conf){
		.args = "queues=8,ring=1024", .nb_vchans = 8, .nb_desc = 1024 }));
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(info.max_vchans, 8);
	TEST_ASSERT_EQ(info.max_desc, 1024);
	TEST_ASSERT_EQ(info.nb_vchans, 8);
	for (uint16_t vchan = 0; vchan < 8; vchan++)
		TEST_CALL(drv_usable(vchan));
	return TEST_OK;
}

static int
private_info(void)
{
	struct rte_pmd_refdma_info info;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT(rte_pmd_refdma_is_refdma(drv));
	TEST_ASSERT_EQ(rte_pmd_refdma_info_get(drv, NULL), -EINVAL);
	TEST_ASSERT_EQ(rte_pmd_refdma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(info.version, 0x00010000);
	TEST_ASSERT_EQ(info.max_length, 1 << 30);
	TEST_ASSERT_EQ(info.max_sge, 32);
	TEST_ASSERT_EQ(info.max_chunks, 32);
	TEST_ASSERT_EQ(info.max_metadata, 64);
	TEST_ASSERT_EQ(info.nb_ports, 3);
	TEST_ASSERT_EQ(info.mem_burst, 64 * 1024);
	TEST_ASSERT_EQ(info.features, 0x1f);
	TEST_ASSERT_EQ(info.local_base, DRV_LOCAL);
	TEST_ASSERT_EQ(info.local_size, DRV_LOCAL_BYTES);
	TEST_ASSERT_EQ(info.port_base, DRV_PORT(0));
	TEST_ASSERT_EQ(info.port_stride, 0x1000);
	TEST_ASSERT_EQ(info.is_pci, drv_engine_is("pci"));
	return TEST_OK;
}

/* Every function of the private API refuses @p id. */
static int
all_refuse(int16_t id)
{
	struct rte_pmd_refdma_interleaved interleaved = { 0 };
	struct rte_pmd_refdma_port_conf port_conf = { 0 };
	struct rte_pmd_refdma_slave slave = { 0 };
	struct rte_pmd_refdma_result result;
	struct rte_pmd_refdma_info info;
	struct rte_pmd_refdma_port port;
	uint32_t left;
	uint16_t idx;

	TEST_ASSERT(!rte_pmd_refdma_is_refdma(id));
	TEST_ASSERT_EQ(rte_pmd_refdma_info_get(id, &info), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(id, 0, &port), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(id, 0, &port_conf), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_slave(id, 0, &slave), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_interleaved(id, 0, &interleaved), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_nop(id, 0, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_result(id, 0, 0, &result), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(id, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(id, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_abort(id, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_residue(id, 0, &idx, &left), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_periods(id, 0), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_halt_on_error(id, 0, true), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(id, 0, RTE_PMD_REFDMA_INJECT_STALL, 1, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_fd(id, 0), -ENODEV);
	TEST_ASSERT_EQ(rte_pmd_refdma_event_arm(id, 0), -ENODEV);
	return TEST_OK;
}

static int
other_devices_are_refused(void)
{
	int result, id;

	TEST_CALL(drv_open(NULL));
	TEST_CALL(all_refuse(-1));
	TEST_CALL(all_refuse(INT16_MAX));
	TEST_CALL(all_refuse(drv + 33));	/* beyond its channels */
	if (rte_vdev_init("dma_skeleton", NULL) != 0) {
		test_note("no dma_skeleton in this DPDK: a device of another driver is not tried");
		return TEST_OK;
	}
	id = rte_dma_get_dev_id_by_name("dma_skeleton");
	result = id >= 0 ? all_refuse(id) : TEST_FAILED;
	rte_vdev_uninit("dma_skeleton");
	return result;
}

/* As many copies fit as the capacity says, then no more; all of them happen. */
static int
fill_up(uint16_t capacity)
{
	for (uint32_t i = 0; i < capacity; i++)
		TEST_ASSERT_EQ(drv_copy(0, drv_dst + i, drv_src + i, 1, 0), i);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 1, 0), -ENOSPC);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 0);
	TEST_ASSERT_EQ(rte_dma_submit(drv, 0), 0);
	TEST_CALL(drv_wait(0, capacity));
	TEST_ASSERT(memcmp(drv_dst, drv_src, capacity) == 0);
	TEST_ASSERT(drv_untouched(drv_dst + capacity, DRV_BYTES - capacity));
	return TEST_OK;
}

static int
descriptors_round_up_to_a_power_of_two(void)
{
	static const struct {
		uint16_t asked, slots;
	} sizes[] = {
		{ 64, 64 }, { 65, 128 }, { 100, 128 }, { 128, 128 }, { 500, 512 }, { 1000, 1024 },
		{ 16385, 32768 }, { 32768, 32768 },
	};

	TEST_CALL(drv_open(NULL));
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		drv_wipe();
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
		TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, sizes[i].asked), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
		TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), sizes[i].slots);
		TEST_CALL(fill_up(sizes[i].slots));
	}
	return TEST_OK;
}

static int
descriptor_limits_are_refused(void)
{
	TEST_CALL(drv_open(&(struct drv_conf){ .args = "ring=256" }));
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 63), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 0), -EINVAL);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 257), -EINVAL);
	/* The vchan that was set up before is as it was. */
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(rte_dma_burst_capacity(drv, 0), 64);
	return drv_usable(0);
}

static size_t
heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;
	size_t bytes = 0;

	for (int socket = 0; socket < RTE_MAX_NUMA_NODES; socket++)
		if (rte_malloc_get_socket_stats(socket, &stats) == 0)
			bytes += stats.heap_allocsz_bytes;
	return bytes;
}

static int
queue_of_1024_is_small(void)
{
	size_t before, one, with;

	drv = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(drv >= 0);
	TEST_ASSERT_EQ(drv_configure(drv, 2, false), 0);
	before = heap_bytes();
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 1024), 0);
	one = heap_bytes();
	TEST_ASSERT_EQ(drv_vchan(drv, 1, RTE_DMA_DIR_MEM_TO_MEM, 1024), 0);
	with = heap_bytes();
	test_note("a queue of 1024 descriptors takes %zu bytes", with - one);
	TEST_ASSERT(one - before >= 1024 * 48);
	TEST_ASSERT(one - before < QUEUE_LIMIT_BYTES);
	TEST_ASSERT(with - one < QUEUE_LIMIT_BYTES);
	return TEST_OK;
}

static int
dump_tells_what_is_there(void)
{
	char *text = NULL;
	size_t length;
	FILE *f;
	bool ok;

	TEST_CALL(drv_open(&(struct drv_conf){ .nb_vchans = 2, .nb_desc = 100 }));
	TEST_CALL(drv_usable(1));
	f = open_memstream(&text, &length);
	TEST_ASSERT(f != NULL);
	TEST_ASSERT_EQ(rte_dma_dump(drv, f), 0);
	fclose(f);
	ok = (strstr(text, "software device") != NULL || drv_engine_is("pci") ||
	      drv_engine_is("socket")) &&
	     strstr(text, drv_engine) != NULL &&
	     strstr(text, "vchan 0: 100 descriptors in 128 slots") != NULL &&
	     strstr(text, "vchan 1: 100 descriptors in 128 slots") != NULL &&
	     strstr(text, "enqueued 1 announced 1 reported 1 free slots 128") != NULL &&
	     strstr(text, "running reason 'ok' completed 1 slots 1 errors 0") != NULL;
	if (!ok)
		test_note("the dump was: %s", text);
	free(text);
	TEST_ASSERT(ok);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "capabilities", capabilities },
	{ "limits_follow_arguments", limits_follow_arguments },
	{ "private_info", private_info },
	{ "other_devices_are_refused", other_devices_are_refused },
	{ "descriptors_round_up_to_a_power_of_two", descriptors_round_up_to_a_power_of_two },
	{ "descriptor_limits_are_refused", descriptor_limits_are_refused },
	{ "queue_of_1024_is_small", queue_of_1024_is_small },
	{ "dump_tells_what_is_there", dump_tells_what_is_there },
};

DRIVER_SUITES(info, cases)
DRIVER_SUITE_SOCKET(info, cases)
