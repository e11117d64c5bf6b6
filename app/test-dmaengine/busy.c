/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* CPU time of others. */

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "busy.h"

/* Ticks of all CPUs at least, for one tick to be no more than 2 %. */
#define MIN_TICKS	50

/* Columns of a line of /proc/stat; guest time is part of user time. */
enum {
	TIME_IDLE = 3,
	TIME_IOWAIT = 4,
	NB_TIMES = 8,
};

static cpu_set_t cpus;

void
busy_start(void)
{
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		CPU_ZERO(&cpus);
}

/* Add the times of a line such as "cpu3 12 0 5 ..."; others are left alone. */
static void
add_line(const char *line, struct busy_clock *now, double tick)
{
	unsigned long long times[NB_TIMES] = { 0 };
	unsigned int cpu;

	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &times[0],
		   &times[1], &times[2], &times[3], &times[4], &times[5], &times[6],
		   &times[7]) < TIME_IOWAIT + 2)
		return;
	if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &cpus))
		return;
	for (unsigned int i = 0; i < NB_TIMES; i++) {
		now->all += (double)times[i] * tick;
		if (i != TIME_IDLE && i != TIME_IOWAIT)
			now->busy += (double)times[i] * tick;
	}
}

static double
seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

struct busy_clock
busy_now(void)
{
	const double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	struct busy_clock now = { 0 };
	struct rusage usage;
	char line[512];
	FILE *file = fopen("/proc/stat", "r");

	if (file == NULL)
		return now;
	while (fgets(line, sizeof(line), file) != NULL && strncmp(line, "cpu", 3) == 0)
		add_line(line, &now, tick);
	fclose(file);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		now.own = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	return now;
}

void
busy_add(struct busy *busy, const struct busy_clock *since)
{
	const struct busy_clock now = busy_now();

	busy->all += now.all - since->all;
	busy->foreign += now.busy - since->busy - (now.own - since->own);
}

bool
busy_share(const struct busy *busy, double *share)
{
	if (busy->all < MIN_TICKS / (double)sysconf(_SC_CLK_TCK))
		return false;
	*share = busy->foreign / busy->all;
	/* Ticks are coarser than the process's own clock. */
	if (*share < 0)
		*share = 0;
	if (*share > 1)
		*share = 1;
	return true;
}
