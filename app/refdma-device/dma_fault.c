/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The signal comes in the middle of an engine's copy, in the engine's thread. The engine goes on
 * with zeros; nobody will look at its results any more.
 *
 * The list of files: the server's thread takes a file off, waits until no engine runs that may have
 * found it, and only then frees it. The handler runs inside an engine's run, so what it finds in
 * the list stays until it returns.
 */

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "dma_fault.h"

static dma_file_list *watched_files;
static _Atomic int watched_fd = -1;
static _Atomic bool happened;

/* Only calls that POSIX allows in a handler, and mmap(2), which is nothing but a system call. */
static void
on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	int saved = errno;
	struct dma_file *file;

	(void)context;
	for (file = atomic_load(watched_files); file != NULL; file = atomic_load(&file->next))
		if (address - (uintptr_t)file->memory < file->length)
			break;
	if (file == NULL ||
	    mmap(file->memory, file->length, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
		/* None of ours: the same instruction faults again, and ends the process. */
		signal(number, SIG_DFL);
		return;
	}
	atomic_store(&happened, true);
	if (atomic_load(&watched_fd) >= 0)
		shutdown(atomic_load(&watched_fd), SHUT_RDWR);
	errno = saved;
}

int
dma_fault_init(dma_file_list *files)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	watched_files = files;
	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) == 0 ? 0 : -errno;
}

void
dma_fault_watch(int fd)
{
	atomic_store(&watched_fd, fd);
}

bool
dma_fault_happened(void)
{
	return atomic_exchange(&happened, false);
}
