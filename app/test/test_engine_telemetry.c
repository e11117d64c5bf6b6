/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Telemetry over its socket: what the commands say, that they refuse what is malformed, that an
 * answer is consistent while traffic runs, and that they bear devices that come and go.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_dmadev.h>
#include <rte_pmd_refdma.h>

#include "test_engine_env.h"
#include "test_telemetry_client.h"

#define DEPTH	16u
#define BAD_EACH	7u	/* every so many copies one fails, where devices report errors */

static struct tel_client tel = { .fd = -1 };

#define ASK(...) TEST_ASSERT_EQ(tel_ask(&tel, __VA_ARGS__), 0)
#define NUMBER(name) tel_number(&tel, name)

/* --- what the commands say --- */

ENG_CASE(commands_are_listed, ENG_ANY)
{
	ASK("/");
	TEST_ASSERT(tel_has(&tel, "/dmaengine/list"));
	TEST_ASSERT(tel_has(&tel, "/dmaengine/info"));
	TEST_ASSERT(tel_has(&tel, "/dmaengine/stats"));
	TEST_ASSERT(tel_has(&tel, "/dmaengine/channel"));
	TEST_ASSERT(tel_has(&tel, "/refdma/queue"));
	ASK("/help,/dmaengine/channel");
	TEST_ASSERT(tel_has(&tel, "int dev_id, int channel"));
	return TEST_OK;
}

ENG_CASE(list_has_the_device_while_it_is_added, ENG_ANY)
{
	const struct dmaengine_compat_conf conf = { .backend = eng->backend, .run = eng->run };
	char expected[64];

	snprintf(expected, sizeof(expected), "[%d]", eng_dev);
	ASK("/dmaengine/list");
	TEST_ASSERT(tel_has(&tel, expected));
	eng_release();
	TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), 0);
	ASK("/dmaengine/list");
	TEST_ASSERT(tel_has(&tel, "[]"));
	ASK("/dmaengine/info,%d", eng_dev);
	TEST_ASSERT(tel_refused(&tel));
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), 0);
	ASK("/dmaengine/list");
	TEST_ASSERT(tel_has(&tel, expected));
	return TEST_OK;
}

ENG_CASE(info_says_what_the_device_is_like, ENG_ANY)
{
	struct rte_dma_info info;

	TEST_ASSERT_EQ(rte_dma_info_get(eng_dev, &info), 0);
	ASK("/dmaengine/info,%d", eng_dev);
	TEST_ASSERT(tel_text_is(&tel, "name", info.dev_name));
	TEST_ASSERT(tel_text_is(&tel, "backend", dmaengine_compat_chan_backend(eng_chan)));
	TEST_ASSERT(tel_text_is(&tel, "tasklet", eng_can(ENG_SERVICE) ? "service" : "manual"));
	TEST_ASSERT_EQ(NUMBER("dev_id"), eng_dev);
	TEST_ASSERT_EQ(NUMBER("channels"), info.max_vchans);
	TEST_ASSERT_EQ(NUMBER("pool"), ENG_POOL);
	TEST_ASSERT_EQ(NUMBER("ring"), 256);
	TEST_ASSERT(tel_has(&tel, "\"memcpy\""));
	TEST_ASSERT_EQ(tel_has(&tel, "\"load_eot\""), eng_can(ENG_REPEAT));
	TEST_ASSERT(tel_has(&tel, eng_can(ENG_SERVICE) ? "[1]" : "[]"));
	TEST_ASSERT(tel_has(&tel, "[0]"));	/* the channel that is held */
	return TEST_OK;
}

ENG_CASE(bad_parameters_are_refused, ENG_ANY)
{
	static const char *const about_dev[] = {
		"", ",", ",x", ",-1", ",0x0", ",0 ", ",0,", ",0,0", ",32767", ",32768",
		",99999999999999999999", ",1e0",
	};
	static const char *const about_channel[] = {
		"", ",0", ",0,", ",0,x", ",0,-1", ",0,0,", ",0,0,0", ",0,0x", ",0,64", ",0,32767",
		",0,99999999999999999999", ",x,0", ",,0", ",32767,0", ", 0,0", ",0, 0",
	};

	TEST_ASSERT_EQ(eng_dev, 0);
	for (unsigned int i = 0; i < RTE_DIM(about_dev); i++) {
		ASK("/dmaengine/info%s", about_dev[i]);
		TEST_ASSERT(tel_refused(&tel));
		ASK("/dmaengine/stats%s", about_dev[i]);
		TEST_ASSERT(tel_refused(&tel));
	}
	for (unsigned int i = 0; i < RTE_DIM(about_channel); i++) {
		ASK("/dmaengine/channel%s", about_channel[i]);
		TEST_ASSERT(tel_refused(&tel));
		ASK("/refdma/queue%s", about_channel[i]);
		TEST_ASSERT(tel_refused(&tel));
	}
	ASK("/dmaengine/channel,0,0");
	TEST_ASSERT(!tel_refused(&tel));
	return TEST_OK;
}

/* --- states --- */

static int
state_is(const char *state)
{
	ASK("/dmaengine/channel,%d,0", eng_dev);
	TEST_ASSERT(tel_text_is(&tel, "state", state));
	return TEST_OK;
}

static int
paused_and_resumed(void)
{
	TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
	TEST_CALL(state_is("paused"));
	TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	return TEST_OK;
}

ENG_CASE(channel_says_its_state_cookies_and_residue, ENG_ANY)
{
	dma_cookie_t first, second;

	TEST_CALL(eng_background());
	TEST_CALL(state_is("idle"));
	TEST_ASSERT(tel_text_is(&tel, "client", ENG_CLIENT) && tel_text_is(&tel, "slave", "tx"));
	TEST_ASSERT_EQ(NUMBER("cookie_submitted"), 0);
	TEST_ASSERT_EQ(NUMBER("cookie_completed"), 0);
	TEST_CALL(eng_hold());
	first = eng_submit_copy(eng_dst, eng_src, 1000, NULL);
	second = eng_submit_copy(eng_dst + 4096, eng_src, 2000, NULL);
	TEST_CALL(state_is("idle"));	/* nothing is issued */
	TEST_ASSERT_EQ(NUMBER("submitted"), 2);
	TEST_ASSERT_EQ(NUMBER("in_flight"), 0);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(state_is("running"));
	TEST_ASSERT_EQ(NUMBER("cookie_submitted"), second);
	TEST_ASSERT_EQ(NUMBER("cookie_completed"), 0);
	TEST_ASSERT_EQ(NUMBER("residue"), 1000);
	TEST_ASSERT_EQ(NUMBER("in_flight"), 2);
	TEST_ASSERT_EQ(NUMBER("pool_free"), ENG_POOL - 2);
	TEST_CALL(eng_go());
	TEST_CALL(eng_wait_complete(second));
	TEST_CALL(state_is("idle"));
	TEST_ASSERT(second > first);
	TEST_ASSERT_EQ(NUMBER("cookie_completed"), second);
	TEST_ASSERT_EQ(NUMBER("residue"), 0);
	TEST_ASSERT_EQ(NUMBER("bytes"), 3000);
	TEST_CALL(paused_and_resumed());
	eng_release();
	TEST_CALL(state_is("free"));
	TEST_ASSERT_EQ(NUMBER("submitted"), INT64_MIN);
	return eng_request();
}

ENG_CASE(residue_goes_on_behind_the_last_cookie, ENG_ANY, .conf.first_cookie = INT_MAX)
{
	dma_cookie_t cookie;

	TEST_CALL(eng_background());
	cookie = eng_submit_copy(eng_dst, eng_src, 500, NULL);
	TEST_ASSERT_EQ(cookie, INT_MAX);
	dma_async_issue_pending(eng_chan);
	TEST_CALL(eng_wait_complete(cookie));
	TEST_CALL(eng_hold());
	cookie = eng_submit_copy(eng_dst, eng_src, 700, NULL);
	TEST_ASSERT_EQ(cookie, 1);
	dma_async_issue_pending(eng_chan);
	ASK("/dmaengine/channel,%d,0", eng_dev);
	TEST_ASSERT_EQ(NUMBER("cookie_submitted"), 1);
	TEST_ASSERT_EQ(NUMBER("cookie_completed"), INT_MAX);
	TEST_ASSERT_EQ(NUMBER("residue"), 700);
	return eng_go();
}

ENG_CASE(a_device_that_has_gone_is_seen, ENG_ERRORS, .dies = true)
{
	if (!eng_can(ENG_ERRORS))
		return eng_usable();
	TEST_CALL(eng_background());
	TEST_CALL(eng_stall(1));
	eng_submit_copy(eng_dst, eng_src, 64, NULL);
	dma_async_issue_pending(eng_chan);
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(eng_dev, 0, RTE_PMD_REFDMA_INJECT_REMOVE, 1, 0), 0);
	ENG_WAIT(tel_ask(&tel, "/dmaengine/channel,%d,0", eng_dev) == 0 &&
		 tel_text_is(&tel, "state", "failed") && NUMBER("errors") == 1);
	ASK("/refdma/queue,%d,0", eng_dev);
	TEST_ASSERT(tel_text_is(&tel, "device_state", "gone"));
	TEST_ASSERT_EQ(NUMBER("device_completed"), INT64_MIN);
	return TEST_OK;
}

/* --- the driver's side --- */

ENG_CASE(queue_says_what_driver_and_controller_see, ENG_ERRORS)
{
	dma_cookie_t cookie;

	ASK("/refdma/queue,%d,0", eng_dev);
	if (!eng_can(ENG_ERRORS)) {
		TEST_ASSERT(tel_refused(&tel));	/* not a device of ours */
		return TEST_OK;
	}
	TEST_CALL(eng_background());
	TEST_ASSERT(tel_text_is(&tel, "device", eng->vdev));
	TEST_ASSERT(tel_text_is(&tel, "state", "started"));
	TEST_ASSERT_EQ(NUMBER("slots"), 256);
	TEST_CALL(eng_stall(2));
	eng_submit_copy(eng_dst, eng_src, 100, NULL);
	cookie = eng_submit_copy(eng_dst, eng_src, 300, NULL);
	dma_async_issue_pending(eng_chan);
	ENG_WAIT(tel_ask(&tel, "/refdma/queue,%d,0", eng_dev) == 0 && NUMBER("completed") == 1);
	TEST_ASSERT_EQ(NUMBER("submitted"), 2);
	TEST_ASSERT_EQ(NUMBER("outstanding"), 1);
	TEST_ASSERT_EQ(NUMBER("device_completed"), 1);
	TEST_ASSERT_EQ(NUMBER("device_operation"), 1);
	TEST_ASSERT(tel_text_is(&tel, "device_state", "running"));
	if (eng_can(ENG_PORTS)) {
		TEST_ASSERT_EQ(dmaengine_pause(eng_chan), 0);
		ASK("/refdma/queue,%d,0", eng_dev);
		TEST_ASSERT(tel_text_is(&tel, "device_state", "paused"));
		TEST_ASSERT_EQ(dmaengine_resume(eng_chan), 0);
	}
	TEST_CALL(eng_unstall());
	TEST_CALL(eng_wait_complete(cookie));
	ASK("/dmadev/stats,%d,0", eng_dev);
	TEST_ASSERT_EQ(NUMBER("completed"), 2);
	return TEST_OK;
}

/* --- while traffic runs --- */

struct traffic {
	pthread_t thread;
	_Atomic uint32_t done, stops;
	_Atomic uint64_t submitted;
};

static void *
run_traffic(void *arg)
{
	struct traffic *traffic = arg;
	uint32_t submitted = 0;

	while (!atomic_load(&traffic->stops)) {
		bool bad = eng_can(ENG_ERRORS) && submitted % BAD_EACH == 0;
		struct dma_async_tx_descriptor *desc;

		if (submitted - atomic_load(&traffic->done) >= DEPTH) {
			sched_yield();
			continue;
		}
		/* Address 0 is nobody's: the controller reports the copy as failed. */
		desc = eng_copy(eng_dst, bad ? NULL : eng_src, 64, &traffic->done);
		if (desc == NULL)
			continue;
		dmaengine_submit(desc);
		submitted++;
		if (submitted % 4 == 0)
			dma_async_issue_pending(eng_chan);
	}
	dma_async_issue_pending(eng_chan);
	atomic_store(&traffic->submitted, submitted);
	return NULL;
}

/* One answer with counters of channels, against itself and the one before. */
static int
counters_agree(int64_t *submitted_before)
{
	int64_t submitted = NUMBER("submitted"), completed = NUMBER("completed");

	TEST_ASSERT(NUMBER("errors") >= 0 && NUMBER("errors") <= completed);
	TEST_ASSERT(NUMBER("in_flight") >= 0);
	TEST_ASSERT(submitted >= completed + NUMBER("terminated") + NUMBER("in_flight"));
	TEST_ASSERT(NUMBER("callbacks") <= completed);
	TEST_ASSERT(NUMBER("bytes") <= 64 * (completed - NUMBER("errors")));
	TEST_ASSERT(NUMBER("tasklet_busy_runs") <= NUMBER("tasklet_runs"));
	TEST_ASSERT(NUMBER("tasklet_busy_cycles") >= 0 && NUMBER("tasklet_idle_cycles") >= 0);
	TEST_ASSERT(submitted >= *submitted_before);
	*submitted_before = submitted;
	return TEST_OK;
}

static int
driver_agrees(void)
{
	ASK("/dmadev/stats,%d,0", eng_dev);
	TEST_ASSERT(NUMBER("submitted") >= NUMBER("completed"));
	TEST_ASSERT(NUMBER("completed") >= NUMBER("errors"));
	if (!eng_can(ENG_ERRORS))
		return TEST_OK;
	ASK("/refdma/queue,%d,0", eng_dev);
	TEST_ASSERT(NUMBER("submitted") >= NUMBER("completed"));
	TEST_ASSERT(NUMBER("completed") >= NUMBER("errors"));
	TEST_ASSERT_EQ(NUMBER("outstanding"), NUMBER("submitted") - NUMBER("completed"));
	return TEST_OK;
}

static int
answers_agree(void)
{
	int64_t by_channel = 0, by_device = 0;

	/* Enough of them, and enough traffic between the first and the last. */
	for (unsigned int i = 0; i < 500 || by_channel < 5000; i++) {
		ASK("/dmaengine/channel,%d,0", eng_dev);
		TEST_CALL(counters_agree(&by_channel));
		TEST_ASSERT(NUMBER("cookie_submitted") >= NUMBER("cookie_completed"));
		TEST_ASSERT(NUMBER("residue") >= 0 && NUMBER("residue") <= 64);
		ASK("/dmaengine/stats,%d", eng_dev);
		TEST_CALL(counters_agree(&by_device));
		TEST_CALL(driver_agrees());
	}
	return TEST_OK;
}

/* With nothing under way telemetry and the API say the same. */
static int
same_as_the_api(const struct traffic *traffic)
{
	struct dmaengine_compat_chan_stats stats = eng_stats();

	ASK("/dmaengine/channel,%d,0", eng_dev);
	TEST_ASSERT_EQ(stats.submitted, traffic->submitted);
	TEST_ASSERT_EQ(NUMBER("submitted"), stats.submitted);
	TEST_ASSERT_EQ(NUMBER("completed"), stats.submitted);
	TEST_ASSERT_EQ(NUMBER("callbacks"), stats.submitted);
	TEST_ASSERT_EQ(NUMBER("errors"), eng_can(ENG_ERRORS) ?
		       (stats.submitted + BAD_EACH - 1) / BAD_EACH : 0);
	TEST_ASSERT_EQ(NUMBER("bytes"), 64 * (stats.submitted - stats.errors));
	TEST_ASSERT_EQ(NUMBER("in_flight"), 0);
	TEST_ASSERT_EQ(NUMBER("pool_free"), ENG_POOL);
	return TEST_OK;
}

ENG_CASE(an_answer_is_consistent_while_traffic_runs, ENG_ANY)
{
	struct traffic traffic = { 0 };
	int result;

	TEST_CALL(eng_background());
	TEST_ASSERT_EQ(pthread_create(&traffic.thread, NULL, run_traffic, &traffic), 0);
	result = answers_agree();
	atomic_store(&traffic.stops, 1);
	pthread_join(traffic.thread, NULL);
	TEST_CALL(result);
	ENG_WAIT(eng_stats().callbacks == traffic.submitted && eng_stats().pool_free == ENG_POOL);
	return same_as_the_api(&traffic);
}

/* --- devices that come and go --- */

struct asker {
	pthread_t thread;
	_Atomic uint32_t stops, asked;
	int16_t dev_id;
	_Atomic int result;
};

/* Answers may be refusals; they have to come. */
static int
ask_all(struct tel_client *client, int16_t dev_id)
{
	TEST_ASSERT_EQ(tel_ask(client, "/dmaengine/list"), 0);
	TEST_ASSERT_EQ(tel_ask(client, "/dmaengine/info,%d", dev_id), 0);
	TEST_ASSERT_EQ(tel_ask(client, "/dmaengine/stats,%d", dev_id), 0);
	TEST_ASSERT_EQ(tel_ask(client, "/dmaengine/channel,%d,0", dev_id), 0);
	TEST_ASSERT_EQ(tel_ask(client, "/refdma/queue,%d,0", dev_id), 0);
	return TEST_OK;
}

static void *
keep_asking(void *arg)
{
	struct tel_client client;
	struct asker *asker = arg;

	asker->result = tel_open(&client) == 0 ? TEST_OK : TEST_FAILED;
	while (asker->result == TEST_OK && !atomic_load(&asker->stops)) {
		asker->result = ask_all(&client, asker->dev_id);
		atomic_fetch_add(&asker->asked, 1);
	}
	tel_close(&client);
	return NULL;
}

static bool
is_guest(struct dma_chan *chan, void *param)
{
	int16_t dev_id;
	uint16_t vchan;

	return dmaengine_compat_chan_dmadev(chan, &dev_id, &vchan) == 0 &&
	       dev_id == *(int16_t *)param;
}

/* A device of its own comes, works and goes. */
static int
come_and_go(int16_t dev_id)
{
	const struct dmaengine_compat_conf conf = {
		.run = DMAENGINE_COMPAT_RUN_MANUAL,
		.pool = ENG_POOL,
		.channels = 1,
	};
	_Atomic uint32_t calls = 0;
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	TEST_ASSERT_EQ(rte_vdev_init("dma_refdma_guest", "engine=inline"), 0);
	TEST_ASSERT_EQ(rte_dma_get_dev_id_by_name("dma_refdma_guest"), dev_id);
	TEST_ASSERT_EQ(dmaengine_compat_add(dev_id, &conf), 0);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_channel(mask, is_guest, &dev_id);
	TEST_ASSERT(chan != NULL);
	for (unsigned int i = 0; i < 4; i++)
		dmaengine_submit(eng_copy_on(chan, eng_dst, eng_src, 64, &calls));
	dma_async_issue_pending(chan);
	TEST_WAIT((dmaengine_compat_run(dev_id), atomic_load(&calls) == 4), ENG_WAIT_MS);
	dma_release_channel(chan);
	TEST_ASSERT_EQ(dmaengine_compat_remove(dev_id), 0);
	TEST_ASSERT_EQ(rte_vdev_uninit("dma_refdma_guest"), 0);
	return TEST_OK;
}

ENG_CASE(devices_may_come_and_go_meanwhile, ENG_ANY)
{
	struct asker asker = { .dev_id = eng_dev + 1 };
	int result = TEST_OK;

	TEST_ASSERT_EQ(pthread_create(&asker.thread, NULL, keep_asking, &asker), 0);
	for (unsigned int i = 0; result == TEST_OK &&
	     (i < 30 || atomic_load(&asker.asked) < 100) && asker.result == TEST_OK; i++)
		result = come_and_go(asker.dev_id);
	atomic_store(&asker.stops, 1);
	pthread_join(asker.thread, NULL);
	TEST_CALL(result);
	return asker.result;
}

static const struct test_case telemetry[] = {
	ENG_TEST(commands_are_listed),
	ENG_TEST(list_has_the_device_while_it_is_added),
	ENG_TEST(info_says_what_the_device_is_like),
	ENG_TEST(bad_parameters_are_refused),
	ENG_TEST(channel_says_its_state_cookies_and_residue),
	ENG_TEST(residue_goes_on_behind_the_last_cookie),
	ENG_TEST(a_device_that_has_gone_is_seen),
	ENG_TEST(queue_says_what_driver_and_controller_see),
	ENG_TEST(an_answer_is_consistent_while_traffic_runs),
	ENG_TEST(devices_may_come_and_go_meanwhile),
};

static int
setup(const char *env)
{
	TEST_ASSERT_EQ(tel_open(&tel), 0);
	return eng_suite_setup(eng_env_find(env));
}

static void
teardown(void)
{
	if (tel.fd >= 0)
		tel_close(&tel);
	eng_suite_teardown();
}

#define TELEMETRY_SUITE(which, suite_name, env) \
	static int which##_setup(void) \
	{ \
		return setup(env); \
	} \
	static struct test_suite which##_suite = { \
		.name = suite_name, \
		.setup = which##_setup, \
		.teardown = teardown, \
		.cases = telemetry, \
		.nb_cases = RTE_DIM(telemetry), \
	}; \
	RTE_INIT(which##_register) \
	{ \
		which##_suite.eal_args = eng_eal_args(); \
		test_suite_register(&which##_suite); \
	}

TELEMETRY_SUITE(refdma, "engine_telemetry", "engine_refdma_service")
TELEMETRY_SUITE(manual, "engine_telemetry_manual", "engine_refdma_manual")
TELEMETRY_SUITE(generic, "engine_telemetry_generic", "engine_generic_refdma")
TELEMETRY_SUITE(skeleton, "engine_telemetry_skeleton", "engine_generic_skeleton")
