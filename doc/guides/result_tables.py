# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Sphinx directives that show recorded results, so that no figure is copied by hand.

    .. results-machine:: compare cyclic     on what and by which commands it was measured
    .. results-table:: compare              sizes down, devices across
       :metric: mops
    .. results-distribution:: compare       devices and sizes down, percentiles across
       :name: latency
       :operation: copy
       :sizes: 64, 4K                       only these
    .. results-matrix:: burst               values of a parameter down, of others across
       :rows: burst
       :columns: device, size_bytes
       :metric: mops
    .. results-list:: engine-cost           a row for each result
       :operation: open-channels
       :columns: open_channels, mops
    .. results-figure:: throughput          results/throughput.svg
       :alt: what it shows

The other arguments name files in results/, without .json. As long as nothing is recorded there, the
directives say so.
"""

import os
import re
import sys

from docutils import nodes
from docutils.parsers.rst import Directive, directives

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "devtools"))
import bench_results  # pylint: disable=wrong-import-position

NUMBER = re.compile(r"-?[0-9.]+[KMG]?|-")
DIRECTORY = os.path.join(HERE, "results")
# Parameters and measurements that results-list can show: heading, and how to write the value
COLUMNS = {
    "added_tsc_cycles_per_operation": "added cycles",
    "api": "API",
    "burst": "burst",
    "channel_bytes": "bytes of a channel",
    "depth": "depth",
    "device": "device",
    "gigabytes_per_second": "GB/s",
    "mops": "Mops/s",
    "open_channels": "open channels",
    "operation": "operation",
    "pool_descriptors": "descriptors",
    "ratio_to_dmadev": "x dmadev",
    "ratio_to_one_open": "x one open",
    "ring": "ring",
    "run": "tasklet",
    "size_bytes": "bytes",
    "tasklet_tsc_cycles_per_operation": "cycles of the tasklet",
    "tsc_cycles_per_operation": "cycles",
}


def text_of(name, value):
    """A cell."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        value = value["median"]
        return f"-{bench_results.number_text(-value)}" if value < 0 \
            else bench_results.number_text(value)
    return bench_results.size_text(value) if name == "size_bytes" else str(value)


def heading(name, value):
    """A value above a column, with what it is."""
    if name == "device":
        return bench_results.LABELS.get(bench_results.ALIASES.get(value, value), value)
    return f"{text_of(name, value)} {COLUMNS[name]}"


def table_node(rows):
    """A table whose first row is its header; columns of numbers stand to the right."""
    table = nodes.table(classes=["results"])
    group = nodes.tgroup(cols=len(rows[0]))
    table += group
    for _ in rows[0]:
        group += nodes.colspec(colwidth=1)
    numeric = [all(NUMBER.fullmatch(row[column]) for row in rows[1:])
               for column in range(len(rows[0]))]
    head, body = nodes.thead(), nodes.tbody()
    group += head
    group += body
    for number, row in enumerate(rows):
        line = nodes.row()
        for column, cell in enumerate(row):
            entry = nodes.entry(classes=["number"] if numeric[column] else [])
            entry += nodes.paragraph(text=cell)
            line += entry
        if number == 0:
            head += line
        else:
            body += line
    return table


class Results(Directive):
    """What the directives have in common: their files, and complaints about them."""

    required_arguments = 1
    optional_arguments = 10

    def run(self):
        """What is shown, once there is something to show."""
        if not os.path.isdir(DIRECTORY):
            return [nodes.paragraph(text="(Not recorded yet.)")]
        return self.content_nodes()

    def content_nodes(self):
        """The nodes of the directive."""
        raise NotImplementedError

    def runs(self):
        """The files of the arguments, which the page then depends on."""
        paths = [os.path.join(DIRECTORY, f"{name}.json") for name in self.arguments]
        env = self.state.document.settings.env
        for path in paths:
            env.note_dependency(path)
        try:
            return bench_results.load(paths)
        except bench_results.ResultError as error:
            raise self.error(str(error))


class ResultsRows(Results):
    """A directive that makes a table."""

    def rows(self):
        """The rows, the header first."""
        raise NotImplementedError

    def content_nodes(self):
        """A table, which may not be empty."""
        rows = self.rows()
        if len(rows) < 2:
            raise self.error(f"results/{self.arguments[0]}.json has no such results")
        return [table_node(rows)]


class ResultsTable(ResultsRows):
    """Sizes down, devices across."""

    option_spec = {"metric": directives.unchanged_required}

    def rows(self):
        return bench_results.table(self.runs(), self.options["metric"])


class ResultsDistribution(ResultsRows):
    """Devices and sizes down, percentiles across."""

    option_spec = {"name": directives.unchanged_required,
                   "operation": directives.unchanged_required,
                   "sizes": directives.unchanged_required}

    def rows(self):
        rows = bench_results.distribution_table(self.runs(), self.options["name"],
                                                self.options["operation"])
        if "sizes" in self.options:
            sizes = [size.strip() for size in self.options["sizes"].split(",")]
            rows = rows[:1] + [row for row in rows[1:] if row[1] in sizes]
        return rows


class ResultsMatrix(ResultsRows):
    """Values of one parameter down, of the others across."""

    option_spec = {"rows": directives.unchanged_required,
                   "columns": directives.unchanged_required,
                   "metric": directives.unchanged_required}

    def rows(self):
        names = [name.strip() for name in self.options["columns"].split(",")]
        down, metric = self.options["rows"], self.options["metric"]
        cells, heads, values = {}, [], []
        for result in (result for run in self.runs() for result in run.results):
            head = ", ".join(heading(name, result.get(name)) for name in names)
            heads += [] if head in heads else [head]
            values += [] if result.get(down) in values else [result.get(down)]
            cells[result.get(down), head] = text_of(metric, result.get(metric))
        return [[COLUMNS[down]] + heads] + [
            [text_of(down, value)] + [cells.get((value, head), "-") for head in heads]
            for value in values]


class ResultsList(ResultsRows):
    """A row for each result."""

    option_spec = {"columns": directives.unchanged_required,
                   "operation": directives.unchanged_required}

    def rows(self):
        names = [name.strip() for name in self.options["columns"].split(",")]
        unknown = [name for name in names if name not in COLUMNS]
        if unknown:
            raise self.error(f"no such column: {', '.join(unknown)}")
        wanted = self.options.get("operation")
        return [[COLUMNS[name] for name in names]] + [
            [text_of(name, result.get(name)) for name in names]
            for run in self.runs() for result in run.results
            if wanted in (None, result.get("operation"))]


class ResultsMachine(Results):
    """The machine, and the commands."""

    def content_nodes(self):
        runs = self.runs()
        machine = runs[0].machine
        fields = nodes.field_list()
        for title, text in (
                ("Processor", "{cpu}, {cores} cores, TSC {ghz:.2f} GHz"),
                ("System", "{kernel}"),
                ("Memory", "{pages}, IOVA mode {iova_mode}"),
                ("DPDK", "{dpdk}, rte_memcpy for {rte_memcpy}"),
                ("RefDMA", "{version}, commit {commit}"),
                ("Compiler", "{compiler}, {build_flags}"),
                ("Measured", "{started}")):
            known = {key: "?" for key in ("cpu", "cores", "kernel", "iova_mode", "dpdk", "version",
                                          "commit", "compiler", "rte_memcpy", "build_flags",
                                          "started")}
            known.update(machine, ghz=machine.get("tsc_hz", 0) / 1e9,
                         pages="huge pages" if machine.get("huge_pages") else "no huge pages")
            field = nodes.field()
            field += nodes.field_name(text=title)
            body = nodes.field_body()
            body += nodes.paragraph(text=text.format(**known))
            field += body
            fields += field
        commands = "\n".join(run.machine.get("command_line", "") for run in runs)
        block = nodes.literal_block(commands, commands)
        block["language"] = "none"
        block["classes"] = ["commands"]
        content = [fields, block]
        busy, cases = bench_results.disturbed(runs)
        if busy:
            content.append(nodes.warning("", nodes.paragraph(
                text=f"In {busy} of {cases} cases the machine was busy with something else.")))
        return content


class ResultsFigure(Results):
    """A figure that plot.py has drawn."""

    option_spec = {"alt": directives.unchanged_required}

    def content_nodes(self):
        name = f"{self.arguments[0]}.svg"
        if not os.path.exists(os.path.join(DIRECTORY, name)):
            raise self.error(f"results/{name} is missing; devtools/benchmark.sh --record draws it")
        return [nodes.image(uri=f"results/{name}", alt=self.options.get("alt", ""))]


def setup(app):
    """Called by Sphinx."""
    app.add_directive("results-figure", ResultsFigure)
    app.add_directive("results-matrix", ResultsMatrix)
    app.add_directive("results-machine", ResultsMachine)
    app.add_directive("results-table", ResultsTable)
    app.add_directive("results-distribution", ResultsDistribution)
    app.add_directive("results-list", ResultsList)
    return {"version": "1", "parallel_read_safe": True}
