#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Run dpdk-test-dmaengine of build/ in all its ways, and look at what it says. Prints TAP.

usage() {
	cat <<EOF
usage: devtools/check-tool.sh [BUILD-DIR]

Runs dpdk-test-dmaengine of BUILD-DIR (build) on refdma and dma_skeleton devices: data, exit status,
messages, JSON, CSV, files of cases. Prints TAP.

  --help  print this text
EOF
}

case ${1:-} in
--help | -h)
	usage
	exit
	;;
-*)
	usage >&2
	exit 2
	;;
esac

cd "$(dirname "$0")/.." || exit 1
exec python3 -B app/test/tool/check_tool.py "${1:-build}"
