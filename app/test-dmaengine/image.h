/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_IMAGE_H
#define TEST_DMAENGINE_IMAGE_H

/*
 * Checking whole pools after a measured run: every byte of both zones, guards included, against
 * what the operations must have left there. The content is a different pseudo-random word at every
 * place, so data of the wrong buffer is found as well as stray writes.
 */

#include "buffers.h"
#include "mismatch.h"

struct operation;

/* Fill both zones, as far as the work reaches. */
void image_fill(const struct work *work);

/* Fill the destination zone again: nothing has been copied yet. */
void image_fill_destination(const struct work *work);

/* Check both zones after the first started operations of the work (or more than a lap). */
void image_check(const struct work *work, const struct operation *operation, uint64_t started,
		 struct mismatches *mismatches);

#endif /* TEST_DMAENGINE_IMAGE_H */
