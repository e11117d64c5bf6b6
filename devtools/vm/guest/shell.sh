# shellcheck shell=sh disable=SC1091
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# A shell for people (devtools/vm-test.sh --shell).

. /tests/lib.sh
for card in $(cards); do
	bind.sh "$card"
done
cat <<EOF

RefDMA cards of this machine:
$(bind.sh --status)

  dpdk-test-dmaengine -a $(cards | head -n 1) -- list
  DPDK_TEST=dmadev_autotest dpdk-test -l 0 -a $(cards | head -n 1) </dev/null

'poweroff -f' leaves the machine.

EOF
setsid cttyhack sh
