#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

# For other scripts to read with `.`: an apt that touches nothing of the machine's, and what an apt
# complains of.

# private_apt ROOT [LEAVE-OUT]: have apt use a configuration that is the machine's own (proxies,
# certificates, timeouts), except that state, cache and sources are below ROOT and that hooks, which
# would touch the machine, are gone. LEAVE-OUT, an extended regular expression, are further keys to
# leave out, and standard input is added. The sources are ROOT/sources.list.
private_apt() {
	mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
	leave_out='APT::Update::|APT::Sandbox::|DPkg::|Dir::(State|Cache|Log)'
	leave_out="$leave_out|Dir::Etc::(main|parts|sourcelist|sourceparts)${2:+|$2}"
	{
		apt-config dump | grep -vE "^($leave_out)"
		cat <<-EOF
			Dir::State "$1/state";
			Dir::State::lists "lists/";
			Dir::Cache "$1/cache";
			Dir::Cache::archives "archives/";
			Dir::Log "$1";
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "/dev/null";
			Dir::Etc::sourcelist "$1/sources.list";
			APT::Sandbox::User "$(id -un)";
			Acquire::Languages "none";
			Acquire::Retries "2";
		EOF
		cat
	} >"$1/apt.conf"
	export APT_CONFIG="$1/apt.conf"
}

# apt_reason LOG: what apt, or sudo, complains of, in one line.
apt_reason() {
	if grep -qE '^(Err:|[EW]: Failed to fetch)' "$1"; then
		echo "the package archive cannot be reached"
	else
		{
			sed -n 's/^E: //p; s/^sudo: //p' "$1"
			sed -n 's/^W: //p' "$1"
		} | head -n 1 | grep . || echo "unknown reason"
	fi
}
