/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/*
 * A PCI function that is reset, unplugged or dies while it is busy. REFDMA_TEST_FAULT is the
 * command that does it; devtools/vm/guest runs each case with one. Whatever it is, everything in
 * flight ends with an error, every call returns, and the device can be removed.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>

#include "test_card.h"
#include "test_driver.h"
#include "test_engine_env.h"

#define NB_DESC		256
#define COPY_BYTES	4096
#define CALLS		32	/* descriptors that the engine's client keeps in flight */

static _Atomic int fault_status;	/* of the command; -1: not over yet */
static _Atomic bool remove_wanted;
static pthread_t fault_thread;

static void *
run_fault(void *arg)
{
	int status = system(arg);

	atomic_store(&fault_status, status != -1 ? status : 1 << 8);
	return NULL;
}

static int
fault_begins(void)
{
	char *command = getenv("REFDMA_TEST_FAULT");

	TEST_ASSERT(command != NULL);
	atomic_store(&fault_status, -1);
	TEST_ASSERT_EQ(pthread_create(&fault_thread, NULL, run_fault, command), 0);
	return TEST_OK;
}

static int
fault_is_over(void)
{
	TEST_WAIT(atomic_load(&fault_status) != -1, 3 * DRV_WAIT_MS);
	pthread_join(fault_thread, NULL);
	TEST_ASSERT_EQ(atomic_load(&fault_status), 0);
	return TEST_OK;
}

/* The kernel asks for the function back: vfio tells EAL, EAL tells us. */
static void
on_event(const char *name, enum rte_dev_event_type event, void *arg)
{
	RTE_SET_USED(arg);
	if (event == RTE_DEV_EVENT_REMOVE && strcmp(name, card_address()) == 0)
		atomic_store(&remove_wanted, true);
}

static int
fault_suite_setup(void)
{
	if (card_address() == NULL || getenv("REFDMA_TEST_FAULT") == NULL) {
		test_note("REFDMA_TEST_PCI and REFDMA_TEST_FAULT name no PCI function and no "
			  "command; devtools/vm-test.sh runs this suite in a virtual machine");
		return TEST_SKIPPED;
	}
	rte_dev_event_callback_register(NULL, on_event, NULL);
	return drv_suite_setup("pci");
}

/* Keep the ring full until something fails. @return what has ended well */
static int
copy_until_it_fails(uint32_t *submitted, uint32_t *good)
{
	enum rte_dma_status_code status[32];
	uint64_t deadline = test_now_ns() + 3 * DRV_WAIT_MS * UINT64_C(1000000);

	for (;;) {
		int ret = drv_copy(0, drv_dst, drv_src, COPY_BYTES, RTE_DMA_OP_FLAG_SUBMIT);
		uint16_t n = rte_dma_completed_status(drv, 0, RTE_DIM(status), NULL, status);

		*submitted += ret >= 0;
		for (uint16_t i = 0; i < n; i++) {
			if (status[i] != RTE_DMA_STATUS_SUCCESSFUL) {
				test_note("status %d after %u", status[i], *good);
				*good += n;	/* counted together with those that failed */
				return TEST_OK;
			}
			++*good;
		}
		if (ret == -EIO)
			return TEST_OK;
		if (atomic_load(&remove_wanted))
			return TEST_OK;
		TEST_ASSERT(test_now_ns() < deadline);
	}
}

/* Whatever is still outstanding is reported, and nothing more is accepted. */
static int
rest_is_reported(void)
{
	enum rte_dma_status_code status[32];
	struct rte_dma_stats stats;

	TEST_WAIT((rte_dma_completed_status(drv, 0, RTE_DIM(status), NULL, status),
		   rte_dma_stats_get(drv, 0, &stats) == 0 && stats.completed == stats.submitted),
		  DRV_WAIT_MS);
	TEST_ASSERT(stats.errors > 0);
	TEST_ASSERT_EQ(drv_copy(0, drv_dst, drv_src, 64, RTE_DMA_OP_FLAG_SUBMIT), -EIO);
	return TEST_OK;
}

static int
begin_traffic(void)
{
	atomic_store(&remove_wanted, false);
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = NB_DESC }));
	TEST_CALL(drv_usable(0));
	return fault_begins();
}

/* Reset: the device is there and can be started again. */
static int
reset_while_busy(void)
{
	uint32_t submitted = 0, good = 0;

	TEST_CALL(begin_traffic());
	TEST_CALL(copy_until_it_fails(&submitted, &good));
	TEST_CALL(rest_is_reported());
	TEST_CALL(fault_is_over());
	TEST_ASSERT_EQ(rte_dma_stop(drv), 0);
	TEST_ASSERT_EQ(rte_dma_start(drv), 0);
	TEST_CALL(drv_usable(0));
	drv_case_teardown();
	TEST_CALL(drv_open(NULL));
	return drv_usable(0);
}

/* Its process has died: nothing answers any more, and nothing waits for it. Nobody looks at the
 * device at that very moment: QEMU may not survive a register access that is under way then.
 */
static int
gone_while_busy(void)
{
	uint32_t submitted = 0, good = 0;

	atomic_store(&remove_wanted, false);
	TEST_CALL(drv_open(&(struct drv_conf){ .nb_desc = NB_DESC }));
	TEST_CALL(drv_usable(0));
	TEST_ASSERT_EQ(rte_pmd_refdma_inject(drv, 0, RTE_PMD_REFDMA_INJECT_STALL, 10, 0), 0);
	for (unsigned int i = 0; i < NB_DESC / 2; i++)
		TEST_ASSERT(drv_copy(0, drv_dst, drv_src, COPY_BYTES,
				     RTE_DMA_OP_FLAG_SUBMIT) >= 0);
	TEST_CALL(fault_begins());
	TEST_CALL(fault_is_over());
	TEST_CALL(copy_until_it_fails(&submitted, &good));
	TEST_CALL(rest_is_reported());
	rte_dma_stop(drv);
	TEST_ASSERT(rte_dma_start(drv) < 0);
	rte_dma_close(drv);
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	return TEST_OK;
}

/* The kernel takes it once we have let it go, which we do with work in flight. */
static int
unplugged_while_busy(void)
{
	uint32_t submitted = 0, good = 0;

	TEST_CALL(begin_traffic());
	TEST_CALL(copy_until_it_fails(&submitted, &good));
	TEST_ASSERT(atomic_load(&remove_wanted));
	TEST_ASSERT_EQ(drv_remove(DRV_NAME), 0);
	TEST_ASSERT(rte_dma_get_dev_id_by_name(card_address()) < 0);
	return fault_is_over();
}

/* --- the same under the engine --- */

static _Atomic uint32_t called, call_failed;

static void
on_result(void *param, const struct dmaengine_result *result)
{
	RTE_SET_USED(param);
	if (result->result != DMA_TRANS_NOERROR)
		atomic_fetch_add(&call_failed, 1);
	atomic_fetch_add(&called, 1);
}

static bool
submit_one(void)
{
	struct dma_async_tx_descriptor *desc = eng_copy(eng_dst, eng_src, COPY_BYTES, NULL);

	if (desc == NULL)
		return false;
	desc->callback_result = on_result;
	if (dma_submit_error(dmaengine_submit(desc)))
		return false;
	dma_async_issue_pending(eng_chan);
	return true;
}

/* Some are in flight until one fails; then each that was submitted has had its callback. */
static int
engine_until_it_fails(void)
{
	uint64_t deadline = test_now_ns() + 3 * DRV_WAIT_MS * UINT64_C(1000000);
	uint32_t submitted = 0;

	atomic_store(&called, 0);
	atomic_store(&call_failed, 0);
	TEST_CALL(eng_usable());
	TEST_CALL(fault_begins());
	while (atomic_load(&call_failed) == 0) {
		if (submitted - atomic_load(&called) < CALLS)
			submitted += submit_one();
		eng_poll();
		TEST_ASSERT(test_now_ns() < deadline);
	}
	ENG_WAIT(atomic_load(&called) == submitted);
	test_note("%u callbacks, %u of them with an error", submitted, atomic_load(&call_failed));
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	TEST_CALL(fault_is_over());
	/* Bounded, whatever they say. */
	dmaengine_terminate_sync(eng_chan);
	return TEST_OK;
}

ENG_CASE(callbacks_come_with_errors, ENG_ANY, .dies = true)
{
	return engine_until_it_fails();
}

/* As gone_while_busy(): the tasklet does not run at that moment. */
ENG_CASE(callbacks_come_with_errors_from_a_dead_card, ENG_ANY, .dies = true)
{
	atomic_store(&called, 0);
	atomic_store(&call_failed, 0);
	TEST_CALL(eng_usable());
	TEST_CALL(eng_stall(10));
	for (unsigned int i = 0; i < CALLS; i++)
		TEST_ASSERT(submit_one());
	ENG_WAIT(atomic_load(&called) == 9);
	TEST_CALL(eng_hold());
	TEST_CALL(fault_begins());
	TEST_CALL(fault_is_over());
	TEST_CALL(eng_go());
	ENG_WAIT(atomic_load(&called) == CALLS);
	TEST_ASSERT_EQ(atomic_load(&call_failed), CALLS - 9);
	ENG_WAIT(eng_stats().pool_free == ENG_POOL);
	TEST_ASSERT(eng_copy(eng_dst, eng_src, 64, NULL) == NULL || !submit_one());
	/* Bounded, whatever they say. */
	dmaengine_terminate_sync(eng_chan);
	return TEST_OK;
}

/* The client lets go when the kernel asks: terminate, release and remove have work in flight. */
static int
busy_until_the_kernel_asks_body(void)
{
	uint64_t deadline = test_now_ns() + 3 * DRV_WAIT_MS * UINT64_C(1000000);
	uint32_t submitted = 0;

	atomic_store(&called, 0);
	atomic_store(&call_failed, 0);
	atomic_store(&remove_wanted, false);
	TEST_CALL(fault_begins());
	while (!atomic_load(&remove_wanted)) {
		if (submitted - atomic_load(&called) < CALLS)
			submitted += submit_one();
		eng_poll();
		TEST_ASSERT(test_now_ns() < deadline);
	}
	TEST_ASSERT(submitted > 0);
	TEST_ASSERT_EQ(atomic_load(&call_failed), 0);
	return TEST_OK;
}

static int
unplugged_under_the_engine(void)
{
	static const struct eng_opts opts = { .keeps = true };

	TEST_CALL(eng_case(busy_until_the_kernel_asks_body, &opts));
	return fault_is_over();
}

static int
engine_suite_setup(void)
{
	if (getenv("REFDMA_TEST_FAULT") == NULL) {
		test_note("REFDMA_TEST_FAULT is no command; devtools/vm-test.sh runs this suite");
		return TEST_SKIPPED;
	}
	rte_dev_event_callback_register(NULL, on_event, NULL);
	return eng_suite_setup(eng_env_find("engine_refdma_pci"));
}

static const struct test_case driver_cases[] = {
	{ "reset_while_busy", reset_while_busy },
	{ "gone_while_busy", gone_while_busy },
	{ "unplugged_while_busy", unplugged_while_busy },
};

static struct test_suite driver_suite = {
	.name = "pci_fault_driver",
	.setup = fault_suite_setup,
	.teardown = drv_suite_teardown,
	.case_setup = drv_case_setup,
	.case_teardown = drv_case_teardown,
	.cases = driver_cases,
	.nb_cases = RTE_DIM(driver_cases),
};

static const struct test_case engine_cases[] = {
	{ "callbacks_come_with_errors", callbacks_come_with_errors },
	{ "callbacks_come_with_errors_from_a_dead_card",
	  callbacks_come_with_errors_from_a_dead_card },
	{ "unplugged_under_the_engine", unplugged_under_the_engine },
};

static struct test_suite engine_suite = {
	.name = "pci_fault_engine",
	.setup = engine_suite_setup,
	.teardown = eng_suite_teardown,
	.cases = engine_cases,
	.nb_cases = RTE_DIM(engine_cases),
};

RTE_INIT(pci_fault_register)
{
	driver_suite.eal_args = drv_eal_args("pci");
	engine_suite.eal_args = card_eal_args(eng_lcores());
	test_suite_register(&driver_suite);
	test_suite_register(&engine_suite);
}
