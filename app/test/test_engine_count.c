/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* See test_engine_count.h. The program's own definitions come before those of the libraries, for
 * the libraries too; they count and go on to the next one in the order of loading.
 */

#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>

#include "test_engine_count.h"
#include "test_engine_fail.h"

static _Atomic bool counting;
static _Atomic uint64_t heap, dpdk, mutexes, calls;
static _Atomic int last_call;

static void
count(_Atomic uint64_t *counter)
{
	if (atomic_load_explicit(&counting, memory_order_relaxed))
		atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* A function of a library: declared here because its header gives attributes that do not fit. */
#define NEXT(type, name, ...) \
	typedef type name##_function(__VA_ARGS__); \
	static name##_function *_Atomic next; \
	if (next == NULL) \
		next = (name##_function *)dlsym(RTLD_NEXT, #name)

#define DPDK_ALLOCATOR(name) \
	void *name(const char *type, size_t size, unsigned int align); \
	void * \
	name(const char *type, size_t size, unsigned int align) \
	{ \
		NEXT(void *, name, const char *, size_t, unsigned int); \
		count(&dpdk); \
		return fail_now(FAIL_DPDK_MEMORY) ? NULL : next(type, size, align); \
	}

#define DPDK_SOCKET_ALLOCATOR(name) \
	void *name(const char *type, size_t size, unsigned int align, int socket); \
	void * \
	name(const char *type, size_t size, unsigned int align, int socket) \
	{ \
		NEXT(void *, name, const char *, size_t, unsigned int, int); \
		count(&dpdk); \
		return fail_now(FAIL_DPDK_MEMORY) ? NULL : next(type, size, align, socket); \
	}

DPDK_ALLOCATOR(rte_malloc)
DPDK_ALLOCATOR(rte_zmalloc)
DPDK_SOCKET_ALLOCATOR(rte_malloc_socket)
DPDK_SOCKET_ALLOCATOR(rte_zmalloc_socket)

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

int
count_supported(void)
{
	return -ENOTSUP;
}

#else

int
count_supported(void)
{
	return 0;
}

/* Not from <stdlib.h>, whose attributes are for the C library's own. */
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

/* The C library's own names: finding the next definition would need memory itself. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *
malloc(size_t size)
{
	count(&heap);
	return fail_now(FAIL_HEAP) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	count(&heap);
	return fail_now(FAIL_HEAP) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	count(&heap);
	return fail_now(FAIL_HEAP) ? NULL : __libc_realloc(p, size);
}

int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
	NEXT(int, pthread_mutex_lock, pthread_mutex_t *);
	count(&mutexes);
	return next(mutex);
}

int
pthread_spin_lock(pthread_spinlock_t *lock)
{
	NEXT(int, pthread_spin_lock, pthread_spinlock_t *);
	count(&mutexes);
	return next(lock);
}

#endif

void
count_begin(void)
{
	atomic_store(&heap, 0);
	atomic_store(&dpdk, 0);
	atomic_store(&mutexes, 0);
	atomic_store(&calls, 0);
	atomic_store(&last_call, -1);
	atomic_store(&counting, true);
}

struct count_totals
count_end(void)
{
	atomic_store(&counting, false);
	return (struct count_totals){
		.heap = atomic_load(&heap),
		.dpdk = atomic_load(&dpdk),
		.mutexes = atomic_load(&mutexes),
		.calls = atomic_load(&calls),
		.last_call = atomic_load(&last_call),
	};
}

/* The kernel tells of each call; it goes on as if nothing had been. */
static void *
watch(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct seccomp_notif call;
	struct seccomp_notif_resp answer;

	for (;;) {
		call = (struct seccomp_notif){ 0 };
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return NULL;
		}
		if (atomic_load(&counting))
			atomic_store(&last_call, call.data.nr);
		count(&calls);
		answer = (struct seccomp_notif_resp){
			.id = call.id,
			.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
		};
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

struct watcher {
	_Atomic int fd;
	_Atomic bool ready;
};

static void *
watch_when_known(void *arg)
{
	struct watcher *watcher = arg;
	int fd;

	while ((fd = atomic_load(&watcher->fd)) == -1)
		;
	atomic_store(&watcher->ready, true);
	return fd < 0 ? NULL : watch((void *)(intptr_t)fd);
}

int
count_watch_this_thread(void)
{
	struct sock_filter all[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	const struct sock_fprog program = { RTE_DIM(all), all };
	struct watcher watcher = { -1, false };
	pthread_t thread;
	long fd;
	int ret;

	/* The watcher first: from the next call on, this thread needs it. */
	ret = pthread_create(&thread, NULL, watch_when_known, &watcher);
	if (ret != 0)
		return -ret;
	pthread_detach(thread);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fd = -1;
	else
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	ret = fd >= 0 ? 0 : -errno;
	atomic_store(&watcher.fd, fd >= 0 ? (int)fd : -2);
	while (!atomic_load(&watcher.ready))
		;
	return ret;
}
