#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""robotell, seeedstudio and serial, as python-can sees them: the simulated adapters with its buses
as their hosts, and the drivers at the far end of a line from its buses.

Runs with the python-can that is installed. If PYTHON_CAN names a checkout of a newer one, all is
run with that as well.
"""
import inspect
import os
import subprocess
import sys
import time

if os.environ.get("ANYCAN_PYTHON_CAN"):  # set by test_newer_python_can for its own run
    sys.path.insert(0, os.environ["ANYCAN_PYTHON_CAN"])

import simulator  # noqa: E402
from bridge import Bridge, Line  # noqa: E402
from simulator import Skip, Simulator  # noqa: E402

try:
    import can
    from can.interfaces.seeedstudio import seeedstudio
    from can.interfaces.serial import serial_can
except ImportError:
    can = None

CHECKOUT = os.environ.get("ANYCAN_PYTHON_CAN")
PATIENCE_S = 5
# Before 4.6 the serial bus wrote identifiers without flags, and took all of them for extended ones.
BARE = can is not None and "CAN_EFF_FLAG" not in inspect.getsource(serial_can)
# Since then one filter is the adapter's.
HARDWARE_FILTER = can is not None and "can_mask" in inspect.getsource(seeedstudio)
ESCAPES = (b"\xA5" * 8, b"\xAA" * 8, b"\x55" * 8, b"\xBB" * 8, bytes.fromhex("A5AA55BBA5AA55BB"),
           bytes.fromhex("AA55120355AABBA5"), b"\x55", b"\xAA\xAA", b"\x55\x55\x55")


def version():
    return "a newer python-can" if CHECKOUT else f"python-can {can.__version__}"


def message(identifier, extended, **rest):
    return can.Message(arbitration_id=identifier, is_extended_id=extended, **rest)


def all_frames():
    """Base and extended, data and remote, every length, and data that looks like marks."""
    for identifier, extended in ((0, False), (0x0AA, False), (0x7FF, False), (0x55, True),
                                 (0x155AA5, True), (0x1FFFFFFF, True)):
        for length in range(9):
            yield message(identifier, extended, data=bytes(range(length)))
            yield message(identifier, extended, dlc=length, is_remote_frame=True)
        for data in ESCAPES:
            yield message(identifier, extended, data=data)
    # every checksum of robotell's packets, those that are escaped among them
    for value in range(256):
        yield message(0x123, False, data=bytes([value]))


def bare_frames():
    """What the old serial bus has words for."""
    return (frame for frame in all_frames() if not frame.is_remote_frame)


def text(frame):
    digits = 8 if frame.is_extended_id else 3
    rest = frame.data.hex().upper()
    if frame.is_remote_frame:
        rest = f"R{frame.dlc}" if frame.dlc else "R"
    return f"{frame.arbitration_id:0{digits}X}#{rest}"


class Kind:
    """An interface of python-can, with the driver and the simulator for it."""

    def __init__(self, name, frames=all_frames, sim="", to_python=(), variants=(((), ""),),
                 **settings):
        self.name, self.frames, self.settings = name, frames, settings
        self.sim = f"{name}:pty={{dir}}/%s,lossless" + sim
        self.to_python = to_python  # words for a driver that speaks to python-can
        self.variants = variants  # words for a driver, and what its adapter is then

    def open(self, path):
        return can.Bus(interface=self.name, channel=path, **self.settings)

    def words(self):
        return () if self.name == "serial" else ("bitrate", "500000")

    def seen_by_python(self, frame):
        """What the old serial bus makes of a frame."""
        if self.name == "serial" and BARE:
            return message(frame.arbitration_id, True, data=frame.data)
        return frame

    def seen_by_others(self, frame):
        """What others make of a frame that python-can has sent."""
        if self.name == "serial" and BARE:
            return message(frame.arbitration_id, frame.arbitration_id > 0x7FF, data=frame.data)
        return frame


def kinds():
    yield Kind("robotell", sim=",retransmit", bitrate=500000)
    yield Kind("seeedstudio", to_python=("rtr", "filled", "poll-status", "20"), bitrate=500000,
               variants=(((), ""), (("rtr", "filled"), ",rtr-in=filled,rtr-out=empty"),
                         (("protocol", "fixed"), ""),
                         (("protocol", "fixed", "id-order", "big"), ",id-order=big")))
    if BARE:
        yield Kind("serial", bare_frames, ",dialect=4.0", ("dialect", "4.0"),
                   ((("dialect", "4.0"), ""),))
    else:
        yield Kind("serial", variants=(
            ((), ",rtr-in=filled"), (("rtr", "empty"), ",rtr-out=empty"),
            (("timestamp-unit", "us"), ",rtr-in=filled,unit=us"),
            (("timestamp-unit", "s"), ",rtr-in=filled,unit=s")))


def wait_ready(sim, bridge=None):
    """Until all adapters have taken the settings of their hosts."""
    if bridge:
        bridge.wait_open()
    sim.wait(lambda stats: all(x["bitrate"] == 500000 for x in stats["adapters"]))


def receive(bus):
    """The next frame; some buses return without one now and then."""
    end = time.monotonic() + PATIENCE_S
    got = None
    while got is None and time.monotonic() < end:
        got = bus.recv(0.5)
    return got


def same(got, wanted):
    assert got is not None and got.equals(wanted, timestamp_delta=None, check_direction=False), (
        got, wanted)


def python_to_python(kind, sender, receiver):
    frames = list(kind.frames())
    for frame in frames:
        sender.send(frame, timeout=PATIENCE_S)
        same(receive(receiver), kind.seen_by_python(kind.seen_by_others(frame)))
    return len(frames)


def python_to_bridge(kind, bus, bridge):
    frames = list(kind.frames())
    for frame in frames:
        bus.send(frame, timeout=PATIENCE_S)
        got, wanted = bridge.receive(), text(kind.seen_by_others(frame))
        assert got == wanted, (got, wanted)
    assert bridge.receive(0.05) is None
    return len(frames)


def bridge_to_python(kind, bridge, bus):
    frames = list(kind.frames())
    for frame in frames:
        bridge.say(text(frame))
        same(receive(bus), kind.seen_by_python(kind.seen_by_others(frame)))
    return len(frames)


def check_counts(bridge, count):
    stats = bridge.stats()
    assert stats["rx"] == count and stats["tx"] == count, stats
    assert stats["bad"] == stats["unsupported"] == stats["overruns"] == 0, stats


def test_two_python_hosts():
    """python-can's buses on both simulated adapters."""
    count = 0
    for kind in kinds():
        with Simulator(*(kind.sim % name for name in "ab")) as sim:
            a, b = [kind.open(sim.path(name)) for name in "ab"]
            wait_ready(sim)
            count += python_to_python(kind, a, b) + python_to_python(kind, b, a)
            a.shutdown()
            b.shutdown()
            sim.check_conservation()
    return f"{count} frames, {version()}"


def test_driver_and_python_host():
    """A driver on one simulated adapter, python-can on another."""
    count = 0
    for kind in kinds():
        for words, adapter in kind.variants:
            with Simulator(kind.sim % "a" + adapter, kind.sim % "b") as sim:
                bus = kind.open(sim.path("b"))
                with Bridge(f"{kind.name}:{sim.path('a')}", *kind.words(), *words) as bridge:
                    wait_ready(sim, bridge)
                    n = python_to_bridge(kind, bus, bridge)
                    count += n + bridge_to_python(kind, bridge, bus)
                    check_counts(bridge, n)
                bus.shutdown()
                sim.check_conservation()
    return f"{count} frames, {version()}"


def test_back_to_back():
    """A driver and python-can at the two ends of one line: each takes the other for an adapter."""
    count = 0
    for kind in kinds():
        with Line() as line:
            bus = kind.open(line.a)
            with Bridge(f"{kind.name}:{line.b}", *kind.words(), *kind.to_python) as bridge:
                n = python_to_bridge(kind, bus, bridge)
                count += n + bridge_to_python(kind, bridge, bus)
                if kind.name == "seeedstudio":
                    time.sleep(0.1)  # questions between frames do no harm
                check_counts(bridge, n)
            bus.shutdown()
    return f"{count} frames, {version()}"


def test_bursts():
    """Many frames without waiting for any, both ways at a time: none is lost or out of order."""
    for kind in kinds():
        with Simulator(*(kind.sim % name for name in "ab")) as sim:
            bus = kind.open(sim.path("b"))
            with Bridge(f"{kind.name}:{sim.path('a')}", *kind.words()) as bridge:
                wait_ready(sim, bridge)
                for number in range(500):
                    bridge.say(f"00000801#{number:016X}")
                    bus.send(message(0x800, True, data=number.to_bytes(8, "big")))
                for number in range(500):
                    got = receive(bus)
                    assert int.from_bytes(got.data, "big") == number, (kind.name, number, got)
                    assert bridge.receive() == f"00000800#{number:016X}", (kind.name, number)
                check_counts(bridge, 500)
            bus.shutdown()
            sim.check_conservation()


def test_error_frames():
    if BARE:
        raise Skip(f"{version()} has no error frames on a serial line")
    with Line() as line:
        bus = can.Bus(interface="serial", channel=line.a)
        with Bridge(f"serial:{line.b}") as bridge:
            bus.send(can.Message(arbitration_id=4, is_error_frame=True, is_extended_id=False,
                                 data=b"\0\1\0\0\0\0\0\0"))
            assert bridge.receive() == "20000004#0001000000000000"
            bridge.say("20000004#0001000000000000")
            got = receive(bus)
            assert got.is_error_frame and got.arbitration_id == 4 and got.dlc == 8, got
        bus.shutdown()


def test_serial_time_stamps():
    """python-can's stamps are milliseconds, and come out as they went in."""
    with Line() as line:
        bus = can.Bus(interface="serial", channel=line.a)
        with Bridge(f"serial:{line.b}") as bridge:
            begin = time.time()
            for stamp in (1.0, 1.25, 1.5):
                bus.send(message(0x123, False, timestamp=stamp))
                assert bridge.receive() == "123#"
                time.sleep(0.25)
            gaps = [b - a for a, b in zip(bridge.times, bridge.times[1:])]
            assert all(0.249 < gap < 0.251 for gap in gaps), gaps
            assert abs(bridge.times[0] - begin) < 0.2
            bridge.say("123#")
            time.sleep(0.3)
            bridge.say("123#")
            first, second = receive(bus), receive(bus)
            assert 0.29 < second.timestamp - first.timestamp < 0.4
        bus.shutdown()


def test_robotell_settings():
    """What python-can stores the driver finds, and it writes nothing twice."""
    with Simulator("--bitrate", "125000", "robotell:pty={dir}/a", "ack:") as sim:
        bus = can.Bus(interface="robotell", channel=sim.path("a"), bitrate=125000)
        assert bus.get_serial_number(1) == "57FF-7306-6775-5455-1130-1767"
        bus.set_hw_filter(3, True, 0x12345, 0x1FFFFFFF, True)
        bus.set_auto_retransmit(True)
        bus.set_auto_bus_management(True)
        bus.shutdown()
        adapter = sim.adapter(0)
        assert adapter["stored_bitrate"] == adapter["bitrate"] == 125000
        assert adapter["filters"][4:6] == [0xC0012345, 0x1FFFFFFF]
        assert adapter["retransmit"] and adapter["bus_management"]
        writes = adapter["flash_writes"]
        path = f"robotell:{sim.path('a')}"
        with Bridge(path, "bitrate", "125000", "auto-retransmit", "on", "filter",
                    "3=00012345") as bridge:
            assert bridge.ready == "ready Robotell USB-CAN 57FF-7306-6775-5455-1130-1767"
            bridge.wait_open()
            assert sim.adapter(0)["flash_writes"] == writes
            bridge.set("auto-retransmit", "off")
            bridge.set("filter", "1=123:7FF,2=off")
            assert sim.adapter(0)["flash_writes"] == writes + 3
            bridge.set("filter", "1=123:7FF,2=off")
            assert sim.adapter(0)["flash_writes"] == writes + 3
            sim.do("send 1 123#11")
            sim.do("send 1 124#22")
            sim.do("send 1 00012345#33")
            assert bridge.receive() == "123#11"
            assert bridge.receive() == "00012345#33"
            assert sim.adapter(0)["dropped"]["rx_filtered"] == 1
            bridge.set("serial-rate", "57600")
            assert sim.adapter(0)["serial_rate"] == 57600
            bridge.set("factory-reset", "yes")
            adapter = sim.adapter(0)
            assert adapter["stored_bitrate"] == 125000 and not adapter["bus_management"], adapter
        with Bridge(path) as bridge:  # the stored rate
            bridge.wait_open()
            assert sim.adapter(0)["bitrate"] == 125000


def test_seeedstudio_settings():
    for mode, words in (("normal", ()), ("loopback", ("loopback", "on")),
                        ("silent", ("listen-only", "on")),
                        ("loopback_and_silent", ("loopback", "on", "listen-only", "on"))):
        for frame_type in ("STD", "EXT"):
            with Simulator("seeedstudio:pty={dir}/a", "seeedstudio:pty={dir}/b") as sim:
                bus = can.Bus(interface="seeedstudio", channel=sim.path("a"), bitrate=250000,
                              operation_mode=mode, frame_type=frame_type)
                with Bridge(f"seedstudio:{sim.path('b')}", "bitrate", "250000", "one-shot", "on",
                            "frame-type", frame_type.lower(), *words):
                    sim.wait(lambda stats: all(x["settings"] == 1 for x in stats["adapters"]))
                    a, b = sim.do("stats")["adapters"]
                    for key in ("mode", "one_shot", "fixed", "extended", "bitrate"):
                        assert a[key] == b[key], key
                    assert a["mode"] == mode and a["bitrate"] == 250000
                bus.shutdown()


def test_seeedstudio_filter():
    with Simulator("seeedstudio:pty={dir}/a", "seeedstudio:pty={dir}/b", "ack:") as sim:
        bus = can.Bus(interface="seeedstudio", channel=sim.path("a"), bitrate=500000,
                      can_filters=[{"can_id": 0x123, "can_mask": 0x7FF, "extended": False}])
        with Bridge(f"seeedstudio:{sim.path('b')}", "bitrate", "500000", "filter",
                    "123:7FF") as bridge:
            bridge.wait_open()
            for frame in ("122#", "123#11", "124#", "00000123#"):
                sim.do(f"send 2 {frame}")
            assert bridge.receive() == "123#11" and bridge.receive(0.1) is None
            same(receive(bus), message(0x123, False, data=b"\x11"))
            stats = sim.do("stats")["adapters"]
            assert stats[1]["dropped"]["rx_filtered"] == 3, stats
            if HARDWARE_FILTER:
                assert stats[0]["dropped"] == stats[1]["dropped"], stats
        bus.shutdown()


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
