#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Build and run every test. The last line is "N passed, N failed, N skipped".

set -u

usage() {
	cat <<EOF
usage: devtools/test.sh [--quick] [--only NAME]

Installs what is missing, builds and runs every test, and ends with the line
"N passed, N failed, N skipped"; the exit status is 1 if a test failed, and 2 for bad arguments.

  plain      the suites, in build/, with warnings as errors
  asan       the suites with AddressSanitizer and UndefinedBehaviorSanitizer, in build-asan/;
             in a full run also refdma-device under the faults of the system test
  tsan       the suites with ThreadSanitizer, in build-tsan/
  clang      a build with clang, warnings as errors, in build-clang/, and suites of each part
  checks     the scripts devtools/check-*, but not check-style.sh, which CI runs by itself
  docs       the guides and the API reference, without a warning
  autotest   the distribution's dpdk-test with the installed plugin
  vm         devtools/vm-test.sh: PCI cards in a virtual machine

  --quick      leave out the builds with sanitizers and with clang, and vm
  --only NAME  one of the above, or one suite of the test program in each of the builds
  --help       print this text

Full logs stay in build*/meson-logs/, build*/*.log and build/vm/.

The environment variable REFDMA_VM_TEST says what it means where QEMU and a kernel for vm cannot be
had: 'required' (the default), that this is a failure; 'optional', a skip. 'no' leaves vm out.
EOF
}

quick=no
only=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=yes ;;
	--only)
		[ $# -ge 2 ] || { usage >&2; exit 2; }
		only=$2
		shift
		;;
	--help | -h)
		usage
		exit
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift
done

cd "$(dirname "$0")/.." || exit 1
trap 'exit 130' INT TERM

passed=0
failed=0
skipped=0
started=$(date +%s)

say() {
	printf '[%4d s] %s\n' "$(($(date +%s) - started))" "$1"
}

# Add "passed failed skipped".
add() {
	if [ $# -ne 3 ]; then
		set -- 0 1 0
	fi
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
	say "         $1 passed, $2 failed, $3 skipped"
}

finish() {
	if [ $((passed + failed + skipped)) -eq 0 ]; then
		say "no test was run"
		failed=1
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

case $quick$only in
yesasan | yestsan | yesclang | yesvm)
	usage >&2
	exit 2
	;;
esac

vm=${REFDMA_VM_TEST:-required}
case $vm in
required | optional | no) ;;
*)
	echo "REFDMA_VM_TEST=$vm: valid are required, optional, no" >&2
	exit 2
	;;
esac

# The name of a suite where --only has one; then the builds run nothing else.
suite=
case $only in
'' | plain | asan | tsan | clang | checks | docs | autotest | vm) ;;
*) suite=$only ;;
esac

wanted() {
	[ -z "$only" ] || [ "$only" = "$1" ]
}

wanted_vm() {
	[ "$quick" = no ] && [ "$vm" != no ]
}

wanted_build() {
	[ -n "$suite" ] || wanted "$1"
}

# About two minutes with the build: what is about the model, the ring and the hand-off.
clang_suites='model_ops model_fast model_loop model_queue driver_copy_thread driver_ring_thread
	driver_state_thread driver_threads_thread engine_refdma_thread engine_refdma_service
	engine_refdma_inline engine_refdma_manual engine_generic_refdma engine_clients_thread'

# The address space layout of newer kernels is too random for some sanitizer runtimes.
fixed_layout=
if setarch "$(uname -m)" -R true 2>/dev/null; then
	fixed_layout="setarch $(uname -m) -R"
fi

# build_dir NAME DIR [OPTION...]: configure and build; 1 after a failure, which it counts.
build_dir() {
	name=$1
	dir=$2
	shift 2
	say "$name: build in $dir"
	mkdir -p "$dir"
	if [ -f "$dir/build.ninja" ]; then
		meson setup --reconfigure "$dir" "$@" >"$dir/setup.log" 2>&1 ||
			meson setup --wipe "$dir" "$@" >"$dir/setup.log" 2>&1
	else
		meson setup "$dir" "$@" >"$dir/setup.log" 2>&1
	fi || {
		echo "--- $name: meson setup failed, all of it is in $dir/setup.log"
		tail -n 20 "$dir/setup.log"
		add 0 1 0
		return 1
	}
	ninja -C "$dir" >"$dir/build.log" 2>&1 || {
		echo "--- $name: the build failed, all of it is in $dir/build.log"
		grep -E -A 12 '^FAILED|error:' "$dir/build.log" | cut -c1-300 | head -n 60
		add 0 1 0
		return 1
	}
}

# run_suites NAME DIR TIMEOUT-FACTOR [SUITE...]: all of them without a name; --only has precedence
run_suites() {
	name=$1
	dir=$2
	factor=$3
	shift 3
	say "$name: suites"
	rm -f "$dir/meson-logs/testlog.json"
	: >"$dir/test.log"
	[ -z "$suite" ] || set -- "$suite"
	# shellcheck disable=SC2086 # a command with arguments, or nothing
	$fixed_layout meson test -C "$dir" --no-rebuild --timeout-multiplier "$factor" "$@" \
		>>"$dir/test.log" 2>&1 &
	tests=$!
	tail -n +1 -f --pid="$tests" "$dir/test.log" 2>/dev/null |
		grep --line-buffered -E '^ *[0-9]+/[0-9]+ ' | cut -c1-100
	wait "$tests"
	if grep -q '^No tests defined' "$dir/test.log"; then
		add 0 0 1
		return
	fi
	[ -f "$dir/meson-logs/testlog.json" ] || tail -n 5 "$dir/test.log"
	# shellcheck disable=SC2046 # three numbers
	add $(python3 devtools/test-summary.py meson "$name" "$dir/meson-logs/testlog.json")
}

# run_script NAME LOG COMMAND...
run_script() {
	say "$1"
	name=$1
	log=$2
	shift 2
	"$@" >"$log" 2>&1
	status=$?
	# shellcheck disable=SC2046 # three numbers
	add $(python3 devtools/test-summary.py script "$name" "$status" "$log")
}

# The arguments are those of vm-test.sh.
# shellcheck disable=SC2317 # run_script calls it
vm_test() {
	status=0
	devtools/vm-test.sh "$@" || status=$?
	if [ "$status" -eq 77 ] && [ "$vm" = required ]; then
		echo "not ok - vm was skipped; REFDMA_VM_TEST=optional allows that"
		status=1
	fi
	return "$status"
}

say "setup"
if [ "$quick" = yes ]; then
	devtools/setup.sh
else
	devtools/setup.sh --ci --docs
fi || {
	failed=1
	finish
}

plain=no
if wanted_build plain || wanted checks || wanted autotest || wanted vm; then
	# vm has a card with the other identifier
	build_dir plain build -Db_sanitize=none -Dwerror=true -Drefdma_pci_ids=10ee:9034 && plain=yes
fi
if [ "$plain" = yes ] && wanted_build plain; then
	run_suites plain build 1
fi
if [ -z "$suite" ] && wanted checks; then
	for check in devtools/check-*; do
		case $check in
		*/check-style.sh | */check-format.py | *'*') continue ;;
		esac
		[ -x "$check" ] || continue
		mkdir -p build
		name=${check##*/}
		run_script "${name%.*}" "build/${name%.*}.log" "$check"
	done
fi
if [ -z "$suite" ] && wanted docs && [ -x devtools/build-docs.sh ]; then
	mkdir -p build-docs
	run_script docs build-docs/build.log env DOCS_BUILD_DIR=build-docs devtools/build-docs.sh
fi
if [ "$plain" = yes ] && [ -z "$suite" ] && wanted autotest; then
	run_script autotest build/dpdk-autotest.log devtools/dpdk-autotest.sh build
fi
if [ "$plain" = yes ] && [ -z "$suite" ] && wanted_vm && wanted vm; then
	run_script vm build/vm-test.log vm_test
fi

if [ "$quick" = no ] && wanted_build asan &&
	build_dir asan build-asan -Db_sanitize=address,undefined -Doptimization=1 -Dwerror=false; then
	run_suites asan build-asan 4
	# What becomes of a card that is reset, taken away or killed is also for the sanitizers.
	if [ "$plain" = yes ] && [ -z "$suite" ] && wanted_vm; then
		run_script asan-vm build-asan/vm-test.log \
			vm_test --device build-asan/app/bin/refdma-device port dies
	fi
fi
if [ "$quick" = no ] && wanted_build tsan; then
	build_dir tsan build-tsan -Db_sanitize=thread -Doptimization=1 -Dwerror=false &&
		run_suites tsan build-tsan 10
fi
# Another compiler warns of other things, and orders otherwise what is shared between threads.
if [ "$quick" = no ] && wanted_build clang; then
	export CC=clang
	# shellcheck disable=SC2086 # a list of names
	build_dir clang build-clang -Db_sanitize=none -Dwerror=true &&
		run_suites clang build-clang 1 $clang_suites
fi
finish
