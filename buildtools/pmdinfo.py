#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Collect what drivers say of themselves into a C file.

A driver's objects hold a few strings and tables that the RTE_PMD_REGISTER_* macros put there:

    this_pmd_name<anything>          name of a driver
    __<name>_pci_tbl_export          name of its array of struct rte_pci_id
    __<name>_param_string_export     device arguments that it takes
    __<name>_kmod_dep_export         kernel modules that its devices need

The C file has one string "PMD_INFO_STRING= {JSON}" for each driver, which dpdk-pmdinfo.py finds
in the linked plugin.
"""

import argparse
import io
import json
import pathlib
import struct
import sys

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

NAME_PREFIX = "this_pmd_name"
# class (32 bits), then vendor, device, subsystem vendor, subsystem device (16 bits each)
PCI_ID_FORMAT = "I4H"
AR_MAGIC = b"!<arch>\n"
THIN_AR_MAGIC = b"!<thin>\n"
AR_HEADER = struct.Struct("16s12s6s6s8s10s2s")


class PmdInfoError(Exception):
    """An object that does not say what it should."""


class DriverObject:
    """One relocatable object: its named data."""

    def __init__(self, data, label):
        self.label = label
        try:
            self.elf = ELFFile(io.BytesIO(data))
        except ELFError as error:
            raise PmdInfoError(f"{label}: {error}; LTO needs -ffat-lto-objects") from error
        self.symbols = {
            symbol.name: symbol
            for section in self.elf.iter_sections()
            if isinstance(section, SymbolTableSection)
            for symbol in section.iter_symbols()
            if symbol.name and isinstance(symbol["st_shndx"], int)
        }

    def data(self, name):
        """The bytes from a symbol to the end of its section."""
        symbol = self.symbols[name]
        section = self.elf.get_section(symbol["st_shndx"])
        if section["sh_type"] == "SHT_NOBITS":
            return bytes(section["sh_size"] - symbol["st_value"])
        return section.data()[symbol["st_value"]:]

    def string(self, name):
        """The string at a symbol."""
        text, end, _ = self.data(name).partition(b"\0")
        if not end:
            raise PmdInfoError(f"{self.label}: '{name}' is no string")
        return text.decode("ascii")

    def pci_ids(self, table):
        """An array of struct rte_pci_id up to its empty last entry."""
        if table not in self.symbols:
            raise PmdInfoError(f"{self.label}: table of PCI ids '{table}' is not in this object")
        layout = struct.Struct(("<" if self.elf.little_endian else ">") + PCI_ID_FORMAT)
        data = self.data(table)
        ids = []
        for offset in range(0, len(data) - layout.size + 1, layout.size):
            _, vendor, device, sub_vendor, sub_device = layout.unpack_from(data, offset)
            if vendor == 0:
                return ids
            ids.append([vendor, device, sub_vendor, sub_device])
        raise PmdInfoError(f"{self.label}: table of PCI ids '{table}' has no empty last entry")

    def drivers(self):
        """What each driver registered in this object says of itself."""
        for symbol in sorted(self.symbols):
            if not symbol.startswith(NAME_PREFIX):
                continue
            name = self.string(symbol)
            info = {"name": name, "params": "", "kmod": "", "pci_ids": []}
            for key, tag in (("params", "param_string"), ("kmod", "kmod_dep")):
                exported = f"__{name}_{tag}_export"
                if exported in self.symbols:
                    info[key] = self.string(exported)
            exported = f"__{name}_pci_tbl_export"
            if exported in self.symbols:
                info["pci_ids"] = self.pci_ids(self.string(exported))
            yield {key: value for key, value in info.items() if value or key == "pci_ids"}


def archive_members(path):
    """The members of a static archive, as (name, bytes); of a thin one, from their own files."""
    data = path.read_bytes()
    thin = data.startswith(THIN_AR_MAGIC)
    long_names = b""
    offset = len(AR_MAGIC)
    while offset + AR_HEADER.size <= len(data):
        fields = AR_HEADER.unpack_from(data, offset)
        name, size = fields[0].decode("ascii").rstrip(), int(fields[5])
        special = name in ("/", "/SYM64/", "//")
        offset += AR_HEADER.size
        content = data[offset:offset + size]
        if special or not thin:
            offset += size + (size & 1)
        if name == "//":
            long_names = content
        if special:
            continue
        if name.startswith("/"):
            start = int(name[1:])
            name = long_names[start:long_names.index(b"\n", start)].decode()
        name = name.rstrip("/")
        yield name, (path.parent / name).read_bytes() if thin else content


def objects(path):
    """The relocatable objects in a file."""
    with path.open("rb") as file:
        magic = file.read(len(AR_MAGIC))
    if magic in (AR_MAGIC, THIN_AR_MAGIC):
        for name, content in archive_members(path):
            yield DriverObject(content, f"{path}({name})")
    else:
        yield DriverObject(path.read_bytes(), str(path))


def write_c(drivers, output):
    """One string a driver, which nothing refers to and the compiler keeps."""
    lines = ["/* Written by pmdinfo.py. */", ""]
    for number, info in enumerate(drivers):
        # a JSON string in ASCII is also a C string, once quoted again
        text = json.dumps("PMD_INFO_STRING= " + json.dumps(info))
        lines.append(f"static const char pmd_info_{number}[] __attribute__((used)) =")
        lines.append(f"\t{text};")
    output.write_text("\n".join(lines) + "\n", encoding="ascii")


def main():
    parser = argparse.ArgumentParser(
        description="Write a C file with the PMD information of driver objects.")
    parser.add_argument("output", type=pathlib.Path, help="C file to write")
    parser.add_argument("inputs", type=pathlib.Path, nargs="+",
                        help="objects or static archives of a driver")
    args = parser.parse_args()
    try:
        found = {}
        for path in args.inputs:
            for obj in objects(path):
                for info in obj.drivers():
                    # one driver on two buses registers its name twice: the PCI half has more
                    known = found.setdefault(info["name"], info)
                    known.update({key: value for key, value in info.items() if value})
        if not found:
            raise PmdInfoError("no driver is registered in " + ", ".join(map(str, args.inputs)))
        write_c([found[name] for name in sorted(found)], args.output)
    except (PmdInfoError, OSError, ValueError) as error:
        sys.exit(f"pmdinfo.py: {error}")


if __name__ == "__main__":
    main()
