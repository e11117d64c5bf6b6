# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""The commands that measure, inject, list and copy files."""

import os
import re

from tool_harness import (
    MEASURE, NO_DEVICE, PATIENT, USAGE, Run, all_passed, check, near, place, results, test,
    two_lcores)


@test
def help_is_grouped_and_has_three_examples():
    """the help is grouped and has three examples"""
    run = Run("--help")
    groups = [line for line in run.out.splitlines() if re.match(r"[A-Z].*:$", line)]
    check(len(groups) >= 8, f"groups: {groups}")
    examples = run.out.split("Examples:\n")[1].splitlines()
    check(len(examples) == 3, f"examples: {examples}")
    check(max(len(line.replace(place.app, "")) for line in run.out.splitlines()) <= 100, "a long line")
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
def devices_of_a_service_get_one():
    """--dev ...,engine=service: there is a service lcore for it, whoever runs the tasklet"""
    if len(os.sched_getaffinity(0)) < 2:
        return "there is one CPU"
    for args in (["--api", "dmadev"], ["--api", "engine", "--run", "sleep"]):
        all_passed(results("copy", "--dev", "dma_refdma0,engine=service", "--size", "64", *args,
                           *MEASURE), 1)
    return None


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
        # What any dmadev needs: where its memory is, and not more of it than that.
        data = results("copy", "--direction", direction, "--size", "4K", "--device-address",
                       "0x40000000", "--footprint", "64K", *MEASURE)
        all_passed(data, 1)
        check(data["results"][0]["footprint_bytes"] <= 65536, "beyond the footprint")
        run = Run("copy", "--direction", direction, "--dev", "dma_skeleton", *MEASURE,
                  check_status=NO_DEVICE)
        check("skipped: the device does not copy from" in run.out, f"{run}")
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
    # No interleaved operation through dmadev: as many copies as chunks, and it says so.
    data = results("interleaved", "--dev", "dma_skeleton", "--api", "both", "--size", "512,1K",
                   "--chunk", "32", "--src-gap", "16", "--dst-gap", "48", "--latency", *MEASURE)
    all_passed(data, 4)
    check([r.get("copies_per_operation") for r in data["results"]] == [16, None, 32, None],
          f"{data['results']}")
    check("dma_skeleton has no interleaved operation" in data["run"].out, f"{data['run']}")
    run = Run("interleaved", "--dev", "dma_skeleton", "--size", "64K", "--ring", "512", *MEASURE,
              check_status=NO_DEVICE)
    check("1024 chunks, which do not fit its ring" in run.out, f"{run}")
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
    source = os.path.join(place.work, "in")
    with open(source, "wb") as file:
        file.write(os.urandom(300001))
    Run("copy", "--file", source, "--output", os.path.join(place.work, "copied"), *PATIENT)
    with open(source, "rb") as a, open(os.path.join(place.work, "copied"), "rb") as b:
        check(a.read() == b.read(), "another file")


@test
def no_file_is_written_over_another():
    """--output, --json and --csv do not write over what is read, nor over each other"""
    source, link = (os.path.join(place.work, name) for name in ("precious", "link"))
    with open(source, "w", encoding="utf-8") as file:
        file.write("[a]\ncommand = copy\n")
    os.symlink(source, link)
    for args, message in (
            (["copy", "--file", source, "--output", source], "--output: "),
            (["copy", "--file", source, "--output", link], "--output: "),
            (["copy", "--file", source, "--json", link], "--json: "),
            (["copy", "--file", source, "--output", "x", "--csv", "x"], "--csv: "),
            (["--config", source, "--json", link], "--json: ")):
        run = Run(*args, check_status=USAGE)
        check(run.err.startswith(message) and " there" in run.err, f"{run}")
        with open(source, encoding="utf-8") as file:
            check(file.read() == "[a]\ncommand = copy\n", f"the file is another one: {args}")
    # Nothing is lost there.
    Run("copy", "--api", "cpu", "--size", "64", *MEASURE, "--json", "/dev/null", "--csv",
        "/dev/null")


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
