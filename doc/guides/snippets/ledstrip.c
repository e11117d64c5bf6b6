/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#include <stdio.h>
#include <dmaengine_compat.h>
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_pmd_refdma.h>

#define PIXELS		144
#define SINK_PORT	1		/* of a device with the default ports */

int
main(int argc, char **argv)
{
	/* Instead of the device tree: vchan 0 of this dmadev is the channel "tx". */
	struct dmaengine_compat_chan_spec tx = { "dma_refdma0", 0 };
	const struct dma_slave_map map[] = { { "ledstrip0", "tx", &tx } };
	struct rte_pmd_refdma_port port;
	struct ledstrip strip = { 0 };
	uint32_t *pixels;
	int ret;

	if (rte_eal_init(argc, argv) < 0)
		return 1;
	/* Instead of the controller's driver: all dmadevs become channels, run by services. */
	if (dmaengine_compat_init(NULL) < 1 || dmaengine_compat_map_add(map, 1) != 0)
		return 1;

	/* Instead of probe(): the device by its name, the FIFO by what the controller says. */
	strip.dev = dmaengine_compat_device("ledstrip0");
	if (rte_pmd_refdma_port_get(0, SINK_PORT, &port) != 0)
		return 1;
	strip.fifo = port.addr;
	ret = ledstrip_dma_init(&strip);
	if (ret != 0)
		return 1;

	/* Instead of kmalloc(): memory of EAL, which every device can reach. */
	pixels = rte_malloc(NULL, PIXELS * sizeof(*pixels), 0);
	for (int i = 0; pixels != NULL && i < PIXELS; i++)
		pixels[i] = 0x00204080;
	ret = pixels == NULL ? -ENOMEM : ledstrip_show(&strip, pixels, PIXELS * sizeof(*pixels));
	printf("show: %d\n", ret);

	/* Instead of remove(). */
	ledstrip_dma_exit(&strip);
	dmaengine_compat_close();
	return rte_eal_cleanup();
}
