#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan_frame_check() and anycan_frame_equal() against python-can's Message.

Thousands of random frames, valid and not, are judged by both. Where they are meant to differ the
rule is written down here, and the test fails if a rule is never needed.
"""
import random
import sys

import frames
import library
from frames import BRS, EFF, EFF_MASK, ERR, ESI, FDF, LENGTHS, NO_CHANNEL, RTR, Frame

try:
    import can
except ImportError:
    can = None

ROUNDS = 5000


def need_python_can():
    if can is None:
        raise library.Skip("python3-can is not installed")


def message(frame, check=False):
    """The same frame as python-can's Message."""
    return can.Message(
        timestamp=frame.ts_ns / 1e9,
        arbitration_id=frame.can_id & EFF_MASK,
        is_extended_id=bool(frame.can_id & EFF),
        is_remote_frame=frame.is_remote,
        is_error_frame=frame.is_error,
        channel=None if frame.channel == NO_CHANNEL else frame.channel,
        dlc=frame.length,
        data=None if frame.is_remote else frame.data,
        is_fd=frame.is_fd,
        is_rx=frame.dir == frames.RX,
        bitrate_switch=bool(frame.flags & BRS),
        error_state_indicator=bool(frame.flags & ESI),
        check=check,
    )


def any_frame(rng):
    """A frame that may break any rule; data always has the length it claims."""
    can_id = rng.choice((rng.randrange(0x7F0, 0x810), rng.randrange(EFF_MASK + 1),
                         rng.randrange(0x800)))
    for flag in (EFF, RTR, ERR):
        if rng.random() < .3:
            can_id |= flag
    frame = Frame(ts_ns=rng.choice((0, 1, 10**18, -1, -10**9)), can_id=can_id)
    for flag in (FDF, BRS, ESI):
        if rng.random() < .4:
            frame.flags |= flag
    frame.length = rng.choice((rng.randrange(9), rng.choice(LENGTHS), rng.randrange(70)))
    frame.data = b"" if frame.is_remote else rng.randbytes(frame.length)
    return frame


def fits_python_can(frame):
    try:
        message(frame, check=True)
    except ValueError:
        return False
    return True


def differs_knowingly(frame):
    """The rules in which anycan and python-can differ by intent."""
    if frame.is_error and frame.is_fd:
        return "anycan refuses FD error frames"
    if frame.is_error and not frame.can_id & EFF and frame.can_id & EFF_MASK > 0x7FF:
        return "anycan has 29 bits of error classes, with or without the extended format"
    if frame.is_fd and frame.length < 64 and frame.length not in LENGTHS:
        return "anycan refuses FD lengths that no DLC can express"
    return None


def test_check():
    need_python_can()
    rng = random.Random(1)
    asked = [any_frame(rng) for _ in range(ROUNDS)]
    seen = {}
    for frame, answer in zip(asked, library.ask(["check " + f.words() for f in asked])):
        ours = answer == "ok"
        theirs = fits_python_can(frame)
        if ours != theirs:
            rule = differs_knowingly(frame)
            assert rule, f"{frame}: anycan says {answer}, python-can {theirs}"
            seen[rule] = seen.get(rule, 0) + 1
    assert len(seen) == 3, f"only these differences were met: {seen}"
    return f"{ROUNDS} frames"


def changed(rng, frame):
    """A copy of a valid frame, with one member changed or none."""
    copy = Frame(**vars(frame))
    what = rng.choice(("none", "id", "format", "remote", "error", "fd", "brs", "esi", "channel",
                       "dir", "data", "length", "time"))
    flips = {"format": EFF, "remote": RTR, "error": ERR}
    bits = {"fd": FDF, "brs": BRS, "esi": ESI}
    if what in flips:
        copy.can_id ^= flips[what]
        if what == "remote":
            copy.data = b"" if copy.is_remote else bytes(copy.length)
    elif what in bits:
        copy.flags ^= bits[what]
    elif what == "id":
        copy.can_id ^= 1 << rng.randrange(11)
    elif what == "channel":
        copy.channel = rng.choice((NO_CHANNEL, 0, 1, 2))
    elif what == "dir":
        copy.dir ^= 1
    elif what == "data" and copy.data:
        place = rng.randrange(len(copy.data))
        copy.data = copy.data[:place] + bytes([copy.data[place] ^ 1]) + copy.data[place + 1:]
    elif what == "length" and copy.length:
        copy.length -= 1
        copy.data = copy.data[:copy.length]
    elif what == "time":
        # Not at the edge itself: python-can's time stamps are floating point.
        copy.ts_ns += rng.choice((-1, 1)) * rng.choice((100, 900, 1100, 10**6))
    return copy


def test_equal():
    need_python_can()
    rng = random.Random(2)
    pairs, questions = [], []
    for _ in range(ROUNDS):
        a = frames.random_frame(rng, ts_ns=rng.randrange(1, 1000) * 10**6)
        a.len8_dlc = 0  # python-can does not know it
        a.channel = rng.choice((NO_CHANNEL, 0, 1))
        b = changed(rng, a)
        delta = rng.choice((None, 1000, 10**7))
        check_dir = rng.random() < .5
        pairs.append((a, b, delta, check_dir))
        questions.append(f"equal {'any' if delta is None else delta} {int(check_dir)} "
                         f"{a.words()} {b.words()}")
    counts = {True: 0, False: 0}
    format_of_error = 0
    for (a, b, delta, check_dir), answer in zip(pairs, library.ask(questions)):
        ours = answer == "yes"
        theirs = message(a).equals(message(b), None if delta is None else delta / 1e9, check_dir)
        if a.is_error and b.is_error and (a.can_id ^ b.can_id) == EFF:
            # An error frame has no format: anycan does not compare it.
            assert ours and not theirs, f"{a} {b}"
            format_of_error += 1
            continue
        assert ours == theirs, f"{a} {b} delta {delta}: anycan {ours}, python-can {theirs}"
        counts[ours] += 1
    assert min(counts.values()) > ROUNDS / 20 and format_of_error, (counts, format_of_error)
    return f"{counts[True]} equal, {counts[False]} different pairs"


if __name__ == "__main__":
    sys.exit(library.run([test_check, test_equal]))
