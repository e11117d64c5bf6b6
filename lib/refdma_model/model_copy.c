/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Moving bytes. What is long is written past the caches (non-temporal stores): the destination is
 * not read first, which saves a third of the memory traffic, and what the application has in its
 * caches stays there. What is short is left to the C library.
 */

#include <string.h>

#include "model_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_STREAM 1
#else
#define HAVE_STREAM 0
#endif

#define PREFETCH_BYTES	1024u

#if HAVE_STREAM
#define TARGET(name) __attribute__((target(name)))

/* Whole cache lines, at aligned destinations. */
TARGET("avx512f")
static void
stream_avx512(uint8_t *dst, const uint8_t *src, size_t lines)
{
	for (; lines > 0; lines--, dst += 64, src += 64) {
		_mm_prefetch((const char *)src + PREFETCH_BYTES, _MM_HINT_NTA);
		_mm512_stream_si512((__m512i *)dst, _mm512_loadu_si512(src));
	}
}

TARGET("avx2")
static void
stream_avx2(uint8_t *dst, const uint8_t *src, size_t lines)
{
	for (; lines > 0; lines--, dst += 64, src += 64) {
		__m256i low = _mm256_loadu_si256((const __m256i *)src);
		__m256i high = _mm256_loadu_si256((const __m256i *)(src + 32));

		_mm_prefetch((const char *)src + PREFETCH_BYTES, _MM_HINT_NTA);
		_mm256_stream_si256((__m256i *)dst, low);
		_mm256_stream_si256((__m256i *)(dst + 32), high);
	}
}

static void
stream_sse2(uint8_t *dst, const uint8_t *src, size_t lines)
{
	for (; lines > 0; lines--, dst += 64, src += 64) {
		_mm_prefetch((const char *)src + PREFETCH_BYTES, _MM_HINT_NTA);
		for (unsigned int i = 0; i < 64; i += 16)
			_mm_stream_si128((__m128i *)(dst + i),
					 _mm_loadu_si128((const __m128i *)(src + i)));
	}
}

static void (*stream)(uint8_t *dst, const uint8_t *src, size_t lines) = stream_sse2;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
choose_stream(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		stream = stream_avx512;
	else if (__builtin_cpu_supports("avx2"))
		stream = stream_avx2;
}

void
model_copy_init(void)
{
	pthread_once(&once, choose_stream);
}

static void
copy_streamed(uint8_t *dst, const uint8_t *src, size_t bytes)
{
	size_t head = -(uintptr_t)dst & 63, lines;

	memcpy(dst, src, head);
	dst += head;
	src += head;
	bytes -= head;
	lines = bytes / 64;
	stream(dst, src, lines);
	memcpy(dst + lines * 64, src + lines * 64, bytes % 64);
	/* Streamed stores are not ordered with others: progress must not overtake them. */
	_mm_sfence();
}
#else
void
model_copy_init(void)
{
}
#endif

static bool
overlap(const uint8_t *a, const uint8_t *b, size_t bytes)
{
	return (uintptr_t)a - (uintptr_t)b < bytes || (uintptr_t)b - (uintptr_t)a < bytes;
}

/* A piece of a transfer that is too long for the caches. */
void
model_copy_stream(uint8_t *dst, const uint8_t *src, size_t bytes)
{
#if HAVE_STREAM
	if (likely(!overlap(dst, src, bytes) && bytes >= MODEL_CACHE_LINE)) {
		copy_streamed(dst, src, bytes);
		return;
	}
#endif
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
