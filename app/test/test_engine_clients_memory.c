/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Drivers that copy and fill memory, and those of pictures, samples and packets. */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_clients.h"

#define SOURCE	2

/* --- copies --- */

ENG_CASE(an_offload_lets_its_mappings_go_with_the_descriptor, ENG_ANY)
{
	TEST_CALL(eng_background());
	for (unsigned int i = 0; i < ENG_POOL + 8; i++) {
		TEST_ASSERT_EQ(offload_unmap(eng_chan, eng_dst + i, eng_src + 2 * i, 1500), 0);
		TEST_ASSERT(memcmp(eng_dst + i, eng_src + 2 * i, 1500) == 0);
	}
	return eng_usable();
}

ENG_CASE(a_raid_copy_waits_for_its_last_piece, ENG_ANY)
{
	struct client_hw hw;

	TEST_CALL(client_board(&hw));
	for (unsigned int i = 0; i < 10; i++) {
		memset(eng_dst, ENG_UNTOUCHED, 32 * 4096);
		TEST_ASSERT_EQ(offload_shared(eng_dst, eng_src, 4096, 31), 0);
		TEST_ASSERT(memcmp(eng_dst, eng_src, 31 * 4096) == 0);
		TEST_ASSERT(eng_untouched(eng_dst + 31 * 4096, 4096));
	}
	/* The shared channel is free again. */
	return eng_request();
}

ENG_CASE(a_flash_driver_copies_by_any_channel, ENG_ANY)
{
	struct dma_chan *other = eng_second();
	struct client_hw hw;

	/* All are held. */
	TEST_ASSERT_EQ(nand_copy(eng_dst, eng_src, 2048), -ENODEV);
	TEST_ASSERT(eng_untouched(eng_dst, 2048));
	TEST_CALL(client_board(&hw));
	TEST_ASSERT_EQ(nand_copy(eng_dst, eng_src, 2048), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 2048) == 0);
	if (other != NULL)
		TEST_CALL(eng_usable_on(other));
	return eng_request();
}

ENG_CASE(an_endpoint_test_picks_its_controller, ENG_ANY)
{
	char name[64], wrong[] = "nobody";
	struct client_hw hw;

	snprintf(name, sizeof(name), "%s", dev_name(eng_chan->device->dev));
	TEST_CALL(client_board(&hw));
	TEST_ASSERT_EQ(endpoint_copy(wrong, eng_dst, eng_src, 3000), -ENODEV);
	TEST_ASSERT_EQ(endpoint_copy(name, eng_dst, eng_src, 3000), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 3000) == 0);
	return eng_request();
}

ENG_CASE(an_area_is_filled_and_polled_for, ENG_FILL)
{
	TEST_CALL(eng_background());
	if (!eng_can(ENG_FILL)) {
		TEST_ASSERT_EQ(fill_area(eng_chan, eng_dst, 1000, 0x5a), -EOPNOTSUPP);
		return eng_usable();
	}
	/* The value is an int of which one byte counts. */
	TEST_ASSERT_EQ(fill_area(eng_chan, eng_dst + 1, 1000, -0x5b), 0);
	TEST_ASSERT(eng_all(eng_dst + 1, 1000, 0xa5));
	TEST_ASSERT(eng_untouched(eng_dst, 1) && eng_untouched(eng_dst + 1001, 64));
	return eng_usable();
}

ENG_CASE(a_result_says_how_it_went, ENG_ERRORS)
{
	struct dmaengine_result result = { DMA_TRANS_ABORTED, 1 };

	TEST_CALL(eng_background());
	TEST_ASSERT_EQ(result_copy(eng_chan, eng_addr(eng_dst), eng_addr(eng_src), 4000, &result),
		       0);
	TEST_ASSERT_EQ(result.result, DMA_TRANS_NOERROR);
	TEST_ASSERT_EQ(result.residue, 0);
	if (!eng_can(ENG_ERRORS))
		return eng_usable();
	/* No memory is there. */
	TEST_ASSERT_EQ(result_copy(eng_chan, eng_addr(eng_dst), 0x10, 4000, &result), 0);
	TEST_ASSERT_EQ(result.result, DMA_TRANS_READ_FAILED);
	TEST_ASSERT_EQ(result.residue, 4000);
	TEST_ASSERT_EQ(result_copy(eng_chan, 0x10, eng_addr(eng_src), 4000, &result), 0);
	TEST_ASSERT_EQ(result.result, DMA_TRANS_WRITE_FAILED);
	TEST_ASSERT_EQ(result.residue, 4000);
	return eng_usable();
}

ENG_CASE(a_descriptor_serves_many_times, ENG_ANY)
{
	uint64_t submitted = eng_stats().submitted;

	TEST_CALL(eng_background());
	TEST_ASSERT_EQ(reuse_copy(eng_chan, eng_addr(eng_dst), eng_addr(eng_src), 512, 20), 0);
	TEST_ASSERT(memcmp(eng_dst, eng_src, 512) == 0);
	TEST_ASSERT_EQ(eng_stats().submitted - submitted, 20);
	return eng_usable();
}

/* --- pictures, samples, packets --- */

#define WIDTH	640
#define STRIDE	704
#define HEIGHT	48

/* Every line has been written, and no gap. */
static bool
is_picture(const uint8_t *buf)
{
	for (unsigned int line = 0; line < HEIGHT; line++)
		if (eng_untouched(buf + line * STRIDE, WIDTH) ||
		    !eng_untouched(buf + line * STRIDE + WIDTH, STRIDE - WIDTH))
			return false;
	return true;
}

/* What the device is writing is looked at only when the camera is closed. */
static int
shows_pictures(struct camera *cam, uint8_t *second)
{
	unsigned int frames;

	TEST_ASSERT_EQ(camera_queue(cam, eng_addr(eng_dst)), 0);
	ENG_WAIT(cam->frames > 2);
	TEST_ASSERT(eng_untouched(second, HEIGHT * STRIDE));
	/* It takes over at the end of a picture. */
	TEST_ASSERT_EQ(camera_queue(cam, eng_addr(second)), 0);
	frames = cam->frames;
	ENG_WAIT(cam->frames > frames + 3);
	return TEST_OK;
}

ENG_CASE(a_camera_repeats_until_the_next_picture, ENG_REPEAT)
{
	union {
		struct dma_interleaved_template xt;
		uint8_t room[sizeof(struct dma_interleaved_template) + sizeof(struct data_chunk)];
	} templ = { .room = { 0 } };
	struct camera cam = { .xt = &templ.xt };
	uint8_t *second = eng_dst + 2 * HEIGHT * STRIDE;
	struct rte_pmd_refdma_port port;
	struct client_hw hw;

	TEST_CALL(client_board(&hw));
	if (!client_has_two())
		return eng_request();
	if (eng_can(ENG_PORTS)) {
		TEST_ASSERT_EQ(rte_pmd_refdma_port_get(eng_dev, SOURCE, &port), 0);
		hw.rx_fifo = port.addr;
	}
	TEST_ASSERT_EQ(camera_open(&cam, &hw, WIDTH, STRIDE, HEIGHT), 0);
	if (eng_can(ENG_REPEAT))
		TEST_CALL(shows_pictures(&cam, second));
	else
		TEST_ASSERT_EQ(camera_queue(&cam, eng_addr(eng_dst)), -ENOTSUPP);
	camera_close(&cam);
	if (eng_can(ENG_REPEAT)) {
		TEST_ASSERT(is_picture(eng_dst));
		TEST_ASSERT(is_picture(second));
	}
	return eng_request();
}

ENG_CASE(a_sampler_fills_blocks_from_a_queue, ENG_ANY)
{
	const size_t block = 1024, count = 8;
	struct client_hw hw;

	TEST_CALL(client_board(&hw));
	if (!client_has_two())
		return eng_request();
	TEST_CALL(client_fill(&hw, block * count));
	TEST_ASSERT_EQ(sampler_read(&hw, eng_dst, block, count), 0);
	/* A port goes on, memory starts anew with each transfer. */
	for (unsigned int i = 0; i < count; i++)
		TEST_ASSERT(memcmp(eng_dst + i * block,
				   eng_src + (eng_can(ENG_PORTS) ? i * block : 0), block) == 0);
	TEST_ASSERT(eng_untouched(eng_dst + block * count, block));
	return eng_request();
}

static int
packet_goes_round(const struct client_hw *hw, bool engine)
{
	uint8_t tag[16], tag_out[32];
	struct crypto_packet packet = {
		.in = eng_src, .out = eng_dst, .len = 512, .tag = tag, .tag_out = tag_out,
		.tag_len = sizeof(tag), .engine = engine,
	};

	memset(tag, 0x33, sizeof(tag));
	memset(tag_out, ENG_UNTOUCHED, sizeof(tag_out));
	memset(eng_dst, ENG_UNTOUCHED, 1024);
	if (!eng_can(ENG_METADATA)) {
		TEST_ASSERT_EQ(crypto_packet(hw, &packet), -ENOTSUPP);
		return TEST_OK;
	}
	TEST_ASSERT_EQ(crypto_packet(hw, &packet), sizeof(tag));
	TEST_ASSERT(memcmp(eng_dst, eng_src, 512) == 0 && eng_untouched(eng_dst + 512, 64));
	TEST_ASSERT(memcmp(tag_out, tag, sizeof(tag)) == 0);
	TEST_ASSERT(eng_untouched(tag_out + sizeof(tag), sizeof(tag_out) - sizeof(tag)));
	return TEST_OK;
}

ENG_CASE(a_packet_and_its_tag_go_round, ENG_METADATA)
{
	struct client_hw hw;

	TEST_CALL(client_board(&hw));
	if (!client_has_two())
		return eng_request();
	for (unsigned int i = 0; i < 3; i++) {
		TEST_CALL(packet_goes_round(&hw, false));
		TEST_CALL(packet_goes_round(&hw, true));
	}
	return eng_request();
}

/* --- what else drivers ask for --- */

ENG_CASE(a_device_tree_node_selects_the_controller, ENG_ANY)
{
	/* A client never looks into one. */
	struct device_node *here = (struct device_node *)eng_src;
	struct device_node *there = (struct device_node *)eng_dst;
	struct device *controller = eng_chan->device->dev;
	struct dma_chan *chan;
	struct client_hw hw;
	dma_cap_mask_t mask;

	TEST_CALL(client_board(&hw));
	dma_cap_zero(mask);
	/* Private says nothing: who gets one has it alone. */
	dma_cap_set(DMA_SLAVE, mask);
	dma_cap_set(DMA_PRIVATE, mask);
	TEST_ASSERT(__dma_request_channel(&mask, NULL, NULL, here) == NULL);
	controller->of_node = here;
	TEST_ASSERT(__dma_request_channel(&mask, NULL, NULL, there) == NULL);
	chan = __dma_request_channel(&mask, NULL, NULL, here);
	controller->of_node = NULL;
	TEST_ASSERT(chan != NULL);
	TEST_CALL(eng_usable_on(chan));
	dma_release_channel(chan);
	return eng_request();
}

ENG_CASE(issuing_all_leaves_a_peripheral_alone, ENG_ANY)
{
	_Atomic uint32_t calls = 0;
	struct dma_chan *other;
	dma_cap_mask_t mask;
	dma_cookie_t cookie;

	TEST_CALL(eng_background());
	cookie = eng_submit_copy(eng_dst, eng_src, 64, &calls);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	other = dma_request_channel(mask, NULL, NULL);
	if (other != NULL) {
		TEST_ASSERT(dmaengine_submit(eng_copy_on(other, eng_dst + 64, eng_src, 64,
							 &calls)) > 0);
		dma_issue_pending_all();
		ENG_WAIT(atomic_load(&calls) == 1);
		dma_release_channel(other);
	}
	dma_issue_pending_all();
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(eng_status(cookie), DMA_IN_PROGRESS);
	TEST_ASSERT(eng_untouched(eng_dst, 64));
	dma_async_issue_pending(eng_chan);
	return eng_wait_complete(cookie);
}

ENG_CASE(a_short_list_is_copied_as_far_as_it_goes, ENG_ANY)
{
	struct scatterlist sgl[2];
	uint8_t flat[64], behind = eng_src[110];

	sg_init_table(sgl, 2);
	sg_set_buf(&sgl[0], eng_src, 10);
	sg_set_buf(&sgl[1], eng_src + 100, 20);
	memset(flat, ENG_UNTOUCHED, sizeof(flat));
	TEST_ASSERT_EQ(sg_copy_to_buffer(sgl, 5, flat, sizeof(flat)), 30);
	TEST_ASSERT(memcmp(flat, eng_src, 10) == 0 && memcmp(flat + 10, eng_src + 100, 20) == 0);
	TEST_ASSERT(eng_untouched(flat + 30, sizeof(flat) - 30));
	TEST_ASSERT_EQ(sg_pcopy_to_buffer(sgl, 5, flat, 8, 5), 8);
	TEST_ASSERT(memcmp(flat, eng_src + 5, 5) == 0 && memcmp(flat + 5, eng_src + 100, 3) == 0);
	TEST_ASSERT_EQ(sg_pcopy_to_buffer(sgl, 5, flat, 8, 30), 0);
	TEST_ASSERT_EQ(sg_copy_to_buffer(NULL, 1, flat, 8), 0);
	TEST_ASSERT_EQ(sg_zero_buffer(sgl, 2, 8, 12), 8);
	TEST_ASSERT(eng_all(eng_src + 102, 8, 0) && eng_src[110] == behind);
	return eng_usable();
}

const struct test_case client_memory_cases[] = {
	ENG_TEST(an_offload_lets_its_mappings_go_with_the_descriptor),
	ENG_TEST(a_raid_copy_waits_for_its_last_piece),
	ENG_TEST(a_flash_driver_copies_by_any_channel),
	ENG_TEST(an_endpoint_test_picks_its_controller),
	ENG_TEST(an_area_is_filled_and_polled_for),
	ENG_TEST(a_result_says_how_it_went),
	ENG_TEST(a_descriptor_serves_many_times),
	ENG_TEST(a_camera_repeats_until_the_next_picture),
	ENG_TEST(a_sampler_fills_blocks_from_a_queue),
	ENG_TEST(a_packet_and_its_tag_go_round),
	ENG_TEST(a_device_tree_node_selects_the_controller),
	ENG_TEST(issuing_all_leaves_a_peripheral_alone),
	ENG_TEST(a_short_list_is_copied_as_far_as_it_goes),
};
const unsigned int client_memory_nb_cases = RTE_DIM(client_memory_cases);
