/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Control of a channel by its client: status, configuration, pause, terminate, synchronize. */

#include <errno.h>
#include <sched.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "engine.h"

#define SPINS_BEFORE_SLEEP	2000
#define SLEEP_NS		20000

/* The newest sequence number with this cookie; *known is false for one never given out. */
static uint64_t
seq_of(uint64_t next, dma_cookie_t cookie, bool *known)
{
	uint64_t newest = next - 1;
	int64_t age = (int64_t)(newest % INT_MAX) + 1 - cookie;

	if (age < 0)
		age += INT_MAX;
	*known = cookie >= DMA_MIN_COOKIE && next != 0 && (uint64_t)age <= newest;
	return newest - age;
}

static uint32_t
plain_residue(struct engine_chan *ch, uint64_t seq, uint32_t len)
{
	uint64_t op = atomic_load_explicit(&ch->plain_op[seq & ch->mask], memory_order_relaxed);

	if (!engine_plain_fed(op, seq) || ch->dev->backend->residue_plain == NULL)
		return len;	/* the device does not have it yet, or cannot tell */
	return ch->dev->backend->residue_plain(ch, (uint16_t)op, len);
}

/* B60: bytes that are left of this very cookie. */
static uint32_t
residue_of(struct engine_chan *ch, uint64_t seq)
{
	struct engine_desc *desc;
	uint32_t residue;
	uint64_t word;

	if (engine_entry_at(ch, seq, &word) == NULL)
		return 0;
	if (word & ENGINE_ENTRY_PLAIN) {
		residue = plain_residue(ch, seq, engine_entry_len(word));
	} else {
		desc = engine_entry_desc(ch, word);
		residue = desc->len;
		if (atomic_load_explicit(&desc->fed_ops, memory_order_acquire) != 0)
			residue = ch->dev->backend->residue(ch, desc);
	}
	/* It may have completed, and its place been used again, while we looked at it. */
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&ch->done, memory_order_acquire) > seq)
		residue = 0;
	return residue;
}

/* Bad ends are kept for as many cookies as the ring holds, at least. */
static enum dma_status
finished_status(struct engine_chan *ch, uint64_t seq)
{
	uint64_t result = atomic_load_explicit(&ch->results[seq & ch->mask], memory_order_relaxed);

	return result == engine_result_make(seq, ENGINE_RESULT_ERROR) ||
	       result == engine_result_make(seq, ENGINE_RESULT_ABORTED) ? DMA_ERROR : DMA_COMPLETE;
}

enum dma_status
engine_tx_status(struct dma_chan *chan, dma_cookie_t cookie, struct dma_tx_state *state)
{
	struct engine_chan *ch = engine_chan_of(chan);
	uint64_t done, next, seq;
	enum dma_status status;
	bool known;

	if (!ch->held)
		return DMA_ERROR;
	/* In this order last is never newer than used (B6). */
	done = atomic_load_explicit(&ch->done, memory_order_acquire);
	next = atomic_load_explicit(&ch->next, memory_order_acquire);
	if (state != NULL) {
		*state = (struct dma_tx_state){
			.last = done > ch->first ? engine_cookie(done - 1) : 0,
			.used = next > ch->first ? engine_cookie(next - 1) : 0,
		};
	}
	seq = seq_of(next, cookie, &known);
	if (!known || seq < ch->first)
		return DMA_ERROR;
	if (ch->dev->conf.no_order)
		return DMA_OUT_OF_ORDER;
	if (seq < done)
		return finished_status(ch, seq);
	status = atomic_load_explicit(&ch->paused, memory_order_relaxed) != 0 ?
			 DMA_PAUSED : DMA_IN_PROGRESS;
	if (state != NULL)
		state->residue = residue_of(ch, seq);
	return status;
}

int
engine_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	struct engine_chan *ch = engine_chan_of(chan);
	int ret = 0;

	if (config == NULL || !ch->held)
		return -EINVAL;
	if (atomic_load(&ch->dead) != 0)
		return -ENODEV;
	if (ch->dev->backend->config != NULL)
		ret = ch->dev->backend->config(ch, config);
	if (ret == 0)
		ch->config = *config;
	return ret;
}

/* Let the tasklet come along: run it where nobody else does, else give way. */
static void
wait_a_little(struct engine_dev *dev, unsigned int *spins)
{
	const struct timespec nap = { .tv_nsec = SLEEP_NS };

	if (dev->conf.run == DMAENGINE_COMPAT_RUN_MANUAL)
		engine_tasklet_run(dev);
	if (++*spins < SPINS_BEFORE_SLEEP)
		rte_pause();
	else
		nanosleep(&nap, NULL);
}

/* Wait until @p done says so. -ETIMEDOUT when the tasklet has not run for five seconds (B63), or
 * when it runs but the device gives no answer for ten.
 */
int
engine_wait(struct engine_chan *ch, bool (*done)(struct engine_chan *ch, uint64_t arg),
	    uint64_t arg)
{
	struct engine_dev *dev = ch->dev;
	uint64_t hz = rte_get_timer_hz(), start = rte_get_timer_cycles(), moved = start;
	uint64_t ticks = atomic_load(&dev->ticks), now;
	unsigned int spins = 0;

	while (!done(ch, arg)) {
		wait_a_little(dev, &spins);
		now = rte_get_timer_cycles();
		if (atomic_load(&dev->ticks) != ticks) {
			ticks = atomic_load(&dev->ticks);
			moved = now;
		}
		if (now - moved > hz * ENGINE_SYNC_TIMEOUT_MS / 1000 ||
		    now - start > hz * ENGINE_ABORT_TIMEOUT_MS / 1000)
			return -ETIMEDOUT;
	}
	return 0;
}

/* The tasklet holds back. Or it came to rest in the very run that was too late to see the pause;
 * the next run will see it. Or a terminate or resume of another thread ended the pause first.
 */
static bool
pause_acked(struct engine_chan *ch, uint64_t arg)
{
	(void)arg;
	return atomic_load_explicit(&ch->pause_ack, memory_order_acquire) != 0 ||
	       atomic_load(&ch->active) == 0 || atomic_load(&ch->paused) == 0;
}

static void
control_begin(struct engine_chan *ch)
{
	while (!engine_control_try(ch))
		sched_yield();
}

/* The flag says what the device's queue is: it changes with it. */
static int
pause_device(struct engine_chan *ch)
{
	int ret;

	control_begin(ch);
	ret = ch->dev->backend->pause(ch);
	if (ret == 0)
		atomic_store(&ch->paused, 1);
	engine_control_end(ch);
	return ret;
}

static int
resume_device(struct engine_chan *ch)
{
	int ret;

	control_begin(ch);
	/* A terminate may have been faster, and needs the queue as it is. */
	ret = atomic_load(&ch->paused) != 0 ? ch->dev->backend->resume(ch) : -EINVAL;
	if (ret == 0)
		atomic_store(&ch->paused, 0);
	engine_control_end(ch);
	return ret;
}

static int
pause_channel(struct engine_chan *ch)
{
	const struct engine_backend *backend = ch->dev->backend;

	if (!ch->held)
		return -EINVAL;
	if (atomic_load(&ch->dead) != 0)
		return -ENODEV;
	if (atomic_load(&ch->paused) != 0)
		return 0;
	if (!backend->hold)
		return pause_device(ch);
	atomic_store(&ch->pause_ack, 0);
	atomic_store(&ch->paused, 1);
	/* The tasklet itself needs no answer. */
	return engine_inside == ch->dev ? 0 : engine_wait(ch, pause_acked, 0);
}

int
engine_pause(struct dma_chan *chan)
{
	struct engine_chan *ch = engine_chan_of(chan);
	int ret = pause_channel(ch);

	engine_trace_pause(ENGINE_TRACED(ch), ret);
	return ret;
}

static int
resume_channel(struct engine_chan *ch)
{
	int ret = 0;

	if (!ch->held)
		return -EINVAL;
	if (atomic_load(&ch->dead) != 0)
		return -ENODEV;
	if (atomic_load(&ch->paused) == 0)
		return -EINVAL;
	if (ch->dev->backend->hold)
		atomic_store(&ch->paused, 0);
	else
		ret = resume_device(ch);
	if (ret != 0)
		return ret;
	engine_kick(ch);
	return 0;
}

int
engine_resume(struct dma_chan *chan)
{
	struct engine_chan *ch = engine_chan_of(chan);
	int ret = resume_channel(ch);

	engine_trace_resume(ENGINE_TRACED(ch), ret);
	return ret;
}

static void
raise_to(_Atomic uint64_t *word, uint64_t value)
{
	uint64_t old = atomic_load_explicit(word, memory_order_relaxed);

	while (old < value && !atomic_compare_exchange_weak(word, &old, value))
		;
}

/* Everything submitted so far is to go, issued or not. Does not wait (B33). */
int
engine_terminate(struct dma_chan *chan)
{
	struct engine_chan *ch = engine_chan_of(chan);
	uint64_t next;
	bool paused;

	if (!ch->held)
		return -EINVAL;
	next = atomic_load_explicit(&ch->next, memory_order_acquire);
	engine_trace_terminate(ENGINE_TRACED(ch), next > ch->first ? engine_cookie(next - 1) : 0);
	paused = !ch->dev->backend->hold && atomic_exchange(&ch->paused, 0) != 0;
	if (paused)
		atomic_store(&ch->abort_needed, 1);
	if (paused || atomic_load_explicit(&ch->done, memory_order_acquire) != next) {
		/* What was submitted without an issue goes too. */
		raise_to(&ch->term_seq, next);
		atomic_fetch_add_explicit(&ch->term_req, 1, memory_order_release);
	}
	/* A tasklet that holds back goes on only now, and finds the request first (B41). */
	if (ch->dev->backend->hold)
		atomic_store(&ch->paused, 0);
	engine_kick(ch);
	return atomic_load(&ch->dead) != 0 ? -ENODEV : 0;
}

static bool
terminate_acked(struct engine_chan *ch, uint64_t request)
{
	return (int32_t)(atomic_load_explicit(&ch->term_ack, memory_order_acquire) -
			 (uint32_t)request) >= 0;
}

static bool
phase_over(struct engine_chan *ch, uint64_t phase)
{
	return atomic_load_explicit(&ch->phase, memory_order_acquire) != (uint32_t)phase;
}

/* The callbacks that run now, not those of work that goes on (B65). */
static int
wait_callbacks(struct engine_chan *ch)
{
	uint32_t phase = atomic_load_explicit(&ch->phase, memory_order_acquire);

	return (phase & 1) != 0 ? engine_wait(ch, phase_over, phase) : 0;
}

/* Wait until what was terminated is gone and no callback runs. @p call names the API function. */
int
engine_synchronize(struct engine_chan *ch, const char *call)
{
	uint32_t request;
	int ret;

	if (engine_inside == ch->dev) {
		ENGINE_LOG(ERR, "%s: %s from a callback would wait for itself; refused, "
			   "use dmaengine_terminate_async() there", dma_chan_name(&ch->chan),
			   call);
		return -EDEADLK;
	}
	request = atomic_load_explicit(&ch->term_req, memory_order_relaxed);
	ret = engine_wait(ch, terminate_acked, request);
	if (ret == 0)
		ret = wait_callbacks(ch);
	if (ret != 0)
		ENGINE_LOG(ERR, "%s: %s: no answer from the tasklet of %s; is its service "
			   "running on a service lcore?", dma_chan_name(&ch->chan), call,
			   ch->dev->name);
	return ret;
}

/* The channel is idle and terminated: wait until no tasklet is inside of it. */
void
engine_quiesce(struct engine_chan *ch)
{
	struct engine_dev *dev = ch->dev;

	/* The mask is where the tasklet finds it; a run that found it is inside. */
	while (!engine_enter(dev->runner))
		sched_yield();
	atomic_fetch_and(&dev->active, ~RTE_BIT64(ch->chan.chan_id));
	atomic_store(&ch->active, 0);
	engine_recycle_flush(ch);
	engine_leave(dev->runner);
}

/* Refused calls are logged by engine_synchronize(). */
void
dmaengine_synchronize(struct dma_chan *chan)
{
	if (chan == NULL)
		(void)__dmaengine_reject(__func__, "no channel; see what its request returned",
					 -EINVAL);
	else if (chan->engine != NULL)
		(void)engine_synchronize(engine_chan_of(chan), __func__);
	else if (chan->device->device_synchronize != NULL)
		chan->device->device_synchronize(chan);
}

int
dmaengine_terminate_sync(struct dma_chan *chan)
{
	int ret, waited;

	if (chan == NULL)
		return __dmaengine_reject(__func__, "no channel; see what its request returned",
					  -EINVAL);
	if (chan->engine != NULL && engine_inside == engine_chan_of(chan)->dev)
		return engine_synchronize(engine_chan_of(chan), __func__);
	ret = dmaengine_terminate_async(chan);
	/* With a device that has gone there are still callbacks to wait for. */
	if (ret != 0 && ret != -ENODEV)
		return ret;
	if (chan->engine != NULL) {
		waited = engine_synchronize(engine_chan_of(chan), __func__);
		return waited != 0 ? waited : ret;
	}
	dmaengine_synchronize(chan);
	return ret;
}

/* B9: issues by itself, and gives up after five seconds. */
enum dma_status
dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie)
{
	uint64_t deadline = rte_get_timer_cycles() +
			    rte_get_timer_hz() * ENGINE_WAIT_TIMEOUT_MS / 1000;
	enum dma_status status;
	unsigned int spins = 0;

	if (chan == NULL || cookie < DMA_MIN_COOKIE)
		return DMA_ERROR;
	if (chan->engine != NULL && engine_inside == engine_chan_of(chan)->dev) {
		(void)__dmaengine_reject(__func__, "refused in a callback; call it elsewhere",
					 -EDEADLK);
		return DMA_ERROR;
	}
	dma_async_issue_pending(chan);
	for (;;) {
		status = dmaengine_tx_status(chan, cookie, NULL);
		if (status != DMA_IN_PROGRESS && status != DMA_PAUSED)
			return status;
		if (rte_get_timer_cycles() > deadline)
			break;
		if (chan->engine != NULL)
			wait_a_little(engine_chan_of(chan)->dev, &spins);
	}
	ENGINE_LOG(ERR, "%s: dma_sync_wait: cookie %d is not complete after %d ms; is the channel "
		   "paused, or its tasklet stopped?", dma_chan_name(chan), cookie,
		   ENGINE_WAIT_TIMEOUT_MS);
	return DMA_ERROR;
}

enum dma_status
dma_wait_for_async_tx(struct dma_async_tx_descriptor *tx)
{
	if (tx == NULL)
		return DMA_COMPLETE;
	if (tx->cookie == -EBUSY)
		return DMA_ERROR;	/* never submitted */
	return dma_sync_wait(tx->chan, tx->cookie);
}
