#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Show what the DMA Engine channels of a DPDK process do, live, over its telemetry socket.

Keys: q quits, the arrows, page up and page down scroll, + and - change the interval.
"""

import argparse
import glob
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
import termios
import time
import tty

SOCKET_NAME = "dpdk_telemetry.v2"
DEFAULT_PREFIX = "rte"
TIMEOUT_SECONDS = 5
MIN_INTERVAL = 0.1
MAX_INTERVAL = 60.0

CLEAR_LINE = "\x1b[K"
HOME = "\x1b[H"
CLEAR_BELOW = "\x1b[J"
ENTER_SCREEN = "\x1b[?1049h\x1b[?25l"
LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l"
BOLD = "\x1b[1m"
REVERSE = "\x1b[7m"
RED = "\x1b[31m"
YELLOW = "\x1b[33m"
GREEN = "\x1b[32m"
PLAIN = "\x1b[0m"
STATE_COLOURS = {"failed": RED, "paused": YELLOW, "running": GREEN}

# What is shown of a channel: heading, width, and where it comes from.
CHANNEL_COLUMNS = (
    ("IN FLT", 7, lambda c: count(c["in_flight"])),
    ("RESIDUE", 8, lambda c: count(c["residue"])),
    ("OPS/s", 7, lambda c: count(c["rates"]["completed"])),
    ("BYTES/s", 8, lambda c: count(c["rates"]["bytes"])),
    ("CALLS/s", 8, lambda c: count(c["rates"]["callbacks"])),
    ("PERS/s", 8, lambda c: count(c["rates"]["periods"])),
    ("COALSCD", 8, lambda c: count(c["coalesced"])),
    ("ERRORS", 7, lambda c: count(c["errors"])),
)
RATES = ("submitted", "completed", "bytes", "callbacks", "periods", "coalesced", "errors",
         "terminated")


class Gone(Exception):
    """There is no such process, or it has ended."""


def count(value):
    """A number in at most six characters."""
    if value < 10 and value != int(value):
        return f"{value:.1f}"
    if value < 10000:
        return f"{value:.0f}"
    for suffix in "kMGTP":
        value /= 1000
        if value < 999.5 or suffix == "P":
            break
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}{suffix}"


# --- telemetry --------------------------------------------------------------------------------

def runtime_dir():
    """The directory in which DPDK processes of this user have theirs."""
    base = os.environ.get("RUNTIME_DIRECTORY")
    if not base:
        base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return os.path.join(base, "dpdk")


class Telemetry:
    """A connection to the telemetry socket of a process."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(TIMEOUT_SECONDS)
        try:
            self.socket.connect(path)
            hello = json.loads(self.socket.recv(1024).decode())
            self.pid = hello["pid"]
            self.length = hello["max_output_len"]
        except (OSError, ValueError, KeyError) as error:
            self.socket.close()
            raise Gone(f"{path}: {error}") from error

    def ask(self, command):
        """The answer to a command; None where the process refuses it."""
        name = command.split(",")[0]
        try:
            self.socket.send(command.encode())
            return json.loads(self.socket.recv(self.length).decode()).get(name)
        except (OSError, ValueError) as error:
            raise Gone(f"no answer to {command}: {error or 'connection closed'}") from error

    def close(self):
        """End the connection."""
        self.socket.close()

    def program(self):
        """The name of the process."""
        try:
            with open(f"/proc/{self.pid}/cmdline", encoding="utf-8", errors="replace") as file:
                return os.path.basename(file.read(4096).split("\0")[0]) or "?"
        except OSError:
            return "?"


def processes():
    """Sockets that somebody answers on: (prefix, instance, path, pid, program, uses us)."""
    found = []
    for path in sorted(glob.glob(os.path.join(runtime_dir(), "*", SOCKET_NAME + "*"))):
        prefix = os.path.basename(os.path.dirname(path))
        match = re.fullmatch(re.escape(SOCKET_NAME) + r"(?::(\d+))?", os.path.basename(path))
        if match is None:
            continue
        try:
            link = Telemetry(path)
        except Gone:
            continue
        found.append((prefix, int(match.group(1) or 0), path, link.pid, link.program(),
                      has_engine(link)))
        link.close()
    return found


def has_engine(link):
    """Whether the process uses the library."""
    try:
        return link.ask("/dmaengine/list") is not None
    except Gone:
        return False


def what_there_is(found):
    """The processes that could be meant, as text."""
    if not found:
        return ("No DPDK process with telemetry is running for this user. Start one without "
                "--no-telemetry, and run this script as the same user.")
    lines = ["Choose one of these:"]
    for prefix, instance, _, pid, program, ours in found:
        number = f" --instance {instance}" if instance else ""
        lines.append(f"  --file-prefix {prefix}{number}  # {program}, pid {pid}"
                     f"{'' if ours else ', without the dmaengine_compat library'}")
    return "\n".join(lines)


def connect(prefix, instance):
    """Connect to the process that is meant; Gone says what to do where that is none."""
    if prefix is None and not instance:
        found = processes()
        ours = [process for process in found if process[5]]
        if len(ours) != 1:
            what = "more than one DPDK process uses" if ours else "no DPDK process uses"
            raise Gone(f"{what} the dmaengine_compat library.\n{what_there_is(found)}")
        return Telemetry(ours[0][2]), ours[0][0]
    prefix = prefix or DEFAULT_PREFIX
    path = os.path.join(runtime_dir(), prefix, SOCKET_NAME)
    if instance:
        path += f":{instance}"
    try:
        return Telemetry(path), prefix
    except Gone as error:
        raise Gone(f"no DPDK process answers at {path}.\n"
                   f"{what_there_is(processes())}") from error


# --- samples ----------------------------------------------------------------------------------

def take_sample(link):
    """Everything that the process tells, at one time."""
    devices = []
    ids = link.ask("/dmaengine/list")
    if ids is None:
        raise Gone(f"{link.program()} (pid {link.pid}) does not know /dmaengine/list: it does "
                   "not use the dmaengine_compat library, or an older one")
    now = time.monotonic()
    for dev_id in ids:
        info = link.ask(f"/dmaengine/info,{dev_id}")
        stats = link.ask(f"/dmaengine/stats,{dev_id}")
        if info is None or stats is None:
            continue    # removed meanwhile
        channels = [link.ask(f"/dmaengine/channel,{dev_id},{n}") for n in info["held"]]
        devices.append({"info": info, "stats": stats,
                        "channels": [c for c in channels if c and c["state"] != "free"]})
    return {"time": now, "devices": devices}


def rate(new, old, key, seconds):
    """Change a second; a counter that went back was one of another life."""
    return max(new[key] - old.get(key, 0), 0) / seconds if seconds > 0 else 0.0


def add_rates(sample, before):
    """Fill in what happened since the sample before, which may be None."""
    old_devices, old_channels, seconds = {}, {}, 0.0
    if before is not None:
        seconds = sample["time"] - before["time"]
        for device in before["devices"]:
            old_devices[device["info"]["name"]] = device
            for channel in device["channels"]:
                old_channels[channel["name"]] = channel
    for device in sample["devices"]:
        old = old_devices.get(device["info"]["name"], device)["stats"]
        busy = device["stats"]["tasklet_busy_cycles"] - old["tasklet_busy_cycles"]
        idle = device["stats"]["tasklet_idle_cycles"] - old["tasklet_idle_cycles"]
        device["load"] = min(max(busy, 0) / (busy + idle), 1.0) if busy + idle > 0 else 0.0
        device["runs"] = rate(device["stats"], old, "tasklet_runs", seconds)
        for channel in device["channels"]:
            was = old_channels.get(channel["name"], channel)
            channel["rates"] = {key: rate(channel, was, key, seconds) for key in RATES}


# --- the picture ------------------------------------------------------------------------------

def tasklet_text(info):
    """Who runs a device's tasklet."""
    if info["tasklet"] != "service":
        return "manual"
    if not info["lcores"]:
        return "no lcore!"
    return "lcore " + ",".join(str(n) for n in info["lcores"])


def load_bar(load, width):
    """A share as a bar."""
    full = round(load * width)
    return "[" + "#" * full + "." * (width - full) + "]"


def summary_line(sample):
    """All channels in one line."""
    channels = [c for d in sample["devices"] for c in d["channels"]]
    total = {key: sum(c["rates"][key] for c in channels) for key in ("completed", "bytes")}
    all_channels = sum(d["info"]["channels"] for d in sample["devices"])
    return (f"{len(sample['devices'])} devices, {len(channels)} of {all_channels} channels held; "
            f"{count(total['completed'])} ops/s, {count(total['bytes'])}B/s, "
            f"{count(sum(c['in_flight'] for c in channels))} in flight, "
            f"{count(sum(c['errors'] for c in channels))} errors")


def device_lines(sample):
    """The table of devices."""
    yield BOLD, f"{'DEVICE':<20}{'BACKEND':<9}{'TASKLET':<14}{'HELD':>6}  {'LOAD':<18}{'RUNS/s':>9}"
    for device in sample["devices"]:
        info = device["info"]
        held = f"{len(info['held'])}/{info['channels']}"
        colour = RED if tasklet_text(info).endswith("!") else ""
        yield colour, (f"{info['name'][:19]:<20}{info['backend'][:8]:<9}"
                       f"{tasklet_text(info)[:13]:<14}{held:>6}  "
                       f"{load_bar(device['load'], 10)}{device['load']:>5.0%} "
                       f"{count(device['runs']):>9}")


def channel_lines(sample):
    """The table of channels, without its heading."""
    for device in sample["devices"]:
        for channel in device["channels"]:
            line = f"{channel['name'][:10]:<11}{channel['state'][:7]:<8}"
            line += "".join(f"{value(channel):>{width}}" for _, width, value in CHANNEL_COLUMNS)
            colour = RED if channel["errors"] else STATE_COLOURS.get(channel["state"], "")
            yield colour, line


def channel_heading():
    """Its heading."""
    line = f"{'CHANNEL':<11}{'STATE':<8}"
    return BOLD, line + "".join(f"{name:>{width}}" for name, width, _ in CHANNEL_COLUMNS)


def picture(sample, title, rows, first):
    """
    The lines of the screen, (colour, text) each; rows None: all of them. The table of channels
    begins with the first-th; what was really the first is returned too.
    """
    lines = [(REVERSE, title), ("", summary_line(sample)), ("", "")]
    lines += list(device_lines(sample)) + [("", ""), channel_heading()]
    channels = list(channel_lines(sample)) or [("", "no channel is held")]
    if rows is None:
        return lines + channels, 0
    room = max(rows - len(lines) - 1, 1)
    first = max(min(first, len(channels) - room), 0)
    lines += channels[first:first + room]
    lines = lines[:rows - 1] + [("", "")] * (rows - 1 - len(lines))
    more = f"  channels {first + 1}-{min(first + room, len(channels))} of {len(channels)}" \
        if len(channels) > room else ""
    return lines + [(REVERSE, f"q quit  + - interval  arrows scroll{more}")], first


def title_of(link, prefix, interval):
    """The first line."""
    return (f"dmaengine-top  {time.strftime('%H:%M:%S')}  every {interval:g} s  "
            f"{link.program()}  pid {link.pid}  prefix {prefix}")


class Screen:
    """The terminal while the view is live: raw keys, the alternate screen, its size."""

    def __init__(self, colours):
        self.colours = colours
        self.input = sys.stdin.fileno()
        self.saved = termios.tcgetattr(self.input)
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)

    def __enter__(self):
        # The handlers only have to be there: the number of the signal comes through the pipe.
        signal.set_wakeup_fd(self.wake_write)
        for number in (signal.SIGWINCH, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        tty.setcbreak(self.input)
        sys.stdout.write(ENTER_SCREEN)
        return self

    def __exit__(self, *_):
        sys.stdout.write(LEAVE_SCREEN)
        sys.stdout.flush()
        termios.tcsetattr(self.input, termios.TCSADRAIN, self.saved)
        signal.set_wakeup_fd(-1)

    def draw(self, lines, columns):
        """Show lines, cut at the screen's width."""
        out = [HOME]
        for number, (colour, text) in enumerate(lines):
            text = text[:columns]
            if colour == REVERSE:
                text = text.ljust(columns)
            if colour and self.colours:
                text = colour + text + PLAIN
            out.append(text + CLEAR_LINE + ("\n" if number + 1 < len(lines) else ""))
        sys.stdout.write("".join(out) + CLEAR_BELOW)
        sys.stdout.flush()

    def wait(self, seconds):
        """Keys that were pressed, '' after the time, 'resize', or 'q' after a signal."""
        ready, _, _ = select.select([self.input, self.wake_read], [], [], max(seconds, 0))
        if self.wake_read in ready:
            numbers = os.read(self.wake_read, 64)
            return "resize" if set(numbers) == {signal.SIGWINCH} else "q"
        if self.input in ready:
            return os.read(self.input, 64).decode(errors="replace") or "q"
        return ""


def scroll(keys, first, rows):
    """The first channel after some keys."""
    page = max(rows - 8, 1)
    for key, step in (("\x1b[A", -1), ("\x1b[B", 1), ("k", -1), ("j", 1),
                      ("\x1b[5~", -page), ("\x1b[6~", page)):
        first += keys.count(key) * step
    return max(first, 0)


def live(link, prefix, interval, colours):
    """The view, until q is pressed."""
    before, sample, first = None, take_sample(link), 0
    add_rates(sample, None)
    due = time.monotonic() + min(interval, 1.0)
    with Screen(colours) as screen:
        while True:
            columns, rows = shutil.get_terminal_size()
            lines, first = picture(sample, title_of(link, prefix, interval), rows, first)
            screen.draw(lines, columns)
            keys = screen.wait(due - time.monotonic())
            if "q" in keys or "Q" in keys:
                return
            if keys == "":
                before, sample = sample, take_sample(link)
                add_rates(sample, before)
                due = time.monotonic() + interval
            elif keys != "resize":
                first = scroll(keys, first, rows)
                factor = 2.0 ** (keys.count("+") - keys.count("-"))
                interval = min(max(interval * factor, MIN_INTERVAL), MAX_INTERVAL)


def for_scripts(link, prefix, args):
    """--once and --json: samples of an interval each, as text or JSON."""
    before = take_sample(link)
    while True:
        time.sleep(args.interval)
        sample = take_sample(link)
        add_rates(sample, before)
        if args.json:
            print(json.dumps({"pid": link.pid, "program": link.program(), "file_prefix": prefix,
                              "seconds": sample["time"] - before["time"],
                              "devices": sample["devices"]}), flush=True)
        else:
            lines, _ = picture(sample, title_of(link, prefix, args.interval), None, 0)
            print("\n".join(text.rstrip() for _, text in lines), flush=True)
        if args.once:
            return
        before = sample


def interval_of(text):
    """The argument of --interval."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not MIN_INTERVAL <= value <= MAX_INTERVAL:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds from {MIN_INTERVAL:g} to {MAX_INTERVAL:g}")
    return value


def arguments():
    """Those of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status: 0, 1 where there is no such process or it has ended, 2 bad usage.")
    parser.add_argument("-f", "--file-prefix", metavar="PREFIX",
                        help="the process with this EAL --file-prefix (default: the only one "
                        "that uses the library)")
    parser.add_argument("-i", "--instance", type=int, default=0, metavar="N",
                        help="the N-th process with that prefix (default 0), where it runs with "
                        "--in-memory")
    parser.add_argument("-n", "--interval", type=interval_of, default=1.0, metavar="SECONDS",
                        help="time between two samples (default 1)")
    parser.add_argument("--once", action="store_true",
                        help="print one sample with the rates over one interval, and exit")
    parser.add_argument("--json", action="store_true",
                        help="print JSON, one object a line and interval, instead of the view")
    parser.add_argument("--no-color", action="store_true",
                        help="no colours; so does NO_COLOR in the environment")
    return parser.parse_args()


def main():
    args = arguments()
    if not (args.once or args.json) and not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.exit("dmaengine-top.py: the live view needs a terminal; use --once or --json here")
    try:
        link, prefix = connect(args.file_prefix, args.instance)
        if args.once or args.json:
            for_scripts(link, prefix, args)
        else:
            live(link, prefix, args.interval,
                 not args.no_color and not os.environ.get("NO_COLOR"))
    except Gone as gone:
        print(f"dmaengine-top.py: {gone}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
