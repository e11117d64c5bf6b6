/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The command line: one table of options, one parser for each kind of value. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "options.h"

#define SHORT_SECONDS	0.05
/* Fills of the DMA Engine API are of a byte. */
#define BYTE_PATTERN	UINT64_C(0xa5a5a5a5a5a5a5a5)

static const char * const command_names[NB_COMMANDS] = {
	[COMMAND_COPY] = "copy",
	[COMMAND_FILL] = "fill",
	[COMMAND_SG] = "sg",
	[COMMAND_SLAVE] = "slave",
	[COMMAND_CYCLIC] = "cyclic",
	[COMMAND_COMPARE] = "compare",
	[COMMAND_ENGINE_COST] = "engine-cost",
	[COMMAND_LIST] = "list",
};

const char *
command_name(enum command_id command)
{
	return command < NB_COMMANDS ? command_names[command] : "none";
}

const char *
api_name(enum api api)
{
	return api == API_BOTH ? "both" : api == API_ENGINE ? "engine" : "dmadev";
}

enum command_id
command_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < NB_COMMANDS; i++)
		if (strcmp(name, command_names[i]) == 0)
			break;
	return (enum command_id)i;
}

/* Where rule's value is kept. */
static void *
field(struct options *options, const struct option_rule *rule)
{
	return (char *)options + rule->offset;
}

/* Bits that the suffix at text shifts by; -1 where it is none. */
static int
suffix_shift(const char *text)
{
	static const char suffixes[] = "KMG";
	const char *at;

	if (text[0] == '\0')
		return 0;
	at = strchr(suffixes, toupper((unsigned char)text[0]));
	if (at == NULL || *at == '\0' || text[1] != '\0')
		return -1;
	return (int)(at - suffixes + 1) * 10;
}

/* Parse one number within the rule's limits. */
static int
parse_number(const struct option_rule *rule, const char *text, bool suffix, uint64_t *value)
{
	bool hexadecimal = text[0] == '0' && tolower((unsigned char)text[1]) == 'x';
	unsigned long long number;
	char *end;
	int shift;

	/* strtoull() takes blanks and signs; a size has neither. */
	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	number = strtoull(text, &end, hexadecimal ? 16 : 10);
	shift = suffix ? suffix_shift(end) : (*end == '\0' ? 0 : -1);
	if (errno != 0 || shift < 0 || number > UINT64_MAX >> shift)
		return -1;
	number <<= shift;
	if (number < rule->min || number > rule->max)
		return -1;
	*value = number;
	return 0;
}

static int
parse_seconds(const struct option_rule *rule, const char *text, double *value)
{
	char *end;

	if (strcmp(text, "short") == 0) {
		*value = SHORT_SECONDS;
		return 0;
	}
	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return -1;
	*value = strtod(text, &end);
	/* Written so that NaN is refused. */
	return *end == '\0' && *value > 0 && *value <= (double)rule->max ? 0 : -1;
}

/* Parse "a,b,c"; the list replaces what was given before. */
static int
parse_list(const struct option_rule *rule, const char *text, struct value_list *list)
{
	char item[32];
	size_t length;

	list->nb = 0;
	do {
		length = strcspn(text, ",");
		if (length >= sizeof(item) || list->nb == OPTIONS_MAX_LIST)
			return -1;
		memcpy(item, text, length);
		item[length] = '\0';
		if (parse_number(rule, item, rule->kind == OPTION_SIZES,
				 &list->values[list->nb]) < 0)
			return -1;
		list->nb++;
		text += length;
	} while (*text++ == ',');
	return 0;
}

/* Parse one of the words of the rule's argument, "a|b|c". */
static int
parse_choice(const struct option_rule *rule, const char *text, uint32_t *value)
{
	const char *word = rule->argument;
	uint32_t number = 1;

	for (;;) {
		size_t length = strcspn(word, "|");

		if (strlen(text) == length && strncmp(word, text, length) == 0) {
			*value = number;
			return 0;
		}
		if (word[length] == '\0')
			return -1;
		word += length + 1;
		number++;
	}
}

static int
append_string(struct string_list *list, const char *text)
{
	if (text[0] == '\0' || list->nb == OPTIONS_MAX_DEVICES)
		return -1;
	list->values[list->nb++] = text;
	return 0;
}

static int
parse_value(const struct option_rule *rule, const char *text, struct options *options)
{
	void *at = field(options, rule);
	uint64_t number;

	switch (rule->kind) {
	case OPTION_FLAG:
	case OPTION_NO_FLAG:
		*(bool *)at = rule->kind == OPTION_FLAG;
		return 0;
	case OPTION_SIZE:
		return parse_number(rule, text, true, at);
	case OPTION_NUMBER:
		return parse_number(rule, text, false, at);
	case OPTION_SIGNED:
		if (parse_number(rule, text, false, &number) < 0)
			return -1;
		*(int64_t *)at = (int64_t)number;
		return 0;
	case OPTION_SECONDS:
		return parse_seconds(rule, text, at);
	case OPTION_SIZES:
	case OPTION_NUMBERS:
		return parse_list(rule, text, at);
	case OPTION_CHOICE:
		return parse_choice(rule, text, at);
	case OPTION_STRING:
		*(const char **)at = text;
		return text[0] != '\0' ? 0 : -1;
	case OPTION_STRINGS:
		return append_string(at, text);
	}
	return -1;
}

/* Say what would have been valid. */
static void
complain(const struct option_rule *rule, const char *text)
{
	fprintf(stderr, "--%s: '%s' is not valid; ", rule->name, text);
	switch (rule->kind) {
	case OPTION_SIZE:
		fprintf(stderr, "valid is a number of bytes from %" PRIu64 " to %" PRIu64
			", with suffix K, M or G\n", rule->min, rule->max);
		break;
	case OPTION_SIZES:
		fprintf(stderr, "valid are up to %d numbers of bytes from %" PRIu64 " to %" PRIu64
			", with suffix K, M or G, separated by commas\n",
			OPTIONS_MAX_LIST, rule->min, rule->max);
		break;
	case OPTION_NUMBERS:
		fprintf(stderr, "valid are up to %d numbers from %" PRIu64 " to %" PRIu64
			", separated by commas\n", OPTIONS_MAX_LIST, rule->min, rule->max);
		break;
	case OPTION_SECONDS:
		fprintf(stderr, "valid is a number of seconds over 0, at most %" PRIu64
			", or short\n", rule->max);
		break;
	case OPTION_CHOICE:
		fprintf(stderr, "valid is one of %s\n", rule->argument);
		break;
	case OPTION_STRING:
	case OPTION_STRINGS:
		fprintf(stderr, "valid is %s, not empty, at most %d times\n", rule->argument,
			rule->kind == OPTION_STRING ? 1 : OPTIONS_MAX_DEVICES);
		break;
	default:
		fprintf(stderr, "valid is a number from %" PRIu64 " to %" PRIu64 "\n",
			rule->min, rule->max);
		break;
	}
}

/* The rule for "--name" or "--name=value"; *value points behind '=', or is NULL. */
static const struct option_rule *
find_rule(const char *word, const char **value)
{
	const char *equals = strchr(word, '=');
	size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);

	*value = equals != NULL ? equals + 1 : NULL;
	if (strcmp(word, "-h") == 0)
		return find_rule("--help", value);
	if (length < 3 || strncmp(word, "--", 2) != 0)
		return NULL;
	for (unsigned int i = 0; i < nb_option_rules; i++)
		if (strlen(option_rules[i].name) == length - 2 &&
		    strncmp(word + 2, option_rules[i].name, length - 2) == 0)
			return &option_rules[i];
	return NULL;
}

/* Parse the option at argv[*at] and move *at to its last word. */
static int
parse_option(int argc, char **argv, int *at, struct options *options, uint32_t *seen_for)
{
	const char *word = argv[*at], *value;
	const struct option_rule *rule = find_rule(word, &value);

	if (rule == NULL) {
		fprintf(stderr, "%s: no such option; --help lists them, and EAL's own options "
			"go before '--'\n", word);
		return -1;
	}
	if (rule->argument == NULL && value != NULL) {
		fprintf(stderr, "--%s takes no value\n", rule->name);
		return -1;
	}
	if (rule->argument != NULL && value == NULL) {
		if (*at + 1 == argc) {
			fprintf(stderr, "--%s needs a value: %s\n", rule->name, rule->argument);
			return -1;
		}
		value = argv[++*at];
	}
	if (rule->argument == NULL)
		value = "";
	if (parse_value(rule, value, options) < 0) {
		complain(rule, value);
		return -1;
	}
	seen_for[rule - option_rules] = 1;
	return 0;
}

static int
parse_command(const char *word, struct options *options)
{
	if (options->command != NB_COMMANDS) {
		fprintf(stderr, "%s: one command only, and it is '%s' already\n", word,
			command_name(options->command));
		return -1;
	}
	options->command = command_by_name(word);
	if (options->command != NB_COMMANDS)
		return 0;
	fprintf(stderr, "%s: no such command; valid are", word);
	for (unsigned int i = 0; i < NB_COMMANDS; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : ",", command_names[i]);
	fputc('\n', stderr);
	return -1;
}

/* An option that has no meaning for the command is a mistake, not something to ignore. */
static int
check_applies(const struct options *options, const uint32_t *seen)
{
	for (unsigned int i = 0; i < nb_option_rules; i++) {
		const struct option_rule *rule = &option_rules[i];
		const char *between = "";

		if (seen[i] == 0 || (rule->commands & UINT32_C(1) << options->command) != 0)
			continue;
		fprintf(stderr, "--%s does not apply to '%s'; it is for ", rule->name,
			command_name(options->command));
		for (unsigned int c = 0; c < NB_COMMANDS; c++) {
			if ((rule->commands & UINT32_C(1) << c) == 0)
				continue;
			fprintf(stderr, "%s%s", between, command_names[c]);
			between = ", ";
		}
		fputc('\n', stderr);
		return -1;
	}
	return 0;
}

/* How compare and engine-cost lay out buffers; usage.c says why. */
static void
set_packet_layout(struct options *options, const uint32_t *seen)
{
	if (!options_given(seen, "shuffle") && !options_given(seen, "no-shuffle"))
		options->shuffle = true;
	options->packets = options->shuffle && options->stride == 0;
	options->shared_footprint = true;
}

static void
set_defaults(struct options *options, const uint32_t *seen)
{
	static const struct value_list sizes = { 5, { 64, 256, 1024, 4096, 65536 } };
	bool cost = options->command == COMMAND_ENGINE_COST;
	bool compare = options->command == COMMAND_COMPARE || cost;

	if (options->api == API_DEFAULT)
		options->api = compare ? API_BOTH : API_DMADEV;
	if (compare)
		set_packet_layout(options, seen);
	if (options->api != API_DMADEV && !options_given(seen, "pattern"))
		options->fill_pattern = BYTE_PATTERN;
	if (options->sizes.nb == 0 && options->file != NULL)
		options->sizes = (struct value_list){ 1, { 65536 } };
	else if (options->sizes.nb == 0)
		options->sizes = sizes;
	if (cost && !options_given(seen, "size"))
		options->sizes.nb = 4;
	if (options->bursts.nb == 0)
		options->bursts = (struct value_list){ 1, { 32 } };
	if (options->repeat == 0)
		options->repeat = compare ? 5 : 3;
	if (options->seconds <= 0)
		options->seconds = compare ? 0.15 :
			options->command == COMMAND_CYCLIC ? 1 : 0.5;
}

int
options_parse(int argc, char **argv, struct options *options)
{
	uint32_t seen[OPTIONS_MAX_RULES] = { 0 };

	*options = (struct options){
		.command = NB_COMMANDS, .ring = 1024, .footprint = 10 << 20,
		.src_sges = 4, .dst_sges = 4, .fill_pattern = UINT64_C(0x0123456789abcdef),
		.rate = 10000000, .period = 4096, .periods = 64, .timeout_ms = 3000,
		.port = -1, .lcore = -1,
	};
	for (int i = 1; i < argc; i++) {
		int ret = argv[i][0] == '-' ? parse_option(argc, argv, &i, options, seen) :
			parse_command(argv[i], options);

		if (ret < 0)
			return -1;
		if (options->help || options->version)
			return 0;
	}
	if (options->command == NB_COMMANDS) {
		fprintf(stderr, "a command is needed: copy, fill, sg, slave, cyclic, compare, "
			"engine-cost or list\n");
		return -1;
	}
	if (check_applies(options, seen) < 0)
		return -1;
	set_defaults(options, seen);
	return options_check(options, seen);
}
