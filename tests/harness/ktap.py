# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Reading and writing KTAP, the output of every test program.

Source of the format: Documentation/dev-tools/ktap.rst of Linux 6.1, version 1 of KTAP.
"""

import re
import sys

PASS, FAIL, SKIP = 0, 1, 4

PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*SKIP\b[\s:]*(.*))?$", re.IGNORECASE)
RESULT = re.compile(r"(not )?ok (\d+)\b(?: -)?([^#]*)(?:#\s*(.*))?$")
DIRECTIVE_SKIP = re.compile(r"SKIP\b[\s:]*(.*)", re.IGNORECASE)


class Case:
    """One result line, with the results that it sums up, if any; without number: we say so."""

    def __init__(self, ok, number, name, skip=None, inner=None):
        self.ok, self.number, self.name, self.skip = ok, number, name, skip
        self.inner = inner

    def leaves(self):
        """The cases that count: what a result sums up counts in its place."""
        if self.inner is None:
            return [self]
        cases = [
            Case(leaf.ok, leaf.number, f"{self.name}: {leaf.name}", leaf.skip)
            for leaf in self.inner.leaves()
        ]
        problems = self.inner.problems()
        if problems or (not self.ok and all(case.ok for case in cases)):
            name = ": ".join([self.name] + problems)
            cases.append(Case(False, None, name))
        return cases


class Report:
    """What a program printed: `plans` should be one, `skip` is why nothing was run."""

    def __init__(self, lines):
        self.plans, self.cases = [], []
        self.skip = self.bail_out = None
        self._inner = []
        for line in lines:
            self._take(line.rstrip("\n"))

    def leaves(self):
        return [leaf for case in self.cases for leaf in case.leaves()]

    def problems(self):
        """What the program did not do as it had promised."""
        found = []
        if self.bail_out is not None:
            found.append(f"bailed out: {self.bail_out}")
        if len(self.plans) != 1:
            found.append(f"printed {len(self.cases)} results and {len(self.plans) or 'no'} plan")
        elif self.plans[0] != len(self.cases):
            found.append(f"printed {len(self.cases)} of {self.plans[0]} planned results")
        elif not self.cases and self.skip is None:
            found.append("planned no test at all")
        for position, case in enumerate(self.cases, 1):
            if case.number != position:
                found.append(f"numbered result {position} as {case.number}")
                break
        return found

    def _take(self, line):
        if line.startswith(("  ", "\t")):
            if line.strip():
                self._inner.append(line)
        elif plan := PLAN.match(line):
            self.plans.append(int(plan.group(1)))
            self.skip = plan.group(2)
        elif result := RESULT.match(line):
            self._add(*result.groups())
        elif line.startswith("Bail out!"):
            self.bail_out = line[9:].strip()

    def _add(self, failed, number, name, directive):
        skip = None if failed else DIRECTIVE_SKIP.match(directive or "")
        inner = None
        if any(is_result(line) for line in self._inner):
            inner = Report(dedent(self._inner))
        self._inner = []
        self.cases.append(
            Case(
                not failed,
                int(number),
                name.strip() or f"number {number}",
                (skip.group(1) or "no reason given") if skip else None,
                inner,
            )
        )


def is_result(line):
    return RESULT.match(line.strip()) is not None


def dedent(lines):
    """Takes one level off, which is as deep as the first line is."""
    depth = len(lines[0]) - len(lines[0].lstrip())
    return [line[depth:] if not line[:depth].strip() else line.lstrip() for line in lines]


def around_failures(lines):
    """The failed results and the lines around them, without those around results that are good."""
    blocks = [[]]
    bad = [False]
    for line in lines:
        if result := RESULT.match(line.strip()):
            bad += [bool(result.group(1)), False]
            blocks += [[line], []]
        else:
            blocks[-1].append(line)
    shown = []
    for i, block in enumerate(blocks):
        if bad[i] or any(bad[max(i - 1, 0) : i + 2]):
            shown += block
    return shown


class Writer:
    """Prints KTAP while tests run: ok(), skip(), and finally the status of finish()."""

    def __init__(self, plan, file=sys.stdout):
        self.file, self.plan, self.done, self.failed, self.skipped = file, plan, 0, 0, 0
        self._print("TAP version 13")
        self._print(f"1..{plan}")

    def result(self, good, name, notes=()):
        """Prints a result, and its diagnostics before it."""
        for note in notes:
            self._print(f"# {note}")
        self.done += 1
        self.failed += not good
        self._print(f"{'ok' if good else 'not ok'} {self.done} {name}")

    def skip(self, name, reason):
        self.done += 1
        self.skipped += 1
        self._print(f"ok {self.done} {name} # SKIP {reason}")

    def finish(self):
        """The exit status."""
        if self.failed or self.done != self.plan:
            return FAIL
        return SKIP if self.skipped == self.plan else PASS

    def _print(self, line):
        print(line, file=self.file, flush=True)
