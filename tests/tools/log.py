#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan log, can_logger, anycan load and anycan list --json where the kernel has no CAN: on hubs
of bridges with simulated adapters. What candump and python-can would say is compared in log.sh."""
import glob
import json
import os
import signal
import sys
import tempfile
import time

from rig import FD, Verb, anycan, hubs, until

import simulator  # rig.py says where it lies
from tool import read

FRAMES = ("123#DEADBEEF", "12345678#11", "7FF#R3", "123##1" + 12 * "AB", "005#")
LINES = """\
  hub0  123   [4]  DE AD BE EF
  hub0  12345678   [1]  11
  hub0       7FF   [3]  remote request
  hub0       123  [12]  AB AB AB AB AB AB AB AB AB AB AB AB
  hub0       005   [0]\x20
"""


def send(sim, frames=FRAMES):
    for frame in frames:
        sim.do(f"send g {frame}")


def logged(*words, frames=FRAMES, sim, count=None):
    """What the verb prints of frames sent, to its end by -n: (standard output, standard error)"""
    verb = Verb("log", "-n", str(count or len(frames)), *words)
    send(sim, frames)
    status, out, err = verb.end(0)
    assert status == 0, (status, out, err)
    return out, err


def test_lines():
    with hubs() as sim:
        out, err = logged("hub0", sim=sim)
        assert out == LINES and not err, (out, err)
        out, _ = logged("-L", "-x", "hub0", sim=sim)
        assert [line.split()[1:] for line in out.splitlines()] == \
            [["hub0", frame.replace("##1", "##5"), "R"] for frame in FRAMES], out


def test_json():
    with hubs() as sim:
        out, _ = logged("--json", "hub0", sim=sim)
        objects = [json.loads(line) for line in out.splitlines()]
    first, fd = objects[0], objects[3]
    assert abs(first.pop("time") - time.time()) < 3600
    assert first == {"channel": "hub0", "dir": "rx", "kind": "data", "id": 0x123,
                     "extended": False, "dlc": 4, "len": 4, "data": "DEADBEEF"}, first
    assert [o["kind"] for o in objects] == ["data", "data", "remote", "data", "data"]
    assert objects[1]["extended"] and fd["fd"] and fd["brs"] and not fd["esi"] and fd["dlc"] == 9


def test_filters_in_both_syntaxes():
    with hubs() as sim:
        for words in (["hub0,7FF:7FF,12345678:DFFFFFFF"],
                      ["--filter", "7FF:7FF", "12345678:1FFFFFFF", "hub0"],
                      ["hub0", "--filter", "7FF:7FF", "12345678:1FFFFFFF"]):
            out, _ = logged(*words, sim=sim, count=2)
            assert "12345678" in out and "7FF" in out and out.count("\n") == 2, out


def test_every_format():
    with hubs() as sim, tempfile.TemporaryDirectory() as folder:
        for suffix in ("asc", "blf", "csv", "db", "log", "log.gz", "pcapng", "trc", "txt"):
            path = f"{folder}/x.{suffix}"
            out, _ = logged("-f", path, "hub0", sim=sim)
            frames = read(path)
            assert not out and len(frames) == len(FRAMES), (suffix, frames)
            assert [f.ident for f in frames] == [0x123, 0x12345678, 0x7FF, 0x123, 5], suffix
        out, _ = logged("-f", "-", "--format", "csv", "hub0", sim=sim)
        assert out.startswith("timestamp,") and out.count("\n") == 6, out
        # A file and lines.
        out, _ = logged("-f", f"{folder}/y.log", "--silent=0", "hub0", sim=sim)
        assert out == LINES and len(read(f"{folder}/y.log")) == 5


def test_rotation_and_append():
    with hubs() as sim, tempfile.TemporaryDirectory() as folder:
        script = f"{folder}/told"
        with open(script, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$1" >>{folder}/finished\n')
        os.chmod(script, 0o755)
        logged("-f", f"{folder}/x.log", "--max-frames", "2", "-z", script, "hub0", sim=sim)
        files = sorted(glob.glob(f"{folder}/x*.log"))
        assert [len(read(path)) for path in files] in ([1, 2, 2], [2, 2, 1]), files
        with open(f"{folder}/finished", encoding="ascii") as file:
            assert len(file.readlines()) == 2
        for _ in range(2):
            logged("-f", f"{folder}/a.log", "--append", "hub0", sim=sim)
        assert len(read(f"{folder}/a.log")) == 10


def numbers(text):
    """The payloads of `gen:seq`, which count."""
    return [int.from_bytes(bytes.fromhex(line.split("#")[1]), "little")
            for line in text.splitlines()]


def test_nothing_is_lost_at_full_load():
    with hubs(1, FD, "gen:name=g,paused,count=5000,seq,len=8") as sim:
        verb = Verb("log", "-L", "-n", "5000", "hub0")
        sim.do("start g")
        status, out, err = verb.end(0)
        assert status == 0 and numbers(out) == list(range(5000)), err


def bridged(hub):
    """Frames that its bridge has taken in."""
    return json.loads(anycan("status", "-j", hub)[0])["links"][0]["counters"]["rx_frames"]


def count_lines(path, option):
    """(frames that are told to be lost, frames)"""
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")[:-1]
    drops = [line for line in lines if "DROP" in line or '"dropped"' in line]
    lost = sum(int(line.split()[2]) if option == "-d" else json.loads(line)["frames"]
               for line in drops)
    return lost, len(lines) - len(drops)


def test_what_is_lost_is_told():
    """The queue of the hub is short and the reader stopped: printed + told = sent."""
    for option in ("-d", "--json"):
        with hubs(1, FD, "gen:name=g,paused,count=5000,seq,len=8") as sim, \
                tempfile.NamedTemporaryFile() as file:
            lines = file.name
            verb = Verb("log", "-L", "-r", "50000", option, "hub0", stdout=file)
            verb.process.send_signal(signal.SIGSTOP)
            sim.do("start g")
            until(lambda: bridged("hub0") == 5000)
            verb.process.send_signal(signal.SIGCONT)
            lost, frames = count_lines(lines, option)
            sent = 5000
            # The frame that comes behind a gap tells of it; it may itself find no room.
            while lost + frames < sent:
                send(sim, ["7FF#0000000000000000"])
                sent += 1
                until(lambda: bridged("hub0") == sent)
                lost, frames = count_lines(lines, option)
            status, _, err = verb.end()
            assert count_lines(lines, option) == (lost, frames)
        assert status == 0 and lost and lost + frames == sent, (lost, frames, sent)
        assert f"{lost} frames lost" in err, err


def test_several_buses_in_the_order_of_time():
    with hubs(2) as sim:
        verb = Verb("log", "-L", "-n", "10", "hub*")
        send(sim)
        _, out, err = verb.end(0)
    lines = [line.split() for line in out.splitlines()]
    for hub in ("hub0", "hub1"):
        assert [line[2] for line in lines if line[1] == hub] == \
            [frame.replace("##1", "##5") for frame in FRAMES], err


def test_ends():
    with hubs(2) as sim:
        anycan("log", "-T", "50", "hub0", status=4)
        verb = Verb("log", "hub0")
        sim.bridges[0].terminate()
        status, _, err = verb.end(0)
        assert status == 3 and "hub0" in err, (status, err)
        verb = Verb("log", "hub1")
        assert verb.end(signal.SIGTERM)[0] == 0
        with open("/dev/full", "w", encoding="ascii") as full:
            verb = Verb("log", "-f", "-", "--format", "csv", "hub1")
            send(sim)
            assert verb.end()[0] == 0
            _, err = anycan("log", "-T", "50", "-f", "/dev/full", "--format", "csv", "hub1",
                            status=1, stdin=full)
            assert "/dev/full" in err, err


def test_wrong_use_is_told():
    os.environ["ANYCAN_RUN_DIR"] = "/nonexistent"
    for words, status, told in (
        (["-q", "hub7"], 3, "hub7"),
        (["-c", "-c", "can0"], 2, "--color"),
        (["-f", "x.foo", "can0"], 2, ".asc"),
        (["--max-frames", "3", "can0"], 2, "-f FILE"),
        (["-L", "-a", "can0"], 2, "log lines"),
        (["can0,xyz"], 2, "xyz"),
        (["--filter", "xyz", "can0"], 2, "xyz"),
        (["--frobnicate", "can0"], 2, "--frobnicate"),
        (["-t", "q", "can0"], 2, "q"),
        (["nope*"], 3, "nope*"),
    ):
        _, err = anycan("log", *words, status=status)
        assert told in err, (words, err)
    out, _ = anycan("log", "--help")
    assert out.rstrip().count("  anycan log") >= 3
    _, err = anycan("load", "can0@fast", status=2)
    assert "can0@fast" in err
    _, err = anycan("load", "can*@500k", status=2)
    assert "pattern" in err


def test_can_logger():
    with hubs() as sim, tempfile.TemporaryDirectory() as folder:
        address = ["-i", "slcan", "-c", sim.path("a0")]
        verb = Verb("can_logger", *address, "--fd", "--filter", "100:700", "7FF:7FF")
        send(sim)
        time.sleep(0.3)
        status, out, _ = verb.end()
        lines = out.splitlines()
        assert status == 0 and len(lines) == 6, out
        assert lines[0] == "Adding filter(s): ['100:700', '7FF:7FF']"
        assert lines[1] == "Connected to HubBus: hub 'hub0'"
        assert lines[2].startswith("Can Logger (Started on ")
        assert lines[3].endswith("ID: 0123    S Rx                DL:  4    de ad be ef"
                                 "                 Channel: hub0"), lines[3]
        verb = Verb("can_logger", *address, "-f", f"{folder}/x.blf", "--compression-level=0")
        send(sim)
        time.sleep(0.3)
        assert verb.end()[0] == 0
        # Without --fd there are no FD frames.
        assert len(read(f"{folder}/x.blf")) == 4
    _, err = anycan("can_logger", status=22)
    assert err.startswith("usage: can_logger")
    for words, status, told in ((["foo"], 1, "Parsing argument foo failed"),
                                (["-i", "foo"], 2, "invalid choice: 'foo'"),
                                (["-s", "x"], 2, "invalid int value"),
                                (["--active", "--passive"], 2, "not allowed")):
        _, err = anycan("can_logger", *words, status=status)
        assert told in err, err


def bits_of(ident, data):
    """Bits of a standard data frame, made one by one and stuffed; ISO 11898-1."""
    text = f"0{ident:011b}000{len(data):04b}" + "".join(f"{byte:08b}" for byte in data)
    crc = 0
    for bit in text:
        crc = (crc << 1) ^ (0x4599 if int(bit) ^ (crc >> 14 & 1) else 0)
        crc &= 0x7FFF
    text += f"{crc:015b}"
    stuffed = run = 0
    last = ""
    for bit in text:
        run = run + 1 if bit == last else 1
        last = bit
        if run == 5:
            stuffed += 1
            last, run = "10"[int(bit)], 1
    return len(text) + stuffed + 10 + 3


def test_load():
    frames = [f"{ident:03X}#{data}" for ident, data in ((0x123, "0000000000000000"),
                                                      (0x000, ""), (0x7FF, "FF"),
                                                      (0x555, "0123456789ABCDEF"))]
    with hubs() as sim:
        verb = Verb("load", "--json", "-t", "300ms", "hub0")
        send(sim, frames)
        time.sleep(0.9)
        status, out, err = verb.end()
        reports = [json.loads(line) for line in out.splitlines()]
        assert status == 0 and reports, err
        wanted = sum(bits_of(int(f[:3], 16), bytes.fromhex(f[4:])) for f in frames)
        assert sum(r["bits"] for r in reports) == wanted, (reports, wanted)
        assert sum(r["frames"] for r in reports) == 4 and reports[0]["bitrate"] == 1000000
        for r in reports:
            assert abs(r["load"] - r["bits"] / 1000000 / r["seconds"]) < 1e-5, r
        out, _ = anycan("load", "-n", "1", "-t", "10", "--bar", "hub0@500k,2M")
        assert out.startswith(" hub0@500k/2M ") and out.endswith("  0.0% |" + 20 * "." + "|\n"), out


def test_list_as_json():
    with hubs(2):
        out, _ = anycan("list", "--json")
        found = [json.loads(line) for line in out.splitlines()]
        assert [o["address"] for o in found if o["kind"] == "hub"] == ["hub:hub0", "hub:hub1"]
        out, _ = anycan("list")
        assert "hub:hub1" in out


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    for name in [name for name in os.environ if name.startswith("CAN_")]:
        del os.environ[name]
    sys.exit(simulator.run([
        test_lines,
        test_json,
        test_filters_in_both_syntaxes,
        test_every_format,
        test_rotation_and_append,
        test_nothing_is_lost_at_full_load,
        test_what_is_lost_is_told,
        test_several_buses_in_the_order_of_time,
        test_ends,
        test_wrong_use_is_told,
        test_can_logger,
        test_load,
        test_list_as_json,
    ]))
