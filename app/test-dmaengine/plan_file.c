/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Files of cases. A section is a case: its entries are the options of the command line without
 * their "--", and "command". Entries before the first section are for all of them, as far as they
 * apply, and so are options of the command line, which come last and win.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dpdk_compat.h"

#include <rte_cfgfile.h>
#include <rte_common.h>

#include "plan.h"

#define GLOBAL		"GLOBAL"
#define MAX_WORDS	160
#define MAX_ENTRIES	128

/* The command line that stands for a section. */
struct section {
	const char *file;
	const char *name;
	enum command_id command;
	char *words[MAX_WORDS];
	int nb_words;
};

static int
complain(const struct section *section, const char *key, const char *value, const char *valid)
{
	fprintf(stderr, "%s, [%s]: %s = '%s' is not valid; %s\n", section->file, section->name,
		key, value, valid);
	return -1;
}

static int
add_word(struct plan *plan, struct section *section, const char *word)
{
	if (section->nb_words == MAX_WORDS - 1)
		return complain(section, word, "", "the section has too many entries");
	section->words[section->nb_words] = plan_keep(plan, word);
	return section->words[section->nb_words++] != NULL ? 0 : -1;
}

static bool
is_flag(const struct option_rule *rule)
{
	return rule->kind == OPTION_FLAG || rule->kind == OPTION_NO_FLAG;
}

/* Flags are yes or no; nothing stands for yes. */
static int
add_flag(struct plan *plan, struct section *section, const struct option_rule *rule,
	 const char *value)
{
	char word[64];

	if (strcasecmp(value, "no") == 0 || strcmp(value, "0") == 0)
		return 0;
	if (value[0] != '\0' && strcasecmp(value, "yes") != 0 && strcmp(value, "1") != 0)
		return complain(section, rule->name, value, "valid are yes and no");
	snprintf(word, sizeof(word), "--%s", rule->name);
	return add_word(plan, section, word);
}

static bool
applies(const struct option_rule *rule, enum command_id command)
{
	return (rule->commands & UINT32_C(1) << command) != 0;
}

/* Options that are about the whole run: how it is written, and what this file is. */
static bool
is_of_the_run(const struct option_rule *rule)
{
	static const char * const names[] = { "config", "json", "csv", "help", "version" };

	for (unsigned int i = 0; i < RTE_DIM(names); i++)
		if (strcmp(rule->name, names[i]) == 0)
			return true;
	return false;
}

/* Add an entry; one for all sections only where it applies. */
static int
add_entry(struct plan *plan, struct section *section, const struct rte_cfgfile_entry *entry,
	  bool global)
{
	char word[CFG_NAME_LEN + CFG_VALUE_LEN + 4];
	const struct option_rule *rule;
	const char *value;

	snprintf(word, sizeof(word), "--%s", entry->name);
	rule = strchr(entry->name, '=') == NULL ? option_find(word, &value) : NULL;
	if (rule == NULL)
		return complain(section, entry->name, entry->value,
				"valid are command and the options that --help lists");
	if (is_of_the_run(rule))
		return complain(section, entry->name, entry->value,
				"it belongs on the command line");
	if (global && !applies(rule, section->command))
		return 0;
	if (is_flag(rule))
		return add_flag(plan, section, rule, entry->value);
	snprintf(word, sizeof(word), "--%s=%s", entry->name, entry->value);
	return add_word(plan, section, word);
}

/* Only devices and workers, of which there may be several, are there more than once. */
static int
check_once(const struct section *section, const struct rte_cfgfile_entry *entries, int at)
{
	char word[CFG_NAME_LEN + 2];
	const struct option_rule *rule;
	const char *value;

	snprintf(word, sizeof(word), "--%s", entries[at].name);
	rule = option_find(word, &value);
	if (rule != NULL && rule->kind == OPTION_STRINGS)
		return 0;
	for (int i = 0; i < at; i++)
		if (strcmp(entries[i].name, entries[at].name) == 0)
			return complain(section, entries[at].name, entries[at].value,
					"there is such an entry already");
	return 0;
}

/* Whether an entry is no option of a case. */
static bool
is_special(const char *name, bool global)
{
	return strcmp(name, "command") == 0 || (global && strcmp(name, "eal") == 0);
}

static int
add_entries(struct plan *plan, struct section *section, struct rte_cfgfile *file,
	    const char *name, const uint32_t *seen)
{
	struct rte_cfgfile_entry entries[MAX_ENTRIES];
	bool global = strcmp(name, GLOBAL) == 0;
	int nb = rte_cfgfile_section_entries(file, name, entries, MAX_ENTRIES);

	for (int i = 0; i < nb; i++) {
		if (check_once(section, entries, i) < 0)
			return -1;
		if (is_special(entries[i].name, global))
			continue;
		/* Devices of the command line replace those of the file. */
		if (strcmp(entries[i].name, "dev") == 0 && options_given(seen, "dev"))
			continue;
		if (add_entry(plan, section, &entries[i], global) < 0)
			return -1;
	}
	return 0;
}

/* Options of the command line. */
static int
add_arguments(struct plan *plan, struct section *section, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value;
		const struct option_rule *rule = option_find(argv[i], &value);
		bool two = !is_flag(rule) && value == NULL;
		bool wanted = !is_of_the_run(rule) && applies(rule, section->command);

		if (wanted && add_word(plan, section, argv[i]) < 0)
			return -1;
		if (two && ++i < argc && wanted && add_word(plan, section, argv[i]) < 0)
			return -1;
	}
	return 0;
}

static int
find_command(struct section *section, struct rte_cfgfile *file)
{
	const char *command = rte_cfgfile_get_entry(file, section->name, "command");
	char valid[256];
	size_t length;

	if (command == NULL)
		command = rte_cfgfile_get_entry(file, GLOBAL, "command");
	section->command = command != NULL ? command_by_name(command) : NB_COMMANDS;
	if (section->command != NB_COMMANDS)
		return 0;
	length = (size_t)snprintf(valid, sizeof(valid), "valid are");
	for (unsigned int i = 0; i < NB_COMMANDS && length < sizeof(valid); i++)
		length += (size_t)snprintf(valid + length, sizeof(valid) - length, "%s %s",
					   i > 0 ? "," : "", command_name((enum command_id)i));
	return complain(section, "command", command != NULL ? command : "", valid);
}

static int
add_section(struct plan *plan, struct rte_cfgfile *file, const char *name, int argc, char **argv,
	    const uint32_t *seen)
{
	struct section section = { .file = plan->main.config, .name = name };
	uint32_t seen_here[OPTIONS_MAX_RULES] = { 0 };
	struct options options;

	if (find_command(&section, file) < 0 || add_word(plan, &section, argv[0]) < 0 ||
	    add_word(plan, &section, command_name(section.command)) < 0 ||
	    add_entries(plan, &section, file, GLOBAL, seen) < 0 ||
	    add_entries(plan, &section, file, name, seen) < 0 ||
	    add_arguments(plan, &section, argc, argv) < 0)
		return -1;
	if (options_parse_words(section.nb_words, section.words, &options, seen_here) == 0) {
		options.case_name = plan_keep(plan, name);
		if (options.case_name != NULL && plan_add(plan, &options, seen_here) == 0)
			return 0;
	}
	fprintf(stderr, "this was in %s, section [%s]\n", section.file, name);
	return -1;
}

/* Options of EAL, separated by blanks. */
static int
take_eal_words(struct plan *plan, struct rte_cfgfile *file, char *program)
{
	const char *eal = rte_cfgfile_get_entry(file, GLOBAL, "eal");
	char *words, *place = NULL;

	if (eal == NULL)
		return 0;
	words = plan_keep(plan, eal);
	plan->eal_words = calloc(strlen(eal) + 2, sizeof(*plan->eal_words));
	if (words == NULL || plan->eal_words == NULL)
		return -1;
	plan->eal_words[plan->nb_eal_words++] = program;
	for (char *word = strtok_r(words, " \t", &place); word != NULL;
	     word = strtok_r(NULL, " \t", &place))
		plan->eal_words[plan->nb_eal_words++] = word;
	return 0;
}

static int
add_sections(struct plan *plan, struct rte_cfgfile *file, int argc, char **argv,
	     const uint32_t *seen)
{
	static char storage[PLAN_MAX_SECTIONS][CFG_NAME_LEN];
	char *names[PLAN_MAX_SECTIONS];
	int nb;

	for (unsigned int i = 0; i < PLAN_MAX_SECTIONS; i++)
		names[i] = storage[i];
	nb = rte_cfgfile_sections(file, names, PLAN_MAX_SECTIONS);
	for (int i = 0; i < nb; i++) {
		if (strcmp(names[i], GLOBAL) == 0)
			continue;
		if (add_section(plan, file, names[i], argc, argv, seen) < 0)
			return -1;
	}
	if (plan->nb_cases > 0)
		return 0;
	fprintf(stderr, "--config: '%s' has no section; valid is a section for each case, such as "
		"[small copies], with a line command = copy\n", plan->main.config);
	return -1;
}

int
plan_read_file(struct plan *plan, int argc, char **argv, const uint32_t *seen)
{
	struct rte_cfgfile *file = plan_load_text(plan->main.config);
	int ret;

	if (file == NULL)
		return -1;
	ret = add_sections(plan, file, argc, argv, seen);
	if (ret == 0)
		ret = take_eal_words(plan, file, argv[0]);
	rte_cfgfile_close(file);
	return ret;
}
