#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Ask a running dpdk-test-dmaengine with the distribution's dpdk-telemetry.py, and watch it with
dmaengine-top.py: in scripts, and in a terminal. Prints TAP.
"""

import argparse
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.join(ROOT, "devtools", "dmaengine-top.py")
DEADLINE_SECONDS = 120
COMMANDS = ("/dmaengine/list", "/dmaengine/info,0", "/dmaengine/stats,0", "/dmaengine/channel,0,0",
            "/dmadev/list", "/dmadev/info,0", "/dmadev/stats,0,0", "/dmadev/dump,0",
            "/refdma/queue,0,0", "/dmaengine/info,9", "/dmaengine/channel,0", "/refdma/queue,0,x")


def expect(condition, what):
    """Fail the case unless the condition holds."""
    if not condition:
        raise AssertionError(what)


def until(function, what):
    """Evaluate a function until it gives something."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        value = function()
        if value:
            return value
        expect(time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS} s")
        time.sleep(0.05)


class Process:
    """A dpdk-test-dmaengine that copies until it is stopped."""

    def __init__(self, build):
        self.prefix = f"check-telemetry-{os.getpid()}"
        self.log = tempfile.TemporaryFile(mode="w+")
        cpu = min(os.sched_getaffinity(0))
        self.process = subprocess.Popen(
            [os.path.join(build, "app", "dpdk-test-dmaengine"), "--no-huge", "-m", "256",
             "--no-pci", "--file-prefix", self.prefix, "-l", str(cpu), "--", "copy", "--api",
             "engine", "--run", "manual", "--size", "1K", "--time", "600", "--repeat", "1"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def runs(self):
        """Whether its channel does something."""
        expect(self.process.poll() is None, f"dpdk-test-dmaengine ended: {self.output()}")
        answer = telemetry(self.prefix, ["/dmaengine/channel,0,0"])
        channel = answer[0]["/dmaengine/channel"] if answer else None
        return channel is not None and channel["completed"] > 0

    def output(self):
        """What it wrote."""
        self.log.seek(0)
        return self.log.read()[-2000:]

    def stop(self):
        """End it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def telemetry(prefix, commands):
    """Answers of the distribution's script; it says on its standard output where it fails."""
    run = subprocess.run([shutil.which("dpdk-telemetry.py"), "-f", prefix],
                         input="".join(c + "\n" for c in commands), capture_output=True,
                         text=True, timeout=DEADLINE_SECONDS, check=False)
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def top(*args, stdin=subprocess.DEVNULL):
    """Run dmaengine-top.py."""
    return subprocess.run([TOP, *args], stdin=stdin, capture_output=True, text=True,
                          timeout=DEADLINE_SECONDS, check=False)


# --- cases ------------------------------------------------------------------------------------

def distribution_script_shows_all(process):
    """Every command, through the distribution's script, in lower case; bad ones are null."""
    answers = telemetry(process.prefix, COMMANDS)
    expect(len(answers) == len(COMMANDS), f"{len(answers)} answers to {len(COMMANDS)} commands")
    for command, answer in zip(COMMANDS, answers):
        name = command.split(",")[0]
        bad = command in COMMANDS[-3:]
        expect((answer[name] is None) == bad, f"{command}: {answer}")
    channel = answers[3]["/dmaengine/channel"]
    expect(channel["backend"] == "refdma" and channel["device"] == "dma_refdma0", channel)
    expect(channel["submitted"] >= channel["completed"], channel)
    expect(answers[5]["/dmadev/info"]["name"] == "dma_refdma0", answers[5])
    expect(answers[5]["/dmadev/info"]["capabilities"]["fill"] == 1, answers[5])
    expect("refdma channel 0" in answers[7]["/dmadev/dump"], answers[7])
    expect(answers[8]["/refdma/queue"]["device_state"] == "running", answers[8])


def top_prints_once(process):
    """--once is a table with rates."""
    run = top("--file-prefix", process.prefix, "--once", "--interval", "0.5")
    expect(run.returncode == 0 and run.stderr == "", run)
    expect("\x1b" not in run.stdout, "escape sequences in --once")
    expect(re.search(r"^dma_refdma0 +refdma +manual +1/1 +\[[#.]{10}\] +\d+%", run.stdout,
                     re.MULTILINE), run.stdout)
    row = re.search(r"^dma0chan0 .*$", run.stdout, re.MULTILINE)
    expect(row and row.group(0).split()[4] != "0", run.stdout)
    expect(all(len(line) <= 80 for line in run.stdout.splitlines()[1:]), run.stdout)


def top_prints_json(process):
    """--json --once is one object, with rates and raw counters."""
    run = top("--file-prefix", process.prefix, "--once", "--json", "--interval", "0.5")
    expect(run.returncode == 0, run)
    sample = json.loads(run.stdout)
    channel = sample["devices"][0]["channels"][0]
    expect(sample["seconds"] >= 0.5 and sample["pid"] == process.process.pid, sample)
    expect(channel["rates"]["completed"] > 0 and channel["rates"]["bytes"] > 0, channel)
    expect(0 < sample["devices"][0]["load"] <= 1, sample["devices"][0]["load"])


def top_names_its_mistakes(process):
    """No such process, no terminal, bad arguments: text that helps, and the exit status."""
    run = top("--file-prefix", "no-such-prefix", "--once")
    expect(run.returncode == 1 and "no DPDK process answers at" in run.stderr, run)
    expect(f"--file-prefix {process.prefix}" in run.stderr, run)
    run = top("--file-prefix", process.prefix)
    expect(run.returncode == 1 and "needs a terminal" in run.stderr, run)
    run = top("--interval", "0")
    expect(run.returncode == 2 and "seconds from 0.1 to 60" in run.stderr, run)


class Terminal:
    """dmaengine-top.py in a terminal of a size."""

    def __init__(self, prefix, columns, rows):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.pop("NO_COLOR", None)
            for name in ("COLUMNS", "LINES"):
                os.environ.pop(name, None)
            until(lambda: shutil.get_terminal_size() == (columns, rows), "size")
            os.execv(TOP, [TOP, "--file-prefix", prefix, "--interval", "0.2"])
        self.text = ""
        # it waits for its size, so that this is how it found the terminal
        self.cooked = self.mode()
        self.resize(columns, rows)

    def mode(self):
        """How the terminal treats keys."""
        return termios.tcgetattr(self.fd)[3]

    def resize(self, columns, rows):
        """Change the size."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        """Take what was written; False at the end."""
        if select.select([self.fd], [], [], 0.1)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.text += data.decode(errors="replace")
        return True

    def frame(self):
        """The last whole screen, without colours, as lines."""
        self.read()
        end = self.text.rfind("\x1b[J")
        start = self.text.rfind("\x1b[H", 0, max(end, 0))
        if start < 0:
            return None
        return re.sub(r"\x1b\[[0-9;]*[HmK]", "", self.text[start:end]).split("\r\n")

    def shows(self, columns, rows):
        """A screen of that size with the channel's line, if it is there."""
        lines = self.frame()
        fits = lines and len(lines) == rows and len(lines[0]) == columns and \
            all(len(line) <= columns for line in lines)
        if fits and any(line.startswith("dma0chan0") for line in lines):
            return lines
        return None

    def end(self):
        """Its exit status, once it has ended by itself."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.read() and time.monotonic() < deadline:
            pass
        if time.monotonic() >= deadline:
            os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def top_is_live_in_a_terminal(process):
    """80x24, another size, the interval, q: and the terminal is as it was."""
    terminal = Terminal(process.prefix, 80, 24)
    lines = until(lambda: terminal.shows(80, 24), "a screen of 80x24")
    expect(terminal.mode() != terminal.cooked, "keys are read raw")
    expect(lines[-1].startswith("q quit"), lines)
    expect("ERRORS" in lines[6] and "every 0.2 s" in lines[0], lines)
    os.write(terminal.fd, b"+")
    until(lambda: "every 0.4 s" in (terminal.frame() or [""])[0], "a longer interval")
    terminal.resize(60, 12)
    until(lambda: terminal.shows(60, 12), "a screen of 60x12")
    terminal.resize(132, 40)
    until(lambda: terminal.shows(132, 40), "a screen of 132x40")
    os.write(terminal.fd, b"q")
    until(lambda: terminal.mode() == terminal.cooked, "the terminal as it was")
    expect(terminal.end() == 0, "exit status after q")
    expect(terminal.text.count("\x1b[?1049h") == 1 and
           terminal.text.rstrip().endswith("\x1b[?1049l"), "the screen is given back")


def top_ends_with_the_process(process):
    """When the process ends, the view says so and ends with status 1."""
    terminal = Terminal(process.prefix, 80, 24)
    until(lambda: terminal.shows(80, 24), "a screen")
    process.stop()
    expect(terminal.end() == 1, "exit status when the process has gone")
    after = terminal.text.split("\x1b[?1049l")[-1]
    expect("dmaengine-top.py: no answer to" in after, after)


CASES = (distribution_script_shows_all, top_prints_once, top_prints_json, top_names_its_mistakes,
         top_is_live_in_a_terminal, top_ends_with_the_process)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"),
                        help="build directory (default: build)")
    build = os.path.abspath(parser.parse_args().build)
    if shutil.which("dpdk-telemetry.py") is None:
        print("1..0 # SKIP dpdk-telemetry.py is not in the path; the package dpdk has it")
        return 0
    process = Process(build)
    failed = 0
    try:
        until(process.runs, "traffic of dpdk-test-dmaengine")
        for number, case in enumerate(CASES, 1):
            try:
                case(process)
                print(f"ok {number} - {case.__name__}", flush=True)
            except (AssertionError, OSError, KeyError, ValueError, IndexError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print(f"# {type(error).__name__}: {error}".replace("\n", "\n# "))
                print(f"not ok {number} - {case.__name__}", flush=True)
    except AssertionError as error:
        failed += 1
        print(f"# {error}\nnot ok 1 - dpdk-test-dmaengine runs")
    finally:
        process.stop()
    print(f"1..{len(CASES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
