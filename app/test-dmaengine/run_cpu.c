/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The measured loops on this core: what a device is compared with. */

#include <string.h>

#include "dpdk_compat.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_memcpy.h>

#include "operations.h"
#include "run.h"
#include "stop.h"

static __rte_always_inline void
inline_copy(const struct work *work, uint32_t entry)
{
	const struct pair *pair = &work->va[entry];

	rte_memcpy((void *)(uintptr_t)pair->dst, (const void *)(uintptr_t)pair->src, work->size);
}

/* A pattern whose bytes are all alike is what memset() is for. */
static __rte_always_inline void
inline_fill(const struct work *work, uint32_t entry)
{
	uint8_t *dst = (uint8_t *)(uintptr_t)work->va[entry].dst;

	if (work->pattern == (work->pattern & 0xff) * UINT64_C(0x0101010101010101))
		memset(dst, (int)(work->pattern & 0xff), work->size);
	else
		fill_bytes(dst, work->size, work->pattern);
}

/* The lists say what the device sees; the same places as this core sees them. */
static __rte_always_inline void
inline_sg(const struct work *work, uint32_t entry)
{
	const struct rte_dma_sge *src = &work->src_sge[(size_t)entry * work->nb_src];
	const struct rte_dma_sge *dst = &work->dst_sge[(size_t)entry * work->nb_dst];
	const struct pools *pools = work->pools;
	uint32_t src_done = 0, dst_done = 0;

	for (uint16_t to = 0, from = 0; to < work->nb_dst;) {
		uint32_t length = RTE_MIN(src[from].length - src_done, dst[to].length - dst_done);

		rte_memcpy(pools->dst.data + (dst[to].addr - pools->dst.iova) + dst_done,
			   pools->src.data + (src[from].addr - pools->src.iova) + src_done,
			   length);
		src_done += length;
		dst_done += length;
		if (src_done == src[from].length) {
			from++;
			src_done = 0;
		}
		if (dst_done == dst[to].length) {
			to++;
			dst_done = 0;
		}
	}
}

static __rte_always_inline void
inline_interleaved(const struct work *work, uint32_t entry)
{
	const uint8_t *src = (const uint8_t *)(uintptr_t)work->va[entry].src;
	uint8_t *dst = (uint8_t *)(uintptr_t)work->va[entry].dst;

	for (uint32_t i = 0; i < work->chunks; i++) {
		rte_memcpy(dst, src, work->chunk);
		src += work->chunk + work->src_gap;
		dst += work->chunk + work->dst_gap;
	}
}

/* The loop of all of them; one is known when it is compiled. */
static __rte_always_inline void
run_cpu(struct run *run, void (*one)(const struct work *work, uint32_t entry))
{
	const struct work work = *run->work;
	const uint32_t checks = run_bursts_a_check(run);
	const uint16_t burst = run->burst;
	const uint64_t start = rte_rdtsc_precise(), deadline = start + run->duration;
	uint32_t next = run->next;
	uint64_t operations = 0;

	do {
		for (uint32_t i = checks; i > 0; i--) {
			const uint32_t end = next + burst;

			for (; next != end; next++)
				one(&work, next);
			/* A lap is whole bursts. */
			if (unlikely(next == work.entries))
				next = 0;
			operations += burst;
		}
	} while (rte_rdtsc() < deadline && operations < run->limit && !stop_requested());
	run->cycles = rte_rdtsc_precise() - start;
	run->operations = operations;
	run->started += operations;
	run->next = next;
	run->end = next + burst;
}

void
run_cpu_copy(struct run *run)
{
	run_cpu(run, inline_copy);
}

void
run_cpu_fill(struct run *run)
{
	run_cpu(run, inline_fill);
}

void
run_cpu_sg(struct run *run)
{
	run_cpu(run, inline_sg);
}

void
run_cpu_interleaved(struct run *run)
{
	run_cpu(run, inline_interleaved);
}

void
cpu_copy(const struct work *work, uint32_t entry)
{
	inline_copy(work, entry);
}

void
cpu_fill(const struct work *work, uint32_t entry)
{
	inline_fill(work, entry);
}

void
cpu_sg(const struct work *work, uint32_t entry)
{
	inline_sg(work, entry);
}

void
cpu_interleaved(const struct work *work, uint32_t entry)
{
	inline_interleaved(work, entry);
}

void
run_cpu_latency(struct run *run, void (*one)(const struct work *work, uint32_t entry),
		struct histogram *histogram)
{
	const uint64_t deadline = rte_rdtsc() + run->duration;

	while (histogram->samples < run->limit && rte_rdtsc() < deadline && !stop_requested()) {
		uint64_t start = rte_rdtsc_precise();

		one(run->work, run->next);
		histogram_add(histogram, rte_rdtsc_precise() - start);
		if (++run->next == run->work->entries)
			run->next = 0;
	}
	run->next = 0;
	run->end = run->burst;
}
