# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Sweeps, and files of cases."""

import os

from tool_harness import EAL, USAGE, Run, check, place, results, test


def write_cases(text):
    """A file of cases."""
    path = os.path.join(place.work, "cases.ini")
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
def byte_order_mark():
    """--config: a byte-order mark at the start of the file is passed over, and only there"""
    rest = "command = copy\nsize = 64\ntime = 0.01\nrepeat = 1\n"
    # As the start of a section, of an entry for all and of a comment.
    for start in ("[one]\n", "burst = 8\n[one]\n", "; one\n[one]\n", "\n[one]\n"):
        data = results("--config", write_cases("\ufeff" + start + rest))
        check([r["case"] for r in data["results"]] == ["one"], f"{start}: {data['results']}")
        check(data["results"][0]["burst"] == (8 if "burst" in start else 32), f"{start}: burst")
    for text in ("\ufeff\ufeff[one]\n" + rest, "[one]\n\ufeff[two]\n" + rest):
        run = Run("--config", write_cases(text), check_status=USAGE)
        check("'???[" in run.err, f"{run.err}")
    run = Run("--config", write_cases("\ufeff[one\n"), check_status=USAGE)
    check("line 1: '[one' is not valid" in run.err, f"{run.err}")
    run = Run("--config", write_cases("\ufeff"), check_status=USAGE)
    check("has no section" in run.err, f"{run.err}")


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
            ("[a]\ncommand = copy\nsize\n", "line 3: 'size' is not valid; valid are [section]"),
            ("[a]\ncommand = copy\nsize = 64\nburst = 2\nsize = 128\n",
             "[a]: size = '128' is not valid; there is such an entry already"),
            ("[a]\ncommand = copy\ncommand = fill\n",
             "[a]: command = 'fill' is not valid; there is such an entry already"),
            ("[a]\ncommand = copy\nlatency = yes\nlatency = no\n",
             "[a]: latency = 'no' is not valid; there is such an entry already"),
            ("eal = -m 64\neal = -m 32\n[a]\ncommand = copy\n",
             "eal = '-m 32' is not valid; there is such an entry already"),
            ("[a]\ncommand = copy\n[b\n", "line 3: '[b' is not valid"),
            ("[a]\ncommand = copy\n[a]\ncommand = fill\n",
             "line 3: '[a]' is not valid; there is a section of this name already"),
            ("a\x01\x1b[31m\n", "line 1: 'a??[31m' is not valid"),
            ("; nothing\n", "has no section")):
        run = Run("--config", write_cases(text), check_status=USAGE)
        check(message in run.err, f"{text}: {run.err}")
    run = Run("--config", "/no/such/file", check_status=USAGE)
    check("--config: '/no/such/file' cannot be read: No such file" in run.err, f"{run}")
    run = Run("copy", "--config", "x", check_status=USAGE)
    check("no command goes together with --config" in run.err, f"{run}")
