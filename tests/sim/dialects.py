#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Each dialect's command rules, byte by byte: what is answered, and what goes on the bus.

The expected bytes are the firmwares' and manuals' as tests/sim/README.md names them, written down
here once more and by hand, not taken from the simulator's tables.
"""
import sys

import simulator
from simulator import Port, Simulator

CR, BEL, ACK = b"\r", b"\a", b"\x06"


class Bench:
    """An adapter of a dialect, and beside it a silent one as the witness of the bus."""

    def __init__(self, dialect, *options):
        self.sim = Simulator("slcan:pty={dir}/a,dialect=" + ",".join((dialect, *options)),
                             "slcan:pty={dir}/witness,dialect=silent", "ack:")

    def __enter__(self):
        self.port = Port(self.sim.path("a"))
        self.witness = Port(self.sim.path("witness"))
        self.witness.write(b"S6\rO\r")
        self.sim.wait(lambda stats: stats["adapters"][1]["open"])
        return self

    def __exit__(self, *failure):
        if not failure[0]:
            self.sim.check_conservation()
        self.port.close()
        self.witness.close()
        self.sim.__exit__(*failure)

    def ask(self, *pairs):
        for number, (command, answer) in enumerate(pairs, 1):
            self.port.ask(command, answer, more_follow=number < len(pairs))

    def seen(self, *lines):
        """What the witness saw, in this order and nothing else."""
        got = self.witness.lines(len(lines)) if lines else []
        assert tuple(got) == lines, f"the bus saw {got}, not {lines}"
        assert not self.witness.quiet(), "the bus saw more"

    def hear(self, text, line):
        """A frame on the bus, and what the adapter makes of it."""
        self.sim.do(f"send 1 {text}")
        got = self.port.read(len(line)) + self.port.quiet()
        assert got == line, f"{text} was shown as {got!r}, not {line!r}"

    def is_open(self):
        return self.sim.adapter(0)["open"]


def test_lawicel():
    with Bench("lawicel") as b:
        b.ask((b"C\r", BEL), (b"O\r", BEL), (b"L\r", BEL), (b"F\r", BEL), (b"t1230\r", BEL),
              (b"V\r", b"V1013\r"), (b"N\r", b"NA123\r"), (b"v\r", b"v1013\r"),
              (b"S9\r", BEL), (b"S\r", BEL), (b"S6\r", CR), (b"x\r", BEL), (b"\r", BEL),
              (b"O\r", CR), (b"O\r", BEL), (b"L\r", BEL), (b"S6\r", BEL), (b"F\r", b"F00\r"))
        b.ask((b"t1232AABB\r", b"z\r"), (b"T12ABCDEF2aa55\r", b"Z\r"), (b"r7FF4\r", b"z\r"),
              (b"R1FFFFFFF8\r", b"Z\r"), (b"t0000\r", b"z\r"))
        b.seen(b"t1232AABB", b"T12ABCDEF2AA55", b"r7FF4", b"R1FFFFFFF8", b"t0000")
        b.ask((b"t1232AAB\r", BEL), (b"t1232AABBCC\r", BEL), (b"t1239\r", BEL), (b"t8000\r", BEL),
              (b"t12G0\r", BEL), (b"r12321122\r", BEL), (b"T200000000\r", BEL), (b"d1230\r", BEL),
              (b"t123" + b"1" * 60 + b"\r", BEL), (b"Z1\r", BEL), (b"M00000000\r", BEL))
        b.seen()
        b.hear("456#112233", b"t4563112233\r")
        b.hear("00000456#", b"T000004560\r")
        b.hear("456#R3", b"r4563\r")
        b.hear("456#1122334455667788_C", b"t45681122334455667788\r")
        b.ask((b"C\r", CR), (b"C\r", BEL), (b"L\r", CR), (b"t1230\r", BEL))
        b.hear("457#00", b"t457100\r")


def test_lawicel_timestamps():
    with Bench("lawicel") as b:
        b.ask((b"S6\r", CR), (b"Z1\r", CR), (b"Z2\r", BEL), (b"O\r", CR))
        b.sim.do("send 1 123#11")
        first = b.port.lines(1)[0]
        b.sim.do("send 1 123#R2")
        second = b.port.lines(1)[0]
        assert first[:7] == b"t123111" and len(first) == 11, first
        assert second[:5] == b"r1232" and len(second) == 9, second
        assert 0 <= int(second[-4:], 16) - int(first[-4:], 16) < 5000
        # The setting survives a power cycle.
        b.port.close()
        b.sim.do("unplug 0")
        b.sim.do("replug 0")
        b.port = Port(b.sim.path("a"))
        b.ask((b"S6\r", CR), (b"O\r", CR))
        b.sim.do("send 1 123#11")
        assert len(b.port.lines(1)[0]) == 11


def test_lawicel_btr_and_filter():
    with Bench("lawicel") as b:
        b.ask((b"M00000000\r", BEL), (b"s001C\r", CR), (b"s001\r", BEL), (b"W1\r", CR),
              (b"M24600000\r", CR), (b"m001FFFFF\r", CR), (b"m001FFFF\r", BEL), (b"O\r", CR))
        assert b.sim.adapter(0)["bitrate"] == 500000
        b.hear("123#", b"t1230\r")  # 123 shifted left by five is 2460
        b.hear("124#", b"")
        b.hear("122#", b"")
        assert b.sim.adapter(0)["dropped"]["rx_filtered"] == 2
        # 29 bits, both filters of the dual mode: the upper 16 bits only.
        b.ask((b"C\r", CR), (b"W0\r", CR), (b"M123400FF\r", CR), (b"m00000000\r", CR),
              (b"O\r", CR))
        b.hear("%08X#" % (0x1234 << 13 | 0x1FFF), b"T%08X0\r" % (0x1234 << 13 | 0x1FFF))
        b.hear("%08X#" % (0x00FF << 13), b"T%08X0\r" % (0x00FF << 13))
        b.hear("%08X#" % (0x1235 << 13), b"")


def test_lawicel_status():
    with Bench("lawicel") as b:
        b.ask((b"S6\r", CR), (b"O\r", CR))
        b.sim.do("error 0 form")
        b.ask((b"t1230\r", b"z\r"))
        b.seen(b"t1230")
        b.ask((b"F\r", b"F80\r"), (b"F\r", b"F00\r"))  # bus error; reading clears
        b.sim.do("noack on")
        b.ask((b"t1230\r", b"z\r"))
        b.sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-passive")
        b.ask((b"F\r", b"FA4\r"))  # bus error, error passive, error warning
        b.sim.do("noack off")
        b.sim.wait(lambda stats: stats["adapters"][0]["to_bus"] == 2)
        b.sim.do("busoff 0")
        b.port.write(b"F\r")
        assert int(b.port.lines(1)[0][1:], 16) & 0x04
        b.ask((b"t1230\r", b"z\r"))
        b.ask((b"C\r", CR), (b"O\r", CR))
        assert b.sim.adapter(0)["state"] == "error-active"


def test_lawicel_fifo_full():
    with Bench("lawicel", "txfifo=4") as b:
        b.ask((b"S6\r", CR), (b"O\r", CR))
        b.sim.do("noack on")
        b.ask((b"t1230\r" * 6, b"z\rz\rz\rz\r\a\a"))
        b.port.write(b"F\r")
        assert int(b.port.lines(1)[0][1:], 16) & 0x02
        assert b.sim.adapter(0)["tx_refused"] == 2
        b.sim.do("noack off")
        b.seen(*[b"t1230"] * 4)


def test_can232():
    with Bench("can232") as b:
        b.ask((b"S6\r", CR), (b"X1\r", CR), (b"O\r", CR), (b"X0\r", BEL), (b"t1230\r", b"z\r"))
        b.ask((b"P\r", BEL), (b"A\r", BEL), (b"C\r", CR), (b"X0\r", CR), (b"U1\r", CR),
              (b"U7\r", BEL),
              (b"O\r", CR), (b"t1230\r", CR), (b"T000001230\r", CR))
        b.seen(b"t1230", b"t1230", b"T000001230")
        for number in range(3):
            b.hear(f"10{number}#", b"")
        b.ask((b"P\r", b"t1000\r"), (b"A\r", b"t1010\rt1020\rA\r"), (b"P\r", CR), (b"A\r", b"A\r"))
        for number in range(34):
            b.sim.do(f"send 1 {0x200 + number:03X}#")
        b.sim.wait(lambda stats: stats["adapters"][0]["from_bus"] == 37)
        assert b.sim.adapter(0)["dropped"]["rx_overrun"] == 2
        b.ask((b"F\r", b"F09\r"))  # FIFO full, data overrun


def test_canable():
    with Bench("canable") as b:
        version = b"8ca5d39 https://github.com/normaldotcom/canable-fw.git\r"
        b.ask((b"V\r", version), (b"S6\r", b""), (b"O\r", b""), (b"?\r", b""), (b"N\r", b""))
        assert b.is_open()
        b.ask((b"t1232AABB\r", b""), (b"\r", b""))  # an empty line repeats the frame
        b.seen(b"t1232AABB", b"t1232AABB")
        b.ask((b"t12\r", b""))  # the rest is left from before
        b.seen(b"t1232AABB")
        b.ask((b"r1238\r", b""), (b"T12ABCDEF0\r", b""), (b"tFFF0\r", b""), (b"t1239\r", b""))
        b.seen(b"r1238", b"T12ABCDEF0", b"t7FF0")
        b.hear("456#1122", b"t45621122\r")
        b.hear("456#R2", b"r45621122\r")  # digits behind a remote frame
        b.ask((b"S4\r", b""))
        assert b.sim.adapter(0)["bitrate"] == 500000  # not while open
        b.ask((b"C\r", b""), (b"C\r", b""), (b"M1\r", b""), (b"O\r", b""), (b"t1230\r", b""))
        b.seen(b"t1230")  # O has forgotten M1
        b.ask((b"C\r", b""), (b"t1231FF\r", b""))
        b.seen()
        b.ask((b"O\r", b""))
        b.seen(b"t1231FF")  # what came while it was closed had waited


def test_canable_overflows():
    with Bench("canable") as b:
        b.ask((b"S6\r", b""), (b"O\r", b""))
        b.sim.do("noack on")
        b.ask((b"t1230\r" * 40, b""))
        assert b.sim.adapter(0)["dropped"]["tx_full"] == 10
        b.sim.do("noack off")
        b.seen(*[b"t1230"] * 30)
        # Thirty characters and no more: the thirty-first begins the line anew.
        b.ask((b"x" * 30 + b"t1231AA\r", b""))
        b.seen(b"t1231AA")


def test_canable_silent_mode():
    with Bench("canable", "silent-mode") as b:
        b.ask((b"S6\r", b""), (b"M1\r", b""), (b"O\r", b""), (b"t1230\r", b""))
        b.seen()
        b.hear("456#", b"t4560\r")


def test_canable2():
    with Bench("canable2") as b:
        b.ask((b"V\r", b"b158aa7 github.com/normaldotcom/canable2-fw.git\r"),
              (b"E\r", b"CANable Error Register: 0"),
              (b"t1230\r", b""))
        b.seen()
        b.ask((b"S6\r", b""), (b"Y5\r", b""), (b"Y3\r", b""), (b"M1\r", b""), (b"O\r", b""))
        assert b.sim.adapter(0)["dbitrate"] == 5000000
        b.seen(b"t1230")  # it had waited for the first O
        b.ask((b"C\r", b""), (b"t1230\r", b""), (b"O\r", b""))
        b.seen()  # after C it is thrown away
        assert b.sim.adapter(0)["dropped"]["tx_full"] == 1
        b.ask((b"C\r", b""), (b"S7\r", b""), (b"O\r", b""))
        assert b.sim.adapter(0)["bitrate"] == 1428571  # it means 750000


def test_canable2_fd():
    with Simulator("slcan:pty={dir}/a,dialect=canable2",
                   "slcan:pty={dir}/b,dialect=canable2") as sim:
        with Port(sim.path("a")) as a, Port(sim.path("b")) as b:
            a.write(b"S6\rO\r")
            b.write(b"S6\rO\r")
            sim.wait(lambda stats: all(x["open"] for x in stats["adapters"]))
            for line in (b"d1009000102030405060708090A0B", b"D00000100F" + b"5A" * 64,
                         b"b7FF0", b"B00000100A000102030405060708090A0B0C0D0E0F", b"t1232AABB"):
                a.write(line + CR)
                assert b.lines(1) == [line]
            # A line short of data takes it from an older one.
            a.write(b"t100811111111\r")
            assert b.lines(1) == [b"t10081111111110203040"]
            sim.check_conservation()


def test_weact():
    with Bench("weact") as b:
        b.ask((b"C\r", CR), (b"t1230\r", BEL), (b"S6\r", CR), (b"SE\r", BEL), (b"S\r", BEL),
              (b"M2\r", BEL), (b"L\r", BEL), (b"N\r", BEL), (b"Z1\r", BEL),
              (b"V\r", b"WeAct Studio V1.0.0.5_26040323\r"),
              (b"E\r", b"CANable Error Register: 0"), (b"O\r", CR), (b"O\r", CR),
              (b"A1\r", BEL), (b"M0\r", BEL), (b"S4\r", CR))
        assert b.sim.adapter(0)["bitrate"] == 500000  # S4 was taken and had no effect
        b.ask((b"t1232AABB\r", CR), (b"r1238\r", CR), (b"T12ABCDEF1FF\r", CR))
        b.seen(b"t1232AABB", b"r1238", b"T12ABCDEF1FF")
        b.ask((b"t1232AA\r", BEL), (b"r12311\r", BEL), (b"tFF\r", BEL), (b"t1239\r", BEL))
        b.hear("456#R3", b"r4563\r")
        b.ask((b"\rC\r", BEL), (b"C\r", CR))  # a CR is the first letter of the next command
        b.ask((b"t12", b""), (b"S4\r", CR))  # half a command is forgotten
        b.ask((b"S5B1E\r", CR), (b"S0001\r", BEL), (b"Y5\r", CR), (b"Y6\r", BEL),
              (b"Y1D00\r", BEL), (b"Y0E05\r", CR), (b"O\r", CR))
        adapter = b.sim.adapter(0)
        assert adapter["bitrate"] == 30000000 // (1 + 0x5B + 0x1E)
        assert adapter["dbitrate"] == 60000000 // (1 + 14 + 5)


def test_weact_answers_when_sent():
    with Bench("weact") as b:
        b.ask((b"S6\r", CR), (b"O\r", CR))
        b.sim.do("noack on")
        b.ask((b"t1230\r", BEL), (b"t1240\r", BEL))  # one-shot by default: lost
        assert b.sim.adapter(0)["dropped"]["tx_lost"] == 2
        b.sim.do("noack off")
        b.ask((b"C\r", CR), (b"A1\r", CR), (b"O\r", CR))
        b.sim.do("noack on")
        b.ask((b"t1250\r", BEL))  # an error, though it will be repeated
        b.sim.do("noack off")
        assert b.port.read(1) == CR
        b.seen(b"t1250")


def test_weact_filters_and_binary():
    with Bench("weact") as b:
        b.ask((b"S6\r", CR), (b"f1237FF\r", CR), (b"F12ABCDEF1FFFFFFF\r", CR), (b"f123\r", BEL),
              (b"O\r", CR), (b"f1237FF\r", BEL))
        b.hear("123#", b"t1230\r")
        b.hear("124#", b"")
        b.hear("12ABCDEF#", b"T12ABCDEF0\r")
        b.hear("12ABCDEE#", b"")
        b.ask((b"C\r", CR), (b"f000000\r", CR), (b"F" + b"0" * 16 + b"\r", CR), (b"H1\r", CR),
              (b"O\r", CR))
        b.hear("123#1122", bytes([0x80 | ord("t"), 5, 0x23, 0x01, 2, 0x11, 0x22]))
        b.hear("12ABCDEF#R4", bytes([0x80 | ord("R"), 5, 0xEF, 0xCD, 0xAB, 0x12, 4]))
        while b.witness.quiet():
            pass
        b.ask((bytes([0x80 | ord("t"), 4, 0x21, 0x03, 1, 0x99]), CR),
              (bytes([0x80 | ord("T"), 5, 0xEF, 0xCD, 0xAB, 0x12, 0]), CR),
              (bytes([0x80 | ord("t"), 4, 0x21, 0x03, 2, 0x99]), BEL), (b"t3210\r", CR))
        b.seen(b"t321199", b"T12ABCDEF0", b"t3210")


def test_weact_boot_loader():
    with Bench("weact") as b:
        b.ask((b"X\r", CR))
        b.sim.wait(lambda stats: not stats["adapters"][0]["plugged"])
        b.sim.do("replug 0")


def test_canable25():
    with Bench("canable25") as b:
        b.ask((b"C\r", b""), (b"O\r", BEL), (b"S6\r", CR), (b"SE\r", BEL), (b"O\r", CR),
              (b"O\r", BEL), (b"S6\r", BEL), (b"\r", CR), (b"L\r", BEL), (b"N\r", BEL),
              (b"A1\r", BEL), (b"t1232AABB\r", CR), (b"t1231\r", CR), (b"r1238\r", CR))
        b.seen(b"t1232AABB", b"t123100", b"r1238")
        b.port.write(b"V\r")
        fields = b.port.lines(1)[0].split(b"\t")
        assert fields[0].startswith(b"+Board: ") and b"Slcan: 105" in fields
        assert b"Limits: 512,256,128,128,32,32,16,16" in fields
        b.ask((b"C\r", b""))
        # Feedback: a number instead of BEL, '#' instead of an empty line.
        b.ask((b"MF\r", b"#\r"), (b"?\r", b"#1\r"), (b"M?\r", b"#2\r"), (b"t1230\r", b"#3\r"),
              (b"O\r", b"#:\r"), (b"S6\r", b"#\r"), (b"b1230\r", b"#:\r"), (b"MR\r", b"#6\r"),
              (b"M1\r", b"#\r"), (b"O\r", b"#\r"), (b"S6\r", b"#4\r"), (b"t1230\r", b"#9\r"),
              (b"tFFF0\r", b"#=\r"), (b"s0,1,1,1\r", b"#4\r"))
        b.ask((b"C\r", b""), (b"S6\r", CR))  # C has ended the feedback mode


def test_canable25_timing():
    with Bench("canable25") as b:
        b.ask((b"MF\r", b"#\r"), (b"s2,119,40,40\r", b"#\r"), (b"s0,1,1,1\r", b"#=\r"),
              (b"s1,2,3\r", b"#2\r"), (b"y2,29,10,9\r", b"#\r"), (b"y1,1,1,1\r", b"#=\r"),
              (b"ON\r", b"#\r"))
        adapter = b.sim.adapter(0)
        assert (adapter["bitrate"], adapter["dbitrate"]) == (500000, 2000000)
        b.ask((b"C\r", b""), (b"MF\r", b"#\r"), (b"S6\r", b"#\r"), (b"OI\r", b"#\r"))
        b.ask((b"t1230\r", b"#\rt1230\r"))  # internal loopback
        b.seen()


def test_canable25_markers_and_reports():
    with Bench("canable25") as b:
        b.ask((b"MM\r", CR), (b"S6\r", CR), (b"O\r", CR), (b"t1232AABB3F\r", b"\rM3F\r"),
              (b"t123000\r", CR), (b"t1230\r", BEL))
        b.seen(b"t1232AABB", b"t1230")
        b.ask((b"ME\r", CR))
        b.sim.do("noack on")
        b.port.write(b"t123001\r")
        assert b.port.read(1) == CR
        reports = b.port.lines(7)  # 100 ms apart; the frame is given up after 500 ms
        assert all(len(line) == 9 and line[:1] == b"E" for line in reports[:5]), reports
        assert any(line[1:3] == b"23" and line[5:7] == b"80" for line in reports), reports
        assert any(int(line[3:5], 16) & 0x10 for line in reports), reports
        assert b.sim.adapter(0)["dropped"]["tx_aborted"] == 1
        b.sim.do("noack off")
        b.sim.do("busoff 0")
        while not b.port.lines(1)[0].startswith(b"E3"):
            pass
        b.sim.wait(lambda stats: stats["adapters"][0]["state"] == "error-active")


def test_canable25_filters():
    with Bench("canable25") as b:
        b.ask((b"MF\r", b"#\r"), (b"S6\r", b"#\r"), (b"F7E0,7FF;12ABCDEF,1FFFFFFF\r", b"#\r"),
              (b"F7E0,7F\r", b"#2\r"), (b"F800,7FF\r", b"#=\r"), (b"O\r", b"#\r"))
        b.hear("7E0#", b"t7E00\r")
        b.hear("12ABCDEF#", b"T12ABCDEF0\r")
        b.hear("7E1#", b"")
        b.ask((b"f\r", b"#4\r"), (b"C\r", b""))


def test_canable25_bus_load():
    with Simulator("slcan:pty={dir}/a,dialect=canable25", "ack:",
                   "gen:id=100,gap=1000,wait=1") as sim, Port(sim.path("a")) as port:
        port.ask(b"S6\r", CR)
        port.ask(b"L1\r", CR)
        port.write(b"O\r")
        loads = [line for line in port.lines(400) if line.startswith(b"L")]
        # The first one covers the time before the traffic as well.
        assert len(loads) > 1 and all(5 < int(load[1:]) < 50 for load in loads[1:]), loads


def test_canable25_channels():
    with Simulator("slcan:pty={dir}/a,dialect=canable25,channels=2") as sim:
        with Port(sim.path("a")) as port:
            port.ask(b"&MF\r", b"&#\r")
            port.ask(b"S6\r", CR)
            port.ask(b"&S6\r", b"&#\r")
            port.ask(b"O\r", CR)
            port.ask(b"&O\r", b"&#\r")
            port.ask(b"$O\r", BEL)
            port.ask(b"t1230\r", b"\r&t1230\r")
            port.ask(b"&t1240\r", b"&#\rt1240\r")


def test_kernel():
    with Bench("kernel") as b:
        b.ask((b"C\rS6\rO\r", b""), (b"V\r", b""), (b"t1232AABB\r", b""), (b"\r", b""))
        b.seen(b"t1232AABB")
        b.hear("456#R3", b"r4563\r")
        b.ask((b"F\r", b"sa000000\r"))
        b.sim.do("error 0 crc")
        b.ask((b"t1230\r", b"e1c\r"))
        b.sim.do("error 0 bit1")
        b.ask((b"t1230\r", b"e1B\r"))
        b.sim.do("busoff 0")
        assert b.port.lines(1)[0].startswith(b"sb")
        b.port.read(100, simulator.QUIET_S)
        b.ask((b"C\r", b""), (b"O\r", b"sa000000\r"))


def test_candapter():
    with Bench("candapter") as b:
        b.ask((b"O\r", BEL), (b"S6\r", ACK), (b"O\r", ACK), (b"T1232AABB\r", ACK),
              (b"t1230\r", ACK), (b"x12ABCDEF1FF\r", ACK), (b"r1230\r", BEL), (b"V\r", BEL))
        b.seen(b"t1232AABB", b"t1230", b"T12ABCDEF1FF")
        b.hear("456#11", b"t456111\r")
        b.hear("00000456#11", b"x00000456111\r")
        b.hear("456#R", b"")
        b.ask((b"C\r", ACK), (b"A1\r", ACK), (b"O\r", ACK))
        b.sim.do("send 1 456#11")
        assert len(b.port.lines(1)[0]) == 11


def test_silent_and_dead():
    with Bench("silent") as b:
        b.ask((b"C\r\r\rV\rN\rS6\rO\r", b""), (b"t1232AABB\r", b""))
        b.seen(b"t1232AABB")
        b.hear("456#11", b"t456111\r")
    with Bench("dead") as b:
        b.ask((b"C\r\r\rV\rN\rS6\rO\r", b""), (b"t1232AABB\r", b""))
        b.seen()


def test_tx_full_block():
    """With txfull=block the adapter stops reading, as USB does; nothing is lost."""
    with Bench("canable", "txfull=block") as b:
        b.ask((b"S6\r", b""), (b"O\r", b""))
        b.sim.do("noack on")
        b.port.write(b"".join(b"t1231%02X\r" % i for i in range(100)))
        b.sim.wait(lambda stats: stats["adapters"][0]["waiting_tx"] == 30)
        b.sim.do("noack off")
        b.seen(*[b"t1231%02X" % i for i in range(100)])


if __name__ == "__main__":
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
