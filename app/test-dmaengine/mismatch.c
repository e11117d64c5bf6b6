/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Telling about wrong bytes. */

#include <stdio.h>
#include <string.h>

#include "mismatch.h"
#include "progress.h"

void
mismatch_add(struct mismatches *mismatches, const char *region, size_t offset, uint8_t expected,
	     uint8_t seen)
{
	mismatches->count++;
	if (mismatches->count > MISMATCHES_PRINTED)
		return;
	progress_clear();
	fprintf(stderr, "%s: %s, offset %zu: expected 0x%02x, seen 0x%02x\n", mismatches->what,
		region, offset, expected, seen);
	if (mismatches->count == MISMATCHES_PRINTED)
		fprintf(stderr, "%s: further wrong bytes are only counted\n", mismatches->what);
}

void
mismatch_compare(struct mismatches *mismatches, const char *region, size_t base,
		 const uint8_t *expected, const uint8_t *seen, size_t length)
{
	if (memcmp(expected, seen, length) == 0)
		return;
	for (size_t i = 0; i < length; i++)
		if (expected[i] != seen[i])
			mismatch_add(mismatches, region, base + i, expected[i], seen[i]);
}
