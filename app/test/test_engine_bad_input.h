/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_BAD_INPUT_H
#define TEST_ENGINE_BAD_INPUT_H

/**
 * @file
 * What the files of the suites about bad input share.
 */

#include "test_engine_env.h"

/** Ends the collection of the log. @return whether it has @p text */
bool bad_input_logged(const char *text);

/** The cases of test_engine_bad_order.c. */
extern const struct test_case bad_order[];
extern const unsigned int nb_bad_order;

#endif /* TEST_ENGINE_BAD_INPUT_H */
