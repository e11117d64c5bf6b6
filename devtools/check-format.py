#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
Compare C files with what clang-format makes of them, one line for each difference that matters.

What matters: blanks between tokens, indentation of statements, the place of braces, one statement
a line, and the line of its own for a function's return type. Columns of values and comments, and
where a long statement breaks, are left to whoever writes it: clang-format 14 has no way to leave
them alone.
"""

import argparse
import re
import shutil
import subprocess
import sys

CHUNK = re.compile(r"(\s*)(\S)")
LINE_CONTINUATION = re.compile(r"\\(?=\n)")
OPEN_MEMBERS = re.compile(r"\b(struct|union)\b[^;{}]*\{[^}]*$")
TAB = 8


def gaps(text):
    """Yield (whitespace before, character, line number) for each visible character."""
    line = 1
    for match in CHUNK.finditer(LINE_CONTINUATION.sub(" ", text)):
        line += match.group(1).count("\n")
        yield match.group(1), match.group(2), line


def kind(white):
    """What whitespace is: nothing, a blank, or a new line."""
    if "\n" in white:
        return "line"
    return "blank" if white else "none"


def indent(white):
    """Column at which a line starts."""
    return len(white[white.rindex("\n") + 1:].expandtabs(TAB))


class Reader:
    """Knows, while a file is read character by character, what kind of text it is in."""

    def __init__(self):
        self.text = ""
        self.comment = False
        self.brackets = 0

    def add(self, white, char):
        """Take one more character with the whitespace before it."""
        if "\n" in white and indent(white) == 0:
            self.brackets = 0
        if not self.comment:
            self.brackets = max(0, self.brackets + (char == "(") - (char == ")"))
        self.text = (self.text + ("\n" if "\n" in white else " " if white else "") + char)[-200:]
        if not self.comment and self.text.endswith("/*"):
            self.comment = True
        elif self.comment and self.text.endswith("*/"):
            self.comment = False

    def one_line_members(self):
        """Whether a struct with its members on one line is open."""
        return OPEN_MEMBERS.search(self.text.rpartition("\n")[2]) is not None

    def in_directive(self):
        """Whether the line is one for the preprocessor."""
        return self.text.rpartition("\n")[2].startswith("#")

    def last(self):
        """The visible character before."""
        return self.text.rstrip()[-1:]


def following_word(chars, index):
    """The word that starts at a character."""
    word = chars[index][1]
    for white, char, _ in chars[index + 1:index + 8]:
        if white or not char.isalpha():
            break
        word += char
    return word


def difference(have, want, reader, index):
    """What is wrong between two characters, or None."""
    (have_white, char, _), (want_white, _, _) = have[index], want[index]
    have_kind, want_kind = kind(have_white), kind(want_white)
    last = reader.last()
    if reader.comment or "#" in (last, char):
        return None
    if have_kind == want_kind == "line":
        starts_statement = last in ";{}" or reader.text.endswith("*/") or last == ":"
        if starts_statement and indent(have_white) != indent(want_white):
            if last in ":{" and char not in "}" and ":" in reader.text[-30:]:
                return None
            return f"indented by {indent(have_white)}, not {indent(want_white)} columns"
        return None
    if "line" not in (have_kind, want_kind):
        if have_kind == want_kind:
            return None
        # clang-format takes (a) & b and (a) * b in a macro for casts, some casts for products,
        # and the cases of _Generic for bit fields
        if have_kind == "blank" and last in "&*-+":
            return None
        if last == ")" and char in "&*-+~!\"" or char == ":":
            return None
        blank = "no blank" if want_kind == "none" else "a blank"
        return f"{blank} expected between '{last}' and '{char}'"
    if reader.in_directive():
        return None
    if char == "{" and last in ")" or (char == "{" and reader.text.endswith(("else", "do"))):
        return "'{' belongs on " + ("a line of its own" if want_kind == "line" else "this line")
    if last == "}" and following_word(have, index) in ("else", "while"):
        return "'}' and what follows belong on one line"
    if last == ";" and want_kind == "line":
        if reader.brackets > 0 or reader.one_line_members():
            return None
        return "one statement a line"
    if want_kind == "line" and indent(want_white) == 0 and last not in ",":
        return "the return type belongs on a line of its own"
    return None


def check(path):
    """Print the differences of one file; return how many there are."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    run = subprocess.run(["clang-format", "--style=file", path], check=True,
                         stdout=subprocess.PIPE, encoding="utf-8")
    have, want = list(gaps(text)), list(gaps(run.stdout))
    if [char for _, char, _ in have] != [char for _, char, _ in want]:
        print(f"{path}:1: clang-format changes more than blanks")
        return 1
    found = 0
    disabled = False
    reader = Reader()
    reported = 0
    for index, (white, char, line) in enumerate(have):
        problem = None if disabled or index == 0 else difference(have, want, reader, index)
        if problem and line != reported:
            print(f"{path}:{line}: {problem}")
            reported = line
            found += 1
        reader.add(white, char)
        if reader.text.endswith("clang-format off"):
            disabled = True
        elif reader.text.endswith("clang-format on"):
            disabled = False
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="*", help="C file")
    files = parser.parse_args().file
    if shutil.which("clang-format") is None:
        sys.exit("check-format.py: clang-format is missing; devtools/setup.sh --ci installs it")
    sys.exit(1 if sum(check(path) for path in files) else 0)


if __name__ == "__main__":
    main()
