#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Run the examples and look at what they print: those of a build directory, and those that their
# Makefiles make with an installed RefDMA, shared and static. Prints TAP.

set -u

usage() {
	cat <<EOF
usage: app/test/examples/run-examples.sh BUILD_DIR

Runs the examples of BUILD_DIR. Then installs RefDMA below BUILD_DIR/examples-install, and builds
and runs the examples with their Makefiles. The exit status is 1 if anything failed.
EOF
}

case ${1:-} in
'')
	usage >&2
	exit 2
	;;
--help | -h)
	usage
	exit
	;;
esac

root=$(cd "$(dirname "$0")/../../.." && pwd)
build=$(cd "$1" && pwd) || exit 2
work=$build/examples-install
log=$build/examples.log
count=0
failed=0
names='memcpy_callback cyclic_capture uart_slave_sg packet_metadata'

supp=$root/devtools/sanitizers
export LSAN_OPTIONS="print_suppressions=0:suppressions=$supp/lsan.supp:${LSAN_OPTIONS:-}"
export TSAN_OPTIONS="suppressions=$supp/tsan.supp:${TSAN_OPTIONS:-}"

# result STATUS NAME: one line of TAP, and the log of what failed
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		tail -n 20 "$log" | cut -c1-300 | sed 's/^/# /'
		failed=1
	fi
}

# skip NAME REASON
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# has PATTERN...: each of them matches a whole line of the log
has() {
	for pattern; do
		grep -Eqx -e "$pattern" "$log" || {
			echo "no line matches: $pattern" >>"$log"
			return 1
		}
	done
}

# What each example is to print. A busy machine may lose samples of the capture, but no period.
printed() {
	case $1 in
	memcpy_callback)
		has 'dma0chan0: 4096 bytes submitted, cookie 1' 'callback: the copy is complete' \
			'destination equals source'
		;;
	cyclic_capture)
		has '[0-9]+ periods of 16384 bytes captured' \
			'[0-9]+ bytes lost, port overrun [0-9]+ bytes' &&
			[ "$(sed -n 's/ periods of .*//p' "$log")" -ge 32 ]
		;;
	uart_slave_sg)
		has 'sent 2 segments' 'received 32 bytes' 'received 26 bytes' \
			'text: Two pieces of memory go out, buffers of 32 bytes come in\.'
		;;
	packet_metadata)
		has '"This frame .* the client\." flow 1, checksum [0-9a-f]{8}' \
			'"This frame .* the channel\." flow 2, checksum [0-9a-f]{8}'
		;;
	esac
}

# run NAME WHAT COMMAND...: it succeeds and prints the right thing
run() {
	name=$1
	what=$2
	shift 2
	timeout 120 "$@" >"$log" 2>&1 && printed "$name"
	result $? "$name: $what"
}

cpu=$(taskset -cp $$ | sed 's/.*: *//; s/[-,].*//')
for name in $names; do
	program=$build/examples/dpdk-$name
	run "$name" 'runs without arguments' "$program"
	run "$name" 'runs on one CPU, where it is its own tasklet' taskset -c "$cpu" "$program"
done

timeout 120 "$build/examples/dpdk-cyclic_capture" --file-prefix=captures -- 50 >"$log" 2>&1 &&
	[ "$(sed -n 's/ periods of .*//p' "$log")" -ge 50 ]
result $? 'cyclic_capture: takes EAL arguments, and the number of periods behind --'

timeout 120 "$build/examples/dpdk-memcpy_callback" --no-such-argument >"$log" 2>&1
[ $? -eq 1 ] && has 'EAL does not start: .*'
result $? 'memcpy_callback: a wrong argument gives a message and exit status 1'

# An installed RefDMA, in a prefix of its own
install_refdma() {
	sdk=$(meson introspect "$build" --buildoptions | python3 -c '
import json, sys
print("".join(o["value"] for o in json.load(sys.stdin) if o["name"] == "driver_sdk_dir"))')
	if [ ! -f "$work/build/build.ninja" ]; then
		meson setup "$work/build" "$root" --prefix "$work/prefix" --libdir lib \
			-Dtests=false -Dexamples=false -Ddriver_sdk_dir="$sdk" || return
	fi
	ninja -C "$work/build" && meson install -C "$work/build" --no-rebuild
}

mkdir -p "$work"
install_refdma >"$log" 2>&1
status=$?
result $status 'RefDMA can be installed'

# The Makefiles know of it by this alone.
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
rm -rf "$work/examples"
cp -R "$root/examples" "$work/examples" || exit 1

# The program of the porting guide, which shows it as two files
cat "$root/doc/guides/snippets/ledstrip_dma.c" "$root/doc/guides/snippets/ledstrip.c" \
	>"$work/ledstrip.c"
# shellcheck disable=SC2046 # a list of flags
${CC:-cc} -Wall -Wextra -Werror -D_GNU_SOURCE "$work/ledstrip.c" -o "$work/ledstrip" \
	$(pkg-config --cflags --libs dmaengine_compat) \
	-Wl,-rpath,"$work/prefix/lib" >"$log" 2>&1 &&
	timeout 120 "$work/ledstrip" --no-huge -m 256 --no-pci --no-shconf --no-telemetry \
		--lcores "0@$cpu,1@$cpu" -S 1 --vdev=dma_refdma0,engine=service >"$log" 2>&1 &&
	has 'show: 0'
result $? 'the program of the porting guide'

# DPDK's static libraries want development packages that a machine may not have.
echo 'int main(void) { return 0; }' >"$work/empty.c"
# shellcheck disable=SC2046 # a list of flags
${CC:-cc} "$work/empty.c" -o "$work/empty" $(pkg-config --static --libs libdpdk) \
	>"$work/empty.log" 2>&1
static=$?

for name in $names; do
	for kind in shared static; do
		what="the Makefile builds it $kind"
		if [ "$status" -ne 0 ]; then
			skip "$name: $what" 'RefDMA is not installed'
			continue
		fi
		if [ "$kind" = static ] && [ "$static" -ne 0 ]; then
			skip "$name: $what" "DPDK itself does not link: $(grep -m 1 -o \
				'cannot find [^ :]*' "$work/empty.log")"
			continue
		fi
		program=$work/examples/$name/build/$name
		[ "$kind" = shared ] || program=$program-static
		if make -C "$work/examples/$name" "$kind" >"$log" 2>&1; then
			run "$name" "$what, and it runs" "$program"
		else
			result 1 "$name: $what"
		fi
	done
done

echo "1..$count"
exit "$failed"
