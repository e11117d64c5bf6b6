#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Which lines of the libraries and drivers the tests run.

set -eu

usage() {
	cat <<EOF
usage: devtools/coverage.sh [--html]

Builds with coverage in build-cov/, runs the suites and dpdk-test, and prints the share of lines
that ran, for each directory and file of lib/ and drivers/.

  --html  also write a report with the lines to build-cov/coverage/index.html
  --help  print this text
EOF
}

html=no
case ${1:-} in
--help | -h)
	usage
	exit
	;;
--html) html=yes ;;
'') ;;
*)
	usage >&2
	exit 2
	;;
esac

cd "$(dirname "$0")/.."
devtools/setup.sh --ci

dir=build-cov
echo "build in $dir"
[ -f "$dir/build.ninja" ] ||
	meson setup "$dir" -Db_coverage=true -Doptimization=0 >/dev/null
ninja -C "$dir" --quiet
find "$dir" -name '*.gcda' -delete

# A failed test still covers lines; test.sh is for failures.
echo "suites"
meson test -C "$dir" --no-rebuild >"$dir/test.log" 2>&1 ||
	echo "coverage.sh: some suites failed, see $dir/test.log"
echo "dpdk-test"
devtools/dpdk-autotest.sh "$dir" >"$dir/dpdk-autotest.log" 2>&1 ||
	echo "coverage.sh: dpdk-test failed, see $dir/dpdk-autotest.log"

gcovr --root . --object-directory "$dir" --filter 'lib/' --filter 'drivers/' \
	--json-summary "$dir/coverage.json" --json-summary-pretty >/dev/null
if [ "$html" = yes ]; then
	mkdir -p "$dir/coverage"
	gcovr --root . --object-directory "$dir" --filter 'lib/' --filter 'drivers/' \
		--html-details "$dir/coverage/index.html"
	echo "report in $dir/coverage/index.html"
fi

python3 - "$dir/coverage.json" <<'EOF'
import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    files = json.load(file)["files"]

directories = {}
for entry in files:
    directories.setdefault(os.path.dirname(entry["filename"]), []).append(entry)


def line(name, covered, total):
    share = 100 * covered / total if total else 100
    print(f"{name:<48}{covered:>7} of {total:>6} lines {share:6.1f} %")


for directory in sorted(directories):
    entries = directories[directory]
    line(directory + "/", sum(e["line_covered"] for e in entries),
         sum(e["line_total"] for e in entries))
    for entry in sorted(entries, key=lambda e: e["filename"]):
        line("    " + os.path.basename(entry["filename"]), entry["line_covered"],
             entry["line_total"])
EOF
