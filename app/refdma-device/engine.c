/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The loop around refdma_model_run(): poll, then sleep until something happens. */

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"

#define NS_PER_S	1000000000u
#define NS_PER_US	1000u
#define CACHE_LINE	64
/* In so many runs without work, it looks at the clock once, and offers the CPU to others. */
#define RUNS_A_LOOK	32u
/* A channel that has napped so often is likely to rest for longer. */
#define NAPS_BEFORE_SLEEP	64u
#define LONGEST_SLEEP_NS	1000000000u

struct engine_channel {
	/* Futex: anybody adds to it. */
	_Alignas(CACHE_LINE) _Atomic uint32_t kick;
	_Atomic uint32_t sleeping;	/* the thread may be in the futex */
	_Atomic uint64_t sleeps;
	struct engine *engine;
	unsigned int index;
	pthread_t thread;
	bool has_thread;
};

struct engine {
	struct engine_conf conf;
	struct refdma_model *model;
	bool barrier;			/* membarrier(2) reaches clients that registered for it */
	_Atomic bool stop;
	/*
	 * The barrier that reaches everybody takes milliseconds, in which a channel could not be
	 * woken: a thread of its own issues it. Channels add to wanted, the thread follows with
	 * done; both count up and may wrap.
	 */
	_Alignas(CACHE_LINE) _Atomic uint32_t wanted;
	_Atomic uint32_t done;
	pthread_t barrier_thread;
	bool has_barrier_thread;
	struct engine_channel channel[REFDMA_MAX_CHANNELS];
};

uint64_t
engine_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static long
futex(_Atomic uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static long
membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static void
cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void
engine_wake(struct engine *engine, unsigned int channel)
{
	struct engine_channel *ch = &engine->channel[channel];

	/* Count first, then look: a thread that goes to sleep does it the other way. */
	atomic_fetch_add(&ch->kick, 1);
	if (atomic_load(&ch->sleeping) != 0)
		futex(&ch->kick, FUTEX_WAKE_PRIVATE, 1, NULL);
}

static void
nap(struct engine_channel *ch, uint32_t kick, uint64_t ns)
{
	struct timespec timeout = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	futex(&ch->kick, FUTEX_WAIT_PRIVATE, kick, &timeout);
}

static void *
run_barrier(void *arg)
{
	struct engine *engine = arg;
	uint32_t wanted;

	while (!atomic_load(&engine->stop)) {
		wanted = atomic_load(&engine->wanted);
		if (wanted == atomic_load(&engine->done)) {
			futex(&engine->wanted, FUTEX_WAIT_PRIVATE, wanted, NULL);
			continue;
		}
		membarrier(MEMBARRIER_CMD_GLOBAL);
		atomic_store(&engine->done, wanted);
	}
	return NULL;
}

/* Ask for a barrier. @return its number */
static uint32_t
want_barrier(struct engine *engine)
{
	uint32_t number = atomic_fetch_add(&engine->wanted, 1) + 1;

	futex(&engine->wanted, FUTEX_WAKE_PRIVATE, 1, NULL);
	return number;
}

/* Has the announcement reached everybody? Asks for the barrier when it is time to. */
static bool
announced(struct engine_channel *ch, unsigned int naps, uint32_t *number)
{
	struct engine *engine = ch->engine;

	if (!engine->has_barrier_thread || naps < NAPS_BEFORE_SLEEP)
		return false;
	if (naps == NAPS_BEFORE_SLEEP)
		*number = want_barrier(engine);
	return (int32_t)(atomic_load(&engine->done) - *number) >= 0;
}

/*
 * Nothing to do: announce it, look once more, and sleep until there is. The doorbells are memory
 * that a client writes without telling unless it has seen the announcement.
 */
static void
sleep_until_work(struct engine_channel *ch)
{
	struct engine *engine = ch->engine;
	uint64_t until, now, longest;
	uint32_t kick = atomic_load(&ch->kick), number = 0;

	refdma_model_set_asleep(engine->model, ch->index, true);
	if (engine->barrier)
		membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
	atomic_store(&ch->sleeping, 1);
	atomic_fetch_add_explicit(&ch->sleeps, 1, memory_order_relaxed);
	for (unsigned int naps = 0;; naps++) {
		/* Look at the barrier before the doorbells: what it made visible is seen. */
		longest = announced(ch, naps, &number) ? LONGEST_SLEEP_NS : ENGINE_NAP_NS;
		until = refdma_model_run(engine->model, ch->index);
		now = engine_now_ns();
		/* Whoever woke it has more to come, most likely. */
		if (until == 0 || kick != atomic_load(&ch->kick) || atomic_load(&engine->stop))
			break;
		if (until > now)
			nap(ch, kick, until - now < longest ? until - now : longest);
	}
	atomic_store(&ch->sleeping, 0);
	refdma_model_set_asleep(engine->model, ch->index, false);
}

static void *
run_channel(void *arg)
{
	struct engine_channel *ch = arg;
	struct engine *engine = ch->engine;
	uint64_t spin_ns = (uint64_t)engine->conf.spin_us * NS_PER_US, idle_since = 0;
	unsigned int idle_runs = 0;

	while (!atomic_load_explicit(&engine->stop, memory_order_relaxed)) {
		if (refdma_model_run(engine->model, ch->index) == 0) {
			idle_runs = 0;
			continue;
		}
		cpu_relax();
		if (engine->conf.poll || ++idle_runs % RUNS_A_LOOK != 0)
			continue;
		if (idle_runs == RUNS_A_LOOK)
			idle_since = engine_now_ns();
		if (engine_now_ns() - idle_since < spin_ns) {
			/* Who is to give it work may be waiting for this very CPU. */
			sched_yield();
			continue;
		}
		sleep_until_work(ch);
		idle_runs = 0;
	}
	return NULL;
}

static void
pin(struct engine_channel *ch)
{
	int cpu = ch->engine->conf.cpu + (int)ch->index, ret;
	cpu_set_t set;

	if (ch->engine->conf.cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	ret = pthread_setaffinity_np(ch->thread, sizeof(set), &set);
	if (ret != 0)
		log_error("channel %u is not pinned to CPU %d: %s", ch->index, cpu,
			  strerror(ret));
}

struct engine *
engine_create(const struct engine_conf *conf)
{
	struct engine *engine = aligned_alloc(CACHE_LINE, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	memset(engine, 0, sizeof(*engine));
	engine->conf = *conf;
	for (unsigned int c = 0; c < conf->channels; c++) {
		engine->channel[c].engine = engine;
		engine->channel[c].index = c;
	}
	return engine;
}

/* What the kernel has of membarrier(2); without it there are naps. */
static void
start_barrier(struct engine *engine)
{
	long commands = membarrier(MEMBARRIER_CMD_QUERY);

	if (commands < 0 || engine->conf.poll)
		return;
	engine->barrier = (commands & MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0;
	if ((commands & MEMBARRIER_CMD_GLOBAL) == 0)
		return;
	engine->has_barrier_thread = pthread_create(&engine->barrier_thread, NULL, run_barrier,
						    engine) == 0;
	if (engine->has_barrier_thread)
		pthread_setname_np(engine->barrier_thread, "refdma-barrier");
}

int
engine_start(struct engine *engine, struct refdma_model *model)
{
	char name[16];
	int ret;

	engine->model = model;
	start_barrier(engine);
	for (unsigned int c = 0; c < engine->conf.channels; c++) {
		struct engine_channel *ch = &engine->channel[c];

		ret = pthread_create(&ch->thread, NULL, run_channel, ch);
		if (ret != 0)
			return -ret;
		ch->has_thread = true;
		snprintf(name, sizeof(name), "refdma-ch%u", c);
		pthread_setname_np(ch->thread, name);
		pin(ch);
	}
	return 0;
}

void
engine_stop(struct engine *engine)
{
	atomic_store(&engine->stop, true);
	for (unsigned int c = 0; c < engine->conf.channels; c++) {
		struct engine_channel *ch = &engine->channel[c];

		if (!ch->has_thread)
			continue;
		engine_wake(engine, c);
		pthread_join(ch->thread, NULL);
		ch->has_thread = false;
	}
	if (engine->has_barrier_thread) {
		want_barrier(engine);
		pthread_join(engine->barrier_thread, NULL);
		engine->has_barrier_thread = false;
	}
}

void
engine_destroy(struct engine *engine)
{
	free(engine);
}

uint64_t
engine_sleeps(const struct engine *engine)
{
	uint64_t sum = 0;

	for (unsigned int c = 0; c < engine->conf.channels; c++)
		sum += atomic_load_explicit(&engine->channel[c].sleeps, memory_order_relaxed);
	return sum;
}
