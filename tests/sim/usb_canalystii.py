#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The simulated CANalyst-II byte by byte, without a kernel."""
import struct
import sys
import time

import usb_host
from simulator import Simulator, run
from usb_host import Host, refused

INIT, START, STOP, CLEAR, STATUS, CAN_STATUS = 1, 2, 3, 5, 0x0A, 0x0B
# Timing registers, and the rates that they make at 8 MHz.
RATES = {
    5000: (0xBF, 0xFF), 10000: (0x31, 0x1C), 20000: (0x18, 0x1C), 33330: (0x09, 0x6F),
    40000: (0x87, 0xFF), 50000: (0x09, 0x1C), 66660: (0x04, 0x6F), 80000: (0x83, 0xFF),
    83330: (0x03, 0x6F), 100000: (0x04, 0x1C), 125000: (0x03, 0x1C), 200000: (0x81, 0xFA),
    250000: (0x01, 0x1C), 400000: (0x80, 0xFA), 500000: (0x00, 0x1C), 666000: (0x80, 0xB6),
    800000: (0x00, 0x16), 1000000: (0x00, 0x14),
}  # fmt: skip
INIT_500K = bytes.fromhex(
    "01000000 01000000 ffffffff 00000000 01000000 00000000 00000000 1c000000 00000000 01000000"
) + bytes(24)


def message(can_id, data=b"", send_type=0, remote=0, extended=0, size=None):
    return struct.pack("<IIBBBBB8s", can_id, 0, 0, send_type, remote, extended,
                       len(data) if size is None else size, data)


def buffer(*messages):
    return (bytes([len(messages)]) + b"".join(messages)).ljust(64, b"\0")


class Adapter(Host):
    """A CANalyst-II as a driver would use it."""

    def command(self, channel, data):
        return self.transfer((2, 4)[channel], data.ljust(64, b"\0"))

    def ask(self, channel, opcode):
        self.command(channel, bytes([opcode]))
        return self.transfer((0x82, 0x84)[channel], 64)

    def open(self, channel=0):
        self.command(channel, INIT_500K)
        self.command(channel, bytes([START]))

    def pending(self, channel=0):
        """Messages to be read, and to be sent."""
        return struct.unpack("<4xIH", self.ask(channel, STATUS)[:10])

    def send(self, *messages, channel=0):
        return self.transfer((1, 3)[channel], b"".join(
            buffer(*messages[i:i + 3]) for i in range(0, len(messages), 3)))

    def read(self, buffers, channel=0):
        """So many buffers: the messages of each."""
        data = self.transfer((0x81, 0x83)[channel], 64 * buffers)
        assert len(data) % 64 == 0
        return [[data[at + 1 + 21 * i:at + 22 + 21 * i] for i in range(data[at])]
                for at in range(0, len(data), 64)]

    def poll(self, channel=0):
        """What waits, with one buffer more than it should need."""
        count = self.pending(channel)[0]
        return sum(self.read((count + 2) // 3 + 1, channel), []) if count else []


def adapter(sim, name="c"):
    return Adapter(sim.path(name))


def one(*more, keys=""):
    return Simulator(f"canalystii:socket={{dir}}/c{keys}", *more)


def wait_pending(c, count, channel=0):
    end = time.monotonic() + 5
    while c.pending(channel)[0] < count:
        assert time.monotonic() < end, c.pending(channel)


def test_descriptors():
    with one() as sim, adapter(sim) as c:
        got = c.descriptor(usb_host.DEVICE)
        assert got[8:12] == bytes.fromhex("d8045300")
        assert c.string(2) == "Chuangxin Tech USBCAN/CANalyst-II"
        got = c.descriptor(usb_host.CONFIGURATION)
        assert got[4] == 1 and got[9 + 4] == 12
        assert [got[20 + 7 * i] for i in range(12)] == [
            0x81, 1, 0x82, 2, 0x83, 3, 0x84, 4, 0x85, 5, 0x86, 6]
        assert all(got[21 + 7 * i:24 + 7 * i] == b"\x02\x40\0" for i in range(12))
        assert refused(c.control, 0xC1, 4, 0, 0, 40)


def test_every_rate():
    with one() as sim, adapter(sim) as c:
        for rate, (btr0, btr1) in RATES.items():
            for channel in 0, 1:
                c.command(channel, INIT_500K[:24] + struct.pack("<IIII", btr0, btr1, 0, 1))
                c.command(channel, bytes([START]))
            for node in sim.adapter(0)["channels"]:
                assert node["open"] and abs(node["bitrate"] - rate) <= rate / 1000, (rate, node)
            c.command(0, bytes([STOP]))
            assert [n["open"] for n in sim.adapter(0)["channels"]] == [False, True]


def test_status_bytes():
    with one("ack:") as sim, adapter(sim) as c:
        c.open()
        assert c.ask(0, STATUS) == bytes([10]) + bytes(63)
        sim.do("send 1 7FF#AABB")
        wait_pending(c, 1)
        assert c.ask(0, STATUS) == bytes.fromhex("0a000000 01000000") + bytes(56)
        status = c.ask(0, CAN_STATUS)
        assert struct.unpack("<9I", status[:36]) == (11, 0, 0, 13, 0, 0, 96, 0, 0)
        log = sim.do("log 0 20")["log"]
        assert log[0]["data"] == INIT_500K.hex().upper() and log[0]["endpoint"] == 2


def test_commands_without_answer():
    with one() as sim, adapter(sim) as c:
        number = c.begin(0x82, 64)
        for opcode in INIT, START, STOP, CLEAR:
            c.command(0, bytes([opcode]))
        assert not c.is_over(number)
        c.command(0, bytes([STATUS]))
        assert c.end(number)[1][0] == STATUS
        c.command(0, b"\x77")
        c.transfer(2, b"\x01")
        assert sim.adapter(0)["bad_commands"] == 2


def test_messages_to_the_bus():
    with one("gs_usb:socket={dir}/gs") as sim, adapter(sim) as c, Host(sim.path("gs")) as gs:
        gs.control(0x41, 1, 0, 0, struct.pack("<5I", 1, 12, 2, 1, 6))
        gs.control(0x41, 2, 0, 0, struct.pack("<2I", 1, 0))
        c.open()
        c.transfer(1, bytes.fromhex("01 23010000 00000000 00 01 00 00 03 112233").ljust(64, b"\0"))
        c.transfer(1, bytes.fromhex("01 EFCDAB12 00000000 01 00 01 01 08").ljust(64, b"\0"))
        c.send(*[message(i, bytes([i])) for i in range(7)])
        got = [gs.transfer(0x81, 64)[4:] for _ in range(9)]
        assert got[0] == bytes.fromhex("23010000 03000000 1122330000000000")
        assert got[1] == bytes.fromhex("efcdabd2 08000000") + bytes(8)
        assert [frame[0] for frame in got[2:]] == list(range(7))
        sim.check_conservation()


def test_messages_from_the_bus():
    with one("ack:", keys=",read=zlp") as sim, adapter(sim) as c:
        c.open()
        for frame in "7FF#AABB", "12ABCDEF#", "123#R":
            sim.do(f"send 1 {frame}")
        wait_pending(c, 3)
        messages = c.read(2)[0]
        assert len(messages) == 3
        first = messages[0]
        assert first[:4] == bytes.fromhex("ff070000") and first[8:] == bytes.fromhex(
            "01000000 02 aabb000000000000"), first.hex()
        assert messages[1][:4] == bytes.fromhex("efcdab12") and messages[1][11] == 1
        assert messages[2][10:13] == bytes([1, 0, 0])


def test_stamps():
    with one("gen:id=100,period=1000,count=20,paused", keys=",read=zlp") as sim, adapter(sim) as c:
        c.open()
        sim.do("start 1")
        wait_pending(c, 20)
        stamps = [struct.unpack("<I", m[4:8])[0] for m in c.poll()]
        assert [b - a for a, b in zip(stamps, stamps[1:])] == [10] * 19, stamps  # 100 us each


def test_data_lags_a_buffer():
    with one("ack:") as sim, adapter(sim) as c:
        c.open()
        for number in range(3):
            sim.do(f"send 1 10{number}#")
        wait_pending(c, 3)
        # The first buffer was made ready before anything had come.
        assert [len(b) for b in c.read(1)] == [0]
        assert c.pending()[0] == 3
        assert [len(b) for b in c.read(2)] == [3, 0]
        assert c.pending()[0] == 0
        # It stays where it is when the buffer is cleared.
        sim.do("send 1 1AA#")
        wait_pending(c, 1)
        c.read(1)
        c.command(0, bytes([CLEAR]))
        assert c.pending()[0] == 1 and len(c.poll()) == 1
        sim.check_conservation()


def test_reading_in_vain():
    for mode, over in ("lag", True), ("zlp", False), ("nak", False):
        with one("ack:", keys=f",read={mode}") as sim, adapter(sim) as c:
            c.open()
            assert c.is_over(c.begin(0x81, 64)) == over
    with one("ack:", keys=",read=nak") as sim, adapter(sim) as c:
        c.open()
        number = c.begin(0x81, 128)
        sim.do("send 1 100#")
        assert not c.is_over(number)
        sim.do("send 1 101#")
        assert len(c.end(number)[1]) == 128


def test_overflow_is_silent():
    with one("gen:id=100,count=50,seq,paused", keys=",buffer=20") as sim, adapter(sim) as c:
        c.open()
        sim.do("start 1")
        sim.wait(lambda stats: stats["adapters"][1]["to_bus"] == 50)
        assert c.pending()[0] == 20
        got = [struct.unpack("<Q", m[13:])[0] for m in c.poll()]
        assert got == list(range(20))
        assert sim.adapter(0)["dropped"]["rx_overrun"] == 30
        sim.check_conservation()


def test_lossless_and_order():
    with one("gen:id=100,count=2000,seq,paused", keys=",lossless,buffer=100") as sim, \
            adapter(sim) as c:
        c.open()
        sim.do("start 1")
        got = []
        while len(got) < 2000:
            got += [struct.unpack("<Q", m[13:])[0] for m in c.poll()]
        assert got == list(range(2000))
        sim.check_conservation()


def test_channels_are_apart():
    with one() as sim, adapter(sim) as c:
        c.open(0)
        c.open(1)
        c.send(message(0x10, b"from 0"))
        c.send(message(0x20, b"from 1"), channel=1)
        wait_pending(c, 1, 0)
        wait_pending(c, 1, 1)
        assert c.poll(0)[0][:1] == b"\x20" and c.poll(1)[0][:1] == b"\x10"


def test_pending_and_retries():
    with one("ack:") as sim, adapter(sim) as c:
        c.open()
        sim.do("noack on")
        c.send(message(1, send_type=1))  # no second try
        sim.wait(lambda stats: stats["adapters"][0]["dropped"]["tx_lost"] == 1)
        c.send(message(2), message(3))
        sim.wait(lambda stats: stats["adapters"][0]["dropped"]["tx_lost"] == 3)
        assert c.pending()[1] == 0  # although none was sent
    with one("ack:", keys=",retries=0") as sim, adapter(sim) as c:
        c.open()
        sim.do("noack on")
        c.send(message(2), message(3))
        time.sleep(0.1)
        assert c.pending()[1] == 2
        sim.do("noack off")
        sim.wait(lambda stats: stats["adapters"][0]["to_bus"] == 2)


def test_echo():
    with one("ack:") as sim, adapter(sim) as c:
        c.open()
        c.send(message(1, b"sent", send_type=2))
        wait_pending(c, 1)
        assert c.poll()[0][9:17] == b"\x02\0\0\x04sent"
        sim.do("noack on")
        c.send(message(2, b"lost", send_type=3))
        wait_pending(c, 1)
        assert c.poll()[0][13:17] == b"lost"
        sim.check_conservation()


def test_full_queue_holds_the_host():
    with one("ack:", keys=",txfifo=6,retries=0") as sim, adapter(sim) as c:
        c.open()
        sim.do("noack on")
        number = c.begin(1, buffer(*[message(i) for i in range(3)]) * 4)
        assert not c.is_over(number)
        assert c.pending()[1] == 6
        sim.do("noack off")
        assert c.end(number) == (0, 256)
        sim.wait(lambda stats: stats["adapters"][0]["to_bus"] == 12)


def test_closed_and_invalid():
    with one("ack:") as sim, adapter(sim) as c:
        c.send(message(1))
        c.transfer(1, b"\x04".ljust(64, b"\0"))
        c.transfer(1, b"\x01")
        stats = sim.adapter(0)
        assert stats["dropped"]["tx_closed"] == 1 and stats["tx_invalid"] == 2
        c.transfer(5, bytes(64))
        sim.check_conservation()


def test_mode_1_is_the_end():
    with one("ack:") as sim, adapter(sim) as c:
        c.command(0, INIT_500K[:32] + b"\x01")
        assert not c.is_over(c.begin(2, bytes([STATUS]).ljust(64, b"\0")))
        sim.do("unplug 0")
        sim.do("replug 0")
        with adapter(sim) as again:
            again.open()
            assert again.pending() == (0, 0)


if __name__ == "__main__":
    sys.exit(run([f for name, f in list(globals().items()) if name.startswith("test_")]))
