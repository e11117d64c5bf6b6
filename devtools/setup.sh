#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Install what the build needs and fetch the driver SDK headers of the installed DPDK. Says and
# does nothing when nothing is missing.

set -eu

# shellcheck source=devtools/apt.sh
. "$(dirname "$0")/apt.sh"

usage() {
	cat <<EOF
usage: devtools/setup.sh [--ci] [--docs] [--plot]
       devtools/setup.sh --print-sdk-dir DPDK-VERSION

Installs with apt-get what is missing of the tools and libraries that RefDMA needs. Where the DPDK
that pkg-config finds comes without the driver SDK headers, fetches them from the distribution's
source package of the same version into a directory below \${XDG_CACHE_HOME:-\$HOME/.cache}.
Prints nothing when nothing is missing.

  --ci               also what the scripts of devtools/ need, documentation included
  --docs             also what the documentation needs
  --plot             also what devtools/plot.py needs
  --print-sdk-dir V  print the directory of the SDK headers for DPDK version V, and do nothing else
  --help             print this text
EOF
}

fail() {
	printf 'setup.sh: %s\n' "$1" >&2
	exit 1
}

say() {
	printf 'setup.sh: %s\n' "$1" >&2
}

sdk_dir() {
	if [ -z "${XDG_CACHE_HOME:-}" ] && [ -z "${HOME:-}" ]; then
		fail "neither HOME nor XDG_CACHE_HOME is set"
	fi
	printf '%s/refdma/dpdk-sdk-%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}" "$1"
}

# --- packages ---------------------------------------------------------------------------------

# Whether the DPDK that pkg-config finds was installed by hand; then the packages are not needed.
has_own_dpdk() {
	command -v pkg-config >/dev/null && pkg-config --exists libdpdk &&
		! dpkg-query -S "$(pkg-config --variable=pcfiledir libdpdk)/libdpdk.pc" \
			>/dev/null 2>&1
}

# Print those packages of the arguments that are not installed.
not_installed() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		awk -v wanted="$*" '
			$2 == "installed" { have[$1] = 1 }
			END {
				n = split(wanted, names, " ")
				for (i = 1; i <= n; i++)
					if (!(names[i] in have))
						printf "%s ", names[i]
			}'
}

# The sanitizer runtime has the version of clang in its package name; older releases of clang
# carry it themselves.
missing_clang_runtime() {
	command -v clang >/dev/null || return 0
	for runtime in "$(clang -print-resource-dir)"/lib/linux/libclang_rt.tsan-*.a; do
		[ -e "$runtime" ] && return 0
	done
	clang -dumpversion | sed 's/^\([0-9]*\)\..*/libclang-rt-\1-dev/'
}

missing_packages() {
	set -- meson ninja-build gcc libc6-dev libjansson-dev libnuma-dev python3 \
		python3-pyelftools pkg-config xz-utils
	has_own_dpdk || set -- libdpdk-dev dpdk dpdk-dev "$@"
	if [ "$want_ci" = yes ]; then
		# libsystemd-dev: a static DPDK links with it, through libpcap
		set -- "$@" babeltrace2 clang clang-format dpkg-dev g++ gcovr git groff-base \
			libsystemd-dev man-db shellcheck util-linux valgrind
	fi
	if [ "$want_docs" = yes ] || [ "$want_ci" = yes ]; then
		set -- "$@" doxygen python3-sphinx
	fi
	if [ "$want_plot" = yes ] || [ "$want_ci" = yes ]; then
		set -- "$@" python3-matplotlib
	fi
	not_installed "$@"
	if [ "$want_ci" = yes ]; then
		missing_clang_runtime
	fi
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

install_packages() {
	manual="Missing: $*. Install with: apt-get install $*"
	command -v apt-get >/dev/null || fail "$manual"
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		fail "$manual (as root; there is no sudo here)"
	fi
	say "installing $*"
	log=$(mktemp)
	# The lists may be too old or not there at all: then fetch them, and try once more.
	for attempt in 1 2; do
		if as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
			--no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then
			rm -f "$log"
			return
		fi
		if [ "$attempt" -eq 1 ]; then
			as_root apt-get update -q -o DPkg::Lock::Timeout=300 >>"$log" 2>&1 || true
		fi
	done
	reason=$(apt_reason "$log")
	rm -f "$log"
	fail "apt-get cannot install them ($reason). $manual"
}

check_packages() {
	if ! command -v dpkg-query >/dev/null; then
		check_without_dpkg
		return
	fi
	# Twice, since the package of the sanitizer runtime is known only once clang is there.
	for _ in 1 2; do
		missing=$(missing_packages)
		[ -n "$(echo "$missing" | tr -d ' \n')" ] || return 0
		# shellcheck disable=SC2086 # a list of names
		install_packages $missing
	done
}

# Another distribution: the tools have to be there.
check_without_dpkg() {
	missing=
	for tool in meson ninja cc pkg-config python3; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	if command -v pkg-config >/dev/null && ! pkg-config --exists 'libdpdk >= 22.11'; then
		missing="$missing DPDK>=22.11(with-headers)"
	fi
	if command -v python3 >/dev/null && ! python3 -c 'import elftools' 2>/dev/null; then
		missing="$missing pyelftools"
	fi
	if [ "$want_ci" = yes ]; then
		for tool in clang clang-format gcovr git setarch shellcheck valgrind; do
			command -v "$tool" >/dev/null || missing="$missing $tool"
		done
	fi
	if [ "$want_docs" = yes ] || [ "$want_ci" = yes ]; then
		for tool in doxygen sphinx-build; do
			command -v "$tool" >/dev/null || missing="$missing $tool"
		done
	fi
	if [ "$want_plot" = yes ] || [ "$want_ci" = yes ]; then
		python3 -c 'import matplotlib' 2>/dev/null || missing="$missing python3-matplotlib"
	fi
	[ -z "$missing" ] ||
		fail "this system has no apt; install these with its own package manager:$missing"
}

# --- headers of the driver SDK ----------------------------------------------------------------

sdk_headers='lib/dmadev/rte_dmadev_pmd.h lib/eal/include/dev_driver.h
	lib/eal/include/bus_driver.h drivers/bus/vdev/bus_vdev_driver.h
	drivers/bus/pci/bus_pci_driver.h'

has_all_headers() {
	for header in $sdk_headers; do
		[ -f "$1/${header##*/}" ] || return 1
	done
}

# deb822 file -> the same sources as deb-src, without what is disabled.
deb822_to_src() {
	awk '
		function flush() {
			if (stanza != "" && wanted && !disabled)
				printf "%s\n", stanza
			stanza = ""; wanted = 0; disabled = 0
		}
		/^[ \t]*$/ { flush(); next }
		/^#/ { next }
		{
			line = $0
			lower = tolower($0)
			if (lower ~ /^types[ \t]*:/) {
				wanted = lower ~ /[ \t:]deb(-src)?([ \t]|$)/
				line = "Types: deb-src"
			} else if (lower ~ /^enabled[ \t]*:[ \t]*(no|false|0|off|without|disable)/) {
				disabled = 1
			}
			stanza = stanza line "\n"
		}
		END { flush() }' "$1"
}

# one-line file -> the same sources as deb-src, each once.
list_to_src() {
	awk '($1 == "deb" || $1 == "deb-src") && NF >= 3 { sub(/^[ \t]*deb(-src)?/, "deb-src")
		if (!seen[$0]++) print }' "$1"
}

# An apt of our own below $1, with the machine's sources as deb-src.
source_apt() {
	root=$1
	mkdir -p "$root/sources.d" "$root/download"
	eval "$(apt-config shell sourcelist Dir::Etc::sourcelist/f \
		sourceparts Dir::Etc::sourceparts/d)"
	if [ -f "${sourcelist:=}" ]; then
		list_to_src "$sourcelist" >"$root/sources.list"
	else
		: >"$root/sources.list"
	fi
	for file in "${sourceparts:-/nonexistent}"/*; do
		[ -r "$file" ] || continue
		case $file in
		*.list) list_to_src "$file" >"$root/sources.d/${file##*/}" ;;
		*.sources) deb822_to_src "$file" >"$root/sources.d/${file##*/}" ;;
		esac
	done
	private_apt "$root" <<-EOF
		Dir::State::status "/var/lib/dpkg/status";
		Dir::Etc::sourceparts "$root/sources.d";
		APT::Get::List-Cleanup "false";
	EOF
}

# Take the headers from the source package of exactly the installed version.
fetch_sdk() {
	target=$1
	package=$(dpkg-query -S "$(pkg-config --variable=pcfiledir libdpdk)/libdpdk.pc" 2>/dev/null |
		sed 's/:.*//') || true
	if [ -z "$package" ] || ! command -v apt-get >/dev/null; then
		fail "DPDK $dpdk_version under $(pkg-config --variable=prefix libdpdk) comes without the driver SDK headers; build it with -Denable_driver_sdk=true, or give -Ddriver_sdk_dir=DIR to meson"
	fi
	source=$(dpkg-query -W -f '${source:Package}' "$package")
	version=$(dpkg-query -W -f '${source:Version}' "$package")

	# an index of the archive is much to load for nothing
	if ! mkdir -p "${target%/*}" 2>/dev/null || [ ! -w "${target%/*}" ]; then
		fail "the driver SDK headers go to ${target%/*}, which cannot be written; set XDG_CACHE_HOME to a directory that can, here and for meson"
	fi
	say "fetching the driver SDK headers of $source $version"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	source_apt "$work"
	# One dead source of many does no harm, as long as the package turns up.
	apt-get update -q >"$work/log" 2>&1 || true
	if ! (cd "$work/download" &&
		apt-get source -q --download-only "$source=$version") >>"$work/log" 2>&1; then
		fail "cannot fetch the driver SDK headers from the source package $source $version ($(apt_reason "$work/log")). Try again with a network; if the archive has another version by now, upgrade $package; or give -Ddriver_sdk_dir=DIR to meson"
	fi
	extract_sdk "$work"
	unset APT_CONFIG
	rm -rf "$work"
	trap - EXIT INT TERM
}

# apt has checked the signature and the sums of the files; here only what is inside matters.
extract_sdk() {
	download=$1/download
	set -- "$download"/*.orig.tar.*
	tarball=$1
	top=$(tar -tf "$tarball" 2>/dev/null | head -n 1 | cut -d/ -f1)
	[ "$(tar -xOf "$tarball" "$top/VERSION")" = "$dpdk_version" ] ||
		fail "the source package has another version than DPDK $dpdk_version; nothing was changed"

	new=$(mktemp -d "$target.XXXXXX")
	for header in $sdk_headers; do
		if tar -xOf "$tarball" "$top/$header" >"$new/${header##*/}" 2>/dev/null; then
			check_not_patched "$header"
		else
			rm -rf "$new"
			fail "the source package of DPDK $dpdk_version has no $header"
		fi
	done
	printf '%s\n' "$version" >"$new/PACKAGE_VERSION"
	chmod 755 "$new"
	# Somebody else may have been as fast; either directory will do.
	rm -rf "$target"
	mv -T "$new" "$target" 2>/dev/null || rm -rf "$new"
}

# The headers are those of the release, so a patch of the distribution to one would be lost.
check_not_patched() {
	for debian in "$download"/*.debian.tar.*; do
		[ -e "$debian" ] || continue
		if tar -xOf "$debian" --wildcards 'debian/patches/*' 2>/dev/null |
			grep -q "^+++ [^/]*/$1"; then
			rm -rf "$new"
			fail "the distribution changes $1; unpack its source package and give -Ddriver_sdk_dir=DIR to meson"
		fi
	done
}

check_sdk() {
	dpdk_version=$(pkg-config --modversion libdpdk)
	includes=$(pkg-config --cflags-only-I libdpdk | tr ' ' '\n' | sed -n 's/^-I//p')
	for dir in $includes; do
		[ -f "$dir/rte_dmadev_pmd.h" ] && return
	done
	target=$(sdk_dir "$dpdk_version")
	if has_all_headers "$target"; then
		installed=$(dpkg-query -W -f '${source:Version}' libdpdk-dev 2>/dev/null) || return 0
		[ "$installed" != "$(cat "$target/PACKAGE_VERSION" 2>/dev/null)" ] || return 0
	fi
	fetch_sdk "$target"
}

want_ci=no
want_docs=no
want_plot=no
while [ $# -gt 0 ]; do
	case $1 in
	--ci) want_ci=yes ;;
	--docs) want_docs=yes ;;
	--plot) want_plot=yes ;;
	--print-sdk-dir)
		[ $# -eq 2 ] || { usage >&2; exit 2; }
		sdk_dir "$2"
		exit
		;;
	--help | -h)
		usage
		exit
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
	shift
done

check_packages
check_sdk
