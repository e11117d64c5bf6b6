/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* From words to cases. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static int
out_of_memory(void)
{
	fprintf(stderr, "out of memory\n");
	return -1;
}

static int
add_case(struct plan *plan, const struct options *options)
{
	struct options *cases = realloc(plan->cases, (plan->nb_cases + 1) * sizeof(*cases));

	if (cases == NULL)
		return out_of_memory();
	plan->cases = cases;
	plan->cases[plan->nb_cases++] = *options;
	return 0;
}

int
plan_add(struct plan *plan, const struct options *options, const uint32_t *seen)
{
	unsigned int nb = options->swept != NULL ? options->sweep.nb : 1;

	for (unsigned int i = 0; i < nb; i++) {
		struct options one = *options;

		if (one.swept != NULL)
			option_set_swept(&one, one.sweep.values[i]);
		if (options_finish(&one, seen) < 0 || plan_check_files(plan, &one) < 0 ||
		    add_case(plan, &one) < 0)
			return -1;
	}
	return 0;
}

char *
plan_keep(struct plan *plan, const char *word)
{
	char **words = realloc(plan->words, (plan->nb_words + 1) * sizeof(*words));
	char *copy = strdup(word);

	if (words != NULL)
		plan->words = words;
	if (words == NULL || copy == NULL) {
		free(copy);
		out_of_memory();
		return NULL;
	}
	plan->words[plan->nb_words++] = copy;
	return copy;
}

int
plan_make(struct plan *plan, int argc, char **argv)
{
	uint32_t seen[OPTIONS_MAX_RULES] = { 0 };

	memset(plan, 0, sizeof(*plan));
	if (options_parse_words(argc, argv, &plan->main, seen) < 0)
		return -1;
	if (plan->main.help || plan->main.version)
		return 0;
	if (plan->main.config == NULL)
		return plan_add(plan, &plan->main, seen);
	if (plan->main.command == NB_COMMANDS)
		return plan_read_file(plan, argc, argv, seen);
	fprintf(stderr, "%s: no command goes together with --config; the file says which\n",
		command_name(plan->main.command));
	return -1;
}

void
plan_free(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->nb_words; i++)
		free(plan->words[i]);
	free(plan->words);
	free(plan->eal_words);
	free(plan->cases);
	memset(plan, 0, sizeof(*plan));
}

bool
plan_uses(const struct plan *plan, enum api api)
{
	for (unsigned int i = 0; i < plan->nb_cases; i++)
		if ((plan->cases[i].api & (uint32_t)api) != 0)
			return true;
	return false;
}
