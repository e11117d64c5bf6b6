/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_CLIENTS_H
#define TEST_CLIENTS_H

/**
 * @file
 * The DMA parts of drivers of many kinds, written as kernel drivers write them: they include
 * nothing but the kernel's headers. test_engine_clients.c plays the rest of the machine. What each
 * returns is 0 or a negative errno, unless it says otherwise.
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

/** Longest wait of a driver, in milliseconds. */
#define CLIENT_WAIT	30000

/** What a board says of a peripheral. */
struct client_hw {
	struct device *dev;	/**< The client's device, with channels "tx" and "rx". */
	phys_addr_t tx_fifo;	/**< Where it is written. */
	phys_addr_t rx_fifo;	/**< Where it is read. */
	u32 window;		/**< Words of 4 bytes at each. */
};

/* client_serial.c: a ring to send from, a receiver that restarts itself */
#define SERIAL_RING	1024
#define SERIAL_RX	256

struct serial {
	struct dma_chan *tx, *rx;
	dma_cookie_t tx_cookie;
	_Atomic dma_cookie_t rx_cookie;	/* looked at by the timer */
	u8 *ring, *rx_buf;
	dma_addr_t tx_dma, rx_dma;
	unsigned int head, tail, tx_bytes;
	u8 *line;
	unsigned int line_size;
	_Atomic unsigned int line_bytes;
	struct completion sent, line_full;
};

int serial_start(struct serial *s, const struct client_hw *hw, u8 *line, unsigned int size);
int serial_write(struct serial *s, const u8 *data, unsigned int len);
int serial_rx_timeout(struct serial *s);
void serial_stop(struct serial *s);

/* client_bus.c: SPI, both directions at once; I2C, one or the other, or the CPU */
struct spi {
	const struct client_hw *hw;
	struct dma_chan *tx, *rx;
	struct completion done;
};

int spi_probe(struct spi *spi, const struct client_hw *hw);
int spi_transfer(struct spi *spi, void *tx, void *rx, size_t len, unsigned int timeout_ms);
void spi_remove(struct spi *spi);

struct i2c {
	struct dma_chan *tx, *rx;
	struct completion done;
	unsigned int by_cpu;
};

int i2c_request(struct i2c *i2c, const struct client_hw *hw, const char *tx, const char *rx);
int i2c_message(struct i2c *i2c, u8 *buf, size_t len, bool read);
void i2c_remove(struct i2c *i2c);

/* client_mmc.c: long lists, mapped ahead of their turn */
struct mmc {
	const struct client_hw *hw;
	struct dma_chan *chan;
	struct completion done;
};

struct mmc_data {
	struct sg_table table;
	int mapped;
	size_t bytes, moved;
	bool read;
};

int mmc_probe(struct mmc *mmc, const struct client_hw *hw);
int mmc_pre(struct mmc *mmc, struct mmc_data *data, u8 *buf, size_t len, size_t segment);
int mmc_run(struct mmc *mmc, struct mmc_data *data, unsigned int timeout_ms);
void mmc_post(struct mmc *mmc, struct mmc_data *data);
void mmc_remove(struct mmc *mmc);

/* client_audio.c: a ring of periods with a pointer */
struct audio {
	struct dma_chan *chan;
	dma_cookie_t cookie;
	u8 *area;
	dma_addr_t addr;
	size_t size, period;
	enum dma_transfer_direction direction;
	_Atomic unsigned int elapsed;
	bool can_pause;
};

enum audio_trigger { AUDIO_START, AUDIO_PAUSE, AUDIO_RESUME, AUDIO_STOP };

int audio_open(struct audio *a, const struct client_hw *hw, bool playback, size_t size,
	       size_t period);
int audio_trigger(struct audio *a, enum audio_trigger what);
size_t audio_pointer(struct audio *a);
void audio_close(struct audio *a);

/* client_offload.c: copies and fills of memory, in all the ways in which drivers ask for them */
int offload_unmap(struct dma_chan *chan, void *dst, void *src, size_t len);
int offload_shared(void *dst, void *src, size_t len, unsigned int pieces);
int nand_copy(void *dst, void *src, size_t len);
int endpoint_copy(char *controller, void *dst, void *src, size_t len);
int fill_area(struct dma_chan *chan, void *dst, size_t len, int value);
int result_copy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
		struct dmaengine_result *result);
int reuse_copy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
	       unsigned int times);

/* client_media.c: pictures, samples, and packets with a tag beside them */
struct camera {
	struct dma_chan *chan;
	_Atomic unsigned int frames;
	struct dma_interleaved_template *xt;	/* with room for one chunk */
};

int camera_open(struct camera *cam, const struct client_hw *hw, size_t width, size_t stride,
		size_t height);
int camera_queue(struct camera *cam, dma_addr_t buf);
void camera_close(struct camera *cam);
int sampler_read(const struct client_hw *hw, void *blocks, size_t len, unsigned int count);

struct crypto_packet {
	void *in, *out;
	size_t len;
	const void *tag;
	void *tag_out;
	size_t tag_len;
	bool engine;	/* the mode: the channel keeps the tag, not the client */
};

/** @return bytes of the tag that came back, or an error */
int crypto_packet(const struct client_hw *hw, struct crypto_packet *packet);

/* client_probe.c: what a probe makes of the answers to its requests */
int probe_both(const struct client_hw *hw, const char *tx, const char *rx,
	       struct dma_chan **chans);
struct dma_chan *probe_legacy(const struct client_hw *hw, char *controller);
int probe_caps(struct dma_chan *chan, u32 width, enum dma_transfer_direction direction);

#endif /* TEST_CLIENTS_H */
