#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The client API's headers: alone, in any order with others, with each compiler. Prints TAP.

usage() {
	cat <<EOF
usage: devtools/check-headers.sh

Compiles the headers of the DMA Engine API alone, twice, in any order with others, and client code
that is written like kernel drivers, with gcc, clang and a C++ compiler. Prints TAP.

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
exec app/test/headers/check-headers.sh
