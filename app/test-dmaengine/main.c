/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* dpdk-test-dmaengine: verify and measure DMA devices. From command line to exit status. */

#include <inttypes.h>
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
	[COMMAND_INTERLEAVED] = command_memory,
	[COMMAND_SLAVE] = command_slave,
	[COMMAND_CYCLIC] = command_cyclic,
	[COMMAND_VERIFY] = command_verify,
	[COMMAND_INJECT] = command_inject,
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

/*
 * Made where there is no device: for tasklets, one that runs where they do. Beside one that sleeps,
 * one with a thread that sleeps as well, and that interrupts.
 */
static const char *
default_device(const struct session *session)
{
	if ((session->options->api & API_ENGINE) == 0)
		return "dma_refdma0";
	return session->run == RUN_MANUAL ? "dma_refdma0,engine=inline" :
		session->run == RUN_SLEEP ? "dma_refdma0" : "dma_refdma0,engine=service";
}

/* Some commands choose their devices themselves, and the CPU needs none. */
static bool
needs_devices(const struct options *options)
{
	return options->command != COMMAND_COMPARE && options->command != COMMAND_ENGINE_COST &&
		options->workers.nb == 0 && options->api != API_CPU;
}

static int
check_lcore(const struct options *options)
{
	if (options->lcore < 0 || eal_may_use_core((int)options->lcore))
		return 0;
	fprintf(stderr, "--lcore: %" PRId64 " is not valid; valid is an lcore of EAL, or a CPU "
		"that this process may use (taskset -p says which)\n", options->lcore);
	return EXIT_USAGE;
}

/* Find the devices and run the command. */
static int
run_command(struct session *session)
{
	const struct options *options = session->options;
	int ret = pools_check_nodes(options) < 0 ? EXIT_USAGE : 0;

	if (ret == 0)
		ret = check_lcore(options);
	if (ret == 0)
		ret = tasklet_prepare(options, &session->run);
	if (ret == 0 && needs_devices(options) && !session->continued)
		ret = devices_open(&session->devices, options, default_device(session));
	if (ret == 0)
		ret = commands[options->command](session);
	report_add_devices(&session->report, session->devices.devices,
			   session->devices.nb_devices);
	pools_free(&session->pools);
	return ret;
}

/* Whether a case goes on with the devices of the one before: another value of the same sweep. */
static bool
shares_devices(const struct options *options, const struct options *before)
{
	return needs_devices(options) && options->swept != NULL &&
		before->swept == options->swept && before->case_name == options->case_name;
}

/* All cases, each whatever became of the others. Returns the first exit status that is not 0. */
static int
run_cases(struct session *session, const struct plan *plan)
{
	int ret = 0, first = 0;

	for (unsigned int i = 0; i < plan->nb_cases && !stop_requested(); i++) {
		const struct options *options = &plan->cases[i];

		session->options = options;
		session->continued = i > 0 && shares_devices(options, &plan->cases[i - 1]);
		if (!session->continued) {
			devices_close(&session->devices);
			if (options->case_name != NULL)
				printf("\n[%s]\n", options->case_name);
		}
		ret = run_command(session);
		first = first == 0 ? ret : first;
	}
	return first;
}

static void
print_machine(const struct session *session, const struct plan *plan)
{
	if (plan->cases[0].command == COMMAND_LIST)
		return;
	machine_print(&session->report.machine);
	putchar('\n');
	fflush(stdout);
}

/* Whether all of standard output got there; false after a message. */
static bool
is_written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	fprintf(stderr, "standard output cannot be written\n");
	return false;
}

/* Everything that needs EAL. Returns an exit status. */
static int
run_session(const struct plan *plan, int argc, char **argv)
{
	struct session *session = calloc(1, sizeof(*session));
	int ret;

	if (session == NULL)
		return EXIT_FAILED;
	/* What the report says of options holds for all cases of a command line. */
	if (report_start(&session->report, plan->main.config != NULL ? &plan->main :
			 &plan->cases[0]) < 0) {
		free(session);
		return EXIT_USAGE;
	}
	machine_describe(&session->report.machine, argc, argv);
	catch_signals();
	print_machine(session, plan);
	ret = run_cases(session, plan);
	report_warn(&session->report);
	if (!is_written() && ret == 0)
		ret = EXIT_FAILED;
	if (report_write(&session->report, stop_requested() && !session->endless) < 0 ||
	    session->report.failed)
		ret = ret == 0 ? EXIT_FAILED : ret;
	dmaengine_compat_close();
	devices_close(&session->devices);
	if (stop_requested() && !session->endless) {
		fprintf(stderr, "interrupted\n");
		ret = ret == 0 ? EXIT_INTERRUPTED : ret;
	}
	report_free(&session->report);
	free(session);
	return ret;
}

static int
run_plan(const struct command_line *line, const struct plan *plan, int argc, char **argv)
{
	int ret;

	if (plan->main.help) {
		usage_full(argv[0]);
		return is_written() ? EXIT_PASSED : EXIT_FAILED;
	}
	if (plan->main.version) {
		printf("dpdk-test-dmaengine %s, %s\n", REFDMA_VERSION, rte_version());
		return is_written() ? EXIT_PASSED : EXIT_FAILED;
	}
	busy_start();
	ret = eal_start(line, plan);
	if (ret != 0)
		return ret;
	ret = run_session(plan, argc, argv);
	rte_eal_cleanup();
	return ret;
}

static int
run_program(const struct command_line *line, int argc, char **argv)
{
	struct plan plan;
	int ret;

	if (line->eal_argc > 1 && command_by_name(line->eal_argv[1]) != NB_COMMANDS) {
		fprintf(stderr, "%s: before '--' there are EAL's options; the command comes after "
			"it, and without EAL's options there is no '--'\n", line->eal_argv[1]);
		return EXIT_USAGE;
	}
	if (plan_make(&plan, line->app_argc, line->app_argv) < 0) {
		usage_short(argv[0]);
		ret = EXIT_USAGE;
	} else {
		ret = run_plan(line, &plan, argc, argv);
	}
	plan_free(&plan);
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
