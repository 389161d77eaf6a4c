#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Tests of the harness: every sample must be counted as samples.py says, alone and together."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import ktap
import run_tests
from samples import CMOCKA, SCRIPTS

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE_CMOCKA = os.path.join(run_tests.TOP, "build/tests/harness/sample_cmocka")


def write_script(path, text):
    with open(path, "w") as file:
        file.write(f"#!/bin/bash\n{text}\n")
    os.chmod(path, 0o755)


class Folder(run_tests.Target):
    """A target that consists of samples in a folder of its own."""

    def __init__(self, folder):
        self.name, self.folder, self.limit_s = "sample", folder, 1
        self.programs = []


def complaints(sample, outcome):
    """What the harness got wrong."""
    found = []
    counts = (outcome.passed, outcome.failed, len(outcome.skips))
    if counts != sample.counts:
        found.append(f"(passed, failed, skipped) is {counts}, not {sample.counts}")
    shown = "\n".join(outcome.shown)
    if sample.words not in shown:
        found.append(f"'{sample.words}' is not shown:")
        found += outcome.shown
    if shown and not outcome.failed:
        found.append("it passed and is shown all the same")
    return found


def check_samples(writer, folder):
    target = Folder(folder)
    for name, sample in SCRIPTS.items():
        path = os.path.join(folder, name)
        write_script(path, sample.script)
        outcome = run_tests.run_program(target, "script", path)
        found = complaints(sample, outcome)
        writer.result(not found, name, found)
    for name, sample in CMOCKA.items():
        path = os.path.join(folder, f"cmocka_{name}")
        write_script(path, f"exec {SAMPLE_CMOCKA} {name}")
        target.limit_s = 30
        outcome = run_tests.run_program(target, "cmocka", path)
        found = complaints(sample, outcome)
        writer.result(not found, f"cmocka_{name}", found)


def check_skip_reason(writer, folder):
    outcome = run_tests.run_program(Folder(folder), "cmocka", os.path.join(folder, "cmocka_skips"))
    good = outcome.skips == [("skips", "no such device")]
    writer.result(good, "skip_reason", [] if good else outcome.skips)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def until(condition, seconds):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


def check_left_behind(writer, folder):
    """What a program leaves running is ended, and does not keep the harness waiting."""
    path = os.path.join(folder, "leaves_a_process")
    note = os.path.join(folder, "pid")
    write_script(path, f"sleep 60 & echo $! >{note}; echo 1..1; echo ok 1 a")
    outcome = run_tests.run_program(Folder(folder), "script", path)
    with open(note) as file:
        pid = file.read().strip()
    gone = until(lambda: not is_alive(pid), 2)
    good = gone and outcome.passed == 1 and outcome.seconds < 5
    writer.result(good, "left_behind")


def check_missing(writer, folder):
    outcome = run_tests.run_program(Folder(folder), "script", "./never_built")
    writer.result(outcome.failed == 1 and "not built" in outcome.shown[0], "missing")


def make_tree(folder, scripts, build="true"):
    """A copy of the harness with one folder of samples, run through the Makefiles."""
    tests = os.path.join(folder, "tests")
    shutil.copytree(HERE, os.path.join(tests, "harness"))
    for name in ("Makefile", "lib.mk"):
        shutil.copy(os.path.join(HERE, "..", name), tests)
    os.mkdir(os.path.join(tests, "sample"))
    with open(os.path.join(tests, "sample/Makefile"), "w") as file:
        file.write(f"TEST_PROGS := {' '.join(scripts)}\nTEST_LIMIT := 1\nTEST_JOBS := 2\n")
        file.write(f"include ../lib.mk\nall: build\nbuild:\n\t{build}\n")
    for name in scripts:
        write_script(os.path.join(tests, "sample", name), SCRIPTS[name].script)
    return subprocess.run(
        ["make", "-s", "-C", tests, "run_tests", "TARGETS=sample absent"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def check_tree(writer, name, scripts, last, status, build="true"):
    with tempfile.TemporaryDirectory() as folder:
        run = make_tree(folder, scripts, build)
    lines = run.stdout.splitlines()
    good = lines[-1:] == [last] and (run.returncode != 0) == status
    writer.result(good, name, [] if good else [f"status {run.returncode}"] + lines)
    return lines


def check_interrupt(writer):
    """Ending the harness ends the programs that it runs."""
    with tempfile.TemporaryDirectory() as folder:
        make_tree(folder, ["passes"])
        note = os.path.join(folder, "pid")
        with open(os.path.join(folder, "tests/sample/Makefile"), "w") as file:
            file.write("TEST_PROGS := passes\nTEST_LIMIT := 60\ninclude ../lib.mk\n")
        write_script(os.path.join(folder, "tests/sample/passes"), f"echo $$ >{note}; sleep 60")
        run = subprocess.Popen(
            [os.path.join(folder, "tests/harness/run_tests.py"), "sample"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started = until(lambda: os.path.exists(note) and os.path.getsize(note), 5)
        run.terminate()
        status = run.wait(10)
        with open(note) as file:
            gone = until(lambda pid=file.read().strip(): not is_alive(pid), 2)
    writer.result(started and gone and status != 0, "interrupt")


def check_trees(writer):
    every = list(SCRIPTS)
    sums = [sum(sample.counts[i] for sample in SCRIPTS.values()) for i in range(3)]
    last = f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped"
    lines = check_tree(writer, "all_at_once", every, last, True)
    writer.result(
        "# skipped sample/skips_one: b: no disk" in lines[-4:-1], "reasons_at_the_end", lines[-4:]
    )
    good = ["passes", "nests", "skips_one"]
    check_tree(writer, "only_good_ones", good, "6 passed, 0 failed, 1 skipped", False)
    check_tree(writer, "build_fails", ["passes"], "2 passed, 1 failed, 0 skipped", True, "false")
    check_tree(writer, "nothing_to_run", [], "0 passed, 0 failed, 0 skipped", True)


def main():
    writer = ktap.Writer(len(SCRIPTS) + len(CMOCKA) + 9)
    run_tests.GRACE_S = 1
    run_tests.forget_make()
    with tempfile.TemporaryDirectory() as folder:
        run_tests.LOGS = os.path.join(folder, "log")
        os.mkdir(run_tests.LOGS)
        check_samples(writer, folder)
        check_skip_reason(writer, folder)
        check_left_behind(writer, folder)
        check_missing(writer, folder)
    check_interrupt(writer)
    check_trees(writer)
    sys.exit(writer.finish())


if __name__ == "__main__":
    main()
