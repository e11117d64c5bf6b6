/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

#ifndef TEST_ENGINE_ENV_H
#define TEST_ENGINE_ENV_H

/**
 * @file
 * The contract suite's ground: one device of one combination (device, its engine, backend, who runs
 * the tasklet), opened anew for each case and checked for lost descriptors after it.
 *
 * A behaviour is written once, for all combinations, with ENG_CASE(). Its name begins with the
 * number of the behaviour in the client contract, and it says what the combination must be able to
 * do. Where it cannot, the body asserts that the call is refused as the contract says; nothing is
 * skipped. devtools/check-contract.py reads ENG_CASE() and ENG_ENVIRONMENT() and makes the table.
 */

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>

#include <rte_bitops.h>
#include <rte_common.h>

#include "dmaengine_compat.h"
#include "test.h"

/** Longest wait for what should come; generous, for sanitizers and busy machines. */
#define ENG_WAIT_MS	30000
/** Bytes of each of the buffers. */
#define ENG_BYTES	0x40000
/** Bytes of the far side of a slave. */
#define ENG_FAR_BYTES	0x8000
/** What eng_dst holds before something is written to it. */
#define ENG_UNTOUCHED	0xee
/** Descriptors of a channel, unless the case says otherwise. */
#define ENG_POOL	64

/** What a combination can do; a case that needs nothing special has ENG_ANY. */
#define ENG_ANY		0u
#define ENG_FILL	RTE_BIT32(0)	/**< Memory can be set. */
#define ENG_ERRORS	RTE_BIT32(1)	/**< The device reports errors, and can be told to. */
#define ENG_PORTS	RTE_BIT32(2)	/**< The controller's ports and their settings. */
#define ENG_METADATA	RTE_BIT32(3)	/**< Metadata in both modes. */
#define ENG_REPEAT	RTE_BIT32(4)	/**< Repeated interleaved transfers, and LOAD_EOT. */
#define ENG_SERVICE	RTE_BIT32(5)	/**< The tasklet is a service. */

/** A combination. */
struct eng_env {
	const char *name;	/**< Of the suite. */
	const char *vdev;	/**< NULL: the PCI function of test_card.h. */
	const char *args;	/**< Of the device, or NULL. */
	enum dmaengine_compat_backend backend;
	enum dmaengine_compat_run run;
	uint32_t can;		/**< ENG_ bits. */
};

/** What a case wants otherwise than usual. */
struct eng_opts {
	struct dmaengine_compat_conf conf;
	const char *args;	/**< Further device arguments. */
	bool keeps;		/**< Some descriptors never come back: no leak check. */
	bool dies;		/**< The device is broken afterwards. */
};

/** The combination that the suite runs with. */
extern const struct eng_env *eng;
/** The device and its first channel. */
extern int16_t eng_dev;
extern struct dma_chan *eng_chan;
/** Buffers of ENG_BYTES: eng_src has a pattern, eng_dst is untouched. */
extern uint8_t *eng_src, *eng_dst;
/** A client's device that the slave map knows, with channels "tx" and "rx". */
#define ENG_CLIENT	"tester"

static inline bool
eng_can(uint32_t what)
{
	return (eng->can & what) == what;
}

/** The address for the device. IOVA is VA in all suites. */
static inline dma_addr_t
eng_addr(const void *p)
{
	return (dma_addr_t)(uintptr_t)p;
}

/** Run the tasklet where that is the application's work, else give way. */
void eng_poll(void);
/** Evaluate @p cond, polling, until it holds; fail the case after a long time. */
#define ENG_WAIT(cond) TEST_WAIT((eng_poll(), (cond)), ENG_WAIT_MS)
/** The tasklet runs beside the case, whoever's work it usually is. */
int eng_background(void);
/** Not any more; at the end of each case. */
void eng_background_end(void);
/** Stop the tasklet, and let it go on. */
int eng_hold(void);
int eng_go(void);
/** The tasklet has made some whole runs, and the device has done what it could. */
int eng_settle(void);
/** ENG_ERRORS, eng_chan is not paused: the device has done what it could. */
void eng_settle_device(void);
/** ENG_ERRORS: the device stands still before the @p nth operation from now; and goes on. */
int eng_stall(uint32_t nth);
int eng_unstall(void);

/** The second channel of the device, requested at the first call; NULL where there is none. */
struct dma_chan *eng_second(void);
/** Release eng_chan within the case. */
void eng_release(void);
/** Request "tx" again. */
int eng_request(void);
/** Release eng_chan and take the device out of the library; the case adds it and requests again. */
int eng_take_away(void);

/** A callback that counts itself: @p param is an _Atomic uint32_t. */
void eng_count(void *param);
/** Prepare a copy on @p chan with a counting callback, or none where @p calls is NULL. */
struct dma_async_tx_descriptor *eng_copy_on(struct dma_chan *chan, void *dst, const void *src,
					    size_t length, _Atomic uint32_t *calls);
/** The same on eng_chan. */
struct dma_async_tx_descriptor *eng_copy(void *dst, const void *src, size_t length,
					 _Atomic uint32_t *calls);
/** Prepare and submit a copy on eng_chan. @return the cookie, or an error */
dma_cookie_t eng_submit_copy(void *dst, const void *src, size_t length, _Atomic uint32_t *calls);
/** Submit @p count small copies with a counting callback, without issue. */
int eng_submit_some(uint32_t count, _Atomic uint32_t *calls);
/** Copy a little through a channel and check that it arrives with a callback. */
int eng_usable_on(struct dma_chan *chan);
int eng_usable(void);
enum dma_status eng_status(dma_cookie_t cookie);
/** What is left of a cookie of eng_chan. */
uint32_t eng_residue(dma_cookie_t cookie);
/** Counters of eng_chan. */
struct dmaengine_compat_chan_stats eng_stats(void);
/** Wait until eng_chan has completed @p cookie, and its callback has returned. */
int eng_wait_complete(dma_cookie_t cookie);

/** A callback that says that it was entered, and waits until the gate opens. */
struct eng_gate {
	_Atomic uint32_t entered, left;
};
void eng_gate_close(void);
void eng_gate_open(void);
void eng_gate_wait(void *param);

/** Settings of eng_chan's slave for both directions: words of 4 bytes, bursts of 8 words. */
struct dma_slave_config eng_far(void);
/** Configure eng_chan so. */
int eng_far_config(void);
/** The far side delivers these bytes next / hands out what it got. */
int eng_far_put(const void *data, size_t length);
int eng_far_get(void *data, size_t length);

/** Bytes that tell where they are. */
void eng_pattern(uint8_t *buf, size_t length, uint32_t seed);
/** Is all of @p buf @p value? */
bool eng_all(const uint8_t *buf, size_t length, uint8_t value);
bool eng_untouched(const uint8_t *buf, size_t length);

/** Collect what DPDK logs until eng_log_end(). */
int eng_log_begin(void);
/** @return what was logged; valid until the next eng_log_begin() */
const char *eng_log_end(void);

/** A controller without any capability, for what is refused: no library is behind it. */
struct eng_bare {
	struct dma_device device;
	struct dma_chan chan;
	struct dma_chan_dev chan_dev;
	struct dma_async_tx_descriptor desc;
};
void eng_bare_init(struct eng_bare *bare);

/** Run a case's body between opening and closing the device. */
int eng_case(int (*body)(void), const struct eng_opts *opts);

/** A case: its name, what it needs, and further members of struct eng_opts. */
#define ENG_CASE(name, needs, ...) \
	static int name##_body(void); \
	static int name(void) \
	{ \
		static const struct eng_opts opts = { __VA_ARGS__ }; \
		(void)(needs); \
		return eng_case(name##_body, &opts); \
	} \
	static int name##_body(void)

/** A line of a topic's list. */
#define ENG_TEST(name) { #name, name }

/** The cases of a file. */
struct eng_topic {
	const struct test_case *cases;
	unsigned int nb_cases;
	const char *only;	/* the one suite for cases that take seconds, or NULL: all */
	struct eng_topic *next;
};

/** Collect topics before the suites are made of them. */
void eng_topic_add(struct eng_topic *topic);

#define ENG_TOPIC(list) ENG_TOPIC_ONLY(list, NULL)
#define ENG_TOPIC_ONLY(list, suite) \
	static struct eng_topic list##_topic = { list, RTE_DIM(list), suite, NULL }; \
	RTE_INIT_PRIO(list##_add, CLASS) \
	{ \
		eng_topic_add(&list##_topic); \
	}

/** Used by suites beside the contract: EAL's arguments, set-up, teardown. */
const char *eng_lcores(void);
const char *eng_eal_args(void);
int eng_suite_setup(const struct eng_env *env);
void eng_suite_teardown(void);
/** A combination by its name, or NULL. */
const struct eng_env *eng_env_find(const char *name);

#endif /* TEST_ENGINE_ENV_H */
