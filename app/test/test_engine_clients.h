/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_CLIENTS_H
#define TEST_ENGINE_CLIENTS_H

/**
 * @file
 * The drivers of clients/ on every combination: what both halves of the suite need. One half has
 * the drivers of peripherals, the other those that work on memory.
 */

#include "clients/clients.h"
#include "test_engine_env.h"

/** Bytes of the far side for one direction, where it is memory. */
#define CLIENT_FAR	(ENG_FAR_BYTES / 2)

/** The cases of the second half. */
extern const struct test_case client_memory_cases[];
extern const unsigned int client_memory_nb_cases;

/**
 * A board: the channels are free, and the far side will hand out the pattern of eng_src. Where it
 * is a port, that has to be sent first: see client_fill().
 */
int client_board(struct client_hw *hw);
/** The far side hands out these bytes of eng_src next; through the driver for I2C. */
int client_fill(const struct client_hw *hw, size_t length);
/** Bytes that have been sent, where the far side is memory. */
const uint8_t *client_sent(const struct client_hw *hw);
/** Does the device have a second channel? Where not, a probe for both ends with -EPROBE_DEFER. */
bool client_has_two(void);
/** Every descriptor of a channel is back in its pool. */
int client_all_back(struct dma_chan *chan);

#endif /* TEST_ENGINE_CLIENTS_H */
