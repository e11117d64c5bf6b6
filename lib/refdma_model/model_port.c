/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Peripheral ports: FIFOs with frame ends, pacing, patterns, checksums. Specification, section 9.
 * Ports are shared by all channels; every function takes the port's lock for itself.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_internal.h"

#define FIFO_DEFAULT	65536u
#define FIFO_MIN	64u
#define FIFO_MAX	(16u << 20)
#define NS_PER_S	1000000000u

struct model_port *
port_at(struct refdma_model *m, uint64_t addr, bool *in_area)
{
	uint64_t index = (addr - MODEL_PORT_BASE) / MODEL_PORT_STRIDE;

	*in_area = addr >= MODEL_PORT_BASE && index < REFDMA_MAX_PORTS;
	if (!*in_area || index >= m->conf.nb_ports)
		return NULL;
	return &m->ports[index];
}

int
port_init(struct model_port *port, const struct refdma_model_port_conf *conf)
{
	port->fifo_size = conf->fifo_bytes != 0 ? conf->fifo_bytes : FIFO_DEFAULT;
	if (conf->type < REFDMA_PORT_LOOPBACK || conf->type > REFDMA_PORT_SOURCE ||
	    port->fifo_size < FIFO_MIN || port->fifo_size > FIFO_MAX ||
	    (port->fifo_size & (port->fifo_size - 1)) != 0)
		return -EINVAL;
	port->fifo = malloc(port->fifo_size);
	port->ends = calloc(MODEL_PORT_FRAMES, sizeof(*port->ends));
	if (port->fifo == NULL || port->ends == NULL) {
		port_fini(port);
		return -ENOMEM;
	}
	pthread_mutex_init(&port->lock, NULL);
	port->type = conf->type;
	port->reset_rate = conf->rate;
	port->reset_frame = conf->frame;
	port_reset(port, true);
	return 0;
}

void
port_fini(struct model_port *port)
{
	if (port->type != REFDMA_PORT_NONE)
		pthread_mutex_destroy(&port->lock);
	port->type = REFDMA_PORT_NONE;
	free(port->fifo);
	free(port->ends);
	port->fifo = NULL;
	port->ends = NULL;
}

static void
reset_locked(struct model_port *port, bool registers)
{
	port->written = port->read = 0;
	port->ends_written = port->ends_read = 0;
	port->running = false;
	port->auto_start = true;
	port->clock_done = 0;
	port->pattern = 0;
	port->overrun = port->underrun = 0;
	port->tx_bytes = port->rx_bytes = 0;
	port->checksum = port->frames = 0;
	if (registers) {
		port->width = 1;
		port->burst = 64;
		port->rate = port->reset_rate;
		port->frame = port->reset_frame;
	}
}

void
port_reset(struct model_port *port, bool registers)
{
	pthread_mutex_lock(&port->lock);
	reset_locked(port, registers);
	pthread_mutex_unlock(&port->lock);
}

static uint32_t
level(const struct model_port *port)
{
	return port->written - port->read;
}

static uint32_t
room(const struct model_port *port)
{
	return port->fifo_size - level(port);
}

static void
fifo_write(struct model_port *port, const uint8_t *buf, uint32_t bytes)
{
	uint32_t at = port->written & (port->fifo_size - 1);
	uint32_t first = bytes < port->fifo_size - at ? bytes : port->fifo_size - at;

	memcpy(port->fifo + at, buf, first);
	memcpy(port->fifo, buf + first, bytes - first);
	port->written += bytes;
}

static void
fifo_read(struct model_port *port, uint8_t *buf, uint32_t bytes)
{
	uint32_t at = port->read & (port->fifo_size - 1);
	uint32_t first = bytes < port->fifo_size - at ? bytes : port->fifo_size - at;

	memcpy(buf, port->fifo + at, first);
	memcpy(buf + first, port->fifo, bytes - first);
	port->read += bytes;
}

/* Byte i of the pattern is byte i % 8 of the little-endian integer i / 8. */
static void
pattern_write(uint8_t *buf, uint64_t position, uint32_t bytes)
{
	uint32_t i = 0;

	for (; i < bytes && (position + i) % 8 != 0; i++)
		buf[i] = (position + i) / 8 >> 8 * ((position + i) % 8);
	for (; i + 8 <= bytes; i += 8) {
		uint64_t word = (position + i) / 8;

		for (unsigned int b = 0; b < 8; b++)
			buf[i + b] = word >> 8 * b;
	}
	for (; i < bytes; i++)
		buf[i] = (position + i) / 8 >> 8 * ((position + i) % 8);
}

/* A paced source produces; what does not fit is lost by whole integers. */
static void
source_produce(struct model_port *port, uint64_t bytes)
{
	uint32_t space = room(port) / 8 * 8;
	uint32_t put = bytes < space ? bytes : space;
	uint8_t chunk[256];

	for (uint32_t done = 0; done < put;) {
		uint32_t n = put - done < sizeof(chunk) ? put - done : sizeof(chunk);

		pattern_write(chunk, port->pattern + done, n);
		fifo_write(port, chunk, n);
		done += n;
	}
	port->pattern += bytes;
	port->overrun += bytes - put;
}

/* Let a paced port do what its clock owes since it was last looked at. */
static void
port_clock(struct model_port *port, uint64_t now)
{
	uint64_t due, bytes, taken;

	if (!port->running || port->rate == 0 || now <= port->clock_start)
		return;
	due = (unsigned __int128)port->rate * (now - port->clock_start) / NS_PER_S;
	bytes = due - port->clock_done;
	if (due <= port->clock_done)
		return;
	if (port->type == REFDMA_PORT_SOURCE) {
		bytes = bytes / 8 * 8;
		source_produce(port, bytes);
	} else if (port->type == REFDMA_PORT_SINK) {
		taken = bytes < level(port) ? bytes : level(port);
		port->read += taken;
		port->underrun += bytes - taken;
	}
	port->clock_done += bytes;
}

/* When the clock will have done @p more bytes than now. */
static uint64_t
clock_deadline(const struct model_port *port, uint64_t more)
{
	unsigned __int128 ns;

	if (!port->running || port->rate == 0)
		return REFDMA_MODEL_IDLE;
	ns = ((unsigned __int128)(port->clock_done + more) * NS_PER_S + port->rate - 1) /
	     port->rate + port->clock_start;
	return ns < REFDMA_MODEL_IDLE ? (uint64_t)ns : REFDMA_MODEL_IDLE - 1;
}

static void
clock_start(struct model_port *port, uint64_t now)
{
	port->auto_start = false;
	if (port->running)
		return;
	port->running = true;
	port->clock_start = now;
	port->clock_done = 0;
}

/* An operation looks at the port: start its clock at the first one, and bring it up to date. */
static void
port_touch(struct model_port *port, uint64_t now)
{
	if (port->rate != 0 && port->auto_start)
		clock_start(port, now);
	port_clock(port, now);
}

/* Bytes to the end of the frame that the next byte belongs to; UINT32_MAX: no end known. */
static uint32_t
frame_left(const struct model_port *port)
{
	uint64_t left = UINT32_MAX;

	if (port->type == REFDMA_PORT_LOOPBACK && port->ends_read != port->ends_written)
		left = port->ends[port->ends_read % MODEL_PORT_FRAMES].position - port->read;
	else if (port->type == REFDMA_PORT_SOURCE && port->frame != 0)
		left = port->frame - port->rx_bytes % port->frame;
	return left < UINT32_MAX ? left : UINT32_MAX;
}

/*
 * How many of @p want bytes can be read in one burst: all, or up to the end of the frame. 0: not
 * yet; *deadline is when (never, where only another operation can help: a wake will come).
 */
uint32_t
port_readable(struct model_port *port, uint32_t want, uint64_t now, unsigned int channel,
	      uint64_t *deadline)
{
	uint32_t left;

	pthread_mutex_lock(&port->lock);
	port_touch(port, now);
	left = frame_left(port);
	if (want > left)
		want = left;
	if ((port->type != REFDMA_PORT_SOURCE || port->rate != 0) && level(port) < want) {
		*deadline = port->type == REFDMA_PORT_SOURCE ?
			    clock_deadline(port, (want - level(port) + 7) / 8 * 8) :
			    REFDMA_MODEL_IDLE;
		port->waiters |= UINT32_C(1) << channel;
		want = 0;
	}
	pthread_mutex_unlock(&port->lock);
	return want;
}

/* The same for writing; @p eof: the burst ends a frame. */
uint32_t
port_writable(struct model_port *port, uint32_t want, bool eof, uint64_t now,
	      unsigned int channel, uint64_t *deadline)
{
	bool no_end, no_room;

	pthread_mutex_lock(&port->lock);
	port_touch(port, now);
	no_end = eof && port->type == REFDMA_PORT_LOOPBACK &&
		 port->ends_written - port->ends_read == MODEL_PORT_FRAMES;
	no_room = (port->type == REFDMA_PORT_LOOPBACK || port->rate != 0) && room(port) < want;
	if (no_end || no_room) {
		if (port->type == REFDMA_PORT_SINK && clock_deadline(port, 0) < *deadline)
			*deadline = clock_deadline(port, want - room(port));
		port->waiters |= UINT32_C(1) << channel;
		want = 0;
	}
	pthread_mutex_unlock(&port->lock);
	return want;
}

static void
store_le64(uint8_t *to, uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++)
		to[i] = value >> 8 * i;
}

/* The byte just read ended a frame. */
static void
frame_end_read(struct model_port *port, struct cursor *cur)
{
	const struct model_frame_end *end;

	cur->eof = true;
	if (port->type == REFDMA_PORT_SOURCE) {
		store_le64(cur->meta, port->rx_bytes / port->frame - 1);
		store_le64(cur->meta + 8, port->frame);
		cur->meta_length = 16;
		port->frames++;
	} else {
		end = &port->ends[port->ends_read++ % MODEL_PORT_FRAMES];
		memcpy(cur->meta, end->meta, end->meta_length);
		cur->meta_length = end->meta_length;
	}
	cur->has_meta = true;
}

static void
collect_waiters(struct model_port *port, uint32_t *wakes)
{
	*wakes |= port->waiters;
	port->waiters = 0;
}

/* Read at most @p bytes, not beyond the end of a frame. @return bytes read */
uint32_t
port_pull(struct model_port *port, uint8_t *buf, uint32_t bytes, uint64_t now,
	  struct cursor *cur, uint32_t *wakes)
{
	uint32_t left;

	pthread_mutex_lock(&port->lock);
	port_touch(port, now);
	left = frame_left(port);
	if (bytes > left)
		bytes = left;
	if (port->type == REFDMA_PORT_SOURCE && port->rate == 0 && level(port) == 0) {
		pattern_write(buf, port->pattern, bytes);
		port->pattern += bytes;
	} else {
		if (bytes > level(port))
			bytes = level(port);
		fifo_read(port, buf, bytes);
	}
	port->rx_bytes += bytes;
	if (bytes != 0) {
		cur->eof = false;
		if (bytes == left)
			frame_end_read(port, cur);
		collect_waiters(port, wakes);
	}
	pthread_mutex_unlock(&port->lock);
	return bytes;
}

static void
frame_end_write(struct model_port *port, const struct cursor *cur)
{
	struct model_frame_end *end;

	port->frames++;
	if (port->type != REFDMA_PORT_LOOPBACK)
		return;
	end = &port->ends[port->ends_written++ % MODEL_PORT_FRAMES];
	end->position = port->written;
	end->meta_length = cur->has_meta ? cur->meta_length : 0;
	memcpy(end->meta, cur->meta, end->meta_length);
}

/* Section 9.2: sum of (i + 1) * byte[i]. */
static uint64_t
checksum(const uint8_t *buf, uint32_t bytes, uint64_t position)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < bytes; i++)
		sum += (position + i + 1) * buf[i];
	return sum;
}

/* Write at most @p bytes; @p eof: the last of them ends a frame. @return bytes written */
uint32_t
port_push(struct model_port *port, const uint8_t *buf, uint32_t bytes, uint64_t now,
	  const struct cursor *cur, bool eof, uint32_t *wakes)
{
	uint32_t asked = bytes;

	pthread_mutex_lock(&port->lock);
	port_touch(port, now);
	if (port->type == REFDMA_PORT_LOOPBACK || port->rate != 0) {
		if (bytes > room(port))
			bytes = room(port);
		if (eof && port->type == REFDMA_PORT_LOOPBACK &&
		    port->ends_written - port->ends_read == MODEL_PORT_FRAMES)
			bytes = 0;
	}
	if (bytes != 0) {
		if (port->type == REFDMA_PORT_SINK)
			port->checksum += checksum(buf, bytes, port->tx_bytes);
		if (port->type == REFDMA_PORT_LOOPBACK)
			fifo_write(port, buf, bytes);
		else if (port->rate != 0)
			port->written += bytes;
		port->tx_bytes += bytes;
		if (eof && bytes == asked)
			frame_end_write(port, cur);
		collect_waiters(port, wakes);
	}
	pthread_mutex_unlock(&port->lock);
	return bytes;
}

/* Section 3.4. */
uint64_t
port_reg_read(struct refdma_model *m, unsigned int index, uint32_t offset)
{
	struct model_port *port = &m->ports[index];
	uint64_t now = m->ops.now_ns(m->ctx);
	uint64_t value = 0;

	pthread_mutex_lock(&port->lock);
	port_clock(port, now);
	switch (offset) {
	case REFDMA_P_TYPE: value = port->type; break;
	case REFDMA_P_STATUS: value = port->running ? REFDMA_P_STATUS_RUNNING : 0; break;
	case REFDMA_P_WIDTH: value = port->width; break;
	case REFDMA_P_BURST: value = port->burst; break;
	case REFDMA_P_FRAME: value = port->frame; break;
	case REFDMA_P_RATE: value = port->rate; break;
	case REFDMA_P_FIFO_SIZE: value = port->fifo_size; break;
	case REFDMA_P_FIFO_LEVEL: value = level(port); break;
	case REFDMA_P_OVERRUN: value = port->overrun; break;
	case REFDMA_P_UNDERRUN: value = port->underrun; break;
	case REFDMA_P_TX_BYTES: value = port->tx_bytes; break;
	case REFDMA_P_RX_BYTES: value = port->rx_bytes; break;
	case REFDMA_P_CHECKSUM: value = port->checksum; break;
	case REFDMA_P_FRAMES: value = port->frames; break;
	}
	pthread_mutex_unlock(&port->lock);
	return value;
}

static void
port_command(struct model_port *port, uint32_t cmd, uint64_t now)
{
	if (cmd & REFDMA_P_CTRL_RESET)
		reset_locked(port, false);
	if (cmd & REFDMA_P_CTRL_START)
		clock_start(port, now);
	if (cmd & REFDMA_P_CTRL_STOP) {
		port->running = false;
		port->auto_start = false;
	}
}

static void
set_rate(struct model_port *port, uint64_t rate, uint64_t now)
{
	port->rate = rate;
	port->clock_start = now;
	port->clock_done = 0;
}

void
port_reg_write(struct refdma_model *m, unsigned int index, uint32_t offset, uint64_t value)
{
	struct model_port *port = &m->ports[index];
	uint64_t now = m->ops.now_ns(m->ctx);
	uint32_t wakes = 0;

	pthread_mutex_lock(&port->lock);
	port_clock(port, now);
	switch (offset) {
	case REFDMA_P_CTRL: port_command(port, value, now); break;
	case REFDMA_P_WIDTH:
		if (value >= 1 && value <= 128 && (value & (value - 1)) == 0)
			port->width = value;
		break;
	case REFDMA_P_BURST:
		if (value >= 1 && value <= UINT16_MAX)
			port->burst = value;
		break;
	case REFDMA_P_FRAME: port->frame = value; break;
	case REFDMA_P_RATE: set_rate(port, value, now); break;
	}
	collect_waiters(port, &wakes);
	pthread_mutex_unlock(&port->lock);
	/* Whoever waits may find the port different now. */
	for (unsigned int c = 0; wakes != 0 && c < m->conf.channels; c++)
		if (wakes & UINT32_C(1) << c && m->ops.wake != NULL)
			m->ops.wake(m->ctx, c);
}
