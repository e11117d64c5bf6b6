#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Run the examples of build/, and build them against an installed tree. Prints TAP.

cd "$(dirname "$0")/.." || exit 1
exec app/test/examples/run-examples.sh build
