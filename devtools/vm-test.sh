#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The system test: RefDMA cards in a virtual machine, driven by DPDK applications in it.

set -eu

usage() {
	cat <<EOF
usage: devtools/vm-test.sh [--build DIR] [--device PROGRAM] [--refresh] [GROUP...]
       devtools/vm-test.sh [--build DIR] --shell

Boots a Linux kernel in an emulated machine (QEMU without KVM) whose PCI bus has RefDMA cards, each
served by a refdma-device process, and runs the groups of cases of devtools/vm/guest in it. Prints
TAP, one line a case; logs go to DIR/vm/. The first run downloads QEMU and a kernel (70 MB) into
\${XDG_CACHE_HOME:-\$HOME/.cache}/refdma and installs nothing; see devtools/vm/fetch.sh.

  GROUP             run only these (all): $(groups)
  --build DIR       the build to test (build)
  --device PROGRAM  refdma-device of another build
  --refresh         download again
  --shell           no test: a shell in the machine, with two cards; 'poweroff -f' leaves it
  --help            print this text

Exit status: 0 all passed, 1 not, 77 skipped because QEMU or the kernel are not to be had (the
reason is in the output), 2 bad arguments.
EOF
}

# The groups that there are.
groups() {
	sed -n 's/^    "\([a-z]*\)": Group(.*/\1/p' "$vm/run.py" | tr '\n' ' '
}

root=$(cd "$(dirname "$0")/.." && pwd)
vm=$root/devtools/vm
build=$root/build
device=
refresh=
shell=
while [ $# -gt 0 ]; do
	case $1 in
	--build | --device)
		[ $# -ge 2 ] || {
			usage >&2
			exit 2
		}
		if [ "$1" = --build ]; then build=$2; else device=$2; fi
		shift
		;;
	--refresh) refresh=--refresh ;;
	--shell) shell=--shell ;;
	--help | -h)
		usage
		exit
		;;
	-*)
		usage >&2
		exit 2
		;;
	*) break ;;
	esac
	shift
done

fail() {
	printf 'vm-test.sh: %s\n' "$1" >&2
	exit 1
}

build=$(cd "$build" 2>/dev/null && pwd) ||
	fail "there is no build; 'meson setup build && ninja -C build' makes one"
device=${device:-$build/app/bin/refdma-device}
for program in "$device" "$build/app/refdma-test" "$build/app/dpdk-test-dmaengine"; do
	[ -x "$program" ] || fail "$program is missing: build it first"
done

mkdir -p "$build/vm"
status=0
cache=$("$vm/fetch.sh" $refresh 2>"$build/vm/fetch.log") || status=$?
if [ "$status" -eq 77 ]; then
	echo "1..0 # SKIP $(tail -n 1 "$build/vm/fetch.log")"
	exit 77
elif [ "$status" -ne 0 ]; then
	cat "$build/vm/fetch.log" >&2
	fail "QEMU and the guest's kernel are not there"
fi
qemu=$cache/qemu/run
[ -x "$qemu" ] || qemu="qemu-system-x86_64"

"$vm/image.sh" "$cache" "$build" "$build/vm/image.cpio"
# The name of the interpreter: the scripts may lie where nothing may be executed.
exec python3 "$vm/run.py" --qemu "$qemu" --kernel "$cache/guest/vmlinux" \
	--image "$build/vm/image.cpio" --device "$device" \
	--plugin "$build/drivers/librte_dma_refdma.so" --logs "$build/vm" $shell "$@"
