/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* A secondary process: it finds the channels that the primary has, and lets them go again. */

#include <errno.h>
#include <stdlib.h>

#include "refdma_driver.h"

/* A channel that this process has found; its own memory. Probe and remove run one at a time. */
struct attached {
	struct rte_dma_dev *dma_dev;
	const struct rte_device *device;
	char name[RTE_DEV_NAME_MAX_LEN];
	LIST_ENTRY(attached) next;
};

static LIST_HEAD(, attached) channels = LIST_HEAD_INITIALIZER(channels);

static int
attach_channel(const char *base, unsigned int channel, struct rte_device *device)
{
	struct attached *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return -ENOMEM;
	refdma_channel_name(a->name, sizeof(a->name), base, channel);
	a->dma_dev = rte_dma_pmd_allocate(a->name, device->numa_node, sizeof(struct refdma_dev));
	if (a->dma_dev == NULL) {
		free(a);
		return -ENODEV;
	}
	a->device = device;
	refdma_publish(a->dma_dev, device);
	LIST_INSERT_HEAD(&channels, a, next);
	return 0;
}

/* Only this process's view goes. The library would refuse while the primary has the device
 * started, since it asks the state of both; a device that is only registered it releases.
 */
static void
release(struct attached *a)
{
	if (a->dma_dev->device == a->device) {
		a->dma_dev->state = RTE_DMA_DEV_REGISTERED;
		/* Not found by its name: the primary has removed it, and nothing is left to use. */
		if (rte_dma_pmd_release(a->name) != 0)
			a->dma_dev->state = RTE_DMA_DEV_UNUSED;
	}
	LIST_REMOVE(a, next);
	free(a);
}

/* Attach to those of the first @p channels channels that the primary has: it may have closed some,
 * which the library then says.
 */
int
refdma_attach(const char *base, unsigned int channels, struct rte_device *device)
{
	unsigned int found = 0;
	int ret = 0;

	for (unsigned int c = 0; c < channels && (ret == 0 || ret == -ENODEV); c++) {
		ret = attach_channel(base, c, device);
		found += ret == 0;
	}
	if (found > 0 && ret != -ENOMEM)
		return 0;
	refdma_detach(device);
	return ret == 0 ? -ENODEV : ret;
}

/* Let all channels of a function go; nothing in the process that probed them itself. */
void
refdma_detach(const struct rte_device *device)
{
	struct attached *a, *following;

	for (a = LIST_FIRST(&channels); a != NULL; a = following) {
		following = LIST_NEXT(a, next);
		if (a->device == device)
			release(a);
	}
}
