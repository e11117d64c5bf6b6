#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Make the guest's file system: an initramfs with the programs of a build and of the distribution.

set -eu

usage() {
	cat <<EOF
usage: devtools/vm/image.sh CACHE-DIR BUILD-DIR OUTPUT

CACHE-DIR is what devtools/vm/fetch.sh prints. OUTPUT becomes a cpio archive with busybox, the
kernel's modules of VFIO and UIO, dpdk-test where the distribution has it, the programs and the
driver of BUILD-DIR, their libraries, and devtools/vm/guest. OUTPUT.dir is used for the work.
EOF
}

case ${1:-} in
--help | -h)
	usage
	exit
	;;
esac
[ $# -eq 3 ] || {
	usage >&2
	exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
build=$2
output=$3
image=$output.dir
libraries=usr/lib/x86_64-linux-gnu
# What EAL loads from its plugin directory; the guest needs no other.
plugins='librte_bus_pci librte_bus_vdev librte_mempool_ring librte_dma_skeleton'

fail() {
	printf 'image.sh: %s\n' "$1" >&2
	exit 1
}

# The directory that EAL loads plugins from, as it was compiled in.
plugin_dir() {
	for flag in $(pkg-config --cflags-only-I libdpdk); do
		sed -n 's/^#define RTE_EAL_PMD_PATH "\(.*\)"/\1/p' "${flag#-I}/rte_build_config.h" \
			2>/dev/null || true
	done | head -n 1 | grep . || fail "the DPDK of pkg-config has no directory for plugins"
}

# Copy the libraries of programs and plugins under the names that the loader looks for.
copy_libraries() {
	LD_LIBRARY_PATH="$build/lib:$build/drivers" ldd "$@" |
		sed -n 's/^[ \t]*\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p' | sort -u |
		while read -r name path; do
			[ -e "$image/$libraries/$name" ] || cp -L "$path" "$image/$libraries/$name"
		done
}

rm -rf "$image"
mkdir -p "$image/bin" "$image/dev" "$image/proc" "$image/sys" "$image/tmp" "$image/run" \
	"$image/etc" "$image/modules" "$image/tests" "$image/lib64" "$image/usr/bin" \
	"$image/$libraries" "$image/var"
ln -s /run "$image/var/run"
cp "$cache/guest/busybox" "$image/bin/"
cp "$cache"/guest/modules/* "$image/modules/"
cp "$here"/guest/* "$image/tests/"
cp "$here/../bind.sh" "$image/usr/bin/"
mv "$image/tests/init" "$image/init"

dpdk_test=$(command -v dpdk-test || true)
for program in "$build/app/dpdk-test-dmaengine" "$build/app/refdma-test" \
	"$build/app/bin/refdma-device" \
	"$build/examples/dpdk-packet_metadata" "$build/examples/dpdk-memcpy_callback" \
	${dpdk_test:+"$dpdk_test"}; do
	cp "$program" "$image/usr/bin/"
done

pmds=$(plugin_dir)
mkdir -p "$image$pmds"
set -- "$image"/usr/bin/*-*
for plugin in $plugins; do
	set -- "$@" "$pmds/$plugin.so"
done
set -- "$@" "$build/drivers/librte_dma_refdma.so"
copy_libraries "$@"
# A plugin that a program is linked to as well must be the same file, or it is loaded twice.
for plugin in $plugins librte_dma_refdma; do
	file=$build/drivers/$plugin.so
	[ -e "$file" ] || file=$pmds/$plugin.so
	name=$(readelf -d "$file" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
	cp -L "$file" "$image/$libraries/$name"
	ln -s "/$libraries/$name" "$image$pmds/$plugin.so"
done
# The loader, and what the C library loads at the end of a thread.
cp -L /lib64/ld-linux-x86-64.so.2 "$image/lib64/"
cp -L "$(ldconfig -p 2>/dev/null | sed -n 's/.*libgcc_s\.so\.1 .*x86-64.* => //p' | head -n 1 |
	grep . || echo "/$libraries/libgcc_s.so.1")" "$image/$libraries/libgcc_s.so.1"
chmod -R go-w "$image"

(cd "$image" && find . | "$cache/guest/busybox" cpio -o -H newc 2>/dev/null) >"$output.new"
mv "$output.new" "$output"
rm -rf "$image"
