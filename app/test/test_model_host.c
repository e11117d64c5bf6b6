/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The host of the model suites: its memory, its callbacks, its clock and its register access. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test_model_host.h"

/* More rounds of all engines than any case needs: an engine that never rests is a failure. */
#define MAX_ROUNDS 100000

uint64_t
test_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Callers in callbacks hold the lock. */
static struct host_area *
find_area(struct model_host *host, uint64_t addr)
{
	for (unsigned int i = 0; i < HOST_MAX_AREAS; i++) {
		struct host_area *area = &host->areas[i];

		if (area->memory != NULL && addr >= area->addr && addr - area->addr < area->length)
			return area;
	}
	return NULL;
}

static int
translate(void *ctx, uint64_t addr, struct refdma_model_region *region)
{
	struct model_host *host = ctx;
	const struct host_area *area;
	int ret = -EFAULT;

	atomic_fetch_add_explicit(&host->translations, 1, memory_order_relaxed);
	pthread_mutex_lock(&host->lock);
	area = find_area(host, addr);
	if (area != NULL && !area->sva) {
		*region = (struct refdma_model_region){
			.addr = area->addr,
			.length = area->length,
			.host = area->memory,
			.access = area->access,
			.transient = area->transient,
		};
		ret = 0;
	}
	pthread_mutex_unlock(&host->lock);
	return ret;
}

/* Memory that only read and write know; the lock is held. What runs over its end is no address. */
static int
sva_memory(struct model_host *host, uint64_t addr, size_t length, uint8_t **memory)
{
	const struct host_area *area = find_area(host, addr);

	atomic_fetch_add_explicit(&host->translations, 1, memory_order_relaxed);
	if (area == NULL || !area->sva || length > area->length - (addr - area->addr))
		return -EFAULT;
	*memory = area->memory + (addr - area->addr);
	return area->fault != 0 && area->fault_addr - addr < length ? area->fault : 0;
}

static int
sva_read(void *ctx, uint64_t addr, void *buf, size_t length)
{
	struct model_host *host = ctx;
	uint8_t *memory;
	int ret;

	pthread_mutex_lock(&host->lock);
	ret = sva_memory(host, addr, length, &memory);
	if (ret == 0)
		memcpy(buf, memory, length);
	pthread_mutex_unlock(&host->lock);
	return ret;
}

static int
sva_write(void *ctx, uint64_t addr, const void *buf, size_t length)
{
	struct model_host *host = ctx;
	uint8_t *memory;
	int ret;

	pthread_mutex_lock(&host->lock);
	ret = sva_memory(host, addr, length, &memory);
	if (ret == 0)
		memcpy(memory, buf, length);
	pthread_mutex_unlock(&host->lock);
	return ret;
}

static uint64_t
now_ns(void *ctx)
{
	struct model_host *host = ctx;

	return atomic_load_explicit(&host->now_ns, memory_order_relaxed);
}

static void
interrupt(void *ctx, unsigned int vector)
{
	struct model_host *host = ctx;

	if (vector < sizeof(host->interrupts) / sizeof(host->interrupts[0]))
		atomic_fetch_add(&host->interrupts[vector], 1);
	else
		atomic_fetch_add(&host->stray_interrupts, 1);
	if (host->watched != NULL)
		host->done_at_interrupt = queue_done(host->watched);
}

static void
wake(void *ctx, unsigned int channel)
{
	struct model_host *host = ctx;

	if (channel < REFDMA_MAX_CHANNELS)
		atomic_fetch_add(&host->wakes[channel], 1);
}

static int
open_with(struct model_host *host, const struct refdma_model_conf *conf,
	  const struct refdma_model_ops *ops)
{
	int ret;

	host_close(host);
	memset(host, 0, sizeof(*host));
	pthread_mutex_init(&host->lock, NULL);
	host->channels = conf != NULL && conf->channels != 0 ? conf->channels : 1;
	host->next_ns = REFDMA_MODEL_IDLE;
	atomic_store(&host->now_ns, UINT64_C(1000000000));
	if (host_map(host, HOST_ARENA_ADDR, HOST_ARENA_BYTES, HOST_READ_WRITE) == NULL)
		return TEST_FAILED;
	host_fill(host, HOST_ARENA_ADDR, HOST_ARENA_BYTES, 1);
	host->arena_next = HOST_ARENA_ADDR;
	ret = refdma_model_create(conf, ops, host, &host->model);
	TEST_ASSERT_EQ(ret, 0);
	return TEST_OK;
}

static const struct refdma_model_ops plain_ops = {
	.translate = translate,
	.now_ns = now_ns,
	.interrupt = interrupt,
	.wake = wake,
};

static const struct refdma_model_ops sva_ops = {
	.translate = translate,
	.read = sva_read,
	.write = sva_write,
	.now_ns = now_ns,
	.interrupt = interrupt,
	.wake = wake,
};

int
host_open(struct model_host *host, const struct refdma_model_conf *conf)
{
	return open_with(host, conf, &plain_ops);
}

int
host_open_sva(struct model_host *host, const struct refdma_model_conf *conf)
{
	return open_with(host, conf, &sva_ops);
}

int
host_try_create(const struct refdma_model_conf *conf)
{
	struct refdma_model *model = NULL;
	int ret = refdma_model_create(conf, &plain_ops, NULL, &model);

	if (ret == 0)
		refdma_model_destroy(model);
	return ret;
}

/* Give an area's memory back; the caller has made sure that nobody uses it. */
static void
release_area(struct host_area *area)
{
	if (area->mapping != NULL)
		munmap(area->mapping, area->mapping_bytes);
	free(area->shadow);
	memset(area, 0, sizeof(*area));
}

void
host_close(struct model_host *host)
{
	if (host->model != NULL)
		refdma_model_destroy(host->model);
	host->model = NULL;
	host->nb_queues = 0;
	for (unsigned int i = 0; i < HOST_MAX_AREAS; i++)
		release_area(&host->areas[i]);
}

/* Memory between two pages without access, at the end of its pages where it is not whole ones. */
static int
map_memory(struct host_area *area, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (length + page - 1) / page * page;
	uint8_t *mapping = mmap(NULL, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

	if (mapping == MAP_FAILED)
		return -ENOMEM;
	area->mapping = mapping;
	area->mapping_bytes = bytes + 2 * page;
	if (mprotect(mapping + page, bytes, PROT_READ | PROT_WRITE) != 0)
		return -ENOMEM;
	area->memory = mapping + page + (bytes - length);
	return 0;
}

static struct host_area *
add_area(struct model_host *host, uint64_t addr, size_t length, uint32_t access, bool sva)
{
	struct host_area fresh = { .addr = addr, .length = length, .access = access, .sva = sva };
	struct host_area *area = NULL;

	for (unsigned int i = 0; i < HOST_MAX_AREAS && area == NULL; i++)
		if (host->areas[i].memory == NULL)
			area = &host->areas[i];
	fresh.shadow = calloc(1, length);
	if (area == NULL || fresh.shadow == NULL || map_memory(&fresh, length) != 0) {
		test_fail(__FILE__, __LINE__, "no room for an area of %zu bytes", length);
		release_area(&fresh);
		return NULL;
	}
	pthread_mutex_lock(&host->lock);
	*area = fresh;
	pthread_mutex_unlock(&host->lock);
	return area;
}

struct host_area *
host_map(struct model_host *host, uint64_t addr, size_t length, uint32_t access)
{
	return add_area(host, addr, length, access, false);
}

struct host_area *
host_map_sva(struct model_host *host, uint64_t addr, size_t length)
{
	return add_area(host, addr, length, HOST_READ_WRITE, true);
}

void
host_unmap(struct model_host *host, struct host_area *area)
{
	struct host_area old;

	pthread_mutex_lock(&host->lock);
	old = *area;
	memset(area, 0, sizeof(*area));
	pthread_mutex_unlock(&host->lock);
	refdma_model_invalidate(host->model);
	release_area(&old);
}

void
host_protect(struct model_host *host, struct host_area *area, uint32_t access)
{
	pthread_mutex_lock(&host->lock);
	area->access = access;
	pthread_mutex_unlock(&host->lock);
	refdma_model_invalidate(host->model);
}

uint64_t
host_alloc(struct model_host *host, size_t length, size_t align)
{
	uint64_t addr = (host->arena_next + align - 1) / align * align;

	host->arena_next = addr + length;
	if (host->arena_next > HOST_ARENA_ADDR + HOST_ARENA_BYTES)
		test_fail(__FILE__, __LINE__, "the arena is too small for the case");
	return addr;
}

void *
host_ptr(struct model_host *host, uint64_t addr, size_t length)
{
	const struct host_area *area = find_area(host, addr);

	if (area == NULL || length > area->length - (addr - area->addr))
		return NULL;
	return area->memory + (addr - area->addr);
}

static uint8_t *
shadow_ptr(struct model_host *host, uint64_t addr)
{
	const struct host_area *area = find_area(host, addr);

	return area == NULL ? NULL : area->shadow + (addr - area->addr);
}

void
host_write(struct model_host *host, uint64_t addr, const void *bytes, size_t length)
{
	memcpy(host_ptr(host, addr, length), bytes, length);
	memcpy(shadow_ptr(host, addr), bytes, length);
}

void
host_fill(struct model_host *host, uint64_t addr, size_t length, uint64_t seed)
{
	uint8_t *memory = host_ptr(host, addr, length);
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++) {
		if (i % 8 == 0)
			word = test_random(&seed);
		memory[i] = (uint8_t)(word >> (i % 8 * 8));
	}
	memcpy(shadow_ptr(host, addr), memory, length);
}

void
host_expect(struct model_host *host, uint64_t addr, const void *bytes, size_t length)
{
	memcpy(shadow_ptr(host, addr), bytes, length);
}

void
host_expect_copy(struct model_host *host, uint64_t dst, uint64_t src, size_t length)
{
	memmove(shadow_ptr(host, dst), shadow_ptr(host, src), length);
}

void
host_accept(struct model_host *host, uint64_t addr, size_t length)
{
	memcpy(shadow_ptr(host, addr), host_ptr(host, addr, length), length);
}

/* Compare all of an area and name the first byte that differs. */
static int
check_area(const struct host_area *area)
{
	if (area->memory == NULL || memcmp(area->memory, area->shadow, area->length) == 0)
		return TEST_OK;
	for (size_t i = 0; i < area->length; i++)
		if (area->memory[i] != area->shadow[i]) {
			test_fail(__FILE__, __LINE__,
				  "bus address 0x%" PRIx64 ": seen 0x%02x, expected 0x%02x",
				  area->addr + i, area->memory[i], area->shadow[i]);
			break;
		}
	return TEST_FAILED;
}

int
host_check_all(struct model_host *host)
{
	for (unsigned int i = 0; i < HOST_MAX_AREAS; i++)
		TEST_CALL(check_area(&host->areas[i]));
	return TEST_OK;
}

int
host_check(struct model_host *host)
{
	for (unsigned int i = 0; i < host->nb_queues; i++) {
		const struct host_queue *q = host->queues[i];
		size_t bytes = (size_t)REFDMA_STATUS_ENTRY_SIZE << q->log2;

		if (host_ptr(host, q->cpl, REFDMA_CPL_AREA_SIZE) != NULL)
			host_accept(host, q->cpl, REFDMA_CPL_AREA_SIZE);
		if (host_ptr(host, q->sts, bytes) != NULL)
			host_accept(host, q->sts, bytes);
	}
	return host_check_all(host);
}

void
host_steps(struct model_host *host, unsigned int times)
{
	while (times-- > 0)
		for (unsigned int i = 0; i < host->channels; i++)
			refdma_model_run(host->model, i);
}

int
host_run(struct model_host *host)
{
	for (unsigned int round = 0; round < MAX_ROUNDS; round++) {
		bool busy = false;

		host->next_ns = REFDMA_MODEL_IDLE;
		for (unsigned int i = 0; i < host->channels; i++) {
			uint64_t when = refdma_model_run(host->model, i);

			if (when == 0)
				busy = true;
			else if (when < host->next_ns)
				host->next_ns = when;
		}
		if (!busy)
			return TEST_OK;
	}
	test_fail(__FILE__, __LINE__, "an engine does not come to rest");
	return TEST_FAILED;
}

int
host_advance(struct model_host *host, uint64_t ns)
{
	uint64_t end = host->now_ns + ns;

	for (unsigned int round = 0; round < MAX_ROUNDS; round++) {
		TEST_CALL(host_run(host));
		if (host->now_ns == end)
			return TEST_OK;
		if (host->next_ns <= host->now_ns)
			break;
		host->now_ns = host->next_ns < end ? host->next_ns : end;
	}
	test_fail(__FILE__, __LINE__, "an engine waits for a time that has passed");
	return TEST_FAILED;
}

uint32_t
host_read32(struct model_host *host, uint64_t offset)
{
	return (uint32_t)refdma_model_read(host->model, REFDMA_BAR_REGS, offset, 4);
}

uint64_t
host_read64(struct model_host *host, uint64_t offset)
{
	return refdma_model_read(host->model, REFDMA_BAR_REGS, offset, 8);
}

void
host_write32(struct model_host *host, uint64_t offset, uint32_t value)
{
	refdma_model_write(host->model, REFDMA_BAR_REGS, offset, 4, value);
}

void
host_write64(struct model_host *host, uint64_t offset, uint64_t value)
{
	refdma_model_write(host->model, REFDMA_BAR_REGS, offset, 8, value);
}

static uint64_t
port_offset(unsigned int port, unsigned int reg)
{
	return REFDMA_PORT_REG_BASE + (uint64_t)port * REFDMA_PORT_REG_STRIDE + reg;
}

uint32_t
port_read32(struct model_host *host, unsigned int port, unsigned int reg)
{
	return host_read32(host, port_offset(port, reg));
}

uint64_t
port_read64(struct model_host *host, unsigned int port, unsigned int reg)
{
	return host_read64(host, port_offset(port, reg));
}

void
port_write32(struct model_host *host, unsigned int port, unsigned int reg, uint32_t value)
{
	host_write32(host, port_offset(port, reg), value);
}

void
port_write64(struct model_host *host, unsigned int port, unsigned int reg, uint64_t value)
{
	host_write64(host, port_offset(port, reg), value);
}
