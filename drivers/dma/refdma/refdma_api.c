/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The control part of rte_pmd_refdma.h: information, ports, pause, abort, residue, injection,
 * interrupts. Specification, sections 3.4, 7, 10 and 11.
 */

#include <errno.h>
#include <string.h>

#include <rte_eal.h>

#include "refdma_driver.h"

bool
rte_pmd_refdma_is_refdma(int16_t dev_id)
{
	return refdma_dev_get(dev_id) != NULL;
}

/* A device whose registers this process may use. */
static struct refdma_dev *
control_dev(int16_t dev_id, int *error)
{
	struct refdma_dev *dev = refdma_dev_get(dev_id);

	*error = -ENODEV;
	if (dev == NULL)
		return NULL;
	*error = -EPERM;
	return rte_eal_process_type() == RTE_PROC_PRIMARY ? dev : NULL;
}

static struct refdma_queue *
control_queue(int16_t dev_id, uint16_t vchan, int *error)
{
	struct refdma_dev *dev = control_dev(dev_id, error);

	if (dev == NULL)
		return NULL;
	*error = -EINVAL;
	if (vchan >= dev->caps.queues || dev->queues[vchan] == &dev->none)
		return NULL;
	*error = -EBUSY;
	if (dev->queues[vchan]->state == REFDMA_QUEUE_STOPPED)
		return NULL;
	*error = -EIO;
	if (dev->queues[vchan]->state != REFDMA_QUEUE_STARTED || !refdma_alive(dev))
		return NULL;
	return dev->queues[vchan];
}

int
rte_pmd_refdma_info_get(int16_t dev_id, struct rte_pmd_refdma_info *info)
{
	struct refdma_dev *dev = refdma_dev_get(dev_id);

	if (dev == NULL)
		return -ENODEV;
	if (info == NULL)
		return -EINVAL;
	*info = (struct rte_pmd_refdma_info){
		.version = dev->caps.version,
		.max_length = dev->caps.max_length,
		.max_sge = dev->caps.max_sge,
		.max_chunks = dev->caps.max_chunks,
		.max_metadata = dev->caps.max_meta,
		.nb_ports = dev->caps.ports,
		.mem_burst = dev->caps.mem_burst,
		.features = dev->caps.features,
		.local_base = dev->caps.local_base,
		.local_size = dev->caps.local_size,
		.port_base = dev->caps.port_base,
		.port_stride = dev->caps.port_stride,
		.is_pci = dev->is_pci,
	};
	return 0;
}

static uint32_t
port_reg(uint16_t port, uint32_t reg)
{
	return REFDMA_PORT_REG_BASE + port * REFDMA_PORT_REG_STRIDE + reg;
}

int
rte_pmd_refdma_port_get(int16_t dev_id, uint16_t port, struct rte_pmd_refdma_port *info)
{
	const struct refdma_bus_ops *bus;
	struct refdma_func *func;
	struct refdma_dev *dev;
	int ret;

	dev = control_dev(dev_id, &ret);
	if (dev == NULL)
		return ret;
	if (info == NULL || port >= dev->caps.ports)
		return -EINVAL;
	func = dev->func;
	bus = func->bus;
	*info = (struct rte_pmd_refdma_port){
		.type = (enum rte_pmd_refdma_port_type)
			bus->read32(func, port_reg(port, REFDMA_P_TYPE)),
		.addr = dev->caps.port_base + (uint64_t)port * dev->caps.port_stride,
		.rate = bus->read64(func, port_reg(port, REFDMA_P_RATE)),
		.frame = bus->read32(func, port_reg(port, REFDMA_P_FRAME)),
		.width = bus->read32(func, port_reg(port, REFDMA_P_WIDTH)),
		.burst = bus->read32(func, port_reg(port, REFDMA_P_BURST)),
		.fifo_size = bus->read32(func, port_reg(port, REFDMA_P_FIFO_SIZE)),
		.fifo_level = bus->read32(func, port_reg(port, REFDMA_P_FIFO_LEVEL)),
		.running = bus->read32(func, port_reg(port, REFDMA_P_STATUS)) &
			   REFDMA_P_STATUS_RUNNING,
		.overrun = bus->read64(func, port_reg(port, REFDMA_P_OVERRUN)),
		.underrun = bus->read64(func, port_reg(port, REFDMA_P_UNDERRUN)),
		.tx_bytes = bus->read64(func, port_reg(port, REFDMA_P_TX_BYTES)),
		.rx_bytes = bus->read64(func, port_reg(port, REFDMA_P_RX_BYTES)),
		.checksum = bus->read64(func, port_reg(port, REFDMA_P_CHECKSUM)),
		.frames = bus->read64(func, port_reg(port, REFDMA_P_FRAMES)),
	};
	return refdma_alive(dev) ? 0 : -EIO;
}

int
rte_pmd_refdma_port_set(int16_t dev_id, uint16_t port, const struct rte_pmd_refdma_port_conf *conf)
{
	const struct refdma_bus_ops *bus;
	struct refdma_func *func;
	struct refdma_dev *dev;
	uint32_t cmd = 0;
	int ret;

	dev = control_dev(dev_id, &ret);
	if (dev == NULL)
		return ret;
	if (conf == NULL || port >= dev->caps.ports || conf->width > 128 ||
	    (conf->width & (conf->width - 1)) != 0 || conf->burst > UINT16_MAX)
		return -EINVAL;
	if (!refdma_alive(dev))
		return -EIO;
	func = dev->func;
	bus = func->bus;
	if (conf->reset)
		bus->write32(func, port_reg(port, REFDMA_P_CTRL), REFDMA_P_CTRL_RESET);
	if (conf->width != 0)
		bus->write32(func, port_reg(port, REFDMA_P_WIDTH), conf->width);
	if (conf->burst != 0)
		bus->write32(func, port_reg(port, REFDMA_P_BURST), conf->burst);
	bus->write32(func, port_reg(port, REFDMA_P_FRAME), conf->frame);
	bus->write64(func, port_reg(port, REFDMA_P_RATE), conf->rate);
	cmd |= conf->start ? REFDMA_P_CTRL_START : 0;
	cmd |= conf->stop ? REFDMA_P_CTRL_STOP : 0;
	if (cmd != 0)
		bus->write32(func, port_reg(port, REFDMA_P_CTRL), cmd);
	return 0;
}

static uint32_t
queue_state(struct refdma_queue *q)
{
	return q->dev->func->bus->read32(q->dev->func, refdma_q_reg(q, REFDMA_Q_STATUS)) &
	       REFDMA_Q_STATUS_STATE_MASK;
}

int
rte_pmd_refdma_pause(int16_t dev_id, uint16_t vchan)
{
	struct refdma_queue *q;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	if (queue_state(q) == REFDMA_STATE_PAUSED)
		return 0;
	ret = refdma_q_command(q, REFDMA_Q_CTRL_PAUSE);
	if (ret != 0)
		return ret;
	return queue_state(q) == REFDMA_STATE_PAUSED ? 0 : -EIO;
}

int
rte_pmd_refdma_resume(int16_t dev_id, uint16_t vchan)
{
	struct refdma_queue *q;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	if (queue_state(q) != REFDMA_STATE_PAUSED)
		return -EINVAL;
	return refdma_q_command(q, REFDMA_Q_CTRL_RESUME);
}

int
rte_pmd_refdma_abort(int16_t dev_id, uint16_t vchan)
{
	struct refdma_queue *q;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	ret = refdma_q_command(q, REFDMA_Q_CTRL_ABORT);
	if (ret != 0)
		return ret;
	return queue_state(q) == REFDMA_STATE_RUNNING ? 0 : -EIO;
}

int
rte_pmd_refdma_residue(int16_t dev_id, uint16_t vchan, uint16_t *ring_idx, uint32_t *bytes_left)
{
	struct refdma_queue *q;
	uint64_t residue;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	if (ring_idx == NULL || bytes_left == NULL)
		return -EINVAL;
	residue = q->dev->func->bus->read64(q->dev->func, refdma_q_reg(q, REFDMA_Q_RESIDUE));
	*ring_idx = residue >> REFDMA_RESIDUE_OP_SHIFT;
	*bytes_left = residue;
	return 0;
}

int
rte_pmd_refdma_halt_on_error(int16_t dev_id, uint16_t vchan, bool enable)
{
	struct refdma_dev *dev;
	int ret;

	dev = control_dev(dev_id, &ret);
	if (dev == NULL)
		return ret;
	if (vchan >= dev->caps.queues)
		return -EINVAL;
	if (enable)
		dev->halt_on_error |= RTE_BIT32(vchan);
	else
		dev->halt_on_error &= ~RTE_BIT32(vchan);
	return 0;
}

int
rte_pmd_refdma_inject(int16_t dev_id, uint16_t vchan, enum rte_pmd_refdma_inject what,
		      uint32_t count, uint8_t code)
{
	static const uint32_t bits[] = {
		[RTE_PMD_REFDMA_INJECT_NONE] = 0,
		[RTE_PMD_REFDMA_INJECT_FAIL] = REFDMA_INJ_FAIL,
		[RTE_PMD_REFDMA_INJECT_STALL] = REFDMA_INJ_STALL,
		[RTE_PMD_REFDMA_INJECT_HALT] = REFDMA_INJ_HALT,
		[RTE_PMD_REFDMA_INJECT_CORRUPT] = REFDMA_INJ_CORRUPT,
		[RTE_PMD_REFDMA_INJECT_DROP_DOORBELL] = REFDMA_INJ_DROP_DOORBELL,
	};
	const struct refdma_bus_ops *bus;
	struct refdma_func *func;
	struct refdma_queue *q;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	if ((unsigned int)what > RTE_PMD_REFDMA_INJECT_REMOVE)
		return -EINVAL;
	func = q->dev->func;
	bus = func->bus;
	if (!(q->dev->caps.features & REFDMA_FEATURE_INJECT))
		return -ENOTSUP;
	if (what == RTE_PMD_REFDMA_INJECT_REMOVE) {
		bus->write32(func, REFDMA_REG_FUNC_INJECT, REFDMA_FUNC_INJECT_REMOVE);
		return 0;
	}
	bus->write32(func, refdma_q_reg(q, REFDMA_Q_INJ_COUNT), count);
	bus->write32(func, refdma_q_reg(q, REFDMA_Q_INJ_CODE), code);
	bus->write32(func, refdma_q_reg(q, REFDMA_Q_INJ_CTRL), bits[what]);
	return 0;
}

int
rte_pmd_refdma_event_fd(int16_t dev_id, uint16_t vchan)
{
	struct refdma_func *func;
	struct refdma_queue *q;
	struct refdma_dev *dev;
	int ret;

	dev = control_dev(dev_id, &ret);
	if (dev == NULL)
		return ret;
	if (vchan >= dev->caps.queues || dev->queues[vchan] == &dev->none)
		return -EINVAL;
	func = dev->func;
	q = dev->queues[vchan];
	if (q->event_fd >= 0)
		return q->event_fd;
	if (!(dev->caps.features & REFDMA_FEATURE_MSIX) || func->bus->event_fd == NULL ||
	    dev->caps.vectors == 0)
		return -ENOTSUP;
	q->vector = (dev->channel * dev->caps.queues + vchan) % dev->caps.vectors;
	q->event_fd = func->bus->event_fd(func, q->vector);
	if (q->event_fd < 0)
		return q->event_fd;
	func->bus->write32(func, refdma_q_reg(q, REFDMA_Q_IRQ_CONFIG),
			   REFDMA_Q_IRQ_ENABLE | q->vector);
	return q->event_fd;
}

int
rte_pmd_refdma_event_arm(int16_t dev_id, uint16_t vchan)
{
	struct refdma_queue *q;
	uint32_t seen;
	int ret;

	q = control_queue(dev_id, vchan, &ret);
	if (q == NULL)
		return ret;
	if (q->event_fd < 0)
		return -ENOTSUP;
	seen = q->reported + (uint32_t)q->periods_seen;
	q->dev->func->bus->write32(q->dev->func, refdma_q_reg(q, REFDMA_Q_IRQ_ARM), seen);
	return 0;
}
