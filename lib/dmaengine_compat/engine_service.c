/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The tasklet as a DPDK service: registration, and on which service lcore it runs. */

#include <errno.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include "engine.h"

/* The registry's slot, not the device, which may be gone. */
static int32_t
service_run(void *arg)
{
	return engine_slot_run((uintptr_t)arg) ? 0 : -EAGAIN;
}

/* The service lcore with the fewest services, on the device's node where there is one. */
static int
choose_lcore(const struct engine_dev *dev, uint32_t *chosen)
{
	uint32_t lcores[RTE_MAX_LCORE];
	int n = rte_service_lcore_list(lcores, RTE_MAX_LCORE), best = -1, best_count = 0;
	int node = dev->info.numa_node;
	bool best_near = false;

	for (int i = 0; i < n; i++) {
		int count = rte_service_lcore_count_services(lcores[i]);
		bool near = node < 0 || (int)rte_lcore_to_socket_id(lcores[i]) == node;

		if (best < 0 || (near && !best_near) ||
		    (near == best_near && count < best_count)) {
			best = i;
			best_count = count;
			best_near = near;
		}
	}
	if (best < 0)
		return -ENOENT;
	*chosen = lcores[best];
	return 0;
}

int
engine_service_register(struct engine_dev *dev)
{
	struct rte_service_spec spec = {
		.callback = service_run,
		.callback_userdata = (void *)(uintptr_t)dev->dma.dev_id,
		/* Only one runner gets in; whoever comes second leaves at once. */
		.capabilities = RTE_SERVICE_CAP_MT_SAFE,
		.socket_id = dev->info.numa_node,
	};
	uint32_t lcore;
	int ret;

	if (dev->conf.run == DMAENGINE_COMPAT_RUN_MANUAL)
		return 0;
	if (dev->conf.run == DMAENGINE_COMPAT_RUN_SLEEP)
		return engine_sleep_start(dev);
	snprintf(spec.name, sizeof(spec.name), "dma%d_%.20s", dev->dma.dev_id, dev->name);
	ret = rte_service_component_register(&spec, &dev->service_id);
	if (ret != 0)
		return ret;
	dev->has_service = true;
	rte_service_component_runstate_set(dev->service_id, 1);
	rte_service_runstate_set(dev->service_id, 1);
	if (choose_lcore(dev, &lcore) != 0) {
		ENGINE_LOG(WARNING, "%s: no service lcore runs the tasklet; start EAL with "
			   "-S LCORE, add one with rte_service_lcore_add(), or call "
			   "dmaengine_compat_run()", dev->name);
		return 0;
	}
	rte_service_map_lcore_set(dev->service_id, lcore, 1);
	ret = rte_service_lcore_start(lcore);
	return ret == -EALREADY ? 0 : ret;
}

static void
wait_inactive(const struct engine_dev *dev)
{
	uint64_t deadline = rte_get_timer_cycles() + rte_get_timer_hz();

	while (rte_service_may_be_active(dev->service_id) == 1 &&
	       rte_get_timer_cycles() < deadline)
		rte_pause();
}

void
engine_service_unregister(struct engine_dev *dev)
{
	engine_sleep_end(dev);
	if (!dev->has_service)
		return;
	dev->has_service = false;
	rte_service_component_runstate_set(dev->service_id, 0);
	rte_service_runstate_set(dev->service_id, 0);
	wait_inactive(dev);
	rte_service_component_unregister(dev->service_id);
}

static int
service_dev(int16_t dev_id, struct engine_dev **dev)
{
	*dev = engine_dev_find(dev_id);
	if (*dev == NULL)
		return -ENODEV;
	return (*dev)->has_service ? 0 : -ENOTSUP;
}

int
dmaengine_compat_service_id(int16_t dev_id, uint32_t *service_id)
{
	struct engine_dev *dev;
	int ret = service_dev(dev_id, &dev);

	if (ret == 0 && service_id != NULL)
		*service_id = dev->service_id;
	return ret;
}

int
dmaengine_compat_service_map(int16_t dev_id, uint32_t lcore)
{
	uint32_t lcores[RTE_MAX_LCORE];
	struct engine_dev *dev;
	int ret = service_dev(dev_id, &dev), n;

	if (ret != 0)
		return ret;
	ret = rte_service_lcore_add(lcore);
	if (ret != 0 && ret != -EALREADY)
		return -EINVAL;
	n = rte_service_lcore_list(lcores, RTE_MAX_LCORE);
	for (int i = 0; i < n; i++)
		if (lcores[i] != lcore)
			rte_service_map_lcore_set(dev->service_id, lcores[i], 0);
	ret = rte_service_map_lcore_set(dev->service_id, lcore, 1);
	if (ret != 0)
		return -EINVAL;
	ret = rte_service_lcore_start(lcore);
	return ret == 0 || ret == -EALREADY ? 0 : -EINVAL;
}

int
dmaengine_compat_service_stop(int16_t dev_id)
{
	struct engine_dev *dev;
	int ret = service_dev(dev_id, &dev);

	if (ret == -ENOTSUP && dev->conf.run == DMAENGINE_COMPAT_RUN_SLEEP) {
		engine_sleep_stop(dev);
		return 0;
	}
	if (ret != 0)
		return ret;
	rte_service_runstate_set(dev->service_id, 0);
	wait_inactive(dev);
	return 0;
}

int
dmaengine_compat_service_start(int16_t dev_id)
{
	struct engine_dev *dev;
	int ret = service_dev(dev_id, &dev);

	if (ret == -ENOTSUP && dev->conf.run == DMAENGINE_COMPAT_RUN_SLEEP)
		return engine_sleep_start(dev);
	return ret != 0 ? ret : rte_service_runstate_set(dev->service_id, 1);
}
