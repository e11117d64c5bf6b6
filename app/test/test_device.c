/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The server's process, and the client's side of the protocol. */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_device.h"

#define MAX_ARGS	32
#define MAX_FDS		80

extern char **environ;

struct dev dev = { .out = -1, .err = -1, .fd = -1, .ram_fd = -1 };

/* Take what the server has printed. @return whether more may come */
static bool
drain(int fd, char *text, size_t room)
{
	size_t length = strlen(text);
	ssize_t n;

	if (length + 1 >= room)
		return false;
	n = read(fd, text + length, room - 1 - length);
	if (n > 0)
		text[length + n] = '\0';
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static void
drain_both(void)
{
	if (dev.out >= 0)
		drain(dev.out, dev.text, sizeof(dev.text));
	if (dev.err >= 0)
		drain(dev.err, dev.log, sizeof(dev.log));
}

/* Line by line, since a sanitizer's report has many. */
static void
note_log(void)
{
	char *line, *state;

	for (line = strtok_r(dev.log, "\n", &state); line != NULL;
	     line = strtok_r(NULL, "\n", &state))
		test_note("%s", line);
}

static int
spawn(const char *const options[], const char *path)
{
	char *program = getenv("REFDMA_DEVICE"), *argv[MAX_ARGS];
	posix_spawn_file_actions_t actions;
	int out[2], err[2], argc = 0, ret;

	if (program == NULL) {
		test_note("REFDMA_DEVICE does not name the server");
		return TEST_FAILED;
	}
	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		return TEST_FAILED;
	argv[argc++] = program;
	if (path != NULL) {
		argv[argc++] = (char *)(uintptr_t)"--socket";
		argv[argc++] = (char *)(uintptr_t)path;
	}
	for (unsigned int i = 0; options[i] != NULL && argc < MAX_ARGS - 1; i++)
		argv[argc++] = (char *)(uintptr_t)options[i];
	argv[argc] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
	ret = posix_spawn(&dev.pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	close(err[1]);
	dev.out = out[0];
	dev.err = err[0];
	fcntl(dev.out, F_SETFL, O_NONBLOCK);
	fcntl(dev.err, F_SETFL, O_NONBLOCK);
	dev.text[0] = '\0';
	dev.log[0] = '\0';
	if (ret != 0) {
		dev.pid = 0;
		test_note("%s: %s", program, strerror(ret));
		return TEST_FAILED;
	}
	return TEST_OK;
}

int
dev_start(const char *const options[])
{
	const char *tmp = getenv("TMPDIR");
	bool ended = false;

	snprintf(dev.dir, sizeof(dev.dir), "%s/refdma-device-XXXXXX", tmp != NULL ? tmp : "/tmp");
	TEST_ASSERT(mkdtemp(dev.dir) != NULL);
	snprintf(dev.path, sizeof(dev.path), "%s/socket", dev.dir);
	TEST_CALL(spawn(options, dev.path));
	TEST_WAIT((drain_both(), strchr(dev.text, '\n') != NULL ||
		   (ended = waitpid(dev.pid, NULL, WNOHANG) == dev.pid)), DEV_DEADLINE_MS);
	/* What has been waited for is nobody to kill. */
	if (ended)
		dev.pid = 0;
	if (strstr(dev.text, ": ready on ") == NULL) {
		drain_both();
		note_log();
		return TEST_FAILED;
	}
	return TEST_OK;
}

int
dev_run(const char *const options[])
{
	if (spawn(options, NULL) != TEST_OK)
		return -1;
	return dev_end();
}

int
dev_end(void)
{
	uint64_t deadline = test_now_ns() + (uint64_t)DEV_DEADLINE_MS * 1000000;
	int status;
	pid_t pid;

	do {
		drain_both();
		pid = waitpid(dev.pid, &status, WNOHANG);
	} while (pid == 0 && test_now_ns() < deadline);
	if (pid != dev.pid)
		return -1;
	dev.pid = 0;
	drain_both();
	if (!WIFEXITED(status))
		test_note("the server died of signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) > 2)
		note_log();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
dev_stop(void)
{
	TEST_ASSERT(dev.pid > 0);
	TEST_ASSERT_EQ(kill(dev.pid, SIGTERM), 0);
	TEST_ASSERT_EQ(dev_end(), 0);
	return TEST_OK;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * A server that a case leaves behind is told to end, not killed: sanitizers report at the end. One
 * that does not end well has a fault, whatever its case has seen.
 */
static void
end_server(void)
{
	int status;

	kill(dev.pid, SIGTERM);
	status = dev_end();
	if (status == 0)
		return;
	if (dev.pid > 0) {
		kill(dev.pid, SIGKILL);
		waitpid(dev.pid, NULL, 0);
		dev.pid = 0;
	}
	note_log();
	test_bail_out("The server of the case has ended with status %d", status);
}

void
dev_teardown(void)
{
	dev_detach();
	if (dev.pid > 0)
		end_server();
	close_fd(&dev.out);
	close_fd(&dev.err);
	if (dev.dir[0] != '\0') {
		unlink(dev.path);
		rmdir(dev.dir);
		dev.dir[0] = '\0';
	}
}

int
dev_server_fds(void)
{
	char path[64];
	int count = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)dev.pid);
	fds = opendir(path);
	if (fds == NULL)
		return -1;
	while (readdir(fds) != NULL)
		count++;
	closedir(fds);
	return count;
}

int
dev_server_maps(const char *text)
{
	char path[64], line[512];
	int count = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)dev.pid);
	maps = fopen(path, "r");
	if (maps == NULL)
		return -1;
	while (fgets(line, sizeof(line), maps) != NULL)
		count += strstr(line, text) != NULL;
	fclose(maps);
	return count;
}

int
dev_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", dev.path);
	dev.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	TEST_ASSERT(dev.fd >= 0);
	TEST_ASSERT_EQ(connect(dev.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return TEST_OK;
}

static int
map_doorbells(void)
{
	struct {
		struct vfio_user_region_info info;
		struct vfio_user_sparse_mmap sparse;
	} region = { .info = { .argsz = sizeof(region), .index = REFDMA_BAR_DOORBELL } };
	int fd = -1;

	TEST_CALL(dev_send(VFIO_USER_DEVICE_GET_REGION_INFO, 0, &region, sizeof(region.info),
			   NULL, 0));
	TEST_ASSERT_EQ(dev_receive(&region, sizeof(region), &fd), sizeof(region));
	TEST_ASSERT(fd >= 0);
	dev.doorbell_bytes = region.sparse.area[0].size;
	dev.doorbells = mmap(NULL, dev.doorbell_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			     region.info.offset + region.sparse.area[0].offset);
	close(fd);
	TEST_ASSERT(dev.doorbells != MAP_FAILED);
	return TEST_OK;
}

int
dev_attach(void)
{
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_version("{\"capabilities\":{\"max_msg_fds\":8}}") > 0);
	if (dev.ram_fd < 0) {
		dev.ram_fd = memfd_create("client-ram", MFD_CLOEXEC);
		TEST_ASSERT(dev.ram_fd >= 0);
		TEST_ASSERT_EQ(ftruncate(dev.ram_fd, DEV_RAM_BYTES), 0);
		dev.ram = mmap(NULL, DEV_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			       dev.ram_fd, 0);
		TEST_ASSERT(dev.ram != MAP_FAILED);
	}
	TEST_ASSERT_EQ(dev_map(DEV_RAM, DEV_RAM_BYTES, VFIO_USER_DMA_READ | VFIO_USER_DMA_WRITE,
			       dev.ram_fd, 0), 0);
	TEST_CALL(dev_bus_master(true));
	return map_doorbells();
}

int
dev_open(void)
{
	TEST_CALL(DEV_START());
	return dev_attach();
}

void
dev_detach(void)
{
	close_fd(&dev.fd);
	close_fd(&dev.ram_fd);
	if (dev.ram != NULL && dev.ram != MAP_FAILED)
		munmap(dev.ram, DEV_RAM_BYTES);
	if (dev.doorbells != NULL && dev.doorbells != MAP_FAILED)
		munmap(dev.doorbells, dev.doorbell_bytes);
	dev.ram = NULL;
	dev.doorbells = NULL;
}

int
dev_send(unsigned int command, uint32_t flags, const void *payload, size_t size, const int *fds,
	 unsigned int nb_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	struct vfio_user_header header = {
		.id = ++dev.id,
		.command = command,
		.size = sizeof(header) + size,
		.flags = flags,
	};
	struct iovec parts[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	struct cmsghdr *entry;

	if (nb_fds != 0) {
		memset(control, 0, sizeof(control));
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * nb_fds);
		entry = CMSG_FIRSTHDR(&message);
		entry->cmsg_level = SOL_SOCKET;
		entry->cmsg_type = SCM_RIGHTS;
		entry->cmsg_len = CMSG_LEN(sizeof(int) * nb_fds);
		memcpy(CMSG_DATA(entry), fds, sizeof(int) * nb_fds);
	}
	TEST_ASSERT_EQ(sendmsg(dev.fd, &message, MSG_NOSIGNAL), sizeof(header) + size);
	return TEST_OK;
}

int
dev_send_raw(const void *bytes, size_t size)
{
	TEST_ASSERT_EQ(send(dev.fd, bytes, size, MSG_NOSIGNAL), size);
	return TEST_OK;
}

/* @return whether all of it came */
static bool
receive_bytes(void *bytes, size_t size, int *fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct pollfd ready = { .fd = dev.fd, .events = POLLIN };
	struct cmsghdr *entry;
	ssize_t n;

	while (part.iov_len > 0) {
		if (poll(&ready, 1, DEV_DEADLINE_MS) != 1) {
			test_note("no reply");
			return false;
		}
		message.msg_controllen = sizeof(control);
		n = recvmsg(dev.fd, &message, MSG_CMSG_CLOEXEC);
		if (n <= 0)
			return false;
		entry = CMSG_FIRSTHDR(&message);
		if (entry != NULL && entry->cmsg_type == SCM_RIGHTS)
			memcpy(fd, CMSG_DATA(entry), sizeof(*fd));
		part.iov_base = (char *)part.iov_base + n;
		part.iov_len -= n;
	}
	return true;
}

int
dev_receive(void *payload, size_t room, int *fd)
{
	struct vfio_user_header header;
	int came = -1;

	if (!receive_bytes(&header, sizeof(header), &came))
		return DEV_CLOSED;
	if (fd != NULL)
		*fd = came;
	else if (came >= 0)
		close(came);
	if (header.id != dev.id || (header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_REPLY) {
		test_note("reply %u to message %u, flags 0x%x", header.id, dev.id, header.flags);
		return DEV_CLOSED;
	}
	/* An error has an errno, the flag, and nothing else. */
	if (((header.flags & VFIO_USER_ERROR) != 0) != (header.error != 0) ||
	    (header.error != 0 && header.size != sizeof(header)))
		return DEV_CLOSED;
	if (header.error != 0)
		return -(int)header.error;
	if (header.size - sizeof(header) > room) {
		test_note("a reply of %u bytes to command %u", header.size, header.command);
		return DEV_CLOSED;
	}
	if (!receive_bytes(payload, header.size - sizeof(header), &came))
		return DEV_CLOSED;
	return header.size - sizeof(header);
}

int
dev_call(unsigned int command, const void *payload, size_t size, void *reply, size_t room)
{
	if (dev_send(command, 0, payload, size, NULL, 0) != TEST_OK)
		return DEV_CLOSED;
	return dev_receive(reply, room, NULL);
}

int
dev_call_fds(unsigned int command, const void *payload, size_t size, const int *fds,
	     unsigned int nb_fds)
{
	uint8_t reply[256];

	if (dev_send(command, 0, payload, size, fds, nb_fds) != TEST_OK)
		return DEV_CLOSED;
	return dev_receive(reply, sizeof(reply), NULL);
}
