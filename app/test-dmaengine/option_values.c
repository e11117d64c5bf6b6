/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Values of options: one parser for each kind, and what to say about a bad one. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "options.h"

#define SHORT_SECONDS	0.05

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

/* Seconds of the unit at text; 0 where it is none. */
static double
unit_seconds(const char *text)
{
	if (text[0] == '\0' || strcmp(text, "s") == 0)
		return 1;
	return strcmp(text, "m") == 0 ? 60 : strcmp(text, "h") == 0 ? 3600 :
		strcmp(text, "d") == 0 ? 86400 : 0;
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
	/* strtod() takes hexadecimal numbers, too. */
	if (text[0] == '0' && tolower((unsigned char)text[1]) == 'x')
		return -1;
	*value = strtod(text, &end) * unit_seconds(end);
	/* Written so that NaN is refused, and with it what has another unit. */
	return *value > 0 && *value <= (double)rule->max ? 0 : -1;
}

/* Whether text is "FIRST,LAST,STEP,ADD" or "...,MUL". */
static bool
has_step(const char *text)
{
	const char *last = strrchr(text, ',');

	return last != NULL && (strcasecmp(last, ",ADD") == 0 || strcasecmp(last, ",MUL") == 0);
}

/* Parse number n, from 0, of a list within the rule's limits, or a step, which has none. */
static int
parse_item(const struct option_rule *rule, const char *text, unsigned int n, bool suffix,
	   uint64_t *value)
{
	const struct option_rule step = { .min = 0, .max = UINT64_MAX };
	char item[32];
	size_t length;

	for (unsigned int i = 0; i < n; i++) {
		text += strcspn(text, ",");
		text += *text == ',';
	}
	length = strcspn(text, ",");
	if (length >= sizeof(item))
		return -1;
	memcpy(item, text, length);
	item[length] = '\0';
	return parse_number(n == 2 ? &step : rule, item, suffix, value);
}

/* From the first value up to the last, by sums or by products. */
static int
parse_steps(const struct option_rule *rule, const char *text, struct value_list *list)
{
	bool product = strcasecmp(strrchr(text, ','), ",MUL") == 0;
	bool suffix = rule->kind == OPTION_SIZES || rule->kind == OPTION_SIZE;
	uint64_t value, last, step;
	unsigned int commas = 0;

	for (const char *at = text; *at != '\0'; at++)
		commas += *at == ',';
	if (commas != 3 || parse_item(rule, text, 0, suffix, &value) < 0 ||
	    parse_item(rule, text, 1, suffix, &last) < 0 ||
	    parse_item(rule, text, 2, suffix, &step) < 0)
		return -1;
	if (value > last || step < (product ? 2 : 1) || (product && value == 0))
		return -1;
	for (;;) {
		if (list->nb == OPTIONS_MAX_LIST)
			return -1;
		list->values[list->nb++] = value;
		if (product ? value > last / step : last - value < step)
			return 0;
		value = product ? value * step : value + step;
	}
}

/* Parse "a,b,c"; the list replaces what was given before. */
static int
parse_list(const struct option_rule *rule, const char *text, struct value_list *list)
{
	char item[32];
	size_t length;

	list->nb = 0;
	if (has_step(text))
		return parse_steps(rule, text, list);
	do {
		length = strcspn(text, ",");
		if (length >= sizeof(item) || list->nb == OPTIONS_MAX_LIST)
			return -1;
		memcpy(item, text, length);
		item[length] = '\0';
		if (parse_number(rule, item,
				 rule->kind == OPTION_SIZES || rule->kind == OPTION_SIZE,
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

/* Parse words of the rule's argument, separated by commas, as bits. */
static int
parse_set(const struct option_rule *rule, const char *text, uint32_t *set)
{
	char word[16];
	uint32_t number;

	*set = 0;
	do {
		size_t length = strcspn(text, ",");

		if (length >= sizeof(word))
			return -1;
		memcpy(word, text, length);
		word[length] = '\0';
		if (parse_choice(rule, word, &number) < 0)
			return -1;
		*set |= UINT32_C(1) << (number - 1);
		text += length;
	} while (*text++ == ',');
	return 0;
}

static int
append_string(struct string_list *list, const char *text)
{
	if (text[0] == '\0' || list->nb == OPTIONS_MAX_DEVICES)
		return -1;
	list->values[list->nb++] = text;
	return 0;
}

/* A number with commas is a sweep; the option has its first value meanwhile. */
static int
parse_sweep(const struct option_rule *rule, const char *text, struct options *options)
{
	if (parse_list(rule, text, &options->sweep) < 0)
		return -1;
	options->swept = rule;
	option_set_swept(options, options->sweep.values[0]);
	return 0;
}

void
option_set_swept(struct options *options, uint64_t value)
{
	*(uint64_t *)field(options, options->swept) = value;
}

int
option_parse_value(const struct option_rule *rule, const char *text, struct options *options)
{
	void *at = field(options, rule);
	uint64_t number;

	if (rule->sweep && strchr(text, ',') != NULL)
		return parse_sweep(rule, text, options);
	if (options->swept == rule)
		options->swept = NULL;
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
	case OPTION_SET:
		return parse_set(rule, text, at);
	case OPTION_STRING:
		*(const char **)at = text;
		return text[0] != '\0' ? 0 : -1;
	case OPTION_STRINGS:
		return append_string(at, text);
	}
	return -1;
}

/* What a list may hold. */
static void
complain_list(const struct option_rule *rule, const char *of)
{
	fprintf(stderr, "valid are up to %d %s from %" PRIu64 " to %" PRIu64 ", separated by "
		"commas, or FIRST,LAST,STEP,ADD or FIRST,LAST,FACTOR,MUL\n", OPTIONS_MAX_LIST,
		of, rule->min, rule->max);
}

void
option_complain(const struct option_rule *rule, const char *text)
{
	fprintf(stderr, "--%s: '%s' is not valid; ", rule->name, text);
	if (rule->sweep && strchr(text, ',') != NULL) {
		complain_list(rule, "values");
		return;
	}
	switch (rule->kind) {
	case OPTION_SIZE:
		fprintf(stderr, "valid is a number of bytes from %" PRIu64 " to %" PRIu64
			", with suffix K, M or G\n", rule->min, rule->max);
		break;
	case OPTION_SIZES:
		complain_list(rule, "numbers of bytes (suffix K, M or G)");
		break;
	case OPTION_NUMBERS:
		complain_list(rule, "numbers");
		break;
	case OPTION_SECONDS:
		fprintf(stderr, "valid is a time over 0, at most %" PRIu64 " seconds: a number "
			"with s, m, h or d (seconds without), or short\n", rule->max);
		break;
	case OPTION_CHOICE:
		fprintf(stderr, "valid is one of %s\n", rule->argument);
		break;
	case OPTION_SET:
		fprintf(stderr, "valid are %s, several separated by commas\n", rule->argument);
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
