/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_OPTIONS_H
#define TEST_DMAENGINE_OPTIONS_H

/* The command line: what the user asked for. Nothing here needs EAL. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX_LIST	32
#define OPTIONS_MAX_DEVICES	16
#define OPTIONS_MAX_RULES	64	/* at least as many as there are options */
#define OPTIONS_MAX_SGES	128
#define OPTIONS_MAX_SIZE	(UINT64_C(1) << 30)
#define OPTIONS_MAX_RING	32768
#define OPTIONS_MAX_DEPTH	32640	/* the library's largest pool, less some slack */

enum command_id {
	COMMAND_COPY,
	COMMAND_FILL,
	COMMAND_SG,
	COMMAND_SLAVE,
	COMMAND_CYCLIC,
	COMMAND_COMPARE,
	COMMAND_ENGINE_COST,
	COMMAND_LIST,
	NB_COMMANDS,
};

/* Which API moves the data: words of --api, in this order. */
enum api {
	API_DEFAULT,		/* not given; set_defaults() replaces it */
	API_DMADEV,
	API_ENGINE,
	API_BOTH,
};

/* Who runs the tasklet of a device: words of --run, in this order. */
enum run_mode {
	RUN_DEFAULT,		/* a service lcore where there is one */
	RUN_SERVICE,
	RUN_MANUAL,		/* the client's own lcore: run to completion */
};

/* Values given as a comma-separated list; 0 entries: not given. */
struct value_list {
	unsigned int nb;
	uint64_t values[OPTIONS_MAX_LIST];
};

/* Strings point into argv. */
struct string_list {
	unsigned int nb;
	const char *values[OPTIONS_MAX_DEVICES];
};

struct options {
	enum command_id command;
	struct string_list devices;	/* NAME or NAME,ARGUMENTS */
	struct value_list sizes;	/* bytes an operation */
	struct value_list bursts;	/* operations a submit */
	uint32_t api;			/* enum api */
	uint32_t run;			/* enum run_mode */
	uint64_t depth;			/* engine: operations in flight; 0: chosen */
	uint64_t ring;			/* descriptors of a vchan */
	uint64_t footprint;		/* bytes of each of the two pools; see shared_footprint */
	uint64_t stride;		/* bytes from buffer to buffer; 0: chosen */
	uint64_t repeat;
	uint64_t src_sges;
	uint64_t dst_sges;
	uint64_t fill_pattern;
	uint64_t rate;			/* bytes a second */
	uint64_t period;		/* bytes */
	uint64_t periods;		/* of the cyclic buffer */
	uint64_t timeout_ms;
	int64_t port;			/* -1: the first that fits */
	int64_t lcore;			/* of the device's thread; -1: chosen */
	double seconds;			/* a case */
	bool no_verify;
	bool latency;
	bool shuffle;			/* buffers in random order */
	bool packets;			/* buffers lie apart as those of packets in a mempool */
	bool shared_footprint;		/* footprint counts the bytes of both sides, no gaps */
	const char *file;
	const char *output;
	const char *json;
	bool help;
	bool version;
};

enum option_kind {
	OPTION_FLAG,		/* bool, no argument */
	OPTION_NO_FLAG,		/* the same bool, set to false */
	OPTION_SIZE,		/* uint64_t with K, M, G */
	OPTION_NUMBER,		/* uint64_t, also hexadecimal */
	OPTION_SIGNED,		/* int64_t, not negative on the command line */
	OPTION_SECONDS,		/* double */
	OPTION_SIZES,		/* struct value_list with K, M, G */
	OPTION_NUMBERS,		/* struct value_list */
	OPTION_CHOICE,		/* uint32_t: 1 for the first word of the argument "a|b|c" */
	OPTION_STRING,		/* const char * */
	OPTION_STRINGS,		/* struct string_list, may be repeated */
};

enum option_group {
	OPTION_GROUP_DEVICES,
	OPTION_GROUP_ENGINE,
	OPTION_GROUP_LOAD,
	OPTION_GROUP_VERIFY,
	OPTION_GROUP_PORTS,
	OPTION_GROUP_OUTPUT,
	NB_OPTION_GROUPS,
};

/* One option: how it is parsed, what is valid, and its line of the help. */
struct option_rule {
	const char *name;
	const char *argument;		/* as the help shows it; NULL: none */
	const char *help;
	enum option_kind kind;
	enum option_group group;
	uint32_t commands;		/* bit n: applies to command n */
	size_t offset;			/* in struct options */
	uint64_t min;
	uint64_t max;
};

extern const struct option_rule option_rules[];
extern const unsigned int nb_option_rules;

/* The name of a command, as on the command line. */
const char *command_name(enum command_id command);

/* A word of --api. */
const char *api_name(enum api api);

/* A command by its name; NB_COMMANDS where there is none. */
enum command_id command_by_name(const char *name);

/**
 * Parse the application's part of the command line; argv[0] is the program.
 * @return 0, or -1 after a message on stderr that names the argument and says what is valid
 */
int options_parse(int argc, char **argv, struct options *options);

/* For the parser: whether an option was on the command line; seen has a word for each rule. */
bool options_given(const uint32_t *seen, const char *name);

/* For the parser: check options, defaults included, against each other. As options_parse(). */
int options_check(const struct options *options, const uint32_t *seen);

/* The whole help, on stdout. */
void usage_full(const char *program);

/* A reminder in three lines, on stderr. */
void usage_short(const char *program);

#endif /* TEST_DMAENGINE_OPTIONS_H */
