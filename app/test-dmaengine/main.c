/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* dpdk-test-dmaengine: verify and measure DMA devices. From command line to exit status. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk_compat.h"

#include <rte_eal.h>
#include <rte_version.h>

#include <dmaengine_compat.h>

#include "eal_start.h"
#include "exit_status.h"
#include "session.h"
#include "stop.h"
#include "tasklet.h"

volatile sig_atomic_t stop_signal;

static int (* const commands[NB_COMMANDS])(struct session *session) = {
	[COMMAND_COPY] = command_memory,
	[COMMAND_FILL] = command_memory,
	[COMMAND_SG] = command_memory,
	[COMMAND_SLAVE] = command_slave,
	[COMMAND_CYCLIC] = command_cyclic,
	[COMMAND_COMPARE] = command_compare,
	[COMMAND_ENGINE_COST] = command_engine_cost,
	[COMMAND_LIST] = command_list,
};

static void
on_signal(int number)
{
	stop_signal = number;
	/* A second one ends the process, should something not come back. */
	signal(number, SIG_DFL);
}

static void
catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Made where there is no device: for tasklets, one that runs where they do. */
static const char *
default_device(const struct session *session)
{
	if (session->options->api == API_DMADEV)
		return "dma_refdma0";
	return session->run == RUN_MANUAL ? "dma_refdma0,engine=inline" :
		"dma_refdma0,engine=service";
}

/* Find the devices and run the command; some choose their own. */
static int
run_command(struct session *session)
{
	enum command_id command = session->options->command;
	int ret = tasklet_prepare(session->options, &session->run);

	if (ret == 0 && command != COMMAND_COMPARE && command != COMMAND_ENGINE_COST)
		ret = devices_open(&session->devices, session->options, default_device(session));
	if (ret == 0)
		ret = commands[command](session);
	pools_free(&session->pools);
	return ret;
}

/* Everything that needs EAL. Returns an exit status. */
static int
run_session(const struct options *options, int argc, char **argv)
{
	struct session *session = calloc(1, sizeof(*session));
	int ret;

	if (session == NULL)
		return EXIT_FAILED;
	session->options = options;
	if (report_start(&session->report, options) < 0) {
		free(session);
		return EXIT_USAGE;
	}
	machine_describe(&session->report.machine, argc, argv);
	catch_signals();
	ret = run_command(session);
	if ((fflush(stdout) != 0 || ferror(stdout)) && ret == 0) {
		fprintf(stderr, "the results cannot be written to standard output\n");
		ret = EXIT_FAILED;
	}
	if (report_write_json(&session->report, session->devices.devices,
			      session->devices.nb_devices, stop_requested()) < 0 ||
	    session->report.failed)
		ret = ret == 0 ? EXIT_FAILED : ret;
	dmaengine_compat_close();
	devices_close(&session->devices);
	report_free(&session->report);
	free(session);
	if (stop_requested()) {
		fprintf(stderr, "interrupted\n");
		ret = ret == 0 ? EXIT_INTERRUPTED : ret;
	}
	return ret;
}

static int
run_program(const struct command_line *line, int argc, char **argv)
{
	struct options options;
	int ret;

	if (options_parse(line->app_argc, line->app_argv, &options) < 0) {
		usage_short(argv[0]);
		return EXIT_USAGE;
	}
	if (options.help) {
		usage_full(argv[0]);
		return EXIT_PASSED;
	}
	if (options.version) {
		printf("dpdk-test-dmaengine %s, %s\n", REFDMA_VERSION, rte_version());
		return EXIT_PASSED;
	}
	if (eal_start(line, &options) < 0)
		return EXIT_FAILED;
	ret = run_session(&options, argc, argv);
	rte_eal_cleanup();
	return ret;
}

int
main(int argc, char **argv)
{
	struct command_line line;
	int ret;

	if (command_line_divide(argc, argv, &line) < 0)
		return EXIT_FAILED;
	ret = run_program(&line, argc, argv);
	free(line.app_argv);
	return ret;
}
