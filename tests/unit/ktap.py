# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""KTAP for the test scripts of this folder, and the way to the library: tests/unit/frame_tool.

A test is a function that raises AssertionError when it fails and Skip when it cannot be run.
"""
import os
import subprocess
import sys
import traceback

PASS, FAIL, SKIP = 0, 1, 4


class Skip(Exception):
    """The reason why a test cannot be run here."""


def run(tests):
    """Run the functions, print KTAP; return kselftest's exit status."""
    passed = failed = 0
    print("TAP version 13")
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix("test_")
        try:
            remark = test()
            print(f"ok {number} {name}" + (f" # {remark}" if remark else ""))
            passed += 1
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}")
        except Exception:
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} {name}")
            failed += 1
        sys.stdout.flush()
    if failed:
        return FAIL
    return PASS if passed else SKIP


def find_frame_tool():
    """The helper that the Makefile of this folder builds."""
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "../../build/tests/unit/frame_tool")
    return os.environ.get("FRAME_TOOL", built)


def ask(questions):
    """Put all questions to the library; the answers, in the same order."""
    done = subprocess.run([find_frame_tool()], input="".join(q + "\n" for q in questions),
                          stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions), "an answer is missing"
    return answers
