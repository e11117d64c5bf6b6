# shellcheck shell=sh disable=SC2154,SC2086
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Cards behind root ports: resets, and cards that are pulled out.

all=$(cards)
first=${all%%
*}
second=${all##*
}

check "bind.sh gives both cards to vfio-pci" bind.sh $all
check "dmadev_autotest behind a root port" autotest "$first"
check "function-level reset while busy: the driver" fault "$first" pci_fault_driver \
	reset_while_busy "sleep 1; echo 1 >/sys/bus/pci/devices/$first/reset"
check "function-level reset while busy: the engine" fault "$first" pci_fault_engine \
	callbacks_come_with_errors "sleep 1; echo 1 >/sys/bus/pci/devices/$first/reset"
check "the card works after the resets" tool "$first" copy --dev "$first" --size 4K --time 0.1 \
	--repeat 1
check "unplugged while busy: the driver" fault "$first" pci_fault_driver unplugged_while_busy \
	"sleep 1; echo 1 >/sys/bus/pci/devices/$first/remove"
check "unplugged while busy: the engine" fault "$second" pci_fault_engine \
	unplugged_under_the_engine "sleep 1; echo 1 >/sys/bus/pci/devices/$second/remove"
check "plugged in again and bound" again $all
check "both cards work again" tool "$all" copy --dev "$first" --dev "$second" --size 4K --time 0.1 \
	--repeat 1
