/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_DRIVER_H
#define REFDMA_DRIVER_H

/* The driver's own structures. Who owns what is said at each. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_dmadev_pmd.h>
#include <rte_log.h>
#include <rte_memzone.h>

#include "refdma_compat.h"
#include "refdma_hw.h"
#include "rte_pmd_refdma.h"

extern int refdma_logtype;

#define REFDMA_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, refdma_logtype, "refdma: " fmt "\n", ## __VA_ARGS__)

#define REFDMA_MIN_DESC		64	/* one operation with 32 entries each side needs 33 slots */
#define REFDMA_NO_OP		UINT32_MAX

struct refdma_func;
struct refdma_pool_map;
struct refdma_socket;

/**
 * Register access of one function, by transport. Used by the primary process only, never on the
 * data path (but for the wake of a sleeping device).
 */
struct refdma_bus_ops {
	uint32_t (*read32)(struct refdma_func *func, uint32_t offset);
	uint64_t (*read64)(struct refdma_func *func, uint32_t offset);
	void (*write32)(struct refdma_func *func, uint32_t offset, uint32_t value);
	void (*write64)(struct refdma_func *func, uint32_t offset, uint64_t value);
	/** Wake a channel; NULL: by its register. */
	void (*wake)(struct refdma_func *func, unsigned int channel);
	/** Event file descriptor of an interrupt vector, or a negative errno. */
	int (*event_fd)(struct refdma_func *func, unsigned int vector);
};

/** What the function registers say (specification, section 3.1). */
struct refdma_caps {
	uint32_t version, max_length, features, ops, mem_burst, cmd_timeout_ms, port_stride;
	uint16_t channels, queues, ports, vectors;
	uint16_t min_slots, max_slots, max_sge, max_chunks, max_meta;
	uint64_t local_base, local_size, port_base;
};

/** Does the controller implement @p op? */
static inline bool
refdma_has_op(const struct refdma_caps *caps, enum refdma_op op)
{
	return (caps->ops & RTE_BIT32(op)) != 0;
}

/** One function; memory of the process that probed it (the primary). */
struct refdma_func {
	const struct refdma_bus_ops *bus;
	void *regs;			/* PCI: BAR0 */
	uint8_t *doorbells;		/* BAR2, or the memory that stands for it */
	struct refdma_engine *engine;	/* software device in this process, or NULL */
	struct refdma_socket *sock;	/* device in another process, or NULL */
	struct rte_device *device;
	struct refdma_caps caps;
	bool silent;			/* advertise silent mode */
	bool strict;			/* lower vchans go first */
	_Atomic bool lost;		/* the other process has gone: registers read all-ones */
	bool silenced;			/* reset at removal: it accesses no memory any more */
	bool intr_enabled;		/* PCI: MSI-X vectors have event file descriptors */
	unsigned int probed;		/* channels that have a dmadev */
	LIST_ENTRY(refdma_func) next;	/* of the functions that this process has probed */
};

enum refdma_queue_state {
	REFDMA_QUEUE_NONE = 0,		/* not set up */
	REFDMA_QUEUE_STOPPED,		/* the device does not know the memory */
	REFDMA_QUEUE_STARTED,
	REFDMA_QUEUE_FAILED,		/* the device has gone or talks nonsense */
};

/**
 * One vchan. In shared memory: a secondary process may be the one that uses the data path.
 *
 * The data-path thread owns everything but `state`, which the control path sets while the data
 * path is not in use (start and stop), or the data path itself (failure). The device owns the slots
 * from `tail` of the last doorbell back to the progress it reports. Statistics and indices
 * that other threads read are atomics without ordering.
 */
struct refdma_queue {
	/* Enqueue. */
	struct refdma_desc *ring;
	_Atomic uint32_t *doorbell;
	const _Atomic uint32_t *wake;	/* notify line (8.3) */
	uint32_t mask;			/* slots - 1 */
	uint32_t tail;			/* next slot to fill */
	uint32_t limit;			/* tail may not pass this; equal to tail: full or stopped */
	uint32_t extra;			/* slots filled in, less one for each operation */
	void **objects;			/* by operation (refdma_ops.c): what to free, or the
					 * rte_dma_op; or NULL
					 */
	uint32_t copy_head;		/* first word of a copy in this vchan's direction */
	uint32_t fill_head;
	uint16_t sg_flags;		/* SRC_DEV and DST_DEV of this vchan's direction */
	bool silent;
	_Atomic uint8_t state;		/* enum refdma_queue_state */
	_Atomic uint32_t announced;	/* operations that the doorbell has told the device of */

	/* Completion. */
	struct refdma_completion *cpl __rte_cache_aligned;
	struct refdma_status *sts;
	uint32_t reported;		/* operations handed to the application */
	uint32_t errors_seen;		/* of the completion line's count */
	uint32_t idle_polls;
	uint32_t period_polls;		/* apart: polls that count two at once skip every mark */
	uint64_t checked_tsc;		/* last look at a register */
	uint64_t periods_seen;		/* by rte_pmd_refdma_periods() */
	uint16_t fail_status;		/* enum rte_dma_status_code, in REFDMA_QUEUE_FAILED */
	struct rte_mempool *free_pool;	/* M2D auto-free; NULL: off */
	struct refdma_pool_map *pool_map; /* where the pool's objects are */
	_Atomic uint64_t submitted, completed, errors;

	/* Control. */
	struct refdma_dev *dev __rte_cache_aligned;
	const struct rte_memzone *zone;	/* ring, status ring, completion area */
	struct refdma_completion *live_cpl; /* the device's line; cpl differs after a failure */
	struct refdma_completion dead_cpl; /* stands in for it */
	rte_iova_t ring_iova, cpl_iova, sts_iova;
	uint16_t index;
	uint16_t nb_desc;
	uint8_t vector;
	int event_fd;			/* of the primary; -1: none */
	uint64_t submitted_base, completed_base, errors_base; /* at the last stats_reset */
	uint64_t completed_start, errors_start; /* at the last start */
};

/** One channel, which is one dmadev: its dev_private, in shared memory. */
struct refdma_dev {
	struct refdma_queue *queues[REFDMA_MAX_QUEUES];	/* never NULL: data path */
	struct refdma_func *func;	/* primary process only */
	const struct rte_dma_dev_data *data; /* the library's, shared */
	_Atomic uint32_t *kick;		/* engine=thread: futex word, or NULL */
	void *regs;			/* PCI: BAR0, at one address in all processes; or NULL */
	struct refdma_caps caps;
	uint16_t channel;
	int16_t dev_id;
	uint8_t halt_on_error;		/* bit per vchan, for the next start */
	_Atomic bool gone;		/* registers read all-ones; any thread may notice */
	bool enq_deq, silent;		/* as configured */
	bool is_pci, silent_capa, sva;
	uint16_t priority;
	LIST_ENTRY(refdma_dev) next;	/* primary: refdma_telemetry.c, under its lock */
	_Atomic uint32_t no_wake;	/* for the stand-in below */
	char name[RTE_DEV_NAME_MAX_LEN];
	struct refdma_queue none;	/* stands for vchans that are not set up */
};

/* refdma_caps.c: the function registers; primary process, control path. */
int refdma_caps_read(struct refdma_func *func);
unsigned int refdma_caps_channels(uint32_t topology);

/* refdma_regs.c: registers and bounded waits; primary process, control path, but for the last
 * three.
 */
uint32_t refdma_ch_reg(const struct refdma_dev *dev, uint32_t reg);
uint32_t refdma_q_reg(const struct refdma_queue *q, uint32_t reg);
int refdma_q_command(struct refdma_queue *q, uint32_t command);
int refdma_q_program(struct refdma_queue *q);
void refdma_func_reset(struct refdma_func *func);
bool refdma_alive(struct refdma_dev *dev);
void refdma_look_again(struct refdma_dev *dev);
const char *refdma_q_lost(struct refdma_queue *q);
bool refdma_fail_lost(struct refdma_queue *q);
void refdma_wake(struct refdma_queue *q);

/* refdma_dev.c: the dmadev object and its control path. */
struct refdma_func *refdma_func_create(struct rte_device *device);
struct refdma_func *refdma_func_find(const struct rte_device *device);
void refdma_func_free(struct refdma_func *func);
int refdma_dev_create(struct refdma_func *func, const char *base, unsigned int channel,
		      _Atomic uint32_t *kick);
int refdma_dev_destroy(const char *base, unsigned int channel);
void refdma_channel_name(char *name, size_t size, const char *base, unsigned int channel);
void refdma_publish(struct rte_dma_dev *dma_dev, struct rte_device *device);
struct refdma_dev *refdma_dev_get(int16_t dev_id);

/* refdma_stats.c: statistics and status of a device that runs. */
void refdma_queue_stats(struct refdma_queue *q, struct rte_dma_stats *stats);
int refdma_stats_get(const struct rte_dma_dev *dma_dev, uint16_t vchan,
		     struct rte_dma_stats *stats, uint32_t size);
int refdma_stats_reset(struct rte_dma_dev *dma_dev, uint16_t vchan);
int refdma_vchan_status(const struct rte_dma_dev *dma_dev, uint16_t vchan,
			enum rte_dma_vchan_status *status);
const char *refdma_state_name(uint32_t status);
int refdma_dump(const struct rte_dma_dev *dma_dev, FILE *f);

/* refdma_secondary.c: what a secondary process has of the primary's devices. */
int refdma_attach(const char *base, unsigned int channels, struct rte_device *device);
void refdma_detach(const struct rte_device *device);

/* refdma_telemetry.c: the lock is for who frees what telemetry may look at. */
void refdma_telemetry_lock(void);
void refdma_telemetry_unlock(void);
void refdma_telemetry_add(struct refdma_dev *dev);
void refdma_telemetry_remove(struct refdma_dev *dev);

/* refdma_thread.c: threads of the driver's own. */
int refdma_thread_start(pthread_t *thread, void *(*run)(void *), void *arg, const char *name);

/* refdma_queue.c: memory and indices of a vchan. */
int refdma_queue_setup(struct refdma_dev *dev, uint16_t vchan,
		       const struct rte_dma_vchan_conf *conf);
void refdma_queue_release(struct refdma_dev *dev, uint16_t vchan);
void refdma_queue_rewind(struct refdma_queue *q);
void refdma_queue_fail(struct refdma_queue *q, enum rte_dma_status_code status,
		       const char *reason);

/* refdma_enqueue.c and refdma_completion.c: the data path. */
void refdma_enqueue_set(struct rte_dma_fp_object *fp);
void refdma_enqueue_near(struct rte_dma_fp_object *fp);
rte_dma_burst_capacity_t refdma_enqueue_mark(void);
int refdma_full(struct refdma_queue *q, uint32_t slots);
void refdma_completion_set(struct rte_dma_fp_object *fp);
void refdma_reap_silently(struct refdma_queue *q);

/* refdma_codes.c: the controller's status codes. */
enum rte_dma_status_code refdma_status_code(unsigned int code);
const char *refdma_code_name(unsigned int code);

/* refdma_ops.c: operations that carry an object: auto-free and enqueue/dequeue. */
void refdma_ops_set(struct rte_dma_fp_object *fp);
int refdma_objects_setup(struct refdma_queue *q, struct rte_mempool *pool, bool enq_deq,
			 int socket);
void refdma_objects_release(struct refdma_queue *q);
void refdma_note_object(struct refdma_queue *q, rte_iova_t src, uint64_t flags);
void refdma_note_list(struct refdma_queue *q, uint64_t flags);
void refdma_free_objects(struct refdma_queue *q, uint32_t n);
void refdma_drop_objects(struct refdma_queue *q);

/* refdma_engine.c and refdma_engine_run.c: the software device in this process. */
struct refdma_engine_conf;
int refdma_engine_start(struct refdma_func *func, const struct refdma_engine_conf *conf);
void refdma_engine_stop(struct refdma_func *func);
_Atomic uint32_t *refdma_engine_kick(struct refdma_func *func, unsigned int channel);
void refdma_engine_place(struct refdma_func *func);
void refdma_engine_assist(struct refdma_func *func);
const char *refdma_engine_name(const struct refdma_func *func);
bool refdma_engine_inline(const struct refdma_func *func);

#endif /* REFDMA_DRIVER_H */
