#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The simulated robotell, seeedstudio and serial adapters byte by byte, and their drivers in
trouble: garbage, packets cut off at every byte, an adapter that is unplugged.

The expected bytes are those that python-can was seen to send and that the makers describe, written
down here by hand, not taken from simulators or drivers.
"""
import contextlib
import os
import random
import sys
import time

import simulator
from bridge import Bridge, Line
from simulator import Port, Simulator

KINDS = ("robotell", "seeedstudio", "serial")
# A frame 123 with 11 22 33 as each of them has it.
FRAMES = {
    "robotell": "AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 8D 55 55",
    "seeedstudio": "AA C3 23 01 11 22 33 55",
    "serial": "AA 00 00 00 00 03 23 01 00 00 11 22 33 BB",
}
SETTINGS_500K = "AA 55 12 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 16"


def hexed(text):
    return bytes.fromhex(text)


class Bench(contextlib.ExitStack):
    """An adapter and its port, and beside it a node that acknowledges and sends."""

    def __init__(self, adapter, *options):
        super().__init__()
        self.sim = self.enter_context(Simulator(f"{adapter}:pty={{dir}}/a," + ",".join(options),
                                                "ack:", "slcan:pty={dir}/w,dialect=silent"))
        self.port = self.enter_context(Port(self.sim.path("a")))
        self.witness = self.enter_context(Port(self.sim.path("w")))
        self.witness.write(b"S6\rO\r")
        self.sim.wait(lambda stats: stats["adapters"][2]["open"])

    def ask(self, question, answer):
        self.port.ask(hexed(question), hexed(answer))

    def sends(self, text, line):
        """What the host sends, and what the bus sees."""
        self.port.write(hexed(text))
        got = self.witness.lines(1)
        assert got == [line], (text, got)

    def hears(self, frame, text, mask=()):
        """A frame on the bus, and what the host gets, but for the bytes at @mask."""
        self.sim.do(f"send 1 {frame}")
        wanted = bytearray(hexed(text))
        got = bytearray(self.port.read(len(wanted)) + self.port.quiet())
        for at in mask:
            got[at] = wanted[at]
        assert got == wanted, (frame, got.hex(" "))
        self.witness.lines(1)


def test_robotell():
    with Bench("robotell", "retransmit") as b:
        b.ask("AA AA F0 FF FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 F8 55 55",
              "AA AA F0 FF FF 01 57 FF 73 06 67 75 54 A5 55 08 FF 01 01 4C 55 55")
        b.ask("AA AA D0 FE FF 01 00 00 00 00 00 00 00 00 04 FF 01 01 D3 55 55",
              "AA AA D0 FE FF 01 20 A1 07 00 00 00 00 00 04 FF 01 01 9B 55 55")
        # what an adapter was seen to answer, bytes without a meaning included
        b.ask("AA AA D0 FE FF 01 20 A1 07 00 01 02 00 00 04 FF 01 00 9D 55 55",
              "AA AA D0 FE FF 01 20 A1 07 00 01 02 00 00 04 FF 01 01 9E 55 55")
        b.sends(FRAMES["robotell"], b"t1233112233")
        b.sends("AA AA EF CD AB 12 A5 AA A5 55 00 00 00 00 00 00 02 00 01 00 7B 55 55",
                b"T12ABCDEF2AA55")
        b.sends("AA AA FF 07 00 00 00 00 00 00 00 00 00 00 04 00 00 01 0B 55 55", b"r7FF4")
        b.sends("AA AA 00 00 00 00 54 00 00 00 00 00 00 00 01 00 00 00 A5 55 55 55", b"t000154")
        b.hears("123#112233", FRAMES["robotell"])
        b.hears("000#54", "AA AA 00 00 00 00 54 00 00 00 00 00 00 00 01 00 00 00 A5 55 55 55")
        b.hears("12ABCDEF#R8",
                "AA AA EF CD AB 12 00 00 00 00 00 00 00 00 08 00 01 01 83 55 55")
        # another checksum, 18 bytes, none of them sent
        b.ask("AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 8E 55 55", "")
        b.ask("AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 00 8D 55 55", "")
        assert b.sim.adapter(0)["bad_packets"] == 2
        b.sim.check_conservation()


def test_robotell_filters():
    with Bench("robotell") as b:
        # filter 1 for 123 and nothing else, filter 2 off
        for text in ("AA AA E0 FE FF 01 23 01 00 80 FF 07 00 00 08 FF 01 00 90 55 55",
                     "AA AA E1 FE FF 01 FF FF FF 5F FF FF FF 1F 08 FF 01 00 5F 55 55"):
            b.port.write(hexed(text))
            assert len(b.port.read(21)) == 21
        b.hears("123#112233", FRAMES["robotell"])
        b.hears("124#", "")
        b.hears("00000123#", "")
        assert b.sim.adapter(0)["dropped"]["rx_filtered"] == 2
        b.sim.do("unplug 0")
        b.sim.do("replug 0")
        assert b.sim.adapter(0)["filters"][0] == 0x80000123  # it is stored


def test_seeedstudio():
    with Bench("seeedstudio") as b:
        b.ask(SETTINGS_500K, "")
        assert b.sim.adapter(0)["bitrate"] == 500000
        b.sends(FRAMES["seeedstudio"], b"t1233112233")
        b.sends("AA E2 EF CD AB 12 AA 55 55", b"T12ABCDEF2AA55")
        b.sends("AA D4 FF 07 55", b"r7FF4")
        b.sends("AA C0 00 00 55", b"t0000")
        b.sends("AA C8 23 01 11 22 33 44 55 66 77 88 55", b"t12381122334455667788")
        b.hears("123#112233", FRAMES["seeedstudio"])
        b.hears("7FF#R4", "AA D4 FF 07 00 00 00 00 55")
        b.hears("01234567#1122334455667788", "AA E8 67 45 23 01 11 22 33 44 55 66 77 88 55")
        status = "AA 55 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 04"
        b.ask(status, status)
        b.ask(status[:-2] + "05", "")  # another checksum
        b.sim.check_conservation()


def test_seeedstudio_fixed():
    with Bench("seeedstudio", "id-order=big") as b:
        b.ask("AA 55 02 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 06", "")
        b.sends("AA 55 01 02 01 12 AB CD EF 02 AA 55 00 00 00 00 00 00 00 7E", b"T12ABCDEF2AA55")
        b.hears("123#", "AA 55 01 01 01 00 00 01 23 00 00 00 00 00 00 00 00 00 00 27")


def test_serial():
    with Bench("serial") as b:
        b.sends(FRAMES["serial"], b"t1233112233")
        b.sends("AA 00 00 00 00 02 EF CD AB 92 AA 55 BB", b"T12ABCDEF2AA55")
        b.sends("AA 00 00 00 00 04 FF 07 00 40 BB", b"r7FF4")
        b.sends("AA 66 73 00 00 00 01 00 00 80 BB", b"T000000010")
        b.hears("123#112233", FRAMES["serial"], range(1, 5))
        b.hears("7FF#R4", "AA 00 00 00 00 04 FF 07 00 40 00 00 00 00 BB", range(1, 5))
        b.ask("AA 00 00 00 00 09", "")
        assert b.sim.adapter(0)["bad_packets"] > 0
        b.sim.check_conservation()


# ---- Drivers

def words(kind):
    return () if kind == "serial" else ("bitrate", "500000")


def each_kind(options=""):
    """A driver on its adapter, beside a node that acknowledges and sends."""
    for kind in KINDS:
        with Simulator(f"{kind}:pty={{dir}}/a{options}", "ack:") as sim:
            with Bridge(f"{kind}:{sim.path('a')}", *words(kind)) as bridge:
                bridge.wait_open()
                sim.wait(lambda stats: stats["adapters"][0]["bitrate"] == 500000)
                yield kind, sim, bridge


def check_traffic(sim, bridge, number):
    """Frames pass both ways."""
    before = sim.adapter(0)["to_bus"]
    sim.do(f"send 1 123#{number:016X}")
    assert bridge.receive() == f"123#{number:016X}", number
    bridge.say(f"00000456#{number:04X}")
    sim.wait(lambda stats: stats["adapters"][0]["to_bus"] == before + 1)


def test_unplugged():
    for _, sim, bridge in each_kind():
        check_traffic(sim, bridge, 1)
        sim.do("unplug 0")
        end = time.monotonic() + simulator.PATIENCE_S
        while bridge.stats()["open"]:
            assert time.monotonic() < end
        assert bridge.receive().startswith("20000010#")  # the transceiver has no wire
        sim.do("replug 0")
        bridge.wait_open()
        sim.wait(lambda stats: stats["adapters"][0]["bitrate"] == 500000)
        check_traffic(sim, bridge, 2)
        assert bridge.stats()["reconnects"] == 1
        sim.check_conservation()


def test_garbage():
    """Noise is counted; of the frames behind it at most one is lost."""
    for kind, sim, bridge in each_kind():
        for seed in range(1, 21):
            sim.do(f"garbage 0 200 {seed}")
            for _ in range(3):
                sim.do("send 1 123#112233")
            sim.do("send 1 7FF#FF")
            while (got := bridge.receive()) != "7FF#FF":
                assert got, (kind, seed)
        stats = bridge.stats()
        assert stats["bad"] >= 20 and stats["rx"] >= 20 * 3, (kind, stats)
        check_traffic(sim, bridge, 3)


def test_half_a_frame():
    for kind, sim, bridge in each_kind():
        for _ in range(20):
            sim.do("halfline 0")
            sim.do("send 1 123#112233")
            sim.do("send 1 123#112233")
            sim.do("send 1 7FF#FF")
            while (got := bridge.receive()) != "7FF#FF":
                assert got, kind
        assert bridge.stats()["bad"] >= 20, kind
        check_traffic(sim, bridge, 4)


def test_stuck():
    """What cannot be written waits, and is not lost."""
    for _, sim, bridge in each_kind(",lossless"):
        before = sim.adapter(0)["to_bus"]
        sim.do("stuck 0")
        for number in range(200):
            bridge.say(f"123#{number:016X}")
        time.sleep(0.05)
        sim.do("resume 0")
        sim.wait(lambda stats: stats["adapters"][0]["to_bus"] == before + 200)
        assert bridge.stats()["tx"] == 200


def test_cut_off_at_every_byte():
    """Of what follows a frame that was cut off, at most one frame is lost, whatever is missing."""
    for kind in KINDS:
        frame = hexed(FRAMES[kind])
        with Line() as line, Bridge(f"{kind}:{line.b}", *words(kind)) as bridge:
            with Port(line.a) as port:
                bridge.wait_open()
                for cut in range(1, len(frame)):
                    port.write(frame[:cut] + frame * 3)
                    got = [bridge.receive(), bridge.receive()]
                    while (more := bridge.receive(0.02)):
                        got.append(more)
                    assert got[-2:] == ["123#112233"] * 2 and len(got) <= 4, (kind, cut, got)
                assert bridge.stats()["bad"] > 0


def test_hostile_input():
    """No sequence of bytes harms a simulated adapter or a driver, and the books balance."""
    rng = random.Random(4)
    pieces = [hexed(frame) for frame in FRAMES.values()] + [hexed(SETTINGS_500K)]
    pieces += [bytes([byte]) for byte in (0xAA, 0x55, 0xA5, 0xBB, 0, 1, 8, 0xFF)] * 4
    for kind in KINDS:
        with Simulator(f"{kind}:pty={{dir}}/a,txfifo=8", "ack:") as sim:
            with Port(sim.path("a")) as port:
                for _ in range(20):
                    port.write(b"".join(rng.choices(pieces, k=300)))
                    port.read(65536, 0.001)
            sim.check_conservation()
        with Line() as line, Bridge(f"{kind}:{line.b}", *words(kind)) as bridge:
            with Port(line.a) as port:
                bridge.wait_open()
                for _ in range(20):
                    port.write(b"".join(rng.choices(pieces, k=300)))
                    port.read(65536, 0.001)
                port.write(hexed(FRAMES[kind]) * 40)
                while bridge.receive(0.2):
                    pass
                assert bridge.stats()["rx"] > 30


def test_adapter_that_is_none():
    """An adapter that answers nothing can be used all the same, where the protocol lets it."""
    with Simulator("robotell:pty={dir}/a,mute", "ack:") as sim:
        with Bridge(f"robotell:{sim.path('a')}", "bitrate", "500000") as bridge:
            bridge.wait_open()
            sim.wait(lambda stats: stats["adapters"][0]["flash_writes"] == 1)
            check_traffic(sim, bridge, 5)
        assert "does not answer questions" in bridge.errors, bridge.errors
    with Simulator("seeedstudio:pty={dir}/a,mute", "ack:") as sim:
        with Bridge(f"seeedstudio:{sim.path('a')}", "bitrate", "500000", "poll-status",
                    "10") as bridge:
            bridge.wait_open()
            sim.wait(lambda stats: stats["adapters"][0]["settings"] == 1)
            check_traffic(sim, bridge, 6)
            time.sleep(3.1)
            asked = sim.adapter(0)["commands"]
            time.sleep(0.1)
            assert sim.adapter(0)["commands"] == asked
        assert "does not tell its error counters" in bridge.errors, bridge.errors


def test_error_counters():
    """What the analyzer tells of its controller becomes the state, and an error frame."""
    with Simulator("seeedstudio:pty={dir}/a") as sim:  # nobody acknowledges
        with Bridge(f"seeedstudio:{sim.path('a')}", "bitrate", "500000", "poll-status",
                    "10") as bridge:
            bridge.wait_open()
            bridge.say("123#")
            sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-passive")
            end = time.monotonic() + simulator.PATIENCE_S
            while bridge.stats()["state"] != 2:  # CAN_STATE_ERROR_PASSIVE
                assert time.monotonic() < end
            assert bridge.stats()["txerr"] == 128
            frame = bridge.receive()
            while frame.startswith("20000204#0008"):  # a warning on the way
                frame = bridge.receive()
            assert frame.startswith("20000204#0020") and frame[-4:-2] == "80", frame


def test_modes():
    """Loopback: the adapter hears itself. Listen-only: it does not even acknowledge."""
    with Simulator("seeedstudio:pty={dir}/a") as sim:
        with Bridge(f"seeedstudio:{sim.path('a')}", "bitrate", "500000", "loopback", "on",
                    "listen-only", "on") as bridge:
            bridge.wait_open()
            sim.wait(lambda stats: stats["adapters"][0]["mode"] == "loopback_and_silent")
            bridge.say("123#11")
            assert bridge.receive() == "123#11"
            assert sim.bus()["frames"] == 0
    with Simulator("seeedstudio:pty={dir}/a", "ack:") as sim:
        with Bridge(f"seeedstudio:{sim.path('a')}", "bitrate", "500000", "listen-only",
                    "on") as bridge:
            bridge.wait_open()
            sim.wait(lambda stats: stats["adapters"][0]["mode"] == "silent")
            bridge.say("123#11")
            sim.do("send 1 456#")
            sim.wait(lambda stats: stats["adapters"][1]["state"] == "error-passive")
            stats = bridge.stats()
            assert stats["unsupported"] == 1 and stats["tx"] == 0, stats


def test_down_and_up():
    for kind, sim, bridge in each_kind():
        for number in range(5):
            bridge.say("down")
            end = time.monotonic() + simulator.PATIENCE_S
            while bridge.stats()["open"]:
                assert time.monotonic() < end
            bridge.say("up")
            bridge.wait_open()
            if kind == "seeedstudio":  # which takes settings without a word
                sim.wait(lambda stats: stats["adapters"][0]["settings"] == number + 2)
            check_traffic(sim, bridge, number)


if __name__ == "__main__":
    assert os.path.exists(simulator.PROGRAM), "make -C tests/sim all"
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
