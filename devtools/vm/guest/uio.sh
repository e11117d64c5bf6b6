# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# uio_pci_generic, without an IOMMU: physical addresses, no interrupts. Where the build option
# refdma_pci_ids has added an identifier, the card has that one.

card=$(cards)

undone() {
	bind.sh --undo "$1" && [ ! -e "/sys/bus/pci/devices/$1/driver" ]
}

refused() {
	! bind.sh "$1" && [ ! -e "/sys/bus/pci/devices/$1/driver" ]
}

check "the kernel finds the card $(id_of "$card")" test -n "$card"
check "bind.sh refuses vfio-pci where there is no IOMMU" refused "$card"
check "bind.sh gives the card to uio_pci_generic" bind.sh --driver uio_pci_generic "$card"
check "dmadev_autotest with physical addresses" autotest "$card"
check "dpdk-test-dmaengine copy, both APIs, verified" \
	tool "$card" copy --dev "$card" --api both --size 64,4K --time 0.1 --repeat 1 --footprint 1M
check "bind.sh gives it back" undone "$card"
