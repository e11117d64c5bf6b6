#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Fuzz the protocol of refdma-device.

usage() {
	cat <<EOF
usage: devtools/check-fuzz-device.sh

Builds the message handler of refdma-device with clang's fuzzer and sanitizers, and lets it run,
beginning with the inputs in app/test/fuzz. Exit status 77 where clang has no fuzzer.

The environment variable REFDMA_FUZZ_DEVICE_SECONDS says for how long (60).

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
exec app/test/fuzz/run.sh "${REFDMA_FUZZ_DEVICE_SECONDS:-60}" device
