# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""verify: its parameters, and that it finds what is wrong."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from tool_harness import (
    EAL, INTERRUPTED, LIMIT_S, MEASURE, NO_DEVICE, PATIENT, SHORT, Run, all_passed, check, near,
    place, results, test)

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
    check({one["op"] for one in found} ==
          {"memcpy", "memset", "sg", "interleaved", "slave", "cyclic"}, "mix")
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
def verify_channels_share_the_ports():
    """verify: channels of one controller, which share its ports, do not disturb each other"""
    for operation in ("slave", "cyclic"):
        data = results("verify", "--dev", "dma_refdma0,channels=2", "--operation", operation,
                       "--iterations", 20, *PATIENT)
        all_passed(data, 4)


@test
def verify_interleaved_slave_and_cyclic():
    """verify: interleaved, slave and cyclic transfers of both APIs, several threads a channel"""
    for api in ("dmadev", "engine"):
        for operation in ("interleaved", "slave", "cyclic"):
            all_passed(results("verify", "--api", api, "--operation", operation, "--threads", 2,
                               "--iterations", 60), 4)
            found = verbose_tests("--api", api, "--operation", operation)
            check({one["op"] for one in found} == {operation}, f"{operation}: {found}")
            check(len({one["length"] for one in found}) > 15, f"{operation}: lengths")
            check(len({one["dst"] for one in found}) > 15, f"{operation}: offsets")
    found = verbose_tests("--operation", "interleaved", "--transfer-size", "1536", "--align", "64")
    check({one["length"] for one in found} == {1536}, "transfer-size of interleaved")
    all_passed(results("verify", "--operation", "cyclic", "--polled", "--iterations", 20,
                       "--channel", "0", "--buffer-size", "16"), 1)
    # Without interleaved operations, each chunk is a copy.
    all_passed(results("verify", "--dev", "dma_skeleton", "--api", "dmadev", "--operation",
                       "interleaved", "--threads", 3, "--iterations", 30), 3)
    # Buffers that a list of entries cannot divide.
    run = Run("verify", "--api", "dmadev", "--operation", "sg", "--buffer-size", "7", "--align",
              "2", check_status=NO_DEVICE)
    check("skipped: sg needs 4 times --align bytes" in run.out, f"{run}")
    all_passed(results("verify", "--api", "dmadev", "--operation", "mix", "--buffer-size", "3",
                       "--align", "2", "--iterations", 50, "--channel", "0"), 1)
    run = Run("verify", "--dev", "dma_skeleton", "--operation", "slave", check_status=NO_DEVICE)
    check("skipped: it has no loopback port" in run.out, f"{run}")
    run = Run("verify", "--operation", "slave", "--transfer-size", "128K", "--buffer-size", "1M",
              check_status=NO_DEVICE)
    check("its loopback port holds 65536 bytes" in run.out, f"{run}")


@test
def damage_of_other_operations_is_found():
    """a damaged byte is found after interleaved, slave and cyclic transfers"""
    for operation in ("interleaved", "slave", "cyclic"):
        for region in ("src-before", "dst-before", "dst-inside", "dst-after"):
            data = results("verify", "--operation", operation, "--corrupt", region,
                           "--iterations", 12, "--channel", "0", status=1)
            found = {match["region"] for match in MISMATCH.finditer(data["run"].err)}
            check(REGIONS[region] in found, f"{operation}, {region}: {data['run']}")


# --fault, with the API: what the failed test says, and what becomes of the tests after it.
FAULTS = (
    ("engine", "unmap", "unmap error: no place to note the mappings in"),
    ("engine", "map-src", "map error: the source cannot be mapped"),
    ("engine", "map-dst", "map error: the destination cannot be mapped"),
    ("engine", "prep", "prep error: no descriptor, or one that the device refuses"),
    ("engine", "submit", "submit error: the operation cannot be submitted: Invalid argument"),
    ("engine", "busy", "completion busy: neither complete nor failed, but paused or still under"),
    ("engine", "error", "completion error: the source cannot be read"),
    ("engine", "timeout", "timeout: no completion within --timeout"),
    ("dmadev", "prep", "prep error: no descriptor, or one that the device refuses: No space left"),
    ("dmadev", "error", "completion error: bus error"),
    # After these the thread stops: its memory may still be written, or its device is gone.
    ("dmadev", "submit", "submit error: the operation cannot be submitted: Input/output error"),
    ("dmadev", "timeout", "timeout: no completion within --timeout"),
)


@test
def every_failure_has_its_text():
    """--fault: each step of a test that goes wrong says so, and the tests after it pass"""
    for api, fault, message in FAULTS:
        # Those that run into the limit do so soon, the others never do.
        slow = fault == "timeout" or (api, fault) == ("dmadev", "prep")
        data = results("verify", "--api", api, "--fault", fault, "--iterations", 5, "--channel",
                       "0", "--timeout", 2000 if slow else 60000, status=1)
        tests = 2 if api == "dmadev" and fault in ("submit", "timeout") else 5
        result = data["results"][0]
        check((result["tests"], result["failures"]) == (tests, 1), f"{fault}: {data['run']}")
        check(result["note"].startswith(f"test 2: {message}"), f"{fault}: {result['note']}")
        check(": test 2, memcpy, source offset" in data["run"].err, f"{fault}: {data['run']}")
    data = results("verify", "--fault", "error", "--iterations", 5, "--channel", "0", "--polled",
                   status=1)
    check("completion error" in data["results"][0]["note"], f"{data['run']}")
    run = Run("verify", "--dev", "dma_skeleton", "--fault", "error", check_status=NO_DEVICE)
    check("only refdma devices can make this --fault" in run.out, f"{run}")


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
    with subprocess.Popen([place.app, "verify", "--verbose", *PATIENT], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=place.work) as process:
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
    path = os.path.join(place.work, "interrupted.json")
    with subprocess.Popen([place.app, "copy", "--size", "64,128,256", *SHORT, *PATIENT, "--repeat",
                           "1000", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=place.work) as process:
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
        os.chdir(place.work)
        os.execv(place.app, [place.app] + list(args))
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
def soak_of_every_operation():
    """--soak: copy, fill, sg, interleaved, slave, cyclic and a mix go on for so long"""
    for command in ("copy", "fill", "sg", "interleaved", "slave"):
        start = time.monotonic()
        data = results(command, "--size", "64,4K", "--time", "0.01", "--soak", "2s")
        all_passed(data, 2)
        check(time.monotonic() - start >= 2, f"{command}: too short")
    result = results("cyclic", "--soak", "1.2s", "--rate", "50M")["results"][0]
    # A case of a second has fewer, even if no period were missed.
    check(result["periods"] * result["period_bytes"] >= 1.1 * 50 * 2**20 or
          result["overrun_bytes"] > 0, f"cyclic: {result}")
    all_passed(results("verify", "--operation", "mix", "--soak", "1s"), 2)
    for args, line in (
            (("copy", "--size", "64", "--time", "0.1"),
             r"copy on dma_refdma0: 64, burst 32, 00:00:0\d of 00:00:02, \d+ runs, ok"),
            (("cyclic",), r"cyclic on dma_refdma0: 00:00:0\d of 00:00:02, \d+ periods, "
                          r"\d+ missed, \d+ bytes lost, 0 wrong bytes")):
        text, status = run_on_terminal(*args, "--soak", "2s", *PATIENT)
        check(status == 0 and re.search(line, text), f"{args}: {text}")


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
