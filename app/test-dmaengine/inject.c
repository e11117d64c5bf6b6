/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* inject: every error that a refdma device makes on demand, on every path. */

#include <stdio.h>
#include <string.h>

#include "dpdk_compat.h"

#include <rte_common.h>

#include "attempt.h"
#include "buffers.h"
#include "exit_status.h"
#include "progress.h"
#include "stop.h"
#include "table.h"
#include "tasklet.h"

#define SIZE		256

/* Copies from the one that goes wrong on. */
#define REST	(ATTEMPT_COPIES - ATTEMPT_NTH + 1)

static const struct injection injections[] = {
	{ "failed operation", RTE_PMD_REFDMA_INJECT_FAIL, WAY_NONE, ATTEMPT_ALL,
	  { ATTEMPT_COPIES - 1, 1 }, { ATTEMPT_COPIES - 1, 1 } },
	{ "stalled queue", RTE_PMD_REFDMA_INJECT_STALL, WAY_ABORT, ATTEMPT_NTH - 1,
	  { ATTEMPT_NTH - 1, REST }, { ATTEMPT_NTH - 1, 0 } },
	{ "halted queue", RTE_PMD_REFDMA_INJECT_HALT, WAY_ABORT, ATTEMPT_NTH - 1,
	  { ATTEMPT_NTH - 1, REST }, { ATTEMPT_NTH - 1, 0 } },
	{ "lost doorbell", RTE_PMD_REFDMA_INJECT_DROP_DOORBELL, WAY_NEXT, 0,
	  { ATTEMPT_COPIES, 0 }, { ATTEMPT_COPIES, 0 } },
	{ "corrupt completion", RTE_PMD_REFDMA_INJECT_CORRUPT, WAY_RESTART, ATTEMPT_ALL,
	  { 0, ATTEMPT_COPIES }, { 0, ATTEMPT_COPIES } },
	{ "device removed", RTE_PMD_REFDMA_INJECT_REMOVE, WAY_REVIVE, ATTEMPT_ALL,
	  { ATTEMPT_NTH - 1, REST }, { ATTEMPT_NTH - 1, REST } },
};

static const enum value_id inject_counts[] = { VALUE_OPERATIONS, VALUE_ERRORS };
static const enum metric_id inject_metrics[] = { METRIC_DETECT, METRIC_RECOVER };

static const struct table inject_table = {
	.metrics = inject_metrics, .nb_metrics = RTE_DIM(inject_metrics), .apis = true,
	.operations = true,
	.counts = inject_counts, .nb_counts = RTE_DIM(inject_counts),
};

static int
run_injection(struct session *session, struct path *path, const struct injection *injection,
	      const struct work *work)
{
	struct attempt attempt = {
		.session = session, .path = path, .injection = injection, .work = work,
		.timeout = session->options->timeout_ms * (rte_get_tsc_hz() / 1000),
	};
	struct record *record = &attempt.record;
	int ret;

	progress_step("%s on %s%s", injection->name, path->label,
		      path->api == API_ENGINE ? " (DMA Engine)" : "");
	record_start(record, session->options, injection->name, path->device->name);
	record->api = api_name(path->api);
	record->run = path->api == API_ENGINE ? run_mode_name(path->run) : NULL;
	snprintf(attempt.mismatches.what, sizeof(attempt.mismatches.what), "%s after %s",
		 path->label, injection->name);
	if (injection->way_out == WAY_REVIVE && !device_is_own(&session->devices, path->device)) {
		record->verdict = VERDICT_SKIPPED;
		snprintf(record->note, sizeof(record->note), "it was not created here");
		report_add(&session->report, record);
		table_row(&inject_table, record);
		return 0;
	}
	ret = path_start(path, session->options);
	if (ret == 0)
		ret = attempt_run(&attempt);
	ret = RTE_MAX(ret, path_stop(path));
	if (ret != 0)
		record_fail(record, "the device cannot be used any more");
	report_add(&session->report, record);
	table_row(&inject_table, record);
	return ret;
}

static int
run_device(struct session *session, struct dmadev *device, const struct work *work)
{
	static const enum api apis[] = { API_DMADEV, API_ENGINE };
	int ret = 0;

	for (unsigned int i = 0; i < RTE_DIM(apis); i++) {
		struct path path = path_of(device->name, device, apis[i], session->run);

		if ((session->options->api & apis[i]) == 0)
			continue;
		for (unsigned int j = 0; j < RTE_DIM(injections); j++)
			if (ret == 0 && !stop_requested())
				ret = run_injection(session, &path, &injections[j], work);
	}
	return ret;
}

int
command_inject(struct session *session)
{
	struct device_set *set = &session->devices;
	struct options options = *session->options;
	unsigned int found = 0;
	struct work work;
	int ret = 0;

	options.footprint = (ATTEMPT_COPIES + 1) * SIZE;
	if (pools_create_bytes(&session->pools, &options, options.footprint, 0) < 0 ||
	    work_create(&work, &session->pools, &options, SIZE, 1) < 0)
		return EXIT_FAILED;
	progress_start(set->nb_devices * RTE_DIM(injections) * 2);
	table_start(&inject_table);
	for (unsigned int i = 0; i < set->nb_devices && ret == 0; i++) {
		if (!set->devices[i].refdma)
			continue;
		found++;
		ret = run_device(session, &set->devices[i], &work);
	}
	progress_clear();
	work_free(&work);
	if (found == 0) {
		fprintf(stderr, "inject needs a refdma device: others make no errors on demand\n");
		ret = EXIT_NO_DEVICE;
	}
	return ret;
}
