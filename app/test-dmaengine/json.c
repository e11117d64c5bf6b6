/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Writing JSON. */

#include <inttypes.h>
#include <math.h>

#include "json.h"

/* Length of the UTF-8 sequence at text; 0 where it is none (also overlong, surrogate, too big). */
static unsigned int
utf8_length(const unsigned char *text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (length == 1)
		return 1;
	if (text[0] < 0xc0 || text[0] >= 0xf8)
		return 0;
	code = text[0] & (0x7fu >> length);
	for (unsigned int i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

static void
put_string(FILE *file, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	fputc('"', file);
	while (*at != '\0') {
		unsigned int length = utf8_length(at);

		if (length == 0)
			fputs("\\ufffd", file);
		else if (*at == '"' || *at == '\\')
			fprintf(file, "\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			fprintf(file, "\\u%04x", *at);
		else
			fwrite(at, 1, length, file);
		at += length == 0 ? 1 : length;
	}
	fputc('"', file);
}

/* Comma, new line, indentation and key of the next value. */
static void
put_key(struct json *json, const char *key)
{
	if (json->depth > 0)
		fprintf(json->file, "%s\n%*s", json->first ? "" : ",", (int)json->depth * 2, "");
	json->first = false;
	if (key != NULL) {
		put_string(json->file, key);
		fputs(": ", json->file);
	}
}

static void
put_end(struct json *json, char bracket)
{
	json->depth--;
	if (!json->first)
		fprintf(json->file, "\n%*s", (int)json->depth * 2, "");
	fputc(bracket, json->file);
	json->first = false;
	if (json->depth == 0)
		fputc('\n', json->file);
}

static void
put_start(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->file);
	json->depth++;
	json->first = true;
}

void
json_start(struct json *json, FILE *file)
{
	json->file = file;
	json->depth = 0;
	json->first = true;
}

void
json_object(struct json *json, const char *key)
{
	put_start(json, key, '{');
}

void
json_object_end(struct json *json)
{
	put_end(json, '}');
}

void
json_array(struct json *json, const char *key)
{
	put_start(json, key, '[');
}

void
json_array_end(struct json *json)
{
	put_end(json, ']');
}

void
json_string(struct json *json, const char *key, const char *value)
{
	put_key(json, key);
	if (value == NULL)
		fputs("null", json->file);
	else
		put_string(json->file, value);
}

void
json_unsigned(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->file, "%" PRIu64, value);
}

void
json_signed(struct json *json, const char *key, int64_t value)
{
	put_key(json, key);
	fprintf(json->file, "%" PRId64, value);
}

void
json_double(struct json *json, const char *key, double value)
{
	put_key(json, key);
	if (isfinite(value))
		fprintf(json->file, "%.9g", value);
	else
		fputs("null", json->file);
}

void
json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->file);
}
