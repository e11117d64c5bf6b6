#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Record what the guides show of telemetry: answers, and the screen of dmaengine-top.py.

set -eu

usage() {
	cat <<EOT
usage: devtools/record-telemetry.sh [BUILD-DIR]

Runs dpdk-test-dmaengine of BUILD-DIR (build) with two devices, asks it through the distribution's
dpdk-telemetry.py, and takes the screen of devtools/dmaengine-top.py from a terminal of 80x24. Writes
the answers and the screen below doc/guides/recorded/telemetry/, which the guides include.
EOT
}

case ${1:-} in
-*)
	usage
	[ "$1" = --help ] || [ "$1" = -h ] || exit 2
	exit
	;;
esac

cd "$(dirname "$0")/.."
build=$(cd "${1:-build}" && pwd)
out=doc/guides/recorded/telemetry
prefix=rec$$
for tool in dpdk-telemetry.py tmux; do
	command -v "$tool" >/dev/null || {
		echo "record-telemetry.sh: $tool is missing; install it with: apt-get install" \
			"$(echo "$tool" | sed 's/dpdk-.*/dpdk/')" >&2
		exit 1
	}
done

cpus=$(taskset -cp $$ | sed 's/.*: //')
first=$(echo "$cpus" | sed 's/[-,].*//')
last=$(echo "$cpus" | sed 's/.*[-,]//')
mkdir -p "$out"
log=$(mktemp)
"$build/app/dpdk-test-dmaengine" --no-huge -m 512 --no-pci --file-prefix "$prefix" \
	-l "$first,$last" -- verify --api engine --dev dma_refdma0,engine=service,queues=3 \
	--dev dma_skeleton --no-verify --no-random --threads 2 --soak 10m >"$log" 2>&1 &
tool=$!
# shellcheck disable=SC2317 # called by trap
finish() {
	kill -INT "$tool" 2>/dev/null || true
	wait "$tool" 2>/dev/null || true
	tmux -L "$prefix" kill-server 2>/dev/null || true
	rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ask COMMAND: the answer, as the script prints it
ask() {
	echo "$1" | dpdk-telemetry.py -f "$prefix" 2>/dev/null | grep '^{' || true
}

tries=0
until ask /dmaengine/channel,0,2 | grep -q '"state": "running"'; do
	tries=$((tries + 1))
	if [ "$tries" -gt 600 ] || ! kill -0 "$tool" 2>/dev/null; then
		echo "record-telemetry.sh: dpdk-test-dmaengine does not run:" >&2
		cat "$log" >&2
		exit 1
	fi
	sleep 0.1
done

for command in /dmaengine/list /dmaengine/info,0 /dmaengine/stats,0 /dmaengine/channel,0,1 \
	/dmadev/stats,0,1 /refdma/queue,0,1; do
	name=$(echo "${command%%,*}" | tr / _)
	ask "$command" | python3 -m json.tool --indent 2 >"$out/${name#_}.json"
done

tmux -L "$prefix" new-session -d -x 80 -y 24 \
	"devtools/dmaengine-top.py --file-prefix $prefix"
# two intervals, so that there are rates
tries=0
until tmux -L "$prefix" capture-pane -p | grep -q '^dma0chan1 .*[1-9][0-9.]*[kM]'; do
	tries=$((tries + 1))
	[ "$tries" -le 300 ] || {
		echo "record-telemetry.sh: dmaengine-top.py shows no rates" >&2
		exit 1
	}
	sleep 0.1
done
sleep 2
{
	echo "# SPDX-License-Identifier: BSD-3-Clause"
	echo "# Recorded by devtools/record-telemetry.sh: $(uname -sr), DPDK" \
		"$(pkg-config --modversion libdpdk), $(git log -1 --format=%h)"
	tmux -L "$prefix" capture-pane -p
} >"$out/dmaengine-top.txt"
echo "written: $out"
