/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_VFIO_USER_H
#define REFDMA_VFIO_USER_H

/*
 * A client of the vfio-user protocol, version 0.0: as much of it as a DMA controller needs. It
 * trusts nothing that comes back. After the first thing that goes wrong with the connection
 * (the server has gone, has not answered in time, or talks nonsense) it is *lost*: every later
 * call fails at once.
 *
 * Threads: any number of them; calls are serialised. refdma_vfu_is_lost() is one load.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Regions of a PCI device that are not BARs, and the interrupt that is MSI-X. */
#define REFDMA_VFU_REGION_CONFIG 7
#define REFDMA_VFU_IRQ_MSIX	 2

struct refdma_vfu {
	const char *name; /* of the device, for the log */
	int fd;
	unsigned int timeout_ms; /* longest wait for an answer */
	uint16_t next_id;	 /* with the lock held */
	pthread_mutex_t lock;	 /* one message and its answer at a time */
	_Atomic bool lost;
};

/** A region, and the part of it that can be mapped. */
struct refdma_vfu_region {
	uint64_t size;
	uint64_t map_offset, map_size; /* in the region; size 0: none of it */
	uint64_t file_offset;	       /* of the part in the file */
	int fd;			       /* the caller's from now on; -1: none */
};

/**
 * Connect and agree on a version.
 *
 * @return 0, or a negative errno, after a message in the log
 */
int refdma_vfu_open(struct refdma_vfu *vfu, const char *name, const char *path,
		    unsigned int timeout_ms);
void refdma_vfu_close(struct refdma_vfu *vfu);

/** The connection is of no use any more; @p reason goes to the log the first time, or NULL. */
void refdma_vfu_lose(struct refdma_vfu *vfu, const char *reason);

static inline bool
refdma_vfu_is_lost(const struct refdma_vfu *vfu)
{
	return atomic_load_explicit(&vfu->lost, memory_order_acquire);
}

/*
 * Messages. They return 0, the negative errno of the server's refusal, or -EIO after the
 * connection is lost.
 */
int refdma_vfu_device_info(struct refdma_vfu *vfu, uint32_t *regions, uint32_t *irqs);
int refdma_vfu_region_info(struct refdma_vfu *vfu, uint32_t index,
			   struct refdma_vfu_region *region);
int refdma_vfu_irq_count(struct refdma_vfu *vfu, uint32_t index, uint32_t *count);
int refdma_vfu_irq_set(struct refdma_vfu *vfu, uint32_t index, uint32_t vector, int event_fd);
int refdma_vfu_dma_map(struct refdma_vfu *vfu, uint64_t addr, uint64_t length, int fd,
		       uint64_t offset);
int refdma_vfu_dma_unmap(struct refdma_vfu *vfu, uint64_t addr, uint64_t length);
int refdma_vfu_reset(struct refdma_vfu *vfu);
/** Up to 8 bytes. */
int refdma_vfu_read(struct refdma_vfu *vfu, uint32_t region, uint64_t offset, void *data,
		    uint32_t bytes);
/**
 * Up to 8 bytes. It waits until the server has done it, as memory that both share may tell the
 * server more right afterwards; @p posted: it does not wait.
 */
int refdma_vfu_write(struct refdma_vfu *vfu, uint32_t region, uint64_t offset, const void *data,
		     uint32_t bytes, bool posted);

/* Between the two files of the client. */

/** Longest payload of an answer: the handshake's text, a region's capabilities. */
#define VFU_MAX_PAYLOAD 4096u

/** A message, and where its answer goes. */
struct refdma_vfu_call {
	uint16_t command;
	const void *head; /* payload, in two parts */
	size_t head_size;
	const void *data;
	size_t data_size;
	int fd;	      /* to send along; -1: none */
	void *answer; /* payload of the answer */
	size_t answer_min, answer_max;
	size_t answer_size; /* set: what came */
	int answer_fd;	    /* set: the first descriptor that came; -1: none */
};

int refdma_vfu_exchange(struct refdma_vfu *vfu, struct refdma_vfu_call *call, bool posted);
int refdma_vfu_handshake(struct refdma_vfu *vfu);

#endif /* REFDMA_VFIO_USER_H */
