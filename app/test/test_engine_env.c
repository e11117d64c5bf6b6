/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The combinations of the contract suite, and how a case's device is opened and closed. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_dmadev.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_pmd_refdma.h>

#include "dpdk_compat.h"
#include "test_card.h"
#include "test_engine_env.h"
#include "test_socket.h"

#define MAX_CASES	192

/* The device's own thread shares the main lcore, which gives way while it polls; the tasklet has
 * the other one.
 */
#define THREAD		"engine=thread,lcore=0"
/* Of a refdma-device that is started for each case. */
#define ANOTHER_PROCESS	"socket"
#define ALL_OF_REFDMA	(ENG_FILL | ENG_ERRORS | ENG_PORTS | ENG_METADATA | ENG_REPEAT)

#define ENG_ENVIRONMENT(suite, vdev, args, backend, run, can) \
	{ #suite, vdev, args, DMAENGINE_COMPAT_BACKEND_ ## backend, DMAENGINE_COMPAT_RUN_ ## run, \
	  can }

static const struct eng_env environments[] = {
	ENG_ENVIRONMENT(engine_refdma_thread, "dma_refdma0", THREAD,
			REFDMA, SERVICE, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_refdma_service, "dma_refdma0", "engine=service",
			REFDMA, SERVICE, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_refdma_inline, "dma_refdma0", "engine=inline",
			AUTO, SERVICE, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_refdma_manual, "dma_refdma0", "engine=inline",
			AUTO, MANUAL, ALL_OF_REFDMA),
	ENG_ENVIRONMENT(engine_refdma_sleep, "dma_refdma0", THREAD,
			REFDMA, SLEEP, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_generic_refdma, "dma_refdma0", THREAD,
			GENERIC, SERVICE, ENG_FILL | ENG_ERRORS | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_generic_skeleton, "dma_skeleton", NULL,
			AUTO, SERVICE, ENG_SERVICE | (TEST_SKELETON_FILLS ? ENG_FILL : 0)),
	ENG_ENVIRONMENT(engine_refdma_socket, "dma_refdma0", ANOTHER_PROCESS,
			AUTO, SERVICE, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_refdma_pci, NULL, NULL,
			REFDMA, SERVICE, ALL_OF_REFDMA | ENG_SERVICE),
	ENG_ENVIRONMENT(engine_refdma_pci_sleep, NULL, NULL,
			REFDMA, SLEEP, ALL_OF_REFDMA | ENG_SERVICE),
};

const struct eng_env *eng;
int16_t eng_dev = -1;
struct dma_chan *eng_chan;
uint8_t *eng_src, *eng_dst;

static struct eng_topic *topics, **topics_end = &topics;
static struct socket_server server;
static struct dma_chan *second;
static uint8_t *far_memory;	/* the slave of generic channels */
static uint32_t pool_size;
static FILE *log_stream;
static char *log_text;
static size_t log_bytes;

void
eng_topic_add(struct eng_topic *topic)
{
	*topics_end = topic;
	topics_end = &topic->next;
}

const struct eng_env *
eng_env_find(const char *name)
{
	for (unsigned int i = 0; i < RTE_DIM(environments); i++)
		if (strcmp(environments[i].name, name) == 0)
			return &environments[i];
	return NULL;
}

/* --- logs --- */

int
eng_log_begin(void)
{
	eng_log_end();
	free(log_text);
	log_text = NULL;
	log_stream = open_memstream(&log_text, &log_bytes);
	TEST_ASSERT(log_stream != NULL);
	rte_openlog_stream(log_stream);
	return TEST_OK;
}

const char *
eng_log_end(void)
{
	if (log_stream != NULL) {
		rte_openlog_stream(NULL);
		fclose(log_stream);
		log_stream = NULL;
	}
	return log_text != NULL ? log_text : "";
}

/* --- the device of a case --- */

int
eng_take_away(void)
{
	eng_release();
	TEST_ASSERT_EQ(dmaengine_compat_remove(eng_dev), 0);
	return TEST_OK;
}

int
eng_request(void)
{
	struct dma_chan *chan = dma_request_chan(dmaengine_compat_device(ENG_CLIENT), "tx");

	TEST_ASSERT_EQ(PTR_ERR_OR_ZERO(chan), 0);
	eng_chan = chan;
	return TEST_OK;
}

void
eng_release(void)
{
	if (eng_chan != NULL)
		dma_release_channel(eng_chan);
	eng_chan = NULL;
}

struct dma_chan *
eng_second(void)
{
	struct dma_chan *chan;

	if (second == NULL) {
		chan = dma_request_chan(dmaengine_compat_device(ENG_CLIENT), "rx");
		second = IS_ERR(chan) ? NULL : chan;
	}
	return second;
}

static const char *
device_name(void)
{
	return eng->vdev != NULL ? eng->vdev : card_address();
}

static int
probe(const struct eng_opts *opts)
{
	char args[256];

	if (eng->vdev == NULL) {
		if (!card_has(opts->args)) {
			test_note("on PCI the device cannot be made with %s", opts->args);
			return TEST_SKIPPED;
		}
		TEST_ASSERT(card_add() >= 0);
		return TEST_OK;
	}
	if (eng->args != NULL && strcmp(eng->args, ANOTHER_PROCESS) == 0)
		TEST_CALL(socket_server_start(&server, opts->args, args, sizeof(args)));
	else
		snprintf(args, sizeof(args), "%s%s%s", eng->args != NULL ? eng->args : "",
			 eng->args != NULL && opts->args != NULL ? "," : "",
			 eng->args != NULL && opts->args != NULL ? opts->args : "");
	TEST_ASSERT_EQ(rte_vdev_init(eng->vdev, args), 0);
	return TEST_OK;
}

static int
open_device(const struct eng_opts *opts)
{
	struct dmaengine_compat_chan_spec spec[2] = { { device_name(), 0 }, { device_name(), 1 } };
	const struct dma_slave_map map[2] = {
		{ ENG_CLIENT, "tx", &spec[0] },
		{ ENG_CLIENT, "rx", &spec[1] },
	};
	struct dmaengine_compat_conf conf = opts->conf;

	TEST_CALL(probe(opts));
	eng_dev = rte_dma_get_dev_id_by_name(device_name());
	TEST_ASSERT(eng_dev >= 0);
	conf.backend = eng->backend;
	conf.run = eng->run;
	if (conf.pool == 0)
		conf.pool = ENG_POOL;
	if (conf.ring == 0)
		conf.ring = 256;
	pool_size = conf.pool;
	TEST_ASSERT_EQ(dmaengine_compat_add(eng_dev, &conf), 0);
	TEST_ASSERT_EQ(dmaengine_compat_map_add(map, RTE_DIM(map)), 0);
	return eng_request();
}

/* Every descriptor comes back to the pool. */
static int
all_back(struct dma_chan *chan)
{
	struct dmaengine_compat_chan_stats stats;

	if (chan == NULL)
		return TEST_OK;
	TEST_ASSERT_EQ(dmaengine_terminate_sync(chan), 0);
	ENG_WAIT((dmaengine_compat_chan_stats(chan, &stats), stats.pool_free == pool_size));
	TEST_ASSERT_EQ(stats.submitted, stats.completed + stats.terminated);
	return TEST_OK;
}

static int
close_device(void)
{
	if (second != NULL)
		dma_release_channel(second);
	second = NULL;
	eng_release();
	TEST_ASSERT_EQ(dmaengine_compat_close(), 0);
	if (eng->vdev == NULL)
		TEST_ASSERT_EQ(card_remove(), 0);
	else
		TEST_ASSERT_EQ(rte_vdev_uninit(eng->vdev), 0);
	if (server.path[0] != '\0')
		socket_server_end(&server);
	server.path[0] = '\0';
	return TEST_OK;
}

/* Whatever the case has left in force. */
static void
let_go(void)
{
	eng_log_end();
	eng_gate_open();
	eng_go();
	if (eng_can(ENG_ERRORS))
		for (uint16_t vchan = 0; vchan < 2; vchan++)
			rte_pmd_refdma_inject(eng_dev, vchan, RTE_PMD_REFDMA_INJECT_NONE, 0, 0);
}

int
eng_case(int (*body)(void), const struct eng_opts *opts)
{
	int result, end = TEST_OK;
	bool opened;

	eng_pattern(eng_src, ENG_BYTES, 1);
	memset(eng_dst, ENG_UNTOUCHED, ENG_BYTES);
	memset(far_memory, 0, ENG_FAR_BYTES);
	result = open_device(opts);
	/* Skipped here there is none; a case that skips itself has one. */
	opened = result != TEST_SKIPPED;
	if (result == TEST_OK) {
		result = body();
		let_go();
	}
	if (result == TEST_OK && !opts->keeps && !opts->dies) {
		end = all_back(eng_chan);
		if (end == TEST_OK)
			end = all_back(second);
	}
	eng_background_end();
	if (opened && close_device() != TEST_OK)
		end = TEST_FAILED;
	eng_dev = -1;
	return result != TEST_OK ? result : end;
}

/* --- the far side of slave transfers: the loopback port, or memory used as registers --- */

struct dma_slave_config
eng_far(void)
{
	struct dma_slave_config config = {
		.src_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
		.src_maxburst = 8,
		.dst_maxburst = 8,
		.src_port_window_size = ENG_FAR_BYTES / 4,
		.dst_port_window_size = ENG_FAR_BYTES / 4,
		.src_addr = eng_addr(far_memory),
		.dst_addr = eng_addr(far_memory),
	};
	struct rte_pmd_refdma_port port;

	if (eng_can(ENG_PORTS) && rte_pmd_refdma_port_get(eng_dev, 0, &port) == 0)
		config.src_addr = config.dst_addr = port.addr;
	return config;
}

int
eng_far_config(void)
{
	struct dma_slave_config config = eng_far();

	TEST_ASSERT_EQ(dmaengine_slave_config(eng_chan, &config), 0);
	return TEST_OK;
}

/* One transfer of the second channel, by which the case sees the port's other end. */
static int
move_second(void *data, size_t length, enum dma_transfer_direction dir)
{
	struct dma_slave_config config = eng_far();
	struct dma_async_tx_descriptor *desc;
	struct dma_chan *chan = eng_second();
	dma_cookie_t cookie;

	TEST_ASSERT(chan != NULL);
	config.src_maxburst = config.dst_maxburst = 1;
	TEST_ASSERT_EQ(dmaengine_slave_config(chan, &config), 0);
	desc = dmaengine_prep_slave_single(chan, eng_addr(data), length, dir, 0);
	TEST_ASSERT(desc != NULL);
	cookie = dmaengine_submit(desc);
	TEST_ASSERT(cookie > 0);
	dma_async_issue_pending(chan);
	ENG_WAIT(dmaengine_tx_status(chan, cookie, NULL) != DMA_IN_PROGRESS);
	TEST_ASSERT_EQ(dmaengine_tx_status(chan, cookie, NULL), DMA_COMPLETE);
	return TEST_OK;
}

int
eng_far_put(const void *data, size_t length)
{
	if (eng_can(ENG_PORTS))
		return move_second((void *)(uintptr_t)data, length, DMA_MEM_TO_DEV);
	memcpy(far_memory, data, length);
	return TEST_OK;
}

int
eng_far_get(void *data, size_t length)
{
	if (eng_can(ENG_PORTS))
		return move_second(data, length, DMA_DEV_TO_MEM);
	memcpy(data, far_memory, length);
	return TEST_OK;
}

/* --- suites --- */

/* On the first two CPUs that this process may use, or on one of them twice. */
const char *
eng_lcores(void)
{
	static char args[64];
	int cpu[2] = { 0, 0 };
	unsigned int n = 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	snprintf(args, sizeof(args), "--lcores 0@%d,1@%d -S 1", cpu[0], n == 2 ? cpu[1] : cpu[0]);
	return args;
}

const char *
eng_eal_args(void)
{
	static char args[128];

	snprintf(args, sizeof(args), "--no-huge -m 256 --iova-mode=va %s", eng_lcores());
	return args;
}

int
eng_suite_setup(const struct eng_env *env)
{
	eng = env;
	if (eng->vdev == NULL)
		TEST_CALL(card_setup());
	eng_src = rte_malloc("test_src", ENG_BYTES, 4096);
	eng_dst = rte_malloc("test_dst", ENG_BYTES, 4096);
	far_memory = rte_malloc("test_far", ENG_FAR_BYTES, 4096);
	TEST_ASSERT(eng_src != NULL && eng_dst != NULL && far_memory != NULL);
	return TEST_OK;
}

void
eng_suite_teardown(void)
{
	rte_free(eng_src);
	rte_free(eng_dst);
	rte_free(far_memory);
	free(log_text);
	log_text = NULL;
}

#define SUITE(n) \
	static int \
	setup_##n(void) \
	{ \
		return eng_suite_setup(&environments[n]); \
	}

SUITE(0)
SUITE(1)
SUITE(2)
SUITE(3)
SUITE(4)
SUITE(5)
SUITE(6)
SUITE(7)
SUITE(8)
SUITE(9)

RTE_INIT(eng_suites)
{
	static int (*const setups[])(void) = { setup_0, setup_1, setup_2, setup_3, setup_4,
					       setup_5, setup_6, setup_7, setup_8, setup_9 };
	static struct test_suite suites[RTE_DIM(environments)];
	static struct test_case cases[RTE_DIM(environments)][MAX_CASES];

	RTE_BUILD_BUG_ON(RTE_DIM(setups) != RTE_DIM(environments));
	for (unsigned int i = 0; i < RTE_DIM(environments); i++) {
		unsigned int n = 0;

		for (const struct eng_topic *t = topics; t != NULL; t = t->next)
			for (unsigned int c = 0; c < t->nb_cases && n < MAX_CASES; c++)
				if (t->only == NULL ||
				    strcmp(t->only, environments[i].name) == 0)
					cases[i][n++] = t->cases[c];
		suites[i] = (struct test_suite){
			.name = environments[i].name,
			.eal_args = environments[i].vdev != NULL ? eng_eal_args() :
								   card_eal_args(eng_lcores()),
			.setup = setups[i],
			.teardown = eng_suite_teardown,
			.cases = cases[i],
			.nb_cases = n,
		};
		test_suite_register(&suites[i]);
	}
}
