/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_PLAN_H
#define TEST_DMAENGINE_PLAN_H

/*
 * What one run of the program does: the command of the command line, or those of a file of cases,
 * each of them once for every value of the option that it sweeps. Nothing here needs EAL.
 */

#include "options.h"

#define PLAN_MAX_SECTIONS	256	/* of a file of cases */

struct rte_cfgfile;

struct plan {
	struct options main;		/* of the command line: help, version, json, csv */
	struct options *cases;		/* owned; complete and checked */
	unsigned int nb_cases;
	char **words;			/* owned; what options of a file point to */
	unsigned int nb_words;
	char **eal_words;		/* of the file; NULL: none. The first is the program */
	int nb_eal_words;
};

/**
 * Make the plan of a command line; argv[0] is the program.
 * @return 0, or -1 after a message that names what is wrong and says what is valid
 */
int plan_make(struct plan *plan, int argc, char **argv);
void plan_free(struct plan *plan);

/* Add the cases of options that plan_make() or the file of cases has parsed. As plan_make(). */
int plan_add(struct plan *plan, const struct options *options, const uint32_t *seen);

/* Keep a word for as long as the plan lives. @return the copy, or NULL after a message */
char *plan_keep(struct plan *plan, const char *word);

/* Add the cases of the file that --config names; seen says what the command line has. */
int plan_read_file(struct plan *plan, int argc, char **argv, const uint32_t *seen);

/* Read the text of such a file. @return what DPDK's parser made of it, or NULL after a message */
struct rte_cfgfile *plan_load_text(const char *path);

/* Check that no file which a case or the run writes is another of its files. As above. */
int plan_check_files(const struct plan *plan, const struct options *options);

/* Whether a case uses an API. */
bool plan_uses(const struct plan *plan, enum api api);

#endif /* TEST_DMAENGINE_PLAN_H */
