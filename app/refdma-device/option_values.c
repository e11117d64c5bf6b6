/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* What stands behind an option: numbers, identifiers, ports, errors to inject. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define MIN_FIFO	1024
#define MAX_FIFO	(UINT64_C(16) << 20)

bool
option_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	unsigned int shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	if (*end == 'k' || *end == 'K')
		shift = 10;
	else if (*end == 'm' || *end == 'M')
		shift = 20;
	if (shift != 0)
		end++;
	if (errno != 0 || *end != '\0' || *number > UINT64_MAX >> shift)
		return false;
	*number <<= shift;
	return *number >= min && *number <= max;
}

static bool
hex16(const char *text, uint16_t *number)
{
	char *end;
	unsigned long value;

	if (strspn(text, "0123456789abcdefABCDEF") != strlen(text) || strlen(text) > 4 ||
	    *text == '\0')
		return false;
	value = strtoul(text, &end, 16);
	*number = value;
	return true;
}

bool
option_ids(const char *text, uint16_t *vendor, uint16_t *device)
{
	const char *colon = strchr(text, ':');
	char first[8];

	if (colon == NULL || (size_t)(colon - text) >= sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(colon - text), text);
	/* All-ones is what a slot without a card reads. */
	return hex16(first, vendor) && hex16(colon + 1, device) && *vendor != UINT16_MAX;
}

static bool
port_type(const char *word, enum refdma_port_type *type)
{
	static const char *const names[] = {
		[REFDMA_PORT_LOOPBACK] = "loopback",
		[REFDMA_PORT_SINK] = "sink",
		[REFDMA_PORT_SOURCE] = "source",
	};

	for (unsigned int i = REFDMA_PORT_LOOPBACK; i <= REFDMA_PORT_SOURCE; i++)
		if (strcmp(word, names[i]) == 0) {
			*type = i;
			return true;
		}
	return false;
}

enum port_setting { SETTING_FIFO, SETTING_RATE, SETTING_FRAME, NB_SETTINGS };

static enum port_setting
setting_by_name(const char *word)
{
	static const char *const names[] = {
		[SETTING_FIFO] = "fifo", [SETTING_RATE] = "rate", [SETTING_FRAME] = "frame",
	};
	unsigned int i;

	for (i = 0; i < NB_SETTINGS; i++)
		if (strcmp(word, names[i]) == 0)
			break;
	return i;
}

/* *given has a bit for each setting that the port has already. */
static bool
port_setting(char *word, struct refdma_model_port_conf *port, unsigned int *given)
{
	char *value = strchr(word, ':');
	enum port_setting setting;
	uint64_t n;

	if (value == NULL)
		return false;
	*value++ = '\0';
	setting = setting_by_name(word);
	if ((*given & 1u << setting) != 0)
		return false;
	*given |= 1u << setting;
	switch (setting) {
	case SETTING_FIFO:
		if (!option_number(value, MIN_FIFO, MAX_FIFO, &n) || (n & (n - 1)) != 0)
			return false;
		port->fifo_bytes = n;
		return true;
	case SETTING_RATE:
		return option_number(value, 0, UINT64_MAX, &port->rate);
	case SETTING_FRAME:
		if (!option_number(value, 0, UINT32_MAX, &n))
			return false;
		port->frame = n;
		return true;
	default:
		return false;
	}
}

bool
option_port(const char *text, struct refdma_model_port_conf *port)
{
	char copy[128], *state, *word;
	unsigned int given = 0;

	if (strlen(text) >= sizeof(copy))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	memset(port, 0, sizeof(*port));
	word = strtok_r(copy, "/", &state);
	if (word == NULL || !port_type(word, &port->type))
		return false;
	while ((word = strtok_r(NULL, "/", &state)) != NULL)
		if (!port_setting(word, port, &given))
			return false;
	return true;
}

static bool
injection_kind(const char *word, struct device_injection *injection)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} kinds[] = {
		{ "fail", REFDMA_INJ_FAIL },
		{ "stall", REFDMA_INJ_STALL },
		{ "halt", REFDMA_INJ_HALT },
		{ "corrupt", REFDMA_INJ_CORRUPT },
		{ "drop-doorbell", REFDMA_INJ_DROP_DOORBELL },
	};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i].name) == 0) {
			injection->kinds = kinds[i].bit;
			return true;
		}
	return false;
}

/* KIND[:COUNT[:CODE]]@CHANNEL.QUEUE, and where the last part is missing, 0.0 */
bool
option_injection(const char *text, struct device_injection *injection)
{
	char copy[64], *place, *dot, *state, *word;
	uint64_t count = 1, code = REFDMA_CODE_BUS, channel = 0, queue = 0;

	if (strlen(text) >= sizeof(copy))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	place = strchr(copy, '@');
	if (place != NULL) {
		*place++ = '\0';
		dot = strchr(place, '.');
		if (dot == NULL)
			return false;
		*dot++ = '\0';
		if (!option_number(place, 0, REFDMA_MAX_CHANNELS - 1, &channel) ||
		    !option_number(dot, 0, REFDMA_MAX_QUEUES - 1, &queue))
			return false;
	}
	word = strtok_r(copy, ":", &state);
	if (word == NULL || !injection_kind(word, injection))
		return false;
	word = strtok_r(NULL, ":", &state);
	if (word != NULL && !option_number(word, 1, UINT32_MAX, &count))
		return false;
	word = word != NULL ? strtok_r(NULL, ":", &state) : NULL;
	if (word != NULL && !option_number(word, 1, UINT8_MAX, &code))
		return false;
	if (word != NULL && strtok_r(NULL, ":", &state) != NULL)
		return false;
	injection->channel = channel;
	injection->queue = queue;
	injection->count = count;
	injection->code = code;
	return true;
}
