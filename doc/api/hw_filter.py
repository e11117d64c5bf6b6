#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Input filter of Doxygen for refdma_hw.h: give each symbol its meaning from the specification.

The header repeats the numbers of the specification and nothing else, so what a symbol means is
said in one place, the tables of refdma_spec.rst. Lines keep their numbers.
"""

import importlib.util
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read_tables():
    path = os.path.join(ROOT, 'devtools', 'check-spec.py')
    spec = importlib.util.spec_from_file_location('check_spec', path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module.read_tables(module.SPEC)


def meanings(tables):
    """Text for each symbol and field, with its width and access where it is a register."""
    texts = {}
    for table in tables:
        for _, row in table.rows:
            name = row.get('Symbol') or row.get('Field')
            if not name:
                continue
            text = row['Meaning'] or 'Reserved.'
            if row.get('Access'):
                text += f' ({row["Width"]} bits, {row["Access"]})'
            if row.get('For'):
                text += f' (for {row["For"]})'
            texts[name] = re.sub(r'([<>#@\\])', r'\\\1', text)
    return texts


def document(lines, texts):
    struct = None
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ''
        if following.startswith('struct ') and line.startswith('/* '):
            line = '/**' + line[2:]
        opened = re.match(r'struct (\w+) \{', line)
        if opened:
            struct = opened.group(1)
        elif line.startswith('}'):
            struct = None
        match = (re.match(r'#define\s+(REFDMA_\w+)\s+\S', line)
                 or re.match(r'\t(REFDMA_\w+) = ', line))
        field = re.match(r'(\t[^;]*?(\w+)(?:\[[^]]*\])?;)', line) if struct else None
        if field:
            text = texts.get(f'struct {struct}.{field.group(2)}')
            line = f'{field.group(1)} /**< {text} */' if text else line
        elif match and match.group(1) in texts:
            line = f'{line} /**< {texts[match.group(1)]} */'
        yield line


def without_assertions(text):
    """Doxygen takes _Static_assert for a function."""
    return re.sub(r'_Static_assert\(.*?\);', lambda m: '\n' * m.group(0).count('\n'), text,
                  flags=re.DOTALL)


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        lines = without_assertions(file.read()).split('\n')
    sys.stdout.write('\n'.join(document(lines, meanings(read_tables()))))


if __name__ == '__main__':
    main()
