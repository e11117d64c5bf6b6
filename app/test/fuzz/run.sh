#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers
#
# Fuzz the device model: run.sh [seconds]. Builds into $FUZZ_BUILD, or build-fuzz/ of the
# repository; findings and new inputs stay there. Exits 0 without a finding, 77 where this compiler
# cannot fuzz, anything else on a finding.

set -eu

seconds=${1:-30}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${FUZZ_BUILD:-$root/build-fuzz}
clang=${CLANG:-clang}

if ! command -v "$clang" >/dev/null 2>&1; then
	echo "SKIP: no $clang; the fuzzer needs clang with libFuzzer" >&2
	exit 77
fi
mkdir -p "$build/corpus_model"
cat >"$build/probe.c" <<'PROBE'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { (void)data; (void)size; return 0; }
PROBE
if ! "$clang" -fsanitize=fuzzer,address,undefined "$build/probe.c" -o "$build/probe" \
	>"$build/probe.log" 2>&1; then
	echo "SKIP: $clang has no fuzzer runtime (see $build/probe.log)" >&2
	exit 77
fi

"$clang" -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined \
	-I"$root/lib/refdma_model" -I"$root/drivers/dma/refdma" \
	"$root"/lib/refdma_model/*.c "$here/fuzz_model.c" -o "$build/fuzz_model" -lpthread

# New inputs go to the first folder; the seeds of the repository are only read.
exec "$build/fuzz_model" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
	-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/" \
	"$build/corpus_model" "$here/corpus_model"
