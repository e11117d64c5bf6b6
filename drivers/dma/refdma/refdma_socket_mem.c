/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Memory that a device in another process may access: DPDK's own, as files that both map. It is
 * granted as it comes and taken back before it goes; what DPDK does not own is granted by
 * rte_dev_dma_map().
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "refdma_socket.h"

/* Segments that follow each other in memory and in one file are granted together. */
struct run {
	struct refdma_socket *sock;
	uint64_t addr, length, offset;
	int fd;
};

static int
grant(struct run *run)
{
	int ret;

	if (run->length == 0)
		return 0;
	ret = refdma_vfu_dma_map(&run->sock->vfu, run->addr, run->length, run->fd, run->offset);
	if (ret != 0 && !refdma_vfu_is_lost(&run->sock->vfu))
		REFDMA_LOG(ERR,
			   "%s: the device process does not take memory 0x%" PRIx64 "+0x%" PRIx64
			   ": %s; operations on it would fail",
			   run->sock->vfu.name, run->addr, run->length, strerror(-ret));
	run->length = 0;
	return ret;
}

/* With EAL's lock on its memory held. IOVA is VA (the driver insists on it). */
static int
add_segment(struct run *run, const struct rte_memseg *ms)
{
	int fd = rte_memseg_get_fd_thread_unsafe(ms), ret;
	size_t offset = 0;

	if (fd < 0 || rte_memseg_get_fd_offset_thread_unsafe(ms, &offset) != 0) {
		REFDMA_LOG(ERR,
			   "%s: DPDK's memory is in no file that could be shared with the "
			   "device process (%s); start EAL with huge pages or with --no-huge, on a "
			   "kernel that has memfd_create() for them",
			   run->sock->vfu.name, rte_strerror(rte_errno));
		return -ENOTSUP;
	}
	if (run->length != 0 && run->fd == fd && run->addr + run->length == ms->addr_64 &&
	    run->offset + run->length == offset) {
		run->length += ms->len;
		return 0;
	}
	ret = grant(run);
	run->addr = ms->addr_64;
	run->length = ms->len;
	run->offset = offset;
	run->fd = fd;
	return ret;
}

static int
walk_segment(const struct rte_memseg_list *list, const struct rte_memseg *ms, void *arg)
{
	return list->external ? 0 : add_segment(arg, ms);
}

/* New memory: EAL has its lock. */
static int
share_new(struct refdma_socket *sock, const void *addr, size_t length)
{
	const struct rte_memseg_list *list = rte_mem_virt2memseg_list(addr);
	struct run run = { .sock = sock };
	const struct rte_memseg *ms;
	size_t done;
	int ret = 0;

	for (done = 0; ret == 0 && list != NULL && done < length; done += ms->len) {
		ms = rte_mem_virt2memseg(RTE_PTR_ADD(addr, done), list);
		if (ms == NULL || ms->len == 0)
			break;
		ret = add_segment(&run, ms);
	}
	return ret == 0 ? grant(&run) : ret;
}

static void
memory_event(enum rte_mem_event event, const void *addr, size_t length, void *arg)
{
	struct refdma_socket *sock = arg;

	if (refdma_vfu_is_lost(&sock->vfu))
		return;
	if (event == RTE_MEM_EVENT_FREE)
		refdma_vfu_dma_unmap(&sock->vfu, (uintptr_t)addr, length);
	else if (share_new(sock, addr, length) != 0)
		REFDMA_LOG(ERR, "%s: operations on memory %p+0x%zx will fail; use other memory, or "
			   "close the device", sock->vfu.name, addr, length);
}

int
refdma_socket_share(struct refdma_socket *sock)
{
	struct run run = { .sock = sock };
	int ret;

	/* Nothing comes or goes between the two. */
	rte_mcfg_mem_read_lock();
	snprintf(sock->mem_event, sizeof(sock->mem_event), "refdma_%s", sock->vfu.name);
	/* Not supported with --no-huge and --legacy-mem, where no memory comes or goes. */
	if (rte_mem_event_callback_register(sock->mem_event, memory_event, sock) != 0)
		sock->mem_event[0] = '\0';
	ret = rte_memseg_walk_thread_unsafe(walk_segment, &run);
	if (ret == 0)
		ret = grant(&run);
	rte_mcfg_mem_read_unlock();
	return ret;
}

void
refdma_socket_unshare(struct refdma_socket *sock)
{
	if (sock->mem_event[0] != '\0')
		rte_mem_event_callback_unregister(sock->mem_event, sock);
	sock->mem_event[0] = '\0';
}

/* A mapping of this process, as the kernel lists it. */
struct mapping {
	uint64_t start, end, offset;
	dev_t device;
	ino_t inode;
	bool shared;
};

static bool
find_mapping(uint64_t addr, struct mapping *m)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int major_id, minor_id;
	char line[512], rights[8];
	unsigned long inode;
	bool found = false;

	while (maps != NULL && !found && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %lu", &m->start,
			   &m->end, rights, &m->offset, &major_id, &minor_id, &inode) != 7)
			continue;
		found = addr >= m->start && addr < m->end;
		m->device = makedev(major_id, minor_id);
		m->inode = inode;
		m->shared = rights[3] == 's';
	}
	if (maps != NULL)
		fclose(maps);
	return found;
}

/* An open descriptor of the file; it stays its owner's. */
static int
find_fd(const struct mapping *m)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	struct stat st;
	int fd = -1;

	while (dir != NULL && fd < 0 && (entry = readdir(dir)) != NULL) {
		/* By its name: another thread may close it at any time. */
		if (entry->d_name[0] != '.' && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode) && st.st_dev == m->device && st.st_ino == m->inode)
			fd = atoi(entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return fd;
}

/* Memory that the application brought. DPDK keeps no descriptor of it: find one that is open. */
int
refdma_socket_map_external(struct refdma_func *func, void *addr, uint64_t iova, size_t length)
{
	uint64_t start = (uintptr_t)addr;
	struct mapping m;
	int fd = -1;

	if (find_mapping(start, &m) && m.shared && length <= m.end - start)
		fd = find_fd(&m);
	if (fd < 0) {
		REFDMA_LOG(ERR,
			   "%s: %p+0x%zx cannot be shared with the device process: it must "
			   "be one shared mapping of a file (memfd_create() makes one) whose "
			   "descriptor is open",
			   func->device->name, addr, length);
		return -ENOTSUP;
	}
	return refdma_vfu_dma_map(&func->sock->vfu, iova, length, fd, m.offset + start - m.start);
}

int
refdma_socket_unmap_external(struct refdma_func *func, uint64_t iova, size_t length)
{
	return refdma_vfu_dma_unmap(&func->sock->vfu, iova, length);
}
