/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The progress line. */

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "progress.h"

static unsigned int total, current;
/* Whether there is a line on the terminal now; its lock covers what is written there. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool shown;

void
progress_start(unsigned int steps)
{
	total = steps;
	current = 0;
}

/* Erase to the end of the line: the text before may have been longer. */
static void
show(const char *text)
{
	pthread_mutex_lock(&lock);
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
	shown = true;
	pthread_mutex_unlock(&lock);
}

void
progress_step(const char *format, ...)
{
	char text[128];
	size_t length;
	va_list ap;

	current++;
	if (!isatty(STDERR_FILENO))
		return;
	length = (size_t)snprintf(text, sizeof(text), "[%u/%u] ", current, total);
	va_start(ap, format);
	vsnprintf(text + length, sizeof(text) - length, format, ap);
	va_end(ap);
	show(text);
}

void
progress_line(const char *format, ...)
{
	char text[128];
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	show(text);
}

void
progress_clear(void)
{
	pthread_mutex_lock(&lock);
	if (shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
		shown = false;
	}
	pthread_mutex_unlock(&lock);
}
