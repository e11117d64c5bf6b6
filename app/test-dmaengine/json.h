/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_JSON_H
#define TEST_DMAENGINE_JSON_H

/*
 * A writer of JSON text. It keeps commas, nesting and escapes right; what it is asked to write in
 * an object has a key, and in an array none (NULL).
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *file;		/* the caller's */
	unsigned int depth;
	bool first;		/* nothing written yet at this depth */
};

void json_start(struct json *json, FILE *file);

void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *key);
void json_array_end(struct json *json);

/* Any bytes; what is not UTF-8 is written as U+FFFD. NULL is written as null. */
void json_string(struct json *json, const char *key, const char *value);
void json_unsigned(struct json *json, const char *key, uint64_t value);
void json_signed(struct json *json, const char *key, int64_t value);
/* Infinities and NaN do not exist in JSON: they are written as null. */
void json_double(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);

#endif /* TEST_DMAENGINE_JSON_H */
