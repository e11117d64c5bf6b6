#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Which lines of the libraries and drivers the tests run.

set -eu

usage() {
	cat <<EOF
usage: devtools/coverage.sh [--html] [--library]

Builds with coverage in build-cov/, runs the suites, the checks that run programs, the examples and
dpdk-test, and prints the share of lines that ran, for each file of lib/ and drivers/, and for each
directory with what is below it.

  --html     also write a report with the lines to build-cov/coverage/index.html
  --library  only what is about lib/dmaengine_compat, in less time
  --help     print this text
EOF
}

html=no
library=no
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit
		;;
	--html) html=yes ;;
	--library) library=yes ;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift
done

cd "$(dirname "$0")/.."
# shellcheck source=devtools/functions.sh
. devtools/functions.sh
devtools/setup.sh --ci

dir=build-cov
echo "[$(elapsed)] build in $dir"
# Atomic: threads count the same lines, and a lost count can make the sums of others negative.
if [ -f "$dir/build.ninja" ]; then
	meson configure "$dir" -Dc_args=-fprofile-update=atomic
else
	meson setup "$dir" -Db_coverage=true -Doptimization=0 \
		-Dc_args=-fprofile-update=atomic >/dev/null
fi
ninja -C "$dir" --quiet
find "$dir" -name '*.gcda' -delete

# A line is covered by its first round as well as by its last.
export REFDMA_RACE_ROUNDS="${REFDMA_RACE_ROUNDS:-2000}"

# part NAME COMMAND...: a failed test still covers lines; test.sh is for failures.
part() {
	part=$1
	shift
	"$@" >"$dir/coverage-$part.log" 2>&1 ||
		echo "coverage.sh: $part failed in part, see $dir/coverage-$part.log"
	echo "[$(elapsed)] $part"
}

suites() {
	# shellcheck disable=SC2046 # names, or nothing: all of them
	meson test -C "$dir" --no-rebuild --timeout-multiplier 4 \
		$([ "$library" = no ] || engine_suites)
}

engine_suites() {
	meson introspect "$dir" --tests | python3 -c 'import json, sys
print(*(t["name"] for t in json.load(sys.stdin) if t["name"].startswith("engine_")))'
}

examples() {
	status=0
	for name in memcpy_callback cyclic_capture uart_slave_sg packet_metadata; do
		timeout 120 "$dir/examples/dpdk-$name" || status=1
	done
	return "$status"
}

# One case is about code that a compiler leaves out; without optimisation it does not.
trace() {
	devtools/check-trace.py "$dir" || true
}

# Beside the suites: these wait most of the time.
programs() {
	part telemetry devtools/check-telemetry.py "$dir"
	part trace trace
	part examples examples
	part tool python3 app/test/tool/check_tool.py "$dir"
	[ "$library" = yes ] || part dpdk-test devtools/dpdk-autotest.sh "$dir"
}

programs &
part suites suites
wait

# In the build directory, where the files that it makes on the way are not in the way.
report() {
	(cd "$dir" && gcovr --root .. --filter "$root/lib/" --filter "$root/drivers/" "$@")
}
root=$(pwd)
report --json-summary coverage.json --json-summary-pretty >/dev/null
if [ "$html" = yes ]; then
	mkdir -p "$dir/coverage"
	report --html-details coverage/index.html
	echo "report in $dir/coverage/index.html"
fi

python3 - "$dir/coverage.json" <<'EOF'
import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    files = json.load(file)["files"]

sums = {}
for entry in files:
    directory = os.path.dirname(entry["filename"])
    while directory:
        covered, total = sums.get(directory, (0, 0))
        sums[directory] = covered + entry["line_covered"], total + entry["line_total"]
        directory = os.path.dirname(directory)


def line(name, covered, total):
    share = 100 * covered / total if total else 100
    print(f"{name:<56}{covered:>7} of {total:>6} lines {share:6.1f} %")


for entry in sorted(files, key=lambda e: e["filename"]):
    line(entry["filename"], entry["line_covered"], entry["line_total"])
print()
for directory in sorted(sums):
    line(directory + "/", *sums[directory])
EOF
