#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Install RefDMA twice and use it as a stranger would: in a prefix of its own, with nothing but
# pkg-config; and by DESTDIR where DPDK is, with the distribution's dpdk-test. Prints TAP.

# shellcheck disable=SC2317 # the functions are called by check()
set -u

usage() {
	cat <<EOF
usage: devtools/check-install.sh

Builds below build/check-install and installs there, never into the system. Programs are compiled
against the installed tree, shared and static, in C and C++, by hand and by meson. Then it installs
with DESTDIR for the prefix of the DPDK found, shows that tree at its place to a few programs, in a
mount namespace of their own, and runs the distribution's dpdk-test, which has to find the plugin
by itself. The exit status is 1 if anything failed.
EOF
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

cd "$(dirname "$0")/.." || exit 1
root=$PWD
work=$root/build/check-install
prefix=$work/prefix
stage=$work/stage
build=$work/build
log=$work/check.log
mkdir -p "$work"
count=0
failed=0

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

finish() {
	echo "1..$count"
	exit "$failed"
}

# check NAME COMMAND...: one result, with the output of the command in the log
check() {
	name=$1
	shift
	"$@" >"$log" 2>&1
	result $? "$name"
}

# The first of a list of lines is what went wrong; none is good.
nothing() {
	found=$(cat)
	[ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}

# --- build and install ------------------------------------------------------------------------

# configure PREFIX LIBDIR DOCS
configure() {
	if [ -f "$build/build.ninja" ]; then
		meson configure "$build" -Dprefix="$1" -Dlibdir="$2" -Ddocs="$3" &&
			meson setup --reconfigure "$build"
	else
		meson setup "$build" --prefix "$1" --libdir "$2" -Ddocs="$3" -Dtests=false \
			-Dexamples=false
	fi
}

# install_tree PREFIX LIBDIR DOCS [DESTDIR]
install_tree() {
	configure "$1" "$2" "$3" && ninja -C "$build" &&
		DESTDIR=${4:-} meson install -C "$build" --no-rebuild
}

# All that has to be there, from the prefix on; L is the directory of libraries, P of plugins.
expected_files() {
	cat <<-EOF
		bin/dpdk-test-dmaengine
		include/dmaengine_compat/dmaengine_compat.h
		include/dmaengine_compat/dmaengine_compat_refdma.h
		include/dmaengine_compat/linux/dma-mapping.h
		include/dmaengine_compat/linux/dmaengine.h
		include/dmaengine_compat/linux/scatterlist.h
		include/dpdk/rte_pmd_refdma.h
		L/libdmaengine_compat.a
		L/libdmaengine_compat.so
		L/libdmaengine_compat.so.1
		L/librte_dma_refdma.a
		L/librte_dma_refdma.so
		L/pkgconfig/dmaengine_compat.pc
		L/pkgconfig/rte_dma_refdma.pc
		P/librte_dma_refdma.so
		share/doc/refdma/LICENSE
		share/doc/refdma/README.md
		share/refdma/examples/common/start.h
		share/refdma/examples/memcpy_callback/Makefile
	EOF
	for page in "$root"/doc/man/*.1; do
		[ ! -e "$page" ] || echo "share/man/man1/${page##*/}"
	done
	[ ! -f "$build/app/bin/refdma-device" ] || echo 'bin/refdma-device'
	[ ! -e "$root/devtools/dmaengine-top.py" ] || echo 'bin/dmaengine-top'
	[ "$docs" = disabled ] || ! command -v sphinx-build >/dev/null ||
		echo 'share/doc/refdma/guides/index.html'
	[ "$docs" = disabled ] || ! command -v doxygen >/dev/null ||
		echo 'share/doc/refdma/api/index.html'
}

# has_files TREE LIBDIR PLUGINDIR DOCS
has_files() {
	docs=$4
	expected_files | sed -e "s,^L/,$2/," -e "s,^P/,$3/," | while read -r file; do
		[ -e "$1/$file" ] || echo "missing: $file"
	done | nothing
}

# Nobody else has our build directory, or the directory that a package is staged in.
no_foreign_paths() {
	{
		grep -rlIF -e "$work" -e "$root/build" "$1" | sed 's/^/names the build directory: /'
		find "$1" -type f \( -name '*.so*' -o -path '*/bin/*' \) | while read -r file; do
			readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' |
				sed "s,^,${file##*/}: ,"
		done
	} | nothing
}

# --- what the linker sees ---------------------------------------------------------------------

# defined FILE [NM-OPTION...]: its global symbols, without the names of versions
defined() {
	file=$1
	shift
	nm --defined-only --extern-only "$@" "$file" |
		awk '$2 ~ /^[A-Z]$/ && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort -u
}

prefixed_symbols() {
	defined "$prefix/lib/libdmaengine_compat.so" -D | grep -v '^dmaengine_compat_' | nothing
}

# A program that is linked with an archive has no more of our names than with the shared library.
archives_are_exact() {
	for library in dmaengine_compat rte_dma_refdma; do
		defined "$prefix/lib/lib$library.so" -D >"$work/exported"
		defined "$prefix/lib/lib$library.a" | diff "$work/exported" - || return
	done
}

# The version map, the headers and the library agree.
map_is_exact() {
	sed -n 's/^\t\([a-z_0-9]*\);$/\1/p' lib/dmaengine_compat/version.map | LC_ALL=C sort \
		>"$work/map"
	defined "$prefix/lib/libdmaengine_compat.so" -D >"$work/exported"
	find "$prefix/include/dmaengine_compat" -name '*.h' -exec cat {} + |
		sed 's/__dmaengine_symbol(function)//' |
		sed -n -e 's/.*__dmaengine_symbol(\([a-z_]*\)).*/dmaengine_compat_\1/p' \
			-e 's/^[a-z].*[ *]\(dmaengine_compat_[a-z_]*\)(.*/\1/p' \
			-e 's/^\(dmaengine_compat_[a-z_]*\)(.*/\1/p' | LC_ALL=C sort -u >"$work/declared"
	diff "$work/map" "$work/exported" && diff "$work/declared" "$work/exported"
}

# --- programs against the installed tree ------------------------------------------------------

# A program that has the driver's private API and no DMA Engine.
write_driver_client() {
	cat >"$work/driver.c" <<-'EOF'
		#define ALLOW_EXPERIMENTAL_API
		#include <stdio.h>

		#include <rte_dmadev.h>
		#include <rte_eal.h>
		#include <rte_pmd_refdma.h>

		int
		main(int argc, char **argv)
		{
			int dev_id;

			if (rte_eal_init(argc, argv) < 0)
				return 1;
			dev_id = rte_dma_get_dev_id_by_name("dma_refdma0");
			printf("refdma: %d\n", dev_id >= 0 && rte_pmd_refdma_is_refdma(dev_id) != 0);
			return rte_eal_cleanup();
		}
	EOF
}

# compile KIND MODULE SOURCE PROGRAM: with the flags of pkg-config and nothing else
compile() {
	static=
	[ "$1" = shared ] || static=--static
	# shellcheck disable=SC2046,SC2086 # lists of flags
	${CC:-cc} -O2 -Wall -Werror -D_GNU_SOURCE "$3" -o "$4" \
		$(pkg-config $static --cflags --libs "$2") -Wl,-rpath,"$prefix/lib"
}

# Neither DPDK, driver nor library is left to the dynamic linker.
is_static() {
	readelf -d "$1" | grep -E 'NEEDED.*(librte_|dmaengine)' | nothing
}

eal_args="--no-huge -m 128 --no-pci --no-shconf --no-telemetry"

# copies KIND: the copying example
copies() {
	program=$work/memcpy_callback-$1
	compile "$1" dmaengine_compat "$prefix/share/refdma/examples/memcpy_callback/memcpy_callback.c" \
		"$program" && { [ "$1" = shared ] || is_static "$program"; } &&
		timeout 120 "$program" >"$work/out" && cat "$work/out" &&
		grep -qx 'destination equals source' "$work/out"
}

# drives KIND: the client of the private API; -d is not needed for a driver that is linked
drives() {
	program=$work/driver-$1
	# shellcheck disable=SC2086 # a list
	compile "$1" rte_dma_refdma "$work/driver.c" "$program" &&
		{ [ "$1" = shared ] || is_static "$program"; } &&
		timeout 120 "$program" -l "$cpu" $eal_args --vdev=dma_refdma0,engine=inline \
			>"$work/out" && cat "$work/out" && grep -qx 'refdma: 1' "$work/out"
}

# A C++ project that knows the library by name only. (With static: true meson takes libpcap.a, too,
# which DPDK's own librte_bpf.a does not go with.)
meson_client() {
	dir=$work/client
	rm -rf "$dir"
	mkdir -p "$dir"
	cp app/test/headers/cxx_client.cpp "$dir/" || return
	cat >"$dir/main.cpp" <<-'EOF'
		#include <cstdio>

		#include <dmaengine_compat.h>
		#include <linux/dmaengine.h>
		#include <rte_eal.h>

		int cxx_copy(dma_addr_t dst, dma_addr_t src, size_t len);

		int
		main(int argc, char **argv)
		{
			if (rte_eal_init(argc, argv) < 0 || dmaengine_compat_init(nullptr) < 0)
				return 1;
			/* no device: no channel */
			std::printf("copy: %d\n", cxx_copy(0, 0, 1));
			return dmaengine_compat_close() != 0 || rte_eal_cleanup() != 0;
		}
	EOF
	cat >"$dir/meson.build" <<-EOF
		project('client', 'cpp', default_options: ['cpp_std=c++17', 'werror=true'])
		executable('client', 'main.cpp', 'cxx_client.cpp',
		        dependencies: dependency('dmaengine_compat'))
	EOF
	# shellcheck disable=SC2086 # a list
	meson setup "$dir/build" "$dir" && ninja -C "$dir/build" &&
		LD_LIBRARY_PATH=$prefix/lib timeout 120 "$dir/build/client" -l "$cpu" $eal_args >"$work/out" && cat "$work/out" &&
		grep -qx 'copy: -19' "$work/out"
}

# The build tree serves pkg-config, too.
uninstalled() {
	# shellcheck disable=SC2046 # a list of flags
	PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --exists dmaengine_compat &&
		${CC:-cc} -Wall -Werror -D_GNU_SOURCE examples/memcpy_callback/memcpy_callback.c \
			-o "$work/uninstalled" $(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config \
			--cflags --libs dmaengine_compat rte_dma_refdma) &&
		LD_LIBRARY_PATH=$build/lib:$build/drivers timeout 120 "$work/uninstalled"
}

# --- the tree at its place --------------------------------------------------------------------

# in_place COMMAND...: with the staged tree over the real one, in a mount namespace
in_place() {
	# shellcheck disable=SC2016,SC2086 # for the inner shell; an option
	unshare $namespace sh -c '
		mount -t overlay overlay -o "lowerdir=$1:$2" "$2" || exit 125
		shift 2
		exec "$@"' sh "$stage$dpdk_prefix" "$dpdk_prefix" "$@"
}

# EAL does not start where nobody takes a device that it was told to make.
auto_loaded() {
	in_place env DPDK_TEST=version_autotest timeout -k 5 60 dpdk-test -l "$cpu" --no-huge \
		-m 128 --no-pci --file-prefix="refdma-install-$$" \
		--vdev=dma_refdma0,engine=inline </dev/null
}

# The suite begins and ends with DPDK's dma_skeleton, which fails where its thread gets no CPU for
# some milliseconds: that says nothing of ours. Prints a reason to skip, if it came to that.
autotest_passes() {
	status=0
	in_place env DPDK_TEST=dmadev_autotest timeout -k 5 180 dpdk-test -l "$cpu" --no-huge -m 512 \
		--no-pci --file-prefix="refdma-install-$$" --vdev=dma_refdma0,engine=inline \
		</dev/null >"$work/autotest.log" 2>&1 || status=$?
	tr '\r' '\n' <"$work/autotest.log" | grep -v '^Ops submitted' >"$work/autotest.txt"
	number=$(sed -n 's/^### Test dmadev instance \([0-9]*\) \[dma_refdma0\].*/\1/p' \
		"$work/autotest.txt")
	if [ -z "$number" ] && grep -q 'Error performing API tests' "$work/autotest.txt"; then
		skip "$1" "DPDK's test of its dma_skeleton failed first; the machine may be busy"
		return
	fi
	tail -n 20 "$work/autotest.txt" >"$log"
	[ -n "$number" ] && ! grep -q "test failure for device $number\$" "$work/autotest.txt" &&
		{ [ "$status" -eq 0 ] || grep -q 'test failure for device' "$work/autotest.txt"; }
	result $? "$1"
}

# The tool takes any dmadev, so it must find the driver as dpdk-test does.
tool_lists() {
	in_place dpdk-test-dmaengine list
}

finds_modules() {
	in_place env -u PKG_CONFIG_PATH pkg-config --print-errors --exists \
		"dmaengine_compat = $version" "rte_dma_refdma = $version"
}

finds_manual() {
	for page in "$root"/doc/man/*.1; do
		[ -e "$page" ] || continue
		title=${page##*/}
		in_place man -w "${title%.1}" || return
	done
}

# --- run --------------------------------------------------------------------------------------

cpu=$(taskset -cp $$ | sed 's/.*: *//; s/[-,].*//')
version=$(sed -n "s/^ *version: '\([^']*\)',*$/\1/p" meson.build | head -n 1)
dpdk_prefix=$(pkg-config --variable=prefix libdpdk)
dpdk_libdir=$(pkg-config --variable=libdir libdpdk)
dpdk_libdir=${dpdk_libdir#"$dpdk_prefix"/}

rm -rf "$prefix" "$stage"
check 'installs into a prefix of its own' install_tree "$prefix" lib disabled
[ "$failed" -eq 0 ] || finish
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
plugins=$(pkg-config --variable=plugindir rte_dma_refdma)
check 'all files are there' has_files "$prefix" lib "${plugins#"$prefix"/}" disabled
check 'every symbol of the library has its prefix' prefixed_symbols
check 'headers, version map and library have the same functions' map_is_exact
check 'archives have the symbols of the shared libraries and no others' archives_are_exact
check 'pkg-config modules are valid' pkg-config --validate dmaengine_compat dmaengine_compat-libs \
	rte_dma_refdma rte_dma_refdma-libs
check 'an example, shared, by pkg-config alone' copies shared
write_driver_client
check 'a client of the driver, shared' drives shared
check 'a project in C++ by meson' meson_client
check 'an example against the build tree' uninstalled

# DPDK's static libraries want development packages that a machine may not have.
echo 'int main(void) { return 0; }' >"$work/empty.c"
if compile static libdpdk "$work/empty.c" "$work/empty" >"$work/empty.log" 2>&1; then
	check 'an example, static, with all of DPDK' copies static
	check 'a client of the driver, static' drives static
else
	missing=$(grep -m 1 -o 'cannot find [^ :]*' "$work/empty.log")
	skip 'an example, static, with all of DPDK' "DPDK itself does not link: $missing"
	skip 'a client of the driver, static' "DPDK itself does not link: $missing"
fi

check "installs with DESTDIR for $dpdk_prefix" install_tree "$dpdk_prefix" "$dpdk_libdir" auto \
	"$stage"
plugins=$(PKG_CONFIG_PATH=$stage$dpdk_prefix/$dpdk_libdir/pkgconfig \
	pkg-config --variable=plugindir rte_dma_refdma)
check 'all files are there, below DESTDIR' has_files "$stage$dpdk_prefix" "$dpdk_libdir" \
	"${plugins#"$dpdk_prefix"/}" auto
check 'none names the build directory or a run path' no_foreign_paths "$stage"

namespace=
for options in -m -rm; do
	# shellcheck disable=SC2086 # an option
	if unshare $options mount -t overlay overlay \
		-o "lowerdir=$stage$dpdk_prefix:$dpdk_prefix" "$dpdk_prefix" 2>/dev/null; then
		namespace=$options
		break
	fi
done
for step in 'finds_modules:pkg-config finds the modules by itself' \
	'finds_manual:man finds the pages' \
	'tool_lists:dpdk-test-dmaengine runs from its place' \
	'auto_loaded:dpdk-test loads the plugin by itself' \
	'autotest_passes:its dmadev_autotest passes'; do
	if [ -z "$namespace" ]; then
		skip "${step#*:}" 'no mount namespace can be had here'
	elif [ "${step%%:*}" = finds_manual ] && ! command -v man >/dev/null; then
		skip "${step#*:}" 'no man here'
	elif [ "${step%%:*}" = tool_lists ] || [ "${step%%:*}" = finds_manual ] ||
		[ "${step%%:*}" = finds_modules ]; then
		check "${step#*:}" "${step%%:*}"
	elif ! command -v dpdk-test >/dev/null; then
		skip "${step#*:}" 'no dpdk-test here'
	elif [ "${step%%:*}" = auto_loaded ]; then
		check "${step#*:}" auto_loaded
	else
		autotest_passes "${step#*:}"
	fi
done
finish
