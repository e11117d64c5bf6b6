/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* --stats: one "name value" a line, for people and scripts alike. */

#include <inttypes.h>
#include <stdio.h>

#include "message.h"
#include "stats.h"

static void
print_value(const char *name, uint64_t value)
{
	printf("%s %" PRIu64 "\n", name, value);
}

void
stats_print(const struct device *device)
{
	const struct device_stats *stats = &device->stats;

	print_value("connections", stats->connections);
	for (unsigned int command = 0; command < VFIO_USER_COMMANDS; command++)
		if (stats->messages[command] != 0)
			printf("messages.%s %" PRIu64 "\n", message_name(command),
			       stats->messages[command]);
	print_value("messages.refused", stats->refused);
	print_value("resets", stats->resets);
	print_value("dma.maps", stats->maps);
	print_value("dma.unmaps", stats->unmaps);
	print_value("dma.most", stats->most_grants);
	print_value("interrupts", device->irqs.sent);
	print_value("sleeps", engine_sleeps(device->engine));
	for (unsigned int c = 0; c < device->conf.model.channels; c++)
		printf("channel%u.operations %" PRIu64 "\nchannel%u.bytes %" PRIu64 "\n",
		       c, stats->operations[c], c, stats->bytes[c]);
}
