/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_EXIT_STATUS_H
#define TEST_DMAENGINE_EXIT_STATUS_H

/* What the process returns; scripts rely on it. */
enum exit_status {
	EXIT_PASSED = 0,
	EXIT_FAILED = 1,	/* a case failed, or the environment did not let it run */
	EXIT_USAGE = 2,		/* the command line */
	EXIT_NO_DEVICE = 3,
	EXIT_INTERRUPTED = 130,	/* as shells report SIGINT */
};

#endif /* TEST_DMAENGINE_EXIT_STATUS_H */
