# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""What a run leaves: JSON, CSV, machine and warnings."""

import csv
import json
import os
import subprocess
import sys

from tool_harness import MEASURE, USAGE, Run, check, near, place, results, test


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
                          cwd=os.path.dirname(place.build), check=False)
    if done.returncode == 0:
        seen = data["machine"]["commit"].replace("-dirty", "")
        known = subprocess.run(["git", "cat-file", "-e", seen.split("-g")[-1]],
                               cwd=os.path.dirname(place.build), capture_output=True, check=False)
        check(known.returncode == 0, f"{seen} is no commit here")
    check(data["machine"]["commit"].split("-")[0] in data["run"].out, "not on the screen")


@test
def csv_says_what_json_says():
    """--csv: the columns of the guide, and the values of JSON"""
    path = os.path.join(place.work, "out.csv")
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
