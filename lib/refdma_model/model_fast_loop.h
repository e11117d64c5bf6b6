/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The fast path's loop; model_fast.c includes this once for each set of vector instructions, with
 * - LOOP_NAME(name): the name for this set,
 * - LOOP_TARGET: attribute of its functions,
 * - LOOP_VECTOR: bytes of a vector register.
 */

typedef uint8_t LOOP_NAME(vector) __attribute__((vector_size(LOOP_VECTOR), aligned(1), may_alias));

/* The first and the last @p half bytes, which may overlap. All is read before anything is
 * written, so overlap of source and destination does no harm.
 */
LOOP_TARGET
static MODEL_INLINE void
LOOP_NAME(copy_ends)(uint8_t *dst, const uint8_t *src, uint32_t bytes, const uint32_t half)
{
	const LOOP_NAME(vector) *s = (const void *)src, *s_end = (const void *)(src + bytes - half);
	LOOP_NAME(vector) *d = (void *)dst, *d_end = (void *)(dst + bytes - half);
	LOOP_NAME(vector) head[8], tail[8];

#pragma GCC unroll 8
	for (unsigned int i = 0; i < half / LOOP_VECTOR; i++) {
		head[i] = s[i];
		tail[i] = s_end[i];
	}
#pragma GCC unroll 8
	for (unsigned int i = 0; i < half / LOOP_VECTOR; i++) {
		d[i] = head[i];
		d_end[i] = tail[i];
	}
}

LOOP_TARGET
static MODEL_INLINE void
LOOP_NAME(copy_block)(uint8_t *dst, const uint8_t *src, const uint32_t bytes)
{
	const LOOP_NAME(vector) *s = (const void *)src;
	LOOP_NAME(vector) *d = (void *)dst;
	LOOP_NAME(vector) all[16];

#pragma GCC unroll 16
	for (unsigned int i = 0; i < bytes / LOOP_VECTOR; i++)
		all[i] = s[i];
#pragma GCC unroll 16
	for (unsigned int i = 0; i < bytes / LOOP_VECTOR; i++)
		d[i] = all[i];
}

/* More than 64 bytes, and not many. */
LOOP_TARGET
static MODEL_INLINE void
LOOP_NAME(copy_medium)(uint8_t *dst, const uint8_t *src, uint32_t bytes)
{
	for (; bytes > 256; bytes -= 256, dst += 256, src += 256) {
		LOOP_NAME(copy_block)(dst, src, 128);
		LOOP_NAME(copy_block)(dst + 128, src + 128, 128);
	}
	if (bytes > 128)
		LOOP_NAME(copy_ends)(dst, src, bytes, 128);
	else if (bytes >= 64)
		LOOP_NAME(copy_ends)(dst, src, bytes, 64);
	else
		LOOP_NAME(copy_block)(dst + bytes - 64, src + bytes - 64, 64);
}

/*
 * Slots whose first word is @p head, which has been checked: what is left to check is the
 * addresses. @return the first slot that has not been dealt with
 */
LOOP_TARGET
static MODEL_INLINE const struct refdma_desc *
LOOP_NAME(copy_alike)(const struct refdma_desc *slot, const struct refdma_desc *end, uint64_t head,
		      const struct window *from, const struct window *to, enum shape shape)
{
	const uint32_t bytes = shape == SHAPE_LINE ? MODEL_CACHE_LINE : head >> 32;
	const uint64_t from_addr = from->addr, from_most = from->most;
	const uint64_t to_addr = to->addr, to_most = to->most;
	const uint8_t *from_host = from->host;
	uint8_t *to_host = to->host;

	for (; slot != end && slot_head(slot) == head; slot++) {
		struct pair pair = slot_pair(slot);
		uint64_t src = pair.src - from_addr, dst = pair.dst - to_addr;

		if (unlikely(src > from_most || dst > to_most) &&
		    (src > from->length - bytes || dst > to->length - bytes))
			break;
		if (shape == SHAPE_LINE)
			LOOP_NAME(copy_block)(to_host + dst, from_host + src, MODEL_CACHE_LINE);
		else if (shape == SHAPE_MEDIUM)
			LOOP_NAME(copy_medium)(to_host + dst, from_host + src, bytes);
		else
			memmove(to_host + dst, from_host + src, bytes);
	}
	return slot;
}

/* Copy operations from @p slot on. @return the first slot that is none, or @p end */
LOOP_TARGET
static const struct refdma_desc *
LOOP_NAME(copy_slots)(const struct refdma_desc *slot, const struct refdma_desc *end, uint64_t head,
		      const struct window *from, const struct window *to)
{
	uint32_t bytes = head >> 32;

	if (likely(bytes == MODEL_CACHE_LINE))
		return LOOP_NAME(copy_alike)(slot, end, head, from, to, SHAPE_LINE);
	if (bytes > MODEL_CACHE_LINE && bytes < MODEL_MEDIUM_BYTES)
		return LOOP_NAME(copy_alike)(slot, end, head, from, to, SHAPE_MEDIUM);
	return LOOP_NAME(copy_alike)(slot, end, head, from, to, SHAPE_ANY);
}
