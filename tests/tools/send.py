#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan send and anycan gen on hubs: the frames that arrive, acknowledgements, and a text and an
exit status for each thing that can be wrong."""
import os
import re
import signal
import subprocess
import sys

import hubs
import simulator
from hubs import ANYCAN, FD, Bridge, Receiver, anycan, two_adapters, two_hubs, wait_open

FRAMES = ("123#DEADBEEF", "12345678#1122", "123#R3", "123##1AABB", "7FF#", "000#00",
          "1FFFFFFF#R", "001##0" + "5A" * 64)


def two():
    return two_hubs("canable25", FD)


def test_frames():
    with two():
        receiver = Receiver("hub1", 3 * len(FRAMES))
        out, said = anycan("send", "hub0", *FRAMES)
        assert not out and not said
        anycan("send", "hub0", stdin="\n".join(FRAMES) + "\n\n")
        anycan("send", "hub0", "-", stdin="  " + "\r\n ".join(FRAMES))
        assert receiver.frames() == list(FRAMES) * 3
        receiver = Receiver("hub1", 6)
        out, _ = anycan("send", "-v", "-n", "3", "-g", "1ms", "hub0", "1#".rjust(4, "0"), "002#02")
        assert out == "hub0 001#\nhub0 002#02\n" * 3, out
        assert receiver.frames() == ["001#", "002#02"] * 3
        # By python-can's names.
        receiver = Receiver("hub1", 1)
        anycan("send", "-i", "socketcan", "-c", "hub0", "123#01")
        assert receiver.frames() == ["123#01"]


def test_to_an_adapter():
    """The bridge that is started for one frame and ends with the program lets it out."""
    with two_adapters("lawicel") as (sim, run):
        with Bridge(run, "slcan:" + sim.path("b"), "hub1", "bitrate", "1000000"):
            wait_open("hub1")
            receiver = Receiver("hub1", 6)
            for number in range(6):
                anycan("send", "-b", "1000000", "slcan:" + sim.path("a"), f"12{number}#0102")
            assert receiver.frames() == [f"12{number}#0102" for number in range(6)]


def test_bad_frames():
    """None is sent if one is wrong."""
    with two():
        for text in ("123", "123#1", "12#", "123#00112233445566778899", "123##", "xyz#", "",
                     "123#R9Z", "800#"):
            _, said = anycan("send", "hub0", "124#", text, status=2)
            assert "is no frame; write 123#DEADBEEF" in said, (text, said)
        _, said = anycan("send", "hub0", "20000004#0000000000000000", status=1)
        assert "error frames cannot be sent" in said, said
        receiver = Receiver("hub1", 1)
        anycan("send", "hub0", "125#")
        assert receiver.frames() == ["125#"]


def test_period():
    with two():
        receiver = Receiver("hub1", 10)
        anycan("send", "-p", "10", "-n", "10", "hub0", "555#01")
        assert receiver.frames() == ["555#01"] * 10
        receiver = Receiver("hub1", 20)
        sender = subprocess.Popen([ANYCAN, "send", "-p", "5ms", "hub0", "001#", "002##1"])
        assert sorted(set(receiver.frames())) == ["001#", "002##1"]
        sender.send_signal(signal.SIGINT)
        assert sender.wait(60) == 0


def test_acknowledged():
    with two():
        receiver = Receiver("hub1", 3)
        out, _ = anycan("send", "--wait-ack", "-v", "hub0", "123#01", "124#", "125##1")
        line = r"hub0 12[345]#+[01]* acknowledged after \d+\.\d{3} ms\n"
        assert re.fullmatch(f"({line}){{3}}", out), out
        assert receiver.frames() == ["123#01", "124#", "125##1"]


def test_faults():
    """Nobody to acknowledge, a full queue, the adapter unplugged, no hub at all."""
    with two_adapters("canable25") as (sim, run):
        with Bridge(run, "slcan:" + sim.path("a"), "hub0", *FD):
            wait_open("hub0")
            _, said = anycan("send", "--wait-ack", "-T", "300", "hub0", "123#01", status=5)
            assert "hub0: no ACK within 300 ms: no other node" in said, said
            _, said = anycan("gen", "hub0", "-g", "0", "-n", "100000", "-p", "200", status=7)
            assert "hub0: the transmit queue is full" in said and "waited for room" in said, said
            _, said = anycan("send", "-T", "100", "hub0", "123#01", "-n", "100000", status=7)
            assert "hub0: the transmit queue is full and stays so" in said, said
            # As many as were asked for, sent or counted.
            _, said = anycan("gen", "hub0", "-g", "0", "-n", "100000", "-i")
            sent, = re.findall(r"hub0: (\d+) frames sent", said)
            refused, = re.findall(r"(\d+) frames found no room", said)
            assert int(sent) + int(refused) == 100000 and int(refused), said
            sim.do("unplug 0")
            deadline = simulator.time.monotonic() + simulator.PATIENCE_S
            while True:
                done = subprocess.run([ANYCAN, "send", "hub0", "123#01"], capture_output=True,
                                      text=True, check=False)
                if done.returncode == 3:
                    break
                assert simulator.time.monotonic() < deadline, done
            assert "hub0: the adapter is away" in done.stderr, done.stderr
            sim.do("replug 0")
        _, said = anycan("send", "hub0", "123#01", status=3)
        assert "no bridge serves a hub 'hub0'" in said or "'hub0'" in said, said


def test_bus_off():
    """Bridge and simulator know when the controller is off the bus; without restart-ms it stays
    so."""
    with two() as sim:
        sim.do("busoff 0")
        deadline = simulator.time.monotonic() + simulator.PATIENCE_S
        while True:
            done = subprocess.run([ANYCAN, "send", "hub0", "123#01"], capture_output=True,
                                  text=True, check=False)
            if done.returncode == 6:
                break
            assert simulator.time.monotonic() < deadline, done
        assert "hub0: bus-off: too many errors" in done.stderr, done.stderr
        assert "hub0: bus-off" in anycan("gen", "hub0", "-n", "1", status=6)[1]
        # What the message advises.
        anycan("restart", "hub0")
        anycan("send", "--wait-ack", "hub0", "123#01")


def test_who_does_not_tell():
    with two_hubs("canable", ("bitrate", "1000000")):
        _, said = anycan("send", "--wait-ack", "hub0", "123#01", status=1)
        assert "its adapter does not say what it has sent" in said, said
    _, said = anycan("send", "--wait-ack", "virtual:x", "123#01", status=1)
    assert "nobody can tell" in said, said


def test_gen():
    with two():
        receiver = Receiver("hub1", 5)
        out, said = anycan("gen", "hub0", "-g", "4", "-I", "42A", "-L", "1", "-D", "i", "-v",
                           "-n", "5")
        assert out == "".join(f"  hub0  42A#0{number}\n" for number in range(5)), out
        assert receiver.frames() == [f"42A#0{number}" for number in range(5)]
        assert "hub0: 5 frames sent in" in said, said
        # Everything that is made up arrives, in order.
        for words in (("-m",), ("-e",), ("-f",), ("-b", "-E"), ("-R", "-L", "i"),
                      ("-I", "i", "-L", "i", "-D", "11xx3344")):
            receiver = Receiver("hub1", 1000)
            out, _ = anycan("gen", "hub0", "-g", "0", "-n", "1000", "-v", "--seed", "5", *words)
            # The sender's controller decides on ESI.
            wanted = [re.sub("##(.)", lambda m: f"##{int(m[1]) & 1}", line.split()[1])
                      for line in out.splitlines()]
            assert receiver.frames() == wanted, words
        again, _ = anycan("gen", "hub0", "-g", "0", "-n", "1000", "-v", "--seed", "5", *words)
        assert again == out


def test_load():
    with two():
        _, said = anycan("gen", "hub0", "--load", "30", "-m", "-T", "1")
        load, = re.findall(r"load ([\d.]+) %", said)
        assert 25 < float(load) <= 30.5, said
        _, said = anycan("gen", "hub0", "--load", "100%@10k", "-n", "50", "-c", "1")
        assert "load" in said, said
    _, said = anycan("gen", "virtual:x", "--load", "50%", status=2)
    assert "tells no bit rate for --load" in said and "50%@500000" in said, said


def test_periodic():
    with two():
        receiver = Receiver("hub1", 20)
        anycan("gen", "hub0", "--periodic", "123#11@10", "--periodic", "124##033@20ms", "-n", "10")
        assert sorted(receiver.frames()) == ["123#11"] * 10 + ["124##033"] * 10
        # Beside made-up ones.
        receiver = Receiver("hub1", 20)
        anycan("gen", "hub0", "--periodic", "7AA#@10", "-g", "5", "-n", "30", "-I", "123",
               "-L", "0")
        assert set(receiver.frames()) == {"7AA#", "123#"}


def test_wrong_use():
    cases = (
        ("send", (), "BUS is missing"),
        ("send", ("--period", "0", "hub0", "123#"), "no value that fits: 0"),
        ("send", ("-n", "2", "hub0", "-"), "-n and -p need frames on the command line"),
        ("send", ("--wait-ack", "-p", "5", "hub0", "123#"), "exclude each other"),
        ("send", ("--nonsense", "hub0", "123#"), "unknown option"),
        ("gen", (), "BUS is missing"),
        ("gen", ("hub0", "hub1"), "one bus"),
        ("gen", ("-I", "800", "hub0"), "add -e"),
        ("gen", ("-I", "zz", "hub0"), "no value that fits: zz"),
        ("gen", ("-D", "123", "hub0"), "no value that fits: 123"),
        ("gen", ("-L", "65", "hub0"), "no value that fits: 65"),
        ("gen", ("-X", "hub0"), "CAN XL"),
        ("gen", ("-t", "hub0"), "SO_TXTIME"),
        ("gen", ("--load", "0", "hub0"), "no value that fits: 0"),
        ("gen", ("--load", "101", "hub0"), "no value that fits: 101"),
        ("gen", ("--periodic", "123#@0", "hub0"), "no value that fits"),
        ("gen", ("--periodic", "123#", "hub0"), "no value that fits"),
        ("gen", ("-i", "-p", "5", "hub0"), "exclude each other"),
    )
    for verb, words, said in cases:
        assert said in anycan(verb, *words, status=2)[1], words
    for verb in ("send", "gen"):
        out, _ = anycan(verb, "--help")
        assert out.startswith(f"Usage: anycan {verb}") and "Examples:" in out
        assert anycan(verb, "-h")[0] == out


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
