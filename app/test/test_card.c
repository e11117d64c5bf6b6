/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The PCI function of the suites that need one. */

#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_dmadev.h>

#include "test.h"
#include "test_card.h"

const char *
card_address(void)
{
	return getenv("REFDMA_TEST_PCI");
}

static unsigned int
number_after(const char *text, const char *key)
{
	const char *at = text != NULL ? strstr(text, key) : NULL;

	return at != NULL ? strtoul(at + strlen(key), NULL, 10) : 0;
}

unsigned int
card_queues(void)
{
	unsigned int queues = number_after(getenv("REFDMA_TEST_PCI_ARGS"), "queues=");

	return queues != 0 ? queues : 2;
}

bool
card_has(const char *args)
{
	unsigned int channels = number_after(getenv("REFDMA_TEST_PCI_ARGS"), "channels=");
	char copy[256], *item, *rest = NULL;

	if (args == NULL)
		return true;
	snprintf(copy, sizeof(copy), "%s", args);
	for (item = strtok_r(copy, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest))
		if (!(strncmp(item, "channels=", 9) == 0 && number_after(item, "=") <= channels) &&
		    !(strncmp(item, "queues=", 7) == 0 && number_after(item, "=") ==
		      card_queues()))
			return false;
	return true;
}

const char *
card_eal_args(const char *lcores)
{
	char args[192];

	if (card_address() == NULL)	/* only to say so */
		snprintf(args, sizeof(args), "--no-huge -m 64 --no-pci %s", lcores);
	else
		snprintf(args, sizeof(args), "-m 128 --log-level=lib.eal:notice -a %s %s",
			 card_address(), lcores);
	return strdup(args);
}

int
card_setup(void)
{
	if (card_address() == NULL) {
		test_note("REFDMA_TEST_PCI names no PCI function; devtools/vm-test.sh runs this "
			  "suite in a virtual machine that has one");
		return TEST_SKIPPED;
	}
	TEST_ASSERT(rte_dma_get_dev_id_by_name(card_address()) >= 0);
	TEST_ASSERT_EQ(card_remove(), 0);
	return TEST_OK;
}

int
card_add(void)
{
	int ret = rte_eal_hotplug_add("pci", card_address(), "");

	return ret != 0 ? ret : rte_dma_get_dev_id_by_name(card_address());
}

int
card_remove(void)
{
	return rte_eal_hotplug_remove("pci", card_address());
}
