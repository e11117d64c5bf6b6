/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Drivers of peripherals, of clients/, do what they do in a kernel: their data arrives, their
 * errors are the ones that they expect, and nothing is left behind.
 */

#include <errno.h>
#include <string.h>

#include <rte_pmd_refdma.h>

#include "test_engine_clients.h"

#define SINK	1
#define MAX_CLIENT_CASES	64

/* --- the board --- */

int
client_board(struct client_hw *hw)
{
	struct dma_slave_config far = eng_far();

	/* They wait for completions, so somebody else must run the tasklet. */
	TEST_CALL(eng_background());
	eng_release();
	*hw = (struct client_hw){
		.dev = dmaengine_compat_device(ENG_CLIENT),
		.tx_fifo = far.dst_addr,
		.rx_fifo = far.src_addr,
		.window = CLIENT_FAR / 4,
	};
	if (eng_can(ENG_PORTS))
		return TEST_OK;
	hw->rx_fifo += CLIENT_FAR;
	memcpy((void *)(uintptr_t)hw->rx_fifo, eng_src, CLIENT_FAR);
	return TEST_OK;
}

int
client_fill(const struct client_hw *hw, size_t length)
{
	struct i2c i2c;

	if (!eng_can(ENG_PORTS))
		return TEST_OK;
	TEST_ASSERT_EQ(i2c_request(&i2c, hw, "tx", "rx"), 0);
	TEST_ASSERT_EQ(i2c_message(&i2c, eng_src, length, false), 0);
	i2c_remove(&i2c);
	TEST_ASSERT_EQ(i2c.by_cpu, 0);
	return TEST_OK;
}

const uint8_t *
client_sent(const struct client_hw *hw)
{
	return (const uint8_t *)(uintptr_t)hw->tx_fifo;
}

bool
client_has_two(void)
{
	struct dma_chan *chan = dma_request_chan(dmaengine_compat_device(ENG_CLIENT), "rx");

	if (IS_ERR(chan))
		return false;
	dma_release_channel(chan);
	return true;
}

int
client_all_back(struct dma_chan *chan)
{
	struct dmaengine_compat_chan_stats stats;

	ENG_WAIT((dmaengine_compat_chan_stats(chan, &stats), stats.pool_free == ENG_POOL));
	TEST_ASSERT_EQ(stats.in_flight, 0);
	return TEST_OK;
}

/* --- serial --- */

/* Two full buffers and a part of a third, in writes that wrap around the ring. */
static int
serial_over_loopback(struct serial *s)
{
	struct dma_tx_state state;

	TEST_ASSERT_EQ(serial_write(s, eng_src, 300), 0);
	TEST_ASSERT_EQ(serial_write(s, eng_src + 300, 1), 0);
	TEST_ASSERT_EQ(serial_write(s, eng_src + 301, 399), 0);
	ENG_WAIT(s->line_bytes == 2 * SERIAL_RX);
	ENG_WAIT(dmaengine_tx_status(s->rx, s->rx_cookie, &state) == DMA_IN_PROGRESS &&
		 state.residue == 3 * SERIAL_RX - 700);
	TEST_ASSERT_EQ(serial_rx_timeout(s), 0);
	TEST_ASSERT_EQ(s->line_bytes, 700);
	TEST_ASSERT(memcmp(s->line, eng_src, 700) == 0);
	return TEST_OK;
}

static int
serial_over_memory(const struct client_hw *hw, struct serial *s)
{
	TEST_ASSERT(wait_for_completion_timeout(&s->line_full, CLIENT_WAIT) != 0);
	TEST_ASSERT_EQ(s->line_bytes, 2 * SERIAL_RX);
	TEST_ASSERT(memcmp(s->line, eng_src, SERIAL_RX) == 0);
	TEST_ASSERT(memcmp(s->line + SERIAL_RX, eng_src, SERIAL_RX) == 0);
	/* It wraps: two segments of one transfer. */
	TEST_ASSERT_EQ(serial_write(s, eng_src + 4096, 300), 0);
	TEST_ASSERT(memcmp(client_sent(hw), eng_src + 4096, 300) == 0);
	return TEST_OK;
}

ENG_CASE(a_serial_port_sends_a_ring_and_restarts_its_receiver, ENG_ANY)
{
	bool ports = eng_can(ENG_PORTS);
	struct client_hw hw;
	struct serial s;

	TEST_CALL(client_board(&hw));
	if (!client_has_two()) {
		TEST_ASSERT_EQ(serial_start(&s, &hw, eng_dst, 512), -ENODEV);
		return eng_request();
	}
	TEST_ASSERT_EQ(serial_start(&s, &hw, eng_dst, ports ? 4096 : 2 * SERIAL_RX), 0);
	TEST_CALL(ports ? serial_over_loopback(&s) : serial_over_memory(&hw, &s));
	TEST_CALL(client_all_back(s.rx));
	TEST_CALL(client_all_back(s.tx));
	serial_stop(&s);
	return eng_request();
}

/* --- buses --- */

ENG_CASE(spi_moves_both_ways_and_times_out, ENG_ANY)
{
	bool ports = eng_can(ENG_PORTS);
	struct client_hw hw;
	struct spi spi;

	TEST_CALL(client_board(&hw));
	if (!client_has_two()) {
		TEST_ASSERT_EQ(spi_probe(&spi, &hw), -EPROBE_DEFER);
		return eng_request();
	}
	TEST_ASSERT_EQ(spi_probe(&spi, &hw), 0);
	for (unsigned int i = 0; i < 3; i++) {
		memset(eng_dst, ENG_UNTOUCHED, 16384);
		TEST_ASSERT_EQ(spi_transfer(&spi, eng_src + 100, eng_dst + 40, 8000,
					    CLIENT_WAIT), 0);
		TEST_ASSERT(memcmp(eng_dst + 40, eng_src + (ports ? 100 : 0), 8000) == 0);
		TEST_ASSERT(eng_untouched(eng_dst, 40) && eng_untouched(eng_dst + 8040, 100));
		/* On the bus, all is sent by the time it is received; in memory, it need not be. */
		TEST_CALL(client_all_back(spi.tx));
		if (!ports)
			TEST_ASSERT(memcmp(client_sent(&hw), eng_src + 100, 8000) == 0);
		/* A loopback without a sender is silent; memory always answers. */
		TEST_ASSERT_EQ(spi_transfer(&spi, NULL, eng_dst, 64, ports ? 20 : CLIENT_WAIT),
			       ports ? -ETIMEDOUT : 0);
		TEST_CALL(client_all_back(spi.tx));
		TEST_CALL(client_all_back(spi.rx));
	}
	spi_remove(&spi);
	return eng_request();
}

ENG_CASE(i2c_moves_one_way_or_lets_the_cpu_do_it, ENG_ANY)
{
	struct client_hw hw;
	struct i2c i2c;

	TEST_CALL(client_board(&hw));
	/* Channels that nobody has described: no failure, but no DMA. */
	TEST_ASSERT_EQ(i2c_request(&i2c, &hw, "none", "neither"), 0);
	TEST_ASSERT_EQ(i2c_message(&i2c, eng_dst, 8, true), 0);
	TEST_ASSERT_EQ(i2c.by_cpu, 1);
	i2c_remove(&i2c);

	TEST_ASSERT_EQ(i2c_request(&i2c, &hw, "tx", "rx"), 0);
	TEST_ASSERT_EQ(i2c_message(&i2c, eng_src, 33, false), 0);
	if (!eng_can(ENG_PORTS))
		TEST_ASSERT(memcmp(client_sent(&hw), eng_src, 33) == 0);
	if (!IS_ERR(i2c.rx)) {
		TEST_ASSERT_EQ(i2c_message(&i2c, eng_dst, 33, true), 0);
		TEST_ASSERT(memcmp(eng_dst, eng_src, 33) == 0);
		TEST_ASSERT(eng_untouched(eng_dst + 33, 64));
		TEST_ASSERT_EQ(i2c.by_cpu, 0);
	}
	i2c_remove(&i2c);
	return eng_request();
}

/* --- a card --- */

/* There is less than what is asked for: what has come is said, and the next request works. */
static int
card_gives_up(struct mmc *mmc)
{
	struct mmc_data data = { .read = true };

	TEST_ASSERT_EQ(mmc_pre(mmc, &data, eng_dst, 1024, 256), 0);
	TEST_ASSERT_EQ(mmc_run(mmc, &data, 20), -ETIMEDOUT);
	TEST_ASSERT_EQ(data.moved, 0);
	mmc_post(mmc, &data);
	return TEST_OK;
}

ENG_CASE(a_card_host_moves_long_lists, ENG_ANY)
{
	struct mmc_data to = { .read = false }, from = { .read = true };
	const size_t length = 16000;
	struct client_hw hw;
	struct mmc mmc;

	TEST_CALL(client_board(&hw));
	TEST_ASSERT_EQ(mmc_probe(&mmc, &hw), 0);
	if (eng_can(ENG_PORTS))
		TEST_CALL(card_gives_up(&mmc));
	/* The second request is mapped before the first one runs. */
	TEST_ASSERT_EQ(mmc_pre(&mmc, &to, eng_src, length, 512), 0);
	TEST_ASSERT_EQ(mmc_pre(&mmc, &from, eng_dst, length, 1000), 0);
	TEST_ASSERT_EQ(mmc_run(&mmc, &to, CLIENT_WAIT), 0);
	TEST_ASSERT_EQ(mmc_run(&mmc, &from, CLIENT_WAIT), 0);
	mmc_post(&mmc, &to);
	mmc_post(&mmc, &from);
	TEST_ASSERT_EQ(to.moved, length);
	TEST_ASSERT_EQ(from.moved, length);
	TEST_ASSERT(memcmp(eng_dst, eng_src, length) == 0);
	TEST_ASSERT(eng_untouched(eng_dst + length, 256));
	TEST_CALL(client_all_back(mmc.chan));
	mmc_remove(&mmc);
	return eng_request();
}

/* --- sound --- */

static int
pauses(struct audio *a)
{
	unsigned int elapsed;
	size_t at;

	TEST_ASSERT(a->can_pause);
	TEST_ASSERT_EQ(audio_trigger(a, AUDIO_PAUSE), 0);
	/* A callback may have been on its way. */
	TEST_CALL(eng_settle());
	at = audio_pointer(a);
	elapsed = a->elapsed;
	TEST_CALL(eng_settle());
	TEST_ASSERT_EQ(audio_pointer(a), at);
	TEST_ASSERT_EQ(a->elapsed, elapsed);
	TEST_ASSERT_EQ(audio_trigger(a, AUDIO_RESUME), 0);
	ENG_WAIT(a->elapsed > elapsed + 2);
	return TEST_OK;
}

/* A codec takes a megabyte a second: unpaced, an inline device moves whole laps at a time. */
static int
connect_codec(struct client_hw *hw)
{
	const struct rte_pmd_refdma_port_conf conf = { .rate = 1000000 };
	struct rte_pmd_refdma_port port;

	if (!eng_can(ENG_PORTS))
		return TEST_OK;
	TEST_ASSERT_EQ(rte_pmd_refdma_port_set(eng_dev, SINK, &conf), 0);
	TEST_ASSERT_EQ(rte_pmd_refdma_port_get(eng_dev, SINK, &port), 0);
	hw->tx_fifo = port.addr;
	return TEST_OK;
}

ENG_CASE(a_sound_stream_runs_pauses_and_stops, ENG_ANY)
{
	unsigned int elapsed;
	struct client_hw hw;
	struct audio a;

	TEST_CALL(client_board(&hw));
	TEST_CALL(connect_codec(&hw));
	TEST_ASSERT_EQ(audio_open(&a, &hw, true, 3072, 1024), 0);
	for (unsigned int round = 0; round < 2; round++) {
		a.elapsed = 0;
		memcpy(a.area, eng_src + round, a.size);
		TEST_ASSERT_EQ(audio_trigger(&a, AUDIO_START), 0);
		ENG_WAIT(a.elapsed > 3);
		ENG_WAIT(audio_pointer(&a) > 0);
		TEST_ASSERT(audio_pointer(&a) < a.size);
		TEST_CALL(pauses(&a));
		TEST_ASSERT_EQ(audio_trigger(&a, AUDIO_STOP), 0);
		dmaengine_synchronize(a.chan);
		elapsed = a.elapsed;
		TEST_ASSERT_EQ(audio_pointer(&a), 0);
		TEST_CALL(eng_settle());
		TEST_ASSERT_EQ(a.elapsed, elapsed);
		if (!eng_can(ENG_PORTS))
			TEST_ASSERT(memcmp(client_sent(&hw), a.area, a.size) == 0);
	}
	TEST_CALL(client_all_back(a.chan));
	audio_close(&a);
	return eng_request();
}

/* --- probing --- */

ENG_CASE(a_probe_gets_both_channels_or_none, ENG_ANY)
{
	struct dmaengine_compat_chan_spec spec = { dev_name(eng_chan->device->dev), 0 };
	const struct dma_slave_map late = { ENG_CLIENT, "late", &spec };
	struct dma_chan *chans[2];
	struct client_hw hw;

	TEST_CALL(client_board(&hw));
	TEST_ASSERT_EQ(probe_both(&hw, "tx", "late", chans), -EPROBE_DEFER);
	TEST_ASSERT_EQ(probe_both(&hw, "late", "tx", chans), -EPROBE_DEFER);
	TEST_ASSERT_EQ(probe_both(&hw, "tx", "tx", chans), -EBUSY);
	/* Now somebody describes it: the probe that was deferred succeeds. */
	TEST_ASSERT_EQ(dmaengine_compat_map_add(&late, 1), 0);
	if (client_has_two()) {
		TEST_ASSERT_EQ(probe_both(&hw, "late", "rx", chans), 0);
		TEST_CALL(eng_usable_on(chans[0]));
		TEST_CALL(eng_usable_on(chans[1]));
		dma_release_channel(chans[0]);
		dma_release_channel(chans[1]);
	}
	return eng_request();
}

ENG_CASE(a_probe_asks_by_filter_and_looks_at_the_limits, ENG_ANY)
{
	char name[64], wrong[] = "nobody";
	struct dma_chan *chan;
	struct client_hw hw;

	snprintf(name, sizeof(name), "%s", dev_name(eng_chan->device->dev));
	TEST_CALL(client_board(&hw));
	TEST_ASSERT(probe_legacy(&hw, wrong) == NULL);
	chan = probe_legacy(&hw, name);
	TEST_ASSERT(chan != NULL);
	TEST_ASSERT_EQ(probe_caps(chan, DMA_SLAVE_BUSWIDTH_4_BYTES, DMA_MEM_TO_DEV), 0);
	TEST_ASSERT_EQ(probe_caps(chan, DMA_SLAVE_BUSWIDTH_4_BYTES, DMA_DEV_TO_MEM), 0);
	TEST_ASSERT_EQ(probe_caps(chan, DMA_SLAVE_BUSWIDTH_3_BYTES, DMA_MEM_TO_DEV), -EOPNOTSUPP);
	TEST_ASSERT_EQ(probe_caps(chan, DMA_SLAVE_BUSWIDTH_4_BYTES, DMA_DEV_TO_DEV), -EOPNOTSUPP);
	TEST_ASSERT_EQ(probe_caps(chan, DMA_SLAVE_BUSWIDTH_4_BYTES, DMA_MEM_TO_MEM), -EOPNOTSUPP);
	dma_release_channel(chan);
	return eng_request();
}

static const struct test_case peripherals[] = {
	ENG_TEST(a_serial_port_sends_a_ring_and_restarts_its_receiver),
	ENG_TEST(spi_moves_both_ways_and_times_out),
	ENG_TEST(i2c_moves_one_way_or_lets_the_cpu_do_it),
	ENG_TEST(a_card_host_moves_long_lists),
	ENG_TEST(a_sound_stream_runs_pauses_and_stops),
	ENG_TEST(a_probe_gets_both_channels_or_none),
	ENG_TEST(a_probe_asks_by_filter_and_looks_at_the_limits),
};

/* --- suites --- */

#define CLIENT_SUITE(tail, env) \
	static int \
	setup_##tail(void) \
	{ \
		return eng_suite_setup(eng_env_find(env)); \
	} \
	static struct test_suite suite_##tail = { \
		.name = "engine_clients_" #tail, \
		.setup = setup_##tail, \
		.teardown = eng_suite_teardown, \
	};

CLIENT_SUITE(thread, "engine_refdma_thread")
CLIENT_SUITE(inline, "engine_refdma_inline")
CLIENT_SUITE(manual, "engine_refdma_manual")
CLIENT_SUITE(sleep, "engine_refdma_sleep")
CLIENT_SUITE(socket, "engine_refdma_socket")
CLIENT_SUITE(generic, "engine_generic_refdma")
CLIENT_SUITE(skeleton, "engine_generic_skeleton")

RTE_INIT(client_suites)
{
	static struct test_suite *const suites[] = {
		&suite_thread, &suite_inline, &suite_manual, &suite_sleep, &suite_socket,
		&suite_generic, &suite_skeleton,
	};
	static struct test_case cases[MAX_CLIENT_CASES];
	unsigned int n = 0;

	for (unsigned int i = 0; i < RTE_DIM(peripherals); i++)
		cases[n++] = peripherals[i];
	for (unsigned int i = 0; i < client_memory_nb_cases && n < MAX_CLIENT_CASES; i++)
		cases[n++] = client_memory_cases[i];
	for (unsigned int i = 0; i < RTE_DIM(suites); i++) {
		suites[i]->eal_args = eng_eal_args();
		suites[i]->cases = cases;
		suites[i]->nb_cases = n;
		test_suite_register(suites[i]);
	}
}
