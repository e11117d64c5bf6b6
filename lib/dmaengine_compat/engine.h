/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef DMAENGINE_COMPAT_ENGINE_H
#define DMAENGINE_COMPAT_ENGINE_H

/*
 * The engine's inside. Threads and what they own:
 *
 * - Clients (any thread, any number, callbacks included) prepare, submit and issue. They own a
 *   descriptor from prep to submit.
 * - The tasklet of a device (one runner at a time, see engine_tasklet.c) owns submitted descriptors
 *   until they are recycled, and is the only user of the dmadev's data path.
 * - Hand-off: a channel's descriptors have sequence numbers from one atomic counter. Number n goes
 *   into ring[n & mask], so the order of cookies is the order of execution by construction, and
 *   neither side ever waits for the other. `issued` says how far the tasklet may go.
 * - A place of the ring is half a cache line and holds all that the tasklet needs of a plain copy.
 *   The descriptor itself stays in the cache of the client's core; what goes back is its index,
 *   through a ring of indices. So a copy costs half a line in one direction and a thirty-second in
 *   the other.
 * - Registry (channels, devices, maps): one mutex, control path only.
 *
 *     done <= fed <= issued <= next      (64-bit, never wrap; a cookie is n % INT_MAX + 1)
 *
 * but that a terminate takes done and fed on to what is submitted, issued or not.
 *
 * What two cores write is never in one cache line: see struct engine_chan.
 */

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/scatterlist.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_dmadev.h>
#include <rte_log.h>
#include <rte_prefetch.h>

#include "dmaengine_compat.h"
#include "engine_desc.h"
#include "engine_trace.h"

extern int dmaengine_logtype;

#define ENGINE_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, dmaengine_logtype, "dmaengine: " fmt "\n", ## __VA_ARGS__)

#define ENGINE_MAX_DEVICES	64
#define ENGINE_MAX_CHANNELS	64	/* of a device: bits of the tasklet's active mask */
#define ENGINE_DEFAULT_POOL	256
#define ENGINE_DEFAULT_RING	1024
#define ENGINE_WAIT_TIMEOUT_MS	5000	/* dma_sync_wait() */
/* Synchronising. Long, since the caller keeps its buffers after it: a machine that has no core for
 * the tasklet for a second is not rare, one that has none for five is broken.
 */
#define ENGINE_SYNC_TIMEOUT_MS	5000	/* without any run of the tasklet */
#define ENGINE_ABORT_TIMEOUT_MS	10000	/* with runs, but without the device's answer */

struct engine_dev;
struct engine_sleeper;

/* Grouped by who writes; a group begins a cache line. */
#define ENGINE_FREE_A_LINE	(RTE_CACHE_LINE_MIN_SIZE / sizeof(uint16_t))

/* Free descriptors that one client thread keeps for itself, at most. */
#define ENGINE_KEEP_MAX	16
/* No more than this part of the pool: it is lost to the others if the thread never comes back. */
#define ENGINE_KEEP_PART	16

struct engine_chan {
	struct dma_chan chan;		/* clients, its last line but for the tasklet */

	/* Set up with the device or while requested, then only read. */
	struct engine_dev *dev __rte_cache_aligned;
	struct engine_entry *ring;	/* mask + 1 places */
	uint8_t *pool;			/* pool_size elements of ENGINE_DESC_SIZE */
	_Atomic uint16_t *free_ring;	/* mask + 1 indices: recycled by the tasklet */
	_Atomic uint32_t *links;	/* free stack: the element after this one */
	_Atomic uint64_t *results;	/* by sequence number: bad ends, engine_result_make() */
	_Atomic uint64_t *plain_op;	/* by sequence number: tag << 16 | the device's index */
	_Atomic uint32_t *op_len;	/* by device index: bytes; the backend may mark it */
	uint32_t mask;			/* ring places - 1 */
	uint32_t lap_shift;		/* their logarithm */
	uint32_t pool_size;
	uint32_t max_len;		/* bytes of a plain copy */
	uint16_t vchan;
	bool single;			/* one thread at a time submits and issues */
	bool held;			/* registry */
	bool shared;			/* registry: handed out by dma_find_channel() */
	uint64_t first;			/* sequence number of the first cookie */
	_Atomic uint64_t cookie_base;	/* that of the last cookie 1; written with each wrap */
	struct dma_slave_config config;
	uint8_t config_flags;		/* backend's, from peripheral_config */
	struct dma_chan_dev chan_dev;
	char chan_dev_name[64];
	char request_name[64];
	/* Callbacks of plain copies by number. While requested, a number keeps its meaning. */
	_Atomic uintptr_t calls[ENGINE_CALLS];

	/* Clients, with each descriptor. */
	_Atomic uint64_t next __rte_cache_aligned;
	_Atomic uint64_t free_next;	/* indices taken out of free_ring */
	_Atomic uint64_t free_seen;	/* an older value of free_tail */
	_Atomic uint64_t free_head;	/* stack of what clients gave back: tag << 32 | index */
	_Atomic uintptr_t kept_owner;	/* the thread that keeps some for itself, or 0 */
	_Atomic uint32_t kept;		/* how many; it alone writes this */
	uint32_t kept_max;		/* 0: nobody may */
	/* That thread's own. */
	_Atomic uint32_t kept_index[ENGINE_KEEP_MAX] __rte_cache_aligned;
	/* Clients, with each issue; the tasklet waits here. */
	_Atomic uint64_t issued __rte_cache_aligned;
	/* Requests to the tasklet. */
	_Atomic uint64_t term_seq __rte_cache_aligned;	/* everything before it is to be dropped */
	_Atomic uint32_t term_req;
	_Atomic uint32_t paused;
	_Atomic uint32_t abort_needed;	/* the device's queue is paused: abort it in any case */
	_Atomic uint32_t control;	/* held by who pauses, resumes or aborts the queue */

	/* Tasklet and control calls, when something changes. */
	_Atomic uint32_t active __rte_cache_aligned;	/* in the tasklet's mask */
	_Atomic uint32_t term_ack;
	_Atomic uint32_t pause_ack;
	_Atomic uint32_t dead;		/* the device has failed */
	_Atomic uint32_t closing;	/* not held, or a release is under way: nothing is taken */
	/* Tasklet, with each descriptor. */
	_Atomic uint64_t done __rte_cache_aligned;
	_Atomic uint32_t phase;		/* odd while callbacks run */
	_Atomic uint64_t stat_completed, stat_errors, stat_terminated, stat_callbacks;
	_Atomic uint64_t stat_periods, stat_coalesced, stat_bytes;
	/* Tasklet, with each run. */
	_Atomic uint64_t free_tail __rte_cache_aligned;	/* indices put into free_ring, published */

	/* Tasklet's own. */
	uint64_t free_local __rte_cache_aligned;	/* free_tail, and what is not published */
	uint64_t fed;
	uint64_t seen;			/* an older value of issued */
	uint64_t begun;			/* next one to rearm */
	uint64_t periods_seen;
	uint64_t periods_new;		/* generic: since the last callback */
	uint32_t ops_out;		/* device operations under way */
	uint32_t idle_runs;		/* since there was something to do */
	bool draining;			/* terminate waits for the device */
};

enum engine_result {
	ENGINE_RESULT_OK = 0,
	ENGINE_RESULT_ERROR,
	ENGINE_RESULT_ABORTED,
};

/* A way to drive a device. All but probe, prep_ok and the control calls run in the tasklet. */
struct engine_backend {
	const char *name;
	bool hold;		/* pause is the tasklet's holding back */
	/* Fill in capabilities. @return 0 or -ENOTSUP */
	int (*probe)(struct engine_dev *dev);
	/* Can this be done? Called by prep with the descriptor filled in. */
	bool (*prep_ok)(struct engine_chan *ch, struct engine_desc *desc);
	/* Give the device as much of it as fits. @return 0 (all), -EAGAIN (rest later), or error */
	int (*feed)(struct engine_chan *ch, struct engine_desc *desc);
	/* Stop the device's queue. @return 0, -EINPROGRESS (drain), error */
	int (*abort)(struct engine_chan *ch);
	/* A completed operation: fill in missing, metadata. Optional. */
	void (*finish)(struct engine_chan *ch, struct engine_desc *desc, uint32_t op);
	/* Periods that the repeating descriptor has completed since the last call. */
	uint64_t (*periods)(struct engine_chan *ch);
	int (*pause)(struct engine_chan *ch);
	int (*resume)(struct engine_chan *ch);
	int (*config)(struct engine_chan *ch, const struct dma_slave_config *config);
	/* A descriptor that becomes readable at the next event after event_arm(). Optional. */
	int (*event_fd)(struct engine_chan *ch);
	int (*event_arm)(struct engine_chan *ch);
	/* Bytes left of a descriptor that has been fed in part or whole. Any thread. */
	uint32_t (*residue)(struct engine_chan *ch, const struct engine_desc *desc);
	/* The same of a plain copy, operation @p index. NULL: all of it until it is complete. */
	uint32_t (*residue_plain)(struct engine_chan *ch, uint16_t index, uint32_t len);
};

/* A position for a device. One thread at a time is inside: it runs the tasklet, or takes the device
 * away. This outlives the device, so who comes late only finds it gone: a service lcore may, and
 * what rte_service_may_be_active() says is no proof that it does not.
 */
struct engine_runner {
	atomic_flag busy;
} __rte_cache_aligned;

struct engine_dev {
	struct dma_device dma;
	struct device device;
	char name[64];
	int16_t dev_id;
	struct dmaengine_compat_conf conf;
	struct rte_dma_info info;
	const struct engine_backend *backend;
	uint32_t max_len;		/* of one device operation, bytes */
	uint16_t max_sge;		/* segments of one device operation */
	uint16_t max_chunks;		/* of a frame the device repeats by itself */
	bool sva;
	uint16_t nb_channels;
	struct engine_chan **chans;
	uint32_t service_id;
	bool has_service;
	struct engine_sleeper *sleeper;	/* RUN_SLEEP, while its thread runs */
	int wake_fd;			/* RUN_SLEEP, else -1 */
	/* RUN_SLEEP: clients have to wake the tasklet. Changes seldom, unlike what follows. */
	_Atomic uint32_t asleep;
	uint64_t start_cycles;		/* TSC when the device was added */

	struct engine_runner *runner;	/* of its position */

	/* Tasklet. */
	_Atomic uint64_t active __rte_cache_aligned;	/* channels with work */
	_Atomic uint64_t ticks;		/* runs, for those who wait for progress */
	_Atomic uint64_t stat_busy_runs, stat_busy_cycles;
};

extern const struct engine_backend engine_backend_generic;
extern const struct engine_backend engine_backend_refdma;

/* The device whose tasklet this thread is inside of, or NULL. */
extern __thread struct engine_dev *engine_inside;

static inline struct engine_chan *
engine_chan_of(struct dma_chan *chan)
{
	return container_of(chan, struct engine_chan, chan);
}

static inline struct engine_desc *
engine_desc_of(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct engine_desc, tx);
}

static inline struct engine_desc *
engine_desc_at(const struct engine_chan *ch, uint32_t index)
{
	return (struct engine_desc *)(ch->pool + (size_t)index * ENGINE_DESC_SIZE);
}

/* Fetch a line that is about to be written. For the oldest processor that DPDK is built for the
 * compiler only fetches it for reading; where the instruction is missing it has no effect.
 */
static inline void
engine_prefetch_write(const void *line)
{
#ifdef RTE_ARCH_X86_64
	asm volatile("prefetchw %0" : : "m"(*(const uint8_t *)line));
#else
	rte_prefetch0_write(line);
#endif
}

/* The bits of a word that say which lap of the ring it is of. */
static inline uint64_t
engine_entry_lap(const struct engine_chan *ch, uint64_t seq)
{
	return seq >> ch->lap_shift << ENGINE_ENTRY_LAP_SHIFT;
}

/* The place of sequence number @p seq, or NULL: its submitter has not filled it in yet, or it has
 * been used again since.
 */
static inline const struct engine_entry *
engine_entry_at(const struct engine_chan *ch, uint64_t seq, uint64_t *word)
{
	const struct engine_entry *entry = &ch->ring[seq & ch->mask];

	*word = atomic_load_explicit(&entry->word, memory_order_acquire);
	if (unlikely((*word ^ engine_entry_lap(ch, seq)) >> ENGINE_ENTRY_LAP_SHIFT != 0))
		return NULL;
	return entry;
}

static inline uint32_t
engine_entry_len(uint64_t word)
{
	return (uint32_t)word;
}

static inline uint32_t
engine_entry_index(uint64_t word)
{
	return word >> ENGINE_ENTRY_INDEX_SHIFT & ENGINE_ENTRY_INDEX_MASK;
}

static inline uint32_t
engine_entry_call(uint64_t word)
{
	return word >> ENGINE_ENTRY_CALL_SHIFT & (ENGINE_CALLS - 1);
}

static inline struct engine_desc *
engine_entry_desc(const struct engine_chan *ch, uint64_t word)
{
	return engine_desc_at(ch, engine_entry_index(word));
}

/* Whether @p plain_op says that the device has sequence number @p seq. */
static inline bool
engine_plain_fed(uint64_t plain_op, uint64_t seq)
{
	return plain_op >> 16 == ((seq + 1) & (UINT64_MAX >> 16));
}

static inline dma_cookie_t
engine_cookie(uint64_t seq)
{
	return (dma_cookie_t)(seq % INT_MAX) + 1;
}

/* The same without a division: where `cookie_base` is not the right multiple of INT_MAX it is made
 * so. Several may do that at a time; the wrong one only costs time.
 */
static inline dma_cookie_t
engine_cookie_near(struct engine_chan *ch, uint64_t seq)
{
	uint64_t base = atomic_load_explicit(&ch->cookie_base, memory_order_relaxed);

	if (unlikely(seq - base >= INT_MAX))
		atomic_store_explicit(&ch->cookie_base, base = seq - seq % INT_MAX,
				      memory_order_relaxed);
	return (dma_cookie_t)(seq - base) + 1;
}

/* A result and whose it is, so that those of earlier laps need not be taken away. */
static inline uint64_t
engine_result_make(uint64_t seq, enum engine_result result)
{
	return seq << 2 | result;
}

/* Become the one who is inside, if nobody is. */
static inline bool
engine_enter(struct engine_runner *runner)
{
	return !atomic_flag_test_and_set_explicit(&runner->busy, memory_order_acquire);
}

static inline void
engine_leave(struct engine_runner *runner)
{
	atomic_flag_clear_explicit(&runner->busy, memory_order_release);
}

/* Counters have one writer. */
static inline void
engine_count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline bool
engine_repeats(const struct engine_desc *desc)
{
	return (desc->flags & ENGINE_F_REPEATS) != 0;
}

/* Length of the @p op-th device operation of a descriptor. */
static inline _Atomic uint32_t *
engine_op_len(const struct engine_chan *ch, struct engine_desc *desc, uint32_t op)
{
	uint32_t index = atomic_load_explicit(&desc->first_op, memory_order_relaxed) + op;

	return &ch->op_len[index & (ch->dev->conf.ring - 1u)];
}

/* The device's commands come one at a time. Clients wait for each other; the tasklet tries. */
static inline bool
engine_control_try(struct engine_chan *ch)
{
	return atomic_exchange_explicit(&ch->control, 1, memory_order_acquire) == 0;
}

static inline void
engine_control_end(struct engine_chan *ch)
{
	atomic_store_explicit(&ch->control, 0, memory_order_release);
}

/* A channel as trace points have it: the numbers in its name. */
#define ENGINE_TRACED(ch) \
	(uint16_t)(ch)->dev->dma.dev_id, (uint16_t)(ch)->chan.chan_id

/* The device has taken an operation as number @p index. */
static inline void
engine_op_fed(struct engine_chan *ch, struct engine_desc *desc, int index, uint32_t len)
{
	uint32_t fed = atomic_load_explicit(&desc->fed_ops, memory_order_relaxed);

	if (fed == 0) {
		atomic_store_explicit(&desc->first_op, index, memory_order_relaxed);
		engine_trace_start(ENGINE_TRACED(ch), desc->tx.cookie, index);
	}
	atomic_store_explicit(&ch->op_len[index & (ch->dev->conf.ring - 1)], len,
			      memory_order_relaxed);
	/* Release: who asks for the residue finds the index and the length. */
	atomic_store_explicit(&desc->fed_ops, fed + 1, memory_order_release);
	ch->ops_out++;
}

/* Callbacks may run from here on. Announced before the first one's descriptor is published as done:
 * who finds nothing left to terminate still has to wait for the callback.
 */
static inline void
engine_callbacks_begin(struct engine_chan *ch)
{
	uint32_t phase = atomic_load_explicit(&ch->phase, memory_order_relaxed);

	if ((phase & 1) == 0)
		atomic_store_explicit(&ch->phase, phase + 1, memory_order_relaxed);
}

/* Release: who waits for the callbacks sees what they did. */
static inline void
engine_callbacks_end(struct engine_chan *ch)
{
	uint32_t phase = atomic_load_explicit(&ch->phase, memory_order_relaxed);

	if ((phase & 1) != 0)
		atomic_store_explicit(&ch->phase, phase + 1, memory_order_release);
}

/* The tasklet gives one back; others see it after engine_recycle_flush(). The next line is in the
 * client's cache from the lap before, and all stores of the tasklet would wait for it.
 */
static inline void
engine_recycle_index(struct engine_chan *ch, uint32_t index)
{
	uint64_t at = ch->free_local++;

	if (at % ENGINE_FREE_A_LINE == 0)
		engine_prefetch_write(RTE_PTR_ADD(ch->free_ring,
						  ((at + ENGINE_FREE_A_LINE) & ch->mask) *
						  sizeof(uint16_t)));
	atomic_store_explicit(&ch->free_ring[at & ch->mask], index, memory_order_relaxed);
}

static inline void
engine_recycle_flush(struct engine_chan *ch)
{
	if (atomic_load_explicit(&ch->free_tail, memory_order_relaxed) != ch->free_local)
		atomic_store_explicit(&ch->free_tail, ch->free_local, memory_order_release);
}

/* backend_generic.c */
int engine_feed_piece(struct engine_chan *ch, struct engine_desc *desc, uint64_t src, uint64_t dst,
		      uint32_t len, uint32_t mark);

/* engine_desc.c */
int engine_pool_create(struct engine_chan *ch);
void engine_pool_destroy(struct engine_chan *ch);
void engine_desc_init(struct engine_chan *ch, struct engine_desc *desc);
struct engine_desc *engine_desc_get(struct engine_chan *ch);
void engine_desc_put(struct engine_chan *ch, struct engine_desc *desc);
void engine_desc_recycle(struct engine_chan *ch, struct engine_desc *desc);
uint32_t engine_pool_free(struct engine_chan *ch);
struct engine_seg *engine_seg_at(const struct engine_chan *ch, struct engine_desc *desc,
				 uint32_t index);

/* engine_prep.c */
void engine_prep_ops(struct engine_dev *dev);

/* engine_submit.c */
dma_cookie_t engine_tx_submit(struct dma_async_tx_descriptor *tx);
int engine_desc_free(struct dma_async_tx_descriptor *tx);
void engine_issue_pending(struct dma_chan *chan);
void engine_kick(struct engine_chan *ch);

/* engine_tasklet.c */
bool engine_tasklet_run(struct engine_dev *dev);
bool engine_tasklet_run_inside(struct engine_dev *dev);
void engine_fail_channel(struct engine_chan *ch);

/* engine_complete.c: inside the tasklet */
bool engine_collect(struct engine_chan *ch);
void engine_complete_empty(struct engine_chan *ch);
bool engine_run_periods(struct engine_chan *ch);
void engine_drop(struct engine_chan *ch, uint64_t word, uint64_t seq);
void engine_rearm(struct engine_desc *desc);
struct engine_desc *engine_unplain(struct engine_chan *ch, uint64_t seq);

/* engine_control.c */
enum dma_status engine_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				 struct dma_tx_state *state);
int engine_config(struct dma_chan *chan, struct dma_slave_config *config);
int engine_pause(struct dma_chan *chan);
int engine_resume(struct dma_chan *chan);
int engine_terminate(struct dma_chan *chan);
int engine_synchronize(struct engine_chan *ch, const char *call);
int engine_wait(struct engine_chan *ch, bool (*done)(struct engine_chan *ch, uint64_t arg),
		uint64_t arg);

void engine_quiesce(struct engine_chan *ch);

/* engine_service.c */
int engine_service_register(struct engine_dev *dev);
void engine_service_unregister(struct engine_dev *dev);

/* engine_sleep.c */
int engine_sleep_start(struct engine_dev *dev);
void engine_sleep_stop(struct engine_dev *dev);
void engine_sleep_end(struct engine_dev *dev);
void engine_wake(struct engine_dev *dev);

/* engine_create.c */
int engine_dev_create(int16_t dev_id, const struct dmaengine_compat_conf *conf, unsigned int slot,
		      struct engine_runner *runner, struct engine_dev **created);
void engine_dev_destroy(struct engine_dev *dev);

/* engine_map.c: under the registry's lock */
struct engine_chan *engine_map_find(const char *devname, const char *slave);
void engine_map_forget(void);

/* engine_registry.c */
struct engine_dev *engine_dev_find(int16_t dev_id);
struct engine_dev *engine_dev_at(unsigned int slot);
bool engine_slot_run(unsigned int slot);
void engine_registry_lock(void);
void engine_registry_unlock(void);

/* engine_device.c */
void engine_devices_forget(void);
int engine_device_numa(const struct device *device);
const struct engine_dev *engine_dev_of(const struct device *device);

/* engine_telemetry.c */
void engine_telemetry_register(void);

/* engine_metadata.c */
void engine_metadata_submit(struct engine_desc *desc);
void engine_metadata_complete(struct engine_desc *desc);

#endif /* DMAENGINE_COMPAT_ENGINE_H */
