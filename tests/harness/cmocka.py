#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Runs a cmocka program and prints proper KTAP: cmocka.py PROGRAM [ARG]...

Observed from cmocka 1.1.5 with CMOCKA_MESSAGE_OUTPUT=TAP: every group begins with a plan of its
own; a skip is `not ok 3 # SKIP name`; diagnostics follow their result; a failed group fixture is
`not ok 0 - group ...`; what a test prints without a line end stands before its result line. The
reason of a skip is the line that the test prints before it calls skip().
"""

import os
import re
import subprocess
import sys

from ktap import FAIL, PASS, SKIP

PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(.*?)(not )?ok (\d+) (- |# SKIP )(.*)$")
GROUP_END = re.compile(r"# (not )?ok - ")


class Translation:
    def __init__(self, text):
        self.planned = 0
        self.results = []  # good, name, reason of a skip, diagnostics
        self.printed = []  # by the test that is running
        self.left = 0  # results that the group still owes
        for line in text.splitlines():
            self._take(line)

    def _take(self, line):
        if plan := PLAN.match(line):
            self.left = int(plan.group(1))
            self.planned += self.left
        elif (result := RESULT.match(line)) and self.left:
            self._add(*result.groups())
        elif line.startswith("# ") and not line.startswith("# SKIP") and not self.printed:
            if self.results and not GROUP_END.match(line):
                self.results[-1][3].append(line)
        else:
            self.printed.append(line)

    def _add(self, before, failed, number, kind, name):
        if before:
            self.printed.append(before)
        reason = None
        if kind == "# SKIP ":
            reason = self.printed.pop() if self.printed else "no reason given"
            reason = re.sub(r"^#? ?(SKIP:? )?", "", reason)
        if number == "0":  # a fixture of the group: none of its tests is run
            self.planned -= self.left - 1
            self.left = 1
        self.left -= 1
        good = reason is not None or not failed
        self.results.append((good, name, reason, self.printed))
        self.printed = []

    def lines(self):
        yield "TAP version 13"
        yield f"1..{self.planned}"
        for number, (good, name, reason, notes) in enumerate(self.results, 1):
            yield from (note if note.startswith("#") else f"# {note}" for note in notes)
            end = f" # SKIP {reason}" if reason is not None else ""
            yield f"{'ok' if good else 'not ok'} {number} {name.replace('#', '%')}{end}"
        yield from (f"# {line}" for line in self.printed)


def translate(text, status):
    """KTAP for what the program printed, and the status a test program ends with."""
    translation = Translation(text)
    results = translation.results
    if status > 0 and any(not good for good, *_ in results):
        status = FAIL  # cmocka's own is the number of failures
    if status == PASS and results and all(reason is not None for _, _, reason, _ in results):
        status = SKIP
    return "\n".join(translation.lines()) + "\n", status


def environment():
    return dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")


def main():
    program = subprocess.run(
        sys.argv[1:], env=environment(), stdout=subprocess.PIPE, text=True, errors="replace"
    )
    text, status = translate(program.stdout, program.returncode)
    print(text, end="")
    if status < 0:
        print(f"{sys.argv[1]}: killed by signal {-status}", file=sys.stderr)
        status = FAIL
    sys.exit(status)


if __name__ == "__main__":
    main()
