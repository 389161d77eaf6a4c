#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The same 100,000 random frames written by a peer and read by us, written by us and read by the
peer, for every format that the peer has: python-can, can-utils, tshark.

ANYCAN_PYTHON_CAN names the folder of another python-can to test with than the installed one.
What a peer itself cannot keep is written down here, format by format.
"""
import collections
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import tool
from tool import Frame

if os.environ.get("ANYCAN_PYTHON_CAN"):
    sys.path.insert(0, os.environ["ANYCAN_PYTHON_CAN"])

import library  # noqa: E402 - tool and the line above say where it is

try:
    import can
except ImportError:
    can = None

COUNT = int(os.environ.get("ANYCAN_PEER_FRAMES", "100000"))
LENGTHS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64)
T0_NS = 1_700_000_000 * 10**9


def need_python_can():
    if can is None:
        raise library.Skip("python3-can is not installed")
    logging.disable(logging.CRITICAL)


def random_frames(seed, count=COUNT, kinds="data fd remote error"):
    """Frames with times of whole microseconds, which every peer can tell."""
    rng = random.Random(seed)
    now = T0_NS
    for _ in range(count):
        kind = rng.choice(kinds.split()) if rng.random() < .5 else "data"
        extended = rng.random() < .5 and kind != "error"
        fd = kind == "fd"
        length = rng.choice(LENGTHS) if fd else rng.randrange(9)
        ident = rng.randrange(1 << 29) if extended else rng.randrange(1 << 11)
        if kind == "error":
            ident, length = 0x80, 8
        data = rng.randbytes(length) if kind in ("data", "fd") else bytes(8)
        yield Frame(now, f"can{rng.randrange(4)}", ident, extended, kind == "remote",
                    kind == "error", fd, fd and rng.random() < .5, fd and rng.random() < .5, 0,
                    length, b"" if kind == "remote" else data,
                    kind != "error" and rng.random() < .3)
        now += 1000 * rng.randrange(1, 3000)


def without_id_0(frames):
    """tshark shows neither id nor data of frames with the id 0."""
    return [f._replace(ident=f.ident or 1) for f in frames]


def message(frame):
    return can.Message(
        timestamp=frame.ns / 1e9, arbitration_id=frame.ident, is_extended_id=frame.extended,
        is_remote_frame=frame.remote, is_error_frame=frame.error,
        channel=int(frame.channel[3:]), dlc=frame.length,
        data=None if frame.remote else frame.data, is_fd=frame.fd, is_rx=not frame.tx,
        bitrate_switch=frame.brs, error_state_indicator=frame.esi)


def frame_of(msg):
    """A message of python-can as a frame."""
    channel = msg.channel if isinstance(msg.channel, str) else f"can{msg.channel or 0}"
    return Frame(round(msg.timestamp * 1e6) * 1000, channel, msg.arbitration_id,
                 msg.is_extended_id, msg.is_remote_frame, msg.is_error_frame, msg.is_fd,
                 msg.bitrate_switch, msg.error_state_indicator, 0, msg.dlc, bytes(msg.data),
                 not msg.is_rx)


def near(frame):
    """Microseconds; floating point has made one out of some of them."""
    return frame._replace(ns=round(frame.ns / 1000))


def error_only(frame):
    """Of an error frame that it is one, and when."""
    if not frame.error:
        return frame
    return frame._replace(ident=0, extended=False, length=0, data=b"", channel="", tx=False,
                          fd=False)


def schema(frame):
    """What the columns of python-can's CSV and SQLite hold."""
    return frame._replace(channel="", fd=False, brs=False, esi=False, tx=False)


def log_by_python_can(frame):
    """python-can writes remote frames without their length."""
    return error_only(frame._replace(length=0) if frame.remote else frame)


def compare(got, want, keep, offset_ns=0):
    got = [keep(near(frame)) for frame in got]
    want = [keep(near(frame._replace(ns=frame.ns - offset_ns))) for frame in want]
    assert len(got) == len(want), f"{len(got)} frames instead of {len(want)}"
    for number, (a, b) in enumerate(zip(got, want)):
        if a != b and (a._replace(ns=0) != b._replace(ns=0) or abs(a.ns - b.ns) > 1):
            raise AssertionError(f"frame {number}: {a} instead of {b}")


def python_can_write(path, frames):
    writer = can.Logger(path)
    for frame in frames:
        writer.on_message_received(message(frame))
    writer.stop()


def python_can_sqlite(path, frames):
    """By its schema, not its writer, which loses rows when it is stopped."""
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE messages (ts REAL, arbitration_id INTEGER, extended INTEGER,"
                     " remote INTEGER, error INTEGER, dlc INTEGER, data BLOB)")
        base.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)",
                         ((f.ns / 1e9, f.ident, f.extended, f.remote, f.error, f.length,
                           b"" if f.remote else f.data) for f in frames))
    base.close()


def python_can_read(path):
    with can.LogReader(path) as reader:
        return [frame_of(msg) for msg in reader]


def both_ways(suffix, keep_theirs, keep_ours=None, kinds="data fd remote error", offset_ns=0,
              our_settings=()):
    """The peer writes and we read; we write and the peer reads."""
    need_python_can()
    frames = list(random_frames(suffix, kinds=kinds))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "theirs" + suffix)
        (python_can_sqlite if suffix == ".db" else python_can_write)(path, frames)
        compare(tool.read(path), frames, keep_theirs)
        path = os.path.join(folder, "ours" + suffix)
        tool.write(path, frames, *our_settings)
        compare(python_can_read(path), frames, keep_ours or keep_theirs, offset_ns)
    counts = collections.Counter("error" if f.error else "remote" if f.remote else
                                 "fd" if f.fd else "data" for f in frames)
    return f"{len(frames)} frames each way: {dict(counts)}"


def test_python_can_log():
    # Our own remote frames keep their length in its reader.
    return both_ways(".log", log_by_python_can, error_only, our_settings=["-x"])


def test_python_can_log_gz():
    return both_ways(".log.gz", log_by_python_can, error_only, kinds="data fd",
                     our_settings=["-x"])


def asc_by_python_can(frame):
    """python-can takes FD frames without data for remote ones."""
    return error_only(frame._replace(remote=False) if frame.fd and not frame.length else frame)


def test_python_can_asc():
    # Its reader counts from the start of the measurement.
    return both_ways(".asc", error_only, asc_by_python_can, offset_ns=T0_NS)


def test_python_can_blf():
    return both_ways(".blf", lambda f: f._replace(tx=False) if f.error else f)


def test_python_can_blf_head():
    """The totals in the head: python-can's and capinfos' counts; appending keeps them true."""
    need_python_can()
    frames = list(random_frames("head", count=5000, kinds="data fd remote"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.blf")
        tool.write(path, frames[:2000])
        tool.write(path, frames[2000:], "-a")
        with can.LogReader(path) as reader:
            assert (len(list(reader)), reader.object_count) == (5000, 5000), reader.object_count
            assert reader.file_size == os.path.getsize(path)
            assert reader.start_timestamp == frames[0].ns // 10**6 / 1000
            assert reader.stop_timestamp == frames[-1].ns // 10**6 / 1000
        if shutil.which("capinfos"):
            done = subprocess.run(["capinfos", "-M", "-c", path], check=True, text=True,
                                  capture_output=True, timeout=60)
            assert "5000" in done.stdout.split(), done.stdout
        # Compressed it cannot be patched: the totals are not told, the frames are all there.
        tool.write(path + ".gz", frames)
        compare(python_can_read(path + ".gz"), frames, lambda f: f)


def test_python_can_csv():
    return both_ways(".csv", schema)


def test_python_can_sqlite():
    return both_ways(".db", schema)


def test_python_can_trc():
    """Its writer has data frames only; 4.1 reads no more, and counts channels from 1."""
    need_python_can()
    frames = list(random_frames("trc", kinds="data"))

    def keep(frame):
        return frame._replace(ns=0, channel=str(int(frame.channel[3:]) % 4))

    def theirs(frame):
        return frame._replace(ns=0, channel=str((int(frame.channel[3:]) - 1) % 4))

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "theirs.trc")
        python_can_write(path, frames)
        got = tool.read(path)
        compare(got, frames, keep)
        for a, b in zip(got, frames):
            assert abs((a.ns - got[0].ns) - (b.ns - T0_NS)) <= 1000, (a, b)
        path = os.path.join(folder, "ours.trc")
        tool.write(path, frames)
        got = python_can_read(path)
    assert [theirs(a) for a in got] == [keep(b) for b in frames]
    for a, b in zip(got, frames):
        assert abs((a.ns - got[0].ns) - (b.ns - T0_NS)) <= 1000, (a, b)


def test_python_can_txt():
    """What it prints is what we print, byte for byte, for all that both know of a frame."""
    need_python_can()
    if "ID: 0001 " not in str(can.Message(arbitration_id=1, is_extended_id=False)):
        raise library.Skip("the form of python-can 4.1 is the one written")
    frames = list(random_frames("txt", kinds="data fd remote"))
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = os.path.join(folder, "theirs.txt"), os.path.join(folder, "ours.txt")
        printer = can.Printer(theirs)
        for frame in frames:
            msg = message(frame)
            msg.channel = frame.channel
            printer.on_message_received(msg)
        printer.stop()
        tool.write(ours, frames)
        with open(theirs, encoding="ascii") as a, open(ours, encoding="ascii") as b:
            for number, (x, y) in enumerate(zip(a, b, strict=True)):
                assert x == y, f"line {number}: {y!r} instead of {x!r}"
        compare(tool.read(theirs), frames, lambda f: f)


def need(program):
    if not shutil.which(program):
        raise library.Skip(f"{program} is not installed")


def without_time(frame):
    return frame._replace(ns=0, tx=False)


def log2asc(frames, *options):
    """What it makes of a log, read by us."""
    with tempfile.TemporaryDirectory() as folder:
        log, asc = os.path.join(folder, "x.log"), os.path.join(folder, "x.asc")
        with open(log, "w", encoding="ascii") as file:
            # Its Debian version of 2020 knows 6 decimals only.
            file.writelines(f.line()[:-3].replace("000)", ")", 1) + "\n" for f in frames)
        subprocess.run(["log2asc", *options, "-I", log, "-O", asc, "can0", "can1", "can2",
                        "can3"], check=True, timeout=120)
        return tool.read(asc)


def test_log2asc():
    need("log2asc")
    frames = list(random_frames("log2asc"))
    # It tells the second of the start only, and no direction.
    first = frames[0].ns // 10**9 * 10**9
    want = [f._replace(ns=f.ns - frames[0].ns + first, tx=False) for f in frames]
    compare(log2asc(frames), want, error_only)
    frames, want = frames[:5000], want[:5000]
    # CRLF and remote frames without their length.
    compare(log2asc(frames, "-n", "-r"), want,
            lambda f: error_only(f._replace(length=0) if f.remote else f))
    # Four decimals.
    compare(log2asc(frames, "-4"), [f._replace(ns=f.ns // 100000 * 100000) for f in want],
            error_only)
    # Classic frames in CANFD lines, in newer versions in CANXL lines: error frames lose their flag.
    frames = [f for f in frames if not f.error]
    want = [f._replace(ns=f.ns - frames[0].ns + first, tx=False) for f in frames]
    said = subprocess.run(["log2asc", "-?"], capture_output=True, text=True, check=False).stderr
    for option in ("-f", "-x"):
        if f"{option}  (use" in said:
            compare(log2asc(frames, option), want, lambda f: f)


def carried(line):
    """Mends a time like (7.1000000), by which asc2log means (8.000000)."""
    seconds, dot, rest = line.partition(".1000000)")
    return f"({int(seconds[1:]) + 1}.000000){rest}" if dot else line


def test_asc2log():
    need("asc2log")
    frames = list(random_frames("asc2log"))
    with tempfile.TemporaryDirectory() as folder:
        log, asc = os.path.join(folder, "x.log"), os.path.join(folder, "x.asc")
        tool.write(asc, frames)
        subprocess.run(["asc2log", "-I", asc, "-O", log], check=True, timeout=120,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(log, encoding="ascii") as file:
            got = [tool.parse_line(carried(line)) for line in file]
    # It takes today for the date where no German or American locale is installed.
    compare(got, frames, without_time)
    for a, b in zip(got, frames):
        assert abs((a.ns - got[0].ns) - (b.ns - frames[0].ns)) <= 1000, (a, b)


FIELDS = ("frame.time_epoch", "can.id", "can.flags.xtd", "can.flags.rtr", "can.flags.err",
          "data.data")


def tshark_read(path):
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields",
                           *(word for field in FIELDS for word in ("-e", field))],
                          check=True, capture_output=True, text=True, timeout=250)
    for line in done.stdout.splitlines():
        when, ident, extended, remote, error, data = line.split("\t")
        sec, part = when.split(".")
        yield (int(sec) * 10**9 + int(part.ljust(9, "0")), int(ident or 0), extended == "1",
               remote == "1", error == "1", data)


def check_tshark(suffix, kinds):
    need("tshark")
    frames = without_id_0(random_frames("tshark" + suffix, kinds=kinds))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x" + suffix)
        tool.write(path, frames)
        got = list(tshark_read(path))
        again = list(tool.read(path))
    want = [(f.ns, 0 if f.error else f.ident, f.extended, f.remote, f.error,
             "" if f.error else f.data.hex()) for f in frames]
    assert len(got) == len(want), f"{len(got)} packets instead of {len(want)}"
    for number, (a, b) in enumerate(zip(got, want)):
        # It shows the bytes that a remote frame asks for, and an error frame's class.
        a = (a[0], 0 if b[4] else a[1], *a[2:5], "" if b[3] or b[4] else a[5])
        assert a == b, f"packet {number}: {a} instead of {b}"
    assert len(again) == len(frames)
    return f"{len(frames)} frames"


def test_tshark_log():
    return check_tshark(".log", "data fd remote error")


def test_tshark_pcapng():
    return check_tshark(".pcapng", "data fd remote error")


def test_tshark_blf():
    # tshark 4.0 reads no error frames from BLF.
    return check_tshark(".blf", "data fd remote")


def test_wireshark_written():
    """What editcap and tshark make of a log is read back."""
    need("editcap")
    frames = list(random_frames("editcap", count=COUNT // 10, kinds="data fd remote"))
    with tempfile.TemporaryDirectory() as folder:
        log, blf = os.path.join(folder, "x.log"), os.path.join(folder, "x.blf")
        tool.write(log, frames)
        tool.write(blf, frames)
        capture = os.path.join(folder, "x.pcapng")
        subprocess.run(["editcap", log, capture], check=True, timeout=60)
        compare(tool.read(capture), [f._replace(channel="", tx=False) for f in frames],
                lambda f: f._replace(channel=""))
        subprocess.run(["tshark", "-n", "-r", blf, "-w", capture], check=True, timeout=60,
                       capture_output=True)
        # tshark 4.0 loses all flags of BLF's older FD object, which python-can writes as well.
        compare(tool.read(capture), frames, lambda f: f._replace(
            channel="", brs=False, esi=False, fd=f.fd and f.length > 8))


TESTS = (
    test_python_can_log, test_python_can_log_gz, test_python_can_asc, test_python_can_blf,
    test_python_can_blf_head, test_python_can_csv, test_python_can_sqlite, test_python_can_trc,
    test_python_can_txt, test_log2asc, test_asc2log, test_tshark_log, test_tshark_pcapng,
    test_tshark_blf,
    test_wireshark_written,
)

if __name__ == "__main__":
    sys.exit(library.run(TESTS))
