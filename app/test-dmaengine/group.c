/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* One case on several paths, interleaved. */

#include <inttypes.h>

#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

static void
show_step(const struct bench *bench, uint64_t repeat)
{
	const struct options *options = bench->session->options;
	char size[16];

	progress_step("%s on %s%s: %s, burst %u, run %" PRIu64 " of %" PRIu64,
		      bench->operation->name, bench->path->label,
		      bench->path->api == API_ENGINE ? " (DMA Engine)" : "",
		      format_bytes(bench->run.work->size, size, sizeof(size)), bench->run.burst,
		      repeat + 1, options->repeat);
}

static int
take_turns(struct bench *benches, unsigned int nb)
{
	const struct options *options = benches[0].session->options;
	int ret = 0;

	for (unsigned int p = 0; p < nb && ret == 0; p++)
		ret = bench_step(&benches[p], bench_try);
	for (uint64_t i = 0; i < options->repeat && ret == 0; i++)
		for (unsigned int p = 0; p < nb && ret == 0; p++) {
			if (stop_requested())
				return 0;
			show_step(&benches[p], i);
			ret = bench_step(&benches[p], bench_repeat);
		}
	for (unsigned int p = 0; options->latency && p < nb && ret == 0; p++)
		ret = bench_step(&benches[p], bench_latency);
	return ret;
}

void
group_finish(struct bench *benches, unsigned int nb)
{
	for (unsigned int p = 0; p < nb; p++)
		bench_finish(&benches[p]);
}

int
group_run(struct bench *benches, struct session *session, struct path *paths, unsigned int nb,
	  const struct operation *operation, const struct work *work, uint16_t burst,
	  void *context)
{
	unsigned int started = 0;
	int ret = EXIT_FAILED;

	while (started < nb && bench_start(&benches[started], session, &paths[started], operation,
					   work, burst) == 0)
		started++;
	for (unsigned int p = 0; p < started; p++)
		benches[p].run.context = context;
	if (started == nb)
		ret = take_turns(benches, nb);
	if (ret != 0)
		group_finish(benches, started);
	return ret;
}
