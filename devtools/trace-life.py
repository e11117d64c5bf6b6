#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Show the life of one descriptor from a DPDK trace, which babeltrace2 reads: prepared, submitted,
issued, started, complete, callback, each with the time since the one before.

The trace has all of this only where the data path's trace points are compiled in
(meson setup -Denable_trace_fp=true), see doc/guides/tracing.rst.
"""

import argparse
import re
import shutil
import subprocess
import sys

EVENT = re.compile(r"\[(\d+)\.(\d{9})\] \([^)]*\) (\S+): \{ cpu_id = (\w+), name = \"([^\"]*)\" \}"
                   r", \{ (.*) \}$")
FIELD = re.compile(r'(\w+) = ("[^"]*"|[^,]+)')
LIBRARY = "lib.dmaengine_compat."
DRIVER = "pmd.dma.refdma."
OPS = ("interrupt", "memcpy", "memset", "slave", "cyclic", "interleaved")
RESULTS = ("ok", "failed", "terminated")


class Event:
    """One line of the trace."""

    def __init__(self, match):
        self.time = int(match.group(1)) * 10**9 + int(match.group(2))
        self.name = match.group(3)
        self.lcore = int(match.group(4), 0)
        self.thread = match.group(5)
        self.fields = {key: value.strip('"') if value.startswith('"') else int(value, 0)
                       for key, value in FIELD.findall(match.group(6))}


def read(directory):
    """All events of the two components, in the order of time."""
    if shutil.which("babeltrace2") is None:
        sys.exit("trace-life.py: babeltrace2 is missing; install it with: apt-get install "
                 "babeltrace2")
    run = subprocess.run(["babeltrace2", "--clock-seconds", directory], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"trace-life.py: babeltrace2 cannot read {directory}: "
                 f"{run.stderr.strip().splitlines()[-1] if run.stderr.strip() else 'no reason'}")
    matches = (EVENT.match(line) for line in run.stdout.splitlines())
    return [Event(match) for match in matches if match]


def of_channel(events, dma, chan):
    """Those of the library about one channel."""
    return [e for e in events if e.name.startswith(LIBRARY) and e.fields.get("dma") == dma and
            e.fields.get("chan") == chan]


def life(events, dma, chan, cookie):
    """The events in the life of a descriptor, as far as they are in the trace."""
    mine = of_channel(events, dma, chan)
    found = []
    submit = next((e for e in mine if e.name == LIBRARY + "submit" and
                   e.fields["cookie"] == cookie), None)
    if submit is None:
        return []
    before = [e for e in mine if e.name == LIBRARY + "prep" and e.time <= submit.time and
              e.fields["desc"] == submit.fields["desc"]]
    found += before[-1:] + [submit]
    issue = next((e for e in mine if e.name == LIBRARY + "issue" and e.time >= submit.time and
                  e.fields["cookie"] >= cookie), None)
    found += [issue] if issue else []
    # with the next request of the channel cookies begin again
    until = min((e.time for e in mine if e.name == LIBRARY + "request" and
                 e.time > submit.time), default=float("inf"))
    found += [e for e in mine if e.fields.get("cookie") == cookie and
              submit.time <= e.time < until and e.name[len(LIBRARY):] in
              ("start", "error", "complete", "callback", "callback_end")]
    return sorted(found + around(events, mine, found), key=lambda e: e.time)


def around(events, mine, found):
    """What the driver did for it: the doorbell after its start, the report before its end."""
    start = next((e for e in found if e.name == LIBRARY + "start"), None)
    end = next((e for e in found if e.name == LIBRARY + "complete"), None)
    request = next((e for e in mine if e.name == LIBRARY + "request"), None)
    # the same dmadev each time
    if start is None or end is None or request is None:
        return []
    driver = [e for e in events if start.time <= e.time <= end.time and
              e.name.startswith(DRIVER) and e.fields["dev_id"] == request.fields["dev_id"] and
              e.fields["vchan"] == request.fields["vchan"]]
    rang = [e for e in driver if e.name == DRIVER + "doorbell"]
    came = [e for e in driver if e.name == DRIVER + "completed"]
    return rang[:1] + came[-1:]


def words(event):
    """What an event says, for people."""
    fields, name = event.fields, event.name.rsplit(".", 1)[1]
    if name == "prep":
        return f"prepared: {OPS[fields['op']]}, {fields['len']} bytes"
    if name == "issue":
        return f"issued, with all up to cookie {fields['cookie']}"
    if name == "start":
        return f"started: operation {fields['operation']} of the device"
    if name == "doorbell":
        return f"doorbell rung, {fields['announced']} operations in all"
    if name == "completed":
        return f"driver reports {fields['count']} operations"
    if name == "complete":
        return f"complete: {RESULTS[fields['result']]}"
    if name == "error":
        return f"failed, {fields['residue']} bytes left"
    return {"submit": f"submitted: cookie {fields.get('cookie')}", "callback": "callback runs",
            "callback_end": "callback has returned"}.get(name, name)


def show(found):
    """Print a life."""
    print(f"{'ns':>10} {'+ns':>8}  {'lcore':<6} {'event':<32} what")
    last = found[0].time
    for event in found:
        print(f"{event.time - found[0].time:>10} {event.time - last:>8}  "
              f"{event.lcore if event.lcore < 0xffffffff else '-':<6} {event.name:<32} "
              f"{words(event)}")
        last = event.time


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", help="directory of the trace, as EAL prints it at its end")
    parser.add_argument("--channel", default="dma0chan0", help="default dma0chan0")
    parser.add_argument("--cookie", type=int, default=1, help="default 1")
    args = parser.parse_args()
    match = re.fullmatch(r"dma(\d+)chan(\d+)", args.channel)
    if match is None:
        parser.error(f"'{args.channel}' is no channel such as dma0chan0")
    found = life(read(args.trace), int(match.group(1)), int(match.group(2)), args.cookie)
    if not found:
        sys.exit(f"trace-life.py: no submission of cookie {args.cookie} on {args.channel} in the "
                 "trace; is the build one with -Denable_trace_fp=true?")
    show(found)


if __name__ == "__main__":
    main()
