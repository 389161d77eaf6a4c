#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Frames as text: what anycan prints other programs read, and what they print anycan reads.

The peers are can-utils (log2asc and asc2log, which need no CAN in the kernel, read and print
candump's lines with the code of cansend and candump), python-can and tshark. What a peer cannot
express, or changes, is named where the frames for it are chosen.
"""
import io
import random
import shutil
import subprocess
import sys
import tempfile

import frames
import library
from frames import EFF, EFF_MASK, ERR, ESI, BRS, FDF, NO_CHANNEL, RTR, TX

try:
    import can
except ImportError:
    can = None

ROUNDS = 3000
START_NS = 1_436_509_052_249_713_000
STEP_NS = 1_000_000_007_000
NETDEVS = ("can0", "can1")


def need_program(name):
    if shutil.which(name) is None:
        raise library.Skip(f"{name} is not installed")


def random_frames(seed, suits):
    """Frames a quarter of an hour apart that a peer can express, with microsecond stamps."""
    rng = random.Random(seed)
    chosen = []
    while len(chosen) < ROUNDS:
        frame = frames.random_frame(rng, ts_ns=START_NS + len(chosen) * STEP_NS)
        frame.channel = 0
        if suits(frame):
            chosen.append(frame)
    return chosen


def print_lines(chosen, decimals=6):
    return library.ask([f"print-log {decimals} {NETDEVS[i % 2]} {frame.words()}"
                     for i, frame in enumerate(chosen)])


def parse_lines(lines):
    """A list of (netdev, Frame)."""
    parsed = []
    for line, answer in zip(lines, library.ask(["parse-log " + line for line in lines])):
        assert answer != "bad", f"not understood: {line}"
        words = answer.split()
        parsed.append((words[0], frames.Frame.from_words(words[1:])))
    return parsed


def through(command, lines):
    """What a program makes of the lines."""
    done = subprocess.run(command, input="".join(line + "\n" for line in lines), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=True)
    return done.stdout.splitlines()


def through_asc(lines, *options):
    """candump's lines, to Vector's ASC and back. Their date depends on the locale: they keep the
    time since the first of them only."""
    asc = through(["log2asc", *options, *NETDEVS], lines)
    return through(["asc2log"], asc)


def check_through_asc(chosen, *options):
    rng = random.Random(3)
    lines = [line + rng.choice((" R", " T")) for line in print_lines(chosen)]
    back = through_asc(lines, *options)
    assert len(back) == len(lines), f"{len(lines)} lines in, {len(back)} out"
    for line, line_back in zip(lines, back):
        assert line.split()[1:] == line_back.split()[1:], f"{line} became {line_back}"
    ours, theirs = parse_lines(lines), parse_lines(back)
    shift = theirs[0][1].ts_ns - ours[0][1].ts_ns
    for (netdev, frame), (netdev_back, frame_back) in zip(ours, theirs):
        frame.ts_ns += shift
        assert (netdev, frame) == (netdev_back, frame_back), f"{frame} became {frame_back}"
    sent = [frame.dir for _, frame in ours].count(TX)
    assert ROUNDS / 3 < sent < ROUNDS * 2 / 3
    return f"{len(lines)} lines"


def test_can_utils():
    """can-utils 2020.11 does not know raw DLCs, ASC has no error classes."""
    need_program("asc2log")
    return check_through_asc(random_frames(1, lambda f: not f.len8_dlc and not f.is_error))


def test_can_utils_fd_format():
    """The same with classic frames in ASC's FD lines."""
    need_program("asc2log")
    return check_through_asc(random_frames(2, lambda f: not f.len8_dlc and not f.is_error), "-f")


def test_can_utils_error_frames():
    """Of an error frame only that it is one survives."""
    need_program("asc2log")
    lines = print_lines(random_frames(3, lambda f: f.is_error))
    for netdev, frame in parse_lines(through_asc(lines)):
        assert netdev in NETDEVS
        assert (frame.can_id, frame.length) == (ERR | 0x80, 8), frame
    return f"{len(lines)} lines"


def need_python_can():
    if can is None:
        raise library.Skip("python3-can is not installed")


def same_as_message(frame, message):
    """Whether python-can's message has what the frame has, without time and data of errors."""
    if frame.is_error:
        return message.is_error_frame
    return (message.arbitration_id == frame.can_id & EFF_MASK
            and message.is_extended_id == bool(frame.can_id & EFF)
            and message.is_remote_frame == frame.is_remote
            and message.is_fd == frame.is_fd
            and message.bitrate_switch == bool(frame.flags & BRS)
            and message.error_state_indicator == bool(frame.flags & ESI)
            and message.is_rx == (frame.dir != TX)
            and bytes(message.data) == frame.data
            and not message.is_error_frame)


def test_python_can_reads():
    """python-can knows no raw DLCs, and takes for an error frame only a bus error."""
    need_python_can()
    chosen = random_frames(4, lambda f: not f.len8_dlc and (not f.is_error or f.can_id & 0x80))
    rng = random.Random(5)
    lines = print_lines(chosen)
    for i, frame in enumerate(chosen):
        if not frame.is_error:
            frame.dir = rng.choice((frames.RX, TX))
            lines[i] += " T" if frame.dir == TX else ""
    messages = list(can.io.CanutilsLogReader(io.StringIO("\n".join(lines))))
    assert len(messages) == len(chosen)
    for i, (frame, message) in enumerate(zip(chosen, messages)):
        assert same_as_message(frame, message), f"{lines[i]} became {message}"
        assert frame.is_error or message.dlc == frame.length, lines[i]
        assert frame.is_error or message.channel == NETDEVS[i % 2], lines[i]
        assert abs(message.timestamp - frame.ts_ns / 1e9) < 1e-6, lines[i]
    return f"{len(lines)} lines"


def to_message(frame, netdev):
    return can.Message(
        timestamp=frame.ts_ns / 1e9, arbitration_id=frame.can_id & EFF_MASK, channel=netdev,
        is_extended_id=bool(frame.can_id & EFF), is_remote_frame=frame.is_remote,
        is_error_frame=frame.is_error, dlc=frame.length, is_fd=frame.is_fd,
        data=None if frame.is_remote else frame.data, is_rx=frame.dir != TX,
        bitrate_switch=bool(frame.flags & BRS), error_state_indicator=bool(frame.flags & ESI))


def test_python_can_writes():
    """python-can writes remote frames without their length, and every error frame as a bus
    error."""
    need_python_can()
    chosen = random_frames(6, lambda f: not f.len8_dlc)
    written = io.StringIO()
    writer = can.io.CanutilsLogWriter(written)
    rng = random.Random(7)
    for i, frame in enumerate(chosen):
        frame.dir = frames.RX if frame.is_error else rng.choice((frames.RX, TX))
        writer.on_message_received(to_message(frame, NETDEVS[i % 2]))
    parsed = parse_lines(written.getvalue().splitlines())
    assert len(parsed) == len(chosen)
    for i, (wanted, (netdev, frame)) in enumerate(zip(chosen, parsed)):
        if wanted.is_error:
            wanted.can_id = ERR | 0x80
        elif wanted.is_remote:
            wanted.length = 0
        assert abs(frame.ts_ns - wanted.ts_ns) <= 1000, f"{wanted} became {frame}"
        frame.ts_ns = wanted.ts_ns
        assert (netdev, frame) == (NETDEVS[i % 2], wanted), f"{wanted} became {frame}"
    return f"{len(parsed)} lines"


FIELDS = ("frame.time_epoch can.id can.flags.xtd can.flags.rtr can.flags.err can.len "
          "canfd.flags.brs canfd.flags.esi data.data frame.protocols").split()


def tshark_values(lines):
    """A dictionary of FIELDS for each line."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        log.write("".join(line + "\n" for line in lines))
        log.flush()
        # Some identifiers would be taken for network management instead of plain data.
        command = ["tshark", "--disable-protocol", "autosar-nm", "-r", log.name, "-T", "fields",
                   "-E", "separator=|"]
        for field in FIELDS:
            command += ["-e", field]
        rows = through(command, [])
    assert len(rows) == len(lines), f"{len(lines)} lines in, {len(rows)} out"
    return [dict(zip(FIELDS, row.split("|"))) for row in rows]


def seconds_to_ns(text):
    seconds, fraction = text.split(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))


def test_tshark_reads():
    """tshark 4.0 knows neither raw DLCs nor directions; it shows remote frames with zeros."""
    need_program("tshark")
    chosen = random_frames(8, lambda f: not f.len8_dlc)
    lines = print_lines(chosen)
    for line, frame, values in zip(lines, chosen, tshark_values(lines)):
        assert seconds_to_ns(values["frame.time_epoch"]) == frame.ts_ns, line
        assert int(values["can.len"]) == frame.length, line
        assert ("canfd" in values["frame.protocols"]) == frame.is_fd, line
        if frame.is_error:
            assert values["can.flags.err"] == "1", line
            continue
        assert int(values["can.id"]) == frame.can_id & EFF_MASK, line
        assert values["can.flags.xtd"] == str(int(bool(frame.can_id & EFF))), line
        if frame.is_fd:
            assert values["canfd.flags.brs"] == str(int(bool(frame.flags & BRS))), line
            assert values["canfd.flags.esi"] == str(int(bool(frame.flags & ESI))), line
        else:
            assert values["can.flags.rtr"] == str(int(frame.is_remote)), line
        data = bytes(frame.length) if frame.is_remote else frame.data
        assert values["data.data"] == data.hex(), line
    return f"{len(lines)} lines"


if __name__ == "__main__":
    sys.exit(library.run([
        test_can_utils, test_can_utils_fd_format, test_can_utils_error_frames,
        test_python_can_reads, test_python_can_writes, test_tshark_reads,
    ]))
