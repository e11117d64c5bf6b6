#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Check the trace points: that a build without -Denable_trace_fp=true has nothing of those of the data
path in its code, that the others are recorded where they are asked for and not otherwise, and that a
build with the option shows a descriptor's whole life. Prints TAP.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIFE = os.path.join(ROOT, "devtools", "trace-life.py")
SECONDS = 300
# Points of the data path, by the name of the variable that each has.
FAST = re.compile(r"ENGINE_TRACE_POINT_FP\(\s*(\w+)|REFDMA_TRACE_POINT_FP\(\s*(\w+)")
HEADERS = ("lib/dmaengine_compat/engine_trace.h", "drivers/dma/refdma/refdma_trace.h")
OBJECTS = ("lib/libtmp_dmaengine_compat.a.p", "drivers/libtmp_rte_dma_refdma.a.p")


def expect(condition, what):
    """Fail the case unless the condition holds."""
    if not condition:
        raise AssertionError(what)


def run(*command, **how):
    """Run a command; its output."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False,
                            **how)
    expect(result.returncode == 0, f"{' '.join(command)}: {result.stdout[-1500:]}")
    return result.stdout


def tool(build, directory, trace, *args):
    """Run dpdk-test-dmaengine with some trace points on; the directory of its trace, or None."""
    cpu = str(min(os.sched_getaffinity(0)))
    # overwrite or discard: what came first is what is looked at
    options = [f"--trace={name}" for name in trace]
    if trace:
        options += [f"--trace-dir={directory}", "--trace-mode=discard"]
    run(os.path.join(build, "app", "dpdk-test-dmaengine"), "--no-huge", "-m", "256", "--no-pci",
        "--no-telemetry", "--file-prefix", f"check-trace-{os.getpid()}", "-l", cpu, *options, "--",
        *args)
    made = sorted(os.listdir(directory))
    return os.path.join(directory, made[0]) if made else None


def names(trace):
    """How often each event is in a trace."""
    text = run("babeltrace2", trace)
    found = re.findall(r"^\[[^]]*\] \([^)]*\) (\S+):", text, re.MULTILINE)
    return {name: found.count(name) for name in found}


def engine_copies(*more):
    """Arguments: copies through the library."""
    return ("copy", "--api", "engine", "--run", "manual", "--dev", "dma_refdma0,engine=inline",
            "--size", "4K", "--time", "5", "--repeat", "1", "--operations", "500", *more)


# --- cases ------------------------------------------------------------------------------------

def data_path_points_leave_no_code(build, _):
    """The variables of those points are known to the file that registers them, and to no other."""
    points = set()
    for header in HEADERS:
        with open(os.path.join(ROOT, header), encoding="utf-8") as file:
            points |= {"__" + (a or b) for a, b in FAST.findall(file.read())}
    expect(len(points) >= 9, f"points of the data path: {points}")
    for folder in OBJECTS:
        registered = 0
        for path in glob.glob(os.path.join(build, folder, "*.o")):
            used = points & {line.split()[-1] for line in run("nm", path).splitlines() if line}
            if path.endswith("_trace.c.o"):
                registered += len(used)
            else:
                expect(not used, f"{path} has {used}; arguments of a trace point must vanish")
        expect(registered, f"{folder}: no trace point is registered")


def nothing_is_recorded_by_default(build, _):
    """Without --trace there is no trace."""
    with tempfile.TemporaryDirectory() as directory:
        expect(tool(build, directory, (), *engine_copies()) is None, "a trace was written")


def control_and_errors_are_recorded(build, _):
    """The plain points, in any build: channels, commands, errors, and a queue that failed."""
    with tempfile.TemporaryDirectory() as directory:
        trace = tool(build, directory, ("lib.dmaengine_compat", "pmd.dma.refdma"), "inject",
                     "--api", "both", "--dev", "dma_refdma0,engine=inline", "--run", "manual")
        seen = names(trace)
    for name in ("lib.dmaengine_compat.request", "lib.dmaengine_compat.release",
                 "lib.dmaengine_compat.error", "lib.dmaengine_compat.terminate",
                 "pmd.dma.refdma.command", "pmd.dma.refdma.error"):
        expect(seen.get(name), f"no {name} in {seen}")
    expect("lib.dmaengine_compat.submit" not in seen, "points of the data path in this build")


def a_whole_life_is_recorded(_, traced, record=None):
    """Prepared to callback, in this order, of one descriptor, with the driver between."""
    if not os.path.exists(os.path.join(traced, "build.ninja")):
        run("meson", "setup", traced, "-Denable_trace_fp=true", "-Dtests=false",
            "-Dexamples=false", cwd=ROOT)
    run("ninja", "-C", traced, "app/dpdk-test-dmaengine")
    with tempfile.TemporaryDirectory() as directory:
        trace = tool(traced, directory, ("lib.dmaengine_compat", "pmd.dma.refdma"),
                     *engine_copies("--no-verify"))
        text = run(LIFE, trace, "--cookie", "100")
        raw = run("babeltrace2", "--clock-seconds", trace)
    events = re.findall(r"^ *\d+ +\d+  \S+ +(\S+)", text, re.MULTILINE)
    expect(events == ["lib.dmaengine_compat." + name for name in ("prep", "submit", "issue",
                                                                  "start")] +
           ["pmd.dma.refdma.doorbell", "pmd.dma.refdma.completed"] +
           ["lib.dmaengine_compat." + name for name in ("complete", "callback",
                                                        "callback_end")], text)
    if record is not None:
        write_record(record, text, raw)


def write_record(directory, text, raw):
    """What the guide shows."""
    os.makedirs(directory, exist_ok=True)
    head = ("# SPDX-License-Identifier: BSD-3-Clause\n"
            f"# Recorded by devtools/check-trace.py --record: {' '.join(os.uname()[0:3:2])}, DPDK "
            f"{run('pkg-config', '--modversion', 'libdpdk').strip()}\n")
    with open(os.path.join(directory, "life.txt"), "w", encoding="utf-8") as file:
        file.write(head + "".join(line.rstrip() + "\n" for line in text.splitlines()))
    picked = [line for line in raw.splitlines() if re.search(r"cookie = 100\b", line)]
    with open(os.path.join(directory, "babeltrace2.txt"), "w", encoding="utf-8") as file:
        file.write(head + "\n".join(picked) + "\n")


def life_names_what_is_missing(build, _):
    """A trace of a build without the option, and no trace at all."""
    with tempfile.TemporaryDirectory() as directory:
        trace = tool(build, directory, ("lib.dmaengine_compat",), *engine_copies())
        result = subprocess.run([LIFE, trace], capture_output=True, text=True, check=False)
        expect(result.returncode == 1 and "enable_trace_fp=true" in result.stderr, result)
        result = subprocess.run([LIFE, os.path.join(directory, "none")], capture_output=True,
                                text=True, check=False)
        expect(result.returncode == 1 and "cannot read" in result.stderr, result)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", metavar="DIR", help="write what the guide shows to DIR")
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"),
                        help="build directory (default: build)")
    parser.add_argument("traced", nargs="?", default=os.path.join(ROOT, "build-trace"),
                        help="one with -Denable_trace_fp=true, made where it is missing "
                        "(default: build-trace)")
    args = parser.parse_args()
    build, traced, record = os.path.abspath(args.build), os.path.abspath(args.traced), args.record
    cases = [data_path_points_leave_no_code, nothing_is_recorded_by_default]
    if shutil.which("babeltrace2") is None:
        print("# babeltrace2 is missing: apt-get install babeltrace2")
        print("ok 3 - traces are read # SKIP babeltrace2 is missing")
    else:
        cases += [control_and_errors_are_recorded, a_whole_life_is_recorded,
                  life_names_what_is_missing]
    failed = 0
    for number, case in enumerate(cases, 1):
        more = {"record": record} if case is a_whole_life_is_recorded else {}
        try:
            case(build, traced, **more)
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"# {type(error).__name__}: {error}".replace("\n", "\n# "))
            print(f"not ok {number} - {case.__name__}", flush=True)
    print(f"1..{max(len(cases), 3)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
