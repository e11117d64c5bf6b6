/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_TELEMETRY_CLIENT_H
#define TEST_TELEMETRY_CLIENT_H

/**
 * @file
 * A client of the process's own telemetry socket, as the distribution's script is one. Answers are
 * JSON without nesting below the command, but for arrays.
 */

#include <rte_common.h>

#include <stdbool.h>
#include <stdint.h>

/** A connection; one thread at a time. */
struct tel_client {
	int fd;
	char answer[16384];	/**< What came last, terminated. */
};

/** @return 0 or a negative errno */
int tel_open(struct tel_client *client);
void tel_close(struct tel_client *client);

/** Send a command and wait for the answer. @return 0 or a negative errno */
__rte_format_printf(2, 3)
int tel_ask(struct tel_client *client, const char *format, ...);

/** The command was refused. */
bool tel_refused(const struct tel_client *client);
/** The last answer has an array or a text with this in it. */
bool tel_has(const struct tel_client *client, const char *text);
/** A number of the last answer; INT64_MIN where it has none of that name. */
int64_t tel_number(const struct tel_client *client, const char *name);
/** Does the last answer have the text @p value for @p name? */
bool tel_text_is(const struct tel_client *client, const char *name, const char *value);

#endif /* TEST_TELEMETRY_CLIENT_H */
