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
#define OPTIONS_MAX_RULES	96	/* at least as many as there are options */
#define OPTIONS_MAX_THREADS	64
#define OPTIONS_MAX_METADATA	64
#define OPTIONS_MAX_SGES	128
#define OPTIONS_MAX_SIZE	(UINT64_C(1) << 30)
#define OPTIONS_MAX_RING	32768
#define OPTIONS_MAX_DEPTH	32640	/* the library's largest pool, less some slack */

enum command_id {
	COMMAND_COPY,
	COMMAND_FILL,
	COMMAND_SG,
	COMMAND_INTERLEAVED,
	COMMAND_SLAVE,
	COMMAND_CYCLIC,
	COMMAND_VERIFY,
	COMMAND_INJECT,
	COMMAND_COMPARE,
	COMMAND_ENGINE_COST,
	COMMAND_LIST,
	NB_COMMANDS,
};

/* Which API moves the data. Options have a set of them: the words of --api, in this order. */
enum api {
	API_DEFAULT = 0,	/* not given; set_defaults() replaces it */
	API_DMADEV = 1,
	API_ENGINE = 2,
	API_BOTH = API_DMADEV | API_ENGINE,
	API_CPU = 4,		/* rte_memcpy() and the like on this core */
	API_WORD_BOTH = 8,	/* set_defaults() replaces these two */
	API_WORD_ALL = 16,
	API_ALL = API_BOTH | API_CPU,
};

/* Who runs the tasklet of a device: words of --run, in this order. */
enum run_mode {
	RUN_DEFAULT,		/* a service lcore where there is one */
	RUN_SERVICE,
	RUN_MANUAL,		/* the client's own lcore: run to completion */
	RUN_SLEEP,		/* a thread of the library that sleeps without work */
};

/* What verify does: words of --operation, in this order. */
enum verify_operation {
	VERIFY_MEMCPY = 1,
	VERIFY_MEMSET,
	VERIFY_SG,
	VERIFY_INTERLEAVED,
	VERIFY_SLAVE,		/* through a loopback port and back */
	VERIFY_CYCLIC,		/* a source port into a ring of periods */
	VERIFY_MIX,		/* any of those that the device can do */
};

/* Where --corrupt damages a byte: its words, in this order. */
enum corrupt_region {
	CORRUPT_NOTHING,
	CORRUPT_SRC_BEFORE,
	CORRUPT_SRC_INSIDE,
	CORRUPT_SRC_AFTER,
	CORRUPT_DST_BEFORE,
	CORRUPT_DST_INSIDE,
	CORRUPT_DST_AFTER,
};

/* What goes wrong with --fault: its words, in this order. */
enum verify_fault {
	FAULT_NONE,
	FAULT_UNMAP,
	FAULT_MAP_SRC,
	FAULT_MAP_DST,
	FAULT_PREP,
	FAULT_SUBMIT,
	FAULT_BUSY,
	FAULT_ERROR,
	FAULT_TIMEOUT,
};

/* Words of --direction, in this order. */
enum direction {
	DIRECTION_MEM2MEM = 1,
	DIRECTION_MEM2DEV,
	DIRECTION_DEV2MEM,
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
	uint32_t api;			/* set of enum api */
	uint32_t run;			/* enum run_mode */
	uint64_t depth;			/* engine: operations in flight; 0: chosen */
	bool any_submitter;		/* engine: without the promise of a single one */
	uint64_t ring;			/* descriptors of a vchan */
	uint64_t footprint;		/* bytes of each of the two pools; see shared_footprint */
	uint64_t stride;		/* bytes from buffer to buffer; 0: chosen */
	uint64_t repeat;
	uint64_t operations;		/* of a run, about; 0: time decides */
	uint64_t src_sges;
	uint64_t dst_sges;
	uint64_t chunk;			/* interleaved: bytes of chunks, and of gaps after them */
	uint64_t src_gap;
	uint64_t dst_gap;
	uint64_t metadata;		/* slave: bytes beside each transfer; 0: none */
	uint64_t fill_pattern;
	uint64_t rate;			/* bytes a second */
	uint64_t period;		/* bytes */
	uint64_t periods;		/* of the cyclic buffer */
	uint64_t timeout_ms;
	int64_t port;			/* -1: the first that fits */
	int64_t lcore;			/* of the device's thread; -1: chosen */
	int64_t device_address;		/* of a device's memory, for --direction; -1: not given */
	int64_t src_node;		/* NUMA nodes of the pools; -1: this lcore's */
	int64_t dst_node;
	double seconds;			/* a case */
	uint32_t direction;		/* enum direction */
	struct string_list workers;	/* LCORE@NAME[/CHANNEL] */

	/* verify */
	struct value_list channels;	/* of each device; none: all */
	uint64_t max_channels;		/* in all; 0: no limit */
	uint64_t threads;		/* a channel */
	uint64_t iterations;		/* a thread; 0: endless */
	uint64_t buffer_size;
	uint64_t transfer_size;		/* 0: random, or the buffer's with no_random */
	uint64_t align;			/* 0: the device's */
	uint64_t seed;
	uint32_t operation;		/* enum verify_operation */
	uint32_t corrupt;		/* enum corrupt_region */
	uint32_t fault;			/* enum verify_fault */
	double soak;			/* seconds; 0: iterations decide */
	bool no_random;
	bool polled;
	bool verbose;

	bool no_verify;
	bool latency;
	bool shuffle;			/* buffers in random order */
	bool packets;			/* buffers lie apart as those of packets in a mempool */
	bool shared_footprint;		/* footprint counts the bytes of both sides, no gaps */
	bool cache_flush;		/* before each measured run */
	const char *file;
	const char *output;
	const char *json;
	const char *csv;
	const char *config;
	bool help;
	bool version;

	/* One parameter with several values, besides sizes and bursts; plan_make() expands it. */
	const struct option_rule *swept;	/* NULL: none */
	struct value_list sweep;
	const char *case_name;		/* section of the file of cases; NULL: none */
};

enum option_kind {
	OPTION_FLAG,		/* bool, no argument */
	OPTION_NO_FLAG,		/* the same bool, set to false */
	OPTION_SIZE,		/* uint64_t with K, M, G */
	OPTION_NUMBER,		/* uint64_t, also hexadecimal */
	OPTION_SIGNED,		/* int64_t, not negative on the command line */
	OPTION_SECONDS,		/* double, with s, m, h, d */
	OPTION_SIZES,		/* struct value_list with K, M, G */
	OPTION_NUMBERS,		/* struct value_list */
	OPTION_CHOICE,		/* uint32_t: 1 for the first word of the argument "a|b|c" */
	OPTION_SET,		/* uint32_t: a bit for each word, several separated by commas */
	OPTION_STRING,		/* const char * */
	OPTION_STRINGS,		/* struct string_list, may be repeated */
};

enum option_group {
	OPTION_GROUP_DEVICES,
	OPTION_GROUP_ENGINE,
	OPTION_GROUP_LOAD,
	OPTION_GROUP_DATA,
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
	bool sweep;			/* several values make a case each */
};

extern const struct option_rule option_rules[];
extern const unsigned int nb_option_rules;

/* The name of a command, as on the command line. */
const char *command_name(enum command_id command);

/* A word of --api for one of them. */
const char *api_name(enum api api);

/* All that are in a set, such as "dmadev,engine"; returns text. */
const char *api_names(uint32_t set, char *text, size_t size);

/* A command by its name; NB_COMMANDS where there is none. */
enum command_id command_by_name(const char *name);

/**
 * Parse the words of a command line; argv[0] is the program. plan_make() is what follows.
 * @param seen has OPTIONS_MAX_RULES words, 0 before the first call
 * @return 0, or -1 after a message on stderr that names the argument and says what is valid
 */
int options_parse_words(int argc, char **argv, struct options *options, uint32_t *seen);

/* Defaults, and checks of what options say about each other: once for each case. As above. */
int options_finish(struct options *options, const uint32_t *seen);

/* The rule of "--name" or "--name=value"; *value points behind '=', or is NULL. */
const struct option_rule *option_find(const char *word, const char **value);

/* Parse a value of an option. @return 0, or -1: then option_complain() says what is valid */
int option_parse_value(const struct option_rule *rule, const char *text, struct options *options);
void option_complain(const struct option_rule *rule, const char *text);

/* Set the option that is swept to one of its values. */
void option_set_swept(struct options *options, uint64_t value);

/* For the parser: whether an option was on the command line; seen has a word for each rule. */
bool options_given(const uint32_t *seen, const char *name);

/* For the parser: check options, defaults included, against each other. As options_finish(). */
int options_check(const struct options *options, const uint32_t *seen);

/* Whether a device of --dev is run by a DPDK service. */
bool options_have_service(const struct options *options);

/* The whole help, on stdout. */
void usage_full(const char *program);

/* A reminder in a few lines, on stderr. */
void usage_short(const char *program);

#endif /* TEST_DMAENGINE_OPTIONS_H */
