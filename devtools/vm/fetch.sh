#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Fill the cache of the system test: QEMU, a guest kernel, busybox. Installs nothing.

set -eu

usage() {
	cat <<EOF
usage: devtools/vm/fetch.sh [--refresh]

Prints the directory with what the system test needs, and downloads what is missing there: from
the Debian archive that the machine's own apt configuration names, with a private state of apt,
so that nothing is installed and no privileges are needed. Exit status 77, with the reason as the
last line of standard error, where that cannot be had.

The directory is below \${XDG_CACHE_HOME:-\$HOME/.cache}/refdma:
  qemu/           QEMU with its libraries, where the installed one cannot serve
  guest/vmlinux   the guest's kernel, uncompressed
  guest/modules/  its modules of VFIO and UIO
  guest/busybox   statically linked

  --refresh  download all of it again
  --help     print this text
EOF
}

# The suites that have a QEMU with a vfio-user client (10.1 or later), and the guest's kernel.
qemu_suites='trixie trixie-backports'
kernel_suite=bookworm
kernel_pattern='^linux-image-6\.1\.0-[0-9]+-cloud-amd64$'

# Debian's keys; where they are not, apt uses what the machine trusts.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=devtools/apt.sh
. "$here/../apt.sh"

skip() {
	printf '%s\n' "$1" >&2
	exit 77
}

say() {
	printf 'fetch.sh: %s\n' "$1" >&2
}

# --- where from ---------------------------------------------------------------------------------

# What may be the Debian archive among the machine's own sources: apt names them without lists.
candidates() {
	apt-get update --print-uris 2>/dev/null |
		sed -nE "s,^'(.*/)dists/(bookworm|trixie|forky|sid|(old)?stable|testing|unstable)/InRelease' .*,\\1,p" |
		awk '!seen[$0]++'
}

# Others have suites of these names, too; theirs are not signed with Debian's keys.
find_archive() {
	reason="apt's sources name no Debian archive to download QEMU and a kernel from"
	for archive in $(candidates); do
		if archive_apt "$work/apt-guest" "$kernel_suite"; then
			return
		fi
		reason="the package archive $archive cannot be read: $(apt_reason "$work/apt-guest/log")"
	done
	skip "$reason"
}

# An apt of our own below $1, with those suites of the archive that follow.
archive_apt() {
	root=$1
	shift
	mkdir -p "$root"
	: >"$root/status"
	: >"$root/sources.list"
	options=arch=amd64
	[ ! -r "$keyring" ] || options="$options signed-by=$keyring"
	for suite in "$@"; do
		printf 'deb [%s] %s %s main\n' "$options" "$archive" "$suite" \
			>>"$root/sources.list"
	done
	private_apt "$root" \
		'APT::(Architecture|Default-Release|NeverAutoRemove)|Dir::Etc::preferences' <<-EOF
			Dir::State::status "$root/status";
			Dir::Etc::sourceparts "/dev/null";
			Dir::Etc::preferences "/dev/null";
			Dir::Etc::preferencesparts "/dev/null";
			APT::Architecture "amd64";
			APT::Architectures "amd64";
			APT::Install-Recommends "false";
			Debug::NoLocking "true";
		EOF
	# apt is content with less than all of it
	apt-get update -q >"$root/log" 2>&1 && ! grep -q '^[EW]: ' "$root/log"
}

unpack() {
	for package in "$1"/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$2"
	done
}

# --- what ---------------------------------------------------------------------------------------

# Whether a QEMU can be the client of a vfio-user server.
has_client() {
	"$@" -device vfio-user-pci,help >/dev/null 2>&1
}

fetch_qemu() {
	say "downloading QEMU of ${qemu_suites##* }, 40 MB"
	# shellcheck disable=SC2086 # a list of suites
	archive_apt "$work/apt-qemu" $qemu_suites ||
		skip "the package archive $archive cannot be read: $(apt_reason "$work/apt-qemu/log")"
	apt-get install -q -y --download-only -t "${qemu_suites##* }" qemu-system-x86 \
		>>"$work/apt-qemu/log" 2>&1 ||
		skip "QEMU cannot be downloaded: $(apt_reason "$work/apt-qemu/log")"
	unpack "$work/apt-qemu" "$new/qemu"
	# It runs with the libraries and the loader it was built for.
	libraries=usr/lib/x86_64-linux-gnu
	cat >"$new/qemu/run" <<-EOF
		#!/bin/sh
		here=\$(cd "\$(dirname "\$0")" && pwd)
		exec "\$here/usr/lib64/ld-linux-x86-64.so.2" \\
			--library-path "\$here/$libraries:\$here/$libraries/pulseaudio" \\
			--argv0 qemu-system-x86_64 "\$here/usr/bin/qemu-system-x86_64" \\
			-L "\$here/usr/share/qemu" -L "\$here/usr/share/seabios" "\$@"
	EOF
	chmod 755 "$new/qemu/run"
	has_client "$new/qemu/run" ||
		skip "the downloaded QEMU does not run here: $("$new/qemu/run" -version 2>&1 | head -n 1)"
}

fetch_guest() {
	say "downloading the guest's kernel, 30 MB"
	kernel=$(apt-cache search --names-only "$kernel_pattern" | cut -d' ' -f1 | sort -V | tail -n 1)
	[ -n "$kernel" ] || skip "the archive has no kernel $kernel_pattern in $kernel_suite"
	(cd "$work/apt-guest/cache/archives" &&
		apt-get download -q "$kernel" busybox-static liblz4-1 lz4 libxxhash0) \
		>>"$work/apt-guest/log" 2>&1 ||
		skip "the guest's kernel cannot be downloaded: $(apt_reason "$work/apt-guest/log")"
	unpack "$work/apt-guest" "$work/guest"
	mkdir -p "$new/guest"
	cp "$work/guest/bin/busybox" "$new/guest/busybox"
	LD_LIBRARY_PATH="$work/guest/usr/lib/x86_64-linux-gnu" PATH="$PATH:$work/guest/usr/bin" \
		python3 "$here/vmlinux.py" "$work"/guest/boot/vmlinuz-* "$new/guest/vmlinux" ||
		skip "the kernel of $kernel cannot be unpacked"
	mkdir "$new/guest/modules"
	find "$work/guest/lib/modules" \( -path '*/drivers/vfio/*' -o -path '*/drivers/uio/uio*' -o \
		-name 'irqbypass.ko' \) -name '*.ko' -exec cp {} "$new/guest/modules" \;
}

refresh=no
case ${1:-} in
'') ;;
--refresh) refresh=yes ;;
--help | -h)
	usage
	exit
	;;
*)
	usage >&2
	exit 2
	;;
esac

[ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] || skip "neither HOME nor XDG_CACHE_HOME is set"
base=${XDG_CACHE_HOME:-$HOME/.cache}/refdma
# The number is that of this recipe: what another one made is not used.
cache=$base/vm-1
[ "$(uname -m)" = x86_64 ] || skip "the system test needs an x86-64 machine"

if [ "$refresh" = no ] && [ -d "$cache" ]; then
	printf '%s\n' "$cache"
	exit
fi
for tool in apt-get apt-config dpkg-deb python3; do
	command -v "$tool" >/dev/null || skip "downloading QEMU and a kernel needs $tool"
done
mkdir -p "$base"
work=$(mktemp -d "$base/vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
new=$work/new
mkdir -p "$new"
find_archive
fetch_guest
if ! has_client qemu-system-x86_64; then
	fetch_qemu
fi
chmod -R go-w "$new"
# Somebody else may have been as fast; either directory will do.
rm -rf "$cache"
mv -T "$new" "$cache" 2>/dev/null || [ -d "$cache" ]
printf '%s\n' "$cache"
