#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Run dpdk-test-dmaengine of build/ in all its ways, and look at what it says. Prints TAP.

cd "$(dirname "$0")/.." || exit 1
exec python3 -B app/test/tool/check_tool.py "${1:-build}"
