/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Moving bytes. */

#include <string.h>

#include "model_internal.h"

void
model_copy(void *dst, const void *src, size_t bytes)
{
	memmove(dst, src, bytes);
}

/* Byte i of the area is byte i % 8 of the little-endian pattern. */
void
model_fill(uint8_t *dst, uint64_t pattern, size_t bytes)
{
	size_t i = 0;

	for (; i + 8 <= bytes; i += 8)
		memcpy(dst + i, &pattern, 8);
	for (; i < bytes; i++)
		dst[i] = pattern >> 8 * (i % 8);
}
