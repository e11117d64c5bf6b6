/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The progress line. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "progress.h"

static unsigned int total, current;
static bool shown;

void
progress_start(unsigned int steps)
{
	total = steps;
	current = 0;
}

void
progress_step(const char *format, ...)
{
	char text[100];
	va_list ap;

	current++;
	if (!isatty(STDERR_FILENO))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	/* Erase to the end of the line: the text before may have been longer. */
	fprintf(stderr, "\r[%u/%u] %s\033[K", current, total, text);
	fflush(stderr);
	shown = true;
}

void
progress_clear(void)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	shown = false;
}
