/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_CHECKSUM_H
#define TEST_DMAENGINE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * A 64-bit checksum of a stream of bytes. Each word goes through steps that can be undone, so a
 * change in one word alone is always seen; it is no protection against intent.
 */
struct checksum {
	uint64_t state;
	uint64_t length;
	uint8_t rest[8];	/* bytes that do not make a word yet: length modulo 8 of them */
};

void checksum_start(struct checksum *checksum);
/* It does not matter how a stream is divided into calls. */
void checksum_add(struct checksum *checksum, const uint8_t *bytes, size_t length);
uint64_t checksum_end(struct checksum *checksum);

#endif /* TEST_DMAENGINE_CHECKSUM_H */
