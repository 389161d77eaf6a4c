#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan play on hubs and on standard output: where frames go, which ones, in which order, and that
all that were read are accounted for. When they are due is test_play_schedule's and tests/bench's
business."""
import os
import re
import signal
import subprocess
import sys
import tempfile

import hubs
import simulator
from hubs import ANYCAN, FD, Receiver, anycan, two_hubs
from simulator import Simulator

LINES = [f"({1700000000 + i // 10}.{i % 10}00000) can{i % 2} {i:03X}#{i:04X}\n" for i in range(200)]
MIXED = ("(1.000000) can0 123#DEADBEEF\n"
         "(1.000001) can0 12345678#R3\n"
         "(1.000002) can0 20000080#0000000000000000\n"
         "(1.000003) can1 124##1" + "00" * 12 + "\n"
         "(1.000004) can1 00000125#\n"
         "(1.000004) can7 126#01 T\n")


class Folder(tempfile.TemporaryDirectory):
    """A folder to put files into."""

    def __enter__(self):
        super().__enter__()
        return self

    def write(self, name, text):
        path = os.path.join(self.name, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path


def frames_of(lines):
    return [line.split()[2] for line in lines]


def counted(said):
    """(read, sent, {reason: count}) of the summary."""
    read, sent = re.search(r"^(\d+) frames of .*, (\d+) sent", said, re.M).groups()
    others = dict((reason, int(count)) for count, reason in
                  re.findall(r"^(\d+) (error frames|frames stopped|frames of the other|"
                             r"frames of channels|frames were due)", said, re.M))
    return int(read), int(sent), others


def printed(*words, log=LINES, status=0):
    """What goes to standard output without waiting; the summary."""
    with Folder() as folder:
        path = folder.write("x.log", "".join(log))
        return anycan("play", "-t", path, *words, status=status)


def test_every_format():
    with Folder() as folder, two_hubs("canable25", FD):
        path = folder.write("x.log", "".join(LINES))
        for suffix in ("log", "asc", "blf", "csv", "db", "trc", "txt", "pcapng", "log.gz"):
            other = os.path.join(folder.name, "y." + suffix)
            anycan("convert", "-q", path, other)
            receiver = Receiver("hub1", len(LINES))
            _, said = anycan("play", "-t", other, "hub0")
            assert receiver.frames() == frames_of(LINES), suffix
            assert counted(said) == (200, 200, {}), said
            if suffix not in ("db", "pcapng"):
                with open(other, "rb") as file:
                    receiver = Receiver("hub1", len(LINES))
                    done = subprocess.run([ANYCAN, "play", "-t", "-", "hub0"], stdin=file,
                                          capture_output=True, text=True, timeout=60)
                    assert done.returncode == 0, (suffix, done.stderr)
                    assert receiver.frames() == frames_of(LINES), suffix


def test_every_kind_of_frame():
    with Folder() as folder, two_hubs("canable25", FD):
        path = folder.write("x.log", MIXED)
        receiver = Receiver("hub1", 5)
        _, said = anycan("play", path, "hub0")
        wanted = frames_of(MIXED.splitlines())
        del wanted[2]
        assert receiver.frames() == wanted
        assert counted(said) == (6, 5, {"error frames": 1}), said
        _, said = anycan("play", "--error-frames", path, "hub0", status=1)
        assert "error frames cannot be sent, an adapter is behind it" in said, said


def test_a_live_pipe():
    """Each line is sent when it comes, not when there are many."""
    with two_hubs("canable25", FD):
        receiver = Receiver("hub1", 3)
        player = subprocess.Popen([ANYCAN, "play", "--format", "log", "-", "hub0"],
                                  stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in LINES[:3]:
            player.stdin.write(line)
            player.stdin.flush()
            assert receiver.process.stdout.readline() == line.split()[2] + "\n"
        # And it ends while it waits for more.
        player.send_signal(signal.SIGINT)
        player.stdin.flush()
        said = player.stderr.read()
        assert player.wait(60) == 130, said
        assert counted(said) == (3, 3, {}), said
        player.stdin.close()
        receiver.frames()


def test_mapping():
    out, said = printed("stdout=can0")
    assert out == "".join(LINES[::2])
    assert counted(said) == (200, 100, {"frames of channels": 100}), said
    assert "can1" in said
    out, said = printed("stdout=can1", "stdout=can0")
    assert out == "".join(LINES)
    out, said = printed("stdout")
    assert out == "".join(LINES)
    out, said = printed("stdout=can0", "stdout=can9")
    assert "stdout=can9: no frame was of channel can9" in said, said
    # To several buses at once, and to one more.
    with Folder() as folder, two_hubs("canable25", FD):
        path = folder.write("x.log", "".join(LINES))
        receiver = Receiver("hub1", 300)
        _, said = anycan("play", "-t", path, "hub0=can0", "hub0=can1", "hub0=can0")
        assert receiver.frames() == [frame for number, frame in enumerate(frames_of(LINES))
                                     for _ in range(2 - number % 2)]
        assert counted(said)[:2] == (200, 300), said


def test_by_the_channels_names():
    with Folder() as folder, two_hubs("canable25", FD):
        path = folder.write("x.log", "".join(LINES).replace(" can0 ", " hub0 ")
                            .replace(" can1 ", " hub0 "))
        receiver = Receiver("hub1", 200)
        anycan("play", "-t", path)
        assert receiver.frames() == frames_of(LINES)
        path = folder.write("y.log", "".join(LINES))
        _, said = anycan("play", "-t", path, status=3)
        assert "'can0' is a channel of the log" in said and "BUS=can0" in said, said


def test_nanoseconds():
    log = ["(1.000000001) can0 123#\n", "(1.000001000) can0 124#\n"]
    assert printed("stdout", log=log)[0] == "".join(log)


def test_selection():
    cases = (
        (("--start", "1700000005", "--end", "1700000006.05"), LINES[50:61]),
        (("--start", "+5", "--end", "+6050ms"), LINES[50:61]),
        (("--start", "+5"), LINES[50:]),
        (("-n", "7"), LINES[:7]),
        (("--filter", "010:7F0"), LINES[16:32]),
        (("--filter", "010:7F0,020:7F0"), LINES[16:48]),
        (("--filter", "010-02f"), LINES[16:48]),
        (("--filter", "010:7F0", "--filter", "020:7F0"), LINES[16:48]),
        (("--filter", "000~700"), []),
        (("--filter", "00000010:9FFFFFFF"), []),
        (("--tx-only",), []),
        (("--rx-only",), LINES),
        (("--start", "+1", "--filter", "000:7F0", "-n", "3"), LINES[10:13]),
    )
    for words, wanted in cases:
        out, said = printed(*words, "stdout")
        assert out == "".join(wanted), words
        read, sent, others = counted(said)
        assert read == sent + sum(others.values()), said
    out, said = printed("--start", "+5", "stdout")
    assert "50 frames before --start" in said, said
    out, _ = printed("--tx-only", "stdout", log=[MIXED])
    assert out == "(1.000004) can7 126#01\n", out
    zone = {**os.environ, "TZ": "UTC-2"}
    with Folder() as folder:
        path = folder.write("x.log", "".join(LINES))
        done = subprocess.run([ANYCAN, "play", "-tq", "--start", "2023-11-15 00:13:30.5", path,
                               "stdout"], env=zone, capture_output=True, text=True, check=True)
        assert done.stdout == "".join(LINES[105:]), done


def test_loops():
    out, said = printed("-l", "3", "stdout")
    assert out == "".join(LINES) * 3
    assert counted(said)[:2] == (600, 600), said
    out, _ = printed("--loop", "i", "-n", "450", "stdout")
    assert out == ("".join(LINES) * 3)[:len(out)] and out.count("\n") == 450
    out, _ = printed("-l", "2", "--start", "+19", "stdout")
    assert out == "".join(LINES[190:]) * 2
    _, said = printed("-l", "i", "--filter", "7FF:7FF", "stdout", status=1)
    assert "nothing to repeat" in said, said
    # An empty log ends at once, however often it is to be played.
    printed("-l", "i", "stdout", log=[])
    _, said = anycan("play", "-l", "2", "-", "hub0", stdin="", status=2)
    assert "standard input can be played once only" in said, said


def test_verbose():
    with Folder() as folder, two_hubs("canable25", FD):
        path = folder.write("x.log", "".join(LINES[:20]))
        out, _ = anycan("play", "-tv", path, "hub0")
        assert out == "".join(LINES[:20]).replace("can0", "hub0").replace("can1", "hub0")
        out, said = anycan("play", "-tq", path, "hub0")
        assert not out and not said


def test_an_end_before_the_end():
    """While the next frame is an hour away, and while no frame can be sent at all."""
    with Folder() as folder:
        path = folder.write("x.log", "(1.000000) can0 123#\n(3601.000000) can0 124#\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            player = subprocess.Popen([ANYCAN, "play", "-v", path, "stdout"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert player.stdout.readline() == "(1.000000) can0 123#\n"
            player.send_signal(number)
            _, said = player.communicate(timeout=60)
            assert player.returncode == 128 + number, said
            assert " 1 sent" in said, said


def test_no_room():
    """Alone on the bus nothing is acknowledged: it waits, says so, and counts what it had to
    leave."""
    with Folder() as folder:
        path = folder.write("x.log", "".join(LINES) * 500)
        adapter = "slcan:name=a,dialect=canable25,pty={dir}/a,keep,txfull=block"
        with Simulator("--bitrate", "1000000", "--dbitrate", "4000000", "--lossless",
                       adapter) as sim:
            run = sim.path("run")
            os.mkdir(run)
            os.environ["ANYCAN_RUN_DIR"] = run
            os.chmod(sim.dir, 0o755)
            with hubs.Bridge(run, "slcan:" + sim.path("a"), "hub0", *FD):
                player = subprocess.Popen([ANYCAN, "play", "-t", path, "hub0"],
                                          stderr=subprocess.PIPE, text=True)
                line = player.stderr.readline()
                assert "hub0 takes no frame for 2 s" in line, line
                player.send_signal(signal.SIGINT)
                said = player.stderr.read()
                assert player.wait(60) == 130
                read, sent, others = counted(said)
                assert read < 100000 and others["frames were due"], said
                assert read == sent + others["frames were due"], said
                assert "waited for room 1 times" in said, said
            del os.environ["ANYCAN_RUN_DIR"]
            subprocess.run(["rm", "-r", run], check=True)


def test_a_reader_that_goes_away():
    with Folder() as folder:
        path = folder.write("x.log", "".join(LINES) * 500)
        player = subprocess.Popen([ANYCAN, "play", "-t", path, "stdout"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        player.stdout.readline()
        player.stdout.close()
        said = player.stderr.read()
        assert player.wait(60) == 1 and "standard output: Broken pipe" in said, said


def test_wrong_use():
    cases = (
        ((), 2, "FILE is missing"),
        (("nowhere.log", "stdout"), 1, "nowhere.log"),
        (("x", "a", "b"), 2, "several need DST=SRC"),
        (("x", "a", "b=can0"), 2, "several need DST=SRC"),
        (("x", "=can0"), 2, "DST=SRC"),
        (("x", "can0="), 2, "DST=SRC"),
        (("x", "any"), 2, "pattern"),
        (("x", "can*"), 2, "pattern"),
        (("--speed", "0", "x"), 2, "no value that fits: 0"),
        (("--speed", "fast", "x"), 2, "no value that fits: fast"),
        (("-g", "-1", "x"), 2, "no value that fits: -1"),
        (("-l", "0", "x"), 2, "no value that fits: 0"),
        (("-n", "0", "x"), 2, "no value that fits: 0"),
        (("--start", "yesterday", "x"), 2, "no value that fits: yesterday"),
        (("--filter", "12:", "x"), 2, "no value that fits: 12:"),
        (("--rx-only", "--tx-only", "x"), 2, "exclude each other"),
        (("--nonsense", "x"), 2, "unknown option or missing value: --nonsense"),
        ((__file__, "stdout"), 1, "format"),
    )
    for words, status, said in cases:
        assert said in anycan("play", *words, status=status)[1], words
    _, said = printed("stdout", "--format", "log", log=["nothing\n", "of the kind\n"], status=1)
    assert "no frame in it" in said, said
    out, _ = anycan("play", "--help")
    assert out.startswith("Usage: anycan play") and "Examples:" in out
    # Words that are buses, not mappings, although they have a =.
    _, said = printed("gs_usb:serial=00009999", status=1)
    assert "gs_usb adapters need a bit rate" in said, said


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    os.environ["TZ"] = "UTC"
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
