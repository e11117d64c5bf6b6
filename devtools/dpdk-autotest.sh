#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The distribution's own programs with the installed plugin: dpdk-test runs DPDK's dmadev suite
# on a refdma device, with each of the engines.

set -eu

usage() {
	cat <<EOF
usage: devtools/dpdk-autotest.sh [BUILD-DIR]

Installs the plugin of BUILD-DIR (default: build) into a private prefix and runs the unmodified
dpdk-test of the distribution with it: dmadev_autotest for engine=thread, service and inline, and
for a refdma-device in another process, by socket=.
Prints TAP; the full output goes to BUILD-DIR/dpdk-autotest-ENGINE.log.

  --help  print this text
EOF
}

case ${1:-} in
--help | -h)
	usage
	exit
	;;
-*)
	usage >&2
	exit 2
	;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$root" && cd "${1:-build}" && pwd)
limit=180

number=0
failed=0

# result NAME STATUS [SKIP-REASON]
result() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number - $1${3:+ # SKIP $3}"
	else
		echo "not ok $number - $1"
		failed=$((failed + 1))
	fi
}

note() {
	sed 's/^/# /'
}

# EAL refuses plugins below a directory that everybody may write to.
is_private() {
	dir=$1
	while :; do
		if [ -n "$(find "$dir" -maxdepth 0 -perm -0002)" ]; then
			return 1
		fi
		[ "$dir" != / ] || return 0
		dir=$(dirname "$dir")
	done
}

prefix=$build/inst
if ! is_private "$build"; then
	mkdir -p "${XDG_CACHE_HOME:-$HOME/.cache}/refdma"
	prefix=$(mktemp -d "${XDG_CACHE_HOME:-$HOME/.cache}/refdma/inst.XXXXXX")
	trap 'rm -rf "$prefix"' EXIT
	trap 'exit 130' INT TERM
	if ! is_private "$prefix"; then
		echo "Bail out! no place for the plugin that only its owner may write to"
		exit 1
	fi
fi
rm -rf "${prefix:?}"/*

if ! meson install -C "$build" --no-rebuild --destdir "$prefix" \
	>"$build/dpdk-autotest-install.log" 2>&1; then
	tail -n 20 "$build/dpdk-autotest-install.log" | note
	echo "Bail out! the plugin cannot be installed"
	exit 1
fi
plugin=$(find "$prefix" -path '*/pmds-*/librte_dma_refdma.so')
if [ -z "$plugin" ]; then
	echo "Bail out! the installation has no librte_dma_refdma.so in a plugin directory"
	exit 1
fi

# Two logical cores, on two CPUs where the machine has them.
lcores=$(python3 -c 'import os
cpus = sorted(os.sched_getaffinity(0))
print(f"0@{cpus[0]},1@{cpus[min(1, len(cpus) - 1)]}")')

# What dpdk-test says of our devices, without its counters.
device_section() {
	tr '\r' '\n' <"$1" | grep -v '^Ops submitted' |
		awk '/^### Test dmadev in/ { ours = /\[dma_refdma/ } ours'
}

# run_engine ENGINE EAL-ARGUMENT...; socket=PATH may stand for an engine
run_engine() {
	engine=$1
	log=$build/dpdk-autotest-${engine%%=*}.log
	device=engine=$engine
	case $engine in
	socket=*)
		device=$engine
		engine=socket
		;;
	esac
	shift
	status=0
	DPDK_TEST=dmadev_autotest timeout -k 5 "$limit" dpdk-test "$@" --no-huge -m 512 --no-pci \
		--file-prefix="refdma-autotest-$$" -d "$plugin" \
		--vdev="dma_refdma0,$device" </dev/null >"$log" 2>&1 || status=$?
	device_section "$log" >"$log.device"

	case $status in
	0)
		# a device that EAL did not take would leave only dma_skeleton tested
		if [ -s "$log.device" ]; then
			result "dmadev_autotest engine=$engine" 0
		else
			result "dmadev_autotest engine=$engine" 1
			echo "# dpdk-test passed without testing a refdma device"
			tail -n 20 "$log" | note
		fi
		;;
	77)
		result "dmadev_autotest engine=$engine" 1
		echo "# dpdk-test skipped its dmadev suite"
		;;
	*)
		result "dmadev_autotest engine=$engine" 1
		if [ "$status" -eq 124 ]; then
			echo "# did not end within $limit s"
		else
			echo "# dpdk-test ended with status $status"
		fi
		tr '\r' '\n' <"$log" | grep -v '^Ops submitted' | tail -n 30 | note
		;;
	esac

	# The sums say nothing that the cases do not say. The m2d case of 23.11 to 25.11 wants the
	# address of another device's memory from its environment, and ends with the number of its
	# last job as its result, so that it cannot pass. A device in another process sees only the
	# memory that it was given: SVA is not for it.
	allowed='skipped *:|m2d_auto_?free'
	[ "$engine" != socket ] || allowed="$allowed|sva"
	skips=$(grep -i 'skip' "$log.device" | grep -viE "$allowed" || true)
	if [ -z "$skips" ] && [ -s "$log.device" ]; then
		result "dmadev_autotest engine=$engine skips nothing" 0
	else
		result "dmadev_autotest engine=$engine skips nothing" 1
		printf '%s\n' "${skips:-nothing was tested}" | note
	fi
	rm -f "$log.device"
}

# The same device in a process of its own; it ends when dpdk-test does.
run_socket() {
	dir=$(mktemp -d)
	"$(find "$prefix" -path '*/bin/refdma-device')" --socket "$dir/socket" \
		>"$build/dpdk-autotest-device.log" 2>&1 &
	server=$!
	tries=100
	while [ ! -S "$dir/socket" ] && [ $tries -gt 0 ] && kill -0 $server 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
	done
	run_engine socket="$dir/socket" "$@"
	kill $server 2>/dev/null || true
	status=0
	wait $server || status=$?
	result "refdma-device ends with its client, with status 0" "$status"
	[ "$status" -eq 0 ] || note <"$build/dpdk-autotest-device.log"
	rm -rf "$dir"
}

if command -v dpdk-test >/dev/null; then
	run_engine thread --lcores="$lcores"
	run_engine service --lcores="$lcores" -S 1
	run_engine inline --lcores="$lcores"
	run_socket --lcores="$lcores"
else
	for engine in thread service inline socket; do
		result "dmadev_autotest engine=$engine" 0 "no dpdk-test here"
	done
fi

# The list of supported hardware, as administrators read it.
if command -v dpdk-pmdinfo.py >/dev/null; then
	status=0
	dpdk-pmdinfo.py "$plugin" >"$build/dpdk-pmdinfo.log" 2>&1 || status=$?
	for word in '"name": "dma_refdma"' '"vendor": "1af4"' '"device": "10f0"'; do
		grep -qF "$word" "$build/dpdk-pmdinfo.log" || status=1
	done
	result "dpdk-pmdinfo.py shows the driver and its PCI id" "$status"
	[ "$status" -eq 0 ] || note <"$build/dpdk-pmdinfo.log"
else
	result "dpdk-pmdinfo.py shows the driver and its PCI id" 0 "no dpdk-pmdinfo.py here"
fi

echo "1..$number"
[ "$failed" -eq 0 ]
