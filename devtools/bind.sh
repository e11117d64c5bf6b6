#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# Bind a PCI function to a kernel driver for user space, and undo it.

set -eu

usage() {
	cat <<EOF
usage: bind.sh [--driver DRIVER] ADDRESS...
       bind.sh --undo ADDRESS...
       bind.sh --status [ADDRESS...]

Gives each PCI function to DRIVER (default: vfio-pci) through driver_override in sysfs, which works
for any device, also for those that dpdk-devbind.py does not know. Does nothing where it is done
already. ADDRESS is such as 0000:00:05.0 or 00:05.0. Needs root.

  --driver DRIVER  vfio-pci, uio_pci_generic, or another that is loaded or can be
  --undo           give the function back: to the driver that the kernel would choose, or to none
  --status         print the driver and the IOMMU group of each; without an address, of all RefDMA
                   controllers (1af4:10f0)
  --help           print this text

Exit status: 0 done, 1 not done, with the reason, 2 bad arguments.
EOF
}

pci=/sys/bus/pci
refdma_id='0x1af4 0x10f0'

fail() {
	printf 'bind.sh: %s\n' "$1" >&2
	exit 1
}

# Print the address in the kernel's form, once it is known to be a function of this machine.
checked() {
	case $1 in
	[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F].[0-7]) address=0000:$1 ;;
	[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F].[0-7])
		address=$1
		;;
	*) fail "'$1' is not a PCI address such as 0000:00:05.0" ;;
	esac
	address=$(printf '%s' "$address" | tr A-F a-f)
	[ -d "$pci/devices/$address" ] || fail "there is no PCI function $address; lspci lists them"
	printf '%s\n' "$address"
}

# The driver that has the function, or nothing.
driver_of() {
	if [ -e "$pci/devices/$1/driver" ]; then
		basename "$(readlink -f "$pci/devices/$1/driver")"
	fi
}

iommu_group_of() {
	if [ -e "$pci/devices/$1/iommu_group" ]; then
		basename "$(readlink -f "$pci/devices/$1/iommu_group")"
	fi
}

# write VALUE FILE: 1 where the kernel refuses.
write() {
	printf '%s\n' "$1" 2>/dev/null >"$2"
}

need_root() {
	[ "$(id -u)" -eq 0 ] || fail "changing the driver of a device needs root: try sudo"
}

load_driver() {
	[ -d "$pci/drivers/$1" ] && return
	modprobe -q "$1" 2>/dev/null || true
	[ -d "$pci/drivers/$1" ] || fail "the kernel has no driver $1: modprobe $1 failed"
}

release() {
	if [ -e "$pci/devices/$1/driver" ]; then
		write "$1" "$pci/devices/$1/driver/unbind" ||
			fail "$1: driver $(driver_of "$1") does not let it go"
	fi
}

bind() {
	old=$(driver_of "$1")
	if [ "$old" = "$driver" ]; then
		# so that it is found again after the next boot's or hotplug's probe
		write "$driver" "$pci/devices/$1/driver_override" || true
		return
	fi
	if [ "$driver" = vfio-pci ] && [ -z "$(iommu_group_of "$1")" ]; then
		fail "$1 is behind no IOMMU, which vfio-pci needs: switch it on (intel_iommu=on or amd_iommu=on on the kernel's command line, VT-d or AMD-Vi in the firmware), or use --driver uio_pci_generic as root"
	fi
	load_driver "$driver"
	write "$driver" "$pci/devices/$1/driver_override" ||
		fail "$1: the kernel refuses driver_override"
	release "$1"
	write "$1" "$pci/drivers_probe" || true
	[ "$(driver_of "$1")" = "$driver" ] && return
	# Leave no trace of an attempt that failed.
	write "" "$pci/devices/$1/driver_override" || true
	write "$1" "$pci/drivers_probe" || true
	fail "$1: driver $driver does not take it (dmesg may say why); ${old:-no driver} had it before"
}

undo() {
	write "" "$pci/devices/$1/driver_override" ||
		fail "$1: the kernel refuses driver_override"
	release "$1"
	write "$1" "$pci/drivers_probe" || true
}

refdma_functions() {
	for dir in "$pci"/devices/*; do
		[ -r "$dir/vendor" ] || continue
		if [ "$(cat "$dir/vendor") $(cat "$dir/device")" = "$refdma_id" ]; then
			basename "$dir"
		fi
	done
}

status() {
	driver=$(driver_of "$1")
	group=$(iommu_group_of "$1")
	printf '%s driver %s, IOMMU group %s\n' "$1" "${driver:-none}" "${group:-none}"
}

action=bind
driver=vfio-pci
while [ $# -gt 0 ]; do
	case $1 in
	--driver)
		[ $# -ge 2 ] || {
			usage >&2
			exit 2
		}
		driver=$2
		shift
		;;
	--undo) action=undo ;;
	--status) action=status ;;
	--help | -h)
		usage
		exit
		;;
	-*)
		usage >&2
		exit 2
		;;
	*) break ;;
	esac
	shift
done

if [ "$action" = status ] && [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # addresses
	set -- $(refdma_functions)
	[ $# -gt 0 ] || fail "there is no RefDMA controller (1af4:10f0) on this machine"
fi
[ $# -gt 0 ] || {
	usage >&2
	exit 2
}
[ -d "$pci" ] || fail "this machine has no PCI bus"
[ "$action" = status ] || need_root
for argument in "$@"; do
	function=$(checked "$argument") || exit 1
	"$action" "$function"
done
