# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers
# shellcheck shell=sh

# What scripts of devtools have in common; they source this in the root of the repository.

started=$(date +%s)

# usage_of "$@": for scripts without arguments; prints usage() where it was asked for, or where
# there are arguments
usage_of() {
	case ${1:-} in
	'') return ;;
	--help | -h)
		usage
		exit
		;;
	esac
	usage >&2
	exit 2
}

# Time since the script started
elapsed() {
	echo "$(($(date +%s) - started)) s"
}

# Build into build/. A terminal sees what meson and ninja do; a log needs it only when it fails.
build_here() {
	if [ ! -f build/build.ninja ]; then
		if ! meson setup build >build-setup.log 2>&1; then
			tail -n 20 build-setup.log
			rm -f build-setup.log
			return 1
		fi
		rm -f build-setup.log
	fi
	if [ -t 1 ]; then
		ninja -C build
	else
		ninja -C build --quiet
	fi
}

# first_cpus N: the first N CPUs that this process may use, as a list for -l
first_cpus() {
	python3 -c 'import os, sys
cpus = sorted(os.sched_getaffinity(0))
print(",".join(map(str, cpus[:int(sys.argv[1])])))' "$1"
}
