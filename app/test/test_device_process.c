/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device as a process: command line, socket, clients that come and go, signals. */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "test_device.h"

static int
run(const char *first, const char *second, const char *third, const char *fourth)
{
	const char *const options[] = { first, second, third, fourth, NULL };
	int status = dev_run(options);

	close(dev.out);
	close(dev.err);
	dev.out = dev.err = -1;
	return status;
}

static int
help_and_version_are_printed(void)
{
	TEST_ASSERT_EQ(run("--help", NULL, NULL, NULL), 0);
	TEST_ASSERT(strstr(dev.text, "usage: refdma-device --socket PATH") != NULL);
	TEST_ASSERT(strstr(dev.text, "Examples:") != NULL);
	TEST_ASSERT_EQ(run("--version", NULL, NULL, NULL), 0);
	TEST_ASSERT(strstr(dev.text, "refdma-device ") != NULL);
	return TEST_OK;
}

static int
wrong_command_lines_are_explained(void)
{
	static const struct {
		const char *option, *value, *said;
	} wrong[] = {
		{ NULL, NULL, "--socket PATH" },
		{ "--nonsense", NULL, "nonsense" },
		{ "argument", NULL, "'argument' is not an option" },
		{ "--channels", "0", "1 to 32" },
		{ "--channels", "33", "1 to 32" },
		{ "--channels", "two", "1 to 32" },
		{ "--channels", NULL, "requires an argument" },
		{ "--queues", "9", "1 to 8" },
		{ "--ring", "100", "a power of two" },
		{ "--port", "tap", "loopback, sink or source" },
		{ "--port", "sink/fifo:3", "loopback, sink or source" },
		{ "--port", "sink/speed:3", "loopback, sink or source" },
		{ "--port", "sink/rate:3/rate:3", "each once" },
		{ "--id", "10ee", "VENDOR:DEVICE" },
		{ "--id", "ffff:0001", "VENDOR:DEVICE" },
		{ "--id", "10ee:12345", "VENDOR:DEVICE" },
		{ "--subsystem", "1:g", "VENDOR:DEVICE" },
		{ "--revision", "256", "0 to 255" },
		{ "--spin", "-1", "0 to 1000000" },
		{ "--cpu", "-1", "0 to" },
		{ "--inject", "burn", "fail, stall, halt, corrupt or drop-doorbell" },
		{ "--inject", "fail:0", "KIND" },
		{ "--inject", "fail:1:2:3", "KIND" },
		{ "--inject", "fail@0", "KIND" },
		{ "--inject", "fail@1.0", "no queue 1.0" },
	};

	for (unsigned int i = 0; i < RTE_DIM(wrong); i++) {
		if (wrong[i].option == NULL)
			TEST_ASSERT_EQ(run(NULL, NULL, NULL, NULL), 2);
		else if (wrong[i].value == NULL)
			TEST_ASSERT_EQ(run("--socket", "/nonexistent/s", wrong[i].option, NULL), 2);
		else
			TEST_ASSERT_EQ(run("--socket=/nonexistent/s", wrong[i].option,
					   wrong[i].value, NULL), 2);
		TEST_ASSERT(strstr(dev.log, wrong[i].said) != NULL);
		TEST_ASSERT(strstr(dev.log, "--help") != NULL);
		TEST_ASSERT_EQ(dev.text[0], '\0');
	}
	return TEST_OK;
}

static int
socket_that_cannot_be_is_explained(void)
{
	char path[sizeof(dev.path)], long_path[200];
	int fd;

	TEST_ASSERT_EQ(run("--socket", "/nonexistent/socket", NULL, NULL), 1);
	TEST_ASSERT(strstr(dev.log, "No such file") != NULL);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	TEST_ASSERT_EQ(run("--socket", long_path, NULL, NULL), 1);
	TEST_ASSERT(strstr(dev.log, "too long") != NULL);
	/* A file is not taken away. */
	snprintf(path, sizeof(path), "%s/refdma-device-file-%d",
		 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", (int)getpid());
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	TEST_ASSERT(fd >= 0);
	close(fd);
	TEST_ASSERT_EQ(run("--socket", path, NULL, NULL), 1);
	TEST_ASSERT(strstr(dev.log, "not a socket") != NULL);
	TEST_ASSERT_EQ(unlink(path), 0);
	return TEST_OK;
}

/* A second server for the same path. @return its exit status */
static int
run_beside(void)
{
	struct dev first = dev;
	int status;

	dev.out = dev.err = -1;
	status = run("--socket", first.path, NULL, NULL);
	memcpy(first.log, dev.log, sizeof(dev.log));
	dev = first;
	return status;
}

static int
socket_of_a_living_server_is_left_alone(void)
{
	TEST_CALL(DEV_START("--keep"));
	TEST_ASSERT_EQ(run_beside(), 1);
	TEST_ASSERT(strstr(dev.log, "another process listens") != NULL);
	return dev_usable();
}

static int
socket_of_a_dead_server_is_replaced(void)
{
	char dir[sizeof(dev.dir)], path[sizeof(dev.path)];

	TEST_CALL(DEV_START());
	TEST_ASSERT_EQ(kill(dev.pid, SIGKILL), 0);
	TEST_ASSERT_EQ(dev_end(), 128 + SIGKILL);
	TEST_ASSERT_EQ(access(dev.path, F_OK), 0);
	snprintf(dir, sizeof(dir), "%s", dev.dir);
	snprintf(path, sizeof(path), "%s", dev.path);
	dev.dir[0] = '\0';
	dev_teardown();
	TEST_CALL(DEV_START("--socket", path));
	/* The last --socket counts; the other directory is not needed. */
	TEST_ASSERT(strstr(dev.text, path) != NULL);
	rmdir(dev.dir);
	snprintf(dev.dir, sizeof(dev.dir), "%s", dir);
	snprintf(dev.path, sizeof(dev.path), "%s", path);
	return dev_usable();
}

static int
ends_with_its_client(void)
{
	TEST_CALL(DEV_START("--verbose", "--stats"));
	TEST_CALL(dev_usable());
	dev_detach();
	TEST_ASSERT_EQ(dev_end(), 0);
	TEST_ASSERT(access(dev.path, F_OK) != 0);
	TEST_ASSERT(strstr(dev.text, "\nconnections 1\n") != NULL);
	TEST_ASSERT(strstr(dev.text, "\nmessages.DMA_MAP 1\n") != NULL);
	TEST_ASSERT(strstr(dev.text, "\nchannel0.operations 1\n") != NULL);
	TEST_ASSERT(strstr(dev.text, "\nchannel0.bytes 4096\n") != NULL);
	TEST_ASSERT(strstr(dev.log, "DMA_MAP (48 bytes, 1 descriptors)") != NULL);
	TEST_ASSERT(strstr(dev.log, "region 7 0x4+2 := 0x6") != NULL);
	return TEST_OK;
}

static int
serves_one_client_after_the_other(void)
{
	int event = eventfd(0, EFD_NONBLOCK), fds = 0;

	TEST_CALL(DEV_START("--keep"));
	for (unsigned int i = 0; i < 10; i++) {
		TEST_CALL(dev_usable());
		TEST_ASSERT_EQ(dev_irqs(VFIO_USER_SET_DATA_EVENTFD | VFIO_USER_SET_TRIGGER, 0, 1,
					&event, 1), 0);
		/* Nothing of the ones before is left. */
		if (i == 0)
			fds = dev_server_fds();
		TEST_ASSERT_EQ(dev_server_fds(), fds);
		TEST_ASSERT_EQ(dev_server_maps("client-ram"), 1);
		dev_detach();
	}
	close(event);
	return dev_stop();
}

/* A client finds the function as after power-on, whatever the one before has left. */
static int
next_client_finds_a_reset_function(void)
{
	struct dev_queue q;

	TEST_CALL(DEV_START("--keep"));
	TEST_CALL(dev_usable());
	TEST_CALL(dev_set_reg(REFDMA_REG_SCRATCH, 1));
	TEST_ASSERT_EQ(dev_irqs(VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER, 0, 1, NULL, 0), 0);
	dev_detach();
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_version(NULL) > 0);
	TEST_ASSERT_EQ(dev_read(VFIO_USER_REGION_CONFIG, 4, 2), 0);
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_MSIX, REFDMA_MSIX_PBA_OFFSET, 8), 0);
	TEST_ASSERT_EQ(dev_read(REFDMA_BAR_DOORBELL, 0, 4), 0);
	q.base = REFDMA_CHANNEL_BASE + REFDMA_QUEUE_BASE;
	TEST_ASSERT_EQ(dev_state(&q), REFDMA_STATE_DISABLED);
	return TEST_OK;
}

static int
client_that_leaves_in_mid_message_does_no_harm(void)
{
	struct vfio_user_header header = {
		.command = VFIO_USER_REGION_WRITE, .size = sizeof(header) + 1000,
	};
	uint8_t bytes[sizeof(header) + 100] = { 0 };

	memcpy(bytes, &header, sizeof(header));
	TEST_CALL(DEV_START("--keep"));
	for (size_t size = 1; size < sizeof(bytes); size += 5) {
		TEST_CALL(dev_connect());
		TEST_ASSERT(dev_version(NULL) > 0);
		TEST_CALL(dev_send_raw(bytes, size));
		dev_detach();
	}
	return dev_usable();
}

/* With a transfer under way, and replies that nobody reads. */
static int
client_that_leaves_while_busy_does_no_harm(void)
{
	struct vfio_user_region_access whole = { .count = 0x40000 };
	struct dev_queue q;

	TEST_CALL(DEV_START("--keep", "--channels", "2"));
	for (unsigned int i = 0; i < 10; i++) {
		TEST_CALL(dev_attach());
		TEST_CALL(dev_queue_open(&q, i % 2, 0));
		dev_push(&q, REFDMA_OP_COPY, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + (1u << 20),
			 1u << 20, REFDMA_F_LOOP);
		TEST_CALL(dev_ring(&q));
		for (unsigned int n = 0; n < i; n++)
			TEST_CALL(dev_send(VFIO_USER_REGION_READ, 0, &whole, sizeof(whole), NULL,
					   0));
		dev_detach();
	}
	TEST_CALL(dev_usable());
	return dev_stop();
}

static int
second_client_waits_for_the_first(void)
{
	int first, second;

	TEST_CALL(DEV_START("--keep"));
	TEST_CALL(dev_usable());
	first = dev.fd;
	TEST_CALL(dev_connect());
	second = dev.fd;
	/* Its message lies there, and the first is still served. */
	TEST_CALL(dev_send(VFIO_USER_VERSION, 0, "\0\0\0\0", 4, NULL, 0));
	dev.fd = first;
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_MAGIC), REFDMA_MAGIC);
	close(first);
	dev.fd = second;
	dev.id--;
	TEST_ASSERT(dev_receive((uint8_t[512]){ 0 }, 512, NULL) > 0);
	TEST_CALL(dev_memory_space(true));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_MAGIC), REFDMA_MAGIC);
	return TEST_OK;
}

static int
signals_end_it_at_any_time(void)
{
	struct vfio_user_region_access whole = { .count = 0x40000 };

	/* No client yet. */
	TEST_CALL(DEV_START("--keep"));
	TEST_CALL(dev_stop());
	dev_teardown();
	/* A client that says nothing, after SIGINT. */
	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	TEST_ASSERT_EQ(kill(dev.pid, SIGINT), 0);
	TEST_ASSERT_EQ(dev_end(), 0);
	TEST_ASSERT(access(dev.path, F_OK) != 0);
	dev_teardown();
	/* A client in mid-message. */
	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	TEST_CALL(dev_send_raw("abc", 3));
	TEST_CALL(dev_stop());
	dev_teardown();
	/* A client that does not read its replies. */
	TEST_CALL(DEV_START());
	TEST_CALL(dev_attach());
	for (unsigned int i = 0; i < 8; i++)
		TEST_CALL(dev_send(VFIO_USER_REGION_READ, 0, &whole, sizeof(whole), NULL, 0));
	return dev_stop();
}

/* Voluntary context switches of all threads of the server. */
static uint64_t
switches(void)
{
	char path[320], line[128];
	unsigned long long n;
	uint64_t sum = 0;
	struct dirent *entry;
	FILE *status;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)dev.pid);
	tasks = opendir(path);
	while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)dev.pid,
			 entry->d_name);
		status = fopen(path, "r");
		while (status != NULL && fgets(line, sizeof(line), status) != NULL)
			if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1)
				sum += n;
		if (status != NULL)
			fclose(status);
	}
	if (tasks != NULL)
		closedir(tasks);
	return sum;
}

static void
sleep_ms(unsigned int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* An idle device sleeps for good: its threads do not even wake up to look. */
static int
idle_device_costs_nothing(void)
{
	uint64_t before;

	TEST_CALL(DEV_START("--channels", "4"));
	TEST_CALL(dev_usable());
	/* Napping comes before; how long that takes is up to the machine. */
	TEST_WAIT((before = switches(), sleep_ms(500), switches() - before < 50), DEV_DEADLINE_MS);
	/* And it wakes up. */
	dev_detach();
	TEST_ASSERT_EQ(dev_end(), 0);
	return TEST_OK;
}

/* The driver's part is to look at the wake word: then nothing is lost however long it sleeps. */
static int
sleeping_device_is_woken(void)
{
	struct dev_queue q;
	unsigned int code;

	TEST_CALL(DEV_START("--spin", "0"));
	TEST_CALL(dev_attach());
	TEST_CALL(dev_queue_open(&q, 0, 0));
	for (unsigned int i = 0; i < 300; i++) {
		sleep_ms(i < 298 ? i % 3 : 300);
		TEST_CALL(dev_copy(&q, DEV_RAM + DEV_DATA, DEV_RAM + DEV_DATA + 4096, 64, &code));
		TEST_ASSERT_EQ(code, REFDMA_CODE_OK);
	}
	return dev_stop();
}

static const struct test_case cases[] = {
	{ "help_and_version_are_printed", help_and_version_are_printed },
	{ "wrong_command_lines_are_explained", wrong_command_lines_are_explained },
	{ "socket_that_cannot_be_is_explained", socket_that_cannot_be_is_explained },
	{ "socket_of_a_living_server_is_left_alone", socket_of_a_living_server_is_left_alone },
	{ "socket_of_a_dead_server_is_replaced", socket_of_a_dead_server_is_replaced },
	{ "ends_with_its_client", ends_with_its_client },
	{ "serves_one_client_after_the_other", serves_one_client_after_the_other },
	{ "next_client_finds_a_reset_function", next_client_finds_a_reset_function },
	{ "client_that_leaves_in_mid_message_does_no_harm",
	  client_that_leaves_in_mid_message_does_no_harm },
	{ "client_that_leaves_while_busy_does_no_harm",
	  client_that_leaves_while_busy_does_no_harm },
	{ "second_client_waits_for_the_first", second_client_waits_for_the_first },
	{ "signals_end_it_at_any_time", signals_end_it_at_any_time },
	{ "idle_device_costs_nothing", idle_device_costs_nothing },
	{ "sleeping_device_is_woken", sleeping_device_is_woken },
};

static struct test_suite suite = {
	.name = "device_process",
	.case_teardown = dev_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
