/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Filling memory with the pattern of an operation. */

#include <string.h>

#include "model_internal.h"

#define FILL_SEED_BYTES		64u
#define FILL_COPY_BYTES		4096u	/* stays in the nearest cache */

/*
 * Byte i of the area is byte i % 8 of the little-endian pattern. A long area is filled by copies of
 * its own beginning, each as long as all before it: the C library uses the widest registers.
 */
void
model_fill(uint8_t *dst, uint64_t pattern, size_t bytes)
{
	size_t filled, seed = bytes < FILL_SEED_BYTES ? bytes : FILL_SEED_BYTES;

	/* All bytes alike, zero above all: */
	if (pattern == (pattern & 0xff) * UINT64_C(0x0101010101010101)) {
		memset(dst, pattern & 0xff, bytes);
		return;
	}
	for (filled = 0; filled + 8 <= seed; filled += 8)
		memcpy(dst + filled, &pattern, 8);
	for (; filled < seed; filled++)
		dst[filled] = pattern >> 8 * (filled % 8);
	for (size_t n; filled < bytes; filled += n) {
		n = filled < FILL_COPY_BYTES ? filled : FILL_COPY_BYTES;
		if (n > bytes - filled)
			n = bytes - filled;
		memcpy(dst + filled, dst, n);
	}
}
