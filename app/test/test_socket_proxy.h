/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_SOCKET_PROXY_H
#define TEST_SOCKET_PROXY_H

/**
 * @file
 * A server that is hostile from some message on, or another device than it is: it stands between a
 * client and a real server, passes messages and descriptors on, and spoils one answer and what
 * follows, or what registers read as.
 */

#include <stdbool.h>
#include <stdint.h>

/** What the answer is instead. */
enum proxy_mode {
	PROXY_SILENT,		/* none, ever again */
	PROXY_CLOSE,		/* the connection ends */
	PROXY_CUT,		/* half of it, then nothing */
	PROXY_CUT_AND_CLOSE,	/* half of it, then the end */
	PROXY_GARBAGE,		/* other bytes */
	PROXY_WRONG_ID,
	PROXY_WRONG_COMMAND,
	PROXY_NO_REPLY,		/* a command */
	PROXY_SIZE_SMALL,	/* shorter than its header */
	PROXY_SIZE_HUGE,
	PROXY_SIZE_LESS,	/* a well-formed message without its last bytes */
	PROXY_SIZE_MORE,	/* ... and with some more */
	PROXY_REFUSAL,		/* an error */
	PROXY_REFUSAL_OF_NOTHING, /* an error without a number */
	PROXY_LONG_REFUSAL,	/* an error with a payload */
	PROXY_ZEROES,		/* all of its payload is 0 */
	PROXY_ONES,		/* all of its payload is all-ones */
	PROXY_TWICE,		/* it comes twice */
	PROXY_FDS,		/* too many descriptors come along */
	PROXY_MODES
};

/** For proxy_start(): no answer is spoilt. */
#define PROXY_NEVER UINT32_MAX

/** From now on the 32-bit register at @p offset in BAR0 reads as @p value. Up to 8 registers. */
void proxy_register(uint32_t offset, uint32_t value);
/** The same, but only once the write that proxy_watch() names was there. */
void proxy_register_then(uint32_t offset, uint32_t value);
/** Watch for a write of @p value to the 32-bit register at @p offset in BAR0. */
void proxy_watch(uint32_t offset, uint32_t value);
/** Whether it was there since. */
bool proxy_saw(void);
/** Registers read as they are again, and nothing is watched. */
void proxy_registers_clear(void);

/**
 * Listen on @p path for one client; its messages go to @p server. The answer to message @p nth,
 * from 0, is spoilt.
 */
int proxy_start(const char *path, const char *server, enum proxy_mode mode, uint32_t nth);
/** Wait until the client has gone. @return how many messages there were */
uint32_t proxy_end(void);

#endif /* TEST_SOCKET_PROXY_H */
