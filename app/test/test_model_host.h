/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_MODEL_HOST_H
#define TEST_MODEL_HOST_H

/**
 * @file
 * A host for one instance of the device model: memory at bus addresses of its own choice, a clock
 * that only the test moves, and queues driven through registers, rings, doorbells and completion
 * areas, as a driver does.
 *
 * Every piece of memory has a shadow: what the test believes to be there. What the host writes goes
 * to both; what the device is expected to write, the test writes to the shadow. host_check()
 * compares all of it, so that a stray byte anywhere fails the case. Pages without access stand
 * around each area.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "refdma_hw.h"
#include "refdma_model.h"
#include "test.h"

#define HOST_MAX_AREAS		12
#define HOST_MAX_QUEUES		16
#define HOST_ARENA_ADDR		UINT64_C(0x100000000)
#define HOST_ARENA_BYTES	(512 * 1024)
#define HOST_READ_WRITE		(REFDMA_MODEL_READ | REFDMA_MODEL_WRITE)
/** An address that no area ever covers. */
#define HOST_NOWHERE		UINT64_C(0x660000000000)
/** Where the model's device memory and ports are by default (sections 9 and 13). */
#define DEV_LOCAL		UINT64_C(0x40000000)
#define DEV_PORT(port)		(UINT64_C(0x80000000) + UINT64_C(0x1000) * (port))
/** Default ports of an instance. */
#define PORT_LOOP		0
#define PORT_SINK		1
#define PORT_SOURCE		2
/** Value of queue_code() where the status ring has no entry of the operation. */
#define NO_ENTRY		0xffff

/** A piece of host memory. */
struct host_area {
	uint64_t addr;
	size_t length;
	uint8_t *memory;
	uint8_t *shadow;
	uint32_t access;
	bool transient;
	bool sva;		/* translate does not know it, read and write do */
	uint64_t fault_addr;	/* sva: an access to this byte fails with fault */
	int fault;
	void *mapping;		/* with the pages around it */
	size_t mapping_bytes;
};

struct host_queue;

struct model_host {
	struct refdma_model *model;
	unsigned int channels;
	_Atomic uint64_t now_ns;
	uint64_t next_ns;		/* earliest time that an engine waits for */
	pthread_mutex_t lock;		/* the areas, against callbacks in other threads */
	struct host_area areas[HOST_MAX_AREAS];
	uint64_t arena_next;		/* first free byte of the arena, areas[0] */
	struct host_queue *queues[HOST_MAX_QUEUES];
	unsigned int nb_queues;
	atomic_uint translations;	/* calls of translate, read and write */
	atomic_uint interrupts[256];
	atomic_uint stray_interrupts;	/* of vectors beyond these */
	struct host_queue *watched;	/* at each interrupt the host looks at this queue */
	uint32_t done_at_interrupt;
	atomic_uint wakes[REFDMA_MAX_CHANNELS];
};

/** A queue as its driver sees it. */
struct host_queue {
	struct model_host *host;
	unsigned int channel;
	unsigned int queue;
	unsigned int log2;
	uint64_t ring;
	uint64_t cpl;
	uint64_t sts;
	uint32_t tail;		/* slots filled */
	uint32_t pushed;	/* operations pushed */
};

/** Create an instance (conf NULL: all defaults) and the arena, read-write. Closes an open one. */
int host_open(struct model_host *host, const struct refdma_model_conf *conf);
/** The same with callbacks for addresses that translate does not know. */
int host_open_sva(struct model_host *host, const struct refdma_model_conf *conf);
void host_close(struct model_host *host);
/** Create an instance of this shape and destroy it; what refdma_model_create() returned. */
int host_try_create(const struct refdma_model_conf *conf);

/** Add an area; NULL where it cannot be. */
struct host_area *host_map(struct model_host *host, uint64_t addr, size_t length, uint32_t access);
/** Add an area that only the read and write callbacks know. */
struct host_area *host_map_sva(struct model_host *host, uint64_t addr, size_t length);
/** Forget the area, tell the model, and give its memory back to the system. */
void host_unmap(struct model_host *host, struct host_area *area);
/** Change rights and tell the model. */
void host_protect(struct model_host *host, struct host_area *area, uint32_t access);
/** Take a piece of the arena. */
uint64_t host_alloc(struct model_host *host, size_t length, size_t align);
/** Where a bus address is in this process; NULL unless all of it is in one area. */
void *host_ptr(struct model_host *host, uint64_t addr, size_t length);

/** Write as the host: memory and shadow. */
void host_write(struct model_host *host, uint64_t addr, const void *bytes, size_t length);
/** Fill as the host with bytes that depend on the seed and differ from their neighbours. */
void host_fill(struct model_host *host, uint64_t addr, size_t length, uint64_t seed);
/** Expect the device to write these bytes, or a copy of what stands at src. */
void host_expect(struct model_host *host, uint64_t addr, const void *bytes, size_t length);
void host_expect_copy(struct model_host *host, uint64_t dst, uint64_t src, size_t length);
/** Accept memory as it is. */
void host_accept(struct model_host *host, uint64_t addr, size_t length);
/** All memory is as expected; completion areas and status rings of the queues are left out. */
int host_check(struct model_host *host);
/** The same with nothing left out. */
int host_check_all(struct model_host *host);

/** Run all engines until none has anything to do at this time. */
int host_run(struct model_host *host);
/** Run each engine a number of times, whatever it says. */
void host_steps(struct model_host *host, unsigned int times);
/** Let time pass; engines run whenever they asked to. */
int host_advance(struct model_host *host, uint64_t ns);

uint32_t host_read32(struct model_host *host, uint64_t offset);
uint64_t host_read64(struct model_host *host, uint64_t offset);
void host_write32(struct model_host *host, uint64_t offset, uint32_t value);
void host_write64(struct model_host *host, uint64_t offset, uint64_t value);
uint32_t port_read32(struct model_host *host, unsigned int port, unsigned int reg);
uint64_t port_read64(struct model_host *host, unsigned int port, unsigned int reg);
void port_write32(struct model_host *host, unsigned int port, unsigned int reg, uint32_t value);
void port_write64(struct model_host *host, unsigned int port, unsigned int reg, uint64_t value);

/** Allocate a queue's memory, write its registers, and do not enable it. */
int queue_prepare(struct model_host *host, struct host_queue *q, unsigned int channel,
		  unsigned int queue, unsigned int log2);
/** The same, and enable it. */
int queue_open(struct model_host *host, struct host_queue *q, unsigned int channel,
	       unsigned int queue, unsigned int log2);
/** Write RING_BASE, CPL_BASE, STS_BASE and RING_LOG2. */
void queue_configure(struct host_queue *q);
uint32_t queue_read32(struct host_queue *q, unsigned int reg);
uint64_t queue_read64(struct host_queue *q, unsigned int reg);
void queue_write32(struct host_queue *q, unsigned int reg, uint32_t value);
void queue_write64(struct host_queue *q, unsigned int reg, uint64_t value);
/** Write commands and run the engines until BUSY has cleared. */
int queue_command(struct host_queue *q, uint32_t commands);

/** Write a descriptor and its extension slots; returns the operation's number. */
uint32_t queue_push(struct host_queue *q, const struct refdma_desc *desc, const void *ext);
uint32_t queue_copy(struct host_queue *q, uint64_t dst, uint64_t src, uint32_t length,
		    uint16_t flags);
uint32_t queue_nop(struct host_queue *q, uint16_t flags);
/** Ring the doorbell, in its memory. */
void queue_doorbell(struct host_queue *q);
/** Ring the doorbell with any value. */
void queue_doorbell_value(struct host_queue *q, uint32_t value);
/** Ring the doorbell and run all engines. */
int queue_go(struct host_queue *q);

/** The completion line. */
uint32_t queue_done(struct host_queue *q);
uint32_t queue_slots(struct host_queue *q);
uint32_t queue_errors(struct host_queue *q);
uint32_t queue_line_state(struct host_queue *q);
uint64_t queue_periods(struct host_queue *q);
/** Q_STATUS: its state, and its reason. */
uint32_t queue_state(struct host_queue *q);
uint32_t queue_reason(struct host_queue *q);
bool queue_fatal(struct host_queue *q);
/** RESIDUE: bytes left. */
uint32_t queue_left(struct host_queue *q);
uint32_t queue_left_op(struct host_queue *q);
/** The status ring: entry of an operation, and its code or NO_ENTRY. */
const struct refdma_status *queue_entry(struct host_queue *q, uint32_t op);
unsigned int queue_code(struct host_queue *q, uint32_t op);
/** Push, with STATUS where it is to succeed, run, and compare code and bytes of the entry. */
int queue_expect(struct host_queue *q, const struct refdma_desc *desc, const void *ext,
		 unsigned int code, uint64_t bytes);
/** The queue works: a NOP completes with OK. */
int queue_works(struct host_queue *q);

/** A small generator of numbers, the same ones for the same seed. */
uint64_t test_random(uint64_t *state);

/** Compare an entry of the status ring. */
#define TEST_ASSERT_ENTRY(q, op, code, nb_bytes) \
	do { \
		TEST_ASSERT_EQ(queue_code(q, op), code); \
		TEST_ASSERT_EQ(queue_entry(q, op)->bytes, nb_bytes); \
	} while (0)

#endif /* TEST_MODEL_HOST_H */
