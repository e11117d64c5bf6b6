#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Read results that dpdk-test-dmaengine --json has written: for plot.py and for the guides.

The form of the files is described in doc/guides/tool.rst. What is not known here is ignored.
"""

import hashlib
import json
import pathlib

FORMAT = 1
PERCENTILES = [("p50_us", "50 %"), ("p90_us", "90 %"), ("p99_us", "99 %"), ("p99_9_us", "99.9 %"),
               ("max_us", "max")]

# Labels of well-known devices, in the order in which they are shown.
LABELS = {
    "cpu": "CPU, memcpy",
    "skeleton": "dma_skeleton",
    "thread": "refdma, thread",
    "inline": "refdma, inline",
    "service": "refdma, service",
    "engine": "DMA Engine API",
}
ALIASES = {
    "dma_skeleton": "skeleton",
    "dma_refdma_thread": "thread",
    "dma_refdma_inline": "inline",
    "dma_refdma_service": "service",
}
# Parameters that tell apart what has one label: the name in the file, and before its value
TELL_APART = [("burst", "burst "), ("depth", "depth "), ("ring", "ring "), ("run", "")]


class ResultError(Exception):
    """A file that cannot be used, and why."""


class Run:
    """One file of results."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            self.text = self.path.read_bytes()
            content = json.loads(self.text)
        except OSError as error:
            raise ResultError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ResultError(f"{path} is no JSON ({error}); give files that "
                              "dpdk-test-dmaengine --json has written") from error
        if not isinstance(content, dict) or not isinstance(content.get("results"), list):
            raise ResultError(f"{path} has no list of results; give files that "
                              "dpdk-test-dmaengine --json has written")
        if content.get("format", FORMAT) != FORMAT:
            raise ResultError(f"{path} has format {content['format']}, this program reads "
                              f"format {FORMAT}")
        self.machine = content.get("machine", {})
        self.results = [result for result in content["results"]
                        if result.get("verdict", "passed") in ("passed", "unchecked")]
        self.all_results = content["results"]


def load(paths):
    """The runs in files."""
    return [Run(path) for path in paths]


def digest(runs):
    """One value for the content of all files, whatever their place."""
    total = hashlib.sha256()
    for run in runs:
        total.update(hashlib.sha256(run.text).digest())
    return total.hexdigest()


def size_text(size):
    """64, 1K, 4M."""
    for unit, suffix in ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")):
        if size >= unit and size % unit == 0:
            return f"{size // unit}{suffix}"
    return str(size)


def key_of(result):
    """Which of the well-known devices it is, or a text of its own."""
    device = result.get("device", "?")
    key = ALIASES.get(device, device)
    if key == "cpu" or result.get("api") == "cpu":
        return "cpu"
    if result.get("api") == "engine" and key in LABELS:
        return "engine"
    return f"{key}, DMA Engine" if result.get("api") == "engine" and key != "engine" else key


class Series:
    """Results of one device with one set of parameters: result by size."""

    def __init__(self, key, label):
        self.key = key
        self.label = label
        self.by_size = {}

    def points(self, metric):
        """(size, measurement) in the order of the sizes, where it was measured."""
        return [(size, result[metric], result) for size, result in sorted(self.by_size.items())
                if metric in result]


def series_of(runs, operation="copy"):
    """The series of an operation, the well-known first."""
    order = list(LABELS)
    found = {}
    for number, run in enumerate(runs):
        results = [result for result in run.results if result.get("operation") == operation]
        for result in results:
            key = key_of(result)
            apart = []
            for name, prefix in TELL_APART:
                values = {other.get(name) for other in results if key_of(other) == key}
                if len(values) > 1 and name in result:
                    apart.append(f"{prefix}{result[name]}")
            label = ", ".join([LABELS.get(key, key)] + apart)
            found.setdefault((number, key, label), []).append(result)
    keys = [(key, label) for _, key, label in found]
    series = []
    for (number, key, label), results in found.items():
        if keys.count((key, label)) > 1:
            label = f"{label} ({runs[number].path.stem})"
        one = Series(key, label)
        for result in results:
            one.by_size[result.get("size_bytes", result.get("period_bytes", 0))] = result
        series.append(one)
    series.sort(key=lambda one: order.index(one.key) if one.key in order else len(order))
    return series


def ratio_to_cpu(one, series):
    """(size, ratio) of a series to the CPU: as measured in turn, else from the medians."""
    cpu = next((other for other in series if other.key == "cpu"), None)
    points = []
    for size, result in sorted(one.by_size.items()):
        if "ratio_to_cpu" in result:
            points.append((size, result["ratio_to_cpu"]))
        elif cpu is not None and size in cpu.by_size and "mops" in result:
            base = cpu.by_size[size]["mops"]["median"]
            points.append((size, {"median": result["mops"]["median"] / base}))
    return points


def number_text(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def table(runs, metric, operation="copy"):
    """Sizes down, devices across: a list of rows of texts, the header first."""
    series = series_of(runs, operation)
    if metric == "ratio_to_cpu":
        points = {one.label: dict(ratio_to_cpu(one, series)) for one in series
                  if one.key != "cpu"}
        values = {label: {size: value["median"] for size, value in by_size.items()}
                  for label, by_size in points.items()}
    else:
        values = {one.label: {size: value["median"] for size, value, _ in one.points(metric)}
                  for one in series}
    values = {label: by_size for label, by_size in values.items() if by_size}
    sizes = sorted({size for by_size in values.values() for size in by_size})
    rows = [["bytes"] + list(values)]
    for size in sizes:
        rows.append([size_text(size)] + [number_text(by_size[size]) if size in by_size else "-"
                                         for by_size in values.values()])
    return rows


def distribution_table(runs, name, operation):
    """Devices and sizes down, percentiles across; the header first."""
    rows = [["", "bytes", "min"] + [text for _, text in PERCENTILES]]
    for one in series_of(runs, operation):
        for size, value, _ in one.points(name):
            cells = [value.get(key) for key in ["min_us"] + [key for key, _ in PERCENTILES]]
            rows.append([one.label, size_text(size)]
                        + ["-" if cell is None else number_text(cell) for cell in cells])
    return rows


def disturbed(runs):
    """How many cases the machine was busy with something else, and of how many."""
    results = [result for run in runs for result in run.results]
    return sum(bool(result.get("disturbed")) for result in results), len(results)


def machine_text(machine):
    """The machine in one line."""
    parts = []
    if "cpu" in machine:
        parts.append(machine["cpu"])
    if "cores" in machine:
        parts.append(f"{machine['cores']} cores")
    if "tsc_hz" in machine:
        parts.append(f"TSC {machine['tsc_hz'] / 1e9:.1f} GHz")
    if "dpdk" in machine:
        parts.append(machine["dpdk"])
    if "huge_pages" in machine:
        parts.append("huge pages" if machine["huge_pages"] else "no huge pages")
    if "version" in machine:
        commit = machine.get("commit", "")
        parts.append(f"RefDMA {machine['version']}" + (f" ({commit})" if commit else ""))
    return "; ".join(parts)
