#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tools' decode strings against python-can's viewer: the same strings are taken, and give the
same text for the same payload. Where python-can's viewer would end with an exception on receiving a
frame, the string is refused."""
import contextlib
import io
import random
import struct
import sys

import library

try:
    from can import viewer
except ImportError:
    viewer = None

ROUNDS = 3000
LETTERS = "xcbB?hHlLqQfd"
RARE = "iIeps"
ID = 0x1A0


def need_viewer():
    if viewer is None:
        raise library.Skip("python3-can is not installed")


def theirs(can_id, data, string):
    """What python-can 4.1 prints for a payload; 'refused' as the tool says it."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            structs = viewer.parse_args(["-d", string])[2]
    except (ValueError, struct.error, IndexError, OverflowError, SystemExit) as error:
        return f"refused {error}"
    if any(not 0 <= key <= 0x1FFFFFFF for key in structs):
        return "refused no such identifier"
    try:
        values = viewer.CanViewer.unpack_data(can_id, structs, data)
    except ValueError as error:
        return "unknown" if "Unknown command" in str(error) else f"refused {error}"
    except struct.error:
        return "length"
    except (ZeroDivisionError, TypeError, OverflowError) as error:
        return f"refused {error}"
    return " ".join(f"{x:.6f}" if isinstance(x, float) else str(x) for x in values)


def zero_or_text_scaled(string):
    """Refused here when it is read; there when a frame comes."""
    parts = string.split(":")
    try:
        values = struct.Struct(parts[1]).unpack(bytes(struct.calcsize(parts[1])))
        scales = [float(scale) for scale in parts[2:]]
    except (ValueError, struct.error, IndexError, MemoryError, OverflowError):
        return False
    return 0 in scales or any(isinstance(value, bytes) for value, _ in zip(values, scales))


def compare(cases):
    """(id, payload, string) each; how many gave values."""
    questions = [f"{can_id:X}\t{data.hex() or '-'}\t{string}" for can_id, data, string in cases]
    shown = 0
    for (can_id, data, string), mine in zip(cases, library.ask(questions, "decode_tool")):
        want = theirs(can_id, data, string)
        if want.startswith("refused") or zero_or_text_scaled(string):
            assert mine.startswith("refused "), (string, data.hex(), want, mine)
            continue
        assert mine == want, (string, data.hex(), want, mine)
        shown += mine not in ("unknown", "length", "")
    return shown


def random_format(rng, letters):
    text = rng.choice(("<", ">", "<", ">", "=", "!", "", "@"))
    for _ in range(rng.randrange(5)):
        if rng.random() < 0.15:
            text += str(rng.randrange(4))
        text += rng.choice(letters) + (" " if rng.random() < 0.05 else "")
    return text.replace("0p", "1p")  # Python reads beyond the payload


def random_scale(rng):
    return rng.choice((
        lambda: "1",
        lambda: str(rng.randrange(1, 1000)),
        lambda: str(-rng.randrange(1, 1000)),
        lambda: str(rng.randrange(1 << 70)),
        lambda: f"{rng.uniform(-100, 100):.3f}",
        lambda: f"{rng.choice((10.0, 100.0, 0.5, 1e-3, 3.0))}",
        lambda: rng.choice(("1e3", " 2", "+4", "1_000", ".5", "5.", "1_0.5", "0", "0.0", "-0.5",
                            "inf", "nan", "-Infinity", "007", "1__0", "_1", "x", "", "0x10",
                            "1e", "--1", "1 0")),
    ))()


def random_case(rng, letters):
    """Mostly right in all parts."""
    form = random_format(rng, letters)
    name = rng.choice((f"{ID:x}",) * 8 + (f"{ID:X}", f"0x{ID:x}", f" {ID:x} ", f"+{ID:x}", "1_A0",
                                          "1A1", "000001a0", "0x_1A0", "-1A0", "123456789", "",
                                          "g"))
    scales = [random_scale(rng) for _ in range(rng.choice((0, 0, 1, 2, 3, 4)))]
    try:
        size = struct.calcsize(form)
    except struct.error:
        size = 8
    if rng.random() < 0.1:
        size = rng.randrange(65)
    data = rng.choice((rng.randbytes, bytes, lambda n: b"\xff" * n,
                       lambda n: bytes(rng.choice(b"A'\"\\\n\r\t\0\x7f z") for _ in range(n))))
    return ID, data(min(size, 64)), ":".join([name, form, *scales])


def test_the_manuals_examples():
    need_viewer()
    data = bytes.fromhex("ff102710270000")
    shown = compare([(0x100, data, "100:<BHL"), (0x101, data, "101:<BHL:1:10.0:100.0"),
                     (0x101, data, "101:<BHL:1:10:100"), (0x102, data, "101:<BHL"),
                     (0x101, data[1:], "101:<BHL"), (0x101, b"", "101:<BHL")])
    assert shown == 3, shown
    return f"{shown} of 6 give values"


def test_random_strings():
    need_viewer()
    rng = random.Random(8)
    shown = compare([random_case(rng, LETTERS) for _ in range(ROUNDS)])
    assert shown > ROUNDS / 4, shown
    return f"{ROUNDS} strings, {shown} give values"


def test_what_the_module_struct_has_besides():
    need_viewer()
    rng = random.Random(9)
    shown = compare([random_case(rng, LETTERS + RARE + "nNP") for _ in range(ROUNDS)])
    assert shown > ROUNDS / 5, shown
    return f"{ROUNDS} strings, {shown} give values"


def test_wrong_strings():
    need_viewer()
    rng = random.Random(10)
    pieces = "0123aAfFxX:<>=!@ .-+_eBbHhLlQqcdsp?ziN*"
    cases = [(0x100, bytes(8), "".join(rng.choice(pieces) for _ in range(rng.randrange(9))))
             for _ in range(ROUNDS)]
    cases += [(0x100, bytes(8), string) for string in (
        "100", "100:", ":<B", "100:<", "100:<2", "100:<2 B", "100:< B", "100:B<",
        "100:<99999999999999999999B", "100:<9223372036854775807B", "100:<9223372036854775807Q",
        "100:<8B", "100:<0B8B", "100:<8s", "100:<8p", "100:<65B", "100:<200x", "100:0lB7B",
        "100:<BHL:", "100:<B:1:2:3")]
    compare(cases)
    return f"{len(cases)} strings"


if __name__ == "__main__":
    sys.exit(library.run([
        test_the_manuals_examples,
        test_random_strings,
        test_what_the_module_struct_has_besides,
        test_wrong_strings,
    ]))
