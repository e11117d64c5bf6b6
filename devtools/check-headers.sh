#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# The client API's headers: alone, in any order with others, with each compiler. Prints TAP.

cd "$(dirname "$0")/.." || exit 1
exec app/test/headers/check-headers.sh
