/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The process: options, signals, the device, the server. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "log.h"
#include "options.h"
#include "server.h"
#include "stats.h"

/*
 * SIGTERM and SIGINT become readable; no thread is interrupted by them.
 *
 * @return the descriptor, or a negative errno
 */
static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static int
listen_or_complain(struct server *server)
{
	int ret = server_listen(server);

	switch (ret) {
	case 0:
		break;
	case -EADDRINUSE:
		log_error("%s: another process listens there; stop it, or choose another path",
			  server->path);
		break;
	case -EEXIST:
		log_error("%s: is there, and is not a socket; choose another path",
			  server->path);
		break;
	case -ENAMETOOLONG:
		log_error("%s: too long for a socket's path, which has at most 107 characters",
			  server->path);
		break;
	default:
		log_error("%s: cannot listen there: %s", server->path, strerror(-ret));
	}
	return ret;
}

static void
say_ready(const struct options *options)
{
	const struct device_conf *device = &options->device;

	printf("refdma-device: ready on %s (%04x:%04x, channels %u, queues a channel %u)\n",
	       options->socket, device->identity.vendor, device->identity.device,
	       device->model.channels, device->model.queues);
	fflush(stdout);
}

static int
serve(const struct options *options, struct server *server, struct device *device)
{
	int ret = device_start(device);

	if (ret != 0) {
		log_error("cannot start a thread for each channel: %s", strerror(-ret));
		return ret;
	}
	ret = listen_or_complain(server);
	if (ret != 0)
		return ret;
	say_ready(options);
	ret = server_run(server, device);
	if (ret != 0)
		log_error("the socket has failed: %s", strerror(-ret));
	server_close(server);
	if (options->stats)
		stats_print(device);
	return ret;
}

static int
run(const struct options *options)
{
	struct server server = {
		.path = options->socket,
		.listen_fd = -1,
		.keep = options->keep,
	};
	struct device *device;
	int ret;

	server.stop_fd = catch_signals();
	if (server.stop_fd < 0) {
		log_error("cannot catch signals: %s", strerror(-server.stop_fd));
		return EXIT_FAILED;
	}
	ret = device_create(&options->device, &device);
	if (ret == 0) {
		ret = serve(options, &server, device);
		device_destroy(device);
	} else {
		log_error("cannot make the device: %s", strerror(-ret));
	}
	close(server.stop_fd);
	return ret == 0 ? EXIT_ENDED : EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	struct options options;

	if (options_parse(&options, argc, argv) != 0) {
		fprintf(stderr, "Try '%s --help'.\n", argv[0]);
		return EXIT_USAGE;
	}
	if (options.help) {
		usage_full();
		return EXIT_ENDED;
	}
	if (options.version) {
		puts("refdma-device " DEVICE_VERSION);
		return EXIT_ENDED;
	}
	log_verbose = options.verbose;
	return run(&options);
}
