#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Compile and run the programs that the guides show. Prints TAP.

set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
count=0
failed=0

# result NAME: one line of TAP for the command that ended with status $ret
result() {
	count=$((count + 1))
	if [ "$ret" -eq 0 ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		sed 's/^/# /' "$work/log"
		failed=1
	fi
}

ret=0
# shellcheck disable=SC2086 # CFLAGS is a list
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror ${CFLAGS:-} \
	-I "$root/lib/refdma_model" -I "$root/drivers/dma/refdma" -o "$work/model_embed" \
	"$root/doc/guides/snippets/model_embed.c" "$root"/lib/refdma_model/*.c -pthread \
	>"$work/log" 2>&1 || ret=$?
result "model_embed.c compiles with the model's sources"

if [ "$ret" -eq 0 ]; then
	"$work/model_embed" >"$work/log" 2>&1 || ret=$?
	grep -qx '100 bytes copied' "$work/log" || ret=1
fi
result "model_embed copies"

# The file of cases wants CPUs 0 and 1, and the program that reads it.
tool=$root/build/app/dpdk-test-dmaengine
if [ ! -x "$tool" ] || ! taskset -c 0,1 test "$(nproc)" -ge 2; then
	count=$((count + 1))
	echo "ok $count - cases.ini runs # SKIP no $tool, or one CPU"
else
	ret=0
	"$tool" --config "$root/doc/guides/snippets/cases.ini" --time 0.02 --timeout 60000 >"$work/log" 2>&1 ||
		ret=$?
	result "cases.ini runs"
fi

echo "1..$count"
exit "$failed"
