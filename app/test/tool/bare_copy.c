/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The least that a program can do to copy with a dmadev: what dpdk-test-dmaengine's own loop is
 * compared with, as the loop of dpdk-test-dma-perf is not in every distribution. It enqueues a
 * burst, submits, takes what has completed, and does nothing else: no clock, no checks.
 *
 * bare_copy EAL-OPTIONS -- DEVICE SIZE BURST RING FOOTPRINT OPERATIONS
 *
 * Prints the operations and the seconds that they took.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_dmadev.h>
#include <rte_eal.h>
#include <rte_malloc.h>

struct pair {
	rte_iova_t src;
	rte_iova_t dst;
};

struct conf {
	int16_t dev_id;
	uint32_t size;
	uint32_t burst;
	uint32_t ring;
	uint64_t footprint;
	uint64_t operations;
};

static void
fail(const char *what)
{
	fprintf(stderr, "bare_copy: %s\n", what);
	exit(1);
}

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static void
start_device(const struct conf *conf)
{
	const struct rte_dma_conf dma_conf = { .nb_vchans = 1 };
	const struct rte_dma_vchan_conf vchan_conf = {
		.direction = RTE_DMA_DIR_MEM_TO_MEM, .nb_desc = (uint16_t)conf->ring,
	};

	if (rte_dma_configure(conf->dev_id, &dma_conf) < 0 ||
	    rte_dma_vchan_setup(conf->dev_id, 0, &vchan_conf) < 0 ||
	    rte_dma_start(conf->dev_id) < 0)
		fail("the device does not start");
}

/* Addresses of whole bursts, of buffers side by side. */
static struct pair *
make_pairs(const struct conf *conf, uint32_t *nb)
{
	rte_iova_t src, dst;
	uint8_t *memory = rte_zmalloc(NULL, 2 * conf->footprint, 4096);
	struct pair *pairs;

	*nb = (uint32_t)(conf->footprint / conf->size / conf->burst * conf->burst);
	pairs = calloc(*nb, sizeof(*pairs));
	if (memory == NULL || pairs == NULL || *nb == 0)
		fail("no memory");
	src = rte_malloc_virt2iova(memory);
	dst = src + conf->footprint;
	for (uint32_t i = 0; i < *nb; i++)
		pairs[i] = (struct pair){ src + (uint64_t)i * conf->size,
					  dst + (uint64_t)i * conf->size };
	return pairs;
}

/* The loop. Returns TSC cycles. */
static uint64_t
copy(const struct conf *conf, const struct pair *pairs, uint32_t nb)
{
	const int16_t dev_id = conf->dev_id;
	const uint32_t size = conf->size, burst = conf->burst;
	const uint16_t ring = (uint16_t)conf->ring;
	const uint64_t operations = conf->operations, begin = rte_rdtsc();
	uint64_t started = 0, completed = 0;
	uint32_t next = 0;
	bool error = false;

	while (completed < operations) {
		if (started < operations && rte_dma_burst_capacity(dev_id, 0) >= burst) {
			for (uint32_t i = 0; i < burst; i++, next++)
				if (rte_dma_copy(dev_id, 0, pairs[next].src, pairs[next].dst, size,
						 0) < 0)
					fail("a copy was refused");
			rte_dma_submit(dev_id, 0);
			started += burst;
			if (next == nb)
				next = 0;
		}
		completed += rte_dma_completed(dev_id, 0, ring, NULL, &error);
		if (error)
			fail("a copy failed");
	}
	return rte_rdtsc() - begin;
}

int
main(int argc, char **argv)
{
	struct conf conf;
	struct pair *pairs;
	uint64_t cycles;
	uint32_t nb;
	int taken = rte_eal_init(argc, argv);

	if (taken < 0 || argc - taken != 7)
		fail("EAL-OPTIONS -- DEVICE SIZE BURST RING FOOTPRINT OPERATIONS");
	argv += taken;
	conf.dev_id = (int16_t)rte_dma_get_dev_id_by_name(argv[1]);
	conf.size = (uint32_t)number(argv[2]);
	conf.burst = (uint32_t)number(argv[3]);
	conf.ring = (uint32_t)number(argv[4]);
	conf.footprint = number(argv[5]);
	conf.operations = number(argv[6]) / conf.burst * conf.burst;
	if (conf.dev_id < 0)
		fail("no such device");
	start_device(&conf);
	pairs = make_pairs(&conf, &nb);
	cycles = copy(&conf, pairs, nb);
	printf("%" PRIu64 " operations, %.6f seconds\n", conf.operations,
	       (double)cycles / (double)rte_get_tsc_hz());
	free(pairs);
	rte_dma_stop(conf.dev_id);
	rte_eal_cleanup();
	return 0;
}
