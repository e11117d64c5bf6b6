#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Build the guides and the API reference. Every warning is an error. Prints TAP.

# shellcheck disable=SC2317 # the functions are called by part()
set -eu

usage() {
	cat <<EOT
usage: devtools/build-docs.sh [--help]

Builds the guides (Sphinx) into guides/ and the API reference (Doxygen) into api/ of the directory
\$DOCS_BUILD_DIR, by default build-docs/ of the repository, and compiles and runs the programs that
the guides show. A warning of any of the tools is an error. A part whose tool is missing is skipped
with a line that names the package. Exit status: 0 nothing failed, 1 otherwise.
EOT
}

case ${1:-} in
'') ;;
--help | -h)
	usage
	exit
	;;
*)
	usage >&2
	exit 2
	;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${DOCS_BUILD_DIR:-$root/build-docs}"
out=$(cd "${DOCS_BUILD_DIR:-$root/build-docs}" && pwd)
count=0
failed=0

# part NAME TOOL PACKAGE FUNCTION: one line of TAP, after the tool's messages
part() {
	count=$((count + 1))
	if ! command -v "$2" >/dev/null; then
		echo "ok $count - $1 # SKIP $2 is missing; install it with: apt-get install $3"
		return
	fi
	ret=0
	"$4" >"$out/$4.log" 2>&1 || ret=$?
	sed 's/^/# /' "$out/$4.log"
	if [ "$ret" -eq 0 ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		failed=1
	fi
}

guides() {
	# -E: read everything anew, or warnings of the last run would be forgotten
	sphinx-build -q -E -n -W --keep-going -b html -d "$out/doctrees" "$root/doc/guides" \
		"$out/guides"
}

version() {
	sed -n "s/^ *version: '\([^']*\)',*$/\1/p" "$root/meson.build" | head -n 1
}

api() {
	rm -rf "$out/api" # pages of symbols that are gone
	mkdir -p "$out/api"
	sed -e "s|@VERSION@|$(version)|" -e "s|@SOURCE_DIR@|$root|g" -e "s|@OUTPUT_DIR@|$out/api|" \
		"$root/doc/api/Doxyfile.in" >"$out/Doxyfile"
	# As in the build: a library is there when it has a meson.build.
	if [ ! -e "$root/lib/dmaengine_compat/meson.build" ]; then
		echo "lib/dmaengine_compat is not there yet: its headers are left out"
		sed -i '/lib\/dmaengine_compat\/include$/{/^INPUT/d}' "$out/Doxyfile"
	fi
	# WARN_AS_ERROR = FAIL_ON_WARNINGS: the exit status tells of warnings
	doxygen "$out/Doxyfile"
}

snippets() {
	"$root/doc/guides/snippets/check.sh"
}

part "guides without a warning" sphinx-build python3-sphinx guides
part "API reference without a warning" doxygen doxygen api
part "programs of the guides compile and run" "${CC:-cc}" gcc snippets
echo "# $out/guides/index.html, $out/api/index.html"
echo "1..$count"
exit "$failed"
