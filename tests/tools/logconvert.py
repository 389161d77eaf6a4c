#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""can_logconvert beside python-can's script of that name: the same command lines, the same frames,
files and exit statuses."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

import simulator  # noqa: E402 - it lies in the folder named above
from simulator import PATIENCE_S, Skip  # noqa: E402

BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
ANYCAN = os.path.join(BUILD, "bin/anycan")
OURS = [ANYCAN, "can_logconvert"]
THEIRS = [sys.executable, "-m", "can.logconvert"]
SUFFIXES = ("asc", "blf", "csv", "log", "db", "trc")

try:
    import can
    import can.logconvert
except ImportError:
    can = None


def run(program, folder, *words):
    return subprocess.run([*program, *words], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def run_theirs(folder, *words):
    """The script in this process, which takes a tenth of the time."""
    before, sys.argv = sys.argv, ["can_logconvert", *words]
    os.chdir(folder)
    try:
        can.logconvert.main()
    finally:
        os.chdir(HERE)
        sys.argv = before


def frames(path):
    """What python-can reads; the channel's name is not kept by every format."""
    with can.LogReader(path) as reader:
        return [(round(m.timestamp, 4), m.arbitration_id, m.is_extended_id, m.is_remote_frame,
                 m.is_error_frame, m.dlc, bytes(m.data)) for m in reader]


def write_log(path, n):
    with open(path, "w") as log:
        for i in range(n):
            frame = (f"{i % 0x800:03X}#{i:08X}" if i % 3 else f"{i:08X}#{i:016X}")
            log.write(f"({1700000000 + i / 1000:.6f}) vcan0 {frame}\n")


def need_python_can():
    if not can:
        raise Skip("python-can is not installed (apt-get install python3-can)")


def test_every_pair_of_formats():
    need_python_can()
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        write_log(os.path.join(folder, "in.log"), 500)
        for suffix in SUFFIXES:
            run_theirs(folder, "in.log", f"first.{suffix}")
        for source in SUFFIXES:
            for target in SUFFIXES:
                names = f"first.{source}", f"theirs.{source}.{target}", f"ours.{source}.{target}"
                run_theirs(folder, names[0], names[1])
                ours = run(OURS, folder, names[0], names[2])
                assert ours.returncode == 0 and not ours.stdout, (names, ours)
                a, b = (frames(os.path.join(folder, name)) for name in names[1:])
                assert len(a) == 500, (names, len(a))
                assert a == b, (names, [pair for pair in zip(a, b) if pair[0] != pair[1]][:2])
                done += 1
    return f"{done} pairs"


def test_file_size():
    """The same number of files by the same names, but for the time in them; the same frames."""
    need_python_can()
    with tempfile.TemporaryDirectory() as folder:
        write_log(os.path.join(folder, "in.log"), 3000)
        for option in (("-s", "30000"), ("--file_size", "30000"), ("--file_size=30000",),
                       ("-s", "0")):
            kept = []
            assert run(OURS, folder, *option, "in.log", "ours.csv").returncode == 0
            run_theirs(folder, *option, "in.log", "theirs.csv")
            for who in ("ours", "theirs"):
                names = sorted(name for name in os.listdir(folder) if name.startswith(who))
                parts = [name for name in names if "_#" in name] + [f"{who}.csv"]
                kept.append(([re.sub(r"_.*_#", "_T_#", name).removeprefix(who) for name in names],
                             sum((frames(os.path.join(folder, part)) for part in parts), [])))
                for name in names:
                    os.unlink(os.path.join(folder, name))
            assert len(kept[0][1]) == 3000 and kept[0][1] == kept[1][1]
            # How full a file is when its size is looked at is each one's own affair.
            assert abs(len(kept[0][0]) - len(kept[1][0])) <= 1, [len(k[0]) for k in kept]
            assert set(kept[0][0][:-1]) <= set(kept[1][0]) | set(kept[0][0][-2:]), kept


def test_wrong_use_has_the_same_status():
    need_python_can()
    with tempfile.TemporaryDirectory() as folder:
        write_log(os.path.join(folder, "in.log"), 3)
        for words in ((), ("in.log",), ("in.log", "a.csv", "b.csv"), ("-x1", "in.log", "a.csv"),
                      ("--no-such", "in.log", "a.csv"), ("-s", "many", "in.log", "a.csv"),
                      ("in.log", "a.nonsense"), ("missing.log", "a.csv"), ("--help",), ("-h",),
                      ("in.log", "a.csv")):
            ours, theirs = run(OURS, folder, *words), run(THEIRS, folder, *words)
            assert ours.returncode == theirs.returncode, (words, ours, theirs)
            assert bool(ours.stdout) == bool(theirs.stdout), (words, ours, theirs)
            # What a format could not keep is said besides.
            assert bool(ours.stderr) == bool(theirs.stderr) or not ours.returncode, (words, ours)


def test_interrupt_leaves_a_whole_file():
    with tempfile.TemporaryDirectory() as folder:
        # A log that never ends: what has come so far is converted.
        fifo = os.path.join(folder, "in.log")
        os.mkfifo(fifo)
        process = subprocess.Popen([*OURS, fifo, os.path.join(folder, "out.csv")],
                                   stderr=subprocess.PIPE, text=True)
        with open(fifo, "w") as log:
            for i in range(3000):
                log.write(f"({1700000000 + i / 1000:.6f}) vcan0 123#{i:08X}\n")
            log.flush()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 1, (process.returncode, said)
        with open(os.path.join(folder, "out.csv")) as out:
            lines = out.read().splitlines()
        assert lines and lines[-1].count(",") == lines[0].count(","), lines[-1:]


if __name__ == "__main__":
    sys.exit(simulator.run([
        test_every_pair_of_formats,
        test_file_size,
        test_wrong_use_has_the_same_status,
        test_interrupt_leaves_a_whole_file,
    ]))
