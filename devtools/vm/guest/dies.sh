# shellcheck shell=sh disable=SC2154,SC2086
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The process that serves a card is killed with work in flight.

all=$(cards)
first=${all%%
*}
second=${all##*
}

check "bind.sh gives both cards to vfio-pci" bind.sh $all
# The kernel would wait a minute for the reset of a dead card.
for card in $all; do
	echo >"/sys/bus/pci/devices/$card/reset_method"
done
check "killed while busy: the driver" fault "$first" pci_fault_driver gone_while_busy \
	"/tests/host kill 0"
check "the other card works" tool "$second" copy --dev "$second" --size 4K --time 0.1 --repeat 1
check "killed while busy: the engine" fault "$second" pci_fault_engine \
	callbacks_come_with_errors_from_a_dead_card "/tests/host kill 1"
