#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Fuzz the device model for REFDMA_FUZZ_SECONDS (30): 77 where clang has no fuzzer runtime.

cd "$(dirname "$0")/.." || exit 1
exec app/test/fuzz/run.sh "${REFDMA_FUZZ_SECONDS:-30}"
