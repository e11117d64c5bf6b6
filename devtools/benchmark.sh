#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# From a fresh checkout to a plotted comparison on this machine.

set -eu

usage() {
	cat <<EOF
usage: devtools/benchmark.sh [--record]

Installs what is missing, builds into build/, lets the CPU, dma_skeleton, refdma (engine=thread and
inline) and the DMA Engine API copy the same buffers in turn, measures latencies and a cyclic
transfer, and draws the results. Takes two minutes on two cores, after installation and build.
Files go to results/: *.json, *.svg, *.png, summary.txt, and the tables of each command. Needs no
privileges beyond the installation, no huge pages and no DMA device.

  --record  measure longer, and write the results and figures that the guides show, in
            doc/guides/results; for a quiet machine and a tree without changes
  --help    print this text

Exit status: 0 all data was right, 1 something failed, 2 bad usage.
EOF
}

record=no
while [ $# -gt 0 ]; do
	case $1 in
	--record) record=yes ;;
	--help | -h)
		usage
		exit
		;;
	*)
		echo "benchmark.sh: '$1' is no option" >&2
		usage >&2
		exit 2
		;;
	esac
	shift
done

cd "$(dirname "$0")/.."
. devtools/functions.sh

sizes=64,128,256,512,1K,2K,4K,8K,16K,32K,64K,256K
if [ "$record" = yes ]; then
	out=doc/guides/results
	time=0.25
	repeat=9
	cyclic_time=20
	if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
		echo "benchmark.sh: a record tells its commit; commit or stash the changes first" >&2
		exit 1
	fi
else
	out=results
	time=0.1
	repeat=5
	cyclic_time=5
fi
app=build/app/dpdk-test-dmaengine
status=0
mkdir -p "$out"

# measure NAME COMMAND...: results and tables; a wrong result counts, but the rest is measured
measure() {
	name=$1
	shift
	echo "      $app $* --json $out/$name.json"
	"$app" "$@" --json "$out/$name.json" >"$out/$name.txt" || {
		code=$?
		[ "$code" -eq 1 ] || { cat "$out/$name.txt"; exit "$code"; }
		status=1
	}
}

# The python of the distribution has its packages, another that comes first in the path may not.
plot() {
	for python in python3 /usr/bin/python3; do
		if "$python" -c 'import matplotlib' 2>/dev/null; then
			"$python" devtools/plot.py "$@"
			return
		fi
	done
	echo "benchmark.sh: no python3 with matplotlib; install python3-matplotlib" >&2
	return 1
}

echo "[1/4] tools and libraries"
devtools/setup.sh --plot
echo "[2/4] build"
build_here
echo "      built after $(elapsed)"

echo "[3/4] measure"
measure compare compare --size "$sizes" --latency --time "$time" --repeat "$repeat"
measure cyclic cyclic --dev dma_refdma_thread,engine=thread --time "$cyclic_time"
measure cyclic-engine cyclic --dev dma_refdma_service,engine=service --api engine \
	--time "$cyclic_time"
if [ "$record" = yes ]; then
	measure burst copy --dev dma_refdma_thread,engine=thread --dev dma_refdma_inline,engine=inline \
		--size 64,1K --burst 1,2,4,8,16,32,64 --time "$time" --repeat "$repeat"
	measure engine-cost engine-cost --time "$time" --repeat "$repeat"
fi
echo "      measured after $(elapsed)"

echo "[4/4] figures"
if [ "$record" = yes ]; then
	rm -f "$out"/*.txt
	plot --output "$out" --format svg "$out/compare.json" "$out/cyclic.json" \
		"$out/cyclic-engine.json"
else
	plot --output "$out" --summary "$out/summary.txt" "$out/compare.json" "$out/cyclic.json" \
		"$out/cyclic-engine.json"
	echo
	cat "$out/summary.txt"
fi
echo
echo "done after $(elapsed); everything is in $out/"
exit "$status"
