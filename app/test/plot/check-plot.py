#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Test devtools/plot.py and devtools/bench_results.py with the results beside this file. Prints TAP.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "devtools"))
import bench_results  # pylint: disable=wrong-import-position
import plot as plot_module  # pylint: disable=wrong-import-position

COMPARE = HERE / "compare.json"
CYCLIC = HERE / "cyclic.json"
LABELS = ["CPU, memcpy", "dma_skeleton", "refdma, thread", "refdma, inline", "DMA Engine API"]


def plot(directory, *args):
    """Run plot.py."""
    return subprocess.run([sys.executable, ROOT / "devtools" / "plot.py", "-o", directory, *args],
                          capture_output=True, text=True, check=False)


def comments(path):
    """The texts of a figure, which matplotlib writes as comments beside their outlines."""
    parser = xml.etree.ElementTree.XMLParser(
        target=xml.etree.ElementTree.TreeBuilder(insert_comments=True))
    root = xml.etree.ElementTree.parse(path, parser).getroot()
    return {node.text.strip() for node in root.iter() if callable(node.tag)}


def changed(directory, change):
    """A copy of the results in which one call of a function has changed each result."""
    content = json.loads(COMPARE.read_text(encoding="utf-8"))
    for result in content["results"]:
        change(result)
    path = directory / "changed.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_figures(directory):
    """each figure is written as SVG and PNG"""
    done = plot(directory, COMPARE, CYCLIC)
    assert done.returncode == 0, done.stderr
    for name in plot_module.FIGURES:
        xml.etree.ElementTree.parse(directory / f"{name}.svg")
        png = (directory / f"{name}.png").read_bytes()
        width, height = struct.unpack(">II", png[16:24])
        assert png.startswith(b"\x89PNG") and width >= 1000 and height >= 500, (width, height)


def test_labels(directory):
    """figures name every device and size"""
    plot(directory, COMPARE, CYCLIC, "--format", "svg")
    found = comments(directory / "throughput.svg")
    wanted = {*LABELS, "64", "4K", "64K"}
    assert wanted <= found, wanted - found
    found = comments(directory / "latency.svg")
    assert {"50 %", "99.9 %", "64 bytes", "64K bytes"} <= found, found


def test_busy(directory):
    """what a busy machine has disturbed is marked, and only that"""
    note = "hollow: the machine was busy with something else"
    for flag in (False, True):
        path = changed(directory, lambda result, flag=flag: result.update(disturbed=flag))
        plot(directory, path, "--format", "svg", "--figures", "throughput")
        assert (note in comments(directory / "throughput.svg")) == flag, flag


def test_failed(directory):
    """a failed result is not drawn, and stands in the summary"""
    path = changed(directory, lambda result: result.update(verdict="failed", note="timeout")
                   if result["size_bytes"] == 65536 and result["device"] == "thread" else None)
    done = plot(directory, path, "--format", "svg", "--summary", "-")
    assert "failed: thread copy: timeout" in done.stdout, done.stdout
    rows = bench_results.table(bench_results.load([path]), "mops")
    assert rows[3][3] == "-" and rows[2][3] != "-", rows


def test_one_file(directory):
    """a figure without results is left out"""
    done = plot(directory, CYCLIC)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in directory.iterdir()) == ["cyclic.png", "cyclic.svg"]


def test_two_runs(directory):
    """two files with the same devices stay apart"""
    other = directory / "later.json"
    other.write_bytes(COMPARE.read_bytes())
    labels = [one.label for one in bench_results.series_of(bench_results.load([COMPARE, other]))]
    assert "refdma, thread (compare)" in labels and "refdma, thread (later)" in labels, labels
    assert len(set(labels)) == 2 * len(LABELS), labels
    done = plot(directory, COMPARE, other, "--format", "svg")
    assert done.returncode == 0, done.stderr


def test_same_file(directory):
    """the same results give the same file"""
    for name in ("a", "b"):
        plot(directory / name, COMPARE, "--format", "svg", "--figures", "ratio")
    first, second = ((directory / name / "ratio.svg").read_bytes() for name in ("a", "b"))
    assert first == second


def test_stale(directory):
    """--check tells figures of other results"""
    plot(directory, COMPARE, "--format", "svg")
    assert plot(directory, COMPARE, "--check").returncode == 0
    done = plot(directory, CYCLIC, "--check")
    assert done.returncode == 1 and "was not drawn from these results" in done.stdout


def test_styles(_):
    """colours, markers and lines of the known devices all differ"""
    for part in zip(*plot_module.STYLES.values()):
        assert len(set(part)) == len(plot_module.STYLES), part
    many = [bench_results.Series(f"dma{number}", f"dma{number}") for number in range(7)]
    assert len(set(plot_module.style_of(many))) == len(many)


def test_table(_):
    """tables have the medians, sizes down and devices across"""
    runs = bench_results.load([COMPARE])
    rows = bench_results.table(runs, "mops")
    assert rows[0] == ["bytes"] + LABELS, rows[0]
    assert rows[1] == ["64", "41.0", "3.96", "11.3", "28.1", "2.21"], rows[1]
    rows = bench_results.table(runs, "ratio_to_cpu")
    assert rows[1] == ["64", "0.071", "0.216", "0.637", "0.036"], rows[1]


def test_summary(directory):
    """the summary has tables and the warning"""
    path = changed(directory, lambda result: result.update(
        disturbed=result["size_bytes"] == 64 and result["device"] == "inline"))
    done = plot(directory, path, "--format", "svg", "--summary", "-")
    assert "  64            41.0          3.96            11.3" in done.stdout, done.stdout
    assert "In 1 of 15 cases the machine was busy with something else" in done.stdout, done.stdout


def refused(directory, text, expected):
    """A file with this text is refused with these words."""
    path = directory / "bad.json"
    path.write_text(text, encoding="utf-8")
    done = plot(directory, path)
    assert done.returncode == 2 and expected in done.stderr, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr


def test_bad_files(directory):
    """files that are not results are refused with a reason"""
    refused(directory, "{", "is no JSON")
    refused(directory, "[]", "has no list of results")
    refused(directory, json.dumps({"format": 2, "results": []}), "has format 2")
    refused(directory, json.dumps({"format": 1, "results": []}), "nothing to draw")
    done = plot(directory, directory / "none.json")
    assert done.returncode == 2 and "No such file" in done.stderr, done.stderr
    done = plot(directory, COMPARE, "--format", "gif")
    assert done.returncode == 2 and "'gif' is not one of: svg, png" in done.stderr, done.stderr


def test_recorded(_):
    """the figures of the guides were drawn from the results beside them"""
    directory = ROOT / "doc" / "guides" / "results"
    files = [directory / f"{name}.json" for name in ("compare", "cyclic", "cyclic-engine")]
    if not directory.exists():
        return "nothing is recorded yet"
    done = plot(directory, *files, "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    return None


def main():
    """Run every test_ function in a directory of its own."""
    tests = [(name, test) for name, test in sorted(globals().items()) if name.startswith("test_")]
    failed = False
    for number, (_, test) in enumerate(tests, 1):
        try:
            with tempfile.TemporaryDirectory() as directory:
                reason = test(pathlib.Path(directory))
            print(f"ok {number} - plot: {test.__doc__}" + (f" # SKIP {reason}" if reason else ""))
        except Exception:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} - plot: {test.__doc__}")
            print("# " + traceback.format_exc().rstrip().replace("\n", "\n# "))
    print(f"1..{len(tests)}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
