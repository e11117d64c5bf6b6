/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DRIVER_H
#define TEST_DRIVER_H

/**
 * @file
 * A software device driven through the public rte_dma API and rte_pmd_refdma.h.
 *
 * Each topic is a list of cases that DRIVER_SUITES() makes into three suites, one for each engine.
 * A case probes what it needs with drv_open() or drv_probe(); everything is removed after the case,
 * whatever its result.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_dmadev.h>

#include "rte_pmd_refdma.h"
#include "test.h"

/** Longest wait for anything that should come; generous, for sanitizers and busy machines. */
#define DRV_WAIT_MS	20000
/** Bytes of each of the buffers. */
#define DRV_BYTES	0x40000
/** What a buffer holds before something is written to it. */
#define DRV_UNTOUCHED	0xee
/** Default ports. */
#define DRV_LOOPBACK	0
#define DRV_SINK	1
#define DRV_SOURCE	2
/** Name of the software device that drv_open() probes; also stands for the PCI function. */
#define DRV_NAME	"dma_refdma_test"

struct socket_server;

/** What drv_open() makes; zero means the default in brackets. */
struct drv_conf {
	const char *args;			/**< Device arguments besides engine=. */
	uint16_t nb_vchans;			/**< [1] */
	uint16_t nb_desc;			/**< [64] */
	enum rte_dma_direction direction;	/**< Of all vchans [memory to memory]. */
	bool silent;
};

/** The engine that the suite runs with. */
extern const char *drv_engine;
/** The device that drv_open() made. */
extern int16_t drv;
/** Buffers in DPDK's memory, DRV_BYTES each: drv_src has a pattern, drv_dst is untouched. */
extern uint8_t *drv_src, *drv_dst;
/** Device addresses. */
#define DRV_LOCAL	UINT64_C(0x40000000)
#define DRV_LOCAL_BYTES	(UINT64_C(1) << 20)
#define DRV_PORT(n)	(UINT64_C(0x80000000) + UINT64_C(0x1000) * (n))

/** True where the suite's engine is @p name. */
bool drv_engine_is(const char *name);
/** Name of the dmadev of a channel of the device that drv_open() probes; a static buffer. */
const char *drv_channel_name(unsigned int channel);

/**
 * Probe a device with engine= and @p args (may be NULL). The PCI function is as it is: only
 * DRV_NAME without arguments. @return dmadev identifier or < 0
 */
int drv_probe(const char *name, const char *args);
/** The process of a device that drv_probe() made, with engine "socket". */
struct socket_server *drv_server(const char *name);
/** Remove a device that drv_probe() made. @return what rte_vdev_uninit() says */
int drv_remove(const char *name);
/** Configure and set up vchans of a probed device, and start it. */
int drv_start(int16_t id, const struct drv_conf *conf);
/** Only configure. @return what rte_dma_configure() says */
int drv_configure(int16_t id, uint16_t nb_vchans, bool silent);
/** Only set up a vchan. @return what rte_dma_vchan_setup() says */
int drv_vchan(int16_t id, uint16_t vchan, enum rte_dma_direction direction, uint16_t nb_desc);
/** vchans of a device without arguments. */
unsigned int drv_queues(void);
/** Probe and start `drv`. @p conf may be NULL. TEST_SKIPPED where it needs arguments on PCI. */
int drv_open(const struct drv_conf *conf);

static inline rte_iova_t
drv_iova(const void *p)
{
	/* The driver insists on IOVA as VA. */
	return (rte_iova_t)(uintptr_t)p;
}

/** rte_dma_copy() between pointers on `drv`. */
static inline int
drv_copy(uint16_t vchan, void *dst, const void *src, uint32_t length, uint64_t flags)
{
	return rte_dma_copy(drv, vchan, drv_iova(src), drv_iova(dst), length, flags);
}

/** Wait until @p n operations of `drv` have succeeded. */
int drv_wait(uint16_t vchan, uint32_t n);
/** The same on any device. */
int drv_wait_on(int16_t id, uint16_t vchan, uint32_t n);
/** Wait until @p n operations have ended, and keep their status. */
int drv_wait_status(uint16_t vchan, uint32_t n, enum rte_dma_status_code *status);
/** Submit, and expect the one outstanding operation to end with @p status. */
int drv_expect_one(uint16_t vchan, enum rte_dma_status_code status);
/** Copy a little through @p vchan and check that it arrives: the device is usable. */
int drv_usable(uint16_t vchan);
/**
 * Have the engine make a whole run: what the device could do by now, it has done. The queue must
 * be running.
 */
int drv_settle(uint16_t vchan);
/** Expect exactly these counters. */
int drv_expect_stats(uint16_t vchan, uint64_t submitted, uint64_t completed, uint64_t errors);

/** Bytes that tell where they are; @p seed makes one buffer differ from another. */
void drv_pattern(uint8_t *buf, size_t length, uint32_t seed);
/** Make drv_dst untouched again. */
void drv_wipe(void);
/** Is all of @p buf still untouched? */
bool drv_untouched(const uint8_t *buf, size_t length);

/** What a process holds: to see that nothing leaks. */
struct drv_holdings {
	unsigned int memzones, fds, threads;
	size_t heap_bytes;
};
void drv_count_holdings(struct drv_holdings *holdings);
/** Expect @p before to be what there is now. */
int drv_expect_holdings(const struct drv_holdings *before);

/** Let the calling thread run on all CPUs of the process, not only on its creator's. */
void drv_spread(void);

/** Collect what DPDK logs until drv_log_end(). */
int drv_log_begin(void);
/** @return what was logged; valid until the next drv_log_begin() */
const char *drv_log_end(void);

/** Used by DRIVER_SUITES(). */
const char *drv_eal_args(const char *engine);
int drv_suite_setup(const char *engine);
void drv_suite_teardown(void);
int drv_case_setup(void);
void drv_case_teardown(void);

/** Define the suite @p suite_name, with C names that begin with @p id. */
#define DRIVER_SUITE(id, suite_name, engine, list) \
	static int \
	id##_setup(void) \
	{ \
		return drv_suite_setup(engine); \
	} \
	static struct test_suite id##_suite = { \
		.name = suite_name, \
		.setup = id##_setup, \
		.teardown = drv_suite_teardown, \
		.case_setup = drv_case_setup, \
		.case_teardown = drv_case_teardown, \
		.cases = list, \
		.nb_cases = RTE_DIM(list), \
	}; \
	RTE_INIT(id##_register) \
	{ \
		id##_suite.eal_args = drv_eal_args(engine); \
		test_suite_register(&id##_suite); \
	}

/**
 * Define suites driver_TOPIC_thread, _service, _inline and, on the PCI function of test_card.h,
 * _pci of the cases in @p list.
 */
#define DRIVER_SUITES(topic, list) \
	DRIVER_SUITE(topic##_thread, "driver_" #topic "_thread", "thread", list) \
	DRIVER_SUITE(topic##_service, "driver_" #topic "_service", "service", list) \
	DRIVER_SUITE(topic##_inline, "driver_" #topic "_inline", "inline", list) \
	DRIVER_SUITE(topic##_pci, "driver_" #topic "_pci", "pci", list)

/** The same cases on a device in another process; with huge pages, which it maps as well, too. */
#define DRIVER_SUITE_SOCKET(topic, list) \
	DRIVER_SUITE(topic##_socket, "driver_" #topic "_socket", "socket", list) \
	DRIVER_SUITE_HUGEPAGES(topic, list)
#define DRIVER_SUITE_HUGEPAGES(topic, list) \
	DRIVER_SUITE(topic##_hugepages, "driver_" #topic "_hugepages", "socket/hugepages", list)

#endif /* TEST_DRIVER_H */
