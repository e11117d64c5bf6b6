/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_CARD_H
#define TEST_CARD_H

#include <stdbool.h>

/**
 * @file
 * The PCI function that suites whose name ends with _pci run on: REFDMA_TEST_PCI has its address.
 * devtools/vm-test.sh runs them in a virtual machine. EAL probes the function when it starts.
 */

/** Address of the function, or NULL. */
const char *card_address(void);
/** Queues of a channel, as REFDMA_TEST_PCI_ARGS says (channels=N,queues=N), or 2. */
unsigned int card_queues(void);
/** Whether it has what these device arguments ask for, or there are none. */
bool card_has(const char *args);
/** EAL's options for it and @p lcores (options too); each call's own. */
const char *card_eal_args(const char *lcores);
/** Before the cases: take the function away again, so that each case adds it. */
int card_setup(void);
/** Probe the function. @return dmadev identifier of channel 0, or a negative errno */
int card_add(void);
/** Remove it again. @return what EAL says */
int card_remove(void);

#endif /* TEST_CARD_H */
