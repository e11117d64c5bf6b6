# shellcheck shell=sh disable=SC2154,SC2086
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The DMA Engine library and its tester, on two functions behind the emulated IOMMU.

all=$(cards)
first=${all%%
*}

check "bind.sh gives both cards to vfio-pci" bind.sh $all
export REFDMA_TEST_PCI="$first"
check "suite engine_refdma_pci: the contract of the DMA Engine API" \
	refdma-test --suite engine_refdma_pci
check "suite engine_refdma_pci_sleep: the same with a tasklet that MSI-X wakes" \
	refdma-test --suite engine_refdma_pci_sleep
for operation in copy fill sg interleaved slave; do
	check "dpdk-test-dmaengine $operation, both APIs, verified" \
		tool "$first" "$operation" --dev "$first" --api both --size 64,4K --time 0.1 --repeat 1
done
check "dpdk-test-dmaengine slave with metadata" \
	tool "$first" slave --dev "$first" --api engine --metadata 32 --size 256 --time 0.1 --repeat 1
check "dpdk-test-dmaengine cyclic" \
	tool "$first" cyclic --dev "$first" --rate 1000000 --time 0.2
check "dpdk-test-dmaengine verify, all channels of two functions at once" \
	tool "$all" verify --operation mix --iterations 20
