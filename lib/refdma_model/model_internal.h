/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_MODEL_INTERNAL_H
#define REFDMA_MODEL_INTERNAL_H

/*
 * State of an instance. Who owns what:
 * - "registers" are atomics that any thread may read and write;
 * - "engine" fields belong to whoever holds the channel's lock, which is the running engine;
 * - port fields belong to whoever holds the port's lock. Locks nest channel, then port.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "refdma_model.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define MODEL_INLINE	inline __attribute__((always_inline))

#define MODEL_CACHE_LINE	64
#define MODEL_MAX_SGE		64
#define MODEL_MEM_BURST		0x10000u	/* MEM_BURST register */
#define MODEL_CMD_TIMEOUT_MS	10000u	/* an engine shares its CPU with whoever is there */
#define MODEL_LOCAL_BASE	UINT64_C(0x40000000)
#define MODEL_PORT_BASE		UINT64_C(0x80000000)
#define MODEL_PORT_STRIDE	0x1000u
#define MODEL_META_MAX		64u
#define MODEL_TLB_ENTRIES	8
#define MODEL_BOUNCE_BYTES	4096u
#define MODEL_MEDIUM_BYTES	2048u	/* shorter copies are made without a call */
#define MODEL_PORT_FRAMES	256u
#define MODEL_NO_VECTOR		UINT32_MAX

/* An engine returns to its caller after about this much, and looks at commands in between. */
#define MODEL_RUN_BYTES		0x40000u
#define MODEL_RUN_OPS		256u

/* The completion line is written at least after this much, and when nothing is left to do. */
#define MODEL_PUBLISH_BYTES	0x10000u
#define MODEL_PUBLISH_OPS	32u

/* See model_fast.c. */
struct window;
typedef const struct refdma_desc *(*model_copy_slots_t)(const struct refdma_desc *slot,
							const struct refdma_desc *end,
							uint64_t head, const struct window *from,
							const struct window *to);

/* Where one side of a transfer is. */
enum side_kind {
	SIDE_HOST,
	SIDE_LOCAL,
	SIDE_PORT,
};

struct side {
	enum side_kind kind;
	struct model_port *port;	/* SIDE_PORT */
	uint64_t addr;			/* of the transfer's first byte */
	uint64_t position;		/* INTERLEAVED: address of the current chunk */
	uint32_t first;			/* entries: index of this side's first */
	uint32_t count;			/* entries: number, 0: addr alone */
	uint32_t entry;			/* entries: current one */
	uint32_t offset;		/* entries: bytes done in it */
};

/* The operation under way (engine). The descriptor was copied and validated: the ring is not
 * looked at again, whatever the host does to it.
 */
struct cursor {
	bool active;
	bool eof;			/* the last byte read ended a frame */
	bool has_meta;			/* meta holds what goes out, or what came in */
	struct refdma_desc desc;
	uint32_t slots;			/* of the whole descriptor */
	uint32_t length;		/* of a lap */
	uint32_t done;			/* of this lap */
	uint32_t burst;			/* bytes a burst, where a side is a port */
	uint32_t burst_left;		/* of the burst under way */
	uint32_t period;		/* bytes a period; 0: none */
	uint32_t period_left;
	struct side src, dst;
	struct refdma_frame frame;
	struct refdma_meta meta_slot;
	uint32_t chunk, chunk_done;
	uint16_t meta_length;
	uint8_t meta[MODEL_META_MAX];
	struct refdma_sge entries[2 * MODEL_MAX_SGE];	/* or chunks, of the same size */
};

_Static_assert(sizeof(struct refdma_chunk) == sizeof(struct refdma_sge), "entries hold both");

struct model_queue {
	/* Registers. */
	_Atomic uint32_t cmd;		/* commands that have not been executed: BUSY */
	_Atomic uint32_t status;	/* Q_STATUS without BUSY; the engine writes */
	_Atomic uint64_t ring_base, cpl_base, sts_base;
	_Atomic uint32_t ring_log2, config;
	_Atomic uint32_t irq_config, irq_arm, irq_armed, irq_event;
	_Atomic uint32_t irq_halt;	/* a halt that no message has told of */
	_Atomic uint32_t inj_ctrl, inj_count, inj_code, inj_fired, inj_writes;
	_Atomic uint64_t residue, progress, periods_reg, bytes_reg;
	_Atomic uint64_t latch;		/* see model_regs.c */
	_Atomic uint32_t errors_reg, blocked;

	/* Engine: fast path. */
	_Alignas(MODEL_CACHE_LINE) _Atomic uint32_t *doorbell;
	const struct refdma_desc *ring;	/* NULL: not contiguous in this process, use ring_slot() */
	struct refdma_completion *cpl;	/* NULL while DISABLED or lost */
	struct refdma_status *sts;	/* NULL: as ring */
	uint32_t mask;			/* slots - 1 */
	uint32_t head;			/* slots consumed */
	uint32_t tail;			/* slots announced and accepted */
	uint32_t ops;			/* operations completed */
	uint32_t errors;
	uint32_t published_ops;
	uint32_t unpublished_bytes;
	uint64_t periods, bytes;
	bool dirty;			/* the completion line is behind */
	bool irq_pending;		/* an event since the last publication */
	bool transient;			/* the pointers above hold for one run only */
	uint32_t irq_sum;		/* operations + periods as of that event */
	/* Engine: the rest. */
	uint32_t inj_seen, inj_left;
	bool inj_stalled;
	uint32_t ignored;		/* doorbell value that DROP_DOORBELL swallowed */
	bool ignoring;
	uint64_t deadline;		/* when to look again; IDLE: a wake will come */
	unsigned int index;
	struct cursor cur;
};

struct model_channel {
	_Alignas(MODEL_CACHE_LINE) _Atomic uint32_t ticket, serving; /* the lock */
	_Atomic uint32_t ctrl, priority;
	_Atomic uint64_t latch;		/* offset << 32 | high half, see model_regs.c */
	_Atomic uint32_t cmds;		/* some queue may have a command */
	/* Engine. */
	bool asleep;
	unsigned int index;
	unsigned int next;		/* round-robin */
	uint32_t generation;		/* of the translations */
	bool transient;			/* some translation holds for one run only */
	unsigned int tlb_used, tlb_victim, tlb_read, tlb_write;
	struct refdma_model_region tlb[MODEL_TLB_ENTRIES];
	uint64_t now;			/* time of this run; 0: not asked for yet */
	uint32_t wakes;			/* channels to wake at the end of the run */
	uint8_t bounce[MODEL_BOUNCE_BYTES];
	struct model_queue *queues;
};

/* End of a frame in a loopback FIFO. */
struct model_frame_end {
	uint64_t position;		/* of the first byte after the frame */
	uint16_t meta_length;
	uint8_t meta[MODEL_META_MAX];
};

struct model_port {
	pthread_mutex_t lock;
	enum refdma_port_type type;
	uint8_t *fifo;
	uint32_t fifo_size;		/* power of two */
	uint64_t written, read;		/* stream positions: bytes into and out of the FIFO */
	struct model_frame_end *ends;	/* loopback: MODEL_PORT_FRAMES */
	uint32_t ends_written, ends_read;
	uint32_t waiters;		/* channels that wait for this port */
	/* Registers. */
	uint32_t width, burst, frame, reset_frame;
	uint64_t rate, reset_rate;
	bool running;
	bool auto_start;		/* nothing has started or stopped the clock yet */
	uint64_t clock_start;		/* ns */
	uint64_t clock_done;		/* bytes accounted since clock_start */
	uint64_t pattern;		/* source: next byte of the pattern */
	uint64_t overrun, underrun, tx_bytes, rx_bytes, checksum, frames;
	_Atomic uint64_t latch;
};

struct refdma_model {
	struct refdma_model_conf conf;
	struct refdma_model_ops ops;
	void *ctx;
	uint8_t *doorbells;
	size_t doorbells_size;
	bool own_doorbells;
	uint8_t *local;
	uint64_t address_limit;		/* highest host address */
	model_copy_slots_t copy_slots;	/* the widest that the processor has */
	_Atomic uint32_t removed, scratch, generation;
	_Atomic uint64_t latch;
	struct model_channel *channels;
	struct model_port ports[REFDMA_MAX_PORTS];
};

/* Copy one ring slot, reading each word once: the host may change it at any time. */
static inline void
slot_copy(void *to, const void *slot)
{
	const _Atomic uint64_t *word = slot;

	for (unsigned int i = 0; i < REFDMA_SLOT_SIZE / 8; i++)
		((uint64_t *)to)[i] = atomic_load_explicit(word + i, memory_order_relaxed);
}

/* First word of a slot: op, ext, flags, length. */
static inline uint64_t
slot_head(const struct refdma_desc *slot)
{
	return atomic_load_explicit((const _Atomic uint64_t *)(const void *)slot,
				    memory_order_relaxed);
}

/* What a queue may still do in this run. */
struct budget {
	uint32_t bytes;
	uint32_t ops;
};

static inline void
budget_spend(struct budget *budget, uint32_t bytes, uint32_t ops)
{
	budget->bytes -= bytes < budget->bytes ? bytes : budget->bytes;
	budget->ops -= ops < budget->ops ? ops : budget->ops;
}

/* What a step of a transfer came to. */
enum step {
	STEP_MOVED,	/* some bytes */
	STEP_BLOCKED,	/* a port is not ready */
	STEP_FAILED,	/* *code says why */
};

/* model.c */
void model_lock(struct model_channel *ch);
void model_unlock(struct model_channel *ch);
void model_settle(struct refdma_model *m);

/* model_queue.c: control of a queue; all with the channel's lock held. */
void queue_commands(struct refdma_model *m, struct model_channel *ch);
void queue_publish(struct refdma_model *m, struct model_queue *q);
void queue_complete(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
		    enum refdma_code code);
void queue_period(struct model_queue *q);
bool queue_inject(struct model_queue *q, uint32_t bit);
bool queue_doorbell_fits(const struct model_queue *q, uint32_t tail);
unsigned int model_vectors(const struct refdma_model_conf *conf);
void queue_halt(struct refdma_model *m, struct model_queue *q, enum refdma_code code, bool fatal);
void queue_reset(struct model_queue *q);
bool queue_remap(struct refdma_model *m, struct model_channel *ch, struct model_queue *q);
void queue_set_wake(struct model_queue *q, bool wake);
void queue_irq_check(struct refdma_model *m, struct model_queue *q);
const struct refdma_desc *queue_slot(struct refdma_model *m, struct model_channel *ch,
				     struct model_queue *q, uint32_t slot);

static inline uint32_t
queue_state(struct model_queue *q)
{
	return atomic_load_explicit(&q->status, memory_order_relaxed) & REFDMA_Q_STATUS_STATE_MASK;
}

/* model_fast.c */
model_copy_slots_t fast_choose(unsigned int vector_bytes);
bool fast_run(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
	      struct budget *budget);

/* model_ops.c */
enum refdma_code cursor_start(struct refdma_model *m, struct model_channel *ch,
			      struct model_queue *q, struct cursor *cur);
void cursor_rewind(struct cursor *cur);
uint32_t cursor_segment(const struct cursor *cur, uint64_t *src, uint64_t *dst);
void cursor_advance(struct cursor *cur, uint32_t bytes);

/* model_move.c */
void *model_translate(struct refdma_model *m, struct model_channel *ch, uint64_t addr,
		      uint32_t access, uint64_t *span, enum refdma_code *code);
void model_tlb_flush(struct model_channel *ch, bool all);
bool model_tlb_transient(const struct model_channel *ch, uint64_t addr);
enum step move_segment(struct refdma_model *m, struct model_channel *ch, struct model_queue *q,
		       uint32_t *bytes, enum refdma_code *code);
enum refdma_code move_host_read(struct refdma_model *m, struct model_channel *ch, uint64_t addr,
				void *buf, uint32_t bytes);
enum refdma_code move_host_write(struct refdma_model *m, struct model_channel *ch, uint64_t addr,
				 const void *buf, uint32_t bytes);

/* model_port.c: all but the first take the port's lock themselves. */
struct model_port *port_at(struct refdma_model *m, uint64_t addr, bool *in_area);
int port_init(struct model_port *port, const struct refdma_model_port_conf *conf);
void port_fini(struct model_port *port);
void port_reset(struct model_port *port, bool registers);
uint32_t port_readable(struct model_port *port, uint32_t want, uint64_t now,
		       unsigned int channel, uint64_t *deadline);
uint32_t port_writable(struct model_port *port, uint32_t want, bool eof, uint64_t now,
		       unsigned int channel, uint64_t *deadline);
uint32_t port_pull(struct model_port *port, uint8_t *buf, uint32_t bytes, uint64_t now,
		   struct cursor *cur, uint32_t *wakes);
uint32_t port_push(struct model_port *port, const uint8_t *buf, uint32_t bytes, uint64_t now,
		   const struct cursor *cur, bool eof, uint32_t *wakes);
uint64_t port_reg_read(struct refdma_model *m, unsigned int index, uint32_t offset);
void port_reg_write(struct refdma_model *m, unsigned int index, uint32_t offset, uint64_t value);

/* model_regs.c */
bool channel_has_work(struct refdma_model *m, struct model_channel *ch);

/* model_fill.c */
void model_fill(uint8_t *dst, uint64_t pattern, size_t bytes);

#endif /* REFDMA_MODEL_INTERNAL_H */
