#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""can_player and python-can's player with the same command lines: the same lines on standard
output, the same exit status. On a virtual bus, so here no kernel with CAN is needed; what arrives
on a netdev is compared in guest/play.py."""
import os
import random
import re
import subprocess
import sys
import tempfile

import hubs
import simulator
from hubs import ANYCAN, anycan

try:
    import can
except ImportError:
    can = None

BUS = ("-i", "virtual", "-c", "x")


def make_log(path, kinds, count=120):
    rng = random.Random(4)
    now = 1_700_000_000_000_000
    with open(path, "w", encoding="ascii") as file:
        for number in range(count):
            now += rng.randrange(300)
            data = rng.randbytes(rng.randrange(9)).hex().upper()
            name = f"{rng.randrange(1 << 29):08X}" if number % 3 else f"{rng.randrange(2048):03X}"
            text = {"data": f"{name}#{data}", "remote": f"{name}#R",
                    "error": "20000080#0000000000000000",
                    "fd": f"{name}##{rng.randrange(4)}{rng.randbytes(12).hex().upper()}"}
            file.write(f"({now // 10**6}.{now % 10**6:06d}) can{number % 2} "
                       f"{text[kinds[number % len(kinds)]]}\n")


class Player:
    """A folder with a log in every format, and both players."""

    def __enter__(self):
        if can is None:
            raise simulator.Skip("python3-can is not installed")
        self.folder = tempfile.TemporaryDirectory()
        make_log(self.path("x.log"), ("data", "data", "remote", "error"))
        make_log(self.path("data.log"), ("data",))
        make_log(self.path("fd.log"), ("data", "fd"))
        for stem in ("x", "data", "fd"):
            for suffix in ("asc", "blf", "csv", "db", "trc", "asc.gz"):
                anycan("convert", "-q", self.path(stem + ".log"), self.path(f"{stem}.{suffix}"))
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def both(self, *words):
        """(theirs, ours): (exit status, standard output without the date, standard error)."""
        results = []
        for command in ([sys.executable, "-m", "can.player"], ["can_player"]):
            done = subprocess.run(
                command + list(words), capture_output=True, text=True, timeout=60,
                executable=ANYCAN if command == ["can_player"] else None, cwd=self.folder.name,
                env={**os.environ, "HOME": self.folder.name})
            results.append((done.returncode,
                            re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", "DATE", done.stdout),
                            done.stderr))
        return results

    def same(self, *words):
        theirs, ours = self.both(*words)
        assert theirs[:2] == ours[:2], (words, theirs, ours)
        return ours[1]


def test_formats():
    """What python-can's readers lose is left out: the class of error frames, remote frames in
    TRC."""
    with Player() as player:
        for name in ("x.log", "x.asc", "x.blf", "x.csv", "x.db", "x.asc.gz", "data.log"):
            out = player.same(*BUS, "-v", name)
            lines = out.splitlines()
            assert lines[0] == "Can LogReader (Started on DATE)", lines[0]
            assert len(lines) == 1 + (120 if name.startswith("data") else 90), name
        for name in ("x.blf", "x.csv", "x.db"):
            assert len(player.same(*BUS, "-v", "--error-frames", name).splitlines()) == 121
        for name in ("fd.log", "fd.asc", "fd.blf"):
            assert len(player.same(*BUS, "--fd", "-v", name).splitlines()) == 121


def test_options():
    with Player() as player:
        for words in ((), ("-vv",), ("-v", "-v", "-v"), ("--ignore-timestamps", "-v"),
                      ("--ignore-timestamps", "-v", "-g", "0"), ("-g", "0.001", "-v"),
                      ("--ignore-timestamps", "--gap", "1e-4", "-v"), ("-s", "0", "-v"),
                      ("--skip", "0.00001", "-v"), ("-s", "5", "-f", "other.log", "-v"),
                      ("--file_name", "other.log", "-v"), ("-v", "--rx-queue-size=5"),
                      ("-v", "--preserve-timestamps=True"), ("--error-frames",),
                      ("--bitrate", "500000", "-v"), ("-b", "500000", "--data_bitrate", "2000000")):
            player.same(*BUS, *words, "data.log")
        # Settings of the reader.
        absolute = player.same(*BUS, "-v", "data.asc", "--base=hex")
        assert "Timestamp:        0.0" in absolute, absolute[:200]


def test_keys_of_the_reader():
    """What python-can takes only in Python, as its own pattern for --KEY=VALUE has no _."""
    with Player() as player:
        _, ours = player.both(*BUS, "-v", "data.asc", "--relative_timestamp=False")
        assert ours[0] == 0 and "Timestamp: 1700000000.0" in ours[1], ours
        _, ours = player.both(*BUS, "-v", "data.db", "--table_name=nowhere")
        assert ours[0] == 1 and "nowhere" in ours[2], ours
        _, ours = player.both(*BUS, "data.log", "--nonsense=1")
        assert ours[0] == 1 and "nonsense" in ours[2], ours


def test_exit_statuses():
    with Player() as player:
        for words in ((), ("-h",), BUS, (*BUS, "nowhere.log"), (*BUS, "-g", "x", "data.log"),
                      (*BUS, "-b", "fast", "data.log"), ("--gap",)):
            theirs, ours = player.both(*words)
            assert theirs[0] == ours[0], (words, theirs, ours)
            assert bool(theirs[1]) == bool(ours[1]) and bool(theirs[2]) == bool(ours[2]), words
        assert player.both()[1][0] == 22
        out, _ = anycan("-h", name="can_player.py")
        assert out.startswith("usage: can_player") and "Examples:" in out
        # FD frames without --fd: python-can's virtual bus takes them, no other one does.
        _, ours = player.both(*BUS, "fd.log")
        assert ours[0] == 1 and "opened for classic CAN" in ours[2], ours


def test_loop():
    """Of python-can 4.6, which is not here."""
    with Player() as player:
        wanted = player.both(*BUS, "-v", "data.log")[1][1].splitlines()
        out = player.both(*BUS, "-v", "-l", "3", "data.log")[1][1].splitlines()
        assert out == [line for number in (1, 2, 3)
                       for line in [f"{wanted[0]} [loop {number}/3]", *wanted[1:]]]
        assert player.both(*BUS, "-l", "0", "data.log")[1][:2] == (0, "")
        for word in ("x", "-1", "1.5"):
            assert player.both(*BUS, "--loop", word, "data.log")[1][0] == 2


def test_by_can_conf():
    """The bus comes from can.conf, and frames arrive at a hub."""
    with Player() as player, hubs.two_hubs("canable25", hubs.FD):
        with open(player.path("can.conf"), "w", encoding="ascii") as file:
            file.write("[default]\ninterface = socketcan\nchannel = hub0\n")
        receiver = hubs.Receiver("hub1", 120)
        status, out, said = player.both("data.log")[1]
        assert (status, said) == (0, ""), said
        with open(player.path("data.log"), encoding="ascii") as file:
            assert receiver.frames() == [line.split()[2] for line in file]


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    for variable in [name for name in os.environ if name.startswith("CAN_")]:
        del os.environ[variable]
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
