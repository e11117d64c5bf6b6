/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Files that options name: none is written over another. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "plan.h"

struct named_file {
	const char *option;
	const char *path;	/* NULL: not given */
	bool written;
};

/* By name, or by another name; devices and pipes are not written over. */
static bool
is_same(const char *a, const char *b)
{
	struct stat first, second;

	if (strcmp(a, b) == 0)
		return stat(a, &first) < 0 || S_ISREG(first.st_mode);
	return stat(a, &first) == 0 && stat(b, &second) == 0 && S_ISREG(first.st_mode) &&
		first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static int
check_pair(const struct named_file *a, const struct named_file *b)
{
	if (a->path == NULL || b->path == NULL || !(a->written || b->written) ||
	    !is_same(a->path, b->path))
		return 0;
	fprintf(stderr, "--%s: '%s' is not valid; --%s %s there\n", b->option, b->path, a->option,
		a->written ? "is written" : "is read from");
	return -1;
}

int
plan_check_files(const struct plan *plan, const struct options *options)
{
	const struct options *run = plan->main.config != NULL ? &plan->main : options;
	const struct named_file files[] = {
		{ "config", run->config, false },
		{ "file", options->file, false },
		{ "output", options->output, true },
		{ "json", run->json, true },
		{ "csv", run->csv, true },
	};

	for (unsigned int i = 0; i < RTE_DIM(files); i++)
		for (unsigned int j = 0; j < i; j++)
			if (check_pair(&files[j], &files[i]) < 0)
				return -1;
	return 0;
}
