#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Count the instructions of a copy, which are the same on each run, unlike its time: driver, device
and DMA Engine library must not become dearer unnoticed. Prints TAP, and the table of each case as
diagnostics.
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLUGIN = "librte_dma_refdma"
LIBRARY = "libdmaengine_compat"
ENQUEUE = ("refdma_copy", "refdma_copy_near")
DRIVER = ENQUEUE + ("refdma_submit", "refdma_completed", "refdma_burst_capacity", "refdma_wake")
CLIENT = ("prep_memcpy", "engine_desc_get", "engine_tx_submit", "engine_issue_pending",
          "engine_kick")
# Whether a function of an object is of a part. What is new in an object counts as the second.
PARTS = {
    "enqueue": lambda library, function: function in ENQUEUE,
    "driver": lambda library, function: function in DRIVER,
    "device": lambda library, function: PLUGIN in library and function not in DRIVER,
    "client": lambda library, function: LIBRARY in library and function in CLIENT,
    "tasklet": lambda library, function: LIBRARY in library and function not in CLIENT,
}
# The loop of dpdk-test-dmaengine, by interface.
LOOPS = {"dmadev": "run_copy", "engine": "run_channel_copy"}
# Interface, engine of the device, bytes a copy, and the most instructions a copy for each part; at
# burst 32 with optimization=3, a fifth above what gcc 12 needs. engine=thread: the driver's enqueue
# alone, because how often it polls is a matter of time.
CASES = (
    ("dmadev", "inline", 64, {"driver": 42, "device": 48}),
    ("dmadev", "inline", 256, {"driver": 42, "device": 74}),
    ("dmadev", "thread", 64, {"enqueue": 34}),
    ("engine", "inline", 64, {"client": 197, "tasklet": 115}),
)


def read_profile(path):
    """Instructions by (object, function), and how often the enqueue was called."""
    names = {"ob": {}, "fn": {}}
    cost = collections.Counter()
    now = {"ob": "", "fn": ""}
    called, calls, inclusive = "", 0, False
    with open(path, encoding="utf-8") as profile:
        for line in profile:
            match = re.match(r"(c?ob|c?fn|calls)=(?:\((\d+)\))?\s*(.*)", line)
            if match and match[1] == "calls":
                calls += int(match[3].split()[0]) if called in ENQUEUE else 0
                inclusive = True    # the next line repeats the cost of the called function
            elif match:
                # A name comes with its first use, later ones have its number only.
                name = names[match[1][-2:]].setdefault(match[2], match[3])
                if match[1] == "cfn":
                    called = name
                elif match[1] != "cob":
                    now[match[1]] = name
            elif re.match(r"[-+*\d]", line):
                if not inclusive:
                    cost[now["ob"], now["fn"]] += int(line.split()[1])
                inclusive = False
    return cost, calls


def profile_copy(build, api, engine, size, scratch):
    """Run the tool's copy loop, and nothing else, under callgrind."""
    path = os.path.join(scratch, f"{api}-{engine}-{size}")
    cpus = sorted(os.sched_getaffinity(0))
    lcores = ",".join(f"{i}@{cpu}" for i, cpu in enumerate(cpus[:2]))
    # valgrind lets one thread run at a time, and by itself the one that spins for as long as it
    # likes; the tool's own limits are for processors.
    subprocess.run(
        ["valgrind", "--fair-sched=yes", "--tool=callgrind", f"--callgrind-out-file={path}",
         f"--toggle-collect={LOOPS[api]}",
         os.path.join(build, "app", "dpdk-test-dmaengine"), "--lcores", lcores,
         "--no-huge", "-m", "512", "--no-pci", f"--file-prefix=check-cost-{os.getpid()}", "--",
         "copy", "--api", api, *(["--run", "manual"] if api == "engine" else []),
         "--dev", f"dma_refdma0,engine={engine}", "--size", str(size), "--time", "0.2",
         "--repeat", "1", "--timeout", "60000", "--no-verify"],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=300)
    return read_profile(path)


def check_case(build, api, engine, size, limits, scratch):
    """@return whether the cost is within its limits"""
    cost, calls = profile_copy(build, api, engine, size, scratch)
    if calls == 0:
        print("# the profile has no enqueue")
        return False
    sums = dict.fromkeys(limits, 0.0)
    for (library, function), instructions in cost.most_common():
        each = instructions / calls
        for part in limits:
            if PARTS[part](library, function):
                sums[part] += each
                if each >= 0.5:
                    print(f"# {each:6.1f} {function}")
    print(f"# {calls} copies of {size} bytes: " + ", ".join(
        f"{part} {sums[part]:.1f} of at most {most}" for part, most in limits.items()))
    return all(0 < sums[part] <= most for part, most in limits.items())


def main():
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"),
                        help="build directory (default: build)")
    build = os.path.abspath(parser.parse_args().build)
    if shutil.which("valgrind") is None:
        print("1..0 # SKIP no valgrind; devtools/setup.sh --ci installs it")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, case in enumerate(CASES, 1):
            try:
                good = check_case(build, *case, scratch)
            except subprocess.SubprocessError as error:
                print(f"# {error}")
                for line in (error.output or b"").decode(errors="replace").splitlines()[-10:]:
                    print(f"# {line}")
                good = False
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - instructions of a copy of {case[2]} "
                  f"bytes, {case[0]}, engine={case[1]}", flush=True)
    print(f"1..{len(CASES)}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
