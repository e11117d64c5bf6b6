#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Fuzz the device model.

usage() {
	cat <<EOF
usage: devtools/check-fuzz.sh

Builds the device model with clang's fuzzer and sanitizers, and lets it run, beginning with the
inputs in app/test/fuzz. Exit status 77 where clang has no fuzzer.

The environment variable REFDMA_FUZZ_SECONDS says for how long (30).

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
exec app/test/fuzz/run.sh "${REFDMA_FUZZ_SECONDS:-30}"
