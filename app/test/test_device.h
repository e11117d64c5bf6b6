/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DEVICE_H
#define TEST_DEVICE_H

/**
 * @file
 * A refdma-device process, a client that speaks its protocol byte by byte, and queues driven over
 * it. One of each at a time; dev_teardown() ends whatever a case has left.
 */

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>

#include "../refdma-device/vfio_user.h"
#include "refdma_hw.h"
#include "test.h"

/** Anything that has to happen happens within this. */
#define DEV_DEADLINE_MS		20000
/** Bus address of the client's memory, and its size. */
#define DEV_RAM			UINT64_C(0x100000000)
#define DEV_RAM_BYTES		(8u << 20)
/** Where cases find space in it, behind the queues. */
#define DEV_DATA		(1u << 20)
/** What dev_call() returns where the server has closed the connection. */
#define DEV_CLOSED		(-1000)

struct dev {
	pid_t pid;
	char dir[64];
	char path[96];		/* of the socket */
	int out, err;		/* the server's */
	char text[16384];	/* what it has printed on standard output */
	char log[65536];	/* and on standard error */
	int fd;			/* connection */
	uint16_t id;		/* of the last message */
	int ram_fd;
	uint8_t *ram;
	uint8_t *doorbells;
	size_t doorbell_bytes;
};

extern struct dev dev;

/** A queue of the device. */
struct dev_queue {
	unsigned int channel, queue;
	uint32_t base;			/* of its registers */
	size_t ring, cpl, sts;		/* in the client's memory */
	uint32_t tail;
};

#define DEV_RING_LOG2	8

/** dev_start() with options, as in DEV_START("--keep"), after a default. */
#define DEV_START(...) \
	dev_start((const char *const[]){ "--spin", "200", ##__VA_ARGS__, NULL })

/** Start a server and wait until it says that it is ready. */
int dev_start(const char *const options[]);
/** Start it without --socket and wait for its end. @return its exit status, or -1 */
int dev_run(const char *const options[]);
/** Wait for the end of the server. @return its exit status, or -1 where it does not end */
int dev_end(void);
/** SIGTERM, and the end with status 0. */
int dev_stop(void);
/** End everything. */
void dev_teardown(void);
/** Open descriptors of the server, and lines of its memory map that name @p text. */
int dev_server_fds(void);
int dev_server_maps(const char *text);

/** Connect, without a word. */
int dev_connect(void);
/** Connect, shake hands, share the memory, enable the bus master, map the doorbells. */
int dev_attach(void);
/** Start a server, and attach to it. */
int dev_open(void);
/** Close the connection. */
void dev_detach(void);

/** Send a message. @return TEST_OK or TEST_FAILED */
int dev_send(unsigned int command, uint32_t flags, const void *payload, size_t size,
	     const int *fds, unsigned int nb_fds);
/** Send bytes as they are. */
int dev_send_raw(const void *bytes, size_t size);
/**
 * Receive a reply.
 *
 * @param room bytes of payload that fit
 * @param fd where a descriptor goes that comes along; -1: none came. NULL: closes it
 * @return bytes of payload, -errno of the reply, or DEV_CLOSED
 */
int dev_receive(void *payload, size_t room, int *fd);
/** Send and receive, without descriptors. */
int dev_call(unsigned int command, const void *payload, size_t size, void *reply, size_t room);
/** The same with descriptors to send. */
int dev_call_fds(unsigned int command, const void *payload, size_t size, const int *fds,
		 unsigned int nb_fds);

int dev_version(const char *capabilities);
int dev_map(uint64_t address, uint64_t size, uint32_t flags, int fd, uint64_t offset);
int dev_unmap(uint64_t address, uint64_t size);
int dev_reset(void);
int dev_irqs(uint32_t flags, uint32_t start, uint32_t count, const int *fds, unsigned int nb_fds);

/** Access to regions; reads that fail return all-ones. */
uint64_t dev_read(unsigned int region, uint64_t offset, unsigned int size);
int dev_write(unsigned int region, uint64_t offset, unsigned int size, uint64_t value);
uint32_t dev_reg(uint32_t offset);
/** The server is still there, and understands. */
int dev_expect_alive(void);
int dev_set_reg(uint32_t offset, uint32_t value);
int dev_bus_master(bool on);
/** Have the function answer accesses to its BARs; the rest of the command register stays. */
int dev_memory_space(bool on);

/** Enable a queue, whose memory is at a place of its own in the client's memory. */
int dev_queue_open(struct dev_queue *q, unsigned int channel, unsigned int queue);
/** Write its registers and ENABLE, and wait; the state is the case's to look at. */
int dev_queue_enable(struct dev_queue *q, unsigned int channel, unsigned int queue);
/** Write a descriptor of one slot. */
void dev_push(struct dev_queue *q, unsigned int op, uint64_t src, uint64_t dst, uint32_t length,
	      uint16_t flags);
/** Ring the doorbell in memory. @return whether the device asks to be woken */
bool dev_doorbell(struct dev_queue *q);
/** Ring the doorbell in memory, and wake the device where it asks for that. */
int dev_ring(struct dev_queue *q);
/** Operations completed. */
uint32_t dev_done(const struct dev_queue *q);
/** Wait until so many operations have completed. */
int dev_wait(const struct dev_queue *q, uint32_t operations);
/** Status code of an operation, from the status ring. */
unsigned int dev_code(const struct dev_queue *q, uint32_t operation);
/** One copy inside the client's memory; what became of it. */
int dev_copy(struct dev_queue *q, uint64_t src, uint64_t dst, uint32_t length,
	     unsigned int *code);
/** The state of a queue. */
unsigned int dev_state(const struct dev_queue *q);
/** Open a queue and move some bytes. */
int dev_queue_usable(unsigned int channel, unsigned int queue);
/** Attach, open queue 0.0 and move some bytes: everything works. */
int dev_usable(void);

#endif /* TEST_DEVICE_H */
