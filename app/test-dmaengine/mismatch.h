/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_MISMATCH_H
#define TEST_DMAENGINE_MISMATCH_H

/* Wrong bytes: the first few are printed, the rest are counted. */

#include <stddef.h>
#include <stdint.h>

#define MISMATCHES_PRINTED	32

struct mismatches {
	char what[96];		/* device and case, for the messages */
	uint64_t count;
};

/* A wrong byte at offset of region ("source, before", "destination", ...). */
void mismatch_add(struct mismatches *mismatches, const char *region, size_t offset,
		  uint8_t expected, uint8_t seen);

/* Compare bytes; offsets are counted from base. */
void mismatch_compare(struct mismatches *mismatches, const char *region, size_t base,
		      const uint8_t *expected, const uint8_t *seen, size_t length);

#endif /* TEST_DMAENGINE_MISMATCH_H */
