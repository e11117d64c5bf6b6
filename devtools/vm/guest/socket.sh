# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# No card: the device is a process in this machine, and DPDK's memory is huge pages.

export REFDMA_DEVICE=/usr/bin/refdma-device
socket=/run/refdma.sock

# with_device COMMAND...: while refdma-device serves one client, and ends with it
with_device() {
	refdma-device --socket "$socket" &
	server=$!
	until [ -S "$socket" ] || ! kill -0 "$server"; do
		usleep 10000
	done
	"$@" && wait "$server"
}

# The distribution's suite on it.
autotest_socket() {
	DPDK_TEST=dmadev_autotest dpdk-test -l 0 --in-memory --no-pci \
		--vdev="dma_refdma0,socket=$socket" &&
		grep -q 'dmadev instance 0 \[dma_refdma0\]' "$here"
}

verify_socket() {
	dpdk-test-dmaengine -l 0,1 --in-memory --iova-mode=va --no-pci -- verify \
		--dev "dma_refdma0,socket=$socket" --operation memcpy --iterations 20
}

# A suite, which would skip itself without huge pages.
suite() {
	refdma-test --suite "$1" && ! grep -q '# SKIP' "$here"
}

for topic in memory copy sg hotplug; do
	check "suite driver_${topic}_hugepages" suite "driver_${topic}_hugepages"
done
check "dmadev_autotest with a device in another process" with_device autotest_socket
check "dpdk-test-dmaengine verify with a device in another process" with_device verify_socket
