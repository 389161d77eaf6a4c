#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The simulated adapters, as python-can's slcan bus sees them: an outsider's word for it.

Runs with the python-can that is installed. If PYTHON_CAN names a checkout of a newer one, all is
run with that as well, and then CAN FD is part of it.
"""
import inspect
import os
import subprocess
import sys

if os.environ.get("ANYCAN_PYTHON_CAN"):  # set by test_newer_python_can for its own run
    sys.path.insert(0, os.environ["ANYCAN_PYTHON_CAN"])

import simulator  # noqa: E402
from simulator import Skip, Simulator  # noqa: E402

try:
    import can
    from can.interfaces.slcan import slcanBus
except ImportError:
    can = None

CHECKOUT = os.environ.get("ANYCAN_PYTHON_CAN")
PATIENCE_S = 5
CLASSIC = ("lawicel", "can232,autopoll", "canable", "kernel", "silent")
FD = ("canable2", "weact", "canable25")


def option(name):
    return name in inspect.signature(slcanBus.__init__).parameters


def version():
    return "a newer python-can" if CHECKOUT else f"python-can {can.__version__}"


def open_bus(where, **settings):
    bus = can.Bus(interface="slcan", channel=where, sleep_after_open=0, **settings)
    assert isinstance(bus, slcanBus)
    return bus


class Pair:
    """Two buses of python-can on two adapters of one simulated bus."""

    def __init__(self, first, second, settings=({}, {})):
        self.sim = Simulator(*[f"slcan:pty={{dir}}/{name},lossless,dialect={dialect}"
                               for name, dialect in (("a", first), ("b", second))])
        self.settings = settings

    def __enter__(self):
        self.a, self.b = [open_bus(self.sim.path(name), **(settings or {"bitrate": 500000}))
                          for name, settings in zip("ab", self.settings)]
        self.sim.wait(lambda stats: all(x["open"] for x in stats["adapters"]))
        return self

    def __exit__(self, *failure):
        self.a.shutdown()
        self.b.shutdown()
        if not failure[0]:
            self.sim.check_conservation()
        self.sim.__exit__(*failure)


def classic_frames():
    for number, identifier in enumerate((0, 1, 0x123, 0x7FF)):
        for length in range(9):
            yield can.Message(arbitration_id=identifier, is_extended_id=False,
                              data=bytes(range(number, number + length)))
    for identifier in (0, 0x7FF, 0x12ABCDEF, 0x1FFFFFFF):
        yield can.Message(arbitration_id=identifier, is_extended_id=True, data=b"\xAA\x55")
    for length in (0, 1, 8):
        for extended in (False, True):
            yield can.Message(arbitration_id=0x123, is_extended_id=extended, dlc=length,
                              is_remote_frame=True)


def fd_frames():
    for length in (0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64):
        for extended in (False, True):
            for switched in (False, True):
                yield can.Message(arbitration_id=0x456, is_extended_id=extended, is_fd=True,
                                  bitrate_switch=switched, data=bytes(range(length)))


def exchange(sender, receiver, frames):
    frames = list(frames)
    for frame in frames:
        sender.send(frame, timeout=PATIENCE_S)
        got = receiver.recv(PATIENCE_S)
        while got is None:  # an answer to some command
            got = receiver.recv(PATIENCE_S)
        assert got.equals(frame, timestamp_delta=None, check_direction=False), (got, frame)
    assert receiver.recv(0.01) is None
    return len(frames)


def both_ways(pair, frames):
    return exchange(pair.a, pair.b, frames()) + exchange(pair.b, pair.a, frames())


def test_every_classic_frame():
    count = 0
    for dialect in CLASSIC + FD:
        with Pair(dialect, dialect) as pair:
            count += both_ways(pair, classic_frames)
    return f"{count} frames over {len(CLASSIC + FD)} dialects, {version()}"


def test_mixed_dialects():
    with Pair("lawicel", "canable") as pair:
        both_ways(pair, classic_frames)
    with Pair("canable2", "weact") as pair:
        both_ways(pair, classic_frames)


def test_every_fd_frame():
    if not option("timing"):
        raise Skip(f"{version()} knows no CAN FD for slcan")
    timing = can.BitTimingFd.from_sample_point(
        f_clock=80_000_000, nom_bitrate=500_000, nom_sample_point=80,
        data_bitrate=2_000_000, data_sample_point=80)
    for dialect in FD:
        with Pair(dialect, dialect, ({"timing": timing}, {"timing": timing})) as pair:
            both_ways(pair, fd_frames)


def test_bursts():
    """Many frames without waiting for any: none is lost, doubled or out of order."""
    frames = [can.Message(arbitration_id=0x100, is_extended_id=False,
                          data=number.to_bytes(8, "big")) for number in range(500)]
    for dialect in CLASSIC + FD:
        with Pair(dialect, dialect) as pair:
            for frame in frames:
                pair.a.send(frame, timeout=PATIENCE_S)
            got = []
            while len(got) < len(frames):
                message = pair.b.recv(PATIENCE_S)
                if message is not None:
                    got.append(int.from_bytes(message.data, "big"))
            assert got == list(range(len(frames))), dialect


def test_version_and_serial():
    with Pair("lawicel,version=2345,serial=WXYZ", "lawicel") as pair:
        assert pair.a.get_version(PATIENCE_S) == (23, 45)
        assert pair.a.get_serial_number(PATIENCE_S) == "WXYZ"
        assert pair.b.get_version(PATIENCE_S) == (10, 13)
        assert pair.b.get_serial_number(PATIENCE_S) == "A123"
    with Pair("silent", "silent") as pair:
        assert pair.a.get_version(0.1) == (None, None)
        assert pair.a.get_serial_number(0.1) is None


def test_bit_timing_registers():
    settings = {"btr": "001C"}
    if not option("btr"):
        settings = {"timing": can.BitTiming.from_registers(f_clock=8_000_000, btr0=0, btr1=0x1C)}
    with Pair("lawicel", "lawicel", (settings, {})) as pair:
        assert pair.sim.adapter(0)["bitrate"] == 500000
        both_ways(pair, classic_frames)


def test_every_bitrate():
    for bitrate, reached in slcanBus._BITRATES.items():
        wanted = {"S7": 800000, "S9": None}.get(reached, bitrate)
        if wanted is None:
            continue  # LAWICEL has none of that number
        with Pair("lawicel", "lawicel", ({"bitrate": bitrate},) * 2) as pair:
            assert pair.sim.adapter(0)["bitrate"] == wanted
            frame = can.Message(arbitration_id=0x123, is_extended_id=False, data=b"\x01")
            exchange(pair.a, pair.b, [frame])


def test_listen_only():
    if not option("listen_only"):
        raise Skip(f"{version()} has no listen_only for slcan")
    settings = ({"bitrate": 500000}, {"bitrate": 500000, "listen_only": True})
    with Pair("lawicel", "lawicel", settings) as pair:
        frame = can.Message(arbitration_id=0x123, is_extended_id=False, data=b"\x01")
        pair.a.send(frame)
        # Nobody acknowledges: the sender becomes error passive, the frame stays.
        pair.sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-passive")
        assert pair.sim.adapter(0)["to_bus"] == 0
        pair.b.send(frame)
        pair.sim.wait(lambda stats: stats["adapters"][1]["bad_commands"] > 0)
        assert pair.sim.adapter(1)["from_host"] == 0


def test_tcp():
    with Simulator("slcan:tcp=0,dialect=lawicel", "slcan:tcp=0,dialect=canable") as sim:
        a, b = [open_bus("socket://" + adapter["address"], bitrate=500000)
                for adapter in sim.do("stats")["adapters"]]
        sim.wait(lambda stats: all(x["open"] for x in stats["adapters"]))
        exchange(a, b, classic_frames())
        exchange(b, a, classic_frames())
        a.shutdown()
        b.shutdown()


def test_newer_python_can():
    checkout = os.environ.get("PYTHON_CAN")
    if not checkout:
        raise Skip("PYTHON_CAN names no checkout of a newer python-can")
    done = subprocess.run([sys.executable, "-B", os.path.abspath(__file__)], text=True,
                          capture_output=True, env=dict(os.environ, ANYCAN_PYTHON_CAN=checkout))
    assert done.returncode == 0, done.stdout + done.stderr
    return "; ".join(line[2:] for line in done.stdout.splitlines() if line.startswith("# "))


def main():
    tests = [value for name, value in list(globals().items()) if name.startswith("test_")]
    if CHECKOUT:
        tests.remove(test_newer_python_can)
        assert can.__file__.startswith(os.path.join(CHECKOUT, "")), can.__file__
    if can is None:
        print("TAP version 13\n1..0 # SKIP python-can is not installed")
        return 4
    return simulator.run(tests)


if __name__ == "__main__":
    sys.exit(main())
