/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* refdma-device: each message, and each way to get one wrong. */

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "test_device.h"

#define BIG_ENOUGH	64

/* Requests that are right, to take bytes away from and to add bytes to. */
static const struct vfio_user_dma_map some_map = {
	.argsz = sizeof(some_map), .flags = VFIO_USER_DMA_READ, .address = DEV_RAM, .size = 0x1000,
};
static const struct vfio_user_dma_unmap some_unmap = {
	.argsz = sizeof(some_unmap), .address = DEV_RAM, .size = 0x1000,
};
static const struct vfio_user_device_info some_info = { .argsz = sizeof(some_info) };
static const struct vfio_user_region_info some_region = { .argsz = sizeof(some_region) };
static const struct vfio_user_irq_info some_irq = { .argsz = sizeof(some_irq) };
static const struct vfio_user_irq_set some_irqs = {
	.argsz = sizeof(some_irqs), .index = VFIO_USER_IRQ_MSIX,
	.flags = VFIO_USER_SET_DATA_NONE | VFIO_USER_SET_TRIGGER,
};
static const struct vfio_user_region_access some_read = { .count = 4 };
static const uint8_t some_write[sizeof(struct vfio_user_region_access) + 4] = { [12] = 4 };

static const struct request {
	unsigned int command;
	const void *payload;
	size_t size;
	bool tail;		/* takes more than that */
} requests[] = {
	{ VFIO_USER_DMA_MAP, &some_map, sizeof(some_map), false },
	{ VFIO_USER_DMA_UNMAP, &some_unmap, sizeof(some_unmap), false },
	{ VFIO_USER_DEVICE_GET_INFO, &some_info, sizeof(some_info), false },
	{ VFIO_USER_DEVICE_GET_REGION_INFO, &some_region, sizeof(some_region), true },
	{ VFIO_USER_DEVICE_GET_IRQ_INFO, &some_irq, sizeof(some_irq), false },
	{ VFIO_USER_DEVICE_SET_IRQS, &some_irqs, sizeof(some_irqs), true },
	{ VFIO_USER_REGION_READ, &some_read, sizeof(some_read), false },
	{ VFIO_USER_REGION_WRITE, some_write, sizeof(some_write), false },
	{ VFIO_USER_DEVICE_RESET, NULL, 0, false },
};

static int
call_request(const struct request *request, size_t size)
{
	uint8_t payload[BIG_ENOUGH] = { 0 }, reply[512];

	if (request->payload != NULL)
		memcpy(payload, request->payload, request->size);
	return dev_call(request->command, payload, size, reply, sizeof(reply));
}

static int
handshake_says_what_the_server_can_do(void)
{
	static const char request[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8,"
				      "\"max_data_xfer_size\":4096,\"unknown\":[1]}}";
	char reply[512];
	int size;

	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	size = dev_call(VFIO_USER_VERSION, request, sizeof(request), reply, sizeof(reply) - 1);
	TEST_ASSERT(size > (int)sizeof(struct vfio_user_version));
	/* Version 0.0, and text that ends with a NUL. */
	TEST_ASSERT(memcmp(reply, "\0\0\0\0", 4) == 0);
	TEST_ASSERT_EQ(reply[size - 1], '\0');
	TEST_ASSERT_EQ(strlen(reply + 4), size - 5);
	test_note("%s", reply + 4);
	TEST_ASSERT(strstr(reply + 4, "\"capabilities\":{") != NULL);
	TEST_ASSERT(strstr(reply + 4, "\"max_msg_fds\":16") != NULL);
	TEST_ASSERT(strstr(reply + 4, "\"max_data_xfer_size\":1048576") != NULL);
	/* No more than a client with a small buffer takes. */
	TEST_ASSERT(size < 256);
	return dev_expect_alive();
}

static int
handshake_without_capabilities_is_one(void)
{
	TEST_CALL(DEV_START("--keep"));
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_version(NULL) > 0);
	TEST_CALL(dev_expect_alive());
	dev_detach();
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_version("{}") > 0);
	return dev_expect_alive();
}

static int
handshake_refuses_what_is_not_one(void)
{
	static const char *const texts[] = {
		"", "{", "[]", "3", "{\"capabilities\":7}",
		"{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_msg_fds\":\"8\"}}", "{} {}", "{\"a\":1,\"a\":2}",
	};
	static const uint8_t no_nul[] = { 0, 0, 0, 0, '{', '}' };
	static const uint8_t two_nuls[] = { 0, 0, 0, 0, '{', '}', 0, 0 };
	uint8_t reply[512];

	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	for (unsigned int i = 0; i < RTE_DIM(texts); i++) {
		test_note("%s", texts[i]);
		TEST_ASSERT_EQ(dev_version(texts[i]), -EINVAL);
	}
	TEST_ASSERT_EQ(dev_call(VFIO_USER_VERSION, no_nul, sizeof(no_nul), reply, sizeof(reply)),
		       -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_VERSION, two_nuls, sizeof(two_nuls), reply,
				sizeof(reply)), -EINVAL);
	/* None of these was one: it can still be made. */
	TEST_ASSERT(dev_version(NULL) > 0);
	return dev_expect_alive();
}

static int
another_major_version_ends_the_connection(void)
{
	static const struct vfio_user_version other = { .major = 1 };
	uint8_t reply[512];

	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_VERSION, &other, sizeof(other), reply, sizeof(reply)),
		       -EPROTONOSUPPORT);
	TEST_ASSERT_EQ(dev_receive(reply, sizeof(reply), NULL), DEV_CLOSED);
	TEST_ASSERT_EQ(dev_end(), 0);
	return TEST_OK;
}

static int
higher_minor_version_becomes_ours(void)
{
	static const struct vfio_user_version next = { .minor = 7 };
	uint8_t reply[512];

	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	TEST_ASSERT(dev_call(VFIO_USER_VERSION, &next, sizeof(next), reply, sizeof(reply)) > 4);
	TEST_ASSERT(memcmp(reply, "\0\0\0\0", 4) == 0);
	return dev_expect_alive();
}

static int
nothing_goes_before_the_handshake(void)
{
	TEST_CALL(DEV_START());
	TEST_CALL(dev_connect());
	for (unsigned int i = 0; i < RTE_DIM(requests); i++)
		TEST_ASSERT_EQ(call_request(&requests[i], requests[i].size), -EPROTO);
	TEST_ASSERT(dev_version(NULL) > 0);
	/* And there is only one. */
	TEST_ASSERT_EQ(dev_version(NULL), -EPROTO);
	return dev_expect_alive();
}

static int
messages_that_are_not_supported_are_refused(void)
{
	static const unsigned int commands[] = {
		0, VFIO_USER_DEVICE_GET_REGION_IO_FDS, 11, 12, 14, VFIO_USER_REGION_WRITE_MULTI, 16,
		17, 18, 19, 0x7fff, 0xffff,
	};
	uint8_t payload[BIG_ENOUGH] = { 0 };

	TEST_CALL(dev_open());
	for (unsigned int i = 0; i < RTE_DIM(commands); i++) {
		TEST_ASSERT_EQ(dev_call(commands[i], payload, sizeof(payload), NULL, 0), -ENOTSUP);
		TEST_ASSERT_EQ(dev_call(commands[i], NULL, 0, NULL, 0), -ENOTSUP);
	}
	return dev_expect_alive();
}

static int
wrong_sizes_are_refused(void)
{
	TEST_CALL(dev_open());
	for (unsigned int i = 0; i < RTE_DIM(requests); i++) {
		const struct request *request = &requests[i];

		for (size_t size = 0; size < request->size; size++)
			TEST_ASSERT_EQ(call_request(request, size), -EINVAL);
		if (!request->tail)
			TEST_ASSERT_EQ(call_request(request, request->size + 1), -EINVAL);
	}
	return dev_expect_alive();
}

static int
small_argsz_is_refused(void)
{
	struct vfio_user_dma_map map = some_map;
	struct vfio_user_dma_unmap unmap = some_unmap;
	struct vfio_user_device_info info = some_info;
	struct vfio_user_region_info region = some_region;
	struct vfio_user_irq_info irq = some_irq;
	struct vfio_user_irq_set irqs = some_irqs;

	map.argsz = unmap.argsz = info.argsz = region.argsz = irq.argsz = irqs.argsz = 12;
	TEST_CALL(dev_open());
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DMA_MAP, &map, sizeof(map), NULL, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info), NULL, 0), -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof(region), NULL,
				0), -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), NULL, 0),
		       -EINVAL);
	TEST_ASSERT_EQ(dev_call(VFIO_USER_DEVICE_SET_IRQS, &irqs, sizeof(irqs), NULL, 0), -EINVAL);
	return dev_expect_alive();
}

/* Where the next message starts is not known: the connection ends after the answer. */
static int
sizes_of_no_message_end_the_connection(void)
{
	static const uint32_t sizes[] = { 0, 15, 2 << 20, UINT32_MAX };

	TEST_CALL(DEV_START("--keep"));
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		struct vfio_user_header header = {
			.id = ++dev.id, .command = VFIO_USER_DEVICE_RESET, .size = sizes[i],
		};

		TEST_CALL(dev_attach());
		header.id = ++dev.id;
		TEST_CALL(dev_send_raw(&header, sizeof(header)));
		TEST_ASSERT_EQ(dev_receive(NULL, 0, NULL), -EMSGSIZE);
		TEST_ASSERT_EQ(dev_receive(NULL, 0, NULL), DEV_CLOSED);
		dev_detach();
	}
	return dev_usable();
}

static int
no_reply_is_honoured(void)
{
	struct {
		struct vfio_user_region_access access;
		uint32_t value;
	} write = { .access = { .offset = REFDMA_REG_SCRATCH, .count = 4 } };

	TEST_CALL(dev_open());
	for (write.value = 1; write.value <= 3; write.value++)
		TEST_CALL(dev_send(VFIO_USER_REGION_WRITE, VFIO_USER_NO_REPLY, &write, 20, NULL,
				   0));
	/* Not even an error. */
	TEST_CALL(dev_send(VFIO_USER_DEVICE_GET_INFO, VFIO_USER_NO_REPLY, NULL, 0, NULL, 0));
	TEST_ASSERT_EQ(dev_reg(REFDMA_REG_SCRATCH), 3);
	return dev_expect_alive();
}

static int
replies_of_a_client_are_ignored(void)
{
	TEST_CALL(dev_open());
	TEST_CALL(dev_send(VFIO_USER_DEVICE_RESET, VFIO_USER_TYPE_REPLY, NULL, 0, NULL, 0));
	TEST_CALL(dev_send(VFIO_USER_DEVICE_GET_INFO, VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR,
			   &some_info, sizeof(some_info), NULL, 0));
	/* It did not reset either. */
	TEST_ASSERT((dev_read(VFIO_USER_REGION_CONFIG, 4, 2) & 4) != 0);
	return dev_expect_alive();
}

/* The other side has read what was sent so far. */
static bool
all_taken(void)
{
	int bytes = -1;

	return ioctl(dev.fd, SIOCOUTQ, &bytes) == 0 && bytes == 0;
}

static int
messages_in_pieces_and_in_one_piece_are_the_same(void)
{
	struct {
		struct vfio_user_header header;
		struct vfio_user_region_access access;
	} read = {
		.header = { .command = VFIO_USER_REGION_READ, .size = sizeof(read) },
		.access = { .offset = REFDMA_REG_MAGIC, .count = 4 },
	}, many[3];
	uint8_t reply[64];

	TEST_CALL(dev_open());
	read.header.id = ++dev.id;
	for (size_t i = 0; i < sizeof(read); i++) {
		TEST_CALL(dev_send_raw((const uint8_t *)&read + i, 1));
		TEST_WAIT(all_taken(), DEV_DEADLINE_MS);
	}
	TEST_ASSERT_EQ(dev_receive(reply, sizeof(reply), NULL), sizeof(read.access) + 4);
	for (unsigned int i = 0; i < RTE_DIM(many); i++) {
		many[i] = read;
		many[i].header.id = dev.id + 1 + i;
	}
	TEST_CALL(dev_send_raw(many, sizeof(many)));
	for (unsigned int i = 0; i < RTE_DIM(many); i++) {
		dev.id++;
		TEST_ASSERT_EQ(dev_receive(reply, sizeof(reply), NULL), sizeof(read.access) + 4);
	}
	return dev_expect_alive();
}

static int
descriptors_where_none_belong_are_refused_and_closed(void)
{
	int fds[65], before;

	TEST_CALL(dev_open());
	for (unsigned int i = 0; i < RTE_DIM(fds); i++)
		fds[i] = dev.ram_fd;
	before = dev_server_fds();
	for (unsigned int i = 0; i < RTE_DIM(requests); i++) {
		unsigned int allowed = requests[i].command == VFIO_USER_DMA_MAP ? 1 : 0;

		TEST_ASSERT_EQ(dev_call_fds(requests[i].command, requests[i].payload,
					    requests[i].size, fds, allowed + 1), -EINVAL);
		/* More than anyone takes. */
		TEST_ASSERT_EQ(dev_call_fds(requests[i].command, requests[i].payload,
					    requests[i].size, fds, RTE_DIM(fds)), -EINVAL);
	}
	TEST_ASSERT_EQ(dev_server_fds(), before);
	return dev_expect_alive();
}

static const struct test_case cases[] = {
	{ "handshake_says_what_the_server_can_do", handshake_says_what_the_server_can_do },
	{ "handshake_without_capabilities_is_one", handshake_without_capabilities_is_one },
	{ "handshake_refuses_what_is_not_one", handshake_refuses_what_is_not_one },
	{ "another_major_version_ends_the_connection", another_major_version_ends_the_connection },
	{ "higher_minor_version_becomes_ours", higher_minor_version_becomes_ours },
	{ "nothing_goes_before_the_handshake", nothing_goes_before_the_handshake },
	{ "messages_that_are_not_supported_are_refused",
	  messages_that_are_not_supported_are_refused },
	{ "wrong_sizes_are_refused", wrong_sizes_are_refused },
	{ "small_argsz_is_refused", small_argsz_is_refused },
	{ "sizes_of_no_message_end_the_connection", sizes_of_no_message_end_the_connection },
	{ "no_reply_is_honoured", no_reply_is_honoured },
	{ "replies_of_a_client_are_ignored", replies_of_a_client_are_ignored },
	{ "messages_in_pieces_and_in_one_piece_are_the_same",
	  messages_in_pieces_and_in_one_piece_are_the_same },
	{ "descriptors_where_none_belong_are_refused_and_closed",
	  descriptors_where_none_belong_are_refused_and_closed },
};

static struct test_suite suite = {
	.name = "device_protocol",
	.case_teardown = dev_teardown,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};

REGISTER_TEST_SUITE(suite)
