#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Builds and runs the test programs of folders below tests/: run_tests.py FOLDER...

What a folder holds is asked of its Makefile (`make list`, from lib.mk). One line is printed for
each program; what it said only if it failed. The last line counts the test cases.
"""

import argparse
import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED

import cmocka
import ktap

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(TESTS)
LOGS = os.path.join(TOP, "build/tests/log")
GRACE_S = 5
SHOWN_LINES = 100


class Target:
    """A folder: its programs as (kind, path), and how they want to be run."""

    def __init__(self, name, only):
        self.name = name
        self.folder = os.path.join(TESTS, name)
        self.limit_s, self.jobs, self.programs = 300, 1, []
        for line in self._list().splitlines():
            kind, _, value = line.partition(" ")
            if kind == "limit":
                self.limit_s = int(value)
            elif kind == "jobs":
                self.jobs = int(value)
            elif not only or os.path.basename(value) in only:
                self.programs.append((kind, value))

    def _list(self):
        """What lib.mk says of the folder; one that does not include it is a single program."""
        listing = subprocess.run(
            ["make", "-s", "--no-print-directory", "-C", self.folder, "list"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return listing.stdout if listing.returncode == 0 else "make run_tests\n"

    def build(self):
        """Builds what can be built. Returns nothing, or what the compiler said on failure."""
        make = subprocess.run(
            ["make", "-k", "-j2", "--no-print-directory", "-C", self.folder, "all"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        return None if make.returncode == 0 else make.stdout.splitlines()


class Outcome:
    """What became of a program: counts, skips as (case, reason), and lines worth showing."""

    def __init__(self, name):
        self.name, self.seconds = name, 0.0
        self.passed = self.failed = 0
        self.skips, self.shown = [], []

    def summary(self):
        counts = [f"{self.passed} passed"]
        if self.failed:
            counts.append(f"{self.failed} failed")
        if self.skips:
            counts.append(f"{len(self.skips)} skipped")
        return f"{', '.join(counts)} ({self.seconds:.1f} s)"

    def fail(self, lines):
        self.failed += 1
        self.shown += lines


class Process:
    """A running program in a session of its own, so that all of it can be ended."""

    running = set()
    all_must_end = False

    def __init__(self, command, folder, log, environment):
        self.log = log
        with open(log + ".out", "wb") as out, open(log + ".err", "wb") as err:
            self.child = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                start_new_session=True,
            )
        self.running.add(self)
        if Process.all_must_end:  # while this one was being started
            self.signal(signal.SIGTERM)

    @classmethod
    def end_all(cls):
        cls.all_must_end = True
        for process in list(cls.running):
            process.signal(signal.SIGTERM)

    def wait(self, limit_s):
        """Returns the exit status, or None if the program had to be ended."""
        try:
            status = self.child.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
            self.signal(signal.SIGTERM)
            try:
                self.child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                pass
        self.signal(signal.SIGKILL)  # also what the program has left behind
        self.child.wait()
        self.running.discard(self)
        return status

    def signal(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def text(self, suffix):
        with open(self.log + suffix, errors="replace") as file:
            return file.read()


def environment_for(kind, scratch):
    environment = cmocka.environment() if kind == "cmocka" else dict(os.environ)
    environment.update(
        ANYCAN_TOP=TOP,
        ANYCAN_BUILD=os.path.join(TOP, "build"),
        LC_ALL="C.UTF-8",
        PYTHONDONTWRITEBYTECODE="1",
        TMPDIR=scratch,
    )
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    return environment


def promise_broken(status, limit_s, failed):
    """What is wrong about the way a program ended, or nothing."""
    if status is None:
        return f"no end after {limit_s} s"
    if status < 0:
        return f"killed by signal {-status} ({signal.Signals(-status).name})"
    if status == ktap.FAIL and not failed:
        return "exit status 1, though no case failed"
    if status not in (ktap.PASS, ktap.FAIL, ktap.SKIP):
        return f"exit status {status}"
    return None


def judge(outcome, text, errors, status, limit_s):
    """Counts the cases of a program that printed `text`; whatever does not fit is a failure."""
    lines = text.splitlines()
    report = ktap.Report(lines)
    leaves = report.leaves()
    if status == ktap.SKIP and not leaves:
        last = [line for line in lines + errors if line.strip()][-1:]
        outcome.skips.append(("", report.skip or (last or ["no reason given"])[0]))
        return
    if status == ktap.PASS and report.skip is not None and not leaves:
        outcome.skips.append(("", report.skip))
        return
    outcome.skips += [(leaf.name, leaf.skip) for leaf in leaves if leaf.skip is not None]
    outcome.failed = sum(not leaf.ok for leaf in leaves)
    outcome.passed = len(leaves) - outcome.failed - len(outcome.skips)
    problems = report.problems()
    if ending := promise_broken(status, limit_s, outcome.failed):
        problems.append(ending)
    if outcome.failed or problems:
        outcome.shown += ktap.around_failures(lines)[-SHOWN_LINES:]
        outcome.shown += [leaf.name for leaf in leaves if leaf.number is None]
        outcome.shown += [f"stderr: {line}" for line in errors[:SHOWN_LINES]]
    if problems:
        outcome.fail([f"{outcome.name}: {'; '.join(problems)}"])


def run_program(target, kind, program):
    """Runs one program and returns its outcome."""
    base = os.path.basename(program)
    outcome = Outcome(f"{target.name}/{base}")
    command = ["make", "-s", program] if kind == "make" else [program]
    if kind != "make" and not os.access(os.path.join(target.folder, program), os.X_OK):
        outcome.fail([f"{program} was not built or is not executable"])
        return outcome
    scratch = tempfile.mkdtemp(prefix="anycan-test.")
    start = time.monotonic()
    try:
        process = Process(
            command,
            target.folder,
            os.path.join(LOGS, f"{target.name}-{base}"),
            environment_for(kind, scratch),
        )
        status = process.wait(target.limit_s)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    outcome.seconds = time.monotonic() - start
    text = process.text(".out")
    if kind == "cmocka":
        text, status = cmocka.translate(text, status)
    judge(outcome, text, process.text(".err").splitlines(), status, target.limit_s)
    return outcome


class Run:
    """All targets, one after the other; prints as it goes."""

    def __init__(self):
        self.outcomes = []

    def add(self, outcome):
        self.outcomes.append(outcome)
        for line in outcome.shown:
            print(f"# {line}")
        word = "not ok" if outcome.failed else "ok"
        print(f"{word} {len(self.outcomes)} {outcome.name}: {outcome.summary()}", flush=True)

    def run_target(self, target, programs_jobs):
        if said := target.build():
            outcome = Outcome(f"{target.name}/build")
            outcome.fail(said[-SHOWN_LINES:])
            self.add(outcome)
        with concurrent.futures.ThreadPoolExecutor(min(target.jobs, programs_jobs)) as pool:
            try:
                pending = {pool.submit(run_program, target, *one) for one in target.programs}
                while pending:
                    # Python sees a signal only when it wakes up.
                    done, pending = concurrent.futures.wait(pending, 0.2, FIRST_COMPLETED)
                    for future in done:
                        self.add(future.result())
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                Process.end_all()
                raise

    def finish(self):
        """Prints the reasons of skips and the counts. Returns the exit status."""
        skips = [(outcome.name, *skip) for outcome in self.outcomes for skip in outcome.skips]
        for program, case, reason in skips:
            print(f"# skipped {program}{': ' if case else ''}{case}: {reason}")
        passed = sum(outcome.passed for outcome in self.outcomes)
        failed = sum(outcome.failed for outcome in self.outcomes)
        print(f"{passed} passed, {failed} failed, {len(skips)} skipped")
        return ktap.FAIL if failed or not passed + len(skips) else ktap.PASS


def forget_make():
    """TARGETS and the like are meant for us, not for the Makefiles of folders and tests."""
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        os.environ.pop(name, None)


def main():
    parser = argparse.ArgumentParser(description="Build and run the tests of folders of tests/.")
    parser.add_argument("targets", metavar="FOLDER", nargs="+", help="a folder below tests/")
    parser.add_argument("--only", metavar="NAMES", default="", help="programs, by name")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="programs at a time")
    args = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    forget_make()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = Run()
    try:
        for name in args.targets:
            run.run_target(Target(name, args.only.split()), args.jobs)
    except KeyboardInterrupt:
        run.finish()
        sys.exit("interrupted")
    sys.exit(run.finish())


if __name__ == "__main__":
    main()
