/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Starting and stopping what moves the data. */

#include "channel.h"
#include "path.h"
#include "tasklet.h"

struct path
path_of(const char *label, struct dmadev *device, enum api api, enum run_mode run)
{
	return (struct path){
		.label = label, .device = device, .api = api, .run = run, .nb_channels = 1,
	};
}

static int
close_one(struct channels **channels)
{
	int ret = *channels != NULL ? channels_close(*channels) : 0;

	*channels = NULL;
	return ret;
}

static int
start_idle(struct path *path, const struct options *options)
{
	int ret = 0;

	for (unsigned int i = 0; i < path->nb_idle && ret == 0; i++)
		path->idle_channels[i] = channels_open(&path->idle[i],
						       path->idle[i].info.max_vchans, path->run,
						       options, 0, &ret);
	return ret;
}

int
path_start(struct path *path, const struct options *options)
{
	int ret = 0;

	if (path->device == NULL)
		return 0;
	if (path->api == API_DMADEV)
		return device_start(path->device, path->nb_channels, (uint16_t)options->ring,
				    path->direction);
	path->channels = channels_open(path->device, path->nb_channels, path->run, options, 0,
				       &ret);
	if (ret == 0)
		ret = start_idle(path, options);
	if (ret != 0)
		path_stop(path);
	return ret;
}

int
path_stop(struct path *path)
{
	int ret = 0;

	if (path->device == NULL)
		return 0;
	for (unsigned int i = 0; i < path->nb_idle; i++)
		ret |= close_one(&path->idle_channels[i]);
	ret |= close_one(&path->channels);
	/* Nothing to do for a device that was the engine's: it is stopped. */
	device_stop(path->device);
	tasklet_rest();
	return ret;
}
