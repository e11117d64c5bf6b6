/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device as a child of a suite. */

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "test_socket.h"

#define MAX_OPTIONS	48
#define DEADLINE_MS	20000

extern char **environ;

static const char *
program(char *path, size_t room)
{
	const char *named = getenv("REFDMA_DEVICE"), *dir = getenv("REFDMA_APP_DIR");

	if (named != NULL)
		return named;
	snprintf(path, room, "%s/bin/refdma-device", dir != NULL ? dir : ".");
	return path;
}

/*
 * A race that ThreadSanitizer sees ends the process at once: it would not count in a process that
 * is killed later, as some cases do.
 */
static void
end_at_first_race(void)
{
	const char *options = getenv("TSAN_OPTIONS");
	static bool done;
	char stricter[512];

	if (done)
		return;
	done = true;
	snprintf(stricter, sizeof(stricter), "%s:halt_on_error=1", options != NULL ? options : "");
	setenv("TSAN_OPTIONS", stricter, 1);
}

/* The child runs on any CPU, not on the one that EAL pinned this thread to. */
static int
spawn_anywhere(pid_t *pid, const char *file, posix_spawn_file_actions_t *actions, char **argv)
{
	cpu_set_t own, all;
	int ret;

	memset(&all, 0xff, sizeof(all));
	sched_getaffinity(0, sizeof(own), &own);
	sched_setaffinity(0, sizeof(all), &all);
	ret = posix_spawn(pid, file, actions, NULL, argv, environ);
	sched_setaffinity(0, sizeof(own), &own);
	return ret;
}

/* It prints a line when clients can connect. */
static int
wait_ready(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[256];
	ssize_t n;

	TEST_ASSERT_EQ(poll(&ready, 1, DEADLINE_MS), 1);
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	TEST_ASSERT(strstr(text, "ready on") != NULL);
	return TEST_OK;
}

int
socket_server_again(struct socket_server *server, const char *const options[])
{
	char path[256], *argv[MAX_OPTIONS + 4];
	const char *file = program(path, sizeof(path));
	posix_spawn_file_actions_t actions;
	int out[2], argc = 0, ret;

	end_at_first_race();
	if (pipe2(out, O_CLOEXEC) != 0)
		return TEST_FAILED;
	argv[argc++] = (char *)(uintptr_t)file;
	argv[argc++] = (char *)(uintptr_t)"--socket";
	argv[argc++] = server->path;
	for (unsigned int i = 0; options != NULL && options[i] != NULL && i < MAX_OPTIONS; i++)
		argv[argc++] = (char *)(uintptr_t)options[i];
	argv[argc] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	ret = spawn_anywhere(&server->pid, file, &actions, argv);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	if (ret != 0) {
		test_note("%s: %s", file, strerror(ret));
		server->pid = 0;
	}
	ret = ret == 0 ? wait_ready(out[0]) : TEST_FAILED;
	close(out[0]);
	return ret;
}

/* One word of the device's arguments: an option of the process, or for the driver. */
static void
sort_argument(char *word, const char *options[], unsigned int *count, char *rest, size_t room)
{
	static const char *const driver[] = { "silent=", "strict=", "timeout=" };
	static const struct {
		const char *key, *option;
	} process[] = {
		{ "channels=", "--channels" }, { "queues=", "--queues" }, { "ring=", "--ring" },
		{ "port=", "--port" }, { "spin=", "--spin" },
	};

	for (unsigned int i = 0; i < RTE_DIM(driver); i++)
		if (strncmp(word, driver[i], strlen(driver[i])) == 0)
			snprintf(rest + strlen(rest), room - strlen(rest), ",%s", word);
	for (unsigned int i = 0; i < RTE_DIM(process) && *count + 2 <= MAX_OPTIONS; i++)
		if (strncmp(word, process[i].key, strlen(process[i].key)) == 0) {
			options[(*count)++] = process[i].option;
			options[(*count)++] = word + strlen(process[i].key);
		}
}

/* A directory for its socket. */
static int
make_place(struct socket_server *server)
{
	const char *tmp = getenv("TMPDIR");

	memset(server, 0, sizeof(*server));
	snprintf(server->dir, sizeof(server->dir), "%s/refdma-test-XXXXXX",
		 tmp != NULL ? tmp : "/tmp");
	TEST_ASSERT(mkdtemp(server->dir) != NULL);
	snprintf(server->path, sizeof(server->path), "%s/socket", server->dir);
	return TEST_OK;
}

int
socket_server_keep(struct socket_server *server)
{
	static const char *const options[] = { "--keep", NULL };

	TEST_CALL(make_place(server));
	return socket_server_again(server, options);
}

int
socket_server_start(struct socket_server *server, const char *args, char *rest, size_t room)
{
	const char *options[MAX_OPTIONS + 1];
	char *words = strdup(args != NULL ? args : ""), *state, *word;
	unsigned int count = 0;
	int ret;

	if (words == NULL || make_place(server) != TEST_OK) {
		free(words);
		return TEST_FAILED;
	}
	snprintf(rest, room, "socket=%s", server->path);
	for (word = strtok_r(words, ",", &state); word != NULL;
	     word = strtok_r(NULL, ",", &state))
		sort_argument(word, options, &count, rest, room);
	options[count] = NULL;
	ret = socket_server_again(server, options);
	free(words);
	return ret;
}

int
socket_server_wait(struct socket_server *server)
{
	uint64_t deadline = test_now_ns() + (uint64_t)DEADLINE_MS * 1000000;
	int status = -1;
	pid_t pid;

	if (server->pid <= 0)
		return -1;
	do {
		pid = waitpid(server->pid, &status, WNOHANG);
		if (pid == 0)
			sched_yield();
	} while (pid == 0 && test_now_ns() < deadline);
	if (pid != server->pid)
		return -1;
	server->pid = 0;
	return status;
}

/*
 * It is told to end, not killed: sanitizers report at the end. One that does not end well has a
 * fault, whatever the case has seen.
 */
static void
end_process(struct socket_server *server)
{
	pid_t pid = server->pid;
	int status;

	kill(pid, SIGTERM);
	status = socket_server_wait(server);
	if (status == 0)
		return;
	if (server->pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		test_bail_out("The device process of the case does not end");
	}
	test_bail_out("The device process of the case has ended with %s %d",
		      WIFSIGNALED(status) ? "signal" : "status",
		      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void
socket_server_end(struct socket_server *server)
{
	if (server->pid > 0)
		end_process(server);
	server->pid = 0;
	unlink(server->path);
	rmdir(server->dir);
}
