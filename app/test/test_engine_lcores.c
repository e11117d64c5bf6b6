/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * Which service lcore runs the tasklet: none at first, then the one that the application says, then
 * the one with the least to do. The cases build on each other: a service lcore stays one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_service.h>
#include <rte_service_component.h>

#include "test_engine_env.h"

static int
add(void)
{
	const struct dmaengine_compat_conf conf = { .pool = ENG_POOL, .ring = 256 };

	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), 0);
	return eng_request();
}

/* -1: none, or several. */
static int
lcore_of_tasklet(void)
{
	uint32_t service;
	int found = -1;

	if (dmaengine_compat_service_id(eng_dev, &service) != 0)
		return -1;
	for (uint32_t lcore = 0; lcore < RTE_MAX_LCORE; lcore++)
		if (rte_service_map_lcore_get(service, lcore) == 1) {
			if (found >= 0)
				return -1;
			found = lcore;
		}
	return found;
}

ENG_CASE(without_a_service_lcore_the_application_is_told_and_runs_it, ENG_ANY)
{
	_Atomic uint32_t calls = 0;

	TEST_CALL(eng_take_away());
	TEST_CALL(eng_log_begin());
	TEST_CALL(add());
	TEST_ASSERT(strstr(eng_log_end(), "no service lcore runs the tasklet") != NULL);
	TEST_ASSERT_EQ(lcore_of_tasklet(), -1);
	TEST_ASSERT(eng_submit_copy(eng_dst, eng_src, 64, &calls) > 0);
	dma_async_issue_pending(eng_chan);
	TEST_WAIT((dmaengine_compat_run(eng_dev), atomic_load(&calls) == 1), ENG_WAIT_MS);
	/* Before the case ends, somebody has to run it for good. */
	TEST_ASSERT_EQ(dmaengine_compat_service_map(eng_dev, 1), 0);
	TEST_ASSERT_EQ(lcore_of_tasklet(), 1);
	return eng_usable();
}

ENG_CASE(the_tasklet_moves_to_the_lcore_that_is_asked_for, ENG_ANY)
{
	TEST_ASSERT_EQ(lcore_of_tasklet(), 1);
	TEST_ASSERT_EQ(dmaengine_compat_service_map(eng_dev, RTE_MAX_LCORE), -EINVAL);
	TEST_ASSERT_EQ(dmaengine_compat_service_map(-1, 1), -ENODEV);
	TEST_ASSERT_EQ(lcore_of_tasklet(), 1);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(dmaengine_compat_service_map(eng_dev, 2), 0);
	TEST_ASSERT_EQ(lcore_of_tasklet(), 2);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(dmaengine_compat_service_map(eng_dev, 1), 0);
	TEST_ASSERT_EQ(lcore_of_tasklet(), 1);
	return eng_usable();
}

static int32_t
nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int
least_busy_is(uint32_t other, int expected)
{
	struct rte_service_spec spec = { .name = "test_other", .callback = nothing };
	uint32_t id;

	TEST_CALL(eng_take_away());
	TEST_ASSERT_EQ(rte_service_component_register(&spec, &id), 0);
	TEST_ASSERT_EQ(rte_service_map_lcore_set(id, other, 1), 0);
	TEST_CALL(add());
	TEST_ASSERT_EQ(lcore_of_tasklet(), expected);
	TEST_CALL(eng_usable());
	TEST_ASSERT_EQ(rte_service_map_lcore_set(id, other, 0), 0);
	TEST_ASSERT_EQ(rte_service_component_unregister(id), 0);
	return TEST_OK;
}

ENG_CASE(a_device_is_added_to_the_lcore_with_the_fewest_services, ENG_ANY)
{
	/* Both are service lcores by now. */
	TEST_CALL(least_busy_is(1, 2));
	return least_busy_is(2, 1);
}

static const struct test_case lcores[] = {
	ENG_TEST(without_a_service_lcore_the_application_is_told_and_runs_it),
	ENG_TEST(the_tasklet_moves_to_the_lcore_that_is_asked_for),
	ENG_TEST(a_device_is_added_to_the_lcore_with_the_fewest_services),
};

static int
setup(void)
{
	return eng_suite_setup(eng_env_find("engine_refdma_inline"));
}

static struct test_suite lcores_suite = {
	.name = "engine_lcores",
	.setup = setup,
	.teardown = eng_suite_teardown,
	.cases = lcores,
	.nb_cases = RTE_DIM(lcores),
};

/* No service lcore, and one lcore more. */
static const char *
three_lcores(void)
{
	static char args[192];
	char *services;
	int cpu;

	snprintf(args, sizeof(args), "%s", eng_eal_args());
	services = strstr(args, " -S ");
	if (services != NULL)
		*services = '\0';
	cpu = atoi(strrchr(args, '@') + 1);
	snprintf(args + strlen(args), sizeof(args) - strlen(args), ",2@%d", cpu);
	return args;
}

RTE_INIT(engine_lcores_register)
{
	lcores_suite.eal_args = three_lcores();
	test_suite_register(&lcores_suite);
}
