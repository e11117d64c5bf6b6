/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The text of a file of cases, as far as DPDK's parser does not look at it, or says nothing. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dpdk_compat.h"

#include <rte_cfgfile.h>
#include <rte_common.h>

#include "plan.h"

/* Some editors begin a file of UTF-8 with it. The parser would take it for text. */
#define BYTE_ORDER_MARK	"\xef\xbb\xbf"

static size_t
mark_bytes(const char *start)
{
	size_t length = strlen(BYTE_ORDER_MARK);

	return strncmp(start, BYTE_ORDER_MARK, length) == 0 ? length : 0;
}

/* Cut off comment and blanks at both ends; returns where the rest begins. */
static char *
trim(char *line)
{
	char *end = line + strcspn(line, ";\r\n");

	while (end > line && isblank((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return line + strspn(line, " \t");
}

/* The parser passes over lines without '=', and of two sections of a name over the second. */
static const char *
find_fault(const char *text, char names[][CFG_NAME_LEN], unsigned int *nb)
{
	size_t length = strlen(text);
	char name[CFG_NAME_LEN];

	if (text[0] == '\0' || strchr(text, '=') != NULL)
		return NULL;
	if (text[0] != '[' || text[length - 1] != ']')
		return "valid are [section] and name = value";
	snprintf(name, sizeof(name), "%.*s", (int)RTE_MIN(length - 2, sizeof(name) - 1), text + 1);
	for (unsigned int i = 0; i < *nb; i++)
		if (strcmp(names[i], name) == 0)
			return "there is a section of this name already";
	if (*nb < PLAN_MAX_SECTIONS)
		memcpy(names[(*nb)++], name, sizeof(name));
	return NULL;
}

/* A line, without what does not fit; false at the end of the file. */
static bool
read_line(FILE *file, char *line, size_t size)
{
	int more;

	if (fgets(line, (int)size, file) == NULL)
		return false;
	if (strchr(line, '\n') != NULL)
		return true;
	do
		more = fgetc(file);
	while (more != EOF && more != '\n');
	return true;
}

/* What may be shown on a terminal. */
static char *
printable(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (!isprint((unsigned char)*at))
			*at = '?';
	return text;
}

/* The parser says what is wrong in the file, but not always, nor why it cannot be read. */
static int
check_lines(const char *path)
{
	static char names[PLAN_MAX_SECTIONS][CFG_NAME_LEN];
	unsigned int nb = 0, number = 0;
	FILE *file = fopen(path, "r");
	char line[CFG_NAME_LEN + CFG_VALUE_LEN + 16], *text = line;
	const char *fault = NULL;

	if (file == NULL) {
		fprintf(stderr, "--config: '%s' cannot be read: %s\n", path, strerror(errno));
		return -1;
	}
	while (fault == NULL && read_line(file, line, sizeof(line))) {
		text = trim(number++ == 0 ? line + mark_bytes(line) : line);
		fault = find_fault(text, names, &nb);
	}
	fclose(file);
	if (fault != NULL)
		fprintf(stderr, "--config: '%s', line %u: '%s' is not valid; %s\n", path, number,
			printable(text), fault);
	return fault != NULL ? -1 : 0;
}

static int
copy_all(FILE *from, int to)
{
	char block[4096];
	size_t length;

	while ((length = fread(block, 1, sizeof(block), from)) > 0)
		if (write(to, block, length) != (ssize_t)length)
			return -1;
	return ferror(from) ? -1 : 0;
}

/* What follows the mark, in memory. @return its file descriptor; -1 where there is no mark */
static int
copy_without_mark(const char *path)
{
	char start[sizeof(BYTE_ORDER_MARK)];
	FILE *file = fopen(path, "r");
	int copy = -1;

	if (file == NULL)
		return -1;
	if (fgets(start, sizeof(start), file) != NULL && mark_bytes(start) > 0)
		copy = memfd_create("cases", MFD_CLOEXEC);
	if (copy >= 0 && copy_all(file, copy) < 0) {
		close(copy);
		copy = -1;
	}
	fclose(file);
	return copy;
}

/* The parser reads files by name only. */
static struct rte_cfgfile *
load(const char *path)
{
	const int flags = CFG_FLAG_GLOBAL_SECTION | CFG_FLAG_EMPTY_VALUES;
	int copy = copy_without_mark(path);
	struct rte_cfgfile *file;
	char name[32];

	if (copy < 0)
		return rte_cfgfile_load(path, flags);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", copy);
	file = rte_cfgfile_load(name, flags);
	close(copy);
	return file;
}

struct rte_cfgfile *
plan_load_text(const char *path)
{
	struct rte_cfgfile *file;

	if (check_lines(path) < 0)
		return NULL;
	file = load(path);
	if (file == NULL)
		fprintf(stderr, "--config: '%s' is not valid; valid are sections such as [name], "
			"lines such as size = 64,4K, and comments after a semicolon\n", path);
	return file;
}
