#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Make an archive of one object whose global symbols are those of a version map, as in the shared
library: what the files of a library call each other by is nobody else's business.

    hide-symbols.py ARCHIVE VERSION-MAP OBJECT... -- AR OBJCOPY COMPILER...
"""

import os
import re
import subprocess
import sys

from elftools.elf.elffile import ELFFile


def exported(path):
    """The names between "global:" and "local:" of a version map."""
    with open(path, encoding="utf-8") as source:
        text = re.sub(r"/\*.*?\*/", "", source.read(), flags=re.DOTALL)
    part = re.search(r"global:(.*?)(local:|})", text, re.DOTALL)
    names = re.findall(r"\w+(?=;)", part.group(1)) if part is not None else []
    if not names:
        sys.exit(f"{path} exports no name")
    return names


def missing(path, names):
    """Those of the names that an object does not define."""
    with open(path, "rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()
        return set(names) - {s.name for s in symbols if s["st_shndx"] != "SHN_UNDEF"}


def main():
    end = sys.argv.index("--")
    archive, version_map, *objects = sys.argv[1:end]
    ar, objcopy, *compiler = sys.argv[end + 1:]
    merged, names = archive + ".o", archive + ".names"
    wanted = exported(version_map)
    with open(names, "w", encoding="utf-8") as out:
        out.write("".join(name + "\n" for name in wanted))
    subprocess.run([*compiler, "-r", "-nostdlib", "-o", merged, *objects], check=True)
    # What an optimiser at link time would use instead of the code still has all names.
    subprocess.run([objcopy, f"--keep-global-symbols={names}", "--remove-section=.gnu.lto_*",
                    merged], check=True)
    lost = missing(merged, wanted)
    if lost:
        sys.exit(f"{archive} would have no {', '.join(sorted(lost))}")
    if os.path.exists(archive):
        os.unlink(archive)
    subprocess.run([ar, "rcsD", archive, merged], check=True)
    for path in (merged, names):
        os.unlink(path)


if __name__ == "__main__":
    main()
