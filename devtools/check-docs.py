#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""
usage: devtools/check-docs.py [BUILD-DIR]

Check what README.md and the guides tell a reader to type, with the programs of BUILD-DIR (build):
that scripts, programs and files exist, that each option is one of the command's --help, that the
arguments of dpdk-test-dmaengine, refdma-device and --vdev are accepted, that options of meson and
names of suites are real. And that every script of devtools has a --help and refuses an option that
it does not know with exit status 2. Prints TAP.

  --help  print this text
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGES = ["README.md"] + sorted(glob.glob("doc/guides/**/*.rst", recursive=True, root_dir=ROOT))
SECONDS = 120
TOOL = "dpdk-test-dmaengine"
# where the programs are that an installation has in its bin directory
PROGRAMS = {
    TOOL: "app/dpdk-test-dmaengine",
    "refdma-device": "app/bin/refdma-device",
    "refdma-test": "app/refdma-test",
    "dmaengine-top": "devtools/dmaengine-top.py",
}
OPTION = re.compile(r"--[a-z][a-z0-9-]*")
# Options of others that the text names: EAL, meson, numactl, git.
FOREIGN = {
    "--base-virtaddr", "--cpunodebind", "--file-prefix", "--force-max-simd-bitwidth",
    "--in-memory", "--iova-mode", "--log-level", "--membind", "--no-huge", "--no-pci",
    "--no-telemetry", "--prefix", "--trace", "--trace-bufsz", "--trace-dir", "--trace-mode",
    "--vdev",
}
BUILTIN = {"prefix", "libdir", "werror", "buildtype", "optimization", "default_library"}


class Line:
    """A command of a page, as words; shell operators end it."""

    def __init__(self, page, number, words):
        self.where = f"{page}:{number}"
        self.words = words

    def __str__(self):
        return f"{self.where}: {' '.join(self.words)}"


def read(path):
    """A file of the repository."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def blocks(page):
    """The indented or fenced lines of a page that may be commands: number of the line, text."""
    fenced = False
    text = []
    for number, line in enumerate(read(page).splitlines(), 1):
        if page.endswith(".md"):
            if line.startswith("```"):
                fenced = not fenced
            elif fenced:
                text.append((number, line.strip()))
        elif line[:1] in (" ", "\t"):
            text.append((number, line.strip()))
    return text


def commands(page):
    """The commands of a page."""
    found = []
    text = blocks(page)
    while text:
        number, line = text.pop(0)
        while line.endswith("\\") and text:
            line = line[:-1] + " " + text.pop(0)[1]
        line = re.sub(r"^\$ ", "", line)
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
        except ValueError:
            continue
        part = []
        for word in words + [";"]:
            if word and set(word) <= set(";&|<>()"):
                if part:
                    found.append(Line(page, number, part))
                part = []
            else:
                part.append(word)
    return found


def program_of(line):
    """What a command runs, as a path of the repository or of the build; and its arguments."""
    for index, word in enumerate(line.words):
        word = re.sub(r"^\./", "", word)
        if word.startswith(("devtools/", ".ci/")):
            return word, line.words[index + 1:]
        name = os.path.basename(word)
        if name in PROGRAMS and (name == word or word.startswith("build")):
            return PROGRAMS[name], line.words[index + 1:]
        if index == 0 and name == "meson":
            return "meson", line.words[1:]
    return None, []


def run(*command, cwd=ROOT):
    """Exit status and output."""
    result = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
    return result.returncode, result.stdout


class Checker:
    """What is known of the programs, and the cases."""

    def __init__(self, build):
        self.build = build
        self.helps = {}

    def path(self, program):
        """The file of a program."""
        return program if program.startswith(("devtools/", ".ci/")) else f"{self.build}/{program}"

    def help(self, program):
        """The text of --help."""
        if program not in self.helps:
            self.helps[program] = run(self.path(program), "--help")[1]
        return self.helps[program]

    def lines(self, *programs):
        """The commands of all pages that run one of these programs; its arguments."""
        for page in PAGES:
            for line in commands(page):
                program, args = program_of(line)
                if program is not None and (not programs or program in programs):
                    yield line, program, args

    def files_exist(self):
        """Directories and files that the text names."""
        wrong = []
        # as code, or as a link of Markdown
        name = re.compile(r"(?:`|\]\()(\.?(?:app|lib|drivers|devtools|examples|doc|\.ci)/[\w./*-]*)"
                          r"[`)]")
        for page in PAGES:
            for number, line in enumerate(read(page).splitlines(), 1):
                for path in name.findall(line):
                    path = re.sub(r"\b[A-Z]+\b", "*", path)
                    # of an example's directory the build has the program, and so on
                    places = [path, os.path.join("build", path)]
                    if not any(glob.glob(place, root_dir=ROOT) for place in places):
                        wrong.append(f"{page}:{number}: there is no {path}")
        return wrong

    def scripts_exist(self):
        """Scripts that are called."""
        return [f"{line}: there is no {program}" for line, program, _ in self.lines()
                if program != "meson" and not os.access(
                    os.path.join(ROOT, self.path(program)), os.X_OK)]

    def options_exist(self):
        """Options of commands are in the help of what is called."""
        wrong = []
        for line, program, args in self.lines():
            if program == "meson":
                continue
            if program == PROGRAMS[TOOL] and "--" in args:
                args = args[args.index("--") + 1:]
            known = set(OPTION.findall(self.help(program)))
            for arg in args:
                match = OPTION.match(arg)
                if match and match.group() not in known:
                    wrong.append(f"{line}: {match.group()} is not in its --help")
        return wrong

    def options_in_text_exist(self):
        """Options that the text names belong to one of our programs, or to a known other."""
        known = set(FOREIGN)
        for program in list(PROGRAMS.values()) + scripts():
            known |= set(OPTION.findall(self.help(program)))
        wrong = []
        for page in PAGES:
            for number, line in enumerate(read(page).splitlines(), 1):
                for literal in re.findall(r"``(--[a-z][^`]*)``", line):
                    option = OPTION.match(literal).group()
                    if option not in known:
                        wrong.append(f"{page}:{number}: nothing has an option {option}")
        return wrong

    def tool_arguments(self):
        """dpdk-test-dmaengine comes as far as to look for a device that is not there."""
        wrong = []
        for line, program, args in self.lines(PROGRAMS[TOOL]):
            if "--" in args:
                args = args[args.index("--") + 1:]
            # a server or a card would be needed; engine-cost takes no device
            if not args or args[0].startswith("-") or args[0].isupper() or "..." in args:
                continue
            args = [re.sub(r",socket=[^,]*", "", arg) for arg in args]
            if args[0] == "engine-cost":
                continue
            with tempfile.TemporaryDirectory() as scratch:    # for --json and the like
                status, output = run(self.path(program), *args, "--dev", "no_such_device",
                                     cwd=scratch)
            if status != 3:
                wrong.append(f"{line}: exit status {status}: {output[:400]}")
        return wrong

    def device_arguments(self):
        """refdma-device takes all before an option that is wrong."""
        wrong = []
        for line, program, args in self.lines(PROGRAMS["refdma-device"]):
            status, output = run(self.path(program), *args, "--no-such-option")
            if status != 2 or "no-such-option" not in output:
                wrong.append(f"{line}: exit status {status}: {output[:400]}")
        return wrong

    def vdev_arguments(self):
        """The driver takes the arguments of --vdev."""
        wrong = []
        for page in PAGES:
            for argument in sorted(set(re.findall(r"--vdev=(dma_refdma\d+[\w,=/:]*)", read(page)))):
                if "socket=" in argument or "engine=service" in argument:
                    continue
                status, output = run(self.path(PROGRAMS[TOOL]), "list", "--dev", argument)
                if status != 0:
                    wrong.append(f"{page}: --vdev={argument}: {output[:400]}")
        return wrong

    def meson_options(self):
        """-D options of meson are the project's or built in."""
        known = BUILTIN | set(re.findall(r"^option\('(\w+)'", read("meson_options.txt"), re.M))
        wrong = []
        for page in PAGES:
            for number, line in enumerate(read(page).splitlines(), 1):
                for option in re.findall(r"(?<![\w-])-D(\w+)=", line):
                    foreign = option == "enable_driver_sdk" or option.isupper()
                    if option not in known and not option.startswith("b_") and not foreign:
                        wrong.append(f"{page}:{number}: no option -D{option}")
        return wrong

    def suites_exist(self):
        """Suites that are named by a command."""
        status, suites = run(self.path(PROGRAMS["refdma-test"]), "--list")
        if status != 0:
            return [suites]
        wrong = []
        for line, _, args in self.lines(PROGRAMS["refdma-test"]):
            name = args[args.index("--suite") + 1] if "--suite" in args[:-1] else ""
            if name and name not in suites.split():
                wrong.append(f"{line}: there is no suite {name}")
        return wrong

    def scripts_have_help(self):
        """Each script explains itself, and says so with the right exit status."""
        wrong = []
        for script in scripts():
            status, output = run(script, "--help")
            if status != 0 or "usage" not in output.lower():
                wrong.append(f"{script} --help: exit status {status}, or no usage")
                continue
            if script == "devtools/quickstart.sh":
                continue    # its options are those of the program that it builds
            status, output = run(script, "--no-such-option")
            if status != 2 or "usage" not in output.lower():
                wrong.append(f"{script} --no-such-option: exit status {status} and not 2, "
                             "or no usage")
        return wrong


def scripts():
    """The scripts that can be called; those that others source or import are not executable."""
    found = [".ci/run"]
    for pattern in ("devtools/*.sh", "devtools/*.py", "devtools/vm/*.sh", "devtools/vm/*.py"):
        found += sorted(glob.glob(pattern, root_dir=ROOT))
    return [script for script in found if os.access(os.path.join(ROOT, script), os.X_OK)]


def main():
    args = sys.argv[1:]
    if args in (["--help"], ["-h"]):
        print(__doc__.strip())
        return 0
    if len(args) > 1 or args and args[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    checker = Checker(os.path.abspath(args[0] if args else os.path.join(ROOT, "build")))
    cases = (
        ("files and directories that the text names exist", checker.files_exist),
        ("what is called exists", checker.scripts_exist),
        ("options are in the --help of what is called", checker.options_exist),
        ("options that the text names exist", checker.options_in_text_exist),
        ("dpdk-test-dmaengine accepts its arguments", checker.tool_arguments),
        ("refdma-device accepts its arguments", checker.device_arguments),
        ("the driver accepts the arguments of --vdev", checker.vdev_arguments),
        ("options of meson exist", checker.meson_options),
        ("suites that are called exist", checker.suites_exist),
        ("scripts have --help, and refuse what they do not know", checker.scripts_have_help),
    )
    failed = 0
    for number, (name, case) in enumerate(cases, 1):
        try:
            wrong = case()
        except (OSError, subprocess.SubprocessError) as error:
            wrong = [str(error)]
        for line in wrong:
            print("# " + line.replace("\n", "\n# "))
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}", flush=True)
    print(f"1..{len(cases)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
