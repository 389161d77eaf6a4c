# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ways from a test script to the library, tests/unit/*_tool, and the run of its tests.

A test is a function that raises AssertionError when it fails and Skip when it cannot be run; it
may return a remark on what it did.
"""
import os
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../harness"))

import ktap  # noqa: E402 - it lies in the folder named above


class Skip(Exception):
    """The reason why a test cannot be run here."""


def run(tests):
    """Run the functions, print KTAP; return kselftest's exit status."""
    writer = ktap.Writer(len(tests))
    for test in tests:
        name = test.__name__.removeprefix("test_")
        try:
            remark = test()
            writer.result(True, name, [f"{name}: {remark}"] if remark else [])
        except Skip as reason:
            writer.skip(name, reason)
        except Exception:
            writer.result(False, name, traceback.format_exc().splitlines())
    return writer.finish()


def ask(questions, spokesman="frame_tool"):
    """Put all questions to the library; the answers, in the same order."""
    questions = list(questions)
    build = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
    tool = os.path.join(build, "tests/unit", spokesman)
    done = subprocess.run([tool], input="".join(q + "\n" for q in questions),
                          stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions), "an answer is missing"
    return answers
