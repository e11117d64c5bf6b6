/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* One case on several paths, interleaved. */

#include <inttypes.h>

#include "exit_status.h"
#include "group.h"
#include "progress.h"
#include "soak.h"
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

/* The line of a soak: how far it is, and how it is going. */
static void
show_soak(const struct bench *bench, const struct soak *soak, uint64_t runs)
{
	const struct options *options = bench->session->options;
	char size[16], times[48];

	progress_line("%s on %s%s: %s, burst %u, %s, %" PRIu64 " runs, %s", bench->operation->name,
		      bench->path->label, bench->path->api == API_ENGINE ? " (DMA Engine)" : "",
		      format_bytes(bench->run.work->size, size, sizeof(size)), bench->run.burst,
		      soak_times(soak, times, sizeof(times)), runs,
		      bench_failed(bench) ? "FAILED" : options->no_verify ? "not checked" : "ok");
}

/* Whether there is another round: so many, or for so long, while something works. */
static bool
goes_on(const struct bench *benches, unsigned int nb, uint64_t rounds, const struct soak *soak)
{
	unsigned int failed = 0;

	if (stop_requested())
		return false;
	if (!soak_is_wanted(benches[0].session->options))
		return rounds < benches[0].session->options->repeat;
	for (unsigned int p = 0; p < nb; p++)
		failed += bench_failed(&benches[p]);
	return failed < nb && !soak_is_over(soak);
}

static int
take_turns(struct bench *benches, unsigned int nb)
{
	const struct options *options = benches[0].session->options;
	const struct soak soak = soak_begin(options, benches[0].session->cases);
	int ret = 0;

	for (unsigned int p = 0; p < nb && ret == 0; p++)
		ret = bench_step(&benches[p], bench_try);
	for (uint64_t i = 0; ret == 0 && goes_on(benches, nb, i, &soak); i++)
		for (unsigned int p = 0; p < nb && ret == 0; p++) {
			if (stop_requested())
				return 0;
			if (soak_is_wanted(options))
				show_soak(&benches[p], &soak, i);
			else
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

	while (started < nb &&
	       bench_start(&benches[started], session, &paths[started],
			   paths[started].operation != NULL ? paths[started].operation : operation,
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
