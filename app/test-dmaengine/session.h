/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_SESSION_H
#define TEST_DMAENGINE_SESSION_H

#include "buffers.h"
#include "device.h"
#include "options.h"
#include "report.h"

/* What a command works with; owned by main(). Pools are there while a command runs. */
struct session {
	const struct options *options;
	enum run_mode run;		/* who runs tasklets; not RUN_DEFAULT */
	struct report report;
	struct device_set devices;
	struct pools pools;
	unsigned int cases;		/* that share the time of --soak */
	bool continued;			/* the table of the case before goes on */
	bool endless;			/* the command goes on until a signal: that is its end */
};

/* The commands. Each returns an exit status; failed cases are noted in the report. */
int command_memory(struct session *session);	/* copy, fill, sg, interleaved */
int command_workers(struct session *session);	/* the same, with --worker */
int command_file_copy(struct session *session);	/* copy --file */
int command_slave(struct session *session);
int command_cyclic(struct session *session);
int command_verify(struct session *session);
int command_inject(struct session *session);
int command_compare(struct session *session);
int command_engine_cost(struct session *session);
int command_list(struct session *session);

#endif /* TEST_DMAENGINE_SESSION_H */
