/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The RefDMA developers
 */

/* The controller on the PCI bus. Specification, section 2. */

#include <errno.h>

#include <bus_pci_driver.h>
#include <rte_eal.h>
#include <rte_interrupts.h>
#include <rte_io.h>
#include <rte_spinlock.h>

#include "refdma_driver.h"

static uint32_t
pci_read32(struct refdma_func *func, uint32_t offset)
{
	return rte_read32(RTE_PTR_ADD(func->regs, offset));
}

/* Section 1.1: the low half first, it latches the high half; another reader must not come between,
 * for instance telemetry.
 */
static uint64_t
pci_read64(struct refdma_func *func, uint32_t offset)
{
	static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
	uint64_t value;

	rte_spinlock_lock(&lock);
	value = pci_read32(func, offset);
	value |= (uint64_t)pci_read32(func, offset + 4) << 32;
	rte_spinlock_unlock(&lock);
	return value;
}

static void
pci_write32(struct refdma_func *func, uint32_t offset, uint32_t value)
{
	rte_write32(value, RTE_PTR_ADD(func->regs, offset));
}

static void
pci_write64(struct refdma_func *func, uint32_t offset, uint64_t value)
{
	pci_write32(func, offset, value);
	pci_write32(func, offset + 4, value >> 32);
}

static struct rte_intr_handle *
intr_handle(struct refdma_func *func)
{
	return RTE_DEV_TO_PCI(func->device)->intr_handle;
}

/* EAL gives vector 0 the interrupt handle's own descriptor, and those after it one each. */
static int
enable_vectors(struct refdma_func *func)
{
	struct rte_intr_handle *intr = intr_handle(func);
	int ret = 0;

	if (func->caps.vectors > 1)
		ret = rte_intr_efd_enable(intr, func->caps.vectors - 1);
	if (ret == 0)
		ret = rte_intr_enable(intr);
	if (ret != 0) {
		rte_intr_efd_disable(intr);
		REFDMA_LOG(ERR, "%s: the kernel does not enable %u MSI-X vectors; is the function "
			   "bound to vfio-pci?",
			   func->device->name, func->caps.vectors);
		return -ENOTSUP;
	}
	func->intr_enabled = true;
	return 0;
}

/* Event file descriptor of an MSI-X vector; all are enabled together at the first request. */
static int
pci_event_fd(struct refdma_func *func, unsigned int vector)
{
	struct rte_intr_handle *intr = intr_handle(func);
	int fd;

	/* Only vfio-pci with MSI-X has more than one. */
	if (!rte_intr_cap_multiple(intr))
		return -ENOTSUP;
	if (!func->intr_enabled && enable_vectors(func) != 0)
		return -ENOTSUP;
	fd = vector == 0 ? rte_intr_fd_get(intr) : rte_intr_efds_index_get(intr, vector - 1);
	return fd >= 0 ? fd : -ENOTSUP;
}

static const struct refdma_bus_ops pci_bus = {
	.read32 = pci_read32,
	.read64 = pci_read64,
	.write32 = pci_write32,
	.write64 = pci_write64,
	.event_fd = pci_event_fd,
};

static int
map_bars(struct refdma_func *func, struct rte_pci_device *pci, const char *name)
{
	struct rte_mem_resource *regs = &pci->mem_resource[REFDMA_BAR_REGS];
	struct rte_mem_resource *doorbell = &pci->mem_resource[REFDMA_BAR_DOORBELL];

	if (regs->addr == NULL || regs->len < REFDMA_BAR_REGS_SIZE || doorbell->addr == NULL) {
		REFDMA_LOG(ERR, "%s: BAR0 or BAR2 is missing or too small; section 2.2 of the "
			   "specification says what they are", name);
		return -ENODEV;
	}
	func->regs = regs->addr;
	func->doorbells = doorbell->addr;
	return 0;
}

static int
check_doorbells(const struct refdma_func *func, const struct rte_pci_device *pci,
		const char *name)
{
	uint64_t need = (uint64_t)func->caps.channels * REFDMA_DOORBELL_PAGE_SIZE;

	if (pci->mem_resource[REFDMA_BAR_DOORBELL].len >= need)
		return 0;
	REFDMA_LOG(ERR, "%s: BAR2 is too small for %u channels; section 3.5 of the specification "
		   "says how long it is", name, func->caps.channels);
	return -ENODEV;
}

static void
func_destroy(struct refdma_func *func, const char *name)
{
	while (func->probed > 0)
		refdma_dev_destroy(name, --func->probed);
	if (func->intr_enabled) {
		rte_intr_disable(intr_handle(func));
		rte_intr_efd_disable(intr_handle(func));
	}
	refdma_func_free(func);
}

static int
probe_primary(struct rte_pci_device *pci, const char *name)
{
	struct refdma_func *func = refdma_func_create(&pci->device);
	int ret;

	if (func == NULL)
		return -ENOMEM;
	func->bus = &pci_bus;
	ret = map_bars(func, pci, name);
	if (ret == 0) {
		/* Whatever ran before us is forgotten. */
		refdma_func_reset(func);
		ret = refdma_caps_read(func);
	}
	if (ret == 0)
		ret = check_doorbells(func, pci, name);
	for (unsigned int c = 0; ret == 0 && c < func->caps.channels; c++) {
		ret = refdma_dev_create(func, name, c, NULL);
		func->probed += ret == 0;
	}
	if (ret != 0)
		func_destroy(func, name);
	return ret;
}

/* BAR0 is mapped here as well, at the primary's address. */
static int
probe_secondary(struct rte_pci_device *pci, const char *name)
{
	const void *regs = pci->mem_resource[REFDMA_BAR_REGS].addr;

	if (regs == NULL)
		return -ENODEV;
	return refdma_attach(name, refdma_caps_channels(rte_read32(RTE_PTR_ADD(regs,
							REFDMA_REG_TOPOLOGY))), &pci->device);
}

static int
refdma_pci_probe(struct rte_pci_driver *driver, struct rte_pci_device *pci)
{
	char name[RTE_DEV_NAME_MAX_LEN];

	RTE_SET_USED(driver);
	rte_pci_device_name(&pci->addr, name, sizeof(name));
	return rte_eal_process_type() == RTE_PROC_PRIMARY ? probe_primary(pci, name) :
							    probe_secondary(pci, name);
}

static int
refdma_pci_remove(struct rte_pci_device *pci)
{
	char name[RTE_DEV_NAME_MAX_LEN];
	struct refdma_func *func = refdma_func_find(&pci->device);

	rte_pci_device_name(&pci->addr, name, sizeof(name));
	if (func != NULL)
		func_destroy(func, name);
	refdma_detach(&pci->device);
	return 0;
}

static const struct rte_pci_id refdma_pci_ids[] = {
	{ RTE_PCI_DEVICE(REFDMA_PCI_VENDOR_ID, REFDMA_PCI_DEVICE_ID) },
#ifdef REFDMA_EXTRA_PCI_IDS
	REFDMA_EXTRA_PCI_IDS
#endif
	{ .vendor_id = 0 },
};

static struct rte_pci_driver refdma_pci_driver = {
	.id_table = refdma_pci_ids,
	.drv_flags = RTE_PCI_DRV_NEED_MAPPING,
	.probe = refdma_pci_probe,
	.remove = refdma_pci_remove,
};

RTE_PMD_REGISTER_PCI(dma_refdma_pci, refdma_pci_driver);
RTE_PMD_REGISTER_PCI_TABLE(dma_refdma_pci, refdma_pci_ids);
RTE_PMD_REGISTER_KMOD_DEP(dma_refdma_pci, "vfio-pci | uio_pci_generic | igb_uio");
