/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The tasklet as a thread of its own that sleeps without work: it polls while there is progress, a
 * little longer, and then waits for a client or for an interrupt of the device.
 *
 * Clients wake it only when it sleeps. It announces that (`asleep`), passes a full barrier, and
 * looks for work once more; a client makes its work visible, passes a full barrier, and looks at
 * `asleep` (engine_kick()). Whatever the order, one of the two sees the other.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "engine.h"

/* Polls without progress before it sleeps. */
#define SPIN_US		50u
/* Between two offers of the CPU to others, while it polls: the device may be a thread as well, or a
 * process, and what the tasklet waits for may wait for this very CPU.
 */
#define YIELD_US	2u
/* Not every operation interrupts. With some under way, it looks by itself after as long again as
 * nothing has happened, within these bounds.
 */
#define NAP_MIN_NS	(50 * 1000)
#define NAP_MAX_NS	(16 * 1000 * 1000)

struct engine_sleeper {
	struct engine_dev *dev;
	pthread_t thread;
	_Atomic bool stop;
	uint64_t armed;			/* channels whose next event comes to their descriptor */
	uint64_t progress;		/* TSC when something happened last */
	struct pollfd fds[1 + ENGINE_MAX_CHANNELS];
	uint8_t chan_of[1 + ENGINE_MAX_CHANNELS];
};

/* It sleeps, or is about to. One client in many writes. */
void
engine_wake(struct engine_dev *dev)
{
	const uint64_t one = 1;

	if (atomic_exchange(&dev->asleep, 0) == 0)
		return;
	/* A full counter wakes as well. The descriptor lives as long as the device. */
	if (write(dev->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* Have the device's events come to their descriptors. @return entries of fds[] */
static unsigned int
arm(struct engine_sleeper *s, uint64_t mask)
{
	const struct engine_backend *backend = s->dev->backend;
	unsigned int n = 1;

	if (backend->event_fd == NULL)
		return n;
	/* The device's data path has one user: the tasklet, and this is part of it. */
	if (!engine_enter(s->dev->runner))
		return n;
	for (; mask != 0; mask &= mask - 1) {
		unsigned int c = __builtin_ctzll(mask);
		struct engine_chan *ch = s->dev->chans[c];
		int fd = backend->event_fd(ch);

		if (fd < 0)
			continue;
		if (!(s->armed & RTE_BIT64(c)) && backend->event_arm(ch) != 0)
			continue;
		s->armed |= RTE_BIT64(c);
		s->fds[n] = (struct pollfd){ .fd = fd, .events = POLLIN };
		s->chan_of[n++] = c;
	}
	engine_leave(s->dev->runner);
	return n;
}

/* An event has come, and with it the arming ends. */
static void
take_events(struct engine_sleeper *s, unsigned int n)
{
	uint64_t counter;

	for (unsigned int i = 0; i < n; i++) {
		if (s->fds[i].revents == 0)
			continue;
		/* Channels may share a descriptor: there may be nothing left in it. */
		if (read(s->fds[i].fd, &counter, sizeof(counter)) < 0)
			counter = 0;
		if (i > 0)
			s->armed &= ~RTE_BIT64(s->chan_of[i]);
		s->progress = rte_rdtsc();
	}
}

static struct timespec
nap(const struct engine_sleeper *s)
{
	double ns = (double)(rte_rdtsc() - s->progress) * 1e9 / (double)rte_get_tsc_hz();

	return (struct timespec){ .tv_nsec = (long)RTE_MAX(RTE_MIN(ns, NAP_MAX_NS), NAP_MIN_NS) };
}

/* Polls come seldom here, so a device that has gone would be noticed late: have drivers look. */
static void
look_at_devices(struct engine_dev *dev, uint64_t mask)
{
	enum rte_dma_vchan_status status;

	for (; mask != 0; mask &= mask - 1)
		rte_dma_vchan_status(dev->dev_id, dev->chans[__builtin_ctzll(mask)]->vchan,
				     &status);
}

static void
sleep_once(struct engine_sleeper *s)
{
	struct engine_dev *dev = s->dev;
	struct timespec timeout;
	uint64_t mask;
	unsigned int n;

	atomic_store(&dev->asleep, 1);
	atomic_thread_fence(memory_order_seq_cst);
	if (engine_tasklet_run(dev) || atomic_load(&s->stop)) {
		s->progress = rte_rdtsc();
	} else {
		mask = atomic_load(&dev->active);
		n = arm(s, mask);
		timeout = nap(s);
		if (ppoll(s->fds, n, mask == 0 ? NULL : &timeout, NULL) > 0)
			take_events(s, n);
		else
			look_at_devices(dev, mask);
	}
	atomic_store(&dev->asleep, 0);
}

static void *
run(void *arg)
{
	struct engine_sleeper *s = arg;
	const uint64_t us = rte_get_tsc_hz() / 1000000;
	uint64_t since = rte_rdtsc(), yielded = since, now;

	/* So that callbacks have an lcore's caches; without, where there is no number left. */
	rte_thread_register();
	s->progress = since;
	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		if (engine_tasklet_run(s->dev)) {
			s->progress = since = yielded = rte_rdtsc();
			continue;
		}
		now = rte_rdtsc();
		if (now - since > us * SPIN_US) {
			sleep_once(s);
			since = yielded = rte_rdtsc();
		} else if (now - yielded > us * YIELD_US) {
			sched_yield();
			yielded = rte_rdtsc();
		} else {
			rte_pause();
		}
	}
	rte_thread_unregister();
	return NULL;
}

/* Not where the application's main lcore polls, if there is another CPU. */
static void
avoid_main(pthread_t thread)
{
	rte_cpuset_t set, main_set = rte_lcore_cpuset(rte_get_main_lcore());

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (!CPU_ISSET(cpu, &main_set))
			CPU_SET(cpu, &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

/* Signals are for the application's own threads. */
static int
start_thread(struct engine_sleeper *s)
{
	sigset_t all, before;
	char name[16];
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret != 0)
		return -ret;
	snprintf(name, sizeof(name), "dmaengine-%d", s->dev->dma.dev_id);
	pthread_setname_np(s->thread, name);
	avoid_main(s->thread);
	return 0;
}

/* Also after engine_sleep_stop(). */
int
engine_sleep_start(struct engine_dev *dev)
{
	struct engine_sleeper *s;
	int ret;

	if (dev->sleeper != NULL)
		return 0;
	if (dev->wake_fd < 0)
		dev->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (dev->wake_fd < 0)
		return -errno;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->dev = dev;
	s->fds[0] = (struct pollfd){ .fd = dev->wake_fd, .events = POLLIN };
	dev->sleeper = s;
	ret = start_thread(s);
	if (ret != 0) {
		dev->sleeper = NULL;
		free(s);
	}
	return ret;
}

/* The tasklet stands still. A client may be about to wake it, so its descriptor stays. */
void
engine_sleep_stop(struct engine_dev *dev)
{
	struct engine_sleeper *s = dev->sleeper;

	if (s == NULL)
		return;
	atomic_store(&s->stop, true);
	engine_wake(dev);
	pthread_join(s->thread, NULL);
	dev->sleeper = NULL;
	free(s);
}

/* There are no clients any more. */
void
engine_sleep_end(struct engine_dev *dev)
{
	engine_sleep_stop(dev);
	if (dev->wake_fd >= 0)
		close(dev->wake_fd);
	dev->wake_fd = -1;
}
