#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Draw what dpdk-test-dmaengine --json has written.

From one or more files of results: throughput against the size of the copies (throughput), their
speed relative to the CPU's (ratio), percentiles of the latency (latency) and of the jitter of
periods (cyclic); as SVG and PNG. A figure for which the files have no results is left out.
"""

import argparse
import pathlib
import re
import sys

import bench_results as results

FIGURES = ["throughput", "ratio", "latency", "cyclic"]
MOST_PANELS = 3

# The colours of Okabe and Ito, which people with any kind of colour blindness can tell apart.
# Markers and lines differ, too, for print in black and white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
BLUE, VERMILION, PURPLE, GREY = "#0072b2", "#d55e00", "#cc79a7", "#666666"
STYLES = {
    "cpu": (BLACK, "s", (0, (5, 2))),
    "skeleton": (ORANGE, "^", (0, (1, 1.2))),
    "thread": (BLUE, "o", "-"),
    "inline": (VERMILION, "D", (0, (6, 1.5, 1, 1.5))),
    "engine": (GREEN, "v", (0, (8, 2))),
    "service": (SKY, "P", (0, (3, 1, 1, 1, 1, 1))),
}
OTHER_COLOURS = [PURPLE, SKY, GREY, BLUE, VERMILION, GREEN, ORANGE]
OTHER_MARKERS = ["X", "p", "h", "<", ">", "*", "d"]
OTHER_LINES = [(0, (4, 1)), (0, (2, 1)), (0, (7, 1, 2, 1)), "-"]


def style_of(series):
    """A style for each series, no two alike."""
    styles = []
    others = 0
    for one in series:
        style = STYLES.get(one.key)
        if style is None or style in styles:
            style = (OTHER_COLOURS[others % len(OTHER_COLOURS)],
                     OTHER_MARKERS[others % len(OTHER_MARKERS)],
                     OTHER_LINES[others % len(OTHER_LINES)])
            others += 1
        styles.append(style)
    return styles


def load_pyplot():
    """matplotlib, set up for figures that look the same everywhere."""
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel
    except ImportError:
        sys.exit(f"plot.py: {sys.executable} has no matplotlib. The distribution's python3 has it "
                 "after 'apt-get install python3-matplotlib'; where another python3 comes first in "
                 "the path, call /usr/bin/python3 devtools/plot.py")
    matplotlib.use("agg")
    import matplotlib.pyplot as pyplot  # pylint: disable=import-outside-toplevel
    pyplot.rcParams.update({
        "axes.axisbelow": True,
        "axes.edgecolor": "#444444",
        "axes.grid": True,
        "axes.labelsize": 9,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "figure.dpi": 100,
        "font.family": "DejaVu Sans",
        "font.size": 8.5,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.7,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "lines.markersize": 5,
        "savefig.dpi": 160,
        # glyphs as paths: the same in every viewer; and the same file from the same results
        "svg.fonttype": "path",
        "svg.hashsalt": "refdma",
        "xtick.color": "#444444",
        "ytick.color": "#444444",
    })
    return pyplot


class Page:
    """One figure with its panels, a legend above and a note below them."""

    def __init__(self, pyplot, panels, title, height=3.3):
        self.figure, axes = pyplot.subplots(1, panels, squeeze=False,
                                            figsize=(3.6 * max(panels, 2), height + 0.75))
        self.axes = list(axes[0])
        self.title = title
        self.legend = {}
        self.hollow = False

    def line(self, axis, x, y, style, label, spread=None, hollow=()):
        """A line with markers, hollow ones where the machine was busy, and spread as bars."""
        colour, marker, dashes = style
        drawn, = axis.plot(x, y, color=colour, marker=marker, linestyle=dashes, zorder=3)
        if spread is not None:
            low = [max(value - least, 0) for value, (least, _) in zip(y, spread)]
            high = [max(most - value, 0) for value, (_, most) in zip(y, spread)]
            axis.errorbar(x, y, yerr=[low, high], fmt="none", ecolor=colour, elinewidth=0.9,
                          capsize=2, alpha=0.6, zorder=2)
        busy = [number for number, flag in enumerate(hollow) if flag]
        if busy:
            self.hollow = True
            axis.plot([x[number] for number in busy], [y[number] for number in busy],
                      linestyle="none", marker=marker, markerfacecolor="white",
                      markeredgecolor=colour, zorder=4)
        self.legend.setdefault(label, drawn)

    def finish(self, runs, note=""):
        """Everything around the panels."""
        height = self.figure.get_figheight()
        columns = min(len(self.legend), 6 if self.figure.get_figwidth() > 9 else 5)
        rows = -(-len(self.legend) // columns)
        self.figure.text(0.012, 1 - 0.07 / height, self.title, fontsize=11, fontweight="bold",
                         verticalalignment="top")
        self.figure.legend(self.legend.values(), self.legend.keys(), ncol=columns,
                           loc="upper left", bbox_to_anchor=(0.0, 1 - 0.26 / height),
                           handlelength=3, columnspacing=1.4, handletextpad=0.6, borderpad=0.2)
        notes = [results.machine_text(runs[0].machine)]
        if note:
            notes.append(note)
        if self.hollow:
            notes.append("hollow: the machine was busy with something else")
        self.figure.text(0.012, 0.05 / height, "\n".join(notes), fontsize=6.5, color="#666666",
                         verticalalignment="bottom")
        top = 0.28 + 0.18 * rows
        bottom = 0.08 + 0.13 * len(notes)
        self.figure.tight_layout(rect=(0, bottom / height, 1, 1 - top / height), w_pad=2)
        return self.figure


def size_axis(axis, sizes):
    """Powers of two, with the names that people give them."""
    axis.set_xscale("log", base=2)
    least = sizes[0].bit_length()
    axis.set_xticks(sizes, [results.size_text(size) if len(sizes) <= 8
                            or (size.bit_length() - least) % 2 == 0 else "" for size in sizes])
    axis.set_xticks([], minor=True)
    axis.set_xlabel("bytes a copy")


def plain_ticks(axis, low, high):
    """1, 2, 5 in each decade between two values, written as numbers."""
    ticks = [step * 10.0 ** power for power in range(-4, 8) for step in (1, 2, 5)]
    ticks = [tick for tick in ticks if low / 1.05 <= tick <= high * 1.05]
    if len(ticks) > 7:
        ticks = [tick for tick in ticks if f"{tick:e}"[0] == "1"]
    axis.set_yscale("log")
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_yticks([], minor=True)
    axis.set_ylim(low / 1.25, high * 1.25)


def copies(runs):
    """Series of copies that were measured."""
    return [one for one in results.series_of(runs) if one.points("mops")]


def draw_throughput(pyplot, runs):
    """Operations and bytes a second."""
    series = copies(runs)
    if not series:
        return None
    page = Page(pyplot, 2, "Throughput of copies")
    sizes = sorted({size for one in series for size, _, _ in one.points("mops")})
    for axis, metric, title in zip(page.axes, ("mops", "gigabytes_per_second"),
                                   ("10⁶ copies a second", "10⁹ bytes a second")):
        seen = []
        for one, style in zip(series, style_of(series)):
            points = one.points(metric)
            if not points:
                continue
            y = [value["median"] for _, value, _ in points]
            spread = [(value.get("min", value["median"]), value.get("max", value["median"]))
                      for _, value, _ in points]
            seen += [bound for pair in spread for bound in pair]
            page.line(axis, [size for size, _, _ in points], y, style, one.label, spread,
                      [result.get("disturbed") for _, _, result in points])
        axis.set_title(title)
        size_axis(axis, sizes)
        plain_ticks(axis, min(seen), max(seen))
    repeats = max(value.get("samples", 1) for one in series for _, value, _ in one.points("mops"))
    return page.finish(runs, f"median of {repeats} runs; bars: least and most"
                       if repeats > 1 else "")


def draw_ratio(pyplot, runs):
    """Speed as a multiple of the CPU's."""
    series = copies(runs)
    lines = [(one, style, results.ratio_to_cpu(one, series))
             for one, style in zip(series, style_of(series)) if one.key != "cpu"]
    lines = [line for line in lines if line[2]]
    if not lines:
        return None
    page = Page(pyplot, 1, "Speed of copies, relative to the CPU")
    axis = page.axes[0]
    seen = [1.0]
    for one, style, points in lines:
        spread = [(value.get("min", value["median"]), value.get("max", value["median"]))
                  for _, value in points]
        seen += [bound for pair in spread for bound in pair]
        page.line(axis, [size for size, _ in points], [value["median"] for _, value in points],
                  style, one.label, spread,
                  [one.by_size[size].get("disturbed") for size, _ in points])
    sizes = sorted({size for _, _, points in lines for size, _ in points})
    page.legend["CPU, memcpy"] = axis.axhline(1, color=BLACK, linewidth=1, zorder=1)
    axis.set_title("times the CPU's throughput")
    size_axis(axis, sizes)
    plain_ticks(axis, min(seen), max(seen))
    return page.finish(runs)


def some_of(values, most):
    """The first, the last, and what is between, evenly."""
    if len(values) <= most:
        return values
    return [values[round(number * (len(values) - 1) / (most - 1))] for number in range(most)]


def draw_percentiles(pyplot, runs, operation, name, title, panel_title):
    """Percentiles across, a panel for each size."""
    series = [one for one in results.series_of(runs, operation) if one.points(name)]
    sizes = sorted({size for one in series for size, _, _ in one.points(name)})
    if not sizes:
        return None
    sizes = some_of(sizes, MOST_PANELS)
    page = Page(pyplot, len(sizes), title)
    keys = results.PERCENTILES
    seen = []
    for axis, size in zip(page.axes, sizes):
        for one, style in zip(series, style_of(series)):
            value = dict((at, value) for at, value, _ in one.points(name)).get(size)
            if value is None:
                continue
            # a period that is on time has no jitter, and no place on a logarithmic axis
            y = [max(value[key], 0.01) for key, _ in keys]
            seen += y
            page.line(axis, list(range(len(keys))), y, style, one.label,
                      hollow=[one.by_size[size].get("disturbed")] * len(keys))
        axis.set_xticks(range(len(keys)), [text for _, text in keys])
        axis.set_xlim(-0.3, len(keys) - 0.7)
        axis.set_xlabel("part of the events that took no longer")
        axis.set_title(panel_title(size))
    for axis in page.axes:
        plain_ticks(axis, min(seen), max(seen))
    page.axes[0].set_ylabel("microseconds")
    return page.finish(runs)


def draw_latency(pyplot, runs):
    """One copy on an idle channel."""
    return draw_percentiles(pyplot, runs, "copy", "latency",
                            "Latency of one copy on an idle channel",
                            lambda size: f"{results.size_text(size)} bytes")


def draw_cyclic(pyplot, runs):
    """How far periods are from their time."""
    return draw_percentiles(pyplot, runs, "cyclic", "period_jitter",
                            "Cyclic transfer: jitter of the periods",
                            lambda size: f"periods of {results.size_text(size)} bytes")


def text_table(rows):
    """Columns, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) if number == 0 else cell.rjust(width)
                               for number, (cell, width) in enumerate(zip(row, widths))).rstrip()


def summary(runs):
    """The results in words and tables."""
    machine = runs[0].machine
    yield "RefDMA benchmark" + (f", {machine['started']}" if "started" in machine else "")
    yield results.machine_text(machine)
    for heading, rows in (
            ("10^6 copies a second, median", results.table(runs, "mops")),
            ("10^9 bytes a second, median", results.table(runs, "gigabytes_per_second")),
            ("times the CPU's throughput", results.table(runs, "ratio_to_cpu")),
            ("latency of one copy, microseconds",
             results.distribution_table(runs, "latency", "copy")),
            ("cyclic, jitter of periods, microseconds",
             results.distribution_table(runs, "period_jitter", "cyclic"))):
        if len(rows) > 1:
            yield ""
            yield heading
            yield from text_table(rows)
    bad = [result for run in runs for result in run.all_results
           if result.get("verdict") == "failed"]
    for result in bad:
        yield f"failed: {result.get('device')} {result.get('operation')}: {result.get('note')}"
    busy, cases = results.disturbed(runs)
    if busy:
        yield ""
        yield (f"In {busy} of {cases} cases the machine was busy with something else: "
               "measure again.")


def check_figures(directory, runs):
    """The figures in a directory whose file does not tell of these results."""
    wanted = f"sha256:{results.digest(runs)}"
    for path in sorted(directory.glob("*.svg")):
        found = re.search(r"sha256:[0-9a-f]{64}", path.read_text(encoding="utf-8"))
        if found is None or found.group() != wanted:
            yield f"{path} was not drawn from these results"
    if not list(directory.glob("*.svg")):
        yield f"{directory} has no figures"


def write_figures(args, runs):
    """Draw and save; the paths that were written."""
    pyplot = load_pyplot()
    args.output.mkdir(parents=True, exist_ok=True)
    for name in args.figures:
        figure = globals()[f"draw_{name}"](pyplot, runs)
        if figure is None:
            continue
        for form in args.format:
            path = args.output / f"{args.prefix}{name}.{form}"
            metadata = {"svg": {"Creator": "devtools/plot.py", "Date": None,
                                "Description": f"sha256:{results.digest(runs)}"},
                        "png": {"Software": "devtools/plot.py"}}[form]
            figure.savefig(path, metadata=metadata, facecolor="white")
            yield path
        pyplot.close(figure)


def comma_list(choices):
    """The type of an argument that is some of a few words."""
    def parse(text):
        values = text.split(",")
        for value in values:
            if value not in choices:
                raise argparse.ArgumentTypeError(
                    f"'{value}' is not one of: {', '.join(choices)}")
        return values
    return parse


def main():
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example:\n  build/app/dpdk-test-dmaengine compare --latency --json compare.json\n"
               "  devtools/plot.py --output results compare.json")
    parser.add_argument("files", nargs="+", metavar="JSON", help="results, see doc/guides/tool.rst")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("."),
                        metavar="DIR", help="where the figures go (default: here)")
    parser.add_argument("--figures", type=comma_list(FIGURES), default=FIGURES, metavar="LIST",
                        help=f"some of: {','.join(FIGURES)} (default: all)")
    parser.add_argument("--format", type=comma_list(["svg", "png"]), default=["svg", "png"],
                        metavar="LIST", help="some of: svg,png (default: both)")
    parser.add_argument("--prefix", default="", help="before the names of the files")
    parser.add_argument("--summary", type=pathlib.Path, metavar="FILE",
                        help="also write the results as text; - for the terminal")
    parser.add_argument("--check", action="store_true",
                        help="draw nothing: exit with 1 unless all figures (SVG) in DIR were "
                             "drawn from these results")
    args = parser.parse_args()
    try:
        runs = results.load(args.files)
        if args.check:
            problems = list(check_figures(args.output, runs))
            print("\n".join(problems), end="\n" if problems else "")
            sys.exit(1 if problems else 0)
        written = [str(path) for path in write_figures(args, runs)]
        if not written:
            raise results.ResultError("nothing to draw: the files have no results of copies or "
                                      "cyclic transfers that passed")
        if args.summary is not None:
            text = "\n".join(summary(runs)) + "\n"
            if str(args.summary) == "-":
                print(text, end="")
            else:
                args.summary.write_text(text, encoding="utf-8")
                written.append(str(args.summary))
        print("\n".join(written))
    except results.ResultError as error:
        print(f"plot.py: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
