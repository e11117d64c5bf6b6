/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The slave map: which channel a client's device means by a name. Under the registry's lock. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* A line of the map, with strings of its own. */
struct map_entry {
	char *devname, *slave, *dmadev;
	uint16_t vchan;
};

static struct map_entry *map;
static unsigned int map_count;

static void
map_clear(struct map_entry *entries, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		free(entries[i].devname);
		free(entries[i].slave);
		free(entries[i].dmadev);
	}
}

/* False: there is no memory, and nothing to clear. */
static bool
map_set(struct map_entry *entry, const struct dma_slave_map *line)
{
	const struct dmaengine_compat_chan_spec *spec = line->param;

	*entry = (struct map_entry){
		.devname = strdup(line->devname),
		.slave = strdup(line->slave),
		.dmadev = strdup(spec->dmadev),
		.vchan = spec->vchan,
	};
	if (entry->devname != NULL && entry->slave != NULL && entry->dmadev != NULL)
		return true;
	map_clear(entry, 1);
	return false;
}

int
dmaengine_compat_map_add(const struct dma_slave_map *add, unsigned int count)
{
	struct map_entry *grown;
	unsigned int done = 0;
	int ret = 0;

	if (add == NULL && count != 0)
		return -EINVAL;
	for (unsigned int i = 0; i < count; i++) {
		const struct dmaengine_compat_chan_spec *spec = add[i].param;

		if (add[i].devname == NULL || add[i].slave == NULL || spec == NULL ||
		    spec->dmadev == NULL)
			return -EINVAL;
	}
	engine_registry_lock();
	grown = realloc(map, (map_count + count) * sizeof(*map));
	if (grown == NULL && map_count + count != 0) {
		engine_registry_unlock();
		return -ENOMEM;
	}
	map = grown;
	while (done < count && map_set(&map[map_count + done], &add[done]))
		done++;
	if (done == count) {
		map_count += count;
	} else {
		ret = -ENOMEM;
		map_clear(&map[map_count], done);
	}
	engine_registry_unlock();
	return ret;
}

/* The registry closes, and holds its lock. */
void
engine_map_forget(void)
{
	map_clear(map, map_count);
	free(map);
	map = NULL;
	map_count = 0;
}

static struct engine_chan *
chan_by_spec(const char *dmadev, uint16_t vchan)
{
	for (unsigned int i = 0; i < ENGINE_MAX_DEVICES; i++) {
		struct engine_dev *dev = engine_dev_at(i);

		if (dev != NULL && strcmp(dev->name, dmadev) == 0)
			return vchan < dev->nb_channels ? dev->chans[vchan] : NULL;
	}
	return NULL;
}

/* NULL: the map has no such line, or there is no such channel (yet). The caller holds the lock. */
struct engine_chan *
engine_map_find(const char *devname, const char *slave)
{
	struct engine_chan *ch = NULL;

	for (unsigned int i = 0; i < map_count && ch == NULL; i++)
		if (strcmp(map[i].devname, devname) == 0 && strcmp(map[i].slave, slave) == 0)
			ch = chan_by_spec(map[i].dmadev, map[i].vchan);
	return ch;
}
