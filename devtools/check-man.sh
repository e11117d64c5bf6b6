#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The manual pages against the programs. Prints TAP.

set -u

usage() {
	cat <<EOF
usage: devtools/check-man.sh

Formats the manual pages, without a warning, and compares their options with --help of the programs
of build/. Prints TAP.

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
work=build/check-man
mkdir -p "$work"
count=0
failed=0

# result STATUS NAME LOG: one line of TAP, and the log of what failed
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$3"
		failed=1
	fi
}

# Options of a help text: those that begin a line, and their short forms before them.
help_options() {
	sed -n -e 's/^ \{1,8\}\(-[A-Za-z]\)\( [A-Z]*\)\{0,1\}, \(--[a-z][a-z0-9-]*\).*/\1\n\3/p' \
		-e 's/^ \{1,8\}\(--[a-z][a-z0-9-]*\).*/\1/p' | LC_ALL=C sort -u
}

# Options of a page: the items of its lists.
page_options() {
	grep '^\.It Fl ' "$1" | grep -o '\(^\.It\|,\) Fl [A-Za-z0-9-]*' | sed 's/.* Fl /-/' |
		LC_ALL=C sort -u
}

# check_page PROGRAM COMMAND...: the page, and the command whose help it is about
check_page() {
	page=doc/man/$1.1
	name=$1
	shift
	if ! "$@" --help >"$work/help" 2>&1; then
		result 1 "$name --help" "$work/help"
		return
	fi
	help_options <"$work/help" >"$work/wanted"
	page_options "$page" >"$work/found"
	diff -u --label help --label page "$work/wanted" "$work/found" >"$work/diff"
	result $? "$name: the page has the options of --help" "$work/diff"
	[ -s "$work/wanted" ] || { echo "no option in the help" >"$work/diff"; false; }
	result $? "$name: --help has options" "$work/diff"
	if command -v groff >/dev/null; then
		groff -k -mdoc -Tutf8 -ww -z "$page" >"$work/groff" 2>&1
		[ ! -s "$work/groff" ]
		result $? "$name: the page formats without a warning" "$work/groff"
	else
		count=$((count + 1))
		echo "ok $count - $name: the page formats # SKIP no groff; install groff-base"
	fi
}

for page in doc/man/*.1; do
	title=${page##*/}
	title=${title%.1}
	for program in "build/app/$title" "build/app/bin/$title" "devtools/$title.py"; do
		if [ -f "$program" ] && [ -x "$program" ]; then
			check_page "$title" "$program"
			continue 2
		fi
	done
	count=$((count + 1))
	echo "ok $count - $title # SKIP the program is not built"
done
echo "1..$count"
[ "$failed" -eq 0 ]
