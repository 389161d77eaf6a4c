#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan bridge and can_bridge between hubs of real bridges with simulated adapters: no CAN in the
kernel is needed."""
import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))
sys.path.insert(0, os.path.join(HERE, "../bus"))

import on_hub  # noqa: E402 - both lie in the folders named above
import simulator  # noqa: E402
from simulator import PATIENCE_S, Simulator  # noqa: E402

ANYCAN = os.path.join(on_hub.BUILD, "bin/anycan")
BUS_TOOL = os.path.join(on_hub.BUILD, "tests/bus/bus_tool")
BANNER = r"CAN Bridge \(%s on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\)\n"


@contextlib.contextmanager
def two_wires():
    """hub0 and hub1 with one adapter each, on buses of their own: (folder, addresses)."""
    words = ("--bitrate", "1000000", "--lossless", "slcan:name=a,pty={dir}/a,keep,txfull=block",
             "ack")
    with Simulator(*words) as one, Simulator(*words) as other:
        run = one.path("run")
        os.mkdir(run)
        os.environ["ANYCAN_RUN_DIR"] = run
        addresses = ["slcan:" + sim.path("a") for sim in (one, other)]
        try:
            with on_hub.Bridge(run, addresses[0], "hub0", *on_hub.CLASSIC):
                with on_hub.Bridge(run, addresses[1], "hub1", *on_hub.CLASSIC):
                    on_hub.wait_open("hub:hub0", "hub:hub1")
                    yield run, addresses
        finally:
            del os.environ["ANYCAN_RUN_DIR"]
            subprocess.run(["rm", "-r", run], check=True)


class Joined(contextlib.AbstractContextManager):
    """A running anycan bridge, or what `words` begins with."""

    def __init__(self, *words, name="bridge", ready=" -> | <-> "):
        self.process = subprocess.Popen([ANYCAN, name, *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, bufsize=0,
                                        env={**os.environ, "ANYCAN_BRIDGED": on_hub.BRIDGED})
        self.said = self.printed = ""
        if ready:
            self.wait_for(ready)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def wait_for(self, pattern):
        """Until standard error matches."""
        deadline = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.said):
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stderr], [], [], left)[0], self.said
            more = os.read(self.process.stderr.fileno(), 4096).decode()
            assert more, self.said
            self.said += more

    def line(self):
        while "\n" not in self.printed:
            assert select.select([self.process.stdout], [], [], PATIENCE_S)[0], self.said
            more = os.read(self.process.stdout.fileno(), 4096).decode()
            assert more, self.said
            self.printed += more
        line, self.printed = self.printed.split("\n", 1)
        return line

    def ways(self):
        """The counters, by SIGUSR1."""
        self.process.send_signal(signal.SIGUSR1)
        return check_books(json.loads(self.line()))

    def wait_received(self, *counts):
        """Until that much came in and nothing waits: what the counters are then."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            ways = self.ways()
            if [way["received"] for way in ways] == list(counts) and not ways[0]["waiting"]:
                return ways
            assert time.monotonic() < deadline, ways
            time.sleep(0.02)

    def end(self, how=signal.SIGINT):
        """What it printed at the end, and its status."""
        if how:
            self.process.send_signal(how)
        printed, said = self.process.communicate(timeout=PATIENCE_S)
        self.said += said
        return self.process.returncode, self.printed + printed


def check_books(report):
    for way in report["ways"]:
        out = way["sent"] + way["waiting"] + sum(way["dropped"].values())
        assert way["received"] + way["split"] == out, report
        assert not way["lost"], report
    return report["ways"]


class Listener(contextlib.AbstractContextManager):
    """The identifiers of what another program receives."""

    def __init__(self, bus):
        self.process = subprocess.Popen([BUS_TOOL, "dump", bus, "1000000"], stdout=subprocess.PIPE,
                                        text=True)
        assert self.process.stdout.readline() == "open\n"

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def heard(self, n):
        """Of the next n frames."""
        return [int(self.process.stdout.readline().split("#")[0], 16) for _ in range(n)]


def send(bus, *frames):
    subprocess.run([BUS_TOOL, "send", bus, *frames], check=True)


def test_both_ways_nothing_lost():
    there = list(range(0x100, 0x1C8))
    back = list(range(0x400, 0x4C8))
    with two_wires(), Listener("hub:hub0") as at0, Listener("hub:hub1") as at1:
        with Joined("--json", "hub:hub0", "hub:hub1") as bridge:
            send("hub:hub0", *(f"{i:03X}#{i:04X}" for i in there))
            send("hub:hub1", *(f"{i:03X}#{i:04X}" for i in back))
            ways = bridge.wait_received(200, 200)
            assert [way["sent"] for way in ways] == [200, 200], ways
            # Each bus has its own frames and the other one's, once and in order.
            for listener in (at0, at1):
                heard = listener.heard(400)
                assert heard == there + back, heard
            status, printed = bridge.end()
            assert status == 0 and len(check_books(json.loads(printed))) == 2, printed


def test_filters_and_rewriting_by_way():
    with two_wires(), Listener("hub:hub0") as at0, Listener("hub:hub1") as at1:
        with Joined("--json", "--bus1-filter", "100-1FF", "--bus1-id", "100-1FF=500", "--bus2_id",
                    "or:1", "--bus2-filter=300:700", "hub:hub0", "hub:hub1") as bridge:
            send("hub:hub0", "123#11", "234#22", "199#33")
            send("hub:hub1", "300#44", "200#55")
            ways = bridge.wait_received(3, 2)
            assert [way["dropped"]["filtered"] for way in ways] == [1, 1], ways
            assert [way["rewritten"] for way in ways] == [2, 1], ways
            assert at1.heard(4) == [0x523, 0x599, 0x300, 0x200]
            assert at0.heard(4) == [0x123, 0x234, 0x199, 0x301]


def test_one_way():
    with two_wires(), Listener("hub:hub0") as at0, Listener("hub:hub1") as at1:
        with Joined("--one-way", "--json", "hub:hub0", "hub:hub1") as bridge:
            send("hub:hub1", "200#")
            send("hub:hub0", "100#")
            assert len(bridge.wait_received(1)) == 1
            assert (at0.heard(1), at1.heard(2)) == ([0x100], [0x200, 0x100])
            status, printed = bridge.end(signal.SIGTERM)
            assert status == 0 and '"from":"hub:hub0"' in printed, (status, printed)


def test_counters_for_people():
    with two_wires(), Joined("--stats", "0.05", "hub:hub0", "hub:hub1") as bridge:
        assert bridge.line() == "hub:hub0 -> hub:hub1: 0 received, 0 sent"
        assert bridge.line() == "hub:hub1 -> hub:hub0: 0 received, 0 sent"
        send("hub:hub0", "100#")
        deadline = time.monotonic() + PATIENCE_S
        while bridge.line() != "hub:hub0 -> hub:hub1: 1 received, 1 sent":
            assert time.monotonic() < deadline


@contextlib.contextmanager
def one_wire():
    """hub0 and hub1 with an adapter each on one bus, where another node sends."""
    adapters = [f"slcan:name={name},pty={{dir}}/{name},keep,txfull=block" for name in "ab"]
    adapters.append("gen:id=100,len=4,seq,step,period=2000")
    with Simulator("--bitrate", "1000000", *adapters) as sim:
        run = sim.path("run")
        os.mkdir(run)
        os.environ["ANYCAN_RUN_DIR"] = run
        try:
            with on_hub.Bridge(run, "slcan:" + sim.path("a"), "hub0", *on_hub.CLASSIC):
                with on_hub.Bridge(run, "slcan:" + sim.path("b"), "hub1", *on_hub.CLASSIC):
                    on_hub.wait_open("hub:hub0", "hub:hub1")
                    yield
        finally:
            del os.environ["ANYCAN_RUN_DIR"]
            subprocess.run(["rm", "-r", run], check=True)


def test_a_wire_with_both_ends():
    """Found out and said, instead of a storm."""
    with one_wire():
        for words in ((), ("--one-way",), ("--bus1-id", "or:400")):
            with Joined(*words, "hub:hub0", "hub:hub1") as bridge:
                status, _ = bridge.end(how=None)
                assert status == 1 and "joined elsewhere" in bridge.said, bridge.said
                assert "--no-loop-check" in bridge.said, bridge.said


def test_the_same_bus_twice():
    with two_wires() as (_, addresses):
        for other in ("hub:hub0", addresses[0]):
            with Joined("hub:hub0", other, ready=None) as bridge:
                status, _ = bridge.end(how=None)
                assert status == 1 and "same bus" in bridge.said, bridge.said


def test_a_bus_that_goes_away():
    with two_wires() as (run, _):
        with Simulator("--bitrate", "1000000", "slcan:name=c,pty={dir}/c,keep", "ack") as sim:
            address = "slcan:" + sim.path("c")
            with on_hub.Bridge(run, address, "hub2", *on_hub.CLASSIC):
                on_hub.wait_open("hub:hub2")
                patient = Joined("--json", "--reconnect", "hub:hub0", "hub:hub2")
                plain = Joined("hub:hub0", "hub:hub2")
            with plain, patient:
                status, _ = plain.end(how=None)
                assert status == 3 and "--reconnect" in plain.said, (status, plain.said)
                patient.wait_for("waiting for it")
                send("hub:hub0", "100#", "101#")
                ways = patient.wait_received(2, 0)
                assert ways[0]["dropped"]["away"] == 2, ways
                with on_hub.Bridge(run, address, "hub2", *on_hub.CLASSIC):
                    on_hub.wait_open("hub:hub2")
                    patient.wait_for("hub:hub2 is back")
                    with Listener("hub:hub2") as at2:
                        send("hub:hub0", "102#")
                        assert patient.wait_received(3, 0)[0]["sent"] == 1
                        assert at2.heard(1) == [0x102]
                    assert patient.end()[0] == 0


def test_it_may_begin_before_the_bus():
    with two_wires() as (run, _):
        with Joined("--reconnect", "hub:hub0", "hub:later", ready="waiting for it") as bridge:
            with Simulator("--bitrate", "1000000", "slcan:name=c,pty={dir}/c,keep", "ack") as sim:
                with on_hub.Bridge(run, "slcan:" + sim.path("c"), "later", *on_hub.CLASSIC):
                    bridge.wait_for("hub:later is back")
                    assert bridge.end()[0] == 0


def refused(name, *words):
    done = subprocess.run([ANYCAN, name, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE_S)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_wrong_use():
    for words, status, text in (
        ((), 2, "two buses"),
        (("can0",), 2, "two buses"),
        (("can0", "can1", "can2"), 2, "two buses"),
        (("any", "can1"), 2, "joins two buses"),
        (("can0", "can*"), 2, "joins two buses"),
        (("--rate=0", "can0", "can1"), 2, "no value that fits: 0"),
        (("--bus3-rate", "1", "can0", "can1"), 2, "bus3"),
        (("--id", "123", "can0", "can1"), 2, "no value that fits: 123"),
        (("--filter", "1FF-100", "can0", "can1"), 2, "smaller one first"),
        (("--fd-to-classic", "cut", "can0", "can1"), 2, "cut"),
        (("--patience", "1week", "can0", "can1"), 2, "1week"),
        (("--bus2-listen-only", "can0", "can1"), 2, "only listens"),
        (("--bus1-listen-only", "can0", "can1"), 2, "--one-way"),
        (("hub:nobody1", "hub:nobody2"), 3, "no hub 'nobody1'"),
        (("-i", "nonsense", "can0", "can1"), 1, "nonsense"),
    ):
        got = refused("bridge", *words)
        assert got[0] == status and text in got[1], (words, got)


def test_help():
    for name in ("bridge", "can_bridge"):
        done = subprocess.run([ANYCAN, name, "--help"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0 and not done.stderr, done
        assert len(done.stdout.split("Examples:\n")[1].strip().splitlines()) >= 3


def test_as_python_cans_script():
    with two_wires() as (_, addresses):
        ports = [address.removeprefix("slcan:") for address in addresses]
        words = ("--bus1-interface", "slcan", "--bus1-channel", ports[0], "--bus1_bitrate",
                 "1000000", "--bus2-interface=slcan", "--bus2-channel=" + ports[1],
                 "--bus2-bus-kwargs", "ttyBaudrate=115200", "rtscts=False")
        with Listener("hub:hub1") as at1, Joined(*words, name="can_bridge", ready=None) as bridge:
            line = bridge.line()
            assert re.fullmatch(BANNER.rstrip("\\n") % "Started", line), line
            send("hub:hub0", "123#11")
            assert at1.heard(1) == [0x123]
            status, printed = bridge.end()
            assert status == 0 and re.fullmatch(BANNER % "Stopped", printed), printed


def test_wrong_use_as_python_cans_script():
    timing = ["f_clock=8_000_000", "tseg1=5", "tseg2=2", "sjw=2", "brp=2"]
    for words, status, text in (
        ((), 22, "Usage:"),
        (("--bus1-interface", "nonsense"), 2, "invalid choice: 'nonsense'"),
        (("--bus1-channel",), 2, "expected one argument"),
        (("--bus1-bitrate", "fast"), 2, "invalid int value"),
        (("--bus1-bus-kwargs", "a-b=1"), 2, "Unable to parse"),
        (("--bus2-timing", "brp=x"), 2, "Invalid timing argument"),
        (("--bus2-timing", *timing), 2, "Incomplete"),
        (("--bus2-timing", "f_clock=80000000", "nom_brp=1"), 2, "-data-bitrate"),
        (("--bus1-interface", "slcan", "--bus1-channel", "/dev/nonexistent", "--foo", "--bus1-fd",
          "--bus1-timing", *timing, "nof_samples=1"), 1, "/dev/nonexistent"),
    ):
        got = refused("can_bridge", *words)
        assert got[0] == status and text in got[1], (words, got)


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    sys.exit(simulator.run([
        test_both_ways_nothing_lost,
        test_filters_and_rewriting_by_way,
        test_one_way,
        test_counters_for_people,
        test_a_wire_with_both_ends,
        test_the_same_bus_twice,
        test_a_bus_that_goes_away,
        test_it_may_begin_before_the_bus,
        test_wrong_use,
        test_help,
        test_as_python_cans_script,
        test_wrong_use_as_python_cans_script,
    ]))
