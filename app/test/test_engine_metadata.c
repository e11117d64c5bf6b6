/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Contract, metadata: B42 to B45. The second channel sends frames into the loopback port, the
 * first one receives them.
 */

#include <errno.h>
#include <string.h>

#include "dmaengine_compat_refdma.h"
#include "test_engine_env.h"

#define FRAME	512

/* Where the channel has no metadata, every call says so. */
static int
metadata_refused(struct dma_async_tx_descriptor *desc)
{
	uint8_t buffer[16];
	size_t length, room;

	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, buffer, sizeof(buffer)), -ENOTSUPP);
	TEST_ASSERT_EQ(PTR_ERR(dmaengine_desc_get_metadata_ptr(desc, &length, &room)),
		       -ENOTSUPP);
	TEST_ASSERT_EQ(dmaengine_desc_set_metadata_len(desc, 8), -ENOTSUPP);
	return TEST_OK;
}

static int
copies_have_none(void)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, 64, NULL);

	TEST_ASSERT(!dmaengine_is_metadata_mode_supported(eng_chan, DESC_METADATA_CLIENT));
	TEST_ASSERT(!dmaengine_is_metadata_mode_supported(eng_chan, DESC_METADATA_ENGINE));
	TEST_CALL(metadata_refused(desc));
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	dma_async_issue_pending(eng_chan);
	return eng_usable();
}

static struct dma_async_tx_descriptor *
receive(void *buffer)
{
	return dmaengine_prep_slave_single(eng_chan, eng_addr(buffer), FRAME, DMA_DEV_TO_MEM,
					   DMA_PREP_INTERRUPT);
}

/* A frame for the port, by the second channel; its metadata in client mode. */
static int
send_frame(const void *data, void *meta, size_t meta_length)
{
	struct dma_slave_config config = eng_far();
	struct dma_async_tx_descriptor *desc;
	struct dma_chan *chan = eng_second();
	dma_cookie_t cookie;

	TEST_ASSERT(chan != NULL);
	TEST_ASSERT_EQ(dmaengine_slave_config(chan, &config), 0);
	desc = dmaengine_prep_slave_single(chan, eng_addr(data), FRAME, DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, meta, meta_length), 0);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(chan);
	ENG_WAIT(dmaengine_tx_status(chan, cookie, NULL) == DMA_COMPLETE);
	return TEST_OK;
}

ENG_CASE(B42_the_two_modes_do_not_mix, ENG_METADATA)
{
	struct dma_async_tx_descriptor *client, *engine;
	_Atomic uint32_t calls = 0;
	size_t length, room;
	uint8_t meta[16];

	if (!eng_can(ENG_METADATA))
		return copies_have_none();
	TEST_CALL(eng_far_config());
	client = receive(eng_dst);
	engine = receive(eng_dst);
	TEST_ASSERT(client != NULL && engine != NULL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(client, meta, sizeof(meta)), 0);
	TEST_ASSERT_EQ(PTR_ERR(dmaengine_desc_get_metadata_ptr(client, &length, &room)), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_set_metadata_len(client, 8), -EINVAL);
	TEST_ASSERT(!IS_ERR_OR_NULL(dmaengine_desc_get_metadata_ptr(engine, &length, &room)));
	TEST_ASSERT(room >= sizeof(meta));
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(engine, meta, sizeof(meta)), -EINVAL);
	/* The refused calls have changed nothing. */
	client->callback = engine->callback = eng_count;
	client->callback_param = engine->callback_param = &calls;
	TEST_ASSERT(dmaengine_submit(client) > 0 && dmaengine_submit(engine) > 0);
	dma_async_issue_pending(eng_chan);
	memset(eng_src + 4096, 0x77, 16);
	TEST_CALL(send_frame(eng_src, eng_src + 4096, 16));
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT(eng_all(meta, sizeof(meta), 0x77));
	TEST_CALL(send_frame(eng_src, eng_src + 4096, 16));
	ENG_WAIT(atomic_load(&calls) == 2);
	return TEST_OK;
}

ENG_CASE(B43_unsupported_null_and_bad_lengths_are_refused, ENG_METADATA)
{
	struct dma_async_tx_descriptor *desc;
	size_t length, room;
	struct eng_bare bare;
	uint8_t meta[256];

	eng_bare_init(&bare);
	TEST_CALL(metadata_refused(&bare.desc));
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(NULL, meta, 16), -EINVAL);
	TEST_ASSERT_EQ(PTR_ERR(dmaengine_desc_get_metadata_ptr(NULL, &length, &room)), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_set_metadata_len(NULL, 16), -EINVAL);
	TEST_ASSERT(!dmaengine_is_metadata_mode_supported(NULL, DESC_METADATA_CLIENT));
	TEST_ASSERT(!dmaengine_is_metadata_mode_supported(NULL, DESC_METADATA_ENGINE));
	TEST_ASSERT(!dmaengine_is_metadata_mode_supported(eng_chan, DESC_METADATA_NONE));
	if (!eng_can(ENG_METADATA))
		return copies_have_none();
	TEST_ASSERT(dmaengine_is_metadata_mode_supported(eng_chan, DESC_METADATA_CLIENT));
	TEST_ASSERT(dmaengine_is_metadata_mode_supported(eng_chan, DESC_METADATA_ENGINE));
	TEST_CALL(eng_far_config());
	desc = receive(eng_dst);
	TEST_ASSERT(desc != NULL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, NULL, 16), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, meta, 0), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, meta, sizeof(meta)), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_desc_set_metadata_len(desc, sizeof(meta)), -EINVAL);
	TEST_ASSERT(dmaengine_submit(desc) > 0);
	return TEST_OK;
}

struct packet {
	uint8_t *meta;
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls, intact;
	size_t length, room;
	uint8_t seen[64];
};

static void
look_at_meta(void *param)
{
	struct packet *packet = param;

	if (eng_all(packet->meta, 16, 0x31) && eng_all(packet->meta + 16, 8, 0xcc))
		atomic_fetch_add(&packet->intact, 1);
	atomic_fetch_add(&packet->calls, 1);
}

ENG_CASE(B44_client_metadata_is_there_before_the_callback, ENG_METADATA)
{
	uint8_t meta[24], later[24];
	struct packet packet = { .meta = meta };
	_Atomic uint32_t calls = 0;

	if (!eng_can(ENG_METADATA))
		return copies_have_none();
	TEST_CALL(eng_far_config());
	memset(meta, 0xcc, sizeof(meta));
	packet.desc = receive(eng_dst);
	TEST_ASSERT(packet.desc != NULL);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(packet.desc, meta, sizeof(meta)), 0);
	packet.desc->callback = look_at_meta;
	packet.desc->callback_param = &packet;
	TEST_ASSERT(dmaengine_submit(packet.desc) > 0);
	dma_async_issue_pending(eng_chan);
	memset(eng_src + 4096, 0x31, 16);
	TEST_CALL(send_frame(eng_src, eng_src + 4096, 16));
	ENG_WAIT(atomic_load(&packet.calls) == 1);
	TEST_ASSERT_EQ(atomic_load(&packet.intact), 1);
	TEST_ASSERT(memcmp(eng_dst, eng_src, FRAME) == 0);
	/* It is the client's again: the next frame leaves it alone. */
	memset(meta, 0x5a, sizeof(meta));
	packet.desc = receive(eng_dst);
	TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(packet.desc, later, sizeof(later)), 0);
	packet.desc->callback = eng_count;
	packet.desc->callback_param = &calls;
	TEST_ASSERT(dmaengine_submit(packet.desc) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(send_frame(eng_src, eng_src + 4096, 16));
	ENG_WAIT(atomic_load(&calls) == 1);
	TEST_ASSERT(eng_all(meta, sizeof(meta), 0x5a));
	TEST_ASSERT(eng_all(later, 16, 0x31));
	return TEST_OK;
}

static void
fetch_meta(void *param)
{
	struct packet *packet = param;
	uint8_t *meta = dmaengine_desc_get_metadata_ptr(packet->desc, &packet->length,
							&packet->room);

	if (!IS_ERR_OR_NULL(meta) && packet->length <= sizeof(packet->seen)) {
		memcpy(packet->seen, meta, packet->length);
		atomic_fetch_add(&packet->intact, 1);
	}
	atomic_fetch_add(&packet->calls, 1);
}

/* Send with engine mode: the length that is set before submit is what arrives. */
static int
send_engine_frame(size_t length, uint8_t value)
{
	struct dma_slave_config config = eng_far();
	struct dma_async_tx_descriptor *desc;
	struct dma_chan *chan = eng_second();
	dma_cookie_t cookie;
	size_t used, room;
	uint8_t *meta;

	TEST_ASSERT(chan != NULL);
	TEST_ASSERT_EQ(dmaengine_slave_config(chan, &config), 0);
	desc = dmaengine_prep_slave_single(chan, eng_addr(eng_src), FRAME, DMA_MEM_TO_DEV, 0);
	TEST_ASSERT(desc != NULL);
	meta = dmaengine_desc_get_metadata_ptr(desc, &used, &room);
	TEST_ASSERT(!IS_ERR_OR_NULL(meta));
	TEST_ASSERT(room >= length);
	memset(meta, value, length);
	TEST_ASSERT_EQ(dmaengine_desc_set_metadata_len(desc, length), 0);
	cookie = dmaengine_submit(desc);
	dma_async_issue_pending(chan);
	ENG_WAIT(dmaengine_tx_status(chan, cookie, NULL) == DMA_COMPLETE);
	return TEST_OK;
}

ENG_CASE(B45_engine_metadata_in_the_callback_and_to_the_far_side, ENG_METADATA)
{
	static const size_t lengths[] = { 1, 7, 16, 64 };
	struct dmaengine_refdma_peripheral frames = { .flags = DMAENGINE_REFDMA_STOP_EOF };
	struct dma_slave_config config;

	if (!eng_can(ENG_METADATA))
		return copies_have_none();
	/* A channel for frames; nobody asks for the metadata before the callback. */
	config = eng_far();
	config.peripheral_config = &frames;
	config.peripheral_size = sizeof(frames);
	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	for (unsigned int i = 0; i < RTE_DIM(lengths); i++) {
		struct packet packet = { 0 };

		packet.desc = receive(eng_dst);
		TEST_ASSERT(packet.desc != NULL);
		packet.desc->callback = fetch_meta;
		packet.desc->callback_param = &packet;
		TEST_ASSERT(dmaengine_submit(packet.desc) > 0);
		dma_async_issue_pending(eng_chan);
		TEST_CALL(send_engine_frame(lengths[i], 0x40 + i));
		ENG_WAIT(atomic_load(&packet.calls) == 1);
		TEST_ASSERT_EQ(atomic_load(&packet.intact), 1);
		TEST_ASSERT_EQ(packet.length, lengths[i]);
		TEST_ASSERT(packet.room >= packet.length);
		TEST_ASSERT(eng_all(packet.seen, lengths[i], 0x40 + i));
	}
	return TEST_OK;
}

#define MANY	16

/* Each descriptor of the pool has a place of its own for them, not only the first. */
ENG_CASE(B44_metadata_of_many_descriptors_at_once, ENG_METADATA)
{
	struct dma_async_tx_descriptor *desc;
	_Atomic uint32_t calls = 0;
	uint8_t meta[MANY][8];

	if (!eng_can(ENG_METADATA))
		return copies_have_none();
	TEST_CALL(eng_far_config());
	memset(meta, 0, sizeof(meta));
	for (unsigned int i = 0; i < MANY; i++) {
		desc = receive(eng_dst + i * FRAME);
		TEST_ASSERT(desc != NULL);
		TEST_ASSERT_EQ(dmaengine_desc_attach_metadata(desc, meta[i], sizeof(meta[i])), 0);
		desc->callback = eng_count;
		desc->callback_param = &calls;
		TEST_ASSERT(dmaengine_submit(desc) > 0);
	}
	dma_async_issue_pending(eng_chan);
	for (unsigned int i = 0; i < MANY; i++) {
		memset(eng_src + 4096, 0x11 + (int)i, sizeof(meta[i]));
		TEST_CALL(send_frame(eng_src, eng_src + 4096, sizeof(meta[i])));
		ENG_WAIT(atomic_load(&calls) == i + 1);
		TEST_ASSERT(eng_all(meta[i], sizeof(meta[i]), 0x11 + (int)i));
	}
	return TEST_OK;
}

static const struct test_case metadata[] = {
	ENG_TEST(B42_the_two_modes_do_not_mix),
	ENG_TEST(B43_unsupported_null_and_bad_lengths_are_refused),
	ENG_TEST(B44_client_metadata_is_there_before_the_callback),
	ENG_TEST(B44_metadata_of_many_descriptors_at_once),
	ENG_TEST(B45_engine_metadata_in_the_callback_and_to_the_far_side),
};
ENG_TOPIC(metadata)
