# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# vfio-pci behind the emulated IOMMU: what DPDK's own test and our suites of the driver say.

card=$(cards)

check "the kernel finds the card" test -n "$card"
check "bind.sh gives it to vfio-pci" bind.sh "$card"
check "dmadev_autotest of the unmodified dpdk-test" autotest "$card"

export REFDMA_TEST_PCI="$card" REFDMA_TEST_PCI_ARGS=channels=4,queues=4
for topic in control copy cyclic errors event hotplug info inject memory port ring secondary sg \
	silent slave state threads; do
	check "suite driver_${topic}_pci" refdma-test --suite "driver_${topic}_pci"
done
