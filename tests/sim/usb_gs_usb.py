#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The simulated gs_usb adapters byte by byte, without a kernel."""
import struct
import sys
import time

import usb_host
from simulator import Simulator, run
from usb_host import EOVERFLOW, EPIPE, Host, refused

IN, OUT = 0x81, 0x02
(HOST_FORMAT, BITTIMING, MODE, _, BT_CONST, DEVICE_CONFIG, TIMESTAMP, IDENTIFY, _, _,
 DATA_BITTIMING, BT_CONST_EXT, SET_TERMINATION, GET_TERMINATION, GET_STATE) = range(15)
LISTEN_ONLY, LOOPBACK, ONE_SHOT, STAMPS, PAD, FD, BERR = 1, 2, 8, 16, 128, 256, 4096
RX = 0xFFFFFFFF
TIMING_48M = bytes.fromhex("010000000c00000002000000 0100000006000000")  # 500 kbit/s


def hexed(text):
    return bytes.fromhex(text)


class Adapter(Host):
    """A gs_usb adapter as a driver would use it."""

    def get(self, request, length, channel=0):
        return self.control(0xC1, request, channel, 0, length)

    def set(self, request, data, channel=0):
        return self.control(0x41, request, channel, 0, data)

    def open(self, flags=0, channel=0, timing=TIMING_48M, data_timing=None):
        self.set(BITTIMING, timing, channel)
        if data_timing:
            self.set(DATA_BITTIMING, data_timing, channel)
        self.set(MODE, struct.pack("<II", 1, flags), channel)

    def shut(self, channel=0):
        self.set(MODE, bytes(8), channel)

    def send(self, echo, can_id=0x123, data=b"", dlc=None, channel=0):
        return self.begin(OUT, struct.pack("<IIBBBB8s", echo, can_id,
                                           len(data) if dlc is None else dlc, channel, 0, 0, data))

    def receive(self, room=128):
        return self.transfer(IN, room)


def timing(*words):
    return struct.pack("<5I", *words)


def adapter(sim, name="gs"):
    return Adapter(sim.path(name))


def one(*more, keys="", name="gs"):
    return Simulator(f"gs_usb:socket={{dir}}/{name}{keys}", *more)


def test_descriptors():
    with one("ack:") as sim, adapter(sim) as gs:
        got = gs.descriptor(usb_host.DEVICE)
        assert got == hexed("1201 0002 00 00 00 40 501d 6f60 0000 01 02 03 01"), got.hex()
        got = gs.descriptor(usb_host.CONFIGURATION)
        assert got == hexed(
            "0902 3200 02 01 00 80 4b"
            "0904 00 00 02 ff ff ff 00  0705 81 02 2000 00  0705 02 02 2000 00"
            "0904 01 00 00 fe 01 01 e0  0921 0b ff00 0008 1a01"), got.hex()
        assert gs.descriptor(usb_host.CONFIGURATION, length=9) == got[:9]
        assert gs.string(1) == "bytewerk"
        assert gs.string(2) == "candleLight USB to CAN adapter"
        assert gs.string(0xE0) == "candleLight firmware upgrade interface"
        assert refused(gs.descriptor, usb_host.QUALIFIER)
        assert refused(gs.string, 9)
        assert gs.control(0xA1, 3, 0, 1, 6) == hexed("000000000 0ff".replace(" ", ""))


def test_keys_change_descriptors():
    with one(keys=",serial=ABC,vid=0x1209,pid=0x2323,product=thing,in=0x83,out=4") as sim, \
            adapter(sim) as gs:
        assert gs.string(3) == "ABC" and gs.string(2) == "thing"
        assert gs.descriptor(usb_host.DEVICE)[8:12] == hexed("09122323")
        assert b"\x07\x05\x83\x02" in gs.descriptor(usb_host.CONFIGURATION)
        assert b"\x07\x05\x04\x02" in gs.descriptor(usb_host.CONFIGURATION)


def test_high_speed():
    with one(keys=",model=cannectivity") as sim, adapter(sim) as gs:
        assert gs.descriptor(usb_host.QUALIFIER) == hexed("0a06 0002 00 00 00 40 01 00")
        got = gs.descriptor(usb_host.CONFIGURATION)
        assert got[18:] == hexed("0705 81 02 0002 00  0705 01 02 0002 00  0705 02 02 0002 00")
        assert hexed("0705 81 02 4000 00") in gs.descriptor(7)


def test_wrong_descriptors():
    good = 50
    for wrong, length, count in (("no-in", 43, 1), ("no-out", 43, 1), ("interrupt", good, 2),
                                 ("cut", good - 7, 2), ("size", good, 2)):
        with one(keys=f",wrong={wrong}") as sim, adapter(sim) as gs:
            got = gs.descriptor(usb_host.CONFIGURATION)
            assert len(got) == length and got[9 + 4] == count, (wrong, got.hex())
            assert (got[2] == len(got)) == (wrong != "cut")
            assert (b"\x07\x05\x81\x03\x20" in got) == (wrong == "interrupt")
            assert (b"\x07\x05\x81\x02\x00\x00" in got) == (wrong == "size")


def test_limits():
    with one() as sim, adapter(sim) as gs:
        gs.control(0x41, HOST_FORMAT, 1, 0, hexed("efbe0000"))
        assert gs.control(0xC1, DEVICE_CONFIG, 1, 0, 12) == hexed("00000000 02000000 01000000")
        assert gs.get(BT_CONST, 40) == struct.pack(
            "<10I", 0x430BB, 48000000, 1, 16, 1, 8, 4, 1, 1024, 1)
        assert refused(gs.get, BT_CONST_EXT, 72) and refused(gs.get, GET_TERMINATION, 4)
        assert refused(gs.get, BT_CONST, 40, channel=1) and refused(gs.get, BT_CONST, 39)
        assert refused(gs.get, 99, 4)
        log = sim.do("log 0 3")["log"]
        assert [entry["setup"] for entry in log] == [
            "C104010000002800", "C104000000002700", "C163000000000400"]
        assert all(entry["refused"] for entry in log)


def test_limits_fd():
    with one(keys=",model=candlelight-fd,channels=3,termination") as sim, adapter(sim) as gs:
        assert gs.control(0xC1, DEVICE_CONFIG, 1, 0, 12)[3] == 2
        got = gs.get(BT_CONST_EXT, 72, channel=2)
        assert got == struct.pack("<18I", 0x43DB3, 40000000, 1, 256, 1, 128, 128, 1, 512, 1,
                                  1, 32, 1, 16, 16, 1, 32, 1), got.hex()


def test_bit_timing_is_the_bus_rate():
    with one("ack:") as sim, adapter(sim) as gs:
        for words, rate in (((1, 12, 2, 1, 6), 500000), ((1, 12, 2, 1, 3), 1000000),
                            ((6, 7, 2, 1, 24), 125000), ((1, 12, 2, 1, 300), 10000)):
            gs.open(timing=timing(*words))
            assert sim.adapter(0)["bitrate"] == rate
            gs.shut()
            assert not sim.adapter(0)["open"]


def test_frames_classic():
    # Bytes of a frame as on the adapter's page, and what the other adapter makes of it.
    with one("gs_usb:socket={dir}/other") as sim, adapter(sim) as gs, \
            adapter(sim, "other") as other:
        gs.open()
        other.open(STAMPS)
        sent = hexed("00000000 23010000 03 00 00 00 1122330000000000")
        assert gs.transfer(OUT, sent) == 20
        assert gs.receive() == sent
        got = other.receive()
        assert got[:20] == hexed("ffffffff 23010000 03 00 00 00 1122330000000000"), got.hex()
        assert len(got) == 24
        for can_id, data, dlc in ((0x92ABCDEF, bytes(range(8)), 8), (0xC0000001, b"", 5),
                                  (0x400007FF, b"", 0), (0x7FF, b"\xff" * 8, 15)):
            gs.end(gs.send(7, can_id, data, dlc))
            echo, got = gs.receive(), other.receive()
            assert struct.unpack("<IIB", echo[:9]) == (7, can_id, dlc), echo.hex()
            assert struct.unpack("<IIB", got[:9]) == (RX, can_id, dlc), got.hex()
            assert got[12:20] == data.ljust(8, b"\0"), got.hex()
        sim.check_conservation()


def test_frames_fd():
    keys = ",model=candlelight-fd,channels=2"
    with one(keys=keys) as sim, adapter(sim) as gs:
        for channel in 0, 1:
            gs.open(FD | STAMPS, channel, timing(31, 32, 16, 8, 1), timing(7, 7, 5, 1, 1))
        assert sim.adapter(0)["channels"][1]["dbitrate"] == 2000000
        sent = hexed("01000000 efcdab92 09 00 06 00") + bytes(range(12)) + bytes(52)
        assert gs.transfer(OUT, sent) == 76
        got = sorted([gs.receive(), gs.receive()])
        echo, heard = got
        assert echo[:76] == sent and len(echo) == 80
        assert heard[:76] == hexed("ffffffff efcdab92 09 01 06 00") + sent[12:] and len(heard) == 80
        # The echo bears the time when the frame went into the mailbox.
        assert 0 < struct.unpack("<I", heard[76:])[0] - struct.unpack("<I", echo[76:])[0] < 100000
        assert gs.transfer(OUT, sent[:75]) == 75  # too short for its flag: thrown away
        assert sim.adapter(0)["tx_invalid"] == 1
        # Not started for FD, the controller sends it as a classic frame.
        for channel in 0, 1:
            gs.shut(channel)
            gs.open(0, channel, timing(31, 32, 16, 8, 1))
        gs.transfer(OUT, sent)
        heard = max(gs.receive(), gs.receive())
        assert heard == hexed("ffffffff efcdab92 09 01 00 00 0001020304050607"), heard.hex()


def test_stamps_count_microseconds_and_wrap():
    with one("gen:id=100,period=1000,count=5,paused", keys=",clock=4294967000") as sim, \
            adapter(sim) as gs:
        gs.open(STAMPS)
        sim.do("start 1")
        stamps = [struct.unpack("<I", gs.receive()[20:])[0] for _ in range(5)]
        assert [(b - a) & RX for a, b in zip(stamps, stamps[1:])] == [1000] * 4, stamps
        assert stamps[-1] < 10000000
        now = struct.unpack("<I", gs.get(TIMESTAMP, 4))[0]
        assert now % 1000 == 0 and now >= stamps[-1] - 1000  # at the last start of a USB frame


def test_stamps_can_be_missing():
    with one(keys=",stamps=off,berr=off,state=off") as sim, adapter(sim) as gs:
        assert struct.unpack("<I", gs.get(BT_CONST, 4 * 10)[:4])[0] == 0x400AB
        assert refused(gs.get, TIMESTAMP, 4) and refused(gs.get, GET_STATE, 12)


def echoes(gs, sim, count):
    """Sends frames that nobody acknowledges: how many echoes come all the same."""
    sim.do("noack on")
    for number in range(count):
        gs.end(gs.send(number))
    waiting = [gs.begin(IN, 128) for _ in range(20)]
    early = [n for n in waiting if gs.is_over(n)]
    sim.do("noack off")
    sim.wait(lambda stats: stats["adapters"][0]["echoes"] == count)
    over = [(n, struct.unpack("<I", gs.end(n)[1][:4])[0]) for n in waiting if gs.is_over(n)]
    got = [(n, echo) for n, echo in over if echo != RX]
    assert [echo for _, echo in got] == list(range(count)), got
    return sum(n in early for n, _ in got)


def test_echo_from_the_mailbox():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open()
        assert echoes(gs, sim, 5) == 3


def test_echo_when_sent():
    for keys in ",echo=sent", ",model=cannectivity,fd=off":
        with one("ack:", keys=keys) as sim, adapter(sim) as gs:
            gs.open(timing=timing(1, 12, 2, 1, 10 if "model" in keys else 6))
            assert echoes(gs, sim, 5) == 0


def test_cannectivity_echoes_no_contents():
    with one("ack:", keys=",model=cannectivity") as sim, adapter(sim) as gs:
        gs.open(STAMPS, timing=timing(6, 7, 2, 1, 10))
        gs.end(gs.send(5, 0x123, b"\x11\x22"))
        assert gs.receive()[:20] == hexed("05000000") + bytes(16)


def test_full_pool_holds_the_host():
    with one("ack:", keys=",pool=8") as sim, adapter(sim) as gs:
        gs.open()
        sim.do("noack on")
        under_way = [gs.send(number) for number in range(20)]
        taken = sum(gs.is_over(number) for number in under_way)
        assert taken == 8, taken
        sim.do("noack off")
        got = [struct.unpack("<I", gs.receive()[:4])[0] for _ in range(20)]
        assert got == list(range(20))
        assert all(gs.end(number)[0] == 0 for number in under_way)
        sim.check_conservation()


def test_unread_frames_overrun():
    with one("gen:id=100,count=100,paused") as sim, adapter(sim) as gs:
        gs.open()
        sim.do("start 1")
        sim.wait(lambda stats: stats["adapters"][1]["to_bus"] == 100)
        stats = sim.adapter(0)
        assert stats["waiting_rx"] == 64 and stats["dropped"]["rx_overrun"] == 36, stats
        sim.check_conservation()
        gs.shut()
        assert sim.adapter(0)["dropped"]["rx_cut"] == 64
        sim.check_conservation()


def test_cannectivity_flags_an_overrun():
    with one("gen:id=100,count=30,seq,paused", keys=",model=cannectivity,speed=full") as sim, \
            adapter(sim) as gs:
        gs.open(timing=timing(6, 7, 2, 1, 10))
        sim.do("start 1")
        sim.wait(lambda stats: stats["adapters"][1]["to_bus"] == 30)
        lost = sim.adapter(0)["dropped"]["rx_overrun"]
        assert lost == 30 - 19
        got = [gs.receive() for _ in range(19)]
        assert sum(frame[10] & 1 for frame in got) == lost


def test_lossless_holds_the_bus():
    with one("gen:id=100,count=500,seq,paused", keys=",lossless") as sim, adapter(sim) as gs:
        gs.open()
        sim.do("start 1")
        got = [struct.unpack("<Q", gs.receive()[12:])[0] for _ in range(500)]
        assert got == list(range(500))
        sim.check_conservation()
        assert not sim.adapter(0)["dropped"]["rx_overrun"]


def test_padding_never_ends_a_transfer():
    with one("gen:id=100,count=2,paused") as sim, adapter(sim) as gs:
        gs.open(PAD)
        number = gs.begin(IN, 64)
        sim.do("start 1")
        status, data = gs.end(number)  # two packets of full size in one transfer
        assert status == 0 and len(data) == 64
        assert data[:4] == data[32:36] == b"\xff" * 4 and data[20:32] == bytes(12)


def test_small_buffer_overflows():
    with one("gen:id=100,count=2,paused") as sim, adapter(sim) as gs:
        gs.open(STAMPS)
        number = gs.begin(IN, 16)
        sim.do("start 1")
        status, data = gs.end(number)
        assert status == EOVERFLOW and len(data) == 16
        assert len(gs.receive()) == 24
        assert sim.adapter(0)["overflows"] == 1


def test_channels_are_numbered():
    with one(keys=",channels=3") as sim, adapter(sim) as gs:
        for channel in range(3):
            gs.open(channel=channel)
        gs.end(gs.send(9, 0x42, b"x", channel=1))
        got = {gs.receive()[9]: None for _ in range(3)}
        assert set(got) == {0, 1, 2}
        gs.end(gs.send(9, 0x42, b"x", channel=3))
        assert sim.adapter(0)["tx_invalid"] == 1


def test_nonsense_is_swallowed_or_refused():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.set(BITTIMING, timing(1, 17, 2, 1, 6))
        gs.set(MODE, struct.pack("<II", 7, 0))
        assert sim.adapter(0)["ignored"] == 2
        gs.open(0x80000000)
        assert sim.adapter(0)["settings"][0]["started"]
        assert refused(gs.set, BITTIMING, bytes(19)) and refused(gs.set, DATA_BITTIMING, bytes(20))
    with one("ack:", keys=",model=cannectivity") as sim, adapter(sim) as gs:
        good = timing(6, 7, 2, 1, 10)
        assert refused(gs.set, BITTIMING, timing(1, 300, 2, 1, 6))
        assert refused(gs.set, BITTIMING, good + b"x")
        assert refused(gs.open, BERR, timing=good)
        gs.open(timing=good)
        assert refused(gs.open, timing=good)  # already started
        assert refused(gs.set, HOST_FORMAT, hexed("0000beef"))


def test_identify_termination_and_state():
    keys = ",model=cannectivity,channels=2"
    with one(keys=keys) as sim, adapter(sim) as gs:
        assert gs.get(GET_STATE, 12) == struct.pack("<3I", 4, 0, 0)
        gs.open(timing=timing(6, 7, 2, 1, 10))
        assert gs.get(GET_STATE, 12) == bytes(12)
        gs.set(IDENTIFY, struct.pack("<I", 1), 1)
        gs.set(SET_TERMINATION, struct.pack("<I", 1), 1)
        got = sim.adapter(0)["settings"]
        assert [c["identify"] for c in got] == [c["termination"] for c in got] == [False, True]
        assert gs.get(GET_TERMINATION, 4, 1) == struct.pack("<I", 1)
        assert gs.get(GET_TERMINATION, 4, 0) == bytes(4)


def error_frame(frame):
    echo, can_id, dlc = struct.unpack("<IIB", frame[:9])
    assert echo == RX and dlc == 8
    return f"{can_id:08x} {frame[12:20].hex()}"


def test_error_frames():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open(BERR)
        sim.do("error 0 stuff 1")
        gs.end(gs.send(1))
        assert struct.unpack("<I", gs.receive()[:4])[0] == 1
        assert error_frame(gs.receive()) == "20000288 0000040000000800"
        sim.do("error 0 crc 1")
        sim.do("send 1 123#")
        assert error_frame(gs.receive()) == "20000288 0000000800000709"
        gs.receive()
        sim.do("noack on")
        gs.end(gs.send(2))
        assert struct.unpack("<I", gs.receive()[:4])[0] == 2
        for _ in range(11):
            assert error_frame(gs.receive()).startswith("200002a8")
        assert error_frame(gs.receive()) == "200002ac 0008000000006708"
        for _ in range(3):
            gs.receive()
        assert error_frame(gs.receive()) == "200002ac 0020000000008708"
        assert gs.get(GET_STATE, 12)[0] == 2


def test_bus_off_candlelight():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open()
        begin = time.monotonic()
        sim.do("busoff 0")
        assert error_frame(gs.receive()) == "20000040 " + "00" * 8
        assert gs.get(GET_STATE, 12)[0] == 3
        assert error_frame(gs.receive()) == "20000100 " + "00" * 8
        assert error_frame(gs.receive()) == "20000204 0040" + "00" * 6
        assert 0.09 < time.monotonic() - begin < 1
        # Told that the host takes care, it waits.
        gs.shut()
        gs.open(1 << 18)
        sim.do("busoff 0")
        gs.receive()
        number = gs.begin(IN, 64)
        time.sleep(0.15)
        assert not gs.is_over(number)
        gs.control(0x41, 32, 0, 0, b"")
        assert error_frame(gs.end(number)[1]) == "20000100 " + "00" * 8


def test_bus_off_cannectivity_forgets():
    with one("ack:", keys=",model=cannectivity") as sim, adapter(sim) as gs:
        gs.open(timing=timing(6, 7, 2, 1, 10))
        sim.do("noack on")
        for number in range(3):
            gs.end(gs.send(number))
        sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-passive")
        sim.do("busoff 0")
        sim.do("noack off")
        sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-active")
        states = [error_frame(gs.receive()).split()[0] for _ in range(4)]
        assert states == ["20000204", "20000204", "20000240", "20000304"], states
        stats = sim.adapter(0)
        assert stats["echoes"] == 0 and stats["echoes_lost"] == 3
        assert stats["dropped"]["tx_aborted"] == 3
        sim.check_conservation()


def test_one_shot_and_listen_only():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open(ONE_SHOT)
        sim.do("noack on")
        gs.end(gs.send(1))
        sim.wait(lambda stats: stats["adapters"][0]["dropped"]["tx_lost"] == 1)
        sim.do("noack off")
        gs.open(LISTEN_ONLY)
        sim.do("send 1 001#")
        while struct.unpack("<I", gs.receive()[4:8])[0] != 1:
            pass
        gs.end(gs.send(2))
        time.sleep(0.02)
        assert sim.adapter(0)["to_bus"] == 0


def test_loopback():
    with one() as sim, adapter(sim) as gs:
        gs.open(LOOPBACK | LISTEN_ONLY)
        gs.end(gs.send(3, 0x55, b"abc"))
        got = sorted(gs.receive()[:15] for _ in range(2))
        assert got[0][:4] == hexed("03000000") and got[1][:4] == b"\xff" * 4
        assert got[0][4:] == got[1][4:]


def test_stall_and_clear():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open()
        for endpoint, data in ((IN, 64), (OUT, bytes(20))):
            sim.do(f"stall 0 {endpoint}")
            assert gs.end(gs.begin(endpoint, data))[0] == EPIPE
            assert gs.control(0x82, 0, 0, endpoint, 2) == b"\x01\0"
            gs.clear_halt(endpoint)
            assert gs.control(0x82, 0, 0, endpoint, 2) == b"\0\0"
        number = gs.begin(IN, 64)
        sim.do("stall 0 0x81")
        assert gs.end(number)[0] == EPIPE
        sim.do("unstall 0 0x81")
        gs.end(gs.send(1))
        assert len(gs.receive()) == 20
        assert not sim.command("stall 0 0x85")["ok"]


def test_unlink():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open()
        numbers = [gs.begin(IN, 64) for _ in range(3)]
        assert gs.unlink(numbers[1]) == usb_host.ECONNRESET
        assert gs.unlink(numbers[1]) == 0  # not under way any more
        gs.end(gs.send(1))
        gs.end(gs.send(2))
        assert gs.end(numbers[0])[1][0] == 1 and gs.end(numbers[2])[1][0] == 2


def test_spoiled_transfers():
    with one("ack:") as sim, adapter(sim) as gs:
        gs.open()
        sim.do("short 0 7 2")
        sim.do("long 0 100")
        lengths = []
        for number in range(4):
            gs.end(gs.send(number))
            lengths.append(len(gs.receive()))
        assert lengths == [7, 7, 100, 20], lengths
        number = gs.begin(IN, 512)
        sim.do("garbage 0 300 5")
        data = gs.end(number)[1]
        assert len(data) == 300 and len(set(data)) > 50
        sim.do("halfline 0")
        gs.end(gs.send(1))
        assert len(gs.receive()) == 6


def test_spoiled_requests():
    with one("ack:") as sim, adapter(sim) as gs:
        good = gs.get(BT_CONST, 40)
        sim.do("nonsense 0 2")
        assert len({gs.get(BT_CONST, 40), gs.get(BT_CONST, 40), good}) == 3
        assert gs.get(BT_CONST, 40) == good
        sim.do("refuse 0")
        assert refused(gs.get, BT_CONST, 40) and gs.get(BT_CONST, 40) == good
        sim.do("stuck 0")
        number = gs.begin(0, 40, hexed("c104000000002800"))
        assert not gs.is_over(number)
        sim.do("resume 0")
        assert gs.end(number) == (0, good)


def test_cantact_pro():
    with one("ack:", keys=",model=cantactpro") as sim, adapter(sim) as gs:
        assert gs.string(1) == "LinkLayer Labs" and gs.string(2) == "CANtact Pro"
        assert refused(gs.set, DATA_BITTIMING, timing(7, 7, 1, 1, 1))
        gs.set(8, timing(4, 4, 3, 1, 1))
        gs.open(FD, timing=timing(7, 7, 1, 1, 3))
        assert sim.adapter(0)["dbitrate"] == 2000000
        frame = hexed("00000000 23010000 03 00 00 00 1122330000000000")
        gs.transfer(OUT, frame + b"\0")
        assert sim.adapter(0)["even_lengths"] == 0
        gs.transfer(OUT, frame)
        assert sim.adapter(0)["even_lengths"] == 1
        assert gs.receive() == gs.receive() == frame


def test_hang_up_resets():
    with one("gen:id=100,count=9,paused") as sim:
        with adapter(sim) as gs:
            gs.open()
            sim.do("start 1")
            sim.wait(lambda stats: stats["adapters"][0]["waiting_rx"] == 9)
        stats = sim.wait(lambda stats: not stats["adapters"][0]["host"])["adapters"][0]
        assert not stats["open"] and stats["hangups"] == 1 and stats["dropped"]["rx_cut"] == 9
        sim.check_conservation()
        with adapter(sim) as gs:
            gs.open()
            assert sim.adapter(0)["open"]


def test_plugging():
    with one() as sim:
        gs = adapter(sim)
        gs.open()
        sim.do("unplug 0")
        assert gs.ended()
        assert not sim.command("short 0 1")["ok"]
        sim.do("replug 0")
        with adapter(sim) as again:
            assert again.get(BT_CONST, 40)
            with adapter(sim) as second:  # one host at a time
                assert second.ended()


def test_nonsense_on_the_stream():
    huge = hexed("00000001 00000001 00000001 00000000 00000002 00000000 7fffffff") + bytes(20)
    for data in b"\0" * 48, b"\xff" * 48, huge:
        with one() as sim:
            gs = adapter(sim)
            gs.raw(data)
            assert gs.ended()
            assert sim.adapter(0)["bad_streams"] == 1


def test_wrong_use():
    for keys in ("model=none", "channels=0", "channels=9", "pool=1", "in=1", "echo=late",
                 "wrong=all", "speed=low", "fd", "port=1", "nosuch"):
        try:
            with one(keys="," + keys):
                raise RuntimeError(f"{keys} was accepted")
        except AssertionError:
            pass


if __name__ == "__main__":
    sys.exit(run([f for name, f in list(globals().items()) if name.startswith("test_")]))
