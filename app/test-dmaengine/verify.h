/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_VERIFY_H
#define TEST_DMAENGINE_VERIFY_H

/*
 * verify: threads that transfer, each one operation at a time, and check every byte of both
 * buffers, in the manner of the kernel's tester. Several threads may share a channel.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "operations.h"
#include "session.h"
#include "trial.h"

/* Channels of a device at most. */
#define VERIFY_CHANNELS		MAX_CHANNELS
/* Threads that share a channel have a test each under way, of at most so many operations. */
#define VERIFY_OWNERS		4096

/* How a test ends; verify_failure_text() has words for each. */
enum verify_failure {
	VERIFY_PASSED,
	VERIFY_NO_UNMAP,	/* no memory for mappings */
	VERIFY_NO_SRC_MAP,
	VERIFY_NO_DST_MAP,
	VERIFY_NO_PREP,
	VERIFY_NO_SUBMIT,
	VERIFY_TIMEOUT,
	VERIFY_ERROR,		/* completed with an error */
	VERIFY_BUSY,		/* waited for, and neither completed nor failed */
	VERIFY_WRONG_DATA,
};

/* Words of a burst of slave transfers. */
#define VERIFY_BURST		256

struct verify;
struct verify_thread;

/* A port of a device: one test at a time. */
struct verify_port {
	bool there;
	uint16_t number;
	uint64_t addr;
	uint32_t fifo_size;
	pthread_mutex_t lock;
};

struct verify_ports {
	struct verify_port loopback;
	struct verify_port source;
};

/* A channel, and what its threads share. */
struct verify_channel {
	/* Constant while threads run. */
	struct dmadev *device;
	struct channel *engine;	/* DMA Engine channel; NULL: the dmadev API */
	uint16_t vchan;
	struct verify_ports *ports;	/* of the controller */

	/* Read: one test of many. Write: the channel is ended under it, by a cyclic test. */
	pthread_rwlock_t use;

	/* dmadev: the data path is for one thread at a time. */
	pthread_mutex_t lock;
	uint64_t enqueued;
	uint64_t completed;
	struct verify_thread *owners[VERIFY_OWNERS];	/* by number of the operation */
};

struct verify_thread {
	/* Constant while the thread runs. */
	struct verify *verify;
	struct verify_channel *channel;
	unsigned int number;	/* on its channel */
	struct trial_limits limits;
	struct work work;	/* a copy; the arrays are shared */
	uint8_t *images;	/* owned: a stride for each side */
	pthread_t id;
	bool started;

	/* The thread's own. */
	struct rng rng;
	enum verify_operation kind;	/* of this test; not VERIFY_MIX */
	const struct operation *operation;
	struct verify_port *port;	/* that this test has; NULL: none */
	dma_cookie_t first;		/* slave: of the way to the port */
	uint32_t periods;		/* cyclic: of the ring */
	uint32_t laps_periods;		/* and that go by before it is ended */
	_Atomic uint32_t elapsed;	/* callbacks of them */
	struct trial trial;
	enum verify_fault fault;	/* of this test */
	int error;		/* of what was refused: a negative errno; 0: not known */
	struct mismatches mismatches;
	uint64_t bytes;
	uint64_t cycles;	/* TSC, of the transfers: marking and checking do not count */
	bool lost;		/* memory may still be written: no further test */
	char note[160];		/* the first failure */

	/* The main thread reads them meanwhile. */
	_Atomic uint64_t tests;
	_Atomic uint64_t failures;

	unsigned int pending;		/* dmadev: parts under way; under the channel's lock */

	/* Written by whoever sees the completion, before done. */
	enum rte_dma_status_code status;
	enum dmaengine_tx_result result;
	_Atomic bool done;
};

struct verify {
	struct session *session;
	const struct options *options;
	struct verify_channel *channels;	/* owned */
	unsigned int nb_channels;
	struct verify_thread *threads;		/* owned; aligned */
	unsigned int nb_threads;
	struct work work;
	struct verify_ports ports[MAX_DEVICES];
	struct channels *opened[MAX_DEVICES];	/* DMA Engine, one for each device */
	uint64_t deadline;			/* TSC; UINT64_MAX: none */
	uint64_t timeout;			/* TSC cycles */

	pthread_mutex_t lock;
	pthread_cond_t ended;			/* a thread */
	unsigned int running;			/* threads; under the lock */
};

/* The life of a thread; param is a struct verify_thread. */
void *verify_thread_main(void *param);

/* Find a device's ports; none is needed. */
void verify_ports_find(struct verify_ports *ports, const struct dmadev *device);

/* Let slave transfers of a channel go to and come from its loopback port, where there is one. */
int verify_ports_configure(const struct verify_channel *channel);

/* Why a device cannot do a kind of test; false where it can. */
bool verify_cannot(const struct options *options, const struct dmadev *device,
		   const struct verify_ports *ports, enum verify_operation kind, char *why,
		   size_t size);

/* What a kind of test is called. */
const char *verify_kind_name(enum verify_operation kind);

/*
 * Choose what the next test does, and mark the buffers. It has its port, if it needs one, and the
 * channel until verify_release().
 */
void verify_choose(struct verify_thread *thread);
void verify_release(struct verify_thread *thread);

/* One transfer of the thread's trial, until it has ended. */
enum verify_failure verify_on_dmadev(struct verify_thread *thread);
enum verify_failure verify_on_engine(struct verify_thread *thread);

/* A cyclic transfer: where it goes, its life, and what it has left. */
void verify_cyclic_choose(struct verify_thread *thread);
enum verify_failure verify_cyclic(struct verify_thread *thread);
void verify_cyclic_check(struct verify_thread *thread);

/* dmadev: take what has completed, and tell the threads; the channel's lock is held. */
void verify_take_completions(struct verify_channel *channel);

/* What a failure means, with what is known of it; returns text. */
const char *verify_failure_text(const struct verify_thread *thread, enum verify_failure failure,
				char *text, size_t size);

/* For those who wait: let others run now and then. */
void verify_relax(unsigned int *polls);

#endif /* TEST_DMAENGINE_VERIFY_H */
