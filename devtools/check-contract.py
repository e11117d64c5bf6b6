#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Every behaviour of the contract has a test, and the table in the guides says which.

Reads the cases of app/test/test_engine_*.c. Prints TAP; --write writes the table anew.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "doc/guides/contract_table.rst"
LAST = 66

GROUPS = [
    (1, 10, "Cookies and status"),
    (11, 16, "Order and submission"),
    (17, 25, "Callbacks"),
    (26, 30, "Cyclic"),
    (31, 37, "Terminate and synchronize"),
    (38, 41, "Pause and resume"),
    (42, 45, "Metadata"),
    (46, 51, "Configuration and channels"),
    (52, 54, "Reuse"),
    (55, 58, "Interleaved"),
    (59, 60, "Residue"),
    (61, 63, "Lifetime"),
    (64, 66, "Further"),
]

NEEDS = {
    "ENG_FILL": "fill",
    "ENG_ERRORS": "error reports",
    "ENG_PORTS": "ports",
    "ENG_METADATA": "metadata",
    "ENG_REPEAT": "repeat",
    "ENG_SERVICE": "a tasklet service",
}


def cases():
    """(name, numbers, what the device needs) of every contract case."""
    for path in sorted((ROOT / "app/test").glob("test_engine_*.c")):
        text = path.read_text()
        for match in re.finditer(r"^ENG_CASE\((B\w+),\s*([^,)]+)", text, re.M):
            name = match.group(1)
            numbers = []
            for part in re.match(r"B[\d_B]+", name).group(0).split("_"):
                if part.strip("B").isdigit():
                    numbers.append(int(part.strip("B")))
            needs = [NEEDS[n] for n in NEEDS if n in match.group(2)]
            yield name, numbers, needs, name in text.replace(match.group(0), "", 1)


def table(found):
    """The page of the guides."""
    lines = [
        ".. SPDX-License-Identifier: BSD-3-Clause",
        "   Copyright (c) 2026 The RefDMA developers",
        "",
        ".. Written by devtools/check-contract.py --write; do not edit.",
        "",
        "Contract table",
        "==============",
        "",
        "Each behaviour of the DMA Engine client contract, and the cases that assert it. Every case",
        "runs in the suites ``engine_refdma_thread``, ``engine_refdma_service``,",
        "``engine_refdma_inline``, ``engine_refdma_manual``, ``engine_generic_refdma`` and",
        "``engine_generic_skeleton``. Where a device lacks what the last column names, the case",
        "asserts that the call is refused as documented.",
        "",
    ]
    for first, last, title in GROUPS:
        lines += [title, "-" * len(title), "", ".. csv-table::",
                  '   :header: "Behaviour", "Case", "Needs"', "   :widths: 10, 65, 25", ""]
        for number in range(first, last + 1):
            for name, numbers, needs, _ in found:
                if number in numbers:
                    lines.append(f'   "B{number}", "``{name}``", "{", ".join(needs)}"')
        lines.append("")
    return "\n".join(lines)


def main():
    found = sorted(cases(), key=lambda case: (case[1], case[0]))
    page = table(found)
    if sys.argv[1:] == ["--write"]:
        TABLE.write_text(page)
        return 0
    results = []
    for number in range(1, LAST + 1):
        names = [name for name, numbers, _, listed in found if number in numbers and listed]
        results.append((bool(names), f"B{number} is tested"))
    current = TABLE.read_text() if TABLE.exists() else ""
    results.append((current == page, "contract_table.rst is up to date (--write makes it so)"))
    for i, (good, text) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {i} - {text}")
    print(f"1..{len(results)}")
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
