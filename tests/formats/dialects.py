#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Logs as other programs write them, made here line by line and byte by byte: what each must be
read as. tshark is asked about the captures as well where it is installed."""
import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import tool

import library


def check(name, content, lines, notes=""):
    """The frames of a file as candump's lines, with " T" behind sent ones, and what is said."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        out, said = tool.convert(path, "-", "--to", "log", "-x")
    got = [line.removesuffix(" R") for line in out.decode().splitlines()]
    assert got == lines, f"{name}: {got} instead of {lines}"
    said = [line.split(": ", 1)[1] for line in said.splitlines() if line.startswith(path)]
    assert [line.split(" (")[0] for line in said] == notes.splitlines(), said


ASC_HEAD = "date Fri May 05 06:24:08.846 pm 2023\nbase hex  timestamps absolute\n"
AT = 1683311048


def test_asc_heads():
    line = "0.000000 1  123             Rx   d 2 11 22\n"
    for date, sec in (("Fri May 05 06:24:08 PM 2023", f"{AT}.000000"),
                      ("Fri May 05 18:24:08.846000 2023", f"{AT}.846000"),
                      ("Fri May 5 18:24:08.846 pm 2023", f"{AT}.846000"),
                      ("Fre Mai 5 18:24:08.846 2023", f"{AT}.846000"),
                      ("Fre M\u00e4r 3 18:24:08 2023", "1677867848.000000")):
        for base in ("base hex  timestamps absolute", "base hex  no internal events logged",
                     "base hex timestamps absolute\n// version 7.1.0", "base hex"):
            check("x.asc", f"date {date}\n{base}\n{line}", [f"({sec}) can0 123#1122"])
    # The date of the measurement itself counts where there are two; without one times are from 0.
    check("x.asc", ASC_HEAD + "Begin Triggerblock Fri May 05 06:24:09.000 pm 2023\n" + line,
          [f"({AT + 1}.000000) can0 123#1122"])
    check("x.asc", line, ["(0.000000) can0 123#1122"])


def test_asc_lines():
    check("x.asc", ASC_HEAD + "// a remark\n"
          "0.000000 CANFD   Start of measurement\n"
          "0.1 1  54C5638x  Tx   d 8 00 01 02 03 04 05 06 07  Length = 1704000 BitCount = 145"
          " ID = 88888888x\n"
          "0.2 2 124 Rx d 2 00 FF \n"
          "0.25 1  200             Rx   r Length = 0 BitCount = 64 ID = 512\n"
          "0.3 1  201             Rx   r 8\n"
          "0.4 1  ErrorFrame\tECC: 10100010\n"
          "0.5 1  ErrorFrame Flags = 0xe CodeExt = 0x20a2 Code = 0x82 ID = 0 DLC = 0\n"
          "0.6 CANFD   1 Rx        4B0   1 0 9 12 00 01 02 03 04 05 06 07 08 09 0A 0B"
          "   0  0   303000 0 0 0 0 0\n"
          "0.7 CANFD   1 Tx        4B0  AName  0 0 1  1 55   0  0   1000 0 0 0 0 0\n"
          "0.71 CANFD 1  101x   Tx   1 0 d 9 12 00 01 02 03 04 05 06 07 08 09 0A 0B"
          "  Length = 209000 BitCount = 128 ID = 257x\n"
          "0.72 CANFD 2  100    Rx   1 0 r 8  Length = 138000 BitCount = 57 ID = 256\n"
          "0.73 CANFD 2 Tx ErrorFrame Not Acknowledge error, dominant error flag fffe c7 31ca\n"
          "0.74 1  OverloadFrame\n"
          "0.8 1  Statistic: D 0 R 0 XD 0 XR 0 E 0 O 0 B 0.00%\n"
          "0.9 CAN 1 Status:chip status error active\n"
          "1.0 Li 14              Rx     8 2a 79 00 00 00 80 c0 ff  checksum = 07\n"
          "End TriggerBlock\n",
          [f"({AT}.946000) can0 054C5638#0001020304050607 T",
           f"({AT + 1}.046000) can1 124#00FF",
           f"({AT + 1}.096000) can0 200#R",
           f"({AT + 1}.146000) can0 201#R8",
           f"({AT + 1}.246000) can0 20000080#0000000000000000",
           f"({AT + 1}.346000) can0 20000080#0000000000000000",
           f"({AT + 1}.446000) can0 4B0##1000102030405060708090A0B",
           f"({AT + 1}.546000) can0 4B0##055 T",
           f"({AT + 1}.556000) can0 00000101##1000102030405060708090A0B T",
           f"({AT + 1}.566000) can1 100#R8",
           f"({AT + 1}.576000) can1 20000080#0000000000000000 T"],
          "4 events that are no frames skipped\n1 frames of other buses skipped")
    # Decimal ids and data, times relative to the line before.
    check("x.asc", ASC_HEAD.replace("hex", "dec").replace("absolute", "relative") +
          "0.1 1  291  Rx   d 2 16 255\n0.2 1  2147483x Rx d 0\n",
          [f"({AT}.946000) can0 123#10FF", f"({AT + 1}.146000) can0 0020C49B#"])


def test_trc_columns():
    head = ";$FILEVERSION=2.1\n;$STARTTIME=45051.5\n"
    for columns, row in (("N,O,T,B,I,d,R,L,D", "1 2.250 DT 2 0102 Tx - 2 11 22"),
                         ("N,O,T,B,I,d,L,D", "      1 2.250 DT 2     0102 Tx 2    11 22"),
                         ("O,T,B,I,d,l,D", "2.250 DT 2 0102 Tx 2 11 22 ")):
        check("x.trc", f"{head};$COLUMNS={columns}\n;\n{row}\n",
              ["(1683288000.002250) can1 102#1122 T"])


def test_trc_old():
    head = (";$FILEVERSION=1.1\r\n;$STARTTIME=45051.5\r\n;\r\n;   C:\\x.trc\r\n;\r\n"
            ";---+--   ----+----  --+--  ----+---  +  -+ -- -- -- -- -- -- --\r\n")
    check("x.trc", head + "     1)        34.5  Rx         0701  1  05 \r\n"
          "     2)        72.1  Tx     18FF0001  2  AB 02 \r\n"
          "     3)       234.7  Rx         070A  1  RTR\r\n"
          "     4)       300.0  Warng  FFFFFFFF  4  00 00 00 08  BUSHEAVY \r\n",
          ["(1683288000.034500) vcan0 701#05", "(1683288000.072100) vcan0 18FF0001#AB02 T",
           "(1683288000.234700) vcan0 70A#R1"], "1 events that are no frames skipped")


def test_candump_lines():
    good = "(1700000000.000001) can0 123#11"
    check("x.log", f"{good}\n(17000000E05.0) can0 123#22\n{good}\n", [good] * 2,
          "1 malformed lines or objects skipped")
    # Names short and long, several blanks, python-can's forms, other numbers of decimals.
    check("x.log", "(1.5)  a  123#R\n(1.500000001) averylongnamedcan7 123#11  T\n"
          "(1) can0 123#11\n(0.0) vcan0 8d00100#0100820100 R\n(2.000000) can1 20000080# R\n"
          "(2.123456789123) can1 1F334455##311223344556677\n(3.000000) can 123#11_9\n"
          "(3.0000001) can\t123#0011223344556677_F\n",
          ["(1.500000) a 123#R", "(1.500000) averylongnamedcan7 123#11 T",
           "(1.500000) vcan0 08D00100#0100820100", "(2.000000) can1 20000080#",
           "(2.123457) can1 1F334455##311223344556677", "(3.000000) can 123#0011223344556677_F"],
          "2 malformed lines or objects skipped")


def test_trc_1_0():
    for date in ("2/26/2026 17:09:05.020.0", "26.02.2026 17:09:05.020"):
        check("x.trc", ";##########################################\n;   Start time: "
              f"{date.removesuffix('.0')}\n;---+--   ----+----\n"
              "  1)      1841  0001  8  00 00 00 00 00 00 00 00 \n"
              "  2)      1842  0008  4  ERROR 00 19 08 08 \n",
              ["(1772125746.861000) vcan0 001#0000000000000000",
               "(1772125746.862000) vcan0 20000088#0000801900000808"])


def blf_object(kind, body, size=None, head=32, flags=2, stamp=1_500_000_000):
    """An object of header version 1 with its padding, or told to be smaller than it is."""
    whole = struct.pack("<4sHHIIIHHQ", b"LOBJ", head, 1, size or head + len(body), kind, flags,
                        0, 0, stamp) + body
    return whole + bytes(len(whole) % 4)


def blf_message(ident, data, **settings):
    return blf_object(1, struct.pack("<HBBI8s", 1, 0, len(data), ident, data), **settings)


def blf_file(*containers, packed=True):
    start = struct.pack("<8H", 2023, 5, 5, 5, 18, 24, 8, 846)
    out = struct.pack("<4sI8BQQII", b"LOGG", 144, 5, 0, 0, 0, 2, 6, 8, 1, 0, 0, 0, 0)
    out = (out + start + start).ljust(144, b"\0")
    for content in containers:
        body = zlib.compress(content) if packed else content
        whole = struct.pack("<4sHHIIHHIII", b"LOBJ", 16, 1, 32 + len(body), 10,
                            2 if packed else 0, 0, 0, len(content), 0) + body
        out += whole + bytes(len(whole) % 4)
    return out


BLF_AT = f"({AT + 2}.346000) can0"


def test_blf_objects():
    one, two = blf_message(0x123, b"\x11\x22"), blf_message(0x80000124, b"")
    frames = [f"{BLF_AT} 123#1122", f"{BLF_AT} 00000124#"]
    for packed in (True, False):
        check("x.blf", blf_file(one + two, packed=packed), frames)
        # Objects split over containers, at every byte, and containers of nothing.
        for cut in range(len(one + two)):
            check("x.blf", blf_file((one + two)[:cut], b"", (one + two)[cut:], packed=packed),
                  frames)
    # Stamps in units of 10 us.
    check("x.blf", blf_file(blf_message(0x123, b"\x11", flags=1, stamp=150_000)),
          [f"{BLF_AT} 123#11"])
    # An object without the padding that others have, and one whose size leaves out its end.
    text = blf_object(65, bytes(19) + b"text")
    check("x.blf", blf_file(text.rstrip(b"\0") + one), frames[:1],
          "1 events that are no frames skipped")
    marker = blf_object(96, bytes(64), size=32 + 64 - 27)
    for rest in (b"", one):
        check("x.blf", blf_file(one + marker + rest), frames[:1] * (2 if rest else 1),
              "1 events that are no frames skipped\n1 malformed lines or objects skipped")


def socketcan(order, ident, length, data, flags=0, rest=b"\0\0"):
    return struct.pack(order + "IBB2s", ident, length, flags, rest) + data


def pcap(order, link, packets, magic=0xa1b2c3d4):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for number, packet in enumerate(packets):
        out += struct.pack(order + "IIII", AT + number, 250_000, len(packet), len(packet)) + packet
    return out


def sll(version_2, protocol, packet, kind=0):
    if version_2:
        return struct.pack(">HHIHBB8s", protocol, 0, 3, 280, kind, 0, b"") + packet
    return struct.pack(">HHH8sH", kind, 280, 0, b"", protocol) + packet


def check_tshark(content, want):
    """The ids and data that tshark sees in a capture."""
    if not shutil.which("tshark"):
        return
    done = subprocess.run(["tshark", "-n", "-r", "-", "-T", "fields", "-e", "can.id", "-e",
                           "data.data"], input=content, capture_output=True, check=True,
                          timeout=60)
    got = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert got == [[str(ident), data.hex()] for ident, data in want], got


def test_pcap():
    fd_data = bytes(range(12))
    for order in "<>":
        packets = [socketcan(">", 0x123, 2, b"\x11\x22"),
                   socketcan(">", 0x80000124, 12, fd_data, 5),
                   socketcan(">", 0x125, 12, fd_data),
                   # What old kernels left in the bytes that became flags.
                   socketcan(">", 0x126, 2, b"\x11\x22", 0x7f, b"\x55\xaa"),
                   socketcan(">", 0x40000127, 3, bytes(3))]
        content = pcap(order, 227, packets)
        lines = [f"({AT}.250000) vcan0 123#1122",
                 f"({AT + 1}.250000) vcan0 00000124##1{fd_data.hex().upper()}",
                 f"({AT + 2}.250000) vcan0 125##0{fd_data.hex().upper()}",
                 f"({AT + 3}.250000) vcan0 126#1122",
                 f"({AT + 4}.250000) vcan0 127#R3"]
        check("x.pcap", content, lines)
        check("x.pcap.gz", gzip.compress(content), lines)
        check_tshark(pcap(order, 227, packets[:4]),
                     [(0x123, b"\x11\x22"), (0x124, fd_data), (0x125, fd_data),
                      (0x126, b"\x11\x22")])
        check("x.cap", pcap(order, 227, packets[:1], 0xa1b23c4d),
              [f"({AT}.000250) vcan0 123#1122"])
        # XL frames, and packets that are none of a CAN bus.
        check("x.pcap", pcap(order, 227, [struct.pack(">IBBH", 0x123, 0x80, 0, 0) + bytes(8)]),
              [], "1 CAN XL frames skipped")
        check("x.pcap", pcap(order, 1, [bytes(60)]), [], "1 frames of other buses skipped")


def test_pcap_cooked():
    """Behind the heads of captures of all devices ids are in the order of the machine."""
    fd_data = bytes(range(12))
    for order in "<>":
        for version_2 in (False, True):
            packets = [sll(version_2, 12, socketcan(order, 0x123, 2, b"\x11\x22")),
                       sll(version_2, 13, socketcan(order, 0x80000124, 12, fd_data, 1), 4)]
            content = pcap(order, 276 if version_2 else 113, packets)
            check("x.pcap", content, [
                f"({AT}.250000) vcan0 123#1122",
                f"({AT + 1}.250000) vcan0 00000124##1{fd_data.hex().upper()} T"])
            check_tshark(content, [(0x123, b"\x11\x22"), (0x124, fd_data)])


def test_pcap_damage():
    content = pcap("<", 227, [socketcan(">", 0x123, 2, b"\x11\x22")] * 3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.pcap")
        for size in range(len(content)):
            with open(path, "wb") as file:
                file.write(content[:size])
            whole = max(0, size - 24) // 26
            out, said = tool.convert(path, "-", "--to", "log", status=int(size < 24))
            assert out.count(b"\n") == whole, (size, out)
            assert ("cut off" in said) == (size > 24 and (size - 24) % 26 > 0) or size < 24, said
        with open(path, "wb") as file:
            file.write(content[:24 + 26 + 8] + b"\xff" * 8 + content[24 + 26 + 16:])
        out, said = tool.convert(path, "-", "--to", "log", status=1)
        assert out.count(b"\n") == 1 and "offset 50" in said and "--repair" in said, said
        out, said = tool.convert("--repair", path, "-", "--to", "log")
        assert out.count(b"\n") == 1 and "1 damaged parts skipped" in said, said


TESTS = [value for name, value in sorted(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    sys.exit(library.run(TESTS))
