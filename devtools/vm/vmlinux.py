#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Take the uncompressed kernel out of a bzImage.

usage: vmlinux.py BZIMAGE OUTPUT

QEMU starts an uncompressed kernel at once, where unpacking it in an emulated machine takes
seconds. Where the compressed kernel is, and how long, stands in the header of the x86 boot protocol
(setup_sects at 0x1f1, payload_offset at 0x248, payload_length at 0x24c); the size of the result are
the last four bytes.
"""

import gzip
import lzma
import struct
import subprocess
import sys

SETUP_SECTS = 0x1F1
MAGIC = 0x202
PAYLOAD = 0x248
SECTOR = 512


def run(command):
    """A decompressor that is a program."""
    return lambda data: subprocess.run(command, input=data, check=True,
                                       stdout=subprocess.PIPE).stdout


DECOMPRESSORS = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ\0": lambda data: lzma.LZMADecompressor().decompress(data),
    b"\x02\x21\x4c\x18": run(["lz4", "-d", "-q", "-", "-"]),
    b"\x28\xb5\x2f\xfd": run(["zstd", "-d", "-q"]),
}


def kernel(image):
    """The ELF file in a bzImage."""
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        raise ValueError("no bzImage")
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    start = (image[SETUP_SECTS] + 1) * SECTOR + offset
    payload = image[start:start + length]
    size = struct.unpack_from("<I", payload, length - 4)[0]
    for magic, decompress in DECOMPRESSORS.items():
        if payload.startswith(magic):
            # in the format of gzip the size belongs to the file
            result = decompress(payload if magic == b"\x1f\x8b" else payload[:-4])
            break
    else:
        raise ValueError(f"unknown compression {payload[:4].hex()}")
    if len(result) != size or not result.startswith(b"\x7fELF"):
        raise ValueError(f"{len(result)} bytes instead of {size}, or no ELF file")
    return result


def main():
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(__doc__.strip())
        return
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    try:
        with open(sys.argv[1], "rb") as source:
            result = kernel(source.read())
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    with open(sys.argv[2], "wb") as target:
        target.write(result)


if __name__ == "__main__":
    main()
