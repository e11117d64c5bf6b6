#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Run dpdk-test-dmaengine for real, on refdma and dma_skeleton devices, and check what it does: data
integrity and its proof, exit statuses, messages, JSON, CSV, files of cases, and the cost of its
loop. Prints TAP. How fast something is never decides.

    check_tool.py BUILD-DIR
"""

import csv
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

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

build = None
work = None
app = None
tests = []


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
        done = subprocess.run([program or app] + self.args, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S, cwd=work, env=env,
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
    path = os.path.join(work, "out.json")
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


# --- commands -------------------------------------------------------------------------------------

@test
def help_is_grouped_and_has_three_examples():
    """the help is grouped and has three examples"""
    run = Run("--help")
    groups = [line for line in run.out.splitlines() if re.match(r"[A-Z].*:$", line)]
    check(len(groups) >= 8, f"groups: {groups}")
    examples = run.out.split("Examples:\n")[1].splitlines()
    check(len(examples) == 3, f"examples: {examples}")
    check(max(len(line.replace(app, "")) for line in run.out.splitlines()) <= 100, "a long line")
    check(Run("-h").out == run.out, "-h is something else")
    check(run.err == "", "something on standard error")


@test
def version_names_both_versions():
    """the version names program and DPDK"""
    check(re.match(r"dpdk-test-dmaengine \d+\.\d+\.\d+, DPDK \d", Run("--version").out), "text")


@test
def copy_with_all_apis_side_by_side():
    """copy: dmadev, engine and CPU in one run, with ratios and latency"""
    data = results("copy", "--api", "all", "--size", "64,4K", "--latency", *MEASURE)
    all_passed(data, 6)
    check([r["api"] for r in data["results"]] == ["dmadev", "engine", "cpu"] * 2, "order")
    for result in data["results"]:
        check(result["latency"]["samples"] > 0, "no latency")
        check(near(result["latency"]["p50_us"], result["latency_us"]["median"]), "p50")
        check(result["mops"]["samples"] == 2, "repeats")
        check(("ratio_to_cpu" in result) == (result["api"] != "cpu"), "ratio to CPU")
        check(("ratio_to_dmadev" in result) == (result["api"] == "engine"), "ratio to dmadev")
    check("verified_operations" in data["results"][0], "single operations were not verified")


@test
def all_ways_to_run_the_tasklet():
    """--run: right data with the tasklet as a service, by hand, and asleep without work"""
    for run in ("service", "manual", "sleep"):
        data = results("copy", "--api", "engine", "--run", run, "--size", "64,4K", "--depth",
                       "64", "--latency", *MEASURE)
        all_passed(data, 2)
        check({r["run"] for r in data["results"]} == {run}, f"{data['results']}")
    cpu = min(os.sched_getaffinity(0))
    one = ["--no-huge", "-m", "1024", "--no-pci", "--no-shconf", "-l", cpu, "--"]
    # It needs no second lcore, and its device neither.
    all_passed(results(*one, "verify", "--run", "sleep", "--iterations", 50, "--threads", 2), 4)
    all_passed(results(*one, "slave", "--api", "engine", "--run", "sleep", "--size", "1K",
                       *MEASURE), 1)
    all_passed(results(*one, "cyclic", "--api", "engine", "--run", "sleep", "--time", "0.2"), 1)
    run = Run(*one, "copy", "--api", "engine", "--run", "service", check_status=USAGE)
    check("--run service needs a second lcore" in run.err and "--run sleep" in run.err, f"{run}")


@test
def cpu_needs_no_device():
    """copy --api cpu: no device is made"""
    data = results("copy", "--api", "cpu", "--size", "1K", *MEASURE)
    all_passed(data, 1)
    check(data["devices"] == [], "there is a device")


@test
def fill_sg_and_interleaved():
    """fill, sg and interleaved: right data on all APIs"""
    for command in (["fill"], ["sg", "--src-sge", "3", "--dst-sge", "5"],
                    ["interleaved", "--chunk", "32", "--src-gap", "16", "--dst-gap", "48"]):
        data = results(*command, "--api", "all", "--size", "1K", *MEASURE)
        all_passed(data, 3)
    check(data["results"][0]["chunk_bytes"] == 32, "chunk")
    check(data["results"][0]["dst_gap_bytes"] == 48, "gap")


@test
def mem_to_dev_and_back():
    """copy --direction: into and out of the device's memory"""
    for direction in ("mem2dev", "dev2mem"):
        data = results("copy", "--direction", direction, "--size", "64,64K", *MEASURE)
        all_passed(data, 2)
        check(data["results"][0]["direction"] == direction, "direction")
    run = Run("copy", "--direction", "mem2dev", "--size", "4M", *MEASURE, check_status=None)
    check(run.status != 0 and "--size: 4194304 is not valid" in run.err, f"{run}")


@test
def slave_with_and_without_metadata():
    """slave: data and metadata come back from the loopback port"""
    all_passed(results("slave", "--api", "both", "--size", "64", *MEASURE), 2)
    data = results("slave", "--api", "both", "--size", "256", "--metadata", "16,64", *MEASURE)
    all_passed(data, 4)
    check([r["metadata_bytes"] for r in data["results"]] == [16, 16, 64, 64], "metadata")


@test
def cyclic_has_jitter():
    """cyclic: periods, jitter and losses of both APIs"""
    data = results("cyclic", "--api", "both", "--time", "0.3")
    check(len(data["results"]) == 2, "results")
    for result in data["results"]:
        check(result["periods"] > 0, f"no period: {result}")
        check(result["bytes"] == result["periods"] * result["period_bytes"], "bytes")
        check(result["gap_bytes"] <= result["overrun_bytes"], "gaps nobody counted")
        check(result["period_jitter"]["samples"] == result["period_jitter_us"]["samples"], "n")
        check(result["period_interval"]["max_us"] > 0, "intervals")


@test
def skeleton_and_commands_it_cannot_do():
    """dma_skeleton: copies and verifies; what it cannot do is skipped with exit status 3"""
    all_passed(results("copy", "--dev", "dma_skeleton", "--api", "both", "--size", "256",
                       *MEASURE), 2)
    all_passed(results("verify", "--dev", "dma_skeleton", "--api", "dmadev", "--iterations", 20),
               1)
    all_passed(results("verify", "--dev", "dma_skeleton", "--iterations", 20), 1)
    run = Run("fill", "--dev", "dma_skeleton", *MEASURE, check_status=NO_DEVICE)
    check("skipped: the device has no fill" in run.out, f"{run}")
    run = Run("inject", "--dev", "dma_skeleton", check_status=NO_DEVICE)
    check("refdma" in run.err, f"{run}")


@test
def compare_and_engine_cost():
    """compare and engine-cost: all paths, all data right"""
    data = results("compare", "--size", "64", "--latency", "--time", "0.01", "--repeat", "1")
    check([r["device"] for r in data["results"]] ==
          ["cpu", "skeleton", "thread", "inline", "engine"], "paths")
    check(all(r["verdict"] == "passed" for r in data["results"]), "verdict")
    data = results("engine-cost", "--size", "64", "--time", "0.01", "--repeat", "1")
    names = {r["operation"] for r in data["results"]}
    check(names == {"throughput", "run-to-completion", "latency", "open-channels",
                    "channel-memory"}, f"parts: {names}")


@test
def list_shows_devices():
    """list: a device with its ports"""
    run = Run("list", "--dev", "dma_refdma0", "--dev", "dma_skeleton")
    check("dma_refdma0\n" in run.out and "dma_skeleton\n" in run.out, "devices")
    check("loopback at" in run.out and "mem2mem" in run.out, "ports or capabilities")


@test
def file_goes_through_the_device():
    """copy --file: what comes out is what went in"""
    source = os.path.join(work, "in")
    with open(source, "wb") as file:
        file.write(os.urandom(300001))
    Run("copy", "--file", source, "--output", os.path.join(work, "copied"), *PATIENT)
    with open(source, "rb") as a, open(os.path.join(work, "copied"), "rb") as b:
        check(a.read() == b.read(), "another file")


@test
def workers_run_together():
    """--worker: two lcores, each with a channel, and their sum"""
    args = two_lcores() + ["--", "copy", "--worker", "0@dma_refdma0,engine=inline", "--worker",
                           "1@dma_refdma0/1", "--size", "256", *MEASURE]
    data = results(*args)
    all_passed(data, 3)
    first, second, total = data["results"]
    check(total["workers"] == 2 and "worker" not in total, "total")
    check((first["lcore"], second["lcore"]) == (0, 1), "lcores")
    check((first["channel"], second["channel"]) == (0, 1), "channels")
    check(total["operations"] == first["operations"] + second["operations"], "sum")
    for spec, why in (("7@dma_refdma0", "no such lcore"), ("0@dma_refdma0/9", "no such channel"),
                      ("dma_refdma0", "another form")):
        run = Run(*two_lcores(), "--", "copy", "--worker", spec, check_status=USAGE)
        check(f"--worker: '{spec}' is not valid" in run.err and why in run.err, f"{run}")


@test
def inject_errors_and_recover():
    """inject: every error is seen, and the channel works again"""
    for args in (["--dev", "dma_refdma0,engine=inline", "--run", "manual"], []):
        data = results("inject", *args)
        all_passed(data, 12)
        for result in data["results"]:
            check(result["verified_operations"] == result["operations"], "not checked")
            check(result["recover_us"]["min"] >= 0, "recover")
        failed = {(r["api"], r["operation"]): r["failed_operations"] for r in data["results"]}
        check(failed[("dmadev", "failed operation")] == 1, "failed operation")
        check(failed[("dmadev", "stalled queue")] == 17, "stalled queue")
        check(failed[("engine", "device removed")] == 17, "device removed")


# --- verify ---------------------------------------------------------------------------------------

TEST_LINE = re.compile(r"^(?P<who>\S+ channel \d+ thread \d+): test (?P<test>\d+), (?P<op>\w+), "
                       r"source offset (?P<src>\d+), destination offset (?P<dst>\d+), length "
                       r"(?P<length>\d+): passed$", re.MULTILINE)


def verbose_tests(*args):
    """The tests of a verbose run of verify, as dictionaries."""
    run = Run("verify", "--verbose", "--iterations", 40, "--channel", "0", *PATIENT, *args)
    found = [match.groupdict() for match in TEST_LINE.finditer(run.out)]
    for one in found:
        for name in ("test", "src", "dst", "length"):
            one[name] = int(one[name])
    return found


@test
def verify_threads_and_channels():
    """verify: threads, channels and operations of both APIs, with a summary for each thread"""
    for api in ("dmadev", "engine"):
        data = results("verify", "--api", api, "--threads", 3, "--iterations", 30,
                       "--operation", "mix")
        all_passed(data, 6)
        check({(r["channel"], r["thread"]) for r in data["results"]} ==
              {(c, t) for c in (0, 1) for t in (0, 1, 2)}, "threads")
        for result in data["results"]:
            check(result["tests"] == 30 and result["failures"] == 0, f"{result}")
            check(result["iops"]["median"] > 0, "iops")
            check(near(result["kilobytes_per_second"]["median"] * result["tests"] * 1e3,
                       result["iops"]["median"] * result["bytes"]), "KB/s and iops")
        check("6 threads, 180 tests, 0 failures" in data["run"].out, f"{data['run']}")
    data = results("verify", "--dev", "dma_refdma0", "--dev", "dma_refdma1", "--iterations", 5,
                   "--max-channels", 3)
    all_passed(data, 3)


@test
def verify_random_lengths_and_offsets():
    """verify: lengths and offsets are random, and the same for the same seed"""
    found = verbose_tests()
    check([one["test"] for one in found] == list(range(1, 41)), f"tests: {found}")
    check(len({one["length"] for one in found}) > 20, "lengths")
    check(len({one["src"] for one in found}) > 20, "source offsets")
    check(len({one["dst"] for one in found}) > 20, "destination offsets")
    check(all(max(one["src"], one["dst"]) + one["length"] <= 16384 for one in found), "inside")
    check(verbose_tests() == found, "another run is another one")
    check(verbose_tests("--seed", "2") != found, "the seed does nothing")


@test
def verify_parameters():
    """verify: no-random, transfer-size, align, buffer-size, polled and memset"""
    check(all((one["src"], one["dst"], one["length"]) == (0, 0, 16384)
              for one in verbose_tests("--no-random")), "no-random")
    found = verbose_tests("--transfer-size", "1000")
    check({one["length"] for one in found} == {1000}, "transfer-size")
    check(len({one["src"] for one in found}) > 20, "offsets with transfer-size")
    found = verbose_tests("--align", "64", "--buffer-size", "2000")
    check(all(one[name] % 64 == 0 for one in found for name in ("src", "dst", "length")), "align")
    check(max(one["src"] + one["length"] for one in found) <= 2000, "buffer-size")
    check(len(verbose_tests("--polled")) == 40, "polled")
    check({one["op"] for one in verbose_tests("--operation", "memset")} == {"memset"}, "memset")
    found = verbose_tests("--operation", "mix", "--api", "dmadev")
    check({one["op"] for one in found} == {"memcpy", "memset", "sg"}, "mix")
    data = results("verify", "--no-verify", "--iterations", 5)
    check({r["verdict"] for r in data["results"]} == {"unchecked"}, "no-verify")


REGIONS = {
    "src-before": "source, before the area",
    "src-inside": "source, inside the area",
    "src-after": "source, after the area",
    "dst-before": "destination, before the area",
    "dst-inside": "destination, inside the area",
    "dst-after": "destination, after the area",
}
MISMATCH = re.compile(r": (?P<region>\w+, \w+ the area), offset (?P<offset>\d+): expected "
                      r"0x(?P<expected>[0-9a-f]{2}), seen 0x(?P<seen>[0-9a-f]{2})$",
                      re.MULTILINE)


def check_detection(region, api, operation):
    """One damaged byte in a region is found, there and nowhere else."""
    data = results("verify", "--api", api, "--operation", operation, "--corrupt", region,
                   "--iterations", 12, "--channel", "0", status=1)
    found = [match.groupdict() for match in MISMATCH.finditer(data["run"].err)]
    result = data["results"][0]
    check(found, f"{region} was not found: {data['run']}")
    check({one["region"] for one in found} == {REGIONS[region]}, f"regions: {found}")
    for one in found:
        check(int(one["expected"], 16) ^ int(one["seen"], 16) == 0xff, f"{one}")
        if operation == "memcpy" or region.startswith("src") or not region.endswith("inside"):
            check(int(one["expected"], 16) & 0x1f == int(one["offset"]) & 0x1f or
                  region == "dst-inside", f"the index is not in {one}")
    check(result["failures"] == len(found) <= result["tests"] == 12, f"{result}")
    check(result["verdict"] == "failed" and "data error: 1 wrong bytes" in result["note"],
          f"{result}")


@test
def proof_of_detection():
    """a damaged byte is found in each of the six regions, with both APIs"""
    for region in REGIONS:
        for api in ("dmadev", "engine"):
            check_detection(region, api, "memcpy")
    check_detection("dst-inside", "dmadev", "memset")
    check_detection("dst-after", "dmadev", "memset")


@test
def bytes_say_what_they_are():
    """source, copy, overwrite and index bits are those of the kernel's tester"""
    bits = {"src-before": 0x80, "src-inside": 0xc0, "src-after": 0x80, "dst-before": 0,
            "dst-inside": 0xc0, "dst-after": 0}
    for region, expected in bits.items():
        run = Run("verify", "--corrupt", region, "--iterations", 12, "--channel", "0", *PATIENT,
                  check_status=1)
        seen = {int(match["expected"], 16) & 0xe0 for match in MISMATCH.finditer(run.err)}
        check(seen == {expected}, f"{region}: {seen}")


@test
def timeout_is_a_failure():
    """a device that does nothing is a timeout, and exit status 1"""
    cpu = min(os.sched_getaffinity(0))
    run = Run(*EAL, "-l", cpu, "--", "verify", "--api", "dmadev", "--dev",
              "dma_refdma0,engine=service", "--timeout", 50, "--iterations", 3, check_status=1)
    check("timeout: no completion within --timeout" in run.err, f"{run}")
    run = Run(*EAL, "-l", cpu, "--", "copy", "--dev", "dma_refdma0,engine=service", "--timeout",
              50, "--size", "64", *SHORT, check_status=1)
    check("no completion within the timeout" in run.out, f"{run}")


@test
def endless_verify_ends_by_a_signal():
    """verify without an end: a signal ends it well, and its summary is there"""
    with subprocess.Popen([app, "verify", "--verbose", *PATIENT], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=work) as process:
        # It works as soon as it has said so.
        while b"passed" not in process.stdout.readline():
            check(process.poll() is None, "it has ended by itself")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=LIMIT_S)
    check(process.returncode == 0, f"exit status {process.returncode}")
    check(re.search(rb"threads, [1-9]\d* tests, 0 failures", out), "no summary")


@test
def interruption_keeps_results():
    """a measurement that is interrupted says so, with exit status 130"""
    path = os.path.join(work, "interrupted.json")
    with subprocess.Popen([app, "copy", "--size", "64,128,256", *SHORT, *PATIENT, "--repeat",
                           "1000", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=work) as process:
        while b"device" not in process.stdout.readline():
            check(process.poll() is None, "it has ended by itself")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=LIMIT_S)
    check(process.returncode == INTERRUPTED, f"exit status {process.returncode}")
    check(b"interrupted" in err, "it does not say so")
    with open(path, encoding="utf-8") as file:
        check(json.load(file)["interrupted"] is True, "not in JSON")


def run_on_terminal(*args):
    """Standard error of a run, with a terminal there."""
    pid, fd = pty.fork()
    if pid == 0:
        with open(os.devnull, "w", encoding="utf-8") as null:
            os.dup2(null.fileno(), 1)
        os.chdir(work)
        os.execv(app, [app] + list(args))
    text = b""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 1)[0]:
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            if not piece:
                break
            text += piece
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return text.decode(), os.waitstatus_to_exitcode(status)


@test
def soak_has_a_status_line_on_a_terminal_only():
    """--soak: a rolling line on a terminal, and nothing of it in a pipe"""
    text, status = run_on_terminal("verify", "--soak", "1s", *PATIENT)
    check(status == 0, f"exit status {status}: {text}")
    check(re.search(r"\r\d\d:\d\d:\d\d of 00:00:01, 2 threads: \d+ tests, 0 failures", text),
          f"no line: {text}")
    run = Run("verify", "--soak", "0.5s", *PATIENT)
    check("\r" not in run.err + run.out and "\x1b" not in run.err + run.out, f"{run}")
    check(re.search(r"2 threads, [1-9]\d* tests, 0 failures", run.out), f"{run}")
    run = Run("copy", "--size", "64", *MEASURE)
    check("\r" not in run.err + run.out and "\x1b" not in run.err + run.out, f"{run}")
    text, status = run_on_terminal("copy", "--size", "64", *MEASURE)
    check("[1/2] copy on dma_refdma0" in text, f"no progress: {text}")


# --- output ---------------------------------------------------------------------------------------

@test
def json_on_standard_output():
    """--json -: standard output has nothing else, and the tables go to standard error"""
    run = Run("copy", "--size", "64", *MEASURE, "--json", "-")
    check(json.loads(run.out)["format"] == 1, "format")
    check("Mops/s" in run.err, "no table")
    run = Run("copy", "--json", "/no/such/directory/x", check_status=USAGE)
    check("--json: '/no/such/directory/x' cannot be written: No such file" in run.err, f"{run}")


@test
def machine_knows_the_commit():
    """machine: the commit is that of the sources"""
    data = results("copy", "--api", "cpu", "--size", "64", *MEASURE)
    done = subprocess.run(["git", "describe", "--always", "--abbrev=12"], capture_output=True,
                          cwd=os.path.dirname(build), check=False)
    if done.returncode == 0:
        seen = data["machine"]["commit"].replace("-dirty", "")
        known = subprocess.run(["git", "cat-file", "-e", seen.split("-g")[-1]],
                               cwd=os.path.dirname(build), capture_output=True, check=False)
        check(known.returncode == 0, f"{seen} is no commit here")
    check(data["machine"]["commit"].split("-")[0] in data["run"].out, "not on the screen")


@test
def csv_says_what_json_says():
    """--csv: the columns of the guide, and the values of JSON"""
    path = os.path.join(work, "out.csv")
    data = results("copy", "--api", "all", "--size", "64,4K", "--latency", *MEASURE, "--csv", path)
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    comments = [line for line in lines if line.startswith("#")]
    check(f"# cpu: {data['machine']['cpu']}" in comments, "machine")
    rows = list(csv.DictReader(line for line in lines if line and not line.startswith("#")))
    check(len(rows) == len(data["results"]) == 6, "rows")
    for row, result in zip(rows, data["results"]):
        check(None not in row and None not in row.values(), "number of columns")
        for name, value in result.items():
            if isinstance(value, dict):
                for key, number in value.items():
                    check(near(float(row[f"{name}_{key}"]), number), f"{name}_{key}")
            elif name not in ("disturbed", "foreign_cpu_share"):
                check(row[name] == str(value), f"{name}: {row[name]} and {value}")


@test
def busy_machine_is_told_of():
    """a warning where others use the machine's CPUs as well"""
    if not os.path.exists("/proc/stat"):
        return "there is no /proc/stat"
    # As many endless loops as CPUs: their share is a third and more.
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
             for _ in os.sched_getaffinity(0)]
    try:
        data = results("copy", "--size", "64", "--time", "2", "--repeat", "1")
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    result = data["results"][0]
    check(result["foreign_cpu_share"] > 0.1 and result["disturbed"], f"{result}")
    check("warning: during 1 of 1 cases others took more than 10 %" in data["run"].err, "warning")
    check("(disturbed: others had" in data["run"].out, "no mark in the table")
    return None


# --- cases ----------------------------------------------------------------------------------------

def write_cases(text):
    """A file of cases."""
    path = os.path.join(work, "cases.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@test
def sweeps_add_and_multiply():
    """lists: ADD and MUL, and one more parameter that is swept"""
    data = results("copy", "--size", "64,1024,4,MUL", "--burst", "8,24,8,add", "--time", "0.01",
                   "--repeat", "1")
    check([(r["size_bytes"], r["burst"]) for r in data["results"]] ==
          [(size, burst) for size in (64, 256, 1024) for burst in (8, 16, 24)], "combinations")
    data = results("copy", "--size", "64", "--ring", "128,512,2,MUL", "--time", "0.01",
                   "--repeat", "1")
    check([r["ring"] for r in data["results"]] == [128, 256, 512], "ring")
    check(data["run"].out.count("Mops/s") == 1, "more than one table")


@test
def cases_of_a_file():
    """--config: sections, common entries, sweeps, flags; the command line wins"""
    path = write_cases("""; common
time = 0.01
repeat = 1
burst = 16
[small copies]
command = copy
size = 64,256,2,MUL     ; three of them
latency = yes
[rings]
command = fill
size = 1K
ring = 128,256
burst = 8
[threads]
command = verify
iterations = 10
polled = yes
verbose = no
dev = dma_refdma0,engine=inline
run = manual
[directions]
command = copy
direction = dev2mem
size = 4K
""")
    data = results("--config", path)
    seen = [(r["case"], r["command"], r.get("size_bytes"), r.get("ring")) for r in data["results"]]
    check(seen == [("small copies", "copy", 64, 1024), ("small copies", "copy", 128, 1024),
                   ("small copies", "copy", 256, 1024), ("rings", "fill", 1024, 128),
                   ("rings", "fill", 1024, 256), ("threads", "verify", 16384, None),
                   ("threads", "verify", 16384, None), ("directions", "copy", 4096, 1024)],
          f"{seen}")
    check([r.get("burst") for r in data["results"]] == [16, 16, 16, 8, 8, None, None, 16], "burst")
    check("latency" in data["results"][0] and "latency" not in data["results"][3], "latency")
    check("[small copies]" in data["run"].out, "no title")
    data = results("--config", path, "--burst", "4", "--iterations", "3")
    check([r.get("burst") for r in data["results"]] == [4, 4, 4, 4, 4, None, None, 4], "burst")
    check([r.get("tests") for r in data["results"]][5:7] == [3, 3], "iterations")


@test
def eal_options_of_a_file():
    """--config: EAL options of the file are used, unless the command line has some"""
    cpu = min(os.sched_getaffinity(0))
    path = write_cases(f"""eal = --no-huge -m 700 --no-pci --no-shconf -l {cpu} --vdev dma_skeleton
[one]
command = copy
size = 64
time = 0.01
repeat = 1
""")
    data = results("--config", path)
    check([r["device"] for r in data["results"]] == ["dma_skeleton"], "EAL options of the file")
    data = results(*EAL, "-l", cpu, "--vdev", "dma_refdma5,engine=inline", "--", "--config", path)
    check([r["device"] for r in data["results"]] == ["dma_refdma5"], "of the command line")


@test
def bad_files_of_cases():
    """--config: what is wrong is named, with file and section"""
    for text, message in (
            ("[a]\ncommand = cpy\n", "[a]: command = 'cpy' is not valid; valid are copy"),
            ("[a]\nsize = 64\n", "[a]: command = '' is not valid"),
            ("[a]\ncommand = copy\nsiez = 64\n", "[a]: siez = '64' is not valid"),
            ("[a]\ncommand = copy\nsize = 64Q\n", "--size: '64Q' is not valid"),
            ("[a]\ncommand = copy\nlatency = maybe\n", "[a]: latency = 'maybe' is not valid"),
            ("[a]\ncommand = copy\njson = x\n", "it belongs on the command line"),
            ("[a]\ncommand = copy\nperiods = 8\n", "--periods does not apply to 'copy'"),
            ("; nothing\n", "has no section")):
        run = Run("--config", write_cases(text), check_status=USAGE)
        check(message in run.err, f"{text}: {run.err}")
    run = Run("--config", "/no/such/file", check_status=USAGE)
    check("--config: '/no/such/file' cannot be read: No such file" in run.err, f"{run}")
    run = Run("copy", "--config", "x", check_status=USAGE)
    check("no command goes together with --config" in run.err, f"{run}")


# --- bad arguments --------------------------------------------------------------------------------

BAD = (
    # arguments, start of the message, and what it says as well
    (["copi"], "copi: no such command; valid are copy, fill", ""),
    ([], "a command is needed: copy, fill", ""),
    (["copy", "fill"], "fill: one command only", "'copy' already"),
    (["copy", "--colour"], "--colour: no such option", "--help"),
    (["copy", "--size"], "--size needs a value", "LIST"),
    (["copy", "--latency=1"], "--latency takes no value", ""),
    (["copy", "--size", "0"], "--size: '0' is not valid", "from 1 to 1073741824"),
    (["copy", "--size", "64,,4"], "--size: '64,,4' is not valid", "separated by commas"),
    (["copy", "--size", "64,128,0,ADD"], "--size: '64,128,0,ADD' is not valid", "STEP,ADD"),
    (["copy", "--size", "64,128,1,MUL"], "--size: '64,128,1,MUL' is not valid", "FACTOR,MUL"),
    (["copy", "--ring", "1,2"], "--ring: '1,2' is not valid", "from 2 to 32768"),
    (["copy", "--ring", "64,128", "--footprint", "1M,2M"], "--footprint: '1M,2M' is not valid",
     "--ring has several values already"),
    (["copy", "--api", "kernel"], "--api: 'kernel' is not valid", "dmadev|engine|cpu|both|all"),
    (["copy", "--time", "3w"], "--time: '3w' is not valid", "s, m, h or d"),
    (["copy", "--burst", "2048"], "--burst: 2048 is not valid", "less than --ring"),
    (["copy", "--run", "manual"], "--run is valid only together with --api engine", ""),
    (["copy", "--period", "64"], "--period does not apply to 'copy'", "cyclic"),
    (["copy", "--file", "x", "--api", "engine"], "--file is valid only with --api dmadev", ""),
    (["copy", "--direction", "up"], "--direction: 'up' is not valid", "mem2mem|mem2dev|dev2mem"),
    (["copy", "--worker", "0@a", "--latency"], "--latency is not valid together with --worker",
     ""),
    (["interleaved", "--size", "100"], "--size: 100 is not valid for interleaved", "--chunk"),
    (["cyclic", "--period", "12"], "--period: 12 is not valid", "multiple of 8"),
    (["cyclic", "--api", "cpu"], "--api: 'cpu' is not valid for cyclic", "dmadev and engine"),
    (["slave", "--metadata", "65"], "--metadata: '65' is not valid", "from 1 to 64"),
    (["verify", "--api", "both"], "--api: 'dmadev,engine' is not valid for verify", "engine"),
    (["verify", "--align", "3"], "--align: 3 is not valid", "power of 2"),
    (["verify", "--transfer-size", "32K"], "--transfer-size: 32768 is not valid", "buffer-size"),
    (["verify", "--operation", "xor"], "--operation: 'xor' is not valid", "memcpy|memset|sg|mix"),
    (["verify", "--operation", "sg"], "--operation: sg is not valid with --api engine", "memcpy"),
    (["verify", "--corrupt", "x"], "--corrupt: 'x' is not valid", "dst-inside"),
    (["verify", "--corrupt", "dst-after", "--no-verify"], "--corrupt is not valid together", ""),
    (["verify", "--polled", "--api", "dmadev"], "--polled is valid only together with", "engine"),
    (["verify", "--threads", "65"], "--threads: '65' is not valid", "from 1 to 64"),
    (["verify", "--channel", "40"], "--channel: 40 is not valid", "0 to 1"),
    (["verify", "--soak", "forever"], "--soak: 'forever' is not valid", "a time over 0"),
    (["copy", "--src-node", "9"], "--src-node: 9 is not valid", "valid are 0"),
    (["copy", "--ring", "48", "--burst", "8"], "--ring: 48 is not valid for dma_refdma0",
     "64 to 32768"),
    (["copy", "--json", "x", "--csv", "x"], "--csv: 'x' is not valid", "--json"),
)


@test
def bad_arguments_name_themselves():
    """every bad argument names itself, says what is valid, and ends with exit status 2"""
    for args, start, also in BAD:
        run = Run(*args, check_status=None)
        lines = [line for line in run.err.splitlines() if line.startswith(start)]
        check(lines and also in lines[0], f"{args}: {run.err}")
        check(run.status == USAGE, f"{args}: exit status {run.status}")


@test
def every_option_refuses_nonsense():
    """every option with a value refuses nonsense by its name"""
    help_text = Run("--help").out
    # Those that take any text.
    free = {"dev", "worker", "file", "output", "config", "json", "csv"}
    options = re.findall(r"^  --([a-z-]+) [A-Za-z]", help_text, re.MULTILINE)
    check(len(options) > 35, f"only {len(options)} options")
    for option in sorted(set(options) - free):
        run = Run("copy", f"--{option}", "!", check_status=USAGE)
        check(run.err.startswith(f"--{option}: '!' is not valid; valid "), f"{run.err}")


@test
def missing_devices_are_status_3():
    """a device that is not there is exit status 3"""
    for device in ("dma_nothing", "0000:7f:1f.7"):
        run = Run("copy", "--dev", device, check_status=NO_DEVICE)
        check(device in run.err, f"{run}")
    run = Run("slave", "--port", "31", check_status=NO_DEVICE)
    check("--port: no refdma device has a loopback port of number 31" in run.err, f"{run}")


# --- overhead -------------------------------------------------------------------------------------

BARE = ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "-l"]


def build_bare_loop():
    """The program with the bare loop, linked with the driver of the build."""
    path = os.path.join(build, "tool-check")
    os.makedirs(path, exist_ok=True)
    program = os.path.join(path, "bare_copy")
    source = os.path.join(os.path.dirname(__file__), "bare_copy.c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libdpdk"], check=True,
                           capture_output=True, text=True).stdout.split()
    drivers = os.path.join(build, "drivers")
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
    return [app] + BARE + [cpu, "--", "copy", "--dev", "dma_refdma0,engine=inline", "--size", "64",
                           *PATIENT, "--footprint", "1M", "--repeat", "1", "--no-verify",
                           "--time", "300", "--operations", str(operations), "--json", path]


def count_instructions(args):
    """Instructions of a run, as callgrind counts them."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] +
                          args, capture_output=True, text=True, timeout=600, check=True, cwd=work)
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
    if subprocess.run(["ldd", app], capture_output=True, check=False,
                      text=True).stdout.find("libasan") >= 0:
        return "sanitizers change what is counted"
    program = build_bare_loop()
    path = os.path.join(work, "cost.json")
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
                             cwd=work).stdout
        bare_rate = 10000000 / float(out.split()[2]) / 1e6
        subprocess.run(tool(10000000, path), capture_output=True, check=True, cwd=work)
        with open(path, encoding="utf-8") as file:
            ratios.append(json.load(file)["results"][0]["mops"]["median"] / bare_rate)
    ratios.sort()
    print(f"# Mops/s of dpdk-test-dmaengine to those of the bare loop, 5 runs each: median "
          f"{ratios[2]:.3f}, {ratios[0]:.3f} to {ratios[4]:.3f}")


def main():
    """All tests, or those whose function is named."""
    global build, work, app
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    build = os.path.abspath(sys.argv[1])
    app = os.path.join(build, "app", "dpdk-test-dmaengine")
    chosen = [one for one in tests if len(sys.argv) == 2 or one.__name__ in sys.argv[2:]]
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        work = directory
        for number, function in enumerate(chosen, 1):
            name = function.__doc__.replace("#", "")
            try:
                reason = function()
            except (Wrong, KeyError, ValueError, OSError, subprocess.SubprocessError) as error:
                failed = True
                print(f"not ok {number} - {name}")
                text = f"{type(error).__name__}: {error}"
                stderr = getattr(error, "stderr", None)
                if stderr:
                    text += f"\n{stderr}"
                print("\n".join("# " + line for line in text.splitlines()))
            else:
                print(f"ok {number} - {name}" + (f" # SKIP {reason}" if reason else ""))
            sys.stdout.flush()
    print(f"1..{len(chosen)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
