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

/* Fills of the DMA Engine API are of a byte. */
#define BYTE_PATTERN	UINT64_C(0xa5a5a5a5a5a5a5a5)

static const char * const command_names[NB_COMMANDS] = {
	[COMMAND_COPY] = "copy",
	[COMMAND_FILL] = "fill",
	[COMMAND_SG] = "sg",
	[COMMAND_INTERLEAVED] = "interleaved",
	[COMMAND_SLAVE] = "slave",
	[COMMAND_CYCLIC] = "cyclic",
	[COMMAND_VERIFY] = "verify",
	[COMMAND_INJECT] = "inject",
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
	return api == API_CPU ? "cpu" : api == API_ENGINE ? "engine" : "dmadev";
}

const char *
api_names(uint32_t set, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t api = API_DMADEV; api <= API_CPU && length < size; api <<= 1)
		if ((set & api) != 0)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length > 0 ? "," : "",
						   api_name((enum api)api));
	return text;
}

bool
options_have_service(const struct options *options)
{
	for (unsigned int i = 0; i < options->devices.nb; i++)
		if (strstr(options->devices.values[i], "engine=service") != NULL)
			return true;
	return false;
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

const struct option_rule *
option_find(const char *word, const char **value)
{
	const char *equals = strchr(word, '=');
	size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);

	*value = equals != NULL ? equals + 1 : NULL;
	if (strcmp(word, "-h") == 0)
		return option_find("--help", value);
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
	const struct option_rule *rule = option_find(word, &value);

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
	if (rule->sweep && options->swept != NULL && options->swept != rule &&
	    strchr(value, ',') != NULL) {
		fprintf(stderr, "--%s: '%s' is not valid; --%s has several values already, and "
			"besides --size and --burst only one option can\n", rule->name, value,
			options->swept->name);
		return -1;
	}
	if (option_parse_value(rule, value, options) < 0) {
		option_complain(rule, value);
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
set_api(struct options *options)
{
	bool compare = options->command == COMMAND_COMPARE ||
		options->command == COMMAND_ENGINE_COST || options->command == COMMAND_INJECT;

	if (options->api == API_DEFAULT)
		options->api = compare ? API_BOTH :
			options->command == COMMAND_VERIFY ? API_ENGINE : API_DMADEV;
	if ((options->api & API_WORD_BOTH) != 0)
		options->api |= API_BOTH;
	if ((options->api & API_WORD_ALL) != 0)
		options->api |= API_ALL;
	options->api &= API_ALL;
}

/* verify has one size: that of the buffers. */
static void
set_verify(struct options *options)
{
	options->sizes = (struct value_list){ 1, { options->buffer_size } };
	options->bursts = (struct value_list){ 1, { 1 } };
	options->footprint = options->buffer_size * options->threads * 2;
}

static void
set_defaults(struct options *options, const uint32_t *seen)
{
	static const struct value_list sizes = { 5, { 64, 256, 1024, 4096, 65536 } };
	bool cost = options->command == COMMAND_ENGINE_COST;
	bool compare = options->command == COMMAND_COMPARE || cost;

	set_api(options);
	if (options->command == COMMAND_VERIFY)
		set_verify(options);
	if (compare)
		set_packet_layout(options, seen);
	if ((options->api & API_ENGINE) != 0 && !options_given(seen, "pattern"))
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
options_parse_words(int argc, char **argv, struct options *options, uint32_t *seen)
{
	*options = (struct options){
		.command = NB_COMMANDS, .ring = 1024, .footprint = 10 << 20,
		.src_sges = 4, .dst_sges = 4, .fill_pattern = UINT64_C(0x0123456789abcdef),
		.rate = 10000000, .period = 4096, .periods = 64, .timeout_ms = 3000,
		.port = -1, .lcore = -1, .src_node = -1, .dst_node = -1,
		.device_address = -1, .chunk = 64,
		.src_gap = 64, .direction = DIRECTION_MEM2MEM, .threads = 1, .seed = 1,
		.buffer_size = 16384, .operation = VERIFY_MEMCPY,
	};
	for (int i = 1; i < argc; i++) {
		int ret = argv[i][0] == '-' ? parse_option(argc, argv, &i, options, seen) :
			parse_command(argv[i], options);

		if (ret < 0)
			return -1;
		if (options->help || options->version)
			return 0;
	}
	return 0;
}

int
options_finish(struct options *options, const uint32_t *seen)
{
	if (options->command == NB_COMMANDS) {
		fprintf(stderr, "a command is needed:");
		for (unsigned int i = 0; i < NB_COMMANDS; i++)
			fprintf(stderr, "%s %s", i == 0 ? "" : i + 1 < NB_COMMANDS ? "," : " or",
				command_names[i]);
		fputc('\n', stderr);
		return -1;
	}
	if (check_applies(options, seen) < 0)
		return -1;
	set_defaults(options, seen);
	return options_check(options, seen);
}
