#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers
#
# Fuzz the device model, or the server of refdma-device: run.sh [seconds [model|device]]. Builds
# into $FUZZ_BUILD, or build-fuzz/ of the repository; findings and new inputs stay there. Exits 0
# without a finding, 77 where this compiler cannot fuzz, anything else on a finding.

set -eu

seconds=${1:-30}
target=${2:-model}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${FUZZ_BUILD:-$root/build-fuzz}
clang=${CLANG:-clang}

if ! command -v "$clang" >/dev/null 2>&1; then
	echo "SKIP: no $clang; the fuzzer needs clang with libFuzzer" >&2
	exit 77
fi
mkdir -p "$build/corpus_$target"
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

set -- "$root"/lib/refdma_model/*.c
libraries=-lpthread
case $target in
model) ;;
device)
	# all of the server but the process around it
	for source in "$root"/app/refdma-device/*.c; do
		case ${source##*/} in
		main.c | option_values.c | options.c | usage.c) ;;
		*) set -- "$@" "$source" ;;
		esac
	done
	if ! libraries="$libraries $(pkg-config --cflags --libs jansson 2>/dev/null)"; then
		echo "SKIP: no libjansson, which refdma-device needs: install libjansson-dev," \
			"as devtools/setup.sh does" >&2
		exit 77
	fi
	;;
*)
	echo "run.sh: '$target' is neither model nor device" >&2
	exit 2
	;;
esac

# shellcheck disable=SC2086 # a list of libraries
"$clang" -std=gnu11 -g -O1 -D_GNU_SOURCE -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-I"$root/lib/refdma_model" -I"$root/drivers/dma/refdma" -I"$root/app/refdma-device" \
	"$@" "$here/fuzz_$target.c" -o "$build/fuzz_$target" $libraries

# New inputs go to the first folder; the seeds of the repository are only read.
exec "$build/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
	-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/$target-" \
	"$build/corpus_$target" "$here/corpus_$target"
