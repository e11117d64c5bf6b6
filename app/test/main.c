/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * The frame of the suites: chooses one by name, starts EAL where it asks for it, runs its cases
 * and prints TAP.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>

#include "test.h"

#define MAX_EAL_ARGS 32

static struct test_suite *suites;

void
test_suite_register(struct test_suite *suite)
{
	suite->next = suites;
	suites = suite;
}

void
test_note(const char *format, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

void
test_bail_out(const char *format, ...)
{
	va_list ap;

	fputs("Bail out! ", stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	exit(EXIT_FAILURE);
}

void
test_fail(const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	va_list ap;

	printf("# %s:%d: ", base != NULL ? base + 1 : file, line);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

uint64_t
test_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Build argv from the suite's blank-separated string and what every suite needs. */
static int
start_eal(const struct test_suite *suite, char *program)
{
	const char *plugin = getenv("REFDMA_PMD");
	/* EAL keeps pointers into argv: the copy lives as long as the process. */
	static char *words;
	char *argv[MAX_EAL_ARGS];
	/* Suites on a PCI function allow that one. */
	bool no_pci = strstr(suite->eal_args, "-a ") == NULL &&
		      strstr(suite->eal_args, "--no-pci") == NULL;
	char prefix[64];
	int argc = 0;
	int ret;

	words = strdup(suite->eal_args);
	if (words == NULL)
		return -1;
	snprintf(prefix, sizeof(prefix), "--file-prefix=refdma-test-%d", (int)getpid());
	argv[argc++] = program;
	argv[argc++] = prefix;
	if (no_pci)
		argv[argc++] = (char *)(uintptr_t)"--no-pci";
	if (plugin != NULL) {
		argv[argc++] = (char *)(uintptr_t)"-d";
		argv[argc++] = (char *)(uintptr_t)plugin;
	}
	for (char *word = strtok(words, " "); word != NULL && argc < MAX_EAL_ARGS - 1;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	ret = rte_eal_init(argc, argv);
	return ret < 0 ? -1 : 0;
}

static int
run_case(const struct test_suite *suite, const struct test_case *test)
{
	int result = TEST_OK;

	if (suite->case_setup != NULL)
		result = suite->case_setup();
	if (result == TEST_OK)
		result = test->run();
	if (suite->case_teardown != NULL)
		suite->case_teardown();
	return result;
}

static int
run_suite(const struct test_suite *suite, const char *only)
{
	int whole = suite->setup != NULL ? suite->setup() : TEST_OK;
	unsigned int failed = 0, number = 0;

	for (unsigned int i = 0; i < suite->nb_cases; i++) {
		const struct test_case *test = &suite->cases[i];
		int result = whole;

		if (only != NULL && strcmp(only, test->name) != 0)
			continue;
		if (whole == TEST_OK)
			result = run_case(suite, test);
		failed += result != TEST_OK && result != TEST_SKIPPED;
		printf("%s %u - %s%s\n",
		       result == TEST_OK || result == TEST_SKIPPED ? "ok" : "not ok", ++number,
		       test->name, result == TEST_SKIPPED ? " # SKIP see the notes above" : "");
		fflush(stdout);
	}
	printf("1..%u\n", number);
	if (suite->teardown != NULL)
		suite->teardown();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
usage(const char *program, int status)
{
	fprintf(status == 0 ? stdout : stderr,
		"usage: %s --suite NAME [--case NAME]\n"
		"       %s --list\n"
		"Runs one suite and prints TAP. REFDMA_PMD names the driver plugin to load.\n",
		program, program);
	return status;
}

int
main(int argc, char **argv)
{
	const char *name = NULL, *only = NULL;
	const struct test_suite *suite;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			for (suite = suites; suite != NULL; suite = suite->next)
				puts(suite->name);
			return EXIT_SUCCESS;
		}
		if (strcmp(argv[i], "--help") == 0)
			return usage(argv[0], EXIT_SUCCESS);
		if (i + 1 < argc && strcmp(argv[i], "--suite") == 0)
			name = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--case") == 0)
			only = argv[++i];
		else
			return usage(argv[0], 2);
	}
	if (name == NULL)
		return usage(argv[0], 2);
	for (suite = suites; suite != NULL; suite = suite->next)
		if (strcmp(suite->name, name) == 0)
			break;
	if (suite == NULL) {
		fprintf(stderr, "%s: no suite '%s'; --list names them\n", argv[0], name);
		return 2;
	}
	if (suite->eal_args != NULL && start_eal(suite, argv[0]) != 0) {
		printf("Bail out! EAL did not start with '%s'\n", suite->eal_args);
		return EXIT_FAILURE;
	}
	int status = run_suite(suite, only);
	if (suite->eal_args != NULL)
		rte_eal_cleanup();
	return status;
}
