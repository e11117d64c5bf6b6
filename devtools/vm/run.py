#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Run the system test's groups of cases, each in a virtual machine of its own, and print TAP.
devtools/vm-test.sh starts this program; see there.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, replace

from machine import Card, Config, Machine, MachineError

OWN_ID = (0x1AF4, 0x10F0)
IOMMU = "intel_iommu=on iommu.strict=1"


@dataclass
class Group:
    """Cases that share a machine: devtools/vm/guest/NAME.sh."""
    cards: list
    append: str = IOMMU
    interrupts: bool = False   # whether the cases make the first card send some
    other_id: bool = False     # whether the card has an identifier that only a build option adds
    seconds: int = 2400


GROUPS = {
    "vfio": Group([Card(5, options=["--channels", "4", "--queues", "4"])], interrupts=True),
    "engine": Group([Card(5, options=["--channels", "2"]), Card(6)], interrupts=True),
    "port": Group([Card(5, root_port=True), Card(6, root_port=True)]),
    "dies": Group([Card(5), Card(6)]),
    "uio": Group([Card(5)], append="intel_iommu=off", other_id=True),
    "socket": Group([], append="intel_iommu=off"),
}
SHELL = Group([Card(5), Card(6, root_port=True)])
SHOWN_LINES = 40


class Report:
    """TAP on standard output."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def result(self, good, name):
        """A case has ended."""
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)

    @staticmethod
    def note(text):
        """Say something about the case before."""
        for line in text.splitlines():
            print(f"# {line}", flush=True)

    def tail(self, path):
        """Show the end of a log."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = file.read().replace("\r", "\n").splitlines()
        except OSError:
            return
        self.note(f"the end of {path}:")
        self.note("\n".join(line[:200] for line in lines[-SHOWN_LINES:]))


def other_id(plugin):
    """An identifier that the driver takes besides 1af4:10f0, as vendor:device; None: no other."""
    with open(plugin, "rb") as file:
        content = file.read()
    for match in re.finditer(rb"PMD_INFO_STRING= (\{[^\0]*\})\0", content):
        for vendor, device, *_ in json.loads(match.group(1)).get("pci_ids", []):
            if (vendor, device) != OWN_ID:
                return f"{vendor:04x}:{device:04x}"
    return None


def use_other_id(config, plugin):
    """Give the cards of a machine another identifier, where the build has one."""
    found = other_id(plugin)
    if found is not None:
        config.append += f" refdma.id={found}"
        config.cards = [replace(card, options=card.options + ["--id", found])
                        for card in config.cards]


def obey(machine, words):
    """Do on the host what the guest asks for; the answer for it."""
    if len(words) != 2 or words[0] != "kill":
        return "error unknown request"
    machine.devices[int(words[1])].kill()
    return "done"


def follow(machine, report, name, deadline):
    """Pass on what the guest reports until it is done; whether it came that far."""
    planned = None
    seen = 0
    while planned is None:
        line = machine.line(deadline)
        if line is None:
            return False
        if line.startswith("host "):
            machine.answer(obey(machine, line.split()[1:]))
        elif line.startswith(("ok ", "not ok ")):
            good, text = line.split("ok ", 1)
            report.result(not good, f"{name}: {text}")
            seen += 1
        elif line.startswith("1.."):
            planned = int(line[3:])
        elif line.startswith("#"):
            report.note(line[1:].strip())
    return planned == seen


def run_group(report, name, config):
    """One machine, one group of cases."""
    group = GROUPS[name]
    started = time.monotonic()
    try:
        with Machine(config) as machine:
            complete = follow(machine, report, name, started + group.seconds)
            report.result(complete, f"{name}: the guest comes to its end, "
                                    f"{time.monotonic() - started:.0f} s")
            if not complete:
                report.tail(f"{config.logs}-console.log")
                report.tail(f"{config.logs}-qemu.log")
                return
            ended = machine.end()
            # QEMU may abort when it takes down a card whose process is dead
            if not any(device.killed for device in machine.devices):
                report.result(ended, f"{name}: the machine powers off")
            status = [device.end() for device in machine.devices if not device.killed]
            if machine.devices:
                report.result(all(value == 0 for value in status),
                              f"{name}: refdma-device ends with its client")
            if group.interrupts:
                sent = machine.devices[0].statistic("interrupts")
                report.result(sent > 0, f"{name}: the card has sent {sent} MSI-X interrupts")
            for device in machine.devices:
                if not device.killed and device.process.returncode != 0:
                    report.note(f"status {device.process.returncode}")
                    report.tail(device.log)
    except (MachineError, OSError) as error:
        report.result(False, f"{name}: the machine starts")
        report.note(str(error))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--qemu", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--device", required=True, help="refdma-device")
    parser.add_argument("--plugin", required=True, help="librte_dma_refdma.so")
    parser.add_argument("--logs", required=True, help="directory")
    parser.add_argument("--shell", action="store_true")
    parser.add_argument("group", nargs="*")
    options = parser.parse_args()
    unknown = [name for name in options.group if name not in GROUPS]
    if unknown:
        parser.error(f"no group '{unknown[0]}'; there are {', '.join(GROUPS)}")

    # so that nothing that was started outlives this program
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    work = tempfile.mkdtemp(prefix="refdma-vm-")
    try:
        for name in ["shell"] if options.shell else options.group or GROUPS:
            group = SHELL if options.shell else GROUPS[name]
            directory = os.path.join(work, name)
            os.mkdir(directory)
            config = Config(qemu=options.qemu, kernel=options.kernel, image=options.image,
                            device=options.device, work=directory,
                            logs=os.path.join(options.logs, name), cards=group.cards,
                            append=f"{group.append} refdma.group={name}")
            if options.shell:
                with Machine(config, interactive=True) as machine:
                    sys.exit(machine.qemu.wait())
            if group.other_id:
                use_other_id(config, options.plugin)
            run_group(report, name, config)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"1..{report.number}")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
