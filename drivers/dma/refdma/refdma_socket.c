/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A device in another process, behind a vfio-user socket. Registers are messages; doorbells are
 * memory of that process, queues and data are memory of this one, so that the data path is the
 * same as ever and sends nothing.
 */

#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "refdma_socket.h"

/* Of the PCI configuration space. */
#define PCI_COMMAND_REG	 4
#define PCI_COMMAND_BITS 0x6 /* memory space, bus master */

static void
bus_read(struct refdma_func *func, uint32_t offset, void *value, uint32_t bytes)
{
	/* What is not there reads as all-ones, as on a bus. */
	if (refdma_vfu_read(&func->sock->vfu, REFDMA_BAR_REGS, offset, value, bytes) != 0)
		memset(value, 0xff, bytes);
}

static uint32_t
bus_read32(struct refdma_func *func, uint32_t offset)
{
	uint32_t value;

	bus_read(func, offset, &value, sizeof(value));
	return value;
}

static uint64_t
bus_read64(struct refdma_func *func, uint32_t offset)
{
	uint64_t value;

	bus_read(func, offset, &value, sizeof(value));
	return value;
}

/* The data path writes this one register, and goes on. */
static bool
is_wake(uint32_t offset)
{
	return offset >= REFDMA_CHANNEL_BASE && offset < REFDMA_PORT_REG_BASE &&
	       offset % REFDMA_CHANNEL_STRIDE == REFDMA_CH_WAKE;
}

static void
bus_write32(struct refdma_func *func, uint32_t offset, uint32_t value)
{
	refdma_vfu_write(&func->sock->vfu, REFDMA_BAR_REGS, offset, &value, sizeof(value),
			 is_wake(offset));
}

static void
bus_write64(struct refdma_func *func, uint32_t offset, uint64_t value)
{
	refdma_vfu_write(&func->sock->vfu, REFDMA_BAR_REGS, offset, &value, sizeof(value), false);
}

static int
make_event_fd(struct refdma_socket *sock, unsigned int vector)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), ret;

	if (fd < 0)
		return -errno;
	ret = refdma_vfu_irq_set(&sock->vfu, REFDMA_VFU_IRQ_MSIX, vector, fd);
	if (ret != 0) {
		REFDMA_LOG(ERR, "%s: the device process does not take an event for vector %u: %s; "
			   "poll instead of sleeping", sock->vfu.name, vector, strerror(-ret));
		close(fd);
		return ret;
	}
	return fd;
}

static int
bus_event_fd(struct refdma_func *func, unsigned int vector)
{
	struct refdma_socket *sock = func->sock;
	int fd;

	if (vector >= RTE_DIM(sock->event_fd))
		return -ENOTSUP;
	pthread_mutex_lock(&sock->fd_lock);
	fd = sock->event_fd[vector];
	if (fd < 0) {
		fd = make_event_fd(sock, vector);
		if (fd >= 0)
			sock->event_fd[vector] = fd;
	}
	pthread_mutex_unlock(&sock->fd_lock);
	return fd;
}

static const struct refdma_bus_ops socket_bus = {
	.read32 = bus_read32,
	.read64 = bus_read64,
	.write32 = bus_write32,
	.write64 = bus_write64,
	.event_fd = bus_event_fd,
};

/*
 * The connection has ended. The data path looks at `lost` with its empty polls, so it needs no
 * system call; whoever sleeps until an event is woken to look.
 */
static void
hung_up(struct refdma_socket *sock)
{
	const uint64_t one = 1;

	refdma_vfu_lose(&sock->vfu, "the process has ended");
	atomic_store_explicit(&sock->func->lost, true, memory_order_release);
	pthread_mutex_lock(&sock->fd_lock);
	for (unsigned int i = 0; i < RTE_DIM(sock->event_fd); i++)
		/* A full counter is as good as one more. */
		if (sock->event_fd[i] >= 0 && write(sock->event_fd[i], &one, sizeof(one)) < 0)
			continue;
	pthread_mutex_unlock(&sock->fd_lock);
}

/* Sleeps until the connection ends, or the device is removed. */
static void *
watch(void *arg)
{
	struct refdma_socket *sock = arg;
	struct pollfd fds[2] = {
		{ .fd = sock->vfu.fd, .events = POLLRDHUP },
		{ .fd = sock->stop_fd, .events = POLLIN },
	};
	int ret;

	do
		ret = poll(fds, RTE_DIM(fds), -1);
	while (ret < 0 && errno == EINTR);
	if (fds[1].revents == 0)
		hung_up(sock);
	return NULL;
}

static int
start_watch(struct refdma_socket *sock)
{
	int ret;

	sock->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sock->stop_fd < 0)
		return -errno;
	ret = refdma_thread_start(&sock->watcher, watch, sock, "refdma-socket");
	sock->watching = ret == 0;
	return ret;
}

static void
stop_watch(struct refdma_socket *sock)
{
	const uint64_t one = 1;

	if (sock->watching && write(sock->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(sock->watcher, NULL);
	if (sock->stop_fd >= 0)
		close(sock->stop_fd);
}

static int
map_doorbells(struct refdma_socket *sock, const struct refdma_vfu_region *region)
{
	struct stat st;
	void *map;

	if (region->fd < 0 || region->map_size == 0 || region->map_offset != 0 ||
	    region->map_size > SIZE_MAX / 2 || region->file_offset > INT64_MAX / 2) {
		REFDMA_LOG(ERR,
			   "%s: the device process does not share its doorbell pages (BAR %d, "
			   "from offset 0, as a mappable area with a descriptor); use "
			   "refdma-device, or a server that does",
			   sock->vfu.name, REFDMA_BAR_DOORBELL);
		return -ENOTSUP;
	}
	/* A file that ends earlier would be a signal at the first doorbell. */
	if (fstat(region->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size < region->file_offset + region->map_size) {
		REFDMA_LOG(ERR, "%s: the file of the doorbell pages is too short; it must hold "
			   "all of what the device process says", sock->vfu.name);
		return -EINVAL;
	}
	map = mmap(NULL, region->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, region->fd,
		   region->file_offset);
	if (map == MAP_FAILED) {
		REFDMA_LOG(ERR, "%s: doorbell pages are not mappable: %s; the device process must "
			   "share them for reading and writing", sock->vfu.name,
			   strerror(errno));
		return -errno;
	}
	sock->map = map;
	sock->map_size = region->map_size;
	sock->func->doorbells = map;
	return 0;
}

static int
find_regions(struct refdma_socket *sock)
{
	struct refdma_vfu_region regs, doorbells = { .fd = -1 };
	uint32_t regions, irqs;
	int ret;

	ret = refdma_vfu_device_info(&sock->vfu, &regions, &irqs);
	if (ret == 0)
		ret = refdma_vfu_region_info(&sock->vfu, REFDMA_BAR_REGS, &regs);
	if (ret != 0)
		return ret;
	if (regs.fd >= 0)
		close(regs.fd);
	if (regions <= REFDMA_VFU_REGION_CONFIG || regs.size < REFDMA_BAR_REGS_SIZE) {
		REFDMA_LOG(ERR, "%s: no PCI device, or BAR %d has less than 0x%x bytes; is it a "
			   "RefDMA controller?", sock->vfu.name, REFDMA_BAR_REGS,
			   REFDMA_BAR_REGS_SIZE);
		return -ENODEV;
	}
	ret = refdma_vfu_region_info(&sock->vfu, REFDMA_BAR_DOORBELL, &doorbells);
	if (ret == 0)
		ret = map_doorbells(sock, &doorbells);
	if (doorbells.fd >= 0)
		close(doorbells.fd);
	if (ret == 0 && irqs > REFDMA_VFU_IRQ_MSIX)
		ret = refdma_vfu_irq_count(&sock->vfu, REFDMA_VFU_IRQ_MSIX, &sock->vectors);
	return ret;
}

/* Section 12: whatever ran before us is forgotten. Section 2.1: it masters the bus from now on. */
static int
reset_and_enable(struct refdma_socket *sock)
{
	uint16_t command;
	int ret;

	ret = refdma_vfu_reset(&sock->vfu);
	if (ret == 0)
		ret = refdma_vfu_read(&sock->vfu, REFDMA_VFU_REGION_CONFIG, PCI_COMMAND_REG,
				      &command, sizeof(command));
	if (ret != 0)
		return ret;
	command |= PCI_COMMAND_BITS;
	return refdma_vfu_write(&sock->vfu, REFDMA_VFU_REGION_CONFIG, PCI_COMMAND_REG, &command,
				sizeof(command), false);
}

int
refdma_socket_start(struct refdma_func *func, const char *path, unsigned int timeout_ms)
{
	struct refdma_socket *sock = calloc(1, sizeof(*sock));
	int ret;

	if (sock == NULL)
		return -ENOMEM;
	ret = refdma_vfu_open(&sock->vfu, func->device->name, path, timeout_ms);
	if (ret != 0) {
		free(sock);
		return ret;
	}
	sock->func = func;
	sock->stop_fd = -1;
	pthread_mutex_init(&sock->fd_lock, NULL);
	for (unsigned int i = 0; i < RTE_DIM(sock->event_fd); i++)
		sock->event_fd[i] = -1;
	func->sock = sock;
	func->bus = &socket_bus;
	/* A sleeping device's barrier must reach this process (section 8.3). */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	ret = start_watch(sock);
	if (ret == 0)
		ret = find_regions(sock);
	if (ret == 0)
		ret = reset_and_enable(sock);
	if (ret == 0)
		ret = refdma_socket_share(sock);
	if (ret != 0) {
		REFDMA_LOG(ERR, "%s: socket=%s: the device cannot be used: %s; the messages before "
			   "this one say why", func->device->name, path, strerror(-ret));
		refdma_socket_stop(func);
	}
	return ret;
}

/* What the registers say against what the process offers. */
int
refdma_socket_check(struct refdma_func *func)
{
	size_t need = (size_t)func->caps.channels * REFDMA_DOORBELL_PAGE_SIZE;

	if (func->sock->map_size < need) {
		REFDMA_LOG(ERR, "%s: %u channels, but only 0x%zx bytes of doorbell pages; section "
			   "3.5 of the specification says how many", func->device->name,
			   func->caps.channels, func->sock->map_size);
		return -ENODEV;
	}
	func->caps.vectors = RTE_MIN((uint32_t)func->caps.vectors, func->sock->vectors);
	return 0;
}

void
refdma_socket_stop(struct refdma_func *func)
{
	struct refdma_socket *sock = func->sock;

	if (sock == NULL)
		return;
	stop_watch(sock);
	refdma_socket_unshare(sock);
	refdma_vfu_close(&sock->vfu);
	if (sock->map != NULL)
		munmap(sock->map, sock->map_size);
	for (unsigned int i = 0; i < RTE_DIM(sock->event_fd); i++)
		if (sock->event_fd[i] >= 0)
			close(sock->event_fd[i]);
	pthread_mutex_destroy(&sock->fd_lock);
	func->sock = NULL;
	free(sock);
}
