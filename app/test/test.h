/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef REFDMA_TEST_H
#define REFDMA_TEST_H

/**
 * @file
 * Frame of the suites: each suite is one run of `refdma-test --suite NAME`, prints TAP, and has
 * EAL arguments of its own (or no EAL at all). Written in the style of dpdk-test.
 */

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

enum test_result {
	TEST_FAILED = -1,
	TEST_OK = 0,
	TEST_SKIPPED = 1,	/* say why with test_note() */
};

/** One behaviour. */
struct test_case {
	const char *name;
	int (*run)(void);
};

/** Cases that share a process and its EAL arguments. */
struct test_suite {
	const char *name;
	/**
	 * EAL arguments, separated by blanks; NULL: the suite runs without EAL. The plugin
	 * (-d $REFDMA_PMD), --file-prefix and, unless there is an -a, --no-pci are added by the
	 * frame.
	 */
	const char *eal_args;
	/** Before the first case; TEST_SKIPPED skips all. Optional. */
	int (*setup)(void);
	/** After the last case. Optional. */
	void (*teardown)(void);
	/** Before and after each case. Optional. */
	int (*case_setup)(void);
	void (*case_teardown)(void);
	const struct test_case *cases;
	unsigned int nb_cases;
	struct test_suite *next;	/* owned by the frame */
};

void test_suite_register(struct test_suite *suite);

/** Define the suite @p var (a struct test_suite) for the frame. */
#define REGISTER_TEST_SUITE(var) \
	RTE_INIT(test_register_##var) \
	{ \
		test_suite_register(&(var)); \
	}

/** Print a TAP diagnostic line (the newline is added). */
__rte_format_printf(1, 2)
void test_note(const char *format, ...);

/** End the test program, for a fault that makes all that comes after it worthless. */
__rte_format_printf(1, 2) __rte_noreturn
void test_bail_out(const char *format, ...);

/** Report a failed expectation; used by the macros. */
__rte_format_printf(3, 4)
void test_fail(const char *file, int line, const char *format, ...);

/** Nanoseconds on a monotonic clock, for deadlines. */
uint64_t test_now_ns(void);

/** Fail the case unless @p cond holds. */
#define TEST_ASSERT(cond) \
	do { \
		if (!(cond)) { \
			test_fail(__FILE__, __LINE__, "expected %s", #cond); \
			return TEST_FAILED; \
		} \
	} while (0)

/** Fail the case unless two integers are equal; prints both. */
#define TEST_ASSERT_EQ(seen, expected) \
	do { \
		long long seen_ = (long long)(seen), expected_ = (long long)(expected); \
		if (seen_ != expected_) { \
			test_fail(__FILE__, __LINE__, \
				  "%s: seen %lld (0x%llx), expected %lld (0x%llx)", \
				  #seen, seen_, (unsigned long long)seen_, expected_, \
				  (unsigned long long)expected_); \
			return TEST_FAILED; \
		} \
	} while (0)

/** Return the result of a helper unless it is TEST_OK. */
#define TEST_CALL(call) \
	do { \
		int result_ = (call); \
		if (result_ != TEST_OK) \
			return result_; \
	} while (0)

/**
 * Evaluate @p cond until it holds; fail the case after @p ms milliseconds. In between, whoever it
 * waits for may have the CPU: on a busy machine several waiting threads would otherwise each use up
 * their time slice first.
 */
#define TEST_WAIT(cond, ms) \
	do { \
		uint64_t deadline_ = test_now_ns() + (uint64_t)(ms) * 1000000; \
		while (!(cond)) { \
			if (test_now_ns() > deadline_) { \
				test_fail(__FILE__, __LINE__, "%s: not within %d ms", #cond, \
					  (int)(ms)); \
				return TEST_FAILED; \
			} \
			sched_yield(); \
		} \
	} while (0)

#endif /* REFDMA_TEST_H */
