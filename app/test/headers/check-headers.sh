#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers
#
# Compiles the kernel-named headers alone, in pairs in both orders with DPDK's and the system's
# headers, and under client-shaped sources. Prints TAP, one line per group of combinations.
#
# Usage: check-headers.sh [include-directory]
# CC_LIST and CXX_LIST name the compilers; one that is not installed is skipped. Headers of DPDK
# are left out where pkg-config does not find it.

here=$(cd "$(dirname "$0")" && pwd)
include=${1:-$here/../../../lib/dmaengine_compat/include}
CC_LIST=${CC_LIST:-gcc clang}
CXX_LIST=${CXX_LIST:-g++ clang++}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

dpdk_flags=$(pkg-config --cflags libdpdk 2>/dev/null)
dpdk=
[ -n "$dpdk_flags" ] && dpdk='rte_common.h rte_branch_prediction.h rte_bitops.h rte_memory.h
	rte_malloc.h rte_mbuf.h rte_eal.h rte_ring.h rte_dmadev.h rte_service.h rte_dev.h'
system='stdio.h stdbool.h errno.h limits.h sys/types.h sys/param.h sys/user.h sys/queue.h
	sys/stat.h sys/ioctl.h pthread.h linux/ioctl.h linux/types.h linux/errno.h linux/vfio.h
	linux/if_packet.h linux/if_ether.h linux/stat.h linux/kernel.h'
ours=$(cd "$include" && find linux -name '*.h' | sort)
public='linux/dmaengine.h linux/dma-mapping.h linux/scatterlist.h linux/completion.h linux/types.h
	linux/err.h'

client_flags='-std=gnu11 -Wall -Wextra -Werror'
c_flags="$client_flags -Wpedantic"
cxx_flags='-std=c++17 -Wall -Wextra -Werror'
count=0
failed=0

# report <group> <failures> <combinations>
report()
{
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $count - $1 ($3 combinations)"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1 ($2 of $3 combinations)"
		sed 's/^/# /' "$tmp/log" | head -40
	fi
}

# compile <compiler> <flags> <language> <file>; DPDK's flags come last, as an application has them
compile()
{
	# shellcheck disable=SC2086 # the flags are lists
	"$1" $2 -fsyntax-only -I"$include" $dpdk_flags -x "$3" "$4" >>"$tmp/log" 2>&1
}

# group <name> <compiler> <flags> <language> <file with one list of headers a line>
group()
{
	bad=0
	total=0
	: >"$tmp/log"
	while read -r headers; do
		for header in $headers; do
			echo "#include <$header>"
		done >"$tmp/unit"
		echo 'int main(void) { return 0; }' >>"$tmp/unit"
		total=$((total + 1))
		if ! compile "$2" "$3" "$4" "$tmp/unit"; then
			echo "in: $headers" >>"$tmp/log"
			bad=$((bad + 1))
		fi
	done <"$5"
	report "$1" "$bad" "$total"
}

# sources <name> <compiler> <flags> <language> <file>...
sources()
{
	name=$1 compiler=$2 flags=$3 language=$4
	shift 4
	bad=0
	: >"$tmp/log"
	for file in "$@"; do
		compile "$compiler" "$flags" "$language" "$file" || bad=$((bad + 1))
	done
	report "$name" "$bad" $#
}

for first in $ours; do
	echo "$first"
	echo "$first $first"
done >"$tmp/alone"
for first in $public; do
	for second in $public; do
		[ "$first" = "$second" ] || echo "$first $second"
	done
done >"$tmp/each_other"
pairs()
{
	for theirs in $1; do
		for header in linux/dmaengine.h linux/dma-mapping.h linux/scatterlist.h \
			      linux/completion.h; do
			echo "$header $theirs"
			echo "$theirs $header"
		done
	done
}
pairs "$system" >"$tmp/system"
pairs "$dpdk" >"$tmp/dpdk"
# shellcheck disable=SC2086 # the lists become one line
{
	echo $public $system $dpdk
	echo $system $dpdk $public
	echo $dpdk $public $system
	echo $dpdk $system $public
} >"$tmp/everything"

# check_headers <compiler> <flags> <language>
check_headers()
{
	group "$1: each header alone and twice" "$1" "$2" "$3" "$tmp/alone"
	group "$1: headers in any order" "$1" "$2" "$3" "$tmp/each_other"
	group "$1: with the system's headers, both orders" "$1" "$2" "$3" "$tmp/system"
	if [ -n "$dpdk" ]; then
		group "$1: with DPDK's headers, both orders" "$1" "$2" "$3" "$tmp/dpdk"
	fi
	group "$1: everything in one source" "$1" "$2" "$3" "$tmp/everything"
}

echo 'TAP version 13'
for cc in $CC_LIST; do
	if ! command -v "$cc" >/dev/null; then
		count=$((count + 1))
		echo "ok $count - $cc # SKIP not installed"
		continue
	fi
	check_headers "$cc" "$c_flags" c
	sources "$cc: client-shaped sources" "$cc" "$client_flags" c "$here"/client_*.c
	sources "$cc: the drivers of the suite" "$cc" "$client_flags" c "$here"/../clients/*.c
	sources "$cc: values of the contract" "$cc" "$c_flags" c "$here/values.c"
	sources "$cc: functions of the contract" "$cc" "$c_flags" c "$here/surface.c"

	cat >"$tmp/own_types.c" <<-END
		typedef unsigned long u64;
		#include <linux/completion.h>
		#include <linux/dma-mapping.h>
		#include <linux/dmaengine.h>
	END
	sources "$cc: short type names of the application's own" "$cc" \
		"$c_flags -DDMAENGINE_COMPAT_NO_SHORT_TYPES" c "$tmp/own_types.c"

	# Two copies of the headers in the search path, as with an installed one beside this one.
	cp -r "$include" "$tmp/copy"
	sources "$cc: a second copy in the search path" "$cc" "$client_flags -I$tmp/copy" \
		c "$here"/client_*.c
	rm -rf "$tmp/copy"

	: >"$tmp/log"
	bad=0
	# shellcheck disable=SC2086 # the flags are a list
	"$cc" $c_flags -O1 -I"$include" -o "$tmp/inline_check" "$here/inline_check.c" \
		>"$tmp/log" 2>&1 && "$tmp/inline_check" >>"$tmp/log" 2>&1 || bad=1
	report "$cc: what the inline functions compute" "$bad" 1
done
for cxx in $CXX_LIST; do
	if ! command -v "$cxx" >/dev/null; then
		count=$((count + 1))
		echo "ok $count - $cxx # SKIP not installed"
		continue
	fi
	check_headers "$cxx" "$cxx_flags" c++
	sources "$cxx: a client in C++" "$cxx" "$cxx_flags" c++ "$here/cxx_client.cpp"
	sources "$cxx: functions of the contract" "$cxx" "$cxx_flags" c++ "$here/surface.c"
done
echo "1..$count"
[ "$failed" -eq 0 ]
