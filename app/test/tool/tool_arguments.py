# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Wrong arguments name themselves."""

import os
import re
import subprocess

from tool_harness import LIMIT_S, NO_DEVICE, USAGE, Run, check, place, test

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
    (["copy", "--time", "0x10"], "--time: '0x10' is not valid", "s, m, h or d"),
    (["copy", "--size", "-1"], "--size: '-1' is not valid", "from 1 to"),
    (["copy", "--size", ""], "--size: '' is not valid", "from 1 to"),
    (["copy", "--time", "nan"], "--time: 'nan' is not valid", "a time over 0"),
    (["copy", "--lcore", "4000"], "--lcore: 4000 is not valid", "an lcore of EAL, or a CPU"),
    (["copy", "--", "--size", "64"], "copy: before '--' there are EAL's options", "after it"),
    (["--no-such", "--", "copy"], "EAL did not start (Invalid argument) with: --no-such", ""),
    (["-l", "4000", "--no-huge", "--", "copy"],
     "EAL did not start (Invalid argument) with: -l 4000 --no-huge", ""),
    (["copy", "--device-address", "0"], "--device-address is valid only together with", ""),
    (["copy", "--worker", "0@a", "--latency"], "--latency is not valid together with --worker",
     ""),
    (["interleaved", "--size", "100"], "--size: 100 is not valid for interleaved", "--chunk"),
    (["cyclic", "--period", "12"], "--period: 12 is not valid", "multiple of 8"),
    (["cyclic", "--api", "cpu"], "--api: 'cpu' is not valid for cyclic", "dmadev and engine"),
    (["slave", "--metadata", "65"], "--metadata: '65' is not valid", "from 1 to 64"),
    (["verify", "--api", "both"], "--api: 'dmadev,engine' is not valid for verify", "engine"),
    (["verify", "--align", "3"], "--align: 3 is not valid", "power of 2"),
    (["verify", "--transfer-size", "32K"], "--transfer-size: 32768 is not valid", "buffer-size"),
    (["verify", "--operation", "xor"], "--operation: 'xor' is not valid", "memcpy|memset|sg|interleaved"),
    (["verify", "--operation", "sg"], "--operation: sg is not valid with --api engine", "memcpy"),
    (["verify", "--corrupt", "x"], "--corrupt: 'x' is not valid", "dst-inside"),
    (["verify", "--corrupt", "dst-after", "--no-verify"], "--corrupt is not valid together", ""),
    (["copy", "--soak", "1s", "--repeat", "2"], "--soak is not valid together with --repeat", ""),
    (["cyclic", "--soak", "1s", "--time", "2"], "--soak is not valid together with --time", ""),
    (["compare", "--soak", "1s"], "--soak does not apply to 'compare'", "copy, fill, sg"),
    (["verify", "--fault", "error", "--operation", "mix"], "--fault is valid only with", "memset"),
    (["verify", "--fault", "x"], "--fault: 'x' is not valid", "map-dst"),
    (["verify", "--fault", "unmap", "--api", "dmadev"],
     "--fault: unmap is not valid with --api dmadev", "prep, submit, error and timeout"),
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
def more_memory_than_there_is():
    """buffers that do not fit the machine's memory are refused before they are touched"""
    with open("/proc/meminfo", encoding="utf-8") as file:
        available = int(re.search(r"MemAvailable: +(\d+)", file.read()).group(1)) >> 20
    if available > 128:
        return f"there are {available} GiB of memory"
    run = Run("copy", "--footprint", "64G", check_status=USAGE)
    check(run.err.startswith("--footprint: the buffers and EAL need 196992 MiB"), f"{run}")
    run = Run("verify", "--threads", "64", "--buffer-size", "1G", check_status=USAGE)
    check(run.err.startswith("--buffer-size, --threads: the buffers and EAL need"), f"{run}")
    return None


@test
def nothing_before_the_dashes():
    """-- with nothing before it: EAL starts as without it"""
    check("dma_refdma0" in Run("--", "list").out, "no device")


@test
def full_standard_output_is_a_failure():
    """what cannot be written to standard output is exit status 1"""
    if not os.path.exists("/dev/full"):
        return "there is no /dev/full"
    for args in (["--help"], ["--version"], ["list"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([place.app] + args, stdout=full, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, check=False, timeout=LIMIT_S)
        check(done.returncode == 1, f"{args}: exit status {done.returncode}")
        check(b"standard output cannot be written" in done.stderr, f"{args}: {done.stderr}")
    return None


@test
def missing_devices_are_status_3():
    """a device that is not there is exit status 3"""
    for device in ("dma_nothing", "0000:7f:1f.7"):
        run = Run("copy", "--dev", device, check_status=NO_DEVICE)
        check(device in run.err, f"{run}")
    run = Run("slave", "--port", "31", check_status=NO_DEVICE)
    check("--port: no refdma device has a loopback port of number 31" in run.err, f"{run}")
