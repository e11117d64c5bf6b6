/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * What releases of DPDK after 22.11 added to the dmadev API: source buffers that go back to their
 * pool (23.11), priorities (24.11), enqueue and dequeue of operations (25.11). With an older
 * release, only that the device does not claim them.
 */

#include <errno.h>
#include <string.h>

#include <rte_mempool.h>

#include "test_driver.h"

#define NB_OBJECTS	64
#define OBJECT_BYTES	256

static int
only_what_the_release_has(void)
{
	uint64_t newer = 0;
	struct rte_dma_info info;

#ifdef RTE_DMA_CAPA_M2D_AUTO_FREE
	newer |= RTE_DMA_CAPA_M2D_AUTO_FREE;
#endif
#ifdef RTE_DMA_CAPA_PRI_POLICY_SP
	newer |= RTE_DMA_CAPA_PRI_POLICY_SP;
#endif
#ifdef RTE_DMA_CAPA_OPS_ENQ_DEQ
	newer |= RTE_DMA_CAPA_OPS_ENQ_DEQ;
#endif
	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(info.dev_capa & ~(RTE_DMA_CAPA_MEM_TO_MEM | RTE_DMA_CAPA_MEM_TO_DEV |
					 RTE_DMA_CAPA_DEV_TO_MEM | RTE_DMA_CAPA_DEV_TO_DEV |
					 RTE_DMA_CAPA_SVA | RTE_DMA_CAPA_SILENT |
					 RTE_DMA_CAPA_HANDLES_ERRORS | RTE_DMA_CAPA_OPS_COPY |
					 RTE_DMA_CAPA_OPS_COPY_SG | RTE_DMA_CAPA_OPS_FILL), newer);
	return TEST_OK;
}

#ifdef RTE_DMA_CAPA_M2D_AUTO_FREE
static struct rte_mempool *pool;

/* A vchan into the device's memory whose sources come from the pool. */
static int
open_with_pool(uint64_t flags)
{
	struct rte_dma_conf conf = { .nb_vchans = 1 };
	struct rte_dma_vchan_conf vchan = {
		.direction = RTE_DMA_DIR_MEM_TO_DEV,
		.nb_desc = 64,
		.dst_port.port_type = RTE_DMA_PORT_PCIE,
	};
	int id;

#ifdef RTE_DMA_CFG_FLAG_SILENT
	conf.flags = flags;
#else
	RTE_SET_USED(flags);
#endif
	pool = rte_mempool_create("driver_newer", NB_OBJECTS, OBJECT_BYTES, 0, 0, NULL, NULL, NULL,
				  NULL, SOCKET_ID_ANY, 0);
	TEST_ASSERT(pool != NULL);
	vchan.auto_free.m2d.pool = pool;
	id = drv_probe(DRV_NAME, NULL);
	TEST_ASSERT(id >= 0);
	drv = id;
	TEST_ASSERT_EQ(rte_dma_configure(drv, &conf), 0);
	return rte_dma_vchan_setup(drv, 0, &vchan);
}

static int
start_with_pool(void)
{
	TEST_ASSERT_EQ(open_with_pool(0), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return TEST_OK;
}

/* All is back, and once: an object that came back twice would be given out twice. */
static int
pool_is_full(void)
{
	void *object[NB_OBJECTS];

	TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS);
	TEST_ASSERT_EQ(rte_mempool_get_bulk(pool, object, NB_OBJECTS), 0);
	for (unsigned int i = 0; i < NB_OBJECTS; i++)
		for (unsigned int j = 0; j < i; j++)
			TEST_ASSERT(object[i] != object[j]);
	rte_mempool_put_bulk(pool, object, NB_OBJECTS);
	return TEST_OK;
}

/* Enqueue a copy of an object. @return its index */
static int
send(uint64_t dst, uint64_t flags)
{
	void *object;

	TEST_ASSERT_EQ(rte_mempool_get(pool, &object), 0);
	memset(object, 0x5a, OBJECT_BYTES);
	return rte_dma_copy(drv, 0, drv_iova(object) + 16, dst, OBJECT_BYTES - 16, flags);
}

static int
send_list(unsigned int nb_src, uint64_t flags)
{
	struct rte_dma_sge src[8], dst = { .addr = DRV_LOCAL, .length = nb_src * OBJECT_BYTES };
	void *object[8];

	TEST_ASSERT_EQ(rte_mempool_get_bulk(pool, object, nb_src), 0);
	for (unsigned int i = 0; i < nb_src; i++) {
		src[i].addr = drv_iova(object[i]);
		src[i].length = OBJECT_BYTES;
	}
	return rte_dma_copy_sg(drv, 0, src, &dst, nb_src, 1, flags);
}

static int
sources_go_back_to_their_pool(void)
{
	TEST_CALL(start_with_pool());
	for (unsigned int i = 0; i < 1000; i++) {
		TEST_ASSERT_EQ(send(DRV_LOCAL, RTE_DMA_OP_FLAG_AUTO_FREE |
				    RTE_DMA_OP_FLAG_SUBMIT), i);
		TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS - 1);
		TEST_CALL(drv_wait(0, 1));
		TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS);
	}
	return pool_is_full();
}

static int
sources_stay_without_the_flag(void)
{
	TEST_CALL(start_with_pool());
	TEST_ASSERT(send(DRV_LOCAL, RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(drv_wait(0, 1));
	TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS - 1);
	return TEST_OK;
}

/* Across the end of the ring, too: 3 slots an operation, 64 slots. */
static int
all_sources_of_a_list_go_back(void)
{
	TEST_CALL(start_with_pool());
	for (unsigned int nb_src = 1; nb_src <= 8; nb_src++)
		for (unsigned int i = 0; i < 30; i++) {
			TEST_ASSERT(send_list(nb_src, RTE_DMA_OP_FLAG_AUTO_FREE |
					      RTE_DMA_OP_FLAG_SUBMIT) >= 0);
			TEST_CALL(drv_wait(0, 1));
			TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS);
		}
	return pool_is_full();
}

static int
source_of_a_failure_goes_back(void)
{
	TEST_CALL(start_with_pool());
	TEST_ASSERT(send(UINT64_C(1) << 60, RTE_DMA_OP_FLAG_AUTO_FREE) >= 0);
	TEST_CALL(drv_expect_one(0, RTE_DMA_STATUS_INVALID_DST_ADDR));
	return pool_is_full();
}

/* The application has given them away, and learns of no completion any more. */
static int
stop_returns_what_is_outstanding(void)
{
	TEST_CALL(start_with_pool());
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	TEST_ASSERT(send(DRV_LOCAL, RTE_DMA_OP_FLAG_AUTO_FREE) >= 0);
	TEST_ASSERT(send_list(5, RTE_DMA_OP_FLAG_AUTO_FREE | RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	/* And one that the device has not even heard of. */
	TEST_ASSERT(send(DRV_LOCAL, RTE_DMA_OP_FLAG_AUTO_FREE) >= 0);
	TEST_ASSERT_EQ(rte_mempool_avail_count(pool), NB_OBJECTS - 7);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_CALL(pool_is_full());
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_ASSERT_EQ(send(DRV_LOCAL, RTE_DMA_OP_FLAG_AUTO_FREE | RTE_DMA_OP_FLAG_SUBMIT), 0);
	TEST_CALL(drv_wait(0, 1));
	return pool_is_full();
}
#endif

#ifdef RTE_DMA_CAPA_PRI_POLICY_SP
static int
priorities_are_within_their_range(void)
{
	struct rte_dma_conf conf = { .nb_vchans = 1 };
	struct rte_dma_info info;

	TEST_CALL(drv_open(NULL));
	TEST_ASSERT_EQ(rte_dma_info_get(drv, &info), 0);
	TEST_ASSERT_EQ(info.nb_priorities, 4);
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	for (conf.priority = 0; conf.priority < info.nb_priorities; conf.priority++) {
		TEST_ASSERT_EQ(rte_dma_configure(drv, &conf), 0);
		TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
		TEST_ASSERT_EQ(rte_dma_start(drv), 0);
		TEST_CALL(drv_usable(0));
		TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	}
	TEST_ASSERT_EQ(rte_dma_configure(drv, &conf), -EINVAL);
	return TEST_OK;
}
#endif

#ifdef RTE_DMA_CAPA_OPS_ENQ_DEQ
#define NB_OPS	8

static union {
	struct rte_dma_op op;
	uint8_t room[sizeof(struct rte_dma_op) + 4 * sizeof(struct rte_dma_sge)];
} ops[NB_OPS];

/* Operation @p i copies 64 bytes, or nowhere where it is to fail; odd ones in two pieces. */
static struct rte_dma_op *
make_op(unsigned int i, bool fails)
{
	struct rte_dma_op *op = &ops[i].op;
	uint8_t *dst = fails ? NULL : drv_dst + i * 64;

	memset(&ops[i], 0, sizeof(ops[i]));
	op->nb_src = op->nb_dst = i % 2 + 1;
	op->status = RTE_DMA_STATUS_ERROR_UNKNOWN;
	for (unsigned int s = 0; s < op->nb_src; s++) {
		uint32_t length = 64 / op->nb_src;

		op->src_dst_seg[s].addr = drv_iova(drv_src + i * 64 + s * length);
		op->src_dst_seg[op->nb_src + s].addr = drv_iova(dst + s * length);
		op->src_dst_seg[s].length = op->src_dst_seg[op->nb_src + s].length = length;
	}
	return op;
}

static int
open_for_operations(void)
{
	struct rte_dma_conf conf = { .nb_vchans = 1, .flags = RTE_DMA_CFG_FLAG_ENQ_DEQ };
	int id = drv_probe(DRV_NAME, NULL);

	TEST_ASSERT(id >= 0);
	drv = id;
	TEST_ASSERT_EQ(rte_dma_configure(drv, &conf), 0);
	TEST_ASSERT_EQ(drv_vchan(drv, 0, RTE_DMA_DIR_MEM_TO_MEM, 64), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	return TEST_OK;
}

static int
dequeue(struct rte_dma_op **done, uint16_t count)
{
	uint16_t n = 0;

	TEST_WAIT((n += rte_dma_dequeue_ops(drv, 0, done + n, count - n)) == count, DRV_WAIT_MS);
	return TEST_OK;
}

static int
operations_come_back_in_order(void)
{
	struct rte_dma_op *sent[NB_OPS], *done[NB_OPS];

	TEST_CALL(open_for_operations());
	for (unsigned int i = 0; i < NB_OPS; i++)
		sent[i] = make_op(i, i == 2);
	TEST_ASSERT_EQ(rte_dma_enqueue_ops(drv, 0, sent, NB_OPS), NB_OPS);
	TEST_CALL(dequeue(done, NB_OPS));
	for (unsigned int i = 0; i < NB_OPS; i++) {
		TEST_ASSERT(done[i] == sent[i]);
		TEST_ASSERT_EQ(done[i]->status, i == 2 ? RTE_DMA_STATUS_INVALID_DST_ADDR :
							 RTE_DMA_STATUS_SUCCESSFUL);
		TEST_ASSERT_EQ(memcmp(drv_dst + i * 64, drv_src + i * 64, 64) == 0, i != 2);
	}
	return TEST_OK;
}

static int
a_full_ring_takes_no_operation(void)
{
	struct rte_dma_op *sent[100], *done[64];

	TEST_CALL(open_for_operations());
	TEST_ASSERT_EQ(rte_pmd_refdma_pause(drv, 0), 0);
	for (unsigned int i = 0; i < RTE_DIM(sent); i++)
		sent[i] = make_op(0, false);
	TEST_ASSERT_EQ(rte_dma_enqueue_ops(drv, 0, sent, RTE_DIM(sent)), 64);
	TEST_ASSERT_EQ(rte_pmd_refdma_resume(drv, 0), 0);
	return dequeue(done, RTE_DIM(done));
}

/* An operation comes back with its buffers: nobody else may free them. */
static int
operations_have_no_pool(void)
{
	TEST_ASSERT_EQ(open_with_pool(RTE_DMA_CFG_FLAG_ENQ_DEQ), -EINVAL);
	return TEST_OK;
}
#endif

static void
teardown(void)
{
	drv_case_teardown();
#ifdef RTE_DMA_CAPA_M2D_AUTO_FREE
	rte_mempool_free(pool);
	pool = NULL;
#endif
}

static const struct test_case cases[] = {
	{ "only_what_the_release_has", only_what_the_release_has },
#ifdef RTE_DMA_CAPA_M2D_AUTO_FREE
	{ "sources_go_back_to_their_pool", sources_go_back_to_their_pool },
	{ "sources_stay_without_the_flag", sources_stay_without_the_flag },
	{ "all_sources_of_a_list_go_back", all_sources_of_a_list_go_back },
	{ "source_of_a_failure_goes_back", source_of_a_failure_goes_back },
	{ "stop_returns_what_is_outstanding", stop_returns_what_is_outstanding },
#endif
#ifdef RTE_DMA_CAPA_PRI_POLICY_SP
	{ "priorities_are_within_their_range", priorities_are_within_their_range },
#endif
#ifdef RTE_DMA_CAPA_OPS_ENQ_DEQ
	{ "operations_come_back_in_order", operations_come_back_in_order },
	{ "a_full_ring_takes_no_operation", a_full_ring_takes_no_operation },
	{ "operations_have_no_pool", operations_have_no_pool },
#endif
};

DRIVER_SUITES(newer, cases)

RTE_INIT(newer_teardown)
{
	newer_thread_suite.case_teardown = teardown;
	newer_service_suite.case_teardown = teardown;
	newer_inline_suite.case_teardown = teardown;
	newer_pci_suite.case_teardown = teardown;
}
