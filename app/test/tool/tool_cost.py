# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""What the measuring loop costs by itself."""

import json
import os
import re
import shutil
import subprocess

from tool_harness import OVERHEAD, PATIENT, check, place, test

BARE = ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "-l"]


def build_bare_loop():
    """The program with the bare loop, linked with the driver of the build."""
    path = os.path.join(place.build, "tool-check")
    os.makedirs(path, exist_ok=True)
    program = os.path.join(path, "bare_copy")
    source = os.path.join(os.path.dirname(__file__), "bare_copy.c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libdpdk"], check=True,
                           capture_output=True, text=True).stdout.split()
    drivers = os.path.join(place.build, "drivers")
    subprocess.run(["cc", "-O3", "-g", "-std=gnu11", "-DALLOW_EXPERIMENTAL_API", source, "-o",
                    program, "-Wl,--no-as-needed", f"-L{drivers}", "-lrte_dma_refdma",
                    f"-Wl,-rpath,{drivers}", *flags], check=True, capture_output=True)
    return program


def bare(program, operations):
    """Arguments of the bare loop."""
    cpu = str(min(os.sched_getaffinity(0)))
    return [program] + BARE + [cpu, "--vdev", "dma_refdma0,engine=inline", "--", "dma_refdma0",
                               "64", "32", "1024", "1048576", str(operations)]


def tool(operations, path):
    """Arguments of the same with the application."""
    cpu = str(min(os.sched_getaffinity(0)))
    return [place.app] + BARE + [cpu, "--", "copy", "--dev", "dma_refdma0,engine=inline", "--size", "64",
                           *PATIENT, "--footprint", "1M", "--repeat", "1", "--no-verify",
                           "--time", "300", "--operations", str(operations), "--json", path]


def count_instructions(args):
    """Instructions of a run, as callgrind counts them."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] +
                          args, capture_output=True, text=True, timeout=600, check=True, cwd=place.work)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), done.stdout


def operations_of(path):
    """What the application did, of its JSON."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)["results"][0]["operations"]


@test
def loop_costs_no_more_than_the_bare_one():
    """--api dmadev: the loop takes no more than 3 % more instructions than a bare one"""
    if shutil.which("valgrind") is None:
        return "valgrind is missing; install it with: apt-get install valgrind"
    if subprocess.run(["ldd", place.app], capture_output=True, check=False,
                      text=True).stdout.find("libasan") >= 0:
        return "sanitizers change what is counted"
    program = build_bare_loop()
    path = os.path.join(place.work, "cost.json")
    few, _ = count_instructions(bare(program, 20480))
    many, _ = count_instructions(bare(program, 61440))
    bare_cost = (many - few) / (61440 - 20480)
    few, _ = count_instructions(tool(20480, path))
    done = operations_of(path)
    many, _ = count_instructions(tool(61440, path))
    tool_cost = (many - few) / (operations_of(path) - done)
    print(f"# instructions an operation of 64 bytes, device included: bare loop {bare_cost:.1f}, "
          f"dpdk-test-dmaengine {tool_cost:.1f}, ratio {tool_cost / bare_cost:.4f}")
    compare_times(program, path)
    check(tool_cost <= bare_cost * (1 + OVERHEAD), f"{tool_cost:.1f} and {bare_cost:.1f}")
    return None


def compare_times(program, path):
    """Print the times of both, which depend on what else the machine does."""
    ratios = []
    for _ in range(5):
        out = subprocess.run(bare(program, 10000000), capture_output=True, text=True, check=True,
                             cwd=place.work).stdout
        bare_rate = 10000000 / float(out.split()[2]) / 1e6
        subprocess.run(tool(10000000, path), capture_output=True, check=True, cwd=place.work)
        with open(path, encoding="utf-8") as file:
            ratios.append(json.load(file)["results"][0]["mops"]["median"] / bare_rate)
    ratios.sort()
    print(f"# Mops/s of dpdk-test-dmaengine to those of the bare loop, 5 runs each: median "
          f"{ratios[2]:.3f}, {ratios[0]:.3f} to {ratios[4]:.3f}")
