/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A libFuzzer target for refdma-device: its framing, its messages and the device behind them. The
 * input is a script of what a client sends, what it does to the memory that it shares, and when the
 * engines run. Besides what the sanitizers see, the target checks that replies have the shape that
 * the protocol gives them, that descriptors are closed, and that memory which the client cannot
 * write itself is not written for it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "device.h"
#include "message.h"

#define CHANNELS	2u
#define QUEUES		2u
#define RING_LOG2	5u
#define PAGE		4096u
#define RAM		UINT64_C(0x100000000)
#define RAM_BYTES	65536u
#define QUEUE_STRIDE	0x1000u
#define READ_ONLY_BYTES	8192u
#define READ_ONLY_FILL	0x5a
#define LONGEST_SCRIPT	256u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The script, read from its front; past its end all is zero. */
struct script {
	const uint8_t *data;
	size_t left;
};

/* What a client may send along. */
enum kind {
	KIND_RAM,
	KIND_READ_ONLY,
	KIND_EVENTFD,
	KIND_PIPE,
	KIND_DEVICE,
	KIND_DIRECTORY,
	KINDS
};

static int files[KINDS];
static uint8_t *ram, *read_only;
static uint8_t reply_payload[MESSAGE_MAX_PAYLOAD];
static struct device *device;

/* A finding: the sanitizers print where. */
static void
require(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static uint64_t
take(struct script *script, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes && script->left > 0; i++, script->left--)
		value |= (uint64_t)*script->data++ << i * 8;
	return value;
}

static uint8_t *
shared_file(const char *name, size_t bytes, int *fd)
{
	uint8_t *memory;

	*fd = memfd_create(name, MFD_CLOEXEC);
	require(*fd >= 0 && ftruncate(*fd, bytes) == 0);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	require(memory != MAP_FAILED);
	return memory;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int writable, ends[2];
	char path[64];

	(void)argc;
	(void)argv;
	ram = shared_file("fuzz-ram", RAM_BYTES, &files[KIND_RAM]);
	read_only = shared_file("fuzz-read-only", READ_ONLY_BYTES, &writable);
	memset(read_only, READ_ONLY_FILL, READ_ONLY_BYTES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", writable);
	files[KIND_READ_ONLY] = open(path, O_RDONLY | O_CLOEXEC);
	files[KIND_EVENTFD] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	require(pipe(ends) == 0);
	files[KIND_PIPE] = ends[1];
	files[KIND_DEVICE] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	files[KIND_DIRECTORY] = open("/", O_RDONLY | O_CLOEXEC);
	for (unsigned int i = 0; i < KINDS; i++)
		require(files[i] >= 0);
	return 0;
}

static int
open_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int count = 0;

	require(fds != NULL);
	while (readdir(fds) != NULL)
		count++;
	closedir(fds);
	return count;
}

static void
check_reply(const struct reply *reply)
{
	require(reply->error >= 0 && reply->error < 4096);
	require(reply->size <= MESSAGE_MAX_PAYLOAD);
	require(reply->error == 0 || (reply->size == 0 && reply->fd == -1));
	require(reply->fd == -1 || reply->fd == device->doorbell_fd);
}

/* Execute a message with descriptors of the script's choice. */
static void
execute(unsigned int command, const void *payload, size_t size, unsigned int kinds,
	unsigned int nb_fds)
{
	struct reply reply = { .payload = reply_payload };
	struct message message = {
		.header = { .command = command, .size = sizeof(message.header) + size },
		.size = size,
	};
	uint8_t *exact = malloc(size);	/* a byte too far is seen */

	if (size != 0)
		memcpy(exact, payload, size);
	message.payload = exact;
	for (unsigned int i = 0; i < nb_fds && i < MESSAGE_MAX_FDS; i++) {
		message.fds[i] = dup(files[(kinds + i) % KINDS]);
		require(message.fds[i] >= 0);
		message.nb_fds++;
	}
	message.lost_fds = nb_fds > MESSAGE_MAX_FDS;
	message_execute(device, &message, &reply);
	check_reply(&reply);
	connection_drop_fds(&message);
	free(exact);
}

static void
any_message(struct script *script)
{
	unsigned int command = take(script, 1), fds = take(script, 1);
	size_t size = take(script, 1) * 2;

	if (size > script->left)
		size = script->left;
	execute(command, script->data, size, fds & 7, fds >> 3);
	script->data += size;
	script->left -= size;
}

static void
shake_hands(struct script *script)
{
	static const uint8_t hello[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8}}";
	uint8_t text[64] = { 0 };
	size_t size = take(script, 1) % sizeof(text);

	if (size == 0) {
		execute(VFIO_USER_VERSION, hello, sizeof(hello), 0, 0);
		return;
	}
	for (size_t i = 4; i < size; i++)
		text[i] = take(script, 1);
	execute(VFIO_USER_VERSION, text, size, 0, 0);
}

/* Addresses in pages around the memory, so that grants meet. */
static void
map(struct script *script)
{
	struct vfio_user_dma_map request = {
		.argsz = sizeof(request),
		.flags = take(script, 1) & 0x7,
		.address = RAM + take(script, 1) * PAGE,
		.size = (take(script, 1) & 0x1f) * PAGE,
	};
	unsigned int kind = take(script, 1);

	request.offset = (kind >> 4) * PAGE;
	execute(VFIO_USER_DMA_MAP, &request, sizeof(request), kind & 7, (kind & 8) == 0);
}

static void
unmap(struct script *script)
{
	unsigned int how = take(script, 1);
	struct vfio_user_dma_unmap request = {
		.argsz = sizeof(request),
		.flags = how & 0x3,
		.address = RAM + take(script, 1) * PAGE,
		.size = (how & 4) != 0 ? UINT64_MAX - take(script, 2) : take(script, 1) * PAGE,
	};

	if ((how & 8) != 0)
		request.address = request.size = 0;
	execute(VFIO_USER_DMA_UNMAP, &request, sizeof(request), 0, 0);
}

static void
set_irqs(struct script *script)
{
	struct vfio_user_irq_set request = {
		.argsz = sizeof(request),
		.flags = take(script, 1) & 0x3f,
		.index = VFIO_USER_IRQ_MSIX,
		.start = take(script, 1) & 0x7,
		.count = take(script, 1) & 0x7,
	};
	unsigned int fds = take(script, 1);

	execute(VFIO_USER_DEVICE_SET_IRQS, &request, sizeof(request), fds & 7, fds >> 3 & 7);
}

static void
write_region(unsigned int region, uint64_t offset, uint64_t value, unsigned int size)
{
	struct {
		struct vfio_user_region_access access;
		uint64_t value;
	} request = { { .offset = offset, .region = region, .count = size }, value };

	execute(VFIO_USER_REGION_WRITE, &request, sizeof(request.access) + size, 0, 0);
}

static void
write_any(struct script *script)
{
	unsigned int region = take(script, 1);
	uint64_t offset = take(script, 3), value = take(script, 4);

	write_region(region & 0xf, offset, value, 1u << (region >> 4 & 3));
}

static void
read_any(struct script *script)
{
	struct vfio_user_region_access request = {
		.region = take(script, 1), .offset = take(script, 3), .count = take(script, 2),
	};

	execute(VFIO_USER_REGION_READ, &request, sizeof(request), 0, 0);
}

static uint64_t
queue_base(unsigned int which)
{
	return REFDMA_CHANNEL_BASE + which % CHANNELS * REFDMA_CHANNEL_STRIDE +
	       REFDMA_QUEUE_BASE + which / CHANNELS % QUEUES * REFDMA_QUEUE_STRIDE;
}

/* As a driver does it, so that the fuzzer need not find out. */
static void
enable_queue(struct script *script)
{
	unsigned int which = take(script, 1);
	uint64_t base = queue_base(which), memory = RAM + which % 4 * QUEUE_STRIDE;

	write_region(VFIO_USER_REGION_CONFIG, 4, 6, 2);
	write_region(REFDMA_BAR_REGS, base + REFDMA_Q_RING_BASE, memory, 8);
	write_region(REFDMA_BAR_REGS, base + REFDMA_Q_CPL_BASE, memory + 0x400, 8);
	write_region(REFDMA_BAR_REGS, base + REFDMA_Q_STS_BASE, memory + 0x800, 8);
	write_region(REFDMA_BAR_REGS, base + REFDMA_Q_RING_LOG2, RING_LOG2, 4);
	write_region(REFDMA_BAR_REGS, base + REFDMA_Q_CTRL, REFDMA_Q_CTRL_ENABLE, 4);
}

/* A copy in a slot, and the doorbell in memory. */
static void
copy(struct script *script)
{
	unsigned int which = take(script, 1), slot = take(script, 1);
	struct refdma_desc desc = {
		.op = take(script, 1),
		.ext = which >> 6,
		.flags = take(script, 2),
		.length = take(script, 2),
		.src = RAM + take(script, 3),
		.dst = RAM + take(script, 3),
	};
	size_t at = which % CHANNELS * REFDMA_DOORBELL_PAGE_SIZE +
		    which / CHANNELS % QUEUES * REFDMA_DOORBELL_STRIDE;

	memcpy(ram + which % 4 * QUEUE_STRIDE + slot % (1u << RING_LOG2) * sizeof(desc), &desc,
	       sizeof(desc));
	*(_Atomic uint32_t *)(void *)((uint8_t *)device->doorbells + at) = slot + 1;
}

static void
run_engines(struct script *script)
{
	unsigned int times = take(script, 1) % 8;

	for (unsigned int i = 0; i <= times; i++)
		for (unsigned int c = 0; c < CHANNELS; c++)
			refdma_model_run(device->model, c);
}

/* The rest of the script as bytes on a socket, and the server's loop around them. */
static void
stream(struct script *script)
{
	struct connection connection;
	struct message message;
	int ends[2], stop;

	require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	/* Always readable: where the server would wait for the client, it ends. */
	stop = eventfd(1, EFD_CLOEXEC);
	require(connection_open(&connection, ends[0], stop) == 0);
	if (script->left != 0)
		require(send(ends[1], script->data, script->left, MSG_DONTWAIT) >= 0);
	script->left = 0;
	while (connection_receive(&connection, &message) == RECEIVED_MESSAGE) {
		struct reply reply = { .payload = connection.out };

		message_execute(device, &message, &reply);
		check_reply(&reply);
		connection_drop_fds(&message);
		if (!connection_reply(&connection, &message, &reply))
			break;
	}
	connection_drop_fds(&message);
	connection_close(&connection);
	close(ends[1]);
	close(stop);
}

static void
step(struct script *script)
{
	switch (take(script, 1) % 14) {
	case 0:
		shake_hands(script);
		break;
	case 1:
		map(script);
		break;
	case 2:
		unmap(script);
		break;
	case 3:
		set_irqs(script);
		break;
	case 4:
		write_any(script);
		break;
	case 5:
		read_any(script);
		break;
	case 6:
		enable_queue(script);
		break;
	case 7:
	case 8:
		copy(script);
		break;
	case 9:
		run_engines(script);
		break;
	case 10:
		execute(VFIO_USER_DEVICE_RESET, NULL, 0, 0, 0);
		break;
	case 11:
		device_disconnect(device);
		break;
	case 12:
		stream(script);
		break;
	default:
		any_message(script);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct device_conf conf = {
		.identity = { .vendor = REFDMA_PCI_VENDOR_ID, .device = REFDMA_PCI_DEVICE_ID },
		.model = { .channels = CHANNELS, .queues = QUEUES, .local_bytes = 4096 },
		.injections = { { .kinds = REFDMA_INJ_FAIL, .count = 2, .code = 14 } },
		.nb_injections = 1,
	};
	struct script script = { data, size };
	int before = open_descriptors();

	memset(ram, 0, RAM_BYTES);
	require(device_create(&conf, &device) == 0);
	for (unsigned int i = 0; i < LONGEST_SCRIPT && script.left > 0; i++)
		step(&script);
	device_destroy(device);
	require(open_descriptors() == before);
	for (unsigned int i = 0; i < READ_ONLY_BYTES; i++)
		require(read_only[i] == READ_ONLY_FILL);
	return 0;
}
