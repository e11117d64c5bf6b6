/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Lines for people: standard error, so that standard output holds only what scripts read. */

#include <stdarg.h>
#include <stdio.h>

#include "log.h"

#define LINE_BYTES	512

bool log_verbose;

__attribute__((format(printf, 1, 0)))
static void
put_line(const char *format, va_list ap)
{
	char line[LINE_BYTES];

	vsnprintf(line, sizeof(line), format, ap);
	/* One call a line: threads do not mix. */
	fprintf(stderr, "refdma-device: %s\n", line);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put_line(format, ap);
	va_end(ap);
}

void
log_protocol(const char *format, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, format);
	put_line(format, ap);
	va_end(ap);
}
