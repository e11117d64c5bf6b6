/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The help, made from the table of options. */

#include <stdio.h>
#include <string.h>

#include "options.h"

#define HELP_COLUMN	24

static const char * const group_titles[NB_OPTION_GROUPS] = {
	[OPTION_GROUP_DEVICES] = "Devices",
	[OPTION_GROUP_LOAD] = "Load",
	[OPTION_GROUP_VERIFY] = "Data",
	[OPTION_GROUP_PORTS] = "Peripheral ports",
	[OPTION_GROUP_OUTPUT] = "Output",
};

/* One option; further lines of its help are indented to the same column. */
static void
print_option(const struct option_rule *rule)
{
	const char *help = rule->help;
	int width = printf("  --%s%s%s", rule->name, rule->argument != NULL ? " " : "",
			   rule->argument != NULL ? rule->argument : "");

	do {
		size_t length = strcspn(help, "\n");

		printf("%*s%.*s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "",
		       (int)length, help);
		width = 0;
		help += length;
	} while (*help++ == '\n');
}

void
usage_full(const char *program)
{
	printf("usage: %s COMMAND [options]\n"
	       "       %s EAL-OPTIONS -- COMMAND [options]\n"
	       "\n"
	       "Verifies and measures DMA devices. Without '--' EAL starts with --no-huge, with\n"
	       "--no-pci, and on the first core that this process may use.\n"
	       "\n"
	       "Commands:\n"
	       "  copy      memory to memory; with --file, a file\n"
	       "  fill      a pattern to memory\n"
	       "  sg        scatter-gather copies\n"
	       "  slave     to a loopback port and back (refdma)\n"
	       "  cyclic    a paced source port into a buffer of periods (refdma)\n"
	       "  compare   CPU, dma_skeleton and refdma (engine=thread, engine=inline) in turn,\n"
	       "            on the same buffers; with --dev, CPU and those devices\n"
	       "  list      devices and what they can do\n",
	       program, program);
	for (unsigned int group = 0; group < NB_OPTION_GROUPS; group++) {
		printf("\n%s:\n", group_titles[group]);
		for (unsigned int i = 0; i < nb_option_rules; i++)
			if (option_rules[i].group == group)
				print_option(&option_rules[i]);
	}
	printf("\n"
	       "Suffixes K, M and G stand for powers of 1024. Exit status: 0 all passed, 1 a\n"
	       "case failed, 2 bad usage, 3 no such device, 130 interrupted.\n"
	       "\n"
	       "Examples:\n"
	       "  %s compare\n"
	       "  %s copy --dev dma_refdma0,engine=inline --size 64,1K --burst 1,32\n"
	       "  %s -l 0,1 --in-memory --vdev dma_skeleton -- copy --json copy.json\n",
	       program, program, program);
}

void
usage_short(const char *program)
{
	fprintf(stderr,
		"usage: %s [EAL-OPTIONS --] COMMAND [options]\n"
		"       COMMAND: copy, fill, sg, slave, cyclic, compare, list\n"
		"       %s --help explains all options\n", program, program);
}
