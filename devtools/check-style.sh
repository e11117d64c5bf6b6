#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Check the form of the sources. Prints one line for each problem, exits 1 if there is one.

set -eu

usage() {
	cat <<EOF
usage: devtools/check-style.sh [--fix] [FILE...]

Checks the form of FILEs, or of all files of the repository: format of C files, tokens that may
not be used, licence line, blanks at line ends, line length, shell scripts, paths of this machine.

  --fix   run clang-format on the C FILEs that are named, instead of checking
  --help  print this text
EOF
}

case ${1:-} in
--help | -h)
	usage
	exit
	;;
--fix)
	shift
	[ $# -gt 0 ] || { usage >&2; exit 2; }
	exec clang-format -i --style=file "$@"
	;;
-*)
	usage >&2
	exit 2
	;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
list=$(mktemp)
found=$(mktemp)
trap 'rm -f "$list" "$found"' EXIT
trap 'exit 130' INT TERM

if [ $# -gt 0 ]; then
	for file; do
		realpath --relative-to="$root" "$file"
	done >"$list"
	cd "$root"
else
	cd "$root"
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -path './build*' -prune -o -type f -print | sed 's,^\./,,'
	fi | while read -r file; do
		[ -f "$file" ] && grep -qI . "$file" && printf '%s\n' "$file"
	done >"$list" || true
fi

# matching PATTERN: those of the files whose name matches
matching() {
	grep -E "$1" "$list" || true
}

# lines WHERE EXCEPT PATTERN: file:line:text of what matches in the files of that name
lines() {
	matching "$1" | grep -vE "$2" | xargs -r grep -nHE "$3" || true
}

# report MESSAGE: file:line:text to file:line: MESSAGE
report() {
	sed "s,^\([^:]*:[0-9]*\):.*,\1: $1," >>"$found"
}

# forbid WHERE EXCEPT PATTERN MESSAGE: lines of code, not comments, that match
forbid() {
	lines "$1" "$2" "$3" | grep -vE '^[^:]*:[0-9]*:[[:space:]]*(/?\*|//)' | report "$4"
}

none='^$'
code='^(app|drivers|examples|lib)/.*\.[ch]$'
kept='^(drivers|lib)/.*\.[ch]$'
# differences between releases of DPDK live in these
shim='/(refdma|dpdk|rte)_compat\.h$'
# these know nothing of DPDK and have no macros of it
plain='^lib/refdma_model/|^app/refdma-device/|^lib/dmaengine_compat/include/|/refdma_hw\.h$'

forbid "$code" "$none" '(^|[^A-Za-z0-9_])RTE_LOG\(' 'RTE_LOG( is used directly; use the log macro of the component'
forbid "$kept" "$none" '(^|[^A-Za-z0-9_])(printf|vprintf|puts|putchar|perror)\(' 'nothing in lib or drivers prints'
forbid "$kept" "$none" '(^|[^A-Za-z0-9_.>])(exit|_exit|abort)\(' 'nothing in lib or drivers ends the process'
forbid "$code" "$none" '(^|[^A-Za-z0-9_])rte_(panic|exit)\(' 'rte_panic and rte_exit are not used'
forbid "$code" "$shim|$plain" '__attribute__' 'raw __attribute__; use the macro of rte_common.h'
forbid "$code" "$shim" '__(sync|atomic)_[a-z_]+\(' 'compiler builtin for atomics outside the version shim'
lines '.' '\.(patch|diff)$|^doc/guides/results/.*\.svg$' '[[:blank:]]+$' | report 'blanks at the end of the line'

# a tab counts for up to eight columns
matching "$code" | while read -r file; do
	expand "$file" | awk -v file="$file" 'length($0) > 100 {
		printf "%s:%d: line longer than 100 columns\n", file, NR }'
done >>"$found"

# The licence stands in the first line, or in the second after #! or a document's start mark.
matching '.' | grep -vE '\.(json|svg|csv|map)$' | while read -r file; do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: ' ||
		printf '%s:1: no SPDX-License-Identifier in the first line\n' "$file"
done >>"$found"

# Nobody else has this machine's directories.
for place in "$root" "${HOME:-}"; do
	case $place in
	/*[!/]*)
		literal=$(printf '%s' "${place%/}" | sed 's/[][\.*^$+?(){}|]/\\&/g')
		lines '.' "$none" "(^|[^A-Za-z0-9_./-])$literal(\$|[^A-Za-z0-9_-])" |
			report 'a path of this machine'
		;;
	esac
done

if command -v shellcheck >/dev/null; then
	scripts=$(matching '\.sh$|^\.ci/run$')
	if [ -n "$scripts" ]; then
		# shellcheck disable=SC2086 # a list of names
		shellcheck -x -f gcc $scripts >>"$found" || true
	fi
else
	echo 'check-style.sh: shellcheck is missing; devtools/setup.sh --ci installs it' >>"$found"
fi

sources=$(matching "$code")
if [ -n "$sources" ]; then
	# shellcheck disable=SC2086 # a list of names
	devtools/check-format.py $sources >>"$found" 2>&1 || true
fi

sort -t: -k1,1 -k2,2n -u "$found"
[ ! -s "$found" ]
