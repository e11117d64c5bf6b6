/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_ATTEMPT_H
#define TEST_DMAENGINE_ATTEMPT_H

/*
 * One error that a refdma device makes on demand, on one path. It is made while copies are under
 * way; they must end as they should, and then the way out must lead to a channel that copies as
 * before.
 */

#include <stdatomic.h>

#include <rte_pmd_refdma.h>

#include "mismatch.h"
#include "path.h"
#include "session.h"

#define ATTEMPT_COPIES	20
/* The operation that goes wrong, from 1. */
#define ATTEMPT_NTH	4
#define ATTEMPT_ALL	UINT32_MAX

/* How the channel comes back. */
enum way_out {
	WAY_NONE,	/* it has never stopped */
	WAY_NEXT,	/* a further operation brings the others along */
	WAY_ABORT,	/* dmadev: abort; engine: terminate_sync */
	WAY_RESTART,	/* dmadev: stop and start; engine: remove and add the device */
	WAY_REVIVE,	/* the device is removed, and comes again */
};

/* Operations that have ended, well or not, when all is over. */
struct ending {
	uint32_t good;
	uint32_t bad;
};

struct injection {
	const char *name;
	enum rte_pmd_refdma_inject what;
	enum way_out way_out;
	/* Seen before the way out; ATTEMPT_ALL: every operation ends by itself. */
	uint32_t good_first;
	struct ending dmadev;
	/* Clients get no callback of what terminate_sync drops. */
	struct ending engine;
};

/* One injection on one path. */
struct attempt {
	struct session *session;
	struct path *path;
	const struct injection *injection;
	const struct work *work;
	struct record record;
	struct mismatches mismatches;
	uint64_t timeout;		/* TSC cycles */
	uint32_t further;		/* operations of WAY_NEXT */
	/* dmadev: the client's; engine: callbacks write. */
	_Atomic uint32_t good;
	_Atomic uint32_t bad;
};

/* With the path started. Failures are noted in the record. @return an exit status */
int attempt_run(struct attempt *attempt);

#endif /* TEST_DMAENGINE_ATTEMPT_H */
