#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# From a fresh checkout to the first figures.

set -eu

usage() {
	cat <<EOF
usage: devtools/quickstart.sh [ARGUMENT...]

Installs what is missing, builds into build/, and runs dpdk-test-dmaengine compare: the CPU,
dma_skeleton, refdma and the DMA Engine API copy the same buffers in turn. Then a DMA Engine client
copies with a callback, and many. Needs no privileges beyond the installation and no huge pages.
ARGUMENTs are added to those of dpdk-test-dmaengine compare.

  --help  print this text

Exit status: 0 all data was right, 1 something failed, 2 a wrong ARGUMENT.
EOF
}

case ${1:-} in
--help | -h)
	usage
	exit
	;;
esac

cd "$(dirname "$0")/.."
. devtools/functions.sh

echo "[1/4] tools and libraries"
devtools/setup.sh

echo "[2/4] build"
build_here
echo "      built after $(elapsed)"

app=build/app/dpdk-test-dmaengine
if [ ! -x "$app" ]; then
	echo "quickstart.sh: this tree has no dpdk-test-dmaengine to run"
	exit 1
fi
# the program's core and the device's; one core is enough, only slower
lcores=$(first_cpus 2)
echo "[3/4] dpdk-test-dmaengine -l $lcores --no-huge -m 1024 --no-pci -- compare $*"
prefix="--file-prefix=refdma-quickstart-$$"
status=0
"$app" -l "$lcores" --no-huge -m 1024 --no-pci "$prefix" --log-level=lib.eal:warning \
	-- compare "$@" || status=$?
# wrong data does not end it, a wrong argument or an interruption does
[ "$status" -le 1 ] || exit "$status"

echo "[4/4] the DMA Engine API: prepare, submit, issue, callback"
example=build/examples/dpdk-memcpy_callback
if [ -x "$example" ]; then
	"$example" -l "$lcores" || status=$?
fi
"$app" -l "$lcores" --no-huge -m 1024 --no-pci "$prefix" --log-level=lib.eal:warning \
	-- copy --api engine --size 64,4K --time short || status=$?
echo "      done after $(elapsed)"
exit "$status"
