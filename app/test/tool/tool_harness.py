# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Running dpdk-test-dmaengine, and looking at what it says: what all tests need."""

import json
import os
import re
import subprocess

USAGE = 2
NO_DEVICE = 3
INTERRUPTED = 130
LIMIT_S = 300
OVERHEAD = 0.03

# A busy machine may leave a device without a CPU for seconds.
PATIENT = ["--timeout", "60000"]
SHORT = ["--time", "short"]
MEASURE = SHORT + ["--repeat", "2"] + PATIENT
EAL = ["--no-huge", "-m", "1024", "--no-pci", "--no-shconf"]

tests = []


class Place:
    """Where things are; set by main()."""

    build = None    # the build folder
    work = None     # a folder for files
    app = None      # the program under test


place = Place()


class Wrong(Exception):
    """A behaviour that is not as it should be."""


def test(function):
    """Register a test: its document is its name."""
    tests.append(function)
    return function


def check(condition, what):
    """Fail the test unless the condition holds."""
    if not condition:
        raise Wrong(what)


class Run:
    """One run of the program."""

    def __init__(self, *args, program=None, check_status=0, env=None):
        self.args = [str(arg) for arg in args]
        done = subprocess.run([program or place.app] + self.args, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S, cwd=place.work, env=env,
                              check=False)
        self.status = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()
        if check_status is not None:
            check(self.status == check_status,
                  f"exit status {self.status}, not {check_status}: {self}")

    def __str__(self):
        return (f"dpdk-test-dmaengine {' '.join(self.args)}\n{self.out[-3000:]}\n"
                f"{self.err[-3000:]}")


def results(*args, status=0):
    """The JSON of a run, whose results are consistent."""
    path = os.path.join(place.work, "out.json")
    args = list(args) + ([] if "--timeout" in args else PATIENT)
    run = Run(*args, "--json", path, check_status=status)
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    data["run"] = run
    check(data["passed"] == (status == 0), f"passed is {data['passed']}: {run}")
    check_machine(data["machine"])
    for result in data["results"]:
        check_result(result, data["machine"]["tsc_hz"])
    return data


def check_machine(machine):
    """The header says where this was measured."""
    for name in ("cpu", "kernel", "dpdk", "iova_mode", "rte_memcpy", "compiler", "build_flags",
                 "version", "commit", "command_line", "started"):
        check(isinstance(machine[name], str) and machine[name], f"machine.{name} is empty")
    check(machine["cores"] >= 1 and machine["numa_nodes"] >= 1, "no cores or nodes")
    check(isinstance(machine["cpu_flags"], list), "cpu_flags is no array")
    check(isinstance(machine["huge_pages"], bool), "huge_pages is no boolean")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", machine["started"]), "started")


def near(value, other):
    """Equal, but for rounding."""
    return abs(value - other) <= 1e-6 * max(abs(value), abs(other)) + 1e-9


def check_result(result, tsc_hz):
    """The numbers of a result agree with each other."""
    for name, value in result.items():
        if isinstance(value, dict) and "median" in value:
            check(value["samples"] > 0, f"{name} without samples")
            check(value["min"] <= value["median"] <= value["max"], f"order of {name}: {value}")
        elif isinstance(value, dict):
            keys = ("min_us", "p50_us", "p90_us", "p99_us", "p99_9_us", "max_us")
            order = [value[key] for key in keys]
            check(order == sorted(order), f"percentiles of {name}: {value}")
            check(value["min_us"] <= value["mean_us"] <= value["max_us"], f"mean of {name}")
    if "mops" in result and "size_bytes" in result and "gigabytes_per_second" in result:
        for key in ("median", "min", "max"):
            check(near(result["gigabytes_per_second"][key],
                       result["mops"][key] * result["size_bytes"] / 1e3), "GB/s and Mops/s")
        check(near(result["tsc_cycles_per_operation"]["median"] * result["mops"]["median"],
                   tsc_hz / 1e6), "cycles and Mops/s")
        check(result["bytes"] == result["operations"] * result["size_bytes"],
              "bytes and operations")
    if "foreign_cpu_share" in result:
        share = result["foreign_cpu_share"]
        check(0 <= share <= 1, f"share {share}")
        check(result.get("disturbed", False) == (share > 0.1), "disturbed")
    check((result["verdict"] in ("failed", "skipped")) == ("note" in result), f"note: {result}")


def all_passed(data, number):
    """So many results, and all of them well."""
    check(len(data["results"]) == number,
          f"{len(data['results'])} results, not {number}: {data['run']}")
    for result in data["results"]:
        check(result["verdict"] == "passed", f"{result}")
        check(result.get("mismatched_bytes", 0) == 0, f"{result}")


def two_lcores():
    """EAL options for two lcores, on two CPUs where there are two."""
    cpus = sorted(os.sched_getaffinity(0))
    return EAL + ["--lcores", f"0@{cpus[0]},1@{cpus[min(1, len(cpus) - 1)]}"]
