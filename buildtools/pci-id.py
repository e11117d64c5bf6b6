#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Turn vendor:device into an entry of a table of struct rte_pci_id, or say what is wrong."""

import re
import sys


def main():
    text = sys.argv[1]
    match = re.fullmatch(r"(?:0x)?([0-9a-f]{1,4}):(?:0x)?([0-9a-f]{1,4})", text, re.IGNORECASE)
    if match is None:
        sys.exit(f"'{text}' is not vendor:device, each one to four hexadecimal digits")
    vendor, device = (int(digits, 16) for digits in match.groups())
    if vendor in (0, 0xFFFF) or device == 0xFFFF:
        sys.exit(f"'{text}' would match no device or any device")
    print(f"{{ RTE_PCI_DEVICE(0x{vendor:04x}, 0x{device:04x}) }}")


if __name__ == "__main__":
    main()
