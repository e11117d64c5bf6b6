#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Every behaviour of the contract has a test, and the table in the guides says which.

Reads the cases and the combinations of app/test/test_engine_*.c. Prints TAP; --write writes the
table anew first.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / 'app' / 'test'
TABLE = ROOT / 'doc' / 'guides' / 'contract_table.rst'

# The behaviours, each in a few words.
GROUPS = [
    ('Cookies and status', {
        1: 'cookies are positive and increase',
        2: 'after INT_MAX comes a positive cookie',
        3: 'is_complete is right at the wrap',
        4: 'submitted but not issued: nothing happens',
        5: 'a completed cookie completes all before it',
        6: 'last is not after used; either may be left out',
        7: 'tx_status without a state',
        8: 'submit_error tells cookies from errors',
        9: 'sync_wait issues by itself and gives up after 5 s',
        10: 'out of order is said where it is so',
    }),
    ('Order and submission', {
        11: 'data and callbacks in the order of submission',
        12: 'what comes after an issue waits for the next',
        13: 'issue on an empty or running queue is harmless',
        14: 'threads may submit at once',
        15: 'prepared but not submitted never runs',
        16: 'unsupported, no channel, full pool: NULL',
    }),
    ('Callbacks', {
        17: 'one a descriptor, after its data, with its parameter',
        18: 'with both set only callback_result',
        19: 'result and residue of success and failure',
        20: 'may prepare, submit and issue',
        21: 'may terminate its channel',
        22: 'never inside submit or issue',
        23: 'no lock of the library is held',
        24: 'its own cookie is complete',
        25: 'without callback and interrupt polling sees it',
    }),
    ('Cyclic', {
        26: 'repeats until terminated',
        27: 'callbacks and coalesced periods add up',
        28: 'residue falls within a lap and starts again',
        29: 'no interrupt flag, or period 0',
        30: 'no callback after terminate_sync',
    }),
    ('Terminate and synchronize', {
        31: 'buffers may be freed after terminate_sync',
        32: 'incomplete descriptors get no callback',
        33: 'terminate_async does not wait, synchronize does',
        34: 'the channel is usable afterwards',
        35: 'idle, and twice: 0',
        36: 'where unsupported it is refused',
        37: 'release synchronizes',
    }),
    ('Pause and resume', {
        38: 'paused is said, and the residue stays',
        39: 'nothing is lost or doubled',
        40: 'unsupported is -ENOSYS, and the caps agree',
        41: 'terminate while paused',
    }),
    ('Metadata', {
        42: 'the modes do not mix',
        43: 'unsupported or NULL is refused',
        44: 'client mode: there before the callback',
        45: 'engine mode: in the callback, and to the far side',
    }),
    ('Configuration and channels', {
        46: 'slave_config affects later preps',
        47: 'garbage in unused fields is accepted',
        48: 'maxburst counts words',
        49: 'a held channel cannot be requested',
        50: 'the filter sees no busy channel',
        51: 'caps of NULL and of no slave',
    }),
    ('Reuse', {
        52: 'a completed descriptor can be submitted again',
        53: 'desc_free needs reuse',
        54: 'clear_reuse and a last submit free it',
    }),
    ('Interleaved', {
        55: 'chunks land exactly, gaps stay untouched',
        56: 'gaps of each side',
        57: 'repeat repeats, or is refused',
        58: 'LOAD_EOT replaces at the end of a lap',
    }),
    ('Residue', {
        59: 'as fine as the caps say',
        60: 'of the cookie asked for',
    }),
    ('Lifetime', {
        61: 'release waits for the running callback',
        62: 'a dead device ends everything as errors',
        63: 'without tasklet: -ETIMEDOUT, and no hang',
    }),
    ('Beyond', {
        64: 'resume without pause, pause twice',
        65: 'what is issued before synchronize goes on',
        66: "a controller's own settings",
    }),
]

CASE = re.compile(r'^ENG_CASE\(\s*(\w+),\s*([\w |]+)', re.M)
TOPIC = re.compile(r'^ENG_TOPIC(?:_ONLY)?\((\w+)(?:, "(\w+)")?\)', re.M)
COMBINATION = re.compile(r'ENG_ENVIRONMENT\((\w+), "\w+",\s*[^,]+,\s*\w+, \w+,\s*([\w |]+)\)')


class Broken(Exception):
    """The sources cannot be read as expected."""


class Case:
    """One case: its numbers, what it needs, and the only suite that runs it, or None."""

    def __init__(self, name, needs, only):
        self.name = name
        self.needs = needs
        self.only = only
        self.numbers = [int(n) for n in re.findall(r'B(\d+)(?=_)', name)]


def words(text):
    return {word.strip() for word in text.split('|')} - {'ENG_ANY'}


def read_combinations():
    """Return {suite: what it can do}."""
    text = (TESTS / 'test_engine_env.c').read_text()
    macros = {name: words(value) for name, value in
              re.findall(r'^#define (\w+)\s+\(([\w |]+)\)', text, re.M)}
    found = {}
    for suite, can in COMBINATION.findall(text):
        found[suite] = set().union(*(macros.get(word, {word}) for word in words(can)))
    if not found:
        raise Broken('test_engine_env.c: no ENG_ENVIRONMENT()')
    return found


def read_cases():
    """Return the cases with numbers that are in the list of a topic, in order."""
    found = []
    for path in sorted(TESTS.glob('test_engine_*.c')):
        text = path.read_text()
        needs = {name: words(what) for name, what in CASE.findall(text)}
        for topic, only in TOPIC.findall(text):
            body = re.search(r'\b' + topic + r'\[\] = \{(.*?)\n\};', text, re.S)
            if body is None:
                raise Broken(f'{path.name}: no list {topic}[]')
            for name in re.findall(r'ENG_TEST\((\w+)\)', body.group(1)):
                if name not in needs:
                    raise Broken(f'{path.name}: {name} has no ENG_CASE()')
                if re.match(r'B\d', name):
                    found.append(Case(name, needs.pop(name), only or None))
        for name in needs:
            if re.match(r'B\d', name):
                raise Broken(f'{path.name}: {name} is in no list')
    return found


def verdict(cases, suite, can):
    """What a combination does about a behaviour, by its cases."""
    have = [case.needs <= can for case in cases if case.only in (None, suite)]
    if not have:
        return 'not run'
    if all(have):
        return 'tested'
    return 'in part' if any(have) else 'refused'


def page(cases, combinations):
    short = [suite.replace('engine_', '').replace('_', ' ') for suite in combinations]
    lines = [
        '.. SPDX-License-Identifier: BSD-3-Clause',
        '   Copyright (c) 2026 The RefDMA developers',
        '',
        '.. Written by devtools/check-contract.py --write; do not edit.',
        '',
        'Contract table',
        '==============',
        '',
        'Each behaviour of the DMA Engine client contract, the cases that assert it, and what they',
        'do on each combination of device and backend. The combinations are suites of the test',
        'program, ' + ', '.join(f'``{suite}``' for suite in combinations) + '.',
        '',
        '*tested*',
        '   Every case of the behaviour runs in full.',
        '*in part*',
        '   Some cases run in full; the others need what the combination does not have, and assert',
        '   that it is refused.',
        '*refused*',
        '   The combination does not have it. The cases assert that it says so, with the documented',
        '   error.',
        '',
    ]
    for title, behaviours in GROUPS:
        lines += [title, '-' * len(title), '', '.. csv-table::',
                  '   :header: "No.", "Behaviour and cases", '
                  + ', '.join(f'"{name}"' for name in short),
                  '   :widths: 6, 46' + ', 8' * len(short), '']
        for number, text in behaviours.items():
            mine = [case for case in cases if number in case.numbers]
            names = ', '.join(f'``{case.name}``' for case in mine)
            row = [f'B{number}', f'{text}: {names}']
            row += [verdict(mine, suite, can) for suite, can in combinations.items()]
            lines.append('   ' + ', '.join(f'"{cell}"' for cell in row))
        lines.append('')
    return '\n'.join(lines)


def check(cases, text):
    results = []
    known = [number for _, behaviours in GROUPS for number in behaviours]
    for number in sorted(known):
        results.append((any(number in case.numbers for case in cases), f'B{number} is tested'))
    strange = [case.name for case in cases if not case.numbers or set(case.numbers) - set(known)]
    results.append((not strange, 'every case names a behaviour' +
                    ''.join(f' (but {name})' for name in strange)))
    current = TABLE.read_text() if TABLE.exists() else ''
    results.append((current == text, f'{TABLE.name} is up to date (--write makes it so)'))
    for i, (good, what) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {i} - {what}')
    print(f'1..{len(results)}')
    return 0 if all(good for good, _ in results) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--write', action='store_true', help='write the table first')
    args = parser.parse_args()
    try:
        cases = read_cases()
        text = page(cases, read_combinations())
    except Broken as error:
        print(f'Bail out! {error}')
        return 2
    if args.write:
        TABLE.write_text(text)
    return check(cases, text)


if __name__ == '__main__':
    sys.exit(main())
