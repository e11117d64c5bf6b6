/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_GROUP_H
#define TEST_DMAENGINE_GROUP_H

/*
 * One case on several paths. Their runs take turns, so that whatever else the machine does meets
 * all of them alike, and ratios are taken between neighbours in time. A device that is not being
 * measured is stopped.
 */

#include "bench.h"

/**
 * Prepare a bench for each path, verify, and measure them in turn.
 * @param benches room for nb; the caller adds ratios and calls group_finish() where this returns 0
 * @param context of the operation's loop, or NULL
 * @return 0, or an exit status after a message: then the benches are finished
 */
int group_run(struct bench *benches, struct session *session, struct path *paths, unsigned int nb,
	      const struct operation *operation, const struct work *work, uint16_t burst,
	      void *context);

/* Sum up, and add all records to the report. */
void group_finish(struct bench *benches, unsigned int nb);

#endif /* TEST_DMAENGINE_GROUP_H */
