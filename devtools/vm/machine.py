# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
One virtual machine with RefDMA cards: a refdma-device process for each card, QEMU as their client,
and a serial line on which the guest reports.
"""

import json
import os
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field

START_SECONDS = 30
END_SECONDS = 120
MEMORY_MIB = 1024


class MachineError(Exception):
    """The machine cannot be started, or has ended too early."""


@dataclass
class Card:
    """A PCI function of the machine."""
    slot: int                                    # on the root bus
    root_port: bool = False                      # behind a root port, which can be unplugged from
    options: list = field(default_factory=list)  # of refdma-device


@dataclass
class Config:
    """What a machine is made of."""
    qemu: str          # program
    kernel: str
    image: str
    device: str        # refdma-device
    work: str          # directory for sockets
    logs: str          # prefix of log files
    cards: list
    append: str = ""   # to the kernel's command line


def wait_until(condition, seconds):
    """Poll a condition; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Device:
    """A running refdma-device."""

    def __init__(self, config, number):
        self.path = os.path.join(config.work, f"card{number}")
        self.log = f"{config.logs}-device{number}.log"
        self.killed = False
        card = config.cards[number]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [config.device, "--socket", self.path, "--stats"] + card.options,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def ready(self):
        """Whether it listens."""
        if self.process.poll() is not None:
            raise MachineError(f"refdma-device ended with status {self.process.returncode}, "
                               f"see {self.log}")
        return os.path.exists(self.path)

    def kill(self):
        """The card dies."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def end(self):
        """The status it ends with by itself, once its client has gone; None where it stays."""
        if not wait_until(lambda: self.process.poll() is not None, END_SECONDS):
            self.process.kill()
            self.process.wait()
            return None
        return self.process.returncode


    def statistic(self, name):
        """A number of what it prints at its end."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) == 2 and words[0] == name:
                    return int(words[1])
        return 0


def card_arguments(number, card, path):
    """What makes QEMU a client of a card."""
    bus = "pcie.0"
    arguments = []
    where = {"addr": f"{card.slot:02x}.0"}
    if card.root_port:
        bus = f"port{number}"
        arguments = ["-device", f"pcie-root-port,id={bus},slot={card.slot},bus=pcie.0,"
                                f"addr={card.slot:02x}.0"]
        where = {"addr": "00.0"}
    device = {"driver": "vfio-user-pci", "id": f"card{number}", "bus": bus,
              "socket": {"type": "unix", "path": path}}
    device.update(where)
    return arguments + ["-device", json.dumps(device)]


class Machine:
    """A running machine. Use it with 'with': nothing of it outlives the block."""

    def __init__(self, config, interactive=False):
        self.config = config
        self.interactive = interactive
        self.devices = []
        self.qemu = None
        self.serial = None
        self.received = b""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, name):
        """A socket of QEMU."""
        return os.path.join(self.config.work, name)

    def command(self):
        """QEMU's command line."""
        console = "stdio" if self.interactive else f"file:{self.config.logs}-console.log"
        command = [
            self.config.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            # the cards read and write the guest's memory themselves: it is shared with them
            "-machine", "q35,accel=tcg,memory-backend=mem0", "-cpu", "max", "-smp", "2",
            "-m", str(MEMORY_MIB),
            "-object", f"memory-backend-memfd,id=mem0,size={MEMORY_MIB}M,share=on",
            # caching-mode tells the cards of each change of the IOMMU's tables
            "-device", "intel-iommu,intremap=on,caching-mode=on",
            "-kernel", self.config.kernel, "-initrd", self.config.image,
            # a busy host makes an emulated timer too late for the kernel's checks of it
            "-append", "console=ttyS0 quiet panic=-1 no_timer_check nowatchdog mitigations=off "
                       f"rcupdate.rcu_cpu_stall_suppress=1 {self.config.append}",
            "-chardev", f"socket,id=report,path={self.path('report')},server=on,wait=off",
            "-serial", console, "-serial", "chardev:report",
        ]
        for number, card in enumerate(self.config.cards):
            command += card_arguments(number, card, self.devices[number].path)
        return command

    def start(self):
        """Start the cards, then QEMU, and listen to the guest."""
        for number in range(len(self.config.cards)):
            self.devices.append(Device(self.config, number))
        for device in self.devices:
            if not wait_until(device.ready, START_SECONDS):
                raise MachineError(f"refdma-device is not ready, see {device.log}")
        log = f"{self.config.logs}-qemu.log"
        with open(log, "wb") as output:
            self.qemu = subprocess.Popen(
                self.command(), stdin=None if self.interactive else subprocess.DEVNULL,
                stdout=None if self.interactive else output,
                stderr=None if self.interactive else subprocess.STDOUT)

        def connected():
            if self.qemu.poll() is not None:
                raise MachineError(f"QEMU ended with status {self.qemu.returncode}, see {log}")
            try:
                self.serial.connect(self.path("report"))
            except OSError:
                return False
            return True

        self.serial = socket.socket(socket.AF_UNIX)
        if not wait_until(connected, START_SECONDS):
            raise MachineError(f"QEMU does not listen, see {log}")

    def end(self):
        """Whether QEMU has ended well by itself."""
        return wait_until(lambda: self.qemu.poll() is not None, END_SECONDS) and \
            self.qemu.returncode == 0

    def stop(self):
        """End what still runs."""
        if self.qemu is not None and self.qemu.poll() is None:
            self.qemu.kill()
            self.qemu.wait()
        if self.serial is not None:
            self.serial.close()
        for device in self.devices:
            if device.process.poll() is None:
                device.process.send_signal(signal.SIGTERM)
                device.end()

    def line(self, deadline):
        """The next line from the guest; None where the machine has ended or the time is over."""
        while b"\n" not in self.received:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.serial], [], [], left)[0]:
                return None
            try:
                data = self.serial.recv(4096)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self.received += data
        line, self.received = self.received.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")

    def answer(self, text):
        """Write a line to the guest."""
        self.serial.sendall(text.encode() + b"\n")
