/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* dpdk-test-dmaengine's command line, and what it prints of wrong bytes. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mismatch.h"
#include "options.h"
#include "test.h"

#define MAX_WORDS	16

/* Standard error of what is under test goes here; read back by captured(). */
static FILE *capture;
static int saved = -1;
static char text[16384];

static int
begin_capture(void)
{
	capture = tmpfile();
	TEST_ASSERT(capture != NULL);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	TEST_ASSERT(saved >= 0 && dup2(fileno(capture), STDERR_FILENO) >= 0);
	return TEST_OK;
}

static void
end_capture(void)
{
	fflush(stderr);
	if (saved >= 0) {
		dup2(saved, STDERR_FILENO);
		close(saved);
		saved = -1;
	}
	if (capture != NULL)
		fclose(capture);
	capture = NULL;
}

/* What was written so far. */
static const char *
captured(void)
{
	size_t length;

	fflush(stderr);
	length = (size_t)pread(fileno(capture), text, sizeof(text) - 1, 0);
	text[length] = '\0';
	return text;
}

/* Parse words that blanks separate; they must outlive the options. */
static int
parse(const char *line, struct options *options)
{
	static char words[512];
	char *argv[MAX_WORDS] = { (char *)(uintptr_t)"tool" };
	uint32_t seen[OPTIONS_MAX_RULES] = { 0 };
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok(words, " "); word != NULL && argc < MAX_WORDS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	if (options_parse_words(argc, argv, options, seen) < 0)
		return -1;
	return options_finish(options, seen);
}

static int
expect_list(const char *line, unsigned int nb, uint64_t first, uint64_t last)
{
	struct options options;

	TEST_ASSERT_EQ(parse(line, &options), 0);
	TEST_ASSERT_EQ(options.sizes.nb, nb);
	TEST_ASSERT_EQ(options.sizes.values[0], first);
	TEST_ASSERT_EQ(options.sizes.values[nb - 1], last);
	return TEST_OK;
}

static int
lists_sums_and_products(void)
{
	TEST_CALL(expect_list("copy --size 64", 1, 64, 64));
	TEST_CALL(expect_list("copy --size=1K,2m,64", 3, 1024, 64));
	TEST_CALL(expect_list("copy --size 64,8192,2,MUL", 8, 64, 8192));
	TEST_CALL(expect_list("copy --size 64,8191,2,mul", 7, 64, 4096));
	TEST_CALL(expect_list("copy --size 1K,4K,1K,ADD", 4, 1024, 4096));
	TEST_CALL(expect_list("copy --size 5,5,1,ADD", 1, 5, 5));
	/* The last value is the largest there is: no overflow beyond it. */
	return expect_list("copy --size 1,1G,1024,MUL", 4, 1, UINT64_C(1) << 30);
}

static int
bad_lists_are_refused(void)
{
	static const char * const lines[] = {
		"copy --size ,", "copy --size 64,", "copy --size -64", "copy --size 64,4,2,MUL",
		"copy --size 64,128,2,SUB", "copy --size 64,128,1,MUL", "copy --size 64,128,0,ADD",
		"copy --size 64,ADD", "copy --size 1,100,1,ADD", "copy --size 0x40z",
		"copy --size 99999999999999999999", "copy --size 64,2,MUL",
	};
	struct options options;

	for (unsigned int i = 0; i < RTE_DIM(lines); i++) {
		if (parse(lines[i], &options) == 0) {
			test_note("'%s' was taken", lines[i]);
			return TEST_FAILED;
		}
		TEST_ASSERT(strstr(captured(), "--size: '") != NULL);
	}
	return TEST_OK;
}

static int
expect_seconds(const char *line, double seconds)
{
	struct options options;

	TEST_ASSERT_EQ(parse(line, &options), 0);
	TEST_ASSERT(options.soak == seconds);
	return TEST_OK;
}

static int
times_have_units(void)
{
	struct options options;

	TEST_CALL(expect_seconds("verify --soak 8h", 8 * 3600.0));
	TEST_CALL(expect_seconds("verify --soak 30m", 1800));
	TEST_CALL(expect_seconds("verify --soak 1.5", 1.5));
	TEST_CALL(expect_seconds("verify --soak 90s", 90));
	TEST_CALL(expect_seconds("verify --soak 2d", 172800));
	TEST_ASSERT(parse("verify --soak 0", &options) < 0);
	TEST_ASSERT(parse("verify --soak nan", &options) < 0);
	TEST_ASSERT(parse("verify --soak 1h30m", &options) < 0);
	TEST_ASSERT(parse("verify --soak 400d", &options) < 0);
	return TEST_OK;
}

static int
sets_of_apis(void)
{
	struct options options;

	TEST_ASSERT_EQ(parse("copy", &options), 0);
	TEST_ASSERT_EQ(options.api, API_DMADEV);
	TEST_ASSERT_EQ(parse("verify", &options), 0);
	TEST_ASSERT_EQ(options.api, API_ENGINE);
	TEST_ASSERT_EQ(parse("compare", &options), 0);
	TEST_ASSERT_EQ(options.api, API_BOTH);
	TEST_ASSERT_EQ(parse("copy --api cpu,engine", &options), 0);
	TEST_ASSERT_EQ(options.api, API_CPU | API_ENGINE);
	TEST_ASSERT_EQ(parse("copy --api both", &options), 0);
	TEST_ASSERT_EQ(options.api, API_DMADEV | API_ENGINE);
	TEST_ASSERT_EQ(parse("copy --api all", &options), 0);
	TEST_ASSERT_EQ(options.api, API_DMADEV | API_ENGINE | API_CPU);
	TEST_ASSERT(parse("copy --api dmadev,", &options) < 0);
	return TEST_OK;
}

static int
one_option_is_swept(void)
{
	struct options options;

	TEST_ASSERT_EQ(parse("copy --ring 128,512,2,MUL", &options), 0);
	TEST_ASSERT(options.swept != NULL && strcmp(options.swept->name, "ring") == 0);
	TEST_ASSERT_EQ(options.sweep.nb, 3);
	TEST_ASSERT_EQ(options.ring, 128);
	option_set_swept(&options, 512);
	TEST_ASSERT_EQ(options.ring, 512);
	/* Given again, the last one counts. */
	TEST_ASSERT_EQ(parse("copy --ring 128,256 --ring 64", &options), 0);
	TEST_ASSERT(options.swept == NULL);
	TEST_ASSERT_EQ(options.ring, 64);
	TEST_ASSERT(parse("copy --ring 128,256 --stride 64,128", &options) < 0);
	return TEST_OK;
}

/* Each rule's defaults and limits hold together: a value at either limit is taken. */
static int
limits_are_valid(void)
{
	struct options options = { .command = NB_COMMANDS };
	char number[32];

	for (unsigned int i = 0; i < nb_option_rules; i++) {
		const struct option_rule *rule = &option_rules[i];

		TEST_ASSERT(rule->help != NULL && rule->commands != 0);
		if (rule->kind != OPTION_NUMBER && rule->kind != OPTION_SIZE)
			continue;
		TEST_ASSERT(rule->min < rule->max);
		snprintf(number, sizeof(number), "%" PRIu64, rule->min);
		TEST_ASSERT_EQ(option_parse_value(rule, number, &options), 0);
		snprintf(number, sizeof(number), "%" PRIu64, rule->max);
		TEST_ASSERT_EQ(option_parse_value(rule, number, &options), 0);
	}
	return TEST_OK;
}

static unsigned int
count_lines(const char *at, const char *word)
{
	unsigned int nb = 0;

	while ((at = strstr(at, word)) != NULL) {
		nb++;
		at++;
	}
	return nb;
}

static int
first_mismatches_are_printed_the_rest_counted(void)
{
	struct mismatches mismatches = { .what = "case", .count = 0 };
	uint8_t expected[100], seen[100];

	memset(expected, 0x11, sizeof(expected));
	memset(seen, 0x22, sizeof(seen));
	seen[0] = 0x11;
	mismatch_compare(&mismatches, "region", 1000, expected, seen, sizeof(seen));
	TEST_ASSERT_EQ(mismatches.count, 99);
	TEST_ASSERT_EQ(count_lines(captured(), "expected 0x11, seen 0x22"), 32);
	TEST_ASSERT(strstr(captured(), "case: region, offset 1001: expected") != NULL);
	TEST_ASSERT(strstr(captured(), "offset 1032: expected") != NULL);
	TEST_ASSERT(strstr(captured(), "offset 1033: expected") == NULL);
	TEST_ASSERT(strstr(captured(), "further wrong bytes are only counted") != NULL);
	return TEST_OK;
}

static const struct test_case cases[] = {
	{ "lists_sums_and_products", lists_sums_and_products },
	{ "bad_lists_are_refused", bad_lists_are_refused },
	{ "times_have_units", times_have_units },
	{ "sets_of_apis", sets_of_apis },
	{ "one_option_is_swept", one_option_is_swept },
	{ "limits_are_valid", limits_are_valid },
	{ "first_mismatches_are_printed_the_rest_counted",
	  first_mismatches_are_printed_the_rest_counted },
};

static struct test_suite suite = {
	.name = "tool_options",
	.case_setup = begin_capture,
	.case_teardown = end_capture,
	.cases = cases,
	.nb_cases = RTE_DIM(cases),
};
REGISTER_TEST_SUITE(suite)
