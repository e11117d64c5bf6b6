#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# devtools/plot.py, with results that were recorded for it. Prints TAP.

usage() {
	cat <<EOF
usage: devtools/check-plot.sh

Draws recorded results with devtools/plot.py, and looks whether the figures of the guides were made
from the results that are beside them. Prints TAP; skipped without python3-matplotlib.

  --help  print this text
EOF
}

cd "$(dirname "$0")/.." || exit 1
. devtools/functions.sh
usage_of "$@"
for python in python3 /usr/bin/python3; do
	if "$python" -c 'import matplotlib' 2>/dev/null; then
		exec "$python" app/test/plot/check-plot.py
	fi
done
echo '1..0 # SKIP no python3 with matplotlib; install it with: apt-get install python3-matplotlib'
