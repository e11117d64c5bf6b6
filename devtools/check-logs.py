#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Check that doc/guides/logs.rst lists the log messages of the library and the driver: each one that
is in the sources, with its level, and none that is not. On the page a message is a term in double
backquotes, with a word in capitals where the source has a conversion, and the text below it begins
with the level:

    ``DEVICE vchan VCHAN: failed: REASON; COUNT operations end as errors, ...``
        *error* - What it means. What to do.

Prints what differs; exits 1 if something does.
"""

import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join("doc", "guides", "logs.rst")
LEVELS = {"ERR": "error", "WARNING": "warning", "NOTICE": "notice", "INFO": "info",
          "DEBUG": "debug", "CRIT": "critical", "ALERT": "alert", "EMERG": "emergency"}
# Where messages are: directory, the macro, the registered type.
COMPONENTS = (
    ("lib/dmaengine_compat", "ENGINE_LOG", "lib.dmaengine_compat"),
    ("drivers/dma/refdma", "REFDMA_LOG", "pmd.dma.refdma"),
)
# The library's own refusals: the second argument is the reason.
REJECT = "__dmaengine_reject"
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z_][A-Za-z0-9_]*)|(\S)')
CONVERSION = re.compile(r"%[-+ #0]*[0-9*]*(?:\.[0-9*]+)?(?:hh|h|ll|l|z|j|t)?[diouxXeEfgGcsp]")
HOLE = "\0"
PLACEHOLDER = r"[A-Z][A-Z0-9_]*"


class Message:
    """One message of the sources."""

    def __init__(self, where, level, text):
        self.where = where
        self.level = level
        self.text = text
        parts = [re.escape(part) for part in re.split(HOLE + "+", text)]
        self.pattern = re.compile(PLACEHOLDER.join(parts))

    def shown(self):
        """With a word where the source has a conversion."""
        return re.sub(HOLE + "+", "VALUE", self.text)


def sources():
    """Every C file: component, path, text."""
    for directory, macro, log_type in COMPONENTS:
        for place, _, names in sorted(os.walk(os.path.join(ROOT, directory))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(place, name)
                    with open(path, encoding="utf-8") as file:
                        yield macro, log_type, os.path.relpath(path, ROOT), file.read()


def arguments(text, start):
    """The tokens of a call's arguments, one list each; text[start] follows the parenthesis."""
    result, depth = [[]], 0
    for match in TOKEN.finditer(text, start):
        string, _, other = match.groups()
        if string is None and other in ("(", "[", "{"):
            depth += 1
        elif string is None and other in (")", "]", "}"):
            depth -= 1
            if depth < 0:
                return result
        if depth == 0 and other == ",":
            result.append([])
        else:
            result[-1].append(match)
    return result


def text_of(tokens):
    """A format: its literals; a conversion, or a macro between them, is a hole."""
    text, depth = "", 0
    for match in tokens:
        string, word, other = match.groups()
        if string is not None:
            text += CONVERSION.sub(HOLE, string.replace('\\"', '"')).replace("%%", "%")
        elif other in ("(", ")"):
            depth += 1 if other == "(" else -1
        elif word is not None and depth == 0 and word.isupper() or word == "PRIx64":
            # what a format macro ends is the % that stands before it
            text = text[:-1] if text.endswith("%") else text
            text += HOLE
    return text


def calls(text, name):
    """Calls of a function or macro: line, arguments. Definitions are none."""
    for match in re.finditer(r"\b" + name + r"\(", text):
        begin = text.rfind("\n", 0, match.start()) + 1
        if text[begin:match.start()].startswith("#define"):
            continue
        yield text.count("\n", 0, match.start()) + 1, arguments(text, match.end())


def messages():
    """All messages of the sources, and complaints about those that cannot be read."""
    found, wrong = [], []
    for macro, _, path, text in sources():
        for line, args in calls(text, macro):
            level = args[0][0].group(0) if args[0] else ""
            format_text = text_of(args[1]) if len(args) > 1 else ""
            if level not in LEVELS or not format_text.strip(HOLE + ": "):
                if path.endswith("engine_registry.c") and format_text == HOLE + ": " + HOLE:
                    continue    # the one in __dmaengine_reject() itself
                wrong.append(f"{path}:{line}: {macro} without a level or a literal format")
                continue
            found.append(Message(f"{path}:{line}", LEVELS[level], format_text))
        for line, args in calls(text, REJECT):
            if len(args) == 3 and args[1] and args[1][0].group(1) is not None:
                found.append(Message(f"{path}:{line}", "error", HOLE + ": " + text_of(args[1])))
    return found, wrong


def page_entries():
    """The page's messages: line, text, level."""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        lines = file.read().splitlines()
    entries = []
    for number, line in enumerate(lines):
        match = re.fullmatch(r"``(.*)``", line)
        if match is None or number + 1 == len(lines):
            continue
        body = re.match(r"\s+\*(\w+)\* - ", lines[number + 1])
        entries.append((number + 1, match.group(1), body.group(1) if body else "no level"))
    return entries


def check():
    """Lines that say what differs."""
    found, wrong = messages()
    entries = page_entries()
    used = set()
    for message in found:
        for number, text, level in entries:
            if message.pattern.fullmatch(text):
                used.add(number)
                if level != message.level:
                    wrong.append(f"{PAGE}:{number}: level '{level}', but '{message.level}' in "
                                 f"{message.where}")
                break
        else:
            wrong.append(f"{message.where}: not in {PAGE}: {message.shown()}")
    wrong += [f"{PAGE}:{number}: no such message in the sources: {text}"
              for number, text, _ in entries if number not in used]
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        page = file.read()
    everything = "".join(text for _, _, _, text in sources())
    for _, _, log_type in COMPONENTS:
        if not re.search(r"RTE_LOG_REGISTER\(\w+, " + re.escape(log_type) + ", ", everything):
            wrong.append(f"log type {log_type} is not registered")
        if f"``{log_type}``" not in page:
            wrong.append(f"{PAGE}: log type {log_type} is not named")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true",
                        help="print the messages of the sources, and check nothing")
    if parser.parse_args().list:
        for message in messages()[0]:
            print(f"{message.level:8} {message.shown()}")
        return 0
    wrong = check()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
