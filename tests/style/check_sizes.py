#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Sizes of functions, files, nesting, parameter lists and lines; each with a limit that warns and
one that fails. What may be larger stands in the file `exempt`, with the reason."""

import os

import csource
import style

# What is measured: limit that warns, limit that fails.
FUNCTION, FILE, NESTING, PARAMETERS = (50, 80), (500, 900), (4, 5), (5, 6)
COLUMNS = 100
TAB = 8

C = ("*.c", "*.h")
CODE = C + ("*.py", "*.sh", "*.bash", "*Makefile", "*.mk", "*Kbuild")


class Exemptions:
    """Lines `RULE PLACE REASON` of a file, with which of them were needed."""

    def __init__(self, path):
        self.path, self.rows, self.needed = path, {}, set()
        for number, line in enumerate(style.read(path).splitlines(), 1):
            words = line.split(maxsplit=2)
            if not words or line.startswith("#"):
                continue
            self.rows[" ".join(words[:2])] = (number, words[2] if len(words) > 2 else "")

    def covers(self, rule, place):
        key = f"{rule} {place}"
        if key not in self.rows:
            return False
        self.needed.add(key)
        return True

    def offences(self, rules):
        """Rows without reason, of unknown rules, or not needed any more."""
        for key, (number, reason) in self.rows.items():
            if not reason:
                yield style.Offence(self.path, number, f"no reason given for '{key}'")
            if key.split()[0] not in rules:
                yield style.Offence(self.path, number, f"there is no rule '{key.split()[0]}'")
            elif key not in self.needed:
                yield style.Offence(self.path, number, f"'{key}' needs no exemption any more")


exempt = Exemptions(os.path.relpath(os.path.join(style.HERE, "exempt"), style.TOP))


def judge(rule, place, value, limits, text):
    """An offence for a value above its limit: place is (path, line, name)."""
    path, line, name = place
    warn, fail = limits
    if value <= warn:
        return
    if value > fail and exempt.covers(rule, f"{path}:{name}" if name else path):
        return
    limit = fail if value > fail else warn
    yield style.Offence(path, line, f"{text} {value}, more than {limit}", value <= fail)


def of_functions(rule, limits, measure, text):
    for path in style.files(*C):
        for function in csource.functions(style.read(path)):
            place = (path, function.first, function.name)
            yield from judge(rule, place, measure(function), limits, f"{function.name}() {text}")


def check_functions():
    return of_functions("function", FUNCTION, lambda function: function.lines, "has lines:")


def check_nesting():
    return of_functions("nesting", NESTING, lambda function: function.nesting, "is nested:")


def check_parameters():
    return of_functions(
        "parameters", PARAMETERS, lambda function: function.parameters, "has parameters:"
    )


def code_files():
    return sorted({*style.files(*CODE), *style.scripts("sh"), *style.scripts("python")})


def check_files():
    for path in code_files():
        lines = style.read(path).count("\n")
        yield from judge("file", (path, lines, ""), lines, FILE, "lines:")


def check_columns():
    for path in code_files():
        # A recipe's line is a shell script of its own.
        limits = (COLUMNS, 2 * COLUMNS if path.endswith("Makefile") else COLUMNS)
        for number, line in enumerate(style.read(path).splitlines(), 1):
            width = len(line.expandtabs(TAB))
            yield from judge("columns", (path, number, ""), width, limits, "columns:")


def check_exemptions():
    """Runs last: what the checks above did not need is not needed."""
    return exempt.offences({"function", "nesting", "parameters", "file", "columns"})


if __name__ == "__main__":
    style.run(
        check_functions,
        check_nesting,
        check_parameters,
        check_files,
        check_columns,
        check_exemptions,
    )
