#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Run dpdk-test-dmaengine for real, on refdma and dma_skeleton devices, and check what it does: data
integrity and its proof, exit statuses, messages, JSON, CSV, files of cases, and the cost of its
loop. Prints TAP. How fast something is never decides.

    check_tool.py BUILD-DIR [TEST...]
"""

import importlib
import os
import subprocess
import sys
import tempfile

from tool_harness import Wrong, place, tests

# Each registers its tests.
MODULES = ("tool_commands", "tool_verify", "tool_output", "tool_cases", "tool_arguments", "tool_cost")


def report(number, function):
    """Run a test, and print its result; False: it failed."""
    name = function.__doc__.replace("#", "")
    try:
        reason = function()
    except (Wrong, KeyError, ValueError, OSError, subprocess.SubprocessError) as error:
        text = f"{type(error).__name__}: {error}"
        stderr = getattr(error, "stderr", None)
        if stderr:
            text += f"\n{stderr}"
        print(f"not ok {number} - {name}")
        print("\n".join("# " + line for line in text.splitlines()))
        return False
    print(f"ok {number} - {name}" + (f" # SKIP {reason}" if reason else ""))
    return True


def main():
    """All tests, or those whose function is named."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    place.build = os.path.abspath(sys.argv[1])
    place.app = os.path.join(place.build, "app", "dpdk-test-dmaengine")
    for module in MODULES:
        importlib.import_module(module)
    chosen = [one for one in tests if len(sys.argv) == 2 or one.__name__ in sys.argv[2:]]
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        place.work = directory
        for number, function in enumerate(chosen, 1):
            failed |= not report(number, function)
            sys.stdout.flush()
    print(f"1..{len(chosen)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
