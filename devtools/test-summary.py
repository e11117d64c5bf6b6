#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Count test results.

usage:
    test-summary.py meson LABEL FILE       the log that meson test writes (testlog.json)
    test-summary.py script LABEL STATUS FILE
                                           output and exit status of a script; a script that
                                           prints no TAP counts as one test, skipped if its
                                           exit status is 77

Prints what failed, with its output, to standard error, and "passed failed skipped" to standard
output.
"""

import json
import re
import sys

TAP_LINE = re.compile(r"^(ok|not ok)\b(?:[^#\\]|\\.)*(?:#\s*(skip|todo)\b)?", re.IGNORECASE)
TAP_PLAN = re.compile(r"^1\.\.(\d+)(\s*#\s*skip)?", re.IGNORECASE)
SHOWN_LINES = 60


class Count:
    """Numbers of tests that passed, failed and were skipped."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = int(passed)
        self.failed = int(failed)
        self.skipped = int(skipped)

    def add(self, other):
        """Add other numbers to these."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def total(self):
        """All of them."""
        return self.passed + self.failed + self.skipped

    def __str__(self):
        return f"{self.passed} {self.failed} {self.skipped}"


def count_tap(text):
    """Numbers of the tests in TAP output."""
    count = Count()
    for line in text.splitlines():
        plan = TAP_PLAN.match(line)
        if plan is not None and int(plan.group(1)) == 0:
            count.skipped += 1
            continue
        match = TAP_LINE.match(line)
        if match is None:
            continue
        directive = (match.group(2) or "").lower()
        if directive == "skip":
            count.skipped += 1
        elif match.group(1).lower() == "ok" or directive == "todo":
            count.passed += 1
        else:
            count.failed += 1
    return count


def how_it_ended(status):
    """An exit status in words."""
    if isinstance(status, int) and status < 0:
        return f"killed by signal {-status}"
    return f"exit status {status}"


def show(label, why, text, log):
    """Print the end of what a failed test wrote."""
    lines = text.rstrip().splitlines()
    print(f"--- {label}: {why}, all of it is in {log}", file=sys.stderr)
    if len(lines) > SHOWN_LINES:
        print(f"    ... {len(lines) - SHOWN_LINES} lines before", file=sys.stderr)
    for line in lines[-SHOWN_LINES:]:
        print(f"    {line}", file=sys.stderr)


def summarize_meson(label, path):
    """Numbers of all tests of one meson test run."""
    total = Count()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            runs = [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError) as error:
        print(f"--- {label}: no result of the tests: {error}", file=sys.stderr)
        return Count(failed=1)
    for run in runs:
        output = run.get("stdout") or ""
        count = count_tap(output)
        good = run["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        if good and count.total() == 0:
            count.add(Count(skipped=1) if run["result"] == "SKIP" else Count(passed=1))
        if not good and count.failed == 0:
            # it passed what it printed, then crashed, hung, leaked or raced
            count.failed += 1
        if not good or count.failed:
            why = f"{run['result'].lower()}, {how_it_ended(run.get('returncode'))}"
            show(f"{label} {run['name']}", why, output + "\n" + (run.get("stderr") or ""),
                 path.replace(".json", ".txt"))
        total.add(count)
    return total


def summarize_script(label, status, path):
    """Numbers of the tests of one script."""
    with open(path, encoding="utf-8", errors="replace") as file:
        output = file.read()
    count = count_tap(output)
    if count.total() == 0:
        count = Count(passed=status == 0, failed=status not in (0, 77), skipped=status == 77)
    elif status != 0 and count.failed == 0:
        count.failed += 1
    if count.failed:
        show(label, how_it_ended(status), output, path)
    return count


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "meson":
        print(summarize_meson(sys.argv[2], sys.argv[3]))
    elif len(sys.argv) == 5 and sys.argv[1] == "script":
        print(summarize_script(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
    elif sys.argv[1:] in (["--help"], ["-h"]):
        print(__doc__.strip())
    else:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
