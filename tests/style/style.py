# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the style checks share: the tree's files, and the printing of offences as KTAP."""

import fnmatch
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "../harness"))

import ktap  # noqa: E402 - it lies in the folder named above


class Offence:
    """A place where a rule is broken; one that is only a warning does not fail the check."""

    def __init__(self, path, line, text, warning=False):
        self.path, self.line, self.text, self.warning = path, line, text, warning

    def __str__(self):
        return f"{self.path}:{self.line}: {'warning: ' if self.warning else ''}{self.text}"


class Skip(Exception):
    """The reason why a check cannot be made here."""


def _all_files():
    """The project's files: what git knows or would take; everything, where there is no git."""
    listing = subprocess.run(
        ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if listing.returncode == 0:
        paths = listing.stdout.decode().rstrip("\0").split("\0")
    else:
        paths = [
            os.path.relpath(os.path.join(folder, name), TOP)
            for folder, _, names in os.walk(TOP)
            for name in names
        ]
    here = [path for path in paths if os.path.isfile(os.path.join(TOP, path))]
    return sorted(path for path in here if not path.startswith("build/"))


def files(*patterns):
    """The files that match one of the patterns; a star also stands for slashes."""
    return [
        path
        for path in _all_files()
        if not patterns or any(fnmatch.fnmatch(path, pattern) for pattern in patterns)
    ]


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def first_line(path):
    with open(os.path.join(TOP, path), "rb") as file:
        return file.readline(200).decode(errors="replace").rstrip("\n")


def scripts(word):
    """The files whose first line calls an interpreter of that name."""
    return [
        path
        for path in files()
        if "." not in os.path.basename(path).removesuffix(".py").removesuffix(".sh")
        and first_line(path).startswith("#!")
        and word in first_line(path)
    ]


def run(*checks):
    """Makes the checks, functions that return offences, and ends the program."""
    writer = ktap.Writer(len(checks))
    for check in checks:
        name = check.__name__.removeprefix("check_")
        try:
            offences = list(check())
        except Skip as reason:
            writer.skip(name, reason)
            continue
        good = all(offence.warning for offence in offences)
        writer.result(good, name, [str(offence) for offence in offences])
    sys.exit(writer.finish())
