/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef RTE_PMD_REFDMA_H
#define RTE_PMD_REFDMA_H

/**
 * @file
 * What the refdma driver offers beyond the dmadev API: slave transfers through peripheral ports,
 * cyclic and interleaved transfers, metadata, pause, abort, residue, error injection, interrupts.
 *
 * Every function takes a dmadev identifier and returns -ENODEV where it is not a refdma device,
 * but for rte_pmd_refdma_is_refdma() and rte_pmd_refdma_periods(), which return no error.
 *
 * Threads: the enqueue functions (rte_pmd_refdma_slave(), rte_pmd_refdma_interleaved(),
 * rte_pmd_refdma_nop()) and rte_pmd_refdma_result() belong to the data path: the thread that uses
 * the vchan's rte_dma_copy() and rte_dma_completed() calls them. All others may be called by any
 * thread of the primary process, one at a time for each vchan, while the data path runs; in a
 * secondary process those that need the device's registers return -EPERM. None may be called from
 * a signal handler. Functions that wait for the device say so; the wait is bounded by the device's
 * command timeout.
 *
 * All functions exist since version 0.1.0.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_dmadev.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of peripheral ports. */
enum rte_pmd_refdma_port_type {
	RTE_PMD_REFDMA_PORT_NONE = 0,		/**< No port. */
	RTE_PMD_REFDMA_PORT_LOOPBACK = 1,	/**< What is sent comes back. */
	RTE_PMD_REFDMA_PORT_SINK = 2,		/**< Consumes and keeps a checksum. */
	RTE_PMD_REFDMA_PORT_SOURCE = 3,		/**< Produces a counting pattern. */
};

/** What a device is like. */
struct rte_pmd_refdma_info {
	uint32_t version;		/**< Controller revision, major << 16 | minor. */
	uint32_t max_length;		/**< Longest operation in bytes. */
	uint16_t max_sge;		/**< Scatter-gather entries each side. */
	uint16_t max_chunks;		/**< Chunks a frame of an interleaved transfer. */
	uint16_t max_metadata;		/**< Bytes of metadata a transfer; 0: none. */
	uint16_t nb_ports;		/**< Peripheral ports. */
	uint32_t mem_burst;		/**< Bytes between points where a memory copy can pause. */
	uint32_t features;		/**< REFDMA_FEATURE_* bits of the specification. */
	uint64_t local_base;		/**< Device address of local memory. */
	uint64_t local_size;		/**< Bytes of local memory. */
	uint64_t port_base;		/**< Device address of port 0's window. */
	uint32_t port_stride;		/**< Bytes from one port's window to the next. */
	bool is_pci;			/**< On the PCI bus; otherwise the software device. */
};

/** A port's settings and counters. */
struct rte_pmd_refdma_port {
	enum rte_pmd_refdma_port_type type; /**< Kind of port. */
	uint64_t addr;			/**< Device address, for slave transfers. */
	uint64_t rate;			/**< Bytes a second; 0: unpaced. */
	uint32_t frame;			/**< Source: bytes a frame; 0: none. */
	uint32_t width;			/**< Default word in bytes. */
	uint32_t burst;			/**< Default burst in words. */
	uint32_t fifo_size;		/**< Bytes. */
	uint32_t fifo_level;		/**< Bytes waiting. */
	bool running;			/**< A paced port has been started. */
	uint64_t overrun;		/**< Bytes lost because nobody took them in time. */
	uint64_t underrun;		/**< Bytes missing because nobody delivered them in time. */
	uint64_t tx_bytes;		/**< Bytes that DMA wrote to the port. */
	uint64_t rx_bytes;		/**< Bytes that DMA read from the port. */
	uint64_t checksum;		/**< Sink: sum over i of (i + 1) * byte[i], modulo 2^64. */
	uint64_t frames;		/**< Frames ended. */
};

/** Settings of rte_pmd_refdma_port_set(). Rate and frame are always set, 0 included. */
struct rte_pmd_refdma_port_conf {
	uint64_t rate;			/**< Bytes a second; 0: unpaced. Always set. */
	uint32_t frame;			/**< Source: bytes a frame; 0: none. Always set. */
	uint32_t width;			/**< Default word: 1, 2, 4 ... 128 bytes; 0: keep. */
	uint32_t burst;			/**< Default burst in words, 1 to 65535; 0: keep. */
	bool reset;			/**< First empty the FIFO and clear the counters. */
	bool start;			/**< Start a paced port now, not at its first transfer. */
	bool stop;			/**< Stop a paced port. */
};

/** Slave transfer: the direction is from memory to the port. */
#define RTE_PMD_REFDMA_SLAVE_TO_PORT	RTE_BIT32(0)
/** Repeat until aborted or replaced. */
#define RTE_PMD_REFDMA_SLAVE_CYCLIC	RTE_BIT32(1)
/** To the port: end a frame with the last byte. */
#define RTE_PMD_REFDMA_SLAVE_EOF	RTE_BIT32(2)
/** From the port: complete at the end of a frame, even where there is room left. */
#define RTE_PMD_REFDMA_SLAVE_STOP_EOF	RTE_BIT32(3)
/** Ask for a result entry: rte_pmd_refdma_result() after completion. */
#define RTE_PMD_REFDMA_RESULT		RTE_BIT32(4)
/** Interrupt at completion and at the end of each period. */
#define RTE_PMD_REFDMA_IRQ		RTE_BIT32(5)
/** Replace a repeating transfer before it, at the end of a lap. */
#define RTE_PMD_REFDMA_LOAD		RTE_BIT32(6)
/** Ring the doorbell, as RTE_DMA_OP_FLAG_SUBMIT. */
#define RTE_PMD_REFDMA_SUBMIT		RTE_BIT32(7)
/** Interleaved transfer: repeat until aborted or replaced. */
#define RTE_PMD_REFDMA_REPEAT		RTE_PMD_REFDMA_SLAVE_CYCLIC

/** A slave transfer between memory and a port. */
struct rte_pmd_refdma_slave {
	uint32_t flags;			/**< RTE_PMD_REFDMA_* bits. */
	uint16_t width;			/**< Word in bytes; 0: the port's default. */
	uint16_t burst;			/**< Words a burst; 0: the port's default. */
	uint64_t port_addr;		/**< Device address inside the port's window. */
	const struct rte_dma_sge *sge;	/**< Memory side. */
	uint16_t nb_sge;		/**< 1 to max_sge. */
	uint16_t window;		/**< Port window in words, for information. */
	uint32_t period;		/**< Cyclic: bytes a period; 0: the whole buffer. */
	rte_iova_t meta;		/**< Metadata buffer; 0: none. */
	uint32_t meta_length;		/**< To port: bytes to send; from port: bytes of room. */
};

/** A chunk of an interleaved transfer. */
struct rte_pmd_refdma_chunk {
	uint32_t size;			/**< Bytes. */
	uint32_t src_gap;		/**< Bytes skipped at the source afterwards. */
	uint32_t dst_gap;		/**< Bytes skipped at the destination afterwards. */
};

/** An interleaved transfer: frames of chunks. */
struct rte_pmd_refdma_interleaved {
	uint32_t flags;			/**< RTE_PMD_REFDMA_* bits. */
	uint32_t frames;		/**< 1 and more. */
	uint64_t src;			/**< Address of the first source byte. */
	uint64_t dst;			/**< Address of the first destination byte. */
	bool src_dev;			/**< src is a device address. */
	bool dst_dev;			/**< dst is a device address. */
	bool src_inc;			/**< The source moves on from chunk to chunk. */
	bool dst_inc;			/**< The destination moves on from chunk to chunk. */
	uint16_t nb_chunks;		/**< 1 to max_chunks. */
	const struct rte_pmd_refdma_chunk *chunks; /**< The chunks of a frame. */
};

/** How one operation ended. */
struct rte_pmd_refdma_result {
	enum rte_dma_status_code status; /**< As rte_dma_completed_status() reports it. */
	uint8_t code;			/**< The controller's own code (REFDMA_CODE_*). */
	bool eof;			/**< From port: the last byte ended a frame. */
	uint16_t meta_length;		/**< Bytes of metadata received. */
	uint64_t bytes;			/**< Bytes transferred. */
};

/** Errors that can be injected (specification, section 11). */
enum rte_pmd_refdma_inject {
	RTE_PMD_REFDMA_INJECT_NONE = 0,	/**< Disarm; a stalled queue goes on. */
	RTE_PMD_REFDMA_INJECT_FAIL,	/**< The count-th operation fails with code. */
	RTE_PMD_REFDMA_INJECT_STALL,	/**< The queue stops before the count-th operation. */
	RTE_PMD_REFDMA_INJECT_HALT,	/**< The queue halts before the count-th operation. */
	RTE_PMD_REFDMA_INJECT_CORRUPT,	/**< The next completion line is garbage. */
	RTE_PMD_REFDMA_INJECT_DROP_DOORBELL, /**< The next doorbell is lost. */
	RTE_PMD_REFDMA_INJECT_REMOVE,	/**< The whole function disappears: reads are all-ones. */
};

/**
 * Tell whether a dmadev is a refdma device of this process. Any thread.
 *
 * @param dev_id dmadev identifier; any value
 * @return true where it is
 */
bool rte_pmd_refdma_is_refdma(int16_t dev_id);

/**
 * Read what the device is like. Does not wait. Any process.
 *
 * @param dev_id dmadev identifier
 * @param[out] info what the device is like
 * @return 0, -ENODEV, -EINVAL (NULL)
 */
int rte_pmd_refdma_info_get(int16_t dev_id, struct rte_pmd_refdma_info *info);

/**
 * Read a port's settings and counters. Does not wait.
 *
 * @param dev_id dmadev identifier
 * @param port number of the port, below nb_ports of rte_pmd_refdma_info_get()
 * @param[out] info settings and counters
 * @return 0, -ENODEV, -EPERM, -EINVAL (no such port, NULL), -EIO (the device has gone)
 */
int rte_pmd_refdma_port_get(int16_t dev_id, uint16_t port, struct rte_pmd_refdma_port *info);

/**
 * Change a port's settings. They affect what is transferred afterwards; queued slave transfers
 * with a width and burst of their own keep them. Does not wait.
 *
 * @param dev_id dmadev identifier
 * @param port number of the port, below nb_ports of rte_pmd_refdma_info_get()
 * @param conf settings
 * @return 0, -ENODEV, -EPERM, -EINVAL (no such port, NULL, value out of range), -EIO (the device
 *   has gone)
 */
int rte_pmd_refdma_port_set(int16_t dev_id, uint16_t port,
			    const struct rte_pmd_refdma_port_conf *conf);

/**
 * Enqueue a slave transfer. Data path. The vchan's direction does not matter.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @param xfer the transfer; its entries are copied into the ring
 * @return index of the job as rte_dma_copy() returns it; -ENODEV, -EINVAL (NULL, vchan, no or too
 *   many entries, length 0 or over max_length, width that is no power of two up to 128, flags that
 *   do not go together), -ENOTSUP (the controller has no such operation), -ENOSPC (ring full),
 *   -EBUSY (not started), -EIO (queue failed)
 */
int rte_pmd_refdma_slave(int16_t dev_id, uint16_t vchan, const struct rte_pmd_refdma_slave *xfer);

/**
 * Enqueue an interleaved transfer. Data path. The vchan's direction does not matter.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @param xfer the transfer; its chunks are copied into the ring
 * @return index of the job as rte_dma_copy() returns it; -ENODEV, -EINVAL (NULL, vchan, no frame,
 *   no or too many chunks, a chunk of length 0), -ENOTSUP (the controller has no such operation),
 *   -ENOSPC (ring full), -EBUSY (not started), -EIO (queue failed)
 */
int rte_pmd_refdma_interleaved(int16_t dev_id, uint16_t vchan,
			       const struct rte_pmd_refdma_interleaved *xfer);

/**
 * Enqueue an operation that does nothing, for instance to interrupt (RTE_PMD_REFDMA_IRQ) when
 * everything before it is done. Data path.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @param flags RTE_PMD_REFDMA_RESULT, RTE_PMD_REFDMA_IRQ, RTE_PMD_REFDMA_LOAD and
 *   RTE_PMD_REFDMA_SUBMIT
 * @return index of the job as rte_dma_copy() returns it; -ENODEV, -EINVAL (vchan, another flag),
 *   -ENOTSUP (the controller has no such operation), -ENOSPC (ring full), -EBUSY (not started),
 *   -EIO (queue failed)
 */
int rte_pmd_refdma_nop(int16_t dev_id, uint16_t vchan, uint32_t flags);

/**
 * Read how a completed job ended. Data path; valid from the completed() call that reported the
 * job until the ring wraps around to it.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @param ring_idx index of the job
 * @param[out] result how it ended
 * @return 0, -ENODEV, -EINVAL (NULL, vchan, not among the last jobs that completed), -ENOENT (the
 *   job asked for no result and succeeded)
 */
int rte_pmd_refdma_result(int16_t dev_id, uint16_t vchan, uint16_t ring_idx,
			  struct rte_pmd_refdma_result *result);

/**
 * Pause at the next burst boundary: no byte is lost or doubled. Waits for the device.
 * A paused queue accepts jobs and keeps them. 0 where it is paused already.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan), -EBUSY (not started), -EIO (failed, halted or
 *   gone), -ETIMEDOUT
 */
int rte_pmd_refdma_pause(int16_t dev_id, uint16_t vchan);

/**
 * Go on after a pause. Waits for the device.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan, not paused), -EBUSY (not started), -EIO (failed or
 *   gone), -ETIMEDOUT
 */
int rte_pmd_refdma_resume(int16_t dev_id, uint16_t vchan);

/**
 * Stop now: the job under way ends with USER_ABORT, all others that the device knew with
 * NOT_ATTEMPTED; rte_dma_completed_status() reports them. When the call returns, the device
 * touches none of their memory any more. A paused or halted queue runs again afterwards.
 * Waits for the device.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan), -EBUSY (not started), -EIO (failed, halted for good
 *   or gone), -ETIMEDOUT
 */
int rte_pmd_refdma_abort(int16_t dev_id, uint16_t vchan);

/**
 * Where the queue is: a consistent pair. Does not wait.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @param[out] ring_idx the job under way, or the next one
 * @param[out] bytes_left of that job; for a repeating one, of its lap; 0 where none is under way
 * @return 0, -ENODEV, -EPERM, -EINVAL (NULL, vchan), -EBUSY (not started), -EIO (failed or gone)
 */
int rte_pmd_refdma_residue(int16_t dev_id, uint16_t vchan, uint16_t *ring_idx,
			   uint32_t *bytes_left);

/**
 * Periods that repeating jobs have completed since start. Data path.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel
 * @return the count; 0 where it is not a refdma device or the vchan is not set up
 */
uint64_t rte_pmd_refdma_periods(int16_t dev_id, uint16_t vchan);

/**
 * Halt the vchan at the first failed operation instead of going on; rte_dma_vchan_status() then
 * says HALTED_ERROR, and rte_pmd_refdma_abort() makes it usable again. Takes effect at the next
 * rte_dma_start().
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, below max_vchans
 * @param enable whether to halt
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan)
 */
int rte_pmd_refdma_halt_on_error(int16_t dev_id, uint16_t vchan, bool enable);

/**
 * Arm an injected error, and disarm all others of the vchan.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be started, for REMOVE as well
 * @param what the error
 * @param count FAIL, STALL, HALT: which operation from now, 1 is the next to start
 * @param code FAIL, HALT: the controller's status code
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan, no such error), -ENOTSUP (device without injection),
 *   -EBUSY (not started), -EIO (failed or gone)
 */
int rte_pmd_refdma_inject(int16_t dev_id, uint16_t vchan, enum rte_pmd_refdma_inject what,
			  uint32_t count, uint8_t code);

/**
 * File descriptor that becomes readable when an armed vchan interrupts. One for each vchan (where
 * the device has at least as many vectors as vchans; else some share one), created at the first
 * call and closed with the device; read 8 bytes from it before polling. It belongs to the driver:
 * do not close it. Call again after each rte_dma_vchan_setup().
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @return the descriptor, -ENODEV, -EPERM, -EINVAL (vchan), -ENOTSUP (no interrupts on this
 *   transport), or the errno with which the system refused a descriptor
 */
int rte_pmd_refdma_event_fd(int16_t dev_id, uint16_t vchan);

/**
 * Ask for one interrupt at the next completion of a job or period flagged RTE_PMD_REFDMA_IRQ that
 * the last rte_dma_completed() (jobs) or rte_pmd_refdma_periods() (periods) has not seen. A job
 * that fails interrupts without the flag too, and so does a vchan that halts, even where no job
 * completes. If there is one already, it comes at once, so "arm, then poll once more, then sleep"
 * loses nothing; a halt interrupts once. Data path of the primary process.
 *
 * @param dev_id dmadev identifier
 * @param vchan virtual channel, which must be set up
 * @return 0, -ENODEV, -EPERM, -EINVAL (vchan), -ENOTSUP (no rte_pmd_refdma_event_fd() yet), -EBUSY
 *   (not started), -EIO (failed or gone)
 */
int rte_pmd_refdma_event_arm(int16_t dev_id, uint16_t vchan);

#ifdef __cplusplus
}
#endif

#endif /* RTE_PMD_REFDMA_H */
