#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Fuzz refdma-device's protocol for REFDMA_FUZZ_DEVICE_SECONDS (60): 77 where clang has no fuzzer
# runtime.

cd "$(dirname "$0")/.." || exit 1
exec app/test/fuzz/run.sh "${REFDMA_FUZZ_DEVICE_SECONDS:-60}" device
