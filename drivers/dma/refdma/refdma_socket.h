/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_SOCKET_H
#define REFDMA_SOCKET_H

/* A device in another process: memory of the primary process. */

#include <pthread.h>

#include "refdma_driver.h"
#include "refdma_vfio_user.h"

struct refdma_socket {
	struct refdma_func *func;
	struct refdma_vfu vfu;
	void *map; /* doorbell pages, memory of the device process */
	size_t map_size;
	uint32_t vectors;
	pthread_t watcher;		/* waits for the end of the connection */
	int stop_fd;			/* readable: the watcher is to end */
	bool watching;
	char mem_event[RTE_DEV_NAME_MAX_LEN];
	pthread_mutex_t fd_lock; /* of the following */
	int event_fd[REFDMA_MSIX_MAX_VECTORS];
};

/* refdma_socket.c */
int refdma_socket_start(struct refdma_func *func, const char *path, unsigned int timeout_ms);
int refdma_socket_check(struct refdma_func *func);
void refdma_socket_stop(struct refdma_func *func);

/* refdma_socket_mem.c: what the device process may access. */
int refdma_socket_share(struct refdma_socket *sock);
void refdma_socket_unshare(struct refdma_socket *sock);
int refdma_socket_map_external(struct refdma_func *func, void *addr, uint64_t iova, size_t length);
int refdma_socket_unmap_external(struct refdma_func *func, uint64_t iova, size_t length);

#endif /* REFDMA_SOCKET_H */
