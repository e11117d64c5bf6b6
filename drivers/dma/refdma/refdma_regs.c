/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* Registers: queue commands with their bounded waits, and whether the device is still there.
 * Specification, sections 3 and 7. Control path of the primary process.
 */

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_io.h>
#include <rte_pause.h>

#include "refdma_driver.h"
#include "refdma_trace.h"

#define ALL_ONES UINT32_MAX

uint32_t
refdma_ch_reg(const struct refdma_dev *dev, uint32_t reg)
{
	return REFDMA_CHANNEL_BASE + dev->channel * REFDMA_CHANNEL_STRIDE + reg;
}

uint32_t
refdma_q_reg(const struct refdma_queue *q, uint32_t reg)
{
	return refdma_ch_reg(q->dev, REFDMA_QUEUE_BASE + q->index * REFDMA_QUEUE_STRIDE + reg);
}

/* Section 12: from now on the function accesses no host memory, and remembers nothing. */
void
refdma_func_reset(struct refdma_func *func)
{
	func->bus->write32(func, REFDMA_REG_FUNC_CTRL, REFDMA_FUNC_CTRL_RESET);
	/* Reading back waits until the write has arrived; what it reads is looked at elsewhere. */
	func->bus->read32(func, REFDMA_REG_MAGIC);
}

bool
refdma_alive(struct refdma_dev *dev)
{
	if (!dev->gone && dev->func->bus->read32(dev->func, REFDMA_REG_MAGIC) != REFDMA_MAGIC) {
		dev->gone = true;
		REFDMA_LOG(ERR, "%s: the device has gone (registers read all-ones); close it",
			   dev->name);
	}
	return !dev->gone;
}

/* A register of the device, where this process can read it: a secondary can on PCI. */
static bool
read_anywhere(struct refdma_dev *dev, uint32_t offset, uint32_t *value)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		*value = dev->func->bus->read32(dev->func, offset);
	else if (dev->regs != NULL)
		*value = rte_read32(RTE_PTR_ADD(dev->regs, offset));
	else
		return false;
	return true;
}

static bool
alive_anywhere(struct refdma_dev *dev)
{
	uint32_t magic;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return refdma_alive(dev);
	if (!dev->gone && read_anywhere(dev, REFDMA_REG_MAGIC, &magic))
		dev->gone = magic != REFDMA_MAGIC;
	return !dev->gone;
}

/* Why a started queue will not go on, or NULL where it may: the device has gone, or somebody else,
 * such as the kernel, has reset it. Any process; data path, now and then.
 */
const char *
refdma_q_lost(struct refdma_queue *q)
{
	uint32_t status;

	if (!alive_anywhere(q->dev))
		return "the device has gone";
	if (read_anywhere(q->dev, refdma_q_reg(q, REFDMA_Q_STATUS), &status) &&
	    (status & REFDMA_Q_STATUS_STATE_MASK) == REFDMA_STATE_DISABLED)
		return "the device was reset";
	return NULL;
}

/* While a function is being reset its registers read all-ones, and it is back afterwards. Where
 * the control path begins something, it looks again.
 */
void
refdma_look_again(struct refdma_dev *dev)
{
	dev->gone = dev->gone &&
		    dev->func->bus->read32(dev->func, REFDMA_REG_MAGIC) != REFDMA_MAGIC;
}

/* The device was in another process, which has gone: nothing will complete any more. No system
 * call, since somebody else watches. Any process; data path.
 */
bool
refdma_fail_lost(struct refdma_queue *q)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY ||
	    !atomic_load_explicit(&q->dev->func->lost, memory_order_relaxed))
		return false;
	refdma_queue_fail(q, RTE_DMA_STATUS_DEV_LINK_ERROR, "the device's process has gone");
	return true;
}

/* Make a sleeping device look at its doorbells (section 8.3). Any process; data path. */
void
refdma_wake(struct refdma_queue *q)
{
	struct refdma_dev *dev = q->dev;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY) {
		if (dev->func->bus->wake != NULL)
			dev->func->bus->wake(dev->func, dev->channel);
		else
			dev->func->bus->write32(dev->func, REFDMA_CHANNEL_BASE + dev->channel *
						REFDMA_CHANNEL_STRIDE + REFDMA_CH_WAKE, 1);
	} else if (dev->regs != NULL) {
		rte_write32(1, RTE_PTR_ADD(dev->regs, refdma_ch_reg(dev, REFDMA_CH_WAKE)));
	} else if (dev->kick != NULL) {
		/* The register is the primary's; the engine's futex word is shared. */
		atomic_fetch_add(dev->kick, 1);
		syscall(SYS_futex, dev->kick, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

static const char *
command_name(uint32_t command)
{
	switch (command) {
	case REFDMA_Q_CTRL_ENABLE: return "ENABLE";
	case REFDMA_Q_CTRL_PAUSE: return "PAUSE";
	case REFDMA_Q_CTRL_RESUME: return "RESUME";
	case REFDMA_Q_CTRL_ABORT: return "ABORT";
	default: return "RESET";
	}
}

static int
command_and_wait(struct refdma_queue *q, uint32_t command, uint32_t *seen)
{
	struct refdma_dev *dev = q->dev;
	const struct refdma_bus_ops *bus = dev->func->bus;
	uint64_t deadline = rte_get_timer_cycles() +
			    dev->caps.cmd_timeout_ms * (rte_get_timer_hz() / 1000);
	uint32_t status;

	if (!refdma_alive(dev))
		return -EIO;
	bus->write32(dev->func, refdma_q_reg(q, REFDMA_Q_CTRL), command);
	for (;;) {
		status = bus->read32(dev->func, refdma_q_reg(q, REFDMA_Q_STATUS));
		*seen = status;
		if (status == ALL_ONES && !refdma_alive(dev))
			return -EIO;
		if (!(status & REFDMA_Q_STATUS_BUSY))
			return 0;
		if (rte_get_timer_cycles() > deadline)
			break;
		if (dev->func->engine != NULL)
			refdma_engine_assist(dev->func);
		rte_pause();
	}
	REFDMA_LOG(ERR, "%s vchan %u: %s not done after %u ms, status 0x%x; %s", dev->name,
		   q->index, command_name(command), dev->caps.cmd_timeout_ms, status,
		   dev->func->engine != NULL ? "is the engine's thread or service running?" :
					       "stop the device and start it again");
	return -ETIMEDOUT;
}

/* Write a command and wait until it has taken effect (section 7). */
int
refdma_q_command(struct refdma_queue *q, uint32_t command)
{
	uint32_t status = ALL_ONES;
	int ret = command_and_wait(q, command, &status);

	refdma_trace_command(q->dev->dev_id, q->index, command_name(command), status, ret);
	return ret;
}

static uint32_t
queue_config(const struct refdma_queue *q)
{
	uint32_t config = 0;
	uint32_t level = RTE_MIN(q->index, REFDMA_Q_CONFIG_PRIORITY_MASK);

	if (q->dev->halt_on_error & RTE_BIT32(q->index))
		config |= REFDMA_Q_CONFIG_HALT_ON_ERROR;
	if (q->dev->func->strict)
		config |= level << REFDMA_Q_CONFIG_PRIORITY_SHIFT;
	return config;
}

/* Tell the device where the queue's memory is, and enable it. */
int
refdma_q_program(struct refdma_queue *q)
{
	struct refdma_func *func = q->dev->func;
	const struct refdma_bus_ops *bus = func->bus;
	uint32_t status, code;
	int ret;

	ret = refdma_q_command(q, REFDMA_Q_CTRL_RESET);
	if (ret != 0)
		return ret;
	bus->write64(func, refdma_q_reg(q, REFDMA_Q_RING_BASE), q->ring_iova);
	bus->write64(func, refdma_q_reg(q, REFDMA_Q_CPL_BASE), q->cpl_iova);
	bus->write64(func, refdma_q_reg(q, REFDMA_Q_STS_BASE), q->sts_iova);
	bus->write32(func, refdma_q_reg(q, REFDMA_Q_RING_LOG2), rte_log2_u32(q->mask + 1));
	bus->write32(func, refdma_q_reg(q, REFDMA_Q_CONFIG), queue_config(q));
	if (q->event_fd >= 0)
		bus->write32(func, refdma_q_reg(q, REFDMA_Q_IRQ_CONFIG),
			     REFDMA_Q_IRQ_ENABLE | q->vector);
	/* From here on the device may use the memory: only a RESET ends that. */
	q->state = REFDMA_QUEUE_FAILED;
	ret = refdma_q_command(q, REFDMA_Q_CTRL_ENABLE);
	if (ret != 0)
		return ret;
	status = bus->read32(func, refdma_q_reg(q, REFDMA_Q_STATUS));
	if ((status & REFDMA_Q_STATUS_STATE_MASK) == REFDMA_STATE_RUNNING)
		return 0;
	code = status >> REFDMA_Q_STATUS_REASON_SHIFT & REFDMA_Q_STATUS_REASON_MASK;
	REFDMA_LOG(ERR, "%s vchan %u: the device refused to enable it: status 0x%x (%s); section "
		   "6 of the specification says what the code means", q->dev->name, q->index,
		   status, refdma_code_name(code));
	return -EIO;
}
