#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Count the instructions of a copy, which are the same on each run, unlike its time: driver and device
must not become dearer unnoticed. Prints TAP, and the table of each case as diagnostics.
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
ENQUEUE = ("refdma_copy", "refdma_copy_near")
DRIVER = ENQUEUE + ("refdma_submit", "refdma_completed", "refdma_burst_capacity", "refdma_wake")
# Engine, bytes a copy, and the most instructions an operation for the driver and the device; at
# burst 32 with optimization=3, a fifth above what gcc 12 needs. engine=thread: the driver's
# enqueue alone, because how often it polls is a matter of time.
CASES = (("inline", 64, 42, 48), ("inline", 256, 42, 74), ("thread", 64, 34, None))


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


def profile_copy(build, engine, size, scratch):
    """Run the tool's copy loop, and nothing else, under callgrind."""
    path = os.path.join(scratch, f"{engine}-{size}")
    cpus = sorted(os.sched_getaffinity(0))
    lcores = ",".join(f"{i}@{cpu}" for i, cpu in enumerate(cpus[:2]))
    # valgrind lets one thread run at a time, and by itself the one that spins for as long as it
    # likes; the tool's own limits are for processors.
    subprocess.run(
        ["valgrind", "--fair-sched=yes", "--tool=callgrind", f"--callgrind-out-file={path}",
         "--toggle-collect=run_copy",
         os.path.join(build, "app", "dpdk-test-dmaengine"), "--lcores", lcores,
         "--no-huge", "-m", "512", "--no-pci", f"--file-prefix=check-cost-{os.getpid()}", "--",
         "copy", "--dev", f"dma_refdma0,engine={engine}", "--size", str(size), "--time", "0.2",
         "--repeat", "1", "--timeout", "60000", "--no-verify"],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=300)
    return read_profile(path)


def check_case(build, engine, size, most_driver, most_device, scratch):
    """@return whether the cost is within its limits"""
    cost, calls = profile_copy(build, engine, size, scratch)
    if calls == 0:
        print("# the profile has no enqueue")
        return False
    counted = ENQUEUE if most_device is None else DRIVER
    driver = device = 0.0
    for (library, function), instructions in cost.most_common():
        each = instructions / calls
        if function in counted:
            driver += each
        elif PLUGIN in library and function not in DRIVER:
            device += each
        else:
            continue
        if each >= 0.5 and (most_device is not None or function in counted):
            print(f"# {each:6.1f} {function}")
    print(f"# {calls} copies of {size} bytes: driver {driver:.1f} of at most {most_driver}",
          end="\n" if most_device is None else f", device {device:.1f} of at most {most_device}\n")
    return 0 < driver <= most_driver and (most_device is None or 0 < device <= most_device)


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
            print(f"{'ok' if good else 'not ok'} {number} - instructions of a copy of {case[1]} "
                  f"bytes, engine={case[0]}", flush=True)
    print(f"1..{len(CASES)}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
