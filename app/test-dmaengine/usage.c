/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The help, made from the table of options. */

#include <stdio.h>
#include <string.h>

#include "options.h"

#define HELP_COLUMN	28

static const char * const group_titles[NB_OPTION_GROUPS] = {
	[OPTION_GROUP_DEVICES] = "Devices",
	[OPTION_GROUP_ENGINE] = "DMA Engine API (lib/dmaengine_compat)",
	[OPTION_GROUP_LOAD] = "Load",
	[OPTION_GROUP_DATA] = "Data",
	[OPTION_GROUP_VERIFY] = "Threads of verify",
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

	if (width >= HELP_COLUMN) {
		putchar('\n');
		width = 0;
	}
	do {
		size_t length = strcspn(help, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - width, "", (int)length, help);
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
	       "--no-pci, and on the first core that this process may use; where tasklets run as\n"
	       "services, also on the last one.\n"
	       "\n"
	       "Commands that measure:\n"
	       "  copy         memory to memory; with --file, a file\n"
	       "  fill         a pattern to memory\n"
	       "  sg           scatter-gather copies\n"
	       "  interleaved  copies of chunks with gaps between them\n"
	       "  slave        to a loopback port and back (refdma)\n"
	       "  cyclic       a paced source port into a buffer of periods (refdma)\n"
	       "  compare      CPU, dma_skeleton, refdma (engine=thread, engine=inline) and the\n"
	       "               DMA Engine API in turn, on the same buffers; with --dev, CPU and\n"
	       "               those devices\n"
	       "  engine-cost  what the DMA Engine API costs: against dmadev, run to completion,\n"
	       "               latency, many open channels, memory of a channel\n"
	       "Commands that verify:\n"
	       "  verify       threads that transfer random lengths to random places, and check\n"
	       "               every byte of both buffers\n"
	       "  inject       errors that the device makes on demand, and the way out (refdma)\n"
	       "  list         devices and what they can do\n",
	       program, program);
	for (unsigned int group = 0; group < NB_OPTION_GROUPS; group++) {
		printf("\n%s:\n", group_titles[group]);
		for (unsigned int i = 0; i < nb_option_rules; i++)
			if (option_rules[i].group == group)
				print_option(&option_rules[i]);
	}
	printf("\n"
	       "Order of the buffers: of buffers that are taken one after the other, the\n"
	       "processor's prefetchers bring small ones into the cache before they are asked\n"
	       "for, and copies of 64 bytes show the speed of the cache. The packets of an\n"
	       "application come from a mempool in any order. So compare and engine-cost take\n"
	       "buffers in random order, and those below 4K 320 bytes apart, which is what a\n"
	       "packet has beside its data; of source and destination together there are 10M,\n"
	       "as dpdk-test-dma-perf counts. --no-shuffle is the streaming case. --stride sets\n"
	       "the distance; --stride 64 puts the buffers side by side.\n"
	       "\n"
	       "--api engine: without --dev, the device is refdma with engine=service on the\n"
	       "tasklet's lcore, or engine=inline with --run manual. A device with a thread of\n"
	       "its own wants a third core. The DMA Engine API has no scatter-gather from memory\n"
	       "to memory: sg submits a copy for each pair of pieces, the last with a callback.\n"
	       "\n"
	       "Lists are values separated by commas, or FIRST,LAST,STEP,ADD for sums up to LAST,\n"
	       "or FIRST,LAST,FACTOR,MUL for products. Besides --size and --burst, one of the\n"
	       "options that take a single value can have a list: --ring, --depth, --footprint,\n"
	       "--stride, --src-sge, --dst-sge, --chunk, --src-gap, --dst-gap, --metadata,\n"
	       "--rate, --period, --periods, --buffer-size, --transfer-size, --align.\n"
	       "\n"
	       "--config: each section of the file is a case, with the options above as entries:\n"
	       "    eal = -l 0,1 --in-memory       ; before the first section: for all cases\n"
	       "    [small copies]\n"
	       "    command = copy\n"
	       "    size = 64,1024,2,MUL\n"
	       "    latency = yes\n"
	       "An entry is there once; dev and worker are repeatable. Options of the command\n"
	       "line apply to all cases, and win.\n"
	       "\n"
	       "Suffixes K, M and G stand for powers of 1024. Exit status: 0 all passed, 1 a\n"
	       "case failed, 2 bad usage, 3 no such device, 130 interrupted (but for verify\n"
	       "without --iterations and --soak, which only a signal ends).\n"
	       "\n"
	       "Examples:\n"
	       "  %s compare\n"
	       "  %s copy --api all --size 64,64K,4,MUL --latency --json copy.json\n"
	       "  %s -l 0,1 --in-memory --vdev dma_skeleton -- verify --api dmadev --soak 8h\n",
	       program, program, program);
}

void
usage_short(const char *program)
{
	fprintf(stderr,
		"usage: %s [EAL-OPTIONS --] COMMAND [options]\n"
		"       COMMAND: copy, fill, sg, interleaved, slave, cyclic, compare,\n"
		"                engine-cost, verify, inject, list\n"
		"       %s --help explains all options\n", program, program);
}
