#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Compare the tables of the controller's specification with its C header.

Every symbol of a table must be in the header with the same value, offset and width, and every
define, enumerator and structure field of the header must be in a table. The compiler says what
the header means; this script only reads names. Output is TAP.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPEC = os.path.join(ROOT, 'doc', 'guides', 'refdma_spec.rst')
HEADER = os.path.join(ROOT, 'drivers', 'dma', 'refdma', 'refdma_hw.h')

VALUES = ['Symbol', 'Value', 'Meaning']
FLAGS = ['Symbol', 'Value', 'For', 'Meaning']
REGISTERS = ['Symbol', 'Offset', 'Width', 'Access', 'Reset', 'Meaning']
FIELDS = ['Field', 'Offset', 'Width', 'Meaning']
LIMITS = ['Limit', 'Default']	# prose of section 13: nothing of it is in the header

NUMBER = re.compile(r'(0x[0-9a-f]+|0|[1-9][0-9]*)$')
SYMBOL = re.compile(r'REFDMA_[A-Z0-9_]+$')
FIELD = re.compile(r'struct (refdma_\w+)\.(\w+)$')
# "STATUS [23:16]: ..." or "INJ_CTRL [4]"; the text before a value's first colon or end
BITS = re.compile(r'[A-Z_]+ \[(\d+)(?::(\d+))?\](?::|$)')


class Broken(Exception):
    """The input cannot be read at all."""


class Table:
    """One csv-table: where it is, its columns and its rows without quotes and backquotes."""

    def __init__(self, section, title, line):
        self.section = section
        self.title = title
        self.line = line
        self.columns = []
        self.rows = []	# (line, {column: text})

    def name(self):
        first = next((row for _, row in self.rows), {})
        key = self.title or first.get(self.columns[0] if self.columns else '', '')
        return f'{self.section}: {key}'


def cells(text):
    return [cell.replace('``', '').strip()
            for cell in next(csv.reader([text], skipinitialspace=True))]


def indent(line):
    return len(line) - len(line.lstrip())


def read_tables(path):
    """Return the tables of the document in order."""
    try:
        with open(path, encoding='utf-8') as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise Broken(str(error)) from error

    tables = []
    section = 'top'
    table = None
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ''
        if line and re.match(r'([=~^-])\1+$', following) and len(following) >= len(line):
            section = line
        start = re.match(r'\.\. csv-table::\s*(.*)$', line)
        if start:
            table = Table(section, start.group(1), number)
            tables.append(table)
        elif table is not None and line.strip():
            if indent(line) == 0:
                table = None
            elif line.strip().startswith(':header:'):
                table.columns = cells(line.strip()[len(':header:'):].strip())
            elif not line.strip().startswith(':'):
                row = cells(line.strip())
                if len(row) != len(table.columns):
                    raise Broken(f'{path}:{number}: {len(row)} cells under '
                                 f'{len(table.columns)} headings')
                table.rows.append((number, dict(zip(table.columns, row))))
    if not tables:
        raise Broken(f'{path}: no csv-table found')
    return tables


def run(command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Broken(f'{" ".join(command)} failed:\n{result.stderr}')
    return result.stdout


class Header:
    """Names that the header defines, and what the compiler makes of them."""

    def __init__(self, path, compiler):
        self.path = os.path.abspath(path)
        self.compiler = compiler
        if not os.path.isfile(path):
            raise Broken(f'{path}: no such file')
        with open(path, encoding='utf-8') as file:
            source = file.read()
        guard = re.search(r'^#ifndef\s+(\w+)', source, re.MULTILINE)
        self.guard = guard.group(1) if guard else ''
        self.defines = self.read_defines(source)
        text = run([*compiler, '-E', '-P', self.path])
        self.enums = self.read_enums(text)
        self.fields = self.read_fields(text)
        self.values = {}	# symbol -> value
        self.layout = {}	# (struct, field) -> (offset, bits)
        self.sizes = {}		# struct -> bits
        self.measure()

    def read_defines(self, source):
        """Macros without arguments that are in force and that this file names."""
        macros = run([*self.compiler, '-E', '-dM', self.path])
        ours = set(re.findall(r'^\s*#\s*define\s+(\w+)', source, re.MULTILINE)) - {self.guard}
        return sorted(name for name in re.findall(r'^#define (\w+) \S', macros, re.MULTILINE)
                      if name in ours)

    @staticmethod
    def read_enums(text):
        enums = {}
        for name, body in re.findall(r'\benum\s+(\w+)\s*\{([^}]*)\}', text):
            enums[name] = re.findall(r'(?:^|,)\s*(\w+)', body)
        return enums

    @staticmethod
    def read_fields(text):
        structs = {}
        for name, body in re.findall(r'\bstruct\s+(\w+)\s*\{([^}]*)\}\s*;', text):
            declarations = [part.strip() for part in body.split(';') if part.strip()]
            structs[name] = [re.match(r'.*?(\w+)\s*(?:\[[^]]*\]\s*)*$', part, re.DOTALL).group(1)
                             for part in declarations]
        return structs

    def symbols(self):
        return self.defines + [name for names in self.enums.values() for name in names]

    def measure(self):
        """Compile and run a program that prints each value, offset and size."""
        program = ['#include <stddef.h>', '#include <stdio.h>', f'#include "{self.path}"',
                   'int main(void)', '{', '\tunsigned long long n;']
        for symbol in self.symbols():
            program += [f'\tn = (unsigned long long)({symbol});',
                        f'\tprintf("value {symbol} %llu\\n", n);']
        for struct, fields in self.fields.items():
            program.append(f'\tprintf("size {struct} %zu\\n", sizeof(struct {struct}) * 8);')
            for field in fields:
                program.append(
                    f'\tprintf("field {struct} {field} %zu %zu\\n", '
                    f'offsetof(struct {struct}, {field}), '
                    f'sizeof(((struct {struct} *)0)->{field}) * 8);')
        program += ['\treturn 0;', '}', '']
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, 'values.c')
            binary = os.path.join(directory, 'values')
            with open(source, 'w', encoding='utf-8') as file:
                file.write('\n'.join(program))
            run([*self.compiler, '-std=c11', '-Wall', '-Werror', '-o', binary, source])
            output = run([binary])
        for line in output.splitlines():
            kind, *rest = line.split()
            if kind == 'value':
                self.values[rest[0]] = int(rest[1])
            elif kind == 'size':
                self.sizes[rest[0]] = int(rest[1])
            else:
                self.layout[(rest[0], rest[1])] = (int(rest[2]), int(rest[3]))


class Report:
    """TAP: one line for each check, with what is wrong below it."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, name, problems, note=''):
        self.count += 1
        self.failed += bool(problems)
        print(f'{"not ok" if problems else "ok"} {self.count} - {name}'
              + (f' ({note})' if note else ''))
        for problem in problems:
            print(f'# {problem}')

    def finish(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def number(text):
    return int(text, 0) if NUMBER.match(text) else None


def bits_of_meaning(symbol, value, meaning):
    """Where the meaning starts with a register's bits, the value must be those bits."""
    match = BITS.match(meaning)
    if not match:
        return None
    high = int(match.group(1))
    low = int(match.group(2) or high)
    if symbol.endswith('_SHIFT'):
        right = low
    elif symbol.endswith('_MASK'):
        right = ((1 << (high - low + 1)) - 1) << low
    else:
        right = 1 << low
        if high != low:
            return f'{symbol}: a single bit, but the meaning says [{high}:{low}]'
    if value != right:
        return f'{symbol}: value {value:#x}, but the meaning says {match.group(0)!r}'
    return None


def check_symbol(header, text, value_text):
    """Compare one symbol with the header. Return (value, problem)."""
    if not SYMBOL.match(text):
        return None, f'{text!r} is not a REFDMA_ symbol'
    value = number(value_text)
    if value is None:
        return None, f'{text}: {value_text!r} is not a number'
    if text not in header.values:
        return value, f'{text} is not in the header'
    if header.values[text] != value:
        return value, (f'{text} is {value_text} in the document and '
                       f'{header.values[text]:#x} in the header')
    return value, None


def check_values(table, header):
    problems = []
    for line, row in table.rows:
        value, problem = check_symbol(header, row['Symbol'], row['Value'])
        if problem is None:
            problem = bits_of_meaning(row['Symbol'], value, row['Meaning'])
        if problem is None and not row['Meaning']:
            problem = f'{row["Symbol"]} has no meaning'
        if problem:
            problems.append(f'line {line}: {problem}')
    return problems


def check_flags(table, header):
    """Flags are single bits that do not overlap; the reserved ones are all others."""
    problems = check_values(table, header)
    operations = {name[len('REFDMA_OP_'):] for name in header.values
                  if name.startswith('REFDMA_OP_')}
    used = 0
    for line, row in table.rows:
        value = number(row['Value']) or 0
        if used & value:
            problems.append(f'line {line}: {row["Symbol"]} overlaps another flag')
        used |= value
        if row['Symbol'].endswith('_RESERVED'):
            continue
        if value == 0 or value & (value - 1):
            problems.append(f'line {line}: {row["Symbol"]} is not a single bit')
        words = [word for word in re.split(r'[ ,]+', row['For'])
                 if word not in ('all', 'port', 'but', 'and')]
        unknown = set(words) - operations
        if unknown or not row['For']:
            problems.append(f'line {line}: {row["Symbol"]} is for unknown operations: '
                            f'{row["For"]!r}')
    if used != 0xffff:
        problems.append(f'flags and reserved bits together are {used:#x}, not 0xffff')
    return problems


def is_block(row):
    """A row that says where blocks of registers are, not a register."""
    return (row['Symbol'].endswith(('_BASE', '_STRIDE'))
            and not row['Width'] and not row['Access'] and not row['Reset'])


def check_access(row, offset):
    symbol, width, access, reset = (row[name] for name in ('Symbol', 'Width', 'Access', 'Reset'))

    if width not in ('32', '64'):
        return f'{symbol}: width {width!r} is neither 32 nor 64'
    if offset % (int(width) // 8) != 0:
        return f'{symbol}: offset {offset:#x} is not aligned to {width} bits'
    if access not in ('RO', 'RW', 'WO'):
        return f'{symbol}: access {access!r} is none of RO, RW and WO'
    if access == 'WO':
        return f'{symbol}: a write-only register has a reset value' if reset else None
    if reset != 'implementation' and number(reset) is None:
        return f'{symbol}: reset value {reset!r} is neither a number nor "implementation"'
    if reset != 'implementation' and number(reset) >= 1 << int(width):
        return f'{symbol}: reset value {reset} does not fit into {width} bits'
    return None


def check_registers(table, header):
    problems = []
    end = 0
    for line, row in table.rows:
        offset, problem = check_symbol(header, row['Symbol'], row['Offset'])
        if problem is None and not is_block(row):
            problem = check_access(row, offset)
            # MAGIC and VERSION: the value is a symbol of its own
            twin = row['Symbol'].replace('REFDMA_REG_', 'REFDMA_')
            if (problem is None and twin != row['Symbol'] and twin in header.values
                    and number(row['Reset']) != header.values[twin]):
                problem = f'{row["Symbol"]}: reset value is not {twin}'
            if problem is None and offset < end:
                problem = f'{row["Symbol"]} begins inside the register before it'
            if problem is None:
                end = offset + int(row['Width']) // 8
        if problem is None and not row['Meaning']:
            problem = f'{row["Symbol"]} has no meaning'
        if problem:
            problems.append(f'line {line}: {problem}')
    return problems


def check_fields(table, header):
    """Offsets and widths as the compiler has them, and no byte of a structure left out."""
    problems = []
    ends = {}
    for line, row in table.rows:
        match = FIELD.match(row['Field'])
        offset, width = number(row['Offset']), number(row['Width'])
        problem = None
        if not match:
            problem = f'{row["Field"]!r} is not "struct refdma_NAME.FIELD"'
        elif offset is None or width is None or width % 8 != 0 or width == 0:
            problem = f'{row["Field"]}: offset and width must be numbers, the width whole bytes'
        elif match.groups() not in header.layout:
            problem = f'{row["Field"]} is not in the header'
        elif header.layout[match.groups()] != (offset, width):
            problem = ('{} is at {} with {} bits in the document and at {} with {} bits in the '
                       'header').format(row['Field'], offset, width,
                                        *header.layout[match.groups()])
        elif offset != ends.get(match.group(1), 0):
            problem = f'{row["Field"]} does not begin where the field before it ends'
        elif not row['Meaning'] and not match.group(2).startswith('reserved'):
            problem = f'{row["Field"]} has no meaning'
        else:
            ends[match.group(1)] = offset + width // 8
        if problem:
            problems.append(f'line {line}: {problem}')
    for struct, end in ends.items():
        if not problems and end * 8 != header.sizes[struct]:
            problems.append(f'struct {struct} has {header.sizes[struct] // 8} bytes, '
                            f'the table describes {end}')
    return problems


def documented(tables):
    """Symbols and fields of all tables, in order, as (line, name)."""
    for table in tables:
        for line, row in table.rows:
            key = row.get('Symbol') or row.get('Field')
            if key:
                yield line, key


def check_once(tables):
    problems, seen = [], {}
    for line, name in documented(tables):
        if name in seen:
            problems.append(f'line {line}: {name} is in line {seen[name]} already')
        seen.setdefault(name, line)
    return problems


def check_reverse(names, tables):
    have = {name for _, name in documented(tables)}
    return [f'{name} is in no table of the document' for name in names if name not in have]


def check_enumerators(header):
    problems = []
    for enum, names in header.enums.items():
        values = [header.values[name] for name in names]
        for name, value in zip(names, values):
            if values.count(value) > 1:
                problems.append(f'enum {enum}: {name} shares the value {value}')
    return problems


def check_map(tables, header):
    """Blocks of registers fit into each other, for as many as the architecture allows."""
    ends = {}
    for table in tables:
        if table.columns != REGISTERS:
            continue
        for _, row in table.rows:
            if not is_block(row) and (row['Width'] or '0').isdigit():
                prefix = re.match(r'REFDMA_[A-Z]+_', row['Symbol']).group(0)
                end = (number(row['Offset']) or 0) + int(row['Width'] or '0') // 8
                ends[prefix] = max(ends.get(prefix, 0), end)
    v = header.values
    rules = [
        ('function registers', ends['REFDMA_REG_'], v['REFDMA_CHANNEL_BASE']),
        ('channel registers', ends['REFDMA_CH_'], v['REFDMA_QUEUE_BASE']),
        ('queue registers', ends['REFDMA_Q_'], v['REFDMA_QUEUE_STRIDE']),
        ('port registers', ends['REFDMA_P_'], v['REFDMA_PORT_REG_STRIDE']),
        ('queue blocks',
         v['REFDMA_QUEUE_BASE'] + v['REFDMA_MAX_QUEUES'] * v['REFDMA_QUEUE_STRIDE'],
         v['REFDMA_CHANNEL_STRIDE']),
        ('channel blocks',
         v['REFDMA_CHANNEL_BASE'] + v['REFDMA_MAX_CHANNELS'] * v['REFDMA_CHANNEL_STRIDE'],
         v['REFDMA_PORT_REG_BASE']),
        ('port blocks',
         v['REFDMA_PORT_REG_BASE'] + v['REFDMA_MAX_PORTS'] * v['REFDMA_PORT_REG_STRIDE'],
         v['REFDMA_BAR_REGS_SIZE']),
        ('doorbells', v['REFDMA_MAX_QUEUES'] * v['REFDMA_DOORBELL_STRIDE'],
         v['REFDMA_DOORBELL_PAGE_SIZE']),
    ]
    return [f'{what} end at {end:#x}, beyond {limit:#x}' for what, end, limit in rules
            if end > limit]


CHECKS = [(VALUES, check_values), (FLAGS, check_flags), (REGISTERS, check_registers),
          (FIELDS, check_fields)]


def check(tables, header):
    report = Report()
    print('# spec_header: tables of the specification against the header')
    for table in tables:
        checker = next((f for columns, f in CHECKS if columns == table.columns), None)
        if table.columns == LIMITS:
            print(f'# {table.section}: no symbols to compare')
        elif checker is None:
            report.result(table.name(), [f'line {table.line}: unknown columns {table.columns}'])
        elif not table.rows:
            report.result(table.name(), [f'line {table.line}: the table is empty'])
        else:
            report.result(table.name(), checker(table, header), f'{len(table.rows)} rows')
    report.result('each name is in one table only', check_once(tables))
    report.result('defines of the header are in the document',
                  check_reverse(header.defines, tables), f'{len(header.defines)} defines')
    enumerators = [name for names in header.enums.values() for name in names]
    report.result('enumerators of the header are in the document',
                  check_reverse(enumerators, tables), f'{len(enumerators)} enumerators')
    fields = [f'struct {struct}.{field}' for struct, field in header.layout]
    report.result('structure fields of the header are in the document',
                  check_reverse(fields, tables), f'{len(fields)} fields')
    report.result('enumerators have values of their own', check_enumerators(header))
    try:
        report.result('blocks of registers fit', check_map(tables, header))
    except KeyError as missing:
        report.result('blocks of registers fit', [f'{missing} is missing'])
    return report.finish()


def find_compiler():
    if os.environ.get('CC'):
        return os.environ['CC'].split()
    for name in ('cc', 'gcc', 'clang'):
        if shutil.which(name):
            return [name]
    raise Broken('no C compiler: cc, gcc and clang are missing, and CC is not set')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--spec', default=SPEC, help='the specification (RST)')
    parser.add_argument('--header', default=HEADER, help='the header (C)')
    args = parser.parse_args()
    try:
        return check(read_tables(args.spec), Header(args.header, find_compiler()))
    except Broken as error:
        print('Bail out! ' + str(error).replace('\n', '\n# '))
        return 2


if __name__ == '__main__':
    sys.exit(main())
