#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Run the examples of build/, and build them against an installed tree. Prints TAP.

usage() {
	cat <<EOF
usage: devtools/check-examples.sh

Runs each program of examples/ from build/, and looks at what it prints; installs into
build/examples-install and builds the programs there with make. Prints TAP.

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
exec app/test/examples/run-examples.sh build
