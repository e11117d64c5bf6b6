/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A checksum of streams. */

#include <string.h>

#include "dpdk_compat.h"

#include <rte_byteorder.h>
#include <rte_common.h>

#include "checksum.h"

static uint64_t
mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return state ^ state >> 32;
}

/* The same value on every machine: words are little-endian. */
static uint64_t
load(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return rte_le_to_cpu_64(word);
}

void
checksum_start(struct checksum *checksum)
{
	memset(checksum, 0, sizeof(*checksum));
	checksum->state = UINT64_C(0x5265664441746573);
}

void
checksum_add(struct checksum *checksum, const uint8_t *bytes, size_t length)
{
	size_t have = checksum->length % sizeof(checksum->rest);
	size_t take = RTE_MIN(sizeof(checksum->rest) - have, length);

	checksum->length += length;
	if (have > 0) {
		memcpy(&checksum->rest[have], bytes, take);
		if (have + take < sizeof(checksum->rest))
			return;
		checksum->state = mix(checksum->state, load(checksum->rest));
		bytes += take;
		length -= take;
	}
	for (; length >= sizeof(uint64_t); length -= sizeof(uint64_t)) {
		checksum->state = mix(checksum->state, load(bytes));
		bytes += sizeof(uint64_t);
	}
	memcpy(checksum->rest, bytes, length);
}

uint64_t
checksum_end(struct checksum *checksum)
{
	size_t have = checksum->length % sizeof(checksum->rest);

	memset(&checksum->rest[have], 0, sizeof(checksum->rest) - have);
	return mix(mix(checksum->state, load(checksum->rest)), checksum->length);
}
