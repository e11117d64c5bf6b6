/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_COMPAT_H
#define REFDMA_COMPAT_H

/* What differs between the DPDK versions that this driver builds with (22.11 to 25.11). */

#include <rte_dmadev.h>
#include <rte_kvargs.h>
#include <rte_telemetry.h>
#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0)
#error "DPDK 22.11 or later is needed"
#endif

/* M2D auto-free came with 23.11. */
#ifdef RTE_DMA_CAPA_M2D_AUTO_FREE
#define REFDMA_HAS_AUTO_FREE 1
#define REFDMA_CAPA_AUTO_FREE RTE_DMA_CAPA_M2D_AUTO_FREE
#define REFDMA_OP_FLAG_AUTO_FREE RTE_DMA_OP_FLAG_AUTO_FREE
#else
#define REFDMA_HAS_AUTO_FREE 0
#define REFDMA_CAPA_AUTO_FREE 0
#define REFDMA_OP_FLAG_AUTO_FREE 0
#endif

/* Strict priority came with 24.11. */
#ifdef RTE_DMA_CAPA_PRI_POLICY_SP
#define REFDMA_HAS_PRIORITY 1
#define REFDMA_CAPA_PRIORITY RTE_DMA_CAPA_PRI_POLICY_SP
#else
#define REFDMA_HAS_PRIORITY 0
#define REFDMA_CAPA_PRIORITY 0
#endif

/* Enqueue and dequeue of rte_dma_op came with 25.11, and the configuration flags with it. */
#ifdef RTE_DMA_CAPA_OPS_ENQ_DEQ
#define REFDMA_HAS_ENQ_DEQ 1
#define REFDMA_CAPA_ENQ_DEQ RTE_DMA_CAPA_OPS_ENQ_DEQ
#else
#define REFDMA_HAS_ENQ_DEQ 0
#define REFDMA_CAPA_ENQ_DEQ 0
struct rte_dma_op;
#endif

/* Telemetry's unsigned integers got another name with 23.03. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define refdma_tel_dict_uint rte_tel_data_add_dict_uint
#else
#define refdma_tel_dict_uint rte_tel_data_add_dict_u64
#endif

/* Since 24.11 only this one hands on a key without a value; rte_kvargs_process() is silent. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
#define refdma_kvargs_process rte_kvargs_process_opt
#else
#define refdma_kvargs_process rte_kvargs_process
#endif

static inline bool
refdma_conf_silent(const struct rte_dma_conf *conf)
{
#ifdef RTE_DMA_CFG_FLAG_SILENT
	return (conf->flags & RTE_DMA_CFG_FLAG_SILENT) != 0;
#else
	return conf->enable_silent;
#endif
}

static inline bool
refdma_conf_enq_deq(const struct rte_dma_conf *conf)
{
#if REFDMA_HAS_ENQ_DEQ
	return (conf->flags & RTE_DMA_CFG_FLAG_ENQ_DEQ) != 0;
#else
	RTE_SET_USED(conf);
	return false;
#endif
}

static inline uint16_t
refdma_conf_priority(const struct rte_dma_conf *conf)
{
#if REFDMA_HAS_PRIORITY
	return conf->priority;
#else
	RTE_SET_USED(conf);
	return 0;
#endif
}

static inline struct rte_mempool *
refdma_conf_auto_free_pool(const struct rte_dma_vchan_conf *conf)
{
#if REFDMA_HAS_AUTO_FREE
	return conf->auto_free.m2d.pool;
#else
	RTE_SET_USED(conf);
	return NULL;
#endif
}

#endif /* REFDMA_COMPAT_H */
