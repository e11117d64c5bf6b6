# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# What the groups of cases share. Reports go to the second serial line, where run.py reads them.

line=/dev/ttyS1
cases=0
here=/tmp/log
# Longest time of a case in seconds; generous, for a busy machine.
limit=400

stty -F "$line" raw -echo
exec 3<>"$line"

report() {
	printf '%s\n' "$*" >&3
}

uptime() {
	cut -d. -f1 /proc/uptime
}

# Run a function or a program. At the limit everything in this machine but its init ends.
bounded() {
	("$@") &
	running=$!
	(sleep "$limit" && echo "did not end within $limit s" && kill -9 -1) &
	watchdog=$!
	wait "$running"
	ended=$?
	kill "$watchdog" 2>/dev/null
	wait "$watchdog" 2>/dev/null
	return "$ended"
}

# check NAME COMMAND...: a case; it passes where the command does.
check() {
	name=$1
	shift
	began=$(uptime)
	status=0
	echo "--- $name"
	: >"$here"
	bounded "$@" >"$here" 2>&1 </dev/null || status=$?
	result "$status" "$name, $(($(uptime) - began)) s"
	[ "$status" -eq 0 ] || complain "status $status"
	tr '\r' '\n' <"$here" | grep -v '^Ops submitted' | cut -c1-240 | tail -n 100
}

# result STATUS NAME
result() {
	cases=$((cases + 1))
	if [ "$1" -eq 0 ]; then
		report "ok $2"
	else
		report "not ok $2"
	fi
}

# What a failed case said.
complain() {
	report "# $1"
	tr '\r' '\n' <"$here" | grep -v '^Ops submitted' | cut -c1-200 | tail -n 30 |
		sed 's/^/# /' >&3
}

# RefDMA cards by address, in the order of the machine. The kernel's command line says so where they
# have another identifier (refdma.id=VENDOR:DEVICE).
cards() {
	id=$(sed -n 's/.*refdma\.id=\([0-9a-f]*\):\([0-9a-f]*\).*/0x\1 0x\2/p' /proc/cmdline)
	for dir in /sys/bus/pci/devices/*; do
		[ "$(cat "$dir/vendor") $(cat "$dir/device")" = "${id:-0x1af4 0x10f0}" ] && basename "$dir"
	done
}

id_of() {
	printf '%s:%s' "$(cat "/sys/bus/pci/devices/$1/vendor")" "$(cat "/sys/bus/pci/devices/$1/device")"
}

# The distribution's suite on a card.
autotest() {
	DPDK_TEST=dmadev_autotest dpdk-test -l 0 -a "$1" && grep -q "dmadev instance 0 \[$1\]" "$here"
}

# fault CARD SUITE CASE COMMAND: a case of the suites that break a card while it is busy.
fault() {
	REFDMA_TEST_PCI=$1 REFDMA_TEST_FAULT=$4 refdma-test --suite "$2" --case "$3"
}

# Have the kernel look for cards that it has lost, and bind them.
again() {
	for one in "$@"; do
		[ ! -e "/sys/bus/pci/devices/$one" ] || return 1
	done
	echo 1 >/sys/bus/pci/rescan
	bind.sh "$@"
}

# dpdk-test-dmaengine on cards: tool "CARD..." ARGUMENT...
tool() {
	allow=
	for one in $1; do
		allow="$allow -a $one"
	done
	shift
	# shellcheck disable=SC2086 # options
	dpdk-test-dmaengine -l 0,1 --log-level=lib.eal:notice $allow -- "$@"
}

finish() {
	report "1..$cases"
}
