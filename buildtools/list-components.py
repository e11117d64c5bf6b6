#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Print the subdirectories of a directory that have a meson.build file, one a line, sorted."""

import pathlib
import sys


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*/meson.build")):
        print(path.parent.name)


if __name__ == "__main__":
    main()
