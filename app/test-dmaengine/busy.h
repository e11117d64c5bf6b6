/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_DMAENGINE_BUSY_H
#define TEST_DMAENGINE_BUSY_H

/*
 * How much of the machine others had while something was measured: the time that the CPUs which
 * this process may use were busy (/proc/stat, what a hypervisor took included), less what this
 * process itself used. The kernel counts in ticks of 10 ms, so short times say nothing.
 */

#include <stdbool.h>
#include <stdint.h>

/* More than this share of the CPU time disturbs a measurement. */
#define BUSY_DISTURBED	0.1

/* Seconds of CPU time since some point. */
struct busy_clock {
	double all;	/* of the CPUs, idle or not */
	double busy;
	double own;
};

/* Time that cases add up. */
struct busy {
	double all;
	double foreign;
};

/* Choose the CPUs: those that this process may use. Before EAL pins threads. */
void busy_start(void);

/* The clock now; all 0 where /proc/stat cannot be read. */
struct busy_clock busy_now(void);

/* Add what has passed since a clock was read. */
void busy_add(struct busy *busy, const struct busy_clock *since);

/* The share of others, 0 to 1. @return false where there was too little time to say */
bool busy_share(const struct busy *busy, double *share);

#endif /* TEST_DMAENGINE_BUSY_H */
